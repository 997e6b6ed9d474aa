//! The W3C's Extended Log File Format (Working Draft WD-logfile-960323), as IIS, CloudFront and many proxies write it: directives
//! that begin with `#`, and lines of the fields that `#Fields:` names, separated by a blank or a tab.
//!
//! The fields are those of the first `#Fields:` in the file's head: a line is judged by itself and the head alone. Directives are
//! no records, wherever they stand. The service is the host that was asked for, else the site; the level is that of the status.

use super::level::Level;
use super::record::{Record, Wanted};

/// Which field of a line has what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    separator: u8,
    fields: usize,
    names: Vec<Vec<u8>>,
    service: Option<usize>,
    status: Option<usize>,
}

/// Where a host or a site is named: CloudFront's viewers' host, the host of the request, IIS' name of the site. Highest priority first.
const SERVICES: [&[u8]; 4] = [b"x-host-header", b"cs-host", b"cs(Host)", b"s-sitename"];

/// What names a file's fields.
const DIRECTIVE: &[u8] = b"#Fields:";

impl Dialect {
    /// The fields that a head names; `None` if it names none.
    #[must_use]
    pub fn elect<'a>(mut head: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Dialect> {
        let directive = head.clone().find_map(|line| line.strip_prefix(DIRECTIVE))?;
        let names: Vec<&[u8]> = directive.split(|byte| matches!(byte, b' ' | b'\t')).filter(|name| !name.is_empty()).collect();
        let place = |name: &[u8]| names.iter().position(|known| *known == name);
        // CloudFront names its fields with blanks between, and separates them by tabs.
        let record = head.find(|line| !line.starts_with(b"#"));
        let tabs = record.is_some_and(|line| line.iter().filter(|byte| **byte == b'\t').count() + 1 == names.len());
        Some(Dialect {
            separator: if tabs && names.len() > 1 { b'\t' } else { b' ' },
            fields: names.len(),
            names: names.iter().map(|name| name.to_vec()).collect(),
            service: SERVICES.iter().find_map(|name| place(name)),
            status: place(b"sc-status"),
        })
    }

    /// What a line has in the field of this name; a `-` stands for nothing.
    #[must_use]
    pub fn field<'a>(&self, name: &[u8], line: &'a [u8]) -> Option<&'a [u8]> {
        self.value(self.names.iter().position(|known| known == name)?, line)
    }

    /// The status of a line's response.
    #[must_use]
    pub fn status<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.value(self.status?, line)
    }

    fn value<'a>(&self, place: usize, line: &'a [u8]) -> Option<&'a [u8]> {
        line.split(|byte| *byte == self.separator).nth(place).filter(|value| !value.is_empty() && *value != b"-")
    }
}

/// Whether a head is of this format: it begins with a directive, and nearly all else has the fields that it names.
#[must_use]
pub fn is_of<'a>(head: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    if !head.clone().next().is_some_and(|line| line.starts_with(b"#")) {
        return false;
    }
    let Some(dialect) = Dialect::elect(head.clone()) else { return false };
    let records = head.filter(|line| !line.starts_with(b"#"));
    let fitting = records.clone().filter(|line| parse(line, Wanted::NOTHING, &dialect).is_some()).count();
    fitting * 10 >= records.count() * 9
}

/// Reads one line; `None` if it is a directive or has not the fields that the head names.
#[inline(never)]
#[must_use]
pub fn parse<'a>(line: &'a [u8], wanted: Wanted, dialect: &Dialect) -> Option<Record<'a>> {
    if line.starts_with(b"#") {
        return None;
    }
    let (mut at, mut fields) = (0, 0);
    let (mut service, mut status): (&[u8], &[u8]) = (&[], &[]);
    for end in memchr::memchr_iter(dialect.separator, line).chain([line.len()]) {
        if Some(fields) == dialect.service {
            service = line.get(at..end)?;
        }
        if Some(fields) == dialect.status {
            status = line.get(at..end)?;
        }
        fields += 1;
        at = end + 1;
    }
    if fields != dialect.fields {
        return None;
    }
    let level = || std::str::from_utf8(status).ok()?.parse().ok().map(Level::from_status);
    let service = if wanted.has(Wanted::SERVICE) && service != b"-" { service } else { &[] };
    Some(Record::new(service, if wanted.has(Wanted::LEVEL) { level() } else { None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str, line: &str) -> Option<(Option<String>, Option<Level>)> {
        let dialect = Dialect::elect(head.lines().map(str::as_bytes)).unwrap();
        let record = parse(line.as_bytes(), Wanted::ALL, &dialect)?;
        Some((record.service.map(|name| String::from_utf8_lossy(name).into_owned()), record.level))
    }

    #[test]
    fn lines() {
        let iis = "#Software: IIS\n#Fields: date time s-sitename cs-method cs-uri-stem sc-status\n2024-01-15 10:00:00 W3SVC1 GET / 200\n";
        let table = [
            ("2024-01-15 10:00:00 W3SVC1 GET / 500", Some((Some("W3SVC1"), Some(Level::Error)))),
            ("2024-01-15 10:00:00 - GET / 404", Some((None, Some(Level::Warn)))),
            ("2024-01-15 10:00:00 - GET / -", Some((None, None))),
            ("2024-01-15 10:00:00 W3SVC1 GET /", None),
            ("2024-01-15 10:00:00 W3SVC1 GET / 500 more", None),
            ("#Date: 2024-01-15 10:00:00 a b c", None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(read(iis, line), expected.map(|(name, level)| (name.map(str::to_owned), level)), "{line}");
        }
        let cloud = "#Version: 1.0\n#Fields: date time cs(Host) sc-status x-host-header\n2024-01-15\t10:00:00\td1.example\t200\tshop.example\n";
        let line = "2024-01-15\t10:00:01\td1.example\t502\tshop.example";
        assert_eq!(read(cloud, line), Some((Some("shop.example".to_owned()), Some(Level::Error))));
    }

    #[test]
    fn fields() {
        let head = "#Fields: date time s-ip cs(User-Agent) sc-status\n2024-01-15 10:00:00 10.0.0.1 curl/8.0 200\n";
        let dialect = Dialect::elect(head.lines().map(str::as_bytes)).unwrap();
        let line = b"2024-01-15 10:00:01 10.0.0.2 - 404";
        let table =
            [("s-ip", Some("10.0.0.2")), ("cs(User-Agent)", None), ("sc-status", Some("404")), ("status", None), ("", None)];
        for (name, expected) in table {
            assert_eq!(dialect.field(name.as_bytes(), line), expected.map(str::as_bytes), "{name}");
        }
        assert_eq!(dialect.status(line), Some(&b"404"[..]));
    }

    #[test]
    fn heads() {
        let is = |head: &str| is_of(head.lines().map(str::as_bytes));
        assert!(is("#Software: x\n#Fields: date time\n2024-01-15 10:00:00\n#Date: x\n2024-01-15 10:00:01\n"));
        assert!(!is("# A shell script\n#Fields: date time\necho\nls\n"));
        assert!(!is("#Software: x\n2024-01-15 10:00:00\n"));
        assert!(!is("2024-01-15 10:00:00\n#Fields: date time\n"));
        assert!(!is(""));
    }
}
