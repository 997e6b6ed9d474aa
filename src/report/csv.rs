//! CSV, RFC 4180, with `\n` line ends: names exactly as they are, quoted where they must be. With tabs for commas it is the TSV that
//! spreadsheets and Python read and write: a name that holds a tab is quoted.

use super::{Escape, Figure, Formulas, Report};
use crate::{
    parallel::side_by_side,
    tally::{Counts, Slot},
};
use std::{borrow::Cow, io};

/// What stands between two fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delimiter {
    Comma,
    Tab,
}

pub(super) fn write(report: &Report, delimiter: Delimiter, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(delimiter, report.formulas, out);
    for name in report.header() {
        sheet.text(escape.apply(name.as_bytes()))?;
    }
    sheet.end_line()?;
    sheet.finish()?;
    let lines = |rows: &[Slot], text: &mut Vec<u8>| {
        for row in report.groups.at_hand(rows) {
            let names = report.keys.names(report.groups.key(row));
            put_line(report, names, &report.groups.counts(row), delimiter, escape, text);
        }
    };
    in_blocks(&report.rows, report.threads, lines, out)?;
    if let Some(other) = &report.other {
        let mut text = Vec::new();
        put_line(report, report.label("(other)").into_iter(), &other.counts, delimiter, escape, &mut text);
        out.write_all(&text)?;
    }
    Ok(())
}

/// How many rows a thread puts to paper before they are written: some megabytes of text.
const BLOCK: usize = 1 << 15;

/// More threads than that have to wait for the one that writes.
const MOST_THREADS: usize = 8;

/// Writes the text of all rows, in their order, put together by so many threads where there are many rows.
fn in_blocks(
    rows: &[Slot],
    threads: usize,
    put: impl Fn(&[Slot], &mut Vec<u8>) + Sync,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut texts = vec![Vec::new(); threads.clamp(1, MOST_THREADS)];
    for rows in rows.chunks(BLOCK * texts.len()) {
        side_by_side(rows.chunks(BLOCK).zip(&mut texts), |(rows, text)| put(rows, text));
        for text in &mut texts {
            out.write_all(text)?;
            text.clear();
        }
    }
    Ok(())
}

/// A line of the report: what a [`Sheet`] makes of it, which is only asked where a name must be quoted. A million lines take it a
/// fourth of a second.
fn put_line<'n>(
    report: &Report,
    names: impl Iterator<Item = &'n [u8]>,
    counts: &Counts,
    delimiter: Delimiter,
    escape: Escape,
    text: &mut Vec<u8>,
) {
    for name in names {
        if is_plain(name, report.formulas, escape) {
            text.extend_from_slice(name);
            text.push(delimiter.byte());
        } else {
            put_name(name, report.formulas, delimiter, escape, text);
        }
    }
    let mut digits = itoa::Buffer::new();
    for column in &report.columns {
        match column.of(counts) {
            Figure::Number(number) => text.extend_from_slice(digits.format(number).as_bytes()),
            time => text.extend_from_slice(time.show(&report.zone).as_bytes()),
        }
        text.push(delimiter.byte());
    }
    text.pop();
    text.push(b'\n');
}

/// Whether a name is surely written as it is; nearly all are. What must be quoted has a byte up to the comma.
///
/// To have a [`Cow`] of each name instead, and to look through it for one thing after the other, made a million lines take half as long
/// again: it is moved in wider pieces than it was written in, for which a processor waits until all is written that came before.
#[inline(always)]
fn is_plain(name: &[u8], formulas: Formulas, escape: Escape) -> bool {
    formulas == Formulas::Kept && escape == Escape::Never && name.iter().all(|byte| *byte > b',')
}

/// Any name, and what ends it.
#[inline(never)]
fn put_name(name: &[u8], formulas: Formulas, delimiter: Delimiter, escape: Escape, text: &mut Vec<u8>) {
    let name = formulas.apply(escape.apply(name));
    let is_quoted = formulas == Formulas::Disarmed
        || memchr::memchr3(b'"', b'\n', b'\r', &name).is_some()
        || memchr::memchr(delimiter.byte(), &name).is_some();
    if is_quoted {
        let (mut builder, end) = (::csv::WriterBuilder::new(), ::csv::Terminator::Any(delimiter.byte()));
        builder.quote_style(::csv::QuoteStyle::Always).terminator(end);
        // What it writes to has room for all.
        let _ = builder.from_writer(&mut *text).write_record([&name]);
    } else {
        text.extend_from_slice(&name);
        text.push(delimiter.byte());
    }
}

impl Delimiter {
    const fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
        }
    }
}

/// Lines of fields, written one after the other.
pub(super) struct Sheet<'o> {
    csv: ::csv::Writer<&'o mut dyn io::Write>,
    formulas: Formulas,
}

impl<'o> Sheet<'o> {
    pub(super) fn new(delimiter: Delimiter, formulas: Formulas, out: &'o mut dyn io::Write) -> Sheet<'o> {
        let mut builder = ::csv::WriterBuilder::new();
        builder.delimiter(delimiter.byte()).terminator(::csv::Terminator::Any(b'\n'));
        if formulas == Formulas::Disarmed {
            // A spreadsheet may split cells elsewhere than here, at a semicolon; within quotes it does not.
            builder.quote_style(::csv::QuoteStyle::NonNumeric);
        }
        Sheet { csv: builder.from_writer(out), formulas }
    }

    pub(super) fn text<'t>(&mut self, text: impl Into<Cow<'t, [u8]>>) -> io::Result<()> {
        self.csv.write_field(self.formulas.apply(text.into())).map_err(as_the_system_gave_it)
    }

    pub(super) fn figure(&mut self, figure: u64) -> io::Result<()> {
        self.csv.write_field(itoa::Buffer::new().format(figure)).map_err(as_the_system_gave_it)
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
        tests::{HOSTILE, hostile, report_of, top_of_two_keys, written},
    };
    use proptest::prelude::*;

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

    proptest! {
        /// What is written by hand is what the crate writes, in as many blocks as there may be.
        #[test]
        fn a_line_is_what_a_sheet_makes_of_it(name in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'\t')], 0..8), records: u32, tabs: bool) {
            let (delimiter, form) = if tabs { (Delimiter::Tab, Form::Tsv) } else { (Delimiter::Comma, Form::Csv) };
            let mut expected = Vec::new();
            let mut out: &mut dyn io::Write = &mut expected;
            let mut sheet = Sheet::new(delimiter, Formulas::Kept, &mut out);
            for text in [&b"service"[..], b"records", &name, records.to_string().as_bytes()].chunks(2) {
                text.iter().try_for_each(|field| sheet.text(*field)).and_then(|()| sheet.end_line()).unwrap();
            }
            sheet.finish().unwrap();
            prop_assert_eq!(written(&report_of(&[(&name, records.into())]), form, Style::default()), expected);
        }
    }

    #[test]
    fn many_rows_are_all_written_in_their_order() {
        for (rows, threads) in [(0, 3), (1, 3), (BLOCK, 2), (BLOCK * 5 + 1, 2), (BLOCK * 3 + 7, 64)] {
            let rows: Vec<Slot> = (0..rows as Slot).collect();
            let mut out = Vec::new();
            let put = |rows: &[Slot], text: &mut Vec<u8>| rows.iter().for_each(|row| text.extend_from_slice(&row.to_le_bytes()));
            in_blocks(&rows, threads, put, &mut out).unwrap();
            assert!(out.iter().eq(rows.iter().flat_map(|row| row.to_le_bytes()).collect::<Vec<_>>().iter()));
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
    fn a_formula_is_text_where_that_is_asked_for_and_all_text_is_quoted() {
        let mut report = report_of(&[(b"-", 5), (b"a;=1", 4), (b"=1,\"2\"", 3), (b"\t@x", 2), (b"-1", 1)]);
        report.formulas = Formulas::Disarmed;
        let text = |form| String::from_utf8(written(&report, form, Style::default())).unwrap();
        assert_eq!(
            text(Form::Csv),
            "\"service\",\"records\"\n\"-\",5\n\"a;=1\",4\n\"'=1,\"\"2\"\"\",3\n\"'\t@x\",2\n\"'-1\",1\n"
        );
        assert!(text(Form::Tsv).contains("\n\"'\t@x\"\t2\n") && text(Form::Ndjson).contains("{\"service\":\"=1"));
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
