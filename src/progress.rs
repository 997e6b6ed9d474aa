//! A bar on a terminal: an [`Observer`] drawn with indicatif, on standard error, and gone when the run is over.

use crate::{engine::Observer, failure::Failure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Bytes done of the total, rate, time to go, files done, failures.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    files: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
}

/// From this width on there is room for a drawn bar, in columns.
const WIDE: u16 = 80;

impl Bar {
    /// A bar where standard error is a terminal, nothing elsewhere. Nothing either where a person types the input: it would
    /// stand in what is typed.
    #[must_use]
    pub fn auto(reads_stdin: bool) -> Bar {
        // A terminal that cannot move its cursor would scroll a line for each step.
        let moves = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let typed = reads_stdin && std::io::stdin().is_terminal();
        let bar = if std::io::stderr().is_terminal() && moves && !typed {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10))
        } else {
            ProgressBar::hidden()
        };
        Bar { bar, files: AtomicU64::new(0), done: AtomicU64::new(0), failed: AtomicU64::new(0) }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let (done, files, failed) =
            (self.done.load(Ordering::Relaxed), self.files.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        self.bar.set_message(format!("{done}/{files} files{failures}"));
    }
}

impl Observer for Bar {
    fn planned(&self, files: u64, bytes: u64) {
        self.files.store(files, Ordering::Relaxed);
        if self.bar.is_hidden() {
            return;
        }
        // The message comes last and is cut to what is left of the line, so that a narrow terminal never wraps it.
        let wide = console::Term::stderr().size().1 >= WIDE;
        let style = match bytes {
            // Only standard input, whose end nobody knows.
            0 => "{spinner} {bytes} {bytes_per_sec} {wide_msg}",
            _ if wide => "{spinner} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta} {wide_msg}",
            _ => "{spinner} {bytes}/{total_bytes} ETA {eta} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            self.bar.set_style(style);
        }
        if bytes > 0 {
            self.bar.set_length(bytes);
        }
        self.say();
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn counted(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn finished(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed);
        // A line for people: every file of a few, every hundredth of many.
        if done.is_multiple_of(1 + self.files.load(Ordering::Relaxed) / 1000) {
            self.say();
        }
    }

    fn failed(&self, _failure: &Failure) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.say();
    }
}
