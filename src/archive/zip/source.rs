//! The stored bytes, by their place.

use std::io::{self, Read, Seek, SeekFrom};

/// How much is read at once, in bytes: most logs in archives are smaller, and come with the headers around them.
const AHEAD: usize = 64 << 10;

/// A reader that is asked for places.
pub struct Source<R> {
    reader: R,
    /// Where the reader stands.
    position: u64,
    /// How long the archive is, in bytes.
    len: u64,
}

/// Some of the bytes, kept in memory.
#[derive(Default)]
pub struct Window {
    start: u64,
    /// How many bytes there are; the buffer may be longer.
    len: usize,
    buffer: Vec<u8>,
}

impl<R: Read + Seek> Source<R> {
    pub fn new(mut reader: R) -> io::Result<Source<R>> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Source { reader, position: len, len })
    }

    /// How long the archive is, in bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Where the zeros begin that the archive ends in, as a crash leaves them; where it ends if there are none.
    pub fn zeros_from(&mut self, window: &mut Window) -> io::Result<u64> {
        let mut end = self.len;
        while end > 0 {
            let start = end.saturating_sub(AHEAD as u64);
            // No more than that.
            let len = (end - start) as usize;
            let piece = self.bytes(window, start, len)?;
            if let Some(place) = piece.get(..len).unwrap_or(piece).iter().rposition(|byte| *byte != 0) {
                return Ok(start + place as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }

    /// The bytes from a place on: at least `want` of them if there are so many, and more if that costs nothing.
    pub fn bytes<'a>(&mut self, window: &'a mut Window, at: u64, want: usize) -> io::Result<&'a [u8]> {
        let skip = at.checked_sub(window.start).and_then(|skip| usize::try_from(skip).ok());
        let kept = skip.filter(|skip| window.len.checked_sub(*skip).is_some_and(|kept| kept >= want.max(1)));
        if let Some(skip) = kept {
            return Ok(window.buffer.get(skip..window.len).unwrap_or_default());
        }
        (window.start, window.len) = (at, 0);
        let room = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX).min(want.max(AHEAD));
        if window.buffer.len() < room {
            // The longest record takes less than 256 KiB.
            window.buffer.resize(room, 0);
        }
        if room > 0 && self.position != at {
            self.reader.seek(SeekFrom::Start(at))?;
            self.position = at;
        }
        while let Some(rest) = window.buffer.get_mut(window.len..room).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => break,
                Ok(len) => {
                    window.len += len;
                    self.position += len as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(window.buffer.get(..window.len).unwrap_or_default())
    }
}
