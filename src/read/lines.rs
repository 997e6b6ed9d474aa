//! The lines of a text. Newlines are found 64 bytes at a time and kept as bits: most lines are so short that a search begun anew
//! for each costs more than looking at its bytes.

use wide::i8x16;

/// The lines of a text with their newlines; the last may have none.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    /// Where the next line begins.
    start: usize,
    /// Where the bytes begin that `newlines` tells of.
    block: usize,
    /// Bit n is set where byte `block + n` is a newline of a line to come.
    newlines: u64,
}

const BLOCK: usize = 64;

impl<'a> Lines<'a> {
    /// The lines of this text.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Lines<'a> {
        Lines { text, start: 0, block: 0, newlines: newlines_at(text, 0) }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while self.newlines == 0 {
            self.block += BLOCK;
            if self.block >= self.text.len() {
                self.block = self.text.len();
                let last = self.text.get(self.start..).filter(|last| !last.is_empty());
                self.start = self.text.len();
                return last;
            }
            self.newlines = newlines_at(self.text, self.block);
        }
        let end = self.block + self.newlines.trailing_zeros() as usize + 1;
        self.newlines &= self.newlines - 1;
        let line = self.text.get(self.start..end);
        self.start = end;
        line
    }
}

#[inline]
fn newlines_at(text: &[u8], from: usize) -> u64 {
    let rest = text.get(from..).unwrap_or_default();
    match rest.first_chunk::<BLOCK>() {
        Some(block) => newlines(block),
        None => {
            let mut block = [0; BLOCK];
            for (to, byte) in block.iter_mut().zip(rest) {
                *to = *byte;
            }
            newlines(&block)
        }
    }
}

#[inline]
fn newlines(block: &[u8; BLOCK]) -> u64 {
    let newline = i8x16::splat(b'\n'.cast_signed());
    let mut mask = 0;
    for (at, word) in block.as_chunks::<16>().0.iter().enumerate() {
        mask |= u64::from(i8x16::from(word.map(u8::cast_signed)).simd_eq(newline).to_bitmask()) << (16 * at);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_a_plain_split_has_them(text in "[a\n]{0,20}([a]{0,150}\n?){0,5}") {
            let plain: Vec<&[u8]> = text.as_bytes().split_inclusive(|byte| *byte == b'\n').collect();
            let mut lines = Lines::new(text.as_bytes());
            prop_assert_eq!(lines.by_ref().collect::<Vec<_>>(), plain);
            prop_assert_eq!(lines.next(), None);
        }
    }
}
