//! What was found out about files from their heads: a few lines for each, for people, or a JSON document.

mod words;

pub(super) use words::Confidence;

use super::{Color, Style, json};
use crate::{
    classify::{Examined, Mark, Parts, Sample, ServiceFrom},
    failure::{Cause, printable},
    parse::{Format, level_name, time::Zone},
};
use std::{fmt, io, ops::Range, os::unix::ffi::OsStrExt, path::Path, str::FromStr};
use words::{formats, records, service, why};

/// A file, and what it holds.
#[derive(Debug)]
pub struct Detected<'d> {
    /// As it was reached.
    pub path: &'d Path,
    /// How it is stored; empty where that is not known.
    pub codec: &'d str,
    /// What is in it.
    pub contents: Contents<'d>,
}

/// What is in a file.
#[derive(Debug)]
pub enum Contents<'d> {
    /// Lines.
    Lines {
        /// What its head told.
        examined: &'d Examined,
        /// Where services were looked for.
        service_from: &'d ServiceFrom,
    },
    /// Not a byte.
    Empty,
    /// No text: a count passes it over.
    Binary,
    /// Nothing that can be read.
    Failed(&'d Cause),
}

impl Contents<'_> {
    /// As the report on files would say it.
    pub(super) const fn status(&self) -> &'static str {
        match self {
            Contents::Lines { .. } => "ok",
            Contents::Empty => "empty",
            Contents::Binary => "binary",
            Contents::Failed(cause) => cause.status(),
        }
    }
}

/// The forms that this can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownForm(String);

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is found cannot be written as '{}'; choose table or json", self.0.escape_debug())
    }
}

impl std::error::Error for UnknownForm {}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "table" => Ok(Form::Table),
            "json" => Ok(Form::Json),
            _ => Err(UnknownForm(name.to_owned())),
        }
    }
}

/// Writes files one after the other, as they come.
pub struct Sheet<'o> {
    form: Form,
    style: Style,
    zone: Zone,
    out: &'o mut dyn io::Write,
    files: u64,
}

impl fmt::Debug for Sheet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet").field("form", &self.form).finish_non_exhaustive()
    }
}

impl<'o> Sheet<'o> {
    /// A sheet with nothing on it, which shows times in this zone.
    pub fn new(form: Form, style: Style, zone: Zone, out: &'o mut dyn io::Write) -> Sheet<'o> {
        Sheet { form, style, zone, out, files: 0 }
    }

    /// Writes what is known of a file.
    ///
    /// # Errors
    /// What the writer says.
    pub fn put(&mut self, file: &Detected<'_>) -> io::Result<()> {
        let first = self.files == 0;
        self.files += 1;
        match self.form {
            Form::Json => json::detected::put(file, first, &self.zone, self.style.escape, self.out),
            Form::Table => {
                if !first {
                    writeln!(self.out)?;
                }
                Painter { color: self.style.color, zone: &self.zone, out: self.out }.file(file)
            }
        }
    }

    /// Writes what stands behind the last file.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(self) -> io::Result<()> {
        match self.form {
            Form::Json => json::detected::finish(self.files == 0, self.out),
            Form::Table => Ok(()),
        }
    }
}

/// Parameters of Select Graphic Rendition (ECMA-48, section 8.3.117).
const BOLD: &str = "1";
const DIM: &str = "2";
const SERVICE: &str = "1;32";
const LEVEL: &str = "1;33";
const TIME: &str = "1;36";

/// Columns that a sample's line may take, so that with the margin it is no wider than a hundred.
const WIDTH: usize = 96;

/// A longer name is shortened too; three of them leave room for what is between them.
const WIDEST_MARK: usize = 32;

struct Painter<'p> {
    color: Color,
    zone: &'p Zone,
    out: &'p mut dyn io::Write,
}

impl Painter<'_> {
    fn file(&mut self, file: &Detected<'_>) -> io::Result<()> {
        let path = self.paint(&printable(file.path.as_os_str().as_bytes()), BOLD);
        match &file.contents {
            Contents::Empty => writeln!(self.out, "{path}: empty"),
            Contents::Binary => writeln!(self.out, "{path}: not text; a count passes it over"),
            Contents::Failed(cause) => writeln!(self.out, "{path}: {cause}"),
            Contents::Lines { examined, .. } if examined.lines == 0 => {
                writeln!(self.out, "{path}: plain; there is no line in its head that is not blank")
            }
            Contents::Lines { examined, service_from } => {
                let codec = if file.codec == "none" { String::new() } else { format!(", {}", file.codec) };
                writeln!(self.out, "{path}: {}{codec}", formats(examined))?;
                self.fact("format", &why(examined))?;
                self.fact("records", &records(examined))?;
                self.fact("service", &service(examined, service_from, file.path))?;
                examined.samples.iter().try_for_each(|sample| self.sample(sample))
            }
        }
    }

    fn fact(&mut self, name: &str, text: &str) -> io::Result<()> {
        let name = self.paint(&format!("{name:<8}"), DIM);
        writeln!(self.out, "  {name} {text}")
    }

    /// A line, and below it what is taken from it.
    fn sample(&mut self, sample: &Sample) -> io::Result<()> {
        let Sample { line, parts } = sample;
        let mut marks = Vec::new();
        let mut taken = self.paint("begins no record: it continues the one before", DIM);
        let below = parts.as_ref().and_then(|parts| parts.below.as_deref());
        if let Some(Parts { format, service, level, time, .. }) = parts {
            let mut mark = |place: &Option<Range<usize>>, look| marks.extend(place.clone().map(|place| (place, look)));
            mark(&service.place, SERVICE);
            let mut named = vec![self.paint(&format!("service={}", printable(&service.value)), SERVICE)];
            if let Some(Mark { value, place }) = level {
                mark(place, LEVEL);
                named.push(self.paint(&format!("level={}", level_name(Some(*value))), LEVEL));
            }
            if let Some(Mark { value, place }) = time {
                mark(place, TIME);
                named.push(self.paint(&format!("time={}", value.show(self.zone)), TIME));
            }
            // Of what has no format there is nothing to show but the path's name, which is said above.
            taken = if *format == Format::Plain { String::new() } else { named.join("  ") };
        }
        let line = self.marked(line, marks);
        writeln!(self.out, "  | {line}")?;
        if let Some(below) = below {
            writeln!(self.out, "  | {}", self.marked(below, Vec::new()))?;
        }
        if taken.is_empty() { Ok(()) } else { writeln!(self.out, "    {taken}") }
    }

    /// A line with the places painted. Where it is too long, what is between them is shortened first.
    fn marked(&self, line: &[u8], mut marks: Vec<(Range<usize>, &'static str)>) -> String {
        marks.sort_by_key(|(place, _)| place.start);
        let mut pieces = Vec::new();
        let mut at = 0;
        for (place, look) in marks {
            // One within another, as a status that is a level in a place of its own: the first is shown.
            if place.start < at {
                continue;
            }
            pieces.push((printable(line.get(at..place.start).unwrap_or_default()), ""));
            at = place.end;
            pieces.push((shortened(&printable(line.get(place).unwrap_or_default()), WIDEST_MARK), look));
        }
        pieces.push((printable(line.get(at..).unwrap_or_default()), ""));
        let width = |most: usize| -> usize {
            pieces.iter().map(|(text, look)| columns(text).min(if look.is_empty() { most } else { WIDTH })).sum()
        };
        let most = (0..=WIDTH).rev().find(|most| width(*most) <= WIDTH).unwrap_or(0);
        pieces.iter().map(|(text, look)| if look.is_empty() { shortened(text, most) } else { self.paint(text, look) }).collect()
    }

    fn paint(&self, text: &str, look: &str) -> String {
        if self.color == Color::Never || look.is_empty() || text.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{look}m{text}\x1b[0m")
    }
}

/// A text in so many columns: of a longer one the beginning and the end.
fn shortened(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let most = most.saturating_sub(1);
    let taken = |letters: &mut dyn Iterator<Item = char>, most: usize| {
        let mut room = most;
        let mut out = Vec::new();
        for letter in letters {
            match room.checked_sub(columns(letter.encode_utf8(&mut [0; 4]))) {
                Some(rest) => room = rest,
                None => break,
            }
            out.push(letter);
        }
        out
    };
    let before = taken(&mut text.chars(), most - most / 2);
    let after = taken(&mut text.chars().rev(), most / 2);
    before.into_iter().chain(['…']).chain(after.into_iter().rev()).collect()
}

/// Columns that a terminal gives a text.
fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_shortened_by_columns() {
        let table =
            [("abc", 3, "abc"), ("abcdef", 4, "ab…f"), ("abcdefg", 5, "ab…fg"), ("日本語日本語", 6, "日…語"), ("abc", 0, "…")];
        for (text, most, expected) in table {
            assert_eq!(shortened(text, most), expected, "{text}");
        }
    }
}
