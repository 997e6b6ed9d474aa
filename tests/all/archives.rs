//! Archives as the real archivers make them, and as nobody would make them: cut anywhere, changed anywhere, made up.

use crate::laws::config;
use logtally::archive::{self, Fault, Kind, Members, Tar, Zip};
use proptest::{collection::vec, prelude::*};
use std::{
    fs,
    io::{self, Cursor, Read, Seek},
    path::Path,
    process::Command,
};
use tempfile::TempDir;

const LOG: &[u8] = b"2024-01-15 14:32:25 INFO started\n2024-01-15 14:32:26 WARN slow\n";

/// What one archiver made, or `None`, said aloud, where this machine has not got it.
fn made_by(program: &str, arguments: &[&str], folder: &Path) -> Option<Vec<u8>> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("skipped: no {program} on this machine");
            return None;
        }
        output => output.unwrap(),
    };
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// A member as it was found: its name, whether it is a file, and its bytes.
type Found = (String, Kind, Vec<u8>);

fn members(archive: &mut dyn Members) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    while let Some(member) = archive.next_member()? {
        let mut bytes = Vec::new();
        io::Read::read_to_end(archive, &mut bytes)?;
        assert!(member.modified.is_some_and(|seconds| seconds > 1_700_000_000), "{member:?}");
        found.push((String::from_utf8(member.name).unwrap(), member.kind, bytes));
    }
    Ok(found)
}

fn file(name: &str, bytes: &[u8]) -> Found {
    (name.to_owned(), Kind::File, bytes.to_vec())
}

fn other(name: &str) -> Found {
    (name.to_owned(), Kind::Other, Vec::new())
}

/// A folder with a short name, one of 300 bytes, an empty file, a link, and one of which most is a hole.
fn sample() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(150), "n".repeat(149));
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("app.log", LOG);
    write("empty.log", b"");
    write(&long, LOG);
    std::os::unix::fs::symlink("app.log", folder.path().join("link.log")).unwrap();
    fs::hard_link(folder.path().join("app.log"), folder.path().join("same.log")).unwrap();
    write("hole.log", b"");
    fs::OpenOptions::new().write(true).open(folder.path().join("hole.log")).unwrap().set_len(1 << 20).unwrap();
    (folder, long)
}

#[test]
fn as_tar_makes_them() {
    let (folder, long) = sample();
    for format in ["v7", "ustar", "pax", "gnu", "oldgnu"] {
        let mut names = vec!["./app.log", "empty.log", "link.log", "same.log"];
        let mut expected = vec![file("app.log", LOG), file("empty.log", b""), other("link.log"), other("same.log")];
        // The names of the seventh edition have 100 bytes, those of ustar fewer than 101 behind a slash.
        if !matches!(format, "v7" | "ustar") {
            names.push(&long);
            expected.push(file(&long, LOG));
        }
        let format = format!("--format={format}");
        let arguments = [&["-c", "-f", "-", &format][..], &names].concat();
        let Some(archive) = made_by("tar", &arguments, folder.path()) else { return };
        assert!(archive::is_tar(&archive), "{format}");
        assert_eq!(members(&mut Tar::new(&archive[..])).unwrap(), expected, "{format}");
    }
}

#[test]
fn sparse_as_tar_makes_them() {
    let (folder, _) = sample();
    // GNU's own way, and its three ways of pax.
    for way in [
        &["--format=gnu"][..],
        &["--format=pax", "--sparse-version=0.0"],
        &["--format=pax", "--sparse-version=0.1"],
        &["--format=pax", "--sparse-version=1.0"],
    ] {
        let arguments = [&["-c", "-f", "-", "-S"], way, &["hole.log", "app.log"]].concat();
        let Some(archive) = made_by("tar", &arguments, folder.path()) else { return };
        let refused = ("hole.log".to_owned(), Kind::Refused("a sparse file"), Vec::new());
        assert_eq!(members(&mut Tar::new(&archive[..])).unwrap(), [refused, file("app.log", LOG)], "{way:?}");
    }
}

#[test]
fn as_zip_makes_them() {
    let (folder, long) = sample();
    let expected = [file("app.log", LOG), file("empty.log", b""), other("link.log"), file("same.log", LOG), file(&long, LOG)];
    let names = ["app.log", "empty.log", "link.log", "same.log", &long];
    for level in ["-0", "-9"] {
        let arguments = [&["-q", "-y", level, "made.zip"][..], &names].concat();
        let Some(_) = made_by("zip", &arguments, folder.path()) else { return };
        let archive = fs::read(folder.path().join("made.zip")).unwrap();
        fs::remove_file(folder.path().join("made.zip")).unwrap();
        assert_eq!(members(&mut Zip::new(Cursor::new(archive))).unwrap(), expected, "{level}");
    }
    // To a pipe it writes the lengths behind the bytes, and there it stores nothing as it is: neither links nor empty files.
    let expected = [file("app.log", LOG), file(&long, LOG)];
    let arguments = ["-q", "-", "app.log", &long];
    let Some(archive) = made_by("zip", &arguments, folder.path()) else { return };
    assert_eq!(members(&mut Zip::new(Cursor::new(&archive))).unwrap(), expected);
    // Without its directory's last record, which is longer than 46 bytes.
    let mut cut = Zip::new(Cursor::new(&archive[..archive.len() - 22 - 46]));
    let mut names = Vec::new();
    let fault = loop {
        match cut.next_member() {
            Ok(member) => names.push(member.unwrap().name),
            Err(fault) => break fault,
        }
    };
    assert_eq!(names, expected.iter().map(|(name, ..)| name.as_bytes()).collect::<Vec<_>>());
    assert!(fault.to_string().starts_with("the archive's directory, which has no end, begins"), "{fault}");
}

#[test]
fn with_a_password() {
    let (folder, _) = sample();
    let Some(archive) = made_by("zip", &["-q", "-P", "password", "-", "app.log"], folder.path()) else { return };
    let refused = ("app.log".to_owned(), Kind::Refused("encrypted"), Vec::new());
    assert_eq!(members(&mut Zip::new(Cursor::new(archive))).unwrap(), [refused]);
}

/// Reads any bytes as an archive. It must end, and no member may give more than it said.
fn survives(bytes: &[u8]) {
    survives_as(&mut Tar::new(bytes));
    survives_as(&mut Zip::new(Cursor::new(bytes)));
    // And with its members passed over.
    let mut zip = Zip::new(Cursor::new(bytes));
    while let Ok(Some(_)) = zip.next_member() {}
    let mut tar = Tar::new(bytes);
    while let Ok(Some(_)) = tar.next_member() {}
    // As a fuzzer calls it.
    let _ = archive::exhaust(&mut Tar::new(bytes));
    let _ = archive::exhaust(&mut Zip::new(Cursor::new(bytes)));
}

fn survives_as(archive: &mut dyn Members) {
    while let Ok(Some(member)) = archive.next_member() {
        let mut given = 0u64;
        let mut piece = [0; 777];
        while let Ok(len @ 1..) = io::Read::read(archive, &mut piece) {
            given += len as u64;
            assert_eq!(member.kind, Kind::File, "{member:?}");
        }
        assert!(member.size.is_none_or(|size| given <= size), "{member:?} gave {given}");
    }
}

/// Some archives to begin with. They are few and small, so that most changes hit something that means something.
fn seeds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), LOG).unwrap();
    fs::write(folder.path().join("n".repeat(120)), LOG.repeat(9)).unwrap();
    let long = "n".repeat(120);
    let make = |program, arguments: &[&str]| made_by(program, &[arguments, &["a.log", &long]].concat(), folder.path());
    [
        make("tar", &["-c", "-b", "1", "-f", "-", "--format=pax"]),
        make("tar", &["-c", "-b", "1", "-f", "-", "--format=gnu"]),
        make("zip", &["-q", "-"]),
        make("zip", &["-q", "-0", "-fz-", "-"]),
        Some(Vec::new()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A change at a place, which may be any or one that is full of meaning: near the beginning or the end.
fn changes() -> impl Strategy<Value = Vec<(u32, u8)>> {
    vec((prop_oneof![any::<u32>(), 0u32..600, (0u32..400).prop_map(|at| u32::MAX - at)], any::<u8>()), 0..6)
}

#[test]
fn any_bytes_are_survived() {
    let seeds = seeds();
    let mut runner = proptest::test_runner::TestRunner::new(config(3000));
    let strategy = (any::<prop::sample::Index>(), changes(), any::<Option<prop::sample::Index>>(), vec(any::<u8>(), 0..700));
    runner
        .run(&strategy, |(seed, changes, cut, behind)| {
            let mut bytes = seeds[seed.index(seeds.len())].clone();
            for (at, byte) in changes {
                let len = u32::try_from(bytes.len()).unwrap();
                let at = if at > u32::MAX - 400 { len.saturating_sub(u32::MAX - at + 1) } else { at % len.max(1) };
                if let Some(place) = bytes.get_mut(at as usize) {
                    *place = byte;
                }
                sign(&mut bytes);
            }
            if let Some(cut) = cut.filter(|_| !bytes.is_empty()) {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes.extend(behind);
            survives(&bytes);
            Ok(())
        })
        .unwrap();
}

/// Gives the header at the front a right checksum, so that its changes are looked at.
fn sign(bytes: &mut [u8]) {
    let Some(block) = bytes.first_chunk_mut::<512>().filter(|block| &block[257..262] == b"ustar") else { return };
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

/// Cut at any place, an archive gives what it had, up to there, and says that it is cut.
#[test]
fn cut_anywhere() {
    for archive in seeds() {
        for len in 0..archive.len() {
            let cut = &archive[..len];
            if archive::is_tar(&archive) {
                holds(&mut Tar::new(cut), &mut Tar::new(&archive[..]));
            } else {
                let sound = holds(&mut Zip::new(Cursor::new(cut)), &mut Zip::new(Cursor::new(&archive)));
                assert!(!sound, "a zip archive of {len} bytes of {}", archive.len());
            }
        }
    }
}

/// Whether the first archive is sound; if not, whatever it has is the beginning of what the second one has.
fn holds(cut: &mut dyn Members, whole: &mut dyn Members) -> bool {
    loop {
        let member = match cut.next_member() {
            Ok(None) => return true,
            Err(_) => return false,
            Ok(Some(member)) => member,
        };
        let (mut bytes, mut all) = (Vec::new(), Vec::new());
        assert_eq!(member.name, whole.next_member().unwrap().unwrap().name);
        let ended = io::Read::read_to_end(cut, &mut bytes);
        io::Read::read_to_end(whole, &mut all).unwrap();
        match ended {
            Ok(_) => assert_eq!(bytes, all),
            Err(error) => match Fault::from(error) {
                Fault::Cut { .. } => assert!(all.starts_with(&bytes)),
                // A stored member of unknown length.
                Fault::Invalid { .. } => assert!(bytes.is_empty()),
                Fault::Io(error) => panic!("{error}"),
            },
        }
    }
}

/// A name or header of any claimed length takes no more memory than it has bytes, and is refused before it takes much.
#[test]
fn claims_cost_nothing() {
    /// As a tar bomb unpacks: a header, and then one byte for ever.
    struct Endless(Cursor<Vec<u8>>, u64);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.0.read(buffer)?;
            if len > 0 {
                return Ok(len);
            }
            let len = buffer.len().min(usize::try_from(self.1).unwrap());
            buffer[..len].fill(b'n');
            self.1 -= len as u64;
            Ok(len)
        }
    }
    for kind in *b"LKxg" {
        let mut block = vec![0; 512];
        block[..5].copy_from_slice(b"claim");
        block[124..135].copy_from_slice(b"77777777777");
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar  \0");
        sign(&mut block);
        let mut tar = Tar::new(Endless(Cursor::new(block), 64 << 20));
        let fault = tar.next_member().unwrap_err();
        assert_eq!(fault.to_string(), "an extended header claims to be longer than 1 MiB at byte 512 of the archive");
    }
    // A directory that claims to be as large as numbers are is none.
    let mut zip = b"PK\x05\x06\0\0\0\0".to_vec();
    zip.extend([0xff; 12]);
    zip.extend([0; 2]);
    let mut cursor = Cursor::new(zip);
    assert!(Zip::new(&mut cursor).next_member().is_err());
    assert!(cursor.stream_position().is_ok());
}
