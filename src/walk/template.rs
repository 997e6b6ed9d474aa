//! The user's own rule for a path's service: a glob in which `{service}` marks the name.

use super::STDIN;
use regex::bytes::{Regex, RegexBuilder};
use std::{fmt, str::FromStr};

/// A glob over the end of a path in which `{service}` marks the name: what follows `path:` in `--service-from 'path:{service}/*/*.log*'`.
///
/// It begins at a component's border, or at the root if its first byte is `/`. `*` and `?` stay within a component, `**` does not,
/// `[a-z]` and `[!a-z]` are classes, `{a,b}` is a choice, `\` takes the next character as it is.
/// `{service}` stays within a component, takes at least one byte and as many as it can; each `*` takes as few as it must. So
/// `{service}-*.log` finds `nginx-access` in `nginx-access-web1.log`: the greedy reading never silently merges two services.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    regex: Regex,
}

/// As it was written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Template {
    /// Compiles a template. What is wrong with it is said in one line, with the way out.
    pub fn new(template: &str) -> Result<Self, TemplateError> {
        compile(template)
            .map(|regex| Template { text: template.to_owned(), regex })
            .map_err(|fault| TemplateError { template: template.to_owned(), fault })
    }

    /// The name that the template finds in a path. None where it does not fit, and for stdin, which has no path.
    pub fn service(&self, path: &[u8]) -> Option<Vec<u8>> {
        if path == STDIN.as_bytes() {
            return None;
        }
        Some(self.regex.captures(path)?.name("service")?.as_bytes().to_vec())
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(template: &str) -> Result<Self, TemplateError> {
        Template::new(template)
    }
}

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    template: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    NoService,
    TwoServices,
    UnknownMark(String),
    Unclosed(char),
    BackwardRange(char, char),
    NoFile,
    TooLarge,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path template {:?}: ", self.template)?;
        match &self.fault {
            Fault::NoService => write!(f, "no `{{service}}` in it; put it where the name stands, as in `{{service}}/*.log`"),
            Fault::TwoServices => write!(f, "`{{service}}` stands in it more than once; keep one and write `*` for the others"),
            Fault::UnknownMark(mark) => {
                let mark = mark.escape_debug();
                write!(f, "`{{{mark}}}` means nothing here; the one mark is `{{service}}`, and a plain brace is written `\\{{`")
            }
            Fault::Unclosed('[') => write!(f, "`[` is never closed; add the `]`, or write `\\[` for a plain bracket"),
            Fault::Unclosed(opener) => {
                write!(f, "`{opener}` is never closed; add the `}}`, or write `\\{opener}` for a plain brace")
            }
            Fault::BackwardRange(from, to) => write!(f, "the range `{from}-{to}` runs backwards; write `{to}-{from}`"),
            Fault::NoFile => write!(f, "it ends in `/`, but only files are counted; end it with the file's part, such as `/*`"),
            Fault::TooLarge => write!(f, "it is too large to compile; shorten it, `**` crosses any number of folders"),
        }
    }
}

impl std::error::Error for TemplateError {}

/// Any bytes, of one component and of several. Paths are bytes, so Unicode is off; each takes as little as it must.
const WITHIN: &str = "(?-u:[^/])*?";
const ACROSS: &str = "(?s-u:.)*?";

/// As long as the longest path that Linux opens. It also keeps the time to compile a template to milliseconds.
const LONGEST_TEMPLATE: usize = 4096;

fn compile(template: &str) -> Result<Regex, Fault> {
    if template.len() > LONGEST_TEMPLATE {
        return Err(Fault::TooLarge);
    }
    let template = template.strip_prefix("./").unwrap_or(template);
    let body = translate(template)?;
    if template.ends_with('/') {
        return Err(Fault::NoFile);
    }
    // The greedy lead puts the start at the border nearest the file, where `**` leaves several to choose from.
    let lead = if template.starts_with('/') { "" } else { "(?:(?s-u:.)*/)?" };
    RegexBuilder::new(&format!("^{lead}{body}$")).build().map_err(|_| Fault::TooLarge)
}

/// The glob as a regular expression.
fn translate(template: &str) -> Result<String, Fault> {
    let mut regex = String::new();
    let mut rest = template;
    let mut services = 0u32;
    let mut choices = 0u32;
    let mut at_border = true;
    while let Some(first) = rest.chars().next() {
        let was_at_border = std::mem::replace(&mut at_border, first == '/');
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = after;
        match first {
            '/' => regex.push_str("/+"),
            '?' => regex.push_str(&one_character("[^/]")),
            '*' => {
                rest = after.trim_start_matches('*');
                let several = rest.len() < after.len();
                match rest.strip_prefix('/') {
                    Some(below) if several && was_at_border => {
                        regex.push_str("(?:(?-u:[^/])+/+)*?");
                        rest = below;
                        at_border = true;
                    }
                    _ => regex.push_str(if several { ACROSS } else { WITHIN }),
                }
            }
            '[' => rest = class(after, &mut regex)?,
            '{' => {
                let end = after.find(['{', '}', ',']).ok_or(Fault::Unclosed('{'))?;
                let (mark, behind) = after.split_at_checked(end).unwrap_or((after, ""));
                match (mark, behind.strip_prefix('}')) {
                    ("service", Some(_)) if services > 0 => return Err(Fault::TwoServices),
                    ("service", Some(behind)) => {
                        services += 1;
                        regex.push_str("(?<service>(?-u:[^/])+)");
                        rest = behind;
                    }
                    (_, Some(_)) => return Err(Fault::UnknownMark(mark.to_owned())),
                    (_, None) => {
                        choices += 1;
                        regex.push_str("(?:");
                    }
                }
            }
            ',' if choices > 0 => regex.push('|'),
            '}' if choices > 0 => {
                choices -= 1;
                regex.push(')');
            }
            '\\' => {
                let escaped = after.chars().next().unwrap_or('\\');
                rest = after.get(escaped.len_utf8()..).unwrap_or_default();
                regex.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            _ => regex.push_str(&regex::escape(first.encode_utf8(&mut [0; 4]))),
        }
    }
    match (choices, services) {
        (1.., _) => Err(Fault::Unclosed('{')),
        (0, 0) => Err(Fault::NoService),
        (0, _) => Ok(regex),
    }
}

/// Translates a class from behind its `[`, and gives what follows its `]`.
fn class<'a>(text: &'a str, regex: &mut String) -> Result<&'a str, Fault> {
    let inner = text.strip_prefix(['!', '^']);
    let negated = inner.is_some();
    let inner = inner.unwrap_or(text);
    // A `]` in the first place is one of the members, as everywhere.
    let close = inner.char_indices().skip(1).find(|&(_, letter)| letter == ']').map(|(at, _)| at);
    let (members, rest) = close.and_then(|at| inner.split_at_checked(at)).ok_or(Fault::Unclosed('['))?;
    let mut set = String::from(if negated { "[^" } else { "[" });
    let mut letters = members.chars().peekable();
    while let Some(from) = letters.next() {
        push_member(&mut set, from);
        let mut ahead = letters.clone();
        if let (Some('-'), Some(to)) = (ahead.next(), ahead.next()) {
            if to < from {
                return Err(Fault::BackwardRange(from, to));
            }
            set.push('-');
            push_member(&mut set, to);
            letters = ahead;
        }
    }
    set.push(']');
    if members.is_ascii() {
        regex.push_str(&one_character(&set));
    } else {
        regex.push_str(&format!("[{set}&&[^/]]"));
    }
    Ok(rest.strip_prefix(']').unwrap_or(rest))
}

fn push_member(set: &mut String, letter: char) {
    if letter.is_ascii() && !letter.is_ascii_alphanumeric() {
        set.push_str(&format!("\\x{:02x}", u32::from(letter)));
    } else {
        set.push(letter);
    }
}

/// One character of the set, never a `/`: its first byte and such bytes as can only follow one. That counts `é` once in UTF-8 and
/// still passes bytes that are not UTF-8.
fn one_character(set: &str) -> String {
    format!(r"(?-u:[{set}&&[^/\x80-\xBF]][\x80-\xBF]*)")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEMPLATES: &[(&str, &str, Option<&str>)] = &[
        ("{service}/*/*.log*", "/srv/checkout/node1/app.log.gz", Some("checkout")),
        ("{service}/*/*.log*", "checkout/node1/app.log", Some("checkout")),
        ("{service}/*/*.log*", "node1/app.log", None),
        ("{service}/*/*.log*", "/srv/checkout/node1/app.txt", None),
        ("{service}.log", "/srv/a/cart.log", Some("cart")),
        ("{service}.log", "/srv/a/.log", None),
        ("{service}.log", "cart.log.1", None),
        ("{service}", "/srv/a/cart.log", Some("cart.log")),
        ("./{service}.log", "cart.log", Some("cart")),
        // The name takes what it can, the stars what they must.
        ("{service}-*.log", "nginx-access-web1.log", Some("nginx-access")),
        ("*-{service}.log", "web1-nginx-access.log", Some("nginx-access")),
        ("{service}-????????.log*", "nginx-access-20240115.log.gz", Some("nginx-access")),
        ("{service}*.log", "cart1.log", Some("cart1")),
        ("{service}-{web,app}[0-9].log", "nginx-access-app3.log", Some("nginx-access")),
        ("{service}-{web,app}[0-9].log", "nginx-access-db3.log", None),
        // It begins at a component's border, or at the root.
        ("s/{service}.log", "logs/cart.log", None),
        ("logs/{service}.log", "/srv/logs//cart.log", Some("cart")),
        ("/srv/{service}/*", "/srv/cart/app.log", Some("cart")),
        ("/srv/{service}/*", "/old/srv/cart/app.log", None),
        // Two stars cross folders, none or many; of several borders the one nearest the file.
        ("logs/{service}/**/*.log", "/srv/logs/cart/app.log", Some("cart")),
        ("logs/{service}/**/*.log", "/srv/logs/cart/2024/01/app.log", Some("cart")),
        ("logs/{service}/**", "/srv/logs/cart/2024/01/app.log", Some("cart")),
        ("/**/{service}/app.log", "/srv/logs/cart/app.log", Some("cart")),
        ("{service}/**/app.log", "/srv/logs/cart/app.log", Some("cart")),
        ("{service}/a**b.log", "cart/a1/2b.log", Some("cart")),
        // Classes; none of them matches `/`.
        ("{service}.[!a-y]og", "cart.zog", Some("cart")),
        ("{service}.[!a-y]og", "cart.log", None),
        ("{service}[]x].log", "cart].log", Some("cart")),
        ("{service}[a-]1", "cart-1", Some("cart")),
        ("{service}[!a]app.log", "cart/app.log", None),
        ("{service}[+-9]app.log", "cart/app.log", None),
        ("{service}.[\u{e4}\u{f6}]", "cart.\u{f6}", Some("cart")),
        // A question mark is one character, whatever its bytes.
        ("{service}.?", "cart.\u{f6}", Some("cart")),
        ("{service}.??", "cart.\u{f6}", None),
        // Plain characters, however they look.
        ("{service}+(1).log", "cart+(1).log", Some("cart")),
        ("\\{x\\}-{service}.log", "{x}-cart.log", Some("cart")),
        ("{service},x", "cart,x", Some("cart")),
        ("{service}.log", "cart.log\n", None),
        ("{service}", "-", None),
    ];

    #[test]
    fn a_template_finds_the_name() {
        for (template, path, expected) in TEMPLATES {
            let service = Template::new(template).unwrap().service(path.as_bytes());
            assert_eq!(service.as_deref(), expected.map(str::as_bytes), "{template} on {path}");
        }
        let latin = Template::new("{service}/?.log").unwrap();
        assert_eq!(latin.service(b"B\xfccher/\xe9.log").unwrap(), b"B\xfccher");
    }

    /// The template, and what its error must name.
    const WRONG: &[(&str, &[&str])] = &[
        ("", &["no `{service}`"]),
        ("*/*.log", &["no `{service}`", "\"*/*.log\"", "`{service}/*.log`"]),
        ("\\{service}", &["no `{service}`"]),
        ("{service}/{service}.log", &["more than once", "`*`"]),
        ("{servce}/*.log", &["`{servce}` means nothing", "`{service}`"]),
        ("{}/*.log", &["`{}` means nothing"]),
        ("{service", &["`{` is never closed", "`}`"]),
        ("{service}.{log,txt", &["`{` is never closed"]),
        ("{service}[a-z", &["`[` is never closed", "`]`"]),
        ("{service}[]", &["`[` is never closed"]),
        ("{service}[z-a]", &["`z-a` runs backwards", "`a-z`"]),
        ("{service}/", &["ends in `/`", "`/*`"]),
    ];

    #[test]
    fn a_wrong_template_says_what_and_how() {
        for (template, parts) in WRONG {
            let message = template.parse::<Template>().unwrap_err().to_string();
            for part in *parts {
                assert!(message.contains(part), "{template}: {message}");
            }
            assert!(!message.contains('\n'), "{message}");
        }
        for long in ["[a-z]".repeat(5_000), "{a,".repeat(800) + &"}".repeat(800)] {
            let message = Template::new(&format!("{{service}}/{long}")).unwrap_err().to_string();
            assert!(message.contains("too large"), "{message}");
        }
    }
}
