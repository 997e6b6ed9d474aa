//! Work on a report that is worth more than one thread: a million rows.

use std::{
    sync::{Mutex, PoisonError},
    thread::{self, Builder},
};

/// Does all of this, each by a thread of its own; what no thread can be had for is done here.
pub(super) fn side_by_side<T: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let work = |item: &Mutex<Option<T>>| {
        let taken = item.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.into_iter().for_each(&work);
    };
    let Some((here, elsewhere)) = items.split_first() else { return };
    thread::scope(|scope| {
        for item in elsewhere {
            if Builder::new().name("report".to_owned()).spawn_scoped(scope, || work(item)).is_err() {
                work(item);
            }
        }
        work(here);
    });
}
