//! What a pax extended header says of the next member: POSIX.1-2024, `pax`, "pax Extended Header".

/// What was said of a member before its own header.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Its name, which may hold any byte.
    pub path: Option<Vec<u8>>,
    /// Its name by GNU's long names, which have nothing to do with pax.
    pub long_name: Option<Vec<u8>>,
    /// How many bytes follow its header.
    pub size: Option<u64>,
    /// Whole seconds since 1970.
    pub modified: Option<i64>,
    /// Whether its bytes are those of a sparse file, in any of GNU's three ways.
    pub sparse: bool,
    /// Whether there was an extended header, whatever it said.
    seen: bool,
}

impl Extended {
    /// Whether nothing was said, so that no member need follow.
    pub const fn is_empty(&self) -> bool {
        !self.seen && self.long_name.is_none()
    }

    /// Takes in the records of an extended header: `LENGTH KEY=VALUE\n`, in which the length counts all of it.
    ///
    /// # Errors
    /// In words, what makes no sense.
    pub fn read(&mut self, mut records: &[u8]) -> Result<(), &'static str> {
        const MALFORMED: &str = "a record of an extended header is malformed";
        self.seen = true;
        let mut sparse_name = None;
        // Some archivers fill the block with NULs and count them.
        while records.first().is_some_and(|byte| *byte != 0) {
            let digits = records.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let length =
                records.get(..digits).and_then(decimal).and_then(|length| usize::try_from(length).ok()).ok_or(MALFORMED)?;
            let (record, rest) = records.split_at_checked(length).ok_or(MALFORMED)?;
            records = rest;
            let record = record.get(digits..).and_then(|record| record.strip_prefix(b" ")).ok_or(MALFORMED)?;
            let record = record.strip_suffix(b"\n").ok_or(MALFORMED)?;
            let equals = memchr::memchr(b'=', record).ok_or(MALFORMED)?;
            let (key, value) = (record.get(..equals).unwrap_or_default(), record.get(equals + 1..).unwrap_or_default());
            match key {
                // An empty value takes back what was said.
                b"path" => self.path = Some(value.to_vec()).filter(|path| !path.is_empty()),
                b"size" if value.is_empty() => self.size = None,
                b"size" => self.size = Some(decimal(value).ok_or("the size in an extended header is no number")?),
                b"mtime" => self.modified = seconds(value),
                // There the name is made up, and this is the true one.
                b"GNU.sparse.name" => sparse_name = Some(value.to_vec()),
                _ => {}
            }
            self.sparse |= key.starts_with(b"GNU.sparse.");
        }
        self.path = sparse_name.or(self.path.take());
        Ok(())
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// The second that a time with or without a fraction is in: -1.5 is in the one that begins at -2.
fn seconds(time: &[u8]) -> Option<i64> {
    let (negative, time) = match time.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, time),
    };
    let mut parts = time.splitn(2, |byte| *byte == b'.');
    let whole = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match (negative, fraction.iter().any(|digit| *digit != b'0')) {
        (false, _) => Some(whole),
        (true, false) => Some(-whole),
        (true, true) => (-whole).checked_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let read = |records: &[u8]| {
            let mut extended = Extended::default();
            extended.read(records).map(|()| extended)
        };
        let of = |extended: Extended| Ok(Extended { seen: true, ..extended });
        let nothing = Extended::default;
        assert_eq!(read(b""), of(nothing()));
        assert_eq!(read(b"14 path=a/b.c\n"), of(Extended { path: Some(b"a/b.c".to_vec()), ..nothing() }));
        // A value may hold newlines, equals signs and what looks like a record.
        assert_eq!(read(b"23 path=a\n11 size=9\n=b\n"), of(Extended { path: Some(b"a\n11 size=9\n=b".to_vec()), ..nothing() }));
        assert_eq!(read(b"11 size=12\n8 path=\n"), of(Extended { size: Some(12), ..nothing() }));
        assert_eq!(read(b"20 mtime=-1.5000000\n"), of(Extended { modified: Some(-2), ..nothing() }));
        assert_eq!(read(b"22 GNU.sparse.major=1\n"), of(Extended { sparse: true, ..nothing() }));
        assert_eq!(
            read(b"21 GNU.sparse.name=n\n10 path=p\n"),
            of(Extended { sparse: true, path: Some(b"n".to_vec()), ..nothing() })
        );
        for malformed in [
            &b"x"[..],
            b"9",
            b"8 size=1\n",
            b"99 size=1\n",
            b"0 \n",
            b"11 size=1\n",
            b"6 key\n",
            b"99999999999999999999999 k=v\n",
        ] {
            assert!(read(malformed).is_err(), "{malformed:?}");
        }
        for size in ["-1", "1.5", "18446744073709551616", "0x1"] {
            let record = format!(" size={size}\n");
            let record = format!("{}{record}", record.len() + 2);
            assert_eq!(read(record.as_bytes()), Err("the size in an extended header is no number"), "{size}");
        }
    }

    #[test]
    fn times() {
        let table: &[(&str, Option<i64>)] = &[
            ("1705312345", Some(1_705_312_345)),
            ("1705312345.999999999", Some(1_705_312_345)),
            ("0.5", Some(0)),
            ("-0.5", Some(-1)),
            ("-7.000", Some(-7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775807.1", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("", None),
            ("-", None),
            ("1.2.3", None),
            ("1e9", None),
        ];
        for (time, expected) in table {
            assert_eq!(seconds(time.as_bytes()), *expected, "{time}");
        }
    }
}
