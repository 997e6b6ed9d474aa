//! What is said of a comparison with a baseline, in a sentence each.

use super::{machine, percent};
use crate::scaling::{Compared, Comparison, LEAST_RUNS, Verdict, threads};

/// `2 threads: slower, 95.0 % more time than the baseline (ratio 1.950, likely 1.880 to 2.080)`.
pub(super) fn sentence(Compared { threads: number, ratio, verdict }: &Compared) -> String {
    let change = match ratio.median - 1.0 {
        more if more >= 0.0 => format!("{} more time than the baseline", percent(more)),
        less => format!("{} less time than the baseline", percent(-less)),
    };
    let likely = match ratio.interval {
        Some((low, high)) => format!("likely {low:.3} to {high:.3}"),
        None => format!("of fewer than {LEAST_RUNS} runs, which chance may explain"),
    };
    let doubt = match verdict {
        Verdict::Unclear => "; it may be chance or a slower machine, so it is no failure: measure again, or with more runs",
        Verdict::Slower | Verdict::Fine => "",
    };
    let threads = threads(&[*number]);
    format!("{threads}: {}, {change} (ratio {:.3}, {likely}){doubt}", verdict.name(), ratio.median)
}

/// What is not compared, and what is not the same there.
pub(super) fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut remarks = Vec::new();
    if !comparison.only_now.is_empty() {
        remarks.push(format!("{}: not compared, the baseline has no such runs", threads(&comparison.only_now)));
    }
    if !comparison.only_then.is_empty() {
        remarks.push(format!("{}: not compared, only the baseline has such runs", threads(&comparison.only_then)));
    }
    if let Some(other) = &comparison.other_machine {
        let other = machine(other);
        remarks.push(format!("the baseline is of another machine ({other}), which may be what differs: measure one on this"));
    }
    if let Some(records) = comparison.other_records {
        let records = if records == 1 { "1 record".to_owned() } else { format!("{records} records") };
        remarks.push(format!("the baseline found {records} in as many bytes: the files are others, or are read otherwise now"));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::Machine;

    #[test]
    fn what_is_not_compared_is_told() {
        let comparison = Comparison {
            rows: Vec::new(),
            only_now: vec![4, 8, 16],
            only_then: vec![1],
            other_machine: Some(Machine { cpus: 1, model: Some("Slow\x1b 1".to_owned()) }),
            other_records: Some(7),
        };
        assert_eq!(
            remarks(&comparison),
            [
                "4, 8 and 16 threads: not compared, the baseline has no such runs",
                "1 thread: not compared, only the baseline has such runs",
                "the baseline is of another machine (1 CPU, Slow\\u{1b} 1), which may be what differs: measure one on this",
                "the baseline found 7 records in as many bytes: the files are others, or are read otherwise now",
            ]
        );
        let same =
            Comparison { only_now: Vec::new(), only_then: Vec::new(), other_machine: None, other_records: None, ..comparison };
        assert!(remarks(&same).is_empty());
    }
}
