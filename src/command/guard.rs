//! What is said and done when the program itself is at fault.

use super::{Status, say};
use crate::{engine::Fault, failure::printable};
use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook},
    process::ExitCode,
};

/// Does all there is to do. If that panics, it says so, and ends with the status of a run without a report.
pub fn guarded(work: impl FnOnce() -> ExitCode) -> ExitCode {
    set_hook(Box::new(|panic| say(&told(panic))));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        say(&format!("logtally: {}\n", Fault::default()));
        ExitCode::from(Status::Failed.code())
    })
}

/// Where a panic was and what it says, which may be what stood in a log.
fn told(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(String::new, |location| format!(" at {location}"));
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or_default();
    let mut told = format!("logtally: panic{place}: {}\n", printable(text.as_bytes()));
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        told.push_str(&format!("{trace}\n"));
    }
    told
}
