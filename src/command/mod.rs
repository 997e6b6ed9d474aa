//! What the user can ask for, a file each. Only here, in `progress` and in `main.rs` is anything printed.

pub mod bench;
pub mod count;
pub mod describe;
pub mod detect;
mod guard;
mod stats;

pub use guard::guarded;

use crate::{
    job::{Input, UsageError},
    reach::true_name,
    report::{Destination, is_draft},
    walk::{self, ListError, LogFile},
};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// How a run ended, as its exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The report says all there was to say: 0.
    Complete,
    /// The report is written, but something could not be counted: 1.
    Incomplete,
    /// No report: 2.
    Failed,
    /// Measured, and slower than it may be: 3.
    Slower,
}

impl Status {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Status::Complete => 0,
            Status::Incomplete => 1,
            Status::Failed => 2,
            Status::Slower => 3,
        }
    }
}

/// The files that reports will make or replace, by their true names.
#[derive(Debug, Default)]
struct Targets(Vec<PathBuf>);

impl Targets {
    /// Those of these destinations. All that can be known to go wrong with them is found out before the work: whoever waits for hours should
    /// not learn then that there is no room for the answer.
    ///
    /// # Errors
    /// If one cannot be written to, two are the same, or one is to be counted.
    fn new<'d>(
        destinations: impl IntoIterator<Item = &'d Destination>,
        roots: &[PathBuf],
    ) -> Result<Targets, Box<dyn std::error::Error>> {
        let mut targets = Targets::default();
        for destination in destinations {
            destination.check()?;
            targets = targets.and(destination, roots)?;
        }
        Ok(targets)
    }

    /// These and another.
    fn and(mut self, destination: &Destination, roots: &[PathBuf]) -> Result<Targets, UsageError> {
        let Some(target) = destination.target() else { return Ok(self) };
        if self.0.contains(&target) {
            return Err(UsageError::SameDestination);
        }
        if let Some(root) = roots.iter().find(|root| is_same(&target, root) && target.is_file()) {
            return Err(UsageError::Replaces(root.clone()));
        }
        self.0.push(target);
        Ok(self)
    }

    /// An earlier report in a folder of logs is no log, nor is one that another run is just writing there.
    fn leave_out_of(&self, files: &mut Vec<LogFile>) {
        if !self.0.is_empty() {
            files.retain(|file| !self.have(&file.path) && !self.are_beside(&file.path));
        }
    }

    /// Whether a path is that of a temporary file in the folder of one of them.
    fn are_beside(&self, path: &Path) -> bool {
        let folder = || true_name(path).ok().and_then(|path| path.parent().map(Path::to_owned));
        path.file_name().is_some_and(is_draft)
            && folder().is_some_and(|folder| self.0.iter().any(|target| target.parent() == Some(&folder)))
    }

    /// Whether a path leads to one of them.
    fn have(&self, path: &Path) -> bool {
        self.0.iter().any(|target| is_same(target, path))
    }
}

/// Whether a path leads to the file of this true name.
fn is_same(target: &Path, path: &Path) -> bool {
    // Most paths have another name, and need not be looked up.
    path.file_name() == target.file_name() && true_name(path).is_ok_and(|path| path == target)
}

/// So many failures are named; the rest are counted.
const NAMED_FAILURES: usize = 10;

/// Files and folders that were typed, and those of a list.
fn roots(input: &Input) -> Result<Vec<PathBuf>, ListError> {
    let mut roots = input.roots.clone();
    if let Some(list) = &input.list {
        roots.extend(walk::read_list(list)?);
    }
    Ok(roots)
}

/// Why there was no file at all.
fn why_nothing(input: &Input, excluded: u64) -> String {
    let walk = &input.walk;
    let typed = [
        ("--include", !walk.include.is_empty()),
        ("--exclude", !walk.exclude.is_empty()),
        ("--max-depth", walk.max_depth.is_some()),
    ];
    let narrowed: Vec<&str> = typed.iter().filter(|(_, typed)| *typed).map(|(name, _)| *name).collect();
    match (excluded, &*narrowed) {
        (0, []) if input.list.is_some() && input.roots.is_empty() => "the list of --files0-from leads to no file".to_owned(),
        (_, []) => "no file was found; is the folder the right one, and its disk mounted?".to_owned(),
        (0, ["--max-depth"]) if walk.max_depth == Some(0) => {
            "no file was found; --max-depth 0 is for files by name, 1 for the files in the folders that are named".to_owned()
        }
        (0, names) => format!("no file was found; is too much left out by {}?", names.join(" and ")),
        (number, names) => {
            let names: Vec<&str> = names.iter().copied().filter(|name| *name != "--max-depth").collect();
            let found = if number == 1 { "the only file that was found is" } else { "all files that were found are" };
            format!("{found} left out by {}", names.join(" and "))
        }
    }
}

fn plural(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn fatal(error: &dyn std::error::Error) -> Status {
    say(&format!("logtally: {error}\n"));
    Status::Failed
}

/// Where nobody can listen, nothing is lost by not being heard.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
