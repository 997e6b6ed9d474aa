//! Counts to paper: one model, and a short file for each form that it can be written in.

mod column;
mod csv;
mod detected;
mod draft;
mod files;
mod form;
mod formula;
mod json;
mod markdown;
mod ndjson;
mod order;
mod output;
mod scaling;
mod stats;
mod style;
mod table;

pub use column::{Column, ColumnList, Figure, UnknownColumn};
pub use detected::{Contents, Detected, Form as DetectedForm, Sheet as DetectedSheet, UnknownForm as UnknownDetectedForm};
pub use draft::is_draft;
pub use form::{Form, UnknownForm};
pub use formula::Formulas;
pub use order::{BadTop, Sort, Top, UnknownSort};
pub use output::{Abandoned, Destination, WriteError, abandon};
pub use scaling::{BadExport, Export, Form as BenchForm, Sheet as BenchSheet, UnknownForm as UnknownBenchForm};
pub use stats::{Form as StatsForm, Sheet as StatsSheet, UnknownForm as UnknownStatsForm, Work as StatsWork};
pub use style::{Color, ColorChoice, Escape, Style, UnknownColorChoice};

use crate::{
    classify::{KeyField, KeyPlan},
    failure::Failure,
    parallel,
    parse::time::Zone,
    tally::{Counts, Groups, Run, Slot},
};
use std::{io, path::PathBuf};

/// What a run has to say, ready to be written.
#[derive(Debug)]
pub struct Report {
    /// What the rows are grouped by.
    pub keys: KeyPlan,
    /// What is shown of each group.
    pub columns: Vec<Column>,
    /// All groups.
    pub groups: Groups,
    /// Those that are shown, in their order.
    pub rows: Vec<Slot>,
    /// The groups that are not shown, if there are such.
    pub other: Option<Other>,
    /// The sum of all groups, those that are not shown among them.
    pub totals: Counts,
    /// The lines that filters left out: they are in no group.
    pub filtered: Run,
    /// How many of the records that filters left out have no time, which is all that spoke against them.
    pub timeless: u64,
    /// The zone of the times that are shown.
    pub zone: Zone,
    /// What became of the files.
    pub files: Files,
    /// How many threads may put it to paper.
    pub threads: usize,
    /// What is done in CSV and TSV with names that a spreadsheet would take for formulas.
    pub formulas: Formulas,
    /// How the report was asked for, as (name, value).
    pub settings: Vec<(&'static str, String)>,
}

/// What is shown of the groups, and in which order.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// What the rows are grouped by.
    pub keys: KeyPlan,
    /// What is shown of each group.
    pub columns: Vec<Column>,
    /// The order of the rows.
    pub sort: Sort,
    /// How many rows are shown; `None` is all.
    pub top: Option<Top>,
    /// The zone of the times that are shown.
    pub zone: Zone,
    /// How many threads may put it to paper; at least one.
    pub threads: usize,
}

/// The groups that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Other {
    /// How many, at least one.
    pub groups: u64,
    /// Their sum.
    pub counts: Counts,
}

/// What became of the files.
#[derive(Debug, Default)]
pub struct Files {
    /// Counted whole, the empty ones among them.
    pub counted: u64,
    /// Not text, passed over.
    pub binary: Vec<PathBuf>,
    /// Not counted, or not to their end.
    pub failures: Vec<Failure>,
    /// What it means if there was no file at all.
    pub emptiness: Emptiness,
}

/// Whether finding no file is a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emptiness {
    /// A disk that is not mounted looks just so.
    #[default]
    Fault,
    /// The user expects it.
    Allowed,
}

/// Whether a report says all there was to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every file that was found is counted.
    Complete,
    /// Something failed, or nothing was found at all.
    Incomplete,
}

impl Files {
    /// Whether all is counted. Where there was no file at all, an archive was not mounted or a name mistyped.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        let found = self.counted > 0 || !self.binary.is_empty() || self.emptiness == Emptiness::Allowed;
        if found && self.failures.is_empty() { Completeness::Complete } else { Completeness::Incomplete }
    }
}

impl Report {
    /// A report of these groups.
    #[must_use]
    pub fn new(
        groups: Groups,
        presentation: Presentation,
        filtered: Run,
        files: Files,
        settings: Vec<(&'static str, String)>,
    ) -> Report {
        let Presentation { keys, columns, sort, top, zone, threads } = presentation;
        let totals = totals(&groups, threads);
        let (rows, cut_off) = order::arrange(&groups, &keys, sort, top, threads);
        let other =
            (!cut_off.is_empty()).then(|| Other { groups: cut_off.len() as u64, counts: sum(&groups, cut_off.iter().copied()) });
        let (timeless, formulas) = (0, Formulas::Kept);
        Report { groups, keys, columns, rows, other, totals, filtered, timeless, zone, files, threads, formulas, settings }
    }

    /// The names of a row, one for each key.
    #[must_use]
    pub fn names(&self, row: Slot) -> Vec<&[u8]> {
        self.keys.decode(self.groups.key(row))
    }

    /// The header: the keys' names, then the columns'.
    pub fn header(&self) -> impl Iterator<Item = &'static str> {
        self.keys.fields().iter().map(|key: &KeyField| key.name()).chain(self.columns.iter().map(|column| column.name()))
    }

    /// Writes the report in a form.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, form: Form, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        match form {
            Form::Csv => csv::write(self, csv::Delimiter::Comma, style.escape, out),
            Form::Tsv => csv::write(self, csv::Delimiter::Tab, style.escape, out),
            Form::Json => json::write(self, style.escape, out),
            Form::Ndjson => ndjson::write(self, style.escape, out),
            Form::Table => table::write(self, style.color, out),
            Form::Markdown => markdown::write(self, style.escape, out),
        }
    }

    /// Names and counts of all lines of a flat form: the rows, and below them what is not shown.
    fn shown(&self) -> impl Iterator<Item = (Vec<&[u8]>, Counts)> {
        let rows = self.rows.iter().map(|row| (self.names(*row), self.groups.counts(*row)));
        rows.chain(self.other.iter().map(|other| (self.label("(other)"), other.counts)))
    }

    /// The names of a line that is no group: this for the first key, nothing for the others.
    fn label<'l>(&self, label: &'l str) -> Vec<&'l [u8]> {
        let mut names = vec![label.as_bytes()];
        names.resize(self.keys.fields().len(), b"");
        names
    }
}

fn sum(groups: &Groups, rows: impl IntoIterator<Item = Slot>) -> Counts {
    rows.into_iter().fold(Counts::default(), |mut sum, row| {
        sum += groups.counts(row);
        sum
    })
}

/// The sum of all groups, by so many threads where there are many.
fn totals(groups: &Groups, threads: usize) -> Counts {
    let (mut parts, mut totals) = (groups.parts(), Counts::default());
    let each = parts.len().div_ceil(parallel::worth(threads, groups.len()));
    let shares = std::iter::from_fn(|| (!parts.is_empty()).then(|| parts.split_off(parts.len().saturating_sub(each))));
    let sums = parallel::side_by_side(shares, |parts| sum(groups, parts.into_iter().flatten()));
    sums.into_iter().for_each(|sum| totals += sum);
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that each do harm to some form, in their byte order.
    pub(super) const HOSTILE: [&[u8]; 31] = [
        b"",
        b"\0",
        b"\x1b[2J",
        b" both ends ",
        b"&amp;",
        b"**x**",
        b"<b>",
        b"[x](y)",
        b"\\",
        b"\\|",
        b"_a_b_",
        b"`c`",
        b"a \"b\" c",
        b"a\\",
        b"caf\xe9",
        b"d,e",
        b"f\ng",
        b"g\r\nh",
        b"gr\xc3\xb6\xc3\x9fe \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x9b\x92",
        b"h\ti",
        b"https://x.y",
        b"j\rk",
        b"pi|pe",
        b"quote\"",
        b"total",
        b"x_y",
        b"~~s~~ !#$",
        "\u{7f}\u{9b}\u{202e}".as_bytes(),
        "\u{a0}wide\u{3000}".as_bytes(),
        b"\xfe",
        b"\xff,\xff\n",
    ];

    pub(super) fn hostile() -> Report {
        report_of(&HOSTILE.map(|name| (name, 1)))
    }

    /// A report of the records of services.
    pub(super) fn report_of(services: &[(&[u8], u64)]) -> Report {
        let groups = services.iter().map(|(name, records)| (*name, counts(*records))).collect();
        presented(groups, &[KeyField::Service], Sort::default(), None)
    }

    /// Two of five groups of services and levels, and 1,234 lines that filters left out.
    pub(super) fn top_of_two_keys() -> Report {
        let group = |service, level, records, errors| (pair(service, level), Counts { errors, ..counts(records) });
        let groups = [
            group("auth", "fatal", 1, 1),
            group("auth", "error", 7, 7),
            group("cart", "error", 1, 1),
            group("cart", "info", 1500, 0),
            group("auth", "info", 3, 0),
        ];
        let mut report =
            presented(groups.into_iter().collect(), &[KeyField::Service, KeyField::Level], Sort::default(), Some("2"));
        report.columns = vec![Column::Records, Column::Errors];
        report.filtered = Run { lines: 1234, bytes: 5678 };
        report
    }

    pub(super) fn written(report: &Report, form: Form, style: Style) -> Vec<u8> {
        let mut out = Vec::new();
        report.write(form, style, &mut out).unwrap();
        out
    }

    fn counts(records: u64) -> Counts {
        Counts { records, lines: records + 1, bytes: records * 100, ..Counts::default() }
    }

    /// The key of a group by service and level.
    fn pair(service: &str, level: &str) -> Box<[u8]> {
        let plan = KeyPlan::new(&[KeyField::Service, KeyField::Level]);
        let name_of = |field| if field == KeyField::Service { service.as_bytes() } else { level.as_bytes() };
        plan.encode(name_of, &mut Vec::new()).into()
    }

    fn presented(groups: Groups, keys: &[KeyField], sort: Sort, top: Option<&str>) -> Report {
        let top = top.map(|number| number.parse().unwrap());
        let presentation = Presentation {
            keys: KeyPlan::new(keys),
            columns: vec![Column::Records],
            sort,
            top,
            zone: Zone::default(),
            threads: 1,
        };
        Report::new(groups, presentation, Run::default(), Files::default(), Vec::new())
    }

    fn names(report: &Report) -> Vec<String> {
        report.rows.iter().map(|row| String::from_utf8(report.names(*row).join(&b' ')).unwrap()).collect()
    }

    fn services() -> Groups {
        [("b", 1), ("ä", 1), ("a", 1), ("B", 1), ("most", 5)].map(|(name, records)| (name, counts(records))).into_iter().collect()
    }

    #[test]
    fn largest_first_then_names_in_byte_order() {
        let report = presented(services(), &[KeyField::Service], Sort::default(), None);
        assert_eq!(names(&report), ["most", "B", "a", "b", "ä"]);
        assert_eq!(report.totals, Counts { records: 9, lines: 14, bytes: 900, ..Counts::default() });
        let none_has_errors = presented(services(), &[KeyField::Service], Sort::By(Column::Errors), None);
        assert_eq!(names(&none_has_errors), ["B", "a", "b", "most", "ä"]);
        let by_name = presented(services(), &[KeyField::Service], Sort::Name, None);
        assert_eq!(names(&by_name), ["B", "a", "b", "most", "ä"]);
    }

    #[test]
    fn of_two_keys_the_first_decides_not_its_length() {
        let groups = || ["b info", "aaa warn", "aaa error"].map(|names| (names.split_once(' ').unwrap(), counts(1)));
        let groups = || groups().map(|((service, level), counts)| (pair(service, level), counts)).into_iter().collect();
        for sort in [Sort::default(), Sort::Name] {
            let report = presented(groups(), &[KeyField::Service, KeyField::Level], sort, None);
            assert_eq!(names(&report), ["aaa error", "aaa warn", "b info"]);
        }
    }

    #[test]
    fn what_is_not_shown_is_summed() {
        let report = presented(services(), &[KeyField::Service], Sort::default(), Some("2"));
        assert_eq!(names(&report), ["most", "B"]);
        let rest = Counts { records: 3, lines: 6, bytes: 300, ..Counts::default() };
        assert_eq!(report.other, Some(Other { groups: 3, counts: rest }));
        assert_eq!(report.totals, Counts { records: 9, lines: 14, bytes: 900, ..Counts::default() });
        assert_eq!(names(&top_of_two_keys()), ["cart info", "auth error"]);
        assert_eq!(top_of_two_keys().other.map(|other| other.groups), Some(3));
    }

    #[test]
    fn where_all_are_shown_there_is_no_rest() {
        for top in [None, Some("5"), Some("6")] {
            let report = presented(services(), &[KeyField::Service], Sort::default(), top);
            assert_eq!((report.rows.len(), report.other), (5, None), "{top:?}");
        }
        assert_eq!(presented(Groups::default(), &[KeyField::Service], Sort::default(), Some("1")).other, None);
    }

    #[test]
    fn forms_by_their_names() {
        for form in Form::ALL {
            assert_eq!(form.name().parse(), Ok(form));
        }
        assert_eq!(
            "xml".parse::<Form>().unwrap_err().to_string(),
            "a report cannot be written as 'xml'; choose one of csv, tsv, json, ndjson, table, markdown"
        );
    }
}
