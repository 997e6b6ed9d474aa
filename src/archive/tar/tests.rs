//! Archives built here by the standard's page, a block at a time, and what is expected of them, by hand.

use super::{super::exhaust, *};

/// A header of this kind for this name and size, with POSIX's magic.
fn header(kind: u8, name: &[u8], size: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[108..116].copy_from_slice(b"0001750\0");
    block[116..124].copy_from_slice(b"0001750\0");
    block[124..124 + size.len()].copy_from_slice(size);
    block[136..148].copy_from_slice(b"14551240771\0"); // 1705329145
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    signed(block)
}

const MODIFIED: Option<i64> = Some(1_705_329_145);

fn signed(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn changed(mut block: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    change(&mut block);
    signed(block)
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    out.resize(data.len().next_multiple_of(512), 0);
    out
}

fn member(kind: u8, name: &[u8], data: &[u8]) -> Vec<u8> {
    [header(kind, name, format!("{:011o}\0", data.len()).as_bytes()), padded(data)].concat()
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    member(b'0', name.as_bytes(), data)
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

/// Each member's name, bytes and how its reading ended, and then how the archive did; `whole` and faults in words.
fn told(archive: &[u8]) -> (Vec<(String, String, String)>, String) {
    // A reader that hands out little at a time, as decoders may.
    let mut tar = Tar::new(Dripping { rest: archive, step: 7 });
    let mut members = Vec::new();
    loop {
        match tar.next_member() {
            Ok(Some(member)) => {
                let mut bytes = Vec::new();
                let ended = match tar.read_to_end(&mut bytes) {
                    Ok(_) => match member.kind {
                        Kind::File => {
                            assert_eq!(member.size, Some(bytes.len() as u64));
                            "whole".to_owned()
                        }
                        Kind::Other => "other".to_owned(),
                        Kind::Refused(why) => why.to_owned(),
                    },
                    Err(error) => Fault::from(error).to_string(),
                };
                members.push((shown(&member.name), shown(&bytes), ended));
            }
            Ok(None) => return (members, "whole".to_owned()),
            Err(fault) => {
                let again = tar.next_member().unwrap_err();
                assert_eq!(fault.to_string(), again.to_string());
                return (members, fault.to_string());
            }
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

struct Dripping<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.step.min(buffer.len());
        self.rest.read(&mut buffer[..len])
    }
}

fn expect(archive: &[Vec<u8>], members: &[(&str, &str, &str)], ended: &str) {
    let (found, how) = told(&archive.concat());
    let found: Vec<(&str, &str, &str)> = found.iter().map(|(name, bytes, ended)| (&**name, &**bytes, &**ended)).collect();
    assert_eq!((found.as_slice(), &*how), (members, ended));
}

#[test]
fn members_in_order() {
    let archive = [file("a.log", b"one\ntwo\n"), file("dir/empty.log", b""), file("b.log", &[b'x'; 512]), end()];
    let x = "x".repeat(512);
    expect(&archive, &[("a.log", "one\\ntwo\\n", "whole"), ("dir/empty.log", "", "whole"), ("b.log", &x, "whole")], "whole");
}

#[test]
fn what_is_not_read_is_passed_over() {
    let archive = [file("a", b"aaa"), file("b", b"bbb"), end()].concat();
    let mut tar = Tar::new(&archive[..]);
    assert_eq!(
        tar.next_member().unwrap(),
        Some(Member { name: b"a".to_vec(), size: Some(3), modified: MODIFIED, kind: Kind::File })
    );
    tar.next_member().unwrap();
    let mut bytes = [0; 2];
    tar.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, *b"bb");
    assert!(tar.next_member().unwrap().is_none());
    assert!(tar.next_member().unwrap().is_none());
}

#[test]
fn kinds() {
    // Of links, devices and folders the size means nothing: no bytes follow.
    let size = b"00000001000\0";
    let archive = [
        header(b'1', b"hard", size),
        header(b'2', b"soft", size),
        header(b'3', b"device", size),
        header(b'5', b"dir", size),
        header(b'6', b"pipe", b""),
        member(b'D', b"dump", b"Yfile\0"),
        member(b'0', b"old dir/", b""),
        member(b'7', b"contiguous", b"c"),
        member(0, b"old", b"o"),
        member(b'M', b"rest", b"r"),
        member(b'Q', b"unknown", b"u"),
        end(),
    ];
    let other = |name| (name, "", "other");
    expect(
        &archive,
        &[
            other("hard"),
            other("soft"),
            other("device"),
            other("dir"),
            other("pipe"),
            other("dump"),
            other("old dir/"),
            ("contiguous", "c", "whole"),
            ("old", "o", "whole"),
            ("rest", "", "the rest of a file whose first part is in another archive"),
            ("unknown", "", "of a kind that tar has no standard for"),
        ],
        "whole",
    );
}

#[test]
fn names_are_data() {
    let archive = [
        file("./here.log", b""),
        file("././/twice.log", b""),
        file("./", b""),
        file("../../etc/passwd", b""),
        file("/etc/passwd", b""),
        file("new\nline\x1b[2J", b""),
        member(b'0', b"caf\xe9\\x", b""),
        member(b'0', &[b'n'; 100], b""),
        changed(file("name", b""), |block| block[345..351].copy_from_slice(b"prefix")),
        changed(file("gnu", b""), |block| {
            block[257..265].copy_from_slice(b"ustar  \0");
            block[345..356].copy_from_slice(b"14551240771");
        }),
        changed(file("star", b""), |block| {
            block[345..348].copy_from_slice(b"pre");
            block[476..487].copy_from_slice(b"14551240771");
            block[508..512].copy_from_slice(b"tar\0");
        }),
        end(),
    ];
    let full = "n".repeat(100);
    let whole = |name| (name, "", "whole");
    expect(
        &archive,
        &[
            whole("here.log"),
            whole("/twice.log"),
            ("./", "", "other"),
            whole("../../etc/passwd"),
            whole("/etc/passwd"),
            whole("new\\nline\\x1b[2J"),
            whole("caf\\xe9\\\\x"),
            whole(&full),
            whole("prefix/name"),
            whole("gnu"),
            whole("pre/star"),
        ],
        "whole",
    );
}

#[test]
fn long_names() {
    let long = [b'l'; 300];
    let gnu = member(b'L', b"././@LongLink", &[&long[..], b"\0"].concat());
    let link = member(b'K', b"././@LongLink", b"somewhere\0");
    let pax = member(b'x', b"PaxHeaders/x", b"17 path=./new\nx\n\n");
    let archive = [gnu, link, file("lll", b"1"), pax.clone(), file("x", b"2"), file("y", b"3"), end()];
    let long = "l".repeat(300);
    expect(&archive, &[(&long, "1", "whole"), ("new\\nx\\n", "2", "whole"), ("y", "3", "whole")], "whole");
    let what = "an extended header is followed by no member at byte 1024 of the archive";
    expect(&[pax.clone(), end()], &[], what);
    expect(&[pax], &[], "the archive is cut short at byte 1024");
}

#[test]
fn extended_headers() {
    let pax = |records: &str| member(b'x', b"PaxHeaders/x", records.as_bytes());
    let sized = [pax("10 size=3\n27 mtime=1705312345.678901\n"), header(b'0', b"a", b"00000000000\0"), padded(b"abc")].concat();
    let mut tar = Tar::new(&sized[..]);
    let found = tar.next_member().unwrap().unwrap();
    assert_eq!((found.size, found.modified), (Some(3), Some(1_705_312_345)));
    assert_eq!(exhaust(&mut Tar::new(&sized[..])).unwrap(), 3);

    let global = member(b'g', b"pax_global_header", b"19 mtime=100000000\n20 comment=deadbeef\n");
    let archive = [global, file("a", b""), pax("12 mtime=-7\n"), file("b", b"")].concat();
    let mut tar = Tar::new(&archive[..]);
    assert_eq!(tar.next_member().unwrap().unwrap().modified, Some(100_000_000));
    assert_eq!(tar.next_member().unwrap().unwrap().modified, Some(-7));
    assert!(tar.next_member().unwrap().is_none());
}

#[test]
fn sparse_files_are_refused() {
    let extended = {
        let mut block = member(b'S', b"old", b"12345");
        block[257..265].copy_from_slice(b"ustar  \0");
        block[482] = 1;
        let mut blocks = signed(block[..512].to_vec());
        let mut more = vec![0; 512];
        more[504] = 1;
        blocks.extend(&more);
        blocks.extend([0; 512]);
        blocks.extend(padded(b"12345"));
        blocks
    };
    let pax = member(b'x', b"PaxHeaders/x", b"22 GNU.sparse.major=1\n28 GNU.sparse.name=true.log\n");
    let archive = [extended, pax, file("GNUSparseFile.1/true.log", b"1\n0\n5\n"), file("plain", b"p"), end()];
    let sparse = "a sparse file";
    expect(&archive, &[("old", "", sparse), ("true.log", "", sparse), ("plain", "p", "whole")], "whole");
}

#[test]
fn sizes() {
    let size = |size: &[u8]| [header(b'0', b"a", size), padded(b"abc"), end()];
    let whole: &[(&str, &str, &str)] = &[("a", "abc", "whole")];
    expect(&size(b"00000000003\0"), whole, "whole");
    expect(&size(b"         3 \0"), whole, "whole");
    expect(&size(b"000000000003"), whole, "whole");
    expect(&size(b"\x80\0\0\0\0\0\0\0\0\0\0\x03"), whole, "whole");
    let at = "at byte 0 of the archive";
    expect(&size(&[0xff; 12]), &[], &format!("a member's size is negative {at}"));
    for impossible in [&[0xbf; 12][..], b"99999999999\0", b"3x\0", b"-1\0"] {
        expect(&size(impossible), &[], &format!("a member's size is no number {at}"));
    }
    // The most that fits is only a cut, however long the archive would be.
    let most = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let cut = "the archive is cut short at byte 2048";
    let (members, ended) = told(&size(&most).concat());
    assert_eq!((members.len(), &*members[0].2, &*ended), (1, cut, cut));
    let pax = member(b'x', b"x", b"29 size=18446744073709551615\n");
    expect(&[pax, file("a", b"")], &[], "a member's size is impossible at byte 1536 of the archive");
    // Nothing is kept of a name that never ends.
    let endless = [header(b'L', b"././@LongLink", b"77777777777\0"), vec![b'n'; 4096]];
    expect(&endless, &[], "an extended header claims to be longer than 1 MiB at byte 512 of the archive");
}

#[test]
fn cut() {
    let archive = [file("a", b"aaa"), file("b", &[b'b'; 600]), end()].concat();
    let a = ("a", "aaa", "whole");
    let b = "b".repeat(600);
    let part = "b".repeat(76);
    let cut = |len: usize, members: &[(&str, &str, &str)], ended: &str| expect(&[archive[..len].to_vec()], members, ended);
    cut(0, &[], "whole");
    cut(100, &[], "the archive is cut short at byte 100");
    // The member is there, its padding is not.
    cut(515, &[a], "the archive is cut short at byte 515");
    cut(1023, &[a], "the archive is cut short at byte 1023");
    cut(1024, &[a], "whole");
    cut(1025, &[a], "the archive is cut short at byte 1025");
    let at = "the archive is cut short at byte 1612";
    cut(1612, &[a, ("b", &part, at)], at);
    cut(2559, &[a, ("b", &b, "whole")], "the archive is cut short at byte 2559");
    // Archives that end without zeros, or in fewer than the two blocks, have lost nothing.
    for len in [2560, 2561, 3072, 3584] {
        cut(len, &[a, ("b", &b, "whole")], "whole");
    }
}

/// Where nobody knows beforehand that only zeros follow, as of a stream, it is told at the end. Fewer of them are an archive's own.
#[test]
fn zeros_from_within_a_member_on() {
    let text = [&b"text"[..], &[0; 600]].concat();
    let ended = |zeros: usize, data: &[u8]| {
        let archive = [file("a", b"a"), file("b", data), vec![0; zeros]].concat();
        exhaust(&mut Tar::new(&archive[..])).map_err(|fault| fault.to_string())
    };
    assert_eq!(ended(22 * 512, &text), Ok(605));
    assert_eq!(ended(24 * 512, &text), Err("the archive is cut short at byte 1540".to_owned()));
    assert_eq!(ended(24 * 512, b""), Ok(1));
    assert_eq!(ended(40 * 512, b"text"), Ok(5), "an archiver may fill larger records");
}

#[test]
fn damaged_headers_end_it() {
    let mut bad = file("b", b"b");
    bad[0] = b'c';
    let a = ("a", "a", "whole");
    let what = "the checksum of a member's header is wrong at byte 1024 of the archive";
    expect(&[file("a", b"a"), bad, file("c", b"c"), end()], &[a], what);
    // A checksum of signed bytes is right too.
    let mut signed = member(b'0', b"\xff", b"");
    let sum: i32 = signed[..148].iter().chain(&signed[156..]).map(|byte| i32::from(byte.cast_signed())).sum();
    signed[148..156].copy_from_slice(format!("{:06o}\0 ", sum + 256).as_bytes());
    expect(&[signed, end()], &[("\\xff", "", "whole")], "whole");
}

#[test]
fn behind_the_zeros() {
    let (a, b) = (("a", "a", "whole"), ("b", "b", "whole"));
    let joined = [file("a", b"a"), end(), file("b", b"b"), end(), vec![0; 9000]];
    expect(&joined, &[a, b], "whole");
    let what = "what follows the zeros is no member's header at byte 2048 of the archive";
    for behind in [padded(b"text"), b"text".to_vec()] {
        expect(&[file("a", b"a"), end(), behind], &[a], what);
    }
}

/// The errors of the reader come out as they went in, wherever they come.
#[test]
fn the_readers_own_errors() {
    #[derive(Debug)]
    struct Own;
    impl std::fmt::Display for Own {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("own")
        }
    }
    impl std::error::Error for Own {}
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(Own))
        }
    }
    let mut bad = file("a", b"aaa");
    bad[0] = b'b';
    // In a header, in a member, in its padding, and behind a header that makes no sense, whose bytes the reader may disown.
    let archive = file("a", b"aaa");
    for before in [&archive[..10], &archive[..514], &archive[..700], &bad] {
        let mut tar = Tar::new(before.chain(Failing));
        let fault = loop {
            match tar.next_member() {
                Ok(Some(_)) => {
                    let mut bytes = Vec::new();
                    if let Err(error) = tar.read_to_end(&mut bytes) {
                        assert_eq!(bytes, b"aa");
                        break Fault::from(error);
                    }
                }
                Ok(None) => panic!("there is no end"),
                Err(fault) => break fault,
            }
        };
        let Fault::Io(error) = fault else { panic!("{fault}") };
        assert!(error.get_ref().is_some_and(|own| own.is::<Own>()), "{error:?}");
        assert!(matches!(tar.next_member(), Err(Fault::Io(_))));
    }
}

#[test]
fn told_by_the_head() {
    let seventh = changed(file("a", b""), |block| {
        block[156] = 0;
        block[257..].fill(0);
    });
    assert!(is_tar(&seventh));
    assert!(is_tar(&file("a", b"")));
    assert!(is_tar(&file("a", b"")[..300]), "the magic is enough");
    assert!(!is_tar(&seventh[..511]));
    for at in [0, 100, 124, 148, 156, 511] {
        let mut other = seventh.clone();
        other[at] ^= 1;
        assert!(!is_tar(&other), "{at}");
    }
    assert!(!is_tar(&changed(seventh.clone(), |block| block[100..108].copy_from_slice(b"rw-r--r-"))));
    assert!(!is_tar(&changed(seventh, |block| block[0] = 0)));
    assert!(!is_tar(b""));
    assert!(!is_tar(&[0; 512]));
    assert!(!is_tar(&b"2024-01-15 12:00:00 INFO text has no checksum of itself\n".repeat(20)));
    assert!(!is_tar(&[b'0'; 512]));
}
