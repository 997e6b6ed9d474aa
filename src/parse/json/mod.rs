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

mod escape;
mod shape;
mod walk;

use super::{keys::Keys, level::Level, record::Record};
pub(super) use escape::decode;
use shape::Shape;
use walk::{Scan, Slot, Value, skip_space};

/// How many shapes are remembered: services that share a file seldom write more at a time.
const SHAPES: usize = 4;

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
    /// The index of the key that named the service of the line that was walked last.
    named_by: Option<usize>,
}

impl Memory {
    /// See [`super::Memory::recall`].
    #[inline(always)]
    pub fn recall<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.shapes.get_mut(self.recent)?.recall(line)
    }
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

/// The key under which a line's service stands.
#[must_use]
pub fn named_by<'k>(line: &[u8], keys: &'k Keys) -> Option<&'k [u8]> {
    // Nothing is remembered, so the line is walked.
    let mut memory = Memory::default();
    parse(line, keys, &mut memory)?.service?;
    keys.name(memory.named_by?)
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
    memory.named_by = keys.service(present, seen);
    let service = memory.named_by.and_then(|at| memory.values.get(at).copied());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::record::Wanted;
    use proptest::prelude::*;

    #[test]
    fn a_line_like_the_last_is_recalled() {
        let line = |time: u32, name: &str| format!(r#"{{"timestamp":"{time}","service":"{name}","text":"some more of it"}}"#);
        let keys = Keys::new(Wanted::SERVICE, &[]);
        let mut memory = Memory::default();
        for time in 100..103 {
            parse(line(time, "cart").as_bytes(), &keys, &mut memory);
        }
        assert_eq!(memory.recall(line(200, "billing").as_bytes()), Some(b"billing".as_slice()));
        assert_eq!(memory.recall(line(2000, "billing").as_bytes()), None);
    }

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
        fn what_is_recalled_is_what_the_walk_finds(lines in near_alike(), ending in proptest::sample::select(vec!["", "\n", "\r\n"])) {
            let keys = Keys::new(Wanted::SERVICE, &[]);
            let mut memory = Memory::default();
            for line in lines.iter().chain(&lines) {
                if let Some(service) = memory.recall(format!("{line}{ending}").as_bytes()) {
                    let walked = walk(line.as_bytes(), &keys, &mut Memory::default()).map(|record| record.service.map(<[u8]>::to_vec));
                    prop_assert_eq!(Some(Some(service.to_vec())), walked, "{}", line);
                }
                parse(line.as_bytes(), &keys, &mut memory);
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
