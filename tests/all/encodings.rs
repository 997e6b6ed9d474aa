//! What files hold: text in UTF-8 and UTF-16, with marks, holes and lines of any length, and what is no text.

use crate::{
    sandbox::{APP, JSON, Sandbox, tree},
    text::{ByteOrder, utf16},
};

/// As Windows writes it: line ends of two characters, and letters of more than one unit.
const WINDOWS: &str = "\
2024-01-15 10:00:00,123 INFO [main] org.example.Größe: eins\r
2024-01-15 10:00:01,123 ERROR [main] org.example.Größe: zwei 🛒\r
java.lang.IllegalStateException: zu\r
\tat org.example.Größe.messen(Größe.java:7)\r
2024-01-15 10:00:02,123 WARN [main] org.example.日本: drei\r
";

#[test]
fn utf16_is_counted_as_it_is_stored_and_named_as_it_reads() {
    let sandbox = Sandbox::new();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let bytes = utf16(WINDOWS, order);
        sandbox.write("till.log", &bytes);
        let lengths: Vec<usize> = WINDOWS.split_inclusive('\n').map(|line| 2 * line.encode_utf16().count()).collect();
        // The mark is of the first line.
        let first: usize = 2 + lengths[..4].iter().sum::<usize>();
        let expected = format!(
            "service,records,lines,bytes,errors,warnings\norg.example.Größe,2,4,{first},1,0\norg.example.日本,1,1,{},0,1\n",
            lengths[4]
        );
        let columns = ["-c", "records,lines,bytes,errors,warnings"];
        for io in ["auto", "mmap", "read"] {
            let out = sandbox.run(&[&columns[..], &["--io", io, "till.log"]].concat()).complete();
            assert_eq!(out, expected, "{order:?} --io {io}");
        }
        let out = sandbox.run_with_input(&[&columns[..], &["-"]].concat(), &bytes).complete();
        assert_eq!(out, expected, "{order:?} from standard input");
        sandbox.run(&["--files-report", "files.csv", "till.log"]).complete();
        let len = bytes.len();
        let row = format!("till.log,app,utf-16,ok,{len},{len},5,3,0,0,,0.600,1.000");
        assert_eq!(sandbox.read("files.csv").lines().nth(1), Some(row.as_str()));
    }
}

#[test]
fn large_utf16_is_the_same_however_it_is_read() {
    let sandbox = Sandbox::new();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let repeats = 8000;
        let bytes = utf16(&WINDOWS.repeat(repeats), order);
        assert!(bytes.len() > 2 << 20);
        sandbox.write("till.log", &bytes);
        let (twice, four_times) = (2 * repeats, 4 * repeats);
        let expected =
            format!("service,records,lines\norg.example.Größe,{twice},{four_times}\norg.example.日本,{repeats},{repeats}\n");
        for io in ["auto", "mmap", "read"] {
            for size in ["99999", "4M"] {
                let out = sandbox.run(&["-c", "records,lines", "--io", io, "--chunk-size", size, "till.log"]).complete();
                assert_eq!(out, expected, "{order:?} --io {io} --chunk-size {size}");
            }
        }
        let out = sandbox.run(&["-b", "format", "-c", "bytes", "till.log"]).complete();
        assert_eq!(out, format!("format,bytes\napp,{}\n", bytes.len()));
        // What a filter leaves out is of these bytes too.
        let out = sandbox.run(&["-l", "warn", "-f", "json", "till.log"]).complete();
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        let sum = report["totals"]["bytes"].as_u64().unwrap() + report["filtered"]["bytes"].as_u64().unwrap();
        assert_eq!((sum, report["filtered"]["lines"].as_u64()), (bytes.len() as u64, Some(four_times as u64)));
    }
}

#[test]
fn utf16_that_is_cut_anywhere_loses_no_byte() {
    let sandbox = Sandbox::new();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let bytes = utf16(WINDOWS, order);
        for cut in 1..60 {
            let rest = &bytes[..bytes.len() - cut];
            sandbox.write("till.log", rest);
            let out = sandbox.run(&["-b", "file", "-c", "bytes", "till.log"]).complete();
            assert_eq!(out, format!("file,bytes\ntill.log,{}\n", rest.len()), "{order:?} less {cut}");
        }
        // Half a unit behind the last newline is a line without one.
        sandbox.write("till.log", [&bytes[..], b"x"].concat());
        let out = sandbox.run(&["-b", "file", "-c", "lines,bytes", "till.log"]).complete();
        assert_eq!(out, format!("file,lines,bytes\ntill.log,6,{}\n", bytes.len() + 1));
    }
}

/// A log that was truncated under its writer, which began anew with its mark.
#[test]
fn utf16_behind_a_hole_is_counted_once() {
    let sandbox = Sandbox::new();
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for hole in [2, 100, 70_000] {
            let bytes = [vec![0; hole], utf16(WINDOWS, order)].concat();
            sandbox.write("till.log", &bytes);
            let out = sandbox.run(&["-b", "file", "till.log"]).complete();
            assert_eq!(out, format!("file,records,lines,bytes\ntill.log,3,5,{}\n", bytes.len()), "{order:?} behind {hole}");
        }
    }
}

/// `WINDOWS` has times in figures; here is nothing but text.
#[test]
fn utf16_in_any_language_has_its_lines() {
    let sandbox = Sandbox::new();
    let text = "日本語の行です。これは長い文章であり、数字も空白もありません。とても長い行です。\r\n".repeat(50);
    let bytes = utf16(&text, ByteOrder::Little);
    sandbox.write("till.log", &bytes);
    let out = sandbox.run(&["till.log"]).complete();
    assert_eq!(out, format!("service,records,lines,bytes\ntill,50,50,{}\n", bytes.len()));
}

#[test]
fn a_byte_order_mark_and_nuls_are_bytes_and_nothing_else() {
    let sandbox = Sandbox::new();
    let expected = |extra: usize| format!("service,records,lines,bytes\ncart,2,2,{}\nauth,1,2,59\n", 88 + extra);
    let nuls = |number: usize| vec![0; number];
    let text = JSON.as_bytes();
    sandbox.write("x.log", [b"\xEF\xBB\xBF", text].concat());
    assert_eq!(sandbox.run(&["x.log"]).complete(), expected(3));
    for number in [1, 100, 70_000] {
        sandbox.write("x.log", [&nuls(number), text].concat());
        assert_eq!(sandbox.run(&["x.log"]).complete(), expected(number), "{number} NULs before all");
    }
    // A log that was truncated under its writer in the middle: the NULs are of the record behind them.
    let (first, rest) = JSON.split_at(JSON.find('\n').unwrap() + 1);
    for number in [1, 3_000_000] {
        // The head must be text, so that there is enough of it.
        let before = first.repeat(2000);
        sandbox.write("x.log", [before.as_bytes(), &nuls(number), rest.as_bytes()].concat());
        let out = sandbox.run(&["-c", "records,lines", "x.log"]).complete();
        assert_eq!(out, "service,records,lines\ncart,2001,2001\nauth,1,2\n", "{number} NULs in the middle");
        let out = sandbox.run(&["-b", "file", "-c", "bytes", "x.log"]).complete();
        assert_eq!(out, format!("file,bytes\nx.log,{}\n", before.len() + number + rest.len()));
    }
}

/// What Windows makes of a text that was never written to.
#[test]
fn a_mark_and_nothing_behind_it_is_no_record() {
    let sandbox = Sandbox::new();
    for (mark, len) in [(&b"\xEF\xBB\xBF"[..], 3), (b"\xFF\xFE", 2), (b"\xFE\xFF", 2)] {
        sandbox.write("till.log", mark);
        let out = sandbox.run(&["till.log"]).complete();
        assert_eq!(out, format!("service,records,lines,bytes\ntill,0,1,{len}\n"), "{mark:x?}");
        assert_eq!(
            sandbox.run_with_input(&["-c", "records,bytes", "-"], mark).complete(),
            format!("service,records,bytes\nstdin,0,{len}\n")
        );
    }
}

#[test]
fn what_is_no_text_is_passed_over() {
    let sandbox = tree();
    let expected = sandbox.run(&["logs"]).complete();
    let picture = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[1; 200]].concat();
    sandbox.write("logs/picture.log", picture);
    assert_eq!(sandbox.run(&["logs"]).complete(), expected);
    assert_eq!(sandbox.run(&["--strict", "logs"]).complete(), expected, "it is no fault");
    // Alone, it is still something that was found.
    let ran = sandbox.run(&["logs/picture.log"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "service,records,lines,bytes\n"));
    assert_eq!(ran.err, "logtally: logs/picture.log: not text, passed over\n", "an empty report would be a riddle");
    let document = sandbox.run(&["-f", "json", "logs"]).complete();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["files"]["binary"], serde_json::json!([{"path": "logs/picture.log"}]));
    assert_eq!(document["complete"], true);
    assert_eq!(sandbox.run(&["-v", "logs"]).err.lines().next(), Some("logtally: logs/picture.log: not text, passed over"));
}

#[test]
fn lines_of_any_length() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(5 << 20);
    // Its service is in what is looked at; that of the second is not.
    let text = format!(
        "{{\"service\":\"a\",\"msg\":\"{long}\"}}\n{{\"msg\":\"{long}\",\"service\":\"b\"}}\nend\n{{\"service\":\"a\"}}\n"
    );
    sandbox.write("x.log", &text);
    for io in ["mmap", "read"] {
        for size in ["100000", "4M"] {
            let out = sandbox.run(&["-c", "records,lines", "--io", io, "--chunk-size", size, "x.log"]).complete();
            assert_eq!(out, "service,records,lines\na,2,2\nx,1,2\n", "--io {io} --chunk-size {size}");
        }
    }
    let out = sandbox.run(&["-b", "format", "-c", "bytes", "x.log"]).complete();
    assert_eq!(out, format!("format,bytes\njson,{}\n", text.len()));
    // What stands beyond is not searched either.
    let out = sandbox.run(&["-g", "\"service\"", "-c", "records,lines", "x.log"]).complete();
    assert_eq!(out, "service,records,lines\na,2,2\n");
}

#[test]
fn a_last_line_without_a_newline_is_a_line() {
    let sandbox = Sandbox::new();
    for text in [APP.trim_end(), JSON.trim_end()] {
        sandbox.write("x.log", text);
        let out = sandbox.run(&["-b", "file", "-c", "lines,bytes", "x.log"]).complete();
        assert_eq!(out, format!("file,lines,bytes\nx.log,4,{}\n", text.len()));
    }
}

#[test]
fn every_compression_is_recognised_by_its_content() {
    let sandbox = tree();
    let table: &[(&str, &[u8])] = &[
        ("gzip", &[0x1f, 0x8b, 8, 8]),
        ("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0]),
        ("bzip2", b"BZh91AY&SY\0\0"),
        ("xz", &[0xfd, b'7', b'z', b'X', b'Z', 0]),
        ("lz4", &[4, 0x22, 0x4d, 0x18]),
        ("zip", b"PK\x03\x04\0\0"),
    ];
    for (codec, bytes) in table {
        sandbox.write("looks-plain.log", bytes);
        let ran = sandbox.run(&["looks-plain.log"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), "service,records,lines,bytes\n"));
        assert!(ran.err.contains(&format!("looks-plain.log: damaged {codec} data")), "{}", ran.err);
    }
}
