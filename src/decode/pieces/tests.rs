//! Files decoded in pieces, against the same files decoded whole.

use std::io::{Read, Write};

use liblzma::stream::Check;
use proptest::prelude::*;

use super::{Form, Piece, Positional, pieces};
use crate::decode::{
    Codec, Limits,
    tests::{bgzf, bzip2, gzip, lz4, sample, whole, xz, zstd},
};

/// The text of a file by its pieces; `None` where one of them failed.
fn text_of(stored: &[u8], pieces: &[Piece], out_step: usize) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut out = vec![0; out_step];
    for piece in pieces {
        let mut decoder = piece.decoder(stored, Limits::default());
        loop {
            match decoder.read(&mut out) {
                Ok(0) => {
                    assert!(decoder.is_verified());
                    assert_eq!(decoder.remark(), None);
                    break;
                }
                Ok(len) => text.extend_from_slice(&out[..len]),
                Err(_) => return None,
            }
        }
    }
    Some(text)
}

fn cover(pieces: &[Piece], len: usize) {
    let mut at = 0;
    for piece in pieces {
        assert_eq!(piece.covers().start, at);
        at = piece.covers().end;
    }
    assert_eq!(at, len as u64);
}

/// Each kind of file that can be split, with the least number of pieces it has.
fn splittable() -> Vec<(&'static str, Codec, Vec<u8>, usize)> {
    let text = sample(450_000, 1);
    let parts = || text.chunks(60_000);
    let skippable = [0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];
    vec![
        ("bgzf", Codec::Gzip, parts().flat_map(|part| part.chunks(9000)).flat_map(bgzf).collect(), 8),
        ("bgzf, padded", Codec::Gzip, [parts().flat_map(bgzf).collect(), vec![0; 999]].concat(), 8),
        ("bgzf and others", Codec::Gzip, [bgzf(&text[..50_000]), bgzf(&text[..60_000]), gzip(&text), bgzf(b"x")].concat(), 2),
        ("gzip, members", Codec::Gzip, parts().flat_map(gzip).collect(), 8),
        ("gzip, members, padded", Codec::Gzip, [parts().flat_map(gzip).collect(), vec![0; 99]].concat(), 8),
        ("gzip, then bgzf", Codec::Gzip, [gzip(&text[..60_000]), gzip(&text), bgzf(b"x")].concat(), 2),
        ("zstd", Codec::Zstd, parts().flat_map(|part| zstd(part, true)).collect(), 8),
        ("zstd, skippable", Codec::Zstd, parts().flat_map(|part| [&skippable[..], &zstd(part, false)].concat()).collect(), 8),
        ("lz4", Codec::Lz4, parts().flat_map(|part| lz4(part, true, true)).collect(), 8),
        ("lz4 linked", Codec::Lz4, parts().flat_map(|part| [&lz4(part, false, false), &skippable[..]].concat()).collect(), 8),
        ("xz", Codec::Xz, xz(&text, Check::Crc64, 60_000), 8),
        ("xz, streams", Codec::Xz, parts().flat_map(|part| [xz(part, Check::Sha256, 30_000), vec![0; 8]].concat()).collect(), 8),
        ("xz, no check", Codec::Xz, xz(&text, Check::None, 50_001), 8),
        ("bzip2", Codec::Bzip2, bzip2(&text), 5),
        ("bzip2, streams", Codec::Bzip2, parts().flat_map(bzip2).collect(), 8),
        ("bzip2, mixed", Codec::Bzip2, [bzip2(b"one\n"), bzip2(&text), bzip2(b""), bzip2(b"two\n")].concat(), 6),
    ]
}

#[test]
fn the_same_text_in_pieces() {
    for (name, codec, stored, least) in splittable() {
        let text = whole(codec, &stored).unwrap_or_else(|| panic!("{name} is not sound"));
        for at_least in [1, 1000, 20_000, stored.len() as u64 / 2] {
            let Some(pieces) = pieces(codec, &stored[..], stored.len() as u64, at_least) else {
                assert!(at_least > 1000, "{name} is not split");
                continue;
            };
            cover(&pieces, stored.len());
            assert!(at_least > 1 || pieces.len() >= least, "{name}: {} pieces", pieces.len());
            let small = pieces.iter().filter(|piece| piece.covers().end - piece.covers().start < at_least);
            assert!(pieces.len() > 1 && small.count() <= 3, "{name}: {} pieces", pieces.len());
            for out_step in [1 << 16, 777] {
                let by_pieces = text_of(&stored, &pieces, out_step).unwrap_or_else(|| panic!("{name}: a piece failed"));
                assert!(by_pieces == text, "{name} in {} pieces: another text", pieces.len());
            }
        }
    }
}

#[test]
fn what_is_in_one_piece() {
    let text = sample(300_000, 1);
    for (codec, stored) in [
        (Codec::Gzip, gzip(&text)),
        (Codec::Zstd, zstd(&text, true)),
        (Codec::Lz4, lz4(&text, true, true)),
        (Codec::Xz, xz(&text, Check::Crc64, usize::MAX)),
        (Codec::Bzip2, bzip2(&text[..50_000])),
        (Codec::Zip, text.clone()),
        // Padding behind frames that may have no checksum.
        (Codec::Zstd, [zstd(&text, true), zstd(&text, true), vec![0; 10]].concat()),
    ] {
        assert!(pieces(codec, &stored[..], stored.len() as u64, 1).is_none(), "{codec:?}");
    }
    for codec in [Codec::Gzip, Codec::Zstd, Codec::Lz4, Codec::Xz, Codec::Bzip2] {
        assert!(pieces(codec, &b""[..], 0, 1).is_none());
    }
}

/// A gzip file that is stored in another looks like a member of it: the pieces fail, and the whole is decoded as ever.
#[test]
fn a_header_within_a_member() {
    let inner = gzip(&sample(300_000, 1));
    let mut stored = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    stored.write_all(&[&b"before"[..], &inner, &b"after"[..]].concat()).unwrap();
    let stored = stored.finish().unwrap();
    let pieces = pieces(Codec::Gzip, &stored[..], stored.len() as u64, 1).unwrap();
    assert_eq!(text_of(&stored, &pieces, 1 << 16), None);
    assert!(whole(Codec::Gzip, &stored).is_some());
}

/// Most files have one member: they are not read twice to learn that.
#[test]
fn the_second_member_is_looked_for_near_the_first() {
    struct Watched {
        text: Vec<u8>,
        most: std::sync::atomic::AtomicU64,
    }
    impl Positional for Watched {
        fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<usize> {
            let len = self.text.as_slice().read_at(offset, out)?;
            self.most.fetch_max(offset + len as u64, std::sync::atomic::Ordering::Relaxed);
            Ok(len)
        }
    }
    let text = [gzip(b"one"), vec![0xff; 40 << 20]].concat();
    let watched = Watched { text, most: 0.into() };
    assert!(pieces(Codec::Gzip, &watched, watched.text.len() as u64, 1 << 18).is_none());
    assert!(watched.most.into_inner() < 17 << 20);
}

/// A block's magic number that is text by chance is not taken for a block.
#[test]
fn a_false_magic_of_bzip2() {
    let text = sample(450_000, 1);
    let mut stored = bzip2(&text);
    let len = stored.len() as u64;
    assert!(pieces(Codec::Bzip2, &stored[..], len, 1).is_some());
    let middle = stored.len() / 2 + 5000;
    stored[middle..middle + 6].copy_from_slice(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);
    assert!(pieces(Codec::Bzip2, &stored[..], len, 1).is_none());
}

/// Blocks of bzip2 do not begin at bytes: the sample must not by luck.
#[test]
fn blocks_of_bzip2_are_shifted() {
    let stored = bzip2(&sample(450_000, 1));
    let pieces = pieces(Codec::Bzip2, &stored[..], stored.len() as u64, 1).unwrap();
    let shifted = pieces.iter().filter(|piece| matches!(&piece.form, Form::Bzip2Blocks { bits } if bits.start % 8 != 0));
    assert!(shifted.count() > 1);
}

/// Damaged anywhere: the pieces fail, or are what the whole is.
#[test]
fn damaged_pieces() {
    for (name, codec, stored, _) in splittable() {
        // Structure is what matters here: all of the beginning and of the end, and some of what is between.
        let (step, len) = (stored.len() / 40 + 1, stored.len());
        for at in (0..len).filter(|at| *at < 40 || *at + 60 > len || at % step == 0) {
            let mut wrong = stored.clone();
            wrong[at] ^= 0x11;
            if let Some(pieces) = pieces(codec, &wrong[..], len as u64, 5000) {
                cover(&pieces, len);
                if let Some(text) = text_of(&wrong, &pieces, 1 << 16) {
                    assert!(whole(codec, &wrong).is_some_and(|whole| whole == text), "{name}, byte {at}");
                }
            }
            let cut = &stored[..at];
            if let Some(pieces) = pieces(codec, cut, at as u64, 5000)
                && let Some(text) = text_of(cut, &pieces, 1 << 16)
            {
                assert!(whole(codec, cut).is_some_and(|whole| whole == text), "{name}, cut at {at}");
            }
        }
    }
}

/// A piece's stored bytes come the same in any steps.
#[test]
fn shifted_bits_in_any_steps() {
    let stored = bzip2(&sample(250_000, 1));
    let pieces = pieces(Codec::Bzip2, &stored[..], stored.len() as u64, 1).unwrap();
    let piece = pieces.iter().find(|piece| matches!(&piece.form, Form::Bzip2Blocks { bits } if bits.start % 8 != 0)).unwrap();
    let Form::Bzip2Blocks { bits } = &piece.form else { unreachable!() };
    let bit = |at: u64| stored.get((at / 8) as usize).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let expected: Vec<u8> =
        (bits.start..bits.end).step_by(8).map(|at| (0..8).fold(0, |byte, next| byte << 1 | bit(at + next))).collect();
    for step in [1, 2, 7, 4096, 1 << 20] {
        let mut source = super::PieceSource { stored: &stored[..], head: b"BZh9".to_vec(), given: 0, bits: bits.clone() };
        let mut all = Vec::new();
        let mut buffer = vec![0; step];
        loop {
            let len = source.read(&mut buffer).unwrap();
            if len == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..len]);
        }
        assert_eq!(&all[..4], b"BZh9");
        assert!(all[4..] == expected, "{step} at a time");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// No bytes make the search for pieces panic or loop.
    #[test]
    fn any_bytes(codec in 0..5_usize, mut stored in proptest::collection::vec(any::<u8>(), 0..300), keep in 0..80_usize) {
        let codec = [Codec::Gzip, Codec::Zstd, Codec::Lz4, Codec::Xz, Codec::Bzip2][codec];
        let text = sample(300, 9);
        let sound = match codec {
            Codec::Gzip => bgzf(&text),
            Codec::Zstd => zstd(&text, true),
            Codec::Lz4 => lz4(&text, true, true),
            Codec::Xz => xz(&text, Check::Crc32, 40),
            _ => bzip2(&text),
        };
        stored.splice(..0, sound[..keep.min(sound.len())].iter().copied());
        stored.extend(&sound[sound.len() - keep.min(sound.len())..]);
        if let Some(pieces) = pieces(codec, &stored[..], stored.len() as u64, 1) {
            cover(&pieces, stored.len());
            if let Some(text) = text_of(&stored, &pieces, 100) {
                prop_assert_eq!(whole(codec, &stored), Some(text));
            }
        }
    }
}
