//! What a path holds, told from its beginning: what a run would read there, without the rest.

use super::{
    Silent,
    content::{Place, no_end_of_zip, unopened},
    decoded::{Decoded, Onward, Stop, Stored, Until},
    fate::PLAIN,
    run::modified,
};
use crate::{
    archive::{Kind, Members, Tar, Zip},
    decode::{Codec, Decoder, Limits},
    failure::Cause,
    parse::time::Moment,
    read::{self, Blocks, Content, Fetch, Pipe, Utf16, head_of},
    walk::LogFile,
};
use std::fs::File;

/// What a file holds.
#[derive(Debug)]
pub struct Peek {
    /// How it is stored; empty where that was not found out.
    pub codec: String,
    /// When it was written last.
    pub modified: Option<Moment>,
    /// Its beginning, or why there is none.
    pub held: Held,
}

/// The beginning of a file, or why there is none.
#[derive(Debug)]
pub enum Held {
    /// Its head (see [`head_of`]), in bytes that formats can read.
    Head(Vec<u8>),
    /// No bytes at all.
    Empty,
    /// No text.
    Binary,
    /// Nothing that can be read.
    Failed(Cause),
}

/// A hole of NULs before the text is looked through as far as this, in bytes: a run would go on, but who only wants to know what a
/// file is does not wait for a disk's worth of zeros.
const FARTHEST: u64 = 64 << 20;

/// Opens a file and reads its head. Of what is compressed that is decoded, of an archive it is the first member's. Standard input is
/// read no further than that.
#[must_use]
pub fn peek(file: &LogFile) -> Peek {
    if file.is_stdin() {
        let (codecs, held) = head(&mut Pipe(std::io::stdin().lock()), FARTHEST, None, Place::Stored);
        return Peek { codec: codecs.join("+"), modified: None, held };
    }
    match read::open(&file.path) {
        Ok(handle) => {
            let (opened, len) = (&handle.file, handle.len());
            // What the kernel makes up when it is read (`/proc`) has no length before.
            let known = if len == 0 { FARTHEST } else { len.min(FARTHEST) };
            let (codecs, held) = head(&mut &*opened, known, Some((opened, len)), Place::Stored);
            Peek { codec: codecs.join("+"), modified: modified(&handle.metadata), held }
        }
        Err(error) => Peek { codec: String::new(), modified: None, held: Held::Failed(Cause::of("open", error)) },
    }
}

/// The head of a source, and the codecs around it from the outside in. `file` is what the source is the whole of.
fn head(source: &mut dyn Fetch, len: u64, file: Option<(&File, u64)>, place: Place) -> (Vec<&'static str>, Held) {
    let mut buffer = Vec::new();
    let mut blocks = Blocks::new(source, len, &mut buffer);
    let head = head_of(blocks.prefix()).to_vec();
    let fault = blocks.take_fault();
    let (source, hole, read) = blocks.into_parts();
    match read::sniff(&head) {
        Content::Text if head.is_empty() && hole == 0 => match fault {
            Some(error) => (Vec::new(), Held::Failed(Cause::of("read", error))),
            None => (vec![PLAIN], Held::Empty),
        },
        Content::Text => (vec![PLAIN], Held::Head(head)),
        Content::Binary => (vec![PLAIN], Held::Binary),
        Content::Encoded(codec) => {
            let (mut codecs, held) = match place.inside(codec) {
                None => (Vec::new(), Held::Failed(unopened(place, codec))),
                Some(inside) => decoded_head(codec, Onward::new(read, source, &Silent), file, inside),
            };
            codecs.retain(|inner| *inner != PLAIN);
            codecs.insert(0, codec.name());
            (codecs, held)
        }
        Content::Utf16(order) => {
            let mut units = Vec::new();
            let text = Utf16::new(source, len, order, hole, &read, &mut units).prefix();
            (vec!["utf-16"], Held::Head(head_of(&text).to_vec()))
        }
    }
}

fn decoded_head(codec: Codec, source: Onward<'_>, file: Option<(&File, u64)>, inside: Place) -> (Vec<&'static str>, Held) {
    match (codec, file) {
        (Codec::Tar, _) => first_member(&mut Tar::new(source), inside),
        (Codec::Zip, Some((file, len))) => first_member(&mut Zip::new(Stored::new(file, len)), inside),
        (Codec::Zip, None) => (Vec::new(), Held::Failed(no_end_of_zip())),
        _ => {
            let mut decoder = Decoder::new(codec, source, u64::MAX, Limits::default());
            let mut decoded = Decoded::new(&mut decoder, Until::End(FARTHEST), &Silent);
            let (codecs, held) = head(&mut decoded, u64::MAX, None, inside);
            match (held, decoded.end().stop) {
                // Nothing can be had of it.
                (Held::Failed(Cause::Io { .. }), Some(Stop::Fault(fault))) => {
                    (codecs, Held::Failed(Cause::Unsupported(format!("{} data, {fault}", codec.name()))))
                }
                (held, _) => (codecs, held),
            }
        }
    }
}

/// The head of an archive's first member that is a file.
fn first_member(members: &mut dyn Members, inside: Place) -> (Vec<&'static str>, Held) {
    loop {
        match members.next_member() {
            Ok(Some(member)) if member.kind == Kind::File => return head(&mut Pipe(members), u64::MAX, None, inside),
            Ok(Some(_)) => {}
            Ok(None) => return (Vec::new(), Held::Empty),
            Err(fault) => return (Vec::new(), Held::Failed(Cause::Unsupported(fault.to_string()))),
        }
    }
}
