//! Times as people type them: a day, a time, or how long ago.

use super::{Clock, DAY, Moment, Zone};
use std::{fmt, str::FromStr};

/// A time that was typed. What it means depends on the zone, and on when now is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    text: String,
    meaning: Meaning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// What the text says.
    Written,
    /// So many seconds ago.
    Ago(i64),
    /// The midnight so many days before the next one.
    DaysBack(i64),
}

impl Typed {
    /// The moment that is meant; `None` if it is out of all reason.
    #[must_use]
    pub fn moment(&self, now: Moment, zone: &Zone) -> Option<Moment> {
        match self.meaning {
            Meaning::Written => Clock { assume: zone, reference: now }.moment(self.text.as_bytes()),
            Meaning::Ago(seconds) => Some(now.plus_seconds(-seconds)),
            Meaning::DaysBack(days) => {
                let today = (now.seconds() + i64::from(zone.offset_at(now))).div_euclid(DAY);
                Moment::new(zone.instant((today - days) * DAY)?, 0)
            }
        }
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTime(String);

impl fmt::Display for BadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is no time; write 2024-01-15, 2024-01-15T10:00, 2024-01-15T10:00:00Z, yesterday, today, now, or how long ago: 90m, 24h, 7d",
            self.0
        )
    }
}

impl std::error::Error for BadTime {}

impl FromStr for Typed {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        let meaning = match text {
            "now" => Some(Meaning::Ago(0)),
            "today" => Some(Meaning::DaysBack(0)),
            "yesterday" => Some(Meaning::DaysBack(1)),
            _ => match duration(text) {
                Some(seconds) => Some(Meaning::Ago(seconds)),
                None => {
                    let (assume, reference) = (&Zone::default(), Moment::from_nanos(0));
                    Clock { assume, reference }.moment(text.as_bytes()).map(|_| Meaning::Written)
                }
            },
        };
        meaning.map(|meaning| Typed { text: text.to_owned(), meaning }).ok_or_else(|| BadTime(text.to_owned()))
    }
}

/// `24h`, `1h30m`, in seconds.
fn duration(text: &str) -> Option<i64> {
    let mut sum = 0i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = rest.split_at_checked(digits)?;
        let seconds = match unit.bytes().next()? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => DAY,
            b'w' => 7 * DAY,
            _ => return None,
        };
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
        rest = unit.get(1..)?;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type() {
        let table = [
            // (text, zone, expected), at 2024-01-15T23:30:00Z
            ("now", "UTC", "2024-01-15T23:30:00Z"),
            ("today", "UTC", "2024-01-15T00:00:00Z"),
            ("yesterday", "UTC", "2024-01-14T00:00:00Z"),
            ("today", "Europe/Berlin", "2024-01-15T23:00:00Z"),
            ("yesterday", "Europe/Berlin", "2024-01-14T23:00:00Z"),
            ("24h", "UTC", "2024-01-14T23:30:00Z"),
            ("7d", "Europe/Berlin", "2024-01-08T23:30:00Z"),
            ("90m", "UTC", "2024-01-15T22:00:00Z"),
            ("1h30m", "UTC", "2024-01-15T22:00:00Z"),
            ("2w", "UTC", "2024-01-01T23:30:00Z"),
            ("2024-01-01", "UTC", "2024-01-01T00:00:00Z"),
            ("2024-01-01", "America/New_York", "2024-01-01T05:00:00Z"),
            ("2024-01-01T10:00", "Europe/Berlin", "2024-01-01T09:00:00Z"),
            ("2024-01-01 10:00:00", "Europe/Berlin", "2024-01-01T09:00:00Z"),
            ("2024-01-01T10:00:00Z", "Europe/Berlin", "2024-01-01T10:00:00Z"),
            ("2024-01-01T10:00:00.5+02:00", "UTC", "2024-01-01T08:00:00.500Z"),
            ("10:00", "UTC", "2024-01-15T10:00:00Z"),
            ("1700000000", "Europe/Berlin", "2023-11-14T22:13:20Z"),
            ("Jan 15 10:00:00", "UTC", "2024-01-15T10:00:00Z"),
            ("Dec 31 10:00:00", "UTC", "2023-12-31T10:00:00Z"),
        ];
        let utc = Zone::default();
        let now = Clock { assume: &utc, reference: Moment::from_nanos(0) }.moment(b"2024-01-15T23:30:00Z").unwrap();
        for (text, zone, expected) in table {
            let moment = text.parse::<Typed>().unwrap().moment(now, &zone.parse().unwrap()).unwrap();
            assert_eq!(moment.show(&utc), expected, "{text} in {zone}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_with_examples() {
        for text in
            ["", "24", "h", "-24h", "24x", "tomorrow", "2024-13-01", "2024", "9999999999999999999999d", "1h 30m", "ä", "24hä"]
        {
            let error = text.parse::<Typed>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{text}' is no time; write 2024-01-15, ")) && error.ends_with("7d"), "{error}");
        }
    }
}
