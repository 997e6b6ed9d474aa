//! CSV, RFC 4180, with `\n` line ends: names exactly as they are, quoted where they must be. With tabs for commas it is the TSV that
//! spreadsheets and Python read and write: a name that holds a tab is quoted.

use super::{Escape, Figure, Report};
use std::{fmt::Write as _, io};

/// What stands between two fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delimiter {
    Comma,
    Tab,
}

pub(super) fn write(report: &Report, delimiter: Delimiter, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(delimiter, out);
    for name in report.header() {
        sheet.text(escape.apply(name.as_bytes()))?;
    }
    sheet.end_line()?;
    for (names, counts) in report.shown() {
        for name in names {
            sheet.text(escape.apply(name))?;
        }
        for column in &report.columns {
            match column.of(counts) {
                Figure::Number(number) => sheet.figure(number)?,
                time => sheet.text(time.show(&report.zone))?,
            }
        }
        sheet.end_line()?;
    }
    sheet.finish()
}

/// Lines of fields, written one after the other.
pub(super) struct Sheet<'o> {
    csv: ::csv::Writer<&'o mut dyn io::Write>,
    /// The last figure in digits; kept for its room.
    digits: String,
}

impl<'o> Sheet<'o> {
    pub(super) fn new(delimiter: Delimiter, out: &'o mut dyn io::Write) -> Sheet<'o> {
        let delimiter = match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
        };
        let mut builder = ::csv::WriterBuilder::new();
        builder.delimiter(delimiter).terminator(::csv::Terminator::Any(b'\n'));
        Sheet { csv: builder.from_writer(out), digits: String::new() }
    }

    pub(super) fn text(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.csv.write_field(text).map_err(as_the_system_gave_it)
    }

    pub(super) fn figure(&mut self, figure: u64) -> io::Result<()> {
        self.digits.clear();
        let _ = write!(self.digits, "{figure}");
        self.csv.write_field(&self.digits).map_err(as_the_system_gave_it)
    }

    pub(super) fn end_line(&mut self) -> io::Result<()> {
        self.csv.write_record(None::<&[u8]>).map_err(as_the_system_gave_it)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// So that a reader that went away is still known as such.
fn as_the_system_gave_it(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Form, Style,
        tests::{HOSTILE, hostile, top_of_two_keys, written},
    };

    /// What a reader of the crate makes of it, without the header.
    fn read_back(text: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
        let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
        reader.byte_records().map(|record| record.unwrap()[0].to_vec()).collect()
    }

    #[test]
    fn hostile_names_come_back_whole() {
        for (form, delimiter) in [(Form::Csv, b','), (Form::Tsv, b'\t')] {
            let text = written(&hostile(), form, Style::default());
            assert_eq!(read_back(&text, delimiter), HOSTILE, "{form:?}");
        }
    }

    #[test]
    fn quoted_where_it_must_be() {
        let text = |form| String::from_utf8_lossy(&written(&hostile(), form, Style::default())).into_owned();
        let csv = text(Form::Csv);
        assert!(csv.starts_with("service,records\n,"), "{csv}");
        for line in ["\n\"a \"\"b\"\" c\",", "\n\"d,e\",", "\n\"f\ng\",", "\n\"g\r\nh\",", "\nh\ti,", "\n_a_b_,", "\n**x**,"] {
            assert!(csv.contains(line), "{line:?} is not in: {csv}");
        }
        let tsv = text(Form::Tsv);
        assert!(tsv.starts_with("service\trecords\n\t"), "{tsv}");
        for line in ["\n\"a \"\"b\"\" c\"\t", "\nd,e\t", "\n\"f\ng\"\t", "\n\"g\r\nh\"\t", "\n\"h\ti\"\t", "\npi|pe\t"] {
            assert!(tsv.contains(line), "{line:?} is not in: {tsv}");
        }
    }

    #[test]
    fn on_a_terminal_no_name_acts() {
        let style = Style { escape: Escape::Always, ..Style::default() };
        let csv = String::from_utf8(written(&hostile(), Form::Csv, style)).unwrap();
        for line in ["\nf\\ng,", "\n\\u{1b}[2J,", "\ncaf\\xe9,", "\n\\u{7f}\\u{9b}\\u{202e},"] {
            assert!(csv.contains(line), "{line:?} is not in: {csv}");
        }
        assert!(!csv.contains(|letter: char| letter.is_control() && letter != '\n'));
    }

    #[test]
    fn the_rest_is_a_last_row_with_one_name() {
        assert_eq!(
            written(&top_of_two_keys(), Form::Csv, Style::default()),
            b"service,level,records,errors\ncart,info,1500,0\nauth,error,7,7\n(other),,5,2\n"
        );
    }
}
