//! When records were written, as far as a run wants to know.

use super::filter::Span;
use crate::parse::{
    Dialect, Format, Lookup, LookupMemory, syslog,
    time::{Bucket, Clock, Moment, Stamp, Unit, When, Zone},
    timestamp,
};
use memchr::{memchr, memmem::Finder};
use std::sync::LazyLock;

/// What a run makes of times.
#[derive(Clone, Debug)]
pub struct Times {
    /// The zone of times that say none.
    pub assume: Zone,
    /// The zone that times are shown and grouped in.
    pub show: Zone,
    /// When the run began.
    pub now: Moment,
    /// Whether the earliest and the latest time of each group are asked for.
    pub extremes: Extremes,
}

impl Default for Times {
    /// UTC, and no columns of times.
    fn default() -> Self {
        Times { assume: Zone::default(), show: Zone::default(), now: Moment::from_nanos(0), extremes: Extremes::default() }
    }
}

/// Whether the earliest and the latest time of each group are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extremes {
    /// They are: each record's time is found out to its last digit.
    Kept,
    /// They are not.
    #[default]
    Ignored,
}

/// How times are found: what a [`super::Plan`] compiles from [`Times`].
#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) times: Times,
    /// What they are told apart by.
    pub(super) unit: Unit,
    pub(super) span: Span,
    pub(super) lookup: Lookup,
}

impl Timing {
    pub(super) fn new(times: Times, unit: Option<Unit>, span: Span) -> Timing {
        // A run that only filters has but one group; a day is found out as fast as any.
        Timing { times, unit: unit.unwrap_or(Unit::Day), span, lookup: Lookup::time() }
    }
}

/// What is remembered of times from line to line: guesses to be verified, and buffers.
#[derive(Debug, Default)]
pub(super) struct TimeMemory {
    lookup: LookupMemory,
    /// What lines of the same hour begin with.
    line: Hunches,
    /// What the texts of their times begin with.
    text: Hunches,
    /// Whose times these are.
    owner: Option<(Format, Moment)>,
    label: Label,
}

/// Stamps, and how often none of them was of use of late.
#[derive(Debug, Default)]
struct Hunches {
    stamps: [Hunch; HUNCHES],
    /// The one that fitted last.
    recent: usize,
    misses: u32,
}

/// Levels before a time are four, and an hour ends in the middle of others.
const HUNCHES: usize = 4;

/// A stamp, and what may not stand behind it.
#[derive(Debug, Default)]
struct Hunch {
    stamp: Stamp,
    rivals: Rivals,
}

/// Keys that would be asked for the time before the one that has it. Those before it are part of the stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rivals {
    /// None: the key is the first of the list, or the time is where the format has it.
    #[default]
    None,
    /// `timestamp` and `@timestamp`.
    Timestamps,
    /// These and `time`.
    TimestampsAndTime,
}

static KEYS_IN_JSON: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new(b"stamp\""), Finder::new(b"time\"")]);
static KEYS_IN_LOGFMT: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new(b"stamp="), Finder::new(b"time=")]);

impl Rivals {
    /// Of the key whose value stands behind this.
    fn of(format: Format, before: &[u8]) -> Option<Rivals> {
        let before = before.strip_suffix(b"\"").unwrap_or(before);
        let key = match format {
            Format::Json => {
                let key = before.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
                key.get(key.iter().rposition(|byte| *byte == b'"')? + 1..)?
            }
            _ => before.strip_suffix(b"=")?.rsplit(u8::is_ascii_whitespace).next()?,
        };
        match key {
            b"timestamp" => Some(Rivals::None),
            b"@timestamp" | b"time" => Some(Rivals::Timestamps),
            b"ts" => Some(Rivals::TimestampsAndTime),
            _ => None,
        }
    }

    /// Whether none of them can stand in the rest of a line.
    #[inline]
    fn are_absent(self, format: Format, rest: &[u8]) -> bool {
        let absent = |[stamp, time]: &[Finder<'_>; 2]| {
            stamp.find(rest).is_none() && (self == Rivals::Timestamps || time.find(rest).is_none())
        };
        match (self, format) {
            (Rivals::None, _) => true,
            // A key may be written with escapes.
            (_, Format::Json) => memchr(b'\\', rest).is_none() && absent(&KEYS_IN_JSON),
            _ => absent(&KEYS_IN_LOGFMT),
        }
    }
}

/// So many stamps in a row are learnt, then ever fewer: for logs in which no two lines are of the same hour.
const PATIENCE: u32 = 64;

impl Hunches {
    /// When a line was that begins as one of those that were learnt, and where its time ends.
    #[inline(always)]
    fn when(&mut self, line: &[u8]) -> Option<(When, usize, Rivals)> {
        let recent = self.stamps.get(self.recent)?;
        match recent.stamp.when(line) {
            Some((when, end)) => Some((when, end, recent.rivals)),
            None => self.when_otherwise(line),
        }
    }

    #[inline(never)]
    fn when_otherwise(&mut self, line: &[u8]) -> Option<(When, usize, Rivals)> {
        let found = |(at, hunch): (usize, &Hunch)| hunch.stamp.when(line).map(|(when, end)| (at, (when, end, hunch.rivals)));
        let (at, when) = self.stamps.iter().enumerate().find_map(found)?;
        self.recent = at;
        Some(when)
    }

    /// The one that has been of no use for longest, to be learnt anew.
    fn next(&mut self) -> &mut Hunch {
        self.recent = (self.recent + 1) % HUNCHES;
        &mut self.stamps[self.recent]
    }

    fn forget(&mut self) {
        self.stamps.iter_mut().for_each(|hunch| hunch.stamp.forget());
    }

    /// Whether it is worth while to learn another.
    fn gives_way(&mut self) -> bool {
        self.misses = self.misses.saturating_add(1);
        self.misses <= PATIENCE || self.misses.is_power_of_two()
    }
}

impl TimeMemory {
    /// Gets ready for lines of this format in a file of this reference time.
    pub(super) fn adopt(&mut self, format: Format, reference: Moment) {
        if self.owner != Some((format, reference)) {
            self.owner = Some((format, reference));
            self.line.forget();
            self.text.forget();
        }
    }

    /// The bucket of a line that begins as the last one of its format did; only after [`TimeMemory::adopt`], and only for a line
    /// that its format recalls.
    #[inline(always)]
    pub(super) fn recall(&mut self, format: Format, line: &[u8]) -> Option<Bucket> {
        let (when, end, rivals) = self.line.when(line)?;
        // What could be a zone behind a syslog time is no host that syslog recalls.
        let certain = format == Format::Syslog || is_all(format, line, end, rivals);
        certain.then_some(when.bucket)
    }

    /// When a record was written, told by its first line.
    #[inline(never)]
    pub(super) fn when(
        &mut self,
        format: Format,
        dialect: &Dialect,
        line: &[u8],
        timing: &Timing,
        reference: Moment,
    ) -> Option<When> {
        self.adopt(format, reference);
        let exactly = timing.times.extremes == Extremes::Kept;
        if !exactly
            && let Some((when, end, rivals)) = self.line.when(line)
            && is_all(format, line, end, rivals)
        {
            self.line.misses = 0;
            return Some(when);
        }
        let text = timing.lookup.value(format, dialect, line, &mut self.lookup)?;
        let place = place_in(line, text);
        let known = place.and_then(|(start, end)| Some((self.text.when(line.get(start..)?)?, end - start)));
        let known = known.filter(|((_, end, _), len)| end == len && !exactly).map(|((when, ..), _)| when);
        let clock = Clock { assume: &timing.times.assume, reference };
        let when = match known {
            Some(when) => {
                self.text.misses = 0;
                when
            }
            None => {
                let moment = clock.moment(text)?;
                When { moment, bucket: timing.unit.of(moment, &timing.times.show) }
            }
        };
        if let Some((start, end)) = place.filter(|_| !exactly) {
            let grid = (timing.unit, &timing.times.show);
            let bounds = timing.span.bounds();
            if known.is_none() && self.text.gives_way() {
                let rest = line.get(start..).unwrap_or_default();
                self.text.next().stamp.learn(rest, (0, end - start), &clock, grid, bounds);
            }
            if let Some(rivals) = rivals_of_time(format, line, (start, end))
                && self.line.gives_way()
            {
                let hunch = self.line.next();
                hunch.rivals = rivals;
                hunch.stamp.learn(line, (start, end), &clock, grid, bounds);
            }
        }
        Some(when)
    }

    /// The name of a bucket.
    pub(super) fn label(&mut self, bucket: Bucket, timing: &Timing) -> &Label {
        self.label.turn_to(bucket, timing);
        &self.label
    }

    /// The label of a record that has no time.
    pub(super) fn no_label(&mut self) -> &Label {
        self.label = Label::default();
        &self.label
    }
}

/// The names of one bucket's minute, hour and day.
#[derive(Debug, Default)]
pub(super) struct Label {
    bucket: Option<Bucket>,
    names: [Vec<u8>; 3],
}

impl Label {
    fn turn_to(&mut self, bucket: Bucket, timing: &Timing) {
        if self.bucket == Some(bucket) {
            return;
        }
        self.bucket = Some(bucket);
        for (unit, name) in [Unit::Minute, Unit::Hour, Unit::Day].into_iter().zip(&mut self.names) {
            name.clear();
            if unit >= timing.unit {
                unit.write(bucket, timing.unit, &timing.times.show, name);
            }
        }
    }

    pub(super) fn name(&self, unit: Unit) -> &[u8] {
        let [minute, hour, day] = &self.names;
        let name = match unit {
            Unit::Minute => minute,
            Unit::Hour => hour,
            Unit::Day => day,
        };
        if name.is_empty() { super::NO_VALUE } else { name }
    }
}

/// Where a part of a line stands in it; `None` if it was put together elsewhere.
pub(super) fn place_in(line: &[u8], part: &[u8]) -> Option<(usize, usize)> {
    let start = (part.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= line.len()).then_some((start, end))
}

/// What must not stand behind a time, if what stands up to its end and the byte after that decide all else; `None` if they do not.
fn rivals_of_time(format: Format, line: &[u8], (start, end): (usize, usize)) -> Option<Rivals> {
    let (before, time) = (line.get(..start).unwrap_or_default(), line.get(start..end).unwrap_or_default());
    // A fraction or a zone may follow these on the next line.
    let closed = !matches!(line.get(end), None | Some(b',' | b'.' | b':' | b'+' | b'-'));
    match format {
        Format::Json | Format::Logfmt if line.get(end).is_some() => Rivals::of(format, before),
        // With a year or a zone behind it, a time is longer than its clock tells.
        Format::Syslog if closed && !time.last().is_some_and(u8::is_ascii_alphabetic) && !is_year_last(time) => {
            Some(Rivals::None)
        }
        // Where no year stands behind the clock of `Sun Dec 04 04:47:44`, one may on the next line.
        Format::App if closed && (!begins_with_weekday(time) || is_year_last(time)) => Some(Rivals::None),
        _ => None,
    }
}

/// Whether the time of a line that fits a stamp goes no further than the stamp's, and no other is preferred to it.
#[inline]
fn is_all(format: Format, line: &[u8], end: usize, rivals: Rivals) -> bool {
    match format {
        Format::Json | Format::Logfmt => rivals.are_absent(format, line.get(end..).unwrap_or_default()),
        Format::Syslog => line.get(end..).is_none_or(|rest| !syslog::time_goes_on(rest)),
        Format::App => !timestamp::zone_follows(line, end),
        _ => true,
    }
}

fn is_year_last(time: &[u8]) -> bool {
    matches!(time, [.., b' ', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'])
}

fn begins_with_weekday(time: &[u8]) -> bool {
    let month = |name: &[u8]| {
        let months = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
        months.iter().any(|month| month.eq_ignore_ascii_case(name))
    };
    time.first().is_some_and(u8::is_ascii_alphabetic) && !time.get(..3).is_some_and(month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::time::Moment;
    use crate::parse::{Rules, detect, record::Wanted};
    use proptest::{prelude::*, sample::select};

    /// Times of one hour, of the next, and what is nearly a time; in every style by the same list, so that all meet all.
    const TIMES: [&str; 16] = [
        "2024-01-15T10:00:00.123Z",
        "2024-01-15T10:59:59.999Z",
        "2024-01-15T11:00:00.000Z",
        "2024-01-15T10:60:00.000Z",
        "2024-01-15T10:00:00.123+01:00",
        "2024-01-15 10:00:00,123",
        "2024-01-15 10:00:00",
        "2024-01-15 10:00:00 PM",
        "2024-01-15 10:00:00 +0100",
        "Jan 15 10:00:00",
        "Jan 15 10:31:31",
        "Jan 15 10:00:00 2023",
        "Mon Jan 15 10:00:00",
        "Mon Jan 15 10:00:00 2024",
        "1705312800.123",
        "1705313700.123",
    ];

    /// `@` is where the time goes.
    const LINES: [(Format, &str); 22] = [
        (Format::Json, r#"{"timestamp":"@","level":"info","service":"cart"}"#),
        (Format::Json, r#"{"time":"@","level":"info","service":"cart"}"#),
        (Format::Json, r#"{"time":"@","level":"info","timestamp":"2020-01-01T00:00:00Z"}"#),
        (Format::Json, r#"{"time":"@","level":"info","@timestamp":"2020-01-01T00:00:00Z"}"#),
        (Format::Json, r#"{"time":"@","level":"info","times\u0074amp":"2020-01-01T00:00:00Z"}"#),
        (Format::Json, r#"{"ts":"@","level":"info","time":"2020-01-01T00:00:00Z"}"#),
        (Format::Json, r#"{"ts":"@","level":"info","text":"time is up, \"time\": now"}"#),
        (Format::Json, r#"{"ts":@,"level":"info","service":"cart","text":"more"}"#),
        (Format::Json, r#"{"t":{"$date":"@"},"s":"I","c":"NETWORK","text":"more"}"#),
        (Format::Logfmt, "time=@ level=info service=cart text=more"),
        (Format::Logfmt, "time=@ level=info service=cart timestamp=2020-01-01T00:00:00Z"),
        (Format::Logfmt, "ts=@ level=info service=cart text=more"),
        (Format::Logfmt, "ts=@ level=info service=cart time=2020-01-01T00:00:00Z"),
        (Format::Syslog, "@ web-1 cart[123]: text and some more of it"),
        (Format::Syslog, "@ 2022 web-1 cart[123]: text and some more of it"),
        (Format::Syslog, "@ CST 1987 web-1 cart[123]: text and some more of it"),
        (Format::App, "@ INFO  [main] org.example.Foo: text and some more of it"),
        (Format::App, "@ PM INFO  [main] org.example.Foo: text and some more of it"),
        (Format::App, "@ UTC INFO  [main] org.example.Foo: text and some more of it"),
        (Format::App, "[@] [error] text and some more of it"),
        (Format::App, "@,123 INFO  [main] org.example.Foo: text and some more of it"),
        (Format::App, "@ 2022 [main] org.example.Foo: text and some more of it"),
    ];

    fn line() -> impl Strategy<Value = (Format, String)> {
        (select(&LINES), select(&TIMES)).prop_map(|((format, line), time)| (format, line.replace('@', time)))
    }

    fn moment(text: &str) -> Moment {
        Clock { assume: &Zone::default(), reference: Moment::from_nanos(0) }.moment(text.as_bytes()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]
        #[test]
        fn what_is_remembered_changes_no_answer(
            lines in proptest::collection::vec(line(), 1..20), unit in select(&[Unit::Minute, Unit::Hour, Unit::Day]), bounded: bool,
        ) {
            let span = Span { since: bounded.then(|| moment("2024-01-15T10:20:00Z")), until: None };
            let timing = Timing::new(Times::default(), Some(unit), span);
            let reference = moment("2024-01-16");
            let mut memory = TimeMemory::default();
            // Twice, so that each line meets what all have left.
            for (format, line) in lines.iter().chain(&lines) {
                let dialect = detect(line.as_bytes(), &Rules::new(Wanted::NOTHING, &[], Some(*format)));
                let known = memory.when(*format, &dialect, line.as_bytes(), &timing, reference);
                let read = TimeMemory::default().when(*format, &dialect, line.as_bytes(), &timing, reference);
                let told = |when: Option<When>| when.map(|when| (when.bucket, span.has(when.moment)));
                prop_assert_eq!(told(known), told(read), "{}", line);
                memory.adopt(*format, reference);
                if let Some(bucket) = memory.recall(*format, line.as_bytes())
                    && *format != Format::Syslog
                {
                    prop_assert_eq!(Some(bucket), read.map(|when| when.bucket), "{}", line);
                }
            }
        }
    }
}
