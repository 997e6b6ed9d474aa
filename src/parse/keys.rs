//! The keys under which structured logs (JSON, logfmt) keep a service and a level, in order of trust.
//!
//! A set of keys is compiled to bits of one word: services first, in priority order, then levels, then
//! the keys that only bear witness for others. What a line holds is then a mask, and the choice among
//! what it holds is the lowest bit.

use super::record::Wanted;

/// Where a name is the service's whatever stands beside it. Highest priority first.
const SERVICES: [&str; 17] = [
    "service",
    "service.name",
    "service_name",
    "serviceName",
    "app",
    "app_name",
    "appname",
    "application",
    "component",
    "SYSLOG_IDENTIFIER",
    "_SYSTEMD_UNIT",
    "container_name",
    "container",
    "kubernetes.container_name",
    "logger",
    "logger_name",
    "log.logger",
];

/// How many of them, from the first on, say outright that it is a service or an application that they name. Inside a container
/// the others are parts of it.
const EXPLICIT: usize = 8;

/// A key, of which all of these and any of these must stand beside it.
type Dialectal = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Short keys that name a service only in the dialect that the keys beside them give away: elsewhere
/// `name` is a person and `target` a thing. (key, all of these, any of these)
const SERVICES_IN_DIALECTS: [Dialectal; 3] = [
    ("name", &["hostname", "pid"], &[]),   // bunyan, pino
    ("target", &[], &["fields", "spans"]), // Rust's tracing
    ("c", &["t.$date"], &[]),              // MongoDB 4.4 and later
];

/// Where a level is kept. Highest priority first.
const LEVELS: [&str; 7] = ["level", "severity", "lvl", "log.level", "loglevel", "levelname", "@l"];

/// MongoDB's `s`, and journald's `PRIORITY`, in the order after [`LEVELS`].
const LEVELS_IN_DIALECTS: [Dialectal; 2] = [("s", &["t.$date"], &[]), ("PRIORITY", &[], &[])];

/// Keys longer than this share one bucket of [`Keys::by_length`].
const LONGEST: usize = 32;

/// How many `--service-field` names a run can take: what the built-in keys leave of 64 bits.
pub const MAX_USER_FIELDS: usize = 24;

/// The keys a run looks for.
#[derive(Clone, Debug)]
pub struct Keys {
    names: Vec<Vec<u8>>,
    services: u64,
    levels: u64,
    /// (the bit it speaks of, all of these, any of these)
    conditions: Vec<(u64, u64, u64)>,
    /// Which names are this long.
    by_length: [u64; LONGEST + 1],
    /// Which names have a dot at this place: a nested object may hold the rest.
    by_prefix: [u64; LONGEST + 1],
    /// For the low six bits of a key's last byte, those of the byte before it, as bits. In six bits letters,
    /// digits and `_` all differ.
    endings: [u64; 64],
    /// Whether `true` and `false` are values: they say much of a request, and name no service.
    bools: bool,
}

impl Keys {
    /// Keys whose values are looked for in place of a service's name, highest priority first.
    #[must_use]
    pub fn of(names: &[Vec<u8>]) -> Keys {
        let mut keys = Keys::none();
        keys.bools = true;
        for name in names.iter().take(MAX_USER_FIELDS) {
            keys.services |= keys.add(name);
        }
        keys
    }

    /// The keys for what is wanted inside a container: the user's, then those that say service or app.
    #[must_use]
    pub fn inside(wanted: Wanted, user: &[Vec<u8>]) -> Keys {
        Keys::with_services(wanted, user, &SERVICES[..EXPLICIT], &[])
    }

    fn none() -> Keys {
        Keys {
            names: Vec::new(),
            services: 0,
            levels: 0,
            conditions: Vec::new(),
            by_length: [0; LONGEST + 1],
            by_prefix: [0; LONGEST + 1],
            endings: [0; 64],
            bools: false,
        }
    }

    /// Whether `true` and `false` are values.
    #[must_use]
    pub const fn takes_bools(&self) -> bool {
        self.bools
    }

    /// The keys for what is wanted: the user's `--service-field` names first, in their order, then the
    /// built-in ones. Names past [`MAX_USER_FIELDS`] are ignored; the command line refuses them before.
    #[must_use]
    pub fn new(wanted: Wanted, user: &[Vec<u8>]) -> Keys {
        Keys::with_services(wanted, user, &SERVICES, &SERVICES_IN_DIALECTS)
    }

    fn with_services(wanted: Wanted, user: &[Vec<u8>], services: &[&str], in_dialects: &[Dialectal]) -> Keys {
        let mut keys = Keys::none();
        if wanted.has(Wanted::SERVICE) {
            for name in user.iter().take(MAX_USER_FIELDS) {
                keys.services |= keys.add(name);
            }
            for name in services {
                keys.services |= keys.add(name.as_bytes());
            }
            for (name, ..) in in_dialects {
                keys.services |= keys.add(name.as_bytes());
            }
        }
        if wanted.has(Wanted::LEVEL) {
            for name in LEVELS.iter().copied().chain(LEVELS_IN_DIALECTS.iter().map(|(name, ..)| *name)) {
                keys.levels |= keys.add(name.as_bytes());
            }
        }
        // Witnesses come last: their bits must not stand among the priorities.
        for (named, conditions) in [(keys.services, in_dialects), (keys.levels, &LEVELS_IN_DIALECTS[..])] {
            for (name, all, any) in conditions {
                // A user who asks for `name` means it wherever it stands.
                if user.iter().any(|asked| asked == name.as_bytes()) {
                    continue;
                }
                let bit = keys.bit_of(name.as_bytes()) & named;
                if bit != 0 && !(all.is_empty() && any.is_empty()) {
                    let all = all.iter().fold(0, |mask, witness| mask | keys.add(witness.as_bytes()));
                    let any = any.iter().fold(0, |mask, witness| mask | keys.add(witness.as_bytes()));
                    keys.conditions.push((bit, all, any));
                }
            }
        }
        keys
    }

    /// The bit of `name`, added if it is new.
    fn add(&mut self, name: &[u8]) -> u64 {
        let known = self.bit_of(name);
        if known != 0 {
            return known;
        }
        let bit = 1 << self.names.len();
        self.names.push(name.to_vec());
        self.by_length[name.len().min(LONGEST)] |= bit;
        for (at, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
            self.by_prefix[at.min(LONGEST)] |= bit;
        }
        if let [.., last] = name {
            self.endings[usize::from(last & 63)] |= match name {
                [.., before, _] => 1 << (before & 63),
                // Before a key of one byte stands a blank, or nothing.
                _ => 1 << b' ' | 1 << b'\t' | 1,
            };
        }
        bit
    }

    /// Whether a key may end before `mark`: the two bytes there tell in most cases that none does.
    #[inline]
    #[must_use]
    pub fn may_end(&self, line: &[u8], mark: usize) -> bool {
        let byte = |back: usize| line.get(mark.wrapping_sub(back)).map_or(0, |byte| byte & 63);
        self.endings[usize::from(byte(1))] & (1 << byte(2)) != 0
    }

    fn bit_of(&self, name: &[u8]) -> u64 {
        self.names.iter().position(|known| known == name).map_or(0, |at| 1 << at)
    }

    /// The key of this index.
    #[must_use]
    pub fn name(&self, at: usize) -> Option<&[u8]> {
        self.names.get(at).map(Vec::as_slice)
    }

    /// The number of keys: bits from 0 to this are in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The bit of the key that is exactly `key`, or 0.
    #[must_use]
    pub fn matching(&self, key: &[u8]) -> u64 {
        self.of_candidates(self.by_length[key.len().min(LONGEST)], |name| name == key)
    }

    /// The bits of the dotted keys whose first parts are exactly `key`.
    #[must_use]
    pub fn nested_under(&self, key: &[u8]) -> u64 {
        let candidates = self.by_prefix[key.len().min(LONGEST)];
        self.of_candidates(candidates, |name| name.get(key.len()) == Some(&b'.') && name.get(..key.len()) == Some(key))
    }

    /// Of the keys in `under`, those whose text from `skip` on is exactly `key`, and those of which
    /// `key` is a further part.
    #[must_use]
    pub fn matching_within(&self, under: u64, skip: usize, key: &[u8]) -> (u64, u64) {
        let exact = self.of_candidates(under, |name| name.get(skip..) == Some(key));
        let deeper = self.of_candidates(under, |name| {
            name.get(skip..).is_some_and(|rest| rest.get(key.len()) == Some(&b'.') && rest.starts_with(key))
        });
        (exact, deeper)
    }

    fn of_candidates(&self, mut candidates: u64, fits: impl Fn(&[u8]) -> bool) -> u64 {
        let mut found = 0;
        while candidates != 0 {
            let bit = candidates & candidates.wrapping_neg();
            candidates ^= bit;
            if self.names.get(bit.trailing_zeros() as usize).is_some_and(|name| fits(name)) {
                found |= bit;
            }
        }
        found
    }

    /// Whether nothing that may still follow can change the choice: of each part that is wanted, the key
    /// of highest priority is there. (It is never one with a condition.)
    #[must_use]
    pub const fn settled(&self, present: u64) -> bool {
        let first_service = self.services & self.services.wrapping_neg();
        let first_level = self.levels & self.levels.wrapping_neg();
        let first = first_service | first_level;
        present & first == first
    }

    /// The index of the key to take the service from, among those that are `present` with a value;
    /// `seen` are those that stand in the line with any value.
    #[must_use]
    pub fn service(&self, present: u64, seen: u64) -> Option<usize> {
        self.choose(self.services & present, seen)
    }

    /// The same for the level.
    #[must_use]
    pub fn level(&self, present: u64, seen: u64) -> Option<usize> {
        self.choose(self.levels & present, seen)
    }

    fn choose(&self, mut present: u64, seen: u64) -> Option<usize> {
        for &(bit, all, any) in &self.conditions {
            if present & bit != 0 && (seen & all != all || (any != 0 && seen & any == 0)) {
                present &= !bit;
            }
        }
        (present != 0).then(|| present.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_is_the_lists_not_the_lines() {
        let keys = Keys::new(Wanted::ALL, &[b"team".to_vec()]);
        let (team, service, app) = (keys.matching(b"team"), keys.matching(b"service"), keys.matching(b"app"));
        let name_of = |present| keys.service(present, present).map(|at| keys.names[at].clone());
        assert_eq!(name_of(service | app), Some(b"service".to_vec()));
        assert_eq!(name_of(team | app), Some(b"team".to_vec()));
        assert_eq!(name_of(0), None);
        assert!(!keys.settled(service));
        assert!(keys.settled(team | keys.matching(b"level")));
    }

    #[test]
    fn a_short_key_needs_its_witnesses() {
        let keys = Keys::new(Wanted::SERVICE, &[]);
        let [name, hostname, pid] = ["name", "hostname", "pid"].map(|key| keys.matching(key.as_bytes()));
        assert!(keys.service(name, name | hostname).is_none());
        assert!(keys.service(name, name | hostname | pid).is_some());
        // Asked for by the user, it needs none.
        let keys = Keys::new(Wanted::SERVICE, &[b"name".to_vec()]);
        let name = keys.matching(b"name");
        assert!(keys.service(name, name).is_some());
    }

    #[test]
    fn dotted_keys_are_flat_or_nested() {
        let keys = Keys::new(Wanted::SERVICE, &[b"a.b.c".to_vec()]);
        let under = keys.nested_under(b"a");
        assert_eq!(under, keys.matching(b"a.b.c"));
        assert_eq!(keys.matching_within(under, 2, b"b.c"), (under, 0));
        assert_eq!(keys.matching_within(under, 2, b"b"), (0, under));
        assert_eq!(keys.matching_within(under, 4, b"c"), (under, 0));
        assert_eq!(keys.nested_under(b"a.b"), under, "a key with a dot of its own may hold the rest");
    }

    #[test]
    fn all_keys_fit_the_word() {
        let user: Vec<Vec<u8>> = (0..100).map(|n| format!("field{n}").into_bytes()).collect();
        assert!(Keys::new(Wanted::ALL, &user).len() <= 64);
    }
}
