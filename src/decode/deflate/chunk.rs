//! A chunk: its blocks from the first that begins in it, to symbols, and those to bytes.

use std::io;

use super::{
    Bad, Chunks, Link, Sum, WINDOW, find,
    inflate::{Inflate, LEAST_ROOM, Pause},
    input::Input,
};
use crate::decode::{
    Fault,
    gzip::{Crc, TRAILER},
    pieces::Positional,
};

/// A symbol that is not a byte, but the place of one in the window before the chunk.
const MARK: u16 = 1 << 15;

/// What a thread needs to decode chunks, one after the other.
pub struct Memory {
    /// The window, and behind it what is decoded.
    symbols: Vec<u16>,
    meanings: Meanings,
    input: Input,
    inflate: Inflate,
}

impl Memory {
    /// With room for so many symbols, of two bytes each.
    #[must_use]
    pub fn new(room: usize) -> Memory {
        let symbols = vec![0; WINDOW + room.max(LEAST_ROOM)];
        Memory { symbols, meanings: Meanings::new(), input: Input::new(), inflate: Inflate::new() }
    }
}

/// So many places that look like a block's beginning are tried: where no block that can be found begins in a chunk, chance has some thousands.
const MOST_TRIED: usize = 1 << 14;

/// And so many of them whose header is sound: chance has next to none, but a file may be made of nothing else, and each is decoded as far as
/// there is room.
const MOST_SOUND: usize = 8;

/// A chunk that is decoded: first by [`guess`](Chunk::guess), while those before it are not known; then, by what they
/// [`end`](Chunk::link) with, it [`follows`](Chunk::follow) them, and can be [`read`](Chunk::read).
pub struct Chunk<'m, S> {
    stored: S,
    memory: &'m mut Memory,
    /// Of the stored file, in bytes.
    len: u64,
    /// It begins with the first block that begins here or behind, in bits, and ends before the first that begins at its end or behind.
    start: u64,
    end: u64,
    /// Where its first block is guessed to begin.
    pub(super) guessed: Option<u64>,
    /// Where among the symbols the first is that there is.
    floor: usize,
    /// Up to where the symbols are given away, and up to where there are any.
    given: usize,
    filled: usize,
    /// Where it has ended, in bits, and whether the stream did.
    ended: Option<(u64, bool)>,
    /// What it hands on, once that is known.
    link: Option<Link>,
    sum: Crc,
}

impl<'m, S: Positional> Chunk<'m, S> {
    /// The chunk of that number.
    pub fn new(chunks: &Chunks, chunk: usize, stored: S, memory: &'m mut Memory) -> Chunk<'m, S> {
        let start = chunks.start + chunk as u64 * chunks.each;
        // The last one ends with the stream.
        let end = if chunk + 1 < chunks.count() { chunks.end(chunk) * 8 } else { u64::MAX };
        Chunk {
            stored,
            memory,
            len: chunks.len,
            start: start * 8,
            end,
            guessed: None,
            floor: 0,
            given: WINDOW,
            filled: WINDOW,
            ended: None,
            link: None,
            sum: Crc::new(),
        }
    }

    /// Decodes as much as can be decoded without knowing what comes before, and there is room for.
    pub fn guess(&mut self) {
        let marks = (0..).map(|place| MARK | place);
        self.memory.symbols.iter_mut().zip(marks).take(WINDOW).for_each(|(symbol, mark)| *symbol = mark);
        self.floor = 0;
        let (mut from, mut sound) = (self.start, 0);
        for _ in 0..MOST_TRIED {
            let Ok(Some(at)) = self.find(from) else { return };
            match self.decode_from(at) {
                Ok(()) => {
                    self.guessed = Some(at);
                    return;
                }
                // It was none.
                Err(Failed { blocks: 0, .. }) if sound < MOST_SOUND => {
                    from = at + 1;
                    sound += usize::from(self.memory.inflate.is_inside());
                }
                // It was one, as far as can be seen, and what is wrong comes later. Or the file cannot be read. Both will show.
                Err(_) => return,
            }
        }
    }

    /// Where from `from` on a block seems to begin.
    fn find(&mut self, mut from: u64) -> io::Result<Option<u64>> {
        let end = self.end.min(self.len * 8);
        let input = &mut self.memory.input;
        while from < end {
            let place = input.seek(&self.stored, self.len, from)?;
            let window = input.start();
            let last = usize::try_from(end - window).unwrap_or(usize::MAX);
            if let Some(found) = find::first(input.bytes(), place, last) {
                return Ok(Some(window + found as u64));
            }
            if input.is_last() {
                break;
            }
            from = window + (input.bytes().len().saturating_sub(find::LOOK - 1) as u64) * 8;
        }
        Ok(None)
    }

    /// Goes on from where those before end: with what was guessed, or from there.
    ///
    /// # Errors
    /// As [`Chunk::read`].
    pub fn follow(&mut self, before: Link) -> Result<(), Fault> {
        // A block that began before this chunk may end behind it.
        if before.is_over || before.at >= self.end {
            (self.given, self.filled) = (WINDOW, WINDOW);
            self.ended = Some((before.at, before.is_over));
            self.link = Some(before);
            return Ok(());
        }
        // Marks may stand for any byte of a window, but near the file's beginning there are not as many.
        if self.guessed == Some(before.at) && before.window.len() == WINDOW {
            self.memory.meanings.set(&before.window);
        } else {
            self.set_window(&before.window);
            self.decode_from(before.at)?;
        }
        self.set_link();
        Ok(())
    }

    /// What those behind need to know, as soon as that is known: once.
    pub const fn link(&mut self) -> Option<Link> {
        self.link.take()
    }

    /// The text, and how much of it; 0 is the end of the chunk. [`Chunk::follow`] comes before.
    ///
    /// # Errors
    /// What is wrong, though not truly where; the whole file must be decoded from its beginning.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if self.given == self.filled {
            if self.ended.is_some() {
                return Ok(0);
            }
            self.slide();
            self.decode()?;
            self.set_link();
        }
        let symbols = self.memory.symbols.get(self.given..self.filled).unwrap_or_default();
        let len = symbols.len().min(out.len());
        if let (Some(symbols), Some(out)) = (symbols.get(..len), out.get_mut(..len)) {
            self.memory.meanings.resolve(symbols, out);
            self.sum.update(out);
        }
        self.given += len;
        Ok(len)
    }

    /// The sum of all that was read.
    pub fn sum(self) -> Sum {
        Sum(self.sum)
    }

    /// Decodes from the block on that begins at this bit.
    fn decode_from(&mut self, at: u64) -> Result<(), Failed> {
        (self.given, self.filled, self.ended) = (WINDOW, WINDOW, None);
        let place =
            self.memory.input.seek(&self.stored, self.len, at).map_err(|error| Failed { blocks: 0, fault: error.into() })?;
        self.memory.inflate.begin(self.memory.input.bytes(), place);
        self.decode()
    }

    /// Decodes until the chunk ends, or there is no more room.
    fn decode(&mut self) -> Result<(), Failed> {
        let mut blocks = 0;
        let failed = |blocks, fault| Err(Failed { blocks, fault });
        loop {
            let Memory { symbols, input, inflate, .. } = &mut *self.memory;
            let pause = inflate.run(input.bytes(), symbols, &mut self.filled, self.floor);
            match pause {
                Ok(Pause::Room) => return Ok(()),
                Ok(Pause::Input) => {
                    let spent = inflate.spent();
                    match input.advance(&self.stored, self.len, spent) {
                        Ok(true) => inflate.forget(spent),
                        // The zeros behind the file's end have been taken for data.
                        Ok(false) => return failed(blocks, Bad.into()),
                        Err(error) => return failed(blocks, error.into()),
                    }
                }
                Ok(Pause::Block) => {
                    blocks += 1;
                    let at = inflate.consumed(input.start());
                    if at >= self.end {
                        self.ended = Some((at, false));
                        return Ok(());
                    }
                }
                Ok(Pause::Last) => {
                    let at = inflate.consumed(input.start());
                    // Another member, garbage or zeros may follow, which are not for here.
                    if at.div_ceil(8) + TRAILER as u64 != self.len {
                        return failed(blocks, Bad.into());
                    }
                    self.ended = Some((at, true));
                    return Ok(());
                }
                Err(bad) => return failed(blocks, bad.into()),
            }
        }
    }

    /// Makes the last symbols the window of those to come.
    fn slide(&mut self) {
        let tail = self.tail();
        self.set_window(&tail);
        (self.given, self.filled) = (WINDOW, WINDOW);
    }

    /// Puts what comes before the symbols in its place.
    fn set_window(&mut self, window: &[u8]) {
        self.floor = WINDOW.saturating_sub(window.len());
        let symbols = self.memory.symbols.iter_mut().take(WINDOW).skip(self.floor);
        symbols.zip(window).for_each(|(symbol, byte)| *symbol = u16::from(*byte));
    }

    /// The last of the text up to here.
    fn tail(&self) -> Vec<u8> {
        let Memory { symbols, meanings, .. } = &*self.memory;
        let symbols = symbols.get(self.filled.saturating_sub(WINDOW).max(self.floor)..self.filled).unwrap_or_default();
        let mut tail = vec![0; symbols.len()];
        meanings.resolve(symbols, &mut tail);
        tail
    }

    /// Notes what is to be handed on, if the chunk has ended.
    fn set_link(&mut self) {
        if let Some((at, is_over)) = self.ended {
            self.link = Some(Link { at, window: self.tail(), is_over });
        }
    }
}

/// Why a chunk could not be decoded, and how many blocks of it could.
struct Failed {
    blocks: usize,
    fault: Fault,
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Fault {
        failed.fault
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Io(error)
    }
}

/// What each symbol stands for: a byte for itself, a mark for one of the window.
struct Meanings(Box<[u8; 1 << 16]>);

impl Meanings {
    fn new() -> Meanings {
        let mut meanings = Box::new([0; 1 << 16]);
        meanings.iter_mut().zip(0..=u8::MAX).for_each(|(meaning, byte)| *meaning = byte);
        Meanings(meanings)
    }

    /// Of marks of this window, which is whole.
    fn set(&mut self, window: &[u8]) {
        self.0.iter_mut().skip(usize::from(MARK)).zip(window).for_each(|(meaning, byte)| *meaning = *byte);
    }

    /// Symbols to bytes.
    fn resolve(&self, symbols: &[u16], out: &mut [u8]) {
        for (out, symbols) in out.chunks_mut(RUN).zip(symbols.chunks(RUN)) {
            if symbols.iter().fold(0, |all, symbol| all | symbol) < MARK {
                out.iter_mut().zip(symbols).for_each(|(byte, symbol)| *byte = *symbol as u8);
            } else {
                out.iter_mut().zip(symbols).for_each(|(byte, symbol)| *byte = self.0[usize::from(*symbol)]);
            }
        }
    }
}

/// Marks are often many, and then everywhere: looked up are all symbols of a run that has one.
const RUN: usize = 64;
