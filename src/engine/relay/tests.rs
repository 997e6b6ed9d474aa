//! Parts in their order, and the buffers that they are handed on in.

use super::*;
use crate::{
    decode::{Codec, pieces},
    stats::Clock,
};
use std::io::Write;

/// A gzip file of members of BGZF, each with its length, that decode to so many bytes.
fn bgzf(members: usize, each: usize) -> (Vec<u8>, Vec<u8>) {
    let mut stored = Vec::new();
    let mut text = Vec::new();
    for member in 0..members {
        let line = vec![b'a' + (member % 26) as u8; each];
        let mut encoder =
            flate2::GzBuilder::new().extra(vec![b'B', b'C', 2, 0, 0, 0]).write(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&line).unwrap();
        let mut packed = encoder.finish().unwrap();
        let size = (packed.len() - 1) as u16;
        packed[16..18].copy_from_slice(&size.to_le_bytes());
        stored.extend(packed);
        text.extend(line);
    }
    (stored, text)
}

/// Pieces that are all decoded before their turn come, whole and in order.
#[test]
fn pieces_come_in_order_however_far_ahead_they_are() {
    // Whole pieces fit into what one of them may be ahead of the counter.
    let (stored, text) = bgzf(3_000, 50_000);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&stored).unwrap();
    let pieces = pieces(Codec::Gzip, &file, stored.len() as u64, 1_000).unwrap();
    assert!(pieces.len() > 100, "{}", pieces.len());
    let parts = InPieces { pieces: &pieces, file: &file };
    for threads in [1, 2, 7] {
        let mut read = 0;
        let watches = Watches::new(Clock::Off, threads);
        let most = relayed_parts(&parts, threads, &watches, |decode| {
            let mut out = vec![0; 300_000];
            loop {
                let len = decode.read(&mut out).unwrap();
                if len == 0 {
                    break;
                }
                assert!(out[..len] == text[read..read + len]);
                if read == 0 {
                    // All have the time to run ahead as far as they may.
                    thread::sleep(std::time::Duration::from_millis(100));
                }
                read += len;
            }
            read
        });
        assert_eq!(most, text.len());
    }
}

/// Chunks of one stream come in order too, whoever decodes them, and a text with another sum is not believed.
#[test]
fn chunks_come_in_order_and_summed() {
    let line =
        |number: u64| format!("{{\"service\":\"s{}\",\"id\":{}}}\n", number % 7, number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let text: Vec<u8> = (0..150_000).flat_map(|number| line(number).into_bytes()).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&text).unwrap();
    let mut stored = encoder.finish().unwrap();
    let sum_at = stored.len() - 8;
    for is_sound in [true, false] {
        stored[sum_at] ^= u8::from(!is_sound);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&stored).unwrap();
        for threads in [1, 2, 7, 40] {
            let watches = Watches::new(Clock::Off, threads);
            let parts = InChunks::of(&file, stored.len() as u64, 20_000, threads, watches.here()).unwrap();
            assert!(parts.ends().len() >= 4 * parts.threads().min(5) && parts.threads() <= threads);
            relayed_parts(&parts, parts.threads(), &watches, |decode| {
                let (mut read, mut out) = (0, vec![0; 300_000]);
                let ended = loop {
                    match decode.read(&mut out) {
                        Ok(0) => break Ok(()),
                        Ok(len) => {
                            assert!(out[..len] == text[read..read + len]);
                            assert!(!decode.is_verified());
                            read += len;
                        }
                        Err(fault) => break Err(fault),
                    }
                };
                assert_eq!(read, text.len());
                assert_eq!((ended.is_ok(), decode.is_verified()), (is_sound, is_sound), "{threads}: {ended:?}");
            });
        }
    }
}

#[test]
fn the_turn_has_buffers_when_those_behind_have_all_others() {
    let (buffers, off) = (Buffers::new(3), Stopwatch::off());
    let ahead: Vec<_> = (1..=3).map(|piece| buffers.take(piece, &off).unwrap()).collect();
    thread::scope(|scope| {
        let behind = scope.spawn(|| buffers.take(2, &off).is_some());
        for _ in 0..AT_WORK {
            assert!(buffers.take(0, &off).is_some());
        }
        assert!(!behind.is_finished());
        // Its turn has come.
        buffers.advance();
        buffers.advance();
        ahead.into_iter().for_each(|bytes| buffers.give_back(bytes));
        assert!(behind.join().unwrap());
        let waiting = scope.spawn(|| (0..100).all(|_| buffers.take(9, &off).is_some()));
        buffers.close();
        assert!(!waiting.join().unwrap(), "nobody counts any more");
    });
}
