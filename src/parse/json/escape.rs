//! A string's escapes, decoded.

/// Decodes a string's escapes, RFC 8259 section 7. What is no valid escape is kept as it stands: a name
/// is never lost. A lone surrogate becomes U+FFFD.
pub(in crate::parse) fn decode(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = escape.get(2..).unwrap_or_default();
        let simple = match escape.get(1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'u') => {
                let Some(unit) = hex(rest) else {
                    out.extend_from_slice(b"\\u");
                    continue;
                };
                rest = rest.get(4..).unwrap_or_default();
                let mut units = vec![unit];
                if (0xD800..0xDC00).contains(&unit)
                    && rest.starts_with(b"\\u")
                    && let Some(low) = hex(rest.get(2..).unwrap_or_default())
                    && (0xDC00..0xE000).contains(&low)
                {
                    units.push(low);
                    rest = rest.get(6..).unwrap_or_default();
                }
                out.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
                continue;
            }
            Some(&other) => {
                out.push(b'\\');
                other
            }
            None => b'\\',
        };
        out.push(simple);
    }
    out.extend_from_slice(rest);
}

pub(super) fn hex(digits: &[u8]) -> Option<u16> {
    let digits = digits.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
