//! Drives the road in parallel: hands files and chunks of files to a work-stealing pool, and joins what comes back.

mod bounded;
mod content;
mod counter;
mod decoded;
mod doubt;
mod encoded;
mod fate;
mod guard;
mod join;
mod limits;
mod observer;
mod opening;
mod peek;
mod plan;
mod pool;
mod relay;
mod run;
mod split;
mod threads;
mod timed;
mod watches;
mod whole;
mod worker;

pub use decoded::{Decoding, MaxDecoded, OnDamaged, Sharing, UnknownOnDamaged};
pub use doubt::{About, Doubt, Doubts};
pub use guard::Fault;
pub use join::Edges;
pub use limits::{Limits, TooManyGroups};
pub use observer::{Observer, Silent};
pub use peek::{Held, Peek, peek};
pub use threads::{BadThreads, ThreadList, Threads};
pub use worker::{Worker, count_block, count_lines};

use crate::{
    classify::Plan,
    failure::Failure,
    read::{ChunkSize, Strategy},
    stats::{Clock, Phase, Spent},
    striped::Striped,
    system::Descriptors,
    tally::{FileCounts, Tally},
    walk::{LogFile, Whereabouts},
};
use guard::InWork;
use plan::Unit;
use run::Run;
use split::Split;
use std::{
    fmt,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};
use watches::{Metered, Watches};
use whole::Lender;

/// What a run needs to know beyond its files.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many workers.
    pub threads: Threads,
    /// How files are read.
    pub strategy: Strategy,
    /// How large files are split.
    pub chunk_size: ChunkSize,
    /// What is counted.
    pub plan: Plan,
    /// What is kept of each file.
    pub detail: Detail,
    /// How what is compressed or archived is decoded.
    pub decoding: Decoding,
    /// How many groups there may be.
    pub limits: Limits,
}

/// What is kept of each file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only what could not be counted.
    #[default]
    Faults,
    /// The counts of every file. It costs a map per file where else there is one for many.
    EachFile,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The counts by group.
    pub tally: Tally,
    /// What could not be counted, or not to its end; in byte order of paths.
    pub failures: Vec<Failure>,
    /// How many files were counted whole, the empty ones among them.
    pub counted: u64,
    /// Files that hold no text, passed over; in byte order.
    pub binary: Vec<PathBuf>,
    /// Files whose counts may mislead.
    pub doubts: Doubts,
    /// The counts of every file, in no order, if they were asked for.
    pub files: Vec<FileCounts>,
    /// What the threads spent their time on, if that was to be measured.
    pub spent: Option<Spent>,
}

/// Why a run has no outcome. What is wrong with a file is no reason.
#[derive(Debug)]
pub enum NoOutcome {
    /// The pool could not be started: what the system said.
    NoThreads(String),
    /// All files together make more groups than there may be.
    TooManyGroups(TooManyGroups),
    /// The program itself is at fault.
    Fault(Fault),
}

impl fmt::Display for NoOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoOutcome::NoThreads(why) => {
                write!(f, "the threads could not be started ({why}); ask for fewer with --threads 1")
            }
            NoOutcome::TooManyGroups(groups) => groups.fmt(f),
            NoOutcome::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for NoOutcome {}

/// Counts all files.
///
/// # Errors
/// If the threads cannot be started, there are too many groups, or the program is at fault. A file that fails is a [`Failure`] in the outcome.
pub fn run(files: &[LogFile], settings: &Settings, observer: &dyn Observer) -> Result<Outcome, NoOutcome> {
    measured(files, SystemTime::now(), settings, observer, Clock::Off)
}

/// The same for files that were found by a walk which began at this time, and says what the time was spent on, if a clock is to be read.
///
/// # Errors
/// As [`run()`].
pub fn measured(
    files: &[LogFile],
    since: SystemTime,
    settings: &Settings,
    observer: &dyn Observer,
    clock: Clock,
) -> Result<Outcome, NoOutcome> {
    observer.planned(files.len() as u64, files.iter().map(|file| file.len).sum());
    let asked = settings.threads.number();
    // Where threads share CPUs, more of them need no smaller chunks: no CPU is idle until fewer are left than there are CPUs.
    let sharers = if settings.threads == Threads::default() { asked } else { asked.min(Threads::default().number()) };
    let plan = plan::plan(files, settings.strategy, settings.chunk_size, sharers);
    let pool = pool::start(asked.min(plan.units.len()).max(1))?;
    let (threads, open) = (pool.current_num_threads(), Striped::default());
    let watches = Watches::new(clock, threads);
    let metered = Metered { observer, watches: &watches };
    let run = Run {
        settings,
        files,
        found: OnceLock::new(),
        whereabouts: Whereabouts::since(since),
        open: &open,
        waits: AtomicUsize::new(0),
        observer: if clock == Clock::On { &metered } else { observer },
        workers: (0..threads).map(|_| Mutex::default()).collect(),
        spare: Mutex::default(),
        outcome: Mutex::default(),
        tally: Tally::new(threads),
        counted: Striped::default(),
        over: OnceLock::new(),
        descriptors: Descriptors::shared_by(plan.split.len(), threads),
        in_chunks: Mutex::new(()),
        whole: Lender::of(threads.min(sharers)),
        in_work: (0..threads).map(|_| InWork::default()).collect(),
        work: plan.work,
        watches: &watches,
    };
    let splits: Vec<Split<'_>> = plan
        .split
        .iter()
        .filter_map(|(index, chunk)| Some(Split::new(files.get(*index)?, *chunk, &run.tally, threads)))
        .collect();
    // First in, first out: files are read from their beginnings on, and few are open at a time.
    pool.scope_fifo(|scope| {
        for unit in &plan.units {
            let (run, splits, whole) = (&run, &splits, &plan.whole);
            let work = move || match unit {
                Unit::Chunk { split, chunk } => {
                    if let Some(split) = splits.get(*split) {
                        run.chunk(split, *chunk);
                    }
                }
                Unit::Batch(range) => {
                    let batch = whole.get(range.clone()).unwrap_or_default();
                    run.batch(batch.iter().filter_map(|index| files.get(*index)));
                }
            };
            scope.spawn_fifo(move |_| run.guarded(|| run.watches.here().task(Phase::Other, work)));
        }
    });
    let Run { over, mut tally, outcome, counted, .. } = run;
    let passed = || limits::passed(&mut tally, &settings.plan.keys, settings.limits.in_all).map(NoOutcome::TooManyGroups);
    if let Some(why) = over.into_inner().or_else(passed) {
        return Err(why);
    }
    let spent = watches.spent();
    let mut outcome = into_inner(outcome);
    // Paths compare by their parts, and it is bytes that order the report.
    outcome.failures.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    outcome.binary.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    let counted = counted.iter().map(|counted| counted.load(Ordering::Relaxed)).sum();
    Ok(Outcome { tally, counted, spent, ..outcome })
}

/// A lock that a panic elsewhere does not poison: counts are only added whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
