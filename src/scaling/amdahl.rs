//! Amdahl's law: with n threads a run takes `T(n) = T(1) * (s + (1 - s) / n)`, where s is the part that only one thread can do.

/// The part s that fits times at several numbers of threads best, by least squares; `None` if they are fewer than two.
///
/// What threads wait for each other, or for memory, is in it too: it says how far threads help, not why no further.
#[must_use]
pub fn serial_share(points: &[(usize, f64)]) -> Option<f64> {
    // T is linear in 1/n.
    let points: Vec<(f64, f64)> = points.iter().map(|(threads, seconds)| (1.0 / *threads as f64, *seconds)).collect();
    let number = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let square: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if square <= 0.0 {
        return None;
    }
    let parallel = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / square;
    let serial = mean_y - parallel * mean_x;
    // Measurements may be better than perfect by chance, or worse than with one thread.
    Some((serial / (serial + parallel)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_times_were_made_with_is_found() {
        for share in [0.0, 0.05, 0.5, 1.0] {
            let time = |threads: usize| 3.0 * (share + (1.0 - share) / threads as f64);
            let points: Vec<_> = [1, 2, 4, 8, 64].map(|threads| (threads, time(threads))).into();
            assert!((serial_share(&points).unwrap() - share).abs() < 1e-9, "{share}");
            assert!((serial_share(&points[1..3]).unwrap() - share).abs() < 1e-9, "{share} without one thread");
        }
    }

    #[test]
    fn what_cannot_be_is_cut_off() {
        assert_eq!(serial_share(&[(1, 1.0), (2, 0.4)]), Some(0.0));
        assert_eq!(serial_share(&[(1, 1.0), (2, 1.5)]), Some(1.0));
        assert_eq!(serial_share(&[(1, 1.0)]), None);
        assert_eq!(serial_share(&[(2, 1.0), (2, 1.1)]), None);
        assert_eq!(serial_share(&[]), None);
    }
}
