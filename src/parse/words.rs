//! Words, digits and clock times at the start of a text, eight bytes at a time: what formats with fields between blanks are read
//! by.

/// Passes over `10:00:00`, with a fraction or not.
pub fn after_clock(text: &[u8]) -> Option<&[u8]> {
    let (clock, rest) = text.split_first_chunk::<8>()?;
    if !fits(*clock, *b"00:00:00", [2, 9, 0, 5, 9, 0, 6, 9]) {
        return None;
    }
    Some(match rest {
        [b'.', fraction @ ..] => skip_digits(fraction),
        _ => rest,
    })
}

/// Whether each byte is that of `least`, or above it by no more than `most` says. `least` has zeros where
/// `most` allows something, so that the difference is the digit itself.
#[inline]
pub const fn fits(bytes: [u8; 8], least: [u8; 8], most: [u8; 8]) -> bool {
    let above = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(least);
    // Adding what is left up to 15 carries into a byte's upper half where `most` is exceeded. A byte whose
    // upper half is already set fails by itself, so that it may carry into its neighbour does not matter.
    let left = 0x0f * EACH - u64::from_le_bytes(most);
    (above | above.wrapping_add(left)) & (0xf0 * EACH) == 0
}

/// Splits before the first of `ends`, eight bytes at a time: words are so short that a call into a vector
/// search costs more than it saves, and a loop over bytes is mispredicted at every word's end.
#[inline]
pub fn until<'a, const N: usize>(text: &'a [u8], ends: &[u8; N]) -> (&'a [u8], &'a [u8]) {
    let mut tail = text;
    let end = loop {
        let Some((eight, rest)) = tail.split_first_chunk::<8>() else {
            break tail.iter().position(|byte| ends.contains(byte)).unwrap_or(tail.len());
        };
        let eight = u64::from_le_bytes(*eight);
        let hits = ends.iter().fold(0, |hits, &end| hits | first_zero(eight ^ (EACH * end as u64)));
        if hits != 0 {
            break (hits.trailing_zeros() / 8) as usize;
        }
        tail = rest;
    };
    text.split_at_checked(text.len() - tail.len() + end).unwrap_or((text, b""))
}

/// The digits at the start of `text` passed over, eight at a time.
#[inline]
pub fn skip_digits(mut text: &[u8]) -> &[u8] {
    while let Some((eight, rest)) = text.split_first_chunk::<8>() {
        let digits = u64::from_le_bytes(*eight) ^ (0x30 * EACH);
        // The sum sets a byte's high bit from ten on; it carries only past the first that is no digit.
        let others = (digits | digits.wrapping_add(0x76 * EACH)) & (0x80 * EACH);
        if others != 0 {
            return text.get((others.trailing_zeros() / 8) as usize..).unwrap_or_default();
        }
        text = rest;
    }
    while let [b'0'..=b'9', rest @ ..] = text {
        text = rest;
    }
    text
}

#[inline]
pub fn skip_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

/// A one in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// The high bit of the lowest byte that is zero. Bits above it may be wrong, since the subtraction borrows.
#[inline]
const fn first_zero(bytes: u64) -> u64 {
    bytes.wrapping_sub(EACH) & !bytes & (0x80 * EACH)
}
