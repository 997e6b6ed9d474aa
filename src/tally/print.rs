//! What tells one key from another at a look.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Up to so many bytes a fingerprint is all of a key. Names of services are rarely longer.
pub(super) const WHOLE: usize = 32;

/// The length of a key with its first and last sixteen bytes: all there is of a key up to 32 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fingerprint {
    /// Its length, and above it the page that it is on: one word, to be compared at once.
    place: u64,
    /// Its first and its last eight bytes, and of a key of more than 16 bytes those behind the first and those before the last.
    words: [u64; 4],
}

impl Fingerprint {
    #[inline]
    pub(super) fn of(key: &[u8], page: u32) -> Fingerprint {
        let words = match (key.first_chunk::<16>(), key.last_chunk::<16>()) {
            (Some(first), Some(last)) if key.len() > 16 => {
                let ([a, c], [d, b]) = (halves(first), halves(last));
                [a, b, c, d]
            }
            _ => match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
                (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last), 0, 0],
                _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
                    (Some(first), Some(last)) => {
                        [u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)), 0, 0]
                    }
                    _ => [key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0, 0, 0],
                },
            },
        };
        // Keys are names from lines and paths, far shorter than 4 GiB.
        Fingerprint { place: key.len() as u64 | u64::from(page) << 32, words }
    }

    /// Whether it is all of its key.
    #[inline]
    pub(super) const fn is_whole(self) -> bool {
        self.len() as usize <= WHOLE
    }

    /// Its key, where it is all of it; written to `room`.
    pub(super) fn key(self, room: &mut [u8; WHOLE]) -> &[u8] {
        let len = (self.len() as usize).min(WHOLE);
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(to) = room.get_mut(at..at + bytes.len()) {
                to.copy_from_slice(bytes);
            }
        };
        let [a, b, c, d] = self.words;
        match len {
            0..4 => put(0, &a.to_be_bytes()[8 - len..]),
            4..8 => {
                put(0, &(a as u32).to_le_bytes());
                put(len - 4, &(b as u32).to_le_bytes());
            }
            8..=16 => {
                put(0, &a.to_le_bytes());
                put(len - 8, &b.to_le_bytes());
            }
            _ => {
                put(0, &a.to_le_bytes());
                put(8, &c.to_le_bytes());
                put(len - 16, &d.to_le_bytes());
                put(len - 8, &b.to_le_bytes());
            }
        }
        &room[..len]
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
    pub(super) const fn is_like(self, other: Fingerprint) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.words, other.words);
        self.place == other.place && a == e && b == f && (self.len() <= 16 || (c == g && d == h))
    }

    /// The hash of its key, which must be at hand where it is longer.
    #[inline]
    pub(super) fn hash(self, hasher: &RandomState, key: &[u8]) -> u64 {
        let [a, b, c, d] = self.words;
        match key.len() {
            0..=16 => hasher.hash_one((a, b, self.place)),
            17..=WHOLE => hasher.hash_one((a, b, c, d, self.place)),
            _ => hasher.hash_one((key, self.place)),
        }
    }

    /// A number for a place in a small cache: quick, and without a seed.
    #[inline]
    pub(super) const fn mixed(self) -> u64 {
        let [a, b, ..] = self.words;
        // Fibonacci hashing: the odd factor is 2^64 over the golden ratio; the top bits are well mixed.
        (a ^ b.rotate_left(29) ^ self.place).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*bytes);
    [both as u64, (both >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_whole_fingerprint_gives_its_key_back(key in proptest::collection::vec(any::<u8>(), 0..=WHOLE), page: u32) {
            let print = Fingerprint::of(&key, page);
            prop_assert!(print.is_whole());
            let mut room = [7; WHOLE];
            prop_assert_eq!((print.key(&mut room), print.page()), (key.as_slice(), page));
        }

        /// Keys that differ in one byte, at any place that fits.
        #[test]
        fn whole_fingerprints_are_those_of_one_key(key in proptest::collection::vec(0u8..2, 1..=WHOLE), at: usize) {
            let mut other = key.clone();
            other[at % key.len()] ^= 1;
            prop_assert!(!Fingerprint::of(&key, 0).is_like(Fingerprint::of(&other, 0)));
            other.pop();
            prop_assert!(!Fingerprint::of(&key, 0).is_like(Fingerprint::of(&other, 0)));
        }
    }
}
