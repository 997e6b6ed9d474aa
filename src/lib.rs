//! logtally counts log records per service over trees of files.
//!
//! # The road of a line
//!
//! ```text
//! walk --LogFile--> read --Chunk--> parse --Record--> classify --Key--> tally --Counts--> report
//! ```
//!
//! Six stations, each a verb, each handing the next one noun. [`engine`] drives the road in parallel; [`command`] speaks to the
//! user.
//!
//! # The floors
//!
//! An import goes to a lower floor, never up or sideways (a test keeps it so):
//!
//! | floor | rooms |
//! |---|---|
//! | 9 | [`command`] |
//! | 8 | [`job`], [`config`] |
//! | 7 | [`cli`] |
//! | 6 | [`progress`], [`signals`] |
//! | 5 | [`engine`], [`report`] |
//! | 4 | [`tally`] |
//! | 3 | [`classify`] |
//! | 2 | [`read`], [`scaling`], [`walk`] |
//! | 1 | [`decode`], [`archive`], [`parse`], [`failure`], [`stats`] |
//! | 0 | [`memory`], [`parallel`], [`reach`], [`simd`], [`striped`], [`system`] |
//!
//! # The law of joining
//!
//! A record is judged from its own lines, its file's path, reference time and head alone; a count holds only sums, minima and maxima.
//! What a chunk of a file cannot know by itself is whose the lines before its first record are: that is settled when neighbouring chunks are
//! joined ([`engine::Edges`]). (Where a record's level is on its second line, the chunk that has the first looks at it, whosever it is.)
//! Joining is associative, and adding the counts of whole files is commutative too, so the answer
//! is the same for any size of chunks, any number of threads, and any order of files.

pub mod memory;
pub mod parallel;
pub mod reach;
pub mod simd;
pub mod striped;
pub mod system;

pub mod archive;
pub mod decode;
pub mod failure;
pub mod parse;
pub mod stats;

pub mod read;
pub mod scaling;
pub mod walk;

pub mod classify;

pub mod tally;

pub mod engine;
pub mod report;

pub mod progress;
pub mod signals;

pub mod cli;

pub mod config;
pub mod job;

pub mod command;
