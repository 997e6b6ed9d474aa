//! Real logs with published ground truth, where the environment variable `LOGTALLY_CORPUS` points to them.

use crate::sandbox::Sandbox;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The logs of the corpus; `None`, and said so, where there is none.
fn corpus(test: &str) -> Option<(PathBuf, Vec<String>)> {
    let Some(folder) = std::env::var_os("LOGTALLY_CORPUS").map(PathBuf::from) else {
        eprintln!("{test}: skipped, as LOGTALLY_CORPUS is not set");
        return None;
    };
    let folder = folder.canonicalize().unwrap_or_else(|error| panic!("LOGTALLY_CORPUS={}: {error}", folder.display()));
    let mut names: Vec<String> = fs::read_dir(folder.join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 8, "the corpus at {} has lost logs: {names:?}", folder.display());
    Some((folder, names))
}

fn log(folder: &Path, name: &str) -> String {
    folder.join("logs").join(format!("{name}.log")).to_str().unwrap().to_owned()
}

#[test]
fn records_by_service_are_the_published_ones_to_the_byte() {
    let Some((folder, names)) = corpus("records_by_service") else { return };
    let sandbox = Sandbox::new();
    for name in names {
        let expected = fs::read_to_string(folder.join(format!("expected/{name}.services.csv"))).unwrap();
        let out = sandbox.run(&["--columns", "records", &log(&folder, &name)]).complete();
        assert_eq!(out, expected, "{name}");
        // However it is read.
        for io in ["mmap", "read"] {
            for size in ["1000", "1M"] {
                let out =
                    sandbox.run(&["--columns", "records", "--io", io, "--chunk-size", size, &log(&folder, &name)]).complete();
                assert_eq!(out, expected, "{name} --io {io} --chunk-size {size}");
            }
        }
    }
}

#[test]
fn records_by_service_and_level_are_the_published_ones() {
    let Some((folder, names)) = corpus("records_by_service_and_level") else { return };
    let sandbox = Sandbox::new();
    let mut compared = 0;
    for name in names {
        let Ok(expected) = fs::read_to_string(folder.join(format!("expected/{name}.levels.csv"))) else { continue };
        compared += 1;
        let out = sandbox.run(&["--by", "service,level", "--columns", "records", &log(&folder, &name)]).complete();
        assert_eq!(sorted(&out), sorted(&expected), "{name}");
    }
    assert!(compared >= 6);
}

#[test]
fn records_of_a_level_alone_are_the_published_ones() {
    let Some((folder, names)) = corpus("records_of_a_level") else { return };
    let sandbox = Sandbox::new();
    for name in names {
        let Ok(expected) = fs::read_to_string(folder.join(format!("expected/{name}.levels.csv"))) else { continue };
        let levels: BTreeSet<&str> = sorted(&expected).iter().filter_map(|row| row.rsplit(',').nth(1)).collect();
        for level in levels {
            let arguments = ["--level", level, "--by", "service,level", "--columns", "records"];
            let out = sandbox.run(&[&arguments[..], &[&log(&folder, &name)]].concat()).complete();
            let expected = expected.lines().filter(|row| row.rsplit(',').nth(1) == Some(level));
            let mut expected: Vec<&str> = expected.collect();
            expected.sort_unstable();
            let rows: Vec<&str> = sorted(&out).into_iter().filter(|row| !row.ends_with(",0")).collect();
            assert_eq!(rows, expected, "{name} --level {level}");
        }
    }
}

#[test]
fn lines_and_bytes_are_the_files() {
    let Some((folder, names)) = corpus("lines_and_bytes") else { return };
    let sandbox = Sandbox::new();
    for name in names {
        let bytes = fs::read(log(&folder, &name)).unwrap();
        let newlines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let lines = newlines + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
        let out = sandbox.run(&["--columns", "lines,bytes", &log(&folder, &name)]).complete();
        let mut sums = (0, 0);
        for row in csv::Reader::from_reader(out.as_bytes()).records() {
            let row = row.unwrap();
            sums.0 += row[1].parse::<u64>().unwrap();
            sums.1 += row[2].parse::<u64>().unwrap();
        }
        assert_eq!(sums, (lines, bytes.len() as u64), "{name}");
    }
}

fn sorted(csv: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = csv.lines().skip(1).collect();
    rows.sort_unstable();
    rows
}

/// What a log's own reader takes from a line: `2017-06-14T15`, the level, and the service where days are several.
struct Told {
    hour: String,
    level: &'static str,
    service: Option<String>,
}

/// Reads one line of a published log by its columns, in ways of its own. Where no year is said, it is that of the folder's copy.
fn told(name: &str, line: &str) -> Told {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let level = |word: &str| match word {
        "D" | "DEBUG" => "debug",
        "I" | "INFO" | "notice" => "info",
        "W" | "WARN" | "WARNING" => "warn",
        "E" | "ERROR" | "error" => "error",
        "V" => "trace",
        "F" | "FATAL" => "fatal",
        other => panic!("{name}: the level {other} in {line}"),
    };
    let month = |name: &str| {
        1 + ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .iter()
            .position(|month| *month == name)
            .unwrap()
    };
    let before = |word: &str, ends: [char; 2]| word.split(ends).next().unwrap().to_owned();
    match name {
        "Android" => Told { hour: format!("2017-{}T{}", words[0], &words[1][..2]), level: level(words[4]), service: None },
        "Apache" => Told {
            hour: format!("{}-{:02}-{}T{}", &words[4][..4], month(words[1]), words[2], &words[3][..2]),
            level: level(words[5].trim_matches(['[', ']'])),
            service: Some("Apache".to_owned()),
        },
        "HDFS" => Told {
            hour: format!("20{}-{}-{}T{}", &words[0][..2], &words[0][2..4], &words[0][4..], &words[1][..2]),
            level: level(words[3]),
            service: Some(words[4].trim_end_matches(':').to_owned()),
        },
        "Hadoop" => Told { hour: format!("{}T{}", words[0], &words[1][..2]), level: level(words[2]), service: None },
        "OpenStack" => Told { hour: format!("{}T{}", words[0], &words[1][..2]), level: level(words[3]), service: None },
        "Spark" => {
            Told { hour: format!("20{}T{}", words[0].replace('/', "-"), &words[1][..2]), level: level(words[2]), service: None }
        }
        "Linux" | "OpenSSH" => Told {
            hour: format!("2017-{:02}-{:02}T{}", month(words[0]), words[1].parse::<u8>().unwrap(), &words[2][..2]),
            level: "-",
            // `-- root[2421]:`, a login's tag, is the one with a space.
            service: Some(match words[4] {
                "--" => format!("-- {}", before(words[5], ['[', ':'])),
                word => before(word, ['[', ':']),
            }),
        },
        _ => panic!("{name} has no reader here"),
    }
}

/// By service and day, and by level and hour, held against readers that know each log's columns.
#[test]
fn records_by_time_are_those_of_readers_of_each_log() {
    let Some((folder, names)) = corpus("records_by_time") else { return };
    let sandbox = Sandbox::new();
    for name in names {
        let text = fs::read_to_string(log(&folder, &name)).unwrap();
        // The name settles the years: all days of 2017 are before the next day.
        let copy = format!("{name}-20180101.log");
        sandbox.write(&copy, &text);
        let told: Vec<Told> = text.lines().map(|line| told(&name, line)).collect();

        let mut by_hour: BTreeMap<(String, String), u64> = BTreeMap::new();
        for Told { hour, level, .. } in &told {
            *by_hour.entry(((*level).to_owned(), format!("{hour}:00:00Z"))).or_default() += 1;
        }
        let out = sandbox.run(&["--by", "level,hour", "--columns", "records", &copy]).complete();
        assert_eq!(groups(&out), by_hour, "{name} by level,hour");

        let days: BTreeSet<&str> = told.iter().map(|told| &told.hour[..10]).collect();
        let mut by_day: BTreeMap<(String, String), u64> = BTreeMap::new();
        if let [day] = days.iter().collect::<Vec<_>>()[..] {
            // All of a service's records are of the one day.
            let published = fs::read_to_string(folder.join(format!("expected/{name}.services.csv"))).unwrap();
            for row in csv::Reader::from_reader(published.as_bytes()).records() {
                let row = row.unwrap();
                by_day.insert((row[0].to_owned(), (*day).to_owned()), row[1].parse().unwrap());
            }
        } else {
            for Told { hour, service, .. } in &told {
                let service = service.clone().unwrap_or_else(|| panic!("{name} has {days:?}"));
                *by_day.entry((service, hour[..10].to_owned())).or_default() += 1;
            }
        }
        let out = sandbox.run(&["--by", "service,day", "--columns", "records", &copy]).complete();
        assert_eq!(groups(&out), by_day, "{name} by service,day");
    }
}

/// Records by two keys.
fn groups(csv: &str) -> BTreeMap<(String, String), u64> {
    let rows = csv::Reader::from_reader(csv.as_bytes()).into_records();
    rows.map(|row| row.map(|row| ((row[0].to_owned(), row[1].to_owned()), row[2].parse().unwrap())).unwrap()).collect()
}
