//! Files made by the codecs' own encoders, whole and damaged in every way.

use std::io::{self, Read, Write};

use proptest::prelude::*;

use super::{Codec, Damage, Decoder, Fault, Limits, Remark, WholeGzip};

/// Makes one member of a text.
type Encode = fn(&[u8]) -> Vec<u8>;

/// Each way to store a text, and whether every bit of it is vouched for.
const WAYS: &[(&str, Codec, Encode)] = &[
    ("gzip", Codec::Gzip, gzip),
    ("gzip, stored", Codec::Gzip, |text| gzip_at(0, text)),
    ("gzip with all fields", Codec::Gzip, gzip_with_fields),
    ("zstd", Codec::Zstd, |text| zstd(text, true)),
    ("zstd without checksum", Codec::Zstd, |text| zstd(text, false)),
    ("bzip2", Codec::Bzip2, bzip2),
    ("xz, crc64", Codec::Xz, |text| xz(text, liblzma::stream::Check::Crc64, usize::MAX)),
    ("xz, sha256, blocks", Codec::Xz, |text| xz(text, liblzma::stream::Check::Sha256, 50)),
    ("xz, crc32, blocks", Codec::Xz, |text| xz(text, liblzma::stream::Check::Crc32, 33)),
    ("xz, no check", Codec::Xz, |text| xz(text, liblzma::stream::Check::None, 40)),
    ("lz4", Codec::Lz4, |text| lz4(text, false, true)),
    ("lz4 with checksums of blocks", Codec::Lz4, |text| lz4(text, true, true)),
    ("lz4 without checksums", Codec::Lz4, |text| lz4(text, false, false)),
];

/// The ways in which each text has a checksum.
fn summed() -> impl Iterator<Item = &'static (&'static str, Codec, Encode)> {
    WAYS.iter().filter(|(name, ..)| !name.contains("without checksum") && !name.contains("no check"))
}

/// The text of a file as a whole, if all of it is sound.
pub(super) fn whole(codec: Codec, stored: &[u8]) -> Option<Vec<u8>> {
    let zeros_from = stored.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1);
    let mut decoder = Decoder::new(codec, stored, zeros_from, Limits::default());
    let mut out = vec![0; 1 << 16];
    let mut text = Vec::new();
    loop {
        match decoder.read(&mut out) {
            Ok(0) => return decoder.remark().is_none().then_some(text),
            Ok(len) => text.extend_from_slice(&out[..len]),
            Err(_) => return None,
        }
    }
}

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    gzip_at(6, text)
}

fn gzip_at(level: u32, text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// With an extra field, a name, a comment, and the header's own CRC, which no common encoder writes.
fn gzip_with_fields(text: &[u8]) -> Vec<u8> {
    let mut header = vec![0x1f, 0x8b, 8, 0b0001_1110, 1, 2, 3, 4, 0, 3];
    header.extend(b"\x05\0extra");
    header.extend(b"name\0");
    header.extend(b"a comment\0");
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    header.extend(&crc.sum().to_le_bytes()[..2]);
    header.extend(&gzip(text)[10..]);
    header
}

pub(super) fn zstd(text: &[u8], checksum: bool) -> Vec<u8> {
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::ChecksumFlag(checksum)).unwrap();
    let mut stored = vec![0; zstd_safe::compress_bound(text.len())];
    let len = context.compress2(&mut stored[..], text).unwrap();
    stored.truncate(len);
    stored
}

pub(super) fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// In blocks of so many bytes of text.
pub(super) fn xz(text: &[u8], check: liblzma::stream::Check, block: usize) -> Vec<u8> {
    use liblzma::stream::{Action, Status, Stream};
    let mut stream = Stream::new_easy_encoder(0, check).unwrap();
    let mut stored = Vec::with_capacity(1 << 20);
    for block in text.chunks(block.min(text.len()).max(1)) {
        let before = stream.total_in();
        loop {
            let rest = &block[(stream.total_in() - before) as usize..];
            if stream.process_vec(rest, &mut stored, Action::FullFlush).unwrap() == Status::StreamEnd {
                break;
            }
        }
    }
    while stream.process_vec(&[], &mut stored, Action::Finish).unwrap() != Status::StreamEnd {}
    stored
}

pub(super) fn lz4(text: &[u8], block_sums: bool, content_sum: bool) -> Vec<u8> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let mode = if block_sums { BlockMode::Independent } else { BlockMode::Linked };
    let info = FrameInfo::new()
        .block_size(BlockSize::Max64KB)
        .block_mode(mode)
        .block_checksums(block_sums)
        .content_checksum(content_sum)
        .content_size(content_sum.then_some(text.len() as u64));
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What a decoder makes of a file.
struct Decoded {
    text: Vec<u8>,
    /// After these lengths of text all was verified.
    boundaries: Vec<usize>,
    fault: Option<Fault>,
    consumed: u64,
    remark: Option<Remark>,
}

impl Decoded {
    fn verified(&self) -> &[u8] {
        &self.text[..self.boundaries.last().copied().unwrap_or(0)]
    }

    /// What counts of it.
    fn kept(&self) -> &[u8] {
        match &self.fault {
            Some(Fault::Damaged { damage, .. }) if !damage.keeps_unverified() => self.verified(),
            _ => &self.text,
        }
    }

    fn damage(&self) -> Option<(u64, &Damage)> {
        match &self.fault {
            Some(Fault::Damaged { offset, damage }) => Some((*offset, damage)),
            None => None,
            other => panic!("{other:?}"),
        }
    }
}

fn zeros_from(stored: &[u8]) -> u64 {
    stored.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1)
}

/// Gives at most so many bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = out.len().min(self.1);
        self.0.read(&mut out[..len])
    }
}

fn decode_in(codec: Codec, stored: &[u8], stored_step: usize, out_step: usize) -> Decoded {
    let mut decoder = Decoder::new(codec, Dribble(stored, stored_step), zeros_from(stored), Limits::default());
    let mut decoded = Decoded { text: Vec::new(), boundaries: Vec::new(), fault: None, consumed: 0, remark: None };
    let mut out = vec![0xee; out_step];
    loop {
        match decoder.read(&mut out) {
            Ok(0) => {
                assert!(decoder.is_verified());
                decoded.boundaries.push(decoded.text.len());
                break;
            }
            Ok(len) => {
                decoded.text.extend_from_slice(&out[..len]);
                if decoder.is_verified() {
                    decoded.boundaries.push(decoded.text.len());
                }
            }
            Err(fault) => {
                decoded.fault = Some(fault);
                break;
            }
        }
    }
    assert!(matches!(decoder.read(&mut out), Ok(0)), "it goes on after its end");
    decoded.consumed = decoder.consumed();
    decoded.remark = decoder.remark();
    decoded
}

fn decode(codec: Codec, stored: &[u8]) -> Decoded {
    decode_in(codec, stored, 1 << 20, 1 << 16)
}

/// A text that compresses somewhat.
pub(super) fn sample(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut text = Vec::with_capacity(len + 40);
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        writeln!(text, "{:08x} INFO service-{} done", state, state >> 28).unwrap();
    }
    text.truncate(len);
    text
}

#[test]
fn whole_files() {
    for (name, codec, encode) in WAYS {
        for len in [0, 1, 100, 5000, 300_000] {
            let text = sample(len, 7);
            let stored = encode(&text);
            let decoded = decode(*codec, &stored);
            assert!(decoded.fault.is_none(), "{name} of {len}: {:?}", decoded.fault);
            assert!(decoded.text == text, "{name} of {len}: another text");
            assert_eq!(decoded.consumed, stored.len() as u64, "{name} of {len}");
            assert_eq!(decoded.remark, None);
            if !stored.is_empty() {
                assert_eq!(Codec::of(&stored), Some(*codec), "{name}");
            }
        }
    }
}

/// A member ends where its last byte is handed out, whatever the size of the reads.
#[test]
fn boundaries_are_seen() {
    for (name, codec, encode) in WAYS {
        let texts = [sample(96, 1), Vec::new(), sample(64, 2), sample(1, 3), sample(160, 4)];
        let stored: Vec<u8> = texts.iter().flat_map(|text| encode(text)).collect();
        for out_step in 1..200 {
            let decoded = decode_in(*codec, &stored, 1 << 20, out_step);
            assert!(decoded.fault.is_none(), "{name}: {:?}", decoded.fault);
            assert_eq!(decoded.text, texts.concat(), "{name}");
            for boundary in [96, 160, 161, 321] {
                assert!(decoded.boundaries.contains(&boundary), "{name}, {out_step} at a time: {:?}", decoded.boundaries);
            }
        }
    }
}

/// Blocks are verified before their stream ends, where the format has sums of blocks.
#[test]
fn blocks_are_boundaries() {
    let text = sample(350_000, 5);
    let of_blocks: &[(&str, Codec, Vec<u8>, usize)] = &[
        ("bzip2", Codec::Bzip2, bzip2(&text), 4),
        ("xz", Codec::Xz, xz(&text, liblzma::stream::Check::Crc64, 100_000), 4),
        ("lz4", Codec::Lz4, lz4(&text, true, true), 6),
        ("lz4 linked", Codec::Lz4, lz4(&text, false, true), 1),
        ("gzip", Codec::Gzip, gzip(&text), 1),
    ];
    for (name, codec, stored, blocks) in of_blocks {
        for out_step in [1 << 20, 1000, 4096] {
            let mut decoded = decode_in(*codec, stored, 3000, out_step);
            assert!(decoded.text == text, "{name}");
            decoded.boundaries.dedup();
            // Of blocks that are verified before they are handed out each read may end at one.
            assert!(decoded.boundaries.len() >= *blocks, "{name}: {:?}", decoded.boundaries);
            assert!(decoded.boundaries.len() < blocks + 2 || *name == "lz4", "{name}: {:?}", decoded.boundaries);
        }
    }
}

/// Cut anywhere, a file gives what comes before the cut, and is said to be cut.
#[test]
fn cut_anywhere() {
    for (name, codec, encode) in WAYS {
        let (one, two) = (sample(150, 1), sample(130, 2));
        let first = encode(&one);
        let stored = [first.clone(), encode(&two)].concat();
        let text = [one.clone(), two].concat();
        let mut most = 0;
        for len in 1..stored.len() {
            let decoded = decode_in(*codec, &stored[..len], 7, 50);
            assert!(text.starts_with(&decoded.text), "{name}, cut at {len}");
            if len == first.len() {
                assert!(decoded.fault.is_none(), "{name}: {:?}", decoded.fault);
                assert_eq!(decoded.text, one, "{name}");
            } else if let Some((offset, Damage::Cut)) = decoded.damage() {
                assert_eq!(offset, len as u64, "{name}");
            } else if let Some((offset, Damage::Zeros)) = decoded.damage() {
                // It happens to end in zeros.
                assert_eq!(offset, zeros_from(&stored[..len]), "{name}");
            } else {
                panic!("{name}, cut at {len}: {:?}", decoded.fault);
            }
            if len >= first.len() {
                assert!(decoded.verified().starts_with(&one), "{name}, cut at {len}");
            }
            assert!(decoded.text.len() >= most, "{name}: cut later, it gives less");
            most = decoded.text.len();
        }
    }
}

/// Deflated text is decoded to the last symbol before the cut.
#[test]
fn a_cut_costs_little() {
    let text = sample(300_000, 3);
    for (name, codec, stored, at_most) in [
        ("gzip", Codec::Gzip, gzip(&text), 100),
        ("zstd", Codec::Zstd, zstd(&text, true), 140_000),
        ("bzip2", Codec::Bzip2, bzip2(&text), 110_000),
        ("xz", Codec::Xz, xz(&text, liblzma::stream::Check::Crc64, usize::MAX), 1000),
        ("lz4", Codec::Lz4, lz4(&text, false, true), 70_000),
    ] {
        let decoded = decode(codec, &stored[..stored.len() - 30]);
        assert!(matches!(decoded.damage(), Some((_, Damage::Cut))), "{name}: {:?}", decoded.fault);
        assert!(text.starts_with(&decoded.text), "{name}");
        assert!(decoded.text.len() + at_most > text.len(), "{name}: {}", decoded.text.len());
    }
}

/// Whatever byte is wrong: no panic, and what is kept is the text's.
#[test]
fn flipped_anywhere() {
    for (name, codec, encode) in WAYS {
        let has_sum = summed().any(|(other, ..)| other == name);
        let (one, two) = (sample(150, 1), sample(130, 2));
        let first = encode(&one);
        let whole = [first.clone(), encode(&two)].concat();
        let text = [one.clone(), two].concat();
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut stored = whole.clone();
                stored[at] ^= flip;
                let decoded = decode_in(*codec, &stored, 64, 100);
                if !has_sum {
                    continue;
                }
                assert!(text.starts_with(decoded.verified()), "{name}, byte {at}");
                if decoded.fault.is_none() && decoded.remark.is_none() {
                    assert_eq!(decoded.text, text, "{name}, byte {at}: damaged and not noticed");
                }
                if at >= first.len() && !matches!(decoded.fault, Some(Fault::Unsupported(_) | Fault::Limit { .. })) {
                    assert!(decoded.verified().starts_with(&one), "{name}, byte {at}: {:?}", decoded.fault);
                }
            }
        }
    }
}

/// A crash's tail: zeros where there should have been more. Nothing is made of them.
#[test]
fn zeros_from_anywhere() {
    for (name, codec, encode) in WAYS {
        let (one, two) = (sample(150, 1), sample(130, 2));
        let first = encode(&one);
        let stored = [first.clone(), encode(&two)].concat();
        let text = [one, two].concat();
        for len in 1..stored.len() {
            for zeros in [40, 4096] {
                let cut = decode_in(*codec, &stored[..len], 7, 50);
                let mut tailed = stored[..len].to_vec();
                tailed.resize(len + zeros, 0);
                let decoded = decode_in(*codec, &tailed, 1000, 64);
                assert!(text.starts_with(&decoded.text), "{name}, zeros from {len}: another text");
                assert!(decoded.text.len() >= cut.text.len(), "{name}, zeros from {len}: less text");
                match decoded.damage() {
                    // What was cut off was the first zeros of the tail.
                    None => assert!(cut.fault.is_none() || ends_in_zeros(&stored, len), "{name}, zeros from {len}"),
                    Some((offset, Damage::Zeros)) => assert_eq!(offset, zeros_from(&tailed), "{name}, zeros from {len}"),
                    Some(_) => panic!("{name}, zeros from {len}: {:?}", decoded.fault),
                }
            }
        }
    }
}

/// Whether what was cut off of this member is nothing but zeros.
fn ends_in_zeros(stored: &[u8], from: usize) -> bool {
    let rest = &stored[from..];
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    zeros > 0
}

/// The end mark of an LZ4 frame is four zeros. Without a checksum behind them they end it only where they are the file's last: with
/// more zeros, a crash may have left them all.
#[test]
fn an_end_that_may_be_a_tail() {
    let stored = lz4(b"one\n", false, false);
    assert_eq!(zeros_from(&stored), stored.len() as u64 - 4);
    assert!(decode(Codec::Lz4, &stored).fault.is_none());
    let tailed = [stored.as_slice(), &[0; 100]].concat();
    let decoded = decode(Codec::Lz4, &tailed);
    assert_eq!(decoded.kept(), b"one\n");
    assert!(matches!(decoded.damage(), Some((at, Damage::Zeros)) if at == stored.len() as u64 - 4), "{:?}", decoded.fault);
}

#[test]
fn padding_is_silent() {
    for (name, codec, encode) in WAYS.iter().filter(|(name, ..)| *name != "lz4 without checksums") {
        let stored = [encode(b"one\n"), vec![0; 600], encode(b"two\n"), vec![0; 70_001]].concat();
        let decoded = decode(*codec, &stored);
        assert_eq!(decoded.text, b"one\ntwo\n", "{name}");
        assert!(decoded.fault.is_none(), "{name}: {:?}", decoded.fault);
        assert_eq!(decoded.remark, None, "{name}");
        assert_eq!(decoded.consumed, stored.len() as u64, "{name}");
    }
}

#[test]
fn garbage_behind_a_member() {
    for (name, codec, encode) in WAYS {
        let whole = encode(b"one\n");
        let stored = [whole.as_slice(), b"something else"].concat();
        let decoded = decode(*codec, &stored);
        assert_eq!(decoded.text, b"one\n", "{name}");
        assert_eq!(decoded.verified(), b"one\n", "{name}");
        if matches!(codec, Codec::Gzip | Codec::Bzip2) {
            assert!(decoded.fault.is_none(), "{name}: {:?}", decoded.fault);
            assert_eq!(decoded.remark, Some(Remark::Garbage { offset: whole.len() as u64, len: 14 }), "{name}");
        } else {
            assert!(matches!(decoded.damage(), Some((at, Damage::Invalid(_))) if at == whole.len() as u64), "{name}");
        }
    }
}

#[test]
fn what_is_no_member_at_all() {
    for (name, codec, _) in WAYS {
        assert!(matches!(decode(*codec, b"").damage(), Some((0, Damage::Cut))), "{name}");
        assert!(matches!(decode(*codec, b"text\n").damage(), Some((0, Damage::Invalid(_)))), "{name}");
        assert!(matches!(decode(*codec, &[0; 100]).damage(), Some((0, Damage::Zeros))), "{name}");
    }
    for codec in [Codec::Zip, Codec::Tar] {
        assert!(matches!(decode(codec, b"PK").fault, Some(Fault::Unsupported(_))));
    }
}

/// A second header of which only the beginning was written is a cut, not garbage.
#[test]
fn a_cut_header_is_a_cut() {
    let stored = [gzip(b"one\n").as_slice(), &[0x1f, 0x8b, 8, 0, 1]].concat();
    let decoded = decode(Codec::Gzip, &stored);
    assert_eq!(decoded.verified(), b"one\n");
    assert!(matches!(decoded.damage(), Some((at, Damage::Cut)) if at == stored.len() as u64), "{:?}", decoded.fault);
}

/// The blocked gzip of genomics, which log shippers write too: an empty last member marks the end, or is missing.
#[test]
fn blocked_gzip() {
    let end = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let blocks = [gzip(b"one\n"), gzip(b"two\n")].concat();
    for stored in [blocks.clone(), [blocks.as_slice(), &end].concat(), end.to_vec()] {
        let decoded = decode(Codec::Gzip, &stored);
        assert!(decoded.fault.is_none(), "{:?}", decoded.fault);
        assert!(decoded.text == b"one\ntwo\n" || stored == end);
    }
}

/// A member of BGZF, which tells its size.
pub(super) fn bgzf(text: &[u8]) -> Vec<u8> {
    let member = gzip(text);
    let mut stored = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
    let size = member.len() - 10 + 18 - 1;
    stored.extend((size as u16).to_le_bytes());
    stored.extend(&member[10..]);
    stored
}

/// The fast way gives what the stream gives, or nothing.
#[test]
fn whole_gzip() {
    let (one, two) = (sample(5000, 1), sample(300_000, 2));
    let (a, b) = (gzip(&one), gzip(&two));
    let mut shared = b.clone();
    shared.extend(&a[..a.len() - 4]);
    let mut whole = WholeGzip::new();
    let mut out = Vec::new();
    let mut check = |stored: &[u8], fits: bool| {
        let decoded = decode(Codec::Gzip, stored);
        let len = whole.decode(stored, &mut out, 1 << 20);
        assert_eq!(len.is_some(), fits, "{:?}", decoded.fault);
        if let Some(len) = len {
            assert!(decoded.fault.is_none() && decoded.remark.is_none(), "{:?}", decoded.fault);
            assert!(out[..len] == decoded.text);
        }
    };
    check(&a, true);
    check(&b, true);
    check(&gzip(b""), true);
    check(&[gzip(b""), gzip(b""), a.clone(), gzip(b"")].concat(), true);
    check(&[a.as_slice(), &b].concat(), true);
    // The same trailer twice, three times.
    check(&[a.as_slice(), &a].concat(), true);
    check(&[b.as_slice(), &b, &b].concat(), true);
    check(&[gzip(b"x"), gzip(b"x"), gzip(b"x")].concat(), true);
    // A stored member that holds another one, so its trailer stands in it too.
    check(&gzip_at(0, &a), true);
    check(&[gzip_at(0, &[a.as_slice(), &a].concat()), a.clone()].concat(), true);
    // Padding, at the end and between.
    check(&[a.as_slice(), &[0; 1000], &b, &[0; 70_000]].concat(), true);
    check(&[gzip(b""), vec![0; 10], gzip(b"")].concat(), true);
    // Blocked, with and without the end's mark.
    let blocks: Vec<u8> = two.chunks(4000).flat_map(bgzf).collect();
    check(&blocks, true);
    check(&[blocks.as_slice(), &bgzf(b"")].concat(), true);
    check(&[a.as_slice(), &bgzf(b"one\n"), &a].concat(), true);
    let mut lies = bgzf(b"one\n");
    // Too large a size is seen through, as the trailer's place counts; with too small a one it cannot be decoded.
    lies[16] += 1;
    check(&[lies.clone(), a.clone()].concat(), true);
    lies[16] -= 2;
    check(&[lies, a.clone()].concat(), false);
    // What is left to the stream.
    check(&gzip_with_fields(b"one\n"), false);
    check(&[a.as_slice(), b"garbage"].concat(), false);
    check(&[a.as_slice(), &[0x1f, 0x8b, 8, 0]].concat(), false);
    check(&gzip(&vec![b'a'; 2 << 20]), false);
    check(b"", false);
    check(&[0; 40], false);
    check(&shared, false);
}

/// Damaged anywhere or cut anywhere, nothing is made of it that the stream would not make.
#[test]
fn whole_gzip_damaged() {
    let stored = [gzip(&sample(200, 1)), bgzf(&sample(100, 2))].concat();
    let mut whole = WholeGzip::new();
    let mut out = Vec::new();
    let mut check = |stored: &[u8]| {
        if let Some(len) = whole.decode(stored, &mut out, 1 << 20) {
            let decoded = decode(Codec::Gzip, stored);
            assert!(decoded.fault.is_none() && decoded.remark.is_none(), "{:?}", decoded.fault);
            assert_eq!(out[..len], decoded.text);
        }
    };
    for at in 0..stored.len() {
        check(&stored[..at]);
        for flip in 1..=255 {
            let mut wrong = stored.clone();
            wrong[at] ^= flip;
            check(&wrong);
        }
    }
}

/// The buffer keeps its length from file to file, and what it may not hold is refused before it is made.
#[test]
fn whole_gzip_reuses_its_buffer() {
    let mut whole = WholeGzip::new();
    let mut out = Vec::new();
    assert_eq!(whole.decode(&gzip(&sample(50_000, 1)), &mut out, 60_000), Some(50_000));
    assert_eq!(out.len(), 50_000);
    assert_eq!(whole.decode(&gzip(b"short"), &mut out, 60_000), Some(5));
    assert_eq!((&out[..5], out.len()), (&b"short"[..], 50_000));
    assert_eq!(whole.decode(&gzip(&sample(60_001, 1)), &mut out, 60_000), None);
    assert_eq!(whole.decode(&[gzip(&sample(30_000, 1)), gzip(&sample(30_000, 2))].concat(), &mut out, 60_000), Some(60_000));
    // One that is longer than what may be decoded now has room for no more than that.
    assert_eq!(whole.decode(&gzip(&sample(50_000, 1)), &mut out, 49_999), None);
    assert_eq!(whole.decode(&gzip(&sample(50_000, 1)), &mut out, 50_000), Some(50_000));
    assert_eq!(whole.decode(&[gzip(&sample(30_000, 1)), gzip(&sample(30_000, 2))].concat(), &mut out, 59_999), None);
    let mut lies = gzip(b"short");
    let len = lies.len();
    lies[len - 4..].fill(0xff);
    assert_eq!(whole.decode(&lies, &mut out, usize::MAX), None);
    assert!(out.len() <= 60_000, "{}", out.len());
}

/// Skippable frames before, between and behind zstd's and LZ4's.
/// However much of it comes at once.
#[test]
fn a_frame_of_zstd_that_is_not_as_long_as_it_says() {
    // A content size of two bytes, which is 256, and an empty last block.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x40, 0, 0, 0, 1, 0, 0];
    let stored = [zstd(b"one\n", true), frame.to_vec(), zstd(b"two\n", true)].concat();
    for step in [1, 2, 11, 1000] {
        let decoded = decode_in(Codec::Zstd, &stored, step, 1000);
        assert!(matches!(decoded.damage(), Some((_, Damage::Invalid(_)))), "{step}: {:?}", decoded.fault);
        assert_eq!(decoded.verified(), b"one\n", "{step}");
    }
}

#[test]
fn skippable_frames() {
    let skippable = [[0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0].as_slice(), b"index"].concat();
    let empty = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
    for (name, codec, encode) in WAYS.iter().filter(|(_, codec, _)| matches!(codec, Codec::Zstd | Codec::Lz4)) {
        let stored = [&skippable, &encode(b"one\n")[..], &skippable, &empty, &encode(b"two\n"), &empty].concat();
        let decoded = decode_in(*codec, &stored, 3, 2);
        assert!(decoded.fault.is_none(), "{name}: {:?}", decoded.fault);
        assert_eq!(decoded.text, b"one\ntwo\n", "{name}");
        assert_eq!(Codec::of(&stored), Some(*codec), "{name}");
        let cut = decode(*codec, &stored[..10]);
        assert!(matches!(cut.damage(), Some((10, Damage::Cut))), "{name}: {:?}", cut.fault);
    }
}

#[test]
fn windows_are_limited() {
    let text = sample(3 << 20, 1);
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::WindowLog(21)).unwrap();
    let mut of_zstd = vec![0; zstd_safe::compress_bound(text.len())];
    let len = context.compress2(&mut of_zstd[..], &text).unwrap();
    of_zstd.truncate(len);
    // The preset 0 has a dictionary of 256 KiB.
    let of_xz = xz(&text, liblzma::stream::Check::Crc32, usize::MAX);
    for (codec, stored, needed) in [(Codec::Zstd, of_zstd, 2 << 20), (Codec::Xz, of_xz, 256 << 10)] {
        let mut out = vec![0; 1 << 16];
        let mut read = |window| Decoder::new(codec, stored.as_slice(), u64::MAX, Limits { window }).read(&mut out);
        assert!(matches!(read(needed), Ok(1..)), "{codec:?}");
        if codec == Codec::Zstd {
            let fault = read(needed - 1).unwrap_err();
            assert!(matches!(fault, Fault::Limit { needed: n, .. } if n == needed), "{fault}");
        }
    }
    // A dictionary of 64 MiB, by the header of a block alone (the filter's property 28).
    let mut stored = xz(b"text", liblzma::stream::Check::Crc32, usize::MAX);
    let properties = 12 + 4;
    assert_eq!(stored[properties - 2..properties], [0x21, 1]);
    stored[properties] = 28;
    let mut crc = flate2::Crc::new();
    crc.update(&stored[12..20]);
    stored[20..24].copy_from_slice(&crc.sum().to_le_bytes());
    let mut out = [0; 10];
    let fault = Decoder::new(Codec::Xz, stored.as_slice(), u64::MAX, Limits { window: 32 << 20 }).read(&mut out).unwrap_err();
    let Fault::Limit { needed, allowed } = fault else { panic!("{fault:?}") };
    assert_eq!(allowed, 32 << 20);
    assert!((63 << 20..=66 << 20).contains(&needed), "{needed}");
    assert_eq!(fault.to_string().split(' ').next(), Some("decoding"));
}

#[test]
fn what_is_not_decoded_here_is_said_clearly() {
    let dictionary = [0x28, 0xb5, 0x2f, 0xfd, 0b0010_0001, 0x2a, 5, 0, 0, 1];
    let legacy = [0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0, 0, 1];
    let mut check = xz(b"text", liblzma::stream::Check::Crc32, usize::MAX);
    check[7] = 2;
    for (codec, stored, word) in
        [(Codec::Zstd, &dictionary[..], "dictionary 42"), (Codec::Lz4, &legacy, "legacy"), (Codec::Xz, &check, "check")]
    {
        // Zeros at a file's end bear on what they are in, not on what is read with them.
        for rest in [&[][..], &[[7; 100], [0; 100]].concat()] {
            let fault = decode(codec, &[stored, rest].concat()).fault.unwrap();
            assert!(matches!(fault, Fault::Unsupported(_)), "{fault:?}");
            assert!(fault.to_string().contains(word), "{fault}");
        }
    }
}

#[test]
fn faults_in_words() {
    let damaged = |damage| Fault::Damaged { offset: 1234, damage }.to_string();
    assert_eq!(damaged(Damage::Cut), "cut short at byte 1234");
    assert_eq!(damaged(Damage::Zeros), "nothing but zeros from byte 1234 on");
    assert_eq!(damaged(Damage::Checksum), "checksum wrong at byte 1234");
    assert_eq!(damaged(Damage::Invalid("invalid deflated data".into())), "invalid deflated data at byte 1234");
}

/// An error of the system is told as such, and what was decoded before it is handed out.
#[test]
fn errors_of_the_system() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let text = sample(100_000, 1);
    let stored = gzip(&text);
    let source = stored[..stored.len() / 2].chain(Failing);
    let mut decoder = Decoder::new(Codec::Gzip, source, u64::MAX, Limits::default());
    let mut out = vec![0; 200_000];
    let len = decoder.read(&mut out).unwrap();
    assert!(len > 10_000 && text.starts_with(&out[..len]));
    assert!(matches!(decoder.read(&mut out), Err(Fault::Io(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The text does not depend on how stored bytes come or how decoded ones are fetched.
    #[test]
    fn any_chunking(
        way in 0..WAYS.len(),
        lens in proptest::collection::vec(0..3000_usize, 1..4),
        padding in 0..40_usize,
        stored_step in 1..500_usize,
        out_step in 1..5000_usize,
    ) {
        let (name, codec, encode) = WAYS[way];
        let padding = if name == "lz4 without checksums" { 0 } else { padding };
        let texts: Vec<Vec<u8>> = lens.iter().enumerate().map(|(seed, len)| sample(*len, seed as u32)).collect();
        let stored: Vec<u8> = texts.iter().flat_map(|text| [encode(text), vec![0; padding]].concat()).collect();
        let decoded = decode_in(codec, &stored, stored_step, out_step);
        prop_assert!(decoded.fault.is_none(), "{}: {:?}", name, decoded.fault);
        prop_assert_eq!(&decoded.text, &texts.concat());
        let mut end = 0;
        for text in &texts {
            end += text.len();
            prop_assert!(end == 0 || decoded.boundaries.contains(&end), "{}: {:?} lacks {}", name, decoded.boundaries, end);
        }
    }

    /// No bytes make it panic, or give more than it says is verified.
    #[test]
    fn any_bytes(
        way in 0..WAYS.len(),
        mut stored in proptest::collection::vec(any::<u8>(), 0..600),
        keep in 0..60_usize,
    ) {
        let (_, codec, encode) = WAYS[way];
        let sound = encode(&sample(300, 9));
        let keep = keep.min(sound.len());
        stored.splice(..keep.min(stored.len()), sound[..keep].iter().copied());
        decode_in(codec, &stored, 100, 1000);
    }
}
