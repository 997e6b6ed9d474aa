//! CSV, RFC 4180, with `\n` line ends: names exactly as they are, quoted where they must be.

use super::Report;
use std::io;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(out);
    csv.write_record(report.header())?;
    let mut figure = String::new();
    for row in &report.rows {
        for name in report.names(row) {
            csv.write_field(name)?;
        }
        for column in &report.columns {
            use std::fmt::Write;
            figure.clear();
            let _ = write!(figure, "{}", column.of(&row.counts));
            csv.write_field(&figure)?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}
