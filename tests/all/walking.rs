//! Trees that change while they are walked: what was there when its folder was listed counts once.

use crate::sandbox::{Ran, Sandbox, noise, ran};
use std::{path::Path, process::Command};

const LINE: &str = "{\"service\":\"cart\"}\n";

/// A run in which this is done once, when the walk has asked what the file at the path with this end is: `$1` is the path. `None` where
/// there is no C compiler, or no way to preload.
pub fn meddled(sandbox: &Sandbox, at: &str, with: &str) -> Option<Ran> {
    told(sandbox, &[("MEDDLE_AT", at), ("MEDDLE_WITH", with)])
}

/// A run in which the system tells of files what this environment makes of it.
fn told(sandbox: &Sandbox, environment: &[(&str, &str)]) -> Option<Ran> {
    let (folder, source) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/meddle.c"));
    let library = folder.path().join("meddle.so");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    if !cfg!(all(target_os = "linux", target_env = "gnu")) || !compiled.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no C compiler");
        return None;
    }
    let mut command = sandbox.command(&["-c", "records,lines", "logs"]);
    Some(ran(command.env("LD_PRELOAD", library).envs(environment.iter().copied())))
}

#[test]
fn files_that_rotation_moves_on_during_the_walk_count_once_each() {
    let new = "&& echo '{\"service\":\"new\"}' > app.log";
    // In whatever order the folder is listed; and before the new one is there.
    for (at, new) in [("app.log", new), ("app.log.1", new), ("app.log", ""), ("app.log.1", "")] {
        let sandbox = Sandbox::new();
        sandbox.write("logs/app.log", LINE.repeat(10));
        sandbox.write("logs/app.log.1", LINE.repeat(200));
        let rotate = format!("cd logs && mv app.log.1 app.log.2 && mv app.log app.log.1 {new}");
        let Some(ran) = meddled(&sandbox, at, &rotate) else { return };
        assert_eq!(ran.complete(), "service,records,lines\ncart,210,210\n", "{at} {new}");
        assert_eq!(sandbox.read("logs/app.log.1").lines().count(), 10, "it was rotated");
    }
}

#[test]
fn what_moves_into_a_folder_that_is_still_to_be_walked_counts_once() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/x.log", LINE.repeat(10));
    sandbox.write("logs/below/x.log", LINE.repeat(200));
    // When the folder below is to be listed, the one above has been.
    let Some(ran) = meddled(&sandbox, "logs/below", "mv logs/x.log logs/below/y.log") else { return };
    assert_eq!(ran.complete(), "service,records,lines\ncart,210,210\n");
    assert!(sandbox.path().join("logs/below/y.log").exists(), "it has moved");
}

/// The number of what is removed there may be given to what is made here, and that is no move.
#[test]
fn what_is_removed_while_another_folder_is_still_to_be_walked_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/x.log", LINE.repeat(10));
    sandbox.write("logs/below/x.log", LINE.repeat(200));
    let replace = "rm logs/x.log; for new in a b c; do echo '{\"service\":\"new\"}' > logs/below/$new.log; done";
    let Some(ran) = meddled(&sandbox, "logs/below", replace) else { return };
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines\ncart,200,200\nnew,3,3\n"));
    assert!(ran.err.contains("logs/x.log: vanished"), "{ran:?}");
}

/// A file system may give the number of a file that is removed to the next that is made, and a listing has numbers alone.
#[test]
fn what_is_made_during_the_walk_is_not_taken_for_what_was_removed() {
    for name_taken in [false, true] {
        let sandbox = Sandbox::new();
        sandbox.write("logs/one.log", LINE.repeat(10));
        sandbox.write("logs/two.log", LINE.repeat(10));
        sandbox.write("old.log", LINE.repeat(200));
        // Of the two the one that is not asked for first.
        let replace = "case $1 in */one.log) other=logs/two.log;; *) other=logs/one.log;; esac; rm $other; \
                       for new in a b c; do echo '{\"service\":\"new\"}' > logs/$new.log; done";
        let replace = if name_taken { format!("{replace}; mv old.log $other") } else { replace.to_owned() };
        let Some(ran) = meddled(&sandbox, ".log", &replace) else { return };
        assert!(sandbox.path().join("logs/c.log").exists(), "it was replaced");
        let (gone, taken) = ("service,records,lines\ncart,10,10\n", "service,records,lines\ncart,210,210\n");
        match ran.code {
            Some(1) => {
                assert!((ran.out == gone || (name_taken && ran.out == taken)) && ran.err.contains("log: vanished"), "{ran:?}")
            }
            // Where numbers are not given again at once, nothing is in doubt: what has the name counts.
            Some(0) => assert!(name_taken && ran.out == taken, "{ran:?}"),
            _ => panic!("{ran:?}"),
        }
    }
}

/// Of two files the one that is not asked for first: it goes to a folder that has been listed by then, and its name to another.
#[test]
fn what_loses_its_name_to_another_is_named() {
    for (taken, new) in [("echo '{\"service\":\"new\"}' >", "new,1,1\n"), ("ln -s /dev/null", ""), ("mkdir", ""), ("mkfifo", "")]
    {
        let sandbox = Sandbox::new();
        sandbox.write("logs/one.log", LINE.repeat(10));
        sandbox.write("logs/two.log", LINE.repeat(10));
        std::fs::create_dir(sandbox.path().join("logs/old")).unwrap();
        let moved = format!(
            "case $1 in */one.log) other=logs/two.log;; *) other=logs/one.log;; esac; mv $other logs/old/x.log; {taken} $other"
        );
        let Some(ran) = meddled(&sandbox, ".log", &moved) else { return };
        assert!(sandbox.path().join("logs/old/x.log").exists(), "it was moved");
        assert_eq!((ran.code, ran.out), (Some(1), format!("service,records,lines\ncart,10,10\n{new}")), "{taken}");
        assert!(ran.err.contains(".log: vanished"), "{taken}: {}", ran.err);
    }
}

/// As rotation has it: the oldest is removed, and its name given to the next. Of three, the two that are not asked for first.
#[test]
fn what_loses_its_name_to_the_next_is_named() {
    let sandbox = Sandbox::new();
    (0..3).for_each(|number| drop(sandbox.write(&format!("logs/app{number}.log"), LINE.repeat(10))));
    let rotate =
        "for app in logs/*; do [ $app = $1 ] || { next=$oldest; oldest=$app; }; done; mv $next $oldest; echo $oldest > name";
    let Some(ran) = meddled(&sandbox, ".log", rotate) else { return };
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines\ncart,20,20\n"), "{}", ran.err);
    assert!(ran.err.contains(&format!("{}: vanished", sandbox.read("name").trim())), "{}", ran.err);
}

#[test]
fn however_many_are_removed_those_that_rotation_moves_on_are_found() {
    let sandbox = Sandbox::new();
    (0..40).for_each(|number| drop(sandbox.write(&format!("logs/old{number}.log"), LINE)));
    (0..5).for_each(|number| drop(sandbox.write(&format!("logs/app{number}.log"), LINE.repeat(10))));
    let rotate = "for old in logs/old*; do [ $old = $1 ] || rm $old; done; \
                  for app in logs/app*; do mv $app $app.1; echo '{\"service\":\"new\"}' > $app; done";
    let Some(ran) = meddled(&sandbox, ".log", rotate) else { return };
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let kept = (0..40).any(|number| sandbox.path().join(format!("logs/old{number}.log")).exists());
    let records = 50 + u32::from(kept);
    assert_eq!(ran.out, format!("service,records,lines\ncart,{records},{records}\n"), "{}", ran.err);
}

#[test]
fn a_file_that_loses_one_of_two_names_counts_once() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/one.log", LINE.repeat(10));
    std::fs::hard_link(sandbox.path().join("logs/one.log"), sandbox.path().join("logs/two.log")).unwrap();
    let Some(ran) = meddled(&sandbox, ".log", "rm $1") else { return };
    assert_eq!(ran.complete(), "service,records,lines\ncart,10,10\n");
}

#[test]
fn what_has_no_length_before_it_is_read_is_decoded_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("logs/a.log", noise(300_000));
    sandbox.write("logs/b.log", noise(300_000));
    sandbox.write("logs/c.log", noise(1_000));
    for (tool, name) in [("gzip", "b.log"), ("bzip2", "c.log")] {
        let packed = Command::new(tool).arg(name).current_dir(sandbox.path().join("logs")).status();
        assert!(packed.is_ok_and(|status| status.success()), "{tool}");
    }
    let expected = sandbox.run(&["-c", "records,lines", "logs"]).complete();
    let Some(ran) = told(&sandbox, &[("MEDDLE_LENGTH", "0")]) else { return };
    assert_eq!(ran.complete(), expected);
}
