//! Trees of files and links in temporary folders, and what a walk finds of them.

use super::*;
use std::{
    ffi::OsStr,
    fs,
    os::{fd::AsRawFd, unix::fs::symlink},
    path::Path,
};

/// The same by two threads.
fn walk(roots: &[PathBuf], options: &Options) -> Walked {
    super::walk(roots, options, 2)
}

/// A folder with these files in it.
fn tree(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

fn globs(globs: &[&str]) -> Globs {
    Globs::new(globs.iter().map(|glob| glob.parse().unwrap()).collect())
}

fn including(include: &[&str]) -> Options {
    Options { include: globs(include), ..Options::default() }
}

fn excluding(exclude: &[&str]) -> Options {
    Options { exclude: globs(exclude), ..Options::default() }
}

fn following() -> Options {
    Options { links: Links::All, ..Options::default() }
}

/// Paths as they are below the folder.
fn below<'a>(folder: &Path, paths: impl IntoIterator<Item = &'a Path>) -> Vec<String> {
    paths.into_iter().map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string()).collect()
}

fn names(folder: &Path, walked: &Walked) -> Vec<String> {
    below(folder, walked.files.iter().map(|file| file.path.as_path()))
}

fn failed(folder: &Path, walked: &Walked) -> Vec<String> {
    below(folder, walked.failures.iter().map(|failure| failure.path.as_path()))
}

/// The files of a walk of the whole folder in which nothing fails, and how many were left out.
fn walk_all(folder: &Path, options: &Options) -> (Vec<String>, u64) {
    let walked = walk(&[folder.to_owned()], options);
    assert!(walked.failures.is_empty(), "{:?}", walked.failures);
    (names(folder, &walked), walked.excluded)
}

#[test]
fn every_file_once_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/c")).unwrap();
    fs::write(root.join("b/c/x.log"), "x").unwrap();
    fs::write(root.join("b/.hidden"), "h").unwrap();
    fs::hard_link(root.join("b/c/x.log"), root.join("z.log")).unwrap();
    symlink(root.join("b/c/x.log"), root.join("a-link.log")).unwrap();
    symlink(root.join("b"), root.join("folder-link")).unwrap();
    let walked = walk(&[root.to_owned()], &Options::default());
    assert_eq!(names(root, &walked), ["b/.hidden", "b/c/x.log"]);
    // Overlapping roots, in any order.
    for roots in [[root.join("b"), root.join("b/c")], [root.join("b/c"), root.join("b")]] {
        assert_eq!(names(root, &walk(&roots, &Options::default())), ["b/.hidden", "b/c/x.log"]);
    }
    assert!(walked.failures.is_empty());
}

#[test]
fn however_many_threads_look_at_them_a_crowd_of_files_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut expected = Vec::new();
    for number in 0..5000u64 {
        let name = format!("{}/{number}.log", number % 3);
        fs::create_dir_all(root.join(&name).parent().unwrap()).unwrap();
        fs::File::create(root.join(&name)).unwrap().set_len(number).unwrap();
        expected.push((name, number));
    }
    fs::hard_link(root.join("0/0.log"), root.join("2/again.log")).unwrap();
    expected.sort();
    for threads in [0, 1, 2, 3, 7, 64] {
        let walked = super::walk(&[root.to_owned()], &Options::default(), threads);
        let lens = walked.files.iter().map(|file| file.len);
        assert_eq!(names(root, &walked).into_iter().zip(lens).collect::<Vec<_>>(), expected, "{threads}");
        assert!(walked.failures.is_empty());
    }
}

#[test]
fn what_cannot_be_counted_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("ok.log"), "x").unwrap();
    symlink(root.join("nothing"), root.join("dangling.log")).unwrap();
    symlink("loop.log", root.join("loop.log")).unwrap();
    let walked = walk(&[root.to_owned(), root.join("missing")], &Options::default());
    assert_eq!(names(root, &walked), ["ok.log"]);
    let failed: Vec<(String, &str)> = walked
        .failures
        .iter()
        .map(|failure| (failure.path.strip_prefix(root).unwrap().display().to_string(), failure.cause.status()))
        .collect();
    assert_eq!(failed, [("dangling.log".into(), "vanished"), ("loop.log".into(), "unreadable"), ("missing".into(), "vanished")]);
}

#[test]
fn a_link_does_not_take_a_files_own_name() {
    let folder = tree(&["m/app.log", "z.log"]);
    let root = folder.path();
    symlink("z.log", root.join("a.log")).unwrap();
    symlink("m", root.join("a")).unwrap();
    let both = ["m/app.log", "z.log"];
    assert_eq!(names(root, &walk(&[root.to_owned()], &Options::default())), both);
    assert_eq!(names(root, &walk(&[root.to_owned()], &following())), both, "nor does a link to its folder");
    // A root that is a link, with and without the slash that shells put behind it.
    for link in ["a", "a/", "a/."] {
        for roots in [[root.join(link), root.join("m")], [root.join("m"), root.join(link)]] {
            assert_eq!(names(root, &walk(&roots, &Options::default())), ["m/app.log"], "{link}");
        }
        assert_eq!(walk(&[root.join(link)], &Options::default()).files.len(), 1, "{link}");
    }
    // Among equals the smallest counts: links to a file elsewhere, and second names.
    let elsewhere = tree(&["x.log"]);
    symlink(elsewhere.path().join("x.log"), root.join("y2.log")).unwrap();
    symlink(elsewhere.path().join("x.log"), root.join("y1.log")).unwrap();
    fs::hard_link(root.join("z.log"), root.join("k.log")).unwrap();
    assert_eq!(names(root, &walk(&[root.to_owned()], &Options::default())), ["k.log", "m/app.log", "y1.log"]);
}

#[test]
fn excluded_files_are_left_out_and_counted() {
    let folder = tree(&["app.log", "app.log.gz", "archive/a.gz", "archive/a.log", "b/archive/c.gz", "b/c.LOG"]);
    let root = folder.path();
    let all = ["app.log", "app.log.gz", "archive/a.gz", "archive/a.log", "b/archive/c.gz", "b/c.LOG"];
    let table: &[(Options, &[&str], u64)] = &[
        (Options::default(), &all, 0),
        (excluding(&["*.gz"]), &["app.log", "archive/a.log", "b/c.LOG"], 3),
        (excluding(&["archive/*.gz"]), &["app.log", "app.log.gz", "archive/a.log", "b/c.LOG"], 2),
        (excluding(&["b/**"]), &all[..4], 1),
        (excluding(&["**/archive/[ab].{gz,log}"]), &["app.log", "app.log.gz", "b/archive/c.gz", "b/c.LOG"], 2),
        (including(&["*.log"]), &["app.log", "archive/a.log"], 4),
        (including(&["*.log", "*.LOG"]), &["app.log", "archive/a.log", "b/c.LOG"], 3),
        (including(&["archive/*"]), &["archive/a.gz", "archive/a.log", "b/archive/c.gz"], 3),
        (including(&["b"]), &[], 6),
        // What is in a folder that is not entered is not known.
        (excluding(&["archive"]), &["app.log", "app.log.gz", "b/c.LOG"], 0),
        (excluding(&["archive/"]), &["app.log", "app.log.gz", "b/c.LOG"], 0),
        (excluding(&["b/archive/"]), &["app.log", "app.log.gz", "archive/a.gz", "archive/a.log", "b/c.LOG"], 0),
        (excluding(&["app.log/"]), &all, 0),
        // To exclude has precedence.
        (Options { exclude: globs(&["a*"]), ..including(&["*.log", "*.gz", "*.LOG"]) }, &["b/c.LOG"], 2),
    ];
    for (options, files, excluded) in table {
        let expected = (files.iter().map(|file| (*file).to_owned()).collect(), *excluded);
        assert_eq!(walk_all(root, options), expected, "{:?} {:?}", options.include, options.exclude);
    }
}

#[test]
fn an_anchored_glob_knows_the_whole_path() {
    let folder = tree(&["a/x.log", "b/a/x.log"]);
    let root = folder.path();
    let anchored = format!("{}/a/", root.display());
    assert_eq!(walk_all(root, &excluding(&[&anchored])), (vec!["b/a/x.log".into()], 0));
}

#[test]
fn roots_and_globs() {
    let folder = tree(&["archive/a.gz", "archive/b.log", "archive/archive/c.log"]);
    let root = folder.path();
    let archive = root.join("archive");
    // A folder that was named is meant; one of the same name below it is not.
    let walked = walk(std::slice::from_ref(&archive), &excluding(&["archive"]));
    assert_eq!((names(root, &walked), walked.excluded), (vec!["archive/a.gz".into(), "archive/b.log".into()], 0));
    let path = format!("{}/archive", root.file_name().unwrap().display());
    assert!(walk(std::slice::from_ref(&archive), &excluding(&[&path])).files.is_empty(), "unless the glob has its path");
    // A file that was named is one file more, as it came from a shell's glob.
    let files = [archive.join("a.gz"), archive.join("b.log"), STDIN.into()];
    for options in [excluding(&["*.gz"]), including(&["*.log"]), including(&["archive/*.log"])] {
        let walked = walk(&files, &options);
        assert_eq!((names(root, &walked), walked.excluded), (vec!["-".into(), "archive/b.log".into()], 1));
    }
    let walked = walk(&[STDIN.into(), STDIN.into()], &excluding(&["*", "-"]));
    assert_eq!((names(root, &walked), walked.excluded), (vec!["-".into()], 0));
}

#[test]
fn a_file_is_left_out_once_and_only_if_no_path_leads_to_it() {
    let folder = tree(&["logs/a.gz", "logs/old/b.gz", "logs/c.log"]);
    let root = folder.path();
    let overlapping = [root.join("logs"), root.join("logs/old"), root.join("logs")];
    assert_eq!(walk(&overlapping, &excluding(&["*.gz"])).excluded, 2);
    symlink("a.gz", root.join("logs/a-link.gz")).unwrap();
    symlink("c.log", root.join("logs/current.gz")).unwrap();
    assert_eq!(walk_all(root, &excluding(&["*.gz"])), (vec!["logs/c.log".into()], 2));
    let (files, excluded) = walk_all(root, &excluding(&["a.gz"]));
    assert_eq!((files.as_slice(), excluded), (["logs/a-link.gz", "logs/c.log", "logs/old/b.gz"].map(String::from).as_slice(), 0));
}

#[test]
fn what_is_left_out_does_not_fail() {
    let folder = tree(&["ok.log"]);
    let root = folder.path();
    symlink("nothing", root.join("gone.lock")).unwrap();
    symlink("round.lock", root.join("round.lock")).unwrap();
    symlink(".", root.join("self")).unwrap();
    for links in [Links::Files, Links::All] {
        let lenient = [
            Options { links, ..excluding(&["*.lock", "self"]) },
            Options { links, exclude: globs(&["self/"]), ..including(&["*.log"]) },
        ];
        for options in lenient {
            assert_eq!(walk_all(root, &options), (vec!["ok.log".into()], 0));
        }
    }
    let roots = [root.join("gone.lock"), root.join("missing.lock")];
    let walked = walk(&roots, &excluding(&["*.lock"]));
    assert_eq!(failed(root, &walked), ["missing.lock"], "what is missing may be a slip of the pen");
}

#[test]
fn names_are_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in [&b"B\xfccher.log"[..], b"B\xfccher.gz", b"\xff.log", "\u{fc}.log".as_bytes()] {
        // Some file systems refuse such names.
        if fs::write(root.join(OsStr::from_bytes(name)), "x").is_err() {
            return;
        }
    }
    let found = |options: &Options| -> Vec<Vec<u8>> {
        let walked = walk(&[root.to_owned()], options);
        walked.files.iter().map(|file| file.path.file_name().unwrap().as_bytes().to_vec()).collect()
    };
    assert_eq!(found(&including(&["B?cher.*"])), [&b"B\xfccher.gz"[..], b"B\xfccher.log"]);
    assert_eq!(found(&excluding(&["*.log"])), [b"B\xfccher.gz"]);
    assert_eq!(found(&including(&["\u{fc}.log"])), ["\u{fc}.log".as_bytes()]);
}

#[test]
fn depth_is_counted_from_the_root() {
    let folder = tree(&["0.log", "a/1.log", "a/b/2.log"]);
    let root = folder.path();
    let to_depth = |depth| Options { max_depth: Some(depth), ..Options::default() };
    let all = ["0.log", "a/1.log", "a/b/2.log"].map(String::from);
    for (depth, found) in [(0, 0), (1, 1), (2, 2), (3, 3), (usize::MAX, 3)] {
        assert_eq!(walk_all(root, &to_depth(depth)), (all[..found].to_vec(), 0), "{depth}");
    }
    // Every root has its own.
    let roots = [root.join("0.log"), root.join("a")];
    assert_eq!(names(root, &walk(&roots, &to_depth(0))), ["0.log"]);
    assert_eq!(names(root, &walk(&roots, &to_depth(1))), ["0.log", "a/1.log"]);
    // Below a link it goes on.
    let elsewhere = tree(&["1.log", "b/2.log"]);
    symlink(elsewhere.path(), root.join("link")).unwrap();
    let linked = |depth| names(root, &walk(&[root.to_owned()], &Options { links: Links::All, ..to_depth(depth) }));
    assert_eq!(linked(1), ["0.log"]);
    assert_eq!(linked(2), ["0.log", "a/1.log", "link/1.log"]);
    assert_eq!(linked(3), ["0.log", "a/1.log", "a/b/2.log", "link/1.log", "link/b/2.log"]);
    // Of two links to one folder the nearer finds more, even if it comes later.
    symlink(elsewhere.path(), root.join("a/link")).unwrap();
    assert_eq!(linked(3), ["0.log", "a/1.log", "a/b/2.log", "a/link/1.log", "link/b/2.log"]);
    // An excluded folder at the last depth leaves its neighbours alone.
    fs::create_dir(root.join("c")).unwrap();
    let options = Options { max_depth: Some(1), ..excluding(&["a", "c"]) };
    assert_eq!(walk_all(root, &options), (vec!["0.log".into()], 0));
}

#[test]
fn links_to_folders_are_followed_on_demand() {
    let folder = tree(&["logs/z/own.log"]);
    let elsewhere = tree(&["x/far.log", "x/y/farther.log"]);
    let root = folder.path().join("logs");
    let target = elsewhere.path().join("x");
    symlink(&target, root.join("m")).unwrap();
    symlink(&target, root.join("n")).unwrap();
    symlink("z", root.join("a")).unwrap();
    let walked = |options: &Options| walk_all(&root, options);
    assert_eq!(walked(&Options::default()), (vec!["z/own.log".into()], 0));
    // The same folder gives its files once, and each its best name.
    let expected = ["m/far.log", "m/y/farther.log", "z/own.log"].map(String::from).to_vec();
    assert_eq!(walked(&following()), (expected.clone(), 0));
    // A link to a file in a linked folder is no better a name than that below the folder's link.
    symlink(target.join("far.log"), root.join("y.log")).unwrap();
    symlink(target.join("far.log"), root.join("0.log")).unwrap();
    assert_eq!(walked(&following()).0, ["0.log", "m/y/farther.log", "z/own.log"]);
    fs::remove_file(root.join("0.log")).unwrap();
    // The smallest of all their paths: `m-` comes before `m/`.
    symlink(&target, root.join("m-")).unwrap();
    assert_eq!(walked(&following()).0, ["m-/far.log", "m-/y/farther.log", "z/own.log"]);
    // Globs see the path as it was reached.
    let excluding = |exclude: &[&str]| Options { links: Links::All, ..excluding(exclude) };
    assert_eq!(walked(&excluding(&["m-/", "y.log"])).0, expected);
    assert_eq!(
        walked(&excluding(&["m-/*.log", "y.log"])),
        (["m-/y/farther.log", "m/far.log", "z/own.log"].map(String::from).to_vec(), 0)
    );
    // A real path counts before a linked one, whichever root is first.
    let walked = walk(&[root.clone(), target.clone()], &following());
    let real = [target.join("far.log"), target.join("y/farther.log"), root.join("z/own.log")];
    let mut found: Vec<PathBuf> = walked.files.into_iter().map(|file| file.path).collect();
    found.sort_by_key(|path| real.iter().position(|real| real == path));
    assert_eq!(found, real);
}

#[test]
fn loops_of_links_are_found_and_named() {
    let folder = tree(&["logs/a/1.log", "logs/b/2.log"]);
    let outer = folder.path();
    let root = outer.join("logs");
    symlink(".", root.join("self")).unwrap();
    symlink("../b", root.join("a/to-b")).unwrap();
    symlink("../a", root.join("b/to-a")).unwrap();
    let walked = walk(std::slice::from_ref(&root), &following());
    assert_eq!(names(&root, &walked), ["a/1.log", "b/2.log"]);
    assert_eq!(failed(&root, &walked), ["a/to-b/to-a", "b/to-a/to-b", "self"]);
    assert!(walked.failures.iter().all(|failure| failure.cause.status() == "unreadable"));
    let message = walked.failures.last().unwrap().to_string();
    assert!(message.ends_with("cannot follow it: the link leads back to a folder above it"), "{message}");
    // Above the root there is more to find, until the loop is closed.
    fs::write(outer.join("0.log"), "0").unwrap();
    fs::remove_file(root.join("self")).unwrap();
    symlink("../..", root.join("a/up")).unwrap();
    let walked = walk(&[root.join("a")], &Options { links: Links::All, ..excluding(&["to-*"]) });
    assert_eq!(names(&root, &walked), ["a/1.log", "a/up/0.log", "a/up/logs/b/2.log"]);
    assert_eq!(failed(&root, &walked), ["a/up/logs/a/up"]);
    // A root with a slash behind it is above its links too.
    symlink(".", root.join("b/self")).unwrap();
    let walked = walk(&[root.join("b/")], &Options { links: Links::All, ..excluding(&["to-*"]) });
    assert_eq!(failed(&root, &walked), ["b/self"]);
}

#[test]
fn a_crowd_of_links_across_each_other_comes_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    // There are more than a hundred million ways through these.
    let numbers = 0..12;
    for from in numbers.clone() {
        fs::create_dir(root.join(format!("{from:02}"))).unwrap();
        fs::write(root.join(format!("{from:02}/x.log")), "x").unwrap();
        for to in numbers.clone().filter(|to| *to != from) {
            symlink(format!("../{to:02}"), root.join(format!("{from:02}/to-{to:02}"))).unwrap();
        }
    }
    let walked = walk(&[root.to_owned()], &following());
    assert_eq!(names(root, &walked), numbers.map(|number| format!("{number:02}/x.log")).collect::<Vec<_>>());
}

/// With one in each folder, paths take as much as the square of the folders' number.
#[test]
fn so_many_long_paths_that_they_take_too_much_are_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let name = "n".repeat(200);
    let root = folder.path().join("tree");
    fs::create_dir(&root).unwrap();
    let inside = |folder: &fs::File| PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    let mut last = fs::File::open(&root).unwrap();
    for _ in 0..50 {
        fs::write(inside(&last).join("x.log"), "x").unwrap();
        fs::create_dir(inside(&last).join(&name)).unwrap();
        last = fs::File::open(inside(&last).join(&name)).unwrap();
    }
    let short = (0..50).filter(|level| root.as_os_str().len() + level * 201 + "/x.log".len() <= 4095).count();
    let roots = [root.clone()];
    let mut before = 0;
    for room in [0, 4096, 5000, 50_000, 100_000, 200_000] {
        let walked = walk_within(&roots, &Options::default(), 2, room);
        let long: Vec<usize> = walked.files.iter().map(|file| file.path_bytes().len()).filter(|len| *len > 4095).collect();
        assert!(long.iter().sum::<usize>() <= room && long.len() >= before, "{room}");
        assert_eq!(walked.files.len() - long.len(), short, "what is shorter is found");
        let causes: Vec<String> = walked.failures.iter().map(|failure| failure.cause.to_string()).collect();
        assert_eq!(causes.len(), 1, "{causes:?}");
        assert!(causes[0].starts_with("with it paths of more than 4095 bytes come to more than 256 MiB"), "{causes:?}");
        before = long.len();
    }
    assert!(before > 10, "there was room for some");
    let walked = walk(&roots, &Options::default());
    assert_eq!((walked.files.len(), walked.folders, walked.failures.len()), (50, 51, 0));
}

#[test]
fn other_file_systems_are_not_entered_on_demand() {
    use std::os::unix::fs::MetadataExt;
    let folder = tree(&["a/x.log", "b/y.log"]);
    let root = folder.path();
    let one = Options { file_systems: FileSystems::One, ..following() };
    let device = |path: &Path| fs::metadata(path).ok().map(|metadata| metadata.dev());
    symlink("b", root.join("link")).unwrap();
    // A link to another file system, where there is one; a link to a file there is followed.
    let other = Path::new("/proc/sys");
    if other.join("kernel/ostype").is_file() && device(other) != device(root) {
        symlink(other, root.join("other")).unwrap();
        symlink(other.join("kernel/ostype"), root.join("ostype")).unwrap();
        assert_eq!(walk_all(root, &one).0, ["a/x.log", "b/y.log", "ostype"]);
    }
    let missing = walk(&[root.join("missing")], &one);
    assert_eq!(missing.failures.iter().map(|failure| failure.cause.status()).collect::<Vec<_>>(), ["vanished"]);
    // Where file systems are mounted, to exclude their folders leaves the files beside them alone.
    let beside = |exclude: &[&str]| {
        let options = Options { file_systems: FileSystems::One, max_depth: Some(1), ..excluding(exclude) };
        walk(&["/".into()], &options).files.into_iter().map(|file| file.path).collect::<Vec<_>>()
    };
    assert_eq!(beside(&["*/"]), beside(&[]));
}
