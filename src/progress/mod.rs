//! How far a run is, on standard error: an [`Observer`] that counts, and a line that is drawn, written or kept to itself.
//!
//! Counting and showing are apart: a worker adds to a counter and goes on, a thread of its own looks at the counters ten times
//! a second and draws. So a slow terminal costs the run nothing, and where nothing is drawn the counters still know the answer
//! to who asks ([`Bar::status_line`]).

mod canvas;
mod painter;
mod standing;

use crate::{engine::Observer, failure::Failure};
use canvas::Canvas;
use painter::{Drawing, Painter};
use standing::Counters;
use std::{
    fmt,
    io::{self, IsTerminal, Write},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// When and how progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A bar where standard error is a terminal, nothing elsewhere.
    #[default]
    Auto,
    /// A bar wherever standard error leads.
    Always,
    /// Nothing.
    Never,
    /// A line every ten seconds, for logs: no bar, no escape sequences.
    Plain,
}

impl Mode {
    const ALL: [Mode; 4] = [Mode::Auto, Mode::Always, Mode::Never, Mode::Plain];

    /// As it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Auto => "auto",
            Mode::Always => "always",
            Mode::Never => "never",
            Mode::Plain => "plain",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A way of showing progress that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMode(String);

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices = Mode::ALL.map(Mode::name).join(", ");
        write!(f, "there is no way of showing progress called '{}'; choose one of {choices}", self.0)
    }
}

impl std::error::Error for UnknownMode {}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name).ok_or_else(|| UnknownMode(name.to_owned()))
    }
}

/// Bytes done of the total, rate, time to go, files done and in work, failures.
#[derive(Debug)]
pub struct Bar {
    counters: Arc<Counters>,
    shown: Shown,
    /// Held to start and to end the drawing, never to count.
    phase: Mutex<Phase>,
}

/// What a mode comes to here.
#[derive(Debug)]
enum Shown {
    Bar(Canvas),
    Lines,
    Nothing,
}

#[derive(Debug)]
enum Phase {
    /// Nothing is planned yet.
    Before,
    /// A run is on; it is drawn by a thread, if there is one.
    Running { _painter: Option<Painter> },
    /// Nothing is ever drawn again.
    Over,
}

impl Bar {
    /// Nothing is shown before a run is planned, and nothing of runs shorter than a tenth of a second.
    ///
    /// `reads_stdin` says that standard input is among the inputs: the end of it nobody knows, so there is no total and no time
    /// to go. Where a person types it, a bar would stand in what is typed, so [`Mode::Auto`] shows none.
    #[must_use]
    pub fn new(mode: Mode, reads_stdin: bool) -> Bar {
        let shown = match mode {
            Mode::Auto if !wants_bar(reads_stdin) => Shown::Nothing,
            Mode::Auto | Mode::Always => Shown::Bar(Canvas::default()),
            Mode::Plain => Shown::Lines,
            Mode::Never => Shown::Nothing,
        };
        Bar { counters: Arc::new(Counters::new(reads_stdin)), shown, phase: Mutex::new(Phase::Before) }
    }

    /// Takes the bar away, for good. May be called from any thread and more than once; when it returns, the terminal is clean.
    pub fn clear(&self) {
        // Kept until the painter is gone: who comes second waits for the first.
        let mut phase = self.phase();
        *phase = Phase::Over;
    }

    /// Where the run stands, in one line without its newline, whatever is shown.
    #[must_use]
    pub fn status_line(&self) -> String {
        match self.counters.standing() {
            None => "logtally: looking for files".to_owned(),
            Some(standing) => format!("logtally: {}", standing.line()),
        }
    }

    /// Writes the status line to standard error, above the bar where there is one.
    pub fn print_status(&self) {
        let line = format!("{}\n", self.status_line());
        match &self.shown {
            Shown::Bar(canvas) => canvas.write_above(&line),
            Shown::Lines | Shown::Nothing => say(&line),
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Bar {
    fn planned(&self, files: u64, bytes: u64) {
        self.counters.planned(files, bytes);
        let mut phase = self.phase();
        // A signal may have ended it already.
        if let Phase::Before = *phase {
            let drawing = match &self.shown {
                Shown::Bar(canvas) => Some(Drawing::bar(canvas)),
                Shown::Lines => Some(Drawing::Lines),
                Shown::Nothing => None,
            };
            *phase = Phase::Running { _painter: drawing.and_then(|drawing| Painter::start(drawing, &self.counters)) };
        }
    }

    fn started(&self) {
        self.counters.started();
    }

    fn counted(&self, bytes: u64) {
        self.counters.counted(bytes);
    }

    fn passed_over(&self, bytes: u64) {
        self.counters.passed_over(bytes);
    }

    fn finished(&self) {
        self.counters.finished();
    }

    fn failed(&self, _failure: &Failure) {
        self.counters.failed();
    }
}

/// Whether a bar is of use to a person, and harms nobody.
fn wants_bar(reads_stdin: bool) -> bool {
    // A terminal that cannot move its cursor would scroll a line for each step.
    let moves = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let typed = reads_stdin && io::stdin().is_terminal();
    io::stderr().is_terminal() && moves && !typed
}

/// Writes at once. Where nobody can listen, nothing is lost by not being heard.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_they_are_shown() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        let error = "Auto".parse::<Mode>().unwrap_err().to_string();
        assert_eq!(error, "there is no way of showing progress called 'Auto'; choose one of auto, always, never, plain");
    }

    #[test]
    fn who_asks_is_answered_in_every_mode() {
        for mode in [Mode::Never, Mode::Plain] {
            let bar = Bar::new(mode, false);
            assert_eq!(bar.status_line(), "logtally: looking for files");
            bar.planned(3, 2048);
            bar.started();
            bar.started();
            bar.counted(1024);
            bar.finished();
            let line = bar.status_line();
            assert!(line.starts_with("logtally: 1.0 KiB of 2.0 KiB (50%), "), "{line}");
            assert!(line.ends_with(", 1 of 3 files, 1 in work"), "{line}");
            bar.clear();
            bar.clear();
        }
    }

    #[test]
    fn what_is_passed_over_is_no_longer_waited_for() {
        let bar = Bar::new(Mode::Never, false);
        bar.planned(2, 4096);
        bar.started();
        bar.passed_over(3072);
        bar.finished();
        bar.started();
        bar.counted(512);
        assert!(bar.status_line().starts_with("logtally: 512 B of 1.0 KiB (50%), "), "{}", bar.status_line());
    }

    #[test]
    fn a_run_that_is_planned_after_the_end_is_not_drawn() {
        let bar = Bar::new(Mode::Plain, false);
        bar.clear();
        bar.planned(1, 1);
        assert!(matches!(*bar.phase(), Phase::Over));
    }
}
