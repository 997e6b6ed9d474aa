//! `--stats`: where the time of a run went. Times are the machine's, so of them only what must hold of any is held against them; bytes are
//! exact.

use crate::{
    encoders::{self, Codec, Forms},
    sandbox::{Ran, Sandbox, tree},
    text::{ByteOrder, utf16},
};
use serde_json::Value;

/// Records of a service in JSON, about as many bytes as these, that a codec can halve and no more.
fn log(bytes: usize) -> String {
    let (mut text, mut noise) = (String::new(), Forms(7));
    while text.len() < bytes {
        let words: Vec<String> = (0..8).map(|_| format!("{:06x}", noise.next(1 << 24))).collect();
        text.push_str(&format!("{{\"service\":\"s{}\",\"msg\":\"{}\"}}\n", noise.next(5), words.concat()));
    }
    text
}

/// The last line that was said.
#[track_caller]
fn figures(ran: &Ran) -> Value {
    let line = ran.err.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
}

/// Stored, decoded and counted bytes.
fn bytes(figures: &Value) -> [u64; 3] {
    ["read", "decode", "count"].map(|phase| figures["phases"][phase]["bytes"].as_u64().unwrap())
}

/// Runs with and without figures over the same, which must give the same report, and gives the figures.
#[track_caller]
fn measured(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let plain = sandbox.run(arguments).complete();
    let ran = sandbox.run(&[&["--stats=json"], arguments].concat());
    assert_eq!((ran.code, &ran.out), (Some(0), &plain));
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    let figures = figures(&ran);
    adds_up(&figures);
    figures
}

/// What must hold of the times of any run.
#[track_caller]
fn adds_up(figures: &Value) {
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{figures:#}"));
    // Nanoseconds, as decimals of seconds.
    let equal = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let phases: f64 = figures["phases"].as_object().unwrap().values().map(|phase| number(&phase["time_s"])).sum();
    let threads = figures["threads"].as_array().unwrap();
    let busy: f64 = threads.iter().map(|thread| number(&thread["busy_s"])).sum();
    assert!(equal(phases, busy) && equal(busy, number(&figures["busy_s"])), "{figures:#}");
    let wall = number(&figures["wall_s"]);
    for thread in threads {
        let parts = ["busy_s", "waiting_s", "locks_s", "idle_s"].map(|part| number(&thread[part]));
        let whole = number(&thread["time_s"]);
        assert!(equal(parts.iter().sum(), whole), "nothing of a thread's time is lost, or twice there: {figures:#}");
        assert!(whole <= wall * number(&thread["threads"]) + 1e-6, "{figures:#}");
    }
    assert_eq!((&threads[0]["role"], number(&threads[0]["time_s"])), (&"main".into(), wall));
    // Of the process are also its start, and the thread that waits for signals.
    let cpu: f64 = threads.iter().map(|thread| number(&thread["cpu_s"])).sum();
    assert!(cpu > 0.0 && cpu <= number(&figures["cpu_s"]), "{figures:#}");
    assert!(number(&figures["start_s"]) > 0.0, "{figures:#}");
}

#[test]
fn bytes_of_plain_files_are_those_of_the_files_however_they_are_read() {
    let sandbox = Sandbox::new();
    let (text, small) = (log(700_000), log(3_000));
    sandbox.write("logs/big.log", &text);
    for number in 0..20 {
        sandbox.write(&format!("logs/small/{number}.log"), &small);
    }
    let all = (text.len() + 20 * small.len()) as u64;
    for io in ["auto", "read", "mmap"] {
        for threads in ["1", "3"] {
            let figures = measured(&sandbox, &["--io", io, "--chunk-size", "64K", "-j", threads, "logs"]);
            assert_eq!(bytes(&figures), [all, 0, all], "{io}, {threads} threads");
            assert_eq!(figures["phases"]["walk"]["files"], 21);
            assert_eq!(figures["phases"]["walk"]["folders"], 2);
            let lines = text.lines().count() + 20 * small.lines().count();
            assert_eq!((&figures["phases"]["count"]["lines"], &figures["phases"]["count"]["files"]), (&lines.into(), &21.into()));
            let workers: Vec<u64> =
                figures["threads"].as_array().unwrap().iter().filter_map(|thread| thread["worker"].as_u64()).collect();
            let expected: Vec<u64> = (1..=threads.parse().unwrap()).collect();
            assert_eq!(workers, expected);
        }
    }
}

#[test]
fn what_filters_leave_out_was_counted_too() {
    let sandbox = Sandbox::new();
    let text = log(200_000);
    sandbox.write("big.log", &text);
    let arguments = ["--service", "s1", "--files-report", "files.csv", "big.log"];
    let figures = measured(&sandbox, &arguments);
    assert_eq!(bytes(&figures), [text.len() as u64, 0, text.len() as u64]);
    assert_eq!(figures["phases"]["count"]["lines"], text.lines().count());
    let records = text.matches("\"service\":\"s1\"").count();
    assert_eq!(figures["phases"]["count"]["records"], records);
}

#[test]
fn bytes_of_compressed_files_are_the_stored_and_the_decoded_ones() {
    let text = log(300_000);
    for codec in Codec::ALL {
        let sandbox = Sandbox::new();
        // With numbers of 0 there is nothing behind a stream.
        let stored = codec.encoded(&[text.as_bytes()], 0);
        sandbox.write(&format!("big.log{}", codec.ending()), &stored);
        let decoded = if codec == Codec::Plain { 0 } else { text.len() as u64 };
        for threads in ["1", "2"] {
            let figures = measured(&sandbox, &["-j", threads, "."]);
            assert_eq!(bytes(&figures), [stored.len() as u64, decoded, text.len() as u64], "{codec:?}, {threads} threads");
        }
    }
}

/// A file that others would wait for is decoded by threads of its own: whole by one, in pieces by several.
#[test]
fn decoders_of_large_files_have_times_of_their_own() {
    let text = log(2_400_000);
    let (front, back) = text.as_bytes().split_at(text.len() / 2);
    for (parts, decoders) in [(&[text.as_bytes()][..], 1), (&[front, back], 2)] {
        let sandbox = Sandbox::new();
        let stored = Codec::Zstd.encoded(parts, 0);
        sandbox.write("big.log.zst", &stored);
        let figures = measured(&sandbox, &["-j", "2", "."]);
        assert_eq!(bytes(&figures), [stored.len() as u64, text.len() as u64, text.len() as u64]);
        let threads = figures["threads"].as_array().unwrap();
        let of = |role: &str| threads.iter().filter(|thread| thread["role"] == role).collect::<Vec<_>>();
        assert_eq!((of("decoder")[0]["threads"].as_u64(), of("worker").len()), (Some(decoders), 1), "{figures:#}");
        let decoding = figures["phases"]["decode"]["time_s"].as_f64().unwrap();
        let busy = of("decoder")[0]["busy_s"].as_f64().unwrap();
        assert!(decoding > 0.0 && decoding <= busy, "it is they who decode: {figures:#}");
        assert!(of("worker")[0]["waiting_s"].as_f64().unwrap() > 0.0, "and the worker waits: {figures:#}");
    }
}

#[test]
fn bytes_of_archives_streams_and_other_encodings() {
    let sandbox = Sandbox::new();
    let text = log(150_000);
    let members = [("a.log".to_owned(), text.clone().into_bytes()), ("b/b.log".to_owned(), text[..9_000].into())];
    let counted = text.len() as u64 + 9_000;
    let tar = encoders::tar(&members);
    sandbox.write("logs.tar", &tar);
    assert_eq!(bytes(&measured(&sandbox, &["logs.tar"])), [tar.len() as u64, 0, counted]);

    // What is decoded is the archive, with all that is in it beside texts.
    let tar_gz = Codec::Gzip.encoded(&[&tar], 0);
    sandbox.write("logs.tar.gz", &tar_gz);
    assert_eq!(bytes(&measured(&sandbox, &["logs.tar.gz"])), [tar_gz.len() as u64, tar.len() as u64, counted]);

    let zip = encoders::zip(&members, 1);
    sandbox.write("logs.zip", &zip);
    assert_eq!(bytes(&measured(&sandbox, &["logs.zip"])), [zip.len() as u64, counted, counted]);

    let windows = utf16(&text, ByteOrder::Little);
    sandbox.write("windows.log", &windows);
    assert_eq!(bytes(&measured(&sandbox, &["windows.log"])), [windows.len() as u64, 0, windows.len() as u64]);

    let arguments = ["--stats=json", "-"];
    let piped = figures(&sandbox.run_with_input(&arguments, text.as_bytes()));
    assert_eq!(bytes(&piped), [text.len() as u64, 0, text.len() as u64]);
    let packed = Codec::Gzip.encoded(&[text.as_bytes()], 0);
    let piped = figures(&sandbox.run_with_input(&arguments, &packed));
    assert_eq!(bytes(&piped), [packed.len() as u64, text.len() as u64, text.len() as u64]);
    adds_up(&piped);
}

/// For people they stand in tables, of which only the figures differ from run to run.
#[test]
fn tables_for_people() {
    let sandbox = tree();
    let ran = sandbox.run(&["--stats", "-j", "1", "logs"]);
    assert_eq!((ran.code, &ran.out), (Some(0), &sandbox.run(&["logs"]).complete()));
    let firsts: Vec<&str> = ran.err.lines().map(|line| line.split("  ").next().unwrap()).collect();
    let phases = ["phase", "walk", "read", "detect", "decode", "count", "merge", "report", "other", "all", ""];
    let rest = ["thread", "main", "worker 1", "", "wall", "memory", "disk", "found", "counted"];
    // Some systems do not tell of memory and disks.
    let known = |name: &&str| firsts.contains(name) || !matches!(*name, "memory" | "disk");
    assert_eq!(firsts, phases.into_iter().chain(rest).filter(known).collect::<Vec<_>>(), "{}", ran.err);
    // Two files: 4 + 4 lines, of which 3 + 2 begin a record.
    assert!(ran.err.ends_with("\nfound      2 files in 2 folders\ncounted    5 records, 8 lines in 2 files\n"), "{}", ran.err);
}

/// What is asked for is said, also where nothing else is, and behind all else; it changes no status.
#[test]
fn figures_are_the_last_that_is_said() {
    let sandbox = tree();
    sandbox.write("logs/cut.gz", [0x1f, 0x8b, 8, 8]);
    let (report, said) = sandbox.run(&["logs"]).incomplete();
    let (out, err) = sandbox.run(&["--stats=json", "logs"]).incomplete();
    assert_eq!(out, report);
    assert!(err.starts_with(&said) && err.lines().count() == said.lines().count() + 1, "{err}");
    let ran = sandbox.run(&["-q", "--stats=json", "logs"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{}", ran.err);
    adds_up(&figures(&ran));
    let said = sandbox.run(&["--strict", "--stats=json", "logs"]).failed();
    assert!(said.contains("\nlogtally: no report is written, as --strict asks\n{\"schema\":1,"), "{said}");
    let said = sandbox.run(&["--stats=json", "-o", "missing/report.csv", "logs"]).failed();
    assert!(!said.contains('{'), "nothing was counted: {said}");
    sandbox.write("nothing/empty.log", "");
    assert_eq!(bytes(&measured(&sandbox, &["nothing"])), [0, 0, 0]);
}

#[test]
fn it_may_be_kept_in_a_configuration_and_taken_back() {
    let sandbox = tree();
    let plain = sandbox.run(&["logs"]).complete();
    sandbox.write("usual", "--stats=json\n");
    let ran = sandbox.run(&["--config", "usual", "logs"]);
    assert_eq!((ran.code, &ran.out), (Some(0), &plain));
    adds_up(&figures(&ran));
    assert_eq!(sandbox.run(&["--config", "usual", "--no-stats", "logs"]).complete(), plain);
    let typed = sandbox.run(&["--config", "usual", "--stats", "logs"]);
    assert!(typed.err.starts_with("phase "), "{}", typed.err);
    // Other verbs have no such figures, and do not mind.
    assert_eq!(sandbox.run(&["detect", "--config", "usual", "logs"]).code, Some(0));
}

#[test]
fn a_form_that_does_not_exist() {
    let sandbox = tree();
    let said = sandbox.run(&["--stats=xml", "logs"]).failed();
    assert_eq!(said, "logtally: --stats: times cannot be written as 'xml'; choose text or json\n");
}
