//! The same count with several numbers of threads, in turns, so that what disturbs the machine disturbs all alike.

use super::{Status, Targets, fatal, plural, roots, say, why_nothing};
use crate::{
    engine::{self, Settings, Silent, Threads},
    failure::{Failure, printable},
    job::{Trial, UsageError},
    read,
    report::{self, BenchSheet, Destination, Files, Form, Presentation, Report, Style},
    scaling::{BadBaseline, Baseline, Cache, Machine, Measured, Scaling, Verdict, Work, pace},
    signals,
    stats::cpu_time,
    walk::walk,
};
use std::{
    fmt, fs,
    io::{self, IsTerminal},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where the user does not say how often: at least so many runs of each, and on for so long, up to so many.
const LEAST_RUNS: usize = 7;
const LEAST_TIME: Duration = Duration::from_secs(3);
const MOST_RUNS: usize = 50;

/// Why there are no figures.
#[derive(Debug)]
enum BenchError {
    /// There is nothing to count.
    Nothing(String),
    /// Two runs over the same files had different answers.
    Differs { threads: usize, first: usize },
    /// The file of earlier measurements is none, or of something else.
    Baseline(PathBuf, String),
    /// A run could not be begun.
    Run(String),
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BenchError::Nothing(why) => write!(f, "there is nothing to measure: {why}"),
            BenchError::Differs { threads, first } => write!(
                f,
                "no figures, as answers differ: a run by {} counted otherwise than the first by {}; if nobody writes to these files, that \
                 is a fault of logtally and worth a report",
                plural(*threads as u64, "thread"),
                plural(*first as u64, "thread")
            ),
            BenchError::Baseline(file, why) => {
                write!(f, "{} cannot be compared with: {why}", printable(file.as_os_str().as_bytes()))
            }
            BenchError::Run(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BenchError {}

/// What a run found, as far as it must be the same for all.
#[derive(PartialEq, Eq)]
struct Answer {
    report: Vec<u8>,
    work: Work,
    /// What could not be counted, as it is told.
    failures: Vec<String>,
}

/// Measures, and says what was measured.
#[must_use]
pub fn run(trial: Trial) -> Status {
    let measured = measured(&trial);
    done();
    match measured {
        Ok((sheet, failures)) => written(&trial, &sheet, &failures),
        Err(error) => fatal(&*error),
    }
}

/// Measures; gives also what could not be counted.
fn measured(trial: &Trial) -> Result<(BenchSheet, Vec<String>), Box<dyn std::error::Error>> {
    let row = |threads: &usize| Measured { threads: *threads, ..Measured::default() };
    let mut scaling = Scaling {
        work: Work::default(),
        machine: Machine::here(),
        cache: trial.cache,
        warmup: trial.warmup,
        settings: trial.described.clone(),
        rows: trial.threads.iter().map(row).collect(),
    };
    // What can be known to go wrong is found out before the work.
    let baseline = trial.baseline.as_ref().map(|file| baseline_of(file, &scaling)).transpose()?;
    let roots = roots(&trial.input)?;
    let targets = Targets::new(&destinations(trial), &roots)?;
    if trial.baseline.as_ref().is_some_and(|file| targets.have(file)) {
        return Err(UsageError::ReplacesBaseline.into());
    }
    // Signals end it without that too.
    let _ = signals::watch(|| (), || std::mem::forget(report::abandon()));
    let mut bench = Repeated { trial, roots, targets, baseline: baseline.as_ref(), first: None };

    for round in 0..trial.warmup {
        progress("warm-up", round, Some(trial.warmup));
        for row in &scaling.rows {
            bench.run(row.threads)?;
        }
    }
    let began = Instant::now();
    let mut round = 0;
    while !is_enough(trial.runs, round, began.elapsed()) {
        progress("round", round, trial.runs);
        // Forwards and backwards: what grows slower or faster with time does so for all.
        let mut order: Vec<&mut Measured> = scaling.rows.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for row in order {
            let Times { seconds, cpu } = bench.run(row.threads)?;
            row.add(seconds, cpu, pace(row.threads));
        }
        round += 1;
    }
    let (answer, _) = bench.first.ok_or(BenchError::Nothing("no run was asked for".to_owned()))?;
    scaling.work = answer.work;
    let sheet = BenchSheet::new(scaling, baseline.as_ref(), trial.tolerance).map_err(|error| unsuited(trial, &error))?;
    Ok((sheet, answer.failures))
}

/// The same count again and again.
struct Repeated<'t> {
    trial: &'t Trial,
    roots: Vec<PathBuf>,
    targets: Targets,
    baseline: Option<&'t Baseline>,
    /// What the first run found, and with how many threads.
    first: Option<(Answer, usize)>,
}

impl Repeated<'_> {
    /// One more run, and how long it took.
    fn run(&mut self, threads: usize) -> Result<Times, Box<dyn std::error::Error>> {
        let (found, times) = timed(self.trial, &self.roots, &self.targets, threads)?;
        match &self.first {
            Some((answer, first)) if *answer != found => Err(BenchError::Differs { threads, first: *first }.into()),
            Some(_) => Ok(times),
            None => {
                // Nobody should wait for all the runs to hear that they are of other files.
                let suited = self.baseline.map_or(Ok(()), |baseline| baseline.suits_work(found.work));
                suited.map_err(|error| unsuited(self.trial, &error))?;
                self.first = Some((found, threads));
                Ok(times)
            }
        }
    }
}

fn is_enough(runs: Option<usize>, round: usize, time: Duration) -> bool {
    match runs {
        Some(runs) => round >= runs,
        None => round >= LEAST_RUNS && (time >= LEAST_TIME || round >= MOST_RUNS),
    }
}

/// Where the figures go.
fn destinations(trial: &Trial) -> Vec<Destination> {
    let exports = trial.exports.iter().map(|export| Destination::from(export.file.clone()));
    [trial.destination.clone()].into_iter().chain(exports).chain(trial.plot.clone()).collect()
}

/// Reads a file of earlier measurements, with which those that are planned can be compared.
fn baseline_of(file: &Path, now: &Scaling) -> Result<Baseline, BenchError> {
    let wrong = |why: String| BenchError::Baseline(file.to_owned(), why);
    let text = fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => wrong("there is no such file; make it with logtally bench --format json -o FILE".to_owned()),
        io::ErrorKind::InvalidData => wrong(BadBaseline::Shape("it is not JSON").to_string()),
        _ => wrong(error.to_string()),
    })?;
    let baseline: Baseline = text.parse().map_err(|error: BadBaseline| wrong(error.to_string()))?;
    baseline.suits(now).map_err(|error| wrong(error.to_string()))?;
    Ok(baseline)
}

fn unsuited(trial: &Trial, error: &BadBaseline) -> BenchError {
    BenchError::Baseline(trial.baseline.clone().unwrap_or_default(), error.to_string())
}

/// How long a run took, in seconds.
struct Times {
    seconds: f64,
    /// The CPU time, if the system says it.
    cpu: f64,
}

/// One run, from the walk to the report, and how long it took.
fn timed(
    trial: &Trial,
    roots: &[PathBuf],
    targets: &Targets,
    threads: usize,
) -> Result<(Answer, Times), Box<dyn std::error::Error>> {
    let settings = Settings { threads: Threads::new(threads), ..trial.settings.clone() };
    if trial.cache == Cache::Cold {
        walk(roots, &trial.input.walk, threads).files.iter().for_each(|file| read::forget(&file.path));
    }
    let (began, cpu_before) = (Instant::now(), cpu_time());
    let mut walked = walk(roots, &trial.input.walk, threads);
    targets.leave_out_of(&mut walked.files);
    let outcome = engine::run(&walked.files, &settings, &Silent).map_err(|error| BenchError::Run(error.to_string()))?;
    let mut failures: Vec<String> = walked.failures.iter().chain(&outcome.failures).map(Failure::to_string).collect();
    failures.sort();
    let filtered = outcome.tally.left_out();
    let presentation = Presentation { threads, ..trial.presentation.clone() };
    let report = Report::new(outcome.tally.into_groups(), presentation, filtered, Files::default(), Vec::new());
    let mut text = Vec::new();
    report.write(Form::Csv, Style::default(), &mut text)?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu = cpu_time().saturating_sub(cpu_before).as_secs_f64();
    if outcome.counted == 0 && outcome.binary.is_empty() && failures.is_empty() {
        return Err(BenchError::Nothing(why_nothing(&trial.input, walked.excluded)).into());
    }
    let work = Work { files: outcome.counted, records: report.totals.records, bytes: report.totals.bytes + filtered.bytes };
    if work.bytes == 0 {
        return Err(BenchError::Nothing(why_empty(&failures, &outcome.binary)).into());
    }
    Ok((Answer { report: text, work, failures }, Times { seconds, cpu }))
}

/// Why files were found, and no line in them.
fn why_empty(failures: &[String], binary: &[PathBuf]) -> String {
    match (failures, binary) {
        ([one], _) => one.clone(),
        ([first, more @ ..], _) => format!("{first}; and {} more", more.len()),
        ([], [path, ..]) => format!("{} is not text", printable(path.as_os_str().as_bytes())),
        ([], []) => "these files hold no line".to_owned(),
    }
}

/// Where a person looks on, what is going on.
fn progress(what: &str, round: usize, of: Option<usize>) {
    if io::stderr().is_terminal() {
        let of = of.map_or(String::new(), |of| format!(" of {of}"));
        say(&format!("\r\x1b[Klogtally: {what} {}{of} ", round + 1));
    }
}

fn done() {
    if io::stderr().is_terminal() {
        say("\r\x1b[K");
    }
}

/// Writes the figures, and says what they lack.
fn written(trial: &Trial, sheet: &BenchSheet, failures: &[String]) -> Status {
    let color = |destination: &Destination| destination.style(trial.color).color;
    let put = |destination: &Destination, form| destination.put(|out| sheet.write(form, color(destination), out));
    let exports = trial.exports.iter().try_for_each(|export| put(&Destination::from(export.file.clone()), export.form));
    let plot = || trial.plot.as_ref().map_or(Ok(()), |plot| plot.put(|out| sheet.plot(out)));
    let result = exports.and_then(|()| plot()).and_then(|()| put(&trial.destination, trial.form));
    match result {
        Err(error) if !error.is_broken_pipe() => return fatal(&error),
        _ => {}
    }
    if !failures.is_empty() {
        say(&format!("logtally: incomplete: {} could not be counted whole\n", plural(failures.len() as u64, "input")));
        failures.iter().take(super::NAMED_FAILURES).for_each(|failure| say(&format!("  {failure}\n")));
    }
    say(&compared(sheet));
    match (sheet.is_slower(), failures.is_empty()) {
        (true, _) => Status::Slower,
        (false, false) => Status::Incomplete,
        (false, true) => Status::Complete,
    }
}

/// What a comparison with a baseline found that must not be missed, in whichever form the figures are written.
fn compared(sheet: &BenchSheet) -> String {
    let mut text = String::new();
    let mut tell = |headline: &str, sentences: Vec<String>| {
        if !sentences.is_empty() {
            text.push_str(&format!("logtally: {headline}\n"));
            sentences.iter().for_each(|sentence| text.push_str(&format!("  {sentence}\n")));
        }
    };
    tell("slower than the baseline by more than --max-regression", sheet.sentences(Verdict::Slower));
    tell("perhaps slower than the baseline, which is no failure", sheet.sentences(Verdict::Unclear));
    sheet.remarks().iter().for_each(|remark| text.push_str(&format!("logtally: {remark}\n")));
    text
}
