//! What was typed, checked and compiled: from here on nothing can be misspelt any more.

mod look;
mod trial;

pub use look::Look;
pub use trial::Trial;

use crate::{
    classify::{Choices, Extremes, Filter, KeyPlan, Levels, MAX_PARTS, Plan, ServiceFrom, Span, Times},
    cli::{Count, Finding, Naming},
    engine::{self, Detail, MaxDecoded, OnDamaged},
    failure::printable,
    parse::{
        Format, Messages, UnknownFormat, UserFormats,
        declared::{self, TableError},
        time::{Moment, Typed},
    },
    progress::Mode,
    report::{ColorChoice, Column, Destination, Emptiness, Form, Presentation, Sort, StatsForm},
    walk::{self, FileSystems, Globs, Links},
};
use std::{
    ffi::OsString,
    fmt, fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

/// One run of the tool.
#[derive(Debug)]
pub struct Job {
    /// Where to look for files.
    pub input: Input,
    /// How to count them.
    pub settings: engine::Settings,
    /// What the report shows, and how.
    pub presentation: Presentation,
    /// In which form.
    pub form: Form,
    /// In which colours.
    pub color: ColorChoice,
    /// Where.
    pub destination: Destination,
    /// Where it is written what became of each input, if that is asked for.
    pub files_report: Option<Destination>,
    /// How the run behaves.
    pub manners: Manners,
    /// How it is said where the time went, if that is asked for.
    pub stats: Option<StatsForm>,
    /// How the report was asked for, for the report itself.
    pub described: Vec<(&'static str, String)>,
}

/// What is to be counted.
#[derive(Debug)]
pub struct Input {
    /// Files and folders, as they were typed.
    pub roots: Vec<PathBuf>,
    /// A list of more of them.
    pub list: Option<PathBuf>,
    /// Which files are found in folders.
    pub walk: walk::Options,
}

/// How a run behaves towards those who watch it, and those who do not.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// How the progress is shown.
    pub progress: Mode,
    /// What is said at the end.
    pub talk: Talk,
    /// What is done where something could not be counted.
    pub faults: Faults,
    /// Whether finding no file is a fault.
    pub emptiness: Emptiness,
}

/// What is said at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// Only what is fatal.
    Quiet,
    /// What went wrong; to a person, also that all went well.
    Normal,
    /// All there is to say.
    Verbose,
}

/// What is done where something could not be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// It is named, and the report written.
    Named,
    /// It is named, and no report written.
    Fatal,
}

/// A verb of many tools, and none here.
const HELP: &str = "help";

/// Something typed that makes no sense together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageError {
    /// More `--service-field` than can be looked for at once.
    TooManyServiceFields(usize),
    /// `--service-field` with a source that never looks at fields.
    ServiceFieldUnused,
    /// A `--service-field` of more parts than objects are nested.
    DeepServiceField(usize),
    /// An empty `--service-field`.
    EmptyServiceField,
    /// Two reports in one place.
    SameDestination,
    /// An `--include` that only folders fit.
    IncludedFolder(String),
    /// Standard input is the list of files, and among them.
    StdinTwice,
    /// Standard input can be counted only once.
    MeasuredStdin,
    /// No runs at all.
    NoRuns,
    /// A report in the place of what is to be counted.
    Replaces(PathBuf),
    /// A verb behind an option is taken for a path.
    LateVerb(String),
    /// A `--since` that is not before `--until`.
    EmptySpan {
        /// As the report would show it.
        since: String,
        /// The same.
        until: String,
    },
    /// A time that is too far off.
    FarTime(String),
    /// `--sort time` without a time among the keys.
    SortedByNoTime,
    /// A format that does not exist.
    LogFormat(UnknownFormat),
    /// A file of formats that cannot be read.
    UnreadFormats(PathBuf, String),
    /// A file of formats in which something is wrong.
    BadFormats(PathBuf, TableError),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsageError::TooManyServiceFields(number) => {
                let most = crate::parse::keys::MAX_USER_FIELDS;
                write!(f, "--service-field was given {number} times; at most {most} keys can be looked for")
            }
            UsageError::ServiceFieldUnused => f.write_str(
                "--service-field has no use with --service-from path: fields are in records; leave out one of the two",
            ),
            UsageError::DeepServiceField(parts) => {
                write!(f, "--service-field was given a path of {parts} parts; at most {MAX_PARTS} are followed")
            }
            UsageError::EmptyServiceField => f.write_str("--service-field needs a key's name, such as --service-field team"),
            UsageError::IncludedFolder(glob) => {
                write!(f, "--include {glob} fits folders only, and it is files that are included; write --include '{glob}**'")
            }
            UsageError::StdinTwice => f.write_str(
                "standard input holds the list of --files0-from, so it cannot be counted too; leave out the -, or read the list from a file",
            ),
            UsageError::Replaces(path) => {
                let path = printable(path.as_os_str().as_bytes());
                write!(f, "the report would replace {path}, which is to be counted; write it to another file, or leave {path} out")
            }
            UsageError::LateVerb(verb) if verb == HELP => {
                f.write_str("there is no file or folder 'help'; -h tells every option in a line, --help with an example each")
            }
            UsageError::MeasuredStdin => {
                f.write_str("standard input can be read only once, and a bench reads again and again; store it in a file and name that")
            }
            UsageError::NoRuns => f.write_str("--runs 0 measures nothing; write 1 or more"),
            UsageError::LateVerb(verb) => {
                write!(f, "there is no file or folder '{verb}'; to use the verb, write it first: logtally {verb} ...")
            }
            UsageError::EmptySpan { since, until } => {
                write!(f, "--since {since} is not before --until {until}, so nothing could be counted; exchange them")
            }
            UsageError::FarTime(time) => write!(f, "'{time}' is too far off; write a time from 1678 to 2261, such as 2024-01-15"),
            UsageError::SortedByNoTime => {
                f.write_str("--sort time needs a time to group by; write --by hour, or sort by a column")
            }
            UsageError::LogFormat(error) => write!(f, "--log-format: {error}"),
            UsageError::UnreadFormats(file, error) => {
                let file = printable(file.as_os_str().as_bytes());
                write!(f, "formats cannot be read from {file}: {error}; name another file with --log-format-file")
            }
            UsageError::BadFormats(file, error) => write!(f, "{}, {error}", printable(file.as_os_str().as_bytes())),
            UsageError::SameDestination => {
                f.write_str("two reports would go to the same place; give one of them another file")
            }
        }
    }
}

impl std::error::Error for UsageError {}

impl TryFrom<Count> for Job {
    type Error = UsageError;

    fn try_from(count: Count) -> Result<Self, UsageError> {
        if let Some(first) = count.paths.first().and_then(|path| path.to_str())
            && (first == HELP || crate::cli::verbs().iter().any(|verb| verb == first))
            && !std::path::Path::new(first).exists()
        {
            return Err(UsageError::LateVerb(first.to_owned()));
        }
        let keys = KeyPlan::new(&count.by.0);
        let sort = sort(&count, &keys)?;
        let (zone, threads) = (count.tz.clone(), count.threads.number());
        let presentation = Presentation { keys, columns: count.columns.0.clone(), sort, top: count.top, zone, threads };
        let (times, span) = times(&count, &presentation)?;
        let described = described(&count, &presentation, span);
        let input = Input::new(count.paths, count.finding)?;
        let Named { service_from, service_fields, log_format, declared, messages } = Named::new(count.naming)?;
        let destination = count.output.map_or(Destination::Stdout, Destination::from);
        let files_report = count.files_report.map(Destination::from);
        if files_report.as_ref() == Some(&destination) {
            return Err(UsageError::SameDestination);
        }
        let needed = presentation.sort.needs_levels() || presentation.columns.iter().any(|column| column.needs_levels());
        let levels = if needed { Levels::Counted } else { Levels::Ignored };
        let filter = Filter { levels: count.level, services: count.service, grep: count.grep, span };
        let plan = Plan::new(Choices {
            keys: presentation.keys.clone(),
            service_from,
            service_fields: &service_fields,
            levels,
            log_format,
            declared,
            messages,
            filter,
            times,
        });
        let manners = Manners {
            progress: if count.quiet { Mode::Never } else { count.progress },
            talk: match (count.quiet, count.verbose) {
                (true, _) => Talk::Quiet,
                (_, true) => Talk::Verbose,
                _ => Talk::Normal,
            },
            faults: if count.strict { Faults::Fatal } else { Faults::Named },
            emptiness: if count.allow_empty { Emptiness::Allowed } else { Emptiness::Fault },
        };
        let detail = if files_report.is_some() { Detail::EachFile } else { Detail::Faults };
        Ok(Job {
            input,
            settings: engine::Settings {
                threads: engine::Threads::new(threads),
                strategy: count.io,
                chunk_size: count.chunk_size,
                plan,
                detail,
                decoding: engine::Decoding {
                    on_damaged: count.on_damaged,
                    max_decoded: count.max_decoded,
                    ..engine::Decoding::default()
                },
            },
            presentation,
            form: count.format,
            color: count.color,
            destination,
            files_report,
            manners,
            stats: count.stats,
            described,
        })
    }
}

impl Input {
    fn new(roots: Vec<PathBuf>, finding: Finding) -> Result<Input, UsageError> {
        if let Some(glob) = finding.include.iter().find(|glob| glob.is_for_folders()) {
            return Err(UsageError::IncludedFolder(glob.to_string()));
        }
        let is_stdin = |path: &PathBuf| path.as_os_str() == walk::STDIN;
        if finding.files0_from.as_ref().is_some_and(is_stdin) && roots.iter().any(is_stdin) {
            return Err(UsageError::StdinTwice);
        }
        let walk = walk::Options {
            include: Globs::new(finding.include),
            exclude: Globs::new(finding.exclude),
            max_depth: finding.max_depth.map(|depth| depth.0),
            links: if finding.follow { Links::All } else { Links::Files },
            file_systems: if finding.one_file_system { FileSystems::One } else { FileSystems::All },
        };
        Ok(Input { roots, list: finding.files0_from, walk })
    }
}

/// How lines are read, and where services come from.
struct Named {
    service_from: ServiceFrom,
    service_fields: Vec<Vec<u8>>,
    log_format: Option<Format>,
    declared: UserFormats,
    messages: Messages,
}

impl Named {
    fn new(naming: Naming) -> Result<Named, UsageError> {
        let declared = user_formats(&naming)?;
        let named = |name: &String| Format::named(name, &declared.formats).map_err(UsageError::LogFormat);
        let log_format = naming.log_format.as_ref().map(named).transpose()?;
        let service_from = naming.service_from.unwrap_or_default();
        let service_fields = service_fields(naming.service_field, &service_from)?;
        let messages = if naming.unwrap { Messages::Unwrapped } else { Messages::Kept };
        Ok(Named { service_from, service_fields, log_format, declared, messages })
    }
}

/// The time on the machine's clock.
fn clock() -> Moment {
    // A clock before 1970 is wrong anyway.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let clock = Moment::new(i64::try_from(clock.as_secs()).unwrap_or_default(), clock.subsec_nanos());
    clock.unwrap_or(Moment::from_nanos(0))
}

/// In the order of time if that is among the keys, else most records first; where they are not shown, by what is shown first: an
/// order by what nobody sees looks like none.
fn sort(count: &Count, keys: &KeyPlan) -> Result<Sort, UsageError> {
    let shown = match &*count.columns.0 {
        [first, ..] if !count.columns.0.contains(&Column::Records) => *first,
        _ => Column::Records,
    };
    match (count.sort, keys.finest_unit()) {
        (Some(Sort::Time), None) => Err(UsageError::SortedByNoTime),
        (Some(sort), _) => Ok(sort),
        (None, Some(_)) => Ok(Sort::Time),
        (None, None) => Ok(Sort::By(shown)),
    }
}

/// What is made of times, and which are counted.
fn times(count: &Count, presentation: &Presentation) -> Result<(Times, Span), UsageError> {
    let Presentation { columns, sort, zone, .. } = presentation;
    let moment = |typed: &Option<Typed>, now: Moment| match typed {
        None => Ok(None),
        Some(typed) => typed.moment(now, zone).map(Some).ok_or_else(|| UsageError::FarTime(typed.to_string())),
    };
    let clock = clock();
    let now = moment(&count.now, clock)?.unwrap_or(clock);
    let span = Span { since: moment(&count.since, now)?, until: moment(&count.until, now)? };
    if let Span { since: Some(since), until: Some(until) } = span
        && since >= until
    {
        return Err(UsageError::EmptySpan { since: since.show(zone), until: until.show(zone) });
    }
    let needed = sort.needs_times() || columns.iter().any(|column| column.needs_times());
    let extremes = if needed { Extremes::Kept } else { Extremes::Ignored };
    Ok((Times { assume: count.assume_tz.clone(), show: zone.clone(), now, extremes }, span))
}

/// The formats that the user declares: what is said last goes first, so that the nearer wins.
fn user_formats(naming: &Naming) -> Result<UserFormats, UsageError> {
    let mut formats = Vec::new();
    for file in naming.log_format_file.iter().rev() {
        let text = fs::read(file).map_err(|error| UsageError::UnreadFormats(file.clone(), error.to_string()))?;
        let text = String::from_utf8(text).map_err(|_| UsageError::UnreadFormats(file.clone(), "it is not UTF-8".to_owned()))?;
        let entries = declared::load(&text).map_err(|error| UsageError::BadFormats(file.clone(), error))?;
        formats.extend(entries.into_iter().filter_map(|entry| match entry.format {
            Format::Declared(declared) => Some(declared),
            _ => None,
        }));
    }
    Ok(UserFormats { patterns: naming.pattern.iter().map(|pattern| pattern.0).collect(), formats })
}

fn service_fields(typed: Vec<OsString>, service_from: &ServiceFrom) -> Result<Vec<Vec<u8>>, UsageError> {
    let fields: Vec<Vec<u8>> = typed.into_iter().map(OsStringExt::into_vec).collect();
    if fields.len() > crate::parse::keys::MAX_USER_FIELDS {
        return Err(UsageError::TooManyServiceFields(fields.len()));
    }
    if fields.iter().any(Vec::is_empty) {
        return Err(UsageError::EmptyServiceField);
    }
    if let Some(parts) = fields.iter().map(|field| field.split(|byte| *byte == b'.').count()).find(|parts| *parts > MAX_PARTS) {
        return Err(UsageError::DeepServiceField(parts));
    }
    if !fields.is_empty() && matches!(service_from, ServiceFrom::Path | ServiceFrom::Template(_)) {
        return Err(UsageError::ServiceFieldUnused);
    }
    Ok(fields)
}

/// What bears on the answer, as a report says it.
fn described(count: &Count, presentation: &Presentation, span: Span) -> Vec<(&'static str, String)> {
    let joined = |names: Vec<String>| names.join(",");
    let mut described = vec![
        ("by", joined(presentation.keys.fields().iter().map(|key| key.name().to_owned()).collect())),
        ("columns", joined(presentation.columns.iter().map(|column| column.name().to_owned()).collect())),
        ("sort", presentation.sort.name().to_owned()),
        ("service_from", count.naming.service_from.clone().unwrap_or_default().to_string()),
        ("service_fields", joined(count.naming.service_field.iter().map(|field| field.to_string_lossy().into_owned()).collect())),
        ("log_format", count.naming.log_format.clone().unwrap_or_else(|| "detected".to_owned())),
    ];
    // Most reports are of everything, so these only where they were typed.
    let mut typed = |name, value: Option<String>| described.extend(value.map(|value| (name, value)));
    let globs = |globs: &[walk::Glob]| (!globs.is_empty()).then(|| joined(globs.iter().map(walk::Glob::to_string).collect()));
    typed("top", count.top.map(|top| top.to_string()));
    typed("level", count.level.map(|levels| levels.to_string()));
    typed("service", (!count.service.is_empty()).then(|| joined(count.service.iter().map(walk::NameGlob::to_string).collect())));
    typed("grep", count.grep.as_ref().map(ToString::to_string));
    let named = |moment: Option<Moment>| moment.map(|moment| moment.show(&presentation.zone));
    typed("since", named(span.since));
    typed("until", named(span.until));
    let shows_times = presentation.keys.finest_unit().is_some() || presentation.columns.iter().any(|column| column.needs_times());
    if shows_times || !span.is_open() {
        typed("tz", Some(count.tz.to_string()));
        typed("assume_tz", Some(count.assume_tz.to_string()));
    }
    typed(
        "pattern",
        (!count.naming.pattern.is_empty()).then(|| joined(count.naming.pattern.iter().map(ToString::to_string).collect())),
    );
    typed("unwrap", count.naming.unwrap.then(|| "messages".to_owned()));
    typed("include", globs(&count.finding.include));
    typed("exclude", globs(&count.finding.exclude));
    typed("max_depth", count.finding.max_depth.map(|depth| depth.0.to_string()));
    typed("follow", count.finding.follow.then(|| "links to folders".to_owned()));
    typed("on_damaged", (count.on_damaged != OnDamaged::default()).then(|| count.on_damaged.to_string()));
    typed("max_decoded", (count.max_decoded != MaxDecoded::default()).then(|| count.max_decoded.0.to_string()));
    typed("one_file_system", count.finding.one_file_system.then(|| "yes".to_owned()));
    described
}
