//! Logs that are written to, cut off, rotated and removed while they are counted: whatever comes of it, a run ends in order, and what it
//! calls whole is what some moment of the file held.

use crate::sandbox::{Sandbox, ran};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A log, and what a rotating writer leaves beside it.
struct Writer {
    folder: PathBuf,
    name: String,
    /// Of each life of a log, from one cut or rotation to the next: how many lines were written, or are just being written.
    lives: Mutex<HashMap<String, u64>>,
}

/// A line of one length, of the life and the place in it.
fn line(life: &str, number: u64) -> String {
    format!("{:<99}\n", format!("{{\"service\":\"s\",\"time\":{},\"life\":\"{life}\"}}", 1_704_067_200 + number))
}

/// The time of a line, as it is shown; 1,704,067,200 is the first second of 2024.
fn time(number: u64) -> String {
    format!("2024-01-01T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60)
}

/// Numbers by chance, always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

impl Writer {
    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.log{ending}", self.name))
    }

    /// Writes, cuts, rotates and removes until it is told to stop.
    fn write(&self, seed: u64, stop: &AtomicBool) {
        let mut dice = Dice(seed);
        let (mut life, mut written) = (0, 0);
        while !stop.load(Ordering::Relaxed) {
            match dice.below(10) {
                0..7 => {
                    let name = format!("{}-{life}", self.name);
                    // Few at a time, and as many as a file that several threads share has.
                    let more = [1, 30, 300, 3000][dice.below(4) as usize];
                    let text: String = (written..written + more).map(|number| line(&name, number)).collect();
                    written += more;
                    self.lives.lock().unwrap().insert(name, written);
                    let mut log = File::options().append(true).create(true).open(self.path("")).unwrap();
                    log.write_all(text.as_bytes()).unwrap();
                }
                7 => {
                    // As logrotate's copytruncate does; what is written between the copy and the cut is lost, but here nobody writes then.
                    if fs::copy(self.path(""), self.path(".1")).is_ok() {
                        File::options().write(true).open(self.path("")).unwrap().set_len(0).unwrap();
                        (life, written) = (life + 1, 0);
                    }
                }
                8 => {
                    let _ = fs::rename(self.path(".1"), self.path(".2"));
                    if fs::rename(self.path(""), self.path(".1")).is_ok() {
                        (life, written) = (life + 1, 0);
                    }
                }
                _ => drop(fs::remove_file(self.path(".2"))),
            }
            // No file has more lines than a day has seconds.
            if written > 50_000 {
                File::options().write(true).open(self.path("")).unwrap().set_len(0).unwrap();
                (life, written) = (life + 1, 0);
            }
        }
    }

    /// Whether a file is what some moment of it held, by its rows in the report: the first so many lines of one life, and perhaps the
    /// beginning of one more.
    fn has_held(&self, rows: &[Vec<String>]) -> bool {
        let lives = self.lives.lock().unwrap();
        let number = |text: &str| text.parse::<u64>().unwrap();
        let is_begun = |row: &[String]| row[1] == "1" && number(&row[2]) < 100;
        let is_life = |row: &[String]| {
            let records = number(&row[1]);
            let within = lives.get(&row[0]).is_some_and(|written| records <= *written);
            // The last may be cut where the file ended just then.
            within && number(&row[2]).div_ceil(100) == records && row[3] == time(0) && row[4] == time(records - 1)
        };
        match rows {
            [] => true,
            [one] => is_life(one) || is_begun(one),
            [one, two] => (is_life(one) && is_begun(two)) || (is_begun(one) && is_life(two)),
            _ => false,
        }
    }
}

/// Counts a tree that is written to so many times; how often files came to each status.
fn count_while_written(times: usize) -> BTreeMap<String, usize> {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("logs")).unwrap();
    let writers = ["a", "b", "c"].map(|name| Writer {
        folder: sandbox.path().join("logs"),
        name: name.to_owned(),
        lives: Mutex::default(),
    });
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for (seed, writer) in writers.iter().enumerate() {
            let stop = &stop;
            scope.spawn(move || writer.write(seed as u64 + 1, stop));
        }
        // Told to stop even if something is wrong, else nobody would hear of it.
        let statuses = std::panic::catch_unwind(|| counts(&sandbox, &writers, times));
        stop.store(true, Ordering::Relaxed);
        statuses.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn counts(sandbox: &Sandbox, writers: &[Writer], times: usize) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for run in 0..times {
        let io = ["mmap", "read"][run % 2];
        let chunk = ["16K", "64K", "4M"][run % 3];
        let threads = ["1", "2", "8"][run / 2 % 3];
        let rows = ["--by", "file,field:life", "--columns", "records,bytes,first,last", "--allow-empty"];
        let how = ["--files-report", "files.csv", "--io", io, "--chunk-size", chunk, "-j", threads, "logs"];
        let ran = ran(&mut sandbox.command(&[&rows[..], &how].concat()));
        let way = format!("run {run}: --io {io} --chunk-size {chunk} -j {threads}");
        assert!(matches!(ran.code, Some(0 | 1)) && !ran.err.contains("panicked"), "{way}: {ran:?}");
        let mut by_file: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for row in ran.out.lines().skip(1) {
            let mut fields = row.split(',').map(str::to_owned);
            by_file.entry(fields.next().unwrap()).or_default().push(fields.collect());
        }
        for file in sandbox.read("files.csv").lines().skip(1) {
            let fields: Vec<&str> = file.splitn(5, ',').collect();
            let (path, status) = (fields[0], fields[3]);
            *statuses.entry(status.to_owned()).or_default() += 1;
            if matches!(status, "ok" | "empty") {
                let name = Path::new(path).file_name().unwrap().to_str().unwrap();
                let writer = writers.iter().find(|writer| name.starts_with(&writer.name)).unwrap();
                let rows = by_file.get(path).map_or(&[][..], Vec::as_slice);
                assert!(writer.has_held(rows), "{way}: {file}: {rows:?}");
            } else {
                assert!(matches!(status, "changed" | "vanished"), "{way}: {file}");
                assert_eq!(ran.code, Some(1), "{way}: {file}");
            }
        }
    }
    statuses
}

#[test]
fn what_is_called_whole_was_whole_at_some_moment() {
    let statuses = count_while_written(12);
    assert!(statuses.contains_key("ok"), "{statuses:?}");
}

/// The same for long: `cargo test --release --test all -- --ignored --nocapture two_hundred`.
#[test]
#[ignore = "it takes a minute"]
fn what_is_called_whole_two_hundred_times_was_whole_at_some_moment() {
    let statuses = count_while_written(200);
    eprintln!("{statuses:?}");
    assert!(statuses.contains_key("ok") && statuses.contains_key("changed"), "{statuses:?}");
}
