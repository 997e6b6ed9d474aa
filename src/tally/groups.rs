//! What all has come to: groups that are counted to their end.

use super::{Combiner, Counts, Slot};

/// Groups, each with its counts, in no order.
#[derive(Debug, Default)]
pub struct Groups {
    /// Nothing of it is put off, and all keys are whole.
    combiner: Combiner,
}

impl Groups {
    pub(super) const fn of(combiner: Combiner) -> Groups {
        Groups { combiner }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.combiner.len()
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
        self.combiner.key(slot).unwrap_or_default()
    }

    /// A group's counts; those of no group are zero.
    #[inline]
    #[must_use]
    pub fn counts(&self, slot: Slot) -> Counts {
        self.combiner.counts(slot).unwrap_or_default()
    }

    /// Has these groups at hand: each is in a place of its own in memory, and a core waits for many such places in the time of one
    /// if nothing that it does meanwhile needs them.
    pub fn fetch(&self, slots: &[Slot]) {
        for slot in slots {
            std::hint::black_box(self.counts(*slot).records);
        }
        for slot in slots {
            std::hint::black_box(self.key(*slot).first().copied());
        }
    }

    /// All slots: those from 0 to the number of groups.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        // As many as slots can name, by how they are made.
        0..self.len() as Slot
    }

    /// All groups.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Counts)> {
        self.slots().map(|slot| (self.key(slot), self.counts(slot)))
    }

    /// The sum of all.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.iter().fold(Counts::default(), |mut totals, (_, counts)| {
            totals += counts;
            totals
        })
    }
}

impl<K: AsRef<[u8]>> FromIterator<(K, Counts)> for Groups {
    /// A key that comes twice is one group.
    fn from_iter<I: IntoIterator<Item = (K, Counts)>>(groups: I) -> Self {
        let mut combiner = Combiner::default();
        groups.into_iter().for_each(|(key, counts)| combiner.add(key.as_ref(), counts));
        combiner.into_groups()
    }
}
