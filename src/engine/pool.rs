//! The threads that a run counts with.

use super::NoOutcome;
use crate::system::limit_of_addresses;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::{cell::OnceCell, sync::Arc};

/// What a thread takes of the addresses: its stack, as the standard library has it, and some pages around it.
const ADDRESSES: u64 = (2 << 20) + (64 << 10);

/// So many threads, or as many as can be had: half as many, a quarter ..., and in the end the one that there is already.
///
/// # Errors
/// If not even that one can be had.
pub fn start(threads: usize) -> Result<Arc<ThreadPool>, NoOutcome> {
    // Where addresses are limited, stacks take half of them at most: if it were tried how many can be had, those that have been started
    // by then would find none left for their heap.
    let most = limit_of_addresses().map_or(u64::MAX, |limit| limit / 2 / ADDRESSES);
    let threads = threads.min(usize::try_from(most).unwrap_or(usize::MAX)).max(1);
    let fewer = std::iter::successors(Some(threads), |threads| Some(threads / 2)).take_while(|threads| *threads > 0);
    let had = fewer.map(|threads| builder(threads).start_handler(|_| own_credentials()).build()).find_map(Result::ok);
    had.map(Arc::new).map_or_else(this_thread, Ok)
}

fn builder(threads: usize) -> ThreadPoolBuilder {
    ThreadPoolBuilder::new().num_threads(threads)
}

/// Has this thread hold its credentials (whose files it may open) in a copy of its own instead of one that all threads share.
///
/// Linux notes in each opened file whose credentials it was opened with, and counts how many note them: a number that every thread
/// writes with each file it opens and closes. It goes from core to core unless each thread has its own (100,000 files of 4 KB: 0.97 to
/// 0.98 of the time with two threads, the same with one). Asking for a change makes the copy, even where nothing is to change: a program
/// begins without the flag that is taken back here (capabilities(7), "The securebits flags"; every execve(2) clears it). That the copy
/// is made is how the kernel does it, not what it promises, and a filter of system calls may refuse it: only time depends on that.
fn own_credentials() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_keep_capabilities(false);
}

/// A pool of this thread alone. It stays in it for as long as it lives, so each run without threads has the same.
fn this_thread() -> Result<Arc<ThreadPool>, NoOutcome> {
    thread_local!(static ALONE: OnceCell<Arc<ThreadPool>> = const { OnceCell::new() });
    ALONE.with(|alone| match alone.get() {
        Some(pool) => Ok(Arc::clone(pool)),
        None => {
            let none = |error: ThreadPoolBuildError| NoOutcome::NoThreads(error.to_string());
            let pool = builder(1).use_current_thread().build().map_err(none)?;
            Ok(Arc::clone(alone.get_or_init(|| Arc::new(pool))))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_threads_can_run_more_than_once() {
        for number in 0..3 {
            assert_eq!(this_thread().unwrap().scope_fifo(|_| number), number);
        }
    }

    /// Who one is and what one may do: `Uid`, `Gid`, `Groups`, `CapInh` to `CapAmb`, `NoNewPrivs` (proc_pid_status(5)).
    #[cfg(target_os = "linux")]
    #[test]
    fn threads_may_do_what_the_program_may() {
        let rights = || -> Vec<String> {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            let names = ["Uid", "Gid", "Groups", "Cap", "NoNewPrivs"];
            let keep = rustix::thread::get_keep_capabilities().unwrap();
            let lines = status.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
            lines.map(str::to_owned).chain([format!("keep {keep}")]).collect()
        };
        let mine = rights();
        assert!(mine.len() > 9, "{mine:?}");
        for theirs in start(3).unwrap().broadcast(|_| rights()) {
            assert_eq!(theirs, mine);
        }
    }
}
