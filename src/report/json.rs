//! JSON: one document with the groups, their totals, what became of the files, and the settings.
//!
//! A name that is not UTF-8 appears with U+FFFD in place of what is not, and beside it whole, as
//! `NAME_base64` (RFC 4648, section 4).

use super::{Column, Completeness, Report};
use crate::tally::Counts;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::{io, os::unix::ffi::OsStrExt, path::Path};

/// The number of this shape of the document; it grows when a reader of the old one could be misled.
const SCHEMA: u32 = 1;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let files = &report.files;
    let head = json!({
        "schema": SCHEMA,
        "complete": files.completeness() == Completeness::Complete,
        "settings": report.settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect::<Map<_, _>>(),
        "keys": report.keys.fields().iter().map(|key| key.name()).collect::<Vec<_>>(),
        "totals": figures(&report.columns, &report.totals),
        "files": {
            "counted": files.counted,
            "binary": files.binary.iter().map(|path| path_fields(path)).collect::<Vec<_>>(),
            "failed": files.failures.iter().map(|failure| {
                let mut fields = path_fields(&failure.path);
                fields.insert("status".into(), failure.cause.status().into());
                fields.insert("cause".into(), failure.cause.to_string().into());
                fields
            }).collect::<Vec<_>>(),
        },
    });
    // The groups may be millions, so they are written one by one, each on a line of its own.
    let head = serde_json::to_string_pretty(&head)?;
    let open = head.strip_suffix("\n}").unwrap_or(&head);
    write!(out, "{open},\n  \"groups\": [")?;
    for (number, row) in report.rows.iter().enumerate() {
        let mut fields = Map::new();
        for (key, name) in report.keys.fields().iter().zip(report.names(row)) {
            put_name(&mut fields, key.name(), name);
        }
        fields.extend(figures(&report.columns, &row.counts));
        write!(out, "{}    ", if number == 0 { "\n" } else { ",\n" })?;
        serde_json::to_writer(&mut *out, &fields)?;
    }
    writeln!(out, "\n  ]\n}}")
}

fn figures(columns: &[Column], counts: &Counts) -> Map<String, Value> {
    columns.iter().map(|column| (column.name().to_owned(), Value::from(column.of(counts)))).collect()
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
