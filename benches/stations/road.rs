//! The whole road but for the walk: files on disk (in the page cache) to counts, on all threads.

use super::generate::{FORMATS, log};
use criterion::{Criterion, Throughput};
use logtally::{
    classify::{Choices, KeyField, KeyPlan, Plan},
    engine::{Decoding, Detail, Limits, Settings, Silent, Threads, run},
    read::{ChunkSize, Strategy},
    walk::{LogFile, walk},
};

const BYTES: usize = 64 << 20;

fn settings(keys: &[KeyField]) -> Settings {
    let plan = Plan::new(Choices { keys: KeyPlan::new(keys), ..Choices::default() });
    Settings {
        threads: Threads::default(),
        strategy: Strategy::Auto,
        chunk_size: ChunkSize::default(),
        plan,
        detail: Detail::Faults,
        decoding: Decoding::default(),
        limits: Limits::default(),
    }
}

fn count(files: &[LogFile], settings: &Settings) -> usize {
    run(files, settings, &Silent).unwrap().tally.into_groups().len()
}

pub fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("road");
    group.sample_size(20);
    for format in FORMATS {
        let path = folder.path().join(format);
        std::fs::write(&path, log(format, BYTES, 100)).unwrap();
        let files = walk(&[path], &Default::default(), 2).files;
        group.throughput(Throughput::Bytes(files[0].len));
        let service = settings(&[KeyField::Service]);
        group.bench_function(format!("{format} by service"), |bencher| bencher.iter(|| count(&files, &service)));
        let both = settings(&[KeyField::Service, KeyField::Level]);
        group.bench_function(format!("{format} by service,level"), |bencher| bencher.iter(|| count(&files, &both)));
    }

    let small = tempfile::tempdir().unwrap();
    let text = log("json", 4 << 10, 20);
    for number in 0..5000 {
        std::fs::write(small.path().join(format!("{number}.log")), &text).unwrap();
    }
    let files = walk(&[small.path().to_owned()], &Default::default(), 2).files;
    let service = settings(&[KeyField::Service]);
    group.throughput(Throughput::Bytes(files.iter().map(|file| file.len).sum()));
    group.bench_function("5000 files of 4 KiB", |bencher| bencher.iter(|| count(&files, &service)));
    group.finish();
}
