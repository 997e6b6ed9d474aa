//! Where counts may mislead, a person is told so once, and where to look; a mail from cron is not.

use crate::sandbox::Sandbox;
use std::process::Command;

const HINT: &str = "logtally: counts may mislead for ";

/// What is said of doubts with `-v`.
#[track_caller]
fn doubts(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let ran = sandbox.run(&[&["-v"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with(HINT)).collect();
    assert!(lines.len() <= 1, "it is said once: {}", ran.err);
    lines.first().map_or(String::new(), |line| line[HINT.len()..].to_owned())
}

/// So many records of an application, each with a line that continues it or not.
fn app(records: usize, name: &str, continued: &str) -> String {
    (0..records).map(|number| format!("2024-01-15 10:00:{number:02},123 INFO [main] {name}text\n{continued}")).collect()
}

#[test]
fn of_lines_that_begin_no_record() {
    let sandbox = Sandbox::new();
    sandbox.write("half.log", app(9, "org.example.Pay: ", "\tat x\n"));
    assert_eq!(doubts(&sandbox, &["half.log"]), "", "half is not less than half");
    sandbox.write("blank.log", app(9, "org.example.Pay: ", "\n  \t\r\n\n"));
    assert_eq!(doubts(&sandbox, &["blank.log"]), "", "a blank line is none to wonder at");
    sandbox.write("few.log", app(3, "org.example.Pay: ", "\tat x\n\tat y\n"));
    assert_eq!(doubts(&sandbox, &["few.log"]), "", "nine lines are too few");
    sandbox.write("most.log", app(9, "org.example.Pay: ", "\tat x\n\tat y\n"));
    let expected = "most.log: 33 % of the lines begin a record; logtally detect most.log says more";
    assert_eq!(doubts(&sandbox, &["most.log"]), expected);
    // Filters change what is counted, and not what it is.
    assert_eq!(doubts(&sandbox, &["-l", "error", "most.log"]), expected);
    assert_eq!(doubts(&sandbox, &["--by", "level", "most.log"]), expected);
    assert_eq!(
        doubts(&sandbox, &["--log-format", "json", "half.log"]).split(':').nth(1).unwrap(),
        " 0 % of the lines begin a record; logtally detect half.log says more"
    );
}

/// The second line of a record of java.util.logging is none to wonder at.
#[test]
fn of_records_of_two_lines() {
    let sandbox = Sandbox::new();
    let records = |continued: &str| {
        let record = format!("Jan 15, 2024 10:00:00 AM org.example.Pay run\nINFO: text\n{continued}");
        record.repeat(9)
    };
    sandbox.write("some.log", records("\tat x\n"));
    assert_eq!(doubts(&sandbox, &["some.log"]), "");
    assert_eq!(doubts(&sandbox, &["--by", "level", "some.log"]), "");
    sandbox.write("most.log", records("\tat x\n\tat y\n"));
    let expected = "most.log: 25 % of the lines begin a record; logtally detect most.log says more";
    assert_eq!(doubts(&sandbox, &["most.log"]), expected);
    assert_eq!(doubts(&sandbox, &["--by", "level", "most.log"]), expected);
    let wrapped = |text: String| text.lines().map(|line| format!("2024-01-15T10:00:00Z stderr F {line}\n")).collect::<String>();
    sandbox.write("pods/shop_web-7d4_0f1e/cart/0.log", wrapped(records("\tat x\n")));
    assert_eq!(doubts(&sandbox, &["pods"]), "");
}

#[test]
fn of_records_that_name_no_service() {
    let sandbox = Sandbox::new();
    sandbox.write("app.log", app(20, "", ""));
    let expected = "app.log: 0 % of the records name a service; logtally detect app.log says more";
    assert_eq!(doubts(&sandbox, &["app.log"]), expected);
    // Who asks for no service, or for the path's, has no riddle.
    assert_eq!(doubts(&sandbox, &["--by", "level", "app.log"]), "");
    assert_eq!(doubts(&sandbox, &["--service-from", "path", "app.log"]), "");
    // Nor is it one where records hardly ever name one, or the path does so better.
    sandbox.write("text.log", "one\ntwo\n".repeat(20));
    sandbox.write("access.log", "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 12\n".repeat(20));
    sandbox.write("pods/shop_web-7d4_0f1e/cart/0.log", app(20, "", ""));
    for path in ["text.log", "access.log", "pods"] {
        assert_eq!(doubts(&sandbox, &[path]), "", "{path}");
    }
    sandbox.write("keys.json", "{\"message\":\"x\",\"svc\":\"a\"}\n".repeat(20));
    assert_eq!(doubts(&sandbox, &["--service-field", "svc", "keys.json"]), "");
    // Of several files the one of most lines is named.
    sandbox.write("keys.log", "{\"message\":\"x\"}\n".repeat(30));
    let expected = "3 files, such as keys.log: 0 % of the records name a service; logtally detect keys.log says more";
    assert_eq!(doubts(&sandbox, &["."]).replace("./", ""), expected);
}

#[test]
fn whoever_does_not_look_is_told_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("app.log", app(20, "", ""));
    sandbox.run(&["app.log"]).complete();
    assert_eq!(sandbox.run(&["-q", "app.log"]).complete(), sandbox.run(&["app.log"]).complete());
    // A terminal: util-linux makes one.
    let bin = env!("CARGO_BIN_EXE_logtally");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{bin} --progress never app.log >report.csv"), "/dev/null"]).current_dir(sandbox.path());
    let Ok(ran) = script.env("XDG_CONFIG_HOME", sandbox.path()).output() else {
        eprintln!("doubts: no terminal is tried, as script(1) is not installed");
        return;
    };
    let shown = String::from_utf8(ran.stdout).unwrap();
    assert!(
        shown.contains(&format!("{HINT}app.log: 0 % of the records name a service; logtally detect app.log says more")),
        "{shown}"
    );
    assert_eq!(sandbox.read("report.csv").lines().nth(1), Some("app,20,20,820"));
}

#[test]
fn large_files_are_told_as_small_ones_are() {
    let sandbox = Sandbox::new();
    // The head elects a place for names, which most of what follows does not have.
    let text = app(60, "org.example.Pay: ", "\n").repeat(400) + &app(60, "", "\n").repeat(500);
    sandbox.write("large.log", &text);
    let mut said = Vec::new();
    for ways in
        [&["-j", "1", "--chunk-size", "64M"][..], &["-j", "4", "--chunk-size", "5000"], &["--io", "read", "--chunk-size", "70K"]]
    {
        let arguments = [ways, &["--files-report", "files.csv", "large.log"]].concat();
        said.push((doubts(&sandbox, &arguments), sandbox.read("files.csv")));
    }
    assert!(said[0].1.lines().nth(1).unwrap().ends_with(",,1.000,0.444"), "{}", said[0].1);
    assert!(said[0].0.starts_with("large.log: 44 % of the records"), "{}", said[0].0);
    assert!(said.iter().all(|answer| *answer == said[0]), "{said:#?}");
}
