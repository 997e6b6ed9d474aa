//! A file's name: its stem, which is the rest without what rotation, codecs and habit put on it, and the day that it says.

use super::{
    date::{date_at, date_start, full_date, without_date, without_leading_date},
    parts_upwards,
};

/// The file's name less its endings. It is never stripped to nothing: `.log` stays `.log`, and a day alone stays a day.
pub(super) fn stem(file: &[u8]) -> &[u8] {
    let mut left = file;
    while let Some(shorter) = without_ending(left) {
        left = shorter;
    }
    without_leading_date(left)
}

/// The day that a file's name says, as year, month and day: `web-20240115.log.gz`, `2024-01-15_web.log`. A day alone is a day,
/// a month is none.
#[must_use]
pub fn path_date(path: &[u8]) -> Option<(i32, u32, u32)> {
    let file = parts_upwards(path).next()?;
    let mut left = file;
    loop {
        if let Some(start) = date_start(left) {
            return date_at(left.get(start..)?);
        }
        let ways = [without_extension, without_number];
        match ways.iter().find_map(|way| way(left).filter(|shorter| !shorter.is_empty())) {
            Some(shorter) => left = shorter,
            None => break,
        }
    }
    full_date(left).and_then(|_| date_at(left))
}

fn without_ending(name: &[u8]) -> Option<&[u8]> {
    // A date is tried before a number, or the last part of `2024.01.15` would be taken for a rotation's.
    let ways = [without_extension, without_date, without_number];
    ways.iter().find_map(|way| way(name).filter(|shorter| !shorter.is_empty()))
}

fn without_extension(name: &[u8]) -> Option<&[u8]> {
    let (head, ending) = split_last_dot(name)?;
    let mut lower = [0; LONGEST_ENDING];
    let lower = lower.get_mut(..ending.len())?;
    lower.copy_from_slice(ending);
    lower.make_ascii_lowercase();
    ENDINGS.contains(&&*lower).then_some(head)
}

/// Takes off a rotation's `.N`. Three numbers in a row are a version or an address (`proxy-1.24.0`, `10.0.0.5`), and stay.
fn without_number(name: &[u8]) -> Option<&[u8]> {
    let (head, number) = split_last_dot(name)?;
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let others = head.rsplit(|&byte| byte == b'.');
    let dotted = others.take_while(|part| part.last().is_some_and(u8::is_ascii_digit));
    // The first of a version's numbers may hang on a word (`v1.2.3`); those between may not.
    let mut numbers = 1;
    for part in dotted {
        numbers += 1;
        if !part.iter().all(u8::is_ascii_digit) {
            break;
        }
    }
    (numbers < 3).then_some(head)
}

fn split_last_dot(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    Some((name.get(..dot)?, name.get(dot + 1..)?))
}

/// Endings that tell how a file is stored or written, or that it was put aside. Lower case; compared without regard to case.
/// `out` and `err` are not among them: `checkout.out` and `checkout.err` are two streams, and `catalina.out` is a name by now.
const ENDINGS: &[&[u8]] = &[
    b"log", b"json", b"txt", b"jsonl", b"ndjson", b"gz", b"zst", b"xz", b"bz2", b"tar", b"tgz", b"old", b"zip", b"lz4", b"z",
    b"bz", b"gzip", b"bgz", b"taz", b"zstd", b"tzst", b"tbz", b"tbz2", b"txz", b"lzma", b"tlz", b"lz", b"lzo", b"7z", b"rar",
    b"br", b"sz", b"snappy", b"prev", b"bak",
];
const LONGEST_ENDING: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_day() {
        let table = [
            ("web-20240115.log.gz", Some((2024, 1, 15))),
            ("logs/2024-01-15.log", Some((2024, 1, 15))),
            ("server.log.2016-12-19-23", Some((2016, 12, 19))),
            ("web_2024-01-15T00.json", Some((2024, 1, 15))),
            ("api.log-20240115", Some((2024, 1, 15))),
            ("2024-1-5_checkout.log", Some((2024, 1, 5))),
            ("messages-20240115.3.zst", Some((2024, 1, 15))),
            ("u_ex240115.log", None),
            ("iis-240115.log", Some((2024, 1, 15))),
            ("a.15-01-2024.log", Some((2024, 1, 15))),
            ("a.01-15-2024.log", Some((2024, 1, 15))),
            ("a-202401.log", None),
            ("checkout.log.3", None),
            ("proxy-1.24.0.log", None),
            ("2024-01-15/checkout.log", None),
            ("web-1700000000.log", None),
            ("-", None),
            ("", None),
        ];
        for (path, expected) in table {
            assert_eq!(path_date(path.as_bytes()), expected, "{path}");
        }
    }
}
