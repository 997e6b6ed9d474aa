//! What the user can ask for, a file each. Only here, in `progress` and in `main.rs` is anything printed.

pub mod count;
pub mod describe;

/// How a run ended, as its exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The report says all there was to say: 0.
    Complete,
    /// The report is written, but something could not be counted: 1.
    Incomplete,
    /// No report: 2.
    Failed,
}

impl Status {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Status::Complete => 0,
            Status::Incomplete => 1,
            Status::Failed => 2,
        }
    }
}
