//! How many groups there may be, and what a tally that has too many of them is made of.

use super::Tally;
use std::{
    fmt,
    num::NonZero,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

/// So many groups there may be, at least one. Of a bound to memory that is a half, as names may be of any length: those of all groups
/// together may have 64 MiB and 256 bytes for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxGroups(NonZero<u64>);

impl MaxGroups {
    /// So many, or one if that is 0.
    #[must_use]
    pub const fn new(number: u64) -> MaxGroups {
        match NonZero::new(number) {
            Some(number) => MaxGroups(number),
            None => MaxGroups(NonZero::<u64>::MIN),
        }
    }

    /// How many.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0.get()
    }

    /// Whether a text of so many bytes may have more. A record has one byte and a newline at least, the last one may do without, and lines
    /// before the first are a group too.
    #[must_use]
    pub const fn may_be_passed_by(self, bytes: u64) -> bool {
        bytes.div_ceil(2).saturating_add(1) > self.number()
    }

    /// Whether there may be so many.
    #[must_use]
    pub const fn admits(self, size: Size) -> bool {
        size.groups <= self.number() && size.bytes <= self.number().saturating_mul(256).saturating_add(64 << 20)
    }
}

impl fmt::Display for MaxGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// No number of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMaxGroups(String);

impl fmt::Display for BadMaxGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no number of groups; write a whole number from 1 on, such as 1000000", self.0.escape_debug())
    }
}

impl std::error::Error for BadMaxGroups {}

impl FromStr for MaxGroups {
    type Err = BadMaxGroups;

    fn from_str(text: &str) -> Result<Self, BadMaxGroups> {
        text.parse().map(MaxGroups).map_err(|_| BadMaxGroups(text.to_owned()))
    }
}

/// What groups take, beside their counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many they are.
    pub groups: u64,
    /// How many bytes their keys have.
    pub bytes: u64,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        self.groups += other.groups;
        self.bytes += other.bytes;
    }
}

/// The size of groups that many add to, to be known at any time.
#[derive(Debug, Default)]
pub(super) struct Growing {
    groups: AtomicU64,
    bytes: AtomicU64,
}

impl Growing {
    /// One more, with a key of so many bytes.
    pub(super) fn add(&self, bytes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// It is this now. Only one at a time may say so.
    #[inline]
    pub(super) fn set(&self, now: Size) {
        self.groups.store(now.groups, Ordering::Relaxed);
        self.bytes.store(now.bytes, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> Size {
        Size { groups: self.groups.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }
}

/// So many of the groups that came last tell what has made so many of them.
pub const TELLING: usize = 1 << 20;

impl Tally {
    /// Whether there are surely more than so many; then `take` is given the keys of a million of them at most.
    pub fn surely_passes(&self, most: MaxGroups, take: &mut dyn FnMut(&[u8])) -> bool {
        if !most.admits(self.shards.size()) {
            self.shards.newest(TELLING, take);
            return true;
        }
        if most.admits(self.size.now()) {
            return false;
        }
        self.groups.iter().take(TELLING).for_each(|group| take(group.key()));
        true
    }

    /// Whether there are more than so many, to be asked when all is counted. It costs something only where there nearly are.
    pub fn passes(&mut self, most: MaxGroups, take: &mut dyn FnMut(&[u8])) -> bool {
        let mut size = self.size.now();
        size += self.shards.size();
        if most.admits(size) {
            return false;
        }
        // What is in both is one.
        std::mem::take(&mut self.groups).into_iter().for_each(|(key, counts)| self.shards.add(&key, &counts));
        self.size = Growing::default();
        self.surely_passes(most, take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{Combiner, Counts};

    /// A combiner of so many groups, from this one on.
    fn combiner(from: u64, number: u64) -> Combiner {
        let mut combiner = Combiner::default();
        let one = Counts { records: 1, lines: 1, bytes: 1, ..Counts::default() };
        (from..from + number).for_each(|key| combiner.add(format!("{key:08}").as_bytes(), &one));
        combiner
    }

    /// Few groups are kept in a map, and many as a worker left them: what is in both counts once.
    #[test]
    fn a_group_counts_once_wherever_it_is_kept() {
        let parts = [(0, 100), (50, 100), (0, 20_000), (19_950, 100), (20_000, 30_000), (0, 1)];
        for (added, expected) in (1..=parts.len()).zip([100, 150, 20_000, 20_050, 50_000, 50_000]) {
            for (most, is_more) in [(expected - 1, true), (expected, false), (expected + 1, false)] {
                let mut tally = Tally::default();
                parts.iter().take(added).for_each(|(from, number)| tally.add(&mut combiner(*from, *number)));
                let mut told = 0;
                assert_eq!(tally.passes(MaxGroups::new(most), &mut |_| told += 1), is_more, "{added} parts, {most}");
                assert_eq!(told > 0, is_more);
                assert!(is_more || !tally.surely_passes(MaxGroups::new(most), &mut |_| {}));
                assert_eq!(tally.into_groups().len() as u64, expected);
            }
        }
    }

    #[test]
    fn long_names_count_as_many() {
        let mut combiner = Combiner::default();
        let name = |number: u64| [vec![b'x'; 1 << 20], number.to_le_bytes().to_vec()].concat();
        (0..60).for_each(|number| combiner.record(&name(number), None, 1));
        assert!(!combiner.surely_passes(MaxGroups::new(100)));
        (60..70).for_each(|number| combiner.record(&name(number), None, 1));
        assert!(combiner.surely_passes(MaxGroups::new(100)));
        assert!(!combiner.surely_passes(MaxGroups::new(1_000_000)));
    }

    #[test]
    fn a_text_that_is_too_short_makes_no_more_than_it_has_lines() {
        // "a\nb\nc" is three records, and before them may be a group of nobody's.
        assert!(MaxGroups::new(3).may_be_passed_by(5) && !MaxGroups::new(4).may_be_passed_by(5));
        assert!(MaxGroups::new(1_000_000).may_be_passed_by(u64::MAX) && !MaxGroups::new(1).may_be_passed_by(0));
    }

    #[test]
    fn numbers_of_groups() {
        assert_eq!("1".parse(), Ok(MaxGroups::new(1)));
        for wrong in ["0", "", "-1", "1.5", "many", "99999999999999999999"] {
            let error = wrong.parse::<MaxGroups>().unwrap_err().to_string();
            assert!(error.contains("is no number of groups"), "{error}");
        }
    }
}
