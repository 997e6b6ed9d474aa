//! A worker's private counts by key, and where in the chunk the count stands. No locks.

use super::{
    Seen,
    counts::{Counts, Extent, Grades, Run, Sums},
    groups::Groups,
    index::Slot,
    print::Fingerprint,
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
use std::collections::HashMap;

/// The slot of what filters left out: that of no group.
const FILTERED: Slot = Slot::MAX;

/// Counts by key, and where in the chunk the count stands: the lines before its first record, and whose the
/// next continuation is.
#[derive(Debug, Default)]
pub struct Combiner {
    table: Table,
    /// How bad the records of each group are, as far as that is kept.
    grades: Vec<Grades>,
    /// When the records of each group were written, if that is kept.
    extents: Vec<Extent>,
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
            *at(&mut self.grades, slot) += grade;
        }
    }

    /// Takes note of when the last record was written.
    pub fn written_at(&mut self, moment: Moment) {
        if let Some(slot) = self.tail_slot().filter(|slot| (*slot as usize) < self.table.len()) {
            at(&mut self.extents, slot).add(moment);
        }
    }

    /// Counts a line that continues the last record of this chunk.
    #[inline]
    pub fn continuation(&mut self, bytes: u64) {
        let run = Run { lines: 1, bytes };
        match self.tail_slot() {
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
        match self.table.sums(slot) {
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
    pub fn add(&mut self, key: &[u8], counts: Counts) {
        self.tail_slot();
        let (print, sums, grades, times) =
            (Fingerprint::of(key, 0), Sums::in_counts(&counts), Grades::in_counts(&counts), counts.times);
        if grades == Grades::default() && times == Extent::default() {
            self.table.add(print, key, sums);
            return;
        }
        let slot = self.table.slot_of(print, key);
        if let Some(group) = self.table.sums(slot) {
            group.add(sums);
        }
        if grades != Grades::default() {
            *at(&mut self.grades, slot) += grades;
        }
        if times != Extent::default() {
            *at(&mut self.extents, slot) += times;
        }
    }

    /// Adds all that another has counted to its end.
    pub fn absorb(&mut self, other: &mut Combiner) {
        other.each_group(|key, counts| self.add(key, counts));
        self.filtered += other.filtered;
        self.timeless += other.timeless;
        self.seen += other.seen;
    }

    /// Hands on all groups. A key may come twice: whole, and put together.
    pub fn each_group(&mut self, mut take: impl FnMut(&[u8], Counts)) {
        self.look_up();
        let mut whole = Vec::new();
        for slot in self.table.slots() {
            let (Some((print, _)), Some(key), Some(counts)) = (self.table.group(slot), self.table.key(slot), self.counts(slot))
            else {
                continue;
            };
            match self.pages.frame(print.page()) {
                Some(frame) => take(frame.fill(key, &mut whole), counts),
                None => take(key, counts),
            }
        }
    }

    /// All groups, each once.
    #[must_use]
    pub fn into_groups(mut self) -> Groups {
        self.look_up();
        if self.pages.frames.is_empty() {
            return Groups::of(self);
        }
        let mut whole = Combiner::default();
        whole.absorb(&mut self);
        whole.into_groups()
    }

    /// A group's key, as it is on its page.
    #[inline]
    pub(super) fn key(&self, slot: Slot) -> Option<&[u8]> {
        self.table.key(slot)
    }

    /// A group's counts, if it is one.
    #[inline]
    pub(super) fn counts(&self, slot: Slot) -> Option<Counts> {
        let (_, sums) = self.table.group(slot)?;
        let (grades, extent) = (self.grades.get(slot as usize).copied(), self.extents.get(slot as usize).copied());
        Some(sums.with(grades.unwrap_or_default(), extent.unwrap_or_default()))
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

    /// The sum of all groups.
    #[must_use]
    pub fn totals(&mut self) -> Counts {
        self.look_up();
        let counts = self.table.slots().filter_map(|slot| self.counts(slot));
        counts.fold(Counts::default(), |mut totals, counts| {
            totals += counts;
            totals
        })
    }

    /// The number of groups, but for those whose first records are not looked up yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Forgets all groups but keeps the room they took.
    pub fn clear(&mut self) {
        self.table.clear();
        self.head = Run::default();
        self.tail = None;
        self.filtered = Run::default();
        self.timeless = 0;
        self.seen = Seen::default();
        self.grades.clear();
        self.extents.clear();
        self.pages = Pages::default();
    }

    /// The group of the last record; `None` if there is no record.
    #[inline]
    fn tail_slot(&mut self) -> Option<Slot> {
        if self.tail == Some(PUT_OFF) {
            self.tail = Some(self.table.look_up());
        }
        self.tail
    }

    /// Looks up all that is put off.
    fn look_up(&mut self) {
        self.tail_slot();
        self.table.look_up();
    }
}

/// What is kept of a slot beside its group, made if need be.
fn at<T: Clone + Default>(kept: &mut Vec<T>, slot: Slot) -> &mut T {
    let slot = slot as usize;
    if kept.len() <= slot {
        kept.resize(slot + 1, T::default());
    }
    &mut kept[slot]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::table::MANY;
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

    /// More groups than are looked up one by one, long names among them, each record followed by lines that continue it or not, in
    /// chunks that end anywhere, by two workers: against a map.
    #[test]
    fn many_groups_count_as_a_plain_map_does() {
        let mut plain: BTreeMap<Vec<u8>, Counts> = BTreeMap::new();
        let mut workers = [Combiner::default(), Combiner::default()];
        // The numbers of Knuth's MMIX generator: as good as any.
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300_000 {
            let number = random(2 * MANY as u64);
            let key = match number % 4 {
                0 => format!("{number}"),
                1 => format!("service-{number}"),
                2 => format!("a-service-of-some-length-{number}"),
                _ => format!("a-service-of-more-than-the-usual-length-{number}"),
            };
            let (level, lines, worker) = (random(40), random(3), &mut workers[random(2) as usize]);
            let level = [Some(Level::Error), Some(Level::Warn), Some(Level::Info)].get(level as usize).copied().flatten();
            let counts = plain.entry(key.clone().into_bytes()).or_default();
            worker.record(key.as_bytes(), level, 100);
            (0..lines).for_each(|_| worker.continuation(10));
            *counts += Counts { records: 1, lines: 1 + lines, bytes: 100 + 10 * lines, ..Counts::default() };
            counts.errors += u64::from(level == Some(Level::Error));
            counts.warnings += u64::from(level == Some(Level::Warn));
            if random(50) == 0 {
                let moment = Moment::from_nanos(random(1000) as i64);
                worker.written_at(moment);
                counts.times.add(moment);
            }
            if random(100) == 0 {
                let tail = worker.end_chunk().tail.unwrap();
                worker.settle(tail, Run { lines: 1, bytes: 7 });
                *counts += Counts { lines: 1, bytes: 7, ..Counts::default() };
            }
        }
        let [mut all, mut other] = workers;
        let mut totals = Counts::default();
        plain.values().for_each(|counts| totals += *counts);
        let mut summed = all.totals();
        summed += other.totals();
        assert_eq!(summed, totals);
        all.absorb(&mut other);
        assert_eq!(all.seen().records, 300_000);
        let groups = all.into_groups();
        assert_eq!(groups.len(), plain.len());
        assert!(groups.iter().all(|(key, counts)| plain.get(key) == Some(&counts)));
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
