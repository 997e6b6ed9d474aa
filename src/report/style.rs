//! How a report looks where it goes: to a person at a terminal, or to a file or program.

use crate::failure::printable;
use std::{borrow::Cow, ffi::OsStr, fmt, str::FromStr};

/// How a report looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether names may hold what acts on a terminal.
    pub escape: Escape,
    /// Whether a table is coloured.
    pub color: Color,
}

/// Whether control characters, and what is not UTF-8, are escaped in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escape {
    /// Names are as they are: for files and programs.
    #[default]
    Never,
    /// No name can act on the terminal that it is shown on.
    Always,
}

impl Escape {
    /// A name as it is written.
    pub(super) fn apply(self, name: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Escape::Never => Cow::Borrowed(name),
            Escape::Always => Cow::Owned(printable(name).into_bytes()),
        }
    }
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    #[default]
    Never,
    /// With control sequences of ECMA-48.
    Always,
}

/// When the user wants colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that shows them, unless the environment asks for none.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Nowhere.
    Never,
}

impl ColorChoice {
    /// All choices.
    pub const ALL: [ColorChoice; 3] = [ColorChoice::Auto, ColorChoice::Always, ColorChoice::Never];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ColorChoice::Auto => "auto",
            ColorChoice::Always => "always",
            ColorChoice::Never => "never",
        }
    }

    /// What that means on this terminal or elsewhere. `NO_COLOR` (<https://no-color.org>) asks for none if it is not empty, and a
    /// `TERM` of `dumb` shows none.
    pub(super) fn resolve(self, place: Place, no_color: Option<&OsStr>, term: Option<&OsStr>) -> Color {
        let unwanted = no_color.is_some_and(|value| !value.is_empty()) || term.is_some_and(|term| term == "dumb");
        match (self, place) {
            (ColorChoice::Always, _) => Color::Always,
            (ColorChoice::Auto, Place::Terminal) if !unwanted => Color::Always,
            (ColorChoice::Auto | ColorChoice::Never, _) => Color::Never,
        }
    }
}

/// Where a report is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On a terminal, by a person.
    Terminal,
    /// From a file or a pipe.
    Elsewhere,
}

/// A choice of colours that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColorChoice(String);

impl fmt::Display for UnknownColorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ColorChoice::ALL.map(ColorChoice::name).join(", ");
        write!(f, "'{}' does not say when to use colours; choose one of {names}", self.0)
    }
}

impl std::error::Error for UnknownColorChoice {}

impl FromStr for ColorChoice {
    type Err = UnknownColorChoice;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        ColorChoice::ALL.into_iter().find(|choice| choice.name() == name).ok_or_else(|| UnknownColorChoice(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_there_are_colours() {
        use ColorChoice::{Always, Auto, Never};
        use Place::{Elsewhere, Terminal};
        let shown = |when: ColorChoice, place, no_color: Option<&str>, term: Option<&str>| {
            when.resolve(place, no_color.map(OsStr::new), term.map(OsStr::new)) == Color::Always
        };
        assert!(shown(Auto, Terminal, None, Some("xterm-256color")));
        assert!(shown(Auto, Terminal, None, None));
        assert!(!shown(Auto, Elsewhere, None, Some("xterm")));
        assert!(!shown(Auto, Terminal, None, Some("dumb")));
        // Any value asks for none, but an empty one.
        assert!(!shown(Auto, Terminal, Some("1"), Some("xterm")));
        assert!(!shown(Auto, Terminal, Some("0"), Some("xterm")));
        assert!(shown(Auto, Terminal, Some(""), Some("xterm")));
        // What is typed outweighs what is set.
        assert!(shown(Always, Elsewhere, Some("1"), Some("dumb")));
        assert!(!shown(Never, Terminal, None, Some("xterm")));
    }

    #[test]
    fn choices() {
        assert_eq!("always".parse(), Ok(ColorChoice::Always));
        assert_eq!(
            "yes".parse::<ColorChoice>().unwrap_err().to_string(),
            "'yes' does not say when to use colours; choose one of auto, always, never"
        );
    }
}
