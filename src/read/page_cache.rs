//! Files into the page cache, and out of it.

use super::{Handle, open};
use rustix::fs::{Advice, fadvise};
use std::{fs::File, path::Path};

/// Asks the system to read a file into memory while something else is done. Where it does not, reading it takes as long as ever.
pub fn read_ahead(file: &File) {
    let _ = fadvise(file, 0, None, Advice::WillNeed);
}

/// Asks the system to forget what it has of a file in memory, for whoever wants to know what a disk costs. It may not: what is mapped by
/// others stays, and where a file system has no notion of it, nothing happens.
pub fn forget(path: &Path) {
    let Ok(Handle { file, .. }) = open(path) else { return };
    // What is not on the disk yet cannot be forgotten.
    let _ = file.sync_data();
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
}
