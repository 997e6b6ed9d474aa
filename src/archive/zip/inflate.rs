//! Deflate (RFC 1951) and the checksum of zip, a step at a time: what was taken and what came of it is for the caller to know, who
//! has to find what stands behind the data.

use crate::memory::made;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::io;

/// A decoder that is used for one member after another; none where there was no memory for it.
pub struct Inflate(Option<Decompress>);

/// What one step did.
pub struct Step {
    /// How many bytes it took.
    pub taken: usize,
    /// How many bytes it gave.
    pub given: usize,
    /// Whether those were the last.
    pub ended: bool,
}

impl Inflate {
    pub fn new() -> Inflate {
        Inflate(made(|| Decompress::new(false)))
    }

    /// Begins with another member.
    pub fn reset(&mut self) {
        if let Some(inflate) = &mut self.0 {
            inflate.reset(false);
        }
    }

    /// Decodes what fits; `None` is data that no encoder writes.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Option<Step>> {
        let inflate = self.0.as_mut().ok_or(io::ErrorKind::OutOfMemory)?;
        let (taken, given) = (inflate.total_in(), inflate.total_out());
        let Ok(status) = inflate.decompress(input, output, FlushDecompress::None) else { return Ok(None) };
        // No more than the slices' lengths.
        Ok(Some(Step {
            taken: (inflate.total_in() - taken) as usize,
            given: (inflate.total_out() - given) as usize,
            ended: status == Status::StreamEnd,
        }))
    }
}

/// The CRC-32 of bytes as they come.
pub struct Checksum(Crc);

impl Checksum {
    pub fn new() -> Checksum {
        Checksum(Crc::new())
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn sum(&self) -> u32 {
        self.0.sum()
    }
}
