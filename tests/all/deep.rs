//! Trees so deep that paths in them are longer than the system takes: 4,095 bytes (`PATH_MAX`).

use crate::{
    sandbox::{Ran, Sandbox, a_tick_later, noise, ran},
    walking::meddled,
};
use logtally::{
    classify::{Choices, Plan},
    engine::{Decoding, Detail, Limits, Settings, Silent, Threads, run},
    read::{ChunkSize, Strategy},
    walk::{Options, walk},
};
use std::{
    fs::{self, File},
    ops::Deref,
    os::{
        fd::AsRawFd,
        unix::{ffi::OsStrExt, fs::symlink},
    },
    path::{Path, PathBuf},
    process::Command,
};

/// A sandbox for deep trees.
struct Pit(Sandbox);

impl Deref for Pit {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.0
    }
}

impl Drop for Pit {
    /// Rust's own way to remove a tree has a file open for each level.
    fn drop(&mut self) {
        let _ = Command::new("rm").arg("-rf").arg(self.0.path()).status();
    }
}

impl Pit {
    fn new() -> Pit {
        Pit(Sandbox::new())
    }

    /// Makes `logs`, a folder in a folder and so on, so many levels below it, all of one name; `at` is told the level and a short path
    /// to the folder there.
    fn dig(&self, levels: usize, name: &str, mut at: impl FnMut(usize, &Path)) {
        let inside = |folder: &File| PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        let enter = |path: &Path| {
            fs::create_dir(path).unwrap();
            File::open(path).unwrap()
        };
        let mut folder = enter(&self.path().join("logs"));
        for level in 0..=levels {
            at(level, &inside(&folder));
            if level < levels {
                folder = enter(&inside(&folder).join(name));
            }
        }
    }

    /// Runs the binary under limits as `ulimit` sets them.
    fn run_under(&self, limit: &str, arguments: &[&str]) -> Ran {
        let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        ran(command.args(["-c", &script, env!("CARGO_BIN_EXE_logtally")]).args(arguments).current_dir(self.path()))
    }
}

/// The path of what is so many levels down.
fn down(levels: usize, name: &str) -> String {
    format!("logs{}", format!("/{name}").repeat(levels))
}

const LINES: [&str; 3] = ["--by", "file", "--columns=lines"];

/// What `LINES` reports of files of one line each, in the order of their paths.
fn each_once(mut files: Vec<String>) -> String {
    files.sort();
    files.iter().fold("file,lines\n".to_owned(), |report, file| report + file + ",1\n")
}

fn write(path: PathBuf) {
    fs::write(path, "one\n").unwrap();
}

#[test]
fn a_tree_that_is_too_deep_for_paths_is_counted_whole() {
    let pit = Pit::new();
    let logs = [0, 1, 1000, 2010, 2035, 2045, 2046, 2047, 2048, 2049, 4095, 4999, 5000];
    pit.dig(5000, "d", |level, folder| {
        if logs.contains(&level) {
            write(folder.join("x.log"));
        }
    });
    let expected = each_once(logs.iter().map(|level| down(*level, "d") + "/x.log").collect());
    for (root, more) in
        [("logs", &["-j", "1"][..]), ("./logs/", &["-j", "2", "--one-file-system"]), ("logs/.", &["--follow", "--io", "mmap"])]
    {
        let same = expected.replace("\nlogs/", &format!("\n{}/", root.trim_end_matches('/')));
        assert_eq!(pit.run(&[&LINES[..], more, &[root]].concat()).complete(), same, "{root} {more:?}");
    }
}

#[test]
fn long_names_make_a_tree_too_deep_early() {
    let (pit, name) = (Pit::new(), "n".repeat(255));
    let file = "f".repeat(255);
    pit.dig(20, &name, |_, folder| write(folder.join(&file)));
    let expected = each_once((0..=20).map(|level| format!("{}/{file}", down(level, &name))).collect());
    assert_eq!(pit.run(&[&LINES[..], &["logs"]].concat()).complete(), expected);
}

#[test]
fn whatever_is_deep_down_is_read_as_elsewhere() {
    let pit = Pit::new();
    let folder = pit.path().join("flat");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("large.log"), noise(300_000)).unwrap();
    for name in ["a.log", "b.log", "c.log"] {
        fs::write(folder.join(name), noise(5_000)).unwrap();
    }
    let script = "gzip -k a.log && tar cf d.tar b.log c.log && tar czf e.tgz b.log && bzip2 -k c.log && gzip -k large.log";
    assert!(Command::new("sh").args(["-c", script]).current_dir(&folder).status().unwrap().success());
    pit.dig(30, &"n".repeat(200), |level, here| {
        if level == 30 {
            fs::create_dir(here.join("flat")).unwrap();
            for file in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                fs::copy(file.path(), here.join("flat").join(file.file_name())).unwrap();
            }
        }
    });
    let columns = ["--by", "service", "--columns", "records,lines,bytes"];
    let expected = pit.run(&[&columns[..], &["flat"]].concat()).complete();
    assert!(expected.lines().count() > 3, "{expected}");
    let root = down(30, &"n".repeat(200));
    for more in [&[][..], &["--io", "mmap", "--chunk-size", "10K"], &["--io", "read", "--chunk-size", "10K", "-j", "3"]] {
        assert_eq!(pit.run(&[&columns[..], more, &["logs"]].concat()).complete(), expected, "{more:?}");
    }
    // What is named by a path that is longer than the system takes is found too; in a list also, and twice it counts once.
    let named = format!("{root}/flat");
    assert_eq!(pit.run(&[&columns[..], &[&named, "logs"]].concat()).complete(), expected);
    fs::write(pit.path().join("list"), format!("{named}/large.log\0{named}/a.log\0")).unwrap();
    let listed = pit.run(&[&columns[..], &["--files0-from", "list"]].concat()).complete();
    assert_eq!(listed, "service,records,lines,bytes\nlarge,3000,3000,300000\na,50,50,5000\n");
    let (out, err) = pit.run(&[&columns[..], &[&format!("{named}/no.log")]].concat()).incomplete();
    assert_eq!(out, "service,records,lines,bytes\n");
    assert!(err.contains(&format!("  {named}/no.log: no such file or folder")), "{err}");
    let (_, err) = pit.run(&[&format!("{named}/{}", "n".repeat(256))]).incomplete();
    assert!(err.contains("File name too long"), "{err}");
    let detected = pit.run(&["detect", &format!("{named}/a.log.gz")]).complete();
    assert!(detected.contains("gzip"), "{detected}");
}

#[test]
fn what_is_chosen_is_chosen_deep_down_too() {
    let (pit, name) = (Pit::new(), "n".repeat(100));
    // 4,096 bytes are between level 40 and level 41.
    pit.dig(60, &name, |level, folder| {
        write(folder.join(format!("{level}.log")));
        fs::create_dir(folder.join("old")).unwrap();
        write(folder.join("old/o.log"));
    });
    let log = |level: usize| format!("{}/{level}.log", down(level, &name));
    let old = |level: usize| format!("{}/old/o.log", down(level, &name));
    let found = |more: &[&str]| pit.run(&[&LINES[..], more, &["logs"]].concat()).complete();
    let all = each_once((0..=60).flat_map(|level| [log(level), old(level)]).collect());
    assert_eq!(found(&[]), all);
    for depth in [19, 20, 21, 22, 39, 40, 41, 42, 60, 61, 62] {
        let most = depth.to_string();
        let logs = (0..depth.min(61)).map(log);
        let expected = each_once(logs.chain((0..(depth - 1).min(61)).map(old)).collect());
        assert_eq!(found(&["--max-depth", &most]), expected, "{depth}");
        assert_eq!(found(&["--max-depth", &most, "--one-file-system", "--follow"]), expected, "{depth}");
    }
    assert_eq!(found(&["--exclude", "old/"]), each_once((0..=60).map(log).collect()));
    assert_eq!(found(&["--include", "5?.log", "--include", "o.log", "--exclude", "old"]), each_once((50..60).map(log).collect()));
    // Globs see the path as it was reached, and from the root of the file system on.
    let whole = format!("{}/logs/**/old", pit.path().display());
    for glob in ["old/o.log", "logs/**/old/", &whole] {
        assert_eq!(found(&["--exclude", glob]), each_once((0..=60).map(log).collect()), "{glob}");
    }
    let below_two = each_once((0..=60).map(log).chain((0..2).map(old)).collect());
    assert_eq!(found(&["--exclude", &format!("{name}/{name}/old")]), below_two);
}

#[test]
fn links_deep_down_are_followed_and_their_loops_named() {
    let (pit, name) = (Pit::new(), "n".repeat(100));
    pit.write("elsewhere/y.log", "one\n");
    let elsewhere = pit.path().join("elsewhere");
    pit.dig(60, &name, |level, folder| {
        if [10, 50].contains(&level) {
            write(folder.join("x.log"));
            symlink(&elsewhere, folder.join(format!("far{level}"))).unwrap();
            symlink("../..", folder.join("loop")).unwrap();
            symlink("nothing", folder.join("gone.log")).unwrap();
            symlink(elsewhere.join("y.log"), folder.join("y.log")).unwrap();
        }
        if level == 55 {
            // Out of what is deep, and to where it is deeper than paths go.
            symlink(pit.path().join("logs"), folder.join("top")).unwrap();
            symlink("../x", folder.join("beside")).unwrap();
        }
        if level == 54 {
            fs::create_dir(folder.join("x")).unwrap();
            write(folder.join("x/z.log"));
        }
    });
    let at = |level: usize, file: &str| format!("{}/{file}", down(level, &name));
    let (out, err) = pit.run(&[&LINES[..], &["logs"]].concat()).incomplete();
    // Of paths to one file the smallest counts, as `n` is less than `y`.
    assert_eq!(out, each_once(vec![at(10, "x.log"), at(50, "x.log"), at(50, "y.log"), at(54, "x/z.log")]));
    for level in [10, 50] {
        assert!(err.contains(&format!("  {}: a link to a file that does not exist", at(level, "gone.log"))), "{level}: {err}");
    }
    assert!(err.contains(": 2 inputs could not"), "{err}");
    let (out, err) = pit.run(&[&LINES[..], &["--follow", "logs"]].concat()).incomplete();
    assert_eq!(out, each_once(vec![at(10, "far10/y.log"), at(10, "x.log"), at(50, "x.log"), at(54, "x/z.log")]));
    for level in [10, 50] {
        let named = format!("  {}: cannot follow it: the link leads back to a folder above it\n", at(level, "loop"));
        assert!(err.contains(&named), "{level}: {err}");
    }
    assert!(err.contains(&format!("  {}: cannot follow it: the link leads back", at(55, "top"))), "{err}");
    assert!(err.contains(": 5 inputs could not"), "{err}");
}

/// Rotation between the listing of a folder and the look at its files, and between the walk and the reading.
#[test]
fn what_rotation_moves_on_deep_down_counts_once() {
    let (pit, name) = (Pit::new(), "n".repeat(200));
    let mut kept = None;
    pit.dig(30, &name, |level, folder| {
        if [10, 20, 30].contains(&level) {
            fs::write(folder.join("app.log"), "one\n".repeat(level)).unwrap();
            fs::write(folder.join("app.log.1"), "one\n".repeat(100 * level)).unwrap();
        }
        if level == 29 {
            symlink(format!("{name}/app.log"), folder.join("current")).unwrap();
        }
        kept = Some(File::open(folder).unwrap());
    });
    a_tick_later();
    let walked = walk(&[pit.path().join("logs")], &Options::default(), 2);
    assert_eq!((walked.files.len(), walked.failures.len()), (6, 0));
    let folder = PathBuf::from(format!("/proc/self/fd/{}", kept.as_ref().unwrap().as_raw_fd()));
    fs::rename(folder.join("app.log.1"), folder.join("app.log.2")).unwrap();
    fs::rename(folder.join("app.log"), folder.join("app.log.1")).unwrap();
    fs::write(folder.join("app.log"), "new\n").unwrap();
    let settings = Settings {
        threads: Threads::new(2),
        strategy: Strategy::Auto,
        chunk_size: ChunkSize::new(4 << 20),
        plan: Plan::new(Choices::default()),
        detail: Detail::EachFile,
        decoding: Decoding::default(),
        limits: Limits::default(),
    };
    let outcome = run(&walked.files, &settings, &Silent).unwrap();
    let files: Vec<_> = outcome.files.iter().map(|file| (file.status, file.lines)).collect();
    assert_eq!(files.iter().filter(|(status, _)| *status == "ok").map(|(_, lines)| lines).sum::<u64>(), 6060, "{files:?}");
    // By a link that leads to what has another name by now, which is deep down itself.
    let mut by_link = walk(&[pit.path().join(down(29, &name)).join("current")], &Options::default(), 2).files;
    assert_eq!(by_link.len(), 1);
    by_link[0].path = pit.path().join(down(29, &name)).join("current");
    a_tick_later();
    fs::rename(folder.join("app.log"), folder.join("app.log.0")).unwrap();
    fs::write(folder.join("app.log"), "newer\nnewest\n").unwrap();
    let outcome = run(&by_link, &settings, &Silent).unwrap();
    assert_eq!(outcome.files.iter().map(|file| (file.status, file.lines)).collect::<Vec<_>>(), [("ok", 1)]);
    assert!(by_link[0].path.as_os_str().as_bytes().len() > 4095);
}

#[test]
fn what_rotation_moves_on_while_it_is_listed_deep_down_counts_once() {
    for at in ["app.log", "app.log.1"] {
        let pit = Pit::new();
        pit.dig(30, &"n".repeat(200), |level, folder| {
            if level == 30 {
                fs::write(folder.join("app.log"), "{\"service\":\"cart\"}\n".repeat(10)).unwrap();
                fs::write(folder.join("app.log.1"), "{\"service\":\"cart\"}\n".repeat(200)).unwrap();
            }
        });
        // The path is one of the run's own, and begins with a folder that it has open.
        let rotate = "cd \"$(dirname \"$1\")\" && mv app.log.1 app.log.2 && mv app.log app.log.1 && \
                      echo '{\"service\":\"new\"}' > app.log";
        let Some(ran) = meddled(&pit, at, rotate) else { return };
        assert_eq!(ran.complete(), "service,records,lines\ncart,210,210\n", "{at}");
        let files = pit.run(&[&LINES[..], &["logs"]].concat()).complete();
        assert!(files.contains("/app.log,1\n") && files.contains("/app.log.1,10\n"), "it was rotated: {files}");
    }
}

/// Where the system's own names for what is open cannot be had.
#[test]
fn where_there_is_no_proc_what_is_deep_down_is_named() {
    let (pit, name) = (Pit::new(), "n".repeat(100));
    pit.dig(60, &name, |_, folder| write(folder.join("x.log")));
    let script = "mount -t tmpfs none /proc && \"$0\" --columns lines logs; echo \"status $?\"";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_logtally")]).current_dir(pit.path());
    let Some(ran) = command.output().ok().filter(|output| output.stdout.ends_with(b"status 1\n")) else {
        eprintln!("skipped: no file systems can be mounted");
        return;
    };
    // Those are 40 levels of 101 bytes, and the root.
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "service,lines\nx,41\nstatus 1\n");
    let err = String::from_utf8_lossy(&ran.stderr);
    let why =
        "cannot list it: its path is longer than the 4,095 bytes that the system takes; mount /proc, which is a way around that";
    assert!(
        err.contains(": 1 input could not be counted whole") && err.contains(&format!("{}: {why}\n", down(41, &name))),
        "{err}"
    );
}

/// Where the numbers of processes are others than those in `/proc`, which is that of the system around.
#[test]
fn where_proc_is_of_another_system_what_is_deep_down_is_counted_all_the_same() {
    let pit = Pit::new();
    pit.dig(2500, "d", |level, folder| {
        if level % 500 == 0 {
            write(folder.join("a.log"));
        }
    });
    let inside = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork"]).current_dir(pit.path());
        command
    };
    if !inside().arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: processes cannot be given other numbers");
        return;
    }
    let expected = each_once((0..=5).map(|at| format!("{}/a.log", down(at * 500, "d"))).collect());
    for threads in ["1", "2", "16"] {
        let program = [env!("CARGO_BIN_EXE_logtally"), "-j", threads, "logs"];
        assert_eq!(ran(inside().args(program).args(LINES)).complete(), expected, "{threads} threads");
    }
}

#[test]
fn deep_trees_take_no_more_descriptors_than_others() {
    let pit = Pit::new();
    pit.dig(2500, "d", |level, folder| {
        if level % 250 == 0 {
            (0..5).for_each(|number| write(folder.join(format!("{number}.log"))));
            symlink("..", folder.join("loop")).unwrap();
        }
    });
    let expected =
        each_once((0..=10).flat_map(|at| (0..5).map(move |number| format!("{}/{number}.log", down(at * 250, "d")))).collect());
    for (limit, threads) in [("-n 18", "1"), ("-n 18", "2"), ("-n 32", "64")] {
        assert_eq!(pit.run_under(limit, &[&LINES[..], &["-j", threads, "logs"]].concat()).complete(), expected, "{limit}");
    }
    let (out, err) = pit.run_under("-n 18", &[&LINES[..], &["--follow", "logs"]].concat()).incomplete();
    assert_eq!(out, expected);
    assert_eq!(err.matches("the link leads back to a folder above it").count(), 10, "{err}");
}
