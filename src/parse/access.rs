//! Web servers' access logs: NCSA Common and Combined Log Format.
//!
//! `%h %l %u %t "%r" %>s %b`, to which Combined adds referrer and agent, and before which `%v` or `%v:%p`
//! may stand (Apache's `mod_log_config` manual, formats `common`, `combined`, `vhost_combined`; nginx's
//! `combined` is the same). Apache writes a quote inside the request as `\"` (same manual, "Format
//! Notes"). What follows the status is not looked at, so longer custom formats are read as well.
//!
//! The service is the virtual host, where one is logged; the level is the status code's.

use super::level::Level;
use super::record::{Record, Wanted};
use super::words::after_clock;
use memchr::{memchr_iter, memchr2};

/// Reads one line of an access log; `None` where `line` is not one.
#[inline(never)]
#[must_use]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
    let (before, after) = around_time(line)?;
    let who = Who::of(before)?;
    let status = status_after_request(after)?;
    let service = match who {
        Who::Client => None,
        Who::Host(host) if wanted.has(Wanted::SERVICE) => name_of(host),
        Who::Host(_) => None,
    };
    let level = wanted.has(Wanted::LEVEL).then(|| Level::from_status(number(status)));
    Some(Record { service, level })
}

/// The time of a line, less its brackets.
#[must_use]
pub fn time(line: &[u8]) -> Option<&[u8]> {
    let (before, after) = around_time(line)?;
    line.get(before.len() + 2..line.len().checked_sub(after.len() + 1)?)
}

/// The status of a line's response, as it stands there; `None` where a `-` stands for it.
#[must_use]
pub fn response_status(line: &[u8]) -> Option<&[u8]> {
    let (_, after) = around_time(line)?;
    status_after_request(after).filter(|status| *status != b"-")
}

/// What the words before the time tell.
enum Who<'a> {
    /// Client, identity and user only.
    Client,
    /// The same behind a virtual host.
    Host(&'a [u8]),
}

impl<'a> Who<'a> {
    /// Counts the words before the time: three without a virtual host, four with one. A colon in the first
    /// word says nothing, since it may be a port's or an IPv6 client's.
    fn of(before: &'a [u8]) -> Option<Who<'a>> {
        let mut words = before.trim_ascii_end().split(|&byte| byte == b' ');
        let first = words.next().filter(|word| !word.is_empty())?;
        let (second, third) = (words.next()?, words.next()?);
        if words.next().is_none() {
            return Some(Who::Client);
        }
        // A user may have spaces. Then the identity, which nobody has sent for decades, is a `-` in the
        // second place, where behind a virtual host the client would be.
        if second == b"-" && third != b"-" {
            return Some(Who::Client);
        }
        Some(Who::Host(first))
    }
}

/// The virtual host without its port; `-` is none.
fn name_of(host: &[u8]) -> Option<&[u8]> {
    if host == b"-" {
        return None;
    }
    let Some(colon) = host.iter().rposition(|&byte| byte == b':') else { return Some(host) };
    let (name, port) = host.split_at_checked(colon)?;
    // An IPv6 address has a port only behind its bracket.
    let may_have_port = name.ends_with(b"]") || !name.contains(&b':');
    let is_port = matches!(port, [_, digits @ ..] if digits.iter().all(u8::is_ascii_digit));
    Some(if may_have_port && is_port && !name.is_empty() { name } else { host })
}

/// What is before and after the first `[10/Oct/2000:13:55:36 -0700]`. It is found by its shape, because a
/// user may hold brackets and spaces.
fn around_time(line: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr_iter(b'[', line).find_map(|at| {
        let (before, bracket) = line.split_at_checked(at)?;
        let before = before.strip_suffix(b" ")?;
        Some((before, after_time(bracket)?))
    })
}

/// What follows the time, if one begins here.
fn after_time(text: &[u8]) -> Option<&[u8]> {
    let (date, rest) = text.split_first_chunk::<13>()?;
    let [b'[', d0 @ b'0'..=b'3', d1, b'/', m0, m1, m2, b'/', y0, y1, y2, y3, b':'] = date else { return None };
    if ![d0, d1, y0, y1, y2, y3].iter().all(|byte| byte.is_ascii_digit()) || !is_month([*m0, *m1, *m2]) {
        return None;
    }
    let rest = after_clock(rest)?;
    match rest {
        [b' ', b'+' | b'-', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b']', rest @ ..] => Some(rest),
        _ => None,
    }
}

const fn is_month(name: [u8; 3]) -> bool {
    matches!(&name, b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun" | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec")
}

/// The status behind the request, or the `-` that stands for it.
fn status_after_request(text: &[u8]) -> Option<&[u8]> {
    let mut rest = match text {
        [b' ', b'"', rest @ ..] => rest,
        [b' ', b'-', rest @ ..] => return status(rest),
        _ => return None,
    };
    loop {
        let (_, found) = rest.split_at_checked(memchr2(b'"', b'\\', rest)?)?;
        rest = match found {
            [b'\\', _, rest @ ..] => rest,
            // A server that does not escape its quotes has ended the request only where a status follows.
            [b'"', rest @ ..] => match status(rest) {
                Some(status) => return Some(status),
                None => rest,
            },
            _ => return None,
        };
    }
}

/// What stands behind a space: three digits or a `-`, and then a space or the end.
fn status(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b" ")?;
    let len = match text {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => 3,
        [b'-', ..] => 1,
        _ => return None,
    };
    let (status, rest) = text.split_at_checked(len)?;
    matches!(rest, [] | [b' ', ..]).then_some(status)
}

/// The number that a status is; 0 for none.
fn number(status: &[u8]) -> u32 {
    match status {
        [a, b, c] => [a, b, c].iter().fold(0, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0'))),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::Level::{self, *};
    use super::super::record::{Record, Wanted};
    use super::parse;

    #[test]
    fn lines() {
        let table: &[(&str, Option<&str>, Level)] = &[
            (r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#, None, Info),
            (r#"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 404 - "http://a/" "Mozilla/4.08 [en]""#, None, Warn),
            (
                r#"shop.example.com:443 10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "POST /pay HTTP/1.1" 503 19 "-" "curl""#,
                Some("shop.example.com"),
                Error,
            ),
            (
                r#"shop.example.com 10.0.0.7 - bob [10/Oct/2000:13:55:36 +0000] "GET / HTTP/2.0" 302 0"#,
                Some("shop.example.com"),
                Info,
            ),
            (r#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#, None, Info),
            (r#"[::1]:8080 2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#, Some("[::1]"), Info),
            (r#"2001:db8::2 2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#, Some("2001:db8::2"), Info),
            (r#"10.0.0.7 - John Q Public [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 401 5"#, None, Warn),
            (r#"10.0.0.7 - "" [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 401 5"#, None, Warn),
            (r#"10.0.0.7 - [x] [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 500 5"#, None, Error),
            (r#"10.0.0.7 - [10.0.0.7] - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5 12 0.003 [up]"#, None, Info),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "-" 408 -"#, None, Warn),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] - 408 -"#, None, Warn),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "" 400 0"#, None, Warn),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01" 400 226"#, None, Warn),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET /\" 200 x HTTP/1.1" 500 1"#, None, Error),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET /a"b" HTTP/1.0" 404 -"#, None, Warn),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" - -"#, None, Info),
            (r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200"#, None, Info),
            (r#"- 10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1"#, None, Info),
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
            "[",
            "10.0.0.7 - - [",
            r#"10.0.0.7 - - [10/Oct/2000:13:55:36] "GET / HTTP/1.1" 200 1"#,
            r#"10.0.0.7 - - [10/Okt/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1"#,
            r#"10.0.0.7 - - [2000-10-10T13:55:36+0000] "GET / HTTP/1.1" 200 1"#,
            r#"10.0.0.7 [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1"#,
            r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 2000 1"#,
            r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1"#,
            r#"10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET /\"#,
            "[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6",
            "Jun 14 15:16:01 combo sshd[1]: x",
            "\tat com.example.Foo.bar(Foo.java:12)",
            r#"{"time": "10/Oct/2000:13:55:36 +0000", "status": 200}"#,
        ];
        for line in table {
            assert_eq!(parse(line.as_bytes(), Wanted::ALL), None, "{line}");
        }
    }
}
