//! Which rows a report shows, and in which order.

use super::{Column, Figure, threads::side_by_side};
use crate::{
    classify::{KeyField, KeyPlan},
    parse::time::{Clock, Moment, Zone},
    tally::{Groups, Slot},
};
use std::{
    cmp::{Ordering, Reverse},
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
        (Sort::By(column), [_]) if !column.needs_times() => sort_by_number(&mut rows, groups, column, threads),
        _ => rows.sort_unstable_by(compare),
    }
    (rows, cut_off)
}

/// What decides nearly always between two rows: of a million groups hardly one is looked at where it stands, each in a place of its
/// own in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    number: Reverse<u64>,
    /// How the name begins, as numbers that compare as its bytes do.
    beginning: [u64; 3],
}

impl Rank {
    fn of(number: u64, name: &[u8]) -> Rank {
        let mut bytes = [0; 24];
        bytes.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        let (words, _) = bytes.as_chunks::<8>();
        let mut beginning = [0; 3];
        beginning.iter_mut().zip(words).for_each(|(to, from)| *to = u64::from_be_bytes(*from));
        Rank { number: Reverse(number), beginning }
    }
}

/// Sorts by a number, largest first, then by the only name.
fn sort_by_number(rows: &mut [Slot], groups: &Groups, column: Column, threads: usize) {
    let ranked = |row: &Slot| {
        let Figure::Number(number) = column.of(&groups.counts(*row)) else { return (Rank::of(0, b""), *row) };
        (Rank::of(number, groups.key(*row)), *row)
    };
    let mut order: Vec<(Rank, Slot)> = rows.iter().map(ranked).collect();
    sort_by(&mut order, threads, &|(rank, a), (other, b)| rank.cmp(other).then_with(|| groups.key(*a).cmp(groups.key(*b))));
    rows.iter_mut().zip(order).for_each(|(row, (_, in_order))| *row = in_order);
}

/// From so many on it is worth while to start a thread: they take some milliseconds.
const MANY: usize = 50_000;

/// Sorts by so many threads.
fn sort_by<T: Send>(items: &mut [T], threads: usize, compare: &(impl Fn(&T, &T) -> Ordering + Sync)) {
    let (here, there) = (threads.div_ceil(2), threads / 2);
    let mid = items.len() / threads.max(1) * here;
    if items.len() < MANY || there == 0 || mid >= items.len() {
        items.sort_unstable_by(compare);
        return;
    }
    items.select_nth_unstable_by(mid, compare);
    let (first, last) = items.split_at_mut(mid);
    side_by_side([(first, here), (last, there)], |(part, threads)| sort_by(part, threads, compare));
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

    #[test]
    fn many_items_are_sorted_by_any_number_of_threads() {
        let shuffled: Vec<u64> = (0..3 * MANY as u64).map(|number| number * 7919 % 1_000_003).collect();
        let mut expected = shuffled.clone();
        expected.sort_unstable();
        for threads in [1, 2, 3, 8, 1000] {
            let mut items = shuffled.clone();
            sort_by(&mut items, threads, &u64::cmp);
            assert!(items == expected, "{threads} threads");
        }
    }

    proptest! {
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
