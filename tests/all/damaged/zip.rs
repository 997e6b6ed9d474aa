//! Archives of zip as `zip` makes them, stored and deflated: a member that is damaged costs itself, and a cut what is behind it.

use super::{
    Cell, LINES, STATUSES, damaged, log,
    plainly::{Fails, decodable},
    whole, whole_lines,
};
use crate::sandbox::Sandbox;
use std::process::Command;

/// An archive of two members, the first of which ends without a newline.
struct Archive {
    bytes: Vec<u8>,
    members: [Member; 2],
    /// Where the directory begins.
    directory: usize,
}

struct Member {
    text: Vec<u8>,
    /// Where its record begins, where its bytes do, and where they end.
    start: usize,
    data: usize,
    end: usize,
    is_deflated: bool,
}

impl Member {
    /// Its last line has no newline, and is one all the same.
    fn lines(&self) -> usize {
        whole_lines(&self.text) + usize::from(self.text.last() != Some(&b'\n'))
    }
}

impl Archive {
    /// Made in a file, or into a pipe: then lengths and checksums stand behind the bytes.
    fn made(level: &str, piped: bool) -> Option<Archive> {
        let text = log();
        let (first, second) = text.split_at(text.len() / 2);
        assert_ne!(first.last(), Some(&b'\n'));
        let sandbox = Sandbox::new();
        sandbox.write("a.log", first);
        sandbox.write("b.log", second);
        let to = if piped { "-" } else { "made.zip" };
        let made = Command::new("zip").args(["-q", "-X", level, to, "a.log", "b.log"]).current_dir(sandbox.path()).output();
        let Ok(made) = made else {
            eprintln!("skipped: zip is not installed");
            return None;
        };
        assert!(made.status.success(), "{made:?}");
        let bytes = if piped { made.stdout } else { std::fs::read(sandbox.path().join("made.zip")).unwrap() };
        let number = |at: usize, len: usize| bytes[at..at + len].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        // APPNOTE.TXT, 4.3.16: 22 bytes where there is no comment. 4.3.12 and 4.3.7: a record of the directory, and a member's own.
        let end = bytes.len() - 22;
        let directory = number(end + 16, 4);
        let mut at = directory;
        let members = [first, second].map(|text| {
            assert_eq!(bytes[at..at + 4], *b"PK\x01\x02");
            let start = number(at + 42, 4);
            let data = start + 30 + number(start + 26, 2) + number(start + 28, 2);
            let member =
                Member { text: text.to_vec(), start, data, end: data + number(at + 20, 4), is_deflated: number(at + 10, 2) == 8 };
            at += 46 + number(at + 28, 2) + number(at + 30, 2) + number(at + 32, 2);
            member
        });
        assert_eq!(at, end);
        Some(Archive { bytes, members, directory })
    }

    /// Lines of which an archive has all, if it is cut behind so many bytes.
    fn lines_before(&self, cut: usize) -> usize {
        let lines = |member: &Member| match cut {
            cut if cut >= member.end => member.lines(),
            cut if cut <= member.data => 0,
            cut if member.is_deflated => whole_lines(&decodable("deflate", &self.bytes[member.data..cut]).0),
            cut => whole_lines(&self.bytes[member.data..cut]),
        };
        self.members.iter().map(lines).sum()
    }
}

/// An archive and a good file beside it: all lines, those of each member, what is said.
fn count(bytes: &[u8]) -> (Cell, [usize; 2], String) {
    let sandbox = Sandbox::new();
    sandbox.write("tree/x.zip", bytes);
    sandbox.write("tree/good.log", "{\"service\":\"good\"}\n");
    let ran = sandbox.run(&["--by", "service", "--columns", "lines", "--files-report", "files.csv", "tree"]);
    assert!(ran.out.contains("good,1\n"), "{}", ran.out);
    let lines = ran.out.lines().skip(1).map(|row| row.rsplit_once(',').unwrap().1.parse::<usize>().unwrap()).sum::<usize>() - 1;
    let report = sandbox.read("files.csv");
    let rows: Vec<Vec<&str>> =
        report.lines().filter_map(|row| row.strip_prefix("tree/x.zip")).map(|row| row.splitn(11, ',').collect()).collect();
    // The archive is damaged, or a member of it is.
    let is_ok = rows.iter().all(|row| row[3] == "ok");
    let of = |name: &str| rows.iter().filter(|row| row[0] == name).map(|row| row[6].parse::<usize>().unwrap()).sum();
    let members = [of("!/a.log"), of("!/b.log")];
    assert_eq!(members.iter().sum::<usize>(), lines, "{report}");
    let worst = rows.iter().map(|row| row[3]).find(|status| *status != "ok").unwrap_or("ok");
    let status = STATUSES.into_iter().find(|status| *status == worst).unwrap();
    assert_eq!(is_ok, ran.code == Some(0), "{report}");
    (Cell { lines, status, code: ran.code.unwrap() }, members, report + &ran.err)
}

/// Each way to make an archive.
fn each(check: impl Fn(&str, &Archive)) {
    for (level, piped) in [("-0", false), ("-1", false), ("-6", false), ("-9", false), ("-6", true)] {
        if let Some(archive) = Archive::made(level, piped) {
            check(&format!("zip {level}{}", if piped { " into a pipe" } else { "" }), &archive);
        }
    }
}

#[test]
fn cut() {
    each(|name, archive| {
        assert_eq!(count(&archive.bytes).0, whole(LINES + 1), "{name}");
        let [first, second] = &archive.members;
        let len = archive.bytes.len();
        // In ten places, at the members' edges, in the directory, and in what is behind it.
        let places = (1..=10).map(|part| archive.directory * part / 11).chain([
            10,
            first.data,
            first.data + 1,
            first.end - 1,
            second.start + 2,
            second.start + 30,
            second.data + 1,
            second.end - 1,
            archive.directory + 10,
            len - 22,
            len - 3,
        ]);
        for cut in places {
            let (found, _, report) = count(&archive.bytes[..cut]);
            assert_eq!(found, damaged(archive.lines_before(cut)), "{name}, cut at {cut} of {len}: {report}");
        }
    });
}

#[test]
fn a_byte_is_wrong() {
    each(|name, archive| {
        let [first, second] = &archive.members;
        let both = [first.lines(), second.lines()];
        for (at, member) in archive.members.iter().enumerate() {
            // Of a member that its checksum disowns nothing counts, of the other one all.
            let mut left = both;
            left[at] = 0;
            for tenth in 0..10 {
                let place = member.data + (member.end - member.data - 1) * tenth / 9;
                let mut wrong = archive.bytes.clone();
                wrong[place] ^= 0x10;
                // Bits behind the last letter that is deflated mean nothing.
                let same = member.is_deflated
                    && decodable("deflate", &wrong[member.data..member.end]) == (member.text.clone(), Fails::Not);
                let (found, members, report) = count(&wrong);
                let expected = if same { (whole(LINES + 1), both) } else { (damaged(left.iter().sum()), left) };
                assert_eq!((found, members), expected, "{name}, byte {place} flipped: {report}");
            }
            // Its signature, by which also the archive is told if it is the first; and its checksum in the directory.
            let record = archive.directory + if at == 0 { 0 } else { 46 + "a.log".len() };
            assert_eq!(archive.bytes[record..record + 4], *b"PK\x01\x02");
            for place in [Some(member.start).filter(|start| *start > 0), Some(record + 16)].into_iter().flatten() {
                let mut wrong = archive.bytes.clone();
                wrong[place] ^= 1;
                let (found, members, report) = count(&wrong);
                let expected = damaged(left.iter().sum());
                assert_eq!((found, members), (expected, left), "{name}, byte {place} changed: {report}");
            }
        }
    });
}

#[test]
fn around_it() {
    each(|name, archive| {
        for behind in [&b"something else\n"[..], &[0; 1024]] {
            let (found, members, report) = count(&[&archive.bytes, behind].concat());
            let [first, second] = &archive.members;
            assert_eq!((found, members), (whole(LINES + 1), [first.lines(), second.lines()]), "{name}: {report}");
        }
        // A crash's tail.
        for place in [archive.members[0].end - 100, archive.members[1].data + 1000] {
            let place = (0..place).rev().find(|at| archive.bytes[*at] != 0).unwrap() + 1;
            let zeros = [&archive.bytes[..place], &vec![0; archive.bytes.len() - place]].concat();
            let (found, _, report) = count(&zeros);
            assert_eq!(found, damaged(archive.lines_before(place)), "{name}, zeros from {place}: {report}");
        }
    });
}
