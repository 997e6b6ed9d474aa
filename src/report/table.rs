//! A table for people: names to the left, figures to the right with their thousands apart, the sum below.

use super::Report;
use crate::failure::printable;
use std::io;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let keys = report.keys.fields().len();
    let header: Vec<String> = report.header().map(str::to_owned).collect();
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(report.rows.len() + 1);
    for row in &report.rows {
        let names = report.names(row).into_iter().map(printable);
        rows.push(names.chain(report.columns.iter().map(|column| thousands(column.of(&row.counts)))).collect());
    }
    let mut total = vec!["total".to_owned()];
    total.resize(keys, String::new());
    total.extend(report.columns.iter().map(|column| thousands(column.of(&report.totals))));

    let all = || std::iter::once(&header).chain(&rows).chain(std::iter::once(&total));
    let widths: Vec<usize> = (0..header.len())
        .map(|at| all().filter_map(|row| row.get(at)).map(|cell| width(cell)).filter(|width| *width <= WIDEST).max().unwrap_or(0))
        .collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let lines = [&header, &rule].into_iter().chain(&rows).chain([&rule, &total]);
    for row in lines {
        let mut line = String::new();
        for (at, (cell, wide)) in row.iter().zip(&widths).enumerate() {
            if at > 0 {
                line.push_str("  ");
            }
            let padding = " ".repeat(wide.saturating_sub(width(cell)));
            if at < keys {
                line.push_str(cell);
                line.push_str(&padding);
            } else {
                line.push_str(&padding);
                line.push_str(cell);
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A longer name stands out of its column instead of widening all others, in columns of a terminal.
const WIDEST: usize = 120;

/// Columns that a terminal gives a text.
fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// `1234567` as `1,234,567`.
fn thousands(number: u64) -> String {
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
