//! A table of GitHub Flavored Markdown (sections 4.10 and 6), which renders to exactly the names that were counted.
//!
//! What Markdown cannot carry is U+FFFD: bytes that are not UTF-8, and NUL. Some renderers also refuse references to other control
//! characters, which the standard allows, and show U+FFFD too.

use super::{Escape, Report};
use crate::tally::Counts;
use std::{fmt::Write as _, io};

pub(super) fn write(report: &Report, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    let columns = report.columns.iter();
    let name_of = |name: &[u8]| escaped(&String::from_utf8_lossy(&escape.apply(name)));
    put(out, report.header().map(|name| name_of(name.as_bytes())))?;
    put(out, report.keys.fields().iter().map(|_| "---".to_owned()).chain(columns.map(|_| "---:".to_owned())))?;
    for (names, counts) in report.shown() {
        put(out, names.into_iter().map(name_of).chain(figures(report, &counts)))?;
    }
    // Where there is no group, a line of zeros would look like one.
    if !report.rows.is_empty() {
        put(out, report.label("total").into_iter().map(name_of).chain(figures(report, &report.totals)).map(bold))?;
    }
    Ok(())
}

/// Writes a line. The spaces keep a name's last backslash from the pipe.
fn put(out: &mut dyn io::Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    writeln!(out, "|")
}

fn figures(report: &Report, counts: &Counts) -> impl Iterator<Item = String> {
    report.columns.iter().map(|column| column.of(counts).show(&report.zone))
}

fn bold(cell: String) -> String {
    if cell.is_empty() { cell } else { format!("**{cell}**") }
}

/// A text whose rendering is the text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut rest = text.chars();
    let mut before = None;
    while let Some(letter) = rest.next() {
        let after = rest.as_str();
        let at_an_end = before.is_none() || after.is_empty();
        match letter {
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            ' ' if !at_an_end => out.push(' '),
            // A line end would end the row, and renderers differ in what white space they take off a cell.
            _ if letter.is_control() || letter.is_whitespace() => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            _ => {
                if acts(letter, before, after, &out) {
                    out.push('\\');
                }
                out.push(letter);
            }
        }
        before = Some(letter);
    }
    out
}

/// Whether a letter would be read as markup here.
fn acts(letter: char, before: Option<char>, after: &str, written: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric();
    match letter {
        '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '!' | '#' | '$' => true,
        // Emphasis begins and ends at a word's edge.
        '_' => !(before.is_some_and(is_word) && after.starts_with(is_word)),
        // `https://` and `www.` make a link without any markup, in which a backslash would be shown.
        ':' => after.starts_with('/'),
        '.' => written.get(written.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("www")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Form, Style,
        tests::{hostile, report_of, top_of_two_keys, written},
    };

    fn text(report: &Report) -> String {
        String::from_utf8(written(report, Form::Markdown, Style::default())).unwrap()
    }

    #[test]
    fn the_rest_and_the_total() {
        let expected = "\
| service | level | records | errors |
| --- | --- | ---: | ---: |
| cart | info | 1500 | 0 |
| auth | error | 7 | 7 |
| (other) |  | 5 | 2 |
| **total** |  | **1512** | **9** |
";
        assert_eq!(text(&top_of_two_keys()), expected);
    }

    #[test]
    fn without_a_group_there_is_no_total() {
        assert_eq!(text(&report_of(&[])), "| service | records |\n| --- | ---: |\n");
    }

    #[test]
    fn names_render_to_themselves() {
        let table: &[(&str, &str)] = &[
            ("", ""),
            ("org.example.Pay", "org.example.Pay"),
            ("snake_case_2", "snake_case_2"),
            ("_a_b_", "\\_a_b\\_"),
            ("__init__.py", "\\_\\_init\\_\\_.py"),
            ("é_x", "é\\_x"),
            ("**x**", "\\*\\*x\\*\\*"),
            ("<b>", "\\<b\\>"),
            ("&amp;", "\\&amp;"),
            ("&#65;", "\\&\\#65;"),
            ("https://x.y", "https\\://x.y"),
            ("www.x.y WWW.z", "www\\.x.y WWW\\.z"),
            ("a:b", "a:b"),
            ("[a](b)", "\\[a\\](b)"),
            ("![a](b)", "\\!\\[a\\](b)"),
            ("`c` ~~s~~ $m$", "\\`c\\` \\~\\~s\\~\\~ \\$m\\$"),
            ("pi|pe", "pi\\|pe"),
            ("\\", "\\\\"),
            ("\\|", "\\\\\\|"),
            ("two\nlines\r\nand\ttab", "two&#10;lines&#13;&#10;and&#9;tab"),
            ("\x1b[2J\x7f\u{9b}", "&#27;\\[2J&#127;&#155;"),
            (" a  b ", "&#32;a  b&#32;"),
            (" ", "&#32;"),
            ("  ", "&#32;&#32;"),
            ("\u{a0}a\u{2028}b\u{3000}", "&#160;a&#8232;b&#12288;"),
            ("nul\0", "nul\u{fffd}"),
            ("größe 日本 🛒", "größe 日本 🛒"),
        ];
        for (name, expected) in table {
            assert_eq!(escaped(name), *expected, "{name:?}");
        }
    }

    #[test]
    fn a_row_is_a_line_whatever_its_name() {
        let text = text(&hostile());
        assert_eq!(text.lines().count(), hostile().rows.len() + 3);
        assert!(text.contains("\n| caf\u{fffd} | "), "{text}");
    }

    #[test]
    fn on_a_terminal_names_are_escaped_first() {
        let style = Style { escape: Escape::Always, ..Style::default() };
        let text = String::from_utf8(written(&hostile(), Form::Markdown, style)).unwrap();
        assert!(text.contains("\n| f\\\\ng | ") && text.contains("\n| caf\\\\xe9 | "), "{text}");
    }
}
