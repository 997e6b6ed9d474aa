//! CSV: a row for each number of threads.

use super::Sheet;
use std::io;

pub(super) fn write(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    let header = "threads,runs,median_s,fastest_s,slowest_s,spread,bytes_per_s,records_per_s,speed_up,efficiency";
    writeln!(out, "{header}")?;
    let scaling = &sheet.scaling;
    for row in &scaling.rows {
        let quartiles = row.quartiles();
        let per_second = |number: u64| number as f64 / quartiles.median;
        writeln!(
            out,
            "{},{},{:.6},{:.6},{:.6},{:.4},{:.0},{:.0},{:.3},{:.3}",
            row.threads,
            row.seconds.len(),
            quartiles.median,
            row.fastest(),
            row.slowest(),
            quartiles.spread(),
            per_second(scaling.work.bytes),
            per_second(scaling.work.records),
            scaling.speed_up(row),
            scaling.efficiency(row),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::report::scaling::{
        Form,
        tests::{sheet, written},
    };

    #[test]
    fn a_row_for_each_number_of_threads() {
        let expected = "\
threads,runs,median_s,fastest_s,slowest_s,spread,bytes_per_s,records_per_s,speed_up,efficiency
1,3,1.000000,0.980000,1.020000,0.0100,1000000000,4000000,1.000,1.000
2,3,0.500000,0.490000,0.520000,0.0150,2000000000,8000000,2.000,1.000
4,3,0.330000,0.330000,0.340000,0.0076,3030303030,12121212,3.030,0.758
";
        assert_eq!(written(&sheet(), Form::Csv), expected);
    }
}
