//! Short searches and comparisons for the hot loop: where a call into a general routine costs more than
//! the few bytes it would look at.

use wide::i8x16;

/// The place of the first `"` or `\` at or after `from`; the line's length if there is none.
#[inline]
#[must_use]
pub fn find_quote(line: &[u8], from: usize) -> usize {
    let Some(rest) = line.get(from..) else { return line.len() };
    let mut at = from;
    let (words, tail) = rest.as_chunks::<16>();
    for word in words {
        let mask = quotes(word);
        if mask != 0 {
            return at + mask.trailing_zeros() as usize;
        }
        at += 16;
    }
    for byte in tail {
        if matches!(byte, b'"' | b'\\') {
            return at;
        }
        at += 1;
    }
    at
}

/// Bit n is set where byte n is `"` or `\`.
#[inline]
fn quotes(bytes: &[u8; 16]) -> u32 {
    let word = i8x16::from(bytes.map(u8::cast_signed));
    let quote = word.simd_eq(i8x16::splat(b'"'.cast_signed()));
    let backslash = word.simd_eq(i8x16::splat(b'\\'.cast_signed()));
    (quote | backslash).to_bitmask()
}

/// A text to be compared with the same place of many lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The first 16 bytes, zero beyond the end.
    start: u128,
    /// All ones where `start` has text.
    mask: u128,
    /// What goes beyond 16 bytes.
    rest: Box<[u8]>,
    len: usize,
}

impl Literal {
    /// Makes a text ready for comparing.
    #[must_use]
    pub fn new(text: &[u8]) -> Literal {
        let (first, rest) = text.split_at(text.len().min(16));
        let mut start = [0; 16];
        let mut mask = [0; 16];
        for (at, byte) in first.iter().enumerate() {
            start[at] = *byte;
            mask[at] = 0xFF;
        }
        Literal { start: u128::from_le_bytes(start), mask: u128::from_le_bytes(mask), rest: rest.into(), len: text.len() }
    }

    /// Where the text ends in the line, if it stands at `at`.
    #[inline]
    #[must_use]
    pub fn match_at(&self, line: &[u8], at: usize) -> Option<usize> {
        let from = line.get(at..)?;
        match from.first_chunk::<16>() {
            Some(word) => {
                if u128::from_le_bytes(*word) & self.mask != self.start {
                    return None;
                }
            }
            None => {
                let have = from.get(..self.len)?;
                let text = self.start.to_le_bytes();
                // Fewer than 16 bytes are left, so the text is shorter than that too.
                return (have == text.get(..self.len)?).then_some(at + self.len);
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
            prop_assert_eq!(find_quote(line.as_bytes(), from), plain.map_or(line.len(), |(at, _)| at));
        }

        #[test]
        fn a_literal_matches_where_the_text_stands(text in "[ab]{0,40}", line in "[ab]{0,60}", at in 0usize..70) {
            let plain = line.as_bytes().get(at..).filter(|rest| rest.starts_with(text.as_bytes())).map(|_| at + text.len());
            prop_assert_eq!(Literal::new(text.as_bytes()).match_at(line.as_bytes(), at), plain);
        }
    }
}
