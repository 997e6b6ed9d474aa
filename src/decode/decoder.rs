//! One stored stream to its decoded bytes, told apart from whatever stands behind and between its members.

use std::{borrow::Cow, io};

use super::{
    Codec, Damage, Fault, Limits, Remark,
    bzip2::Bzip2,
    gzip::Gzip,
    lz4::Lz4,
    member::{Begins, Garbage, Member, Place, Stop, Why},
    pieces::Ending,
    stored::Stored,
    xz::Xz,
    zstd::Zstd,
};

/// At most so many decoded bytes are held back, and so many of a file's last zeros given to a codec, to see whether a member ends in
/// them. The longest end of that kind is a raw block of zstd (128 KiB) whose text ends in NULs.
const HELD: usize = 256 << 10;

/// By so much the room for what is held back grows.
const HELD_STEP: usize = 64 << 10;

/// A checksum or length may end in so many zeros. Where a file ends in no more of them and cannot be decoded, it is something
/// before them that is wrong.
const TRAILER: u64 = 16;

/// Decodes one stored stream from its beginning, all its members.
pub struct Decoder<R> {
    stored: Stored<R>,
    member: Box<dyn Member>,
    state: State,
    ending: Ending,
    /// What was decoded, in bytes.
    len: u64,
    block: Block,
    verified: bool,
    /// What was decoded while there was no room for it: before a file's last zeros, or in them, if a member has ended there.
    held: Vec<u8>,
    /// How much of it is given away.
    given: usize,
    held_is: Held,
    fault: Option<Fault>,
    remark: Option<Remark>,
}

/// Where a decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first member.
    Start,
    /// Within a member.
    Inside,
    /// Behind a member.
    Between,
    /// There is no more, or no more to be had.
    Over,
}

/// Whether the last thing taken was a block's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Open,
    Ended,
}

/// What is known of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Verified,
    Unverified,
}

/// Why a step gives the caller a turn, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// It does not; go on.
    On,
    /// The output is full, and no boundary was reached without more room.
    Full,
    /// All that was handed out is verified.
    Boundary,
    /// The stream is at its end.
    End,
}

impl<R: io::Read> Decoder<R> {
    /// A decoder of what `source` gives. `zeros_from` is the offset from which on the stored file holds nothing but NULs: its length where
    /// it does not end in NULs, `u64::MAX` where that is not known. Archives (zip, tar) are no streams: reading them is
    /// [`Fault::Unsupported`].
    pub fn new(codec: Codec, source: R, zeros_from: u64, limits: Limits) -> Self {
        Self::ending(codec, source, zeros_from, limits, Ending::Member)
    }

    /// A decoder of a part of a stream, which `source` gives in the form of a stream that ends as told.
    pub(super) fn of_piece(codec: Codec, source: R, limits: Limits, ending: Ending) -> Self {
        Self::ending(codec, source, u64::MAX, limits, ending)
    }

    fn ending(codec: Codec, source: R, zeros_from: u64, limits: Limits, ending: Ending) -> Self {
        let mut fault = None;
        let member: Box<dyn Member> = match codec {
            Codec::Gzip => Box::new(Gzip::new()),
            Codec::Zstd => Box::new(Zstd::new(limits.window)),
            Codec::Bzip2 => Box::new(Bzip2::new()),
            Codec::Xz => Box::new(Xz::new(limits.window)),
            Codec::Lz4 => Box::new(Lz4::new()),
            Codec::Zip | Codec::Tar => {
                fault =
                    Some(Fault::Unsupported(Cow::Owned(format!("{} data is not a stream that can be decoded", codec.name()))));
                Box::new(Gzip::new())
            }
        };
        Decoder {
            stored: Stored::new(source, zeros_from),
            member,
            state: State::Start,
            ending,
            len: 0,
            block: Block::Open,
            verified: true,
            held: Vec::new(),
            given: 0,
            held_is: Held::Verified,
            fault,
            remark: None,
        }
    }

    /// Decodes into `out`, and tells how many bytes; 0 is the end: all is decoded and verified. It fills `out` unless a boundary
    /// is reached up to which all is verified, so no read hands out bytes on both sides of one.
    ///
    /// # Errors
    /// What is wrong with the stream, after everything that can be had from before it was handed out. From then on there is nothing more.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if let Some(fault) = self.fault.take() {
            self.state = State::Over;
            return Err(fault);
        }
        if self.given < self.held.len() {
            return Ok(self.give_held(out));
        }
        let mut filled = 0;
        loop {
            match self.advance(out, &mut filled) {
                Ok(Turn::On) => {}
                Ok(Turn::End) => {
                    self.state = State::Over;
                    return Ok(filled);
                }
                Ok(Turn::Full) => return Ok(filled),
                Ok(Turn::Boundary) => {
                    self.verified = true;
                    if filled > 0 {
                        return Ok(filled);
                    }
                    if self.given < self.held.len() {
                        return Ok(self.give_held(out));
                    }
                }
                Err(fault) if filled > 0 => {
                    self.fault = Some(fault);
                    return Ok(filled);
                }
                Err(fault) => {
                    self.state = State::Over;
                    return Err(fault);
                }
            }
        }
    }

    /// Whether every byte handed out so far is verified: by a checksum or, where the format has none, by the whole frame having been
    /// decoded.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Stored bytes consumed so far.
    pub fn consumed(&self) -> u64 {
        self.stored.offset()
    }

    /// After the end: what there is to say although all is well.
    pub fn remark(&self) -> Option<Remark> {
        self.remark.clone()
    }

    fn give_held(&mut self, out: &mut [u8]) -> usize {
        let rest = self.held.get(self.given..).unwrap_or_default();
        let len = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        self.given += len;
        self.verified &= self.held_is == Held::Verified;
        len
    }

    fn advance(&mut self, out: &mut [u8], filled: &mut usize) -> Result<Turn, Fault> {
        match self.state {
            State::Start | State::Between => self.next_member(),
            State::Inside => self.inside(out, filled),
            State::Over => Ok(Turn::End),
        }
    }

    /// Goes on within a member.
    fn inside(&mut self, out: &mut [u8], filled: &mut usize) -> Result<Turn, Fault> {
        let input = self.stored.input()?;
        let dry = input.is_empty();
        let room = out.get_mut(*filled..).unwrap_or_default();
        let full = room.is_empty();
        let step = match self.member.step(input, room) {
            Ok(step) => step,
            Err(stop) => return Err(self.fault(stop)),
        };
        self.stored.take(step.consumed);
        *filled += step.produced;
        self.len += step.produced as u64;
        self.verified &= step.produced == 0;
        if step.consumed + step.produced > 0 || step.place != Place::Inside {
            self.block = if step.place == Place::Verified { Block::Ended } else { Block::Open };
        }
        match step.place {
            Place::End if matches!(self.ending, Ending::Block(_)) => {
                Err(self.damaged(Damage::Invalid(Cow::Borrowed("no block"))))
            }
            Place::End => {
                self.state = State::Between;
                Ok(Turn::Boundary)
            }
            Place::Verified => Ok(Turn::Boundary),
            Place::Inside if step.consumed + step.produced > 0 => Ok(Turn::On),
            Place::Inside if dry && self.stored.is_at_zeros() => {
                // All that can be had without the zeros must be out.
                if full && self.hold_what_is_left()? { Ok(Turn::Full) } else { self.through_zeros().map(|()| Turn::Boundary) }
            }
            Place::Inside if dry && self.ends_with_a_block() => Ok(Turn::End),
            Place::Inside if full => Ok(Turn::Full),
            Place::Inside if dry => Err(self.damaged(Damage::Cut)),
            Place::Inside => Err(self.damaged(Damage::Invalid(Cow::Borrowed("invalid data")))),
        }
    }

    /// Whether a piece made of blocks is whole: all is verified, and as long as it should be.
    fn ends_with_a_block(&self) -> bool {
        let Ending::Block(len) = self.ending else { return false };
        self.block == Block::Ended && len.is_none_or(|len| len == self.len)
    }

    /// Passes over padding, and begins the next member if there is one.
    fn next_member(&mut self) -> Result<Turn, Fault> {
        let first = self.state == State::Start;
        if !first && !self.stored.pass_zeros()? {
            return Ok(Turn::End);
        }
        let offset = self.stored.head_offset()?;
        let (head, sound) = self.stored.head();
        let whole = sound == head.len();
        match self.member.begins(head.get(..sound).unwrap_or_default()) {
            Begins::Yes => match self.member.begin(head) {
                Ok(taken) => {
                    self.stored.take(taken);
                    self.state = State::Inside;
                    Ok(Turn::On)
                }
                Err(_) if !whole => Err(Fault::Damaged { offset: self.stored.zeros_from, damage: Damage::Zeros }),
                Err(stop) => Err(self.fault(stop)),
            },
            Begins::Cut if whole => Err(Fault::Damaged { offset: offset + sound as u64, damage: Damage::Cut }),
            Begins::Cut => Err(Fault::Damaged { offset: self.stored.zeros_from, damage: Damage::Zeros }),
            Begins::No if first => {
                let what = format!("no beginning of {}", self.member.noun());
                Err(self.damaged(Damage::Invalid(Cow::Owned(what))))
            }
            Begins::No
                if self.member.garbage() == Garbage::Remarked
                    && self.ending == Ending::Member
                    && !self.member.resembles(head.get(..sound).unwrap_or_default()) =>
            {
                let len = self.stored.pass_all()?;
                self.remark = Some(Remark::Garbage { offset, len });
                Ok(Turn::End)
            }
            Begins::No => {
                let what = format!("neither {} nor the end", self.member.noun());
                Err(self.damaged(Damage::Invalid(Cow::Owned(what))))
            }
        }
    }

    /// Holds what the codec can give without more input, and tells whether that is anything.
    fn hold_what_is_left(&mut self) -> Result<bool, Fault> {
        self.held.resize(HELD_STEP, 0);
        self.given = 0;
        self.held_is = Held::Unverified;
        let step = self.member.step(&[], &mut self.held);
        self.held.truncate(step.as_ref().map_or(0, |step| step.produced));
        match step {
            Ok(_) => Ok(!self.held.is_empty()),
            Err(stop) => Err(self.fault(stop)),
        }
    }

    /// Gives the codec the zeros that the file ends in, and holds back what it makes of them: they may be the last bytes of a
    /// member's checksum, or never have been written, and then what they decode to is nobody's text.
    fn through_zeros(&mut self) -> Result<(), Fault> {
        let offset = self.stored.offset();
        self.held.clear();
        self.given = 0;
        self.held_is = Held::Verified;
        let zeros = |decoder: &mut Self| {
            decoder.held.clear();
            Fault::Damaged { offset, damage: Damage::Zeros }
        };
        // Most checksums and lengths end without anything more to hold.
        let mut room = 0;
        loop {
            let at = self.stored.offset();
            if self.held.len() + room > HELD || at - offset > HELD as u64 {
                return Err(zeros(self));
            }
            let filled = self.held.len();
            self.held.resize(filled + room, 0);
            let input = self.stored.any_input()?;
            match self.member.step(input, self.held.get_mut(filled..).unwrap_or_default()) {
                Ok(step) => {
                    self.held.truncate(filled + step.produced);
                    self.stored.take(step.consumed);
                    if step.place == Place::End {
                        self.state = State::Between;
                        let end = self.stored.offset();
                        // Without a checksum it ends in zeros only where the file does: more of them say that none was written.
                        let sound = self.member.has_sum() || self.stored.ends_within(0, end)?;
                        return if sound { Ok(()) } else { Err(zeros(self)) };
                    }
                    if step.consumed + step.produced == 0 && step.place == Place::Inside {
                        // Zeros do not end it, or it wants room.
                        if room > 0 {
                            return Err(zeros(self));
                        }
                        room = HELD_STEP;
                    }
                }
                Err(stop) => {
                    self.held.clear();
                    self.stored.take(stop.at);
                    let fault = self.fault(Stop { at: 0, ..stop });
                    // A sum that is wrong where the file ends is just that. Zeros after it say that it never was a sum.
                    return Err(if self.stored.ends_within(TRAILER, offset)? { fault } else { zeros(self) });
                }
            }
        }
    }

    fn damaged(&self, damage: Damage) -> Fault {
        Fault::Damaged { offset: self.stored.offset(), damage }
    }

    fn fault(&self, stop: Stop) -> Fault {
        let offset = self.stored.offset() + stop.at as u64;
        let damage = match stop.why {
            Why::Cut => Damage::Cut,
            Why::Checksum => Damage::Checksum,
            Why::Invalid(what) => Damage::Invalid(what),
            Why::Unsupported(what) => return Fault::Unsupported(what),
            Why::Limit { needed, allowed } => return Fault::Limit { needed, allowed },
        };
        Fault::Damaged { offset, damage }
    }
}
