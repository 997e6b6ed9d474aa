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
    let mut walked = walk(&job.roots);
    // An earlier report in a folder of logs is no log.
    walked.files.retain(|file| !job.destination.is(&file.path));
    let bar = Bar::auto(walked.files.iter().any(walk::LogFile::is_stdin));
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
        let inputs = plural(number as u64, "input");
        text.push_str(&format!(
            "logtally: incomplete: {inputs} could not be counted, {} counted\n",
            plural(files.counted, "file")
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
            "logtally: {}, {}, {} in {}",
            plural(totals.records, "record"),
            plural(totals.lines, "line"),
            plural(totals.bytes, "byte"),
            plural(files.counted, "file")
        ));
        if !files.binary.is_empty() {
            text.push_str(&format!("; {} not text, passed over", files.binary.len()));
        }
        text.push('\n');
    }
    say(&text);
}

fn plural(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn fatal(error: &dyn std::error::Error) -> Status {
    say(&format!("logtally: {error}\n"));
    Status::Failed
}

/// Where nobody can listen, nothing is lost by not being heard.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
