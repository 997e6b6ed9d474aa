//! Where a tree is entered, and what the paths are of what is found below.

use std::{
    borrow::Cow,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};
use walkdir::DirEntry;

/// How the walk has come to an entry. What comes first has precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    Directly,
    /// The entry or a folder above it is a link.
    ByLink,
}

/// Where a tree is entered.
#[derive(Clone, Copy)]
pub(super) struct Start<'s> {
    pub(super) path: &'s Path,
    /// The path by which it is walked instead, where that leaves too little room for those below.
    pub(super) stand_in: Option<&'s Path>,
    /// How far below its root: 0 for the root itself, more for a link to a folder, and for a folder that paths get too long below.
    pub(super) depth: usize,
    pub(super) reached: Reached,
    /// The only device whose folders are entered, if there is such a bound.
    pub(super) device: Option<u64>,
}

impl Start<'_> {
    /// The path of what is walked by this one.
    pub(super) fn true_path<'p>(&self, walked: &'p Path) -> Cow<'p, Path> {
        let Some(stand_in) = self.stand_in else { return Cow::Borrowed(walked) };
        let below = walked.as_os_str().as_bytes().get(stand_in.as_os_str().len()..).unwrap_or_default();
        let mut path = self.path.as_os_str().to_owned();
        path.push(OsStr::from_bytes(below));
        Cow::Owned(path.into())
    }

    /// The path of an entry, to be kept.
    pub(super) fn path_of(&self, entry: DirEntry) -> PathBuf {
        match self.stand_in {
            None => entry.into_path(),
            Some(_) => self.true_path(entry.path()).into_owned(),
        }
    }
}
