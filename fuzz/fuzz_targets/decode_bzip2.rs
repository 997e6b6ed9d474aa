//! See `logtally_fuzz::decode`.
#![no_main]

use logtally::decode::Codec;

libfuzzer_sys::fuzz_target!(|stored: &[u8]| logtally_fuzz::decode::check(Codec::Bzip2, stored));
