//! Where a report goes. A file appears complete or not at all, whatever ends the process.

use super::{ColorChoice, Escape, Form, Formulas, Report, Style, draft::Draft, files, style::Place};
use crate::{failure::printable, tally::FileCounts};
use std::{
    env, fmt,
    fs::{self, Metadata, OpenOptions},
    io::{self, BufWriter, IsTerminal, Write},
    os::unix::{ffi::OsStrExt, fs::FileTypeExt},
    path::{Path, PathBuf},
    sync::MutexGuard,
};

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
        let probe = match kind_of(path) {
            // Only a reader makes it ready, and one that sees it opened and closed would believe to have seen all.
            Ok(Kind::Fifo) => Ok(()),
            Ok(Kind::Open) => OpenOptions::new().append(true).open(path).map(drop),
            Ok(Kind::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            Ok(Kind::File) if path.as_os_str().as_bytes().ends_with(b"/") => {
                Err(io::Error::other("that names a folder, which does not exist; create it first, and name a file in it"))
            }
            Ok(Kind::File) => {
                let path = behind_links(path);
                let folder = folder_of(&path);
                match DRAFT.probe(folder) {
                    Ok(()) => Ok(()),
                    Err(_) if folder.is_file() => {
                        Err(io::Error::other("what should be its folder is a file; choose another name"))
                    }
                    Err(_) if !folder.is_dir() => Err(io::Error::other("its folder does not exist; create it first")),
                    // What the system says is that there is no such file, which is no news. `/proc` is such a folder.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        Err(io::Error::other("no file can be made in its folder; choose another folder"))
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
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

fn write_file(path: &Path, draft: &Draft, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match kind_of(path)? {
        // Behind what stands there already: standard error's file may hold messages.
        Kind::Fifo | Kind::Open => buffered(OpenOptions::new().append(true).open(path)?, write),
        Kind::File | Kind::Folder => draft.replace(&behind_links(path), write),
    }
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

pub(super) fn buffered<W: Write>(out: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    write(&mut out)?;
    out.flush()
}

/// What a report can be written to by a path.
enum Kind {
    /// A file, which may not be there yet.
    File,
    Folder,
    Fifo,
    /// A device, or a name for what is open already, such as `/dev/stderr`: nothing that can be replaced.
    Open,
}

/// What is at a path.
///
/// # Errors
/// If the system will not say what there is: it must not be replaced then by a file.
fn kind_of(path: &Path) -> io::Result<Kind> {
    // Of devices' names no file is made. In /dev/shm there are files.
    let is_device = path.starts_with("/dev") && !path.starts_with("/dev/shm");
    let is_open_already = path.starts_with("/proc/self/fd");
    let of = |metadata: Metadata| match metadata.file_type() {
        found if found.is_fifo() => Kind::Fifo,
        found if found.is_dir() => Kind::Folder,
        found if found.is_file() && !is_device && !is_open_already => Kind::File,
        _ => Kind::Open,
    };
    match fs::metadata(path) {
        Ok(metadata) => Ok(of(metadata)),
        Err(_) if is_device || is_open_already => Ok(Kind::Open),
        // There is nothing, or there may be nothing: what that is worth is found out when a file is made.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Kind::File),
        Err(error) => Err(error),
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Color;

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
