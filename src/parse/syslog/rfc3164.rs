//! The traditional variant: RFC 3164, and what else has been seen between its time, host and tag.

use super::{
    super::words::{after_clock, skip_blanks, until},
    Content, Sender, Tag, cisco,
    origin::{First, Origin, is_process_id, named, origin_word},
    word,
};

/// The traditional variant, from its month on.
pub(super) fn sender(text: &[u8], origin: Origin) -> Option<Sender<'_>> {
    let rest = skip_zone(skip_blanks(traditional_time(text)?));
    Some(match origin_word(rest, origin)? {
        First::Tag(content) => Sender { host: None, tag: tag(content), content: Content::Tagged(content) },
        First::Host(host, content) => Sender { host: Some(host), tag: tag(content), content: Content::Tagged(content) },
        First::Neither => Sender { content: Content::Tagged(rest), ..Sender::default() },
    })
}

/// The TAG at the start of what follows time and host, by the rule at the head of this folder.
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
        return cisco::mnemonic(rest.strip_prefix(b":")?);
    }
    // A message that begins without a tag, as JSON or logfmt.
    if matches!(name, [b'{' | b'"', ..] | b"@cee") || name.contains(&b'=') {
        return None;
    }
    Some(name)
}
/// `last message repeated 2 times`, which a syslog daemon says in nobody's name.
fn is_repetition(text: &[u8]) -> bool {
    text.starts_with(b"last message repeated ") || text.starts_with(b"message repeated ")
}

/// The text from `from` to the end of the time whose month stands at `month`.
pub(super) fn time<'a>(from: &'a [u8], month: &'a [u8]) -> Option<&'a [u8]> {
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

/// `Jan 15 10:00:00`, with all that is met around it; gives what follows the time. The month decides at
/// once, so lines of other formats cost little here.
pub(super) fn traditional_time(text: &[u8]) -> Option<&[u8]> {
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
pub(super) fn year(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'1', b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => Some(rest),
        [b'2', b'0', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Passes over what may stand between time and host: a year as `date` writes it (`2005`, `CST 1987`, the
/// latter in RFC 3164's own examples) or Cisco's zone (`UTC: %SYS-5-RESTART`).
pub(super) fn skip_zone(text: &[u8]) -> &[u8] {
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
