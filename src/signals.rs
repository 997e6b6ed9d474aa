//! Signals: how a run is asked where it stands, and how it is ended.
//!
//! A process that is told to end does so by that very signal, once its traces are removed: so a shell, `make` or a CI system
//! sees what happened (status 130, 143), and a loop in a script ends with it. Workers are not asked: one may be blocked in a read
//! for ever.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1},
    flag,
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, SyncSender},
    },
    thread::{self, Builder},
    time::Duration,
};

/// A signal's number, as the system has it.
type Signal = std::ffi::c_int;

/// Those that end a run: Ctrl-C, a supervisor, a terminal that is closed.
const ENDS: [Signal; 3] = [SIGINT, SIGTERM, SIGHUP];

/// So long the traces of a run may take to be removed; then it ends with them. (A bar cannot be taken off a terminal that is
/// held with Ctrl-S.)
const PATIENCE: Duration = Duration::from_millis(50);

/// Watches for signals from here on, with a thread of its own.
///
/// - SIGUSR1 calls `on_status`, as often as it comes.
/// - The first SIGINT, SIGTERM or SIGHUP calls `on_end`, then the process ends by that signal,
///   50 ms later even if `on_end` is not done.
///
/// Signals that the process was started to ignore stay ignored: `nohup` does so with SIGHUP, and shells without job control do
/// so with SIGINT for what runs in the background.
///
/// # Errors
/// If the system has no descriptor or thread left. Then signals that end a process do so, without `on_end`.
pub fn watch(on_status: impl Fn() + Send + Sync + 'static, on_end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let ignored = Ignored::inherited();
    let heeded = |signal: &Signal| !ignored.has(*signal);
    let ends: Vec<Signal> = ENDS.into_iter().filter(heeded).collect();
    let watched: Vec<Signal> = ends.iter().copied().chain([SIGUSR1].into_iter().filter(heeded)).collect();
    if watched.is_empty() {
        return Ok(());
    }
    // As long as nobody attends to them, signals do what they do by default.
    let unattended = Arc::new(AtomicBool::new(true));
    for signal in ends {
        flag::register_conditional_default(signal, Arc::clone(&unattended))?;
    }
    let mut signals = Signals::new(watched)?;
    let watcher = {
        let unattended = Arc::clone(&unattended);
        move || {
            let mut status = Status::Unasked(Arc::new(on_status));
            for signal in signals.forever() {
                if signal != SIGUSR1 {
                    return end(signal, on_end, &unattended);
                }
                status = status.asked();
            }
        }
    };
    Builder::new().name("signals".to_owned()).spawn(watcher)?;
    unattended.store(false, Ordering::SeqCst);
    Ok(())
}

/// Who tells the status: a thread apart, since writing it may block, and must not keep a run from being ended. Hardly any run is asked, so
/// the thread is started when one is.
enum Status<F> {
    Unasked(Arc<F>),
    /// By the thread that is at the other end. It has room for one question while it answers another: more would get the same answer.
    Told(SyncSender<()>),
}

impl<F: Fn() + Send + Sync + 'static> Status<F> {
    /// Has the status told.
    fn asked(self) -> Status<F> {
        let questions = match self {
            Status::Unasked(tell) => {
                let (questions, asked) = mpsc::sync_channel(1);
                let teller = {
                    let tell = Arc::clone(&tell);
                    move || asked.iter().for_each(|()| tell())
                };
                if Builder::new().name("status".to_owned()).spawn(teller).is_err() {
                    // When it is asked again, there may be one.
                    return Status::Unasked(tell);
                }
                questions
            }
            Status::Told(questions) => questions,
        };
        let _ = questions.try_send(());
        Status::Told(questions)
    }
}

/// Ends the process, after `on_end` or when it takes too long.
///
/// A second signal changes nothing, since the first needs no more than a moment: `timeout` sends the same one twice in a row, to
/// the process and to its group, and its traces should be removed all the same. Where no thread can be had to watch the clock,
/// a second signal ends the process at once.
fn end(signal: Signal, on_end: impl FnOnce(), unattended: &AtomicBool) {
    let watchdog = Builder::new().name("patience".to_owned()).spawn(move || {
        thread::sleep(PATIENCE);
        die(signal);
    });
    if watchdog.is_err() {
        unattended.store(true, Ordering::SeqCst);
    }
    on_end();
    die(signal);
}

/// Ends the process by a signal.
fn die(signal: Signal) {
    // The first process of a container cannot be killed by a signal of its own; what it can do is to say what it died of.
    if std::process::id() != 1 {
        let _ = emulate_default_handler(signal);
    }
    std::process::exit(128 + signal)
}

/// The signals that a process was started to ignore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ignored {
    /// Bit `n - 1` is signal `n`.
    mask: u64,
}

impl Ignored {
    /// As `/proc/self/status` has it (proc(5), `SigIgn`). Elsewhere than on Linux only an unsafe call could tell: there, and
    /// where `/proc` is not mounted, none is taken to be ignored.
    fn inherited() -> Ignored {
        Ignored::from_status(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    fn from_status(status: &str) -> Ignored {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        Ignored { mask: mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0) }
    }

    fn has(self, signal: Signal) -> bool {
        let bit = u32::try_from(signal).ok().and_then(|signal| signal.checked_sub(1));
        bit.and_then(|bit| self.mask.checked_shr(bit)).is_some_and(|mask| mask & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ignored_at_the_start() {
        // `nohup`: SIGHUP is 1; PIPE, which Rust ignores, is 13.
        let nohup = Ignored::from_status("Name:\tlogtally\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\nSigCgt:\tf\n");
        assert!(nohup.has(SIGHUP));
        assert!(!nohup.has(SIGINT) && !nohup.has(SIGTERM) && !nohup.has(SIGUSR1));
        // `sh -c 'logtally ... &'`: SIGINT and SIGQUIT.
        let background = Ignored::from_status("SigIgn:\t0000000000000006\n");
        assert!(background.has(SIGINT) && !background.has(SIGHUP) && !background.has(SIGTERM));
    }

    #[test]
    fn where_nothing_is_told_nothing_is_ignored() {
        for status in ["", "Name:\tx\n", "SigIgn:\n", "SigIgn:\tzz\n"] {
            assert_eq!(Ignored::from_status(status), Ignored { mask: 0 }, "{status:?}");
        }
        let all = Ignored { mask: u64::MAX };
        assert!(all.has(64) && !all.has(65) && !all.has(0) && !all.has(-1));
    }
}
