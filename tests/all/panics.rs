//! Faults of the program itself, which an observer that panics stands for: it hears of all that workers do, while they do it.

use crate::sandbox::{Sandbox, noise};
use logtally::{
    classify::{Choices, Plan},
    engine::{Decoding, Detail, Limits, NoOutcome, Observer, Settings, Sharing, Threads, run},
    read::{ChunkSize, Strategy},
    walk::{Options, walk},
};
use std::{
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
};

/// Panics when it is told of something for the so many-th time.
struct Panicking {
    calls: AtomicU64,
    at: u64,
}

impl Panicking {
    fn hear(&self) {
        assert_ne!(self.calls.fetch_add(1, Ordering::Relaxed), self.at, "told \x1b[2J");
    }
}

impl Observer for Panicking {
    fn started(&self) {
        self.hear();
    }

    fn counted(&self, _bytes: u64) {
        self.hear();
    }

    fn passed_over(&self, _bytes: u64) {
        self.hear();
    }

    fn finished(&self) {
        self.hear();
    }
}

/// Every time that workers tell something is tried, in files that are counted in chunks, whole, decoded and archived, until none panics.
#[test]
fn a_worker_that_panics_ends_the_run_with_the_file_it_worked_on() {
    let sandbox = Sandbox::new();
    sandbox.write("chunks.log", "{\"service\":\"a\"}\n".repeat(20_000));
    sandbox.write("small.log", "one\n");
    sandbox.write("noise.log", noise(300_000));
    let pack = "gzip -k noise.log; tar cf x.tar small.log noise.log; rm noise.log";
    assert!(Command::new("sh").args(["-c", pack]).current_dir(sandbox.path()).status().unwrap().success());
    let files = walk(&[sandbox.path().to_owned()], &Options::default(), 2).files;
    for threads in [1, 3] {
        let settings = |strategy| Settings {
            threads: Threads::new(threads),
            strategy,
            chunk_size: ChunkSize::new(100_000),
            plan: Plan::new(Choices::default()),
            detail: Detail::Faults,
            // So that others decode what is counted.
            decoding: Decoding { sharing: Sharing { large: 0, piece: 1 }, ..Decoding::default() },
            limits: Limits::default(),
        };
        for strategy in [Strategy::Read, Strategy::Mmap] {
            let mut named = Vec::new();
            // Of several threads it is chance which file one tells of at a time, and a small file is told of but a few times.
            for _sweep in 0..20 {
                for at in 0.. {
                    let observer = Panicking { calls: AtomicU64::new(0), at };
                    match run(&files, &settings(strategy), &observer) {
                        Ok(outcome) => {
                            assert!(at > 8 && observer.calls.into_inner() <= at, "a panic must not be passed over");
                            assert_eq!((outcome.counted, outcome.failures.len()), (5, 0));
                            break;
                        }
                        Err(NoOutcome::Fault(fault)) => {
                            let said = fault.to_string();
                            assert!(said.starts_with("no report, by a fault of logtally itself in work on /"), "{said}");
                            named.extend(
                                fault.path.and_then(|path| path.file_name().map(|name| name.to_str().unwrap().to_owned())),
                            );
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
                named.sort();
                named.dedup();
                if threads == 1 || named.len() == 4 {
                    break;
                }
            }
            assert_eq!(named, ["chunks.log", "noise.log.gz", "small.log", "x.tar"], "{threads} threads, {strategy:?}");
        }
    }
}
