//! Whose a line is: what the first word behind a time tells, and what can be a name.

use super::{
    super::{
        level::Level,
        words::{skip_blanks, skip_digits, until},
    },
    Tag, word,
};

/// Whether a `<PRI>` vouches for the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It came over the wire: nothing but syslog writes `<PRI>` before a time.
    Marked,
    /// It has only its time and must look like syslog beyond that.
    Unmarked,
}

/// What the first word after the time is.
pub(super) enum First<'a> {
    /// The tag itself: no host was logged. Holds the content from that word on.
    Tag(&'a [u8]),
    /// The host, and the content after it.
    Host(&'a [u8], &'a [u8]),
    /// Neither can begin like this, or nothing is there.
    Neither,
}

/// Judges the first word after the time; `None` where it shows that an application wrote the line.
pub(super) fn origin_word(text: &[u8], origin: Origin) -> Option<First<'_>> {
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
pub(super) fn looks_applied(word: &[u8]) -> bool {
    match word {
        [b'[' | b'(', ..] => true,
        [letter] => Level::from_letter(*letter).is_some(),
        // A name with a digit, dot or dash at its end, as most hosts have, is no level.
        [.., last] => last.is_ascii_alphabetic() && Level::from_word(word).is_some(),
        [] => false,
    }
}

/// Whether `[digits]:` stands here.
pub(super) fn is_process_id(text: &[u8]) -> bool {
    let [b'[', in_brackets @ ..] = text else { return false };
    let after = skip_digits(in_brackets);
    after.len() < in_brackets.len() && after.starts_with(b"]:")
}

/// A name without the blanks around it; an empty one is none.
pub(super) fn named(text: &[u8]) -> Tag<'_> {
    let name = text.trim_ascii();
    (!name.is_empty()).then_some(name)
}
