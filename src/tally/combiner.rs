//! A worker's private map from keys to counts: no locks, no allocation per line, and no hash for a key that
//! was met a moment ago.

use super::{
    Seen,
    counts::{Counts, Extent, Run, Sums},
};
use crate::{
    classify::Frame,
    parse::{
        level::Level,
        time::{Bucket, Moment},
    },
};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::{collections::HashMap, hash::BuildHasher};

/// Which of a combiner's groups; dense, from 0.
pub type Slot = u32;

/// The slot of what filters left out: that of no group.
const FILTERED: Slot = Slot::MAX;

/// Counts by key, and where in the chunk the count stands: the lines before its first record, and whose the
/// next continuation is.
#[derive(Debug, Default)]
pub struct Combiner {
    groups: Vec<Group>,
    /// All keys, end to end.
    arena: Vec<u8>,
    table: HashTable<Slot>,
    hasher: RandomState,
    recent: Recent,
    head: Run,
    tail: Option<Slot>,
    filtered: Run,
    timeless: u64,
    seen: Seen,
    /// When the records of each group were written, if that is kept.
    extents: Vec<Extent>,
    pages: Pages,
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

/// A group: what tells its key from others stands beside its counts, so that a count touches one place in memory.
#[derive(Clone, Copy, Debug)]
struct Group {
    print: Fingerprint,
    /// Where its key begins in the arena.
    start: usize,
    sums: Sums,
}

impl Group {
    fn key<'a>(&self, arena: &'a [u8]) -> Option<&'a [u8]> {
        arena.get(self.start..self.start + self.print.len() as usize)
    }

    /// Whether this is the key's group. The fingerprint is all of a key up to 16 bytes, and both ends of a longer one.
    #[inline]
    fn is(&self, print: Fingerprint, key: &[u8], arena: &[u8]) -> bool {
        self.print == print && (key.len() <= 16 || self.key(arena) == Some(key))
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
        let slot = self.slot(print, key);
        self.tail = Some(slot);
        self.seen.records += 1;
        if let Some(group) = self.groups.get_mut(slot as usize) {
            group.sums.add_record(level, bytes);
        }
    }

    /// Takes note of when the last record was written.
    pub fn written_at(&mut self, moment: Moment) {
        let Some(slot) = self.tail.map(|slot| slot as usize).filter(|slot| *slot < self.groups.len()) else { return };
        if self.extents.len() <= slot {
            self.extents.resize(slot + 1, Extent::default());
        }
        if let Some(extent) = self.extents.get_mut(slot) {
            extent.add(moment);
        }
    }

    /// Counts a line that continues the last record of this chunk.
    #[inline]
    pub fn continuation(&mut self, bytes: u64) {
        let run = Run { lines: 1, bytes };
        match self.tail {
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
        Ends { head: std::mem::take(&mut self.head), tail: self.tail.take() }
    }

    /// Adds lines to a group that exists, or to what filters left out.
    pub fn settle(&mut self, slot: Slot, run: Run) {
        match self.groups.get_mut(slot as usize) {
            Some(group) => group.sums.add_run(run),
            None => self.filtered += run,
        }
    }

    /// Adds lines to what filters left out.
    pub fn settle_filtered(&mut self, run: Run) {
        self.filtered += run;
    }

    /// Adds lines to the group `key`, which is made if need be.
    pub fn settle_key(&mut self, key: &[u8], run: Run) {
        let slot = self.slot(Fingerprint::of(key, 0), key);
        self.settle(slot, run);
    }

    /// Adds all that another has counted to its end.
    pub fn absorb(&mut self, other: &Combiner) {
        other.each_group(|key, counts| {
            let slot = self.slot(Fingerprint::of(key, 0), key) as usize;
            if let Some(group) = self.groups.get_mut(slot) {
                group.sums.add(counts);
            }
            if counts.times != Extent::default() {
                if self.extents.len() <= slot {
                    self.extents.resize(slot + 1, Extent::default());
                }
                if let Some(extent) = self.extents.get_mut(slot) {
                    *extent += counts.times;
                }
            }
        });
        self.filtered += other.filtered;
        self.timeless += other.timeless;
        self.seen += other.seen;
    }

    /// Hands on all groups. A key may come twice: whole, and put together.
    pub fn each_group(&self, mut take: impl FnMut(&[u8], Counts)) {
        let mut whole = Vec::new();
        for (slot, group) in self.groups.iter().enumerate() {
            let Some(key) = group.key(&self.arena) else { continue };
            match self.pages.frame(group.print.page()) {
                Some(frame) => take(frame.fill(key, &mut whole), self.counts(slot, group)),
                None => take(key, self.counts(slot, group)),
            }
        }
    }

    fn counts(&self, slot: usize, group: &Group) -> Counts {
        group.sums.with(self.extents.get(slot).copied().unwrap_or_default())
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
    pub fn totals(&self) -> Counts {
        self.groups.iter().enumerate().fold(Counts::default(), |mut totals, (slot, group)| {
            totals += self.counts(slot, group);
            totals
        })
    }

    /// The number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Forgets all groups but keeps the room they took.
    pub fn clear(&mut self) {
        self.groups.clear();
        self.arena.clear();
        self.table.clear();
        self.recent = Recent::default();
        self.head = Run::default();
        self.tail = None;
        self.filtered = Run::default();
        self.timeless = 0;
        self.seen = Seen::default();
        self.extents.clear();
        self.pages = Pages::default();
    }

    /// The slot of a key, made if it is new.
    // Inlined without what a new key needs: a call per line is a tenth of what short lines cost.
    #[inline(always)]
    fn slot(&mut self, print: Fingerprint, key: &[u8]) -> Slot {
        let slot = *self.recent.place(print);
        match self.groups.get(slot as usize) {
            Some(group) if group.is(print, key, &self.arena) => slot,
            _ => self.slot_by_hash(print, key),
        }
    }

    #[inline(never)]
    fn slot_by_hash(&mut self, print: Fingerprint, key: &[u8]) -> Slot {
        let slot = self.find_or_insert(print, key);
        *self.recent.place(print) = slot;
        slot
    }

    #[inline]
    fn find_or_insert(&mut self, print: Fingerprint, key: &[u8]) -> Slot {
        let hash = hash_of(&self.hasher, print, key);
        let (groups, arena, hasher) = (&self.groups, &self.arena, &self.hasher);
        let is = |slot: &Slot| groups.get(*slot as usize).is_some_and(|group| group.is(print, key, arena));
        if let Some(slot) = self.table.find(hash, is) {
            return *slot;
        }
        // Slots fit 32 bits: four billion groups would not fit the memory bound by far.
        let slot = groups.len() as Slot;
        self.table.insert_unique(hash, slot, |slot| {
            groups.get(*slot as usize).map_or(0, |group| hash_of(hasher, group.print, group.key(arena).unwrap_or_default()))
        });
        self.groups.push(Group { print, start: self.arena.len(), sums: Sums::default() });
        self.arena.extend_from_slice(key);
        slot
    }
}

/// The hash of a key; a short one's fingerprint is all of it, and is at hand.
#[inline]
fn hash_of(hasher: &RandomState, print: Fingerprint, key: &[u8]) -> u64 {
    if key.len() <= 16 { hasher.hash_one((print.first, print.last, print.place)) } else { hasher.hash_one((key, print.place)) }
}

/// The length of a key with its first and last eight bytes: all there is of a key up to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    /// Its length, and above it the page that it is on: one word, to be compared at once.
    place: u64,
    first: u64,
    last: u64,
}

impl Fingerprint {
    #[inline]
    fn of(key: &[u8], page: u32) -> Fingerprint {
        let (first, last) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
                (Some(first), Some(last)) => (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last))),
                _ => (key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
            },
        };
        // Keys are names from lines and paths, far shorter than 4 GiB.
        Fingerprint { place: key.len() as u64 | u64::from(page) << 32, first, last }
    }

    const fn len(self) -> u32 {
        self.place as u32
    }

    const fn page(self) -> u32 {
        (self.place >> 32) as u32
    }
}

/// How many keys are found without a hash; a power of two. 2,048 places are 8 KiB, a quarter of the L1 cache, and hold the services
/// of nearly any tree with few collisions.
const PLACES: usize = 2048;

/// A direct-mapped cache from fingerprints to slots. A hostile log can make its keys collide here, and then
/// pays the price of a hash (which is seeded), not more.
#[derive(Debug)]
struct Recent {
    slots: Box<[Slot; PLACES]>,
}

impl Default for Recent {
    fn default() -> Self {
        // No group has this slot, so nothing is found.
        Recent { slots: Box::new([Slot::MAX; PLACES]) }
    }
}

impl Recent {
    #[inline]
    fn place(&mut self, print: Fingerprint) -> &mut Slot {
        // Fibonacci hashing: the odd factor is 2^64 over the golden ratio; the top bits are well mixed.
        let mixed = (print.first ^ print.last.rotate_left(29) ^ print.place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        &mut self.slots[(mixed >> (64 - PLACES.ilog2())) as usize]
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
