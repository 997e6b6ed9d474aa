//! The variant with an ISO time, which every second logger writes too: more is asked of what follows it.

use super::{
    super::words::{after_clock, fits, skip_blanks, until},
    Content, Sender, Tag,
    origin::{First, Origin, is_process_id, looks_applied, named, origin_word},
    word,
};

/// The ISO variant: `2024-01-15T10:00:00.123456+00:00 host tag[pid]: text`.
pub(super) fn sender(text: &[u8], origin: Origin) -> Option<Sender<'_>> {
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

/// A byte that host names and addresses consist of; `/` and `@` join the names of relays.
const fn in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%' | b'/' | b'@')
}

/// An ISO time's end.
pub(super) struct IsoTime<'a> {
    zone: Zone,
    pub(super) rest: &'a [u8],
}

/// Whether a time says its zone. Without one it is more likely an application's.
pub(super) enum Zone {
    Present,
    Absent,
}

/// `2024-01-15T10:00:00`, a fraction, and `Z`, `+01:00` or `+0100`, up to a space or the end.
pub(super) fn iso_time(text: &[u8]) -> Option<IsoTime<'_>> {
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
