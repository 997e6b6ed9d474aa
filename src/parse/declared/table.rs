//! The table of formats: what is written, checked and made ready.

use super::{BadRegex, Body, Declared, Levels};
use crate::parse::{Format, Memory, Rules, detect, level::Level, record::Wanted};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, ops::Range, sync::OnceLock};
use toml::Spanned;

/// The table that comes with the tool.
const SHIPPED: &str = include_str!("formats.toml");

/// What each entry begins with.
const ENTRY: &str = "\n[[format]]\n";

/// What its samples begin with.
const SAMPLE: &str = "\n[[format.sample]]\n";

/// The formats that the tool brings along, in the order in which they are tried.
#[must_use]
pub fn shipped() -> &'static [Declared] {
    static FORMATS: OnceLock<Vec<Declared>> = OnceLock::new();
    FORMATS.get_or_init(|| {
        let entries = SHIPPED.split(ENTRY).skip(1).map(|entry| entry.split_once(SAMPLE).map_or(entry, |(format, _)| format));
        let declared = |entry| {
            let timed = value_of(entry, "timed") == Some("true");
            Some(Declared::of_entry(string_of(entry, "name")?, strings_of(entry, "needs")?, timed, entry))
        };
        entries.filter_map(declared).collect()
    })
}

/// The value of a key that stands on a line of its own, without reading the whole entry as TOML.
fn value_of<'t>(entry: &'t str, key: &str) -> Option<&'t str> {
    entry.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
}

fn string_of<'t>(entry: &'t str, key: &str) -> Option<&'t str> {
    value_of(entry, key)?.strip_prefix('"')?.strip_suffix('"')
}

/// A list of strings without escapes. A test holds it against what TOML's own reader finds.
fn strings_of<'t>(entry: &'t str, key: &str) -> Option<Vec<&'t str>> {
    let list = value_of(entry, key)?.strip_prefix("['")?.strip_suffix("']")?;
    Some(list.split("', '").collect())
}

/// What an embedded entry compares lines with.
pub(super) fn body_of(entry: &str) -> Option<Body> {
    let written: WrittenEntry = toml::from_str(entry).ok()?;
    let levels = levels_of(&written.levels).ok()?;
    Body::new(written.regex?.get_ref(), written.behind.as_deref(), written.continues.as_deref(), levels).ok()
}

/// A file of formats, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    format: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    name: Spanned<String>,
    #[serde(default)]
    title: String,
    /// A hand-written parser that reads these lines, instead of `regex`.
    by: Option<Spanned<String>>,
    regex: Option<Spanned<String>>,
    /// What stands anywhere behind what fits `regex`.
    behind: Option<String>,
    /// What lines of the format fit that begin no record, where other formats would take them for theirs.
    continues: Option<String>,
    #[serde(default)]
    needs: Vec<String>,
    /// See [`Declared::is_timed`]; only the embedded table needs it, to look for less in most files.
    #[serde(default)]
    timed: bool,
    #[serde(default)]
    levels: WrittenLevels,
    #[serde(default)]
    sample: Vec<WrittenSample>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum WrittenLevels {
    #[default]
    Words,
    Named(String),
    Spelt(BTreeMap<String, String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSample {
    text: Spanned<String>,
    service: Option<String>,
    level: Option<String>,
}

/// An entry of a table, checked.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name; that of the format, where it has a regular expression.
    pub name: String,
    /// Whose lines they are.
    pub title: String,
    /// What reads them.
    pub format: Format,
    /// The regular expression, if it has one.
    pub regex: Option<String>,
    /// What it finds anywhere behind.
    pub behind: Option<String>,
    /// What heads are searched for before the regular expression is compiled.
    pub needs: Vec<String>,
    /// Whether lines begin with a time.
    pub timed: bool,
    /// Lines with what is to be read from them.
    pub samples: Vec<Expected>,
}

/// A sample: one record, and what is to be read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line in the table, counted from 1.
    pub line: usize,
    /// The record: its first line, and those that continue it.
    pub text: String,
    /// The service that it names.
    pub service: Option<String>,
    /// Its level.
    pub level: Option<Level>,
}

/// A table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: TableFault,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// It is not TOML, or has other keys.
    Shape(String),
    /// A name that cannot be typed, or is another format's.
    Name(String),
    /// Neither or both of `regex` and `by`.
    Reader(String),
    /// Its regular expression is none.
    Regex(String, BadRegex),
    /// A level that does not exist.
    Level(String),
    /// There is no sample.
    NoSample(String),
    /// A sample is read otherwise than it says.
    Sample {
        /// The format.
        name: String,
        /// Its first line, or the one that should continue it.
        text: String,
        /// What is wrong.
        what: String,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

impl std::error::Error for TableError {}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableFault::Shape(fault) => f.write_str(fault),
            TableFault::Name(name) => write!(
                f,
                "'{}' cannot be a format's name: it is another's, or not of letters, digits, - and _",
                name.escape_debug()
            ),
            TableFault::Reader(name) => {
                write!(f, "format '{name}' needs a regex, such as regex = '^(?<level>[A-Z]+) (?<service>\\S+): '")
            }
            TableFault::Regex(name, fault) => write!(f, "the regex of format '{name}' cannot be used: {fault}"),
            TableFault::Level(word) => write!(
                f,
                "there is no level '{}'; choose among trace, debug, info, warn, error, fatal, or for levels as a whole \"letters\", \
                 \"status\", \"severity\"",
                word.escape_debug()
            ),
            TableFault::NoSample(name) => write!(
                f,
                "format '{name}' has no sample; add [[format.sample]] with text = '...', and the service and level that it has"
            ),
            TableFault::Sample { name, text, what } => {
                write!(f, "format '{name}' reads its sample otherwise than it says: {what}: {}", shown(text))
            }
        }
    }
}

/// A sample in a message: not all of a long one, and nothing that acts on a terminal.
fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let cut = text.char_indices().nth(MOST).map_or(text.len(), |(at, _)| at);
    let (start, rest) = text.split_at_checked(cut).unwrap_or((text, ""));
    format!("{}{}", start.escape_debug(), if rest.is_empty() { "" } else { "..." })
}

/// Reads a table and checks every sample of it.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn load(text: &str) -> Result<Vec<Entry>, TableError> {
    let at = |range: Range<usize>, fault| TableError { line: line_at(text, range.start), fault };
    let written: Written = toml::from_str(text).map_err(|error| {
        let fault = TableFault::Shape(error.message().to_owned());
        at(error.span().unwrap_or_default(), fault)
    })?;
    let mut entries: Vec<Entry> = Vec::new();
    for written in written.format {
        let span = written.name.span();
        let entry = entry_of(written, text)?;
        if entries.iter().any(|earlier| earlier.name == entry.name) {
            return Err(at(span, TableFault::Name(entry.name)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// The entries of the tool's own table, with all that is written there, also of what is read by hand-written parsers.
///
/// # Errors
/// None: tests read it.
pub fn load_shipped() -> Result<Vec<Entry>, TableError> {
    load(SHIPPED)
}

fn entry_of(written: WrittenEntry, text: &str) -> Result<Entry, TableError> {
    let WrittenEntry { name, title, by, regex, behind, continues, needs, timed, levels, sample } = written;
    let at = |range: Range<usize>, fault| TableError { line: line_at(text, range.start), fault };
    let (span, name) = (name.span(), name.into_inner());
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let by_hand = |name: &str| Format::ALL.into_iter().find(|format| format.name() == name);
    if name.is_empty() || !name.bytes().all(is_word) || (regex.is_some() && by_hand(&name).is_some()) {
        return Err(at(span, TableFault::Name(name)));
    }
    let levels = levels_of(&levels).map_err(|word| at(span.clone(), TableFault::Level(word)))?;
    let format = match (&regex, by.as_ref().map(|by| by_hand(by.get_ref()))) {
        (Some(regex), None) => {
            let body = Body::new(regex.get_ref(), behind.as_deref(), continues.as_deref(), levels)
                .map_err(|fault| at(regex.span(), TableFault::Regex(name.clone(), fault)))?;
            Format::Declared(Declared::of_user(name.clone(), body))
        }
        (None, Some(Some(format))) => format,
        _ => return Err(at(span, TableFault::Reader(name))),
    };
    if sample.is_empty() {
        return Err(at(span, TableFault::NoSample(name)));
    }
    let mut samples = Vec::new();
    for WrittenSample { text: sample, service, level } in sample {
        let range = sample.span();
        let level = match level {
            Some(word) => Some(level_of(&word).ok_or_else(|| at(range.clone(), TableFault::Level(word)))?),
            None => None,
        };
        samples.push(Expected { line: line_at(text, range.start), text: sample.into_inner(), service, level });
    }
    let entry = Entry { name, title, format, regex: regex.map(Spanned::into_inner), behind, needs, timed, samples };
    entry.check()?;
    Ok(entry)
}

impl Entry {
    /// Reads each sample and holds it against what it says.
    fn check(&self) -> Result<(), TableError> {
        let head: String = self.samples.iter().map(|sample| format!("{}\n", sample.text)).collect();
        let rules = Rules::new(Wanted::ALL, &[], Some(self.format));
        let dialect = detect(head.as_bytes(), &rules);
        let mut memory = Memory::default();
        for sample in &self.samples {
            let wrong = |text: &str, what: String| TableError {
                line: sample.line,
                fault: TableFault::Sample { name: self.name.clone(), text: text.to_owned(), what },
            };
            let below = sample.text.lines().skip(1).chain([""]);
            for (number, (line, below)) in sample.text.lines().zip(below).enumerate() {
                let found = dialect.parse_with_below(line.as_bytes(), below.as_bytes(), &rules, &mut memory);
                match (number, found) {
                    (0, None) => return Err(wrong(line, "the line is not recognised".to_owned())),
                    (0, Some(found)) => {
                        let service = found.service.map(String::from_utf8_lossy);
                        if service.as_deref() != sample.service.as_deref() {
                            return Err(wrong(line, differs("service", service.as_deref(), sample.service.as_deref())));
                        }
                        if found.level != sample.level {
                            let names = [found.level, sample.level].map(|level| level.map(Level::name));
                            return Err(wrong(line, differs("level", names[0], names[1])));
                        }
                    }
                    (_, Some(_)) => return Err(wrong(line, "a line that should continue the record begins one".to_owned())),
                    (_, None) => {}
                }
            }
        }
        Ok(())
    }
}

fn differs(what: &str, found: Option<&str>, said: Option<&str>) -> String {
    let name = |value: Option<&str>| value.map_or("none".to_owned(), |value| format!("'{}'", value.escape_debug()));
    format!("its {what} is {}, not {}", name(found), name(said))
}

fn levels_of(written: &WrittenLevels) -> Result<Levels, String> {
    Ok(match written {
        WrittenLevels::Words => Levels::Words,
        WrittenLevels::Named(name) => match name.as_str() {
            "words" => Levels::Words,
            "letters" => Levels::Letters,
            "status" => Levels::Status,
            "severity" => Levels::Severity,
            _ => return Err(name.clone()),
        },
        WrittenLevels::Spelt(spelt) => {
            let pair = |(word, level): (&String, &String)| Some((word.clone(), level_of(level)?));
            let wrong = spelt.values().find(|level| level_of(level).is_none());
            match wrong {
                Some(level) => return Err(level.clone()),
                None => Levels::Spelt(spelt.iter().filter_map(pair).collect()),
            }
        }
    })
}

/// A level by the name that reports show.
fn level_of(name: &str) -> Option<Level> {
    Level::from_word(name.as_bytes()).filter(|level| level.name() == name)
}

/// The line of a byte, counted from 1.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::declared;

    #[test]
    fn the_lazy_look_at_the_shipped_table_is_right() {
        let entries = load_shipped().unwrap_or_else(|error| panic!("formats.toml, {error}"));
        let written: Vec<_> = entries.iter().filter(|entry| entry.regex.is_some()).collect();
        assert_eq!(
            shipped().iter().map(Declared::name).collect::<Vec<_>>(),
            written.iter().map(|entry| &entry.name).collect::<Vec<_>>()
        );
        for (declared, entry) in shipped().iter().zip(written) {
            assert_eq!(declared.needs, entry.needs);
            let file: String = entry.samples.iter().map(|sample| format!("{}\n", sample.text)).collect();
            assert!(declared::present(file.as_bytes()).contains(&declared), "{} needs what its samples lack", entry.name);
            assert_eq!(declared.is_timed(), entry.timed, "{}", entry.name);
            for sample in &entry.samples {
                let alike = [Format::App, Format::Syslog].into_iter().any(|format| {
                    let rules = Rules::new(Wanted::ALL, &[], Some(format));
                    let line = sample.text.lines().next().unwrap().as_bytes();
                    detect(line, &rules).parse(line, &rules, &mut Memory::default()).is_some()
                });
                assert!(!alike || entry.timed, "{} is timed: {}", entry.name, sample.text);
                let first = sample.text.lines().next().unwrap().as_bytes();
                assert!(declared.parse(first, Wanted::ALL, &mut declared::Memory::default()).is_some(), "{}", entry.name);
            }
        }
    }
}
