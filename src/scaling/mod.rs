//! How the time of a run falls as threads are added: what was measured, what follows from it, and whether it has become worse.

mod amdahl;
mod baseline;
mod machine;
mod pace;
mod quantile;
mod verdict;

pub use amdahl::serial_share;
pub use baseline::{BadBaseline, Baseline, Comparison};
pub use machine::Machine;
pub use pace::{Pace, pace};
pub use quantile::{Quartiles, median, quantile};
pub use verdict::{BadTolerance, Compared, LEAST_RUNS, Ratio, Tolerance, Verdict};

use std::{fmt, str::FromStr};

/// Runs at several numbers of threads over the same files, all with the same answer.
#[derive(Clone, Debug)]
pub struct Scaling {
    /// What each run counted.
    pub work: Work,
    /// Where it ran.
    pub machine: Machine,
    /// Whether the files were in the page cache.
    pub cache: Cache,
    /// How often each was run before, unmeasured.
    pub warmup: usize,
    /// What was asked of the files, as it is said: `("by", "service")`.
    pub settings: Vec<(&'static str, String)>,
    /// One for each number of threads, the smallest first.
    pub rows: Vec<Measured>,
}

/// What a run counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files that were counted whole.
    pub files: u64,
    /// Records.
    pub records: u64,
    /// Decoded bytes.
    pub bytes: u64,
}

/// Whether the files were in memory before each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// As the run before left them.
    Warm,
    /// The system was asked to forget them.
    Cold,
}

impl Cache {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Cache::Warm => "warm",
            Cache::Cold => "cold",
        }
    }
}

/// The runs with one number of threads. What is said of each is in the order of the runs.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// How many threads.
    pub threads: usize,
    /// How long each run took, in seconds.
    pub seconds: Vec<f64>,
    /// The CPU time of each run, in seconds; empty if that is not known.
    pub cpu: Vec<f64>,
    /// [`Pace::seconds`] with as many threads beside each run; empty if that is not known.
    pub pace: Vec<f64>,
    /// [`Pace::cpu`] with as many threads beside each run; empty if that is not known.
    pub cpu_pace: Vec<f64>,
}

impl Measured {
    /// The quartiles of the runs' times, in seconds.
    #[must_use]
    pub fn quartiles(&self) -> Quartiles {
        Quartiles::of(&self.seconds)
    }

    /// Half the distance between the outer quartiles as a part of the median; `None` if a single run has none.
    #[must_use]
    pub fn spread(&self) -> Option<f64> {
        (self.seconds.len() > 1).then(|| self.quartiles().spread())
    }

    /// How long each run took in units of the machine's pace beside it; nothing where that is not known of each.
    #[must_use]
    pub fn paced(&self) -> Vec<f64> {
        quotients(&self.seconds, &self.pace)
    }

    /// The CPU time of each run in units of the machine's pace beside it; nothing where that is not known of each.
    #[must_use]
    pub fn cpu_paced(&self) -> Vec<f64> {
        quotients(&self.cpu, &self.cpu_pace)
    }

    /// Takes down one more run.
    pub fn add(&mut self, seconds: f64, cpu: f64, pace: Pace) {
        self.seconds.push(seconds);
        self.cpu.push(cpu);
        self.pace.push(pace.seconds);
        self.cpu_pace.push(pace.cpu);
    }

    /// The fastest run, in seconds.
    #[must_use]
    pub fn fastest(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The slowest run, in seconds.
    #[must_use]
    pub fn slowest(&self) -> f64 {
        self.seconds.iter().copied().fold(0.0, f64::max)
    }
}

fn quotients(times: &[f64], paces: &[f64]) -> Vec<f64> {
    if times.len() != paces.len() {
        return Vec::new();
    }
    times.iter().zip(paces).map(|(time, pace)| time / pace).collect()
}

impl Scaling {
    /// How many times as fast as with the fewest threads, by medians.
    #[must_use]
    pub fn speed_up(&self, row: &Measured) -> f64 {
        let first = self.rows.first().map_or(f64::NAN, |first| first.quartiles().median);
        first / row.quartiles().median
    }

    /// The part of the threads that were added which speed has come of: 1 is all.
    #[must_use]
    pub fn efficiency(&self, row: &Measured) -> f64 {
        let first = self.rows.first().map_or(1, |first| first.threads);
        self.speed_up(row) * first as f64 / row.threads as f64
    }

    /// The part of one thread's time that more threads do not shorten (see [`serial_share`]); `None` if fewer than two numbers of threads
    /// were measured that the machine has CPUs for.
    #[must_use]
    pub fn serial_share(&self) -> Option<f64> {
        let points = self.rows.iter().filter(|row| row.threads <= self.machine.cpus);
        serial_share(&points.map(|row| (row.threads, row.quartiles().median)).collect::<Vec<_>>())
    }
}

/// Numbers of threads, as they are named: `1 thread`, `1, 2 and 4 threads`.
#[must_use]
pub fn threads(numbers: &[usize]) -> String {
    let names: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match &*names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last} threads", before.join(", ")),
        [one] if one == "1" => "1 thread".to_owned(),
        names => format!("{} threads", names.concat()),
    }
}

/// A number of runs that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs(pub usize);

/// A number of runs that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRuns(String);

/// Nobody waits for more.
const MAX_RUNS: usize = 10_000;

impl fmt::Display for BadRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no number of runs; write a whole number up to {MAX_RUNS}", self.0)
    }
}

impl std::error::Error for BadRuns {}

impl FromStr for Runs {
    type Err = BadRuns;

    fn from_str(text: &str) -> Result<Runs, BadRuns> {
        text.parse().ok().filter(|runs| *runs <= MAX_RUNS).map(Runs).ok_or_else(|| BadRuns(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(rows: &[(usize, &[f64])], cpus: usize) -> Scaling {
        let rows = rows
            .iter()
            .map(|(threads, seconds)| Measured { threads: *threads, seconds: seconds.to_vec(), ..Measured::default() })
            .collect();
        let machine = Machine { cpus, model: None };
        Scaling { work: Work::default(), machine, cache: Cache::Warm, warmup: 1, settings: Vec::new(), rows }
    }

    #[test]
    fn speed_is_compared_with_the_fewest_threads() {
        let scaling = scaling(&[(2, &[4.0, 4.2, 3.9]), (8, &[2.0])], 8);
        let speed: Vec<f64> = scaling.rows.iter().map(|row| scaling.speed_up(row)).collect();
        assert_eq!(speed, [1.0, 2.0]);
        let efficiency: Vec<f64> = scaling.rows.iter().map(|row| scaling.efficiency(row)).collect();
        assert_eq!(efficiency, [1.0, 0.5]);
    }

    #[test]
    fn numbers_of_threads_are_named() {
        let named = [&[1][..], &[2], &[1, 2], &[1, 2, 4]].map(threads);
        assert_eq!(named, ["1 thread", "2 threads", "1 and 2 threads", "1, 2 and 4 threads"]);
    }

    #[test]
    fn threads_without_a_cpu_say_nothing_of_the_serial_share() {
        let rows: [(usize, &[f64]); 3] = [(1, &[1.0]), (2, &[0.5]), (16, &[0.5])];
        assert!(scaling(&rows, 2).serial_share().unwrap() < 1e-9);
        assert_eq!(scaling(&rows, 1).serial_share(), None);
    }
}
