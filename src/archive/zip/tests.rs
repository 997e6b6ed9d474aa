//! Archives built here by APPNOTE.TXT, record by record, and what is expected of them, by hand.

use super::*;
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::{Cursor, SeekFrom, Write};

/// A member to be.
#[derive(Clone)]
struct File {
    name: Vec<u8>,
    data: Vec<u8>,
    packed: Vec<u8>,
    method: u16,
    flags: u16,
    checksum: u32,
    attributes: u32,
    extra: Vec<u8>,
}

fn stored(name: &str, data: &[u8]) -> File {
    let mut crc = Crc::new();
    crc.update(data);
    File {
        name: name.as_bytes().to_vec(),
        data: data.to_vec(),
        packed: data.to_vec(),
        method: 0,
        flags: 0,
        checksum: crc.sum(),
        attributes: 0o100_644 << 16,
        extra: Vec::new(),
    }
}

fn deflated(name: &str, data: &[u8]) -> File {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    File { packed: encoder.finish().unwrap(), method: 8, ..stored(name, data) }
}

fn streamed(file: File) -> File {
    File { flags: 8, ..file }
}

fn le16(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

fn le32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

impl File {
    /// The part that both records share: from the version that is needed to the decoded length.
    fn common(&self, lengths: bool) -> Vec<u8> {
        let (crc, packed, size) = if lengths { (self.checksum, self.packed.len(), self.data.len()) } else { (0, 0, 0) };
        // 14:32:24 on 15 January 2024.
        let (time, date) = ((14 << 11) | (32 << 5) | 12, (44 << 9) | (1 << 5) | 15);
        let (flags, method) = (usize::from(self.flags), usize::from(self.method));
        let mut out = [le16(20), le16(flags), le16(method), le16(time), le16(date)].concat();
        out.extend([crc.to_le_bytes(), le32(packed), le32(size)].concat());
        out
    }

    fn local(&self) -> Vec<u8> {
        let mut out =
            [&b"PK\x03\x04"[..], &self.common(self.flags & 8 == 0), &le16(self.name.len()), &le16(self.extra.len())].concat();
        out.extend([&self.name[..], &self.extra, &self.packed].concat());
        if self.flags & 8 != 0 {
            out.extend(
                [&b"PK\x07\x08"[..], &self.checksum.to_le_bytes(), &le32(self.packed.len()), &le32(self.data.len())].concat(),
            );
        }
        out
    }

    fn central(&self, at: usize) -> Vec<u8> {
        let mut out = [&b"PK\x01\x02"[..], &[30, 3], &self.common(true)].concat();
        out.extend([le16(self.name.len()), le16(self.extra.len()), [0; 2], [0; 2], [0; 2]].concat());
        out.extend([self.attributes.to_le_bytes(), le32(at)].concat());
        out.extend([&self.name[..], &self.extra].concat());
        out
    }
}

fn end(entries: usize, size: usize, at: usize, comment: &[u8]) -> Vec<u8> {
    let counts = [[0; 2], [0; 2], le16(entries), le16(entries)].concat();
    [&b"PK\x05\x06"[..], &counts, &le32(size), &le32(at), &le16(comment.len()), comment].concat()
}

fn archive(files: &[File]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        directory.extend(file.central(out.len()));
        out.extend(file.local());
    }
    let last = end(files.len(), directory.len(), out.len(), b"");
    [out, directory, last].concat()
}

/// Each member's name, bytes, and how its reading ended, and how the archive did.
fn told(archive: &[u8]) -> (Vec<(String, String, String)>, String) {
    let mut zip = Zip::new(Cursor::new(archive));
    let mut members = Vec::new();
    loop {
        match zip.next_member() {
            Ok(Some(member)) => {
                let mut bytes = Vec::new();
                let ended = match zip.read_to_end(&mut bytes) {
                    Ok(_) => match member.kind {
                        Kind::File => "whole".to_owned(),
                        Kind::Other => "other".to_owned(),
                        Kind::Refused(why) => why.to_owned(),
                    },
                    Err(error) => Fault::from(error).to_string(),
                };
                members.push((member.name.escape_ascii().to_string(), bytes.escape_ascii().to_string(), ended));
            }
            Ok(None) => return (members, "whole".to_owned()),
            Err(fault) => {
                assert_eq!(fault.to_string(), zip.next_member().unwrap_err().to_string());
                return (members, fault.to_string());
            }
        }
    }
}

fn expect(archive: &[u8], members: &[(&str, &str, &str)], ended: &str) {
    let (found, how) = told(archive);
    let found: Vec<(&str, &str, &str)> = found.iter().map(|(name, bytes, ended)| (&**name, &**bytes, &**ended)).collect();
    assert_eq!((found.as_slice(), &*how), (members, ended));
}

#[test]
fn members_in_the_directorys_order() {
    let files =
        [stored("a.log", b"one\n"), deflated("dir/b.log", b"two\n"), deflated("empty", b""), streamed(deflated("s", b"3"))];
    let members = [("a.log", "one\\n", "whole"), ("dir/b.log", "two\\n", "whole"), ("empty", "", "whole"), ("s", "3", "whole")];
    expect(&archive(&files), &members, "whole");
    expect(&archive(&[]), &[], "whole");
    let mut zip = Zip::new(Cursor::new(archive(&files)));
    let first = zip.next_member().unwrap().unwrap();
    let modified = Some(1_705_329_144);
    assert_eq!(first, Member { name: b"a.log".to_vec(), size: Some(4), modified, kind: Kind::File });
}

#[test]
fn long_members() {
    // Longer than a window, of what cannot be deflated much, and of what can be very much.
    let noise: Vec<u8> = (0u32..100_000).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let files = [stored("noise", &noise), deflated("packed noise", &noise), deflated("nothing", &vec![0; 1 << 20])];
    let mut zip = Zip::new(Cursor::new(archive(&files)));
    for file in files {
        let member = zip.next_member().unwrap().unwrap();
        assert_eq!((&member.name, member.size), (&file.name, Some(file.data.len() as u64)));
        let mut bytes = Vec::new();
        zip.read_to_end(&mut bytes).unwrap();
        assert!(bytes == file.data, "{member:?}");
    }
    assert!(zip.next_member().unwrap().is_none());
}

#[test]
fn names_are_data_and_may_repeat() {
    let names = ["../../etc/passwd", "/etc/passwd", "new\nline\x1b[2J", "back\\slash", "same", "same"];
    let mut files: Vec<File> = names.iter().map(|name| stored(name, b"x")).collect();
    files.push(File { name: b"cp437 \x81".to_vec(), ..stored("", b"x") });
    let whole = |name| (name, "x", "whole");
    let members = [
        whole("../../etc/passwd"),
        whole("/etc/passwd"),
        whole("new\\nline\\x1b[2J"),
        whole("back\\\\slash"),
        whole("same"),
        whole("same"),
        whole("cp437 \\x81"),
    ];
    expect(&archive(&files), &members, "whole");
}

#[test]
fn kinds() {
    let refused = |name, method, flags| File { method, flags, ..stored(name, b"?") };
    let files = [
        stored("folder/", b""),
        File { attributes: 0o120_777 << 16, ..stored("link", b"target") },
        File { attributes: 0x10, ..stored("dos folder", b"") },
        refused("secret", 8, 1),
        refused("aes", 99, 1),
        refused("deflate64", 9, 0),
        refused("odd", 77, 0),
        stored("plain", b"p"),
    ];
    let members = [
        ("folder/", "", "other"),
        ("link", "", "other"),
        ("dos folder", "", "other"),
        ("secret", "", "encrypted"),
        ("aes", "", "encrypted"),
        ("deflate64", "", "compressed with deflate64, which is not decoded here"),
        ("odd", "", "compressed in a way that is not known here"),
        ("plain", "p", "whole"),
    ];
    expect(&archive(&files), &members, "whole");
}

#[test]
fn times() {
    let modified = |extra: &[u8]| {
        let file = File { extra: extra.to_vec(), ..stored("a", b"") };
        Zip::new(Cursor::new(archive(&[file]))).next_member().unwrap().unwrap().modified
    };
    assert_eq!(modified(b""), Some(1_705_329_144));
    assert_eq!(modified(b"UT\x05\0\x03\x88\x77\x66\x55"), Some(0x5566_7788));
    assert_eq!(modified(b"UT\x05\0\x02\x88\x77\x66\x55"), Some(1_705_329_144));
    // 116,444,736,000,000,000 tenths of microseconds lie between 1601 and 1970.
    let windows = [&b"\x0a\0\x20\0\0\0\0\0\x01\0\x18\0"[..], &(116_444_736_000_000_000u64 + 20_000_000).to_le_bytes(), &[0; 16]];
    assert_eq!(modified(&windows.concat()), Some(2));
    assert_eq!(modified(b"UT\xff\0\x03"), Some(1_705_329_144));
}

#[test]
fn a_damaged_member_costs_itself() {
    let text = b"one\ntwo\nthree\n".repeat(9);
    let bad_checksum = File { checksum: 1, ..deflated("checksum", &text) };
    let bad_data = File { packed: vec![0xff; 40], ..deflated("data", &text) };
    let short = File { packed: deflated("", &text).packed[..12].to_vec(), ..deflated("short", &text) };
    let less = File { data: vec![0; 200], ..deflated("less", &text) };
    let more = File { data: vec![0; 10], ..deflated("more", &text) };
    for (bad, what) in [
        (bad_checksum, "a wrong checksum of the member"),
        (bad_data, "invalid data in the member"),
        (short, "data that ends too early in the member"),
        (less, "less data than the archive says in the member"),
        (more, "more data than the archive says in the member"),
    ] {
        let (members, ended) = told(&archive(&[stored("a", b"a"), bad, stored("z", b"z")]));
        let ends: Vec<&str> = members.iter().map(|member| &*member.2).collect();
        assert_eq!(ends, ["whole", &format!("{what} at byte 32 of the archive"), "whole"]);
        assert_eq!(ended, "whole");
    }
    let mut missing = archive(&[stored("a", b"a"), stored("b", b"b"), stored("c", b"c")]);
    missing[32] = b'Q';
    let missing_b = ("b", "", "a member is missing at byte 32 of the archive");
    expect(&missing, &[("a", "a", "whole"), missing_b, ("c", "c", "whole")], "whole");
}

#[test]
fn overlapping_members_are_refused() {
    let files = [stored("a", b"aaaa"), stored("b", b"b")];
    let locals = [files[0].local(), files[1].local()].concat();
    // The second one is listed first, and the first one once more, in part.
    let inside = File { packed: vec![0; 3], data: vec![0; 3], ..files[0].clone() };
    let directory = [files[1].central(35), files[0].central(0), inside.central(0), files[1].central(35)].concat();
    let last = end(4, directory.len(), locals.len(), b"");
    let members = [
        ("b", "b", "whole"),
        ("a", "aaaa", "whole"),
        ("a", "", "made of bytes that are another member's too"),
        ("b", "", "made of bytes that are another member's too"),
    ];
    expect(&[locals, directory, last].concat(), &members, "whole");
}

#[test]
fn the_end_and_what_is_around_it() {
    let files = [stored("a", b"a")];
    let plain = archive(&files);
    let a: &[(&str, &str, &str)] = &[("a", "a", "whole")];
    // A comment with the signature in it, and something behind the end.
    let comment = [&b"hello PK\x05\x06"[..], &[0; 30]].concat();
    let with_comment = [&plain[..plain.len() - 2], &le16(comment.len()), &comment].concat();
    expect(&with_comment, a, "whole");
    expect(&[&plain[..], b"behind"].concat(), a, "whole");
    // Two archives in one: the second one's directory lists none of the first one's.
    let joined = [archive(&[stored("lost", b"lost")]), plain.clone()].concat();
    expect(&joined, a, "something begins that the archive's directory does not list at byte 0 of the archive");
    let mut more = plain.clone();
    let count = plain.len() - 12;
    more[count] = 2;
    let what =
        format!("the directory lists not as many members as it says, and ends at byte {} of the archive", plain.len() - 22);
    expect(&more, a, &what);
    let mut split = plain.clone();
    split[count - 6] = 1;
    assert!(told(&split).1.contains("zip -s 0"));
}

#[test]
fn the_long_form() {
    let file = stored("a", b"abc");
    let local = file.local();
    let mut central = file.central(0);
    central[20..28].fill(0xff);
    central[42..46].fill(0xff);
    central[30] = 28;
    central.extend([&[1, 0, 24, 0][..], &3u64.to_le_bytes(), &3u64.to_le_bytes(), &0u64.to_le_bytes()].concat());
    let (at, size) = (local.len() as u64, central.len() as u64);
    let end64 = [
        &b"PK\x06\x06"[..],
        &44u64.to_le_bytes(),
        &[45, 0, 45, 0],
        &[0; 8],
        &1u64.to_le_bytes(),
        &1u64.to_le_bytes(),
        &size.to_le_bytes(),
        &at.to_le_bytes(),
    ];
    let locator = [&b"PK\x06\x07"[..], &[0; 4], &(at + size).to_le_bytes(), &[1, 0, 0, 0]];
    let mut last = end(0, 0, 0, b"");
    last[4..20].fill(0xff);
    let archive = [local, central, end64.concat(), locator.concat(), last].concat();
    expect(&archive, &[("a", "abc", "whole")], "whole");
}

#[test]
fn without_its_end_it_is_read_from_the_front() {
    let text = b"one\ntwo\n".repeat(20);
    let shown = text.escape_ascii().to_string();
    let files = [stored("a", b"aaa"), streamed(deflated("s", &text)), streamed(stored("e", b"")), deflated("z", &text)];
    let whole = archive(&files);
    let lens: Vec<usize> = files.iter().map(|file| file.local().len()).collect();
    let members = [("a", "aaa", "whole"), ("s", &shown, "whole"), ("e", "", "whole"), ("z", &shown, "whole")];
    expect(&whole, &members, "whole");
    let cut = |len: usize| format!("the archive is cut short at byte {len}");
    // Between members, and in the record before one.
    let two = lens[0] + lens[1];
    expect(&whole[..two], &members[..2], &cut(two));
    expect(&whole[..two + 20], &members[..2], &cut(two + 20));
    expect(&whole[..two + 30], &members[..2], &cut(two + 30));
    // In a member: what came before counts.
    let in_z = two + lens[2] + 40;
    let (found, ended) = told(&whole[..in_z]);
    assert_eq!((found.len(), &*found[3].2, &*ended), (4, &*cut(in_z), &*cut(in_z)));
    expect(&whole[..32], &[("a", "a", &cut(32))], &cut(32));
    // A tail of zeros.
    let zeros = [&whole[..two], &[0; 100_000]].concat();
    expect(&zeros, &members[..2], &cut(two));
    // In the directory: no member is lost.
    let directory: usize = lens.iter().sum();
    let no_end = format!("the archive's directory, which has no end, begins at byte {directory} of the archive");
    expect(&whole[..directory + 60], &members, &no_end);
    // What was not read is passed over.
    let mut zip = Zip::new(Cursor::new(&whole[..directory]));
    for (name, ..) in members {
        assert_eq!(zip.next_member().unwrap().unwrap().name, name.as_bytes());
    }
    // A stored member of unknown length has no end that could be found.
    let endless = streamed(stored("e", b"data")).local();
    let lost = "the archive's directory is lost, without which nobody knows the end of the member at byte 0 of the archive";
    expect(&endless, &[("e", "", lost)], lost);
    // Lengths that are known, of a member whose checksum was to stand behind it and was cut off.
    let mut known = streamed(stored("k", b"data")).local();
    let data = 31 + 4;
    known[18..26].copy_from_slice(&[4, 0, 0, 0, 4, 0, 0, 0]);
    for len in [data, data + 1, data + 15] {
        expect(&known[..len], &[("k", "data", &cut(len))], &cut(len));
    }
    expect(&known, &[("k", "data", "whole")], &cut(known.len()));
    // A wrong checksum disowns its member alone.
    let wrong = [File { checksum: 1, ..deflated("w", b"w") }.local(), stored("a", b"aaa").local()].concat();
    let what = "a wrong checksum of the member at byte 0 of the archive";
    expect(&wrong, &[("w", "w", what), members[0]], &cut(wrong.len()));
}

/// A member's fault is its own, whether or not somebody reads it: here its end is found by reading, and its checksum is wrong.
#[test]
fn a_damaged_member_that_is_passed_over() {
    let damaged = streamed(File { checksum: 7, ..deflated("a", b"text of the first") });
    let stored = [damaged.local(), stored("b", b"second").local()].concat();
    for read in [true, false] {
        let mut zip = Zip::new(Cursor::new(&stored));
        assert_eq!(zip.next_member().unwrap().unwrap().name, b"a");
        if read {
            zip.read_to_end(&mut Vec::new()).unwrap_err();
        }
        assert_eq!(zip.next_member().unwrap().unwrap().name, b"b");
        let mut second = Vec::new();
        zip.read_to_end(&mut second).unwrap();
        assert_eq!(second, b"second");
    }
}

/// A record that says a wrong length, though the right one stands behind its member: whether somebody reads it or not, the next one is found.
#[test]
fn a_length_is_not_believed_where_no_descriptor_stands_behind_it() {
    let first = streamed(deflated("a", b"text of the first"));
    for wrong in [1, 40, 1000] {
        let mut record = first.local();
        record[18..22].copy_from_slice(&le32(wrong));
        let stored = [record, stored("b", b"second").local(), stored("c", &[b'c'; 2000]).local()].concat();
        for read in [true, false] {
            let mut zip = Zip::new(Cursor::new(&stored));
            assert_eq!(zip.next_member().unwrap().unwrap().name, b"a");
            if read {
                let mut text = Vec::new();
                zip.read_to_end(&mut text).unwrap();
                assert_eq!(text, b"text of the first", "{wrong}");
            }
            let next: Vec<_> = std::iter::from_fn(|| zip.next_member().ok().flatten()).map(|member| member.name).collect();
            assert_eq!(next, [b"b", b"c"], "{wrong}, read: {read}");
        }
    }
}

#[test]
fn the_readers_own_errors() {
    struct Failing(Cursor<Vec<u8>>, u64);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() == self.1 { Err(io::Error::from_raw_os_error(5)) } else { self.0.read(buffer) }
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let noise: Vec<u8> = (0u32..200_000).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let archive = archive(&[stored("a", &noise)]);
    // In the directory's search, at the member, and within it.
    for at in [archive.len() as u64 - 65_557, 0, 65_536] {
        let mut zip = Zip::new(Failing(Cursor::new(archive.clone()), at));
        let fault = match zip.next_member() {
            Ok(member) => {
                assert!(member.is_some());
                Fault::from(zip.read_to_end(&mut Vec::new()).unwrap_err())
            }
            Err(fault) => fault,
        };
        let Fault::Io(error) = fault else { panic!("{fault}") };
        assert_eq!(error.raw_os_error(), Some(5));
        assert!(matches!(zip.next_member(), Err(Fault::Io(_))));
    }
}
