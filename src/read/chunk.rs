//! Chunks of a file that can be counted apart: a chunk owns the lines that *start* in its range of bytes, to
//! their ends. So every line belongs to exactly one chunk, whatever the size of chunks.

use std::{fmt, ops::Range, str::FromStr};

/// How many bytes of a file one worker counts at a time. No answer depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChunkSize {
    /// As the file is large and as many threads share it.
    #[default]
    Auto,
    /// So many, from 1 on.
    Bytes(u64),
}

/// The least that is taken by itself: a millisecond's work, so that neither handing out work nor the last chunk of a run weighs. A whole
/// number of the largest pages that a map may have (2 MiB), so that none lies in two chunks: where the one is done and its pages let go, it
/// would have to be taken apart.
const LEAST: u64 = 4 << 20;
/// The most. To let pages go, all CPUs must be told to forget where they are; that costs some 35 us a chunk on two CPUs, more on more.
/// With auto one file of JSON took 0.96 of the time that it took with the least where it had 1 GB, 0.95 where it had 8.
const MOST: u64 = 16 << 20;
/// So many each thread gets at least, if they are larger than the least: when one has done its last, the others may need as long again as a
/// chunk takes.
const EACH: u64 = 32;

impl ChunkSize {
    /// A size in bytes; at least 1.
    #[must_use]
    pub fn new(bytes: u64) -> ChunkSize {
        ChunkSize::Bytes(bytes.max(1))
    }

    /// The bytes for a file of `len` bytes that so many threads share. They are more than were asked for where there would be more than
    /// 65,536 chunks, since each is remembered until all are counted.
    #[must_use]
    pub fn for_file(self, len: u64, threads: usize) -> u64 {
        let bytes = match self {
            ChunkSize::Auto => {
                let share = len / (threads as u64).saturating_mul(EACH).max(1);
                (share / LEAST * LEAST).clamp(LEAST, MOST)
            }
            ChunkSize::Bytes(bytes) => bytes.max(1),
        };
        bytes.max(len >> 16)
    }
}

impl fmt::Display for ChunkSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChunkSize::Auto => f.write_str("auto"),
            ChunkSize::Bytes(bytes) => bytes.fmt(f),
        }
    }
}

/// A size that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSize(String);

impl fmt::Display for BadSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is no size; write a number of bytes from 1 on, or with a unit such as 64K, 4M, 1G (powers of 1024)",
            self.0
        )
    }
}

impl std::error::Error for BadSize {}

impl FromStr for ChunkSize {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" { Ok(ChunkSize::Auto) } else { bytes_of(text).map(ChunkSize::Bytes) }
    }
}

/// A number of bytes, from 1 on, as people write it: `4096`, `64K`, `4M`, `1GiB`.
///
/// # Errors
/// If it is none.
pub fn bytes_of(text: &str) -> Result<u64, BadSize> {
    let bad = || BadSize(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(bad()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift)).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(bad)
}

/// How many chunks of `size` bytes a file of `len` bytes has.
#[must_use]
pub const fn chunk_count(len: u64, size: u64) -> u64 {
    len.div_ceil(if size == 0 { 1 } else { size })
}

/// The bytes of chunk number `index`.
#[must_use]
pub fn chunk_range(index: u64, size: u64, len: u64) -> Range<u64> {
    let start = index.saturating_mul(size).min(len);
    start..start.saturating_add(size).min(len)
}

/// Of a whole file's text, the lines that start in the range.
#[must_use]
pub fn lines_of_chunk(text: &[u8], range: Range<usize>) -> &[u8] {
    let end = range.end.min(text.len());
    let start = match range.start.checked_sub(1) {
        None => 0,
        // The search ends before the range does: a chunk within a line of any length is done at once.
        Some(before) => match text.get(before..end.saturating_sub(1)).and_then(|own| memchr::memchr(b'\n', own)) {
            Some(newline) => before + newline + 1,
            None => return &[],
        },
    };
    let Some(last) = end.checked_sub(1) else { return &[] };
    let end = match text.get(last..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        Some(newline) => last + newline + 1,
        None => text.len(),
    };
    text.get(start..end).unwrap_or_default()
}

/// Of a whole file's text, the line behind those that start in the range; empty if there is none.
#[must_use]
pub fn line_behind_chunk(text: &[u8], range: Range<usize>) -> &[u8] {
    let last = range.end.min(text.len()).saturating_sub(1);
    let newline = |from: usize| text.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|newline| from + newline);
    let Some(start) = newline(last).map(|newline| newline + 1) else { return &[] };
    text.get(start..newline(start).map_or(text.len(), |newline| newline + 1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes() {
        let table: &[(&str, Option<u64>)] = &[
            ("1", Some(1)),
            ("4096", Some(4096)),
            ("64k", Some(65536)),
            ("4M", Some(4 << 20)),
            ("4MiB", Some(4 << 20)),
            ("1G", Some(1 << 30)),
            ("0", None),
            ("", None),
            ("M", None),
            ("-1", None),
            ("1.5M", None),
            ("4 M", None),
            ("99999999999999999999", None),
            ("2T", Some(2 << 40)),
            ("18446744073709551615G", None),
        ];
        for (text, bytes) in table {
            assert_eq!(text.parse::<ChunkSize>().ok(), bytes.map(ChunkSize::Bytes), "{text}");
        }
        assert_eq!("auto".parse::<ChunkSize>().ok(), Some(ChunkSize::default()));
        assert_eq!(("auto", "4096"), (&*ChunkSize::Auto.to_string(), &*ChunkSize::new(4096).to_string()));
    }

    #[test]
    fn a_large_file_has_large_chunks_if_each_thread_gets_many() {
        let (mb, tb) = (1 << 20, 1 << 40);
        let table = [
            (0, 1, 4 * mb),
            (100 * mb, 1, 4 * mb),
            (512 * mb, 2, 8 * mb),
            (1000 * mb, 2, 12 * mb),
            (1000 * mb, 16, 4 * mb),
            (1024 * mb, 0, 16 * mb),
            (8192 * mb, 2, 16 * mb),
            (8192 * mb, 64, 4 * mb),
            (tb, 2, 16 * mb),
            (4 * tb, 2, 64 * mb),
            (u64::MAX, usize::MAX, u64::MAX >> 16),
        ];
        for (len, threads, expected) in table {
            assert_eq!(ChunkSize::Auto.for_file(len, threads), expected, "{len} {threads}");
        }
        assert_eq!(ChunkSize::new(5000).for_file(100 * mb, 2), 5000);
        assert_eq!(ChunkSize::new(5000).for_file(tb, 2), tb >> 16);
    }

    proptest! {
        #[test]
        fn chunks_end_to_end_are_the_file(text in "[a\n]{0,60}", size in 1u64..70) {
            let len = text.len() as u64;
            let mut joined = Vec::new();
            for index in 0..chunk_count(len, size) {
                let range = chunk_range(index, size, len);
                let lines = lines_of_chunk(text.as_bytes(), range.start as usize..range.end as usize);
                // Each begins where a line begins, within its range.
                let start = joined.len();
                if !lines.is_empty() {
                    let behind = text[start + lines.len()..].split_inclusive('\n').next().unwrap_or_default();
                    let found = line_behind_chunk(text.as_bytes(), range.start as usize..range.end as usize);
                    prop_assert_eq!(found, behind.as_bytes());
                }
                prop_assert!(lines.is_empty() || range.contains(&(start as u64)));
                prop_assert!(start == 0 || lines.is_empty() || joined.ends_with(b"\n"));
                joined.extend_from_slice(lines);
            }
            prop_assert_eq!(joined, text.into_bytes());
        }
    }
}
