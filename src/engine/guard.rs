//! What is done when the program itself is at fault: a worker that panics has counted nobody knows what, so there is no outcome. It is said
//! in which file that was, and the others have nothing more to do.

use super::{NoOutcome, lock, run::Run};
use crate::{failure::printable, walk::LogFile};
use std::{
    fmt,
    os::unix::ffi::OsStrExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Mutex,
};

/// A fault of the program. What it was, the panic hook has said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The file that was in work; `None` if it was none.
    pub path: Option<PathBuf>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no report, by a fault of logtally itself")?;
        if let Some(path) = &self.path {
            // Perhaps the others can be counted without it.
            write!(f, " in work on {}", printable(path.as_os_str().as_bytes()))?;
        }
        f.write_str("; please report it, with what is said above")
    }
}

impl std::error::Error for Fault {}

/// What each thread works on, for [`Fault::path`]; in a cache line of its own, as [`Striped`](crate::striped::Striped) has them.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct InWork<'r>(Mutex<Option<&'r LogFile>>);

impl<'r> Run<'r> {
    /// Does a piece of work; if that panics, the run is over.
    pub(super) fn guarded(&self, work: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            let file = self.in_work.get(here()).and_then(|file| *lock(&file.0));
            self.end(NoOutcome::Fault(Fault { path: file.map(|file| file.path.clone()) }));
        }
    }

    /// Says what this thread works on from here on.
    pub(super) fn works_on(&self, file: Option<&'r LogFile>) {
        if let Some(place) = self.in_work.get(here()) {
            *lock(&place.0) = file;
        }
    }
}

/// Which of the pool's threads this is.
fn here() -> usize {
    rayon::current_thread_index().unwrap_or(0)
}
