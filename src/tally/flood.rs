//! That nobody can flood the map with keys that collide: what can be known of a hash without its seed is nothing.

use super::print::Fingerprint;
use foldhash::fast::RandomState;
use std::{collections::HashMap, env, process::Command};

fn hash(hasher: &RandomState, key: &[u8]) -> u64 {
    Fingerprint::of(key, 0).hash(hasher, key)
}

/// Names of each length that is hashed in a way of its own.
fn keys(number: u64) -> [Vec<u8>; 3] {
    let number = number.to_string();
    [number.clone().into_bytes(), format!("{number:0>24}").into_bytes(), format!("{number:0>60}").into_bytes()]
}

/// Places in the index are the top bits of hashes. Thousands of keys whose places are the same where one seed is known ...
#[test]
fn keys_that_collide_under_one_seed_are_spread_under_another() {
    for way in 0..3 {
        let (known, other) = (RandomState::default(), RandomState::default());
        let crowd: Vec<Vec<u8>> =
            (0..1_000_000).map(|number| keys(number)[way].clone()).filter(|key| hash(&known, key) >> 56 == 0).collect();
        assert!(crowd.len() > 3000, "{}", crowd.len());
        // ... are as many to a place as others where it is not: in twice as many places as keys, a handful.
        let bits = 64 - (2 * crowd.len()).next_power_of_two().ilog2();
        let most = |hasher: &RandomState| {
            let mut places: HashMap<u64, u32> = HashMap::new();
            crowd.iter().for_each(|key| *places.entry(hash(hasher, key) >> bits).or_default() += 1);
            places.into_values().max().unwrap()
        };
        assert!(most(&known) > 50, "{}", most(&known));
        // By chance nine in one of 8,192 places are less than one in a million.
        assert!(most(&other) < 16, "{}", most(&other));
    }
}

/// Two processes have not the same seed.
#[test]
fn each_process_hashes_in_its_own_way() {
    const TOLD: &str = "LOGTALLY_TELL_HASH";
    if env::var_os(TOLD).is_some() {
        println!("hash {:016x} told", hash(&RandomState::default(), b"checkout"));
        return;
    }
    let told = || {
        let mut this = Command::new(env::current_exe().unwrap());
        this.args(["--exact", "tally::flood::each_process_hashes_in_its_own_way", "--nocapture"]).env(TOLD, "1");
        let output = String::from_utf8(this.output().unwrap().stdout).unwrap();
        output.lines().find(|line| line.ends_with(" told")).map(str::to_owned).unwrap()
    };
    assert_ne!(told(), told());
}
