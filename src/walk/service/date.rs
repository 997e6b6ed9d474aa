//! Dates in the names of files and folders, in all the ways that they are written.

use super::{is_separator, leading_digits, trim_separators_end, trim_separators_start};

/// Takes off a date at the end with all that hangs on it: a time, a zone, a fraction, a rotation's number.
pub(super) fn without_date(name: &[u8]) -> Option<&[u8]> {
    name.get(..date_start(name)?).map(trim_separators_end)
}

/// Reads a date at the start of a text and gives its length.
type Reader = fn(&[u8]) -> Option<usize>;

/// Where the date begins that the name ends in. The surest way of writing one is looked for first over the whole tail, so that the
/// `2` of `web-2-20240115` and the numbers beside a date are not read as parts of another.
pub(super) fn date_start(name: &[u8]) -> Option<usize> {
    let in_tail =
        |&&byte: &&u8| byte.is_ascii_digit() || is_separator(byte) || matches!(byte, b':' | b'+' | b'T' | b't' | b'Z' | b'z');
    let tail = name.len() - name.iter().rev().take_while(in_tail).count();
    let ways: [Reader; 4] = [full_date, day_first_date, month, short_date];
    for (way, read) in ways.iter().enumerate() {
        for start in tail..name.len() {
            let (before, from) = name.split_at_checked(start)?;
            if from.first().is_none_or(|byte| !byte.is_ascii_digit()) || before.last().is_some_and(u8::is_ascii_digit) {
                continue;
            }
            // Only a full date may be glued to a word, as in Serilog's `log20240115.txt`; `v20240115` is a version even so.
            let glued = before.last().is_some_and(|&byte| !is_separator(byte));
            if glued && (way > 0 || is_version_mark(before)) {
                continue;
            }
            if read(from).and_then(|length| from.get(length..)).is_some_and(is_time_tail) {
                return Some(start);
            }
        }
    }
    None
}

/// What may follow a date: groups of digits, each behind one separator, a `T` or a sign, and a `Z` for the zone.
fn is_time_tail(mut rest: &[u8]) -> bool {
    while let [first, more @ ..] = rest {
        let digits = leading_digits(more);
        rest = match first {
            b'Z' | b'z' => more,
            _ if digits > 0 => more.get(digits..).unwrap_or_default(),
            _ => return false,
        };
    }
    true
}

/// `2024-01-15_checkout.log`: some put the day first. It goes too if a name is left behind it.
pub(super) fn without_leading_date(name: &[u8]) -> &[u8] {
    let Some(mut rest) = full_date(name).and_then(|length| name.get(length..)) else {
        return name;
    };
    // A group of digits belongs to the time while another group or the name comes behind it: the `3` of `3scale` does not.
    while let [_, more @ ..] = rest {
        let after = more.get(leading_digits(more)..).unwrap_or_default();
        let after = after.strip_prefix(b"Z").unwrap_or(after);
        let goes_on = after.first().is_some_and(|&byte| is_separator(byte) || byte == b':');
        if after.len() == more.len() || !goes_on {
            break;
        }
        rest = after;
    }
    let behind = trim_separators_start(rest);
    let named = behind.len() < rest.len() && !behind.iter().all(|&byte| byte.is_ascii_digit() || is_separator(byte));
    if named { behind } else { name }
}

/// The length of a date with a four-digit year at the start: `2024-01-15`, `2024.1.5`, `20240115` and, in one run of digits, as much
/// of the time as there is.
pub(super) fn full_date(text: &[u8]) -> Option<usize> {
    let digits = leading_digits(text);
    if digits == 4 {
        let (year, rest) = text.split_at_checked(4)?;
        let (&separator, rest) = rest.split_first().filter(|(byte, _)| is_date_separator(**byte))?;
        let month = leading_digits(rest);
        let (&same, rest_of_day) = rest.get(month..)?.split_first()?;
        let day = leading_digits(rest_of_day);
        let valid = same == separator && is_day(year, rest.get(..month)?, rest_of_day.get(..day)?);
        return valid.then_some(4 + 1 + month + 1 + day);
    }
    // Eight digits of date, then the hour, the minute, the second, the millisecond.
    let of_day = text.get(8..digits)?;
    let timed = match (of_day.len(), number(of_day.get(..of_day.len().min(2))?)) {
        (0, _) => true,
        (2 | 4 | 6 | 9, hour) => hour < 24,
        _ => false,
    };
    (timed && is_day(text.get(..4)?, text.get(4..6)?, text.get(6..8)?)).then_some(digits)
}

/// `15-01-2024` and `01.15.2024`, whichever of the two was meant.
fn day_first_date(text: &[u8]) -> Option<usize> {
    let (&[a, b, separator, c, d, same], rest) = text.split_first_chunk::<6>()?;
    let year = rest.get(..leading_digits(rest))?;
    let valid =
        is_date_separator(separator) && same == separator && (is_day(year, &[a, b], &[c, d]) || is_day(year, &[c, d], &[a, b]));
    valid.then_some(10)
}

/// A month alone: `2024-01`, `202401`.
fn month(text: &[u8]) -> Option<usize> {
    let (year, rest) = text.split_at_checked(4)?;
    match leading_digits(text) {
        4 => {
            let (_, rest) = rest.split_first().filter(|(byte, _)| is_date_separator(**byte))?;
            let month = rest.get(..leading_digits(rest))?;
            (month.len() == 2 && is_day(year, month, b"01")).then_some(7)
        }
        6 => is_day(year, rest.get(..2)?, b"01").then_some(6),
        _ => None,
    }
}

/// `240115`, and seconds since 1970 or a thousandth of them. Years end at 49 here: an archive is more likely to hold a log of 2024
/// than one of 1985, and every year refused makes it less likely to mistake an order's number for a day.
fn short_date(text: &[u8]) -> Option<usize> {
    let digits = leading_digits(text);
    let run = text.get(..digits)?;
    match (run, digits) {
        ([a, b, c, d, e, f], 6) if *a < b'5' => is_day(&[b'2', b'0', *a, *b], &[*c, *d], &[*e, *f]).then_some(6),
        ([b'1', ..], 10 | 13 | 16 | 19) => Some(digits),
        _ => None,
    }
}

fn is_day(year: &[u8], month: &[u8], day: &[u8]) -> bool {
    year.len() == 4
        && (1970..2100).contains(&number(year))
        && (1..=2).contains(&month.len())
        && (1..=12).contains(&number(month))
        && (1..=2).contains(&day.len())
        && (1..=31).contains(&number(day))
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(u32::from(digit.wrapping_sub(b'0'))))
}

/// The date that begins here, if it is one of a day.
pub(super) fn date_at(text: &[u8]) -> Option<(i32, u32, u32)> {
    let parts = |year: &[u8], month: &[u8], day: &[u8]| {
        is_day(year, month, day).then(|| (number(year) as i32, number(month), number(day)))
    };
    if full_date(text).is_some() {
        let (year, rest) = text.split_at_checked(4)?;
        let Some(separator) = rest.first().filter(|byte| is_date_separator(**byte)) else {
            return parts(year, rest.get(..2)?, rest.get(2..4)?);
        };
        let mut fields = rest.split(|byte| byte == separator).skip(1);
        let (month, day) = (fields.next()?, fields.next()?);
        return parts(year, month, day.get(..leading_digits(day))?);
    }
    if day_first_date(text).is_some() {
        let (first, second, year) = (text.get(..2)?, text.get(3..5)?, text.get(6..10)?);
        return parts(year, second, first).or_else(|| parts(year, first, second));
    }
    match (short_date(text)?, text) {
        (6, [a, b, c, d, e, f, ..]) => parts(&[b'2', b'0', *a, *b], &[*c, *d], &[*e, *f]),
        _ => None,
    }
}

/// `v` at the end of a word of its own, as in `api-v` before `20240115`.
fn is_version_mark(before: &[u8]) -> bool {
    match before {
        [b'v' | b'V'] => true,
        [.., earlier, b'v' | b'V'] => !earlier.is_ascii_alphanumeric(),
        _ => false,
    }
}

fn is_date_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}
