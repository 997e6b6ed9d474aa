//! From a file's path to the service that its lines belong to when they do not say so themselves.
//!
//! A log file's name is a service's name with dust on it: the rotation's number, the day, the codec, the word `log`. [`path_service`]
//! takes the dust off. Where only dust remains (`checkout/app.log`, `auth/2024-01-15.log`) the folder above is asked instead. The
//! rules are guesses about other people's habits, so they err towards keeping: a name kept too long shows in the report and can
//! be mended with a [`super::Template`]; two services merged under one name would go unseen.
//!
//! Everything here is a pure function over bytes. A path need not be UTF-8 and need not exist.

/// The service that a path names. Never empty for a path that is not; stdin, whose path is `-`, gives `stdin`.
///
/// In order: a container's layout (Kubernetes, Docker), the file's stem, the nearest folder above that says something, the stem
/// again, whatever it says. A member of an archive (`a.tar.gz!/x/y.log`) is asked first by its own path; then the archive's
/// name is asked, less its endings, and then the archive's folders.
pub fn path_service(path: &[u8]) -> Vec<u8> {
    named_by(path).0.to_vec()
}

/// The part of a path that names its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// It is standard input, which has no path.
    Stdin,
    /// The container in a container runtime's layout.
    Container,
    /// The file's name, less what says nothing.
    FileName,
    /// A folder's name.
    Folder,
}

/// Which part of a path it is that [`path_service`] gives.
#[must_use]
pub fn path_part(path: &[u8]) -> PathPart {
    named_by(path).1
}

fn named_by(path: &[u8]) -> (&[u8], PathPart) {
    if path == STDIN {
        return (b"stdin", PathPart::Stdin);
    }
    let Some(file) = parts_upwards(path).next() else {
        return (path, PathPart::FileName);
    };
    if let Some(container) = container(path, file) {
        return (container, PathPart::Container);
    }
    let stem = stem(file);
    match nearest_folder(path).filter(|_| says_nothing(stem)) {
        Some(folder) => (folder, PathPart::Folder),
        None => (stem, PathPart::FileName),
    }
}

/// The day that a file's name says, as year, month and day: `web-20240115.log.gz`, `2024-01-15_web.log`. A day alone is a day,
/// a month is none.
#[must_use]
pub fn path_date(path: &[u8]) -> Option<(i32, u32, u32)> {
    let file = parts_upwards(path).next()?;
    let mut left = file;
    loop {
        if let Some(start) = date_start(left) {
            return date_at(left.get(start..)?);
        }
        let ways = [without_extension, without_number];
        match ways.iter().find_map(|way| way(left).filter(|shorter| !shorter.is_empty())) {
            Some(shorter) => left = shorter,
            None => break,
        }
    }
    full_date(left).and_then(|_| date_at(left))
}

/// The date that begins here, if it is one of a day.
fn date_at(text: &[u8]) -> Option<(i32, u32, u32)> {
    let parts = |year: &[u8], month: &[u8], day: &[u8]| {
        is_day(year, month, day).then(|| (number(year) as i32, number(month), number(day)))
    };
    if full_date(text).is_some() {
        let (year, rest) = text.split_at_checked(4)?;
        let Some(separator) = rest.first().filter(|byte| is_date_separator(**byte)) else {
            return parts(year, rest.get(..2)?, rest.get(2..4)?);
        };
        let mut fields = rest.split(|byte| byte == separator).skip(1);
        let (month, day) = (fields.next()?, fields.next()?);
        return parts(year, month, day.get(..leading_digits(day))?);
    }
    if day_first_date(text).is_some() {
        let (first, second, year) = (text.get(..2)?, text.get(3..5)?, text.get(6..10)?);
        return parts(year, second, first).or_else(|| parts(year, first, second));
    }
    match (short_date(text)?, text) {
        (6, [a, b, c, d, e, f, ..]) => parts(&[b'2', b'0', *a, *b], &[*c, *d], &[*e, *f]),
        _ => None,
    }
}

/// The path of standard input.
const STDIN: &[u8] = b"-";

/// Endings that tell how a file is stored or written, or that it was put aside. Lower case; compared without regard to case.
/// `out` and `err` are not among them: `checkout.out` and `checkout.err` are two streams, and `catalina.out` is a name by now.
const ENDINGS: &[&[u8]] = &[
    b"log", b"json", b"txt", b"jsonl", b"ndjson", b"gz", b"zst", b"xz", b"bz2", b"tar", b"tgz", b"old", b"zip", b"lz4", b"z",
    b"bz", b"gzip", b"bgz", b"taz", b"zstd", b"tzst", b"tbz", b"tbz2", b"txz", b"lzma", b"tlz", b"lz", b"lzo", b"7z", b"rar",
    b"br", b"sz", b"snappy", b"prev", b"bak",
];
const LONGEST_ENDING: usize = 6;

/// Words that could be said of any service's log. `error` and `access` are missing on purpose: they do divide a server's log.
const EMPTY_WORDS: &[&[u8]] =
    &[b"current", b"app", b"application", b"main", b"stdout", b"stderr", b"out", b"err", b"output", b"console", b"log", b"logs"];

/// Folders that the system lays out, not a service. They count as such only at the root of a file system or an archive: elsewhere a
/// shop may well have a service `home` or `data`. `var` is no service anywhere.
const PLACES: &[&[u8]] = &[b"tmp", b"srv", b"opt", b"mnt", b"media", b"data", b"home", b"root", b"usr", b"run"];

/// A path's parts, the file first, then its folders from the nearest up.
fn parts_upwards(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.rsplit(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// The container, where the path has the layout of a container runtime. The layout outranks the rules below: a container may be
/// called `app` or `web-20240115`.
fn container<'a>(path: &'a [u8], file: &'a [u8]) -> Option<&'a [u8]> {
    let mut above = parts_upwards(path).skip(1);
    let (folder, pod, pods) = (above.next(), above.next(), above.next());
    if is_restart_log(file) && pod.is_some_and(|pod| is_pod(pod, pods)) {
        return folder;
    }
    linked_container(file).or_else(|| docker_id(file))
}

/// `0.log`, `3.log.20240115-103000.gz`: the kubelet numbers a container's log by how often it has restarted.
fn is_restart_log(file: &[u8]) -> bool {
    let digits = leading_digits(file);
    let rest = file.get(digits..).and_then(|rest| rest.strip_prefix(b".log"));
    digits > 0 && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-')))
}

/// `NAMESPACE_POD_UID`. A tree that was copied without its `pods` folder is still known by the shape of the UID, which is a UUID, or
/// 32 hex digits where the pod came from a file.
fn is_pod(folder: &[u8], above: Option<&[u8]>) -> bool {
    let mut fields = folder.split(|&byte| byte == b'_');
    let (Some(namespace), Some(pod), Some(uid), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
        return false;
    };
    let named = !namespace.is_empty() && !pod.is_empty() && !uid.is_empty();
    named && (above == Some(b"pods") || is_uuid(uid) || (uid.len() == 32 && is_hex(uid)))
}

/// `POD_NAMESPACE_CONTAINER-ID.log`, the links in `/var/log/containers`. Pod and namespace have no underscore, the container may
/// have dashes, the ID is 64 hex digits; that is odd enough to be believed in any folder.
fn linked_container(file: &[u8]) -> Option<&[u8]> {
    // Not the first `.log` will do: a pod's name may have dots, and one may be called `my.logger`.
    let dots = file.windows(4).enumerate().filter(|(_, four)| *four == b".log").map(|(dot, _)| dot);
    dots.filter_map(|dot| file.get(..dot)).find_map(linked_container_before)
}

fn linked_container_before(name: &[u8]) -> Option<&[u8]> {
    let (head, id) = name.split_at_checked(name.len().checked_sub(ID_LENGTH)?)?;
    let mut fields = head.strip_suffix(b"-")?.splitn(3, |&byte| byte == b'_');
    let (pod, namespace, container) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = is_hex(id) && !pod.is_empty() && !namespace.is_empty() && !container.is_empty();
    whole.then_some(container)
}

/// `ID-json.log`, Docker's own layout. The name is nowhere in the path, so the ID stands for it, cut as `docker ps` cuts it.
fn docker_id(file: &[u8]) -> Option<&[u8]> {
    let (id, rest) = file.split_at_checked(ID_LENGTH)?;
    if !is_hex(id) || !rest.starts_with(b"-json.log") {
        return None;
    }
    id.get(..SHOWN_ID_LENGTH)
}

const ID_LENGTH: usize = 64;
const SHOWN_ID_LENGTH: usize = 12;

/// The file's name less its endings. It is never stripped to nothing: `.log` stays `.log`, and a day alone stays a day.
fn stem(file: &[u8]) -> &[u8] {
    let mut left = file;
    while let Some(shorter) = without_ending(left) {
        left = shorter;
    }
    without_leading_date(left)
}

fn without_ending(name: &[u8]) -> Option<&[u8]> {
    // A date is tried before a number, or the last part of `2024.01.15` would be taken for a rotation's.
    let ways = [without_extension, without_date, without_number];
    ways.iter().find_map(|way| way(name).filter(|shorter| !shorter.is_empty()))
}

fn without_extension(name: &[u8]) -> Option<&[u8]> {
    let (head, ending) = split_last_dot(name)?;
    let mut lower = [0; LONGEST_ENDING];
    let lower = lower.get_mut(..ending.len())?;
    lower.copy_from_slice(ending);
    lower.make_ascii_lowercase();
    ENDINGS.contains(&&*lower).then_some(head)
}

/// Takes off a rotation's `.N`. Three numbers in a row are a version or an address (`proxy-1.24.0`, `10.0.0.5`), and stay.
fn without_number(name: &[u8]) -> Option<&[u8]> {
    let (head, number) = split_last_dot(name)?;
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let others = head.rsplit(|&byte| byte == b'.');
    let dotted = others.take_while(|part| part.last().is_some_and(u8::is_ascii_digit));
    // The first of a version's numbers may hang on a word (`v1.2.3`); those between may not.
    let mut numbers = 1;
    for part in dotted {
        numbers += 1;
        if !part.iter().all(u8::is_ascii_digit) {
            break;
        }
    }
    (numbers < 3).then_some(head)
}

fn split_last_dot(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    Some((name.get(..dot)?, name.get(dot + 1..)?))
}

/// Takes off a date at the end with all that hangs on it: a time, a zone, a fraction, a rotation's number.
fn without_date(name: &[u8]) -> Option<&[u8]> {
    name.get(..date_start(name)?).map(trim_separators_end)
}

/// Reads a date at the start of a text and gives its length.
type Reader = fn(&[u8]) -> Option<usize>;

/// Where the date begins that the name ends in. The surest way of writing one is looked for first over the whole tail, so that the
/// `2` of `web-2-20240115` and the numbers beside a date are not read as parts of another.
fn date_start(name: &[u8]) -> Option<usize> {
    let in_tail =
        |&&byte: &&u8| byte.is_ascii_digit() || is_separator(byte) || matches!(byte, b':' | b'+' | b'T' | b't' | b'Z' | b'z');
    let tail = name.len() - name.iter().rev().take_while(in_tail).count();
    let ways: [Reader; 4] = [full_date, day_first_date, month, short_date];
    for (way, read) in ways.iter().enumerate() {
        for start in tail..name.len() {
            let (before, from) = name.split_at_checked(start)?;
            if from.first().is_none_or(|byte| !byte.is_ascii_digit()) || before.last().is_some_and(u8::is_ascii_digit) {
                continue;
            }
            // Only a full date may be glued to a word, as in Serilog's `log20240115.txt`; `v20240115` is a version even so.
            let glued = before.last().is_some_and(|&byte| !is_separator(byte));
            if glued && (way > 0 || is_version_mark(before)) {
                continue;
            }
            if read(from).and_then(|length| from.get(length..)).is_some_and(is_time_tail) {
                return Some(start);
            }
        }
    }
    None
}

/// What may follow a date: groups of digits, each behind one separator, a `T` or a sign, and a `Z` for the zone.
fn is_time_tail(mut rest: &[u8]) -> bool {
    while let [first, more @ ..] = rest {
        let digits = leading_digits(more);
        rest = match first {
            b'Z' | b'z' => more,
            _ if digits > 0 => more.get(digits..).unwrap_or_default(),
            _ => return false,
        };
    }
    true
}

/// `2024-01-15_checkout.log`: some put the day first. It goes too if a name is left behind it.
fn without_leading_date(name: &[u8]) -> &[u8] {
    let Some(mut rest) = full_date(name).and_then(|length| name.get(length..)) else {
        return name;
    };
    // A group of digits belongs to the time while another group or the name comes behind it: the `3` of `3scale` does not.
    while let [_, more @ ..] = rest {
        let after = more.get(leading_digits(more)..).unwrap_or_default();
        let after = after.strip_prefix(b"Z").unwrap_or(after);
        let goes_on = after.first().is_some_and(|&byte| is_separator(byte) || byte == b':');
        if after.len() == more.len() || !goes_on {
            break;
        }
        rest = after;
    }
    let behind = trim_separators_start(rest);
    let named = behind.len() < rest.len() && !behind.iter().all(|&byte| byte.is_ascii_digit() || is_separator(byte));
    if named { behind } else { name }
}

/// The length of a date with a four-digit year at the start: `2024-01-15`, `2024.1.5`, `20240115` and, in one run of digits, as much
/// of the time as there is.
fn full_date(text: &[u8]) -> Option<usize> {
    let digits = leading_digits(text);
    if digits == 4 {
        let (year, rest) = text.split_at_checked(4)?;
        let (&separator, rest) = rest.split_first().filter(|(byte, _)| is_date_separator(**byte))?;
        let month = leading_digits(rest);
        let (&same, rest_of_day) = rest.get(month..)?.split_first()?;
        let day = leading_digits(rest_of_day);
        let valid = same == separator && is_day(year, rest.get(..month)?, rest_of_day.get(..day)?);
        return valid.then_some(4 + 1 + month + 1 + day);
    }
    // Eight digits of date, then the hour, the minute, the second, the millisecond.
    let of_day = text.get(8..digits)?;
    let timed = match (of_day.len(), number(of_day.get(..of_day.len().min(2))?)) {
        (0, _) => true,
        (2 | 4 | 6 | 9, hour) => hour < 24,
        _ => false,
    };
    (timed && is_day(text.get(..4)?, text.get(4..6)?, text.get(6..8)?)).then_some(digits)
}

/// `15-01-2024` and `01.15.2024`, whichever of the two was meant.
fn day_first_date(text: &[u8]) -> Option<usize> {
    let (&[a, b, separator, c, d, same], rest) = text.split_first_chunk::<6>()?;
    let year = rest.get(..leading_digits(rest))?;
    let valid =
        is_date_separator(separator) && same == separator && (is_day(year, &[a, b], &[c, d]) || is_day(year, &[c, d], &[a, b]));
    valid.then_some(10)
}

/// A month alone: `2024-01`, `202401`.
fn month(text: &[u8]) -> Option<usize> {
    let (year, rest) = text.split_at_checked(4)?;
    match leading_digits(text) {
        4 => {
            let (_, rest) = rest.split_first().filter(|(byte, _)| is_date_separator(**byte))?;
            let month = rest.get(..leading_digits(rest))?;
            (month.len() == 2 && is_day(year, month, b"01")).then_some(7)
        }
        6 => is_day(year, rest.get(..2)?, b"01").then_some(6),
        _ => None,
    }
}

/// `240115`, and seconds since 1970 or a thousandth of them. Years end at 49 here: an archive is more likely to hold a log of 2024
/// than one of 1985, and every year refused makes it less likely to mistake an order's number for a day.
fn short_date(text: &[u8]) -> Option<usize> {
    let digits = leading_digits(text);
    let run = text.get(..digits)?;
    match (run, digits) {
        ([a, b, c, d, e, f], 6) if *a < b'5' => is_day(&[b'2', b'0', *a, *b], &[*c, *d], &[*e, *f]).then_some(6),
        ([b'1', ..], 10 | 13 | 16 | 19) => Some(digits),
        _ => None,
    }
}

fn is_day(year: &[u8], month: &[u8], day: &[u8]) -> bool {
    year.len() == 4
        && (1970..2100).contains(&number(year))
        && (1..=2).contains(&month.len())
        && (1..=12).contains(&number(month))
        && (1..=2).contains(&day.len())
        && (1..=31).contains(&number(day))
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(u32::from(digit.wrapping_sub(b'0'))))
}

/// The nearest folder above the file that says something of a service, with its name as it is.
fn nearest_folder(path: &[u8]) -> Option<&[u8]> {
    let mut folders = parts_upwards(path).skip(1).peekable();
    let mut left_again = 0usize;
    while let Some(folder) = folders.next() {
        if folder == b".." {
            left_again += 1;
            continue;
        }
        if let Some(archive) = archive_stem(folder) {
            left_again = 0;
            if says_nothing(archive) {
                continue;
            }
            return Some(archive);
        }
        if left_again > 0 {
            left_again -= 1;
            continue;
        }
        let at_root = match folders.peek() {
            Some(above) => archive_stem(above).is_some(),
            None => path.starts_with(b"/"),
        };
        let is_place = folder == b"var" || (at_root && PLACES.contains(&folder));
        if !is_place && !says_nothing(folder) {
            return Some(folder);
        }
    }
    None
}

/// The stem of an archive that stands in the path as a folder, `checkout.tar.gz!`. A folder `Yahoo!` has no ending to lose and is none.
fn archive_stem(folder: &[u8]) -> Option<&[u8]> {
    let file = folder.strip_suffix(b"!")?;
    let stem = stem(file);
    (stem.len() < file.len()).then_some(stem)
}

/// Whether a stem or a folder leaves the service open: a number, a date, a word that fits any log, or several of these joined by dots.
fn says_nothing(name: &[u8]) -> bool {
    // `dt=2024-01-15`, `hour=07`: the folders of a partitioned archive are judged by their value.
    let value = name.rsplit(|&byte| byte == b'=').next().unwrap_or(name);
    let bare = trim_separators_end(trim_separators_start(value));
    if date_start(bare) == Some(0) || is_uuid(bare) || is_tai64n(name) {
        return true;
    }
    let undated = without_leading_date(without_date(bare).unwrap_or(bare));
    undated.split(|&byte| is_separator(byte)).all(|part| part.iter().all(u8::is_ascii_digit))
        || undated.split(|&byte| byte == b'.').all(is_empty_word)
}

fn is_empty_word(part: &[u8]) -> bool {
    part.iter().all(u8::is_ascii_digit) || EMPTY_WORDS.iter().any(|word| word.eq_ignore_ascii_case(part))
}

fn is_uuid(name: &[u8]) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = name.split(|&byte| byte == b'-');
    name.len() == 36 && lengths.iter().all(|&length| groups.next().is_some_and(|group| group.len() == length && is_hex(group)))
}

/// `@4000000065a5b1c80c3f9d24.s`: what multilog and svlogd make of `current` when they turn it over.
fn is_tai64n(name: &[u8]) -> bool {
    let label = name.strip_prefix(b"@").and_then(|rest| rest.split_at_checked(24));
    label.is_some_and(|(time, rest)| is_hex(time) && matches!(rest, b"" | b".s" | b".u"))
}

fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// `v` at the end of a word of its own, as in `api-v` before `20240115`.
fn is_version_mark(before: &[u8]) -> bool {
    match before {
        [b'v' | b'V'] => true,
        [.., earlier, b'v' | b'V'] => !earlier.is_ascii_alphanumeric(),
        _ => false,
    }
}

fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.' | b' ')
}

fn is_date_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}

fn trim_separators_start(mut name: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = name {
        if !is_separator(*first) {
            break;
        }
        name = rest;
    }
    name
}

fn trim_separators_end(mut name: &[u8]) -> &[u8] {
    while let [rest @ .., last] = name {
        if !is_separator(*last) {
            break;
        }
        name = rest;
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const POD: &str = "shop_web-7d9f8b6c5-x2x7q_0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12";
    const ID: &str = "4f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

    /// POD and ID stand for the two above.
    const PATHS: &[(&str, &str)] = &[
        // Stdin, and paths that hardly are one.
        ("-", "stdin"),
        ("./-", "-"),
        ("/", "/"),
        (".", "."),
        ("..", ".."),
        ("", ""),
        ("checkout.log/", "checkout"),
        // Rotation, codec, date and time, in any order.
        ("checkout.log", "checkout"),
        ("checkout", "checkout"),
        ("checkout.log.3.gz", "checkout"),
        ("nginx-access-20240115.log.zst", "nginx-access"),
        ("server.log.2016-12-19-23", "server"),
        ("web_2024-01-15T00.json", "web"),
        ("api.log-20240115", "api"),
        ("api.log-20240115.gz", "api"),
        ("api.log-2024011510", "api"),
        ("api.log-1705312200", "api"),
        ("/var/log/shop/cart.LOG.GZ", "cart"),
        ("cart.3.log", "cart"),
        ("cart.2024-01-15.0.log.gz", "cart"),
        ("cart.2024.01.15.log", "cart"),
        ("cart_2024_01_15.ndjson", "cart"),
        ("cart-2024-1-5.jsonl", "cart"),
        ("cart-20240115-1.log", "cart"),
        ("cart20240115_001.txt", "cart"),
        ("cart-20240115-103000.log", "cart"),
        ("cart-20240115T103000Z.log", "cart"),
        ("cart-2024-01-15_10-30-00.log", "cart"),
        ("cart-2024-01-15T10-30-00.123.log.gz", "cart"),
        ("cart-2024-01-15T10:30:00+01:00.log", "cart"),
        ("cart 2024-01-15 10.30.00.txt", "cart"),
        ("cart-15-01-2024.log", "cart"),
        ("cart-01.15.2024.log", "cart"),
        ("cart-2024-01.log", "cart"),
        ("cart-202401.log", "cart"),
        ("cart-240115.log", "cart"),
        ("cart-1705312200123.log", "cart"),
        ("cart.log.old", "cart"),
        ("cart.log.1.bak", "cart"),
        ("cart.tar.xz", "cart"),
        ("cart.log.lz4", "cart"),
        ("cart.Z", "cart"),
        ("2024-01-15-cart.log", "cart"),
        ("20240115_103000_cart.log.1", "cart"),
        ("2024-01-15-3scale.log", "3scale"),
        // Names that look like dust and are none.
        ("web-2.log", "web-2"),
        ("web-2-20240115.log", "web-2"),
        ("web-2.log.2", "web-2"),
        ("s3.log", "s3"),
        ("s3.1.log", "s3"),
        ("kafka-0", "kafka-0"),
        ("worker_3.log", "worker_3"),
        ("api-v2.log", "api-v2"),
        ("api-v20240115.log", "api-v20240115"),
        ("ipv6.log", "ipv6"),
        ("log4j.log", "log4j"),
        ("app2.log", "app2"),
        ("x.y.service", "x.y.service"),
        ("proxy-1.24.0.log", "proxy-1.24.0"),
        ("libs-v1.2.3.log.4", "libs-v1.2.3"),
        ("job-28423440.log", "job-28423440"),
        ("order-123456.log", "order-123456"),
        ("web-2024.log", "web-2024"),
        ("catalina.out", "catalina.out"),
        ("catalina.2024-01-15.log", "catalina"),
        ("nginx/error.log", "error"),
        ("nginx/access.log.1", "access"),
        ("main-app.log", "main-app"),
        ("mylog.log", "mylog"),
        ("cart, new.log", "cart, new"),
        ("shop/B\u{fc}cher suche.log", "B\u{fc}cher suche"),
        // Hidden files, and nothing but endings.
        (".cart.log", ".cart"),
        (".xsession-errors.old", ".xsession-errors"),
        (".log", ".log"),
        ("cart/.log.1", "cart"),
        ("log.gz", "log"),
        // Where the stem says nothing, the folder does.
        ("checkout/app.log", "checkout"),
        ("checkout/App.LOG.2", "checkout"),
        ("checkout/application-20240115.log.gz", "checkout"),
        ("checkout/current", "checkout"),
        ("checkout/@4000000065a5b1c80c3f9d24.s", "checkout"),
        ("checkout/stdout", "checkout"),
        ("checkout/app.err.log", "checkout"),
        ("checkout/.console.log", "checkout"),
        ("checkout/2024-01-15.log", "checkout"),
        ("checkout/2024/01/15/10.log.gz", "checkout"),
        ("checkout/20240115T00/3.json", "checkout"),
        ("checkout/dt=2024-01-15/hour=07/0001.json.gz", "checkout"),
        ("checkout/logs-2024-01-15/main.log", "checkout"),
        ("checkout/0b2f6c1e-8a4d-4c57-9e21-5d3c7f90ab12/out.log", "checkout"),
        ("checkout/logs/current/output.txt", "checkout"),
        ("web-2.old/app.log", "web-2.old"),
        ("checkout/app.d/../app.log", "checkout"),
        ("checkout//./app.log", "checkout"),
        ("remote/10.0.0.5.log", "remote"),
        ("home/app.log", "home"),
        // Where no folder does either.
        ("app.log", "app"),
        ("/var/log/app.log", "app"),
        ("logs/2024-01-15.log.1", "2024-01-15"),
        ("2024-01-15.1.log", "2024-01-15"),
        ("10.0.0.5.log", "10.0.0.5"),
        ("/srv/1.log", "1"),
        ("/data/checkout/logs/1.log", "checkout"),
        ("../../app.log", "app"),
        // Members of archives.
        ("logs.tar.gz!/cart/app.log", "cart"),
        ("logs.tar.gz!/cart.log.1", "cart"),
        ("/backup/shop/logs-2024-01-15.tar.gz!/app.log", "shop"),
        ("/backup/checkout-20240115.tgz!/var/log/app.log", "checkout"),
        ("a.tar!/checkout.tar.zst!/./data/1.log", "checkout"),
        ("Yahoo!/app.log", "Yahoo!"),
        // Containers.
        ("/var/log/pods/POD/checkout/0.log", "checkout"),
        ("/var/log/pods/POD/app/12.log", "app"),
        ("/var/log/pods/POD/app/0.log.20240115-103000.gz", "app"),
        ("/var/log/pods/kube-system_etcd-n1_8f14e45fceea167a5a36dedd4bea2543/main/1.log", "main"),
        ("pods/shop_web-0_static/app/0.log", "app"),
        ("copy/POD/app/0.log", "app"),
        ("node.tar.gz!/var/log/pods/POD/app/0.log", "app"),
        ("/var/log/pods/POD/app/gc.log", "gc"),
        ("copy/two_under_scores/app/0.log", "two_under_scores"),
        ("/var/log/containers/web-7d9f_shop_checkout-api-ID.log", "checkout-api"),
        ("/var/log/containers/my.logger-0_shop_app-ID.log", "app"),
        ("links/web-0_shop_app-ID.log.1.gz", "app"),
        ("/var/lib/docker/containers/ID/ID-json.log", "4f1e2d3c4b5a"),
        ("/var/lib/docker/containers/ID/ID-json.log.1.gz", "4f1e2d3c4b5a"),
    ];

    #[test]
    fn a_path_names_its_service() {
        for (path, expected) in PATHS {
            let path = path.replace("POD", POD).replace("ID", ID);
            assert_eq!(String::from_utf8_lossy(&path_service(path.as_bytes())), *expected, "{path}");
        }
    }

    #[test]
    fn a_name_says_its_day() {
        let table = [
            ("web-20240115.log.gz", Some((2024, 1, 15))),
            ("logs/2024-01-15.log", Some((2024, 1, 15))),
            ("server.log.2016-12-19-23", Some((2016, 12, 19))),
            ("web_2024-01-15T00.json", Some((2024, 1, 15))),
            ("api.log-20240115", Some((2024, 1, 15))),
            ("2024-1-5_checkout.log", Some((2024, 1, 5))),
            ("messages-20240115.3.zst", Some((2024, 1, 15))),
            ("u_ex240115.log", None),
            ("iis-240115.log", Some((2024, 1, 15))),
            ("a.15-01-2024.log", Some((2024, 1, 15))),
            ("a.01-15-2024.log", Some((2024, 1, 15))),
            ("a-202401.log", None),
            ("checkout.log.3", None),
            ("proxy-1.24.0.log", None),
            ("2024-01-15/checkout.log", None),
            ("web-1700000000.log", None),
            ("-", None),
            ("", None),
        ];
        for (path, expected) in table {
            assert_eq!(path_date(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn names_are_bytes() {
        assert_eq!(path_service(b"/srv/B\xfccher.log.1.gz"), b"B\xfccher");
        assert_eq!(path_service(b"\xff\xfe/app.log"), b"\xff\xfe");
    }

    /// Every string over an alphabet of dust: no panic, no empty answer, and never an answer that is not in the path.
    #[test]
    fn any_path_gives_a_part_of_itself() {
        let alphabet: [&[u8]; 12] = [b"/", b".", b"-", b"_", b"2024", b"01", b"15", b"T", b"Z", b"log", b"a\xff", b"!/"];
        for number in 0..alphabet.len().pow(5) {
            let mut path = Vec::new();
            let mut rest = number;
            for _ in 0..5 {
                path.extend_from_slice(alphabet[rest % alphabet.len()]);
                rest /= alphabet.len();
            }
            let service = path_service(&path);
            let _ = path_date(&path);
            let part = path.windows(service.len().max(1)).any(|window| window == service);
            assert!(part, "{} gave {}", path.escape_ascii(), service.escape_ascii());
        }
    }
}
