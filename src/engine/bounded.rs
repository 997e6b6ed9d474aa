//! A member's bytes up to a limit, for archives that decode their members themselves.

use std::{
    fmt,
    io::{self, Read},
};

/// So many bytes, and an error of [`PastLimit`] where there are more.
pub(super) struct Bounded<R> {
    bytes: R,
    left: u64,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(bytes: R, most: u64) -> Bounded<R> {
        Bounded { bytes, left: most }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !out.is_empty() {
            // Only one more byte tells whether it ends here.
            return if self.bytes.read(&mut [0])? == 0 { Ok(0) } else { Err(io::Error::other(PastLimit)) };
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let len = self.bytes.read(out.get_mut(..room).unwrap_or_default())?;
        self.left = self.left.saturating_sub(len as u64);
        Ok(len)
    }
}

/// That there are more bytes than may be decoded.
#[derive(Debug)]
pub(super) struct PastLimit;

impl fmt::Display for PastLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it decodes to more than it may")
    }
}

impl std::error::Error for PastLimit {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_at_the_limit_is_whole() {
        for (most, expected) in [(0, None), (4, None), (5, Some("short")), (6, Some("short"))] {
            let mut text = String::new();
            let read = Bounded::new(&b"short"[..], most).read_to_string(&mut text);
            assert_eq!(read.ok().map(|_| &*text), expected, "{most}");
            assert_eq!(text, "short"[..text.len()]);
        }
    }
}
