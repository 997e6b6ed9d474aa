//! RFC 5424, from its VERSION on.

use super::{super::words::skip_blanks, Content, Sender, iso::iso_time, word};

/// RFC 5424 from its VERSION on. Some senders (Heroku's drains) leave out a field further on, so nothing
/// is asked of the line behind APP-NAME.
pub(super) fn sender(text: &[u8]) -> Option<Sender<'_>> {
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

/// RFC 5424 behind APP-NAME: past PROCID, MSGID and STRUCTURED-DATA. Where a sender left the last out, what stands there is the
/// message. A byte-order mark may begin it (section 6.4).
pub(super) fn after_fields(text: &[u8]) -> Option<&[u8]> {
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
