//! One deflated stream in chunks that several threads decode at once.
//!
//! Each byte of deflate may be copied from up to 32 KiB before it, so a stream tells its text only from its beginning. But a [`Chunk`] from
//! its middle can be decoded up to what it copies from before its own beginning: where such a byte would stand, a mark tells which byte of the
//! 32 KiB before the chunk it is. They become known when the chunk before is decoded, and what then is left to do, is quick. The way is that
//! of pugz (Kerbiriou, Chikhi: Parallel decompression of gzip-compressed files, 2019) and rapidgzip (Knespel, Brunst, 2023).
//!
//! Where the chunk's first block begins is a guess ([`find`]). The chunk before says it truly, as it ends there: it hands on a [`Link`], and a
//! chunk that has guessed wrong decodes again from there. So nothing rests on guesses but time.
//!
//! Whatever is unusual or wrong with a file makes a chunk fail. Then nothing of the file is known, and [`Decoder`](super::Decoder) decodes it
//! from its beginning, and says what is wrong.

mod codes;
mod find;
mod inflate;
mod input;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, io};

use super::{
    Damage, Fault,
    gzip::{Crc, TRAILER, header_len},
    pieces::{Positional, read_full},
};
use inflate::{Inflate, LEAST_ROOM, Pause};
use input::Input;

/// As far back may be copied, in bytes (RFC 1951, 2).
const WINDOW: usize = 32 << 10;

/// A symbol that is not a byte, but the place of one in the window before the chunk.
const MARK: u16 = 1 << 15;

/// Blocks are some 10 to 60 kB long, as they are stored. A chunk shorter than this may have none to begin with.
const LEAST_CHUNK: u64 = 1 << 10;

/// A header with a long name, which is read at once. It may be longer, and then is left alone.
const MOST_HEADER: usize = 4 << 10;

/// The data is not what deflate makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bad;

impl From<Bad> for Fault {
    fn from(Bad: Bad) -> Fault {
        Fault::Damaged { offset: 0, damage: Damage::Invalid(Cow::Borrowed("invalid deflated data")) }
    }
}

/// The chunks of a gzip file of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunks {
    /// Where the member's data begins, and where the file ends, in bytes.
    start: u64,
    len: u64,
    /// How many bytes a chunk covers.
    each: u64,
    /// What the trailer says of the text: its CRC-32, and its length modulo 2^32.
    sum: u32,
    text: u32,
}

impl Chunks {
    /// The chunks of a gzip file of `len` bytes, of `at_least` so many stored bytes each. They are to be longer, but so that there are
    /// `wanted` of them, and most decode to less than `room` symbols. `None`: it is no gzip file, or there is only one chunk.
    pub fn of<S: Positional + ?Sized>(stored: &S, len: u64, at_least: u64, wanted: u64, room: usize) -> Option<Chunks> {
        let mut head = vec![0; MOST_HEADER.min(usize::try_from(len).unwrap_or(MOST_HEADER))];
        read_full(stored, 0, &mut head).ok().filter(|read| *read == head.len())?;
        let start = header_len(&head)? as u64;
        let mut trailer = [0; TRAILER];
        read_full(stored, len.checked_sub(TRAILER as u64)?, &mut trailer).ok().filter(|read| *read == TRAILER)?;
        let [a, b, c, d, text @ ..] = trailer;
        let text = u32::from_le_bytes(text);
        // A quarter more than the average is most often enough. Of a long file the length of the text may say too little, and then so does this.
        let fitting = (room as u64 * 3 / 4).saturating_mul(len) / u64::from(text).max(len);
        let each = fitting.min(len / wanted.max(1)).max(at_least).max(LEAST_CHUNK);
        let chunks = Chunks { start, len, each, sum: u32::from_le_bytes([a, b, c, d]), text };
        (chunks.count() > 1).then_some(chunks)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.data().div_ceil(self.each) as usize
    }

    /// How long the deflated data is, in bytes.
    const fn data(&self) -> u64 {
        self.len.saturating_sub(TRAILER as u64).saturating_sub(self.start)
    }

    /// Up to where the chunk that has this number reaches in the stored file. A block that begins before is still the chunk's.
    #[must_use]
    pub const fn end(&self, chunk: usize) -> u64 {
        if chunk + 1 < self.count() { self.start + (chunk as u64 + 1) * self.each } else { self.len }
    }

    /// What the first chunk follows.
    #[must_use]
    pub const fn first(&self) -> Link {
        Link { at: self.start * 8, window: Vec::new(), is_over: false }
    }

    /// Whether this is the text's sum, of which each chunk has summed a part, in their order.
    pub fn is_sum<'s>(&self, sums: impl IntoIterator<Item = &'s Sum>) -> bool {
        let mut whole = Crc::new();
        sums.into_iter().for_each(|Sum(sum)| whole.combine(sum));
        whole.sum() == self.sum && whole.amount() == self.text
    }
}

/// What a chunk needs to know of those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where they end, in bits.
    at: u64,
    /// The last of their text: 32 KiB, or all if it is less.
    window: Vec<u8>,
    /// Whether there is no more.
    is_over: bool,
}

/// The CRC-32 of a chunk's text, and its length.
#[derive(Debug)]
pub struct Sum(Crc);

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
    guessed: Option<u64>,
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
        let mut from = self.start;
        while let Ok(Some(at)) = self.find(from) {
            let marks = (0..).map(|place| MARK | place);
            self.memory.symbols.iter_mut().zip(marks).take(WINDOW).for_each(|(symbol, mark)| *symbol = mark);
            self.floor = 0;
            match self.decode_from(at) {
                Ok(()) => {
                    self.guessed = Some(at);
                    return;
                }
                // It was none.
                Err(Failed { blocks: 0, .. }) => from = at + 1,
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
