//! Where threads and speed-up are in the picture.

use crate::scaling::Scaling;

/// The part of the picture in which is drawn, in pixels.
pub(super) const LEFT: f64 = 56.0;
pub(super) const RIGHT: f64 = 676.0;
pub(super) const TOP: f64 = 80.0;
pub(super) const BOTTOM: f64 = 380.0;

/// Beyond this many times the fewest threads, numbers that double each time crowd at one end of an even scale.
const EVEN: f64 = 16.0;

/// Both scales. They are even and begin with 0, or both are logarithmic: perfect scaling is a straight line either way.
pub(super) struct Axes {
    across: Scale,
    up: Scale,
    /// The fewest threads, where all curves begin.
    fewest: f64,
}

impl Axes {
    pub(super) fn new(scaling: &Scaling) -> Axes {
        let threads = scaling.rows.iter().map(|row| row.threads as f64);
        let (fewest, most) =
            threads.fold((f64::INFINITY, 1.0), |(least, most): (f64, f64), threads| (least.min(threads), most.max(threads)));
        let first = scaling.rows.first().map_or(1.0, |first| first.quartiles().median);
        let speeds =
            scaling.rows.iter().map(|row| row.quartiles()).map(|quartiles| (first / quartiles.upper, first / quartiles.lower));
        let (slowest, fastest) =
            speeds.fold((1.0, 1.0), |(least, most): (f64, f64), (low, high)| (least.min(low), most.max(high)));
        // More threads than CPUs are no reason for a scale on which all that was reached is a line at the bottom.
        let highest = (most / fewest).min(fastest * 1.5).max(fastest).max(1.2) * 1.06;
        if most / fewest > EVEN {
            let across = Scale::Logarithmic { from: fewest / 1.3, to: most * 1.3 };
            return Axes { across, up: Scale::Logarithmic { from: slowest / 1.3, to: highest }, fewest };
        }
        Axes { across: Scale::Even { to: most * 1.04 }, up: Scale::Even { to: highest }, fewest }
    }

    pub(super) fn x(&self, threads: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.across.part(threads)
    }

    pub(super) fn y(&self, speed_up: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.up.part(speed_up)
    }

    /// The points of a curve from the fewest threads to `most`, as far as it is in the picture.
    pub(super) fn curve(&self, most: f64, speed_up: &dyn Fn(f64) -> f64) -> String {
        const STEPS: i32 = 120;
        // Even steps of the logarithm are fine on an even scale too.
        let along = (0..=STEPS).map(|step| self.fewest * (most / self.fewest).powf(f64::from(step) / f64::from(STEPS)));
        let inside = along.map(|threads| (threads, speed_up(threads))).take_while(|(_, speed)| self.up.has(*speed));
        let points: Vec<String> = inside.map(|(threads, speed)| format!("{:.1},{:.1}", self.x(threads), self.y(speed))).collect();
        points.join(" ")
    }

    /// The speed-ups that have a line across, and where it is.
    pub(super) fn levels(&self) -> Vec<(f64, f64)> {
        let numbers: Vec<f64> = match self.up {
            Scale::Logarithmic { from, to } if to / from >= 6.0 => {
                // Each is twice the last, or four times, or eight: at most eight of them.
                let doublings = ((to / from).log2() / 8.0).ceil();
                (-40..=40).map(|power| (f64::from(power) * doublings).exp2()).filter(|number| self.up.has(*number)).collect()
            }
            Scale::Even { to } | Scale::Logarithmic { to, .. } => {
                let step = step_for(to);
                let steps = (0..).map(|number| f64::from(number) * step).take_while(|number| *number <= to);
                steps.filter(|number| self.up.has(*number)).collect()
            }
        };
        numbers.into_iter().map(|number| (number, self.y(number))).collect()
    }
}

/// A scale from one side to the other.
enum Scale {
    Even { to: f64 },
    Logarithmic { from: f64, to: f64 },
}

impl Scale {
    /// How far along a number is: 0 at the beginning, 1 at the end.
    fn part(&self, number: f64) -> f64 {
        match self {
            Scale::Even { to } => number / to,
            Scale::Logarithmic { from, to } => (number / from).ln() / (to / from).ln(),
        }
    }

    fn has(&self, number: f64) -> bool {
        (0.0..=1.0).contains(&self.part(number))
    }
}

/// The distance of grid lines: at most eight of them.
fn step_for(highest: f64) -> f64 {
    let steps = (0..).flat_map(|power| [0.25, 0.5, 1.0, 2.0].map(|step| step * 10f64.powi(power)));
    steps.take(40).find(|step| highest / step <= 8.0).unwrap_or(highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_grid_lines() {
        for (highest, step) in [(1.2, 0.25), (2.1, 0.5), (8.0, 1.0), (9.0, 2.0), (17.0, 2.5), (120.0, 20.0)] {
            assert_eq!(step_for(highest), step, "{highest}");
        }
    }
}
