//! Criterion benches: a module for each station, and the whole road. All in bytes per second.
//!
//! `cargo bench -- parse` runs one station; `cargo bench -- --save-baseline NAME` and `-- --baseline NAME` compare a change.
#![allow(missing_docs, clippy::unwrap_used)]

mod declared;
mod generate;
mod hostile;
mod parse;
mod read;
mod report;
mod road;
mod tally;
mod walk;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    stations,
    walk::benches,
    read::benches,
    parse::benches,
    declared::benches,
    hostile::benches,
    tally::benches,
    report::benches,
    road::benches
);
criterion_main!(stations);
