//! Counts to paper.

use criterion::{BatchSize, Criterion, Throughput};
use logtally::{
    classify::{KeyField, KeyPlan},
    report::{Column, Files, Form, Presentation, Report, Sort, Style},
    tally::{Counts, Run},
};

const GROUPS: u64 = 100_000;

fn report() -> Report {
    let groups = (0..GROUPS)
        .map(|number| {
            let counts = Counts { records: number * 7919 % GROUPS, lines: number, bytes: number * 100, ..Counts::default() };
            (format!("service-number-{number}").into_bytes(), counts)
        })
        .collect();
    let columns = vec![Column::Records, Column::Lines, Column::Bytes];
    let presentation = Presentation {
        keys: KeyPlan::new(&[KeyField::Service]),
        columns,
        sort: Sort::default(),
        top: None,
        zone: Default::default(),
        threads: 1,
    };
    Report::new(groups, presentation, Run::default(), Files::default(), Vec::new())
}

pub fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    group.throughput(Throughput::Elements(GROUPS));
    group.bench_function("sort", |bencher| bencher.iter_batched(|| (), |()| report().rows.len(), BatchSize::LargeInput));
    let report = report();
    for form in Form::ALL {
        let mut out = Vec::new();
        report.write(form, Style::default(), &mut out).unwrap();
        group.throughput(Throughput::Bytes(out.len() as u64));
        group.bench_function(form.name(), |bencher| {
            bencher.iter(|| {
                out.clear();
                report.write(form, Style::default(), &mut out).unwrap();
                out.len()
            });
        });
    }
    group.finish();
}
