//! Keys to counts, for few keys and many; and adding a worker's counts to the shared map.

use super::generate::Random;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use logtally::tally::{Combiner, Tally};

const RECORDS: u64 = 100_000;

pub fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tally");
    for services in [1, 100, 10_000, 100_000] {
        let mut random = Random::new(3);
        let keys: Vec<String> = (0..RECORDS).map(|_| format!("service-number-{}", random.below(services))).collect();
        group.throughput(Throughput::Bytes(keys.iter().map(|key| key.len() as u64).sum()));
        group.bench_with_input(BenchmarkId::new("count", services), &keys, |bencher, keys| {
            let mut combiner = Combiner::default();
            bencher.iter(|| {
                for key in keys {
                    combiner.record(key.as_bytes(), None, 100);
                }
                combiner.end_chunk()
            });
        });
        let counted = || {
            let mut combiner = Combiner::default();
            for key in &keys {
                combiner.record(key.as_bytes(), None, 100);
            }
            combiner
        };
        let tally = Tally::default();
        let id = BenchmarkId::new("add to the shared map", services);
        group.bench_function(id, |bencher| {
            bencher.iter_batched_ref(counted, |combiner| tally.add(combiner), BatchSize::LargeInput)
        });
    }
    group.finish();
}
