//! Files that change while they are counted cost themselves only, and are never called whole.

use crate::sandbox::{Sandbox, a_tick_later, noise, ran};
use logtally::{
    classify::{Choices, Plan},
    engine::{Decoding, Detail, Limits, Observer, Outcome, Settings, Silent, Threads, run},
    read::{ChunkSize, Strategy},
    walk::{LogFile, Options, walk},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Once, atomic::AtomicBool, atomic::Ordering},
    thread,
    time::{Duration, SystemTime},
};

const LINE: &str = "one line of twenty b\n";

/// Does something to a file when the first piece of it has been counted.
struct Meddler<F> {
    path: PathBuf,
    meddle: F,
    once: Once,
}

impl<F: Fn(File) + Sync> Observer for Meddler<F> {
    fn counted(&self, _bytes: u64) {
        self.once.call_once(|| (self.meddle)(File::options().write(true).open(&self.path).unwrap()));
    }
}

fn settings(strategy: Strategy, chunk: u64, threads: usize) -> Settings {
    let plan = Plan::new(Choices::default());
    Settings {
        threads: Threads::new(threads),
        strategy,
        chunk_size: ChunkSize::new(chunk),
        plan,
        detail: Detail::EachFile,
        decoding: Decoding::default(),
        limits: Limits::default(),
    }
}

fn walked(folder: &Path) -> Vec<LogFile> {
    walk(&[folder.to_owned()], &Options::default(), 2).files
}

/// What became of each file, by its name: its status, and how many bytes of it were counted.
fn statuses(outcome: Outcome) -> BTreeMap<String, (&'static str, u64)> {
    let all: u64 = outcome.files.iter().map(|file| file.bytes_decoded).sum();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let statuses = outcome.files.iter().map(|file| (name(&file.path), (file.status, file.bytes_decoded))).collect();
    let bytes: u64 = outcome.tally.into_groups().iter().map(|(_, counts)| counts.bytes).sum();
    assert_eq!(all, bytes, "the report is the files' sum");
    statuses
}

/// What becomes of a file of 600 KB that somebody meddles with: its status, and how many of its bytes were counted.
fn meddled(strategy: Strategy, chunk: u64, threads: usize, meddle: impl Fn(File) + Sync) -> (&'static str, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.log");
    fs::write(&path, LINE.repeat(30_000)).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    let meddler = Meddler { path, meddle, once: Once::new() };
    let mut statuses = statuses(run(&walked(folder.path()), &settings(strategy, chunk, threads), &meddler).unwrap());
    statuses.remove("x.log").unwrap()
}

/// In chunks by several threads, read and mapped; and in one go.
const WAYS: [(Strategy, u64, usize); 7] = [
    (Strategy::Read, 1000, 1),
    (Strategy::Read, 4096, 2),
    (Strategy::Mmap, 1000, 1),
    (Strategy::Mmap, 4096, 2),
    (Strategy::Mmap, 100_000, 1),
    (Strategy::Mmap, 1 << 20, 1),
    (Strategy::Read, 1 << 20, 1),
];

/// How long it was.
const LEN: u64 = 630_000;

#[test]
fn a_file_that_shrinks_is_counted_to_its_end_and_named() {
    for to in [0u64, 1, 5000, 300_000, 610_000, 629_999] {
        for (strategy, chunk, threads) in WAYS {
            // What the observer hears of the only chunk, it hears when that is counted.
            let is_late = chunk > LEN && strategy == Strategy::Mmap;
            let (status, bytes) = meddled(strategy, chunk, threads, |file| file.set_len(to).unwrap());
            let way = format!("cut to {to}, {strategy:?} in chunks of {chunk}");
            assert_eq!(status, "changed", "{way}");
            // Read in one go, its first 128 KiB were counted when they were there.
            let expected = if chunk > LEN && !is_late { to.max(128 << 10) } else { to };
            assert_eq!(bytes, expected, "what is left of it is counted: {way}");
        }
    }
}

#[test]
fn a_file_that_grows_is_counted_up_to_the_length_it_had() {
    for (strategy, chunk, threads) in WAYS {
        let found = meddled(strategy, chunk, threads, |file| file.write_all_at(LINE.as_bytes(), LEN).unwrap());
        assert_eq!(found, ("ok", LEN), "{strategy:?} in chunks of {chunk}");
    }
}

#[test]
fn a_file_that_is_cut_off_and_written_anew_is_named_however_long_it_is_then() {
    let anew = |len: usize| {
        move |mut file: File| {
            file.set_len(0).unwrap();
            file.write_all(&b"One line of twenty B\n".repeat(len / 21)).unwrap();
        }
    };
    for (strategy, chunk, threads) in WAYS {
        for len in [LEN as usize, LEN as usize * 2] {
            let (status, bytes) = meddled(strategy, chunk, threads, anew(len));
            assert_eq!((status, bytes), ("changed", LEN), "{len}: {strategy:?} in chunks of {chunk}");
        }
        // Its writer goes on where it was, and leaves a hole before that.
        let (status, bytes) = meddled(strategy, chunk, threads, |file| {
            file.set_len(0).unwrap();
            file.write_all_at(LINE.as_bytes(), LEN).unwrap();
        });
        assert_eq!((status, bytes), ("changed", LEN), "{strategy:?} in chunks of {chunk}");
    }
}

#[test]
fn a_file_that_may_have_been_written_to_in_place_is_counted_again() {
    for (strategy, chunk, threads) in WAYS {
        // One line becomes two.
        let found = meddled(strategy, chunk, threads, |file| file.write_all_at(b"\n", 600_000).unwrap());
        // In chunks it is read once more, and then of one moment. In one go it is told.
        let expected = if strategy == Strategy::Read && chunk > LEN { "changed" } else { "ok" };
        assert_eq!(found, (expected, LEN), "{strategy:?} in chunks of {chunk}");
        let found = meddled(strategy, chunk, threads, |file| file.set_modified(SystemTime::now()).unwrap());
        assert_eq!(found, (expected, LEN), "{strategy:?} in chunks of {chunk}");
    }
}

#[test]
fn a_file_without_a_length_is_read_to_its_end() {
    // The kernel makes the content up when it is read.
    let Ok(content) = fs::read("/proc/version") else { return };
    let files = walked(Path::new("/proc/version"));
    let outcome = run(&files, &settings(Strategy::Read, 1 << 20, 1), &Silent).unwrap();
    let bytes: u64 = outcome.tally.into_groups().iter().map(|(_, counts)| counts.bytes).sum();
    assert_eq!((outcome.counted, bytes), (1, content.len() as u64));
}

/// A tree of these files, of as many bytes as are said, that `rotate` changes between the walk and the counting.
fn rotated(files: &[(&str, usize)], rotate: impl Fn(&Path)) -> BTreeMap<String, (&'static str, u64)> {
    let mut all = Vec::new();
    for strategy in [Strategy::Read, Strategy::Mmap] {
        let folder = tempfile::tempdir().unwrap();
        for (name, len) in files {
            fs::write(folder.path().join(name), vec![b'a'; *len]).unwrap();
        }
        a_tick_later();
        let walked = walked(folder.path());
        rotate(folder.path());
        all.push(statuses(run(&walked, &settings(strategy, 1 << 20, 2), &Silent).unwrap()));
    }
    assert_eq!(all[0], all[1], "read and mapped");
    all.remove(0)
}

fn by_name(files: &[(&str, &'static str, u64)]) -> BTreeMap<String, (&'static str, u64)> {
    files.iter().map(|(name, status, bytes)| ((*name).to_owned(), (*status, *bytes))).collect()
}

#[test]
fn files_that_rotation_moves_on_count_as_what_they_were_when_they_were_found() {
    let found = rotated(&[("app.log", 10), ("app.log.1", 20), ("app.log.2", 30)], |folder| {
        fs::rename(folder.join("app.log.2"), folder.join("app.log.3")).unwrap();
        fs::rename(folder.join("app.log.1"), folder.join("app.log.2")).unwrap();
        fs::rename(folder.join("app.log"), folder.join("app.log.1")).unwrap();
        fs::write(folder.join("app.log"), "new").unwrap();
    });
    assert_eq!(found, by_name(&[("app.log", "ok", 10), ("app.log.1", "ok", 20), ("app.log.2", "ok", 30)]));
}

#[test]
fn of_files_that_rotation_removes_none_is_counted_for_another_in_silence() {
    let found = rotated(&[("app.log", 10), ("app.log.1", 20)], |folder| {
        fs::rename(folder.join("app.log"), folder.join("app.log.1")).unwrap();
    });
    assert_eq!(found, by_name(&[("app.log", "ok", 10), ("app.log.1", "vanished", 0)]));
    let found = rotated(&[("app.log", 10)], |folder| {
        fs::remove_file(folder.join("app.log")).unwrap();
        // It may be given the number of the one that is gone.
        fs::write(folder.join("app.log"), "new").unwrap();
    });
    assert_eq!(found, by_name(&[("app.log", "changed", 3)]));
    // The other one has more than it had.
    let found = rotated(&[("app.log", 10)], |folder| {
        fs::remove_file(folder.join("app.log")).unwrap();
        fs::write(folder.join("app.log"), "more than before").unwrap();
    });
    assert_eq!(found, by_name(&[("app.log", "changed", 16)]));
    let found = rotated(&[("app.log", 10)], |folder| fs::write(folder.join("app.log"), "cut").unwrap());
    assert_eq!(found, by_name(&[("app.log", "changed", 3)]));
    let found = rotated(&[("app.log", 10), ("b.log", 20)], |folder| fs::remove_file(folder.join("app.log")).unwrap());
    assert_eq!(found, by_name(&[("app.log", "vanished", 0), ("b.log", "ok", 20)]));
}

/// What stands in the place of a file is only known when it is open. Nobody waits for the other end of a FIFO, or reads a device to its end.
#[test]
fn what_is_no_file_any_more_is_neither_waited_for_nor_read() {
    type Turn = fn(&Path);
    let turns: [(&str, Turn); 4] = [
        ("FIFO", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("device", |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap()),
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("socket", |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap())),
    ];
    let (done, wait) = std::sync::mpsc::channel();
    // On a thread of its own, as it would be waited for without end if this were wrong.
    thread::spawn(move || {
        for (kind, turn) in turns {
            let found = rotated(&[("app.log", 10), ("b.log", 20)], |folder| {
                fs::remove_file(folder.join("app.log")).unwrap();
                turn(&folder.join("app.log"));
            });
            assert_eq!(found, by_name(&[("app.log", "unreadable", 0), ("b.log", "ok", 20)]), "{kind}");
            let found = rotated(&[("app.log", 10)], |folder| {
                fs::rename(folder.join("app.log"), folder.join("app.log.1")).unwrap();
                turn(&folder.join("app.log"));
            });
            // A socket is refused by the system.
            let moved = if kind == "socket" { ("unreadable", 0) } else { ("ok", 10) };
            assert_eq!(found, by_name(&[("app.log", moved.0, moved.1)]), "{kind}");
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("app.log"), "one\n").unwrap();
            let files = walked(folder.path());
            fs::remove_file(folder.path().join("app.log")).unwrap();
            turn(&folder.path().join("app.log"));
            let outcome = run(&files, &settings(Strategy::Read, 1 << 20, 1), &Silent).unwrap();
            let said = outcome.failures[0].to_string();
            assert!(
                kind == "socket" || said.contains(&format!("it was a file when its folder was listed and is a {kind} now")),
                "{said}"
            );
        }
        done.send(()).unwrap();
    });
    wait.recv_timeout(Duration::from_secs(120)).unwrap();
}

/// A file server's lease, as for a client that keeps what it writes to itself, is given up when somebody else opens the file.
#[test]
fn a_file_that_somebody_has_a_lease_on_is_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", "one\n");
    let holder = "import fcntl, os, signal, sys, time
file = os.open('x.log', os.O_RDWR)
def give_up(*_):
    time.sleep(0.2)
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    os._exit(0)
signal.signal(signal.SIGIO, give_up)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
time.sleep(100)";
    let mut python = Command::new("python3");
    python
        .args(["-c", holder])
        .current_dir(sandbox.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let Ok(mut holder) = python.spawn() else { return eprintln!("skipped: no python3") };
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut said).unwrap();
    if said == "held\n" {
        assert_eq!(sandbox.run(&["--columns", "records", "x.log"]).complete(), "service,records\nx,1\n");
    } else {
        eprintln!("skipped: no leases here");
    }
    let _ = holder.kill();
    holder.wait().unwrap();
}

#[test]
fn an_archive_that_is_cut_off_while_it_is_counted_has_shrunk_and_is_not_called_damaged() {
    for (pack, name) in [("tar cf x.tar x.log", "x.tar"), ("bzip2 x.log", "x.log.bz2")] {
        let sandbox = Sandbox::new();
        let noise = noise(2_000_000);
        sandbox.write("x.log", &noise);
        let mut sh = Command::new("sh");
        let packed = sh.args(["-c", &format!("{pack} && rm -f x.log")]).current_dir(sandbox.path()).status();
        if !packed.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no tool for {name}");
            continue;
        }
        let meddler =
            Meddler { path: sandbox.path().join(name), meddle: |file: File| file.set_len(10_000).unwrap(), once: Once::new() };
        let outcome = run(&walked(sandbox.path()), &settings(Strategy::Read, 4 << 20, 1), &meddler).unwrap();
        let named: Vec<&str> = outcome.failures.iter().map(|failure| failure.cause.status()).collect();
        // Of an archive the member is named too.
        assert_eq!(named.first(), Some(&"changed"), "{name}: {:?}", outcome.failures);
    }
}

/// Nothing in it but its headers has checksums.
#[test]
fn a_tar_archive_that_is_written_anew_while_it_is_counted_is_named() {
    for chunk in [64 << 10, 4 << 20] {
        let (old, new) = (archived("old line of twenty b\n"), archived("new line of twenty b\n"));
        let (Some(old), Some(new)) = (old, new) else { return };
        assert_eq!(old.len(), new.len());
        let meddled = |meddle: &(dyn Fn(File) + Sync)| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.tar");
            fs::write(&path, &old).unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(3600);
            File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
            let meddler = Meddler { path, meddle, once: Once::new() };
            statuses(run(&walked(folder.path()), &settings(Strategy::Read, chunk, 1), &meddler).unwrap())
        };
        let found = meddled(&|file| {
            file.set_len(0).unwrap();
            file.write_all_at(&new, 0).unwrap();
        });
        assert_eq!(found["x.tar"].0, "changed", "{found:?}");
        // Another archive behind it would be part of it.
        let found = meddled(&|file| file.write_all_at(&old, old.len() as u64).unwrap());
        assert_eq!(found, by_name(&[("x.tar", "ok", 0), ("x.log", "ok", LEN)]));
    }
}

/// A tar archive of a file of 630,000 bytes of such lines; `None` where there is no tar.
fn archived(line: &str) -> Option<Vec<u8>> {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", line.repeat(30_000));
    let packed = Command::new("tar").args(["cf", "x.tar", "x.log"]).current_dir(sandbox.path()).status();
    packed.is_ok_and(|status| status.success()).then(|| fs::read(sandbox.path().join("x.tar")).unwrap())
}

#[test]
fn a_mapped_file_that_is_cut_off_again_and_again_kills_no_run() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("x.log", LINE.repeat(300_000));
    sandbox.write("y.log", LINE.repeat(1000));
    let stop = Arc::new(AtomicBool::new(false));
    let cutter = {
        let stop = Arc::clone(&stop);
        thread::spawn(move || {
            let file = File::options().write(true).open(path).unwrap();
            while !stop.load(Ordering::Relaxed) {
                for len in [3_000_000, 0, 5_000_000, 4096, 100] {
                    file.set_len(len).unwrap();
                    thread::sleep(Duration::from_micros(300));
                }
                // A file with nothing but holes is no log.
                file.write_all_at(LINE.repeat(200_000).as_bytes(), 0).unwrap();
            }
        })
    };
    for _ in 0..15 {
        let ran =
            ran(&mut sandbox.command(&["--io", "mmap", "--chunk-size", "64K", "--by", "file", "--columns", "records", "."]));
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        assert!(ran.out.contains("y.log,1000\n"), "{ran:?}");
    }
    stop.store(true, Ordering::Relaxed);
    cutter.join().unwrap();
}
