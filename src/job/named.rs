//! How lines are read, and where services come from.

use super::UsageError;
use crate::{
    classify::{MAX_PARTS, ServiceFrom},
    cli::Naming,
    parse::{Format, Messages, UserFormats, declared},
};
use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt};

/// How lines are read, and where services come from.
pub(super) struct Named {
    pub(super) service_from: ServiceFrom,
    pub(super) service_fields: Vec<Vec<u8>>,
    pub(super) log_format: Option<Format>,
    pub(super) declared: UserFormats,
    pub(super) messages: Messages,
}

impl Named {
    pub(super) fn new(naming: Naming) -> Result<Named, UsageError> {
        let declared = user_formats(&naming)?;
        let named = |name: &String| Format::named(name, &declared.formats).map_err(UsageError::LogFormat);
        let log_format = naming.log_format.as_ref().map(named).transpose()?;
        let service_from = naming.service_from.unwrap_or_default();
        let service_fields = service_fields(naming.service_field, &service_from)?;
        let messages = if naming.unwrap { Messages::Unwrapped } else { Messages::Kept };
        Ok(Named { service_from, service_fields, log_format, declared, messages })
    }
}

/// The formats that the user declares: what is said last goes first, so that the nearer wins.
fn user_formats(naming: &Naming) -> Result<UserFormats, UsageError> {
    let mut formats = Vec::new();
    for file in naming.log_format_file.iter().rev() {
        let text = fs::read(file).map_err(|error| UsageError::UnreadFormats(file.clone(), error.to_string()))?;
        let text = String::from_utf8(text).map_err(|_| UsageError::UnreadFormats(file.clone(), "it is not UTF-8".to_owned()))?;
        let entries = declared::load(&text).map_err(|error| UsageError::BadFormats(file.clone(), error))?;
        formats.extend(entries.into_iter().filter_map(|entry| match entry.format {
            Format::Declared(declared) => Some(declared),
            _ => None,
        }));
    }
    Ok(UserFormats { patterns: naming.pattern.iter().map(|pattern| pattern.0).collect(), formats })
}

fn service_fields(typed: Vec<OsString>, service_from: &ServiceFrom) -> Result<Vec<Vec<u8>>, UsageError> {
    let fields: Vec<Vec<u8>> = typed.into_iter().map(OsStringExt::into_vec).collect();
    if fields.len() > crate::parse::keys::MAX_USER_FIELDS {
        return Err(UsageError::TooManyServiceFields(fields.len()));
    }
    if fields.iter().any(Vec::is_empty) {
        return Err(UsageError::EmptyServiceField);
    }
    if let Some(parts) = fields.iter().map(|field| field.split(|byte| *byte == b'.').count()).find(|parts| *parts > MAX_PARTS) {
        return Err(UsageError::DeepServiceField(parts));
    }
    if !fields.is_empty() && matches!(service_from, ServiceFrom::Path | ServiceFrom::Template(_)) {
        return Err(UsageError::ServiceFieldUnused);
    }
    Ok(fields)
}
