//! Messages that are records themselves (`--unwrap`): a JSON object or logfmt behind syslog's header, or in the key of a JSON record
//! in which a collector keeps the program's line (journald's `MESSAGE`, Filebeat's `message`).
//!
//! What the message says goes before what was put around it: its level, and an explicit service (`service`, `app`, ...), as inside
//! a container: a logger's name or a class inside a program is no service. The time and the host stay those around it: each record
//! has them, by one clock, and a syslog file is in their order. Of any other message nothing is read.

use super::{json, keys::Keys, logfmt, record::Record};

/// Whether messages are looked into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Messages {
    /// They are text.
    #[default]
    Kept,
    /// Those that are JSON or logfmt are read.
    Unwrapped,
}

/// Where collectors keep a program's line in a JSON record of their own, in order of trust.
const KEYS: [&str; 4] = ["MESSAGE", "message", "msg", "log"];

/// Before JSON in a syslog message (the CEE's log syntax, which rsyslog and syslog-ng read and write).
const COOKIE: &[u8] = b"@cee:";

/// What is remembered from line to line; never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    /// Of the record around the message, of which [`keys`] are looked for.
    pub(super) around: json::Memory,
    /// Of the message.
    pub(super) inside: Inside,
}

/// What is remembered of messages; of use for one set of keys.
#[derive(Debug, Default)]
pub struct Inside {
    json: json::Memory,
    logfmt: logfmt::Memory,
}

/// The keys of a JSON record that may hold a message, for [`json::parse`].
#[must_use]
pub fn keys() -> Keys {
    Keys::of(&KEYS.map(|name| name.as_bytes().to_vec()))
}

/// The structured text of a message; `None` where it is prose.
fn structured(message: &[u8]) -> Option<&[u8]> {
    let text = message.trim_ascii();
    let text = text.strip_prefix(COOKIE).map_or(text, <[u8]>::trim_ascii_start);
    (json::recognise(text) || logfmt::recognise(text)).then_some(text)
}

/// Reads a message that is structured.
pub fn parse<'a>(message: &'a [u8], keys: &Keys, memory: &'a mut Inside) -> Option<Record<'a>> {
    let text = structured(message)?;
    if json::recognise(text) { json::parse(text, keys, &mut memory.json) } else { logfmt::parse(text, keys, &mut memory.logfmt) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{level::Level, record::Wanted};

    #[test]
    fn messages() {
        let keys = Keys::inside(Wanted::ALL, &[]);
        let table = [
            (r#"{"app":"cart","level":"warn"}"#, Some((Some("cart"), Some(Level::Warn)))),
            (r#" @cee: {"service":"cart"}"#, Some((Some("cart"), None))),
            (r#"@cee:{"severity":"err"}"#, Some((None, Some(Level::Error)))),
            (r#"{"logger":"org.example.Cart","level":"info"}"#, Some((None, Some(Level::Info)))),
            ("level=error service=cart msg=\"x y\"\n", Some((Some("cart"), Some(Level::Error)))),
            (r#"{"app":"cart","level":"wa"#, Some((Some("cart"), None))),
            ("@cee:", None),
            ("text with service=cart level=warn", None),
            ("{braces} and text", None),
            ("", None),
        ];
        for (message, expected) in table {
            let mut memory = Inside::default();
            let record = parse(message.as_bytes(), &keys, &mut memory);
            let found = record.map(|record| (record.service.map(String::from_utf8_lossy), record.level));
            let expected = expected.map(|(service, level)| (service.map(Into::into), level));
            assert_eq!(found, expected, "{message}");
        }
    }
}
