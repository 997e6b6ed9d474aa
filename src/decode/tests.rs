//! Files made by the codecs' own encoders, whole and in every way damaged.

use std::io::{self, Read, Write};

use super::{Codec, Damage, Decoder, Fault, Limits};

/// What a decoder makes of a file.
struct Decoded {
    text: Vec<u8>,
    /// How much of the text was verified when it ended.
    verified: usize,
    fault: Option<Fault>,
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

fn decode_in(codec: Codec, stored: &[u8], stored_step: usize, out_step: usize) -> (Decoded, Decoder<Dribble<'_>>) {
    let source = Dribble(stored, stored_step);
    let mut decoder = Decoder::new(codec, source, zeros_from(stored), Limits::default());
    let mut decoded = Decoded { text: Vec::new(), verified: 0, fault: None };
    let mut out = vec![0xee; out_step];
    loop {
        match decoder.read(&mut out) {
            Ok(0) => {
                assert!(decoder.is_verified());
                break;
            }
            Ok(len) => {
                decoded.text.extend_from_slice(&out[..len]);
                if decoder.is_verified() {
                    decoded.verified = decoded.text.len();
                }
            }
            Err(fault) => {
                decoded.fault = Some(fault);
                break;
            }
        }
    }
    assert!(matches!(decoder.read(&mut out), Ok(0)), "it goes on after its end");
    (decoded, decoder)
}

fn decode(codec: Codec, stored: &[u8]) -> Decoded {
    decode_in(codec, stored, 1 << 20, 1 << 16).0
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_members() {
    let stored = [gzip(b"one\n"), gzip(b""), vec![0; 600], gzip(b"two\n"), vec![0; 513]].concat();
    let decoded = decode(Codec::Gzip, &stored);
    assert_eq!(decoded.text, b"one\ntwo\n");
    assert!(decoded.fault.is_none(), "{:?}", decoded.fault);
    let cut = decode(Codec::Gzip, &stored[..stored.len() - 518]);
    assert_eq!(cut.text, b"one\ntwo\n");
    assert_eq!(cut.verified, 4);
    assert!(matches!(cut.fault, Some(Fault::Damaged { damage: Damage::Cut, .. })), "{:?}", cut.fault);
}
