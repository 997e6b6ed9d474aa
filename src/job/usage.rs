//! What was typed and makes no sense together, with what to type instead.

use crate::{
    classify::MAX_PARTS,
    failure::printable,
    parse::{UnknownFormat, declared::TableError},
};
use std::{fmt, os::unix::ffi::OsStrExt, path::PathBuf};

/// A verb of many tools, and none here.
pub(super) const HELP: &str = "help";

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
    /// Figures in the place of those that they are compared with.
    ReplacesBaseline,
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
            UsageError::ReplacesBaseline => f.write_str(
                "the figures would replace the baseline, and be that of the next run even where they are slower; write them to another file",
            ),
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
