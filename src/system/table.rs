//! Which addresses belong to which map: a table that a signal handler may look into at any moment, in any thread.
//!
//! So it is made of atomics alone: whoever looks takes no lock and allocates nothing, and cannot meet an entry that is half written.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

/// Ranges of addresses, up to `N` at a time.
///
/// Every order is the strictest: entries are made once for each map, and looked for once for each fault.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    slots: [Slot; N],
}

/// Room for a range.
#[derive(Debug)]
struct Slot {
    /// Which use of the slot this is, times [`TURN`], and what state it is in: [`FREE`], [`FILLING`] or [`TAKEN`].
    turn: AtomicUsize,
    start: AtomicUsize,
    end: AtomicUsize,
    marked: AtomicBool,
}

const FREE: usize = 0;
/// Whoever set this may write the range, and nobody believes it.
const FILLING: usize = 1;
/// The range may be believed as long as `turn` does not change.
const TAKEN: usize = 2;
/// From one use of a slot to the next. In 64 bits it never comes round; in 32 after a thousand million maps, and even then somebody would
/// have to have looked from one to the other.
const TURN: usize = 4;

impl<const N: usize> Table<N> {
    pub(super) const fn new() -> Table<N> {
        Table { slots: [const { Slot::new() }; N] }
    }

    /// Enters a range, until what this gives is dropped; `None` where there is no room left.
    pub(super) fn enter(&self, range: Range<usize>) -> Option<Entry<'_>> {
        self.slots.iter().find_map(|slot| slot.take(range.clone()))
    }

    /// Marks the entry that the address is in, and gives the end of its range; `None` where there is no such entry.
    ///
    /// The entry must not go while this looks for it, as it cannot where somebody is reading there; all others may come and go.
    pub(super) fn mark(&self, address: usize) -> Option<usize> {
        self.slots.iter().find_map(|slot| {
            let range = slot.range().filter(|range| range.contains(&address))?;
            slot.marked.store(true, SeqCst);
            Some(range.end)
        })
    }
}

impl Slot {
    const fn new() -> Slot {
        Slot {
            turn: AtomicUsize::new(FREE),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            marked: AtomicBool::new(false),
        }
    }

    fn take(&self, range: Range<usize>) -> Option<Entry<'_>> {
        let turn = self.turn.load(SeqCst);
        if turn % TURN != FREE || self.turn.compare_exchange(turn, turn + FILLING, SeqCst, SeqCst).is_err() {
            return None;
        }
        self.start.store(range.start, SeqCst);
        self.end.store(range.end, SeqCst);
        self.marked.store(false, SeqCst);
        self.turn.store(turn + TAKEN, SeqCst);
        Some(Entry { slot: self })
    }

    /// The range that it holds, if it held the same one all the while. The start of one range and the end of another would be a range
    /// that may hold anything.
    fn range(&self) -> Option<Range<usize>> {
        let turn = self.turn.load(SeqCst);
        let range = self.start.load(SeqCst)..self.end.load(SeqCst);
        (turn % TURN == TAKEN && self.turn.load(SeqCst) == turn).then_some(range)
    }
}

/// A range that is in a table as long as this lives.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    slot: &'t Slot,
}

impl Entry<'_> {
    /// Whether it was marked.
    pub(super) fn is_marked(&self) -> bool {
        self.slot.marked.load(SeqCst)
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let turn = self.slot.turn.load(SeqCst);
        self.slot.turn.store(turn.wrapping_add(TURN - TAKEN), SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn an_address_is_in_the_range_that_holds_it_and_in_no_other() {
        let table: Table<3> = Table::new();
        let (low, high) = (table.enter(100..200).unwrap(), table.enter(300..400).unwrap());
        for outside in [0, 99, 200, 250, 299, 400, usize::MAX] {
            assert_eq!(table.mark(outside), None, "{outside}");
        }
        assert!(!low.is_marked() && !high.is_marked());
        assert_eq!(table.mark(300), Some(400));
        assert!(!low.is_marked() && high.is_marked());
        assert_eq!(table.mark(199), Some(200));
        assert!(low.is_marked());
    }

    #[test]
    fn a_full_table_takes_no_more_until_one_goes() {
        let table: Table<2> = Table::new();
        let first = table.enter(0..1);
        let second = table.enter(1..2).unwrap();
        assert!(first.is_some() && table.enter(2..3).is_none());
        assert_eq!(table.mark(0), Some(1));
        drop(first);
        assert_eq!(table.mark(0), None, "what is gone is not found");
        let third = table.enter(5..6).unwrap();
        assert!(!third.is_marked(), "the mark of the one before is gone too");
        assert_eq!((table.mark(5), table.mark(1)), (Some(6), Some(2)));
        assert!(second.is_marked());
    }

    /// Others come and go at both sides of the one that is looked for: a start of these and an end of those would hold it.
    #[test]
    fn what_comes_and_goes_elsewhere_is_never_mistaken() {
        let rounds = if cfg!(miri) { 100 } else { 100_000 };
        // The crowd's slots come first.
        let table: Table<3> = Table::new();
        let crowd = [table.enter(0..1).unwrap(), table.enter(0..1).unwrap()];
        let own = table.enter(500..600).unwrap();
        drop(crowd);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..rounds {
                        let start = if round % 2 == 0 { 0 } else { 1000 };
                        let entry = table.enter(start..start + 100);
                        assert!(entry.is_some_and(|entry| !entry.is_marked()), "there is room for both");
                    }
                });
            }
            for _ in 0..rounds {
                assert_eq!(table.mark(550), Some(600));
            }
        });
        assert!(own.is_marked());
    }
}
