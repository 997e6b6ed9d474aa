//! What is said of arguments that clap does not take, in words that say what to type instead.

use super::Cli;
use clap::{
    CommandFactory,
    error::{ContextKind, ErrorKind},
};

/// What is wrong with arguments, and what to type instead, in a sentence.
#[must_use]
pub fn complaint(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string);
    // `--by <KEYS>` and `--stats[=<FORM>]` are `--by` and `--stats` to who types them.
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = argument.split(' ').next().unwrap_or_default().trim_end_matches("...");
    let name = name.split("[=").next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let verb = context(ContextKind::Usage).as_deref().and_then(verb_in);
    match error.kind() {
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            Some(source) => format!("{name}: {source}"),
            None => format!("{name}: '{value}' is no value for it"),
        },
        ErrorKind::UnknownArgument if name.starts_with('-') => unknown(name, verb, context(ContextKind::SuggestedArg)),
        ErrorKind::UnknownArgument => format!("'{name}' is one argument too many; --help says how the verb is used"),
        ErrorKind::TooManyValues => format!("{name} takes no value, and was given '{value}'; write {name} alone"),
        ErrorKind::MissingRequiredArgument if argument.contains("SHELL") => {
            "name a shell: bash, elvish, fish, powershell or zsh, as in logtally completions bash".to_owned()
        }
        ErrorKind::MissingRequiredArgument if verb == Some("bench") => {
            "name the files or folders to count, such as /var/log; logtally bench --help tells more".to_owned()
        }
        ErrorKind::MissingRequiredArgument => {
            "name the files or folders to count, such as /var/log, or - for standard input; --help tells more".to_owned()
        }
        ErrorKind::InvalidValue if name.starts_with("[PATH") => {
            "a path is empty (a variable that is not set?); write . for the folder that you are in".to_owned()
        }
        ErrorKind::InvalidValue if argument.contains("SHELL") => {
            format!("there are no completions for '{value}'; choose among bash, elvish, fish, powershell, zsh")
        }
        ErrorKind::InvalidValue if argument.contains("VERB") => {
            format!("there is no page for '{value}'; choose among count, detect, bench")
        }
        ErrorKind::InvalidValue => format!("{name} needs a value; --help shows an example"),
        // Not met so far; the library's own words will do.
        _ => {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            text.split("\n\n").next().unwrap_or(text).trim().to_owned()
        }
    }
}

/// The verb that a line of usage is of, if it is of one alone.
fn verb_in(usage: &str) -> Option<&'static str> {
    let usage = usage.trim_start_matches("Usage:").trim_start().strip_prefix("logtally ")?;
    ["count", "detect", "bench"].into_iter().find(|verb| usage.starts_with(verb))
}

/// Of an option that there is not.
fn unknown(name: &str, verb: Option<&str>, similar: Option<String>) -> String {
    if matches!(name, "--recursive" | "-r" | "-R") {
        return format!("there is no option {name}, and none is needed: folders are always walked whole");
    }
    match verb {
        Some(verb @ ("detect" | "bench")) if is_of_counts(name) => {
            return format!(
                "{name} is an option of counts, and {verb} has none of that name; logtally {verb} --help has all that it has"
            );
        }
        _ => {}
    }
    let measured = (verb == Some("bench")).then(|| known_of_measuring(name)).flatten();
    match measured.or_else(|| known_elsewhere(name)).or(similar) {
        Some(other) => format!("there is no option {name}; did you mean {other}?"),
        None => format!("there is no option {name}; --help has them all, and a file of that name is ./{name}"),
    }
}

/// Whether a count has such an option.
fn is_of_counts(name: &str) -> bool {
    let counts = Cli::command();
    let mut options = counts.get_arguments().filter(|option| !option.is_hide_set());
    match (name.strip_prefix("--"), name.strip_prefix('-')) {
        (Some(long), _) => options.any(|option| option.get_long() == Some(long)),
        (None, Some(short)) => options.any(|option| option.get_short().is_some_and(|letter| short.chars().eq([letter]))),
        _ => false,
    }
}

/// What options of other tools that measure are called here.
fn known_of_measuring(name: &str) -> Option<String> {
    let here = match name {
        "--iterations" | "--repeat" | "--repetitions" | "--samples" | "--sample-size" | "--min-runs" | "--max-runs" => "--runs",
        "--jobs" | "-t" => "--threads",
        "--compare" | "--load-baseline" => "--baseline",
        "--save-baseline" => "--export json=FILE",
        "--threshold" | "--tolerance" => "--max-regression",
        "--svg" => "--plot",
        "--export-json" | "--export-csv" | "--export-markdown" => {
            return Some(format!("--export {}=FILE", &name["--export-".len()..]));
        }
        _ => return None,
    };
    Some(here.to_owned())
}

/// What options of other tools, and of other words for the same, are called here.
fn known_elsewhere(name: &str) -> Option<String> {
    let here = match name {
        "--json" | "--ndjson" | "--csv" | "--tsv" | "--table" | "--markdown" => return Some(format!("--format {}", &name[2..])),
        "-i" | "--ignore-case" => "(?i) at the beginning of --grep",
        "--errors" => "--columns errors",
        "--cols" | "--fields" => "--columns",
        "--group-by" | "--group" => "--by",
        "--filter" | "--regex" | "--match" | "-e" => "--grep",
        "--limit" | "--head" => "--top",
        "--exclude-service" => "--service with a class or choice of names that leaves it out",
        _ => return None,
    };
    Some(here.to_owned())
}
