//! Formats that are declared, not coded: a name, a regular expression, how a level is spelt, and samples with what is to be
//! read from them.
//!
//! Those that come with the tool are in `formats.toml` beside this file, which the binary embeds; users write theirs in a file of
//! the same shape, or as `--pattern`. Nothing of an embedded entry is parsed before the head of a file holds one of the
//! texts that its lines cannot be without (`needs`), and what decides then is its regular expression alone.

mod needs;
mod table;

pub use needs::{may_have, present};
pub use table::{Entry, Expected, TableError, TableFault, load, load_shipped, shipped};

use super::{
    level::Level,
    record::{Record, Wanted},
};
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
    sync::OnceLock,
};

/// A format that is declared. There is one value of each as long as the program runs, and no two are equal.
pub struct Declared {
    name: String,
    /// A file of it holds one of these; none is said of formats that users declare.
    needs: Vec<&'static str>,
    /// Whether its lines begin with a time, so that `app` or `syslog` may recognise them too.
    timed: bool,
    /// The entry of the embedded table that it is read from when a head asks for it.
    entry: &'static str,
    body: OnceLock<Body>,
}

/// What a line is compared with, and what is taken from it.
#[derive(Clone, Debug)]
struct Body {
    /// What a record's first line fits: one regular expression, or two, the second anywhere behind what the first has taken. For
    /// each, an automaton finds the groups; for both in one (`FIRST.*?BEHIND`) only backtracking does, at a fifth of the speed.
    steps: Vec<Regex>,
    service: Option<Group>,
    level: Option<Group>,
    time: Option<Group>,
    /// What lines fit that are of this format and begin no record.
    continues: Option<Regex>,
    levels: Levels,
}

/// A group of a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    step: usize,
    /// Its number in the step.
    number: usize,
}

/// Where a line's groups are found, step by step.
#[derive(Debug)]
struct Slots(Vec<StepSlots>);

#[derive(Debug)]
struct StepSlots {
    /// Where in the line the step began.
    from: usize,
    locations: CaptureLocations,
}

impl Slots {
    fn text<'a>(&self, group: Group, line: &'a [u8]) -> Option<&'a [u8]> {
        let StepSlots { from, locations } = self.0.get(group.step)?;
        let (start, end) = locations.get(group.number)?;
        line.get(from + start..from + end)
    }
}

/// How the text of the group `level` is spelt.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Levels {
    /// As loggers do: `INFO`, `warning`.
    Words,
    /// By one letter, as Android and glog do.
    Letters,
    /// As an HTTP status.
    Status,
    /// As a syslog severity.
    Severity,
    /// As the entry says, otherwise as loggers do.
    Spelt(Vec<(String, Level)>),
}

impl Levels {
    fn read(&self, text: &[u8]) -> Option<Level> {
        let number = || std::str::from_utf8(text).ok()?.parse().ok();
        match self {
            Levels::Words => Level::from_word(text),
            Levels::Letters => match text {
                [letter] => Level::from_letter(*letter),
                _ => None,
            },
            Levels::Status => number().map(Level::from_status),
            Levels::Severity => number().filter(|number| *number <= 7).and_then(Level::from_number),
            Levels::Spelt(spelt) => {
                let found = spelt.iter().find(|(word, _)| word.as_bytes() == text);
                found.map(|(_, level)| *level).or_else(|| Level::from_word(text))
            }
        }
    }
}

/// A regular expression that cannot be a format's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadRegex {
    /// It is none.
    Syntax(String),
    /// It fits a line that says nothing, so all lines.
    FitsAll,
}

impl fmt::Display for BadRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRegex::Syntax(fault) => f.write_str(fault),
            BadRegex::FitsAll => {
                f.write_str("it fits an empty line, so every line; begin it with ^ and what a record begins with")
            }
        }
    }
}

impl std::error::Error for BadRegex {}

impl Body {
    fn new(regex: &str, behind: Option<&str>, continues: Option<&str>, levels: Levels) -> Result<Body, BadRegex> {
        let steps = [regex].into_iter().chain(behind).map(compiled).collect::<Result<Vec<_>, _>>()?;
        let continues = continues.map(compiled).transpose()?;
        let body = Body { steps, service: None, level: None, time: None, continues, levels };
        Ok(Body { service: body.group("service"), level: body.group("level"), time: body.group("time"), ..body })
    }

    /// What no line fits.
    fn nothing() -> Option<Body> {
        Body::new(r"[^\x00-\xFF]", None, None, Levels::Words).ok()
    }

    /// Where its regular expression has the group of this name.
    fn group(&self, name: &str) -> Option<Group> {
        let number = |step: &Regex| step.capture_names().position(|group| group == Some(name));
        self.steps.iter().enumerate().find_map(|(at, step)| Some(Group { step: at, number: number(step)? }))
    }

    /// Room for what [`Body::find`] finds.
    fn slots(&self) -> Slots {
        let slots = |step: &Regex| StepSlots { from: 0, locations: step.capture_locations() };
        Slots(self.steps.iter().map(slots).collect())
    }

    /// Finds the groups of a record's first line; `None` where the line is none.
    fn find(&self, line: &[u8], slots: &mut Slots) -> Option<()> {
        let mut start = 0;
        for (step, StepSlots { from, locations }) in self.steps.iter().zip(&mut slots.0) {
            *from = start;
            start += step.captures_read(locations, line.get(start..)?)?.end();
        }
        Some(())
    }

    /// Whether a line is a record's first.
    fn is_first(&self, line: &[u8]) -> bool {
        match self.steps.as_slice() {
            [only] => only.is_match(line),
            steps => steps.iter().try_fold(line, |rest, step| rest.get(step.find(rest)?.end()..)).is_some(),
        }
    }

    fn recognises(&self, line: &[u8]) -> bool {
        self.is_first(line) || self.continues.as_ref().is_some_and(|continues| continues.is_match(line))
    }
}

fn compiled(regex: &str) -> Result<Regex, BadRegex> {
    // Bytes are no characters: `(?u)` asks for them, at a price.
    let regex = RegexBuilder::new(regex).unicode(false).build().map_err(|error| BadRegex::Syntax(summary(&error)))?;
    if regex.is_match(b"") {
        return Err(BadRegex::FitsAll);
    }
    Ok(regex)
}

/// What is wrong with a regular expression, in a line: the crate's text shows it with marks below, in many.
fn summary(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

impl Declared {
    fn of_user(name: String, body: Body) -> &'static Declared {
        // As long as the program runs: a file's format is passed on by value.
        Box::leak(Box::new(Declared { name, needs: Vec::new(), timed: true, entry: "", body: OnceLock::from(body) }))
    }

    fn of_entry(name: &str, needs: Vec<&'static str>, timed: bool, entry: &'static str) -> Declared {
        Declared { name: name.to_owned(), needs, timed, entry, body: OnceLock::new() }
    }

    /// The name on the command line and in reports.
    #[must_use]
    pub const fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Whether a user declared it.
    #[must_use]
    pub const fn is_users(&self) -> bool {
        self.entry.is_empty()
    }

    /// Whether its regular expression has a place for the service.
    #[must_use]
    pub fn names_services(&self) -> bool {
        self.body().is_some_and(|body| body.service.is_some())
    }

    /// Whether its lines begin with a time, as `app` and `syslog` lines do.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.timed
    }

    /// Whether a line is of this format: the first of a record, or one that is known to continue one.
    #[must_use]
    pub fn recognises(&self, line: &[u8]) -> bool {
        self.body().is_some_and(|body| body.recognises(line))
    }

    /// Reads the first line of a record; `None` where `line` is not one.
    #[inline(never)]
    #[must_use]
    pub fn parse<'a>(&'static self, line: &'a [u8], wanted: Wanted, memory: &mut Memory) -> Option<Record<'a>> {
        let met = memory.get(self)?;
        let service = met.body.service.filter(|_| wanted.has(Wanted::SERVICE));
        let level = met.body.level.filter(|_| wanted.has(Wanted::LEVEL));
        if service.or(level).is_none() {
            return met.body.is_first(line).then_some(Record::BARE);
        }
        let Met { body, slots, .. } = met;
        body.find(line, slots)?;
        // Padding is no part of a name.
        let service = service.and_then(|group| slots.text(group, line)).unwrap_or_default().trim_ascii();
        let level = level.and_then(|group| slots.text(group, line));
        Some(Record::new(service, level.and_then(|text| body.levels.read(text))))
    }

    /// The time of a record's first line, if its format says where that stands.
    #[must_use]
    pub fn time<'a>(&'static self, line: &'a [u8], memory: &mut Memory) -> Option<&'a [u8]> {
        self.text_of(|body| body.time, line, memory)
    }

    /// Whether its regular expression has a group of this name.
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.body().is_some_and(|body| body.group(name).is_some())
    }

    /// What the group of this name holds on a record's first line, less padding, if that is anything.
    #[must_use]
    pub fn group<'a>(&'static self, name: &str, line: &'a [u8], memory: &mut Memory) -> Option<&'a [u8]> {
        let text = self.text_of(|body| body.group(name), line, memory)?.trim_ascii();
        (!text.is_empty()).then_some(text)
    }

    /// The status of a response: what the group `status` holds, or the group `level` where that is spelt by a status.
    #[must_use]
    pub fn status<'a>(&'static self, line: &'a [u8], memory: &mut Memory) -> Option<&'a [u8]> {
        let level = |body: &Body| body.level.filter(|_| body.levels == Levels::Status);
        self.text_of(|body| body.group("status").or_else(|| level(body)), line, memory)
    }

    /// The text of a group on a record's first line.
    fn text_of<'a>(
        &'static self,
        group: impl Fn(&Body) -> Option<Group>,
        line: &'a [u8],
        memory: &mut Memory,
    ) -> Option<&'a [u8]> {
        let Met { body, slots, .. } = memory.get(self)?;
        let group = group(body)?;
        body.find(line, slots)?;
        slots.text(group, line)
    }

    fn body(&self) -> Option<&Body> {
        if let Some(body) = self.body.get() {
            return Some(body);
        }
        // A test reads all embedded entries, so this is none that cannot be read.
        let body = table::body_of(self.entry).or_else(Body::nothing)?;
        Some(self.body.get_or_init(|| body))
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Declared({})", self.name)
    }
}

impl PartialEq for Declared {
    fn eq(&self, other: &Declared) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Declared {}

impl PartialOrd for Declared {
    fn partial_cmp(&self, other: &Declared) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Declared {
    fn cmp(&self, other: &Declared) -> std::cmp::Ordering {
        self.name.cmp(&other.name).then_with(|| std::ptr::from_ref(self).cmp(&std::ptr::from_ref(other)))
    }
}

impl Hash for Declared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self, state);
    }
}

/// A format that the user declares by its regular expression alone (`--pattern`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(pub &'static Declared);

impl FromStr for Pattern {
    type Err = BadRegex;

    fn from_str(regex: &str) -> Result<Pattern, BadRegex> {
        Ok(Pattern(Declared::of_user("pattern".to_owned(), Body::new(regex, None, None, Levels::Words)?)))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.body().map_or("", |body| body.steps.first().map_or("", Regex::as_str)))
    }
}

/// What a worker has of each format that it has met. Never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    met: Vec<Met>,
}

/// A format that was met: a regular expression's own buffers, so that no two workers wait for one another, where the groups
/// were found.
#[derive(Debug)]
struct Met {
    declared: &'static Declared,
    body: Body,
    slots: Slots,
}

impl Memory {
    fn get(&mut self, declared: &'static Declared) -> Option<&mut Met> {
        let place = match self.met.iter().position(|known| known.declared == declared) {
            Some(0) => return self.met.first_mut(),
            Some(place) => place,
            None => {
                // A clone shares the program and not the buffers.
                let body = declared.body()?.clone();
                let slots = body.slots();
                self.met.push(Met { declared, body, slots });
                self.met.len() - 1
            }
        };
        // Of a file's lines most follow one of the same format.
        self.met.swap(0, place);
        self.met.first_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pattern: &str, line: &str) -> Option<(Option<String>, Option<Level>)> {
        let Pattern(declared) = pattern.parse().unwrap();
        let record = declared.parse(line.as_bytes(), Wanted::ALL, &mut Memory::default())?;
        Some((record.service.map(|name| String::from_utf8_lossy(name).into_owned()), record.level))
    }

    #[test]
    fn a_pattern_gives_what_its_groups_hold() {
        let pattern = r"^(?<level>[A-Z]+)\|(?<service>[^|]*)\|";
        assert_eq!(parse(pattern, "WARN|shop |text"), Some((Some("shop".to_owned()), Some(Level::Warn))));
        assert_eq!(parse(pattern, "WHAT||text"), Some((None, None)));
        assert_eq!(parse(pattern, "    at shop"), None);
        assert_eq!(parse("^- ", "- text"), Some((None, None)));
    }

    #[test]
    fn any_group_has_a_value() {
        let Pattern(declared) = r"^(?<level>[A-Z]+) (?<till>\d* ?)(?<status>x)?".parse().unwrap();
        let mut memory = Memory::default();
        assert_eq!(declared.group("till", b"WARN 12 ", &mut memory), Some(&b"12"[..]));
        assert_eq!(declared.group("till", b"WARN x", &mut memory), None);
        assert_eq!(declared.group("level", b"WARN 12 ", &mut memory), Some(&b"WARN"[..]));
        assert_eq!(declared.group("other", b"WARN 12 ", &mut memory), None);
        assert_eq!(declared.group("till", b"- 12", &mut memory), None);
        assert_eq!(declared.status(b"WARN x", &mut memory), Some(&b"x"[..]));
        assert_eq!(declared.status(b"WARN 12 ", &mut memory), None, "no level is a status here");
        let squid = shipped().iter().find(|declared| declared.name() == "squid").unwrap();
        let line = b"1705312801.123      0 10.0.0.7 TCP_DENIED/403 3900 CONNECT example.com:443 - HIER_NONE/- text/html";
        assert_eq!(squid.status(line, &mut memory), Some(&b"403"[..]));
    }

    #[test]
    fn what_stands_behind_is_looked_for_where_the_first_part_ends() {
        let body = Body::new(r"^(?<service>[a-z]+) ", Some("(?<level>LOG|ERROR): (?<rest>.)?"), None, Levels::Words).unwrap();
        let declared = Declared::of_user("format".to_owned(), body);
        let lines = [
            ("shop LOG: x", Some((Some("shop"), Some("LOG"), Some("x")))),
            ("shop in many words ERROR: LOG: x", Some((Some("shop"), Some("ERROR"), Some("L")))),
            ("shop ERROR: ", Some((Some("shop"), Some("ERROR"), None))),
            ("shop LOG", None),
            ("LOG: shop ", None),
        ];
        for (line, expected) in lines {
            let mut memory = Memory::default();
            let found = declared.parse(line.as_bytes(), Wanted::ALL, &mut memory).map(|record| record.service);
            assert_eq!(found, expected.map(|(service, ..)| service.map(str::as_bytes)), "{line}");
            // Whatever is wanted, a line is a record or not.
            assert_eq!(declared.parse(line.as_bytes(), Wanted::NOTHING, &mut memory).is_some(), expected.is_some(), "{line}");
            assert_eq!(declared.recognises(line.as_bytes()), expected.is_some(), "{line}");
            for (group, text) in [("level", expected.and_then(|found| found.1)), ("rest", expected.and_then(|found| found.2))] {
                assert_eq!(declared.group(group, line.as_bytes(), &mut memory), text.map(str::as_bytes), "{group}: {line}");
            }
        }
    }

    #[test]
    fn what_continues_is_recognised_and_no_record() {
        let body = Body::new(r"^\d+ (?<level>LOG|ERROR): ", None, Some(r"^\d+ DETAIL: "), Levels::Words).unwrap();
        let declared = Declared::of_user("format".to_owned(), body);
        let mut memory = Memory::default();
        for (line, recognised, level) in
            [("1 ERROR: text", true, Some(Some(Level::Error))), ("1 DETAIL: text", true, None), ("text", false, None)]
        {
            assert_eq!(declared.recognises(line.as_bytes()), recognised, "{line}");
            // Whatever is wanted, it is the same lines.
            for wanted in [Wanted::NOTHING, Wanted::SERVICE] {
                assert_eq!(declared.parse(line.as_bytes(), wanted, &mut memory).is_some(), level.is_some(), "{line}");
            }
            let found = declared.parse(line.as_bytes(), Wanted::ALL, &mut memory);
            assert_eq!(found.map(|record| record.level), level, "{line}");
        }
    }

    #[test]
    fn patterns_that_are_none() {
        let table = [("(", "unclosed group"), ("a*", "every line")];
        for (pattern, expected) in table {
            let error = pattern.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.contains(expected), "{pattern}: {error}");
        }
    }
}
