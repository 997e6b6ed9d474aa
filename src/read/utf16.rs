//! UTF-16 with a byte-order mark, as Windows writes it: its lines in UTF-8, each with the length that it has in the file.

use super::{Fetch, MAX_JUDGED, head::LAST_WINDOW};
use std::io;

/// Which byte of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The low one: the mark is `FF FE`.
    Little,
    /// The high one: the mark is `FE FF`.
    Big,
}

impl ByteOrder {
    /// The order that a text's head gives away, if it begins with a mark (RFC 2781, section 3.2).
    ///
    /// Any bytes may stand at the beginning of a text, so there must be more: newlines of two bytes, and hardly a byte that looks
    /// like a newline elsewhere. In a head without a newline, digits and blanks must be every twentieth unit at least, and none NUL.
    /// A mark alone is what Windows makes of an empty text.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<ByteOrder> {
        let order = match head {
            [0xFF, 0xFE] => return Some(ByteOrder::Little),
            [0xFE, 0xFF] => return Some(ByteOrder::Big),
            // UTF-32.
            [0xFF, 0xFE, 0, 0, ..] => return None,
            [0xFF, 0xFE, ..] => ByteOrder::Little,
            [0xFE, 0xFF, ..] => ByteOrder::Big,
            _ => return None,
        };
        let units = head.as_chunks::<2>().0;
        let (mut newlines, mut like_newlines, mut ascii, mut nuls) = (0, 0, 0, 0);
        for unit in units {
            like_newlines += usize::from(unit.contains(&b'\n'));
            match order.unit(*unit) {
                0x0A => newlines += 1,
                0 => nuls += 1,
                1..0x80 => ascii += 1,
                _ => {}
            }
        }
        let is_utf16 =
            if newlines > 0 { newlines * 2 >= like_newlines } else { nuls == 0 && ascii > 0 && ascii * 20 >= units.len() };
        is_utf16.then_some(order)
    }

    const fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }
}

/// Enough of a file for its head, whatever its letters: each takes at least one byte in UTF-8 for two here.
const PREFIX: usize = 2 * (LAST_WINDOW + 1);

/// The lines of an input in UTF-16.
#[derive(Debug)]
pub struct Utf16<'b, F> {
    fetch: F,
    /// The length that is to be read, in bytes; `u64::MAX` where that is not known.
    len: u64,
    order: ByteOrder,
    /// What is read and not yet handed out.
    buffer: &'b mut Vec<u8>,
    /// Where in the input the buffer ends, in bytes.
    offset: u64,
    /// How many NULs stand before the text; they are part of its first line.
    hole: u64,
    /// What went wrong behind the beginning: told once what is before that is handed out.
    fault: Option<io::Error>,
}

impl<'b, F: Fetch> Utf16<'b, F> {
    /// The lines of an input of `len` bytes, or of unknown length if that is `u64::MAX`. `read` is what was read of it already,
    /// behind a `hole` of so many NULs.
    pub fn new(fetch: F, len: u64, order: ByteOrder, hole: u64, read: &[u8], buffer: &'b mut Vec<u8>) -> Self {
        buffer.clear();
        buffer.extend_from_slice(read);
        Utf16 { fetch, len, order, buffer, offset: hole + read.len() as u64, hole, fault: None }
    }

    /// The input's beginning in UTF-8, as much as [`super::head_of`] needs; where reading fails, what is before that, which
    /// [`Utf16::each_line`] tells in its turn. To be called before [`Utf16::each_line`].
    pub fn prefix(&mut self) -> Vec<u8> {
        while self.buffer.len() < PREFIX && self.fault.is_none() {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => self.fault = Some(error),
            }
        }
        let mut text = Vec::new();
        let mut letters = Letters::default();
        for unit in self.buffer.as_chunks::<2>().0 {
            letters.push(self.order.unit(*unit), &mut text);
        }
        text
    }

    /// Hands out every line, in UTF-8 with its newline and at least its first [`MAX_JUDGED`] bytes, and the number of bytes that it
    /// takes in the input. What is no valid UTF-16 appears as U+FFFD. Gives where the input ended, if that was too early.
    ///
    /// # Errors
    /// What the system says; the lines before were handed out.
    pub fn each_line(mut self, mut each: impl FnMut(&[u8], u64)) -> io::Result<Option<u64>> {
        let mut line = Vec::new();
        let mut len = self.hole;
        let mut letters = Letters::default();
        loop {
            let (units, odd) = self.buffer.as_chunks::<2>();
            for unit in units {
                let unit = self.order.unit(*unit);
                len += 2;
                // NULs before a line's text are no part of it; see `Blocks`.
                if line.len() <= MAX_JUDGED + 2 && !(unit == 0 && line.is_empty()) || unit == u16::from(b'\n') {
                    letters.push(unit, &mut line);
                }
                if unit == u16::from(b'\n') {
                    each(&line, len);
                    line.clear();
                    len = 0;
                }
            }
            let odd = odd.first().copied();
            self.buffer.clear();
            self.buffer.extend(odd);
            if !self.fill()? {
                break;
            }
        }
        // Half a unit, where the file was cut.
        len += self.buffer.len() as u64;
        if len > 0 {
            letters.end(&mut line);
            each(&line, len);
        }
        Ok((self.len != u64::MAX && self.offset < self.len).then_some(self.offset))
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        const STEP: usize = 128 << 10;
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let known = usize::try_from(self.len.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let start = self.buffer.len();
        self.buffer.resize(start + STEP.min(known), 0);
        let room = self.buffer.get_mut(start..).unwrap_or_default();
        let got = if room.is_empty() {
            Ok(0)
        } else {
            loop {
                match self.fetch.fetch(self.offset, room) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    got => break got,
                }
            }
        };
        self.buffer.truncate(start + *got.as_ref().unwrap_or(&0));
        let got = got?;
        self.offset += got as u64;
        Ok(got > 0)
    }
}

/// Units to letters: two may be one.
#[derive(Debug, Default)]
struct Letters {
    /// The first of two.
    high: Option<u16>,
}

impl Letters {
    fn push(&mut self, unit: u16, text: &mut Vec<u8>) {
        if matches!(unit, 0xD800..=0xDBFF) {
            self.end(text);
            self.high = Some(unit);
            return;
        }
        for letter in char::decode_utf16(self.high.take().into_iter().chain([unit])) {
            put(letter.unwrap_or(char::REPLACEMENT_CHARACTER), text);
        }
    }

    /// What was the first of two has no second.
    fn end(&mut self, text: &mut Vec<u8>) {
        if self.high.take().is_some() {
            put(char::REPLACEMENT_CHARACTER, text);
        }
    }
}

fn put(letter: char, text: &mut Vec<u8>) {
    text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Pipe;
    use proptest::prelude::*;

    /// Gives its bytes few at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let number = self.0.len().min(buffer.len()).min(self.1);
            buffer[..number].copy_from_slice(&self.0[..number]);
            self.0 = &self.0[number..];
            Ok(number)
        }
    }

    fn lines(bytes: &[u8], order: ByteOrder, step: usize) -> Vec<(String, u64)> {
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        let mut text = Utf16::new(Pipe(Slow(bytes, step)), u64::MAX, order, 0, &[], &mut buffer);
        text.prefix();
        text.each_line(|line, len| found.push((String::from_utf8(line.to_vec()).unwrap(), len))).unwrap();
        found
    }

    proptest! {
        #[test]
        fn every_line_and_every_byte(text in "(.|\n|\r|[a-c\u{1F6D2}]){0,40}", step in 1usize..9, big: bool, odd: bool) {
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let mut bytes: Vec<u8> =
                text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            bytes.extend(odd.then_some(b'x'));
            let found = lines(&bytes, order, step);
            prop_assert_eq!(found.iter().map(|(_, len)| len).sum::<u64>(), bytes.len() as u64);
            let mut plain: Vec<String> = text.split_inclusive('\n').map(|line| line.trim_start_matches('\0').to_owned()).collect();
            if odd && (text.is_empty() || text.ends_with('\n')) {
                plain.push(String::new());
            }
            prop_assert_eq!(found.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), plain);
        }
    }

    #[test]
    fn what_is_no_letter_is_replaced() {
        let bytes: Vec<u8> =
            [0xD83D, 0xD83D, 0xDE80, 0xDE80, 0x61, 0xD83D].iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
        assert_eq!(lines(&bytes, ByteOrder::Little, 100), [("\u{FFFD}\u{1F680}\u{FFFD}a\u{FFFD}".to_owned(), 12)]);
    }

    #[test]
    fn a_mark_before_a_text_is_no_proof() {
        assert_eq!(ByteOrder::of(b"\xff\xfeh\0i\0"), Some(ByteOrder::Little));
        assert_eq!(ByteOrder::of(b"\xfe\xff\0h\0i"), Some(ByteOrder::Big));
        assert_eq!(ByteOrder::of(b"\xff\xfe are two bytes of any text\n"), None);
        assert_eq!(ByteOrder::of(b"h\0i\0"), None);
        assert_eq!(ByteOrder::of(b"\xff\xfe"), Some(ByteOrder::Little), "that is an empty text");
        assert_eq!(ByteOrder::of(b"\xfe\xff"), Some(ByteOrder::Big), "that is an empty text");
        assert_eq!(ByteOrder::of(b"\xff\xfe\0\0h\0\0\0\n\0\0\0"), None, "that is UTF-32");
    }
}
