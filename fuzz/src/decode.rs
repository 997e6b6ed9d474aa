//! A stored stream decoded at once, in small steps, in pieces and, where there is one, by somebody else: always the same text.

use crate::{Chance, Slow};
use logtally::decode::{Codec, Damage, Decoder, Fault, Limits, WholeGzip, pieces};
use std::io::Read;

/// Decoding stops here: a bomb is no finding.
const MOST: usize = 1 << 20;
/// A stream that asks for more is refused, as a larger one is by default.
const LIMITS: Limits = Limits { window: 8 << 20 };

/// How a stream was read.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    text: Vec<u8>,
    /// How much of it was verified.
    verified: usize,
    end: End,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// With what there was to say, and how much was stored.
    Whole(String, u64),
    Fault(String),
    /// There was too much.
    TooMuch,
}

fn read<R: Read>(mut decoder: Decoder<R>, mut step: impl FnMut() -> usize) -> Outcome {
    let mut outcome = Outcome { text: Vec::new(), verified: 0, end: End::TooMuch };
    let mut out = vec![0; 1 << 16];
    while outcome.text.len() < MOST {
        let step = step().clamp(1, out.len());
        match decoder.read(&mut out[..step]) {
            Ok(0) => {
                assert!(decoder.is_verified(), "the end is said of what is not verified");
                assert_eq!(decoder.read(&mut out).ok(), Some(0), "there is more behind the end");
                outcome.verified = outcome.text.len();
                outcome.end = End::Whole(format!("{:?}", decoder.remark()), decoder.consumed());
                return outcome;
            }
            Ok(len) => {
                outcome.text.extend_from_slice(&out[..len]);
                if decoder.is_verified() {
                    outcome.verified = outcome.text.len();
                }
            }
            Err(fault) => {
                let _ = fault.to_string();
                assert_eq!(decoder.read(&mut out).ok(), Some(0), "there is more behind a fault");
                // What nobody vouches for and is known to be wrong may be any part of it.
                if !matches!(&fault, Fault::Damaged { damage, .. } if damage.keeps_unverified()) {
                    outcome.text.truncate(outcome.verified);
                }
                // Wrong data is noticed by a codec's library, somewhere in what it was given at once.
                outcome.end = End::Fault(match fault {
                    Fault::Damaged { damage: damage @ (Damage::Invalid(_) | Damage::Checksum), .. } => format!("{damage:?}"),
                    fault => format!("{fault:?}"),
                });
                return outcome;
            }
        }
    }
    outcome.text.truncate(MOST);
    outcome
}

/// Decodes in every way, and panics where they differ.
pub fn check(codec: Codec, stored: &[u8]) {
    let mut chance = Chance::of(stored);
    let zeros_from = stored.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1);
    let whole = read(Decoder::new(codec, stored, zeros_from, LIMITS), || 1 << 16);

    let most = chance.of_these(&[1, 2, 3, 17, 1000, 1 << 16]);
    let source = Slow::new(stored, chance.clone());
    let mut slow = read(Decoder::new(codec, source, zeros_from, LIMITS), || 1 + chance.below(most));
    if whole.end == End::TooMuch {
        // They stop in different places behind it.
        slow.verified = whole.verified;
    }
    if codec == Codec::Bzip2 && matches!((&slow.end, &whole.end), (End::Fault(_), _) | (_, End::Fault(_))) {
        // Of damaged blocks libbz2-rs-sys 0.2.6 judges by how much of them comes at once: it reads some bytes ahead, and what is wrong
        // there may disown the block before; and one with more selectors than it needs may be refused where it comes in two.
        let (less, more) = if slow.verified < whole.verified { (&slow, &whole) } else { (&whole, &slow) };
        assert!(more.text.starts_with(&less.text[..less.verified]), "{}\n{}", shown(less), shown(more));
        return;
    }
    assert!(slow == whole, "in steps of up to {most}: {}\nat once: {}", shown(&slow), shown(&whole));

    let sound = matches!(&whole.end, End::Whole(remark, _) if remark == "None");
    let at_least = chance.of_these(&[1, 100, 5000]);
    if let Some(pieces) = pieces(codec, stored, stored.len() as u64, at_least) {
        assert!(pieces.len() > 1);
        let mut at = 0;
        for piece in &pieces {
            assert_eq!(piece.covers().start, at, "pieces lie one behind the other");
            at = piece.covers().end;
        }
        assert_eq!(at, stored.len() as u64, "pieces cover the file");
        let parts: Vec<Outcome> = pieces.iter().map(|piece| read(piece.decoder(stored, LIMITS), || 1 << 16)).collect();
        if parts.iter().all(|part| matches!(part.end, End::Whole(..))) && whole.end != End::TooMuch {
            let text: Vec<u8> = parts.into_iter().flat_map(|part| part.text).collect();
            assert!(sound && text == whole.text, "{} pieces give {} bytes; at once: {}", pieces.len(), text.len(), shown(&whole));
        }
    }

    let mut out = Vec::new();
    match codec {
        Codec::Gzip => {
            if let Some(len) = WholeGzip::new().decode(stored, &mut out, MOST) {
                assert!(sound || whole.end == End::TooMuch, "whole it is sound; as a stream: {}", shown(&whole));
                assert!(out[..len] == whole.text, "whole it is another text of {len} bytes; as a stream: {}", shown(&whole));
            }
        }
        Codec::Lz4 if sound => {
            // The other reader stops behind the first frame, and does not know all frames.
            let mut other = lz4_flex::frame::FrameDecoder::new(stored).take(MOST as u64);
            if other.read_to_end(&mut out).is_ok() {
                assert!(
                    whole.text.starts_with(&out),
                    "another reader of frames has {} bytes; this: {}",
                    out.len(),
                    shown(&whole)
                );
            }
        }
        _ => {}
    }
}

fn shown(outcome: &Outcome) -> String {
    let Outcome { text, verified, end } = outcome;
    format!("{} bytes, {verified} verified, {end:?}: {}", text.len(), text[..text.len().min(200)].escape_ascii())
}
