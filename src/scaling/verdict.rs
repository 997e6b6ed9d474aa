//! Whether runs have become slower than earlier ones, or are only disturbed.

use super::{Measured, median, quantile};
use std::{fmt, str::FromStr};

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
    /// Where that of many more runs would be, 19 times of 20; `None` of so few runs that nobody can tell.
    pub interval: Option<(f64, f64)>,
    /// Of the fastest runs.
    pub fastest: f64,
    /// Where that of the medians would be if the machine had had the same pace throughout, 19 times of 20; `None` if its pace is not
    /// known, or the runs are so few.
    pub paced: Option<(f64, f64)>,
    /// Where that of the medians of the CPU times would be, likewise.
    pub cpu: Option<(f64, f64)>,
    /// And where it would be at the same pace.
    pub cpu_paced: Option<(f64, f64)>,
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

    /// Two things are a proof, beside medians that lie beyond what is tolerated.
    ///
    /// More work: CPU time has grown beyond it too, by more than chance explains, also in units of the machine's pace. Who waits for
    /// others uses no CPU time, so that this is seen on a busy machine too.
    ///
    /// More time, whatever it is spent on: chance does not explain the medians, and the machine's pace does not either. What
    /// disturbs a run makes it longer, never shorter, and seldom disturbs all: so the fastest runs must be slower too.
    ///
    /// (Sessions of runs on a machine that was more or less busy, each compared with each other one: where nothing had changed, the first was
    /// never met in 2,500 pairs, and the second in 1 of 150. With 1.5 times the work, either was met in 63 to 95 of 100, the second alone in
    /// 30 to 64; where the earlier session was the more disturbed, in 24 to 37 against 10 to 19.)
    pub(super) fn of(ratio: Ratio, Tolerance(tolerance): Tolerance) -> Verdict {
        let most = 1.0 + tolerance;
        let is_beyond = |interval: Option<(f64, f64)>| interval.is_some_and(|(low, _)| low > most);
        let more_work = is_beyond(ratio.cpu) && is_beyond(ratio.cpu_paced);
        let is_at_pace = ratio.paced.is_none() || is_beyond(ratio.paced);
        let more_time = is_beyond(ratio.interval) && ratio.fastest > most && is_at_pace;
        match ratio.median > most {
            true if more_work || more_time => Verdict::Slower,
            true => Verdict::Unclear,
            false => Verdict::Fine,
        }
    }
}

impl Ratio {
    pub(super) fn of(now: &Measured, then: &Measured) -> Ratio {
        Ratio {
            median: median(&now.seconds) / median(&then.seconds),
            interval: interval(&now.seconds, &then.seconds),
            fastest: now.fastest() / then.fastest(),
            paced: interval(&now.paced(), &then.paced()),
            cpu: interval(&now.cpu, &then.cpu),
            cpu_paced: interval(&now.cpu_paced(), &then.cpu_paced()),
        }
    }
}

/// Of fewer runs, chance alone has all of now be slower than all of then more often than once in twenty times.
pub const LEAST_RUNS: usize = 3;

/// Where the ratio of the medians is likely to be: what the medians of samples drawn again from the samples have (the percentile bootstrap
/// of Efron, 1979). `None` where one of them is too small for that.
fn interval(now: &[f64], then: &[f64]) -> Option<(f64, f64)> {
    const DRAWS: usize = 2000;
    if now.len().min(then.len()) < LEAST_RUNS {
        return None;
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let ratios: Vec<f64> = (0..DRAWS).map(|_| median(&random.draw(now)) / median(&random.draw(then))).collect();
    Some((quantile(&ratios, 0.025), quantile(&ratios, 0.975)))
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

    const STEADY: [f64; 7] = [1.00, 1.01, 0.99, 1.02, 1.00, 0.98, 1.01];

    fn verdict(then: &[f64], now: &[f64]) -> Verdict {
        verdict_at((then, &[]), (now, &[]))
    }

    /// Of runs, and of the machine's pace beside them.
    fn verdict_at(then: (&[f64], &[f64]), now: (&[f64], &[f64])) -> Verdict {
        let row = |(seconds, pace): (&[f64], &[f64])| Measured {
            threads: 2,
            seconds: seconds.to_vec(),
            pace: pace.to_vec(),
            ..Measured::default()
        };
        Verdict::of(Ratio::of(&row(now), &row(then)), Tolerance(0.1))
    }

    #[test]
    fn what_is_slower_throughout_is_slower() {
        assert_eq!(verdict(&STEADY, &STEADY.map(|seconds| seconds * 1.2)), Verdict::Slower);
        assert_eq!(verdict(&STEADY, &STEADY.map(|seconds| seconds * 1.05)), Verdict::Fine);
        assert_eq!(verdict(&STEADY, &STEADY.map(|seconds| seconds / 2.0)), Verdict::Fine);
        let row = |seconds: [f64; 7]| Measured { threads: 2, seconds: seconds.to_vec(), ..Measured::default() };
        let ratio = Ratio::of(&row(STEADY.map(|seconds| seconds * 1.2)), &row(STEADY));
        assert!((ratio.median - 1.2).abs() < 1e-9 && ratio.interval.unwrap().0 > 1.1, "{ratio:?}");
    }

    #[test]
    fn what_is_only_disturbed_is_not() {
        // Most runs share the machine with somebody, and one did not.
        assert_eq!(verdict(&STEADY, &[1.4, 1.5, 1.3, 1.4, 1.0, 1.5, 1.4]), Verdict::Unclear);
        // Nobody knows where the median of these is.
        assert_eq!(verdict(&STEADY, &[1.15, 1.0, 1.9, 1.12, 1.0, 1.4, 1.01]), Verdict::Unclear);
        assert_eq!(verdict(&STEADY, &[1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0]), Verdict::Fine);
    }

    #[test]
    fn a_run_or_two_are_no_proof() {
        for runs in 1..LEAST_RUNS {
            assert_eq!(verdict(&STEADY, &[3.0, 3.1][..runs]), Verdict::Unclear);
            assert_eq!(verdict(&STEADY[..runs], &[3.0; 7]), Verdict::Unclear);
        }
        assert_eq!(verdict(&STEADY[..LEAST_RUNS], &[3.0, 3.1, 3.2]), Verdict::Slower);
        assert_eq!(verdict(&[1.0], &[1.0]), Verdict::Fine);
    }

    #[test]
    fn a_slower_machine_is_no_slower_run() {
        let slow = STEADY.map(|seconds| seconds * 1.5);
        assert_eq!(verdict_at((&STEADY, &STEADY), (&slow, &slow)), Verdict::Unclear);
        assert_eq!(verdict_at((&STEADY, &STEADY), (&slow, &STEADY)), Verdict::Slower);
        // Half of it is the machine's.
        assert_eq!(verdict_at((&STEADY, &STEADY), (&STEADY.map(|seconds| seconds * 2.0), &slow)), Verdict::Slower);
        assert_eq!(verdict_at((&STEADY, &[]), (&slow, &slow)), Verdict::Slower, "nobody knows what it was then");
    }

    #[test]
    fn more_work_is_seen_on_a_busy_machine_too() {
        // Others had up to half of the time, and one run almost none: neither the fastest runs nor the pace prove anything.
        let seconds = [1.0, 2.1, 1.9, 2.2, 1.6, 2.0, 1.9];
        let pace = [0.9, 2.2, 1.8, 2.3, 1.5, 2.1, 2.0];
        let busy = |cpu: [f64; 7], cpu_pace: [f64; 7]| Measured {
            threads: 2,
            seconds: seconds.to_vec(),
            cpu: cpu.to_vec(),
            pace: pace.to_vec(),
            cpu_pace: cpu_pace.to_vec(),
        };
        let quiet = Measured { cpu: STEADY.to_vec(), cpu_pace: STEADY.to_vec(), ..busy(STEADY, STEADY) };
        let quiet = Measured { seconds: STEADY.to_vec(), pace: STEADY.to_vec(), ..quiet };
        let verdict = |now: &Measured| Verdict::of(Ratio::of(now, &quiet), Tolerance(0.1));
        let more = STEADY.map(|cpu| cpu * 1.3);
        assert_eq!(verdict(&busy(STEADY, STEADY)), Verdict::Unclear, "the same work");
        assert_eq!(verdict(&busy(more, STEADY)), Verdict::Slower, "three tenths more of it");
        assert_eq!(verdict(&busy(more, more)), Verdict::Unclear, "CPUs that are slower themselves");
        // CPU time that nobody waits for is none of the user's time.
        assert_eq!(verdict(&Measured { seconds: STEADY.to_vec(), ..busy(more, STEADY) }), Verdict::Fine);
        assert_eq!(verdict(&Measured { cpu_pace: Vec::new(), ..busy(more, STEADY) }), Verdict::Unclear, "nobody knows");
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
