//! Groups side by side in memory, found by tags: what a worker's own table and a shard are both made of.

use super::{
    Size,
    counts::{Counts, Extent, Grades, Sums},
    index::{Index, Slot, Tag},
    print::Fingerprint,
};
use crate::{parse::time::Moment, system::Room};

/// Groups by key, in slots from 0 on.
#[derive(Debug)]
pub(super) struct Store {
    groups: Room<Group>,
    /// From so many bytes on they are in large pages.
    large: usize,
    /// All keys that are longer than a fingerprint, end to end.
    arena: Room<u8>,
    /// How many bytes all keys have.
    key_bytes: u64,
    /// Where the key begins there of each group whose key is so long, as far as there are such.
    starts: Vec<usize>,
    index: Index,
    /// How bad the records of each group are, as far as that is kept.
    grades: Vec<Grades>,
    /// When the records of each group were written, if that is kept.
    extents: Vec<Extent>,
}

impl Default for Store {
    fn default() -> Self {
        Store::of(Index::default(), LARGE)
    }
}

/// A group: what tells its key from others stands beside its counts, so that a count touches one place in memory, a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group {
    sums: Sums,
    print: Fingerprint,
}

/// How many are looked up side by side. More than a core's memory requests in flight (some dozens) gain nothing.
pub(super) const AT_ONCE: usize = 32;

/// Sums of groups that are looked up together. Only whole fingerprints: the keys themselves are gone by then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PutOff {
    waiting: [Waiting; AT_ONCE],
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    print: Fingerprint,
    tag: Tag,
    sums: Sums,
}

impl PutOff {
    /// Puts one off. Says whether there is no room for another.
    #[inline(always)]
    pub(super) fn push(&mut self, print: Fingerprint, tag: Tag, sums: Sums) -> bool {
        if let Some(place) = self.waiting.get_mut(self.len) {
            *place = Waiting { print, tag, sums };
            self.len += 1;
        }
        self.len == AT_ONCE
    }

    /// The sums of what was put off last; `None` if nothing is put off.
    #[inline]
    pub(super) fn last(&mut self) -> Option<&mut Sums> {
        let last = self.len.checked_sub(1)?;
        self.waiting.get_mut(last).map(|waiting| &mut waiting.sums)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) const fn clear(&mut self) {
        self.len = 0;
    }
}

impl Store {
    /// One that is to have many groups, of so many stores: what all of them have room for from the beginning on, does not depend on how
    /// many they are.
    pub(super) fn for_many(stores: usize) -> Store {
        // All together they may have 16 MiB for their cells before there are many groups, and a large page each for groups when these are
        // thousands a store: earlier would be more memory than so few groups may take.
        let large = LARGE / 2;
        Store::of(Index::that_grows_to(((1 << 18) / stores.next_power_of_two()).min(1 << 14)), large)
    }

    fn of(index: Index, large: usize) -> Store {
        Store {
            groups: Room::default(),
            large,
            arena: Room::default(),
            key_bytes: 0,
            starts: Vec::new(),
            index,
            grades: Vec::new(),
            extents: Vec::new(),
        }
    }

    /// Adds all that is put off, and gives the slot of what was put off last. First all cells are read, then all groups that they lead
    /// to, with no choice between that a processor would have to guess: so it waits for many places in memory in the time of one.
    pub(super) fn add_all(&mut self, put_off: &mut PutOff) -> Option<Slot> {
        let len = std::mem::take(&mut put_off.len);
        let waiting = put_off.waiting.get(..len).unwrap_or_default();
        for waiting in waiting {
            std::hint::black_box(self.index.touch(waiting.tag));
        }
        let mut slots = [Slot::MAX; AT_ONCE];
        let last = self.groups.len().saturating_sub(1);
        for (slot, waiting) in slots.iter_mut().zip(waiting) {
            *slot = self.index.likely(waiting.tag);
        }
        for slot in slots.iter().take(len) {
            let slot = (*slot as usize).min(last);
            std::hint::black_box(self.groups.get(slot).map_or(0, |group| group.sums.records()));
        }
        let mut found = None;
        for (slot, waiting) in slots.iter().zip(waiting) {
            let Waiting { print, tag, sums } = *waiting;
            let mut slot = *slot;
            if !self.groups.get(slot as usize).is_some_and(|group| group.print.is_like(print)) {
                // A cell further on has it, or none has; or it was made by one before it here.
                slot = self.find_or_insert(print, tag, print.key().unwrap_or_default());
            }
            if let Some(group) = self.groups.get_mut(slot as usize) {
                group.sums.add(sums);
            }
            found = Some(slot);
        }
        found
    }

    /// The slot of a key, which is made if need be.
    #[inline]
    pub(super) fn find_or_insert(&mut self, print: Fingerprint, tag: Tag, key: &[u8]) -> Slot {
        let is = |slot: Slot| self.is(slot, print, key);
        if let Some(slot) = self.index.find(tag, is) {
            return slot;
        }
        // Slots fit 32 bits: four billion groups would not fit the memory bound by far.
        let slot = self.groups.len() as Slot;
        self.index.insert(tag, slot);
        self.groups.reserve_one(self.large);
        self.groups.push(Group { sums: Sums::default(), print });
        self.key_bytes += key.len() as u64;
        if !print.is_whole() {
            *at(&mut self.starts, slot) = self.arena.len();
            self.arena.extend_from_slice(key);
        }
        slot
    }

    /// Whether the group in this slot is the key's.
    #[inline(always)]
    pub(super) fn is(&self, slot: Slot, print: Fingerprint, key: &[u8]) -> bool {
        let group = self.groups.get(slot as usize);
        group.is_some_and(|group| group.print.is_like(print)) && (print.is_whole() || self.key(slot) == Some(key))
    }

    /// Adds counts to a group.
    pub(super) fn add(&mut self, slot: Slot, counts: &Counts) {
        if let Some(sums) = self.sums(slot) {
            sums.add(Sums::in_counts(counts));
        }
        let grades = Grades::in_counts(counts);
        if grades != Grades::default() {
            self.grade(slot, grades);
        }
        if counts.times != Extent::default() {
            *at(&mut self.extents, slot) += counts.times;
        }
    }

    /// A group's sums, if it is one.
    #[inline]
    pub(super) fn sums(&mut self, slot: Slot) -> Option<&mut Sums> {
        self.groups.get_mut(slot as usize).map(|group| &mut group.sums)
    }

    /// Takes note of bad records of a group that exists.
    pub(super) fn grade(&mut self, slot: Slot, grades: Grades) {
        *at(&mut self.grades, slot) += grades;
    }

    /// Takes note of when a record of a group that exists was written.
    pub(super) fn written_at(&mut self, slot: Slot, moment: Moment) {
        at(&mut self.extents, slot).add(moment);
    }

    /// A group's fingerprint, if it is one.
    #[inline]
    pub(super) fn print(&self, slot: Slot) -> Option<Fingerprint> {
        self.groups.get(slot as usize).map(|group| group.print)
    }

    /// A group's key, if it is one.
    #[inline]
    pub(super) fn key(&self, slot: Slot) -> Option<&[u8]> {
        let print = &self.groups.get(slot as usize)?.print;
        if let Some(key) = print.key() {
            return Some(key);
        }
        let start = *self.starts.get(slot as usize)?;
        self.arena.get(start..start + print.len() as usize)
    }

    /// A group's counts, if it is one.
    #[inline]
    pub(super) fn counts(&self, slot: Slot) -> Option<Counts> {
        let group = self.groups.get(slot as usize)?;
        let (grades, extent) = (self.grades.get(slot as usize).copied(), self.extents.get(slot as usize).copied());
        Some(group.sums.with(grades.unwrap_or_default(), extent.unwrap_or_default()))
    }

    /// All slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        // As many as slots can name, by how they are made.
        0..self.groups.len() as Slot
    }

    /// The sum of all groups.
    pub(super) fn totals(&self) -> Counts {
        let counts = self.slots().filter_map(|slot| self.counts(slot));
        counts.fold(Counts::default(), |mut totals, counts| {
            totals += counts;
            totals
        })
    }

    /// The slots of so many groups that were made last, the oldest of them first.
    pub(super) fn newest(&self, number: usize) -> impl Iterator<Item = Slot> + use<> {
        self.slots().skip(self.len().saturating_sub(number))
    }

    /// What the groups take.
    pub(super) const fn size(&self) -> Size {
        Size { groups: self.groups.len() as u64, bytes: self.key_bytes }
    }

    /// The number of groups.
    pub(super) const fn len(&self) -> usize {
        self.groups.len()
    }

    /// Forgets all but the room that it took.
    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.arena.clear();
        self.key_bytes = 0;
        self.starts.clear();
        self.index.clear();
        self.grades.clear();
        self.extents.clear();
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

/// So much room, in bytes, has become large: it may take a large page from here on, which is twice as much.
const LARGE: usize = 1 << 20;
