//! Options that are read from a file, and that what is typed outweighs them.

use crate::sandbox::{Sandbox, tree};
use std::process::Command;

/// A tree with a file of options where it is looked for, below the folder that `XDG_CONFIG_HOME` is set to.
fn configured(options: &str) -> (Sandbox, String) {
    let sandbox = tree();
    sandbox.write("home/logtally/config", options);
    let home = sandbox.path().join("home").to_str().unwrap().to_owned();
    (sandbox, home)
}

const BY_LEVEL: &str = "level,records\ninfo,2\nerror,1\nfatal,1\nwarn,1\n";

#[test]
fn options_are_read_from_where_the_system_keeps_them() {
    let (sandbox, home) = configured("# how I like it\n\n--by=level\n  --columns records  \r\n");
    assert_eq!(sandbox.run_in(&[("XDG_CONFIG_HOME", &home)], &["logs"]).complete(), BY_LEVEL);
    sandbox.write("me/.config/logtally/config", "-b level\n-c=records");
    let me = sandbox.path().join("me");
    let me = me.to_str().unwrap();
    assert_eq!(sandbox.run_in(&[("HOME", me)], &["logs"]).complete(), BY_LEVEL);
    // The standard has a relative folder ignored, and an empty one is none.
    for folder in ["home", ""] {
        assert_eq!(sandbox.run_in(&[("XDG_CONFIG_HOME", folder), ("HOME", me)], &["logs"]).complete(), BY_LEVEL);
    }
    // The first that is set is the one, whether there is a file or not.
    let plain = sandbox.run(&["logs"]).complete();
    assert_eq!(sandbox.run_in(&[("XDG_CONFIG_HOME", "/nonexistent"), ("HOME", me)], &["logs"]).complete(), plain);
}

#[test]
fn where_there_can_be_no_such_file_there_is_none() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    // Users of daemons have such homes.
    for home in ["/dev/null", "/nonexistent", "/", ""] {
        assert_eq!(sandbox.run_in(&[("HOME", home)], &["logs"]).complete(), expected, "HOME={home}");
    }
}

#[test]
fn a_file_by_name_and_no_file() {
    let (sandbox, home) = configured("--by=level\n--columns=records\n");
    let xdg = [("XDG_CONFIG_HOME", home.as_str())];
    sandbox.write("mine", "--by dir\n--columns=records\n");
    let plain = sandbox.run(&["logs"]).complete();
    let mine = "dir,records\nlogs/web,3\nlogs,2\n";
    for arguments in [
        &["--config", "mine", "logs"][..],
        &["logs", "--config=mine"],
        &["count", "--config", "mine", "logs"],
        &["--no-config", "--config", "mine", "logs"],
    ] {
        assert_eq!(sandbox.run_in(&xdg, arguments).complete(), mine, "{arguments:?}");
    }
    for arguments in [
        &["--no-config", "logs"][..],
        &["logs", "--no-config"],
        &["--config", "mine", "--no-config", "logs"],
        &["count", "--no-config", "logs"],
    ] {
        assert_eq!(sandbox.run_in(&xdg, arguments).complete(), plain, "{arguments:?}");
    }
    // Nothing to be read is no fault.
    sandbox.write("mine", "# nothing\n\n   \n");
    assert_eq!(sandbox.run(&["--config", "mine", "logs"]).complete(), plain);
}

#[test]
fn what_is_typed_wins() {
    let (sandbox, home) = configured("--by=level\n--columns=records\n-q\n--top=1\n--color always\n");
    let xdg = [("XDG_CONFIG_HOME", home.as_str())];
    let out = sandbox.run_in(&xdg, &["logs"]).complete();
    assert_eq!(out, "level,records\ninfo,2\n(other),3\n");
    let out = sandbox.run_in(&xdg, &["--by", "dir", "--top", "5", "logs"]).complete();
    assert_eq!(out, "dir,records\nlogs/web,3\nlogs,2\n");
    let ran = sandbox.run_in(&xdg, &["-v", "logs"]);
    assert!(ran.err.starts_with("logtally: 5 records"), "{}", ran.err);
    assert_eq!(sandbox.run_in(&xdg, &["logs", "gone"]).err, "");
    let table = sandbox.run_in(&xdg, &["--color", "never", "-f", "table", "logs"]).complete();
    assert!(!table.contains('\x1b'));
}

#[test]
fn what_may_be_repeated_adds_up() {
    let (sandbox, home) = configured("--service=auth\n--exclude *.1\n");
    let xdg = [("XDG_CONFIG_HOME", home.as_str())];
    let rows = |arguments: &[&str]| sandbox.run_in(&xdg, &[arguments, &["-c", "records", "logs"]].concat()).complete();
    assert_eq!(rows(&[]), "service,records\nauth,1\n");
    assert_eq!(rows(&["--service", "cart"]), "service,records\ncart,2\nauth,1\n");
}

#[test]
fn a_verb_has_options_too() {
    let (sandbox, home) = configured("--by=level\n--columns=records\n");
    let xdg = [("XDG_CONFIG_HOME", home.as_str())];
    assert_eq!(sandbox.run_in(&xdg, &["count", "logs"]).complete(), BY_LEVEL);
    // These count nothing, so nothing is read for them.
    sandbox.write("home/logtally/config", "nonsense");
    sandbox.run_in(&xdg, &["completions", "bash"]).complete();
    sandbox.run_in(&xdg, &["man"]).complete();
    sandbox.run_in(&xdg, &["--help"]).complete();
    sandbox.run_in(&xdg, &["--version"]).complete();
    sandbox.run_in(&xdg, &["logs"]).failed();
    sandbox.run_in(&xdg, &["--no-config", "logs"]).complete();
}

#[test]
fn a_value_stands_exactly_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", "one = two\none=two\n'one'\n");
    let records = |options: &str| {
        sandbox.write("options", options);
        sandbox.run(&["--config", "options", "-c", "records", "x.log"]).complete()
    };
    assert_eq!(records("--grep one = two"), "service,records\nx,1\n");
    assert_eq!(records("--grep=one = two"), "service,records\nx,1\n");
    assert_eq!(records("--grep one=two"), "service,records\nx,1\n");
    assert_eq!(records("--grep ^'one'"), "service,records\nx,1\n", "there is no quoting");
    // Who quotes as in a shell would get what nobody means.
    sandbox.write("options", "--grep 'one'");
    assert!(sandbox.run(&["--config", "options", "x.log"]).failed().contains("has quotes around its value"));
    assert_eq!(records("--grep=#one"), "service,records\n", "a # within a line is no comment");
}

/// "Options only: what to count is typed."
#[test]
fn no_line_names_a_file_to_count() {
    let sandbox = tree();
    for line in ["logs", "-", "--", "count", "--follow logs", "-q logs", "--follow=logs"] {
        sandbox.write("options", format!("# a line before\n{line}\n"));
        let err = sandbox.run(&["--config", "options", "logs/web"]).failed();
        assert!(err.starts_with("logtally: options, line 2: "), "{line}: {err}");
    }
}

#[test]
fn a_wrong_line_is_named_by_its_number() {
    let sandbox = tree();
    for (options, line) in [
        ("--bye=level\n", 1),
        ("\n\n# three\n--by=nobody", 4),
        ("--by=level\n--top\n", 2),
        ("--by=level -f table\n", 1),
        ("-q\r\n-x\r\n", 2),
        ("--top 0", 1),
        ("--config=more", 1),
        ("--strict=no", 1),
        ("--help", 1),
        ("--version", 1),
    ] {
        sandbox.write("options", options);
        let err = sandbox.run(&["--config", "options", "logs"]).failed();
        assert!(err.starts_with(&format!("logtally: options, line {line}: ")), "{options:?}: {err}");
        assert!(err.contains("--no-config"), "{err}");
    }
}

/// Who names a FIFO, as by `<(...)`, gets what comes of it. One that lies where options usually are keeps no run waiting.
#[test]
fn no_run_waits_for_what_nobody_has_named() {
    let sandbox = tree();
    sandbox.write("home/logtally/other", "");
    for name in ["config", "formats.toml"] {
        assert!(Command::new("mkfifo").arg(sandbox.path().join("home/logtally").join(name)).status().unwrap().success());
    }
    let home = sandbox.path().join("home").to_str().unwrap().to_owned();
    sandbox.run_in(&[("XDG_CONFIG_HOME", &home)], &["logs"]).complete();
    let script = "exec \"$0\" --config <(echo --columns=records) --log-format-file <(true) logs/pay.log.1";
    let mut bash = Command::new("bash");
    bash.args(["-c", script, env!("CARGO_BIN_EXE_logtally")]).current_dir(sandbox.path());
    let Ok(output) = bash.output() else { return eprintln!("skipped: no bash") };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "service,records\norg.example.Pay,2\n", "{output:?}");
}
