//! What is typed: clap structs and nothing else. Values are read by the types of the rooms they belong to.

mod bench;
mod detect;
mod help;

pub use bench::Bench;
pub use detect::Detect;

use crate::{
    classify::{Grep, KeyList, LevelSet, ServiceFrom},
    engine::{MaxDecoded, OnDamaged, Threads},
    parse::{
        declared::Pattern,
        time::{Typed, Zone},
    },
    progress::Mode,
    read::{ChunkSize, Strategy},
    report::{ColorChoice, ColumnList, Form, Sort, StatsForm, Top},
    walk::{Depth, Glob, NameGlob},
};
use clap::{
    Args, CommandFactory, Parser, Subcommand,
    error::{ContextKind, ErrorKind},
};
use help::{AFTER_BENCH_HELP, AFTER_DETECT_HELP, AFTER_HELP, AFTER_LONG_HELP, LOG_FORMAT_FILE_HELP, PATTERN_HELP};
use std::{ffi::OsString, io, path::PathBuf};

/// Counts log records per service over trees of files.
///
/// Walks the files and folders that are named, finds out each file's format by itself, and writes one row per service, most
/// records first. A record is one log entry: a stack trace belongs to the entry before it.
#[derive(Debug, Parser)]
#[command(
    name = "logtally",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    args_override_self = true,
    override_usage = "logtally [OPTIONS] PATH...\n       logtally count [OPTIONS] PATH...\n       logtally detect [OPTIONS] PATH...\n       logtally bench [OPTIONS] PATH...\n       logtally completions SHELL\n       logtally man"
)]
pub struct Cli {
    /// What to do; counting, if nothing is said.
    #[command(subcommand)]
    pub verb: Option<Verb>,

    /// How to count.
    #[command(flatten)]
    pub count: Count,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Count, as without this word: for a folder that is called like a verb
    #[command(args_override_self = true, override_usage = "logtally count [OPTIONS] PATH...", after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
    Count(Box<Count>),
    /// Say of each file what it is taken for, why, and where its services come from; reads no file further than its head
    #[command(args_override_self = true, override_usage = "logtally detect [OPTIONS] PATH...", after_help = AFTER_DETECT_HELP)]
    Detect(Box<Detect>),
    /// Count the same files with several numbers of threads, in turns, and say how much threads help
    #[command(args_override_self = true, override_usage = "logtally bench [OPTIONS] PATH...", after_help = AFTER_BENCH_HELP)]
    Bench(Box<Bench>),
    /// Write a shell's completions: logtally completions bash > ~/.local/share/bash-completion/completions/logtally
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Write the manual page: logtally man | man -l -
    Man,
}

/// What to count and how.
#[derive(Debug, Args)]
pub struct Count {
    /// Files and folders to count; - is standard input
    ///
    /// Folders are walked whole, hidden files and all names. A folder that is called like a verb: ./count
    #[arg(value_name = "PATH", required_unless_present = "files0_from")]
    pub paths: Vec<PathBuf>,

    /// Group by these, one row for each combination: service, level, minute, hour, day, host, status, format, file, dir, field:NAME
    ///
    /// minute, hour and day are in the zone of --tz, and make the report be in the order of time. status is that of a response, in access logs and elsewhere. field:NAME is the value of a key in json and logfmt (a.b is a nested one), of a field of w3c, or of a group of a --pattern or a declared format. A record that has no such value is under -.
    /// Example: --by service,level
    #[arg(short, long, value_name = "KEYS", default_value = "service", help_heading = "Report")]
    pub by: KeyList,

    /// Show these figures: records, lines, bytes, errors, warnings, first, last
    ///
    /// first and last are the times of the earliest and the latest record. lines and bytes are with those that continue a record; errors are records of level error or fatal, warnings of level warn.
    /// Example: --columns records,errors
    #[arg(short, long, value_name = "COLUMNS", default_value = "records,lines,bytes", help_heading = "Report")]
    pub columns: ColumnList,

    /// Order of rows: by a column, largest first, by name or by time [default: time if it is among the keys, else records, or the
    /// first column if records are not shown]
    ///
    /// Equals are in the byte order of their names, those of one time by their records first. Example: --sort bytes
    #[arg(short, long, value_name = "COLUMN|name|time", help_heading = "Report")]
    pub sort: Option<Sort>,

    /// Show the first N rows, and the rest as one row (other)
    ///
    /// Example: --top 10
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N", help_heading = "Report")]
    pub top: Option<Top>,

    /// Write the report as csv, tsv, json, ndjson, table or markdown
    ///
    /// csv and tsv quote by RFC 4180; json is one document with totals, settings and what became of the files; ndjson is one
    /// object a row; table is for people. Example: --format table
    #[arg(short, long, value_name = "FORM", default_value = "csv", help_heading = "Report")]
    pub format: Form,

    /// Write the report to this file, which appears complete or not at all
    ///
    /// Until the report is whole, the file is as it was before. It is not counted itself. Example: -o /var/reports/logs.csv
    #[arg(short, long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,

    /// Write what became of each input to this file, as CSV
    ///
    /// One row for each: path, format, codec, status, bytes stored and decoded, lines, records, lines and bytes that filters left
    /// out, detail, the share of the lines that begin a record, and of the records that name a service. Example: --files-report files.csv
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub files_report: Option<PathBuf>,

    /// Colours in a table: auto, always or never
    ///
    /// auto is on a terminal, unless NO_COLOR is set. Example: --color always | less -R
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Report")]
    pub color: ColorChoice,

    /// Count only records of these levels: trace, debug, info, warn, error, fatal, - for none; warn+ is warn and all above
    ///
    /// info+,- is all but debug and trace: also records that have no level. Example: --level warn+
    #[arg(short, long, allow_hyphen_values = true, value_name = "LEVELS", help_heading = "Filters")]
    pub level: Option<LevelSet>,

    /// Count only services whose names fit; may be repeated
    ///
    /// A name alone fits only itself; * stands for any text, ? for one byte, [a-z] for one of these, {a,b} for either.
    /// Example: --service 'shop-*'
    #[arg(long, value_name = "GLOB", help_heading = "Filters")]
    pub service: Vec<NameGlob>,

    /// Count only records in whose first line this regular expression is found
    ///
    /// (?i) at its beginning ignores case. What continues a record is counted with it or left out with it.
    /// Example: --grep 'time(d )?out'
    #[arg(short, long, value_name = "REGEX", help_heading = "Filters")]
    pub grep: Option<Grep>,

    /// Count only records from this time on
    ///
    /// A time (2024-01-15T10:00:00Z), one in the zone of --tz (2024-01-15T10:00, 2024-01-15), yesterday, today, now, or how long ago
    /// (90m, 24h, 7d). A record that has no time is left out, and the summary says how many there are. Example: --since yesterday
    #[arg(long, value_name = "TIME", help_heading = "Times")]
    pub since: Option<Typed>,

    /// Count only records before this time
    ///
    /// Written as for --since. Example: --since yesterday --until today
    #[arg(long, value_name = "TIME", help_heading = "Times")]
    pub until: Option<Typed>,

    /// The zone of the report's times and days: Europe/Berlin, local, +02:00
    ///
    /// Example: --by day --tz America/New_York
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub tz: Zone,

    /// The zone of times in logs that name none
    ///
    /// Example: --assume-tz Europe/Berlin
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub assume_tz: Zone,

    /// Take this for the present time: yesterday and 24h count from it
    ///
    /// A report can so be made again later. Example: --now 2024-01-16T00:00:00Z --since 24h
    #[arg(long, value_name = "TIME", help_heading = "Times")]
    pub now: Option<Typed>,

    /// Where services come from.
    #[command(flatten)]
    pub naming: Naming,

    /// Which files are meant.
    #[command(flatten)]
    pub finding: Finding,

    /// What to do with a damaged archive: salvage or drop
    ///
    /// salvage counts the lines before a cut, and what a checksum vouches for; drop leaves the file out whole. Either way it is named, and
    /// the status is 1.
    #[arg(long, value_name = "WAY", default_value = "salvage", help_heading = "Input")]
    pub on_damaged: OnDamaged,

    /// Stop decoding a file that has more than this
    ///
    /// What was decoded until then counts, the file is named, and the status is 1. Example: --max-decoded 100G
    #[arg(long, value_name = "SIZE", default_value = "1T", help_heading = "Input")]
    pub max_decoded: MaxDecoded,

    /// Number of threads; 0 is one for each CPU
    #[arg(short = 'j', long, allow_negative_numbers = true, value_name = "N", default_value = "0", help_heading = "Running")]
    pub threads: Threads,

    /// Show the progress: auto, always, never or plain
    ///
    /// auto is a bar on a terminal and nothing elsewhere, plain a line every 10 seconds. SIGUSR1 asks for a line at any time.
    #[arg(long, value_name = "HOW", default_value = "auto", help_heading = "Running")]
    pub progress: Mode,

    /// No messages but fatal ones, and no progress
    #[arg(short, long, overrides_with = "verbose", help_heading = "Running")]
    pub quiet: bool,

    /// Say at the end what was counted and what was passed over
    #[arg(short, long, overrides_with = "quiet", help_heading = "Running")]
    pub verbose: bool,

    /// Say at the end where the time went: --stats in tables, --stats=json as one line
    ///
    /// On standard error, after all else and also with -q: for each phase (walk, read, detect, decode, count, merge, report) the time of all
    /// threads, and bytes and rate; for each thread the shares that it was busy, waited and stood before locks; memory, CPU time, and what
    /// came from disks. The report is the same. Example: --stats=json 2>times.json
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text", overrides_with = "no_stats", help_heading = "Running")]
    pub stats: Option<StatsForm>,

    /// Write no report if anything could not be counted, and end with status 2
    #[arg(long, overrides_with = "no_strict", help_heading = "Running")]
    pub strict: bool,

    /// Finding no file at all is no fault
    #[arg(long, overrides_with = "no_allow_empty", help_heading = "Running")]
    pub allow_empty: bool,

    /// How files are read: auto, mmap or read
    #[arg(long, value_name = "WAY", default_value = "auto", help_heading = "Running")]
    pub io: Strategy,

    /// Split large files into pieces of this size
    #[arg(long, value_name = "SIZE", default_value = "4M", help_heading = "Running")]
    pub chunk_size: ChunkSize,

    /// Where options are kept.
    #[command(flatten)]
    pub keeping: Keeping,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "strict", hide = true)]
    pub no_strict: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "stats", hide = true)]
    pub no_stats: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "allow_empty", hide = true)]
    pub no_allow_empty: bool,
}

/// Where services come from, and how lines are read.
#[derive(Debug, Args)]
pub struct Naming {
    /// Look for the service under this key first, in json and logfmt; may be repeated; a.b is a nested path too
    ///
    /// Example: --service-field team
    #[arg(long, value_name = "NAME", help_heading = "Services")]
    pub service_field: Vec<OsString>,

    /// Take services from record or path alone, or from the path by a template
    ///
    /// The template is matched against the end of the path; {service} marks the name. Example: --service-from 'path:{service}/*.log'
    #[arg(long, value_name = "SOURCE", help_heading = "Services")]
    pub service_from: Option<ServiceFrom>,

    /// Read every file as this format instead of finding it out: json, logfmt, syslog, access, app, logcat, klog, plain, ...
    ///
    /// Or docker, cri, compose, w3c, or one that is declared, such as postgres, or your own. Example: --log-format plain
    #[arg(long, value_name = "NAME", help_heading = "Services")]
    pub log_format: Option<String>,

    /// Lines that this regular expression fits begin a record, and its groups service and level name them; may be repeated
    #[arg(long, value_name = "REGEX", help_heading = "Services", long_help = PATTERN_HELP)]
    pub pattern: Vec<Pattern>,

    /// Know the formats that this file declares, before all others; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Services", long_help = LOG_FORMAT_FILE_HELP)]
    pub log_format_file: Vec<PathBuf>,

    /// Take service and level from messages that are JSON or logfmt themselves, in syslog and in JSON
    ///
    /// The message is what follows syslog's tag, with or without @cee: before it, or the value of MESSAGE, message, msg or log. A service is
    /// taken that it names outright, by --service-field or by a key such as service or app; where it names none, the tag stays, and so do
    /// the time and the host. For field:NAME it is looked into too. What is inside a container's lines (cri, docker, compose) always counts.
    /// Example: journalctl -o short-iso | logtally --unwrap -
    #[arg(long, overrides_with = "no_unwrap", help_heading = "Services")]
    pub unwrap: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "unwrap", hide = true)]
    pub no_unwrap: bool,
}

/// Which of the files in folders are meant, and a list of more.
#[derive(Debug, Args)]
pub struct Finding {
    /// Take only files whose names fit; may be repeated
    ///
    /// A glob with a / is compared with the end of the path, one without with the name; ** stands for any folders.
    /// Example: --include '*.log*'
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub include: Vec<Glob>,

    /// Leave out files and folders that fit; may be repeated
    ///
    /// Example: --exclude '*.bak' --exclude archive/
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<Glob>,

    /// Go down so many folders; 1 is the files in the folders that are named
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Input")]
    pub max_depth: Option<Depth>,

    /// Follow links to folders too; links to files always are
    #[arg(long, overrides_with = "no_follow", help_heading = "Input")]
    pub follow: bool,

    /// Stay on the disks of the folders that are named
    #[arg(long, overrides_with = "no_one_file_system", help_heading = "Input")]
    pub one_file_system: bool,

    /// Take the files in this list of names, each ended by NUL; - is standard input
    ///
    /// Example: find /srv -name '*.log' -mtime -1 -print0 | logtally --files0-from -
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub files0_from: Option<PathBuf>,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "follow", hide = true)]
    pub no_follow: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "one_file_system", hide = true)]
    pub no_one_file_system: bool,
}

/// Where options are kept.
#[derive(Debug, Args)]
pub struct Keeping {
    /// Read options from this file: one a line, as --by=service,level; lines with # are comments
    ///
    /// They go before what is typed, so what is typed wins; --no-strict takes back --strict, and so on. Without this, $XDG_CONFIG_HOME/logtally/config is read if it is there
    /// (~/.config/logtally/config).
    #[arg(long, value_name = "FILE", overrides_with = "no_config", help_heading = "Running")]
    pub config: Option<PathBuf>,

    /// Read options from no file
    #[arg(long, overrides_with = "config", help_heading = "Running")]
    pub no_config: bool,
}

impl Cli {
    /// The name of the verb that was typed, if one was.
    #[must_use]
    pub fn verb_name(&self) -> Option<&'static str> {
        self.verb.as_ref().map(|verb| match verb {
            Verb::Count(_) => "count",
            Verb::Detect(_) => "detect",
            Verb::Bench(_) => "bench",
            Verb::Completions { .. } => "completions",
            Verb::Man => "man",
        })
    }

    /// Where options are kept for what is to be done; `None` if it has none.
    #[must_use]
    pub fn keeping(&self) -> Option<&Keeping> {
        match &self.verb {
            None => Some(&self.count.keeping),
            Some(Verb::Count(count)) => Some(&count.keeping),
            Some(Verb::Detect(detect)) => Some(&detect.keeping),
            Some(Verb::Bench(bench)) => Some(&bench.keeping),
            Some(_) => None,
        }
    }

    /// Whether an option that is kept, which is one of a count, bears on what is to be done. How a count is written says nothing
    /// of how that is.
    #[must_use]
    pub fn minds(&self, option: &[OsString]) -> bool {
        let verb = match &self.verb {
            Some(Verb::Detect(_)) => "detect",
            Some(Verb::Bench(_)) => "bench",
            _ => return true,
        };
        let name = option.first().map(|name| name.to_string_lossy()).unwrap_or_default();
        let name = name.split('=').next().unwrap_or_default();
        let is_of_counts = matches!(name, "-f" | "--format" | "-j" | "--threads" | "-o" | "--output");
        let typed = ["logtally", verb].map(OsString::from);
        let lent = [OsString::from("--"), OsString::from("-")];
        !is_of_counts && Cli::try_parse_from(typed.iter().chain(option).chain(&lent)).is_ok()
    }

    /// What is wrong with options that are not typed but read; `None` if nothing is.
    #[must_use]
    pub fn fault_in(options: &[OsString]) -> Option<String> {
        // A path is needed by those who type, so one is lent to it.
        let lent = [OsString::from("--"), OsString::from("-")];
        match Cli::try_parse_from([OsString::from("logtally")].iter().chain(options).chain(&lent)) {
            Ok(cli) => (cli.count.paths.len() != 1).then(|| {
                "something stands behind a flag, which takes no value; what to count is typed, not kept here".to_owned()
            }),
            Err(error) if error.use_stderr() => Some(complaint(&error)),
            Err(_) => Some("this answers a question, and is no option to keep; take the line out".to_owned()),
        }
    }
}

/// What is wrong with arguments, and what to type instead, in a sentence.
#[must_use]
pub fn complaint(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string);
    // `--by <KEYS>` and `--stats[=<FORM>]` are `--by` and `--stats` to who types them.
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = argument.split(' ').next().unwrap_or_default().trim_end_matches("...");
    let name = name.split("[=").next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            Some(source) => format!("{name}: {source}"),
            None => format!("{name}: '{value}' is no value for it"),
        },
        ErrorKind::UnknownArgument if name.starts_with('-') => match known_elsewhere(name).or(context(ContextKind::SuggestedArg))
        {
            Some(other) => format!("there is no option {name}; did you mean {other}?"),
            None => format!("there is no option {name}; --help has them all, and a file of that name is ./{name}"),
        },
        ErrorKind::UnknownArgument => format!("'{name}' is one argument too many; --help says how the verb is used"),
        ErrorKind::TooManyValues => format!("{name} takes no value, and was given '{value}'; write {name} alone"),
        ErrorKind::MissingRequiredArgument if argument.contains("SHELL") => {
            "name a shell: bash, elvish, fish, powershell or zsh, as in logtally completions bash".to_owned()
        }
        ErrorKind::MissingRequiredArgument => {
            "name the files or folders to count, such as /var/log, or - for standard input; --help tells more".to_owned()
        }
        ErrorKind::InvalidValue if name.starts_with("[PATH") => {
            "a path is empty (a variable that is not set?); write . for the folder that you are in".to_owned()
        }
        ErrorKind::InvalidValue if argument.contains("SHELL") => {
            format!("there are no completions for '{value}'; choose among bash, elvish, fish, powershell, zsh")
        }
        ErrorKind::InvalidValue => format!("{name} needs a value; --help shows an example"),
        // Not met so far; the library's own words will do.
        _ => {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            text.split("\n\n").next().unwrap_or(text).trim().to_owned()
        }
    }
}

/// What options of other tools, and of other words for the same, are called here.
fn known_elsewhere(name: &str) -> Option<String> {
    let here = match name {
        "--json" | "--ndjson" | "--csv" | "--tsv" | "--table" | "--markdown" => return Some(format!("--format {}", &name[2..])),
        "-i" | "--ignore-case" => "(?i) at the beginning of --grep",
        "--errors" => "--columns errors",
        "--cols" | "--fields" => "--columns",
        "--group-by" | "--group" => "--by",
        "--filter" | "--regex" | "--match" | "-e" => "--grep",
        "--limit" | "--head" => "--top",
        "--recursive" | "-r" | "-R" => "nothing: folders are always walked whole",
        "--exclude-service" => "--service with a class or choice of names that leaves it out",
        _ => return None,
    };
    Some(here.to_owned())
}

/// The names of all verbs.
#[must_use]
pub fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

/// Writes a shell's completions.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn io::Write) {
    clap_complete::generate(shell, &mut Cli::command(), "logtally", out);
}

/// Writes the manual page, in roff.
///
/// # Errors
/// What the writer says.
pub fn man(out: &mut dyn io::Write) -> io::Result<()> {
    clap_mangen::Man::new(Cli::command()).render(out)
}
