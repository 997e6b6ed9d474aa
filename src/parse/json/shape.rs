//! What stood between the values of a line: the next line of the same shape is read by comparing it.

use super::{
    super::{
        grid::{self, Grids, REACH},
        level::Level,
        record::Record,
        scan::{Literal, Quotes, find_quote},
    },
    walk::{Slot, SlotKind, Value, skip_number},
};

/// A shape with more values than this is not worth remembering: comparing would be a walk.
pub(super) const MAX_VALUES: usize = 48;

/// What stood between the values of a line, and which of the values mattered.
#[derive(Debug)]
pub(super) struct Shape {
    steps: Vec<Step>,
    /// What must follow the last value.
    last: Literal,
    /// The same with the lengths that values had.
    grids: Grids<grid::Json>,
}

#[derive(Debug)]
pub(super) struct Step {
    /// The text before the value.
    before: Literal,
    kind: SlotKind,
    role: Role,
}

/// What a value is to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Nothing,
    Service,
    Level,
}

impl Shape {
    pub(super) fn learn(line: &[u8], slots: &[Slot], end: usize, service: Option<Value>, level: Option<Value>) -> Option<Shape> {
        if slots.len() > MAX_VALUES || slots.is_empty() {
            return None;
        }
        let place = |value: Option<Value>| match value {
            None => Some(None),
            Some(Value::Plain { start, .. }) => slots.iter().position(|slot| slot.start == start).map(Some),
            Some(_) => None,
        };
        let (service, level) = (place(service)?, place(level)?);
        let mut from = 0;
        let mut steps = Vec::with_capacity(slots.len());
        for (at, slot) in slots.iter().enumerate() {
            let before = Literal::new(line.get(from..slot.start)?);
            let role = match Some(at) {
                at if at == service => Role::Service,
                at if at == level => Role::Level,
                _ => Role::Nothing,
            };
            steps.push(Step { before, kind: slot.kind, role });
            from = slot.end;
        }
        // A key that the user asks for may be both: then the walk must do.
        let both = service.is_some() && service == level;
        (!both).then_some(Shape { steps, last: Literal::new(line.get(from..end)?), grids: Grids::default() })
    }

    /// The service of a line of this shape and of values as long as an earlier line's.
    #[inline(always)]
    pub(super) fn recall<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.grids.recall(line)
    }

    /// The record of a line of this shape; `None` says that it is not of this shape.
    #[inline]
    pub(super) fn read<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        match self.grids.read(line) {
            None => self.read_otherwise(line),
            record => record,
        }
    }

    /// Step by step, and learns the grid.
    #[inline(never)]
    pub(super) fn read_otherwise<'a>(&mut self, line: &'a [u8]) -> Option<Record<'a>> {
        let record = self.read_steps(line)?;
        if self.grids.stray() {
            self.learn_grid(line);
        }
        Some(record)
    }

    /// Learns the grid of a line that fits the shape, if it has one: it must end with the service's name, and all values before
    /// must be strings without escapes.
    pub(super) fn learn_grid(&mut self, line: &[u8]) -> Option<()> {
        let (last, before) = self.steps.split_last()?;
        let mut compared = [false; REACH];
        let mut level = None;
        let mut at = 0;
        for step in before {
            let start = step.before.match_at(line, at)?;
            compared.get_mut(at..start)?.fill(true);
            at = find_quote(line, start);
            if step.kind != SlotKind::String || line.get(at) != Some(&b'"') {
                return None;
            }
            if step.role == Role::Level {
                level = Some((start, at));
            }
        }
        let name = last.before.match_at(line, at)?;
        compared.get_mut(at..name)?.fill(true);
        if last.kind == SlotKind::String && last.role == Role::Service && self.last.is(b"\"") {
            self.grids.learn(line, &compared, name, level);
        }
        Some(())
    }

    /// Value after value.
    pub(super) fn read_steps<'a>(&self, line: &'a [u8]) -> Option<Record<'a>> {
        let mut quotes = Quotes::new(line);
        let mut at = 0;
        let mut service: &[u8] = &[];
        let mut level: &[u8] = &[];
        for step in &self.steps {
            let start = step.before.match_at(line, at)?;
            at = match step.kind {
                SlotKind::String => {
                    let end = quotes.next(start);
                    if line.get(end) == Some(&b'"') { end } else { escaped_end(line, end, step.role)? }
                }
                SlotKind::Number => match line.get(start)? {
                    b'-' | b'0'..=b'9' => skip_number(line, start),
                    _ => return None,
                },
            };
            match step.role {
                Role::Nothing => {}
                // An empty name would leave the choice to another key.
                _ if at == start => return None,
                Role::Service => service = line.get(start..at)?,
                Role::Level => level = line.get(start..at)?,
            }
        }
        self.last.match_at(line, at)?;
        Some(Record::new(service, if level.is_empty() { None } else { Level::from_value(level) }))
    }
}

/// The end of a string whose first backslash stands at `at`, if its text is of no interest.
#[cold]
pub(super) fn escaped_end(line: &[u8], mut at: usize, role: Role) -> Option<usize> {
    if role != Role::Nothing {
        return None;
    }
    while line.get(at) == Some(&b'\\') {
        at = find_quote(line, at + 2);
    }
    (line.get(at) == Some(&b'"')).then_some(at)
}
