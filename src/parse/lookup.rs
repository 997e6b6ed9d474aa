//! Values that are asked for beside service and level: the host, the time, and keys that the user names.
//!
//! Each is looked for on its own, by the parser of the line's format with a set of keys of its own: a report by such a value costs
//! another look at the line, and a report without one costs nothing.

use super::{Dialect, Format, Messages, access, app, declared, json, keys::Keys, klog, logcat, logfmt, message, syslog, wrapped};

/// The keys under which structured logs keep the machine that a record is from, in order of trust: OpenTelemetry's and ECS'
/// `host.name`, journald's `_HOSTNAME`, and what everybody writes.
const HOSTS: [&str; 7] = ["host.name", "hostname", "host", "_HOSTNAME", "host_name", "kubernetes.host", "kubernetes.node_name"];

/// The keys under which structured logs keep a record's time, in order of trust: Elastic's, what everybody writes, Serilog's, journald's;
/// MongoDB has an object under `t`.
const TIMES: [&str; 11] =
    ["timestamp", "@timestamp", "time", "ts", "t", "t.$date", "date", "datetime", "asctime", "@t", "__REALTIME_TIMESTAMP"];

/// The names by which the W3C's fields know the machine that wrote the line.
const W3C_HOSTS: [&str; 2] = ["s-computername", "s-ip"];

/// The key under which structured logs keep a response's status.
const STATUS: &str = "status";

/// A value to be looked for.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The keys in JSON and logfmt, the groups of a regular expression.
    names: Vec<String>,
    /// The same, compiled.
    keys: Keys,
    place: Place,
    /// The keys under which messages are, if they are looked into.
    messages: Option<Box<Keys>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Syslog's HOST, the W3C's machine, and the usual keys.
    Host,
    /// The time that each format has in a place of its own, and the usual keys.
    Time,
    /// One key, field or group alone.
    Field,
    /// The key `status`, which the logs of web servers and proxies have too, in places of their own.
    Status,
}

/// What a lookup remembers from line to line; never an answer.
#[derive(Debug, Default)]
pub struct LookupMemory {
    json: json::Memory,
    logfmt: logfmt::Memory,
    decoded: Vec<u8>,
    declared: declared::Memory,
    /// For lines inside of lines.
    inside: Option<Box<LookupMemory>>,
    message: Option<Box<message::Memory>>,
}

impl Lookup {
    fn new(names: &[&str], place: Place) -> Lookup {
        let bytes: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        Lookup { names: names.iter().map(|name| (*name).to_owned()).collect(), keys: Keys::of(&bytes), place, messages: None }
    }

    /// The same, with messages looked into or not.
    #[must_use]
    pub fn with_messages(self, messages: Messages) -> Lookup {
        Lookup { messages: (messages == Messages::Unwrapped).then(|| Box::new(message::keys())), ..self }
    }

    /// The machine that a record is from.
    #[must_use]
    pub fn host() -> Lookup {
        Lookup::new(&HOSTS, Place::Host)
    }

    /// When a record was written.
    #[must_use]
    pub fn time() -> Lookup {
        Lookup::new(&TIMES, Place::Time)
    }

    /// The value of a key, at the top level or on its dotted path; of a field of the W3C's; of a group of a declared format.
    #[must_use]
    pub fn field(name: &str) -> Lookup {
        Lookup::new(&[name], if name == STATUS { Place::Status } else { Place::Field })
    }

    /// The status of a response.
    #[must_use]
    pub fn status() -> Lookup {
        Lookup::field(STATUS)
    }

    /// The value on a line that begins a record of this format, in a file of this dialect, if it is there and not empty.
    pub fn value<'a>(
        &self,
        format: Format,
        dialect: &'a Dialect,
        line: &'a [u8],
        memory: &'a mut LookupMemory,
    ) -> Option<&'a [u8]> {
        if let Some(messages) = self.messages.as_deref()
            && matches!(format, Format::Json | Format::Syslog)
            && self.place != Place::Time
        {
            return self.value_with_message(format, messages, line, memory);
        }
        match format {
            Format::Json => json::parse(line, &self.keys, &mut memory.json)?.service,
            Format::Logfmt => logfmt::parse(line, &self.keys, &mut memory.logfmt)?.service,
            // The runtime's own time, which every line has.
            Format::Docker if self.place == Place::Time => json::parse(line, &self.keys, &mut memory.json)?.service,
            Format::Cri if self.place == Place::Time => app::time(line),
            Format::Docker | Format::Cri | Format::Compose => {
                let LookupMemory { decoded, inside, .. } = memory;
                let text = wrapped::unwrap(format, line)?.text(decoded);
                let dialect = dialect.inside()?;
                self.value(dialect.format_of(text)?, dialect, text, inside.get_or_insert_default())
            }
            Format::Declared(declared) => match self.place {
                Place::Time => declared.time(line, &mut memory.declared),
                Place::Status => declared.status(line, &mut memory.declared),
                Place::Host | Place::Field => {
                    let name = self.names.iter().find(|name| declared.has_group(name))?;
                    declared.group(name, line, &mut memory.declared)
                }
            },
            Format::W3c => match self.place {
                // Most have the fields `date` and `time` first.
                Place::Time => app::time(line),
                Place::Status => dialect.w3c()?.status(line),
                Place::Host => W3C_HOSTS.iter().find_map(|name| dialect.w3c()?.field(name.as_bytes(), line)),
                Place::Field => self.names.iter().find_map(|name| dialect.w3c()?.field(name.as_bytes(), line)),
            },
            Format::Syslog if self.place == Place::Host => syslog::host(line),
            Format::Access if self.place == Place::Status => access::response_status(line),
            _ if self.place != Place::Time => None,
            Format::Syslog => syslog::time(line),
            Format::App => app::time(line),
            Format::Access => access::time(line),
            Format::Klog => klog::time(line),
            Format::Logcat => logcat::time(line),
            Format::Plain => None,
        }
    }

    /// The value in a message, or in what is around it; the machine is known around it first.
    fn value_with_message<'a>(
        &self,
        format: Format,
        messages: &Keys,
        line: &'a [u8],
        memory: &'a mut LookupMemory,
    ) -> Option<&'a [u8]> {
        let LookupMemory { json, message, .. } = memory;
        let message::Memory { around, inside } = &mut **message.get_or_insert_default();
        let (known, text) = match format {
            Format::Json => {
                let known = json::parse(line, &self.keys, json)?.service;
                (known, json::parse(line, messages, around).and_then(|record| record.service))
            }
            _ => (syslog::host(line).filter(|_| self.place == Place::Host), syslog::message(line)),
        };
        if known.is_some() && self.place == Place::Host {
            return known;
        }
        text.and_then(|text| message::parse(text, &self.keys, inside)?.service).or(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Rules, detect, record::Wanted};

    fn value(lookup: &Lookup, format: Format, line: &str) -> Option<String> {
        let mut memory = LookupMemory::default();
        let dialect = detect(line.as_bytes(), &Rules::new(Wanted::ALL, &[], Some(format)));
        // Twice: by reading, and by what is remembered.
        let first =
            lookup.value(format, &dialect, line.as_bytes(), &mut memory).map(|value| String::from_utf8_lossy(value).into_owned());
        let second =
            lookup.value(format, &dialect, line.as_bytes(), &mut memory).map(|value| String::from_utf8_lossy(value).into_owned());
        assert_eq!(first, second, "{line}");
        first
    }

    #[test]
    fn fields() {
        let table = [
            ("status", Format::Json, r#"{"status":200,"service":"a"}"#, Some("200")),
            ("status", Format::Json, r#"{"status":"","service":"a"}"#, None),
            ("status", Format::Json, r#"{"nested":{"status":1}}"#, None),
            ("http.status", Format::Json, r#"{"http":{"status":404}}"#, Some("404")),
            ("http.status", Format::Json, r#"{"http.status":404}"#, Some("404")),
            ("ok", Format::Json, r#"{"ok":true}"#, Some("true")),
            ("ok", Format::Json, r#"{"ok":false,"x":1}"#, Some("false")),
            ("ok", Format::Json, r#"{"ok":null}"#, None),
            ("user", Format::Json, r#"{"user":"a \"b\""}"#, Some("a \"b\"")),
            ("status", Format::Logfmt, "ts=1 status=200 ok=true", Some("200")),
            ("ok", Format::Logfmt, "ts=1 status=200 ok=true", Some("true")),
            ("msg", Format::Logfmt, r#"ts=1 msg="two words""#, Some("two words")),
            ("none", Format::Logfmt, "ts=1 status=200", None),
            ("status", Format::Access, "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 404 12", Some("404")),
            ("status", Format::Access, "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" - 12", None),
            ("bytes", Format::Access, "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 404 12", None),
            ("host", Format::Syslog, "Jan 15 10:00:00 web-1 sshd[1]: text", None),
        ];
        for (name, format, line, expected) in table {
            assert_eq!(value(&Lookup::field(name), format, line).as_deref(), expected, "{name}: {line}");
        }
    }

    #[test]
    fn times() {
        let table = [
            (Format::Json, r#"{"ts":1700000000.5,"msg":"a"}"#, Some("1700000000.5")),
            (Format::Json, r#"{"time":"noon","timestamp":"2024-01-15T10:00:00Z"}"#, Some("2024-01-15T10:00:00Z")),
            (Format::Json, r#"{"t":{"$date":"2024-01-15T10:00:00.000+00:00"},"s":"I"}"#, Some("2024-01-15T10:00:00.000+00:00")),
            (Format::Json, r#"{"@t":"2024-01-15T10:00:00Z","@mt":"x"}"#, Some("2024-01-15T10:00:00Z")),
            (Format::Json, r#"{"nested":{"time":"2024-01-15T10:00:00Z"}}"#, None),
            (Format::Logfmt, "ts=2024-01-15T10:00:00Z level=info", Some("2024-01-15T10:00:00Z")),
            (Format::Logfmt, r#"time="2024-01-15 10:00:00" level=info"#, Some("2024-01-15 10:00:00")),
            (Format::Syslog, "Jan 15 10:00:00 web-1 sshd[1]: text", Some("Jan 15 10:00:00")),
            (Format::Syslog, "Jan 15 10:00:00 2024 gw ntpd[99]: time set", Some("Jan 15 10:00:00 2024")),
            (Format::Syslog, "2024 Jan 15 10:00:00 nx9k %ETHPORT-5-IF_UP: up", Some("2024 Jan 15 10:00:00")),
            (Format::Syslog, "<13>Jan 15 10:00:00 CST 1987 host tag: text", Some("Jan 15 10:00:00 CST 1987")),
            (Format::Syslog, "<189>123: *Jan 15 10:00:00.123: %SYS-5-CONFIG_I: text", Some("Jan 15 10:00:00.123")),
            (Format::Syslog, "<34>1 2024-01-15T10:00:00Z web-7 su - ID47 - text", Some("2024-01-15T10:00:00Z")),
            (Format::Syslog, "2024-01-15T10:00:00+00:00 web-6 sshd[1]: text", Some("2024-01-15T10:00:00+00:00")),
            (Format::App, "2024-01-15 10:00:00,123 INFO  Foo: x", Some("2024-01-15 10:00:00,123")),
            (Format::App, "[Sun Dec 04 04:47:44 2005] [error] x", Some("Sun Dec 04 04:47:44 2005")),
            (
                Format::Access,
                r#"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1"#,
                Some("10/Oct/2000:13:55:36 -0700"),
            ),
            (Format::Klog, "I0517 15:04:22.619632  123 file.cc:253] x", Some("0517 15:04:22.619632")),
            (Format::Logcat, "03-17 16:13:38.811  1702  2395 D Tag: x", Some("03-17 16:13:38.811")),
            (Format::Logcat, "D/Tag( 1702): x", None),
            (Format::Plain, "2024-01-15 10:00:00 not asked", None),
        ];
        for (format, line, expected) in table {
            assert_eq!(value(&Lookup::time(), format, line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn hosts() {
        let table = [
            (Format::Json, r#"{"hostname":"web-1","host":"other"}"#, Some("web-1")),
            (Format::Json, r#"{"host":{"name":"web-2","ip":"10.0.0.1"}}"#, Some("web-2")),
            (Format::Json, r#"{"host":"web-3"}"#, Some("web-3")),
            (Format::Json, r#"{"service":"a"}"#, None),
            (Format::Logfmt, "ts=1 host=web-4 msg=x", Some("web-4")),
            (Format::Syslog, "Jan 15 10:00:00 web-5 sshd[1]: text", Some("web-5")),
            (Format::Syslog, "Jan 15 10:00:00 sshd[1]: no host is logged", None),
            (Format::Syslog, "2024-01-15T10:00:00+00:00 web-6 sshd[1]: text", Some("web-6")),
            (Format::Syslog, "<34>1 2024-01-15T10:00:00Z web-7 su - ID47 - text", Some("web-7")),
            (Format::Syslog, "<34>1 2024-01-15T10:00:00Z - su - ID47 - text", None),
            (Format::App, "2024-01-15 10:00:00 INFO host web-8", None),
        ];
        for (format, line, expected) in table {
            assert_eq!(value(&Lookup::host(), format, line).as_deref(), expected, "{line}");
        }
    }
}
