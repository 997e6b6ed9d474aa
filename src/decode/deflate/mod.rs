//! One deflated stream in chunks that several threads decode at once.
//!
//! Each byte of deflate may be copied from up to 32 KiB before it, so a stream tells its text only from its beginning. But a [`Chunk`] from
//! its middle can be decoded up to what it copies from before its own beginning: where such a byte would stand, a mark tells which byte of the
//! 32 KiB before the chunk it is. They become known when the chunk before is decoded, and what then is left to do, is quick. The way is that
//! of pugz (Kerbiriou, Chikhi: Parallel decompression of gzip-compressed files, 2019) and rapidgzip (Knespel, Brunst, 2023).
//!
//! Where the chunk's first block begins is a guess ([`find`]). The chunk before says it truly, as it ends there: it hands on a [`Link`], and a
//! chunk that has guessed wrong decodes again from there. So nothing rests on guesses but time.
//!
//! Whatever is unusual or wrong with a file makes a chunk fail. Then nothing of the file is known, and [`Decoder`](super::Decoder) decodes it
//! from its beginning, and says what is wrong.

mod chunk;
mod codes;
mod find;
mod inflate;
mod input;
#[cfg(test)]
mod tests;

pub use chunk::{Chunk, Memory};

use std::borrow::Cow;

use super::{
    Damage, Fault,
    gzip::{Crc, TRAILER, header_len},
    pieces::{Positional, read_full},
};

/// As far back may be copied, in bytes (RFC 1951, 2).
const WINDOW: usize = 32 << 10;

/// Blocks are some 10 to 60 kB long, as they are stored. A chunk shorter than this may have none to begin with.
const LEAST_CHUNK: u64 = 1 << 10;

/// So many there are at most, for the memory that each takes before it is decoded, about 1 KiB. In a longer file they are longer, and then
/// there is room for only a part of each ahead of its turn.
const MOST_CHUNKS: u64 = 1 << 14;

/// A longer file is nobody's log, but most likely one with a hole.
const LONGEST: u64 = 1 << 40;

/// A header with a long name, which is read at once. It may be longer, and then is left alone.
const MOST_HEADER: usize = 4 << 10;

/// The data is not what deflate makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bad;

impl From<Bad> for Fault {
    fn from(Bad: Bad) -> Fault {
        Fault::Damaged { offset: 0, damage: Damage::Invalid(Cow::Borrowed("invalid deflated data")) }
    }
}

/// The chunks of a gzip file of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunks {
    /// Where the member's data begins, and where the file ends, in bytes.
    start: u64,
    len: u64,
    /// How many bytes a chunk covers.
    each: u64,
    /// What the trailer says of the text: its CRC-32, and its length modulo 2^32.
    sum: u32,
    text: u32,
}

impl Chunks {
    /// The chunks of a gzip file of `len` bytes, of `at_least` so many stored bytes each. They are to be longer, but so that there are
    /// `wanted` of them, and most decode to less than `room` symbols. `None`: it is no gzip file, or there is only one chunk.
    pub fn of<S: Positional + ?Sized>(stored: &S, len: u64, at_least: u64, wanted: u64, room: usize) -> Option<Chunks> {
        if len > LONGEST {
            return None;
        }
        let mut head = vec![0; MOST_HEADER.min(usize::try_from(len).unwrap_or(MOST_HEADER))];
        read_full(stored, 0, &mut head).ok().filter(|read| *read == head.len())?;
        let start = header_len(&head)? as u64;
        let mut trailer = [0; TRAILER];
        read_full(stored, len.checked_sub(TRAILER as u64)?, &mut trailer).ok().filter(|read| *read == TRAILER)?;
        let [a, b, c, d, text @ ..] = trailer;
        let text = u32::from_le_bytes(text);
        // A quarter more than the average is most often enough. Of a long file the length of the text may say too little, and then so does this.
        let fitting = (room as u64 * 3 / 4).saturating_mul(len) / u64::from(text).max(len);
        let each = fitting.min(len / wanted.max(1)).max(at_least).max(LEAST_CHUNK).max(len / MOST_CHUNKS + 1);
        let chunks = Chunks { start, len, each, sum: u32::from_le_bytes([a, b, c, d]), text };
        (chunks.count() > 1).then_some(chunks)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.data().div_ceil(self.each) as usize
    }

    /// How long the deflated data is, in bytes.
    const fn data(&self) -> u64 {
        self.len.saturating_sub(TRAILER as u64).saturating_sub(self.start)
    }

    /// Up to where the chunk that has this number reaches in the stored file. A block that begins before is still the chunk's.
    #[must_use]
    pub const fn end(&self, chunk: usize) -> u64 {
        if chunk + 1 < self.count() { self.start + (chunk as u64 + 1) * self.each } else { self.len }
    }

    /// What the first chunk follows.
    #[must_use]
    pub const fn first(&self) -> Link {
        Link { at: self.start * 8, window: Vec::new(), is_over: false }
    }

    /// Whether this is the text's sum, of which each chunk has summed a part, in their order.
    pub fn is_sum<'s>(&self, sums: impl IntoIterator<Item = &'s Sum>) -> bool {
        let mut whole = Crc::new();
        sums.into_iter().for_each(|Sum(sum)| whole.combine(sum));
        whole.sum() == self.sum && whole.amount() == self.text
    }
}

/// What a chunk needs to know of those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where they end, in bits.
    at: u64,
    /// The last of their text: 32 KiB, or all if it is less.
    window: Vec<u8>,
    /// Whether there is no more.
    is_over: bool,
}

/// The CRC-32 of a chunk's text, and its length.
#[derive(Debug)]
pub struct Sum(Crc);
