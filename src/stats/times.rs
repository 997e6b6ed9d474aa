//! Phases, and the time that threads have spent on them.

use std::{ops::AddAssign, time::Duration};

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding the files.
    Walk,
    /// Opening files, reading and mapping them, and giving pages of maps back. Waiting for a disk or for a pipe's writer is part of it. Pages
    /// of a map that could not be had before are read where they are used.
    Read,
    /// Finding out what a file holds, by its head.
    Detect,
    /// Decoding what is compressed, and checking its sums.
    Decode,
    /// Counting lines, and what is done to each on the way: transcoding UTF-16, taking what is next out of a tar archive.
    Count,
    /// Joining the chunks of a file, and adding its counts to the run's.
    Merge,
    /// Sorting the groups, and writing the reports. Of the threads that do parts of a report of very many rows, nothing is known here.
    Report,
    /// All other work.
    Other,
    /// Waiting for other threads' work.
    Wait,
    /// Waiting for a lock that another thread holds.
    Lock,
    /// There is nothing left to do, or not yet.
    Idle,
}

impl Phase {
    /// How many there are.
    pub(super) const NUMBER: usize = Phase::Idle as usize + 1;

    /// Those in which something is done, in the order of the road.
    pub const BUSY: [Phase; 8] =
        [Phase::Walk, Phase::Read, Phase::Detect, Phase::Decode, Phase::Count, Phase::Merge, Phase::Report, Phase::Other];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Walk => "walk",
            Phase::Read => "read",
            Phase::Detect => "detect",
            Phase::Decode => "decode",
            Phase::Count => "count",
            Phase::Merge => "merge",
            Phase::Report => "report",
            Phase::Other => "other",
            Phase::Wait => "wait",
            Phase::Lock => "lock",
            Phase::Idle => "idle",
        }
    }
}

/// What was spent on each phase, by the wall clock, and how many bytes came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    spent: [Duration; Phase::NUMBER],
    bytes: [u64; Phase::NUMBER],
    /// CPU time, whatever the phase: for the rest of its time a thread had no CPU, or needed none.
    pub cpu: Duration,
}

impl Times {
    pub(super) const fn new(spent: [Duration; Phase::NUMBER], bytes: [u64; Phase::NUMBER], cpu: Duration) -> Times {
        Times { spent, bytes, cpu }
    }

    /// Milliseconds and bytes of phases, and milliseconds of CPU time, for tests of other rooms.
    #[cfg(test)]
    pub(crate) fn made_of(milliseconds: &[(Phase, u64)], bytes: &[(Phase, u64)], cpu: u64) -> Times {
        let mut times = Times { cpu: Duration::from_millis(cpu), ..Times::default() };
        milliseconds.iter().for_each(|(phase, time)| times.spent[*phase as usize] = Duration::from_millis(*time));
        bytes.iter().for_each(|(phase, number)| times.bytes[*phase as usize] = *number);
        times
    }

    /// The time that was spent on a phase.
    #[must_use]
    pub fn of(&self, phase: Phase) -> Duration {
        self.spent.get(phase as usize).copied().unwrap_or_default()
    }

    /// The bytes that came of a phase: stored ones of reading, decoded ones of decoding, and those of the lines that were counted.
    #[must_use]
    pub fn bytes(&self, phase: Phase) -> u64 {
        self.bytes.get(phase as usize).copied().unwrap_or_default()
    }

    /// The time in which something was done.
    #[must_use]
    pub fn busy(&self) -> Duration {
        Phase::BUSY.iter().map(|phase| self.of(*phase)).sum()
    }

    /// All the time.
    #[must_use]
    pub fn alive(&self) -> Duration {
        self.spent.iter().sum()
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Times) {
        self.spent.iter_mut().zip(other.spent).for_each(|(spent, more)| *spent += more);
        self.bytes.iter_mut().zip(other.bytes).for_each(|(bytes, more)| *bytes += more);
        self.cpu += other.cpu;
    }
}

/// What a thread is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It walks, waits for the others and writes the report.
    Main,
    /// It counts. They are numbered from 1 on.
    Worker(usize),
    /// It decodes a large file ahead of a worker that counts it.
    Decoder,
    /// It adds the groups of one worker while others add theirs.
    Adder,
}

/// What a thread spent, or all threads that came and went in one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// What for.
    pub role: Role,
    /// How many threads.
    pub number: u64,
    /// Theirs together.
    pub times: Times,
}

/// What the threads of a run spent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The workers in their order, and then who helped them.
    pub threads: Vec<Thread>,
    /// The [`anonymous_memory`](super::anonymous_memory) of the process when all was counted, in bytes, where the system tells.
    pub anonymous: Option<u64>,
}
