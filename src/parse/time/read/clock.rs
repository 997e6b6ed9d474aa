//! From a clock's first digit to a time's end: the time of day, and what may stand behind it.

use super::{Base, Cursor, Day, Ticks, Written, date};

impl Cursor<'_> {
    /// `hhmmss` or `hh:mm:ss`
    pub(super) fn compact_clock(&mut self, day: Day) -> Option<Written> {
        while self.eat(b" ").is_some() {}
        if self.digits() != 6 {
            return self.clock_and_zone(day);
        }
        let from = self.at;
        let (hour, minute, second) = (self.exactly(2)?, self.exactly(2)?, self.exactly(2)?);
        let nanos = if self.eat(b".,").is_some() { self.fraction()? } else { 0 };
        self.ticks = Some(Ticks { hour: from + 2, minute: from + 4, end: self.at, base: Base::Sixty });
        let clock = clock(hour, minute, second, nanos)?;
        self.zone(day, clock)
    }

    /// `hh:mm[:ss[.fraction]]`, half of the day, zone, and a year that is still missing.
    pub(super) fn clock_and_zone(&mut self, day: Day) -> Option<Written> {
        let mut hour = self.pair()?;
        let separator = self.eat(b":-.")?;
        let minutes_at = self.at;
        let minute = self.exactly(2)?;
        let (mut seconds_at, mut second, mut nanos) = (self.at, 0, 0);
        if self.peek() == Some(separator) && self.text.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
            seconds_at = self.at;
            second = self.exactly(2)?;
            if matches!(self.rest(), [b'.' | b',' | b':', b'0'..=b'9', ..]) {
                self.at += 1;
                nanos = self.fraction()?;
            }
        }
        self.ticks = Some(Ticks { hour: minutes_at, minute: seconds_at, end: self.at, base: Base::Sixty });
        let half = match self.rest() {
            [b' ', half @ (b'A' | b'P' | b'a' | b'p'), b'M' | b'm', rest @ ..] => Some((half, 3, rest)),
            [half @ (b'A' | b'P' | b'a' | b'p'), b'M' | b'm', rest @ ..] => Some((half, 2, rest)),
            _ => None,
        };
        if let Some((half, len, rest)) = half
            && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
        {
            self.at += len;
            let noon = if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 };
            hour = (1..=12).contains(&hour).then_some(hour % 12 + noon)?;
        }
        let clock = clock(hour, minute, second, nanos)?;
        self.zone(day, clock)
    }

    /// The digits of a fraction, in billionths.
    pub(super) fn fraction(&mut self) -> Option<u32> {
        let digits = self.digits();
        let used = digits.min(9);
        let number = self.exactly((used > 0).then_some(used)?)?;
        self.at += digits - used;
        Some(number * 10u32.pow(9 - used as u32))
    }

    /// What may stand behind a clock: a zone, a year, both, a zone's name in brackets.
    fn zone(&mut self, mut day: Day, (second, nanos): (u32, u32)) -> Option<Written> {
        let mut offset = None;
        loop {
            let rest = self.rest();
            let (word, spaced) = rest.strip_prefix(b" ").map_or((rest, false), |word| (word, true));
            let skipped = usize::from(spaced);
            match word {
                [] if !spaced => break,
                [b'Z' | b'z', ..] if offset.is_none() && !word.get(1).is_some_and(u8::is_ascii_alphanumeric) => {
                    self.at += skipped + 1;
                    offset = Some(0);
                }
                [b'+' | b'-', ..] if offset.is_none() => {
                    self.at += skipped;
                    offset = Some(self.offset()?);
                }
                // 2005, behind the clock as in asctime
                [b'1' | b'2', _, _, _, after @ ..] if spaced && !after.first().is_some_and(u8::is_ascii_digit) => {
                    let Day::OfYear { month, day: of_month } = day else { return None };
                    self.at += 1;
                    day = date(self.exactly(4)?, month, of_month)?;
                }
                [b'A'..=b'Z', ..] => {
                    let len = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                    let name = word.get(..len).filter(|name| (2..=5).contains(&name.len()))?;
                    self.at += skipped + len;
                    let known = ZONES.iter().find(|(zone, _)| *zone == name).map(|(_, minutes)| minutes * 60);
                    // `GMT+0100` is one zone; behind an offset the name says the same again.
                    match (known, self.peek(), offset) {
                        (Some(0), Some(b'+' | b'-'), None) => offset = Some(self.offset()?),
                        (Some(known), _, None) => offset = Some(known),
                        (None, _, None) if !spaced => return None,
                        _ => {}
                    }
                }
                // [Europe/Paris], (Central European Time)
                [open @ (b'[' | b'('), ..] if offset.is_some() => {
                    let close = if *open == b'[' { b']' } else { b')' };
                    let len = word.iter().position(|byte| *byte == close)?;
                    self.at += skipped + len + 1;
                }
                _ => return None,
            }
        }
        Some(Written { day, second, nanos, offset })
    }

    /// `+01:00`, `+0100`, `+01`, in seconds.
    fn offset(&mut self) -> Option<i32> {
        let east = self.eat(b"+-")? == b'+';
        let digits = self.digits();
        let hours = self.exactly(2)?;
        let minutes = match (digits, self.rest()) {
            (4, _) => self.exactly(2)?,
            (2, [b':', ..]) => {
                self.at += 1;
                self.exactly(2)?
            }
            (2, _) => 0,
            _ => return None,
        };
        let seconds = (hours < 24 && minutes < 60).then_some((hours * 3600 + minutes * 60) as i32)?;
        Some(if east { seconds } else { -seconds })
    }
}

/// Zones by the names that loggers write, in minutes east of Greenwich. The American ones are RFC 2822's (section 4.3); `IST` is
/// India's and `BST` Britain's, as most who write them mean.
const ZONES: [(&[u8], i32); 20] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"CET", 60),
    (b"CEST", 120),
    (b"EST", -300),
    (b"EDT", -240),
    (b"CST", -360),
    (b"CDT", -300),
    (b"MST", -420),
    (b"MDT", -360),
    (b"PST", -480),
    (b"PDT", -420),
    (b"BST", 60),
    (b"IST", 330),
    (b"JST", 540),
    (b"MSK", 180),
    (b"EET", 120),
    (b"EEST", 180),
    (b"WET", 0),
    (b"WEST", 60),
];

/// The second of the day, and nanoseconds. A leap second is the end of the second before it: clocks without leap seconds have none.
fn clock(hour: u32, minute: u32, second: u32, nanos: u32) -> Option<(u32, u32)> {
    if hour > 23 || minute > 59 {
        return None;
    }
    let start = hour * 3600 + minute * 60;
    match second {
        0..=59 => Some((start + second, nanos)),
        60 => Some((start + 59, 999_999_999)),
        _ => None,
    }
}
