//! The commands of the README and of the pages in `docs` are run, and print what it says there that they print.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
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

/// Runs commands in a copy of the sample logs, since a command may write.
fn run(page: &str, commands: &[(String, String)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    let status = Command::new("cp").arg("-R").arg(root.join("sample_logs")).arg(copy.path()).status().unwrap();
    assert!(status.success());
    let bin = tempfile::tempdir().unwrap();
    symlink(env!("CARGO_BIN_EXE_logtally"), bin.path().join("logtally")).unwrap();
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    for (command, expected) in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(copy.path()).env("PATH", &path).stdin(Stdio::null());
        // Options that somebody keeps for himself are not meant.
        shell.env("XDG_CONFIG_HOME", copy.path());
        shell.stdout(writer.try_clone().unwrap()).stderr(writer);
        let mut child = shell.spawn().unwrap();
        // The pipe ends when no one holds its writing side, the command that was started included.
        drop(shell);
        let output = std::io::read_to_string(reader).unwrap();
        child.wait().unwrap();
        assert_eq!(&output, expected, "{page}: $ {command}");
    }
}

/// The pages beside the README, in the order of their names.
fn pages() -> Vec<PathBuf> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let paths = fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.sort();
    pages
}

#[test]
fn its_commands_print_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = commands(&fs::read_to_string(root.join("README.md")).unwrap());

    // The first two are all the set-up there is. Running cargo in a test of cargo's would only wait for itself.
    assert_eq!(commands[0].0, "cargo run --release -- --format table sample_logs");
    assert_eq!(commands[1].0, "cargo test");
    assert!(commands.len() >= 10, "the test reads the README no more");
    run("README.md", &commands[2..]);
}

#[test]
fn the_pages_commands_print_what_they_say() {
    let mut number = 0;
    for page in pages() {
        let commands = commands(&fs::read_to_string(&page).unwrap());
        number += commands.len();
        run(&page.display().to_string(), &commands);
    }
    assert!(number >= 5, "the test reads the pages no more");
}

/// A link to a file, or to a heading of the same page, leads somewhere.
#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let anchor = |line: &str| {
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
        let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
    };
    for page in pages().into_iter().chain([root.join("README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let leads = match link.strip_prefix('#') {
                Some(name) => text.lines().filter_map(anchor).any(|anchor| anchor == name),
                None => page.parent().unwrap().join(link).exists(),
            };
            assert!(leads, "{}: {link}", page.display());
        }
    }
}
