//! `logtally bench`.

use super::{Coloring, Counting, Keeping, Reading};
use crate::{
    engine::ThreadList,
    report::{BenchForm, Export},
    scaling::{Runs, Tolerance},
};
use clap::Args;
use std::path::PathBuf;

/// What to measure and how.
#[derive(Debug, Args)]
pub struct Bench {
    /// Files and folders to count, again and again
    #[arg(value_name = "PATH", required_unless_present = "files0_from")]
    pub paths: Vec<PathBuf>,

    /// Compare these numbers of threads; 0 is one for each CPU [default: 1, 2, 4 and so on up to one for each CPU]
    ///
    /// Example: --threads 1,2,4
    #[arg(short = 'j', long, allow_negative_numbers = true, value_name = "LIST", help_heading = "Measuring")]
    pub threads: Option<ThreadList>,

    /// Run each so often [default: 7 times, and on for three seconds in all, up to 50 times]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Measuring")]
    pub runs: Option<Runs>,

    /// Run each so often before, unmeasured
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value = "1", help_heading = "Measuring")]
    pub warmup: Runs,

    /// Have the system forget the files before each run, so that they are read from the disk
    ///
    /// What others have mapped or written just now may stay in memory.
    #[arg(long, overrides_with = "no_cold", help_heading = "Measuring")]
    pub cold: bool,

    /// Compare with what was measured earlier: a file of --format json
    ///
    /// Example: --baseline before.json --max-regression 10%
    #[arg(long, value_name = "FILE", help_heading = "Measuring")]
    pub baseline: Option<PathBuf>,

    /// End with status 3 if any number of threads takes so much more time than in the baseline
    ///
    /// Only if chance does not explain it: the interval that is likely for the ratio of the CPU times lies beyond it, or that of the
    /// times with the ratio of the fastest runs, each also in units of the machine's pace beside each run. A number is a percentage: 10
    /// is 10%.
    #[arg(long, allow_negative_numbers = true, value_name = "PERCENT", default_value = "10%", help_heading = "Measuring")]
    pub max_regression: Tolerance,

    /// Write what was measured as table, markdown, csv, json, github, github-throughput or bencher
    ///
    /// json has every run, and is what --baseline reads; github and github-throughput are for github-action-benchmark, bencher is
    /// the Bencher Metric Format. Example: --format markdown >> "$GITHUB_STEP_SUMMARY"
    #[arg(short, long, value_name = "FORM", default_value = "table", help_heading = "Report")]
    pub format: BenchForm,

    /// Write it to this file, which appears complete or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,

    /// Write it in another form to another file too; may be repeated
    ///
    /// Example: --export json=bench.json --export github=times.json
    #[arg(long, value_name = "FORM=FILE", help_heading = "Report")]
    pub export: Vec<Export>,

    /// Draw speed-up against threads, as SVG
    ///
    /// Example: --plot scaling.svg
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub plot: Option<PathBuf>,

    /// In which colours.
    #[command(flatten)]
    pub coloring: Coloring,

    /// What of the files.
    #[command(flatten, next_help_heading = "Counting, whose report is timed but not shown")]
    pub counting: Counting,

    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Where options are kept.
    #[command(flatten)]
    pub keeping: Keeping,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "cold", hide = true)]
    pub no_cold: bool,
}
