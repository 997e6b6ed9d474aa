//! Application logs: a time first, then level, thread, numbers and a logger's name in the order and with
//! the punctuation that somebody configured. log4j, logback, Spring Boot, Python, Hadoop, Spark,
//! ZooKeeper, Kafka, OpenStack, NLog and log4net, and zap's console write such lines.
//!
//! Every line with a time at its start is a record. Where its service stands is elected once per file from
//! its head ([`Dialect`]): the one place that fits most records. A record that does not fit has none.

mod below;
mod elect;
mod header;
mod layout;
mod names;

use super::{
    level::Level,
    record::{Record, Wanted},
    scan::{Literal, either_of},
    timestamp,
};
pub use below::{Below, level as level_below};
use header::{Header, class_at_line, shared_bracket};
use layout::{Layout, Levels};

/// How a file's records are to be read, elected from its head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    layout: Option<Layout>,
    levels: Levels,
}

/// What is remembered from line to line: the shape of the time, and what followed it. Never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    time: timestamp::Shape,
    /// Whose fronts these are.
    dialect: Dialect,
    /// By a hash of the bytes behind the time.
    fronts: [Option<Front>; FRONTS],
}

/// A power of two; levels times threads that share a file's lines are seldom more.
const FRONTS: usize = 32;

/// The text between a record's time and the part of its header that has the answer: ` INFO  `, ` WARN [main] `. It was read
/// once, and whatever begins so is read alike, so reading goes on behind it.
#[derive(Debug)]
struct Front {
    text: Literal,
    /// Where the time before it began: 1 behind a bracket, else 0.
    time: usize,
    parts: usize,
    level: Option<Level>,
}

/// Shorter texts could end within a zone that belongs to the time.
const SHORTEST_FRONT: usize = 6;

/// Longer ones hold what no two lines share.
const LONGEST_FRONT: usize = 64;

/// Reads one line; `None` if it does not begin with a time.
// Kept apart, as the other formats' are: together in one loop they would fight for registers.
#[inline(never)]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted, dialect: &Dialect, memory: &mut Memory) -> Option<Record<'a>> {
    if wanted == Wanted::NOTHING {
        return header_start(line, &mut memory.time).map(|_| Record::BARE);
    }
    memory.adopt(dialect);
    let header = match memory.resume(line) {
        Some((at, front)) => {
            let start = Header { level: front.level, parts: front.parts, ..Header::default() };
            start.read(line, at, dialect)
        }
        None => {
            let start = header_start(line, &mut memory.time)?;
            let (header, start) = Header::beside_time(line, start, dialect.levels);
            let header = header.read(line, start, dialect);
            memory.learn(line, &header);
            header
        }
    };
    // Records of a file without levels have none to find, so the header is read once for both.
    let level = header.level;
    let service = match (dialect.layout, dialect.levels, level) {
        (None, ..) | (_, Levels::Present | Levels::Letters, None) => None,
        (Some(layout), ..) if wanted.has(Wanted::SERVICE) => header.name(layout, line),
        _ => None,
    };
    Some(Record::new(service.unwrap_or_default(), level.filter(|_| wanted.has(Wanted::LEVEL))))
}

impl Memory {
    /// Gets ready for the lines of a file of this dialect.
    #[inline]
    pub fn adopt(&mut self, dialect: &Dialect) {
        if self.dialect != *dialect {
            self.dialect = dialect.clone();
            self.fronts = Default::default();
        }
    }

    /// See [`super::Memory::recall`]; only lines of the dialect that was adopted.
    #[inline(always)]
    pub fn recall<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        if self.dialect.layout != Some(Layout::Bracket) {
            return None;
        }
        // What `Header::read` would do with a bracket behind the level, if it is short and holds no other.
        let (at, front) = self.resume(line)?;
        let (b'[', rest) = line.get(at..)?.split_first()? else { return None };
        let inside = rest.get(..first_bracket(line, rest)?)?;
        let padded = inside.first()?.min(inside.last()?) <= &b' ';
        let is_class = inside.last()?.is_ascii_digit() && class_at_line(inside).is_some();
        (front.level.is_some() && !padded && !is_class).then_some(inside)
    }

    /// Where the last part of the header begins, if what stands before it is known.
    #[inline(always)]
    fn resume(&self, line: &[u8]) -> Option<(usize, &Front)> {
        let (time, core) = self.time_of(line)?;
        let front = self.fronts.get(place_of(line, core)?)?.as_ref()?;
        let end = front.text.match_at(line, core)?;
        (front.time == time).then_some((end, front))
    }

    /// Where a time of the remembered shape begins and ends, less a zone behind a space, which is part of the front.
    #[inline(always)]
    fn time_of(&self, line: &[u8]) -> Option<(usize, usize)> {
        let start = usize::from(line.first() == Some(&b'['));
        Some((start, start + self.time.core_of(line.get(start..)?)?))
    }

    fn learn(&mut self, line: &[u8], header: &Header<'_>) {
        let Some((time, core)) = self.time_of(line) else { return };
        let Some(text) = line.get(core..header.last.at) else { return };
        // `AM` and `PM` may be followed by a zone too, so such a front must be longer to hold it whole.
        let ambiguous = matches!(text, [b' ', b'A' | b'a' | b'P' | b'p', ..]) && text.len() < 2 * SHORTEST_FRONT;
        // A word goes on to its delimiter, so that must be part of the front.
        let closed = matches!(text, [.., b' ' | b'\t' | b'|' | b']' | b')' | b'>']);
        if header.last.is_plain && closed && !ambiguous && (SHORTEST_FRONT..LONGEST_FRONT).contains(&text.len()) {
            let front = Front { text: Literal::new(text), time, parts: header.last.parts, level: header.last.level };
            if let Some(place) = place_of(line, core).and_then(|place| self.fronts.get_mut(place)) {
                *place = Some(front);
            }
        }
    }
}

/// Where the bracket closes that the line's `rest` follows, if it does so near and none is opened before.
#[inline(always)]
fn first_bracket(line: &[u8], rest: &[u8]) -> Option<usize> {
    let brackets = match rest.first_chunk() {
        Some(near) => brackets_of(near),
        // On a short line it is among the last bytes, be they all behind it or not.
        None => brackets_of(line.last_chunk()?).checked_shr(32 - rest.len() as u32)?,
    };
    let at = brackets.trailing_zeros() as usize;
    (rest.get(at) == Some(&b']')).then_some(at)
}

/// Bit n is set where byte n opens or closes a bracket.
#[inline(always)]
fn brackets_of(bytes: &[u8; 32]) -> u32 {
    let [first, second] = *bytes.as_chunks::<16>().0 else { return 0 };
    either_of(&first, b'[', b']') | either_of(&second, b'[', b']') << 16
}

/// The place of the front that begins at `at`.
#[inline(always)]
fn place_of(line: &[u8], at: usize) -> Option<usize> {
    // Space, level, and the first letters of a thread.
    let word = u64::from_le_bytes(*line.get(at..)?.first_chunk::<8>()?);
    Some((word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - FRONTS.ilog2())) as usize)
}

/// Whether the line begins with a time, bare or in brackets, and where the rest starts. What shares the time's
/// brackets belongs to the rest.
#[inline]
fn header_start(line: &[u8], memory: &mut timestamp::Shape) -> Option<usize> {
    match line.first()? {
        b'[' => {
            let end = 1 + memory.time_at(line.get(1..)?)?;
            match line.get(end)? {
                b']' => Some(end + 1),
                b' ' | b':' | b',' => shared_bracket(line, end).map(|_| end),
                _ => None,
            }
        }
        _ => memory.time_at(line),
    }
}

/// The time of a record's first line.
#[must_use]
pub fn time(line: &[u8]) -> Option<&[u8]> {
    let text = line.strip_prefix(b"[").unwrap_or(line);
    text.get(..timestamp::time_at(text)?)
}

/// Whether the line is one that this format recognises.
#[must_use]
pub fn recognise(line: &[u8]) -> bool {
    header_start(line, &mut timestamp::Shape::default()).is_some()
}

impl Dialect {
    /// Where the head's records have their services, in words; `None` if it elected no place.
    #[must_use]
    pub fn place(&self) -> Option<&'static str> {
        self.layout.map(Layout::words)
    }
}

#[cfg(test)]
mod tests {
    use super::{layout::LAYOUTS, *};
    use proptest::prelude::*;

    fn elect(head: &str) -> Dialect {
        Dialect::elect(head.lines().map(str::as_bytes)).0
    }

    /// Headers of lines that nearly look alike, so that what is remembered is tried where it must not be believed.
    fn header() -> impl Strategy<Value = String> {
        let part = proptest::sample::select(vec![
            "INFO",
            "ERROR",
            "warn",
            "[INFO]",
            "[main]",
            "[checkout]",
            "[a b]",
            "[x",
            "org.Foo:",
            "Foo",
            "Foo:12",
            "-",
            "---",
            "|",
            ":",
            "123",
            "(pool-1)",
            "<INFO>",
            "UTC",
            "PM",
            "EST",
            "+0100",
            "[m:Class@10]",
            "Name[14]",
            "main.go:7",
            "text",
            ",",
            "INFORM",
            "AH00094:",
            "a.b:run:12",
            "{x}",
            "I!",
            "I",
            "LOG:",
            "shop.ERROR:",
            "o.Foo.[a].[/]",
            "[main/WARN]",
            "(A.java:run(1))",
            "INFO]",
            "--",
        ]);
        let gap = proptest::sample::select(vec![" ", " ", " ", "  ", "", "\t", "|"]);
        let time = proptest::sample::select(vec![
            "2024-01-15 10:00:00,123",
            "2024-01-15 10:00:00",
            "[2024-01-15 10:00:00,123]",
            "[2024-01-15 10:00:00,123",
            "[2024-01-15 10:00:00,123 INFO  shop::db]",
            "[2024-01-15 10:00:00,123: WARN/Worker]",
        ]);
        (time, proptest::collection::vec((gap, part), 1..6), "[a-z ]{0,12}(\\(k.Log\\))?|[a-z \\[\\]]{30,50}").prop_map(
            |(time, parts, end)| {
                format!("{time}{}{end}", parts.into_iter().map(|(gap, part)| format!("{gap}{part}")).collect::<String>())
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_is_remembered_changes_no_answer(
            lines in proptest::collection::vec(header(), 1..12), layout in proptest::option::of(proptest::sample::select(LAYOUTS.to_vec())), levels in proptest::sample::select(vec![Levels::None, Levels::Present, Levels::Letters]),
        ) {
            let dialect = Dialect { layout, levels };
            let mut memory = Memory::default();
            // Twice, so that each line meets what all have left.
            for line in lines.iter().chain(&lines) {
                let line = line.as_bytes();
                prop_assert_eq!(
                    parse(line, Wanted::ALL, &dialect, &mut memory),
                    parse(line, Wanted::ALL, &dialect, &mut Memory::default()),
                    "{}", line.escape_ascii()
                );
                for ending in ["", "\n", "\r\n"] {
                    let whole = [line, ending.as_bytes()].concat();
                    if let Some(service) = memory.recall(&whole) {
                        let parsed = parse(line, Wanted::SERVICE, &dialect, &mut Memory::default());
                        prop_assert_eq!(Some(Some(service)), parsed.map(|record| record.service), "{}", line.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_like_the_last_is_recalled() {
        let line =
            |seconds: u32, name: &str| format!("2024-01-15 10:00:{seconds} INFO  [{name}] a text of some length, as most have\n");
        let dialect = elect(&line(10, "cart").repeat(3));
        let mut memory = Memory::default();
        parse(line(10, "cart").trim_end().as_bytes(), Wanted::SERVICE, &dialect, &mut memory);
        assert_eq!(memory.recall(line(11, "billing").as_bytes()), Some(b"billing".as_slice()));
        assert_eq!(memory.recall(line(11, "a[1]").as_bytes()), None);
        assert_eq!(memory.recall(line(11, " padded").as_bytes()), None);
        for (short, service) in [
            ("2024-01-15 10:00:11 INFO  [a] ok\n", Some(b"a".as_slice())),
            ("2024-01-15 10:00:11 INFO  [cart] ok", Some(b"cart")),
            ("2024-01-15 10:00:11 INFO  [cart]", Some(b"cart")),
            ("2024-01-15 10:00:11 INFO  [cart no\n", None),
            ("2024-01-15 10:00:11 INFO  [ca[rt]]\n", None),
        ] {
            assert_eq!(memory.recall(short.as_bytes()), service, "{short}");
        }
    }
}
