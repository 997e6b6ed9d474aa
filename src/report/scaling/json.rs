//! JSON: one document with every run's time, which is what a later bench is compared with.

use super::Sheet;
use serde_json::{Map, json};
use std::io;

/// The number of this shape of the document; it grows when a reader of the old one could be misled.
const SCHEMA: u32 = 1;

pub(super) fn write(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    let scaling = &sheet.scaling;
    let rows = scaling.rows.iter().map(|row| {
        let quartiles = row.quartiles();
        json!({
            "threads": row.threads,
            "seconds": row.seconds,
            "cpu_seconds": row.cpu,
            "pace": row.pace,
            "cpu_pace": row.cpu_pace,
            "median_s": quartiles.median,
            "spread": row.spread(),
            "bytes_per_s": scaling.work.bytes as f64 / quartiles.median,
            "records_per_s": scaling.work.records as f64 / quartiles.median,
            "speed_up": scaling.speed_up(row),
            "efficiency": scaling.efficiency(row),
        })
    });
    let mut document = json!({
        "schema": SCHEMA,
        "logtally": env!("CARGO_PKG_VERSION"),
        "machine": { "cpus": scaling.machine.cpus, "model": scaling.machine.model },
        "cache": scaling.cache.name(),
        "warmup": scaling.warmup,
        "settings": scaling.settings.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect::<Map<_, _>>(),
        "work": { "files": scaling.work.files, "records": scaling.work.records, "bytes": scaling.work.bytes },
        "rows": rows.collect::<Vec<_>>(),
        "serial_share": scaling.serial_share(),
    });
    if let Some(comparison) = &sheet.compared {
        let compared = comparison.rows.iter().map(|compared| {
            json!({
                "threads": compared.threads,
                "verdict": compared.verdict.name(),
                "ratio": compared.ratio.median,
                "ratio_interval": compared.ratio.interval.map(|(low, high)| [low, high]),
                "ratio_of_fastest": compared.ratio.fastest,
                "ratio_interval_at_same_pace": compared.ratio.paced.map(|(low, high)| [low, high]),
                "cpu_ratio_interval": compared.ratio.cpu.map(|(low, high)| [low, high]),
                "cpu_ratio_interval_at_same_pace": compared.ratio.cpu_paced.map(|(low, high)| [low, high]),
            })
        });
        document["baseline"] = compared.collect::<Vec<_>>().into();
        document["not_compared"] = json!({ "only_here": comparison.only_now, "only_in_baseline": comparison.only_then });
        document["remarks"] = sheet.remarks().into();
    }
    writeln!(out, "{}", serde_json::to_string_pretty(&document)?)
}

#[cfg(test)]
mod tests {
    use crate::{
        report::scaling::{
            Form, Sheet,
            tests::{sheet, slower, written},
        },
        scaling::{Tolerance, Verdict},
    };

    #[test]
    fn it_is_a_baseline() {
        let baseline = written(&sheet(), Form::Json).parse().unwrap();
        let again = Sheet::new(sheet().scaling, Some(&baseline), Tolerance(0.0)).unwrap();
        assert_eq!(
            again.rows().map(|row| (row.threads, row.verdict)).collect::<Vec<_>>(),
            [1, 2, 4].map(|threads| (threads, Verdict::Fine))
        );
        let document: serde_json::Value = serde_json::from_str(&written(&slower(), Form::Json)).unwrap();
        assert_eq!(document["baseline"][0]["verdict"], "slower");
        assert_eq!(document["work"]["records"], 4_000_000);
    }
}
