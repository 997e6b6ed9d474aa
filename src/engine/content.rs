//! What is in a file, or in a member of an archive: text, or something that holds text.

use super::{
    Observer, Silent, Worker,
    counter::{Bound, Counter},
    fate::{End, Fate, Kind, Over, PLAIN, Sums, UTF16},
    run::Run,
};
use crate::{
    classify::{self, Classifier, FileNames},
    decode::Codec,
    failure::Cause,
    parse::Dialect,
    read::{Block, Blocks, Fetch, Pipe, Utf16, head_of},
    stats::Phase,
    tally::{self, Combiner},
    walk::LogFile,
};
use std::{fs::File, ops::ControlFlow};

/// What is counted as one.
#[derive(Clone, Copy)]
pub(super) struct Item<'i> {
    pub(super) file: &'i LogFile,
    pub(super) names: &'i FileNames<'i>,
}

/// Where its bytes come from.
pub(super) struct Input<'i> {
    /// Nothing is read from it yet.
    pub(super) source: &'i mut dyn Fetch,
    /// How many there are; `u64::MAX` where that is not known.
    pub(super) len: u64,
    /// The file that they are the whole of, if they are one's.
    pub(super) file: Option<&'i File>,
    /// Hears of the bytes that are counted.
    pub(super) observer: &'i dyn Observer,
}

/// What is around something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: it is stored so.
    Stored,
    /// A codec.
    Decoded(Codec),
    /// An archive.
    Member(Codec),
    /// A codec inside an archive.
    DecodedMember(Codec),
}

impl Place {
    /// The place inside of this, of something in this codec; `None` if that is not opened: an archive in an archive, or what was
    /// compressed twice.
    pub(super) fn inside(self, codec: Codec) -> Option<Place> {
        let archive = matches!(codec, Codec::Tar | Codec::Zip);
        match self {
            Place::Stored if archive => Some(Place::Member(codec)),
            Place::Stored => Some(Place::Decoded(codec)),
            // zip is read from its end, and a stream has none.
            Place::Decoded(_) if codec == Codec::Tar => Some(Place::Member(codec)),
            Place::Member(_) if !archive => Some(Place::DecodedMember(codec)),
            _ => None,
        }
    }

    /// The codec around.
    const fn around(self) -> Option<Codec> {
        match self {
            Place::Stored => None,
            Place::Decoded(codec) | Place::Member(codec) | Place::DecodedMember(codec) => Some(codec),
        }
    }
}

/// Members of archives that are counted, until it is known whether what they are in can be believed.
#[derive(Default)]
pub(super) struct Held {
    /// Those of which there is something to say, or all if that is asked for.
    pub(super) members: Vec<Member>,
    /// How many are whole and not among them.
    pub(super) whole: u64,
}

/// A member of an archive.
pub(super) struct Member {
    pub(super) file: LogFile,
    pub(super) fate: Fate,
    pub(super) sums: Sums,
}

impl Run<'_> {
    /// Counts all lines, into the worker's batch. A fault ends it: the lines before count.
    pub(super) fn content(&self, item: Item<'_>, input: Input<'_>, place: Place, worker: &mut Worker, held: &mut Held) -> Fate {
        let Input { source, len, file, observer } = input;
        let (plan, watch) = (&self.settings.plan, self.watches.here());
        let Worker { buffer, scratch, batch, .. } = worker;
        let bound = if self.is_counted_apart(len) { Bound::Most(self.settings.limits.per_file) } else { Bound::None };
        // What others have counted is not this file's.
        let set_apart = |batch: &mut Combiner| (bound != Bound::None && !is_fresh(batch)).then(|| std::mem::take(batch));
        let mut blocks = Blocks::new(source, len, buffer);
        // What is of unknown length is told of as it comes; so is the rest, which may be long.
        let mut told = 0;
        let mut tell = |bytes| {
            told += bytes;
            observer.counted(bytes);
        };
        let (dialect, codec, end, before, has_passed) = match watch.time(Phase::Detect, || self.kind_of(blocks.prefix())) {
            Kind::Binary => {
                observer.passed_over(item.file.len);
                return Fate { codecs: vec![PLAIN], ..Fate::new(no_text(&mut blocks)) };
            }
            // A hole before it is not what its codec writes.
            Kind::Encoded(codec) if blocks.hole() == 0 => {
                let Some(inside) = place.inside(codec) else {
                    observer.passed_over(item.file.len);
                    return Fate { codecs: vec![codec.name()], ..Fate::failed(unopened(place, codec)) };
                };
                let (source, _, read) = blocks.into_parts();
                return self.encoded(codec, item, Input { source, len, file, observer }, read, inside, worker, held);
            }
            Kind::Encoded(_) => {
                observer.passed_over(item.file.len);
                return Fate { codecs: vec![PLAIN], ..Fate::new(no_text(&mut blocks)) };
            }
            Kind::Lines(dialect) => {
                let classifier = Classifier::new(plan, item.names, &dialect);
                let before = set_apart(batch);
                let mut counter = Counter::new(&classifier, scratch, batch, bound);
                let _counting = watch.enter(Phase::Count);
                let end = drain(&mut blocks, len, |block| {
                    tell(block.len());
                    counter.block(&block);
                    if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                counter.end();
                let has_passed = counter.has_passed();
                (dialect, PLAIN, end, before, has_passed)
            }
            Kind::Utf16(order) => {
                let (source, hole, read) = blocks.into_parts();
                let mut units = Vec::new();
                let mut text = Utf16::new(source, len, order, hole, &read, &mut units);
                let dialect = watch.time(Phase::Detect, || classify::detect(head_of(&text.prefix()), &plan.rules));
                let classifier = Classifier::new(plan, item.names, &dialect);
                let before = set_apart(batch);
                let mut counter = Counter::new(&classifier, scratch, batch, bound);
                let _counting = watch.enter(Phase::Count);
                let end = text.each_line(|line, bytes| {
                    tell(bytes);
                    counter.block(&Block::LongLine { head: line, len: bytes });
                });
                counter.end();
                let has_passed = counter.has_passed();
                let end = match end {
                    Ok(None) => Ok(()),
                    Ok(Some(to)) => Err(Cause::Shrank { from: len, to }),
                    Err(error) => Err(Cause::of("read", error)),
                };
                (dialect, UTF16, end, before, has_passed)
            }
        };
        watch.add(Phase::Count, told);
        self.end_text(item, &dialect, worker);
        let over = if bound == Bound::None { None } else { self.bounded(item, &dialect, worker, has_passed) };
        if let Some(before) = before {
            let mut counted = std::mem::replace(&mut worker.batch, before);
            watch.time(Phase::Merge, || worker.batch.absorb(&mut counted));
        }
        // It may have ended before the length that was planned for it.
        observer.passed_over(item.file.len.saturating_sub(told));
        let stored = if len == u64::MAX { told } else { len };
        let end = end.map_or_else(End::Failed, |()| End::Whole);
        Fate { dialect: Some(dialect), codecs: vec![codec], stored, over, ..Fate::new(end) }
    }

    /// Counts the lines of a text that is in memory whole. The worker's batch is empty before.
    pub(super) fn text(&self, item: Item<'_>, text: &[u8], place: Place, worker: &mut Worker, held: &mut Held) -> Fate {
        let watch = self.watches.here();
        let Kind::Lines(dialect) = watch.time(Phase::Detect, || self.kind_of(text)) else {
            let input = Input { source: &mut Pipe(text), len: u64::MAX, file: None, observer: &Silent };
            return self.content(item, input, place, worker, held);
        };
        let classifier = Classifier::new(&self.settings.plan, item.names, &dialect);
        let bound = Bound::Most(self.settings.limits.per_file);
        let mut counter = Counter::new(&classifier, &mut worker.scratch, &mut worker.batch, bound);
        watch.time(Phase::Count, || counter.text(text, || b""));
        let has_passed = counter.has_passed();
        watch.add(Phase::Count, text.len() as u64);
        self.end_text(item, &dialect, worker);
        let over = self.bounded(item, &dialect, worker, has_passed);
        Fate { dialect: Some(dialect), codecs: vec![PLAIN], over, ..Fate::new(End::Whole) }
    }

    /// Makes the groups of a text one if they are too many.
    fn bounded(&self, item: Item<'_>, dialect: &Dialect, worker: &mut Worker, has_passed: bool) -> Option<Over> {
        let Worker { scratch, batch, .. } = worker;
        self.gather(&Classifier::new(&self.settings.plan, item.names, dialect), scratch, batch, has_passed)
    }

    /// Settles whose the lines before the first record are.
    pub(super) fn end_text(&self, item: Item<'_>, dialect: &Dialect, worker: &mut Worker) {
        let Worker { scratch, batch, .. } = worker;
        let ends = batch.end_chunk();
        if ends.head.lines > 0 {
            match Classifier::new(&self.settings.plan, item.names, dialect).orphan_key(scratch) {
                Some(key) => batch.settle_key(key, ends.head),
                None => batch.settle_filtered(ends.head),
            }
        }
    }
}

/// What ends what is no text as far as it could be read: with more of it, it might have been some.
fn no_text<F: Fetch>(blocks: &mut Blocks<'_, F>) -> End {
    blocks.take_fault().map_or(End::Binary, |error| End::Failed(Cause::of("read", error)))
}

/// Why something inside something else is not opened.
pub(super) fn unopened(place: Place, inner: Codec) -> Cause {
    let (outer, inner_name) = (place.around().map_or("a stream", Codec::name), inner.name());
    Cause::Unsupported(match inner {
        Codec::Tar | Codec::Zip => format!("a {inner_name} archive inside {outer}, which is not opened; unpack it first"),
        _ => format!(
            "{inner_name} data inside {outer} data, which is not decoded twice; decode it first: {} FILE",
            inner.decoder()
        ),
    })
}

/// Why a zip archive that comes in order cannot be read.
pub(super) fn no_end_of_zip() -> Cause {
    let what = "zip data, which is read from its end, and this comes in order; store it in a file";
    Cause::Unsupported(what.to_owned())
}

/// Whether nothing is counted.
pub(super) fn is_fresh(combiner: &Combiner) -> bool {
    combiner.is_empty() && combiner.left_out() == tally::Run::default()
}

/// Hands all blocks on, unless it is told to stop. An input of known length that ends before it has shrunk.
pub(super) fn drain<F: Fetch>(
    blocks: &mut Blocks<'_, F>,
    len: u64,
    mut each: impl FnMut(Block<'_>) -> ControlFlow<()>,
) -> Result<(), Cause> {
    loop {
        match blocks.next_block() {
            Ok(Some(block)) => {
                if each(block).is_break() {
                    return Ok(());
                }
            }
            Ok(None) => break,
            Err(error) => return Err(Cause::of("read", error)),
        }
    }
    match blocks.shrank_to() {
        Some(to) => Err(Cause::Shrank { from: len, to }),
        None => Ok(()),
    }
}
