//! Where reports go: a report, and what became of each input, appear whole or not at all, and harm no log.

use crate::sandbox::{Sandbox, ran, tree};
use std::{
    fs,
    io::Read,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
};

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

    for nowhere in ["nowhere/report.csv", "logs", "/dev/full"] {
        sandbox.run(&["-o", nowhere, "logs"]).failed();
    }
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

/// Devices' names are no files', but in memory there may be files.
#[test]
fn a_report_in_memory() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else { return eprintln!("skipped: there is no /dev/shm") };
    let sandbox = tree();
    let [report, files] = ["report.csv", "files.csv"].map(|name| memory.path().join(name).to_str().unwrap().to_owned());
    assert_eq!(sandbox.run(&["-o", &report, "--files-report", &files, "logs"]).complete(), "");
    assert_eq!(fs::read_to_string(report).unwrap(), sandbox.run(&["logs"]).complete());
    assert_eq!(fs::read_to_string(files).unwrap().lines().count(), 3);
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
fn what_became_of_each_input() {
    let sandbox = tree();
    sandbox.write("logs/old.log.gz", [0x1f, 0x8b, 8, 8]);
    sandbox.write("logs/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    sandbox.write("logs/empty.log", "");
    let (out, _) =
        sandbox.run(&["--files-report", "files.csv", "--level", "error+", "-c", "lines,bytes", "logs", "gone.log"]).incomplete();
    assert_eq!(out, "service,lines,bytes\norg.example.Pay,3,134\nauth,2,59\n");
    let text = sandbox.read("files.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = "path,format,codec,status,bytes_stored,bytes_decoded,lines,records,filtered_lines,filtered_bytes,detail,\
                  recognised,named";
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), header);
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let without_detail: Vec<String> = rows.iter().map(|row| row[..10].join(",")).collect();
    let expected = [
        "gone.log,,,vanished,0,0,0,0,0,0",
        "logs/core,,none,binary,15,0,0,0,0,0",
        "logs/empty.log,,none,empty,0,0,0,0,0,0",
        "logs/old.log.gz,,gzip,damaged,4,0,0,0,0,0",
        "logs/pay.log.1,app,none,ok,191,191,4,1,1,57",
        "logs/web/cart.log,json,none,ok,147,147,4,1,2,88",
    ];
    assert_eq!(without_detail, expected);
    let shares: Vec<[&str; 2]> = rows.iter().map(|row| [row[11].as_str(), row[12].as_str()]).collect();
    // Nobody asked for services of what is not there, nor can a share of nothing be told.
    let none = ["", ""];
    assert_eq!(shares, [none, none, none, none, ["0.500", "1.000"], ["0.750", "1.000"]]);
    for row in rows {
        let said = !row[10].is_empty();
        assert_eq!(said, !matches!(row[3].as_str(), "ok" | "empty"), "{row:?}");
    }
}

#[test]
fn two_reports_never_go_to_one_place() {
    let sandbox = tree();
    for other in ["./both.csv", "logs/../both.csv"] {
        sandbox.run(&["-o", "both.csv", "--files-report", other, "logs"]).failed();
    }
    symlink("target.csv", sandbox.path().join("link.csv")).unwrap();
    sandbox.write("target.csv", "");
    sandbox.run(&["-o", "link.csv", "--files-report", "target.csv", "logs"]).failed();
}

#[test]
fn both_reports_among_the_logs_are_no_logs() {
    let sandbox = tree();
    let expected = sandbox.run(&["."]).complete();
    for _ in 0..2 {
        sandbox.run(&["-o", "report.csv", "--files-report", "files.csv", "."]).complete();
        assert_eq!(sandbox.read("report.csv"), expected);
        assert_eq!(sandbox.read("files.csv").lines().count(), 3);
    }
}

#[test]
fn the_files_report_goes_to_standard_output_beside_a_file() {
    let sandbox = tree();
    let out = sandbox.run(&["-o", "report.csv", "--files-report", "-", "logs"]).complete();
    assert!(out.starts_with("path,format,"), "{out}");
    assert_eq!(out.lines().count(), 3);
}

#[test]
fn a_report_never_replaces_a_log_that_is_to_be_counted() {
    let sandbox = tree();
    let log = sandbox.read("logs/pay.log.1");
    for option in ["-o", "--files-report"] {
        sandbox.run(&[option, "logs/pay.log.1", "logs/pay.log.1", "logs/web"]).failed();
        assert_eq!(sandbox.read("logs/pay.log.1"), log, "{option}");
    }
}

#[test]
fn an_earlier_report_is_no_log_behind_a_link_either() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    sandbox.write("logs/latest-2024.csv", "service,records,lines,bytes\n");
    symlink("logs/latest-2024.csv", sandbox.path().join("latest.csv")).unwrap();
    sandbox.run(&["-o", "latest.csv", "logs"]).complete();
    assert_eq!(sandbox.read("logs/latest-2024.csv"), expected);
}

#[test]
fn a_run_without_both_its_reports_leaves_neither() {
    let sandbox = tree();
    sandbox.write("report.csv", "yesterday's");
    sandbox.run(&["-o", "report.csv", "--files-report", "/dev/full", "logs"]).failed();
    assert_eq!(sandbox.read("report.csv"), "yesterday's", "status 2 is no report");
}

#[test]
fn a_reader_that_goes_away_does_not_take_the_files_report_with_it() {
    let sandbox = Sandbox::new();
    let lines: String = (0..50_000).map(|n| format!("{{\"service\":\"service-number-{n}\"}}\n")).collect();
    sandbox.write("x.log", lines);
    let arguments = ["--files-report", "files.csv", "x.log"];
    let mut child = sandbox.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(sandbox.names().contains(&"files.csv".to_owned()), "{:?}", sandbox.names());
}

#[test]
fn a_link_to_a_report_that_is_not_there_yet_stays_a_link() {
    let sandbox = tree();
    let link = sandbox.path().join("latest.csv");
    symlink("2024.csv", &link).unwrap();
    sandbox.run(&["-o", "latest.csv", "logs"]).complete();
    assert!(link.is_symlink());
    assert_eq!(sandbox.read("2024.csv"), sandbox.run(&["logs"]).complete());
}
