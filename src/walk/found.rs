//! What a walk found, settled in the end: every file once, and of those that were moved or removed meanwhile, what became of them.

use super::{Identity, LogFile, start::Reached};
use crate::{
    failure::{Cause, Failure},
    parallel::sort_by,
};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    time::SystemTime,
};

/// A file, and all that decides whether another path to it has precedence.
pub(super) struct Found {
    pub(super) file: LogFile,
    pub(super) names: Names,
    pub(super) reached: Reached,
    /// The number that had its name when that was listed, if it has another.
    pub(super) instead_of: Option<u64>,
}

/// A file that was listed, and is not in its folder any more.
pub(super) struct Gone {
    pub(super) path: PathBuf,
    /// Its file system's, if that is known, and its own.
    pub(super) numbers: (Option<u64>, u64),
}

/// How many names a file has on its file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    One,
    Several,
}

/// How many ways there were to a name: several roots, or links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    One,
    Several,
}

impl Found {
    pub(super) fn is_by_link(&self) -> bool {
        self.reached == Reached::ByLink
    }
}

/// Every file once, in the byte order of paths, and those that have vanished. `found` is in the order in which files were met; what was made
/// since `oldest` may have the number of one that was removed.
pub(super) fn settle(
    mut found: Vec<Found>,
    mut gone: Vec<Gone>,
    ways: Ways,
    oldest: SystemTime,
    threads: usize,
) -> (Vec<LogFile>, Vec<Failure>) {
    gone.extend(displaced(&found, ways, oldest));
    let vanished = without_moved(gone, &found, oldest);
    if ways == Ways::One {
        forget_old_names(&mut found);
    }
    sort_by(&mut found, threads, &|a, b| a.reached.cmp(&b.reached).then_with(|| a.file.path_bytes().cmp(b.file.path_bytes())));
    forget_other_names(&mut found, ways);
    let mut files: Vec<LogFile> = found.into_iter().map(|found| found.file).collect();
    if ways == Ways::Several {
        // Two runs in order already: those without and those with a link.
        files.sort_by(|a, b| a.path_bytes().cmp(b.path_bytes()));
    }
    (files, vanished)
}

/// Of a file that was met by several names, the first stays. It can only be met twice if there are several ways to its name, or if it has
/// several; and one of these may be gone by the time that it is met by another.
fn forget_other_names(found: &mut Vec<Found>, ways: Ways) {
    let linked = found.iter().filter(|found| found.names == Names::Several).map(|found| found.file.identity);
    let linked: HashSet<Identity, RandomState> = linked.collect();
    if ways == Ways::Several || !linked.is_empty() {
        let may_be_twice = |found: &Found| ways == Ways::Several || linked.contains(&found.file.identity);
        let mut seen: HashSet<Identity, RandomState> = HashSet::default();
        found.retain(|found| !may_be_twice(found) || seen.insert(found.file.identity));
    }
}

/// Of a file that has but one name, to which there is but one way, and that was met by two, it is the later that it has: it was moved on
/// while its tree was walked.
fn forget_old_names(found: &mut Vec<Found>) {
    let of_one_name = found.iter().filter(|found| found.names == Names::One);
    if !any_twice(of_one_name.map(|found| found.file.identity.inode()), found.len()) {
        return;
    }
    let mut seen: HashSet<Identity, RandomState> = HashSet::default();
    found.reverse();
    found.retain(|found| found.names == Names::Several || seen.insert(found.file.identity));
}

/// Whether a number is there twice. There may be millions of numbers, and hardly ever one twice; but many are one behind the other, as a file
/// system gives them. So each has a bit by what it ends with, eight for each number, and only those whose bit is set already are looked at.
fn any_twice(numbers: impl Iterator<Item = u64> + Clone, count: usize) -> bool {
    let bits = (count as u64 * 8).next_power_of_two().max(64);
    let place = |number: u64| number & (bits - 1);
    let mut taken = vec![0u64; (bits / 64) as usize];
    let mut contested: HashSet<u64, RandomState> = HashSet::default();
    for place in numbers.clone().map(place) {
        if let Some(word) = taken.get_mut((place / 64) as usize) {
            let bit = 1 << (place % 64);
            if *word & bit != 0 {
                contested.insert(place);
            }
            *word |= bit;
        }
    }
    let mut seen: HashSet<u64, RandomState> = HashSet::default();
    !contested.is_empty() && numbers.filter(|number| contested.contains(&place(*number))).any(|number| !seen.insert(number))
}

/// The files that had the names of others when these were listed, and are not in their folders any more. What was made since the walk began
/// is surely another; what is older may be the same, where listings give other numbers than files have. There each is met once, so one that is
/// met twice has moved.
fn displaced(found: &[Found], ways: Ways, oldest: SystemTime) -> Vec<Gone> {
    let others: Vec<(&Found, u64)> = found.iter().filter_map(|found| Some((found, found.instead_of?))).collect();
    let mut met: HashMap<Identity, usize, RandomState> = HashMap::default();
    if ways == Ways::One && !others.is_empty() {
        let of_one_name = found.iter().filter(|found| found.names == Names::One);
        of_one_name.for_each(|found| *met.entry(found.file.identity).or_default() += 1);
    }
    let is_another = |identity: Identity| identity.is_newer(oldest) || met.get(&identity).is_some_and(|times| *times > 1);
    let others = others.into_iter().filter(|(found, _)| is_another(found.file.identity));
    others
        .map(|(Found { file, .. }, number)| Gone { path: file.path.clone(), numbers: (Some(file.identity.device()), number) })
        .collect()
}

/// Of files that are gone from their folders those that were not found in others, into which they were moved before these were listed.
fn without_moved(gone: Vec<Gone>, found: &[Found], oldest: SystemTime) -> Vec<Failure> {
    let mut elsewhere: HashSet<(Option<u64>, u64), RandomState> = HashSet::default();
    if !gone.is_empty() {
        let old = found.iter().map(|found| found.file.identity).filter(|identity| identity.is_older(oldest));
        elsewhere.extend(old.map(|identity| (Some(identity.device()), identity.inode())));
    }
    let vanished = gone.into_iter().filter(|gone| !elsewhere.contains(&gone.numbers));
    vanished.map(|Gone { path, .. }| Failure { path, cause: Cause::Vanished }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_number_that_is_there_twice_is_found_among_those_that_end_alike() {
        let runs = |first: u64, step: u64| (0..1000).map(move |nth| first.wrapping_add(nth * step));
        // Behind each other, the same ends in three file systems, all with the same end, and the last numbers that there are.
        let tables = [vec![(7, 1)], vec![(0, 1), (1 << 40, 1), (1 << 50, 1)], vec![(3, 1 << 32)], vec![(u64::MAX - 999, 1)]];
        for table in tables {
            let numbers: Vec<u64> = table.iter().flat_map(|(first, step)| runs(*first, *step)).collect();
            let any = |numbers: &[u64]| any_twice(numbers.iter().copied(), numbers.len());
            assert!(!any(&numbers), "{table:?}");
            for again in [0, 1, 500, 999] {
                assert!(any(&[&numbers[..], &numbers[again..=again]].concat()), "{table:?}, {again}");
                assert!(any(&[&numbers[again..=again], &numbers[..]].concat()), "{table:?}, {again}");
            }
        }
        assert!(!any_twice(std::iter::empty(), 0) && !any_twice([5].into_iter(), 1) && any_twice([5, 5].into_iter(), 2));
    }

    #[test]
    fn of_a_file_that_was_moved_while_its_tree_was_walked_the_later_name_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            fs::write(folder.path().join(name), name).unwrap();
            Identity::of(&fs::metadata(folder.path().join(name)).unwrap())
        };
        let (one, two) = (file("one"), file("two"));
        let found = |name: &str, identity, names| Found {
            file: LogFile { path: name.into(), len: 0, identity },
            names,
            reached: Reached::Directly,
            instead_of: None,
        };
        let mut met = vec![
            found("a/one.log", one, Names::One),
            found("a/two.log", two, Names::Several),
            found("b/one.log", one, Names::One),
            found("b/two.log", two, Names::Several),
        ];
        forget_old_names(&mut met);
        let mut names: Vec<_> = met.iter().map(|found| found.file.path.to_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a/two.log", "b/one.log", "b/two.log"]);
    }
}
