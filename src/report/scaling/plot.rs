//! A picture (SVG 1.1): speed-up against threads, beside the line of perfect scaling and the curve that was fitted.
//!
//! It brings its own ground, white or dark as the viewer's colour scheme is, so that it can be read on any page, and by programs that know
//! nothing of such schemes.

mod scale;

use super::{machine, size};
use crate::{
    report::table::thousands,
    scaling::{Cache, Measured, Scaling, threads},
};
use scale::{Axes, BOTTOM, LEFT, RIGHT, TOP};
use std::{fmt::Write as _, io};

/// The picture, in pixels; what is drawn in is [`Axes`]'.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 468.0;

/// The widest that a letter of the legend is in the fonts of usual systems, in pixels.
const LETTER: f64 = 7.7;

/// More letters than this do not fit below the title.
const MOST_LETTERS: usize = 88;

// The pairs of colours are those of GitHub's pages, where most such pictures are seen; each has a contrast of 4.5 or more to its ground, but
// for the grid.
const STYLE: &str = "\
  .ground { fill: #ffffff }
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .minor { fill: #57606a }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .cpus { stroke: #57606a; stroke-dasharray: 1 3 }
  .ideal { stroke: #6e7781; stroke-width: 2; stroke-dasharray: 6 5; fill: none }
  .fit { stroke: #bc4c00; stroke-width: 2; fill: none }
  .run { stroke: #0969da; stroke-width: 2.5; fill: none }
  .dot { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #d1d7e0 }
    .minor { fill: #9198a1 }
    .cpus { stroke: #9198a1 }
    .ideal { stroke: #9198a1 }
    .fit { stroke: #f0883e }
    .run { stroke: #58a6ff }
    .dot { fill: #58a6ff }
  }
";

pub(super) fn write(scaling: &Scaling, out: &mut dyn io::Write) -> io::Result<()> {
    let (Some(first), Some(last)) = (scaling.rows.first(), scaling.rows.last()) else { return Ok(()) };
    let axes = Axes::new(scaling);
    let title = format!("Speed-up over {}", threads(&[first.threads]));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
         <title>{title}, measured with logtally bench</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\n",
        escaped(&in_words(scaling))
    );
    let _ = writeln!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"30\">{title}</text>");
    let _ = writeln!(svg, "<text class=\"minor\" x=\"{LEFT}\" y=\"50\">{}</text>", escaped(&shortened(&subject(scaling))));
    grid(&mut svg, scaling, &axes);

    let ideal = |threads: f64| threads / first.threads as f64;
    let mut legend = vec![("ideal", "perfect".to_owned())];
    let _ = writeln!(svg, "<polyline class=\"ideal\" points=\"{}\"/>", axes.curve(last.threads as f64, &ideal));
    let fitted = |share: f64, threads: f64| {
        let time = |threads: f64| share + (1.0 - share) / threads;
        time(first.threads as f64) / time(threads)
    };
    let share = scaling.serial_share();
    if let Some(share) = share {
        // It was not fitted to more threads than there are CPUs, and says nothing of them.
        let most = last.threads.min(scaling.machine.cpus) as f64;
        let _ = writeln!(svg, "<polyline class=\"fit\" points=\"{}\"/>", axes.curve(most, &|threads| fitted(share, threads)));
        legend.push(("fit", format!("Amdahl's law, {:.1} % serial", share * 100.0)));
    }
    legend.push(("run", "measured, with quartiles".to_owned()));
    // The fitted curve's height, which figures keep clear of.
    let curve =
        |threads: f64| share.map(|share| axes.y(fitted(share, threads))).filter(|_| threads <= scaling.machine.cpus as f64);
    measured(&mut svg, scaling, &axes, &curve);
    write_legend(&mut svg, &legend);
    svg.push_str("</svg>\n");
    out.write_all(svg.as_bytes())
}

/// What was counted, and where: `201 MB in 1 file; 2 CPUs, AMD EPYC`.
fn subject(scaling: &Scaling) -> String {
    let work = scaling.work;
    let files = if work.files == 1 { "1 file".to_owned() } else { format!("{} files", thousands(work.files)) };
    let from = match scaling.cache {
        Cache::Warm => "",
        Cache::Cold => ", read from the disk",
    };
    format!("{} in {files}{from}; {}", size(work.bytes as f64, "B"), machine(&scaling.machine))
}

/// What is drawn, for those who cannot see it.
fn in_words(scaling: &Scaling) -> String {
    let row = |row: &Measured| format!("{}: {:.2} times as fast", threads(&[row.threads]), scaling.speed_up(row));
    scaling.rows.iter().map(row).collect::<Vec<_>>().join("; ")
}

/// Lines and numbers, and what they are of.
fn grid(svg: &mut String, scaling: &Scaling, axes: &Axes) {
    for (number, y) in axes.levels() {
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{number}</text>", LEFT - 8.0, y + 4.5);
    }
    let mut right_of = f64::MIN;
    for row in &scaling.rows {
        let x = axes.x(row.threads as f64);
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>");
        // Numbers that would stand in one another are left out.
        if x - right_of > 34.0 {
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 20.0, row.threads);
            right_of = x;
        }
    }
    let middle = (LEFT + RIGHT) / 2.0;
    let _ = writeln!(svg, "<text class=\"minor\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">threads</text>", BOTTOM + 40.0);
    let cpus = scaling.machine.cpus;
    let within = |row: Option<&Measured>| row.is_some_and(|row| row.threads <= cpus);
    if within(scaling.rows.first()) && !within(scaling.rows.last()) {
        let x = axes.x(cpus as f64);
        let name = if cpus == 1 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") };
        let _ = writeln!(svg, "<line class=\"cpus\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>");
        let _ = writeln!(svg, "<text class=\"minor\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{name}</text>", TOP - 6.0);
    }
}

/// A dot for each median with its figure beside it, and a line from quartile to quartile.
fn measured(svg: &mut String, scaling: &Scaling, axes: &Axes, curve: &dyn Fn(f64) -> Option<f64>) {
    let Some(first) = scaling.rows.first().map(|first| first.quartiles().median) else { return };
    let mut right_of = f64::MIN;
    for row in &scaling.rows {
        let quartiles = row.quartiles();
        let x = axes.x(row.threads as f64);
        let [low, middle, high] = [quartiles.upper, quartiles.median, quartiles.lower].map(|seconds| axes.y(first / seconds));
        let _ = writeln!(svg, "<line class=\"run\" x1=\"{x:.1}\" y1=\"{low:.1}\" x2=\"{x:.1}\" y2=\"{high:.1}\"/>");
        let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"4.5\"/>");
        if x - right_of > 36.0 {
            // Right below the dot, as curves come from the lower left; unless one passes there.
            let passes = curve(row.threads as f64).is_some_and(|y| (middle + 3.0..middle + 36.0).contains(&y));
            let y = if passes { middle - 7.0 } else { middle + 16.0 };
            let speed_up = first / quartiles.median;
            let digits = if speed_up < 9.995 { 2 } else { 1 };
            let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{y:.1}\">{speed_up:.digits$}</text>", x + 7.0);
            right_of = x;
        }
    }
}

/// What each line is, below all that is drawn.
fn write_legend(svg: &mut String, legend: &[(&str, String)]) {
    let y = BOTTOM + 68.0;
    let mut from = LEFT;
    for (class, text) in legend {
        let to = from + 30.0;
        let _ = writeln!(svg, "<line class=\"{class}\" x1=\"{from:.1}\" y1=\"{y}\" x2=\"{to:.1}\" y2=\"{y}\"/>");
        if *class == "run" {
            let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{y}\" r=\"4.5\"/>", (from + to) / 2.0);
        }
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{}\">{text}</text>", to + 8.0, y + 4.5);
        from = to + 8.0 + LETTER * text.chars().count() as f64 + 18.0;
    }
}

/// A text of as many letters as fit.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_LETTERS {
        return text.to_owned();
    }
    text.chars().take(MOST_LETTERS - 3).chain("...".chars()).collect()
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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
        // One for each number of threads, and one in the legend.
        assert_eq!(svg.matches("<circle").count(), 4);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("prefers-color-scheme: dark") && svg.contains("Amdahl's law, 8.1 % serial"), "{svg}");
        assert!(
            svg.contains("<desc>1 thread: 1.00 times as fast; 2 threads: 2.00 times as fast; 4 threads: 3.03 times"),
            "{svg}"
        );
        assert!(svg.contains(">1.00 GB in 3 files; 4 CPUs, Fast &lt;9000&gt; &amp; \"co\"</text>"), "{svg}");
        // With threads in plenty, too, and where they do harm.
        for (threads, seconds) in [(1000, 0.33), (1001, 0.01), (1002, 30.0)] {
            scaling.rows.push(Measured { threads, seconds: vec![seconds], ..Measured::default() });
            let svg = drawn(&scaling);
            for part in svg.split("cy=\"").skip(1).take(scaling.rows.len()) {
                let y: f64 = part.split('"').next().unwrap().parse().unwrap();
                assert!((TOP..=BOTTOM).contains(&y), "{y}");
            }
        }
    }

    #[test]
    fn names_of_any_length_fit() {
        let mut scaling = sheet().scaling;
        scaling.machine.model = Some("x".repeat(200));
        assert!(drawn(&scaling).contains(&format!("1.00 GB in 3 files; 4 CPUs, {}...</text>", "x".repeat(MOST_LETTERS - 31))));
    }
}
