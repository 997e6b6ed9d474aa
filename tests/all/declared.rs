//! The table of formats: each sample by itself, what detection makes of files of them, and the page that is made from it.

use crate::sandbox::Sandbox;
use logtally::parse::{
    Format, Memory, Rules,
    declared::{Entry, load, load_shipped},
    detect, level_name,
    record::Wanted,
};
use std::{fmt::Write, fs, path::Path};

const TABLE: &str = include_str!("../../src/parse/declared/formats.toml");

fn entries() -> Vec<Entry> {
    load_shipped().unwrap_or_else(|error| panic!("src/parse/declared/formats.toml, {error}"))
}

/// Each entry is read alone, so that all that are wrong are named at once.
#[test]
fn every_sample_is_read_as_it_says() {
    let mut wrong = String::new();
    let newlines = |text: &str| text.matches('\n').count();
    let mut line = 1 + newlines(TABLE.split("\n[[format]]\n").next().unwrap());
    for entry in TABLE.split("\n[[format]]\n").skip(1) {
        if let Err(error) = load(&format!("[[format]]\n{entry}")) {
            writeln!(wrong, "line {}: {}", line + error.line, error.fault).unwrap();
        }
        line += newlines(entry) + 2;
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(entries().len() >= 40, "formats were lost: {}", entries().len());
}

/// Twenty records of a format, no two alike.
fn file_of(entry: &Entry) -> String {
    // What names the fields stands at a file's beginning.
    let is_directive = |line: &&str| entry.format == Format::W3c && line.starts_with('#');
    let directives = entry.samples.iter().flat_map(|sample| sample.text.lines()).filter(is_directive);
    let mut text: String = directives.flat_map(|line| [line, "\n"]).collect();
    for number in 0..20 {
        let sample = &entry.samples[number % entry.samples.len()].text;
        // Seconds differ, and with them what they are part of.
        let varied = sample.replace(":00", &format!(":{number:02}")).replacen("0.0.7", &format!("0.0.{number}"), 1);
        text.push_str(&varied);
        text.push('\n');
    }
    text
}

#[test]
fn detection_gives_each_format_its_samples() {
    let rules = Rules::new(Wanted::ALL, &[], None);
    let mut wrong = String::new();
    for entry in entries() {
        let text = file_of(&entry);
        let dialect = detect(text.as_bytes(), &rules);
        let names: Vec<&str> = dialect.formats().iter().map(|format| format.name()).collect();
        // A format that the table declares goes by its name: this is another reading of the table than the program's.
        if names != [entry.format.name()] {
            writeln!(wrong, "{} is taken for {names:?}:\n{text}", entry.name).unwrap();
            continue;
        }
        // And what is read from them is what the samples say, in a file as well as alone.
        let mut memory = Memory::default();
        for sample in &entry.samples {
            let mut lines = sample.text.lines();
            let first = lines.next().unwrap();
            let below = lines.clone().next().unwrap_or_default();
            let found = dialect.parse_with_below(first.as_bytes(), below.as_bytes(), &rules, &mut memory);
            let found = found.map(|found| (found.service.map(|name| String::from_utf8_lossy(name).into_owned()), found.level));
            if found != Some((sample.service.clone(), sample.level)) {
                writeln!(wrong, "{}: {found:?} is read from {first}", entry.name).unwrap();
            }
            for line in lines {
                if dialect.parse(line.as_bytes(), &rules, &mut memory).is_some() {
                    writeln!(wrong, "{}: no record begins with {line}", entry.name).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A line belongs to one format at most, of those with a regular expression.
#[test]
fn no_two_declared_formats_want_the_same_line() {
    let entries = entries();
    let mut wrong = String::new();
    for entry in &entries {
        for other in entries.iter().filter(|other| other.name != entry.name) {
            let Format::Declared(declared) = other.format else { continue };
            for sample in
                entry.samples.iter().filter(|sample| declared.recognises(sample.text.lines().next().unwrap().as_bytes()))
            {
                writeln!(wrong, "{} recognises a sample of {}: {}", other.name, entry.name, sample.text).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A line of ten million bytes, and many lines, of what formats are made of: whatever is declared reads them in linear time.
#[test]
fn hostile_lines_cost_no_more_than_their_length() {
    let start = std::time::Instant::now();
    let sandbox = Sandbox::new();
    for (number, piece) in ["[", "{", "\"", "\\", "=", " -- ", "2024-01-15 10:00:00 UTC ", ":  "].into_iter().enumerate() {
        let size = 10_000_000 / piece.len();
        sandbox.write(&format!("long-{number}.log"), piece.repeat(size));
        sandbox.write(&format!("many-{number}.log"), format!("{}\n", piece.repeat(100)).repeat(size / 100));
        // Behind a line that has a format chosen.
        for entry in entries().iter().filter(|entry| matches!(entry.name.as_str(), "postgres" | "ruby" | "haproxy" | "java-gc")) {
            let text = format!("{}\n{}\n", entry.samples[0].text, piece.repeat(size / 10));
            sandbox.write(&format!("{}-{number}.log", entry.name), text);
        }
    }
    sandbox.run(&["--by", "service,level", "."]).complete();
    // Quadratic work on any of them would take hours.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

#[test]
fn a_pattern_reads_the_files_that_it_fits() {
    let sandbox = Sandbox::new();
    sandbox.write("own.log", "#1 shop! WARN slow\n  more\n#2 cart! INFO ok\nstart 2024\n#3 ! ERROR none\n");
    sandbox.write("other.log", "{\"service\":\"web\",\"level\":\"info\"}\n");
    let pattern = r"^#\d+ (?<service>\w*)! (?<level>[A-Z]+)";
    let out = sandbox.run(&["--by", "service,level,format", "--columns", "records,lines", "--pattern", pattern, "."]).complete();
    assert_eq!(
        out,
        "service,level,format,records,lines\ncart,info,pattern,1,2\nown,error,pattern,1,1\nshop,warn,pattern,1,2\nweb,info,json,1,1\n"
    );
    let report = sandbox.run(&["--format", "json", "--pattern", pattern, "."]).complete();
    assert!(report.contains(r#""pattern": "^#\\d+"#), "{report}");
    for (pattern, said) in [("(", "unclosed group"), ("x?", "every line")] {
        let ran = sandbox.run(&["--pattern", pattern, "."]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

const OWN: &str = r#"# Ours.
[[format]]
name = "till"
regex = '^(?<level>[A-Z])\d{4} (?<service>[a-z]+)> '
levels = "letters"
[[format.sample]]
text = '''
W0012 till> slow
  more'''
service = "till"
level = "warn"
"#;

#[test]
fn a_file_of_formats_goes_before_what_is_known() {
    let sandbox = Sandbox::new();
    sandbox.write("formats.toml", OWN);
    sandbox.write("logs/a.log", "W0012 till> slow\n  more\nI0013 cellar> ok\n");
    let by = ["--by", "service,level,format", "--columns", "records"];
    let expected = "service,level,format,records\ncellar,info,till,1\ntill,warn,till,1\n";
    let named = ["--log-format-file", "formats.toml", "logs"];
    assert_eq!(sandbox.run(&[&by[..], &named].concat()).complete(), expected);
    assert_eq!(sandbox.run(&[&by[..], &["--log-format", "till"], &named].concat()).complete(), expected);
    // In its usual place it is found.
    sandbox.write("config/logtally/formats.toml", OWN);
    let usual = |more: &[&str]| {
        let mut command = sandbox.command(&[&by[..], more, &["logs"]].concat());
        command.env("XDG_CONFIG_HOME", sandbox.path().join("config"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(usual(&[]), expected);
    assert_eq!(usual(&["--no-config"]), "service,level,format,records\na,-,plain,3\n");
}

#[test]
fn what_is_wrong_in_a_file_of_formats_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/a.log", "a\n");
    let table = [
        (
            OWN.replace("level = \"warn\"", "level = \"info\""),
            vec!["formats.toml, line 7:", "'warn', not 'info'", "W0012 till> slow"],
        ),
        (OWN.replace("service = \"till\"", "service = \"bar\""), vec!["line 7:", "its service is 'till', not 'bar'"]),
        (OWN.replace("  more", "W0013 more> x"), vec!["line 7:", "should continue", "W0013 more> x"]),
        (OWN.replace("[a-z]+", "[a-z"), vec!["line 4:", "regex of format 'till'", "unclosed character class"]),
        (OWN.replace("<level>", "<lvl>"), vec!["line 7:", "its level is none, not 'warn'"]),
        (OWN.replace("\"letters\"", "\"greek\""), vec!["line 3:", "no level 'greek'"]),
        (OWN.replace("\"till\"\nregex", "\"json\"\nregex"), vec!["line 3:", "'json' cannot be a format's name"]),
        (OWN.replace("regex", "regexp"), vec!["line 4:", "unknown field `regexp`"]),
        (OWN.split("[[format.sample]]").next().unwrap().to_owned(), vec!["line 3:", "has no sample"]),
        (OWN.replace("[[format]]", "[[format]"), vec!["line 2:"]),
    ];
    for (text, expected) in table {
        sandbox.write("formats.toml", &text);
        let ran = sandbox.run(&["--log-format-file", "formats.toml", "logs"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{text}");
        for part in expected {
            assert!(ran.err.contains(part), "no '{part}' in: {}", ran.err);
        }
    }
    let ran = sandbox.run(&["--log-format-file", "none.toml", "logs"]);
    assert!(ran.code == Some(2) && ran.err.contains("none.toml"), "{}", ran.err);
    let ran = sandbox.run(&["--log-format", "postgre", "logs"]);
    assert!(ran.code == Some(2) && ran.err.contains("postgres"), "{}", ran.err);
}

/// `LOGTALLY_BLESS=1 cargo test formats_page` writes the page anew.
#[test]
fn the_formats_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    let page = page();
    if std::env::var_os("LOGTALLY_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/formats.md is not what the table says: LOGTALLY_BLESS=1 cargo test formats_page writes it");
}

fn page() -> String {
    let mut page = include_str!("formats_page.md").trim_start().to_owned();
    page.push_str("\n## The formats\n\n| name | whose | read by |\n|---|---|---|\n");
    let entries = entries();
    for Entry { name, title, format, regex, .. } in &entries {
        let by = if regex.is_some() { "its regular expression".to_owned() } else { format!("`{}`", format.name()) };
        writeln!(page, "| [{name}](#{name}) | {title} | {by} |").unwrap();
    }
    for Entry { name, title, regex, behind, samples, .. } in &entries {
        write!(page, "\n### {name}\n\n{title}.\n").unwrap();
        if let Some(regex) = regex {
            write!(page, "\n```text\n{regex}\n```\n").unwrap();
        }
        if let Some(behind) = behind {
            write!(page, "\nand anywhere behind it\n\n```text\n{behind}\n```\n").unwrap();
        }
        for sample in samples {
            let text = sample.text.trim_end().replace('\u{1b}', "\\x1b");
            let service = sample.service.as_deref().map_or("the path's".to_owned(), |service| format!("`{service}`"));
            write!(page, "\nService {service}, level `{}`:\n\n```text\n{text}\n```\n", level_name(sample.level)).unwrap();
        }
    }
    page
}

#[test]
fn a_containers_lines_are_read_inside_their_wrapping() {
    let sandbox = Sandbox::new();
    let pod = "pods/shop_web-1_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/web/0.log";
    let inner = [
        "{\"level\":\"error\",\"logger\":\"db\"}",
        "panic: x",
        "  at y",
        "{\"level\":\"info\",\"app\":\"cart\"}",
        "",
        "{\"level\":\"info\",\"meta\":{\"host\":\"n-1\"}}",
    ];
    let cri: String = inner.map(|line| format!("2024-01-15T10:00:00.000000001Z stdout F {line}\n")).concat();
    let docker: String = inner
        .map(|line| {
            format!("{{\"log\":{},\"stream\":\"stdout\",\"time\":\"x\"}}\n", serde_json::to_string(&format!("{line}\n")).unwrap())
        })
        .concat();
    let compose: String = inner.map(|line| format!("web-1    | {line}\n")).concat();
    sandbox.write(pod, &cri);
    sandbox.write("docker/web.log", &docker);
    sandbox.write("compose/all.log", compose);
    let run = |more: &[&str]| {
        sandbox.run(&[&["--by", "service,level", "--columns", "records,lines", "--sort", "name"], more].concat()).complete()
    };
    assert_eq!(run(&["pods"]), "service,level,records,lines\ncart,info,1,2\nweb,error,1,3\nweb,info,1,1\n");
    assert_eq!(run(&["docker"]), run(&["pods"]));
    assert_eq!(run(&["compose"]), run(&["pods"]).replace("web,", "web-1,"));
    // It does not matter where a file is cut.
    for size in ["1", "100"] {
        assert_eq!(run(&["--chunk-size", size, "pods"]), run(&["pods"]));
    }
    assert_eq!(
        run(&["--service-field", "logger", "pods"]),
        "service,level,records,lines\ncart,info,1,2\ndb,error,1,3\nweb,info,1,1\n"
    );
    let out = sandbox.run(&["--by", "format,field:meta.host", "--columns", "records", "."]).complete();
    assert!(out.contains("docker,n-1,1\n") && out.contains("cri,n-1,1\n") && out.contains("cri,-,2\n"), "{out}");
    // A pattern is for what the program wrote.
    let out = sandbox.run(&["--columns", "records", "--pattern", "^(?<service>panic): ", "pods"]).complete();
    assert_eq!(out, "service,records\npanic,1\nweb,0\n", "the line before it is the path's");
}

/// A long line comes in pieces, and is one record: that of its first where a format begins there, else that of its last.
#[test]
fn pieces_of_a_line_are_one_record() {
    let sandbox = Sandbox::new();
    let line = |tag: &str, text: &str| format!("2024-01-15T10:00:00.000000001Z stdout {tag} {text}\n");
    let json =
        [line("F", "{\"app\":\"a\"}"), line("P", "{\"app\":\"b\",\"text\":\"x"), line("P", "x"), line("F", "x\"}")].concat();
    let text = [line("F", "one"), line("P", "two, "), line("P", "and "), line("F", "more"), line("F", "")].concat();
    sandbox.write("json/web.log", json);
    sandbox.write("text/web.log", text);
    let run = |folder| sandbox.run(&["--columns", "records,lines", "--sort", "name", folder]).complete();
    assert_eq!(run("json"), "service,records,lines\na,1,1\nb,1,3\n");
    assert_eq!(run("text"), "service,records,lines\nweb,2,5\n");
}
