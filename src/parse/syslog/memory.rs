//! What is remembered of syslog lines: an ordinary line of the same hour as the last one is read at a glance.

use super::{
    super::{
        record::{Record, Wanted},
        scan::{digits_of, either_of, find_any},
    },
    origin::{is_process_id, looks_applied},
};

/// What is remembered from line to line: the hour of traditional lines. Never an answer.
#[derive(Debug, Default)]
pub struct Memory {
    /// `Nov 14 22:` of the last line.
    hour: [u8; HOUR],
}

const HOUR: usize = 10;

/// How many bytes behind the time are looked at for host, tag and process id.
const ORIGIN: usize = 48;

/// Where the host stands behind a time without fraction and year.
const HOST: usize = 16;

impl Memory {
    /// See [`crate::parse::Memory::recall`]: an ordinary line of the same hour, with a host that nothing else could be, and a tag of one
    /// word, with or without a process id, all of it short.
    #[inline(always)]
    pub fn recall<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (hour, [m, mm, b':', s, ss, b' ', rest @ ..]) = line.split_first_chunk::<HOUR>()? else { return None };
        let sixty = |tens: u8, ones: u8| (tens.wrapping_sub(b'0') < 6) & (ones.wrapping_sub(b'0') < 10);
        if *hour != self.hour || !(sixty(*m, *mm) & sixty(*s, *ss)) {
            return None;
        }
        let origin = rest.first_chunk::<ORIGIN>()?;
        let (mut ends, mut others) = (0u64, 0u64);
        for (at, bytes) in origin.as_chunks::<16>().0.iter().enumerate() {
            let (blank, mark) = (either_of(bytes, b' ', b'\t'), either_of(bytes, b'[', b':'));
            ends |= u64::from(blank | mark) << (16 * at);
            others |= u64::from(!digits_of(bytes) & 0xFFFF) << (16 * at);
        }
        let host_end = ends.trailing_zeros() as usize;
        let ends = ends & ends.wrapping_sub(1);
        let name_end = ends.trailing_zeros() as usize;
        let (host, name) = (origin.get(..host_end)?, rest.get(host_end + 1..name_end)?);
        // What could be a year or a zone is only told from a host by what follows it.
        let certain = match host {
            [b'a'..=b'z', ..] | [b'A'..=b'Z', b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => true,
            [b'0'..=b'9', ..] => host.len() > 5,
            _ => false,
        };
        let ordinary = match origin.get(name_end)? {
            b':' => true,
            b'[' => {
                let id_end = name_end + 1 + (others >> name_end >> 1).trailing_zeros() as usize;
                id_end > name_end + 1 && origin.get(id_end) == Some(&b']') && origin.get(id_end + 1) == Some(&b':')
            }
            _ => false,
        };
        let whole = name.first()?.is_ascii_alphabetic() && !name.last()?.is_ascii_whitespace() && !name.contains(&b'=');
        (ordinary && whole && certain && origin.get(host_end) == Some(&b' ') && !looks_applied(host)).then_some(name)
    }

    /// The record of such a line of any length.
    #[inline]
    pub(super) fn read<'a>(&self, line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
        let (hour, [m, mm, b':', s, ss, b' ', ..]) = line.split_first_chunk::<HOUR>()? else { return None };
        let sixty = |tens: u8, ones: u8| matches!(tens, b'0'..=b'5') && ones.is_ascii_digit();
        if *hour != self.hour || !sixty(*m, *mm) || !sixty(*s, *ss) {
            return None;
        }
        let rest = line.get(HOST..)?;
        let (host, rest) = rest.split_at_checked(find_any(rest, b"[: \t"))?;
        // What could be a year or a zone is only told from a host by what follows it.
        let certain = match host {
            [b'a'..=b'z', ..] | [b'A'..=b'Z', b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => true,
            [b'0'..=b'9', ..] => host.len() > 5,
            _ => false,
        };
        let (b' ', content) = rest.split_first()? else { return None };
        let (name, rest) = content.split_at_checked(find_any(content, b"[: \t"))?;
        let whole = name.first()?.is_ascii_alphabetic() && !name.last()?.is_ascii_whitespace() && !name.contains(&b'=');
        let ordinary = whole && (rest.first() == Some(&b':') || is_process_id(rest));
        if !certain || !ordinary || looks_applied(host) {
            return None;
        }
        Some(Record { service: if wanted.has(Wanted::SERVICE) { Some(name) } else { None }, level: None })
    }

    /// Remembers the hour of a line that is a record.
    pub(super) fn learn(&mut self, line: &[u8]) {
        // `Mmm dd hh:`, and nothing that only begins alike, such as a day of one digit or a year.
        if let Some(hour @ [b'A'..=b'S', _, _, b' ', _, _, b' ', _, _, b':']) = line.first_chunk() {
            self.hour = *hour;
        }
    }
}
