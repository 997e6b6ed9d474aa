//! The map from keys to sums: no allocation per record, no hash for a key that was met a moment ago, and where there are too many groups
//! for the caches, several looked up in the time of one.

use super::{
    counts::Sums,
    index::{Cell, Index, LARGE, Slot, Tag},
    print::{Fingerprint, WHOLE},
};
use crate::read::prefer_large_pages;
use foldhash::fast::RandomState;

/// The slot of a record whose group is not looked up yet.
pub(super) const PUT_OFF: Slot = Slot::MAX - 1;

/// Sums by key, in slots from 0 on.
#[derive(Debug, Default)]
pub(super) struct Table {
    groups: Vec<Group>,
    /// All keys, end to end.
    arena: Vec<u8>,
    /// Where each group's key begins there.
    starts: Vec<usize>,
    index: Index,
    hasher: RandomState,
    recent: Recent,
    put_off: PutOff,
}

/// A group: what tells its key from others stands beside its counts, so that a count touches one place in memory, a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group {
    sums: Sums,
    print: Fingerprint,
}

/// From so many groups on they are not in the core's own cache (32,768 of 64 bytes are 2 MiB), and looking one up is waiting for
/// memory. Then records are put off, and several are looked up side by side.
pub(super) const MANY: usize = 1 << 15;

/// How many are looked up side by side. More than a core's memory requests in flight (some dozens) gain nothing.
const AT_ONCE: usize = 32;

/// Records whose groups are looked up together. Only whole fingerprints: the keys themselves are gone by then.
#[derive(Clone, Copy, Debug, Default)]
struct PutOff {
    waiting: [Waiting; AT_ONCE],
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    print: Fingerprint,
    tag: Tag,
    sums: Sums,
}

impl Table {
    /// Counts a record's first line. Gives its group's slot, or [`PUT_OFF`] where [`look_up`](Table::look_up) will.
    #[inline(always)]
    pub(super) fn record(&mut self, print: Fingerprint, key: &[u8], bytes: u64) -> Slot {
        let slot = *self.recent.place(print);
        let known = self.groups.get(slot as usize).is_some_and(|group| self.is(slot, group, print, key));
        match self.groups.get_mut(slot as usize) {
            Some(group) if known => {
                group.sums.add_record(bytes);
                slot
            }
            // Apart, as it needs much that the usual line does not: a call for each is a tenth of what short lines cost. And without the
            // fingerprint, which would have to be put into memory for the call, and is so for every line then.
            _ => self.record_elsewhere(key, print.page(), bytes),
        }
    }

    /// The same where the group is not one of the recent ones.
    #[inline(never)]
    fn record_elsewhere(&mut self, key: &[u8], page: u32, bytes: u64) -> Slot {
        let print = Fingerprint::of(key, page);
        if self.groups.len() >= MANY {
            return self.add(print, key, Sums::of_record(bytes));
        }
        let slot = self.slot_of(print, key);
        *self.recent.place(print) = slot;
        if let Some(sums) = self.sums(slot) {
            sums.add_record(bytes);
        }
        slot
    }

    /// Adds sums to a key's group, which is made if need be. Gives its slot, or [`PUT_OFF`] where [`look_up`](Table::look_up) will.
    pub(super) fn add(&mut self, print: Fingerprint, key: &[u8], more: Sums) -> Slot {
        if !print.is_whole() {
            let slot = self.slot_of(print, key);
            if let Some(sums) = self.sums(slot) {
                sums.add(more);
            }
            return slot;
        }
        let tag = Tag::of(print.hash(&self.hasher, key));
        if let Some(place) = self.put_off.waiting.get_mut(self.put_off.len) {
            *place = Waiting { print, tag, sums: more };
            self.put_off.len += 1;
        }
        if self.put_off.len == AT_ONCE { self.look_up() } else { PUT_OFF }
    }

    /// The slot of a key, which is made if need be.
    pub(super) fn slot_of(&mut self, print: Fingerprint, key: &[u8]) -> Slot {
        self.find_or_insert(print, Tag::of(print.hash(&self.hasher, key)), key)
    }

    /// Looks up what is put off. First all cells are read, then all groups that they lead to, with no choice between that a processor
    /// would have to guess: so it waits for many places in memory in the time of one. Gives the slot of what was put off
    /// last; [`PUT_OFF`] if nothing was.
    pub(super) fn look_up(&mut self) -> Slot {
        let len = std::mem::take(&mut self.put_off.len);
        if len == 0 {
            return PUT_OFF;
        }
        let waiting = self.put_off.waiting;
        let waiting = waiting.get(..len).unwrap_or_default();
        let mut cells = [Cell::default(); AT_ONCE];
        for (cell, waiting) in cells.iter_mut().zip(waiting) {
            *cell = self.index.home(waiting.tag);
        }
        let last = self.groups.len().saturating_sub(1);
        for cell in cells.iter().take(len) {
            let slot = (cell.slot() as usize).min(last);
            std::hint::black_box(self.groups.get(slot).map_or(0, |group| group.sums.records()));
        }
        let mut found = PUT_OFF;
        for (cell, waiting) in cells.iter().zip(waiting) {
            let Waiting { print, tag, sums } = *waiting;
            let is = |slot: &Slot| self.groups.get(*slot as usize).is_some_and(|group| group.print.is_like(print));
            found = cell.slot_of(tag).filter(is).unwrap_or_else(|| {
                // Another cell has it, or none has; or it was made by one before it here.
                let mut key = [0; WHOLE];
                self.find_or_insert(print, tag, print.key(&mut key))
            });
            if let Some(group) = self.groups.get_mut(found as usize) {
                group.sums.add(sums);
            }
        }
        found
    }

    #[inline]
    fn find_or_insert(&mut self, print: Fingerprint, tag: Tag, key: &[u8]) -> Slot {
        let is = |slot: Slot| self.groups.get(slot as usize).is_some_and(|group| self.is(slot, group, print, key));
        if let Some(slot) = self.index.find(tag, is) {
            return slot;
        }
        // Slots fit 32 bits: four billion groups would not fit the memory bound by far.
        let slot = self.groups.len() as Slot;
        self.index.insert(tag, slot);
        make_room(&mut self.groups, 1);
        self.groups.push(Group { sums: Sums::default(), print });
        make_room(&mut self.starts, 1);
        self.starts.push(self.arena.len());
        make_room(&mut self.arena, key.len());
        self.arena.extend_from_slice(key);
        if self.groups.len() == MANY {
            // From here on a place would lead to a group that is far away, and hardly ever to the right one.
            self.recent = Recent::default();
        }
        slot
    }

    /// Whether this is the key's group.
    #[inline]
    fn is(&self, slot: Slot, group: &Group, print: Fingerprint, key: &[u8]) -> bool {
        group.print.is_like(print) && (print.is_whole() || self.key(slot) == Some(key))
    }

    /// A group's sums, if it is one.
    #[inline]
    pub(super) fn sums(&mut self, slot: Slot) -> Option<&mut Sums> {
        self.groups.get_mut(slot as usize).map(|group| &mut group.sums)
    }

    /// A group's fingerprint and sums, if it is one. What is put off is not among them.
    #[inline]
    pub(super) fn group(&self, slot: Slot) -> Option<(Fingerprint, Sums)> {
        self.groups.get(slot as usize).map(|group| (group.print, group.sums))
    }

    /// A group's key, as it is on its page.
    #[inline]
    pub(super) fn key(&self, slot: Slot) -> Option<&[u8]> {
        let (slot, start) = (slot as usize, *self.starts.get(slot as usize)?);
        self.arena.get(start..start + self.groups.get(slot)?.print.len() as usize)
    }

    /// All slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        // As many as slots can name, by how they are made.
        0..self.groups.len() as Slot
    }

    /// The number of groups, but for those whose first records are put off.
    pub(super) const fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether nothing is counted.
    pub(super) const fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.put_off.len == 0
    }

    /// Forgets all but the room that it took.
    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.arena.clear();
        self.starts.clear();
        self.index.clear();
        self.put_off.len = 0;
    }
}

/// How many times the room grows that has become large. What is not used yet is no memory, only addresses; and each time the large
/// pages come apart.
const GROWTH: usize = 8;

/// Makes room for so many more in a vector that has become large; a small one makes its own.
fn make_room<T>(vec: &mut Vec<T>, more: usize) {
    let (room, len) = (vec.capacity(), vec.len());
    if room - len < more && room * size_of::<T>() >= LARGE / 2 {
        // Where there are no addresses left, the vector asks for less.
        if vec.try_reserve_exact(room * (GROWTH - 1) + more).is_ok() {
            prefer_large_pages(vec.spare_capacity_mut());
        }
    }
}

/// How many keys are found without a hash; a power of two. 2,048 places are 8 KiB, a quarter of the L1 cache, and hold the
/// services of nearly any tree with few collisions.
const PLACES: usize = 2048;

/// A direct-mapped cache from fingerprints to slots. A hostile log can make its keys collide here, and then
/// pays the price of a hash (which is seeded), not more. What it says is looked at before it is believed, so it may be out of date.
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
        &mut self.slots[(print.mixed() >> (u64::BITS - PLACES.ilog2())) as usize]
    }
}
