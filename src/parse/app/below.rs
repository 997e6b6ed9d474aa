//! The second line of a record: java.util.logging's usual formatter writes time, class and method on the first, and level and
//! message on this one (`SimpleFormatter` in the JDK's documentation).

use super::super::level::Level;

/// What the lines below records' first lines have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Below {
    /// Text of the records.
    #[default]
    Text,
    /// The records' levels, and text behind them.
    Levels,
}

/// The longest of the levels' names.
const LONGEST: usize = "WARNING".len();

/// The level that such a line begins with: `SEVERE: text`. Only by the names that `java.util.logging.Level` gives them, as where other
/// text stands in their place nothing is to be guessed; those that a JVM translates for its country are not known.
#[inline]
#[must_use]
pub fn level(line: &[u8]) -> Option<Level> {
    let colon = line.iter().take(LONGEST + 1).position(|byte| *byte == b':')?;
    let (word, rest) = line.split_at_checked(colon)?;
    let is_name = matches!(word, b"SEVERE" | b"WARNING" | b"INFO" | b"CONFIG" | b"FINE" | b"FINER" | b"FINEST");
    let is_apart = matches!(rest, [b':'] | [b':', b' ', ..]);
    if is_name && is_apart { Level::from_word(word) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_by_the_names_that_java_gives_them() {
        let table = [
            ("SEVERE: text", Some(Level::Error)),
            ("WARNING: text", Some(Level::Warn)),
            ("INFO: text", Some(Level::Info)),
            ("CONFIG: text", Some(Level::Info)),
            ("FINE: text", Some(Level::Debug)),
            ("FINER: text", Some(Level::Trace)),
            ("FINEST: text", Some(Level::Trace)),
            ("INFO:", Some(Level::Info)),
            ("INFO: ", Some(Level::Info)),
            ("INFO:text", None),
            ("INFO text", None),
            ("INFO", None),
            ("Info: text", None),
            (" INFO: text", None),
            ("ERROR: text", None),
            ("WARNINGS: text", None),
            (": text", None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(level(line.as_bytes()), expected, "{line}");
        }
    }
}
