//! The hot loop, and what a worker carries from one piece of work to the next.

use crate::{
    classify::{Classifier, Scratch, Verdict},
    parse::Format,
    read::{Block, Lines},
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

/// Counts whole lines. The formats that most files have alone each get a loop of their own: one loop for all has too much to
/// keep in registers.
pub fn count_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match classifier.only() {
        only @ Some(Format::Json) => count_lines_as(only, text, classifier, scratch, combiner),
        only @ Some(Format::Logfmt) => count_lines_as(only, text, classifier, scratch, combiner),
        only @ Some(Format::Syslog) => count_lines_as(only, text, classifier, scratch, combiner),
        only @ Some(Format::App) => count_lines_as(only, text, classifier, scratch, combiner),
        only => count_lines_as(only, text, classifier, scratch, combiner),
    }
}

#[inline(always)]
fn count_lines_as(
    only: Option<Format>,
    text: &[u8],
    classifier: &Classifier<'_>,
    scratch: &mut Scratch,
    combiner: &mut Combiner,
) {
    for line in Lines::new(text) {
        count_line(line, line.len() as u64, only, classifier, scratch, combiner);
    }
}

/// Counts a block that was read.
pub fn count_block(block: &Block<'_>, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match block {
        Block::Lines(text) => count_lines(text, classifier, scratch, combiner),
        Block::LongLine { head, len } => count_line(head, *len, classifier.only(), classifier, scratch, combiner),
    }
}

#[inline(always)]
fn count_line(
    line: &[u8],
    bytes: u64,
    only: Option<Format>,
    classifier: &Classifier<'_>,
    scratch: &mut Scratch,
    combiner: &mut Combiner,
) {
    match classifier.classify(line, only, scratch) {
        Verdict::Record { key, level } => combiner.record(key, level, bytes),
        Verdict::Continuation => combiner.continuation(bytes),
    }
}
