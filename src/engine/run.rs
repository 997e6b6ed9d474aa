//! A run: what its workers share, and how each of them counts chunks and files.

use super::{
    Detail, Edges, Observer, Outcome, Settings, Silent, Worker, count_block, count_lines,
    fate::{End, Fate, Kind, PLAIN},
    lock,
    split::{Opened, Owner, Shared, Split},
};
use crate::{
    classify::{self, Classifier, FileNames},
    failure::{Cause, Failure},
    parse::time::Moment,
    read::{self, Block, Blocks, Content, Fetch, Map, Pipe, Utf16, head_of, lines_of_chunk},
    tally::{self, Combiner, Counts, Tally},
    walk::LogFile,
};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

/// What the workers of a run share.
pub(super) struct Run<'r> {
    pub(super) settings: &'r Settings,
    pub(super) observer: &'r dyn Observer,
    /// One for each thread of the pool, and only used by it.
    pub(super) workers: Vec<Mutex<Worker>>,
    /// Failures and files passed over.
    pub(super) outcome: Mutex<Outcome>,
    pub(super) tally: Tally,
    pub(super) counted: AtomicU64,
}

impl<'r> Run<'r> {
    /// Counts one chunk of a large file; the worker that counts the last one joins them all.
    pub(super) fn chunk(&self, split: &Split<'r>, chunk: u64) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        let worker = &mut *lock(worker);
        let opened = split.opened.get_or_init(|| {
            self.observer.started();
            self.open(split.file, &mut worker.buffer)
        });
        if let Opened::Nothing = opened {
            let range = split.range(chunk, split.file.len);
            self.observer.passed_over(range.end - range.start);
        }
        if let (Opened::Shared(opened), Some(part)) = (opened, split.parts.get(thread)) {
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
            match opened {
                Opened::Shared(opened) => self.finish(split, opened, worker),
                Opened::InOrder { opened, len } => self.alone(split.file, opened, *len, self.observer, worker),
                Opened::Nothing => {}
            }
            self.observer.finished();
        }
    }

    /// Opens a large file and finds out its dialect.
    fn open(&self, file: &'r LogFile, buffer: &mut Vec<u8>) -> Opened<'r> {
        let over = |fate| {
            self.keep(file, &fate, Counts::default(), tally::Run::default());
            self.settle(file, fate);
            Opened::Nothing
        };
        let (opened, len) = match read::open(&file.path) {
            Ok(opened) => opened,
            Err(error) => return over(Fate::failed(Cause::of("open", error))),
        };
        let plan = &self.settings.plan;
        let map = if self.settings.strategy.maps(len) { Map::new(&opened, len).ok() } else { None };
        let kind = match &map {
            Some(map) => self.kind_of(map.bytes()),
            None => match Blocks::new(&opened, len, buffer).prefix() {
                Ok(prefix) => self.kind_of(prefix),
                Err(error) => return over(Fate::failed(Cause::of("read", error))),
            },
        };
        match kind {
            Kind::Lines(dialect) => {
                let names = FileNames::new(file.path_bytes(), plan, || modified(&opened));
                Opened::Shared(Shared { file: opened, map, len, names, dialect })
            }
            Kind::Utf16(_) => Opened::InOrder { opened, len },
            Kind::Over(fate) => over(fate),
        }
    }

    /// Joins the chunks of a large file, in their order, and adds its counts to the run's.
    fn finish(&self, split: &Split<'r>, opened: &Shared<'r>, worker: &mut Worker) {
        // What was cut off under a map reads as zeros within the last page, with no error.
        let shrank = opened.file.metadata().is_ok_and(|now| now.len() < opened.len);
        if shrank || split.broken.get().is_some() {
            // From the file that was opened, which may have another name by now, and against the length it had then.
            return self.alone(split.file, &opened.file, opened.len, &Silent, worker);
        }
        let classifier = Classifier::new(&self.settings.plan, &opened.names, &opened.dialect);
        let (counts, filtered) = split.join(&self.tally, || classifier.orphan_key(&mut worker.scratch));
        let fate = Fate { dialect: Some(opened.dialect.clone()), codec: PLAIN, stored: opened.len, end: End::Whole };
        self.keep(split.file, &fate, counts, filtered);
        self.settle(split.file, fate);
    }

    /// Counts a large file from its beginning to its end.
    fn alone(&self, file: &LogFile, opened: &std::fs::File, len: u64, observer: &dyn Observer, worker: &mut Worker) {
        let mut combiner = Combiner::default();
        std::mem::swap(&mut combiner, &mut worker.batch);
        let names = FileNames::new(file.path_bytes(), &self.settings.plan, || modified(opened));
        let fate = self.stream(file, opened, len, &names, observer, worker);
        std::mem::swap(&mut combiner, &mut worker.batch);
        self.tally.add(&combiner);
        self.keep(file, &fate, combiner.totals(), combiner.left_out());
        self.settle(file, fate);
    }

    /// Counts whole files one after the other.
    pub(super) fn batch<'f>(&self, files: impl Iterator<Item = &'f LogFile>) {
        let thread = rayon::current_thread_index().unwrap_or(0);
        let Some(worker) = self.workers.get(thread) else { return };
        let worker = &mut *lock(worker);
        for file in files {
            self.observer.started();
            let fate = self.whole(file, worker);
            if self.settings.detail == Detail::EachFile {
                self.keep(file, &fate, worker.batch.totals(), worker.batch.left_out());
                self.tally.add(&worker.batch);
                worker.batch.clear();
            }
            self.settle(file, fate);
            self.observer.finished();
        }
        self.tally.add(&worker.batch);
        worker.batch.clear();
    }

    /// Counts one file from its beginning to its end, into the worker's batch. A fault in the middle ends it: the
    /// lines before count.
    fn whole(&self, file: &LogFile, worker: &mut Worker) -> Fate {
        let plan = &self.settings.plan;
        if file.is_stdin() {
            let names = FileNames::new(file.path_bytes(), plan, || None);
            return self.stream(file, Pipe(std::io::stdin().lock()), u64::MAX, &names, self.observer, worker);
        }
        match read::open(&file.path) {
            Ok((opened, len)) => {
                let names = FileNames::new(file.path_bytes(), plan, || modified(&opened));
                // What the kernel makes up when it is read (`/proc`) has no length before.
                let len = if len == 0 { u64::MAX } else { len };
                self.stream(file, &opened, len, &names, self.observer, worker)
            }
            Err(error) => {
                self.observer.passed_over(file.len);
                Fate::failed(Cause::of("open", error))
            }
        }
    }

    fn stream<F: Fetch>(
        &self,
        file: &LogFile,
        source: F,
        len: u64,
        names: &FileNames<'_>,
        observer: &dyn Observer,
        worker: &mut Worker,
    ) -> Fate {
        let Worker { buffer, scratch, batch } = worker;
        let mut blocks = Blocks::new(source, len, buffer);
        let kind = match blocks.prefix() {
            Ok(prefix) => self.kind_of(prefix),
            Err(error) => return Fate::failed(Cause::of("read", error)),
        };
        let plan = &self.settings.plan;
        // What is of unknown length is told of as it comes; so is the rest, which may be long.
        let mut told = 0;
        let mut tell = |bytes| {
            told += bytes;
            observer.counted(bytes);
        };
        let (dialect, codec, end) = match kind {
            Kind::Over(fate) => {
                observer.passed_over(file.len);
                return fate;
            }
            Kind::Lines(dialect) => {
                let classifier = Classifier::new(plan, names, &dialect);
                let end = drain(&mut blocks, len, |block| {
                    tell(block.len());
                    count_block(&block, &classifier, scratch, batch);
                });
                (dialect, PLAIN, end)
            }
            Kind::Utf16(order) => {
                let (source, hole, read) = blocks.into_parts();
                let mut units = Vec::new();
                let mut text = Utf16::new(source, len, order, hole, &read, &mut units);
                let dialect = match text.prefix() {
                    Ok(prefix) => classify::detect(head_of(&prefix), &plan.rules),
                    Err(error) => return Fate::failed(Cause::of("read", error)),
                };
                let classifier = Classifier::new(plan, names, &dialect);
                let end = text.each_line(|line, bytes| {
                    tell(bytes);
                    count_block(&Block::LongLine { head: line, len: bytes }, &classifier, scratch, batch);
                });
                let end = match end {
                    Ok(None) => Ok(()),
                    Ok(Some(to)) => Err(Cause::Shrank { from: len, to }),
                    Err(error) => Err(Cause::of("read", error)),
                };
                (dialect, "utf-16", end)
            }
        };
        let ends = batch.end_chunk();
        if ends.head.lines > 0 {
            match Classifier::new(plan, names, &dialect).orphan_key(scratch) {
                Some(key) => batch.settle_key(key, ends.head),
                None => batch.settle_filtered(ends.head),
            }
        }
        // It may have ended before the length that was planned for it.
        observer.passed_over(file.len.saturating_sub(told));
        let stored = if len == u64::MAX { told } else { len };
        Fate { dialect: Some(dialect), codec, stored, end: end.map_or_else(End::Failed, |()| End::Whole) }
    }

    /// What a file that begins so holds.
    fn kind_of(&self, prefix: &[u8]) -> Kind {
        let head = head_of(prefix);
        match read::sniff(head) {
            Content::Text => Kind::Lines(classify::detect(head, &self.settings.plan.rules)),
            Content::Utf16(order) => Kind::Utf16(order),
            Content::Encoded(codec) => {
                let cause = Cause::Encoded { codec: codec.name(), decoder: codec.decoder() };
                Kind::Over(Fate { codec: codec.name(), ..Fate::failed(cause) })
            }
            Content::Binary => Kind::Over(Fate { dialect: None, codec: PLAIN, stored: 0, end: End::Binary }),
        }
    }

    /// Notes what became of a file.
    fn settle(&self, file: &LogFile, fate: Fate) {
        match fate.end {
            End::Whole => {
                self.counted.fetch_add(1, Ordering::Relaxed);
            }
            End::Binary => lock(&self.outcome).binary.push(file.path.clone()),
            End::Failed(cause) => {
                let failure = Failure { path: file.path.clone(), cause };
                self.observer.failed(&failure);
                lock(&self.outcome).failures.push(failure);
            }
        }
    }

    /// Keeps a file's counts, if that is asked for.
    fn keep(&self, file: &LogFile, fate: &Fate, counts: Counts, filtered: tally::Run) {
        if self.settings.detail == Detail::EachFile {
            lock(&self.outcome).files.push(fate.counts(file, counts, filtered));
        }
    }
}

/// When a file was written last.
fn modified(file: &std::fs::File) -> Option<Moment> {
    let since = file.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Moment::new(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos())
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
