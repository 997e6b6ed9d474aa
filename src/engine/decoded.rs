//! Decoded bytes as a source of text, and what became of decoding them.

use super::{Observer, timed::Timed};
use crate::{
    decode::{Codec, Decoder, Fault, Limits, Remark},
    read::{BadSize, Fetch, bytes_of},
    stats::Stopwatch,
};
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    str::FromStr,
};

/// How stored files are decoded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoding {
    /// What is done with a damaged file.
    pub on_damaged: OnDamaged,
    /// How much one file may decode to.
    pub max_decoded: MaxDecoded,
    /// When several threads decode one file.
    pub sharing: Sharing,
}

/// When several threads decode one file. What is counted does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// A file that decodes to less than this is decoded and counted by one thread, in bytes.
    pub large: u64,
    /// Pieces that are decoded apart are of at least so many stored bytes.
    pub piece: u64,
}

impl Default for Sharing {
    /// 8 MiB, which take longer to decode than threads to start; and 256 KiB, some milliseconds' work.
    fn default() -> Self {
        Sharing { large: 8 << 20, piece: 256 << 10 }
    }
}

/// What is done with a damaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDamaged {
    /// What can be believed of it counts: the lines before a cut, and those that a checksum vouches for.
    #[default]
    Salvage,
    /// Nothing of it counts.
    Drop,
}

impl OnDamaged {
    const ALL: [OnDamaged; 2] = [OnDamaged::Salvage, OnDamaged::Drop];

    const fn name(self) -> &'static str {
        match self {
            OnDamaged::Salvage => "salvage",
            OnDamaged::Drop => "drop",
        }
    }
}

impl fmt::Display for OnDamaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OnDamaged {
    type Err = UnknownOnDamaged;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        OnDamaged::ALL.into_iter().find(|way| way.name() == name).ok_or_else(|| UnknownOnDamaged(name.to_owned()))
    }
}

/// Something that cannot be done with a damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOnDamaged(String);

impl fmt::Display for UnknownOnDamaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' cannot be done with a damaged file; choose salvage or drop", self.0.escape_debug())
    }
}

impl std::error::Error for UnknownOnDamaged {}

/// How much one file may decode to, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxDecoded(pub u64);

impl Default for MaxDecoded {
    /// 1 TiB: more than any log, and no bomb goes on for ever.
    fn default() -> Self {
        MaxDecoded(1 << 40)
    }
}

impl FromStr for MaxDecoded {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        bytes_of(text).map(MaxDecoded)
    }
}

/// Stored bytes of a file, read in order: up to the length that it had when it was opened.
#[derive(Debug)]
pub(super) struct Stored<'f> {
    file: &'f File,
    at: u64,
    len: u64,
}

impl<'f> Stored<'f> {
    pub(super) const fn new(file: &'f File, len: u64) -> Stored<'f> {
        Stored { file, at: 0, len }
    }
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        let len = match buffer.get_mut(..room).filter(|room| !room.is_empty()) {
            Some(room) => self.file.read_at(room, self.at)?,
            // That it ends here is known without a call of the system.
            None => 0,
        };
        self.at += len as u64;
        Ok(len)
    }
}

impl io::Seek for Stored<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let at = match to {
            io::SeekFrom::Start(at) => Some(at),
            io::SeekFrom::End(by) => self.len.checked_add_signed(by),
            io::SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A compressed file that is to be decoded from its beginning, as often as need be.
#[derive(Clone, Copy)]
pub(super) struct FromStart<'f> {
    pub(super) codec: Codec,
    pub(super) file: &'f File,
    /// When it was opened, in bytes.
    pub(super) len: u64,
    /// See [`zeros_from`].
    pub(super) zeros: u64,
}

impl<'f> FromStart<'f> {
    /// Its decoder, for the thread whose stopwatch this is.
    pub(super) fn decoder<'w>(&self, watch: &'w Stopwatch) -> Timed<'w, Decoder<Timed<'w, Stored<'f>>>> {
        let stored = Timed::reading(Stored::new(self.file, self.len), watch);
        Timed::decoding(Decoder::new(self.codec, stored, self.zeros, Limits::default()), watch)
    }
}

/// From where on a file of `len` bytes holds nothing but NULs: `len` where it does not end in them.
///
/// # Errors
/// What the system says.
pub(super) fn zeros_from(file: &File, len: u64) -> io::Result<u64> {
    // Few files end in zeros, and then in many: a crash's tail may be gigabytes.
    const MANY: usize = 128 << 10;
    let mut piece = vec![0; 4096];
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(piece.len() as u64);
        let last = piece.get_mut(..(end - start) as usize).unwrap_or_default();
        file.read_exact_at(last, start)?;
        // Sixteen bytes at a time, which a search is not.
        if last.iter().fold(0, |all, byte| all | byte) != 0 {
            return Ok(start + last.iter().rposition(|byte| *byte != 0).map_or(0, |place| place as u64 + 1));
        }
        end = start;
        piece.resize(MANY, 0);
    }
    Ok(0)
}

/// What was read already, and then what is read on.
pub(super) struct Onward<'s> {
    read: Vec<u8>,
    given: usize,
    source: &'s mut dyn Fetch,
    offset: u64,
    /// Hears of the bytes that are taken.
    observer: &'s dyn Observer,
}

impl<'s> Onward<'s> {
    pub(super) fn new(read: Vec<u8>, source: &'s mut dyn Fetch, observer: &'s dyn Observer) -> Onward<'s> {
        Onward { offset: read.len() as u64, read, given: 0, source, observer }
    }
}

impl Read for Onward<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.read.get(self.given..).unwrap_or_default();
        if !rest.is_empty() {
            let len = rest.len().min(buffer.len());
            buffer.get_mut(..len).unwrap_or_default().copy_from_slice(rest.get(..len).unwrap_or_default());
            self.given += len;
            self.observer.counted(len as u64);
            return Ok(len);
        }
        self.read = Vec::new();
        let len = self.source.fetch(self.offset, buffer)?;
        self.offset += len as u64;
        self.observer.counted(len as u64);
        Ok(len)
    }
}

/// Where decoding stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// At the end, or where there is more than so many decoded bytes.
    End(u64),
    /// Before this decoded byte: what follows is not to be believed.
    Byte(u64),
}

/// Something that decodes.
pub(super) trait Decode {
    /// See [`Decoder::read`].
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault>;
    /// See [`Decoder::is_verified`].
    fn is_verified(&self) -> bool;
    /// See [`Decoder::consumed`].
    fn consumed(&self) -> u64;
    /// See [`Decoder::remark`].
    fn remark(&self) -> Option<Remark>;
}

impl<R: Read> Decode for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        Decoder::read(self, out)
    }

    fn is_verified(&self) -> bool {
        Decoder::is_verified(self)
    }

    fn consumed(&self) -> u64 {
        Decoder::consumed(self)
    }

    fn remark(&self) -> Option<Remark> {
        Decoder::remark(self)
    }
}

/// What a decoder gives, as a source of text.
pub(super) struct Decoded<'d> {
    decoder: &'d mut dyn Decode,
    observer: &'d dyn Observer,
    until: Until,
    /// Decoded bytes that were handed out.
    decoded: u64,
    /// So many of them are verified.
    verified: u64,
    /// Stored bytes that the observer was told of.
    told: u64,
    stop: Option<Stop>,
}

/// Why decoding stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// It could not be decoded further.
    Fault(Fault),
    /// There is more than it may decode to.
    Limit,
    /// What follows is not to be believed.
    Byte,
}

/// The error of reading on where decoding stopped. Why it did, the decoder says.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be decoded further")
    }
}

impl std::error::Error for Stopped {}

/// What became of decoding.
#[derive(Debug)]
pub(super) struct Ended {
    /// Why it stopped early, if it did.
    pub(super) stop: Option<Stop>,
    /// So many decoded bytes are verified.
    pub(super) verified: u64,
    /// Stored bytes that were consumed.
    pub(super) consumed: u64,
    /// What there is to say of a stream that was decoded whole.
    pub(super) remark: Option<Remark>,
}

impl<'d> Decoded<'d> {
    pub(super) fn new(decoder: &'d mut dyn Decode, until: Until, observer: &'d dyn Observer) -> Decoded<'d> {
        Decoded { decoder, observer, until, decoded: 0, verified: 0, told: 0, stop: None }
    }

    /// Ends decoding.
    pub(super) fn end(self) -> Ended {
        Ended { stop: self.stop, verified: self.verified, consumed: self.decoder.consumed(), remark: self.decoder.remark() }
    }

    fn stopped(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        io::Error::other(Stopped)
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_some() {
            return Err(io::Error::other(Stopped));
        }
        let (most, stop) = match self.until {
            Until::End(most) => (most, Stop::Limit),
            Until::Byte(byte) => (byte, Stop::Byte),
        };
        let left = usize::try_from(most.saturating_sub(self.decoded)).unwrap_or(usize::MAX);
        if left == 0 {
            // It may end just here, or be found to be wrong.
            return match stop {
                Stop::Byte => Err(self.stopped(stop)),
                stop => match self.decoder.read(&mut [0]) {
                    Ok(0) => Ok(0),
                    Ok(_) => Err(self.stopped(stop)),
                    Err(fault) => Err(self.stopped(Stop::Fault(fault))),
                },
            };
        }
        let room = left.min(buffer.len());
        let read = self.decoder.read(buffer.get_mut(..room).unwrap_or_default());
        let consumed = self.decoder.consumed();
        self.observer.counted(consumed.saturating_sub(self.told));
        self.told = self.told.max(consumed);
        if self.decoder.is_verified() {
            self.verified = self.decoded + *read.as_ref().unwrap_or(&0) as u64;
        }
        match read {
            Ok(len) => {
                self.decoded += len as u64;
                Ok(len)
            }
            Err(fault) => Err(self.stopped(Stop::Fault(fault))),
        }
    }
}

impl Fetch for Decoded<'_> {
    fn fetch(&mut self, _offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(buffer)
    }
}
