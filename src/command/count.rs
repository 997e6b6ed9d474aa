//! The main job: walk, count, report, and say what went wrong.

use super::{
    NAMED_FAILURES, Status, Targets, fatal, plural, roots, say,
    stats::{Account, Done},
    why_nothing,
};
use crate::{
    engine::{self, About, Doubt, Doubts, Observer, Outcome},
    failure::{Failure, printable},
    job::{Faults, Input, Job, Talk},
    progress::Bar,
    report::{self, Completeness, Files, Report, StatsWork},
    signals,
    stats::Phase,
    tally::{FileCounts, Run, Seen, Services, Share},
    walk::{self, Walked, walk},
};
use std::{
    io::{self, IsTerminal},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    sync::Arc,
};

/// Runs a job to its end.
#[must_use]
pub fn run(job: Job) -> Status {
    let account = Account::new(job.stats);
    let mut done = None;
    let status = account.watch.task(Phase::Other, || count(job, &account, &mut done));
    account.say(done);
    status
}

/// Runs a job; `done` is what there was of it to count, once that is counted.
fn count(job: Job, account: &Account, done: &mut Option<Done>) -> Status {
    let roots = match roots(&job.input) {
        Ok(roots) => roots,
        Err(error) => return fatal(&error),
    };
    let bar = Arc::new(Bar::new(job.manners.progress, roots.iter().any(|root| root.as_os_str() == walk::STDIN)));
    // Where there is no thread or descriptor for it, the run is no worse for not being watched: signals end it all the same.
    let _ = watch(&bar);
    let targets = match targets(&job, &roots) {
        Ok(targets) => targets,
        Err(error) => return fatal(&*error),
    };
    let mut walked = account.watch.time(Phase::Walk, || walk(&roots, &job.input.walk, job.settings.threads.number()));
    targets.leave_out_of(&mut walked.files);
    walked.failures.iter().for_each(|failure| bar.failed(failure));
    let outcome = account
        .watch
        .time(Phase::Wait, || engine::measured(&walked.files, walked.began, &job.settings, &*bar, account.watch.clock()));
    bar.clear();
    match outcome {
        Ok(outcome) => account.watch.time(Phase::Report, || report(job, walked, outcome, done)),
        Err(error) => fatal(&error),
    }
}

/// What the reports will make or replace.
fn targets(job: &Job, roots: &[PathBuf]) -> Result<Targets, Box<dyn std::error::Error>> {
    let targets = Targets::new([&job.destination], roots)?;
    let Some(files_report) = &job.files_report else { return Ok(targets) };
    // Its faults say what it is.
    files_report.check().map_err(report::WriteError::of_files)?;
    Ok(targets.and(files_report, roots)?)
}

fn watch(bar: &Arc<Bar>) -> io::Result<()> {
    let (status, end) = (Arc::clone(bar), Arc::clone(bar));
    signals::watch(
        move || status.print_status(),
        move || {
            // Held until the process has ended, so that no report begins.
            let abandoned = report::abandon();
            end.clear();
            std::mem::forget(abandoned);
        },
    )
}

/// Writes what was counted, and says what was not.
fn report(job: Job, walked: Walked, mut outcome: Outcome, done: &mut Option<Done>) -> Status {
    let (found, folders) = (walked.files.len() as u64, walked.folders);
    let mut each = std::mem::take(&mut outcome.files);
    each.extend(walked.failures.iter().map(not_reached));
    let mut failures = walked.failures;
    failures.append(&mut outcome.failures);
    failures.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    let (filtered, timeless) = (outcome.tally.left_out(), outcome.tally.left_out_timeless());
    let files = Files { counted: outcome.counted, binary: outcome.binary, failures, emptiness: job.manners.emptiness };
    let completeness = files.completeness();
    let mut report = Report::new(outcome.tally.into_groups(), job.presentation, filtered, files, job.described);
    report.timeless = timeless;
    report.formulas = job.formulas;
    let (records, lines) = (report.totals.records, report.totals.lines + filtered.lines);
    let work = StatsWork { found, folders, files: report.files.counted, records, lines };
    *done = Some(Done { spent: outcome.spent, work });
    let summary = Summary { report: &report, excluded: walked.excluded, input: &job.input, doubts: outcome.doubts };

    // What became of the files is worth knowing above all where there is no report; and where it cannot be written, there is none.
    if let Some(destination) = &job.files_report
        && let Err(error) = destination.write_files(&each, job.formulas)
    {
        return fatal(&error);
    }
    let withheld = completeness == Completeness::Incomplete && job.manners.faults == Faults::Fatal;
    let written = if withheld { Ok(()) } else { job.destination.write(&report, job.form, job.color) };
    let quit = matches!(&written, Err(error) if error.is_broken_pipe());
    if let Err(error) = written
        && !quit
    {
        return fatal(&error);
    }
    if withheld {
        // What is wrong is fatal then, so it is said to whoever wants to hear what is.
        say(&summary.text(Talk::Normal));
        say("logtally: no report is written, as --strict asks\n");
        return Status::Failed;
    }
    if quit {
        return Status::Complete;
    }
    say(&summary.text(job.manners.talk));
    match completeness {
        Completeness::Complete => Status::Complete,
        Completeness::Incomplete => Status::Incomplete,
    }
}

/// What is known of an input that the walk could not hand on.
fn not_reached(failure: &Failure) -> FileCounts {
    FileCounts {
        path: failure.path.clone(),
        format: String::new(),
        codec: String::new(),
        status: failure.cause.status(),
        bytes_stored: 0,
        bytes_decoded: 0,
        lines: 0,
        records: 0,
        filtered: Run::default(),
        seen: Seen::default(),
        services: Services::Ignored,
        detail: failure.cause.to_string(),
    }
}

/// What there is to say at the end.
struct Summary<'r> {
    report: &'r Report,
    /// Files that were left out by their names.
    excluded: u64,
    input: &'r Input,
    doubts: Doubts,
}

impl Summary<'_> {
    /// What could not be counted; where all was, only a person is told so.
    fn text(&self, talk: Talk) -> String {
        let mut text = String::new();
        if talk == Talk::Quiet {
            return text;
        }
        let files = &self.report.files;
        if !files.failures.is_empty() {
            let number = files.failures.len();
            let inputs = plural(number as u64, "input");
            text.push_str(&format!(
                "logtally: incomplete: {inputs} could not be counted whole, {} counted\n",
                plural(files.counted, "file")
            ));
            let named = if talk == Talk::Verbose { number } else { NAMED_FAILURES };
            for failure in files.failures.iter().take(named) {
                text.push_str(&format!("  {failure}\n"));
            }
            if number > named {
                text.push_str(&format!("  ... and {} more; -v names them all\n", number - named));
            }
        } else if files.completeness() == Completeness::Incomplete {
            text.push_str(&format!(
                "logtally: incomplete: {} (--allow-empty if that may be)\n",
                why_nothing(self.input, self.excluded)
            ));
        }
        if self.report.timeless > 0 {
            let records = match self.report.timeless {
                1 => "1 record has".to_owned(),
                number => format!("{number} records have"),
            };
            text.push_str(&format!("logtally: {records} no time: --since and --until leave them out\n"));
        }
        // Among logs they are passed over in silence; where there is nothing else, an empty report would be a riddle.
        for path in files.binary.iter().filter(|_| talk == Talk::Verbose || files.counted == 0) {
            text.push_str(&format!("logtally: {}: not text, passed over\n", printable(path.as_os_str().as_bytes())));
        }
        // A mail from cron is no place for what is always so; who looks at a terminal may wonder.
        if talk == Talk::Verbose || io::stderr().is_terminal() {
            text.push_str(&self.doubt());
        }
        let told =
            talk == Talk::Verbose || (io::stderr().is_terminal() && self.report.files.completeness() == Completeness::Complete);
        if told {
            text.push_str(&self.totals());
        }
        text
    }

    /// Where counts may mislead, and how to find out; nothing where all is clear.
    fn doubt(&self) -> String {
        let Some(Doubt { path, about }) = &self.doubts.example else { return String::new() };
        let path = printable(path.as_os_str().as_bytes());
        let percent = |share: &Share| u128::from(share.part) * 100 / u128::from(share.whole.max(1));
        let what = match about {
            About::Lines(share) => format!("{} % of the lines begin a record", percent(share)),
            About::Services(share) => format!("{} % of the records name a service", percent(share)),
        };
        let files = plural(self.doubts.files, "file");
        let example = if self.doubts.files == 1 { path.clone() } else { format!("{files}, such as {path}") };
        format!("logtally: counts may mislead for {example}: {what}; logtally detect {path} says more\n")
    }

    fn totals(&self) -> String {
        let (totals, filtered, files) = (&self.report.totals, self.report.filtered, &self.report.files);
        let mut text = format!(
            "logtally: {}, {}, {} in {}",
            plural(totals.records, "record"),
            plural(totals.lines, "line"),
            plural(totals.bytes, "byte"),
            plural(files.counted, "file")
        );
        if filtered != Run::default() {
            text.push_str(&format!("; {} and {} filtered out", plural(filtered.lines, "line"), plural(filtered.bytes, "byte")));
            if totals.records == 0 {
                text.push_str(" (no record passes; --service takes whole names, 'shop-*' for a beginning)");
            }
        }
        if !files.binary.is_empty() {
            text.push_str(&format!("; {} not text, passed over", plural(files.binary.len() as u64, "file")));
        }
        if self.excluded > 0 {
            text.push_str(&format!("; {} excluded", plural(self.excluded, "file")));
        }
        text.push('\n');
        text
    }
}
