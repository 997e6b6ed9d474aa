//! Where members end, by the sizes that their blocks tell.

use super::{Positional, View};
use crate::decode::{
    Codec, lz4,
    member::{Begins, HEAD, SKIPPABLE},
    whole, zstd,
};

/// Where the member that begins at `at` ends, if one does and tells.
pub(super) fn end<S: Positional + ?Sized>(codec: Codec, view: &mut View<S>, at: u64) -> Option<u64> {
    let head = view.bytes(at, HEAD);
    if codec != Codec::Gzip && Begins::of(head, &[SKIPPABLE]) == Begins::Yes {
        return Some(at + 8 + number(head.get(4..8)?));
    }
    match codec {
        Codec::Gzip => blocked_gzip(view, at),
        Codec::Zstd => zstd_frame(view, at),
        Codec::Lz4 => lz4_frame(view, at),
        _ => None,
    }
}

fn blocked_gzip<S: Positional + ?Sized>(view: &mut View<S>, at: u64) -> Option<u64> {
    // The field that tells the size is the only one, or among the first.
    Some(at + whole::blocked_len(view.bytes(at, 64))? as u64)
}

/// RFC 8878, 3.1.1.2: each block has its type and size in three bytes.
fn zstd_frame<S: Positional + ?Sized>(view: &mut View<S>, at: u64) -> Option<u64> {
    let head = view.bytes(at, HEAD);
    if !zstd::is_frame(head) {
        return None;
    }
    let header = zstd::Header::of(head)?;
    let mut at = at + header.len as u64;
    loop {
        let block = number(&view.array::<3>(at)?);
        let size = block >> 3;
        // Raw, one byte repeated, compressed.
        at += 3 + match block >> 1 & 3 {
            0 | 2 => size,
            1 => 1,
            _ => return None,
        };
        if block & 1 == 1 {
            return Some(at + if header.summed { 4 } else { 0 });
        }
    }
}

/// Each block has its size in four bytes; a size of 0 is the end mark.
fn lz4_frame<S: Positional + ?Sized>(view: &mut View<S>, at: u64) -> Option<u64> {
    let (header, len) = lz4::Header::of(view.bytes(at, HEAD)).ok()??;
    let sum = if header.block_sums { 4 } else { 0 };
    let mut at = at + len as u64;
    loop {
        let size = number(&view.array::<4>(at)?) & !(1 << 31);
        at += 4;
        if size == 0 {
            return Some(at + if header.content_sum { 4 } else { 0 });
        }
        at += size + sum;
    }
}

/// A number of a few bytes, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
