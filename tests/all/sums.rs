//! The report on files adds up to the report: on the sample logs, and on real ones where there are such.

use crate::sandbox::Sandbox;
use serde_json::Value;
use std::path::Path;

/// Filters, as they are typed.
const FILTERS: [&[&str]; 8] = [
    &[],
    &["-l", "warn+"],
    &["-l", "-"],
    &["--service", "*a*"],
    &["--service", "s*", "--service", "*.*", "-l", "info,error"],
    &["-g", "(?i)fail|error|time"],
    &["-g", "\\d", "-l", "info"],
    &["--service", "nobody"],
];

/// Counts a folder and holds the two reports against each other. Gives the lines and bytes that both speak of.
#[track_caller]
fn adds_up(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> (u64, u64) {
    let reports = ["-f", "json", "-o", "report.json", "--files-report", "files.csv", folder];
    let ran = sandbox.run(&[arguments, &reports[..]].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    let report: Value = serde_json::from_str(&sandbox.read("report.json")).unwrap();
    let figure = |part: &str, name: &str| report[part][name].as_u64().unwrap();
    let text = sandbox.read("files.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let sum = |column: &str| {
        let at = header.iter().position(|name| name == column).unwrap();
        rows.iter().map(|row| row[at].parse::<u64>().unwrap()).sum::<u64>()
    };
    let (lines, bytes) = (sum("lines"), sum("bytes_decoded"));
    assert_eq!(lines, figure("totals", "lines") + figure("filtered", "lines"), "{arguments:?}");
    assert_eq!(bytes, figure("totals", "bytes") + figure("filtered", "bytes"), "{arguments:?}");
    assert_eq!(sum("records"), figure("totals", "records"), "{arguments:?}");
    assert_eq!(sum("filtered_lines"), figure("filtered", "lines"), "{arguments:?}");
    assert_eq!(sum("filtered_bytes"), figure("filtered", "bytes"), "{arguments:?}");
    let with_status = |statuses: &[&str]| rows.iter().filter(|row| statuses.contains(&&row[3])).count() as u64;
    assert_eq!(with_status(&["ok", "empty"]), figure("files", "counted"), "{arguments:?}");
    assert_eq!(with_status(&["binary"]), report["files"]["binary"].as_array().unwrap().len() as u64);
    let failed = report["files"]["failed"].as_array().unwrap().len();
    assert_eq!(rows.len() as u64 - with_status(&["ok", "empty", "binary"]), failed as u64);
    // What is plain is decoded as it is stored.
    for row in rows.iter().filter(|row| &row[3] == "ok" && &row[2] == "none") {
        assert_eq!(row[4], row[5], "{row:?}");
    }
    (lines, bytes)
}

#[track_caller]
fn all_add_up(folder: &Path) {
    let sandbox = Sandbox::new();
    let folder = folder.to_str().unwrap();
    let whole = adds_up(&sandbox, folder, &[]);
    for filter in FILTERS {
        for ways in
            [&[][..], &["-j", "1", "--io", "read"], &["--chunk-size", "10000", "--io", "mmap", "-b", "service,level,host"]]
        {
            let arguments = [filter, ways].concat();
            assert_eq!(adds_up(&sandbox, folder, &arguments), whole, "{arguments:?}");
        }
    }
}

#[test]
fn of_the_sample_logs() {
    all_add_up(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_logs")));
}

#[test]
fn of_real_logs() {
    let Some(folder) = std::env::var_os("LOGTALLY_CORPUS") else {
        eprintln!("of_real_logs: skipped, as LOGTALLY_CORPUS is not set");
        return;
    };
    all_add_up(&Path::new(&folder).canonicalize().unwrap().join("logs"));
}

#[test]
fn of_text_in_utf16_and_of_what_is_none() {
    use crate::text::{ByteOrder, utf16};
    let sandbox = Sandbox::new();
    let text = "ts=1 level=info service=a\r\nts=2 level=error service=b\r\n  more\r\n";
    sandbox.write("l/wide.log", utf16(text, ByteOrder::Big));
    sandbox.write("l/wide-and-large.log", utf16(&text.repeat(20_000), ByteOrder::Little));
    sandbox.write("l/plain.log", text.repeat(50_000));
    sandbox.write("l/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    sandbox.write("l/empty.log", "");
    sandbox.write("l/old.gz", [0x1f, 0x8b, 8, 8]);
    all_add_up(&sandbox.path().join("l"));
}
