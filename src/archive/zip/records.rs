//! The records of a zip archive, by PKWARE's "APPNOTE.TXT", sections 4.3 to 4.5, and Info-ZIP's `extrafld.txt` for the times.

use crate::archive::Kind;

/// Before each member.
pub const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// In the directory, for each member.
pub const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// Behind the directory.
pub const END: [u8; 4] = *b"PK\x05\x06";
/// Behind a member whose length was not known before; may be left out.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const END64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";

/// The fixed part of a record before a member, in bytes.
pub const LOCAL_LEN: usize = 30;
/// The fixed part of a record in the directory, in bytes.
pub const CENTRAL_LEN: usize = 46;
/// The fixed part of the record behind the directory, in bytes.
pub const END_LEN: usize = 22;
/// The record that says where [`end64`] is, right before the other, in bytes.
pub const LOCATOR64_LEN: usize = 20;
/// The fixed part of the directory's second end, in bytes.
pub const END64_LEN: usize = 56;

/// What is said of a member, in the directory or before its bytes.
#[derive(Debug)]
pub struct Entry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub checksum: u32,
    /// Its length as it is stored, in bytes.
    pub packed: u64,
    /// Its decoded length in bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: Option<i64>,
    /// Where the record before its bytes is; the directory alone says that.
    pub at: u64,
    /// Who made it and how it is to be a file; the directory alone says that.
    made_by: u16,
    attributes: u32,
}

/// Reads numbers off bytes, the lowest byte first.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// How long the record in the directory is that begins here, in bytes. `None` where there is none.
pub fn central_len(bytes: &[u8]) -> Option<usize> {
    let mut fields = Fields(bytes.strip_prefix(&CENTRAL)?);
    fields.bytes(24)?;
    Some(CENTRAL_LEN + usize::from(fields.u16()?) + usize::from(fields.u16()?) + usize::from(fields.u16()?))
}

/// The record in the directory that begins here, whole.
pub fn central(bytes: &[u8]) -> Option<Entry> {
    let mut fields = Fields(bytes.strip_prefix(&CENTRAL)?);
    let made_by = fields.u16()?;
    fields.u16()?;
    let mut entry = common(&mut fields)?;
    let (name, extra, _comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let _disk_and_internal = fields.u32()?;
    entry.made_by = made_by;
    entry.attributes = fields.u32()?;
    entry.at = u64::from(fields.u32()?);
    entry.name = fields.bytes(usize::from(name))?.to_vec();
    entry.read_extra(fields.bytes(usize::from(extra))?);
    Some(entry)
}

/// How long the record before a member's bytes is that begins here, in bytes.
pub fn local_len(bytes: &[u8]) -> Option<usize> {
    let mut fields = Fields(bytes.strip_prefix(&LOCAL)?);
    fields.bytes(22)?;
    Some(LOCAL_LEN + usize::from(fields.u16()?) + usize::from(fields.u16()?))
}

/// The record before a member's bytes that begins here, whole.
pub fn local(bytes: &[u8]) -> Option<Entry> {
    let mut fields = Fields(bytes.strip_prefix(&LOCAL)?);
    fields.u16()?;
    let mut entry = common(&mut fields)?;
    let (name, extra) = (fields.u16()?, fields.u16()?);
    entry.name = fields.bytes(usize::from(name))?.to_vec();
    entry.read_extra(fields.bytes(usize::from(extra))?);
    Some(entry)
}

fn common(fields: &mut Fields<'_>) -> Option<Entry> {
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let (time, date) = (fields.u16()?, fields.u16()?);
    let (checksum, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    Some(Entry {
        name: Vec::new(),
        flags,
        method,
        checksum,
        packed: u64::from(packed),
        size: u64::from(size),
        modified: dos_time(date, time),
        at: 0,
        made_by: 0,
        attributes: 0,
    })
}

impl Entry {
    /// Takes in the extra fields that matter: long sizes, and times that have a zone.
    fn read_extra(&mut self, extra: &[u8]) {
        let mut fields = Fields(extra);
        while let (Some(id), Some(len)) = (fields.u16(), fields.u16()) {
            // A field that runs over the end is left out, as are those behind it: some archivers pad.
            let Some(field) = fields.bytes(usize::from(len)) else { return };
            let mut field = Fields(field);
            match id {
                // Only what did not fit in its own place is here, in this order.
                0x0001 => {
                    for number in [&mut self.size, &mut self.packed, &mut self.at] {
                        if *number == u64::from(u32::MAX) {
                            *number = field.u64().unwrap_or(*number);
                        }
                    }
                }
                // Flags first, of which the lowest says that this time is there.
                0x5455 => {
                    let there = field.array().is_some_and(|[flags]: [u8; 1]| flags & 1 == 1);
                    let seconds = field.u32().filter(|_| there).map(|seconds| i64::from(seconds.cast_signed()));
                    self.modified = seconds.or(self.modified);
                }
                // Windows': tenths of microseconds since 1601.
                0x000a => {
                    if let (Some(_), Some(1), Some(24)) = (field.u32(), field.u16(), field.u16()) {
                        let seconds = field.u64().and_then(|time| i64::try_from(time / 10_000_000).ok());
                        self.modified = seconds.map(|seconds| seconds - 11_644_473_600).or(self.modified);
                    }
                }
                _ => {}
            }
        }
    }

    /// What it is, told from all that is said of it.
    pub fn kind(&self) -> Kind {
        // Unix puts the mode there, of which the highest bits say what it is.
        let mode = if self.made_by >> 8 == 3 { self.attributes >> 28 } else { 0 };
        // What has bytes is worth counting, whatever it says that it is: zip itself stores what it reads from a pipe as a pipe. But for
        // a symbolic link, whose bytes are where it leads.
        let has_bytes = self.size > 0 && mode != 10;
        let is_file = matches!(mode, 0 | 8) && !self.name.ends_with(b"/") && self.attributes & 0x10 == 0;
        match self.method {
            _ if !is_file && !has_bytes => Kind::Other,
            _ if self.flags & 1 != 0 => Kind::Refused("encrypted"),
            0 | 8 => Kind::File,
            9 => Kind::Refused("compressed with deflate64, which is not decoded here"),
            12 => Kind::Refused("compressed with bzip2 within a zip archive, which is not decoded here"),
            14 => Kind::Refused("compressed with lzma, which is not decoded here"),
            93 => Kind::Refused("compressed with zstd within a zip archive, which is not decoded here"),
            95 => Kind::Refused("compressed with xz within a zip archive, which is not decoded here"),
            98 => Kind::Refused("compressed with ppmd, which is not decoded here"),
            _ => Kind::Refused("compressed in a way that is not known here"),
        }
    }

    /// Whether its lengths and checksum stand behind its bytes.
    pub const fn has_descriptor(&self) -> bool {
        self.flags & 8 != 0
    }
}

/// The end of the directory, as it says itself.
pub struct End {
    pub disk: u32,
    pub entries: u64,
    pub size: u64,
    pub at: u64,
}

/// The record behind the directory that begins here, and how long the comment behind it is.
pub fn end(bytes: &[u8]) -> Option<(End, u16)> {
    let mut fields = Fields(bytes.strip_prefix(&END)?);
    let (disk, _directory_disk, _entries_here, entries) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    let (size, at, comment) = (fields.u32()?, fields.u32()?, fields.u16()?);
    // In an archive of the long form this number may be all ones too.
    let disk = if disk == u16::MAX { 0 } else { u32::from(disk) };
    Some((End { disk, entries: u64::from(entries), size: u64::from(size), at: u64::from(at) }, comment))
}

/// Where the long form of the record behind the directory is.
pub fn locator64(bytes: &[u8]) -> Option<u64> {
    let mut fields = Fields(bytes.strip_prefix(&LOCATOR64)?);
    fields.u32()?;
    fields.u64()
}

/// The long form of the record behind the directory that begins here.
pub fn end64(bytes: &[u8]) -> Option<End> {
    let mut fields = Fields(bytes.strip_prefix(&END64)?);
    fields.bytes(12)?;
    let (disk, _directory_disk, _entries_here) = (fields.u32()?, fields.u32()?, fields.u64()?);
    Some(End { disk, entries: fields.u64()?, size: fields.u64()?, at: fields.u64()? })
}

/// What stands behind a member's bytes, if these are the right lengths: the checksum, and how long the record is. It has four forms
/// that nothing else tells apart.
pub fn descriptor(bytes: &[u8], packed: u64, size: u64) -> Option<(u32, usize)> {
    let forms = [bytes.strip_prefix(&DESCRIPTOR).map(|rest| (rest, 4)), Some((bytes, 0))];
    forms.into_iter().flatten().find_map(|(rest, before)| {
        let short = || {
            let mut fields = Fields(rest);
            let found = (fields.u32()?, u64::from(fields.u32()?), u64::from(fields.u32()?));
            (found.1 == packed && found.2 == size).then_some((found.0, before + 12))
        };
        let long = || {
            let mut fields = Fields(rest);
            let found = (fields.u32()?, fields.u64()?, fields.u64()?);
            (found.1 == packed && found.2 == size).then_some((found.0, before + 20))
        };
        long().or_else(short)
    })
}

/// A time of MS-DOS, which has no zone and counts two seconds at a time: read as if it were UTC's.
fn dos_time(date: u16, time: u16) -> Option<i64> {
    let (year, month, day) = (i64::from(date >> 9) + 1980, i64::from(date >> 5 & 15), i64::from(date & 31));
    let (hour, minute, second) = (i64::from(time >> 11), i64::from(time >> 5 & 63), i64::from(time & 31) * 2);
    if !(1..=12).contains(&month) || day == 0 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years that begin in March have their leap day last.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_dos() {
        let of = |year: u16, month: u16, day: u16, hour: u16, minute: u16, second: u16| {
            dos_time(((year - 1980) << 9) | (month << 5) | day, (hour << 11) | (minute << 5) | (second / 2))
        };
        // By `date -u -d '...' +%s`.
        assert_eq!(of(1980, 1, 1, 0, 0, 0), Some(315_532_800));
        assert_eq!(of(2000, 2, 29, 23, 59, 58), Some(951_868_798));
        assert_eq!(of(2024, 1, 15, 14, 32, 24), Some(1_705_329_144));
        assert_eq!(of(2024, 12, 31, 12, 0, 0), Some(1_735_646_400));
        assert_eq!(of(2024, 0, 15, 0, 0, 0), None);
        assert_eq!(of(2024, 1, 0, 0, 0, 0), None);
        assert_eq!(dos_time(0, 0), None);
        assert_eq!(dos_time(u16::MAX, u16::MAX), None);
    }

    #[test]
    fn descriptors() {
        let short = [&7u32.to_le_bytes()[..], &3u32.to_le_bytes(), &5u32.to_le_bytes()].concat();
        let long = [&7u32.to_le_bytes()[..], &3u64.to_le_bytes(), &5u64.to_le_bytes()].concat();
        let signed = |record: &[u8]| [&DESCRIPTOR[..], record].concat();
        assert_eq!(descriptor(&short, 3, 5), Some((7, 12)));
        assert_eq!(descriptor(&signed(&short), 3, 5), Some((7, 16)));
        assert_eq!(descriptor(&long, 3, 5), Some((7, 20)));
        assert_eq!(descriptor(&signed(&long), 3, 5), Some((7, 24)));
        assert_eq!(descriptor(&short, 3, 6), None);
        assert_eq!(descriptor(&short[..11], 3, 5), None);
    }
}
