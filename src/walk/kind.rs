//! What an entry of a folder is, also where it was moved on since the folder was listed.

use super::{Identity, Whereabouts, metadata::Known, moved::Sought, start::Start};
use crate::failure::{Cause, NoFile};
use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    time::SystemTime,
};
use walkdir::{DirEntry, DirEntryExt};

/// What to do with an entry.
pub(super) enum Kind {
    File(Metadata),
    /// A file that has the name of another by now, which was listed and is not in its folder any more; or the same, on a file system whose
    /// listings give other numbers.
    Another(Metadata),
    Folder,
    LinkedFolder(Metadata),
    /// Neither a file nor a folder.
    Special(NoFile),
    Failed(Cause),
}

impl Kind {
    /// What an entry is, found out at once: a folder, a link, a root, or what is neither file nor folder.
    pub(super) fn of(entry: &DirEntry, start: Start<'_>, moves: &mut Moves) -> Kind {
        if entry.path_is_symlink() {
            match fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_dir() => Kind::LinkedFolder(metadata),
                Ok(metadata) => Kind::of_metadata(metadata),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::Failed(Cause::DanglingLink),
                Err(error) => Kind::Failed(Cause::Io { doing: "follow", error }),
            }
        } else if entry.file_type().is_dir() {
            Kind::Folder
        } else {
            Kind::of_named(entry, entry.metadata(), start, moves)
        }
    }

    /// What an entry is that is neither folder nor link, of which this is known by its name.
    pub(super) fn of_named(entry: &DirEntry, known: Known, start: Start<'_>, moves: &mut Moves) -> Kind {
        match known {
            Ok(metadata) if metadata.ino() == entry.ino() => Kind::of_metadata(metadata),
            // Its name is nobody's or another's since it was listed, as rotation leaves it.
            known => match (moves.find(entry, start, known.as_ref().ok()), known) {
                (Sought::At(_, metadata), _) => Kind::of_metadata(metadata),
                (Sought::Gone, Ok(metadata)) if metadata.is_file() => Kind::Another(metadata),
                (Sought::Gone, Ok(_)) => Kind::Failed(Cause::Vanished),
                (Sought::Gone, Err(error)) => Kind::Failed(cause_of(error)),
                (Sought::Unsure, _) => Kind::Failed(Cause::Vanished),
            },
        }
    }

    fn of_metadata(metadata: Metadata) -> Kind {
        NoFile::of(metadata.file_type()).map_or(Kind::File(metadata), Kind::Special)
    }
}

/// What was moved on while it was walked.
pub(super) struct Moves {
    known: Whereabouts,
    /// How often something was looked for in vain.
    in_vain: u32,
}

/// So many files are looked for in vain. There are file systems (some of FUSE, and overlays) whose listings give other numbers than files
/// say they have; there nothing has moved, and each look would be at a whole folder.
const MOST_IN_VAIN: u32 = 16;

impl Moves {
    /// Of a walk that began then.
    pub(super) fn since(began: SystemTime) -> Self {
        Moves { known: Whereabouts::since(began), in_vain: 0 }
    }

    /// What was made before this time was there when the walk began.
    pub(super) const fn oldest(&self) -> SystemTime {
        self.known.oldest()
    }

    /// Where the file is that had this name when its folder was listed, if it has another there by now. It is counted under the name that
    /// it had: who opens it looks for it again. `named` is what has that name now; of what was made since, nobody doubts that it is another.
    fn find(&mut self, entry: &DirEntry, start: Start<'_>, named: Option<&Metadata>) -> Sought {
        let path = start.true_path(entry.path());
        let Some(folder) = path.parent().filter(|_| self.in_vain < MOST_IN_VAIN) else { return Sought::Gone };
        let sought = self.known.find(folder, entry.ino(), |metadata| metadata.ino() == entry.ino());
        let may_be_itself = named.is_some_and(|named| !Identity::of(named).is_newer(self.oldest()));
        self.in_vain += u32::from(matches!(sought, Sought::Gone) && may_be_itself);
        sought
    }
}

pub(super) fn loop_of_links() -> Cause {
    Cause::Io { doing: "follow", error: io::Error::other("the link leads back to a folder above it") }
}

pub(super) fn cause_of(error: walkdir::Error) -> Cause {
    // Without an error of the system it could only be a loop, and walkdir is not asked to follow links.
    error.into_io_error().map_or_else(loop_of_links, |error| Cause::of("list", error))
}
