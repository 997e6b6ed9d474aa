//! `logtally detect`: what it says of files, and that it reads no further than their heads.

use crate::sandbox::{APP, Sandbox, tree};
use serde_json::Value;
use std::{fs::File, os::unix::ffi::OsStrExt, os::unix::fs::symlink, path::Path, process::Command};

/// What is found, as JSON, of a run that ends with this status.
#[track_caller]
fn found(sandbox: &Sandbox, code: i32, arguments: &[&str]) -> Vec<Value> {
    let ran = sandbox.run(&[&["detect", "-f", "json"], arguments].concat());
    assert_eq!(ran.code, Some(code), "{}", ran.err);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["schema"], 1);
    document["files"].as_array().unwrap().clone()
}

#[test]
fn a_few_lines_a_file_for_people() {
    let sandbox = tree();
    sandbox.write("logs/empty.log", "");
    sandbox.write("logs/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    sandbox.write("logs/notes.txt", "one\n\ntwo\n");
    let expected = r#"logs/core: not text; a count passes it over

logs/empty.log: empty

logs/notes.txt: plain
  format   no format fits: no line looks like any format
  records  all 2 lines, as each that is not blank is one
  service  the file's name gives notes
  | one
  | two

logs/pay.log.1: app
  format   likely: what lines look like: app 2, none 2
  records  2 of 4 lines (50 %) of the head begin a record; level in all, time in all
  service  the name before a colon (`org.example.Foo: message`)
  | 2024-01-15 10:00:00,123 INFO [main] org.example.Pay: one
    service=org.example.Pay  level=info  time=2024-01-15T10:00:00.123Z
  | 2024-01-15 10:00:01,123 FATAL [main] org.example.Pay: two
    service=org.example.Pay  level=fatal  time=2024-01-15T10:00:01.123Z

logs/web/cart.log: json
  format   likely: what lines look like: json 3, none 1
  records  3 of 4 lines (75 %) of the head begin a record; level in all, no time
  service  key service
  | {"level":"info","service":"cart","msg":"a"}
    service=cart  level=info
  | {"level":"error","service":"auth","msg":"b"}
    service=auth  level=error
  | {"level":"warn","service":"cart","msg":"c"}
    service=cart  level=warn
"#;
    assert_eq!(sandbox.run(&["detect", "logs"]).complete(), expected);
}

#[test]
fn formats_services_and_times_of_the_samples() {
    let sandbox = Sandbox::new();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_logs"), sandbox.path().join("s")).unwrap();
    // (file, formats, records of lines, where services stand, the path's service)
    let table = [
        ("s/json/mailer.jsonl", "json", (26, 29), "key name", "mailer"),
        ("s/json/gateway.ndjson", "json", (24, 24), "key service.name", "gateway"),
        ("s/json/mongod.log", "json", (24, 24), "key c", "mongod"),
        ("s/logfmt/search.log", "logfmt", (34, 34), "key service", "search"),
        ("s/syslog/messages", "syslog", (36, 36), "the tag before the message", "messages"),
        ("s/access/vhosts_access.log", "access", (34, 34), "the virtual host before the client", "vhosts_access"),
        ("s/klog/kube-scheduler.log", "klog", (36, 39), "the source file's name", "kube-scheduler"),
        ("s/logcat/shop-app-brief.txt", "logcat", (30, 30), "the tag", "shop-app-brief"),
        ("s/app/kafka/server.log.2024-01-15-10", "app", (34, 40), "the name in parentheses at the line's end", "server"),
        ("s/mixed/storefront.log", "syslog+json+app", (60, 68), "the tag before the message", "storefront"),
        ("s/json/reviews/current", "json", (22, 30), "", "reviews"),
        ("s/plain/cron-report.txt", "plain", (42, 42), "", "cron-report"),
    ];
    for (path, formats, (records, lines), place, otherwise) in table {
        let files = found(&sandbox, 0, &[path]);
        let [file] = &*files else { panic!("{files:?}") };
        let names: Vec<&str> = file["formats"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
        assert_eq!(names.join("+"), formats, "{path}");
        assert_eq!((&file["head_records"], &file["head_lines"]), (&records.into(), &lines.into()), "{path}");
        let first = &file["formats"][0]["services"][0]["place"];
        assert!(first.as_str().unwrap_or_default().starts_with(place), "{path}: {first}");
        assert_eq!(file["path_service"], otherwise, "{path}");
        assert_eq!((&file["status"], &file["codec"]), (&"ok".into(), &"none".into()), "{path}");
        // What is counted is what is said here.
        for sample in file["samples"].as_array().unwrap() {
            let line = sample["line"].as_str().unwrap();
            for part in ["service", "time"] {
                let Some(at) = sample.get(format!("{part}_at")) else { continue };
                let text = &line[at[0].as_u64().unwrap() as usize..at[1].as_u64().unwrap() as usize];
                assert!(part == "time" || sample[part] == text, "{path}: {sample}");
            }
        }
    }
}

#[test]
fn samples_say_what_a_count_counts() {
    let sandbox = Sandbox::new();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_logs"), sandbox.path().join("s")).unwrap();
    let files = found(&sandbox, 0, &["s"]);
    assert!(files.len() > 40);
    // Of what is cut short only the head is looked at, which may be whole.
    let whole = |file: &&Value| file["status"] == "ok" && !file["path"].as_str().unwrap().starts_with("s/broken/");
    for file in files.iter().filter(whole) {
        let path = file["path"].as_str().unwrap();
        let counted = sandbox.run(&["-b", "service,level,format", "-f", "ndjson", path]).complete();
        let groups: Vec<Value> = counted.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let records: u64 = groups.iter().map(|group| group["records"].as_u64().unwrap()).sum();
        assert_eq!(file["head_records"], records, "{path}");
        for sample in file["samples"].as_array().unwrap().iter().filter(|sample| sample.get("format").is_some()) {
            let level = sample.get("level").cloned().unwrap_or("-".into());
            let is_of = |group: &&Value| {
                group["service"] == sample["service"] && group["level"] == level && group["format"] == sample["format"]
            };
            assert!(groups.iter().any(|group| is_of(&group)), "{path}: {sample}");
        }
    }
}

#[test]
fn what_cannot_be_looked_into_is_named() {
    let sandbox = tree();
    sandbox.write("logs/old.gz", [0x1f, 0x8b, 8, 8]);
    let ran = sandbox.run(&["detect", "logs/old.gz", "gone"]);
    assert_eq!(ran.code, Some(1));
    let gone = "gone: no such file or folder; check the spelling, or whether its disk is mounted";
    let gzip = "logs/old.gz: gzip data, cut short at byte 4";
    assert_eq!(ran.out, format!("{gone}\n\n{gzip}\n"));
    assert_eq!(ran.err, format!("logtally: incomplete: 2 inputs could not be looked into, 0 others could\n  {gone}\n  {gzip}\n"));
    let files = found(&sandbox, 1, &["logs", "gone"]);
    let statuses: Vec<&str> = files.iter().map(|file| file["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["vanished", "unreadable", "ok", "ok"]);
    assert_eq!((&files[1]["codec"], &files[1]["path"]), (&"gzip".into(), &"logs/old.gz".into()));
    // Not text is no fault, and no file at all is one.
    sandbox.write("core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    assert_eq!(found(&sandbox, 0, &["core"])[0]["status"], "binary");
    std::fs::create_dir(sandbox.path().join("mnt")).unwrap();
    let (out, err) = sandbox.run(&["detect", "mnt"]).incomplete();
    assert!(out.is_empty() && err.contains("no file was found"), "{err}");
    assert_eq!(found(&sandbox, 1, &["mnt"]), Vec::<Value>::new());
    assert!(sandbox.run(&["detect"]).failed().contains("name the files or folders"));
    let err = sandbox.run(&["detect", "-f", "csv", "logs"]).failed();
    assert_eq!(err, "logtally: --format: what is found cannot be written as 'csv'; choose table or json\n");
}

#[test]
fn a_fifo_is_never_opened() {
    let sandbox = tree();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("logs/pipe")).status().unwrap().success());
    // Nobody writes to it: opened, it would keep the run waiting for ever.
    assert_eq!(found(&sandbox, 0, &["logs"]).len(), 2);
    let (out, err) = sandbox.run(&["detect", "logs/pipe"]).incomplete();
    assert!(out.starts_with("logs/pipe: a FIFO, which is never opened") && err.contains("logs/pipe: a FIFO"), "{out}{err}");
}

#[test]
fn no_file_is_read_further_than_its_head() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("shop.log", APP);
    // To read this would take hours.
    let file = File::options().write(true).open(&path).unwrap();
    if file.set_len(8 << 40).is_err() {
        file.set_len(1 << 40).unwrap();
    }
    // What follows the head's last newline is no part of it, and the line that it begins is no line of it.
    let files = found(&sandbox, 0, &["shop.log"]);
    assert_eq!((&files[0]["head_lines"], &files[0]["head_records"]), (&4.into(), &2.into()));
    let hole = File::create(sandbox.path().join("hole.log")).unwrap();
    hole.set_len(1 << 40).unwrap();
    assert_eq!(found(&sandbox, 0, &["hole.log"])[0]["head_lines"], 0);
    // Standard input is an endless one here.
    let text = "{\"service\":\"a\"}\n".repeat(200_000);
    let ran = sandbox.run_with_input(&["detect", "-"], text.as_bytes());
    assert!(ran.complete().starts_with("-: json\n"));
}

#[test]
fn no_name_acts_on_a_terminal() {
    let sandbox = Sandbox::new();
    let name = std::ffi::OsStr::from_bytes(b"evil\x1b[2J\n\xe9.log");
    std::fs::write(sandbox.path().join(name), "level=info service=\"a\x1b[2Jb\" msg=\"\u{202e}\"\n").unwrap();
    let out = sandbox.run(&["detect", "."]).complete();
    assert!(!out.contains(|letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}'), "{out:?}");
    assert!(out.starts_with("./evil\\u{1b}[2J\\n\\xe9.log: logfmt\n"), "{out}");
    assert!(out.contains("\n    service=a\\u{1b}[2Jb  level=info\n"), "{out}");
    let files = found(&sandbox, 0, &["."]);
    assert_eq!(files[0]["path_base64"], "Li9ldmlsG1sySgrpLmxvZw==");
    assert_eq!(files[0]["samples"][0]["service"], "a\u{1b}[2Jb");
}

#[test]
fn parts_are_marked_by_colours_where_these_are_shown() {
    let sandbox = tree();
    let out = sandbox.run(&["detect", "--color", "always", "logs/pay.log.1"]).complete();
    let line = "\x1b[1;36m2024-01-15 10:00:00,123\x1b[0m \x1b[1;33mINFO\x1b[0m [main] \x1b[1;32morg.example.Pay\x1b[0m: one\n";
    assert!(out.contains(line), "{out:?}");
    assert_eq!(console::strip_ansi_codes(&out), sandbox.run(&["detect", "logs/pay.log.1"]).complete());
}

#[test]
fn lines_stay_within_a_hundred_columns() {
    let sandbox = Sandbox::new();
    let text = "x".repeat(5000);
    sandbox.write("long.log", format!("{{\"a\":\"{text}\",\"service\":\"{}\",\"b\":\"{text}\"}}\n", "n".repeat(300)));
    let out = sandbox.run(&["detect", "long.log"]).complete();
    let line = out.lines().find(|line| line.starts_with("  | ")).unwrap();
    assert!(console::measure_text_width(line) <= 100 && line.contains("\"service\":\"nnn"), "{line}");
}

#[test]
fn what_bears_on_a_count_bears_on_this() {
    let sandbox = tree();
    let first = |arguments: &[&str]| found(&sandbox, 0, arguments)[0].clone();
    let app = "logs/pay.log.1";
    assert_eq!(first(&["--log-format", "plain", app])["confidence"], "told");
    assert_eq!(first(&["--pattern", "^(?<service>java[.]lang)", app])["samples"][1]["service"], "java.lang");
    assert_eq!(first(&["--service-from", "path", app])["samples"][0]["service"], "pay");
    let json = "logs/web/cart.log";
    assert_eq!(first(&["--service-field", "msg", json])["formats"][0]["services"][0]["place"], "key msg");
    let berlin = first(&["--assume-tz", "Europe/Berlin", "--tz", "Europe/Berlin", app]);
    assert_eq!(berlin["samples"][0]["time"], "2024-01-15T10:00:00.123+01:00");
    assert_eq!(found(&sandbox, 0, &["--exclude", "web/", "logs", "-j4"]).len(), 1);
    // What is kept for counts is minded where it says something here, and no more.
    sandbox.write("options", "--by=level\n--format=ndjson\n--service-field=msg\n--strict\n");
    let out = sandbox.run(&["detect", "--config", "options", json]).complete();
    assert!(out.contains("  service  key msg\n"), "{out}");
}
