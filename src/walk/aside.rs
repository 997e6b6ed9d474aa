//! Folders that a walk has put aside, as paths get too long below them.

use super::start::Reached;
use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

/// Folders to be walked later, the last first. That keeps them few: in a deep tree each leads to the next.
#[derive(Debug, Default)]
pub(super) struct Aside(Vec<Siblings>);

/// Those of one folder. There may be many, and its path is long.
#[derive(Debug)]
struct Siblings {
    /// As it was reached, with the `/` before their names.
    above: Vec<u8>,
    names: Vec<Vec<u8>>,
    /// How far they are below their root.
    depth: usize,
    reached: Reached,
}

impl Aside {
    pub(super) fn push(&mut self, path: &[u8], depth: usize, reached: Reached) {
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let Some((above, name)) = path.split_at_checked(start) else { return };
        match self.0.last_mut() {
            Some(last) if last.above == above => last.names.push(name.to_owned()),
            _ => self.0.push(Siblings { above: above.to_owned(), names: vec![name.to_owned()], depth, reached }),
        }
    }

    /// A folder, how far it is below its root, and how the walk has come to it.
    pub(super) fn pop(&mut self) -> Option<(PathBuf, usize, Reached)> {
        let last = self.0.last_mut()?;
        let (name, depth, reached) = (last.names.pop()?, last.depth, last.reached);
        let path = OsString::from_vec([last.above.as_slice(), &name].concat());
        if last.names.is_empty() {
            self.0.pop();
        }
        Some((path.into(), depth, reached))
    }
}
