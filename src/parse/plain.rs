//! Text of no known format: every line that is not blank is a record of the file's path service.

use super::record::Record;

/// A bare record for any line that holds more than white space.
#[inline]
#[must_use]
pub fn parse(line: &[u8]) -> Option<Record<'static>> {
    (!line.trim_ascii().is_empty()).then_some(Record::BARE)
}
