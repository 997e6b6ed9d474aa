//! The stored bytes of a chunk, as a window that moves on.

use std::io;

use super::{find, inflate::HEADER};
use crate::decode::pieces::{Positional, read_full};

/// So much is read at once.
const READ: usize = 128 << 10;

/// So many zeros stand behind the file's end, so that its last bits can be looked at like all others.
const BEHIND: usize = HEADER + find::LOOK;

/// A window of a stored file.
pub(super) struct Input {
    bytes: Vec<u8>,
    /// Where it begins in the file.
    at: u64,
    /// How many of its bytes are the file's.
    read: usize,
}

impl Input {
    pub(super) const fn new() -> Input {
        Input { bytes: Vec::new(), at: 0, read: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the window begins in the file, in bits.
    pub(super) const fn start(&self) -> u64 {
        self.at * 8
    }

    /// The window that begins before this bit, and goes on at least as far behind it as the header of a block does.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn seek<S: Positional + ?Sized>(&mut self, stored: &S, len: u64, bit: u64) -> io::Result<usize> {
        let byte = bit / 8;
        let inside = byte.checked_sub(self.at).and_then(|inside| usize::try_from(inside).ok());
        if let Some(inside) = inside.filter(|inside| inside + BEHIND <= self.bytes.len()) {
            return Ok(inside * 8 + (bit % 8) as usize);
        }
        (self.at, self.read) = (byte, 0);
        self.bytes.clear();
        self.fill(stored, len)?;
        Ok((bit % 8) as usize)
    }

    /// Moves the window on by so many bytes; false where it has reached the file's end already.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn advance<S: Positional + ?Sized>(&mut self, stored: &S, len: u64, spent: usize) -> io::Result<bool> {
        if self.read < self.bytes.len() {
            return Ok(false);
        }
        self.bytes.drain(..spent.min(self.read));
        self.at += (self.read - self.bytes.len()) as u64;
        self.read = self.bytes.len();
        self.fill(stored, len)?;
        Ok(true)
    }

    /// Whether nothing of the file is behind the window.
    pub(super) fn is_last(&self) -> bool {
        self.read < self.bytes.len()
    }

    fn fill<S: Positional + ?Sized>(&mut self, stored: &S, len: u64) -> io::Result<()> {
        let from = self.at + self.read as u64;
        let left = usize::try_from(len.saturating_sub(from)).unwrap_or(usize::MAX).min(READ);
        let had = self.read;
        self.bytes.resize(had + left, 0);
        let read = read_full(stored, from, self.bytes.get_mut(had..).unwrap_or_default());
        if !matches!(read, Ok(read) if read == left) {
            // What could not be read is not to be taken for zeros.
            self.bytes.truncate(had);
            return Err(read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
        }
        self.read += left;
        if self.at + self.read as u64 >= len {
            self.bytes.resize(self.read + BEHIND, 0);
        }
        Ok(())
    }
}
