//! Decoding ahead of counting: threads of their own decode a large file, whole or in pieces, and one counts what they hand on.
//!
//! Counting is several times as fast as any codec, so one counter keeps up with a few decoders; and as it gets the decoded bytes in
//! their order, it counts them as if it decoded them itself.

use super::decoded::Decode;
use crate::decode::{Decoder, Fault, Limits, Piece, Remark};
use std::{
    fs::File,
    io::Read,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

/// Decoded bytes are handed on so many at a time: few enough to be in the processor's shared cache when they are counted.
const HANDED: usize = 256 << 10;

/// So many decoded bytes may wait to be counted, in all.
const WAITING: usize = 24 << 20;

/// What a decoder hands on.
enum Handed {
    /// Decoded bytes, how many, and whether all until here is verified; and how many stored bytes were consumed.
    Bytes { bytes: Vec<u8>, len: usize, is_verified: bool, consumed: u64 },
    /// The end of what it decodes.
    End(Result<Option<Remark>, Fault>),
}

/// Decoded bytes that come from other threads, in order.
pub(super) struct Relay<'s> {
    /// One for each piece that is still to come, the first first.
    pieces: std::vec::IntoIter<(Receiver<Handed>, Option<u64>)>,
    piece: Option<(Receiver<Handed>, Option<u64>)>,
    spent: &'s Mutex<Vec<Vec<u8>>>,
    bytes: Vec<u8>,
    given: usize,
    len: usize,
    /// Whether what was handed on last is verified to its end.
    is_verified: bool,
    consumed: u64,
    remark: Option<Remark>,
}

/// Counts what `decoder` decodes while it goes on decoding.
pub(super) fn relayed<R: Read + Send, T>(decoder: Decoder<R>, count: impl FnOnce(&mut dyn Decode) -> T) -> T
where
    Decoder<R>: Send,
{
    let (spent, decoder) = (Mutex::default(), Mutex::new(Some(decoder)));
    thread::scope(|scope| {
        // Two buffers at work, and two for an uneven pace.
        let (sender, receiver) = sync_channel(4);
        let (spent, decoder) = (&spent, &decoder);
        let take = move || decoder.lock().unwrap_or_else(PoisonError::into_inner).take();
        let work = move || take().map_or((), |decoder| hand_on(decoder, &sender, spent));
        match thread::Builder::new().name("decoder".to_owned()).spawn_scoped(scope, work) {
            Ok(_) => count(&mut Relay::new(vec![(receiver, None)], spent)),
            // No thread can be had: then one after the other.
            Err(error) => match take() {
                Some(mut decoder) => count(&mut decoder),
                None => count(&mut Broken(Some(error))),
            },
        }
    })
}

/// Counts what the pieces of a file decode to, which so many threads do.
pub(super) fn relayed_pieces<T>(pieces: &[Piece], file: &File, threads: usize, count: impl FnOnce(&mut dyn Decode) -> T) -> T {
    let spent = Mutex::default();
    let next = AtomicUsize::new(0);
    // Those in work and those that wait for their turn.
    let waiting = (WAITING / HANDED / threads.max(1)).max(2);
    thread::scope(|scope| {
        let (senders, receivers): (Vec<_>, Vec<_>) = pieces
            .iter()
            .map(|piece| {
                let (sender, receiver) = sync_channel(waiting);
                (Mutex::new(Some(sender)), (receiver, Some(piece.covers().end)))
            })
            .unzip();
        let (senders, spent, next) = (std::sync::Arc::new(senders), &spent, &next);
        for _ in 0..threads.min(pieces.len()) {
            let senders = std::sync::Arc::clone(&senders);
            let work = move || {
                while let Some((piece, sender)) = take(pieces, &senders, next) {
                    hand_on(piece.decoder(file, Limits::default()), &sender, spent);
                }
            };
            if let Err(error) = thread::Builder::new().name("decoder".to_owned()).spawn_scoped(scope, work)
                && next.load(Ordering::Relaxed) == 0
            {
                // With one started they all come in the end.
                return count(&mut Broken(Some(error)));
            }
        }
        drop(senders);
        count(&mut Relay::new(receivers, spent))
    })
}

/// The next piece in order, and whom to hand it to.
fn take<'p>(
    pieces: &'p [Piece],
    senders: &[Mutex<Option<SyncSender<Handed>>>],
    next: &AtomicUsize,
) -> Option<(&'p Piece, SyncSender<Handed>)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    let sender = senders.get(at)?.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    Some((pieces.get(at)?, sender))
}

/// Decodes to the end, or until nobody listens.
fn hand_on<R: Read>(mut decoder: Decoder<R>, sender: &SyncSender<Handed>, spent: &Mutex<Vec<Vec<u8>>>) {
    loop {
        let mut bytes = spent.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(|| vec![0; HANDED]);
        let handed = match decoder.read(&mut bytes) {
            Ok(0) => Handed::End(Ok(decoder.remark())),
            Ok(len) => Handed::Bytes { bytes, len, is_verified: decoder.is_verified(), consumed: decoder.consumed() },
            Err(fault) => Handed::End(Err(fault)),
        };
        let over = matches!(handed, Handed::End(_));
        if sender.send(handed).is_err() || over {
            return;
        }
    }
}

impl<'s> Relay<'s> {
    fn new(pieces: Vec<(Receiver<Handed>, Option<u64>)>, spent: &'s Mutex<Vec<Vec<u8>>>) -> Relay<'s> {
        let mut pieces = pieces.into_iter();
        let piece = pieces.next();
        Relay { pieces, piece, spent, bytes: Vec::new(), given: 0, len: 0, is_verified: true, consumed: 0, remark: None }
    }

    /// Waits for more; false at the end.
    fn next(&mut self) -> Result<bool, Fault> {
        if !self.bytes.is_empty() {
            self.spent.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.bytes));
        }
        (self.given, self.len) = (0, 0);
        while let Some((receiver, end)) = &self.piece {
            match receiver.recv() {
                Ok(Handed::Bytes { bytes, len, is_verified, consumed }) => {
                    (self.bytes, self.len, self.is_verified) = (bytes, len, is_verified);
                    if end.is_none() {
                        self.consumed = consumed;
                    }
                    return Ok(true);
                }
                Ok(Handed::End(Ok(remark))) => {
                    self.is_verified = true;
                    self.remark = remark.or(self.remark.take());
                    self.consumed = end.unwrap_or(self.consumed);
                    self.piece = self.pieces.next();
                }
                Ok(Handed::End(Err(fault))) => return Err(fault),
                // A decoder that panicked: nothing is known of the rest.
                Err(_) => return Err(Fault::Io(std::io::Error::other("its decoder failed"))),
            }
        }
        Ok(false)
    }
}

impl Decode for Relay<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if self.given == self.len && !self.next()? {
            return Ok(0);
        }
        let rest = self.bytes.get(self.given..self.len).unwrap_or_default();
        let len = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        self.given += len;
        Ok(len)
    }

    fn is_verified(&self) -> bool {
        self.is_verified && self.given == self.len
    }

    fn consumed(&self) -> u64 {
        self.consumed
    }

    fn remark(&self) -> Option<Remark> {
        self.remark.clone()
    }
}

/// What could not be begun.
struct Broken(Option<std::io::Error>);

impl Decode for Broken {
    fn read(&mut self, _out: &mut [u8]) -> Result<usize, Fault> {
        Err(Fault::Io(self.0.take().unwrap_or_else(|| std::io::Error::other("no thread could be started to decode it"))))
    }

    fn is_verified(&self) -> bool {
        false
    }

    fn consumed(&self) -> u64 {
        0
    }

    fn remark(&self) -> Option<Remark> {
        None
    }
}
