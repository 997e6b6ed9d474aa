//! The main job: walk, count, report, and say what went wrong.

use super::Status;
use crate::{
    engine,
    job::Job,
    progress::Bar,
    report::{Completeness, Files, Report},
    walk::{self, walk},
};
use std::io::{self, IsTerminal, Write};

/// So many failures are named; the rest are counted.
const NAMED_FAILURES: usize = 10;

/// Runs a job to its end.
#[must_use]
pub fn run(job: Job) -> Status {
    if let Err(error) = job.destination.check() {
        return fatal(&error);
    }
    let walked = walk(&job.roots);
    let bar = Bar::auto();
    let outcome = engine::run(&walked.files, &job.settings, &bar);
    bar.clear();
    let mut outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return fatal(&error),
    };
    let mut failures = walked.failures;
    failures.append(&mut outcome.failures);
    failures.sort_by(|a, b| a.path.cmp(&b.path));

    let files = Files { counted: outcome.counted, binary: outcome.binary, failures };
    let keys = job.settings.plan.keys.clone();
    let report = Report::new(keys, job.columns, outcome.tally.into_groups(), files, job.described);
    match job.destination.write(&report, job.form) {
        Ok(()) => {}
        Err(error) if error.is_broken_pipe() => return Status::Complete,
        Err(error) => return fatal(&error),
    }
    summarise(&report, &walked.files);
    match report.files.completeness() {
        Completeness::Complete => Status::Complete,
        Completeness::Incomplete => Status::Incomplete,
    }
}

/// Says what could not be counted; where all was, says so to a person only.
fn summarise(report: &Report, found: &[walk::LogFile]) {
    let files = &report.files;
    let mut text = String::new();
    if !files.failures.is_empty() {
        let number = files.failures.len();
        let inputs = if number == 1 { "1 input".to_owned() } else { format!("{number} inputs") };
        text.push_str(&format!(
            "logtally: incomplete: {inputs} could not be counted whole, {} counted\n",
            counted(files.counted)
        ));
        for failure in files.failures.iter().take(NAMED_FAILURES) {
            text.push_str(&format!("  {failure}\n"));
        }
        if number > NAMED_FAILURES {
            text.push_str(&format!("  ... and {} more\n", number - NAMED_FAILURES));
        }
    } else if found.is_empty() {
        text.push_str("logtally: incomplete: no file was found; is the folder the right one, and its disk mounted?\n");
    } else if io::stderr().is_terminal() {
        let totals = &report.totals;
        text.push_str(&format!(
            "logtally: {} records, {} lines, {} bytes in {}",
            totals.records,
            totals.lines,
            totals.bytes,
            counted(files.counted)
        ));
        if !files.binary.is_empty() {
            text.push_str(&format!("; {} not text, passed over", files.binary.len()));
        }
        text.push('\n');
    }
    say(&text);
}

fn counted(files: u64) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

fn fatal(error: &dyn std::error::Error) -> Status {
    say(&format!("logtally: {error}\n"));
    Status::Failed
}

/// Where nobody can listen, nothing is lost by not being heard.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
