//! logfmt: `key=value key="a \"quoted\" value"` from the first word on, as Heroku's routers, logrus, go-kit,
//! Loki and many more write it.
//!
//! No standard describes it; the rules are those of the writers' common ground, Go's `go-logfmt`. A key ends
//! at `=`, an unquoted value at a blank, a quoted one at the first quote without a backslash. A word without
//! `=` is a key without a value, or part of a message that was not quoted, and is passed over.
//!
//! The service is the first key of a list that has a value. The order is the list's, not the line's, so a
//! line is read to its end unless the list's first key turns up. Of a repeated key the first counts; an
//! empty value and an unquoted `null` are as good as absent, and so is a quoted one that never ends, because
//! a name that was cut off is not that name.
//!
//! Cutting a line into pairs would cost more than everything else, and nearly no pair matters. So only its
//! `=` and quotes are visited: a quote that opens a value or word leads to the one that closes it, which
//! keeps what is inside from being taken for keys, and the two bytes before an `=` tell in most cases
//! that the key is not looked for.

use super::{
    grid::{self, Grids, REACH},
    keys::Keys,
    level::Level,
    record::Record,
    scan::find_quote,
    words::{skip_blanks, until},
};
use wide::i8x16;

/// Buffers that are kept from line to line.
#[derive(Debug, Default)]
pub struct Memory {
    /// The values of the keys that are present, by their index.
    values: Vec<Place>,
    decoded: Vec<u8>,
    grids: Grids<grid::Logfmt>,
    /// The index of the key that named the service of the line that was parsed last.
    named_by: Option<usize>,
}

impl Memory {
    /// The record of a line whose values have the lengths of an earlier line's.
    #[inline]
    pub fn read<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        self.grids.read(line)
    }

    /// See [`super::Memory::recall`].
    #[inline(always)]
    pub fn recall<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.grids.recall(line)
    }

    /// Remembers a line that was read up to the service's name, which begins at `name`.
    fn learn(&mut self, line: &[u8], name: usize, level: Option<usize>) {
        let Some(read) = line.get(..name.min(REACH)) else { return };
        // A name in the first word is no record without a second pair, which would be behind it.
        let in_first_word = !read.iter().any(|byte| matches!(byte, b' ' | b'\t'));
        if in_first_word || read.contains(&b'"') || line.get(name) == Some(&b'"') {
            return;
        }
        let mut compared = [false; REACH];
        let mut in_value = false;
        for (byte, compared) in read.iter().zip(&mut compared) {
            in_value &= !matches!(byte, b' ' | b'\t');
            *compared = !in_value;
            in_value |= *byte == b'=';
        }
        let level = level.map(|start| (start, start + until(line.get(start..).unwrap_or_default(), b" \t").0.len()));
        self.grids.learn(line, &compared, name, level);
    }
}

/// The key under which a line's service stands.
#[must_use]
pub fn named_by<'k>(line: &[u8], keys: &'k Keys) -> Option<&'k [u8]> {
    let mut memory = Memory::default();
    parse(line, keys, &mut memory)?.service?;
    keys.name(memory.named_by?)
}

/// Whether the line begins a record: a pair at its very start, and a second one or a usual key to show that this
/// is no accident of prose or code.
#[inline]
#[must_use]
pub fn recognise(line: &[u8]) -> bool {
    first_mark(line).is_some()
}

/// Reads the first line of a record; `None` where `line` is not one.
#[inline(never)]
#[must_use]
pub fn parse<'a>(line: &'a [u8], keys: &Keys, memory: &'a mut Memory) -> Option<Record<'a>> {
    let first = first_mark(line)?;
    memory.values.resize(keys.len(), Place::default());
    let (mut seen, mut present) = (0, 0);
    let mut marks = Marks::new(line, first);
    while !keys.settled(present)
        && let Some(mark) = marks.next()
    {
        match line.get(mark..) {
            Some([b'=', value @ ..]) => {
                let quoted = value.starts_with(b"\"");
                if !quoted && !keys.may_end(line, mark) {
                    continue;
                }
                let Some(key) = key_before(line, mark) else { continue };
                let known = keys.matching(key) & !seen;
                seen |= known;
                if known != 0 && Value::at(line, mark + 1).is_present() {
                    present |= known;
                    if let Some(place) = memory.values.get_mut(known.trailing_zeros() as usize) {
                        *place = Place { start: mark + 1 };
                    }
                }
                if quoted {
                    marks.jump(after_quoted(value));
                }
            }
            // In the midst of a word it is a byte like any other; at its start it quotes a part of a message.
            Some(quote @ [b'"', ..]) if matches!(line.get(mark.wrapping_sub(1)), Some(b' ' | b'\t')) => {
                marks.jump(after_quoted(quote));
            }
            _ => {}
        }
    }
    let place = |at: Option<usize>| Some(memory.values.get(at?)?.start);
    memory.named_by = keys.service(present, seen);
    let (level, service) = (place(keys.level(present, seen)), place(memory.named_by));
    // Only where nothing behind the name can matter, and the name was the last that was looked for.
    if let Some(name) = service
        && keys.settled(present)
        && level.is_none_or(|level| level < name)
        && memory.grids.stray()
    {
        memory.learn(line, name, level);
    }
    let level = level.and_then(|start| Level::from_value(Value::at(line, start).text));
    let service = service.map(|start| Value::at(line, start).decoded(&mut memory.decoded));
    Some(Record::new(service.unwrap_or_default(), level))
}

/// Where a value begins on the line.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: usize,
}

/// A value as it stands on the line, without its quotes.
#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a [u8],
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bare,
    Quoted,
    /// Quoted, with backslashes in it.
    Escaped,
    /// Quoted, with no closing quote.
    Unclosed,
}

impl<'a> Value<'a> {
    /// Reads the value that begins at `start`.
    fn at(line: &'a [u8], start: usize) -> Value<'a> {
        match line.get(start..).unwrap_or_default() {
            [b'"', quoted @ ..] => {
                let (text, form, _) = until_quote(quoted);
                Value { text, form }
            }
            bare => Value { text: until(bare, b" \t").0, form: Form::Bare },
        }
    }

    fn is_present(&self) -> bool {
        match self.form {
            Form::Bare => !self.text.is_empty() && self.text != b"null",
            Form::Quoted | Form::Escaped => !self.text.is_empty(),
            Form::Unclosed => false,
        }
    }

    fn decoded(self, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if self.form != Form::Escaped {
            return self.text;
        }
        scratch.clear();
        let mut bytes = self.text.iter();
        while let Some(&byte) = bytes.next() {
            let meant = match byte {
                b'\\' => match bytes.next() {
                    Some(b'n') => b'\n',
                    Some(b't') => b'\t',
                    Some(b'r') => b'\r',
                    Some(&escaped) => escaped,
                    None => byte,
                },
                _ => byte,
            };
            scratch.push(meant);
        }
        scratch
    }
}

/// A quoted text from behind its opening quote, and what follows the closing one.
fn until_quote(text: &[u8]) -> (&[u8], Form, &[u8]) {
    let mut form = Form::Quoted;
    let mut from = 0;
    loop {
        let at = find_quote(text, from);
        match text.get(at) {
            Some(b'"') => {
                let (value, rest) = text.split_at_checked(at).unwrap_or((text, b""));
                return (value, form, rest.get(1..).unwrap_or_default());
            }
            Some(_) => {
                form = Form::Escaped;
                from = at + 2;
            }
            None => return (text, Form::Unclosed, b""),
        }
    }
}

/// What follows a quoted value or word and all that sticks to its closing quote, which is nobody's.
fn after_quoted(text: &[u8]) -> &[u8] {
    let (_, _, rest) = until_quote(text.strip_prefix(b"\"").unwrap_or(text));
    if let [] | [b' ', ..] = rest { rest } else { until(rest, b" \t").1 }
}

/// The places of `=` and `"` on a line, found sixteen bytes at a time: they stand so close together that
/// beginning a vector search anew for each would cost more.
struct Marks<'a> {
    length: usize,
    /// What is not yet looked at.
    tail: &'a [u8],
    /// Where the sixteen bytes begin that `hits` tells of.
    base: usize,
    /// A bit for each byte that is a mark.
    hits: u32,
}

impl<'a> Marks<'a> {
    fn new(line: &'a [u8], from: usize) -> Marks<'a> {
        Marks { length: line.len(), tail: line.get(from..).unwrap_or_default(), base: from, hits: 0 }
    }

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.hits == 0 {
            self.base = self.length - self.tail.len();
            (self.hits, self.tail) = match self.tail.split_first_chunk::<16>() {
                Some((word, tail)) => (marks(word), tail),
                None if self.tail.is_empty() => return None,
                None => {
                    let mut word = [0; 16];
                    word.iter_mut().zip(self.tail).for_each(|(to, from)| *to = *from);
                    (marks(&word), &b""[..])
                }
            };
        }
        let at = self.base + self.hits.trailing_zeros() as usize;
        self.hits &= self.hits - 1;
        Some(at)
    }

    /// Goes on with `tail`, which ends where the line does.
    fn jump(&mut self, tail: &'a [u8]) {
        self.tail = tail;
        self.hits = 0;
    }
}

/// Bit n is set where byte n is `=` or `"`.
#[inline]
fn marks(bytes: &[u8; 16]) -> u32 {
    let word = i8x16::from(bytes.map(u8::cast_signed));
    let equals = word.simd_eq(i8x16::splat(b'='.cast_signed()));
    let quote = word.simd_eq(i8x16::splat(b'"'.cast_signed()));
    (equals | quote).to_bitmask()
}

/// The key that ends before the `=` at `mark`; `None` if that is not the first `=` of its word.
///
/// It never reaches back into a quoted text: what follows one begins with a blank.
#[inline]
fn key_before(line: &[u8], mark: usize) -> Option<&[u8]> {
    let before = line.get(..mark)?;
    let end = match before.last_chunk::<16>().map(ends_of_words) {
        Some(ends @ 1..) => before.len() - (ends.leading_zeros() - 16) as usize,
        _ => before.iter().rposition(|byte| matches!(byte, b' ' | b'\t' | b'=')).map_or(0, |at| at + 1),
    };
    let (rest, key) = before.split_at_checked(end)?;
    (!rest.ends_with(b"=")).then_some(key)
}

/// Bit n is set where byte n is a blank or `=`.
#[inline]
fn ends_of_words(bytes: &[u8; 16]) -> u32 {
    let word = i8x16::from(bytes.map(u8::cast_signed));
    let is = |byte: u8| word.simd_eq(i8x16::splat(byte.cast_signed()));
    (is(b' ') | is(b'\t') | is(b'=')).to_bitmask()
}

/// The place of the first `=` if the line begins a record.
fn first_mark(line: &[u8]) -> Option<usize> {
    if !matches!(line, [b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'@', ..]) {
        return None;
    }
    let (key, rest) = until(line, b"= \t");
    let value = rest.strip_prefix(b"=")?;
    if !is_usual(key) {
        let next = if value.starts_with(b"\"") { after_quoted(value) } else { until(value, b" \t").1 };
        let (second, rest) = until(skip_blanks(next), b"= \t");
        if !rest.starts_with(b"=") || !is_key(key) || !is_key(second) {
            return None;
        }
    }
    Some(key.len())
}

/// Keys with which lines usually begin: times, levels, messages, services. One of them alone makes a line logfmt.
fn is_usual(key: &[u8]) -> bool {
    matches!(
        key,
        b"time"
            | b"ts"
            | b"t"
            | b"timestamp"
            | b"@timestamp"
            | b"date"
            | b"datetime"
            | b"asctime"
            | b"@t"
            | b"__REALTIME_TIMESTAMP"
            | b"msg"
            | b"message"
            | b"@message"
            | b"@m"
            | b"@mt"
            | b"MESSAGE"
            | b"level"
            | b"severity"
            | b"lvl"
            | b"log.level"
            | b"loglevel"
            | b"levelname"
            | b"@l"
            | b"PRIORITY"
            | b"service"
            | b"service.name"
            | b"service_name"
            | b"serviceName"
            | b"app"
            | b"app_name"
            | b"appname"
            | b"application"
            | b"component"
            | b"SYSLOG_IDENTIFIER"
            | b"_SYSTEMD_UNIT"
            | b"container_name"
            | b"container"
            | b"kubernetes.container_name"
            | b"logger"
            | b"logger_name"
            | b"log.logger"
    )
}

/// Whether a word is such as programs use for keys.
fn is_key(word: &[u8]) -> bool {
    let in_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@' | b'/' | b'-');
    matches!(word, [b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'@', ..]) && word.iter().all(in_key)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            level::Level::{self, *},
            record::{Record, Wanted},
        },
        Keys, Memory, parse,
    };
    use proptest::prelude::*;

    /// Line, service, level.
    type Row = (&'static str, Option<&'static str>, Option<Level>);

    fn check(user: &[&str], table: &[Row]) {
        let keys = Keys::new(Wanted::ALL, &user.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>());
        let mut memory = Memory::default();
        for (line, service, level) in table {
            let expected = Record { service: service.map(str::as_bytes), level: *level };
            assert_eq!(parse(line.as_bytes(), &keys, &mut memory), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines() {
        check(
            &[],
            &[
                (r#"time="2024-01-15T10:00:00Z" level=info msg="started" service=checkout"#, Some("checkout"), Some(Info)),
                (r#"ts=2024-01-15T10:00:00Z caller=main.go:12 level=warn component=tsdb msg="x""#, Some("tsdb"), Some(Warn)),
                (r#"at=info method=GET path="/" host=a.com status=200 service=4ms"#, Some("4ms"), None),
                (r#"app=web service=checkout"#, Some("checkout"), None),
                (r#"log.logger=a logger=b container=c app=d"#, Some("d"), None),
                (r#"service.name=a service_name=b"#, Some("a"), None),
                (r#"service=first service=second"#, Some("first"), None),
                (r#"service= app=web service=late"#, Some("web"), None),
                (r#"service=null app=web"#, Some("web"), None),
                (r#"service="" app="null""#, Some("null"), None),
                (r#"app=web "service"=x level=info"#, Some("web"), Some(Info)),
                (r#"msg="service=fake app=fake" level=debug"#, None, Some(Debug)),
                (r#"msg="say \"service=fake\" " app=real"#, Some("real"), None),
                (r#"msg="ends in a backslash \\" app=real"#, Some("real"), None),
                (r#"level=info service="check \"out\"\tnow\\\/""#, Some("check \"out\"\tnow\\/"), Some(Info)),
                (r#"level=info service="check out""#, Some("check out"), Some(Info)),
                (r#"level=info msg=not quoted at all service=checkout"#, Some("checkout"), Some(Info)),
                (r#"level=info msg=said "service=fake" app=real"#, Some("real"), Some(Info)),
                (r#"level=info msg="x"service=glued app=real"#, Some("real"), Some(Info)),
                (r#"level=info app=real msg="never closed service=fake"#, Some("real"), Some(Info)),
                (r#"level=info service="never closed"#, None, Some(Info)),
                ("level=info\tservice=tabbed\tx=1", Some("tabbed"), Some(Info)),
                (r#"level=info service=a=b"#, Some("a=b"), Some(Info)),
                (r#"level=info myservice=x servicex=y service.x=z"#, None, Some(Info)),
                (r#"level=info"#, None, Some(Info)),
                (r#"app=web"#, Some("web"), None),
                (r#"a= b="#, None, None),
            ],
        );
    }

    #[test]
    fn levels() {
        check(
            &[],
            &[
                (r#"severity=error level=info"#, None, Some(Info)),
                (r#"level="" lvl=warn"#, None, Some(Warn)),
                (r#"level=odd severity=error"#, None, None),
                (r#"t=1 lvl=eror msg=x"#, None, Some(Error)),
                (r#"t=1 @l=Warning"#, None, Some(Warn)),
                (r#"PRIORITY=3 SYSLOG_IDENTIFIER=sshd"#, Some("sshd"), Some(Error)),
                (r#"level="info""#, None, Some(Info)),
                (r#"msg="level=error" level=50"#, None, Some(Error)),
            ],
        );
    }

    #[test]
    fn names_in_company() {
        check(
            &[],
            &[
                (r#"name=api hostname=h pid=12"#, Some("api"), None),
                (r#"hostname=h pid=12 name=api log.logger=l"#, Some("l"), None),
                (r#"name=bob hostname=h"#, None, None),
                (r#"target=a::b spans=x"#, Some("a::b"), None),
                (r#"target=/tmp/x level=info"#, None, Some(Info)),
                (r#"level=info t.$date=2024 c=NETWORK"#, Some("NETWORK"), Some(Info)),
                (r#"c=1 fields=1 target=t name=n hostname=h pid=1"#, Some("n"), None),
                (r#"c=1 fields=1 target=t name=n hostname=h"#, Some("t"), None),
                (r#"name= name=n hostname=h pid=1"#, None, None),
            ],
        );
    }

    #[test]
    fn keys_of_the_user() {
        check(
            &["tenant", "pid", "name"],
            &[
                (r#"service=a tenant=b"#, Some("b"), None),
                (r#"service=a pid=7 level=info"#, Some("7"), Some(Info)),
                (r#"service=a name=n"#, Some("n"), None),
                (r#"x=1 tenant=b"#, Some("b"), None),
                (r#"tenant= tenant=b service=a"#, Some("a"), None),
            ],
        );
    }

    #[test]
    fn other_lines() {
        let keys = Keys::new(Wanted::ALL, &[]);
        let table = [
            "",
            "=",
            "=a b=c",
            "x=1",
            "x=1 and nothing else",
            "x = 1",
            "name=bob",
            "1a=b c=d",
            " level=info msg=indented",
            "a&b=c d=e",
            "http://example.com/?a=b c=d",
            "foo bar=baz qux=1",
            "\"level\"=info x=y",
            "msg",
            "x=\"unclosed level=info",
            "2024-01-15T10:00:00Z INFO a=b c=d",
            "Jun 14 15:16:01 combo sshd[1]: a=b c=d",
            "\tat com.example.Foo.bar(Foo.java:12)",
            "java.lang.IllegalStateException: a=b c=d",
            "{\"level\": \"info\", \"service\": \"x\"}",
            "[error] a=b c=d",
        ];
        for line in table {
            assert_eq!(parse(line.as_bytes(), &keys, &mut Memory::default()), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_remembered_changes_no_answer(
            lines in proptest::collection::vec(
                (
                    proptest::collection::vec((
                        proptest::sample::select(vec!["ts", "level", "service", "app", "x", "team", "name", "pid", "word"]),
                        proptest::sample::select(vec!["=", "=", "=", "=", "", "=="]),
                        proptest::sample::select(vec!["info", "warn", "error", "null", "", "a=b", "\"q q\"", "a\"b", "12", "cart", "auth"]),
                    ), 1..5),
                    proptest::sample::select(vec![" ", " ", " ", "  ", "\t"]),
                ).prop_map(|(pairs, blank)| pairs.into_iter().map(|(key, equals, value)| format!("{key}{equals}{value}")).collect::<Vec<_>>().join(blank)),
                1..20,
            ),
            all: bool,
            user: bool,
        ) {
            let fields = if user { vec![b"team".to_vec()] } else { vec![] };
            let keys = Keys::new(if all { Wanted::ALL } else { Wanted::SERVICE }, &fields);
            let mut memory = Memory::default();
            for line in lines.iter().chain(&lines) {
                let line = line.as_bytes();
                let remembered = memory.read(line);
                let remembered = if remembered.is_some() { remembered } else { parse(line, &keys, &mut memory) };
                let mut fresh = Memory::default();
                prop_assert_eq!(remembered, parse(line, &keys, &mut fresh), "{}", line.escape_ascii());
                for ending in ["", "\n", "\r\n"] {
                    let whole = [line, ending.as_bytes()].concat();
                    if let Some(service) = memory.recall(&whole) {
                        let parsed = parse(line, &keys, &mut fresh).map(|record| record.service);
                        prop_assert_eq!(Some(Some(service)), parsed, "{}", line.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_like_the_last_is_recalled() {
        let line = |time: u32, name: &str| format!("ts={time} level=info service={name} msg=started\n");
        let keys = Keys::new(Wanted::SERVICE, &[]);
        let mut memory = Memory::default();
        assert!(parse(line(100, "cart").trim_end().as_bytes(), &keys, &mut memory).is_some());
        assert_eq!(memory.recall(line(200, "billing").as_bytes()), Some(b"billing".as_slice()));
        assert_eq!(memory.recall(b"ts=100 level=info service=billing\n"), None);
        // Of another length before the name, and of both from then on.
        assert!(parse(b"ts=300 level=error service=cart msg=started", &keys, &mut memory).is_some());
        for (level, known) in [("warn", true), ("debug", true), ("in=o", false), ("warning", false)] {
            let line = format!("ts=400 level={level} service=billing msg=started\n");
            assert_eq!(memory.recall(line.as_bytes()), known.then_some(b"billing".as_slice()), "{line}");
        }
        // However little follows the name.
        assert!(parse(b"level=info service=a b=1", &keys, &mut memory).is_some());
        assert_eq!(memory.recall(b"level=warn service=b b=1\n"), Some(b"b".as_slice()));
    }
}
