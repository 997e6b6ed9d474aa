//! JSON: one document with the groups, their totals, what became of the files, and the settings.
//!
//! A name that is not UTF-8 appears with U+FFFD in place of what is not, and beside it whole, as
//! `NAME_base64` (RFC 4648, section 4).

pub(super) mod detected;

use super::{Completeness, Escape, Figure, Report};
use crate::{failure::printable, tally::Counts};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, fmt::Write as _, io, os::unix::ffi::OsStrExt, path::Path};

/// The number of this shape of the document; it grows when a reader of the old one could be misled.
const SCHEMA: u32 = 1;

pub(super) fn write(report: &Report, escape: Escape, out: &mut dyn io::Write) -> io::Result<()> {
    let files = &report.files;
    let head = json!({
        "schema": SCHEMA,
        "complete": files.completeness() == Completeness::Complete,
        "settings": report.settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect::<Map<_, _>>(),
        "keys": report.keys.fields().iter().map(|key| key.name()).collect::<Vec<_>>(),
        "totals": figures(report, &report.totals),
        "filtered": filtered(report),
        "files": {
            "counted": files.counted,
            "binary": files.binary.iter().map(|path| path_fields(path)).collect::<Vec<_>>(),
            "failed": files.failures.iter().map(|failure| {
                let mut fields = path_fields(&failure.path);
                fields.insert("status".into(), failure.cause.status().into());
                if let Some(offset) = failure.cause.offset() {
                    fields.insert("offset".into(), offset.into());
                }
                fields.insert("cause".into(), failure.cause.to_string().into());
                fields
            }).collect::<Vec<_>>(),
        },
    });
    // The groups may be millions, so they are written one by one, each on a line of its own.
    let head = serde_json::to_string_pretty(&head)?;
    let open = head.strip_suffix("\n}").unwrap_or(&head);
    write!(out, "{},\n  \"groups\": [", harmless(open, escape))?;
    for (number, group) in report.rows.iter().enumerate() {
        let separator = if number == 0 { "\n" } else { ",\n" };
        write!(out, "{separator}    {}", row(report, &report.names(*group), &report.groups.counts(*group), escape)?)?;
    }
    write!(out, "\n  ]")?;
    if let Some(other) = &report.other {
        let mut fields = Map::from_iter([("groups".to_owned(), Value::from(other.groups))]);
        fields.extend(figures(report, &other.counts));
        write!(out, ",\n  \"other\": {}", serde_json::to_string(&fields)?)?;
    }
    writeln!(out, "\n}}")
}

/// A row's names and figures as an object on one line.
pub(super) fn row(report: &Report, names: &[&[u8]], counts: &Counts, escape: Escape) -> io::Result<String> {
    let mut fields = Map::new();
    for (key, name) in report.keys.fields().iter().zip(names) {
        put_name(&mut fields, key.name(), name);
    }
    fields.extend(figures(report, counts));
    let text = serde_json::to_string(&fields)?;
    Ok(harmless(&text, escape).into_owned())
}

/// What filters left out; the records that have no time only where there are such.
fn filtered(report: &Report) -> Value {
    let mut filtered = json!({ "lines": report.filtered.lines, "bytes": report.filtered.bytes });
    if report.timeless > 0 {
        filtered["records_without_time"] = report.timeless.into();
    }
    filtered
}

/// Numbers as numbers, times as RFC 3339; a time that is not there is null.
fn figures(report: &Report, counts: &Counts) -> Map<String, Value> {
    let value = |figure| match figure {
        Figure::Number(number) => Value::from(number),
        Figure::Time(moment) => Value::from(moment.map(|moment| moment.show(&report.zone))),
    };
    report.columns.iter().map(|column| (column.name().to_owned(), value(column.of(counts)))).collect()
}

fn path_fields(path: &Path) -> Map<String, Value> {
    let mut fields = Map::new();
    put_name(&mut fields, "path", path.as_os_str().as_bytes());
    fields
}

fn put_name(fields: &mut Map<String, Value>, key: &str, name: &[u8]) {
    fields.insert(key.to_owned(), String::from_utf8_lossy(name).into());
    if std::str::from_utf8(name).is_err() {
        fields.insert(format!("{key}_base64"), STANDARD.encode(name).into());
    }
}

/// JSON text for a terminal. Its encoder escapes what is below the space (RFC 8259, section 7); here the other letters that act are
/// escaped too, which may stand nowhere but in a string, where the escape means the same.
fn harmless(text: &str, escape: Escape) -> Cow<'_, str> {
    if escape == Escape::Never {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter < '\x7f' || printable(letter.encode_utf8(&mut [0; 4]).as_bytes()).starts_with(letter) {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Form, Style,
        tests::{HOSTILE, hostile, top_of_two_keys, written},
    };

    fn document(report: &Report, escape: Escape) -> (String, Value) {
        let text = String::from_utf8(written(report, Form::Json, Style { escape, ..Style::default() })).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn hostile_names_come_back_whole() {
        let (_, report) = document(&hostile(), Escape::Never);
        let names: Vec<Vec<u8>> = report["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| match group.get("service_base64") {
                Some(encoded) => STANDARD.decode(encoded.as_str().unwrap()).unwrap(),
                None => group["service"].as_str().unwrap().as_bytes().to_vec(),
            })
            .collect();
        assert_eq!(names, HOSTILE);
    }

    #[test]
    fn on_a_terminal_no_letter_acts_and_the_document_is_the_same() {
        let (raw, as_file) = document(&hostile(), Escape::Never);
        let (text, on_terminal) = document(&hostile(), Escape::Always);
        assert!(raw.contains("\"\u{7f}\u{9b}\u{202e}\""));
        assert!(text.contains(r#""\u007f\u009b\u202e""#), "{text}");
        assert!(text.contains("größe 日本 🛒"), "what does not act stays as it is");
        assert_eq!(on_terminal, as_file);
    }

    #[test]
    fn the_rest_stands_beside_the_groups() {
        let (_, report) = document(&top_of_two_keys(), Escape::Never);
        assert_eq!(report["groups"].as_array().unwrap().len(), 2);
        assert_eq!(report["other"], json!({"groups": 3, "records": 5, "errors": 2}));
        assert_eq!(report["totals"], json!({"records": 1512, "errors": 9}));
        assert_eq!(report["filtered"], json!({"lines": 1234, "bytes": 5678}));
        assert!(document(&hostile(), Escape::Never).1.get("other").is_none(), "where all are shown there is no rest");
    }
}
