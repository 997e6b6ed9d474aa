//! Lines to records, by format: for a count by service, and by service and level. And detection.

use super::generate::{FORMATS, log};
use criterion::{Criterion, Throughput};
use logtally::parse::{Memory, Rules, detect, record::Wanted};

const BYTES: usize = 1 << 20;

pub fn benches(criterion: &mut Criterion) {
    for (name, wanted) in [("parse/service", Wanted::SERVICE), ("parse/service,level", Wanted::ALL)] {
        let mut group = criterion.benchmark_group(name);
        for format in FORMATS {
            let text = log(format, BYTES, 100);
            let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let rules = Rules::new(wanted, &[], None);
            let dialect = detect(&text[..64 << 10], &rules);
            let mut memory = Memory::default();
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format, |bencher| {
                bencher.iter(|| lines.iter().filter(|line| dialect.parse(line, &rules, &mut memory).is_some()).count());
            });
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("detect");
    for format in FORMATS {
        let head = log(format, 4 << 10, 100);
        let rules = Rules::new(Wanted::SERVICE, &[], None);
        group.throughput(Throughput::Bytes(head.len() as u64));
        group.bench_function(format, |bencher| bencher.iter(|| detect(&head, &rules).first()));
    }
    group.finish();
}
