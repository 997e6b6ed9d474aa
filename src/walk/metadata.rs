//! What the system says of files that are listed, asked by several threads while the listing goes on.
//!
//! A question takes the system about a microsecond where it has the answer in memory, and many times as long where a disk or another machine
//! has it: it is most of what a walk does. Listing is one thread's work, so a few more are all that gain.

use std::{
    collections::VecDeque,
    fs::Metadata,
    sync::Arc,
    thread::{self, JoinHandle},
};
use walkdir::DirEntry;

/// What is known of an entry, or why nothing is.
pub(super) type Known = walkdir::Result<Metadata>;

/// So many are asked for together: that takes some milliseconds, and a thread is started in a fiftieth of that.
const AT_ONCE: usize = 2048;

/// With eight the listing already takes longer than the answers.
const MOST_THREADS: usize = 8;

/// Files in the order in which they were listed, of whom it is asked what they are.
pub(super) struct Inquiry {
    /// How many threads ask beside the one that lists.
    helpers: usize,
    /// Those that are still to be asked for.
    listed: Vec<DirEntry>,
    asked: VecDeque<Asked>,
}

enum Asked {
    Here(Vec<DirEntry>, Vec<Known>),
    There(Arc<Vec<DirEntry>>, JoinHandle<Vec<Known>>),
}

impl Inquiry {
    /// One by so many threads.
    pub(super) fn by(threads: usize) -> Inquiry {
        Inquiry { helpers: threads.clamp(1, MOST_THREADS) - 1, listed: Vec::new(), asked: VecDeque::new() }
    }

    /// Asks for one more file, together with others.
    pub(super) fn ask(&mut self, file: DirEntry) {
        self.listed.push(file);
        if self.listed.len() == AT_ONCE {
            let files = std::mem::take(&mut self.listed);
            let busy = self.asked.iter().filter(|asked| !asked.is_answered()).count();
            self.asked.push_back(if busy < self.helpers { Asked::there(files) } else { Asked::here(files) });
        }
    }

    /// The next files, if all that were listed before them are known too.
    pub(super) fn next_known(&mut self) -> Option<impl Iterator<Item = (DirEntry, Known)> + use<>> {
        let is_known = self.asked.front().is_some_and(Asked::is_answered);
        is_known.then(|| self.asked.pop_front().map(Asked::answers))?
    }

    /// All that were not given yet.
    pub(super) fn rest(self) -> impl Iterator<Item = (DirEntry, Known)> {
        let last = Asked::here(self.listed);
        self.asked.into_iter().chain([last]).flat_map(Asked::answers)
    }
}

impl Asked {
    fn here(files: Vec<DirEntry>) -> Asked {
        let known = known(&files);
        Asked::Here(files, known)
    }

    /// By a thread, if there is one to be had.
    fn there(files: Vec<DirEntry>) -> Asked {
        let files = Arc::new(files);
        let theirs = Arc::clone(&files);
        match thread::Builder::new().spawn(move || known(&theirs)) {
            Ok(thread) => Asked::There(files, thread),
            Err(_) => Asked::here(Arc::unwrap_or_clone(files)),
        }
    }

    fn is_answered(&self) -> bool {
        match self {
            Asked::Here(..) => true,
            Asked::There(_, thread) => thread.is_finished(),
        }
    }

    /// The answers; waits for them.
    fn answers(self) -> impl Iterator<Item = (DirEntry, Known)> {
        let (files, known) = match self {
            Asked::Here(files, known) => (files, known),
            Asked::There(files, thread) => {
                let known = thread.join().unwrap_or_else(|_| known(&files));
                (Arc::unwrap_or_clone(files), known)
            }
        };
        files.into_iter().zip(known)
    }
}

fn known(files: &[DirEntry]) -> Vec<Known> {
    files.iter().map(DirEntry::metadata).collect()
}
