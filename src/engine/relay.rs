//! Decoding ahead of counting: threads of their own decode a large file, whole or in parts, and one counts what they hand on.
//!
//! Counting is several times as fast as any codec, so one counter keeps up with a few decoders; and as it gets the decoded bytes in
//! their order, it counts them as if it decoded them itself.

mod chunks;
mod pieces;
#[cfg(test)]
mod tests;

pub(super) use chunks::InChunks;
pub(super) use pieces::InPieces;

use super::{
    decoded::{Decode, FromStart},
    watches::Watches,
};
use crate::{
    decode::{Fault, Remark},
    stats::{Phase, Role, Stopwatch},
};
use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvError, Sender, channel},
    },
    thread,
};

/// Decoded bytes are handed on so many at a time: few enough to be in the processor's shared cache when they are counted.
const HANDED: usize = 256 << 10;

/// So many buffers are enough for one decoder and one counter: two at work, and two for an uneven pace.
const AT_WORK: usize = 4;

/// What a decoder hands on.
enum Handed {
    /// Decoded bytes, how many, and whether all until here is verified; and how many stored bytes were consumed.
    Bytes { bytes: Vec<u8>, len: usize, is_verified: bool, consumed: u64 },
    /// The end of what it decodes, and whether all until here is verified.
    End(Result<(Option<Remark>, bool), Fault>),
}

/// What a file can be decoded in by several threads at once.
pub(super) trait Parts: Sync {
    /// What a thread keeps from part to part.
    type Memory;

    /// So many decoded bytes of all parts may be ahead of what is counted. A part that is longer keeps those behind it waiting.
    const AHEAD: usize;

    fn memory(&self) -> Self::Memory;

    /// Up to where each of them reaches in the stored file.
    fn ends(&self) -> Vec<u64>;

    /// Decodes the part of this number, and hands it on. They are begun in their order.
    fn decode(&self, part: usize, memory: &mut Self::Memory, watch: &Stopwatch, hand_on: &mut dyn FnMut(&mut dyn Decode));

    /// What they decode to, one behind the other, as far as it can be believed.
    fn judge<T>(&self, decode: &mut dyn Decode, count: impl FnOnce(&mut dyn Decode) -> T) -> T {
        count(decode)
    }
}

/// The buffers of a file's decoders: as many as may be ahead of the counter, and a few more for the part whose turn it is, so that those
/// behind it cannot keep it waiting.
struct Buffers {
    state: Mutex<State>,
    changed: Condvar,
    most: usize,
}

#[derive(Default)]
struct State {
    spent: Vec<Vec<u8>>,
    /// How many are with decoders and the counter, or on the way.
    out: usize,
    /// The part whose turn it is.
    front: usize,
    /// Whether nobody counts any more.
    closed: bool,
}

impl Buffers {
    fn new(most: usize) -> Buffers {
        Buffers { state: Mutex::default(), changed: Condvar::new(), most }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer for a part, once there may be one; `None` if nobody counts any more.
    fn take(&self, part: usize, watch: &Stopwatch) -> Option<Vec<u8>> {
        let waits = |state: &mut State| {
            let most = if part == state.front { self.most + AT_WORK } else { self.most };
            !state.closed && state.out >= most
        };
        let wait = || self.changed.wait_while(self.state(), waits).unwrap_or_else(PoisonError::into_inner);
        let mut state = watch.time(Phase::Wait, wait);
        if state.closed {
            return None;
        }
        state.out += 1;
        let spent = state.spent.pop();
        drop(state);
        Some(spent.unwrap_or_else(|| vec![0; HANDED]))
    }

    fn give_back(&self, bytes: Vec<u8>) {
        let mut state = self.state();
        state.spent.push(bytes);
        state.out = state.out.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }

    /// The turn of the next part.
    fn advance(&self) {
        self.state().front += 1;
        self.changed.notify_all();
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

/// Decoded bytes that come from other threads, in order.
pub(super) struct Relay<'s> {
    /// One for each part that is still to come, the first first.
    parts: std::vec::IntoIter<(Receiver<Handed>, Option<u64>)>,
    part: Option<(Receiver<Handed>, Option<u64>)>,
    buffers: &'s Buffers,
    /// Of the thread that counts.
    watch: &'s Stopwatch,
    bytes: Vec<u8>,
    given: usize,
    len: usize,
    /// Whether what was handed on last is verified to its end.
    is_verified: bool,
    consumed: u64,
    remark: Option<Remark>,
}

/// Counts what a file decodes to while another thread goes on decoding it.
pub(super) fn relayed<T>(file: &FromStart<'_>, watches: &Watches, count: impl FnOnce(&mut dyn Decode) -> T) -> T {
    let (buffers, here) = (Buffers::new(0), watches.here());
    let count = |decode: &mut dyn Decode| here.time(Phase::Other, || count(decode));
    // Whatever comes before and after, until the other thread has ended.
    let _waiting = here.enter(Phase::Wait);
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        let buffers = &buffers;
        let work = move || watches.helper(Role::Decoder, |watch| hand_on(&mut file.decoder(watch), 0, &sender, buffers, watch));
        match thread::Builder::new().name("decoder".to_owned()).spawn_scoped(scope, work) {
            Ok(_) => count(&mut Relay::new(vec![(receiver, None)], buffers, here)),
            // No thread can be had: then one after the other.
            Err(_) => count(&mut file.decoder(here)),
        }
    })
}

/// Counts what the parts of a file decode to, which so many threads do.
pub(super) fn relayed_parts<P: Parts, T>(
    parts: &P,
    threads: usize,
    watches: &Watches,
    count: impl FnOnce(&mut dyn Decode) -> T,
) -> T {
    let (buffers, here) = (Buffers::new(P::AHEAD / HANDED), watches.here());
    let next = AtomicUsize::new(0);
    let count = |decode: &mut dyn Decode| here.time(Phase::Other, || parts.judge(decode, count));
    let _waiting = here.enter(Phase::Wait);
    thread::scope(|scope| {
        let (senders, receivers): (Vec<_>, Vec<_>) = parts
            .ends()
            .into_iter()
            .map(|end| {
                let (sender, receiver) = channel();
                (Mutex::new(Some(sender)), (receiver, Some(end)))
            })
            .unzip();
        let (senders, buffers, next) = (std::sync::Arc::new(senders), &buffers, &next);
        for nth in 0..threads.min(senders.len()) {
            let senders = std::sync::Arc::clone(&senders);
            let decode = move |watch: &Stopwatch| {
                let mut memory = parts.memory();
                while let Some((part, sender)) = take(&senders, next) {
                    parts.decode(part, &mut memory, watch, &mut |decoder| hand_on(decoder, part, &sender, buffers, watch));
                }
            };
            let work = move || watches.helper(Role::Decoder, decode);
            if let Err(error) = thread::Builder::new().name("decoder".to_owned()).spawn_scoped(scope, work) {
                if nth == 0 {
                    return count(&mut Broken(Some(error)));
                }
                // With one started they all come in the end.
                break;
            }
        }
        drop(senders);
        count(&mut Relay::new(receivers, buffers, here))
    })
}

/// The next part in order, and whom to hand it to.
fn take(senders: &[Mutex<Option<Sender<Handed>>>], next: &AtomicUsize) -> Option<(usize, Sender<Handed>)> {
    let part = next.fetch_add(1, Ordering::Relaxed);
    let sender = senders.get(part)?.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    Some((part, sender))
}

/// Decodes a part to its end, or until nobody listens.
fn hand_on(decoder: &mut dyn Decode, part: usize, sender: &Sender<Handed>, buffers: &Buffers, watch: &Stopwatch) {
    while let Some(mut bytes) = buffers.take(part, watch) {
        let handed = match decoder.read(&mut bytes) {
            Ok(len) if len > 0 => Handed::Bytes { bytes, len, is_verified: decoder.is_verified(), consumed: decoder.consumed() },
            ended => {
                buffers.give_back(bytes);
                Handed::End(ended.map(|_| (decoder.remark(), decoder.is_verified())))
            }
        };
        let over = matches!(handed, Handed::End(_));
        if sender.send(handed).is_err() {
            buffers.close();
        }
        if over {
            return;
        }
    }
}

impl<'s> Relay<'s> {
    fn new(parts: Vec<(Receiver<Handed>, Option<u64>)>, buffers: &'s Buffers, watch: &'s Stopwatch) -> Relay<'s> {
        let mut parts = parts.into_iter();
        let part = parts.next();
        Relay { parts, part, buffers, watch, bytes: Vec::new(), given: 0, len: 0, is_verified: true, consumed: 0, remark: None }
    }

    /// Waits for more; false at the end.
    fn next(&mut self) -> Result<bool, Fault> {
        if !self.bytes.is_empty() {
            self.buffers.give_back(std::mem::take(&mut self.bytes));
        }
        (self.given, self.len) = (0, 0);
        while let Some((receiver, end)) = &self.part {
            match receive(receiver, self.watch) {
                Ok(Handed::Bytes { bytes, len, is_verified, consumed }) => {
                    (self.bytes, self.len, self.is_verified) = (bytes, len, is_verified);
                    if end.is_none() {
                        self.consumed = consumed;
                    }
                    return Ok(true);
                }
                Ok(Handed::End(Ok((remark, is_verified)))) => {
                    self.is_verified = is_verified;
                    self.remark = remark.or(self.remark.take());
                    self.consumed = end.unwrap_or(self.consumed);
                    self.part = self.parts.next();
                    self.buffers.advance();
                }
                Ok(Handed::End(Err(fault))) => return Err(fault),
                // A decoder that panicked: nothing is known of the rest.
                Err(_) => return Err(Fault::Io(std::io::Error::other("its decoder failed"))),
            }
        }
        Ok(false)
    }
}

/// What comes next, waited for if it is not there yet.
fn receive<T>(receiver: &Receiver<T>, watch: &Stopwatch) -> Result<T, RecvError> {
    match receiver.try_recv() {
        Ok(handed) => Ok(handed),
        Err(_) => watch.time(Phase::Wait, || receiver.recv()),
    }
}

impl Drop for Relay<'_> {
    /// Nobody decodes for nobody.
    fn drop(&mut self) {
        self.buffers.close();
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
