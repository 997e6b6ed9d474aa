//! What Cisco's devices put before and behind the time: sequence numbers, marks, and their mnemonic for a tag.

use super::{
    super::words::{skip_blanks, skip_digits},
    Tag,
    rfc3164::{skip_zone, traditional_time},
    word,
};

/// Cisco's `%FACILITY-SEVERITY-MNEMONIC:`, before which a second time may stand:
/// `123: *Mar  1 00:01:02.123 UTC: %LINK-3-UPDOWN: text` (the IOS manual's "system message format").
pub(super) fn mnemonic(text: &[u8]) -> Tag<'_> {
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

/// Passes over Cisco's sequence number and its mark for a time it does not trust: `123: *`.
pub(super) fn after_sequence(text: &[u8]) -> Option<&[u8]> {
    match skip_digits(text) {
        [b':', b' ', b'*' | b'.', rest @ ..] | [b':', b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}
