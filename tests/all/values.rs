//! Laws of what is read from a line beside its service: a key's value is the one that a reader of JSON finds, and a text is the same
//! in either encoding.

use crate::{
    laws::{Bytes, Figures, Log, Tree, config, log, record, run},
    naive::{self, Kind},
    text::{ByteOrder, utf16},
};
use logtally::classify::{KeyField, KeyPlan};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::BTreeMap;

const KEYS: [&str; 16] = [
    "service",
    "service.name",
    "service.version.name",
    "app",
    "component",
    "name",
    "kubernetes.container_name",
    "kubernetes.labels.app",
    "level",
    "log.level",
    "log.logger",
    "ctx.service",
    "msg",
    "n",
    "ok",
    "none",
];

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_keys_value_is_the_one_that_a_reader_of_json_finds(
        lines in vec(record(Kind::Json), 1..40),
        keys in vec(select(&KEYS), 1..4),
        runs in vec(run(&[1, 7, 64, 1000, 4 << 20]), 2),
    ) {
        let keys: Vec<&str> = keys.iter().enumerate().filter(|(at, key)| !keys[..*at].contains(key)).map(|(_, key)| *key).collect();
        let mut expected: BTreeMap<Vec<Bytes>, u64> = BTreeMap::new();
        for line in &lines {
            let values = keys.iter().map(|key| naive::value(line, key).unwrap_or_else(|| b"-".to_vec())).collect();
            *expected.entry(values).or_default() += 1;
        }
        let fields: Vec<KeyField> = keys.iter().map(|key| format!("field:{key}").parse().unwrap()).collect();
        let tree = Tree::of(Log { kinds: vec![Kind::Json], text: lines.join(&b'\n') });
        for run in &runs {
            let answer = tree.counted(run, &KeyPlan::new(&fields));
            let records: BTreeMap<Vec<Bytes>, u64> =
                answer.groups.into_iter().map(|(names, figures)| (names, figures[0])).collect();
            prop_assert_eq!(&records, &expected, "{:?}", keys);
        }
    }

    #[test]
    fn a_text_is_the_same_in_utf16(
        log in log(0),
        order in select(&[ByteOrder::Little, ByteOrder::Big]),
        runs in vec(run(&[1, 7, 64, 1000, 4 << 20]), 2),
    ) {
        let text = String::from_utf8_lossy(&log.text).replace('\0', "");
        let text = text.trim_start_matches('\u{FEFF}');
        prop_assume!(!text.trim().is_empty());
        let wide = utf16(text, order);
        let len = wide.len() as u64;
        let [narrow, wide] = [text.as_bytes().to_vec(), wide].map(|text| Tree::of(Log { kinds: log.kinds.clone(), text }));
        let keys = KeyPlan::new(&[KeyField::Service, KeyField::Level, KeyField::Format]);
        for run in &runs {
            let (narrow, wide) = (narrow.counted(run, &keys), wide.counted(run, &keys));
            prop_assert_eq!(wide.groups.values().map(|figures| figures[2]).sum::<u64>(), len);
            let [narrow, wide] = [narrow, wide].map(|answer| {
                let less_bytes = |(names, [records, lines, _, errors, warnings]): (Vec<Bytes>, Figures)| (names, [records, lines, errors, warnings]);
                answer.groups.into_iter().map(less_bytes).collect::<BTreeMap<_, _>>()
            });
            prop_assert_eq!(wide, narrow);
        }
    }
}
