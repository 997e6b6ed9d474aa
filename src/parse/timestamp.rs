//! Where a line's time ends. A count by service never needs the instant, only that a time stands there.
//!
//! Styles are told by shape: digits, separators, names of months and days. Ranges are not checked, so
//! `2024-99-99 10:00:00` is a time; a log with such a line has worse problems than its count.

use super::scan::Ranges;

/// The length of the time at the start of `line`, its zone included; `None` if none stands there.
///
/// Knows ISO 8601 and its loosenings, `YY/MM/DD`, `YYMMDD HHMMSS`, `MM-DD`, `DD/Mon/YYYY:`, `Mon DD`, asctime,
/// RFC 2822, times of day alone, and epoch seconds to nanoseconds.
#[must_use]
pub fn time_at(line: &[u8]) -> Option<usize> {
    let core = core_at(line)?;
    Some(core + zone_after(line, core))
}

/// The time up to and with a zone that follows without a space.
fn core_at(line: &[u8]) -> Option<usize> {
    let mut cursor = Cursor { line, at: 0 };
    match line.first()? {
        b'0'..=b'9' => cursor.numeric(),
        b'A'..=b'Z' | b'a'..=b'z' => cursor.worded(),
        _ => return None,
    }?;
    // `20240115T10:00:00foo` or `10:00:0012` is no time.
    match line.get(cursor.at) {
        Some(byte) if byte.is_ascii_alphanumeric() => None,
        _ => Some(cursor.at),
    }
}

/// The length of the zone, or half of the day, that a text begins with. Only names that no logger uses for anything else.
#[inline]
fn zone_name(text: &[u8]) -> usize {
    match text {
        [b'A' | b'P', b'M', ..] | [b'a' | b'p', b'm', ..] => 2,
        [b'C' | b'E', b'E', b'S', b'T', ..] => 4,
        [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] | [b'M', b'S', b'K', ..] | [b'C' | b'E', b'E', b'T', ..] => 3,
        [b'E' | b'C' | b'M' | b'P', b'S' | b'D', b'T', ..] | [b'B' | b'I' | b'J', b'S', b'T', ..] => 3,
        _ => 0,
    }
}

/// Whether a zone or a half of the day follows, behind a space.
#[inline]
#[must_use]
pub fn zone_follows(line: &[u8], at: usize) -> bool {
    one_zone_after(line, at) != 0
}

/// The length of ` +0100`, ` UTC`, ` PM`, ` PM UTC` at `at`; 0 if there is none.
#[inline]
fn zone_after(line: &[u8], at: usize) -> usize {
    let first = one_zone_after(line, at);
    // Once only: a line may go on with any number of them.
    match line.get(at..at + first) {
        Some([b' ', b'A' | b'P' | b'a' | b'p', b'M' | b'm']) => first + one_zone_after(line, at + first),
        _ => first,
    }
}

#[inline]
fn one_zone_after(line: &[u8], at: usize) -> usize {
    let Some((b' ', rest)) = line.get(at..).and_then(<[u8]>::split_first) else { return 0 };
    let len = match rest {
        [b'+' | b'-', b'0'..=b'9', b'0'..=b'9', ..] => {
            let mut cursor = Cursor { line: rest, at: 0 };
            cursor.offset();
            cursor.at
        }
        _ => zone_name(rest),
    };
    match rest.get(len) {
        _ if len == 0 => 0,
        Some(byte) if byte.is_ascii_alphanumeric() => 0,
        _ => 1 + len,
    }
}

const WEEKDAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn eat(&mut self, any_of: &[u8]) -> Option<()> {
        let byte = self.peek()?;
        any_of.contains(&byte).then(|| self.at += 1)
    }

    /// How many digits stand here, up to 20.
    fn digits(&self) -> usize {
        self.line.get(self.at..).unwrap_or_default().iter().take(20).take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn number(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Option<()> {
        let digits = self.digits();
        lengths.contains(&digits).then(|| self.at += digits)
    }

    /// A style that begins with a digit.
    fn numeric(&mut self) -> Option<()> {
        let digits = self.digits();
        let after = self.line.get(digits).copied();
        match (digits, after) {
            // 2024-01-15, 2024/01/15, 2024.01.15
            (4, Some(separator @ (b'-' | b'/' | b'.'))) => {
                self.at = 5;
                self.number(1..=2)?;
                self.eat(&[separator])?;
                self.number(1..=2)?;
                self.day_to_clock()
            }
            // 10:00:00; a lone 10:00 is too weak a sign
            (1..=2, Some(b':')) => self.clock(true),
            // 15/Jan/2024:10:00:00, 15-Jan-2024 10:00:00, 15 Jan 2024 10:00:00
            (1..=2, Some(separator @ (b'/' | b'-' | b' '))) if self.line.get(digits + 1).is_some_and(u8::is_ascii_alphabetic) => {
                self.at = digits + 1;
                self.month()?;
                self.eat(&[separator])?;
                self.number(2..=4)?;
                self.day_to_clock()
            }
            // 15/01/2024, 01/15/2024, 15.01.2024, 17/06/09, 03-17, 10.30
            (1..=2, Some(separator @ (b'/' | b'-' | b'.'))) => {
                self.at = digits + 1;
                self.number(1..=2)?;
                if self.eat(&[separator]).is_some() {
                    let year = self.digits();
                    if year != 2 && year != 4 {
                        return None;
                    }
                    self.at += year;
                    self.day_to_clock()
                } else {
                    self.eat(b" ")?;
                    self.clock(true)
                }
            }
            // 20240115T100000Z, 20240115 10:00:00, 20171223-22:15:29:606
            (8, Some(b'T' | b' ' | b'-' | b'_')) => {
                self.at = 9;
                self.compact_clock()
            }
            // 081109 203615; 240115 10:00:00 (MySQL)
            (6, Some(b' ')) => {
                self.at = 7;
                while self.eat(b" ").is_some() {}
                self.compact_clock()
            }
            // Epoch: seconds of this century, with a fraction; or milli-, micro-, nanoseconds.
            (10 | 13 | 16 | 19, _) if self.line.first() == Some(&b'1') || self.line.first() == Some(&b'2') => {
                self.at = digits;
                if self.line.get(digits) == Some(&b'.') {
                    self.at += 1;
                    self.number(1..=9)?;
                }
                matches!(self.peek(), None | Some(b' ' | b'\t' | b',' | b']' | b'|' | b':')).then_some(())
            }
            _ => None,
        }
    }

    /// A style that begins with the name of a month or a day.
    fn worded(&mut self) -> Option<()> {
        if self.month().is_some() {
            // Jan 15 10:00:00, Jan 15 2024 10:00:00, Jan 15, 2024 10:00:00
            self.spaces()?;
            self.number(1..=2)?;
            let _ = self.eat(b",");
            self.spaces()?;
            if self.digits() == 4 {
                self.at += 4;
                let _ = self.eat(b",");
                self.spaces()?;
            }
            return self.clock(true);
        }
        self.name_of(&WEEKDAYS)?;
        if self.eat(b",").is_some() {
            // Mon, 15 Jan 2024 10:00:00 +0000
            self.spaces()?;
            self.number(1..=2)?;
            self.spaces()?;
            self.month()?;
            self.spaces()?;
            self.number(2..=4)?;
            self.spaces()?;
            return self.clock(true);
        }
        // Sun Dec 04 04:47:44 2005, Sun Dec  4 04:47:44.123456 UTC 2005
        self.spaces()?;
        self.month()?;
        self.spaces()?;
        self.number(1..=2)?;
        self.spaces()?;
        self.clock(true)?;
        let zone = zone_after(self.line, self.at);
        let year = Cursor { line: self.line, at: self.at + zone + 1 };
        if self.line.get(self.at + zone) == Some(&b' ') && year.digits() == 4 {
            self.at += zone + 5;
        }
        Some(())
    }

    fn month(&mut self) -> Option<()> {
        self.name_of(&[b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"])
    }

    fn name_of(&mut self, names: &[&[u8; 3]]) -> Option<()> {
        let word = self.line.get(self.at..self.at + 3)?;
        names.iter().any(|name| name.eq_ignore_ascii_case(word)).then(|| self.at += 3)
    }

    fn spaces(&mut self) -> Option<()> {
        self.eat(b" ")?;
        while self.eat(b" ").is_some() {}
        Some(())
    }

    /// From past a date to past the time of day.
    fn day_to_clock(&mut self) -> Option<()> {
        self.eat(b"T :_-t,")?;
        while self.eat(b" ").is_some() {}
        self.clock(false)
    }

    /// `hh:mm[:ss[.fraction]][zone]`
    fn clock(&mut self, seconds_needed: bool) -> Option<()> {
        self.number(1..=2)?;
        let separator = self.peek().filter(|byte| matches!(byte, b':' | b'-' | b'.'))?;
        // `2024-01-15-10.00.00` (DB2) and `-10-00-00` occur; a time of day alone is only `10:00:00`.
        if seconds_needed && separator != b':' {
            return None;
        }
        // `2024-01-15,12.50` is a day and a price.
        let seconds_needed = seconds_needed || separator != b':';
        self.at += 1;
        self.number(2..=2)?;
        if self.peek() == Some(separator) && self.line.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
            self.number(2..=2)?;
            self.fraction();
        } else if seconds_needed {
            return None;
        }
        self.zone();
        Some(())
    }

    /// hhmmss or hh:mm:ss
    fn compact_clock(&mut self) -> Option<()> {
        if self.number(6..=6).is_some() {
            self.fraction();
            self.zone();
            return Some(());
        }
        self.clock(true)
    }

    fn fraction(&mut self) {
        if matches!(self.peek(), Some(b'.' | b',' | b':')) {
            let from = self.at;
            self.at += 1;
            if self.number(1..=9).is_none() {
                self.at = from;
            }
        }
    }

    /// `Z`, `+01`, `+0100`, `+01:00` with no space before.
    fn zone(&mut self) {
        match self.peek() {
            Some(b'Z' | b'z') => self.at += 1,
            Some(b'+' | b'-') => self.offset(),
            _ => {}
        }
    }

    fn offset(&mut self) {
        let from = self.at;
        self.at += 1;
        match self.digits() {
            4 => self.at += 4,
            2 => {
                self.at += 2;
                if self.peek() == Some(b':') {
                    self.at += 1;
                    if self.number(2..=2).is_none() {
                        self.at -= 1;
                    }
                }
            }
            _ => self.at = from,
        }
    }
}

/// How many bytes of a line a [`Shape`] compares.
const SHAPE: usize = 32;

/// The shape of the last time seen: which bytes were digits and what the others were. The next line's
/// time nearly always has it, and comparing 32 bytes is a few instructions.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Digits where digits stood, and what stood there elsewhere.
    head: Ranges<SHAPE>,
    core: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { head: Ranges::OF_NO_LINE, core: 0 }
    }
}

impl Shape {
    /// Where the line's time ends if it has the shape of the last one, less a zone that follows a space.
    #[inline(always)]
    pub fn core_of(&self, line: &[u8]) -> Option<usize> {
        self.head.hold(line.first_chunk()?).then_some(self.core)
    }

    /// [`time_at`], quick where the line's time has the shape of the last one.
    #[inline]
    pub fn time_at(&mut self, line: &[u8]) -> Option<usize> {
        if let Some(head) = line.first_chunk::<SHAPE>()
            && self.head.hold(head)
        {
            return Some(self.core + zone_after(line, self.core));
        }
        let core = core_at(line)?;
        self.learn(line, core);
        Some(core + zone_after(line, core))
    }

    fn learn(&mut self, line: &[u8], core: usize) {
        let Some(head) = line.first_chunk::<SHAPE>().filter(|_| core + 1 < SHAPE) else { return };
        // The byte after the time decides where it ends, so it is part of the shape; and the one after that
        // where the time might have gone on (a fraction, an offset).
        let mut compared = core;
        if matches!(head[core], b',' | b'.' | b':' | b'+' | b'-') {
            compared += 1;
            if head[compared].is_ascii_digit() {
                return;
            }
        }
        // Asctime without its year: whether one follows is not in the shape.
        let asctime = WEEKDAYS.iter().any(|day| day.eq_ignore_ascii_case(&head[..3]));
        if asctime && head.get(core.saturating_sub(5)) != Some(&b' ') {
            return;
        }
        let mut ranges = Ranges { least: [0; SHAPE], above: [u8::MAX; SHAPE] };
        for (at, byte) in head.iter().enumerate().take(compared + 1) {
            // Epochs are told from other numbers by their first digit.
            (ranges.least[at], ranges.above[at]) = if byte.is_ascii_digit() && at > 0 { (b'0', 9) } else { (*byte, 0) };
        }
        *self = Shape { head: ranges, core };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMES: &[&str] = &[
        "2024-01-15T10:00:00Z",
        "2024-01-15T10:00:00.123456789+01:00",
        "2024-01-15 10:00:00,123",
        "2024-01-15 10:00:00.008",
        "2024-01-15 10:00:00 +0100",
        "2024-01-15 10:00:00.123 UTC",
        "2024-01-15 10:00",
        "2024/01/15 10:00:00",
        "2005-06-03-15.42.50.675872",
        "17/06/09 20:10:40",
        "081109 203615",
        "20240115T100000Z",
        "20171223-22:15:29:606",
        "10:15:30.123",
        "10:15:30",
        "Jun 14 15:16:01",
        "Jun  4 15:16:01",
        "Jan 15, 2024 10:00:00 AM",
        "Sun Dec 04 04:47:44 2005",
        "Sat Jan 15 10:00:00.123456 2024",
        "Mon Jan 15 10:00:00 UTC 2024",
        "Mon, 15 Jan 2024 10:00:00 +0000",
        "15/Jan/2024:10:00:00 +0000",
        "15-Jan-2024 10:00:00.123",
        "15 Jan 2024 10:00:00,123",
        "01/15/2024 10:00:00 PM",
        "1/15/2024 9:05:00 PM",
        "15.01.2024 10:00:00",
        "03-17 16:13:38.811",
        "10.30 16:49:06",
        "1700000000",
        "1700000000.123",
        "1700000000123",
        "Sat  Jan 15 10:00:00.123456",
        "Sat  Jan 15 10:00:00.123456 2024",
        "2024-01-15 10:00:00 PM UTC",
    ];

    const NO_TIMES: &[&str] = &[
        "",
        "hello",
        "2024",
        "12345 foo",
        "10:00",
        "2024-01-15",
        "1.2.3.4",
        "1.2.3.4:80",
        "May the force",
        "Sun shines",
        "127.0.0.1 - -",
        "10:00:00foo",
        "123456 789",
        "Mon",
        "Mar 1",
        "5000000000 x",
        "12-34",
        "a1700000000",
        "2024-01-15,12.50,13.10",
        "17000000001 x",
    ];

    #[test]
    fn every_style_is_measured_to_its_end() {
        for time in TIMES {
            for rest in ["", " INFO x: y", "] foo", ", Info    CBS", "\tINFO", " [main] x", "|INFO|x"] {
                let line = format!("{time}{rest}");
                assert_eq!(time_at(line.as_bytes()), Some(time.len()), "{line}");
            }
        }
    }

    #[test]
    fn what_is_no_time() {
        for line in NO_TIMES {
            assert_eq!(time_at(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_year_behind_the_clock_is_never_in_a_shape_however_the_day_is_written() {
        for day in ["Sun", "SUN", "SUn", "sun"] {
            let mut shape = Shape::default();
            for rest in [" carts come and go", " 2005 carts come and go", " UTC 20050 carts", " UTC 2002? carts"] {
                let line = format!("{day} Dec  4 04:47:44{rest}");
                assert_eq!(shape.time_at(line.as_bytes()), time_at(line.as_bytes()), "{line}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_remembered_shape_changes_no_answer(
            picks in proptest::collection::vec((proptest::sample::select(TIMES), "[ -~]{0,40}"), 1..20),
        ) {
            let mut shape = Shape::default();
            for (time, rest) in picks {
                let line = format!("{time}{rest}");
                prop_assert_eq!(shape.time_at(line.as_bytes()), time_at(line.as_bytes()), "{}", line);
            }
        }

        #[test]
        fn shapes_of_near_times(lines in proptest::collection::vec("[0-9]{2}[:-][0-9]{2}[:0-9][0-9]{2,3}[ 0-9,.+A-Z]{0,30}", 1..20)) {
            let mut shape = Shape::default();
            for line in lines {
                prop_assert_eq!(shape.time_at(line.as_bytes()), time_at(line.as_bytes()), "{}", line);
            }
        }
    }
}
