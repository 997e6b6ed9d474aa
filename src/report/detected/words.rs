//! What was found out about a file, in words: why it has its formats, what its lines have, where its services stand.

use crate::{
    classify::{Examined, ServiceFrom, Share},
    failure::printable,
    parse::{Format, Reason},
    walk::{PathPart, path_part},
};
use std::{os::unix::ffi::OsStrExt, path::Path};

pub(super) fn formats(examined: &Examined) -> String {
    let names: Vec<&str> = examined.shares.iter().map(|share| share.format.name()).collect();
    names.join("+")
}

/// How far a file's formats can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Confidence {
    /// The user said it.
    Told,
    /// Nine lines of ten begin a record.
    Sure,
    /// Half of them do.
    Likely,
    /// Fewer do: long stack traces, or another format.
    Unsure,
    /// It is what is left where no format fits.
    Left,
}

impl Confidence {
    pub(in crate::report) fn of(examined: &Examined) -> Confidence {
        let (records, lines) = (examined.records(), examined.lines);
        match examined.reason {
            Reason::Told => Confidence::Told,
            Reason::TooFew(_) | Reason::Blank => Confidence::Left,
            _ if records * 10 >= lines * 9 => Confidence::Sure,
            _ if records * 2 >= lines => Confidence::Likely,
            _ => Confidence::Unsure,
        }
    }

    pub(in crate::report) const fn name(self) -> &'static str {
        match self {
            Confidence::Told => "told",
            Confidence::Sure => "sure",
            Confidence::Likely => "likely",
            Confidence::Unsure => "unsure",
            Confidence::Left => "no format fits",
        }
    }
}

/// Why a file has its formats, and how sure that is.
pub(super) fn why(examined: &Examined) -> String {
    let votes = |votes: &[(Format, usize)]| {
        let cast: usize = votes.iter().map(|(_, count)| count).sum();
        let none = (examined.lines as usize).saturating_sub(cast);
        let all = votes.iter().map(|(format, count)| format!("{format} {count}"));
        let all: Vec<String> = all.chain((none > 0).then(|| format!("none {none}"))).collect();
        all.join(", ")
    };
    let because = match &examined.reason {
        Reason::Told => "as --log-format says".to_owned(),
        Reason::Pattern => "a line fits --pattern".to_owned(),
        Reason::Wrapped => "nearly every line has what a container's runtime puts before it".to_owned(),
        Reason::Directive => "it begins with a #Fields: line, and the others have these fields".to_owned(),
        Reason::Whole => "every line looks like it".to_owned(),
        Reason::Votes(counts) => format!("what lines look like: {}", votes(counts)),
        Reason::TooFew(counts) if counts.is_empty() => "no line looks like any format".to_owned(),
        Reason::TooFew(counts) => format!("too few lines look like one: {}", votes(counts)),
        Reason::Blank => String::new(),
    };
    format!("{}: {because}", Confidence::of(examined).name())
}

/// What share of the head begins records, and what these have.
pub(super) fn records(examined: &Examined) -> String {
    let (records, lines) = (examined.records(), examined.lines);
    if let [Share { format: Format::Plain, .. }] = &*examined.shares {
        return format!("{}, as each that is not blank is one", of(records, lines, "line"));
    }
    let sum = |of: fn(&Share) -> u64| examined.shares.iter().map(of).sum::<u64>();
    let begin = if records == 1 { "begins a record" } else { "begin a record" };
    let mut text = format!("{} of the head {begin}", of(records, lines, "line"));
    if examined.shares.len() > 1 {
        let each: Vec<String> = examined.shares.iter().map(|share| format!("{} {}", share.format, share.records)).collect();
        text.push_str(&format!(" ({})", each.join(", ")));
    }
    let has = |number: u64, what: &str| match number {
        0 => format!("no {what}"),
        number if number == records => format!("{what} in all"),
        number => format!("{what} in {number}"),
    };
    if records > 0 {
        text.push_str(&format!("; {}, {}", has(sum(|share| share.levels), "level"), has(sum(|share| share.times), "time")));
    }
    text
}

/// `all 5 lines`, `3 of 5 lines (60 %)`.
fn of(part: u64, whole: u64, noun: &str) -> String {
    let ending = if whole == 1 { "" } else { "s" };
    match (part, whole) {
        (1, 1) => format!("the only {noun}"),
        _ if part == whole => format!("all {whole} {noun}{ending}"),
        _ => format!("{part} of {whole} {noun}{ending} ({})", percent(part, whole)),
    }
}

/// A share that is neither all nor nothing is not rounded to that.
fn percent(part: u64, whole: u64) -> String {
    match (part, (part * 100 + whole / 2) / whole.max(1)) {
        (0, _) => "0 %".to_owned(),
        (_, 0) => "under 1 %".to_owned(),
        (_, 100) if part < whole => "over 99 %".to_owned(),
        (_, percent) => format!("{percent} %"),
    }
}

/// Where the services of the records stand.
pub(super) fn service(examined: &Examined, service_from: &ServiceFrom, path: &Path) -> String {
    let records = examined.records();
    let named: u64 = examined.shares.iter().map(Share::named).sum();
    let name = printable(&examined.otherwise);
    let otherwise = match service_from {
        ServiceFrom::RecordThenPath | ServiceFrom::Path => {
            format!("{} gives {name}", path_words(path_part(path.as_os_str().as_bytes())))
        }
        ServiceFrom::Record => "- where a record names none".to_owned(),
        ServiceFrom::Template(template) => format!("--service-from path:{template} gives {name}"),
    };
    let all = examined.shares.iter().flat_map(|share| share.places.iter());
    let mut places: Vec<String> = match (named == records, all.clone().count()) {
        (true, 1) => all.map(|(place, _)| place.to_string()).collect(),
        _ => all.map(|(place, number)| format!("{place} in {number}")).collect(),
    };
    if named == 0 {
        let looked = matches!(service_from, ServiceFrom::RecordThenPath | ServiceFrom::Record);
        let of = |formats: &[Format]| examined.shares.iter().any(|share| formats.contains(&share.format));
        let hint =
            if looked && of(&[Format::Json, Format::Logfmt]) { " (--service-field KEY looks under another key)" } else { "" };
        let none = looked && !of(&[Format::Plain]);
        return if none { format!("no record names one{hint}; {otherwise}") } else { otherwise };
    }
    if named < records {
        places.push(format!("none in {}; {otherwise}", records - named));
    }
    places.join(", ")
}

fn path_words(part: PathPart) -> &'static str {
    match part {
        PathPart::Stdin => "standard input",
        PathPart::Container => "the container in the path",
        PathPart::FileName => "the file's name",
        PathPart::Folder => "the folder's name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_not_rounded_to_all_or_nothing() {
        for (part, whole, expected) in [
            (1, 1, "the only line"),
            (5, 5, "all 5 lines"),
            (0, 5, "0 of 5 lines (0 %)"),
            (3, 5, "3 of 5 lines (60 %)"),
            (1, 1000, "1 of 1000 lines (under 1 %)"),
            (999, 1000, "999 of 1000 lines (over 99 %)"),
        ] {
            assert_eq!(of(part, whole, "line"), expected);
        }
    }
}
