//! Files to units of work: the large are split into chunks, the small gathered into batches.

use crate::{
    read::{ChunkSize, Strategy, chunk_count},
    walk::LogFile,
};
use std::ops::Range;

/// A piece of work for one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Chunk number `chunk` of split file number `split`.
    Chunk {
        /// Index into [`Units::split`].
        split: usize,
        /// Index of the chunk in its file.
        chunk: u64,
    },
    /// Whole files, one after the other: a range of [`Units::whole`].
    Batch(Range<usize>),
}

/// A run's work in the order in which it is handed out.
#[derive(Debug, Default)]
pub struct Units {
    /// Files that several workers share, as indices into the run's files; the largest first.
    pub split: Vec<usize>,
    /// Files that one worker counts alone.
    pub whole: Vec<usize>,
    /// The order.
    pub units: Vec<Unit>,
}

/// A batch ends at so many bytes, or ...
const BATCH_BYTES: u64 = 1 << 20;
/// ... at so many files: a file costs some microseconds however small it is, and a batch should last about a
/// millisecond, so that the last one keeps no other worker waiting.
const BATCH_FILES: usize = 256;

/// Plans the files of a run: the large ones first, so that no worker is left with one at the end.
#[must_use]
pub fn plan(files: &[LogFile], strategy: Strategy, chunk_size: ChunkSize) -> Units {
    let mut plan = Units::default();
    for (index, file) in files.iter().enumerate() {
        if strategy.maps(file.len) || (!file.is_stdin() && file.len > chunk_size.bytes()) {
            plan.split.push(index);
        } else {
            plan.whole.push(index);
        }
    }
    // Of equal length in their order, which is that of their paths.
    plan.split.sort_by_key(|index| std::cmp::Reverse(files.get(*index).map_or(0, |file| file.len)));
    for (split, index) in plan.split.iter().enumerate() {
        let len = files.get(*index).map_or(0, |file| file.len);
        plan.units.extend((0..chunk_count(len, chunk_size.for_file(len).bytes())).map(|chunk| Unit::Chunk { split, chunk }));
    }
    let mut start = 0;
    let mut bytes = 0;
    for (at, index) in plan.whole.iter().enumerate() {
        bytes += files.get(*index).map_or(0, |file| file.len);
        if bytes >= BATCH_BYTES || at + 1 - start >= BATCH_FILES || at + 1 == plan.whole.len() {
            plan.units.push(Unit::Batch(start..at + 1));
            start = at + 1;
            bytes = 0;
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, len: u64) -> LogFile {
        LogFile { path: name.into(), len }
    }

    #[test]
    fn large_files_are_split_largest_first_and_small_ones_batched() {
        let files = [file("a", 10), file("b", 5 << 20), file("c", 9 << 20), file("-", 0), file("d", 0)];
        let plan = plan(&files, Strategy::Auto, ChunkSize::new(4 << 20));
        assert_eq!(plan.split, [2, 1]);
        assert_eq!(plan.whole, [0, 3, 4]);
        let chunk = |split, chunk| Unit::Chunk { split, chunk };
        assert_eq!(plan.units, [chunk(0, 0), chunk(0, 1), chunk(0, 2), chunk(1, 0), chunk(1, 1), Unit::Batch(0..3)]);
    }

    #[test]
    fn every_file_is_in_exactly_one_place() {
        let files: Vec<LogFile> = (0..1000).map(|n| file("x", n * 3000)).collect();
        for strategy in [Strategy::Auto, Strategy::Mmap, Strategy::Read] {
            let plan = plan(&files, strategy, ChunkSize::new(1 << 20));
            let mut all = [plan.split, plan.whole.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..1000).collect::<Vec<_>>());
            let batched: usize = plan.units.iter().map(|unit| if let Unit::Batch(range) = unit { range.len() } else { 0 }).sum();
            assert_eq!(batched, plan.whole.len());
        }
    }
}
