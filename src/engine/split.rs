//! A large file, counted in chunks by several workers.

use super::{
    Edges, Settings,
    fate::Sums,
    lock,
    opening::Source,
    watches::{Watches, merge},
};
use crate::{
    classify::FileNames,
    parse::Dialect,
    read::{ChunkSize, Map, chunk_count, chunk_range},
    stats::{Phase, Role},
    tally::{Combiner, Slot, Tally},
    walk::LogFile,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, atomic::AtomicU64},
    thread,
};

/// A large file, shared by several workers.
pub(super) struct Split<'r> {
    pub(super) file: &'r LogFile,
    pub(super) chunk_size: ChunkSize,
    /// Opened by the first worker that comes, and closed by the last that goes: a process may have so many files open and no more.
    opened: Mutex<Option<Arc<Opened<'r>>>>,
    /// The counts of each thread.
    pub(super) parts: Vec<Mutex<Combiner>>,
    /// What each chunk left open.
    pub(super) edges: Vec<OnceLock<Edges<Owner>>>,
    /// How many chunks are not done.
    pub(super) remaining: AtomicU64,
    /// Set by a chunk that could not be read: then the file is counted again, from the beginning to the fault.
    pub(super) broken: OnceLock<()>,
}

/// A group in the counts of one thread.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) thread: usize,
    pub(super) slot: Slot,
}

/// What a large file turned out to be.
pub(super) enum Opened<'r> {
    /// Lines that can be counted in chunks.
    Shared(Shared<'r>),
    /// What must be read from its beginning: the worker that has the last chunk does that.
    InOrder(Source<'r>),
    /// Nothing that can be counted, which the worker that opened it has told.
    Nothing,
}

/// An open file whose chunks are counted by several workers.
pub(super) struct Shared<'r> {
    pub(super) source: Source<'r>,
    /// Where it could be mapped.
    pub(super) map: Option<Map>,
    pub(super) names: FileNames<'r>,
    pub(super) dialect: Dialect,
}

impl<'r> Split<'r> {
    pub(super) fn new(file: &'r LogFile, settings: &Settings, threads: usize) -> Self {
        let chunk_size = settings.chunk_size.for_file(file.len);
        let chunks = chunk_count(file.len, chunk_size.bytes());
        Split {
            file,
            chunk_size,
            opened: Mutex::default(),
            parts: (0..threads).map(|_| Mutex::default()).collect(),
            edges: (0..chunks).map(|_| OnceLock::new()).collect(),
            remaining: AtomicU64::new(chunks),
            broken: OnceLock::new(),
        }
    }

    /// What the file turned out to be. Who comes first opens it, and others wait for that.
    pub(super) fn opened(&self, open: impl FnOnce() -> Opened<'r>) -> Arc<Opened<'r>> {
        Arc::clone(lock(&self.opened).get_or_insert_with(|| Arc::new(open())))
    }

    /// Closes the file when all chunks are done.
    pub(super) fn close(&self) {
        *lock(&self.opened) = None;
    }

    /// The bytes of a chunk. The file may have grown or shrunk since it was planned: the last chunk goes to its end.
    pub(super) fn range(&self, chunk: u64, len: u64) -> std::ops::Range<u64> {
        let range = chunk_range(chunk, self.chunk_size.bytes(), len);
        if chunk + 1 == self.edges.len() as u64 { range.start..len } else { range }
    }

    /// Joins the chunks, in their order, and adds the file's counts to the run's. What stands before its first record counts
    /// under `orphans`, or is filtered out with them. Gives the file's counts, what filters left out of it, and what its lines were.
    pub(super) fn join<'k>(&self, tally: &Tally, watches: &Watches, orphans: impl FnOnce() -> Option<&'k [u8]>) -> Sums {
        let mut parts: Vec<MutexGuard<'_, Combiner>> = self.parts.iter().map(lock).collect();
        let mut settle = |owner: Owner, run| {
            if let Some(part) = parts.get_mut(owner.thread) {
                part.settle(owner.slot, run);
            }
        };
        let mut whole = Edges::default();
        for edges in self.edges.iter().filter_map(OnceLock::get) {
            whole = whole.join(*edges, &mut settle);
        }
        if whole.head.lines > 0
            && let Some(part) = parts.first_mut()
        {
            match orphans() {
                Some(key) => part.settle_key(key, whole.head),
                None => part.settle_filtered(whole.head),
            }
        }
        let mut sums = Sums::default();
        for part in &mut parts {
            let Sums { counts, filtered, seen } = Sums::of(part);
            sums.counts += counts;
            sums.filtered += filtered;
            sums.seen += seen;
        }
        drop(parts);
        add_all(tally, watches, &self.parts);
        sums
    }
}

/// From so many groups on it is worth while to start a thread.
const MANY_GROUPS: usize = 50_000;

/// Adds all that several workers have counted. Many groups are added by a thread for each: not by the pool's, any of which may be
/// waiting for what this one holds.
fn add_all(tally: &Tally, watches: &Watches, parts: &[Mutex<Combiner>]) {
    let watch = watches.here();
    let groups: usize = parts.iter().map(|part| lock(part).len()).sum();
    let (here, elsewhere) = parts.split_at(if groups < MANY_GROUPS { parts.len() } else { 1 });
    let _waiting = watch.enter(Phase::Wait);
    thread::scope(|scope| {
        for part in elsewhere {
            let add = || watches.helper(Role::Adder, |watch| merge(tally, &mut lock(part), watch));
            if thread::Builder::new().name("adder".to_owned()).spawn_scoped(scope, add).is_err() {
                merge(tally, &mut lock(part), watch);
            }
        }
        here.iter().for_each(|part| merge(tally, &mut lock(part), watch));
    });
}
