//! Very many groups, shared by workers: each key's hash says which shard it is in, and each shard has a lock.
//!
//! Were there a table for each worker instead, most of a million keys would be in all of them, and be put together again in the end:
//! with two workers that took an eighth of the whole time.

mod scatter;

pub(super) use scatter::Scatter;

use super::{
    Combiner, Size,
    counts::{Counts, Sums},
    index::Tag,
    limits::Growing,
    lock,
    print::Fingerprint,
    store::{PutOff, Store},
};
use foldhash::fast::RandomState;
use scatter::Scattered;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Groups in shards.
#[derive(Debug, Default)]
pub struct Shards {
    hasher: RandomState,
    /// Of a hash, how many of the top bits say which shard it belongs to.
    bits: u32,
    /// Made when they are needed: few runs have so many groups.
    shards: OnceLock<Box<[Shard]>>,
    /// Whether workers count in them, which they do when they are many.
    are_many: bool,
}

/// The groups whose hashes begin alike. In cache lines of its own, as another may be another core's at the time.
#[derive(Debug)]
#[repr(align(64))]
struct Shard {
    store: Mutex<Store>,
    /// Of its groups, to be known without the lock. Beside that, and not one number for all shards: each change would take that from the
    /// core that made the last one.
    size: Growing,
}

impl Shard {
    fn of(store: Store) -> Shard {
        Shard { store: Mutex::new(store), size: Growing::default() }
    }

    /// Changes its groups.
    fn change<R>(&self, change: impl FnOnce(&mut Store) -> R) -> R {
        let mut store = lock(&self.store);
        let result = change(&mut store);
        self.size.set(store.size());
        result
    }

    /// Takes all groups out.
    fn take(&self) -> Store {
        self.change(std::mem::take)
    }
}

/// How many shards there are for each thread: with sixteen threads at work, one in eight finds its shard taken.
const FOR_EACH_THREAD: usize = 8;

/// More shards are no use: what is put off for each has to stay in a core's cache.
const MOST: usize = 128;

impl Shards {
    /// Shards for so many threads.
    #[must_use]
    pub fn new(threads: usize) -> Shards {
        let shards = if threads > 1 { (threads * FOR_EACH_THREAD).next_power_of_two().min(MOST) } else { 1 };
        Shards { bits: shards.ilog2(), ..Shards::default() }
    }

    /// Others whose keys are in the same shards as here, for workers to count in.
    #[must_use]
    pub fn like(&self) -> Shards {
        Shards { hasher: self.hasher.clone(), bits: self.bits, are_many: true, ..Shards::default() }
    }

    pub(super) fn hasher(&self) -> RandomState {
        self.hasher.clone()
    }

    /// How many shards there are.
    #[must_use]
    pub const fn number(&self) -> usize {
        1 << self.bits
    }

    /// What the groups take.
    #[must_use]
    pub fn size(&self) -> Size {
        self.made().fold(Size::default(), |mut size, shard| {
            size += shard.size.now();
            size
        })
    }

    /// Whether there is no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.size().groups == 0
    }

    /// The sum of all groups.
    #[must_use]
    pub fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        self.made().for_each(|shard| totals += lock(&shard.store).totals());
        totals
    }

    /// Takes all groups out, and gives their sum.
    #[must_use]
    pub fn gather(&self) -> Counts {
        let mut totals = Counts::default();
        self.made().for_each(|shard| totals += shard.take().totals());
        totals
    }

    /// Hands on the keys of about so many groups that were made last.
    pub fn newest(&self, number: usize, take: &mut dyn FnMut(&[u8])) {
        for shard in self.made() {
            let store = lock(&shard.store);
            store.newest(number / self.number()).filter_map(|slot| store.key(slot)).for_each(&mut *take);
        }
    }

    /// Adds all groups of another, which is [`like`](Shards::like) this one, and leaves none there.
    pub fn absorb(&self, other: &Shards) {
        let Some(theirs) = other.shards.get() else { return };
        for (ours, theirs) in self.shards().iter().zip(theirs) {
            let mut theirs = theirs.take();
            ours.change(|ours| {
                if ours.len() < theirs.len() {
                    std::mem::swap(ours, &mut theirs);
                }
                self.add_store(ours, &theirs);
            });
        }
    }

    /// Adds a store of the same shard to another.
    fn add_store(&self, to: &mut Store, from: &Store) {
        let mut put_off = PutOff::default();
        for slot in from.slots() {
            let (Some(print), Some(key), Some(counts)) = (from.print(slot), from.key(slot), from.counts(slot)) else { continue };
            let (_, tag) = self.place(print.hash(&self.hasher, key));
            match Sums::alone_in(&counts) {
                Some(sums) if print.is_whole() => {
                    if put_off.push(print, tag, sums) {
                        to.add_all(&mut put_off);
                    }
                }
                _ => {
                    let slot = to.find_or_insert(print, tag, key);
                    to.add(slot, &counts);
                }
            }
        }
        to.add_all(&mut put_off);
    }

    /// Adds all groups of a combiner's own.
    pub fn add_all(&self, combiner: &mut Combiner) {
        let mut put_off = Scattered::of(self);
        combiner.each_group(|key, counts| put_off.add(self, key, &counts));
        put_off.look_up(self);
    }

    /// Adds counts to the group `key`, which is made if need be.
    pub fn add(&self, key: &[u8], counts: &Counts) {
        let print = Fingerprint::of(key, 0);
        let (shard, tag) = self.place(print.hash(&self.hasher, key));
        if let Some(shard) = self.shards().get(shard) {
            shard.change(|store| {
                let slot = store.find_or_insert(print, tag, key);
                store.add(slot, counts);
            });
        }
    }

    /// The stores of all shards, and how many bits of a slot's number say in which it is.
    pub(super) fn into_stores(self) -> (Vec<Store>, u32) {
        let bits = self.bits;
        self.shards();
        let shards = self.shards.into_inner().unwrap_or_default().into_iter();
        (shards.map(|shard| shard.store.into_inner().unwrap_or_else(PoisonError::into_inner)).collect(), bits)
    }

    fn shards(&self) -> &[Shard] {
        self.shards.get_or_init(|| (0..self.number()).map(|_| Shard::of(self.store())).collect())
    }

    /// The shards, if they were needed yet.
    fn made(&self) -> impl Iterator<Item = &Shard> {
        self.shards.get().into_iter().flatten()
    }

    fn store(&self) -> Store {
        if self.are_many { Store::for_many(self.number()) } else { Store::default() }
    }

    /// The shard of a hash, and its tag there.
    #[inline]
    const fn place(&self, hash: u64) -> (usize, Tag) {
        // In two steps: a shift by all 64 bits, for a single shard, is none.
        ((hash >> 1 >> (u64::BITS - 1 - self.bits)) as usize, Tag::of(hash << self.bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        parse::{level::Level, time::Moment},
        tally::{Groups, Run, Tally, table::MANY},
    };
    use std::{collections::BTreeMap, sync::Arc};

    /// Counts by key, as a plain map has them.
    type Plain = BTreeMap<Vec<u8>, Counts>;

    /// The numbers of Knuth's MMIX generator: as good as any.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }
    }

    /// Counts so many records of more groups than are looked up one by one, long names among them, each followed by lines that continue
    /// it or not, in chunks that end anywhere; in a map too.
    fn count(records: u64, workers: &mut [Combiner], random: &mut Random, plain: &mut Plain) {
        for _ in 0..records {
            let number = random.below(2 * MANY as u64);
            let key = match number % 4 {
                0 => format!("{number}"),
                1 => format!("service-{number}"),
                2 => format!("a-service-of-some-length-{number}"),
                _ => format!("a-service-of-more-than-the-usual-length-{number}"),
            };
            let (level, lines, worker) = (random.below(40), random.below(3), random.below(workers.len() as u64));
            let worker = &mut workers[worker as usize];
            let level = [Some(Level::Error), Some(Level::Warn), Some(Level::Info)].get(level as usize).copied().flatten();
            let counts = plain.entry(key.clone().into_bytes()).or_default();
            worker.record(key.as_bytes(), level, 100);
            (0..lines).for_each(|_| worker.continuation(10));
            *counts += Counts { records: 1, lines: 1 + lines, bytes: 100 + 10 * lines, ..Counts::default() };
            counts.errors += u64::from(level == Some(Level::Error));
            counts.warnings += u64::from(level == Some(Level::Warn));
            if random.below(50) == 0 {
                let moment = Moment::from_nanos(random.below(1000) as i64);
                worker.written_at(moment);
                counts.times.add(moment);
            }
            if random.below(100) == 0 {
                let tail = worker.end_chunk().tail.unwrap();
                worker.settle(tail, Run { lines: 1, bytes: 7 });
                *counts += Counts { lines: 1, bytes: 7, ..Counts::default() };
            }
        }
    }

    fn sum(plain: &Plain) -> Counts {
        let mut totals = Counts::default();
        plain.values().for_each(|counts| totals += *counts);
        totals
    }

    fn assert_same(groups: &Groups, plain: &Plain) {
        assert_eq!((groups.len(), groups.slots().count()), (plain.len(), plain.len()));
        assert!(groups.iter().all(|(key, counts)| plain.get(key) == Some(&counts)));
        assert_eq!(groups.totals(), sum(plain));
    }

    #[test]
    fn many_groups_of_workers_that_share_none_count_as_a_plain_map_does() {
        let (mut plain, tally) = (Plain::new(), Tally::new(2));
        let mut workers = [Combiner::default(), Combiner::default()];
        count(300_000, &mut workers, &mut Random(1), &mut plain);
        let [mut all, mut other] = workers;
        let mut summed = all.totals();
        summed += other.totals();
        assert_eq!(summed, sum(&plain));
        all.absorb(&mut other);
        assert_eq!(all.seen().records, 300_000);
        tally.add(&mut all);
        assert_same(&tally.into_groups(), &plain);
    }

    /// Two files one after the other, each with shards of its own.
    #[test]
    fn many_groups_of_workers_that_share_shards_count_as_a_plain_map_does() {
        for threads in [1, 2, 100] {
            let (mut plain, mut random, tally) = (Plain::new(), Random(threads), Tally::new(threads as usize));
            for records in [200_000, 150_000] {
                let shards = Arc::new(tally.shards().like());
                let mut workers = [(); 2].map(|()| Combiner::default().sharing(&shards));
                count(records, &mut workers, &mut random, &mut plain);
                workers.iter_mut().for_each(Combiner::look_up);
                assert!(shards.size().groups > MANY as u64 / 4, "few are in shards");
                tally.shards().absorb(&shards);
                workers.iter_mut().for_each(|worker| tally.add(worker));
                assert!(shards.is_empty());
            }
            assert_same(&tally.into_groups(), &plain);
        }
    }
}
