//! The laws of counting over every way to store a log: however it is compressed, in however many members, alone or in an archive, by
//! whichever buffers and threads it is decoded, the report is that of the plain file, to the byte.

use crate::{
    encoders::{self, Codec},
    laws::{Answer, Run, Tree, config, log, obeys_the_laws, run, tree},
};
use logtally::{
    classify::{KeyField, KeyPlan},
    engine::{Decoding, MaxDecoded, Sharing},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use std::{collections::BTreeMap, fs, path::Path};
use tempfile::TempDir;

proptest! {
    #![proptest_config(config(70))]

    /// Small files: the parts of most end within a line, and some are empty.
    #[test]
    fn small_files_count_as_if_they_were_plain(
        tree in tree(log(0)),
        shape in shape(),
        runs in vec((run(&[1, 64, 1000, 4 << 20]), decoding()), 3),
    ) {
        counts_as_if_it_were_plain(&tree, &shape, &runs)?;
    }
}

proptest! {
    #![proptest_config(config(14))]

    /// Files around the sizes of the buffers that they are read, decoded, handed on and counted in: 64 KiB and 256 KiB.
    #[test]
    fn files_longer_than_buffers_count_as_if_they_were_plain(
        tree in tree((0usize..600 << 10).prop_flat_map(log)),
        shape in shape(),
        runs in vec((run(&[1000, 100_000, 4 << 20]), decoding()), 2),
    ) {
        counts_as_if_it_were_plain(&tree, &shape, &runs)?;
    }
}

/// How a tree is stored.
#[derive(Clone, Debug)]
pub struct Shape {
    around: Around,
    /// How each of its files is.
    files: Vec<Storing>,
}

#[derive(Clone, Debug)]
pub enum Around {
    Folder,
    /// In an archive, which is itself stored so.
    Tar(Storing),
    Zip(u32),
}

/// How a file is stored: in parts that end anywhere.
#[derive(Clone, Debug)]
pub struct Storing {
    codec: Codec,
    cuts: Vec<Index>,
    forms: u32,
    /// Whether its name says what it is.
    is_named: bool,
}

fn storing() -> impl Strategy<Value = Storing> {
    (select(&Codec::ALL), vec(any::<Index>(), 0..6), any::<u32>(), any::<bool>())
        .prop_map(|(codec, cuts, forms, is_named)| Storing { codec, cuts, forms, is_named })
}

pub fn shape() -> impl Strategy<Value = Shape> {
    let around = prop_oneof![
        4 => Just(Around::Folder),
        2 => storing().prop_map(Around::Tar),
        1 => any::<u32>().prop_map(Around::Zip),
    ];
    (around, vec(storing(), 6)).prop_map(|(around, files)| Shape { around, files })
}

/// Which limit, of those that bear on what is done; and who decodes a file.
pub fn decoding() -> impl Strategy<Value = (Index, Sharing)> {
    let sharing = select(&[(0, 1), (0, 100), (0, 5000), (10_000, 1), (0, 64 << 10), (8 << 20, 256 << 10)]);
    (any::<Index>(), sharing.prop_map(|(large, piece)| Sharing { large, piece }))
}

impl Storing {
    fn of(&self, text: &[u8]) -> Vec<u8> {
        let mut cuts: Vec<usize> = self.cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        let starts = [&[0], &cuts[..]].concat();
        let ends = [&cuts[..], &[text.len()]].concat();
        let parts: Vec<&[u8]> = starts.iter().zip(&ends).map(|(start, end)| &text[*start..*end]).collect();
        self.codec.encoded(&parts, self.forms)
    }

    fn name(&self, name: &str) -> String {
        format!("{name}{}", if self.is_named { self.codec.ending() } else { "" })
    }
}

/// A tree as it is stored.
pub struct Stored {
    pub folder: TempDir,
    /// The path of each file, and what it is when it is plain.
    pub paths: BTreeMap<String, &'static str>,
    /// How long the texts are that are decoded apart, and how long they are stored.
    lens: Vec<(usize, usize)>,
}

impl Stored {
    pub fn new(tree: &Tree, shape: &Shape) -> Stored {
        let folder = tempfile::tempdir().unwrap();
        let (mut paths, mut lens, mut files) = (BTreeMap::new(), Vec::new(), Vec::new());
        for ((path, text), storing) in tree.texts().into_iter().zip(&shape.files) {
            let stored = storing.of(text);
            lens.push((text.len(), stored.len()));
            files.push((storing.name(path), stored));
            paths.insert(storing.name(path), path);
        }
        let write = |path: &str, stored: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, stored).unwrap();
        };
        let mut in_archive = |name: String, stored: Vec<u8>| {
            write(&name, &stored);
            paths = std::mem::take(&mut paths).into_iter().map(|(path, plain)| (format!("{name}!/{path}"), plain)).collect();
        };
        match &shape.around {
            Around::Folder => files.iter().for_each(|(path, stored)| write(path, stored)),
            Around::Tar(storing) => {
                let archive = encoders::tar(&files);
                let stored = storing.of(&archive);
                lens.push((archive.len(), stored.len()));
                in_archive(storing.name("all.tar"), stored);
            }
            Around::Zip(forms) => {
                // What is compressed again within it is decoded twice.
                lens.extend(files.iter().map(|(_, stored)| (stored.len(), stored.len())));
                in_archive("all.zip".to_owned(), encoders::zip(&files, *forms));
            }
        }
        Stored { folder, paths, lens }
    }

    /// Limits above all that is decoded: just above it, none to speak of, and those around which a file is no longer decoded in memory.
    fn limit(&self, choice: Index) -> MaxDecoded {
        let most = self.lens.iter().map(|(text, _)| *text).max().unwrap_or(0);
        let around =
            self.lens.iter().flat_map(|(text, stored)| [text + 1, 4 * stored - (*stored).min(1), 4 * stored, 4 * stored + 4]);
        let mut limits: Vec<u64> = around.filter(|limit| *limit >= most).map(|limit| limit as u64).collect();
        limits.extend([most as u64, most as u64 + 1, MaxDecoded::default().0]);
        MaxDecoded(limits[choice.index(limits.len())])
    }
}

fn counts_as_if_it_were_plain(tree: &Tree, shape: &Shape, runs: &[(Run, (Index, Sharing))]) -> Result<(), TestCaseError> {
    let plain = runs.iter().map(|(run, _)| run.clone()).collect::<Vec<_>>();
    obeys_the_laws(tree, &plain[..1])?;
    let stored = Stored::new(tree, shape);
    let folder = tree.write();
    let as_it_is: BTreeMap<String, &'static str> = tree.texts().into_iter().map(|(path, _)| (path.to_owned(), path)).collect();
    for fields in [&[KeyField::Service][..], &[KeyField::Service, KeyField::Level]] {
        let keys = KeyPlan::new(fields);
        for (run, (limit, sharing)) in runs {
            let expected = run.of(&tree.roots(folder.path(), &run.roots), &keys, as_it_is.len());
            let decoding = Decoding { max_decoded: stored.limit(*limit), sharing: *sharing, ..Decoding::default() };
            let mut run = run.clone();
            run.decoding = decoding;
            let found = run.of(&[stored.folder.path().to_owned()], &keys, stored.paths.len());
            prop_assert_eq!(&found.csv, &expected.csv, "{:?}", run);
            prop_assert!(found.groups == expected.groups, "{:?}", run);
            let (found, expected) =
                (each_file(&found, stored.folder.path(), &stored.paths), each_file(&expected, folder.path(), &as_it_is));
            prop_assert_eq!(found, expected, "{:?}", run);
        }
    }
    Ok(())
}

/// What is told of a file but how it is stored.
type Told = (String, [u64; 4], String);

fn told(file: &logtally::tally::FileCounts, path: &str) -> Told {
    let seen = file.seen;
    let status = format!("{} {} {:?}", file.status, file.format, (seen.records, seen.left_out, seen.strays, seen.nameless));
    (path.to_owned(), [file.lines, file.records, file.bytes_decoded, file.filtered.lines], status)
}

fn each_file(answer: &Answer, folder: &Path, paths: &BTreeMap<String, &'static str>) -> Vec<Told> {
    let mut files: Vec<Told> = answer
        .files
        .iter()
        .filter_map(|file| {
            let path = file.path.strip_prefix(folder).unwrap().to_str().unwrap();
            // An archive has a row beside those of its members.
            paths.get(path).map(|plain| told(file, plain))
        })
        .collect();
    files.sort();
    files
}

proptest! {
    #![proptest_config(config(150))]

    /// A damaged file counts the same however it is decoded: at once, in pieces, ahead of counting. What counts of one that is cut, or of which
    /// the rest is zeros, is its beginning up to the end of a line, and counts as that alone would.
    #[test]
    fn damaged_files_count_as_what_is_left_of_them(
        log in prop_oneof![3 => log(0).boxed(), 1 => (0usize..300 << 10).prop_flat_map(log).boxed()],
        storing in storing(),
        damage in damage(),
        runs in vec((run(&[1, 1000, 4 << 20]), decoding()), 3),
    ) {
        let tree = Tree::of(log);
        let [(path, text)] = tree.texts()[..] else { unreachable!() };
        let stored = Stored::new(&tree, &Shape { around: Around::Folder, files: vec![storing.clone()] });
        let file = stored.folder.path().join(storing.name(path));
        fs::write(&file, damage.done_to(&fs::read(&file).unwrap())).unwrap();
        let keys = KeyPlan::new(&[KeyField::Service, KeyField::Level]);
        let mut first = None;
        for (run, (limit, sharing)) in &runs {
            let mut run = run.clone();
            run.decoding = Decoding { max_decoded: stored.limit(*limit), sharing: *sharing, ..Decoding::default() };
            let (csv, counts) = run.of_one(&file, &keys);
            if counts.status == "limit" {
                // What is damaged may say that it is of any length.
                continue;
            }
            let told = (csv, counts.lines, counts.bytes_decoded, counts.status, counts.codec, counts.detail);
            prop_assert_eq!(first.get_or_insert(told.clone()), &told, "{:?}", run);
        }
        let Some((csv, _, bytes, status, codec, detail)) = first else { return Ok(()) };
        // Zeros where a block without a checksum held text are text to everybody.
        let may_be_unnoticed = matches!(damage, Damage::Zeros(..)) && !storing.codec.is_always_checked() && bytes > 0;
        if damage.leaves_a_beginning() && storing.codec.name() == Some(&*codec) && !(may_be_unnoticed && status == "ok") {
            let left = &text[..usize::try_from(bytes).unwrap()];
            // Cut between two parts, it is whole to everybody, and what is left may end anywhere.
            let is_whole = status == "ok" || left.len() == text.len();
            prop_assert!(left.is_empty() || is_whole || left.ends_with(b"\n"), "{}: {}", status, detail);
            fs::write(&file, left).unwrap();
            let (plain, counts) = runs[0].0.of_one(&file, &keys);
            prop_assert_eq!(counts.bytes_decoded, bytes);
            prop_assert_eq!(csv, plain, "{}: {}", status, detail);
        }
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    /// From there on, and so many more.
    Zeros(Index, usize),
    Flipped(Index, u8),
    /// The second part of the file stands before the first.
    Turned(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        2 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), select(&[0, 1, 20, 5000, 300_000])).prop_map(|(from, more)| Damage::Zeros(from, more)),
        2 => (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Damage::Flipped(at, 1u8 << bit)),
        1 => any::<Index>().prop_map(Damage::Turned),
    ]
}

impl Damage {
    fn done_to(&self, stored: &[u8]) -> Vec<u8> {
        let mut stored = stored.to_vec();
        let len = stored.len();
        match self {
            Damage::Cut(at) => stored.truncate(at.index(len + 1)),
            Damage::Zeros(from, more) => {
                stored.truncate(from.index(len + 1));
                stored.resize(len + more, 0);
            }
            Damage::Flipped(at, bit) => {
                if len > 0 {
                    stored[at.index(len)] ^= bit;
                }
            }
            Damage::Turned(at) => stored.rotate_left(at.index(len + 1)),
        }
        stored
    }

    const fn leaves_a_beginning(&self) -> bool {
        matches!(self, Damage::Cut(_) | Damage::Zeros(..))
    }
}
