//! Which formats a head may hold, by the texts that their files cannot be without: all of them looked for at once.

use super::{Declared, shipped};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

/// The texts that all formats need, and whose each is.
struct Needs {
    texts: Vec<&'static str>,
    owners: Vec<usize>,
    /// Made in 0.15 ms.
    first: AhoCorasick,
    /// Twice as fast, as it takes a step a byte whatever stands there, and made in 0.6 ms; 2.5 where memory is touched first.
    later: OnceLock<Option<AhoCorasick>>,
    /// How many bytes have been looked at.
    looked_at: AtomicUsize,
}

/// From so many bytes on, the first automaton would have lost as much time as it takes to make the other: 3 ns a byte.
const MANY: usize = 800 << 10;

impl Needs {
    fn new() -> Option<Needs> {
        let texts = shipped().iter().enumerate().flat_map(|(at, declared)| declared.needs.iter().map(move |text| (at, *text)));
        let (owners, texts): (Vec<usize>, Vec<&str>) = texts.unzip();
        let first = automaton(AhoCorasickKind::ContiguousNFA, &texts)?;
        Some(Needs { texts, owners, first, later: OnceLock::new(), looked_at: AtomicUsize::new(0) })
    }

    /// What finds the texts in a head.
    fn automaton(&self, head: &[u8]) -> &AhoCorasick {
        let are_many = self.looked_at.fetch_add(head.len(), Ordering::Relaxed) >= MANY;
        let later = || self.later.get_or_init(|| automaton(AhoCorasickKind::DFA, &self.texts)).as_ref();
        are_many.then(later).flatten().unwrap_or(&self.first)
    }

    /// Whose texts an automaton finds in a head; some more than once.
    fn owners<'a>(&'a self, automaton: &'a AhoCorasick, head: &'a [u8]) -> impl Iterator<Item = usize> {
        automaton.find_overlapping_iter(head).filter_map(|text| self.owners.get(text.pattern().as_usize()).copied())
    }
}

/// The shipped formats of which a head can hold lines, in the order in which they are tried.
#[must_use]
pub fn present(head: &[u8]) -> Vec<&'static Declared> {
    let Some(needs) = needs() else { return shipped().iter().collect() };
    of_owners(needs.owners(needs.automaton(head), head))
}

fn of_owners(owners: impl Iterator<Item = usize>) -> Vec<&'static Declared> {
    let mut found = vec![false; shipped().len()];
    for owner in owners {
        if let Some(found) = found.get_mut(owner) {
            *found = true;
        }
    }
    shipped().iter().zip(found).filter(|(_, found)| *found).map(|(declared, _)| declared).collect()
}

/// Whether a head can hold lines of a format that fits, without a look at all of it where it can.
#[must_use]
pub fn may_have(head: &[u8], fits: impl Fn(&Declared) -> bool) -> bool {
    let Some(needs) = needs() else { return true };
    needs.owners(needs.automaton(head), head).any(|owner| shipped().get(owner).is_some_and(&fits))
}

/// `None` if no automaton could be built; then any format may be anywhere.
fn needs() -> Option<&'static Needs> {
    static NEEDS: OnceLock<Option<Needs>> = OnceLock::new();
    NEEDS.get_or_init(Needs::new).as_ref()
}

fn automaton(kind: AhoCorasickKind, texts: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().kind(Some(kind)).build(texts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, sample::Index};

    const NFA: AhoCorasickKind = AhoCorasickKind::ContiguousNFA;

    #[test]
    fn the_automaton_that_takes_longer_to_make_is_made_when_it_pays() {
        let needs = Needs::new().unwrap();
        let kind = |bytes: usize| needs.automaton(&vec![b' '; bytes]).kind();
        assert_eq!([kind(1), kind(MANY - 1), kind(0)], [NFA, NFA, AhoCorasickKind::DFA]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]
        #[test]
        fn all_at_once_is_one_after_the_other(pieces in proptest::collection::vec((any::<Index>(), 0..20usize, "[ A-Z:\\[]{0,3}"), 0..20)) {
            let texts: Vec<&str> = shipped().iter().flat_map(|declared| declared.needs.iter().copied()).collect();
            let head: String = pieces.iter().map(|(text, cut, more)| {
                let text = texts[text.index(texts.len())];
                format!("{}{more}", &text[..text.len().min(*cut)])
            }).collect();
            let plain: Vec<&Declared> =
                shipped().iter().filter(|declared| declared.needs.iter().any(|text| head.contains(text))).collect();
            prop_assert_eq!(may_have(head.as_bytes(), Declared::is_timed), plain.iter().any(|declared| declared.is_timed()));
            prop_assert_eq!(present(head.as_bytes()), &*plain);
            // Whichever comes to look at it.
            let (needs, later) = (needs().unwrap(), automaton(AhoCorasickKind::DFA, &texts).unwrap());
            for automaton in [&needs.first, &later] {
                prop_assert_eq!(of_owners(needs.owners(automaton, head.as_bytes())), &*plain);
            }
        }
    }
}
