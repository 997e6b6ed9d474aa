//! The thread that looks at the counters from time to time and draws them.

use super::{
    canvas::Canvas,
    say,
    standing::{Counters, Standing},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

/// Often enough to look alive.
const REDRAW: Duration = Duration::from_millis(100);
/// Seldom enough to fill no log.
const NEXT_LINE: Duration = Duration::from_secs(10);

/// What a painter draws.
#[derive(Debug)]
pub(super) enum Drawing {
    /// A bar, in its place.
    Bar(Gauge),
    /// Line after line.
    Lines,
}

/// A bar of indicatif's and a line of ours.
#[derive(Debug)]
pub(super) struct Gauge {
    bar: ProgressBar,
    canvas: Canvas,
}

impl Drawing {
    pub(super) fn bar(canvas: &Canvas) -> Drawing {
        let target = ProgressDrawTarget::term_like(Box::new(canvas.clone()));
        Drawing::Bar(Gauge { bar: ProgressBar::with_draw_target(None, target), canvas: canvas.clone() })
    }

    fn every(&self) -> Duration {
        match self {
            Drawing::Bar(_) => REDRAW,
            Drawing::Lines => NEXT_LINE,
        }
    }

    fn draw(&self, standing: &Standing) {
        match self {
            Drawing::Bar(gauge) => gauge.draw(standing),
            Drawing::Lines => say(&format!("logtally: {}\n", standing.line())),
        }
    }

    fn end(&self) {
        match self {
            Drawing::Bar(gauge) => gauge.bar.finish_and_clear(),
            Drawing::Lines => {}
        }
    }
}

/// How a bar looks, and how many columns that takes beside the text. All ASCII, for any terminal and any log.
struct Layout {
    template: &'static str,
    columns: usize,
}

const WITH_BAR: Layout = Layout { template: "{spinner} [{bar:24}] {msg}", columns: 29 };
const WITHOUT_BAR: Layout = Layout { template: "{spinner} {msg}", columns: 2 };

/// From so many columns on a bar leaves room for all but the longest texts.
const ROOMY: usize = 99;

impl Gauge {
    fn draw(&self, standing: &Standing) {
        let width = usize::from(self.canvas.measure());
        // By the width alone: a bar that came and went with the length of the text would flicker.
        let roomy = standing.total.is_some() && width >= ROOMY;
        let layout = if roomy { WITH_BAR } else { WITHOUT_BAR };
        let Ok(style) = ProgressStyle::with_template(layout.template) else { return };
        let text = standing.fitted(width.saturating_sub(layout.columns));
        // Only the update draws; `with_` does not, where `set_` would.
        let bar = self.bar.clone().with_style(style.tick_chars("|/-\\ ").progress_chars("=>-")).with_message(text);
        bar.update(|state| {
            state.set_pos(standing.bytes);
            if let Some(total) = standing.total {
                state.set_len(total);
            }
        });
    }
}

/// A thread that draws as long as this value lives.
#[derive(Debug)]
pub(super) struct Painter {
    /// Dropped to end the thread.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Painter {
    /// `None` where there is no thread to be had: a run is no worse for not being watched.
    pub(super) fn start(drawing: Drawing, counters: &Arc<Counters>) -> Option<Painter> {
        let (alive, ended) = mpsc::channel();
        let counters = Arc::clone(counters);
        let paint = move || {
            while ended.recv_timeout(drawing.every()) == Err(RecvTimeoutError::Timeout) {
                if let Some(standing) = counters.standing() {
                    drawing.draw(&standing);
                }
            }
            drawing.end();
        };
        let thread = Builder::new().name("progress".to_owned()).spawn(paint).ok()?;
        Some(Painter { alive: Some(alive), thread: Some(thread) })
    }
}

impl Drop for Painter {
    /// Returns when all that was drawn is taken away.
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
