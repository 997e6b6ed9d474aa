//! What the lines of a file turned out to be, whatever groups they count in: by this it can be told whether the counts are to be
//! wondered at. Only sums, as all counts are.

use std::{
    fmt,
    ops::{AddAssign, Sub},
};

/// Sums over lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that begin a record of the report.
    pub records: u64,
    /// Those that begin a record which filters leave out.
    pub left_out: u64,
    /// Those that begin no record and are not blank.
    pub strays: u64,
    /// Of the records of the report, those that name no service; where none was asked for, that is all of them.
    pub nameless: u64,
}

impl Seen {
    /// Of the lines that are not blank, those that begin a record.
    #[must_use]
    pub const fn recognised(self) -> Share {
        let begun = self.records + self.left_out;
        Share { part: begun, whole: begun + self.strays }
    }

    /// Of the records of the report, those that name their services; it says something only where these were asked for.
    #[must_use]
    pub const fn named(self) -> Share {
        Share { part: self.records.saturating_sub(self.nameless), whole: self.records }
    }
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Seen) {
        self.records += other.records;
        self.left_out += other.left_out;
        self.strays += other.strays;
        self.nameless += other.nameless;
    }
}

impl Sub for Seen {
    type Output = Seen;

    /// What came to `earlier` since.
    fn sub(self, earlier: Seen) -> Seen {
        Seen {
            records: self.records - earlier.records,
            left_out: self.left_out - earlier.left_out,
            strays: self.strays - earlier.strays,
            nameless: self.nameless - earlier.nameless,
        }
    }
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// So many.
    pub part: u64,
    /// Of so many.
    pub whole: u64,
}

impl Share {
    /// Whether it is less than half; of nothing it is not.
    #[must_use]
    pub const fn is_minor(self) -> bool {
        self.part < self.whole - self.part
    }
}

impl fmt::Display for Share {
    /// As a decimal of three digits, cut and not rounded, so that only all is `1.000`; nothing where there is no whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(thousandths) = (u128::from(self.part) * 1000).checked_div(u128::from(self.whole)) else { return Ok(()) };
        write!(f, "{}.{:03}", thousandths / 1000, thousandths % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (part, whole, shown, minor) in [
            (0, 0, "", false),
            (0, 3, "0.000", true),
            (1, 3, "0.333", true),
            (1, 2, "0.500", false),
            (9999, 10_000, "0.999", false),
            (3, 3, "1.000", false),
            (u64::MAX, u64::MAX, "1.000", false),
        ] {
            let share = Share { part, whole };
            assert_eq!((share.to_string().as_str(), share.is_minor()), (shown, minor), "{share:?}");
        }
    }
}
