//! Everything that can be typed wrongly, with exactly what is said then. Who changes a message reads the new one here as a user would:
//! does it name the thing, and say what to type instead?

use crate::sandbox::{Sandbox, tree};
use std::{fs, os::unix::fs::symlink, process::Command};

/// What the messages are about.
fn setting() -> Sandbox {
    let sandbox = tree();
    sandbox.write("old.gz", [0x1f, 0x8b, 8, 8]);
    sandbox.write("old.tar", [&[b'a'; 257], b"ustar".as_slice()].concat());
    sandbox.write("lines", "a.log\nb.log\n");
    sandbox.write("twice", "a.log\0\0b.log\0");
    fs::create_dir(sandbox.path().join("mnt")).unwrap();
    symlink("gone", sandbox.path().join("dangling")).unwrap();
    symlink(".", sandbox.path().join("logs/web/round")).unwrap();
    assert!(Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    sandbox
}

#[test]
fn of_a_wrong_argument() {
    let sandbox = setting();
    let wrong: Vec<String> = [VALUES, SHAPES, VERBS]
        .into_iter()
        .flatten()
        .filter_map(|(arguments, message)| {
            let said = sandbox.run(arguments).failed();
            (said != format!("logtally: {message}\n")).then(|| format!("{arguments:?}\n  says    {said}  and not {message}\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn of_a_run() {
    let sandbox = setting();
    let mut wrong = String::new();
    for (arguments, code, message) in RUNS {
        let ran = sandbox.run(arguments);
        if (ran.code, ran.err.as_str()) != (Some(*code), format!("{message}\n").as_str()) {
            wrong += &format!("{arguments:?} {:?}\n  says    {}  and not {message}\n", ran.code, ran.err);
        }
        assert_eq!(ran.out.is_empty(), *code == 2, "a report is written unless the status is 2: {arguments:?}");
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Standard input holds the list and is to be counted.
    let err = sandbox.run_with_input(&["--files0-from", "-"], b"-\0").failed();
    let expected = "logtally: list of files on standard input: standard input holds the list, so it cannot be counted too; \
                    take the name - out of it, or call a file - by ./-\n";
    assert_eq!(err, expected);
}

#[test]
fn of_a_file_of_options() {
    let sandbox = setting();
    for (line, message) in LINES {
        sandbox.write("options", format!("# mine\n{line}\n"));
        let expected = format!("logtally: options, line 2: {message}; mend it, or do without it by --no-config\n");
        assert_eq!(sandbox.run(&["--config", "options", "logs"]).failed(), expected, "{line}");
    }
}

#[test]
fn of_more_keys_than_can_be_looked_for() {
    let sandbox = tree();
    let deep = vec!["a"; 33].join(".");
    let err = sandbox.run(&["--service-field", &deep, "logs"]).failed();
    assert_eq!(err, "logtally: --service-field was given a path of 33 parts; at most 32 are followed\n");
    let many: Vec<&str> = std::iter::repeat_n(["--service-field", "a"], 25).flatten().chain(["logs"]).collect();
    let err = sandbox.run(&many).failed();
    assert_eq!(err, "logtally: --service-field was given 25 times; at most 24 keys can be looked for\n");
    let err = sandbox.run(&["--by", &format!("field:{deep}"), "logs"]).failed();
    assert!(err.contains(&format!("'field:{deep}'")), "{err}");
}

/// A value that is none; what clap puts below it is left off.
const VALUES: &[(&[&str], &str)] = &[
    (
        &["--by", "servce", "logs"],
        "--by: records cannot be grouped by 'servce'; choose among service, level, minute, hour, day, host, status, format, file, dir, or field:NAME for a key's value",
    ),
    (
        &["--by", "", "logs"],
        "--by: records cannot be grouped by ''; choose among service, level, minute, hour, day, host, status, format, file, dir, or field:NAME for a key's value",
    ),
    (
        &["--by", "field:", "logs"],
        "--by: records cannot be grouped by 'field:'; choose among service, level, minute, hour, day, host, status, format, file, dir, or field:NAME for a key's value",
    ),
    (
        &["--columns", "record", "logs"],
        "--columns: there is no column 'record'; choose among records, lines, bytes, errors, warnings, first, last",
    ),
    (
        &["--columns", "records,", "logs"],
        "--columns: there is no column ''; choose among records, lines, bytes, errors, warnings, first, last",
    ),
    (
        &["--sort", "size", "logs"],
        "--sort: rows cannot be sorted by 'size'; choose among records, lines, bytes, errors, warnings, first, last, name, time",
    ),
    (&["--top", "0", "logs"], "--top: '0' is no number of rows to show; write 1 or more"),
    (&["--top", "ten", "logs"], "--top: 'ten' is no number of rows to show; write 1 or more"),
    (&["--top"], "--top needs a value; --help shows an example"),
    (
        &["--format", "xml", "logs"],
        "--format: a report cannot be written as 'xml'; choose one of csv, tsv, json, ndjson, table, markdown",
    ),
    (&["-o", "", "logs"], "--output needs a value; --help shows an example"),
    (&["--color", "yes", "logs"], "--color: 'yes' does not say when to use colours; choose one of auto, always, never"),
    (
        &["--level", "errror", "logs"],
        "--level: there is no level 'errror'; choose among trace, debug, info, warn, error, fatal, or - for none, and put + behind one for it and all above: warn+",
    ),
    (
        &["--level", "error,", "logs"],
        "--level: there is no level ''; choose among trace, debug, info, warn, error, fatal, or - for none, and put + behind one for it and all above: warn+",
    ),
    (
        &["--service", "", "logs"],
        r#"--service: glob "": it names nothing; give a name or a pattern, such as `*.gz` or `archive/`"#,
    ),
    (
        &["--service", "[", "logs"],
        r#"--service: glob "[": `[` is never closed; add the `]` as in `[0-9]`, or write `\[` for a plain bracket"#,
    ),
    (
        &["--service", "{a", "logs"],
        r#"--service: glob "{a": `{` is never closed; add the `}` as in `{gz,zst}`, or write `\{` for a plain brace"#,
    ),
    (&["--service", "[z-a]", "logs"], r#"--service: glob "[z-a]": the range `z-a` runs backwards; write `a-z`, as in `[a-z]`"#),
    (
        &["--service", r#"\"#, "logs"],
        r#"--service: glob "\\": `\` has no character after it to take as it is; add one as in `\*`, or write `\\` for a backslash"#,
    ),
    (
        &["--grep", "(", "logs"],
        r#"--grep: '(' cannot be looked for: regex parse error:
    (
    ^
error: unclosed group
(\ before any of ( [ { . * + ? | takes it as it is)"#,
    ),
    (
        &["--grep", "(?=x)", "logs"],
        r#"--grep: '(?=x)' cannot be looked for: regex parse error:
    (?=x)
    ^^^
error: look-around, including look-ahead and look-behind, is not supported
(\ before any of ( [ { . * + ? | takes it as it is)"#,
    ),
    (
        &["--service-from", "file", "logs"],
        "--service-from: services cannot come from 'file'; write record, path, or path:TEMPLATE such as 'path:{service}/*.log'",
    ),
    (
        &["--service-from", "path:*/x.log", "logs"],
        r#"--service-from: path template "*/x.log": no `{service}` in it; put it where the name stands, as in `{service}/*.log`"#,
    ),
    (
        &["--service-from", "path:{service}/{service}.log", "logs"],
        r#"--service-from: path template "{service}/{service}.log": `{service}` stands in it more than once; keep one and write `*` for the others"#,
    ),
    (
        &["--service-from", "path:{service}/", "logs"],
        r#"--service-from: path template "{service}/": it ends in `/`, but only files are counted; end it with the file's part, such as `/*`"#,
    ),
    (
        &["--service-from", "path:{service}/{x}", "logs"],
        r#"--service-from: path template "{service}/{x}": `{x}` means nothing here; the one mark is `{service}`, and a plain brace is written `\{`"#,
    ),
    (
        &["--log-format", "jsn", "logs"],
        "--log-format: there is no log format 'jsn'; choose one of docker, cri, compose, w3c, json, access, klog, logcat, syslog, logfmt, app, plain, or of the 35 that docs/formats.md declares",
    ),
    (
        &["--include", "[", "logs"],
        r#"--include: glob "[": `[` is never closed; add the `]` as in `[0-9]`, or write `\[` for a plain bracket"#,
    ),
    (
        &["--include", "", "logs"],
        r#"--include: glob "": it names nothing; give a name or a pattern, such as `*.gz` or `archive/`"#,
    ),
    (
        &["--exclude", "{gz", "logs"],
        r#"--exclude: glob "{gz": `{` is never closed; add the `}` as in `{gz,zst}`, or write `\{` for a plain brace"#,
    ),
    (
        &["--exclude", "gz}", "logs"],
        r#"--exclude: glob "gz}": `}` was never opened; add the `{` as in `{gz,zst}`, or write `\}` for a plain brace"#,
    ),
    (&["--exclude", "[z-a]", "logs"], r#"--exclude: glob "[z-a]": the range `z-a` runs backwards; write `a-z`, as in `[a-z]`"#),
    (
        &["--exclude", r#"a\"#, "logs"],
        r#"--exclude: glob "a\\": `\` has no character after it to take as it is; add one as in `\*`, or write `\\` for a backslash"#,
    ),
    (
        &["--exclude", "[ä]", "logs"],
        r#"--exclude: glob "[ä]": `ä` stands in brackets, where only ASCII can; use braces, as in `{ä,a}`"#,
    ),
    (
        &["--max-depth", "x", "logs"],
        "--max-depth: 'x' is no number of folders to go down; write 0 or more: 1 is the files in the folders that are named",
    ),
    (
        &["-j", "many", "logs"],
        "--threads: 'many' is no number of threads; write a whole number from 1 to 4096, or 0 for one per CPU",
    ),
    (&["-j", "-1", "logs"], "--threads: '-1' is no number of threads; write a whole number from 1 to 4096, or 0 for one per CPU"),
    (
        &["-j", "4097", "logs"],
        "--threads: '4097' is no number of threads; write a whole number from 1 to 4096, or 0 for one per CPU",
    ),
    (
        &["--progress", "slow", "logs"],
        "--progress: there is no way of showing progress called 'slow'; choose one of auto, always, never, plain",
    ),
    (&["--io", "magic", "logs"], "--io: there is no way of reading called 'magic'; choose one of auto, mmap, read"),
    (
        &["--chunk-size", "0", "logs"],
        "--chunk-size: '0' is no size; write a number of bytes from 1 on, or with a unit such as 64K, 4M, 1G (powers of 1024)",
    ),
    (
        &["--chunk-size", "1.5M", "logs"],
        "--chunk-size: '1.5M' is no size; write a number of bytes from 1 on, or with a unit such as 64K, 4M, 1G (powers of 1024)",
    ),
    (&["--config", "", "logs"], "--config needs a value; --help shows an example"),
    (&[""], "a path is empty (a variable that is not set?); write . for the folder that you are in"),
    (&["completions", "tcsh"], "there are no completions for 'tcsh'; choose among bash, elvish, fish, powershell, zsh"),
];

/// Arguments that are none; likewise.
const SHAPES: &[(&[&str], &str)] = &[
    (&[], "name the files or folders to count, such as /var/log, or - for standard input; --help tells more"),
    (&["--nonsense", "logs"], "there is no option --nonsense; --help has them all, and a file of that name is ./--nonsense"),
    (&["--servce", "auth", "logs"], "there is no option --servce; did you mean --service?"),
    (&["-x", "logs"], "there is no option -x; --help has them all, and a file of that name is ./-x"),
    (&["--top", "-1", "logs"], "--top: '-1' is no number of rows to show; write 1 or more"),
    (
        &["--max-depth", "-1", "logs"],
        "--max-depth: '-1' is no number of folders to go down; write 0 or more: 1 is the files in the folders that are named",
    ),
    (&["--quiet=yes", "logs"], "--quiet takes no value, and was given 'yes'; write --quiet alone"),
];

/// Verbs that are used wrongly; likewise.
const VERBS: &[(&[&str], &str)] = &[
    (&["count"], "name the files or folders to count, such as /var/log, or - for standard input; --help tells more"),
    (&["detect"], "name the files or folders to count, such as /var/log, or - for standard input; --help tells more"),
    (&["-v", "detect", "logs"], "there is no file or folder 'detect'; to use the verb, write it first: logtally detect ..."),
    (
        &["detect", "--by", "level", "logs"],
        "--by is an option of counts, and detect has none of that name; logtally detect --help has all that it has",
    ),
    (&["bench"], "name the files or folders to count, such as /var/log; logtally bench --help tells more"),
    (
        &["bench", "-q", "logs"],
        "-q is an option of counts, and bench has none of that name; logtally bench --help has all that it has",
    ),
    (&["bench", "--iterations", "3", "logs"], "there is no option --iterations; did you mean --runs?"),
    (&["bench", "--export-json", "x", "logs"], "there is no option --export-json; did you mean --export json=FILE?"),
    (&["bench", "--run", "3", "logs"], "there is no option --run; did you mean --runs?"),
    (&["count", "-r", "logs"], "there is no option -r, and none is needed: folders are always walked whole"),
    (&["completions"], "name a shell: bash, elvish, fish, powershell or zsh, as in logtally completions bash"),
    (&["man", "x"], "there is no page for 'x'; choose among count, detect, bench"),
    (&["man", "bench", "x"], "'x' is one argument too many; --help says how the verb is used"),
    (&["--top", "3", "count", "logs"], "there is no file or folder 'count'; to use the verb, write it first: logtally count ..."),
];

/// What only the run finds, likewise.
const RUNS: &[(&[&str], i32, &str)] = &[
    (&["--service-field", "", "logs"], 2, "logtally: --service-field needs a key's name, such as --service-field team"),
    (
        &["--service-field", "a", "--service-from", "path", "logs"],
        2,
        "logtally: --service-field has no use with --service-from path: fields are in records; leave out one of the two",
    ),
    (
        &["-o", "report.csv", "--files-report", "report.csv", "logs"],
        2,
        "logtally: two reports would go to the same place; give one of them another file",
    ),
    (&["--files-report", "-", "logs"], 2, "logtally: two reports would go to the same place; give one of them another file"),
    (
        &["-o", "logs/pay.log.1", "logs/pay.log.1"],
        2,
        "logtally: the report would replace logs/pay.log.1, which is to be counted; write it to another file, or leave logs/pay.log.1 out",
    ),
    (
        &["--include", "web/", "logs"],
        2,
        "logtally: --include web/ fits folders only, and it is files that are included; write --include 'web/**'",
    ),
    (
        &["--files0-from", "-", "-"],
        2,
        "logtally: standard input holds the list of --files0-from, so it cannot be counted too; leave out the -, or read the list from a file",
    ),
    (
        &["-o", "logs/pay.log.1/report.csv", "logs"],
        2,
        "logtally: the report cannot be written to logs/pay.log.1/report.csv: what should be its folder is a file; choose another name",
    ),
    (
        &["-o", "nowhere/report.csv", "logs"],
        2,
        "logtally: the report cannot be written to nowhere/report.csv: its folder does not exist; create it first",
    ),
    (
        &["--files-report", "nowhere/files.csv", "logs"],
        2,
        "logtally: the files report cannot be written to nowhere/files.csv: its folder does not exist; create it first",
    ),
    (&["-o", "mnt", "logs"], 2, "logtally: the report cannot be written to mnt: is a directory; name a file in it"),
    (
        &["-o", "/dev/full", "logs"],
        2,
        "logtally: the report cannot be written to /dev/full: No space left on device (os error 28); make room, or choose another disk",
    ),
    (
        &["--files0-from", "nowhere"],
        2,
        "logtally: list of files nowhere: cannot be read: No such file or directory (os error 2); give a file that `find ... -print0` has written, or - for standard input",
    ),
    (
        &["--files0-from", "mnt"],
        2,
        "logtally: list of files mnt: cannot be read: Is a directory (os error 21); give a file that `find ... -print0` has written, or - for standard input",
    ),
    (
        &["--files0-from", "lines"],
        2,
        "logtally: list of files lines: its names must end with NUL, not with newlines; write it with `find ... -print0` instead of `-print`",
    ),
    (
        &["--files0-from", "twice"],
        2,
        "logtally: list of files twice: name 2 is empty; write each name once and one NUL after it, as `find ... -print0` does",
    ),
    (
        &["--config", "nowhere", "logs"],
        2,
        "logtally: options cannot be read from nowhere: No such file or directory (os error 2); name another file with --config, or none with --no-config",
    ),
    (
        &["--config", "mnt", "logs"],
        2,
        "logtally: options cannot be read from mnt: Is a directory (os error 21); name another file with --config, or none with --no-config",
    ),
    (
        &["logs", "gone"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 2 files counted
  gone: no such file or folder; check the spelling, or whether its disk is mounted"#,
    ),
    (
        &["old.gz"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  old.gz: damaged gzip data, cut short at byte 4: no whole line is before that"#,
    ),
    (
        &["old.tar"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  old.tar: damaged tar data, the archive is cut short at byte 262: no whole line is before that"#,
    ),
    (
        &["pipe"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  pipe: a FIFO, which is never opened; give its content as standard input, with - as the path"#,
    ),
    (
        &["dangling"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  dangling: a link to a file that does not exist; remove the link or restore the file"#,
    ),
    (
        &["--follow", "logs"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 2 files counted
  logs/web/round: cannot follow it: the link leads back to a folder above it"#,
    ),
    (
        &["mnt"],
        1,
        "logtally: incomplete: no file was found; is the folder the right one, and its disk mounted? (--allow-empty if that may be)",
    ),
    (
        &["--include", "*.txt", "logs"],
        1,
        "logtally: incomplete: all files that were found are left out by --include (--allow-empty if that may be)",
    ),
    (
        &["--include", "*.txt", "logs/pay.log.1"],
        1,
        "logtally: incomplete: the only file that was found is left out by --include (--allow-empty if that may be)",
    ),
    (
        &["--max-depth", "0", "logs"],
        1,
        "logtally: incomplete: no file was found; --max-depth 0 is for files by name, 1 for the files in the folders that are named (--allow-empty if that may be)",
    ),
    (
        &["countt"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  countt: no such file or folder; check the spelling, or whether its disk is mounted"#,
    ),
    (
        &["*.log"],
        1,
        r#"logtally: incomplete: 1 input could not be counted whole, 0 files counted
  *.log: no such file or folder; check the spelling, or whether its disk is mounted"#,
    ),
    (
        &["--strict", "logs", "gone"],
        2,
        r#"logtally: incomplete: 1 input could not be counted whole, 2 files counted
  gone: no such file or folder; check the spelling, or whether its disk is mounted
logtally: no report is written, as --strict asks"#,
    ),
];

/// A second line of a file of options, and what is said between its place and the way out.
const LINES: &[(&str, &str)] = &[
    ("logs", "'logs' is no option; write one a line, such as --by=service,level"),
    (
        "--by=nobody",
        "--by: records cannot be grouped by 'nobody'; choose among service, level, minute, hour, day, host, status, format, file, dir, or field:NAME for a key's value",
    ),
    ("--bye=level", "there is no option --bye; did you mean --by?"),
    ("--top", "--top needs a value; --help shows an example"),
    ("--strict=no", "--strict takes no value, and was given 'no'; write --strict alone"),
    ("--config=more", "'--config=more' says which file of options is read, and is typed, not kept in one"),
    ("--follow logs", "something stands behind a flag, which takes no value; what to count is typed, not kept here"),
    ("--help", "this answers a question, and is no option to keep; take the line out"),
    ("--no-config", "'--no-config' says which file of options is read, and is typed, not kept in one"),
    ("--", "'--' is no option; write one a line, such as --by=service,level"),
    ("-x", "there is no option -x; --help has them all, and a file of that name is ./-x"),
    (
        "--by=level -f table",
        "--by: records cannot be grouped by 'level -f table'; choose among service, level, minute, hour, day, host, status, format, file, dir, or field:NAME for a key's value",
    ),
];
