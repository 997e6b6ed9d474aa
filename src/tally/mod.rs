//! Keys to counts. A worker counts into its own [`Combiner`]; the [`Tally`] is the sharded map that all of
//! them are gathered in, touched once per key and file, never per line.

mod combiner;
mod counts;
mod files;
mod seen;

pub use combiner::{Combiner, Ends, Slot};
pub use counts::{Counts, Extent, Run};
use dashmap::DashMap;
pub use files::{FileCounts, Services};
use foldhash::fast::RandomState;
pub use seen::{Seen, Share};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// The counts of all groups of a run, shared by its workers.
#[derive(Debug, Default)]
pub struct Tally {
    groups: DashMap<Box<[u8]>, Counts, RandomState>,
    filtered: Mutex<Run>,
    timeless: AtomicU64,
}

impl Tally {
    /// Adds all groups of a combiner.
    pub fn add(&self, combiner: &Combiner) {
        combiner.each_group(|key, counts| {
            // Looked up by the borrowed key first: a key is copied only when it is new.
            if let Some(mut known) = self.groups.get_mut(key) {
                *known += counts;
            } else {
                *self.groups.entry(key.into()).or_default() += counts;
            }
        });
        self.timeless.fetch_add(combiner.left_out_timeless(), Ordering::Relaxed);
        let filtered = combiner.left_out();
        if filtered.lines > 0 {
            *self.filtered.lock().unwrap_or_else(PoisonError::into_inner) += filtered;
        }
    }

    /// What filters left out.
    #[must_use]
    pub fn left_out(&self) -> Run {
        *self.filtered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many records filters left out for having no time.
    #[must_use]
    pub fn left_out_timeless(&self) -> u64 {
        self.timeless.load(Ordering::Relaxed)
    }

    /// All groups, in no order.
    #[must_use]
    pub fn into_groups(self) -> Vec<(Box<[u8]>, Counts)> {
        self.groups.into_iter().collect()
    }
}
