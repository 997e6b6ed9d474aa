//! Where a run stands: counters that workers add to, and the line that says it, as long as there is room for.

use crate::striped::Striped;
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// What has happened so far. Each count is right by itself; a reader may see one a moment before another.
#[derive(Debug)]
pub(super) struct Counters {
    extent: Extent,
    plan: OnceLock<Plan>,
    done: Striped<Done>,
}

/// What some threads have done.
#[derive(Debug, Default)]
struct Done {
    bytes: AtomicU64,
    passed_over: AtomicU64,
    started: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
}

/// Whether it is known how much there is to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Known,
    Open,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    files: u64,
    bytes: u64,
    since: Instant,
}

impl Counters {
    pub(super) fn new(reads_stdin: bool) -> Counters {
        let extent = if reads_stdin { Extent::Open } else { Extent::Known };
        Counters { extent, plan: OnceLock::new(), done: Striped::default() }
    }

    /// From here on the clock runs.
    pub(super) fn planned(&self, files: u64, bytes: u64) {
        let _ = self.plan.set(Plan { files, bytes, since: Instant::now() });
    }

    pub(super) fn started(&self) {
        self.done.here().started.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counted(&self, bytes: u64) {
        self.done.here().bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn passed_over(&self, bytes: u64) {
        self.done.here().passed_over.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn finished(&self) {
        self.done.here().finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.done.here().failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Where the run stands now; `None` before it is planned.
    pub(super) fn standing(&self) -> Option<Standing> {
        let plan = self.plan.get()?;
        let sum = |count: fn(&Done) -> &AtomicU64| self.done.iter().map(|done| count(done).load(Ordering::Relaxed)).sum();
        let (finished, started, bytes): (u64, u64, u64) =
            (sum(|done| &done.finished), sum(|done| &done.started), sum(|done| &done.bytes));
        Some(Standing {
            bytes,
            total: match self.extent {
                Extent::Open => None,
                // Files that grow while they are read give more than was planned.
                Extent::Known => Some(plan.bytes.saturating_sub(sum(|done| &done.passed_over)).max(bytes)),
            },
            elapsed: plan.since.elapsed(),
            files: plan.files,
            finished,
            in_work: started.saturating_sub(finished),
            failed: sum(|done| &done.failed),
        })
    }
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) bytes: u64,
    /// In bytes; `None` where nobody knows.
    pub(super) total: Option<u64>,
    pub(super) elapsed: Duration,
    pub(super) files: u64,
    pub(super) finished: u64,
    pub(super) in_work: u64,
    pub(super) failed: u64,
}

/// What can be said of it, each in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Bytes done, of how many.
    Volume,
    /// The same, shorter.
    Percent,
    Rate,
    TimeToGo,
    Files,
    InWork,
    Failed,
}

/// From all that can be said to what must be. That something fails is said as long as there is room for two figures.
const FORMS: &[&[Part]] = &[
    &[Part::Volume, Part::Rate, Part::TimeToGo, Part::Files, Part::InWork, Part::Failed],
    &[Part::Volume, Part::Rate, Part::TimeToGo, Part::Files, Part::Failed],
    &[Part::Percent, Part::Rate, Part::TimeToGo, Part::Files, Part::Failed],
    &[Part::Percent, Part::TimeToGo, Part::Files, Part::Failed],
    &[Part::Percent, Part::TimeToGo, Part::Failed],
    &[Part::Percent, Part::Failed],
    &[Part::Percent],
];

/// What takes longer is no estimate any more.
const LONGEST: Duration = Duration::from_secs(100 * 24 * 60 * 60);

impl Standing {
    /// All there is to say.
    pub(super) fn line(&self) -> String {
        self.fitted(usize::MAX)
    }

    /// As much as there is room for, in columns; cut where there is room for nothing. All ASCII: a byte is a column.
    pub(super) fn fitted(&self, columns: usize) -> String {
        let mut line = String::new();
        for form in FORMS {
            line = form.iter().filter_map(|part| self.part(*part)).collect::<Vec<_>>().join(", ");
            if line.len() <= columns {
                return line;
            }
        }
        line.truncate(columns);
        line
    }

    fn part(&self, part: Part) -> Option<String> {
        match (part, self.total) {
            (Part::Volume, Some(total)) => {
                Some(format!("{} of {} ({}%)", size(self.bytes), size(total), percent(self.bytes, total)))
            }
            (Part::Percent, Some(total)) => Some(format!("{}%", percent(self.bytes, total))),
            (Part::Volume | Part::Percent, None) => Some(size(self.bytes)),
            (Part::Rate, _) => {
                let rate = self.bytes as f64 / self.elapsed.as_secs_f64();
                rate.is_finite().then(|| format!("{}/s", size(rate as u64)))
            }
            (Part::TimeToGo, total) => self.time_to_go(total?).map(|left| format!("ETA {}", span(left))),
            (Part::Files, _) => {
                let noun = if self.files == 1 { "file" } else { "files" };
                Some(format!("{} of {} {noun}", self.finished, self.files))
            }
            (Part::InWork, _) => (self.in_work > 0).then(|| format!("{} in work", self.in_work)),
            (Part::Failed, _) => (self.failed > 0).then(|| format!("{} failed", self.failed)),
        }
    }

    /// At the rate so far.
    fn time_to_go(&self, total: u64) -> Option<Duration> {
        let left = total.checked_sub(self.bytes).filter(|left| *left > 0)?;
        let seconds = self.elapsed.as_secs_f64() * (left as f64 / self.bytes as f64);
        Duration::try_from_secs_f64(seconds).ok().filter(|left| *left < LONGEST)
    }
}

/// Rounded down: 100 is all of it.
fn percent(bytes: u64, total: u64) -> u64 {
    bytes.saturating_mul(100).checked_div(total).map_or(100, |percent| percent.min(100))
}

/// A number of bytes in two to four digits, in the units of powers of 1024.
fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        // What would be rounded to 1024 is 1.0 of the next.
        if value < 1023.5 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if value < 99.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A time in its two largest units, rounded up: as long as there is something to do, it is not 0.
fn span(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    fn middle() -> Standing {
        Standing {
            bytes: GIB + 205 * MIB,
            total: Some(3 * GIB + 410 * MIB),
            elapsed: Duration::from_secs(3),
            files: 40,
            finished: 12,
            in_work: 3,
            failed: 1,
        }
    }

    #[test]
    fn all_there_is_to_say() {
        assert_eq!(middle().line(), "1.2 GiB of 3.4 GiB (35%), 410 MiB/s, ETA 6 s, 12 of 40 files, 3 in work, 1 failed");
        let start = Standing { bytes: 0, elapsed: Duration::ZERO, finished: 0, in_work: 0, failed: 0, ..middle() };
        assert_eq!(start.line(), "0 B of 3.4 GiB (0%), 0 of 40 files");
        let end = Standing { bytes: 4 * GIB, total: Some(4 * GIB), finished: 40, in_work: 0, failed: 0, ..middle() };
        assert_eq!(end.line(), "4.0 GiB of 4.0 GiB (100%), 1.3 GiB/s, 40 of 40 files");
    }

    #[test]
    fn of_what_has_no_known_end_there_is_no_total() {
        let pipe = Standing { total: None, files: 1, finished: 0, in_work: 1, failed: 0, ..middle() };
        assert_eq!(pipe.line(), "1.2 GiB, 410 MiB/s, 0 of 1 file, 1 in work");
        assert_eq!(pipe.fitted(8), "1.2 GiB");
    }

    #[test]
    fn in_a_narrow_room_the_most_important_is_said() {
        let table = [
            (81, "1.2 GiB of 3.4 GiB (35%), 410 MiB/s, ETA 6 s, 12 of 40 files, 3 in work, 1 failed"),
            (80, "1.2 GiB of 3.4 GiB (35%), 410 MiB/s, ETA 6 s, 12 of 40 files, 1 failed"),
            (60, "35%, 410 MiB/s, ETA 6 s, 12 of 40 files, 1 failed"),
            (40, "35%, ETA 6 s, 12 of 40 files, 1 failed"),
            (30, "35%, ETA 6 s, 1 failed"),
            (15, "35%, 1 failed"),
            (12, "35%"),
            (2, "35"),
            (0, ""),
        ];
        for (columns, said) in table {
            assert_eq!(middle().fitted(columns), said, "{columns}");
        }
    }

    #[test]
    fn sizes() {
        let table = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (99 << 10, "99.0 KiB"),
            (100 << 10, "100 KiB"),
            (MIB - 1, "1.0 MiB"),
            (410 * MIB, "410 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, shown) in table {
            assert_eq!(size(bytes), shown, "{bytes}");
        }
    }

    #[test]
    fn spans() {
        let table = [
            (1, "1 s"),
            (1000, "1 s"),
            (1001, "2 s"),
            (59_999, "1 min 0 s"),
            (125_000, "2 min 5 s"),
            (11_520_000, "3 h 12 min"),
            (183_600_000, "2 d 3 h"),
        ];
        for (milliseconds, shown) in table {
            assert_eq!(span(Duration::from_millis(milliseconds)), shown, "{milliseconds}");
        }
    }

    proptest! {
        #[test]
        fn no_numbers_are_too_wide(
            bytes: u64, total: Option<u64>, nanos: u64, files: u64, finished: u64, in_work: u64, failed: u64, columns in 0usize..120
        ) {
            let elapsed = Duration::from_nanos(nanos);
            let line = Standing { bytes, total, elapsed, files, finished, in_work, failed }.fitted(columns);
            prop_assert!(line.is_ascii() && line.len() <= columns, "{line}");
        }
    }
}
