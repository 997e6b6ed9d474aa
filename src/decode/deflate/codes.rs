//! Huffman codes of deflate (RFC 1951, 3.2.2), as tables that a few bits of input are looked up in.
//!
//! An entry of a table is one number, so that one load says all of a symbol:
//!
//! | bits | |
//! |---|---|
//! | 0 to 7 | how many bits it takes, extra bits included |
//! | 8 to 11 | how many of them are the code; of a second table, how many bits it is looked up with |
//! | 13 to 15 | what is not simply a literal or a number: [`END`], [`SUBTABLE`], [`SPECIAL`] |
//! | 16 to 30 | the literal; the length or distance to which the extra bits are added; where the second table begins |
//! | 31 | [`LITERAL`] |

use super::Bad;

/// The entry is a literal. (Of distances, none is: there it is the highest bit of the number.)
pub(super) const LITERAL: u32 = 1 << 31;

/// The entry is neither a literal nor a number. Where neither of the next two bits is set, no symbol has this code.
pub(super) const SPECIAL: u32 = 1 << 15;

/// The code goes on in a second table.
pub(super) const SUBTABLE: u32 = 1 << 14;

/// The block ends.
pub(super) const END: u32 = 1 << 13;

/// The longest code, in bits (RFC 1951, 3.2.7).
const LONGEST: usize = 15;

/// How many symbols there are for literals and lengths, two of which never occur (RFC 1951, 3.2.6).
const LITERALS: usize = 288;

/// And for distances, two of which never occur either.
const DISTANCES: usize = 32;

/// How many symbols there are for lengths of codes (RFC 1951, 3.2.7).
pub(super) const LENGTHS: usize = 19;

/// So many bits are looked up at once of a literal or a length: nearly all codes are as short.
pub(super) const LITERAL_BITS: u32 = 11;

/// And of a distance.
pub(super) const DISTANCE_BITS: u32 = 9;

/// Of the length of a code, no more are needed.
pub(super) const LENGTH_BITS: u32 = 7;

/// More than codes of [`LONGEST`] bits can take: 2,342 entries where the first table has 11 bits, and 592 where it has 9, by the count
/// of all sets of lengths in zlib's `enough.c` (of 286 and 30 symbols). Powers of two, so that a mask keeps an index inside.
const LITERAL_ENTRIES: usize = 4096;
const DISTANCE_ENTRIES: usize = 1024;

/// The codes of a block.
pub(super) struct Codes {
    literals: Box<[u32; LITERAL_ENTRIES]>,
    distances: Box<[u32; DISTANCE_ENTRIES]>,
}

impl Codes {
    pub(super) fn new() -> Codes {
        Codes { literals: Box::new([0; LITERAL_ENTRIES]), distances: Box::new([0; DISTANCE_ENTRIES]) }
    }

    /// The codes of these lengths, of literals and of distances.
    pub(super) fn build(&mut self, literals: &[u8], distances: &[u8]) -> Result<(), Bad> {
        // Without an end, a block would have none.
        if literals.get(256).is_none_or(|len| *len == 0) {
            return Err(Bad);
        }
        build(literals, &LITERAL_SYMBOLS, LITERAL_BITS, &mut *self.literals)?;
        build(distances, &DISTANCE_SYMBOLS, DISTANCE_BITS, &mut *self.distances)
    }

    /// The codes that are always the same (RFC 1951, 3.2.6).
    pub(super) fn build_fixed(&mut self) -> Result<(), Bad> {
        let mut literals = [8; LITERALS];
        for (symbol, len) in literals.iter_mut().enumerate() {
            match symbol {
                144..256 => *len = 9,
                256..280 => *len = 7,
                _ => {}
            }
        }
        self.build(&literals, &[5; DISTANCES])
    }

    #[inline(always)]
    pub(super) fn literal(&self, bits: u64) -> u32 {
        self.literals[bits as usize & ((1 << LITERAL_BITS) - 1)]
    }

    /// What an entry of the first table leads to, by the bits behind.
    #[inline(always)]
    pub(super) fn long_literal(&self, entry: u32, bits: u64) -> u32 {
        self.literals[second(entry, bits) & (LITERAL_ENTRIES - 1)]
    }

    #[inline(always)]
    pub(super) fn distance(&self, bits: u64) -> u32 {
        self.distances[bits as usize & ((1 << DISTANCE_BITS) - 1)]
    }

    #[inline(always)]
    pub(super) fn long_distance(&self, entry: u32, bits: u64) -> u32 {
        self.distances[second(entry, bits) & (DISTANCE_ENTRIES - 1)]
    }
}

#[inline(always)]
const fn second(entry: u32, bits: u64) -> usize {
    (entry >> 16) as usize + (bits as usize & ((1 << (entry >> 8 & 15)) - 1))
}

/// The number of an entry whose code, and extra bits, stand at the beginning of `bits`.
#[inline(always)]
pub(super) const fn number(entry: u32, bits: u64) -> usize {
    let taken = bits & !(u64::MAX << (entry & 63));
    (entry >> 16) as usize + (taken >> (entry >> 8 & 15)) as usize
}

/// The table of the codes of lengths, in which a block says its codes (RFC 1951, 3.2.7). The symbol is the entry's number.
pub(super) fn lengths_table(lens: &[u8; LENGTHS]) -> Result<[u32; 1 << LENGTH_BITS], Bad> {
    let mut table = [0; 1 << LENGTH_BITS];
    build(lens, &LENGTH_SYMBOLS, LENGTH_BITS, &mut table)?;
    Ok(table)
}

/// What the entries of symbols have in common with every code.
static LITERAL_SYMBOLS: [u32; LITERALS] = {
    let mut entries = [SPECIAL; LITERALS];
    let mut symbol = 0;
    while symbol < 256 {
        entries[symbol] = LITERAL | (symbol as u32) << 16;
        symbol += 1;
    }
    entries[256] = SPECIAL | END;
    let (mut code, mut least) = (0, 3);
    while code < 28 {
        let extra = if code < 8 { 0 } else { code as u32 / 4 - 1 };
        entries[257 + code] = least << 16 | extra;
        least += 1 << extra;
        code += 1;
    }
    // The last takes no extra bits, and is one less than would follow.
    entries[285] = 258 << 16;
    entries
};

static DISTANCE_SYMBOLS: [u32; DISTANCES] = {
    let mut entries = [SPECIAL; DISTANCES];
    let (mut code, mut least) = (0, 1);
    while code < 30 {
        let extra = if code < 4 { 0 } else { code as u32 / 2 - 1 };
        entries[code] = least << 16 | extra;
        least += 1 << extra;
        code += 1;
    }
    entries
};

static LENGTH_SYMBOLS: [u32; LENGTHS] = {
    let mut entries = [0; LENGTHS];
    let mut symbol = 0;
    while symbol < LENGTHS {
        entries[symbol] = (symbol as u32) << 16;
        symbol += 1;
    }
    entries
};

/// Builds the table of a code, by the lengths of its symbols' codes. A code must be complete; but like zlib, one of a single symbol
/// of one bit is taken (RFC 1951, 3.2.7, of distances), and one without symbols, if none is ever used.
fn build(lens: &[u8], symbols: &[u32], root: u32, table: &mut [u32]) -> Result<(), Bad> {
    let mut count = [0u16; LONGEST + 1];
    for len in lens {
        count[usize::from(*len) & LONGEST] += 1;
    }
    let used = lens.len() - usize::from(count[0]);
    count[0] = 0;
    let mut unused = 1i32;
    let mut longest = 0;
    for (len, count) in count.iter().enumerate().skip(1) {
        unused = (unused << 1) - i32::from(*count);
        if unused < 0 {
            return Err(Bad);
        }
        if *count > 0 {
            longest = len as u32;
        }
    }
    if unused > 0 {
        let is_taken = root != LENGTH_BITS && (used == 0 || (used == 1 && count[1] == 1));
        if !is_taken {
            return Err(Bad);
        }
        table.fill(SPECIAL | 1);
    }
    // Symbols by the lengths of their codes, which is the order of the codes.
    let mut next = [0u16; LONGEST + 2];
    for len in 1..=LONGEST {
        next[len + 1] = next[len] + count[len];
    }
    let mut sorted = [0u16; LITERALS];
    for (symbol, len) in lens.iter().enumerate().filter(|(_, len)| **len > 0) {
        let next = &mut next[usize::from(*len) & LONGEST];
        *sorted.get_mut(usize::from(*next)).ok_or(Bad)? = symbol as u16;
        *next += 1;
    }
    let (mut code, mut len) = (0u32, 1u32);
    let (mut free, mut subtable) = (1usize << root, Subtable { prefix: u32::MAX, at: 0, bits: 0 });
    for symbol in sorted.iter().take(used) {
        while count[len as usize & LONGEST] == 0 {
            len += 1;
            code <<= 1;
        }
        // Codes are packed with their first bit lowest.
        let reversed = code.reverse_bits() >> (32 - len);
        let entry = *symbols.get(usize::from(*symbol)).ok_or(Bad)?;
        let extra = entry & 0xff;
        let entry = |own: u32| entry & !0xff | own << 8 | (own + extra);
        if len <= root {
            let places = table.get_mut(reversed as usize..1 << root).ok_or(Bad)?;
            places.iter_mut().step_by(1 << len).for_each(|place| *place = entry(len));
        } else {
            let prefix = reversed & ((1 << root) - 1);
            if prefix != subtable.prefix {
                // As many bits as the codes of this prefix take: they come one behind the other, the shortest first.
                let mut bits = len - root;
                let mut left = (1i32 << bits) - i32::from(count[len as usize & LONGEST]);
                while left > 0 && bits + root < longest {
                    bits += 1;
                    left = (left << 1) - i32::from(count[(bits + root) as usize & LONGEST]);
                }
                subtable = Subtable { prefix, at: free, bits };
                free += 1 << bits;
                *table.get_mut(prefix as usize).ok_or(Bad)? = SPECIAL | SUBTABLE | (subtable.at as u32) << 16 | bits << 8 | root;
            }
            let own = len - root;
            let places =
                table.get_mut(subtable.at + (reversed >> root) as usize..subtable.at + (1 << subtable.bits)).ok_or(Bad)?;
            places.iter_mut().step_by(1 << own).for_each(|place| *place = entry(own));
        }
        count[len as usize & LONGEST] -= 1;
        code += 1;
    }
    Ok(())
}

/// The second table of the codes that begin with the same bits.
struct Subtable {
    prefix: u32,
    at: usize,
    bits: u32,
}
