//! How many groups files may make. One file with more of them was misread, and is counted as one group; all together with more end the
//! run, as a report that large is of no use to anybody and may be larger than memory.

use super::{NoOutcome, fate::Over, run::Run};
use crate::{
    classify::{Classifier, KeyPlan, Scratch},
    failure::printable,
    tally::{Combiner, MaxGroups, Shards, TELLING, Tally},
};
use foldhash::fast::RandomState;
use std::{cmp::Reverse, collections::HashSet, fmt, hash::BuildHasher};

/// How many groups there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one file; of an archive, of each of its members.
    pub per_file: MaxGroups,
    /// Of all files.
    pub in_all: MaxGroups,
}

impl Default for Limits {
    /// A million: no tree of services has so many names, and a file that has is not read as it was meant. Ten million: a report of about a
    /// gigabyte, counted in about as much memory.
    fn default() -> Self {
        Limits { per_file: MaxGroups::new(1_000_000), in_all: MaxGroups::new(10_000_000) }
    }
}

/// Too many groups, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooManyGroups {
    most: MaxGroups,
    /// The key that has the most values, and one of them.
    key: &'static str,
    value: Vec<u8>,
}

/// So much is shown of a value, in letters: one that came of a misread file may be as long as a line.
const SHOWN: usize = 60;

impl fmt::Display for TooManyGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooManyGroups { most, key, value } = self;
        // What is cut off need not be escaped.
        let value = printable(value.get(..4 * SHOWN).unwrap_or(value));
        let shown: String = value.chars().take(SHOWN).collect();
        let more = if shown.len() < value.len() { "..." } else { "" };
        write!(
            f,
            "more than {most} groups: {key} has too many values, such as '{shown}{more}'; group by something else, count fewer files \
             (logtally detect FILE says how each is read), or allow more with --max-groups"
        )
    }
}

impl std::error::Error for TooManyGroups {}

/// Finds the key that makes the groups so many.
struct Suspects<'k> {
    keys: &'k KeyPlan,
    hasher: RandomState,
    /// For each key the hashes of its values, which are short where these may not be, and the value that was new last.
    values: Vec<(HashSet<u64, RandomState>, Vec<u8>)>,
}

impl<'k> Suspects<'k> {
    fn new(keys: &'k KeyPlan) -> Suspects<'k> {
        Suspects { keys, hasher: RandomState::default(), values: vec![Default::default(); keys.fields().len()] }
    }

    fn look_at(&mut self, key: &[u8]) {
        for (name, (known, newest)) in self.keys.names(key).zip(&mut self.values) {
            if known.insert(self.hasher.hash_one(name)) {
                newest.clear();
                newest.extend_from_slice(name);
            }
        }
    }

    fn worst(self, most: MaxGroups) -> TooManyGroups {
        let fields = self.keys.fields().iter().map(|field| field.name());
        // Of equals the first.
        let worst = fields.zip(self.values).enumerate().max_by_key(|(at, (_, (known, _)))| (known.len(), Reverse(*at)));
        let (key, value) = worst.map(|(_, (key, (_, newest)))| (key, newest)).unwrap_or_default();
        TooManyGroups { most, key, value }
    }
}

impl Run<'_> {
    /// Ends the run if all files together surely make too many groups.
    pub(super) fn watch_groups(&self) {
        let mut suspects = Suspects::new(&self.settings.plan.keys);
        if !self.is_over() && self.tally.surely_passes(self.settings.limits.in_all, &mut |key| suspects.look_at(key)) {
            self.end(NoOutcome::TooManyGroups(suspects.worst(self.settings.limits.in_all)));
        }
    }

    /// The same if what one worker has counted, and will not take back, surely does.
    pub(super) fn watch_groups_of(&self, combiner: &mut Combiner) {
        let most = self.settings.limits.in_all;
        if !self.is_over() && combiner.surely_passes(most) {
            let mut suspects = Suspects::new(&self.settings.plan.keys);
            combiner.newest(TELLING, &mut |key| suspects.look_at(key));
            self.end(NoOutcome::TooManyGroups(suspects.worst(most)));
        }
    }

    /// Whether a text of so many bytes is counted by itself, as it may make more groups than a file may.
    pub(super) const fn is_counted_apart(&self, len: u64) -> bool {
        self.settings.limits.per_file.may_be_passed_by(len)
    }

    /// Makes the groups of a file one, if there are more than it may have; says so if it was.
    pub(super) fn gather(
        &self,
        classifier: &Classifier<'_>,
        scratch: &mut Scratch,
        counted: &mut Combiner,
        is_over: bool,
    ) -> Option<Over> {
        let most = self.settings.limits.per_file;
        if !is_over && most.admits(counted.size()) {
            return None;
        }
        counted.fold();
        if !is_over && most.admits(counted.size()) {
            return None;
        }
        let key = classifier.file_key(scratch);
        counted.gather(key);
        Some(Over::new(most, &self.settings.plan.keys, key))
    }

    /// The same where all groups of the file are in these shards.
    pub(super) fn gather_shards(
        &self,
        classifier: &Classifier<'_>,
        scratch: &mut Scratch,
        counted: &Shards,
        is_over: bool,
    ) -> Option<Over> {
        let most = self.settings.limits.per_file;
        if !is_over && most.admits(counted.size()) {
            return None;
        }
        let key = classifier.file_key(scratch);
        let totals = counted.gather();
        counted.add(key, &totals);
        Some(Over::new(most, &self.settings.plan.keys, key))
    }
}

/// All files are counted to their end: whether they make too many groups.
pub(super) fn passed(tally: &mut Tally, keys: &KeyPlan, most: MaxGroups) -> Option<TooManyGroups> {
    let mut suspects = Suspects::new(keys);
    tally.passes(most, &mut |key| suspects.look_at(key)).then(|| suspects.worst(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::KeyField;

    fn told(fields: &[KeyField], groups: &[&[&[u8]]]) -> String {
        let keys = KeyPlan::new(fields);
        let mut suspects = Suspects::new(&keys);
        for names in groups {
            let mut names = names.iter();
            suspects.look_at(keys.encode(|_| names.next().unwrap(), &mut Vec::new()));
        }
        suspects.worst(MaxGroups::new(3)).to_string()
    }

    #[test]
    fn the_key_with_the_most_values_is_told_with_one_of_them() {
        let [service, level] = [KeyField::Service, KeyField::Level];
        let groups: [&[&[u8]]; 4] = [&[b"a", b"info"], &[b"b", b"info"], &[b"c", b"warn"], &[b"a", b"warn"]];
        let text = told(&[service, level], &groups);
        assert!(text.starts_with("more than 3 groups: service has too many values, such as 'c'; "), "{text}");
        let swapped = groups.map(|names| [names[1], names[0]]);
        let text = told(&[level, service], &swapped.each_ref().map(|names| &names[..]));
        assert!(text.contains(": service has too many values, such as 'c'; "), "{text}");
        assert!(told(&[level, service], &[&[b"info", b"a"]]).contains(": level has"), "of equals the first");
    }

    #[test]
    fn a_value_is_shown_so_that_it_harms_no_terminal() {
        let hostile = [&b"\x1b[2J\n\xff"[..], &[b'x'; 1 << 20]].concat();
        let text = told(&[KeyField::Service], &[&[&hostile]]);
        assert!(text.contains("such as '\\u{1b}[2J\\n\\xffxxx") && text.contains("xxx...'; "), "{text}");
        assert!(text.len() < 400 && !text.contains(char::is_control), "{text}");
    }
}
