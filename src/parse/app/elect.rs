//! What a file's records have where: elected once, from the file's head.

use super::{
    Below, Dialect,
    header::Header,
    header_start,
    layout::{LAYOUTS, Layout, Levels},
    level_below,
    names::looks_like_a_service,
};
use crate::parse::timestamp;
use std::collections::HashSet;

impl Dialect {
    /// Elects the layout from the lines of a head, and finds out what the lines below records' first ones have.
    #[must_use]
    pub fn elect<'a>(head: impl Iterator<Item = &'a [u8]> + Clone) -> (Dialect, Below) {
        let mut shape = timestamp::Shape::default();
        let mut poll = |levels| Poll::of(head.clone(), levels, &mut shape);
        let mut elected = |levels| Some(poll(levels)).filter(|poll| poll.with_level * 2 > poll.records);
        let found = elected(Levels::Present).or_else(|| elected(Levels::Letters));
        let mut votes = found.unwrap_or_else(|| poll(Levels::None));
        let mut layout = votes.layout();
        let mut below = if votes.levels_below * 2 > votes.records { Below::Levels } else { Below::Text };
        if below == Below::Levels && votes.levels != Levels::None {
            if layout == Some(Layout::BeforeLevel) {
                // Class and method: what wraps a logger has methods that are called as levels are.
                votes = poll(Levels::None);
                layout = votes.layout();
            } else {
                below = Below::Text;
            }
        }
        (Dialect { layout, levels: votes.levels }, below)
    }
}

/// What a head's records have, if levels are read so.
struct Poll {
    levels: Levels,
    records: usize,
    with_level: usize,
    /// Records with a level on the line below.
    levels_below: usize,
    /// For each layout the records that have a name there.
    votes: [usize; LAYOUTS.len()],
    /// How many different names are in brackets.
    brackets: usize,
}

impl Poll {
    /// Lines without a time are passed over, but for those below records.
    fn of<'a>(head: impl Iterator<Item = &'a [u8]>, levels: Levels, shape: &mut timestamp::Shape) -> Poll {
        let mut poll = Poll { levels, records: 0, with_level: 0, levels_below: 0, votes: [0; LAYOUTS.len()], brackets: 0 };
        let mut bracketed = HashSet::new();
        let mut is_below = false;
        for line in head {
            let Some(start) = header_start(line, shape) else {
                poll.levels_below += usize::from(is_below && level_below(line).is_some());
                is_below = false;
                continue;
            };
            is_below = true;
            poll.records += 1;
            let (header, start) = Header::beside_time(line, start, levels);
            let header = header.read(line, start, &Dialect { layout: None, levels });
            poll.with_level += usize::from(header.level.is_some() || header.unlevelled);
            if levels != Levels::None && header.level.is_none() {
                continue;
            }
            for (layout, votes) in LAYOUTS.iter().zip(&mut poll.votes) {
                if let Some(name) = header.name(*layout, line)
                    && (*layout != Layout::Bracket || looks_like_a_service(name))
                {
                    *votes += 1;
                    if *layout == Layout::Bracket {
                        bracketed.insert(name);
                    }
                }
            }
        }
        Poll { brackets: bracketed.len(), ..poll }
    }

    /// The layout that most records fit, if more than half do.
    fn layout(&self) -> Option<Layout> {
        let (mut bracket, others) = self.votes.split_last().map_or((0, &[][..]), |(bracket, others)| (*bracket, others));
        // As many names as records are request ids, not services.
        if bracket > 10 && self.brackets * 2 > bracket {
            bracket = 0;
        }
        // Of equals the first: the list goes from strong signs to weak ones.
        let mut best: Option<(Layout, usize)> = None;
        for (layout, votes) in LAYOUTS.into_iter().zip(others) {
            if votes * 2 > self.records && best.is_none_or(|(_, most)| *votes > most) {
                best = Some((layout, *votes));
            }
        }
        // A logger writes its name into every record. Where a bracket holds one nearly always, and the best
        // other place only often, that other place is the messages' own.
        if bracket * 2 > self.records && best.is_none_or(|(_, most)| most * 10 < bracket * 8) {
            best = Some((Layout::Bracket, bracket));
        }
        best.map(|(layout, _)| layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elect(head: &str) -> (Dialect, Below) {
        Dialect::elect(head.lines().map(str::as_bytes))
    }

    #[test]
    fn a_bracket_is_a_service_only_if_it_holds_names() {
        let line = |inside: &str| format!("2024-01-15 10:00:00 INFO [{inside}] a message\n");
        let layout = |names: &[&str]| elect(&names.iter().map(|name| line(name)).collect::<String>()).0.layout;
        assert_eq!(layout(&["checkout", "cart", "checkout"]), Some(Layout::Bracket));
        assert_eq!(layout(&["main", "main", "main"]), None);
        assert_eq!(layout(&["http-nio-8080-exec-1", "http-nio-8080-exec-2"]), None);
        assert_eq!(layout(&["client 10.0.0.1", "client 10.0.0.2"]), None);
        assert_eq!(layout(&["req-38101a0b-2096", "req-9bc36dd9-91c5"]), None);
    }

    #[test]
    fn levels_are_below_where_most_records_have_theirs_there() {
        let first = |method: &str| format!("Jan 15, 2024 10:00:00 AM org.example.Foo {method}\n");
        let (run, info) = (first("run"), first("info"));
        let table = [
            (format!("{run}INFO: a\n"), Below::Levels),
            (format!("{run}INFO: a\n{run}"), Below::Text),
            (format!("{run}INFO: a\n{run}INFO: b\n{run}"), Below::Levels),
            (format!("{run}\tat x\nINFO: a\n"), Below::Text),
            (format!("INFO: a\n{run}"), Below::Text),
            (format!("{run}INFO: a\nINFO: b\n{run}{run}INFO: c\n"), Below::Levels),
            // A method is no level.
            (format!("{info}INFO: a\n{info}SEVERE: b\n{run}INFO: c\n"), Below::Levels),
            // Behind a level of their own these are messages.
            ("2024-01-15 10:00:00 ERROR [main] org.example.Foo: two lines\nWARNING: the second\n".to_owned(), Below::Text),
        ];
        for (head, expected) in table {
            assert_eq!(elect(&head).1, expected, "{head}");
        }
        let (dialect, _) = elect(&format!("{info}INFO: a\n{info}SEVERE: b\n{run}INFO: c\n"));
        assert_eq!(dialect, Dialect { layout: Some(Layout::Dotted), levels: Levels::None });
    }
}
