//! Which records count: by level, by service, by a regular expression over their first line.

use crate::{
    failure::printable,
    parse::{
        level::{Level, NO_LEVEL},
        time::Moment,
    },
    walk::NameGlob,
};
use regex::bytes::{Regex, RegexBuilder};
use std::{fmt, str::FromStr};

/// What a record must be to count. A part that is not asked for lets everything pass.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these levels.
    pub levels: Option<LevelSet>,
    /// A service that one of these fits; any if there is none.
    pub services: Vec<NameGlob>,
    /// A first line in which this is found.
    pub grep: Option<Grep>,
    /// Written in this span.
    pub span: Span,
}

/// From one moment on and before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first moment in it; from the beginning of time if there is none.
    pub since: Option<Moment>,
    /// The first moment after it; to the end of time if there is none.
    pub until: Option<Moment>,
}

impl Span {
    /// Whether it is all of time.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether a moment is in it.
    #[must_use]
    pub fn has(&self, moment: Moment) -> bool {
        self.since.is_none_or(|since| since <= moment) && self.until.is_none_or(|until| moment < until)
    }

    /// The moments before which all is on one side, and from which on on the other.
    pub(super) fn bounds(&self) -> [Moment; 2] {
        [self.since.unwrap_or(Moment::MIN), self.until.unwrap_or(Moment::MAX)]
    }
}

impl Filter {
    /// Whether everything passes.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.levels.is_none() && self.services.is_empty() && self.grep.is_none() && self.span.is_open()
    }

    /// Whether a record passes, apart from its time, whose first line is `line`; `None` stands for lines before a file's first record.
    #[must_use]
    pub fn passes<'s>(&self, level: Option<Level>, service: impl FnOnce() -> &'s [u8], line: Option<&[u8]>) -> bool {
        self.levels.is_none_or(|levels| levels.has(level))
            && (self.services.is_empty() || {
                let service = service();
                self.services.iter().any(|glob| glob.fits(service))
            })
            && self.grep.as_ref().is_none_or(|grep| line.is_some_and(|line| grep.is_in(line)))
    }
}

/// A choice of levels, and whether records without one are among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelSet(u8);

/// In order of severity.
const LEVELS: [Level; 6] = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];

impl LevelSet {
    const fn bit(level: Option<Level>) -> u8 {
        match level {
            Some(level) => 1 << level as u8,
            None => 1 << 7,
        }
    }

    /// Whether records of this level are chosen.
    #[must_use]
    pub const fn has(self, level: Option<Level>) -> bool {
        self.0 & LevelSet::bit(level) != 0
    }
}

impl fmt::Display for LevelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = LEVELS.into_iter().filter(|level| self.has(Some(*level))).map(Level::name).collect();
        names.extend(self.has(None).then_some(NO_LEVEL));
        f.write_str(&names.join(","))
    }
}

impl FromStr for LevelSet {
    type Err = BadFilter;

    /// `error,fatal`, `warn+` for warn and all above, `-` for none.
    fn from_str(text: &str) -> Result<Self, BadFilter> {
        let mut set = 0;
        for name in text.split(',').map(str::trim) {
            let (word, above) = name.strip_suffix('+').map_or((name, false), |word| (word, true));
            if word == NO_LEVEL && !above {
                set |= LevelSet::bit(None);
                continue;
            }
            let Some(level) = Level::from_word(word.as_bytes()) else {
                return Err(BadFilter(format!(
                    "there is no level '{name}'; choose among {}, or - for none, and put + behind one for it and all above: warn+",
                    LEVELS.map(Level::name).join(", ")
                )));
            };
            let chosen = LEVELS.into_iter().filter(|other| *other == level || (above && *other > level));
            set |= chosen.fold(0, |set, level| set | LevelSet::bit(Some(level)));
        }
        Ok(LevelSet(set))
    }
}

/// A regular expression that is looked for in records' first lines. It is matched in linear time.
#[derive(Clone, Debug)]
pub struct Grep(Regex);

impl Grep {
    fn is_in(&self, line: &[u8]) -> bool {
        self.0.is_match(line)
    }
}

impl fmt::Display for Grep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for Grep {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        RegexBuilder::new(text).build().map(Grep).map_err(|error| {
            // Both have it as it was typed, and a script may have taken it from anywhere.
            let text = printable(text.as_bytes());
            BadFilter(match &error {
                regex::Error::CompiledTooBig(_) => format!("'{text}' is too large an expression; make its repetitions smaller"),
                // The library draws where the fault is, over several lines.
                _ => {
                    let lines: Vec<String> = error.to_string().lines().map(|line| printable(line.as_bytes())).collect();
                    let error = lines.join("\n");
                    format!("'{text}' cannot be looked for: {error}\n(\\ before any of ( [ {{ . * + ? | takes it as it is)")
                }
            })
        })
    }
}

/// A filter that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFilter(String);

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadFilter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let table = [
            ("error", "error"),
            ("error,fatal", "error,fatal"),
            ("warn+", "warn,error,fatal"),
            ("WARNING,critical", "warn,fatal"),
            ("trace+,-", "trace,debug,info,warn,error,fatal,-"),
            ("fatal+", "fatal"),
            ("-", "-"),
        ];
        for (text, chosen) in table {
            assert_eq!(text.parse::<LevelSet>().unwrap().to_string(), chosen);
        }
        for wrong in ["", "errror", "error,", "+", "error fatal", "-+"] {
            assert!(wrong.parse::<LevelSet>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_parts_must_pass() {
        let filter = Filter {
            levels: Some("error+".parse().unwrap()),
            services: vec!["a*".parse().unwrap(), "b".parse().unwrap()],
            grep: Some("time ?out".parse().unwrap()),
            span: Span::default(),
        };
        let passes =
            |level, service: &'static str, line: &str| filter.passes(level, || service.as_bytes(), Some(line.as_bytes()));
        assert!(passes(Some(Level::Fatal), "a1", "a timeout"));
        assert!(passes(Some(Level::Error), "b", "a time out"));
        assert!(!passes(Some(Level::Warn), "b", "a timeout"));
        assert!(!passes(None, "b", "a timeout"));
        assert!(!passes(Some(Level::Error), "c", "a timeout"));
        assert!(!passes(Some(Level::Error), "b", "no match"));
        assert!(!filter.passes(Some(Level::Error), || b"b", None));
    }
}
