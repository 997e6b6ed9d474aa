//! Syslog as it lies in files: RFC 3164, the same with an ISO time, and RFC 5424.
//!
//! | variant | shape | source |
//! |---|---|---|
//! | traditional | `[<PRI>]Mmm dd hh:mm:ss [HOST] TAG[PID]: text` | RFC 3164, section 4.1 |
//! | ISO | `[<PRI>]yyyy-mm-ddThh:mm:ss.ffffff+hh:mm [HOST] TAG[PID]: text` | rsyslog's `RSYSLOG_FileFormat`, journalctl's `short-iso` |
//! | RFC 5424 | `<PRI>1 TIME HOST APP-NAME PROCID MSGID SD text` | RFC 5424, section 6 |
//!
//! RFC 3164 describes what was seen rather than what must be, and more has been seen since: fractions of
//! a second, a year before or after the day or after the time, a time zone, and Cisco's sequence numbers
//! and trailing colons. All are read here.
//!
//! The service is the TAG: the text up to the first `[` or `:`, whole where `[PID]:` follows
//! (`Google Chrome[356]:`), otherwise its first word (`syslogd 1.4.1: restart.`). RFC 3164 would end it at
//! the first byte that is no letter or digit, but no program has kept to that.
//!
//! Applications like to borrow both times without being syslog at all. The traditional time is given up
//! only where a level or a bracket stands in the host's place; the ISO time, which every second logger
//! writes, must besides be followed by what can be a host, and only a tag of one word (or with a PID)
//! is taken for a service. A line with the right time and no tag is a record without a name.

use super::level::Level;
use super::record::{Record, Wanted};
use super::scan::{digits_of, either_of, find_any};
use super::words::{after_clock, fits, skip_blanks, skip_digits, until};

/// What is remembered from line to line: the hour of traditional lines. Never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    /// `Nov 14 22:` of the last line.
    hour: [u8; HOUR],
}

const HOUR: usize = 10;

/// How many bytes behind the time are looked at for host, tag and process id.
const ORIGIN: usize = 48;

/// Where the host stands behind a time without fraction and year.
const HOST: usize = 16;

impl Memory {
    /// See [`super::Memory::recall`]: an ordinary line of the same hour, with a host that nothing else could be, and a tag of one
    /// word, with or without a process id, all of it short.
    #[inline(always)]
    pub fn recall<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (hour, [m, mm, b':', s, ss, b' ', rest @ ..]) = line.split_first_chunk::<HOUR>()? else { return None };
        let sixty = |tens: u8, ones: u8| (tens.wrapping_sub(b'0') < 6) & (ones.wrapping_sub(b'0') < 10);
        if *hour != self.hour || !(sixty(*m, *mm) & sixty(*s, *ss)) {
            return None;
        }
        let origin = rest.first_chunk::<ORIGIN>()?;
        let (mut ends, mut others) = (0u64, 0u64);
        for (at, bytes) in origin.as_chunks::<16>().0.iter().enumerate() {
            let (blank, mark) = (either_of(bytes, b' ', b'\t'), either_of(bytes, b'[', b':'));
            ends |= u64::from(blank | mark) << (16 * at);
            others |= u64::from(!digits_of(bytes) & 0xFFFF) << (16 * at);
        }
        let host_end = ends.trailing_zeros() as usize;
        let ends = ends & ends.wrapping_sub(1);
        let name_end = ends.trailing_zeros() as usize;
        let (host, name) = (origin.get(..host_end)?, rest.get(host_end + 1..name_end)?);
        // What could be a year or a zone is only told from a host by what follows it.
        let certain = match host {
            [b'a'..=b'z', ..] | [b'A'..=b'Z', b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => true,
            [b'0'..=b'9', ..] => host.len() > 5,
            _ => false,
        };
        let ordinary = match origin.get(name_end)? {
            b':' => true,
            b'[' => {
                let id_end = name_end + 1 + (others >> name_end >> 1).trailing_zeros() as usize;
                id_end > name_end + 1 && origin.get(id_end) == Some(&b']') && origin.get(id_end + 1) == Some(&b':')
            }
            _ => false,
        };
        let whole = name.first()?.is_ascii_alphabetic() && !name.last()?.is_ascii_whitespace();
        (ordinary && whole && certain && origin.get(host_end) == Some(&b' ') && !looks_applied(host)).then_some(name)
    }

    /// The record of such a line of any length.
    #[inline]
    fn read<'a>(&self, line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
        let (hour, [m, mm, b':', s, ss, b' ', ..]) = line.split_first_chunk::<HOUR>()? else { return None };
        let sixty = |tens: u8, ones: u8| matches!(tens, b'0'..=b'5') && ones.is_ascii_digit();
        if *hour != self.hour || !sixty(*m, *mm) || !sixty(*s, *ss) {
            return None;
        }
        let rest = line.get(HOST..)?;
        let (host, rest) = rest.split_at_checked(find_any(rest, b"[: \t"))?;
        // What could be a year or a zone is only told from a host by what follows it.
        let certain = match host {
            [b'a'..=b'z', ..] | [b'A'..=b'Z', b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => true,
            [b'0'..=b'9', ..] => host.len() > 5,
            _ => false,
        };
        let (b' ', content) = rest.split_first()? else { return None };
        let (name, rest) = content.split_at_checked(find_any(content, b"[: \t"))?;
        let whole = name.first()?.is_ascii_alphabetic() && !name.last()?.is_ascii_whitespace();
        let ordinary = whole && (rest.first() == Some(&b':') || is_process_id(rest));
        if !certain || !ordinary || looks_applied(host) {
            return None;
        }
        Some(Record { service: if wanted.has(Wanted::SERVICE) { Some(name) } else { None }, level: None })
    }

    /// Remembers the hour of a line that is a record.
    fn learn(&mut self, line: &[u8]) {
        // `Mmm dd hh:`, and nothing that only begins alike, such as a day of one digit or a year.
        if let Some(hour @ [b'A'..=b'S', _, _, b' ', _, _, b' ', _, _, b':']) = line.first_chunk() {
            self.hour = *hour;
        }
    }
}

/// Reads the first line of a syslog record; `None` where `line` is not one.
#[inline(never)]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted, memory: &mut Memory) -> Option<Record<'a>> {
    if let Some(record) = memory.read(line, wanted) {
        return Some(record);
    }
    let record = read(line, wanted)?;
    memory.learn(line);
    Some(record)
}

/// The same without memory.
#[must_use]
pub fn read(line: &[u8], wanted: Wanted) -> Option<Record<'_>> {
    let (severity, sender) = sender(line)?;
    let service = if wanted.has(Wanted::SERVICE) { sender.tag } else { None };
    let level = if wanted.has(Wanted::LEVEL) { severity.map(Level::from_severity) } else { None };
    Some(Record { service, level })
}

/// The HOST of a record's first line, if it is logged.
#[must_use]
pub fn host(line: &[u8]) -> Option<&[u8]> {
    sender(line)?.1.host
}

/// What a record's first line says behind its header: behind the tag, or where there is none behind the host.
#[must_use]
pub fn message(line: &[u8]) -> Option<&[u8]> {
    let Sender { tag, content, .. } = sender(line)?.1;
    let text = match content {
        Content::Fields(text) => after_fields(text)?,
        Content::Tagged(text) if tag.is_none() => text,
        Content::Tagged(text) => {
            let (_, rest) = until(text, b"[:");
            let rest = if rest.starts_with(b"[") { rest.get(memchr::memchr(b']', rest)? + 1..)? } else { rest };
            rest.strip_prefix(b":").unwrap_or(rest)
        }
    };
    Some(skip_blanks(text))
}

/// RFC 5424 behind APP-NAME: past PROCID, MSGID and STRUCTURED-DATA. Where a sender left the last out, what stands there is the
/// message. A byte-order mark may begin it (section 6.4).
fn after_fields(text: &[u8]) -> Option<&[u8]> {
    let (_, text) = word(text.strip_prefix(b" ")?);
    let (_, text) = word(text.strip_prefix(b" ")?);
    let mut text = text.strip_prefix(b" ")?;
    match text {
        [b'-'] => text = &[],
        [b'-', b' ', rest @ ..] => text = rest,
        _ => {
            while let [b'[', elements @ ..] = text {
                text = after_element(elements)?;
            }
        }
    }
    let text = skip_blanks(text);
    Some(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text))
}

/// Past an element of STRUCTURED-DATA, whose bracket is open. In its quoted values `"`, `\` and `]` stand behind a `\` (section 6.3.3).
fn after_element(text: &[u8]) -> Option<&[u8]> {
    let mut bytes = text.iter().enumerate();
    let mut quoted = false;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if quoted => {
                bytes.next();
            }
            b'"' => quoted = !quoted,
            b']' if !quoted => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// The time of a record's first line, with a year and a zone where they stand beside it.
#[must_use]
pub fn time(line: &[u8]) -> Option<&[u8]> {
    let (marked, text) = match line {
        [b'<', ..] => (true, priority(line)?.1),
        _ => (false, line),
    };
    match text {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => Some(word(text).0),
        [b'0'..=b'9', ..] => match year(text) {
            Some(after_year) => traditional_text(text, after_year),
            None if !marked => None,
            None => match after_sequence(text) {
                Some(text) => traditional_text(text, text),
                // <34>1 2024-01-15T10:00:00Z
                None => Some(word(word(text).1.strip_prefix(b" ")?).0),
            },
        },
        [b'*' | b'.', text @ ..] => traditional_text(text, text),
        _ => traditional_text(text, text),
    }
}

/// The text from `from` to the end of the time whose month stands at `month`.
fn traditional_text<'a>(from: &'a [u8], month: &'a [u8]) -> Option<&'a [u8]> {
    let rest = skip_blanks(traditional_time(month)?);
    let text = from.get(..from.len().checked_sub(skip_zone(rest).len())?)?.trim_ascii_end();
    Some(text.strip_suffix(b":").unwrap_or(text))
}

/// Whether a year or a zone stands behind a traditional time.
#[inline]
#[must_use]
pub fn time_goes_on(rest: &[u8]) -> bool {
    let rest = skip_blanks(rest);
    skip_zone(rest).len() != rest.len()
}

/// A record's severity, and who sent it.
fn sender(line: &[u8]) -> Option<(Option<u8>, Sender<'_>)> {
    let (severity, text) = match line {
        [b'<', ..] => {
            let (priority, text) = priority(line)?;
            (Some(priority), text)
        }
        _ => (None, line),
    };
    let origin = if severity.is_some() { Origin::Marked } else { Origin::Unmarked };
    let sender = match text {
        // Four digits are a year, and then a `-` or a space tells whose.
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => iso(text, origin)?,
        [b'0'..=b'9', ..] => match (year(text), origin) {
            (Some(text), _) => traditional(text, origin)?,
            (None, Origin::Marked) => match after_sequence(text) {
                Some(text) => traditional(text, origin)?,
                None => rfc5424(text)?,
            },
            (None, Origin::Unmarked) => return None,
        },
        [b'A'..=b'S', ..] => traditional(text, origin)?,
        // Cisco marks a time it does not trust: `*` never set, `.` out of step.
        [b'*' | b'.', text @ ..] if origin == Origin::Marked => traditional(text, origin)?,
        _ => return None,
    };
    Some((severity, sender))
}

/// Whether a `<PRI>` vouches for the line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It came over the wire: nothing but syslog writes `<PRI>` before a time.
    Marked,
    /// It has only its time and must look like syslog beyond that.
    Unmarked,
}

/// The service that a recognised line names, if it names one.
type Tag<'a> = Option<&'a [u8]>;

/// Who sent a recognised line, as far as it says.
#[derive(Default)]
struct Sender<'a> {
    host: Option<&'a [u8]>,
    tag: Tag<'a>,
    content: Content<'a>,
}

/// What follows the host.
enum Content<'a> {
    /// TAG and message, or the message alone.
    Tagged(&'a [u8]),
    /// RFC 5424's fields behind APP-NAME, and the message.
    Fields(&'a [u8]),
}

impl Default for Content<'_> {
    /// Nothing.
    fn default() -> Self {
        Content::Tagged(&[])
    }
}

/// `<PRI>`: facility times eight plus severity, 23 * 8 + 7 at most. The value and what follows.
fn priority(line: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = match line {
        [b'<', a, b'>', rest @ ..] => ([b'0', b'0', *a], rest),
        [b'<', a, b, b'>', rest @ ..] => ([b'0', *a, *b], rest),
        [b'<', a, b, c, b'>', rest @ ..] => ([*a, *b, *c], rest),
        _ => return None,
    };
    let mut value = 0u16;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u16::from(digit - b'0');
    }
    (value <= 191).then_some((value as u8, rest))
}

/// RFC 5424 from its VERSION on. Some senders (Heroku's drains) leave out a field further on, so nothing
/// is asked of the line behind APP-NAME.
fn rfc5424(text: &[u8]) -> Option<Sender<'_>> {
    let rest = match text {
        [b'1'..=b'9', b' ', rest @ ..] => rest,
        [b'1'..=b'9', b'0'..=b'9', b' ', rest @ ..] => rest,
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => rest,
        _ => return None,
    };
    let rest = match rest {
        [b'-', rest @ ..] => rest,
        _ => iso_time(rest)?.rest,
    };
    let Some((b' ', rest)) = rest.split_first() else {
        return rest.is_empty().then_some(Sender::default());
    };
    let (host, rest) = word(rest);
    let (app, rest) = match rest {
        [b' ', rest @ ..] => word(rest),
        _ => (&[][..], rest),
    };
    let present = |name: &&[u8]| !name.is_empty() && *name != b"-";
    Some(Sender { host: Some(host).filter(present), tag: Some(app).filter(present), content: Content::Fields(rest) })
}

/// The ISO variant: `2024-01-15T10:00:00.123456+00:00 host tag[pid]: text`.
fn iso(text: &[u8], origin: Origin) -> Option<Sender<'_>> {
    let time = iso_time(text)?;
    let (Zone::Present, [b' ' | b'\t', rest @ ..]) = (time.zone, time.rest) else { return None };
    let (host, content) = match origin_word(skip_blanks(rest), origin)? {
        First::Tag(content) => (None, content),
        First::Host(host, content) => {
            // `stdout F text` is a container runtime's line (CRI).
            let container = matches!(host, b"stdout" | b"stderr");
            if content.is_empty() || container || !host.iter().all(|&byte| in_host(byte)) {
                return None;
            }
            (Some(host), content)
        }
        First::Neither => return None,
    };
    let (name, _) = word(content);
    if looks_applied(name.strip_suffix(b":").unwrap_or(name)) {
        return None;
    }
    Some(Sender { host, tag: iso_tag(content), content: Content::Tagged(content) })
}

/// The TAG where only a word, or what has a process id behind it, is taken for one.
fn iso_tag(content: &[u8]) -> Tag<'_> {
    let (text, rest) = until(content, b"[:");
    if rest.is_empty() {
        return None;
    }
    if is_process_id(rest) {
        return named(text);
    }
    let (name, version) = word(text);
    let whole = match version {
        [] => matches!(rest, [b'[', ..] | [b':'] | [b':', b' ' | b'\t', ..]),
        // `syslogd 1.4.1:`; any other second word makes it a sentence.
        [_, b'0'..=b'9', ..] | [_, b'v', b'0'..=b'9', ..] => true,
        _ => false,
    };
    let plain = name.iter().all(|&byte| !matches!(byte, b'"' | b'\'' | b'=' | b',' | b';' | b'{' | b'}' | b'<' | b'>' | b'|'));
    if whole && plain { named(name) } else { None }
}

/// The traditional variant, from its month on.
fn traditional(text: &[u8], origin: Origin) -> Option<Sender<'_>> {
    let rest = skip_zone(skip_blanks(traditional_time(text)?));
    Some(match origin_word(rest, origin)? {
        First::Tag(content) => Sender { host: None, tag: tag(content), content: Content::Tagged(content) },
        First::Host(host, content) => Sender { host: Some(host), tag: tag(content), content: Content::Tagged(content) },
        First::Neither => Sender { content: Content::Tagged(rest), ..Sender::default() },
    })
}

/// The TAG at the start of what follows time and host, by the rule at the head of this file.
fn tag(content: &[u8]) -> Tag<'_> {
    let (text, rest) = until(content, b"[:");
    if rest.is_empty() {
        return None;
    }
    if is_process_id(rest) {
        return named(text);
    }
    let (name, more) = word(text);
    if !more.is_empty() && is_repetition(text) {
        return None;
    }
    if name.iter().all(u8::is_ascii_digit) {
        // A sequence number, or nothing at all before Cisco's lone colon, is nobody's name.
        return mnemonic(rest.strip_prefix(b":")?);
    }
    // A message that begins without a tag, as JSON or logfmt.
    if matches!(name, [b'{' | b'"', ..] | b"@cee") || name.contains(&b'=') {
        return None;
    }
    Some(name)
}

/// Cisco's `%FACILITY-SEVERITY-MNEMONIC:`, before which a second time may stand:
/// `123: *Mar  1 00:01:02.123 UTC: %LINK-3-UPDOWN: text` (the IOS manual's "system message format").
fn mnemonic(text: &[u8]) -> Tag<'_> {
    let text = skip_blanks(text);
    let text = match text {
        [b'*' | b'.', text @ ..] => text,
        _ => text,
    };
    let text = traditional_time(text).map_or(text, |rest| skip_zone(skip_blanks(rest)));
    let (name, _) = word(text);
    match name {
        [b'%', .., b':'] => name.strip_suffix(b":"),
        _ => None,
    }
}

/// `last message repeated 2 times`, which a syslog daemon says in nobody's name.
fn is_repetition(text: &[u8]) -> bool {
    text.starts_with(b"last message repeated ") || text.starts_with(b"message repeated ")
}

/// What the first word after the time is.
enum First<'a> {
    /// The tag itself: no host was logged. Holds the content from that word on.
    Tag(&'a [u8]),
    /// The host, and the content after it.
    Host(&'a [u8], &'a [u8]),
    /// Neither can begin like this, or nothing is there.
    Neither,
}

/// Judges the first word after the time; `None` where it shows that an application wrote the line.
fn origin_word(text: &[u8], origin: Origin) -> Option<First<'_>> {
    let (head, tail) = until(text, b" \t[");
    if let ([_, ..], [b'[', in_brackets @ ..]) = (head, tail) {
        let after = skip_digits(in_brackets);
        if after.len() < in_brackets.len() && matches!(after, [b']'] | [b']', b':' | b' ' | b'\t', ..]) {
            return Some(First::Tag(text));
        }
    }
    let (host, content) = if tail.starts_with(b"[") { word(text) } else { (head, tail) };
    match host {
        [] | [b'{' | b'"' | b'<' | b'|', ..] => return Some(First::Neither),
        [b'[' | b'(', ..] => return (origin == Origin::Marked).then_some(First::Neither),
        _ => {}
    }
    let bare = host.strip_suffix(b":");
    if origin == Origin::Unmarked && looks_applied(bare.unwrap_or(host)) {
        return None;
    }
    Some(match bare {
        // A lone colon is what Cisco puts between host and message.
        Some([_, ..]) => First::Tag(text),
        _ => First::Host(host, skip_blanks(content)),
    })
}

/// Whether a word is what an application writes after its time: a level, or something in brackets.
#[inline]
fn looks_applied(word: &[u8]) -> bool {
    match word {
        [b'[' | b'(', ..] => true,
        [letter] => Level::from_letter(*letter).is_some(),
        // A name with a digit, dot or dash at its end, as most hosts have, is no level.
        [.., last] => last.is_ascii_alphabetic() && Level::from_word(word).is_some(),
        [] => false,
    }
}

/// A byte that host names and addresses consist of; `/` and `@` join the names of relays.
const fn in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%' | b'/' | b'@')
}

/// Whether `[digits]:` stands here.
fn is_process_id(text: &[u8]) -> bool {
    let [b'[', in_brackets @ ..] = text else { return false };
    let after = skip_digits(in_brackets);
    after.len() < in_brackets.len() && after.starts_with(b"]:")
}

/// A name without the blanks around it; an empty one is none.
fn named(text: &[u8]) -> Tag<'_> {
    let name = text.trim_ascii();
    (!name.is_empty()).then_some(name)
}

/// `Jan 15 10:00:00`, with all that is met around it; gives what follows the time. The month decides at
/// once, so lines of other formats cost little here.
fn traditional_time(text: &[u8]) -> Option<&[u8]> {
    let (month, rest) = text.split_first_chunk::<3>()?;
    let known = matches!(
        month,
        b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun" | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec"
    );
    if !known {
        return None;
    }
    let rest = match rest {
        [b' ', b'0'..=b'3', b'0'..=b'9', b' ', rest @ ..] => rest,
        [b' ', b' ', b'1'..=b'9', b' ', rest @ ..] => rest,
        [b' ', b'1'..=b'9', b' ', rest @ ..] => rest,
        _ => return None,
    };
    let rest = match after_clock(rest) {
        Some(rest) => rest,
        None => after_clock(year(rest)?)?,
    };
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    matches!(rest, [] | [b' ' | b'\t', ..]).then_some(rest)
}

/// A year and a space; gives what follows.
fn year(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'1', b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => Some(rest),
        [b'2', b'0', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Passes over what may stand between time and host: a year as `date` writes it (`2005`, `CST 1987`, the
/// latter in RFC 3164's own examples) or Cisco's zone (`UTC: %SYS-5-RESTART`).
fn skip_zone(text: &[u8]) -> &[u8] {
    match text {
        [b'1' | b'2', ..] => year(text).unwrap_or(text),
        [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', ..] => {
            let (zone, rest) = word(text);
            if zone.len() > 6 {
                return text;
            }
            match (zone, rest) {
                ([.., b':'], [b' ', cisco @ ..]) if cisco.starts_with(b"%") => cisco,
                (_, [b' ', rest @ ..]) => year(rest).unwrap_or(text),
                _ => text,
            }
        }
        _ => text,
    }
}

/// Passes over Cisco's sequence number and its mark for a time it does not trust: `123: *`.
fn after_sequence(text: &[u8]) -> Option<&[u8]> {
    match skip_digits(text) {
        [b':', b' ', b'*' | b'.', rest @ ..] | [b':', b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// An ISO time's end.
struct IsoTime<'a> {
    zone: Zone,
    rest: &'a [u8],
}

/// Whether a time says its zone. Without one it is more likely an application's.
enum Zone {
    Present,
    Absent,
}

/// `2024-01-15T10:00:00`, a fraction, and `Z`, `+01:00` or `+0100`, up to a space or the end.
fn iso_time(text: &[u8]) -> Option<IsoTime<'_>> {
    let (month, rest) = text.split_first_chunk::<8>()?;
    let [b'0'..=b'3', b'0'..=b'9', b'T', rest @ ..] = rest else { return None };
    if !fits(*month, *b"0000-00-", [9, 9, 9, 9, 0, 1, 9, 0]) {
        return None;
    }
    let rest = after_clock(rest)?;
    let (zone, rest) = match rest {
        [b'Z', rest @ ..] => (Zone::Present, rest),
        [b'+' | b'-', b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', b'0'..=b'9', rest @ ..] => (Zone::Present, rest),
        [b'+' | b'-', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', rest @ ..] => (Zone::Present, rest),
        _ => (Zone::Absent, rest),
    };
    matches!(rest, [] | [b' ' | b'\t', ..]).then_some(IsoTime { zone, rest })
}

/// The word that `text` begins with, and the rest from the blank on.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    until(text, b" \t")
}

#[cfg(test)]
mod tests {
    use super::super::level::Level::{self, *};
    use super::super::record::{Record, Wanted};
    use super::{Memory, parse, read};
    use proptest::prelude::*;

    /// Line, service, level.
    type Row = (&'static str, Option<&'static str>, Option<Level>);

    fn check(table: &[Row]) {
        for (line, service, level) in table {
            let expected = Record { service: service.map(str::as_bytes), level: *level };
            assert_eq!(read(line.as_bytes(), Wanted::ALL), Some(expected), "{line}");
        }
    }

    #[test]
    fn traditional_lines() {
        check(&[
            ("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0", Some("sshd(pam_unix)"), None),
            ("Jun  4 15:16:01 combo kernel: [12.5] usb 1-1: new device", Some("kernel"), None),
            ("Jun 04 15:16:01 combo su: (to root) bob on /dev/pts/0", Some("su"), None),
            ("Jun 4 15:16:01 combo su: one digit", Some("su"), None),
            ("Jun 14 15:16:01.123 web1 postfix/smtpd[12]: connect from unknown", Some("postfix/smtpd"), None),
            ("Jan 15 2024 10:00:00 gw dhcpd[4]: DHCPACK on 10.0.0.7", Some("dhcpd"), None),
            ("2024 Jan 15 10:00:00 nx9k %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up", Some("%ETHPORT-5-IF_UP"), None),
            ("Jan 15 10:00:00 2024 gw ntpd[99]: time set", Some("ntpd"), None),
            ("Jul  1 09:00:55 calvisitor Google Chrome[356]: ImageIO: bad header", Some("Google Chrome"), None),
            (
                "Jul  1 09:00:55 mac com.apple.xpc.launchd[1] (com.apple.mdworker[12513]): exited",
                Some("com.apple.xpc.launchd"),
                None,
            ),
            ("Jul  7 08:06:15 combo  -- root[2421]: ROOT LOGIN ON tty2", Some("-- root"), None),
            ("Jul  3 04:02:02 combo syslogd 1.4.1: restart.", Some("syslogd"), None),
            ("Jul  3 04:02:02 combo CRON[1234]: (root) CMD (run-parts /etc/cron.hourly)", Some("CRON"), None),
            ("Jul  3 04:02:02 combo dbus-daemon[7]: [system] Activating: name='org'", Some("dbus-daemon"), None),
            ("Jul  3 04:02:02 combo rsyslogd:", Some("rsyslogd"), None),
            ("Jul  3 04:02:02 combo myapp:no space after the colon", Some("myapp"), None),
            ("Jul  3 04:02:02 fe80::1 sshd[12]: from an address", Some("sshd"), None),
            ("Jul  3 04:02:02 box sshd[12]: message repeated 2 times: [ Failed password]", Some("sshd"), None),
            ("Jul  3 04:02:02 box ERROR: in a tag's place", Some("ERROR"), None),
        ]);
    }

    #[test]
    fn without_a_host_or_a_tag() {
        check(&[
            ("Jun 14 15:16:01 sshd[123]: Accepted publickey for core", Some("sshd"), None),
            ("Jun 14 15:16:01 sshd(pam_unix)[123]: session opened", Some("sshd(pam_unix)"), None),
            ("Jun 14 15:16:01 sshd[123]:Accepted", Some("sshd"), None),
            ("Jun 14 15:16:01 kernel: eth0: link up", Some("kernel"), None),
            ("Jun 14 15:16:01 combo last message repeated 2 times", None, None),
            ("Jun 14 15:16:01 last message repeated 2 times", None, None),
            ("Jun 14 15:16:01 combo last message repeated 2 times: [x]", None, None),
            ("Jun 14 15:16:01 combo -- MARK --", None, None),
            ("Jun 14 15:16:01 -- MARK --", None, None),
            ("Jun 14 15:16:01 --- last message repeated 1 time ---", None, None),
            ("Jun 14 15:16:01 combo [12.345] no tag", None, None),
            ("Jun 14 15:16:01 {\"service\": \"x\"}", None, None),
            ("Jun 14 15:16:01 combo", None, None),
            ("Jun 14 15:16:01", None, None),
        ]);
    }

    #[test]
    fn with_a_priority() {
        check(&[
            ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", Some("su"), Some(Fatal)),
            ("<13>Feb  5 17:32:18 10.0.0.99 myproc[10]: text", Some("myproc"), Some(Info)),
            ("<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time", Some("myproc"), Some(Info)),
            ("<191>Feb  5 17:32:18 h t: x", Some("t"), Some(Debug)),
            ("<3>Feb  5 17:32:18 h t: x", Some("t"), Some(Error)),
            ("<12>Feb  5 17:32:18 h t: x", Some("t"), Some(Warn)),
            ("<14>Feb  5 17:32:18 [main] started: yes", None, Some(Info)),
            ("<14>Feb  5 17:32:18 info sshd[1]: a host of that name", Some("sshd"), Some(Info)),
            ("<14>2024-01-15T10:00:00Z host tag[1]: x", Some("tag"), Some(Info)),
        ]);
    }

    #[test]
    fn cisco() {
        check(&[
            ("<166>Jan 15 2024 10:00:00: %ASA-6-302013: Built outbound TCP", Some("%ASA-6-302013"), Some(Info)),
            ("Jan 15 2024 10:00:00 fw01 : %ASA-6-302013: Built outbound TCP", Some("%ASA-6-302013"), None),
            ("<189>123: *Jan 15 10:00:00.123: %SYS-5-CONFIG_I: Configured", Some("%SYS-5-CONFIG_I"), Some(Info)),
            ("<187>.Jan 15 10:00:00.123 UTC: %LINK-3-UPDOWN: Interface", Some("%LINK-3-UPDOWN"), Some(Error)),
            ("Jan 15 10:00:01 rt1 123: *Mar  1 00:01:02.123 UTC: %LINK-3-UPDOWN: Interface", Some("%LINK-3-UPDOWN"), None),
            ("Jan 15 10:00:01 rt1 123: no mnemonic", None, None),
        ]);
    }

    #[test]
    fn iso_lines() {
        check(&[
            ("2024-01-15T10:00:00.123456+00:00 host sshd[12]: Accepted", Some("sshd"), None),
            ("2024-01-15T10:00:00+0100 host kernel: [1.5] x", Some("kernel"), None),
            ("2024-01-15T10:00:00Z host Google Chrome[356]: x", Some("Google Chrome"), None),
            ("2024-01-15T10:00:00Z host syslogd 1.4.1: restart.", Some("syslogd"), None),
            ("2024-01-15T10:00:00Z host  -- root[2421]: ROOT LOGIN ON tty2", Some("-- root"), None),
            ("2024-01-15T10:00:00Z mac com.apple.xpc.launchd[1] (com.apple.x[2]): y", Some("com.apple.xpc.launchd"), None),
            ("2024-01-15T10:00:00.1+00:00 app[web.1]: State changed", Some("app"), None),
            ("2024-01-15T10:00:00Z sshd[12]: no host", Some("sshd"), None),
            ("2024-01-15T10:00:00Z host last message repeated 2 times", None, None),
            ("2024-01-15T10:00:00Z Current runner version: '2.3'", None, None),
        ]);
    }

    #[test]
    fn rfc5424_lines() {
        check(&[
            ("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - BOM'su root' failed", Some("su"), Some(Fatal)),
            ("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time", Some("myproc"), Some(Info)),
            ("<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [ex@32473 iut=\"3\"] text", Some("evntslog"), Some(Info)),
            ("<11>1 - - checkout 12 - - text: more", Some("checkout"), Some(Error)),
            ("<11>1 - - - - - -", None, Some(Error)),
            ("<40>1 2012-11-30T06:45:29+00:00 host app web.3 - State changed", Some("app"), Some(Fatal)),
        ]);
    }

    #[test]
    fn other_lines() {
        let table = [
            "",
            " ",
            "<",
            "<>",
            "<34>",
            "<192>Oct 11 22:14:15 h su: x",
            "<1234>Oct 11 22:14:15 h su: x",
            "<a>Oct 11 22:14:15 h su: x",
            "<34>just text",
            "<html><body>",
            "1 2003-10-11T22:14:15.003Z mymachine su - ID47 - no priority [x]",
            "Jan 15 10:00:00 INFO foo: bar",
            "Jan 15 10:00:00 [main] foo: bar",
            "Jan 15 10:00:00 (main) foo: bar",
            "Jan 15 10:00:00 error: bar",
            "Jan 15, 2024 10:00:00 PM com.example.Main run",
            "Jan 15 10:00",
            "January 15 10:00:00 h t: x",
            "Sun Dec 04 04:47:44 2005 h t: x",
            "2024-01-15T10:00:00Z INFO foo: bar",
            "2024-01-15T10:00:00Z [main] INFO foo: bar",
            "2024-01-15T10:00:00Z myapp ERROR: x",
            "2024-01-15T10:00:00Z web-1 INFO nothing else",
            "2024-01-15T10:00:00Z - INFO - foo: bar",
            "2024-01-15T10:00:00 host sshd[12]: no zone",
            "2024-01-15T10:00:00.123Z",
            "2024-01-15T10:00:00.123Z word",
            "2024-01-15T10:00:00.123456789Z stdout F hello: world",
            "2024-01-15T10:00:00.123+0000 I NETWORK  [conn1] end connection 127.0.0.1:5000",
            "2024-01-15T10:00:00.123456Z 0 [Note] [MY-010747] mysqld: ready",
            "2024-01-15T10:00:00Z {\"a\": 1}",
            "2024-01-15T10:00:00Z level=info msg=\"a: b\"",
            "2024-01-15 10:00:00,123 INFO [main] org.apache.Foo: x",
            "\tat com.example.Foo.bar(Foo.java:12)",
            "java.lang.IllegalStateException: boom",
            "{\"service\": \"checkout\", \"level\": \"info\"}",
        ];
        for line in table {
            assert_eq!(read(line.as_bytes(), Wanted::ALL), None, "{line}");
        }
    }

    #[test]
    fn only_what_is_wanted() {
        let line = b"<34>Oct 11 22:14:15 mymachine su: x";
        assert_eq!(read(line, Wanted::NOTHING), Some(Record::BARE));
        assert_eq!(read(line, Wanted::SERVICE), Some(Record { service: Some(b"su"), level: None }));
        assert_eq!(read(line, Wanted::LEVEL), Some(Record { service: None, level: Some(Fatal) }));
    }

    proptest! {
        #[test]
        fn what_is_remembered_changes_no_answer(lines in proptest::collection::vec(
            (
                proptest::sample::select(vec!["Nov 14 22:", "Nov 14 23:", "Nov  4 22:", "Nov 4 22:", "Nov 14 2024 ", "Nov 14 20240:", "2024-01-1"]),
                "[0-7][0-9]:[0-7][0-9]",
                proptest::sample::select(vec![" ", " ", " ", "  ", ".5 ", ": "]),
                proptest::sample::select(vec!["web-1", "web-2", "10.0.0.1", "2005", "UTC", "CST", "ERROR", "E", "h", "[x]", "sshd[1]:", "a:", "Jun"]),
                proptest::sample::select(vec![" ", " ", "  ", "\t", ""]),
                "((sshd|sshd\r|su\x0c|su|a b|2005|last message repeated 2 times|\\(x\\)|%ASA-1-2)(\\[1[0-9]?\\]|\\[x\\])?:?)?",
                "( [a-z:\\[]{0,12}| [a-z ]{30,60})?",
            ).prop_map(|(hour, time, gap, host, blank, tag, text)| format!("{hour}{time}{gap}{host}{blank}{tag}{text}")),
            1..20,
        )) {
            let mut memory = Memory::default();
            for line in lines.iter().chain(&lines) {
                for wanted in [Wanted::ALL, Wanted::LEVEL, Wanted::NOTHING] {
                    prop_assert_eq!(parse(line.as_bytes(), wanted, &mut memory), read(line.as_bytes(), wanted), "{}", line);
                }
                for ending in ["", "\n", "\r\n"] {
                    if let Some(service) = memory.recall(format!("{line}{ending}").as_bytes()) {
                        let parsed = read(line.as_bytes(), Wanted::SERVICE);
                        prop_assert_eq!(Some(Some(service)), parsed.map(|record| record.service), "{}", line);
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_of_the_same_hour_is_recalled() {
        let mut memory = Memory::default();
        parse(b"Nov 14 22:13:20 web-1 cart: text", Wanted::SERVICE, &mut memory);
        let line = |origin: &str| format!("Nov 14 22:59:59 {origin} a text of some length, as most lines have one\n");
        assert_eq!(memory.recall(line("web-2 billing[12]:").as_bytes()), Some(b"billing".as_slice()));
        assert_eq!(memory.recall(line("web-2 billing:").as_bytes()), Some(b"billing".as_slice()));
        assert_eq!(memory.recall(line("web-2 billing[a]:").as_bytes()), None);
        assert_eq!(memory.recall(line("ERROR billing:").as_bytes()), None);
    }
}
