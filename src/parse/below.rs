//! Records of two lines: a line is read with the one below it, which may have the record's level.

use super::{Dialect, Format, Found, Memory, Rules, app, level::Level, record::Wanted, wrapped};

impl Dialect {
    /// Whether the line below a record's first may have what is wanted of it: then [`Dialect::parse_with_below`] reads lines.
    #[must_use]
    pub fn looks_below(&self, rules: &Rules) -> bool {
        rules.wanted.has(Wanted::LEVEL) && self.has_levels_below()
    }

    /// Reads a line, given the one below it.
    #[inline(never)]
    pub fn parse_with_below<'a>(&self, line: &'a [u8], below: &[u8], rules: &Rules, memory: &'a mut Memory) -> Option<Found<'a>> {
        let level = if self.looks_below(rules) { self.level_of_below(line, below, rules, memory) } else { None };
        let found = self.parse(line, rules, memory)?;
        Some(Found { level: found.level.or(level), ..found })
    }

    /// The level that the line below has for the record that a line begins, if it begins one.
    fn level_of_below(&self, line: &[u8], below: &[u8], rules: &Rules, memory: &mut Memory) -> Option<Level> {
        if let (Some(format), Some(dialect)) = (self.only(), self.inside()) {
            let (line, below) = (wrapped::unwrap(format, line)?, wrapped::unwrap(format, below)?);
            // Where several containers' lines are mixed, the next may be another's. And no level has escapes, so most need no decoding.
            if line.container != below.container || app::level_below(below.inside).is_none() {
                return None;
            }
            let (mut line_buffer, mut below_buffer) = (Vec::new(), Vec::new());
            let (line, below) = (line.text(&mut line_buffer), below.text(&mut below_buffer));
            let memory = memory.wrapped.inside.get_or_insert_default();
            return dialect.level_of_below(line, below, rules.inside.as_deref()?, memory);
        }
        let level = app::level_below(below)?;
        if self.format_of(line) != Some(Format::App) {
            return None;
        }
        // In a file of applications' records alone none begins without a time.
        let begins_other = self.only().is_none() && self.parse(below, rules, memory).is_some();
        (!begins_other).then_some(level)
    }
}
