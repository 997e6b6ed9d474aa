//! A picture (SVG 1.1): speed-up against threads, beside the line of perfect scaling and the curve that was fitted. Its colours suit light
//! and dark, whatever it is shown on: the ground is transparent, and text takes the viewer's colour scheme.

use crate::scaling::{Measured, Scaling};
use std::{fmt::Write as _, io};

/// The picture and the part of it in which is drawn, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 696.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 384.0;

const STYLE: &str = "\
  text { font: 14px system-ui, sans-serif; fill: #24292f }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .ideal { stroke: #6e7781; stroke-width: 2; stroke-dasharray: 6 5; fill: none }
  .fit { stroke: #bc4c00; stroke-width: 2; fill: none }
  .run { stroke: #0969da; stroke-width: 2.5; fill: none }
  .dot { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #d1d7e0 }
    .ideal { stroke: #9198a1 }
    .fit { stroke: #f0883e }
    .run { stroke: #58a6ff }
    .dot { fill: #58a6ff }
  }
";

pub(super) fn write(scaling: &Scaling, out: &mut dyn io::Write) -> io::Result<()> {
    let (Some(first), Some(last)) = (scaling.rows.first(), scaling.rows.last()) else { return Ok(()) };
    let ideal = |threads: f64| threads / first.threads as f64;
    let fastest = scaling.rows.iter().map(|row| scaling.speed_up(row)).fold(1.0, f64::max);
    // More threads than CPUs are no reason for a scale on which all that was reached is a line at the bottom.
    let highest = ideal(last.threads as f64).min(fastest * 1.5).max(1.2);
    let scale = Scale { most_threads: last.threads as f64 * 1.04, highest: highest * 1.06 };

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
         <title>Speed-up of logtally against threads</title>\n<style>\n{STYLE}</style>\n"
    );
    scale.grid(&mut svg, scaling);
    let steps = 200;
    let along = move |step: i32| {
        let (from, to) = (first.threads as f64, last.threads as f64);
        from + (to - from) * f64::from(step) / f64::from(steps)
    };
    let line = |of: &dyn Fn(f64) -> f64| {
        let shown = (0..=steps).map(along).map(|threads| (threads, of(threads))).filter(|(_, speed)| *speed <= scale.highest);
        shown.map(|(threads, speed)| format!("{:.1},{:.1} ", scale.x(threads), scale.y(speed))).collect::<String>()
    };
    let mut legend = vec![("ideal", "perfect scaling".to_owned())];
    let _ = writeln!(svg, "<polyline class=\"ideal\" points=\"{}\"/>", line(&ideal).trim_end());
    if let Some(share) = scaling.serial_share() {
        let time = |threads: f64| share + (1.0 - share) / threads;
        let fitted = |threads: f64| time(first.threads as f64) / time(threads);
        let _ = writeln!(svg, "<polyline class=\"fit\" points=\"{}\"/>", line(&fitted).trim_end());
        legend.push(("fit", format!("Amdahl's law, {:.1} % serial", share * 100.0)));
    }
    legend.push(("run", "measured: median and quartiles".to_owned()));
    let median = first.quartiles().median;
    for row in &scaling.rows {
        scale.measured(&mut svg, row, median);
    }
    for (at, (class, text)) in legend.iter().enumerate() {
        // Below what is drawn: at the right, all of it is high, unless threads do harm.
        let y = BOTTOM - 16.0 - 22.0 * (legend.len() - 1 - at) as f64;
        let (from, to) = (RIGHT - 296.0, RIGHT - 264.0);
        let _ = writeln!(svg, "<line class=\"{class}\" x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\">{text}</text>", to + 8.0, y + 5.0);
    }
    svg.push_str("</svg>\n");
    out.write_all(svg.as_bytes())
}

/// Where threads and speed-up are in the picture; both begin with 0.
struct Scale {
    most_threads: f64,
    highest: f64,
}

impl Scale {
    fn x(&self, threads: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * threads / self.most_threads
    }

    fn y(&self, speed_up: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * speed_up / self.highest
    }

    /// Lines and numbers, and what they are of.
    fn grid(&self, svg: &mut String, scaling: &Scaling) {
        let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"28\">speed-up over {}</text>", threads(scaling.rows.first()));
        let _ = writeln!(svg, "<text x=\"{RIGHT}\" y=\"{}\" text-anchor=\"end\">threads</text>", BOTTOM + 44.0);
        let step = step_for(self.highest);
        for number in (0..).map(|number| f64::from(number) * step).take_while(|speed| *speed <= self.highest) {
            let y = self.y(number);
            let _ = writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\"/>");
            let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{number}</text>", LEFT - 8.0, y + 5.0);
        }
        let mut right_of = f64::MIN;
        for row in &scaling.rows {
            let x = self.x(row.threads as f64);
            let _ = writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>");
            // Numbers that would stand in one another are left out.
            if x - right_of > 28.0 {
                let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 22.0, row.threads);
                right_of = x;
            }
        }
    }

    /// A dot for the median, and a line from quartile to quartile.
    fn measured(&self, svg: &mut String, row: &Measured, first: f64) {
        let quartiles = row.quartiles();
        let x = self.x(row.threads as f64);
        let [low, middle, high] = [quartiles.upper, quartiles.median, quartiles.lower].map(|seconds| self.y(first / seconds));
        let _ = writeln!(svg, "<line class=\"run\" x1=\"{x:.1}\" y1=\"{low:.1}\" x2=\"{x:.1}\" y2=\"{high:.1}\"/>");
        let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"5\"/>");
    }
}

fn threads(row: Option<&Measured>) -> String {
    match row.map_or(1, |row| row.threads) {
        1 => "1 thread".to_owned(),
        number => format!("{number} threads"),
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
    use crate::report::scaling::tests::sheet;

    fn drawn(scaling: &Scaling) -> String {
        let mut out = Vec::new();
        write(scaling, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn all_that_was_measured_is_in_the_picture() {
        let mut scaling = sheet().scaling;
        let svg = drawn(&scaling);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("prefers-color-scheme: dark") && svg.contains("Amdahl's law, 8.1 % serial"), "{svg}");
        // With threads in plenty, too.
        scaling.rows.push(Measured { threads: 1000, seconds: vec![0.33], pace: Vec::new() });
        let svg = drawn(&scaling);
        for part in svg.split("cy=\"").skip(1) {
            let y: f64 = part.split('"').next().unwrap().parse().unwrap();
            assert!((TOP..=BOTTOM).contains(&y), "{y}");
        }
    }

    #[test]
    fn few_grid_lines() {
        for (highest, step) in [(1.2, 0.25), (2.1, 0.5), (8.0, 1.0), (9.0, 2.0), (17.0, 2.5), (120.0, 20.0)] {
            assert_eq!(step_for(highest), step, "{highest}");
        }
    }
}
