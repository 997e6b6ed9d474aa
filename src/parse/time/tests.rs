use super::*;
use jiff::{Timestamp, civil, tz::TimeZone};
use proptest::prelude::*;

mod edges;

/// Read in a file of this reference time; shown in UTC.
fn read_at(text: &str, assume: &str, reference: &str) -> Option<String> {
    let (assume, utc) = (assume.parse().unwrap(), Zone::default());
    let reference = Clock { assume: &utc, reference: Moment(0) }.moment(reference.as_bytes()).unwrap();
    Clock { assume: &assume, reference }.moment(text.as_bytes()).map(|moment| moment.show(&utc))
}

fn read(text: &str) -> Option<String> {
    read_at(text, "UTC", "2024-06-01T12:00:00Z")
}

#[test]
fn every_style() {
    let table = [
        // RFC 3339 and its loosenings
        ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00Z"),
        ("2024-01-15t10:00:00z", "2024-01-15T10:00:00Z"),
        ("2024-01-15T10:00:00.123456789+01:00", "2024-01-15T09:00:00.123456789Z"),
        ("2024-01-15 10:00:00,123", "2024-01-15T10:00:00.123Z"),
        ("2024-01-15 10:00:00.1", "2024-01-15T10:00:00.100Z"),
        ("2024-01-15T10:00:00.1234567891234Z", "2024-01-15T10:00:00.123456789Z"),
        ("2024-01-15 10:00:00 +0100", "2024-01-15T09:00:00Z"),
        ("2024-01-15 10:00:00-05", "2024-01-15T15:00:00Z"),
        ("2024-01-15 10:00:00.123 UTC", "2024-01-15T10:00:00.123Z"),
        ("2024-01-15 10:00:00.5 +0000 UTC", "2024-01-15T10:00:00.500Z"),
        ("2024-01-15 10:00:00 CEST", "2024-01-15T08:00:00Z"),
        ("2024-01-15T10:00:00+01:00[Europe/Paris]", "2024-01-15T09:00:00Z"),
        ("2024-01-15 10:00", "2024-01-15T10:00:00Z"),
        ("2024-01-15", "2024-01-15T00:00:00Z"),
        ("2024-1-5 9:05:00", "2024-01-05T09:05:00Z"),
        ("2024/01/15 10:00:00.000001", "2024-01-15T10:00:00.000001Z"),
        ("2024.01.15 10:00:00", "2024-01-15T10:00:00Z"),
        ("2005-06-03-15.42.50.675872", "2005-06-03T15:42:50.675872Z"),
        ("0000-01-01T00:00:00Z", "-"),
        ("2024-01-15 10:00:00 PM UTC", "2024-01-15T22:00:00Z"),
        // compact
        ("20240115T100000Z", "2024-01-15T10:00:00Z"),
        ("20240115 10:00:00", "2024-01-15T10:00:00Z"),
        ("20171223-22:15:29:606", "2017-12-23T22:15:29.606Z"),
        ("20240115100000", "2024-01-15T10:00:00Z"),
        ("20240115", "2024-01-15T00:00:00Z"),
        ("081109 203615", "2008-11-09T20:36:15Z"),
        ("240115  9:05:00", "2024-01-15T09:05:00Z"),
        // short dates
        ("17/06/09 20:10:40", "2017-06-09T20:10:40Z"),
        ("01/15/24 20:10:40", "2024-01-15T20:10:40Z"),
        ("01/15/2024 10:00:00 PM", "2024-01-15T22:00:00Z"),
        ("15/01/2024 10:00:00", "2024-01-15T10:00:00Z"),
        ("1/15/2024 12:05:00 AM", "2024-01-15T00:05:00Z"),
        ("1/15/2024 12:05 pm", "2024-01-15T12:05:00Z"),
        ("15.01.2024 10:00:00", "2024-01-15T10:00:00Z"),
        ("03-17 16:13:38.811", "2024-03-17T16:13:38.811Z"),
        ("10.30 16:49:06", "2023-10-30T16:49:06Z"),
        ("0517 15:04:22.619632", "2024-05-17T15:04:22.619632Z"),
        ("20240517 15:04:22.619632", "2024-05-17T15:04:22.619632Z"),
        ("10:15:30.123", "2024-06-01T10:15:30.123Z"),
        // months by name
        ("15/Jan/2024:10:00:00 +0100", "2024-01-15T09:00:00Z"),
        ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
        ("15-Jan-2024 10:00:00.123", "2024-01-15T10:00:00.123Z"),
        ("15 Jan 2024 10:00:00,123", "2024-01-15T10:00:00.123Z"),
        ("15/Jan/2024", "2024-01-15T00:00:00Z"),
        ("Jan 15, 2024 10:00:00 AM", "2024-01-15T10:00:00Z"),
        ("Jan 15 2024 10:00:00", "2024-01-15T10:00:00Z"),
        ("2024 Jan 15 10:00:00", "2024-01-15T10:00:00Z"),
        ("Jan 15 10:00:00 2023", "2023-01-15T10:00:00Z"),
        ("Jan 15 10:00:00 CST 1987", "1987-01-15T16:00:00Z"),
        ("Jan  5 10:00:00.25", "2024-01-05T10:00:00.250Z"),
        ("Sun Dec 04 04:47:44 2005", "2005-12-04T04:47:44Z"),
        ("Sun Dec  4 04:47:44.000017 UTC 2005", "2005-12-04T04:47:44.000017Z"),
        ("Mon Jan 15 10:00:00 2024", "2024-01-15T10:00:00Z"),
        ("Mon, 15 Jan 2024 10:00:00 +0000", "2024-01-15T10:00:00Z"),
        ("Mon Jan 15 2024 10:00:00 GMT+0100 (Central European Standard Time)", "2024-01-15T09:00:00Z"),
        // epochs: 1,700,000,000 is 2023-11-14 22:13:20
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("1700000000.123", "2023-11-14T22:13:20.123Z"),
        ("1700000000.1234567", "2023-11-14T22:13:20.123456700Z"),
        ("1700000000123", "2023-11-14T22:13:20.123Z"),
        ("1700000000123.5", "2023-11-14T22:13:20.123500Z"),
        ("1700000000123456", "2023-11-14T22:13:20.123456Z"),
        ("1700000000123456789", "2023-11-14T22:13:20.123456789Z"),
        ("100000000", "1973-03-03T09:46:40Z"),
        // leap seconds, and the ends of days and years
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999999Z"),
        ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999999999Z"),
        ("2024-12-31T23:59:59.999Z", "2024-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2000-02-29 00:00:00", "2000-02-29T00:00:00Z"),
        ("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00Z"),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).as_deref().unwrap_or("-"), expected, "{text}");
    }
}

#[test]
fn what_is_no_time() {
    let wrong = [
        "",
        " ",
        "-",
        "now",
        "12",
        "99999999",
        "2024",
        "2024-01",
        "2024-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29 00:00:00",
        "2024-01-15T24:00:00Z",
        "2024-01-15T23:60:00Z",
        "2024-01-15T10:00:61Z",
        "2024-01-15T10:00:00+24:00",
        "2024-01-15T10:00:00 text",
        "2024-01-15T",
        "2024-01-15T10",
        "2024-01-15T10:00:00.",
        "Feb 30 10:00:00",
        "0230 10:00:00.1",
        "Xyz 15 10:00:00",
        "13:00:00 PM",
        "2024-99-99 10:00:00",
        "May the force",
        "99999999999999999999",
        "1.2.3.4",
        "2024-01-15T10:00:00ZZ",
        "2024-01-15T10:00:00+1",
        "9999-12-31T23:59:59Z",
        "2024-01-15 10:00:00 2023",
    ];
    for text in wrong {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn the_year_is_the_latest_that_is_no_more_than_a_day_ahead() {
    let table = [
        // (text, reference, expected)
        ("Dec 31 23:59:59", "2024-01-01T00:00:10Z", "2023-12-31T23:59:59Z"),
        ("Jan  1 00:00:01", "2024-01-01T00:00:10Z", "2024-01-01T00:00:01Z"),
        ("Jan  1 12:00:00", "2023-12-31T23:00:00Z", "2024-01-01T12:00:00Z"),
        ("Jan  1 23:00:00", "2023-12-31T23:00:00Z", "2024-01-01T23:00:00Z"),
        ("Jan  1 23:00:01", "2023-12-31T23:00:00Z", "2023-01-01T23:00:01Z"),
        ("Jun  2 12:00:00", "2024-06-01T12:00:00Z", "2024-06-02T12:00:00Z"),
        ("Jun  2 12:00:01", "2024-06-01T12:00:00Z", "2023-06-02T12:00:01Z"),
        ("Feb 29 10:00:00", "2024-06-01T12:00:00Z", "2024-02-29T10:00:00Z"),
        ("Feb 29 10:00:00", "2023-06-01T12:00:00Z", "2020-02-29T10:00:00Z"),
        ("Feb 29 10:00:00", "1903-06-01T12:00:00Z", "1896-02-29T10:00:00Z"),
        ("12-31 23:59:59.999", "2024-01-01T00:00:10Z", "2023-12-31T23:59:59.999Z"),
        ("1231 23:59:59.999999", "2024-01-01T00:00:10Z", "2023-12-31T23:59:59.999999Z"),
    ];
    for (text, reference, expected) in table {
        assert_eq!(read_at(text, "UTC", reference).as_deref(), Some(expected), "{text} in a file of {reference}");
    }
}

#[test]
fn times_without_a_zone_are_in_the_one_that_is_assumed() {
    let table = [
        ("2024-01-15 10:00:00", "Europe/Berlin", "2024-01-15T09:00:00Z"),
        ("2024-07-15 10:00:00", "Europe/Berlin", "2024-07-15T08:00:00Z"),
        ("2024-07-15 10:00:00", "-05:30", "2024-07-15T15:30:00Z"),
        ("2024-07-15 10:00:00Z", "Europe/Berlin", "2024-07-15T10:00:00Z"),
        ("2024-07-15 10:00:00 UTC", "Europe/Berlin", "2024-07-15T10:00:00Z"),
        // Jumped over: 02:30 is 03:30. Shown twice: the first time.
        ("2024-03-31 02:30:00", "Europe/Berlin", "2024-03-31T01:30:00Z"),
        ("2024-10-27 02:30:00", "Europe/Berlin", "2024-10-27T00:30:00Z"),
        ("2024-10-27 03:00:00", "Europe/Berlin", "2024-10-27T02:00:00Z"),
        // The reference, 12:00 in Greenwich, is on the next day there.
        ("00:30:00", "Pacific/Auckland", "2024-06-01T12:30:00Z"),
        ("00:30:00", "UTC", "2024-06-01T00:30:00Z"),
    ];
    for (text, assume, expected) in table {
        assert_eq!(read_at(text, assume, "2024-06-01T12:00:00Z").as_deref(), Some(expected), "{text} in {assume}");
    }
}

#[test]
fn zones() {
    for name in ["UTC", "Z", "Europe/Berlin", "+02:00", "-0530", "+02", "america/new_york"] {
        assert_eq!(name.parse::<Zone>().map(|zone| zone.to_string()), Ok(name.to_owned()));
    }
    // Where the machine does not say where it is, that is said.
    assert!("local".parse::<Zone>().is_ok() || "local".parse::<Zone>().is_err_and(|error| error == BadZone::NoLocal));
    for name in ["", "Berlin", "+2", "+24:00", "+02:60", "02:00", "Europe/", "../etc/passwd", "+02:00:00", "-"] {
        let error = name.parse::<Zone>().unwrap_err().to_string();
        assert!(error.contains(&format!("'{name}'")) && error.contains("Europe/Berlin"), "{error}");
    }
}

#[test]
fn buckets_have_the_names_of_their_beginnings() {
    let named = |text: &str, unit: Unit, zone: &str| {
        let (zone, utc): (Zone, Zone) = (zone.parse().unwrap(), Zone::default());
        let moment = Clock { assume: &utc, reference: Moment(0) }.moment(text.as_bytes()).unwrap();
        let mut name = Vec::new();
        unit.write(unit.of(moment, &zone), unit, &zone, &mut name);
        let mut by_minute = Vec::new();
        unit.write(Unit::Minute.of(moment, &zone), Unit::Minute, &zone, &mut by_minute);
        assert_eq!(name, by_minute, "a minute is a part of one hour and one day");
        String::from_utf8(name).unwrap()
    };
    let table = [
        ("2024-01-15T10:23:45Z", Unit::Minute, "UTC", "2024-01-15T10:23:00Z"),
        ("2024-01-15T10:23:45Z", Unit::Hour, "UTC", "2024-01-15T10:00:00Z"),
        ("2024-01-15T10:23:45Z", Unit::Day, "UTC", "2024-01-15"),
        ("2024-01-15T23:23:45Z", Unit::Day, "+02:00", "2024-01-16"),
        ("2024-01-15T23:23:45Z", Unit::Hour, "+05:30", "2024-01-16T04:00:00+05:30"),
        ("2024-01-15T23:23:45Z", Unit::Hour, "America/New_York", "2024-01-15T18:00:00-05:00"),
        // The hour that is shown twice.
        ("2024-10-27T00:30:00Z", Unit::Hour, "Europe/Berlin", "2024-10-27T02:00:00+02:00"),
        ("2024-10-27T01:30:00Z", Unit::Hour, "Europe/Berlin", "2024-10-27T02:00:00+01:00"),
        ("1969-12-31T23:59:59.999Z", Unit::Hour, "UTC", "1969-12-31T23:00:00Z"),
    ];
    for (text, unit, zone, expected) in table {
        assert_eq!(named(text, unit, zone), expected, "{text} in {zone}");
    }
}

#[test]
fn a_stamp_fits_all_lines_of_the_hour() {
    let utc = Zone::default();
    let clock = Clock { assume: &utc, reference: Clock { assume: &utc, reference: Moment(0) }.moment(b"2024-06-01").unwrap() };
    let table = [
        // (learnt from, fits, does not fit), with the time between brackets
        ("[2024-01-15 10:00:00,123] x", "[2024-01-15 10:59:59,999] x", "[2024-01-15 11:00:00,000] x"),
        ("[2024-01-15 10:00:00,123] x", "[2024-01-15 10:20:30,000] y", "[2024-01-15 10:60:00,000] x"),
        ("[2024-01-15 10:00:00,123] x", "[2024-01-15 10:00:00,123] y", "[2024-01-15 10:00:00.123] x"),
        ("[Jan 15 10:00:00] INFO text", "[Jan 15 10:31:31] WARN text", "[Jan 16 10:00:00] INFO text"),
        ("[1700000000.123] INFO text", "[1700000999.999] INFO text", "[1700001000.000] INFO text"),
        ("[2024-01-15T10:00:00+01:00] x", "[2024-01-15T10:10:10+01:00] x", "[2024-01-15T10:10:10+02:00] x"),
    ];
    for (line, alike, other) in table.map(|(a, b, c)| (format!("{a} and more"), format!("{b} and more"), format!("{c} and more")))
    {
        let mut stamp = Stamp::default();
        let end = line.find(']').unwrap();
        stamp.learn(line.as_bytes(), (1, end), &clock, (Unit::Hour, &utc), [Moment::MIN, Moment::MAX]);
        assert_eq!(stamp.when(line.as_bytes()).map(|(_, end)| end), Some(end), "{line}");
        assert!(stamp.when(alike.as_bytes()).is_some(), "{alike} after {line}");
        assert!(stamp.when(other.as_bytes()).is_none(), "{other} after {line}");
    }
}

const PLACES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "Africa/Casablanca",
];

/// Moments near changes of clocks, and any others, in seconds from 1975 to 2050.
fn second() -> impl Strategy<Value = i64> {
    let near_change =
        (proptest::sample::select(&PLACES[1..]), 160_000_000i64..2_500_000_000, -7300i64..7300).prop_map(|(place, near, off)| {
            let zone = TimeZone::get(place).unwrap();
            let change = zone
                .following(Timestamp::from_second(near).unwrap())
                .next()
                .map_or(near, |change| change.timestamp().as_second());
            change + off
        });
    prop_oneof![near_change, 160_000_000i64..2_500_000_000]
}

/// A printed time, less what its style cannot say.
struct Printed {
    text: String,
    nanos: i64,
    places: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Said,
    Assumed,
}

/// One moment in each style.
fn printed(second: i64, nanos: i64, place: &str) -> Vec<Printed> {
    let zone = TimeZone::get(place).unwrap();
    let timestamp = Timestamp::new(second, nanos as i32).unwrap();
    let there = timestamp.to_zoned(zone);
    let say = |style: &str, digits: u32, places: Place| {
        let part = 10i64.pow(9 - digits);
        Printed { text: there.strftime(style).to_string(), nanos: nanos / part * part, places }
    };
    let mut all = vec![
        say("%Y-%m-%dT%H:%M:%S%.9f%:z", 9, Place::Said),
        say("%Y-%m-%d %H:%M:%S,%3f", 3, Place::Assumed),
        say("%Y-%m-%d %H:%M:%S", 0, Place::Assumed),
        say("%Y-%m-%d %H:%M:%S%.6f %z", 6, Place::Said),
        say("%Y/%m/%d %H:%M:%S", 0, Place::Assumed),
        say("%d/%b/%Y:%H:%M:%S %z", 0, Place::Said),
        say("%d-%b-%Y %H:%M:%S%.3f", 3, Place::Assumed),
        say("%a %b %d %H:%M:%S %Y", 0, Place::Assumed),
        say("%a %b %e %H:%M:%S%.6f %Y", 6, Place::Assumed),
        say("%a, %d %b %Y %H:%M:%S %z", 0, Place::Said),
        say("%b %d, %Y %I:%M:%S %p", 0, Place::Assumed),
        say("%Y%m%d %H:%M:%S%.6f", 6, Place::Assumed),
        say("%y/%m/%d %H:%M:%S", 0, Place::Assumed),
        say("%y%m%d %H%M%S", 0, Place::Assumed),
        say("%b %e %H:%M:%S", 0, Place::Assumed),
        say("%b %d %H:%M:%S%.6f", 6, Place::Assumed),
        say("%m-%d %H:%M:%S%.3f", 3, Place::Assumed),
        say("%m%d %H:%M:%S%.6f", 6, Place::Assumed),
        say("%H:%M:%S%.3f", 3, Place::Assumed),
    ];
    let millis = nanos / 1_000_000;
    let epoch = |text: String, nanos: i64| Printed { text, nanos, places: Place::Said };
    all.push(epoch(format!("{second}"), 0));
    all.push(epoch(format!("{second}.{nanos:09}"), nanos));
    all.push(epoch(format!("{second}{millis:03}"), millis * 1_000_000));
    all.push(epoch(format!("{second}{:06}", nanos / 1000), nanos / 1000 * 1000));
    all.push(epoch(format!("{second}{nanos:09}"), nanos));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    /// A time that is printed in any style is read back to the same instant. Where clocks showed it twice, or without a zone at all, the
    /// library says which is meant.
    #[test]
    fn what_is_printed_is_read_back(second in second(), nanos in 0i64..1_000_000_000, place in proptest::sample::select(&PLACES)) {
        let assume: Zone = place.parse().unwrap();
        let zone = TimeZone::get(place).unwrap();
        let there = Timestamp::new(second, nanos as i32).unwrap().to_zoned(zone.clone());
        for Printed { text, nanos, places } in printed(second, nanos, place) {
            let clock = Clock { assume: &assume, reference: Moment::new(second, 0).unwrap() };
            let meant = match places {
                Place::Said => second,
                // The same local time, as the library resolves it.
                Place::Assumed => zone.to_ambiguous_timestamp(there.datetime()).compatible().unwrap().as_second(),
            };
            let read = clock.moment(text.as_bytes());
            prop_assert_eq!(read, Moment::new(meant, nanos as u32), "{}", text);
        }
    }

    /// The calendar is the library's.
    #[test]
    fn days_are_days(days in -700_000i64..2_900_000) {
        let (year, month, day) = date_of(days);
        if (0..=9999).contains(&year) {
            let date = civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!((i32::from(date.year()), date.month() as u32, date.day() as u32), (year, month, day));
            prop_assert_eq!(days_of(year, month, day), Some(days));
        }
    }

    #[test]
    fn what_is_shown_is_read_back(nanos: i64, zone in proptest::sample::select(&PLACES[1..4])) {
        let zone: Zone = zone.parse().unwrap();
        let clock = Clock { assume: &zone, reference: Moment(0) };
        // Before clocks were set by zones, offsets had seconds.
        if nanos > 0 {
            prop_assert_eq!(clock.moment(Moment(nanos).show(&zone).as_bytes()), Some(Moment(nanos)));
        }
    }

    #[test]
    fn no_bytes_do_harm(text in prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        "[0-9T:. /,Z+\\-]{0,40}".prop_map(String::into_bytes),
        "(Mon|Jan|Sun|Dec|[0-9]{1,20})[,: /\\-.]{0,2}(Jan|[0-9]{1,4})[ :/\\-]([0-9]{2}|Z|UTC|PM|[+:.]| ){0,12}".prop_map(String::into_bytes),
    ], reference: i64, place in proptest::sample::select(&PLACES)) {
        let zone: Zone = place.parse().unwrap();
        let clock = Clock { assume: &zone, reference: Moment(reference) };
        if let Some(moment) = clock.moment(&text) {
            for unit in [Unit::Minute, Unit::Hour, Unit::Day] {
                unit.write(unit.of(moment, &zone), unit, &zone, &mut Vec::new());
            }
            let _ = moment.show(&zone);
        }
        Stamp::default().learn(&text, (0, text.len()), &clock, (Unit::Hour, &zone), [Moment::MIN, Moment::MAX]);
    }

    /// What a stamp says of a line is what reading it says.
    #[test]
    fn a_stamp_changes_no_answer(
        second in second(), nanos in 0i64..1_000_000_000, aside in proptest::collection::vec(-8000i64..8000, 1..20),
        (assume, place, shown) in (proptest::sample::select(&PLACES), proptest::sample::select(&PLACES), proptest::sample::select(&PLACES)),
        unit in proptest::sample::select(&[Unit::Minute, Unit::Hour, Unit::Day]), bound in -4000i64..4000, change in "[0-9:. ZT+]", at in 0usize..30,
    ) {
        let (assume, shown): (Zone, Zone) = (assume.parse().unwrap(), shown.parse().unwrap());
        let clock = Clock { assume: &assume, reference: Moment::new(second, 0).unwrap() };
        let bounds = [Moment::new(second + bound, 0).unwrap(), Moment::MAX];
        let styles = printed(second, nanos, place).len();
        for style in 0..styles {
            let line = |second: i64| format!("[{}] text that goes on for a while, so that it can be compared", printed(second, nanos, place)[style].text);
            let end = |line: &str| line.find(']').unwrap();
            let (mut stamp, first) = (Stamp::default(), line(second));
            stamp.learn(first.as_bytes(), (1, end(&first)), &clock, (unit, &shown), bounds);
            for aside in &aside {
                let mut other = line(second + aside);
                if aside % 3 == 0 {
                    other.replace_range(at + 1..at + 2, &change);
                }
                if let Some((when, time_end)) = stamp.when(other.as_bytes()) {
                    let moment = clock.moment(&other.as_bytes()[1..time_end]).unwrap();
                    prop_assert_eq!(when.bucket, unit.of(moment, &shown), "{} after {}", other, first);
                    prop_assert!(bounds.iter().all(|bound| (moment < *bound) == (when.moment < *bound)));
                }
            }
            if let Some(moment) = clock.moment(&first.as_bytes()[1..end(&first)]) {
                // A stamp that is learnt fits what it was learnt from.
                prop_assert!(stamp.when(first.as_bytes()).is_none_or(|(when, _)| when.bucket == unit.of(moment, &shown)));
            }
        }
    }
}
