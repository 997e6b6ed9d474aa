//! zip: PKWARE's "APPNOTE.TXT", with members that are stored or deflated, from anything that can seek.
//!
//! The `zip` crate (9.5) reads sound archives well, by its `ZipIterable`; its `ZipArchive` keeps one member of several that have the
//! same name. It is not used for the damaged ones: without the directory it reads no member whose length stands behind it, which is
//! what archivers write into a pipe, and its errors do not tell a cut from damage, nor either from what its reader reports.
//!
//! The directory at the archive's end says what its members are. Where that is lost, the members are found from the front, one
//! behind another, as far as that goes.

mod directory;
mod inflate;
mod open;
mod records;
mod source;

use super::{End, Fault, Kind, Member, Members};
use directory::Directory;
use inflate::{Checksum, Inflate};
use open::{Open, Packing, copy};
use records::Entry;
use source::{Source, Window};
use std::{
    collections::BTreeMap,
    io::{self, Read, Seek},
};

/// A zip archive.
pub struct Zip<R> {
    /// `None` until its length was asked for.
    source: Option<Source<R>>,
    reader: Option<R>,
    state: State,
    end: Option<End>,
}

/// All that changes while members are read.
struct State {
    listing: Listing,
    /// Where records of the directory are read.
    directory: Window,
    /// Where members are read.
    window: Window,
    inflate: Inflate,
    current: Current,
    /// The bytes that members have had; a range for each hole between them.
    taken: BTreeMap<u64, u64>,
}

/// Where the members are said to be.
enum Listing {
    /// Not looked for yet.
    Unknown,
    /// In the directory.
    Directory {
        of: Directory,
        /// Its next record.
        next: u64,
        /// How many there were.
        listed: u64,
    },
    /// One behind another.
    Front {
        /// Where the next one begins; `None` while that is only known when this one was read.
        next: Option<u64>,
        /// Where the archive ends, or the zeros begin that it ends in: they are a crash's, and no member's.
        end: u64,
    },
}

/// The member that is read.
enum Current {
    Nothing,
    Open(Open),
    Ended(End),
}

impl<R: Read + Seek> Zip<R> {
    /// Nothing is read yet.
    pub fn new(reader: R) -> Zip<R> {
        let state = State {
            listing: Listing::Unknown,
            directory: Window::default(),
            window: Window::default(),
            inflate: Inflate::new(),
            current: Current::Nothing,
            taken: BTreeMap::new(),
        };
        Zip { source: None, reader: Some(reader), state, end: None }
    }

    fn advance(&mut self) -> Result<Option<Member>, Fault> {
        if let Some(reader) = self.reader.take() {
            self.source = Some(Source::new(reader)?);
        }
        let Some(source) = &mut self.source else { return Ok(None) };
        if matches!(self.state.listing, Listing::Unknown) {
            self.state.listing = match directory::find(source, &mut self.state.directory)? {
                Some(of) => Listing::Directory { next: of.start, listed: 0, of },
                None => Listing::Front { next: Some(0), end: source.zeros_from(&mut self.state.window)? },
            };
        }
        match self.state.listing {
            Listing::Directory { .. } => self.state.next_listed(source),
            _ => self.state.next_from_the_front(source),
        }
    }

    fn failed(&mut self, fault: Fault) -> Fault {
        self.end = Some(End::of(&fault));
        fault
    }
}

impl State {
    fn next_listed<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<Option<Member>, Fault> {
        self.current = Current::Nothing;
        let Listing::Directory { of, next, listed } = &mut self.listing else { return Ok(None) };
        if *next >= of.end {
            return match (of.counts(*listed), of.before) {
                (false, _) => {
                    Err(Fault::Invalid { at: of.end, what: "the directory lists not as many members as it says, and ends" })
                }
                (true, 0) => Ok(None),
                (true, _) => Err(Fault::Invalid { at: 0, what: "something begins that the archive's directory does not list" }),
            };
        }
        let damaged = Fault::Invalid { at: *next, what: "the directory of members is damaged" };
        let Some(len) = records::central_len(source.bytes(&mut self.directory, *next, records::CENTRAL_LEN)?) else {
            return Err(damaged);
        };
        let Some(entry) = records::central(source.bytes(&mut self.directory, *next, len)?) else { return Err(damaged) };
        *next += len as u64;
        *listed += 1;
        let start = entry.at.saturating_add(of.before);
        let end_of_members = of.start;
        let mut kind = entry.kind();
        if kind == Kind::File {
            let record = source.bytes(&mut self.window, start, records::LOCAL_LEN)?;
            let data = records::local_len(record).and_then(|len| start.checked_add(len as u64));
            let end = data.and_then(|data| data.checked_add(entry.packed)).filter(|end| *end <= end_of_members);
            self.current = match (data, end) {
                (Some(data), Some(end)) if self.take(start, end) => {
                    self.open(start, data, Some(entry.packed), Some((entry.size, entry.checksum)), entry.method)
                }
                (Some(_), Some(_)) => {
                    kind = Kind::Refused("made of bytes that are another member's too");
                    Current::Nothing
                }
                (Some(_), None) => {
                    Current::Ended(End::Invalid { at: start, what: "a member begins that is too long for the archive" })
                }
                (None, _) => Current::Ended(End::Invalid { at: start, what: "a member is missing" }),
            };
        }
        Ok(Some(member(entry, kind, Size::Known)))
    }

    fn next_from_the_front<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<Option<Member>, Fault> {
        // What has no known end is read to it.
        let mut piece = [0; 8192];
        while matches!(self.listing, Listing::Front { next: None, .. }) {
            match self.read(source, &mut piece) {
                Ok(0) => break,
                Ok(_) => {}
                // Its own fault, and its end is known by now.
                Err(Fault::Invalid { .. }) if !matches!(self.listing, Listing::Front { next: None, .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        let what = "the archive's directory is lost, without which nobody knows the end of the member";
        let Listing::Front { next: Some(at), end } = self.listing else {
            return Err(Fault::Invalid { at: source.len(), what });
        };
        self.current = Current::Nothing;
        let cut = cut(source, end.max(at));
        let record = source.bytes(&mut self.window, at, records::LOCAL_LEN)?;
        match record.first_chunk() {
            None | Some([0, 0, 0, 0]) => return Err(cut),
            Some(&records::LOCAL) => {}
            Some(&(records::CENTRAL | records::END)) => {
                return Err(Fault::Invalid { at, what: "the archive's directory, which has no end, begins" });
            }
            Some(_) => return Err(Fault::Invalid { at, what: "there is no member behind the last one" }),
        }
        let Some(len) = records::local_len(record) else { return Err(cut) };
        let Some(entry) = records::local(source.bytes(&mut self.window, at, len)?) else { return Err(cut) };
        let data = at.saturating_add(len as u64);
        if data > end {
            return Err(cut);
        }
        let kind = entry.kind();
        let behind = data.saturating_add(entry.packed);
        // An empty member is known to be so if what stands behind it says it too.
        let descriptor = match entry.has_descriptor() {
            true => records::descriptor(source.bytes(&mut self.window, behind, 24)?, entry.packed, entry.size),
            false => None,
        };
        // A length is believed if that is where it leads to, or if a checksum came with it; of a stored member there is nothing better.
        let known = !entry.has_descriptor()
            || (entry.method == 0 && (entry.packed > 0 || descriptor.is_some()))
            || (entry.packed > 0 && (entry.checksum != 0 || descriptor.is_some()));
        let (next, claim) = match descriptor {
            _ if !known => (None, None),
            Some((checksum, len)) => (Some(behind.saturating_add(len as u64)), Some((entry.size, checksum))),
            // The checksum was to stand behind it, and may have been cut off.
            None if entry.has_descriptor() && entry.checksum == 0 => (Some(behind), None),
            None => (Some(behind), Some((entry.size, entry.checksum))),
        };
        self.listing = Listing::Front { next, end };
        self.current = match kind {
            Kind::File if !known && entry.method == 0 => Current::Ended(End::Invalid { at, what }),
            Kind::File => self.open(at, data, Some(entry.packed).filter(|_| known), claim, entry.method),
            // A folder may have an empty stream.
            Kind::Other if !known && entry.method == 8 => self.open(at, data, None, None, entry.method),
            Kind::Other | Kind::Refused(_) if !known => Current::Ended(End::Invalid { at, what }),
            Kind::Other | Kind::Refused(_) => Current::Nothing,
        };
        Ok(Some(member(entry, kind, if claim.is_some() { Size::Known } else { Size::Behind })))
    }

    fn open(&mut self, start: u64, data: u64, left: Option<u64>, claim: Option<(u64, u32)>, method: u16) -> Current {
        let packing = if method == 0 { Packing::Stored } else { Packing::Deflated };
        if packing == Packing::Deflated {
            self.inflate.reset();
        }
        let (next, taken, given, ended) = (data, 0, 0, false);
        Current::Open(Open { start, next, left, taken, packing, claim, given, checksum: Checksum::new(), ended })
    }

    /// Marks the bytes of a member, unless some are marked already. Members that lie close together share a mark: no member fits
    /// into so small a hole.
    fn take(&mut self, start: u64, end: u64) -> bool {
        const SMALLEST: u64 = records::LOCAL_LEN as u64;
        let before = self.taken.range(..=start).next_back().map(|(start, end)| (*start, *end));
        let behind = self.taken.range(start..).next().map(|(start, end)| (*start, *end));
        if before.is_some_and(|(_, before)| before > start) || behind.is_some_and(|(behind, _)| behind < end) {
            return false;
        }
        let (mut from, mut to) = (start, end);
        if let Some((other, _)) = before.filter(|(_, before)| start - before < SMALLEST) {
            from = other;
        }
        if let Some((other, other_end)) = behind.filter(|(behind, _)| behind - end < SMALLEST) {
            self.taken.remove(&other);
            to = other_end;
        }
        self.taken.insert(from, to);
        true
    }

    fn read<R: Read + Seek>(&mut self, source: &mut Source<R>, buffer: &mut [u8]) -> Result<usize, Fault> {
        let open = match &mut self.current {
            Current::Nothing => return Ok(0),
            Current::Ended(end) => return end.again().map(|()| 0),
            Current::Open(open) => open,
        };
        let cut_at = match self.listing {
            Listing::Front { end, .. } => open.is_cut_at(end, source.len()),
            _ => None,
        };
        while !open.ended {
            let input = source.bytes(&mut self.window, open.next, 1)?;
            let left = cut_at.map(|end| end.saturating_sub(open.next)).or(open.left);
            let few = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX).min(input.len());
            let input = input.get(..few).unwrap_or_default();
            let step = match open.packing {
                Packing::Deflated => self.inflate.step(input, buffer)?.ok_or(open.invalid("invalid data in the member"))?,
                Packing::Stored => copy(input, buffer, open.left),
            };
            open.advance(&step);
            if step.given > 0 {
                open.given = open.given.saturating_add(step.given as u64);
                if open.claim.is_some_and(|(size, _)| open.given > size) {
                    return Err(open.invalid("more data than the archive says in the member"));
                }
                open.checksum.add(buffer.get(..step.given).unwrap_or_default());
                return Ok(step.given);
            }
            if step.taken == 0 && !step.ended {
                // It wants more than there is, or it is stuck.
                let lost = cut_at.filter(|_| few == 0 && open.left != Some(0));
                return Err(match lost {
                    Some(end) => cut(source, end),
                    None => open.invalid("data that ends too early in the member"),
                });
            }
        }
        self.finish(source).map(|()| 0)
    }

    /// Holds a member that was read to its end against what is claimed of it.
    fn finish<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Fault> {
        let Current::Open(open) = &self.current else { return Ok(()) };
        let (size, checksum) = match open.claim {
            Some(claim) => claim,
            None => {
                let bytes = source.bytes(&mut self.window, open.next, 24)?;
                let Some((checksum, len)) = records::descriptor(bytes, open.taken, open.given) else {
                    let is_whole = bytes.len() >= 24;
                    return Err(match self.listing {
                        Listing::Front { end, .. } if !is_whole || open.next.saturating_add(24) > end => cut(source, end),
                        _ => open.invalid("a wrong length behind the member"),
                    });
                };
                if let Listing::Front { next, .. } = &mut self.listing {
                    *next = Some(open.next.saturating_add(len as u64));
                }
                (open.given, checksum)
            }
        };
        if size != open.given {
            return Err(open.invalid("less data than the archive says in the member"));
        }
        if checksum != open.checksum.sum() {
            return Err(open.invalid("a wrong checksum of the member"));
        }
        self.current = Current::Ended(End::Whole);
        Ok(())
    }
}

/// The fault of an archive that ends at `end`, but for zeros. What was written may have ended in a few of these.
fn cut<R: Read + Seek>(source: &Source<R>, end: u64) -> Fault {
    const FEW: u64 = 16;
    Fault::Cut { at: if source.len().saturating_sub(end) > FEW { end } else { source.len() } }
}

/// Whether a member's size is known before its bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Known,
    Behind,
}

fn member(entry: Entry, kind: Kind, size: Size) -> Member {
    let known = size == Size::Known && kind == Kind::File;
    Member { size: Some(entry.size).filter(|_| known), modified: entry.modified, name: entry.name, kind }
}

impl<R: Read + Seek> Members for Zip<R> {
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
            Err(fault) => Err(self.failed(fault)),
        }
    }
}

impl<R: Read + Seek> Read for Zip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(end) = self.end {
            end.again()?;
        }
        let Some(source) = self.source.as_mut().filter(|_| !buffer.is_empty()) else { return Ok(0) };
        match self.state.read(source, buffer) {
            Ok(len) => Ok(len),
            // A member's fault is its own.
            Err(fault @ Fault::Invalid { .. }) => {
                self.state.current = Current::Ended(End::of(&fault));
                Err(fault.into())
            }
            Err(fault) => Err(self.failed(fault).into()),
        }
    }
}

#[cfg(test)]
mod tests;
