//! xz (the .xz file format 1.2.1): streams of blocks, each block with the check that its stream has chosen.
//!
//! The library decodes and verifies. Where a block ends it does not tell, so its stored bytes are walked alongside, which takes no more than
//! to read the headers of its chunks: a block whose last stored byte the library has taken without complaint is verified.

use std::borrow::Cow;

use liblzma::stream::{Action, Error, Status, Stream};

use super::member::{Begins, Garbage, Member, Place, Step, Stop, Why};

/// 2.1.1.1. Header Magic Bytes.
const MAGIC: &[(u8, u8)] = &[(0xfd, 0xfd), (b'7', b'7'), (b'z', b'z'), (b'X', b'X'), (b'Z', b'Z'), (0, 0)];

/// What a decoder takes besides its dictionary: 100 KB by the library's own account, and room for filters before LZMA2.
const BESIDES: u64 = 1 << 20;

/// The machine for xz streams.
pub(super) struct Xz {
    stream: Option<Stream>,
    allowed: u64,
    walk: Walk,
    /// Bytes that were walked and that the library has not taken yet.
    ahead: usize,
    /// A block ends behind these.
    block_ends: bool,
}

impl Xz {
    pub(super) fn new(window: u64) -> Xz {
        Xz { stream: None, allowed: window, walk: Walk::new(0), ahead: 0, block_ends: false }
    }
}

impl Member for Xz {
    fn noun(&self) -> &'static str {
        "an xz stream"
    }

    fn begins(&self, head: &[u8]) -> Begins {
        Begins::of(head, &[MAGIC])
    }

    fn begin(&mut self, head: &[u8]) -> Result<usize, Stop> {
        // 2.1.1.2. Stream Flags: the check's kind in the second byte.
        let Some(flags) = head.get(7) else { return Err(Stop::new(head.len(), Why::Cut)) };
        let check = match flags {
            0 => 0,
            1 => 4,
            4 => 8,
            10 => 32,
            // The library would decode it unverified.
            2..=15 => return Err(Stop::new(0, Why::Unsupported(Cow::Borrowed("xz data with a check of unknown kind")))),
            _ => return Err(Stop::new(7, Why::Unsupported(Cow::Borrowed("xz data with unknown stream flags")))),
        };
        self.stream = None;
        let stream = Stream::new_stream_decoder(self.allowed.saturating_add(BESIDES), 0);
        self.stream =
            Some(stream.map_err(|error| Stop::new(0, Why::Unsupported(Cow::Owned(format!("no xz decoder: {error}")))))?);
        self.walk = Walk::new(check);
        self.ahead = 0;
        self.block_ends = false;
        Ok(0)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop> {
        let mut step = Step { consumed: 0, produced: 0, place: Place::Inside };
        let Some(stream) = &mut self.stream else { return Ok(step) };
        if self.ahead == 0 {
            (self.ahead, self.block_ends) = self.walk.walk(input);
        }
        let (taken, given) = (stream.total_in(), stream.total_out());
        let status = stream.process(input.get(..self.ahead).unwrap_or(input), out, Action::Run);
        // No more than the slices' lengths.
        step.consumed = (stream.total_in() - taken) as usize;
        step.produced = (stream.total_out() - given) as usize;
        self.ahead = self.ahead.saturating_sub(step.consumed);
        match status {
            Ok(Status::StreamEnd) => step.place = Place::End,
            Ok(_) if self.ahead == 0 && self.block_ends => {
                self.block_ends = false;
                step.place = Place::Verified;
            }
            Ok(_) => {}
            Err(error) => return Err(Stop::new(step.consumed, why(&error, stream, self.allowed))),
        }
        Ok(step)
    }

    fn has_sum(&self) -> bool {
        // The footer of a stream has one, whatever its blocks have.
        true
    }

    fn garbage(&self) -> Garbage {
        Garbage::Refused
    }
}

fn why(error: &Error, stream: &mut Stream, allowed: u64) -> Why {
    match error {
        Error::MemLimit => Why::Limit { needed: needed(stream, allowed), allowed },
        Error::Mem => Why::Unsupported(Cow::Borrowed("there is no memory for the dictionary of this xz data")),
        Error::Options => Why::Unsupported(Cow::Borrowed("xz data made with filters or options that are not known here")),
        _ => Why::Invalid(Cow::Borrowed("invalid xz data")),
    }
}

/// What a stream that has come to its limit needs. The library tells only whether a limit would do: it does so without decoding.
fn needed(stream: &mut Stream, allowed: u64) -> u64 {
    let (mut low, mut high) = (allowed, 1 << 34);
    while high - low > 1 << 20 {
        let middle = low + (high - low) / 2;
        if stream.set_memlimit(middle).is_ok() {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.saturating_sub(BESIDES)
}

/// Where in a stream's structure its stored bytes are.
pub(super) struct Walk {
    part: Part,
    /// Bytes of this part still to come.
    left: u64,
    /// Of the block's compressed data so far, modulo 4: it is padded to a multiple of that.
    modulo: u64,
    /// The length of a block's check.
    check: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    StreamHeader,
    /// The block header's first byte: its size, or 0 where the index begins.
    HeaderSize,
    BlockHeader,
    /// The first byte of a chunk of LZMA2: its kind.
    Control,
    /// The size of a chunk that is stored as it is: so many bytes seen, their number.
    RawSize(u8, u64),
    /// The size of a compressed chunk, after two bytes of its decoded size: its kind, so many bytes seen, their number.
    Size(u8, u8, u64),
    Chunk,
    PaddingAndCheck,
    /// The index and the stream's footer; or what is no block, and the library will say so.
    Rest,
}

impl Walk {
    /// A walk from the stream's first byte; `check` is the length of a block's check in bytes.
    pub(super) fn new(check: u64) -> Walk {
        Walk { part: Part::StreamHeader, left: 12, modulo: 0, check }
    }

    /// Goes on over `input`, to its end or a block's, and tells how far that is and whether it is a block's end.
    fn walk(&mut self, input: &[u8]) -> (usize, bool) {
        let mut at = 0;
        loop {
            let Some(byte) = input.get(at) else { return (at, false) };
            match self.part {
                Part::Rest => return (input.len(), false),
                Part::StreamHeader | Part::BlockHeader | Part::Chunk | Part::PaddingAndCheck => {
                    let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len() - at);
                    at += len;
                    self.left -= len as u64;
                    if self.left > 0 {
                        continue;
                    }
                    let block_ends = self.part == Part::PaddingAndCheck;
                    self.part = match self.part {
                        Part::StreamHeader | Part::PaddingAndCheck => Part::HeaderSize,
                        _ => Part::Control,
                    };
                    if block_ends {
                        return (at, true);
                    }
                }
                _ => {
                    at += 1;
                    self.pass(*byte);
                    // Nothing to pad, and no check.
                    if self.part == Part::PaddingAndCheck && self.left == 0 {
                        self.part = Part::HeaderSize;
                        return (at, true);
                    }
                }
            }
        }
    }

    /// Goes on over one byte of what has a meaning.
    fn pass(&mut self, byte: u8) {
        let number = u64::from(byte);
        if self.part != Part::HeaderSize {
            self.modulo = (self.modulo + 1) % 4;
        }
        self.part = match self.part {
            Part::HeaderSize if byte == 0 => Part::Rest,
            Part::HeaderSize => {
                self.left = (number + 1) * 4 - 1;
                self.modulo = 0;
                Part::BlockHeader
            }
            Part::Control => match byte {
                0 => {
                    self.left = (4 - self.modulo) % 4 + self.check;
                    Part::PaddingAndCheck
                }
                1 | 2 => Part::RawSize(0, 0),
                0x80.. => Part::Size(byte, 0, 0),
                _ => Part::Rest,
            },
            Part::RawSize(0, _) => Part::RawSize(1, number),
            Part::RawSize(_, high) => self.chunk(high << 8 | number, 0),
            Part::Size(kind, seen @ 0..=1, _) => Part::Size(kind, seen + 1, 0),
            Part::Size(kind, 2, _) => Part::Size(kind, 3, number),
            // From the kind 0xc0 on new properties follow, in one byte.
            Part::Size(kind, _, high) => self.chunk(high << 8 | number, u64::from(kind >= 0xc0)),
            same => same,
        };
    }

    /// Sizes are stored less one.
    fn chunk(&mut self, size: u64, properties: u64) -> Part {
        self.left = size + 1 + properties;
        self.modulo = (self.modulo + self.left) % 4;
        Part::Chunk
    }
}
