//! `logtally bench`: what it prints and writes, when it fails, and what it says then. How fast anything is is no matter here.

mod baseline;
mod options;
mod services;

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
    assert!(sandbox.read("csv.out").starts_with("threads,runs,"));
    assert_eq!(json(&sandbox.read("json.out"))["schema"], 1);
    assert_eq!(sandbox.read("table.out"), sandbox.read("table.txt"));
}

#[test]
fn what_is_said_of_the_warm_up_is_what_was_done() {
    let sandbox = tree();
    for (warmup, said) in [("0", "without a warm-up"), ("1", "after a warm-up"), ("3", "after 3 to warm up")] {
        let out = bench(&sandbox, &["--threads", "1,2", "--warmup", warmup, "logs"]).complete();
        let line = format!("\nruns          3 of each in turns, {said}; spread is half the distance of the quartiles\n");
        assert!(out.contains(&line), "{out}");
        assert!(out.contains("all 6 answers are equal"), "{out}");
    }
    let markdown = bench(&sandbox, &["--threads", "1", "--warmup", "0", "-f", "markdown", "logs"]).complete();
    assert!(markdown.contains("- runs: 3 of each in turns, without a warm-up; "), "{markdown}");
    assert_eq!(json(&bench(&sandbox, &["--threads", "1", "--warmup", "0", "-f", "json", "logs"]).complete())["warmup"], 0);
}

#[test]
fn a_single_run_has_no_spread() {
    let sandbox = tree();
    let once = |form: &str| sandbox.run(&["bench", "--runs", "1", "--threads", "2", "-f", form, "logs"]).complete();
    let table = once("table");
    assert_eq!(table.lines().nth(1).unwrap().split_whitespace().nth(3), Some("-"), "{table}");
    assert!(table.contains("\nruns          1 of each in turns, after a warm-up; one run has no spread\n"), "{table}");
    assert_eq!(once("csv").lines().nth(1).unwrap().split(',').nth(5), Some(""));
    assert_eq!(json(&once("json"))["rows"][0]["spread"], Value::Null);
}

#[test]
fn more_threads_than_cpus_are_measured_too() {
    let sandbox = tree();
    let csv = bench(&sandbox, &["--threads", "64,0,64", "-f", "csv", "--plot", "x.svg", "logs"]).complete();
    let threads: Vec<usize> = csv.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    let cpus = std::thread::available_parallelism().unwrap().get();
    assert_eq!(threads, [cpus, 64], "0 is one for each CPU, and none is measured twice");
    assert!(sandbox.read("x.svg").contains(&format!(">{cpus} CPUs</text>")) || cpus == 1);
}

#[test]
fn what_cannot_be_measured() {
    let sandbox = tree();
    sandbox.write("empty/none.log", "");
    sandbox.write("core", [1; 64]);
    std::fs::create_dir(sandbox.path().join("bare")).unwrap();
    let table: &[(&[&str], &str)] = &[
        (&["-"], "standard input can be read only once, and a bench reads again and again; store it in a file and name that"),
        (&["--runs", "0", "logs"], "--runs 0 measures nothing; write 1 or more"),
        (&["--runs", "many", "logs"], "--runs: 'many' is no number of runs; write a whole number up to 10000"),
        (
            &["--threads", "1,x", "logs"],
            "--threads: 'x' is no number of threads; write a whole number from 1 to 4096, or 0 for one per CPU",
        ),
        (&["--warmup", "-1", "logs"], "--warmup: '-1' is no number of runs; write a whole number up to 10000"),
        (&["--max-regression", "ten", "logs"], "--max-regression: 'ten' is no share; write a percentage such as 10%"),
        (&["--sort", "time", "logs"], "--sort time needs a time to group by; write --by hour, or sort by a column"),
        (&["--max-regression", "-5", "logs"], "--max-regression: '-5' is no share; write a percentage such as 10%"),
        (
            &["gone"],
            "there is nothing to measure: gone: no such file or folder; check the spelling, or whether its disk is mounted",
        ),
        (&["--export", "json", "logs"], "--export: 'json' names no form and file; write FORM=FILE, such as json=bench.json"),
        (
            &["--format", "xml", "logs"],
            "--format: a bench cannot be written as 'xml'; choose one of table, markdown, csv, json, github, github-throughput, bencher",
        ),
        (&["bare"], "there is nothing to measure: no file was found; is the folder the right one, and its disk mounted?"),
        (&["empty"], "there is nothing to measure: these files hold no line"),
        (&["core"], "there is nothing to measure: core is not text"),
        (
            &["gone", "empty", "missing"],
            "there is nothing to measure: gone: no such file or folder; check the spelling, or whether its disk is mounted; and 1 more",
        ),
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
