//! Formats that are declared: each regular expression of the table over its own samples, by the whole road on one thread.
//!
//! Beside them stands a file of `app` lines, read by hand: what a regular expression is to be compared with.

use super::generate::log;
use criterion::{Criterion, Throughput};
use logtally::{
    classify::{Choices, KeyField, KeyPlan, Plan},
    engine::{Decoding, Detail, Settings, Silent, Threads, run},
    parse::{
        Format,
        declared::{Entry, load_shipped},
        time::Unit,
    },
    read::{ChunkSize, Strategy},
    walk::walk,
};

const BYTES: usize = 8 << 20;

/// A file of an entry's samples: the fractions of their seconds differ, and the numbers of their clients.
fn file_of(entry: &Entry) -> String {
    let mut text = String::with_capacity(BYTES + 4096);
    let mut number = 0;
    while text.len() < BYTES {
        for sample in &entry.samples {
            let varied =
                sample.text.replace(".123", &format!(".{:03}", number % 1000)).replace(":00", &format!(":{:02}", number % 60));
            text.push_str(&varied.replacen("0.0.7", &format!("0.0.{}", number % 250), 1));
            text.push('\n');
            number += 1;
        }
    }
    text
}

pub fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let entries = load_shipped().unwrap();
    let declared = entries.iter().filter(|entry| entry.regex.is_some());
    let declared = declared.map(|entry| (entry.name.as_str(), Format::named(&entry.name, &[]).unwrap(), file_of(entry)));
    let by_hand = ("app", Format::App, String::from_utf8(log("app-colon", BYTES, 100)).unwrap());
    let hour = KeyField::Time(Unit::Hour);
    let mut group = criterion.benchmark_group("declared");
    group.sample_size(10);
    for (name, format, text) in declared.chain([by_hand]) {
        let path = folder.path().join(format!("{name}.log"));
        std::fs::write(&path, &text).unwrap();
        let files = walk(&[path], &Default::default()).files;
        group.throughput(Throughput::Bytes(text.len() as u64));
        for (by, keys) in [
            ("service", [KeyField::Service].as_slice()),
            ("service,level", &[KeyField::Service, KeyField::Level]),
            ("service,hour", &[KeyField::Service, hour]),
        ] {
            let plan = Plan::new(Choices { keys: KeyPlan::new(keys), log_format: Some(format), ..Choices::default() });
            let settings = Settings {
                threads: Threads::new(1),
                strategy: Strategy::Auto,
                chunk_size: ChunkSize::default(),
                plan,
                detail: Detail::Faults,
                decoding: Decoding::default(),
            };
            group.bench_function(format!("{name} by {by}"), |bencher| {
                bencher.iter(|| run(&files, &settings, &Silent).unwrap().tally.into_groups().len());
            });
        }
    }
    group.finish();
}
