//! What the system says of files that are listed, asked by several threads while the listing goes on.
//!
//! A question takes the system about a microsecond where it has the answer in memory, and many times as long where a disk or another machine
//! has it: it is most of what a walk does. Listing is one thread's work, so a few more are all that gain.

use std::{
    collections::VecDeque,
    fs::Metadata,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
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
}

#[derive(Default)]
struct Waiting {
    questions: VecDeque<Question>,
    /// Whether answers were slow to come.
    is_slow: bool,
    is_over: bool,
}

impl Helpers {
    /// All but one of so many threads, which is the one that lists. They are started when there is something for them.
    pub(super) fn beside(threads: usize) -> Helpers {
        let helpers = threads.clamp(1, MOST_THREADS) - 1;
        Helpers { to_start: helpers, started: 0, cpus: None, most_waiting: helpers * WAITING, queue: Arc::default() }
    }

    /// Whether one more would do more than to take turns with the others on the same CPUs.
    fn are_too_few(&mut self) -> bool {
        if self.started == 0 || self.queue.waiting().is_slow {
            return true;
        }
        let cpus = *self.cpus.get_or_insert_with(|| thread::available_parallelism().map_or(1, usize::from));
        self.started + 1 < cpus
    }

    /// Has it asked what these are, by this thread if the others have enough to do.
    fn ask(&mut self, files: Vec<DirEntry>) -> Asked {
        let (files, (answers, to_come)) = (Arc::new(files), channel());
        let asked = Asked { files: Arc::clone(&files), answers: to_come };
        let waiting = self.queue.push(Question { files, answers });
        // All that are there are busy.
        if self.to_start > 0 && waiting >= WAITING && self.are_too_few() {
            self.to_start -= 1;
            self.started += 1;
            let queue = Arc::clone(&self.queue);
            // Where there is no thread to be had, all the same is asked here.
            let _ = thread::Builder::new().spawn(move || queue.answer_all());
        }
        if waiting > self.most_waiting
            && let Some(question) = self.queue.first()
        {
            question.ask();
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
        while helpers.queue.first().map(Question::ask).is_some() {}
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

impl Question {
    fn ask(self) {
        let Question { files, answers } = self;
        let known = known(&files);
        drop(files);
        // Who has ended the walk wants no answer.
        let _ = answers.send(known);
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

    /// Asks until all is over, and says if it takes long.
    fn answer_all(&self) {
        while let Some(question) = self.next() {
            let began = Instant::now();
            question.ask();
            if began.elapsed() > SLOW {
                self.waiting().is_slow = true;
            }
        }
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
        let mut helpers = Helpers::beside(8);
        helpers.cpus = Some(3);
        let mut are_too_few = |started, is_slow| {
            helpers.started = started;
            helpers.queue.waiting().is_slow = is_slow;
            helpers.are_too_few()
        };
        // With the thread that lists.
        assert_eq!([0, 1, 2, 3].map(|started| are_too_few(started, false)), [true, true, false, false]);
        assert!(are_too_few(6, true));
    }
}
