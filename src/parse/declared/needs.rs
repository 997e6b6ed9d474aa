//! Which formats a head may hold, by the texts that their files cannot be without: all of them looked for at once.

use super::{Declared, shipped};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::OnceLock;

/// The texts that all formats need, and whose each is.
struct Needs {
    automaton: AhoCorasick,
    owners: Vec<usize>,
}

/// The shipped formats of which a head can hold lines, in the order in which they are tried.
#[must_use]
pub fn present(head: &[u8]) -> Vec<&'static Declared> {
    let Some(Needs { automaton, owners }) = needs() else { return shipped().iter().collect() };
    let mut found = vec![false; shipped().len()];
    for text in automaton.find_overlapping_iter(head) {
        if let Some(found) = owners.get(text.pattern().as_usize()).and_then(|owner| found.get_mut(*owner)) {
            *found = true;
        }
    }
    shipped().iter().zip(found).filter(|(_, found)| *found).map(|(declared, _)| declared).collect()
}

/// Whether a head can hold lines of a format that fits, without a look at all of it where it can.
#[must_use]
pub fn may_have(head: &[u8], fits: impl Fn(&Declared) -> bool) -> bool {
    let Some(Needs { automaton, owners }) = needs() else { return true };
    let owner = |pattern: usize| shipped().get(*owners.get(pattern)?);
    automaton.find_overlapping_iter(head).any(|text| owner(text.pattern().as_usize()).is_some_and(&fits))
}

/// `None` if no automaton could be built; then any format may be anywhere.
fn needs() -> Option<&'static Needs> {
    static NEEDS: OnceLock<Option<Needs>> = OnceLock::new();
    let build = || {
        let texts = shipped().iter().enumerate().flat_map(|(at, declared)| declared.needs.iter().map(move |text| (at, *text)));
        let (owners, texts): (Vec<usize>, Vec<&str>) = texts.unzip();
        // A step a byte, whatever stands there: an automaton with less memory takes several.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(texts).ok()?;
        Some(Needs { automaton, owners })
    };
    NEEDS.get_or_init(build).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, sample::Index};

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
            prop_assert_eq!(present(head.as_bytes()), plain);
        }
    }
}
