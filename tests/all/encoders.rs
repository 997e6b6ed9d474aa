//! Texts encoded in every form that a codec allows, also those that no common tool writes.

use std::io::Write;

/// A codec, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Plain,
    Gzip,
    Bgzf,
    Zstd,
    Xz,
    Bzip2,
    Lz4,
}

impl Codec {
    pub const ALL: [Codec; 7] = [Codec::Plain, Codec::Gzip, Codec::Bgzf, Codec::Zstd, Codec::Xz, Codec::Bzip2, Codec::Lz4];

    /// Its name in reports; that of plain text stands for nothing.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Codec::Plain => None,
            Codec::Gzip | Codec::Bgzf => Some("gzip"),
            Codec::Zstd => Some("zstd"),
            Codec::Xz => Some("xz"),
            Codec::Bzip2 => Some("bzip2"),
            Codec::Lz4 => Some("lz4"),
        }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            Codec::Plain => "",
            Codec::Gzip | Codec::Bgzf => ".gz",
            Codec::Zstd => ".zst",
            Codec::Xz => ".xz",
            Codec::Bzip2 => ".bz2",
            Codec::Lz4 => ".lz4",
        }
    }

    /// Whether each of its members has a checksum of what it holds; in the others' frames it may be left out.
    pub const fn is_always_checked(self) -> bool {
        matches!(self, Codec::Gzip | Codec::Bgzf | Codec::Bzip2)
    }

    /// A member, frame or stream of each part, in forms that the numbers choose, and what may stand between and behind them.
    pub fn encoded(self, parts: &[&[u8]], forms: u32) -> Vec<u8> {
        let mut stored = Vec::new();
        let mut form = Forms(forms);
        for part in parts {
            match self {
                Codec::Plain => stored.extend_from_slice(part),
                Codec::Gzip => {
                    let level = form.next(10);
                    stored.extend(gzip(part, level));
                }
                Codec::Bgzf => {
                    let size = [1000, 9000, 65_280][form.next(3) as usize];
                    // An empty one, too, which stands at the end of every such file.
                    stored.extend(part.chunks(size).chain([&b""[..]]).flat_map(bgzf));
                }
                Codec::Zstd => {
                    stored.extend(skippable(&mut form));
                    stored.extend(zstd(part, &mut form));
                }
                Codec::Xz => {
                    let block = [37, 1000, 20_000, usize::MAX][form.next(4) as usize].max(part.len() / 50);
                    stored.extend(xz(part, block, &mut form));
                    stored.extend(vec![0; 4 * form.next(3) as usize]);
                }
                Codec::Bzip2 => stored.extend(bzip2(part, form.next(9) + 1)),
                Codec::Lz4 => {
                    stored.extend(skippable(&mut form));
                    stored.extend(lz4(part, &mut form));
                }
            }
        }
        // Padding of any length, but where it may be a frame that was not written.
        if matches!(self, Codec::Gzip | Codec::Bgzf | Codec::Bzip2) && form.coin() {
            stored.extend(vec![0; form.next(700) as usize]);
        }
        stored
    }
}

/// Choices, from one number.
pub struct Forms(pub u32);

impl Forms {
    pub fn next(&mut self, of: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % of
    }

    pub fn coin(&mut self) -> bool {
        self.next(2) == 1
    }
}

pub fn gzip(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// What is deflated, without anything around it.
pub fn deflated(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub fn crc32(text: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text);
    crc.sum()
}

/// A member that tells its size, as BGZF has it (SAM format specification, 4.1).
fn bgzf(text: &[u8]) -> Vec<u8> {
    let body = deflated(text, 1);
    let size = u16::try_from(18 + body.len() + 8 - 1).unwrap();
    let mut stored = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0".to_vec();
    stored.extend(size.to_le_bytes());
    stored.extend(body);
    stored.extend(crc32(text).to_le_bytes());
    stored.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    stored
}

/// A frame to be passed over, or none; of zstd and LZ4 alike.
fn skippable(form: &mut Forms) -> Vec<u8> {
    if form.coin() {
        return Vec::new();
    }
    let len = form.next(90);
    let magic = 0x184d_2a50 + form.next(16);
    [&magic.to_le_bytes()[..], &len.to_le_bytes(), &vec![b'\n'; len as usize]].concat()
}

fn zstd(text: &[u8], form: &mut Forms) -> Vec<u8> {
    use zstd_safe::{CCtx, CParameter};
    let mut context = CCtx::create();
    context.set_parameter(CParameter::ChecksumFlag(form.coin())).unwrap();
    context.set_parameter(CParameter::ContentSizeFlag(form.coin())).unwrap();
    context.set_parameter(CParameter::CompressionLevel(form.next(6) as i32 - 2)).unwrap();
    let mut stored = vec![0; zstd_safe::compress_bound(text.len())];
    let len = context.compress2(&mut stored[..], text).unwrap();
    stored.truncate(len);
    stored
}

/// In blocks of so many bytes of text.
fn xz(text: &[u8], block: usize, form: &mut Forms) -> Vec<u8> {
    use liblzma::stream::{Action, Check, Status, Stream};
    let check = [Check::None, Check::Crc32, Check::Crc64, Check::Sha256][form.next(4) as usize];
    let mut stream = Stream::new_easy_encoder(0, check).unwrap();
    let mut stored = Vec::with_capacity(text.len() + (64 << 10));
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

fn bzip2(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lz4(text: &[u8], form: &mut Forms) -> Vec<u8> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let info = FrameInfo::new()
        .block_size([BlockSize::Max64KB, BlockSize::Max256KB][form.next(2) as usize])
        .block_mode(if form.coin() { BlockMode::Independent } else { BlockMode::Linked })
        .block_checksums(form.coin())
        .content_checksum(form.coin())
        .content_size(form.coin().then_some(text.len() as u64));
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// An archive of tar, of POSIX.
pub fn tar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut stored = Vec::new();
    for (name, text) in members {
        let mut header = [0; 512];
        let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
        put(0, name.as_bytes());
        put(100, b"0000644\0");
        put(124, format!("{:011o}\0", text.len()).as_bytes());
        put(136, b"14551234567\0");
        put(148, b"        ");
        put(156, b"0");
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        stored.extend(header);
        stored.extend_from_slice(text);
        stored.resize(stored.len().next_multiple_of(512), 0);
    }
    stored.extend([0; 1024]);
    stored
}

/// An archive of zip: members stored or deflated, with their lengths before or behind them.
pub fn zip(members: &[(String, Vec<u8>)], forms: u32) -> Vec<u8> {
    let mut form = Forms(forms);
    let (mut stored, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in members {
        let is_deflated = form.coin();
        let is_behind = is_deflated && form.coin();
        let body = if is_deflated { deflated(text, form.next(10)) } else { text.clone() };
        let sums =
            [crc32(text), u32::try_from(body.len()).unwrap(), u32::try_from(text.len()).unwrap()].map(u32::to_le_bytes).concat();
        let (flags, method): (u16, u16) = (if is_behind { 8 } else { 0 }, if is_deflated { 8 } else { 0 });
        // APPNOTE.TXT, 4.3.7 and 4.3.12: version, flags, method, time and date; the sums; the lengths of the name and of nothing.
        let first = [20, flags, method, 0, 0x21].map(u16::to_le_bytes).concat();
        let last = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
        let at = u32::try_from(stored.len()).unwrap();
        let before = if is_behind { vec![0; 12] } else { sums.clone() };
        stored.extend([b"PK\x03\x04", &first[..], &before, &last, name.as_bytes(), &body].concat());
        if is_behind {
            stored.extend([b"PK\x07\x08", &sums[..]].concat());
        }
        directory.extend([b"PK\x01\x02\x14\0", &first[..], &sums, &last, &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat());
    }
    let (at, count) = (u32::try_from(stored.len()).unwrap(), (members.len() as u16).to_le_bytes());
    let len = u32::try_from(directory.len()).unwrap();
    stored.extend(&directory);
    stored.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &len.to_le_bytes(), &at.to_le_bytes(), &[0, 0]].concat());
    stored
}
