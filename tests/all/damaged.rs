//! Damaged archives are told truthfully: for each codec and each way of damaging a file, just so many lines count, the file's
//! status says why they are no more, the exit code says that the report lacks something, and the other files of the tree count.
//!
//! The good files are made by the reference tools, from parts whose places are known, so what a checksum vouches for is known too.
//! How much can be had of a file that is cut is what its library gives when it is read to its fault, plainly and at once.

use crate::sandbox::Sandbox;
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
    thread,
};

const LINES: usize = 20_000;

/// A log of 20,000 lines, no two of them alike.
pub fn log() -> Vec<u8> {
    let mut text = Vec::new();
    let mut seed = 7u32;
    for line in 0..LINES {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let service = ["cart", "auth", "search", "mail"][(seed >> 28) as usize % 4];
        writeln!(text, "{{\"service\":\"{service}\",\"line\":{line},\"id\":\"{seed:08x}\"}}").unwrap();
    }
    text
}

/// A way to compress.
#[derive(Clone, Copy)]
pub struct Tool {
    /// The codec's name in reports.
    pub codec: &'static str,
    pub command: &'static [&'static str],
}

pub const TOOLS: [Tool; 5] = [
    Tool { codec: "gzip", command: &["gzip", "-c"] },
    Tool { codec: "zstd", command: &["zstd", "-qc"] },
    Tool { codec: "xz", command: &["xz", "-c", "-T1"] },
    Tool { codec: "bzip2", command: &["bzip2", "-c"] },
    Tool { codec: "lz4", command: &["lz4", "-qc"] },
];

/// What the tool makes of a text; `None` where it is not installed.
pub fn compressed(command: &[&str], text: &[u8]) -> Option<Vec<u8>> {
    let (program, arguments) = command.split_first()?;
    let spawned =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(_) => {
            eprintln!("skipped: {program} is not installed");
            return None;
        }
    };
    let mut pipe = child.stdin.take().unwrap();
    let text = text.to_vec();
    let writer = thread::spawn(move || pipe.write_all(&text).unwrap());
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "{command:?}");
    Some(out)
}

/// A file in parts that are decoded and verified apart: members, frames, streams.
struct Packed {
    codec: &'static str,
    bytes: Vec<u8>,
    /// Where each part ends, in the file and in the text.
    ends: Vec<(usize, usize)>,
}

impl Packed {
    fn of(tool: &Tool, parts: &[&[u8]]) -> Option<Packed> {
        let mut packed = Packed { codec: tool.codec, bytes: Vec::new(), ends: Vec::new() };
        let mut text = 0;
        for part in parts {
            packed.bytes.extend(compressed(tool.command, part)?);
            text += part.len();
            packed.ends.push((packed.bytes.len(), text));
        }
        Some(packed)
    }

    /// How much of the text whole parts before this byte hold.
    fn verified(&self, byte: usize) -> usize {
        self.ends.iter().filter(|(stored, _)| *stored <= byte).map(|(_, text)| *text).max().unwrap_or(0)
    }
}

/// All that the codec's library gives of a file before it fails, and whether it failed because the file ended.
fn decodable(codec: &str, bytes: &[u8]) -> (Vec<u8>, Fails) {
    let mut reader: Box<dyn Read + '_> = match codec {
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        "zstd" => Box::new(ZstdReader::new(bytes)),
        "xz" => Box::new(liblzma::read::XzDecoder::new_multi_decoder(bytes)),
        "bzip2" => Box::new(bzip2::read::MultiBzDecoder::new(bytes)),
        "lz4" => Box::new(Lz4Reader { decoder: lz4_flex::frame::FrameDecoder::new(bytes) }),
        _ => unreachable!("{codec}"),
    };
    let mut text = Vec::new();
    // One byte at a time: what is decoded before a fault is not lost in a buffer.
    let mut byte = [0];
    loop {
        match reader.read(&mut byte) {
            Ok(0) => return (text, Fails::Not),
            Ok(_) => text.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return (text, Fails::ByEnd),
            Err(_) => return (text, Fails::Otherwise),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    Not,
    ByEnd,
    Otherwise,
}

/// lz4's library ends after each frame.
struct Lz4Reader<'b> {
    decoder: lz4_flex::frame::FrameDecoder<&'b [u8]>,
}

impl Read for Lz4Reader<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.decoder.read(out) {
            Ok(0) if !self.decoder.get_ref().is_empty() => self.decoder.read(out),
            read => read,
        }
    }
}

/// zstd's library has no reader of its own here.
struct ZstdReader<'b> {
    bytes: &'b [u8],
    at: usize,
    context: zstd_safe::DCtx<'static>,
    hint: usize,
}

impl<'b> ZstdReader<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        ZstdReader { bytes, at: 0, context: zstd_safe::DCtx::create(), hint: 0 }
    }
}

impl Read for ZstdReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if self.at == self.bytes.len() && self.hint == 0 {
                return Ok(0);
            }
            let mut input = zstd_safe::InBuffer { src: self.bytes, pos: self.at };
            let before = self.at;
            let mut output = zstd_safe::OutBuffer::around(out);
            let hint = self.context.decompress_stream(&mut output, &mut input);
            let produced = output.pos();
            self.at = input.pos;
            match hint {
                Err(code) => return Err(std::io::Error::other(zstd_safe::get_error_name(code))),
                Ok(hint) => self.hint = hint,
            }
            if produced > 0 {
                return Ok(produced);
            }
            if self.at == self.bytes.len() && self.at == before {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn whole_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// What a damaged file must come to.
#[derive(Debug, PartialEq, Eq)]
struct Cell {
    lines: usize,
    status: &'static str,
    code: i32,
}

const WHOLE: Cell = Cell { lines: LINES, status: "ok", code: 0 };

fn damaged(lines: usize) -> Cell {
    Cell { lines, status: "damaged", code: 1 }
}

/// Counts a file beside a good one.
fn count(name: &str, bytes: &[u8], options: &[&str]) -> (Cell, String) {
    let sandbox = Sandbox::new();
    sandbox.write("tree/good.log", "{\"service\":\"good\"}\n{\"service\":\"good\"}\n");
    sandbox.write(&format!("tree/{name}"), bytes);
    let arguments = ["--by", "file", "--columns", "lines", "--files-report", "files.csv", "tree"];
    let ran = sandbox.run(&[&arguments[..], options].concat());
    let mut good = 0;
    let mut lines = 0;
    for row in ran.out.lines().skip(1) {
        let (file, count) = row.rsplit_once(',').unwrap();
        let count: usize = count.parse().unwrap();
        if file == "tree/good.log" { good += count } else { lines += count }
    }
    assert_eq!(good, 2, "{name}: the other file of the tree counts: {} {}", ran.out, ran.err);
    let report = sandbox.read("files.csv");
    let row = report.lines().find(|row| row.starts_with(&format!("tree/{name},"))).unwrap_or_else(|| panic!("{report}"));
    let fields: Vec<&str> = row.splitn(11, ',').collect();
    let status = ["ok", "empty", "binary", "damaged", "limit", "unreadable", "changed", "vanished"]
        .into_iter()
        .find(|status| *status == fields[3])
        .unwrap();
    // The files' report, the report and the messages agree.
    if status != "ok" && status != "empty" {
        assert_ne!(fields[10], "", "{name}: a reason is given");
        assert!(ran.err.contains(&format!("tree/{name}: ")), "{name} is named: {}", ran.err);
    }
    (Cell { lines, status, code: ran.code.unwrap() }, format!("{} {}", fields[2], fields[10]))
}

/// All cells of a codec; each in a tree of its own.
fn cells(packed: &Packed, text: &[u8]) -> Vec<(String, Vec<u8>, Cell)> {
    let bytes = &packed.bytes;
    let len = bytes.len();
    let mut cells = vec![
        ("whole".to_owned(), bytes.clone(), WHOLE),
        ("of another name.zip".to_owned(), bytes.clone(), WHOLE),
        ("no name at all".to_owned(), bytes.clone(), WHOLE),
        ("empty.gz".to_owned(), Vec::new(), Cell { lines: 0, status: "empty", code: 0 }),
    ];
    // Cut in the header, in eight places between, and in the trailer.
    let between = (1..=8).map(|eighth| len * eighth / 9);
    let in_header = if packed.codec == "bzip2" { 5 } else { 3 };
    for cut in [in_header].into_iter().chain(between).chain([len - 3]) {
        let kept = &bytes[..cut];
        let lines = whole_lines(&decodable(packed.codec, kept).0);
        let at_end = packed.ends.iter().any(|(stored, _)| *stored == cut);
        assert!(!at_end, "the places were chosen so that they are within a part");
        cells.push((format!("cut at {cut}"), kept.to_vec(), damaged(lines)));
    }
    let header = match packed.codec {
        "gzip" => 10,
        "xz" => 12,
        "bzip2" => 4,
        "zstd" => 6,
        _ => 7,
    };
    cells.push(("header only".to_owned(), bytes[..header].to_vec(), damaged(0)));
    let trailer = match packed.codec {
        "gzip" => 8,
        "xz" => 12,
        "bzip2" => 10,
        _ => 4,
    };
    cells.push(("no trailer".to_owned(), bytes[..len - trailer].to_vec(), damaged(LINES)));
    // Without its magic a file is none of the codec.
    let magic = match packed.codec {
        "gzip" => 3,
        "xz" => 6,
        "bzip2" => 10,
        _ => 4,
    };
    for flip in 0..10 {
        let place = magic + (len - magic - 4) * flip / 10;
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x10;
        let (given, fails) = decodable(packed.codec, &flipped);
        let cell = match fails {
            // A byte that means nothing to the text: a time in gzip's header.
            Fails::Not if given == text => WHOLE,
            Fails::ByEnd => damaged(whole_lines(&given)),
            _ => damaged(whole_lines(&text[..packed.verified(place)])),
        };
        cells.push((format!("byte {place} flipped"), flipped, cell));
    }
    let checksum = match packed.codec {
        "gzip" => Some(len - 8),
        "zstd" | "lz4" => Some(len - 4),
        // Of the stream; a block's own are in the midst.
        "bzip2" | "xz" => None,
        _ => unreachable!(),
    };
    if let Some(place) = checksum {
        let mut wrong = bytes.clone();
        wrong[place] ^= 1;
        cells.push(("checksum".to_owned(), wrong, damaged(whole_lines(&text[..packed.verified(place)]))));
    }
    // From a place within a part on there are only zeros.
    for place in [len / 3, len * 4 / 5] {
        let zeros = [&bytes[..place], &vec![0; len - place]].concat();
        let lines = whole_lines(&decodable(packed.codec, &bytes[..place]).0);
        cells.push((format!("zeros from {place}"), zeros, damaged(lines)));
    }
    let garbage = [bytes, &b"something else\n"[..]].concat();
    let padded = [bytes, &[0; 1024][..]].concat();
    match packed.codec {
        // As gzip and bzip2 do it, who say so and go on.
        "gzip" | "bzip2" => cells.push(("garbage".to_owned(), garbage, WHOLE)),
        _ => cells.push(("garbage".to_owned(), garbage, damaged(LINES))),
    }
    cells.push(("padded".to_owned(), padded, WHOLE));
    cells
}

#[track_caller]
fn obeys(tool: &Tool, parts: &[&[u8]], text: &[u8]) {
    let Some(packed) = Packed::of(tool, parts) else { return };
    let mut wrong = Vec::new();
    let cells = cells(&packed, text);
    assert!(cells.len() >= 30, "{}", cells.len());
    for (name, bytes, expected) in cells {
        let (found, detail) = count(&name, &bytes, &[]);
        if found != expected {
            wrong.push(format!("{} in {} parts, {name}: {found:?}, not {expected:?} ({detail})", tool.codec, parts.len()));
        }
        // Left out whole, where that is asked for.
        if expected.status == "damaged" && name.starts_with("cut") {
            let (found, _) = count(&name, &bytes, &["--on-damaged", "drop"]);
            assert_eq!(found, damaged(0), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One member, frame or stream; and two, with a line that begins in the first and ends in the second.
fn table(codec: &str) {
    let text = log();
    let tool = TOOLS.iter().find(|tool| tool.codec == codec).unwrap();
    obeys(tool, &[&text], &text);
    let (first, second) = text.split_at(text.len() / 3 + 11);
    assert_ne!(first.last(), Some(&b'\n'));
    obeys(tool, &[first, second], &text);
}

#[test]
fn gzip() {
    table("gzip");
}

#[test]
fn zstd() {
    table("zstd");
}

#[test]
fn xz() {
    table("xz");
}

#[test]
fn bzip2() {
    table("bzip2");
}

#[test]
fn lz4() {
    table("lz4");
}

/// An archive that is cut within a member: the members before and the lines before the cut count.
#[test]
fn tar() {
    let text = log();
    let (first, second) = text.split_at(text.len() / 2);
    // Its last line has no newline, and is one all the same.
    assert_ne!(first.last(), Some(&b'\n'));
    let in_first = whole_lines(first) + 1;
    let sandbox = Sandbox::new();
    sandbox.write("a.log", first);
    sandbox.write("b.log", second);
    let packed = |options: &str| {
        let made = Command::new("tar").args([options, "packed", "a.log", "b.log"]).current_dir(sandbox.path()).status();
        made.is_ok_and(|status| status.success()).then(|| std::fs::read(sandbox.path().join("packed")).unwrap())
    };
    let Some(plain) = packed("-cf") else { return eprintln!("skipped: tar is not installed") };
    // Each member stands behind a header of 512 bytes, and is filled up to a multiple of them.
    let second_from = 512 + first.len().next_multiple_of(512) + 512;
    for kept in [second.len() / 4, second.len() / 2] {
        let (cell, _) = count_members(&plain[..second_from + kept]);
        assert_eq!(cell, damaged(in_first + whole_lines(&second[..kept])), "cut after {kept} bytes of the second member");
    }
    assert_eq!(count_members(&plain).0, Cell { lines: in_first + whole_lines(second), status: "ok", code: 0 });
    if let Some(zipped) = packed("-czf") {
        // A checksum disowns every member.
        let mut wrong = zipped.clone();
        let crc = wrong.len() - 8;
        wrong[crc] ^= 1;
        assert_eq!(count_members(&wrong).0, damaged(0));
    }
}

fn count_members(bytes: &[u8]) -> (Cell, String) {
    let sandbox = Sandbox::new();
    sandbox.write("x.tar", bytes);
    let ran = sandbox.run(&["--by", "format", "--columns", "lines", "--files-report", "files.csv", "x.tar"]);
    let lines = ran.out.lines().skip(1).map(|row| row.rsplit_once(',').unwrap().1.parse::<usize>().unwrap()).sum();
    let report = sandbox.read("files.csv");
    let status = if report.lines().any(|row| row.starts_with("x.tar,") && row.contains(",damaged,")) { "damaged" } else { "ok" };
    (Cell { lines, status, code: ran.code.unwrap() }, report)
}
