//! LZ4 frames (the frame format 1.6): blocks, each with a checksum or not, and a checksum of the whole content or not.
//!
//! A block is gathered whole and decoded whole; the frame is taken apart here, so that what is verified can be told.

use std::{borrow::Cow, hash::Hasher};

use lz4_flex::block::decompress_into_with_dict;
use twox_hash::XxHash32;

use super::member::{Begins, Garbage, Member, Place, SKIPPABLE, Step, Stop, Why};

const FRAME: &[(u8, u8)] = &[(0x04, 0x04), (0x22, 0x22), (0x4d, 0x4d), (0x18, 0x18)];

/// What came before frames, and still is in boot images: no lengths, no checksums, an end that is only the file's.
const LEGACY: &[(u8, u8)] = &[(0x02, 0x02), (0x21, 0x21), (0x4c, 0x4c), (0x18, 0x18)];

/// A block may refer to so much before it.
const HISTORY: usize = 64 << 10;

/// The machine for LZ4 frames.
pub(super) struct Lz4 {
    part: Part,
    header: Header,
    content: XxHash32,
    /// How much was decoded of the frame, in bytes.
    len: u64,
    /// Whether the blocks' checksums vouch for all of the frame so far.
    sums: Sums,
    /// A block's stored bytes where they do not come in one piece.
    stored: Vec<u8>,
    /// The history, then a block decoded.
    text: Vec<u8>,
    /// How much history there is before the block.
    history: usize,
    /// The part of `text` that is still to be given.
    given: usize,
    end: usize,
}

#[derive(Clone, Copy)]
enum Part {
    Skip(u64),
    /// So many bytes of a block's size seen, their number.
    Size(u32, u32),
    /// A block of so many bytes with its checksum, as it is or not.
    Block(usize, Form),
    /// Giving a decoded block.
    Give,
    /// So many bytes of the content's checksum seen, their number.
    Sum(u32, u32),
}

/// What is vouched for by blocks' checksums. They do not cover the bit that says whether a block is raw. If it is wrong in a compressed
/// block, that will hardly fill a block; so a raw one that does not leaves a doubt, up to the frame's end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sums {
    All,
    NotAll,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Raw,
    Compressed,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Header {
    independent: bool,
    pub(super) block_sums: bool,
    pub(super) content_sum: bool,
    content_len: Option<u64>,
    block_max: usize,
}

impl Lz4 {
    pub(super) fn new() -> Lz4 {
        Lz4 {
            part: Part::Skip(0),
            header: Header::default(),
            content: XxHash32::with_seed(0),
            len: 0,
            sums: Sums::NotAll,
            stored: Vec::new(),
            text: Vec::new(),
            history: 0,
            given: 0,
            end: 0,
        }
    }
}

impl Member for Lz4 {
    fn noun(&self) -> &'static str {
        "an LZ4 frame"
    }

    fn begins(&self, head: &[u8]) -> Begins {
        Begins::of(head, &[FRAME, SKIPPABLE, LEGACY])
    }

    fn begin(&mut self, head: &[u8]) -> Result<usize, Stop> {
        let cut = Stop::new(head.len(), Why::Cut);
        if Begins::of(head, &[LEGACY]) == Begins::Yes {
            let what = "LZ4's legacy format (lz4 -l), which cannot be told whole from cut short; decompress it first: lz4 -dc";
            return Err(Stop::new(0, Why::Unsupported(Cow::Borrowed(what))));
        }
        if Begins::of(head, &[SKIPPABLE]) == Begins::Yes {
            let &[_, _, _, _, a, b, c, d, ..] = head else { return Err(cut) };
            self.part = Part::Skip(u64::from(u32::from_le_bytes([a, b, c, d])));
            return Ok(8);
        }
        let (header, len) = Header::of(head)?.ok_or(cut)?;
        self.header = header;
        self.content = XxHash32::with_seed(0);
        self.len = 0;
        self.sums = if header.block_sums { Sums::All } else { Sums::NotAll };
        self.history = 0;
        self.part = Part::Size(0, 0);
        Ok(len)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop> {
        let mut step = Step { consumed: 0, produced: 0, place: Place::Inside };
        loop {
            let rest = input.get(step.consumed..).unwrap_or_default();
            match self.part {
                Part::Skip(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    step.consumed += taken;
                    self.part = Part::Skip(left - taken as u64);
                    if left == taken as u64 {
                        step.place = Place::End;
                    }
                    return Ok(step);
                }
                Part::Size(seen, number) => {
                    let Some(byte) = rest.first() else { return Ok(step) };
                    step.consumed += 1;
                    let number = number | u32::from(*byte) << (8 * seen);
                    if seen < 3 {
                        self.part = Part::Size(seen + 1, number);
                        continue;
                    }
                    if number == 0 {
                        if self.header.content_len.is_some_and(|len| len != self.len) {
                            return Err(Stop::invalid(step.consumed, "an LZ4 frame of another length than its header says"));
                        }
                        if !self.header.content_sum {
                            step.place = Place::End;
                            return Ok(step);
                        }
                        self.part = Part::Sum(0, 0);
                        continue;
                    }
                    let form = if number >> 31 == 1 { Form::Raw } else { Form::Compressed };
                    let size = (number & !(1 << 31)) as usize;
                    // A block that would not become smaller is stored raw.
                    if size > self.header.block_max {
                        return Err(Stop::invalid(step.consumed, "an LZ4 block larger than its frame allows"));
                    }
                    self.stored.clear();
                    self.part = Part::Block(size + if self.header.block_sums { 4 } else { 0 }, form);
                }
                Part::Block(size, form) => {
                    let wanted = size - self.stored.len();
                    let there = rest.get(..wanted).unwrap_or(rest);
                    step.consumed += there.len();
                    if there.len() < wanted {
                        self.stored.extend_from_slice(there);
                        return Ok(step);
                    }
                    let decoded = if self.stored.is_empty() {
                        self.decode(there, form)
                    } else {
                        let mut stored = std::mem::take(&mut self.stored);
                        stored.extend_from_slice(there);
                        let decoded = self.decode(&stored, form);
                        self.stored = stored;
                        decoded
                    };
                    decoded.map_err(|why| Stop::new(step.consumed, why))?;
                    self.part = Part::Give;
                }
                Part::Give => {
                    let block = self.text.get(self.given..self.end).unwrap_or_default();
                    let room = out.get_mut(step.produced..).unwrap_or_default();
                    let len = block.len().min(room.len());
                    if let (Some(to), Some(from)) = (room.get_mut(..len), block.get(..len)) {
                        to.copy_from_slice(from);
                    }
                    self.given += len;
                    step.produced += len;
                    if self.given < self.end {
                        return Ok(step);
                    }
                    self.part = Part::Size(0, 0);
                    if self.sums == Sums::All {
                        step.place = Place::Verified;
                        return Ok(step);
                    }
                }
                Part::Sum(seen, number) => {
                    let Some(byte) = rest.first() else { return Ok(step) };
                    step.consumed += 1;
                    let number = number | u32::from(*byte) << (8 * seen);
                    self.part = Part::Sum(seen + 1, number);
                    if seen == 3 {
                        if number != hash(&self.content) {
                            return Err(Stop::new(step.consumed, Why::Checksum));
                        }
                        step.place = Place::End;
                        return Ok(step);
                    }
                }
            }
        }
    }

    fn has_sum(&self) -> bool {
        self.header.content_sum && !matches!(self.part, Part::Skip(_))
    }

    fn garbage(&self) -> Garbage {
        Garbage::Refused
    }
}

impl Lz4 {
    /// Decodes a block into `text`, behind the history.
    fn decode(&mut self, stored: &[u8], form: Form) -> Result<(), Why> {
        let mut data = stored;
        if self.header.block_sums {
            let Some((block, sum)) = stored.split_last_chunk::<4>() else { return Err(Why::Checksum) };
            let mut hasher = XxHash32::with_seed(0);
            hasher.write(block);
            if hash(&hasher) != u32::from_le_bytes(*sum) {
                return Err(Why::Checksum);
            }
            data = block;
        }
        if self.len == 0 {
            // What is there is another frame's.
            self.end = 0;
        }
        // The history is what was decoded last, as far back as a block may refer to.
        let from = if self.header.independent { self.end } else { self.end.saturating_sub(HISTORY) };
        self.text.copy_within(from..self.end, 0);
        self.history = self.end - from;
        let whole = self.history + self.header.block_max;
        if self.text.len() < whole {
            self.text.resize(whole, 0);
        }
        let (history, room) = self.text.split_at_mut(self.history);
        let room = room.get_mut(..self.header.block_max).unwrap_or_default();
        let len = match form {
            Form::Raw => {
                let Some(room) = room.get_mut(..data.len()) else { return Err(Why::Invalid(Cow::Borrowed("invalid LZ4 data"))) };
                room.copy_from_slice(data);
                data.len()
            }
            Form::Compressed => {
                decompress_into_with_dict(data, room, history).map_err(|_| Why::Invalid(Cow::Borrowed("invalid LZ4 data")))?
            }
        };
        if form == Form::Raw && len < self.header.block_max {
            self.sums = Sums::NotAll;
        }
        self.given = self.history;
        self.end = self.history + len;
        self.len += len as u64;
        if self.header.content_sum {
            self.content.write(self.text.get(self.given..self.end).unwrap_or_default());
        }
        Ok(())
    }
}

impl Header {
    /// The frame's header, and how long it is; `None` where `head` ends within it.
    pub(super) fn of(head: &[u8]) -> Result<Option<(Header, usize)>, Stop> {
        if Begins::of(head, &[FRAME]) == Begins::No {
            return Err(Stop::invalid(0, "no LZ4 frame"));
        }
        let &[_, _, _, _, flags, sizes, ..] = head else { return Ok(None) };
        let bit = |at: u8| flags >> at & 1 == 1;
        let mut len = 6;
        let content_len = if bit(3) {
            let Some(bytes) = head.get(len..).and_then(|rest| rest.first_chunk::<8>()) else { return Ok(None) };
            len += 8;
            Some(u64::from_le_bytes(*bytes))
        } else {
            None
        };
        let dictionary = bit(0);
        len += if dictionary { 4 } else { 0 };
        let (Some(descriptor), Some(sum)) = (head.get(4..len), head.get(len)) else { return Ok(None) };
        let mut hasher = XxHash32::with_seed(0);
        hasher.write(descriptor);
        // The second byte of the hash.
        if (hash(&hasher) >> 8) as u8 != *sum {
            return Err(Stop::new(len + 1, Why::Checksum));
        }
        if flags >> 6 != 1 || bit(1) || sizes & 0x8f != 0 || sizes >> 4 < 4 {
            return Err(Stop::new(4, Why::Unsupported(Cow::Borrowed("an LZ4 frame of a version that is not known here"))));
        }
        if dictionary {
            let what = "LZ4 data that needs a dictionary, which it does not contain; decompress it first: lz4 -dc -D DICTIONARY";
            return Err(Stop::new(4, Why::Unsupported(Cow::Borrowed(what))));
        }
        // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
        let block_max = 1 << (8 + 2 * (sizes >> 4));
        let header = Header { independent: bit(5), block_sums: bit(4), content_sum: bit(2), content_len, block_max };
        Ok(Some((header, len + 1)))
    }
}

fn hash(hasher: &XxHash32) -> u32 {
    // An XXH32 is 32 bits wide.
    hasher.finish() as u32
}
