//! Memory in which files are decoded whole, lent to one worker after the other.
//!
//! There is some for as many workers as there are CPUs: for more of them each would have room for smaller files only, and what does not fit
//! is decoded as a stream, which takes once and a half the time. Who has none waits: as many others as there are CPUs are at work.

use super::lock;
use crate::{decode::WholeGzip, system::limit_of_addresses};
use std::sync::{Condvar, Mutex, PoisonError};

/// So much text has room in the memory of one worker, in bytes, and a quarter of it in stored bytes: with two a run takes no more than
/// 64 MiB beside its groups.
const EACH: usize = 18 << 20;

/// So much has room in those of all; with more than sixteen each has less.
const TOGETHER: usize = 16 * EACH;

/// What is kept to decode files that fit into memory, from one to the next.
#[derive(Default)]
pub(super) struct WholeMemory {
    pub(super) gzip: WholeGzip,
    pub(super) stored: Vec<u8>,
    pub(super) text: Vec<u8>,
}

/// Memory for several workers at a time.
pub(super) struct Lender {
    /// So much text has room in each, in bytes.
    most: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

/// What is not lent.
struct Shelf {
    used: Vec<WholeMemory>,
    /// How many there may be yet that nobody has had.
    unused: usize,
}

/// Memory that goes back when this is dropped, whatever has become of its work.
pub(super) struct Lent<'l> {
    /// Always there until then.
    memory: Option<WholeMemory>,
    lender: &'l Lender,
}

impl Lender {
    /// For so many workers at a time: those that have a CPU each.
    pub(super) fn of(number: usize) -> Lender {
        let number = number.max(1);
        // What cannot be had of addresses would end the run, so where they are limited the room of two has to do.
        let together = limit_of_addresses().map_or(TOGETHER, |_| 2 * EACH);
        Lender::new(number, room_of_each(number, together))
    }

    fn new(number: usize, most: usize) -> Lender {
        Lender { most, shelf: Mutex::new(Shelf { used: Vec::new(), unused: number }), returned: Condvar::new() }
    }

    /// So many bytes of text have room, and a quarter of it of what is stored.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Lends one. If all are lent, does something in the meantime, and waits.
    pub(super) fn lend(&self, meanwhile: impl FnOnce()) -> Lent<'_> {
        let mut shelf = lock(&self.shelf);
        if shelf.is_empty() {
            drop(shelf);
            meanwhile();
            shelf = lock(&self.shelf);
        }
        let mut shelf = self.returned.wait_while(shelf, |shelf| shelf.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let memory = shelf.used.pop().unwrap_or_else(|| {
            shelf.unused = shelf.unused.saturating_sub(1);
            WholeMemory::default()
        });
        drop(shelf);
        Lent { memory: Some(memory), lender: self }
    }
}

/// How much of what all have together each of so many has. One alone has the room of two.
fn room_of_each(number: usize, together: usize) -> usize {
    (together / number).min(EACH.max(2 * EACH / number))
}

impl Shelf {
    const fn is_empty(&self) -> bool {
        self.used.is_empty() && self.unused == 0
    }
}

impl Lent<'_> {
    /// The memory, grown to all that it may have.
    pub(super) fn memory(&mut self) -> &mut WholeMemory {
        let memory = self.memory.get_or_insert_default();
        // All at once, and the system gives a page when it is first used: grown from file to file, the heap would keep the smaller ones.
        if memory.text.len() < self.lender.most {
            memory.text = vec![0; self.lender.most];
            memory.stored = vec![0; self.lender.most / 4];
        }
        memory
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        lock(&self.lender.shelf).used.extend(self.memory.take());
        self.lender.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc::channel,
        },
        thread,
    };

    #[test]
    fn no_more_are_lent_than_there_are_and_everybody_has_one_in_the_end() {
        let (lender, lent, served) = (Lender::new(2, 4096), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let mut mine = lender.lend(|| ());
                        assert!(lent.fetch_add(1, Ordering::SeqCst) < 2);
                        assert_eq!((mine.memory().text.len(), mine.memory().stored.len()), (4096, 1024));
                        thread::yield_now();
                        lent.fetch_sub(1, Ordering::SeqCst);
                        served.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(served.into_inner(), 800);
    }

    #[test]
    fn who_has_to_wait_does_something_meanwhile() {
        let lender = Lender::new(1, 4096);
        let first = lender.lend(|| panic!("there is no need to wait"));
        let (waits, waited) = channel();
        thread::scope(|scope| {
            scope.spawn(|| drop(lender.lend(move || waits.send(()).unwrap())));
            waited.recv().unwrap();
            drop(first);
        });
        drop(lender.lend(|| panic!("both have come back")));
    }

    #[test]
    fn what_a_panic_leaves_is_lent_again() {
        let lender = Lender::new(1, 4096);
        let work = || {
            let _lent = lender.lend(|| ());
            panic!("this is part of the test");
        };
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        drop(lender.lend(|| panic!("it has come back")));
    }

    #[test]
    fn memory_is_bounded_however_many_there_are() {
        const MIB: usize = 1 << 20;
        for (number, room, where_limited) in [(1, 36, 36), (2, 18, 18), (3, 18, 12), (16, 18, 2), (32, 9, 1)] {
            assert_eq!(room_of_each(number, TOGETHER) / MIB, room, "{number}");
            assert_eq!(room_of_each(number, 2 * EACH) / MIB, where_limited, "{number} where addresses are limited");
        }
        for number in [1, 2, 3, 4096] {
            let Lender { most, shelf, .. } = Lender::of(number);
            assert_eq!(shelf.into_inner().unwrap().unused, number);
            assert!(number * most <= TOGETHER, "{number} of {most} bytes");
        }
    }
}
