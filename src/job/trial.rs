//! What `logtally bench` is to do.

use super::{Asked, Input, UsageError};
use crate::{
    cli::Bench,
    engine::{Detail, Settings, ThreadList, Threads},
    read::{ChunkSize, Strategy},
    report::{BenchForm, ColorChoice, Destination, Export, Presentation},
    scaling::{Cache, Runs, Tolerance},
    walk::STDIN,
};
use std::path::PathBuf;

/// Runs to be measured.
#[derive(Debug)]
pub struct Trial {
    /// Where to look for files.
    pub input: Input,
    /// How to count them, but for the threads.
    pub settings: Settings,
    /// What the report of each run shows, which nobody sees.
    pub presentation: Presentation,
    /// What is counted, in words.
    pub described: Vec<(&'static str, String)>,
    /// The numbers of threads that are compared, the fewest first.
    pub threads: Vec<usize>,
    /// How often each is run; `None` leaves that to how long it takes.
    pub runs: Option<usize>,
    /// How often each is run before.
    pub warmup: usize,
    /// Whether files are forgotten before each run.
    pub cache: Cache,
    /// A file of earlier measurements to compare with.
    pub baseline: Option<PathBuf>,
    /// How much slower a run may be than there.
    pub tolerance: Tolerance,
    /// In which form the figures are written.
    pub form: BenchForm,
    /// In which colours.
    pub color: ColorChoice,
    /// Where.
    pub destination: Destination,
    /// Other forms, and where those are written.
    pub exports: Vec<Export>,
    /// Where they are drawn.
    pub plot: Option<Destination>,
}

impl TryFrom<Bench> for Trial {
    type Error = UsageError;

    fn try_from(bench: Bench) -> Result<Self, UsageError> {
        let Asked { input, plan, decoding, limits, presentation, mut described } = Asked::new(bench.paths, bench.counting)?;
        // An answer does not depend on these, and how long it takes does.
        let (io, chunk_size) = (bench.reading.io, bench.reading.chunk_size);
        described.extend((io != Strategy::default()).then(|| ("io", io.name().to_owned())));
        described.extend((chunk_size != ChunkSize::default()).then(|| ("chunk_size", chunk_size.to_string())));
        if input.roots.iter().any(|root| root.as_os_str() == STDIN) {
            return Err(UsageError::MeasuredStdin);
        }
        if bench.runs == Some(Runs(0)) {
            return Err(UsageError::NoRuns);
        }
        let settings =
            Settings { threads: Threads::default(), strategy: io, chunk_size, plan, detail: Detail::default(), decoding, limits };
        Ok(Trial {
            input,
            settings,
            presentation,
            described,
            threads: bench.threads.unwrap_or_else(ThreadList::doubling).numbers(),
            runs: bench.runs.map(|Runs(runs)| runs),
            warmup: bench.warmup.0,
            cache: if bench.cold { Cache::Cold } else { Cache::Warm },
            baseline: bench.baseline,
            tolerance: bench.max_regression,
            form: bench.format,
            color: bench.coloring.color,
            destination: bench.output.map_or(Destination::Stdout, Destination::from),
            exports: bench.export,
            plot: bench.plot.map(Destination::from),
        })
    }
}
