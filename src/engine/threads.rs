//! How many threads a run has.

use std::{fmt, num::NonZero, str::FromStr, sync::OnceLock, thread::available_parallelism};

/// A number of threads; 0 is every CPU that the process may use, a cgroup's quota included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threads(usize);

/// More threads than any machine has CPUs only cost memory.
const MAX_THREADS: usize = 4096;

impl Threads {
    /// So many threads; 0 for every CPU.
    #[must_use]
    pub fn new(number: usize) -> Threads {
        Threads(number.min(MAX_THREADS))
    }

    /// How many that is here.
    #[must_use]
    pub fn number(self) -> usize {
        // Asked for once: on Linux it takes reading some files of `/proc` and `/sys`, which is a part of what a small run takes.
        static CPUS: OnceLock<usize> = OnceLock::new();
        match self.0 {
            0 => *CPUS.get_or_init(|| available_parallelism().map_or(1, NonZero::get)),
            number => number,
        }
    }
}

/// Several numbers of threads, to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadList(pub Vec<Threads>);

impl ThreadList {
    /// How many threads each has here, the fewest first, none twice.
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        let mut numbers: Vec<usize> = self.0.iter().map(|threads| threads.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// One, twice as many, and so on up to one for each CPU.
    #[must_use]
    pub fn doubling() -> ThreadList {
        let cpus = Threads::default().number();
        let powers = std::iter::successors(Some(1), |number| Some(number * 2)).take_while(|number| *number < cpus);
        ThreadList(powers.chain([cpus]).map(Threads::new).collect())
    }
}

impl FromStr for ThreadList {
    type Err = BadThreads;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>().map(ThreadList)
    }
}

/// A number of threads that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadThreads(String);

impl fmt::Display for BadThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no number of threads; write a whole number from 1 to {MAX_THREADS}, or 0 for one per CPU", self.0)
    }
}

impl std::error::Error for BadThreads {}

impl FromStr for Threads {
    type Err = BadThreads;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().ok().filter(|number| *number <= MAX_THREADS).map(Threads).ok_or_else(|| BadThreads(text.to_owned()))
    }
}
