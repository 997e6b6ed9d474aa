//! Real logs with published ground truth, where the environment variable `LOGTALLY_CORPUS` points to them.

use crate::sandbox::Sandbox;
use std::{
    collections::BTreeSet,
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
