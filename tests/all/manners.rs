//! How a run behaves: what it says and when, its exit status, and what it tells of itself.

use crate::sandbox::{Sandbox, tree};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn ten_failures_are_named_and_the_rest_counted() {
    let sandbox = tree();
    for number in 10..25 {
        sandbox.write(&format!("logs/{number}.gz"), [0x1f, 0x8b, 8, 8]);
    }
    let ran = sandbox.run(&["logs"]);
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 12, "{}", ran.err);
    assert_eq!(lines[0], "logtally: incomplete: 15 inputs could not be counted whole, 2 files counted");
    assert!(lines[1].starts_with("  logs/10.gz: damaged gzip data, cut short at byte 4"));
    assert_eq!(lines[11], "  ... and 5 more; -v names them all");
    let ran = sandbox.run(&["-v", "logs"]);
    assert_eq!(ran.err.lines().filter(|line| line.contains(".gz: damaged gzip data")).count(), 15, "{}", ran.err);
}

#[test]
fn names_cannot_act_on_the_terminal_that_reads_a_message() {
    let sandbox = Sandbox::new();
    sandbox.write("evil\x1b[2J\n.gz", [0x1f, 0x8b, 8, 8]);
    let ran = sandbox.run(&["."]);
    assert!(ran.err.contains("./evil\\u{1b}[2J\\n.gz: damaged gzip data"), "{}", ran.err);
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

#[test]
fn quiet() {
    let sandbox = tree();
    let report = sandbox.run(&["logs"]).complete();
    assert_eq!(sandbox.run(&["-q", "logs"]).complete(), report);
    // Something is missing: the status says it, and the report is there.
    let ran = sandbox.run(&["-q", "logs", "gone"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(1), report.as_str(), ""));
    // What is fatal is said.
    assert!(sandbox.run(&["-q", "-o", "nowhere/x.csv", "logs"]).failed().contains("nowhere/x.csv"));
    let err = sandbox.run(&["-q", "--strict", "logs", "gone"]).failed();
    assert!(err.contains("  gone: no such file") && err.contains("--strict"), "{err}");
}

#[test]
fn verbose() {
    let sandbox = tree();
    let said = |arguments: &[&str]| {
        let ran = sandbox.run(&[arguments, &["logs"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.err
    };
    assert_eq!(said(&["-v"]), "logtally: 5 records, 8 lines, 338 bytes in 2 files\n");
    assert_eq!(
        said(&["-v", "-l", "info"]),
        "logtally: 2 records, 2 lines, 101 bytes in 2 files; 6 lines and 237 bytes filtered out\n"
    );
    sandbox.write("logs/core", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0");
    let err = said(&["-v", "--exclude", "cart.log"]);
    let expected = "\
logtally: logs/core: not text, passed over
logtally: 2 records, 4 lines, 191 bytes in 1 file; 1 file not text, passed over; 1 file excluded
";
    assert_eq!(err, expected);
    // Of the two the last one counts.
    assert_eq!(said(&["-v", "-q"]), "");
    assert!(said(&["-q", "-v"]).contains("logtally: 5 records"));
}

#[test]
fn strict_gives_a_whole_report_or_none() {
    let sandbox = tree();
    let report = sandbox.run(&["--strict", "logs"]).complete();
    assert_eq!(report, sandbox.run(&["logs"]).complete());
    sandbox.write("report.csv", "yesterday's");
    sandbox.write("files.csv", "yesterday's too");
    let strict = ["--strict", "-o", "report.csv", "--files-report", "files.csv"];
    for (fault, said) in [("gone", "gone: no such file"), ("old.gz", "old.gz: damaged gzip data")] {
        sandbox.write("old.gz", [0x1f, 0x8b, 8, 8]);
        let err = sandbox.run(&[&strict[..], &["logs", fault]].concat()).failed();
        assert!(err.contains(said) && err.contains("no report is written"), "{err}");
        assert_eq!(sandbox.read("report.csv"), "yesterday's");
        // What became of the files is worth knowing above all then.
        let files = sandbox.read("files.csv");
        assert!(files.contains(&format!("\n{fault},")) && files.contains("\nlogs/web/cart.log,json,none,ok,"), "{files}");
    }
    assert_eq!(sandbox.run(&["--strict", "logs", "gone"]).failed().lines().count(), 3);
    assert_eq!(sandbox.names(), ["files.csv", "logs", "old.gz", "report.csv"], "no temporary file is left");
    // No file at all is a fault, unless it is none.
    std::fs::create_dir(sandbox.path().join("mnt")).unwrap();
    sandbox.run(&["--strict", "mnt"]).failed();
    assert_eq!(sandbox.run(&["--strict", "--allow-empty", "mnt"]).complete(), "service,records,lines,bytes\n");
    sandbox.run(&[&strict[..], &["logs"]].concat()).complete();
    assert_eq!(sandbox.read("report.csv"), report);
}

#[test]
fn no_file_at_all_may_be_no_fault() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path().join("mnt")).unwrap();
    assert_eq!(sandbox.run(&["--allow-empty", "mnt"]).complete(), "service,records,lines,bytes\n");
    // What is not there is a fault all the same.
    let (_, err) = sandbox.run(&["--allow-empty", "mnt", "gone"]).incomplete();
    assert!(err.contains("gone: no such file"), "{err}");
}

#[test]
fn a_document_is_complete_exactly_when_the_status_is_0() {
    let sandbox = tree();
    std::fs::create_dir(sandbox.path().join("mnt")).unwrap();
    for arguments in [&["logs"][..], &["logs", "gone"], &["mnt"], &["--allow-empty", "mnt"], &["--include", "x", "logs"]] {
        let ran = sandbox.run(&[arguments, &["-f", "json"]].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(document["complete"], ran.code == Some(0), "{arguments:?} ended with {:?}", ran.code);
    }
}

#[test]
fn folders_that_are_called_like_verbs() {
    let sandbox = Sandbox::new();
    for verb in ["count", "detect", "bench", "man", "completions"] {
        sandbox.write(&format!("{verb}/{verb}.log"), "line\n");
        let expected = format!("service,records\n{verb},1\n");
        for arguments in
            [&["count", "-c", "records", verb][..], &["-c", "records", &format!("./{verb}")], &["-c", "records", "--", verb]]
        {
            assert_eq!(sandbox.run(arguments).complete(), expected, "{arguments:?}");
        }
    }
    assert_eq!(sandbox.run(&["count", "-c", "records", "count", "man"]).complete(), "service,records\ncount,1\nman,1\n");
    sandbox.run(&["count"]).failed();
}

#[test]
fn count_is_what_is_done_without_a_verb() {
    let sandbox = tree();
    for arguments in [&["logs"][..], &["--by", "level", "-f", "json", "logs"], &["-l", "error+", "-n", "1", "logs"]] {
        assert_eq!(sandbox.run(&[&["count"], arguments].concat()).complete(), sandbox.run(arguments).complete());
    }
    assert_eq!(sandbox.run(&["count", "logs", "gone"]).code, Some(1));
}

/// All flags that the help names.
fn flags(help: &str) -> BTreeSet<String> {
    let word =
        |text: &str| text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect::<String>();
    let option =
        |line: &str| line.trim_start().split_once("--").filter(|(before, _)| before.len() <= 4).map(|(_, rest)| word(rest));
    help.lines().filter(|line| line.trim_start().starts_with('-')).filter_map(option).filter(|flag| !flag.is_empty()).collect()
}

#[test]
fn completions_for_each_shell() {
    let sandbox = Sandbox::new();
    let flags = flags(&sandbox.run(&["--help"]).complete());
    assert!(flags.len() > 25 && flags.contains("files0-from") && flags.contains("by"), "{flags:?}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = sandbox.run(&["completions", shell]).complete();
        for flag in &flags {
            assert!(text.contains(flag.as_str()), "{shell} lacks --{flag}");
        }
    }
    // A shell that is here reads its own.
    for shell in ["bash", "zsh", "fish"] {
        let Ok(mut child) = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn() else {
            eprintln!("completions: not read by {shell}, which is not installed");
            continue;
        };
        let text = sandbox.run(&["completions", shell]).complete();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{shell}");
    }
}

#[test]
fn the_manual_names_every_flag() {
    let sandbox = Sandbox::new();
    let manual = sandbox.run(&["man"]).complete().replace("\\-", "-");
    assert!(manual.starts_with(".ie") || manual.contains(".TH logtally 1"), "{manual}");
    for flag in flags(&sandbox.run(&["--help"]).complete()) {
        assert!(manual.contains(&format!("--{flag}")), "--{flag}");
    }
    for part in ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "Exit status", "count", "detect", "bench", "completions"] {
        assert!(manual.contains(part), "{part}");
    }
}

#[test]
fn each_verb_that_has_options_has_a_page_of_the_manual_that_names_them() {
    let sandbox = Sandbox::new();
    for verb in ["count", "detect", "bench"] {
        let manual = sandbox.run(&["man", verb]).complete().replace("\\-", "-");
        assert!(manual.contains(&format!(".TH logtally-{verb} 1")), "{manual}");
        assert!(manual.contains(&format!("logtally {verb}")), "{manual}");
        for flag in flags(&sandbox.run(&[verb, "--help"]).complete()) {
            assert!(manual.contains(&format!("--{flag}")), "{verb} --{flag}");
        }
    }
}

#[test]
fn the_short_help_names_every_flag_too() {
    let sandbox = Sandbox::new();
    let (short, long) = (sandbox.run(&["-h"]).complete(), sandbox.run(&["--help"]).complete());
    assert_eq!(flags(&short), flags(&long));
    assert!(short.lines().count() < long.lines().count());
    assert_eq!(sandbox.run(&["-V"]).complete(), sandbox.run(&["--version"]).complete());
}

#[test]
fn of_an_option_that_is_given_twice_the_last_counts() {
    let sandbox = tree();
    let out =
        sandbox.run(&["-b", "host", "-b", "level", "-c", "lines", "-c", "records", "-n", "1", "-n", "9", "logs"]).complete();
    assert_eq!(out, "level,records\ninfo,2\nerror,1\nfatal,1\nwarn,1\n");
}
