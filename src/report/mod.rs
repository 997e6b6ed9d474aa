//! Counts to paper: one model, and a short file for each form that it can be written in.

mod column;
mod csv;
mod json;
mod output;
mod table;

pub use column::{Column, UnknownColumn};
pub use output::{Destination, WriteError};

use crate::{
    classify::{KeyField, KeyPlan},
    failure::Failure,
    tally::Counts,
};
use std::{fmt, io, path::PathBuf, str::FromStr};

/// What a run has to say, ready to be written.
#[derive(Debug)]
pub struct Report {
    /// What the rows are grouped by.
    pub keys: KeyPlan,
    /// What is shown of each group.
    pub columns: Vec<Column>,
    /// One for each group, in the order in which they are shown.
    pub rows: Vec<Row>,
    /// The sum of all groups.
    pub totals: Counts,
    /// What became of the files.
    pub files: Files,
    /// How the report was asked for, as (name, value).
    pub settings: Vec<(&'static str, String)>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    key: Box<[u8]>,
    /// Its counts.
    pub counts: Counts,
}

/// What became of the files.
#[derive(Debug, Default)]
pub struct Files {
    /// Counted whole, the empty ones among them.
    pub counted: u64,
    /// Not text, passed over.
    pub binary: Vec<PathBuf>,
    /// Not counted, or not to their end.
    pub failures: Vec<Failure>,
}

/// Whether a report says all there was to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every file that was found is counted.
    Complete,
    /// Something failed, or nothing was found at all.
    Incomplete,
}

impl Files {
    /// Whether all is counted. Where there was no file at all, an archive was not mounted or a name mistyped.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        let found = self.counted > 0 || !self.binary.is_empty();
        if found && self.failures.is_empty() { Completeness::Complete } else { Completeness::Incomplete }
    }
}

impl Report {
    /// A report of these groups: most records first, equals by their names in byte order.
    #[must_use]
    pub fn new(
        keys: KeyPlan,
        columns: Vec<Column>,
        groups: Vec<(Box<[u8]>, Counts)>,
        files: Files,
        settings: Vec<(&'static str, String)>,
    ) -> Report {
        let mut rows: Vec<Row> = groups.into_iter().map(|(key, counts)| Row { key, counts }).collect();
        let mut totals = Counts::default();
        for row in &rows {
            totals += row.counts;
        }
        rows.sort_unstable_by(|a, b| {
            b.counts.records.cmp(&a.counts.records).then_with(|| match keys.fields().len() {
                1 => a.key.cmp(&b.key),
                _ => keys.decode(&a.key).cmp(&keys.decode(&b.key)),
            })
        });
        Report { keys, columns, rows, totals, files, settings }
    }

    /// The names of a row, one for each key.
    #[must_use]
    pub fn names<'r>(&self, row: &'r Row) -> Vec<&'r [u8]> {
        self.keys.decode(&row.key)
    }

    /// The header: the keys' names, then the columns'.
    pub fn header(&self) -> impl Iterator<Item = &'static str> {
        self.keys.fields().iter().map(|key: &KeyField| key.name()).chain(self.columns.iter().map(|column| column.name()))
    }

    /// Writes the report in a form.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, form: Form, out: &mut dyn io::Write) -> io::Result<()> {
        match form {
            Form::Csv => csv::write(self, out),
            Form::Json => json::write(self, out),
            Form::Table => table::write(self, out),
        }
    }
}

/// A form that a report can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180 with `\n`.
    #[default]
    Csv,
    /// One document.
    Json,
    /// Columns for people.
    Table,
}

impl Form {
    const ALL: [(Form, &'static str); 3] = [(Form::Csv, "csv"), (Form::Json, "json"), (Form::Table, "table")];
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownForm(String);

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Form::ALL.map(|(_, name)| name).join(", ");
        write!(f, "a report cannot be written as '{}'; choose one of {names}", self.0)
    }
}

impl std::error::Error for UnknownForm {}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Form::ALL.into_iter().find(|(_, known)| *known == name).map(|(form, _)| form).ok_or_else(|| UnknownForm(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(records: u64) -> Counts {
        Counts { records, lines: records + 1, bytes: records * 100, ..Counts::default() }
    }

    #[test]
    fn most_records_first_then_names_in_byte_order() {
        let group = |name: &str, records| (name.as_bytes().into(), counts(records));
        let report = Report::new(
            KeyPlan::new(&[KeyField::Service]),
            vec![Column::Records],
            vec![group("b", 1), group("ä", 1), group("a", 1), group("B", 1), group("most", 5)],
            Files::default(),
            Vec::new(),
        );
        let names: Vec<_> = report.rows.iter().flat_map(|row| report.names(row)).map(String::from_utf8_lossy).collect();
        assert_eq!(names, ["most", "B", "a", "b", "ä"]);
        assert_eq!(report.totals, Counts { records: 9, lines: 14, bytes: 900, ..Counts::default() });
    }

    #[test]
    fn of_two_keys_the_first_decides_ties_not_its_length() {
        let plan = KeyPlan::new(&[KeyField::Service, KeyField::Level]);
        let group = |service: &'static str, level: &'static str| {
            let name_of = |field| if field == KeyField::Service { service.as_bytes() } else { level.as_bytes() };
            (plan.encode(name_of, &mut Vec::new()).into(), counts(1))
        };
        let groups = vec![group("b", "info"), group("aaa", "warn"), group("aaa", "error")];
        let report = Report::new(plan.clone(), vec![], groups, Files::default(), Vec::new());
        let names: Vec<_> = report.rows.iter().map(|row| report.names(row).join(&b' ')).collect();
        assert_eq!(names, [b"aaa error".to_vec(), b"aaa warn".to_vec(), b"b info".to_vec()]);
    }
}
