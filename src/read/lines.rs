//! The lines of a text. Newlines are found 128 bytes at a time and kept as bits: most lines are so short that a search begun anew
//! for each costs more than looking at its bytes.

use crate::simd::{BLOCK, Simd, bits_of};
use std::slice;

/// The lines of a text with their newlines; the last may have none.
#[derive(Debug)]
pub struct Lines<'a, S> {
    simd: S,
    /// The lines to come.
    rest: &'a [u8],
    /// The blocks that are not looked at yet, and what is too short for one.
    blocks: slice::Iter<'a, [u8; BLOCK]>,
    tail: &'a [u8],
    /// How far behind the beginning of `rest` those bytes begin that `newlines` tells of; below zero where that is in their midst.
    ahead: usize,
    /// Bit n is set where byte n of them is a newline of a line to come.
    newlines: u128,
}

impl<'a, S: Simd> Lines<'a, S> {
    /// The lines of this text.
    #[inline(always)]
    pub fn new(simd: S, text: &'a [u8]) -> Lines<'a, S> {
        let (blocks, tail) = text.as_chunks();
        // So that the first block begins where the text does.
        Lines { simd, rest: text, blocks: blocks.iter(), tail, ahead: 0usize.wrapping_sub(BLOCK), newlines: 0 }
    }
}

impl<'a, S: Simd> Iterator for Lines<'a, S> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        while self.newlines == 0 {
            self.ahead = self.ahead.wrapping_add(BLOCK);
            self.newlines = match self.blocks.next() {
                Some(block) => bits_of(self.simd, block, b'\n'),
                None if self.tail.is_empty() => {
                    return Some(std::mem::take(&mut self.rest)).filter(|last| !last.is_empty());
                }
                None => std::mem::take(&mut self.tail).iter().rev().fold(0, |bits, byte| bits << 1 | u128::from(*byte == b'\n')),
            };
        }
        let len = self.ahead.wrapping_add(self.newlines.trailing_zeros() as usize + 1);
        self.newlines &= self.newlines - 1;
        self.ahead = self.ahead.wrapping_sub(len);
        let (line, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::widest;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_a_plain_split_has_them(text in "[a\n]{0,20}([a]{0,150}\n?){0,5}") {
            let plain: Vec<&[u8]> = text.as_bytes().split_inclusive(|byte| *byte == b'\n').collect();
            let (lines, next) = widest!(simd => {
                let mut lines = Lines::new(simd, text.as_bytes());
                (lines.by_ref().collect::<Vec<_>>(), lines.next())
            });
            prop_assert_eq!(lines, plain);
            prop_assert_eq!(next, None);
        }
    }
}
