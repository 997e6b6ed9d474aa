//! What the system says of files that are listed, asked by several threads while the listing goes on.
//!
//! A question takes the system about a microsecond where it has the answer in memory, and many times as long where a disk or another machine
//! has it: it is most of what a walk does. Listing is one thread's work, so a few more are all that gain.

use std::{
    collections::VecDeque,
    fs::Metadata,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use walkdir::DirEntry;

/// What is known of an entry, or why nothing is.
pub(super) type Known = walkdir::Result<Metadata>;

/// So many are asked for together: enough to make handing them over no part of it, and so few that nobody waits for the last.
const AT_ONCE: usize = 256;

/// With eight the listing already takes longer than the answers.
pub(super) const MOST_THREADS: usize = 8;

/// So many lots may wait for each helper; when there are more, who lists asks too. And so many are worth the start of another helper, which
/// takes as long as some dozens of answers.
const WAITING: usize = 4;

/// Where the answers to a lot take so long, a disk or another machine has them, and who waits for it needs no CPU. In memory they take a
/// tenth of it.
const SLOW: Duration = Duration::from_millis(4);

/// After so many answers it is seen how long they took.
const LOOK: usize = 32;

/// Threads that ask, of all that a walk lists.
pub(super) struct Helpers {
    /// How many there may be yet.
    to_start: usize,
    started: usize,
    /// How many may ask at once where nobody waits for a disk, once somebody has asked for it.
    cpus: Option<usize>,
    /// How many lots may wait for them.
    most_waiting: usize,
    queue: Arc<Queue>,
}

/// Files in the order in which they were listed, of whom it is asked what they are.
#[derive(Default)]
pub(super) struct Inquiry {
    /// Those that are still to be asked for.
    listed: Vec<DirEntry>,
    asked: VecDeque<Asked>,
}

/// Files that are asked for together, and where the answers come from.
struct Asked {
    files: Arc<Vec<DirEntry>>,
    answers: Receiver<Vec<Known>>,
}

/// The same, for who asks.
struct Question {
    files: Arc<Vec<DirEntry>>,
    answers: Sender<Vec<Known>>,
}

/// What waits to be asked for.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// Whether answers were slow to come.
    is_slow: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    questions: VecDeque<Question>,
    is_over: bool,
}

impl Helpers {
    /// All but one of so many threads, which is the one that lists. They are started when there is something for them.
    pub(super) fn beside(threads: usize) -> Helpers {
        let helpers = threads.clamp(1, MOST_THREADS) - 1;
        Helpers { to_start: helpers, started: 0, cpus: None, most_waiting: helpers * WAITING, queue: Arc::default() }
    }

    /// Starts one more if so many lots are worth it.
    fn start_for(&mut self, waiting: usize) {
        let is_slow = self.queue.is_slow.load(Ordering::Relaxed);
        let are_busy = waiting >= if is_slow { 1 } else { WAITING };
        if self.to_start == 0 || !are_busy || !(is_slow || self.has_cpu()) {
            return;
        }
        self.to_start -= 1;
        let queue = Arc::clone(&self.queue);
        // Where there is no thread to be had, all the same is asked here.
        let started = thread::Builder::new().spawn(move || {
            while let Some(question) = queue.next() {
                queue.answer(question, SLOW);
            }
        });
        self.started += usize::from(started.is_ok());
    }

    /// Whether there is a CPU for one more, or it would take turns with the others.
    fn has_cpu(&mut self) -> bool {
        let cpus = *self.cpus.get_or_insert_with(|| thread::available_parallelism().map_or(1, usize::from));
        self.started + 1 < cpus
    }

    /// Has it asked what these are, by this thread if the others have enough to do.
    fn ask(&mut self, files: Vec<DirEntry>) -> Asked {
        let (files, (answers, to_come)) = (Arc::new(files), channel());
        let asked = Asked { files: Arc::clone(&files), answers: to_come };
        let waiting = self.queue.push(Question { files, answers });
        self.start_for(waiting);
        if waiting > self.most_waiting
            && let Some(question) = self.queue.first()
        {
            self.queue.answer(question, SLOW);
        }
        asked
    }
}

/// Nobody waits for what will not come.
impl Drop for Helpers {
    fn drop(&mut self) {
        self.queue.waiting().is_over = true;
        self.queue.changed.notify_all();
    }
}

impl Inquiry {
    /// Asks for one more file, together with others.
    pub(super) fn ask(&mut self, file: DirEntry, helpers: &mut Helpers) {
        self.listed.push(file);
        if self.listed.len() == AT_ONCE {
            self.asked.push_back(helpers.ask(std::mem::take(&mut self.listed)));
        }
    }

    /// The next files, if all that were listed before them are known too.
    pub(super) fn next_known(&mut self) -> Option<impl Iterator<Item = (DirEntry, Known)> + use<>> {
        let known = self.asked.front()?.answers.try_recv().ok()?;
        Some(self.asked.pop_front()?.with(known))
    }

    /// All that were not given yet.
    pub(super) fn rest(self, helpers: &mut Helpers) -> impl Iterator<Item = (DirEntry, Known)> + use<> {
        let Inquiry { listed, mut asked } = self;
        if !listed.is_empty() {
            asked.push_back(helpers.ask(listed));
        }
        while let Some(question) = helpers.queue.first() {
            helpers.queue.answer(question, SLOW);
            // Only now it may be known that it takes long.
            let waiting = helpers.queue.waiting().questions.len();
            (1..=waiting).rev().for_each(|left| helpers.start_for(left));
        }
        asked.into_iter().flat_map(|asked| {
            let known = asked.answers.recv().unwrap_or_else(|_| known(&asked.files));
            asked.with(known)
        })
    }
}

impl Asked {
    fn with(self, known: Vec<Known>) -> impl Iterator<Item = (DirEntry, Known)> {
        // Who asked has them no more.
        Arc::unwrap_or_clone(self.files).into_iter().zip(known)
    }
}

impl Queue {
    /// Adds a question, and says how many wait.
    fn push(&self, question: Question) -> usize {
        let mut waiting = self.waiting();
        waiting.questions.push_back(question);
        self.changed.notify_one();
        waiting.questions.len()
    }

    /// The first question, if there is one.
    fn first(&self) -> Option<Question> {
        self.waiting().questions.pop_front()
    }

    /// The next question; waits for it, and ends when all is over.
    fn next(&self) -> Option<Question> {
        let is_idle = |waiting: &mut Waiting| waiting.questions.is_empty() && !waiting.is_over;
        let waiting = self.changed.wait_while(self.waiting(), is_idle);
        waiting.unwrap_or_else(PoisonError::into_inner).questions.pop_front()
    }

    /// Asks, and takes note if that takes so long.
    fn answer(&self, question: Question, slow: Duration) {
        let Question { files, answers } = question;
        let began = Instant::now();
        let mut known = Vec::with_capacity(files.len());
        for some in files.chunks(LOOK) {
            known.extend(some.iter().map(DirEntry::metadata));
            if began.elapsed() > slow {
                self.is_slow.store(true, Ordering::Relaxed);
            }
        }
        drop(files);
        // Who has ended the walk wants no answer.
        let _ = answers.send(known);
    }

    /// A question is put here whole, so what a panic elsewhere left is as good as before.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known(files: &[DirEntry]) -> Vec<Known> {
    files.iter().map(DirEntry::metadata).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_threads_than_cpus_ask_only_where_answers_are_slow_to_come() {
        // How many of eight are started where there are so many CPUs.
        let started = |cpus: usize, waiting: usize, is_slow: bool| {
            let mut helpers = Helpers::beside(8);
            helpers.cpus = Some(cpus);
            helpers.queue.is_slow.store(is_slow, Ordering::Relaxed);
            (0..20).for_each(|_| helpers.start_for(waiting));
            helpers.started
        };
        assert_eq!([1, 2, 3, 16].map(|cpus| started(cpus, WAITING, false)), [0, 1, 2, 7]);
        assert_eq!([0, 1, WAITING - 1].map(|waiting| started(16, waiting, false)), [0; 3]);
        assert_eq!([0, 1, WAITING].map(|waiting| started(1, waiting, true)), [0, 7, 7]);
    }

    #[test]
    fn whoever_waits_long_for_answers_takes_note() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.log"), "one\n").unwrap();
        for (slow, expected) in [(Duration::MAX, false), (Duration::ZERO, true)] {
            let (queue, (answers, to_come)) = (Queue::default(), channel());
            let files: Vec<DirEntry> = walkdir::WalkDir::new(folder.path()).into_iter().map(Result::unwrap).collect();
            queue.answer(Question { files: Arc::new(files), answers }, slow);
            let lens: Vec<u64> = to_come.recv().unwrap().into_iter().map(|known| known.unwrap().len()).collect();
            assert_eq!((lens.len(), lens[1]), (2, 4));
            assert_eq!(queue.is_slow.into_inner(), expected, "{slow:?}");
        }
    }
}
