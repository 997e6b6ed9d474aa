//! Short searches and comparisons for the hot loop: where a call into a general routine costs more than
//! the few bytes it would look at.

use wide::{i8x16, u8x16};

/// The place of the first `"` or `\` at or after `from`; the line's length if there is none.
#[inline]
#[must_use]
pub fn find_quote(line: &[u8], from: usize) -> usize {
    find_either(line, from, b'"', b'\\')
}

/// Sixteen bytes as one register.
#[inline]
#[must_use]
pub fn word(bytes: &[u8; 16]) -> i8x16 {
    i8x16::from(bytes.map(u8::cast_signed))
}

/// All ones where a byte is `"` or `\`.
#[inline]
#[must_use]
pub fn quotes(word: i8x16) -> i8x16 {
    either(word, b'"', b'\\')
}

#[inline]
fn either(word: i8x16, a: u8, b: u8) -> i8x16 {
    word.simd_eq(i8x16::splat(a.cast_signed())) | word.simd_eq(i8x16::splat(b.cast_signed()))
}

/// Bit n is set where byte n is `a` or `b`.
#[inline]
#[must_use]
pub fn either_of(bytes: &[u8; 16], a: u8, b: u8) -> u32 {
    either(word(bytes), a, b).to_bitmask()
}

/// What each of some bytes may be.
#[derive(Clone, Copy, Debug)]
pub struct Ranges<const N: usize> {
    /// The least that each may be.
    pub least: [u8; N],
    /// By how much it may be above that.
    pub above: [u8; N],
}

impl<const N: usize> Ranges<N> {
    /// Those of no line: none begins with its newline and goes on.
    pub const OF_NO_LINE: Ranges<N> = Ranges { least: [b'\n'; N], above: [0; N] };

    /// Whether all bytes are within.
    #[inline(always)]
    #[must_use]
    pub fn hold(&self, bytes: &[u8; N]) -> bool {
        let words = bytes.as_chunks().0.iter().zip(self.least.as_chunks().0).zip(self.above.as_chunks().0);
        let beyond = words.fold(u8x16::ZERO, |beyond, ((word, least), above)| {
            beyond | (u8x16::new(*word) - u8x16::new(*least)).saturating_sub(u8x16::new(*above))
        });
        beyond == u8x16::ZERO
    }
}

/// Bit n is set where byte n bounds a word of syslog's, be it a host or a tag: a blank or another control character, `[`, `:` or `=`.
#[inline]
#[must_use]
pub fn bounds_of(bytes: [u8; 16]) -> u32 {
    let word = u8x16::new(bytes);
    let is = |byte: u8| word.simd_eq(u8x16::splat(byte));
    let blank = word.min(u8x16::splat(b' ')).simd_eq(word);
    ((blank | is(b'=')) | (is(b'[') | is(b':'))).to_bitmask()
}

/// The quotes and backslashes of a line, found 64 bytes at a time: several short values are within one look.
pub struct Quotes<'a> {
    line: &'a [u8],
    /// Where the bytes begin that `mask` tells of.
    base: usize,
    mask: u64,
}

impl<'a> Quotes<'a> {
    /// Looks at the line's beginning.
    #[inline]
    #[must_use]
    pub fn new(line: &'a [u8]) -> Quotes<'a> {
        Quotes { line, base: 0, mask: quotes_of_64(line, 0) }
    }

    /// The first quote or backslash at or after `from`, which never goes back; the line's length if there is none.
    #[inline]
    pub fn next(&mut self, from: usize) -> usize {
        // Where the look is ahead already, nothing was found up to there.
        let from = from.max(self.base);
        let ahead = from - self.base;
        if ahead < 64 {
            let mask = self.mask >> ahead;
            if mask != 0 {
                return from + mask.trailing_zeros() as usize;
            }
        }
        self.next_block(from)
    }

    #[inline(never)]
    fn next_block(&mut self, from: usize) -> usize {
        self.base = from.max(self.base + 64);
        while self.base < self.line.len() {
            self.mask = quotes_of_64(self.line, self.base);
            if self.mask != 0 {
                return self.base + self.mask.trailing_zeros() as usize;
            }
            self.base += 64;
        }
        // What is asked for next begins behind the line's end.
        self.base = self.line.len();
        self.mask = 0;
        self.line.len()
    }
}

/// Bit n is set where byte `from + n` is a quote or backslash.
#[inline]
fn quotes_of_64(line: &[u8], from: usize) -> u64 {
    let rest = line.get(from..).unwrap_or_default();
    match rest.first_chunk::<64>() {
        Some(block) => quotes_of_block(block),
        None => {
            let mut block = [0; 64];
            for (to, byte) in block.iter_mut().zip(rest) {
                *to = *byte;
            }
            quotes_of_block(&block)
        }
    }
}

#[inline]
fn quotes_of_block(block: &[u8; 64]) -> u64 {
    let mut mask = 0;
    for (at, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
        mask |= u64::from(quotes(word(bytes)).to_bitmask()) << (16 * at);
    }
    mask
}

/// The first `a` or `b` at or after `from`; the line's length if there is none.
#[inline]
#[must_use]
pub fn find_either(line: &[u8], from: usize, a: u8, b: u8) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    // Most names end so soon: what a loop needs beforehand takes longer than the look.
    match rest.first_chunk::<16>().map(|bytes| either_of(bytes, a, b)) {
        Some(mask @ 1..) => from + mask.trailing_zeros() as usize,
        _ => from + find_far(rest, a, b),
    }
}

/// The first of either byte in a text, looked for from its beginning on; its length if there is none.
#[inline]
fn find_far(text: &[u8], a: u8, b: u8) -> usize {
    let (words, tail) = text.as_chunks::<16>();
    let mut at = 0;
    for bytes in words {
        let mask = either_of(bytes, a, b);
        if mask != 0 {
            return at + mask.trailing_zeros() as usize;
        }
        at += 16;
    }
    at + tail.iter().position(|byte| *byte == a || *byte == b).unwrap_or(tail.len())
}

/// The first of four bytes in a text; its length if there is none.
#[inline]
#[must_use]
pub fn find_any(text: &[u8], [a, b, c, d]: &[u8; 4]) -> usize {
    let (words, tail) = text.as_chunks::<16>();
    let mut at = 0;
    for bytes in words {
        let bytes = word(bytes);
        let mask = (either(bytes, *a, *b) | either(bytes, *c, *d)).to_bitmask();
        if mask != 0 {
            return at + mask.trailing_zeros() as usize;
        }
        at += 16;
    }
    at + tail.iter().position(|byte| [a, b, c, d].contains(&byte)).unwrap_or(tail.len())
}

/// A text to be compared with the same place of many lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// The first 16 bytes, zero beyond the end.
    start: i8x16,
    /// All ones where `start` has text.
    mask: i8x16,
    /// What goes beyond 16 bytes.
    rest: Box<[u8]>,
    len: usize,
}

impl Literal {
    /// Makes a text ready for comparing.
    #[must_use]
    pub fn new(text: &[u8]) -> Literal {
        let (first, rest) = text.split_at(text.len().min(16));
        let start = std::array::from_fn(|at| first.get(at).map_or(0, |byte| byte.cast_signed()));
        let mask = std::array::from_fn(|at| if at < first.len() { -1 } else { 0 });
        Literal { start: i8x16::new(start), mask: i8x16::new(mask), rest: rest.into(), len: text.len() }
    }

    /// Whether it is this text.
    #[must_use]
    pub fn is(&self, text: &[u8]) -> bool {
        *self == Literal::new(text)
    }

    /// Where the text ends in the line, if it stands at `at`.
    #[inline(always)]
    #[must_use]
    pub fn match_at(&self, line: &[u8], at: usize) -> Option<usize> {
        let from = line.get(at..)?;
        match from.first_chunk::<16>() {
            Some(bytes) => {
                if word(bytes) & self.mask != self.start {
                    return None;
                }
            }
            None => {
                // Fewer than 16 bytes are left, so a longer text does not fit.
                let have = from.get(..self.len)?;
                let fits = have.iter().zip(self.start.as_array()).all(|(byte, text)| byte.cast_signed() == *text);
                return fits.then_some(at + self.len);
            }
        }
        if !self.rest.is_empty() && from.get(16..self.len)? != &*self.rest {
            return None;
        }
        Some(at + self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotes_are_found_where_a_plain_loop_finds_them(line in "[a\"\\\\]{0,70}", from in 0usize..80) {
            let plain = line.bytes().enumerate().skip(from).find(|(_, byte)| matches!(byte, b'"' | b'\\'));
            let expected = plain.map_or(line.len(), |(at, _)| at);
            prop_assert_eq!(find_quote(line.as_bytes(), from), expected.max(from));
        }

        #[test]
        fn bounds_are_found_where_a_plain_loop_finds_them(bytes: [u8; 16]) {
            let is_bound = |byte: &u8| *byte <= b' ' || b"[:=".contains(byte);
            let plain = bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u32::from(is_bound(byte)));
            prop_assert_eq!(bounds_of(bytes), plain);
        }

        #[test]
        fn ranges_hold_what_is_in_each(least: [u8; 32], above: [u8; 32], steps: [u8; 32], at in 0usize..32, byte: u8) {
            let ranges = Ranges { least, above };
            let mut bytes = std::array::from_fn(|at| least[at].wrapping_add(steps[at] & above[at]));
            prop_assert!(ranges.hold(&bytes));
            bytes[at] = byte;
            prop_assert_eq!(ranges.hold(&bytes), byte.wrapping_sub(least[at]) <= above[at]);
        }

        #[test]
        fn all_quotes_in_turn(line in "[a\"\\\\]{0,40}[ab]{0,90}[a\"]{0,90}") {
            let plain: Vec<usize> = line.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\')).map(|(at, _)| at).collect();
            let mut quotes = Quotes::new(line.as_bytes());
            let mut found = Vec::new();
            let mut from = 0;
            while quotes.next(from) < line.len() {
                from = quotes.next(from) + 1;
                found.push(from - 1);
            }
            prop_assert_eq!(found, plain);
            prop_assert_eq!(quotes.next(from), line.len());
        }

        #[test]
        fn a_literal_matches_where_the_text_stands(text in "[ab]{0,40}", line in "[ab]{0,60}", at in 0usize..70) {
            let plain = line.as_bytes().get(at..).filter(|rest| rest.starts_with(text.as_bytes())).map(|_| at + text.len());
            prop_assert_eq!(Literal::new(text.as_bytes()).match_at(line.as_bytes(), at), plain);
        }
    }
}
