//! A table for people: names to the left, figures to the right with their thousands apart, the sum below. It is a picture, so a name
//! never acts on what shows it, and colours take no room.

use super::{Color, Column, Figure, Report};
use crate::{
    failure::printable,
    tally::{Counts, Run},
};
use std::io;

pub(super) fn write(report: &Report, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    let header: Vec<String> = report.header().map(|name| printable(name.as_bytes())).collect();
    let rows: Vec<Vec<String>> = report.shown().map(|(names, counts)| cells(report, &names, &counts)).collect();
    let total = cells(report, &report.label("total"), &report.totals);

    let all = || std::iter::once(&header).chain(&rows).chain(std::iter::once(&total));
    let widths: Vec<usize> = (0..header.len())
        .map(|at| all().filter_map(|row| row.get(at)).map(|cell| width(cell)).filter(|width| *width <= WIDEST).max().unwrap_or(0))
        .collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();

    let columns: Vec<Option<Column>> =
        report.keys.fields().iter().map(|_| None).chain(report.columns.iter().copied().map(Some)).collect();
    let mut put = |part: Part, cells: &[String]| {
        let mut line = String::new();
        for (at, ((cell, column), wide)) in cells.iter().zip(&columns).zip(&widths).enumerate() {
            if at > 0 {
                line.push_str("  ");
            }
            let padding = " ".repeat(wide.saturating_sub(width(cell)));
            let cell = paint(cell, look(part, *column, cell), color);
            match column {
                None => line.extend([cell, padding]),
                Some(_) => line.extend([padding, cell]),
            }
        }
        writeln!(out, "{}", line.trim_end())
    };
    put(Part::Header, &header)?;
    put(Part::Rule, &rule)?;
    rows.iter().try_for_each(|row| put(Part::Row, row))?;
    put(Part::Rule, &rule)?;
    put(Part::Total, &total)?;
    if report.filtered != Run::default() {
        let Run { lines, bytes } = report.filtered;
        let note = format!("filtered out: {}, {}", plural(lines, "line"), plural(bytes, "byte"));
        writeln!(out, "{}", paint(&note, DIM, color))?;
    }
    Ok(())
}

/// A longer name stands out of its column instead of widening all others, in columns of a terminal.
const WIDEST: usize = 120;

fn cells(report: &Report, names: &[&[u8]], counts: &Counts) -> Vec<String> {
    let figures = report.columns.iter().map(|column| match column.of(counts) {
        Figure::Number(number) => thousands(number),
        time => time.show(&report.zone),
    });
    names.iter().map(|name| printable(name)).chain(figures).collect()
}

/// A part of the table, which has a look of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    Rule,
    Row,
    Total,
}

/// Parameters of Select Graphic Rendition (ECMA-48, section 8.3.117).
const PLAIN: &str = "";
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const YELLOW: &str = "33";
const BOLD_RED: &str = "1;31";
const BOLD_YELLOW: &str = "1;33";

fn look(part: Part, column: Option<Column>, cell: &str) -> &'static str {
    let column = column.filter(|_| cell != "0");
    match (part, column) {
        (Part::Header, _) => BOLD,
        (Part::Rule, _) => DIM,
        (Part::Row, Some(Column::Errors)) => RED,
        (Part::Row, Some(Column::Warnings)) => YELLOW,
        (Part::Row, _) => PLAIN,
        (Part::Total, Some(Column::Errors)) => BOLD_RED,
        (Part::Total, Some(Column::Warnings)) => BOLD_YELLOW,
        (Part::Total, _) => BOLD,
    }
}

fn paint(text: &str, look: &str, color: Color) -> String {
    if color == Color::Never || look == PLAIN || text.is_empty() {
        return text.to_owned();
    }
    format!("\x1b[{look}m{text}\x1b[0m")
}

/// Columns that a terminal gives a text.
fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Form, Style,
        tests::{hostile, top_of_two_keys, written},
    };

    fn text(report: &Report, color: Color) -> String {
        String::from_utf8(written(report, Form::Table, Style { color, ..Style::default() })).unwrap()
    }

    #[test]
    fn the_rest_the_total_and_what_filters_left_out() {
        let expected = "\
service  level  records  errors
-------  -----  -------  ------
cart     info     1,500       0
auth     error        7       7
(other)               5       2
-------  -----  -------  ------
total             1,512       9
filtered out: 1,234 lines, 5,678 bytes
";
        assert_eq!(text(&top_of_two_keys(), Color::Never), expected);
        let mut report = top_of_two_keys();
        report.filtered = Run { lines: 1, bytes: 1 };
        assert!(text(&report, Color::Never).ends_with("\nfiltered out: 1 line, 1 byte\n"));
        report.filtered = Run::default();
        assert!(text(&report, Color::Never).ends_with("  9\n"), "where nothing was filtered, nothing is said");
    }

    #[test]
    fn colours_mark_what_matters_and_take_no_room() {
        let painted = text(&top_of_two_keys(), Color::Always);
        assert_eq!(console::strip_ansi_codes(&painted), text(&top_of_two_keys(), Color::Never));
        assert!(painted.starts_with("\x1b[1mservice\x1b[0m  "), "{painted:?}");
        assert!(painted.contains("auth     error        7       \x1b[31m7\x1b[0m\n"), "{painted:?}");
        assert!(painted.contains("cart     info     1,500       0\n"), "no error has no colour: {painted:?}");
        assert!(painted.contains("       \x1b[1;31m9\x1b[0m\n"), "{painted:?}");
    }

    #[test]
    fn no_name_acts_nor_breaks_its_line() {
        let table = text(&hostile(), Color::Never);
        assert!(!table.contains(|letter: char| letter.is_control() && letter != '\n'), "{table:?}");
        assert_eq!(table.lines().count(), hostile().rows.len() + 4);
        assert!(table.contains("f\\ng") && table.contains("caf\\xe9") && table.contains("\\u{1b}[2J"), "{table}");
    }

    #[test]
    fn thousands_apart() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (u64::MAX, "18,446,744,073,709,551,615")]
        {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(width("日本"), 4);
    }
}
