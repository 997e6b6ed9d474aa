//! A run in progress: what it shows, what it answers when it is asked, and how it ends when it is told to.

use crate::sandbox::{Ran, Sandbox};
use std::{
    io::{BufRead, BufReader, PipeReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The numbers are those of every system (POSIX).
const ENDS: [(&str, i32); 3] = [("HUP", 1), ("INT", 2), ("TERM", 15)];

/// What takes the bar away.
const ERASE: &str = "\r\x1b[J";

/// More than a pipe holds: when all of it is written, the run is reading, and watches for signals.
const INPUT: usize = 1 << 20;

/// The binary, in the middle of reading its standard input.
struct Running {
    child: Child,
    input: ChildStdin,
    err: BufReader<ChildStderr>,
}

impl Running {
    /// Starts it, and gives it so much of this that it must have read some.
    fn start(command: &mut Command, line: &[u8]) -> Running {
        let mut command = attentive(command);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut input = child.stdin.take().unwrap();
        input.write_all(&line.repeat(INPUT / line.len())).unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        Running { child, input, err }
    }

    fn send(&self, signal: &str) {
        send(&self.child, signal);
    }

    /// The next line of standard error; waits for it.
    fn said(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        line
    }

    /// Waits until a bar is drawn once more; what was written up to there.
    fn drawn(&mut self) -> String {
        let mut bytes = Vec::new();
        // A drawing begins with a return and ends with one.
        self.err.read_until(b'\r', &mut bytes).unwrap();
        self.err.read_until(b'\r', &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Ends the input, and waits for the report.
    fn finish(self) -> Ran {
        drop(self.input);
        outcome(self.child, self.err).1
    }

    /// Waits for an end while the input is open.
    fn ended(self) -> (ExitStatus, Ran) {
        let ended = outcome(self.child, self.err);
        drop(self.input);
        ended
    }
}

/// The same command, for which no signal is ignored, whatever the tests themselves were started with: `nohup cargo test` or
/// `cargo test &` in a script hand that on to all that they start. (Only GNU's `env`, from 8.31 on, can take it back; elsewhere the tests
/// need a shell that has not done so.)
pub fn attentive(command: &Command) -> Command {
    const RESET: &str = "--default-signal=HUP,INT,TERM,USR1";
    let resets = Command::new("env").args([RESET, "true"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    let mut attentive = if resets { Command::new("env") } else { Command::new(command.get_program()) };
    if resets {
        attentive.arg(RESET).arg(command.get_program());
    }
    attentive.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => attentive.env(name, value),
            None => attentive.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        attentive.current_dir(folder);
    }
    attentive
}

pub fn send(child: &Child, signal: &str) {
    let sent = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The status of a child that ends by itself, in good time.
pub fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn outcome(mut child: Child, mut err: impl Read) -> (ExitStatus, Ran) {
    let status = wait(&mut child);
    let mut ran = Ran { code: status.code(), out: String::new(), err: String::new() };
    child.stdout.take().unwrap().read_to_string(&mut ran.out).unwrap();
    err.read_to_string(&mut ran.err).unwrap();
    (status, ran)
}

/// The binary, started by a shell that ignores a signal, as `nohup` and background jobs do.
fn ignoring(sandbox: &Sandbox, signal: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_logtally")]);
    command.args(arguments).current_dir(sandbox.path());
    command
}

const LINE: &[u8] = b"{\"service\":\"cart\"}\n";

/// The report on `INPUT` bytes of `LINE`s.
fn report() -> String {
    let lines = INPUT / LINE.len();
    format!("service,records,lines,bytes\ncart,{lines},{lines},{}\n", lines * LINE.len())
}

#[test]
fn a_run_that_is_told_to_end_does_so_by_that_signal_and_leaves_no_trace() {
    // In the middle of many lines, and of one that has no end.
    for line in [LINE, b"x"] {
        for (name, number) in ENDS {
            let sandbox = Sandbox::new();
            sandbox.write("report.csv", "the one before\n");
            let run = Running::start(&mut sandbox.command(&["-o", "report.csv", "-"]), line);
            run.send(name);
            let (status, ran) = run.ended();
            assert_eq!(status.signal(), Some(number), "{ran:?}");
            assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
            assert_eq!(sandbox.names(), ["report.csv"]);
            assert_eq!(sandbox.read("report.csv"), "the one before\n");
        }
    }
}

#[test]
fn the_bar_is_taken_away_before_the_end_however_often_it_is_told() {
    let sandbox = Sandbox::new();
    let mut run = Running::start(&mut sandbox.command(&["--progress", "always", "-"]), LINE);
    run.drawn();
    // As `timeout` does: to the process, then to its group.
    run.send("TERM");
    let _ = Command::new("kill").args(["-TERM", &run.child.id().to_string()]).stderr(Stdio::null()).status();
    let (status, ran) = run.ended();
    assert_eq!(status.signal(), Some(15));
    assert_eq!(ran.out, "");
    assert!(ran.err.ends_with(ERASE), "{:?}", ran.err);
}

#[test]
fn a_terminal_that_takes_nothing_more_keeps_no_run_alive() {
    let sandbox = Sandbox::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut full = writer.try_clone().unwrap();
    // Until its reader is gone.
    let filler = thread::spawn(move || while full.write_all(&[b'.'; 4096]).is_ok() {});
    thread::sleep(Duration::from_millis(500));
    let command = sandbox.command(&["--progress", "always", "-"]);
    let mut child = attentive(&command).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(writer).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&LINE.repeat(INPUT / LINE.len())).unwrap();
    // Long enough for the bar to be drawn, if it could be; asking is no way out either.
    send(&child, "USR1");
    thread::sleep(Duration::from_millis(500));
    send(&child, "INT");
    assert_eq!(wait(&mut child).signal(), Some(2));
    drop::<PipeReader>(reader);
    drop(command);
    filler.join().unwrap();
}

#[test]
fn what_was_ignored_at_the_start_stays_ignored() {
    for signal in ["HUP", "INT", "TERM"] {
        let sandbox = Sandbox::new();
        let mut run = Running::start(&mut ignoring(&sandbox, signal, &["-"]), LINE);
        run.send(signal);
        run.send("USR1");
        let said = run.said();
        assert!(said.starts_with("logtally: "), "{said:?}");
        let ran = run.finish();
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), report().as_str(), ""), "SIG{signal}");
    }
    let sandbox = Sandbox::new();
    let run = Running::start(&mut ignoring(&sandbox, "HUP", &["-"]), LINE);
    run.send("TERM");
    assert_eq!(run.ended().0.signal(), Some(15), "the others still end it");
}

#[test]
fn a_run_says_where_it_stands_when_it_is_asked() {
    for mode in ["auto", "never", "plain"] {
        let sandbox = Sandbox::new();
        sandbox.write("old.log.gz", [0x1f, 0x8b, 8, 8]);
        let mut run = Running::start(&mut sandbox.command(&["-j1", "--progress", mode, "old.log.gz", "-"]), LINE);
        for _ in 0..2 {
            run.send("USR1");
            let said = run.said();
            assert!(said.starts_with("logtally: ") && said.ends_with("\n") && !said.contains('\x1b'), "{said:?}");
            assert!(said.contains(" KiB, ") || said.contains(" MiB, "), "{said:?}");
            assert!(said.contains("of 2 files, 1 in work"), "{said:?}");
        }
        let ran = run.finish();
        assert_eq!((ran.code, ran.out), (Some(1), report()));
        assert!(ran.err.starts_with("logtally: incomplete"), "nothing more is said: {}", ran.err);
    }
}

#[test]
fn who_does_not_look_is_shown_nothing() {
    for arguments in [&["-"][..], &["--progress", "auto", "-"], &["--progress", "never", "-"], &["--progress", "plain", "-"]] {
        let sandbox = Sandbox::new();
        let run = Running::start(&mut sandbox.command(arguments), LINE);
        // A bar would be drawn by now.
        thread::sleep(Duration::from_millis(500));
        assert_eq!(run.finish().complete(), report(), "{arguments:?}");
    }
}

#[test]
fn a_bar_is_drawn_where_it_is_asked_for_and_never_wider_than_it_may_be() {
    for columns in ["2", "30", "60", "120"] {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command(&["-j1", "--progress", "always", "missing.log", "-"]);
        let mut run = Running::start(command.env("COLUMNS", columns), LINE);
        let mut err: String = (0..3).map(|_| run.drawn()).collect();
        let ran = run.finish();
        assert_eq!((ran.code, ran.out), (Some(1), report()));
        err.push_str(&ran.err);
        let (bar, summary) = err.rsplit_once(ERASE).expect("the bar is taken away");
        assert!(summary.starts_with("logtally: incomplete") && !summary.contains('\x1b'), "{summary}");
        let texts: Vec<&str> = bar.split("\r").filter(|text| !text.is_empty()).map(text_of_drawing).collect();
        assert!(texts.len() >= 3, "{bar:?}");
        for text in texts {
            assert!(text.len() < columns.parse().unwrap(), "{text:?} in {columns} columns");
            let spins = text.starts_with(['|', '/', '-', '\\']);
            assert!(spins, "{text:?}");
        }
        assert_eq!(bar.contains("of 1 file"), matches!(columns, "60" | "120"), "{bar:?}");
        assert_eq!(bar.contains("1 failed"), columns != "2", "in any room: {bar:?}");
    }
}

/// What is seen of one drawing.
fn text_of_drawing(drawing: &str) -> &str {
    let text = drawing.strip_prefix("\x1b[?7l").and_then(|rest| rest.strip_suffix("\x1b[J\x1b[?7h"));
    text.unwrap_or_else(|| panic!("no drawing: {drawing:?}"))
}

#[test]
fn the_status_stands_above_the_bar() {
    let sandbox = Sandbox::new();
    let mut run = Running::start(&mut sandbox.command(&["--progress", "always", "-"]), LINE);
    run.drawn();
    run.send("USR1");
    let line = run.said();
    let (_, status) = line.rsplit_once(ERASE).expect("the bar makes room");
    assert!(status.starts_with("logtally: ") && status.ends_with(", 0 of 1 file, 1 in work\n"), "{status:?}");
    assert!(run.drawn().contains("in work"), "the bar comes back");
    assert_eq!(run.finish().out, report());
}

#[test]
fn a_log_gets_a_line_every_ten_seconds() {
    let sandbox = Sandbox::new();
    let start = Instant::now();
    let mut run = Running::start(&mut sandbox.command(&["--progress", "plain", "-"]), LINE);
    let said = run.said();
    assert!(start.elapsed() >= Duration::from_secs(9), "{said:?}");
    assert!(said.starts_with("logtally: ") && said.ends_with(", 0 of 1 file, 1 in work\n"), "{said:?}");
    assert!(!said.contains('\x1b') && !said.contains('\r'), "{said:?}");
    assert_eq!(run.finish().complete(), report());
}

#[test]
fn an_unknown_way_of_showing_progress_is_a_usage_error() {
    let ran = Sandbox::new().run(&["--progress", "loud", "."]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("choose one of auto, always, never, plain"), "{}", ran.err);
}
