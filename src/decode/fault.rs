//! What can be wrong with stored bytes, told so that what was decoded before it can be judged.

use std::{borrow::Cow, fmt, io};

/// Why a stream could not be decoded to its end.
#[derive(Debug)]
pub enum Fault {
    /// The stored bytes are not what the encoder wrote.
    Damaged {
        /// Where it was noticed, in stored bytes; of a cut where the stored data ends, or the zeros begin.
        offset: u64,
        /// What is wrong there.
        damage: Damage,
    },
    /// It is sound as far as can be seen, but made in a way that is not decoded here.
    Unsupported(Cow<'static, str>),
    /// It asks for more memory than it may have.
    Limit {
        /// What it asks for, in bytes.
        needed: u64,
        /// What it may have, in bytes.
        allowed: u64,
    },
    /// The system failed to read it.
    Io(io::Error),
}

/// How stored bytes are damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// They end within a member, frame or stream.
    Cut,
    /// From within a member on there are only NULs: a crash's tail.
    Zeros,
    /// They can be decoded, but not to what was encoded.
    Checksum,
    /// They cannot be decoded; in words, what of them.
    Invalid(Cow<'static, str>),
}

impl Damage {
    /// Whether what was decoded before the damage can be believed although no checksum vouches for it: nothing is known to be wrong,
    /// the rest is missing.
    #[must_use]
    pub const fn keeps_unverified(&self) -> bool {
        matches!(self, Damage::Cut | Damage::Zeros)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Damaged { offset, damage: Damage::Cut } => write!(f, "cut short at byte {offset}"),
            Fault::Damaged { offset, damage: Damage::Zeros } => write!(f, "nothing but zeros from byte {offset} on"),
            Fault::Damaged { offset, damage: Damage::Checksum } => write!(f, "checksum wrong at byte {offset}"),
            Fault::Damaged { offset, damage: Damage::Invalid(what) } => write!(f, "{what} at byte {offset}"),
            Fault::Unsupported(what) => f.write_str(what),
            Fault::Limit { needed, allowed } => {
                write!(f, "decoding it takes a window of {} MiB, where {} are allowed", needed.div_ceil(1 << 20), allowed >> 20)
            }
            Fault::Io(error) => write!(f, "cannot read it: {error}"),
        }
    }
}

impl std::error::Error for Fault {}

/// What there is to say about a stream that was decoded whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Behind the last member there is something else.
    Garbage {
        /// Where it begins, in stored bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Garbage { offset, len: 1 } => write!(f, "1 byte of trailing garbage at byte {offset}, passed over"),
            Remark::Garbage { offset, len } => write!(f, "{len} bytes of trailing garbage from byte {offset} on, passed over"),
        }
    }
}
