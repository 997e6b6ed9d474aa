//! A worker's own map from keys to sums: no allocation per record, and no hash for a key that was met a moment ago. Where there are too
//! many groups for the caches, records are put off, and several are looked up in the time of one: here, or in the shards that the
//! workers share.

use super::{
    Counts, Size,
    counts::{Run, Sums},
    index::{Slot, Tag},
    print::Fingerprint,
    shards::{Scatter, Shards},
    store::{PutOff, Store},
};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// The slot of a record whose group is not looked up yet.
pub(super) const PUT_OFF: Slot = Slot::MAX - 1;

/// Sums by key.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) store: Store,
    hasher: RandomState,
    recent: Recent,
    /// What is looked up here later.
    put_off: PutOff,
    /// Where many groups are shared with other workers.
    scatter: Option<Scatter>,
    /// Whether it was there that a record was put off last.
    is_scattered: bool,
}

/// From so many groups on they are not in the core's own cache (32,768 of 64 bytes are 2 MiB), and looking one up is waiting for
/// memory. Then records are put off.
pub(super) const MANY: usize = 1 << 15;

impl Table {
    /// Has what comes beyond [`MANY`] groups counted in these shards, with others. Only of an empty table.
    pub(super) fn share(&mut self, shards: &Arc<Shards>) {
        self.hasher = shards.hasher();
        self.scatter = Some(Scatter::new(Arc::clone(shards)));
    }

    /// Counts a record's first line. Gives its group's slot, or [`PUT_OFF`] where [`last`](Table::last) will.
    #[inline(always)]
    pub(super) fn record(&mut self, print: Fingerprint, key: &[u8], bytes: u64) -> Slot {
        let slot = *self.recent.place(print);
        let known = self.store.is(slot, print, key);
        match self.store.sums(slot) {
            Some(sums) if known => {
                sums.add_record(bytes);
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
        if self.store.len() >= MANY {
            return self.put_off(key, page, Sums::of_record(bytes));
        }
        self.record_here(key, page, bytes)
    }

    /// The same where there are few groups.
    #[inline(never)]
    fn record_here(&mut self, key: &[u8], page: u32, bytes: u64) -> Slot {
        let print = Fingerprint::of(key, page);
        let slot = self.slot_of(print, key);
        *self.recent.place(print) = slot;
        self.add_to(slot, Sums::of_record(bytes))
    }

    /// Adds sums to a key's group, which is made if need be, now or later.
    pub(super) fn add(&mut self, key: &[u8], more: Sums) {
        if self.store.len() >= MANY {
            self.put_off(key, 0, more);
        } else {
            self.add_now(key, 0, more);
        }
    }

    /// The same at once. Apart, as it lends the fingerprint.
    #[inline(never)]
    fn add_now(&mut self, key: &[u8], page: u32, more: Sums) -> Slot {
        let slot = self.slot_of(Fingerprint::of(key, page), key);
        self.add_to(slot, more)
    }

    fn add_to(&mut self, slot: Slot, more: Sums) -> Slot {
        if let Some(sums) = self.store.sums(slot) {
            sums.add(more);
        }
        slot
    }

    /// Adds sums to a key's group where there are many. Gives its slot, or [`PUT_OFF`] where [`last`](Table::last) will.
    ///
    /// The fingerprint must not be lent to anything that is called: then it would stand in memory, word by word, and be copied from there to
    /// where it waits in wider pieces than it was written in, for which a processor waits. That was a twentieth of the time that a million
    /// groups take. So all down to [`PutOff::push`] is in line.
    #[inline(always)]
    fn put_off(&mut self, key: &[u8], page: u32, more: Sums) -> Slot {
        let print = Fingerprint::of(key, page);
        if !print.is_whole() {
            return self.add_now(key, page, more);
        }
        let hash = print.hash(&self.hasher, key);
        // What is on a page has its name from this worker, which says nothing to others.
        self.is_scattered = self.scatter.is_some() && print.page() == 0;
        match &mut self.scatter {
            Some(scatter) if self.is_scattered => {
                scatter.put_off(print, hash, more);
                PUT_OFF
            }
            _ if self.put_off.push(print, Tag::of(hash), more) => self.store.add_all(&mut self.put_off).unwrap_or(PUT_OFF),
            _ => PUT_OFF,
        }
    }

    /// The slot of a key, which is made if need be.
    pub(super) fn slot_of(&mut self, print: Fingerprint, key: &[u8]) -> Slot {
        let slot = self.store.find_or_insert(print, Tag::of(print.hash(&self.hasher, key)), key);
        if slot as usize + 1 == MANY {
            // From here on a place would lead to a group that is far away, and hardly ever to the right one. Now all lead to the first.
            self.recent = Recent::of_the_first();
        }
        slot
    }

    /// The slot of the group of what was put off last. In shards it has none: then its key gets one here, and all is added up in the end.
    pub(super) fn last(&mut self) -> Slot {
        if !self.is_scattered {
            return self.store.add_all(&mut self.put_off).unwrap_or(PUT_OFF);
        }
        match self.scatter.as_ref().and_then(Scatter::last) {
            Some(print) => self.slot_of(print, print.key().unwrap_or_default()),
            None => PUT_OFF,
        }
    }

    /// Adds lines to the group of what was put off last.
    pub(super) fn continue_last(&mut self, run: Run) {
        match &mut self.scatter {
            Some(scatter) if self.is_scattered => scatter.continue_last(run),
            _ => {
                if let Some(sums) = self.put_off.last() {
                    sums.add_run(run);
                }
            }
        }
    }

    /// Looks up all that is put off.
    pub(super) fn look_up(&mut self) {
        self.store.add_all(&mut self.put_off);
        if let Some(scatter) = &mut self.scatter {
            scatter.look_up();
        }
    }

    /// What the groups take that are in shards, be they this worker's or another's.
    pub(super) fn scattered(&self) -> Size {
        self.scatter.as_ref().map_or_else(Size::default, Scatter::size)
    }

    /// Takes all groups out of the shards, be they this worker's or another's, and gives their sum.
    pub(super) fn gather_scattered(&mut self) -> Counts {
        self.scatter.as_ref().map_or_else(Counts::default, Scatter::gather)
    }

    /// Whether nothing is counted here.
    pub(super) const fn is_empty(&self) -> bool {
        self.store.len() == 0 && self.put_off.is_empty()
    }

    /// Forgets its own groups but the room that they took. Nothing may be put off.
    pub(super) fn clear(&mut self) {
        self.store.clear();
        self.put_off.clear();
        self.is_scattered = false;
    }

    /// Counts nothing in shards any more.
    pub(super) fn share_no_longer(&mut self) {
        self.scatter = None;
    }
}

/// How many keys are found without a hash; a power of two. The places are 64 KiB, which are touched as far as there are services: for a
/// hundred they take as many cache lines as a table of an eighth would, which would do as well; two thousand took 0.90 to 0.95 of its
/// time, ten thousand 0.84 to 0.92, as fewer of them meet in one place.
const PLACES: usize = 1 << 14;

/// A direct-mapped cache from fingerprints to slots. A hostile log can make its keys collide here, and then
/// pays the price of a hash (which is seeded), not more. What it says is looked at before it is believed, so it may be out of date.
#[derive(Debug)]
struct Recent {
    slots: Box<[Slot; PLACES]>,
}

impl Default for Recent {
    /// Any slot would do, and that of no group does. But the memory is to be written to before it is looked at: what is looked at first is a
    /// page of zeros that all have, and is replaced by one of its own when it is written to, of which every CPU is told (a gigabyte in 64
    /// files: 0.96 of the time with 16 threads on two CPUs).
    fn default() -> Self {
        Recent::of(vec![Slot::MAX; PLACES])
    }
}

impl Recent {
    /// One that is looked at and hardly written to. Fresh memory for it is one page of zeros many times, which is always at hand.
    fn of_the_first() -> Recent {
        Recent::of(vec![0; PLACES])
    }

    fn of(slots: Vec<Slot>) -> Recent {
        Recent { slots: slots.into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([0; PLACES])) }
    }

    #[inline]
    fn place(&mut self, print: Fingerprint) -> &mut Slot {
        &mut self.slots[(print.mixed() >> (u64::BITS - PLACES.ilog2())) as usize]
    }
}
