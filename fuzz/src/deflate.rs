//! A deflated stream in chunks, some of them guessed at, and by somebody else: the same text, or not sound by either.

use crate::Chance;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use logtally::decode::{Chunk, Chunks, Memory, Sum};

/// Decoding stops here: a bomb is no finding.
const MOST: usize = 1 << 20;

/// Decodes in both ways, and panics where they differ.
pub fn check(deflated: &[u8]) {
    let mut chance = Chance::of(deflated);
    let (mut text, mut zlib) = (vec![0; MOST], Decompress::new(false));
    let status = zlib.decompress(deflated, &mut text, FlushDecompress::None);
    let (taken, len) = (zlib.total_in() as usize, zlib.total_out() as usize);
    if len == MOST {
        return;
    }
    text.truncate(len);
    // A stream that zlib sees no end of is one of nothing that can be had, whatever its trailer says.
    let is_whole = matches!(status, Ok(Status::StreamEnd));
    let mut crc = Crc::new();
    crc.update(&text);
    let mut stored = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    stored.extend(if is_whole { &deflated[..taken] } else { deflated });
    stored.extend(crc.sum().to_le_bytes());
    stored.extend(crc.amount().to_le_bytes());

    let (at_least, room) = (chance.of_these(&[1, 1500, 4000]), chance.of_these(&[0, 40_000, MOST]));
    let Some(chunks) = Chunks::of(&stored[..], stored.len() as u64, at_least, 1 << 20, room) else { return };
    let found = decode(&chunks, &stored, room, &mut chance);
    match (&found, is_whole) {
        (Some(found), true) => assert!(*found == text, "another text, of {} bytes and not {len}", found.len()),
        (None, true) => panic!("{len} bytes of text are not found"),
        (Some(found), false) => panic!("{} bytes are found where zlib has {len} and says {status:?}", found.len()),
        (None, false) => {}
    }
}

/// The text, if all is sound.
fn decode(chunks: &Chunks, stored: &[u8], room: usize, chance: &mut Chance) -> Option<Vec<u8>> {
    let mut memory = Memory::new(room);
    let mut out = vec![0; chance.of_these(&[1000, 1 << 16])];
    let (mut text, mut sums, mut before) = (Vec::new(), Vec::<Sum>::new(), chunks.first());
    for number in 0..chunks.count() {
        let mut chunk = Chunk::new(chunks, number, stored, &mut memory);
        if chance.below(3) > 0 {
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
        before = link.or(chunk.link()).expect("a chunk that has come to its end hands on a link");
        sums.push(chunk.sum());
    }
    chunks.is_sum(&sums).then_some(text)
}
