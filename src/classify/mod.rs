//! A line to at most one key: what the format reads from it, completed by what its file says.

mod key;

pub use key::{KeyField, KeyPlan, UnknownKey};

use crate::{
    parse::{self, Dialect, Format, Found, Memory, Rules, level::Level, level_name, record::Wanted},
    read::MAX_JUDGED,
    walk::{Template, path_service},
};
use std::{fmt, str::FromStr, sync::OnceLock};

/// Where a record's service comes from.
#[derive(Clone, Debug, Default)]
pub enum ServiceFrom {
    /// What the record names, else the path.
    #[default]
    RecordThenPath,
    /// Only what the record names; `-` where it names none.
    Record,
    /// Only the path.
    Path,
    /// Only the path, by the user's template; `-` where it does not fit.
    Template(Template),
}

impl fmt::Display for ServiceFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceFrom::RecordThenPath => f.write_str("record, then path"),
            ServiceFrom::Record => f.write_str("record"),
            ServiceFrom::Path => f.write_str("path"),
            ServiceFrom::Template(template) => write!(f, "path:{template}"),
        }
    }
}

/// The service of records that have none.
const NO_SERVICE: &[u8] = b"-";

/// A source of services that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadServiceFrom(String);

impl fmt::Display for BadServiceFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadServiceFrom {}

impl FromStr for ServiceFrom {
    type Err = BadServiceFrom;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "record" => Ok(ServiceFrom::Record),
            None if text == "path" => Ok(ServiceFrom::Path),
            Some(("path", template)) => template
                .parse()
                .map(ServiceFrom::Template)
                .map_err(|error: crate::walk::TemplateError| BadServiceFrom(error.to_string())),
            _ => Err(BadServiceFrom(format!(
                "services cannot come from '{text}'; write record, path, or path:TEMPLATE such as 'path:{{service}}/*.log'"
            ))),
        }
    }
}

/// How a run groups its records; the same for all files.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the parsers are asked for.
    pub rules: Rules,
    /// What records are grouped by.
    pub keys: KeyPlan,
    /// Where services come from.
    pub service_from: ServiceFrom,
}

/// What a file gives to each of its records.
#[derive(Debug)]
pub struct FileNames<'f> {
    path: &'f [u8],
    service_from: &'f ServiceFrom,
    /// Found out when the first line needs it: where all records name their services, none does.
    service: OnceLock<Vec<u8>>,
}

impl<'f> FileNames<'f> {
    /// The names of the file at `path`.
    #[must_use]
    pub fn new(path: &'f [u8], plan: &'f Plan) -> FileNames<'f> {
        FileNames { path, service_from: &plan.service_from, service: OnceLock::new() }
    }

    fn folder(&self) -> &[u8] {
        match memchr::memrchr(b'/', self.path) {
            Some(0) => b"/",
            Some(slash) => self.path.get(..slash).unwrap_or_default(),
            None => b".",
        }
    }

    fn service(&self) -> &[u8] {
        self.service.get_or_init(|| match self.service_from {
            ServiceFrom::RecordThenPath | ServiceFrom::Path => path_service(self.path),
            ServiceFrom::Record => NO_SERVICE.to_vec(),
            ServiceFrom::Template(template) => template.service(self.path).unwrap_or_else(|| NO_SERVICE.to_vec()),
        })
    }
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The first line of a record.
    Record {
        /// The group that it counts in.
        key: &'a [u8],
        /// Its level, if levels were asked for.
        level: Option<Level>,
    },
    /// A line of the record before it.
    Continuation,
}

/// Judges the lines of one file.
#[derive(Debug)]
pub struct Classifier<'f> {
    plan: &'f Plan,
    file: &'f FileNames<'f>,
    dialect: &'f Dialect,
}

impl<'f> Classifier<'f> {
    /// A judge for the lines of a file of this dialect.
    #[must_use]
    pub fn new(plan: &'f Plan, file: &'f FileNames<'f>, dialect: &'f Dialect) -> Self {
        Classifier { plan, file, dialect }
    }

    /// The format by which lines may be tried with [`Classifier::recall`] before they are judged, if they may.
    #[must_use]
    pub fn recalls(&self, scratch: &mut Scratch) -> Option<Format> {
        let by_service = matches!(self.plan.keys.fields(), [KeyField::Service]);
        (by_service && self.plan.rules.wanted() == Wanted::SERVICE).then(|| self.dialect.recalled_by(&mut scratch.memory))?
    }

    /// The group of a line (with its newline, if it has one) that is like an earlier one; `None` says that it must be judged.
    #[inline(always)]
    pub fn recall<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Option<&'a [u8]> {
        if line.len() > MAX_JUDGED || matches!(line.first(), Some(0 | 0xEF)) {
            return None;
        }
        scratch.memory.recall(format, line)
    }

    /// Judges a line (with its newline, if it has one).
    #[inline]
    pub fn classify<'a>(&'a self, line: &'a [u8], scratch: &'a mut Scratch) -> Verdict<'a> {
        match self.dialect.parse(text_of(line), &self.plan.rules, &mut scratch.memory) {
            Some(Found { format, service, level }) => {
                Verdict::Record { key: self.key(format, service, level, &mut scratch.key), level }
            }
            None => Verdict::Continuation,
        }
    }

    /// The group of lines that belong to no record: the path's service, without a level.
    pub fn orphan_key<'a>(&'a self, scratch: &'a mut Scratch) -> &'a [u8] {
        self.key(self.dialect.first(), None, None, &mut scratch.key)
    }

    #[inline(always)]
    fn key<'a>(&'a self, format: Format, service: Option<&'a [u8]>, level: Option<Level>, buffer: &'a mut Vec<u8>) -> &'a [u8] {
        // By far the most frequent, and then there is nothing to put together.
        if let [KeyField::Service] = self.plan.keys.fields() {
            return service.unwrap_or_else(|| self.file.service());
        }
        self.plan.keys.encode(
            |field| match field {
                KeyField::Service => service.unwrap_or_else(|| self.file.service()),
                KeyField::Level => level_name(level).as_bytes(),
                KeyField::Format => format.name().as_bytes(),
                KeyField::File => self.file.path,
                KeyField::Dir => self.file.folder(),
            },
            buffer,
        )
    }
}

/// Buffers that a worker keeps from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    memory: Memory,
    key: Vec<u8>,
}

/// Finds out a file's dialect from its head (see [`crate::read::head_of`]).
#[must_use]
pub fn detect(head: &[u8], rules: &Rules) -> Dialect {
    parse::detect(without_dust(head), rules)
}

/// What parsers see of a line: not its line ending, nor the NULs that copytruncate left before it or a byte-order
/// mark, nor what lies beyond [`MAX_JUDGED`].
#[inline]
fn text_of(line: &[u8]) -> &[u8] {
    let mut end = line.len();
    if end > 0 && line.get(end - 1) == Some(&b'\n') {
        end -= 1;
        if end > 0 && line.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
    }
    let line = line.get(..end).unwrap_or(line);
    if matches!(line.first(), Some(0 | 0xEF)) { without_dust(line) } else { line.get(..MAX_JUDGED).unwrap_or(line) }
}

/// UTF-8's byte-order mark stands at a file's beginning, and within one where files were put end to end.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[cold]
fn without_dust(text: &[u8]) -> &[u8] {
    let nuls = text.iter().take_while(|byte| **byte == 0).count();
    let text = text.get(nuls..).unwrap_or_default();
    let text = text.get(..MAX_JUDGED).unwrap_or(text);
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

impl Plan {
    /// What the parsers are to be asked for, given what is grouped by and shown.
    #[must_use]
    pub fn new(
        keys: KeyPlan,
        service_from: ServiceFrom,
        service_fields: &[Vec<u8>],
        levels: Levels,
        forced: Option<Format>,
    ) -> Plan {
        let mut wanted = Wanted::NOTHING;
        if keys.has(KeyField::Service) && matches!(service_from, ServiceFrom::RecordThenPath | ServiceFrom::Record) {
            wanted = wanted.and(Wanted::SERVICE);
        }
        if keys.has(KeyField::Level) || levels == Levels::Counted {
            wanted = wanted.and(Wanted::LEVEL);
        }
        Plan { rules: Rules::new(wanted, service_fields, forced), keys, service_from }
    }
}

/// Whether errors and warnings are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// They are: each record's level is found out.
    Counted,
    /// They are not.
    Ignored,
}
