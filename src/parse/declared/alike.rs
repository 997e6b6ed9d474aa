//! Lines that a regular expression cannot tell apart.
//!
//! To find what groups hold costs a regular expression some nanoseconds a byte. But whatever it is, it sees bytes only by their
//! kinds: nothing in `\d\d:\d\d` tells a 3 from a 4. And it reads only up to the byte that leaves it nothing to hope for, or to
//! the line's end. So what it found in one line it finds, at the same places, in every other whose bytes up to there are of the
//! same kinds: a property of all regular expressions, whoever wrote them. Kinds and reach are the automaton's own word; each byte
//! is compared. (`DEBUG[1-5]` tells digits apart wherever they stand; `DEBUG\d` does not.)

use super::Places;
use regex_automata::{
    Input,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson,
    util::syntax,
};

/// How many lines are kept: a few levels, and numbers of a few lengths.
const SAMPLES: usize = 8;

/// How far the regular expression may have read in a line that is kept, in bytes.
const REACH: usize = 192;

/// The automaton is built after so many lines: most files are shorter, and it costs as much as some hundred of them.
const FIRST: u32 = 64;

/// After so many lines that were like none it is asked whether this is worth while: four of five lines must be like one.
const MAX_STRAYS: u32 = 256;

/// For how many lines to do without where it was not.
const PAUSE: u32 = 16_384;

/// What was found in lines that were met: guesses, each compared byte by byte.
#[derive(Debug, Default)]
pub(super) struct Alike {
    sight: Sight,
    samples: Vec<Sample>,
    /// The one that was like the last line, and the one to be learnt anew.
    recent: usize,
    oldest: usize,
    hits: u32,
    strays: u32,
    pause: u32,
}

/// How a regular expression sees a line.
#[derive(Debug, Default)]
enum Sight {
    #[default]
    Unknown,
    /// It is one that cannot be followed.
    Blind,
    Known(Box<Eyes>),
}

#[derive(Debug)]
struct Eyes {
    automaton: DFA,
    cache: Cache,
    /// The kind of each byte.
    kinds: [u8; 256],
}

/// A line as far as it was read, and what was found.
#[derive(Debug)]
struct Sample {
    text: Box<[u8]>,
    reach: Reach,
    places: Option<Places>,
}

/// What decides what is found in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// So many bytes, whatever follows.
    Bytes(usize),
    /// All of it, and that it ends there.
    Line,
}

impl Alike {
    /// What the regular expression would find in a line: `None` where only itself can tell.
    #[inline]
    pub(super) fn recall(&mut self, line: &[u8]) -> Option<Option<Places>> {
        let Sight::Known(eyes) = &self.sight else { return None };
        if let Some(recent) = self.samples.get(self.recent)
            && eyes.are_alike(recent, line)
        {
            self.hits = self.hits.saturating_add(1);
            return Some(recent.places);
        }
        let at = self.samples.iter().position(|sample| eyes.are_alike(sample, line))?;
        self.hits = self.hits.saturating_add(1);
        self.recent = at;
        self.samples.get(at).map(|sample| sample.places)
    }

    /// Takes note of what `regex` found in a line that was like none.
    pub(super) fn learn(&mut self, regex: &str, line: &[u8], places: Option<Places>) {
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        self.strays += 1;
        if self.strays >= MAX_STRAYS {
            if self.hits < 4 * MAX_STRAYS {
                self.samples.clear();
                self.pause = PAUSE;
            }
            (self.strays, self.hits) = (0, 0);
            return;
        }
        if matches!(self.sight, Sight::Unknown) {
            if self.strays < FIRST {
                return;
            }
            self.sight = Eyes::of(regex).map_or(Sight::Blind, |eyes| Sight::Known(Box::new(eyes)));
            self.strays = 0;
        }
        let Sight::Known(eyes) = &mut self.sight else { return };
        let Some(reach) = eyes.reach(line) else { return };
        let text = match reach {
            Reach::Bytes(bytes) => line.get(..bytes).unwrap_or(line),
            Reach::Line => line,
        };
        let sample = Sample { text: text.into(), reach, places };
        match self.samples.get_mut(self.oldest) {
            Some(place) => *place = sample,
            None => self.samples.push(sample),
        }
        self.recent = self.oldest;
        self.oldest = (self.oldest + 1) % SAMPLES;
    }
}

impl Eyes {
    /// `None` where the automaton would be too large, or is none that reads byte by byte.
    fn of(regex: &str) -> Option<Eyes> {
        let automaton = DFA::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false))
            .build(regex)
            .ok()?;
        let cache = automaton.create_cache();
        let classes = automaton.byte_classes();
        let kinds = std::array::from_fn(|byte| u8::try_from(byte).map_or(0, |byte| classes.get(byte)));
        Some(Eyes { automaton, cache, kinds })
    }

    /// How much of a line decides what is found; `None` if what stands far behind does.
    fn reach(&mut self, line: &[u8]) -> Option<Reach> {
        let Eyes { automaton, cache, .. } = self;
        let mut state = automaton.start_state_forward(cache, &Input::new(line)).ok()?;
        for (at, byte) in line.iter().enumerate().take(REACH) {
            state = automaton.next_state(cache, state, *byte).ok()?;
            if state.is_dead() {
                return Some(Reach::Bytes(at + 1));
            }
            if state.is_quit() {
                return None;
            }
        }
        (line.len() <= REACH).then_some(Reach::Line)
    }

    /// Whether a line's bytes are of the same kinds, as far as they decide.
    #[inline]
    fn are_alike(&self, Sample { text, reach, .. }: &Sample, line: &[u8]) -> bool {
        let Some(start) = line.get(..text.len()) else { return false };
        if *reach == Reach::Line && line.len() != text.len() {
            return false;
        }
        let ((words, tail), (others, other_tail)) = (text.as_chunks::<8>(), start.as_chunks::<8>());
        let same_kinds = |some: &[u8], other: &[u8]| {
            let kind = |byte: &u8| self.kinds.get(usize::from(*byte)).copied().unwrap_or(0);
            some.iter().zip(other).fold(0, |all, (a, b)| all | (kind(a) ^ kind(b))) == 0
        };
        words.iter().zip(others).all(|(word, other)| word == other || same_kinds(word, other)) && same_kinds(tail, other_tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::declared::{Body, Levels, load_shipped};
    use proptest::{prelude::*, sample::Index};

    /// Expressions that the table has none of: with no beginning, no end, and much to hope for.
    const OTHERS: [(&str, &str); 10] = [
        ("^a(?<service>bcd)?", "abcx abcd abc"),
        ("(?<level>ERROR|WARN)", "some ERROR text"),
        (r"^(?<service>[a-z]+)$", "shop"),
        (r"\b(?<service>[a-z]{3})\b", "a shop sells tea and more"),
        (r"(?m)^(?<service>\w+): $", "shop: "),
        (r"^(?<time>\d+)(?:-(?<service>\w+))*?;(?<level>.)", "12-a-b-c;I more"),
        (r"^(?<service>.*) (?<level>[A-Z]+)", "one TWO three FOUR five"),
        (r"(?i)^(?<level>error|warn)(?s:.)", "eRRor: text"),
        (r"^(?:(?<service>a+)|(?<level>a+b))", "aaab aab"),
        (r"(?u)^(?<service>\w+)=", "müller=12"),
    ];

    fn bodies() -> Vec<(Body, Vec<String>)> {
        let shipped = load_shipped().unwrap();
        let shipped = shipped.into_iter().filter_map(|entry| {
            let lines = entry.samples.iter().flat_map(|sample| sample.text.lines().map(str::to_owned)).collect();
            Some((entry.regex?, lines))
        });
        let others = OTHERS.iter().map(|(regex, line)| ((*regex).to_owned(), vec![(*line).to_owned()]));
        shipped.chain(others).map(|(regex, lines)| (Body::new(&regex, None, Levels::Words).unwrap(), lines)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

        /// Each regular expression over its samples, over their beginnings, and over what becomes of them where bytes are put for
        /// others: once learnt, it finds what it would find.
        #[test]
        fn what_is_fast_is_what_the_regex_finds(
            changes in proptest::collection::vec((any::<Index>(), any::<Index>(), "[ -~\t\u{e9}]", 0..5usize), 1..200),
        ) {
            let mut recalled = 0;
            for (body, lines) in bodies() {
                let (mut alike, mut slots) = (Alike { strays: FIRST, ..Alike::default() }, body.regex.capture_locations());
                for (line, at, new, how) in &changes {
                    let mut line = lines[line.index(lines.len())].clone().into_bytes();
                    let at = at.index(line.len());
                    match how {
                        0 => {}
                        1 => line.truncate(at),
                        2 => line[at] = new.as_bytes()[0],
                        3 => line.splice(at..at, new.bytes()).for_each(drop),
                        // Near the beginning, where it matters most.
                        _ => line[at % 40 % (at + 1)] = new.as_bytes()[0],
                    }
                    let found = body.places(&line, &mut slots);
                    match alike.recall(&line) {
                        Some(known) => {
                            recalled += 1;
                            prop_assert_eq!(known, found, "{}: {:?}", body.regex.as_str(), line.escape_ascii().to_string());
                        }
                        None => alike.learn(body.regex.as_str(), &line, found),
                    }
                }
            }
            // Not of each: some lines are read to their end.
            prop_assert!(recalled > 200 || changes.len() < 100, "only {} lines of {} changes were alike", recalled, changes.len());
        }
    }

    #[test]
    fn what_lies_behind_the_match_may_decide() {
        let body = Body::new("^a(?<service>bcd)?", None, Levels::Words).unwrap();
        let (mut alike, mut slots) = (Alike { strays: FIRST, ..Alike::default() }, body.regex.capture_locations());
        let found = body.places(b"abcx and more", &mut slots);
        alike.learn(body.regex.as_str(), b"abcx and more", found);
        assert_eq!(alike.recall(b"abcy and more"), Some(Some(Places::default())));
        assert_eq!(alike.recall(b"abcd and more"), None);
        assert_eq!(alike.recall(b"abc"), None);
        let body = Body::new("^(?<service>[a-z]+)$", None, Levels::Words).unwrap();
        let (mut alike, mut slots) = (Alike { strays: FIRST, ..Alike::default() }, body.regex.capture_locations());
        let found = body.places(b"cart", &mut slots);
        alike.learn(body.regex.as_str(), b"cart", found);
        assert_eq!(alike.recall(b"shop"), Some(Some(Places { service: Some((0, 4)), ..Places::default() })));
        assert_eq!(alike.recall(b"shops"), None, "it goes on");
        assert_eq!(alike.recall(b"sho"), None);
    }

    #[test]
    fn logs_in_which_no_two_lines_are_alike_are_left_to_the_regex() {
        let body = Body::new(r"^(?:[a-z]|[A-Z]|[0-9])*(?<service>;)", None, Levels::Words).unwrap();
        let (mut alike, mut slots) = (Alike::default(), body.regex.capture_locations());
        for number in 0..2000u32 {
            let line: Vec<u8> = (0..11).map(|bit| if number >> bit & 1 == 1 { b'a' } else { b'0' }).chain(*b"; text").collect();
            if alike.recall(&line).is_none() {
                let found = body.places(&line, &mut slots);
                alike.learn(body.regex.as_str(), &line, found);
            }
        }
        assert!(alike.samples.is_empty() && alike.pause > 0);
    }
}
