//! What is said of a comparison with a baseline, in a sentence each.

use super::percent;
use crate::scaling::{Compared, Verdict};

/// `2 threads: slower, 1.95 times the baseline's time (1.88 to 2.08)`.
pub(super) fn sentence(Compared { threads, ratio, verdict }: &Compared) -> String {
    let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    let change = match ratio.median - 1.0 {
        more if more >= 0.0 => format!("{} more time than the baseline", percent(more)),
        less => format!("{} less time than the baseline", percent(-less)),
    };
    let (low, high) = ratio.interval;
    let doubt = match verdict {
        Verdict::Unclear => "; it may be chance or a slower machine, so it is no failure: measure again, or with more runs",
        Verdict::Slower | Verdict::Fine => "",
    };
    format!("{threads}: {}, {change} (ratio {:.3}, likely {low:.3} to {high:.3}){doubt}", verdict.name(), ratio.median)
}
