//! A member that is being read.

use super::inflate::{Checksum, Step};
use crate::archive::Fault;

/// What is known of it while it is read.
pub struct Open {
    /// Where it is, for messages.
    pub start: u64,
    /// Its next byte as it is stored.
    pub next: u64,
    /// How many such bytes there are; `None` until their end is seen.
    pub left: Option<u64>,
    /// What was taken of them.
    pub taken: u64,
    pub packing: Packing,
    /// What is claimed of its length and checksum; `None` while that stands behind it.
    pub claim: Option<(u64, u32)>,
    pub given: u64,
    pub checksum: Checksum,
    pub ended: bool,
}

/// How its bytes are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Stored,
    /// By deflate.
    Deflated,
}

impl Open {
    /// Goes on by a step.
    pub fn advance(&mut self, step: &Step) {
        let taken = step.taken as u64;
        self.next = self.next.saturating_add(taken);
        self.taken = self.taken.saturating_add(taken);
        self.left = self.left.map(|left| left.saturating_sub(taken));
        self.ended = step.ended;
    }

    /// Where an archive that ends at `end`, but for zeros up to `len`, ends within this member. The last byte that is deflated may be a
    /// zero, and still be its own.
    pub fn is_cut_at(&self, end: u64, len: u64) -> Option<u64> {
        let end_of_all = if self.packing == Packing::Deflated { len.min(end.saturating_add(1)) } else { end };
        let is_whole = self.left.is_some_and(|left| self.next.saturating_add(left) <= end_of_all);
        (!is_whole).then_some(end)
    }

    /// What is wrong with it.
    pub const fn invalid(&self, what: &'static str) -> Fault {
        Fault::Invalid { at: self.start, what }
    }
}

/// A step through bytes that are stored as they are.
pub fn copy(input: &[u8], buffer: &mut [u8], left: Option<u64>) -> Step {
    let len = input.len().min(buffer.len());
    if let (Some(from), Some(to)) = (input.get(..len), buffer.get_mut(..len)) {
        to.copy_from_slice(from);
    }
    Step { taken: len, given: len, ended: left == Some(len as u64) }
}
