//! What stands in a log, or in an archive's directory, is written by whoever causes it. It is data: it breaks no report, acts on no terminal,
//! is a formula in no spreadsheet, costs no more time than other text, and no file is opened because of it.

use crate::{
    encoders,
    faults::injector,
    sandbox::{Ran, Sandbox, ran},
};
use serde_json::Value;
use std::{fs, os::unix::ffi::OsStrExt};

/// Services as somebody might want a log to name them, as they stand in JSON, and what they are.
const NAMES: [(&str, &str); 15] = [
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("@SUM(A1:A9)", "@SUM(A1:A9)"),
    ("\\t=1+1", "\t=1+1"),
    ("-1", "-1"),
    ("a;=1+1", "a;=1+1"),
    ("\\\"quoted\\\", and more", "\"quoted\", and more"),
    ("two\\nlines,9,9,9", "two\nlines,9,9,9"),
    ("cr\\r\\nlf", "cr\r\nlf"),
    ("\\u001b[2J\\u001b]0;title\\u0007", "\u{1b}[2J\u{1b}]0;title\u{7}"),
    ("\\u009b31m", "\u{9b}31m"),
    ("right\\u202eleft", "right\u{202e}left"),
    ("| pipe | `code` |", "| pipe | `code` |"),
    ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ("{\\\"service\\\":\\\"inner\\\"}", "{\"service\":\"inner\"}"),
    ("../../etc/passwd", "../../etc/passwd"),
];

/// A log of them, the first twice, so that each has a row of its own.
fn hostile() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |(name, _): &(&str, &str)| format!("{{\"service\":\"{name}\",\"level\":\"error\"}}\n");
    let lines: String = NAMES.iter().chain(&NAMES[..1]).map(line).collect();
    sandbox.write("x.log", lines);
    sandbox
}

/// The names of the rows that a reader of CSV finds, in their byte order.
fn names_in(text: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // A name that was taken for more would have made more columns.
    assert!(rows.iter().all(|row| row.len() == 2 && row[1].parse::<u64>().is_ok()), "{rows:?}");
    sorted(rows.iter().map(|row| row[0].to_owned()))
}

fn sorted(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    names
}

fn all() -> Vec<String> {
    sorted(NAMES.map(|(_, name)| name.to_owned()))
}

fn counted(sandbox: &Sandbox, more: &[&str]) -> String {
    sandbox.run(&[&["--columns", "records"], more, &["x.log"]].concat()).complete()
}

#[test]
fn no_name_breaks_a_report() {
    let sandbox = hostile();
    assert_eq!(names_in(counted(&sandbox, &[]).as_bytes(), b','), all());
    assert_eq!(names_in(counted(&sandbox, &["--format", "tsv"]).as_bytes(), b'\t'), all());
    let json: Value = serde_json::from_str(&counted(&sandbox, &["--format", "json"])).unwrap();
    let name_of = |row: &Value| row["service"].as_str().unwrap().to_owned();
    assert_eq!(sorted(json["groups"].as_array().unwrap().iter().map(name_of)), all());
    let ndjson = counted(&sandbox, &["--format", "ndjson"]);
    assert_eq!(sorted(ndjson.lines().map(|line| name_of(&serde_json::from_str(line).unwrap()))), all());
    // Two lines above the rows, and perhaps a total below: a name that were markup or more cells would show by its delimiters.
    let markdown = counted(&sandbox, &["--format", "markdown"]);
    let rows: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() >= NAMES.len() + 2, "{markdown}");
    for row in rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 3, "{row}");
        assert!(!row.replace("\\<", "").contains('<'), "{row}");
    }
    let table = counted(&sandbox, &["--format", "table"]);
    assert_eq!(table.lines().count(), NAMES.len() + 4, "{table}");
    acts_on_no_terminal(&table);
}

#[track_caller]
fn acts_on_no_terminal(text: &str) {
    let acts = |letter: char| (letter.is_control() && letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}');
    assert!(!text.contains(acts), "{text:?}");
}

/// All that is said of files and of what is in them, by all verbs.
#[test]
fn nothing_that_is_said_acts_on_a_terminal() {
    let sandbox = hostile();
    let name = "evil\x1b[2J\n\u{202e}.log";
    fs::copy(sandbox.path().join("x.log"), sandbox.path().join(name)).unwrap();
    fs::write(sandbox.path().join("gone\x1b[2J.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\x03cut").unwrap();
    fs::write(sandbox.path().join("binary\x1b[2J"), [1; 500]).unwrap();
    let silent = |Ran { out, err, .. }: Ran| {
        acts_on_no_terminal(&err);
        (out, err)
    };
    let (_, err) = silent(sandbox.run(&["-v", "--progress", "plain", "--stats", "--by", "file,service", "."]));
    assert!(err.contains("gone\\u{1b}[2J.gz: damaged gzip data") && err.contains("binary\\u{1b}[2J: not text"), "{err}");
    silent(sandbox.run(&["--max-groups", "3", "--by", "file,service", "."]));
    silent(sandbox.run(&["--max-groups-per-file", "3", "--by", "file,service", "."]));
    silent(sandbox.run(&["--stats=json", "."]));
    silent(sandbox.run(&["--log-format", "\x1b[2J", "."]));
    silent(sandbox.run(&["--grep", "\x1b[2J(", "."]));
    silent(sandbox.run(&["no\x1b[2J-such.log"]));
    silent(sandbox.run(&["-o", "no\x1b[2J/report.csv", "."]));
    for table in [&["detect", "."][..], &["bench", "--runs", "1", "--warmup", "0", "--threads", "1", "."]] {
        let (out, _) = silent(sandbox.run(table));
        acts_on_no_terminal(&out);
    }
}

#[test]
fn a_spreadsheet_finds_no_formula_where_that_is_asked_for() {
    let sandbox = hostile();
    let begins_formula = |cell: &str| cell != "-" && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    assert!(names_in(counted(&sandbox, &[]).as_bytes(), b',').iter().any(|name| begins_formula(name)), "not without being asked");
    for (form, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let safe = counted(&sandbox, &["--csv-safe", "--format", form]);
        let names = names_in(safe.as_bytes(), delimiter);
        assert!(!names.iter().any(|name| begins_formula(name)), "{names:?}");
        assert_eq!(sorted(names.iter().map(|name| name.strip_prefix('\'').unwrap_or(name).to_owned())), all());
        assert!(safe.contains("\"'=cmd|") && safe.contains("\"'\t=1+1\"") && safe.contains("\"a;=1+1\""), "{safe}");
    }
    // What stands for no value is no formula, and the other forms are for programs.
    let by_host = sandbox.run(&["--csv-safe", "--by", "host,level", "--columns", "records", "x.log"]).complete();
    assert_eq!(by_host, "\"host\",\"level\",\"records\"\n\"-\",\"error\",16\n");
    for form in ["json", "ndjson", "table", "markdown"] {
        let forms = [&["--csv-safe", "--format", form][..], &["--format", form]];
        let [safe, usual] = forms.map(|options| counted(&sandbox, options));
        assert_eq!(safe, usual);
    }
    // So it is with paths, and it can be kept among the options and taken back.
    fs::rename(sandbox.path().join("x.log"), sandbox.path().join("=x;@y.log")).unwrap();
    sandbox.write("config", "--csv-safe\n");
    let run = |more: &[&str]| {
        let usual = ["--config", "config", "--by", "file", "--columns", "records", "--files-report", "files.csv"];
        sandbox.run(&[&usual, more, &["=x;@y.log"]].concat()).complete()
    };
    assert_eq!(run(&[]), "\"file\",\"records\"\n\"'=x;@y.log\",16\n");
    assert!(sandbox.read("files.csv").contains("\n\"'=x;@y.log\",\"json\",\"none\",\"ok\","));
    assert_eq!(run(&["--no-csv-safe"]), "file,records\n=x;@y.log,16\n");
    assert!(sandbox.read("files.csv").contains("\n=x;@y.log,json,none,ok,"));
}

/// They go no other way than any member: their names are what the report says.
#[test]
fn names_of_members_are_data() {
    let names =
        ["../../../etc/passwd", "/etc/passwd", "two\nlines.log", "\x1b[2J.log", "..", "a/../../b.log", "=1.log", "x!/y.log"];
    let members: Vec<_> = names.iter().map(|name| ((*name).to_owned(), b"one\n".to_vec())).collect();
    let sandbox = Sandbox::new();
    sandbox.write("in/x.tar", encoders::tar(&members));
    sandbox.write("in/y.zip", encoders::zip(&members, 7));
    let out = sandbox.run(&["--by", "file", "--columns", "records", "--format", "ndjson", "in"]).complete();
    let found: Vec<String> =
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["file"].as_str().unwrap().to_owned()).collect();
    let expected = ["in/x.tar", "in/y.zip"].into_iter().flat_map(|archive| names.map(|name| format!("{archive}!/{name}")));
    assert_eq!(sorted(found), sorted(expected));
    assert_eq!(sandbox.names(), ["in"]);
    assert_eq!(fs::read_dir(sandbox.path().join("in")).unwrap().count(), 2, "nothing is unpacked");
    acts_on_no_terminal(&sandbox.run(&["--format", "table", "--by", "file", "in"]).out);
}

/// Each file that the process opens by the calls that Rust's library makes is told: the logs, and nothing that they name.
#[test]
fn no_path_in_a_log_is_opened() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    let secret = sandbox.write("secret.txt", "one\n");
    let secret = secret.to_str().unwrap();
    let names = [secret, "secret.txt", "../secret.txt", &format!("file://{secret}")].map(str::to_owned);
    let lines = names.iter().map(|name| {
        format!("{{\"service\":\"{name}\",\"level\":\"{name}\",\"host\":\"{name}\",\"file\":\"{name}\",\"time\":\"{name}\",\"include\":\"{name}\"}}\n")
    });
    sandbox.write("logs/x.log", lines.collect::<String>());
    let syslog = names.iter().map(|name| format!("Jan 15 10:00:00 {name} {name}: {name}\n"));
    sandbox.write("logs/y.log", syslog.collect::<String>());
    let members: Vec<_> = names.iter().map(|name| (name.chars().take(99).collect(), b"one\n".to_vec())).collect();
    sandbox.write("logs/z.tar", encoders::tar(&members));
    for more in [&["--by", "service,level,host,hour,field:file"][..], &["--by", "file,dir"], &["--unwrap", "--io", "mmap"]] {
        let mut command = sandbox.command(&[more, &["--format", "table", "logs"]].concat());
        let ran = ran(command.env("LD_PRELOAD", injector).env("FAULT_CALL", "tell"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        for log in ["logs/x.log", "logs/y.log", "logs/z.tar"] {
            assert!(ran.err.contains(&format!("opened {log}\n")), "{}", ran.err);
        }
        assert!(!ran.err.contains("secret"), "{}", ran.err);
    }
}

/// These take time without end where a regular expression is tried in one way after the other. Here each takes time in proportion to the text,
/// and one that would take too much memory is refused by name.
#[test]
fn no_regular_expression_takes_time_or_memory_without_end() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", format!("{}\n", "x".repeat(200_000)));
    for hard in ["(x+x+)+y", "^(x|x)*$y", "(x*)*(x*)*z", "(.*)*=(.*)*"] {
        assert_eq!(sandbox.run(&["--grep", hard, "--columns", "records", "x.log"]).complete(), "service,records\n", "{hard}");
        let pattern = format!("^(?<service>{hard})");
        assert_eq!(
            sandbox.run(&["--pattern", &pattern, "--columns", "lines", "x.log"]).complete(),
            "service,lines\nx,1\n",
            "{hard}"
        );
    }
    for option in ["--grep", "--pattern"] {
        let err = sandbox.run(&[option, "((x{1000}){1000}){1000}", "x.log"]).failed();
        assert!(err.contains(option) && (err.contains("too large") || err.contains("exceeds size limit")), "{err}");
    }
}

/// Of a hostile path it is the bytes that count, whatever they are.
#[test]
fn paths_are_bytes_in_reports_and_letters_in_messages() {
    let sandbox = Sandbox::new();
    let name = std::ffi::OsStr::from_bytes(b"a\xff\n\x1b.log");
    if fs::write(sandbox.path().join(name), "one\n").is_err() {
        return;
    }
    let report = sandbox.bytes(&["--by", "file", "--columns", "records", "."]);
    assert_eq!(report, b"file,records\n\"./a\xff\n\x1b.log\",1\n");
}
