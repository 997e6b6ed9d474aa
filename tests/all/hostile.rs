//! Bytes that nobody meant to log: whatever they are, no parser panics, and what was met before changes no answer.

use logtally::{
    classify::detect,
    parse::{Dialect, Format, Lookup, LookupMemory, Memory, Rules, declared::shipped, record::Wanted},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

/// What lines of all formats are made of.
const PIECES: [&str; 44] = [
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "=",
    " ",
    "\t",
    ":",
    ",",
    "<",
    ">",
    "|",
    "-",
    "/",
    ".",
    "\r",
    "\0",
    "a",
    "7",
    "42",
    "INFO",
    "ERROR:  ",
    "[a] ",
    "a=",
    "a=\"",
    "{\"a\":",
    "{\"service\":\"",
    "\\u00e4",
    "\\ud83d",
    "<13>",
    "<34>1 ",
    "2024-01-15T10:00:00.123Z",
    "2024-01-15 10:00:00,123",
    "Jan 15 10:00:00",
    "15/Jan/2024:10:00:00 +0000",
    "I0115 10:00:00.123456",
    "01-15 10:00:00.123",
    "1705312800",
    " stdout F ",
    "web-1  | ",
    "#Fields: date time",
    "\u{feff}",
];

fn line() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec(select(&PIECES[..]), 0..24).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = vec(any::<u8>().prop_filter("a line has no newline", |byte| *byte != b'\n'), 0..80);
    // A time, and what nobody expects behind it.
    let timed = (select(&PIECES[33..40]), bytes.clone()).prop_map(|(time, rest)| [time.as_bytes(), &rest].concat());
    prop_oneof![4 => pieces, 1 => bytes, 1 => timed]
}

fn formats() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().chain(shipped().iter().map(Format::Declared))
}

/// What a line is, as text that owns what it says.
fn parsed(dialect: &Dialect, line: &[u8], rules: &Rules, memory: &mut Memory) -> Option<String> {
    dialect.parse(line, rules, memory).map(|found| format!("{found:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_line_harms_a_parser(lines in vec(line(), 1..12), again in vec(any::<Index>(), 0..12)) {
        // Lines come back, so that what is remembered is met.
        let lines: Vec<&[u8]> = lines.iter().chain(again.iter().map(|at| at.get(&lines))).map(Vec::as_slice).collect();
        let head = lines.join(&b'\n');
        for format in formats().map(Some).chain([None]) {
            let of = |wanted| { let rules = Rules::new(wanted, &[], format); (detect(&head, &rules), rules) };
            let all = [Wanted::NOTHING, Wanted::SERVICE, Wanted::LEVEL, Wanted::ALL].map(of);
            let mut memories = [(); 4].map(|()| Memory::default());
            let mut recalling = Memory::default();
            for line in &lines {
                let mut begins = None;
                for ((dialect, rules), memory) in all.iter().zip(&mut memories) {
                    let known = parsed(dialect, line, rules, memory);
                    let fresh = parsed(dialect, line, rules, &mut Memory::default());
                    prop_assert_eq!(&known, &fresh, "{:?}: {}", format, line.escape_ascii());
                    // Whatever is wanted, it is the same lines.
                    prop_assert_eq!(*begins.get_or_insert(fresh.is_some()), fresh.is_some(), "{:?}: {}", format, line.escape_ascii());
                }
                let (dialect, rules) = &all[1];
                if let Some(only) = dialect.recalled_by(rules, &mut recalling)
                    && !matches!(line.first(), Some(0 | 0xEF))
                {
                    let whole = [line, b"\n".as_slice()].concat();
                    if let Some(name) = recalling.recall(only, &whole).map(<[u8]>::to_vec) {
                        let text = line.strip_suffix(b"\r").unwrap_or(line);
                        let mut memory = Memory::default();
                        let found = dialect.parse(text, rules, &mut memory).and_then(|found| found.service.map(<[u8]>::to_vec));
                        prop_assert_eq!(Some(name), found, "{:?}: {}", format, line.escape_ascii());
                    }
                    let _ = dialect.parse(line, rules, &mut recalling);
                }
            }
        }
    }

    #[test]
    fn no_line_harms_a_lookup(lines in vec(line(), 1..12)) {
        let lookups = [Lookup::host(), Lookup::time(), Lookup::field("a"), Lookup::field("status"), Lookup::field("a.b")];
        for format in formats() {
            let dialect = detect(&lines.join(&b'\n'), &Rules::new(Wanted::ALL, &[], Some(format)));
            for lookup in &lookups {
                let mut memory = LookupMemory::default();
                for line in &lines {
                    let known = lookup.value(format, &dialect, line, &mut memory).map(<[u8]>::to_vec);
                    let mut fresh = LookupMemory::default();
                    prop_assert_eq!(known.as_deref(), lookup.value(format, &dialect, line, &mut fresh), "{:?}: {}", format, line.escape_ascii());
                }
            }
        }
    }
}
