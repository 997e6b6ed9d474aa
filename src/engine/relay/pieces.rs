//! Pieces of a file that can be decoded apart, as its format says.

use super::{Decode, Parts};
use crate::{
    decode::{Limits, Piece},
    engine::timed::Timed,
    stats::Stopwatch,
};
use std::fs::File;

/// A file in its pieces.
pub(in crate::engine) struct InPieces<'f> {
    pub(in crate::engine) pieces: &'f [Piece],
    pub(in crate::engine) file: &'f File,
}

impl Parts for InPieces<'_> {
    type Memory = ();

    /// A piece may be ahead as a whole.
    const AHEAD: usize = 32 << 20;

    fn memory(&self) {}

    fn ends(&self) -> Vec<u64> {
        self.pieces.iter().map(|piece| piece.covers().end).collect()
    }

    fn decode(&self, part: usize, (): &mut (), watch: &Stopwatch, hand_on: &mut dyn FnMut(&mut dyn Decode)) {
        let file = Timed::reading(self.file, watch);
        if let Some(piece) = self.pieces.get(part) {
            hand_on(&mut Timed::decoding(piece.decoder(&file, Limits::default()), watch));
        }
    }
}
