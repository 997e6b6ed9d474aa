//! Counting lines in a file's order, as they come: whole texts, or block by block.
//!
//! Nearly always each is judged by itself ([`count_lines`]). Where records have their levels on their second lines, each is judged
//! with the one below it: a block's last line waits for the next block, and a chunk's looks at the first line of its neighbour, which
//! stays the neighbour's. So the answer is the same wherever a file is cut.

use super::worker::{count_block, count_lines, note};
use crate::{
    classify::{Classifier, Scratch},
    read::{Block, Lines},
    simd::widest,
    tally::{Combiner, MaxGroups},
};
use std::io;

/// Counts the lines of a file, or of a chunk of it.
pub(super) struct Counter<'c> {
    classifier: &'c Classifier<'c>,
    scratch: &'c mut Scratch,
    combiner: &'c mut Combiner,
    /// The line that waits for the one below it, as far as it is judged.
    waiting: Vec<u8>,
    /// Its length in the file; 0 if none waits.
    waiting_bytes: u64,
    bound: Bound,
}

/// How many groups there may be of what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Any number.
    None,
    /// So many, and then all are made one.
    Most(MaxGroups),
    /// There were more, and all are made one again and again.
    Passed,
}

/// So much text is counted between two looks at the number of groups, in bytes. Beyond the groups that there may be, memory has to hold
/// those that so much makes.
const STRETCH: usize = 8 << 20;

/// So many groups that have come since all were made one are no trouble.
const FEW: u64 = 1000;

impl<'c> Counter<'c> {
    pub(super) fn new(
        classifier: &'c Classifier<'c>,
        scratch: &'c mut Scratch,
        combiner: &'c mut Combiner,
        bound: Bound,
    ) -> Counter<'c> {
        Counter { classifier, scratch, combiner, waiting: Vec::new(), waiting_bytes: 0, bound }
    }

    /// Whether there were surely more groups than there may be.
    pub(super) fn has_passed(&self) -> bool {
        self.bound == Bound::Passed
    }

    /// Counts whole lines. `below` is asked for the line behind the last of them, empty if there is none.
    pub(super) fn text<'t>(&mut self, mut text: &'t [u8], below: impl FnOnce() -> &'t [u8]) {
        // Long ones only where chunks are to be long.
        while let Some((stretch, rest)) = stretch_of(text) {
            self.stretch(stretch, || first_line(rest));
            text = rest;
        }
        self.stretch(text, below);
    }

    fn stretch<'t>(&mut self, text: &[u8], below: impl FnOnce() -> &'t [u8]) {
        if !self.classifier.looks_below() {
            count_lines(text, self.classifier, self.scratch, self.combiner);
        } else if let Some(last) = self.all_but_last(text) {
            self.line(last, last.len() as u64, below());
        }
        self.keep_bound();
    }

    /// Counts the next block.
    pub(super) fn block(&mut self, block: &Block<'_>) {
        self.judge(block);
        self.keep_bound();
    }

    /// Makes all groups one if they are surely too many.
    #[inline]
    fn keep_bound(&mut self) {
        let has_passed = match self.bound {
            Bound::None => false,
            Bound::Most(most) => self.combiner.surely_passes(most),
            Bound::Passed => self.combiner.reach() > FEW,
        };
        if has_passed {
            self.bound = Bound::Passed;
            self.combiner.gather(self.classifier.file_key(self.scratch));
        }
    }

    fn judge(&mut self, block: &Block<'_>) {
        if !self.classifier.looks_below() {
            count_block(block, self.classifier, self.scratch, self.combiner);
            return;
        }
        let (last, bytes) = match *block {
            Block::Lines(text) => match self.all_but_last(text) {
                Some(last) => (last, last.len() as u64),
                None => return,
            },
            Block::LongLine { head, len } => {
                self.settle(head);
                (head, len)
            }
        };
        self.waiting.clear();
        self.waiting.extend_from_slice(last);
        self.waiting_bytes = bytes;
    }

    /// There are no more lines.
    pub(super) fn end(&mut self) {
        self.settle(b"");
    }

    /// There are no more lines to count; `below` is asked for the one behind them if that matters.
    ///
    /// # Errors
    /// What it says; then the last line is not counted.
    pub(super) fn end_before<'t>(&mut self, below: impl FnOnce() -> io::Result<&'t [u8]>) -> io::Result<()> {
        if self.waiting_bytes > 0 {
            self.settle(below()?);
        }
        Ok(())
    }

    /// Counts the line that waits and all of these but the last, which it gives.
    fn all_but_last<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        widest!(simd => {
            let mut lines = Lines::new(simd, text);
            let mut line = lines.next()?;
            self.settle(line);
            for below in lines {
                self.line(line, line.len() as u64, below);
                line = below;
            }
            Some(line)
        })
    }

    /// Counts the line that waits, if one does.
    fn settle(&mut self, below: &[u8]) {
        let bytes = std::mem::take(&mut self.waiting_bytes);
        if bytes > 0 {
            let line = std::mem::take(&mut self.waiting);
            self.line(&line, bytes, below);
            self.waiting = line;
        }
    }

    fn line(&mut self, line: &[u8], bytes: u64, below: &[u8]) {
        note(&self.classifier.classify_with_below(line, below, self.scratch), line, bytes, self.combiner);
    }
}

/// The first line of a text.
fn first_line(text: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', text).and_then(|newline| text.get(..=newline)).unwrap_or(text)
}

/// The lines that begin in the first [`STRETCH`] of a longer text, and the rest.
fn stretch_of(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, behind) = text.split_at_checked(STRETCH)?;
    let rest = memchr::memchr(b'\n', behind).and_then(|newline| behind.get(newline + 1..)).filter(|rest| !rest.is_empty())?;
    text.split_at_checked(text.len() - rest.len())
}
