//! Good files, as the reference tools make them, with the places where a checksum vouches for what is before.

use super::plainly::decodable;
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
    thread,
};

/// A way to compress.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The codec's name in reports.
    pub codec: &'static str,
    /// What reads its input, or the file that stands for `{}`, and writes what it makes.
    pub command: &'static str,
    pub sum: Sum,
}

/// What is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// Members, frames or streams, each by a checksum at its end; and their blocks where the codec always sums these.
    Each,
    /// The same, and the blocks of LZ4.
    Blocks,
    /// Nothing: that all of it can be decoded has to do.
    Nothing,
}

/// Whatever is in one part: a tool may be called for several, which are put one behind the other.
pub struct Packed {
    pub tool: Tool,
    pub bytes: Vec<u8>,
    /// Up to where all is verified, in the file and in the text: the ends of members, frames, streams and blocks.
    pub ends: Vec<(usize, usize)>,
    /// The places in which a checksum stands that is the last of its member.
    pub sums: Vec<usize>,
}

/// What the tool makes of a text; `None` where it is not installed.
pub fn compressed(command: &str, text: &[u8]) -> Option<Vec<u8>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut words: Vec<&str> = command.split(' ').collect();
    for word in words.iter_mut().filter(|word| **word == "{}") {
        std::fs::write(file.path(), text).unwrap();
        *word = file.path().to_str().unwrap();
    }
    let (program, arguments) = words.split_first()?;
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
    // One that was given a file does not read this.
    let writer = thread::spawn(move || pipe.write_all(&text));
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    let written = writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "{command}");
    assert!(written.is_ok() || command.contains("{}"), "{command}");
    Some(out)
}

impl Packed {
    /// These parts, each made by itself.
    pub fn of(tool: Tool, parts: &[&[u8]]) -> Option<Packed> {
        let mut packed = Packed { tool, bytes: Vec::new(), ends: Vec::new(), sums: Vec::new() };
        let mut before = 0;
        for part in parts {
            let bytes = compressed(tool.command, part)?;
            let at = packed.bytes.len();
            let (ends, sums) = places(tool, &bytes, part.len());
            assert_eq!(ends.last(), Some(&(bytes.len(), part.len())), "{tool:?}");
            packed.ends.extend(ends.iter().map(|(stored, text)| (at + stored, before + text)));
            packed.sums.extend(sums.iter().map(|place| at + place));
            packed.bytes.extend(bytes);
            before += part.len();
        }
        Some(packed)
    }

    /// How much of the text is verified if this byte is wrong.
    pub fn verified(&self, byte: usize) -> usize {
        self.ends.iter().filter(|(stored, _)| *stored <= byte).map(|(_, text)| *text).max().unwrap_or(0)
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Where one part is verified, and where its checksums stand. That is read off the part's structure, or told by its own tool.
fn places(tool: Tool, bytes: &[u8], text: usize) -> (Vec<(usize, usize)>, Vec<usize>) {
    let len = bytes.len();
    match tool.codec {
        // Blocks of BGZF tell their lengths: of what is stored less one, in the extra field, and of the text at the end.
        "gzip" if bytes[3] == 4 && bytes[12..14] == *b"BC" => {
            let (mut ends, mut sums, mut at, mut text) = (Vec::new(), Vec::new(), 0, 0);
            while at < len {
                at += number(&bytes[at + 16..at + 18]) + 1;
                text += number(&bytes[at - 4..at]);
                ends.push((at, text));
                sums.push(at - 8);
            }
            (ends, sums)
        }
        "gzip" => (vec![(len, text)], vec![len - 8]),
        "xz" => (blocks_of_xz(bytes, text), Vec::new()),
        "bzip2" => (blocks_of_bzip2(bytes, text), Vec::new()),
        "lz4" if tool.sum == Sum::Blocks => (blocks_of_lz4(bytes, text), vec![len - 4]),
        _ if tool.sum == Sum::Nothing => (vec![(len, text)], Vec::new()),
        _ => (vec![(len, text)], vec![len - 4]),
    }
}

/// What `xz` tells of a file.
fn blocks_of_xz(bytes: &[u8], text: usize) -> Vec<(usize, usize)> {
    let file = tempfile::Builder::new().suffix(".xz").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let told = Command::new("xz").args(["--robot", "--list", "-vv"]).arg(file.path()).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    // "block", four numbers of which it is and where it begins, the text's place, its stored length, the text's length.
    let blocks = told.lines().filter_map(|line| line.strip_prefix("block\t")).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| fields[at].parse::<usize>().unwrap();
        (number(3) + number(5), number(4) + number(6))
    });
    blocks.chain([(bytes.len(), text)]).collect()
}

/// Blocks of bzip2 begin with the digits of pi, and the end of a stream with those of its root, at any bit. Cut behind these, the
/// library gives the blocks before: it gives nothing of a block that is not whole.
fn blocks_of_bzip2(bytes: &[u8], text: usize) -> Vec<(usize, usize)> {
    const WIDTH: u32 = 48;
    let mut window = 0u64;
    let mut ends = Vec::new();
    for bit in 0..bytes.len() * 8 {
        window = (window << 1 | u64::from(bytes[bit / 8] >> (7 - bit % 8) & 1)) & ((1 << WIDTH) - 1);
        if matches!(window, 0x3141_5926_5359 | 0x1772_4538_5090) {
            let start = bit + 1 - WIDTH as usize;
            // A byte that is changed is changed in its fourth bit: the block before is whole if it ends before that.
            let stored = start / 8 + usize::from(start % 8 > 3);
            let (given, _) = decodable("bzip2", &bytes[..(bit + 33).div_ceil(8)]);
            ends.push((stored, given.len()));
        }
    }
    ends.push((bytes.len(), text));
    ends
}

/// Blocks of LZ4 tell their stored lengths, and decode to the most that their frame allows, but for the last one.
fn blocks_of_lz4(bytes: &[u8], text: usize) -> Vec<(usize, usize)> {
    let most = 1 << (8 + 2 * (bytes[5] >> 4));
    let mut at = if bytes[4] & 8 == 0 { 7 } else { 15 };
    let mut ends = Vec::new();
    loop {
        let size = number(&bytes[at..at + 4]);
        at += 4;
        if size == 0 {
            ends.push((bytes.len(), text));
            return ends;
        }
        at += size + 4;
        ends.push((at, text.min((ends.len() + 1) * most)));
    }
}
