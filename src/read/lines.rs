//! The lines of a text. Newlines are found 64 bytes at a time and kept as bits: most lines are so short that a search begun anew
//! for each costs more than looking at its bytes.

use crate::simd::{BLOCK, Simd, bits_of};

/// The lines of a text with their newlines; the last may have none.
#[derive(Debug)]
pub struct Lines<'a, S> {
    simd: S,
    text: &'a [u8],
    /// Where the next line begins.
    start: usize,
    /// Where the bytes begin that `newlines` tells of.
    block: usize,
    /// Bit n is set where byte `block + n` is a newline of a line to come.
    newlines: u64,
}

impl<'a, S: Simd> Lines<'a, S> {
    /// The lines of this text.
    #[inline(always)]
    pub fn new(simd: S, text: &'a [u8]) -> Lines<'a, S> {
        Lines { simd, text, start: 0, block: 0, newlines: newlines_at(simd, text, 0) }
    }
}

impl<'a, S: Simd> Iterator for Lines<'a, S> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        while self.newlines == 0 {
            self.block += BLOCK;
            if self.block >= self.text.len() {
                self.block = self.text.len();
                let last = self.text.get(self.start..).filter(|last| !last.is_empty());
                self.start = self.text.len();
                return last;
            }
            self.newlines = newlines_at(self.simd, self.text, self.block);
        }
        let end = self.block + self.newlines.trailing_zeros() as usize + 1;
        self.newlines &= self.newlines - 1;
        let line = self.text.get(self.start..end);
        self.start = end;
        line
    }
}

#[inline(always)]
fn newlines_at<S: Simd>(simd: S, text: &[u8], from: usize) -> u64 {
    let rest = text.get(from..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => bits_of(simd, block, b'\n'),
        None => rest.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(*byte == b'\n')),
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
