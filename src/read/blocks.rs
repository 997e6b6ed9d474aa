//! Reading into one reused buffer: blocks of whole lines, whatever their length.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    os::unix::fs::FileExt,
};

/// A line is judged from so many bytes of its start, in bytes; the rest of it is only measured.
pub const MAX_JUDGED: usize = 1 << 20;

/// How much is read at once, in bytes: small enough to be counted while it is still in the second-level cache.
pub const BLOCK: usize = 128 << 10;

/// Something that can be read piece by piece.
pub trait Fetch {
    /// Reads bytes that stand at `offset` into `buffer`; 0 is the end.
    ///
    /// # Errors
    /// What the system says.
    fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// A file is read by position, so that its chunks can be read by several threads at once.
impl Fetch for &File {
    fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_at(buffer, offset)
    }
}

impl<F: Fetch + ?Sized> Fetch for &mut F {
    fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).fetch(offset, buffer)
    }
}

/// What has no positions, and is read in order.
#[derive(Debug)]
pub struct Pipe<R>(pub R);

impl<R: Read> Fetch for Pipe<R> {
    fn fetch(&mut self, _offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// A piece of the input, borrowed from the buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Whole lines; only a file's last may lack its newline.
    Lines(&'a [u8]),
    /// One line too long for the buffer, or behind a hole of NULs that is.
    LongLine {
        /// Its beginning behind NULs: at least [`MAX_JUDGED`] bytes, or all there is.
        head: &'a [u8],
        /// Its length in bytes, newline included.
        len: u64,
    },
}

impl Block<'_> {
    /// Its length in the input, in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        match self {
            Block::Lines(text) => text.len() as u64,
            Block::LongLine { len, .. } => *len,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The lines that start in a range of an input.
#[derive(Debug)]
pub struct Blocks<'b, F> {
    fetch: F,
    buffer: &'b mut Vec<u8>,
    /// What is in the buffer and not handed out yet.
    pending: Range<usize>,
    /// Where in the input the next read begins.
    offset: u64,
    /// Lines that start from here on belong to others.
    end: u64,
    /// Where the input ends, as far as is known.
    len: u64,
    /// How many NULs at the start of the line in work were dropped from the buffer: a hole that copytruncate left may be
    /// larger than any memory, and is no part of what the line says.
    dropped: u64,
    /// Whether the line that the range begins in is still to be passed over.
    skips_first: bool,
    ended: bool,
    /// What went wrong behind the text that was read: told once that text is handed out.
    fault: Option<io::Error>,
}

impl<'b, F: Fetch> Blocks<'b, F> {
    /// All lines of an input of `len` bytes; `u64::MAX` where that is not known.
    pub fn new(fetch: F, len: u64, buffer: &'b mut Vec<u8>) -> Self {
        Self::of_range(fetch, 0..len, len, buffer)
    }

    /// The lines that start in `range`, as [`super::lines_of_chunk`] has them.
    pub fn of_range(fetch: F, range: Range<u64>, len: u64, buffer: &'b mut Vec<u8>) -> Self {
        if buffer.len() < BLOCK {
            buffer.resize(BLOCK, 0);
        }
        Blocks {
            fetch,
            buffer,
            pending: 0..0,
            // One byte before: a newline there makes the range begin with a line.
            offset: range.start.saturating_sub(1),
            end: range.end,
            len,
            dropped: 0,
            skips_first: range.start > 0,
            ended: false,
            fault: None,
        }
    }

    /// Where the input ended, if that was before its known length: it shrank while it was read.
    #[must_use]
    pub fn shrank_to(&self) -> Option<u64> {
        (self.ended && self.len != u64::MAX && self.offset < self.len).then_some(self.offset)
    }

    /// The input's beginning behind leading NULs, as much as [`super::head_of`] needs. To be called before anything is taken.
    ///
    /// Where reading fails, that is the whole lines before the fault, which [`Blocks::next_block`] tells in its turn: what an input
    /// says before it breaks counts.
    pub fn prefix(&mut self) -> &[u8] {
        while self.pending.is_empty() && self.fill_or_keep() {
            self.drop_nuls();
        }
        for window in [super::FIRST_WINDOW, super::LAST_WINDOW] {
            while self.pending.len() <= window && self.fill_or_keep() {}
            if memchr::memchr(b'\n', self.text().get(..window).unwrap_or_default()).is_some() {
                break;
            }
        }
        let whole = match self.fault {
            Some(_) => memchr::memrchr(b'\n', self.text()).map_or(0, |newline| newline + 1),
            None => self.pending.len(),
        };
        self.text().get(..whole).unwrap_or_default()
    }

    /// What went wrong while the beginning was read; for whoever goes by that alone. Who reads it again may have more luck.
    pub fn take_fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }

    /// How many NULs at its beginning were dropped.
    #[must_use]
    pub const fn hole(&self) -> u64 {
        self.dropped
    }

    /// What it reads from, how many NULs at its beginning were dropped, and what was read behind them.
    pub fn into_parts(self) -> (F, u64, Vec<u8>) {
        let read = self.text().to_vec();
        (self.fetch, self.dropped, read)
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// What the system says. Lines read before were handed out before.
    pub fn next_block(&mut self) -> io::Result<Option<Block<'_>>> {
        if self.skips_first && !self.skip_first()? {
            return Ok(None);
        }
        loop {
            let start = self.start();
            if start - self.dropped >= self.end {
                return Ok(None);
            }
            let text = self.text();
            // The range's last byte is in its last line, so that ends at the next newline.
            let whole = match usize::try_from((self.end - 1).saturating_sub(start)) {
                Ok(last) if last < text.len() => {
                    let (before, from) = text.split_at(last);
                    memchr::memchr(b'\n', from).map(|newline| last + newline).or_else(|| memchr::memrchr(b'\n', before))
                }
                _ => memchr::memrchr(b'\n', text),
            };
            if let Some(newline) = whole {
                if self.dropped > 0 {
                    let newline = memchr::memchr(b'\n', text).unwrap_or(newline);
                    return Ok(Some(self.take_behind_nuls(newline + 1)));
                }
                return Ok(Some(Block::Lines(self.take(newline + 1))));
            }
            if self.ended {
                let rest = self.pending.len();
                return Ok(match (rest, self.dropped) {
                    (0, 0) => None,
                    (_, 0) => Some(Block::Lines(self.take(rest))),
                    _ => Some(self.take_behind_nuls(rest)),
                });
            }
            // A line of just so many bytes may still have its `\r\n` to come.
            if self.pending.len() >= MAX_JUDGED + 2 && !self.drop_nuls() {
                return self.long_line().map(Some);
            }
            self.fill()?;
        }
    }

    /// What the line behind the range begins with, NULs passed over, once the range was handed out; empty if there is none. Nothing can
    /// be taken afterwards.
    ///
    /// # Errors
    /// What the system says.
    pub fn line_behind(&mut self) -> io::Result<&[u8]> {
        let newline = loop {
            self.drop_nuls();
            let newline = memchr::memchr(b'\n', self.text());
            if newline.is_some() || self.pending.len() > MAX_JUDGED || !self.fill()? {
                break newline;
            }
        };
        let text = self.text();
        Ok(newline.and_then(|newline| text.get(..=newline)).unwrap_or(text))
    }

    /// Passes over the line that the range begins in; false if no other starts in the range.
    fn skip_first(&mut self) -> io::Result<bool> {
        loop {
            let start = self.start();
            let text = self.text();
            let own = usize::try_from((self.end - 1).saturating_sub(start)).unwrap_or(usize::MAX).min(text.len());
            let (own, rest) = text.split_at(own);
            if let Some(newline) = memchr::memchr(b'\n', own) {
                self.pending.start += newline + 1;
                self.skips_first = false;
                return Ok(true);
            }
            if !rest.is_empty() || self.ended || self.end - 1 <= start {
                self.end = 0;
                return Ok(false);
            }
            self.pending = 0..0;
            self.fill()?;
        }
    }

    /// A line of which the buffer holds the first [`MAX_JUDGED`] bytes and no end.
    fn long_line(&mut self) -> io::Result<Block<'_>> {
        self.compact();
        let mut len = self.pending.end as u64 + std::mem::take(&mut self.dropped);
        if self.buffer.len() < MAX_JUDGED + BLOCK {
            self.buffer.resize(MAX_JUDGED + BLOCK, 0);
        }
        // What comes behind the judged part is read over and over into the same place.
        loop {
            self.pending = MAX_JUDGED..MAX_JUDGED;
            if !self.read_more()? {
                self.pending = MAX_JUDGED..MAX_JUDGED;
                break;
            }
            if let Some(newline) = memchr::memchr(b'\n', self.text()) {
                len += newline as u64 + 1;
                self.pending.start += newline + 1;
                break;
            }
            len += self.pending.len() as u64;
        }
        Ok(Block::LongLine { head: self.buffer.get(..MAX_JUDGED).unwrap_or_default(), len })
    }

    /// Reads more; false at the end, and at a fault, which is kept.
    fn fill_or_keep(&mut self) -> bool {
        if self.fault.is_some() {
            return false;
        }
        self.fill().unwrap_or_else(|error| {
            self.fault = Some(error);
            false
        })
    }

    /// Reads more behind what is pending; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.compact();
        if self.buffer.len() - self.pending.end < BLOCK / 2 {
            let len = self.buffer.len() * 2;
            self.buffer.resize(len, 0);
        }
        self.read_more()
    }

    fn read_more(&mut self) -> io::Result<bool> {
        let known = usize::try_from(self.len.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let end = self.buffer.len().min(self.pending.end.saturating_add(known));
        let room = self.buffer.get_mut(self.pending.end..end).unwrap_or_default();
        let got = loop {
            if room.is_empty() {
                break 0;
            }
            match self.fetch.fetch(self.offset, room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                got => break got?,
            }
        };
        self.ended |= got == 0;
        self.pending.end += got;
        self.offset += got as u64;
        Ok(got > 0)
    }

    /// Drops the NULs that the pending text begins with; whether there were any.
    fn drop_nuls(&mut self) -> bool {
        let nuls = self.text().iter().take_while(|byte| **byte == 0).count();
        self.pending.start += nuls;
        self.dropped += nuls as u64;
        nuls > 0
    }

    /// Hands out a line of whose beginning NULs were dropped.
    fn take_behind_nuls(&mut self, len: usize) -> Block<'_> {
        let whole = len as u64 + std::mem::take(&mut self.dropped);
        Block::LongLine { head: self.take(len), len: whole }
    }

    /// Moves what is pending to the buffer's front: less than a line, but for a file's very beginning.
    fn compact(&mut self) {
        if self.pending.start > 0 {
            self.buffer.copy_within(self.pending.clone(), 0);
            self.pending = 0..self.pending.len();
        }
    }

    /// Where in the input the pending text starts.
    fn start(&self) -> u64 {
        self.offset - self.pending.len() as u64
    }

    fn text(&self) -> &[u8] {
        self.buffer.get(self.pending.clone()).unwrap_or_default()
    }

    fn take(&mut self, len: usize) -> &[u8] {
        let from = self.pending.start;
        self.pending.start += len;
        self.buffer.get(from..from + len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out a few bytes at a time, and sometimes interrupts.
    struct Drip<'a> {
        text: &'a [u8],
        step: usize,
        calls: usize,
    }

    impl Fetch for Drip<'_> {
        fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let rest = self.text.get(offset as usize..).unwrap_or_default();
            let len = rest.len().min(self.step).min(buffer.len());
            buffer[..len].copy_from_slice(&rest[..len]);
            Ok(len)
        }
    }

    fn collect<F: Fetch>(blocks: &mut Blocks<'_, F>) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(block) = blocks.next_block().unwrap() {
            match block {
                Block::Lines(lines) => out.extend_from_slice(lines),
                Block::LongLine { head, len } => {
                    out.extend_from_slice(head);
                    out.resize(out.len() + len as usize - head.len(), b'+');
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn a_range_has_the_lines_that_a_mapped_chunk_has(
            text in "[a\n]{0,60}", start in 0u64..70, len in 0u64..70, step in 1usize..20, with_prefix: bool,
        ) {
            let all = text.len() as u64;
            let range = start.min(all)..(start + len).min(all);
            let mut buffer = Vec::new();
            let drip = Drip { text: text.as_bytes(), step, calls: 0 };
            let mut blocks = Blocks::of_range(drip, range.clone(), all, &mut buffer);
            if with_prefix && range.start == 0 {
                prop_assert_eq!(blocks.prefix(), text.as_bytes());
            }
            let mapped = super::super::lines_of_chunk(text.as_bytes(), range.start as usize..range.end as usize);
            prop_assert_eq!(collect(&mut blocks), mapped);
            if !mapped.is_empty() {
                let behind = super::super::line_behind_chunk(text.as_bytes(), range.start as usize..range.end as usize);
                prop_assert_eq!(blocks.line_behind().unwrap(), behind);
            }
        }
    }

    #[test]
    fn lines_of_any_length_are_measured() {
        for long in [MAX_JUDGED - 1, MAX_JUDGED, MAX_JUDGED + 1, 3 * MAX_JUDGED + 12345] {
            let mut text = b"short\n".to_vec();
            text.resize(6 + long, b'x');
            text.extend_from_slice(b"\nafter\nlast");
            let mut buffer = Vec::new();
            let read = collect(&mut Blocks::new(Pipe(&text[..]), u64::MAX, &mut buffer));
            assert_eq!(read.len(), text.len());
            assert!(read.ends_with(b"\nafter\nlast") || read.ends_with(b"+after\nlast"));
            assert!(buffer.len() <= 2 * MAX_JUDGED + BLOCK, "the buffer stays bounded");
        }
    }

    #[test]
    fn a_hole_of_any_size_before_a_line_is_counted_and_not_kept() {
        for hole in [10, MAX_JUDGED, 5 * MAX_JUDGED] {
            let text = [vec![0; hole], b"first\nsecond".to_vec()].concat();
            let mut buffer = Vec::new();
            let mut blocks = Blocks::new(Pipe(&text[..]), u64::MAX, &mut buffer);
            let mut len = 0;
            let mut lines = Vec::new();
            while let Some(block) = blocks.next_block().unwrap() {
                let text = match block {
                    Block::Lines(text) => {
                        len += text.len() as u64;
                        text
                    }
                    Block::LongLine { head, len: whole } => {
                        len += whole;
                        head
                    }
                };
                lines.extend(text.iter().filter(|byte| **byte != 0));
            }
            assert_eq!((len, lines), (text.len() as u64, b"first\nsecond".to_vec()));
            assert!(buffer.len() <= 2 * MAX_JUDGED + BLOCK);
        }
    }

    #[test]
    fn the_line_behind_a_range_is_looked_at_no_further_than_it_is_judged() {
        for (hole, len) in [(0, 10), (3, 10), (5 * MAX_JUDGED, 10), (0, 3 * MAX_JUDGED), (MAX_JUDGED, 3 * MAX_JUDGED)] {
            let text = [b"first\n".to_vec(), vec![0; hole], vec![b'x'; len], b"\nlast\n".to_vec()].concat();
            let mut buffer = Vec::new();
            let mut blocks = Blocks::of_range(Drip { text: &text, step: BLOCK, calls: 0 }, 0..3, text.len() as u64, &mut buffer);
            assert_eq!(collect(&mut blocks), b"first\n");
            let behind = blocks.line_behind().unwrap();
            let judged = &text[6 + hole..][..len.min(MAX_JUDGED)];
            assert!(behind.starts_with(judged) && (len > MAX_JUDGED || behind.len() == len + 1), "{hole} {len}");
            assert!(buffer.len() <= 2 * MAX_JUDGED + BLOCK);
        }
    }

    #[test]
    fn what_was_appended_after_the_opening_is_not_read() {
        let text = b"one\ntwo\nthree\n";
        let mut buffer = Vec::new();
        assert_eq!(collect(&mut Blocks::new(Drip { text, step: 5, calls: 0 }, 6, &mut buffer)), b"one\ntw");
    }
}
