//! Where reports go: a report, and what became of each input, appear whole or not at all, and harm no log.

use crate::{
    faults::{failing, injector},
    sandbox::{Sandbox, ran, tree},
};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::{FileTypeExt, PermissionsExt, symlink},
    process::{Command, Stdio},
    thread,
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

/// A FIFO in the sandbox; false where none can be made.
fn fifo(sandbox: &Sandbox, name: &str) -> bool {
    let made = Command::new("mkfifo").arg(name).current_dir(sandbox.path()).status().is_ok_and(|status| status.success());
    if !made {
        eprintln!("skipped: no mkfifo");
    }
    made
}

#[test]
fn who_reads_a_fifo_gets_the_report_and_all_of_it() {
    let sandbox = tree();
    if !fifo(&sandbox, "pipe") {
        return;
    }
    let expected = sandbox.run(&["logs"]).complete();
    let mut child = sandbox.command(&["-o", "pipe", "logs"]).spawn().unwrap();
    // Whoever saw it opened and closed before the work would have read nothing.
    assert_eq!(sandbox.read("pipe"), expected);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(fs::metadata(sandbox.path().join("pipe")).unwrap().file_type().is_fifo());
    assert_eq!(sandbox.names(), ["logs", "pipe"]);
}

#[test]
fn a_reader_of_a_fifo_that_goes_away_is_no_error_either() {
    let sandbox = Sandbox::new();
    if !fifo(&sandbox, "pipe") {
        return;
    }
    let lines: String = (0..50_000).map(|n| format!("{{\"service\":\"service-number-{n}\"}}\n")).collect();
    sandbox.write("x.log", lines);
    let child = sandbox.command(&["-o", "pipe", "x.log"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    File::open(sandbox.path().join("pipe")).unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn where_no_file_can_be_made_is_said_before_the_work_and_what_to_do() {
    let sandbox = tree();
    sandbox.write("file", "");
    for (target, said) in [
        ("/proc/x.csv", "no file can be made in its folder; choose another folder"),
        ("nowhere/x.csv", "its folder does not exist; create it first"),
        ("nowhere/", "that names a folder, which does not exist; create it first, and name a file in it"),
        ("file/x.csv", "what should be its folder is a file; choose another name"),
        ("logs", "is a directory; name a file in it"),
        ("logs/..", "is a directory; name a file in it"),
    ] {
        // A log that is not there would be told, if it was looked for.
        let err = sandbox.run(&["-o", target, "gone.log"]).failed();
        assert_eq!(err, format!("logtally: the report cannot be written to {target}: {said}\n"));
    }
    let Some(injector) = injector() else { return };
    sandbox.write("report.csv", "yesterday's");
    // EROFS and EACCES; whoever runs as root may write everywhere.
    for (error, said) in [("30", "Read-only file system"), ("13", "Permission denied")] {
        let faults = [("FAULT_CALL", "open"), ("FAULT_ERRNO", error), ("FAULT_NAME", ".part")];
        let err = failing(&sandbox, injector, &faults, &["-o", "report.csv", "logs"]).failed();
        assert!(err.starts_with(&format!("logtally: the report cannot be written to report.csv: {said}")), "{err}");
        assert!(err.ends_with("; choose a folder that you may write to\n"), "{err}");
        assert_eq!(sandbox.read("report.csv"), "yesterday's");
    }
}

#[test]
fn of_two_runs_with_one_target_one_has_its_report_there_whole() {
    let sandbox = tree();
    for service in ["one", "two"] {
        let lines: String = (0..3_000).map(|n| format!("{{\"service\":\"{service}-{n}\"}}\n")).collect();
        sandbox.write(&format!("{service}.log"), lines);
    }
    let reports = ["one.log", "two.log"].map(|log| sandbox.run(&[log]).complete());
    for _ in 0..10 {
        thread::scope(|scope| {
            for log in ["one.log", "two.log"] {
                let sandbox = &sandbox;
                scope.spawn(move || sandbox.run(&["-o", "report.csv", log]).complete());
            }
        });
        let report = sandbox.read("report.csv");
        assert!(reports.contains(&report), "{} bytes of neither", report.len());
        assert_eq!(sandbox.names(), ["logs", "one.log", "report.csv", "two.log"], "no temporary file is left");
    }
}

#[test]
fn a_report_that_another_run_is_writing_is_no_log_and_one_that_was_left_is_removed() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    let draft = sandbox.write(".logtally-a1B2c3D4e5F6.part", "service,records,lines,bytes\nhalf,1,");
    let held = File::open(&draft).unwrap();
    flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
    let count = ["--by", "service", "-o", "report.csv", "."];
    sandbox.run(&count).complete();
    assert_eq!(sandbox.read("report.csv"), expected);
    assert!(draft.exists(), "its process lives");
    // The system lets go of it when its process ends, whatever it ends by. (Threads of other tests may have a copy of the descriptor.)
    flock(&held, FlockOperation::Unlock).unwrap();
    drop(held);
    sandbox.run(&count).complete();
    assert_eq!(sandbox.read("report.csv"), expected);
    assert_eq!(sandbox.names(), ["logs", "report.csv"]);
}
