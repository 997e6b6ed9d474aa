//! Files out of the page cache, for whoever wants to know what a disk costs.

use super::{Handle, open};
use rustix::fs::{Advice, fadvise};
use std::path::Path;

/// Asks the system to forget what it has of a file in memory. It may not: what is mapped by others stays, and where a file system has no
/// notion of it, nothing happens.
pub fn forget(path: &Path) {
    let Ok(Handle { file, .. }) = open(path) else { return };
    // What is not on the disk yet cannot be forgotten.
    let _ = file.sync_data();
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
}
