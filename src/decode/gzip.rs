//! gzip (RFC 1952): members of deflated data, each with its own CRC-32 and length.

pub(super) use flate2::Crc;
use flate2::{Decompress, FlushDecompress, Status};

use crate::memory::made;

use super::member::{Begins, Garbage, Member, Place, Step, Stop, Why, is_nearly};

/// RFC 1952, 2.3.1: the two bytes of identification, and deflate, the only method there is.
const MAGIC: &[(u8, u8)] = &[(0x1f, 0x1f), (0x8b, 0x8b), (8, 8)];

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// So much is decoded before it is summed, so that the sum reads it from the processor's cache.
const SUMMED_AT_ONCE: usize = 64 << 10;

/// How long a member's trailer is (RFC 1952, 2.3): CRC32 and ISIZE.
pub(super) const TRAILER: usize = 8;

/// The machine for gzip members.
pub(super) struct Gzip {
    part: Part,
    /// `None` where there was no memory for it.
    inflate: Option<Decompress>,
    /// Of the header where it is summed, then of the decoded bytes.
    crc: Crc,
    /// Length of what was decoded, modulo 2^32 (ISIZE).
    len: u32,
}

/// What comes next in a member.
enum Part {
    Header(Header),
    Body,
    /// The trailer, with so many of its bytes seen.
    Trailer(usize, [u8; 8]),
}

/// The header's fields in their order. Those behind the flags come only where their flag is set.
#[derive(Clone, Copy)]
struct Header {
    flags: u8,
    field: Field,
}

#[derive(Clone, Copy)]
enum Field {
    /// ID1, ID2, CM, FLG, MTIME, XFL, OS: so many of these ten bytes seen.
    Fixed(usize),
    /// XLEN, with so many bytes seen.
    ExtraLen(usize, u16),
    /// So many bytes of the extra field to come.
    Extra(u16),
    Name,
    Comment,
    /// CRC16, with so many bytes seen.
    Sum(usize, u16),
    Done,
}

impl Gzip {
    pub(super) fn new() -> Gzip {
        Gzip { part: Part::Body, inflate: made(|| Decompress::new(false)), crc: Crc::new(), len: 0 }
    }
}

impl Member for Gzip {
    fn noun(&self) -> &'static str {
        "a gzip member"
    }

    fn begins(&self, head: &[u8]) -> Begins {
        Begins::of(head, &[MAGIC])
    }

    fn begin(&mut self, _head: &[u8]) -> Result<usize, Stop> {
        let Some(inflate) = &mut self.inflate else { return Err(Stop::no_memory("there is no memory to decode this gzip data")) };
        inflate.reset(false);
        self.crc.reset();
        self.len = 0;
        self.part = Part::Header(Header { flags: 0, field: Field::Fixed(0) });
        Ok(0)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop> {
        let mut step = Step { consumed: 0, produced: 0, place: Place::Inside };
        loop {
            let rest = input.get(step.consumed..).unwrap_or_default();
            match &mut self.part {
                Part::Header(header) => {
                    step.consumed +=
                        header.take(rest, &mut self.crc).map_err(|stop| Stop { at: step.consumed + stop.at, ..stop })?;
                    if !matches!(header.field, Field::Done) {
                        return Ok(step);
                    }
                    self.crc.reset();
                    self.part = Part::Body;
                }
                Part::Body => {
                    // There is one: a member has begun.
                    let Some(inflate) = &mut self.inflate else { return Ok(step) };
                    let end = out.len().min(step.produced + SUMMED_AT_ONCE);
                    let space = out.get_mut(step.produced..end).unwrap_or_default();
                    let (taken, given) = (inflate.total_in(), inflate.total_out());
                    let status = inflate.decompress(rest, space, FlushDecompress::None);
                    // No more than the slices' lengths.
                    let taken = (inflate.total_in() - taken) as usize;
                    let given = (inflate.total_out() - given) as usize;
                    let Ok(status) = status else { return Err(Stop::invalid(step.consumed + taken, "invalid deflated data")) };
                    self.crc.update(space.get(..given).unwrap_or_default());
                    self.len = self.len.wrapping_add(given as u32);
                    step.consumed += taken;
                    step.produced += given;
                    if status == Status::StreamEnd {
                        self.part = Part::Trailer(0, [0; 8]);
                    } else if given == 0 || step.produced == out.len() {
                        return Ok(step);
                    }
                }
                Part::Trailer(seen, bytes) => {
                    for byte in rest {
                        if let Some(place) = bytes.get_mut(*seen) {
                            *place = *byte;
                        }
                        *seen += 1;
                        step.consumed += 1;
                        let [a, b, c, d, e, f, g, h] = *bytes;
                        // The checksum as soon as it is there: the zeros that most lengths end in may be told from a crash's.
                        if *seen == 4 && u32::from_le_bytes([a, b, c, d]) != self.crc.sum() {
                            return Err(Stop::new(step.consumed, Why::Checksum));
                        }
                        if *seen == 8 {
                            if u32::from_le_bytes([e, f, g, h]) != self.len {
                                return Err(Stop::new(step.consumed, Why::Checksum));
                            }
                            step.place = Place::End;
                            return Ok(step);
                        }
                    }
                    return Ok(step);
                }
            }
        }
    }

    fn has_sum(&self) -> bool {
        true
    }

    fn garbage(&self) -> Garbage {
        Garbage::Remarked
    }

    fn resembles(&self, head: &[u8]) -> bool {
        is_nearly_member(head)
    }
}

/// Whether a member begins here, but that a byte of its magic number may be damaged.
pub(super) fn is_nearly_member(head: &[u8]) -> bool {
    is_nearly(head.get(..3).unwrap_or_default(), b"\x1f\x8b\x08") && is_header_behind_magic(head)
}

/// Whether what follows the magic number is a header's (RFC 1952, section 2.3): no flag is set that is reserved, and the compressor says how
/// hard it tried, and on which system.
pub(super) fn is_header_behind_magic(head: &[u8]) -> bool {
    let Some([_, _, _, flags, _, _, _, _, effort, system]) = head.first_chunk::<10>() else { return false };
    flags & 0xe0 == 0 && matches!(effort, 0 | 2 | 4) && matches!(system, 0..=13 | 255)
}

/// How long the header of the member is that begins so; `None` if it is none, or not all of it is here.
pub(super) fn header_len(head: &[u8]) -> Option<usize> {
    if Begins::of(head, &[MAGIC]) != Begins::Yes {
        return None;
    }
    let mut header = Header { flags: 0, field: Field::Fixed(0) };
    let len = header.take(head, &mut Crc::new()).ok()?;
    matches!(header.field, Field::Done).then_some(len)
}

/// The CRC-32 of these bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl Header {
    /// Takes the header's bytes from `input`, and tells how many there were.
    fn take(&mut self, input: &[u8], crc: &mut Crc) -> Result<usize, Stop> {
        let mut at = 0;
        self.pass_absent();
        while let (Some(byte), false) = (input.get(at), matches!(self.field, Field::Done)) {
            let byte = *byte;
            at += 1;
            if !matches!(self.field, Field::Sum(..)) {
                crc.update(&[byte]);
            }
            self.field = match self.field {
                Field::Fixed(seen) => {
                    if seen == 3 {
                        self.flags = byte;
                        if byte & RESERVED != 0 {
                            return Err(Stop::invalid(at, "unknown flags in a gzip header"));
                        }
                    }
                    if seen < 9 { Field::Fixed(seen + 1) } else { Field::ExtraLen(0, 0) }
                }
                Field::ExtraLen(0, _) => Field::ExtraLen(1, u16::from(byte)),
                Field::ExtraLen(_, low) => Field::Extra(low | u16::from(byte) << 8),
                Field::Extra(left) => Field::Extra(left.saturating_sub(1)),
                Field::Name if byte == 0 => Field::Comment,
                Field::Comment if byte == 0 => Field::Sum(0, 0),
                Field::Sum(0, _) => Field::Sum(1, u16::from(byte)),
                Field::Sum(_, low) => {
                    // The two least significant bytes of the CRC-32 of all before (RFC 1952, 2.3.1).
                    if low | u16::from(byte) << 8 != crc.sum() as u16 {
                        return Err(Stop::new(at, Why::Checksum));
                    }
                    Field::Done
                }
                same => same,
            };
            self.pass_absent();
        }
        Ok(at)
    }

    /// Goes on to the next field that there is.
    fn pass_absent(&mut self) {
        loop {
            self.field = match self.field {
                Field::ExtraLen(0, _) if self.flags & FEXTRA == 0 => Field::Name,
                Field::Extra(0) => Field::Name,
                Field::Name if self.flags & FNAME == 0 => Field::Comment,
                Field::Comment if self.flags & FCOMMENT == 0 => Field::Sum(0, 0),
                Field::Sum(0, _) if self.flags & FHCRC == 0 => Field::Done,
                _ => return,
            };
        }
    }
}
