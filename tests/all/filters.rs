//! Which records count, and that what a filter leaves out is counted beside them.

use crate::{
    sandbox::Sandbox,
    text::{ByteOrder, utf16},
};
use serde_json::{Value, json};

/// One line before the first record, and two records that go on for a line.
const SHOP: &str = r#"started by systemd
{"service":"cart","level":"info","msg":"one"}
{"service":"cart","level":"error","msg":"Time out"}
  at cart.pay
{"service":"auth","level":"warn","msg":"slow"}
  even slower
{"service":"auth","level":"fatal","msg":"timeout"}
{"service":"cart-db","msg":"no level"}
"#;

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", SHOP);
    sandbox
}

/// The rows as `service records lines`, and the lines that are filtered out.
#[track_caller]
fn passes(sandbox: &Sandbox, file: &str, arguments: &[&str]) -> (Vec<String>, u64) {
    let out = sandbox.run(&[arguments, &["-c", "records,lines", "-f", "json", file]].concat()).complete();
    let report: Value = serde_json::from_str(&out).unwrap();
    let rows = report["groups"].as_array().unwrap().iter();
    let rows = rows.map(|row| format!("{} {} {}", row["service"].as_str().unwrap(), row["records"], row["lines"])).collect();
    (rows, report["filtered"]["lines"].as_u64().unwrap())
}

#[test]
fn levels() {
    let sandbox = shop();
    let table: [(&str, &[&str], u64); 13] = [
        ("info", &["cart 1 1"], 7),
        ("error", &["cart 1 2"], 6),
        ("warn,fatal", &["auth 2 3"], 5),
        ("fatal,warn,fatal", &["auth 2 3"], 5),
        ("error+", &["auth 1 1", "cart 1 2"], 5),
        ("warn+", &["auth 2 3", "cart 1 2"], 3),
        ("fatal+", &["auth 1 1"], 7),
        ("trace", &[], 8),
        ("trace+", &["auth 2 3", "cart 2 3"], 2),
        // Without a level: one record, and what stands before the first.
        ("-", &["cart-db 1 1", "shop 0 1"], 6),
        ("info,-", &["cart 1 1", "cart-db 1 1", "shop 0 1"], 5),
        ("trace+,-", &["auth 2 3", "cart 2 3", "cart-db 1 1", "shop 0 1"], 0),
        ("debug+", &["auth 2 3", "cart 2 3"], 2),
    ];
    for (levels, rows, filtered) in table {
        assert_eq!(
            passes(&sandbox, "shop.log", &["--level", levels]),
            (rows.iter().map(|row| (*row).to_owned()).collect(), filtered),
            "--level {levels}"
        );
    }
}

#[test]
fn the_level_of_those_without_one_may_stand_first() {
    let sandbox = shop();
    for arguments in [&["--level", "-,info"][..], &["-l", "-,info"], &["--level=-,info"], &["-l-,info"]] {
        let expected = ["cart 1 1", "cart-db 1 1", "shop 0 1"].map(str::to_owned).to_vec();
        assert_eq!(passes(&sandbox, "shop.log", arguments), (expected, 5), "{arguments:?}");
    }
}

#[test]
fn services() {
    let sandbox = shop();
    let table: [(&[&str], &[&str], u64); 9] = [
        (&["cart"], &["cart 2 3"], 5),
        (&["cart*"], &["cart 2 3", "cart-db 1 1"], 4),
        (&["cart-*", "auth"], &["auth 2 3", "cart-db 1 1"], 4),
        (&["{cart,auth}"], &["auth 2 3", "cart 2 3"], 2),
        (&["[ac]a*", "?uth"], &["auth 2 3", "cart 2 3", "cart-db 1 1"], 1),
        (&["*"], &["auth 2 3", "cart 2 3", "cart-db 1 1", "shop 0 1"], 0),
        // What stands before the first record is the path's.
        (&["shop"], &["shop 0 1"], 7),
        (&["Cart"], &[], 8),
        (&["art"], &[], 8),
    ];
    for (globs, rows, filtered) in table {
        let arguments: Vec<&str> = globs.iter().flat_map(|glob| ["--service", glob]).collect();
        let expected = (rows.iter().map(|row| (*row).to_owned()).collect(), filtered);
        assert_eq!(passes(&sandbox, "shop.log", &arguments), expected, "{arguments:?}");
    }
}

/// `--help`: "* stands for any text, ? for one character, [ab] for one of these, {a,b} for either".
#[test]
fn services_of_any_letters() {
    let sandbox = Sandbox::new();
    let names = ["Größe", "a/b/c", "two\\nlines", ".hidden", "web[1]", "cart", "cart-db", "ä"];
    sandbox.write("x.log", names.map(|name| format!("{{\"service\":\"{name}\"}}\n")).concat());
    let fits = |glob: &str| {
        let out = sandbox.run(&["--service", glob, "-c", "records", "-f", "ndjson", "x.log"]).complete();
        let name = |line: &str| serde_json::from_str::<Value>(line).unwrap()["service"].as_str().unwrap().to_owned();
        out.lines().map(name).collect::<Vec<_>>()
    };
    assert_eq!(fits("a*c"), ["a/b/c"], "a slash is a letter like any other");
    assert_eq!(fits("a?b?c"), ["a/b/c"]);
    assert_eq!(fits("two*lines"), ["two\nlines"]);
    assert_eq!(fits("*hidden"), [".hidden"]);
    assert_eq!(fits("web\\[1\\]"), ["web[1]"]);
    assert_eq!(fits("Größe"), ["Größe"]);
    assert_eq!(fits("*öß*"), ["Größe"]);
}

#[test]
fn one_byte_of_a_service_is_one_whatever_letter_it_is_in() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", "{\"service\":\"Größe\"}\n{\"service\":\"Grabe\"}\n{\"service\":\"Gr\"}\n");
    let fits = |glob: &str| sandbox.run(&["--service", glob, "-c", "records", "x.log"]).complete();
    assert_eq!(fits("Gr??e"), "service,records\nGrabe,1\n");
    assert_eq!(fits("Gr????e"), "service,records\nGröße,1\n");
    assert_eq!(fits("Gr{ö,ü}*e"), "service,records\nGröße,1\n");
}

#[test]
fn either_of_two_may_be_nothing() {
    let sandbox = shop();
    assert_eq!(passes(&sandbox, "shop.log", &["--service", "cart{,-db}"]), (vec!["cart 2 3".into(), "cart-db 1 1".into()], 4));
}

#[test]
fn grep_looks_at_a_records_first_line() {
    let sandbox = shop();
    let table: [(&str, &[&str], u64); 9] = [
        ("timeout", &["auth 1 1"], 7),
        ("(?i)time ?out", &["auth 1 1", "cart 1 2"], 5),
        ("slow", &["auth 1 2"], 6),
        ("slower", &[], 8),
        ("started", &[], 8),
        ("^\\{\"service\":\"cart\"", &["cart 2 3"], 5),
        // The line's end is the text's end.
        ("level\"\\}$", &["cart-db 1 1"], 7),
        ("auth|no", &["auth 2 3", "cart-db 1 1"], 4),
        ("\\d", &[], 8),
    ];
    for (regex, rows, filtered) in table {
        let expected = (rows.iter().map(|row| (*row).to_owned()).collect(), filtered);
        assert_eq!(passes(&sandbox, "shop.log", &["--grep", regex]), expected, "--grep {regex}");
    }
}

#[test]
fn grep_sees_neither_line_endings_nor_what_stands_before_the_text() {
    let sandbox = Sandbox::new();
    let lines = [
        "\u{FEFF}{\"service\":\"a\",\"m\":\"one\"}\r\n",
        "\0\0\0{\"service\":\"a\",\"m\":\"two\"}\r\n",
        "{\"service\":\"a\",\"m\":\"one\"}",
    ];
    sandbox.write("x.log", lines.concat());
    assert_eq!(passes(&sandbox, "x.log", &["--grep", "^\\{.*one\"\\}$"]), (vec!["a 2 2".into()], 1));
    assert_eq!(passes(&sandbox, "x.log", &["--grep", "^\\{.*two\"\\}$"]), (vec!["a 1 1".into()], 2));
    assert_eq!(passes(&sandbox, "x.log", &["--grep", "\\r"]), (vec![], 3));
    // In UTF-16 it is the letters that are looked at.
    sandbox.write("wide.log", utf16("{\"service\":\"a\",\"m\":\"Größe\"}\r\n{\"service\":\"b\"}\r\n", ByteOrder::Little));
    assert_eq!(passes(&sandbox, "wide.log", &["--grep", "Größe\"\\}$"]), (vec!["a 1 1".into()], 1));
}

#[test]
fn grep_finds_what_is_no_utf8() {
    let sandbox = Sandbox::new();
    let line = |text: &[u8]| [b"{\"service\":\"a\",\"m\":\"", text, b"\"}\n"].concat();
    sandbox.write("x.log", [line(b"caf\xe9 after"), line("café after".as_bytes()), line(b"\xff\xfe")].concat());
    for (regex, records) in [("after", 2), ("(?-u)caf\\xe9 ", 1), ("café", 1), ("(?-u:\\xff)", 1), ("caf", 2), ("(?i)CAFÉ", 1)]
    {
        assert_eq!(
            passes(&sandbox, "x.log", &["--grep", regex]),
            (vec![format!("a {records} {records}")], 3 - records),
            "{regex}"
        );
    }
}

#[test]
fn all_filters_must_let_a_record_pass() {
    let sandbox = shop();
    let rows = |arguments: &[&str]| passes(&sandbox, "shop.log", arguments).0;
    assert_eq!(rows(&["-l", "warn+", "--service", "auth", "-g", "time"]), ["auth 1 1"]);
    assert_eq!(rows(&["-l", "warn+", "--service", "cart*", "-g", "(?i)time"]), ["cart 1 2"]);
    assert_eq!(rows(&["-l", "info", "-g", "(?i)time"]), [""; 0]);
    assert_eq!(rows(&["-l", "-", "--service", "shop"]), ["shop 0 1"]);
    assert_eq!(rows(&["-l", "-", "--service", "shop", "-g", "s"]), [""; 0], "no record, no first line");
}

#[test]
fn a_filter_bears_on_records_whatever_they_are_grouped_by() {
    let sandbox = shop();
    let report = |arguments: &[&str]| sandbox.run(&[arguments, &["-c", "records", "shop.log"]].concat()).complete();
    assert_eq!(report(&["--service", "cart", "-b", "level"]), "level,records\nerror,1\ninfo,1\n");
    assert_eq!(report(&["-l", "warn+", "-b", "file"]), "file,records\nshop.log,3\n");
    assert_eq!(report(&["-g", "out", "-b", "field:msg"]), "field:msg,records\nTime out,1\ntimeout,1\n");
    // The service that is filtered by is the one that is shown.
    assert_eq!(report(&["--service-from", "path", "--service", "cart"]), "service,records\n");
    assert_eq!(report(&["--service-from", "path", "--service", "shop"]), "service,records\nshop,5\n");
    assert_eq!(report(&["--service-from", "record", "--service", "-"]), "service,records\n-,0\n");
    assert_eq!(report(&["--service-field", "msg", "--service", "slow"]), "service,records\nslow,1\n");
}

#[test]
fn what_is_left_out_is_counted() {
    let sandbox = shop();
    let bytes = |lines: &[usize]| lines.iter().map(|line| SHOP.split_inclusive('\n').nth(*line).unwrap().len()).sum::<usize>();
    let (kept, left_out) = (bytes(&[2, 3]), bytes(&[0, 1, 4, 5, 6, 7]));
    let out = sandbox.run(&["-l", "error", "-f", "json", "--files-report", "files.csv", "shop.log"]).complete();
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["totals"], json!({"records": 1, "lines": 2, "bytes": kept}));
    assert_eq!(report["filtered"], json!({"lines": 6, "bytes": left_out}));
    assert_eq!(report["complete"], true);
    let all = SHOP.len();
    let row = format!("shop.log,json,none,ok,{all},{all},8,1,6,{left_out},,0.625,1.000");
    assert_eq!(sandbox.read("files.csv").lines().nth(1), Some(row.as_str()));
    let table = sandbox.run(&["-l", "error", "-f", "table", "shop.log"]).complete();
    assert!(table.ends_with(&format!("\nfiltered out: 6 lines, {left_out} bytes\n")), "{table}");
    // A filter that leaves nothing is no fault.
    let out = sandbox.run(&["--service", "nobody", "shop.log"]).complete();
    assert_eq!(out, "service,records,lines,bytes\n");
    sandbox.run(&["--strict", "--service", "nobody", "shop.log"]).complete();
}

/// A service, its records and its lines.
type Row = (&'static str, usize, usize);

#[test]
fn a_continuation_follows_its_record_into_any_chunk() {
    let sandbox = Sandbox::new();
    let (first, rest) = SHOP.split_once('\n').unwrap();
    for repeats in [1, 40, 12_000] {
        sandbox.write("shop.log", format!("{first}\n{}", rest.repeat(repeats)));
        let table: [(&[&str], &[Row]); 4] = [
            (&["-l", "error"], &[("cart", 1, 2)]),
            (&["-l", "warn"], &[("auth", 1, 2)]),
            (&["-g", "slow|one"], &[("auth", 1, 2), ("cart", 1, 1)]),
            (&["--service", "c*", "-l", "info,error,-"], &[("cart", 2, 3), ("cart-db", 1, 1)]),
        ];
        for (filter, rows) in table {
            let expected: Vec<String> =
                rows.iter().map(|(name, records, lines)| format!("{name} {} {}", records * repeats, lines * repeats)).collect();
            let filtered = 1 + 7 * repeats - rows.iter().map(|row| row.2 * repeats).sum::<usize>();
            for io in ["mmap", "read"] {
                for size in ["1", "50", "1000", "4M"] {
                    if repeats > 1000 && size == "50" {
                        continue;
                    }
                    let arguments = [filter, &["--io", io, "--chunk-size", size]].concat();
                    let passed = passes(&sandbox, "shop.log", &arguments);
                    assert_eq!(passed, (expected.clone(), filtered as u64), "{repeats} times, {arguments:?}");
                }
            }
        }
    }
}

#[test]
fn each_plain_line_is_a_record_of_no_level() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.log", "\nfirst\n\n  ERROR second\n \nthird\n");
    assert_eq!(passes(&sandbox, "notes.log", &["-l", "error"]), (vec![], 6));
    assert_eq!(passes(&sandbox, "notes.log", &["-l", "-"]), (vec!["notes 3 6".into()], 0));
    // A blank line continues what is before it; before the first record it is in none.
    assert_eq!(passes(&sandbox, "notes.log", &["-g", "first"]), (vec!["notes 1 2".into()], 4));
    assert_eq!(passes(&sandbox, "notes.log", &["-g", "ERROR"]), (vec!["notes 1 2".into()], 4));
}
