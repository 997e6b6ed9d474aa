//! What files are taken for, and why: their heads are read, and no more.

use super::{NAMED_FAILURES, Status, fatal, plural, roots, say, why_nothing};
use crate::{
    classify::{self, FileNames},
    engine::{Held, Peek, Threads, peek},
    failure::{Cause, Failure},
    job::Look,
    report::{Contents, Destination, Detected, DetectedSheet},
    walk::{LogFile, Walked, walk},
};
use std::{
    io::{self, Write},
    os::unix::ffi::OsStrExt,
};

/// Looks into files, and says what was found.
#[must_use]
pub fn run(look: Look) -> Status {
    let roots = match roots(&look.input) {
        Ok(roots) => roots,
        Err(error) => return fatal(&error),
    };
    let Walked { files, failures, excluded, .. } = walk(&roots, &look.input.walk, Threads::default().number());
    let found = files.len() + failures.len();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let faults = match write(&look, &files, failures, &mut out).and_then(|faults| out.flush().map(|()| faults)) {
        Ok(faults) => faults,
        // Whoever has seen enough goes away.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Status::Complete,
        Err(error) => return fatal(&Destination::Stdout.failed(error)),
    };
    if found == 0 {
        say(&format!("logtally: incomplete: {}\n", why_nothing(&look.input, excluded)));
        return Status::Incomplete;
    }
    if faults.is_empty() {
        return Status::Complete;
    }
    let (inputs, rest) = (plural(faults.len() as u64, "input"), found - faults.len());
    let mut text = format!("logtally: incomplete: {inputs} could not be looked into, {} could\n", plural(rest as u64, "other"));
    faults.iter().take(NAMED_FAILURES).for_each(|fault| text.push_str(&format!("  {fault}\n")));
    if faults.len() > NAMED_FAILURES {
        text.push_str(&format!("  ... and {} more, named above\n", faults.len() - NAMED_FAILURES));
    }
    say(&text);
    Status::Incomplete
}

/// Writes what is found, in the order of the paths. Gives what could not be looked into.
fn write(look: &Look, files: &[LogFile], failures: Vec<Failure>, out: &mut dyn Write) -> io::Result<Vec<Failure>> {
    let style = Destination::Stdout.style(look.color);
    let mut sheet = DetectedSheet::new(look.form, style, look.zone.clone(), out);
    let mut faults = Vec::new();
    let mut unreached = failures.into_iter().peekable();
    let is_before = |failure: &Failure, file: &LogFile| failure.path.as_os_str().as_bytes() < file.path_bytes();
    for file in files {
        while let Some(failure) = unreached.next_if(|failure| is_before(failure, file)) {
            put_failure(&mut sheet, "", &failure)?;
            faults.push(failure);
        }
        if let Some(cause) = put(look, file, &mut sheet)? {
            faults.push(Failure { path: file.path.clone(), cause });
        }
    }
    for failure in unreached {
        put_failure(&mut sheet, "", &failure)?;
        faults.push(failure);
    }
    sheet.finish()?;
    Ok(faults)
}

/// Looks into a file and writes what is found; gives why nothing could be.
fn put(look: &Look, file: &LogFile, sheet: &mut DetectedSheet<'_>) -> io::Result<Option<Cause>> {
    let Peek { codec, modified, held } = peek(file);
    let names = FileNames::new(file.path_bytes(), &look.plan, || modified);
    let examined;
    let contents = match &held {
        Held::Head(head) => {
            examined = classify::examine(head, &look.plan, &names);
            Contents::Lines { examined: &examined, service_from: names.service_from() }
        }
        Held::Empty => Contents::Empty,
        Held::Binary => Contents::Binary,
        Held::Failed(cause) => Contents::Failed(cause),
    };
    sheet.put(&Detected { path: &file.path, codec: &codec, contents })?;
    match held {
        Held::Failed(cause) => Ok(Some(cause)),
        Held::Head(_) | Held::Empty | Held::Binary => Ok(None),
    }
}

fn put_failure(sheet: &mut DetectedSheet<'_>, codec: &str, failure: &Failure) -> io::Result<()> {
    sheet.put(&Detected { path: &failure.path, codec, contents: Contents::Failed(&failure.cause) })
}
