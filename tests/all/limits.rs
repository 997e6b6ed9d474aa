//! How many groups there may be: a file that makes too many counts as one group, whoever counts it and however it is stored, and all
//! together with too many end the run, which says why.

use crate::{
    filtered::filter,
    laws::{Answer, Bytes, Figures, Run, Tree, config, log, run, tree},
    naive::{self, Counts},
    sandbox::{Ran, Sandbox, ran},
    stored::{Shape, Stored, decoding, shape},
};
use logtally::{
    classify::{Filter, KeyField, KeyPlan, Levels},
    engine::{Limits, NoOutcome},
    tally::MaxGroups,
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::{Command, Stdio},
};

/// What a tree comes to where a file may make so many groups: its groups, what is left out, and the files that make more.
struct Expected {
    groups: BTreeMap<Vec<Bytes>, Figures>,
    left_out: (u64, u64),
    over: BTreeSet<&'static str>,
}

fn expected(tree: &Tree, fields: &[KeyField], most: u64, filter: &naive::Filter) -> Expected {
    let (mut groups, mut left_out, mut over) = (BTreeMap::new(), (0, 0), BTreeSet::new());
    for file in &tree.files {
        let (path, service) = file.place;
        let mut counts = Counts::new();
        naive::count(&file.log.text, &file.log.kinds, service.as_bytes(), filter, &mut counts, &mut left_out);
        let names = |service: &[u8], level: &str| {
            fields
                .iter()
                .map(|field| if *field == KeyField::Service { service.to_vec() } else { level.into() })
                .collect::<Vec<Bytes>>()
        };
        let mut own: BTreeMap<Vec<Bytes>, Figures> = BTreeMap::new();
        for ((service, level), (records, lines, bytes)) in counts {
            let failed = if matches!(level, "error" | "fatal") { records } else { 0 };
            let warned = if level == "warn" { records } else { 0 };
            add(own.entry(names(&service, level)).or_default(), [records, lines, bytes, failed, warned]);
        }
        if own.len() as u64 > most {
            over.insert(path);
            let mut all = Figures::default();
            own.values().for_each(|figures| add(&mut all, *figures));
            own = BTreeMap::from([(names(service.as_bytes(), "-"), all)]);
        }
        own.into_iter().for_each(|(names, figures)| add(groups.entry(names).or_default(), figures));
    }
    Expected { groups, left_out, over }
}

fn add(sum: &mut Figures, figures: Figures) {
    sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
}

/// So many of a file, and as many of all as there are.
fn per_file(most: u64) -> Limits {
    Limits { per_file: MaxGroups::new(most), ..Limits::default() }
}

fn counts_up_to_the_limit(
    tree: &Tree,
    runs: &[Run],
    most: u64,
    filter: &Filter,
    naive_filter: &naive::Filter,
) -> Result<(), TestCaseError> {
    let folder = tree.write();
    for fields in [&[KeyField::Service][..], &[KeyField::Service, KeyField::Level], &[KeyField::Level]] {
        let keys = KeyPlan::new(fields);
        let expected = expected(tree, fields, most, naive_filter);
        for run in runs {
            let run = Run { limits: per_file(most), ..run.clone() };
            let outcome = run.outcome(&tree.roots(folder.path(), &run.roots), &keys, filter).unwrap();
            let over: BTreeSet<_> = outcome.failures.iter().map(|failure| failure.path.clone()).collect();
            let paths: BTreeSet<PathBuf> = expected.over.iter().map(|path| folder.path().join(path)).collect();
            prop_assert_eq!(&over, &paths, "{:?}", run);
            prop_assert!(outcome.failures.iter().all(|failure| failure.cause.status() == "limit"));
            prop_assert_eq!(outcome.counted as usize, tree.files.len() - expected.over.len());
            let mut answer = Answer::of(outcome, &keys);
            let mut groups = expected.groups.clone();
            if run.levels == Levels::Ignored {
                answer.groups.values_mut().chain(groups.values_mut()).for_each(|figures| figures[3..].fill(0));
            }
            prop_assert_eq!(&answer.groups, &groups, "{:?}", run);
            prop_assert_eq!(answer.left_out, expected.left_out, "{:?}", run);
            for file in &answer.files {
                let status = if file.lines == 0 { "empty" } else { "ok" };
                let expected = if paths.contains(&file.path) { "limit" } else { status };
                prop_assert_eq!(file.status, expected, "{:?}", file.path);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(40))]

    /// Trees of small files, cut into chunks that may be smaller than a line.
    #[test]
    fn a_small_file_that_makes_too_many_groups_counts_as_one(
        tree in tree(log(0)),
        runs in vec(run(&[1, 7, 64, 1000, 4 << 20]), 3),
        most in 1u64..8,
        filter in prop_oneof![2 => Just(Default::default()), 1 => filter()],
    ) {
        counts_up_to_the_limit(&tree, &runs, most, &filter.0, &filter.1)?;
    }

    /// However it is compressed and archived, it is the same.
    #[test]
    fn a_file_that_makes_too_many_groups_counts_as_one_however_it_is_stored(
        tree in tree(log(0)),
        shape in shape(),
        runs in vec((run(&[1, 1000, 4 << 20]), decoding()), 2),
        most in 1u64..8,
    ) {
        stored_counts_up_to_the_limit(&tree, &shape, &runs, most)?;
    }
}

proptest! {
    #![proptest_config(config(10))]

    /// Files of several blocks, some of whose groups come late.
    #[test]
    fn a_file_that_makes_too_many_groups_counts_as_one(
        tree in tree((0usize..400 << 10).prop_flat_map(log)),
        shape in shape(),
        runs in vec((run(&[1000, 64 << 10, 4 << 20]), decoding()), 2),
        most in 1u64..12,
    ) {
        let plain: Vec<Run> = runs.iter().map(|(run, _)| run.clone()).collect();
        counts_up_to_the_limit(&tree, &plain, most, &Filter::default(), &naive::Filter::default())?;
        stored_counts_up_to_the_limit(&tree, &shape, &runs, most)?;
    }
}

fn stored_counts_up_to_the_limit(
    tree: &Tree,
    shape: &Shape,
    runs: &[(Run, (prop::sample::Index, logtally::engine::Sharing))],
    most: u64,
) -> Result<(), TestCaseError> {
    let stored = Stored::new(tree, shape);
    let fields = [KeyField::Service, KeyField::Level];
    let keys = KeyPlan::new(&fields);
    let expected = expected(tree, &fields, most, &naive::Filter::default());
    for (run, (_, sharing)) in runs {
        let mut run = Run { limits: per_file(most), levels: Levels::Counted, ..run.clone() };
        run.decoding.sharing = *sharing;
        let outcome = run.outcome(&[stored.folder.path().to_owned()], &keys, &Filter::default()).unwrap();
        let over: BTreeSet<&str> = outcome
            .failures
            .iter()
            .map(|failure| stored.paths[failure.path.strip_prefix(stored.folder.path()).unwrap().to_str().unwrap()])
            .collect();
        prop_assert_eq!(&over, &expected.over, "{:?}", run);
        prop_assert_eq!(outcome.counted as usize, tree.files.len() - over.len());
        prop_assert_eq!(&Answer::of(outcome, &keys).groups, &expected.groups, "{:?}", run);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(40))]

    /// Whether all files together make too many groups depends on nothing but the files.
    #[test]
    fn a_run_of_too_many_groups_ends_whoever_counts_them(
        tree in tree(log(0)),
        runs in vec(run(&[1, 64, 4 << 20]), 3),
        most in 1u64..30,
        file in select(&[3u64, 1000]),
    ) {
        let folder = tree.write();
        let fields = [KeyField::Service, KeyField::Level];
        let keys = KeyPlan::new(&fields);
        let groups = expected(&tree, &fields, file, &naive::Filter::default()).groups.len() as u64;
        for run in &runs {
            let run = Run { limits: Limits { in_all: MaxGroups::new(most), ..per_file(file) }, ..run.clone() };
            let outcome = run.outcome(&tree.roots(folder.path(), &run.roots), &keys, &Filter::default());
            match outcome {
                Ok(outcome) => prop_assert_eq!((outcome.tally.into_groups().len() as u64, groups <= most), (groups, true)),
                Err(NoOutcome::TooManyGroups(_)) => prop_assert!(groups > most, "{} of {}: {:?}", groups, most, run),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// Lines of so many services, each twice, and one that continues a record.
fn services(number: usize) -> String {
    (0..2 * number).map(|at| format!("{{\"service\":\"s{}\",\"level\":\"error\"}}\n  continued\n", at % number)).collect()
}

const COLUMNS: [&str; 2] = ["--columns", "records,lines,errors"];

fn limited(sandbox: &Sandbox, most: &str, more: &[&str]) -> Ran {
    sandbox.run(&[&COLUMNS[..], &["--max-groups-per-file", most], more].concat())
}

#[test]
fn what_is_misread_is_counted_whole_and_named() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/shop.log", services(50));
    sandbox.write("logs/few.log", services(5));
    let whole = |err: &str, path: &str| {
        let expected = format!(
            "logtally: incomplete: 1 input could not be counted whole, 1 file counted\n  {path}: it makes more than 20 groups, as what is \
             misread does, so all of it is counted under 'shop'; --max-groups-per-file allows more\n"
        );
        assert_eq!(err, expected);
    };
    let report = "service,records,lines,errors\nshop,100,200,100\ns0,2,4,2\ns1,2,4,2\ns2,2,4,2\ns3,2,4,2\ns4,2,4,2\n";
    for io in
        [&["--io", "mmap"][..], &["--io", "read"], &["--io", "mmap", "--chunk-size", "100"], &["--chunk-size", "100", "-j", "7"]]
    {
        let (out, err) = limited(&sandbox, "20", &[io, &["logs"]].concat()).incomplete();
        assert_eq!(out, report, "{io:?}");
        whole(&err, "logs/shop.log");
    }
    // What it is by its path is all that is known of it.
    let (out, err) = limited(&sandbox, "20", &["--by", "level,service,format,file", "logs/shop.log"]).incomplete();
    assert_eq!(out, "level,service,format,file,records,lines,errors\n-,shop,json,logs/shop.log,100,200,100\n");
    assert!(err.contains("so all of it is counted under 'shop'; "), "{err}");
    let (out, err) = limited(&sandbox, "3", &["--by", "field:service", "logs/few.log"]).incomplete();
    assert_eq!(out, "field:service,records,lines,errors\n-,10,20,10\n");
    assert!(err.contains("more than 3 groups, as what is misread does, so all of it is counted as one; "), "{err}");
    // As many as there may be are not too many.
    assert!(limited(&sandbox, "50", &["logs"]).complete().contains("\ns49,2,4,2\n"));
    assert!(limited(&sandbox, "5", &["logs/few.log"]).complete().contains("\ns4,2,4,2\n"));
}

#[test]
fn wherever_it_comes_from() {
    let sandbox = Sandbox::new();
    let text = services(50);
    sandbox.write("logs/shop.log", &text);
    sandbox.write("logs/few.log", services(5));
    let few = "s0,2,4,2\ns1,2,4,2\ns2,2,4,2\ns3,2,4,2\ns4,2,4,2\n";
    let piped = sandbox.run_with_input(&[&COLUMNS[..], &["--max-groups-per-file", "20", "-"]].concat(), text.as_bytes());
    let (out, err) = piped.incomplete();
    assert_eq!(out, "service,records,lines,errors\nstdin,100,200,100\n");
    assert!(err.contains("  -: it makes more than 20 groups"), "{err}");
    for (command, path, archive) in [
        ("gzip -k logs/shop.log", "logs/shop.log.gz", false),
        ("tar cf x.tar logs/shop.log logs/few.log", "x.tar", true),
        ("tar czf x.tgz logs/shop.log logs/few.log", "x.tgz", true),
    ] {
        let made = Command::new("sh").args(["-c", command]).current_dir(sandbox.path()).status().unwrap();
        assert!(made.success(), "{command}");
        let (out, err) = limited(&sandbox, "20", &[path]).incomplete();
        let (rest, member) = if archive { (few, "!/logs/shop.log") } else { ("", "") };
        assert_eq!(out, format!("service,records,lines,errors\nshop,100,200,100\n{rest}"), "{command}");
        assert!(err.contains(&format!("  {path}{member}: it makes more than 20 groups")), "{err}");
    }
    // Each member is a file of its own, however many groups they have together.
    assert!(limited(&sandbox, "50", &["x.tgz"]).complete().contains("\ns49,2,4,2\n"));
}

#[test]
fn the_report_on_files_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", services(50));
    let arguments = [&COLUMNS[..], &["--max-groups-per-file", "20", "--files-report", "files.csv", "shop.log"]].concat();
    sandbox.run(&arguments).incomplete();
    let files = sandbox.read("files.csv");
    assert!(files.contains("\nshop.log,json,none,limit,"), "{files}");
    assert!(
        files.contains(
            ",200,100,0,0,\"it makes more than 20 groups, as what is misread does, so all of it is counted under 'shop'"
        ),
        "{files}"
    );
    let strict = sandbox.run(&["--strict", "--max-groups-per-file", "20", "shop.log"]).failed();
    assert!(strict.contains("no report is written, as --strict asks"), "{strict}");
}

/// The beginning of a damaged file may make too many groups too: both are said, and what is missing is the worse of it.
#[test]
fn what_is_damaged_besides_is_said_too() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", services(5000));
    assert!(Command::new("gzip").arg("shop.log").current_dir(sandbox.path()).status().unwrap().success());
    let path = sandbox.path().join("shop.log.gz");
    let stored = std::fs::read(&path).unwrap();
    std::fs::write(&path, &stored[..stored.len() - 1000]).unwrap();
    let (out, err) = limited(&sandbox, "20", &["--files-report", "files.csv", "."]).incomplete();
    assert!(out.starts_with("service,records,lines,errors\nshop,") && out.lines().count() == 2, "{out}");
    assert!(err.contains("--max-groups-per-file allows more; and: damaged gzip data, cut short at byte"), "{err}");
    assert!(sandbox.read("files.csv").contains(",damaged,"));
}

/// Times are groups too; those that are known at a look are counted elsewhere than the others, and are the same groups.
#[test]
fn a_group_in_time_counts_once() {
    let sandbox = Sandbox::new();
    let line =
        |minute: usize, service: usize| format!("{{\"time\":\"2024-01-15T10:{minute:02}:00Z\",\"service\":\"s{service}\"}}\n");
    let text: String = (0..4000).map(|at| line(at / 4 % 60, at % 4)).collect();
    sandbox.write("shop.log", text);
    for more in [&["-j1"][..], &["-j3", "--chunk-size", "1000"]] {
        let run = |most| limited(&sandbox, most, &[more, &["--by", "minute,service", "."]].concat());
        assert_eq!(run("240").complete().lines().count(), 241);
        let (out, _) = run("239").incomplete();
        assert_eq!(out, "minute,service,records,lines,errors\n-,shop,4000,4000,0\n");
    }
}

#[test]
fn too_many_groups_in_all_end_the_run_with_what_made_them() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", services(50));
    sandbox.write("b.log", services(70));
    let report = sandbox.write("report.csv", "of yesterday");
    for more in [&["-j1"][..], &["-j3", "--io", "mmap", "--chunk-size", "100"], &["--files-report", "files.csv"]] {
        assert_eq!(
            sandbox.run(&[more, &["--max-groups", "70", "a.log", "b.log"]].concat()).complete().lines().count(),
            71,
            "{more:?}"
        );
        let err = sandbox
            .run(&[more, &["--max-groups", "69", "--by", "level,service", "-o", "report.csv", "a.log", "b.log"]].concat())
            .failed();
        assert!(err.starts_with("logtally: more than 69 groups: service has too many values, such as 's"), "{err}");
        assert!(err.contains("allow more with --max-groups") && err.lines().count() == 1, "{err}");
        assert_eq!(std::fs::read_to_string(&report).unwrap(), "of yesterday");
    }
    // A file that counts as one group is one.
    assert_eq!(
        limited(&sandbox, "60", &["--max-groups", "51", "a.log", "b.log"]).incomplete().0.lines().count(),
        52,
        "s0 to s49, and b"
    );
    let err = sandbox.run(&["bench", "--runs", "1", "--threads", "1", "--max-groups", "69", "a.log", "b.log"]).failed();
    assert!(err.contains("more than 69 groups: service has too many values"), "{err}");
}

#[test]
fn what_was_too_much_is_shown_so_that_it_harms_no_terminal() {
    let sandbox = Sandbox::new();
    let text: String = (0..100).map(|at| format!("{{\"service\":\"\\u001b[2J\\n{at}{}\"}}\n", "x".repeat(5000))).collect();
    sandbox.write("a.log", text);
    let err = sandbox.run(&["--max-groups", "50", "a.log"]).failed();
    assert!(err.contains("such as '\\u{1b}[2J\\n") && err.contains("xxx...'"), "{err}");
    assert!(err.lines().count() == 1 && !err.trim_end().contains(char::is_control) && err.len() < 500, "{err:?}");
}

#[test]
fn a_limit_is_a_number_from_one_on_and_can_be_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", services(50));
    for option in ["--max-groups", "--max-groups-per-file"] {
        for wrong in ["0", "-1", "1M", ""] {
            let err = sandbox.run(&[option, wrong, "a.log"]).failed();
            assert!(err.contains(option) && err.contains("is no number of groups; write a whole number from 1 on"), "{err}");
        }
    }
    sandbox.write("config", "--max-groups-per-file=20\n--max-groups 100\n");
    let (out, _) = sandbox.run(&["--config", "config", "--format", "json", "a.log"]).incomplete();
    assert!(out.contains("\"max_groups_per_file\": \"20\"") && out.contains("\"max_groups\": \"100\""), "{out}");
    assert!(sandbox.run(&["detect", "--config", "config", "a.log"]).complete().contains("json"), "they are none of its concern");
}

/// Names of 40 MB, which memory would have to hold if they were groups; and as addresses are limited, a run that needs more ends.
#[test]
fn memory_is_bounded_by_the_limits() {
    let sandbox = Sandbox::new();
    let names = |from: usize, number: usize| {
        (from..from + number).map(|at| format!("{{\"service\":\"{at:0200}\"}}\n")).collect::<String>()
    };
    sandbox.write("shop.log", names(0, 200_000));
    (0..20).for_each(|file| drop(sandbox.write(&format!("shops/{file}.log"), names(file * 10_000, 10_000))));
    let limited = |more: &str, from: &str| {
        let script = format!("ulimit -v 60000 && exec \"$0\" --columns records -j1 {more} {from}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_logtally")]).current_dir(sandbox.path()).stdin(Stdio::null());
        ran(command.env("MALLOC_ARENA_MAX", "1").env("HOME", sandbox.path().join("no-such-home")))
    };
    for from in ["--io read shop.log", "--io read --chunk-size 1G shop.log", "- < shop.log"] {
        let (out, _) = limited("--max-groups-per-file 1000", from).incomplete();
        assert!(out.ends_with(",200000\n"), "{out}");
    }
    let err = limited("--max-groups 1000", "shops").failed();
    assert!(err.starts_with("logtally: more than 1000 groups"), "{err}");
    for from in ["--io read shop.log", "shops"] {
        assert_ne!(limited("", from).code, Some(0), "there is memory enough without a limit, or this test says nothing");
    }
}
