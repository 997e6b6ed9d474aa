//! Archives of tar that are cut or disowned within a member, plain and in each codec: the members before count, and of the member that is cut
//! the lines before the cut.

use super::{
    Cell, LINES, STATUSES, Sum, Tool, damaged, log,
    packed::Packed,
    plainly::{Fails, decodable},
    whole, whole_lines,
};
use crate::sandbox::Sandbox;
use std::process::Command;

/// A header, and what members are filled up to.
const BLOCK: usize = 512;

/// An archive of two members, the first of which ends without a newline.
struct Archive {
    bytes: Vec<u8>,
    members: [Vec<u8>; 2],
}

impl Archive {
    fn made() -> Option<Archive> {
        let text = log();
        let (first, second) = text.split_at(text.len() / 2);
        assert_ne!(first.last(), Some(&b'\n'));
        let sandbox = Sandbox::new();
        sandbox.write("a.log", first);
        sandbox.write("b.log", second);
        let made = Command::new("tar").args(["-cf", "made", "a.log", "b.log"]).current_dir(sandbox.path()).status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("skipped: tar is not installed");
            return None;
        }
        let bytes = std::fs::read(sandbox.path().join("made")).unwrap();
        Some(Archive { bytes, members: [first.to_vec(), second.to_vec()] })
    }

    /// Lines of which an archive has all, if it is cut behind so many bytes.
    fn lines_before(&self, cut: usize) -> usize {
        let mut from = 0;
        let mut lines = 0;
        for member in &self.members {
            let kept = cut.saturating_sub(from + BLOCK).min(member.len());
            lines += whole_lines(&member[..kept]);
            // All of a member: its last line has no newline, and is one all the same.
            lines += usize::from(kept == member.len() && member.last() != Some(&b'\n'));
            from += BLOCK + member.len().next_multiple_of(BLOCK);
        }
        lines
    }
}

/// An archive and a good file beside it.
fn count(bytes: &[u8]) -> (Cell, String) {
    let sandbox = Sandbox::new();
    sandbox.write("tree/x.tar", bytes);
    sandbox.write("tree/good.log", "{\"service\":\"good\"}\n");
    let ran = sandbox.run(&["--by", "service", "--columns", "lines", "--files-report", "files.csv", "tree"]);
    assert!(ran.out.contains("good,1\n"), "{}", ran.out);
    let lines = ran.out.lines().skip(1).map(|row| row.rsplit_once(',').unwrap().1.parse::<usize>().unwrap()).sum::<usize>() - 1;
    let report = sandbox.read("files.csv");
    let rows =
        || report.lines().filter_map(|row| row.strip_prefix("tree/x.tar")).map(|row| row.splitn(11, ',').collect::<Vec<_>>());
    let archive = rows().find(|row| row[0].is_empty()).unwrap_or_else(|| panic!("{report}"));
    let status = STATUSES.into_iter().find(|status| *status == archive[3]).unwrap();
    // Each member's lines are told in its row, and none of a member that is damaged is told to be whole.
    let told: usize = rows().map(|row| row[6].parse::<usize>().unwrap()).sum();
    assert_eq!(told, lines, "{report}");
    for row in rows().skip(1) {
        assert!(matches!(row[3], "ok" | "damaged"), "{report}");
    }
    (Cell { lines, status, code: ran.code.unwrap() }, report)
}

#[test]
fn cut_at_any_place() {
    let Some(archive) = Archive::made() else { return };
    assert_eq!(count(&archive.bytes).0, whole(LINES + 1));
    let second = BLOCK + archive.members[0].len().next_multiple_of(BLOCK);
    let end = second + BLOCK + archive.members[1].len();
    let places = (1..10).map(|tenth| end * tenth / 10).chain([BLOCK / 2, BLOCK, second - 1, second + 1, second + BLOCK, end - 1]);
    for cut in places {
        // Of a header that is cut nothing tells that it is one's.
        if cut < BLOCK {
            continue;
        }
        let (found, report) = count(&archive.bytes[..cut]);
        assert_eq!(found, damaged(archive.lines_before(cut)), "cut at {cut}: {report}");
    }
}

/// A crash has left zeros where the rest of an archive should be.
#[test]
fn zeros_to_the_end() {
    let Some(archive) = Archive::made() else { return };
    let len = archive.bytes.len();
    let zeros = |from: usize| [&archive.bytes[..from], &vec![0; len - from]].concat();
    let first_end = BLOCK + archive.members[0].len();
    for from in [BLOCK + 1, first_end / 3, first_end / 2, first_end - 1] {
        let (found, report) = count(&zeros(from));
        assert_eq!(found, damaged(archive.lines_before(from)), "zeros from {from}: {report}");
    }
    // The last member has its length, and the archive its end: its text ends in NULs, as that of a plain file may.
    let (found, report) = count(&zeros(len * 3 / 4));
    assert_eq!(found, whole(archive.lines_before(len * 3 / 4) + 1), "{report}");
}

/// A sound file of a codec that holds a cut archive; a cut file of a codec that holds a sound one; and one that a checksum disowns.
#[test]
fn in_each_codec() {
    let Some(archive) = Archive::made() else { return };
    let len = archive.bytes.len();
    for (codec, command) in [
        ("gzip", "gzip -c"),
        ("gzip", "bgzip -c"),
        ("zstd", "zstd -qc"),
        ("xz", "xz -c -T1 --block-size=100KiB"),
        ("bzip2", "bzip2 -c -1"),
        ("lz4", "lz4 -qc -B4 -BX"),
    ] {
        let sum = if codec == "lz4" { Sum::Blocks } else { Sum::Each };
        let tool = Tool { codec, command, sum };
        let mut wrong = Vec::new();
        let mut obeys = |what: &str, bytes: &[u8], expected: Cell| {
            let (found, report) = count(bytes);
            if found != expected {
                wrong.push(format!("{command}, {what}: {found:?}, not {expected:?}:\n{report}"));
            }
        };
        for cut in [len / 5, len * 2 / 3] {
            let Some(packed) = Packed::of(tool, &[&archive.bytes[..cut]]) else { break };
            obeys(&format!("an archive cut at {cut}"), &packed.bytes, damaged(archive.lines_before(cut)));
        }
        let Some(packed) = Packed::of(tool, &[&archive.bytes]) else { continue };
        obeys("whole", &packed.bytes, whole(LINES + 1));
        for eighth in [1, 3, 5, 7] {
            // What is cut behind a zero ends in zeros, which is told apart from a cut; and where zeros are depends on the archive's times.
            let Some(cut) = (packed.bytes.len() * eighth / 8..).find(|cut| packed.bytes[cut - 1] != 0) else { continue };
            let (given, _) = decodable(codec, &packed.bytes[..cut]);
            obeys(&format!("cut at {cut}"), &packed.bytes[..cut], damaged(archive.lines_before(given.len())));
            // What a checksum vouches for before counts, and of that whole lines. (A byte after which all is read to the file's end
            // makes it one that is cut.)
            let wrong_at = |place: usize| {
                let mut bytes = packed.bytes.clone();
                bytes[place] ^= 0x10;
                (decodable(codec, &bytes).1 == Fails::Otherwise).then_some((place, bytes))
            };
            let (place, bytes) = (cut - 20..).find_map(wrong_at).unwrap();
            obeys(&format!("byte {place} flipped"), &bytes, damaged(archive.lines_before(packed.verified(place))));
        }
        if let Some(place) = packed.sums.last() {
            let mut bytes = packed.bytes.clone();
            bytes[*place] ^= 1;
            // A wrong checksum of all of it disowns every member.
            obeys("checksum", &bytes, damaged(archive.lines_before(packed.verified(*place))));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
