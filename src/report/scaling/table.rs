//! A table for people, and the same in Markdown: what each number of threads takes, then what follows from it.

use super::{Sheet, baseline, duration, machine, percent, rate};
use crate::{
    report::{Color, table::thousands},
    scaling::{Cache, Scaling, Verdict},
};
use std::io;

const HEADER: [&str; 7] = ["threads", "median", "spread", "throughput", "records", "speed-up", "efficiency"];

/// In seconds: a walk, the start of threads and their end take a millisecond or some, which is much of a shorter run.
const SHORT: f64 = 0.020;

pub(super) fn write(sheet: &Sheet, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = cells(&sheet.scaling);
    let header = HEADER.map(str::to_owned);
    let width = |at: usize| std::iter::once(&header).chain(&rows).map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |row: &[String; 7]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        cells.join("  ")
    };
    let bold = |text: &str| if color == Color::Always { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    writeln!(out, "{}", bold(&line(&header)))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)))?;
    writeln!(out)?;
    for (name, text) in notes(&sheet.scaling) {
        writeln!(out, "{name:12}  {text}")?;
    }
    for compared in sheet.rows() {
        let text = baseline::sentence(compared);
        let red = compared.verdict == Verdict::Slower && color == Color::Always;
        writeln!(out, "{:12}  {}", "baseline", if red { format!("\x1b[31m{text}\x1b[0m") } else { text })?;
    }
    sheet.remarks().iter().try_for_each(|remark| writeln!(out, "{:12}  {remark}", "baseline"))
}

pub(super) fn write_markdown(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "| {} |\n|{}", HEADER.join(" | "), "---:|".repeat(HEADER.len()))?;
    cells(&sheet.scaling).iter().try_for_each(|row| writeln!(out, "| {} |", row.join(" | ")))?;
    writeln!(out)?;
    for (name, text) in notes(&sheet.scaling) {
        writeln!(out, "- {name}: {}", plain(&text))?;
    }
    for compared in sheet.rows() {
        let text = baseline::sentence(compared);
        let bold = if compared.verdict == Verdict::Slower { "**" } else { "" };
        writeln!(out, "- baseline: {bold}{text}{bold}")?;
    }
    sheet.remarks().iter().try_for_each(|remark| writeln!(out, "- baseline: {}", plain(remark)))
}

/// A text in which nothing is markup (CommonMark, section 2.4): a processor may call itself anything.
fn plain(text: &str) -> String {
    let marks = |letter: char| matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~');
    let escaped = text.chars().map(|letter| if marks(letter) { format!("\\{letter}") } else { letter.to_string() });
    escaped.collect()
}

fn cells(scaling: &Scaling) -> Vec<[String; 7]> {
    let row = |row| {
        let measured: &crate::scaling::Measured = row;
        let quartiles = measured.quartiles();
        [
            measured.threads.to_string(),
            duration(quartiles.median),
            measured.spread().map_or("-".to_owned(), |spread| format!("± {}", percent(spread))),
            rate(scaling.work.bytes as f64 / quartiles.median, "B"),
            rate(scaling.work.records as f64 / quartiles.median, ""),
            format!("{:.2}", scaling.speed_up(measured)),
            format!("{:.0} %", scaling.efficiency(measured) * 100.0),
        ]
    };
    scaling.rows.iter().map(row).collect()
}

/// What there is to say of all rows.
fn notes(scaling: &Scaling) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if let Some(share) = scaling.serial_share() {
        let most = if share > 0.0005 {
            let most = 1.0 / share;
            let digits = if most < 9.95 { 1 } else { 0 };
            format!("at most {most:.digits$} times as fast as one thread")
        } else {
            "no limit in sight".to_owned()
        };
        notes.push(("serial share", format!("{} by Amdahl's law, fitted to the medians: {most}", percent(share))));
    }
    let runs = scaling.rows.first().map_or(0, |row| row.seconds.len());
    let all = runs * scaling.rows.len();
    let before = match scaling.warmup {
        0 => "without a warm-up".to_owned(),
        1 => "after a warm-up".to_owned(),
        number => format!("after {number} to warm up"),
    };
    let spread = if runs > 1 { "; spread is half the distance of the quartiles" } else { "; one run has no spread" };
    notes.push(("runs", format!("{runs} of each in turns, {before}{spread}")));
    let work = scaling.work;
    let files = if work.files == 1 { "1 file".to_owned() } else { format!("{} files", thousands(work.files)) };
    let counted = format!("{} records, {} bytes in {files}", thousands(work.records), thousands(work.bytes));
    notes.push(("counted", format!("{counted}; all {all} answers are equal")));
    let cache = match scaling.cache {
        Cache::Warm => "files in the page cache",
        Cache::Cold => "files read from the disk",
    };
    if scaling.rows.iter().all(|row| row.quartiles().median < SHORT) {
        let text = format!("runs of less than {:.0} ms are mostly starting and ending: measure more logs", SHORT * 1e3);
        notes.push(("short", text));
    }
    notes.push(("machine", format!("{}; {cache}", machine(&scaling.machine))));
    notes
}

#[cfg(test)]
mod tests {
    use crate::report::scaling::{
        Form,
        tests::{sheet, slower, written},
    };

    #[test]
    fn a_table_and_what_follows() {
        let expected = "\
threads    median   spread  throughput    records  speed-up  efficiency
      1   1.000 s  ± 1.0 %   1.00 GB/s   4.00 M/s      1.00       100 %
      2  500.0 ms  ± 1.5 %   2.00 GB/s   8.00 M/s      2.00       100 %
      4  330.0 ms  ± 0.8 %   3.03 GB/s  12.12 M/s      3.03        76 %

serial share  8.1 % by Amdahl's law, fitted to the medians: at most 12 times as fast as one thread
runs          3 of each in turns, after a warm-up; spread is half the distance of the quartiles
counted       4,000,000 records, 1,000,000,000 bytes in 3 files; all 9 answers are equal
machine       4 CPUs, Fast <9000> & \"co\"; files in the page cache
";
        assert_eq!(written(&sheet(), Form::Table), expected);
        let slower = written(&slower(), Form::Table);
        assert!(
            slower.contains("\nbaseline      2 threads: slower, 100.0 % more time than the baseline (ratio 2.000, likely "),
            "{slower}"
        );
        assert!(slower.contains("\nbaseline      4 threads: fine, 0.0 % more time"), "{slower}");
    }

    #[test]
    fn what_too_short_runs_are_worth_is_told() {
        let mut sheet = sheet();
        let note = "\nshort         runs of less than 20 ms are mostly starting and ending: measure more logs\n";
        assert!(!written(&sheet, Form::Table).contains(note));
        for row in &mut sheet.scaling.rows {
            row.seconds = vec![0.019; 3];
        }
        assert!(written(&sheet, Form::Table).contains(note));
    }

    #[test]
    fn markdown_for_a_summary() {
        let markdown = written(&slower(), Form::Markdown);
        assert!(markdown.starts_with("| threads | median | spread | throughput | records | speed-up | efficiency |\n|---:|---:|---:|---:|---:|---:|---:|\n| 1 | 1.000 s |"), "{markdown}");
        assert!(markdown.contains("- machine: 4 CPUs, Fast \\<9000\\> \\& \"co\""), "{markdown}");
        assert!(markdown.contains("- baseline: **2 threads: slower"), "{markdown}");
    }
}
