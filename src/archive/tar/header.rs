//! The block before a member: POSIX.1-2024, `pax`, "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format".

use crate::archive::Kind;

/// Everything in an archive begins at a multiple of this, in bytes.
pub const BLOCK: usize = 512;

/// A header, or a block of zeros.
pub type Block = [u8; BLOCK];

/// Why a sparse file is refused: its bytes are a map and what is not a hole.
pub const SPARSE: &str = "a sparse file";

/// What a header says, but for the name, which another may have said before it.
pub struct Header {
    /// What it announces.
    pub role: Role,
    /// How many bytes follow it, in bytes.
    pub size: u64,
    /// Whether the size speaks of bytes in the archive.
    pub has_bytes: bool,
    /// Whether blocks with the rest of a sparse file's map come before its bytes.
    pub map_continues: bool,
    /// Seconds since 1970.
    pub modified: Option<i64>,
}

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A member.
    Member(Kind),
    /// Records on the next member.
    Extended,
    /// Records on all members that follow.
    Global,
    /// The name of the next member.
    LongName,
    /// What the next member links to.
    LongLink,
}

impl Header {
    /// Reads a header whose checksum is right.
    ///
    /// # Errors
    /// In words, what makes no sense in it.
    pub fn of(block: &Block) -> Result<Header, &'static str> {
        let kind = block[156];
        let role = match kind {
            b'0' | 0 | b'7' => Role::Member(Kind::File),
            // Hard and symbolic links, devices, folders, pipes; GNU's lists of folders and labels of volumes; Solaris' access
            // lists and attributes.
            b'1'..=b'6' | b'D' | b'V' | b'A' | b'E' => Role::Member(Kind::Other),
            b'S' => Role::Member(Kind::Refused(SPARSE)),
            b'M' => Role::Member(Kind::Refused("the rest of a file whose first part is in another archive")),
            // Solaris wrote the first drafts of the standard under a letter of its own.
            b'x' | b'X' => Role::Extended,
            b'g' => Role::Global,
            b'L' => Role::LongName,
            b'K' => Role::LongLink,
            _ => Role::Member(Kind::Refused("of a kind that tar has no standard for")),
        };
        let has_bytes = !matches!(kind, b'1'..=b'6');
        let size = match number(&block[124..136]) {
            Some(size) => u64::try_from(size).map_err(|_| "a member's size is negative")?,
            None if !has_bytes => 0,
            None => return Err("a member's size is no number"),
        };
        Ok(Header {
            role,
            size,
            has_bytes,
            map_continues: kind == b'S' && block[482] != 0,
            // An empty field is no time; nor, to be useful, is the first second, which is what archivers write that leave it out.
            modified: number(&block[136..148]).filter(|seconds| *seconds != 0),
        })
    }
}

/// Whether the map of a sparse file goes on behind this block of it.
pub const fn map_continues_behind(block: &Block) -> bool {
    block[504] != 0
}

/// The name in the header itself.
pub fn name(block: &Block) -> Vec<u8> {
    let name = field_name(block);
    // Only where the magic is POSIX's is there the first part of a long name; GNU's has times there.
    if block[257..263] != *b"ustar\0" {
        return name.to_vec();
    }
    // star has times behind a shorter one.
    let end = if block[508..512] == *b"tar\0" { 476 } else { 500 };
    let prefix = text(&block[345..end]);
    if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
}

fn field_name(block: &Block) -> &[u8] {
    text(&block[..100])
}

/// A field to its NUL, which it lacks when it is full.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in two's complement behind a set bit (GNU, star). Nothing at all is 0, as archivers read it.
fn number(field: &[u8]) -> Option<i64> {
    match field {
        [first, rest @ ..] if first & 0x80 != 0 => {
            // The set bit is only a mark; the one below it is the sign.
            let first = i64::from((*first << 1).cast_signed() >> 1);
            rest.iter().try_fold(first, |number, byte| number.checked_mul(256)?.checked_add(i64::from(*byte)))
        }
        _ => {
            let digits = text(field).trim_ascii();
            digits.iter().try_fold(0i64, |number, digit| match digit {
                b'0'..=b'7' => number.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
                _ => None,
            })
        }
    }
}

/// Whether the header's checksum is that of its bytes, in which the checksum itself counts as spaces. Some old archivers added
/// the bytes up as signed.
pub fn checksum_is_right(block: &Block) -> bool {
    let Some(stored) = number(&block[148..156]) else { return false };
    let around = || block[..148].iter().chain(&block[156..]);
    let spaces = 8 * i64::from(b' ');
    stored == spaces + around().map(|byte| i64::from(*byte)).sum::<i64>()
        || stored == spaces + around().map(|byte| i64::from(byte.cast_signed())).sum::<i64>()
}

/// Whether a file with this head, of at least a block if it has that many, is a tar archive.
///
/// POSIX's and GNU's have a magic. The seventh edition's have none, so there the checksum must be right, and the fields must be
/// what an archiver writes.
#[must_use]
pub fn is_tar(head: &[u8]) -> bool {
    if head.get(257..262) == Some(b"ustar") {
        return true;
    }
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    let numbers = [100..108, 108..116, 116..124, 124..136, 136..148, 148..156];
    let digits = |field: &[u8]| !text(field).trim_ascii().is_empty() && number(field).is_some();
    // What GNU tar writes before the members of a volume has a time, a checksum and nothing else.
    if matches!(block[156], b'V' | b'M') {
        return digits(&block[136..148]) && digits(&block[148..156]) && checksum_is_right(block);
    }
    !field_name(block).is_empty()
        && numbers.into_iter().all(|field| block.get(field).is_some_and(digits))
        && matches!(block[156], 0 | b'0'..=b'7')
        && checksum_is_right(block)
}
