//! What a user was promised, shown on the library and on the real binary. One program, a module for each subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod changing;
mod command_line;
mod corpus;
mod floors;
mod formats;
mod laws;
mod naive;
mod readme;
mod samples;
mod sandbox;
