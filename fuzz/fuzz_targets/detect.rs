//! What a file is taken for does not depend on how its lines end.
#![no_main]

use logtally::{
    classify,
    parse::{Format, Memory, Rules, explain, record::Wanted},
    read::{Content, head_of, sniff},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let rules = Rules::new(Wanted::ALL, &[], None);
    let content = sniff(data);
    let head = head_of(data);
    assert!(data.ends_with(head), "a head of a short file is all of it behind the NULs");
    if content == Content::Text {
        assert_eq!(sniff(head), Content::Text, "NULs before a text speak for nothing");
    }
    let (dialect, reason) = explain(head, &rules);
    let _ = format!("{reason:?}");
    let formats = classify::detect(head, &rules).formats().to_vec();
    assert!(matches!(formats.len(), 1..=3), "{formats:?}");
    assert!((1..formats.len()).all(|at| !formats[..at].contains(&formats[at])), "twice the same: {formats:?}");
    if !head.starts_with(b"\xEF\xBB\xBF") {
        assert_eq!(dialect.formats(), formats);
    }
    // A format that is chosen has lines.
    let dialect = classify::detect(head, &rules);
    for format in formats.iter().filter(|format| **format != Format::Plain) {
        let mut text = head.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line));
        let wrapped = matches!(format, Format::Docker | Format::Cri | Format::Compose | Format::W3c);
        let begins = |line: &[u8]| {
            let line = line.strip_suffix(b"\r").unwrap_or(line).strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
            match format {
                // They may continue a record that the head has not.
                Format::Declared(declared) => declared.recognises(line),
                format => dialect.parse_as(*format, line, &rules, &mut Memory::default()).is_some(),
            }
        };
        assert!(wrapped || text.any(begins), "no line is of {format}");
    }
    if !data.contains(&b'\r') && data.len() < 30_000 {
        let windows: Vec<u8> = data
            .iter()
            .flat_map(|byte| if *byte == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(byte) })
            .copied()
            .collect();
        assert_eq!(classify::detect(head_of(&windows), &rules).formats(), formats, "with the other line ends");
        let ended = [data, &b"\n"[..]].concat();
        assert_eq!(classify::detect(head_of(&ended), &rules).formats(), formats, "with a newline at its end");
    }
});
