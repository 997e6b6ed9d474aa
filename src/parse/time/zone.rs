//! Time zones, from the tz database that is compiled in: the answer does not depend on the machine's.

use super::{Moment, SECOND};
use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{self, TimeZone},
};
use std::{fmt, str::FromStr};

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    rule: Rule,
    /// As it was typed.
    name: String,
}

#[derive(Clone, Debug)]
enum Rule {
    /// East of Greenwich, in seconds.
    Fixed(i32),
    /// A place, where clocks are changed.
    Place(TimeZone),
}

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Zone { rule: Rule::Fixed(0), name: "UTC".to_owned() }
    }
}

impl Zone {
    /// How far clocks are ahead of UTC, in seconds.
    #[must_use]
    pub fn offset_at(&self, moment: Moment) -> i32 {
        match &self.rule {
            Rule::Fixed(offset) => *offset,
            Rule::Place(zone) => timestamp(moment).map_or(0, |timestamp| zone.to_offset(timestamp).seconds()),
        }
    }

    /// When a clock shows a local time, given in seconds since 1970-01-01T00:00:00 of that clock; the answer in seconds since 1970 of
    /// UTC. A time that was shown twice, when clocks were put back, is the first of the two; one that was jumped over is as much
    /// later as clocks were put forward (RFC 5545, section 3.3.5).
    #[must_use]
    pub fn instant(&self, local: i64) -> Option<i64> {
        match &self.rule {
            Rule::Fixed(offset) => local.checked_sub(i64::from(*offset)),
            Rule::Place(zone) => {
                let civil: DateTime = tz::Offset::UTC.to_datetime(Timestamp::from_second(local).ok()?);
                Some(zone.to_ambiguous_timestamp(civil).compatible().ok()?.as_second())
            }
        }
    }

    /// Whether clocks are changed after `from`, and at `to` or before.
    #[must_use]
    pub fn changes(&self, from: Moment, to: Moment) -> bool {
        match &self.rule {
            Rule::Fixed(_) => false,
            Rule::Place(zone) => match (timestamp(from), timestamp(to)) {
                (Some(from), Some(to)) => zone.following(from).next().is_some_and(|change| change.timestamp() <= to),
                _ => true,
            },
        }
    }

    /// `Z`, `+01:00`: `Z` is for UTC only, so that all times of a report are of one length.
    #[must_use]
    pub fn show_offset(&self, offset: i32) -> String {
        if let Rule::Fixed(0) = self.rule {
            return "Z".to_owned();
        }
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

fn timestamp(moment: Moment) -> Option<Timestamp> {
    let nanos = moment.nanos();
    Timestamp::new(nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND) as i32).ok()
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A zone that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadZone {
    /// No zone has this name.
    Unknown(String),
    /// The machine does not say where it is.
    NoLocal,
}

impl fmt::Display for BadZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadZone::Unknown(name) => {
                write!(
                    f,
                    "there is no time zone '{name}'; write a name such as Europe/Berlin, an offset such as +02:00, UTC, or local"
                )
            }
            BadZone::NoLocal => f.write_str("this machine does not say its time zone; name it, such as Europe/Berlin"),
        }
    }
}

impl std::error::Error for BadZone {}

impl FromStr for Zone {
    type Err = BadZone;

    /// `Europe/Berlin`, `local`, `UTC`, `Z`, `+02:00`, `-0500`.
    fn from_str(name: &str) -> Result<Self, BadZone> {
        let unknown = || BadZone::Unknown(name.to_owned());
        let rule = match name {
            "local" => Rule::Place(TimeZone::try_system().map_err(|_| BadZone::NoLocal)?),
            "UTC" | "utc" | "Z" | "z" => Rule::Fixed(0),
            _ if name.starts_with(['+', '-']) => Rule::Fixed(offset(name).ok_or_else(unknown)?),
            _ => Rule::Place(TimeZone::get(name).map_err(|_| unknown())?),
        };
        let rule = match rule {
            Rule::Place(zone) => match zone.to_fixed_offset() {
                Ok(offset) => Rule::Fixed(offset.seconds()),
                Err(_) => Rule::Place(zone),
            },
            fixed => fixed,
        };
        Ok(Zone { rule, name: name.to_owned() })
    }
}

/// `+02:00`, `+0200`, `+02` in seconds.
fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = rest.replacen(':', "", usize::from(rest.find(':') == Some(2)));
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits.get(..2)?.parse().ok()?, digits.get(2..).unwrap_or_default().parse().unwrap_or(0));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
