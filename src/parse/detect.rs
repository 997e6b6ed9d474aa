//! A file's formats, found out from its head: never from its name.
//!
//! Every format says of every line whether it recognises it. The one that recognises most lines comes
//! first, where a more specific format wins against a more general one that does hardly better (any
//! syslog line also begins with a time, as an application's does). Lines left over may elect a second
//! and a third format.

use super::{Format, Rules, access, app, json, klog, logcat, logfmt, record::Wanted, syslog};

/// A file mixes at most so many formats.
const MAX_FORMATS: usize = 3;

/// A file's formats in the order in which its lines are tried, and what they elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    formats: [Format; MAX_FORMATS],
    len: usize,
    app: app::Dialect,
}

impl Dialect {
    /// One format alone.
    fn only(format: Format, head: &[u8]) -> Dialect {
        Dialect::of(&[format], head)
    }

    fn of(formats: &[Format], head: &[u8]) -> Dialect {
        let mut dialect = Dialect { formats: [Format::Plain; MAX_FORMATS], len: 0, app: app::Dialect::default() };
        for (place, format) in dialect.formats.iter_mut().zip(formats) {
            *place = *format;
            dialect.len += 1;
        }
        if let Some(before) = formats.iter().position(|format| *format == Format::App) {
            let earlier = formats.get(..before).unwrap_or_default();
            let own = lines(head).filter(|line| !earlier.iter().any(|format| recognise(*format, line) != Recognised::No));
            dialect.app = app::Dialect::elect(own);
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
        Format::App => app::recognise(line),
        Format::Syslog => match syslog::parse(line, Wanted::SERVICE) {
            // `-- MARK --` or `last message repeated 2 times`, or any line with a time before it.
            Some(record) if record.service.is_none() => return Recognised::Weakly,
            record => record.is_some(),
        },
        Format::Plain => false,
    };
    if found { Recognised::Strongly } else { Recognised::No }
}

/// The lines of a head that are not blank, as parsers get them.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    head.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
}

/// Finds out a file's formats from its head: whole lines, without a leading run of NULs.
#[must_use]
pub fn detect(head: &[u8], rules: &Rules) -> Dialect {
    if let Some(format) = rules.forced {
        return Dialect::only(format, head);
    }
    let Some(first) = lines(head).next() else { return Dialect::only(Format::Plain, head) };

    // Most files have one format and no continuations in their head; then this pass is all.
    let guess = Format::ALL.into_iter().find(|format| recognise(*format, first) == Recognised::Strongly);
    if let Some(format) = guess
        && lines(head).all(|line| recognise(format, line) == Recognised::Strongly)
    {
        return Dialect::only(format, head);
    }

    let mut left: Vec<[Recognised; Format::ALL.len()]> =
        lines(head).map(|line| Format::ALL.map(|format| recognise(format, line))).collect();
    let total = left.len();
    let mut chosen: Vec<Format> = Vec::new();
    while chosen.len() < MAX_FORMATS {
        let Some((format, count)) = most_of(&left, Recognised::Strongly).or_else(|| most_of(&left, Recognised::Weakly)) else {
            break;
        };
        let at = Format::ALL.iter().position(|known| *known == format).unwrap_or_default();
        let enough = if chosen.is_empty() {
            let first_line = guess == Some(format);
            match format {
                // Braces and equal signs occur in any text; a time at a line's start hardly does.
                Format::Json | Format::Logfmt => first_line || count * 10 >= total,
                _ => first_line || count * 100 >= total,
            }
        } else {
            count >= 3 || count * 20 >= total
        };
        if !enough {
            break;
        }
        chosen.push(format);
        left.retain(|line| line[at] == Recognised::No);
    }
    if chosen.is_empty() {
        chosen.push(Format::Plain);
    }
    Dialect::of(&chosen, head)
}

/// The format that recognises most of the lines with this certainty, and how many. A more specific format
/// goes before a more general one that has up to a tenth more.
fn most_of(lines: &[[Recognised; Format::ALL.len()]], certainty: Recognised) -> Option<(Format, usize)> {
    let counts: Vec<usize> = (0..Format::ALL.len()).map(|at| lines.iter().filter(|line| line[at] == certainty).count()).collect();
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    Format::ALL.into_iter().zip(counts).find(|(_, count)| count * 10 >= most * 9)
}
