//! `logtally bench`: what it prints and writes, when it fails, and what it says then. How fast anything is is no matter here.

mod options;

use crate::sandbox::{Ran, Sandbox};
use serde_json::Value;

/// A tree with two services in two files.
fn tree() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("logs/a.log", "{\"service\":\"cart\"}\n{\"service\":\"auth\"}\n");
    sandbox.write("logs/b.log", "{\"service\":\"cart\"}\n");
    sandbox
}

fn bench(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.run(&[&["bench", "--runs", "3"], arguments].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_row_for_each_number_of_threads() {
    let sandbox = tree();
    let csv = bench(&sandbox, &["--threads", "3,1,3", "-f", "csv", "logs"]).complete();
    let rows: Vec<Vec<&str>> = csv.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.iter().map(|row| row[..2].join(" ")).collect::<Vec<_>>(), ["threads runs", "1 3", "3 3"]);
    assert_eq!((rows[1][8], rows[1][9]), ("1.000", "1.000"), "one thread is as fast as one thread");
    let table = bench(&sandbox, &["--threads", "1,2", "logs"]).complete();
    assert!(table.contains("\ncounted       3 records, 57 bytes in 2 files; all 6 answers are equal\n"), "{table}");
    assert!(table.starts_with("threads  "), "{table}");
}

#[test]
fn what_is_counted_can_be_chosen() {
    let sandbox = tree();
    let document = json(&bench(&sandbox, &["-j", "2", "--by", "level", "--service", "auth", "-f", "json", "logs"]).complete());
    // What filters leave out is read all the same.
    assert_eq!(document["work"], json(r#"{"files":2,"records":1,"bytes":57}"#));
    assert_eq!(document["rows"][0]["seconds"].as_array().unwrap().len(), 3);
}

#[test]
fn as_many_runs_as_make_a_figure() {
    let document = json(&tree().run(&["bench", "--threads", "1", "-f", "json", "logs"]).complete());
    let runs = document["rows"][0]["seconds"].as_array().unwrap().len();
    assert!((7..=50).contains(&runs), "{runs}");
}

#[test]
fn every_form_and_the_picture_in_one_run() {
    let sandbox = tree();
    let forms = ["markdown", "csv", "json", "github", "github-throughput", "bencher", "table"];
    let exports: Vec<String> = forms.iter().map(|form| format!("{form}={form}.out")).collect();
    let mut arguments = vec!["--threads", "1,2", "--plot", "scaling.svg", "-o", "table.txt"];
    exports.iter().for_each(|export| arguments.extend(["--export", export]));
    arguments.push("logs");
    assert_eq!(bench(&sandbox, &arguments).complete(), "");
    assert!(sandbox.read("table.txt").starts_with("threads"));
    assert!(sandbox.read("markdown.out").starts_with("| threads |"));
    let svg = sandbox.read("scaling.svg");
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
    let (times, throughput) = (json(&sandbox.read("github.out")), json(&sandbox.read("github-throughput.out")));
    assert_eq!((&times[0]["unit"], &throughput[1]["unit"]), (&Value::from("ms"), &Value::from("MB/s")));
    assert!(json(&sandbox.read("bencher.out"))["count, 2 threads"]["latency"]["value"].as_f64().unwrap() > 0.0);
}

#[test]
fn slower_than_the_baseline_is_status_3() {
    let sandbox = tree();
    let measured = bench(&sandbox, &["--threads", "1,2", "-f", "json", "logs"]).complete();
    let with_seconds = |factor: f64| {
        let mut document = json(&measured);
        for row in document["rows"].as_array_mut().unwrap() {
            for seconds in row["seconds"].as_array_mut().unwrap() {
                *seconds = Value::from(seconds.as_f64().unwrap() * factor);
            }
        }
        document.to_string()
    };
    sandbox.write("fast.json", with_seconds(1e-4));
    sandbox.write("slow.json", with_seconds(1e4));
    let ran = bench(&sandbox, &["--threads", "1,2", "--baseline", "fast.json", "logs"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(3), "logtally: slower than the baseline by more than --max-regression\n"));
    assert!(ran.out.contains("\nbaseline      1 thread: slower, ") && ran.out.contains("2 threads: slower"), "{}", ran.out);
    let out = bench(&sandbox, &["--threads", "1,2", "--baseline", "slow.json", "logs"]).complete();
    assert!(out.contains("\nbaseline      2 threads: fine, "), "{out}");
}

#[test]
fn baselines_that_are_none() {
    let sandbox = tree();
    sandbox.write("text.json", "figures\n");
    sandbox.write("other.json", r#"{"work":{"bytes":7},"rows":[{"threads":1,"seconds":[1]}]}"#);
    sandbox.write("threads.json", r#"{"work":{"bytes":57},"rows":[{"threads":64,"seconds":[1]}]}"#);
    let table = [
        ("gone.json", "gone.json cannot be compared with: No such file or directory (os error 2)"),
        ("text.json", "text.json cannot be compared with: it is not JSON; make one with logtally bench --format json"),
        (
            "other.json",
            "other.json cannot be compared with: it counted 7 bytes, and these files have 57; measure the baseline over the same files",
        ),
        (
            "threads.json",
            "threads.json cannot be compared with: it has none of these numbers of threads; give --threads those that it was measured with",
        ),
    ];
    for (file, message) in table {
        let err = bench(&sandbox, &["--threads", "1,2", "--baseline", file, "logs"]).failed();
        assert_eq!(err, format!("logtally: {message}\n"));
    }
}

#[test]
fn what_cannot_be_measured() {
    let sandbox = tree();
    sandbox.write("empty/none.log", "");
    std::fs::create_dir(sandbox.path().join("bare")).unwrap();
    let table: &[(&[&str], &str)] = &[
        (&["-"], "standard input can be read only once, and a bench reads again and again; store it in a file and name that"),
        (&["--runs", "0", "logs"], "--runs 0 measures nothing; write 1 or more"),
        (&["--runs", "many", "logs"], "--runs: 'many' is no number of runs; write a whole number up to 10000"),
        (
            &["--threads", "1,x", "logs"],
            "--threads: 'x' is no number of threads; write a whole number from 1 to 4096, or 0 for one per CPU",
        ),
        (&["--max-regression", "ten", "logs"], "--max-regression: 'ten' is no share; write a percentage such as 10%"),
        (&["--export", "json", "logs"], "--export: 'json' names no form and file; write FORM=FILE, such as json=bench.json"),
        (
            &["--format", "xml", "logs"],
            "--format: a bench cannot be written as 'xml'; choose one of table, markdown, csv, json, github, github-throughput, bencher",
        ),
        (&["bare"], "there is nothing to measure: no file was found; is the folder the right one, and its disk mounted?"),
        (&["empty"], "there is nothing to measure: these files hold no line"),
        (
            &["--plot", "no/such.svg", "logs"],
            "the report cannot be written to no/such.svg: its folder does not exist; create it first",
        ),
    ];
    for (arguments, message) in table {
        assert_eq!(bench(&sandbox, arguments).failed(), format!("logtally: {message}\n"), "{arguments:?}");
    }
}

/// The most precious thing here is a log.
#[test]
fn no_figures_in_the_place_of_a_log() {
    let sandbox = tree();
    for arguments in [&["-o", "logs/a.log"][..], &["--export", "json=logs/a.log"], &["--plot", "logs/a.log"]] {
        let err = bench(&sandbox, &[arguments, &["logs/a.log"]].concat()).failed();
        assert!(err.contains("logs/a.log"), "{err}");
    }
    assert_eq!(sandbox.read("logs/a.log").lines().count(), 2);
    let err = bench(&sandbox, &["-o", "x", "--plot", "x", "logs"]).failed();
    assert_eq!(err, "logtally: two reports would go to the same place; give one of them another file\n");
    // Figures of before among the logs are none.
    bench(&sandbox, &["-o", "logs/figures.json", "-f", "json", "logs"]).complete();
    bench(&sandbox, &["-o", "logs/figures.json", "--export", "json=out.json", "logs"]).complete();
    assert_eq!(json(&sandbox.read("out.json"))["work"]["files"], 2);
}

#[test]
fn what_could_not_be_counted_is_named() {
    let sandbox = tree();
    sandbox.write("logs/c.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\xff cut");
    let ran = bench(&sandbox, &["--threads", "1,2", "logs"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("logtally: incomplete: 1 input could not be counted whole\n  logs/c.gz: "), "{}", ran.err);
    assert!(ran.out.contains("all 6 answers are equal"), "{}", ran.out);
}

#[test]
fn files_can_be_forgotten_before_each_run() {
    let document = json(&bench(&tree(), &["--threads", "1", "--cold", "-f", "json", "logs"]).complete());
    assert_eq!((&document["cache"], &document["work"]["records"]), (&Value::from("cold"), &Value::from(3)));
}

/// What is kept for counts does not bear on a bench, where that has a meaning of its own for it.
#[test]
fn options_that_are_kept_for_counts() {
    let sandbox = tree();
    sandbox.write("kept", "--threads=7\n--format=tsv\n--output=x.csv\n--by=level\n--strict\n");
    let document = json(&bench(&sandbox, &["--config", "kept", "--threads", "1", "-f", "json", "logs"]).complete());
    assert_eq!(document["rows"].as_array().unwrap().len(), 1);
    assert_eq!(sandbox.names(), ["kept", "logs"]);
}
