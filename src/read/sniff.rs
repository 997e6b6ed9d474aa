//! What a file holds, told from its first bytes: text, something compressed, or neither. Never from its name.

use super::ByteOrder;
use crate::{archive, decode::Codec, simd::widest};

/// What a file's head says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text, in whatever encoding that has lines.
    Text,
    /// Text of two bytes a letter.
    Utf16(ByteOrder),
    /// Compressed, or an archive.
    Encoded(Codec),
    /// Over a tenth of the head are control characters that no text has.
    Binary,
}

/// Tells what a file with this head holds. `head` may still have its leading NULs.
#[must_use]
pub fn sniff(head: &[u8]) -> Content {
    if let Some(codec) = Codec::of(head) {
        return Content::Encoded(codec);
    }
    // The oldest have no magic, and are told by a checksum.
    if archive::is_tar(head) {
        return Content::Encoded(Codec::Tar);
    }
    if let Some(order) = ByteOrder::of(head) {
        return Content::Utf16(order);
    }
    // A run of NULs at the start is what copytruncate leaves, and at the end what a crash does, so they speak neither for nor against
    // text.
    let text = head.get(head.iter().take_while(|byte| **byte == 0).count()..).unwrap_or_default();
    let text = text.get(..text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)).unwrap_or_default();
    let controls = widest!(_simd => controls(text));
    if controls * 10 <= text.len() { Content::Text } else { Content::Binary }
}

/// How many control characters there are. A small file costs as much to be judged as to be counted, if bytes are not judged many at a time.
#[inline(always)]
fn controls(text: &[u8]) -> usize {
    /// So many fit a byte's count, and are a whole number of the widest registers.
    const PIECE: usize = 224;
    text.chunks(PIECE).map(|piece| usize::from(piece.iter().map(|byte| is_control(*byte)).sum::<u8>())).sum()
}

/// 1 for control characters that text does not hold, 0 for all else. Tab, the newlines and ESC (colours) it does hold.
#[inline]
fn is_control(byte: u8) -> u8 {
    let of_text = (byte == b'\t') | (byte == b'\n') | (byte == b'\r') | (byte == 0x1b);
    u8::from(((byte < 0x20) & !of_text) | (byte == 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_content() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let table: &[(&[u8], Content)] = &[
            (b"", Content::Text),
            (b"hello\n", Content::Text),
            (&[0x1f, 0x8b, 8, 0, 0], Content::Encoded(Codec::Gzip)),
            (&[0x28, 0xb5, 0x2f, 0xfd], Content::Encoded(Codec::Zstd)),
            (&[0x53, 0x2a, 0x4d, 0x18], Content::Encoded(Codec::Zstd)),
            (b"BZh91AY&SY", Content::Encoded(Codec::Bzip2)),
            (b"BZh9 is a word in a log\n", Content::Text),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Content::Encoded(Codec::Xz)),
            (&[4, 0x22, 0x4d, 0x18], Content::Encoded(Codec::Lz4)),
            (b"\xff\xfeh\0i\0", Content::Utf16(ByteOrder::Little)),
            (b"PK\x03\x04", Content::Encoded(Codec::Zip)),
            (b"PK means public key\n", Content::Text),
            (&tar, Content::Encoded(Codec::Tar)),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0text after a hole\n", Content::Text),
            (b"text before a hole\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Content::Text),
            (b"\x1b[31mred\x1b[0m\ttab\r\n", Content::Text),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", Content::Binary),
            (b"nine bytes\x01", Content::Text),
            (b"eight by\x01", Content::Binary),
            (b"\xff\xfe are two bytes of any text\n", Content::Text),
        ];
        for (head, content) in table {
            assert_eq!(sniff(head), *content, "{head:?}");
        }
    }

    #[test]
    fn controls_count_however_many_there_are() {
        for len in [0, 1, 223, 224, 225, 448, 10_000] {
            let all: Vec<u8> =
                (0..len).map(|at| [1, b'a', 0x7f, b'\t', 0x1f, 0x80, b' ', b'\n', 0, 0xff, 0x1b, b'\r'][at % 12]).collect();
            let expected = len / 12 * 4 + all[len / 12 * 12..].iter().filter(|byte| [1, 0x7f, 0x1f, 0].contains(*byte)).count();
            assert_eq!(widest!(_simd => controls(&all)), expected, "{len}");
            assert_eq!(controls(&vec![1; len]), len);
        }
        let head = |controls: usize| [vec![b'a'; 9_000 - controls], vec![1; controls], b"\n".repeat(1_000)].concat();
        assert_eq!((sniff(&head(1_000)), sniff(&head(1_001))), (Content::Text, Content::Binary));
    }
}
