//! What a process takes of the machine, as the system tells: CPU time by its clock, the rest out of `/proc` (proc(5)), which only Linux has.

use rustix::time::{ClockId, clock_gettime};
use std::{fs, time::Duration};

/// What the process has taken until now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The CPU time of all its threads, of those too that are gone.
    pub cpu: Duration,
    /// The most memory that it ever had in use, in bytes (`VmHWM`). Pages of files that are mapped are part of it, though they are the page
    /// cache's and not its own.
    pub peak: Option<u64>,
    /// The bytes that had to be fetched from disks for it (`read_bytes`): what was in the page cache is not among them.
    pub from_disk: Option<u64>,
}

impl Process {
    /// What this process has taken until now.
    #[must_use]
    pub fn here() -> Process {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
        Process { cpu: cpu_time(), peak: kibibytes(&status, "VmHWM:"), from_disk: number(&io, "read_bytes:") }
    }
}

/// The CPU time that this process has taken until now.
#[must_use]
pub fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The CPU time that this thread has taken until now.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The memory that is this process's own just now, in bytes (`RssAnon`): what it has written to, and no pages of files.
#[must_use]
pub fn anonymous_memory() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, "RssAnon:")
}

/// `VmHWM:     1234 kB`, which are KiB.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    number(text, name)?.checked_mul(1024)
}

fn number(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_proc() {
        let status = "Name:\tlogtally\nVmPeak:\t  300000 kB\nVmHWM:\t   10240 kB\nRssAnon:\t     64 kB\n";
        assert_eq!((kibibytes(status, "VmHWM:"), kibibytes(status, "RssAnon:")), (Some(10 << 20), Some(64 << 10)));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
        assert_eq!(number("rchar: 7\nread_bytes: 4096\n", "read_bytes:"), Some(4096));
        assert_eq!(number("read_bytes: many\n", "read_bytes:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_something() {
        let process = Process::here();
        let (peak, anonymous) = (process.peak.unwrap(), anonymous_memory().unwrap());
        assert!(process.cpu > Duration::ZERO && anonymous > 0 && peak > anonymous, "{process:?} {anonymous}");
    }
}
