//! Small logs of many loggers, each with its answer beside it: what is recognised without configuration.
//!
//! An answer is written from what the log's lines say, never from what the program makes of them. Its rows are sorted by
//! service, then level, in byte order.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const HEADER: [&str; 4] = ["service", "level", "records", "lines"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

/// The stems of the files with this ending.
fn stems(ending: &str) -> BTreeSet<String> {
    fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new(ending)))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// The rows of a CSV with [`HEADER`]'s columns, in its order.
fn rows(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv);
    assert_eq!(reader.headers().unwrap(), &HEADER[..]);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What the program counts, with what it said if it did not end well.
fn counted(log: &Path) -> Result<Vec<Vec<String>>, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_logtally"))
        .args(["--by", "service,level", "--columns", "records,lines"])
        .arg(log)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() || !output.stderr.is_empty() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let mut rows = rows(&output.stdout);
    // Byte order, as the answers have it: the report goes by count.
    rows.sort();
    Ok(rows)
}

#[test]
fn every_log_has_its_answer() {
    let (logs, answers) = (stems("log"), stems("csv"));
    assert!(!logs.is_empty());
    let alone: Vec<_> = logs.symmetric_difference(&answers).collect();
    assert!(alone.is_empty(), "a .log without a .csv, or the other way round: {alone:?}");
}

#[test]
fn every_log_is_counted_as_its_answer_says() {
    let mut wrong = 0;
    let mut report = String::new();
    for name in stems("log") {
        let path = folder().join(&name);
        let answer = rows(&fs::read(path.with_extension("csv")).unwrap());
        assert!(answer.is_sorted(), "{name}.csv is not in order");
        let counted = match counted(&path.with_extension("log")) {
            Ok(rows) => rows,
            Err(message) => {
                wrong += 1;
                writeln!(report, "{name}: {message}").unwrap();
                continue;
            }
        };
        if counted == answer {
            continue;
        }
        wrong += 1;
        writeln!(report, "{name}: - the answer, + what was counted ({})", HEADER.join(",")).unwrap();
        for (sign, rows, others) in [('-', &answer, &counted), ('+', &counted, &answer)] {
            for row in rows.iter().filter(|row| !others.contains(row)) {
                writeln!(report, "  {sign} {}", row.join(",")).unwrap();
            }
        }
    }
    assert!(wrong == 0, "{wrong} logs are counted otherwise than their answers say\n{report}");
}
