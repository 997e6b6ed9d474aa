//! What a worker counts in shards: records are put off until there are some dozens for a shard, so that its lock is taken once for all of
//! them, and they are looked up side by side.

use super::Shards;
use crate::tally::{
    Counts, Size,
    counts::{Run, Sums},
    print::Fingerprint,
    store::PutOff,
};
use std::sync::Arc;

/// What is put off for each shard.
#[derive(Debug)]
pub(super) struct Scattered(Box<[PutOff]>);

impl Scattered {
    pub(super) fn of(shards: &Shards) -> Scattered {
        Scattered(vec![PutOff::default(); shards.number()].into_boxed_slice())
    }

    /// The fingerprint must be whole, and on no page.
    #[inline(always)]
    fn push(&mut self, shards: &Shards, print: Fingerprint, hash: u64, sums: Sums) {
        let (shard, tag) = shards.place(hash);
        if let (Some(put_off), Some(shard)) = (self.0.get_mut(shard), shards.shards().get(shard))
            && put_off.push(print, tag, sums)
        {
            shard.change(|store| store.add_all(put_off));
        }
    }

    /// Adds counts to the group `key`, now or later.
    pub(super) fn add(&mut self, shards: &Shards, key: &[u8], counts: &Counts) {
        let print = Fingerprint::of(key, 0);
        match Sums::alone_in(counts) {
            Some(sums) if print.is_whole() => self.push(shards, print, print.hash(&shards.hasher, key), sums),
            _ => shards.add(key, counts),
        }
    }

    /// Looks up all that is put off.
    pub(super) fn look_up(&mut self, shards: &Shards) {
        for (put_off, shard) in self.0.iter_mut().zip(shards.shards()) {
            if !put_off.is_empty() {
                shard.change(|store| store.add_all(put_off));
            }
        }
    }
}

/// What a worker counts in shards, record by record.
#[derive(Debug)]
pub(in crate::tally) struct Scatter {
    shards: Arc<Shards>,
    /// From the first record on.
    put_off: Option<Scattered>,
    /// What was put off last, and its hash.
    last: Option<(Fingerprint, u64)>,
}

impl Scatter {
    pub(in crate::tally) const fn new(shards: Arc<Shards>) -> Scatter {
        Scatter { shards, put_off: None, last: None }
    }

    /// Puts sums off for the shard of this hash. The fingerprint must be whole, and on no page.
    #[inline(always)]
    pub(in crate::tally) fn put_off(&mut self, print: Fingerprint, hash: u64, sums: Sums) {
        self.last = Some((print, hash));
        self.put_off.get_or_insert_with(|| Scattered::of(&self.shards)).push(&self.shards, print, hash, sums);
    }

    /// What the groups of all take.
    pub(in crate::tally) fn size(&self) -> Size {
        self.shards.size()
    }

    /// Takes the groups of all out, and gives their sum. What is put off comes later.
    pub(in crate::tally) fn gather(&self) -> Counts {
        self.shards.gather()
    }

    /// The fingerprint of what was put off last.
    pub(in crate::tally) fn last(&self) -> Option<Fingerprint> {
        self.last.map(|(print, _)| print)
    }

    /// Adds lines to the group of what was put off last, whether it is still waiting or not.
    pub(in crate::tally) fn continue_last(&mut self, run: Run) {
        let Some((print, hash)) = self.last else { return };
        // Where something is put off for its shard, it is the last of that.
        let (shard, _) = self.shards.place(hash);
        match self.put_off.as_mut().and_then(|put_off| put_off.0.get_mut(shard)?.last()) {
            Some(sums) => sums.add_run(run),
            None => self.put_off(print, hash, Sums::of_run(run)),
        }
    }

    /// Looks up all that is put off.
    pub(in crate::tally) fn look_up(&mut self) {
        if let Some(put_off) = &mut self.put_off {
            put_off.look_up(&self.shards);
        }
    }
}
