//! `logtally detect`.

use super::{Coloring, Finding, Keeping, Naming, Zones};
use crate::{engine::Threads, report::DetectedForm};
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

    /// In which colours.
    #[command(flatten)]
    pub coloring: Coloring,

    /// In which zones times are.
    #[command(flatten)]
    pub zones: Zones,

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
