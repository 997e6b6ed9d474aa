//! A zip archive gives the same members however it is read.
#![no_main]

use logtally::archive::Zip;
use logtally_fuzz::{Chance, archives};
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|stored: &[u8]| {
    let mut chance = Chance::of(stored);
    let whole = archives::read(&mut Zip::new(Cursor::new(stored)), || 1 << 16);
    if whole.end == "too much" {
        return;
    }
    let most = chance.of_these(&[1, 3, 100, 10_000]);
    let slow = archives::read(&mut Zip::new(Cursor::new(stored)), || 1 + chance.below(most));
    assert!(slow == whole, "in steps of up to {most}:\n{slow:?}\nat once:\n{whole:?}");
    // Nothing of a member is asked for.
    let names = archives::passed_over(&mut Zip::new(Cursor::new(stored)));
    // Without a directory what is read may tell better where the next one is.
    let read = whole.members.iter().map(|(member, ..)| member);
    let same = if whole.end == "whole" { read.eq(&names) } else { read.zip(&names).all(|(read, name)| read == name) };
    assert!(same, "passed over: {names:?}, read: {whole:?}");
});
