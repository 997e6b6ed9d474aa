//! Drives the road in parallel: hands files and chunks of files to a work-stealing pool, and joins what comes back.

mod join;
mod observer;
mod plan;
mod split;
mod threads;
mod worker;

pub use join::Edges;
pub use observer::{Observer, Silent};
pub use threads::{BadThreads, Threads};
pub use worker::{Worker, count_block, count_lines};

use crate::{
    classify::{self, Classifier, FileNames, Plan},
    failure::{Cause, Failure},
    parse::Dialect,
    read::{self, Block, Blocks, ChunkSize, Content, Fetch, Map, Pipe, Strategy, head_of, lines_of_chunk},
    tally::{Combiner, Tally},
    walk::LogFile,
};
use plan::Unit;
use split::{Opened, Owner, Split};
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

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
}

/// The pool could not be started.
#[derive(Debug)]
pub struct NoThreads(rayon::ThreadPoolBuildError);

impl fmt::Display for NoThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the threads could not be started ({}); ask for fewer with --threads 1", self.0)
    }
}

impl std::error::Error for NoThreads {}

/// Counts all files.
///
/// # Errors
/// Only if the threads cannot be started. A file that fails is a [`Failure`] in the outcome.
pub fn run(files: &[LogFile], settings: &Settings, observer: &dyn Observer) -> Result<Outcome, NoThreads> {
    observer.planned(files.len() as u64, files.iter().map(|file| file.len).sum());
    let plan = plan::plan(files, settings.strategy, settings.chunk_size);
    let threads = settings.threads.number().min(plan.units.len()).max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(NoThreads)?;
    let run = Run {
        settings,
        observer,
        workers: (0..threads).map(|_| Mutex::default()).collect(),
        outcome: Mutex::default(),
        tally: Tally::default(),
        counted: AtomicU64::new(0),
    };
    let splits: Vec<Split<'_>> =
        plan.split.iter().filter_map(|index| files.get(*index)).map(|file| Split::new(file, settings, threads)).collect();
    // First in, first out: files are read from their beginnings on, and few are open at a time.
    pool.scope_fifo(|scope| {
        for unit in &plan.units {
            let (run, splits, whole) = (&run, &splits, &plan.whole);
            scope.spawn_fifo(move |_| match unit {
                Unit::Chunk { split, chunk } => {
                    if let Some(split) = splits.get(*split) {
                        run.chunk(split, *chunk);
                    }
                }
                Unit::Batch(range) => {
                    let batch = whole.get(range.clone()).unwrap_or_default();
                    run.batch(batch.iter().filter_map(|index| files.get(*index)));
                }
            });
        }
    });
    let mut outcome = into_inner(run.outcome);
    outcome.failures.sort_by(|a, b| a.path.cmp(&b.path));
    outcome.binary.sort();
    Ok(Outcome { tally: run.tally, counted: run.counted.into_inner(), ..outcome })
}

/// What the workers of a run share.
struct Run<'r> {
    settings: &'r Settings,
    observer: &'r dyn Observer,
    /// One for each thread of the pool, and only used by it.
    workers: Vec<Mutex<Worker>>,
    /// Failures and files passed over.
    outcome: Mutex<Outcome>,
    tally: Tally,
    counted: AtomicU64,
}

impl<'r> Run<'r> {
    /// Counts one chunk of a large file; the worker that counts the last one joins them all.
    fn chunk(&self, split: &Split<'r>, chunk: u64) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        let worker = &mut *lock(worker);
        let opened = split.opened.get_or_init(|| self.open(split.file, &mut worker.buffer));
        if let (Some(opened), Some(part)) = (opened, split.parts.get(thread)) {
            let range = split.range(chunk, opened.len);
            let bytes = range.end - range.start;
            let combiner = &mut *lock(part);
            let classifier = Classifier::new(&self.settings.plan, &opened.names, &opened.dialect);
            match &opened.map {
                Some(map) => {
                    let range = range.start as usize..range.end as usize;
                    map.populate(range.clone());
                    count_lines(lines_of_chunk(map.bytes(), range), &classifier, &mut worker.scratch, combiner);
                }
                None => {
                    let mut blocks = Blocks::of_range(&opened.file, range, opened.len, &mut worker.buffer);
                    if drain(&mut blocks, opened.len, |block| count_block(&block, &classifier, &mut worker.scratch, combiner))
                        .is_err()
                    {
                        let _ = split.broken.set(());
                    }
                }
            }
            let ends = combiner.end_chunk();
            if let Some(edges) = split.edges.get(chunk as usize) {
                let _ = edges.set(Edges { head: ends.head, tail: ends.tail.map(|slot| Owner { thread, slot }) });
            }
            self.observer.counted(bytes);
        }
        if split.remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
            if let Some(Some(opened)) = split.opened.get() {
                self.finish(split, opened, worker);
            }
            self.observer.finished();
        }
    }

    /// Opens a large file and finds out its dialect.
    fn open(&self, file: &'r LogFile, buffer: &mut Vec<u8>) -> Option<Opened<'r>> {
        let (opened, len) = match read::open(&file.path) {
            Ok(opened) => opened,
            Err(error) => {
                self.fail(file, Cause::of("open", error));
                return None;
            }
        };
        let plan = &self.settings.plan;
        let mapped = if self.settings.strategy.maps(len) { Map::new(&opened, len).ok() } else { None };
        let dialect = match &mapped {
            Some(map) => self.dialect_of(file, map.bytes()),
            None => match Blocks::new(&opened, len, buffer).prefix() {
                Ok(prefix) => self.dialect_of(file, prefix),
                Err(error) => {
                    self.fail(file, Cause::of("read", error));
                    None
                }
            },
        }?;
        Some(Opened { file: opened, map: mapped, len, names: FileNames::new(file.path_bytes(), plan), dialect })
    }

    /// Joins the chunks of a large file, in their order, and adds its counts to the run's.
    fn finish(&self, split: &Split<'r>, opened: &Opened<'r>, worker: &mut Worker) {
        // What was cut off under a map reads as zeros within the last page, with no error.
        let shrank = opened.file.metadata().is_ok_and(|now| now.len() < opened.len);
        if shrank || split.broken.get().is_some() {
            // From the file that was opened, which may have another name by now, and against the length it had then.
            let mut combiner = Combiner::default();
            std::mem::swap(&mut combiner, &mut worker.batch);
            self.stream(split.file, &opened.file, opened.len, worker);
            std::mem::swap(&mut combiner, &mut worker.batch);
            self.tally.add(&combiner);
            return;
        }
        let classifier = Classifier::new(&self.settings.plan, &opened.names, &opened.dialect);
        split.join(&self.tally, || classifier.orphan_key(&mut worker.scratch));
        self.counted.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts whole files one after the other.
    fn batch<'f>(&self, files: impl Iterator<Item = &'f LogFile>) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        let worker = &mut *lock(worker);
        for file in files {
            self.whole(file, worker);
            self.observer.counted(file.len);
            self.observer.finished();
        }
        self.tally.add(&worker.batch);
        worker.batch.clear();
    }

    /// Counts one file from its beginning to its end, into the worker's batch. A fault in the middle ends it: the
    /// lines before count, and the failure is told.
    fn whole(&self, file: &LogFile, worker: &mut Worker) {
        if file.is_stdin() {
            self.stream(file, Pipe(std::io::stdin().lock()), u64::MAX, worker);
            return;
        }
        match read::open(&file.path) {
            // What the kernel makes up when it is read (`/proc`) has no length before.
            Ok((opened, 0)) => self.stream(file, &opened, u64::MAX, worker),
            Ok((opened, len)) => self.stream(file, &opened, len, worker),
            Err(error) => self.fail(file, Cause::of("open", error)),
        }
    }

    fn stream<F: Fetch>(&self, file: &LogFile, source: F, len: u64, worker: &mut Worker) {
        let Worker { buffer, scratch, batch } = worker;
        let mut blocks = Blocks::new(source, len, buffer);
        let dialect = match blocks.prefix() {
            Ok(prefix) => match self.dialect_of(file, prefix) {
                Some(dialect) => dialect,
                None => return,
            },
            Err(error) => return self.fail(file, Cause::of("read", error)),
        };
        let plan = &self.settings.plan;
        let names = FileNames::new(file.path_bytes(), plan);
        let classifier = Classifier::new(plan, &names, &dialect);
        let end = drain(&mut blocks, len, |block| {
            // What has no known length is told of as it comes; the rest, by its caller, as a whole.
            if len == u64::MAX {
                self.observer.counted(block.len());
            }
            count_block(&block, &classifier, scratch, batch);
        });
        let ends = batch.end_chunk();
        if ends.head.lines > 0 {
            batch.settle_key(classifier.orphan_key(scratch), ends.head);
        }
        match end {
            Ok(()) => {
                self.counted.fetch_add(1, Ordering::Relaxed);
            }
            Err(cause) => self.fail(file, cause),
        }
    }

    /// The dialect of a file that begins so; `None` if it is not text, which is told.
    fn dialect_of(&self, file: &LogFile, prefix: &[u8]) -> Option<Dialect> {
        let head = head_of(prefix);
        match read::sniff(head) {
            Content::Text => Some(classify::detect(head, &self.settings.plan.rules)),
            Content::Encoded(codec) => {
                self.fail(file, Cause::Encoded { codec: codec.name(), decoder: codec.decoder() });
                None
            }
            Content::Binary => {
                lock(&self.outcome).binary.push(file.path.clone());
                None
            }
        }
    }

    fn fail(&self, file: &LogFile, cause: Cause) {
        let failure = Failure { path: file.path.clone(), cause };
        self.observer.failed(&failure);
        lock(&self.outcome).failures.push(failure);
    }
}

/// Hands all blocks on. An input of known length that ends before it has shrunk.
fn drain<F: Fetch>(blocks: &mut Blocks<'_, F>, len: u64, mut each: impl FnMut(Block<'_>)) -> Result<(), Cause> {
    loop {
        match blocks.next_block() {
            Ok(Some(block)) => each(block),
            Ok(None) => break,
            Err(error) => return Err(Cause::of("read", error)),
        }
    }
    match blocks.shrank_to() {
        Some(to) => Err(Cause::Shrank { from: len, to }),
        None => Ok(()),
    }
}

/// A lock that a panic elsewhere does not poison: counts are only added whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
