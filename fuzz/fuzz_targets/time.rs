//! Times: what is read can be shown and read again, and what is remembered of other lines changes no answer.
#![no_main]

use jiff::Timestamp;
use logtally::parse::{
    time::{Clock, Moment, Stamp, Typed, Unit, Zone},
    timestamp::{Shape, time_at},
};
use logtally_fuzz::Chance;
use std::sync::LazyLock;

static ZONES: LazyLock<[Zone; 5]> = LazyLock::new(|| {
    ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "-05:30"].map(|name| name.parse().expect("a zone"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut chance = Chance::of(data);
    let utc = Zone::default();
    let (assume, shown) = (&ZONES[chance.below(5)], &ZONES[chance.below(5)]);
    let reference = Moment::from_nanos((chance.below(1 << 31) as i64) * 1_000_000_000);
    let clock = Clock { assume, reference };
    let unit = chance.of_these(&[Unit::Minute, Unit::Hour, Unit::Day]);

    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').take(20).collect();
    let (mut stamp, mut shape) = (Stamp::default(), Shape::default());
    for line in lines.iter().chain(&lines) {
        if let Some(moment) = clock.moment(line) {
            let text = moment.show(&utc);
            // Years of four digits, all of them.
            assert_eq!(Clock { assume: &utc, reference: Moment::from_nanos(0) }.moment(text.as_bytes()), Some(moment), "{text}");
            let other: Timestamp = text.parse().expect("what is shown is RFC 3339");
            assert_eq!(other.as_nanosecond(), i128::from(moment.nanos()), "{text}");
            let _ = moment.show(shown);
            let mut name = Vec::new();
            unit.write(unit.of(moment, shown), unit, shown, &mut name);
            assert!(!name.is_empty());
        }
        if let Ok(typed) = String::from_utf8_lossy(line).parse::<Typed>() {
            let _ = typed.moment(reference, assume);
        }
        // As lines: a time stands first.
        let end = time_at(line);
        assert_eq!(shape.time_at(line), end, "by its shape: {}", line.escape_ascii());
        if let Some((when, end_of_it)) = stamp.when(line) {
            let moment = clock.moment(&line[..end_of_it]).expect("what a stamp fits is a time");
            assert_eq!(when.bucket, unit.of(moment, shown), "by a stamp: {}", line.escape_ascii());
        }
        if let Some(end) = end {
            assert!(end <= line.len());
            stamp.learn(line, (0, end), &clock, (unit, shown), [Moment::MIN, Moment::MAX]);
        }
    }
});
