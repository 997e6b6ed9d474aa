//! An open file, and whether it is still what it was when it was opened.

use crate::{failure::NoFile, reach::reach};
use rustix::{fs::OFlags, io::Errno};
use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::Path,
    thread,
    time::Duration,
};

/// An open file, and what it was when it was opened.
#[derive(Debug)]
pub struct Handle {
    /// To be read by position.
    pub file: File,
    /// What the system said of it when it was opened.
    pub metadata: Metadata,
    /// What it began with, if that is remembered.
    head: Option<Vec<u8>>,
}

/// A file's length, and when it was written to last. On Linux before 6.13 the time is that of the last tick, some milliseconds ago, so two
/// writes within one tick are not told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    len: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// What became of a file after it was opened, other than that it grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is shorter, so many bytes.
    Shrank(u64),
    /// It is as long or longer, and not the same: cut off and written anew, or written to in place.
    Rewritten,
}

/// A file that is cut off and written anew begins with another record: of another time, or NULs where its writer goes on at the place
/// where it was. So much of the beginning is compared, in bytes; a banner that all files begin with should be shorter.
const HEAD: usize = 4096;

/// Somebody may have a lease on a file, such as a file server's for a client that keeps what it writes to itself. Then who opens it waits
/// until it is given up, or taken away after 45 seconds (`/proc/sys/fs/lease-break-time`); between two looks so long ...
const PAUSE: Duration = Duration::from_millis(10);
/// ... and so often.
const LOOKS: usize = 6000;

/// Opens a regular file. Anything else is not read, and nobody waits for it: of a FIFO, the other end may never be opened. (What a path
/// leads to is only known when it is open. So a writer that waits at a FIFO is woken, and a device is opened: for who has put them in the
/// place of a file in this very moment.)
///
/// # Errors
/// What the system says, or that it is [`NoFile`].
pub fn open(path: &Path) -> io::Result<Handle> {
    let mut looks = 0..LOOKS;
    let path = reach(path)?;
    let file = loop {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        match File::options().read(true).custom_flags(flags.bits().cast_signed()).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && path.as_ref().is_file() && looks.next().is_some() => {
                thread::sleep(PAUSE);
            }
            opened => break opened?,
        }
    };
    let metadata = file.metadata()?;
    match NoFile::of(metadata.file_type()) {
        Some(other) => Err(io::Error::new(io::ErrorKind::InvalidInput, other)),
        None => Ok(Handle { file, metadata, head: None }),
    }
}

/// Whether a file could not be opened because the process, or the system, may have no more of them open.
#[must_use]
pub fn is_short_of_files(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

impl Handle {
    /// Its length when it was opened, in bytes: what is appended later is not counted.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a length on a disk, of what is no container")]
    pub fn len(&self) -> u64 {
        self.metadata.len()
    }

    /// Remembers what it begins with, so that [`Handle::change`] can tell a file that was written anew from one that grew. It costs a read
    /// of what will be read anyway.
    #[must_use]
    pub fn watched(self) -> Handle {
        let head = self.head().ok();
        Handle { head, ..self }
    }

    /// What it was when it was opened.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp::of(&self.metadata)
    }

    /// What it is now; if that cannot be told, what it was.
    #[must_use]
    pub fn stamp_now(&self) -> Stamp {
        self.file.metadata().map_or_else(|_| self.stamp(), |metadata| Stamp::of(&metadata))
    }

    /// Where it ends now, if that is before the length that it had when it was opened.
    #[must_use]
    pub fn shrank_to(&self) -> Option<u64> {
        self.file.metadata().ok().map(|now| now.len()).filter(|len| *len < self.len())
    }

    /// What has happened to it, if it is watched. What was read of it since `since` is then not what it held at any moment. (`since` is
    /// when it was opened, or later where what was read before does not matter any more.)
    ///
    /// Two changes are not seen: one within a tick of the clock that leaves its length alone, and one in place, behind the beginning,
    /// in a file that grows too.
    #[must_use]
    pub fn change(&self, since: Stamp) -> Option<Change> {
        let head = self.head.as_ref()?;
        let now = self.stamp_now();
        if now.len < self.len() {
            return Some(Change::Shrank(now.len));
        }
        if now == self.stamp() {
            return None;
        }
        let same = self.head().is_ok_and(|now| now == *head && now.len() as u64 == self.len().min(HEAD as u64));
        let in_place = now.len == since.len && now != since;
        (!same || in_place).then_some(Change::Rewritten)
    }

    /// The first bytes of what was its length.
    fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = vec![0; usize::try_from(self.len()).unwrap_or(HEAD).min(HEAD)];
        let mut filled = 0;
        while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.file.read_at(room, filled as u64) {
                Ok(0) => break,
                Ok(len) => filled += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        head.truncate(filled);
        Ok(head)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), seconds: metadata.mtime(), nanoseconds: metadata.mtime_nsec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs,
        io::{Seek, SeekFrom, Write},
        time::SystemTime,
    };

    /// A way to write to a file.
    type Writing = fn(&mut File);

    /// What is made of a file of 10,000 bytes, written to when it is open.
    fn change(write: Writing) -> Option<Change> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::write(&path, b"a line\n".repeat(10_000)).unwrap();
        // Not in the same tick.
        let before = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
        let handle = open(&path).unwrap().watched();
        write(&mut File::options().write(true).open(&path).unwrap());
        assert_eq!(open(&path).unwrap().change(handle.stamp()), None, "nothing is said of what is not watched");
        handle.change(handle.stamp())
    }

    #[test]
    fn growth_is_no_change_and_all_else_is() {
        let table: [(&str, Writing, Option<Change>); 8] = [
            ("nothing", |_| {}, None),
            ("appended", |file| drop(file.seek(SeekFrom::End(0)).and_then(|_| file.write(b"more\n"))), None),
            ("cut", |file| file.set_len(5).unwrap(), Some(Change::Shrank(5))),
            ("emptied", |file| file.set_len(0).unwrap(), Some(Change::Shrank(0))),
            (
                "cut and written anew, longer",
                |file| file.set_len(0).and_then(|()| file.write_all(&b"A line\n".repeat(20_000))).unwrap(),
                Some(Change::Rewritten),
            ),
            (
                "cut, and written on where it was",
                |file| file.set_len(0).and_then(|()| file.write_at(b"more\n", 70_000).map(drop)).unwrap(),
                Some(Change::Rewritten),
            ),
            ("written in place", |file| file.write_at(b"A", 50_000).map(drop).unwrap(), Some(Change::Rewritten)),
            (
                "written at its beginning, and longer",
                |file| {
                    file.write_at(b"A", 4095).and_then(|_| file.write_at(b"more\n", 70_000)).map(drop).unwrap();
                },
                Some(Change::Rewritten),
            ),
        ];
        for (name, write, expected) in table {
            assert_eq!(change(write), expected, "{name}");
        }
    }

    #[test]
    fn what_was_read_after_a_change_is_not_spoilt_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::write(&path, b"a line\n".repeat(10_000)).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        let handle = open(&path).unwrap().watched();
        file.set_modified(SystemTime::now() - Duration::from_secs(30)).unwrap();
        assert_eq!(handle.change(handle.stamp()), Some(Change::Rewritten), "it may be");
        let since = handle.stamp_now();
        assert_eq!(handle.change(since), None);
        file.set_modified(SystemTime::now()).unwrap();
        assert_eq!(handle.change(since), Some(Change::Rewritten));
    }
}
