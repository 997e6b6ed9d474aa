//! Text in the encodings that logs come in.

#[derive(Clone, Copy, Debug)]
pub enum ByteOrder {
    Little,
    Big,
}

/// A text in UTF-16, with its byte-order mark.
pub fn utf16(text: &str, order: ByteOrder) -> Vec<u8> {
    let bytes = |unit: u16| match order {
        ByteOrder::Little => unit.to_le_bytes(),
        ByteOrder::Big => unit.to_be_bytes(),
    };
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
}
