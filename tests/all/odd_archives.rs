//! Archives that are sound and unusual, or damaged where it is easily overlooked: no line of theirs is lost in silence.

use crate::{damaged::compressed, sandbox::Sandbox};
use std::process::{Command, Stdio};

/// Runs a tool in the sandbox; false, and said so, where it is not installed.
fn make(sandbox: &Sandbox, script: &str) -> bool {
    let program = script.split(' ').next().unwrap();
    let made = Command::new("sh").args(["-c", script]).current_dir(sandbox.path()).stdin(Stdio::null()).output().unwrap();
    match made.status.code() {
        Some(0) => true,
        Some(127) => {
            eprintln!("skipped: {program} is not installed");
            false
        }
        _ => panic!("{script}: {}", String::from_utf8_lossy(&made.stderr)),
    }
}

fn lines(number: usize) -> String {
    (0..number).map(|line| format!("2024-01-15 10:00:00 INFO line {line}\n")).collect()
}

fn by_file(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.run(&[&["--by", "file", "--columns", "lines", "--sort", "name"], arguments].concat()).complete()
}

/// The field for names has room for a hundred bytes. Cut there, the name of a file may end in a slash, as a folder's does.
#[test]
fn a_long_name_that_is_cut_at_a_slash() {
    let folder = format!("t/{}", "k".repeat(97));
    assert_eq!(format!("{folder}/").len(), 100);
    for form in ["gnu", "posix", "ustar"] {
        let sandbox = Sandbox::new();
        sandbox.write(&format!("{folder}/app.log"), lines(1000));
        sandbox.write("t/b.log", lines(10));
        if !make(&sandbox, &format!("tar --format={form} -cf x.tar t")) {
            return;
        }
        let expected = format!("file,lines\nx.tar!/t/b.log,10\nx.tar!/{folder}/app.log,1000\n");
        assert_eq!(by_file(&sandbox, &["x.tar"]), expected, "{form}");
    }
}

#[test]
fn a_tar_archive_with_a_label() {
    let sandbox = Sandbox::new();
    sandbox.write("t/b.log", lines(10));
    for (name, options) in [("x.tar", "-cf"), ("x.tgz", "-czf")] {
        if !make(&sandbox, &format!("tar {options} {name} -V label t/b.log")) {
            return;
        }
        assert_eq!(by_file(&sandbox, &[name]), format!("file,lines\n{name}!/t/b.log,10\n"));
    }
}

/// zip stores what it reads from a pipe as a pipe.
#[test]
fn a_zip_archive_of_a_pipe() {
    let sandbox = Sandbox::new();
    sandbox.write("b.log", lines(500));
    if !make(&sandbox, "zip -q --version && cat b.log | zip -q x.zip -") {
        return;
    }
    assert_eq!(by_file(&sandbox, &["x.zip"]), "file,lines\nx.zip!/-,500\n");
}

/// What a crash leaves: text, then zeros to the end of what was to be written.
#[test]
fn text_that_ends_in_zeros_is_text() {
    let text = lines(30);
    for zeros in [360, 10_000, 100_000] {
        let sandbox = Sandbox::new();
        let bytes = [text.as_bytes(), &vec![0; zeros]].concat();
        sandbox.write("x.log", &bytes);
        assert_eq!(
            sandbox.run(&["--columns", "records,lines", "x.log"]).complete(),
            "service,records,lines\nx,30,31\n",
            "{zeros}"
        );
        if let Some(packed) = compressed("gzip -c", &bytes) {
            sandbox.write("y.log.gz", packed);
            let counted = sandbox.run(&["--columns", "records,lines", "y.log.gz"]).complete();
            assert_eq!(counted, "service,records,lines\ny,30,31\n", "{zeros}, compressed");
        }
    }
}

/// Garbage behind a file is passed over, as gzip and bzip2 do it. What was a member, but for a bit of its magic number, is no garbage.
#[test]
fn a_member_whose_magic_number_is_damaged() {
    let (first, second) = (lines(300), lines(700));
    for (command, name, places) in [("gzip -c", "x.gz", 0..3), ("bzip2 -c", "x.bz2", 0..10)] {
        let [Some(head), Some(tail)] = [&first, &second].map(|text| compressed(command, text.as_bytes())) else { continue };
        let sandbox = Sandbox::new();
        for place in places {
            for bit in 0..8 {
                let mut damaged = tail.clone();
                damaged[place] ^= 1 << bit;
                sandbox.write(name, [head.as_slice(), &damaged].concat());
                let ran = sandbox.run(&["--columns", "lines", name]);
                let counted: Vec<&str> = ran.out.lines().collect();
                // Of bzip2 there are nine sizes of blocks, and any is as good.
                let all = counted == ["service,lines", "x,1000"] && ran.code == Some(0) && place == 3;
                let told = counted == ["service,lines", "x,300"] && ran.code == Some(1) && ran.err.contains("damaged");
                assert!(all || told, "{name}, byte {place}, bit {bit}: {ran:?}");
            }
        }
        sandbox.write(name, [head.as_slice(), b"something else that is behind it\n"].concat());
        assert_eq!(sandbox.run(&["--columns", "lines", name]).complete(), "service,lines\nx,300\n");
    }
}

/// What is nearly a compressed file is a damaged one, and no text: its bytes have hardly more control characters than text may have.
#[test]
fn a_file_whose_magic_number_is_damaged() {
    for (command, name, places) in [("gzip -nc", "x.log", 0..3), ("bzip2 -c", "x.log", 0..10)] {
        let Some(whole) = compressed(command, lines(300).as_bytes()) else { continue };
        let sandbox = Sandbox::new();
        for place in places.filter(|place| !(command.starts_with("bzip2") && *place == 3)) {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[place] ^= 1 << bit;
                sandbox.write(name, damaged);
                let ran = sandbox.run(&["--columns", "lines", name]);
                assert_eq!((ran.out.as_str(), ran.code), ("service,lines\n", Some(1)), "{command}, byte {place}, bit {bit}");
                assert!(ran.err.contains("x.log: damaged "), "{}", ran.err);
            }
        }
    }
}

/// A member that zip compresses is decoded within it, and has the limit of a file.
#[test]
fn a_large_member_of_a_zip_archive() {
    let sandbox = Sandbox::new();
    let text = "hello world\n".repeat(100_000);
    sandbox.write("big.log", &text);
    sandbox.write("small.log", lines(5));
    if !make(&sandbox, "zip -q x.zip big.log small.log") {
        return;
    }
    let ran = sandbox.run(&["--by", "file", "--columns", "lines", "--sort", "name", "--max-decoded", "120000", "x.zip"]);
    // 10,000 lines of 12 bytes.
    assert_eq!(ran.out, "file,lines\nx.zip!/big.log,10000\nx.zip!/small.log,5\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("x.zip!/big.log: it decodes to more than 120000 bytes; "), "{}", ran.err);
    let whole = text.len().to_string();
    assert_eq!(by_file(&sandbox, &["--max-decoded", &whole, "x.zip"]), "file,lines\nx.zip!/big.log,100000\nx.zip!/small.log,5\n");
}
