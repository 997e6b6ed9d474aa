//! What a parser takes from the first line of a record, and what it may leave out.

use super::level::Level;

/// The parts of a record that the run asks for. A parser skips the work for all others: a count by
/// service alone never looks for a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(u8);

impl Wanted {
    /// Only whether the line begins a record.
    pub const NOTHING: Wanted = Wanted(0);
    /// The service name.
    pub const SERVICE: Wanted = Wanted(1);
    /// The level.
    pub const LEVEL: Wanted = Wanted(2);
    /// Everything a parser can give; detection asks for this.
    pub const ALL: Wanted = Wanted(3);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Wanted) -> Wanted {
        Wanted(self.0 | other.0)
    }

    /// Whether every part of `part` is asked for.
    #[must_use]
    pub const fn has(self, part: Wanted) -> bool {
        self.0 & part.0 == part.0
    }
}

/// One record as its first line tells it.
///
/// The name borrows from the line, or from the parser's scratch where escapes had to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The service the record names, never empty; `None` where it names none (or none was wanted).
    pub service: Option<&'a [u8]>,
    /// The level; `None` where the record has none (or none was wanted).
    pub level: Option<Level>,
}

impl<'a> Record<'a> {
    /// A record that names nothing: it counts under its file's path service.
    pub const BARE: Record<'static> = Record { service: None, level: None };

    /// A record of `service`, where an empty name counts as none.
    #[must_use]
    pub fn new(service: &'a [u8], level: Option<Level>) -> Record<'a> {
        Record { service: (!service.is_empty()).then_some(service), level }
    }
}
