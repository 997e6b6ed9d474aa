//! What a file turns out to hold, and what becomes of it.

use crate::{
    failure::Cause,
    parse::Dialect,
    read::ByteOrder,
    tally::{Counts, FileCounts, Run},
    walk::LogFile,
};

/// The codec of what is stored as it is.
pub(super) const PLAIN: &str = "none";

/// What a file turned out to hold.
pub(super) enum Kind {
    /// Lines of these formats.
    Lines(Dialect),
    /// The same, of two bytes a letter.
    Utf16(ByteOrder),
    /// Nothing that can be counted.
    Over(Fate),
}

/// What became of a file.
pub(super) struct Fate {
    /// Its formats, if they were found out.
    pub(super) dialect: Option<Dialect>,
    /// How it is stored; empty where that was not found out.
    pub(super) codec: &'static str,
    /// Its length when it was opened, in bytes; 0 where that is not known.
    pub(super) stored: u64,
    pub(super) end: End,
}

/// How a file's counting ended.
pub(super) enum End {
    /// With its last line.
    Whole,
    /// It is not text.
    Binary,
    /// Before its end; what was counted until then counts.
    Failed(Cause),
}

impl Fate {
    pub(super) const fn failed(cause: Cause) -> Fate {
        Fate { dialect: None, codec: "", stored: 0, end: End::Failed(cause) }
    }

    /// The file's counts, with what became of it.
    pub(super) fn counts(&self, file: &LogFile, counts: Counts, filtered: Run) -> FileCounts {
        let (status, detail) = match &self.end {
            End::Whole if counts.lines + filtered.lines == 0 => ("empty", String::new()),
            End::Whole => ("ok", String::new()),
            End::Binary => ("binary", "not text: passed over".to_owned()),
            End::Failed(cause) => (cause.status(), cause.to_string()),
        };
        let names: Vec<&str> = self.dialect.iter().flat_map(Dialect::formats).map(|format| format.name()).collect();
        FileCounts {
            path: file.path.clone(),
            format: if status == "empty" { String::new() } else { names.join("+") },
            codec: self.codec,
            status,
            bytes_stored: self.stored.max(file.len),
            bytes_decoded: counts.bytes + filtered.bytes,
            lines: counts.lines + filtered.lines,
            records: counts.records,
            filtered,
            detail,
        }
    }
}
