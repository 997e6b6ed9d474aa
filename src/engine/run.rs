//! A run: what its workers share, and how each of them counts chunks and files.

use super::{
    Detail, Edges, NoOutcome, Observer, Outcome, Settings, Silent, Worker,
    content::{Held, Input, Item, Place, drain},
    counter::{Bound, Counter},
    fate::{End, Fate, Kind, Lines, PLAIN, Sums},
    guard::InWork,
    lock,
    opening::Source,
    split::{Opened, Owner, Shared, Split},
    timed::Timed,
    watches::{Watches, merge},
    whole::Lender,
};
use crate::{
    classify::{self, Classifier, FileNames},
    failure::Failure,
    parse::{record::Wanted, time::Moment},
    read::{self, BLOCK, Blocks, Content, Pipe, head_of, line_behind_chunk, lines_of_chunk},
    stats::Phase,
    striped::Striped,
    system::{Descriptors, Map},
    tally::{Combiner, FileCounts, Services, Tally},
    walk::{Identity, LogFile, Whereabouts},
};
use std::{
    collections::HashSet,
    fs::Metadata,
    ops::ControlFlow,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

/// What the workers of a run share.
pub(super) struct Run<'r> {
    pub(super) settings: &'r Settings,
    /// All of them.
    pub(super) files: &'r [LogFile],
    /// What they are, once somebody has asked.
    pub(super) found: OnceLock<HashSet<Identity, foldhash::fast::RandomState>>,
    /// Where those are by now that have moved.
    pub(super) whereabouts: Whereabouts,
    /// How many are open.
    pub(super) open: &'r Striped<AtomicUsize>,
    /// Whether several of the threads use files together yet.
    pub(super) descriptors: Descriptors,
    /// How often somebody waited to open one while none was open.
    pub(super) waits: AtomicUsize,
    pub(super) observer: &'r dyn Observer,
    /// One for each thread of the pool, and only used by it.
    pub(super) workers: Vec<Mutex<Worker>>,
    /// Combiners that have counted a large file, for the room that they have.
    pub(super) spare: Mutex<Vec<Combiner>>,
    /// Failures and files passed over.
    pub(super) outcome: Mutex<Outcome>,
    pub(super) tally: Tally,
    pub(super) counted: Striped<AtomicU64>,
    /// Why there will be no outcome, so that there is no more to be done.
    pub(super) over: OnceLock<NoOutcome>,
    /// What each thread of the pool works on.
    pub(super) in_work: Vec<InWork<'r>>,
    /// About how many bytes all files decode to.
    pub(super) work: u64,
    /// Held by whoever has a file decoded in chunks of one stream.
    pub(super) in_chunks: Mutex<()>,
    /// For files that are decoded whole.
    pub(super) whole: Lender,
    /// What each thread spends its time on.
    pub(super) watches: &'r Watches,
}

impl<'r> Run<'r> {
    /// Ends the run, unless it has ended already.
    pub(super) fn end(&self, why: NoOutcome) {
        let _ = self.over.set(why);
    }

    /// Whether there is no more to be done.
    pub(super) fn is_over(&self) -> bool {
        self.over.get().is_some()
    }

    /// Counts one chunk of a large file; the worker that counts the last one joins them all.
    pub(super) fn chunk(&self, split: &Split<'r>, chunk: u64) {
        if self.is_over() {
            return;
        }
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        self.works_on(Some(split.file));
        let (worker, watch) = (&mut *lock(worker), self.watches.here());
        let open = || {
            self.observer.started();
            self.open_large(split.file, &mut worker.buffer)
        };
        // Another may be opening it.
        let opened = watch.time(Phase::Lock, || split.opened(|| watch.time(Phase::Other, open)));
        if let Opened::Nothing = &*opened {
            let range = split.range(chunk, split.file.len);
            self.observer.passed_over(range.end - range.start);
        }
        if let (Opened::Shared(opened), Some(part)) = (&*opened, split.parts.get(thread)) {
            let len = opened.source.handle.len();
            let range = split.range(chunk, len);
            let bytes = range.end - range.start;
            let mut part = lock(part);
            // It may be one that has counted another file, for the room that it has.
            let unused = || {
                let spare = lock(&self.spare).pop();
                Box::new(spare.unwrap_or_default().sharing(&split.shards))
            };
            let combiner = part.get_or_insert_with(unused);
            let classifier = Classifier::new(&self.settings.plan, &opened.names, &opened.dialect);
            let bound = if split.passed.get().is_some() { Bound::Passed } else { Bound::Most(self.settings.limits.per_file) };
            let mut counter = Counter::new(&classifier, &mut worker.scratch, combiner, bound);
            match &opened.map {
                // All of it is read in the end, whatever is counted here.
                Some(map) if map.has_failed() => {}
                Some(map) => {
                    let range = range.start as usize..range.end as usize;
                    watch.time(Phase::Read, || map.populate(range.clone()));
                    let text = lines_of_chunk(map.bytes(), range.clone());
                    watch.time(Phase::Count, || counter.text(text, || line_behind_chunk(map.bytes(), range.clone())));
                    watch.time(Phase::Read, || map.release(range));
                }
                None => {
                    let file = Timed::reading(&opened.source.handle.file, watch);
                    let mut blocks = Blocks::of_range(file, range, len, &mut worker.buffer);
                    let _counting = watch.enter(Phase::Count);
                    let counted = drain(&mut blocks, len, |block| {
                        counter.block(&block);
                        ControlFlow::Continue(())
                    });
                    if counted.is_err() || counter.end_before(|| blocks.line_behind()).is_err() {
                        let _ = split.broken.set(());
                    }
                }
            }
            if counter.has_passed() {
                let _ = split.passed.set(());
            }
            let ends = combiner.end_chunk();
            if let Some(edges) = split.edges.get(chunk as usize) {
                let _ = edges.set(Edges { head: ends.head, tail: ends.tail.map(|slot| Owner { thread, slot }) });
            }
            watch.add(Phase::Count, bytes);
            self.observer.counted(bytes);
        }
        if split.remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
            match &*opened {
                Opened::Shared(opened) => self.finish(split, opened, worker),
                Opened::InOrder(source) => self.alone(split.file, source, self.observer, worker),
                Opened::Nothing => {}
            }
            split.close();
            self.descriptors.close_one();
            self.observer.finished();
        }
    }

    /// Opens a large file and finds out its dialect.
    fn open_large(&self, file: &'r LogFile, buffer: &mut Vec<u8>) -> Opened<'r> {
        let over = |fate| {
            self.settle(file, fate, Sums::default());
            Opened::Nothing
        };
        let watch = self.watches.here();
        let source = match watch.time(Phase::Read, || self.open_found(file).map(Source::watched)) {
            Ok(source) => source,
            Err(cause) => return over(Fate::failed(cause)),
        };
        let plan = &self.settings.plan;
        let (opened, len) = (&source.handle.file, source.handle.len());
        let map = if self.settings.strategy.maps(len) { watch.time(Phase::Read, || Map::new(opened, len).ok()) } else { None };
        let kind = watch.time(Phase::Detect, || match &map {
            Some(map) => Some(self.kind_of(map.bytes())),
            None => {
                let mut blocks = Blocks::new(Timed::reading(opened, watch), len, buffer);
                let kind = self.kind_of(blocks.prefix());
                // Of a beginning that could not be read whole nothing is known, even if it can be read next time.
                blocks.take_fault().is_none().then_some(kind)
            }
        });
        let Some(kind) = kind else { return Opened::InOrder(source) };
        if map.as_ref().is_some_and(Map::has_failed) || (map.is_some() && source.handle.shrank_to().is_some()) {
            // What was made of its head, was made of zeros too. And it must be known now, when its beginning is known: else it could be written
            // anew up to its old length while it is counted, partly as zeros, and begin all the while as it did.
            return Opened::InOrder(source);
        }
        match kind {
            Kind::Lines(dialect) => {
                let modified = source.modified();
                let names = FileNames::new(file.path_bytes(), plan, || modified);
                Opened::Shared(Shared { source, map, names, dialect })
            }
            Kind::Utf16(_) | Kind::Encoded(_) => Opened::InOrder(source),
            Kind::Binary => over(Fate { codecs: vec![PLAIN], ..Fate::new(End::Binary) }),
        }
    }

    /// Joins the chunks of a large file, in their order, and adds its counts to the run's.
    fn finish(&self, split: &Split<'r>, opened: &Shared<'r>, worker: &mut Worker) {
        let handle = &opened.source.handle;
        let failed = split.broken.get().is_some() || opened.map.as_ref().is_some_and(Map::has_failed);
        // What was cut off under a map reads as zeros within the last page, with no error; and what was cut off and written anew meanwhile
        // has no error at all.
        if failed || handle.change(handle.stamp()).is_some() {
            // From the file that was opened, which may have another name by now, and against the length it had then.
            return self.alone(split.file, &opened.source, &Silent, worker);
        }
        let classifier = Classifier::new(&self.settings.plan, &opened.names, &opened.dialect);
        let join = || split.join(self, &classifier, &mut worker.scratch);
        let (sums, over, parts) = self.watches.here().time(Phase::Merge, join);
        self.keep_unused(parts);
        self.watch_groups();
        let dialect = Some(opened.dialect.clone());
        let fate = Fate { dialect, codecs: vec![PLAIN], stored: handle.len(), over, ..Fate::new(opened.source.end()) };
        self.settle_all(split.file, fate, Held::default(), || sums);
    }

    /// Keeps combiners for the next file. More than all workers need at a time are not kept, as they may be large.
    fn keep_unused(&self, mut parts: Vec<Combiner>) {
        let mut spare = lock(&self.spare);
        parts.truncate((2 * self.workers.len()).saturating_sub(spare.len()));
        spare.append(&mut parts);
    }

    /// Counts a large file from its beginning to its end.
    fn alone(&self, file: &LogFile, source: &Source<'_>, observer: &dyn Observer, worker: &mut Worker) {
        let before = std::mem::take(&mut worker.batch);
        // What happened before does not matter to what is read from here on.
        let since = source.handle.stamp_now();
        let names = FileNames::new(file.path_bytes(), &self.settings.plan, || source.modified());
        let mut held = Held::default();
        let (opened, len) = (&source.handle.file, source.handle.len());
        let mut steady = Timed::reading(source.steady(file), self.watches.here());
        let input = Input { source: &mut steady, len, file: Some(opened), observer };
        let fate = self.content(Item { file, names: &names }, input, Place::Stored, worker, &mut held);
        let fate = source.judge(fate, since);
        let mut combiner = std::mem::replace(&mut worker.batch, before);
        let sums = Sums::of(&mut combiner);
        self.merge(&mut combiner);
        self.settle_all(file, fate, held, || sums);
    }

    /// Counts whole files one after the other.
    pub(super) fn batch(&self, files: impl Iterator<Item = &'r LogFile>) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        let worker = &mut *lock(worker);
        self.descriptors.part();
        for file in files {
            if self.is_over() {
                return;
            }
            self.works_on(Some(file));
            self.observer.started();
            let (before, mut held) = (worker.batch.seen(), Held::default());
            let fate = self.whole(file, worker, &mut held);
            let seen = worker.batch.seen() - before;
            let batch = &mut worker.batch;
            match self.settings.detail {
                Detail::Faults => self.settle_all(file, fate, held, || Sums { seen, ..Sums::default() }),
                Detail::EachFile => {
                    let sums = Sums::of(batch);
                    self.merge(batch);
                    self.settle_all(file, fate, held, || sums);
                }
            }
            self.observer.finished();
        }
        self.works_on(None);
        self.merge(&mut worker.batch);
    }

    /// Adds groups to the run's.
    fn merge(&self, counted: &mut Combiner) {
        merge(&self.tally, counted, self.watches.here());
        self.watch_groups();
    }

    /// Counts one file from its beginning to its end, into the worker's batch. A fault in the middle ends it: the
    /// lines before count.
    fn whole(&self, file: &LogFile, worker: &mut Worker, held: &mut Held) -> Fate {
        let (plan, observer, watch) = (&self.settings.plan, self.observer, self.watches.here());
        if file.is_stdin() {
            let names = FileNames::new(file.path_bytes(), plan, || None);
            let input =
                Input { source: &mut Timed::reading(Pipe(std::io::stdin().lock()), watch), len: u64::MAX, file: None, observer };
            return self.content(Item { file, names: &names }, input, Place::Stored, worker, held);
        }
        match watch.time(Phase::Read, || self.open_found(file)) {
            Ok(source) => {
                // What is read in one go is of one moment.
                let source = if source.handle.len() > BLOCK as u64 { source.watched() } else { source };
                let names = FileNames::new(file.path_bytes(), plan, || source.modified());
                // What the kernel makes up when it is read (`/proc`) has no length before.
                let len = if source.handle.len() == 0 { u64::MAX } else { source.handle.len() };
                let mut steady = Timed::reading(source.steady(file), watch);
                // Of what has no length nobody can tell where it ends but by reading it in order.
                let opened = (len != u64::MAX).then_some(&source.handle.file);
                let input = Input { source: &mut steady, len, file: opened, observer };
                let fate = self.content(Item { file, names: &names }, input, Place::Stored, worker, held);
                source.judge(fate, source.handle.stamp())
            }
            Err(cause) => {
                self.observer.passed_over(file.len);
                Fate::failed(cause)
            }
        }
    }

    /// What a file that begins so holds.
    pub(super) fn kind_of(&self, prefix: &[u8]) -> Kind {
        let head = head_of(prefix);
        match read::sniff(head) {
            Content::Text => Kind::Lines(classify::detect(head, &self.settings.plan.rules)),
            Content::Utf16(order) => Kind::Utf16(order),
            Content::Encoded(codec) => Kind::Encoded(codec),
            Content::Binary => Kind::Binary,
        }
    }

    /// Notes what became of a file, and of the members that it turned out to have.
    fn settle_all(&self, file: &LogFile, fate: Fate, held: Held, sums: impl FnOnce() -> Sums) {
        let fate = fate.settled();
        let whole = u64::from(matches!(fate.end, End::Whole));
        let has_members = fate.lines == Lines::Members;
        self.settle(file, fate, if has_members { Sums::default() } else { sums() });
        for member in held.members {
            self.settle(&member.file, member.fate, member.sums);
        }
        // An archive's members are the files that are counted, not the archive.
        if has_members {
            self.counted.here().fetch_sub(whole, Ordering::Relaxed);
            self.counted.here().fetch_add(held.whole, Ordering::Relaxed);
        }
    }

    /// Notes what became of a file.
    fn settle(&self, file: &LogFile, fate: Fate, sums: Sums) {
        let fate = fate.settled();
        self.keep(file, &fate, sums);
        match fate.end {
            End::Whole => {
                // Most files are beyond doubt, and then nobody is kept waiting.
                if let Some(dialect) = fate.dialect.filter(|_| sums.is_doubtful()) {
                    self.outcome().doubts.note(file, &dialect, self.settings.plan.rules.wanted(), sums.seen);
                }
                self.counted.here().fetch_add(1, Ordering::Relaxed);
            }
            End::Binary => self.outcome().binary.push(file.path.clone()),
            End::Failed(cause) => {
                let failure = Failure { path: file.path.clone(), cause };
                self.observer.failed(&failure);
                self.outcome().failures.push(failure);
            }
        }
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.watches.here().lock(&self.outcome)
    }

    /// Keeps a file's counts, if that is asked for.
    fn keep(&self, file: &LogFile, fate: &Fate, sums: Sums) {
        if self.settings.detail == Detail::EachFile {
            let wanted = self.settings.plan.rules.wanted();
            let services = if wanted.has(Wanted::SERVICE) { Services::Asked } else { Services::Ignored };
            let counts = FileCounts { seen: sums.seen, services, ..fate.counts(file, sums.counts, sums.filtered) };
            self.outcome().files.push(counts);
        }
    }
}

/// When a file was written last.
pub(super) fn modified(metadata: &Metadata) -> Option<Moment> {
    let since = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Moment::new(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos())
}
