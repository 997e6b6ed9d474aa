//! The format of glog and its kin (Kubernetes' klog, Abseil): `Lmmdd hh:mm:ss.uuuuuu thread file:line] text`.
//!
//! The source is the comment at the head of every file that glog writes, "Log line format"; from 0.6 on
//! that line has a year, `Lyyyymmdd`. Levels are `I W E F`. The service is the stem of the source file, which
//! some builds log with its path.

use super::level::Level;
use super::record::{Record, Wanted};
use super::words::{after_clock, skip_digits, until};

/// Reads the first line of a glog record; `None` where `line` is not one.
#[inline(never)]
#[must_use]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
    let [letter @ (b'I' | b'W' | b'E' | b'F'), rest @ ..] = line else { return None };
    let location = location(after_time(rest)?)?;
    let service = if wanted.has(Wanted::SERVICE) { stem(location) } else { None };
    let level = if wanted.has(Wanted::LEVEL) { Level::from_letter(*letter) } else { None };
    Some(Record { service, level })
}

/// The time of a record's first line.
#[must_use]
pub fn time(line: &[u8]) -> Option<&[u8]> {
    let (_letter, text) = line.split_first()?;
    text.get(..text.len().checked_sub(after_time(text)?.len())?)
}

/// What follows `0517 15:04:22.619632` or `20240517 15:04:22.619632`, from the space on.
fn after_time(text: &[u8]) -> Option<&[u8]> {
    let date = match text {
        [b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', date @ ..] if !date.starts_with(b" ") => date,
        _ => text,
    };
    let rest = match date {
        [b'0' | b'1', b'0'..=b'9', b'0'..=b'3', b'0'..=b'9', b' ', rest @ ..] => rest,
        _ => return None,
    };
    let after = after_clock(rest)?;
    // glog's clock always has a fraction.
    (after.len() + 10 <= rest.len()).then_some(after)
}

/// The source file behind the padded thread number, without its line: `  123 file.cc:253]` has `file.cc`.
fn location(text: &[u8]) -> Option<&[u8]> {
    let thread = skip_spaces(text);
    let after = skip_digits(thread);
    if thread.len() == text.len() || after.len() == thread.len() {
        return None;
    }
    let [b' ', source @ ..] = after else { return None };
    let (place, [b']', ..]) = until(source, b"] ") else { return None };
    // The last colon: a path may begin with a drive.
    let colon = place.iter().rposition(|&byte| byte == b':')?;
    let (file, line) = place.split_at_checked(colon)?;
    let is_line = matches!(line, [_, _, ..]) && line.iter().skip(1).all(u8::is_ascii_digit);
    (is_line && !file.is_empty()).then_some(file)
}

/// A file's name without folders and ending. klog writes `???` where it does not know.
fn stem(path: &[u8]) -> Option<&[u8]> {
    let name = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next()?;
    let stem = match name.iter().rposition(|&byte| byte == b'.') {
        Some(dot @ 1..) => name.get(..dot)?,
        _ => name,
    };
    (!stem.is_empty() && stem != b"???").then_some(stem)
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::level::Level::{self, *};
    use super::super::record::{Record, Wanted};
    use super::parse;

    #[test]
    fn lines() {
        let table: &[(&str, Option<&str>, Level)] = &[
            ("I0517 15:04:22.619632     123 file.cc:253] text", Some("file"), Info),
            ("W0517 15:04:22.619632       1 reflector.go:324] pkg/mod: failed to list: x", Some("reflector"), Warn),
            ("E0517 15:04:22.619632       1 pkg/sub/file.go:12] \"Unhandled\" err=\"x\"", Some("file"), Error),
            ("F20240517 15:04:22.619632 123 main.cc:1]", Some("main"), Fatal),
            ("I0517 15:04:22.619 123 api.pb.cc:7] x", Some("api.pb"), Info),
            ("I0517 15:04:22.619632 123 C:\\src\\app.cpp:7] x", Some("app"), Info),
            ("I0517 15:04:22.619632 123 Makefile:7] x", Some("Makefile"), Info),
            ("I0517 15:04:22.619632 123 .hidden:7] x", Some(".hidden"), Info),
            ("I0517 15:04:22.619632 123 ???:1] x", None, Info),
            ("I0517 15:04:22.619632 123 a/:1] x", None, Info),
        ];
        for (line, service, level) in table {
            let expected = Record { service: service.map(str::as_bytes), level: Some(*level) };
            assert_eq!(parse(line.as_bytes(), Wanted::ALL), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines() {
        let table = [
            "",
            "I",
            "I0517",
            "I0517 15:04:22.619632",
            "I0517 15:04:22.619632 123",
            "I0517 15:04:22.619632 123 ",
            "I0517 15:04:22.619632 123 file.cc] no line",
            "I0517 15:04:22.619632 123 file.cc:] no line",
            "I0517 15:04:22.619632 123 file.cc:12a] no line",
            "I0517 15:04:22.619632 123 some text file.cc:12] x",
            "I0517 15:04:22.619632 file.cc:12] no thread",
            "I0517 15:04:22 123 file.cc:12] no fraction",
            "D0517 15:04:22.619632 123 file.cc:12] x",
            "IP 10.0.0.1 > 10.0.0.2: Flags [S]",
            "goroutine 1 [running]:",
            "Log file created at: 2024/05/17 15:04:22",
            "{\"file\": \"x.go:12\"}",
        ];
        for line in table {
            assert_eq!(parse(line.as_bytes(), Wanted::ALL), None, "{line}");
        }
    }
}
