//! Where a block seems to begin, at any bit.
//!
//! Only blocks that bring their own codes are looked for, as nearly all are, and not a stream's last: of 74 bits that begin one, chance alone
//! agrees at a few in a thousand places, and the lengths of codes that follow leave next to none. What is found is a guess all the same, until
//! the block before it has been decoded to its end.

/// What a look takes, in bytes.
pub(super) const LOOK: usize = 16;

/// How much of a complete code four lengths of three bits take, in 128ths (RFC 1951, 3.2.7).
static TAKEN: [u16; 1 << 12] = {
    let mut taken = [0; 1 << 12];
    let mut lens = 0;
    while lens < taken.len() {
        let mut nth = 0;
        while nth < 4 {
            let len = lens >> (3 * nth) & 7;
            if len > 0 {
                taken[lens] += 128 >> len;
            }
            nth += 1;
        }
        lens += 1;
    }
    taken
};

/// The first bit of `input` from `from` on, and before `end`, where a block may begin; it is not looked for in the last [`LOOK`] bytes.
pub(super) fn first(input: &[u8], from: usize, end: usize) -> Option<usize> {
    let mut skipped = from % 8;
    for at in from / 8..end.div_ceil(8) {
        let bytes = input.get(at..)?.first_chunk::<LOOK>()?;
        let bits = u128::from_le_bytes(*bytes) >> skipped;
        // BFINAL is 0, BTYPE is 2, its lower bit first: eight places at once.
        let mut places = !bits & !(bits >> 1) & (bits >> 2) & (0xff >> skipped);
        while places != 0 {
            let place = places.trailing_zeros();
            if begins(bits >> place) {
                let bit = at * 8 + skipped + place as usize;
                return (bit < end).then_some(bit);
            }
            places &= places - 1;
        }
        skipped = 0;
    }
    None
}

/// Whether the numbers of lengths are possible, and the code complete that lengths are coded with.
const fn begins(bits: u128) -> bool {
    let (literals, distances, given) = (bits >> 3 & 31, bits >> 8 & 31, (bits >> 13 & 15) as u32 + 4);
    if literals > 29 || distances > 29 {
        return false;
    }
    let lens = (bits >> 17) as u64 & ((1 << (3 * given)) - 1);
    let mut taken = 0;
    let mut shift = 0;
    while shift < 60 {
        taken += TAKEN[(lens >> shift) as usize & (TAKEN.len() - 1)];
        shift += 12;
    }
    taken == 128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written from the RFC: 0, then 2 in two bits, HLIT 29, HDIST 29, HCLEN 0, and lengths 2, 2, 2, 2.
    #[test]
    fn a_block_is_found_at_each_bit() {
        let block: u128 = 0b100 | 29 << 3 | 29 << 8 | 0b010_010_010_010 << 17;
        for bit in 0..24 {
            let bytes = [(block << bit).to_le_bytes(), [0; 16]].concat();
            assert_eq!(first(&bytes, 0, 128), Some(bit));
            assert_eq!(first(&bytes, bit, 128), Some(bit));
            assert_eq!(first(&bytes, bit, bit + 1), Some(bit));
            assert_eq!(first(&bytes, 0, bit), None);
            assert_eq!(first(&bytes, bit + 1, 128), None);
            assert_eq!(first(&bytes[..bit / 8 + LOOK], 0, 128), Some(bit));
            assert_eq!(first(&bytes[..bit / 8 + LOOK - 1], 0, 128), None);
        }
    }

    #[test]
    fn what_cannot_be_a_block_is_not_found() {
        let lens: u128 = 0b010_010_010_010 << 17;
        for bits in [
            // The last block; stored; of fixed codes; of no kind.
            0b101 | lens,
            lens,
            0b010 | lens,
            0b110 | lens,
            // Too many literals, too many distances.
            0b100 | 30 << 3 | lens,
            0b100 | 30 << 8 | lens,
            // Codes that are not complete, or more than that.
            0b100 | 0b010_010_010_011 << 17,
            0b100 | 0b010_010_010_001 << 17,
            // A fifth length that is not given does not count, and one that is does.
            0b100 | 1 << 13 | lens | 0b111 << 29,
        ] {
            assert_eq!(first(&u128::to_le_bytes(bits), 0, 1), None, "{bits:b}");
        }
        assert_eq!(first(&u128::to_le_bytes(0b100 | lens | 0b111 << 29), 0, 1), Some(0));
    }
}
