//! The hot loop, and what a worker carries from one piece of work to the next.

use crate::{
    classify::{self, Classifier, Origin, Recall, Scratch, Verdict},
    decode::WholeGzip,
    parse::{Format, time::Bucket},
    read::{Block, Lines},
    tally::Combiner,
};
use std::fmt;

/// What a worker keeps: buffers and memory that no answer depends on.
#[derive(Debug, Default)]
pub struct Worker {
    /// Read into.
    pub buffer: Vec<u8>,
    /// What classifying needs.
    pub scratch: Scratch,
    /// The counts of the batch in work.
    pub batch: Combiner,
    /// Combiners that have nothing to count.
    pub(super) spare: Vec<Combiner>,
    /// For files that are decoded whole.
    pub(super) memory: WholeMemory,
}

/// What is kept to decode files that fit into memory, from one to the next.
#[derive(Default)]
pub(super) struct WholeMemory {
    pub(super) gzip: WholeGzip,
    pub(super) stored: Vec<u8>,
    pub(super) text: Vec<u8>,
}

impl fmt::Debug for WholeMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WholeMemory of {} and {} bytes", self.stored.len(), self.text.len())
    }
}

/// Counts whole lines. Where only services are asked for, most lines of the usual formats are known at a look, and the formats
/// get a loop each: one for all has too much to keep in registers.
pub fn count_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    let format = match classifier.recalls(scratch) {
        Some(Recall::Service(format)) => Some(format),
        Some(Recall::ServiceInTime(format)) => return count_lines_in_time(text, format, classifier, scratch, combiner),
        None => None,
    };
    match format {
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
        _ => judge_lines(text, classifier, scratch, combiner),
    }
}

/// The same where services are asked for by minute, hour or day.
fn count_lines_in_time(text: &[u8], format: Format, classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    match format {
        Format::Json => recall_lines_in_time(text, classifier, scratch, combiner, |line, scratch| {
            Classifier::recall_in_time(Format::Json, line, scratch)
        }),
        Format::Logfmt => recall_lines_in_time(text, classifier, scratch, combiner, |line, scratch| {
            Classifier::recall_in_time(Format::Logfmt, line, scratch)
        }),
        Format::Syslog => recall_lines_in_time(text, classifier, scratch, combiner, |line, scratch| {
            Classifier::recall_in_time(Format::Syslog, line, scratch)
        }),
        Format::App => recall_lines_in_time(text, classifier, scratch, combiner, |line, scratch| {
            Classifier::recall_in_time(Format::App, line, scratch)
        }),
        _ => judge_lines(text, classifier, scratch, combiner),
    }
}

fn judge_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    for line in Lines::new(text) {
        count_line(line, line.len() as u64, classifier, scratch, combiner);
    }
}

#[inline(never)]
fn recall_lines_in_time(
    text: &[u8],
    classifier: &Classifier<'_>,
    scratch: &mut Scratch,
    combiner: &mut Combiner,
    recall: impl for<'a> Fn(&'a [u8], &mut Scratch) -> Option<(&'a [u8], Bucket)>,
) {
    for line in Lines::new(text) {
        match recall(line, scratch) {
            Some((service, bucket)) => {
                combiner.record_within(bucket, service, line.len() as u64, || classifier.frame(bucket, scratch))
            }
            None => count_line(line, line.len() as u64, classifier, scratch, combiner),
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
    note(&classifier.classify(line, scratch), line, bytes, combiner);
}

/// Notes what a line was judged to be.
#[inline(always)]
pub(super) fn note(verdict: &Verdict<'_>, line: &[u8], bytes: u64, combiner: &mut Combiner) {
    match *verdict {
        Verdict::Record { key, level, time, origin } => {
            combiner.record(key, level, bytes);
            if origin == Origin::Path {
                combiner.nameless();
            }
            if let Some(time) = time {
                combiner.written_at(time);
            }
        }
        Verdict::Continuation => {
            combiner.continuation(bytes);
            if !classify::is_blank(line) {
                combiner.stray();
            }
        }
        Verdict::Filtered => combiner.filtered(bytes),
        Verdict::Timeless => combiner.timeless(bytes),
    }
}
