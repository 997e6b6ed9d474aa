//! Chunks of one deflated stream, which are decoded before it is known what they follow.

use super::{Decode, Parts, receive};
use crate::{
    decode::{Chunk, Chunks, Damage, Fault, Link, Memory, Positional, Remark, Sum},
    engine::timed::Timed,
    stats::{Phase, Stopwatch},
};
use std::{
    fs::File,
    io,
    sync::{
        Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
};

/// So many symbols of all chunks together may be decoded and not handed on, of two bytes each: a run is to take no more than 64 MiB beside
/// its groups.
const SYMBOLS: usize = 16 << 20;

/// And so many decoders share them at most: with fewer symbols each, chunks would be so short that finding their first blocks took longer
/// than a tenth of decoding them.
const DECODERS: usize = 16;

/// Each thread gets about so many chunks at least, so that they end together.
const EACH: u64 = 4;

/// A file in chunks of its stream.
pub(in crate::engine) struct InChunks<'f> {
    chunks: Chunks,
    file: &'f File,
    room: usize,
    links: Vec<Mutex<Links>>,
    /// What each chunk has summed up, once it has come to its end.
    sums: Vec<OnceLock<Sum>>,
}

/// From the chunk before, and to the one behind; taken by the thread that decodes the chunk.
type Links = (Option<Receiver<Link>>, Option<Sender<Link>>);

impl<'f> InChunks<'f> {
    /// A gzip file of one member in chunks, of so many stored bytes at least, for so many threads; `None` if there is only one, or nothing can
    /// be seen of any.
    pub(in crate::engine) fn of(
        file: &'f File,
        len: u64,
        at_least: u64,
        threads: usize,
        watch: &Stopwatch,
    ) -> Option<InChunks<'f>> {
        let decoders = threads.clamp(1, DECODERS);
        let room = SYMBOLS / decoders;
        let chunks = Chunks::of(&Timed::reading(file, watch), len, at_least, decoders as u64 * EACH, room)?;
        let (first, mut before) = channel();
        // There is somebody who takes it.
        let _ = first.send(chunks.first());
        let links = (0..chunks.count())
            .map(|_| {
                let (sender, receiver) = channel();
                Mutex::new((Some(std::mem::replace(&mut before, receiver)), Some(sender)))
            })
            .collect();
        Some(InChunks { chunks, file, room, links, sums: (0..chunks.count()).map(|_| OnceLock::new()).collect() })
    }

    /// How many threads can decode at once.
    pub(in crate::engine) fn threads(&self) -> usize {
        SYMBOLS / self.room
    }
}

impl Parts for InChunks<'_> {
    type Memory = Memory;

    /// What is ahead is mostly among the symbols.
    const AHEAD: usize = 8 << 20;

    fn memory(&self) -> Memory {
        Memory::new(self.room)
    }

    fn ends(&self) -> Vec<u64> {
        (0..self.chunks.count()).map(|chunk| self.chunks.end(chunk)).collect()
    }

    fn decode(&self, part: usize, memory: &mut Memory, watch: &Stopwatch, hand_on: &mut dyn FnMut(&mut dyn Decode)) {
        let Some(links) = self.links.get(part) else { return };
        let (before, after) = std::mem::take(&mut *links.lock().unwrap_or_else(PoisonError::into_inner));
        let chunk = Chunk::new(&self.chunks, part, Timed::reading(self.file, watch), memory);
        hand_on(&mut Linked { chunk: Some(chunk), before, after, sum: self.sums.get(part), watch });
    }

    fn judge<T>(&self, decode: &mut dyn Decode, count: impl FnOnce(&mut dyn Decode) -> T) -> T {
        count(&mut Summed { decode, parts: self, is_verified: false })
    }
}

/// A chunk that waits for the one before as late as it can, and tells the one behind as soon as it can.
struct Linked<'c, 'm, S> {
    /// Until it is at its end.
    chunk: Option<Chunk<'m, S>>,
    /// Until it is known what it follows.
    before: Option<Receiver<Link>>,
    after: Option<Sender<Link>>,
    sum: Option<&'c OnceLock<Sum>>,
    watch: &'c Stopwatch,
}

impl<S: Positional> Linked<'_, '_, S> {
    fn follow(&mut self, before: &Receiver<Link>) -> Result<(), Fault> {
        let Some(chunk) = &mut self.chunk else { return Ok(()) };
        let link = match before.try_recv() {
            Ok(link) => link,
            Err(TryRecvError::Empty) => {
                self.watch.time(Phase::Decode, || chunk.guess());
                receive(before, self.watch).map_err(|_| broken_off())?
            }
            Err(TryRecvError::Disconnected) => return Err(broken_off()),
        };
        self.watch.time(Phase::Decode, || chunk.follow(link))?;
        self.tell();
        Ok(())
    }

    /// Tells the one behind, once.
    fn tell(&mut self) {
        if let Some(link) = self.chunk.as_mut().and_then(Chunk::link)
            && let Some(after) = self.after.take()
        {
            // Nobody may be behind, or listen any more.
            let _ = after.send(link);
        }
    }
}

/// The chunk before has failed, and is heard of before this one.
fn broken_off() -> Fault {
    Fault::Io(io::Error::other("what it follows could not be decoded"))
}

impl<S: Positional> Decode for Linked<'_, '_, S> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if let Some(before) = self.before.take() {
            self.follow(&before)?;
        }
        let Some(chunk) = &mut self.chunk else { return Ok(0) };
        let len = self.watch.time(Phase::Decode, || chunk.read(out))?;
        self.watch.add(Phase::Decode, len as u64);
        self.tell();
        if len == 0
            && let (Some(chunk), Some(sum)) = (self.chunk.take(), self.sum)
        {
            let _ = sum.set(chunk.sum());
        }
        Ok(len)
    }

    fn is_verified(&self) -> bool {
        false
    }

    fn consumed(&self) -> u64 {
        0
    }

    fn remark(&self) -> Option<Remark> {
        None
    }
}

/// What all chunks decode to: at its end it is verified.
struct Summed<'d, 'f> {
    decode: &'d mut dyn Decode,
    parts: &'d InChunks<'f>,
    is_verified: bool,
}

impl Decode for Summed<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let len = self.decode.read(out)?;
        if len == 0 && !out.is_empty() {
            let sums: Option<Vec<&Sum>> = self.parts.sums.iter().map(OnceLock::get).collect();
            self.is_verified = sums.is_some_and(|sums| self.parts.chunks.is_sum(sums));
            if !self.is_verified {
                return Err(Fault::Damaged { offset: self.consumed(), damage: Damage::Checksum });
            }
        }
        Ok(len)
    }

    fn is_verified(&self) -> bool {
        self.is_verified
    }

    fn consumed(&self) -> u64 {
        self.decode.consumed()
    }

    fn remark(&self) -> Option<Remark> {
        self.decode.remark()
    }
}
