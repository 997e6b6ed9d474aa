//! Globs that say which files are input and which folders are entered, those of `--include` and `--exclude`; and those over names.

use globset::{Candidate, ErrorKind, GlobBuilder, GlobMatcher, GlobSet};
use std::{
    borrow::Cow,
    ffi::OsStr,
    fmt,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    str::{Chars, FromStr},
};

/// A glob over paths: what follows `--exclude` in `--exclude '*.gz'`.
///
/// Without a `/` it is matched against the name of a file or folder. With one it is matched against the end of the path as it was
/// reached, from a folder's border on: `archive/*.gz` fits `logs/archive/a.gz` and `archive/a.gz`. A `/` in front ties it to the
/// root of the file system, also where the path was reached from the folder that one is in; a `/` at the end makes it fit folders only.
///
/// `*` and `?` stay within a name, `**` crosses folders, `[a-z]` and `[!a-z]` are classes of ASCII characters, `{a,b}` is a choice, `\`
/// takes the next character as it is. Case matters. Paths are bytes, and `?` or a class takes one: `ä` in UTF-8 is two.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    over: Over,
    fits: Fits,
    /// A set of this one glob: of globset's matchers the one that looks at a name's end or a literal without a regular expression.
    matcher: GlobSet,
}

/// What of a path a glob is matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Name,
    /// Its end.
    Path,
    /// From the root of the file system on.
    WholePath,
}

/// What a glob can fit at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    Everything,
    Folders,
}

impl Glob {
    /// Compiles a glob. What is wrong with it is said in one line, with the way out.
    pub fn new(glob: &str) -> Result<Self, BadGlob> {
        Glob::compile(glob).map_err(|fault| BadGlob { glob: glob.to_owned(), fault })
    }

    /// Whether it ends in `/`. As an `--include` such a glob has no use: that one is asked about files only.
    #[must_use]
    pub fn is_for_folders(&self) -> bool {
        self.fits == Fits::Folders
    }

    fn compile(glob: &str) -> Result<Self, Fault> {
        if glob.len() > LONGEST_GLOB {
            return Err(Fault::TooLarge);
        }
        let body = glob.trim_end_matches('/');
        let over = match body {
            _ if body.starts_with('/') => Over::WholePath,
            _ if body.contains('/') => Over::Path,
            _ => Over::Name,
        };
        let fits = if body.len() < glob.len() { Fits::Folders } else { Fits::Everything };
        let body = body.strip_prefix("./").unwrap_or(body);
        if matches!(body, "" | ".") {
            return Err(Fault::Empty);
        }
        let body = check_classes(body)?;
        // For a name nothing stands before it; but globset knows this lead, and then looks up `*.gz` instead of searching for it.
        let lead = if body.starts_with('/') { "" } else { "**/" };
        let compiled = GlobBuilder::new(&format!("{lead}{body}"))
            .case_insensitive(false)
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .build()?;
        let matcher = GlobSet::new([compiled])?;
        Ok(Glob { text: glob.to_owned(), over, fits, matcher })
    }

    fn fit(&self, name: &Candidate<'_>, path: &Candidate<'_>, target: Target) -> bool {
        match (target, self.fits, self.over) {
            (Target::File, Fits::Folders, _) | (Target::Root, _, Over::Name) => false,
            (_, _, Over::Name) => self.matcher.is_match_candidate(name),
            (_, _, Over::Path | Over::WholePath) => self.matcher.is_match_candidate(path),
        }
    }
}

impl FromStr for Glob {
    type Err = BadGlob;

    fn from_str(glob: &str) -> Result<Self, BadGlob> {
        Glob::new(glob)
    }
}

/// As it was written.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A glob over names that are no paths: what follows `--service`. A `/` in a name is a letter like any other, which `*` and `?` take
/// too; the rest is as in a [`Glob`].
#[derive(Debug, Clone)]
pub struct NameGlob {
    text: String,
    matcher: GlobMatcher,
}

impl NameGlob {
    /// Whether the whole name fits.
    #[must_use]
    pub fn fits(&self, name: &[u8]) -> bool {
        self.matcher.is_match(OsStr::from_bytes(name))
    }

    fn compile(glob: &str) -> Result<Self, Fault> {
        if glob.is_empty() {
            return Err(Fault::Empty);
        }
        if glob.len() > LONGEST_GLOB {
            return Err(Fault::TooLarge);
        }
        check_classes(glob)?;
        let compiled = GlobBuilder::new(glob).literal_separator(false).backslash_escape(true).empty_alternates(true).build()?;
        Ok(NameGlob { text: glob.to_owned(), matcher: compiled.compile_matcher() })
    }
}

impl FromStr for NameGlob {
    type Err = BadGlob;

    fn from_str(glob: &str) -> Result<Self, BadGlob> {
        NameGlob::compile(glob).map_err(|fault| BadGlob { glob: glob.to_owned(), fault })
    }
}

/// As it was written.
impl fmt::Display for NameGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Globs of which any one may fit. None at all fit nothing.
#[derive(Debug, Clone, Default)]
pub struct Globs(Vec<Glob>);

impl Globs {
    /// All of these.
    #[must_use]
    pub const fn new(globs: Vec<Glob>) -> Self {
        Globs(globs)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The globs, in the order in which they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Glob> {
        self.0.iter()
    }

    /// Whether one of them fits a path that leads to such a target.
    pub(super) fn fit(&self, path: &Path, target: Target) -> bool {
        if self.is_empty() {
            return false;
        }
        let tidied = tidy(path);
        let path = tidied.as_os_str().as_bytes();
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        let (name, path) = (Candidate::from_bytes(name), Candidate::from_bytes(path));
        self.0.iter().filter(|glob| glob.over != Over::WholePath).any(|glob| glob.fit(&name, &path, target))
            || self.fit_whole(&tidied, &name, target)
    }

    /// The same of those that begin at the root of the file system, wherever the path was typed.
    fn fit_whole(&self, path: &Path, name: &Candidate<'_>, target: Target) -> bool {
        let mut anchored = self.0.iter().filter(|glob| glob.over == Over::WholePath).peekable();
        if anchored.peek().is_none() {
            return false;
        }
        let Ok(whole) = std::path::absolute(path) else { return false };
        let whole = Candidate::new(&whole);
        anchored.any(|glob| glob.fit(name, &whole, target))
    }

    /// Whether the folders above a file may decide about it, and not its name alone.
    pub(super) fn look_at_paths(&self) -> bool {
        self.0.iter().any(|glob| glob.over != Over::Name)
    }
}

impl<'a> IntoIterator for &'a Globs {
    type Item = &'a Glob;
    type IntoIter = std::slice::Iter<'a, Glob>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Whatever may be counted.
    File,
    /// A folder below a root.
    Folder,
    /// A folder that was named as a root. Who names it means it, so that no bare name fits it.
    Root,
}

/// The path without what says nothing: `/` at its end, `//` and `/./` within.
pub(super) fn tidy(path: &Path) -> Cow<'_, Path> {
    let bytes = path.as_os_str().as_bytes();
    let untidy = bytes.ends_with(b"/") || bytes.ends_with(b"/.") || has(bytes, b"//") || has(bytes, b"/./");
    if untidy { Cow::Owned(path.components().collect::<PathBuf>()) } else { Cow::Borrowed(path) }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// Why a glob cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadGlob {
    glob: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Empty,
    Unclosed(char),
    Unopened,
    BackwardRange(char, char),
    BeyondAscii(char),
    LoneBackslash,
    TooLarge,
}

impl fmt::Display for BadGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "glob {:?}: ", self.glob)?;
        match &self.fault {
            Fault::Empty => f.write_str("it names nothing; give a name or a pattern, such as `*.gz` or `archive/`"),
            Fault::Unclosed('[') => {
                f.write_str("`[` is never closed; add the `]` as in `[0-9]`, or write `\\[` for a plain bracket")
            }
            Fault::Unclosed(opener) => {
                write!(f, "`{opener}` is never closed; add the `}}` as in `{{gz,zst}}`, or write `\\{opener}` for a plain brace")
            }
            Fault::Unopened => {
                f.write_str("`}` was never opened; add the `{` as in `{gz,zst}`, or write `\\}` for a plain brace")
            }
            Fault::BackwardRange(from, to) => {
                let (from, to) = (from.escape_debug(), to.escape_debug());
                write!(f, "the range `{from}-{to}` runs backwards; write `{to}-{from}`, as in `[{to}-{from}]`")
            }
            Fault::BeyondAscii(letter) => {
                let letter = letter.escape_debug();
                write!(f, "`{letter}` stands in brackets, where only ASCII can; use braces, as in `{{{letter},a}}`")
            }
            Fault::LoneBackslash => f.write_str(
                "`\\` has no character after it to take as it is; add one as in `\\*`, or write `\\\\` for a backslash",
            ),
            Fault::TooLarge => f.write_str("it is too large to compile; give several shorter ones, such as `*.gz` and `*.zst`"),
        }
    }
}

impl std::error::Error for BadGlob {}

impl From<globset::Error> for Fault {
    fn from(error: globset::Error) -> Self {
        match error.kind() {
            ErrorKind::UnclosedClass => Fault::Unclosed('['),
            ErrorKind::UnclosedAlternates => Fault::Unclosed('{'),
            ErrorKind::UnopenedAlternates => Fault::Unopened,
            ErrorKind::InvalidRange(from, to) => Fault::BackwardRange(*from, *to),
            ErrorKind::DanglingEscape => Fault::LoneBackslash,
            _ => Fault::TooLarge,
        }
    }
}

/// As long as the longest path that Linux opens. It also keeps braces from nesting deeper than a stack is.
const LONGEST_GLOB: usize = 4096;

/// The glob with its classes such that globset, which knows bytes only, means by them what is meant here.
fn check_classes(glob: &str) -> Result<String, Fault> {
    let mut checked = String::with_capacity(glob.len());
    let mut letters = glob.chars();
    while let Some(letter) = letters.next() {
        checked.push(letter);
        match letter {
            '\\' => checked.extend(letters.next()),
            '[' => check_class(&mut letters, &mut checked)?,
            _ => {}
        }
    }
    Ok(checked)
}

/// Copies a class from behind its `[` to its `]`.
fn check_class(letters: &mut Chars<'_>, checked: &mut String) -> Result<(), Fault> {
    let text = letters.as_str();
    let negated = text.strip_prefix(['!', '^']);
    let text = negated.unwrap_or(text);
    // A `]` in the first place is one of the members, as everywhere.
    let close = text.char_indices().skip(1).find(|&(_, letter)| letter == ']').map(|(at, _)| at);
    let (members, rest) = close.and_then(|at| text.split_at_checked(at)).ok_or(Fault::Unclosed('['))?;
    if let Some(letter) = members.chars().find(|letter| !letter.is_ascii()) {
        return Err(Fault::BeyondAscii(letter));
    }
    if negated.is_some() {
        // Left to itself, globset takes a `/` for one of the characters that were not excluded. A dash at the end has to stay there.
        let (members, dash) = members.strip_suffix('-').map_or((members, ""), |members| (members, "-"));
        checked.extend(["!", members, "/", dash]);
    } else {
        checked.push_str(members);
    }
    *letters = rest.chars();
    // The `]` is copied by the caller, as any other character.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths() {
        let fits = |glob: &str, name: &[u8]| glob.parse::<NameGlob>().unwrap().fits(name);
        assert!(fits("cart", b"cart") && !fits("cart", b"cart2") && !fits("cart", b"Cart"));
        assert!(fits("cart*", b"cart2") && fits("*/smtpd", b"postfix/smtpd") && fits("post*", b"postfix/smtpd"));
        assert!(fits("{cart,auth}-?", b"auth-1") && fits("[ab]*", b"b"));
        assert!(fits("caf*", b"caf\xe9"));
        for wrong in ["", "[", "{a", "\\"] {
            assert!(wrong.parse::<NameGlob>().is_err(), "{wrong}");
        }
    }
    use std::ffi::OsStr;

    fn globs(globs: &[&str]) -> Globs {
        Globs::new(globs.iter().map(|glob| glob.parse().unwrap()).collect())
    }

    fn fits(glob: &str, path: &[u8], target: Target) -> bool {
        globs(&[glob]).fit(Path::new(OsStr::from_bytes(path)), target)
    }

    const FILES: &[(&str, &[u8], bool)] = &[
        // A bare name, in any folder, whole, in its case.
        ("a.gz", b"a.gz", true),
        ("a.gz", b"logs/archive/a.gz", true),
        ("a.gz", b"logs/aa.gz", false),
        ("a.gz", b"logs/a.gz.1", false),
        ("a.gz", b"logs/a.gz/b", false),
        ("*.gz", b"logs/a.gz", true),
        ("*.gz", b"logs/.gz", true),
        ("*.gz", b"logs/a.GZ", false),
        ("*.gz", b"logs.gz/a.log", false),
        ("*", b"logs/a.log", true),
        ("**", b"logs/a.log", true),
        ("a**z", b"logs/abz", true),
        ("?.log", b"logs/a.log", true),
        ("?.log", b"logs/.log", false),
        ("?.log", b"/.log", false),
        // Classes, choices, plain characters.
        ("app[ab].log", b"x/appa.log", true),
        ("app[ab].log", b"x/appc.log", false),
        ("app[!ab].log", b"x/appc.log", true),
        ("app[^ab].log", b"x/appa.log", false),
        ("[]x]", b"x/]", true),
        ("[!]x]", b"x/]", false),
        ("[!]x]", b"x/y", true),
        ("[!a-]", b"x/-", false),
        ("[!a-]", b"x/b", true),
        ("[!-]", b"x/-", false),
        ("*.{gz,zst}", b"x/a.zst", true),
        ("*.{gz,zst}", b"x/a.xz", false),
        ("app.log{,.1}", b"x/app.log", true),
        ("app.log{,.1}", b"x/app.log.1", true),
        ("{a,b{1,2}}", b"x/b2", true),
        ("\\*.gz", b"x/*.gz", true),
        ("\\*.gz", b"x/a.gz", false),
        ("\\[a\\]", b"x/[a]", true),
        ("\\{a\\}", b"x/{a}", true),
        ("a+(1).log", b"x/a+(1).log", true),
        // With a slash: the end of the path, from a border on.
        ("archive/*.gz", b"logs/archive/a.gz", true),
        ("archive/*.gz", b"archive/a.gz", true),
        ("archive/*.gz", b"/archive/a.gz", true),
        ("archive/*.gz", b"./archive/a.gz", true),
        ("archive/*.gz", b"logs/archive/2024/a.gz", false),
        ("archive/*.gz", b"logs/oldarchive/a.gz", false),
        ("archive/*.gz", b"archive/a.gz/b", false),
        ("a/b.log", b"x/a/b.log", true),
        ("a/b.log", b"x/aa/b.log", false),
        ("./archive/*.gz", b"logs/archive/a.gz", true),
        ("{a,b}/x.log", b"logs/b/x.log", true),
        ("{a/x,b}.log", b"logs/a/x.log", true),
        ("{a/x,b}.log", b"logs/b.log", true),
        ("{a/x,b}.log", b"logs/x.log", false),
        ("archive/**", b"logs/archive/2024/01/a.gz", true),
        ("archive/**", b"archive/a.gz", true),
        ("archive/**", b"logs/archive", false),
        ("archive/**/*.gz", b"logs/archive/a.gz", true),
        ("archive/**/*.gz", b"logs/archive/2024/01/a.gz", true),
        ("**/a.log", b"a.log", true),
        ("**/a.log", b"x/y/a.log", true),
        ("**/a.log", b"x/y/ba.log", false),
        // The beginning of the path.
        ("/srv/*.log", b"/srv/a.log", true),
        ("/srv/*.log", b"/old/srv/a.log", false),
        ("/srv/*.log", b"srv/a.log", false),
        ("/**/a.log", b"/srv/x/a.log", true),
        ("/srv/**", b"/srv/x/a.log", true),
        // A class never takes a slash.
        ("[!.]*/app.log", b"/.hidden/app.log", false),
        ("[!.]*/app.log", b"x/shop/app.log", true),
        ("a/b[!x]c", b"a/b/c", false),
        // However the root was typed.
        ("logs/archive/*.gz", b"logs//archive/./a.gz", true),
        ("/srv/*.log", b"//srv/a.log", true),
        // Only for folders.
        ("archive/", b"logs/archive", false),
        ("logs/archive/", b"logs/archive", false),
        // Bytes that are no UTF-8, and characters of several bytes.
        ("*.log", b"B\xfccher/\xe9.log", true),
        ("B?cher/*.log", b"x/B\xfccher/\xe9.log", true),
        ("[!a].log", b"\xff.log", true),
        ("\u{fc}*.log", "\u{fc}ber.log".as_bytes(), true),
        ("{\u{e4},\u{f6}}.log", "x/\u{f6}.log".as_bytes(), true),
        ("a*b", b"a\nb", true),
    ];

    #[test]
    fn a_glob_fits_names_or_the_ends_of_paths() {
        for (glob, path, expected) in FILES {
            assert_eq!(fits(glob, path, Target::File), *expected, "{glob} on {}", path.escape_ascii());
            assert_eq!(glob.parse::<Glob>().unwrap().to_string(), *glob);
        }
    }

    #[test]
    fn folders_and_roots() {
        let table: &[(&str, &[u8], Target, bool)] = &[
            ("archive", b"logs/archive", Target::Folder, true),
            ("archive/", b"logs/archive", Target::Folder, true),
            ("archive//", b"logs/archive", Target::Folder, true),
            ("logs/archive/", b"x/logs/archive", Target::Folder, true),
            ("logs/archive/", b"x/oldlogs/archive", Target::Folder, false),
            ("/srv/archive/", b"/srv/archive", Target::Folder, true),
            ("/srv/archive/", b"/x/srv/archive", Target::Folder, false),
            // Who names a folder means it, unless the glob says where it is.
            ("archive", b"logs/archive", Target::Root, false),
            ("archive/", b"logs/archive", Target::Root, false),
            ("*", b".", Target::Root, false),
            ("logs/archive", b"logs/archive", Target::Root, true),
            ("logs/archive/", b"logs/archive/", Target::Root, true),
            ("logs/archive", b"logs/archive/.", Target::Root, true),
            ("/srv", b"/srv", Target::Root, true),
        ];
        for (glob, path, target, expected) in table {
            assert_eq!(fits(glob, path, *target), *expected, "{glob} on {} as {target:?}", path.escape_ascii());
        }
    }

    #[test]
    fn any_one_of_several_will_do_and_none_fits_nothing() {
        let several = globs(&["*.gz", "archive/", "/srv/x"]);
        assert!(several.fit(Path::new("a.gz"), Target::File));
        assert!(several.fit(Path::new("/srv/x"), Target::File));
        assert!(!several.fit(Path::new("archive"), Target::File));
        assert!(several.fit(Path::new("archive"), Target::Folder));
        assert!(!Globs::default().fit(Path::new("a.gz"), Target::File));
        assert_eq!(several.iter().map(Glob::is_for_folders).collect::<Vec<_>>(), [false, true, false]);
    }

    /// The glob, and what its error must name.
    const WRONG: &[(&str, &[&str])] = &[
        ("", &["names nothing", "`*.gz`"]),
        ("/", &["names nothing"]),
        ("./", &["names nothing"]),
        (".", &["names nothing"]),
        ("*.[gz", &["`[` is never closed", "`\\[`", "\"*.[gz\""]),
        ("[]", &["`[` is never closed"]),
        ("[!", &["`[` is never closed"]),
        ("*.{gz,zst", &["`{` is never closed", "`{gz,zst}`", "`\\{`"]),
        ("*.gz}", &["`}` was never opened", "`\\}`"]),
        ("app[9-0].log", &["`9-0` runs backwards", "`0-9`", "`[0-9]`"]),
        ("[\u{e4}\u{f6}].log", &["`\u{e4}` stands in brackets", "`{\u{e4},a}`"]),
        ("*.gz\\", &["`\\` has no character", "`\\\\`"]),
    ];

    #[test]
    fn a_wrong_glob_says_what_and_how() {
        for (glob, parts) in WRONG {
            let message = glob.parse::<Glob>().unwrap_err().to_string();
            for part in *parts {
                assert!(message.contains(part), "{glob}: {message}");
            }
            assert!(!message.contains('\n'), "{message}");
        }
        for long in ["{".repeat(2000) + &"}".repeat(2000), "{a,".repeat(1000) + &"}".repeat(1000), "a".repeat(5000)] {
            let message = long.parse::<Glob>().unwrap_err().to_string();
            assert!(message.contains("too large"), "{message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_glob_and_no_path_make_it_panic(glob in r"[-a-c/*?\[\]{},!\\.ä]{0,12}", path: Vec<u8>) {
            if let Ok(glob) = glob.parse::<Glob>() {
                let globs = Globs::new(vec![glob]);
                for target in [Target::File, Target::Folder, Target::Root] {
                    globs.fit(Path::new(OsStr::from_bytes(&path)), target);
                }
            }
        }
    }
}
