//! CSV, RFC 4180, with `\n` line ends: names exactly as they are, quoted where they must be.

use super::Report;
use std::{fmt::Write as _, io};

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(out);
    write_rows(report, &mut csv).map_err(|error| match error.into_kind() {
        // As the system gave it, so that a reader that went away is still known as such.
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })?;
    csv.flush()
}

fn write_rows<W: io::Write>(report: &Report, csv: &mut ::csv::Writer<W>) -> ::csv::Result<()> {
    csv.write_record(report.header())?;
    let mut figure = String::new();
    for row in &report.rows {
        for name in report.names(row) {
            csv.write_field(name)?;
        }
        for column in &report.columns {
            figure.clear();
            let _ = write!(figure, "{}", column.of(&row.counts));
            csv.write_field(&figure)?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(())
}
