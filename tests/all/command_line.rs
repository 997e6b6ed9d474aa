//! The real binary: every flag, every exit code, every bad input with what it says.

use crate::sandbox::{Ran, Sandbox, ran};
use std::{
    fs,
    io::Read,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
};

const JSON: &str = "\
{\"level\":\"info\",\"service\":\"cart\",\"msg\":\"a\"}
{\"level\":\"error\",\"service\":\"auth\",\"msg\":\"b\"}
  at line two
{\"level\":\"warn\",\"service\":\"cart\",\"msg\":\"c\"}
";

const APP: &str = "\
2024-01-15 10:00:00,123 INFO [main] org.example.Pay: one
2024-01-15 10:00:01,123 FATAL [main] org.example.Pay: two
java.lang.IllegalStateException: closed
\tat org.example.Pay.pay(Pay.java:7)
";

fn tree() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("logs/web/cart.log", JSON);
    sandbox.write("logs/pay.log.1", APP);
    sandbox
}

#[track_caller]
fn usage_error(ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part:?} is not in: {}", ran.err);
    }
}

#[test]
fn default_report() {
    let out = tree().run(&["logs"]).complete();
    assert_eq!(out, "service,records,lines,bytes\ncart,2,2,88\norg.example.Pay,2,4,191\nauth,1,2,59\n");
}

#[test]
fn by_each_key_and_by_several() {
    let sandbox = tree();
    let records = |by: &str| sandbox.run(&["--columns", "records", "--by", by, "logs"]).complete();
    assert_eq!(records("level"), "level,records\ninfo,2\nerror,1\nfatal,1\nwarn,1\n");
    assert_eq!(records("format"), "format,records\njson,3\napp,2\n");
    assert_eq!(records("file"), "file,records\nlogs/web/cart.log,3\nlogs/pay.log.1,2\n");
    assert_eq!(records("dir"), "dir,records\nlogs/web,3\nlogs,2\n");
    assert_eq!(
        records("service,level"),
        "service,level,records\nauth,error,1\ncart,info,1\ncart,warn,1\norg.example.Pay,fatal,1\norg.example.Pay,info,1\n"
    );
    assert_eq!(
        records("dir,format,service"),
        "dir,format,service,records\nlogs,app,org.example.Pay,2\nlogs/web,json,cart,2\nlogs/web,json,auth,1\n"
    );
    assert_eq!(records("service,service"), "service,records\ncart,2\norg.example.Pay,2\nauth,1\n");
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
    sandbox.write("logs/old.log.gz", [0x1f, 0x8b, 8, 0]);
    sandbox.write("logs/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    let ran = sandbox.run(&["--format", "json", "--by", "service,level", "logs"]);
    assert_eq!(ran.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["complete"], false);
    assert_eq!(report["keys"], serde_json::json!(["service", "level"]));
    assert_eq!(report["settings"]["by"], "service,level");
    assert_eq!(report["totals"], serde_json::json!({"records": 5, "lines": 8, "bytes": 338}));
    assert_eq!(report["groups"].as_array().unwrap().len(), 5);
    assert_eq!(
        report["groups"][0],
        serde_json::json!({"service": "auth", "level": "error", "records": 1, "lines": 2, "bytes": 59})
    );
    assert_eq!(report["files"]["counted"], 2);
    assert_eq!(report["files"]["binary"], serde_json::json!([{"path": "logs/core"}]));
    assert_eq!(report["files"]["failed"][0]["path"], "logs/old.log.gz");
    assert_eq!(report["files"]["failed"][0]["status"], "unreadable");
}

#[test]
fn names_come_out_whole_in_every_form() {
    let sandbox = Sandbox::new();
    let names = ["a \"b\" c", "d,e", "f\ng", "Zahlungsübersicht", "h\ti", "🛒", "x.y z"];
    let lines: String = names.iter().map(|name| format!("{}\n", serde_json::json!({"service": name}))).collect();
    sandbox.write("x.log", lines);
    let csv = sandbox.run(&["--columns", "records", "x.log"]).complete();
    let mut read: Vec<String> =
        csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()[0].to_owned()).collect();
    let json: serde_json::Value = serde_json::from_str(&sandbox.run(&["--format", "json", "x.log"]).complete()).unwrap();
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
    let json: serde_json::Value = serde_json::from_str(&sandbox.run(&["--format", "json", "x.log"]).complete()).unwrap();
    assert_eq!(json["groups"][0]["service"], "caf\u{FFFD}");
    assert_eq!(json["groups"][0]["service_base64"], "Y2Fm6Q==");
}

#[test]
fn output_file_is_complete_or_absent() {
    let sandbox = tree();
    assert_eq!(sandbox.run(&["-o", "report.csv", "logs"]).complete(), "");
    assert_eq!(sandbox.read("report.csv"), sandbox.run(&["logs"]).complete());
    let umask = ran(Command::new("sh").args(["-c", "umask"])).out;
    let umask = u32::from_str_radix(umask.trim(), 8).unwrap();
    let mode = fs::metadata(sandbox.path().join("report.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644 & !umask);
    assert_eq!(sandbox.names(), ["logs", "report.csv"], "no temporary file is left");

    usage_error(
        &sandbox.run(&["-o", "nowhere/report.csv", "logs"]),
        &["cannot be written to nowhere/report.csv: its folder does not exist; create it first"],
    );
    usage_error(&sandbox.run(&["-o", "logs", "logs"]), &["cannot be written to logs"]);
    usage_error(&sandbox.run(&["-o", "/dev/full", "logs"]), &["/dev/full", "space"]);
}

#[test]
fn standard_output_by_name_is_standard_output() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    for name in ["-", "/dev/stdout"] {
        assert_eq!(sandbox.run(&["-o", name, "logs"]).complete(), expected);
    }
    assert_eq!(sandbox.names(), ["logs"]);
    // Also where that is a file which holds something already.
    let cap = sandbox.path().join("cap");
    let script = format!("{{ echo before; {} -o /dev/stdout logs; }} > cap", env!("CARGO_BIN_EXE_logtally"));
    assert!(Command::new("sh").args(["-c", &script]).current_dir(sandbox.path()).status().unwrap().success());
    assert_eq!(fs::read_to_string(cap).unwrap(), format!("before\n{expected}"));
}

#[test]
fn an_earlier_report_among_the_logs_is_no_log() {
    let sandbox = tree();
    let expected = sandbox.run(&["."]).complete();
    for _ in 0..2 {
        sandbox.run(&["-o", "report.csv", "."]).complete();
        assert_eq!(sandbox.read("report.csv"), expected);
    }
}

#[test]
fn what_a_container_runtime_puts_before_a_line_is_no_service_and_no_level() {
    let sandbox = Sandbox::new();
    let line = |second: usize| format!("2024-01-15T10:00:{second:02}.000000001Z stdout F listening on :80\n");
    sandbox.write("pods/shop_web-1_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/web/0.log", (10..40).map(line).collect::<String>());
    let out = sandbox.run(&["--columns", "records,errors", "pods"]).complete();
    assert_eq!(out, "service,records,errors\nweb,30,0\n");
}

#[test]
fn a_hostile_line_costs_itself_only() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    sandbox.write("evil/halves-of-the-day.log", format!("2024-01-15 10:00:00{}\n", " AM".repeat(300_000)));
    let out = sandbox.run(&["logs", "evil"]).complete();
    for row in expected.lines() {
        assert!(out.contains(row), "{out}");
    }
    assert!(out.contains("halves-of-the-day,1,1,900020"), "{out}");
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

#[test]
fn chunks_of_a_byte_take_no_memory_to_speak_of() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", JSON.repeat(20_000));
    let out = sandbox.run(&["--chunk-size", "1", "x.log"]).complete();
    assert_eq!(out, sandbox.run(&["x.log"]).complete());
    // A hole of an exabyte, where the file system has such: planning it must not be what fails.
    let file = fs::File::create(sandbox.path().join("hole.log")).unwrap();
    if file.set_len(1 << 42).is_ok() {
        let plan = logtally::read::ChunkSize::new(1).for_file(1 << 42);
        assert!((1u64 << 42).div_ceil(plan.bytes()) <= 1 << 16);
    }
}

#[test]
fn a_full_disk_on_standard_output_is_fatal() {
    let sandbox = tree();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(&["logs"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    let lines: String = (0..50_000).map(|n| format!("{{\"service\":\"service-number-{n}\"}}\n")).collect();
    sandbox.write("x.log", lines);
    let mut child = sandbox.command(&["x.log"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    // The pipe is closed now, long before the report was written whole.
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn standard_input() {
    let sandbox = tree();
    let out = sandbox.run_with_input(&["-"], JSON.as_bytes()).complete();
    assert_eq!(out, "service,records,lines,bytes\ncart,2,2,88\nauth,1,2,59\n");
    let out = sandbox.run_with_input(&["--columns", "records", "-", "logs/pay.log.1", "-"], b"just\ntext\n").complete();
    assert_eq!(out, "service,records\norg.example.Pay,2\nstdin,2\n");
    let ran = sandbox.run_with_input(&["-"], &[0x1f, 0x8b, 8, 0, 0]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("-: gzip data"), "{}", ran.err);
}

#[test]
fn service_field() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", "{\"service\":\"s\",\"team\":\"core\",\"meta\":{\"owner\":\"ann\"}}\n{\"service\":\"t\"}\n");
    let records = |arguments: &[&str]| sandbox.run(&[&["--columns", "records", "x.log"], arguments].concat()).complete();
    assert_eq!(records(&["--service-field", "team"]), "service,records\ncore,1\nt,1\n");
    assert_eq!(records(&["--service-field", "meta.owner"]), "service,records\nann,1\nt,1\n");
    assert_eq!(records(&["--service-field", "nothing", "--service-field", "team"]), "service,records\ncore,1\nt,1\n");
}

#[test]
fn service_from() {
    let sandbox = tree();
    let records = |from: &str| sandbox.run(&["--columns", "records", "--service-from", from, "logs"]).complete();
    assert_eq!(records("path"), "service,records\ncart,3\npay,2\n");
    assert_eq!(records("record"), "service,records\ncart,2\norg.example.Pay,2\nauth,1\n");
    assert_eq!(records("path:{service}/*.log"), "service,records\nweb,3\n-,2\n");
    sandbox.write("logs/plain.txt", "one\ntwo\n");
    assert_eq!(records("record"), "service,records\n-,2\ncart,2\norg.example.Pay,2\nauth,1\n");
}

#[test]
fn log_format_is_forced() {
    let sandbox = tree();
    let out = sandbox.run(&["--columns", "records", "--log-format", "plain", "logs"]).complete();
    assert_eq!(out, "service,records\ncart,4\npay,4\n");
}

#[test]
fn the_answer_does_not_depend_on_how_it_is_computed() {
    let sandbox = tree();
    for number in 0..40 {
        sandbox.write(&format!("logs/{number}/app.log"), APP.repeat(number * 50));
        sandbox.write(&format!("logs/{number}/web.log"), JSON.repeat(number * 30));
    }
    let expected = sandbox.run(&["logs"]).complete();
    for threads in ["1", "2", "8", "0"] {
        for io in ["auto", "mmap", "read"] {
            for size in ["777", "64k", "4MiB"] {
                let arguments = ["-j", threads, "--io", io, "--chunk-size", size, "logs"];
                assert_eq!(sandbox.run(&arguments).complete(), expected, "{arguments:?}");
            }
        }
    }
}

#[test]
fn each_file_once() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    fs::hard_link(sandbox.path().join("logs/pay.log.1"), sandbox.path().join("logs/web/pay-again.log")).unwrap();
    symlink("../pay.log.1", sandbox.path().join("logs/web/pay-link.log")).unwrap();
    symlink("web", sandbox.path().join("logs/folder-link")).unwrap();
    assert_eq!(sandbox.run(&["logs", "logs/web", "logs/web/cart.log", "./logs"]).complete(), expected);
}

#[test]
fn special_files_in_a_tree_are_passed_over() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("logs/pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(sandbox.path().join("logs/socket")).unwrap();
    assert_eq!(sandbox.run(&["logs"]).complete(), expected);
}

#[test]
fn a_fifo_by_name_is_not_opened_but_named() {
    let sandbox = tree();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    let ran = sandbox.run(&["pipe", "logs/pay.log.1"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "logtally: incomplete: 1 input could not be counted, 1 file counted\n  \
         pipe: a FIFO, which is never opened; give its content as standard input, with - as the path\n"
    );
    assert!(ran.out.contains("org.example.Pay,2"));
}

#[test]
fn a_missing_path_costs_itself_only() {
    let ran = tree().run(&["logs", "lgos"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "logtally: incomplete: 1 input could not be counted, 2 files counted\n  \
         lgos: no such file or folder; check the spelling, or whether its disk is mounted\n"
    );
    assert!(ran.out.contains("cart,2,2,88"));
}

#[test]
fn unreadable_files_and_folders_cost_themselves_only() {
    let sandbox = tree();
    let file = sandbox.write("logs/secret.log", JSON);
    let folder = sandbox.path().join("logs/locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        // Root may read everything.
        eprintln!("unreadable_files: skipped for root, whom no mode keeps out");
    } else {
        let ran = sandbox.run(&["logs"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.err.contains("logs/secret.log: cannot open it: permission denied"), "{}", ran.err);
        assert!(ran.err.contains("logs/locked: cannot list it: permission denied"), "{}", ran.err);
        assert!(ran.out.contains("cart,2,2,88"));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn links_to_nothing_and_loops_are_named() {
    let sandbox = tree();
    symlink("gone.log", sandbox.path().join("logs/current.log")).unwrap();
    symlink("round.log", sandbox.path().join("logs/round.log")).unwrap();
    symlink(".", sandbox.path().join("logs/self")).unwrap();
    let ran = sandbox.run(&["logs"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.err.lines().count(), 3, "{}", ran.err);
    assert!(ran.err.contains("logs/current.log: a link to a file that does not exist"), "{}", ran.err);
    assert!(ran.err.contains("logs/round.log: cannot follow it"), "{}", ran.err);
}

#[test]
fn ten_failures_are_named_and_the_rest_counted() {
    let sandbox = tree();
    for number in 10..25 {
        sandbox.write(&format!("logs/{number}.gz"), [0x1f, 0x8b, 8, 0]);
    }
    let ran = sandbox.run(&["logs"]);
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 12, "{}", ran.err);
    assert_eq!(lines[0], "logtally: incomplete: 15 inputs could not be counted, 2 files counted");
    assert!(lines[1].starts_with("  logs/10.gz: gzip data, which cannot be read yet"));
    assert_eq!(lines[11], "  ... and 5 more");
}

#[test]
fn every_compression_is_recognised_by_its_content() {
    let sandbox = tree();
    let table: &[(&str, &[u8])] = &[
        ("gzip", &[0x1f, 0x8b, 8, 0]),
        ("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0]),
        ("bzip2", b"BZh91AY&SY\0\0"),
        ("xz", &[0xfd, b'7', b'z', b'X', b'Z', 0]),
        ("lz4", &[4, 0x22, 0x4d, 0x18]),
        ("zip", b"PK\x03\x04\0\0"),
    ];
    for (codec, bytes) in table {
        sandbox.write("looks-plain.log", bytes);
        let ran = sandbox.run(&["looks-plain.log"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines,bytes\n"));
        assert!(ran.err.contains(&format!("looks-plain.log: {codec} data")), "{}", ran.err);
    }
}

#[test]
fn no_file_at_all_is_incomplete() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("mnt")).unwrap();
    let ran = sandbox.run(&["mnt"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines,bytes\n"));
    assert!(ran.err.contains("no file was found"), "{}", ran.err);
    // An empty log is a log.
    sandbox.write("mnt/empty.log", "");
    assert_eq!(sandbox.run(&["mnt"]).complete(), "service,records,lines,bytes\n");
}

#[test]
fn names_cannot_act_on_the_terminal_that_reads_a_message() {
    let sandbox = Sandbox::new();
    sandbox.write("evil\x1b[2J\n.gz", [0x1f, 0x8b, 8, 0]);
    let ran = sandbox.run(&["."]);
    assert!(ran.err.contains("./evil\\u{1b}[2J\\n.gz: gzip data"), "{}", ran.err);
}

#[test]
fn usage_errors_say_what_to_type_instead() {
    let sandbox = tree();
    let table: &[(&[&str], &[&str])] = &[
        (&[], &["PATH", "--help"]),
        (&["--by", "servce", "logs"], &["'servce'", "service, level, host, format, file, dir, or field:NAME"]),
        (&["--columns", "record", "logs"], &["'record'", "records, lines, bytes, errors, warnings"]),
        (&["--format", "xml", "logs"], &["'xml'", "csv, json, table"]),
        (&["--io", "magic", "logs"], &["'magic'", "auto, mmap, read"]),
        (&["--chunk-size", "0", "logs"], &["'0' is no size", "64K, 4M, 1G"]),
        (&["--chunk-size", "lots", "logs"], &["'lots' is no size"]),
        (&["-j", "many", "logs"], &["'many' is no number of threads", "0 for one per CPU"]),
        (&["-j", "-1", "logs"], &["'-1' is no number of threads"]),
        (&["-j", "1000000", "logs"], &["'1000000' is no number of threads"]),
        (&["--log-format", "jsn", "logs"], &["'jsn'", "json, access"]),
        (&["--service-from", "file", "logs"], &["'file'", "record, path, or path:TEMPLATE"]),
        (&["--service-from", "path:*/x.log", "logs"], &["no `{service}` in it"]),
        (&["--service-field", "", "logs"], &["--service-field needs a key's name"]),
        (&["--service-field", "a", "--service-from", "path", "logs"], &["--service-field has no use"]),
        (&["--nonsense", "logs"], &["--nonsense"]),
    ];
    for (arguments, parts) in table {
        usage_error(&sandbox.run(arguments), parts);
    }
    let deep = vec!["a"; 100].join(".");
    usage_error(&sandbox.run(&["--service-field", &deep, "logs"]), &["100 parts", "at most 32"]);
    let many: Vec<&str> = std::iter::repeat_n(["--service-field", "a"], 25).flatten().chain(["logs"]).collect();
    usage_error(&sandbox.run(&many), &["25 times", "at most 24"]);
}

#[test]
fn help_and_version_are_answers_not_errors() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["--help"]).complete();
    for part in [
        "PATH",
        "--by",
        "--columns",
        "--format",
        "--output",
        "--service-field",
        "--service-from",
        "--threads",
        "--io",
        "--chunk-size",
        "Exit status",
    ] {
        assert!(help.contains(part), "{part}");
    }
    assert_eq!(sandbox.run(&["--version"]).complete(), format!("logtally {}\n", env!("CARGO_PKG_VERSION")));
}
