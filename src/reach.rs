//! Paths that are longer than the system takes, and ways to what they lead to.
//!
//! A call takes a path of up to `PATH_MAX` bytes, the NUL behind it among them (4,096 in Linux's limits.h; what is longer is refused with
//! `ENAMETOOLONG`, path_resolution(7)). Trees may be deeper: who makes them goes down step by step, or moves one tree into another. So
//! does [`reach`]: it opens the folder above in pieces, each from the one before, and gives a path that begins with that folder, under the
//! name that `/proc` has for what a process has open.

use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::retry_on_intr,
};
use std::{
    borrow::Cow,
    ffi::OsStr,
    fs::{self, File, Metadata},
    io,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
};

/// The longest path that the system takes, in bytes: `PATH_MAX` less the NUL.
pub const LONGEST: usize = 4095;

/// A path by which the system finds what another path leads to, as long as this lives.
#[derive(Debug)]
pub struct Reached<'p> {
    path: Cow<'p, Path>,
    /// The folder that it begins with.
    folder: Option<OwnedFd>,
}

impl Reached<'_> {
    /// Whether it is another path than that which was asked about.
    #[must_use]
    pub const fn stands_in(&self) -> bool {
        self.folder.is_some()
    }
}

impl AsRef<Path> for Reached<'_> {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// A path to the same that the system takes: most often the path itself, which costs nothing.
///
/// Its last name is not looked up: whether it is there, and a link, is for the call to find out that is made with what this gives.
///
/// # Errors
/// What the system says of the folders above a long path, or that there is no `/proc`.
pub fn reach(path: &Path) -> io::Result<Reached<'_>> {
    within(path, LONGEST)
}

/// The same for what paths go on from: [`ROOM`] bytes may be behind it, or else as many as may be behind the path itself.
///
/// # Errors
/// As of [`reach`].
pub fn reach_with_room(path: &Path) -> io::Result<Reached<'_>> {
    within(path, LONGEST - ROOM).or_else(|_| reach(path))
}

/// So many bytes are left behind what [`reach_with_room`] gives. A name has up to 255 bytes on most file systems, and some 1,024 on a few
/// (of 255 letters, or of FUSE); the more there is, the more seldom a folder must be opened to go on from.
pub const ROOM: usize = 2048;

fn within(path: &Path, most: usize) -> io::Result<Reached<'_>> {
    let bytes = path.as_os_str().as_bytes();
    let parts = if bytes.len() > most { parts(bytes) } else { None };
    let Some((above, name)) = parts else { return Ok(Reached { path: Cow::Borrowed(path), folder: None }) };
    let folder = open_folder(above)?;
    let path = name_of(&folder);
    if fs::symlink_metadata(&path).is_err() {
        return Err(io::Error::other(
            "its path is longer than the 4,095 bytes that the system takes; mount /proc, which is a way around that",
        ));
    }
    Ok(Reached { path: Cow::Owned(path.join(OsStr::from_bytes(name))), folder: Some(folder) })
}

/// The true name of what a path leads to, without links.
///
/// # Errors
/// What the system says; also of a true name that is longer than it takes.
pub fn true_name(path: &Path) -> io::Result<PathBuf> {
    let reached = reach(path)?;
    if !reached.stands_in() {
        return fs::canonicalize(path);
    }
    let leads_to = open_at(CWD, reached.as_ref().as_os_str().as_bytes(), OFlags::empty())?;
    fs::read_link(name_of(&leads_to))
}

/// Whether this is so of a folder from `root` on, that one too, down to the one that the last name of `path` is in. `path` begins with
/// `root`. However long the way is, each step of it is taken once.
///
/// # Errors
/// What the system says of a folder.
pub fn any_above(path: &Path, root: &Path, mut is_so: impl FnMut(&Metadata) -> bool) -> io::Result<bool> {
    let way = path.parent().and_then(|above| above.strip_prefix(root).ok()).unwrap_or(Path::new(""));
    let mut folder = open_folder(root.as_os_str().as_bytes())?;
    for step in way {
        let above = File::from(folder);
        if is_so(&above.metadata()?) {
            return Ok(true);
        }
        folder = open_at(&above, step.as_bytes(), OFlags::DIRECTORY)?;
    }
    File::from(folder).metadata().map(|last| is_so(&last))
}

/// The folder above, up to the `/` before the last name, and that name; a `/` behind it is kept, as only folders have one. None where
/// there is no other name.
fn parts(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = path.iter().rposition(|&byte| byte != b'/')? + 1;
    let start = path.get(..end)?.iter().rposition(|&byte| byte == b'/')? + 1;
    let (above, behind) = path.split_at_checked(start)?;
    Some((above, behind.get(..=end - start).unwrap_or(behind)))
}

/// Opens a folder as a place to go on from, in pieces that the system takes.
fn open_folder(path: &[u8]) -> io::Result<OwnedFd> {
    let (piece, mut rest) = cut(path);
    let mut folder = open_at(CWD, piece, OFlags::DIRECTORY)?;
    while !rest.is_empty() {
        let (piece, behind) = cut(rest);
        folder = open_at(&folder, piece, OFlags::DIRECTORY)?;
        rest = behind;
    }
    Ok(folder)
}

/// The first piece of a path that the system takes, and the rest, which does not begin with `/`. A name that is longer than a whole path
/// may be is a piece too: of that the system says what it is.
fn cut(path: &[u8]) -> (&[u8], &[u8]) {
    let Some(start) = path.get(..=LONGEST) else { return (path, &[]) };
    let Some(slash) = start.iter().rposition(|&byte| byte == b'/') else { return (path, &[]) };
    // That of the root is its name.
    let (piece, rest) = path.split_at(slash.max(1));
    let names = rest.iter().position(|&byte| byte != b'/').unwrap_or(rest.len());
    (piece, rest.get(names..).unwrap_or_default())
}

/// Opens a place, and not what is in it: that takes no right to read.
fn open_at(folder: impl AsFd, path: &[u8], more: OFlags) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC | more;
    Ok(retry_on_intr(|| openat(&folder, path, flags, Mode::empty()))?)
}

/// The name that it has while it is open, for any thread. Others need not have open what this one has: their tables of descriptors may be
/// others ([`crate::system`]).
fn name_of(open: &OwnedFd) -> PathBuf {
    // It leads to this thread's number, as `/proc` has it: which is not what the thread takes for its number where that is the `/proc` of
    // the system around it. Where there is none (before Linux 3.17), both are the same but for such a rare case.
    let thread = fs::read_link("/proc/thread-self").unwrap_or_else(|_| own_number());
    Path::new("/proc").join(thread).join("fd").join(open.as_raw_fd().to_string())
}

#[cfg(target_os = "linux")]
fn own_number() -> PathBuf {
    format!("self/task/{}", rustix::thread::gettid().as_raw_nonzero()).into()
}

#[cfg(not(target_os = "linux"))]
fn own_number() -> PathBuf {
    "self".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_between_names() {
        let name = "n".repeat(255);
        let way = format!("/{name}").repeat(16);
        assert_eq!(way.len(), LONGEST + 1);
        let (fits, just_not) = (&way[1..], way.clone());
        assert_eq!(cut(fits.as_bytes()), (fits.as_bytes(), &b""[..]));
        assert_eq!(cut(just_not.as_bytes()), (&way.as_bytes()[..15 * 256], name.as_bytes()));
        let (slashes, letters) = ("/".repeat(5000), "n".repeat(5000));
        let table = [
            (format!("a{slashes}b"), "a", "b"),
            (format!("{slashes}b"), "", "b"),
            (format!("/b{slashes}"), "/b", ""),
            (slashes, "", ""),
            (format!("/{letters}/b"), "", &format!("{letters}/b")),
            (letters.clone(), &letters, ""),
        ];
        for (path, piece, rest) in table {
            let (first, behind) = cut(path.as_bytes());
            assert_eq!(first.is_empty(), path.is_empty());
            let first = OsStr::from_bytes(first).to_str().unwrap().trim_end_matches('/');
            assert_eq!((first, behind), (piece, rest.as_bytes()), "{path}");
        }
    }

    #[test]
    fn the_last_name_is_told_from_the_folder_above() {
        let table = [
            ("a/b/c", Some(("a/b/", "c"))),
            ("a/b/c///", Some(("a/b/", "c/"))),
            ("/c", Some(("/", "c"))),
            ("a//.", Some(("a//", "."))),
            ("a/..", Some(("a/", ".."))),
            ("c", None),
            ("c//", None),
            ("///", None),
            ("", None),
        ];
        for (path, expected) in table {
            let expected = expected.map(|(above, name): (&str, &str)| (above.as_bytes(), name.as_bytes()));
            assert_eq!(parts(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let path = Path::new("no/such/../place/");
        let reached = reach(path).unwrap();
        assert!(!reached.stands_in() && reached.as_ref().as_os_str() == path.as_os_str());
    }

    #[test]
    fn a_path_may_be_long_because_it_goes_to_and_fro() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/x.log"), "x").unwrap();
        let long = folder.path().join("a/../".repeat(1000)).join("a").join("x.log");
        assert_eq!(fs::metadata(&long).unwrap_err().kind(), io::ErrorKind::InvalidFilename);
        assert_eq!(reach(&long).and_then(fs::read).unwrap(), b"x");
        assert_eq!(true_name(&long).unwrap(), fs::canonicalize(folder.path().join("a/x.log")).unwrap());
        let missing = long.with_file_name("y.log");
        assert_eq!(reach(&missing).and_then(fs::metadata).unwrap_err().kind(), io::ErrorKind::NotFound);
        let no_folder = long.join("y.log");
        assert_eq!(reach(&no_folder).and_then(fs::metadata).unwrap_err().kind(), io::ErrorKind::NotADirectory);
        let no_name = long.with_file_name("n".repeat(256));
        assert_eq!(reach(&no_name).and_then(fs::metadata).unwrap_err().kind(), io::ErrorKind::InvalidFilename);
        assert!(any_above(&long, folder.path(), |_| false).is_ok_and(|any| !any));
    }
}
