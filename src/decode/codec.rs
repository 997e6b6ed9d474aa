//! The encodings that stored logs come in, told from their first bytes. Never from a name.

use super::{bzip2, gzip};

/// The compressions and archives that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// RFC 1952
    Gzip,
    /// RFC 8878
    Zstd,
    /// bzip2
    Bzip2,
    /// xz
    Xz,
    /// LZ4 frames
    Lz4,
    /// zip
    Zip,
    /// tar: POSIX.1-2001 pax, ustar and GNU
    Tar,
}

impl Codec {
    /// The name in reports and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Gzip => "gzip",
            Codec::Zstd => "zstd",
            Codec::Bzip2 => "bzip2",
            Codec::Xz => "xz",
            Codec::Lz4 => "lz4",
            Codec::Zip => "zip",
            Codec::Tar => "tar",
        }
    }

    /// A common command that writes the decoded file to its output.
    #[must_use]
    pub const fn decoder(self) -> &'static str {
        match self {
            Codec::Gzip => "gzip -dc",
            Codec::Zstd => "zstd -dc",
            Codec::Bzip2 => "bzip2 -dc",
            Codec::Xz => "xz -dc",
            Codec::Lz4 => "lz4 -dc",
            Codec::Zip => "unzip -p",
            Codec::Tar => "tar -xOf",
        }
    }

    /// The codec that these first bytes of a file give away. A file may be all that a crash has left of a codec's magic.
    #[must_use]
    pub fn of(first: &[u8]) -> Option<Codec> {
        Some(match first {
            [0x1f, 0x8b] => Codec::Gzip,
            [0x28, 0xb5] | [0x28, 0xb5, 0x2f] => Codec::Zstd,
            [0xfd, b'7', b'z'] | [0xfd, b'7', b'z', b'X'] | [0xfd, b'7', b'z', b'X', b'Z'] => Codec::Xz,
            [0x04, 0x22] | [0x04, 0x22, 0x4d] => Codec::Lz4,
            [0x1f, 0x8b, 8, ..] => Codec::Gzip,
            // RFC 8878, 3.1.1.
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Codec::Zstd,
            // A skippable frame, which LZ4 has too (RFC 8878, 3.1.2): what comes behind it tells, if that is seen.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, rest @ ..] => {
                let len = rest.first_chunk().map(|len| u32::from_le_bytes(*len) as usize);
                let behind = len.and_then(|len| rest.get(len.saturating_add(4)..)).and_then(Codec::of);
                if behind == Some(Codec::Lz4) { Codec::Lz4 } else { Codec::Zstd }
            }
            // "BZh", the level, then the magic of a block or of an empty stream's end.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Codec::Bzip2,
            // What a cut has left of these.
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if b"1AY&SY".starts_with(rest) => Codec::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Codec::Xz,
            // A frame, or what was before there were frames.
            [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Codec::Lz4,
            // A member, or an empty archive.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Codec::Zip,
            _ if first.get(257..262) == Some(b"ustar") => Codec::Tar,
            // Their bytes are like enough to text, as far as control characters go, to be counted as lines.
            _ if gzip::is_nearly_member(first) => Codec::Gzip,
            _ if bzip2::is_nearly_stream(first) => Codec::Bzip2,
            _ => return None,
        })
    }
}
