//! `logtally PATH...`: see the library for the map, and `logtally --help` for the user's side.

use clap::Parser;
use logtally::{
    cli::{self, Cli, Verb},
    command::{self, Status},
    config,
    job::UsageError,
};
use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    command::guarded(done)
}

/// Does what was typed.
fn done() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let cli = match read(&typed) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let cli = match config::with_config(&typed, &cli).map(|all| all.map(|all| read(&all))) {
        Ok(None) => cli,
        Ok(Some(Ok(cli))) => cli,
        Ok(Some(Err(code))) => return code,
        Err(error) => return failed(&error),
    };
    let status = match cli.verb {
        Some(Verb::Completions { shell }) => command::describe::completions(shell),
        Some(Verb::Man { verb }) => command::describe::man(verb),
        Some(Verb::Detect(detect)) => run(*detect, command::detect::run),
        Some(Verb::Bench(bench)) => run(*bench, command::bench::run),
        Some(Verb::Count(count)) => run(*count, command::count::run),
        None => run(cli.count, command::count::run),
    };
    ExitCode::from(status.code())
}

/// What was typed. Help and the like are answered here.
fn read(arguments: &[OsString]) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| {
        if error.use_stderr() {
            eprintln!("logtally: {}", cli::complaint(&error));
            return ExitCode::from(Status::Failed.code());
        }
        let _ = error.print();
        ExitCode::SUCCESS
    })
}

/// Does what was typed, if it makes sense.
fn run<A, J: TryFrom<A, Error = UsageError>>(typed: A, verb: fn(J) -> Status) -> Status {
    match J::try_from(typed) {
        Ok(job) => verb(job),
        Err(error) => {
            eprintln!("logtally: {error}");
            Status::Failed
        }
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("logtally: {error}");
    ExitCode::from(Status::Failed.code())
}
