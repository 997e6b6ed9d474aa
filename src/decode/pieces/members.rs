//! Where members of a gzip file seem to begin that do not tell their length: files that were put one behind the other.

use super::{Positional, View};
use crate::decode::gzip::is_header_behind_magic;

/// So far is looked for a second member, in bytes. Most files have one, and are not read twice to learn it.
const FIRST_WITHIN: u64 = 16 << 20;

/// So much is looked through at once.
const BLOCK: usize = 64 << 10;

/// A member's header, as far as it always goes, in bytes.
const HEADER: usize = 10;

/// Starts of members, the first of them 0, each at least so many bytes behind the one before. What looks like a header may be text of
/// a member: about one in 10^12 bytes that are compressed, and every header of a gzip file that is stored in another.
pub(super) fn starts<S: Positional + ?Sized>(view: &mut View<S>, at_least: u64) -> Vec<u64> {
    let mut starts = vec![0];
    let mut at = at_least;
    while starts.len() > 1 || at <= FIRST_WITHIN {
        let block = view.bytes(at, BLOCK);
        if block.len() < HEADER {
            break;
        }
        match header_in(block) {
            Some(offset) => {
                starts.push(at + offset as u64);
                at += offset as u64 + at_least;
            }
            None => at += (block.len() - (HEADER - 1)) as u64,
        }
    }
    starts
}

fn header_in(block: &[u8]) -> Option<usize> {
    // Its magic number and the one method there is.
    memchr::memmem::find_iter(block, &[0x1f, 0x8b, 8]).find(|at| block.get(*at..).is_some_and(is_header_behind_magic))
}
