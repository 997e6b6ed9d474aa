//! A run is ended at any moment: by SIGKILL, or told to end. Whenever that is, the report is the old one or the new one, and whole.

use crate::{
    running::{attentive, send},
    sandbox::{Sandbox, noise},
};
use logtally::report::is_draft;
use std::{
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const OLD: &str = "the one before\n";

/// So many services that a run writes its report for a good part of its time.
const SERVICES: usize = 20_000;

/// Numbers that look random, and are the same each time (xorshift).
struct Moments(u64);

impl Moments {
    /// A moment up to this one.
    fn next(&mut self, most: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        most.mul_f64((self.0 % 10_000) as f64 / 10_000.0)
    }
}

/// A sandbox with a log of many services, and the report on it.
fn many_services() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let lines: String = (0..SERVICES).map(|n| format!("{{\"service\":\"service-number-{n}\"}}\n")).collect();
    sandbox.write("logs/x.log", lines);
    let report = sandbox.run(&["logs"]).complete();
    (sandbox, report)
}

/// Ends runs by a signal at so many moments between their beginning and their end.
fn end_at_moments(signal: &str, number: i32, times: usize) {
    let (sandbox, new) = many_services();
    let start = Instant::now();
    sandbox.run(&["-o", "report.csv", "logs"]).complete();
    // A little beyond the end too.
    let most = start.elapsed().mul_f64(1.2);
    let mut moments = Moments(7);
    let (mut ended, mut left) = (0, 0);
    for _ in 0..times {
        sandbox.write("report.csv", OLD);
        let mut child = attentive(&sandbox.command(&["-o", "report.csv", "logs"])).spawn().unwrap();
        thread::sleep(moments.next(most));
        send(&child, signal);
        let status = child.wait().unwrap();
        let report = sandbox.read("report.csv");
        assert!(report == OLD || report == new, "{} bytes, which are neither", report.len());
        match status.code() {
            // It was done before the signal came.
            Some(code) => assert_eq!((code, report == new), (0, true)),
            None => assert_eq!(status.signal(), Some(number)),
        }
        ended += usize::from(status.code().is_none());
        let names: Vec<String> =
            sandbox.names().into_iter().filter(|name| !["logs", "report.csv"].contains(&name.as_str())).collect();
        assert!(names.iter().all(|name| is_draft(name.as_ref())), "{names:?}");
        // Only who is killed has no time to tidy up.
        assert!(names.is_empty() || signal == "KILL", "{names:?}");
        left += names.len();
    }
    sandbox.run(&["-o", "report.csv", "logs"]).complete();
    assert_eq!(sandbox.names(), ["logs", "report.csv"]);
    println!("SIG{signal}: {ended} of {times} runs ended by it; {left} temporary files were left, and removed by the next run");
}

#[test]
fn whenever_a_run_is_killed_the_report_is_the_old_one_or_the_new_one() {
    end_at_moments("KILL", 9, 6);
}

#[test]
fn whenever_a_run_is_told_to_end_nothing_is_left_of_it() {
    end_at_moments("INT", 2, 6);
}

/// The same for long: `cargo test --release --test all -- --ignored --nocapture two_hundred_moments`.
#[test]
#[ignore = "it takes a minute"]
fn two_hundred_moments() {
    end_at_moments("KILL", 9, 200);
    end_at_moments("INT", 2, 200);
}

/// What a run is in the middle of when it is told to end.
struct Work {
    what: &'static str,
    arguments: Vec<&'static str>,
    /// Whether its standard input gives a line now and then, and never ends.
    is_piped: bool,
}

/// Makes the inputs, of so many bytes.
fn works(sandbox: &Sandbox, bytes: usize) -> Vec<Work> {
    let work = |what, arguments: &[&'static str]| Work { what, arguments: arguments.to_vec(), is_piped: false };
    let tool = |command: &[&str]| {
        let made = Command::new(command[0]).args(&command[1..]).current_dir(sandbox.path()).status();
        let made = made.is_ok_and(|status| status.success());
        if !made {
            eprintln!("skipped: no {}", command[0]);
        }
        made
    };
    let mut works = vec![Work { what: "a slow pipe", arguments: vec!["-"], is_piped: true }];
    let text = noise(bytes);
    for (number, part) in text.chunks(bytes / 64 + 1).enumerate() {
        sandbox.write(&format!("tree/{number}.log"), part);
    }
    works.push(work("a tree of plain files", &["tree"]));
    sandbox.write("line.log", vec![b'x'; bytes * 4]);
    works.push(work("one huge line", &["line.log"]));
    sandbox.write("noise.log", text);
    if tool(&["gzip", "-1", "-k", "noise.log"]) {
        works.push(work("a large gzip file", &["noise.log.gz"]));
    }
    // With one thread it is one block.
    if tool(&["xz", "-0", "-T1", "-k", "noise.log"]) {
        works.push(work("one block of xz", &["noise.log.xz"]));
    }
    if tool(&["mkfifo", "pipe"]) {
        works.push(work("a report to a FIFO that nobody reads", &["-o", "pipe", "tree/0.log"]));
    }
    works
}

/// Tells a run to end, after so long; how long it took then, if it was not done before.
fn interrupted(sandbox: &Sandbox, work: &Work, after: Duration) -> Option<Duration> {
    sandbox.write("report.csv", OLD);
    let mut arguments = work.arguments.clone();
    if !arguments.contains(&"-o") {
        arguments.splice(0..0, ["-o", "report.csv"]);
    }
    let mut command = attentive(&sandbox.command(&arguments));
    let mut child = command.stdin(if work.is_piped { Stdio::piped() } else { Stdio::null() }).spawn().unwrap();
    if let Some(input) = &mut child.stdin {
        // If it ends before it reads, that is no fault.
        let _ = input.write_all(b"{\"service\":\"cart\"}\n{\"service\":");
    }
    let input = child.stdin.take();
    thread::sleep(after);
    let told = Instant::now();
    // Its own start, of some milliseconds, counts too.
    send(&child, "INT");
    let status = child.wait().unwrap();
    let took = told.elapsed();
    drop(input);
    let names = sandbox.names();
    assert!(!names.iter().any(|name| is_draft(name.as_ref())), "{names:?}");
    match status.code() {
        Some(code) => assert_eq!(code, 0, "{}", work.what),
        None => {
            assert_eq!(status.signal(), Some(2), "{}", work.what);
            let report = sandbox.read("report.csv");
            assert!(report == OLD || report.ends_with('\n'), "{}", work.what);
        }
    }
    status.code().is_none().then_some(took)
}

#[test]
fn a_run_is_ended_in_the_middle_of_anything() {
    let sandbox = Sandbox::new();
    let mut moments = Moments(11);
    for work in works(&sandbox, 2 << 20) {
        for _ in 0..2 {
            interrupted(&sandbox, &work, moments.next(Duration::from_millis(60)));
        }
    }
}

/// How long it takes, which means something on a quiet machine only:
/// `cargo test --release --test all -- --ignored --nocapture within_a_moment`.
#[test]
#[ignore = "it measures, for minutes"]
fn a_run_that_is_told_to_end_does_so_within_a_moment() {
    let sandbox = Sandbox::new();
    let mut moments = Moments(13);
    for work in works(&sandbox, 64 << 20) {
        let mut took: Vec<Duration> = Vec::new();
        let mut runs = 0;
        while took.len() < 200 && runs < 1000 {
            runs += 1;
            took.extend(interrupted(&sandbox, &work, moments.next(Duration::from_millis(150))));
        }
        took.sort();
        let at =
            |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied().unwrap_or_default();
        println!(
            "{}: {} of {runs} runs; median {:.1?}, 99th percentile {:.1?}, longest {:.1?}",
            work.what,
            took.len(),
            at(50),
            at(99),
            at(100)
        );
        assert!(took.len() >= 100, "{}: too few were in work still", work.what);
        fs::remove_file(sandbox.path().join("report.csv")).unwrap();
    }
}
