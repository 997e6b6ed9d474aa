//! `--baseline`: what is compared, what is said of it, and when the status is 3.

use super::{bench, json, tree};
use crate::sandbox::Sandbox;
use serde_json::Value;

/// A tree, and what was measured over it, with these options besides.
fn measured(options: &[&str]) -> (Sandbox, Value) {
    let sandbox = tree();
    let document = json(&bench(&sandbox, &[options, &["-f", "json", "logs"]].concat()).complete());
    (sandbox, document)
}

/// The same, but as if each run had taken so many times as long.
fn as_if(document: &Value, factor: f64) -> String {
    let mut document = document.clone();
    for row in document["rows"].as_array_mut().unwrap() {
        for seconds in row["seconds"].as_array_mut().unwrap() {
            *seconds = Value::from(seconds.as_f64().unwrap() * factor);
        }
    }
    document.to_string()
}

#[test]
fn slower_than_the_baseline_is_status_3() {
    let (sandbox, document) = measured(&["--threads", "1,2"]);
    sandbox.write("fast.json", as_if(&document, 1e-4));
    sandbox.write("slow.json", as_if(&document, 1e4));
    let ran = bench(&sandbox, &["--threads", "1,2", "--baseline", "fast.json", "logs"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.out.contains("\nbaseline      1 thread: slower, ") && ran.out.contains("2 threads: slower"), "{}", ran.out);
    // Whatever form the figures have, standard error says which.
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "logtally: slower than the baseline by more than --max-regression"));
    assert!(lines[1].starts_with("  1 thread: slower, ") && lines[2].starts_with("  2 threads: slower, "), "{}", ran.err);
    let csv = bench(&sandbox, &["--threads", "1,2", "--baseline", "fast.json", "-f", "csv", "logs"]);
    assert_eq!((csv.code, csv.out.matches(",slower\n").count()), (Some(3), 2), "{}", csv.out);

    let out = bench(&sandbox, &["--threads", "1,2", "--baseline", "slow.json", "logs"]).complete();
    assert!(out.contains("\nbaseline      2 threads: fine, "), "{out}");
}

#[test]
fn too_few_runs_are_no_failure_and_no_silence() {
    let (sandbox, document) = measured(&["--threads", "1"]);
    sandbox.write("fast.json", as_if(&document, 1e-4));
    let ran = sandbox.run(&["bench", "--runs", "2", "--threads", "1", "--baseline", "fast.json", "logs"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.err.starts_with("logtally: perhaps slower than the baseline, which is no failure\n  1 thread: unclear, "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("of fewer than 3 runs, which chance may explain"), "{}", ran.err);
}

#[test]
fn numbers_of_threads_that_are_not_compared_are_told() {
    let (sandbox, document) = measured(&["--threads", "1,2"]);
    sandbox.write("slow.json", as_if(&document, 1e4));
    sandbox.write("fast.json", as_if(&document, 1e-4));
    let arguments = ["--threads", "2,3", "--baseline", "slow.json", "--export", "json=out.json", "logs"];
    let ran = bench(&sandbox, &arguments);
    // Of those that both have, the verdict is what it is.
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let remarks =
        ["3 threads: not compared, the baseline has no such runs", "1 thread: not compared, only the baseline has such runs"];
    assert_eq!(ran.err, remarks.map(|remark| format!("logtally: {remark}\n")).concat());
    assert!(ran.out.ends_with(&remarks.map(|remark| format!("baseline      {remark}\n")).concat()), "{}", ran.out);
    let document = json(&sandbox.read("out.json"));
    assert_eq!(document["baseline"].as_array().unwrap().iter().map(|row| &row["threads"]).collect::<Vec<_>>(), [2]);
    assert_eq!(document["not_compared"], json(r#"{"only_here":[3],"only_in_baseline":[1]}"#));
    let slower = bench(&sandbox, &["--threads", "2,3", "--baseline", "fast.json", "-f", "markdown", "logs"]);
    assert_eq!(slower.code, Some(3));
    assert!(slower.out.contains("\n- baseline: 3 threads: not compared, "), "{}", slower.out);
}

#[test]
fn another_machine_is_told() {
    let (sandbox, mut document) = measured(&["--threads", "1"]);
    document["machine"] = json(r#"{"cpus":1000,"model":"Abacus"}"#);
    sandbox.write("other.json", as_if(&document, 1e4));
    let ran = bench(&sandbox, &["--threads", "1", "--baseline", "other.json", "logs"]);
    let expected =
        "logtally: the baseline is of another machine (1000 CPUs, Abacus), which may be what differs: measure one on this\n";
    assert_eq!((ran.code, &*ran.err), (Some(0), expected));
}

#[test]
fn baselines_that_are_none() {
    let (sandbox, document) = measured(&["--threads", "1,2"]);
    sandbox.write("text.json", "figures\n");
    sandbox.write("bytes.json", b"\xff\xfe\0");
    sandbox.write("cut.json", &document.to_string()[..100]);
    sandbox.write("times.json", r#"[{"name":"count, 1 thread","unit":"ms","value":1}]"#);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        document.to_string()
    };
    sandbox.write("other.json", with(&|document| document["work"]["bytes"] = 7.into()));
    sandbox.write("threads.json", with(&|document| document["rows"] = json(r#"[{"threads":64,"seconds":[1]}]"#)));
    sandbox.write("later.json", with(&|document| document["schema"] = 2.into()));
    sandbox.write("null.json", with(&|document| document["rows"][0]["seconds"][0] = Value::Null));
    sandbox.write("level.json", with(&|document| document["settings"]["by"] = "level".into()));
    sandbox.write("cold.json", with(&|document| document["cache"] = "cold".into()));
    std::fs::create_dir(sandbox.path().join("folder")).unwrap();
    let table = [
        ("gone.json", "there is no such file; make it with logtally bench --format json -o FILE"),
        ("folder", "Is a directory (os error 21)"),
        ("text.json", "it is not JSON; make one with logtally bench --format json"),
        ("bytes.json", "it is not JSON; make one with logtally bench --format json"),
        ("cut.json", "it is not JSON; make one with logtally bench --format json"),
        ("times.json", "it has no work.bytes; make one with logtally bench --format json"),
        ("null.json", "a row of it has no threads, or seconds that no run can take; make one with logtally bench --format json"),
        ("later.json", "its schema is 2, and this logtally reads 1; a later one wrote it, so measure it anew with this"),
        ("other.json", "it counted 7 bytes, and these files have 57; measure the baseline over the same files"),
        ("level.json", "its by was 'level', and now it is 'service'; measure both with the same options"),
        ("cold.json", "its files were read from the disk; measure with --cold too, or the baseline without it"),
        ("threads.json", "it was measured with 64 threads, and this is to be with 1 and 2 threads; give --threads 64"),
    ];
    for (file, message) in table {
        let err = bench(&sandbox, &["--threads", "1,2", "--baseline", file, "-o", "out", "logs"]).failed();
        assert_eq!(err, format!("logtally: {file} cannot be compared with: {message}\n"));
    }
    assert!(!sandbox.names().contains(&"out".to_owned()), "nothing is written where nothing can be said");
}

/// The answer does not depend on them, and the time does.
#[test]
fn a_baseline_that_was_read_in_another_way_is_none() {
    let (sandbox, document) = measured(&["--threads", "1"]);
    sandbox.write("b.json", document.to_string());
    let table = [
        (["--io", "mmap"], "its io was none, and now it is 'mmap'"),
        (["--chunk-size", "64K"], "its chunk_size was none, and now it is '65536'"),
    ];
    for (options, difference) in table {
        let err = bench(&sandbox, &[&["--threads", "1", "--baseline", "b.json"], &options[..], &["logs"]].concat()).failed();
        let expected = format!("logtally: b.json cannot be compared with: {difference}; measure both with the same options\n");
        assert_eq!(err, expected);
        let again = bench(&sandbox, &[&["--threads", "1", "-f", "json", "-o", "c.json"], &options[..], &["logs"]].concat());
        assert_eq!(again.code, Some(0), "{}", again.err);
        let ran = bench(
            &sandbox,
            &[&["--threads", "1", "--baseline", "c.json", "--max-regression", "1000%"], &options[..], &["logs"]].concat(),
        );
        assert_ne!(ran.code, Some(2), "{}", ran.err);
    }
}

/// Or what is slower today would be the measure of tomorrow.
#[test]
fn a_baseline_is_not_replaced_by_what_is_compared_with_it() {
    let (sandbox, document) = measured(&["--threads", "1"]);
    let baseline = as_if(&document, 1e-4);
    sandbox.write("b.json", &baseline);
    for output in [&["-f", "json", "-o", "b.json"][..], &["--export", "json=./b.json"], &["--plot", "b.json"]] {
        let err = bench(&sandbox, &[&["--baseline", "b.json"], output, &["logs"]].concat()).failed();
        let expected = "the figures would replace the baseline, and be that of the next run even where they are slower; write them to another file";
        assert_eq!(err, format!("logtally: {expected}\n"), "{output:?}");
    }
    assert_eq!(sandbox.read("b.json"), baseline);
}
