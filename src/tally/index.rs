//! Groups by the hashes of their keys: an open-addressing table whose cells hold a part of the hash beside the slot, so that
//! a look at a group of a million costs two places in memory: the cell, and the group that it leads to.
//!
//! The cells stand in the order of their hashes' top bits. So a table that is full is made larger in one pass over both, without a
//! look at the groups.

use crate::read::prefer_large_pages;

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

/// What takes so many bytes is worth large pages: one of them.
pub(super) const LARGE: usize = 2 << 20;

/// The least number of cells, as a power of two.
const LEAST: u32 = 6;

/// Slots by tags.
#[derive(Debug)]
pub(super) struct Index {
    /// A power of two of them, half of them empty at least: chains stay short.
    cells: Vec<Cell>,
    /// Of a tag's bits, those below the ones that say where its cell is.
    shift: u32,
    filled: usize,
}

impl Default for Index {
    fn default() -> Self {
        Index::of_size(LEAST)
    }
}

impl Index {
    fn of_size(bits: u32) -> Index {
        let mut cells = vec![Cell::EMPTY; 1 << bits];
        if size_of_val(cells.as_slice()) >= LARGE {
            prefer_large_pages(&mut cells);
        }
        Index { cells, shift: u32::BITS - bits, filled: 0 }
    }

    /// The cell where a tag is looked for first.
    #[inline]
    pub(super) fn home(&self, tag: Tag) -> Cell {
        self.cells.get((tag.0 >> self.shift) as usize).copied().unwrap_or_default()
    }

    /// The slot of this tag that is the right one.
    #[inline]
    pub(super) fn find(&self, tag: Tag, is: impl Fn(Slot) -> bool) -> Option<Slot> {
        let mut at = (tag.0 >> self.shift) as usize;
        loop {
            match self.cells.get(at) {
                Some(&Cell::EMPTY) => return None,
                Some(cell) => {
                    if let Some(slot) = cell.slot_of(tag)
                        && is(slot)
                    {
                        return Some(slot);
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
        if (self.filled + 1) * 2 > self.cells.len() && self.shift > 0 {
            self.grow();
        }
        self.put(Cell::new(tag, slot));
    }

    fn put(&mut self, cell: Cell) {
        let mut at = (cell.tag().0 >> self.shift) as usize;
        loop {
            match self.cells.get_mut(at) {
                Some(free @ &mut Cell::EMPTY) => {
                    *free = cell;
                    self.filled += 1;
                    return;
                }
                Some(_) => at += 1,
                None => at = 0,
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = Index::of_size(u32::BITS - self.shift + 1);
        let smaller = std::mem::replace(self, larger);
        smaller.cells.into_iter().filter(|cell| *cell != Cell::EMPTY).for_each(|cell| self.put(cell));
    }

    /// Forgets all, and the room that one large file took.
    pub(super) fn clear(&mut self) {
        if self.cells.len() > 1 << (2 * LEAST) {
            *self = Index::default();
        } else if self.filled > 0 {
            self.cells.fill(Cell::EMPTY);
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
