//! A file to runs of whole lines: mapped or read, whole or in chunks, always the same lines.

mod blocks;
mod chunk;
mod handle;
mod head;
mod lines;
mod page_cache;
mod sniff;
mod utf16;

pub use blocks::{BLOCK, Block, Blocks, Fetch, MAX_JUDGED, Pipe};
pub use chunk::{BadSize, ChunkSize, bytes_of, chunk_count, chunk_range, line_behind_chunk, lines_of_chunk};
pub use handle::{Change, Handle, Stamp, is_short_of_files, open};
pub use head::{FIRST_WINDOW, LAST_WINDOW, head_of};
pub use lines::Lines;
pub use page_cache::{forget, read_ahead};
pub use sniff::{Content, sniff};
pub use utf16::{ByteOrder, Utf16};

use std::{fmt, str::FromStr};

/// How files are read; the answer never depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Map what is large, read what is small.
    #[default]
    Auto,
    /// Map every file that can be mapped.
    Mmap,
    /// Read every file into reused buffers.
    Read,
}

/// From this size on `auto` maps a file, in bytes.
///
/// Mapping costs page faults, locks that all threads of a process share, and the unmapping, which other threads' processors hear of
/// too; reading costs a copy, into a buffer that stays in a processor's own cache. Which is dearer depends on the machine and on how
/// the pages came into the cache. By reading from there a gigabyte of JSON, by service, took on one machine of 2 CPUs 0.75 of the time
/// that it took mapped as files of 4 MB, 0.82 to 0.88 as files of 16 MB, 0.93 as files of 128 MB and 0.88 to 1.01 as one file; on
/// another of as many, with slower copies, 1.00 as files of 16 MB, 1.15 as files of 128 MB, 1.18 as files of 256 MB and 1.07 to 1.22
/// as one; from the disk 0.64 as files of 16 MB, and 1.07 as one file. (`--io read` and `--io mmap`, medians of 7 to 15 pairs, from the
/// disk by `logtally bench --cold`.) Between what both say of 16 MB and of 128 MB lies this. On a third, with a Linux that keeps files in
/// the cache by more than a page at once (6.18), reading took 1.10 of the time of mapping as files of 4 MB, 1.15 as files of 16 MB, and
/// 1.65 as one file that came from the disk: there this is too high, and what would be right everywhere is not known yet.
pub const MAP_FROM: u64 = 64 << 20;

impl Strategy {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Auto => "auto",
            Strategy::Mmap => "mmap",
            Strategy::Read => "read",
        }
    }

    /// Whether a file of `len` bytes is mapped.
    #[must_use]
    pub const fn maps(self, len: u64) -> bool {
        match self {
            Strategy::Auto => len >= MAP_FROM,
            Strategy::Mmap => len > 0,
            Strategy::Read => false,
        }
    }
}

/// A way of reading that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStrategy(String);

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no way of reading called '{}'; choose one of auto, mmap, read", self.0)
    }
}

impl std::error::Error for UnknownStrategy {}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let all = [Strategy::Auto, Strategy::Mmap, Strategy::Read];
        all.into_iter().find(|strategy| strategy.name() == name).ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}
