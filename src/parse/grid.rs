//! Lines whose values have the lengths that they had before: read with a few comparisons of 16 bytes.
//!
//! A [`Grid`] is what stood where in a line, up to the service's name: the text between the values, and the places of *marks*,
//! the bytes that could end a value or begin something else. If a line has that text and those marks in the same places and no
//! others, then its values begin and end where they did, and only the name's end is left to find. Whatever does not fit is
//! for the parser to read.

use super::{level::Level, record::Record, scan::find_quote};
use std::marker::PhantomData;
use wide::u8x16;

/// What a format's values are bounded by.
pub trait Marks {
    /// All ones where a byte is a mark.
    fn of(word: u8x16) -> u8x16;

    /// Where the name that begins at `from` ends; `None` if it must be decoded or does not end.
    fn end(line: &[u8], from: usize) -> Option<usize>;

    /// Whether a text is a value at all.
    fn is_value(text: &[u8]) -> bool;
}

/// JSON: strings, bounded by quotes, with backslashes for what is not plain.
#[derive(Debug)]
pub struct Json;

impl Marks for Json {
    #[inline]
    fn of(word: u8x16) -> u8x16 {
        is(word, b'"') | is(word, b'\\')
    }

    #[inline]
    fn end(line: &[u8], from: usize) -> Option<usize> {
        let end = find_quote(line, from);
        (line.get(end) == Some(&b'"')).then_some(end)
    }

    #[inline]
    fn is_value(text: &[u8]) -> bool {
        !text.is_empty()
    }
}

/// logfmt: words without quotes, bounded by blanks.
#[derive(Debug)]
pub struct Logfmt;

impl Marks for Logfmt {
    #[inline]
    fn of(word: u8x16) -> u8x16 {
        // Blanks and quotes, and what else comes up to there, as nearly no value has it: that takes half the time of each alone.
        word.min(u8x16::splat(b'"')).simd_eq(word) | is(word, b'=')
    }

    #[inline]
    fn end(line: &[u8], from: usize) -> Option<usize> {
        let end = super::scan::find_either(line, from, b' ', b'\t');
        (line.get(from) != Some(&b'"')).then_some(end)
    }

    #[inline]
    fn is_value(text: &[u8]) -> bool {
        !text.is_empty() && text != b"null"
    }
}

/// The grids of lines that are otherwise alike.
#[derive(Debug)]
pub struct Grids<M> {
    grids: Vec<Grid>,
    /// What tells the first two apart.
    tell: Option<Tell>,
    /// How many lines fitted a grid, and how many none, of late.
    hits: u64,
    strays: u64,
    /// For how many lines to do without.
    pause: u32,
    marks: PhantomData<M>,
}

/// How many grids are kept: levels of four and of five letters, and another value of two lengths.
const GRIDS: usize = 4;

/// After so many lines that fitted no grid it is asked whether grids are worth trying.
const MAX_STRAYS: u64 = 256;

/// For how many lines to do without grids that were not.
const PAUSE: u32 = 16_384;

/// How far into a line a grid reaches, in bytes; a name that stands further back is for the parser.
pub const REACH: usize = 160;

impl<M> Default for Grids<M> {
    fn default() -> Self {
        Grids { grids: Vec::new(), tell: None, hits: 0, strays: 0, pause: 0, marks: PhantomData }
    }
}

impl<M: Marks> Grids<M> {
    /// The record of a line that fits.
    #[inline]
    pub fn read<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        let told = self.tell.as_ref().and_then(|tell| self.grids.get(tell.which(line))?.read::<M>(line));
        let record = told.or_else(|| self.grids.iter().find_map(|grid| grid.read::<M>(line)))?;
        self.hits += 1;
        Some(record)
    }

    /// The name on a line that fits; the line may have its newline.
    #[inline(always)]
    pub fn recall<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let told = self.tell.as_ref().and_then(|tell| self.grids.get(tell.which(line))?.name_within::<M>(line));
        let name = told.or_else(|| self.grids.iter().find_map(|grid| grid.name_within::<M>(line)))?;
        self.hits += 1;
        Some(name)
    }

    /// Takes note of a line that did not fit; whether its grid is wanted.
    pub fn stray(&mut self) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        self.strays += 1;
        if self.strays == MAX_STRAYS {
            // Some logs have values of all lengths: then trying costs more than it gains, for a while.
            if self.hits < MAX_STRAYS {
                self.grids.clear();
                self.tell = None;
                self.pause = PAUSE;
            }
            self.strays = 0;
            self.hits = 0;
        }
        self.pause == 0
    }

    /// Remembers a line: which of its bytes up to `name`, where the service's name begins, must stand where they stand, and
    /// where its level is, if that is wanted.
    pub fn learn(&mut self, line: &[u8], compared: &[bool; REACH], name: usize, level: Option<(usize, usize)>) {
        if name > REACH {
            return;
        }
        let word = |at: usize| {
            let bytes = line.get(at..)?.first_chunk()?;
            Some(Word::new::<M>(bytes, compared.get(at..at + 16)?, name - at))
        };
        // The last sixteen bytes before the name, and before these as many as are needed: no byte behind its beginning must be there.
        let last = name.saturating_sub(16);
        let words: Option<Vec<Word>> = (0..last).step_by(16).map(word).collect();
        let (Some(words), Some(last)) = (words, word(last)) else { return };
        // The lengths met first are most often the most frequent, so they stay.
        self.grids.truncate(GRIDS - 1);
        self.grids.push(Grid { words, last, name, level });
        if let [first, second] = &*self.grids {
            self.tell = Tell::new::<M>(first, second);
        }
    }
}

/// A line of values of certain lengths.
#[derive(Debug)]
struct Grid {
    /// From the line's beginning on, as far as the last does not tell.
    words: Vec<Word>,
    /// What ends where the name begins, or the first sixteen bytes if that is nearer.
    last: Word,
    /// Where the name begins.
    name: usize,
    /// Where the level begins and ends.
    level: Option<(usize, usize)>,
}

impl Grid {
    /// The name, if the line goes on behind it: what ends with it may be its newline's.
    #[inline(always)]
    fn name_within<'a, M: Marks>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.name::<M>(line).filter(|name| name.len() < line.len() - self.name)
    }

    #[inline(always)]
    fn name<'a, M: Marks>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let words = line.as_chunks::<16>().0.get(..self.words.len())?;
        let last = self.last.difference::<M>(line.get(self.name.saturating_sub(16)..)?.first_chunk()?);
        let difference = self.words.iter().zip(words).fold(last, |all, (word, bytes)| all | word.difference::<M>(bytes));
        if difference != u8x16::ZERO {
            return None;
        }
        line.get(self.name..M::end(line, self.name)?).filter(|name| M::is_value(name))
    }

    /// What every line has in this place before the name; `None` if that may be anything but a mark.
    fn byte(&self, at: usize) -> Option<u8> {
        let (word, at) = match self.words.get(at / 16) {
            Some(word) => (word, at % 16),
            None => (&self.last, at - self.name.saturating_sub(16)),
        };
        let is_compared = *word.compared.as_array().get(at)? != 0;
        is_compared.then(|| word.text.as_array().get(at).copied())?
    }

    #[inline]
    fn read<'a, M: Marks>(&self, line: &'a [u8]) -> Option<Record<'a>> {
        let name = self.name::<M>(line)?;
        let level = match self.level {
            Some((start, end)) => {
                let text = line.get(start..end)?;
                if !M::is_value(text) {
                    return None;
                }
                Level::from_value(text)
            }
            None => None,
        };
        Some(Record { service: Some(name), level })
    }
}

/// A byte that a line of the first of two grids has in a place where no line of the second has it. Which of them a line may fit is in most
/// logs a matter of chance (whether a level has four letters or five), and to try the wrong one costs a processor twice: the comparison,
/// and that it could not guess how that ends. With this, JSON and logfmt took 0.90 of the time of trying one after the other (15 pairs).
#[derive(Clone, Copy, Debug)]
struct Tell {
    at: usize,
    byte: u8,
}

impl Tell {
    fn new<M: Marks>(first: &Grid, second: &Grid) -> Option<Tell> {
        (0..first.name.min(second.name)).find_map(|at| {
            let byte = first.byte(at)?;
            let is_mark = M::of(u8x16::splat(byte)) != u8x16::ZERO;
            let is_elsewhere = second.byte(at).map_or(is_mark, |other| other != byte);
            is_elsewhere.then_some(Tell { at, byte })
        })
    }

    /// Which of the two a line may fit: 0 or 1.
    #[inline(always)]
    fn which(self, line: &[u8]) -> usize {
        usize::from(line.get(self.at) != Some(&self.byte))
    }
}

#[inline]
fn is(word: u8x16, byte: u8) -> u8x16 {
    word.simd_eq(u8x16::splat(byte))
}

/// Sixteen bytes of a line.
#[derive(Debug)]
struct Word {
    /// What must stand where `compared` is all ones; zero elsewhere.
    text: u8x16,
    compared: u8x16,
    /// All ones where anything but a mark may stand.
    open: u8x16,
}

impl Word {
    /// The word, of whose bytes those that are `compared` must stay, as must marks, and only the first `len` matter.
    fn new<M: Marks>(bytes: &[u8; 16], compared: &[bool], len: usize) -> Word {
        let mask =
            |fits: &dyn Fn(usize) -> bool| u8x16::from(std::array::from_fn::<u8, 16, _>(|at| if fits(at) { 0xFF } else { 0 }));
        let (word, within) = (u8x16::new(*bytes), mask(&|at| at < len));
        let compared = (mask(&|at| compared.get(at) == Some(&true)) | M::of(word)) & within;
        Word { text: word & compared, compared, open: within ^ compared }
    }

    /// All zeros where the bytes fit.
    #[inline(always)]
    fn difference<M: Marks>(&self, bytes: &[u8; 16]) -> u8x16 {
        let word = u8x16::new(*bytes);
        ((word & self.compared) ^ self.text) | (M::of(word) & self.open)
    }
}
