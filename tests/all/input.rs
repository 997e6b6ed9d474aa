//! What is found and counted: trees, links, lists of names, standard input.

use crate::sandbox::{APP, JSON, Sandbox, tree};
use std::{
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt, symlink},
    },
    process::Command,
};

#[test]
fn standard_input() {
    let sandbox = tree();
    let out = sandbox.run_with_input(&["-"], JSON.as_bytes()).complete();
    assert_eq!(out, "service,records,lines,bytes\ncart,2,2,88\nauth,1,2,59\n");
    let out = sandbox.run_with_input(&["--columns", "records", "-", "logs/pay.log.1", "-"], b"just\ntext\n").complete();
    assert_eq!(out, "service,records\norg.example.Pay,2\nstdin,2\n");
    let ran = sandbox.run_with_input(&["-"], &[0x1f, 0x8b, 8, 0, 0]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("-: damaged gzip data"), "{}", ran.err);
}

#[test]
fn each_file_once() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    fs::hard_link(sandbox.path().join("logs/pay.log.1"), sandbox.path().join("logs/web/pay-again.log")).unwrap();
    symlink("../pay.log.1", sandbox.path().join("logs/web/pay-link.log")).unwrap();
    symlink("web", sandbox.path().join("logs/folder-link")).unwrap();
    assert_eq!(sandbox.run(&["logs", "logs/web", "logs/web/cart.log", "./logs"]).complete(), expected);
}

#[test]
fn special_files_in_a_tree_are_passed_over() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("logs/pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(sandbox.path().join("logs/socket")).unwrap();
    assert_eq!(sandbox.run(&["logs"]).complete(), expected);
}

#[test]
fn a_fifo_by_name_is_not_opened_but_named() {
    let sandbox = tree();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    let ran = sandbox.run(&["pipe", "logs/pay.log.1"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "logtally: incomplete: 1 input could not be counted whole, 1 file counted\n  \
         pipe: a FIFO, which is never opened; give its content as standard input, with - as the path\n"
    );
    assert!(ran.out.contains("org.example.Pay,2"));
}

#[test]
fn a_missing_path_costs_itself_only() {
    let ran = tree().run(&["logs", "lgos"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "logtally: incomplete: 1 input could not be counted whole, 2 files counted\n  \
         lgos: no such file or folder; check the spelling, or whether its disk is mounted\n"
    );
    assert!(ran.out.contains("cart,2,2,88"));
}

#[test]
fn unreadable_files_and_folders_cost_themselves_only() {
    let sandbox = tree();
    let file = sandbox.write("logs/secret.log", JSON);
    let folder = sandbox.path().join("logs/locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        // Root may read everything.
        eprintln!("unreadable_files: skipped for root, whom no mode keeps out");
    } else {
        let ran = sandbox.run(&["logs"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.err.contains("logs/secret.log: cannot open it: permission denied"), "{}", ran.err);
        assert!(ran.err.contains("logs/locked: cannot list it: permission denied"), "{}", ran.err);
        assert!(ran.out.contains("cart,2,2,88"));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn links_to_nothing_and_loops_are_named() {
    let sandbox = tree();
    symlink("gone.log", sandbox.path().join("logs/current.log")).unwrap();
    symlink("round.log", sandbox.path().join("logs/round.log")).unwrap();
    symlink(".", sandbox.path().join("logs/self")).unwrap();
    let ran = sandbox.run(&["logs"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.err.lines().count(), 3, "{}", ran.err);
    assert!(ran.err.contains("logs/current.log: a link to a file that does not exist"), "{}", ran.err);
    assert!(ran.err.contains("logs/round.log: cannot follow it"), "{}", ran.err);
}

#[test]
fn no_file_at_all_is_incomplete() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("mnt")).unwrap();
    let ran = sandbox.run(&["mnt"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines,bytes\n"));
    assert!(ran.err.contains("no file was found"), "{}", ran.err);
    // An empty log is a log.
    sandbox.write("mnt/empty.log", "");
    assert_eq!(sandbox.run(&["mnt"]).complete(), "service,records,lines,bytes\n");
}

#[test]
fn the_answer_does_not_depend_on_how_it_is_computed() {
    let sandbox = tree();
    for number in 0..40 {
        sandbox.write(&format!("logs/{number}/app.log"), APP.repeat(number * 50));
        sandbox.write(&format!("logs/{number}/web.log"), JSON.repeat(number * 30));
    }
    let expected = sandbox.run(&["logs"]).complete();
    for threads in ["1", "2", "8", "0"] {
        for io in ["auto", "mmap", "read"] {
            for size in ["777", "64k", "4MiB"] {
                let arguments = ["-j", threads, "--io", io, "--chunk-size", size, "logs"];
                assert_eq!(sandbox.run(&arguments).complete(), expected, "{arguments:?}");
            }
        }
    }
}

#[test]
fn chunks_of_a_byte_take_no_memory_to_speak_of() {
    let sandbox = Sandbox::new();
    sandbox.write("x.log", JSON.repeat(20_000));
    let out = sandbox.run(&["--chunk-size", "1", "x.log"]).complete();
    assert_eq!(out, sandbox.run(&["x.log"]).complete());
    // A hole of an exabyte, where the file system has such: planning it must not be what fails.
    let file = fs::File::create(sandbox.path().join("hole.log")).unwrap();
    if file.set_len(1 << 42).is_ok() {
        let size = logtally::read::ChunkSize::new(1).for_file(1 << 42, 2);
        assert!((1u64 << 42).div_ceil(size) <= 1 << 16);
    }
}

#[test]
fn a_hostile_line_costs_itself_only() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    sandbox.write("evil/halves-of-the-day.log", format!("2024-01-15 10:00:00{}\n", " AM".repeat(300_000)));
    let out = sandbox.run(&["logs", "evil"]).complete();
    for row in expected.lines() {
        assert!(out.contains(row), "{out}");
    }
    assert!(out.contains("halves-of-the-day,1,1,900020"), "{out}");
}

/// A tree of files that hold one plain line each, so that a row is a file.
fn files(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in names {
        sandbox.write(name, "line\n");
    }
    sandbox
}

/// The files that a run counts.
#[track_caller]
fn counted(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let out = sandbox.run(&[&["-b", "file", "-c", "records", "-s", "name"], arguments].concat()).complete();
    out.lines().skip(1).map(|row| row.strip_suffix(",1").unwrap().to_owned()).collect()
}

#[test]
fn include_and_exclude() {
    let sandbox = files(&["l/a.log", "l/a.txt", "l/b.log.1", "l/old/c.log", "l/web/d.log", "l/web/old/e.log", "l/.hidden"]);
    let table: [(&[&str], &[&str]); 9] = [
        (&[], &["l/.hidden", "l/a.log", "l/a.txt", "l/b.log.1", "l/old/c.log", "l/web/d.log", "l/web/old/e.log"]),
        (&["--include", "*.txt"], &["l/a.txt"]),
        (
            &["--include", "*.txt", "--include", "*.log*"],
            &["l/a.log", "l/a.txt", "l/b.log.1", "l/old/c.log", "l/web/d.log", "l/web/old/e.log"],
        ),
        (&["--include", "web/*"], &["l/web/d.log"]),
        (&["--include", "web/**"], &["l/web/d.log", "l/web/old/e.log"]),
        (&["--exclude", "*.log"], &["l/.hidden", "l/a.txt", "l/b.log.1"]),
        (&["--exclude", "old/"], &["l/.hidden", "l/a.log", "l/a.txt", "l/b.log.1", "l/web/d.log"]),
        (&["--exclude", "web/old/", "--include", "*.log"], &["l/a.log", "l/old/c.log", "l/web/d.log"]),
        // What is left out stays so, whatever includes it, and in whatever order that is said.
        (&["--exclude", "a.*", "--include", "a.log", "--include", "*.1"], &["l/b.log.1"]),
    ];
    for (arguments, expected) in table {
        assert_eq!(counted(&sandbox, &[arguments, &["l"]].concat()), expected, "{arguments:?}");
    }
    let (out, err) = sandbox.run(&["--include", "*.nothing", "l"]).incomplete();
    assert_eq!(out, "service,records,lines,bytes\n");
    assert!(err.contains("all files that were found are left out by --include"), "{err}");
    sandbox.run(&["--include", "*.nothing", "--allow-empty", "l"]).complete();
}

#[test]
fn so_many_folders_down() {
    let sandbox = files(&["l/a", "l/x/b", "l/x/y/c"]);
    assert_eq!(counted(&sandbox, &["--max-depth", "1", "l"]), ["l/a"]);
    assert_eq!(counted(&sandbox, &["--max-depth", "2", "l"]), ["l/a", "l/x/b"]);
    assert_eq!(counted(&sandbox, &["--max-depth", "9", "l"]), ["l/a", "l/x/b", "l/x/y/c"]);
    // A file that is named is not in a folder.
    assert_eq!(counted(&sandbox, &["--max-depth", "0", "l", "l/x/b"]), ["l/x/b"]);
    assert_eq!(counted(&sandbox, &["--max-depth", "1", "l", "l/x/y"]), ["l/a", "l/x/y/c"]);
}

#[test]
fn links_to_folders() {
    let sandbox = files(&["l/a.log", "elsewhere/b.log"]);
    symlink("../elsewhere", sandbox.path().join("l/link")).unwrap();
    assert_eq!(counted(&sandbox, &["l"]), ["l/a.log"]);
    assert_eq!(counted(&sandbox, &["--follow", "l"]), ["l/a.log", "l/link/b.log"]);
    // Still once, under its own name.
    assert_eq!(counted(&sandbox, &["--follow", "l", "elsewhere"]), ["elsewhere/b.log", "l/a.log"]);
    // A link that is named is meant.
    assert_eq!(counted(&sandbox, &["l/link"]), ["l/link/b.log"]);
    symlink("..", sandbox.path().join("elsewhere/up")).unwrap();
    let (out, err) = sandbox.run(&["--follow", "-b", "file", "-c", "records", "l"]).incomplete();
    assert_eq!(out, "file,records\nl/a.log,1\nl/link/b.log,1\n");
    assert!(err.contains("leads back"), "{err}");
}

#[test]
fn other_disks_are_left_alone_if_asked() {
    let sandbox = files(&["l/a.log"]);
    let shm = std::path::Path::new("/dev/shm");
    let Ok(other) = tempfile::tempdir_in(shm) else {
        eprintln!("other_disks: skipped, as there is no /dev/shm to write to");
        return;
    };
    if fs::metadata(other.path()).unwrap().dev() == fs::metadata(sandbox.path()).unwrap().dev() {
        eprintln!("other_disks: skipped, as /dev/shm is on the disk of temporary files");
        return;
    }
    fs::write(other.path().join("b.log"), "line\n").unwrap();
    symlink(other.path(), sandbox.path().join("l/link")).unwrap();
    assert_eq!(counted(&sandbox, &["--follow", "l"]), ["l/a.log", "l/link/b.log"]);
    assert_eq!(counted(&sandbox, &["--follow", "--one-file-system", "l"]), ["l/a.log"]);
    // Each root stays on its own.
    let named = other.path().join("b.log");
    let named = named.to_str().unwrap();
    let both = counted(&sandbox, &["--one-file-system", "l", other.path().to_str().unwrap()]);
    assert_eq!(both, [named, "l/a.log"]);
}

#[test]
fn names_from_a_list() {
    let sandbox = files(&["l/a", "l/two\nlines", "l/x/b", "other"]);
    let names = b"l/a\0l/two\nlines\0l/a\0";
    sandbox.write("list", names);
    let records = |arguments: &[&str], input: &[u8]| {
        sandbox.run_with_input(&[&["-b", "dir", "-c", "records"], arguments].concat(), input).complete()
    };
    assert_eq!(records(&["--files0-from", "list"], b""), "dir,records\nl,2\n");
    assert_eq!(records(&["--files0-from", "-"], names), "dir,records\nl,2\n");
    // Beside what is typed; and a folder in the list is walked.
    assert_eq!(records(&["--files0-from", "list", "other"], b""), "dir,records\nl,2\n.,1\n");
    assert_eq!(records(&["--files0-from", "-"], b"l"), "dir,records\nl,2\nl/x,1\n");
    // Standard input may be in a list that is a file.
    sandbox.write("list", b"-\0");
    assert_eq!(records(&["--files0-from", "list"], b"one\ntwo\n"), "dir,records\n.,2\n");
    // An empty list is no file at all.
    let ran = sandbox.run_with_input(&["--files0-from", "-"], b"");
    assert!(ran.incomplete().1.contains("the list of --files0-from leads to no file"));
    sandbox.run_with_input(&["--files0-from", "-", "--allow-empty"], b"").complete();
    // A name that is gone costs itself only.
    sandbox.write("list", b"l/a\0gone\0");
    let (out, err) = sandbox.run(&["--files0-from", "list", "-c", "records"]).incomplete();
    assert_eq!(out, "service,records\na,1\n");
    assert!(err.contains("  gone: no such file"), "{err}");
}

#[test]
fn standard_input_is_not_both_the_list_and_counted() {
    let sandbox = files(&["a"]);
    let err = sandbox.run_with_input(&["--files0-from", "-", "-"], b"a\0").failed();
    assert!(err.contains("standard input"), "{err}");
}

#[test]
fn names_of_files_are_bytes() {
    let sandbox = Sandbox::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.log");
    fs::write(sandbox.path().join(name), "line\n").unwrap();
    assert_eq!(sandbox.bytes(&["-b", "service,file", "-c", "records", "."]), b"service,file,records\ncaf\xe9,./caf\xe9.log,1\n");
    let output = sandbox.command(&["-c", "records"]).arg(name).output().unwrap();
    assert_eq!(output.stdout, b"service,records\ncaf\xe9,1\n");
    sandbox.write("list", b"caf\xe9.log\0");
    assert_eq!(sandbox.bytes(&["-c", "records", "--files0-from", "list"]), b"service,records\ncaf\xe9,1\n");
}
