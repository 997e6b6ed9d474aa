//! What is typed: clap structs and nothing else. Values are read by the types of the rooms they belong to.

mod bench;
mod complaint;
mod count;
mod detect;
mod groups;
mod help;

pub use bench::Bench;
pub use complaint::complaint;
pub use count::Count;
pub use detect::Detect;
pub use groups::{Coloring, Counting, Finding, Keeping, Naming, Reading, Zones};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use help::{AFTER_BENCH_HELP, AFTER_DETECT_HELP, AFTER_HELP, AFTER_LONG_HELP};
use std::{ffi::OsString, io};

/// Counts log records per service over trees of files.
///
/// Walks the files and folders that are named, finds out each file's format by itself, and writes one row per service, most
/// records first. A record is one log entry: a stack trace belongs to the entry before it.
#[derive(Debug, Parser)]
#[command(
    name = "logtally",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    args_override_self = true,
    override_usage = "logtally [OPTIONS] PATH...\n       logtally count [OPTIONS] PATH...\n       logtally detect [OPTIONS] PATH...\n       logtally bench [OPTIONS] PATH...\n       logtally completions SHELL\n       logtally man [VERB]"
)]
pub struct Cli {
    /// What to do; counting, if nothing is said.
    #[command(subcommand)]
    pub verb: Option<Verb>,

    /// How to count.
    #[command(flatten)]
    pub count: Count,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Count, as without this word: for a folder that is called like a verb
    #[command(args_override_self = true, override_usage = "logtally count [OPTIONS] PATH...", after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
    Count(Box<Count>),
    /// Say of each file what it is taken for, why, and where its services come from; reads no file further than its head
    #[command(args_override_self = true, override_usage = "logtally detect [OPTIONS] PATH...", after_help = AFTER_DETECT_HELP)]
    Detect(Box<Detect>),
    /// Count the same files with several numbers of threads, in turns, and say how much threads help
    #[command(args_override_self = true, override_usage = "logtally bench [OPTIONS] PATH...", after_help = AFTER_BENCH_HELP)]
    Bench(Box<Bench>),
    /// Write a shell's completions: logtally completions bash > ~/.local/share/bash-completion/completions/logtally
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Write the manual page: logtally man | man -l -
    Man {
        /// That of a verb: count, detect or bench
        verb: Option<Page>,
    },
}

/// A verb that has options, and so a page of the manual.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Page {
    /// Of `logtally count`.
    Count,
    /// Of `logtally detect`.
    Detect,
    /// Of `logtally bench`.
    Bench,
}

impl Cli {
    /// The name of the verb that was typed, if one was.
    #[must_use]
    pub fn verb_name(&self) -> Option<&'static str> {
        self.verb.as_ref().map(|verb| match verb {
            Verb::Count(_) => "count",
            Verb::Detect(_) => "detect",
            Verb::Bench(_) => "bench",
            Verb::Completions { .. } => "completions",
            Verb::Man { .. } => "man",
        })
    }

    /// Where options are kept for what is to be done; `None` if it has none.
    #[must_use]
    pub fn keeping(&self) -> Option<&Keeping> {
        match &self.verb {
            None => Some(&self.count.keeping),
            Some(Verb::Count(count)) => Some(&count.keeping),
            Some(Verb::Detect(detect)) => Some(&detect.keeping),
            Some(Verb::Bench(bench)) => Some(&bench.keeping),
            Some(_) => None,
        }
    }

    /// Whether an option that is kept, which is one of a count, bears on what is to be done. How a count is written says nothing
    /// of how that is.
    #[must_use]
    pub fn minds(&self, option: &[OsString]) -> bool {
        let verb = match &self.verb {
            Some(Verb::Detect(_)) => "detect",
            Some(Verb::Bench(_)) => "bench",
            _ => return true,
        };
        let name = option.first().map(|name| name.to_string_lossy()).unwrap_or_default();
        let name = name.split('=').next().unwrap_or_default();
        let is_of_counts = matches!(name, "-f" | "--format" | "-j" | "--threads" | "-o" | "--output");
        let typed = ["logtally", verb].map(OsString::from);
        let lent = [OsString::from("--"), OsString::from("-")];
        !is_of_counts && Cli::try_parse_from(typed.iter().chain(option).chain(&lent)).is_ok()
    }

    /// What is wrong with options that are not typed but read; `None` if nothing is.
    #[must_use]
    pub fn fault_in(options: &[OsString]) -> Option<String> {
        // A path is needed by those who type, so one is lent to it.
        let lent = [OsString::from("--"), OsString::from("-")];
        match Cli::try_parse_from([OsString::from("logtally")].iter().chain(options).chain(&lent)) {
            Ok(cli) => (cli.count.paths.len() != 1).then(|| {
                "something stands behind a flag, which takes no value; what to count is typed, not kept here".to_owned()
            }),
            Err(error) if error.use_stderr() => Some(complaint(&error)),
            Err(_) => Some("this answers a question, and is no option to keep; take the line out".to_owned()),
        }
    }
}

/// The names of all verbs.
#[must_use]
pub fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

/// Writes a shell's completions.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn io::Write) {
    clap_complete::generate(shell, &mut Cli::command(), "logtally", out);
}

/// Writes the manual page, or that of a verb, in roff.
///
/// # Errors
/// What the writer says.
pub fn man(page: Option<Page>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut command = Cli::command();
    command.build();
    let name = page.as_ref().and_then(ValueEnum::to_possible_value);
    let verb = name.and_then(|name| command.find_subcommand(name.get_name())).cloned();
    clap_mangen::Man::new(verb.unwrap_or(command)).render(out)
}
