//! What fuzz targets share: chance that comes from the input, a source that gives few bytes at a time, and decoding in two ways.
//!
//! An input is what a user's file would be, from its first byte on, so that files are seeds as they are. What else a target chooses
//! (sizes of steps, say) comes from a hash of all of it.

pub mod archives;
pub mod decode;
pub mod deflate;
pub mod scratch;

use std::io;

/// Numbers that are the same for the same input.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// FNV-1a over the input.
    #[must_use]
    pub fn of(data: &[u8]) -> Chance {
        let hash =
            data.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
        Chance(hash | 1)
    }

    /// One of `0..below`; xorshift64*.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }

    /// One of these.
    pub fn of_these<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Gives its bytes few at a time, and is interrupted now and then.
#[derive(Debug)]
pub struct Slow<'a> {
    rest: &'a [u8],
    most: usize,
    chance: Chance,
}

impl<'a> Slow<'a> {
    #[must_use]
    pub fn new(bytes: &'a [u8], mut chance: Chance) -> Slow<'a> {
        let most = chance.of_these(&[1, 2, 7, 100, 5000, 1 << 17]);
        Slow { rest: bytes, most, chance }
    }
}

impl io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chance.below(16) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = (1 + self.chance.below(self.most)).min(buffer.len());
        let (now, later) = self.rest.split_at(len.min(self.rest.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.rest = later;
        Ok(now.len())
    }
}
