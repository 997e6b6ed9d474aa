//! Which rows a report shows, and in which order.

use super::{Column, Figure};
use crate::{
    classify::{KeyField, KeyPlan},
    parallel::{MANY, side_by_side, sort_by, worth},
    parse::time::{Clock, Moment, Zone},
    tally::{Groups, Slot},
};
use std::{
    cmp::Ordering,
    fmt,
    num::{IntErrorKind, NonZeroUsize},
    str::FromStr,
};

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Largest figure first, equals by their names in byte order.
    By(Column),
    /// By the names in byte order.
    Name,
    /// By the times among the names, earliest first and those without last; of the same time most records first, then by name.
    Time,
}

impl Default for Sort {
    fn default() -> Self {
        Sort::By(Column::Records)
    }
}

impl Sort {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Sort::By(column) => column.name(),
            Sort::Name => "name",
            Sort::Time => "time",
        }
    }

    /// Whether levels must be counted for it.
    #[must_use]
    pub const fn needs_levels(self) -> bool {
        matches!(self, Sort::By(column) if column.needs_levels())
    }

    /// Whether times must be kept for it.
    #[must_use]
    pub const fn needs_times(self) -> bool {
        matches!(self, Sort::By(column) if column.needs_times())
    }

    /// Which of two rows is shown first.
    fn compare(self, a: Slot, b: Slot, groups: &Groups, keys: &KeyPlan) -> Ordering {
        let (name, other) = (groups.key(a), groups.key(b));
        let by = |column: Column| column.of(&groups.counts(b)).cmp(&column.of(&groups.counts(a)));
        let by_figure = match self {
            Sort::By(column) => by(column),
            Sort::Name => Ordering::Equal,
            Sort::Time => by_time(&keys.decode(name), &keys.decode(other), keys).then_with(|| by(Column::Records)),
        };
        by_figure.then_with(|| match keys.fields() {
            [_] => name.cmp(other),
            // Of several names each is preceded by its length, which must not decide.
            _ => keys.decode(name).cmp(&keys.decode(other)),
        })
    }
}

/// Which of two rows is of an earlier time, by the times among their names.
fn by_time(a: &[&[u8]], b: &[&[u8]], keys: &KeyPlan) -> Ordering {
    let names = keys.fields().iter().zip(a.iter().zip(b));
    names.filter(|(field, _)| matches!(field, KeyField::Time(_))).fold(Ordering::Equal, |order, (_, (a, b))| {
        order.then_with(|| match (a.first(), b.first()) {
            (Some(b'0'..=b'9'), Some(b'0'..=b'9')) if a.get(OFFSET..) == b.get(OFFSET..) => a.cmp(b),
            // Where clocks were put back, what they showed is not in order.
            (Some(b'0'..=b'9'), Some(b'0'..=b'9')) => moment(a).cmp(&moment(b)),
            (a, b) => b.cmp(&a),
        })
    })
}

/// Where the offset begins in `2024-01-15T10:00:00+01:00`.
const OFFSET: usize = 19;

fn moment(name: &[u8]) -> Option<Moment> {
    Clock { assume: &Zone::default(), reference: Moment::from_nanos(0) }.moment(name)
}

/// An order that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSort(String);

impl fmt::Display for UnknownSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = Column::ALL.map(Column::name).join(", ");
        write!(f, "rows cannot be sorted by '{}'; choose among {columns}, {}, {}", self.0, Sort::Name.name(), Sort::Time.name())
    }
}

impl std::error::Error for UnknownSort {}

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let mut all = Column::ALL.into_iter().map(Sort::By).chain([Sort::Name, Sort::Time]);
        all.find(|sort| sort.name() == name).ok_or_else(|| UnknownSort(name.to_owned()))
    }
}

/// How many rows are shown: the first ones, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Top(NonZeroUsize);

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Top {
    /// The number of rows.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0.get()
    }
}

/// No number of rows to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTop(String);

impl fmt::Display for BadTop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no number of rows to show; write 1 or more", self.0)
    }
}

impl std::error::Error for BadTop {}

impl FromStr for Top {
    type Err = BadTop;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(number) => Ok(Top(number)),
            // More than could be counted is all of them.
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(Top(NonZeroUsize::MAX)),
            Err(_) => Err(BadTop(text.to_owned())),
        }
    }
}

/// The groups that are shown, in their order, and those that are not, in none.
pub(super) fn arrange(groups: &Groups, keys: &KeyPlan, sort: Sort, top: Option<Top>, threads: usize) -> (Vec<Slot>, Vec<Slot>) {
    let mut rows: Vec<Slot> = groups.slots().collect();
    let compare = |a: &Slot, b: &Slot| sort.compare(*a, *b, groups, keys);
    let cut_off = match top.map(Top::number) {
        Some(number) if number < rows.len() => {
            // Of a million groups ten are found in one pass, without an order among the others.
            rows.select_nth_unstable_by(number, compare);
            rows.split_off(number)
        }
        _ => Vec::new(),
    };
    match (sort, keys.fields()) {
        (Sort::By(column), [_]) if !column.needs_times() && rows.len() >= SOME => {
            sort_by_number(&mut rows, groups, column, threads)
        }
        _ => rows.sort_unstable_by(compare),
    }
    (rows, cut_off)
}

/// From so many rows on comparing them takes longer than to look over the runs that there may be.
const SOME: usize = 5_000;

/// Sorts by a number, largest first, then by the only name. Of a million groups most have small numbers, which they share with many
/// others: so rows are put into runs of the same number without comparing any, and each run is sorted by name.
fn sort_by_number(rows: &mut [Slot], groups: &Groups, column: Column, threads: usize) {
    let number = |row: Slot| match column.of(&groups.counts(row)) {
        Figure::Number(number) => number,
        _ => 0,
    };
    let threads = worth(threads, rows.len());
    // The largest numbers come first, and those that are too large for a run of their own are all in the first.
    let place = |row: &Slot| !u16::try_from(number(*row)).unwrap_or(u16::MAX);
    let places: Vec<Vec<u16>> =
        side_by_side(rows.chunks(rows.len().div_ceil(threads).max(1)), |rows| rows.iter().map(place).collect());
    let runs = put_into_runs(rows, &places.concat());

    // A run that is more than a thread's share is sorted by all of them together, which begins with work for one.
    let share = rows.len() / threads;
    let is_large = |len: usize| threads > 1 && len >= MANY && len > share;
    let all: usize = runs.iter().map(|(_, len)| *len).filter(|len| !is_large(*len)).sum();
    let mut shares: Vec<Vec<&mut [Slot]>> = (0..threads).map(|_| Vec::new()).collect();
    let (mut rest, mut shared) = (rows, 0);
    for (place, len) in runs {
        let Some(run) = rest.split_off_mut(..len) else { break };
        if place == 0 {
            run.sort_unstable_by(|a, b| number(*b).cmp(&number(*a)).then_with(|| groups.key(*a).cmp(groups.key(*b))));
        } else if is_large(len) {
            sort_by_name(run, groups, &mut Vec::new(), threads);
        } else if let Some(share) = shares.get_mut(shared * threads / all.max(1)) {
            share.push(run);
            shared += len;
        }
    }
    side_by_side(shares, |runs| {
        let mut named = Vec::new();
        runs.into_iter().for_each(|run| sort_by_name(run, groups, &mut named, 1));
    });
}

/// Brings rows that are in the same place together, the places in their order. Gives these, and how many rows are in each.
fn put_into_runs(rows: &mut [Slot], places: &[u16]) -> Vec<(usize, usize)> {
    let mut starts = vec![0; 1 << u16::BITS];
    places.iter().for_each(|place| starts[usize::from(*place)] += 1);
    let runs: Vec<(usize, usize)> = starts.iter().copied().enumerate().filter(|(_, len)| *len > 0).collect();
    let mut start = 0;
    for (place, len) in &runs {
        starts[*place] = start;
        start += len;
    }
    let before = rows.to_vec();
    for (row, place) in before.iter().zip(places) {
        let next = &mut starts[usize::from(*place)];
        rows[*next] = *row;
        *next += 1;
    }
    runs
}

/// A row, with what decides nearly always between two names: of a million hardly one is looked at where it stands, each in a place of
/// its own in memory.
#[derive(Clone, Copy, Default)]
struct Named {
    /// The first 24 bytes of the name, as numbers that compare as those do.
    beginning: [u64; 3],
    row: Slot,
}

impl Named {
    fn of(row: Slot, groups: &Groups) -> Named {
        let name = groups.key(row);
        let (words, rest) = name.as_chunks::<8>();
        // The last word is read whole where there is one before it to begin in.
        let last = match name.last_chunk::<8>() {
            Some(last) => u64::from_be_bytes(*last),
            None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        let last = if rest.is_empty() { 0 } else { last << (8 * (8 - rest.len())) };
        let word = |at: usize| match words.get(at) {
            Some(word) => u64::from_be_bytes(*word),
            None if at == words.len() => last,
            None => 0,
        };
        Named { beginning: [word(0), word(1), word(2)], row }
    }

    /// Two numbers, as they are compared with fewer jumps that a processor has to guess than three.
    fn key(&self) -> (u128, u64) {
        let [a, b, c] = self.beginning;
        (u128::from(a) << 64 | u128::from(b), c)
    }
}

/// Sorts by the only name, by so many threads. `named` is room to do it in.
fn sort_by_name(rows: &mut [Slot], groups: &Groups, named: &mut Vec<Named>, threads: usize) {
    named.clear();
    named.resize(rows.len(), Named::default());
    let each = rows.len().div_ceil(threads).max(1);
    side_by_side(rows.chunks(each).zip(named.chunks_mut(each)), |(rows, named)| {
        groups.at_hand(rows).zip(named).for_each(|(row, named)| *named = Named::of(row, groups));
    });
    sort_by(named, threads, &|a, b| a.key().cmp(&b.key()).then_with(|| groups.key(a.row).cmp(groups.key(b.row))));
    rows.iter_mut().zip(named).for_each(|(row, named)| *row = named.row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classify::KeyField, tally::Counts};
    use proptest::prelude::*;

    #[test]
    fn what_can_be_sorted_by() {
        assert_eq!("bytes".parse(), Ok(Sort::By(Column::Bytes)));
        assert_eq!("name".parse(), Ok(Sort::Name));
        assert_eq!(Sort::default(), Sort::By(Column::Records));
        assert_eq!(
            "size".parse::<Sort>().unwrap_err().to_string(),
            "rows cannot be sorted by 'size'; choose among records, lines, bytes, errors, warnings, first, last, name, time"
        );
        assert!(Sort::By(Column::Errors).needs_levels() && !Sort::Name.needs_levels() && !Sort::default().needs_levels());
    }

    #[test]
    fn how_many_rows() {
        assert_eq!("7".parse::<Top>().map(Top::number), Ok(7));
        assert_eq!("99999999999999999999999".parse::<Top>().map(Top::number), Ok(usize::MAX));
        for text in ["0", "", "-1", "ten", "1.5"] {
            let error = text.parse::<Top>().unwrap_err();
            assert_eq!(error.to_string(), format!("'{text}' is no number of rows to show; write 1 or more"));
        }
    }

    #[test]
    fn times_are_in_order_where_clocks_are_put_back() {
        let hours = [
            "-",
            "2024-10-27T02:00:00+01:00",
            "2024-10-27T03:00:00+01:00",
            "2024-10-27T02:00:00+02:00",
            "2024-10-27T01:00:00+02:00",
        ];
        let groups = groups_of(hours.map(|hour| (hour.as_bytes().to_vec(), 1)));
        let keys = KeyPlan::new(&[KeyField::Time(crate::parse::time::Unit::Hour)]);
        let (rows, _) = arrange(&groups, &keys, Sort::Time, None, 1);
        assert_eq!(names(&groups, &rows), [4, 3, 1, 2, 0].map(|at| hours[at].as_bytes()));
    }

    fn groups_of(groups: impl IntoIterator<Item = (Vec<u8>, u64)>) -> Groups {
        groups.into_iter().map(|(key, lines)| (key, Counts { lines, ..Counts::default() })).collect()
    }

    fn names<'g>(groups: &'g Groups, rows: &[Slot]) -> Vec<&'g [u8]> {
        rows.iter().map(|row| groups.key(*row)).collect()
    }

    /// Many rows of few numbers, some of them too large for a run, and a run that is worth several threads; with names that begin alike.
    #[test]
    fn many_rows_are_sorted_by_any_number_of_threads() {
        let numbers = [1, 1, 1, 1, 2, 3, 65_534, 65_535, 65_536, u64::MAX / 2, u64::MAX / 2 + 1];
        let mut shuffled: Vec<(Vec<u8>, u64)> = (0..150_000u64)
            .map(|number| {
                let name = [
                    ["", "a", "the-same-long-beginning-of-more-than-all"][number as usize % 3],
                    &(number * 7919 % 150_000).to_string(),
                ];
                (name.concat().into_bytes(), numbers[number as usize % numbers.len()])
            })
            .collect();
        let groups = groups_of(shuffled.clone());
        // Stable, so that names decide between equal numbers.
        shuffled.sort();
        shuffled.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        let expected: Vec<&[u8]> = shuffled.iter().map(|(name, _)| name.as_slice()).collect();
        let keys = KeyPlan::new(&[KeyField::Service]);
        for threads in [1, 2, 3, 8, 1000] {
            let (rows, _) = arrange(&groups, &keys, Sort::By(Column::Lines), None, threads);
            assert!(names(&groups, &rows) == expected, "{threads} threads");
        }
    }

    fn name() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(vec![0, b'a', u8::MAX]), 0..30)
    }

    proptest! {
        /// Names of few bytes, of all lengths around those of the words that they are read in, which begin alike.
        #[test]
        fn beginnings_are_in_the_order_of_names(a in name(), b in name(), shared in 0usize..30) {
            let b = [a.get(..shared).unwrap_or(&a), &b].concat();
            let groups = groups_of([(a.clone(), 1), (b.clone(), 1)]);
            let beginning = |name: &[u8]| groups.slots().find(|row| groups.key(*row) == name).map(|row| Named::of(row, &groups).key());
            let order = beginning(&a).cmp(&beginning(&b));
            let is_told_by_it = |name: &[u8]| name.len() <= 24 && !name.ends_with(b"\0");
            prop_assert!(order == a.cmp(&b) || order == Ordering::Equal && !(is_told_by_it(&a) && is_told_by_it(&b)));
        }

        /// The first rows are those that a whole sort puts first, and no row is lost.
        #[test]
        fn the_top_is_the_top_of_all(groups in proptest::collection::btree_map("[ab]{0,4}|the same long beginning[ab]{0,4}\0{0,2}", 0u64..4, 0..40), number in 1usize..50, by_name: bool) {
            let groups: Vec<(Vec<u8>, u64)> = groups.into_iter().map(|(name, lines)| (name.into_bytes(), lines)).collect();
            let keys = KeyPlan::new(&[KeyField::Service]);
            let sort = if by_name { Sort::Name } else { Sort::By(Column::Lines) };
            // The map gave them in the order of their names, and this sort is stable.
            let mut expected = groups.clone();
            if !by_name {
                expected.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
            }
            let tallied = groups_of(groups.clone());
            let (rows, cut_off) = arrange(&tallied, &keys, sort, Some(number.to_string().parse().unwrap()), 1);
            prop_assert_eq!(rows.len() + cut_off.len(), groups.len());
            let first: Vec<&[u8]> = expected.iter().take(number).map(|(name, _)| name.as_slice()).collect();
            prop_assert_eq!(names(&tallied, &rows), first);
        }
    }
}
