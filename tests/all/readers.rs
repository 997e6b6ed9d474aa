//! Reports read back by other programs: Python's csv and json, where it is installed, and a reader of Markdown that shares nothing
//! with the writer.

use crate::sandbox::Sandbox;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
};

/// Services, as their bytes are.
const NAMES: [&[u8]; 30] = [
    b"plain",
    b"a \"b\" c",
    b"\"",
    b"\"quoted\"",
    b"it's",
    b"d,e",
    b",",
    b"f\ng",
    b"g\r\nh",
    b"j\rk",
    b"\n",
    b"h\ti",
    b"\t",
    b"pi|pe",
    b"|",
    b"back\\slash",
    b"a\\",
    b"\\|",
    b"\x1b[2J",
    b"\x01\x7f\x08",
    b" both ends ",
    b"caf\xe9",
    b"\xff\xfe,\"\n",
    "größe 日本 🛒".as_bytes(),
    "\u{9b}\u{202e}".as_bytes(),
    "\u{feff}mark".as_bytes(),
    b"*a*_b_`c`<d>&amp;[e](f)~~g~~#h",
    b"&#65;",
    b"(other)",
    b"=1+1",
];

/// A tree with a record of each name, written as a logger of JSON would.
fn named() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = Vec::new();
    for name in NAMES {
        text.extend_from_slice(b"{\"service\":\"");
        for byte in name {
            match byte {
                b'"' | b'\\' => text.extend([b'\\', *byte]),
                0..0x20 => text.extend(format!("\\u{byte:04x}").bytes()),
                _ => text.push(*byte),
            }
        }
        text.extend_from_slice(b"\"}\n");
    }
    sandbox.write("x.log", text);
    sandbox
}

/// Prints each row's names in hexadecimal, and its figures.
const READER: &str = r#"
import base64, csv, json, sys

def name(row, key):
    encoded = row.get(key + "_base64")
    return base64.b64decode(encoded) if encoded is not None else row[key].encode("utf-8")

form, path = sys.argv[1], sys.argv[2]
if form in ("csv", "tsv"):
    with open(path, newline="", encoding="latin-1") as file:
        rows = list(csv.reader(file, delimiter="," if form == "csv" else "\t", strict=True))
    print(" ".join(rows[0]))
    for row in rows[1:]:
        print(row[0].encode("latin-1").hex(), *row[1:])
else:
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["groups"] if form == "json" else [json.loads(line) for line in file]
    print("service format records")
    for row in rows:
        print(name(row, "service").hex(), row["format"], row["records"])
"#;

/// What the reader makes of a file; `None`, and said so, where there is no Python.
fn read(test: &str, form: &str, path: &std::path::Path) -> Option<Vec<String>> {
    let Ok(output) = Command::new("python3").args(["-c", READER, form]).arg(path).stdin(Stdio::null()).output() else {
        eprintln!("{test}: skipped, as python3 is not installed");
        return None;
    };
    assert!(output.status.success(), "{form}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

fn hex(name: &[u8]) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn python_reads_every_name_as_it_was() {
    let sandbox = named();
    let mut names = NAMES;
    names.sort_unstable();
    let header = "service format records".to_owned();
    let expected: Vec<String> = [header].into_iter().chain(names.map(|name| format!("{} json 1", hex(name)))).collect();
    for form in ["csv", "tsv", "json", "ndjson"] {
        let arguments = ["-b", "service,format", "-c", "records", "-f", form, "-o", "report", "x.log"];
        sandbox.run(&arguments).complete();
        let Some(rows) = read("python_reads_every_name", form, &sandbox.path().join("report")) else { return };
        assert_eq!(rows, expected, "{form}");
    }
}

#[test]
fn python_reads_the_paths_of_a_files_report() {
    let sandbox = Sandbox::new();
    let mut paths: Vec<Vec<u8>> = NAMES.iter().map(|name| [b"logs/", &name[..], b".log"].concat()).collect();
    paths.sort_unstable();
    for path in &paths {
        let path = sandbox.path().join(OsStr::from_bytes(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "line\n").unwrap();
    }
    sandbox.run(&["--files-report", "files.csv", "-o", "report.csv", "logs"]).complete();
    let Some(rows) = read("python_reads_the_paths", "csv", &sandbox.path().join("files.csv")) else { return };
    let expected: Vec<String> =
        paths.iter().map(|path| format!("{} plain none ok 5 5 1 1 0 0  1.000 0.000", hex(path))).collect();
    assert_eq!(rows[1..], expected);
}

/// The cells of a row of a GitHub table, as they are shown: cut at the pipes that no backslash takes, then unescaped.
fn cells(row: &str) -> Vec<String> {
    let row = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).unwrap_or_else(|| panic!("no row: {row}"));
    let mut cells = vec![String::new()];
    let mut letters = row.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '|' => cells.push(String::new()),
            '\\' => {
                let next = letters.next().expect("no row ends within an escape");
                // A backslash takes punctuation of ASCII; before anything else it is itself.
                let cell = cells.last_mut().unwrap();
                cell.extend(['\\', next]);
            }
            _ => cells.last_mut().unwrap().push(letter),
        }
    }
    cells.iter().map(|cell| shown(cell.trim_matches(' '))).collect()
}

/// What a renderer shows of inline text without markup (CommonMark, 2.4 and 2.5).
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        if letter == '\\' && after.starts_with(|next: char| next.is_ascii_punctuation()) {
            out.push_str(&after[..1]);
            rest = &after[1..];
        } else if let Some((number, behind)) = rest.strip_prefix("&#").and_then(|rest| rest.split_once(';')) {
            out.push(char::from_u32(number.parse().unwrap()).unwrap());
            rest = behind;
        } else {
            assert!(!"`*[]<>&~".contains(letter), "{letter} would be markup in {text:?}");
            out.push(letter);
            rest = after;
        }
    }
    out
}

#[test]
fn markdown_shows_every_name_as_it_was() {
    let sandbox = named();
    let text = sandbox.run(&["-f", "markdown", "-c", "records", "-b", "service,format", "x.log"]).complete();
    let rows: Vec<&str> = text.split('\n').collect();
    // A name, whatever is in it, is a row; then the header, what is below it, the total, and the last newline.
    assert_eq!(rows.len(), NAMES.len() + 4, "{text}");
    assert_eq!(rows[..2], ["| service | format | records |", "| --- | --- | ---: |"]);
    let read: BTreeSet<String> = rows[2..2 + NAMES.len()]
        .iter()
        .map(|row| {
            let cells = cells(row);
            assert_eq!(cells[1..], ["json", "1"], "{row}");
            cells[0].clone()
        })
        .collect();
    let expected: BTreeSet<String> = NAMES.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    assert_eq!(read, expected);
}
