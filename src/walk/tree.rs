//! The walk itself: trees entered entry by entry.

use super::{
    FileSystems, Identity, Links, LogFile, Options, Walked,
    aside::Aside,
    found::{Found, Gone, Names, Ways, settle},
    glob::{Target, tidy},
    kind::{Kind, Moves, cause_of, loop_of_links},
    metadata::{Helpers, Inquiry, Known, MOST_THREADS},
    start::{Reached, Start},
};
use crate::{
    failure::{Cause, Failure, NoFile},
    reach::{LONGEST, ROOM, any_above, reach, reach_with_room},
};
use foldhash::fast::RandomState;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    fs::{self, Metadata},
    io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    time::SystemTime,
};
use walkdir::{DirEntry, DirEntryExt, WalkDir};

/// What has been found in the trees so far.
pub(super) struct Trees<'a> {
    options: &'a Options,
    threads: usize,
    helpers: Helpers,
    began: SystemTime,
    roots: usize,
    found: Vec<Found>,
    left_out: Vec<Identity>,
    gone: Vec<Gone>,
    failures: Vec<Failure>,
    folders: u64,
    /// Links to folders that are still to be followed.
    links: BTreeMap<Place, Link<'a>>,
    moves: Moves,
    /// So many bytes paths may have yet that are longer than the system takes; `None` when that was too little, and is said.
    for_long_paths: Option<usize>,
}

/// So many bytes may all paths have together that are longer than the system takes.
///
/// The deeper a tree is, the longer are the paths of all that is in it: with a file in each of 100,000 folders, each in the one before,
/// they come to 10 GB, and so do the names that the system has to look up. This much takes some seconds of two CPUs and 350 MB of memory. It
/// is reached with a file in each of 5,000 folders with names of 20 bytes, or of 16,000 with names of one.
pub(super) const FOR_LONG_PATHS: usize = 256 << 20;

/// Where a link stands, in the order in which links are followed: the bytes that the paths below it begin with, and its depth.
type Place = (Vec<u8>, usize);

/// A link to a folder.
struct Link<'a> {
    path: PathBuf,
    target: Identity,
    root: &'a Path,
}

/// So many folders may be open at a time where paths are too long: fewer than elsewhere, as there are some to begin paths with, so that a
/// deep tree takes no more descriptors than another.
const OPEN_WHERE_LONG: usize = 7;

impl<'a> Trees<'a> {
    /// Of a walk that begins now. `for_long_paths`: [`FOR_LONG_PATHS`], or less.
    pub(super) fn new(options: &'a Options, threads: usize, for_long_paths: usize) -> Self {
        let (found, left_out, gone, failures, links) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
        let began = SystemTime::now();
        let (moves, for_long_paths) = (Moves::since(began), Some(for_long_paths));
        Trees {
            began,
            options,
            threads: threads.min(MOST_THREADS),
            helpers: Helpers::beside(threads),
            roots: 0,
            found,
            left_out,
            gone,
            failures,
            folders: 0,
            links,
            moves,
            for_long_paths,
        }
    }

    /// Walks one root, and puts links to folders aside.
    pub(super) fn walk_root(&mut self, root: &'a Path) {
        self.roots += 1;
        // With a `/` behind it a link looks like the folder itself.
        let bytes = root.as_os_str().as_bytes();
        let is_hidden_link = (bytes.ends_with(b"/") || bytes.ends_with(b"/.")) && is_link(&tidy(root));
        let reached = if is_hidden_link { Reached::ByLink } else { Reached::Directly };
        self.walk_tree(root, 0, reached, root);
    }

    /// Follows the links to folders that were put aside, and those found on the way.
    ///
    /// They are followed in the order of the paths below them, and what is found below one comes later in that order. So of several
    /// links to one folder the first gives its files their smallest paths, and the others need not be followed: a crowd of links
    /// across each other would multiply else.
    pub(super) fn follow_links(&mut self) {
        let options = self.options;
        let differ_by_path = options.include.look_at_paths() || options.exclude.look_at_paths();
        let mut followed: HashMap<Identity, usize, RandomState> = HashMap::default();
        while let Some(((_, depth), link)) = self.links.pop_first() {
            // With a bound to the depth, more is found from a link that is nearer to its root.
            let bound = options.max_depth.map_or(0, |_| depth);
            let known = followed.get(&link.target).is_some_and(|&followed| followed <= bound);
            if differ_by_path || !known {
                followed.insert(link.target, bound);
                self.walk_tree(&link.path, depth, Reached::ByLink, link.root);
            }
        }
    }

    /// Every file once, in order.
    pub(super) fn into_walked(self) -> Walked {
        let Trees { threads, began, found, gone, mut failures, left_out, moves, folders, .. } = self;
        let ways = if self.roots > 1 || found.iter().any(Found::is_by_link) { Ways::Several } else { Ways::One };
        let (files, vanished) = settle(found, gone, ways, moves.oldest(), threads);
        failures.extend(vanished);
        let mut excluded: HashSet<Identity, RandomState> = left_out.into_iter().collect();
        if !excluded.is_empty() {
            files.iter().for_each(|file| {
                excluded.remove(&file.identity);
            });
        }
        failures.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
        Walked { began, files, failures, excluded: excluded.len() as u64, folders }
    }

    /// Walks what is at and below a path of so much depth below its root.
    fn walk_tree(&mut self, path: &Path, depth: usize, reached: Reached, root: &'a Path) {
        let mut aside = Aside::default();
        self.walk_near(path, depth, reached, root, &mut aside);
        while let Some((path, depth, reached)) = aside.pop() {
            self.walk_near(&path, depth, reached, root, &mut aside);
        }
    }

    /// The same as far as paths do not get too long; where they do, folders are put aside.
    fn walk_near(&mut self, path: &Path, depth: usize, reached: Reached, root: &'a Path, aside: &mut Aside) {
        let near = match reach_with_room(path) {
            Ok(near) => near,
            Err(error) => return self.fail(path.to_owned(), depth == 0, Cause::of("list", error)),
        };
        let mut tree = WalkDir::new(&near);
        if near.stands_in() {
            tree = tree.max_open(OPEN_WHERE_LONG);
        }
        if let Some(most) = self.options.max_depth {
            tree = tree.max_depth(most.saturating_sub(depth));
        }
        let device = match self.options.file_systems {
            FileSystems::All => None,
            FileSystems::One => {
                tree = tree.same_file_system(true);
                fs::metadata(&near).ok().map(|metadata| metadata.dev())
            }
        };
        let stand_in = near.stands_in().then(|| near.as_ref());
        let mut start = Start { path, stand_in, depth, reached, device };
        let mut entries = tree.into_iter();
        let mut files = Inquiry::default();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.fail_walk(error, start);
                    continue;
                }
            };
            let is_start = entry.depth() == 0;
            let is_root = is_start && depth == 0;
            if is_start && entry.path_is_symlink() {
                start.reached = Reached::ByLink;
            }
            // Most entries are files, and only of folders it must be known at once what they are.
            if entry.file_type().is_file() && !is_start {
                files.ask(entry, &mut self.helpers);
                while let Some(known) = files.next_known() {
                    self.find_known(known, start);
                }
                continue;
            }
            match Kind::of(&entry, start, &mut self.moves) {
                // A verdict on what was put aside was reached when that was done.
                Kind::Folder | Kind::LinkedFolder(_) if is_start => {
                    if is_root && self.options.exclude.fit(path, Target::Root) {
                        return;
                    }
                    self.folders += 1;
                }
                Kind::Folder => {
                    let is_entered = || is_entered(&entry, device);
                    match self.options.exclude.fit(&start.true_path(entry.path()), Target::Folder) {
                        true if is_entered() => entries.skip_current_dir(),
                        true => {}
                        false if entry.path().as_os_str().len() > LONGEST - ROOM && is_entered() => {
                            entries.skip_current_dir();
                            self.put_folder_aside(entry, start, aside);
                        }
                        false => self.folders += 1,
                    }
                }
                Kind::LinkedFolder(metadata) => self.put_aside(entry, &metadata, start, root),
                Kind::File(metadata) | Kind::Another(metadata) => self.find(entry, &metadata, start, None),
                // In a tree nobody asked for it by name.
                Kind::Special(NoFile(special)) if is_root => self.fail_entry(entry, start, Cause::Special(special)),
                Kind::Special(_) => {}
                Kind::Failed(cause) => self.fail_entry(entry, start, cause),
            }
        }
        let rest = files.rest(&mut self.helpers);
        self.find_known(rest, start);
    }

    /// Finds files of which it is known what they are.
    fn find_known(&mut self, files: impl Iterator<Item = (DirEntry, Known)>, start: Start<'_>) {
        for (entry, known) in files {
            match Kind::of_named(&entry, known, start, &mut self.moves) {
                Kind::File(metadata) => self.find(entry, &metadata, start, None),
                Kind::Another(metadata) => {
                    let listed = entry.ino();
                    self.find(entry, &metadata, start, Some(listed));
                }
                Kind::Failed(Cause::Vanished) => self.lose(entry, start),
                Kind::Failed(cause) => self.fail_entry(entry, start, cause),
                // What was listed as a file and has its number still, is one.
                Kind::Folder | Kind::LinkedFolder(_) | Kind::Special(_) => {}
            }
        }
    }

    fn find(&mut self, entry: DirEntry, metadata: &Metadata, start: Start<'_>, instead_of: Option<u64>) {
        let identity = Identity::of(metadata);
        let reached = if entry.path_is_symlink() { Reached::ByLink } else { start.reached };
        let path = start.path_of(entry);
        if self.leave_out(&path) {
            self.left_out.push(identity);
            return;
        }
        if !self.has_room(&path) {
            return;
        }
        let names = if metadata.nlink() > 1 { Names::Several } else { Names::One };
        let file = LogFile { len: metadata.len(), identity, path };
        self.found.push(Found { file, names, reached, instead_of });
    }

    /// Takes note of a file that is gone; in the end it is seen whether it was found elsewhere.
    fn lose(&mut self, entry: DirEntry, start: Start<'_>) {
        let device = entry.path().parent().and_then(|folder| fs::metadata(folder).ok()).map(|metadata| metadata.dev());
        let numbers = (device, entry.ino());
        let path = start.path_of(entry);
        if !self.leave_out(&path) && self.has_room(&path) {
            self.gone.push(Gone { path, numbers });
        }
    }

    /// Puts a folder aside, to be walked by a path of its own.
    fn put_folder_aside(&mut self, entry: DirEntry, start: Start<'_>, aside: &mut Aside) {
        let depth = start.depth + entry.depth();
        let path = start.path_of(entry);
        if self.has_room(&path) {
            aside.push(path.as_os_str().as_bytes(), depth, start.reached);
        }
    }

    /// Puts a link to a folder aside, if it is to be followed.
    fn put_aside(&mut self, entry: DirEntry, metadata: &Metadata, start: Start<'_>, root: &'a Path) {
        let depth = start.depth + entry.depth();
        let is_too_deep = self.options.max_depth.is_some_and(|most| depth >= most);
        let is_elsewhere = start.device.is_some_and(|device| device != metadata.dev());
        if self.options.links == Links::Files || is_too_deep || is_elsewhere {
            return;
        }
        let path = start.path_of(entry);
        if self.options.exclude.fit(&path, Target::Folder) {
            return;
        }
        let target = Identity::of(metadata);
        match is_above(&path, target, root) {
            Ok(false) if self.has_room(&path) => {
                let mut below = path.as_os_str().as_bytes().to_vec();
                below.push(b'/');
                self.links.insert((below, depth), Link { path, target, root });
            }
            Ok(false) => {}
            Ok(true) => self.name(path, loop_of_links()),
            Err(error) => self.name(path, Cause::of("follow", error)),
        }
    }

    /// Whether the globs leave a file out.
    fn leave_out(&self, path: &Path) -> bool {
        let Options { include, exclude, .. } = self.options;
        exclude.fit(path, Target::File) || (!include.is_empty() && !include.fit(path, Target::File))
    }

    /// Whether a path may be kept. Most may: it is asked of those that are longer than the system takes.
    fn has_room(&mut self, path: &Path) -> bool {
        let len = path.as_os_str().len();
        if len <= LONGEST {
            return true;
        }
        let Some(room) = self.for_long_paths else { return false };
        self.for_long_paths = room.checked_sub(len);
        if self.for_long_paths.is_none() {
            self.failures.push(Failure { path: path.to_owned(), cause: too_deep() });
        }
        self.for_long_paths.is_some()
    }

    /// What is left out cannot fail.
    fn fail_entry(&mut self, entry: DirEntry, start: Start<'_>, cause: Cause) {
        let path = start.path_of(entry);
        if !self.leave_out(&path) {
            self.name(path, cause);
        }
    }

    fn fail_walk(&mut self, error: walkdir::Error, start: Start<'_>) {
        let path = error.path().map_or(Cow::Borrowed(start.path), |path| start.true_path(path)).into_owned();
        let is_root = start.depth + error.depth() == 0;
        self.fail(path, is_root, cause_of(error));
    }

    fn fail(&mut self, path: PathBuf, is_root: bool, cause: Cause) {
        let is_dangling = is_root && is_link(&path) && reach(&path).and_then(fs::metadata).is_err();
        if is_dangling && self.leave_out(&path) {
            return;
        }
        let cause = match cause {
            Cause::Vanished if is_dangling => Cause::DanglingLink,
            Cause::Vanished if is_root => Cause::Missing,
            cause => cause,
        };
        self.name(path, cause);
    }

    fn name(&mut self, path: PathBuf, cause: Cause) {
        if self.has_room(&path) {
            self.failures.push(Failure { path, cause });
        }
    }
}

/// Whether walkdir is about to list the folder that it has just named. It names one of another file system too and does not enter
/// it; to be told to leave it, it would leave the folder above.
fn is_entered(entry: &DirEntry, device: Option<u64>) -> bool {
    device.is_none_or(|device| fs::metadata(entry.path()).is_ok_and(|metadata| metadata.dev() == device))
}

/// Whether the folder is one of those above the path, from its root on.
fn is_above(path: &Path, folder: Identity, root: &Path) -> io::Result<bool> {
    let is_it = |metadata: &Metadata| Identity::of(metadata) == folder;
    if path.as_os_str().len() > LONGEST - ROOM {
        return any_above(path, root, is_it);
    }
    let above = path.ancestors().skip(1).take_while(|above| above.starts_with(root));
    Ok(above.map(fs::metadata).any(|metadata| metadata.is_ok_and(|metadata| is_it(&metadata))))
}

fn is_link(path: &Path) -> bool {
    reach(path).and_then(fs::symlink_metadata).is_ok_and(|metadata| metadata.is_symlink())
}

fn too_deep() -> Cause {
    let most = FOR_LONG_PATHS >> 20;
    Cause::Limit(format!(
        "with it paths of more than {LONGEST} bytes come to more than {most} MiB, so neither it is counted nor what was found after it so deep \
         down; change to a folder further down, and count from there what is below it"
    ))
}
