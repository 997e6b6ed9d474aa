//! Times at the edges of what can be written: offsets, magnitudes of epochs, leap seconds, ends of years and of days. jiff prints.

use super::*;
use jiff::{Zoned, civil::DateTime, tz::Offset};

/// 1973-03-03T09:46:40, the first second of which the number has nine digits.
const FIRST: i64 = 100_000_000;
/// 2262-04-11T23:47:16, the last second that is whole in nanoseconds of 63 bits.
const LAST: i64 = i64::MAX / SECOND;

/// The same instant in the library's terms.
fn instant(moment: Option<Moment>) -> Option<Timestamp> {
    moment.map(|moment| Timestamp::from_nanosecond(i128::from(moment.nanos())).unwrap())
}

fn timestamp(second: i64, nanos: i32) -> Timestamp {
    Timestamp::new(second, nanos).unwrap()
}

/// Read where a time without a zone would be far off.
fn read_in_chatham(text: &str) -> Option<Timestamp> {
    let far: Zone = "Pacific/Chatham".parse().unwrap();
    instant(Clock { assume: &far, reference: Moment(0) }.moment(text.as_bytes()))
}

/// What may be written behind a clock in a zone of this offset from Greenwich.
fn endings(offset: Offset) -> Vec<String> {
    let (sign, minutes) = (if offset.is_negative() { '-' } else { '+' }, offset.seconds().abs() / 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let mut all = Vec::new();
    for space in ["", " "] {
        all.push(format!("{space}{sign}{hours:02}:{minutes:02}"));
        all.push(format!("{space}{sign}{hours:02}{minutes:02}"));
        all.push(format!("{space}GMT{sign}{hours:02}{minutes:02}"));
        if minutes == 0 {
            all.push(format!("{space}{sign}{hours:02}"));
        }
        if offset == Offset::UTC {
            all.extend(
                ["Z", "UTC", "GMT", "-00:00", "-0000", "-00", "+0000 UTC", "+00:00[UTC]"].map(|zone| format!("{space}{zone}")),
            );
        }
    }
    all
}

/// Any that a clock was ever set by, and Greenwich often.
fn offset() -> impl Strategy<Value = Offset> {
    prop_oneof![1 => Just(0), 3 => -(12 * 60 + 59)..=14 * 60i32].prop_map(|minutes| Offset::from_seconds(minutes * 60).unwrap())
}

/// What stands before a zone, with so many digits of a second.
const BEFORE_A_ZONE: [(&str, u32); 9] = [
    ("%Y-%m-%dT%H:%M:%S%.9f", 9),
    ("%Y-%m-%d %H:%M:%S,%3f", 3),
    ("%Y-%m-%d %H:%M:%S", 0),
    ("%Y/%m/%d %H:%M:%S%.6f", 6),
    ("%Y%m%dT%H%M%S", 0),
    ("%d/%b/%Y:%H:%M:%S", 0),
    ("%d %b %Y %H:%M:%S", 0),
    ("%a, %d %b %Y %H:%M:%S", 0),
    ("%b %d, %Y %I:%M:%S %p", 0),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn any_offset_is_read(second in FIRST..LAST, nanos in 0i32..1_000_000_000, offset in offset()) {
        let there = offset.to_datetime(timestamp(second, nanos));
        for (style, digits) in BEFORE_A_ZONE {
            let part = 10i32.pow(9 - digits);
            let expected = timestamp(second, nanos / part * part);
            // Letters behind `AM` would be of its word.
            let apart = |ending: &String| !style.ends_with("%p") || !ending.starts_with(|first: char| first.is_ascii_alphabetic());
            for ending in endings(offset).into_iter().filter(apart) {
                let text = format!("{}{ending}", there.strftime(style));
                prop_assert_eq!(read_in_chatham(&text), Some(expected), "{}", text);
            }
        }
        // The zone before the year: git's, date's.
        for ending in endings(offset).iter().filter(|ending| ending.starts_with(' ')) {
            let text = format!("{}{ending} {}", there.strftime("%a %b %e %H:%M:%S"), there.strftime("%Y"));
            prop_assert_eq!(read_in_chatham(&text), Some(timestamp(second, 0)), "{}", text);
        }
    }

    /// A leap second is the end of the minute it stands in, wherever clocks are.
    #[test]
    fn a_leap_second_is_the_end_of_its_minute(minute in FIRST / 60..LAST / 60, offset in offset()) {
        let there = offset.to_datetime(timestamp(minute * 60, 0));
        for (style, _) in BEFORE_A_ZONE {
            let style = style.replace("%S", "60").replace("%3f", "250").replace("%.6f", ".250000").replace("%.9f", ".25");
            let text = format!("{}{}", there.strftime(&style), endings(offset)[0]);
            prop_assert_eq!(read_in_chatham(&text), Some(timestamp(minute * 60 + 59, 999_999_999)), "{}", text);
        }
    }

    /// In each unit, near the ends of what has its magnitude and anywhere between.
    #[test]
    fn epochs_of_any_magnitude(
        second in prop_oneof![FIRST..FIRST + 1000, LAST - 1000..LAST, FIRST..LAST, (1i64..10).prop_map(|leading| leading * 1_000_000_000)],
        nanos in prop_oneof![Just(0), Just(1), Just(999_999_999), 0i32..1_000_000_000], comma: bool,
    ) {
        let told = timestamp(second, nanos);
        let point = if comma { ',' } else { '.' };
        let table = [
            (format!("{}", told.as_second()), 1_000_000_000),
            (format!("{}", told.as_millisecond()), 1_000_000),
            (format!("{}", told.as_microsecond()), 1000),
            (format!("{}", told.as_nanosecond()), 1),
            (format!("{}{point}{nanos:09}", told.as_second()), 1),
            (format!("{}{point}{:06}", told.as_millisecond(), nanos % 1_000_000), 1),
            (format!("{}{point}{:03}", told.as_microsecond(), nanos % 1000), 1),
        ];
        for (text, part) in table {
            prop_assert_eq!(read_in_chatham(&text), Some(timestamp(second, nanos / part * part)), "{}", text);
        }
    }

    /// Up to a day after the reference it is the year in which that is so; past that it is a year before.
    #[test]
    fn a_year_that_is_not_said_is_the_latest_that_fits(
        new_year in 1980i16..2060, aside in -2 * DAY..2 * DAY,
        ahead in prop_oneof![Just(DAY), Just(DAY + 1), DAY - 5..DAY + 5, -3 * DAY..3 * DAY, -363 * DAY..364 * DAY],
    ) {
        let reference = Offset::UTC.to_timestamp(civil::date(new_year, 1, 1).at(0, 0, 0, 0)).unwrap().as_second() + aside;
        let written = Offset::UTC.to_datetime(timestamp(reference + ahead, 0));
        let latest = Offset::UTC.to_datetime(timestamp(reference + DAY, 0));
        let expected = (0..10).find_map(|back| written.with().year(written.year() - back).build().ok().filter(|time| *time <= latest));
        for style in ["%b %e %H:%M:%S", "%b %d %H:%M:%S", "%m-%d %H:%M:%S.000", "%m%d %H:%M:%S.000000"] {
            let clock = Clock { assume: &Zone::default(), reference: Moment::new(reference, 0).unwrap() };
            let read = instant(clock.moment(written.strftime(style).to_string().as_bytes())).map(|time| Offset::UTC.to_datetime(time));
            prop_assert_eq!(read, expected, "{} in a file of {}", written.strftime(style), latest);
        }
    }

    /// Wherever it is read: any record of the year before a file's reference keeps its year.
    #[test]
    fn a_year_that_is_not_said_is_found_anywhere(
        reference in second(), back in prop_oneof![7200 - DAY..DAY, 7200 - DAY..364 * DAY], place in proptest::sample::select(&PLACES),
    ) {
        let (assume, zone): (Zone, _) = (place.parse().unwrap(), TimeZone::get(place).unwrap());
        let there = timestamp(reference - back, 0).to_zoned(zone.clone()).datetime();
        let meant = compatible(&zone, there);
        let clock = Clock { assume: &assume, reference: Moment::new(reference, 0).unwrap() };
        let text = there.strftime("%b %e %H:%M:%S").to_string();
        prop_assert_eq!(instant(clock.moment(text.as_bytes())), Some(meant), "{} in a file of {}", text, timestamp(reference, 0));
    }

    /// A clock without a date shows a time of the reference's day, on either side of its midnights.
    #[test]
    fn a_day_that_is_not_said_is_the_references(
        reference in second(), of_day in prop_oneof![0i64..10, DAY - 10..DAY, 0..DAY], place in proptest::sample::select(&PLACES), offset in offset(),
    ) {
        let (assume, zone): (Zone, _) = (place.parse().unwrap(), TimeZone::get(place).unwrap());
        let clock = Clock { assume: &assume, reference: Moment::new(reference, 0).unwrap() };
        let shown = civil::Time::midnight() + jiff::SignedDuration::from_secs(of_day);
        let here = timestamp(reference, 0).to_zoned(zone.clone()).date().to_datetime(shown);
        for style in ["%H:%M:%S", "%H:%M:%S.000", "%H:%M:%S,000", "%I:%M:%S %p"] {
            let text = shown.strftime(style).to_string();
            prop_assert_eq!(instant(clock.moment(text.as_bytes())), Some(compatible(&zone, here)), "{}", text);
        }
        // Where the zone is said, it is the day there.
        let there = Zoned::new(timestamp(reference, 0), TimeZone::fixed(offset)).date().to_datetime(shown);
        let text = format!("{}{}", shown.strftime("%H:%M:%S"), endings(offset)[0]);
        prop_assert_eq!(instant(clock.moment(text.as_bytes())), Some(offset.to_timestamp(there).unwrap()), "{}", text);
    }
}

fn compatible(zone: &TimeZone, there: DateTime) -> Timestamp {
    zone.to_ambiguous_timestamp(there).compatible().unwrap()
}

#[test]
fn edges() {
    let table = [
        // The first and the last number of each unit that is a moment.
        ("99999999", "-"),
        ("100000000", "1973-03-03T09:46:40Z"),
        ("9223372036", "2262-04-11T23:47:16Z"),
        ("9223372036.854775807", "2262-04-11T23:47:16.854775807Z"),
        ("9223372036.854775808", "-"),
        ("9223372037", "-"),
        ("99999999999", "-"),
        ("100000000000", "1973-03-03T09:46:40Z"),
        ("9223372036854", "2262-04-11T23:47:16.854Z"),
        ("9223372036855", "-"),
        ("100000000000000", "1973-03-03T09:46:40Z"),
        ("9223372036854775", "2262-04-11T23:47:16.854775Z"),
        ("9223372036854776", "-"),
        ("100000000000000000", "1973-03-03T09:46:40Z"),
        ("9223372036854775807", "2262-04-11T23:47:16.854775807Z"),
        ("9223372036854775808", "-"),
        // No times of logs: before 1973, and those of other notations.
        ("-1700000000", "-"),
        ("+1700000000", "-"),
        ("1.7e9", "-"),
        ("1700000000.", "-"),
        (".1700000000", "-"),
        ("1700000000.123Z", "-"),
        // The number of a day that begins it, not of one that ends it.
        ("2024-01-15T24:00:00Z", "-"),
        ("2024-01-15T23:59:59.999999999Z", "2024-01-15T23:59:59.999999999Z"),
        // Seconds that were leapt, as clocks showed them there.
        ("2016-12-31 23:59:60 UTC", "2016-12-31T23:59:59.999999999Z"),
        ("2017-01-01T08:59:60+09:00", "2016-12-31T23:59:59.999999999Z"),
        ("Jun 30 23:59:60 2015", "2015-06-30T23:59:59.999999999Z"),
        ("2015-06-30T23:59:61Z", "-"),
        // The first and the last moments.
        ("1677-09-21T00:12:44Z", "1677-09-21T00:12:44Z"),
        ("1677-09-21T00:12:43Z", "-"),
        ("2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z"),
        ("2262-04-11T23:47:16.854775808Z", "-"),
        // Years of two digits.
        ("68/12/31 23:59:59", "2068-12-31T23:59:59Z"),
        ("69/01/01 00:00:00", "1969-01-01T00:00:00Z"),
        // Noon and midnight by twelve hours.
        ("1/15/2024 12:00:00 AM", "2024-01-15T00:00:00Z"),
        ("1/15/2024 12:00:00 PM", "2024-01-15T12:00:00Z"),
        ("1/15/2024 11:59:59 PM", "2024-01-15T23:59:59Z"),
        ("1/15/2024 0:00:00 AM", "-"),
        // Offsets past any that clocks had, and past a day.
        ("2024-01-15T10:00:00+23:59", "2024-01-14T10:01:00Z"),
        ("2024-01-15T10:00:00-24:00", "-"),
        ("2024-01-15T10:00:00+05:60", "-"),
        ("2024-01-15T10:00:00+5:30", "-"),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).as_deref().unwrap_or("-"), expected, "{text}");
    }
}
