//! Files of options, and tables of formats: they are read, or it is said in which line they are wrong.
#![no_main]

use clap::Parser;
use logtally::{cli::Cli, config, job::Job, parse::declared};
use logtally_fuzz::scratch;
use std::ffi::OsString;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let file = scratch::write("config", text);
    let typed = [OsString::from("logtally"), OsString::from("--config"), file.into_os_string(), OsString::from(".")];
    let cli = Cli::try_parse_from(&typed).expect("an option and a path");
    match config::with_config(&typed, &cli) {
        Err(error) => assert!(error.to_string().contains(", line "), "{error}"),
        Ok(None) => {}
        // Each option makes sense by itself; together they may not.
        Ok(Some(all)) => {
            if let Ok(cli) = Cli::try_parse_from(&all)
                // Nothing is opened that an input names.
                && !all.iter().any(|option| option.to_string_lossy().contains("file"))
            {
                assert_eq!(cli.count.paths.len(), 1, "{all:?}");
                if let Err(error) = Job::try_from(cli.count) {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }

    let Ok(text) = std::str::from_utf8(text) else { return };
    match declared::load(text) {
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && !said.contains('\u{1b}'), "{said:?}");
        }
        Ok(entries) => assert!(entries.iter().all(|entry| !entry.name.is_empty())),
    }
});
