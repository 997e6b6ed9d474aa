//! Names of files that come as a list, as `find -print0` writes it: the input of `--files0-from`.

use super::STDIN;
use crate::{failure::printable, reach::reach};
use std::{
    ffi::OsStr,
    fmt, fs,
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// The names in a list, in its order: each ends with NUL, the last may do without. The list is a file, or standard input if its path
/// is `-`. Whether the names exist is not asked; an empty list is one without names.
///
/// Refused: a list that cannot be read, empty names, names that end with newlines, and `-` in a list that is standard input itself.
pub fn read_list(from: &Path) -> Result<Vec<PathBuf>, ListError> {
    let names = content(from).map_err(Fault::Unreadable).and_then(|content| names(&content, from));
    names.map_err(|fault| ListError { list: from.to_owned(), fault })
}

/// Why a list of files cannot be used.
#[derive(Debug)]
pub struct ListError {
    list: PathBuf,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Unreadable(io::Error),
    /// The place of the name in the list, from 1.
    EmptyName(usize),
    Newlines,
    NamesItself,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_stdin(&self.list) {
            f.write_str("list of files on standard input: ")?;
        } else {
            write!(f, "list of files {}: ", printable(self.list.as_os_str().as_bytes()))?;
        }
        match &self.fault {
            Fault::Unreadable(error) => {
                write!(f, "cannot be read: {error}; give a file that `find ... -print0` has written, or - for standard input")
            }
            Fault::EmptyName(place) => {
                write!(f, "name {place} is empty; write each name once and one NUL after it, as `find ... -print0` does")
            }
            Fault::Newlines => f.write_str(
                "its names must end with NUL, not with newlines; write it with `find ... -print0` instead of `-print`",
            ),
            Fault::NamesItself => f.write_str(
                "standard input holds the list, so it cannot be counted too; take the name - out of it, or call a file - by ./-",
            ),
        }
    }
}

impl std::error::Error for ListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Unreadable(error) => Some(error),
            Fault::EmptyName(_) | Fault::Newlines | Fault::NamesItself => None,
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}

fn content(from: &Path) -> io::Result<Vec<u8>> {
    if is_stdin(from) {
        let mut content = Vec::new();
        io::stdin().lock().read_to_end(&mut content)?;
        Ok(content)
    } else {
        reach(from).and_then(fs::read)
    }
}

fn names(content: &[u8], from: &Path) -> Result<Vec<PathBuf>, Fault> {
    if content.is_empty() {
        return Ok(Vec::new());
    }
    // A name may have newlines in it; but where nothing else ends a name, they were meant to.
    if content.contains(&b'\n') && !content.contains(&0) {
        return Err(Fault::Newlines);
    }
    let names = content.strip_suffix(&[0]).unwrap_or(content).split(|&byte| byte == 0);
    let names = names.enumerate().map(|(index, name)| match Path::new(OsStr::from_bytes(name)) {
        _ if name.is_empty() => Err(Fault::EmptyName(index + 1)),
        name if is_stdin(name) && is_stdin(from) => Err(Fault::NamesItself),
        name => Ok(name.to_owned()),
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Vec<PathBuf>, String> {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        fs::write(&list, content).unwrap();
        read_list(&list).map_err(|error| error.to_string())
    }

    /// Standard input as the list: the test's own is left alone.
    fn piped(content: &[u8]) -> Result<Vec<PathBuf>, String> {
        let from = Path::new(STDIN);
        names(content, from).map_err(|fault| ListError { list: from.to_owned(), fault }.to_string())
    }

    #[test]
    fn names_end_with_nul() {
        let table: &[(&[u8], &[&[u8]])] = &[
            (b"", &[]),
            (b"a.log\0", &[b"a.log"]),
            (b"a.log", &[b"a.log"]),
            (b"b.log\0a.log\0", &[b"b.log", b"a.log"]),
            (b"b.log\0a.log", &[b"b.log", b"a.log"]),
            (b"two\nlines.log\0 space \0", &[b"two\nlines.log", b" space "]),
            (b"B\xfccher.log\0-\0", &[b"B\xfccher.log", b"-"]),
            (b"a.log\0a.log\0", &[b"a.log", b"a.log"]),
        ];
        for (content, expected) in table {
            let expected: Vec<&Path> = expected.iter().map(|name| Path::new(OsStr::from_bytes(name))).collect();
            assert_eq!(read(content).unwrap(), expected, "{}", content.escape_ascii());
        }
    }

    #[test]
    fn a_wrong_list_says_what_and_how() {
        let table: &[(&[u8], &[&str])] = &[
            (b"\0", &["name 1 is empty", "-print0", "/list: "]),
            (b"a.log\0\0b.log\0", &["name 2 is empty"]),
            (b"a.log\0b.log\0\0", &["name 3 is empty"]),
            (b"a.log\nb.log\n", &["must end with NUL", "find ... -print0"]),
            (b"a.log\n", &["must end with NUL"]),
            (b"\n", &["must end with NUL"]),
        ];
        for (content, parts) in table {
            let message = read(content).unwrap_err();
            for part in *parts {
                assert!(message.contains(part), "{message}");
            }
            assert!(!message.contains('\n'), "{message}");
        }
        let message = read_list(Path::new("no/such\nlist")).unwrap_err().to_string();
        assert!(message.contains("no/such\\nlist: cannot be read"), "{message}");
        assert!(read_list(Path::new("/")).is_err());
    }

    #[test]
    fn standard_input_is_the_list_or_counted_but_not_both() {
        assert_eq!(piped(b"a.log\0./-\0").unwrap(), [Path::new("a.log"), Path::new("./-")]);
        let message = piped(b"a.log\0-\0").unwrap_err();
        assert!(message.contains("standard input holds the list, so it cannot be counted too"), "{message}");
        assert!(piped(b"-").is_err());
        assert!(piped(b"\0").unwrap_err().starts_with("list of files on standard input: name 1"));
    }
}
