//! What a report shows, in which order and in which form.

use crate::sandbox::{Sandbox, tree};
use serde_json::{Value, json};

#[test]
fn default_report() {
    let out = tree().run(&["logs"]).complete();
    assert_eq!(out, "service,records,lines,bytes\ncart,2,2,88\norg.example.Pay,2,4,191\nauth,1,2,59\n");
}

#[test]
fn columns_in_any_order() {
    let out = tree().run(&["--columns", "errors,warnings,bytes,lines,records", "logs"]).complete();
    assert_eq!(
        out,
        "service,errors,warnings,bytes,lines,records\ncart,0,1,88,2,2\norg.example.Pay,1,0,191,4,2\nauth,1,0,59,2,1\n"
    );
}

#[test]
fn table() {
    let out = tree().run(&["--format", "table", "logs"]).complete();
    let expected = "\
service          records  lines  bytes
---------------  -------  -----  -----
cart                   2      2     88
org.example.Pay        2      4    191
auth                   1      2     59
---------------  -------  -----  -----
total                  5      8    338
";
    assert_eq!(out, expected);
}

#[test]
fn json_says_all_there_is() {
    let sandbox = tree();
    sandbox.write("logs/old.log.gz", [0x1f, 0x8b, 8, 8]);
    sandbox.write("logs/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    let ran = sandbox.run(&["--format", "json", "--by", "service,level", "logs"]);
    assert_eq!(ran.code, Some(1));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["complete"], false);
    assert_eq!(report["keys"], json!(["service", "level"]));
    assert_eq!(report["settings"]["by"], "service,level");
    assert_eq!(report["totals"], json!({"records": 5, "lines": 8, "bytes": 338}));
    assert_eq!(report["groups"].as_array().unwrap().len(), 5);
    assert_eq!(report["groups"][0], json!({"service": "auth", "level": "error", "records": 1, "lines": 2, "bytes": 59}));
    assert_eq!(report["files"]["counted"], 2);
    assert_eq!(report["files"]["binary"], json!([{"path": "logs/core"}]));
    assert_eq!(report["files"]["failed"][0]["path"], "logs/old.log.gz");
    assert_eq!(report["files"]["failed"][0]["status"], "damaged");
    assert_eq!(report["files"]["failed"][0]["offset"], 4);
}

#[test]
fn names_come_out_whole_in_every_form() {
    let sandbox = Sandbox::new();
    let names = ["a \"b\" c", "d,e", "f\ng", "Zahlungsübersicht", "h\ti", "🛒", "x.y z"];
    let lines: String = names.iter().map(|name| format!("{}\n", json!({"service": name}))).collect();
    sandbox.write("x.log", lines);
    let csv = sandbox.run(&["--columns", "records", "x.log"]).complete();
    let mut read: Vec<String> =
        csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()[0].to_owned()).collect();
    let json: Value = serde_json::from_str(&sandbox.run(&["--format", "json", "x.log"]).complete()).unwrap();
    let mut read_json: Vec<String> =
        json["groups"].as_array().unwrap().iter().map(|group| group["service"].as_str().unwrap().to_owned()).collect();
    let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    read.sort();
    read_json.sort();
    assert_eq!(read, expected);
    assert_eq!(read_json, expected);
    // A table is for a terminal: what would act on it is shown, not sent.
    let table = sandbox.run(&["--format", "table", "x.log"]).complete();
    assert!(table.contains("f\\ng") && table.contains("h\\ti"), "{table}");
}

#[test]
fn a_name_that_is_not_utf8_is_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", b"{\"service\":\"caf\xe9\"}\n");
    let output = sandbox.command(&["--columns", "records", "x.log"]).output().unwrap();
    assert_eq!(output.stdout, b"service,records\ncaf\xe9,1\n");
    let json: Value = serde_json::from_str(&sandbox.run(&["--format", "json", "x.log"]).complete()).unwrap();
    assert_eq!(json["groups"][0]["service"], "caf\u{FFFD}");
    assert_eq!(json["groups"][0]["service_base64"], "Y2Fm6Q==");
}

#[test]
fn one_long_name_does_not_blow_up_a_table() {
    let sandbox = Sandbox::new();
    let lines: String = (0..500).map(|number| format!("{{\"service\":\"s{number}\"}}\n")).collect();
    sandbox.write("x.log", format!("{lines}{{\"service\":\"{}\"}}\n", "long".repeat(50_000)));
    let table = sandbox.run(&["--format", "table", "x.log"]).complete();
    assert!(table.contains(&"long".repeat(50_000)), "a name comes out whole");
    assert!(table.len() < 300_000, "{} bytes", table.len());
}

/// Services whose order differs by every figure; b, c and e have one record each.
fn shop() -> Sandbox {
    let record = |service: &str, level: &str| format!("{{\"service\":\"{service}\",\"level\":\"{level}\"}}\n");
    let sandbox = Sandbox::new();
    let lines = [
        record("a", "info").repeat(3),                // 93 bytes
        record("b", "error") + &"\tat x\n".repeat(4), // 32 bytes and 24
        record("c", "warn").replace('}', &format!(",\"msg\":\"{}\"}}", "x".repeat(500))),
        record("d", "error").repeat(2), // 64 bytes
        record("e", "warn"),            // 31 bytes
    ];
    sandbox.write("shop.log", lines.concat());
    sandbox
}

#[test]
fn sorted_by_each_column_and_by_name_with_equals_by_name() {
    let sandbox = shop();
    let table = [
        ("records", "a d b c e"),
        ("lines", "b a d c e"),
        ("bytes", "c a d b e"),
        ("errors", "d b a c e"),
        ("warnings", "c e a b d"),
        ("name", "a b c d e"),
    ];
    for (sort, expected) in table {
        // A column orders the rows whether it is shown or not.
        for columns in ["records", "lines,errors", "warnings"] {
            let out = sandbox.run(&["--sort", sort, "--columns", columns, "shop.log"]).complete();
            let order: Vec<&str> = out.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
            assert_eq!(order.join(" "), expected, "--sort {sort} --columns {columns}");
        }
    }
}

#[test]
fn names_are_compared_by_their_bytes() {
    let sandbox = Sandbox::new();
    let names = ["b", "ä", "a", "B", "a-", "ab"];
    sandbox.write("x.log", names.map(|name| format!("{{\"service\":\"{name}\"}}\n")).concat());
    for sort in ["records", "name"] {
        let out = sandbox.run(&["-s", sort, "-c", "records", "x.log"]).complete();
        assert_eq!(out, "service,records\nB,1\na,1\na-,1\nab,1\nb,1\nä,1\n");
    }
    // Of two names the first decides, however long it is.
    sandbox.write(
        "y.log",
        "{\"service\":\"b\",\"level\":\"info\"}\n{\"service\":\"aaa\",\"level\":\"warn\"}\n{\"service\":\"aaa\"}\n",
    );
    let out = sandbox.run(&["--by", "service,level", "-s", "name", "-c", "records", "y.log"]).complete();
    assert_eq!(out, "service,level,records\naaa,-,1\naaa,warn,1\nb,info,1\n");
}

#[test]
fn the_first_rows_and_the_rest_as_one() {
    let sandbox = shop();
    let report = |arguments: &[&str]| sandbox.run(&[arguments, &["-c", "records,errors", "shop.log"]].concat()).complete();
    assert_eq!(report(&["--top", "2"]), "service,records,errors\na,3,0\nd,2,2\n(other),3,1\n");
    assert_eq!(report(&["-n", "1", "-s", "errors"]), "service,records,errors\nd,2,2\n(other),6,1\n");
    assert_eq!(report(&["-n", "4", "-s", "name"]), "service,records,errors\na,3,0\nb,1,1\nc,1,0\nd,2,2\n(other),1,0\n");
    assert_eq!(report(&["-n1", "-b", "service,level"]), "service,level,records,errors\na,info,3,0\n(other),,5,3\n");
    // As many as there are, or more: no rest.
    let all = report(&[]);
    for top in ["5", "6", "1000000", "99999999999999999999999"] {
        assert_eq!(report(&["--top", top]), all, "--top {top}");
    }
}

#[test]
fn the_rest_in_every_form() {
    let sandbox = shop();
    let report = |form| sandbox.run(&["--top", "1", "-b", "service,level", "-c", "records", "-f", form, "shop.log"]).complete();
    assert_eq!(report("csv"), "service,level,records\na,info,3\n(other),,5\n");
    assert_eq!(report("tsv"), "service\tlevel\trecords\na\tinfo\t3\n(other)\t\t5\n");
    let ndjson = "{\"service\":\"a\",\"level\":\"info\",\"records\":3}\n{\"service\":\"(other)\",\"level\":\"\",\"records\":5}\n";
    assert_eq!(report("ndjson"), ndjson);
    let table = "\
service  level  records
-------  -----  -------
a        info         3
(other)               5
-------  -----  -------
total                 8
";
    assert_eq!(report("table"), table);
    let markdown = "\
| service | level | records |
| --- | --- | ---: |
| a | info | 3 |
| (other) |  | 5 |
| **total** |  | **8** |
";
    assert_eq!(report("markdown"), markdown);
    let document: Value = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(document["groups"], json!([{"service": "a", "level": "info", "records": 3}]));
    assert_eq!(document["other"], json!({"groups": 4, "records": 5}));
    assert_eq!(document["totals"], json!({"records": 8}));
    assert_eq!(document["settings"]["top"], "1");
}

#[test]
fn a_report_says_how_it_was_asked_for() {
    let sandbox = shop();
    let settings = |arguments: &[&str]| {
        let out = sandbox.run(&[arguments, &["-f", "json", "shop.log"]].concat()).complete();
        serde_json::from_str::<Value>(&out).unwrap()["settings"].clone()
    };
    let plain = settings(&[]);
    for absent in ["top", "level", "service", "grep"] {
        assert!(plain.get(absent).is_none(), "{absent} was not asked for: {plain}");
    }
    let all = settings(&[
        "-s",
        "bytes",
        "-n",
        "3",
        "-l",
        "warn+,-",
        "--service",
        "a*",
        "--service",
        "b",
        "-g",
        "(?i)x",
        "--service-field",
        "team",
        "--log-format",
        "json",
        "-b",
        "host,field:a.b",
        "-c",
        "errors",
    ]);
    let expected = [
        ("by", "host,field:a.b"),
        ("columns", "errors"),
        ("sort", "bytes"),
        ("top", "3"),
        ("level", "warn,error,fatal,-"),
        ("grep", "(?i)x"),
        ("service_fields", "team"),
        ("log_format", "json"),
    ];
    for (name, value) in expected {
        assert_eq!(all[name], value, "{name}");
    }
    assert!(all["service"].as_str().unwrap().contains("a*"));
}

#[test]
fn colours_only_where_they_are_asked_for_and_only_in_a_table() {
    let sandbox = tree();
    let colours = |environment: &[(&str, &str)], arguments: &[&str]| {
        sandbox.run_in(environment, &[arguments, &["-f", "table", "logs"]].concat()).complete().contains('\x1b')
    };
    assert!(!colours(&[], &[]), "a pipe is no terminal");
    assert!(colours(&[], &["--color", "always"]));
    assert!(!colours(&[], &["--color", "never"]));
    assert!(!colours(&[("NO_COLOR", "1")], &[]));
    assert!(colours(&[("NO_COLOR", "1")], &["--color", "always"]), "what is typed outweighs what is set");
    for form in ["csv", "tsv", "json", "ndjson", "markdown"] {
        let out = sandbox.run(&["--color", "always", "-f", form, "logs"]).complete();
        assert!(!out.contains('\x1b'), "{form}: {out:?}");
    }
}

#[test]
fn a_report_of_nothing_is_still_a_report() {
    let sandbox = Sandbox::new();
    sandbox.write("empty.log", "");
    let report = |form| sandbox.run(&["-f", form, "empty.log"]).complete();
    assert_eq!(report("csv"), "service,records,lines,bytes\n");
    assert_eq!(report("tsv"), "service\trecords\tlines\tbytes\n");
    assert_eq!(report("ndjson"), "");
    let document: Value = serde_json::from_str(&report("json")).unwrap();
    assert_eq!((&document["groups"], &document["complete"]), (&json!([]), &json!(true)));
    assert!(report("table").contains("total"));
    assert_eq!(report("markdown"), "| service | records | lines | bytes |\n| --- | ---: | ---: | ---: |\n");
}
