//! From a file's path to the service that its lines belong to when they do not say so themselves.
//!
//! A log file's name is a service's name with dust on it: the rotation's number, the day, the codec, the word `log`. [`path_service`]
//! takes the dust off. Where only dust remains (`checkout/app.log`, `auth/2024-01-15.log`) the folder above is asked instead. The
//! rules are guesses about other people's habits, so they err towards keeping: a name kept too long shows in the report and can
//! be mended with a [`super::Template`]; two services merged under one name would go unseen.
//!
//! Everything here is a pure function over bytes. A path need not be UTF-8 and need not exist.

mod container;
mod date;
mod stem;

pub use stem::path_date;

use container::container;
use date::{date_start, without_date, without_leading_date};
use stem::stem;

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

/// The path of standard input.
const STDIN: &[u8] = b"-";

/// A path's parts, the file first, then its folders from the nearest up.
fn parts_upwards(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.rsplit(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".")
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

/// Folders that the system lays out, not a service. They count as such only at the root of a file system or an archive: elsewhere a
/// shop may well have a service `home` or `data`. `var` is no service anywhere.
const PLACES: &[&[u8]] = &[b"tmp", b"srv", b"opt", b"mnt", b"media", b"data", b"home", b"root", b"usr", b"run"];

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

/// Words that could be said of any service's log. `error` and `access` are missing on purpose: they do divide a server's log.
const EMPTY_WORDS: &[&[u8]] =
    &[b"current", b"app", b"application", b"main", b"stdout", b"stderr", b"out", b"err", b"output", b"console", b"log", b"logs"];

/// `@4000000065a5b1c80c3f9d24.s`: what multilog and svlogd make of `current` when they turn it over.
fn is_tai64n(name: &[u8]) -> bool {
    let label = name.strip_prefix(b"@").and_then(|rest| rest.split_at_checked(24));
    label.is_some_and(|(time, rest)| is_hex(time) && matches!(rest, b"" | b".s" | b".u"))
}

fn is_uuid(name: &[u8]) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = name.split(|&byte| byte == b'-');
    name.len() == 36 && lengths.iter().all(|&length| groups.next().is_some_and(|group| group.len() == length && is_hex(group)))
}

fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.' | b' ')
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
