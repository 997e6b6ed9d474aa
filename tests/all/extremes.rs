//! Names, trees and lines such as nobody makes on purpose.

use crate::sandbox::Sandbox;
use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::{ffi::OsStrExt, fs::FileExt, fs::symlink},
};

#[test]
fn names_are_any_bytes() {
    let sandbox = Sandbox::new();
    let names: [&[u8]; 8] =
        [b"new\nline.log", b"\x1b[2Jclear.log", b"bell\x07.log", b"\xff\xfe.log", b" .log", b"-", b"a,\"b\".log", b"\x01"];
    for name in names {
        // Some file systems refuse such names.
        if fs::write(sandbox.path().join(OsStr::from_bytes(name)), "one\n").is_err() {
            return;
        }
    }
    symlink("nothing", sandbox.path().join("gone\n\x1b[2J")).unwrap();
    let output = sandbox.command(&["--by", "file", "--columns", "lines", "--format", "ndjson", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), names.len(), "a row for each: {output:?}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("./gone\\n\\u{1b}[2J: a link to a file that does not exist"), "{err}");
    assert!(!err.contains('\x1b') && err.lines().count() == 2, "{err:?}");
    // In CSV they are what they are.
    fs::remove_file(sandbox.path().join("gone\n\x1b[2J")).unwrap();
    let report = sandbox.bytes(&["--by", "file", "--columns", "lines", "."]);
    for quoted in [&b"\n\"./new\nline.log\",1\n"[..], b"\n./\xff\xfe.log,1\n", b"\n\"./a,\"\"b\"\".log\",1\n"] {
        assert!(report.windows(quoted.len()).any(|part| part == quoted), "{}", report.escape_ascii());
    }
}

#[test]
fn a_line_of_any_length_is_a_line() {
    let sandbox = Sandbox::new();
    let file = File::create(sandbox.path().join("long.log")).unwrap();
    let len = 40 << 20;
    file.write_all_at(b"{\"service\":\"cart\",\"text\":\"", 0).unwrap();
    file.write_all_at(&[b'x'; 4096], 20 << 20).unwrap();
    file.write_all_at(b"\"}\n{\"service\":\"auth\"}\n", len - 22).unwrap();
    let report = format!("service,records,lines,bytes\nauth,1,1,19\ncart,1,1,{}\n", len - 19);
    for io in ["read", "mmap"] {
        for chunk in ["1M", "4M", "1G"] {
            assert_eq!(sandbox.run(&["--io", io, "--chunk-size", chunk, "long.log"]).complete(), report, "{io} {chunk}");
        }
    }
}

/// `cargo test --release --test all -- --ignored gigabytes`.
#[test]
#[ignore = "it reads 3 GB several times"]
fn a_line_of_gigabytes_is_a_line_and_takes_no_memory() {
    let sandbox = Sandbox::new();
    let file = File::create(sandbox.path().join("long.log")).unwrap();
    let len = 3 << 30;
    file.write_all_at(b"{\"service\":\"cart\",\"text\":\"", 0).unwrap();
    file.write_all_at(b"\"}\n", len - 3).unwrap();
    for (io, limit) in [("read", "-v 200000"), ("mmap", "-v unlimited")] {
        let script = format!("ulimit {limit} && exec \"$0\" --io {io} long.log");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_logtally")]).current_dir(sandbox.path()).env("MALLOC_ARENA_MAX", "1");
        let ran = crate::sandbox::ran(&mut command);
        assert_eq!(ran.complete(), format!("service,records,lines,bytes\ncart,1,1,{len}\n"), "{io}");
    }
}
