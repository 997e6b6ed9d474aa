//! What was typed, checked and compiled: from here on nothing can be misspelt any more.

use crate::{
    classify::{Choices, KeyField, KeyPlan, Levels, Plan, ServiceFrom},
    cli::Cli,
    engine,
    report::{Column, Destination, Form},
};
use std::{fmt, os::unix::ffi::OsStringExt, path::PathBuf};

/// One run of the tool.
#[derive(Debug)]
pub struct Job {
    /// Where to look for files.
    pub roots: Vec<PathBuf>,
    /// How to count them.
    pub settings: engine::Settings,
    /// What to show.
    pub columns: Vec<Column>,
    /// In which form.
    pub form: Form,
    /// Where.
    pub destination: Destination,
    /// How the report was asked for, for the report itself.
    pub described: Vec<(&'static str, String)>,
}

/// Something typed that makes no sense together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageError {
    /// More `--service-field` than can be looked for at once.
    TooManyServiceFields(usize),
    /// `--service-field` with a source that never looks at fields.
    ServiceFieldUnused,
    /// A `--service-field` of more parts than objects are nested.
    DeepServiceField(usize),
    /// An empty `--service-field`.
    EmptyServiceField,
}

/// No log nests its fields so deep, and each part is a step down the stack.
const MAX_PARTS: usize = 32;

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsageError::TooManyServiceFields(number) => {
                let most = crate::parse::keys::MAX_USER_FIELDS;
                write!(f, "--service-field was given {number} times; at most {most} keys can be looked for")
            }
            UsageError::ServiceFieldUnused => f.write_str(
                "--service-field has no use with --service-from path: fields are in records; leave out one of the two",
            ),
            UsageError::DeepServiceField(parts) => {
                write!(f, "--service-field was given a path of {parts} parts; at most {MAX_PARTS} are followed")
            }
            UsageError::EmptyServiceField => f.write_str("--service-field needs a key's name, such as --service-field team"),
        }
    }
}

impl std::error::Error for UsageError {}

impl TryFrom<Cli> for Job {
    type Error = UsageError;

    fn try_from(cli: Cli) -> Result<Self, UsageError> {
        let fields: Vec<Vec<u8>> = cli.service_field.into_iter().map(OsStringExt::into_vec).collect();
        let service_from = cli.service_from.unwrap_or_default();
        if fields.len() > crate::parse::keys::MAX_USER_FIELDS {
            return Err(UsageError::TooManyServiceFields(fields.len()));
        }
        if fields.iter().any(Vec::is_empty) {
            return Err(UsageError::EmptyServiceField);
        }
        if let Some(parts) = fields.iter().map(|field| field.split(|byte| *byte == b'.').count()).find(|parts| *parts > MAX_PARTS)
        {
            return Err(UsageError::DeepServiceField(parts));
        }
        if !fields.is_empty() && matches!(service_from, ServiceFrom::Path | ServiceFrom::Template(_)) {
            return Err(UsageError::ServiceFieldUnused);
        }
        let mut columns: Vec<Column> = Vec::new();
        for column in cli.columns {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let keys = KeyPlan::new(&cli.by);
        let described = vec![
            ("by", keys.fields().iter().map(|key: &KeyField| key.name()).collect::<Vec<_>>().join(",")),
            ("columns", columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(",")),
            ("service_from", service_from.to_string()),
            ("service_fields", fields.iter().map(|field| String::from_utf8_lossy(field)).collect::<Vec<_>>().join(",")),
            ("log_format", cli.log_format.map_or("detected", crate::parse::Format::name).to_owned()),
        ];
        let levels = if columns.iter().any(|column| column.needs_levels()) { Levels::Counted } else { Levels::Ignored };
        let plan = Plan::new(Choices {
            keys,
            service_from,
            service_fields: &fields,
            levels,
            log_format: cli.log_format,
            ..Choices::default()
        });
        Ok(Job {
            roots: cli.paths,
            settings: engine::Settings {
                threads: cli.threads,
                strategy: cli.io,
                chunk_size: cli.chunk_size,
                plan,
                detail: engine::Detail::Faults,
            },
            columns,
            form: cli.format,
            destination: cli.output.map_or(Destination::Stdout, Destination::from),
            described,
        })
    }
}
