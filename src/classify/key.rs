//! What records are grouped by, and how a group's names are one string of bytes for the map.

use crate::parse::{Lookup, time::Unit};
use std::{fmt, str::FromStr};

/// A property that records can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyField {
    /// The record's service, or its file's path service.
    Service,
    /// The record's level, `-` if it has none.
    Level,
    /// The minute, hour or day that it was written in, in the zone of the report; `-` where no time is logged.
    Time(Unit),
    /// The format that recognised the record.
    Format,
    /// The path of its file.
    File,
    /// The folder of its file.
    Dir,
    /// The machine that it is from, `-` where that is not logged.
    Host,
    /// The status of the response that it tells of, `-` where there is none.
    Status,
    /// The value of a key, a field or a group, `-` where there is none. Holds the name as it was typed, `field:` included.
    Field(&'static str),
}

/// What is behind this is the name of a key.
const FIELD: &str = "field:";

impl KeyField {
    /// All of them that have names of their own.
    pub const ALL: [KeyField; 10] = [
        KeyField::Service,
        KeyField::Level,
        KeyField::Time(Unit::Minute),
        KeyField::Time(Unit::Hour),
        KeyField::Time(Unit::Day),
        KeyField::Host,
        KeyField::Status,
        KeyField::Format,
        KeyField::File,
        KeyField::Dir,
    ];

    /// The name on the command line and in a report's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyField::Service => "service",
            KeyField::Level => "level",
            KeyField::Time(unit) => unit.name(),
            KeyField::Format => "format",
            KeyField::File => "file",
            KeyField::Dir => "dir",
            KeyField::Host => "host",
            KeyField::Status => "status",
            KeyField::Field(name) => name,
        }
    }
}

/// A key that records cannot be grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey(String);

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = KeyField::ALL.map(KeyField::name).join(", ");
        write!(f, "records cannot be grouped by '{}'; choose among {names}, or field:NAME for a key's value", self.0)
    }
}

impl std::error::Error for UnknownKey {}

impl FromStr for KeyField {
    type Err = UnknownKey;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.strip_prefix(FIELD).is_some_and(|key| !key.is_empty() && key.split('.').count() <= MAX_PARTS) {
            // Typed once in a run, and wanted to its end.
            return Ok(KeyField::Field(String::from(name).leak()));
        }
        KeyField::ALL.into_iter().find(|key| key.name() == name).ok_or_else(|| UnknownKey(name.to_owned()))
    }
}

/// No log nests its fields so deep, and each part is a step down the stack.
pub const MAX_PARTS: usize = 32;

/// Keys as they are typed: `service,level`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyList(pub Vec<KeyField>);

impl FromStr for KeyList {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::trim).map(str::parse).collect::<Result<_, _>>().map(KeyList)
    }
}

/// The keys of a run in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlan {
    fields: Vec<KeyField>,
}

impl KeyField {
    /// How its value is looked for on a line, if that is beside what parsing finds.
    #[must_use]
    pub fn lookup(self) -> Option<Lookup> {
        match self {
            KeyField::Host => Some(Lookup::host()),
            KeyField::Status => Some(Lookup::status()),
            KeyField::Field(name) => Some(Lookup::field(name.strip_prefix(FIELD).unwrap_or(name))),
            _ => None,
        }
    }
}

impl Default for KeyPlan {
    fn default() -> Self {
        KeyPlan::new(&[KeyField::Service])
    }
}

impl KeyPlan {
    /// Groups by these, a repeated one only once.
    #[must_use]
    pub fn new(fields: &[KeyField]) -> KeyPlan {
        let mut unique = Vec::new();
        for field in fields {
            if !unique.contains(field) {
                unique.push(*field);
            }
        }
        KeyPlan { fields: unique }
    }

    /// The keys.
    #[must_use]
    pub fn fields(&self) -> &[KeyField] {
        &self.fields
    }

    /// Whether `field` is among them.
    #[must_use]
    pub fn has(&self, field: KeyField) -> bool {
        self.fields.contains(&field)
    }

    /// The finest unit of time among them.
    #[must_use]
    pub fn finest_unit(&self) -> Option<Unit> {
        self.fields.iter().filter_map(|field| if let KeyField::Time(unit) = field { Some(*unit) } else { None }).min()
    }

    /// One string for the names of a group. A single name is itself; several are preceded by their lengths, since
    /// names may hold any byte.
    #[inline(always)]
    pub fn encode<'a>(&self, mut name_of: impl FnMut(KeyField) -> &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
        if let [field] = *self.fields {
            return name_of(field);
        }
        buffer.clear();
        for field in &self.fields {
            put(name_of(*field), buffer);
        }
        buffer
    }

    /// What stands around a service's name in a key, where it is the only name that is not known.
    #[must_use]
    pub fn frame<'a>(&self, name_of: impl Fn(KeyField) -> &'a [u8]) -> Frame {
        let mut frame = Frame::default();
        let mut side = &mut frame.before;
        for field in &self.fields {
            if *field == KeyField::Service {
                side = &mut frame.after;
            } else {
                put(name_of(*field), side);
            }
        }
        frame
    }

    /// The names that [`KeyPlan::encode`] put together.
    #[must_use]
    pub fn decode<'k>(&self, key: &'k [u8]) -> Vec<&'k [u8]> {
        self.names(key).collect()
    }

    /// The same, one after the other.
    pub fn names<'k>(&self, key: &'k [u8]) -> impl Iterator<Item = &'k [u8]> + use<'k> {
        let (only, mut several) = if self.fields.len() == 1 { (Some(key), [].as_slice()) } else { (None, key) };
        let next = move || {
            let (len, rest) = several.split_first_chunk::<4>()?;
            let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            several = rest;
            Some(name)
        };
        only.into_iter().chain(std::iter::from_fn(next))
    }
}

/// Appends a name, and before it its length.
#[inline(always)]
fn put(name: &[u8], buffer: &mut Vec<u8>) {
    // Names come from lines judged up to 1 MiB, so their lengths fit.
    buffer.extend_from_slice(&(name.len() as u32).to_le_bytes());
    buffer.extend_from_slice(name);
}

/// What stands around one name in a key of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Frame {
    /// Puts a name in, and gives the key that [`KeyPlan::encode`] would have given.
    pub fn fill<'b>(&self, name: &[u8], buffer: &'b mut Vec<u8>) -> &'b [u8] {
        buffer.clear();
        buffer.extend_from_slice(&self.before);
        put(name, buffer);
        buffer.extend_from_slice(&self.after);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_come_back_whole(names in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..5)) {
            let plan = KeyPlan::new(&KeyField::ALL[..names.len()]);
            let mut buffer = Vec::new();
            let name_of = |field| names[plan.fields().iter().position(|known| *known == field).unwrap()].as_slice();
            let key = plan.encode(name_of, &mut buffer).to_vec();
            prop_assert_eq!(plan.decode(&key), names.clone());
            // `service` is the first of all keys, and stands anywhere in a plan.
            if names.len() > 1 {
                let frame = plan.frame(name_of);
                let mut filled = Vec::new();
                prop_assert_eq!(frame.fill(&names[0], &mut filled), &*key);
            }
        }
    }
}
