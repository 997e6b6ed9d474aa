//! Where the time of a run goes: what each of its threads spends on what, how many bytes come of that, and what the process takes of
//! the machine.
//!
//! Each thread has a [`Stopwatch`] of its own, which is in one [`Phase`] at any time. So all of a thread's life is in its phases, and
//! nothing is in two of them. Clocks are read where a phase changes, which is once for a block, a chunk or a file and never for a line;
//! where nobody wants to know, none is read.

mod process;
mod stopwatch;
mod times;

pub use process::{Process, anonymous_memory, cpu_time, thread_cpu_time};
pub use stopwatch::{Clock, Stay, Stopwatch};
pub use times::{Phase, Role, Spent, Thread, Times};
