//! The laws of counting, over random trees of random logs: every line and byte is counted once, as a naive counter counts it, and
//! the answer depends on neither the threads, nor the chunks, nor the way of reading, nor the order of the paths.

use crate::naive::{self, Counts, Kind};
use logtally::{
    classify::{Choices, Filter, KeyField, KeyPlan, Levels, Plan},
    engine::{self, Decoding, Detail, Limits, Settings, Silent, Threads},
    parse::time::Zone,
    read::{ChunkSize, Strategy as Reading},
    report::{Column, Files, Form, Presentation, Report, Sort, Style},
    tally::{FileCounts, Groups, Run as LeftOut, Seen, Services},
    walk,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select, subsequence},
};
use std::{collections::BTreeMap, fmt, fs, path::PathBuf};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

pub type Bytes = Vec<u8>;

/// So many cases, or as many times that as `LOGTALLY_TIMES` says.
pub fn config(cases: u32) -> ProptestConfig {
    let times: u32 = std::env::var("LOGTALLY_TIMES").map_or(1, |times| times.parse().expect("LOGTALLY_TIMES is a number"));
    let cases = cases * times;
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(120))]

    /// Trees of small files, cut into chunks that may be smaller than a line.
    #[test]
    fn small_files_count_as_a_naive_counter_counts_them(
        tree in tree(log(0)),
        runs in vec(run(&[1, 2, 3, 7, 64, 1000, 4 << 20]), 3),
    ) {
        obeys_the_laws(&tree, &runs)?;
    }
}

proptest! {
    #![proptest_config(config(28))]

    /// Files that are longer than the head that their formats are detected in, and than a block that is read at once. What
    /// comes after the head in a format that the head does not have is continuation.
    #[test]
    fn files_longer_than_their_heads_count_as_a_naive_counter_counts_them(
        tree in tree((0usize..400 << 10).prop_flat_map(log)),
        runs in vec(run(&[1000, 64 << 10, 100_000, 4 << 20]), 3),
    ) {
        obeys_the_laws(&tree, &runs)?;
    }
}

proptest! {
    #![proptest_config(config(10))]

    /// A line is judged from its first MiB, counted to its end, and may be longer than any chunk.
    #[test]
    fn lines_longer_than_what_is_judged_of_them(
        tree in tree(long_lines()),
        runs in vec(run(&[64 << 10, 300_000, 1 << 20, 4 << 20]), 2),
    ) {
        obeys_the_laws(&tree, &runs)?;
    }
}

/// Lines that end a few bytes before and after what is judged of them, with either ending and with none: every way of reading
/// gives the same answer, whatever its buffers held before.
#[test]
fn lines_as_long_as_what_is_judged_of_them() {
    let shapes: [(&[u8], &[u8]); 4] = [
        (b"level=info msg=", b" service=x"),
        (br#"{"msg":""#, br#"","service":"x"}"#),
        (b"2024-01-15 10:00:00,123 INFO ", b" (x)"),
        (b"Jan 15 10:00:00 host ", b"[1]:"),
    ];
    let keys = KeyPlan::new(&[KeyField::Service]);
    let mut differ = Vec::new();
    for (start, end) in shapes {
        for len in MIB - 2..=MIB + 2 {
            for ending in [&b"\n"[..], b"\r\n", b""] {
                let folder = tempfile::tempdir().unwrap();
                let filling = vec![b'-'; len - start.len() - end.len()];
                let short = [start, end, b"\n"].concat();
                fs::write(folder.path().join("path.log"), [&short, start, &filling, end, ending].concat()).unwrap();
                let ways =
                    [(Reading::Mmap, 4 << 20), (Reading::Read, 4 << 20), (Reading::Read, 64 << 10), (Reading::Read, 300_000)];
                let answers = ways.map(|(strategy, chunk)| {
                    let run = Run {
                        chunk,
                        threads: 1,
                        strategy,
                        levels: Levels::Ignored,
                        roots: Roots::Folder,
                        detail: Detail::Faults,
                        decoding: Decoding::default(),
                        limits: Limits::default(),
                    };
                    run.of(&[folder.path().to_owned()], &keys, 1).csv
                });
                if answers.iter().any(|answer| *answer != answers[0]) {
                    let (start, ending) = (start.escape_ascii(), ending.escape_ascii());
                    differ.push(format!("{start}, {len} bytes and {ending}: {answers:#?}"));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// A log that was truncated under its writer begins with as many NULs as it had bytes; they speak for nothing.
#[test]
fn a_hole_at_the_start_is_part_of_the_first_line() {
    let lines = b"{\"service\":\"a\"}\n{\"service\":\"b\"}\n{\"service\":\"b\"}\n";
    for hole in [1, 4095, 60_000, 65_535, 65_536, 100_000, MIB - 40, MIB, MIB + 1, 5 * MIB] {
        let text = [&vec![0; hole][..], lines].concat();
        let tree = Tree { files: vec![File { place: PLACES[0], log: Log { kinds: vec![Kind::Json], text } }] };
        let all = [Reading::Auto, Reading::Mmap, Reading::Read];
        let run = |strategy| Run {
            chunk: 1 << 20,
            threads: 2,
            strategy,
            levels: Levels::Counted,
            roots: Roots::Folder,
            detail: Detail::EachFile,
            decoding: Decoding::default(),
            limits: Limits::default(),
        };
        obeys_the_laws(&tree, &all.map(run)).unwrap();
    }
}

/// The same within a file, between the two lines of a record, and where chunks end within it.
#[test]
fn a_hole_before_the_level_is_part_of_its_line() {
    let record = b"Jan 15, 2024 10:00:00 AM org.example.Foo run\nINFO: text\n".repeat(1500);
    for hole in [1, 60_000, 65_536, 131_072, MIB - 1, MIB + 2, 5 * MIB] {
        let second = [&vec![0; hole][..], b"SEVERE: text\n"].concat();
        let text = [&record[..], b"Jan 15, 2024 10:00:01 AM org.example.Bar run\n", &second, &record[..]].concat();
        let tree = Tree { files: vec![File { place: PLACES[0], log: Log { kinds: vec![Kind::Jul], text } }] };
        let run = |(strategy, chunk)| Run {
            chunk,
            threads: 2,
            strategy,
            levels: Levels::Counted,
            roots: Roots::Folder,
            detail: Detail::EachFile,
            decoding: Decoding::default(),
            limits: Limits::default(),
        };
        let ways = [(Reading::Mmap, 64 << 10), (Reading::Read, 64 << 10), (Reading::Mmap, 4 << 20), (Reading::Read, 4 << 20)];
        obeys_the_laws(&tree, &ways.map(run)).unwrap();
    }
}

/// Holds the tree against the naive counter, and the runs against each other.
pub fn obeys_the_laws(tree: &Tree, runs: &[Run]) -> Result<(), TestCaseError> {
    obeys_the_laws_of_filters(tree, runs, &Filter::default(), &naive::Filter::default())
}

/// The same of what a filter lets pass, and what it leaves out. The second filter is the first one in the naive counter's terms.
pub fn obeys_the_laws_of_filters(
    tree: &Tree,
    runs: &[Run],
    filter: &Filter,
    naive_filter: &naive::Filter,
) -> Result<(), TestCaseError> {
    let folder = tree.write();
    let mut by_both = Counts::new();
    let mut left_out = naive::LeftOut::default();
    for File { place: (_, service), log } in &tree.files {
        naive::count(&log.text, &log.kinds, service.as_bytes(), naive_filter, &mut by_both, &mut left_out);
    }
    let mut by_service: BTreeMap<Vec<Bytes>, Figures> = BTreeMap::new();
    let mut by_level = by_service.clone();
    for ((service, level), (records, lines, bytes)) in by_both {
        let failed = if matches!(level, "error" | "fatal") { records } else { 0 };
        let warned = if level == "warn" { records } else { 0 };
        let figures = [records, lines, bytes, failed, warned];
        by_level.insert(vec![service.clone(), level.into()], figures);
        let sum = by_service.entry(vec![service]).or_default();
        for (sum, figure) in sum.iter_mut().zip(figures) {
            *sum += figure;
        }
    }

    let lines: usize = tree.files.iter().map(|file| lines_of(&file.log.text)).sum();
    let bytes: usize = tree.files.iter().map(|file| file.log.text.len()).sum();
    for (fields, expected) in [(&[KeyField::Service][..], by_service), (&[KeyField::Service, KeyField::Level], by_level)] {
        let keys = KeyPlan::new(fields);
        let mut csv = None;
        for run in runs {
            let mut answer = run.with(&tree.roots(folder.path(), &run.roots), &keys, filter, tree.files.len());
            let mut expected = expected.clone();
            if run.levels == Levels::Ignored {
                // Then nobody has promised anything of errors and warnings.
                answer.groups.values_mut().chain(expected.values_mut()).for_each(|figures| figures[3..].fill(0));
            }
            prop_assert_eq!(Shown(&answer.groups), Shown(&expected), "counted, and by the naive counter: {:?}", run);
            prop_assert_eq!(answer.left_out, left_out, "left out, and by the naive counter: {:?}", run);
            let sum = |at: usize| answer.groups.values().map(|figures| figures[at]).sum::<u64>();
            let whole = (sum(1) + answer.left_out.0, sum(2) + answer.left_out.1);
            prop_assert_eq!(whole, (lines as u64, bytes as u64), "{:?}", run);
            prop_assert_eq!(csv.get_or_insert(answer.csv.clone()), &answer.csv, "{:?}", run);
            if run.detail == Detail::EachFile {
                each_file_adds_up(tree, folder.path(), &answer)?;
                each_file_is_seen_as_it_is(tree, folder.path(), &answer, naive_filter)?;
            }
        }
    }
    Ok(())
}

/// What is kept of the files is what is in them, and adds up to what is reported.
fn each_file_adds_up(tree: &Tree, folder: &std::path::Path, answer: &Answer) -> Result<(), TestCaseError> {
    let path = |path: &std::path::Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    let kept: BTreeMap<_, _> = answer.files.iter().map(|file| (path(&file.path), (file.lines, file.bytes_decoded))).collect();
    let whole = |file: &File| (file.place.0.to_owned(), (lines_of(&file.log.text) as u64, file.log.text.len() as u64));
    prop_assert_eq!(answer.files.len(), tree.files.len());
    prop_assert_eq!(kept, tree.files.iter().map(whole).collect::<BTreeMap<_, _>>());
    let sum = |of: fn(&FileCounts) -> u64| answer.files.iter().map(of).sum::<u64>();
    let reported = |at: usize| answer.groups.values().map(|figures| figures[at]).sum::<u64>();
    prop_assert_eq!(sum(|file| file.records), reported(0));
    prop_assert_eq!(sum(|file| file.lines), reported(1) + answer.left_out.0);
    prop_assert_eq!(sum(|file| file.bytes_decoded), reported(2) + answer.left_out.1);
    prop_assert_eq!((sum(|file| file.filtered.lines), sum(|file| file.filtered.bytes)), answer.left_out);
    Ok(())
}

/// What the lines of each file are does not depend on the chunks that it was cut into, nor on the files beside it.
fn each_file_is_seen_as_it_is(
    tree: &Tree,
    folder: &std::path::Path,
    answer: &Answer,
    filter: &naive::Filter,
) -> Result<(), TestCaseError> {
    for File { place: (path, service), log } in &tree.files {
        let kept = answer.files.iter().find(|file| file.path == folder.join(path)).unwrap();
        let Seen { records, left_out, strays, nameless } = kept.seen;
        let expected = naive::seen(&log.text, &log.kinds, service.as_bytes(), filter);
        prop_assert_eq!([records, left_out, strays, nameless], expected, "{}", path);
        prop_assert_eq!(kept.services, Services::Asked);
    }
    Ok(())
}

fn lines_of(text: &[u8]) -> usize {
    text.split_inclusive(|byte| *byte == b'\n').count()
}

/// Records, lines, bytes, errors, warnings.
pub type Figures = [u64; 5];

/// One way of counting a tree.
#[derive(Clone, Debug)]
pub struct Run {
    pub chunk: u64,
    pub threads: usize,
    pub strategy: Reading,
    pub levels: Levels,
    pub roots: Roots,
    pub detail: Detail,
    pub decoding: Decoding,
    pub limits: Limits,
}

/// How the files of a tree are named.
#[derive(Clone, Debug)]
pub enum Roots {
    /// By their folder.
    Folder,
    /// Each by itself; the numbers give the order.
    Files([u8; 6]),
    /// Each by itself, and all by their folder: still, each counts once.
    Both([u8; 6]),
}

pub struct Answer {
    pub groups: BTreeMap<Vec<Bytes>, Figures>,
    pub csv: String,
    /// Lines and bytes that the filter left out.
    pub left_out: (u64, u64),
    /// What was kept of each file, if that was asked for.
    pub files: Vec<FileCounts>,
}

impl Run {
    pub fn of(&self, roots: &[PathBuf], keys: &KeyPlan, files: usize) -> Answer {
        self.with(roots, keys, &Filter::default(), files)
    }

    /// One file, which may be damaged: the report, and what is kept of it.
    pub fn of_one(&self, path: &std::path::Path, keys: &KeyPlan) -> (String, FileCounts) {
        let run = Run { detail: Detail::EachFile, levels: Levels::Counted, ..self.clone() };
        let outcome = run.outcome(&[path.to_owned()], keys, &Filter::default()).unwrap();
        assert_eq!(outcome.files.len(), 1, "{:?}", outcome.files);
        let (files, tally) = (outcome.files, outcome.tally);
        let filtered = tally.left_out();
        (csv(tally.into_groups(), keys, filtered), files.into_iter().next().unwrap())
    }

    pub fn outcome(&self, roots: &[PathBuf], keys: &KeyPlan, filter: &Filter) -> Result<engine::Outcome, engine::NoOutcome> {
        let settings = Settings {
            threads: Threads::new(self.threads),
            strategy: self.strategy,
            chunk_size: ChunkSize::new(self.chunk),
            plan: Plan::new(Choices { keys: keys.clone(), levels: self.levels, filter: filter.clone(), ..Choices::default() }),
            detail: self.detail,
            decoding: self.decoding,
            limits: self.limits,
        };
        let walked = walk::walk(roots, &walk::Options::default(), 2);
        assert!(walked.failures.is_empty());
        engine::run(&walked.files, &settings, &Silent)
    }

    fn with(&self, roots: &[PathBuf], keys: &KeyPlan, filter: &Filter, files: usize) -> Answer {
        let outcome = self.outcome(roots, keys, filter).unwrap();
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        assert_eq!((outcome.counted, outcome.binary.len()), (files as u64, 0));
        Answer::of(outcome, keys)
    }
}

impl Answer {
    pub fn of(outcome: engine::Outcome, keys: &KeyPlan) -> Answer {
        let filtered = outcome.tally.left_out();
        let groups = outcome.tally.into_groups();
        let figures = groups.iter().map(|(key, counts)| {
            let names = keys.decode(key).into_iter().map(<[u8]>::to_vec).collect();
            (names, [counts.records, counts.lines, counts.bytes, counts.errors, counts.warnings])
        });
        let figures = figures.collect();
        Answer {
            groups: figures,
            csv: csv(groups, keys, filtered),
            left_out: (filtered.lines, filtered.bytes),
            files: outcome.files,
        }
    }
}

/// The report.
fn csv(groups: Groups, keys: &KeyPlan, filtered: LeftOut) -> String {
    let columns = vec![Column::Records, Column::Lines, Column::Bytes];
    let presentation =
        Presentation { keys: keys.clone(), columns, sort: Sort::default(), top: None, zone: Zone::default(), threads: 1 };
    let report = Report::new(groups, presentation, filtered, Files::default(), Vec::new());
    let mut csv = Vec::new();
    report.write(Form::Csv, Style::default(), &mut csv).unwrap();
    csv.escape_ascii().to_string().replace("\\n", "\n")
}

pub fn run(chunks: &'static [u64]) -> impl Strategy<Value = Run> {
    let roots = prop_oneof![
        2 => Just(Roots::Folder),
        2 => any::<[u8; 6]>().prop_map(Roots::Files),
        1 => any::<[u8; 6]>().prop_map(Roots::Both),
    ];
    let strategy = select(&[Reading::Auto, Reading::Mmap, Reading::Read]);
    let levels = select(&[Levels::Ignored, Levels::Counted]);
    let detail = select(&[Detail::Faults, Detail::EachFile]);
    (select(chunks), 1usize..=8, strategy, levels, roots, detail).prop_map(|(chunk, threads, strategy, levels, roots, detail)| {
        Run { chunk, threads, strategy, levels, roots, detail, decoding: Decoding::default(), limits: Limits::default() }
    })
}

/// Files in a folder.
#[derive(Clone, Debug)]
pub struct Tree {
    pub files: Vec<File>,
}

#[derive(Clone, Debug)]
pub struct File {
    /// Its path, and the service that this names.
    pub place: (&'static str, &'static str),
    pub log: Log,
}

/// Paths, and the services that they name.
const PLACES: [(&str, &str); 11] = [
    ("checkout.log", "checkout"),
    ("checkout.log.3", "checkout"),
    ("nginx-access-20240115.log", "nginx-access"),
    ("server.log.2016-12-19-23", "server"),
    ("web_2024-01-15T00.json", "web"),
    ("api.log-20240115", "api"),
    ("orders/app.log", "orders"),
    ("billing/logs/2024-01-15.log", "billing"),
    ("var/log/pods/shop_web-7d4_0f1e/cart/0.log", "cart"),
    (".hidden/stock.txt", "stock"),
    ("a", "a"),
];

impl Tree {
    /// A file alone.
    pub fn of(log: Log) -> Tree {
        Tree { files: vec![File { place: PLACES[0], log }] }
    }

    /// The path and the text of each file.
    pub fn texts(&self) -> Vec<(&'static str, &[u8])> {
        self.files.iter().map(|file| (file.place.0, &file.log.text[..])).collect()
    }

    /// Counts it.
    pub fn counted(&self, run: &Run, keys: &KeyPlan) -> Answer {
        let folder = self.write();
        run.of(&self.roots(folder.path(), &run.roots), keys, self.files.len())
    }

    pub fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in &self.files {
            let path = folder.path().join(file.place.0);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.log.text).unwrap();
        }
        folder
    }

    pub fn roots(&self, folder: &std::path::Path, how: &Roots) -> Vec<PathBuf> {
        let (order, extra) = match how {
            Roots::Folder => return vec![folder.to_owned()],
            Roots::Files(order) => (order, None),
            Roots::Both(order) => (order, Some(folder.to_owned())),
        };
        let mut files: Vec<_> = order.iter().zip(self.files.iter().map(|file| folder.join(file.place.0))).collect();
        files.sort();
        files.into_iter().map(|(_, path)| path).chain(extra).collect()
    }
}

pub fn tree(log: impl Strategy<Value = Log>) -> impl Strategy<Value = Tree> {
    (vec(log, 1..=6), Just(PLACES.to_vec()).prop_shuffle())
        .prop_map(|(logs, places)| Tree { files: places.into_iter().zip(logs).map(|(place, log)| File { place, log }).collect() })
}

/// A file's text, and the kinds of records in it.
#[derive(Clone)]
pub struct Log {
    pub kinds: Vec<Kind>,
    pub text: Bytes,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, rest) = self.text.split_at(self.text.len().min(4000));
        write!(f, "{:?} \"{}\" and {} bytes more", self.kinds, shown.escape_ascii(), rest.len())
    }
}

/// A file whose text is repeated until it has at least so many bytes.
pub fn log(least: usize) -> impl Strategy<Value = Log> {
    let kinds: [&[Kind]; 10] = [
        &[Kind::Json],
        &[Kind::Json],
        &[Kind::Syslog],
        &[Kind::App],
        &[Kind::Logfmt],
        &[Kind::Access],
        &[Kind::Plain],
        &[Kind::Jul],
        &[Kind::Json, Kind::App, Kind::Syslog],
        &[Kind::Json, Kind::Jul],
    ];
    let kinds = select(kinds.to_vec());
    let log = kinds.prop_flat_map(move |kinds| {
        let one = move || select(kinds).prop_flat_map(record);
        let mixed = vec(prop_oneof![3 => one(), 2 => continuation()], 0..24);
        let lines = prop_oneof![1 => mixed.boxed(), 1 => nearly_alike(one()).boxed()];
        let clear: Vec<_> = kinds.iter().flat_map(|kind| [record(*kind), record(*kind), record(*kind)]).collect();
        (
            (Just(kinds), beginning(), vec(continuation(), 0..3), clear.prop_shuffle()),
            (lines, subsequence(odd(kinds), 0..=odd(kinds).len().min(2)))
                .prop_flat_map(|(lines, odd)| Just([lines, odd].concat()).prop_shuffle()),
            (any::<u64>(), any::<u64>(), any::<bool>()),
        )
    });
    let text = log.prop_map(move |((kinds, beginning, before, clear), lines, (crlf, holes, ends))| {
        let body: Vec<Bytes> = [clear, lines].concat();
        let mut text = beginning.to_vec();
        let mut number = 0;
        let mut push = |line: &[u8], may_have_hole: bool| {
            number += 1;
            // A few lines have NULs before them.
            if may_have_hole && holes.rotate_left(number) & 15 == 0 {
                text.extend_from_slice(&[0; 5][..(number % 5 + 1) as usize]);
            }
            text.extend_from_slice(line);
            text.extend_from_slice(if crlf.rotate_left(number) & 1 == 0 { b"\n" } else { b"\r\n" });
            text.len()
        };
        for line in &before {
            push(line, false);
        }
        loop {
            let mut len = 0;
            for (at, line) in body.iter().enumerate() {
                len = push(line, at >= 3 * kinds.len());
            }
            if len >= least {
                break;
            }
        }
        if least > 64 << 10 && !kinds.contains(&Kind::Plain) {
            // These are records elsewhere; here the head has decided.
            let others: [(Kind, &[u8]); 3] = [
                (Kind::Json, b"{\"service\":\"other\"}"),
                (Kind::Logfmt, b"level=info service=other"),
                (Kind::Access, b"10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1"),
            ];
            for (_, line) in others.iter().filter(|(kind, _)| !kinds.contains(kind)) {
                push(line, false);
            }
        }
        if !ends {
            text.pop();
        }
        // More would make the file binary.
        let start = text.iter().take_while(|byte| **byte == 0).count();
        if text[start..].iter().filter(|byte| **byte == 0).count() * 20 > text.len() - start {
            text.retain(|byte| *byte != 0);
        }
        Log { kinds: kinds.to_vec(), text }
    });
    let nothing = one_of([b"", b"\n", b"\r\n \n\t", b"\xEF\xBB\xBF", b"\0\0\0\0", b"\0\0\n\n"]);
    prop_oneof![
        19 => text,
        1 => nothing.prop_map(|text| Log { kinds: vec![Kind::Plain], text: text.to_vec() }),
    ]
}

/// Records that differ in little: what a parser remembers of one must not be believed of the next.
fn nearly_alike(record: impl Strategy<Value = Bytes>) -> impl Strategy<Value = Vec<Bytes>> {
    let changes: [(&str, &str); 20] = [
        ("checkout", "checkouts"),
        ("checkout", "checkouT"),
        ("checkout", "cart"),
        ("aa", "aaa"),
        ("kernel", "kernels"),
        ("org.example", "org.examplf"),
        ("service", "servicf"),
        ("service", "services_"),
        ("app", "apt"),
        ("level", "lever"),
        ("info", "warn"),
        ("info", "debug"),
        ("INFO", "WARN"),
        ("INFO ", "ERROR "),
        ("hello", "hell"),
        ("hello", "hello hello hello"),
        (":00", ":59"),
        ("web1", "web22"),
        ("\":", "\" :"),
        ("200", "404"),
    ];
    let change = vec(select(changes.to_vec()), 0..3);
    (vec(record, 1..3), vec((any::<Index>(), change), 0..24)).prop_map(|(models, lines)| {
        let changed = |line: &Bytes, (from, to): &(&str, &str)| match memmem(line, from.as_bytes()) {
            Some(at) => [&line[..at], to.as_bytes(), &line[at + from.len()..]].concat(),
            None => line.clone(),
        };
        lines
            .iter()
            .map(|(model, changes)| changes.iter().fold(model.get(&models).clone(), |line, c| changed(&line, c)))
            .collect()
    })
}

/// Where a text first stands.
fn memmem(line: &[u8], text: &[u8]) -> Option<usize> {
    line.windows(text.len()).position(|window| window == text)
}

/// What some files begin with: nothing, a byte-order mark, the NULs of a truncated file.
fn beginning() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![4 => Just(&b""[..]), 1 => Just(&b"\xEF\xBB\xBF"[..]), 1 => one_of([&[0; 1], &[0; 64], &[0; 5000]])]
}

/// Files with lines of 1.5 to 3 MiB: a record that names its service at once, a continuation, and a record that names its
/// service where nobody looks.
fn long_lines() -> impl Strategy<Value = Log> {
    let kinds = select(&[Kind::Json, Kind::Syslog, Kind::App, Kind::Logfmt, Kind::Jul, Kind::Plain]);
    (kinds, vec((0..3usize, 3 * MIB / 2..3 * MIB), 1..3), any::<bool>()).prop_map(|(kind, long, ends)| {
        let (start, middle, end, short): (&[u8], &[u8], &[u8], &[u8]) = match kind {
            Kind::Json => (br#"{"service":"early","msg":""#, br#"{"msg":""#, br#"","app":"late"}"#, br#"{"app":"short"}"#),
            Kind::Logfmt => (b"level=info service=early msg=\"", b"level=info msg=\"", b"\" app=late", b"level=info app=short"),
            Kind::Syslog => (
                b"Jan 15 10:00:00 host early[1]: ",
                b"Jan 15 10:00:00 host ",
                b"[1]: late",
                b"<3>Jan 15 10:00:00 host short: text",
            ),
            Kind::App => (
                b"2024-01-15 10:00:00,123 INFO [main] early: ",
                b"2024-01-15 10:00:00,123 INFO [main] ",
                b": late",
                b"2024-01-15 10:00:00,123 WARN [main] short: text",
            ),
            Kind::Jul => (
                b"Jan 15, 2024 10:00:00 AM org.early run",
                b"Jan 15, 2024 10:00:00 AM ",
                b" late\nSEVERE: text",
                b"Jan 15, 2024 10:00:00 AM org.short run\nWARNING: text",
            ),
            Kind::Access | Kind::Plain => (b"early", b"", b"late", b"short"),
        };
        let continued: &[u8] = if kind == Kind::Jul { b"Jan 15, 2024 10:00:00 AM org.long run\r\nFINE: " } else { b"\t" };
        let short = [short, b"\n"].concat();
        let mut text = short.repeat(5);
        for (what, len) in long {
            let filling = vec![b'x'; len];
            text.extend(match what {
                0 => [start, &filling, end, b"\n"].concat(),
                1 => [continued, &filling, b"\r\n"].concat(),
                _ => [middle, &filling, end, b"\r\n"].concat(),
            });
            text.extend_from_slice(&short);
            text.extend_from_slice(b"continued\n");
        }
        if !ends {
            text.pop();
        }
        Log { kinds: vec![kind], text }
    })
}

/// Lines that begin no record, except in files of plain text.
fn continuation() -> BoxedStrategy<Bytes> {
    let long: &'static [u8] = &[b'y'; 3000];
    prop_oneof![
        2 => one_of([b"", b" ", b" \t ", b"\r", b"\0\0\0", b"\0 \t"]),
        4 => one_of([
            b"\tat org.example.Foo.bar(Foo.java:42)",
            b"Caused by: java.lang.IllegalStateException: broken",
            b"    ... 12 more",
            b"java.lang.NullPointerException",
            b"Traceback (most recent call last):",
            b"  File \"x.py\", line 3, in <module>",
            b"  and then key=value",
            b"the service is {\"service\":\"decoy\"}",
            b"{",
            b"{ }",
            b"}",
            b"[1, 2]",
            b"-----",
            b"SEVERE: of no record",
            b"> quoted, with a comma",
            b"\xff\xfe broken \0 bytes",
            "ünïcode wörds".as_bytes(),
            "\u{3000}".as_bytes(),
            long,
        ]),
    ]
    .prop_map(<[u8]>::to_vec)
    .boxed()
}

/// A record of a kind.
pub fn record(kind: Kind) -> BoxedStrategy<Bytes> {
    match kind {
        Kind::Json => json(),
        Kind::Logfmt => logfmt(),
        Kind::Syslog => syslog(),
        Kind::App => app(),
        Kind::Access => access(),
        Kind::Jul => jul(),
        Kind::Plain => continuation(),
    }
}

/// Records that lack what others of their kind have; at most two in a file.
fn odd(kinds: &[Kind]) -> Vec<Bytes> {
    let mut odd: Vec<&[u8]> = Vec::new();
    if kinds.contains(&Kind::App) {
        odd.push(b"2024-01-15 10:00:00,123 INFO [main] Started in 3 seconds");
        odd.push(b"2024-01-15 10:00:00,123 no level here");
    }
    if kinds.contains(&Kind::Syslog) {
        odd.push(b"Jan 15 10:00:00 host last message repeated 5 times");
        odd.push(b"Jan 15 10:00:00 host -- MARK --");
    }
    if kinds.contains(&Kind::Json) {
        odd.push(b"{\"service\":{\"name\":\"\"},\"logger\":null}");
    }
    if kinds.contains(&Kind::Logfmt) {
        odd.push(b"level=error");
    }
    if kinds.contains(&Kind::Jul) {
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n\nINFO: below a blank line");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n\tat x\nSEVERE: too late");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\nINFO:it has no space");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\nsevere: it is small");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n SEVERE: it is indented");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n\0\0SEVERE: behind a hole");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n\0\xEF\xBB\xBFSEVERE: put end to end");
        odd.push(b"Jan 15, 2024 10:00:00 AM org.example.Foo run\n\xEF\xBB\xBF\0SEVERE: a NUL within");
        odd.push(b"Jan 15, 2024 10:00:00 AM\nSEVERE: it has no name");
    }
    odd.into_iter().map(<[u8]>::to_vec).collect()
}

/// One of these.
fn one_of<const N: usize>(texts: [&'static [u8]; N]) -> impl Strategy<Value = &'static [u8]> + Clone {
    select(texts.to_vec())
}

/// At most so many of these, each once.
fn some_of<const N: usize>(texts: [&'static [u8]; N], most: usize) -> impl Strategy<Value = Vec<Bytes>> {
    subsequence(texts.map(<[u8]>::to_vec).to_vec(), 0..=most)
}

/// Up to four of these with spaces between them.
fn words<const N: usize>(words: [&'static [u8]; N]) -> impl Strategy<Value = Bytes> {
    vec(one_of(words), 0..5).prop_map(|words| words.join(&b' '))
}

/// One of these, or one of a few short ones.
fn name<const N: usize>(names: [&'static [u8]; N]) -> impl Strategy<Value = Bytes> + Clone {
    prop_oneof![2 => one_of(names).prop_map(<[u8]>::to_vec), 1 => "[a-c]{1,2}".prop_map(String::into_bytes)]
}

/// Wraps an object around the members, in the spacing of one writer or another.
fn object(members: &[Bytes], spacing: usize) -> Bytes {
    let (open, comma, close): (&[u8], &[u8], &[u8]) =
        [(&b"{"[..], &b","[..], &b"}"[..]), (b"{ ", b", ", b" }"), (b" \t{", b" ,\t", b"} ")][spacing];
    [open, &members.join(comma), close].concat()
}

fn json() -> BoxedStrategy<Bytes> {
    // As they are written: between quotes, or as they stand.
    let value = prop_oneof![
        8 => name([
            b"checkout",
            b"na\\\"me",
            b"back\\\\",
            b"tab\\there",
            b"new\\nline",
            b"\\u0061",
            b"caf\\u00e9",
            b"\\ud83d\\ude00",
            b"sl\\/ash",
            "café".as_bytes(),
            b"caf\xe9",
            b"\xff\xfe\xfd",
            b"with, comma",
            b" space around ",
            b"{}",
            b"exactly-16-bytes",
            b"exactly-17--bytes",
            b"a-name-that-is-longer-than-any-vector-register-of-the-machine",
        ])
        .prop_map(|name| [b"\"", &name[..], b"\""].concat()),
        2 => one_of([b"\"\"", b"null", b"[\"decoy\"]", b"{\"service\":\"decoy\"}", b"{}", b"42", b"0"]).prop_map(<[u8]>::to_vec),
    ];
    // `@` is where the value goes.
    let services = one_of([
        b"\"service\":@",
        b"\"service\":@",
        b"\"service\" : @",
        b"\"serv\\u0069ce\":@",
        b"\"service\":{\"version\":{\"name\":\"decoy\"},\"name\":@}",
        b"\"service.name\":@",
        b"\"app\":@",
        b"\"component\":@",
        b"\"SYSLOG_IDENTIFIER\":@",
        b"\"kubernetes\":{\"labels\":{\"app\":\"decoy\"},\"container_name\":@}",
        b"\"kubernetes.container_name\":@",
        b"\"logger\":@",
        b"\"name\":@",
        b"\"name\":@,\"hostname\":\"h\",\"pid\":1",
    ]);
    let members = [
        vec((services, value), 0..3)
            .prop_map(|members| {
                let mut keys: Vec<&[u8]> = Vec::new();
                let mut chosen = Vec::new();
                for (member, value) in members {
                    // Of a repeated key the naive counter would see the last.
                    let key = &member[..5];
                    if !keys.contains(&key) {
                        keys.push(key);
                        let at = member.iter().position(|byte| *byte == b'@').unwrap();
                        chosen.push([&member[..at], &value, &member[at + 1..]].concat());
                    }
                }
                chosen
            })
            .boxed(),
        some_of([b"\"ts\":\"2024-01-15T10:00:00Z\"", b"\"n\":-1.5e-3", b"\"ok\":true", b"\"none\":null"], 2).boxed(),
        some_of(
            [
                b"\"ctx\":{\"service\":\"decoy\",\"deep\":[{\"app\":\"decoy\"},\"]\"]}",
                b"\"services\":\"decoy\"",
                b"\"list\":[1,\"service\",{\"level\":\"error\"}]",
            ],
            1,
        )
        .boxed(),
        some_of(
            [
                b"\"level\":\"info\"",
                b"\"level\":\"WARN\"",
                b"\"level\":\"Error\"",
                b"\"level\":50",
                b"\"severity\":\"critical\"",
                b"\"log\":{\"level\":\"debug\",\"logger\":\"inner\"}",
            ],
            1,
        )
        .boxed(),
        words([
            b"hello",
            b"\\\"service\\\":\\\"decoy\\\"",
            b"\\\\",
            b"\\\\\\\"",
            b"{\\\"",
            b"}",
            b"\\n",
            b"\xff\xfe",
            b"a\0b",
            "ü€😀".as_bytes(),
            b"\x1b[31m",
            b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ])
        .prop_map(|text| vec![[b"\"msg\":\"", &text[..], b"\""].concat()])
        .boxed(),
    ];
    (members.to_vec(), 0..3usize)
        .prop_flat_map(|(members, spacing)| (Just(members.concat()).prop_shuffle(), Just(spacing)))
        .prop_map(|(members, spacing)| object(&members, spacing))
        .boxed()
}

fn logfmt() -> BoxedStrategy<Bytes> {
    let value = name([
        b"checkout",
        b"a.b/c",
        b"caf\xe9",
        "café".as_bytes(),
        b"\"with space\"",
        b"\"na\\\"me\"",
        b"\"back\\\\\"",
        b"\"a=b\"",
        b"",
        b"\"\"",
        b"42",
    ]);
    let keys = some_of([b"service=", b"service_name=", b"app=", b"component=", b"logger=", b"services="], 2);
    let named =
        (keys, vec(value, 2)).prop_map(|(keys, values)| keys.iter().zip(&values).map(|(k, v)| [&k[..], v].concat()).collect());
    let level = one_of([b"level=info", b"level=warning", b"severity=ERROR", b"level=panic", b"n=-1"]);
    let message =
        words([b"hello", b"service=decoy", b"\\\"", b"\\\\", b"k=v", b"\xff\xfe", b"a\0b", "ü".as_bytes(), b"{\\\"", b"="]);
    let message = message.prop_map(|text| [b"msg=\"", &text[..], b"\""].concat());
    let rest = (named, level, message).prop_flat_map(|(mut pairs, level, message): (Vec<Bytes>, _, _)| {
        pairs.extend([level.to_vec(), message]);
        Just(pairs).prop_shuffle()
    });
    let start = one_of([b"ts=2024-01-15T10:00:00Z", b"time=\"2024-01-15 10:00:00\""]);
    (start, rest).prop_map(|(start, rest)| [start, b" ", &rest.join(&b' ')].concat()).boxed()
}

/// Text of messages that are neither quoted nor escaped.
const MESSAGE: [&[u8]; 14] = [
    b"hello",
    b"a: b",
    b"[x]",
    b"ERROR",
    b"service=decoy",
    b"{\"service\":\"decoy\"}",
    b"(kafka.log.Log)",
    b"a - b",
    b"\xff\xfe",
    b"a\0b",
    "ü€😀".as_bytes(),
    b"\x1b[31mred",
    b"\r",
    b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

fn syslog() -> BoxedStrategy<Bytes> {
    let start = one_of([
        b"Jan 15 10:00:00 web1 ",
        b"<34>Jan 15 10:00:00 web1 ",
        b"<191>Feb 28 23:59:59 10.0.0.7 ",
        b"<0>Dec 31 00:00:00 h ",
        b"<12>Jan 15 10:00:00 db-2.example.org ",
    ]);
    let tag = name([b"kernel", b"sshd(pam_unix)", b"postfix/smtpd", "café".as_bytes(), b"caf\xe9", b"-", b"my-app_1.2"]);
    let whole = name([b"Google Chrome", b"com.apple.xpc.launchd", b"caf\xe9 bar"]);
    let tag = prop_oneof![
        3 => tag.clone().prop_map(|tag| [&tag[..], b": "].concat()),
        3 => whole.prop_map(|tag| [&tag[..], b"[4711]: "].concat()),
        1 => tag.clone().prop_map(|tag| [&tag[..], b"[x1]: "].concat()),
        1 => tag.prop_map(|tag| [&tag[..], b" 1.4.1: "].concat()),
    ];
    (start, tag, words(MESSAGE)).prop_map(|(start, tag, message)| [start, &tag, &message].concat()).boxed()
}

fn app() -> BoxedStrategy<Bytes> {
    let start = one_of([b"2024-01-15 10:00:00,123 ", b"2024-01-31 23:59:59,999 "]);
    let level = one_of([b"INFO ", b"INFO  ", b"WARN ", b"ERROR ", b"DEBUG ", b"FATAL "]);
    let thread = one_of([b"[main] ", b"[http-nio-8080-exec-1] ", b"[pool-1-thread-2] "]);
    let name = name([
        b"org.example.Foo",
        b"c.e.Bar$Inner",
        b"checkout",
        b"a::b",
        "naïve.Logger".as_bytes(),
        b"caf\xe9.Svc",
        b"o.e.Padded     ",
    ]);
    (start, level, thread, name, words(MESSAGE))
        .prop_map(|(start, level, thread, name, message)| [start, level, thread, &name, b": ", &message].concat())
        .boxed()
}

fn access() -> BoxedStrategy<Bytes> {
    let host = name([b"example.com", b"shop.example.org", "bücher.example".as_bytes(), b"caf\xe9.example"]);
    let host = prop_oneof![Just(Vec::new()), host.prop_map(|host| [&host[..], b" "].concat())];
    let request = words([b"GET", b"/a", b"/b?service=decoy", b"\\x16\\x03", b"\xff", b"a\0b", b"HTTP/1.1", b"[x]"]);
    let status = one_of([b"200", b"301", b"404", b"500", b"503"]);
    let rest = one_of([b" 123", b" -", b" 0 \"https://example.com/\" \"Mozilla/5.0 (X11; [x]) \\\"q\\\"\""]);
    (host, request, status, rest)
        .prop_map(|(host, request, status, rest)| {
            [&host[..], b"10.0.0.7 - - [15/Jan/2024:10:00:00 +0000] \"", &request, b"\" ", status, rest].concat()
        })
        .boxed()
}

/// Two lines each.
fn jul() -> BoxedStrategy<Bytes> {
    let start = one_of([b"Jan 15, 2024 10:00:00 AM ", b"Dec 31, 2024 11:59:59 PM "]);
    let name = one_of([b"org.example.Foo", b"c.e.Bar$Inner", "naïve.Logger".as_bytes(), b"caf\xe9.Svc"]);
    let method = one_of([b" run", b" <init>", b" lambda$main$0", b" info", b" severe"]);
    let between = one_of([b"\n", b"\r\n"]);
    let level = one_of([b"SEVERE:", b"WARNING:", b"INFO:", b"CONFIG:", b"FINE:", b"FINER:", b"FINEST:"]);
    let message = prop_oneof![1 => Just(Vec::new()), 6 => words(MESSAGE).prop_map(|text| [b" ", &text[..]].concat())];
    (start, name, method, between, level, message)
        .prop_map(|(start, name, method, between, level, message)| [start, name, method, between, level, &message].concat())
        .boxed()
}

/// Groups, shown so that they can be read.
#[derive(PartialEq)]
struct Shown<'g>(&'g BTreeMap<Vec<Bytes>, Figures>);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (names, figures) in self.0 {
            let names: Vec<String> = names.iter().map(|name| name.escape_ascii().to_string()).collect();
            writeln!(f, "{} {figures:?}", names.join(" | "))?;
        }
        Ok(())
    }
}
