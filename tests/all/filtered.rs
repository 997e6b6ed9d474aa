//! The laws of counting, with filters: what passes and what is left out are together the whole files, as a naive counter that
//! filters finds them too, however they are computed.

use crate::{
    laws::{config, log, obeys_the_laws_of_filters, run, tree},
    naive::{self, Name},
};
use logtally::classify::Filter;
use proptest::{collection::vec, option, prelude::*, sample::select};

proptest! {
    #![proptest_config(config(80))]

    /// Trees of small files, cut into chunks that may be smaller than a line.
    #[test]
    fn small_files_are_filtered_as_a_naive_counter_filters_them(
        tree in tree(log(0)),
        runs in vec(run(&[1, 2, 3, 7, 64, 1000, 4 << 20]), 3),
        (filter, naive) in filter(),
    ) {
        obeys_the_laws_of_filters(&tree, &runs, &filter, &naive)?;
    }
}

proptest! {
    #![proptest_config(config(15))]

    /// Files that are longer than the head that their formats are detected in, and than a block that is read at once.
    #[test]
    fn files_longer_than_their_heads_are_filtered_as_a_naive_counter_filters_them(
        tree in tree((0usize..400 << 10).prop_flat_map(log)),
        runs in vec(run(&[1000, 64 << 10, 100_000, 4 << 20]), 3),
        (filter, naive) in filter(),
    ) {
        obeys_the_laws_of_filters(&tree, &runs, &filter, &naive)?;
    }
}

/// A filter as a user types it, and the same in the naive counter's terms.
pub fn filter() -> impl Strategy<Value = (Filter, naive::Filter)> {
    let levels: [(&str, &[&str]); 8] = [
        ("info", &["info"]),
        ("error,fatal", &["error", "fatal"]),
        ("warn+", &["warn", "error", "fatal"]),
        ("debug,-", &["debug", "-"]),
        ("-", &["-"]),
        ("trace+", &["trace", "debug", "info", "warn", "error", "fatal"]),
        ("trace+,-", &["trace", "debug", "info", "warn", "error", "fatal", "-"]),
        ("trace", &["trace"]),
    ];
    let services = [
        ("checkout", Name::Is("checkout")),
        ("cart", Name::Is("cart")),
        ("stdin", Name::Is("stdin")),
        ("c*", Name::Begins("c")),
        ("org.example.*", Name::Begins("org.example.")),
        ("caf*", Name::Begins("caf")),
        ("*t", Name::Ends("t")),
        ("*.example", Name::Ends(".example")),
        ("*/*", Name::Has("/")),
        ("* *", Name::Has(" ")),
        ("*é*", Name::Has("é")),
        ("*\\\\*", Name::Has("\\")),
        ("*", Name::Has("")),
    ];
    // With no letter that means something to a regular expression.
    let literals = ["hello", "decoy", "service", "info", ":00", "\"", "x", "ü", " ", "=", "no such text"];
    let levels = option::of(select(levels.to_vec()));
    let services = prop_oneof![1 => Just(Vec::new()), 1 => vec(select(services.to_vec()), 1..4)];
    let literal = option::of(select(literals.to_vec()));
    (levels, services, literal).prop_map(|(levels, services, literal)| {
        let typed = Filter {
            levels: levels.map(|(text, _)| text.parse().unwrap()),
            services: services.iter().map(|(glob, _)| glob.parse().unwrap()).collect(),
            grep: literal.map(|text| text.parse().unwrap()),
            ..Filter::default()
        };
        let services = services.into_iter().map(|(_, name)| name).collect();
        (typed, naive::Filter { levels: levels.map(|(_, names)| names.to_vec()), services, literal })
    })
}
