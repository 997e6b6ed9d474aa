//! bzip2: streams of blocks, each block with its CRC, each stream with a sum of these.
//!
//! The library gives a block's bytes before it compares the block's CRC. But it works in turns, which can be seen from outside: it takes the
//! stored bytes of exactly one block, then gives that block's bytes without taking any, then compares. So input and output are offered to it
//! in turns too, and a block that it has done with is verified.

use crate::memory::made;
use bzip2::{Decompress, Status};

use super::member::{Begins, Garbage, Member, Place, Step, Stop, Why, is_nearly};

/// "BZh" and the block size in units of 100 kB.
const MAGIC: &[(u8, u8)] = &[(b'B', b'B'), (b'Z', b'Z'), (b'h', b'h'), (b'1', b'9')];

/// Where a block would begin in a stream that has none, and the sum of its blocks: the digits of pi's root, and nothing.
const NO_BLOCKS: [u8; 10] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];

/// The machine for bzip2 streams.
pub(super) struct Bzip2 {
    /// None is an empty stream's.
    stream: Option<Decompress>,
    turn: Turn,
    /// A byte that was asked for only to see whether the block goes on.
    ahead: Option<u8>,
}

#[derive(Clone, Copy)]
enum Turn {
    Taking,
    Giving,
}

impl Bzip2 {
    pub(super) fn new() -> Bzip2 {
        Bzip2 { stream: None, turn: Turn::Taking, ahead: None }
    }
}

impl Member for Bzip2 {
    fn noun(&self) -> &'static str {
        "a bzip2 stream"
    }

    fn begins(&self, head: &[u8]) -> Begins {
        Begins::of(head, &[MAGIC])
    }

    fn begin(&mut self, head: &[u8]) -> Result<usize, Stop> {
        // For a stream the library clears some megabytes, which is too much for one that is empty: a file may hold a million of them.
        if head.get(4..14) == Some(&NO_BLOCKS) {
            self.stream = None;
            return Ok(14);
        }
        // The last stream's memory first.
        self.stream = None;
        self.stream = made(|| Decompress::new(false));
        if self.stream.is_none() {
            return Err(no_memory());
        }
        self.turn = Turn::Taking;
        self.ahead = None;
        Ok(0)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop> {
        let mut step = Step { consumed: 0, produced: 0, place: Place::Inside };
        let Some(stream) = &mut self.stream else { return Ok(Step { place: Place::End, ..step }) };
        let room = match (self.ahead, out) {
            (Some(byte), [first, rest @ ..]) => {
                *first = byte;
                self.ahead = None;
                step.produced = 1;
                rest
            }
            (_, out) => out,
        };
        if let Turn::Taking = self.turn {
            let pushed = push(stream, input, &mut []);
            step.consumed = pushed.taken;
            match pushed.status {
                Ok(Status::StreamEnd) => {
                    step.place = Place::End;
                    return Ok(step);
                }
                Ok(Status::MemNeeded) => return Err(no_memory()),
                Ok(_) => {}
                Err(_) => return Err(Stop::invalid(step.consumed, "invalid bzip2 data")),
            }
            // It has taken a whole block and wants none of what is behind it, or the input has ended: then it may have one, or not.
            if step.consumed == input.len() && !input.is_empty() {
                return Ok(step);
            }
        }
        let pushed = push(stream, &[], room);
        step.produced += pushed.given;
        if pushed.given > 0 || step.consumed < input.len() {
            self.turn = Turn::Giving;
        }
        self.after_giving(step, pushed, room.len())
    }

    fn has_sum(&self) -> bool {
        true
    }

    fn garbage(&self) -> Garbage {
        Garbage::Remarked
    }

    fn resembles(&self, head: &[u8]) -> bool {
        is_nearly_stream(head)
    }
}

impl Bzip2 {
    /// Looks whether the block that it gives is given whole, and so compared with its CRC.
    fn after_giving(&mut self, mut step: Step, mut pushed: Pushed, mut space: usize) -> Result<Step, Stop> {
        let (Turn::Giving, Some(stream)) = (self.turn, &mut self.stream) else { return Ok(step) };
        if pushed.status.is_ok() && pushed.given == space && self.ahead.is_none() {
            let mut byte = [0];
            pushed = push(stream, &[], &mut byte);
            space = 1;
            if pushed.given == 1 {
                self.ahead = Some(byte[0]);
            }
        }
        match pushed.status {
            Ok(Status::MemNeeded) => Err(no_memory()),
            Ok(_) if pushed.given < space && self.ahead.is_none() => {
                self.turn = Turn::Taking;
                step.place = Place::Verified;
                Ok(step)
            }
            Ok(_) => Ok(step),
            Err(_) => Err(Stop::new(step.consumed, Why::Checksum)),
        }
    }
}

/// That the library has none for a block.
const fn no_memory() -> Stop {
    Stop::no_memory("there is no memory to decode this bzip2 data")
}

/// What one call of the library did.
struct Pushed {
    taken: usize,
    given: usize,
    status: Result<Status, bzip2::Error>,
}

fn push(stream: &mut Decompress, input: &[u8], out: &mut [u8]) -> Pushed {
    let (taken, given) = (stream.total_in(), stream.total_out());
    let status = stream.decompress(input, out);
    // No more than the slices' lengths.
    Pushed { taken: (stream.total_in() - taken) as usize, given: (stream.total_out() - given) as usize, status }
}

/// Whether a stream with a block begins here, but that a byte of its magic numbers may be damaged.
pub(super) fn is_nearly_stream(head: &[u8]) -> bool {
    // The size of its blocks, 1 to 9, stands between them.
    let &[a, b, c, _, d, e, f, g, h, i, ..] = head else { return false };
    is_nearly(&[a, b, c, d, e, f, g, h, i], b"BZh\x31\x41\x59\x26\x53\x59")
}
