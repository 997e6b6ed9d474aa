//! The machine that something was measured on.

use std::fs;

/// A machine, as far as a measurement depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// How many CPUs the process may use, a cgroup's quota included.
    pub cpus: usize,
    /// What the processor calls itself, if the system says so.
    pub model: Option<String>,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Machine {
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Machine { cpus, model: fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| model_of(&text)) }
    }
}

/// The first `model name` of Linux's /proc/cpuinfo, which some architectures lack.
fn model_of(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"))?;
    let name = line.trim_start().strip_prefix(':')?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processors_name() {
        assert_eq!(model_of("processor\t: 0\nmodel name\t: Fast 9000 @ 3GHz\nflags\t: x\n").as_deref(), Some("Fast 9000 @ 3GHz"));
        assert_eq!(model_of("processor\t: 0\nBogoMIPS\t: 50.00\n"), None);
        assert_eq!(model_of("model name\t: \n"), None);
        assert!(Machine::here().cpus > 0);
    }
}
