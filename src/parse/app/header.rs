//! What stands between a record's time and its message, read part by part.

use super::{
    super::{level::Level, scan::find_either},
    Dialect,
    layout::{Layout, Levels},
    names::{is_filler, is_name, is_source_file, without_line_number},
};

/// What stands between a record's time and its message.
#[derive(Default)]
pub(super) struct Header<'a> {
    pub(super) level: Option<Level>,
    /// In the level's place stands a word that says none of ours.
    pub(super) unlevelled: bool,
    /// The word at which the header ended, with what made it end.
    pub(super) name: Option<(Layout, &'a [u8])>,
    pub(super) class: Option<&'a [u8]>,
    pub(super) before_level: Option<&'a [u8]>,
    pub(super) bracket: Option<&'a [u8]>,
    /// How many parts were read.
    pub(super) parts: usize,
    pub(super) last: LastPart,
}

/// How things stood before the last part that was read.
#[derive(Default)]
pub(super) struct LastPart {
    /// Where it begins.
    pub(super) at: usize,
    pub(super) parts: usize,
    pub(super) level: Option<Level>,
    /// Whether nothing but a level had been found until then.
    pub(super) is_plain: bool,
}

/// More parts than any layout has; a message that looks like a header without end is left here.
pub(super) const MAX_PARTS: usize = 12;

/// What is longer is no thread, name or level.
pub(super) const MAX_BRACKET: usize = 400;

impl<'a> Header<'a> {
    /// The name that the layout finds.
    #[inline]
    pub(super) fn name(&self, layout: Layout, line: &'a [u8]) -> Option<&'a [u8]> {
        match layout {
            Layout::ClassAtLine => self.class,
            Layout::BeforeLevel => self.before_level,
            Layout::Bracket => self.bracket,
            Layout::Trailing => trailing_name(line),
            _ => self.name.filter(|(found, _)| *found == layout).map(|(_, name)| name),
        }
    }

    /// A header with what it has in the time's brackets, and where its other parts begin. `start` is where
    /// [`header_start`](super::header_start) said that the rest does.
    #[inline]
    pub(super) fn beside_time(line: &'a [u8], start: usize, levels: Levels) -> (Header<'a>, usize) {
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
    pub(super) fn read(mut self, line: &'a [u8], mut at: usize, dialect: &Dialect) -> Header<'a> {
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
    pub(super) fn bracketed(&mut self, rest: &'a [u8], open: u8, close: u8, levels: Levels) -> Option<usize> {
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
    pub(super) fn sharing(&mut self, shared: &'a [u8], levels: Levels) {
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
    pub(super) fn word(&mut self, line: &'a [u8], at: usize, levels: Levels) -> Option<usize> {
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
pub(super) fn skip_filling(line: &[u8], mut at: usize) -> usize {
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
pub(super) fn skip_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// A word ends at white space, a bar, or an opening bracket.
#[inline]
pub(super) fn word_len(rest: &[u8]) -> usize {
    rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'|' | b'[')).unwrap_or(rest.len())
}

/// Where the bracket that opens at 0 closes, others inside it balanced.
#[inline]
pub(super) fn closing(rest: &[u8], open: u8, close: u8) -> Option<usize> {
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
pub(super) fn shared_bracket(line: &[u8], time_end: usize) -> Option<&[u8]> {
    let rest = line.get(time_end..)?;
    let near = rest.get(..MAX_BRACKET).unwrap_or(rest);
    near.get(..memchr::memchr(b']', near)?)
}

/// What PostgreSQL writes in a level's place (the manual's "Error Reporting and Logging") and none of ours means.
pub(super) fn is_postgres_severity(word: &[u8]) -> bool {
    matches!(word, b"LOG" | b"DETAIL" | b"HINT" | b"STATEMENT" | b"CONTEXT" | b"QUERY" | b"LOCATION")
}

/// Monolog's `production.ERROR`: the channel, and the level in capitals.
pub(super) fn channel_and_level(word: &[u8]) -> Option<(&[u8], Level)> {
    let (channel, level) = word.split_at_checked(memchr::memrchr(b'.', word)?)?;
    let level = level.get(1..)?;
    if level.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    Some((channel, Level::from_word(level)?))
}

/// `main:QuorumPeerConfig@101`, `QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774`
pub(super) fn class_at_line(inside: &[u8]) -> Option<&[u8]> {
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
pub(super) fn trailing_name(line: &[u8]) -> Option<&[u8]> {
    let inside = line.trim_ascii_end().strip_suffix(b")")?;
    // A name is short; a long line is not searched for a parenthesis far away.
    let near = inside.get(inside.len().saturating_sub(MAX_BRACKET)..)?;
    let open = memchr::memrchr(b'(', near)?;
    let name = near.get(open + 1..)?;
    let apart = open == 0 || matches!(near.get(open - 1), Some(b' ' | b'\t'));
    (apart && is_name(name)).then_some(name)
}
