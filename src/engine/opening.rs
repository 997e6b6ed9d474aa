//! Opening what the walk has found, whatever its name is by now, and holding what was counted against what the file is in the end.
//!
//! A run is about the files that were there when it began: each counts once, under the path that it had then. Where rotation has moved
//! them on since, they are looked for by what they are.

use super::{
    fate::{End, Fate},
    run::{Run, modified},
};
use crate::{
    failure::{Cause, NoFile},
    parse::time::Moment,
    read::{self, Change, Fetch, Handle, Stamp, is_short_of_files},
    striped::Striped,
    walk::{Identity, LogFile},
};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, ErrorKind},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// A file of a run that is open.
pub(super) struct Source<'r> {
    pub(super) handle: Handle,
    standing: Standing,
    _seat: Seat<'r>,
}

/// What an open file is to the one that the walk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Itself,
    /// The same, and shorter than when it was found.
    Shorter {
        /// Its length then, in bytes.
        from: u64,
    },
    /// Another, that has its name now.
    Another,
}

/// That a file is open, as long as this lives.
struct Seat<'r>(&'r AtomicUsize);

impl<'r> Seat<'r> {
    fn take(open: &'r Striped<AtomicUsize>) -> Seat<'r> {
        let open = open.here();
        open.fetch_add(1, Ordering::Relaxed);
        Seat(open)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where the process may have no more files open, so long is waited between two tries ...
const PAUSE: Duration = Duration::from_millis(1);
/// ... and so often it is tried, in all of a run, while none of its files is open, which could be closed.
const TRIES: usize = 100;

impl<'r> Run<'r> {
    /// Opens the file that the walk has found.
    ///
    /// If its name is nobody's or another's by now, as rotation leaves it, it is looked for in its folder, once. If it is gone, what has
    /// its name is taken for it, unless that is one of the run's own files: then it counts as itself, and nothing stands for this one.
    pub(super) fn open_found(&self, file: &LogFile) -> Result<Source<'r>, Cause> {
        let of = |handle: &Handle| Identity::of(&handle.metadata);
        let is_it = |handle: &Handle| !file.identity.is_known() || of(handle) == file.identity;
        let source = |handle, standing| Source { handle, standing, _seat: Seat::take(self.open) };
        let itself = |handle: Handle| {
            let standing = if handle.len() < file.len { Standing::Shorter { from: file.len } } else { Standing::Itself };
            source(handle, standing)
        };
        let named = match self.open(&file.path) {
            Ok(handle) if is_it(&handle) => return Ok(itself(handle)),
            Err(error) if error.kind() != ErrorKind::NotFound && !is_no_file(&error) => return Err(Cause::of("open", error)),
            named => named,
        };
        let moved = file.identity.is_known().then(|| file.identity.find(&file.path, &self.whereabouts)).flatten();
        if let Some(handle) = moved.and_then(|path| self.open(&path).ok()).filter(is_it) {
            return Ok(itself(handle));
        }
        let handle = match named {
            Err(error) if error.kind() == ErrorKind::NotFound => self.open(&file.path),
            named => named,
        };
        let handle = handle.map_err(|error| Cause::of("open", error))?;
        if self.has_found(of(&handle)) {
            return Err(Cause::Vanished);
        }
        // Some file systems give a file a new number when they have forgotten it. One of the same length is not said to be another.
        Ok(if handle.len() == file.len { itself(handle) } else { source(handle, Standing::Another) })
    }

    /// Opens a file. A handle that a file server does not know any more is asked for once more, and where there are too many open files
    /// it waits until another worker has closed one.
    fn open(&self, path: &Path) -> io::Result<Handle> {
        let mut was_stale = false;
        loop {
            match read::open(path) {
                Err(error) if is_stale(&error) && !was_stale => was_stale = true,
                Err(error) if is_short_of_files(&error) && self.may_wait() => thread::sleep(PAUSE),
                opened => return opened,
            }
        }
    }

    /// Whether a file may be closed yet: sooner or later each that is open is, as who has one waits for no other.
    fn may_wait(&self) -> bool {
        self.open.iter().any(|open| open.load(Ordering::Relaxed) > 0) || self.waits.fetch_add(1, Ordering::Relaxed) < TRIES
    }

    /// Whether the walk has found this, under whatever name.
    fn has_found(&self, identity: Identity) -> bool {
        let found = || self.files.iter().map(|file| file.identity).collect::<HashSet<_, foldhash::fast::RandomState>>();
        self.found.get_or_init(found).contains(&identity)
    }
}

/// Opens once more by its name what its server does not know any more by its handle, if it is the same file.
fn reopened(file: &LogFile) -> Option<File> {
    let handle = read::open(&file.path).ok()?;
    (Identity::of(&handle.metadata) == file.identity).then_some(handle.file)
}

/// The same, if that is what a file has failed of.
pub(super) fn reopened_if_stale(fate: &Fate, file: &LogFile) -> Option<File> {
    match &fate.end {
        End::Failed(Cause::Io { error, .. }) if is_stale(error) => reopened(file),
        _ => None,
    }
}

fn is_no_file(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<NoFile>())
}

fn is_stale(error: &io::Error) -> bool {
    error.kind() == ErrorKind::StaleNetworkFileHandle
}

impl Source<'_> {
    /// The same, and it will be known whether it was written anew.
    pub(super) fn watched(self) -> Self {
        Source { handle: self.handle.watched(), ..self }
    }

    /// When it was written last, at the time when it was opened.
    pub(super) fn modified(&self) -> Option<Moment> {
        modified(&self.handle.metadata)
    }

    /// Its bytes; `file` is what the walk has found.
    pub(super) const fn steady<'s>(&'s self, file: &'s LogFile) -> Steady<'s> {
        Steady { opened: &self.handle.file, again: None, file }
    }

    /// How it ends if nothing is wrong with it.
    pub(super) fn end(&self) -> End {
        match self.standing {
            Standing::Itself => End::Whole,
            Standing::Shorter { from } => End::Failed(Cause::Shrank { from, to: self.handle.len() }),
            Standing::Another => End::Failed(Cause::Replaced),
        }
    }

    /// What is to be said of a file that has changed since `since`, if that bears on what was counted of it.
    pub(super) fn judge(&self, fate: Fate, since: Stamp) -> Fate {
        let shrank = |to| Cause::Shrank { from: self.handle.len(), to };
        let changed = match &fate.end {
            // What has checksums vouches for itself.
            End::Whole if fate.is_bare() => self.handle.change(since).map(|change| match change {
                Change::Shrank(to) => shrank(to),
                Change::Rewritten => Cause::Rewritten,
            }),
            // What was cut off looks damaged, or ends too early.
            End::Failed(Cause::Damaged { .. } | Cause::Io { .. }) => self.handle.shrank_to().map(shrank),
            _ => None,
        };
        match (changed, &fate.end) {
            (Some(cause), _) => Fate { end: End::Failed(cause), ..fate },
            (None, End::Whole) => Fate { end: self.end(), ..fate },
            (None, _) => fate,
        }
    }
}

/// A file that is opened once more if its server does not know it any more.
pub(super) struct Steady<'s> {
    opened: &'s File,
    again: Option<File>,
    file: &'s LogFile,
}

impl Fetch for Steady<'_> {
    fn fetch(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.again.as_ref().unwrap_or(self.opened);
        match file.fetch(offset, buffer) {
            Err(error) if is_stale(&error) && self.again.is_none() => {
                let mut again = self.again.insert(reopened(self.file).ok_or(error)?) as &File;
                again.fetch(offset, buffer)
            }
            fetched => fetched,
        }
    }
}
