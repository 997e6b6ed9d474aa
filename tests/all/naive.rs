//! A counter that is right by reading: a whole file in memory, one line after the other, no chunks and no threads. It shares no
//! code with the crate, and knows only the lines that [`super::laws`] makes up.

use serde_json::Value;
use std::collections::BTreeMap;

/// What can begin a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Syslog,
    App,
    Logfmt,
    Access,
    /// java.util.logging: the level is on the line below.
    Jul,
    Plain,
}

/// Records, lines and bytes by service and level.
pub type Counts = BTreeMap<(Vec<u8>, &'static str), (u64, u64, u64)>;

/// Which records count.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these levels; any, if nothing is said.
    pub levels: Option<Vec<&'static str>>,
    /// A service that one of these fits; any, if there is none.
    pub services: Vec<Name>,
    /// This stands in the first line.
    pub literal: Option<&'static str>,
}

/// What a service's name is to be.
#[derive(Clone, Debug)]
pub enum Name {
    Is(&'static str),
    Begins(&'static str),
    Ends(&'static str),
    Has(&'static str),
}

impl Name {
    fn fits(&self, name: &[u8]) -> bool {
        match self {
            Name::Is(text) => name == text.as_bytes(),
            Name::Begins(text) => name.starts_with(text.as_bytes()),
            Name::Ends(text) => name.ends_with(text.as_bytes()),
            Name::Has(text) => has(name, text),
        }
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

impl Filter {
    /// Whether a record passes; lines before the first record have no first line.
    fn passes(&self, (service, level): &(Vec<u8>, &'static str), first_line: Option<&[u8]>) -> bool {
        self.levels.as_ref().is_none_or(|levels| levels.contains(level))
            && (self.services.is_empty() || self.services.iter().any(|name| name.fits(service)))
            && self.literal.is_none_or(|text| first_line.is_some_and(|line| has(line, text)))
    }
}

/// Lines and bytes that a filter leaves out.
pub type LeftOut = (u64, u64);

/// Counts a file that has records of these kinds, under its path's service where they name none.
pub fn count(file: &[u8], kinds: &[Kind], path_service: &[u8], filter: &Filter, counts: &mut Counts, left_out: &mut LeftOut) {
    let mut group = (path_service.to_vec(), "-");
    let mut passes = filter.passes(&group, None);
    for (line, below) in lines(file) {
        let record = record(kinds, line, below);
        let records = u64::from(record.is_some());
        if let Some((service, level)) = record {
            group = (service.map_or(path_service.to_vec(), |name| to_bytes(&name)), level);
            passes = filter.passes(&group, Some(judged(line)));
        }
        if passes {
            let (all_records, lines, bytes) = counts.entry(group.clone()).or_default();
            *all_records += records;
            *lines += 1;
            *bytes += line.len() as u64;
        } else {
            left_out.0 += 1;
            left_out.1 += line.len() as u64;
        }
    }
}

/// What the lines of a file are: those that begin a record which passes, those that begin another one, those that are neither that
/// nor blank, and of the first those that name no service.
pub fn seen(file: &[u8], kinds: &[Kind], path_service: &[u8], filter: &Filter) -> [u64; 4] {
    let mut seen = [0; 4];
    for (line, below) in lines(file) {
        match record(kinds, line, below) {
            Some((service, level)) => {
                let name = service.as_deref().map_or(path_service.to_vec(), to_bytes);
                let passes = filter.passes(&(name, level), Some(judged(line)));
                seen[usize::from(!passes)] += 1;
                seen[3] += u64::from(passes && service.is_none());
            }
            None => seen[2] += u64::from(!judged(line).iter().all(u8::is_ascii_whitespace)),
        }
    }
    seen
}

/// The lines of a file, each with the one below it.
fn lines(file: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = file.split_inclusive(|byte| *byte == b'\n');
    lines.clone().zip(lines.skip(1).chain([&b""[..]]))
}

/// The value of a key, or of a path of keys, on a line of JSON.
pub fn value(line: &[u8], key: &str) -> Option<Vec<u8>> {
    let object: Value = serde_json::from_str(&text_of(line)).unwrap();
    let nested = || key.split('.').try_fold(&object, |inner, part| inner.get(part));
    match object.get(key).or_else(nested)? {
        Value::String(text) if !text.is_empty() => Some(to_bytes(text)),
        // As it is written, which is how the only such number is.
        Value::Number(number) if number.is_f64() => Some(b"-1.5e-3".to_vec()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        Value::Bool(is) => Some(is.to_string().into_bytes()),
        _ => None,
    }
}

/// Of a line, what is judged: not its ending, nor NULs before it, of the rest at most 1 MiB, and no byte-order mark.
fn judged(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).unwrap_or(line);
    let text = &line[line.iter().take_while(|byte| **byte == 0).count()..];
    let judged = &text[..text.len().min(1 << 20)];
    judged.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(judged)
}

/// What is judged of a line. Bytes that are not ASCII, and most control characters, become private characters of one each, so that
/// text can be cut like any other.
fn text_of(line: &[u8]) -> String {
    let private = |byte: u8| char::from_u32(0xE000 + u32::from(byte)).unwrap();
    let letters = judged(line).iter();
    letters.map(|byte| if matches!(byte, b'\t' | b'\r' | b' '..=b'~') { char::from(*byte) } else { private(*byte) }).collect()
}

/// A name back to its bytes.
fn to_bytes(name: &str) -> Vec<u8> {
    let utf8 = |character: char| character.to_string().into_bytes();
    name.chars().flat_map(|c| if ('\u{E000}'..'\u{E100}').contains(&c) { vec![(c as u32) as u8] } else { utf8(c) }).collect()
}

/// The service, if one is named, and the level of a record that begins with this line; `None` if none does.
fn record(kinds: &[Kind], line: &[u8], below: &[u8]) -> Option<(Option<String>, &'static str)> {
    let (line, below) = (text_of(line), text_of(below));
    let (kind, record) = kinds.iter().find_map(|kind| Some((kind, first_line(*kind, &line)?)))?;
    // What stands below is the record's, unless it begins one itself.
    let is_own = || kinds.iter().all(|kind| first_line(*kind, &below).is_none());
    if *kind == Kind::Jul && is_own() { Some((record.0, level_below(&below))) } else { Some(record) }
}

/// The level that a record of java.util.logging has on its second line: `SEVERE: text`.
fn level_below(line: &str) -> &'static str {
    match line.split_once(':') {
        Some((word, text)) if text.is_empty() || text.starts_with(' ') => match word {
            "SEVERE" => "error",
            "WARNING" => "warn",
            "INFO" | "CONFIG" => "info",
            "FINE" => "debug",
            "FINER" | "FINEST" => "trace",
            _ => "-",
        },
        _ => "-",
    }
}

/// The same by the first line alone.
fn first_line(kind: Kind, line: &str) -> Option<(Option<String>, &'static str)> {
    match kind {
        Kind::Json => {
            let _key = line.trim_start().strip_prefix('{')?.trim_start().strip_prefix('"')?;
            // What was cut at 1 MiB was cut within a string.
            let whole = serde_json::from_str(line).or_else(|_| serde_json::from_str(&format!("{line}\"}}")));
            Some(of_keys(&whole.unwrap()))
        }
        Kind::Logfmt => {
            let (_key, _value) = line.split(' ').next()?.split_once('=')?;
            Some(of_keys(&pairs(line)))
        }
        // `<13>Jan 15 10:00:00 host tag[1]: text`, with `<13>` or without
        Kind::Syslog => {
            let (level, line) = match line.strip_prefix('<').and_then(|line| line.split_once('>')) {
                Some((number, line)) => {
                    let severities = ["fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"];
                    (severities[number.parse::<usize>().ok()? % 8], line)
                }
                None => ("-", line),
            };
            let ["Jan" | "Feb" | "Dec", _day, _time, _host, content] = line.splitn(5, ' ').collect::<Vec<_>>()[..] else {
                return None;
            };
            let service = content.find(['[', ':']).map(|end| {
                let (tag, rest) = content.split_at(end);
                let pid = rest.strip_prefix('[').and_then(|rest| rest.split_once("]:")).map(|(pid, _)| pid);
                let has_pid = pid.is_some_and(|pid| pid.parse::<u32>().is_ok());
                if has_pid { tag } else { tag.split(' ').next().unwrap() }.to_owned()
            });
            Some((service, level))
        }
        // `2024-01-15 10:00:00,123 INFO [main] org.example.Name: text`
        Kind::App => {
            let rest = line.strip_prefix("2024-01-")?.get(16..)?;
            let header = rest.split_once(" [").and_then(|(level, rest)| Some((level, rest.split_once("] ")?.1)));
            let Some((level, rest)) = header else { return Some((None, "-")) };
            let name = rest.split_once(": ").map(|(name, _)| name.trim_end()).filter(|name| !name.contains(' '));
            Some((name.map(str::to_owned), level_of(level.trim())))
        }
        // `host 10.0.0.1 - - [time] "request" 200 ...`, with `host ` or without
        Kind::Access => {
            let (before, rest) = line.split_once(" [")?;
            let (_time, rest) = rest.split_once("] \"")?;
            let (_request, rest) = rest.split_once("\" ")?;
            let words: Vec<&str> = before.split(' ').collect();
            let level = if rest.starts_with('5') {
                "error"
            } else if rest.starts_with('4') {
                "warn"
            } else {
                "info"
            };
            Some(((words.len() == 4).then(|| words[0].to_owned()), level))
        }
        // `Jan 15, 2024 10:00:00 AM org.example.Name method`
        Kind::Jul => {
            let rest = line.strip_prefix("Jan 15, 2024 1").or(line.strip_prefix("Dec 31, 2024 1"))?.get(10..)?;
            let name = rest.trim_start_matches(' ').split_once(' ').map(|(name, _)| name).filter(|name| name.contains('.'));
            Some((name.map(str::to_owned), "-"))
        }
        Kind::Plain => (!line.chars().all(|character| matches!(character, ' ' | '\t' | '\r'))).then_some((None, "-")),
    }
}

/// The service and the level of a record of keys and values.
fn of_keys(object: &Value) -> (Option<String>, &'static str) {
    let services = "service service.name service_name serviceName app app_name appname application component SYSLOG_IDENTIFIER \
                    _SYSTEMD_UNIT container_name container kubernetes.container_name logger logger_name log.logger";
    let text = |key: &str| match object.get(key).or_else(|| key.split('.').try_fold(object, |inner, part| inner.get(part)))? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let beside = object.get("hostname").is_some() && object.get("pid").is_some();
    let service = services.split(' ').find_map(text).or_else(|| text("name").filter(|_| beside));
    let level = ["level", "severity", "log.level"].into_iter().find_map(text);
    (service, level.map_or("-", |level| level_of(&level)))
}

/// `key=value key="va\"lue"` as an object of strings.
fn pairs(line: &str) -> Value {
    let mut object = serde_json::Map::new();
    let mut rest = line;
    while let Some((key, value)) = rest.split_once('=') {
        let mut text = String::new();
        if let Some(quoted) = value.strip_prefix('"') {
            let mut characters = quoted.chars();
            while let Some(character) = characters.next().filter(|character| *character != '"') {
                text.extend(if character == '\\' { characters.next() } else { Some(character) });
            }
            rest = characters.as_str();
        } else {
            let (bare, after) = value.split_once(' ').unwrap_or((value, ""));
            text.push_str(bare);
            rest = after;
        }
        object.insert(key.trim_start().to_owned(), Value::String(text));
        rest = rest.trim_start();
    }
    Value::Object(object)
}

fn level_of(word: &str) -> &'static str {
    match word.to_lowercase().as_str() {
        "trace" | "10" => "trace",
        "debug" | "20" => "debug",
        "info" | "notice" | "30" => "info",
        "warn" | "warning" | "40" => "warn",
        "error" | "50" => "error",
        "fatal" | "critical" | "alert" | "emerg" | "panic" | "60" => "fatal",
        _ => "-",
    }
}
