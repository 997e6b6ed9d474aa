//! A tar archive gives the same members however its bytes come and are read.
#![no_main]

use logtally::archive::{Tar, exhaust, is_tar};
use logtally_fuzz::{Chance, Slow, archives};

libfuzzer_sys::fuzz_target!(|stored: &[u8]| {
    let mut chance = Chance::of(stored);
    let _ = is_tar(stored);
    let whole = archives::read(&mut Tar::new(stored), || 1 << 16);
    let most = chance.of_these(&[1, 3, 100, 512, 10_000]);
    let source = Slow::new(stored, chance.clone());
    let slow = archives::read(&mut Tar::new(source), || 1 + chance.below(most));
    assert!(slow == whole, "in steps of up to {most}:\n{slow:?}\nat once:\n{whole:?}");
    let total: usize = whole.members.iter().map(|(_, bytes, _)| bytes.len()).sum();
    assert!(total <= stored.len(), "members are {total} bytes of {}", stored.len());
    assert_eq!(exhaust(&mut Tar::new(stored)).ok(), (whole.end == "whole").then_some(total as u64));
    // Nothing of a member is asked for.
    let names = archives::passed_over(&mut Tar::new(stored));
    assert!(whole.members.iter().map(|(member, ..)| member).eq(&names), "passed over: {names:?}, read: {whole:?}");
});
