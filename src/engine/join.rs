//! Joining the chunks of a file: the law that makes the answer the same for any chunk size.
//!
//! A chunk leaves two things open: its *head*, the lines before its first record, and its *tail*, whose a
//! continuation is that follows it. Joining two neighbours gives the left's tail the right's head; where the
//! left has no record at all, the right's head joins the left's. Joining is associative, so a file's chunks may
//! be counted by anyone in any order and joined in theirs. What is left of the heads in the end stood before the
//! file's first record, and is its path service's.

use crate::tally::Run;

/// What a run of chunks leaves open at its ends. `T` names the group of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges<T> {
    /// Lines before the first record.
    pub head: Run,
    /// The group of the last record; `None` if there is none.
    pub tail: Option<T>,
}

impl<T> Default for Edges<T> {
    /// No lines at all.
    fn default() -> Self {
        Edges { head: Run::default(), tail: None }
    }
}

impl<T: Copy> Edges<T> {
    /// Joins the next neighbour on the right. `settle` is told of lines whose group is now known.
    #[must_use]
    pub fn join(mut self, right: Edges<T>, settle: &mut impl FnMut(T, Run)) -> Edges<T> {
        match self.tail {
            Some(owner) => {
                if right.head != Run::default() {
                    settle(owner, right.head);
                }
            }
            None => self.head += right.head,
        }
        self.tail = right.tail.or(self.tail);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Settled = BTreeMap<u8, Run>;

    fn edges() -> impl Strategy<Value = Edges<u8>> {
        (0u64..4, proptest::option::of(0u8..3)).prop_map(|(lines, tail)| Edges { head: Run { lines, bytes: lines * 7 }, tail })
    }

    /// Joins in the order that `pick` says: always two neighbours.
    fn joined(mut chunks: Vec<Edges<u8>>, mut pick: impl FnMut(usize) -> usize) -> (Edges<u8>, Settled) {
        let mut settled = Settled::new();
        while chunks.len() > 1 {
            let at = pick(chunks.len() - 1);
            let right = chunks.remove(at + 1);
            chunks[at] = chunks[at].join(right, &mut |owner, run| *settled.entry(owner).or_default() += run);
        }
        (chunks.pop().unwrap_or_default(), settled)
    }

    proptest! {
        #[test]
        fn joining_is_associative(chunks in proptest::collection::vec(edges(), 1..12), mut seed in 1u64..1_000_000) {
            let left_to_right = joined(chunks.clone(), |_| 0);
            let any_order = joined(chunks, |len| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as usize % len
            });
            prop_assert_eq!(left_to_right, any_order);
        }
    }
}
