//! `logtally detect`.

use super::{Finding, Keeping, Naming};
use crate::{
    engine::Threads,
    parse::time::Zone,
    report::{ColorChoice, DetectedForm},
};
use clap::Args;
use std::path::PathBuf;

/// What to look into.
#[derive(Debug, Args)]
pub struct Detect {
    /// Files and folders to look into; - is standard input
    ///
    /// Folders are walked whole, as when they are counted.
    #[arg(value_name = "PATH", required_unless_present = "files0_from")]
    pub paths: Vec<PathBuf>,

    /// Write what is found as table or json
    ///
    /// table is a few lines a file, for people; json is one document. Example: --format json
    #[arg(short, long, value_name = "FORM", default_value = "table", help_heading = "Report")]
    pub format: DetectedForm,

    /// Colours in a table: auto, always or never
    ///
    /// auto is on a terminal, unless NO_COLOR is set. Example: --color always | less -R
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Report")]
    pub color: ColorChoice,

    /// The zone of the times that are shown: Europe/Berlin, local, +02:00
    ///
    /// Example: --tz America/New_York
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub tz: Zone,

    /// The zone of times in logs that name none
    ///
    /// Example: --assume-tz Europe/Berlin
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, default_value = "UTC", help_heading = "Times")]
    pub assume_tz: Zone,

    /// Where services come from.
    #[command(flatten)]
    pub naming: Naming,

    /// Which files are meant.
    #[command(flatten)]
    pub finding: Finding,

    /// Where options are kept.
    #[command(flatten)]
    pub keeping: Keeping,

    /// Heads are read one after the other; taken so that a count's options can stay where they are.
    #[arg(short = 'j', long, allow_negative_numbers = true, value_name = "N", default_value = "0", hide = true)]
    pub threads: Threads,
}
