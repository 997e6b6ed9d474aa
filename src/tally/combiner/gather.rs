//! Many groups made one: what becomes of those of a file that has more than it may have.

use super::{Combiner, FILTERED};
use crate::tally::{Run, Size, Slot, limits::MaxGroups, print::Fingerprint};

/// More than the frame of a page takes, in bytes.
const FRAME: u64 = 256;

/// The slot of the one group that all are gathered in.
const GATHERED: Slot = 0;

impl Combiner {
    /// What its groups take at most, but for those whose first records are not looked up yet; where it is folded, just that.
    #[must_use]
    pub fn size(&self) -> Size {
        let Size { groups, bytes } = self.seen_size();
        // A key on a page is longer by its frame: by the names of times, which are short.
        let frames = if self.pages.frames.is_empty() { 0 } else { groups * FRAME };
        Size { groups, bytes: bytes + frames }
    }

    /// Whether there are surely more than so many groups, here or in the shards: a look, which may be had at any time.
    #[inline]
    #[must_use]
    pub fn surely_passes(&self, most: MaxGroups) -> bool {
        let Size { groups, bytes } = self.seen_size();
        // A group that is on a page may stand here by its whole key too.
        let twice = u64::from(!self.pages.frames.is_empty());
        !most.admits(Size { groups: groups >> twice, bytes: bytes >> twice }) || !most.admits(self.table.scattered())
    }

    /// The number of groups here and in the shards, those that are in both twice.
    #[must_use]
    pub fn reach(&self) -> u64 {
        self.seen_size().groups + self.table.scattered().groups
    }

    const fn seen_size(&self) -> Size {
        self.table.store.size()
    }

    /// Has each group once, by its whole key. To be called where no chunk is in work: what continues a record does not find it any more.
    pub fn fold(&mut self) {
        self.look_up();
        if self.pages.frames.is_empty() {
            return;
        }
        let mut whole = Combiner { head: self.head, ..Combiner::default() };
        whole.absorb(self);
        whole.look_up();
        *self = whole;
    }

    /// Makes all groups one, `key`, those in the shards too. What filters left out stays so, and what continues the last record goes on to
    /// do so.
    #[cold]
    pub fn gather(&mut self, key: &[u8]) {
        let (tail, mut totals) = (self.tail_slot(), self.totals());
        totals += self.table.gather_scattered();
        self.forget_groups();
        let slot = self.table.slot_of(Fingerprint::of(key, 0), key);
        debug_assert_eq!(slot, GATHERED);
        self.add(key, &totals);
        self.tail = tail.map(|slot| if slot == FILTERED { slot } else { GATHERED });
    }

    /// The same as [`Combiner::settle`] of a slot from before all groups were gathered.
    pub fn settle_gathered(&mut self, slot: Slot, run: Run) {
        match self.table.store.sums(GATHERED) {
            Some(sums) if slot != FILTERED => sums.add_run(run),
            _ => self.filtered += run,
        }
    }

    /// Hands on the keys of the groups that were made last, the oldest of them first.
    pub fn newest(&mut self, number: usize, take: &mut dyn FnMut(&[u8])) {
        self.look_up();
        let (store, mut whole) = (&self.table.store, Vec::new());
        for slot in store.newest(number) {
            let (Some(print), Some(key)) = (store.print(slot), store.key(slot)) else { continue };
            take(self.pages.frame(print.page()).map_or(key, |frame| frame.fill(key, &mut whole)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        parse::{level::Level, time::Moment},
        tally::{Counts, Tally},
    };

    #[test]
    fn all_that_was_counted_is_in_one_group() {
        let mut combiner = Combiner::default();
        combiner.continuation(3);
        for number in 0..100_000 {
            combiner.record(format!("service-{number}").as_bytes(), Some(Level::Error), 10);
            combiner.written_at(Moment::from_nanos(number));
        }
        let before = combiner.totals();
        combiner.gather(b"app");
        combiner.continuation(5);
        combiner.filtered(7);
        combiner.gather(b"app");
        combiner.continuation(9);
        let ends = combiner.end_chunk();
        combiner.settle_gathered(70_000, Run { lines: 1, bytes: 11 });
        combiner.settle_gathered(ends.tail.unwrap(), Run { lines: 1, bytes: 13 });
        assert_eq!(ends.head, Run { lines: 1, bytes: 3 });
        assert_eq!(combiner.left_out(), Run { lines: 3, bytes: 29 });
        assert_eq!(combiner.seen().records, 100_000);
        let tally = Tally::default();
        tally.add(&mut combiner);
        let groups = tally.into_groups();
        let expected = Counts { lines: before.lines + 2, bytes: before.bytes + 16, ..before };
        assert_eq!(groups.iter().collect::<Vec<_>>(), [(&b"app"[..], expected)]);
        assert_eq!((before.errors, before.times.last()), (100_000, Some(Moment::from_nanos(99_999))));
    }

    #[test]
    fn the_newest_are_those_that_came_last() {
        let mut combiner = Combiner::default();
        [b"a", b"b", b"c", b"a"].iter().for_each(|key| combiner.record(*key, None, 1));
        let mut newest = Vec::new();
        combiner.newest(2, &mut |key| newest.push(key.to_vec()));
        assert_eq!(newest, [b"b", b"c"]);
    }
}
