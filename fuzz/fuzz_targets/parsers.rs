//! No line harms a parser, and what is remembered of other lines changes no answer. The first byte chooses the format.
#![no_main]

use logtally::{
    classify::detect,
    parse::{Format, Lookup, LookupMemory, Memory, Messages, Rules, declared::shipped, record::Wanted},
};
use std::sync::LazyLock;

static LOOKUPS: LazyLock<[Lookup; 5]> = LazyLock::new(|| {
    let unwrapped = Lookup::host().with_messages(Messages::Unwrapped);
    [Lookup::host(), Lookup::time(), Lookup::status(), Lookup::field("a.b"), unwrapped]
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let by_hand = Format::ALL.into_iter().map(Some).chain([None]);
    let all: Vec<Option<Format>> = by_hand.chain(shipped().iter().map(|declared| Some(Format::Declared(declared)))).collect();
    let format = all[usize::from(*choice) % all.len()];
    // They come again, so that what is remembered is met.
    let once: Vec<&[u8]> = text.split(|byte| *byte == b'\n').take(40).collect();
    let lines = once.iter().chain(&once);

    for (wanted, messages) in [
        (Wanted::NOTHING, Messages::default()),
        (Wanted::SERVICE, Messages::default()),
        (Wanted::LEVEL, Messages::default()),
        (Wanted::ALL, Messages::default()),
        (Wanted::ALL, Messages::Unwrapped),
    ] {
        let rules = Rules::new(wanted, &[], format).with_messages(messages);
        let dialect = detect(text, &rules);
        let (mut memory, mut recalling) = (Memory::default(), Memory::default());
        let recalled_by = dialect.recalled_by(&rules, &mut recalling).filter(|_| wanted == Wanted::SERVICE);
        for line in lines.clone() {
            let known = dialect.parse(line, &rules, &mut memory).map(|found| format!("{found:?}"));
            let mut fresh = Memory::default();
            let found = dialect.parse(line, &rules, &mut fresh);
            let service = found.and_then(|found| found.service).map(<[u8]>::to_vec);
            assert_eq!(known, found.map(|found| format!("{found:?}")), "remembered and fresh: {}", line.escape_ascii());
            let everything = Rules::new(Wanted::ALL, &[], format).with_messages(messages);
            let begins = dialect.parse(line, &everything, &mut Memory::default()).is_some();
            assert_eq!(known.is_some(), begins, "it depends on what is wanted: {}", line.escape_ascii());
            if let Some(only) = recalled_by
                && !matches!(line.first(), Some(0 | 0xEF))
            {
                let whole = [line, &b"\n"[..]].concat();
                if let Some(name) = recalling.recall(only, &whole).map(<[u8]>::to_vec) {
                    let text = line.strip_suffix(b"\r").unwrap_or(line);
                    let mut memory = Memory::default();
                    let found = dialect.parse(text, &rules, &mut memory).and_then(|found| found.service);
                    assert_eq!(Some(&name[..]), found, "recalled and fresh: {}", line.escape_ascii());
                }
                let _ = dialect.parse(line, &rules, &mut recalling);
            }
            if let Some(service) = service {
                assert!(!service.is_empty());
            }
        }
    }

    let rules = Rules::new(Wanted::ALL, &[], format);
    let dialect = detect(text, &rules);
    for lookup in &*LOOKUPS {
        let mut memory = LookupMemory::default();
        for line in lines.clone() {
            let Some(found) = dialect.parse(line, &rules, &mut Memory::default()).map(|found| found.format) else { continue };
            let _ = dialect.place_of(found, line, &rules).map(|place| place.to_string());
            let known = lookup.value(found, &dialect, line, &mut memory).map(<[u8]>::to_vec);
            let mut fresh = LookupMemory::default();
            let fresh = lookup.value(found, &dialect, line, &mut fresh);
            assert_eq!(known.as_deref(), fresh, "looked up, remembered and fresh: {}", line.escape_ascii());
        }
    }
});
