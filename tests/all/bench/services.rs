//! What services for continuous benchmarks are given, against what they say that they read: github-action-benchmark's `BenchmarkResult`
//! (`name`, `unit` and `value`; `range` and `extra` if wanted), and the JSON Schema of Bencher's Metric Format, `bencher.dev/bmf.json`.

use super::{bench, json, tree};
use serde_json::{Map, Value};

/// The figures of one run as all three files have them, and as JSON has them.
struct Figures {
    times: Value,
    throughput: Value,
    bencher: Value,
    document: Value,
}

fn figures(runs: &str) -> Figures {
    let sandbox = tree();
    let forms = ["json", "github", "github-throughput", "bencher"];
    let exports: Vec<String> = forms.iter().map(|form| format!("--export={form}={form}")).collect();
    let exports = exports.iter().map(String::as_str);
    let arguments: Vec<&str> = ["--threads", "1,3", "--runs", runs].into_iter().chain(exports).chain(["logs"]).collect();
    bench(&sandbox, &arguments).complete();
    let [document, times, throughput, bencher] = forms.map(|form| json(&sandbox.read(form)));
    Figures { times, throughput, bencher, document }
}

/// The fields of an object, none of which is any other than these.
fn fields<'v>(value: &'v Value, known: &[&str]) -> &'v Map<String, Value> {
    let fields = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    assert!(fields.keys().all(|name| known.contains(&name.as_str())), "{value}");
    fields
}

fn is_close(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 1e-9
}

/// The entries of a file of github-action-benchmark: names and values.
fn entries<'v>(file: &'v Value, unit: &str, is_spread_known: bool) -> Vec<(&'v str, f64)> {
    let entry = |entry: &'v Value| {
        let entry = fields(entry, &["name", "unit", "value", "range", "extra"]);
        assert_eq!(entry["unit"], unit, "the action compares figures of one name, so they are always in one unit");
        assert!(entry["extra"].as_str().unwrap().contains("speed-up"));
        // With a number alone behind the sign, the action takes it for one of the value's unit.
        let range = entry.get("range").map(|range| range.as_str().unwrap());
        let share = range.map(|range| range.strip_prefix("± ").unwrap().strip_suffix(" %").unwrap().parse::<f64>().unwrap());
        assert_eq!(share.is_some_and(|share| share >= 0.0), is_spread_known, "{entry:?}");
        (entry["name"].as_str().unwrap(), entry["value"].as_f64().unwrap())
    };
    file.as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn github_action_benchmark_reads_a_file_for_each_direction() {
    for (runs, is_spread_known) in [("3", true), ("1", false)] {
        let Figures { times, throughput, document, .. } = figures(runs);
        let (times, throughput) = (entries(&times, "ms", is_spread_known), entries(&throughput, "MB/s", is_spread_known));
        let medians: Vec<f64> =
            document["rows"].as_array().unwrap().iter().map(|row| row["median_s"].as_f64().unwrap()).collect();
        assert_eq!(times.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["count, 1 thread", "count, 3 threads"]);
        for ((time, throughput), median) in times.iter().zip(&throughput).zip(medians) {
            assert_eq!(time.0, throughput.0);
            // Less time is better: it is the median itself. More throughput is: the 57 bytes of the files by that time.
            assert!(is_close(time.1, median * 1000.0) && is_close(throughput.1, 57.0 / 1e6 / median), "{time:?} {throughput:?}");
        }
    }
}

#[test]
fn bencher_reads_its_metric_format() {
    for (runs, is_spread_known) in [("3", true), ("1", false)] {
        let Figures { bencher, document, .. } = figures(runs);
        let benchmarks = bencher.as_object().unwrap();
        assert_eq!(benchmarks.keys().collect::<Vec<_>>(), ["count, 1 thread", "count, 3 threads"]);
        for (row, (name, measures)) in document["rows"].as_array().unwrap().iter().zip(benchmarks) {
            assert!((1..=1024).contains(&name.len()), "longer names are refused");
            let seconds: Vec<f64> = row["seconds"].as_array().unwrap().iter().map(|run| run.as_f64().unwrap()).collect();
            let (fastest, slowest) =
                seconds.iter().fold((f64::MAX, 0.0), |(low, high): (f64, f64), run| (low.min(*run), high.max(*run)));
            let median = row["median_s"].as_f64().unwrap();
            // The two measures that every project there has: nanoseconds, and operations a second, which are records here.
            let measures = fields(measures, &["latency", "throughput"]);
            let expected = [
                ("latency", [median * 1e9, fastest * 1e9, slowest * 1e9]),
                ("throughput", [3.0 / median, 3.0 / slowest, 3.0 / fastest]),
            ];
            for (measure, expected) in expected {
                let metric = fields(&measures[measure], &["value", "lower_value", "upper_value"]);
                let found =
                    ["value", "lower_value", "upper_value"].map(|name| metric.get(name).map(|value| value.as_f64().unwrap()));
                assert!(is_close(found[0].unwrap(), expected[0]), "{measure} {metric:?}");
                for (found, expected) in found.iter().zip(expected).skip(1) {
                    assert_eq!(
                        found.map(|found| is_close(found, expected)),
                        is_spread_known.then_some(true),
                        "{measure} {metric:?}"
                    );
                }
            }
        }
    }
}
