//! What is remembered of the last time: the bytes that a line must have to be of the same hour. Never an answer by itself: a line
//! is compared byte by byte, and one that does not fit is read.

use super::{
    Bucket, Clock, Moment, Unit, Zone,
    read::{self, Base, Ticks},
};

/// When a record was, as well as need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The moment itself, or the first one of those that are not told from it.
    pub moment: Moment,
    /// Its minute, hour or day.
    pub bucket: Bucket,
}

/// How many bytes of a line are compared, at most.
const REACH: usize = 64;

/// The bytes that a line begins with if it is of the same hour as another line.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Eight bytes each: those of the line that count, their least values, and by how much each may be above.
    words: [Word; REACH / 8],
    /// How many of the words are in use.
    used: usize,
    /// Where the time ends.
    end: usize,
    when: Option<When>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    care: u64,
    least: u64,
    /// What is left of 15 above the most, so that adding it carries where a byte is more.
    left: u64,
}

impl Default for Stamp {
    fn default() -> Self {
        Stamp { words: [Word::default(); REACH / 8], used: 0, end: 0, when: None }
    }
}

impl Stamp {
    /// When a line was, if it begins as the one that was learnt, and where its time ends.
    #[inline(always)]
    #[must_use]
    pub fn when(&self, line: &[u8]) -> Option<(When, usize)> {
        let when = self.when?;
        let words = self.words.get(..self.used)?;
        let text = line.get(..self.used * 8)?;
        let mut wrong = 0;
        for (word, bytes) in words.iter().zip(text.as_chunks::<8>().0) {
            // As in `words::fits`: a byte's upper half tells that it is too much, or nothing like it.
            let above = (u64::from_le_bytes(*bytes) & word.care) ^ word.least;
            wrong |= above | above.wrapping_add(word.left);
        }
        (wrong & 0xf0f0_f0f0_f0f0_f0f0 == 0).then_some((when, self.end))
    }

    /// Forgets what it knows.
    pub fn forget(&mut self) {
        self.when = None;
    }

    /// Remembers a line whose time stands at `start..end`, if there is an hour, or at least a minute, around it in which all times
    /// are alike: in one bucket of `unit`, and on one side of each of `bounds`. What stands before the time, and the byte behind it, must
    /// stand there again.
    pub fn learn(
        &mut self,
        line: &[u8],
        (start, end): (usize, usize),
        clock: &Clock<'_>,
        (unit, zone): (Unit, &Zone),
        bounds: [Moment; 2],
    ) {
        self.when = None;
        let Some(text) = line.get(start..end) else { return };
        let Some(Ticks { hour, minute, end: last, base }) = read::read(text).and_then(|reading| reading.ticks) else { return };
        let compared = (end + 1).min(line.len());
        if compared.div_ceil(8) * 8 > line.len().min(REACH) {
            return;
        }
        for (from, seconds) in
            [(hour, if base == Base::Sixty { 3600 } else { 1000 }), (minute, if base == Base::Sixty { 60 } else { 10 })]
        {
            let tens = |at: usize| base == Base::Sixty && (at == hour || at == minute);
            let ticks = |at: usize, byte: u8| (from..last).contains(&at) && byte.is_ascii_digit();
            let with = |digit: fn(bool) -> u8| -> Option<Moment> {
                let text: Vec<u8> =
                    text.iter().enumerate().map(|(at, byte)| if ticks(at, *byte) { digit(tens(at)) } else { *byte }).collect();
                clock.moment(&text)
            };
            let (Some(first), Some(end_of_it)) = (with(|_| b'0'), with(|tens| if tens { b'5' } else { b'9' })) else { return };
            // An hour that is not an hour long has a change of clocks in it, or of the year that is meant.
            let steady = first.plus_seconds(seconds) > end_of_it
                && first.plus_seconds(seconds - 1) <= end_of_it
                && !clock.assume.changes(first, end_of_it)
                && !zone.changes(first, end_of_it);
            let bucket = unit.of(first, zone);
            let alike = bucket == unit.of(end_of_it, zone) && bounds.iter().all(|bound| (first < *bound) == (end_of_it < *bound));
            // Without seconds a minute is but a moment.
            if from < last && steady && alike {
                self.keep(line, compared, |at, byte| {
                    let within = at.checked_sub(start).filter(|at| ticks(*at, byte));
                    within.map(|at| if tens(at) { 5 } else { 9 })
                });
                self.end = end;
                self.when = Some(When { moment: first, bucket });
                return;
            }
        }
    }

    /// Keeps the first `compared` bytes, of which those that `most` speaks of are digits up to that one.
    fn keep(&mut self, line: &[u8], compared: usize, most: impl Fn(usize, u8) -> Option<u8>) {
        self.used = compared.div_ceil(8);
        for (number, (word, bytes)) in self.words.iter_mut().zip(line.as_chunks::<8>().0).enumerate() {
            let (mut care, mut least, mut left) = ([0; 8], [0; 8], [0; 8]);
            let places = care.iter_mut().zip(&mut least).zip(&mut left);
            for (at, (byte, ((care, least), left))) in bytes.iter().zip(places).enumerate() {
                let at = number * 8 + at;
                (*care, *least, *left) = match most(at, *byte) {
                    _ if at >= compared => (0, 0, 0),
                    Some(most) => (0xFF, b'0', 15 - most),
                    None => (0xFF, *byte, 15),
                };
            }
            *word = Word { care: u64::from_le_bytes(care), least: u64::from_le_bytes(least), left: u64::from_le_bytes(left) };
        }
    }
}
