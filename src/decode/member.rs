//! What a codec is to [`Decoder`](super::Decoder): a machine that is pushed forward through one member after the other.

use std::borrow::Cow;

/// So many bytes a codec is shown of a member before it begins, unless the file ends before. No fixed header is longer
/// (LZ4: 19 bytes, zstd: 18).
pub(super) const HEAD: usize = 32;

/// One codec's machine. A member is what can stand alone and be put behind another: a gzip member, a zstd or LZ4 frame, a bzip2 or xz
/// stream.
pub(super) trait Member: Send {
    /// What a member is called, with its article.
    fn noun(&self) -> &'static str;

    /// Whether a member begins here, by its magic number alone. `head` may be shorter than a magic number only where the file ends.
    fn begins(&self, head: &[u8]) -> Begins;

    /// Makes ready for the member that begins here, and tells how much of `head` it has taken. `head` has at least [`HEAD`] bytes, or
    /// all up to the end of the file.
    fn begin(&mut self, head: &[u8]) -> Result<usize, Stop>;

    /// Goes on through the member as far as `input` and `out` allow, but not past a boundary. Both may be empty: then it tells
    /// whether there is something left to give, or a boundary reached. Without progress inside a member it wants more of what was
    /// empty.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Stop>;

    /// Whether a checksum vouches for the end of the member that it is in.
    fn has_sum(&self) -> bool;

    /// What is made of bytes behind a member that are neither zeros nor another member.
    fn garbage(&self) -> Garbage;

    /// Whether bytes at which no member begins look like one whose first bytes were damaged: that is no garbage.
    fn resembles(&self, head: &[u8]) -> bool {
        let _ = head;
        false
    }
}

/// Whether all bytes, or all but one, are those of a magic number.
pub(super) fn is_nearly(head: &[u8], magic: &[u8]) -> bool {
    head.len() >= magic.len() && head.iter().zip(magic).filter(|(byte, expected)| byte != expected).count() <= 1
}

/// Whether a member begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// The whole magic number is there.
    Yes,
    /// The bytes end within what may be a magic number.
    Cut,
    /// It is something else.
    No,
}

impl Begins {
    /// Compares a head with magic numbers, of which each byte is in a range.
    pub(super) fn of(head: &[u8], magics: &[&[(u8, u8)]]) -> Begins {
        let fits = |magic: &[(u8, u8)]| head.iter().zip(magic).all(|(byte, (low, high))| (low..=high).contains(&byte));
        let mut begins = Begins::No;
        for magic in magics.iter().filter(|magic| fits(magic)) {
            if head.len() >= magic.len() {
                return Begins::Yes;
            }
            begins = Begins::Cut;
        }
        begins
    }
}

/// A frame of anything, to be passed over; zstd and LZ4 share it.
pub(super) const SKIPPABLE: &[(u8, u8)] = &[(0x50, 0x5f), (0x2a, 0x2a), (0x4d, 0x4d), (0x18, 0x18)];

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Bytes of the input that were taken.
    pub(super) consumed: usize,
    /// Bytes of the output that were written.
    pub(super) produced: usize,
    /// Where it left the machine.
    pub(super) place: Place,
}

/// Where a machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Within something that is to be verified yet.
    Inside,
    /// At a boundary within a member up to which all is verified.
    Verified,
    /// At the end of a member, and all of it is verified.
    End,
}

/// Why a machine cannot go on.
#[derive(Debug)]
pub(super) struct Stop {
    /// How many bytes of the step's input it had taken when it noticed.
    pub(super) at: usize,
    /// What it noticed.
    pub(super) why: Why,
}

impl Stop {
    /// At once, as there is no memory for the machine; `what` says of which.
    pub(super) const fn no_memory(what: &'static str) -> Stop {
        Stop { at: 0, why: Why::Unsupported(Cow::Borrowed(what)) }
    }

    pub(super) fn new(at: usize, why: Why) -> Stop {
        Stop { at, why }
    }

    pub(super) fn invalid(at: usize, what: &'static str) -> Stop {
        Stop { at, why: Why::Invalid(Cow::Borrowed(what)) }
    }
}

/// See [`Fault`](super::Fault).
#[derive(Debug)]
pub(super) enum Why {
    Cut,
    Checksum,
    Invalid(Cow<'static, str>),
    Unsupported(Cow<'static, str>),
    Limit { needed: u64, allowed: u64 },
}

/// What to do about bytes behind the last member, as the codec's own tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Garbage {
    /// They are passed over, and remarked.
    Remarked,
    /// They are damage.
    Refused,
}
