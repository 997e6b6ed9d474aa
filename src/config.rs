//! A file of options that go before those that are typed.
//!
//! One option a line, its value behind `=` or a blank, exactly as it stands: there is no quoting. Blank lines and lines that begin
//! with `#` say nothing. Options only: what to count is typed.

use crate::{
    cli::{Cli, Keeping},
    failure::printable,
};
use std::{
    ffi::{OsStr, OsString},
    fmt, fs, io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

/// A file of options that cannot be used.
#[derive(Debug)]
pub struct ConfigError {
    file: PathBuf,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    /// It cannot be read.
    Io(io::Error),
    /// A line of it, counted from 1, is wrong.
    Line(usize, String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = printable(self.file.as_os_str().as_bytes());
        match &self.fault {
            Fault::Io(error) => {
                write!(
                    f,
                    "options cannot be read from {file}: {error}; name another file with --config, or none with --no-config"
                )
            }
            Fault::Line(line, fault) => write!(f, "{file}, line {line}: {fault}; mend it, or do without it by --no-config"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The arguments with those of the configuration before them. `typed` are the arguments as they were typed, the program's name
/// among them, and `cli` what they mean.
///
/// # Errors
/// If a file was named that cannot be read, or a line of the file is wrong.
pub fn with_config(typed: &[OsString], cli: &Cli) -> Result<Option<Vec<OsString>>, ConfigError> {
    let Some(keeping) = cli.keeping().filter(|keeping| !keeping.no_config) else { return Ok(None) };
    let kept = options_for(keeping)?;
    let mut options = kept.map(|kept| kept.into_iter().filter(|option| cli.minds(option)).flatten().collect::<Vec<_>>());
    if let Some(formats) = default_file("formats.toml").filter(|file| file.exists()) {
        // As if it were typed first: what is typed goes before it.
        let option = [OsString::from("--log-format-file"), formats.into_os_string()];
        options.get_or_insert_default().splice(..0, option);
    }
    let Some(options) = options else { return Ok(None) };
    // Behind the program's name and the verb.
    let before = 1 + usize::from(cli.verb_name().is_some());
    let (start, rest) = typed.split_at_checked(before).unwrap_or((typed, &[]));
    Ok(Some([start, &options, rest].concat()))
}

/// The options of the file that was named, or of the usual one if it is there.
fn options_for(keeping: &Keeping) -> Result<Option<Vec<Vec<OsString>>>, ConfigError> {
    let (file, text) = match &keeping.config {
        Some(file) => (file.clone(), fs::read(file)),
        None => match default_file("config") {
            Some(file) => {
                let text = fs::read(&file);
                (file, text)
            }
            None => return Ok(None),
        },
    };
    let text = match text {
        Ok(text) => text,
        // Nobody asked for it by name, and a daemon's home may be no folder at all.
        Err(error)
            if keeping.config.is_none() && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(ConfigError { file, fault: Fault::Io(error) }),
    };
    options_of(&text).map(Some).map_err(|(line, fault)| ConfigError { file, fault: Fault::Line(line, fault) })
}

/// `$XDG_CONFIG_HOME/logtally/NAME`, and where that is not set `~/.config/logtally/NAME` (XDG Base Directory Specification,
/// which has relative paths ignored).
fn default_file(name: &str) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    let file = base.join("logtally").join(name);
    // Who names a FIFO waits for what comes of it, as for `<(...)`. What nobody has named keeps no run waiting.
    let is_no_file = fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    (!is_no_file).then_some(file)
}

/// The options of a file, each with its value, or the line that is none, with what is wrong.
fn options_of(text: &[u8]) -> Result<Vec<Vec<OsString>>, (usize, String)> {
    let mut options = Vec::new();
    // Editors on Windows begin a file with a byte-order mark.
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let fault = |what: &str| (number + 1, format!("'{}' {what}", printable(line)));
        if !line.starts_with(b"-") || line == b"-" || line == b"--" {
            return Err(fault("is no option; write one a line, such as --by=service,level"));
        }
        let option = split(line);
        if option.iter().any(|part| part.as_bytes().starts_with(b"--config") || part.as_bytes() == b"--no-config") {
            return Err(fault("says which file of options is read, and is typed, not kept in one"));
        }
        if let [b'"', .., b'"'] | [b'\'', .., b'\''] = value_of(line) {
            return Err(fault("has quotes around its value; leave them out, a value is all that follows"));
        }
        if let Some(what) = Cli::fault_in(&option) {
            return Err((number + 1, what));
        }
        options.push(option);
    }
    Ok(options)
}

/// What stands behind an option's name.
fn value_of(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'='));
    end.and_then(|end| line.get(end + 1..)).unwrap_or_default().trim_ascii()
}

/// `--by service` is two arguments, `--by=service` and `--follow` are one.
fn split(line: &[u8]) -> Vec<OsString> {
    let blank = line.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'='));
    match blank.and_then(|at| line.split_at_checked(at)) {
        Some((name, [b' ' | b'\t', value @ ..])) => {
            vec![OsString::from_vec(name.to_vec()), OsStr::from_bytes(value.trim_ascii()).to_owned()]
        }
        _ => vec![OsString::from_vec(line.to_vec())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_a_line() {
        let text = b"# the usual\n\n--by service,level\n  --format=table\r\n--follow\n--grep two words \n";
        assert_eq!(
            options_of(text).unwrap().concat(),
            ["--by", "service,level", "--format=table", "--follow", "--grep", "two words"].map(OsString::from)
        );
        for (text, line) in [
            ("logs", 1),
            ("--follow\n-", 2),
            ("\n--bye=service", 2),
            ("--config=x", 1),
            ("--by nobody", 1),
            ("--exclude \"*.bak\"", 1),
            ("--top", 1),
        ] {
            assert_eq!(options_of(text.as_bytes()).unwrap_err().0, line, "{text}");
        }
    }
}
