//! The directory of members, which a zip archive has at its end.

use super::{
    records::{self, End},
    source::{Source, Window},
};
use crate::archive::Fault;
use std::io::{self, Read, Seek};

/// How far from the end the record behind the directory can begin, in bytes: its own length and the longest comment.
const TAIL: u64 = records::END_LEN as u64 + u16::MAX as u64;

/// How many places are looked at that could be that record. A comment may hold its signature, but hardly often.
const CANDIDATES: usize = 16;

/// Where the directory is.
#[derive(Debug)]
pub struct Directory {
    /// Its first record.
    pub start: u64,
    /// Behind its last record.
    pub end: u64,
    /// How many records it has.
    pub entries: u64,
    /// In what form it says that.
    pub counted: Counted,
    /// How many bytes there are before the archive, which its own places do not count.
    pub before: u64,
}

/// In what form the number of records is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// In 16 bits, of a greater number the lowest: some archivers leave it at that
    Short,
    /// In 64 bits
    Long,
}

impl Directory {
    /// Whether this is the number of records that it says.
    pub fn counts(&self, listed: u64) -> bool {
        match self.counted {
            Counted::Short => listed & 0xffff == self.entries & 0xffff,
            Counted::Long => listed == self.entries,
        }
    }
}

/// Finds the directory from the archive's end; `None` if there is none, so that the end must have been lost.
///
/// # Errors
/// The reader's, and that the archive is one part of several.
pub fn find<R: Read + Seek>(source: &mut Source<R>, window: &mut Window) -> Result<Option<Directory>, Fault> {
    let start = source.len().saturating_sub(TAIL);
    let want = usize::try_from(TAIL).unwrap_or(usize::MAX);
    let tail = source.bytes(window, start, want)?.to_vec();
    for at in memchr::memmem::rfind_iter(&tail, &records::END).take(CANDIDATES) {
        let Some((end, comment)) = tail.get(at..).and_then(records::end) else { continue };
        let exact = at + records::END_LEN + usize::from(comment) == tail.len();
        if let Some(found) = judge(source, window, start + at as u64, end, exact)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The directory that this record is behind, if it is. Only a record that ends with the archive may have its places wrong.
fn judge<R: Read + Seek>(
    source: &mut Source<R>,
    window: &mut Window,
    at: u64,
    short: End,
    exact: bool,
) -> Result<Option<Directory>, Fault> {
    let (end, counted, behind) = match long(source, window, at)? {
        Some((end, behind)) => (end, Counted::Long, behind),
        None => (short, Counted::Short, at),
    };
    let Some(before) = end.at.checked_add(end.size).and_then(|place| behind.checked_sub(place)) else { return Ok(None) };
    let mut is_directory = |place: u64| -> io::Result<bool> {
        Ok(source.bytes(window, place, records::CENTRAL.len())?.starts_with(&records::CENTRAL))
    };
    let before = match before {
        _ if end.size == 0 && (exact || before == 0) => before,
        _ if is_directory(end.at)? => 0,
        _ if exact && is_directory(end.at + before)? => before,
        _ => return Ok(None),
    };
    if end.disk != 0 {
        return Err(Fault::Invalid {
            at,
            what: "this is one part of a split archive (join it: zip -s 0 IN.zip --out OUT.zip), whose directory ends",
        });
    }
    let start = end.at + before;
    Ok(Some(Directory { start, end: start + end.size, entries: end.entries, counted, before }))
}

/// The long form of the record at this place, and where that begins.
fn long<R: Read + Seek>(source: &mut Source<R>, window: &mut Window, at: u64) -> io::Result<Option<(End, u64)>> {
    let Some(locator) = at.checked_sub(records::LOCATOR64_LEN as u64) else { return Ok(None) };
    let Some(place) = records::locator64(source.bytes(window, locator, records::LOCATOR64_LEN)?) else { return Ok(None) };
    // Where it says, or where it usually is, if there is something before the archive.
    for place in [Some(place), locator.checked_sub(records::END64_LEN as u64)].into_iter().flatten() {
        if let Some(end) = records::end64(source.bytes(window, place, records::END64_LEN)?) {
            return Ok(Some((end, place)));
        }
    }
    Ok(None)
}
