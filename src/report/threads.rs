//! Work on a report that is worth more than one thread: a million rows.

use std::{
    sync::{Mutex, PoisonError},
    thread::{self, Builder},
};

/// From so many rows on it is worth while to start a thread: they take some milliseconds.
pub(super) const MANY: usize = 50_000;

/// How many of these threads so many rows are worth; at least one.
pub(super) fn worth(threads: usize, rows: usize) -> usize {
    if rows < MANY { 1 } else { threads.max(1) }
}

/// Does all of this, each by a thread of its own, and gives what comes of each, in order; what no thread can be had for is done here.
pub(super) fn side_by_side<T: Send, R: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
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
                if Builder::new().name("report".to_owned()).spawn_scoped(scope, || work(item)).is_err() {
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

/// A piece of work, and what became of it.
enum Item<T, R> {
    Open(T),
    Taken,
    Done(R),
}
