//! See `logtally_fuzz::deflate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|deflated: &[u8]| logtally_fuzz::deflate::check(deflated));
