//! A worker's private counts by key, and where in the chunk the count stands. No locks, but for those of shards.

mod gather;

use super::{
    Seen,
    counts::{Counts, Grades, Run, Sums},
    index::Slot,
    print::Fingerprint,
    shards::Shards,
    table::{PUT_OFF, Table},
};
use crate::{
    classify::Frame,
    parse::{
        level::Level,
        time::{Bucket, Moment},
    },
};
use foldhash::fast::RandomState;
use std::{collections::HashMap, sync::Arc};

/// The slot of what filters left out: that of no group.
const FILTERED: Slot = Slot::MAX;

/// Counts by key, and where in the chunk the count stands: the lines before its first record, and whose the
/// next continuation is.
#[derive(Debug, Default)]
pub struct Combiner {
    table: Table,
    pages: Pages,
    head: Run,
    tail: Option<Slot>,
    filtered: Run,
    timeless: u64,
    seen: Seen,
}

/// Stretches of time, in each of which keys are counted by themselves: a key that is a service's name on such a page stands for a
/// longer one, which is put together when all is counted, and not for each line.
#[derive(Debug, Default)]
struct Pages {
    /// What stands around the keys of each page, from page 1 on. Page 0 is for keys that are whole.
    frames: Vec<Frame>,
    by_bucket: HashMap<Bucket, u32, RandomState>,
    /// The page that was open last.
    open: Option<(Bucket, u32)>,
}

impl Pages {
    #[cold]
    #[inline(never)]
    fn turn_to(&mut self, bucket: Bucket, frame: impl FnOnce() -> Frame) -> u32 {
        let page = *self.by_bucket.entry(bucket).or_insert_with(|| {
            self.frames.push(frame());
            self.frames.len() as u32
        });
        self.open = Some((bucket, page));
        page
    }

    fn frame(&self, page: u32) -> Option<&Frame> {
        self.frames.get((page as usize).checked_sub(1)?)
    }
}

/// What a chunk leaves open at its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The lines before its first record.
    pub head: Run,
    /// The group of its last record; `None` if it has no record.
    pub tail: Option<Slot>,
}

impl Combiner {
    /// One that counts in these shards what is too much for a worker alone. Its own groups, to which slots lead, are fewer then; what
    /// is in the shards is nobody's.
    #[must_use]
    pub fn sharing(mut self, shards: &Arc<Shards>) -> Combiner {
        if self.is_empty() {
            self.table.share(shards);
        }
        self
    }

    /// Counts a line that begins a record of the group `key`.
    #[inline(always)]
    pub fn record(&mut self, key: &[u8], level: Option<Level>, bytes: u64) {
        self.record_as(Fingerprint::of(key, 0), key, level, bytes);
    }

    /// Counts a line that begins a record of the group whose key is `key` within the frame of its bucket. Of a bucket the frame is
    /// always the same.
    #[inline(always)]
    pub fn record_within(&mut self, bucket: Bucket, key: &[u8], bytes: u64, frame: impl FnOnce() -> Frame) {
        let page = match self.pages.open {
            Some((open, page)) if open == bucket => page,
            _ => self.pages.turn_to(bucket, frame),
        };
        self.record_as(Fingerprint::of(key, page), key, None, bytes);
    }

    #[inline(always)]
    fn record_as(&mut self, print: Fingerprint, key: &[u8], level: Option<Level>, bytes: u64) {
        self.tail = Some(self.table.record(print, key, bytes));
        self.seen.records += 1;
        if let Some(grade) = level.and_then(Grades::of) {
            self.grade(grade);
        }
    }

    #[cold]
    fn grade(&mut self, grade: Grades) {
        if let Some(slot) = self.tail_slot() {
            self.table.store.grade(slot, grade);
        }
    }

    /// Takes note of when the last record was written.
    pub fn written_at(&mut self, moment: Moment) {
        if let Some(slot) = self.tail_slot().filter(|slot| *slot != FILTERED) {
            self.table.store.written_at(slot, moment);
        }
    }

    /// Counts a line that continues the last record of this chunk.
    #[inline]
    pub fn continuation(&mut self, bytes: u64) {
        let run = Run { lines: 1, bytes };
        match self.tail {
            Some(PUT_OFF) => self.table.continue_last(run),
            Some(slot) => self.settle(slot, run),
            None => self.head += run,
        }
    }

    /// Takes note of a line that begins no record and is not blank.
    #[inline]
    pub const fn stray(&mut self) {
        self.seen.strays += 1;
    }

    /// Takes note of a record that names no service.
    #[inline]
    pub const fn nameless(&mut self) {
        self.seen.nameless += 1;
    }

    /// Counts the first line of a record that a filter leaves out; what continues it is left out with it.
    pub fn filtered(&mut self, bytes: u64) {
        self.tail = Some(FILTERED);
        self.seen.left_out += 1;
        self.filtered += Run { lines: 1, bytes };
    }

    /// The same of a record that is left out for having no time.
    pub fn timeless(&mut self, bytes: u64) {
        self.timeless += 1;
        self.filtered(bytes);
    }

    /// Ends a chunk: what it left open. The next line counts as a new chunk's first.
    pub fn end_chunk(&mut self) -> Ends {
        let tail = self.tail_slot();
        self.tail = None;
        Ends { head: std::mem::take(&mut self.head), tail }
    }

    /// Adds lines to a group that exists, or to what filters left out.
    pub fn settle(&mut self, slot: Slot, run: Run) {
        match self.table.store.sums(slot) {
            Some(sums) => sums.add_run(run),
            None => self.filtered += run,
        }
    }

    /// Adds lines to what filters left out.
    pub fn settle_filtered(&mut self, run: Run) {
        self.filtered += run;
    }

    /// Adds lines to the group `key`, which is made if need be.
    pub fn settle_key(&mut self, key: &[u8], run: Run) {
        let slot = self.table.slot_of(Fingerprint::of(key, 0), key);
        self.settle(slot, run);
    }

    /// Adds counts to the group `key`, which is made if need be.
    pub fn add(&mut self, key: &[u8], counts: &Counts) {
        self.tail_slot();
        match Sums::alone_in(counts) {
            Some(sums) => self.table.add(key, sums),
            None => {
                let slot = self.table.slot_of(Fingerprint::of(key, 0), key);
                self.table.store.add(slot, counts);
            }
        }
    }

    /// Adds all that another has counted to its end.
    pub fn absorb(&mut self, other: &mut Combiner) {
        other.each_group(|key, counts| self.add(key, &counts));
        self.filtered += other.filtered;
        self.timeless += other.timeless;
        self.seen += other.seen;
    }

    /// Moves all groups of its own to shards.
    pub fn move_to(&mut self, shards: &Shards) {
        shards.add_all(self);
        self.forget_groups();
    }

    fn forget_groups(&mut self) {
        self.table.clear();
        self.pages = Pages::default();
        self.tail = None;
    }

    /// Hands on all groups of its own. A key may come twice: whole, and put together.
    pub fn each_group(&mut self, mut take: impl FnMut(&[u8], Counts)) {
        self.look_up();
        let (store, mut whole) = (&self.table.store, Vec::new());
        for slot in store.slots() {
            let (Some(print), Some(key), Some(counts)) = (store.print(slot), store.key(slot), store.counts(slot)) else {
                continue;
            };
            match self.pages.frame(print.page()) {
                Some(frame) => take(frame.fill(key, &mut whole), counts),
                None => take(key, counts),
            }
        }
    }

    /// How many records were left out for having no time.
    #[must_use]
    pub const fn left_out_timeless(&self) -> u64 {
        self.timeless
    }

    /// What filters left out.
    #[must_use]
    pub const fn left_out(&self) -> Run {
        self.filtered
    }

    /// What lines turned out to be, since this was made or cleared.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// The sum of all its own groups.
    #[must_use]
    pub fn totals(&mut self) -> Counts {
        self.look_up();
        self.table.store.totals()
    }

    /// The number of its own groups, but for those whose first records are not looked up yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.store.len()
    }

    /// Whether it has no group of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Forgets all groups but keeps the room they took, and shares no longer.
    pub fn clear(&mut self) {
        self.forget_groups();
        self.table.share_no_longer();
        self.head = Run::default();
        self.filtered = Run::default();
        self.timeless = 0;
        self.seen = Seen::default();
    }

    /// The group of the last record; `None` if there is no record.
    #[inline]
    fn tail_slot(&mut self) -> Option<Slot> {
        if self.tail == Some(PUT_OFF) {
            self.tail = Some(self.table.last());
        }
        self.tail
    }

    /// Looks up all that is put off, here and for the shards.
    pub fn look_up(&mut self) {
        self.tail_slot();
        self.table.look_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Short alphabets and lengths around 8 and 16, where the fingerprint changes its way.
        #[test]
        fn counts_as_a_plain_map_does(keys in proptest::collection::vec("[ab]{0,3}|a{4,20}b{0,2}|b{0,2}a{4,20}|[a-z]{15,18}", 0..300)) {
            let mut combiner = Combiner::default();
            let mut plain: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
            for key in &keys {
                combiner.record(key.as_bytes(), None, 1);
                *plain.entry(key.clone().into_bytes()).or_default() += 1;
            }
            let mut counted = BTreeMap::new();
            combiner.each_group(|key, counts| {
                counted.insert(key.to_vec(), counts.records);
            });
            prop_assert_eq!(counted, plain);
        }
    }

    #[test]
    fn continuations_follow_their_record_and_head_lines_wait() {
        let mut combiner = Combiner::default();
        combiner.continuation(5);
        combiner.record(b"a", None, 10);
        combiner.continuation(7);
        let ends = combiner.end_chunk();
        assert_eq!(ends, Ends { head: Run { lines: 1, bytes: 5 }, tail: Some(0) });
        combiner.continuation(3);
        assert_eq!(combiner.end_chunk(), Ends { head: Run { lines: 1, bytes: 3 }, tail: None });
        let mut groups = Vec::new();
        combiner.each_group(|key, counts| groups.push((key.to_vec(), counts)));
        assert_eq!(groups, [(b"a".to_vec(), Counts { records: 1, lines: 2, bytes: 17, ..Counts::default() })]);
    }
}
