//! Where a report goes. A file appears complete or not at all.

use super::{Form, Report};
use std::{
    fmt,
    fs::{File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Where a report is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, replaced at once when the report is whole.
    File(PathBuf),
}

/// A report that could not be written whole.
#[derive(Debug)]
pub struct WriteError {
    target: String,
    error: io::Error,
}

impl WriteError {
    /// Whether the reader went away, as `head` does when it has seen enough: no fault of anyone.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        self.error.kind() == io::ErrorKind::BrokenPipe
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the report cannot be written to {}: {}", self.target, self.error)
    }
}

impl std::error::Error for WriteError {}

impl From<PathBuf> for Destination {
    /// `-` and the names that the system gives to standard output are that, wherever it leads.
    fn from(path: PathBuf) -> Destination {
        match path.to_str() {
            Some("-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => Destination::Stdout,
            _ => Destination::File(path),
        }
    }
}

impl Destination {
    /// Whether the report would replace this file.
    #[must_use]
    pub fn is(&self, path: &Path) -> bool {
        let Destination::File(target) = self else { return false };
        target.file_name() == path.file_name()
            && target.canonicalize().is_ok_and(|target| path.canonicalize().is_ok_and(|path| path == target))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If it could not be written whole; then a file is as it was before.
    pub fn write(&self, report: &Report, form: Form) -> Result<(), WriteError> {
        match self {
            Destination::Stdout => {
                let mut out = BufWriter::new(io::stdout().lock());
                let done = report.write(form, &mut out).and_then(|()| out.flush());
                done.map_err(|error| WriteError { target: "standard output".into(), error })
            }
            Destination::File(path) => write_file(path, |out| report.write(form, out))
                .map_err(|error| WriteError { target: crate::failure::printable(path.as_os_str().as_encoded_bytes()), error }),
        }
    }

    /// Finds out before the work whether the report can be written after it.
    ///
    /// # Errors
    /// If the folder is missing or may not be written to.
    pub fn check(&self) -> Result<(), WriteError> {
        let Destination::File(path) = self else { return Ok(()) };
        let probe = if is_special(path) {
            OpenOptions::new().write(true).open(path).map(drop)
        } else if path.is_dir() {
            Err(io::ErrorKind::IsADirectory.into())
        } else {
            let folder = folder_of(path);
            match tempfile::Builder::new().prefix(".logtally-").tempfile_in(folder) {
                Ok(_) => Ok(()),
                Err(_) if !folder.is_dir() => Err(io::Error::other("its folder does not exist; create it first")),
                // The name of a file that never was helps nobody.
                Err(error) => Err(io::Error::from(error.kind())),
            }
        };
        probe.map_err(|error| WriteError { target: crate::failure::printable(path.as_os_str().as_encoded_bytes()), error })
    }
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_special(path) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    // The rename replaces a link's target, not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&target);
    // The process' umask takes from these, as from those of any new file.
    let mode = Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new().prefix(".logtally-").permissions(mode).tempfile_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    // The name is safe only when the folder is.
    File::open(folder)?.sync_all()
}

/// A device, a FIFO: nothing that can be replaced.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        std::fs::write(&path, "old").unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        std::fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }
}
