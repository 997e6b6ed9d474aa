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

/// Counts whole lines. Where only services are asked for, most lines of the usual formats are known at a look, and the formats
/// get a loop each: one for all has too much to keep in registers.
pub fn count_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match classifier.recalls(scratch) {
        Some(Format::Json) => {
            recall_lines(text, classifier, scratch, combiner, |line, scratch| Classifier::recall(Format::Json, line, scratch))
        }
        Some(Format::Logfmt) => {
            recall_lines(text, classifier, scratch, combiner, |line, scratch| Classifier::recall(Format::Logfmt, line, scratch))
        }
        Some(Format::Syslog) => {
            recall_lines(text, classifier, scratch, combiner, |line, scratch| Classifier::recall(Format::Syslog, line, scratch))
        }
        Some(Format::App) => {
            recall_lines(text, classifier, scratch, combiner, |line, scratch| Classifier::recall(Format::App, line, scratch))
        }
        _ => {
            for line in Lines::new(text) {
                count_line(line, line.len() as u64, classifier, scratch, combiner);
            }
        }
    }
}

#[inline(never)]
fn recall_lines(
    text: &[u8],
    classifier: &Classifier<'_>,
    scratch: &mut Scratch,
    combiner: &mut Combiner,
    recall: impl for<'a> Fn(&'a [u8], &mut Scratch) -> Option<&'a [u8]>,
) {
    for line in Lines::new(text) {
        match recall(line, scratch) {
            Some(service) => combiner.record(service, None, line.len() as u64),
            None => count_line(line, line.len() as u64, classifier, scratch, combiner),
        }
    }
}

/// Counts a block that was read.
pub fn count_block(block: &Block<'_>, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match block {
        Block::Lines(text) => count_lines(text, classifier, scratch, combiner),
        Block::LongLine { head, len } => count_line(head, *len, classifier, scratch, combiner),
    }
}

#[inline(never)]
fn count_line(line: &[u8], bytes: u64, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match classifier.classify(line, scratch) {
        Verdict::Record { key, level } => combiner.record(key, level, bytes),
        Verdict::Continuation => combiner.continuation(bytes),
        Verdict::Filtered => combiner.filtered(bytes),
    }
}
