//! A stored file in pieces that can be decoded apart, where its format lets it: frames of zstd and LZ4, members of gzip, blocks of xz and
//! bzip2.
//!
//! Where pieces begin is read off the stored file's structure, without decoding. It may be wrong, in a damaged file or one made to deceive.
//! Then a piece fails: it must be decodable from its first byte to its last, all of it verified. If all pieces are, one behind the other
//! they are what [`Decoder`] makes of the file. If one is not, nothing of the file is known, and it must be decoded from its beginning.

mod bzip2;
mod frames;
mod members;
#[cfg(test)]
mod tests;
mod xz;

use std::{fs::File, io, ops::Range, os::unix::fs::FileExt};

use super::{Codec, Decoder, Limits};

/// Stored bytes that can be read anywhere, by several threads at once.
pub trait Positional {
    /// Reads some bytes from `offset` on, and tells how many; 0 only at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize>;
}

impl Positional for File {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, out, offset)
    }
}

impl<S: Positional + ?Sized> Positional for &S {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, out)
    }
}

impl Positional for [u8] {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let mut rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        io::Read::read(&mut rest, out)
    }
}

/// A part of a stored file that can be decoded apart.
#[derive(Clone, Debug)]
pub struct Piece {
    codec: Codec,
    covers: Range<u64>,
    form: Form,
}

/// What a piece is made of.
#[derive(Clone, Debug)]
enum Form {
    /// Whole members or frames.
    Members,
    /// Blocks of an xz stream: where they are, the header of their stream, and the length of their text.
    XzBlocks { blocks: Range<u64>, header: [u8; 12], text: u64 },
    /// Blocks of a bzip2 stream: where they are, in bits.
    Bzip2Blocks { bits: Range<u64> },
}

/// How the source of a [`Decoder`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the end of a member.
    Member,
    /// With the end of a member, and nothing but zeros behind it.
    OnlyMember,
    /// With the end of a block that is verified, with all of so many bytes of text if that is known.
    Block(Option<u64>),
}

/// The pieces of a stored file of `len` bytes, in order and covering all of it, each of at least `at_least` stored bytes, but where a
/// stream of blocks begins or ends. `None`: there is only one, or nothing can be seen of any.
pub fn pieces<S: Positional + ?Sized>(codec: Codec, stored: &S, len: u64, at_least: u64) -> Option<Vec<Piece>> {
    let at_least = at_least.max(1);
    if len <= at_least {
        return None;
    }
    let mut view = View::new(stored, len);
    let pieces = match codec {
        Codec::Gzip | Codec::Zstd | Codec::Lz4 => {
            let mut starts = vec![0];
            let mut at = 0;
            while let Some(end) = frames::end(codec, &mut view, at) {
                if at - starts.last()? >= at_least {
                    starts.push(at);
                }
                at = end;
                if at >= len {
                    break;
                }
            }
            // What is left behind the last one (padding, another kind of member) is the last piece's. But where members have no
            // checksums, zeros behind them are for the decoder of the whole file to judge.
            if at < len && codec != Codec::Gzip {
                return None;
            }
            // None of the first tells its length.
            if at == 0 && codec == Codec::Gzip {
                starts = members::starts(&mut view, at_least);
            }
            let ends = starts.iter().skip(1).copied().chain([len]);
            starts.iter().zip(ends).map(|(start, end)| Piece { codec, covers: *start..end, form: Form::Members }).collect()
        }
        Codec::Xz => xz::pieces(&mut view, at_least)?,
        Codec::Bzip2 => bzip2::pieces(&view, at_least)?,
        Codec::Zip | Codec::Tar => return None,
    };
    (pieces.len() > 1).then_some(pieces)
}

impl Piece {
    /// The stored bytes that are this piece's. Those between blocks, of headers and indexes, are a neighbour's.
    #[must_use]
    pub fn covers(&self) -> Range<u64> {
        self.covers.clone()
    }

    /// A decoder of this piece alone. Whatever it fails with, where it fails is not a place in the stored file, and why is for the decoder of
    /// the whole file to say; nor does it count the file's bytes.
    pub fn decoder<'a, S: Positional + ?Sized>(&self, stored: &'a S, limits: Limits) -> Decoder<PieceSource<'a, S>> {
        let (head, bits, ending) = match &self.form {
            Form::Members => (Vec::new(), self.covers.start * 8..self.covers.end * 8, Ending::OnlyMember),
            Form::XzBlocks { blocks, header, text } => {
                (header.to_vec(), blocks.start * 8..blocks.end * 8, Ending::Block(Some(*text)))
            }
            // The size of blocks is the largest there is: it bounds the blocks' own sizes, and says nothing else.
            Form::Bzip2Blocks { bits } => (b"BZh9".to_vec(), bits.clone(), Ending::Block(None)),
        };
        Decoder::of_piece(self.codec, PieceSource { stored, head, given: 0, bits }, limits, ending)
    }
}

/// The stored bytes of a piece, as a stream of their own.
pub struct PieceSource<'a, S: ?Sized> {
    stored: &'a S,
    /// What comes first.
    head: Vec<u8>,
    given: usize,
    /// The bits that follow.
    bits: Range<u64>,
}

impl<S: Positional + ?Sized> io::Read for PieceSource<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = self.head.get(self.given..).unwrap_or_default();
        if !head.is_empty() {
            let len = io::Read::read(&mut &*head, out)?;
            self.given += len;
            return Ok(len);
        }
        let shift = self.bits.start % 8;
        let left = self.bits.end.saturating_sub(self.bits.start).div_ceil(8);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let Some(room) = out.get_mut(..wanted) else { return Ok(0) };
        let at = self.bits.start / 8;
        let len = self.stored.read_at(at, room)?.min(wanted);
        if shift > 0 && len > 0 {
            // Each byte takes its last bits from the next one. That of the last is not read yet; the file may end before it.
            let mut next = [0];
            let _ = self.stored.read_at(at + len as u64, &mut next)?;
            let mut following = next[0];
            for byte in room.iter_mut().take(len).rev() {
                let own = *byte;
                *byte = own << shift | following >> (8 - shift);
                following = own;
            }
        }
        self.bits.start += len as u64 * 8;
        Ok(len)
    }
}

/// A look at some bytes of a stored file here and there.
struct View<'a, S: ?Sized> {
    stored: &'a S,
    len: u64,
    buffer: Vec<u8>,
    at: u64,
}

/// So much is read for a look. Structures are looked at in order, and the next is often near.
const LOOK: usize = 4 << 10;

impl<'a, S: Positional + ?Sized> View<'a, S> {
    fn new(stored: &'a S, len: u64) -> Self {
        View { stored, len, buffer: Vec::new(), at: 0 }
    }

    /// The bytes from `at` on: `wanted` of them, fewer where the file ends, none where it cannot be read.
    fn bytes(&mut self, at: u64, wanted: usize) -> &[u8] {
        let end = self.at + self.buffer.len() as u64;
        if at < self.at || at + wanted as u64 > end {
            self.at = at;
            self.buffer.resize(wanted.max(LOOK), 0);
            let len = read_full(self.stored, at, &mut self.buffer).unwrap_or(0);
            // A file that grows is read as long as it was.
            let len = len.min(usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX));
            self.buffer.truncate(len);
        }
        let from = usize::try_from(at - self.at).unwrap_or(usize::MAX);
        let rest = self.buffer.get(from..).unwrap_or_default();
        rest.get(..wanted).unwrap_or(rest)
    }

    /// So many bytes from `at` on, as many as are there.
    fn array<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        self.bytes(at, N).first_chunk().copied()
    }
}

/// Reads until `out` is full or the file ends.
pub(super) fn read_full<S: Positional + ?Sized>(stored: &S, at: u64, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
        match stored.read_at(at + filled as u64, room) {
            Ok(0) => break,
            Ok(len) => filled += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
