//! Stored bytes to decoded bytes, and what can be believed of them.
//!
//! [`Decoder`] decodes one stream from its beginning, whatever its codec, and says after each read whether a checksum already vouches for
//! what it has given. [`WholeGzip`] is the fast way for gzip files that fit into memory. What several threads can decode at once is a stream
//! in [`pieces`](pieces()), which its format lets be decoded apart, or in [`Chunks`], which are guessed.
//!
//! Each codec is a small machine behind one trait (`member.rs`) that is pushed from member to member; what is the same for all stands
//! once, in `decoder.rs` and `stored.rs`: stored bytes in a reused buffer, padding and garbage between members, cuts, and the zeros that a crash leaves.

mod bzip2;
mod codec;
mod decoder;
mod deflate;
mod fault;
mod gzip;
mod lz4;
mod member;
mod pieces;
mod stored;
#[cfg(test)]
mod tests;
mod whole;
mod xz;
mod zstd;

pub use codec::Codec;
pub use decoder::Decoder;
pub use deflate::{Chunk, Chunks, Link, Memory, Sum};
pub use fault::{Damage, Fault, Remark};
pub use pieces::{Piece, PieceSource, Positional, pieces};
pub use whole::WholeGzip;

/// What decoding may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest window or dictionary that a stream may ask for, in bytes.
    pub window: u64,
}

impl Default for Limits {
    /// 128 MiB: what `zstd -d` decodes without being asked (a windowLog of 27), and twice what `xz -9` makes.
    fn default() -> Limits {
        Limits { window: 128 << 20 }
    }
}
