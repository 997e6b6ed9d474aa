//! tar: POSIX.1-2001 (ustar and pax), GNU, and the seventh edition's, from any reader, in one pass.
//!
//! The `tar` crate (0.4.46) is not used: it reads a long name of any length into memory, ends the bytes of a cut member as if it
//! were whole and fails only at the next one, loses a pax name that holds a newline, and does not know the sparse files of pax. It
//! would be the larger part of this file to keep it from that.

mod header;
mod pax;

pub use header::is_tar;

use super::{End, Fault, Kind, Member, Members};
use header::{BLOCK, Block, Header, Role};
use pax::Extended;
use std::{
    io::{self, Read},
    ops::Range,
};

/// The longest extended header or long name that is read, in bytes; libarchive's limit. A path has 4096 bytes at most on Linux, and
/// attributes some 64 KiB.
const MAX_EXTENSION: u64 = 1 << 20;

/// Archivers end an archive with two blocks of zeros, and fill it up to a record of 20 blocks.
const LONGEST_END: u64 = (2 + 20) * BLOCK as u64;

/// A tar archive, read from its first byte on.
pub struct Tar<R> {
    reader: R,
    /// From where on the archive holds nothing but zeros, and how long it is, where that is known.
    zeros: Option<(u64, u64)>,
    /// Where the archive is cut; `u64::MAX` while nothing says that it is.
    cut_at: u64,
    /// How many bytes have come from the reader, and how many up to the last that is no zero.
    at: u64,
    text_until: u64,
    /// Where the bytes of the last member are.
    last: Range<u64>,
    /// How many bytes of the member are still to be read.
    left: u64,
    /// How many bytes are then to be passed over: they fill its last block, or nobody can read them.
    padding: u64,
    /// The time that a global extended header gives to all members after it.
    modified: Option<i64>,
    /// Set when no further member can be had.
    end: Option<End>,
}

/// What stands where a header should.
enum Found {
    Header,
    Zeros,
    /// Less than a block, and then the end.
    Part,
    Nothing,
}

impl<R: Read> Tar<R> {
    /// Nothing is read yet.
    pub const fn new(reader: R) -> Tar<R> {
        Tar {
            reader,
            zeros: None,
            cut_at: u64::MAX,
            at: 0,
            text_until: 0,
            last: 0..0,
            left: 0,
            padding: 0,
            modified: None,
            end: None,
        }
    }

    /// The same of an archive of `len` bytes that from `zeros_from` on holds nothing but zeros. If they begin within a member and are more
    /// than can end an archive, they are a crash's tail: the archive is cut there.
    #[must_use]
    pub const fn ending(mut self, zeros_from: u64, len: u64) -> Tar<R> {
        self.zeros = Some((zeros_from, len));
        self
    }

    fn advance(&mut self) -> Result<Option<Member>, Fault> {
        self.pass(self.left.saturating_add(self.padding))?;
        (self.left, self.padding) = (0, 0);
        let mut extended = Extended::default();
        loop {
            let Some(block) = self.header(extended.is_empty())? else { return self.ended().map(|()| None) };
            let invalid = |what| Fault::Invalid { at: self.at.saturating_sub(BLOCK as u64), what };
            let header = Header::of(&block).map_err(invalid)?;
            match header.role {
                Role::Extended => {
                    let records = self.extension(header.size)?;
                    let at = self.at;
                    extended.read(&records).map_err(|what| Fault::Invalid { at, what })?;
                }
                // Of what it may say of all members only the time makes sense; archivers write comments there.
                Role::Global => {
                    let records = self.extension(header.size)?;
                    let at = self.at;
                    let mut global = Extended::default();
                    global.read(&records).map_err(|what| Fault::Invalid { at, what })?;
                    self.modified = global.modified.or(self.modified);
                }
                Role::LongName => extended.long_name = Some(until_nul(self.extension(header.size)?)),
                Role::LongLink => drop(self.extension(header.size)?),
                Role::Member(kind) => return self.member(&block, &header, kind, extended).map(Some),
            }
        }
    }

    /// That it ends here. Where nobody could say before that zeros would follow it is told now: what was read of its last member, and all that
    /// was behind it, are a crash's.
    fn ended(&self) -> Result<(), Fault> {
        let behind = self.at.saturating_sub(self.last.end).saturating_sub(BLOCK as u64 - 1);
        let is_crash = self.last.contains(&self.text_until) && behind > LONGEST_END;
        if is_crash { Err(Fault::Cut { at: self.text_until }) } else { Ok(()) }
    }

    /// Takes note of bytes that came from the reader.
    fn came(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            self.text_until = self.at + last as u64 + 1;
        }
        self.at += bytes.len() as u64;
    }

    fn member(&mut self, block: &Block, header: &Header, kind: Kind, extended: Extended) -> Result<Member, Fault> {
        let kind = if extended.sparse && kind == Kind::File { Kind::Refused(header::SPARSE) } else { kind };
        // What has no bytes may still have a size: POSIX leaves it undefined.
        let size = if header.has_bytes { extended.size.unwrap_or(header.size) } else { 0 };
        if header.map_continues {
            self.pass_map()?;
        }
        self.set_left(size)?;
        let end = self.at.saturating_add(size);
        self.last = self.at..end;
        if let Some((from, len)) = self.zeros
            && (self.at..end).contains(&from)
            && len.saturating_sub(end) > LONGEST_END
        {
            self.cut_at = from;
        }
        if kind != Kind::File {
            self.padding += std::mem::take(&mut self.left);
        }
        let name = extended.path.or(extended.long_name).unwrap_or_else(|| header::name(block));
        // The seventh edition has no kind for a folder, only a slash; a field that is too short for a name may end in one too.
        let kind = if kind == Kind::File && size == 0 && name.ends_with(b"/") { Kind::Other } else { kind };
        Ok(Member {
            name: without_here(name),
            size: Some(size).filter(|_| kind == Kind::File),
            modified: extended.modified.or(self.modified).or(header.modified),
            kind,
        })
    }

    /// The next header that is none of zeros; `None` at the archive's end. `may_end` says whether it may be here.
    fn header(&mut self, may_end: bool) -> Result<Option<Block>, Fault> {
        let mut block = [0; BLOCK];
        let mut behind_zeros = false;
        loop {
            let start = self.at;
            match self.block(&mut block)? {
                // Archives that were joined (`cat a.tar b.tar`) have zeros in between, where tar itself stops in silence.
                Found::Header if header::checksum_is_right(&block) => return Ok(Some(block)),
                // It may be what an old archiver left in its buffer, or what comes behind a hole in the disk: members may be missing.
                Found::Header | Found::Part if behind_zeros => {
                    return Err(Fault::Invalid { at: start, what: "what follows the zeros is no member's header" });
                }
                Found::Header => return Err(Fault::Invalid { at: start, what: "the checksum of a member's header is wrong" }),
                // A writer that was stopped between members, or that ends without zeros (some do), lost none of them.
                Found::Nothing if may_end => return Ok(None),
                Found::Nothing | Found::Part => return Err(Fault::Cut { at: self.at }),
                Found::Zeros if may_end => behind_zeros = true,
                Found::Zeros => return Err(Fault::Invalid { at: start, what: "an extended header is followed by no member" }),
            }
        }
    }

    /// One block, which may be cut short by the end if it is of zeros: those were to be the archive's end.
    fn block(&mut self, block: &mut Block) -> Result<Found, Fault> {
        block.fill(0);
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => break,
                Ok(len) => {
                    self.came(rest.get(..len).unwrap_or_default());
                    filled += len;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        match filled {
            0 => Ok(Found::Nothing),
            _ if block.iter().all(|byte| *byte == 0) => Ok(Found::Zeros),
            BLOCK => Ok(Found::Header),
            _ => Ok(Found::Part),
        }
    }

    /// The bytes of an extended header or long name.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        if size > MAX_EXTENSION {
            return Err(Fault::Invalid { at: self.at, what: "an extended header claims to be longer than 1 MiB" });
        }
        self.set_left(size)?;
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        self.pass(self.padding)?;
        self.padding = 0;
        Ok(bytes)
    }

    fn set_left(&mut self, size: u64) -> Result<(), Fault> {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        match size.checked_add(self.padding) {
            Some(_) => Ok(()),
            None => Err(Fault::Invalid { at: self.at, what: "a member's size is impossible" }),
        }
    }

    /// Passes over the blocks in which the map of an old GNU sparse file goes on.
    fn pass_map(&mut self) -> Result<(), Fault> {
        let mut block = [0; BLOCK];
        loop {
            match self.block(&mut block)? {
                Found::Header if header::map_continues_behind(&block) => {}
                Found::Header | Found::Zeros => return Ok(()),
                Found::Nothing | Found::Part => return Err(Fault::Cut { at: self.at }),
            }
        }
    }

    /// Passes over what nobody reads. It is read all the same: a reader that decodes has its checksums to check.
    fn pass(&mut self, mut len: u64) -> Result<(), Fault> {
        let mut piece = [0; 8192];
        while len > 0 {
            if self.at >= self.cut_at {
                return Err(Fault::Cut { at: self.at });
            }
            let room = usize::try_from(len).unwrap_or(usize::MAX).min(piece.len());
            match self.reader.read(piece.get_mut(..room).unwrap_or_default()) {
                Ok(0) => return Err(Fault::Cut { at: self.at }),
                Ok(taken) => {
                    self.came(piece.get(..taken).unwrap_or_default());
                    len = len.saturating_sub(taken as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        Ok(())
    }

    /// Ends with what is wrong. Where the archive makes no sense its reader is read to the end first: it may be a decoder whose
    /// checksum then shows that the archive was damaged in there, which is the truer word.
    fn fail(&mut self, fault: Fault) -> Fault {
        let fault = match fault {
            Fault::Invalid { at, what } => match io::copy(&mut self.reader, &mut io::sink()) {
                Ok(_) => Fault::Invalid { at, what },
                Err(error) => Fault::Io(error),
            },
            fault => fault,
        };
        self.end = Some(End::of(&fault));
        fault
    }
}

impl<R: Read> Members for Tar<R> {
    fn next_member(&mut self) -> Result<Option<Member>, Fault> {
        if let Some(end) = self.end {
            return end.again().map(|()| None);
        }
        match self.advance() {
            Ok(Some(member)) => Ok(Some(member)),
            Ok(None) => {
                self.end = Some(End::Whole);
                Ok(None)
            }
            Err(fault) => Err(self.fail(fault)),
        }
    }
}

impl<R: Read> Read for Tar<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(end) = self.end {
            end.again()?;
        }
        if self.left > 0 && self.at >= self.cut_at {
            return Err(self.fail(Fault::Cut { at: self.at }).into());
        }
        let left = self.left.min(self.cut_at.saturating_sub(self.at));
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(room) = buffer.get_mut(..room).filter(|room| !room.is_empty()) else { return Ok(0) };
        match self.reader.read(room) {
            Ok(0) => Err(self.fail(Fault::Cut { at: self.at }).into()),
            Ok(len) => {
                self.came(room.get(..len).unwrap_or_default());
                self.left = self.left.saturating_sub(len as u64);
                Ok(len)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.fail(Fault::Io(error)).into()),
        }
    }
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    bytes
}

/// `tar c .` and `tar c *` store the same files, so both give the same names.
fn without_here(mut name: Vec<u8>) -> Vec<u8> {
    let mut rest: &[u8] = &name;
    while let Some(shorter) = rest.strip_prefix(b"./").filter(|shorter| !shorter.is_empty()) {
        rest = shorter;
    }
    name.drain(..name.len() - rest.len());
    name
}

#[cfg(test)]
mod tests;
