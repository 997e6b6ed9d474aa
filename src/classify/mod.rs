//! A line to at most one key: what the format reads from it, completed by what its file says.

mod examine;
mod filter;
mod key;
mod plan;
mod times;

pub use examine::{Examined, Mark, Parts, Sample, Share, examine};
pub use filter::{BadFilter, Filter, Grep, LevelSet, Span};
pub use key::{Frame, KeyField, KeyList, KeyPlan, MAX_PARTS, UnknownKey};
pub use plan::{BadServiceFrom, Choices, Levels, Plan, ServiceFrom};
pub use times::{Extremes, Times};

use crate::{
    parse::{
        self, Dialect, Format, Found, Lookup, LookupMemory, Memory, Rules,
        level::Level,
        level_name,
        record::Wanted,
        time::{Bucket, Moment},
    },
    read::MAX_JUDGED,
    walk::{path_date, path_service},
};
use std::sync::OnceLock;
use times::{Label, TimeMemory, Timing};

/// What a file gives to each of its records.
#[derive(Debug)]
pub struct FileNames<'f> {
    path: &'f [u8],
    service_from: &'f ServiceFrom,
    /// Found out when the first line needs it: where all records name their services, none does.
    service: OnceLock<Vec<u8>>,
    /// About when it was written: it settles the years and days that times leave open.
    reference: Moment,
}

impl<'f> FileNames<'f> {
    /// The names of the file at `path`, which was last written when `modified` says; the day in its name is better.
    #[must_use]
    pub fn new(path: &'f [u8], plan: &'f Plan, modified: impl FnOnce() -> Option<Moment>) -> FileNames<'f> {
        let reference = plan.timing.as_ref().map(|Timing { times, .. }| {
            let day = path_date(path).and_then(|(year, month, day)| Moment::of_day(year, month, day, &times.assume));
            day.or_else(modified).unwrap_or(times.now)
        });
        let reference = reference.unwrap_or(Moment::from_nanos(0));
        FileNames { path, service_from: &plan.service_from, service: OnceLock::new(), reference }
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

/// The service of records that have none.
const NO_SERVICE: &[u8] = b"-";

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The first line of a record.
    Record {
        /// The group that it counts in.
        key: &'a [u8],
        /// Its level, if levels were asked for.
        level: Option<Level>,
        /// When it was written, if [`Extremes`] are kept and it says so.
        time: Option<Moment>,
        /// Where its service is from.
        origin: Origin,
    },
    /// A line of the record before it.
    Continuation,
    /// The first line of a record that a filter leaves out.
    Filtered,
    /// The same of a record that has no time, which is all that speaks against it.
    Timeless,
}

/// Where a record's service is from.
///
/// A whole word each, as a [`Level`] is, for the same reason.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The record names it.
    Record,
    /// The record names none, or was not asked.
    Path,
}

impl Origin {
    #[inline(always)]
    const fn of(service: Option<&[u8]>) -> Origin {
        if service.is_some() { Origin::Record } else { Origin::Path }
    }
}

/// How lines like earlier ones are known at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// By [`Classifier::recall`].
    Service(Format),
    /// By [`Classifier::recall_in_time`].
    ServiceInTime(Format),
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

    /// How lines may be tried before they are judged, if they may.
    #[must_use]
    pub fn recalls(&self, scratch: &mut Scratch) -> Option<Recall> {
        let Plan { keys, filter, rules, timing, .. } = self.plan;
        if !keys.has(KeyField::Service) || !filter.is_open() || rules.wanted() != Wanted::SERVICE {
            return None;
        }
        let format = self.dialect.recalled_by(rules, &mut scratch.memory)?;
        let of_service_and_time = |field: &KeyField| matches!(field, KeyField::Service | KeyField::Time(_));
        match timing {
            None => matches!(keys.fields(), [KeyField::Service]).then_some(Recall::Service(format)),
            Some(timing) => {
                scratch.times.adopt(format, self.file.reference);
                let few = timing.times.extremes == Extremes::Ignored && keys.fields().iter().all(of_service_and_time);
                few.then_some(Recall::ServiceInTime(format))
            }
        }
    }

    /// What stands around the service in the key of a record of this bucket.
    #[must_use]
    pub fn frame(&self, bucket: Bucket, scratch: &mut Scratch) -> Frame {
        let Some(timing) = &self.plan.timing else { return Frame::default() };
        let label = scratch.times.label(bucket, timing);
        self.plan.keys.frame(|field| match field {
            KeyField::Time(unit) => label.name(unit),
            _ => NO_VALUE,
        })
    }

    /// [`Classifier::recall`] for a line whose time begins as that of an earlier one: its service, and when it was.
    #[inline(always)]
    pub fn recall_in_time<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Option<(&'a [u8], Bucket)> {
        let bucket = scratch.times.recall(format, line)?;
        Some((Classifier::recall(format, line, scratch)?, bucket))
    }

    /// The group of a line (with its newline, if it has one) that is like an earlier one; `None` says that it must be judged.
    #[inline(always)]
    pub fn recall<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Option<&'a [u8]> {
        // Only their names may end so far away. And no line that is remembered begins with what is no text of its own.
        if matches!(format, Format::Json | Format::Logfmt) && line.len() > MAX_JUDGED {
            return None;
        }
        scratch.memory.recall(format, line)
    }

    /// Whether the line below a record's first may have its level; then lines are judged by [`Classifier::classify_with_below`].
    #[must_use]
    pub fn looks_below(&self) -> bool {
        self.dialect.looks_below(&self.plan.rules)
    }

    /// Judges a line (with its newline, if it has one).
    #[inline]
    pub fn classify<'a>(&'a self, line: &'a [u8], scratch: &'a mut Scratch) -> Verdict<'a> {
        self.judge(line, None, scratch)
    }

    /// Judges a line, given the one below it, which is empty at a file's end.
    #[inline]
    pub fn classify_with_below<'a>(&'a self, line: &'a [u8], below: &[u8], scratch: &'a mut Scratch) -> Verdict<'a> {
        self.judge(line, Some(below), scratch)
    }

    #[inline(always)]
    fn judge<'a>(&'a self, line: &'a [u8], below: Option<&[u8]>, scratch: &'a mut Scratch) -> Verdict<'a> {
        let text = text_of(line);
        let (rules, memory) = (&self.plan.rules, &mut scratch.memory);
        let found = match below {
            None => self.dialect.parse(text, rules, memory),
            Some(below) => self.dialect.parse_with_below(text, text_of(below), rules, memory),
        };
        let Some(Found { format, service, level }) = found else {
            return Verdict::Continuation;
        };
        let service_or_path = || service.unwrap_or_else(|| self.file.service());
        let filter = &self.plan.filter;
        if !filter.is_open() && !filter.passes(level, service_or_path, Some(text)) {
            return Verdict::Filtered;
        }
        let Scratch { key, lookups, times, .. } = scratch;
        let mut time = None;
        let mut label = None;
        if let Some(timing) = &self.plan.timing {
            let when = times.when(format, self.dialect, text, timing, self.file.reference);
            match when {
                Some(when) if !timing.span.has(when.moment) => return Verdict::Filtered,
                None if !timing.span.is_open() => return Verdict::Timeless,
                _ => {}
            }
            time = when.map(|when| when.moment).filter(|_| timing.times.extremes == Extremes::Kept);
            label = Some(match when {
                Some(when) if self.plan.keys.finest_unit().is_some() => times.label(when.bucket, timing),
                _ => times.no_label(),
            });
        }
        // By far the most frequent, and then there is nothing to put together.
        if let [KeyField::Service] = self.plan.keys.fields() {
            return Verdict::Record { key: service_or_path(), level, time, origin: Origin::of(service) };
        }
        if !self.plan.lookups.is_empty() {
            lookups.look(&self.plan.lookups, format, self.dialect, text);
        }
        let key = self.key(format, service, level, label, lookups, key);
        Verdict::Record { key, level, time, origin: Origin::of(service) }
    }

    /// The group of lines that belong to no record: the path's service, without a level and a time. `None` if a filter leaves them
    /// out.
    pub fn orphan_key<'a>(&'a self, scratch: &'a mut Scratch) -> Option<&'a [u8]> {
        let filter = &self.plan.filter;
        if !filter.span.is_open() || !filter.passes(None, || self.file.service(), None) {
            return None;
        }
        Some(self.file_key(scratch))
    }

    /// The group of a file whose records are not told apart: that of lines that belong to no record, whatever is filtered.
    pub fn file_key<'a>(&'a self, scratch: &'a mut Scratch) -> &'a [u8] {
        scratch.lookups.values.clear();
        self.key(self.dialect.first(), None, None, None, &scratch.lookups, &mut scratch.key)
    }

    fn key<'a>(
        &'a self,
        format: Format,
        service: Option<&'a [u8]>,
        level: Option<Level>,
        label: Option<&'a Label>,
        lookups: &'a Lookups,
        buffer: &'a mut Vec<u8>,
    ) -> &'a [u8] {
        let mut values = lookups.values.iter();
        self.plan.keys.encode(
            |field| match field {
                KeyField::Service => service.unwrap_or_else(|| self.file.service()),
                KeyField::Level => level_name(level).as_bytes(),
                KeyField::Time(unit) => label.map_or(NO_VALUE, |label| label.name(unit)),
                KeyField::Format => format.name().as_bytes(),
                KeyField::File => self.file.path,
                KeyField::Dir => self.file.folder(),
                // In the order of the keys, as they were looked for.
                KeyField::Host | KeyField::Status | KeyField::Field(_) => values.next().map_or(NO_VALUE, |value| value),
            },
            buffer,
        )
    }
}

/// What stands for a value that a record does not have.
const NO_VALUE: &[u8] = b"-";

/// Buffers that a worker keeps from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    memory: Memory,
    key: Vec<u8>,
    lookups: Lookups,
    times: TimeMemory,
}

/// The values of the keys that are looked for beside what parsing finds.
#[derive(Debug, Default)]
struct Lookups {
    /// One for each lookup.
    memories: Vec<LookupMemory>,
    /// The values of the record in work.
    values: Vec<Vec<u8>>,
}

impl Lookups {
    fn look(&mut self, lookups: &[Lookup], format: Format, dialect: &Dialect, text: &[u8]) {
        self.memories.resize_with(lookups.len(), LookupMemory::default);
        self.values.resize_with(lookups.len(), Vec::new);
        for ((lookup, memory), value) in lookups.iter().zip(&mut self.memories).zip(&mut self.values) {
            value.clear();
            value.extend_from_slice(lookup.value(format, dialect, text, memory).unwrap_or(NO_VALUE));
        }
    }
}

/// Finds out a file's dialect from its head (see [`crate::read::head_of`]).
#[must_use]
pub fn detect(head: &[u8], rules: &Rules) -> Dialect {
    parse::detect(without_dust(head), rules)
}

/// Whether nothing but white space is in a line, as parsers see it.
#[inline]
#[must_use]
pub fn is_blank(line: &[u8]) -> bool {
    // Nearly all lines that continue a record begin with a letter, or a tab and one.
    let first = line.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    if matches!(first, Some(b'!'..=b'~')) {
        return false;
    }
    text_of(line).trim_ascii_start().is_empty()
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
