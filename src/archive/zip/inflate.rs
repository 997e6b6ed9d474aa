//! Deflate (RFC 1951) and the checksum of zip, a step at a time: what was taken and what came of it is for the caller to know, who
//! has to find what stands behind the data.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// A decoder that is used for one member after another.
pub struct Inflate(Decompress);

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
        Inflate(Decompress::new(false))
    }

    /// Begins with another member.
    pub fn reset(&mut self) {
        self.0.reset(false);
    }

    /// Decodes what fits; `None` is data that no encoder writes.
    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Option<Step> {
        let (taken, given) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output, FlushDecompress::None).ok()?;
        Some(Step {
            taken: usize::try_from(self.0.total_in() - taken).ok()?,
            given: usize::try_from(self.0.total_out() - given).ok()?,
            ended: status == Status::StreamEnd,
        })
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
