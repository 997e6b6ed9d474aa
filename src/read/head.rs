//! The part of a file that its format is detected from.

/// A head ends with the last newline in so many bytes ...
pub const FIRST_WINDOW: usize = 64 << 10;

/// ... or, where these have none, in so many.
pub const LAST_WINDOW: usize = 1 << 20;

/// The head of a file that begins with `prefix`: whole lines, unless not even [`LAST_WINDOW`] bytes hold one. A leading run of
/// NULs, which copytruncate leaves, is passed over first.
///
/// `prefix` must, behind such NULs, reach past [`FIRST_WINDOW`], and past [`LAST_WINDOW`] if the first has no newline, or hold the
/// whole file: then the answer is the same however much more it holds.
#[must_use]
pub fn head_of(prefix: &[u8]) -> &[u8] {
    let nuls = prefix.iter().position(|byte| *byte != 0).unwrap_or(prefix.len());
    let prefix = prefix.get(nuls..).unwrap_or_default();
    for window in [FIRST_WINDOW, LAST_WINDOW] {
        match prefix.get(..window) {
            // The file ends in the window, so its last line needs no newline.
            None => return prefix,
            Some(full) if full.len() == prefix.len() => return prefix,
            Some(full) => {
                if let Some(newline) = memchr::memrchr(b'\n', full) {
                    return prefix.get(..=newline).unwrap_or(prefix);
                }
            }
        }
    }
    prefix.get(..LAST_WINDOW).unwrap_or(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_with_the_last_line_that_fits() {
        let line = [b'a'; 99];
        let mut text = Vec::new();
        for _ in 0..1000 {
            text.extend_from_slice(&line);
            text.push(b'\n');
        }
        assert_eq!(head_of(&text).len(), FIRST_WINDOW / 100 * 100);
        assert_eq!(head_of(&text[..FIRST_WINDOW + 1]).len(), FIRST_WINDOW / 100 * 100);
        assert_eq!(head_of(&text[..FIRST_WINDOW]).len(), FIRST_WINDOW, "a file that ends here");
        assert_eq!(head_of(b"no newline"), b"no newline");
        assert_eq!(head_of(b""), b"");
    }

    #[test]
    fn looks_further_where_the_first_line_is_long() {
        let mut text = vec![b'a'; 200_000];
        text.push(b'\n');
        text.resize(2_000_000, b'b');
        assert_eq!(head_of(&text).len(), 200_001);
        let hole = [vec![0; 3 << 20], b"line\n".repeat(100_000)].concat();
        assert_eq!(head_of(&hole).len(), FIRST_WINDOW / 5 * 5);
        assert_eq!(head_of(&[0; 100]), b"");
        let endless = vec![b'a'; LAST_WINDOW + 5];
        assert_eq!(head_of(&endless).len(), LAST_WINDOW);
    }
}
