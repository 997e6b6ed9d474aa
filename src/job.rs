//! What was typed, checked and compiled: from here on nothing can be misspelt any more.

mod asked;
mod look;
mod named;
mod trial;
mod usage;

pub use look::Look;
pub use trial::Trial;
pub use usage::UsageError;

use crate::{
    cli::{Count, Finding},
    engine::{self, Detail},
    progress::Mode,
    report::{ColorChoice, Destination, Emptiness, Form, Formulas, Presentation, StatsForm},
    walk::{self, FileSystems, Globs, Links},
};
use asked::{Asked, clock};
use named::Named;
use std::path::PathBuf;
use usage::HELP;

/// One run of the tool.
#[derive(Debug)]
pub struct Job {
    /// Where to look for files.
    pub input: Input,
    /// How to count them.
    pub settings: engine::Settings,
    /// What the report shows, and how.
    pub presentation: Presentation,
    /// In which form.
    pub form: Form,
    /// What is done in CSV and TSV with names that a spreadsheet would take for formulas.
    pub formulas: Formulas,
    /// In which colours.
    pub color: ColorChoice,
    /// Where.
    pub destination: Destination,
    /// Where it is written what became of each input, if that is asked for.
    pub files_report: Option<Destination>,
    /// How the run behaves.
    pub manners: Manners,
    /// How it is said where the time went, if that is asked for.
    pub stats: Option<StatsForm>,
    /// How the report was asked for, for the report itself.
    pub described: Vec<(&'static str, String)>,
}

/// What is to be counted.
#[derive(Debug)]
pub struct Input {
    /// Files and folders, as they were typed.
    pub roots: Vec<PathBuf>,
    /// A list of more of them.
    pub list: Option<PathBuf>,
    /// Which files are found in folders.
    pub walk: walk::Options,
}

/// How a run behaves towards those who watch it, and those who do not.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// How the progress is shown.
    pub progress: Mode,
    /// What is said at the end.
    pub talk: Talk,
    /// What is done where something could not be counted.
    pub faults: Faults,
    /// Whether finding no file is a fault.
    pub emptiness: Emptiness,
}

/// What is said at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// Only what is fatal.
    Quiet,
    /// What went wrong; to a person, also that all went well.
    Normal,
    /// All there is to say.
    Verbose,
}

/// What is done where something could not be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// It is named, and the report written.
    Named,
    /// It is named, and no report written.
    Fatal,
}

impl TryFrom<Count> for Job {
    type Error = UsageError;

    fn try_from(count: Count) -> Result<Self, UsageError> {
        // The verbs are asked for last: to put the whole command line together once more takes as long as to count a small file.
        if let Some(first) = count.paths.first().and_then(|path| path.to_str())
            && !std::path::Path::new(first).exists()
            && (first == HELP || crate::cli::verbs().iter().any(|verb| verb == first))
        {
            return Err(UsageError::LateVerb(first.to_owned()));
        }
        let Asked { input, plan, decoding, limits, presentation, described } = Asked::new(count.paths, count.counting)?;
        let threads = count.threads.number();
        let presentation = Presentation { threads, ..presentation };
        let destination = count.output.map_or(Destination::Stdout, Destination::from);
        let files_report = count.files_report.map(Destination::from);
        if files_report.as_ref() == Some(&destination) {
            return Err(UsageError::SameDestination);
        }
        let manners = Manners {
            progress: if count.quiet { Mode::Never } else { count.progress },
            talk: match (count.quiet, count.verbose) {
                (true, _) => Talk::Quiet,
                (_, true) => Talk::Verbose,
                _ => Talk::Normal,
            },
            faults: if count.strict { Faults::Fatal } else { Faults::Named },
            emptiness: if count.allow_empty { Emptiness::Allowed } else { Emptiness::Fault },
        };
        let settings = engine::Settings {
            threads: engine::Threads::new(threads),
            strategy: count.reading.io,
            chunk_size: count.reading.chunk_size,
            plan,
            detail: if files_report.is_some() { Detail::EachFile } else { Detail::Faults },
            decoding,
            limits,
        };
        Ok(Job {
            input,
            settings,
            presentation,
            form: count.format,
            formulas: if count.csv_safe { Formulas::Disarmed } else { Formulas::Kept },
            color: count.coloring.color,
            destination,
            files_report,
            manners,
            stats: count.stats,
            described,
        })
    }
}

impl Input {
    fn new(roots: Vec<PathBuf>, finding: Finding) -> Result<Input, UsageError> {
        if let Some(glob) = finding.include.iter().find(|glob| glob.is_for_folders()) {
            return Err(UsageError::IncludedFolder(glob.to_string()));
        }
        let is_stdin = |path: &PathBuf| path.as_os_str() == walk::STDIN;
        if finding.files0_from.as_ref().is_some_and(is_stdin) && roots.iter().any(is_stdin) {
            return Err(UsageError::StdinTwice);
        }
        let walk = walk::Options {
            include: Globs::new(finding.include),
            exclude: Globs::new(finding.exclude),
            max_depth: finding.max_depth.map(|depth| depth.0),
            links: if finding.follow { Links::All } else { Links::Files },
            file_systems: if finding.one_file_system { FileSystems::One } else { FileSystems::All },
        };
        Ok(Input { roots, list: finding.files0_from, walk })
    }
}
