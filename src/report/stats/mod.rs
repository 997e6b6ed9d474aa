//! Where the time of a run went, to paper: a model, and a short file for each form that it can be written in.

mod json;
mod text;

use crate::stats::{Phase, Process, Role, Thread, Times};
use std::{fmt, io, str::FromStr, time::Duration};

/// What there is to say of a run's time.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What each thread spent, the main thread first.
    pub threads: Vec<Thread>,
    /// CPU time of the process before the run began: it is loaded, and what was typed is read. It has one thread then that waits for nothing
    /// but a file of options, so this is about as much time.
    pub start: Duration,
    /// What the process took in all.
    pub process: Process,
    /// Its own memory when all was counted, in bytes.
    pub anonymous: Option<u64>,
    /// What was found and counted.
    pub work: Work,
}

/// What was found, and what was counted of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files that the walk found.
    pub found: u64,
    /// Folders that it found.
    pub folders: u64,
    /// Files that were counted whole.
    pub files: u64,
    /// Records of the report.
    pub records: u64,
    /// Lines, those that filters left out among them.
    pub lines: u64,
}

impl Sheet {
    /// Writes it in a form.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, form: Form, out: &mut dyn io::Write) -> io::Result<()> {
        match form {
            Form::Text => text::write(self, out),
            Form::Json => json::write(self, out),
        }
    }

    /// From the begin of the run to its end: as long as the main thread was there.
    fn wall(&self) -> Duration {
        let main = self.threads.iter().find(|thread| thread.role == Role::Main);
        main.map_or(Duration::ZERO, |main| main.times.alive())
    }

    /// What all threads spent together.
    fn total(&self) -> Times {
        let mut total = Times::default();
        self.threads.iter().for_each(|thread| total += thread.times);
        total
    }
}

/// A form that it can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Tables for people.
    #[default]
    Text,
    /// One object on one line.
    Json,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 2] = [Form::Text, Form::Json];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Json => "json",
        }
    }
}

/// A form that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownForm(String);

impl fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "times cannot be written as '{}'; choose text or json", self.0)
    }
}

impl std::error::Error for UnknownForm {}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Form::ALL.into_iter().find(|form| form.name() == name).ok_or_else(|| UnknownForm(name.to_owned()))
    }
}

/// What a thread, or all of a role, are called.
fn name(thread: &Thread) -> String {
    match (thread.role, thread.number) {
        (Role::Main, _) => "main".to_owned(),
        (Role::Worker(number), _) => format!("worker {number}"),
        (Role::Decoder, 1) => "decoder".to_owned(),
        (Role::Decoder, number) => format!("{number} decoders"),
        (Role::Adder, 1) => "adder".to_owned(),
        (Role::Adder, number) => format!("{number} adders"),
    }
}

/// Bytes a second; `None` where nothing came, or in no time.
fn rate(times: &Times, phase: Phase) -> Option<f64> {
    let (bytes, seconds) = (times.bytes(phase), times.of(phase).as_secs_f64());
    (bytes > 0 && seconds > 0.0).then(|| bytes as f64 / seconds)
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two workers and two decoders, in 100 ms of which the main thread waited for 90.
    pub fn sheet() -> Sheet {
        use Phase::*;
        let ms = Times::made_of;
        let thread = |role, number, times| Thread { role, number, times };
        Sheet {
            threads: vec![
                thread(Role::Main, 1, ms(&[(Walk, 4), (Report, 5), (Other, 1), (Wait, 90)], &[], 9)),
                thread(
                    Role::Worker(1),
                    1,
                    ms(
                        &[(Read, 1), (Count, 30), (Other, 3), (Wait, 50), (Lock, 2), (Idle, 2)],
                        &[(Count, 300_000_000), (Read, 30_000_000)],
                        33,
                    ),
                ),
                thread(Role::Worker(2), 1, ms(&[(Idle, 88)], &[], 0)),
                thread(Role::Decoder, 2, ms(&[(Decode, 150), (Read, 6), (Wait, 4)], &[(Decode, 300_000_000)], 140)),
            ],
            start: Duration::from_micros(1500),
            process: Process { cpu: Duration::from_millis(199), peak: Some(50_000_000), from_disk: Some(0) },
            anonymous: Some(20_000_000),
            work: Work { found: 3, folders: 1, files: 3, records: 1_000_000, lines: 1_234_567 },
        }
    }

    pub fn written(sheet: &Sheet, form: Form) -> String {
        let mut out = Vec::new();
        sheet.write(form, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn forms() {
        assert_eq!("json".parse(), Ok(Form::Json));
        assert_eq!("text".parse(), Ok(Form::Text));
        assert_eq!("xml".parse::<Form>().unwrap_err().to_string(), "times cannot be written as 'xml'; choose text or json");
    }
}
