//! What is remembered of syslog lines: an ordinary line of the same hour as the last one is read at a glance.

use super::{
    super::{
        level::Level,
        record::{Record, Wanted},
        scan::{Ranges, bounds_of, find_any},
    },
    origin::looks_applied,
};
use std::num::NonZero;

/// What is remembered from line to line: the hour of traditional lines. Never an answer.
#[derive(Debug)]
pub struct Memory {
    /// Times of the last line's hour: `Nov 14 22:`, minutes and seconds below sixty, and a blank.
    hour: Ranges<HOST>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { hour: Ranges::OF_NO_LINE }
    }
}

const HOUR: usize = 10;

/// Where the host stands behind a time without fraction and year.
const HOST: usize = 16;

/// Where host and tag end, but for long ones.
const NEAR: usize = HOST + 32;

/// Where the longest end that are known at a look.
const FAR: usize = HOST + 48;

impl Memory {
    /// See [`crate::parse::Memory::recall`]: an ordinary line of the same hour, with a host that nothing else could be, and a tag of one
    /// word, both of them short.
    #[inline(always)]
    pub fn recall<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let Some(near) = line.first_chunk::<NEAR>() else { return self.recall_short(line) };
        let [time, first, second] = *near.as_chunks::<16>().0 else { return None };
        if !self.hour.hold(&time) {
            return None;
        }
        let bounds = bounds_of(first) | bounds_of(second) << 16;
        if bounds & bounds.wrapping_sub(1) == 0 {
            return recall_far(line.first_chunk()?);
        }
        name_between(near, u64::from(bounds))
    }

    /// The same of a line that is shorter than what is looked at of others, but for the shortest.
    #[inline(never)]
    fn recall_short<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let [time, first] = *line.first_chunk::<{ HOST + 16 }>()?.as_chunks::<16>().0 else { return None };
        if !self.hour.hold(&time) {
            return None;
        }
        // The last sixteen bytes begin among the first, and may have bounds in common with them.
        let bounds = u64::from(bounds_of(first)) | u64::from(bounds_of(*line.last_chunk()?)) << (line.len() - HOST - 16);
        name_between(line, bounds)
    }

    /// The record of such a line of any length.
    #[inline]
    pub(super) fn read<'a>(&self, line: &'a [u8], wanted: Wanted) -> Option<Record<'a>> {
        let (time, rest) = line.split_first_chunk::<HOST>()?;
        if !self.hour.hold(time) {
            return None;
        }
        let (host, rest) = rest.split_at_checked(find_any(rest, b"[: \t"))?;
        let (b' ', content) = rest.split_first()? else { return None };
        let (name, rest) = content.split_at_checked(find_any(content, b"[: \t"))?;
        let certain = is_certain([*host.first()?, host.get(1).copied().unwrap_or_default()], host.len()) && !looks_applied(host);
        let whole = name.first()?.is_ascii_alphabetic() && !name.last()?.is_ascii_whitespace() && !name.contains(&b'=');
        if !certain || !whole || !matches!(rest.first()?, b'[' | b':') {
            return None;
        }
        Some(Record { service: if wanted.has(Wanted::SERVICE) { Some(name) } else { None }, level: None })
    }

    /// Remembers the hour of a line that is a record.
    pub(super) fn learn(&mut self, line: &[u8]) {
        // `Mmm dd hh:`, and nothing that only begins alike, such as a day of one digit or a year.
        if let Some(hour @ [b'A'..=b'S', _, _, b' ', _, _, b' ', _, _, b':']) = line.first_chunk::<HOUR>() {
            self.hour = Ranges { least: *b"          00:00 ", above: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 9, 0, 5, 9, 0] };
            self.hour.least[..HOUR].copy_from_slice(hour);
        }
    }
}

/// The name on a line of the same hour whose host and tag are longer than most.
#[inline(never)]
fn recall_far(line: &[u8; FAR]) -> Option<&[u8]> {
    let [_, words @ ..] = line.as_chunks::<16>().0 else { return None };
    let bounds = words.iter().rev().fold(0, |bounds, word| bounds << 16 | u64::from(bounds_of(*word)));
    name_between(line, bounds)
}

/// The tag of an ordinary line, by its words' bounds behind the time. Whether a process id follows a tag of one word does not matter:
/// without one it ends there all the same.
#[inline(always)]
fn name_between(line: &[u8], bounds: u64) -> Option<&[u8]> {
    let blank = HOST + NonZero::new(bounds)?.trailing_zeros() as usize;
    let mark = HOST + NonZero::new(bounds & (bounds - 1))?.trailing_zeros() as usize;
    let [last, b' ', initial] = *line.get(blank - 1..)?.first_chunk()? else { return None };
    let [first, second] = *line.get(HOST..)?.first_chunk()?;
    let ordinary = initial.is_ascii_alphabetic() && matches!(line.get(mark)?, b'[' | b':');
    let certain = is_certain([first, second], blank - HOST);
    // Many hosts end in a digit, as nothing does that an application writes there, and others are told from it by two letters.
    let doubtful = last.is_ascii_alphabetic() && (blank == HOST + 1 || Level::may_be_word(first, last));
    if !ordinary || !certain || doubtful && may_be_applied(line.get(HOST..blank)?) {
        return None;
    }
    line.get(blank + 1..mark)
}

/// Whether a word of this length that begins so is none of what else may stand in a host's place. What could be a year or a zone is only
/// told from one by what follows it.
#[inline(always)]
const fn is_certain(start: [u8; 2], len: usize) -> bool {
    match start {
        [b'a'..=b'z', _] | [b'A'..=b'Z', b'a'..=b'z' | b'0'..=b'9' | b'-'] => true,
        [b'0'..=b'9', _] => len > 5,
        _ => false,
    }
}

#[cold]
#[inline(never)]
fn may_be_applied(host: &[u8]) -> bool {
    looks_applied(host)
}
