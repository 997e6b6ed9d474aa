//! Blocks of xz, by the indexes that stand behind them (the .xz file format 1.2.1, sections 2 and 4).

use super::{Form, Piece, Positional, View};
use crate::decode::{Codec, gzip::crc32};

/// Stream headers and footers are as long.
const HEADER: u64 = 12;

/// A larger index is left alone: it is read whole, and lists hundreds of thousands of blocks.
const LARGEST_INDEX: u64 = 4 << 20;

/// So many blocks are listed at most, which bounds the memory: as many of the usual 24 MiB are 24 TB.
const MOST_BLOCKS: usize = 1_000_000;

/// More padding is left alone too, as it is looked at backwards.
const MOST_PADDING: u64 = 4 << 10;

/// A block, where it is and how long its text is.
struct Block {
    at: u64,
    /// With its padding.
    len: u64,
    text: u64,
}

/// A stream, where it begins and its header and blocks.
struct Stream {
    start: u64,
    header: [u8; 12],
    blocks: Vec<Block>,
}

pub(super) fn pieces<S: Positional + ?Sized>(view: &mut View<S>, at_least: u64) -> Option<Vec<Piece>> {
    // An index stands at the end of its stream, so the streams come last first.
    let mut streams = Vec::new();
    let mut end = view.len;
    let mut listed = 0;
    while end > 0 {
        let stream = stream_before(view, end)?;
        end = stream.start;
        // A stream without blocks counts too.
        listed += stream.blocks.len() + 1;
        if listed > MOST_BLOCKS {
            return None;
        }
        streams.push(stream);
    }
    streams.reverse();
    let mut pieces: Vec<Piece> = Vec::new();
    let whole = |covers| Piece { codec: Codec::Xz, covers, form: Form::Members };
    // Where the piece of whole streams begins that is being gathered.
    let mut gathered = 0;
    for (at, stream) in streams.iter().enumerate() {
        let end = streams.get(at + 1).map_or(view.len, |next| next.start);
        if end - stream.start >= 2 * at_least && stream.blocks.len() > 1 {
            if gathered < stream.start {
                pieces.push(whole(gathered..stream.start));
            }
            split(&mut pieces, stream, end, at_least)?;
            gathered = end;
        } else if end - gathered >= at_least {
            pieces.push(whole(gathered..end));
            gathered = end;
        }
    }
    if gathered < view.len {
        pieces.push(whole(gathered..view.len));
    }
    Some(pieces)
}

/// Puts the blocks of a large stream into pieces.
fn split(pieces: &mut Vec<Piece>, stream: &Stream, stream_end: u64, at_least: u64) -> Option<()> {
    let mut covered = stream.start;
    let mut blocks = stream.blocks.iter().peekable();
    while let Some(first) = blocks.next() {
        let (mut end, mut text) = (first.at + first.len, first.text);
        while let Some(block) = blocks.next_if(|_| end - first.at < at_least) {
            end += block.len;
            text = text.checked_add(block.text)?;
        }
        // The index and what pads the stream are the last one's.
        let covers = covered..if blocks.peek().is_some() { end } else { stream_end };
        covered = covers.end;
        let form = Form::XzBlocks { blocks: first.at..end, header: stream.header, text };
        pieces.push(Piece { codec: Codec::Xz, covers, form });
    }
    Some(())
}

/// The stream that ends, padding aside, at `end`.
fn stream_before<S: Positional + ?Sized>(view: &mut View<S>, mut end: u64) -> Option<Stream> {
    // 2.2. Stream Padding: zeros, four at a time.
    let padded = end;
    while view.array::<4>(end.checked_sub(4)?)? == [0; 4] {
        end -= 4;
        if padded - end > MOST_PADDING {
            return None;
        }
    }
    let footer_at = end.checked_sub(HEADER)?;
    let footer: [u8; 12] = view.array(footer_at)?;
    let [a, b, c, d, size @ .., flags, check, b'Y', b'Z'] = footer else { return None };
    let [s, i, z, e] = size;
    if u32::from_le_bytes([a, b, c, d]) != crc32(&[s, i, z, e, flags, check]) {
        return None;
    }
    // 2.1.2.2. Backward Size.
    let index_len = (u64::from(u32::from_le_bytes(size)) + 1) * 4;
    let index_at = footer_at.checked_sub(index_len)?;
    if index_len > LARGEST_INDEX {
        return None;
    }
    let index = view.bytes(index_at, usize::try_from(index_len).ok()?);
    let (listed, sum) = index.split_last_chunk::<4>()?;
    if index.len() as u64 != index_len || u32::from_le_bytes(*sum) != crc32(listed) {
        return None;
    }
    let (indicator, mut rest) = listed.split_first()?;
    if *indicator != 0 {
        return None;
    }
    let mut records = Vec::new();
    let count = take_number(&mut rest)?;
    let mut blocks_len = 0u64;
    for _ in 0..count {
        let (unpadded, text) = (take_number(&mut rest)?, take_number(&mut rest)?);
        let len = unpadded.checked_next_multiple_of(4).filter(|len| *len > 0)?;
        blocks_len = blocks_len.checked_add(len)?;
        records.push((len, text));
    }
    if rest.len() > 3 || rest.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut at = index_at.checked_sub(blocks_len)?;
    let start = at.checked_sub(HEADER)?;
    let header: [u8; 12] = view.array(start)?;
    // The footer repeats the header's flags.
    if header.get(..8)? != [0xfd, b'7', b'z', b'X', b'Z', 0, flags, check] {
        return None;
    }
    let place = |(len, text)| {
        at += len;
        Block { at: at - len, len, text }
    };
    Some(Stream { start, header, blocks: records.into_iter().map(place).collect() })
}

/// 1.2. Multibyte Integers: seven bits a byte, nine bytes at most.
fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
