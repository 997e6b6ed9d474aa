//! What can be a logger's name, and what only looks like one: numbers, codes, places in the source, threads, requests.

/// Process and thread numbers and ids that stand between the parts: `25746`, `#12`, `0x7f8a`, `7f8a4c0d1700`, UUIDs.
#[inline]
pub(super) fn is_filler(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"#").or_else(|| word.strip_prefix(b"0x")).unwrap_or(word);
    match digits {
        [] => word.is_empty(),
        _ if digits.iter().all(u8::is_ascii_digit) => true,
        _ if digits.len() < word.len() || digits.len() >= 8 => {
            digits.iter().any(u8::is_ascii_digit) && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        }
        _ => false,
    }
}

/// Whether a word can be a logger's name: it begins with a letter and holds no spaces or punctuation that
/// only prose has.
#[inline]
pub(super) fn is_name(word: &[u8]) -> bool {
    let Some((first, rest)) = word.split_first() else { return false };
    if !(first.is_ascii_alphabetic() || matches!(first, b'_' | b'$' | b'/' | b'@') || *first >= 0x80) {
        return false;
    }
    let fits = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'$' | b'/' | b'-' | b'#' | b'@' | b'+' | b'~' | b':')
            || *byte >= 0x80
    };
    rest.iter().all(fits) && colons_are_paired(word) && word.len() <= 256 && !is_code(word)
}

/// `crate::module` and `Foo::bar` have colons in pairs.
#[inline]
pub(super) fn colons_are_paired(word: &[u8]) -> bool {
    if !word.contains(&b':') {
        return true;
    }
    let mut rest = word;
    while let Some(at) = memchr::memchr(b':', rest) {
        if rest.get(at + 1) != Some(&b':') || rest.get(at + 2).is_none() {
            return false;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    true
}

/// Message codes, `AH00094`, `WFLYSRV0049`, `ORA-00600`: capitals, then three digits or more.
#[inline]
pub(super) fn is_code(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let rest = word.get(letters..).unwrap_or_default();
    let digits = rest.strip_prefix(b"-").unwrap_or(rest);
    letters > 0 && digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit)
}

/// log4j's `%c{1}:%L` and callers write a line number behind the name, loguru the function before it:
/// `myapp.db:connect:12`.
#[inline]
pub(super) fn without_line_number(word: &[u8]) -> &[u8] {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = word.get(..word.len() - digits).unwrap_or_default();
    match before.strip_suffix(b":") {
        Some(place) if digits > 0 && !place.is_empty() && !place.ends_with(b":") => without_function(place),
        _ => word,
    }
}

/// The name before a single colon; `crate::module` is whole.
#[inline]
pub(super) fn without_function(place: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', place) {
        Some(at) if at > 0 && place.get(at - 1) != Some(&b':') => place.get(..at).unwrap_or(place),
        _ => place,
    }
}

/// `main.go`, `server.py`: a place in the source, not a logger.
pub(super) fn is_source_file(word: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 16] = [
        b".go", b".py", b".rs", b".c", b".cc", b".cpp", b".cxx", b".h", b".hpp", b".java", b".kt", b".scala", b".js", b".ts",
        b".rb", b".php",
    ];
    ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Whether what a bracket holds names a service rather than a thread, a client or a request.
pub(super) fn looks_like_a_service(inside: &[u8]) -> bool {
    const THREADS: [&[u8]; 12] = [
        b"thread",
        b"exec-",
        b"executor",
        b"pool-",
        b"worker-",
        b"worker#",
        b"nio-",
        b"task-",
        b"dispatcher",
        b"scheduler-",
        b"scheduling-",
        b"forkjoin",
    ];
    let lower = inside.to_ascii_lowercase();
    let is_thread = matches!(&*lower, b"main" | b"restartedmain" | b"timer" | b"async")
        || THREADS.iter().any(|part| memchr::memmem::find(&lower, part).is_some());
    // `req-38101a0b-2096`, `trace_9f4ef63a`: a part that is mostly digits and hexadecimal.
    let is_id = lower.split(|byte| matches!(byte, b'-' | b'_' | b':' | b'.' | b'/')).any(|part| {
        part.len() >= 6 && part.iter().all(u8::is_ascii_hexdigit) && part.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
    });
    is_name(inside) && !is_thread && !is_id
}
