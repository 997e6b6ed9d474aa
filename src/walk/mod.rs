//! Roots to log files: every file once, in the byte order of paths, whatever order they were named in.

mod service;
mod template;

pub use service::path_service;
pub use template::{Template, TemplateError};

use crate::failure::{Cause, Failure};
use foldhash::fast::RandomState;
use std::{
    collections::HashSet,
    fs::{FileType, Metadata},
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// The path that means standard input.
pub const STDIN: &str = "-";

/// A file to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// As it was reached: a root as it was typed, and the way down from it.
    pub path: PathBuf,
    /// Its length in bytes at the time of the walk; 0 for standard input.
    pub len: u64,
}

impl LogFile {
    /// Whether this is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == STDIN
    }

    /// The path's bytes.
    #[must_use]
    pub fn path_bytes(&self) -> &[u8] {
        self.path.as_os_str().as_bytes()
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The files, in byte order of their paths.
    pub files: Vec<LogFile>,
    /// What could not be listed or followed.
    pub failures: Vec<Failure>,
}

/// One file as the walk meets it.
struct Found {
    file: LogFile,
    device: u64,
    inode: u64,
    links: u64,
}

/// Walks all roots. Folders are walked whole, links to files followed, links to folders not; sockets, devices and
/// FIFOs in a tree are passed over. A file that is reached twice counts once, under its smallest path.
#[must_use]
pub fn walk(roots: &[PathBuf]) -> Walked {
    let mut walked = Walked::default();
    let mut found: Vec<Found> = Vec::new();
    // A file can only be reached twice if it has several names, or if there are several ways to start.
    let mut twice = roots.len() > 1;
    for root in roots {
        if root.as_os_str() == STDIN {
            walked.files.push(LogFile { path: root.clone(), len: 0 });
            continue;
        }
        for entry in WalkDir::new(root) {
            match entry {
                Ok(entry) => match Kind::of(&entry, root) {
                    Kind::File(metadata) => {
                        twice |= metadata.nlink() > 1 || entry.path_is_symlink();
                        found.push(Found {
                            device: metadata.dev(),
                            inode: metadata.ino(),
                            links: metadata.nlink(),
                            file: LogFile { len: metadata.len(), path: entry.into_path() },
                        });
                    }
                    Kind::PassedOver => {}
                    Kind::Failed(cause) => walked.failures.push(Failure { path: entry.into_path(), cause }),
                },
                Err(error) => walked.failures.push(failure_of(error, root)),
            }
        }
    }
    found.sort_unstable_by(|a, b| a.file.path_bytes().cmp(b.file.path_bytes()));
    if twice {
        let several_ways = roots.len() > 1 || found.iter().any(|found| found.file.path.is_symlink());
        let mut seen: HashSet<(u64, u64), RandomState> = HashSet::default();
        found.retain(|found| !(several_ways || found.links > 1) || seen.insert((found.device, found.inode)));
    }
    // However often it is named, standard input can be read once.
    walked.files.truncate(1);
    walked.files.extend(found.into_iter().map(|found| found.file));
    walked.files.sort_by(|a, b| a.path_bytes().cmp(b.path_bytes()));
    walked.failures.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    walked
}

/// What to do with an entry.
enum Kind {
    File(Metadata),
    PassedOver,
    Failed(Cause),
}

impl Kind {
    fn of(entry: &walkdir::DirEntry, root: &Path) -> Kind {
        let is_root = entry.depth() == 0;
        let metadata = if entry.path_is_symlink() {
            match std::fs::metadata(entry.path()) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Kind::Failed(Cause::DanglingLink),
                Err(error) => return Kind::Failed(Cause::Io { doing: "follow", error }),
            }
        } else {
            if entry.file_type().is_dir() {
                return Kind::PassedOver;
            }
            match entry.metadata() {
                Ok(metadata) => metadata,
                Err(error) => return Kind::Failed(cause_of(error)),
            }
        };
        let file_type = metadata.file_type();
        match special(file_type) {
            _ if file_type.is_file() => Kind::File(metadata),
            // In a tree nobody asked for it by name.
            Some(special) if is_root && entry.path() == root => Kind::Failed(Cause::Special(special)),
            _ => Kind::PassedOver,
        }
    }
}

/// What a file that is neither regular nor a folder is called.
fn special(file_type: FileType) -> Option<&'static str> {
    if file_type.is_fifo() {
        Some("FIFO")
    } else if file_type.is_socket() {
        Some("socket")
    } else if file_type.is_char_device() || file_type.is_block_device() {
        Some("device")
    } else {
        None
    }
}

fn cause_of(error: walkdir::Error) -> Cause {
    match error.into_io_error() {
        Some(error) => Cause::of("list", error),
        // Only a loop of links comes without an error of the system, and only where folders' links are followed.
        None => Cause::Io { doing: "list", error: std::io::Error::other("a link leads back to a folder above it") },
    }
}

fn failure_of(error: walkdir::Error, root: &Path) -> Failure {
    let path = error.path().unwrap_or(root).to_owned();
    let is_root = error.depth() == 0;
    match cause_of(error) {
        Cause::Vanished if is_root && path.is_symlink() => Failure { path, cause: Cause::DanglingLink },
        Cause::Vanished if is_root => Failure { path, cause: Cause::Missing },
        cause => Failure { path, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    fn names(root: &Path, walked: &Walked) -> Vec<String> {
        walked.files.iter().map(|file| file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string()).collect()
    }

    #[test]
    fn every_file_once_under_its_smallest_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        fs::write(root.join("b/c/x.log"), "x").unwrap();
        fs::write(root.join("b/.hidden"), "h").unwrap();
        fs::hard_link(root.join("b/c/x.log"), root.join("z.log")).unwrap();
        symlink(root.join("b/c/x.log"), root.join("a-link.log")).unwrap();
        symlink(root.join("b"), root.join("folder-link")).unwrap();
        let walked = walk(&[root.to_owned()]);
        assert_eq!(names(root, &walked), ["a-link.log", "b/.hidden"]);
        // Overlapping roots, in any order.
        for roots in [[root.join("b"), root.join("b/c")], [root.join("b/c"), root.join("b")]] {
            assert_eq!(names(root, &walk(&roots)), ["b/.hidden", "b/c/x.log"]);
        }
        assert!(walked.failures.is_empty());
    }

    #[test]
    fn what_cannot_be_counted_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("ok.log"), "x").unwrap();
        symlink(root.join("nothing"), root.join("dangling.log")).unwrap();
        symlink("loop.log", root.join("loop.log")).unwrap();
        let walked = walk(&[root.to_owned(), root.join("missing")]);
        assert_eq!(names(root, &walked), ["ok.log"]);
        let failed: Vec<(String, &str)> = walked
            .failures
            .iter()
            .map(|failure| (failure.path.strip_prefix(root).unwrap().display().to_string(), failure.cause.status()))
            .collect();
        assert_eq!(
            failed,
            [("dangling.log".into(), "vanished"), ("loop.log".into(), "unreadable"), ("missing".into(), "vanished")]
        );
    }
}
