//! Files whose counts may mislead: most of what is in them was not recognised, or falls to a name that nobody expects.

use crate::{
    parse::{Dialect, record::Wanted},
    tally::{Seen, Share},
    walk::{LogFile, PathPart, path_part},
};
use std::{os::unix::ffi::OsStrExt, path::PathBuf};

/// Files that are to be looked into.
#[derive(Debug, Default)]
pub struct Doubts {
    /// How many.
    pub files: u64,
    /// That of most lines; among equals the first in byte order, so that it is always the same.
    pub example: Option<Doubt>,
}

/// Why a file's counts may mislead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The file.
    pub path: PathBuf,
    /// What is little of it.
    pub about: About,
}

/// What is less than half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The lines that begin a record, of those that are not blank.
    Lines(Share),
    /// The records that name a service, of all.
    Services(Share),
}

/// Of a shorter file shares say little: one long stack trace is most of it. In lines that are not blank.
const FEWEST_LINES: u64 = 10;

impl Doubts {
    /// Notes a file, if there is doubt of it.
    pub(super) fn note(&mut self, file: &LogFile, dialect: &Dialect, wanted: Wanted, seen: Seen) {
        let Some(about) = doubt(file, dialect, wanted, seen) else { return };
        self.files += 1;
        let whole = |about| match about {
            About::Lines(share) | About::Services(share) => share.whole,
        };
        let is_first = self.example.as_ref().is_none_or(|example| {
            let (lines, most) = (whole(about), whole(example.about));
            lines > most || (lines == most && file.path_bytes() < example.path.as_os_str().as_bytes())
        });
        if is_first {
            self.example = Some(Doubt { path: file.path.clone(), about });
        }
    }
}

/// What there is to doubt of a file.
///
/// Few lines that begin a record may be long stack traces, or a format that was not recognised. In `plain` text every line is a
/// record, so it is never meant; where records are of two lines, their second ones are not.
///
/// Records that name no service are a riddle where their format usually names one: those of `app` without a logger, JSON without a
/// key that is known. They are none where nobody asked, where the format has hardly ever a name, or where the path is a container's,
/// whose name is the right one.
fn doubt(file: &LogFile, dialect: &Dialect, wanted: Wanted, seen: Seen) -> Option<About> {
    let (recognised, named) = (seen.recognised(), seen.named());
    if recognised.whole < FEWEST_LINES {
        return None;
    }
    let second = if dialect.has_levels_below() { recognised.part } else { 0 };
    if (Share { whole: recognised.whole.saturating_sub(second).max(recognised.part), ..recognised }).is_minor() {
        return Some(About::Lines(recognised));
    }
    let expected = || {
        wanted.has(Wanted::SERVICE)
            && dialect.formats().iter().all(|format| format.names_services())
            && path_part(file.path_bytes()) != PathPart::Container
    };
    (named.is_minor() && expected()).then_some(About::Services(named))
}
