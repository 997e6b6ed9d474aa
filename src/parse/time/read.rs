//! A time's text, taken apart. The styles are those of [`super::super::timestamp`], and those that values in structured logs have:
//! dates alone, and numbers since 1970.
//!
//! A style is told by what it begins with, nearly always its date; how it goes on with a clock is much the same in all (`clock`).

mod clock;

use super::{Moment, SECOND, days_of};

/// A text that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) said: Said,
    /// Which of its digits count what is less than an hour; `None` if there are none.
    pub(super) ticks: Option<Ticks>,
}

/// What a text says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    /// The instant itself.
    Epoch(Moment),
    /// What a calendar and a clock showed somewhere.
    Written(Written),
}

/// What a calendar and a clock showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) day: Day,
    /// Since the day began.
    pub(super) second: u32,
    pub(super) nanos: u32,
    /// East of Greenwich in seconds, if it is said.
    pub(super) offset: Option<i32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Day {
    /// Days since 1970-01-01.
    Date(i64),
    /// In no year.
    OfYear { month: u32, day: u32 },
    /// Not said.
    Today,
}

/// Where digits of a text may change with the time's coarse part staying as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticks {
    /// From here on the digits count less than an hour.
    pub(super) hour: usize,
    /// From here on the digits count less than a minute.
    pub(super) minute: usize,
    /// Behind the last of them.
    pub(super) end: usize,
    /// Whether minutes and seconds go to sixty.
    pub(super) base: Base,
}

/// How ticks are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// `mm:ss`, the two tens at `hour` and `minute` of [`Ticks`].
    Sixty,
    /// Seconds since 1970.
    Ten,
}

/// Reads a time that is the whole text.
pub(super) fn read(text: &[u8]) -> Option<Reading> {
    let mut cursor = Cursor { text, at: 0, ticks: None };
    let said = match text.first()? {
        b'0'..=b'9' => cursor.numeric(),
        b'A'..=b'Z' | b'a'..=b'z' => cursor.worded().map(Said::Written),
        _ => None,
    }?;
    (cursor.at == text.len()).then_some(Reading { said, ticks: cursor.ticks })
}

/// The months' names; a time begins with three letters of one.
const MONTHS: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    ticks: Option<Ticks>,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, any_of: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| any_of.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn spaces(&mut self) -> Option<()> {
        self.eat(b" ")?;
        while self.eat(b" ").is_some() {}
        Some(())
    }

    /// How many digits stand here.
    fn digits(&self) -> usize {
        self.rest().iter().take(21).take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of so many digits, up to nine, whatever follows.
    fn exactly(&mut self, digits: usize) -> Option<u32> {
        let mut number = 0;
        for byte in self.text.get(self.at..self.at + digits)? {
            number = number * 10 + u32::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        self.at += digits;
        Some(number)
    }

    /// A number of one or two digits, and no more.
    fn pair(&mut self) -> Option<u32> {
        match self.digits() {
            digits @ 1..=2 => self.exactly(digits),
            _ => None,
        }
    }

    /// A style that begins with a digit.
    fn numeric(&mut self) -> Option<Said> {
        let digits = self.digits();
        let after = self.text.get(digits).copied();
        let letter_at = |at: usize| self.text.get(at).is_some_and(u8::is_ascii_alphabetic);
        let written = match (digits, after) {
            // 2024-01-15, 2024/01/15, 2024.01.15
            (4, Some(separator @ (b'-' | b'/' | b'.'))) => {
                let year = self.exactly(4)?;
                self.at += 1;
                let month = self.pair()?;
                self.eat(&[separator])?;
                let day = self.pair()?;
                let date = date(year, month, day)?;
                self.day_to_clock(date)
            }
            // 2024 Jan 15 10:00:00
            (4, Some(b' ')) if letter_at(5) => {
                let year = self.exactly(4)?;
                self.spaces()?;
                let Day::OfYear { month, day } = self.month_and_day()? else { return None };
                self.spaces()?;
                self.clock_and_zone(date(year, month, day)?)
            }
            // 0517 15:04:22.619632 (klog)
            (4, Some(b' ')) => {
                let (month, day) = (self.exactly(2)?, self.exactly(2)?);
                self.spaces()?;
                self.clock_and_zone(day_of_year(month, day)?)
            }
            // 10:00:00
            (1..=2, Some(b':')) => self.clock_and_zone(Day::Today),
            // 15/Jan/2024:10:00:00, 15-Jan-2024 10:00:00, 15 Jan 2024 10:00:00
            (1..=2, Some(separator @ (b'/' | b'-' | b' '))) if letter_at(digits + 1) => {
                let day = self.pair()?;
                self.at += 1;
                let month = self.month()?;
                self.eat(&[separator])?;
                let year = self.year()?;
                self.day_to_clock(date(year, month, day)?)
            }
            (1..=2, Some(separator @ (b'/' | b'-' | b'.'))) => self.short_date(separator),
            // 20240115T100000Z, 20240115 10:00:00, 20171223-22:15:29:606
            (8, None | Some(b'T' | b' ' | b'-' | b'_')) => {
                let date = date(self.exactly(4)?, self.exactly(2)?, self.exactly(2)?)?;
                if self.rest().is_empty() {
                    return Some(Said::Written(whole_day(date)));
                }
                self.eat(b"T -_")?;
                self.compact_clock(date)
            }
            // 081109 203615 (HDFS); 240115 10:00:00 (MySQL)
            (6, Some(b' ')) => {
                let date = date(century(self.exactly(2)?), self.exactly(2)?, self.exactly(2)?)?;
                self.spaces()?;
                self.compact_clock(date)
            }
            // 20240115100000; as a number of milliseconds it would be of another age
            (14, _) => {
                let date = date(self.exactly(4)?, self.exactly(2)?, self.exactly(2)?)?;
                self.compact_clock(date)
            }
            (9..=20, None | Some(b'.' | b',')) => return self.epoch(digits).map(Said::Epoch),
            _ => None,
        };
        written.map(Said::Written)
    }

    /// `17/06/09`, `01/15/2024`, `15.01.2024`, `03-17`, `10.30`, and the clock.
    fn short_date(&mut self, separator: u8) -> Option<Written> {
        let first = self.pair()?;
        self.at += 1;
        let second = self.pair()?;
        if self.eat(&[separator]).is_none() {
            let day = day_of_year(first, second)?;
            self.spaces()?;
            return self.clock_and_zone(day);
        }
        let date = match self.digits() {
            2 => {
                let third = self.exactly(2)?;
                // The year first, unless it can only be American.
                date(century(first), second, third).or_else(|| date(century(third), first, second))
            }
            4 => {
                let year = self.exactly(4)?;
                // With slashes the month is first, with dots and dashes the day, unless it cannot be.
                let (month, day) = if separator == b'/' { (first, second) } else { (second, first) };
                date(year, month, day).or_else(|| date(year, day, month))
            }
            _ => None,
        }?;
        self.day_to_clock(date)
    }

    /// Seconds, milli-, micro- or nanoseconds since 1970, by how many there are: the numbers of 1973 and later do not overlap.
    fn epoch(&mut self, digits: usize) -> Option<Moment> {
        let mut number = 0i64;
        for _ in 0..digits {
            number = number.checked_mul(10)?.checked_add(i64::from(self.exactly(1)?))?;
        }
        let (per_second, unit_digits) = match number {
            100_000_000..100_000_000_000 => (1, 0),
            100_000_000_000..100_000_000_000_000 => (1000, 3),
            100_000_000_000_000..100_000_000_000_000_000 => (1_000_000, 6),
            100_000_000_000_000_000.. => (SECOND, 9),
            _ => return None,
        };
        let unit = SECOND / per_second;
        let nanos = if self.eat(b".,").is_some() {
            // Of a number of milliseconds the fraction is one of milliseconds.
            i64::from(self.fraction()?) / per_second
        } else {
            0
        };
        let second = digits.checked_sub(unit_digits)?;
        self.ticks = Some(Ticks { hour: second - 3, minute: second - 1, end: self.at, base: Base::Ten });
        number.checked_mul(unit)?.checked_add(nanos).map(Moment)
    }

    /// A style that begins with the name of a month or a day.
    fn worded(&mut self) -> Option<Written> {
        if self.name_of(&WEEKDAYS).is_some() {
            let comma = self.eat(b",").is_some();
            self.spaces()?;
            // Mon, 15 Jan 2024 10:00:00 +0000
            if comma && self.digits() > 0 {
                let day = self.pair()?;
                self.eat(b" -")?;
                let month = self.month()?;
                self.eat(b" -")?;
                let date = date(self.year()?, month, day)?;
                self.spaces()?;
                return self.clock_and_zone(date);
            }
        }
        let day = self.month_and_day()?;
        let comma = self.eat(b",").is_some();
        self.spaces()?;
        // Jan 15, 2024 10:00:00, and Jan 15 2024, 10:00:00
        let day = match day {
            Day::OfYear { month, day } if self.digits() == 4 => {
                let date = date(self.exactly(4)?, month, day)?;
                let _ = self.eat(b",");
                if comma && self.rest().is_empty() {
                    return Some(whole_day(date));
                }
                self.spaces()?;
                date
            }
            day => day,
        };
        self.clock_and_zone(day)
    }

    fn month_and_day(&mut self) -> Option<Day> {
        let month = self.month()?;
        self.spaces()?;
        day_of_year(month, self.pair()?)
    }

    fn month(&mut self) -> Option<u32> {
        self.name_of(&MONTHS).map(|at| at as u32 + 1)
    }

    /// Which of these names stands here, in any case.
    fn name_of(&mut self, names: &[&[u8; 3]]) -> Option<usize> {
        let word = self.rest().first_chunk::<3>()?.map(|byte| byte.to_ascii_lowercase());
        let at = names.iter().position(|name| **name == word)?;
        self.at += 3;
        Some(at)
    }

    /// A year of four digits, or of two.
    fn year(&mut self) -> Option<u32> {
        match self.digits() {
            4 => self.exactly(4),
            2 => self.exactly(2).map(century),
            _ => None,
        }
    }

    /// From past a date to the end: a clock, or nothing.
    fn day_to_clock(&mut self, day: Day) -> Option<Written> {
        if self.rest().is_empty() {
            return Some(whole_day(day));
        }
        self.eat(b"T :_-t,")?;
        while self.eat(b" ").is_some() {}
        self.clock_and_zone(day)
    }
}

fn date(year: u32, month: u32, day: u32) -> Option<Day> {
    days_of(i32::try_from(year).ok()?, month, day).map(Day::Date)
}

/// A day that exists in some year.
fn day_of_year(month: u32, day: u32) -> Option<Day> {
    days_of(2000, month, day).map(|_| Day::OfYear { month, day })
}

/// A year of two digits: POSIX' rule (`%y` of `strptime`).
const fn century(year: u32) -> u32 {
    if year < 69 { 2000 + year } else { 1900 + year }
}

const fn whole_day(day: Day) -> Written {
    Written { day, second: 0, nanos: 0, offset: None }
}
