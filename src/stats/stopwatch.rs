//! Measuring what one thread spends its time on.

use super::{Phase, Times, thread_cpu_time};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Whether time is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// No clock is read.
    #[default]
    Off,
    /// It is.
    On,
}

/// Measures what a thread spends its time on, if that is wanted.
///
/// It belongs to one thread: another may look at it, but where two are in phases of one stopwatch, both are measured wrongly.
#[derive(Debug)]
pub struct Stopwatch(Option<Dial>);

/// The phase that goes on, and what was spent on all before it.
///
/// The atomics are there for it to be shared, and not to be fought for: nobody but the thread that is measured writes to them, which is why
/// loading and storing is enough. The place of its own keeps a thread's from being in one cache line with its neighbour's.
#[derive(Debug)]
#[repr(align(128))]
struct Dial {
    origin: Instant,
    /// A number of `Phase`.
    phase: AtomicU8,
    /// When it began, in nanoseconds since the origin: enough for 584 years.
    since: AtomicU64,
    /// In nanoseconds.
    spent: [AtomicU64; Phase::NUMBER],
    bytes: [AtomicU64; Phase::NUMBER],
    /// CPU time, in nanoseconds.
    cpu: AtomicU64,
}

impl Stopwatch {
    /// One that measures nothing.
    #[must_use]
    pub const fn off() -> Stopwatch {
        Stopwatch(None)
    }

    /// One of a thread that is in this phase from now on.
    #[must_use]
    pub fn new(clock: Clock, phase: Phase) -> Stopwatch {
        Stopwatch(match clock {
            Clock::Off => None,
            Clock::On => Some(Dial {
                origin: Instant::now(),
                phase: AtomicU8::new(phase as u8),
                since: AtomicU64::new(0),
                spent: std::array::from_fn(|_| AtomicU64::new(0)),
                bytes: std::array::from_fn(|_| AtomicU64::new(0)),
                cpu: AtomicU64::new(0),
            }),
        })
    }

    /// Whether it measures.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        match self.0 {
            None => Clock::Off,
            Some(_) => Clock::On,
        }
    }

    /// Does something that is in this phase; but what it does in phases of its own is theirs.
    #[inline]
    pub fn time<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let _stay = self.enter(phase);
        work()
    }

    /// Does all that the thread does for now, and measures its CPU time too, which only the system knows: asking it takes longer than reading
    /// a clock.
    pub fn task<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let Some(dial) = &self.0 else { return work() };
        let before = thread_cpu_time();
        let result = self.time(phase, work);
        grow(&dial.cpu, thread_cpu_time().saturating_sub(before).as_nanos() as u64);
        result
    }

    /// Is in this phase until what it gives is dropped, also by a panic.
    #[inline]
    pub fn enter(&self, phase: Phase) -> Stay<'_> {
        Stay(self.0.as_ref().map(|dial| (dial, dial.turn(phase as u8))))
    }

    /// So many more bytes came of a phase.
    #[inline]
    pub fn add(&self, phase: Phase, bytes: u64) {
        if let Some(sum) = self.0.as_ref().and_then(|dial| dial.bytes.get(phase as usize)) {
            grow(sum, bytes);
        }
    }

    /// A lock, and the time until another thread has let it go. A panic in there does not poison it.
    pub fn lock<'m, T>(&self, mutex: &'m Mutex<T>) -> MutexGuard<'m, T> {
        match mutex.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => self.time(Phase::Lock, || mutex.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// What was spent until now; `None` if it does not measure.
    #[must_use]
    pub fn times(&self) -> Option<Times> {
        let dial = self.0.as_ref()?;
        dial.turn(dial.phase.load(Relaxed));
        let spent = std::array::from_fn(|at| Duration::from_nanos(load(&dial.spent, at)));
        let bytes = std::array::from_fn(|at| load(&dial.bytes, at));
        Some(Times::new(spent, bytes, Duration::from_nanos(dial.cpu.load(Relaxed))))
    }
}

impl Dial {
    /// Ends the phase that goes on, and begins another. Gives the one that is over.
    fn turn(&self, phase: u8) -> u8 {
        let now = self.origin.elapsed().as_nanos() as u64;
        let before = self.phase.load(Relaxed);
        if let Some(spent) = self.spent.get(usize::from(before)) {
            grow(spent, now.saturating_sub(self.since.load(Relaxed)));
        }
        self.since.store(now, Relaxed);
        self.phase.store(phase, Relaxed);
        before
    }
}

/// A phase that lasts until this is dropped.
#[must_use = "the phase ends when it is dropped"]
#[derive(Debug)]
pub struct Stay<'w>(Option<(&'w Dial, u8)>);

impl Drop for Stay<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some((dial, before)) = self.0 {
            dial.turn(before);
        }
    }
}

fn grow(sum: &AtomicU64, by: u64) {
    sum.store(sum.load(Relaxed).wrapping_add(by), Relaxed);
}

fn load(sums: &[AtomicU64], at: usize) -> u64 {
    sums.get(at).map_or(0, |sum| sum.load(Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc::channel, thread, time::Duration};

    const STEP: Duration = Duration::from_millis(3);

    #[test]
    fn all_time_is_in_one_phase() {
        let began = Instant::now();
        let watch = Stopwatch::new(Clock::On, Phase::Idle);
        thread::sleep(STEP);
        watch.time(Phase::Count, || {
            watch.time(Phase::Read, || thread::sleep(STEP));
            watch.time(Phase::Decode, || watch.time(Phase::Read, || thread::sleep(STEP)));
            thread::sleep(STEP);
            watch.add(Phase::Count, 7);
        });
        thread::sleep(STEP);
        watch.add(Phase::Count, 5);
        let times = watch.times().unwrap();
        let whole = began.elapsed();
        let slept = [(Phase::Read, 2), (Phase::Count, 1), (Phase::Idle, 2)];
        assert!(slept.into_iter().all(|(phase, steps)| times.of(phase) >= steps * STEP), "{times:?}");
        // What was read within a phase is not in that phase too.
        assert!(times.alive() <= whole && times.alive() >= 5 * STEP, "{times:?}");
        assert_eq!(times.busy() + times.of(Phase::Idle), times.alive());
        assert_eq!(times.of(Phase::Walk) + times.of(Phase::Wait) + times.of(Phase::Lock), Duration::ZERO);
        assert_eq!((times.bytes(Phase::Count), times.bytes(Phase::Read)), (12, 0));
    }

    #[test]
    fn a_thread_that_sleeps_needs_no_cpu() {
        let watch = Stopwatch::new(Clock::On, Phase::Idle);
        let until = |end: Duration| while thread_cpu_time() < end {};
        let work = || {
            until(thread_cpu_time() + STEP);
            thread::sleep(10 * STEP);
        };
        watch.task(Phase::Count, work);
        let times = watch.times().unwrap();
        assert!(times.cpu >= STEP && times.of(Phase::Count) >= times.cpu + 9 * STEP, "{times:?}");
    }

    #[test]
    fn a_phase_ends_with_a_panic() {
        let watch = Stopwatch::new(Clock::On, Phase::Idle);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            watch.time(Phase::Count, || std::panic::resume_unwind(Box::new("no message")))
        }));
        assert!(panicked.is_err());
        let counted = watch.times().unwrap().of(Phase::Count);
        thread::sleep(STEP);
        assert_eq!(watch.times().unwrap().of(Phase::Count), counted);
    }

    #[test]
    fn only_a_lock_that_is_held_takes_time() {
        let watch = Stopwatch::new(Clock::On, Phase::Idle);
        let mutex = Mutex::new(1);
        drop(watch.lock(&mutex));
        assert_eq!(watch.times().unwrap().of(Phase::Lock), Duration::ZERO);
        let wait = || {
            thread::scope(|scope| {
                let (held, is_held) = channel();
                let mutex = &mutex;
                scope.spawn(move || {
                    let _guard = mutex.lock();
                    held.send(()).unwrap();
                    thread::sleep(STEP);
                });
                is_held.recv().unwrap();
                assert_eq!(*watch.lock(mutex), 1);
            });
            watch.times().unwrap().of(Phase::Lock) > Duration::ZERO
        };
        // It may be that this thread comes only when the lock is free again; but not always.
        assert!((0..1000).any(|_| wait()));
    }

    #[test]
    fn what_is_off_measures_nothing() {
        let watch = Stopwatch::new(Clock::Off, Phase::Idle);
        watch.add(Phase::Count, 1);
        assert_eq!(watch.time(Phase::Count, || 3), 3);
        assert_eq!((watch.times(), watch.clock()), (None, Clock::Off));
    }
}
