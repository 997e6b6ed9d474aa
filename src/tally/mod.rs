//! Keys to counts. A worker counts into its own [`Combiner`]; the [`Tally`] is the sharded map that all of
//! them are gathered in, touched once per key and file, never per line.

mod combiner;
mod counts;
mod files;
#[cfg(test)]
mod flood;
mod groups;
mod index;
mod limits;
mod print;
mod seen;
mod shards;
mod store;
mod table;

pub use combiner::{Combiner, Ends};
pub use counts::{Counts, Extent, Run};
use dashmap::{DashMap, Entry, try_result::TryResult};
pub use files::{FileCounts, Services};
use foldhash::fast::RandomState;
pub use groups::Groups;
pub use index::Slot;
pub use limits::{BadMaxGroups, MaxGroups, Size, TELLING};
pub use seen::{Seen, Share};
pub use shards::Shards;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// The counts of all groups of a run, shared by its workers.
#[derive(Debug, Default)]
pub struct Tally {
    groups: DashMap<Box<[u8]>, Counts, RandomState>,
    /// Of these groups.
    size: limits::Growing,
    /// Groups of workers and files that have many.
    shards: Shards,
    filtered: Mutex<Run>,
    timeless: AtomicU64,
}

/// From so many groups on a combiner is added to the shards. To put each of a million keys into a box of its own in the map costs more
/// than to count a gigabyte.
const MANY: usize = 10_000;

/// So many workers have shards of the map of their own.
const MOST_WORKERS: usize = 1 << 12;

impl Tally {
    /// One for so many workers.
    #[must_use]
    pub fn new(threads: usize) -> Tally {
        // As many for each worker as the map would have by itself for each CPU; but it would ask the system for their number.
        let in_map = threads.clamp(1, MOST_WORKERS).next_power_of_two() * 4;
        let groups = DashMap::with_hasher_and_shard_amount(RandomState::default(), in_map);
        let (size, filtered, timeless) = Default::default();
        Tally { groups, size, shards: Shards::new(threads), filtered, timeless }
    }

    /// Where the groups are that are too many for the map.
    #[must_use]
    pub const fn shards(&self) -> &Shards {
        &self.shards
    }

    /// Adds all that a combiner has counted, and clears it.
    pub fn add(&self, combiner: &mut Combiner) {
        self.add_by(combiner, |key, counts| self.add_group(key, counts));
    }

    /// The same, and `wait` is given what another thread stands in the way of, to be done once: who wants to know how long that takes can
    /// measure it there.
    pub fn add_waiting(&self, combiner: &mut Combiner, wait: impl Fn(&mut dyn FnMut())) {
        self.add_by(combiner, |key, counts| {
            match self.groups.try_get_mut(key) {
                TryResult::Present(mut known) => return *known += counts,
                TryResult::Absent => {
                    if let Some(entry) = self.groups.try_entry(key.into()) {
                        return self.add_entry(entry, counts);
                    }
                }
                TryResult::Locked => {}
            }
            wait(&mut || self.add_group(key, counts));
        });
    }

    fn add_by(&self, combiner: &mut Combiner, add: impl FnMut(&[u8], Counts)) {
        self.timeless.fetch_add(combiner.left_out_timeless(), Ordering::Relaxed);
        let filtered = combiner.left_out();
        if filtered.lines > 0 {
            *lock(&self.filtered) += filtered;
        }
        if combiner.len() >= MANY {
            combiner.move_to(&self.shards);
        } else {
            combiner.each_group(add);
        }
        combiner.clear();
    }

    fn add_group(&self, key: &[u8], counts: Counts) {
        // Looked up by the borrowed key first: a key is copied only when it is new.
        if let Some(mut known) = self.groups.get_mut(key) {
            *known += counts;
        } else {
            self.add_entry(self.groups.entry(key.into()), counts);
        }
    }

    fn add_entry(&self, entry: Entry<'_, Box<[u8]>, Counts>, counts: Counts) {
        match entry {
            Entry::Occupied(mut known) => *known.get_mut() += counts,
            Entry::Vacant(new) => {
                self.size.add(new.key().len());
                new.insert(counts);
            }
        }
    }

    /// What filters left out.
    #[must_use]
    pub fn left_out(&self) -> Run {
        *lock(&self.filtered)
    }

    /// How many records filters left out for having no time.
    #[must_use]
    pub fn left_out_timeless(&self) -> u64 {
        self.timeless.load(Ordering::Relaxed)
    }

    /// All groups, in no order.
    #[must_use]
    pub fn into_groups(self) -> Groups {
        // Few groups are in no shard, and need not be in several.
        let shards = if self.shards.is_empty() { Shards::default() } else { self.shards };
        self.groups.into_iter().for_each(|(key, counts)| shards.add(&key, &counts));
        Groups::of(shards)
    }
}

/// A lock that a panic elsewhere does not poison: counts are only added whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
