//! CSV: a row for each number of threads.

use super::Sheet;
use std::io;

/// The last four are of a comparison with a baseline, and empty where there is none.
const HEADER: &str = "threads,runs,median_s,fastest_s,slowest_s,spread,bytes_per_s,records_per_s,speed_up,efficiency,ratio,ratio_low,ratio_high,verdict";

pub(super) fn write(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    let scaling = &sheet.scaling;
    for row in &scaling.rows {
        let quartiles = row.quartiles();
        let compared = sheet.rows().find(|compared| compared.threads == row.threads);
        let per_second = |number: u64| number as f64 / quartiles.median;
        writeln!(
            out,
            "{},{},{:.6},{:.6},{:.6},{},{:.0},{:.0},{:.3},{:.3},{}",
            row.threads,
            row.seconds.len(),
            quartiles.median,
            row.fastest(),
            row.slowest(),
            row.spread().map(|spread| format!("{spread:.4}")).unwrap_or_default(),
            per_second(scaling.work.bytes),
            per_second(scaling.work.records),
            scaling.speed_up(row),
            scaling.efficiency(row),
            compared.map_or(",,,".to_owned(), |compared| {
                let interval = compared.ratio.interval.map_or(",".to_owned(), |(low, high)| format!("{low:.3},{high:.3}"));
                format!("{:.3},{interval},{}", compared.ratio.median, compared.verdict.name())
            }),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::report::scaling::{
        Form,
        tests::{sheet, slower, written},
    };

    #[test]
    fn a_row_for_each_number_of_threads() {
        let expected = "\
threads,runs,median_s,fastest_s,slowest_s,spread,bytes_per_s,records_per_s,speed_up,efficiency,ratio,ratio_low,ratio_high,verdict
1,3,1.000000,0.980000,1.020000,0.0100,1000000000,4000000,1.000,1.000,,,,
2,3,0.500000,0.490000,0.520000,0.0150,2000000000,8000000,2.000,1.000,,,,
4,3,0.330000,0.330000,0.340000,0.0076,3030303030,12121212,3.030,0.758,,,,
";
        assert_eq!(written(&sheet(), Form::Csv), expected);
        // A median of 0.5 s against one of 0.25 s, which all draws lie around: 0.49 / 0.26 to 0.52 / 0.24.
        let compared = written(&slower(), Form::Csv);
        let rows: Vec<&str> = compared.lines().collect();
        assert!(rows[1].ends_with(",1.000,1.000,,,,") && rows[3].ends_with(",1.000,,,fine"), "{compared}");
        let two: Vec<&str> = rows[2].rsplit(',').collect();
        let [verdict, high, low, ratio, ..] = two[..] else { panic!("{compared}") };
        assert_eq!((verdict, ratio), ("slower", "2.000"));
        let [low, high]: [f64; 2] = [low, high].map(|number| number.parse().unwrap());
        assert!((1.884..2.0).contains(&low) && (2.0..=2.167).contains(&high), "{compared}");
    }
}
