//! The tool about itself: completions for shells, and the manual page.

use super::Status;
use crate::cli;
use std::io::{self, Write};

/// Writes a shell's completions to standard output.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> Status {
    let mut text = Vec::new();
    cli::completions(shell, &mut text);
    write(&text)
}

/// Writes the manual page, or that of a verb, to standard output.
#[must_use]
pub fn man(verb: Option<cli::Page>) -> Status {
    let mut text = Vec::new();
    match cli::man(verb, &mut text) {
        Ok(()) => write(&text),
        Err(error) => failed(&error),
    }
}

fn write(text: &[u8]) -> Status {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(&error),
        _ => Status::Complete,
    }
}

fn failed(error: &io::Error) -> Status {
    let _ = writeln!(io::stderr(), "logtally: standard output: {error}");
    Status::Failed
}
