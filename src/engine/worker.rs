//! The hot loop, and what a worker carries from one piece of work to the next.

use crate::{
    classify::{Classifier, Scratch, Verdict},
    read::Block,
    tally::Combiner,
};

/// What a worker keeps: buffers and memory that no answer depends on.
#[derive(Debug, Default)]
pub struct Worker {
    /// Read into.
    pub buffer: Vec<u8>,
    /// What classifying needs.
    pub scratch: Scratch,
    /// The counts of the batch in work.
    pub batch: Combiner,
}

/// Counts whole lines.
pub fn count_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    for line in Lines(text) {
        count_line(line, line.len() as u64, classifier, scratch, combiner);
    }
}

/// Counts a block that was read.
pub fn count_block(block: &Block<'_>, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match block {
        Block::Lines(text) => count_lines(text, classifier, scratch, combiner),
        Block::LongLine { head, len } => count_line(head, *len, classifier, scratch, combiner),
    }
}

#[inline(always)]
fn count_line(line: &[u8], bytes: u64, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match classifier.classify(line, scratch) {
        Verdict::Record { key, level } => combiner.record(key, level, bytes),
        Verdict::Continuation => combiner.continuation(bytes),
    }
}

/// The lines of a text with their newlines; the last may have none.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.0).map_or(self.0.len(), |newline| newline + 1);
        let (line, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(line)
    }
}
