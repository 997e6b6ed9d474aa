//! What `--stats` says when a run is over.

use super::say;
use crate::{
    report::{StatsForm, StatsSheet, StatsWork},
    stats::{Clock, Phase, Process, Role, Spent, Stopwatch, Thread, cpu_time},
};
use std::time::Duration;

/// A run's time, as it goes by.
pub(super) struct Account {
    form: Option<StatsForm>,
    start: Duration,
    /// Of the main thread.
    pub(super) watch: Stopwatch,
}

/// What was done in that time.
pub(super) struct Done {
    /// What the threads spent that counted.
    pub(super) spent: Option<Spent>,
    pub(super) work: StatsWork,
}

impl Account {
    /// Begins here, if somebody wants to know.
    pub(super) fn new(form: Option<StatsForm>) -> Account {
        let clock = if form.is_some() { Clock::On } else { Clock::Off };
        let start = form.map_or(Duration::ZERO, |_| cpu_time());
        Account { form, start, watch: Stopwatch::new(clock, Phase::Other) }
    }

    /// Says where the time went until now, once something was counted.
    pub(super) fn say(&self, done: Option<Done>) {
        let (Some(form), Some(times), Some(Done { spent, work })) = (self.form, self.watch.times(), done) else { return };
        let Spent { mut threads, anonymous } = spent.unwrap_or_default();
        threads.insert(0, Thread { role: Role::Main, number: 1, times });
        let sheet = StatsSheet { threads, start: self.start, process: Process::here(), anonymous, work };
        let mut text = Vec::new();
        if sheet.write(form, &mut text).is_ok() {
            say(&String::from_utf8_lossy(&text));
        }
    }
}
