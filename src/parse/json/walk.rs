//! The walk over one line, token by token: what stands under the wanted keys, and where the values are.

use super::{
    super::{keys::Keys, scan::find_quote},
    escape::decode,
};

/// A value of one of the keys, as offsets into the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// null, a bool, an empty string, an object or an array: nothing that names anything.
    Absent,
    /// A number, or a string's inside without escapes.
    Plain { start: usize, end: usize },
    /// A string's inside with escapes to decode.
    Escaped { start: usize, end: usize },
}

/// A value met on the walk that another line of the same shape may fill otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: SlotKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotKind {
    String,
    Number,
}

/// The walk over one line. `None` from a step means that the line ended or made no sense: stop.
pub(super) struct Scan<'a, 's> {
    pub(super) line: &'a [u8],
    pub(super) keys: &'s Keys,
    pub(super) at: usize,
    pub(super) values: &'s mut [Value],
    pub(super) slots: &'s mut Vec<Slot>,
    pub(super) key: &'s mut Vec<u8>,
    /// Keys that stand in the line, with whatever value: of a repeated key the first counts.
    pub(super) seen: u64,
    /// Keys that have a value.
    pub(super) present: u64,
    /// Whether all values were such that a `Shape` can stand for them.
    pub(super) alike: bool,
    /// Whether the walk ended because the rest of the line cannot matter.
    pub(super) settled: bool,
}

impl Scan<'_, '_> {
    /// The members of an object, from the first key's quote to past the closing brace. `under` are the
    /// keys that this object may hold (all at the top), `skip` how much of their names the path so far is.
    pub(super) fn members(&mut self, under: u64, skip: usize, depth: usize) -> Option<()> {
        loop {
            let (start, end, escaped) = self.string()?;
            let (exact, deeper) = self.keys_named(start, end, escaped, under, skip, depth);
            self.at = skip_space(self.line, self.at);
            self.expect(b':')?;
            self.at = skip_space(self.line, self.at);
            let key_len = if escaped { self.key.len() } else { end - start };
            self.value(exact, deeper, skip + key_len + 1, depth)?;
            if self.keys.settled(self.present) {
                self.settled = true;
                return None;
            }
            self.at = skip_space(self.line, self.at);
            match self.next()? {
                b',' => self.at = skip_space(self.line, self.at),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Which wanted keys this member is, and which its value may hold.
    pub(super) fn keys_named(
        &mut self,
        start: usize,
        end: usize,
        escaped: bool,
        under: u64,
        skip: usize,
        depth: usize,
    ) -> (u64, u64) {
        let Some(raw) = self.line.get(start..end) else { return (0, 0) };
        let key = if escaped {
            // The shape compares keys as they are written, so an escape does not hinder it.
            self.key.clear();
            decode(raw, self.key);
            &*self.key
        } else {
            raw
        };
        if depth == 0 {
            (self.keys.matching(key), self.keys.nested_under(key))
        } else {
            self.keys.matching_within(under, skip, key)
        }
    }

    pub(super) fn value(&mut self, exact: u64, deeper: u64, skip: usize, depth: usize) -> Option<()> {
        let first = exact & !self.seen;
        self.seen |= exact;
        match *self.line.get(self.at)? {
            b'"' => {
                let (start, end, escaped) = self.string()?;
                self.slots.push(Slot { start, end, kind: SlotKind::String });
                self.alike &= !escaped || first == 0;
                if start < end {
                    self.give(first, if escaped { Value::Escaped { start, end } } else { Value::Plain { start, end } });
                } else if first != 0 {
                    // Another line may have a value here, which would then count: the shape can't tell.
                    self.alike = false;
                }
            }
            b'-' | b'0'..=b'9' => {
                let start = self.at;
                self.at = skip_number(self.line, start);
                self.slots.push(Slot { start, end: self.at, kind: SlotKind::Number });
                self.give(first, Value::Plain { start, end: self.at });
            }
            // Only a walk to a wanted key's parent goes down; other objects are skipped whole. The depth is
            // bounded by the dots in the wanted names.
            b'{' if deeper != 0 => {
                self.at = skip_space(self.line, self.at + 1);
                match *self.line.get(self.at)? {
                    b'}' => self.at += 1,
                    _ => self.members(deeper, skip, depth + 1)?,
                }
            }
            b'{' | b'[' => self.skip_nested()?,
            // true, false, null, or nonsense
            _ => {
                let start = self.at;
                while self.line.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
                    self.at += 1;
                }
                let word = self.line.get(start..self.at).unwrap_or_default();
                if word.is_empty() {
                    return None;
                }
                if first != 0 && self.keys.takes_bools() && matches!(word, b"true" | b"false") {
                    // A shape has no place for a word that may change.
                    self.alike = false;
                    self.give(first, Value::Plain { start, end: self.at });
                }
            }
        }
        Some(())
    }

    pub(super) fn give(&mut self, keys: u64, value: Value) {
        let mut rest = keys;
        while rest != 0 {
            if let Some(place) = self.values.get_mut(rest.trailing_zeros() as usize) {
                *place = value;
            }
            rest &= rest - 1;
        }
        self.present |= keys;
    }

    /// A string at its opening quote: (start, end) of its inside, and whether it has escapes.
    pub(super) fn string(&mut self) -> Option<(usize, usize, bool)> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_quote(self.line, self.at);
            match self.next()? {
                b'"' => return Some((start, self.at - 1, escaped)),
                _ => {
                    escaped = true;
                    self.next()?; // whatever is escaped
                }
            }
        }
    }

    /// An object or array of no interest, to past its end; its strings and numbers may differ from line
    /// to line of one shape.
    pub(super) fn skip_nested(&mut self) -> Option<()> {
        // Counting brackets of both kinds together: what is well formed nests alike, and what is not gets
        // some answer without an error. No recursion, so no depth is too deep.
        let mut depth = 0usize;
        loop {
            match *self.line.get(self.at)? {
                b'"' => {
                    let (start, end, _) = self.string()?;
                    let is_key = self.line.get(skip_space(self.line, self.at)) == Some(&b':');
                    if !is_key {
                        self.slots.push(Slot { start, end, kind: SlotKind::String });
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let start = self.at;
                    self.at = skip_number(self.line, start);
                    self.slots.push(Slot { start, end: self.at, kind: SlotKind::Number });
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = *self.line.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }
}

#[inline]
pub(super) fn skip_space(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

#[inline]
pub(super) fn skip_number(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
        at += 1;
    }
    at
}
