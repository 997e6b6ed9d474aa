//! `logtally PATH...`: see the library for the map, and `logtally --help` for the user's side.

use clap::Parser;
use logtally::{cli::Cli, command, job::Job};
use std::process::ExitCode;

fn main() -> ExitCode {
    let status = match Job::try_from(Cli::parse()) {
        Ok(job) => command::count::run(job),
        Err(error) => {
            eprintln!("logtally: {error}");
            command::Status::Failed
        }
    };
    ExitCode::from(status.code())
}
