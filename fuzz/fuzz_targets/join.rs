//! A file counts the same in chunks of any size, by any number of threads, mapped or read, and as its lines taken one by one.
#![no_main]

use logtally::{
    classify::{self, Choices, KeyField, KeyPlan, Levels, Plan},
    engine::{self, Decoding, Detail, Limits, Settings, Silent, Threads},
    parse::{Memory, Rules, level_name, record::Wanted, time::Unit},
    read::{ChunkSize, Content, Strategy, head_of, sniff},
    walk,
};
use logtally_fuzz::{Chance, scratch};
use std::collections::BTreeMap;

type Groups = BTreeMap<Vec<Vec<u8>>, (u64, u64, u64)>;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let mut chance = Chance::of(text);
    let path = scratch::write("joined.log", text);
    let files = walk::walk(&[path], &walk::Options::default()).files;
    let keys = KeyPlan::new(match chance.below(3) {
        0 => &[KeyField::Service],
        1 => &[KeyField::Service, KeyField::Level],
        _ => &[KeyField::Service, KeyField::Time(Unit::Hour)],
    });
    let count = |threads, strategy, chunk| {
        let settings = Settings {
            threads: Threads::new(threads),
            strategy,
            chunk_size: ChunkSize::new(chunk),
            plan: Plan::new(Choices { keys: keys.clone(), levels: Levels::Ignored, ..Choices::default() }),
            detail: Detail::Faults,
            decoding: Decoding::default(),
            limits: Limits::default(),
        };
        let outcome = engine::run(&files, &settings, &Silent).expect("threads");
        let rest = format!("{} counted, {:?} binary, {:?}", outcome.counted, outcome.binary, outcome.failures);
        let groups = outcome.tally.into_groups();
        let named = groups.iter().map(|(key, counts)| {
            let names = keys.decode(key).into_iter().map(<[u8]>::to_vec).collect();
            (names, (counts.records, counts.lines, counts.bytes))
        });
        (named.collect::<Groups>(), rest)
    };
    let whole = count(1, Strategy::Read, 1 << 30);
    let chunk = 1 + chance.below(text.len() + 1) as u64;
    let strategy = chance.of_these(&[Strategy::Mmap, Strategy::Read]);
    let threads = chance.of_these(&[1, 2]);
    let chunked = count(threads, strategy, chunk);
    assert_eq!(chunked, whole, "in chunks of {chunk} by {threads} threads, {strategy:?}");

    if sniff(text) == Content::Text && keys.fields() == [KeyField::Service, KeyField::Level] && !text.is_empty() {
        let naive = naive(text);
        assert_eq!(whole.0, naive, "counted, and line by line");
    }
});

fn naive(text: &[u8]) -> Groups {
    let rules = Rules::new(Wanted::ALL, &[], None);
    let dialect = classify::detect(head_of(text), &rules);
    let mut groups = Groups::new();
    let mut group = vec![b"joined".to_vec(), b"-".to_vec()];
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let judged = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).unwrap_or(line);
        let judged = &judged[judged.iter().take_while(|byte| **byte == 0).count()..];
        let judged = judged.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(judged);
        let mut memory = Memory::default();
        let found = dialect.parse(judged, &rules, &mut memory);
        if let Some(found) = found {
            group = vec![found.service.unwrap_or(b"joined").to_vec(), level_name(found.level).as_bytes().to_vec()];
        }
        let (records, lines, bytes) = groups.entry(group.clone()).or_default();
        *records += u64::from(found.is_some());
        *lines += 1;
        *bytes += line.len() as u64;
    }
    groups
}
