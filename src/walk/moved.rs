//! Where files are by now that have got other names in their folders, as rotation gives them.

use crate::reach::reach;
use foldhash::fast::RandomState;
use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, Metadata},
    io,
    os::unix::fs::DirEntryExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The names of files in a folder by their numbers; of several names the first that the system tells of.
type Listing = HashMap<u64, OsString, RandomState>;

/// Listings of the folders that files were looked for in.
///
/// Each is kept, as rotation moves many files of a folder at once, and a listing for each would take the square of their number. It may
/// be kept for as long as all that are looked for were in the folder before it was made: what it does not have is gone. What it has may
/// have moved on since; then another is made.
#[derive(Debug)]
pub struct Whereabouts {
    folders: Mutex<HashMap<PathBuf, Arc<Listing>, RandomState>>,
    /// What was made before is what it was.
    since: SystemTime,
}

/// What became of a file.
#[derive(Debug)]
pub(super) enum Sought {
    /// It is here.
    At(PathBuf, Metadata),
    /// It was removed, or moved elsewhere.
    Gone,
    /// It is gone, or was made so late that what has its number may be another.
    Unsure,
}

/// So far the times that files are given may be behind the clock: Linux takes that of its last tick, and there are at least 100 a second.
const TICK: Duration = Duration::from_millis(10);

impl Whereabouts {
    /// For what was there at some time after this one, when nothing had been listed yet.
    ///
    /// The number of a file that is removed is often given to the next that is made; so only what was made before can be told from it. A
    /// clock that is set back, or that of a file server which is slow, may still deceive.
    #[must_use]
    pub fn since(began: SystemTime) -> Self {
        Whereabouts { folders: Mutex::default(), since: began.checked_sub(TICK).unwrap_or(UNIX_EPOCH) }
    }

    /// What was made before this time was there when nothing had been listed yet.
    pub(super) const fn oldest(&self) -> SystemTime {
        self.since
    }

    /// Where in a folder the file of this number is; `is_it` tells whether that is what was meant.
    pub(super) fn find(&self, folder: &Path, inode: u64, is_it: impl Fn(&Metadata) -> bool) -> Sought {
        let look = |listing: &Listing| {
            let path = folder.join(listing.get(&inode)?);
            let metadata = reach(&path).and_then(fs::symlink_metadata).ok().filter(&is_it)?;
            Some(if self.is_old(&metadata) { Sought::At(path, metadata) } else { Sought::Unsure })
        };
        let known = self.folders().get(folder).cloned();
        if let Some(listing) = known {
            let found = look(&listing);
            if found.is_some() || !listing.contains_key(&inode) {
                return found.unwrap_or(Sought::Gone);
            }
        }
        let Ok(listing) = list(folder) else { return Sought::Gone };
        let found = look(&listing);
        self.folders().insert(folder.to_owned(), Arc::new(listing));
        found.unwrap_or(Sought::Gone)
    }

    /// Whether it was made before anything was listed; where the file system does not know when that was, whether it was written then.
    fn is_old(&self, metadata: &Metadata) -> bool {
        metadata.created().or_else(|_| metadata.modified()).is_ok_and(|made| made < self.since)
    }

    /// A listing is put here whole, so what a panic elsewhere left is as good as before.
    fn folders(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Listing>, RandomState>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list(folder: &Path) -> io::Result<Listing> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut listing = Listing::default();
    for entry in reach(folder).and_then(fs::read_dir)?.flatten() {
        listing.entry(entry.ino()).or_insert_with(|| entry.file_name());
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_folder_is_listed_again_only_where_a_file_has_moved_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let inode = |name: &str| fs::metadata(path(name)).unwrap().ino();
        for name in ["a", "b", "c"] {
            fs::write(path(name), name).unwrap();
        }
        let (a, b, c) = (inode("a"), inode("b"), inode("c"));
        fs::rename(path("a"), path("a.1")).unwrap();
        fs::rename(path("b"), path("b.1")).unwrap();
        let known = Whereabouts::since(SystemTime::now() + 2 * TICK);
        let find = |number: u64| {
            let is_it = |metadata: &Metadata| metadata.ino() == number;
            match known.find(folder.path(), number, is_it) {
                Sought::At(path, _) => Some(path.file_name().unwrap().to_str().unwrap().to_owned()),
                Sought::Gone => None,
                Sought::Unsure => panic!("it is old"),
            }
        };
        let found = |name: &str| Some(name.to_owned());
        assert_eq!((find(a), find(b), find(c)), (found("a.1"), found("b.1"), found("c")));
        let listing = || Arc::as_ptr(&known.folders()[folder.path()]);
        let first = listing();
        // Behind the listing's back.
        fs::rename(path("b.1"), path("b.2")).unwrap();
        fs::write(path("b.1"), "new").unwrap();
        assert_eq!((find(a), find(u64::MAX), listing()), (found("a.1"), None, first), "the first listing does");
        assert_eq!(find(b), found("b.2"));
        assert_ne!(listing(), first);
        fs::remove_file(path("c")).unwrap();
        assert_eq!(find(c), None);
    }

    #[test]
    fn what_may_have_been_made_since_is_not_told_from_what_had_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        fs::write(&path, "").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        let Ok(born) = metadata.created() else {
            return eprintln!("skipped: the file system does not know when files were made");
        };
        let sought = |began: SystemTime| Whereabouts::since(began).find(folder.path(), metadata.ino(), |_| true);
        let moment = Duration::from_nanos(1);
        assert!(matches!(sought(born), Sought::Unsure));
        assert!(matches!(sought(born + TICK), Sought::Unsure));
        assert!(matches!(sought(born + TICK + moment), Sought::At(..)));
        assert!(matches!(sought(UNIX_EPOCH), Sought::Unsure));
    }
}
