//! The time that CPUs were busy with this process, which waiting is no part of.

/// So far, in seconds, over all threads; `None` if the system does not say.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd"))]
#[must_use]
pub fn cpu_time() -> Option<f64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

/// So far, in seconds, over all threads; `None` if the system does not say.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd")))]
#[must_use]
pub fn cpu_time() -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_some() {
        let Some(before) = cpu_time() else { return };
        let sum: u64 = (0..10_000_000u64).fold(1, |sum, number| std::hint::black_box(sum.wrapping_mul(number | 1)));
        std::hint::black_box(sum);
        assert!(cpu_time().unwrap() > before);
    }
}
