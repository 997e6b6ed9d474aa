//! A temporary tree, and the real binary run in it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A folder of its own for a test, gone when the test is over.
pub struct Sandbox {
    folder: TempDir,
}

/// What a run of the binary gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    pub fn new() -> Sandbox {
        Sandbox { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names in the sandbox's folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The binary with these arguments, in the sandbox.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logtally"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        // What whoever runs the tests has set up for themselves is no part of them.
        command.env("HOME", self.path().join("no-such-home"));
        for name in ["XDG_CONFIG_HOME", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary to its end, with these variables in its environment.
    pub fn run_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        ran(self.command(arguments).envs(environment.iter().copied()))
    }

    /// Standard output of a run that went well and said nothing, whatever its bytes are.
    #[track_caller]
    pub fn bytes(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
        output.stdout
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }

    /// Runs the binary with something on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // A reader that ends early is the test's business, not the writer's.
            let _ = pipe.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        text_of(&output)
    }
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    text_of(&command.output().unwrap())
}

fn text_of(output: &std::process::Output) -> Ran {
    Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Two small logs: records of JSON with a line that continues one, and an application's with a stack trace.
pub fn tree() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("logs/web/cart.log", JSON);
    sandbox.write("logs/pay.log.1", APP);
    sandbox
}

pub const JSON: &str = "\
{\"level\":\"info\",\"service\":\"cart\",\"msg\":\"a\"}
{\"level\":\"error\",\"service\":\"auth\",\"msg\":\"b\"}
  at line two
{\"level\":\"warn\",\"service\":\"cart\",\"msg\":\"c\"}
";

pub const APP: &str = "\
2024-01-15 10:00:00,123 INFO [main] org.example.Pay: one
2024-01-15 10:00:01,123 FATAL [main] org.example.Pay: two
java.lang.IllegalStateException: closed
\tat org.example.Pay.pay(Pay.java:7)
";

impl Ran {
    /// A run without a report: what it said.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{}", self.err);
        self.err
    }

    /// A run whose report lacks something: the report, and what was said.
    #[track_caller]
    pub fn incomplete(self) -> (String, String) {
        assert_eq!(self.code, Some(1), "{}", self.err);
        (self.out, self.err)
    }

    /// A run that went well and said nothing: its output.
    #[track_caller]
    pub fn complete(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }
}

/// So many bytes in lines of a hundred that do not compress well (xorshift); the same each time.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + (state % 20) as u8
    };
    (0..bytes).map(|at| if at % 100 == 99 { b'\n' } else { letter() }).collect()
}

/// Returns when files that were made before are old enough to be told from those that may be given their numbers.
pub fn a_tick_later() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}
