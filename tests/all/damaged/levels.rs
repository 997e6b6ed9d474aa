//! Every level of every codec, its own window, blocks and ways of coding: whole, cut in the middle, and with a byte or its checksum wrong.

use super::{Cell, STATUSES, Sum, Tool, WHOLE, damaged, flipped, log, packed::Packed, plainly::decodable, whole_lines};
use crate::sandbox::Sandbox;

/// Counts all these files in one run, which takes as long as a few.
#[track_caller]
fn obey(files: &[(String, Vec<u8>, Cell)]) {
    let sandbox = Sandbox::new();
    sandbox.write("tree/good.log", "{\"service\":\"good\"}\n");
    for (name, bytes, _) in files {
        sandbox.write(&format!("tree/{name}"), bytes);
    }
    let ran = sandbox.run(&["--by", "file", "--columns", "lines", "--files-report", "files.csv", "tree"]);
    let code = files.iter().map(|(_, _, cell)| cell.code).max().unwrap();
    assert_eq!(ran.code, Some(code), "{}", ran.err);
    assert!(ran.out.contains("tree/good.log,1\n"), "{}", ran.out);
    let report = sandbox.read("files.csv");
    let mut wrong = Vec::new();
    for (name, _, expected) in files {
        let row = report.lines().find(|row| row.starts_with(&format!("tree/{name},"))).unwrap_or_else(|| panic!("{report}"));
        let fields: Vec<&str> = row.splitn(11, ',').collect();
        let status = STATUSES.into_iter().find(|status| *status == fields[3]).unwrap();
        let counted = ran.out.lines().find_map(|row| row.strip_prefix(&format!("tree/{name},"))).unwrap_or("0");
        assert_eq!(counted, fields[6], "{name}");
        if (fields[6], status) != (&expected.lines.to_string(), expected.status) {
            wrong.push(format!("{row}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn every_level(codec: &'static str, command: &'static str, levels: &[String]) {
    let text = log();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for level in levels {
        let command = command.replace("LEVEL", level);
        // As long as the test.
        let tool = Tool { codec, command: command.leak(), sum: Sum::Each };
        let Some(packed) = Packed::of(tool, &[&text]) else { return };
        let bytes = &packed.bytes;
        let kept = &bytes[..bytes.len() / 2];
        bad.push((format!("cut{level}"), kept.to_vec(), damaged(whole_lines(&decodable(codec, kept).0))));
        let (wrong, cell) = flipped(&packed, &text, bytes.len() * 2 / 3);
        bad.push((format!("flipped{level}"), wrong, cell));
        for place in &packed.sums {
            let mut wrong = bytes.clone();
            wrong[*place] ^= 1;
            bad.push((format!("checksum{level}"), wrong, damaged(0)));
        }
        good.push((format!("whole{level}"), packed.bytes, WHOLE));
    }
    obey(&good);
    obey(&bad);
}

fn levels(of: std::ops::RangeInclusive<u32>) -> Vec<String> {
    of.map(|level| format!("-{level}")).collect()
}

#[test]
fn gzip() {
    every_level("gzip", "gzip -c LEVEL", &levels(1..=9));
    // Stored as it is.
    every_level("gzip", "pigz -c LEVEL", &levels(0..=0));
}

#[test]
fn zstd() {
    every_level("zstd", "zstd -qc LEVEL", &[levels(1..=19), vec!["--fast=5".to_owned()]].concat());
    every_level("zstd", "zstd -qc --ultra LEVEL", &levels(22..=22));
}

#[test]
fn xz() {
    every_level("xz", "xz -c -T1 LEVEL", &levels(0..=9));
    every_level("xz", "xz -c -T1 -e LEVEL", &levels(6..=6));
}

#[test]
fn bzip2() {
    every_level("bzip2", "bzip2 -c LEVEL", &levels(1..=9));
}

#[test]
fn lz4() {
    every_level("lz4", "lz4 -qc LEVEL", &levels(1..=12));
}
