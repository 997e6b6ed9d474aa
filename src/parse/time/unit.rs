//! Minutes, hours and days of a zone: what records are grouped by.

use super::{DAY, Moment, Zone, date_of};

/// A stretch of time that a clock shows alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Sixty seconds.
    Minute,
    /// From full hour to full hour on the zone's clocks.
    Hour,
    /// From midnight to midnight there.
    Day,
}

/// One minute, hour or day. Their order is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(i64);

/// Offsets are less than a day, in seconds.
const OFFSETS: i64 = 1 << 18;

impl Unit {
    /// Its name among the keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Unit::Minute => 60,
            Unit::Hour => 3600,
            Unit::Day => DAY,
        }
    }

    /// Which one a moment is in. An hour that clocks show twice is two.
    #[must_use]
    pub fn of(self, moment: Moment, zone: &Zone) -> Bucket {
        let offset = i64::from(zone.offset_at(moment));
        let local = (moment.seconds() + offset).div_euclid(self.seconds()) * self.seconds();
        match self {
            // A day is one day even if it has two offsets.
            Unit::Day => Bucket(local * OFFSETS),
            Unit::Minute | Unit::Hour => Bucket((local - offset) * OFFSETS + offset + OFFSETS / 2),
        }
    }

    /// Appends a bucket's name: `2024-01-15`, or RFC 3339 of its beginning. The bucket may be of a finer unit: then it is the name
    /// of what it is part of.
    pub fn write(self, bucket: Bucket, finest: Unit, zone: &Zone, out: &mut Vec<u8>) {
        let (local, offset) = match finest {
            Unit::Day => (bucket.0.div_euclid(OFFSETS), 0),
            Unit::Minute | Unit::Hour => {
                let offset = bucket.0.rem_euclid(OFFSETS) - OFFSETS / 2;
                (bucket.0.div_euclid(OFFSETS) + offset, offset)
            }
        };
        let (year, month, day) = date_of(local.div_euclid(DAY));
        out.extend_from_slice(format!("{year:04}-{month:02}-{day:02}").as_bytes());
        let minute = local.rem_euclid(DAY) / 60;
        let minute_of_hour = if self == Unit::Minute { minute % 60 } else { 0 };
        if self != Unit::Day {
            out.extend_from_slice(format!("T{:02}:{minute_of_hour:02}:00", minute / 60).as_bytes());
            out.extend_from_slice(zone.show_offset(offset as i32).as_bytes());
        }
    }
}
