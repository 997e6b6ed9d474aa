//! `logtally count`, and `logtally` without a verb.

use super::{Coloring, Counting, Keeping, Reading};
use crate::{
    engine::Threads,
    progress::Mode,
    report::{Form, StatsForm},
};
use clap::Args;
use std::path::PathBuf;

/// What to count and how.
#[derive(Debug, Args)]
pub struct Count {
    /// Files and folders to count; - is standard input
    ///
    /// Folders are walked whole, hidden files and all names. A folder that is called like a verb: ./count
    #[arg(value_name = "PATH", required_unless_present = "files0_from")]
    pub paths: Vec<PathBuf>,

    /// What of them.
    #[command(flatten, next_help_heading = "Report")]
    pub counting: Counting,

    /// Write the report as csv, tsv, json, ndjson, table or markdown
    ///
    /// csv and tsv quote by RFC 4180; json is one document with totals, settings and what became of the files; ndjson is one
    /// object a row; table is for people. Example: --format table
    #[arg(short, long, value_name = "FORM", default_value = "csv", help_heading = "Report")]
    pub format: Form,

    /// Write csv and tsv so that a spreadsheet takes no name for a formula
    ///
    /// An apostrophe goes before text that begins with = + - @, a tab or a line's end, and all text is quoted; so in --files-report. A - alone,
    /// which stands for no value, stays. Programs get names as they are without this. Example: --csv-safe -o for-excel.csv
    #[arg(long, overrides_with = "no_csv_safe", help_heading = "Report")]
    pub csv_safe: bool,

    /// Write the report to this file, which appears complete or not at all
    ///
    /// Until the report is whole, the file is as it was before. It is not counted itself. Example: -o /var/reports/logs.csv
    #[arg(short, long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,

    /// Write what became of each input to this file, as CSV
    ///
    /// One row for each: path, format, codec, status, bytes stored and decoded, lines, records, lines and bytes that filters left
    /// out, detail, the share of the lines that begin a record, and of the records that name a service. Example: --files-report files.csv
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub files_report: Option<PathBuf>,

    /// In which colours.
    #[command(flatten)]
    pub coloring: Coloring,

    /// Number of threads; 0 is one for each CPU
    #[arg(short = 'j', long, allow_negative_numbers = true, value_name = "N", default_value = "0", help_heading = "Running")]
    pub threads: Threads,

    /// Show the progress: auto, always, never or plain
    ///
    /// auto is a bar on a terminal and nothing elsewhere, plain a line every 10 seconds. SIGUSR1 asks for a line at any time.
    #[arg(long, value_name = "HOW", default_value = "auto", help_heading = "Running")]
    pub progress: Mode,

    /// No messages but fatal ones, and no progress
    #[arg(short, long, overrides_with = "verbose", help_heading = "Running")]
    pub quiet: bool,

    /// Say at the end what was counted and what was passed over
    #[arg(short, long, overrides_with = "quiet", help_heading = "Running")]
    pub verbose: bool,

    /// Say at the end where the time went: --stats in tables, --stats=json as one line
    ///
    /// On standard error, after all else and also with -q: for each phase (walk, read, detect, decode, count, merge, report) the time of all
    /// threads, and bytes and rate; for each thread the shares that it was busy, waited and stood before locks; memory, CPU time, and what
    /// came from disks. The report is the same. Example: --stats=json 2>times.json
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text", overrides_with = "no_stats", help_heading = "Running")]
    pub stats: Option<StatsForm>,

    /// Write no report if anything could not be counted, and end with status 2
    #[arg(long, overrides_with = "no_strict", help_heading = "Running")]
    pub strict: bool,

    /// Finding no file at all is no fault
    #[arg(long, overrides_with = "no_allow_empty", help_heading = "Running")]
    pub allow_empty: bool,

    /// How files are read.
    #[command(flatten)]
    pub reading: Reading,

    /// Where options are kept.
    #[command(flatten)]
    pub keeping: Keeping,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "strict", hide = true)]
    pub no_strict: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "allow_empty", hide = true)]
    pub no_allow_empty: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "csv_safe", hide = true)]
    pub no_csv_safe: bool,

    /// Takes back what a configuration says.
    #[arg(long, overrides_with = "stats", hide = true)]
    pub no_stats: bool,
}
