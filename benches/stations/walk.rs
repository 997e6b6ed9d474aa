//! A tree of many small files; and a path to its service.

use criterion::{Criterion, Throughput};
use logtally::walk::{path_service, walk};

const FILES: u64 = 2000;

pub fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..FILES {
        let inner = folder.path().join(format!("service-{}", number % 50));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join(format!("app.log.{number}")), "line\n").unwrap();
    }
    let mut group = criterion.benchmark_group("walk");
    group.throughput(Throughput::Elements(FILES));
    group.bench_function("2000 files", |bencher| {
        bencher.iter(|| walk(&[folder.path().to_owned()], &Default::default(), 2).files.len())
    });
    group.finish();

    let mut group = criterion.benchmark_group("walk/service");
    for path in ["logs/checkout.log", "srv/shop/nginx-access-20240115.log.1.gz", "var/log/checkout/app.log"] {
        group.throughput(Throughput::Bytes(path.len() as u64));
        group.bench_function(path, |bencher| bencher.iter(|| path_service(std::hint::black_box(path.as_bytes()))));
    }
    group.finish();
}
