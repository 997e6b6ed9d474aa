//! Formats that are declared: each regular expression of the table over its own samples, by the whole road on one thread.
//!
//! Beside them stands a file of `app` lines, read by hand: what a regular expression is to be compared with.

use super::generate::{Random, log};
use criterion::{Criterion, Throughput};
use logtally::{
    classify::{Choices, KeyField, KeyPlan, Plan},
    engine::{Decoding, Detail, Limits, Settings, Silent, Threads, run},
    parse::{
        Format,
        declared::{Entry, Memory, load_shipped},
        record::Wanted,
        time::Unit,
    },
    read::{ChunkSize, Strategy},
    walk::walk,
};

const BYTES: usize = 8 << 20;

/// A file of an entry's samples, no two lines alike: numbers and words are of other lengths, and what follows the record's beginning.
fn file_of(entry: &Entry) -> String {
    let Format::Declared(declared) = entry.format else { return String::new() };
    let random = &mut Random::new(7);
    let mut memory = Memory::default();
    let mut text = String::with_capacity(BYTES + 4096);
    while text.len() < BYTES {
        let sample = &entry.samples[random.below(entry.samples.len() as u64) as usize];
        let (first, rest) = sample.text.trim_start().split_once('\n').unwrap_or((&sample.text, ""));
        let mut reads_as = |line: &str| declared.parse(line.as_bytes(), Wanted::ALL, &mut memory).map(|record| record.level);
        let expected = reads_as(first);
        // Not all that varies is still of the format.
        let line = (0..20).map(|_| varied(first, random)).find(|line| reads_as(line) == expected);
        text.push_str(line.as_deref().unwrap_or(first));
        text.push('\n');
        text.push_str(rest);
        if !rest.is_empty() {
            text.push('\n');
        }
    }
    text
}

/// A line with other numbers and words.
fn varied(line: &str, random: &mut Random) -> String {
    let mut varied = String::with_capacity(2 * line.len());
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_lowercase());
    for run in line.as_bytes().chunk_by(|one, next| kind(*one) == kind(*next)) {
        let run = std::str::from_utf8(run).unwrap();
        let changes = random.below(3) == 0;
        match kind(run.as_bytes()[0]) {
            (true, _) if changes && run.len() != 4 => {
                varied.extend((0..=random.below(6)).map(|_| char::from(b'0' + random.below(10) as u8)))
            }
            (_, true) if changes && run.len() > 3 => {
                varied.extend((0..=random.below(9)).map(|_| char::from(b'a' + random.below(26) as u8)))
            }
            _ => varied.push_str(run),
        }
    }
    varied.extend(
        (0..random.below(8)).map(|_| random.pick(&[" order", " accepted", " after 12", " upstream", " slow", " in 0.3"])),
    );
    varied
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
        let files = walk(&[path], &Default::default(), 2).files;
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
                limits: Limits::default(),
            };
            group.bench_function(format!("{name} by {by}"), |bencher| {
                bencher.iter(|| run(&files, &settings, &Silent).unwrap().tally.into_groups().len());
            });
        }
    }
    group.finish();
}
