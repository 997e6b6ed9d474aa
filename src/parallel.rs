//! Work on many things that is worth more than one thread: a million rows of a report, or files of a walk.

use std::{
    cmp::Ordering,
    sync::{Mutex, PoisonError},
    thread::{self, Builder},
};

/// From so many things on it is worth while to start a thread: they take some milliseconds.
pub const MANY: usize = 50_000;

/// How many of these threads so many things are worth; at least one.
#[must_use]
pub const fn worth(threads: usize, things: usize) -> usize {
    if things < MANY || threads == 0 { 1 } else { threads }
}

/// Does all of this, each by a thread of its own, and gives what comes of each, in order; what no thread can be had for is done here.
pub fn side_by_side<T: Send, R: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let items: Vec<Mutex<Item<T, R>>> = items.into_iter().map(|item| Mutex::new(Item::Open(item))).collect();
    let work = |item: &Mutex<Item<T, R>>| {
        let mut item = item.lock().unwrap_or_else(PoisonError::into_inner);
        if let Item::Open(open) = std::mem::replace(&mut *item, Item::Taken) {
            *item = Item::Done(work(open));
        }
    };
    if let Some((here, elsewhere)) = items.split_first() {
        thread::scope(|scope| {
            for item in elsewhere {
                if Builder::new().spawn_scoped(scope, || work(item)).is_err() {
                    work(item);
                }
            }
            work(here);
        });
    }
    let results = items.into_iter().map(|item| match item.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Item::Done(result) => Some(result),
        // All are done when the threads have ended.
        Item::Open(_) | Item::Taken => None,
    });
    results.flatten().collect()
}

/// Sorts by so many threads, if it is worth them. What is equal is in any order.
pub fn sort_by<T: Send>(items: &mut [T], threads: usize, compare: &(impl Fn(&T, &T) -> Ordering + Sync)) {
    if items.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        return;
    }
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

/// A piece of work, and what became of it.
enum Item<T, R> {
    Open(T),
    Taken,
    Done(R),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_threads_sorts_as_one_does() {
        // An odd factor brings them out of order, and the division makes several of each equal.
        let shuffled: Vec<u32> = (0..3 * MANY as u32).map(|number| number.wrapping_mul(2_654_435_761) / 40_000).collect();
        let mut expected = shuffled.clone();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        for threads in [0, 1, 2, 3, 8, 1000] {
            let mut items = shuffled.clone();
            sort_by(&mut items, threads, &|a, b| b.cmp(a));
            assert!(items == expected, "{threads} threads");
        }
        let mut few = [3, 1, 2];
        sort_by(&mut few, 8, &u8::cmp);
        assert_eq!(few, [1, 2, 3]);
    }

    #[test]
    fn what_is_done_side_by_side_stays_in_order() {
        let lens = side_by_side(["a", "", "four", "ab"], str::len);
        assert_eq!(lens, [1, 0, 4, 2]);
        assert!(side_by_side(Vec::<&str>::new(), str::len).is_empty());
        assert_eq!((worth(8, MANY - 1), worth(8, MANY), worth(0, MANY)), (1, 8, 1));
    }
}
