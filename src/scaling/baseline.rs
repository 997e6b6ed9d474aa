//! What was measured earlier, and what of it a later measurement can be compared with.

use super::{Cache, Compared, Machine, Measured, Ratio, Scaling, Tolerance, Verdict, Work, threads};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// The newest shape of the document that is read here.
const SCHEMA: u64 = 1;

/// What was measured earlier: what `--format json` wrote.
#[derive(Clone, Debug)]
pub struct Baseline {
    work: Work,
    /// Where it was measured, if it says so.
    machine: Option<Machine>,
    /// How the files lay then, if it says so.
    cache: Option<Cache>,
    /// What was asked of the files, if it says so.
    settings: Option<Vec<(String, String)>>,
    rows: Vec<Measured>,
}

/// Measurements of now beside those of a baseline.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One for each number of threads that both have, the fewest first.
    pub rows: Vec<Compared>,
    /// Numbers of threads that the baseline lacks: nothing is said of them.
    pub only_now: Vec<usize>,
    /// And those that only the baseline has.
    pub only_then: Vec<usize>,
    /// Where the baseline was measured, if that is another machine: some of the difference is the machines' then.
    pub other_machine: Option<Machine>,
    /// How many records the baseline counted, if those are others: the same bytes are read in another way.
    pub other_records: Option<u64>,
}

impl Comparison {
    /// What has become slower.
    pub fn slower(&self) -> impl Iterator<Item = &Compared> {
        self.rows.iter().filter(|row| row.verdict == Verdict::Slower)
    }
}

impl Baseline {
    /// Whether measurements that are planned can be compared with it, as far as that is known before files are counted. The times of the
    /// runs need not be there yet.
    ///
    /// # Errors
    /// If it was measured in another way, or the two have no number of threads in common.
    pub fn suits(&self, now: &Scaling) -> Result<(), BadBaseline> {
        if let Some(then) = self.cache
            && then != now.cache
        {
            return Err(BadBaseline::OtherCache(then));
        }
        if let Some(then) = &self.settings
            && let Some(difference) = other_settings(then, &now.settings)
        {
            return Err(difference);
        }
        if now.rows.iter().all(|row| self.row(row.threads).is_none()) {
            let numbers = |rows: &[Measured]| rows.iter().map(|row| row.threads).collect();
            return Err(BadBaseline::OtherThreads { then: numbers(&self.rows), now: numbers(&now.rows) });
        }
        Ok(())
    }

    /// Whether it is of the same work.
    ///
    /// # Errors
    /// If it is not.
    pub fn suits_work(&self, now: Work) -> Result<(), BadBaseline> {
        let (then, now) = (self.work.bytes, now.bytes);
        if then == now { Ok(()) } else { Err(BadBaseline::OtherWork { then, now }) }
    }

    /// Compares each number of threads that both have.
    ///
    /// # Errors
    /// If the two have nothing in common.
    pub fn compare(&self, now: &Scaling, tolerance: Tolerance) -> Result<Comparison, BadBaseline> {
        self.suits(now)?;
        self.suits_work(now.work)?;
        let both = now.rows.iter().filter_map(|row| Some((row, self.row(row.threads)?)));
        let rows = both.map(|(now, then)| {
            let ratio = Ratio::of(now, then);
            Compared { threads: now.threads, ratio, verdict: Verdict::of(ratio, tolerance) }
        });
        let is_now = |threads| now.rows.iter().any(|row| row.threads == threads);
        let numbers = |rows: &[Measured], is_wanted: &dyn Fn(usize) -> bool| {
            rows.iter().map(|row| row.threads).filter(|threads| is_wanted(*threads)).collect()
        };
        Ok(Comparison {
            rows: rows.collect(),
            only_now: numbers(&now.rows, &|threads| self.row(threads).is_none()),
            only_then: numbers(&self.rows, &|threads| !is_now(threads)),
            other_machine: self.machine.clone().filter(|machine| *machine != now.machine),
            other_records: Some(self.work.records).filter(|records| *records > 0 && *records != now.work.records),
        })
    }

    fn row(&self, threads: usize) -> Option<&Measured> {
        self.rows.iter().find(|row| row.threads == threads)
    }
}

/// The first of what was asked that is not the same then and now; what either does not say was left as it is if nobody asks.
fn other_settings(then: &[(String, String)], now: &[(&'static str, String)]) -> Option<BadBaseline> {
    let names = now.iter().map(|(name, _)| *name).chain(then.iter().map(|(name, _)| &**name));
    let was = |name: &str| then.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let is = |name: &str| now.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
    let mut all = names.map(|name| (name, was(name), is(name)));
    all.find(|(_, then, now)| then != now).map(|(name, then, now)| BadBaseline::OtherSettings {
        name: name.to_owned(),
        then,
        now,
    })
}

impl FromStr for Baseline {
    type Err = BadBaseline;

    fn from_str(text: &str) -> Result<Baseline, BadBaseline> {
        let document: Value = serde_json::from_str(text).map_err(|_| BadBaseline::Shape("it is not JSON"))?;
        match document["schema"].as_u64() {
            Some(schema) if schema > SCHEMA => return Err(BadBaseline::Schema(schema)),
            _ => {}
        }
        let work = &document["work"];
        let number = |name: &str| work[name].as_u64();
        let bytes = number("bytes").ok_or(BadBaseline::Shape("it has no work.bytes"))?;
        let rows = document["rows"].as_array().filter(|rows| !rows.is_empty()).ok_or(BadBaseline::Shape("it has no rows"))?;
        let rows: Option<Vec<Measured>> = rows.iter().map(measured).collect();
        let machine = |machine: &Value| {
            let cpus = usize::try_from(machine["cpus"].as_u64()?).ok()?;
            Some(Machine { cpus, model: machine["model"].as_str().map(str::to_owned) })
        };
        let settings = document["settings"].as_object().map(|settings| {
            settings.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        });
        Ok(Baseline {
            work: Work { files: number("files").unwrap_or(0), records: number("records").unwrap_or(0), bytes },
            machine: machine(&document["machine"]),
            cache: [Cache::Warm, Cache::Cold].into_iter().find(|cache| document["cache"] == cache.name()),
            settings,
            rows: rows.ok_or(BadBaseline::Shape("a row of it has no threads, or seconds that no run can take"))?,
        })
    }
}

/// A row of the document, if it is one.
fn measured(row: &Value) -> Option<Measured> {
    let numbers = |name: &str| row[name].as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
    let can_be = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
    let seconds = numbers("seconds").filter(|seconds| !seconds.is_empty() && seconds.iter().all(can_be))?;
    // What earlier versions did not measure is not known.
    let known = |name: &str| numbers(name).filter(|times| times.iter().all(can_be)).unwrap_or_default();
    let threads = usize::try_from(row["threads"].as_u64()?).ok()?;
    Some(Measured { threads, seconds, cpu: known("cpu_seconds"), pace: known("pace"), cpu_pace: known("cpu_pace") })
}

/// Why a text is no baseline, or none for what is measured now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadBaseline {
    /// It is not what `--format json` writes.
    Shape(&'static str),
    /// It is what a later version writes.
    Schema(u64),
    /// It was measured over other files.
    OtherWork {
        /// The bytes that were counted then.
        then: u64,
        /// And now.
        now: u64,
    },
    /// Other things were asked of the files.
    OtherSettings {
        /// What is different.
        name: String,
        /// How it was then.
        then: Option<String>,
        /// And now.
        now: Option<String>,
    },
    /// The files lay elsewhere: in memory or on the disk.
    OtherCache(Cache),
    /// It has none of the numbers of threads.
    OtherThreads {
        /// Those that it has.
        then: Vec<usize>,
        /// Those of now.
        now: Vec<usize>,
    },
}

impl fmt::Display for BadBaseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadBaseline::Shape(what) => write!(f, "{what}; make one with logtally bench --format json"),
            BadBaseline::Schema(schema) => {
                write!(
                    f,
                    "its schema is {schema}, and this logtally reads {SCHEMA}; a later one wrote it, so measure it anew with this"
                )
            }
            BadBaseline::OtherWork { then, now } => {
                write!(f, "it counted {then} bytes, and these files have {now}; measure the baseline over the same files")
            }
            BadBaseline::OtherSettings { name, then, now } => {
                let said = |value: &Option<String>| value.as_ref().map_or("none".to_owned(), |value| format!("'{value}'"));
                let (then, now) = (said(then), said(now));
                // `--since 24h` is another time each time.
                let present = if matches!(&**name, "since" | "until") { ", and the same --now" } else { "" };
                write!(f, "its {name} was {then}, and now it is {now}; measure both with the same options{present}")
            }
            BadBaseline::OtherCache(Cache::Warm) => {
                f.write_str("its files were in the page cache; leave out --cold, or measure the baseline with it too")
            }
            BadBaseline::OtherCache(Cache::Cold) => {
                f.write_str("its files were read from the disk; measure with --cold too, or the baseline without it")
            }
            BadBaseline::OtherThreads { then, now } => {
                let all = then.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
                write!(f, "it was measured with {}, and this is to be with {}; give --threads {all}", threads(then), threads(now))
            }
        }
    }
}

impl std::error::Error for BadBaseline {}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(threads: usize) -> Measured {
        Measured { threads, seconds: vec![1.0; 3], ..Measured::default() }
    }

    /// What is measured now, with these numbers of threads.
    fn now(threads: &[usize]) -> Scaling {
        Scaling {
            work: Work { files: 1, records: 2, bytes: 7 },
            machine: Machine { cpus: 2, model: Some("Fast".to_owned()) },
            cache: Cache::Warm,
            warmup: 1,
            settings: vec![("by", "service".to_owned()), ("grep", "x".to_owned())],
            rows: threads.iter().copied().map(row).collect(),
        }
    }

    /// A baseline that differs from that by nothing but a text that is replaced.
    fn then(text: &str, by: &str) -> Baseline {
        let document = r#"{"schema":1, "work":{"files":1,"records":2,"bytes":7}, "machine":{"cpus":2,"model":"Fast"}, "cache":"warm",
            "settings":{"by":"service","grep":"x"}, "rows":[{"threads":1,"seconds":[1,1,1]},{"threads":2,"seconds":[1,1,1]}]}"#;
        assert!(document.contains(text), "{text}");
        document.replacen(text, by, 1).parse().unwrap()
    }

    fn compared(baseline: &Baseline, threads: &[usize]) -> Result<Comparison, BadBaseline> {
        baseline.compare(&now(threads), Tolerance(0.1))
    }

    #[test]
    fn only_the_same_is_compared() {
        assert!(compared(&then("", ""), &[1, 2]).is_ok());
        let said = |text: &str, by: &str| compared(&then(text, by), &[1, 2]).unwrap_err().to_string();
        assert_eq!(
            said("\"bytes\":7", "\"bytes\":8"),
            "it counted 8 bytes, and these files have 7; measure the baseline over the same files"
        );
        let by = said("\"by\":\"service\"", "\"by\":\"level\"");
        assert_eq!(by, "its by was 'level', and now it is 'service'; measure both with the same options");
        let grep = said(",\"grep\":\"x\"", "");
        assert_eq!(grep, "its grep was none, and now it is 'x'; measure both with the same options");
        let top = said("\"grep\":\"x\"", "\"grep\":\"x\",\"top\":\"3\"");
        assert_eq!(top, "its top was '3', and now it is none; measure both with the same options");
        let since = said("\"grep\":\"x\"", "\"grep\":\"x\",\"since\":\"2024-01-15T00:00:00Z\"");
        assert!(since.ends_with("measure both with the same options, and the same --now"), "{since}");
        let cold = said("warm", "cold");
        assert_eq!(cold, "its files were read from the disk; measure with --cold too, or the baseline without it");
        // What is known before files are counted is found out then.
        assert!(then("warm", "cold").suits(&now(&[1])).is_err());
        assert!(then("\"bytes\":7", "\"bytes\":8").suits(&now(&[1])).is_ok());
    }

    #[test]
    fn what_earlier_versions_did_not_say_is_taken_for_the_same() {
        let bare: Baseline = r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[1.5,2,1]}]}"#.parse().unwrap();
        let comparison = compared(&bare, &[2]).unwrap();
        assert_eq!((comparison.rows.len(), comparison.other_machine, comparison.other_records), (1, None, None));
    }

    #[test]
    fn numbers_of_threads_that_one_of_them_lacks() {
        let comparison = compared(&then("", ""), &[2, 4, 8]).unwrap();
        assert_eq!(comparison.rows.iter().map(|row| row.threads).collect::<Vec<_>>(), [2]);
        assert_eq!((&*comparison.only_now, &*comparison.only_then), (&[4, 8][..], &[1][..]));
        let none = compared(&then("", ""), &[4, 8]).unwrap_err();
        assert_eq!(
            none.to_string(),
            "it was measured with 1 and 2 threads, and this is to be with 4 and 8 threads; give --threads 1,2"
        );
    }

    #[test]
    fn another_machine_and_another_reading_are_told() {
        let slow = compared(&then("Fast", "Slow"), &[1]).unwrap();
        assert_eq!(slow.other_machine, Some(Machine { cpus: 2, model: Some("Slow".to_owned()) }));
        assert_eq!(compared(&then("\"records\":2", "\"records\":3"), &[1]).unwrap().other_records, Some(3));
        let same = compared(&then("", ""), &[1]).unwrap();
        assert_eq!((same.other_machine, same.other_records), (None, None));
    }

    #[test]
    fn what_is_none() {
        for (text, what) in [
            ("", "it is not JSON"),
            ("[]", "it has no work.bytes"),
            (r#"{"rows":[]}"#, "it has no work.bytes"),
            (r#"{"work":{"bytes":7}}"#, "it has no rows"),
            (r#"{"work":{"bytes":7},"rows":[]}"#, "it has no rows"),
            (
                r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[]}]}"#,
                "a row of it has no threads, or seconds that no run can take",
            ),
            (
                r#"{"work":{"bytes":7},"rows":[{"threads":2,"seconds":[0]}]}"#,
                "a row of it has no threads, or seconds that no run can take",
            ),
            (r#"{"work":{"bytes":7},"rows":[{"seconds":[1]}]}"#, "a row of it has no threads, or seconds that no run can take"),
        ] {
            let said = text.parse::<Baseline>().unwrap_err().to_string();
            assert_eq!(said, format!("{what}; make one with logtally bench --format json"), "{text}");
        }
        let later = r#"{"schema":2,"work":{"bytes":7},"rows":[{"threads":2,"seconds":[1]}]}"#.parse::<Baseline>().unwrap_err();
        assert_eq!(
            later.to_string(),
            "its schema is 2, and this logtally reads 1; a later one wrote it, so measure it anew with this"
        );
    }
}
