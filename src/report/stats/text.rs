//! Tables for people: what the phases took, then what the threads did, then what there is to say of all.

use super::{Sheet, name, rate, share};
use crate::{
    report::{
        scaling::{self, duration, percent},
        table::thousands,
    },
    stats::Phase,
};
use std::io;

pub(super) fn write(sheet: &Sheet, out: &mut dyn io::Write) -> io::Result<()> {
    write_table(&phases(sheet), out)?;
    writeln!(out)?;
    write_table(&threads(sheet), out)?;
    writeln!(out)?;
    notes(sheet).iter().try_for_each(|(name, text)| writeln!(out, "{name:9}  {text}"))
}

/// A row for each phase in which something was done, with the time of all threads.
fn phases(sheet: &Sheet) -> Vec<[String; 5]> {
    let total = sheet.total();
    let busy = total.busy();
    let mut rows = vec![["phase", "time", "share", "bytes", "rate"].map(str::to_owned)];
    let row = |phase: Phase| {
        let bytes = match total.bytes(phase) {
            0 => String::new(),
            bytes => thousands(bytes),
        };
        let rate = rate(&total, phase).map(|rate| scaling::rate(rate, "B")).unwrap_or_default();
        [phase.name().to_owned(), duration(total.of(phase).as_secs_f64()), percent(share(total.of(phase), busy)), bytes, rate]
    };
    rows.extend(Phase::BUSY.into_iter().map(row));
    rows.push(["all".to_owned(), duration(busy.as_secs_f64()), percent(share(busy, busy)), String::new(), String::new()]);
    rows
}

/// A row for each thread, with what it did of its time.
fn threads(sheet: &Sheet) -> Vec<[String; 7]> {
    let mut rows = vec![["thread", "time", "busy", "waiting", "locks", "idle", "on a CPU"].map(str::to_owned)];
    rows.extend(sheet.threads.iter().map(|thread| {
        let (times, alive) = (&thread.times, thread.times.alive());
        let part = |part| percent(share(part, alive));
        let [waiting, locks, idle] = [Phase::Wait, Phase::Lock, Phase::Idle].map(|phase| part(times.of(phase)));
        [name(thread), duration(alive.as_secs_f64()), part(times.busy()), waiting, locks, idle, part(times.cpu)]
    }));
    rows
}

fn notes(sheet: &Sheet) -> Vec<(&'static str, String)> {
    let wall = duration(sheet.wall().as_secs_f64());
    let (start, cpu) = (duration(sheet.start.as_secs_f64()), duration(sheet.process.cpu.as_secs_f64()));
    let mut notes = vec![("wall", format!("{wall}, after {start} to start; {cpu} of CPU time"))];
    let own = sheet.anonymous.map(|bytes| format!("; {} of its own when all was counted", size(bytes))).unwrap_or_default();
    if let Some(peak) = sheet.process.peak {
        notes.push(("memory", format!("{} at most, pages of mapped files among them{own}", size(peak))));
    }
    if let Some(bytes) = sheet.process.from_disk {
        notes.push(("disk", format!("{} fetched", size(bytes))));
    }
    let work = &sheet.work;
    let folders = if work.folders == 0 { String::new() } else { format!(" in {}", plural(work.folders, "folder")) };
    notes.push(("found", format!("{}{folders}", plural(work.found, "file"))));
    let (records, lines) = (plural(work.records, "record"), plural(work.lines, "line"));
    notes.push(("counted", format!("{records}, {lines} in {}", plural(work.files, "file"))));
    notes
}

/// Columns of equal width; the first is on the left, and figures are on the right.
fn write_table<const N: usize>(rows: &[[String; N]], out: &mut dyn io::Write) -> io::Result<()> {
    let widths: [usize; N] =
        std::array::from_fn(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0));
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(at, (cell, width))| if at == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") })
            .collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Bytes of memory or of a disk, of which nobody needs the last: `48.2 MB`.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        giga if giga >= 1e9 => format!("{:.2} GB", giga / 1e9),
        mega => format!("{:.1} MB", mega / 1e6),
    }
}

fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

#[cfg(test)]
mod tests {
    use crate::{
        report::stats::{
            Form, Sheet, Work,
            tests::{sheet, written},
        },
        stats::Process,
    };

    /// By hand: 4 + 7 + 150 + 30 + 5 + 4 = 200 ms are busy; worker 1 has 88 ms, of which it is busy for 34.
    #[test]
    fn tables_for_people() {
        let expected = "\
phase       time    share        bytes        rate
walk      4.0 ms    2.0 %
read      7.0 ms    3.5 %   30,000,000   4.29 GB/s
detect    0.0 ms    0.0 %
decode  150.0 ms   75.0 %  300,000,000   2.00 GB/s
count    30.0 ms   15.0 %  300,000,000  10.00 GB/s
merge     0.0 ms    0.0 %
report    5.0 ms    2.5 %
other     4.0 ms    2.0 %
all     200.0 ms  100.0 %

thread          time    busy  waiting  locks     idle  on a CPU
main        100.0 ms  10.0 %   90.0 %  0.0 %    0.0 %     9.0 %
worker 1     88.0 ms  38.6 %   56.8 %  2.3 %    2.3 %    37.5 %
worker 2     88.0 ms   0.0 %    0.0 %  0.0 %  100.0 %     0.0 %
2 decoders  160.0 ms  97.5 %    2.5 %  0.0 %    0.0 %    87.5 %

wall       100.0 ms, after 1.5 ms to start; 199.0 ms of CPU time
memory     50.0 MB at most, pages of mapped files among them; 20.0 MB of its own when all was counted
disk       0.0 MB fetched
found      3 files in 1 folder
counted    1,000,000 records, 1,234,567 lines in 3 files
";
        assert_eq!(written(&sheet(), Form::Text), expected);
    }

    #[test]
    fn what_the_system_does_not_tell_is_left_out() {
        let process = Process { peak: None, from_disk: None, ..sheet().process };
        let work = Work { found: 1, folders: 0, ..Work::default() };
        let text = written(&Sheet { process, anonymous: None, work, ..sheet() }, Form::Text);
        assert!(!text.contains("memory") && !text.contains("disk"), "{text}");
        assert!(text.ends_with("of CPU time\nfound      1 file\ncounted    0 records, 0 lines in 0 files\n"), "{text}");
    }
}
