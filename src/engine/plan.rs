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
    /// Files that several workers share, as indices into the run's files, and the bytes of their chunks; the largest first.
    pub split: Vec<(usize, u64)>,
    /// Files that one worker counts alone.
    pub whole: Vec<usize>,
    /// The order.
    pub units: Vec<Unit>,
    /// About how many bytes all files decode to.
    pub work: u64,
}

/// A batch ends at so many bytes, or ...
const BATCH_BYTES: u64 = 1 << 20;
/// ... at so many files: a file costs some microseconds however small it is, and a batch should last about a
/// millisecond, so that the last one keeps no other worker waiting.
const BATCH_FILES: usize = 256;

/// About how many bytes a file decodes to, by its name: this only bears on who counts it when, never on what it is taken for.
#[must_use]
pub fn estimate(file: &LogFile) -> u64 {
    // What logs are compressed to, as the tools do it by default.
    let ratio = match ending(file.path_bytes()) {
        b"gz" | b"tgz" | b"zip" => 8,
        b"zst" | b"tzst" => 9,
        b"xz" | b"txz" | b"bz2" | b"tbz" => 12,
        b"lz4" => 4,
        _ => 1,
    };
    file.len.saturating_mul(ratio)
}

/// What is behind a name's last dot, if that is short.
fn ending(path: &[u8]) -> &[u8] {
    const LONGEST: usize = 4;
    let (_, end) = path.split_at(path.len().saturating_sub(LONGEST + 1));
    end.iter().rposition(|byte| *byte == b'.').and_then(|dot| end.get(dot + 1..)).unwrap_or_default()
}

/// Plans the files of a run for so many threads: the large ones first, so that no worker is left with one at the end.
#[must_use]
pub fn plan(files: &[LogFile], strategy: Strategy, chunk_size: ChunkSize, threads: usize) -> Units {
    let mut plan = Units::default();
    // What is compressed takes one worker longer than anything else.
    let mut encoded: Vec<usize> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let (work, chunk) = (estimate(file), chunk_size.for_file(file.len, threads));
        plan.work = plan.work.saturating_add(work);
        if work > file.len {
            if work >= BATCH_BYTES {
                encoded.push(index);
            } else {
                plan.whole.push(index);
            }
        } else if strategy.maps(file.len) || (!file.is_stdin() && file.len > chunk) {
            plan.split.push((index, chunk));
        } else {
            plan.whole.push(index);
        }
    }
    // Of equal length in their order, which is that of their paths.
    plan.split.sort_by_key(|(index, _)| std::cmp::Reverse(files.get(*index).map_or(0, |file| file.len)));
    for (split, (index, chunk)) in plan.split.iter().enumerate() {
        let len = files.get(*index).map_or(0, |file| file.len);
        plan.units.extend((0..chunk_count(len, *chunk)).map(|chunk| Unit::Chunk { split, chunk }));
    }
    encoded.sort_by_key(|index| std::cmp::Reverse(files.get(*index).map_or(0, estimate)));
    let mut start = encoded.len();
    plan.units.splice(0..0, (0..start).map(|at| Unit::Batch(at..at + 1)));
    plan.whole.splice(0..0, encoded);
    let mut bytes = 0;
    for (at, index) in plan.whole.iter().enumerate().skip(start) {
        bytes += files.get(*index).map_or(0, estimate);
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
        LogFile { path: name.into(), len, identity: Default::default() }
    }

    #[test]
    fn large_files_are_split_largest_first_and_small_ones_batched() {
        let files = [file("a", 10), file("b", 5 << 20), file("c", 9 << 20), file("-", 0), file("d", 0)];
        let plan = plan(&files, Strategy::Auto, ChunkSize::new(4 << 20), 2);
        assert_eq!(plan.split, [(2, 4 << 20), (1, 4 << 20)]);
        assert_eq!(plan.whole, [0, 3, 4]);
        let chunk = |split, chunk| Unit::Chunk { split, chunk };
        assert_eq!(plan.units, [chunk(0, 0), chunk(0, 1), chunk(0, 2), chunk(1, 0), chunk(1, 1), Unit::Batch(0..3)]);
    }

    #[test]
    fn what_is_compressed_comes_first_by_what_it_may_decode_to() {
        let files = [file("a.log", 9 << 20), file("b.lz4", 5 << 20), file("c.xz", 3 << 20), file("d.gz", 10), file("e", 10)];
        let plan = plan(&files, Strategy::Auto, ChunkSize::new(4 << 20), 2);
        assert_eq!((plan.whole, plan.split), (vec![2, 1, 3, 4], vec![(0, 4 << 20)]));
        let chunk = |chunk| Unit::Chunk { split: 0, chunk };
        let units = [Unit::Batch(0..1), Unit::Batch(1..2), chunk(0), chunk(1), chunk(2), Unit::Batch(2..4)];
        assert_eq!(plan.units, units);
    }

    #[test]
    fn every_file_is_in_exactly_one_place() {
        let files: Vec<LogFile> = (0..1000).map(|n| file(if n % 3 == 0 { "x.gz" } else { "x" }, n * 3000)).collect();
        for strategy in [Strategy::Auto, Strategy::Mmap, Strategy::Read] {
            let plan = plan(&files, strategy, ChunkSize::new(1 << 20), 2);
            let split: Vec<usize> = plan.split.iter().map(|(index, _)| *index).collect();
            let mut all = [split, plan.whole.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..1000).collect::<Vec<_>>());
            let batched: usize = plan.units.iter().map(|unit| if let Unit::Batch(range) = unit { range.len() } else { 0 }).sum();
            assert_eq!(batched, plan.whole.len());
        }
    }
}
