//! Groups by the hashes of their keys: an open-addressing table whose cells hold a part of the hash beside the slot, so that
//! a look at a group of a million costs two places in memory: the cell, and the group that it leads to.
//!
//! The lines stand in the order of their hashes' top bits. So a table that is full is made larger in one pass over both, without a
//! look at the groups.

use crate::system::Room;

/// Which of a combiner's groups; dense, from 0.
pub type Slot = u32;

/// The part of a hash that stands in a cell: its top half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    #[inline]
    pub(super) const fn of(hash: u64) -> Tag {
        Tag((hash >> 32) as u32)
    }
}

/// A tag and a slot; all zeros is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell(u64);

impl Cell {
    const EMPTY: Cell = Cell(0);

    #[inline]
    const fn new(tag: Tag, slot: Slot) -> Cell {
        // Slots end below the marks, so one more fits.
        Cell((tag.0 as u64) << 32 | (slot as u64 + 1))
    }

    #[inline]
    const fn tag(self) -> Tag {
        Tag((self.0 >> 32) as u32)
    }

    /// The slot, whatever its tag; of no cell that of no group.
    #[inline]
    pub(super) const fn slot(self) -> Slot {
        (self.0 as u32).wrapping_sub(1)
    }

    /// The slot, if this cell is of that tag.
    #[inline]
    pub(super) const fn slot_of(self, tag: Tag) -> Option<Slot> {
        if self.0 as u32 != 0 && self.tag().0 == tag.0 { Some(self.slot()) } else { None }
    }
}

/// Cells that are one place in memory: a cache line. They are filled from the first to the last, so if that is empty, there is no more.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([Cell; Line::CELLS]);

impl Line {
    const CELLS: usize = 8;
    const EMPTY: Line = Line([Cell::EMPTY; Line::CELLS]);

    /// The slot of the first of its cells that has this tag; that of no group if none has. No cell is passed over for what is in another,
    /// so there is no choice that a processor would have to guess.
    #[inline]
    fn first(&self, tag: Tag) -> Slot {
        self.0.iter().rev().fold(Slot::MAX, |found, cell| if cell.tag() == tag { cell.slot() } else { found })
    }

    #[inline]
    const fn is_full(&self) -> bool {
        let [.., last] = self.0;
        last.0 != 0
    }
}

/// The least number of lines.
const LEAST: usize = 8;

/// Slots by tags.
#[derive(Debug)]
pub(super) struct Index {
    /// A power of two of them, half of their cells empty at least: hardly one key in fifty is not in the line where it is looked for first.
    lines: Room<Line>,
    /// Of a tag's bits, those below the ones that say which line that is.
    shift: u32,
    filled: usize,
    /// The number of lines that it has when it is made larger for the first time.
    ample: usize,
}

impl Default for Index {
    fn default() -> Self {
        Index::that_grows_to(LEAST)
    }
}

impl Index {
    /// One that has so many lines, a power of two, as soon as it is more than a few: to be made larger again and again takes time.
    pub(super) fn that_grows_to(ample: usize) -> Index {
        Index { lines: Room::filled(LEAST, Line::EMPTY), shift: u32::BITS - LEAST.ilog2(), filled: 0, ample }
    }

    /// A cell of the line where a tag is looked for first, to have that at hand.
    #[inline]
    pub(super) fn touch(&self, tag: Tag) -> Cell {
        self.lines.get((tag.0 >> self.shift) as usize).map_or(Cell::EMPTY, |line| line.0[0])
    }

    /// The slot of this tag, if it has but one and that is where it is looked for first; else that of no group, or of another of this tag.
    #[inline]
    pub(super) fn likely(&self, tag: Tag) -> Slot {
        self.lines.get((tag.0 >> self.shift) as usize).map_or(Slot::MAX, |line| line.first(tag))
    }

    /// The slot of this tag that is the right one.
    #[inline]
    pub(super) fn find(&self, tag: Tag, is: impl Fn(Slot) -> bool) -> Option<Slot> {
        let likely = self.likely(tag);
        if likely != Slot::MAX && is(likely) {
            return Some(likely);
        }
        let mut at = (tag.0 >> self.shift) as usize;
        loop {
            match self.lines.get(at) {
                Some(line) => {
                    if let Some(slot) = line.0.iter().filter_map(|cell| cell.slot_of(tag)).find(|slot| is(*slot)) {
                        return Some(slot);
                    }
                    if !line.is_full() {
                        return None;
                    }
                    at += 1;
                }
                None => at = 0,
            }
        }
    }

    /// Takes in a slot that is not there.
    pub(super) fn insert(&mut self, tag: Tag, slot: Slot) {
        // With 32 bits of a tag there are no more places to tell apart; so many groups would not fit the memory bound by far.
        if (self.filled + 1) * 2 > self.lines.len() * Line::CELLS && self.shift > 0 {
            self.grow();
        }
        self.put(Cell::new(tag, slot));
    }

    fn put(&mut self, cell: Cell) {
        let mut at = (cell.tag().0 >> self.shift) as usize;
        loop {
            match self.lines.get_mut(at) {
                Some(line) => {
                    if let Some(free) = line.0.iter_mut().find(|cell| **cell == Cell::EMPTY) {
                        *free = cell;
                        self.filled += 1;
                        return;
                    }
                    at += 1;
                }
                None => at = 0,
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let number = (self.lines.len() * 2).max(self.ample);
        let smaller = std::mem::replace(&mut self.lines, Room::filled(number, Line::EMPTY));
        (self.shift, self.filled) = (u32::BITS - number.ilog2(), 0);
        let cells = smaller.iter().flat_map(|line| line.0);
        cells.filter(|cell| *cell != Cell::EMPTY).for_each(|cell| self.put(cell));
    }

    /// Forgets all, and the room that one large file took.
    pub(super) fn clear(&mut self) {
        if self.lines.len() > LEAST * LEAST * Line::CELLS {
            *self = Index::that_grows_to(self.ample);
        } else if self.filled > 0 {
            self.lines.fill(Line::EMPTY);
            self.filled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// Tags of few bits, so that chains are long, meet, and run over the end.
        #[test]
        fn finds_what_a_plain_map_does(tags in proptest::collection::vec(0u32..64, 0..400), low: bool) {
            let tag = |number: u32| Tag(if low { number } else { number.reverse_bits() | 0xff });
            let mut index = Index::default();
            let mut plain: HashMap<u32, Vec<Slot>> = HashMap::new();
            for (slot, number) in tags.iter().enumerate() {
                index.insert(tag(*number), slot as Slot);
                plain.entry(*number).or_default().push(slot as Slot);
            }
            for number in 0..64 {
                let slots = plain.remove(&number).unwrap_or_default();
                for slot in &slots {
                    prop_assert_eq!(index.find(tag(number), |found| found == *slot), Some(*slot));
                }
                prop_assert_eq!(index.find(tag(number), |found| !slots.contains(&found)), None);
            }
            index.clear();
            prop_assert_eq!(index.find(tag(0), |_| true), None);
        }
    }
}
