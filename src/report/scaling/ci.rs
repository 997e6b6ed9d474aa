//! What services for continuous benchmarks read.
//!
//! - github-action-benchmark, tools `customSmallerIsBetter` and `customBiggerIsBetter`: an array of `name`, `unit`, `value`, and if wanted
//!   `range` and `extra` (its README, "Custom benchmarks"). Which way is better holds for a whole file, so times and throughput need one each.
//! - Bencher Metric Format: benchmarks by name, their measures by name, each a `value` with bounds if wanted (its reference of that
//!   name). `latency` is in nanoseconds, `throughput` in operations a second, here records.

use super::{Sheet, percent};
use crate::scaling::threads;
use serde_json::{Map, json};
use std::io;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Time,
    Throughput,
}

pub(super) fn write_github(sheet: &Sheet, measure: Measure, out: &mut dyn io::Write) -> io::Result<()> {
    let scaling = &sheet.scaling;
    let entries = scaling.rows.iter().map(|row| {
        let median = row.quartiles().median;
        let (unit, value) = match measure {
            Measure::Time => ("ms", median * 1e3),
            Measure::Throughput => ("MB/s", scaling.work.bytes as f64 / median / 1e6),
        };
        let runs = if row.seconds.len() == 1 { "1 run".to_owned() } else { format!("{} runs", row.seconds.len()) };
        let (speed_up, efficiency) = (scaling.speed_up(row), scaling.efficiency(row) * 100.0);
        let mut entry = json!({
            "name": name(row.threads),
            "unit": unit,
            "value": value,
            "extra": format!("{runs}, speed-up {speed_up:.2}, efficiency {efficiency:.0} %"),
        });
        // In parts of the value, so that it holds in whatever unit the value is converted to.
        if let Some(spread) = row.spread() {
            entry["range"] = format!("± {}", percent(spread)).into();
        }
        entry
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&entries.collect::<Vec<_>>())?)
}

pub(super) fn write_bencher(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    let scaling = &sheet.scaling;
    let benchmarks = scaling.rows.iter().map(|row| {
        let (median, fastest, slowest) = (row.quartiles().median, row.fastest(), row.slowest());
        let metric = |value: f64, lower: f64, upper: f64| match row.spread() {
            Some(_) => json!({ "value": value, "lower_value": lower, "upper_value": upper }),
            None => json!({ "value": value }),
        };
        let nanos = |seconds: f64| seconds * 1e9;
        let records = |seconds: f64| scaling.work.records as f64 / seconds;
        let measures = json!({
            "latency": metric(nanos(median), nanos(fastest), nanos(slowest)),
            "throughput": metric(records(median), records(slowest), records(fastest)),
        });
        (name(row.threads), measures)
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&benchmarks.collect::<Map<_, _>>())?)
}

fn name(number: usize) -> String {
    format!("count, {}", threads(&[number]))
}

#[cfg(test)]
mod tests {
    use crate::report::scaling::{
        Form,
        tests::{sheet, written},
    };
    use serde_json::{Value, json};

    fn read(form: Form) -> Value {
        serde_json::from_str(&written(&sheet(), form)).unwrap()
    }

    #[test]
    fn a_file_for_each_direction() {
        let times = read(Form::Github);
        assert_eq!(times.as_array().unwrap().len(), 3);
        assert_eq!(
            times[1],
            json!({"name": "count, 2 threads", "unit": "ms", "value": 500.0, "range": "± 1.5 %", "extra": "3 runs, speed-up 2.00, efficiency 100 %"})
        );
        let throughput = read(Form::GithubThroughput);
        assert_eq!(
            (&throughput[0]["name"], &throughput[0]["unit"], &throughput[0]["value"]),
            (&json!("count, 1 thread"), &json!("MB/s"), &json!(1000.0))
        );
    }

    #[test]
    fn benchers_measures() {
        let bencher = read(Form::Bencher);
        let two = &bencher["count, 2 threads"];
        assert_eq!(two["latency"], json!({"value": 5e8, "lower_value": 4.9e8, "upper_value": 5.2e8}));
        assert_eq!(two["throughput"]["value"], json!(8e6));
        assert!(two["throughput"]["lower_value"].as_f64() < two["throughput"]["upper_value"].as_f64());
    }
}
