//! JSON lines: one object a line (RFC 8259), with the service and the level under well-known keys.
//!
//! A line is a record if, after white space, it opens an object with a key; it is not validated
//! further, so a line cut short by a crash still counts with what it says before the cut. Keys count at
//! the top level or on their dotted path, never inside strings or other objects.
//!
//! Two readers give the same answer. `Scan` walks a line token by token. A `Shape` remembers what a
//! walk saw between the values, and reads the next line of the same shape by comparing that text and
//! finding the ends of the values: since everything between the values is compared byte by byte, a line
//! that fits has exactly the tokens of the line the shape was learnt from. A name with escapes never
//! fits: it must be decoded. Lines that fit none fall back to the walk; nothing is guessed.

use super::{
    grid::{self, Grids, REACH},
    keys::Keys,
    level::Level,
    record::Record,
    scan::{Literal, Quotes, find_quote},
};

/// How many shapes are remembered: services that share a file seldom write more at a time.
const SHAPES: usize = 4;

/// A shape with more values than this is not worth remembering: comparing would be a walk.
const MAX_VALUES: usize = 48;

/// Whether the line begins a record: white space, `{`, white space, `"`.
#[inline]
#[must_use]
pub fn recognise(line: &[u8]) -> bool {
    // Nearly all lines begin with the brace and the key at once.
    line.first_chunk() == Some(b"{\"") || opening_key(line).is_some()
}

/// Where the first key's opening quote stands.
#[inline(never)]
fn opening_key(line: &[u8]) -> Option<usize> {
    let brace = skip_space(line, 0);
    if line.get(brace) != Some(&b'{') {
        return None;
    }
    let quote = skip_space(line, brace + 1);
    (line.get(quote) == Some(&b'"')).then_some(quote)
}

/// What a parser of JSON lines remembers from line to line: shapes and buffers, never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    shapes: Vec<Shape>,
    /// The shape that fitted last; tried first.
    recent: usize,
    /// Where the next learnt shape goes.
    victim: usize,
    /// Lines in a row that fitted no shape; learning is put off as it grows, for logs in which no two
    /// lines are alike.
    misses: u32,
    values: Vec<Value>,
    slots: Vec<Slot>,
    decoded: Vec<u8>,
    key: Vec<u8>,
}

/// Reads one line; `None` if it does not begin a record.
#[inline(never)]
pub fn parse<'a>(line: &'a [u8], keys: &Keys, memory: &'a mut Memory) -> Option<Record<'a>> {
    if keys.is_empty() {
        return recognise(line).then_some(Record::BARE);
    }
    if let Some(record) = memory.shapes.get_mut(memory.recent).and_then(|shape| shape.read(line)) {
        return Some(record);
    }
    parse_otherwise(line, keys, memory)
}

/// By another shape than the most recent, or token by token.
#[inline(never)]
fn parse_otherwise<'a>(line: &'a [u8], keys: &Keys, memory: &'a mut Memory) -> Option<Record<'a>> {
    match memory.shapes.iter_mut().enumerate().find_map(|(at, shape)| Some((at, shape.read(line)?))) {
        Some((at, record)) => {
            memory.recent = at;
            memory.misses = 0;
            Some(record)
        }
        None => walk(line, keys, memory),
    }
}

/// Reads a line token by token, and learns its shape.
#[inline(never)]
fn walk<'a>(line: &'a [u8], keys: &Keys, memory: &'a mut Memory) -> Option<Record<'a>> {
    let opening = opening_key(line)?;
    memory.values.clear();
    memory.values.resize(keys.len(), Value::Absent);
    memory.slots.clear();
    let mut scan = Scan {
        line,
        keys,
        at: opening,
        values: &mut memory.values,
        slots: &mut memory.slots,
        key: &mut memory.key,
        seen: 0,
        present: 0,
        alike: true,
        settled: false,
    };
    // A line that ends in the middle of a token still counts with what stood before.
    let complete = scan.members(u64::MAX, 0, 0).is_some();
    let (seen, present, alike, end) = (scan.seen, scan.present, scan.alike && (complete || scan.settled), scan.at);
    let service = keys.service(present, seen).and_then(|at| memory.values.get(at).copied());
    let level = keys.level(present, seen).and_then(|at| memory.values.get(at).copied());

    memory.misses = memory.misses.saturating_add(1);
    if alike
        && (memory.misses <= 64 || memory.misses.is_power_of_two())
        && let Some(shape) = Shape::learn(line, &memory.slots, end, service, level)
    {
        memory.recent = memory.victim % SHAPES;
        match memory.shapes.get_mut(memory.recent) {
            Some(old) => *old = shape,
            None => {
                memory.recent = memory.shapes.len();
                memory.shapes.push(shape);
            }
        }
        memory.victim = (memory.recent + 1) % SHAPES;
    }

    let level = level.and_then(|value| match value {
        Value::Plain { start, end } => Level::from_value(line.get(start..end)?),
        Value::Escaped { start, end } => {
            memory.decoded.clear();
            decode(line.get(start..end)?, &mut memory.decoded);
            Level::from_value(&memory.decoded)
        }
        Value::Absent => None,
    });
    let service: &'a [u8] = match service {
        Some(Value::Plain { start, end }) => line.get(start..end).unwrap_or_default(),
        Some(Value::Escaped { start, end }) => {
            memory.decoded.clear();
            decode(line.get(start..end).unwrap_or_default(), &mut memory.decoded);
            &memory.decoded
        }
        Some(Value::Absent) | None => &[],
    };
    Some(Record::new(service, level))
}

/// A value of one of the keys, as offsets into the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// null, a bool, an empty string, an object or an array: nothing that names anything.
    Absent,
    /// A number, or a string's inside without escapes.
    Plain { start: usize, end: usize },
    /// A string's inside with escapes to decode.
    Escaped { start: usize, end: usize },
}

/// A value met on the walk that another line of the same shape may fill otherwise.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: usize,
    end: usize,
    kind: SlotKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotKind {
    String,
    Number,
}

/// The walk over one line. `None` from a step means that the line ended or made no sense: stop.
struct Scan<'a, 's> {
    line: &'a [u8],
    keys: &'s Keys,
    at: usize,
    values: &'s mut [Value],
    slots: &'s mut Vec<Slot>,
    key: &'s mut Vec<u8>,
    /// Keys that stand in the line, with whatever value: of a repeated key the first counts.
    seen: u64,
    /// Keys that have a value.
    present: u64,
    /// Whether all values were such that a `Shape` can stand for them.
    alike: bool,
    /// Whether the walk ended because the rest of the line cannot matter.
    settled: bool,
}

impl Scan<'_, '_> {
    /// The members of an object, from the first key's quote to past the closing brace. `under` are the
    /// keys that this object may hold (all at the top), `skip` how much of their names the path so far is.
    fn members(&mut self, under: u64, skip: usize, depth: usize) -> Option<()> {
        loop {
            let (start, end, escaped) = self.string()?;
            let (exact, deeper) = self.keys_named(start, end, escaped, under, skip, depth);
            self.at = skip_space(self.line, self.at);
            self.expect(b':')?;
            self.at = skip_space(self.line, self.at);
            let key_len = if escaped { self.key.len() } else { end - start };
            self.value(exact, deeper, skip + key_len + 1, depth)?;
            if self.keys.settled(self.present) {
                self.settled = true;
                return None;
            }
            self.at = skip_space(self.line, self.at);
            match self.next()? {
                b',' => self.at = skip_space(self.line, self.at),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Which wanted keys this member is, and which its value may hold.
    fn keys_named(&mut self, start: usize, end: usize, escaped: bool, under: u64, skip: usize, depth: usize) -> (u64, u64) {
        let Some(raw) = self.line.get(start..end) else { return (0, 0) };
        let key = if escaped {
            // The shape compares keys as they are written, so an escape does not hinder it.
            self.key.clear();
            decode(raw, self.key);
            &*self.key
        } else {
            raw
        };
        if depth == 0 {
            (self.keys.matching(key), self.keys.nested_under(key))
        } else {
            self.keys.matching_within(under, skip, key)
        }
    }

    fn value(&mut self, exact: u64, deeper: u64, skip: usize, depth: usize) -> Option<()> {
        let first = exact & !self.seen;
        self.seen |= exact;
        match *self.line.get(self.at)? {
            b'"' => {
                let (start, end, escaped) = self.string()?;
                self.slots.push(Slot { start, end, kind: SlotKind::String });
                self.alike &= !escaped || first == 0;
                if start < end {
                    self.give(first, if escaped { Value::Escaped { start, end } } else { Value::Plain { start, end } });
                } else if first != 0 {
                    // Another line may have a value here, which would then count: the shape can't tell.
                    self.alike = false;
                }
            }
            b'-' | b'0'..=b'9' => {
                let start = self.at;
                self.at = skip_number(self.line, start);
                self.slots.push(Slot { start, end: self.at, kind: SlotKind::Number });
                self.give(first, Value::Plain { start, end: self.at });
            }
            // Only a walk to a wanted key's parent goes down; other objects are skipped whole. The depth is
            // bounded by the dots in the wanted names.
            b'{' if deeper != 0 => {
                self.at = skip_space(self.line, self.at + 1);
                match *self.line.get(self.at)? {
                    b'}' => self.at += 1,
                    _ => self.members(deeper, skip, depth + 1)?,
                }
            }
            b'{' | b'[' => self.skip_nested()?,
            // true, false, null, or nonsense
            _ => {
                let start = self.at;
                while self.line.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
                    self.at += 1;
                }
                if self.at == start {
                    return None;
                }
            }
        }
        Some(())
    }

    fn give(&mut self, keys: u64, value: Value) {
        let mut rest = keys;
        while rest != 0 {
            if let Some(place) = self.values.get_mut(rest.trailing_zeros() as usize) {
                *place = value;
            }
            rest &= rest - 1;
        }
        self.present |= keys;
    }

    /// A string at its opening quote: (start, end) of its inside, and whether it has escapes.
    fn string(&mut self) -> Option<(usize, usize, bool)> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_quote(self.line, self.at);
            match self.next()? {
                b'"' => return Some((start, self.at - 1, escaped)),
                _ => {
                    escaped = true;
                    self.next()?; // whatever is escaped
                }
            }
        }
    }

    /// An object or array of no interest, to past its end; its strings and numbers may differ from line
    /// to line of one shape.
    fn skip_nested(&mut self) -> Option<()> {
        // Counting brackets of both kinds together: what is well formed nests alike, and what is not gets
        // some answer without an error. No recursion, so no depth is too deep.
        let mut depth = 0usize;
        loop {
            match *self.line.get(self.at)? {
                b'"' => {
                    let (start, end, _) = self.string()?;
                    let is_key = self.line.get(skip_space(self.line, self.at)) == Some(&b':');
                    if !is_key {
                        self.slots.push(Slot { start, end, kind: SlotKind::String });
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let start = self.at;
                    self.at = skip_number(self.line, start);
                    self.slots.push(Slot { start, end: self.at, kind: SlotKind::Number });
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.line.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }
}

/// What stood between the values of a line, and which of the values mattered.
#[derive(Debug)]
struct Shape {
    steps: Vec<Step>,
    /// What must follow the last value.
    last: Literal,
    /// The same with the lengths that values had.
    grids: Grids<grid::Json>,
}

#[derive(Debug)]
struct Step {
    /// The text before the value.
    before: Literal,
    kind: SlotKind,
    role: Role,
}

/// What a value is to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nothing,
    Service,
    Level,
}

impl Shape {
    fn learn(line: &[u8], slots: &[Slot], end: usize, service: Option<Value>, level: Option<Value>) -> Option<Shape> {
        if slots.len() > MAX_VALUES || slots.is_empty() {
            return None;
        }
        let place = |value: Option<Value>| match value {
            None => Some(None),
            Some(Value::Plain { start, .. }) => slots.iter().position(|slot| slot.start == start).map(Some),
            Some(_) => None,
        };
        let (service, level) = (place(service)?, place(level)?);
        let mut from = 0;
        let mut steps = Vec::with_capacity(slots.len());
        for (at, slot) in slots.iter().enumerate() {
            let before = Literal::new(line.get(from..slot.start)?);
            let role = match Some(at) {
                at if at == service => Role::Service,
                at if at == level => Role::Level,
                _ => Role::Nothing,
            };
            steps.push(Step { before, kind: slot.kind, role });
            from = slot.end;
        }
        // A key that the user asks for may be both: then the walk must do.
        let both = service.is_some() && service == level;
        (!both).then_some(Shape { steps, last: Literal::new(line.get(from..end)?), grids: Grids::default() })
    }

    /// The record of a line of this shape; `None` says that it is not of this shape.
    #[inline]
    fn read<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        match self.grids.read(line) {
            None => self.read_otherwise(line),
            record => record,
        }
    }

    /// Step by step, and learns the grid.
    #[inline(never)]
    fn read_otherwise<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        let record = self.read_steps(line)?;
        if self.grids.stray() {
            self.learn_grid(line);
        }
        Some(record)
    }

    /// Learns the grid of a line that fits the shape, if it has one: it must end with the service's name, and all values before
    /// must be strings without escapes.
    fn learn_grid(&mut self, line: &[u8]) -> Option<()> {
        let (last, before) = self.steps.split_last()?;
        let mut compared = [false; REACH];
        let mut level = None;
        let mut at = 0;
        for step in before {
            let start = step.before.match_at(line, at)?;
            compared.get_mut(at..start)?.fill(true);
            at = find_quote(line, start);
            if step.kind != SlotKind::String || line.get(at) != Some(&b'"') {
                return None;
            }
            if step.role == Role::Level {
                level = Some((start, at));
            }
        }
        let name = last.before.match_at(line, at)?;
        compared.get_mut(at..name)?.fill(true);
        if last.kind == SlotKind::String && last.role == Role::Service && self.last.is(b"\"") {
            self.grids.learn(line, &compared, name, level);
        }
        Some(())
    }

    /// Value after value.
    fn read_steps<'a>(&self, line: &'a [u8]) -> Option<Record<'a>> {
        let mut quotes = Quotes::new(line);
        let mut at = 0;
        let mut service: &[u8] = &[];
        let mut level: &[u8] = &[];
        for step in &self.steps {
            let start = step.before.match_at(line, at)?;
            at = match step.kind {
                SlotKind::String => {
                    let end = quotes.next(start);
                    if line.get(end) == Some(&b'"') { end } else { escaped_end(line, end, step.role)? }
                }
                SlotKind::Number => match line.get(start)? {
                    b'-' | b'0'..=b'9' => skip_number(line, start),
                    _ => return None,
                },
            };
            match step.role {
                Role::Nothing => {}
                // An empty name would leave the choice to another key.
                _ if at == start => return None,
                Role::Service => service = line.get(start..at)?,
                Role::Level => level = line.get(start..at)?,
            }
        }
        self.last.match_at(line, at)?;
        Some(Record::new(service, if level.is_empty() { None } else { Level::from_value(level) }))
    }
}

/// The end of a string whose first backslash stands at `at`, if its text is of no interest.
#[cold]
fn escaped_end(line: &[u8], mut at: usize, role: Role) -> Option<usize> {
    if role != Role::Nothing {
        return None;
    }
    while line.get(at) == Some(&b'\\') {
        at = find_quote(line, at + 2);
    }
    (line.get(at) == Some(&b'"')).then_some(at)
}

#[inline]
fn skip_space(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

#[inline]
fn skip_number(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
        at += 1;
    }
    at
}

/// Decodes a string's escapes, RFC 8259 section 7. What is no valid escape is kept as it stands: a name
/// is never lost. A lone surrogate becomes U+FFFD.
fn decode(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = escape.get(2..).unwrap_or_default();
        let simple = match escape.get(1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'u') => {
                let Some(unit) = hex(rest) else {
                    out.extend_from_slice(b"\\u");
                    continue;
                };
                rest = rest.get(4..).unwrap_or_default();
                let mut units = vec![unit];
                if (0xD800..0xDC00).contains(&unit)
                    && rest.starts_with(b"\\u")
                    && let Some(low) = hex(rest.get(2..).unwrap_or_default())
                    && (0xDC00..0xE000).contains(&low)
                {
                    units.push(low);
                    rest = rest.get(6..).unwrap_or_default();
                }
                out.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
                continue;
            }
            Some(&other) => {
                out.push(b'\\');
                other
            }
            None => b'\\',
        };
        out.push(simple);
    }
    out.extend_from_slice(rest);
}

fn hex(digits: &[u8]) -> Option<u16> {
    let digits = digits.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::record::Wanted;
    use proptest::prelude::*;

    /// (line, service, level)
    const TABLE: &[(&str, Option<&str>, Option<Level>)] = &[
        (r#"{"service":"auth","level":"info"}"#, Some("auth"), Some(Level::Info)),
        (r#"  { "level" : "WARN" , "service" : "auth" } "#, Some("auth"), Some(Level::Warn)),
        // Only the top level or the dotted path counts.
        (r#"{"meta":{"service":"wrong"},"service":"right"}"#, Some("right"), None),
        (r#"{"meta":{"service":"wrong"}}"#, None, None),
        (r#"{"msg":"\"service\":\"wrong\"","service":"right"}"#, Some("right"), None),
        (r#"{"msg":"{\"service\":\"wrong\"}"}"#, None, None),
        (r#"{"list":[{"service":"wrong"},["service","wrong"]],"app":"right"}"#, Some("right"), None),
        (r#"{"service":{"name":"cart"},"log":{"level":"error"}}"#, Some("cart"), Some(Level::Error)),
        (r#"{"service.name":"cart","log.level":"error"}"#, Some("cart"), Some(Level::Error)),
        (r#"{"kubernetes":{"labels":{"app":"no"},"container_name":"cart"}}"#, Some("cart"), None),
        // The order is the list's, of a repeated key the first, and what has no value is absent.
        (r#"{"logger":"l","app":"a","component":"c"}"#, Some("a"), None),
        (r#"{"service":"first","service":"second"}"#, Some("first"), None),
        (r#"{"service":null,"service":"second","app":"a"}"#, Some("a"), None),
        (r#"{"service":"","logger":"l"}"#, Some("l"), None),
        (r#"{"service":[1],"app":{},"logger":true,"container":7}"#, Some("7"), None),
        (r#"{"service":-1.5e3}"#, Some("-1.5e3"), None),
        // Names come out whole.
        (r#"{"service":"a \"b\" c\\d\/e"}"#, Some("a \"b\" c\\d/e"), None),
        (r#"{"service":"Zahlungs\u00fcbersicht"}"#, Some("Zahlungsübersicht"), None),
        (r#"{"service":"\ud83d\ude80 launch"}"#, Some("🚀 launch"), None),
        (r#"{"service":"lone \ud83d."}"#, Some("lone \u{FFFD}."), None),
        (r#"{"service":"日本語.svc,v 2"}"#, Some("日本語.svc,v 2"), None),
        (r#"{"ser\u0076ice":"escaped key"}"#, Some("escaped key"), None),
        (r#"{"service":"bad \q \u12 escapes"}"#, Some("bad \\q \\u12 escapes"), None),
        // Dialects.
        (r#"{"name":"bob","hostname":"h","pid":1,"level":30}"#, Some("bob"), Some(Level::Info)),
        (r#"{"name":"a person","level":50}"#, None, Some(Level::Error)),
        (r#"{"target":"hyper::client","fields":{"message":"x"},"level":"TRACE"}"#, Some("hyper::client"), Some(Level::Trace)),
        (r#"{"target":"a thing"}"#, None, None),
        (r#"{"t":{"$date":"2024-01-15T10:00:00Z"},"s":"W","c":"NETWORK","id":1}"#, Some("NETWORK"), Some(Level::Warn)),
        (r#"{"s":"W","c":"x"}"#, None, None),
        (r#"{"SYSLOG_IDENTIFIER":"sshd","PRIORITY":"3"}"#, Some("sshd"), Some(Level::Error)),
        // Not validated: what a cut line says before the cut counts.
        (r#"{"service":"auth","msg":"cut he"#, Some("auth"), None),
        (r#"{"level":"info","service":"au"#, None, Some(Level::Info)),
        (r#"{"a""#, None, None),
        (r#"{"service":"auth"}{"service":"late"}"#, Some("auth"), None),
    ];

    #[test]
    fn table() {
        let keys = Keys::new(Wanted::ALL, &[]);
        let mut memory = Memory::default();
        // Twice: the second time the shapes of the first are there.
        for _ in 0..2 {
            for (line, service, level) in TABLE {
                let record = parse(line.as_bytes(), &keys, &mut memory).expect(line);
                let name = record.service.map(|name| String::from_utf8_lossy(name).into_owned());
                assert_eq!(name.as_deref(), *service, "{line}");
                assert_eq!(record.level, *level, "{line}");
            }
        }
    }

    #[test]
    fn what_is_no_record() {
        let keys = Keys::new(Wanted::ALL, &[]);
        let lines = ["", "{", "{}", "{ }", r#"["a"]"#, r#""service":"a""#, "  ", "{a:1}", r#"text {"service":"a"}"#];
        for line in lines {
            assert_eq!(parse(line.as_bytes(), &keys, &mut Memory::default()), None, "{line}");
        }
    }

    #[test]
    fn a_million_open_brackets_overflow_no_stack() {
        let keys = Keys::new(Wanted::ALL, &[b"a.a.a.a".to_vec()]);
        for piece in ["[", r#"{"a":"#, "{", "\\", "\"", r#"[{"a":"#] {
            let line = format!(r#"{{"x":{}"#, piece.repeat(1_000_000 / piece.len()));
            assert!(parse(line.as_bytes(), &keys, &mut Memory::default()).is_some());
        }
    }

    /// Lines that nearly look alike, so that shapes are tried on lines they must refuse.
    fn near_alike() -> impl Strategy<Value = Vec<String>> {
        let value = prop_oneof![
            4 => r#""[a-c]{0,3}""#,
            1 => Just(r#""a\"b""#.to_owned()),
            1 => "[0-9]{1,3}",
            1 => Just("null".to_owned()),
            1 => Just(r#"{"service":"x","name":"y"}"#.to_owned()),
            1 => Just(r#"["service",1,{"a":2}]"#.to_owned()),
        ];
        let key = proptest::sample::select(vec![
            "service",
            "service",
            "service",
            "level",
            "level",
            "msg",
            "msg",
            "app",
            "service.name",
            "name",
            "pid",
            "hostname",
        ]);
        let end = proptest::sample::select(vec!["}", "}", "}", "}", "}", "", "]", "} x"]);
        let line = (proptest::collection::vec((key, value), 1..5), end).prop_map(|(members, end)| {
            let members: Vec<String> = members.into_iter().map(|(key, value)| format!(r#""{key}":{value}"#)).collect();
            format!("{{{}{end}", members.join(","))
        });
        proptest::collection::vec(line, 1..30)
    }

    proptest! {
        #[test]
        fn shapes_and_the_walk_agree(lines in near_alike(), all: bool) {
            let keys = Keys::new(if all { Wanted::ALL } else { Wanted::SERVICE }, &[]);
            let mut shapes = Memory::default();
            for line in &lines {
                let mut fresh = Memory::default();
                let walked = walk(line.as_bytes(), &keys, &mut fresh);
                prop_assert_eq!(parse(line.as_bytes(), &keys, &mut shapes), walked, "{}", line);
            }
        }

        #[test]
        fn no_bytes_panic(tail in proptest::collection::vec(
            prop_oneof![proptest::sample::select(b"{}[]\":,\\u0".to_vec()), any::<u8>()], 0..60,
        )) {
            let keys = Keys::new(Wanted::ALL, &[]);
            let line = [b"{\"".as_slice(), &tail].concat();
            prop_assert!(parse(&line, &keys, &mut Memory::default()).is_some());
        }
    }
}
