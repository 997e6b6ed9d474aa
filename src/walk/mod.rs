//! Roots to log files: every file once, in the byte order of paths, whatever order they were named in.

mod aside;
mod found;
mod glob;
mod identity;
mod kind;
mod list;
mod metadata;
mod moved;
mod service;
mod start;
mod template;
mod tree;

pub use glob::{BadGlob, Glob, Globs, NameGlob};
pub use identity::Identity;
pub use list::{ListError, read_list};
pub use moved::Whereabouts;
pub use service::{PathPart, path_date, path_part, path_service};
pub use template::{Template, TemplateError};

use crate::failure::Failure;
use std::{
    fmt,
    num::{IntErrorKind, ParseIntError as IntError},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    str::FromStr,
    time::SystemTime,
};
use tree::{FOR_LONG_PATHS, Trees};

/// The path that means standard input.
pub const STDIN: &str = "-";

/// A file to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// As it was reached: a root as it was typed, and the way down from it.
    pub path: PathBuf,
    /// Its length in bytes at the time of the walk; 0 for standard input.
    pub len: u64,
    /// Which file that was; of standard input and of what is inside of a file, none.
    pub identity: Identity,
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
#[derive(Debug)]
pub struct Walked {
    /// When the walk began.
    pub began: SystemTime,
    /// The files, in byte order of their paths.
    pub files: Vec<LogFile>,
    /// What could not be listed or followed.
    pub failures: Vec<Failure>,
    /// How many files the globs have left out. A file that is found by another path is not left out, and what is in a folder that is
    /// not entered is not known.
    pub excluded: u64,
    /// How many folders were found, those among the roots too, and not left out. One that several links lead to may be found several times.
    pub folders: u64,
}

/// What a walk leaves out and what it follows. The default leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// If there are any, only files that one of these fits are input. Folders are not asked.
    pub include: Globs,
    /// Files and folders that one of these fits are left out, whatever is included.
    pub exclude: Globs,
    /// How far below the roots files may be: with 0 the roots alone are input, if they are files; with 1 also the files directly in them.
    pub max_depth: Option<usize>,
    /// Which links are followed below the roots.
    pub links: Links,
    /// Which file systems are entered below the roots.
    pub file_systems: FileSystems,
}

/// How far below a root something is: what follows `--max-depth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth(pub usize);

/// A depth that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDepth(String);

impl fmt::Display for BadDepth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is no number of folders to go down; write 0 or more: 1 is the files in the folders that are named",
            self.0
        )
    }
}

impl std::error::Error for BadDepth {}

impl FromStr for Depth {
    type Err = BadDepth;

    fn from_str(text: &str) -> Result<Self, BadDepth> {
        match text.parse() {
            Ok(depth) => Ok(Depth(depth)),
            // Deeper than any tree.
            Err(error) if *IntError::kind(&error) == IntErrorKind::PosOverflow => Ok(Depth(usize::MAX)),
            Err(_) => Err(BadDepth(text.to_owned())),
        }
    }
}

/// Links that are followed. A root that is a link is followed in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Links {
    /// Links to files.
    #[default]
    Files,
    /// Links to folders too. One that leads back to a folder above it is a failure.
    All,
}

/// File systems whose folders are entered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileSystems {
    /// Any.
    #[default]
    All,
    /// For each root its own. A link to a file elsewhere is still followed.
    One,
}

/// Walks all roots. Folders are walked whole, links to files followed, links to folders only by [`Links::All`]; sockets, devices and
/// FIFOs in a tree are passed over. Standard input is subject to no option.
///
/// A file that is reached twice counts once. A path that no link was followed on has precedence, so that a link cannot take a file's
/// own name away; among equals the smallest in byte order has.
///
/// Paths may be longer than the system takes. What these may come to together is bounded; what goes beyond is a failure.
///
/// Folders are listed by this thread; up to so many, and never more than eight, ask what their files are, and sort them. More than there are
/// CPUs ask only where answers are slow to come.
#[must_use]
pub fn walk(roots: &[PathBuf], options: &Options, threads: usize) -> Walked {
    walk_within(roots, options, threads, FOR_LONG_PATHS)
}

/// The same where paths that are longer than the system takes may have so many bytes together.
fn walk_within(roots: &[PathBuf], options: &Options, threads: usize, for_long_paths: usize) -> Walked {
    let mut trees = Trees::new(options, threads, for_long_paths);
    let mut stdin = None;
    for root in roots {
        if root.as_os_str() == STDIN {
            // However often it is named, standard input can be read once.
            stdin = Some(LogFile { path: root.clone(), len: 0, identity: Identity::default() });
        } else {
            trees.walk_root(root);
        }
    }
    trees.follow_links();
    let mut walked = trees.into_walked();
    if let Some(stdin) = stdin {
        let place = walked.files.partition_point(|file| file.path_bytes() < stdin.path_bytes());
        walked.files.insert(place, stdin);
    }
    walked
}

#[cfg(test)]
mod tests;
