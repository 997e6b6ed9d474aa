//! What all has come to: groups that are counted to their end.

use super::{Counts, Shards, Slot, store::Store};

/// How many groups are fetched from memory side by side: some more than a core has requests in flight, and few enough for the nearest cache.
const AT_HAND: usize = 64;

/// Groups, each with its counts, in no order.
#[derive(Debug)]
pub struct Groups {
    /// At least one, each with a slot for each of its groups.
    stores: Vec<Store>,
    /// How many of the low bits of a group's slot say in which of them it is.
    bits: u32,
}

impl Groups {
    pub(super) fn of(shards: Shards) -> Groups {
        let (stores, bits) = shards.into_stores();
        Groups { stores, bits }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stores.iter().map(Store::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A group's key; that of no group is empty.
    #[inline]
    #[must_use]
    pub fn key(&self, slot: Slot) -> &[u8] {
        self.store(slot).and_then(|store| store.key(slot >> self.bits)).unwrap_or_default()
    }

    /// A group's counts; those of no group are zero.
    #[inline]
    #[must_use]
    pub fn counts(&self, slot: Slot) -> Counts {
        self.store(slot).and_then(|store| store.counts(slot >> self.bits)).unwrap_or_default()
    }

    #[inline]
    fn store(&self, slot: Slot) -> Option<&Store> {
        self.stores.get(slot as usize & ((1 << self.bits) - 1))
    }

    /// The same slots, each at a time at which its counts, and its key if that is short, are at hand: each group is in a place of its own in
    /// memory, and a core waits for many such places in the time of one if nothing that it does meanwhile needs them.
    pub fn at_hand<'s>(&self, slots: &'s [Slot]) -> impl Iterator<Item = Slot> + use<'s, '_> {
        let fetched = slots.chunks(AT_HAND).inspect(|slots| {
            for slot in *slots {
                std::hint::black_box(self.counts(*slot).records);
            }
        });
        fetched.flatten().copied()
    }

    /// All slots, in parts that may be worked on side by side; there is at least one.
    #[must_use]
    pub fn parts(&self) -> Vec<impl Iterator<Item = Slot> + use<>> {
        // With 128 shards a slot has 25 bits left within one: four billion groups in all, which would not fit into memory.
        let bits = self.bits;
        let parts =
            self.stores.iter().zip(0..).map(|(store, part): (_, Slot)| store.slots().map(move |slot| slot << bits | part));
        parts.collect()
    }

    /// All slots.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        self.parts().into_iter().flatten()
    }

    /// All groups.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Counts)> {
        self.slots().map(|slot| (self.key(slot), self.counts(slot)))
    }

    /// The sum of all.
    #[must_use]
    pub fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        self.stores.iter().for_each(|store| totals += store.totals());
        totals
    }
}

impl Default for Groups {
    fn default() -> Self {
        Groups::of(Shards::default())
    }
}

impl<K: AsRef<[u8]>> FromIterator<(K, Counts)> for Groups {
    /// A key that comes twice is one group.
    fn from_iter<I: IntoIterator<Item = (K, Counts)>>(groups: I) -> Self {
        let shards = Shards::default();
        groups.into_iter().for_each(|(key, counts)| shards.add(key.as_ref(), &counts));
        Groups::of(shards)
    }
}
