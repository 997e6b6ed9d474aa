//! What a user was promised, shown on the library and on the real binary. One program, a module for each subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archives;
mod bench;
mod changing;
mod config;
mod corpus;
mod damaged;
mod declared;
mod destinations;
mod detect;
mod doubts;
mod encodings;
mod filtered;
mod filters;
mod floors;
mod formats;
mod groups;
mod hostile;
mod input;
mod laws;
mod manners;
mod messages;
mod naive;
mod readers;
mod readme;
mod reports;
mod running;
mod samples;
mod sandbox;
mod services;
mod sums;
mod text;
mod times;
mod unwrap;
mod values;
