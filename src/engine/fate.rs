//! What a file turns out to hold, and what becomes of it.

use crate::{
    classify::{KeyField, KeyPlan},
    decode::Codec,
    failure::Cause,
    parse::Dialect,
    read::ByteOrder,
    tally::{Combiner, Counts, FileCounts, MaxGroups, Run, Seen, Services},
    walk::LogFile,
};

/// The codec of what is stored as it is.
pub(super) const PLAIN: &str = "none";

/// The codec of text of two bytes a letter.
pub(super) const UTF16: &str = "utf-16";

/// What a file turned out to hold.
pub(super) enum Kind {
    /// Lines of these formats.
    Lines(Dialect),
    /// The same, of two bytes a letter.
    Utf16(ByteOrder),
    /// Something that must be decoded first, or an archive.
    Encoded(Codec),
    /// Nothing that can be counted.
    Binary,
}

/// What became of a file.
pub(super) struct Fate {
    /// Its formats, if they were found out.
    pub(super) dialect: Option<Dialect>,
    /// How it is stored, from the outside in; empty where that was not found out.
    pub(super) codecs: Vec<&'static str>,
    /// Its length when it was opened, in bytes; 0 where that is not known.
    pub(super) stored: u64,
    pub(super) end: End,
    /// Whose its lines are.
    pub(super) lines: Lines,
    /// What there is to say although all is well.
    pub(super) remark: Option<String>,
    /// That it is counted as one group, as it makes too many.
    pub(super) over: Option<Over>,
}

/// What is counted as one group.
pub(super) struct Over {
    most: MaxGroups,
    /// The service that it is counted under; `None` if services are not told apart.
    service: Option<Vec<u8>>,
}

impl Over {
    /// More than `most`, and so all in the group of this key.
    pub(super) fn new(most: MaxGroups, keys: &KeyPlan, key: &[u8]) -> Over {
        let at = keys.fields().iter().position(|field| *field == KeyField::Service);
        let service = at.and_then(|at| keys.names(key).nth(at)).map(<[u8]>::to_vec);
        Over { most, service }
    }
}

/// What was counted of a file.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) counts: Counts,
    /// What filters left out.
    pub(super) filtered: Run,
    pub(super) seen: Seen,
}

impl Sums {
    /// What a combiner has counted.
    pub(super) fn of(combiner: &mut Combiner) -> Sums {
        Sums { counts: combiner.totals(), filtered: combiner.left_out(), seen: combiner.seen() }
    }

    /// All lines, those left out by filters among them.
    pub(super) const fn lines(&self) -> u64 {
        self.counts.lines + self.filtered.lines
    }

    /// Whether the counts may mislead.
    pub(super) fn is_doubtful(&self) -> bool {
        self.seen.recognised().is_minor() || self.seen.named().is_minor()
    }
}

/// Whose the lines of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lines {
    /// Its own.
    #[default]
    Own,
    /// Those of the members of an archive, each of which has a fate of its own.
    Members,
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
    pub(super) const fn new(end: End) -> Fate {
        Fate { dialect: None, codecs: Vec::new(), stored: 0, end, lines: Lines::Own, remark: None, over: None }
    }

    pub(super) const fn failed(cause: Cause) -> Fate {
        Fate::new(End::Failed(cause))
    }

    /// Whether nothing vouches for what was counted: text as it is stored, and that in a tar archive, whose checksums are of headers alone.
    pub(super) fn is_bare(&self) -> bool {
        self.codecs.iter().all(|codec| [PLAIN, UTF16, Codec::Tar.name()].contains(codec))
    }

    /// What it comes to in the end: what makes too many groups has failed, whatever else is said of it.
    pub(super) fn settled(mut self) -> Fate {
        let Some(Over { most, service }) = self.over.take() else { return self };
        let besides = match self.end {
            End::Failed(cause) => Some(Box::new(cause)),
            End::Whole | End::Binary => None,
        };
        Fate { end: End::Failed(Cause::Groups { most: most.number(), service, besides }), ..self }
    }

    /// The same of something that was inside of this codec.
    pub(super) fn within(mut self, codec: &'static str) -> Fate {
        self.codecs.retain(|inner| *inner != PLAIN);
        self.codecs.insert(0, codec);
        self
    }

    /// The file's counts, with what became of it.
    pub(super) fn counts(&self, file: &LogFile, counts: Counts, filtered: Run) -> FileCounts {
        let lines = counts.lines + filtered.lines;
        let (status, detail) = match &self.end {
            End::Whole if lines == 0 && self.lines == Lines::Own => ("empty", self.remark.clone().unwrap_or_default()),
            End::Whole => ("ok", self.remark.clone().unwrap_or_default()),
            End::Binary => ("binary", "not text: passed over".to_owned()),
            End::Failed(cause) => (cause.status(), cause.to_string()),
        };
        let names: Vec<&str> = self.dialect.iter().flat_map(Dialect::formats).map(|format| format.name()).collect();
        FileCounts {
            path: file.path.clone(),
            format: if lines == 0 { String::new() } else { names.join("+") },
            codec: self.codecs.join("+"),
            status,
            bytes_stored: self.stored.max(file.len),
            bytes_decoded: counts.bytes + filtered.bytes,
            lines,
            records: counts.records,
            filtered,
            seen: Seen::default(),
            services: Services::default(),
            detail,
        }
    }
}
