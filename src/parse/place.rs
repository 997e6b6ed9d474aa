//! Where in a record its service was found, for whoever wonders at a name.

use super::{Dialect, Format, Memory, Rules, json, logfmt, wrapped};
use std::fmt;

/// The place in a record that its service was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value of this key.
    Key(Vec<u8>),
    /// The value of this key of what is inside a container's line.
    KeyInside(Vec<u8>),
    /// A place of the format's own, in words.
    Own(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Key(key) => write!(f, "key {}", String::from_utf8_lossy(key).escape_debug()),
            Place::KeyInside(key) => write!(f, "key {} inside", String::from_utf8_lossy(key).escape_debug()),
            Place::Own(words) => f.write_str(words),
        }
    }
}

impl Dialect {
    /// Where the service of a record stands whose first line is of this format; only of records that name one.
    #[must_use]
    pub fn place_of(&self, format: Format, line: &[u8], rules: &Rules) -> Option<Place> {
        Some(match format {
            Format::Json => Place::Key(json::named_by(line, &rules.keys)?.to_vec()),
            Format::Logfmt => Place::Key(logfmt::named_by(line, &rules.keys)?.to_vec()),
            Format::App => Place::Own(self.app().place()?),
            Format::Syslog => Place::Own("the tag before the message"),
            Format::Logcat => Place::Own("the tag"),
            Format::Access => Place::Own("the virtual host before the client"),
            Format::Klog => Place::Own("the source file's name"),
            Format::W3c => Place::Own("the field of the host or the site"),
            Format::Declared(declared) if declared.is_users() => Place::Own("the group service of your expression"),
            Format::Declared(_) => Place::Own("the format's own place"),
            Format::Docker | Format::Cri | Format::Compose => self.place_inside(format, line, rules)?,
            Format::Plain => return None,
        })
    }

    /// The same of a line that a container's runtime wrapped.
    fn place_inside(&self, format: Format, line: &[u8], rules: &Rules) -> Option<Place> {
        let (dialect, rules) = (self.inside()?, rules.inside.as_deref()?);
        let wrapped = wrapped::unwrap(format, line)?;
        let mut decoded = Vec::new();
        let text = wrapped.text(&mut decoded);
        let format = dialect.parse(text, rules, &mut Memory::default())?.format;
        let explicit = match format {
            Format::Json => json::named_by(text, &rules.keys).map(|key| Place::KeyInside(key.to_vec())),
            Format::Logfmt => logfmt::named_by(text, &rules.keys).map(|key| Place::KeyInside(key.to_vec())),
            Format::Declared(declared) if declared.is_users() => dialect.place_of(format, text, rules),
            _ => None,
        };
        explicit.or(wrapped.container.map(|_| Place::Own("the container's name before the bar")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{detect, record::Wanted};

    /// Where the service of a head's first line stands.
    fn place(head: &str) -> Option<String> {
        let rules = Rules::new(Wanted::ALL, &[b"team".to_vec()], None);
        let dialect = detect(head.as_bytes(), &rules);
        let line = head.lines().next().unwrap();
        let format = dialect.parse(line.as_bytes(), &rules, &mut Memory::default()).unwrap().format;
        dialect.place_of(format, line.as_bytes(), &rules).map(|place| place.to_string())
    }

    #[test]
    fn places() {
        let table = [
            (r#"{"logger":"a.b","app":"shop","service":""}"#, Some("key app")),
            (r#"{"app":"shop","team":"blue"}"#, Some("key team")),
            (r#"{"log":{"logger":"a"}}"#, Some("key log.logger")),
            (r#"{"msg":"none"}"#, None),
            ("ts=1 logger=x level=info", Some("key logger")),
            ("Jan 15 10:00:00 web-1 sshd[1]: text", Some("the tag before the message")),
            (
                "2024-01-15 10:00:00,123 INFO [main] org.example.Pay: one",
                Some("the name before a colon (`org.example.Foo: message`)"),
            ),
            ("2024-01-15 10:00:00,123 INFO one", None),
            ("web-1  | {\"app\":\"shop\"}\nweb-1  | {\"x\":1}\n", Some("key app inside")),
            ("web-1  | one\nweb-1  | two\n", Some("the container's name before the bar")),
            ("just text", None),
        ];
        for (head, expected) in table {
            assert_eq!(place(head).as_deref(), expected, "{head}");
        }
    }
}
