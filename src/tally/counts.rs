//! What is counted for one group. Only sums, so that adding is associative and commutative.

use crate::parse::level::Level;
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
}

impl Counts {
    /// Adds a record's first line of `bytes` bytes.
    #[inline]
    pub fn add_record(&mut self, level: Option<Level>, bytes: u64) {
        self.records += 1;
        self.lines += 1;
        self.bytes += bytes;
        match level {
            Some(Level::Error | Level::Fatal) => self.errors += 1,
            Some(Level::Warn) => self.warnings += 1,
            _ => {}
        }
    }

    /// Adds lines that continue a record.
    #[inline]
    pub fn add_run(&mut self, run: Run) {
        self.lines += run.lines;
        self.bytes += run.bytes;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.records += other.records;
        self.lines += other.lines;
        self.bytes += other.bytes;
        self.errors += other.errors;
        self.warnings += other.warnings;
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
