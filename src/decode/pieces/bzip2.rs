//! Blocks of bzip2, by the 48 bits that each begins with, at any bit. (Nothing tells their lengths.)
//!
//! These bits may also be text by chance. A stream ends with the sum of its blocks' CRCs, so a list of blocks that leads to that sum is the
//! right one; otherwise the file is left in one piece.

use memchr::memmem::Finder;

use super::{Form, Piece, Positional, View, read_full};
use crate::decode::Codec;

/// The digits of pi.
const BLOCK: u64 = 0x3141_5926_5359;

/// And of its root.
const END: u64 = 0x1772_4538_5090;

/// So much is searched at once, in bytes.
const SEARCHED: usize = 1 << 20;

/// So many are listed at most, which bounds the memory: as many blocks of 900 kB are 900 GB of text.
const MOST_MARKS: usize = 1_000_000;

/// A mark, and the sum behind it, take 80 bits, which are in so many bytes.
const MARK: usize = 11;

/// What stands between blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// Where, in bits.
    at: u64,
    kind: Kind,
    /// The block's CRC, or the stream's.
    sum: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Block,
    End,
}

pub(super) fn pieces<S: Positional + ?Sized>(view: &View<S>, at_least: u64) -> Option<Vec<Piece>> {
    let marks = marks(view)?;
    let mut pieces: Vec<Piece> = Vec::new();
    // Where the stream begins, in bytes, and the piece of whole streams that is being gathered.
    let (mut stream, mut gathered) = (0, 0);
    let mut rest = marks.as_slice();
    while stream < view.len {
        let blocks = rest.iter().position(|mark| mark.kind == Kind::End)?;
        let (of_stream, behind) = rest.split_at_checked(blocks + 1)?;
        let (end, blocks) = of_stream.split_last()?;
        rest = behind;
        is_sound(view, stream, blocks, end).then_some(())?;
        let stream_end = (end.at + 80).div_ceil(8);
        if stream_end - stream >= 2 * at_least && blocks.len() > 1 {
            if gathered < stream {
                pieces.push(Piece { codec: Codec::Bzip2, covers: gathered..stream, form: Form::Members });
            }
            split(&mut pieces, stream..stream_end, blocks, end.at, at_least);
            gathered = stream_end;
        } else if stream_end - gathered >= at_least {
            pieces.push(Piece { codec: Codec::Bzip2, covers: gathered..stream_end, form: Form::Members });
            gathered = stream_end;
        }
        stream = stream_end;
    }
    if gathered < view.len {
        pieces.push(Piece { codec: Codec::Bzip2, covers: gathered..view.len, form: Form::Members });
    }
    Some(pieces)
}

/// Puts the blocks of a large stream into pieces.
fn split(pieces: &mut Vec<Piece>, stream: std::ops::Range<u64>, blocks: &[Mark], end: u64, at_least: u64) {
    let mut covered = stream.start;
    let mut from = None;
    for (at, block) in blocks.iter().enumerate() {
        let start = *from.get_or_insert(block.at);
        let next = blocks.get(at + 1).map(|block| block.at);
        let bits = start..next.unwrap_or(end);
        if next.is_none() || bits.end - bits.start >= at_least * 8 {
            let covers = covered..if next.is_some() { bits.end / 8 } else { stream.end };
            covered = covers.end;
            pieces.push(Piece { codec: Codec::Bzip2, covers, form: Form::Bzip2Blocks { bits } });
            from = None;
        }
    }
}

/// Whether a stream that begins at this byte is made of these blocks, one behind the other, up to this end.
fn is_sound<S: Positional + ?Sized>(view: &View<S>, at: u64, blocks: &[Mark], end: &Mark) -> bool {
    let mut header = [0; 4];
    let read = read_full(view.stored, at, &mut header);
    let first = blocks.first().unwrap_or(end);
    // The sum of sums: rotated by a bit for each block.
    let sum = blocks.iter().fold(0u32, |sum, block| sum.rotate_left(1) ^ block.sum);
    matches!((read, header), (Ok(4), [b'B', b'Z', b'h', b'1'..=b'9'])) && first.at == at * 8 + 32 && sum == end.sum
}

/// All marks of a file, in order. `None` where it cannot be read.
fn marks<S: Positional + ?Sized>(view: &View<S>) -> Option<Vec<Mark>> {
    let finders: Vec<(u64, Kind, u32, Finder)> = [(BLOCK, Kind::Block), (END, Kind::End)]
        .into_iter()
        .flat_map(|(magic, kind)| (0..8).map(move |shift| (magic, kind, shift)))
        .map(|(magic, kind, shift)| {
            // Of 48 bits five bytes are whole, however far they are shifted.
            let [_, _, _, whole @ ..] = (magic >> shift & 0xff_ffff_ffff).to_be_bytes();
            (magic, kind, shift, Finder::new(&whole).into_owned())
        })
        .collect();
    let mut marks = Vec::new();
    let mut buffer = vec![0; SEARCHED.min(usize::try_from(view.len).unwrap_or(SEARCHED)) + MARK];
    let mut at = 0;
    while at < view.len {
        let len = read_full(view.stored, at, &mut buffer).ok()?;
        let searched = buffer.get(..len)?;
        if len == 0 {
            return None;
        }
        let before = marks.len();
        for (magic, kind, shift, finder) in &finders {
            // The whole bytes come second.
            for second in finder.find_iter(searched) {
                let Some(first) = second.checked_sub(1).filter(|first| *first < SEARCHED) else { continue };
                let Some(bytes) = searched.get(first..first + MARK) else {
                    // Ten bytes are enough at a byte's beginning.
                    let mut padded = [0; MARK];
                    let rest = searched.get(first..).unwrap_or_default();
                    padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    marks.extend(mark(&padded, *magic, *kind, *shift, at + first as u64));
                    continue;
                };
                marks.extend(mark(bytes, *magic, *kind, *shift, at + first as u64));
            }
        }
        marks.get_mut(before..)?.sort_unstable_by_key(|mark| mark.at);
        if marks.len() > MOST_MARKS {
            return None;
        }
        at += SEARCHED as u64;
    }
    Some(marks)
}

/// The mark that is `shift` bits behind the beginning of `bytes`, if there is one.
fn mark(bytes: &[u8], magic: u64, kind: Kind, shift: u32, at: u64) -> Option<Mark> {
    let number = bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    let bits = number >> (MARK as u32 * 8 - 80 - shift) & ((1 << 80) - 1);
    // 48 bits and 32.
    ((bits >> 32) as u64 == magic).then_some(Mark { at: at * 8 + u64::from(shift), kind, sum: bits as u32 })
}
