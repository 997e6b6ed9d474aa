//! Sources and decoders that are measured: what they take is their own phase's, whoever asks them for more.

use super::decoded::Decode;
use crate::{
    archive::{self, Member, Members},
    decode::{Decoder, Fault, Positional, Remark},
    read::Fetch,
    stats::{Phase, Stopwatch},
};
use std::io::{self, Read, Seek, SeekFrom};

/// Something that gives bytes, by the stopwatch of the thread that takes them.
pub(super) struct Timed<'w, S> {
    source: S,
    phase: Phase,
    watch: &'w Stopwatch,
}

impl<'w, S> Timed<'w, S> {
    /// A source of stored bytes. How many came of it, the run's observer hears.
    pub(super) const fn reading(source: S, watch: &'w Stopwatch) -> Timed<'w, S> {
        Timed { source, phase: Phase::Read, watch }
    }

    /// A source of bytes that it decodes.
    pub(super) const fn decoding(source: S, watch: &'w Stopwatch) -> Timed<'w, S> {
        Timed { source, phase: Phase::Decode, watch }
    }

    fn give<E>(&mut self, give: impl FnOnce(&mut S) -> Result<usize, E>) -> Result<usize, E> {
        let given = self.watch.time(self.phase, || give(&mut self.source));
        if self.phase == Phase::Decode
            && let Ok(len) = given
        {
            self.watch.add(self.phase, len as u64);
        }
        given
    }
}

impl<S: Fetch> Fetch for Timed<'_, S> {
    fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.give(|source| source.fetch(offset, buffer))
    }
}

impl<S: Read> Read for Timed<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.give(|source| source.read(buffer))
    }
}

impl<S: Seek> Seek for Timed<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

impl<S: Positional> Positional for Timed<'_, S> {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        self.watch.time(self.phase, || self.source.read_at(offset, out))
    }
}

/// An archive that decodes its members itself.
impl<M: Members> Members for Timed<'_, M> {
    fn next_member(&mut self) -> Result<Option<Member>, archive::Fault> {
        self.watch.time(self.phase, || self.source.next_member())
    }
}

impl<R: Read> Decode for Timed<'_, Decoder<R>> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        self.give(|decoder| decoder.read(out))
    }

    fn is_verified(&self) -> bool {
        self.source.is_verified()
    }

    fn consumed(&self) -> u64 {
        self.source.consumed()
    }

    fn remark(&self) -> Option<Remark> {
        self.source.remark()
    }
}
