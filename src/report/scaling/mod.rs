//! Measured scaling to paper: a model, and a short file for each form that it can be written in.

mod baseline;
mod ci;
mod csv;
mod json;
mod plot;
mod table;

use super::Color;
use crate::{
    failure::printable,
    scaling::{BadBaseline, Baseline, Compared, Comparison, Machine, Scaling, Tolerance, Verdict},
};
use std::{fmt, io, str::FromStr};

/// What a bench has to say, ready to be written.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What was measured.
    pub scaling: Scaling,
    /// How it compares with what was measured earlier, if that is asked for.
    pub compared: Option<Comparison>,
}

impl Sheet {
    /// What was measured, compared with a baseline.
    ///
    /// # Errors
    /// If the two have nothing in common.
    pub fn new(scaling: Scaling, baseline: Option<&Baseline>, tolerance: Tolerance) -> Result<Sheet, BadBaseline> {
        let compared = baseline.map(|baseline| baseline.compare(&scaling, tolerance)).transpose()?;
        Ok(Sheet { scaling, compared })
    }

    /// Whether any number of threads has become slower.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        self.rows().any(|row| row.verdict == Verdict::Slower)
    }

    /// What is said of each number of threads that has this verdict.
    #[must_use]
    pub fn sentences(&self, verdict: Verdict) -> Vec<String> {
        self.rows().filter(|row| row.verdict == verdict).map(baseline::sentence).collect()
    }

    /// What is not compared with the baseline, and what is not the same there.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.compared.as_ref().map(baseline::remarks).unwrap_or_default()
    }

    fn rows(&self) -> impl Iterator<Item = &Compared> {
        self.compared.iter().flat_map(|compared| &compared.rows)
    }

    /// Writes it in a form.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, form: Form, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
        match form {
            Form::Table => table::write(self, color, out),
            Form::Markdown => table::write_markdown(self, out),
            Form::Csv => csv::write(self, out),
            Form::Json => json::write(self, out),
            Form::Github => ci::write_github(self, ci::Measure::Time, out),
            Form::GithubThroughput => ci::write_github(self, ci::Measure::Throughput, out),
            Form::Bencher => ci::write_bencher(self, out),
        }
    }

    /// Draws it.
    ///
    /// # Errors
    /// What the writer says.
    pub fn plot(&self, out: &mut dyn io::Write) -> io::Result<()> {
        plot::write(&self.scaling, out)
    }
}

/// A form that a bench can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Columns for people.
    #[default]
    Table,
    /// A table of GitHub Flavored Markdown, for the summary of a CI job.
    Markdown,
    /// RFC 4180 with `\n`.
    Csv,
    /// One document with every run's time: what `--baseline` reads.
    Json,
    /// Times for github-action-benchmark, whose tool is then `customSmallerIsBetter`.
    Github,
    /// Throughput for the same, whose tool is then `customBiggerIsBetter`.
    GithubThroughput,
    /// Bencher Metric Format.
    Bencher,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 7] =
        [Form::Table, Form::Markdown, Form::Csv, Form::Json, Form::Github, Form::GithubThroughput, Form::Bencher];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::Table => "table",
            Form::Markdown => "markdown",
            Form::Csv => "csv",
            Form::Json => "json",
            Form::Github => "github",
            Form::GithubThroughput => "github-throughput",
            Form::Bencher => "bencher",
        }
    }
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownForm(String);

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Form::ALL.map(Form::name).join(", ");
        write!(f, "a bench cannot be written as '{}'; choose one of {names}", self.0)
    }
}

impl std::error::Error for UnknownForm {}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Form::ALL.into_iter().find(|form| form.name() == name).ok_or_else(|| UnknownForm(name.to_owned()))
    }
}

/// A form and the file that it is written to: `json=bench.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The form.
    pub form: Form,
    /// The file.
    pub file: std::path::PathBuf,
}

/// An export that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadExport {
    /// There is no file in it.
    Shape(String),
    /// There is no such form.
    Form(UnknownForm),
}

impl fmt::Display for BadExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadExport::Shape(text) => write!(f, "'{text}' names no form and file; write FORM=FILE, such as json=bench.json"),
            BadExport::Form(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BadExport {}

impl FromStr for Export {
    type Err = BadExport;

    fn from_str(text: &str) -> Result<Export, BadExport> {
        match text.split_once('=') {
            Some((form, file)) if !file.is_empty() => {
                Ok(Export { form: form.parse().map_err(BadExport::Form)?, file: file.into() })
            }
            _ => Err(BadExport::Shape(text.to_owned())),
        }
    }
}

/// A time that people can compare: `12.3 ms`, `1.234 s`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 0.9995 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.3} s") }
}

/// A number a second with a decimal prefix: `3.98 GB/s`, `17.80 M/s`.
pub(super) fn rate(per_second: f64, unit: &str) -> String {
    format!("{}/s", size(per_second, unit))
}

/// A number with a decimal prefix: `3.98 GB`.
fn size(number: f64, unit: &str) -> String {
    let (scaled, prefix) = match number {
        giga if giga >= 1e9 => (giga / 1e9, "G"),
        mega if mega >= 1e6 => (mega / 1e6, "M"),
        kilo => (kilo / 1e3, "k"),
    };
    format!("{scaled:.2} {prefix}{unit}")
}

/// `2 CPUs, AMD EPYC`, safe to be shown: a processor may call itself anything.
fn machine(machine: &Machine) -> String {
    let cpus = if machine.cpus == 1 { "1 CPU".to_owned() } else { format!("{} CPUs", machine.cpus) };
    let model = machine.model.as_ref().map(|model| format!(", {}", printable(model.as_bytes())));
    format!("{cpus}{}", model.unwrap_or_default())
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::{Cache, Measured, Work};

    /// One thread takes a second, two half of it, four a third: a measurement with all there is to say.
    pub(super) fn sheet() -> Sheet {
        let rows = [(1, [1.0, 1.02, 0.98]), (2, [0.5, 0.52, 0.49]), (4, [0.34, 0.33, 0.33])];
        let rows = rows
            .map(|(threads, seconds)| Measured {
                threads,
                seconds: seconds.into(),
                pace: seconds.map(|seconds| seconds / 10.0).into(),
                ..Measured::default()
            })
            .into();
        let machine = Machine { cpus: 4, model: Some("Fast <9000> & \"co\"".to_owned()) };
        let work = Work { files: 3, records: 4_000_000, bytes: 1_000_000_000 };
        let settings = vec![("by", "service".to_owned())];
        Sheet { scaling: Scaling { work, machine, cache: Cache::Warm, warmup: 1, settings, rows }, compared: None }
    }

    /// The same against one of half the time with two threads.
    pub(super) fn slower() -> Sheet {
        let baseline =
            r#"{"work":{"bytes":1000000000},"rows":[{"threads":2,"seconds":[0.25,0.26,0.24]},{"threads":4,"seconds":[0.33]}]}"#;
        Sheet::new(sheet().scaling, Some(&baseline.parse().unwrap()), Tolerance(0.1)).unwrap()
    }

    pub(super) fn written(sheet: &Sheet, form: Form) -> String {
        let mut out = Vec::new();
        sheet.write(form, Color::Never, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn figures_for_people() {
        assert_eq!([duration(0.01234), duration(0.9999), duration(61.0)], ["12.3 ms", "1.000 s", "61.000 s"]);
        assert_eq!([rate(3.98e9, "B"), rate(17.8e6, ""), rate(120.0, "")], ["3.98 GB/s", "17.80 M/s", "0.12 k/s"]);
        assert_eq!(percent(0.0123), "1.2 %");
    }

    #[test]
    fn exports_are_a_form_and_a_file() {
        assert_eq!("json=a=b.json".parse(), Ok(Export { form: Form::Json, file: "a=b.json".into() }));
        for wrong in ["json", "json=", "=x", "xml=x"] {
            assert!(wrong.parse::<Export>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_slower_is_told() {
        assert!(slower().is_slower() && !sheet().is_slower());
        assert_eq!(slower().rows().count(), 2);
    }
}
