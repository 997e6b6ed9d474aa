//! What a report shows of each group.

use crate::{
    parse::time::{Moment, Zone},
    tally::Counts,
};
use std::{fmt, str::FromStr};

/// A figure of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Log entries.
    Records,
    /// Their lines.
    Lines,
    /// The bytes of those, newlines included.
    Bytes,
    /// Records of level error or fatal.
    Errors,
    /// Records of level warn.
    Warnings,
    /// When the earliest record was written.
    First,
    /// When the latest record was written.
    Last,
}

/// What a column says of a group. Of two the greater one is the more, or the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// So many.
    Number(u64),
    /// Then; `None` where no record has a time.
    Time(Option<Moment>),
}

/// What stands for a time where there is none.
pub(super) const NO_TIME: &str = "-";

impl Figure {
    /// The number in digits, or the time as RFC 3339 has it.
    #[must_use]
    pub fn show(self, zone: &Zone) -> String {
        match self {
            Figure::Number(number) => number.to_string(),
            Figure::Time(Some(moment)) => moment.show(zone),
            Figure::Time(None) => NO_TIME.to_owned(),
        }
    }
}

impl Column {
    /// All columns.
    pub const ALL: [Column; 7] =
        [Column::Records, Column::Lines, Column::Bytes, Column::Errors, Column::Warnings, Column::First, Column::Last];

    /// The name on the command line and in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Column::Records => "records",
            Column::Lines => "lines",
            Column::Bytes => "bytes",
            Column::Errors => "errors",
            Column::Warnings => "warnings",
            Column::First => "first",
            Column::Last => "last",
        }
    }

    /// Whether levels must be counted for it.
    #[must_use]
    pub const fn needs_levels(self) -> bool {
        matches!(self, Column::Errors | Column::Warnings)
    }

    /// Whether times must be kept for it.
    #[must_use]
    pub const fn needs_times(self) -> bool {
        matches!(self, Column::First | Column::Last)
    }

    /// Its figure in these counts.
    #[must_use]
    pub fn of(self, counts: &Counts) -> Figure {
        match self {
            Column::Records => Figure::Number(counts.records),
            Column::Lines => Figure::Number(counts.lines),
            Column::Bytes => Figure::Number(counts.bytes),
            Column::Errors => Figure::Number(counts.errors),
            Column::Warnings => Figure::Number(counts.warnings),
            Column::First => Figure::Time(counts.times.first()),
            Column::Last => Figure::Time(counts.times.last()),
        }
    }
}

/// Columns as they are typed: `records,errors`; a repeated one counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnList(pub Vec<Column>);

impl FromStr for ColumnList {
    type Err = UnknownColumn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut columns = Vec::new();
        for name in text.split(',').map(str::trim) {
            let column = name.parse()?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Ok(ColumnList(columns))
    }
}

/// A column that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColumn(String);

impl fmt::Display for UnknownColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Column::ALL.map(Column::name).join(", ");
        write!(f, "there is no column '{}'; choose among {names}", self.0)
    }
}

impl std::error::Error for UnknownColumn {}

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Column::ALL.into_iter().find(|column| column.name() == name).ok_or_else(|| UnknownColumn(name.to_owned()))
    }
}
