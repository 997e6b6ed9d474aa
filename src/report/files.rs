//! The report on files: CSV, a line for each file, in the byte order of their paths.

use super::{
    Escape, Formulas,
    csv::{Delimiter, Sheet},
};
use crate::tally::{FileCounts, Services};
use std::{io, os::unix::ffi::OsStrExt};

const HEADER: [&str; 13] = [
    "path",
    "format",
    "codec",
    "status",
    "bytes_stored",
    "bytes_decoded",
    "lines",
    "records",
    "filtered_lines",
    "filtered_bytes",
    "detail",
    "recognised",
    "named",
];

pub(super) fn write(files: &[FileCounts], escape: Escape, formulas: Formulas, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(Delimiter::Comma, formulas, out);
    for name in HEADER {
        sheet.text(name.as_bytes())?;
    }
    sheet.end_line()?;
    let mut files: Vec<&FileCounts> = files.iter().collect();
    // As bytes: paths themselves compare by their parts.
    files.sort_by_key(|file| file.path.as_os_str());
    for file in files {
        sheet.text(escape.apply(file.path.as_os_str().as_bytes()))?;
        for text in [&*file.format, &*file.codec, file.status] {
            sheet.text(escape.apply(text.as_bytes()))?;
        }
        let figures = [file.bytes_stored, file.bytes_decoded, file.lines, file.records, file.filtered.lines, file.filtered.bytes];
        for figure in figures {
            sheet.figure(figure)?;
        }
        sheet.text(escape.apply(file.detail.as_bytes()))?;
        let named = match file.services {
            Services::Asked => file.seen.named().to_string(),
            Services::Ignored => String::new(),
        };
        sheet.text(file.seen.recognised().to_string().into_bytes())?;
        sheet.text(named.into_bytes())?;
        sheet.end_line()?;
    }
    sheet.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{Run, Seen};
    use std::{ffi::OsStr, path::PathBuf};

    fn file(path: &[u8], detail: &str) -> FileCounts {
        FileCounts {
            path: PathBuf::from(OsStr::from_bytes(path)),
            format: "json+app".into(),
            codec: "gzip".into(),
            status: "counted",
            bytes_stored: 10,
            bytes_decoded: 40,
            lines: 3,
            records: 2,
            filtered: Run { lines: 1, bytes: 9 },
            seen: Seen { records: 2, left_out: 1, strays: 1, nameless: 1 },
            services: Services::Asked,
            detail: detail.into(),
        }
    }

    const HEAD: &[u8] =
        b"path,format,codec,status,bytes_stored,bytes_decoded,lines,records,filtered_lines,filtered_bytes,detail,recognised,named\n";

    fn written(files: &[FileCounts], escape: Escape) -> Vec<u8> {
        let mut out = Vec::new();
        write(files, escape, Formulas::Kept, &mut out).unwrap();
        out
    }

    #[test]
    fn in_byte_order_of_raw_paths() {
        // By their parts, a/b would come before a.log.
        let files = [file(b"a/b", ""), file(b"a.log", "said, \"so\""), file(b"caf\xe9\n", ""), file(b"B", "")];
        let rest = "json+app,gzip,counted,10,40,3,2,1,9,";
        let shares = "0.750,0.500";
        let mut expected = HEAD.to_vec();
        expected.extend_from_slice(
            format!("B,{rest},{shares}\na.log,{rest}\"said, \"\"so\"\"\",{shares}\na/b,{rest},{shares}\n\"").as_bytes(),
        );
        expected.extend_from_slice(b"caf\xe9\n\",");
        expected.extend_from_slice(format!("{rest},{shares}\n").as_bytes());
        assert_eq!(written(&files, Escape::Never).escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn no_file_is_a_header() {
        assert_eq!(written(&[], Escape::Never), HEAD);
    }

    #[test]
    fn a_path_like_a_formula_is_text_where_that_is_asked_for() {
        let mut out = Vec::new();
        write(&[file(b"=a;@b", "-x")], Escape::Never, Formulas::Disarmed, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("\n\"'=a;@b\",\"json+app\",\"gzip\",\"counted\",10,40,3,2,1,9,\"'-x\",0.750,0.500\n"), "{text}");
    }

    #[test]
    fn on_a_terminal_no_path_acts() {
        let text = String::from_utf8(written(&[file(b"caf\xe9\x1b[2J", "")], Escape::Always)).unwrap();
        assert!(text.contains("\ncaf\\xe9\\u{1b}[2J,json+app,"), "{text}");
    }
}
