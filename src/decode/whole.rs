//! Whole gzip files in memory: once and a half as fast per core as a stream can be decoded.
//!
//! The library does not tell where a member ends, only that one begins here and that its trailer is right. So the trailer is looked for: its
//! last four bytes are the text's length, which is known by then. Where only one place has them, that is the end.

use crate::memory::made;
use libdeflater::{DecompressionError, Decompressor, crc32};
use memchr::memmem;

/// Decodes gzip files that are in memory whole, into memory. What it is not sure of it leaves to [`Decoder`](super::Decoder), which can
/// say what is wrong.
pub struct WholeGzip {
    /// `None` where there was no memory for it.
    inflate: Option<Decompressor>,
}

/// RFC 1952, 2.3: what comes before the trailer at least, a header without optional fields and a byte of data.
const BEFORE_TRAILER: usize = 11;

/// RFC 1952, 2.3: CRC32 and ISIZE.
const TRAILER: usize = 8;

/// The flag of a header with a checksum of its own, which the library does not compare.
const FHCRC: u8 = 1 << 1;

/// A file of more members than this, which do not tell their size, is left to the stream decoder: each costs a search through the rest.
const MEMBERS: usize = 16;

/// So often a member is decoded again to see whether it ends where its trailer seems to be.
const TRIES: usize = 8;

/// Deflate cannot say more: 258 bytes in two bits.
const MOST_RATIO: usize = 1032;

impl Default for WholeGzip {
    fn default() -> WholeGzip {
        WholeGzip::new()
    }
}

impl WholeGzip {
    /// With scratch of its own, to be reused from file to file.
    #[must_use]
    pub fn new() -> WholeGzip {
        WholeGzip { inflate: made(Decompressor::new) }
    }

    /// Decodes all members of `stored` into `out` and tells the length of the text, which is `out[..n]`: every member is verified, and behind
    /// them are at most zeros. The text has at most `most` bytes, however long `out` is. That grows to as many, if it is shorter, and never
    /// becomes shorter, so it is not cleared for each file.
    /// `None`: something is unusual, wrong or too large, and `out` holds nothing of worth.
    pub fn decode(&mut self, stored: &[u8], out: &mut Vec<u8>, most: usize) -> Option<usize> {
        let (mut at, mut len) = (0, 0);
        let mut members = 0;
        loop {
            let rest = stored.get(at..)?;
            let member = match blocked_len(rest) {
                Some(member_len) => rest.get(..member_len)?,
                None => {
                    members += 1;
                    rest
                }
            };
            if members > MEMBERS || rest.get(3)? & FHCRC != 0 {
                return None;
            }
            let text_len = self.text_of(member, out, len, most)?;
            at += self.end_of(member, out.get(len..len + text_len)?)?;
            len += text_len;
            at += stored.get(at..)?.iter().take_while(|byte| **byte == 0).count();
            if at == stored.len() {
                return Some(len);
            }
        }
    }

    /// Decodes the member at the beginning of `stored` into `out[from..]`, and tells how long its text is.
    fn text_of(&mut self, stored: &[u8], out: &mut Vec<u8>, from: usize, most: usize) -> Option<usize> {
        // Of the last member this is the length. Where it is something else it is a guess like any other.
        let said = stored.last_chunk().map_or(0, |isize| u32::from_le_bytes(*isize) as usize);
        let mut wanted = from.saturating_add(said.min(stored.len().saturating_mul(MOST_RATIO)));
        loop {
            if out.len() < wanted {
                if wanted > most {
                    return None;
                }
                if from == 0 {
                    // Nothing to keep, and zeroed by the system, page by page as it is used.
                    *out = vec![0; wanted];
                } else {
                    out.resize(wanted, 0);
                }
            }
            let end = out.len().min(most);
            match self.inflate.as_mut()?.gzip_decompress(stored, out.get_mut(from..end)?) {
                Ok(len) => return Some(len),
                Err(DecompressionError::BadData) => return None,
                Err(DecompressionError::InsufficientSpace) if out.len() < most => {
                    wanted = out.len().saturating_mul(2).max(from.saturating_add(stored.len().saturating_mul(4))).min(most);
                }
                Err(DecompressionError::InsufficientSpace) => return None,
            }
        }
    }

    /// Where the member that `stored` begins with ends. It was decoded to `text`, so its trailer has been verified, wherever it is.
    fn end_of(&mut self, stored: &[u8], text: &[u8]) -> Option<usize> {
        // ISIZE is the length modulo 2^32.
        let isize = (text.len() as u32).to_le_bytes();
        let mut ends = Ends { stored, trailer: &isize, from: BEFORE_TRAILER + TRAILER - isize.len() };
        let end = ends.next()?;
        if ends.next().is_none() {
            return Some(end);
        }
        let mut trailer = [0; TRAILER];
        trailer[..4].copy_from_slice(&crc32(text).to_le_bytes());
        trailer[4..].copy_from_slice(&isize);
        let mut ends = Ends { stored, trailer: &trailer, from: BEFORE_TRAILER };
        let end = ends.next()?;
        if ends.next().is_none() {
            return Some(end);
        }
        // The same trailer again, as where a file stands twice. Cut before its end a member cannot be decoded, so the first place
        // that will do is the end.
        let mut scratch = vec![0; text.len().max(1)];
        let ends = Ends { stored, trailer: &trailer, from: BEFORE_TRAILER };
        ends.take(TRIES).find(|end| {
            let member = stored.get(..*end).unwrap_or_default();
            let Some(inflate) = &mut self.inflate else { return false };
            inflate.gzip_decompress(member, &mut scratch).is_ok_and(|len| len == text.len())
        })
    }
}

/// The places behind what may be a member's trailer. They may overlap.
struct Ends<'a> {
    stored: &'a [u8],
    trailer: &'a [u8],
    from: usize,
}

impl Iterator for Ends<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.from + memmem::find(self.stored.get(self.from..)?, self.trailer)?;
        self.from = at + 1;
        Some(at + self.trailer.len())
    }
}

/// The size that a member of BGZF (SAM format specification, 4.1) tells of itself, in its extra field `BC`.
pub(super) fn blocked_len(stored: &[u8]) -> Option<usize> {
    let &[0x1f, 0x8b, 8, flags, _, _, _, _, _, _, len, len_high, ..] = stored else { return None };
    if flags & 1 << 2 == 0 {
        return None;
    }
    let mut extra = stored.get(12..)?.get(..usize::from(u16::from_le_bytes([len, len_high])))?;
    while let &[one, two, len, len_high, ref rest @ ..] = extra {
        let len = usize::from(u16::from_le_bytes([len, len_high]));
        let field = rest.get(..len)?;
        if let (b'B', b'C', &[size, size_high]) = (one, two, field) {
            return Some(usize::from(u16::from_le_bytes([size, size_high])) + 1);
        }
        extra = rest.get(len..)?;
    }
    None
}
