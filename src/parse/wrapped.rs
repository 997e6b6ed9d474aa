//! Lines that a container's runtime wrapped: Kubernetes' CRI, Docker's json-file, docker compose.
//!
//! What the program wrote is inside, and has a dialect of its own, found out from what the head's lines hold. A record is a line
//! whose inside begins one there; its service is an explicit one of the inside (`service`, `app`, ...) or else the container: a
//! logger's name inside a container is no service.
//!
//! A long line is cut into pieces. The piece that begins a record is where it counts; the others continue it. Where the inside has
//! no format, nothing but the last piece tells that the line is one, and it counts there. So each counts once, and every piece is
//! judged by itself.

use super::{Format, json, timestamp};

/// What stands in a wrapped line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrapped<'a> {
    /// The container, where the line names it; otherwise the file's path does.
    pub container: Option<&'a [u8]>,
    /// What the program wrote, without its newline; in JSON's escapes if `escaped`.
    pub inside: &'a [u8],
    /// Whether JSON's escapes are in it.
    pub escaped: bool,
    /// Which part of the program's line it is.
    pub piece: Piece,
}

/// Which part of a program's line a wrapped line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Its end, or the whole of it.
    Last,
    /// More follows.
    Earlier,
}

/// What is remembered from line to line; never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) decoded: Vec<u8>,
    /// What the parsers remember of the lines inside.
    pub(super) inside: Option<Box<super::Memory>>,
}

/// What is inside a line, by its wrapping; `None` if it is not wrapped so.
#[must_use]
pub fn unwrap(format: Format, line: &[u8]) -> Option<Wrapped<'_>> {
    match format {
        Format::Cri => cri(line),
        Format::Docker => docker(line),
        Format::Compose => compose(line),
        _ => None,
    }
}

/// The wrapping of a head, if nearly all of its lines have one.
#[must_use]
pub fn wrapping<'a>(head: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Format> {
    let first = head.clone().next()?;
    let format = [Format::Docker, Format::Cri, Format::Compose].into_iter().find(|format| unwrap(*format, first).is_some())?;
    let total = head.clone().count();
    let fitting = head.clone().filter(|line| unwrap(format, line).is_some()).count();
    // A table has bars too: compose numbers its containers and has its bar in one column.
    let is_sure = format != Format::Compose || {
        let bar = |line: &&[u8]| memchr::memchr(b'|', line);
        let is_numbered = |line: &[u8]| compose(line).and_then(|wrapped| wrapped.container).is_some_and(is_numbered);
        head.clone().all(|line| bar(&line) == bar(&first)) && head.clone().any(is_numbered)
    };
    (is_sure && fitting * 10 >= total * 9).then_some(format)
}

/// `2024-01-15T10:00:00.123456789Z stdout F text`; the tag's first letter is `F` for full or `P` for partial, and more tags may
/// follow behind colons (Kubernetes, "CRI container log format").
fn cri(line: &[u8]) -> Option<Wrapped<'_>> {
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let rest = line.get(timestamp::time_at(line)?..)?;
    let rest = rest.strip_prefix(b" stdout ").or_else(|| rest.strip_prefix(b" stderr "))?;
    let piece = match rest.first()? {
        b'F' => Piece::Last,
        b'P' => Piece::Earlier,
        _ => return None,
    };
    let inside = match rest.get(1..)? {
        [] => &[],
        [b' ', inside @ ..] => inside,
        tags @ [b':', ..] => tags.get(memchr::memchr(b' ', tags)? + 1..)?,
        _ => return None,
    };
    Some(Wrapped { container: None, inside, escaped: false, piece })
}

/// `{"log":"text\n","stream":"stdout","time":"2024-01-15T10:00:00.123456789Z"}`, keys in this order, as the driver writes them.
fn docker(line: &[u8]) -> Option<Wrapped<'_>> {
    let text = line.strip_prefix(b"{\"log\":\"")?;
    let mut at = 0;
    let mut escaped = false;
    // A line that was cut short ends within the text.
    let end = loop {
        match memchr::memchr2(b'"', b'\\', text.get(at..)?) {
            None => break text.len(),
            Some(found) if text.get(at + found) == Some(&b'"') => break at + found,
            Some(found) => {
                let newline = text.get(at + found + 1..at + found + 3) == Some(b"n\"");
                escaped |= !newline;
                at += found + 2;
                if at > text.len() {
                    break text.len();
                }
            }
        }
    };
    let after = text.get(end..)?;
    if !after.is_empty() && !after.starts_with(b"\",\"stream\":\"") {
        return None;
    }
    let inside = text.get(..end)?;
    match inside.strip_suffix(b"\\n") {
        Some(whole) => Some(Wrapped { container: None, inside: whole, escaped, piece: Piece::Last }),
        None => Some(Wrapped { container: None, inside, escaped, piece: Piece::Earlier }),
    }
}

/// `web-1  | text`, the name in a colour or not.
fn compose(line: &[u8]) -> Option<Wrapped<'_>> {
    let (color, line) = match line.strip_prefix(b"\x1b[") {
        Some(rest) => (true, rest.get(memchr::memchr(b'm', rest.get(..8).unwrap_or(rest))? + 1..)?),
        None => (false, line),
    };
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let len = line.iter().position(|byte| !is_part(byte))?;
    let (container, rest) = line.split_at_checked(len)?;
    let bar = rest.iter().position(|byte| *byte != b' ')?;
    let [b'|', rest @ ..] = rest.get(bar..)? else { return None };
    // `name|` is anybody's, and so is what has no name before.
    if bar == 0 || !container.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let inside = if color { rest.strip_prefix(b"\x1b[0m").unwrap_or(rest) } else { rest };
    let inside = inside.strip_prefix(b" ").filter(|_| color && rest.len() == inside.len() + 4).unwrap_or(inside);
    Some(Wrapped { container: Some(container), inside, escaped: false, piece: Piece::Last })
}

/// Whether a name ends in a number behind `-` or `_`.
fn is_numbered(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && matches!(name.len().checked_sub(digits + 1).and_then(|at| name.get(at)), Some(b'-' | b'_'))
}

impl<'a> Wrapped<'a> {
    /// What the program wrote, decoded into `buffer` where that is needed.
    pub fn text<'b>(&self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        if !self.escaped {
            return self.inside;
        }
        buffer.clear();
        json::decode(self.inside, buffer);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Container, text, piece.
    type Inside<'t> = Option<(Option<&'t str>, &'t str, Piece)>;

    fn inside(format: Format, line: &str) -> Option<(Option<String>, String, Piece)> {
        let wrapped = unwrap(format, line.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((wrapped.container.map(text), text(wrapped.text(&mut Vec::new())), wrapped.piece))
    }

    #[test]
    fn what_is_inside() {
        use Piece::{Earlier, Last};
        let table: &[(Format, &str, Inside<'_>)] = &[
            (Format::Cri, "2024-01-15T10:00:00.123456789Z stdout F a b", Some((None, "a b", Last))),
            (Format::Cri, "2024-01-15T10:00:00.123456789+01:00 stderr P {\"a\":", Some((None, "{\"a\":", Earlier))),
            (Format::Cri, "2024-01-15T10:00:00Z stdout F", Some((None, "", Last))),
            (Format::Cri, "2024-01-15T10:00:00Z stdout F:tag a", Some((None, "a", Last))),
            (Format::Cri, "2024-01-15T10:00:00Z stdin F a", None),
            (Format::Cri, "2024-01-15T10:00:00Z stdout Full a", None),
            (Format::Cri, "stdout F a", None),
            (Format::Docker, r#"{"log":"a b\n","stream":"stdout","time":"x"}"#, Some((None, "a b", Last))),
            (Format::Docker, r#"{"log":"{\"a\":\"\\\"\"}\n","stream":"stdout"}"#, Some((None, r#"{"a":"\""}"#, Last))),
            (Format::Docker, r#"{"log":"half of","stream":"stdout"}"#, Some((None, "half of", Earlier))),
            (Format::Docker, r#"{"log":"\n","stream":"stdout"}"#, Some((None, "", Last))),
            (Format::Docker, r#"{"log":"cut sho"#, Some((None, "cut sho", Earlier))),
            (Format::Docker, r#"{"log":"cut\"#, Some((None, r"cut\", Earlier))),
            (Format::Docker, r#"{"log":"a","level":"info"}"#, None),
            (Format::Docker, r#"{"log":{"level":"info"}}"#, None),
            (Format::Compose, "web-1  | a | b", Some((Some("web-1"), "a | b", Last))),
            (Format::Compose, "web-1  |", Some((Some("web-1"), "", Last))),
            (Format::Compose, "\u{1b}[36mweb-1  | \u{1b}[0ma", Some((Some("web-1"), "a", Last))),
            (Format::Compose, "\u{1b}[36mweb-1  |\u{1b}[0m a", Some((Some("web-1"), "a", Last))),
            (Format::Compose, "web-1| a", None),
            (Format::Compose, "| a | b |", None),
            (Format::Compose, "two words | a", None),
        ];
        for (format, line, expected) in table {
            let expected = expected.map(|(container, text, piece)| (container.map(str::to_owned), text.to_owned(), piece));
            assert_eq!(inside(*format, line), expected, "{line}");
        }
    }

    #[test]
    fn a_table_is_not_composed() {
        let of = |text: &str| wrapping(text.lines().map(str::as_bytes));
        assert_eq!(of("web-1  | a\nredis-1| b\n"), None);
        assert_eq!(of("web-1    | a\nredis-1  | b\n"), Some(Format::Compose));
        assert_eq!(of("id  | name\n1   | bob\n"), None);
    }
}
