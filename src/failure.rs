//! What went wrong with one input, as a value that travels to the summary. A failing file never ends a run.

use std::{fmt, fs::FileType, io, os::unix::fs::FileTypeExt, path::PathBuf};

/// One input that could not be counted, or not to its end.
#[derive(Debug)]
pub struct Failure {
    /// The file or folder, as it was reached.
    pub path: PathBuf,
    /// Why, with the way out where there is one.
    pub cause: Cause,
}

/// Why an input could not be counted.
#[derive(Debug)]
pub enum Cause {
    /// Nothing has this name.
    Missing,
    /// It was there when the tree was walked, and not when it was to be read.
    Vanished,
    /// The system refused to list, open or read it.
    Io {
        /// What was tried: `open`, `read`, `list`.
        doing: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// A link to nothing.
    DanglingLink,
    /// A FIFO, socket or device was named on the command line.
    Special(&'static str),
    /// What was a file when the tree was walked is none any more, but a FIFO, a device or a folder.
    Turned(&'static str),
    /// Its stored bytes are not what its encoder or archiver wrote.
    Damaged {
        /// `gzip`, `tar` ...
        codec: &'static str,
        /// Where it was noticed, in bytes of what is stored so.
        offset: u64,
        /// What is wrong, with its place: `cut short at byte 963`.
        fault: String,
        /// What counts all the same.
        kept: Kept,
    },
    /// It is made in a way that is not decoded here; what that is, and the way out.
    Unsupported(String),
    /// It takes more than it may: what, and the way out.
    Limit(String),
    /// It makes more groups than it may, and is counted as one.
    Groups {
        /// So many it may.
        most: u64,
        /// The service that it is counted under; `None` if services are not told apart.
        service: Option<Vec<u8>>,
        /// What else is wrong with it.
        besides: Option<Box<Cause>>,
    },
    /// It became shorter before all of it was read.
    Shrank {
        /// The length when it was opened or, if it was shorter by then, when the tree was walked, in bytes.
        from: u64,
        /// Where it ended, in bytes.
        to: u64,
    },
    /// It was written to while it was read, other than at its end.
    Rewritten,
    /// Another file has its name since the tree was walked, and that one counts.
    Replaced,
}

/// The error of opening something that is neither a file nor a link to one; what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFile(pub &'static str);

impl NoFile {
    /// What a thing of this type is, if it is no file.
    #[must_use]
    pub fn of(file_type: FileType) -> Option<NoFile> {
        if file_type.is_file() {
            None
        } else if file_type.is_dir() {
            Some(NoFile("folder"))
        } else if file_type.is_fifo() {
            Some(NoFile("FIFO"))
        } else if file_type.is_socket() {
            Some(NoFile("socket"))
        } else {
            Some(NoFile("device"))
        }
    }
}

impl fmt::Display for NoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is a {}, and no file", self.0)
    }
}

impl std::error::Error for NoFile {}

/// What counts of a damaged input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// So many whole lines before the damage.
    Before(u64),
    /// So many lines for which a checksum vouches.
    Verified(u64),
    /// Nothing: no checksum vouches for any of it.
    Nothing,
    /// Nothing: the user asked for that.
    Dropped,
    /// Nothing: it would have to be read again from its beginning, which is gone.
    Unrepeatable,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kept::Before(0) => f.write_str("no whole line is before that"),
            Kept::Before(1) => f.write_str("the line before is counted"),
            Kept::Before(lines) => write!(f, "the {lines} lines before are counted"),
            Kept::Verified(1) => f.write_str("the line that was verified before is counted"),
            Kept::Verified(lines) => write!(f, "the {lines} lines that were verified before are counted"),
            Kept::Nothing => f.write_str("none of it is verified, so none is counted"),
            Kept::Dropped => f.write_str("left out, as --on-damaged drop asks"),
            Kept::Unrepeatable => f.write_str("none of it is counted; store it in a file, of which what is sound can be counted"),
        }
    }
}

impl Cause {
    /// What an error of the system means.
    #[must_use]
    pub fn of(doing: &'static str, error: io::Error) -> Cause {
        match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(NoFile(kind)) => Cause::Turned(kind),
            None if error.kind() == io::ErrorKind::NotFound => Cause::Vanished,
            None => Cause::Io { doing, error },
        }
    }

    /// Where in the stored bytes the damage was noticed, if it is one.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Cause::Damaged { offset, .. } => Some(*offset),
            Cause::Groups { besides: Some(other), .. } => other.offset(),
            _ => None,
        }
    }

    /// The status a report gives the file.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Cause::Missing | Cause::Vanished | Cause::DanglingLink => "vanished",
            Cause::Shrank { .. } | Cause::Rewritten | Cause::Replaced => "changed",
            Cause::Damaged { .. } => "damaged",
            // What is not counted is worse than what is not told apart.
            Cause::Groups { besides: Some(worse), .. } => worse.status(),
            Cause::Limit(_) | Cause::Groups { .. } => "limit",
            Cause::Io { .. } | Cause::Special(_) | Cause::Turned(_) | Cause::Unsupported(_) => "unreadable",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Missing => f.write_str("no such file or folder; check the spelling, or whether its disk is mounted"),
            Cause::Vanished => f.write_str("vanished between the walk and the reading (rotated away?); run again to count it"),
            Cause::Io { doing, error } if error.kind() == io::ErrorKind::PermissionDenied => {
                write!(f, "cannot {doing} it: permission denied; run as a user who may read it")
            }
            Cause::Io { doing, error } => write!(f, "cannot {doing} it: {error}"),
            Cause::DanglingLink => f.write_str("a link to a file that does not exist; remove the link or restore the file"),
            Cause::Special(kind) => {
                write!(f, "a {kind}, which is never opened; give its content as standard input, with - as the path")
            }
            Cause::Turned(kind) => {
                write!(f, "it was a file when its folder was listed and is a {kind} now, which is not read; run again without it")
            }
            Cause::Damaged { codec, fault, kept, .. } => write!(f, "damaged {codec} data, {fault}: {kept}"),
            Cause::Unsupported(what) | Cause::Limit(what) => f.write_str(what),
            Cause::Groups { most, service, besides } => {
                let groups = if *most == 1 { "group" } else { "groups" };
                write!(f, "it makes more than {most} {groups}, as what is misread does, so all of it is counted ")?;
                match service {
                    Some(name) => write!(f, "under '{}'", printable(name))?,
                    None => f.write_str("as one")?,
                }
                f.write_str("; --max-groups-per-file allows more")?;
                besides.as_ref().map_or(Ok(()), |cause| write!(f, "; and: {cause}"))
            }
            Cause::Rewritten => f.write_str(
                "changed in place while it was read (truncated and written anew?); run again to count it whole",
            ),
            Cause::Replaced => f.write_str(
                "another file has its name since the folder was listed (rotated?), which is counted instead; run again to count both",
            ),
            Cause::Shrank { from, to } => {
                write!(
                    f,
                    "shrank from {from} to {to} bytes before all of it was read (truncated or rotated?); run again to count it whole"
                )
            }
        }
    }
}

/// A path or name for a terminal or a mail: control characters escaped, so that no name can act on it.
#[must_use]
pub fn printable(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for piece in name.utf8_chunks() {
        for letter in piece.valid().chars() {
            // Besides controls: characters that reorder what is shown, which can fake another name.
            let reorders =
                matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if letter.is_control() || reorders {
                out.extend(letter.escape_default());
            } else {
                out.push(letter);
            }
        }
        for byte in piece.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use std::os::unix::ffi::OsStrExt;
        write!(f, "{}: {}", printable(self.path.as_os_str().as_bytes()), self.cause)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn names_cannot_act_on_a_terminal() {
        let table: &[(&[u8], &str)] = &[
            (b"plain name.log", "plain name.log"),
            ("größe 日本".as_bytes(), "größe 日本"),
            (b"bell\x07 esc\x1b[2J", "bell\\u{7} esc\\u{1b}[2J"),
            (b"two\nlines\tand\r", "two\\nlines\\tand\\r"),
            (b"not utf-8 \xff\xfe.", "not utf-8 \\xff\\xfe."),
            ("c1 \u{9b}2J".as_bytes(), "c1 \\u{9b}2J"),
            ("evil\u{202e}gol.exe".as_bytes(), "evil\\u{202e}gol.exe"),
        ];
        for (name, shown) in table {
            assert_eq!(printable(name), *shown);
        }
    }
}
