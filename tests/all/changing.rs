//! Files that change while they are counted cost themselves only, and are never called whole.

use logtally::{
    classify::{Choices, Plan},
    engine::{Decoding, Detail, Observer, Settings, Threads, run},
    read::{ChunkSize, Strategy},
    walk::{Options, walk},
};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Once,
};

/// Cuts a file when the first piece of it has been counted.
struct Cutter {
    path: PathBuf,
    to: u64,
    once: Once,
}

impl Observer for Cutter {
    fn counted(&self, _bytes: u64) {
        self.once.call_once(|| File::options().write(true).open(&self.path).unwrap().set_len(self.to).unwrap());
    }
}

fn settings(chunk: u64, threads: usize) -> Settings {
    let plan = Plan::new(Choices::default());
    Settings {
        threads: Threads::new(threads),
        strategy: Strategy::Read,
        chunk_size: ChunkSize::new(chunk),
        plan,
        detail: Detail::Faults,
        decoding: Decoding::default(),
    }
}

#[test]
fn a_split_file_that_shrinks_is_counted_to_its_end_and_named() {
    for to in [0u64, 1, 5000, 60_000, 99_000] {
        for (chunk, threads) in [(1000, 1), (1000, 2), (4096, 1), (50_000, 1)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.log");
            std::fs::write(&path, "one line of twenty b\n".repeat(4762)).unwrap();
            let files = walk(&[folder.path().to_owned()], &Options::default()).files;
            let cutter = Cutter { path, to, once: Once::new() };
            let outcome = run(&files, &settings(chunk, threads), &cutter).unwrap();
            let named: Vec<(&Path, &str)> =
                outcome.failures.iter().map(|failure| (failure.path.as_path(), failure.cause.status())).collect();
            assert_eq!(named, [(files[0].path.as_path(), "changed")], "cut to {to}, chunks of {chunk}");
            assert_eq!(outcome.counted, 0);
            let bytes: u64 = outcome.tally.into_groups().iter().map(|(_, counts)| counts.bytes).sum();
            assert_eq!(bytes, to, "what is left of it is counted");
        }
    }
}

#[test]
fn a_file_without_a_length_is_read_to_its_end() {
    // The kernel makes the content up when it is read.
    let Ok(content) = std::fs::read("/proc/version") else { return };
    let files = walk(&[PathBuf::from("/proc/version")], &Options::default()).files;
    let outcome = run(&files, &settings(1 << 20, 1), &logtally::engine::Silent).unwrap();
    let bytes: u64 = outcome.tally.into_groups().iter().map(|(_, counts)| counts.bytes).sum();
    assert_eq!((outcome.counted, bytes), (1, content.len() as u64));
}
