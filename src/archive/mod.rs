//! The members of an archive, one after another: their names, and their bytes as a stream. Nothing is unpacked to disk, and no
//! name out of an archive is ever opened.
//!
//! An archive comes from anywhere, so no size that it claims is believed before its bytes have come: nothing is allocated by it,
//! and what a reader keeps in memory is bounded whatever the archive says.

mod tar;
mod zip;

pub use tar::{Tar, is_tar};
pub use zip::Zip;

use std::{fmt, io};

/// What an archive says of one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name as it is stored, in no known encoding, but for a leading `./`, which says only how the archiver was called. It may
    /// be absolute, hold `..`, newlines or control bytes: it is data for a report, never a path to open.
    pub name: Vec<u8>,
    /// Its decoded length in bytes, where the archive says it before the bytes. A claim, not a promise.
    pub size: Option<u64>,
    /// When it was last modified, in seconds since 1970 in UTC.
    pub modified: Option<i64>,
    /// What it is.
    pub kind: Kind,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, whose bytes can be read.
    File,
    /// A folder, link or device, which has no bytes of its own.
    Other,
    /// A file whose bytes cannot be read here; in words, what it is instead of plain: "encrypted".
    Refused(&'static str),
}

/// What is wrong with an archive, or with one of its members.
#[derive(Debug)]
pub enum Fault {
    /// It ends where more should come. What came before the end is as it was stored.
    Cut {
        /// The length of what there is, in the archive's own bytes.
        at: u64,
    },
    /// It is not what an archiver writes.
    Invalid {
        /// Where that shows, in the archive's own bytes.
        at: u64,
        /// What is wrong there, in words that a place can follow: "the header's checksum is wrong".
        what: &'static str,
    },
    /// The reader under it failed: its own error, unchanged.
    Io(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Cut { at } => write!(f, "the archive is cut short at byte {at}"),
            Fault::Invalid { at, what } => write!(f, "{what} at byte {at} of the archive"),
            Fault::Io(error) => write!(f, "cannot read it: {error}"),
        }
    }
}

impl std::error::Error for Fault {}

/// A fault that travelled in an error of reading comes out again; any other error is the reader's own.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        error.downcast::<Fault>().unwrap_or_else(Fault::Io)
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        match fault {
            Fault::Io(error) => error,
            fault => io::Error::other(fault),
        }
    }
}

/// An archive as the sequence of its members. What is read from it are the bytes of the member that came last, to their end.
///
/// Reading says `Ok(0)` only where a member is whole and, where its archive has a checksum of it, right. Otherwise it ends with an
/// error: the reader's own as it is, or one that [`Fault::from`] turns into what is wrong. After [`Fault::Cut`] the bytes that
/// came are good as far as they go; after [`Fault::Invalid`] none of this member's are. Whether other members follow,
/// [`Members::next_member`] says.
pub trait Members: io::Read {
    /// Goes to the next member, past what was not read of the last one. `None` is the archive's end, all of it sound.
    ///
    /// # Errors
    /// What is wrong with the archive; there are no members after that, and asking again gives no other answer.
    fn next_member(&mut self) -> Result<Option<Member>, Fault>;
}

/// How an archive or member ended: a [`Fault`] that can be told twice.
#[derive(Clone, Copy, Debug)]
enum End {
    Whole,
    Cut { at: u64 },
    Invalid { at: u64, what: &'static str },
    Unreadable,
}

impl End {
    const fn of(fault: &Fault) -> End {
        match fault {
            Fault::Cut { at } => End::Cut { at: *at },
            Fault::Invalid { at, what } => End::Invalid { at: *at, what },
            Fault::Io(_) => End::Unreadable,
        }
    }

    fn again(self) -> Result<(), Fault> {
        match self {
            End::Whole => Ok(()),
            End::Cut { at } => Err(Fault::Cut { at }),
            End::Invalid { at, what } => Err(Fault::Invalid { at, what }),
            End::Unreadable => Err(Fault::Io(io::Error::other("it could not be read further"))),
        }
    }
}

/// Reads every member to its end and adds up their bytes, faults of single members passed over: what a fuzzer calls.
///
/// # Errors
/// What is wrong with the archive as a whole.
pub fn exhaust(members: &mut dyn Members) -> Result<u64, Fault> {
    let mut total = 0u64;
    let mut piece = [0; 8192];
    while members.next_member()?.is_some() {
        loop {
            match io::Read::read(members, &mut piece) {
                Ok(0) => break,
                Ok(len) => total = total.saturating_add(len as u64),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }
    Ok(total)
}
