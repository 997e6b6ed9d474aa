//! The stored bytes on their way to a codec: read into one buffer, and looked at for padding and for a file's last zeros.

use std::io;

use super::{Fault, member::HEAD};

/// Stored bytes are read so many at a time. A read of 128 KiB costs no more per byte than a larger one, and this stays in the second
/// level of the processor's cache.
const STORED: usize = 256 << 10;

/// The stored bytes, in a buffer that is filled again and again.
pub(super) struct Stored<R> {
    source: R,
    buffer: Vec<u8>,
    /// The part of the buffer that is not taken yet.
    start: usize,
    end: usize,
    /// The offset of the buffer's first byte.
    base: u64,
    pub(super) zeros_from: u64,
    ended: bool,
}

impl<R: io::Read> Stored<R> {
    pub(super) fn new(source: R, zeros_from: u64) -> Self {
        Stored { source, buffer: Vec::new(), start: 0, end: 0, base: 0, zeros_from, ended: false }
    }

    /// The offset of what comes next.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    pub(super) fn is_at_zeros(&self) -> bool {
        self.offset() >= self.zeros_from && !(self.ended && self.start == self.end)
    }

    pub(super) fn take(&mut self, len: usize) {
        self.start = (self.start + len).min(self.end);
    }

    /// What comes next, at least a byte unless the file ends, or its last zeros begin.
    pub(super) fn input(&mut self) -> Result<&[u8], Fault> {
        self.fill()?;
        let zeros = usize::try_from(self.zeros_from.saturating_sub(self.base)).unwrap_or(usize::MAX);
        Ok(self.buffer.get(self.start..self.end.min(zeros)).unwrap_or_default())
    }

    /// What comes next, at least a byte unless the file ends.
    pub(super) fn any_input(&mut self) -> Result<&[u8], Fault> {
        self.fill()?;
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// Makes sure that the buffer has all of what a member may begin with, and tells where that is.
    pub(super) fn head_offset(&mut self) -> Result<u64, Fault> {
        while self.end - self.start < HEAD && !self.ended {
            self.more()?;
        }
        Ok(self.offset())
    }

    /// What a member may begin with, and how much of it is not the file's last zeros.
    pub(super) fn head(&self) -> (&[u8], usize) {
        let zeros = usize::try_from(self.zeros_from.saturating_sub(self.offset())).unwrap_or(usize::MAX);
        // Not all that happens to be in the buffer: whether it ends in zeros must not depend on that.
        let head = self.buffer.get(self.start..self.end.min(self.start + HEAD)).unwrap_or_default();
        (head, zeros.min(head.len()))
    }

    /// Goes on to the next byte that is not zero, and tells whether there is one.
    pub(super) fn pass_zeros(&mut self) -> Result<bool, Fault> {
        loop {
            let rest = self.any_input()?;
            if rest.is_empty() {
                return Ok(false);
            }
            let zeros = rest.iter().position(|byte| *byte != 0);
            let len = zeros.unwrap_or(rest.len());
            self.take(len);
            if zeros.is_some() {
                return Ok(true);
            }
        }
    }

    /// Goes to the end, and tells how far it was.
    pub(super) fn pass_all(&mut self) -> Result<u64, Fault> {
        let from = self.offset();
        while !self.any_input()?.is_empty() {
            self.start = self.end;
        }
        Ok(self.offset() - from)
    }

    /// Whether the file ends not more than `len` bytes behind `from`. (Reads on to see it, so this is for one who gives up.)
    pub(super) fn ends_within(&mut self, len: u64, from: u64) -> Result<bool, Fault> {
        while self.offset() - from <= len {
            if self.any_input()?.is_empty() {
                return Ok(true);
            }
            self.take(1);
        }
        Ok(false)
    }

    /// Fills the buffer if nothing is left in it.
    fn fill(&mut self) -> Result<(), Fault> {
        if self.start == self.end && !self.ended { self.more() } else { Ok(()) }
    }

    /// Reads on, behind what is left in the buffer.
    fn more(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; STORED];
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.source.read(room) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(len) => {
                    self.end += len.min(room.len());
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
    }
}
