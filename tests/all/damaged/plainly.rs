//! What the codecs' libraries give of a file, read plainly, a byte at a time, to its end or its fault.

use std::io::{self, Read};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    Not,
    /// Because the file ended.
    ByEnd,
    Otherwise,
}

/// All that the codec's library gives of a file before it fails, and whether it failed because the file ended.
pub fn decodable(codec: &str, bytes: &[u8]) -> (Vec<u8>, Fails) {
    // In steps as far as that goes, and once more the same way. Then one byte at a time: what is decoded before a fault is not lost in
    // a buffer.
    let mut step = vec![0; 16 << 10];
    let mut text = Vec::new();
    let mut reader = reader_of(codec, bytes);
    while let Ok(len @ 1..) = reader.read(&mut step) {
        text.extend_from_slice(&step[..len]);
    }
    let mut reader = reader_of(codec, bytes);
    let mut passed = 0;
    while passed < text.len() {
        passed += reader.read(&mut step).unwrap();
    }
    let mut byte = [0];
    loop {
        match reader.read(&mut byte) {
            Ok(0) => return (text, Fails::Not),
            Ok(_) => text.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return (text, Fails::ByEnd),
            Err(_) => return (text, Fails::Otherwise),
        }
    }
}

fn reader_of<'b>(codec: &str, bytes: &'b [u8]) -> Box<dyn Read + 'b> {
    match codec {
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        "deflate" => Box::new(flate2::read::DeflateDecoder::new(bytes)),
        "zstd" => Box::new(ZstdReader::new(bytes)),
        "xz" => Box::new(liblzma::read::XzDecoder::new_multi_decoder(bytes)),
        "bzip2" => Box::new(bzip2::read::MultiBzDecoder::new(bytes)),
        "lz4" => Box::new(Lz4Reader { decoder: lz4_flex::frame::FrameDecoder::new(bytes) }),
        _ => unreachable!("{codec}"),
    }
}

/// lz4's library ends after each frame.
struct Lz4Reader<'b> {
    decoder: lz4_flex::frame::FrameDecoder<&'b [u8]>,
}

impl Read for Lz4Reader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.decoder.get_ref().len();
            match self.decoder.read(out) {
                Ok(0) if (1..left).contains(&self.decoder.get_ref().len()) => {}
                Ok(0) if left > 0 && !self.decoder.get_ref().is_empty() => return self.decoder.read(out),
                read => return read,
            }
        }
    }
}

/// zstd's library has no reader of its own here.
struct ZstdReader<'b> {
    bytes: &'b [u8],
    at: usize,
    context: zstd_safe::DCtx<'static>,
    hint: usize,
}

impl<'b> ZstdReader<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        ZstdReader { bytes, at: 0, context: zstd_safe::DCtx::create(), hint: 0 }
    }
}

impl Read for ZstdReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.at == self.bytes.len() && self.hint == 0 {
                return Ok(0);
            }
            let mut input = zstd_safe::InBuffer { src: self.bytes, pos: self.at };
            let before = self.at;
            let mut output = zstd_safe::OutBuffer::around(out);
            let hint = self.context.decompress_stream(&mut output, &mut input);
            let produced = output.pos();
            self.at = input.pos;
            match hint {
                Err(code) => return Err(io::Error::other(zstd_safe::get_error_name(code))),
                Ok(hint) => self.hint = hint,
            }
            if produced > 0 {
                return Ok(produced);
            }
            if self.at == self.bytes.len() && self.at == before {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
