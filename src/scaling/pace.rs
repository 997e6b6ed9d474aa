//! How fast the machine is just now: the same small work each time, by as many threads as the run beside it has.
//!
//! Who shares a machine with others finds it slower at one time than at another, for minutes and for every run. What slows this work down as
//! much as a run is not the run's fault.

use std::{thread, time::Instant};

/// What a thread looks through, in bytes: more than a second-level cache holds.
const BUFFER: usize = 8 << 20;

/// How often all threads together do.
const PASSES: usize = 32;

/// Counts the newlines of a quarter of a gigabyte, and says how long that took, in seconds.
#[must_use]
pub fn pace(threads: usize) -> f64 {
    // Lines of a hundred bytes.
    let buffer = [&[b'x'; 99][..], b"\n"].concat().repeat(BUFFER / 100);
    let share = |thread: usize| (PASSES * (thread + 1) / threads.max(1)) - (PASSES * thread / threads.max(1));
    let began = Instant::now();
    let lines: usize = thread::scope(|scope| {
        let counters: Vec<_> = (0..threads)
            .map(|thread| {
                let buffer = &buffer;
                let count = move || {
                    (0..share(thread)).map(|_| memchr::memchr_iter(b'\n', std::hint::black_box(buffer)).count()).sum::<usize>()
                };
                thread::Builder::new().spawn_scoped(scope, count)
            })
            .collect();
        counters.into_iter().map(|counter| counter.map_or(0, |counter| counter.join().unwrap_or(0))).sum()
    });
    std::hint::black_box(lines);
    began.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_threads_takes_some_time() {
        for threads in [1, 3, 64] {
            assert!(pace(threads) > 0.0);
        }
    }
}
