//! The README's commands are run, and print what it says they print.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

/// The commands of the `console` blocks, each with the output that follows it.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ if !in_block => {}
            _ => match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push((command.to_owned(), String::new())),
                (None, Some((_, output))) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, None) => panic!("output before a command: {line}"),
            },
        }
    }
    found
}

#[test]
fn its_commands_print_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = commands(&fs::read_to_string(root.join("README.md")).unwrap());

    // The first two are all the set-up there is. Running cargo in a test of cargo's would only wait for itself.
    assert_eq!(commands[0].0, "cargo run --release -- --format table sample_logs");
    assert_eq!(commands[1].0, "cargo test");
    assert!(commands.len() >= 10, "the test reads the README no more");

    // A copy of the tree, since a command may write.
    let copy = tempfile::tempdir().unwrap();
    let status = Command::new("cp").arg("-R").arg(root.join("sample_logs")).arg(copy.path()).status().unwrap();
    assert!(status.success());
    let bin = tempfile::tempdir().unwrap();
    symlink(env!("CARGO_BIN_EXE_logtally"), bin.path().join("logtally")).unwrap();
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    for (command, expected) in &commands[2..] {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(copy.path()).env("PATH", &path).stdin(Stdio::null());
        shell.stdout(writer.try_clone().unwrap()).stderr(writer);
        let mut child = shell.spawn().unwrap();
        // The pipe ends when no one holds its writing side, the command that was started included.
        drop(shell);
        let output = std::io::read_to_string(reader).unwrap();
        child.wait().unwrap();
        assert_eq!(&output, expected, "$ {command}");
    }
}
