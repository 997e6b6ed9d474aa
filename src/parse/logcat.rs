//! Android's logcat, in the forms that end up in files.
//!
//! | form | shape |
//! |---|---|
//! | `threadtime` | `03-17 16:13:38.811  1702  2395 D WindowManager: text` |
//! | `time` | `03-17 16:13:38.811 D/WindowManager( 1702): text` |
//! | `brief` | `D/WindowManager( 1702): text` |
//!
//! The source is logcat's manual (`-v`), whose modifiers `year`, `usec`, `zone` and `uid` add a year, digits,
//! a zone and a column before the PID. The tag is the service. Nothing bounds it: it may hold spaces and
//! colons, and is padded to eight columns; logcat writes `: ` behind it in every form.

use super::level::Level;
use super::record::{Record, Wanted};
use super::words::{after_clock, skip_digits, until};
use memchr::memchr_iter;

/// Reads the first line of a logcat entry; `None` where `line` is not one.
#[inline(never)]
#[must_use]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
    let entry = match after_time(line) {
        Some(rest) => threadtime(rest).or_else(|| brief(skip_spaces(rest)))?,
        None => brief(line)?,
    };
    let service = if wanted.has(Wanted::SERVICE) { entry.tag() } else { None };
    let level = if wanted.has(Wanted::LEVEL) { Level::from_letter(entry.letter) } else { None };
    Some(Record { service, level })
}

/// The time of an entry, which the brief form has none of.
#[must_use]
pub fn time(line: &[u8]) -> Option<&[u8]> {
    line.get(..line.len().checked_sub(after_time(line)?.len())?)
}

/// An entry's level, and its tag still with what follows it.
struct Entry<'a> {
    letter: u8,
    text: &'a [u8],
    tag_ends: TagEnds,
}

/// What ends a tag.
enum TagEnds {
    /// `: `, or a `:` that is the line's last.
    AtColon,
    /// The byte at this place.
    At(usize),
}

impl<'a> Entry<'a> {
    /// The tag without its padding.
    fn tag(&self) -> Option<&'a [u8]> {
        let end = match self.tag_ends {
            TagEnds::At(end) => end,
            TagEnds::AtColon => {
                memchr_iter(b':', self.text).find(|&at| self.text.get(at + 1).is_none_or(|&next| next == b' '))?
            }
        };
        let tag = self.text.get(..end)?.trim_ascii();
        (!tag.is_empty()).then_some(tag)
    }
}

/// Whether a letter is one of logcat's priorities. `S` (silent) has no level of ours.
const fn is_priority(letter: u8) -> bool {
    matches!(letter, b'V' | b'D' | b'I' | b'W' | b'E' | b'F' | b'A' | b'S')
}

/// `1702  2395 D tag: text`, with a user before the numbers or not.
fn threadtime(text: &[u8]) -> Option<Entry<'_>> {
    let (first, rest) = word(text);
    let (second, rest) = word(rest);
    let (third, rest) = word(rest);
    let is_number = |word: &[u8]| !word.is_empty() && skip_digits(word).is_empty();
    if !is_number(second) {
        return None;
    }
    match third {
        [letter] if is_priority(*letter) && is_number(first) => {
            return Some(Entry { letter: *letter, text: rest, tag_ends: TagEnds::AtColon });
        }
        _ if !is_number(third) => return None,
        _ => {}
    }
    let (fourth, rest) = word(rest);
    match fourth {
        [letter] if is_priority(*letter) => Some(Entry { letter: *letter, text: rest, tag_ends: TagEnds::AtColon }),
        _ => None,
    }
}

/// `D/tag( 1702): text`.
fn brief(text: &[u8]) -> Option<Entry<'_>> {
    let [letter, b'/', text @ ..] = text else { return None };
    if !is_priority(*letter) {
        return None;
    }
    // A tag may have parentheses of its own.
    let end = memchr_iter(b'(', text).find(|&at| text.get(at + 1..).is_some_and(is_process_id))?;
    Some(Entry { letter: *letter, text, tag_ends: TagEnds::At(end) })
}

/// Whether ` 1702): ` stands here.
fn is_process_id(text: &[u8]) -> bool {
    let padded = skip_spaces(text);
    let after = skip_digits(padded);
    after.len() < padded.len() && matches!(after, [b')', b':'] | [b')', b':', b' ', ..])
}

/// What follows `03-17 16:13:38.811`, from the space on.
fn after_time(line: &[u8]) -> Option<&[u8]> {
    let date = match line {
        [b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', date @ ..] => date,
        _ => line,
    };
    let rest = match date {
        [b'0' | b'1', b'0'..=b'9', b'-', b'0'..=b'3', b'0'..=b'9', b' ', rest @ ..] => rest,
        _ => return None,
    };
    // Of all clocks that this date may be followed by, only logcat's always has a fraction.
    let clock = rest;
    let rest = after_clock(clock)?;
    if rest.len() + 10 > clock.len() {
        return None;
    }
    let rest = match rest {
        [b' ', b'+' | b'-', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', rest @ ..] => rest,
        _ => rest,
    };
    rest.starts_with(b" ").then_some(rest)
}

/// The next word, and what follows it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    until(skip_spaces(text), b" ")
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::level::Level::{self, *};
    use super::super::record::{Record, Wanted};
    use super::parse;

    #[test]
    fn lines() {
        let table: &[(&str, Option<&str>, Option<Level>)] = &[
            ("03-17 16:13:38.811  1702  2395 D WindowManager: printFreezingDisplayLogs: x", Some("WindowManager"), Some(Debug)),
            ("2024-03-17 16:13:38.811  1702  2395 I chatty  : uid=1000 expire 3 lines", Some("chatty"), Some(Info)),
            ("03-17 16:13:38.811123  1702  2395 V AudioManager: x", Some("AudioManager"), Some(Trace)),
            ("03-17 16:13:38.811  root  1702  2395 W auditd  : type=2000", Some("auditd"), Some(Warn)),
            ("03-17 16:13:38.811 10037  1702  2395 E AndroidRuntime: FATAL EXCEPTION: main", Some("AndroidRuntime"), Some(Error)),
            ("03-17 16:13:38.811 +0100  1702  2395 E AndroidRuntime: x", Some("AndroidRuntime"), Some(Error)),
            ("03-17 16:13:38.811  1702  2395 F libc    : Fatal signal 11", Some("libc"), Some(Fatal)),
            ("03-17 16:13:38.811  1702  2395 A DEBUG   : *** ***", Some("DEBUG"), Some(Fatal)),
            ("03-17 16:13:38.811  1702  2395 I My Tag 2.0: hello", Some("My Tag 2.0"), Some(Info)),
            ("03-17 16:13:38.811  1702  2395 I ns::Class: hello", Some("ns::Class"), Some(Info)),
            ("03-17 16:13:38.811  1702  2395 I Tag:", Some("Tag"), Some(Info)),
            ("03-17 16:13:38.811  1702  2395 I : no tag", None, Some(Info)),
            ("03-17 16:13:38.811  1702  2395 I no colon", None, Some(Info)),
            ("03-17 16:13:38.811  1702  2395 S Quiet: x", Some("Quiet"), None),
            ("03-17 16:13:38.811 D/WindowManager( 1702): x", Some("WindowManager"), Some(Debug)),
            ("03-17 16:13:38.811 I/am_proc(x)(1702): [0,1]", Some("am_proc(x)"), Some(Info)),
            ("D/WindowManager( 1702): x", Some("WindowManager"), Some(Debug)),
            ("W/chatty  (12345):", Some("chatty"), Some(Warn)),
            ("E/My Tag: x(  9): y", Some("My Tag: x"), Some(Error)),
        ];
        for (line, service, level) in table {
            let expected = Record { service: service.map(str::as_bytes), level: *level };
            assert_eq!(parse(line.as_bytes(), Wanted::ALL), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines() {
        let table = [
            "",
            "D/",
            "D/Tag(",
            "D/Tag: no process",
            "X/Tag( 12): x",
            "03-17 16:13:38.811",
            "03-17 16:13:38.811 ",
            "03-17 16:13:38  1702  2395 D no fraction: x",
            "03-17 16:13:38.811  1702  2395 Q Tag: x",
            "03-17 16:13:38.811  1702  D Tag: x",
            "03-17 16:13:38.811 INFO [main] org.apache.Foo: x",
            "2024-03-17 16:13:38.811 INFO 1702 --- [main] c.e.Foo : x",
            "2024-03-17 16:13:38.811 1702 INFO nova.compute [-] x",
            "--------- beginning of main",
            "\tat android.os.Handler.dispatchMessage(Handler.java:102)",
            "{\"tag\": \"x\"}",
        ];
        for line in table {
            assert_eq!(parse(line.as_bytes(), Wanted::ALL), None, "{line}");
        }
    }
}
