//! Every call fails once: the first of its kind, the second, the third ..., until a run has no call that could fail any more. The same
//! with all calls from there on. Whatever fails, a report is right or says what it lacks, or the old one is still there.
//!
//! (This is how SQLite is tested for errors of the disk and of memory: <https://www.sqlite.org/testing.html>, 3.2.)

use crate::{
    faults::injector,
    sandbox::{Sandbox, noise},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Errors of the system, by name (errno(3)): their numbers on Linux.
const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const ENODEV: i32 = 19;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;

/// What a run without memory ends by, and what cannot be caught.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// Instead of an error: the process is killed at that call.
const KILLED: i32 = 0;

/// Each kind of call, and what it may fail with.
const KINDS: [(&str, &[i32]); 11] = [
    ("open", &[EIO, EMFILE, EACCES]),
    ("list", &[EIO, EMFILE]),
    ("read", &[EIO]),
    ("pread", &[EIO]),
    ("mmap", &[ENOMEM, ENODEV]),
    ("stat", &[EIO, ENOMEM]),
    ("write", &[ENOSPC, EIO]),
    ("fsync", &[EIO, ENOSPC]),
    ("rename", &[EIO, ENOSPC]),
    ("thread", &[EAGAIN]),
    ("memory", &[ENOMEM]),
];

/// From this size on an allocation is a large one, in bytes: buffers, tables, windows of decoders, and not each path.
const LARGE: &str = "8192";

/// What a run has for each of the ways that it can go.
const WAYS: [&[&str]; 2] = [
    &["-j", "1", "--io", "read"],
    // Files and threads enough for all that is done by several.
    &["-j", "4", "--io", "mmap", "--files-report", "files.csv"],
];

/// Far longer than a run takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

const OLD: &str = "the one before\n";

/// Records by file and service.
type Rows = BTreeMap<(String, String), u64>;

/// A tree of files of all kinds, and what is to be counted in them.
struct Tree {
    sandbox: Sandbox,
    rows: Rows,
}

impl Tree {
    /// `None` where there are not the tools to make it.
    fn new() -> Option<Tree> {
        let mut tree = Tree { sandbox: Sandbox::new(), rows: Rows::new() };
        tree.log("a.log", "logs/a.log", 3);
        // Larger than what is read in one go, and than a chunk; with more services than a report has room for in one write.
        tree.log("large.log", "logs/large.log", 900);
        tree.log("deep/b.log", "logs/deep/b.log", 5);
        // Two bytes a letter, behind a mark.
        tree.log("u.log", "logs/u.log", 400);
        let units: Vec<u8> = tree.sandbox.read("logs/u.log").encode_utf16().flat_map(u16::to_le_bytes).collect();
        tree.sandbox.write("logs/u.log", [&[0xff, 0xfe], &units[..]].concat());
        for (tool, name) in
            [(&["gzip"][..], "c.log"), (&["zstd", "-q", "--rm"], "d.log"), (&["xz"], "e.log"), (&["bzip2"], "f.log")]
        {
            let end = match tool {
                ["gzip"] => "gz",
                ["xz"] => "xz",
                ["bzip2"] => "bz2",
                _ => "zst",
            };
            tree.log(name, &format!("logs/{name}.{end}"), 40);
            tree.make(&[tool, &[name]].concat())?;
        }
        // So much that threads of its own decode it.
        tree.write("noise.log", &noise(1_500_000), "logs/noise.log.gz", "noise", 15_000);
        tree.make(&["gzip", "-1", "noise.log"])?;
        for (pack, archive) in [(&["tar", "-czf"][..], "g.tar.gz"), (&["tar", "-cf"], "h.tar"), (&["zip", "-q"], "i.zip")] {
            for member in ["m.log", "n.log"] {
                tree.log(member, &format!("logs/{archive}!/{member}"), 30);
            }
            tree.make(&[pack, &[archive, "m.log", "n.log"]].concat())?;
            tree.make(&["rm", "m.log", "n.log"])?;
        }
        Some(tree)
    }

    /// A log with so many services, of which each has one record more than the one before it.
    fn log(&mut self, name: &str, path: &str, services: u64) {
        let mut text = String::new();
        for number in 1..=services {
            let service = format!("service-{number}");
            text.push_str(&format!("{{\"service\":\"{service}\"}}\n").repeat(number.min(20) as usize));
            self.rows.insert((path.to_owned(), service), number.min(20));
        }
        self.sandbox.write(&format!("logs/{name}"), text);
    }

    fn write(&mut self, name: &str, text: &[u8], path: &str, service: &str, records: u64) {
        self.sandbox.write(&format!("logs/{name}"), text);
        self.rows.insert((path.to_owned(), service.to_owned()), records);
    }

    /// Runs a tool among the logs.
    fn make(&self, command: &[&str]) -> Option<()> {
        let (tool, arguments) = command.split_first()?;
        let made = Command::new(tool).args(arguments).current_dir(self.sandbox.path().join("logs")).status();
        if made.is_ok_and(|status| status.success()) {
            return Some(());
        }
        eprintln!("skipped: no {tool}");
        None
    }

    /// One run in which calls fail, if there are any that do; `None` if there are not.
    fn run(&self, injector: &Path, fault: &Fault) -> Option<()> {
        for report in ["report.csv", "files.csv"] {
            self.sandbox.write(report, OLD);
        }
        // Not in the tree that is counted, nor in the folder in which temporary files are looked for.
        let aside = tempfile::tempdir().unwrap();
        let (mark, said) = (aside.path().join("mark"), aside.path().join("said"));
        let common = ["-v", "--chunk-size", "64K", "--by", "file,service", "--columns", "records", "-o", "report.csv", "logs"];
        let mut command = self.sandbox.command(&[fault.way, &common].concat());
        command.env("LD_PRELOAD", injector).env("FAULT_CALL", fault.call).env("FAULT_ERRNO", fault.error.to_string());
        command.env("FAULT_SKIP", fault.skip.to_string()).env("FAULT_MARK", &mark);
        if fault.call == "memory" {
            command.env("FAULT_FROM", LARGE);
        }
        if fault.times == Times::Once {
            command.env("FAULT_TIMES", "1");
        }
        let status = ended(command.stdout(Stdio::null()).stderr(File::create(&said).unwrap()), fault);
        let said = String::from_utf8(fs::read(&said).unwrap()).unwrap();
        let failed = mark.exists();
        self.judge(fault, status, &said, failed);
        failed.then_some(())
    }

    /// Holds what a run has left behind against what a user was promised.
    fn judge(&self, fault: &Fault, status: ExitStatus, said: &str, failed: bool) {
        let [report, files] = ["report.csv", "files.csv"].map(|name| self.sandbox.read(name));
        let story = format!("{fault:?} ended with {status}, and said:\n{said}");
        assert!(!said.contains("panicked"), "{story}");
        let is_killed = status.signal() == Some(SIGKILL) && fault.error == KILLED;
        let is_aborted = is_killed || (status.signal() == Some(SIGABRT) && fault.call == "memory");
        let left: Vec<String> = self
            .sandbox
            .names()
            .into_iter()
            .filter(|name| !["files.csv", "logs", "report.csv"].contains(&name.as_str()))
            .collect();
        for name in &left {
            assert!(is_aborted && logtally::report::is_draft(name.as_ref()), "{left:?} is left: {story}");
        }
        if !left.is_empty() {
            self.sandbox.run(&["-o", "report.csv", "logs/a.log"]).complete();
            assert_eq!(self.sandbox.names(), ["files.csv", "logs", "report.csv"], "what was left is removed: {story}");
        }
        match status.code() {
            Some(0) => self.hold(&rows(&report), |_| false, &story),
            Some(1) => {
                assert!(failed && said.contains("logtally: incomplete: "), "{story}");
                let named: Vec<&str> =
                    said.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": ")).map(|(path, _)| path).collect();
                assert!(!named.is_empty(), "{story}");
                self.hold(&rows(&report), |path| named.iter().any(|name| is_at_or_in(path, name)), &story);
                if fault.way.contains(&"files.csv") {
                    self.hold(&rows(&report), |path| !is_called_ok(&files, path), &story);
                }
            }
            Some(2) => {
                assert!(failed && said.starts_with("logtally: ") && said.trim_end().contains(": "), "{story}");
                assert!(report == OLD, "the old report is gone: {story}");
            }
            _ => {
                assert!(failed && is_aborted, "{story}");
                if report != OLD {
                    self.hold(&rows(&report), |_| false, &story);
                }
            }
        }
        let is_old = files == OLD;
        let is_whole = files.starts_with("path,format,") && files.ends_with('\n');
        assert!(is_old || is_whole, "half a report on files: {story}");
        assert!(!is_old || !matches!(status.code(), Some(0 | 1)) || !fault.way.contains(&"files.csv"), "{story}");
    }

    /// What is counted may be less than there is where that is told, and nowhere more.
    fn hold(&self, counted: &Rows, is_told: impl Fn(&str) -> bool, story: &str) {
        for ((path, service), records) in &self.rows {
            let here = counted.get(&(path.clone(), service.clone())).copied().unwrap_or(0);
            assert!(
                here == *records || (here < *records && is_told(path)),
                "{here} of {records} of {service} in {path}: {story}"
            );
        }
        for row in counted.keys() {
            assert!(self.rows.contains_key(row), "{row:?}: {story}");
        }
    }
}

/// Which calls fail.
#[derive(Debug)]
struct Fault {
    call: &'static str,
    error: i32,
    /// So many go well before.
    skip: u64,
    times: Times,
    way: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Once,
    Always,
}

fn ended(command: &mut Command, fault: &Fault) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it hangs: {fault:?}");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The rows of a report, which is one.
#[track_caller]
fn rows(report: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(report.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), ["file", "service", "records"]);
    assert!(report.ends_with('\n'), "its last line is whole");
    let row = |row: csv::StringRecord| ((row[0].to_owned(), row[1].to_owned()), row[2].parse().unwrap());
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Whether this is the path, or that of a folder or archive above it.
fn is_at_or_in(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with("!/"))
}

/// Whether the report on files has a whole file under this path.
fn is_called_ok(files: &str, path: &str) -> bool {
    let mut reader = csv::Reader::from_reader(files.as_bytes());
    reader.records().map(Result::unwrap).any(|row| &row[0] == path && &row[3] == "ok")
}

/// How often calls fail, and in which runs.
type Case = (Times, &'static [&'static str]);

const ALL_CASES: [Case; 4] = [(Times::Once, WAYS[0]), (Times::Once, WAYS[1]), (Times::Always, WAYS[0]), (Times::Always, WAYS[1])];

/// Fails calls of these kinds with these errors: the first, and each that `next` gives after one, until there are no more.
fn sweep(kinds: &[(&'static str, &[i32])], cases: &[Case], next: impl Fn(u64) -> u64) {
    let (Some(injector), Some(tree)) = (injector(), Tree::new()) else { return };
    for &(call, errors) in kinds {
        let start = Instant::now();
        let mut runs = 0;
        for &error in errors {
            for &(times, way) in cases {
                let mut skip = 0;
                while tree.run(injector, &Fault { call, error, skip, times, way }).is_some() {
                    skip = next(skip);
                    runs += 1;
                }
            }
        }
        // Else what is to be shown is not shown.
        assert!(runs > 0, "no {call} failed");
        println!("{call}: {runs} runs in {:.1?}", start.elapsed());
    }
}

#[test]
fn whatever_call_fails_a_report_is_right_or_says_what_it_lacks() {
    let one_error = KINDS.map(|(call, errors)| (call, &errors[..1]));
    // The first two of a kind, and fewer and fewer of those behind them.
    sweep(&one_error, &[(Times::Once, WAYS[0]), (Times::Always, WAYS[1])], |skip| 1 + 4 * skip);
}

/// All of them: `cargo test --test all -- --ignored --nocapture every_call`.
#[test]
#[ignore = "it takes minutes"]
fn every_call_fails_once_and_for_ever() {
    sweep(&KINDS, &ALL_CASES, |skip| skip + 1);
}

#[test]
fn a_run_that_is_killed_at_a_call_leaves_the_old_report_or_the_new_one() {
    // Those at which a report grows, is made safe and gets its name.
    let killed: [(&str, &[i32]); 3] = [("write", &[KILLED]), ("fsync", &[KILLED]), ("rename", &[KILLED])];
    sweep(&killed, &[(Times::Once, WAYS[1])], |skip| skip + 1);
}

/// All calls: `cargo test --test all -- --ignored --nocapture killed_at_every_call`.
#[test]
#[ignore = "it takes minutes"]
fn a_run_that_is_killed_at_every_call_leaves_the_old_report_or_the_new_one() {
    let killed = KINDS.map(|(call, _)| (call, &[KILLED][..]));
    sweep(&killed, &[(Times::Once, WAYS[0]), (Times::Once, WAYS[1])], |skip| skip + 1);
}
