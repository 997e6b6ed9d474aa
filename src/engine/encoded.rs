//! Compressed files and archives: decoded, counted, and taken back where they cannot be believed.
//!
//! What a stream decodes to is counted as it comes, into counts of its own. If a checksum disowns part of it, these are dropped
//! and the file is read again, up to where everything was verified: damage is rare, and so the usual way costs nothing for it.

mod members;

use super::{
    Observer, OnDamaged, Silent, Worker,
    content::{Held, Input, Item, Place, is_fresh, no_end_of_zip},
    decoded::{Decode, Decoded, Ended, FromStart, Onward, Stop, Stored, Until, zeros_from},
    fate::{End, Fate, Sums},
    opening::reopened_if_stale,
    plan::estimate,
    relay::{InChunks, InPieces, relayed, relayed_parts},
    run::Run,
    timed::Timed,
};
use crate::{
    archive::{Tar, Zip},
    decode::{self, Codec, Decoder, Limits, pieces},
    failure::{Cause, Kept},
    read::read_ahead,
    stats::Phase,
    walk::LogFile,
};
use std::{
    fs::File,
    io::{BufReader, Read},
    os::unix::fs::FileExt,
};

/// A file's share of a run's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// The other threads have enough to do.
    Small,
    /// They would wait for it.
    Large,
}

impl Run<'_> {
    /// Counts what is encoded so. `read` is what was read of the input already.
    #[expect(clippy::too_many_arguments, reason = "what is counted, from where, and who counts it")]
    pub(super) fn encoded(
        &self,
        codec: Codec,
        item: Item<'_>,
        input: Input<'_>,
        read: Vec<u8>,
        inside: Place,
        worker: &mut Worker,
        held: &mut Held,
    ) -> Fate {
        let Input { source, len, file, observer } = input;
        let watch = self.watches.here();
        // Counts that may be taken back are kept apart.
        let before = std::mem::take(&mut worker.batch);
        let mark = (held.members.len(), held.whole);
        let mut work = Work { item, inside, worker, held, mark };
        let fate = match (codec, file) {
            (Codec::Tar, file) => {
                // Headers are small, and each would be a call of the system. What is appended later is not counted.
                let tar = Tar::new(BufReader::with_capacity(64 << 10, Onward::new(read, source, observer).take(len)));
                let mut tar = match file.map(|file| watch.time(Phase::Read, || zeros_from(file, len))) {
                    Some(Ok(zeros)) => tar.ending(zeros, len),
                    // What cannot be read will show.
                    Some(Err(_)) | None => tar,
                };
                self.members(Codec::Tar, &mut tar, &mut work)
            }
            (Codec::Zip, Some(file)) => {
                let fate = self.zip(file, len, &mut work);
                observer.counted(len);
                fate
            }
            (Codec::Zip, None) => Fate::failed(no_end_of_zip()),
            (Codec::Gzip, Some(file)) => self
                .gzip_in_memory(file, len, &read, observer, &mut work)
                .unwrap_or_else(|| self.file(codec, file, len, observer, &mut work)),
            (_, Some(file)) => self.file(codec, file, len, observer, &mut work),
            (_, None) => self.pipe(codec, Onward::new(read, source, &Silent), observer, &mut work),
        };
        let mut counted = std::mem::replace(&mut worker.batch, before);
        if is_fresh(&worker.batch) {
            std::mem::swap(&mut worker.batch, &mut counted);
        } else {
            watch.time(Phase::Merge, || worker.batch.absorb(&mut counted));
        }
        let stored = if len == u64::MAX { fate.stored } else { len };
        Fate { stored, ..fate }.within(codec.name())
    }

    /// Counts a zip archive; once more from its beginning if its server does not know it any more.
    fn zip(&self, file: &File, len: u64, work: &mut Work<'_, '_>) -> Fate {
        let watch = self.watches.here();
        let once = |file: &File, work: &mut Work<'_, '_>| {
            let zip = Zip::new(Timed::reading(Stored::new(file, len), watch));
            self.members(Codec::Zip, &mut Timed::decoding(zip, watch), work)
        };
        let fate = once(file, work);
        match reopened_if_stale(&fate, work.item.file) {
            Some(again) => {
                work.take_back();
                once(&again, work)
            }
            None => fate,
        }
    }

    /// Counts a gzip file that fits into memory; `None` if it does not, or if there is something to say about it. `read` is what was read
    /// of it already: of a small one all.
    fn gzip_in_memory(
        &self,
        file: &File,
        len: u64,
        read: &[u8],
        observer: &dyn Observer,
        work: &mut Work<'_, '_>,
    ) -> Option<Fate> {
        let room = self.whole.most().min(usize::try_from(self.settings.decoding.max_decoded.0).unwrap_or(usize::MAX));
        let stored_len = usize::try_from(len).ok().filter(|len| *len <= room / 4)?;
        let watch = self.watches.here();
        // Who has to wait has a disk or a server at work meanwhile.
        let mut lent = watch.time(Phase::Lock, || self.whole.lend(|| read_ahead(file)));
        let memory = lent.memory();
        let rest = memory.stored.get_mut(..stored_len)?;
        let stored = watch.time(Phase::Read, || match read.len() == stored_len {
            true => Some(read),
            false => file.read_exact_at(rest, 0).ok().map(|()| &*rest),
        })?;
        let text_len = watch.time(Phase::Decode, || memory.gzip.decode(stored, &mut memory.text, room))?;
        let text = memory.text.get(..text_len)?;
        watch.add(Phase::Decode, text_len as u64);
        let fate = self.text(work.item, text, work.inside, work.worker, work.held);
        observer.counted(len);
        Some(fate)
    }

    /// Counts a compressed file; once more from its beginning if its server does not know it any more.
    fn file(&self, codec: Codec, file: &File, len: u64, observer: &dyn Observer, work: &mut Work<'_, '_>) -> Fate {
        let fate = self.file_once(codec, file, len, observer, work);
        match reopened_if_stale(&fate, work.item.file) {
            Some(again) => {
                work.take_back();
                self.file_once(codec, &again, len, &Silent, work)
            }
            None => fate,
        }
    }

    fn file_once(&self, codec: Codec, file: &File, len: u64, observer: &dyn Observer, work: &mut Work<'_, '_>) -> Fate {
        let watch = self.watches.here();
        let zeros = match watch.time(Phase::Read, || zeros_from(file, len)) {
            Ok(zeros) => zeros,
            Err(error) => return Fate::failed(Cause::of("read", error)),
        };
        let most = Until::End(self.settings.decoding.max_decoded.0);
        let from_start = FromStart { codec, file, len, zeros };
        let in_pieces = self.in_pieces(codec, file, len, observer, work);
        let (mut fate, ended) = match in_pieces {
            Some(whole @ (_, Ended { stop: None, .. })) => whole,
            other => {
                // What is wrong with a piece, only the decoder of the whole file can say.
                let observer = if other.is_some() { &Silent } else { observer };
                work.take_back();
                match self.share(work.item.file) {
                    Share::Large => relayed(&from_start, self.watches, |decoder| self.pass(decoder, most, observer, work)),
                    Share::Small => self.pass(&mut from_start.decoder(watch), most, observer, work),
                }
            }
        };
        observer.passed_over(len.saturating_sub(ended.consumed));
        if file.metadata().is_ok_and(|now| now.len() < len) {
            let to = file.metadata().map_or(0, |now| now.len());
            return Fate { end: End::Failed(Cause::Shrank { from: len, to }), ..fate };
        }
        let Some(stop) = ended.stop else {
            fate.remark = ended.remark.map(|remark| remark.to_string()).or(fate.remark);
            return fate;
        };
        let believed = match &stop {
            Stop::Fault(decode::Fault::Damaged { damage, .. }) => damage.keeps_unverified(),
            Stop::Fault(decode::Fault::Limit { .. } | decode::Fault::Unsupported(_)) => false,
            Stop::Fault(decode::Fault::Io(_)) | Stop::Limit | Stop::Byte => true,
        };
        let dropped =
            self.settings.decoding.on_damaged == OnDamaged::Drop && matches!(&stop, Stop::Fault(fault) if is_damage(fault));
        if !believed || dropped {
            work.take_back();
        }
        if !believed && !dropped && ended.verified > 0 {
            (fate, _) = self.pass(&mut from_start.decoder(watch), Until::Byte(ended.verified), &Silent, work);
        }
        let lines = Sums::of(&mut work.worker.batch).lines();
        let kept = match () {
            () if dropped => Kept::Dropped,
            () if believed => Kept::Before(lines),
            () if lines > 0 => Kept::Verified(lines),
            () => Kept::Nothing,
        };
        let cause = self.cause(codec, stop, kept);
        work.tell_cut_members(&cause, believed);
        Fate { end: End::Failed(cause), ..fate }
    }

    /// Counts a compressed file whose pieces can be decoded apart, if there are threads that would be idle otherwise.
    fn in_pieces(
        &self,
        codec: Codec,
        file: &File,
        len: u64,
        observer: &dyn Observer,
        work: &mut Work<'_, '_>,
    ) -> Option<(Fate, Ended)> {
        if self.share(work.item.file) == Share::Small {
            return None;
        }
        let (watch, sharing) = (self.watches.here(), self.settings.decoding.sharing);
        let threads = self.settings.threads.number();
        let most = Until::End(self.settings.decoding.max_decoded.0);
        // The blocks of bzip2 are looked for in all of the file.
        if let Some(pieces) = watch.time(Phase::Decode, || pieces(codec, &Timed::reading(file, watch), len, sharing.piece)) {
            let parts = InPieces { pieces: &pieces, file };
            return Some(relayed_parts(&parts, threads, self.watches, |decoder| self.pass(decoder, most, observer, work)));
        }
        if codec != Codec::Gzip || estimate(work.item.file).saturating_mul(threads as u64) <= self.work {
            return None;
        }
        // Of one file at a time, for the memory that it takes: another that is as large has a thread of its own.
        let Ok(_alone) = self.in_chunks.try_lock() else { return None };
        let parts = watch.time(Phase::Decode, || InChunks::of(file, len, sharing.piece, threads, watch))?;
        let threads = threads.min(parts.threads());
        Some(relayed_parts(&parts, threads, self.watches, |decoder| self.pass(decoder, most, observer, work)))
    }

    /// Whether so much of the run's work is in this file that other threads would wait for it.
    fn share(&self, file: &LogFile) -> Share {
        let (threads, work) = (self.settings.threads.number() as u64, estimate(file));
        let large = self.settings.decoding.sharing.large;
        if threads > 1 && work >= large && work.saturating_mul(2 * threads) > self.work { Share::Large } else { Share::Small }
    }

    /// Counts a compressed stream that cannot be read again.
    fn pipe(&self, codec: Codec, source: impl Read, observer: &dyn Observer, work: &mut Work<'_, '_>) -> Fate {
        let decoder = Decoder::new(codec, source, u64::MAX, Limits::default());
        let mut decoder = Timed::decoding(decoder, self.watches.here());
        let (mut fate, ended) = self.pass(&mut decoder, Until::End(self.settings.decoding.max_decoded.0), observer, work);
        fate.stored = ended.consumed;
        let Some(stop) = ended.stop else {
            fate.remark = ended.remark.map(|remark| remark.to_string()).or(fate.remark);
            return fate;
        };
        let lines = Sums::of(&mut work.worker.batch).lines();
        let kept = match &stop {
            Stop::Fault(fault) if is_damage(fault) && self.settings.decoding.on_damaged == OnDamaged::Drop => Kept::Dropped,
            Stop::Fault(decode::Fault::Damaged { damage, .. }) if !damage.keeps_unverified() => Kept::Unrepeatable,
            _ => Kept::Before(lines),
        };
        if matches!(kept, Kept::Dropped | Kept::Unrepeatable) {
            work.take_back();
        }
        let cause = self.cause(codec, stop, kept);
        work.tell_cut_members(&cause, true);
        Fate { end: End::Failed(cause), ..fate }
    }

    /// Decodes once, and counts what comes.
    fn pass(&self, decoder: &mut dyn Decode, until: Until, observer: &dyn Observer, work: &mut Work<'_, '_>) -> (Fate, Ended) {
        let mut decoded = Decoded::new(decoder, until, observer);
        let input = Input { source: &mut decoded, len: u64::MAX, file: None, observer: &Silent };
        let fate = self.content(work.item, input, work.inside, work.worker, work.held);
        (fate, decoded.end())
    }

    /// Why a stream was not decoded to its end.
    fn cause(&self, codec: Codec, stop: Stop, kept: Kept) -> Cause {
        let name = codec.name();
        match stop {
            Stop::Fault(decode::Fault::Io(error)) => Cause::of("read", error),
            // It says itself what data it is.
            Stop::Fault(decode::Fault::Unsupported(what)) => Cause::Unsupported(what.into_owned()),
            Stop::Fault(fault @ decode::Fault::Limit { .. }) => {
                // zstd's own tool has the same limit, until it is told otherwise.
                let long = if codec == Codec::Zstd { " --long=31" } else { "" };
                Cause::Limit(format!("{name} data, {fault}; decode it first: {}{long} FILE | logtally -", codec.decoder()))
            }
            Stop::Fault(decode::Fault::Damaged { offset, damage }) => {
                let fault = decode::Fault::Damaged { offset, damage }.to_string();
                Cause::Damaged { codec: name, offset, fault, kept }
            }
            Stop::Limit | Stop::Byte => self.past_limit(kept),
        }
    }

    fn past_limit(&self, kept: Kept) -> Cause {
        let most = self.settings.decoding.max_decoded.0;
        Cause::Limit(format!("it decodes to more than {most} bytes; {kept}; --max-decoded allows more"))
    }
}

/// What is in work, and who works on it.
struct Work<'w, 'i> {
    item: Item<'i>,
    inside: Place,
    worker: &'w mut Worker,
    held: &'w mut Held,
    /// What was held before the work began.
    mark: (usize, u64),
}

impl Work<'_, '_> {
    /// Takes back all that was counted.
    fn take_back(&mut self) {
        self.worker.batch.clear();
        self.held.members.truncate(self.mark.0);
        self.held.whole = self.mark.1;
    }
}

fn is_damage(fault: &decode::Fault) -> bool {
    matches!(fault, decode::Fault::Damaged { .. })
}
