//! The forms that a report can be written in.

use std::{fmt, str::FromStr};

/// A form that a report can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180 with `\n`.
    #[default]
    Csv,
    /// The same with tabs for commas.
    Tsv,
    /// One document.
    Json,
    /// An object on each line, for one row each.
    Ndjson,
    /// Columns for people.
    Table,
    /// A table of GitHub Flavored Markdown.
    Markdown,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 6] = [Form::Csv, Form::Tsv, Form::Json, Form::Ndjson, Form::Table, Form::Markdown];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Tsv => "tsv",
            Form::Json => "json",
            Form::Ndjson => "ndjson",
            Form::Table => "table",
            Form::Markdown => "markdown",
        }
    }
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownForm(String);

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Form::ALL.map(Form::name).join(", ");
        write!(f, "a report cannot be written as '{}'; choose one of {names}", self.0)
    }
}

impl std::error::Error for UnknownForm {}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Form::ALL.into_iter().find(|form| form.name() == name).ok_or_else(|| UnknownForm(name.to_owned()))
    }
}
