//! Options that several verbs have, in groups: each is declared once, so that it is called and explained the same wherever it is taken.

use super::help::{LOG_FORMAT_FILE_HELP, PATTERN_HELP};
use crate::{
    classify::{Grep, KeyList, LevelSet, ServiceFrom},
    engine::{MaxDecoded, OnDamaged},
    parse::{
        declared::Pattern,
        time::{Typed, Zone},
    },
    read::{ChunkSize, Strategy},
    report::{ColorChoice, ColumnList, Sort, Top},
    tally::MaxGroups,
    walk::{Depth, Glob, NameGlob},
};
use clap::Args;
use std::{ffi::OsString, path::PathBuf};

/// What is counted: all that the answer depends on, but for the paths.
///
/// Under which heading the rows' options stand is for the verb to say: a bench shows no report.
#[derive(Debug, Args)]
pub struct Counting {
    /// Group by these, one row for each combination: service, level, minute, hour, day, host, status, format, file, dir, field:NAME
    ///
    /// minute, hour and day are in the zone of --tz, and make the report be in the order of time. status is that of a response, in access logs and elsewhere. field:NAME is the value of a key in json and logfmt (a.b is a nested one), of a field of w3c, or of a group of a --pattern or a declared format. A record that has no such value is under -.
    /// Example: --by service,level
    #[arg(short, long, value_name = "KEYS", default_value = "service")]
    pub by: KeyList,

    /// Show these figures: records, lines, bytes, errors, warnings, first, last
    ///
    /// first and last are the times of the earliest and the latest record. lines and bytes are with those that continue a record; errors are records of level error or fatal, warnings of level warn.
    /// Example: --columns records,errors
    #[arg(short, long, value_name = "COLUMNS", default_value = "records,lines,bytes")]
    pub columns: ColumnList,

    /// Order of rows: by a column, largest first, by name or by time [default: time if it is among the keys, else records, or the
    /// first column if records are not shown]
    ///
    /// Equals are in the byte order of their names, those of one time by their records first. Example: --sort bytes
    #[arg(short, long, value_name = "COLUMN|name|time")]
    pub sort: Option<Sort>,

    /// Show the first N rows, and the rest as one row (other)
    ///
    /// Example: --top 10
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N")]
    pub top: Option<Top>,

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

    /// In which zones times are.
    #[command(flatten)]
    pub zones: Zones,

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

    /// Take a file that makes more groups than this for misread, and count it as one
    ///
    /// All of it counts under its path's service, without level, time or other keys; the file is named, and the status is 1. Groups are the
    /// rows that a report without --top would have. Example: --by minute,service --max-groups-per-file 5000000
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value = "1000000", help_heading = "Input")]
    pub max_groups_per_file: MaxGroups,

    /// End without a report, with status 2, if all files together make more groups than this
    ///
    /// What is said names the key that has too many values. Example: --max-groups 50000000
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value = "10000000", help_heading = "Input")]
    pub max_groups: MaxGroups,
}

/// In which zones times are.
#[derive(Debug, Args)]
pub struct Zones {
    /// The zone of the times and days that are shown: Europe/Berlin, local, +02:00
    ///
    /// Example: --tz America/New_York
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub tz: Zone,

    /// The zone of times in logs that name none
    ///
    /// Example: --assume-tz Europe/Berlin
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub assume_tz: Zone,
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

/// How files are read, on which no answer depends.
#[derive(Debug, Args)]
pub struct Reading {
    /// How files are read: auto, mmap or read
    #[arg(long, value_name = "WAY", default_value = "auto", help_heading = "Running")]
    pub io: Strategy,

    /// Split large files into pieces of this size: auto, or a number of bytes such as 64K or 4M
    ///
    /// auto is from 4M to 16M: larger in larger files, as long as each thread gets many pieces.
    #[arg(long, value_name = "SIZE", default_value = "auto", help_heading = "Running")]
    pub chunk_size: ChunkSize,
}

/// What a table for people looks like.
#[derive(Debug, Args)]
pub struct Coloring {
    /// Colours in a table: auto, always or never
    ///
    /// auto is on a terminal, unless NO_COLOR is set. Example: --color always | less -R
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Report")]
    pub color: ColorChoice,
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
