//! The stopwatches of a run: one for each worker, and one for each thread that helps a worker for a while.

use super::{Observer, lock};
use crate::{
    failure::Failure,
    stats::{Clock, Phase, Role, Spent, Stopwatch, Thread, anonymous_memory},
    tally::{Combiner, Tally},
};
use std::sync::Mutex;

static NONE: Stopwatch = Stopwatch::off();

/// The stopwatches of a run.
pub(super) struct Watches {
    clock: Clock,
    /// One for each thread of the pool, and only used by it.
    workers: Vec<Stopwatch>,
    /// What threads spent that are gone, together for each role.
    helpers: Mutex<Vec<Thread>>,
}

impl Watches {
    pub(super) fn new(clock: Clock, threads: usize) -> Watches {
        let workers = (0..threads).map(|_| Stopwatch::new(clock, Phase::Idle)).collect();
        Watches { clock, workers, helpers: Mutex::default() }
    }

    /// The stopwatch of the worker that this is called by; one that is off for any other thread.
    pub(super) fn here(&self) -> &Stopwatch {
        rayon::current_thread_index().and_then(|thread| self.workers.get(thread)).unwrap_or(&NONE)
    }

    /// Does the work of a thread that is no worker, which begins and ends with it, by a stopwatch of its own.
    pub(super) fn helper<T>(&self, role: Role, work: impl FnOnce(&Stopwatch) -> T) -> T {
        let watch = Stopwatch::new(self.clock, Phase::Other);
        let result = watch.task(Phase::Other, || work(&watch));
        if let Some(times) = watch.times() {
            let mut helpers = lock(&self.helpers);
            match helpers.iter_mut().find(|helper| helper.role == role) {
                Some(helper) => {
                    helper.number += 1;
                    helper.times += times;
                }
                None => helpers.push(Thread { role, number: 1, times }),
            }
        }
        result
    }

    /// What all have spent until now; nothing if they are off.
    pub(super) fn spent(&self) -> Option<Spent> {
        let workers = self
            .workers
            .iter()
            .zip(1..)
            .filter_map(|(watch, number)| Some(Thread { role: Role::Worker(number), number: 1, times: watch.times()? }));
        let threads = workers.chain(lock(&self.helpers).iter().copied()).collect();
        match self.clock {
            Clock::Off => None,
            Clock::On => Some(Spent { threads, anonymous: anonymous_memory() }),
        }
    }
}

/// Adds a worker's groups to the run's, by a stopwatch of the thread that does it.
pub(super) fn merge(tally: &Tally, combiner: &mut Combiner, watch: &Stopwatch) {
    match watch.clock() {
        Clock::Off => tally.add(combiner),
        Clock::On => watch.time(Phase::Merge, || tally.add_waiting(combiner, |add| watch.time(Phase::Lock, add))),
    }
}

/// Hears how many stored bytes have been worked through: those are what comes of reading, each of them once, whatever is looked at
/// again. The rest it leaves to another observer.
pub(super) struct Metered<'m> {
    pub(super) observer: &'m dyn Observer,
    pub(super) watches: &'m Watches,
}

impl Observer for Metered<'_> {
    fn planned(&self, files: u64, bytes: u64) {
        self.observer.planned(files, bytes);
    }

    fn started(&self) {
        self.observer.started();
    }

    fn counted(&self, bytes: u64) {
        self.watches.here().add(Phase::Read, bytes);
        self.observer.counted(bytes);
    }

    fn passed_over(&self, bytes: u64) {
        self.observer.passed_over(bytes);
    }

    fn finished(&self) {
        self.observer.finished();
    }

    fn failed(&self, failure: &Failure) {
        self.observer.failed(failure);
    }
}
