//! How fast the machine is just now: the same small works each time, by as many threads as the run beside them has.
//!
//! Who shares a machine with others finds it slower at one time than at another, for minutes and for every run. What slows these works down
//! as much as a run is not the run's fault. There are two, as there are two ways to be disturbed:
//!
//! - others are let run in a thread's place, or fetch from memory at the same time: seen in the time that passes over a work that fetches from
//!   memory;
//! - others use the other half of a core, or heat it until it slows down: seen in the CPU time of a work that stays in the caches, which
//!   no waiting is in.

use crate::stats::cpu_time;
use std::{thread, time::Instant};

/// How long the works took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Until the one that fetches from memory was done.
    pub seconds: f64,
    /// The CPU time, over all threads, of the one that stays in the caches.
    pub cpu: f64,
}

/// A thing to look through again and again, by all threads together.
struct Work {
    /// In bytes.
    buffer: usize,
    passes: usize,
}

/// More than a second-level cache holds; a quarter of a gigabyte in all.
const MEMORY: Work = Work { buffer: 8 << 20, passes: 32 };

/// Less than one holds; a third of a gigabyte in all, which takes as long.
const CACHES: Work = Work { buffer: 256 << 10, passes: 1200 };

/// Does both works, in a few hundredths of a second.
#[must_use]
pub fn pace(threads: usize) -> Pace {
    let began = Instant::now();
    MEMORY.be_done_by(threads);
    let seconds = began.elapsed().as_secs_f64();
    let before = cpu_time();
    CACHES.be_done_by(threads);
    Pace { seconds, cpu: cpu_time().saturating_sub(before).as_secs_f64() }
}

impl Work {
    /// Counts newlines.
    fn be_done_by(&self, threads: usize) {
        // Lines of a hundred bytes.
        let buffer = [&[b'x'; 99][..], b"\n"].concat().repeat(self.buffer / 100);
        let share = |thread: usize| (self.passes * (thread + 1) / threads.max(1)) - (self.passes * thread / threads.max(1));
        let lines: usize = thread::scope(|scope| {
            let counters: Vec<_> = (0..threads)
                .map(|thread| {
                    let buffer = &buffer;
                    let count = move || {
                        let lines = |_| memchr::memchr_iter(b'\n', std::hint::black_box(buffer)).count();
                        (0..share(thread)).map(lines).sum::<usize>()
                    };
                    thread::Builder::new().spawn_scoped(scope, count)
                })
                .collect();
            counters.into_iter().map(|counter| counter.map_or(0, |counter| counter.join().unwrap_or(0))).sum()
        });
        std::hint::black_box(lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_threads_takes_some_time() {
        for threads in [1, 3, 64] {
            let pace = pace(threads);
            assert!(pace.seconds > 0.0 && pace.cpu > 0.0, "{pace:?}");
        }
    }
}
