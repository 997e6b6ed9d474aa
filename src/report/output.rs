//! Where a report goes. A file appears complete or not at all, whatever ends the process.

use super::{ColorChoice, Escape, Form, Formulas, Report, Style, files, style::Place};
use crate::{failure::printable, tally::FileCounts};
use std::{
    env, fmt,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, IsTerminal, Write},
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tempfile::NamedTempFile;

/// Where a report is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// Standard error, for a report on files beside a report on standard output.
    Stderr,
    /// A file, replaced at once when the report is whole.
    File(PathBuf),
}

/// A report that could not be written whole.
#[derive(Debug)]
pub struct WriteError {
    what: &'static str,
    target: String,
    error: io::Error,
}

impl WriteError {
    /// The same of the report on files.
    #[must_use]
    pub fn of_files(self) -> WriteError {
        WriteError { what: "files report", ..self }
    }

    /// Whether the reader went away, as `head` does when it has seen enough: no fault of anyone.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        self.error.kind() == io::ErrorKind::BrokenPipe
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way_out = match self.error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "; choose a folder that you may write to",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room, or choose another disk",
            io::ErrorKind::IsADirectory => "; name a file in it",
            _ => "",
        };
        write!(f, "the {} cannot be written to {}: {}{way_out}", self.what, self.target, self.error)
    }
}

impl std::error::Error for WriteError {}

impl From<PathBuf> for Destination {
    /// `-` and the names that the system gives to standard output are that, wherever it leads; standard error's likewise.
    fn from(path: PathBuf) -> Destination {
        match path.to_str() {
            Some("-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => Destination::Stdout,
            Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => Destination::Stderr,
            _ => Destination::File(path),
        }
    }
}

impl Destination {
    /// The file that a report would make or replace, by its one true name; `None` where it replaces none.
    #[must_use]
    pub fn target(&self) -> Option<PathBuf> {
        let Destination::File(path) = self else { return None };
        let target = behind_links(path);
        let folder = folder_of(&target).canonicalize().ok()?;
        Some(folder.join(target.file_name()?))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If it could not be written whole; then a file is as it was before.
    pub fn write(&self, report: &Report, form: Form, when: ColorChoice) -> Result<(), WriteError> {
        let style = self.style(when);
        self.put(|out| report.write(form, style, out))
    }

    /// Writes the report on files.
    ///
    /// # Errors
    /// If it could not be written whole; then a file is as it was before.
    pub fn write_files(&self, files: &[FileCounts], formulas: Formulas) -> Result<(), WriteError> {
        let style = self.style(ColorChoice::Never);
        self.put(|out| files::write(files, style.escape, formulas, out)).map_err(WriteError::of_files)
    }

    /// Finds out before the work whether the report can be written after it.
    ///
    /// # Errors
    /// If the folder is missing or may not be written to.
    pub fn check(&self) -> Result<(), WriteError> {
        let Destination::File(path) = self else { return Ok(()) };
        let probe = if is_special(path) {
            OpenOptions::new().append(true).open(path).map(drop)
        } else if path.is_dir() {
            Err(io::ErrorKind::IsADirectory.into())
        } else {
            let path = behind_links(path);
            let folder = folder_of(&path);
            match DRAFT.probe(folder) {
                Ok(()) => Ok(()),
                Err(_) if folder.is_file() => Err(io::Error::other("what should be its folder is a file; choose another name")),
                Err(_) if !folder.is_dir() => Err(io::Error::other("its folder does not exist; create it first")),
                // The name of a file that never was helps nobody.
                Err(error) => Err(io::Error::from(error.kind())),
            }
        };
        probe.map_err(|error| self.failed(error))
    }

    /// Writes anything, whole or not at all.
    ///
    /// # Errors
    /// If it could not be written whole; then a file is as it was before.
    pub fn put(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), WriteError> {
        let written = match self {
            Destination::Stdout => buffered(io::stdout().lock(), write),
            Destination::Stderr => buffered(io::stderr().lock(), write),
            Destination::File(path) => write_file(path, &DRAFT, write),
        };
        written.map_err(|error| self.failed(error))
    }

    /// How it looks there.
    #[must_use]
    pub fn style(&self, when: ColorChoice) -> Style {
        let place = match self {
            Destination::Stdout if io::stdout().is_terminal() => Place::Terminal,
            Destination::Stderr if io::stderr().is_terminal() => Place::Terminal,
            Destination::Stdout | Destination::Stderr | Destination::File(_) => Place::Elsewhere,
        };
        let escape = match place {
            Place::Terminal => Escape::Always,
            Place::Elsewhere => Escape::Never,
        };
        let color = when.resolve(place, env::var_os("NO_COLOR").as_deref(), env::var_os("TERM").as_deref());
        Style { escape, color }
    }

    /// That it could not be written there.
    #[must_use]
    pub fn failed(&self, error: io::Error) -> WriteError {
        let target = match self {
            Destination::Stdout => "standard output".to_owned(),
            Destination::Stderr => "standard error".to_owned(),
            Destination::File(path) => printable(path.as_os_str().as_bytes()),
        };
        WriteError { what: "report", target, error }
    }
}

/// Removes the temporary file of a report that is being written, for a process that is about to end by a signal; then no destructor
/// runs. It is for a thread that waits for signals, not for a signal's handler, in which no lock may be waited for.
///
/// A report that is just about to appear does so first, and is whole.
pub fn abandon() -> Abandoned {
    Abandoned { _drafts: DRAFT.abandon() }
}

/// While this is held, no report can begin or appear: who tries waits, until the process has ended.
#[must_use = "when it is dropped, a report can be written again"]
#[derive(Debug)]
pub struct Abandoned {
    _drafts: MutexGuard<'static, Option<PathBuf>>,
}

static DRAFT: Draft = Draft::none();

/// The temporary file that now becomes a report, if one does. Reports are written one after the other, so one is all there is.
///
/// The lock is held whenever a temporary file appears, vanishes or gets its final name, so what is known here is what is on the disk.
#[derive(Debug)]
struct Draft {
    path: Mutex<Option<PathBuf>>,
}

impl Draft {
    const fn none() -> Draft {
        Draft { path: Mutex::new(None) }
    }

    /// Makes a temporary file beside `target`, has it written, and gives it the name `target`.
    fn replace(&self, target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
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
                Ok(()) => file.persist(target).map(drop).map_err(|error| error.error),
                Err(error) => {
                    drop(file);
                    Err(error)
                }
            };
            *path = None;
            appeared?;
        }
        // The name is safe only when the folder is.
        File::open(folder)?.sync_all()
    }

    /// Whether a temporary file can be made in a folder.
    fn probe(&self, folder: &Path) -> io::Result<()> {
        let _made_and_removed_at_once = self.lock();
        temporary_file(folder).map(drop)
    }

    fn abandon(&self) -> MutexGuard<'_, Option<PathBuf>> {
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

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    // The process' umask takes from these, as from those of any new file.
    let mode = Permissions::from_mode(0o644);
    tempfile::Builder::new().prefix(".logtally-").permissions(mode).tempfile_in(folder)
}

fn write_file(path: &Path, draft: &Draft, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_special(path) {
        // Behind what stands there already: standard error's file may hold messages.
        return buffered(OpenOptions::new().append(true).open(path)?, write);
    }
    draft.replace(&behind_links(path), write)
}

/// What a link leads to, whether that is there or not: a rename would replace the link itself.
fn behind_links(path: &Path) -> PathBuf {
    // As many as Linux follows; of a loop any name will do, since none can be opened.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let Ok(link) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(link);
    }
    path
}

fn buffered<W: Write>(out: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    write(&mut out)?;
    out.flush()
}

/// A device, a FIFO, or a name for what is open already, such as `/dev/stderr`: nothing that can be replaced.
fn is_special(path: &Path) -> bool {
    // Of devices' names no file is made. In /dev/shm there are files.
    let is_device = path.starts_with("/dev") && !path.starts_with("/dev/shm");
    let is_open_already = path.starts_with("/proc/self/fd");
    is_device || is_open_already || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Color;
    use std::sync::mpsc;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let draft = Draft::none();
        fs::write(&path, "old").unwrap();
        let failed = write_file(&path, &draft, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_file(&path, &draft, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_file(&link, &Draft::none(), |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

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
                write_file(&path, &draft, move |out| {
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
        write_file(&path, &draft, |out| out.write_all(b"whole")).unwrap();
        drop(draft.abandon());
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_full_disk_is_told_with_its_name() {
        let full = Destination::File("/dev/full".into());
        let error = full.write_files(&[], Formulas::Kept).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("the files report cannot be written to /dev/full: "), "{said}");
        assert!(said.ends_with("; make room, or choose another disk"), "{said}");
        assert!(!error.is_broken_pipe());
    }

    #[test]
    fn a_file_is_no_terminal() {
        let file = Destination::File("report.csv".into());
        assert_eq!(file.style(ColorChoice::Auto), Style::default());
        assert_eq!(file.style(ColorChoice::Always), Style { escape: Escape::Never, color: Color::Always });
    }
}
