//! The value of a time: from its text to an instant.
//!
//! [`super::timestamp`] tells how far a time goes in a line; here is what it says. Three things that a text leaves open are
//! settled by a [`Clock`]: the zone of a time without one, the year of `Jan 15 10:00:00`, and the day of `10:00:00`.

mod read;
mod stamp;
mod typed;
mod unit;
mod zone;

pub use stamp::{Stamp, When};
pub use typed::{BadTime, Typed};
pub use unit::{Bucket, Unit};
pub use zone::{BadZone, Zone};

use read::{Day, Said, Written};

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z (without leap seconds), from 1678 to 2261.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

impl Moment {
    /// The first one.
    pub const MIN: Moment = Moment(i64::MIN);
    /// The last one.
    pub const MAX: Moment = Moment(i64::MAX);

    /// So many nanoseconds after 1970.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Moment {
        Moment(nanos)
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds since 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// Seconds since 1970 and nanoseconds, where they fit.
    #[must_use]
    pub fn new(seconds: i64, nanos: u32) -> Option<Moment> {
        seconds.checked_mul(SECOND)?.checked_add(i64::from(nanos)).map(Moment)
    }

    /// The beginning of a day.
    #[must_use]
    pub fn of_day(year: i32, month: u32, day: u32, zone: &Zone) -> Option<Moment> {
        Moment::new(zone.instant(days_of(year, month, day)? * DAY)?, 0)
    }

    /// So many seconds later, as far as there are moments.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// RFC 3339, with as many digits of a second as it has: none, three, six or nine.
    #[must_use]
    pub fn show(self, zone: &Zone) -> String {
        let offset = zone.offset_at(self);
        let local = self.seconds() + i64::from(offset);
        let (year, month, day) = date_of(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let nanos = self.0.rem_euclid(SECOND);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        if nanos % 1_000_000 != 0 {
            text.push_str(format!(".{nanos:09}").trim_end_matches("000"));
        } else if nanos != 0 {
            text.push_str(&format!(".{:03}", nanos / 1_000_000));
        }
        text.push_str(&zone.show_offset(offset));
        text
    }
}

/// What settles the times of a file that leave something open.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'z> {
    /// The zone of times that say none.
    pub assume: &'z Zone,
    /// About when the file was written.
    pub reference: Moment,
}

impl Clock<'_> {
    /// The instant that a text says; `None` if it is not a time, whole and with nothing around it.
    #[must_use]
    pub fn moment(&self, text: &[u8]) -> Option<Moment> {
        self.settle(&read::read(text)?.said)
    }

    fn settle(&self, said: &Said) -> Option<Moment> {
        let Written { day, second, nanos, offset } = match said {
            Said::Epoch(moment) => return Some(*moment),
            Said::Written(written) => *written,
        };
        let of_day = |days: i64| {
            let local = days.checked_mul(DAY)?.checked_add(i64::from(second))?;
            let seconds = match offset {
                Some(offset) => local.checked_sub(i64::from(offset))?,
                None => self.assume.instant(local)?,
            };
            Moment::new(seconds, nanos)
        };
        // Where the clock was that showed the time.
        let there = || offset.unwrap_or_else(|| self.assume.offset_at(self.reference));
        let reference_day = || (self.reference.seconds() + i64::from(there())).div_euclid(DAY);
        match day {
            Day::Date(days) => of_day(days),
            Day::Today => of_day(reference_day()),
            Day::OfYear { month, day } => {
                let latest = self.reference.plus_seconds(DAY);
                let (year, ..) = date_of(reference_day());
                // Leap years are up to eight years apart.
                (0..=9).find_map(|back| of_day(days_of(year + 1 - back, month, day)?).filter(|moment| *moment <= latest))
            }
        }
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` if there is no such day.
fn days_of(year: i32, month: u32, day: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    // Years that begin in March have their odd day at the end; 400 of them have always the same length.
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468)
}

/// Year, month and day, so many days after 1970-01-01.
fn date_of(days: i64) -> (i32, u32, u32) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    ((era * 400 + year + i64::from(month <= 2)) as i32, month as u32, day as u32)
}

#[cfg(test)]
mod tests;
