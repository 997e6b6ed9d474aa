//! A line to a record: the formats, and how a file's format is detected.
//!
//! A [`Dialect`] is what detection found out about one file: its formats in order of their share, and what
//! a format elected from the head. It is shared by all chunks of the file and never changes, so a line is
//! judged by itself and its file's head alone. What speeds a parser up from line to line lives in a
//! [`Memory`], private to a worker, and never changes an answer.

pub mod access;
pub mod app;
mod below;
pub mod declared;
mod detect;
mod grid;
pub mod json;
pub mod keys;
pub mod klog;
pub mod level;
pub mod logcat;
pub mod logfmt;
mod lookup;
mod message;
mod place;
pub mod plain;
pub mod record;
mod scan;
pub mod syslog;
pub mod time;
pub mod timestamp;
pub mod w3c;
mod words;
pub mod wrapped;

use declared::Declared;
pub use detect::{Dialect, Reason, detect, explain};
use keys::Keys;
use level::Level;
pub use lookup::{Lookup, LookupMemory};
pub use message::Messages;
pub use place::Place;
use record::{Record, Wanted};
use std::{fmt, sync::Arc};
use wrapped::Piece;

/// The formats that are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Docker's json-file: a container's lines, each in a JSON object.
    Docker,
    /// Kubernetes' CRI: a container's lines behind time, stream and tag.
    Cri,
    /// docker compose: lines of containers behind their names.
    Compose,
    /// The W3C's extended format: IIS, CloudFront.
    W3c,
    /// One JSON object a line.
    Json,
    /// Common and Combined Log Format of web servers.
    Access,
    /// Kubernetes' klog and Google's glog.
    Klog,
    /// Android.
    Logcat,
    /// RFC 3164, its variant with ISO times, RFC 5424.
    Syslog,
    /// `key=value` pairs.
    Logfmt,
    /// Application loggers: a time first, then level, thread and name in an elected layout.
    App,
    /// A regular expression: of the table that comes with the tool, or the user's.
    Declared(&'static Declared),
    /// Any other text.
    Plain,
}

impl Format {
    /// All that are written by hand, the more specific before the more general: where two recognise a line equally well, the
    /// first has it.
    pub const ALL: [Format; 12] = [
        Format::Docker,
        Format::Cri,
        Format::Compose,
        Format::W3c,
        Format::Json,
        Format::Access,
        Format::Klog,
        Format::Logcat,
        Format::Syslog,
        Format::Logfmt,
        Format::App,
        Format::Plain,
    ];

    /// The name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Docker => "docker",
            Format::Cri => "cri",
            Format::Compose => "compose",
            Format::W3c => "w3c",
            Format::Json => "json",
            Format::Access => "access",
            Format::Klog => "klog",
            Format::Logcat => "logcat",
            Format::Syslog => "syslog",
            Format::Logfmt => "logfmt",
            Format::App => "app",
            Format::Declared(declared) => declared.name(),
            Format::Plain => "plain",
        }
    }

    /// Whether its records usually name their services. Where they do not, a user may wonder at the path's name; of the others
    /// that is what was to be expected: an access log has its virtual host rarely, and a container its own path.
    #[must_use]
    pub fn names_services(self) -> bool {
        match self {
            Format::Json | Format::Logfmt | Format::Syslog | Format::App | Format::Logcat | Format::Klog => true,
            Format::Access | Format::W3c | Format::Docker | Format::Cri | Format::Compose | Format::Plain => false,
            Format::Declared(declared) => declared.names_services(),
        }
    }

    /// The format of this name: of those that users declare, of the hand-written, or of the table that comes with the tool.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(name: &str, user: &[&'static Declared]) -> Result<Format, UnknownFormat> {
        let by_hand = || Format::ALL.into_iter().find(|format| format.name() == name);
        let of = |declared: &'static Declared| (declared.name() == name).then_some(Format::Declared(declared));
        let user = user.iter().find_map(|declared| of(declared));
        user.or_else(by_hand).or_else(|| declared::shipped().iter().find_map(of)).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A format name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = self.0.as_str();
        let all = Format::ALL.map(Format::name).into_iter().chain(declared::shipped().iter().map(Declared::name));
        let near: Vec<&str> =
            all.filter(|name| typed.len() > 1 && (name.starts_with(typed) || typed.starts_with(name))).collect();
        if !near.is_empty() {
            return write!(f, "there is no log format '{}'; did you mean {}?", typed.escape_debug(), near.join(" or "));
        }
        // All ninety would hide what is wrong.
        let names = Format::ALL.map(Format::name).join(", ");
        let more = declared::shipped().len();
        write!(
            f,
            "there is no log format '{}'; choose one of {names}, or of the {more} that docs/formats.md declares",
            self.0.escape_debug()
        )
    }
}

impl std::error::Error for UnknownFormat {}

/// What a run asks of its parsers; the same for all files.
#[derive(Clone, Debug)]
pub struct Rules {
    wanted: Wanted,
    keys: Keys,
    forced: Option<Format>,
    declared: UserFormats,
    /// Those for what is inside a container; what is there is not unwrapped again.
    inside: Option<Arc<Rules>>,
    /// The keys under which messages are, if they are looked into.
    messages: Option<Arc<Keys>>,
}

/// The formats that the user declared; they go before all others.
#[derive(Clone, Debug, Default)]
pub struct UserFormats {
    /// `--pattern`: a file in whose head a line fits one of them is read by them alone.
    pub patterns: Vec<&'static Declared>,
    /// Of files of formats: lines vote for them as for other formats, before these.
    pub formats: Vec<&'static Declared>,
}

impl Rules {
    /// `fields` are the user's service fields for structured formats; `forced` skips detection.
    #[must_use]
    pub fn new(wanted: Wanted, fields: &[Vec<u8>], forced: Option<Format>) -> Rules {
        let of = |keys, forced, inside| Rules { wanted, keys, forced, declared: UserFormats::default(), inside, messages: None };
        let inside = of(Keys::inside(wanted, fields), None, None);
        of(Keys::new(wanted, fields), forced, Some(Arc::new(inside)))
    }

    /// The same, with formats of the user's own.
    #[must_use]
    pub fn with_formats(self, declared: UserFormats) -> Rules {
        let inside = self.inside.as_deref().map(|inside| Arc::new(Rules { declared: declared.clone(), ..inside.clone() }));
        Rules { declared, inside, ..self }
    }

    /// The same, with messages looked into or not.
    #[must_use]
    pub fn with_messages(self, messages: Messages) -> Rules {
        let keys = (messages == Messages::Unwrapped).then(|| Arc::new(message::keys()));
        let inside = self.inside.as_deref().map(|inside| Arc::new(Rules { messages: keys.clone(), ..inside.clone() }));
        Rules { messages: keys, inside, ..self }
    }

    /// What is asked of the parsers.
    #[must_use]
    pub const fn wanted(&self) -> Wanted {
        self.wanted
    }
}

/// What parsers remember from line to line: guesses to be verified, and buffers.
#[derive(Debug, Default)]
pub struct Memory {
    json: json::Memory,
    app: app::Memory,
    logfmt: logfmt::Memory,
    syslog: syslog::Memory,
    declared: declared::Memory,
    wrapped: wrapped::Memory,
    message: Option<Box<message::Memory>>,
}

impl Memory {
    /// The service of a line that is like one which was parsed before, in the same run, with the same rules: a look is enough to
    /// know what parsing would find. `None` says nothing but that the line must be parsed, as must all lines whose levels are
    /// wanted. The line may have its newline. What begins with a byte-order mark or NULs is like no line that was parsed.
    #[inline(always)]
    pub fn recall<'a>(&mut self, format: Format, line: &'a [u8]) -> Option<&'a [u8]> {
        match format {
            Format::Json => self.json.recall(line),
            Format::Logfmt => self.logfmt.recall(line),
            Format::Syslog => self.syslog.recall(line),
            Format::App => self.app.recall(line),
            Format::Docker | Format::Cri | Format::Compose | Format::W3c => None,
            Format::Access | Format::Klog | Format::Logcat | Format::Declared(_) | Format::Plain => None,
        }
    }
}

/// A record, and the format that recognised it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The format.
    pub format: Format,
    /// See [`Record::service`].
    pub service: Option<&'a [u8]>,
    /// See [`Record::level`].
    pub level: Option<Level>,
}

impl<'a> Found<'a> {
    #[inline(always)]
    fn new(format: Format, record: Record<'a>) -> Found<'a> {
        let Record { service, level } = record;
        Found { format, service, level }
    }
}

impl Dialect {
    /// The format of a file that has but one.
    #[must_use]
    pub fn only(&self) -> Option<Format> {
        match self.formats() {
            [format] => Some(*format),
            _ => None,
        }
    }

    /// Makes a memory ready for lines of this dialect, and tells by which format they may be recalled.
    pub fn recalled_by(&self, rules: &Rules, memory: &mut Memory) -> Option<Format> {
        memory.app.adopt(self.app());
        // What a line recalls is not what its message says.
        self.only().filter(|format| rules.messages.is_none() || !matches!(format, Format::Json | Format::Syslog))
    }

    /// Reads a line by the file's formats in their order; `None` if none of them recognises it.
    #[inline(always)]
    pub fn parse<'a>(&self, line: &'a [u8], rules: &Rules, memory: &'a mut Memory) -> Option<Found<'a>> {
        let format = match self.formats() {
            [format] => *format,
            formats => *formats.iter().find(|format| self.recognises(**format, line, rules, memory))?,
        };
        self.parse_as(format, line, rules, memory)
    }

    /// Reads a line by one format.
    #[inline(always)]
    pub fn parse_as<'a>(&self, format: Format, line: &'a [u8], rules: &Rules, memory: &'a mut Memory) -> Option<Found<'a>> {
        let record = match format {
            Format::Docker | Format::Cri | Format::Compose => self.parse_inside(format, line, rules, &mut memory.wrapped),
            Format::Json | Format::Syslog if rules.messages.is_some() => parse_with_message(format, line, rules, memory),
            Format::W3c => w3c::parse(line, rules.wanted, self.w3c()?),
            Format::Json => json::parse(line, &rules.keys, &mut memory.json),
            Format::Logfmt => match memory.logfmt.read(line) {
                None => logfmt::parse(line, &rules.keys, &mut memory.logfmt),
                record => record,
            },
            Format::Access => access::parse(line, rules.wanted),
            Format::Klog => klog::parse(line, rules.wanted),
            Format::Logcat => logcat::parse(line, rules.wanted),
            Format::Syslog => syslog::parse(line, rules.wanted, &mut memory.syslog),
            Format::App => app::parse(line, rules.wanted, self.app(), &mut memory.app),
            Format::Declared(declared) => declared.parse(line, rules.wanted, &mut memory.declared),
            Format::Plain => plain::parse(line),
        }?;
        Some(Found::new(format, record))
    }

    /// Reads a line that a container's runtime wrapped.
    #[inline(never)]
    fn parse_inside<'a>(
        &self,
        format: Format,
        line: &'a [u8],
        rules: &Rules,
        memory: &'a mut wrapped::Memory,
    ) -> Option<Record<'a>> {
        let wrapped = wrapped::unwrap(format, line)?;
        let (dialect, rules) = (self.inside()?, rules.inside.as_deref()?);
        let wrapped::Memory { decoded, inside } = memory;
        let text = wrapped.text(decoded);
        // Of a text without format only the end of a line tells that there is one.
        if dialect.only() == Some(Format::Plain) && wrapped.piece == Piece::Earlier {
            return None;
        }
        let Found { format, service, level } = dialect.parse(text, rules, inside.get_or_insert_default())?;
        // A logger or a class inside a container is no service.
        let explicit = match format {
            Format::Json | Format::Logfmt => service,
            Format::Declared(declared) if declared.is_users() => service,
            _ => None,
        };
        Some(Record { service: explicit.or(wrapped.container), level })
    }

    /// Whether the line begins a record of this format.
    fn recognises(&self, format: Format, line: &[u8], rules: &Rules, memory: &mut Memory) -> bool {
        match format {
            Format::Json => json::recognise(line),
            Format::Logfmt => logfmt::recognise(line),
            // It may be a line that continues a record, and then no other format has it.
            Format::Declared(declared) => declared.recognises(line),
            // These cost little more than to recognise; only files that mix formats pay it.
            format => self.parse_as(format, line, rules, memory).is_some(),
        }
    }
}

/// Reads a line whose message may be a record of its own.
#[inline(never)]
fn parse_with_message<'a>(format: Format, line: &'a [u8], rules: &Rules, memory: &'a mut Memory) -> Option<Record<'a>> {
    let Memory { json, syslog, message, .. } = memory;
    let message::Memory { around, inside } = &mut **message.get_or_insert_default();
    let (record, text) = match format {
        Format::Json => {
            let text = json::parse(line, rules.messages.as_deref()?, around).and_then(|record| record.service);
            (json::parse(line, &rules.keys, json)?, text)
        }
        _ => (syslog::parse(line, rules.wanted, syslog)?, syslog::message(line)),
    };
    // The rules inside a container are those of a message too.
    let keys = &rules.inside.as_deref().unwrap_or(rules).keys;
    let Some(own) = text.and_then(|text| message::parse(text, keys, inside)) else { return Some(record) };
    Some(Record { service: own.service.or(record.service), level: own.level.or(record.level) })
}

/// The level that a report shows: the record's, or `-`.
#[must_use]
pub const fn level_name(level: Option<Level>) -> &'static str {
    match level {
        Some(level) => level.name(),
        None => level::NO_LEVEL,
    }
}
