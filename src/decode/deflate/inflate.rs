//! Deflated blocks (RFC 1951) to symbols: bytes, or marks of bytes that are not known yet.
//!
//! The loop of [`Inflate::codes`] is where the time goes: per symbol it looks up one entry, and the next one while the bytes of a match are
//! on their way. What it decodes are sixteen-bit numbers in either case, so there is one loop and not two; it takes as long with them as
//! with bytes.

use super::{
    Bad,
    codes::{Codes, DISTANCE_BITS, END, LENGTH_BITS, LENGTHS, LITERAL, LITERAL_BITS, SPECIAL, SUBTABLE, lengths_table, number},
};

/// The longest match, in bytes (RFC 1951, 3.2.5).
const MATCH: usize = 258;

/// Matches are copied in steps of so many symbols, the last of which may write beyond the end.
const STEP: usize = 16;

/// Up to three literals and a match are decoded without a look at how much room there is.
const MOST_AT_ONCE: usize = 3 + MATCH + STEP;

/// Less room than this is none.
pub(super) const LEAST_ROOM: usize = 2 * MOST_AT_ONCE;

/// The header of a block takes so many bytes at most: 17 bits, 19 lengths of 3, and 316 of 7 bits and 7 extra ones.
pub(super) const HEADER: usize = 600;

/// The order of the lengths that lengths are coded with (RFC 1951, 3.2.7).
const ORDER: [usize; LENGTHS] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Why decoding paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// A block has ended, and another follows.
    Block,
    /// The last block has ended.
    Last,
    /// More input is needed.
    Input,
    /// More room is needed.
    Room,
}

/// Where a decoder stands in its input: the next bits, and where the bytes behind them begin.
#[derive(Clone, Copy, Default)]
struct Bits {
    /// The first bit is the lowest. Above the bits that count there may be more, which are those of `at` and behind.
    bits: u64,
    /// How many of them count.
    count: u32,
    at: usize,
}

impl Bits {
    /// Takes in whole bytes, until there are 56 bits at least; false where the input ends.
    #[inline(always)]
    fn refill(&mut self, input: &[u8]) -> bool {
        let Some(next) = input.get(self.at..).and_then(<[u8]>::first_chunk) else { return false };
        self.bits |= u64::from_le_bytes(*next) << self.count;
        self.at += (63 - self.count as usize) >> 3;
        self.count |= 56;
        true
    }

    /// Passes over the bits that the lowest six of `len` tell.
    #[inline(always)]
    const fn pass(&mut self, len: u32) {
        self.bits >>= len & 63;
        self.count = self.count.wrapping_sub(len & 63);
    }

    const fn take(&mut self, len: u32) -> u32 {
        let taken = self.bits as u32 & ((1 << len) - 1);
        self.pass(len);
        taken
    }
}

/// What comes next.
#[derive(Clone, Copy)]
enum Part {
    Header,
    /// So many bytes that are stored as they are.
    Stored(usize),
    Codes,
}

/// A decoder of blocks, which pauses where there is no more input or room.
pub(super) struct Inflate {
    codes: Codes,
    /// Whether these are the fixed ones.
    has_fixed: bool,
    bits: Bits,
    part: Part,
    is_last: bool,
}

impl Inflate {
    pub(super) fn new() -> Inflate {
        Inflate { codes: Codes::new(), has_fixed: false, bits: Bits::default(), part: Part::Header, is_last: false }
    }

    /// Begins with the block that begins at this bit of the input. Behind it there must be [`HEADER`] bytes, be they no part of it.
    pub(super) fn begin(&mut self, input: &[u8], bit: usize) {
        self.bits = Bits { bits: 0, count: 0, at: bit / 8 };
        self.bits.refill(input);
        self.bits.pass((bit % 8) as u32);
        (self.part, self.is_last) = (Part::Header, false);
    }

    /// Whether the header of a block has been read, and its end has not.
    pub(super) const fn is_inside(&self) -> bool {
        !matches!(self.part, Part::Header)
    }

    /// How many bits were consumed of an input that begins `before` bits from where it is counted.
    pub(super) const fn consumed(&self, before: u64) -> u64 {
        before + self.bits.at as u64 * 8 - self.bits.count as u64
    }

    /// How many bytes of the input are not needed any more.
    pub(super) fn spent(&self) -> usize {
        // The length of a stored block may be among the bits.
        self.bits.at.saturating_sub(8)
    }

    /// The input from now on begins so many bytes later.
    pub(super) fn forget(&mut self, spent: usize) {
        self.bits.at = self.bits.at.saturating_sub(spent);
    }

    /// Decodes into `out` from `to` on. What a match refers to may begin at `floor`, not before.
    pub(super) fn run(&mut self, input: &[u8], out: &mut [u16], to: &mut usize, floor: usize) -> Result<Pause, Bad> {
        if let Part::Header = self.part {
            let before = self.bits;
            match self.header(input)? {
                Some(part) => self.part = part,
                None => {
                    self.bits = before;
                    return Ok(Pause::Input);
                }
            }
        }
        let pause = match self.part {
            Part::Stored(left) => self.stored(left, input, out, to),
            _ => self.codes(input, out, to, floor)?,
        };
        if pause != Pause::Block {
            return Ok(pause);
        }
        self.part = Part::Header;
        Ok(if self.is_last { Pause::Last } else { Pause::Block })
    }

    /// Reads the header of a block (RFC 1951, 3.2.3); `None` where the input ends before it does.
    fn header(&mut self, input: &[u8]) -> Result<Option<Part>, Bad> {
        let bits = &mut self.bits;
        if !bits.refill(input) {
            return Ok(None);
        }
        self.is_last = bits.take(1) == 1;
        match bits.take(2) {
            0 => {
                // From the next byte on.
                let at = bits.at - bits.count as usize / 8;
                let Some([a, b, c, d]) = input.get(at..).and_then(<[u8]>::first_chunk) else { return Ok(None) };
                let (len, inverted) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
                if len != !inverted {
                    return Err(Bad);
                }
                *bits = Bits { bits: 0, count: 0, at: at + 4 };
                Ok(Some(Part::Stored(usize::from(len))))
            }
            1 => {
                // Blocks may be as short as ten bits.
                if !std::mem::replace(&mut self.has_fixed, true) {
                    self.codes.build_fixed()?;
                }
                Ok(Some(Part::Codes))
            }
            2 => {
                let Some(lengths) = Lengths::read(bits, input)? else { return Ok(None) };
                let (literals, distances) = lengths.of_both();
                self.has_fixed = false;
                self.codes.build(literals, distances)?;
                Ok(Some(Part::Codes))
            }
            _ => Err(Bad),
        }
    }

    /// Goes on in a stored block of which so much is left.
    fn stored(&mut self, left: usize, input: &[u8], out: &mut [u16], to: &mut usize) -> Pause {
        let given = input.get(self.bits.at..).unwrap_or_default();
        let room = out.get_mut(*to..).unwrap_or_default();
        let len = left.min(given.len()).min(room.len());
        room.iter_mut().zip(given).take(len).for_each(|(symbol, byte)| *symbol = u16::from(*byte));
        *to += len;
        self.bits.at += len;
        self.part = Part::Stored(left - len);
        match () {
            () if len == left => Pause::Block,
            () if *to == out.len() => Pause::Room,
            () => Pause::Input,
        }
    }

    /// Goes on in a block of codes.
    #[inline(never)]
    fn codes(&mut self, input: &[u8], out: &mut [u16], to: &mut usize, floor: usize) -> Result<Pause, Bad> {
        let (codes, mut bits, mut at) = (&self.codes, self.bits, *to);
        let enough = out.len().saturating_sub(MOST_AT_ONCE);
        if !bits.refill(input) {
            return Ok(Pause::Input);
        }
        let mut entry = codes.literal(bits.bits);
        let pause = loop {
            if at >= enough {
                break Pause::Room;
            }
            if entry & LITERAL != 0 {
                // Of 56 bits three codes of the first table take 33 at most.
                bits.pass(entry);
                put(out, &mut at, entry);
                entry = codes.literal(bits.bits);
                if entry & LITERAL != 0 {
                    bits.pass(entry);
                    put(out, &mut at, entry);
                    entry = codes.literal(bits.bits);
                    if entry & LITERAL != 0 {
                        bits.pass(entry);
                        put(out, &mut at, entry);
                        if !bits.refill(input) {
                            break Pause::Input;
                        }
                        entry = codes.literal(bits.bits);
                        continue;
                    }
                }
                if !bits.refill(input) {
                    break Pause::Input;
                }
            }
            // A length and a distance take 48 bits at most: 15 and 5, 15 and 13.
            if entry & SPECIAL != 0 {
                if entry & SUBTABLE != 0 {
                    bits.pass(LITERAL_BITS);
                    entry = codes.long_literal(entry, bits.bits);
                    if entry & LITERAL != 0 {
                        bits.pass(entry);
                        put(out, &mut at, entry);
                        if !bits.refill(input) {
                            break Pause::Input;
                        }
                        entry = codes.literal(bits.bits);
                        continue;
                    }
                }
                if entry & SPECIAL != 0 {
                    if entry & END == 0 {
                        return Err(Bad);
                    }
                    bits.pass(entry);
                    break Pause::Block;
                }
            }
            let len = number(entry, bits.bits);
            bits.pass(entry);
            let mut far = codes.distance(bits.bits);
            if far & SPECIAL != 0 {
                if far & SUBTABLE == 0 {
                    return Err(Bad);
                }
                bits.pass(DISTANCE_BITS);
                far = codes.long_distance(far, bits.bits);
                if far & SPECIAL != 0 {
                    return Err(Bad);
                }
            }
            let distance = number(far, bits.bits);
            bits.pass(far);
            let Some(from) = at.checked_sub(distance).filter(|from| *from >= floor) else { return Err(Bad) };
            // The next entry is on its way while this match is copied.
            let is_filled = bits.refill(input);
            entry = codes.literal(bits.bits);
            copy(out, from, at, len);
            at += len;
            if !is_filled {
                break Pause::Input;
            }
        };
        self.bits = bits;
        *to = at;
        Ok(pause)
    }
}

/// Writes a literal.
#[inline(always)]
fn put(out: &mut [u16], at: &mut usize, entry: u32) {
    // There is room: `at` was before what is enough.
    if let Some(place) = out.get_mut(*at) {
        *place = (entry >> 16) as u16 & 0xff;
    }
    *at += 1;
}

/// Copies a match, which may overlap what it is copied to.
#[inline(always)]
fn copy(out: &mut [u16], from: usize, to: usize, len: usize) {
    let distance = to - from;
    if distance >= STEP {
        let Some(both) = out.get_mut(from..to + len + STEP) else { return };
        let mut done = 0;
        while done < len {
            both.copy_within(done..done + STEP, distance + done);
            done += STEP;
        }
        return;
    }
    // Few matches are as near. What is repeated doubles from step to step.
    let Some(both) = out.get_mut(from..to + len) else { return };
    let mut there = distance;
    while there < both.len() {
        let more = there.min(both.len() - there);
        both.copy_within(..more, there);
        there += more;
    }
}

/// The lengths of a block's codes.
struct Lengths {
    lens: [u8; MOST_LENGTHS],
    literals: usize,
    distances: usize,
}

/// As many as five bits can ask for (RFC 1951, 3.2.7: HLIT, HDIST).
const MOST_LENGTHS: usize = 288 + 32;

impl Lengths {
    /// Reads them (RFC 1951, 3.2.7); `None` where the input ends before they do.
    fn read(bits: &mut Bits, input: &[u8]) -> Result<Option<Lengths>, Bad> {
        let (literals, distances) = (bits.take(5) as usize + 257, bits.take(5) as usize + 1);
        let given = bits.take(4) as usize + 4;
        // The symbols beyond do not occur, and zlib has no code for them either.
        if literals > 286 || distances > 30 {
            return Err(Bad);
        }
        let mut own = [0; LENGTHS];
        if !bits.refill(input) {
            return Ok(None);
        }
        for (nth, place) in ORDER.iter().take(given).enumerate() {
            // 56 bits are 18 lengths.
            if nth == 16 && !bits.refill(input) {
                return Ok(None);
            }
            own[*place] = bits.take(3) as u8;
        }
        let table = lengths_table(&own)?;
        let mut lens = [0; MOST_LENGTHS];
        let total = literals + distances;
        let (mut at, mut last) = (0, None);
        while at < total {
            if !bits.refill(input) {
                return Ok(None);
            }
            let entry = table[bits.bits as usize & ((1 << LENGTH_BITS) - 1)];
            bits.pass(entry);
            let (len, times) = match (entry >> 16) as u8 {
                16 => (last.ok_or(Bad)?, 3 + bits.take(2) as usize),
                17 => (0, 3 + bits.take(3) as usize),
                18 => (0, 11 + bits.take(7) as usize),
                len => (len, 1),
            };
            // They may run from one code into the other, but not beyond.
            lens.get_mut(at..at + times).filter(|_| at + times <= total).ok_or(Bad)?.fill(len);
            last = Some(len);
            at += times;
        }
        Ok(Some(Lengths { lens, literals, distances }))
    }

    fn of_both(&self) -> (&[u8], &[u8]) {
        let (literals, rest) = self.lens.split_at(self.literals);
        (literals, rest.get(..self.distances).unwrap_or_default())
    }
}
