//! The recipes' commands are taken out of their page and run, in a tree of their own.

use crate::sandbox::{Ran, Sandbox, ran};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

const TRACE: &str = "2024-01-15 10:00:00,000 ERROR org.example.Pay - no\n\tat org.example.Pay.run(Pay.java:1)\n";
const JSON: &str = "{\"service\":\"cart\",\"level\":\"info\"}\n{\"service\":\"cart\",\"level\":\"error\"}\n";

/// A gzip file of nothing.
const EMPTY_GZIP: [u8; 20] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The beginning of a gzip file.
const GZIP: [u8; 4] = [0x1f, 0x8b, 8, 8];

/// The page's code blocks of a language below a heading.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/recipes.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(heading)).expect(heading);
    let blocks: Vec<String> =
        section.split(&format!("\n```{language}\n")).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect();
    assert!(!blocks.is_empty(), "no {language} under {heading}");
    blocks
}

impl Sandbox {
    /// A command whose files are in the sandbox instead of the system.
    fn inside(&self, command: &str) -> String {
        ["/run/", "/srv ", "/var/"].iter().fold(command.to_owned(), |command, folder| {
            command.replace(&format!(" {folder}"), &format!(" {}{folder}", self.path().display()))
        })
    }

    /// A shell in the sandbox that knows the binary by its name.
    fn shell(&self, shell: &[&str], script: &str) -> Command {
        let bin = self.path().join("bin");
        if !bin.exists() {
            fs::create_dir(&bin).unwrap();
            symlink(env!("CARGO_BIN_EXE_logtally"), bin.join("logtally")).unwrap();
        }
        let (program, arguments) = shell.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(arguments).arg(script).current_dir(self.path()).stdin(Stdio::null());
        command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
        command.env("XDG_CONFIG_HOME", self.path());
        command
    }

    fn sh(&self, script: &str) -> Ran {
        ran(&mut self.shell(&["sh", "-c"], script))
    }
}

/// Whether a program is installed; if it is not, what is skipped for that is said.
fn has(program: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status().unwrap().success();
    if !found {
        eprintln!("recipes: what needs {program} is skipped, since it is not installed");
    }
    found
}

#[test]
fn cron_mails_only_what_failed() {
    let crontab = blocks("Every night, by cron", "crontab").concat();
    let line = crontab.lines().last().unwrap();
    let fields: Vec<&str> = line.splitn(6, ' ').collect();
    let sandbox = Sandbox::new();
    let mut command = sandbox.inside(fields[5]);
    let locked = command.starts_with("flock -n ");
    assert!(locked && !command.contains('%'), "{command}");
    if !has("flock") {
        command = command.split_off(command.find("logtally --strict").unwrap());
    }
    for folder in ["run/lock", "var/reports"] {
        fs::create_dir_all(sandbox.path().join(folder)).unwrap();
    }

    let cart = sandbox.write("var/log/archive/cart.log", JSON);
    assert_eq!(sandbox.sh(&command).complete(), "", "no mail");
    let report = "service,records,lines,bytes\ncart,2,2,69\n";
    assert_eq!(sandbox.read("var/reports/logs.csv"), report);

    sandbox.write("var/log/archive/old.gz", GZIP);
    let failed = sandbox.sh(&command);
    assert_eq!(failed.code, Some(2));
    assert!(failed.err.contains("var/log/archive/old.gz: damaged gzip data"), "{}", failed.err);
    assert_eq!(sandbox.read("var/reports/logs.csv"), report, "the last whole report is kept");

    fs::remove_file(cart).unwrap();
    fs::remove_file(sandbox.path().join("var/log/archive/old.gz")).unwrap();
    let unmounted = sandbox.sh(&command);
    assert!(unmounted.code == Some(2) && unmounted.err.contains("no file was found"), "{unmounted:?}");

    if command.starts_with("flock") {
        let lock = sandbox.path().join("run/lock/logtally.lock");
        let second = ran(sandbox.shell(&["flock"], lock.to_str().unwrap()).args(["sh", "-c", &command]));
        assert_eq!((second.code, second.out, second.err), (Some(1), String::new(), String::new()));
    }
}

#[test]
fn systemd_units() {
    let sandbox = Sandbox::new();
    let units = blocks("Every night, by systemd", "ini");
    let mut names = Vec::new();
    for unit in &units {
        let name = unit.lines().next().unwrap().strip_prefix("# /etc/systemd/system/").unwrap();
        let text = unit.replace("/usr/local/bin/logtally", env!("CARGO_BIN_EXE_logtally"));
        names.push(sandbox.write(name, text));
    }
    assert_eq!(sandbox.names(), ["logtally-failed.service", "logtally.service", "logtally.timer"]);
    if has("systemd-analyze") {
        let verified = ran(Command::new("systemd-analyze").arg("verify").arg("--man=no").args(&names));
        // What else it says is about the machine.
        let ours: Vec<&str> = verified.err.lines().filter(|line| line.contains("logtally")).collect();
        assert!(ours.is_empty(), "{verified:?}");
    }

    let start = units[0].lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    sandbox.write("var/log/archive/cart.log", JSON);
    fs::create_dir_all(sandbox.path().join("var/lib/logtally")).unwrap();
    assert_eq!(sandbox.sh(&sandbox.inside(start)).complete(), "");
    assert_eq!(sandbox.read("var/lib/logtally/logs.csv"), "service,records,lines,bytes\ncart,2,2,69\n");
}

#[test]
fn tables_at_the_prompt() {
    let sandbox = Sandbox::new();
    let commands = blocks("A table at the prompt", "sh");
    let [find, zcat] = commands.as_slice() else { panic!("{commands:?}") };

    sandbox.write("srv/a shop/cart.log", JSON);
    sandbox.write("srv/a shop/note.txt", "no log\n");
    let table = "\
service  records  lines  bytes
-------  -------  -----  -----
cart           2      2     69
-------  -------  -----  -----
total          2      2     69
";
    assert_eq!(sandbox.sh(&sandbox.inside(find)).complete(), table);

    sandbox.write("var/log/shop/cart.log", JSON);
    sandbox.write("var/log/shop/cart.log.1", JSON);
    if has("gzip") && has("zcat") {
        assert!(Command::new("gzip").arg(sandbox.path().join("var/log/shop/cart.log.1")).status().unwrap().success());
        let table = "\
service  level  records  lines  bytes
-------  -----  -------  -----  -----
cart     error        2      2     70
cart     info         2      2     68
-------  -----  -------  -----  -----
total                 4      4    138
";
        assert_eq!(sandbox.sh(&sandbox.inside(zcat)).complete(), table);
    }
}

/// The lines of a step's `run: |`, without their indentation.
fn script(step: &str) -> String {
    let (_, script) = step.split_once("run: |\n").unwrap();
    let indentation = script.len() - script.trim_start().len();
    script.lines().map(|line| format!("{}\n", line.get(indentation..).unwrap())).collect()
}

#[test]
fn a_ci_step_fails_by_services_that_log_errors() {
    if !has("bash") || !has("jq") {
        return;
    }
    let step = blocks("A CI step", "yaml").concat();
    assert!(step.contains("shell: bash\n"));
    let sandbox = Sandbox::new();
    // As the runner starts a script where `shell: bash` is said.
    let run = || {
        let script = sandbox.write("step.sh", script(&step));
        let mut shell = sandbox.shell(&["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"], script.to_str().unwrap());
        ran(shell.env("GITHUB_STEP_SUMMARY", sandbox.path().join("summary.md")))
    };

    sandbox.write("summary.md", "Earlier.\n");
    sandbox.write("logs/cart.log", JSON.repeat(5));
    assert_eq!(run().complete(), "");
    let summary = "\
Earlier.
| service | records | errors | warnings |
| --- | ---: | ---: | ---: |
| cart | 10 | 5 | 0 |
| **total** | **10** | **5** | **0** |
";
    assert_eq!(sandbox.read("summary.md"), summary);

    sandbox.write("logs/pay.log", TRACE.repeat(6));
    let noisy = run();
    assert_eq!(
        (noisy.code, noisy.out.as_str(), noisy.err.as_str()),
        (Some(1), "More than 5 errors:\n{\"service\":\"org.example.Pay\",\"errors\":6}\n", "")
    );
    assert!(sandbox.read("summary.md").contains("\n| org.example.Pay | 6 | 6 | 0 |\n| cart |"), "most errors first");

    sandbox.write("logs/old.gz", GZIP);
    let incomplete = run();
    assert_eq!((incomplete.code, incomplete.out.as_str()), (Some(2), ""));
    assert!(incomplete.err.contains("logs/old.gz: damaged gzip data"), "{}", incomplete.err);
}

#[test]
fn a_ci_step_over_the_sample_logs() {
    if !has("bash") || !has("jq") {
        return;
    }
    let sandbox = Sandbox::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_logs");
    for folder in ["app", "plain", "odd"] {
        fs::create_dir_all(sandbox.path().join("logs")).unwrap();
        let copied = Command::new("cp").arg("-R").arg(samples.join(folder)).arg(sandbox.path().join("logs")).status().unwrap();
        assert!(copied.success());
    }
    let script = sandbox.write("step.sh", script(&blocks("A CI step", "yaml").concat()));
    let mut shell = sandbox.shell(&["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"], script.to_str().unwrap());
    let noisy = ran(shell.env("GITHUB_STEP_SUMMARY", sandbox.path().join("summary.md")));
    assert_eq!((noisy.code, noisy.err.as_str()), (Some(1), ""));
    assert!(noisy.out.contains("{\"service\":\"org.example.shop.OrderService\",\"errors\":8}\n"), "{}", noisy.out);
    assert!(sandbox.read("summary.md").lines().nth(2).is_some_and(|line| line.starts_with("| ")));
}

#[test]
fn pods_on_a_node() {
    const UID: &str = "0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12";
    let sandbox = Sandbox::new();
    let commands = blocks("A Kubernetes node", "sh").join("\n");
    let commands: Vec<String> = commands.lines().map(|command| sandbox.inside(command)).collect();
    let [node, namespaces, pods, levels] = commands.as_slice() else { panic!("{commands:?}") };

    let line = |stream: &str, text: &str| format!("2024-01-15T10:00:00.123456789Z {stream} F {text}\n");
    let shop = format!("var/log/pods/shop_web-7d9f8b6c5-x2x7q_{UID}");
    let json = "{\"service\":\"basket\",\"level\":\"warn\"}";
    let log = sandbox.write(&format!("{shop}/checkout/1.log"), line("stdout", json).repeat(2) + &line("stderr", "\tat x"));
    sandbox.write(&format!("{shop}/checkout/0.log.20240115-100000.gz"), EMPTY_GZIP);
    sandbox.write(&format!("{shop}/proxy/0.log"), line("stdout", "ready"));
    sandbox.write(&format!("var/log/pods/kube-system_dns-1_{UID}/dns/0.log"), line("stdout", "ready"));

    // Before each text are 40 bytes, behind it the newline. The line names its service, which is not the container's name; and the
    // trace's line belongs to the record before it.
    let table = "\
service  records  bytes
-------  -------  -----
basket         2    198
dns            1     46
proxy          1     46
-------  -------  -----
total          4    290
";
    assert_eq!(sandbox.sh(node).complete(), table);
    assert_eq!(sandbox.sh(namespaces).complete(), "service,records,lines,bytes\nshop,3,4,244\nkube-system,1,1,46\n");
    let by_dir = sandbox.sh(pods).complete();
    assert!(by_dir.lines().nth(1).is_some_and(|row| row.ends_with(&format!("_{UID}/checkout,2,3,198"))), "{by_dir}");
    assert_eq!(
        sandbox.sh(levels).complete(),
        "service,level,records,lines,bytes\nbasket,warn,2,3,198\ndns,-,1,1,46\nproxy,-,1,1,46\n"
    );

    fs::create_dir_all(sandbox.path().join("var/log/containers")).unwrap();
    let link = format!("var/log/containers/web-7d9f8b6c5-x2x7q_shop_checkout-{}.log", "0a1b2c3d".repeat(8));
    symlink(log, sandbox.path().join(link)).unwrap();
    let both = node.clone() + &sandbox.inside(" /var/log/containers");
    assert_eq!(sandbox.sh(&both).complete(), table, "each file once");
}
