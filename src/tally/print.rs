//! What tells one key from another at a look.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Up to so many bytes a fingerprint is all of a key. Names of services are rarely longer.
pub(super) const WHOLE: usize = 32;

/// The length of a key, and all of a key up to 32 bytes; of a longer one its first and its last sixteen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fingerprint {
    /// Its length, and above it the page that it is on: one word, to be compared at once.
    place: u64,
    /// Behind a shorter key is what depends on that key alone, zeros for the most part.
    words: [[u8; 8]; WHOLE / 8],
}

impl Fingerprint {
    /// By the length of the key there are few ways, with two loads each that overlap and a shift, and in a log it is nearly always the
    /// same: one way for all lengths, by a mask, takes so much longer from the text to the group that lines of JSON cost a twelfth more.
    #[inline]
    pub(super) fn of(key: &[u8], page: u32) -> Fingerprint {
        let words = match (key.first_chunk::<16>(), key.last_chunk::<16>()) {
            (Some(first), Some(last)) if key.len() > 16 => {
                // What the last sixteen bytes have in common with the first goes.
                let shared = u32::try_from(WHOLE.saturating_sub(key.len()) * 8).unwrap_or(0);
                let ([a, b], [c, d]) = (halves(*first), halves((u128::from_le_bytes(*last) >> shared).to_le_bytes()));
                [a, b, c, d]
            }
            _ => match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
                (Some(first), Some(last)) => {
                    [u64::from_le_bytes(*first), behind(u64::from_le_bytes(*last), 16 - key.len()), 0, 0]
                }
                _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
                    (Some(first), Some(last)) => {
                        let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)) << 32);
                        [first | behind(last, 8 - key.len()), 0, 0, 0]
                    }
                    _ => [key.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0, 0, 0],
                },
            },
        };
        Fingerprint { place: key.len() as u64 | u64::from(page) << 32, words: words.map(u64::to_le_bytes) }
    }

    /// Whether it is all of its key.
    #[inline]
    pub(super) const fn is_whole(self) -> bool {
        self.len() as usize <= WHOLE
    }

    /// Its key, if it is all of it.
    #[inline]
    pub(super) fn key(&self) -> Option<&[u8]> {
        self.words.as_flattened().get(..self.len() as usize)
    }

    /// The length of the key, in bytes.
    #[inline]
    pub(super) const fn len(self) -> u32 {
        self.place as u32
    }

    /// The page that the key is on.
    #[inline]
    pub(super) const fn page(self) -> u32 {
        (self.place >> 32) as u32
    }

    /// Whether it is that of a key up to [`WHOLE`] bytes, or of a longer one that begins and ends so. Word by word: compared as one
    /// stretch of memory, what was just put together in registers would be stored and read back in wider pieces than it was stored in,
    /// for which a processor waits; that cost some percent of all lines of a text.
    #[inline]
    pub(super) fn is_like(self, other: Fingerprint) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.numbers(), other.numbers());
        self.place == other.place && a == e && b == f && (self.len() <= 16 || (c == g && d == h))
    }

    /// The hash of its key, which must be at hand where it is longer.
    #[inline]
    pub(super) fn hash(self, hasher: &RandomState, key: &[u8]) -> u64 {
        let [a, b, c, d] = self.numbers();
        match key.len() {
            0..=16 => hasher.hash_one((a, b, self.place)),
            17..=WHOLE => hasher.hash_one((a, b, c, d, self.place)),
            _ => hasher.hash_one((key, self.place)),
        }
    }

    /// A number for a place in a small cache: quick, and without a seed.
    #[inline]
    pub(super) fn mixed(self) -> u64 {
        let [a, b, c, d] = self.numbers();
        // Fibonacci hashing: the odd factor is 2^64 over the golden ratio; the top bits are well mixed.
        (a ^ b.rotate_left(29) ^ c ^ d.rotate_left(43) ^ self.place).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    #[inline(always)]
    fn numbers(self) -> [u64; WHOLE / 8] {
        self.words.map(u64::from_le_bytes)
    }
}

/// The last bytes of a word, so many fewer at its beginning, with zeros behind them. Of eight bytes fewer, which would be none, all: what
/// stands behind a key tells nobody anything, as long as it is always the same, and to see to it costs a percent of all lines.
#[inline(always)]
const fn behind(word: u64, fewer: usize) -> u64 {
    word.wrapping_shr(8 * fewer as u32)
}

#[inline(always)]
fn halves(bytes: [u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(bytes);
    [both as u64, (both >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_whole_fingerprint_is_its_key(key in proptest::collection::vec(any::<u8>(), 0..=WHOLE), page: u32) {
            let print = Fingerprint::of(&key, page);
            prop_assert!(print.is_whole());
            prop_assert_eq!((print.key(), print.page()), (Some(key.as_slice()), page));
        }

        #[test]
        fn that_of_a_longer_key_is_how_it_begins_and_ends(key in proptest::collection::vec(any::<u8>(), WHOLE + 1..100)) {
            let print = Fingerprint::of(&key, 0);
            prop_assert!(!print.is_whole());
            prop_assert_eq!(print.words.as_flattened(), [&key[..16], &key[key.len() - 16..]].concat());
        }

        /// Keys that differ in one byte, at any place that fits, or in length.
        #[test]
        fn whole_fingerprints_are_those_of_one_key(key in proptest::collection::vec(0u8..2, 1..=WHOLE), at: usize) {
            let mut other = key.clone();
            other[at % key.len()] ^= 1;
            prop_assert!(!Fingerprint::of(&key, 0).is_like(Fingerprint::of(&other, 0)));
            let shorter = &key[..key.len() - 1];
            prop_assert!(!Fingerprint::of(&key, 0).is_like(Fingerprint::of(shorter, 0)));
        }
    }
}
