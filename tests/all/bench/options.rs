//! A bench takes the options of a count, and times the count that they ask for.

use super::{json, tree};
use crate::sandbox::{Ran, Sandbox};
use std::collections::BTreeMap;

/// A single run with two threads, as JSON: what is counted matters here, and not how long it takes.
fn bench(sandbox: &Sandbox, options: &[&str], files: &[&str]) -> Ran {
    sandbox.run(&[&["bench", "--runs", "1", "--warmup", "0", "-j", "2", "-f", "json"], options, files].concat())
}

/// What help says of each option, by its long name.
fn options(sandbox: &Sandbox, verb: &str) -> BTreeMap<String, String> {
    let help = sandbox.run(&[verb, "--help"]).complete();
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    let mut name = None;
    for line in help.lines().take_while(|line| *line != "Examples:") {
        let text = line.trim();
        // `--stats[=<FORM>]` is `stats`.
        let long = text.split_whitespace().find_map(|word| word.strip_prefix("--")?.split('[').next());
        match long {
            Some(long) if text.starts_with('-') => name = Some(long.to_owned()),
            // A heading.
            _ if !line.starts_with(' ') && !line.is_empty() => name = None,
            _ => {}
        }
        if let Some(name) = &name {
            options.entry(name.clone()).or_default().push_str(&format!("{text}\n"));
        }
    }
    options
}

#[test]
fn all_that_bears_on_the_answer_is_an_option_of_both() {
    let sandbox = Sandbox::new();
    let (count, bench) = (options(&sandbox, "count"), options(&sandbox, "bench"));
    let lacking: Vec<&str> = count.keys().map(String::as_str).filter(|name| !bench.contains_key(*name)).collect();
    // How a run behaves towards those who watch it, what it writes beside the report, and how names look in that.
    assert_eq!(lacking, ["allow-empty", "csv-safe", "files-report", "progress", "quiet", "stats", "strict", "verbose"]);
    let shared: Vec<_> = count.iter().filter(|(name, _)| bench.contains_key(*name)).collect();
    assert!(shared.len() > 25, "{shared:?}");
    // What is written, and with how many threads, is another thing for each.
    let own = ["format", "output", "threads"];
    for (name, text) in shared.into_iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        assert_eq!(&bench[name], text, "--{name}");
    }
}

/// Three records without a zone, an hour apart, and two in a gzip file that is cut short behind them.
fn timed() -> Sandbox {
    let sandbox = tree();
    let line =
        |hour: &str, level: &str| format!("{{\"ts\":\"2024-01-15 {hour}:00:00\",\"service\":\"cart\",\"level\":\"{level}\"}}\n");
    sandbox.write("timed.log", [line("09", "info"), line("10", "error"), line("11", "error")].concat());
    // A stored block of 200 bytes (RFC 1951, section 3.2.4) of which there are fewer.
    let cut = [line("09", "info"), line("10", "info")].concat();
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 200, 0, 55, 0xff];
    sandbox.write("cut.gz", [&head, cut.as_bytes()].concat());
    sandbox
}

#[test]
fn what_is_timed_is_what_the_options_ask_for() {
    let sandbox = timed();
    let table: &[(&[&str], u64)] = &[
        (&[], 3),
        (&["--since", "2024-01-15T10:00:00Z"], 2),
        (&["--until", "2024-01-15T10:00:00Z"], 1),
        (&["--since", "90m", "--now", "2024-01-15T11:15:00Z"], 2),
        // Two hours earlier in UTC.
        (&["--since", "2024-01-15T09:00:00Z", "--assume-tz", "+02:00"], 1),
        (&["--since", "2024-01-15T09:00", "--tz", "-02:00"], 1),
        (&["--level", "error", "--columns", "records,errors,last", "--sort", "errors", "--top", "1"], 2),
        (&["--by", "hour", "--grep", "T?09"], 1),
        (&["--service", "auth"], 0),
    ];
    for (options, records) in table {
        let document = json(&bench(&sandbox, options, &["timed.log"]).complete());
        assert_eq!(document["work"]["records"], *records, "{options:?}");
    }
}

#[test]
fn damage_and_limits_are_those_that_are_asked_for() {
    let sandbox = timed();
    let records = |options: &[&str]| {
        let ran = bench(&sandbox, options, &["timed.log", "cut.gz"]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        (json(&ran.out)["work"]["records"].as_u64().unwrap(), ran.err)
    };
    let (salvaged, err) = records(&[]);
    assert_eq!(salvaged, 5, "{err}");
    assert!(err.contains("cut.gz: damaged gzip data, cut short at byte "), "{err}");
    assert_eq!(records(&["--on-damaged", "drop"]).0, 3);
    let (limited, err) = records(&["--max-decoded", "70"]);
    assert!(limited == 4 && err.contains("cut.gz: "), "{limited} {err}");
}

#[test]
fn what_was_asked_for_is_in_the_document() {
    let sandbox = timed();
    let options = ["--by", "level", "--top", "2", "--grep", "cart", "--since", "24h", "--now", "2024-01-15T12:00:00Z"];
    let document = json(&bench(&sandbox, &options, &["timed.log"]).complete());
    let settings = &document["settings"];
    assert_eq!((&settings["by"], &settings["top"], &settings["grep"]), (&"level".into(), &"2".into(), &"cart".into()));
    assert_eq!(settings["since"], "2024-01-14T12:00:00Z");
}
