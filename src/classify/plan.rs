//! What is to be counted: what a user chose, and what it asks of the parsers and the [`Classifier`](super::Classifier).

use super::{
    filter::Filter,
    key::{KeyField, KeyPlan},
    times::{Extremes, Times, Timing},
};
use crate::{
    parse::{Format, Lookup, Messages, Rules, UserFormats, record::Wanted},
    walk::Template,
};
use std::{fmt, str::FromStr};

/// How a run groups its records; the same for all files.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the parsers are asked for.
    pub rules: Rules,
    /// What records are grouped by.
    pub keys: KeyPlan,
    /// Where services come from.
    pub service_from: ServiceFrom,
    /// Which records count.
    pub filter: Filter,
    /// For each key that is looked for beside what parsing finds, how.
    pub(super) lookups: Vec<Lookup>,
    /// How records' times are found, if they are wanted.
    pub(super) timing: Option<Timing>,
}

impl Plan {
    /// What these choices ask of the parsers and the classifier.
    #[must_use]
    pub fn new(choices: Choices<'_>) -> Plan {
        let Choices { keys, service_from, service_fields, levels, log_format, declared, messages, filter, times } = choices;
        let mut wanted = Wanted::NOTHING;
        let by_service = keys.has(KeyField::Service) || !filter.services.is_empty();
        if by_service && matches!(service_from, ServiceFrom::RecordThenPath | ServiceFrom::Record) {
            wanted = wanted.and(Wanted::SERVICE);
        }
        if keys.has(KeyField::Level) || levels == Levels::Counted || filter.levels.is_some() {
            wanted = wanted.and(Wanted::LEVEL);
        }
        let lookups = keys.fields().iter().filter_map(|field| Some(field.lookup()?.with_messages(messages))).collect();
        let unit = keys.finest_unit();
        let timed = unit.is_some() || !filter.span.is_open() || times.extremes == Extremes::Kept;
        let timing = timed.then(|| Timing::new(times, unit, filter.span));
        let rules = Rules::new(wanted, service_fields, log_format).with_formats(declared).with_messages(messages);
        Plan { rules, keys, service_from, filter, lookups, timing }
    }
}

/// What a user chose that bears on a line's group.
#[derive(Clone, Debug, Default)]
pub struct Choices<'c> {
    /// What to group by.
    pub keys: KeyPlan,
    /// Where services come from.
    pub service_from: ServiceFrom,
    /// Keys of structured logs that hold the service, before the usual ones.
    pub service_fields: &'c [Vec<u8>],
    /// Whether levels are shown.
    pub levels: Levels,
    /// The format of all files, instead of the one that is found out.
    pub log_format: Option<Format>,
    /// Formats of the user's own.
    pub declared: UserFormats,
    /// Whether messages are looked into.
    pub messages: Messages,
    /// Which records count.
    pub filter: Filter,
    /// What is made of times.
    pub times: Times,
}

/// Whether errors and warnings are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Levels {
    /// They are: each record's level is found out.
    Counted,
    /// They are not.
    #[default]
    Ignored,
}

/// Where a record's service comes from.
#[derive(Clone, Debug, Default)]
pub enum ServiceFrom {
    /// What the record names, else the path.
    #[default]
    RecordThenPath,
    /// Only what the record names; `-` where it names none.
    Record,
    /// Only the path.
    Path,
    /// Only the path, by the user's template; `-` where it does not fit.
    Template(Template),
}

impl fmt::Display for ServiceFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceFrom::RecordThenPath => f.write_str("record, then path"),
            ServiceFrom::Record => f.write_str("record"),
            ServiceFrom::Path => f.write_str("path"),
            ServiceFrom::Template(template) => write!(f, "path:{template}"),
        }
    }
}

/// A source of services that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadServiceFrom(String);

impl fmt::Display for BadServiceFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadServiceFrom {}

impl FromStr for ServiceFrom {
    type Err = BadServiceFrom;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "record" => Ok(ServiceFrom::Record),
            None if text == "path" => Ok(ServiceFrom::Path),
            Some(("path", template)) => template
                .parse()
                .map(ServiceFrom::Template)
                .map_err(|error: crate::walk::TemplateError| BadServiceFrom(error.to_string())),
            _ => Err(BadServiceFrom(format!(
                "services cannot come from '{text}'; write record, path, or path:TEMPLATE such as 'path:{{service}}/*.log'"
            ))),
        }
    }
}
