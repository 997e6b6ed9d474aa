//! Streams in chunks, against the same streams decoded from their beginning.

use flate2::{Compress, Compression, Crc, FlushCompress};
use proptest::prelude::*;

use super::{Chunk, Chunks, LEAST_CHUNK, Link, MOST_HEADER, Memory, Sum, WINDOW};
use crate::decode::{
    Codec, Positional,
    tests::{gzip, sample, whole},
};

/// Which chunks are guessed at before it is known what they follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    None,
    All,
    Some,
}

/// The text of a file by its chunks; `None` where one of them fails, or there is only one.
fn text_of(stored: &[u8], at_least: u64, room: usize, guess: Guess, out_step: usize) -> Option<Vec<u8>> {
    let chunks = Chunks::of(stored, stored.len() as u64, at_least, 1 << 20, room)?;
    let mut memory = Memory::new(room);
    let mut out = vec![0; out_step];
    let (mut text, mut sums, mut before) = (Vec::new(), Vec::<Sum>::new(), chunks.first());
    for number in 0..chunks.count() {
        let mut chunk = Chunk::new(&chunks, number, &stored, &mut memory);
        if guess == Guess::All || (guess == Guess::Some && number % 3 != 1) {
            chunk.guess();
        }
        chunk.follow(before).ok()?;
        let mut link = chunk.link();
        loop {
            match chunk.read(&mut out).ok()? {
                0 => break,
                len => text.extend_from_slice(&out[..len]),
            }
            link = link.or(chunk.link());
        }
        before = link.or(chunk.link()).expect("a chunk that has come to its end");
        assert_eq!(chunk.link(), None, "once");
        sums.push(chunk.sum());
    }
    chunks.is_sum(&sums).then_some(text)
}

/// A member of parts, each flushed and of a level of its own: blocks of all three kinds, empty ones between them.
fn in_parts(parts: &[(&[u8], u32, FlushCompress)]) -> Vec<u8> {
    let mut stored = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut compress = Compress::new(Compression::new(parts.first().map_or(6, |(_, level, _)| *level)), false);
    let mut crc = Crc::new();
    for (part, level, flush) in parts {
        stored.reserve(part.len() * 2 + 1000);
        // Not in the middle of a block: then it stays as it is.
        let _ = compress.set_level(Compression::new(*level));
        let before = compress.total_in();
        compress.compress_vec(part, &mut stored, *flush).unwrap();
        assert_eq!(compress.total_in() - before, part.len() as u64);
        crc.update(part);
    }
    stored.reserve(1000);
    compress.compress_vec(&[], &mut stored, FlushCompress::Finish).unwrap();
    stored.extend(crc.sum().to_le_bytes());
    stored.extend(crc.amount().to_le_bytes());
    stored
}

/// Bits in the order in which deflate has them, to bytes.
fn packed(bits: &str) -> Vec<u8> {
    let byte = |bits: &[u8]| bits.iter().enumerate().fold(0, |byte, (place, bit)| byte | (bit - b'0') << place);
    bits.as_bytes().chunks(8).map(byte).collect()
}

/// A text in stored blocks, of a length that has no run of ones.
fn in_stored_blocks(text: &[u8]) -> Vec<u8> {
    let mut deflated = Vec::new();
    for block in text.chunks(0x5555) {
        deflated.push(0);
        deflated.extend((block.len() as u16).to_le_bytes());
        deflated.extend((!(block.len() as u16)).to_le_bytes());
        deflated.extend(block);
    }
    deflated
}

/// Deflated data as a gzip file of this text.
fn as_gzip(deflated: &[u8], text: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(text);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&head[..], deflated, &crc.sum().to_le_bytes(), &crc.amount().to_le_bytes()].concat()
}

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Repetitions at each short distance, and at the longest.
fn repeats() -> Vec<u8> {
    let mut text = Vec::new();
    for distance in (1..40).chain([255, 4096, 32_767, 32_768, 32_769]) {
        let unit = noise(distance);
        let times = (70_000 / distance).clamp(2, 100);
        (0..times).for_each(|_| text.extend_from_slice(&unit));
    }
    text
}

fn streams() -> Vec<(&'static str, Vec<u8>)> {
    let text = sample(120_000, 1);
    let parts = |step: usize, level: fn(usize) -> u32, flush: FlushCompress| {
        let parts: Vec<_> = text.chunks(step).enumerate().map(|(nth, part)| (part, level(nth), flush)).collect();
        in_parts(&parts)
    };
    vec![
        ("usual", gzip(&text)),
        ("fast", parts(120_000, |_| 1, FlushCompress::None)),
        ("stored", parts(120_000, |_| 0, FlushCompress::None)),
        ("flushed", parts(9_000, |_| 6, FlushCompress::Sync)),
        ("independent", parts(50_000, |_| 9, FlushCompress::Full)),
        ("fixed codes", parts(40, |_| 6, FlushCompress::Sync)),
        ("of all levels", parts(20_000, |nth| nth as u32 % 10, FlushCompress::None)),
        ("noise", gzip(&noise(120_000))),
        ("repeats", gzip(&repeats())),
        ("one byte", gzip(&vec![b'a'; 2_000_000])),
        // Blocks that are text.
        ("gzip in gzip", gzip(&gzip(&text))),
        ("gzip stored in gzip", in_parts(&[(&gzip(&text), 0, FlushCompress::None)])),
    ]
}

#[test]
fn the_same_text_in_chunks() {
    for (name, stored) in streams() {
        let text = whole(Codec::Gzip, &stored).unwrap();
        for (at_least, room, out_step) in [(LEAST_CHUNK, 0, 1 << 16), (7_777, 50_000, 777), (7_777, 8 << 20, 1 << 18)] {
            if stored.len() as u64 > at_least + 100 {
                for guess in [Guess::None, Guess::All, Guess::Some] {
                    let found = text_of(&stored, at_least, room, guess, out_step);
                    assert!(
                        found.as_ref() == Some(&text),
                        "{name}, {at_least}, {room}, {guess:?}: {:?}",
                        found.map(|text| text.len())
                    );
                }
            }
        }
    }
}

/// Or nothing would be gained by guessing.
#[test]
fn most_guesses_are_right() {
    let stored = gzip(&sample(3_000_000, 1));
    let chunks = Chunks::of(&stored[..], stored.len() as u64, 40_000, 1 << 20, 8 << 20).unwrap();
    let mut memory = Memory::new(8 << 20);
    let (mut before, mut right) = (chunks.first(), 0);
    for number in 0..chunks.count() {
        let mut chunk = Chunk::new(&chunks, number, &stored[..], &mut memory);
        chunk.guess();
        right += usize::from(chunk.guessed == Some(before.at));
        chunk.follow(before).unwrap();
        before = chunk.link().unwrap();
    }
    assert!(chunks.count() > 8 && right > chunks.count() * 3 / 4, "{right} of {}", chunks.count());
}

#[test]
fn chunks_cover_the_file() {
    let stored = gzip(&sample(600_000, 1));
    for at_least in [1, 5000, 30_000] {
        let chunks = Chunks::of(&stored[..], stored.len() as u64, at_least, 1 << 20, 0).unwrap();
        let ends: Vec<u64> = (0..chunks.count()).map(|chunk| chunks.end(chunk)).collect();
        assert!(ends.windows(2).all(|ends| ends[1] > ends[0] && ends[1] - ends[0] <= at_least.max(LEAST_CHUNK) + 8), "{ends:?}");
        assert_eq!(ends.last(), Some(&(stored.len() as u64)));
    }
    // So many as are wanted, if there is room.
    let chunks = |wanted, room| Chunks::of(&stored[..], stored.len() as u64, 1, wanted, room).unwrap().count();
    assert_eq!(chunks(8, 1 << 20), 8);
    assert!((10..=20).contains(&chunks(8, 60_000)), "{}", chunks(8, 60_000));
}

#[test]
fn what_is_in_one_chunk() {
    let of = |stored: &[u8], at_least| Chunks::of(stored, stored.len() as u64, at_least, 8, 1 << 20);
    let stored = gzip(&sample(100_000, 1));
    assert!(of(&stored, 1).is_some());
    assert_eq!(of(&stored, stored.len() as u64), None);
    assert_eq!(of(&stored[1..], 1), None, "no gzip file");
    assert_eq!(of(b"", 1), None);
    // So many that they would take memory, and longer than any file: what of them is there is read, and no more.
    let chunks = |len| Chunks::of(&Hole, len, 1, 8, 1 << 20).map(|chunks| chunks.count());
    assert!(chunks(1 << 39).is_some_and(|count| count <= 1 << 14));
    assert_eq!((chunks(1 << 41), chunks(u64::MAX)), (None, None));
    assert_eq!(of(&stored[..12], 1), None);
    let mut long = stored[..10].to_vec();
    long[3] = 8;
    long.extend(vec![b'n'; MOST_HEADER]);
    long.push(0);
    long.extend(&stored[10..]);
    assert!(whole(Codec::Gzip, &long).is_some());
    assert_eq!(of(&long, 1), None, "a header that is too long");
}

/// A gzip file that is nearly all hole.
struct Hole;

impl Positional for Hole {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<usize> {
        out.fill(0);
        if let (0, Some(head)) = (offset, out.first_chunk_mut()) {
            *head = [0x1f, 0x8b, 8];
        }
        Ok(out.len())
    }
}

/// What is not one sound member and nothing else, is not decoded here, or not to its end.
#[test]
fn what_is_damaged_fails() {
    let text = sample(150_000, 2);
    let stored = gzip(&text);
    let fails = |what: &str, stored: &[u8]| {
        for guess in [Guess::All, Guess::None] {
            assert_eq!(text_of(stored, 5_000, 60_000, guess, 1 << 16).map(|text| text.len()), None, "{what}");
        }
    };
    for len in (0..40).chain((40..stored.len()).step_by(1_999)).chain(stored.len() - 40..stored.len()) {
        fails("cut", &stored[..len]);
    }
    fails("zeros behind", &[&stored[..], &[0; 9]].concat());
    fails("garbage behind", &[&stored[..], b"garbage"].concat());
    fails("a member behind", &[&stored[..], &stored].concat());
    for at in (10..stored.len()).step_by(709).chain(stored.len() - 8..stored.len()) {
        let mut flipped = stored.clone();
        flipped[at] ^= 1 << (at % 8);
        fails("flipped", &flipped);
    }
}

/// Blocks that are as short as they can be, and texts in which nearly all places look like blocks, take no longer than others. (With no
/// bound of sound headers, the third took longer than anybody would wait.)
#[test]
fn what_is_made_to_take_long_does_not() {
    // Of fixed codes without a symbol.
    let empty = packed(&("0100000000".repeat(800_000) + "1100000000"));
    for guess in [Guess::None, Guess::All] {
        assert_eq!(text_of(&as_gzip(&empty, b""), 100_000, 0, guess, 999), Some(Vec::new()));
    }
    // Codes of lengths that are complete: 2, 2, 2, 2 of 16, 17, 18 and 0. What follows is none of a block.
    let numbers = "001".to_owned() + "10111" + "10111" + "0000";
    let look = packed(&(numbers + "010010010010" + "000"));
    // Codes of 8 bits for the symbols 2 to 257, and no distances: of the lengths 16, 0 and 8 the codes are 0, 10 and 11; then 0, 0, 8, the
    // last 42 times six times more and three times more, and 0. All that follows are literals, up to eight ones, a length.
    let sound = packed(
        &("001".to_owned() + "10000" + "00000" + "1000" + "100000000010010" + "101011" + &"011".repeat(42) + "000" + "10"),
    );
    let last = packed("1100000000");
    for (name, text) in [("look", look.repeat(100_000)), ("sound", [sound.repeat(40_000), vec![0xff; 9]].concat())] {
        let text = [noise(300_000), text].concat();
        let stored = as_gzip(&[in_stored_blocks(&text), last.clone()].concat(), &text);
        let found = text_of(&stored, 300_000, 1 << 20, Guess::All, 1 << 16);
        assert!(found == Some(text), "{name}: {:?}", found.map(|text| text.len()));
    }
}

/// A distance that leads before the text, though not before a window's beginning.
#[test]
fn nothing_is_copied_from_before_the_text() {
    // A stored block of 1,500 bytes, and one of fixed codes: a match of 3 bytes at a distance of 1,537 (RFC 1951, 3.2.5 and 3.2.6), and
    // the end: bits 1 1 0, 0000001, 10101 (21), 000000000, 0000000.
    let make = |blocks: usize| {
        let text = vec![b'x'; blocks * 1500];
        let stored: Vec<u8> = text.chunks(1500).flat_map(in_stored_blocks).collect();
        let deflated = [stored, packed(&("110".to_owned() + "0000001" + "10101" + "000000000" + "0000000"))].concat();
        // As if the bytes before the text were zeros, or were of the text.
        as_gzip(&deflated, &[&text[..], if blocks > 1 { b"xxx" } else { &[0; 3] }].concat())
    };
    for guess in [Guess::None, Guess::All] {
        assert_eq!(text_of(&make(2), 1, 0, guess, 999), Some(vec![b'x'; 3003]));
        assert_eq!(text_of(&make(1), 1, 0, guess, 999), None);
    }
    assert_eq!((whole(Codec::Gzip, &make(2)), whole(Codec::Gzip, &make(1))), (Some(vec![b'x'; 3003]), None));
}

/// Nothing is believed that comes of a window that is not the right one, however it was come by.
#[test]
fn a_link_is_what_the_text_before_it_says() {
    let text = sample(300_000, 3);
    let stored = gzip(&text);
    let chunks = Chunks::of(&stored[..], stored.len() as u64, 20_000, 1 << 20, 1 << 20).unwrap();
    let mut memory = Memory::new(1 << 20);
    let mut chunk = Chunk::new(&chunks, 0, &stored[..], &mut memory);
    chunk.follow(chunks.first()).unwrap();
    let Link { window, is_over, .. } = chunk.link().unwrap();
    let mut out = vec![0; 1 << 20];
    let len = chunk.read(&mut out).unwrap();
    assert!(!is_over && len > WINDOW && out[..len] == text[..len]);
    assert!(window == text[len - WINDOW..len]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Chunks of any stream, damaged or not: what they come to is what the whole comes to, or nothing.
    #[test]
    fn the_same_text_or_none(
        seed in any::<u32>(),
        parts in prop::collection::vec((0usize..30_000, 0u32..10, 0usize..3), 1..12),
        damage in prop::option::of((any::<prop::sample::Index>(), 0u8..8)),
        at_least in LEAST_CHUNK..20_000,
        room in 0usize..200_000,
        guess in prop::sample::select(&[Guess::None, Guess::All, Guess::Some]),
        out_step in 1usize..100_000,
    ) {
        let text = sample(400_000, seed);
        let mut rest = &text[..];
        let parts: Vec<_> = parts
            .into_iter()
            .map(|(len, level, flush)| {
                let (part, behind) = rest.split_at(len);
                rest = behind;
                (part, level, [FlushCompress::None, FlushCompress::Sync, FlushCompress::Full][flush])
            })
            .collect();
        let mut stored = in_parts(&parts);
        if let Some((place, bit)) = damage {
            let place = place.index(stored.len());
            stored[place] ^= 1 << bit;
        }
        let found = text_of(&stored, at_least, room, guess, out_step);
        let expected = whole(Codec::Gzip, &stored);
        if found.is_some() || (damage.is_none() && stored.len() as u64 > at_least + 30) {
            prop_assert!(found == expected, "{:?}, not {:?}", found.map(|text| text.len()), expected.map(|text| text.len()));
        }
    }
}
