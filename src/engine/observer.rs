//! Who watches a run. The engine tells; a bar, a test or nobody listens.

use crate::failure::Failure;

/// Hears of a run's progress, from any of its threads. On Linux these may have tables of open files of their own: what an observer opens in
/// one of them is not there for another, which may have another file under its number. It should have open before the run what it needs.
pub trait Observer: Sync {
    /// The walk is over: there are this many files and bytes to count.
    fn planned(&self, files: u64, bytes: u64) {
        let _ = (files, bytes);
    }

    /// A file's turn has come.
    fn started(&self) {}

    /// So many more bytes are counted.
    fn counted(&self, bytes: u64) {
        let _ = bytes;
    }

    /// So many of the planned bytes never will be: their file is no text, or cannot be read.
    fn passed_over(&self, bytes: u64) {
        let _ = bytes;
    }

    /// One more file is done, counted or not.
    fn finished(&self) {}

    /// A file could not be counted.
    fn failed(&self, failure: &Failure) {
        let _ = failure;
    }
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {}
