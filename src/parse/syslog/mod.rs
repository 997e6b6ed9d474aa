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

mod cisco;
mod iso;
mod memory;
mod origin;
mod rfc3164;
mod rfc5424;

pub use memory::Memory;
pub use rfc3164::time_goes_on;

use super::{
    level::Level,
    record::{Record, Wanted},
    words::{skip_blanks, until},
};
use origin::Origin;

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
        Content::Fields(text) => rfc5424::after_fields(text)?,
        Content::Tagged(text) if tag.is_none() => text,
        Content::Tagged(text) => {
            let (_, rest) = until(text, b"[:");
            let rest = if rest.starts_with(b"[") { rest.get(memchr::memchr(b']', rest)? + 1..)? } else { rest };
            rest.strip_prefix(b":").unwrap_or(rest)
        }
    };
    Some(skip_blanks(text))
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
        [b'0'..=b'9', ..] => match rfc3164::year(text) {
            Some(after_year) => rfc3164::time(text, after_year),
            None if !marked => None,
            None => match cisco::after_sequence(text) {
                Some(text) => rfc3164::time(text, text),
                // <34>1 2024-01-15T10:00:00Z
                None => Some(word(word(text).1.strip_prefix(b" ")?).0),
            },
        },
        [b'*' | b'.', text @ ..] => rfc3164::time(text, text),
        _ => rfc3164::time(text, text),
    }
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
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => iso::sender(text, origin)?,
        [b'0'..=b'9', ..] => match (rfc3164::year(text), origin) {
            (Some(text), _) => rfc3164::sender(text, origin)?,
            (None, Origin::Marked) => match cisco::after_sequence(text) {
                Some(text) => rfc3164::sender(text, origin)?,
                None => rfc5424::sender(text)?,
            },
            (None, Origin::Unmarked) => return None,
        },
        [b'A'..=b'S', ..] => rfc3164::sender(text, origin)?,
        // Cisco marks a time it does not trust: `*` never set, `.` out of step.
        [b'*' | b'.', text @ ..] if origin == Origin::Marked => rfc3164::sender(text, origin)?,
        _ => return None,
    };
    Some((severity, sender))
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

/// The word that `text` begins with, and the rest from the blank on.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    until(text, b" \t")
}

#[cfg(test)]
mod tests;
