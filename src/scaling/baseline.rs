//! Whether runs have become slower than earlier ones, or are only disturbed.

use super::{Measured, Scaling, median, quantile};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// What was measured earlier: what `--format json` wrote.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The bytes that each run counted.
    bytes: u64,
    rows: Vec<Measured>,
}

/// A text that is no baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadBaseline {
    /// It is not what `--format json` writes.
    Shape(&'static str),
    /// It was measured over other files.
    OtherWork {
        /// The bytes that were counted then.
        then: u64,
        /// And now.
        now: u64,
    },
    /// It has none of the numbers of threads.
    OtherThreads,
}

impl fmt::Display for BadBaseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadBaseline::Shape(what) => write!(f, "{what}; make one with logtally bench --format json"),
            BadBaseline::OtherWork { then, now } => {
                write!(f, "it counted {then} bytes, and these files have {now}; measure the baseline over the same files")
            }
            BadBaseline::OtherThreads => {
                f.write_str("it has none of these numbers of threads; give --threads those that it was measured with")
            }
        }
    }
}

impl std::error::Error for BadBaseline {}

impl FromStr for Baseline {
    type Err = BadBaseline;

    fn from_str(text: &str) -> Result<Baseline, BadBaseline> {
        let document: Value = serde_json::from_str(text).map_err(|_| BadBaseline::Shape("it is not JSON"))?;
        let bytes = document["work"]["bytes"].as_u64().ok_or(BadBaseline::Shape("it has no work.bytes"))?;
        let rows = document["rows"].as_array().ok_or(BadBaseline::Shape("it has no rows"))?;
        let row = |row: &Value| {
            let threads = usize::try_from(row["threads"].as_u64()?).ok()?;
            let seconds: Vec<f64> = row["seconds"].as_array()?.iter().map(Value::as_f64).collect::<Option<_>>()?;
            let pace = row["pace"].as_array().map(|pace| pace.iter().filter_map(Value::as_f64).collect()).unwrap_or_default();
            (!seconds.is_empty() && seconds.iter().all(|seconds| *seconds > 0.0)).then_some(Measured { threads, seconds, pace })
        };
        let rows = rows.iter().map(row).collect::<Option<Vec<_>>>();
        Ok(Baseline { bytes, rows: rows.ok_or(BadBaseline::Shape("a row of it has no threads or no seconds"))? })
    }
}

/// By how much a run may be slower: 0.1 is a tenth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance(pub f64);

/// A tolerance that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTolerance(String);

impl fmt::Display for BadTolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no share; write a percentage such as 10%", self.0)
    }
}

impl std::error::Error for BadTolerance {}

impl FromStr for Tolerance {
    type Err = BadTolerance;

    fn from_str(text: &str) -> Result<Tolerance, BadTolerance> {
        let percent: Option<f64> = text.strip_suffix('%').unwrap_or(text).trim_end().parse().ok();
        percent
            .filter(|percent| (0.0..=1000.0).contains(percent))
            .map(|percent| Tolerance(percent / 100.0))
            .ok_or_else(|| BadTolerance(text.to_owned()))
    }
}

/// One number of threads, now and in the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// How many threads.
    pub threads: usize,
    /// How much longer the runs take now.
    pub ratio: Ratio,
    /// What that means.
    pub verdict: Verdict,
}

/// Times now, divided by those of the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of the medians.
    pub median: f64,
    /// Where that of many more runs would be, 19 times of 20.
    pub interval: (f64, f64),
    /// Of the fastest runs.
    pub fastest: f64,
    /// Where that of the medians would be if the machine had had the same pace throughout, 19 times of 20; `None` if its pace is not known.
    pub paced: Option<(f64, f64)>,
}

/// Whether runs have become slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// By more than is tolerated, whatever chance has to do with it.
    Slower,
    /// By more than is tolerated, but that may be chance.
    Unclear,
    /// Not by more than is tolerated.
    Fine,
}

impl Verdict {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Slower => "slower",
            Verdict::Unclear => "unclear",
            Verdict::Fine => "fine",
        }
    }

    /// What disturbs a run makes it longer, never shorter, and seldom disturbs all: so the fastest runs must be slower too, beside
    /// medians that chance does not explain; and slower than the machine has become.
    fn of(ratio: Ratio, Tolerance(tolerance): Tolerance) -> Verdict {
        let most = 1.0 + tolerance;
        let paced = ratio.paced.is_none_or(|(low, _)| low > most);
        if ratio.interval.0 > most && ratio.fastest > most && paced {
            Verdict::Slower
        } else if ratio.median > most {
            Verdict::Unclear
        } else {
            Verdict::Fine
        }
    }
}

impl Baseline {
    /// Compares each number of threads that both have.
    ///
    /// # Errors
    /// If the two have nothing in common.
    pub fn compare(&self, now: &Scaling, tolerance: Tolerance) -> Result<Vec<Compared>, BadBaseline> {
        if self.bytes != now.work.bytes {
            return Err(BadBaseline::OtherWork { then: self.bytes, now: now.work.bytes });
        }
        let earlier = |threads| self.rows.iter().find(|row| row.threads == threads);
        let both = now.rows.iter().filter_map(|row| Some((row, earlier(row.threads)?)));
        let compared: Vec<Compared> = both
            .map(|(now, then)| {
                let ratio = Ratio::of(now, then);
                Compared { threads: now.threads, ratio, verdict: Verdict::of(ratio, tolerance) }
            })
            .collect();
        if compared.is_empty() { Err(BadBaseline::OtherThreads) } else { Ok(compared) }
    }
}

impl Ratio {
    fn of(now: &Measured, then: &Measured) -> Ratio {
        let (paced_now, paced_then) = (now.paced(), then.paced());
        let is_paced = !paced_now.is_empty() && !paced_then.is_empty();
        Ratio {
            median: median(&now.seconds) / median(&then.seconds),
            interval: interval(&now.seconds, &then.seconds),
            fastest: now.fastest() / then.fastest(),
            paced: is_paced.then(|| interval(&paced_now, &paced_then)),
        }
    }
}

/// Where the ratio of the medians is likely to be: what the medians of samples drawn again from the samples have (the percentile bootstrap
/// of Efron, 1979).
fn interval(now: &[f64], then: &[f64]) -> (f64, f64) {
    const DRAWS: usize = 2000;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let ratios: Vec<f64> = (0..DRAWS).map(|_| median(&random.draw(now)) / median(&random.draw(then))).collect();
    (quantile(&ratios, 0.025), quantile(&ratios, 0.975))
}

/// Xorshift (Marsaglia, 2003): the same draws each time, so that the same measurements have the same verdict.
struct Random(u64);

impl Random {
    fn draw(&mut self, sample: &[f64]) -> Vec<f64> {
        let mut one = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sample.get((self.0 % sample.len().max(1) as u64) as usize).copied()
        };
        (0..sample.len()).filter_map(|_| one()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::{Cache, Machine, Work};

    fn scaling(bytes: u64, rows: Vec<Measured>) -> Scaling {
        let machine = Machine { cpus: 2, model: None };
        Scaling { work: Work { bytes, ..Work::default() }, machine, cache: Cache::Warm, rows }
    }

    fn compared(then: &[f64], now: &[f64]) -> Compared {
        compared_at((then, &[]), (now, &[]))
    }

    fn compared_at(then: (&[f64], &[f64]), now: (&[f64], &[f64])) -> Compared {
        let row = |(seconds, pace): (&[f64], &[f64])| Measured { threads: 2, seconds: seconds.to_vec(), pace: pace.to_vec() };
        let baseline = Baseline { bytes: 7, rows: vec![row(then)] };
        baseline.compare(&scaling(7, vec![row(now)]), Tolerance(0.1)).unwrap()[0]
    }

    const STEADY: [f64; 7] = [1.00, 1.01, 0.99, 1.02, 1.00, 0.98, 1.01];

    #[test]
    fn what_is_slower_throughout_is_slower() {
        let slower = compared(&STEADY, &STEADY.map(|seconds| seconds * 1.2));
        assert_eq!(slower.verdict, Verdict::Slower);
        assert!((slower.ratio.median - 1.2).abs() < 1e-9 && slower.ratio.interval.0 > 1.1, "{slower:?}");
        assert_eq!(compared(&STEADY, &STEADY.map(|seconds| seconds * 1.05)).verdict, Verdict::Fine);
        assert_eq!(compared(&STEADY, &STEADY.map(|seconds| seconds / 2.0)).verdict, Verdict::Fine);
    }

    #[test]
    fn what_is_only_disturbed_is_not() {
        // Most runs share the machine with somebody, and one did not.
        assert_eq!(compared(&STEADY, &[1.4, 1.5, 1.3, 1.4, 1.0, 1.5, 1.4]).verdict, Verdict::Unclear);
        // Nobody knows where the median of these is.
        assert_eq!(compared(&STEADY, &[1.15, 1.0, 1.9, 1.12, 1.0, 1.4, 1.01]).verdict, Verdict::Unclear);
        assert_eq!(compared(&STEADY, &[1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0]).verdict, Verdict::Fine);
    }

    #[test]
    fn a_slower_machine_is_no_slower_run() {
        let slow = STEADY.map(|seconds| seconds * 1.5);
        assert_eq!(compared_at((&STEADY, &STEADY), (&slow, &slow)).verdict, Verdict::Unclear);
        assert_eq!(compared_at((&STEADY, &STEADY), (&slow, &STEADY)).verdict, Verdict::Slower);
        // Half of it is the machine's.
        assert_eq!(compared_at((&STEADY, &STEADY), (&STEADY.map(|seconds| seconds * 2.0), &slow)).verdict, Verdict::Slower);
        assert_eq!(compared_at((&STEADY, &[]), (&slow, &slow)).verdict, Verdict::Slower, "nobody knows what it was then");
    }

    #[test]
    fn only_the_same_work_is_compared() {
        let row = Measured { threads: 2, seconds: vec![1.0], pace: Vec::new() };
        let baseline = Baseline { bytes: 7, rows: vec![row.clone()] };
        let error = baseline.compare(&scaling(8, vec![row]), Tolerance(0.1)).unwrap_err();
        assert_eq!(error, BadBaseline::OtherWork { then: 7, now: 8 });
        let other = Measured { threads: 3, seconds: vec![1.0], pace: Vec::new() };
        assert_eq!(baseline.compare(&scaling(7, vec![other]), Tolerance(0.1)).unwrap_err(), BadBaseline::OtherThreads);
    }

    #[test]
    fn baselines_are_read() {
        let read: Baseline = r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[1.5,2]}]}"#.parse().unwrap();
        assert_eq!((read.bytes, read.rows[0].threads, &*read.rows[0].seconds), (7, 2, &[1.5, 2.0][..]));
        for wrong in [
            "",
            "[]",
            "{\"rows\":[]}",
            r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[]}]}"#,
            r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[0]}]}"#,
        ] {
            assert!(wrong.parse::<Baseline>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn tolerances() {
        assert_eq!("10%".parse(), Ok(Tolerance(0.1)));
        assert_eq!("7.5".parse(), Ok(Tolerance(0.075)));
        for wrong in ["", "%", "-1%", "ten", "inf", "NaN", "2000%"] {
            assert!(wrong.parse::<Tolerance>().is_err(), "{wrong}");
        }
    }
}
