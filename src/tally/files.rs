//! What became of one input.

use super::{Run, Seen};
use std::path::PathBuf;

/// One input's counts and its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCounts {
    /// As it was reached.
    pub path: PathBuf,
    /// Its formats, joined by `+`; empty where none was looked for.
    pub format: String,
    /// How it is stored, from the outside in: `none`, `utf-16`, `gzip`, `gzip+tar` ...; empty where that is not known.
    pub codec: String,
    /// `ok`, `empty`, `binary`, `changed`, `unreadable`, `vanished` ...
    pub status: &'static str,
    /// Its length on the disk, in bytes.
    pub bytes_stored: u64,
    /// The bytes that were counted, decompressed, those left out by filters included.
    pub bytes_decoded: u64,
    /// The lines that were counted, those left out by filters included.
    pub lines: u64,
    /// The records that are in the report.
    pub records: u64,
    /// What filters left out.
    pub filtered: Run,
    /// What its lines turned out to be.
    pub seen: Seen,
    /// Whether records were asked for their services.
    pub services: Services,
    /// What there is to say about the status.
    pub detail: String,
}

/// Whether records were asked for their services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Services {
    /// They were.
    Asked,
    /// Nobody wanted to know.
    #[default]
    Ignored,
}
