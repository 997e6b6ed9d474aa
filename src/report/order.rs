//! Which rows a report shows, and in which order.

use super::{Column, Figure, Row};
use crate::{
    classify::{KeyField, KeyPlan},
    parse::time::{Clock, Moment, Zone},
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
    fn compare(self, a: &Row, b: &Row, keys: &KeyPlan) -> Ordering {
        let by = |column: Column| column.of(&b.counts).cmp(&column.of(&a.counts));
        let by_figure = match self {
            Sort::By(column) => by(column),
            Sort::Name => Ordering::Equal,
            Sort::Time => by_time(&keys.decode(&a.key), &keys.decode(&b.key), keys).then_with(|| by(Column::Records)),
        };
        by_figure.then_with(|| match keys.fields() {
            [_] => a.key.cmp(&b.key),
            // Of several names each is preceded by its length, which must not decide.
            _ => keys.decode(&a.key).cmp(&keys.decode(&b.key)),
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

/// Puts the rows in order and takes those off that are not shown, which stay in no order.
pub(super) fn arrange(rows: &mut Vec<Row>, keys: &KeyPlan, sort: Sort, top: Option<Top>) -> Vec<Row> {
    let compare = |a: &Row, b: &Row| sort.compare(a, b, keys);
    let cut_off = match top.map(Top::number) {
        Some(number) if number < rows.len() => {
            // Of a million groups ten are found in one pass, without an order among the others.
            rows.select_nth_unstable_by(number, compare);
            rows.split_off(number)
        }
        _ => Vec::new(),
    };
    match (sort, keys.fields()) {
        (Sort::By(column), [_]) => sort_by_figure(rows, column),
        _ => rows.sort_unstable_by(compare),
    }
    cut_off
}

/// Sorts by a figure, largest first, then by the only name. What decides nearly always is put side by side first: of a million groups
/// hardly a name is looked at where it stands, each in a place of its own in memory.
fn sort_by_figure(rows: &mut Vec<Row>, column: Column) {
    let beginning = |key: &[u8]| {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        u128::from_be_bytes(bytes)
    };
    let decorated = |(at, row): (usize, &Row)| (Reverse(column.of(&row.counts)), beginning(&row.key), at);
    let mut order: Vec<(Reverse<Figure>, u128, usize)> = rows.iter().enumerate().map(decorated).collect();
    let key = |at: usize| rows.get(at).map(|row| &row.key);
    order.sort_unstable_by(|(figure, beginning, at), (other_figure, other_beginning, other)| {
        figure.cmp(other_figure).then_with(|| beginning.cmp(other_beginning)).then_with(|| key(*at).cmp(&key(*other)))
    });
    let mut unsorted: Vec<Option<Row>> = std::mem::take(rows).into_iter().map(Some).collect();
    rows.extend(order.into_iter().filter_map(|(_, _, at)| unsorted.get_mut(at)?.take()));
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
        let groups: Vec<_> = hours.map(|hour| (hour.as_bytes().to_vec(), 1)).into();
        let mut rows = rows_of(&groups);
        let keys = KeyPlan::new(&[KeyField::Time(crate::parse::time::Unit::Hour)]);
        arrange(&mut rows, &keys, Sort::Time, None);
        let in_order = [4, 3, 1, 2, 0].map(|at| groups[at].clone());
        assert_eq!(rows, rows_of(&in_order));
    }

    fn rows_of(groups: &[(Vec<u8>, u64)]) -> Vec<Row> {
        let row = |(key, lines): &(Vec<u8>, u64)| Row {
            key: key.as_slice().into(),
            counts: Counts { lines: *lines, ..Counts::default() },
        };
        groups.iter().map(row).collect()
    }

    proptest! {
        /// The first rows are those that a whole sort puts first, and no row is lost.
        #[test]
        fn the_top_is_the_top_of_all(groups in proptest::collection::btree_map("[ab]{0,4}|same beginning[ab]{0,4}\0{0,2}", 0u64..4, 0..40), number in 1usize..50, by_name: bool) {
            let groups: Vec<(Vec<u8>, u64)> = groups.into_iter().map(|(name, lines)| (name.into_bytes(), lines)).collect();
            let keys = KeyPlan::new(&[KeyField::Service]);
            let sort = if by_name { Sort::Name } else { Sort::By(Column::Lines) };
            // The map gave them in the order of their names, and this sort is stable.
            let mut expected = groups.clone();
            if !by_name {
                expected.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
            }
            let mut rows = rows_of(&groups);
            let cut_off = arrange(&mut rows, &keys, sort, Some(number.to_string().parse().unwrap()));
            prop_assert_eq!(rows.len() + cut_off.len(), groups.len());
            prop_assert_eq!(rows, rows_of(&expected[..number.min(expected.len())]));
        }
    }
}
