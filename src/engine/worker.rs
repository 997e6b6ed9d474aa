//! The hot loop, and what a worker carries from one piece of work to the next.

use crate::{
    classify::{self, Classifier, Origin, Recall, Scratch, Verdict},
    parse::Format,
    read::{Block, Lines},
    simd::{Simd, widest},
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
/// get a loop each, for each kind of processor: one for all has too much to keep in registers.
pub fn count_lines(text: &[u8], classifier: &Classifier<'_>, scratch: &mut Scratch, combiner: &mut Combiner) {
    let recall = classifier.recalls(scratch);
    let worker = (classifier, scratch, combiner);
    match recall {
        Some(Recall::Service(Format::Json)) => widest!(simd => recall_lines(simd, text, worker, Format::Json)),
        Some(Recall::Service(Format::Logfmt)) => widest!(simd => recall_lines(simd, text, worker, Format::Logfmt)),
        Some(Recall::Service(Format::Syslog)) => widest!(simd => recall_lines(simd, text, worker, Format::Syslog)),
        Some(Recall::Service(Format::App)) => widest!(simd => recall_lines(simd, text, worker, Format::App)),
        Some(Recall::ServiceInTime(format)) => count_lines_in_time(text, format, worker),
        _ => judge_lines(text, worker),
    }
}

/// What lines are counted with.
type Counting<'w, 'c> = (&'w Classifier<'c>, &'w mut Scratch, &'w mut Combiner);

/// The same where services are asked for by minute, hour or day.
fn count_lines_in_time(text: &[u8], format: Format, worker: Counting<'_, '_>) {
    match format {
        Format::Json => widest!(simd => recall_lines_in_time(simd, text, worker, Format::Json)),
        Format::Logfmt => widest!(simd => recall_lines_in_time(simd, text, worker, Format::Logfmt)),
        Format::Syslog => widest!(simd => recall_lines_in_time(simd, text, worker, Format::Syslog)),
        Format::App => widest!(simd => recall_lines_in_time(simd, text, worker, Format::App)),
        _ => judge_lines(text, worker),
    }
}

fn judge_lines(text: &[u8], (classifier, scratch, combiner): Counting<'_, '_>) {
    widest!(simd => {
        for line in Lines::new(simd, text) {
            count_line(line, line.len() as u64, classifier, scratch, combiner);
        }
    });
}

#[inline(always)]
fn recall_lines_in_time<S: Simd>(simd: S, text: &[u8], (classifier, scratch, combiner): Counting<'_, '_>, format: Format) {
    for line in Lines::new(simd, text) {
        match Classifier::recall_in_time(format, line, scratch) {
            Some((service, bucket)) => {
                combiner.record_within(bucket, service, line.len() as u64, || classifier.frame(bucket, scratch))
            }
            None => count_line(line, line.len() as u64, classifier, scratch, combiner),
        }
    }
}

#[inline(always)]
fn recall_lines<S: Simd>(simd: S, text: &[u8], (classifier, scratch, combiner): Counting<'_, '_>, format: Format) {
    for line in Lines::new(simd, text) {
        match Classifier::recall(format, line, scratch) {
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
