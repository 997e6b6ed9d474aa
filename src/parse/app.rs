//! Application logs: a time first, then level, thread, numbers and a logger's name in the order and with
//! the punctuation that somebody configured. log4j, logback, Spring Boot, Python, Hadoop, Spark,
//! ZooKeeper, Kafka, OpenStack, NLog and log4net, and zap's console write such lines.
//!
//! Every line with a time at its start is a record. Where its service stands is elected once per file from
//! its head ([`Dialect`]): the one place that fits most records. A record that does not fit has none.

use super::{
    level::Level,
    record::{Record, Wanted},
    scan::{Literal, find_either},
    timestamp,
};
use std::collections::HashSet;

/// Where a file's logger writes the service's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Layout {
    /// `INFO [main] org.example.Foo: message`, and padded: `o.e.Foo      : message`
    BeforeColon,
    /// `[main] INFO  org.example.Foo - message`, logback's newer `Foo -- message`, and Python's
    /// `time - name - LEVEL - message`
    BeforeDash,
    /// ZooKeeper's `[main:QuorumPeerConfig@101]`: the class before the line number
    ClassAtLine,
    /// Kafka's `message (kafka.log.Log)`
    Trailing,
    /// OpenStack's `INFO nova.compute.manager [req-1 ...] message`
    BeforeBracket,
    /// zap's `INFO<tab>server<tab>cmd/main.go:32<tab>message`, and log4j's `Foo (Foo.java:run(45)) - message`
    BeforeCaller,
    /// NLog's `time|INFO|App.Program|message`
    BetweenBars,
    /// Python's cookbook: `root         INFO     message`
    BeforeLevel,
    /// .NET's `info: Microsoft.Hosting.Lifetime[14] message`
    BeforeEventId,
    /// Tomcat's `INFO [main] org.apache.catalina.startup.Catalina.start message`: a dotted name
    Dotted,
    /// Windows servicing's `Info                  CBS    message`: a padded column, or one that ends at a tab
    Column,
    /// `INFO [checkout] message`, `[INFO ][o.e.n.Node    ] message`, env_logger's `[time INFO  shop::db] message`:
    /// only if what it holds is a name over the whole head
    Bracket,
}

const LAYOUTS: [Layout; 12] = [
    Layout::BeforeColon,
    Layout::BeforeDash,
    Layout::ClassAtLine,
    Layout::Trailing,
    Layout::BeforeBracket,
    Layout::BeforeCaller,
    Layout::BetweenBars,
    Layout::BeforeLevel,
    Layout::BeforeEventId,
    Layout::Dotted,
    Layout::Column,
    Layout::Bracket,
];

/// How a file's records are to be read, elected from its head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    layout: Option<Layout>,
    levels: Levels,
}

/// Whether the file's records have a level before their message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Levels {
    /// Words such as `error` at a message's start are the message's.
    #[default]
    None,
    /// A record in which none is found does not fit the layout.
    Present,
    /// The same, and `I`, `W` and their like are levels too, as Telegraf's `I!` is.
    Letters,
}

impl Levels {
    /// The level that a word in a header is.
    #[inline]
    fn of(self, word: &[u8]) -> Option<Level> {
        match (self, word) {
            (Levels::None, _) => None,
            // `A` begins too many sentences.
            (Levels::Letters, [letter] | [letter, b'!']) if *letter != b'A' => Level::from_letter(*letter),
            _ => Level::from_word(word),
        }
    }
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
    if memory.dialect != *dialect {
        memory.dialect = dialect.clone();
        memory.fronts = Default::default();
    }
    let header = match memory.resume(line) {
        // What `read` would do with the bracket that has the answer, without the rest of it.
        Some((at, front)) if dialect.layout == Some(Layout::Bracket) && front.level.is_some() && line.get(at) == Some(&b'[') => {
            let rest = line.get(at..)?;
            let inside = closing(rest, b'[', b']').and_then(|end| rest.get(1..end)).unwrap_or_default().trim_ascii();
            if !inside.is_empty() && class_at_line(inside).is_none() {
                return Some(Record {
                    service: wanted.has(Wanted::SERVICE).then_some(inside),
                    level: front.level.filter(|_| wanted.has(Wanted::LEVEL)),
                });
            }
            Header { level: front.level, parts: front.parts, ..Header::default() }.read(line, at, dialect)
        }
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
    /// Where the last part of the header begins, if what stands before it is known.
    #[inline]
    fn resume(&self, line: &[u8]) -> Option<(usize, &Front)> {
        let (time, core) = self.time_of(line)?;
        let front = self.fronts.get(place_of(line, core)?)?.as_ref()?;
        let end = front.text.match_at(line, core)?;
        (front.time == time).then_some((end, front))
    }

    /// Where a time of the remembered shape begins and ends, less a zone behind a space, which is part of the front.
    #[inline]
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

/// The place of the front that begins at `at`.
#[inline]
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

/// Whether the line is one that this format recognises.
#[must_use]
pub fn recognise(line: &[u8]) -> bool {
    header_start(line, &mut timestamp::Shape::default()).is_some()
}

impl Dialect {
    /// Elects the layout from the lines of a head; those without a time are passed over.
    #[must_use]
    pub fn elect<'a>(head: impl Iterator<Item = &'a [u8]> + Clone) -> Dialect {
        let mut memory = timestamp::Shape::default();
        let mut count = |levels| {
            let mut records = 0usize;
            let mut with_level = 0usize;
            let mut votes = [0usize; LAYOUTS.len()];
            let mut bracketed = HashSet::new();
            for line in head.clone() {
                let Some(start) = header_start(line, &mut memory) else { continue };
                records += 1;
                let (header, start) = Header::beside_time(line, start, levels);
                let header = header.read(line, start, &Dialect { layout: None, levels });
                with_level += usize::from(header.level.is_some() || header.unlevelled);
                if levels != Levels::None && header.level.is_none() {
                    continue;
                }
                for (layout, votes) in LAYOUTS.iter().zip(&mut votes) {
                    if let Some(name) = header.name(*layout, line)
                        && (*layout != Layout::Bracket || looks_like_a_service(name))
                    {
                        *votes += 1;
                        if *layout == Layout::Bracket {
                            bracketed.insert(name);
                        }
                    }
                }
            }
            (records, with_level, votes, bracketed.len())
        };
        let mut elected = |levels| {
            let counted = count(levels);
            let (records, with_level, ..) = counted;
            (with_level * 2 > records).then_some((levels, counted))
        };
        let found = elected(Levels::Present).or_else(|| elected(Levels::Letters));
        let (levels, (records, _, mut votes, brackets)) = found.unwrap_or_else(|| (Levels::None, count(Levels::None)));

        // As many names as records are request ids, not services.
        let bracket = &mut votes[LAYOUTS.len() - 1];
        if *bracket > 10 && brackets * 2 > *bracket {
            *bracket = 0;
        }
        let bracket = *bracket;
        // Of equals the first: the list goes from strong signs to weak ones.
        let mut best: Option<(Layout, usize)> = None;
        for (layout, votes) in LAYOUTS.into_iter().zip(votes).take(LAYOUTS.len() - 1) {
            if votes * 2 > records && best.is_none_or(|(_, most)| votes > most) {
                best = Some((layout, votes));
            }
        }
        // A logger writes its name into every record. Where a bracket holds one nearly always, and the best
        // other place only often, that other place is the messages' own.
        if bracket * 2 > records && best.is_none_or(|(_, most)| most * 10 < bracket * 8) {
            best = Some((Layout::Bracket, bracket));
        }
        Dialect { layout: best.map(|(layout, _)| layout), levels }
    }
}

/// What stands between a record's time and its message.
#[derive(Default)]
struct Header<'a> {
    level: Option<Level>,
    /// In the level's place stands a word that says none of ours.
    unlevelled: bool,
    /// The word at which the header ended, with what made it end.
    name: Option<(Layout, &'a [u8])>,
    class: Option<&'a [u8]>,
    before_level: Option<&'a [u8]>,
    bracket: Option<&'a [u8]>,
    /// How many parts were read.
    parts: usize,
    last: LastPart,
}

/// How things stood before the last part that was read.
#[derive(Default)]
struct LastPart {
    /// Where it begins.
    at: usize,
    parts: usize,
    level: Option<Level>,
    /// Whether nothing but a level had been found until then.
    is_plain: bool,
}

/// More parts than any layout has; a message that looks like a header without end is left here.
const MAX_PARTS: usize = 12;

/// What is longer is no thread, name or level.
const MAX_BRACKET: usize = 400;

impl<'a> Header<'a> {
    /// The name that the layout finds.
    #[inline]
    fn name(&self, layout: Layout, line: &'a [u8]) -> Option<&'a [u8]> {
        match layout {
            Layout::ClassAtLine => self.class,
            Layout::BeforeLevel => self.before_level,
            Layout::Bracket => self.bracket,
            Layout::Trailing => trailing_name(line),
            _ => self.name.filter(|(found, _)| *found == layout).map(|(_, name)| name),
        }
    }

    /// A header with what it has in the time's brackets, and where its other parts begin. `start` is where
    /// [`header_start`] said that the rest does.
    #[inline]
    fn beside_time(line: &'a [u8], start: usize, levels: Levels) -> (Header<'a>, usize) {
        let mut header = Header::default();
        if line.first() != Some(&b'[') || line.get(start.wrapping_sub(1)) == Some(&b']') {
            return (header, start);
        }
        let Some(shared) = shared_bracket(line, start) else { return (header, start) };
        header.sharing(shared, levels);
        (header, start + shared.len() + 1)
    }

    /// Reads part after part from `at` on, until the layout has its answer.
    #[inline]
    fn read(mut self, line: &'a [u8], mut at: usize, dialect: &Dialect) -> Header<'a> {
        let levels = dialect.levels;
        while self.parts < MAX_PARTS {
            at = skip_filling(line, at);
            let Some(rest) = line.get(at..) else { break };
            let is_plain = self.class.is_none() && self.before_level.is_none() && self.bracket.is_none();
            self.last = LastPart { at, parts: self.parts, level: self.level, is_plain };
            let taken = match rest.first() {
                None => break,
                Some(b'[') => self.bracketed(rest, b'[', b']', levels),
                Some(b'(') => self.bracketed(rest, b'(', b')', levels),
                Some(b'<') => self.bracketed(rest, b'<', b'>', levels),
                // ClickHouse's query ids, and the places in the source that Airflow logs.
                Some(b'{') => self.bracketed(rest, b'{', b'}', levels),
                Some(_) => self.word(line, at, levels),
            };
            match taken {
                Some(taken) => at += taken,
                None => break,
            }
            self.parts += 1;
            let done = match dialect.layout {
                Some(Layout::Bracket) => self.bracket.is_some(),
                Some(Layout::ClassAtLine) => self.class.is_some() && (self.level.is_some() || levels == Levels::None),
                Some(Layout::Trailing) => self.level.is_some(),
                _ => false,
            };
            if done {
                break;
            }
        }
        self
    }

    /// A part in brackets; its length, or `None` if it does not close.
    #[inline]
    fn bracketed(&mut self, rest: &'a [u8], open: u8, close: u8, levels: Levels) -> Option<usize> {
        let end = closing(rest, open, close)?;
        let inside = rest.get(1..end)?.trim_ascii();
        if levels != Levels::None && self.level.is_none() {
            // Apache 2.4 writes `[core:error]`, Minecraft `[Server thread/INFO]`.
            let word = inside.rsplit(|byte| matches!(byte, b':' | b'/')).next().unwrap_or(inside);
            self.level = levels.of(word);
            if self.level.is_some() {
                return Some(end + 1);
            }
            self.unlevelled |= inside == b"System"; // MySQL
        }
        if open == b'[' {
            if self.class.is_none() {
                self.class = class_at_line(inside);
            }
            if self.bracket.is_none() && self.class.is_none() && self.level.is_some() && !inside.is_empty() {
                self.bracket = Some(inside);
            }
        }
        Some(end + 1)
    }

    /// What shares the time's brackets: Serilog's `[10:00:00 INF]`, Celery's `[...: INFO/MainProcess]`, env_logger's
    /// `[... INFO  shop::db]`.
    fn sharing(&mut self, shared: &'a [u8], levels: Levels) {
        let shared = shared.get(skip_filling(shared, 0)..).unwrap_or_default();
        let len = shared.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'/')).unwrap_or(shared.len());
        let (word, rest) = shared.split_at_checked(len).unwrap_or((shared, b""));
        self.level = levels.of(word);
        let name = rest.trim_ascii();
        if self.level.is_some() && is_name(name) && !name.starts_with(b"/") {
            self.bracket = Some(name);
        }
    }

    /// A bare word; its length, or `None` if the header ends with it.
    #[inline]
    fn word(&mut self, line: &'a [u8], at: usize, levels: Levels) -> Option<usize> {
        let rest = line.get(at..)?;
        let plain = word_len(rest);
        let mut len = plain;
        if plain > 0 && rest.get(plain - 1..=plain) == Some(b".[") {
            // Tomcat's `o.a.c.c.C.[Tomcat].[localhost].[/]`
            len = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'|')).unwrap_or(rest.len());
        }
        let word = rest.get(..len)?;
        let (stem, colon) = match word.split_last() {
            Some((b':', stem)) => (stem, true),
            _ => (word, false),
        };
        if levels != Levels::None && self.level.is_none() {
            self.level = levels.of(stem);
            if self.level.is_some() {
                return Some(len);
            }
            if colon && is_postgres_severity(stem) {
                self.unlevelled = true;
                return None;
            }
            if colon && let Some((channel, level)) = channel_and_level(stem) {
                self.level = Some(level);
                self.name = is_name(channel).then_some((Layout::BeforeColon, channel));
                return None;
            }
        }
        if is_filler(stem) {
            return Some(len);
        }
        let after = rest.get(len..)?;
        let bare = without_line_number(stem);
        // What is in a name's own brackets is not looked at.
        if !is_name(if len > plain { rest.get(..plain)? } else { bare }) {
            return None;
        }
        if bare.len() < stem.len() && is_source_file(bare) {
            return Some(len); // `main.go:25`: where, not who
        }
        let next = skip_spaces(after);
        let followed = after.get(next..).unwrap_or_default();
        let layout = match (after.first(), followed) {
            _ if colon => Layout::BeforeColon,
            (Some(b'['), _) => {
                let end = closing(after, b'[', b']')?;
                let number = after.get(1..end)?;
                let digits = number.strip_prefix(b"-").unwrap_or(number);
                if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                    return None;
                }
                Layout::BeforeEventId
            }
            (Some(b'|'), _) | (_, [b'|', ..]) => Layout::BetweenBars,
            (_, [b':', b' ', ..] | [b':']) => Layout::BeforeColon,
            (_, [b'-'] | [b'-', b' ', ..] | [b'-', b'-', b' ', ..]) => Layout::BeforeDash,
            (_, [b'[', ..]) => Layout::BeforeBracket,
            (_, [b'(', place @ ..]) if is_source_file(place.split(|byte| *byte == b':').next()?) => Layout::BeforeCaller,
            (Some(b' ' | b'\t'), _) => {
                let word = followed.get(..word_len(followed))?;
                let bare_next = without_line_number(word);
                if self.level.is_none() && levels.of(word.strip_suffix(b":").unwrap_or(word)).is_some() {
                    self.before_level = Some(bare);
                    return Some(len);
                }
                if bare_next.len() < word.len() && is_source_file(bare_next) {
                    Layout::BeforeCaller
                } else if after.first() == Some(&b'\t') {
                    Layout::Column
                } else if bare.contains(&b'.') && !bare.ends_with(b".") {
                    Layout::Dotted
                } else if next >= 2 {
                    Layout::Column
                } else {
                    return None;
                }
            }
            _ => return None,
        };
        self.name = Some((layout, bare));
        if levels != Levels::None && self.level.is_none() {
            // `time - name - LEVEL - message`: the level may still follow.
            let mut next = after.get(skip_filling(after, 0)..)?;
            if let [b'[', b'0'..=b'9', ..] = next {
                // fail2ban's `name [1234]: INFO`
                let end = closing(next, b'[', b']')? + 1;
                next = next.get(skip_filling(next, end)..)?;
            }
            let level = match next.first() {
                Some(b'[') => next.get(1..closing(next, b'[', b']')?)?.trim_ascii(),
                _ => next.get(..word_len(next))?,
            };
            self.level = levels.of(level.strip_suffix(b":").unwrap_or(level));
        }
        None
    }
}

/// Where the parts of a header begin: past spaces, and past the dashes, bars, commas and colons that stand alone.
#[inline]
fn skip_filling(line: &[u8], mut at: usize) -> usize {
    loop {
        match line.get(at) {
            Some(b' ' | b'\t' | b'|' | b',') => at += 1,
            Some(b'-' | b':') => {
                let mut end = at + 1;
                while line.get(end) == Some(&b'-') {
                    end += 1;
                }
                match line.get(end) {
                    Some(b' ' | b'\t' | b'|') => at = end,
                    _ => return at,
                }
            }
            _ => return at,
        }
    }
}

#[inline]
fn skip_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// A word ends at white space, a bar, or an opening bracket.
#[inline]
fn word_len(rest: &[u8]) -> usize {
    rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'|' | b'[')).unwrap_or(rest.len())
}

/// Where the bracket that opens at 0 closes, others inside it balanced.
#[inline]
fn closing(rest: &[u8], open: u8, close: u8) -> Option<usize> {
    let rest = rest.get(..MAX_BRACKET).unwrap_or(rest);
    let mut at = 1;
    let mut depth = 1usize;
    loop {
        at = find_either(rest, at, open, close);
        if *rest.get(at)? == open {
            depth += 1;
        } else {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
        at += 1;
    }
}

/// What follows the time in brackets that both share, up to where they close.
fn shared_bracket(line: &[u8], time_end: usize) -> Option<&[u8]> {
    let rest = line.get(time_end..)?;
    let near = rest.get(..MAX_BRACKET).unwrap_or(rest);
    near.get(..memchr::memchr(b']', near)?)
}

/// What PostgreSQL writes in a level's place (the manual's "Error Reporting and Logging") and none of ours means.
fn is_postgres_severity(word: &[u8]) -> bool {
    matches!(word, b"LOG" | b"DETAIL" | b"HINT" | b"STATEMENT" | b"CONTEXT" | b"QUERY" | b"LOCATION")
}

/// Monolog's `production.ERROR`: the channel, and the level in capitals.
fn channel_and_level(word: &[u8]) -> Option<(&[u8], Level)> {
    let (channel, level) = word.split_at_checked(memchr::memrchr(b'.', word)?)?;
    let level = level.get(1..)?;
    if level.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    Some((channel, Level::from_word(level)?))
}

/// `main:QuorumPeerConfig@101`, `QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774`
fn class_at_line(inside: &[u8]) -> Option<&[u8]> {
    if !inside.last()?.is_ascii_digit() {
        return None;
    }
    let at = memchr::memrchr(b'@', inside)?;
    let (before, number) = inside.split_at_checked(at)?;
    let number = number.get(1..)?;
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let class = before.rsplit(|byte| *byte == b':').next()?;
    is_name(class).then_some(class)
}

/// `... (kafka.server.KafkaServer)` at the line's end.
fn trailing_name(line: &[u8]) -> Option<&[u8]> {
    let inside = line.trim_ascii_end().strip_suffix(b")")?;
    // A name is short; a long line is not searched for a parenthesis far away.
    let near = inside.get(inside.len().saturating_sub(MAX_BRACKET)..)?;
    let open = memchr::memrchr(b'(', near)?;
    let name = near.get(open + 1..)?;
    let apart = open == 0 || matches!(near.get(open - 1), Some(b' ' | b'\t'));
    (apart && is_name(name)).then_some(name)
}

/// Process and thread numbers and ids that stand between the parts: `25746`, `#12`, `0x7f8a`, `7f8a4c0d1700`, UUIDs.
#[inline]
fn is_filler(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"#").or_else(|| word.strip_prefix(b"0x")).unwrap_or(word);
    match digits {
        [] => word.is_empty(),
        _ if digits.iter().all(u8::is_ascii_digit) => true,
        _ if digits.len() < word.len() || digits.len() >= 8 => {
            digits.iter().any(u8::is_ascii_digit) && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        }
        _ => false,
    }
}

/// Whether a word can be a logger's name: it begins with a letter and holds no spaces or punctuation that
/// only prose has.
#[inline]
fn is_name(word: &[u8]) -> bool {
    let Some((first, rest)) = word.split_first() else { return false };
    if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b'$' | b'/' | b'@') || *first >= 0x80) {
        return false;
    }
    let fits = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'$' | b'/' | b'-' | b'#' | b'@' | b'+' | b'~' | b':')
            || *byte >= 0x80
    };
    rest.iter().all(fits) && colons_are_paired(word) && word.len() <= 256 && !is_code(word)
}

/// `crate::module` and `Foo::bar` have colons in pairs.
#[inline]
fn colons_are_paired(word: &[u8]) -> bool {
    if !word.contains(&b':') {
        return true;
    }
    let mut rest = word;
    while let Some(at) = memchr::memchr(b':', rest) {
        if rest.get(at + 1) != Some(&b':') || rest.get(at + 2).is_none() {
            return false;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    true
}

/// Message codes, `AH00094`, `WFLYSRV0049`, `ORA-00600`: capitals, then three digits or more.
#[inline]
fn is_code(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let rest = word.get(letters..).unwrap_or_default();
    let digits = rest.strip_prefix(b"-").unwrap_or(rest);
    letters > 0 && digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit)
}

/// log4j's `%c{1}:%L` and callers write a line number behind the name, loguru the function before it:
/// `myapp.db:connect:12`.
#[inline]
fn without_line_number(word: &[u8]) -> &[u8] {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = word.get(..word.len() - digits).unwrap_or_default();
    match before.strip_suffix(b":") {
        Some(place) if digits > 0 && !place.is_empty() && !place.ends_with(b":") => without_function(place),
        _ => word,
    }
}

/// The name before a single colon; `crate::module` is whole.
#[inline]
fn without_function(place: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', place) {
        Some(at) if at > 0 && place.get(at - 1) != Some(&b':') => place.get(..at).unwrap_or(place),
        _ => place,
    }
}

/// `main.go`, `server.py`: a place in the source, not a logger.
fn is_source_file(word: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 16] = [
        b".go", b".py", b".rs", b".c", b".cc", b".cpp", b".cxx", b".h", b".hpp", b".java", b".kt", b".scala", b".js", b".ts",
        b".rb", b".php",
    ];
    ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Whether what a bracket holds names a service rather than a thread, a client or a request.
fn looks_like_a_service(inside: &[u8]) -> bool {
    const THREADS: [&[u8]; 12] = [
        b"thread",
        b"exec-",
        b"executor",
        b"pool-",
        b"worker-",
        b"worker#",
        b"nio-",
        b"task-",
        b"dispatcher",
        b"scheduler-",
        b"scheduling-",
        b"forkjoin",
    ];
    let lower = inside.to_ascii_lowercase();
    let is_thread = matches!(&*lower, b"main" | b"restartedmain" | b"timer" | b"async")
        || THREADS.iter().any(|part| memchr::memmem::find(&lower, part).is_some());
    // `req-38101a0b-2096`, `trace_9f4ef63a`: a part that is mostly digits and hexadecimal.
    let is_id = lower.split(|byte| matches!(byte, b'-' | b'_' | b':' | b'.' | b'/')).any(|part| {
        part.len() >= 6 && part.iter().all(u8::is_ascii_hexdigit) && part.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
    });
    is_name(inside) && !is_thread && !is_id
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn elect(head: &str) -> Dialect {
        Dialect::elect(head.lines().map(str::as_bytes))
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
        (time, proptest::collection::vec((gap, part), 1..6), "[a-z ]{0,12}(\\(k.Log\\))?").prop_map(|(time, parts, end)| {
            format!("{time}{}{end}", parts.into_iter().map(|(gap, part)| format!("{gap}{part}")).collect::<String>())
        })
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
            }
        }
    }

    #[test]
    fn a_bracket_is_a_service_only_if_it_holds_names() {
        let line = |inside: &str| format!("2024-01-15 10:00:00 INFO [{inside}] a message\n");
        let layout = |names: &[&str]| elect(&names.iter().map(|name| line(name)).collect::<String>()).layout;
        assert_eq!(layout(&["checkout", "cart", "checkout"]), Some(Layout::Bracket));
        assert_eq!(layout(&["main", "main", "main"]), None);
        assert_eq!(layout(&["http-nio-8080-exec-1", "http-nio-8080-exec-2"]), None);
        assert_eq!(layout(&["client 10.0.0.1", "client 10.0.0.2"]), None);
        assert_eq!(layout(&["req-38101a0b-2096", "req-9bc36dd9-91c5"]), None);
    }
}
