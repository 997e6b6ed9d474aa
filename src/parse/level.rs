//! Levels: six of them, whatever a logger calls them.

/// How severe a record says it is.
///
/// A whole word, for the processor's sake: a record with a byte and seven of padding in it is moved as a word, and reading a
/// word back where a byte was written just before stalls for longer than many a line takes to parse.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finest detail: `trace`, `verbose`, `V`, `finer`, `finest`, Apache's `trace1` to `trace8`.
    Trace,
    /// For developers: `debug`, `fine`, `D`.
    Debug,
    /// Normal work: `info`, `notice`, MySQL's `Note`, loguru's `SUCCESS`, `config`, `I`.
    Info,
    /// Something to look at: `warn`, `warning`, `W`.
    Warn,
    /// Something failed: `error`, `severe`, `E`, HTTP 5xx.
    Error,
    /// The program or the machine failed: `fatal`, `critical`, `alert`, `emerg`, `panic`, `F`.
    Fatal,
}

/// For each first letter of levels' words a bit for each of their last letters.
const LAST_LETTERS: [u32; 26] = {
    let words = b"te tc ve vb fr ft fe fl dg dc io if in ne ss se cg cl ct wn wg er eg ey at pc ".as_chunks::<3>().0;
    let mut letters = [0; 26];
    let mut at = 0;
    while at < words.len() {
        let [first, last, _] = words[at];
        letters[(first - b'a') as usize] |= 1 << (last - b'a');
        at += 1;
    }
    letters
};

/// What a record without a level is grouped under.
pub const NO_LEVEL: &str = "-";

impl Level {
    /// The name a report prints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// Reads a level's word in any case, as loggers of all families spell it; `None` if it is not one.
    ///
    /// Words only: a single letter (`I`) means a level in some formats and nothing in others, so those
    /// formats read it by [`Level::from_letter`], and numbers by [`Level::from_number`].
    #[must_use]
    pub fn from_word(word: &[u8]) -> Option<Level> {
        let (first, last) = (word.first()?, word.last()?);
        if !Level::may_be_word(*first, *last) && !last.is_ascii_digit() {
            return None;
        }
        // Longest is "information"/"EMERGENCY"; anything longer is not looked at.
        let mut lower = [0u8; 11];
        let lower = lower.get_mut(..word.len())?;
        for (to, from) in lower.iter_mut().zip(word) {
            *to = from.to_ascii_lowercase();
        }
        Some(match &*lower {
            b"trace" | b"trce" | b"trc" | b"verbose" | b"vrb" | b"finer" | b"finest" => Level::Trace,
            [b't', b'r', b'a', b'c', b'e', b'1'..=b'8'] => Level::Trace,
            b"debug" | b"dbug" | b"dbg" | b"fine" => Level::Debug,
            b"info" | b"inf" | b"information" | b"notice" | b"note" | b"success" | b"config" => Level::Info,
            b"warn" | b"warning" | b"wrn" | b"wng" => Level::Warn,
            b"error" | b"err" | b"eror" | b"fail" | b"severe" => Level::Error,
            b"fatal" | b"ftl" | b"critical" | b"crit" | b"crt" | b"alert" | b"emerg" | b"emergency" | b"panic" | b"dpanic" => {
                Level::Fatal
            }
            _ => return None,
        })
    }

    /// Whether a word may be a level's that begins and ends with these letters; nearly no other does.
    #[inline]
    #[must_use]
    pub const fn may_be_word(first: u8, last: u8) -> bool {
        let (first, last) = ((first | 0x20).wrapping_sub(b'a') as usize, (last | 0x20).wrapping_sub(b'a'));
        first < LAST_LETTERS.len() && last < 26 && LAST_LETTERS[first] >> last & 1 == 1
    }

    /// Reads the one-letter level of Android and glog: `V D I W E F`, and Android's `A` (assert).
    #[must_use]
    pub const fn from_letter(letter: u8) -> Option<Level> {
        Some(match letter {
            b'V' => Level::Trace,
            b'D' => Level::Debug,
            b'I' => Level::Info,
            b'W' => Level::Warn,
            b'E' => Level::Error,
            b'F' | b'A' => Level::Fatal,
            _ => return None,
        })
    }

    /// Reads a number: syslog severities 0-7 (RFC 5424, section 6.2.1) or the tens of bunyan and pino
    /// (10 trace to 60 fatal; values between count as the ten below).
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Level> {
        Some(match number {
            0..=7 => Level::from_severity(number as u8),
            10..=19 => Level::Trace,
            20..=29 => Level::Debug,
            30..=39 => Level::Info,
            40..=49 => Level::Warn,
            50..=59 => Level::Error,
            60..=69 => Level::Fatal,
            _ => return None,
        })
    }

    /// A syslog severity, RFC 5424 section 6.2.1; the lowest three bits of a `<PRI>`.
    #[must_use]
    pub const fn from_severity(severity: u8) -> Level {
        match severity & 7 {
            0..=2 => Level::Fatal,
            3 => Level::Error,
            4 => Level::Warn,
            5 | 6 => Level::Info,
            _ => Level::Debug,
        }
    }

    /// An HTTP status: 5xx is an error, 4xx a warning, the rest (also none at all) is information.
    #[must_use]
    pub const fn from_status(status: u32) -> Level {
        match status {
            500..=599 => Level::Error,
            400..=499 => Level::Warn,
            _ => Level::Info,
        }
    }

    /// Reads the text of a JSON or logfmt value: a word, or a number.
    #[must_use]
    pub fn from_value(text: &[u8]) -> Option<Level> {
        match text {
            [b'0'..=b'9', ..] if text.len() <= 3 => {
                let mut number = 0;
                for &digit in text {
                    if !digit.is_ascii_digit() {
                        return None;
                    }
                    number = number * 10 + u32::from(digit - b'0');
                }
                Level::from_number(number)
            }
            // MongoDB's D1..D5 are depths of debug.
            [b'D', b'1'..=b'5'] => Some(Level::Debug),
            [letter] => Level::from_letter(*letter),
            word => Level::from_word(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level::{self, *};

    #[test]
    fn words_in_any_case() {
        let table: &[(&str, Option<Level>)] = &[
            ("INFO", Some(Info)),
            ("Info", Some(Info)),
            ("information", Some(Info)),
            ("notice", Some(Info)),
            ("Note", Some(Info)),
            ("trace3", Some(Trace)),
            ("trace9", None),
            ("WARNING", Some(Warn)),
            ("SEVERE", Some(Error)),
            ("FATAL", Some(Fatal)),
            ("emergency", Some(Fatal)),
            ("crit", Some(Fatal)),
            ("alert", Some(Fatal)),
            ("panic", Some(Fatal)),
            ("INF", Some(Info)),
            ("informational", None),
            ("", None),
            ("I", None),
            ("information-and-more", None),
        ];
        for (word, level) in table {
            assert_eq!(Level::from_word(word.as_bytes()), *level, "{word}");
        }
    }

    #[test]
    fn values_are_words_letters_or_numbers() {
        let table: &[(&str, Option<Level>)] = &[
            ("30", Some(Info)),
            ("50", Some(Error)),
            ("60", Some(Fatal)),
            ("10", Some(Trace)),
            ("3", Some(Error)),
            ("0", Some(Fatal)),
            ("7", Some(Debug)),
            ("8", None),
            ("100", None),
            ("3x", None),
            ("W", Some(Warn)),
            ("D2", Some(Debug)),
            ("warn", Some(Warn)),
            ("", None),
        ];
        for (text, level) in table {
            assert_eq!(Level::from_value(text.as_bytes()), *level, "{text}");
        }
    }

    #[test]
    fn http_statuses() {
        for (status, level) in [(200, Info), (302, Info), (404, Warn), (499, Warn), (500, Error), (599, Error), (0, Info)] {
            assert_eq!(Level::from_status(status), level);
        }
    }
}
