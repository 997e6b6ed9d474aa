//! Which file a file is, whatever it is called.

use super::{Whereabouts, moved::Sought};
use crate::reach::reach;
use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// A file or folder, whatever its path.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    /// 0 is no file's: that of what is none, or is inside of one.
    inode: u64,
    /// When it was made, in nanoseconds since 1970; 0 where the file system does not know. The number of a file that is removed is
    /// often given to the next that is made, as when rotation removes the oldest log and begins a new one.
    born: u64,
}

impl Identity {
    /// That of the file that the system says this of.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born = born.and_then(|born| u64::try_from(born.as_nanos()).ok()).unwrap_or(0);
        Identity { device: metadata.dev(), inode: metadata.ino(), born }
    }

    /// Whether there is one.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.inode != 0
    }

    /// Its number on its file system; 0 if there is none.
    pub(super) const fn inode(self) -> u64 {
        self.inode
    }

    /// Its file system's number.
    pub(super) const fn device(self) -> u64 {
        self.device
    }

    /// Whether it was surely made before this time.
    pub(super) fn is_older(self, time: SystemTime) -> bool {
        self.born != 0 && u128::from(self.born) < nanos(time)
    }

    /// Whether it may have been made at this time or later, and it is known when that was.
    pub(super) fn is_newer(self, time: SystemTime) -> bool {
        self.born != 0 && !self.is_older(time)
    }

    /// Where the file is by now that was at this path: it may have another name in its folder, or in that of the file that a link at the
    /// path leads to. Rotation gives such names. Of several names the first that the system tells of.
    #[must_use]
    pub fn find(self, path: &Path, known: &Whereabouts) -> Option<PathBuf> {
        let is_it = |metadata: &Metadata| Identity::of(metadata) == self;
        let behind_link = reach(path).and_then(fs::read_link).is_ok().then(|| behind_links(path)).flatten();
        let places = [Some(path), behind_link.as_deref()];
        places.into_iter().flatten().find_map(|path| match known.find(path.parent()?, self.inode, is_it) {
            Sought::At(path, _) => Some(path),
            Sought::Gone | Sought::Unsure => None,
        })
    }
}

fn nanos(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// Where a link leads to, if there is something.
fn behind_links(path: &Path) -> Option<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {}
        found => return found.ok(),
    }
    // Its true name is too long for the system to tell. As many links as Linux follows; a loop leads nowhere.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let Ok(link) = reach(&path).and_then(fs::read_link) else { return Some(path) };
        path = path.parent()?.join(link);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::symlink, time::Duration};

    #[test]
    fn a_file_is_found_under_its_new_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("links")).unwrap();
        fs::write(path("app.log"), "one").unwrap();
        symlink(path("app.log"), path("links/app.log")).unwrap();
        let identity = Identity::of(&fs::metadata(path("app.log")).unwrap());
        let known = Whereabouts::since(SystemTime::now() + Duration::from_secs(1));
        assert!(identity.is_known() && !Identity::default().is_known());
        assert_eq!(identity.find(&path("app.log"), &known), Some(path("app.log")));
        fs::rename(path("app.log"), path("app.log.1")).unwrap();
        assert_eq!(identity.find(&path("app.log"), &known), Some(path("app.log.1")));
        assert_eq!(identity.find(&path("links/app.log"), &known), None, "the link leads nowhere");
        fs::write(path("app.log"), "two").unwrap();
        assert_eq!(identity.find(&path("app.log"), &known), Some(path("app.log.1")));
        assert_eq!(identity.find(&path("links/app.log"), &known), Some(fs::canonicalize(path("app.log.1")).unwrap()));
        fs::remove_file(path("app.log.1")).unwrap();
        assert_eq!(identity.find(&path("app.log"), &known), None);
    }
}
