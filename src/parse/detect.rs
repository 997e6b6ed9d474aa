//! A file's formats, found out from its head: never from its name.
//!
//! Every line votes for the most specific format that is sure of it (any syslog line also begins with a time, as
//! an application's does). The formats with enough votes are the file's, at most three.

use super::{
    Format, Rules, access, app,
    declared::{self, Declared},
    json, klog, logcat, logfmt,
    record::Wanted,
    syslog, timestamp, w3c, wrapped,
};
use std::collections::HashSet;

/// A file mixes at most so many formats.
const MAX_FORMATS: usize = 3;

/// A file's formats in the order in which its lines are tried, and what they elected.
#[derive(Clone, Debug)]
pub struct Dialect {
    formats: [Format; MAX_FORMATS],
    len: usize,
    app: app::Dialect,
    /// What few formats elect; most files have none of them.
    special: Option<Box<Special>>,
}

#[derive(Clone, Debug)]
enum Special {
    /// The fields of the W3C's format.
    W3c(w3c::Dialect),
    /// What a container's lines are inside their wrapping.
    Inside(Dialect),
    /// Records of application loggers have their levels on their second lines.
    LevelsBelow,
}

impl Dialect {
    /// One format alone.
    fn of_one(format: Format, head: &[u8]) -> Dialect {
        Dialect::of(&[format], head)
    }

    fn of(formats: &[Format], head: &[u8]) -> Dialect {
        let mut dialect = Dialect { formats: [Format::Plain; MAX_FORMATS], len: 0, app: app::Dialect::default(), special: None };
        for (place, format) in dialect.formats.iter_mut().zip(formats) {
            *place = *format;
            dialect.len += 1;
        }
        if formats == [Format::W3c] {
            dialect.special = w3c::Dialect::elect(lines(head)).map(|fields| Box::new(Special::W3c(fields)));
        }
        if let Some(before) = formats.iter().position(|format| *format == Format::App) {
            let earlier = formats.get(..before).unwrap_or_default();
            let own = lines(head).filter(|line| !earlier.iter().any(|format| recognise(*format, line) != Recognised::No));
            let (elected, below) = app::Dialect::elect(own);
            dialect.app = elected;
            dialect.special = (below == app::Below::Levels).then(|| Box::new(Special::LevelsBelow));
        }
        dialect
    }

    /// The formats in order of their share; at least one.
    #[inline]
    #[must_use]
    pub fn formats(&self) -> &[Format] {
        self.formats.get(..self.len).unwrap_or_default()
    }

    /// The format that most of the file's records have.
    #[must_use]
    pub fn first(&self) -> Format {
        self.formats[0]
    }

    /// That of lines which are wrapped, with what is inside them found out.
    fn of_wrapped(format: Format, head: &[u8], rules: &Rules) -> Dialect {
        let mut text = Vec::new();
        let mut buffer = Vec::new();
        for wrapped in lines(head).filter_map(|line| wrapped::unwrap(format, line)) {
            text.extend_from_slice(wrapped.text(&mut buffer));
            text.push(b'\n');
        }
        // What is wrapped twice has no rules for its inside, and is text.
        let inside = rules.inside.as_ref().map_or_else(|| Dialect::of_one(Format::Plain, &text), |rules| detect(&text, rules));
        Dialect { special: Some(Box::new(Special::Inside(inside))), ..Dialect::of_one(format, head) }
    }

    /// The format whose record a line begins, where they are not wrapped; of a line that begins none, it may be any.
    pub(super) fn format_of(&self, line: &[u8]) -> Option<Format> {
        match self.formats() {
            [format] => Some(*format),
            formats => formats.iter().copied().find(|format| recognise(*format, line) != Recognised::No),
        }
    }

    /// The dialect inside of lines that are wrapped.
    #[inline]
    pub(super) fn inside(&self) -> Option<&Dialect> {
        match self.special.as_deref()? {
            Special::Inside(dialect) => Some(dialect),
            Special::W3c(_) | Special::LevelsBelow => None,
        }
    }

    /// Whether records of application loggers have their levels on their second lines, also inside of containers' lines.
    #[inline]
    #[must_use]
    pub fn has_levels_below(&self) -> bool {
        matches!(self.inside().unwrap_or(self).special.as_deref(), Some(Special::LevelsBelow))
    }

    /// The fields of the W3C's format.
    #[inline]
    pub(super) fn w3c(&self) -> Option<&w3c::Dialect> {
        match self.special.as_deref()? {
            Special::W3c(fields) => Some(fields),
            Special::Inside(_) | Special::LevelsBelow => None,
        }
    }

    /// What application logs elected.
    #[inline]
    pub(super) fn app(&self) -> &app::Dialect {
        &self.app
    }
}

/// How sure a format is that a line begins one of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recognised {
    No,
    /// It could also be a continuation of something else, or another format's.
    Weakly,
    Strongly,
}

fn recognise(format: Format, line: &[u8]) -> Recognised {
    let found = match format {
        Format::Json => json::recognise(line),
        Format::Access => access::parse(line, Wanted::NOTHING).is_some(),
        Format::Klog => klog::parse(line, Wanted::NOTHING).is_some(),
        Format::Logcat => logcat::parse(line, Wanted::NOTHING).is_some(),
        Format::Logfmt => logfmt::recognise(line),
        Format::App => app::recognise(line) && !is_container_runtimes(line),
        Format::Syslog => match syslog::read(line, Wanted::SERVICE) {
            // `-- MARK --` or `last message repeated 2 times`, or any line with a time before it.
            Some(record) if record.service.is_none() => return Recognised::Weakly,
            record => record.is_some(),
        },
        Format::Declared(declared) => declared.recognises(line),
        // A whole file is of these, or none of it.
        Format::Docker | Format::Cri | Format::Compose | Format::W3c | Format::Plain => false,
    };
    if found { Recognised::Strongly } else { Recognised::No }
}

/// Whether a container runtime wrote the line before its time: `TIME stdout F message` (Kubernetes' CRI). Its `F` is no level,
/// and neither word is a service. Until that format is known, such a file is plain text of the container that its path names.
fn is_container_runtimes(line: &[u8]) -> bool {
    let Some(rest) = timestamp::time_at(line).and_then(|end| line.get(end..)) else { return false };
    matches!(rest, [b' ', b's', b't', b'd', b'o', b'u', b't', b' ', b'F' | b'P', b' ' | b':', ..])
        || matches!(rest, [b' ', b's', b't', b'd', b'e', b'r', b'r', b' ', b'F' | b'P', b' ' | b':', ..])
}

/// The lines of a head that are not blank, as parsers get them.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    Lines(head).map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.trim_ascii().is_empty())
}

/// The lines of a text, without their newlines.
#[derive(Clone)]
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.0).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        Some(line)
    }
}

/// Why a file has the formats that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user said so.
    Told,
    /// A line of the head fits a pattern of the user's.
    Pattern,
    /// Nearly every line of the head is wrapped so by a container's runtime.
    Wrapped,
    /// A directive at the head's beginning names the fields that nearly every line has.
    Directive,
    /// Every line of the head begins a record of it, so far as this format knows.
    Whole,
    /// Enough lines of the head voted for them: how many for each format, those that were not chosen among them. A line votes for
    /// one format, or for none.
    Votes(Vec<(Format, usize)>),
    /// Not enough lines voted for any one.
    TooFew(Vec<(Format, usize)>),
    /// There is no line in the head.
    Blank,
}

/// Finds out a file's formats from its head: whole lines, without a leading run of NULs.
#[must_use]
pub fn detect(head: &[u8], rules: &Rules) -> Dialect {
    explain(head, rules).0
}

/// The same, and why.
#[must_use]
pub fn explain(head: &[u8], rules: &Rules) -> (Dialect, Reason) {
    match rules.forced {
        Some(format @ (Format::Docker | Format::Cri | Format::Compose)) => {
            return (Dialect::of_wrapped(format, head, rules), Reason::Told);
        }
        Some(format) => return (Dialect::of_one(format, head), Reason::Told),
        None => {}
    }
    let Some(first) = lines(head).next() else { return (Dialect::of_one(Format::Plain, head), Reason::Blank) };
    let patterns: Vec<Format> = rules.declared.patterns.iter().map(|pattern| Format::Declared(pattern)).collect();
    if !patterns.is_empty()
        && lines(head).any(|line| patterns.iter().any(|pattern| recognise(*pattern, line) == Recognised::Strongly))
    {
        return (Dialect::of(patterns.get(..MAX_FORMATS).unwrap_or(&patterns), head), Reason::Pattern);
    }

    if let Some(format) = wrapped::wrapping(lines(head)).filter(|_| rules.inside.is_some()) {
        return (Dialect::of_wrapped(format, head, rules), Reason::Wrapped);
    }
    if w3c::is_of(lines(head)) {
        return (Dialect::of_one(Format::W3c, head), Reason::Directive);
    }

    // Most files have one format and no continuations in their head; then this pass is all, unless a declared format is closer.
    let is_whole = |format| lines(head).all(|line| recognise(format, line) == Recognised::Strongly);
    let whole = strongly(&Format::ALL, first).filter(|format| is_whole(*format));
    if let Some(format) = whole
        && rules.declared.formats.is_empty()
        && (is_unmistakable(format, first) || (format != Format::Access && !may_be_declared(head)))
    {
        return (Dialect::of_one(format, head), Reason::Whole);
    }
    let order = order(head, rules);
    let guess = strongly(&order, first);
    if let Some(format) = guess
        && (guess == whole || is_whole(format))
    {
        return (Dialect::of_one(format, head), Reason::Whole);
    }

    // Each line votes for the most specific format that is sure of it; a line of which none is sure, for the first
    // that may be right.
    let votes: Vec<(Option<Format>, &[u8])> = lines(head).map(|line| (vote(&order, line), line)).collect();
    let mut counts: Vec<(Format, usize)> = order
        .iter()
        .map(|format| (*format, votes.iter().filter(|(vote, _)| *vote == Some(*format)).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    if syslog_is_accident(&votes) {
        counts.retain(|(format, _)| *format != Format::Syslog);
        let app = votes.iter().filter(|(_, line)| recognise(Format::App, line) != Recognised::No).count();
        counts.retain(|(format, _)| *format != Format::App);
        counts.push((Format::App, app));
    }
    // The sort is stable: of equal shares the more specific goes first.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let total = votes.len();
    let mut chosen: Vec<Format> = Vec::new();
    for &(format, count) in &counts {
        let enough = if chosen.is_empty() {
            guess == Some(format)
                || match format {
                    // Braces and equal signs occur in any text; a time at a line's start hardly does.
                    Format::Json | Format::Logfmt => count * 10 >= total,
                    Format::Declared(_) => count * 20 >= total,
                    _ => count * 100 >= total,
                }
        } else {
            count >= 3 || count * 20 >= total
        };
        if enough && chosen.len() < MAX_FORMATS {
            chosen.push(format);
        }
    }
    // Application logs are lines with a time, as those of other formats are too: they take what the others leave.
    if let Some(app) = chosen.iter().position(|format| *format == Format::App) {
        let app = chosen.remove(app);
        chosen.push(app);
    }
    if chosen.is_empty() {
        return (Dialect::of_one(Format::Plain, head), Reason::TooFew(counts));
    }
    (Dialect::of(&chosen, head), Reason::Votes(counts))
}

/// Whether no declared format can be closer to a head that is all like this line: whatever begins with a time may be one's.
fn is_unmistakable(format: Format, line: &[u8]) -> bool {
    match format {
        Format::Json | Format::Klog | Format::Logcat | Format::Logfmt => true,
        // Traefik writes more behind it, its service among it, and the time that it took last.
        Format::Access => !line.ends_with(b"ms"),
        Format::Syslog => !has_iso_time(line),
        _ => false,
    }
}

/// Whether lines that all begin with a time may be those of a declared format.
fn may_be_declared(head: &[u8]) -> bool {
    declared::may_have(head, Declared::is_timed)
}

/// The formats that a head's lines may have, the more specific before the more general: the user's before all, and those of the
/// table, which know exactly what they look for, before those that are written by hand. Only JSON is nobody else's.
fn order(head: &[u8], rules: &Rules) -> Vec<Format> {
    let user = rules.declared.formats.iter().copied();
    let shipped = declared::present(head).into_iter();
    let by_hand = Format::ALL.into_iter().filter(|format| *format != Format::Json);
    user.map(Format::Declared).chain([Format::Json]).chain(shipped.map(Format::Declared)).chain(by_hand).collect()
}

/// The most specific format that is sure of a line.
fn strongly(order: &[Format], line: &[u8]) -> Option<Format> {
    order.iter().copied().find(|format| recognise(*format, line) == Recognised::Strongly)
}

/// The most specific format that is sure of a line, else the first that may be right.
fn vote(order: &[Format], line: &[u8]) -> Option<Format> {
    let weakly = || order.iter().copied().find(|format| recognise(*format, line) == Recognised::Weakly);
    strongly(order, line).or_else(weakly)
}

/// Whether the line begins with an ISO time and date, joined by `T`: newer syslog's, and that of many others.
fn has_iso_time(line: &[u8]) -> bool {
    line.get(10) == Some(&b'T')
}

/// Whether the syslog lines of a head are an application's: `2024-01-15T10:00:00Z word word: message` may be either's.
/// Where many lines with such a time cannot be syslog, none of them is. A line without a tag can, if its host is known.
fn syslog_is_accident(votes: &[(Option<Format>, &[u8])]) -> bool {
    let iso_times =
        |format| votes.iter().filter(move |(vote, line)| *vote == Some(format) && has_iso_time(line)).map(|(_, line)| *line);
    let hosts: HashSet<&[u8]> = iso_times(Format::Syslog).filter_map(second_word).collect();
    let syslog = iso_times(Format::Syslog).count();
    let app = iso_times(Format::App).filter(|line| second_word(line).is_none_or(|host| !hosts.contains(host))).count();
    let others = votes.iter().any(|(vote, line)| *vote == Some(Format::Syslog) && !has_iso_time(line));
    syslog > 0 && app * 10 > syslog && !others
}

/// The word behind a time, where syslog has the host.
fn second_word(line: &[u8]) -> Option<&[u8]> {
    line.split(|byte| *byte == b' ').nth(1)
}
