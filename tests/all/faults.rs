//! What the system refuses: calls that fail, and limits that are too low. What can be counted all the same is, and the rest is named.

use crate::{
    encoders::gzip,
    sandbox::{Ran, Sandbox, noise, ran},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};
use tempfile::TempDir;

/// `tests/faults/inject.c`, compiled; `None` where there is no C compiler, or no way to preload.
pub fn injector() -> Option<&'static Path> {
    static INJECTOR: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let built = INJECTOR.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, library) =
            (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/inject.c"), folder.path().join("inject.so"));
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
        let works = cfg!(all(target_os = "linux", target_env = "gnu")) && compiled.is_ok_and(|status| status.success());
        works.then_some((folder, library))
    });
    if built.is_none() {
        eprintln!("skipped: there is no C compiler");
    }
    built.as_ref().map(|(_, library)| library.as_path())
}

/// A run in which calls fail as this environment says.
pub fn failing(sandbox: &Sandbox, injector: &Path, faults: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    ran(command.env("LD_PRELOAD", injector).envs(faults.iter().copied()))
}

/// Calls that are interrupted, a file server that has forgotten a handle, a disk that fails (errno(3), on Linux).
const EINTR: &str = "4";
const EIO: &str = "5";
const ENOMEM: &str = "12";
const ENOSYS: &str = "38";
const ESTALE: &str = "116";

const LINE: &str = "{\"service\":\"cart\"}\n";
/// How many lines a file of more than one read has.
const MANY: usize = 30_000;

const COLUMNS: [&str; 4] = ["--by", "file", "--columns", "records"];

fn count<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&COLUMNS[..], more, &["."]].concat()
}

#[test]
fn what_is_interrupted_is_tried_again() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    sandbox.write("b.log", LINE);
    for io in ["read", "mmap"] {
        for call in ["open", "pread"] {
            let faults = [("FAULT_CALL", call), ("FAULT_ERRNO", EINTR), ("FAULT_TIMES", "20"), ("FAULT_NAME", ".log")];
            let ran = failing(&sandbox, injector, &faults, &count(&["--io", io, "--chunk-size", "64K"]));
            assert_eq!(ran.complete(), "file,records\n./a.log,30000\n./b.log,1\n", "{io} {call}");
        }
    }
}

#[test]
fn what_a_file_server_has_forgotten_is_opened_once_more() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    sandbox.write("b.log", LINE);
    if !Command::new("bzip2").args(["-k", "a.log"]).current_dir(sandbox.path()).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no bzip2");
        return;
    }
    for name in ["a.log", "a.log.bz2"] {
        for (call, from) in [("open", "0"), ("pread", "0"), ("pread", "150000")] {
            let faults = [("FAULT_CALL", call), ("FAULT_ERRNO", ESTALE), ("FAULT_NAME", name), ("FAULT_FROM", from)];
            for chunk in ["64K", "4M"] {
                let once = [&faults[..], &[("FAULT_TIMES", "1")]].concat();
                let ran = failing(&sandbox, injector, &once, &count(&["--chunk-size", chunk]));
                assert_eq!(ran.complete(), "file,records\n./a.log,30000\n./a.log.bz2,30000\n./b.log,1\n", "{name} {call} {from}");
            }
        }
        let always = [("FAULT_CALL", "pread"), ("FAULT_ERRNO", ESTALE), ("FAULT_NAME", name)];
        let (out, err) = failing(&sandbox, injector, &always, &count(&[])).incomplete();
        assert!(out.contains("b.log,1\n") && !out.contains(&format!("{name},")), "{out}");
        assert!(err.contains(&format!("{name}: cannot read it: Stale file handle")), "{err}");
    }
}

#[test]
fn an_archive_that_a_file_server_has_forgotten_is_opened_once_more() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("a.log", noise(600_000));
    let packed = Command::new("zip").args(["-qm", "a.zip", "a.log"]).current_dir(sandbox.path()).status();
    if !packed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no zip");
        return;
    }
    // Behind what was read to find out what it is: zip is read from its end.
    for from in ["0", "200000"] {
        let faults = [("FAULT_CALL", "pread"), ("FAULT_ERRNO", ESTALE), ("FAULT_NAME", "a.zip"), ("FAULT_FROM", from)];
        let once = [&faults[..], &[("FAULT_TIMES", "1")]].concat();
        let ran = failing(&sandbox, injector, &once, &["-c", "lines", "a.zip"]);
        assert_eq!(ran.complete(), "service,lines\na,6000\n", "{from}");
    }
}

#[test]
fn what_a_disk_fails_to_read_is_named_and_what_is_before_it_counts() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    sandbox.write("b.log", LINE);
    for chunk in ["64K", "4M"] {
        let faults = [("FAULT_CALL", "pread"), ("FAULT_ERRNO", EIO), ("FAULT_NAME", "a.log"), ("FAULT_FROM", "262144")];
        let (out, err) = failing(&sandbox, injector, &faults, &count(&["--chunk-size", chunk])).incomplete();
        assert_eq!(out, format!("file,records\n./a.log,{}\n./b.log,1\n", 262_144 / LINE.len()), "{chunk}");
        assert!(err.contains("a.log: cannot read it: Input/output error"), "{err}");
    }
}

/// A disk that fails once, and then does not: all the more must be known of what was made in between.
#[test]
fn a_read_that_fails_once_is_told_or_makes_no_difference() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    let units = LINE.repeat(MANY).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    sandbox.write("plain.log", LINE.repeat(MANY));
    sandbox.write("wide.log", [&[0xff, 0xfe], &units[..]].concat());
    for log in ["plain.log", "wide.log"] {
        for io in ["read", "mmap"] {
            for skip in ["0", "1", "2", "3", "4", "5", "6", "7"] {
                let faults = [("FAULT_CALL", "pread"), ("FAULT_ERRNO", EIO), ("FAULT_SKIP", skip), ("FAULT_TIMES", "1")];
                let ran = failing(&sandbox, injector, &faults, &["--io", io, "--chunk-size", "64K", "-c", "records", log]);
                let told = ran.err.contains(&format!("{log}: cannot read it: Input/output error"));
                let rows: Vec<&str> = ran.out.lines().skip(1).collect();
                match (ran.code, &*rows) {
                    (Some(0), [row]) => assert_eq!(*row, format!("cart,{MANY}"), "{log} {io} {skip}"),
                    // What could be read before that.
                    (Some(1), []) => assert!(told, "{log} {io} {skip}: {}", ran.err),
                    (Some(1), [row]) => assert!(told && row.starts_with("cart,"), "{row}: {log} {io} {skip}: {}", ran.err),
                    _ => panic!("{log} {io} {skip}: {ran:?}"),
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_mapped_is_read() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    let report = "file,records\n./a.log,30000\n";
    if let Some(injector) = injector() {
        let faults = [("FAULT_CALL", "mmap"), ("FAULT_ERRNO", ENOMEM)];
        assert_eq!(failing(&sandbox, injector, &faults, &count(&["--io", "mmap"])).complete(), report);
    }
    // Some MiB of groups, and a hole of 32 MiB behind them. Without a map it takes some 30 MiB of addresses: there is no room for the map,
    // or just enough, or a little more, which is not enough for the groups then.
    let lines: String = (0..30_000).map(|number| format!("{{\"service\":\"s{number}\"}}\n")).collect();
    let path = sandbox.write("limited/b.log", lines);
    std::fs::File::options().write(true).open(path).unwrap().set_len(32 << 20).unwrap();
    for room in (50_000..64_000).step_by(2000) {
        let limited = under(&sandbox, &format!("-v {room}"), &["--io", "mmap", "-j1", "--top", "1", "limited"]);
        assert_eq!(limited.complete(), "service,records,lines,bytes\ns0,1,1,17\n(other),29999,30000,33554415\n", "{room} KiB");
    }
}

/// A run under a limit of the shell.
fn under(sandbox: &Sandbox, limit: &str, arguments: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_logtally")]);
    // The heap's own reserve for each thread is no concern of the tool's.
    command.env("MALLOC_ARENA_MAX", "1").env("HOME", sandbox.path().join("no-such-home"));
    ran(command.args(arguments).current_dir(sandbox.path()))
}

#[test]
fn threads_that_cannot_be_started_are_done_without() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    sandbox.write("b.log", LINE);
    let report = "file,records\n./a.log,30000\n./b.log,1\n";
    // Stacks of 2 MiB for each of 400.
    let limited = under(&sandbox, "-v 500000", &count(&["-j", "400", "--chunk-size", "1K"]));
    assert_eq!(limited.complete(), report);
    let Some(injector) = injector() else { return };
    for started in ["0", "1", "2", "3", "4", "6"] {
        for more in [&["-j", "8", "--chunk-size", "1K"][..], &["-j", "8", "--progress", "plain"], &["-j", "1"]] {
            let faults = [("FAULT_CALL", "thread"), ("FAULT_FROM", started)];
            let ran = failing(&sandbox, injector, &faults, &count(more));
            assert_eq!(ran.complete(), report, "{started} threads, {more:?}");
        }
    }
}

#[test]
fn a_large_compressed_file_is_decoded_with_the_threads_that_there_are() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    // So much that threads of their own decode it.
    sandbox.write("a.log", noise(2_000_000));
    // A frame is decoded by one thread, blocks by several.
    for (tool, name) in [("zstd", "a.log.zst"), ("bzip2", "a.log.bz2")] {
        let packed = Command::new(tool).args(["-1", "-k", "-q", "a.log"]).current_dir(sandbox.path()).status();
        if !packed.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no {tool}");
            continue;
        }
        // Two watch for signals, one counts, and others decode.
        for started in ["0", "3", "4", "5"] {
            let faults = [("FAULT_CALL", "thread"), ("FAULT_FROM", started)];
            let ran = failing(&sandbox, injector, &faults, &["--columns", "records", "-j", "3", name]);
            assert_eq!(ran.complete(), "service,records\na,20000\n", "{started} threads, {name}");
        }
    }
}

#[test]
fn many_files_are_counted_with_few_descriptors() {
    let sandbox = Sandbox::new();
    for number in 0..100 {
        sandbox.write(&format!("{number}.log"), LINE.repeat(if number % 10 == 0 { MANY } else { 2 }));
    }
    let report = format!("service,records\ncart,{}\n", 10 * MANY + 90 * 2);
    for io in ["read", "mmap"] {
        for threads in ["1", "2", "64"] {
            let ran = under(&sandbox, "-n 32", &["--io", io, "-j", threads, "--chunk-size", "64K", "--columns", "records", "."]);
            assert_eq!(ran.complete(), report, "{io}, {threads} threads");
        }
    }
}

/// Threads have tables of open files of their own once no file is left that several read: a number is another file in each. The compressed
/// files, which one thread each decodes, are counted first, then by all threads in chunks the large ones, then the small ones.
#[test]
fn no_thread_reads_another_file_than_the_others() {
    let sandbox = Sandbox::new();
    let mut report = String::from("file,lines\n");
    for number in 100..200 {
        let name = format!("{number}.log");
        let (name, text) = match number % 10 {
            0 => (format!("{name}.gz"), gzip(&noise(500_000 + number * 100), 1)),
            1 => (name, LINE.repeat(MANY + number).into_bytes()),
            _ => (name, LINE.repeat(number).into_bytes()),
        };
        let lines = [5000 + number, MANY + number, number][(number % 10).min(2)];
        report += &format!("./{name},{lines}\n");
        sandbox.write(&name, text);
    }
    for threads in ["1", "2", "4", "16"] {
        let arguments = ["--io", "read", "-j", threads, "--chunk-size", "64K", "--by", "file", "--columns", "lines"];
        let ran = sandbox.run(&[&arguments[..], &["--sort", "name", "."]].concat());
        assert_eq!(ran.complete(), report, "{threads} threads");
    }
}

/// Rust's library makes random numbers for its tables. Where it has to open a file for that, it keeps it, for all threads.
#[test]
fn where_random_numbers_come_from_a_file_all_threads_have_them() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    // Lines that may be of two formats, which a table decides.
    let lines = "2024-01-01T00:00:11Z host1 app[1]: x\n2024-01-01T00:00:11Z INFO worker: x\n";
    for number in 0..400 {
        sandbox.write(&format!("{number}.log"), lines);
    }
    let plain = sandbox.run(&["-j", "4", "."]).complete();
    let elsewhere = tempfile::tempdir().unwrap();
    let mark = elsewhere.path().join("mark");
    let faults = [("FAULT_CALL", "random"), ("FAULT_ERRNO", ENOSYS), ("FAULT_MARK", mark.to_str().unwrap())];
    for _ in 0..5 {
        assert_eq!(failing(&sandbox, injector, &faults, &["-j", "4", "."]).complete(), plain);
    }
    assert!(mark.exists(), "nobody has asked for any");
}

/// As in a container whose filter of system calls knows `unshare` as a way out.
#[test]
fn where_threads_may_not_have_files_of_their_own_they_have_them_together() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    for number in 0..400 {
        sandbox.write(&format!("{number}.log"), LINE.repeat(number));
    }
    let ran = failing(&sandbox, injector, &[("FAULT_CALL", "unshare")], &["-j", "4", "-c", "records", "."]);
    if ran.code == Some(99) {
        return eprintln!("skipped: there are no filters of system calls");
    }
    assert_eq!(ran.complete(), format!("service,records\ncart,{}\n", 399 * 400 / 2));
}

#[test]
fn where_no_file_can_be_opened_each_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE);
    let Some(injector) = injector() else { return };
    let faults = [("FAULT_CALL", "open"), ("FAULT_ERRNO", "24"), ("FAULT_NAME", ".log")];
    let (out, err) = failing(&sandbox, injector, &faults, &["."]).incomplete();
    assert_eq!(out, "service,records,lines,bytes\n");
    assert!(err.contains("./a.log: cannot open it: Too many open files"), "{err}");
}

/// Where the clock fails, which cannot be, Rust's library panics: on the main thread, in a worker, in a decoder, or in none of them any more.
/// There is a whole report or none.
#[test]
fn a_panic_anywhere_ends_the_run_without_a_report_and_is_called_a_fault_of_the_program() {
    let Some(injector) = injector() else { return };
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINE.repeat(MANY));
    sandbox.write("b.log", LINE);
    let report = sandbox.write("report.csv", "of yesterday");
    let (mut whole, mut named) = (0, 0);
    for looks in 0..20 {
        let looks = (looks * looks).to_string();
        let faults = [("FAULT_CALL", "clock"), ("FAULT_FROM", &looks), ("FAULT_TIMES", "1")];
        let more = ["--stats", "-j", "2", "--chunk-size", "64K", "-o", "report.csv", "--exclude", "*.csv"];
        let ran = failing(&sandbox, injector, &faults, &count(&more));
        let written = std::fs::read_to_string(&report).unwrap();
        let says = ran.err.contains("logtally: panic at ") && ran.err.contains("no report, by a fault of logtally itself");
        match ran.code {
            Some(0) => whole += 1,
            Some(2) => assert!(says, "{looks}: {}", ran.err),
            _ => panic!("{looks}: {ran:?}"),
        }
        named += u32::from(ran.err.contains("by a fault of logtally itself in work on ./"));
        let expected = if ran.code == Some(0) { "file,records\n./a.log,30000\n./b.log,1\n" } else { "of yesterday" };
        // What is said at the end is said when the report is there.
        assert!(written == expected || written.starts_with("file,") && says, "{looks}: {written} {}", ran.err);
        std::fs::write(&report, "of yesterday").unwrap();
        assert_eq!(sandbox.names(), ["a.log", "b.log", "report.csv"], "no temporary file is left");
    }
    assert!(named > 0 && whole > 0, "{named} in workers, {whole} not at all");
}
