//! A large file, counted in chunks by several workers.

use super::{
    Detail, Edges,
    fate::{Over, Sums},
    lock,
    opening::Source,
    run::Run,
    watches::{Watches, merge},
};
use crate::{
    classify::{Classifier, FileNames, Scratch},
    parse::Dialect,
    read::{chunk_count, chunk_range},
    stats::{Phase, Role},
    system::Map,
    tally::{Combiner, Shards, Slot, Tally},
    walk::LogFile,
};
use std::{
    sync::{Arc, Mutex, OnceLock, atomic::AtomicU64},
    thread,
};

/// A large file, shared by several workers.
pub(super) struct Split<'r> {
    pub(super) file: &'r LogFile,
    /// In bytes.
    chunk_size: u64,
    /// Opened by the first worker that comes, and closed by the last that goes: a process may have so many files open and no more.
    opened: Mutex<Option<Arc<Opened<'r>>>>,
    /// The counts of each thread that has counted some of it. Each has only a place for them, as there may be many threads, and many files
    /// that some of them have not seen.
    pub(super) parts: Vec<Mutex<Option<Box<Combiner>>>>,
    /// The counts of all of them together, where there are too many groups for one.
    pub(super) shards: Arc<Shards>,
    /// What each chunk left open.
    pub(super) edges: Vec<OnceLock<Edges<Owner>>>,
    /// How many chunks are not done.
    pub(super) remaining: AtomicU64,
    /// Set by a chunk that could not be read: then the file is counted again, from the beginning to the fault.
    pub(super) broken: OnceLock<()>,
    /// Set by a chunk with which there were surely more groups than the file may have.
    pub(super) passed: OnceLock<()>,
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
    /// Chunks of so many bytes each, and room for the counts of so many threads.
    pub(super) fn new(file: &'r LogFile, chunk_size: u64, tally: &Tally, threads: usize) -> Self {
        let chunks = chunk_count(file.len, chunk_size);
        Split {
            file,
            chunk_size,
            opened: Mutex::default(),
            parts: (0..threads).map(|_| Mutex::default()).collect(),
            shards: Arc::new(tally.shards().like()),
            edges: (0..chunks).map(|_| OnceLock::new()).collect(),
            remaining: AtomicU64::new(chunks),
            broken: OnceLock::new(),
            passed: OnceLock::new(),
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
        let range = chunk_range(chunk, self.chunk_size, len);
        if chunk + 1 == self.edges.len() as u64 { range.start..len } else { range }
    }

    /// Joins the chunks, in their order, and adds the file's counts to the run's. Gives what filters left out of the file, what its lines
    /// were, and its counts where they are asked for; says if it counts as one group; and leaves combiners that are not needed any more.
    pub(super) fn join(
        &self,
        run: &Run<'_>,
        classifier: &Classifier<'_>,
        scratch: &mut Scratch,
    ) -> (Sums, Option<Over>, Vec<Combiner>) {
        let mut parts: Vec<Option<Box<Combiner>>> = self.parts.iter().map(|part| lock(part).take()).collect();
        let has_passed = self.passed.get().is_some();
        for part in parts.iter_mut().flatten() {
            part.look_up();
            if has_passed {
                part.gather(classifier.file_key(scratch));
            }
        }
        let mut settle = |owner: Owner, run| match parts.get_mut(owner.thread) {
            Some(Some(part)) if has_passed => part.settle_gathered(owner.slot, run),
            Some(Some(part)) => part.settle(owner.slot, run),
            _ => {}
        };
        let mut whole = Edges::default();
        for edges in self.edges.iter().filter_map(OnceLock::get) {
            whole = whole.join(*edges, &mut settle);
        }
        let mut parts: Vec<Combiner> = parts.into_iter().flatten().map(|part| *part).collect();
        if whole.head.lines > 0
            && let Some(part) = parts.first_mut()
        {
            match classifier.orphan_key(scratch) {
                Some(key) => part.settle_key(key, whole.head),
                None => part.settle_filtered(whole.head),
            }
        }
        let (mut sums, mut size) = (Sums::default(), self.shards.size());
        for part in &mut parts {
            sums.filtered += part.left_out();
            sums.seen += part.seen();
            size += part.size();
        }
        // A look at each of a million groups takes its time.
        if run.settings.detail == Detail::EachFile {
            parts.iter_mut().for_each(|part| sums.counts += part.totals());
            sums.counts += self.shards.totals();
        }
        let over = if has_passed || !run.settings.limits.per_file.admits(size) {
            // Of how many a group is, only shows where they are put together.
            parts.iter_mut().for_each(|part| part.move_to(&self.shards));
            run.gather_shards(classifier, scratch, &self.shards, has_passed)
        } else {
            None
        };
        self.add_to(&run.tally, run.watches, &mut parts);
        (sums, over, parts)
    }

    /// Adds all that was counted, and leaves none. Many groups are added by a thread for each worker that had some: not by the pool's,
    /// any of which may be waiting for what this one holds.
    fn add_to(&self, tally: &Tally, watches: &Watches, parts: &mut [Combiner]) {
        let watch = watches.here();
        let groups: usize = parts.iter().map(Combiner::len).sum();
        let (here, elsewhere) = parts.split_at_mut(if groups < MANY_GROUPS { parts.len() } else { 1 });
        let _waiting = watch.enter(Phase::Wait);
        thread::scope(|scope| {
            for part in elsewhere.iter_mut().map(|part| Arc::new(Mutex::new(part))) {
                let there = Arc::clone(&part);
                let add = move || watches.helper(Role::Adder, |watch| merge(tally, &mut lock(&there), watch));
                if thread::Builder::new().name("adder".to_owned()).spawn_scoped(scope, add).is_err() {
                    merge(tally, &mut lock(&part), watch);
                }
            }
            watch.time(Phase::Merge, || tally.shards().absorb(&self.shards));
            here.iter_mut().for_each(|part| merge(tally, part, watch));
        });
    }
}

/// From so many groups on it is worth while to start a thread.
const MANY_GROUPS: usize = 50_000;
