//! Imports go down: from a room to one on a lower floor, never up or sideways. The floors are those of `src/lib.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

const FLOORS: &[(&str, u32)] = &[
    ("command", 9),
    ("config", 8),
    ("job", 8),
    ("cli", 7),
    ("progress", 6),
    ("signals", 6),
    ("engine", 5),
    ("report", 5),
    ("tally", 4),
    ("classify", 3),
    ("read", 2),
    ("walk", 2),
    ("decode", 1),
    ("parse", 1),
    ("archive", 1),
    ("failure", 1),
    ("scaling", 2),
    ("stats", 1),
    ("memory", 0),
    ("parallel", 0),
    ("reach", 0),
    ("simd", 0),
    ("striped", 0),
    ("system", 0),
];

#[test]
fn imports_go_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut imports = 0;
    for file in rust_files(&src) {
        let room = room_of(file.strip_prefix(&src).unwrap());
        if matches!(room.as_str(), "main" | "lib") {
            continue;
        }
        let floor = floor_of(&room).unwrap_or_else(|| panic!("{} is on no floor: add it to src/lib.rs and here", file.display()));
        for target in imported(&fs::read_to_string(&file).unwrap()) {
            imports += 1;
            let allowed = target == room || floor_of(&target).is_some_and(|below| below < floor);
            if !allowed {
                wrong.push(format!("{} imports crate::{target}", file.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(imports > 20, "the test reads imports no more");
}

/// Each dependency has one door; deflate is in gzip and in zip, and has two; so have documents that are
/// written here and there, and read again.
#[test]
fn one_door_for_each_dependency() {
    const DOORS: &[(&str, &str)] = &[
        ("clap", "cli"),
        ("fearless_simd", "simd.rs"),
        ("indicatif", "progress/"),
        ("signal_hook", "signals.rs"),
        ("globset", "walk/glob.rs"),
        ("dashmap", "tally/"),
        ("rayon", "engine/"),
        ("walkdir", "walk/"),
        ("jiff", "parse/time/zone.rs"),
        ("memmap2", "system.rs"),
        ("libc", "system.rs"),
        ("csv", "report/csv.rs"),
        ("serde_json", "report/json"),
        ("serde_json", "report/scaling/"),
        ("serde_json", "report/stats/json.rs"),
        ("serde_json", "scaling/baseline.rs"),
        ("rustix", "reach.rs"),
        ("rustix", "read/page_cache.rs"),
        ("rustix", "system.rs"),
        ("rustix", "read/handle.rs"),
        ("rustix", "stats/process.rs"),
        ("rustix", "engine/pool.rs"),
        ("rustix", "report/draft.rs"),
        ("tempfile", "report/draft.rs"),
        ("flate2", "archive/zip/inflate.rs"),
        ("toml", "parse/declared/"),
        ("serde", "parse/declared/"),
        ("flate2", "decode/gzip.rs"),
        ("libdeflater", "decode/whole.rs"),
        ("zstd_safe", "decode/zstd.rs"),
        ("bzip2", "decode/bzip2.rs"),
        ("liblzma", "decode/xz.rs"),
        ("lz4_flex", "decode/lz4.rs"),
        ("twox_hash", "decode/lz4.rs"),
    ];
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        // A room's tests may compare with what they like.
        if name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        let text = product_code(&fs::read_to_string(&file).unwrap());
        for (dependency, door) in DOORS {
            let used = text.contains(&format!("use {dependency}::"))
                || text.contains(&format!(" ::{dependency}::"))
                || text.contains(&format!("({dependency}::"));
            // The one thing that main does with clap is to ask it to read the arguments.
            let is_door = |(other, door): &&(&str, &str)| other == dependency && name.starts_with(door);
            let allowed = DOORS.iter().any(|entry| is_door(&entry)) || (name == "main.rs" && *dependency == "clap");
            assert!(!used || allowed, "{name} uses {dependency}, whose door is {door}");
        }
        let may_be_unsafe = name == "system.rs";
        assert!(may_be_unsafe || !text.contains("unsafe {"), "{name} has unsafe code");
    }
}

fn product_code(text: &str) -> String {
    text.split("#[cfg(test)]\n").next().unwrap_or_default().to_owned()
}

fn floor_of(room: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The room that a file is in: its folder, or itself.
fn room_of(file: &Path) -> String {
    let first = file.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a file's imports and paths name, in its product code.
fn imported(text: &str) -> Vec<String> {
    let text = product_code(text);
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        rooms.push(std::mem::take(&mut word));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => rooms.push(std::mem::take(&mut word)),
                    _ if depth == 0 => word.push(letter),
                    _ => {}
                }
            }
        } else {
            rooms.push(rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect());
        }
    }
    let first = |path: String| path.trim().split("::").next().unwrap_or_default().to_owned();
    rooms.into_iter().map(first).filter(|room| !room.is_empty()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
