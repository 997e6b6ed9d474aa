//! What a report shows of each group.

use crate::tally::Counts;
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
}

impl Column {
    /// All columns.
    pub const ALL: [Column; 5] = [Column::Records, Column::Lines, Column::Bytes, Column::Errors, Column::Warnings];

    /// The name on the command line and in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Column::Records => "records",
            Column::Lines => "lines",
            Column::Bytes => "bytes",
            Column::Errors => "errors",
            Column::Warnings => "warnings",
        }
    }

    /// Whether levels must be counted for it.
    #[must_use]
    pub const fn needs_levels(self) -> bool {
        matches!(self, Column::Errors | Column::Warnings)
    }

    /// Its figure in these counts.
    #[must_use]
    pub const fn of(self, counts: &Counts) -> u64 {
        match self {
            Column::Records => counts.records,
            Column::Lines => counts.lines,
            Column::Bytes => counts.bytes,
            Column::Errors => counts.errors,
            Column::Warnings => counts.warnings,
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
