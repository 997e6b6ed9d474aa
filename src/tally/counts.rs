//! What is counted for one group. Only sums, minima and maxima, so that adding is associative and commutative.

use crate::parse::{level::Level, time::Moment};
use std::ops::AddAssign;

/// The counts of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Log entries.
    pub records: u64,
    /// Lines: those that begin a record and those that continue one.
    pub lines: u64,
    /// Bytes of those lines, newlines included.
    pub bytes: u64,
    /// Records of level error or fatal; only counted where levels are asked for.
    pub errors: u64,
    /// Records of level warn; only counted where levels are asked for.
    pub warnings: u64,
    /// When its records were written; only where that is asked for.
    pub times: Extent,
}

/// The earliest and the latest of some moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    first: Moment,
    last: Moment,
}

impl Default for Extent {
    /// That of no moment at all.
    fn default() -> Self {
        Extent { first: Moment::MAX, last: Moment::MIN }
    }
}

impl Extent {
    /// Takes in a moment.
    pub fn add(&mut self, moment: Moment) {
        *self += Extent { first: moment, last: moment };
    }

    /// The earliest, if there is one.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        (self.first <= self.last).then_some(self.first)
    }

    /// The latest, if there is one.
    #[must_use]
    pub fn last(&self) -> Option<Moment> {
        (self.first <= self.last).then_some(self.last)
    }
}

impl AddAssign for Extent {
    fn add_assign(&mut self, other: Extent) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// The sums of a group while it is counted. Grades and times are kept elsewhere: few runs want them, and all touch this for each line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    records: u64,
    /// Lines that continue them.
    continued: u64,
    bytes: u64,
}

impl Sums {
    /// Those of a record's first line of `bytes` bytes.
    pub(super) const fn of_record(bytes: u64) -> Sums {
        Sums { records: 1, continued: 0, bytes }
    }

    /// Those of lines that continue a record.
    pub(super) const fn of_run(run: Run) -> Sums {
        Sums { records: 0, continued: run.lines, bytes: run.bytes }
    }

    /// Those of what was counted elsewhere.
    pub(super) const fn in_counts(counts: &Counts) -> Sums {
        Sums { records: counts.records, continued: counts.lines.saturating_sub(counts.records), bytes: counts.bytes }
    }

    /// The same, where they are all that was counted.
    pub(super) fn alone_in(counts: &Counts) -> Option<Sums> {
        let alone = Grades::in_counts(counts) == Grades::default() && counts.times == Extent::default();
        alone.then(|| Sums::in_counts(counts))
    }

    /// How many records.
    #[inline]
    pub(super) const fn records(self) -> u64 {
        self.records
    }

    /// The counts of a group of these sums.
    pub(super) const fn with(self, grades: Grades, times: Extent) -> Counts {
        let (Sums { records, continued, bytes }, Grades { errors, warnings }) = (self, grades);
        Counts { records, lines: records + continued, bytes, errors, warnings, times }
    }

    /// Adds others.
    #[inline]
    pub(super) const fn add(&mut self, other: Sums) {
        self.records += other.records;
        self.continued += other.continued;
        self.bytes += other.bytes;
    }

    /// Adds a record's first line of `bytes` bytes.
    #[inline]
    pub(super) const fn add_record(&mut self, bytes: u64) {
        self.records += 1;
        self.bytes += bytes;
    }

    /// Adds lines that continue a record.
    #[inline]
    pub(super) const fn add_run(&mut self, run: Run) {
        self.continued += run.lines;
        self.bytes += run.bytes;
    }
}

/// How many records of a group are bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grades {
    errors: u64,
    warnings: u64,
}

impl Grades {
    /// That of one record; `None` if it is not bad.
    #[inline]
    pub(super) const fn of(level: Level) -> Option<Grades> {
        match level {
            Level::Error | Level::Fatal => Some(Grades { errors: 1, warnings: 0 }),
            Level::Warn => Some(Grades { errors: 0, warnings: 1 }),
            _ => None,
        }
    }

    /// Those of what was counted elsewhere.
    pub(super) const fn in_counts(counts: &Counts) -> Grades {
        Grades { errors: counts.errors, warnings: counts.warnings }
    }
}

impl AddAssign for Grades {
    fn add_assign(&mut self, other: Grades) {
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.records += other.records;
        self.lines += other.lines;
        self.bytes += other.bytes;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.times += other.times;
    }
}

/// Lines that begin no record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// How many lines.
    pub lines: u64,
    /// How many bytes, newlines included.
    pub bytes: u64,
}

impl AddAssign for Run {
    fn add_assign(&mut self, other: Run) {
        self.lines += other.lines;
        self.bytes += other.bytes;
    }
}
