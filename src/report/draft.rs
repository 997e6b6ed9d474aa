//! The temporary file that a report is until it is whole, and what is left of those whose process was killed.
//!
//! A process that is killed (SIGKILL, a crash, the power) cannot remove its temporary file. So such a file is made recognisable: by its
//! name, and by a lock (flock(2)) that its process holds on it for as long as it lives, which no process can leave behind. Whoever makes
//! a temporary file in the same folder later removes those that are named so, are the same user's, and are locked by nobody.
//!
//! What could go wrong between two runs in one folder:
//! - A file that is just made is not locked yet, and another run takes it for one that was left. That run has it locked while it removes
//!   it, so who made it is refused the lock, or finds that the file has no name any more, and makes another.
//! - A file gets its final name while another run looks at it. It stays locked until then, and a name is only removed while the lock is
//!   held and if it still leads to the file that is locked.
//!
//! Where a file system knows no locks, nothing can be locked and nothing is removed.

use super::output::{buffered, folder_of};
use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
};
use std::{
    ffi::OsStr,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tempfile::NamedTempFile;

const PREFIX: &str = ".logtally-";
const SUFFIX: &str = ".part";
/// Letters and digits between these: nobody gives such a name to a file of his own.
const RANDOM: usize = 12;

/// So many names of a folder are looked at for files that were left: a sweep is a courtesy, and must not keep a run waiting.
const MOST_SWEPT: usize = 100_000;

/// Whether a file's name is that of a temporary file of this tool's.
#[must_use]
pub fn is_draft(name: &OsStr) -> bool {
    let random = name.as_bytes().strip_prefix(PREFIX.as_bytes()).and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

/// The temporary file that now becomes a report, if one does. Reports are written one after the other, so one is all there is.
///
/// The lock is held whenever a temporary file appears, vanishes or gets its final name, so what is known here is what is on the disk.
#[derive(Debug)]
pub(super) struct Draft {
    path: Mutex<Option<PathBuf>>,
}

impl Draft {
    pub(super) const fn none() -> Draft {
        Draft { path: Mutex::new(None) }
    }

    /// Makes a temporary file beside `target`, has it written, and gives it the name `target`.
    ///
    /// # Errors
    /// If any of that fails; then what was at `target` is there as it was.
    pub(super) fn replace(&self, target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let folder = folder_of(target);
        let mut file = {
            let mut path = self.lock();
            let file = temporary_file(folder)?;
            *path = Some(file.path().to_owned());
            file
        };
        let written = buffered(file.as_file_mut(), write).and_then(|()| file.as_file().sync_all());
        {
            let mut path = self.lock();
            // Where either fails, the temporary file is removed here, under the lock.
            let appeared = match written {
                Ok(()) => appear(file, target),
                Err(error) => {
                    drop(file);
                    Err(error)
                }
            };
            *path = None;
            appeared?;
        }
        // Without this a report that has appeared may be the old one again after a loss of power: one of the two in any case, and whole. So
        // what fails here is no reason to say that there is no report. Some file systems know no such call, and some folders may be
        // written to and not read.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }

    /// Whether a temporary file can be made in a folder. On the way those are removed that killed runs have left there.
    ///
    /// # Errors
    /// If it cannot.
    pub(super) fn probe(&self, folder: &Path) -> io::Result<()> {
        let _made_and_removed_at_once = self.lock();
        let file = temporary_file(folder)?;
        // If the system will not say whose it is, nothing is taken for the same user's.
        if let Ok(own) = file.as_file().metadata() {
            sweep(folder, own.uid());
        }
        Ok(())
    }

    /// Removes the temporary file, if there is one. As long as what this gives is held, there will be no other.
    pub(super) fn abandon(&self) -> MutexGuard<'_, Option<PathBuf>> {
        let mut path = self.lock();
        if let Some(path) = path.take() {
            // If it cannot be removed, nobody is left to be told.
            let _ = fs::remove_file(path);
        }
        path
    }

    /// A path is put here whole, so what a panic elsewhere left is as good as before.
    fn lock(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.path.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a temporary file its final name. It is closed, and so unlocked, only when it has that.
fn appear(file: NamedTempFile, target: &Path) -> io::Result<()> {
    let (_locked, path) = file.into_parts();
    fs::rename(&path, target)?;
    // There is nothing at this path any more.
    path.keep().map(drop).map_err(|error| error.error)
}

/// A temporary file that is locked, if the file system has locks.
///
/// # Errors
/// What the system says, without the path of a file that never was.
fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut refused = None;
    let made = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM).make_in(folder, |path| {
        // The process' umask takes from this mode, as from that of any new file.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path);
        let file = file.inspect_err(|error| refused = error.raw_os_error())?;
        let is_taken = flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK);
        if is_taken || file.metadata().is_ok_and(|metadata| metadata.nlink() == 0) {
            // Another run is about to remove it. Then another name is tried.
            let _ = fs::remove_file(path);
            return Err(ErrorKind::AlreadyExists.into());
        }
        Ok(file)
    });
    made.map_err(|error| refused.map_or(error, io::Error::from_raw_os_error))
}

/// Removes the temporary files of this user's runs that are no more. What cannot be looked at stays.
fn sweep(folder: &Path, user: u32) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.take(MOST_SWEPT).flatten() {
        if is_draft(&entry.file_name()) {
            let _ = remove_if_left(&entry.path(), user);
        }
    }
}

fn remove_if_left(path: &Path, user: u32) -> io::Result<()> {
    // Whatever may have that name: no link is followed, and no FIFO waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    let found = file.metadata()?;
    if found.is_file() && found.uid() == user {
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let is_same = |now: &Metadata| (now.dev(), now.ino()) == (found.dev(), found.ino());
        if fs::symlink_metadata(path).is_ok_and(|now| is_same(&now)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// The writer is stopped in the middle; then the signal comes.
    #[test]
    fn what_is_abandoned_leaves_nothing_and_never_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let draft = Draft::none();
        let (begun, wait_for_beginning) = mpsc::channel();
        let (go_on, wait_to_go_on) = mpsc::channel();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                draft.replace(&path, move |out| {
                    out.write_all(b"half")?;
                    begun.send(()).unwrap();
                    wait_to_go_on.recv().unwrap();
                    Ok(())
                })
            });
            wait_for_beginning.recv().unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            let abandoned = draft.abandon();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the temporary file is gone");
            go_on.send(()).unwrap();
            // It cannot be waited for that nothing happens; what is too early here would only find less.
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(!writer.is_finished(), "the writer waits for the end of the process");
            drop(abandoned);
            assert!(writer.join().unwrap().is_err());
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn with_nothing_to_abandon_nothing_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let draft = Draft::none();
        draft.replace(&path, |out| out.write_all(b"whole")).unwrap();
        drop(draft.abandon());
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_temporary_file_is_told_by_its_name() {
        for name in [".logtally-a1B2c3D4e5F6.part", ".logtally-000000000000.part"] {
            assert!(is_draft(OsStr::new(name)), "{name}");
        }
        for name in [
            ".logtally.toml",
            ".logtally-a1B2c3.part",
            ".logtally-a1B2c3D4e5F67.part",
            ".logtally-a1B2c3D4e5_6.part",
            ".logtally-a1B2c3D4e5F6",
            "logtally-a1B2c3D4e5F6.part",
            ".logtally-a1B2c3D4e5F6.part.gz",
        ] {
            assert!(!is_draft(OsStr::new(name)), "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = temporary_file(folder.path()).unwrap();
        assert!(is_draft(file.path().file_name().unwrap()));
    }

    #[test]
    fn what_a_killed_run_has_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (left, target) = (path(".logtally-a1B2c3D4e5F6.part"), path("kept"));
        fs::write(&left, "half a rep").unwrap();
        fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, path(".logtally-linklinklink.part")).unwrap();
        fs::create_dir(path(".logtally-folderfolder.part")).unwrap();
        fs::write(path(".logtally-notes.part"), "somebody's own").unwrap();
        let of_another_run = temporary_file(folder.path()).unwrap();
        Draft::none().probe(folder.path()).unwrap();
        assert!(!left.exists());
        assert!(of_another_run.path().exists(), "its process lives");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        assert_eq!(fs::read(&target).unwrap(), b"kept");
        // What is another user's is for him to remove.
        let own = of_another_run.as_file().metadata().unwrap().uid();
        fs::write(&left, "half a rep").unwrap();
        sweep(folder.path(), own + 1);
        assert!(left.exists());
    }

    /// Whoever makes one, and whoever looks for those that were left, at the same time: no report is lost.
    #[test]
    fn no_temporary_file_in_use_is_taken_for_one_that_was_left() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..3 {
                let folder = folder.path();
                scope.spawn(move || {
                    let (draft, target) = (Draft::none(), folder.join(format!("{writer}.csv")));
                    for round in 0..200 {
                        draft.probe(folder).unwrap();
                        draft.replace(&target, |out| write!(out, "{round}")).unwrap();
                        assert_eq!(fs::read_to_string(&target).unwrap(), round.to_string());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
