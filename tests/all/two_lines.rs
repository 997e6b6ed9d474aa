//! Records of java.util.logging, which have their levels on their second lines: wherever a file is cut, and however it is stored.

use crate::{
    damaged::compressed,
    sandbox::Sandbox,
    text::{ByteOrder, utf16},
};
use std::fmt::Write;

const LOG: &str = "\
Jan 15, 2024 10:00:00 AM org.example.shop.Cart add
INFO: added
Jan 15, 2024 10:00:01 AM org.example.shop.Cart add
SEVERE: cannot add
java.lang.IllegalStateException: closed
\tat org.example.shop.Cart.add(Cart.java:7)
WARNING: of the exception
Jan 15, 2024 10:00:02 AM org.example.shop.Till pay
WARNING: slow
";

const BY: [&str; 4] = ["--by", "service,level", "--columns", "records,lines"];

const COUNTS: &str = "\
service,level,records,lines
org.example.shop.Cart,error,1,5
org.example.shop.Cart,info,1,2
org.example.shop.Till,warn,1,2
";

fn counted(sandbox: &Sandbox, more: &[&str]) -> String {
    sandbox.run(&[&BY[..], &["--sort", "name"], more].concat()).complete()
}

#[test]
fn the_level_is_seen_by_all_that_asks_for_levels() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", LOG);
    assert_eq!(counted(&sandbox, &["shop.log"]), COUNTS);
    let out = sandbox.run(&["--columns", "records,errors,warnings", "shop.log"]).complete();
    assert_eq!(out, "service,records,errors,warnings\norg.example.shop.Cart,2,1,0\norg.example.shop.Till,1,0,1\n");
    let out = sandbox.run(&["--level", "warn+", "--columns", "records,lines", "shop.log"]).complete();
    assert_eq!(out, "service,records,lines\norg.example.shop.Cart,1,5\norg.example.shop.Till,1,2\n");
    let out = sandbox.run(&["--level", "-", "--columns", "records,lines", "shop.log"]).complete();
    assert_eq!(out, "service,records,lines\n");
    let out = sandbox.run(&["--by", "level", "--columns", "records", "--log-format", "app", "shop.log"]).complete();
    assert_eq!(out, "level,records\nerror,1\ninfo,1\nwarn,1\n");
    // A search is in first lines.
    let out = sandbox.run(&["--by", "level", "--columns", "records", "--grep", "slow|Cart", "shop.log"]).complete();
    assert_eq!(out, "level,records\nerror,1\ninfo,1\n");
}

#[test]
fn services_and_times_are_those_of_the_first_line() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", LOG);
    let out = sandbox.run(&["--columns", "records,lines", "shop.log"]).complete();
    assert_eq!(out, "service,records,lines\norg.example.shop.Cart,2,7\norg.example.shop.Till,1,2\n");
    let out = sandbox.run(&["--by", "minute,level", "--columns", "records", "shop.log"]).complete();
    let minute = "2024-01-15T10:00:00Z";
    assert_eq!(out, format!("minute,level,records\n{minute},error,1\n{minute},info,1\n{minute},warn,1\n"));
}

/// Whatever is wrong below a record's first line: then it has no level, and the next record has its own.
#[test]
fn only_the_line_below_can_have_the_level() {
    let first = "Jan 15, 2024 10:00:09 AM org.example.shop.Odd run\n";
    let table: &[(&str, &str)] = &[
        ("", "-"),
        ("\nINFO: below a blank line\n", "-"),
        ("  \nINFO: below spaces\n", "-"),
        ("\tat x\nSEVERE: too late\n", "-"),
        (" INFO: indented\n", "-"),
        ("info: small\n", "-"),
        ("INFORMATION: no level of Java's\n", "-"),
        ("INFO:no space\n", "-"),
        ("INFO no colon\n", "-"),
        ("INFO : a space before\n", "-"),
        (": nothing\n", "-"),
        ("INFO:\n", "info"),
        ("INFO:\r\n", "info"),
        ("INFO: \n", "info"),
        ("CONFIG: x\n", "info"),
        ("FINE: x\n", "debug"),
        ("FINER: x\n", "trace"),
        ("FINEST: x\n", "trace"),
        ("SEVERE: WARNING: x\n", "error"),
        ("\0\0SEVERE: behind a hole\n", "error"),
        ("\u{FEFF}SEVERE: behind a mark\n", "error"),
        ("\0\u{FEFF}SEVERE: behind both\n", "error"),
        ("WARNING: x\nSEVERE: y\n", "warn"),
    ];
    for (below, level) in table {
        for (before, after) in [(LOG, LOG), (LOG, "")] {
            for ending in ["\n", ""] {
                let sandbox = Sandbox::new();
                let text = format!("{before}{first}{below}{after}");
                let text = text.trim_end_matches(['\r', '\n']).to_owned() + ending;
                sandbox.write("shop.log", &text);
                for way in
                    [&["--chunk-size", "7"][..], &["--chunk-size", "7", "--io", "mmap"], &["--io", "read"], &["--io", "mmap"]]
                {
                    let by = ["--by", "level", "--columns", "records", "--service", "*.Odd"];
                    let out = sandbox.run(&[&by[..], way, &["shop.log"]].concat()).complete();
                    assert_eq!(out, format!("level,records\n{level},1\n"), "{way:?} {text:?}");
                }
            }
        }
    }
}

/// Chunks of every size put every byte of two records on either side of an end.
#[test]
fn no_place_to_cut_changes_a_level() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", LOG);
    sandbox.write("windows.log", LOG.replace('\n', "\r\n"));
    sandbox.write("open.log", LOG.trim_end());
    for (file, ways) in [("shop.log", &["mmap", "read"][..]), ("windows.log", &["mmap"]), ("open.log", &["read"])] {
        for io in ways {
            for size in 1..=LOG.len() + 9 {
                let out = counted(&sandbox, &["--io", io, "--threads", "3", "--chunk-size", &size.to_string(), file]);
                assert_eq!(out, COUNTS, "{file} --io {io} --chunk-size {size}");
            }
        }
    }
}

#[test]
fn the_level_is_read_however_the_file_is_stored() {
    let sandbox = Sandbox::new();
    // More than is read, decoded or handed on at once, and with so much in it that it stays much when it is compressed.
    let repeats = 25_000;
    let mut text = String::new();
    let mut seed = 7u64;
    for line in LOG.lines().cycle().take(LOG.lines().count() * repeats) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        writeln!(text, "{line} {seed:016x}").unwrap();
    }
    let expected = format!(
        "service,level,records,lines\norg.example.shop.Cart,error,{repeats},{}\norg.example.shop.Cart,info,{repeats},{}\n\
         org.example.shop.Till,warn,{repeats},{}\n",
        5 * repeats,
        2 * repeats,
        2 * repeats
    );
    sandbox.write("shop.log", &text);
    for io in ["mmap", "read"] {
        for size in ["100003", "4M"] {
            assert_eq!(counted(&sandbox, &["--io", io, "--chunk-size", size, "shop.log"]), expected, "--io {io} {size}");
        }
    }
    assert_eq!(sandbox.run_with_input(&[&BY[..], &["--sort", "name", "-"]].concat(), text.as_bytes()).complete(), expected);
    for (tool, ending) in
        [("gzip -1c", "gz"), ("zstd -1qc", "zst"), ("xz -0c -T1", "xz"), ("bzip2 -1c", "bz2"), ("lz4 -qc", "lz4")]
    {
        let Some(bytes) = compressed(tool, text.as_bytes()) else { continue };
        assert!(bytes.len() > 3 << 19, "several threads are worth their while: {}", tool);
        let (large, small) = (&format!("shop.log.{ending}"), &format!("small.log.{ending}"));
        sandbox.write(large, &bytes);
        // With one thread it is decoded and counted in turns, with several by a thread of its own.
        for threads in ["1", "3"] {
            assert_eq!(counted(&sandbox, &["--threads", threads, large]), expected, "{} {threads}", tool);
        }
        sandbox.write(small, compressed(tool, LOG.as_bytes()).unwrap());
        assert_eq!(counted(&sandbox, &[small]), COUNTS, "{}", tool);
        // In pieces that end within a record.
        let cut = text[..text.len() / 2].rfind("SEVERE: ").unwrap();
        let pieces = [&text[..cut], &text[cut..]].map(|piece| compressed(tool, piece.as_bytes()).unwrap());
        sandbox.write(large, pieces.concat());
        assert_eq!(counted(&sandbox, &["--threads", "3", large]), expected, "{} in pieces", tool);
    }
    for order in [ByteOrder::Little, ByteOrder::Big] {
        sandbox.write("shop.log", utf16(&text, order));
        for size in ["100003", "4M"] {
            assert_eq!(counted(&sandbox, &["--chunk-size", size, "shop.log"]), expected, "{order:?} {size}");
        }
    }
}

#[test]
fn a_record_whose_level_was_cut_off_has_none() {
    let sandbox = Sandbox::new();
    let text = LOG.repeat(40);
    let whole = text.len() - "Jan 15, 2024 10:00:02 AM org.example.shop.Till pay\nWARNING: slow\n".len();
    let by = ["--by", "level", "--columns", "records", "--service", "*.Till"];
    for cut in whole..text.len() {
        let part = &text[..cut];
        // A line without its newline is one in a file, and none in an archive that was cut.
        let below = &part[whole..];
        let seen = |is_whole: bool| {
            let second = below.split_once('\n').map(|(_, second)| second).filter(|_| is_whole);
            second.is_some_and(|second| second.starts_with("WARNING: ") || second == "WARNING:")
        };
        let first = "Jan 15, 2024 10:00:02 AM org.example.shop.Till";
        let begins = below.len() > first.len();
        let expected = |is_whole: bool, begins: bool| match (begins, seen(is_whole)) {
            (false, _) => "level,records\nwarn,39\n".to_owned(),
            (true, true) => "level,records\nwarn,40\n".to_owned(),
            (true, false) => "level,records\nwarn,39\n-,1\n".to_owned(),
        };
        sandbox.write("shop.log", part);
        let plain = sandbox.run(&[&by[..], &["shop.log"]].concat()).complete();
        // Without a method behind it, the name is none that is known.
        if below.is_empty() || below.len() > first.len() + 1 {
            assert_eq!(plain, expected(true, begins), "{below:?}");
        }
        // The same bytes in an archive whose end was lost.
        let mut packed = Vec::new();
        for piece in [part, "lost"] {
            let Some(bytes) = compressed("gzip -c", piece.as_bytes()) else { return };
            packed.extend(bytes);
        }
        packed.truncate(packed.len() - 12);
        sandbox.write("shop.log.gz", packed);
        let (out, said) = sandbox.run(&[&by[..], &["shop.log.gz"]].concat()).incomplete();
        assert!(said.contains("shop.log.gz"), "{said}");
        assert_eq!(out, expected(false, below.contains('\n')), "{below:?}");
    }
}

/// A wrapper around the logger has methods that are called as levels are.
#[test]
fn methods_that_are_called_like_levels_are_none() {
    let sandbox = Sandbox::new();
    let methods = ["info", "warn", "error", "log"];
    let levels = ["SEVERE", "FINE", "INFO", "WARNING"];
    let records = methods.iter().zip(levels);
    let text: String = records
        .map(|(method, level)| format!("Jan 15, 2024 10:00:00 AM org.example.shop.Log {method}\n{level}: text\n"))
        .collect();
    sandbox.write("shop.log", text);
    let out = counted(&sandbox, &["shop.log"]);
    let name = "org.example.shop.Log";
    assert_eq!(
        out,
        format!("service,level,records,lines\n{name},debug,1,2\n{name},error,1,2\n{name},info,1,2\n{name},warn,1,2\n")
    );
    assert_eq!(sandbox.run(&["--columns", "records", "shop.log"]).complete(), format!("service,records\n{name},4\n"));
}

/// Lines that look like a level are nothing where records do not have theirs there.
#[test]
fn other_formats_have_no_levels_below() {
    let sandbox = Sandbox::new();
    let table = [
        ("2024-01-15 10:00:00,123 INFO [main] org.example.Foo: text\nSEVERE: more\n", "info"),
        (
            "2024-01-15 10:00:00,123 text\nSEVERE: more\n2024-01-15 10:00:00,123 INFO [main] a.Foo: text\n2024-01-15 10:00:00,123 INFO [main] a.Foo: text\n",
            "info",
        ),
        ("Jan 15 10:00:00 web-1 shopd[7]: text\nSEVERE: more\n", "-"),
        ("{\"service\":\"a\"}\nSEVERE: more\n", "-"),
        ("2024-01-15 10:00:00 text\nmore\n2024-01-15 10:00:00 text\nSEVERE: more\n", "-"),
    ];
    for (text, level) in table {
        sandbox.write("shop.log", text.repeat(5));
        let out = sandbox.run(&["--by", "level", "--columns", "records", "shop.log"]).complete();
        assert!(!out.contains("error") && out.contains(&format!("{level},")), "{text}: {out}");
    }
}

#[test]
fn records_of_other_formats_in_the_file_keep_their_own() {
    let sandbox = Sandbox::new();
    let json = "{\"service\":\"web\",\"msg\":\"no level\"}\nSEVERE: of no record\n{\"service\":\"web\",\"level\":\"fatal\"}\n";
    let between = "Jan 15, 2024 10:00:03 AM org.example.shop.Till pay\n{\"service\":\"web\",\"level\":\"debug\"}\nINFO: late\n";
    sandbox.write("shop.log", format!("{}{json}{between}", LOG.repeat(3)));
    let expected = "service,level,records,lines\n\
                    org.example.shop.Cart,error,3,15\norg.example.shop.Cart,info,3,6\n\
                    org.example.shop.Till,-,1,1\norg.example.shop.Till,warn,3,6\n\
                    web,-,1,2\nweb,debug,1,2\nweb,fatal,1,1\n";
    for size in ["1", "7", "64", "4M"] {
        assert_eq!(counted(&sandbox, &["--chunk-size", size, "shop.log"]), expected, "--chunk-size {size}");
    }
}

/// What a container's runtime puts around each line is around both.
#[test]
fn the_level_is_read_inside_of_containers_lines() {
    let sandbox = Sandbox::new();
    let wrapped = |wrap: &dyn Fn(&str) -> String| LOG.lines().map(wrap).collect::<String>();
    let cri = wrapped(&|line| format!("2024-01-15T10:00:00.000000001Z stderr F {line}\n"));
    let json = |line: &str| serde_json::to_string(&format!("{line} \"quoted\"\n")).unwrap();
    let docker = wrapped(&|line| format!("{{\"log\":{},\"stream\":\"stderr\",\"time\":\"x\"}}\n", json(line)));
    sandbox.write("var/log/pods/shop_web-7d4_0f1e/cart/0.log", cri);
    sandbox.write("docker/cart.log", docker);
    let expected = "service,level,records,lines\ncart,error,1,5\ncart,info,1,2\ncart,warn,1,2\n";
    for folder in ["var", "docker"] {
        for size in ["1", "7", "100", "4M"] {
            assert_eq!(counted(&sandbox, &["--chunk-size", size, folder]), expected, "{folder} --chunk-size {size}");
        }
    }
    // The line below may be another container's, and is none of this record's then.
    let first = "Jan 15, 2024 10:00:00 AM org.example.shop.Cart add";
    let compose = wrapped(&|line| format!("web-1   | {line}\n")) + &format!("web-1   | {first}\nback-1  | SEVERE: other\n");
    sandbox.write("compose/all.log", compose);
    let expected = "service,level,records,lines\nweb-1,-,1,2\nweb-1,error,1,5\nweb-1,info,1,2\nweb-1,warn,1,2\n";
    for size in ["1", "7", "100", "4M"] {
        assert_eq!(counted(&sandbox, &["--chunk-size", size, "compose"]), expected, "--chunk-size {size}");
    }
    // Of two formats inside, each record has the level of its own.
    let json = ["{\"service\":\"a\"}", "SEVERE: of no record", "{\"service\":\"b\",\"level\":\"warn\"}"];
    let mixed = LOG
        .repeat(3)
        .lines()
        .chain(json)
        .map(|line| format!("2024-01-15T10:00:00.000000001Z stderr F {line}\n"))
        .collect::<String>();
    sandbox.write("pods/shop_web-7d4_0f1e/cart/0.log", mixed);
    let out = counted(&sandbox, &["pods"]);
    assert_eq!(out, "service,level,records,lines\na,-,1,2\nb,warn,1,1\ncart,error,3,15\ncart,info,3,6\ncart,warn,3,6\n");
}

#[test]
fn detect_shows_the_level() {
    let sandbox = Sandbox::new();
    sandbox.write("shop.log", LOG);
    let out = sandbox.run(&["detect", "shop.log"]).complete();
    assert!(out.contains("  records  3 of 9 lines (33 %) of the head begin a record; level in all, time in all\n"), "{out}");
    let sample = "  | Jan 15, 2024 10:00:02 AM org.example.shop.Till pay\n  | WARNING: slow\n    \
                  service=org.example.shop.Till  level=warn  time=2024-01-15T10:00:02Z\n";
    assert!(out.contains(sample), "{out}");
    // A line that has a level is not shown as one that says nothing.
    assert!(out.contains("  | java.lang.IllegalStateException: closed\n    begins no record"), "{out}");
    // A method's name is not where the level was found.
    sandbox.write("log.log", "Jan 15, 2024 10:00:00 AM org.example.shop.Log info\nINFO: text\n".repeat(3));
    let out = sandbox.run(&["detect", "-f", "json", "log.log"]).complete();
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let sample = &document["files"][0]["samples"][0];
    assert_eq!((&sample["level"], &sample["below"]), (&"info".into(), &"INFO: text".into()), "{out}");
    assert!(sample.get("level_at").is_none(), "{out}");
}
