//! zstd (RFC 8878): frames, and skippable frames between them. What vouches for a frame is its checksum if it has one, else that all its
//! blocks could be decoded.

use std::borrow::Cow;

use zstd_safe::{
    DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, is_error_kind,
    zstd_sys::ZSTD_ErrorCode::{ZSTD_error_checksum_wrong, ZSTD_error_memory_allocation},
};

use super::member::{Begins, Garbage, Member, Place, SKIPPABLE, Step, Stop, Why};

/// RFC 8878, 3.1.1.
const FRAME: &[(u8, u8)] = &[(0x28, 0x28), (0xb5, 0xb5), (0x2f, 0x2f), (0xfd, 0xfd)];

/// RFC 8878, 3.1.1.2.
const BLOCK_HEADER: usize = 3;

/// The machine for zstd frames.
pub(super) struct Zstd {
    /// `None` where there was no memory for it.
    context: Option<DCtx<'static>>,
    allowed: u64,
    part: Part,
    /// Whether this frame has a checksum.
    summed: bool,
    /// The length that this frame says its text has, less what came of it. The library compares it only where it sees enough of the
    /// frame at once.
    left: Option<u64>,
}

enum Part {
    /// A skippable frame, with so many bytes to come.
    Skip(u64),
    /// A frame, and how much the library would like to see of it at once.
    Frame(usize),
}

impl Zstd {
    pub(super) fn new(window: u64) -> Zstd {
        let mut context = DCtx::try_create();
        // The exact limit is tested on each frame's header here; the library's own, a power of two up to 2 GiB, must not be stricter.
        let log = 64 - window.max(1).saturating_sub(1).leading_zeros();
        // A value that the library does not take leaves it at its own limit, 128 MiB.
        if let Some(context) = &mut context {
            let _ = context.set_parameter(DParameter::WindowLogMax(log.clamp(10, 31)));
        }
        Zstd { context, allowed: window.min(1 << 31), part: Part::Skip(0), summed: false, left: None }
    }
}

impl Member for Zstd {
    fn noun(&self) -> &'static str {
        "a zstd frame"
    }

    fn begins(&self, head: &[u8]) -> Begins {
        Begins::of(head, &[FRAME, SKIPPABLE])
    }

    fn begin(&mut self, head: &[u8]) -> Result<usize, Stop> {
        let cut = Stop::new(head.len(), Why::Cut);
        if Begins::of(head, &[SKIPPABLE]) == Begins::Yes {
            // RFC 8878, 3.1.2.
            let &[_, _, _, _, a, b, c, d, ..] = head else { return Err(cut) };
            self.summed = false;
            self.part = Part::Skip(u64::from(u32::from_le_bytes([a, b, c, d])));
            return Ok(8);
        }
        let Some(header) = Header::of(head) else { return Err(cut) };
        if let Some(dictionary) = header.dictionary {
            let what = format!(
                "zstd data that needs dictionary {dictionary}, which it does not contain; decompress it first: zstd -dc -D DICTIONARY FILE | logtally -"
            );
            return Err(Stop::new(0, Why::Unsupported(Cow::Owned(what))));
        }
        if header.window > self.allowed {
            return Err(Stop::new(0, Why::Limit { needed: header.window, allowed: self.allowed }));
        }
        // It cannot fail: only the session is reset.
        let Some(context) = &mut self.context else { return Err(Stop::no_memory("there is no memory to decode this zstd data")) };
        let _ = context.reset(ResetDirective::SessionOnly);
        self.summed = header.summed;
        self.left = header.content;
        self.part = Part::Frame(header.len + BLOCK_HEADER);
        Ok(0)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop> {
        let mut step = Step { consumed: 0, produced: 0, place: Place::Inside };
        match &mut self.part {
            Part::Skip(left) => {
                step.consumed = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= step.consumed as u64;
                if *left == 0 {
                    step.place = Place::End;
                }
            }
            Part::Frame(wanted) => loop {
                // What the library wants is a block at a time. So it need not copy its input, and an error is told near its place.
                let rest = input.get(step.consumed..).unwrap_or_default();
                let rest = rest.get(..*wanted).unwrap_or(rest);
                let mut from = InBuffer::around(rest);
                let mut to = OutBuffer::around(out.get_mut(step.produced..).unwrap_or_default());
                // There is one: a frame has begun.
                let Some(context) = &mut self.context else { break };
                let left = context.decompress_stream(&mut to, &mut from).map_err(|code| {
                    let why = if is_error_kind(code, ZSTD_error_checksum_wrong) {
                        Why::Checksum
                    } else if is_error_kind(code, ZSTD_error_memory_allocation) {
                        Why::Unsupported(Cow::Borrowed("there is no memory for the window of this zstd data"))
                    } else {
                        Why::Invalid(Cow::Borrowed("invalid zstd data"))
                    };
                    Stop::new(step.consumed, why)
                })?;
                let (taken, given) = (from.pos(), to.pos());
                step.consumed += taken;
                step.produced += given;
                if let Some(left) = &mut self.left {
                    *left = left.wrapping_sub(given as u64);
                }
                if left == 0 {
                    if self.left.is_some_and(|left| left != 0) {
                        return Err(Stop::invalid(step.consumed, "invalid zstd data"));
                    }
                    step.place = Place::End;
                    break;
                }
                *wanted = left;
                if taken + given == 0 {
                    break;
                }
            },
        }
        Ok(step)
    }

    fn has_sum(&self) -> bool {
        self.summed
    }

    fn garbage(&self) -> Garbage {
        Garbage::Refused
    }
}

/// Whether a frame begins here that is not to be skipped.
pub(super) fn is_frame(head: &[u8]) -> bool {
    Begins::of(head, &[FRAME]) == Begins::Yes
}

/// What a frame's header asks for (RFC 8878, 3.1.1.1).
pub(super) struct Header {
    window: u64,
    dictionary: Option<u32>,
    /// The length of its text, if it is said.
    content: Option<u64>,
    pub(super) summed: bool,
    /// In bytes.
    pub(super) len: usize,
}

impl Header {
    /// `None` where `head` ends within it.
    pub(super) fn of(head: &[u8]) -> Option<Header> {
        let descriptor = *head.get(4)?;
        let single = descriptor >> 5 & 1 == 1;
        let mut at = 5;
        let mut window = 0;
        if !single {
            let byte = *head.get(at)?;
            let base = 1u64 << (10 + (byte >> 3));
            window = base + base / 8 * u64::from(byte & 7);
            at += 1;
        }
        let mut number = |len: usize| {
            let bytes = head.get(at..at + len)?;
            at += len;
            Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
        };
        let dictionary = number([0, 1, 2, 4][usize::from(descriptor & 3)])?;
        let size_len = match descriptor >> 6 {
            0 => usize::from(single),
            1 => 2,
            2 => 4,
            _ => 8,
        };
        // A field of two bytes starts counting at 256.
        let size = number(size_len)? + if size_len == 2 { 256 } else { 0 };
        if single {
            window = size;
        }
        // Four bytes at most.
        let dictionary = (dictionary != 0).then_some(dictionary as u32);
        let content = (size_len > 0).then_some(size);
        Some(Header { window, dictionary, content, summed: descriptor >> 2 & 1 == 1, len: at })
    }
}
