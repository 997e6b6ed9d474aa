//! Cells that a spreadsheet would take for formulas: a name in a log is written by whoever causes the log, and `=HYPERLINK(...)` in a table
//! that somebody opens does more than a name should.

use std::borrow::Cow;

/// What is done with text that a spreadsheet would take for a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// Nothing: programs read names as they are.
    #[default]
    Kept,
    /// An apostrophe goes before it, and all text is quoted, as OWASP advises
    /// (<https://owasp.org/www-community/attacks/CSV_Injection>).
    Disarmed,
}

/// What begins a formula, or is left out before one; the last four are what `=`, `+`, `-` and `@` are among letters of full width.
const BEGINNINGS: [&[u8]; 11] = [
    b"=",
    b"+",
    b"-",
    b"@",
    b"\t",
    b"\r",
    b"\n",
    "\u{ff1d}".as_bytes(),
    "\u{ff0b}".as_bytes(),
    "\u{ff0d}".as_bytes(),
    "\u{ff20}".as_bytes(),
];

impl Formulas {
    /// A cell's text as it is written. A `-` alone is no formula, and stands for a value that a record does not have.
    pub(super) fn apply<'t>(self, text: Cow<'t, [u8]>) -> Cow<'t, [u8]> {
        let is_formula = || *text != *b"-" && BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
        match self {
            Formulas::Disarmed if is_formula() => Cow::Owned([b"'", &*text].concat()),
            Formulas::Kept | Formulas::Disarmed => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_text() {
        let apply =
            |text: &'static str| String::from_utf8(Formulas::Disarmed.apply(text.as_bytes().into()).into_owned()).unwrap();
        for text in
            ["=1+1", "+1", "-1", "--", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "\u{ff1d}1", "\u{ff0b}", "\u{ff0d}1", "\u{ff20}x"]
        {
            assert_eq!(apply(text), format!("'{text}"));
            assert_eq!(Formulas::Kept.apply(text.as_bytes().into()), text.as_bytes());
        }
        for text in ["", "-", "cart", "a=1", "'=1", " =1", "(other)", "1", "größe", "\u{ff1c}x"] {
            assert_eq!(apply(text), text);
        }
    }
}
