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
};

/// The names of files in a folder by their numbers; of several names the first that the system tells of.
type Listing = HashMap<u64, OsString, RandomState>;

/// Listings of the folders that files were looked for in.
///
/// Each is kept, as rotation moves many files of a folder at once, and a listing for each would take the square of their number. It may
/// be kept for as long as all that are looked for were in the folder before it was made: what it does not have is gone. What it has may
/// have moved on since; then another is made.
#[derive(Debug, Default)]
pub struct Whereabouts {
    folders: Mutex<HashMap<PathBuf, Arc<Listing>, RandomState>>,
}

impl Whereabouts {
    /// Where in a folder the file of this number is, and what it is; `is_it` tells whether that is what was meant.
    pub(super) fn find(&self, folder: &Path, inode: u64, is_it: impl Fn(&Metadata) -> bool) -> Option<(PathBuf, Metadata)> {
        let look = |listing: &Listing| {
            let path = folder.join(listing.get(&inode)?);
            let metadata = reach(&path).and_then(fs::symlink_metadata).ok().filter(&is_it)?;
            Some((path, metadata))
        };
        let known = self.folders().get(folder).cloned();
        if let Some(listing) = known {
            let found = look(&listing);
            if found.is_some() || !listing.contains_key(&inode) {
                return found;
            }
        }
        let listing = list(folder).ok()?;
        let found = look(&listing);
        self.folders().insert(folder.to_owned(), Arc::new(listing));
        found
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
        let known = Whereabouts::default();
        let find = |number: u64| {
            let is_it = |metadata: &Metadata| metadata.ino() == number;
            known.find(folder.path(), number, is_it).map(|(path, _)| path.file_name().unwrap().to_str().unwrap().to_owned())
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
}
