//! Damaged archives are told truthfully: for each codec and each way of damaging a file, just so many lines count, the file's
//! status says why they are no more, the exit code says that the report lacks something, and the other files of the tree count.
//!
//! The good files are made by the reference tools and their parallel forms, and where their blocks and members end is read off their
//! structure, so what a checksum vouches for is known. How much can be had of a file that is cut is what its library gives when it is read to
//! its fault, plainly and at once.

mod levels;
mod packed;

pub use packed::compressed;
mod plainly;
mod tar;
mod zip;

use crate::sandbox::Sandbox;
use logtally::{
    classify::{Choices, Plan},
    engine::{self, Decoding, Detail, Limits, Settings, Sharing, Silent, Threads},
    read::{ChunkSize, Strategy},
    walk,
};
use packed::{Packed, Sum, Tool};
use plainly::{Fails, decodable};
use std::io::Write;

const LINES: usize = 20_000;

/// A log of 20,000 lines, no two of them alike.
fn log() -> Vec<u8> {
    let mut text = Vec::new();
    let mut seed = 7u32;
    for line in 0..LINES {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let service = ["cart", "auth", "search", "mail"][(seed >> 28) as usize % 4];
        writeln!(text, "{{\"service\":\"{service}\",\"line\":{line},\"id\":\"{seed:08x}\"}}").unwrap();
    }
    text
}

fn whole_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// What a damaged file must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    lines: usize,
    status: &'static str,
    code: i32,
}

const WHOLE: Cell = whole(LINES);

const fn whole(lines: usize) -> Cell {
    Cell { lines, status: "ok", code: 0 }
}

const fn damaged(lines: usize) -> Cell {
    Cell { lines, status: "damaged", code: 1 }
}

const STATUSES: [&str; 8] = ["ok", "empty", "binary", "damaged", "limit", "unreadable", "changed", "vanished"];

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
    let status = STATUSES.into_iter().find(|status| *status == fields[3]).unwrap();
    // The files' report, the report and the messages agree.
    if status != "ok" && status != "empty" {
        assert_ne!(fields[10], "", "{name}: a reason is given");
        assert!(ran.err.contains(&format!("tree/{name}: ")), "{name} is named: {}", ran.err);
    }
    (Cell { lines, status, code: ran.code.unwrap() }, format!("{} {}", fields[2], fields[10]))
}

/// Counts a file alone, by several threads, in as many pieces as it may have.
fn count_in_pieces(bytes: &[u8]) -> Cell {
    let sandbox = Sandbox::new();
    let path = sandbox.write("file", bytes);
    let settings = Settings {
        threads: Threads::new(3),
        strategy: Strategy::Auto,
        chunk_size: ChunkSize::default(),
        plan: Plan::new(Choices::default()),
        detail: Detail::EachFile,
        decoding: Decoding { sharing: Sharing { large: 0, piece: 1 }, ..Decoding::default() },
        limits: Limits::default(),
    };
    let files = walk::walk(&[path], &walk::Options::default(), 2).files;
    let outcome = engine::run(&files, &settings, &Silent).unwrap();
    let [file] = &outcome.files[..] else { panic!("{:?}", outcome.files) };
    Cell { lines: file.lines as usize, status: file.status, code: i32::from(!outcome.failures.is_empty()) }
}

/// What a file with a byte changed comes to.
fn flipped(packed: &Packed, text: &[u8], place: usize) -> (Vec<u8>, Cell) {
    let mut bytes = packed.bytes.clone();
    bytes[place] ^= 0x10;
    let (given, fails) = decodable(packed.tool.codec, &bytes);
    let cell = match fails {
        // A byte that means nothing to the text: a time in gzip's header.
        Fails::Not if given == text => WHOLE,
        // Nobody can tell.
        Fails::Not if packed.tool.sum == Sum::Nothing => whole(whole_lines(&given)),
        Fails::ByEnd => damaged(whole_lines(&given)),
        _ => damaged(whole_lines(&text[..packed.verified(place)])),
    };
    (bytes, cell)
}

/// Some bytes of a header, by which the codec is told.
fn in_header(bytes: &[u8]) -> usize {
    match bytes {
        [b'B', ..] => 5,
        // A frame to be skipped, the first that pzstd writes: three bytes of it are text.
        [0x50, ..] => 6,
        _ => 3,
    }
}

/// All cells of a file in a codec.
fn cells(packed: &Packed, parts: &[&[u8]], text: &[u8]) -> Vec<(String, Vec<u8>, Cell)> {
    let (codec, sum, bytes) = (packed.tool.codec, packed.tool.sum, &packed.bytes);
    let len = bytes.len();
    let mut cells = vec![
        ("whole".to_owned(), bytes.clone(), WHOLE),
        ("of another name.zip".to_owned(), bytes.clone(), WHOLE),
        ("no name at all".to_owned(), bytes.clone(), WHOLE),
        ("empty.gz".to_owned(), Vec::new(), Cell { lines: 0, status: "empty", code: 0 }),
    ];
    // Cut in the header, in eight places between, and in the trailer.
    let between = (1..=8).map(|eighth| len * eighth / 9);
    for cut in [in_header(bytes)].into_iter().chain(between).chain([len - 3]) {
        let kept = &bytes[..cut];
        let lines = whole_lines(&decodable(codec, kept).0);
        let at_end = packed.ends.iter().any(|(stored, _)| *stored == cut);
        assert!(!at_end || codec == "bzip2" || codec == "xz", "the places were chosen so that they are within a part");
        cells.push((format!("cut at {cut}"), kept.to_vec(), damaged(lines)));
    }
    if let [first, _, ..] = parts {
        let (first_end, _) = packed.ends.iter().find(|(_, text)| *text == first.len()).unwrap();
        let cut = first_end + in_header(&bytes[*first_end..]);
        cells.push(("second cut in its header".to_owned(), bytes[..cut].to_vec(), damaged(whole_lines(first))));
    }
    let header = match codec {
        "gzip" => 10,
        "xz" => 12,
        "bzip2" => 4,
        "zstd" => 6,
        _ => 7,
    };
    cells.push(("header only".to_owned(), bytes[..header].to_vec(), damaged(0)));
    let trailer = match codec {
        "gzip" => 8,
        "xz" => 12,
        "bzip2" => 10,
        // The last block's end is all there is.
        "zstd" if sum == Sum::Nothing => 0,
        // The end mark of a frame, or its checksum.
        _ => 4,
    };
    if trailer > 0 {
        cells.push(("no trailer".to_owned(), bytes[..len - trailer].to_vec(), damaged(LINES)));
    }
    // Without its magic a file is none of the codec.
    let magic = match codec {
        "gzip" => 3,
        "xz" => 6,
        "bzip2" => 10,
        _ => 4,
    };
    for flip in 0..10 {
        let place = magic + (len - magic - 4) * flip / 10;
        let (bytes, cell) = flipped(packed, text, place);
        cells.push((format!("byte {place} flipped"), bytes, cell));
    }
    // The first and the last.
    for place in [packed.sums.first(), packed.sums.last()].into_iter().flatten() {
        let mut wrong = bytes.clone();
        wrong[*place] ^= 1;
        cells.push((format!("checksum at {place}"), wrong, damaged(whole_lines(&text[..packed.verified(*place)]))));
    }
    // From a place within a part on there are only zeros.
    for from in [len / 3, len * 4 / 5] {
        let place = (0..from).rev().find(|at| bytes[*at] != 0).unwrap() + 1;
        let zeros = [&bytes[..place], &vec![0; len - place]].concat();
        let lines = whole_lines(&decodable(codec, &bytes[..place]).0);
        cells.push((format!("zeros from {place}"), zeros, damaged(lines)));
    }
    let garbage = [bytes, &b"something else\n"[..]].concat();
    let padded = [bytes, &[0; 1024][..]].concat();
    match codec {
        // As gzip and bzip2 do it, who say so and go on.
        "gzip" | "bzip2" => cells.push(("garbage".to_owned(), garbage, WHOLE)),
        _ => cells.push(("garbage".to_owned(), garbage, damaged(LINES))),
    }
    // The end of a frame of LZ4 without a checksum is four zeros: with more of them behind it, nobody can tell that it was written.
    let as_a_crash = codec == "lz4" && sum == Sum::Nothing;
    cells.push(("padded".to_owned(), padded, if as_a_crash { damaged(LINES) } else { WHOLE }));
    cells
}

/// Holds a tool's file, made of so many parts, to all cells.
#[track_caller]
fn obeys(tool: Tool, parts: usize) {
    let text = log();
    let mut rest = &text[..];
    let mut split = Vec::new();
    // A line that begins in one and ends in the next.
    for left in (2..=parts).rev() {
        let (first, behind) = rest.split_at(rest.len() / (left + 1) + 11);
        assert_ne!(first.last(), Some(&b'\n'));
        split.push(first);
        rest = behind;
    }
    split.push(rest);
    let Some(packed) = Packed::of(tool, &split) else { return };
    let mut wrong = Vec::new();
    let cells = cells(&packed, &split, &text);
    assert!(cells.len() >= 29, "{}", cells.len());
    for (name, bytes, expected) in &cells {
        let (found, detail) = count(name, bytes, &[]);
        let in_pieces = count_in_pieces(bytes);
        if found != *expected || in_pieces != *expected {
            let command = tool.command;
            wrong.push(format!(
                "{command} in {parts} parts, {name}: {found:?}, in pieces {in_pieces:?}, not {expected:?} ({detail})"
            ));
        }
    }
    // Left out whole, where that is asked for.
    for (name, bytes, _) in cells.iter().filter(|(name, ..)| name.starts_with("cut")).step_by(3) {
        assert_eq!(count(name, bytes, &["--on-damaged", "drop"]).0, damaged(0), "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

macro_rules! table {
    ($($name:ident: $codec:literal, $sum:ident, $parts:expr, $($command:literal),+;)+) => {$(
        #[test]
        fn $name() {
            for command in [$($command),+] {
                for parts in $parts {
                    obeys(Tool { codec: $codec, command, sum: Sum::$sum }, parts);
                }
            }
        }
    )+};
}

// In one member, frame or stream; in two; and in many.
table! {
    gzip: "gzip", Each, [1, 2, 9], "gzip -c";
    zstd: "zstd", Each, [1, 2, 9], "zstd -qc";
    xz: "xz", Each, [1, 2, 5], "xz -c -T1";
    bzip2: "bzip2", Each, [1, 2, 5], "bzip2 -c";
    lz4: "lz4", Each, [1, 2, 9], "lz4 -qc";
}

// As the parallel forms make them. Of so short a log pigz makes one member, and pzstd one frame behind one that tells its size.
table! {
    pigz: "gzip", Each, [1, 2], "pigz -c -p 2 -b 128";
    bgzip: "gzip", Each, [1, 2], "bgzip -c -@ 2";
    pzstd: "zstd", Each, [1, 2], "pzstd -qc -p 2";
    xz_of_two_threads: "xz", Each, [1, 2], "xz -c -T2 --block-size=100KiB";
    pbzip2: "bzip2", Each, [1, 2], "pbzip2 -c -p2 -1 -b1";
}

// In the codecs' other forms: lengths told or not, blocks linked or not, each check that there is and none.
table! {
    gzip_of_independent_blocks: "gzip", Each, [1], "pigz -c -p 2 -b 128 -i";
    zstd_with_lengths: "zstd", Each, [1], "zstd -qc {}", "zstd -qc -T2 --long {}";
    zstd_without_checksums: "zstd", Nothing, [1, 2], "zstd -qc --no-check";
    xz_with_other_checks: "xz", Each, [1], "xz -c -T1 --check=sha256 --block-size=100KiB", "xz -c -T1 --check=crc32";
    xz_without_checks: "xz", Nothing, [1], "xz -c -T1 --check=none --block-size=100KiB";
    bzip2_of_small_blocks: "bzip2", Each, [1], "bzip2 -c -1";
    lz4_with_lengths: "lz4", Each, [1], "lz4 -qc --content-size {}";
    lz4_of_linked_blocks: "lz4", Each, [1, 2], "lz4 -qc -B4 -BD";
    lz4_with_sums_of_blocks: "lz4", Blocks, [1, 2], "lz4 -qc -B4 -BX", "lz4 -qc -B5 -BX -BD";
    lz4_without_checksums: "lz4", Nothing, [1, 2], "lz4 -qc -B4 --no-frame-crc";
}

/// The places that are known to be verified are as many as there must be: text is put into blocks of 64 KiB by BGZF and LZ4, 100 kB by
/// bzip2, what it was told by xz.
#[test]
fn blocks_are_known() {
    let text = log();
    for (codec, command, sum, block) in [
        ("gzip", "bgzip -c", Sum::Each, 64 << 10),
        ("xz", "xz -c -T2 --block-size=100KiB", Sum::Each, 100 << 10),
        ("bzip2", "bzip2 -c -1", Sum::Each, 100_000),
        ("bzip2", "pbzip2 -c -p2 -1 -b1", Sum::Each, 100_000),
        ("lz4", "lz4 -qc -B4 -BX", Sum::Blocks, 64 << 10),
    ] {
        let Some(packed) = Packed::of(Tool { codec, command, sum }, &[&text]) else { continue };
        let mut places: Vec<usize> = packed.ends.iter().map(|(_, text)| *text).filter(|text| *text > 0).collect();
        places.dedup();
        let blocks = text.len().div_ceil(block);
        assert!(places.len() >= blocks, "{command}: {places:?}");
        assert!(places.windows(2).all(|two| two[1] - two[0] <= block), "{command}: {places:?}");
    }
}

/// What may be decoded at most being just as much as there is changes nothing, be the file sound or not.
#[test]
fn a_limit_that_is_just_reached() {
    let text = log();
    let most = text.len().to_string();
    let options = ["--max-decoded", &most];
    for (codec, command) in [("gzip", "gzip -c"), ("zstd", "zstd -qc"), ("lz4", "lz4 -qc")] {
        let Some(packed) = Packed::of(Tool { codec, command, sum: Sum::Each }, &[&text]) else { continue };
        assert_eq!(count("whole", &packed.bytes, &options).0, WHOLE, "{command}");
        let mut wrong = packed.bytes.clone();
        wrong[packed.sums[0]] ^= 1;
        assert_eq!(count("wrong", &wrong, &options).0, damaged(0), "{command}");
        let cut = &packed.bytes[..packed.bytes.len() - 2];
        assert_eq!(count("cut", cut, &options).0, damaged(LINES), "{command}");
        // One byte less: the line that it would end does not count.
        let less = (text.len() - 1).to_string();
        let over = Cell { lines: LINES - 1, status: "limit", code: 1 };
        assert_eq!(count("over", &packed.bytes, &["--max-decoded", &less]).0, over, "{command}");
    }
}
