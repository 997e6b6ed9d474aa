//! What a count would make of a file, found out from its head alone, with all that a count has no need to remember: why, from
//! which places, and what it looks like on three of the file's own lines.

use super::{Classifier, FileNames, Plan, Scratch, ServiceFrom, text_of, times::place_in, without_dust};
use crate::parse::{self, Dialect, Format, Found, LookupMemory, Place, Reason, level::Level, time::Moment};
use std::ops::Range;

/// What is known of a file by its head.
#[derive(Debug)]
pub struct Examined {
    /// Its formats.
    pub dialect: Dialect,
    /// Why it has these.
    pub reason: Reason,
    /// How many lines of the head are not blank.
    pub lines: u64,
    /// What the head has of each format, in the order in which they are tried.
    pub shares: Vec<Share>,
    /// At most three lines, in their order.
    pub samples: Vec<Sample>,
    /// The service of records that name none.
    pub otherwise: Vec<u8>,
}

/// What a head has of one format.
#[derive(Debug)]
pub struct Share {
    /// The format.
    pub format: Format,
    /// How many of its lines begin a record.
    pub records: u64,
    /// How many of these have a level.
    pub levels: u64,
    /// How many have a time that can be read.
    pub times: u64,
    /// Where they have their services, and how many there; the most frequent first. The rest has none.
    pub places: Vec<(Place, u64)>,
}

impl Share {
    /// How many of the records name their services.
    #[must_use]
    pub fn named(&self) -> u64 {
        self.places.iter().map(|(_, records)| records).sum()
    }
}

impl Examined {
    /// How many lines of the head begin a record.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.shares.iter().map(|share| share.records).sum()
    }
}

/// A line of a head.
#[derive(Debug)]
pub struct Sample {
    /// Its text, as formats see it.
    pub line: Vec<u8>,
    /// What is taken from it; `None` where it begins no record.
    pub parts: Option<Parts>,
}

/// What is taken from the first line of a record, and from the one below it.
#[derive(Debug)]
pub struct Parts {
    /// The format that recognises it.
    pub format: Format,
    /// Its service, and where that stands; nowhere if it is the path's or had to be decoded.
    pub service: Mark<Vec<u8>>,
    /// Its level, if it has one.
    pub level: Option<Mark<Level>>,
    /// Its time, if it has one that can be read.
    pub time: Option<Mark<Moment>>,
    /// The line below, if that has the level.
    pub below: Option<Vec<u8>>,
}

/// Something that was taken from a line.
#[derive(Debug)]
pub struct Mark<T> {
    /// What it means.
    pub value: T,
    /// Where on the line it stands, in bytes, if it stands there as it is.
    pub place: Option<Range<usize>>,
}

/// So many lines are shown.
const SAMPLES: usize = 3;

/// Examines a head (see [`crate::read::head_of`]). The plan is one that groups by service, counts levels and keeps times.
#[must_use]
pub fn examine(head: &[u8], plan: &Plan, names: &FileNames<'_>) -> Examined {
    let head = without_dust(head);
    let (dialect, reason) = parse::explain(head, &plan.rules);
    let classifier = Classifier::new(plan, names, &dialect);
    let mut scratch = Scratch::default();
    let mut shares: Vec<Share> = dialect
        .formats()
        .iter()
        .map(|format| Share { format: *format, records: 0, levels: 0, times: 0, places: Vec::new() })
        .collect();
    let mut lines = 0;
    let mut showcase = Showcase::default();
    // Whether the line is known as one that has the level of the record above.
    let mut is_level = false;
    let all = head.split_inclusive(|byte| *byte == b'\n').map(text_of);
    let with_below = all.clone().zip(all.skip(1).chain([&b""[..]]));
    for (line, below) in with_below.filter(|(line, _)| !line.trim_ascii().is_empty()) {
        lines += 1;
        let found = classifier.parts(line, below, &mut scratch);
        if let Some((parts, source)) = &found
            && let Some(share) = shares.iter_mut().find(|share| share.format == parts.format)
        {
            share.records += 1;
            share.levels += u64::from(parts.level.is_some());
            share.times += u64::from(parts.time.is_some());
            if let Source::Record = source
                && let Some(place) = dialect.place_of(parts.format, line, &plan.rules)
            {
                match share.places.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, records)) => *records += 1,
                    None => share.places.push((place, 1)),
                }
            }
        }
        let parts = found.map(|(parts, _)| parts);
        let has_level_below = parts.as_ref().is_some_and(|parts| parts.below.is_some());
        if !is_level || parts.is_some() {
            showcase.offer(lines, line, parts);
        }
        is_level = has_level_below;
    }
    // Of equals the one that came first.
    shares.iter_mut().for_each(|share| share.places.sort_by_key(|(_, records)| std::cmp::Reverse(*records)));
    let records: u64 = shares.iter().map(|share| share.records).sum();
    let mut samples = showcase.chosen(records * 2 < lines);
    for Sample { line, parts } in &mut samples {
        if let Some(Parts { format, level: Some(level), service, time, below: None }) = parts {
            let time = time.as_ref().and_then(|time| time.place.clone());
            let taken: Vec<Range<usize>> = service.place.clone().into_iter().chain(time).collect();
            level.place = classifier.place_of_level(line, *format, level.value, &taken, &mut scratch);
        }
    }
    Examined { reason, lines, shares, samples, otherwise: names.service().to_vec(), dialect }
}

/// Where a service came from.
enum Source {
    Record,
    Path,
}

impl Classifier<'_> {
    /// What is taken from a line and the one below it; the place of its level is yet to be found.
    fn parts(&self, line: &[u8], below: &[u8], scratch: &mut Scratch) -> Option<(Parts, Source)> {
        let (rules, memory) = (&self.plan.rules, &mut scratch.memory);
        let own_level = self.dialect.parse(line, rules, memory)?.level;
        let Found { format, service, level } = self.dialect.parse_with_below(line, below, rules, memory)?;
        let below = (level != own_level).then(|| below.to_vec());
        let (service, source) = match service {
            Some(name) => (Mark { value: name.to_vec(), place: range_in(line, name) }, Source::Record),
            None => (Mark { value: self.file.service().to_vec(), place: None }, Source::Path),
        };
        let level = level.map(|value| Mark { value, place: None });
        let time = self.plan.timing.as_ref().and_then(|timing| {
            let value = scratch.times.when(format, self.dialect, line, timing, self.file.reference)?.moment;
            let mut memory = LookupMemory::default();
            let place = timing.lookup.value(format, self.dialect, line, &mut memory).and_then(|text| range_in(line, text));
            Some(Mark { value, place })
        });
        Some((Parts { format, service, level, time, below }, source))
    }

    /// Where the level of a record stands on its first line, outside of what is `taken` for something else. Parsers do not keep
    /// that, so it is found by trial: the word that says this level, and without which the line would have another.
    fn place_of_level(
        &self,
        line: &[u8],
        format: Format,
        level: Level,
        taken: &[Range<usize>],
        scratch: &mut Scratch,
    ) -> Option<Range<usize>> {
        let judged = line.get(..line.len().min(FARTHEST_LEVEL))?;
        let mut start = 0;
        let words = judged.split(|byte| !byte.is_ascii_alphanumeric()).map(|word| {
            let place = start..start + word.len();
            start = place.end + 1;
            place
        });
        // The letter before a number is a word of its own where glog writes it.
        std::iter::once(0..1).chain(words).find(|place| {
            let is_free = taken.iter().all(|taken| place.end <= taken.start || taken.end <= place.start);
            let says_so = judged.get(place.clone()).is_some_and(|word| may_say(word, level));
            is_free
                && says_so
                && OTHERS.iter().any(|other| {
                    let mut changed = line.to_vec();
                    if let Some(word) = changed.get_mut(place.clone()) {
                        word.fill(*other);
                    }
                    let found = self.dialect.parse(&changed, &self.plan.rules, &mut scratch.memory);
                    found.is_some_and(|found| found.format == format && found.level != Some(level))
                })
        })
    }
}

/// Levels stand near a line's beginning; where one does not, it is not marked.
const FARTHEST_LEVEL: usize = 4096;

/// What a level's word is replaced with: no level, and the letters and digits of several.
const OTHERS: [u8; 6] = [b'x', b'I', b'E', b'1', b'5', b'6'];

/// Whether a word can say a level, in some format: by a word, a letter or a number, a status or a syslog priority.
fn may_say(word: &[u8], level: Level) -> bool {
    let number = || std::str::from_utf8(word).ok()?.parse::<u32>().ok().filter(|number| *number < 1000);
    let by_number =
        |number| (number >= 100 && Level::from_status(number) == level) || Level::from_severity(number as u8) == level;
    Level::from_value(word) == Some(level) || number().is_some_and(by_number)
}

fn range_in(line: &[u8], part: &[u8]) -> Option<Range<usize>> {
    place_in(line, part).map(|(start, end)| start..end)
}

/// Lines that show what there is: of each format, service and level one, and one that begins no record.
#[derive(Default)]
struct Showcase {
    /// The place of each in the head, and whether it shows something new.
    records: Vec<(u64, Novelty, Sample)>,
    other: Option<(u64, Sample)>,
}

/// How much a line shows that those before it do not; the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Novelty {
    Format,
    Service,
    Level,
    Text,
    Nothing,
}

impl Showcase {
    fn offer(&mut self, number: u64, line: &[u8], parts: Option<Parts>) {
        let sample = |parts| Sample { line: line.to_vec(), parts };
        let Some(parts) = parts else {
            self.other.get_or_insert_with(|| (number, sample(None)));
            return;
        };
        let known = || self.records.iter().filter_map(|(.., sample)| sample.parts.as_ref());
        let level = |parts: &Parts| parts.level.as_ref().map(|level| level.value);
        let novelty = if known().all(|known| known.format != parts.format) {
            Novelty::Format
        } else if known().all(|known| known.service.value != parts.service.value) {
            Novelty::Service
        } else if known().all(|known| level(known) != level(&parts)) {
            Novelty::Level
        } else if self.records.iter().all(|(.., sample)| sample.line != line) {
            Novelty::Text
        } else {
            Novelty::Nothing
        };
        // Of each novelty the first few are enough.
        if self.records.iter().filter(|(_, known, _)| *known == novelty).count() < SAMPLES {
            self.records.push((number, novelty, sample(Some(parts))));
        }
    }

    /// The samples, in the order of the head; one that begins no record is among them where many do not.
    fn chosen(mut self, many_others: bool) -> Vec<Sample> {
        self.records.sort_by_key(|(number, novelty, _)| (*novelty, *number));
        let other = self.other.filter(|_| many_others);
        self.records.truncate(SAMPLES - usize::from(other.is_some()));
        let records = self.records.into_iter().map(|(number, _, sample)| (number, sample));
        let mut chosen: Vec<(u64, Sample)> = records.chain(other).collect();
        chosen.sort_by_key(|(number, _)| *number);
        chosen.into_iter().map(|(_, sample)| sample).collect()
    }
}

impl FileNames<'_> {
    /// Where the service comes from that records have which name none.
    #[must_use]
    pub const fn service_from(&self) -> &ServiceFrom {
        self.service_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Choices, Extremes, KeyField, KeyPlan, Levels, Times};

    fn examined(head: &str) -> Examined {
        let plan = Plan::new(Choices {
            keys: KeyPlan::new(&[KeyField::Service]),
            levels: Levels::Counted,
            times: Times { extremes: Extremes::Kept, ..Times::default() },
            ..Choices::default()
        });
        examine(head.as_bytes(), &plan, &FileNames::new(b"logs/shop.log", &plan, || None))
    }

    /// The marked parts of a head's first line: service, level, time.
    fn marked(head: &str) -> [Option<String>; 3] {
        let Examined { samples, .. } = examined(head);
        let Sample { line, parts } = samples.first().unwrap();
        let Parts { service, level, time, .. } = parts.as_ref().unwrap();
        let places = [&service.place, &level.as_ref().unwrap().place, &time.as_ref().unwrap().place];
        places.map(|place| place.clone().map(|place| String::from_utf8_lossy(&line[place]).into_owned()))
    }

    #[test]
    fn marks_stand_where_the_parts_were_taken_from() {
        let table = [
            (r#"{"msg":"warn","level":"warn","service":"a b","ts":1700000000}"#, [Some("a b"), Some("warn"), Some("1700000000")]),
            (r#"{"service":"a\u0062","level":30,"ts":1700000000}"#, [None, Some("30"), Some("1700000000")]),
            ("ts=2024-01-15T10:00:00Z msg=info level=info app=x", [Some("x"), Some("info"), Some("2024-01-15T10:00:00Z")]),
            (
                "2024-01-15 10:00:00,123 INFO [main] org.example.Pay: INFO",
                [Some("org.example.Pay"), Some("INFO"), Some("2024-01-15 10:00:00,123")],
            ),
            ("I0517 15:04:22.619632  123 file.cc:253] x", [Some("file"), Some("I"), Some("0517 15:04:22.619632")]),
            (
                r#"shop:80 1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 404 404"#,
                [Some("shop"), Some("404"), Some("10/Oct/2000:13:55:36 -0700")],
            ),
            ("<34>1 2024-01-15T10:00:00Z web-7 su - ID47 - text", [Some("su"), Some("34"), Some("2024-01-15T10:00:00Z")]),
        ];
        for (line, expected) in table {
            let line = format!("{line}\n");
            assert_eq!(marked(&line), expected.map(|part| part.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn shares_of_a_mixed_head() {
        let head = "{\"service\":\"a\"}\n\n{\"app\":\"b\",\"level\":\"info\"}\nat x\n{\"msg\":1}\n{\"service\":\"c\"}\n";
        let Examined { lines, shares, samples, otherwise, .. } = examined(head);
        let [share] = &*shares else { panic!("{shares:?}") };
        assert_eq!((lines, share.records, share.levels, share.times), (5, 4, 1, 0));
        assert_eq!(share.places, [(Place::Key(b"service".to_vec()), 2), (Place::Key(b"app".to_vec()), 1)]);
        assert_eq!(otherwise, b"shop");
        let shown: Vec<_> = samples.iter().map(|sample| String::from_utf8_lossy(&sample.line)).collect();
        assert_eq!(shown, ["{\"service\":\"a\"}", "{\"app\":\"b\",\"level\":\"info\"}", "{\"msg\":1}"]);
    }

    #[test]
    fn a_line_that_is_not_recognised_is_shown_where_most_are_not() {
        let head = "2024-01-15 10:00:00,123 ERROR x\n  at a\n  at b\n  at c\n";
        let Examined { samples, lines, shares, .. } = examined(head);
        assert_eq!((lines, shares[0].records), (4, 1));
        let begins: Vec<bool> = samples.iter().map(|sample| sample.parts.is_some()).collect();
        assert_eq!(begins, [true, false]);
    }
}
