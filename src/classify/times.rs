//! When records were written, as far as a run wants to know.

use super::filter::Span;
use crate::parse::{
    Format, Lookup, LookupMemory, syslog,
    time::{Bucket, Clock, Moment, Stamp, Unit, When, Zone},
    timestamp,
};

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
    lookup: Lookup,
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
    line: Hunch,
    /// What the texts of their times begin with.
    text: Hunch,
    /// Whose times these are.
    owner: Option<(Format, Moment)>,
    label: Label,
}

/// A stamp, and how often it was of no use of late.
#[derive(Debug, Default)]
struct Hunch {
    stamp: Stamp,
    misses: u32,
}

/// So many stamps in a row are learnt, then ever fewer: for logs in which no two lines are of the same hour.
const PATIENCE: u32 = 64;

impl Hunch {
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
            self.line.stamp.forget();
            self.text.stamp.forget();
        }
    }

    /// The bucket of a line that begins as the last one of its format did; only after [`TimeMemory::adopt`], and only for a line
    /// that its format recalls.
    #[inline(always)]
    pub(super) fn recall(&self, format: Format, line: &[u8]) -> Option<Bucket> {
        let (when, end) = self.line.stamp.when(line)?;
        // What could be a zone behind a syslog time is no host that syslog recalls.
        (format != Format::App || !timestamp::zone_follows(line, end)).then_some(when.bucket)
    }

    /// When a record was written, told by its first line.
    #[inline(never)]
    pub(super) fn when(&mut self, format: Format, line: &[u8], timing: &Timing, reference: Moment) -> Option<When> {
        self.adopt(format, reference);
        let exactly = timing.times.extremes == Extremes::Kept;
        if !exactly
            && let Some((when, end)) = self.line.stamp.when(line)
            && ends_there(format, line, end)
        {
            self.line.misses = 0;
            return Some(when);
        }
        let text = timing.lookup.value(format, line, &mut self.lookup)?;
        let place = place_in(line, text);
        let known = place.and_then(|(start, end)| Some((self.text.stamp.when(line.get(start..)?)?, end - start)));
        let known = known.filter(|((_, end), len)| end == len && !exactly).map(|((when, _), _)| when);
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
                self.text.stamp.learn(rest, (0, end - start), &clock, grid, bounds);
            }
            if begins_with_time(format, line, (start, end)) && self.line.gives_way() {
                self.line.stamp.learn(line, (start, end), &clock, grid, bounds);
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
fn place_in(line: &[u8], part: &[u8]) -> Option<(usize, usize)> {
    let start = (part.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= line.len()).then_some((start, end))
}

/// Whether what stands up to the time's end, and the byte behind it, decide that this is the record's time.
fn begins_with_time(format: Format, line: &[u8], (start, end): (usize, usize)) -> bool {
    let (before, time) = (line.get(..start).unwrap_or_default(), line.get(start..end).unwrap_or_default());
    // A fraction or a zone may follow these on the next line.
    let closed = !matches!(line.get(end), None | Some(b',' | b'.' | b':' | b'+' | b'-'));
    match format {
        // The first key of all, so that it matters not what else is on the line.
        Format::Json => before.strip_suffix(b"\"").is_some_and(|before| {
            let key = before.trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end);
            key.is_some_and(|key| key.ends_with(b"\"timestamp\""))
        }),
        // With a year or a zone behind it, a time is longer than its clock tells.
        Format::Syslog => closed && !time.last().is_some_and(u8::is_ascii_alphabetic) && !is_year_last(time),
        // Where no year stands behind the clock of `Sun Dec 04 04:47:44`, one may on the next line.
        Format::App => closed && (!begins_with_weekday(time) || is_year_last(time)),
        _ => false,
    }
}

/// Whether the time of a line that fits a stamp goes no further than the stamp's.
#[inline]
fn ends_there(format: Format, line: &[u8], end: usize) -> bool {
    match format {
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
