//! Members of archives: each is counted as a file of its own, and says itself what became of it where its archive breaks off.

use super::Work;
use crate::{
    archive::{self, Kind, Members},
    classify::FileNames,
    decode::Codec,
    engine::{
        Detail, Silent,
        bounded::{Bounded, PastLimit},
        content::{Input, Item, Member},
        decoded::Stopped,
        fate::{End, Fate, Lines, Sums},
        run::Run,
    },
    failure::{Cause, Kept},
    parse::time::Moment,
    read::Pipe,
    stats::Phase,
    tally::Combiner,
    walk::{Identity, LogFile},
};
use std::{ffi::OsString, os::unix::ffi::OsStringExt};

impl Run<'_> {
    /// Counts the members of an archive.
    pub(super) fn members(&self, codec: Codec, members: &mut dyn Members, work: &mut Work<'_, '_>) -> Fate {
        let mut fate = Fate { lines: Lines::Members, ..Fate::new(End::Whole) };
        loop {
            if self.is_over() {
                return fate;
            }
            match members.next_member() {
                Ok(None) => return fate,
                Ok(Some(member)) => self.member(codec, member, members, work),
                Err(fault) => {
                    fate.end = End::Failed(archive_cause(codec, fault, Kept::Before(0)));
                    return fate;
                }
            }
        }
    }

    /// Counts a member of an archive.
    fn member(&self, codec: Codec, member: archive::Member, mut bytes: &mut dyn Members, work: &mut Work<'_, '_>) {
        let path = member_path(work.item.file, &member.name).into();
        let file = LogFile { path, len: 0, identity: Identity::default() };
        let plan = &self.settings.plan;
        let mut fate = match member.kind {
            Kind::Other => return,
            Kind::Refused(what) => {
                let what = format!("{what} in a {} archive, which is not read; unpack it first", codec.name());
                Fate::failed(Cause::Unsupported(what))
            }
            Kind::File => {
                let names = FileNames::new(file.path_bytes(), plan, || Moment::new(member.modified?, 0));
                let before = std::mem::take(&mut work.worker.batch);
                // What zip itself compresses is decoded within the archive, so its limit is one of members.
                let most = if codec == Codec::Zip { self.settings.decoding.max_decoded.0 } else { u64::MAX };
                let mut source = Pipe(Bounded::new(&mut bytes, most));
                let input = Input { source: &mut source, len: u64::MAX, file: None, observer: &Silent };
                let fate = self.content(Item { file: &file, names: &names }, input, work.inside, work.worker, work.held);
                let mut counted = std::mem::replace(&mut work.worker.batch, before);
                self.keep_member(codec, file, fate, &mut counted, work);
                return;
            }
        };
        fate = fate.within(codec.name());
        work.held.members.push(Member { file, fate, sums: Sums::default() });
    }

    fn keep_member(&self, codec: Codec, file: LogFile, fate: Fate, counted: &mut Combiner, work: &mut Work<'_, '_>) {
        // What the archive says of its member is truer than that it could not be read.
        let disowned = match &fate.end {
            End::Failed(Cause::Io { error, .. }) => {
                let fault = error.get_ref().and_then(|error| error.downcast_ref::<archive::Fault>());
                matches!(fault, Some(archive::Fault::Invalid { .. }))
            }
            _ => false,
        };
        let mut fate = fate;
        if let End::Failed(Cause::Io { error, .. }) = fate.end {
            let lines = Sums::of(counted).lines();
            let kept = if disowned { Kept::Nothing } else { Kept::Before(lines) };
            fate.end = End::Failed(match error.get_ref().is_some_and(|error| error.is::<PastLimit>()) {
                true => self.past_limit(kept),
                false => archive_cause(codec, archive::Fault::from(error), kept),
            });
        }
        let sums = if disowned { Sums::default() } else { Sums::of(counted) };
        if !disowned {
            self.watches.here().time(Phase::Merge, || work.worker.batch.absorb(counted));
            self.watch_groups_of(&mut work.worker.batch);
        }
        // What is stored is the archive, which has a row of its own.
        fate.stored = 0;
        let is_whole = matches!(fate.end, End::Whole) && fate.over.is_none();
        if is_whole && self.settings.detail == Detail::Faults && !sums.is_doubtful() {
            work.held.whole += 1;
        } else {
            let fate = fate.within(codec.name());
            work.held.members.push(Member { file, fate, sums });
        }
    }
}

impl Work<'_, '_> {
    /// Tells of members that ended because what they are in could not be decoded further what is wrong with that.
    pub(super) fn tell_cut_members(&mut self, around: &Cause, believed: bool) {
        for Member { fate, sums, .. } in self.held.members.iter_mut().skip(self.mark.0) {
            let End::Failed(Cause::Io { error, .. }) = &fate.end else { continue };
            if !error.get_ref().is_some_and(|error| error.is::<Stopped>()) {
                continue;
            }
            let kept = match sums.lines() {
                lines if believed => Kept::Before(lines),
                0 => Kept::Nothing,
                lines => Kept::Verified(lines),
            };
            let cause = match around {
                Cause::Damaged { codec, offset, fault, .. } => {
                    Cause::Damaged { codec, offset: *offset, fault: fault.clone(), kept }
                }
                Cause::Limit(_) => Cause::Limit(format!("the archive was not decoded to its end; {kept}")),
                _ => continue,
            };
            fate.end = End::Failed(cause);
        }
    }
}

fn archive_cause(codec: Codec, fault: archive::Fault, kept: Kept) -> Cause {
    let words = fault.to_string();
    match fault {
        archive::Fault::Cut { at } | archive::Fault::Invalid { at, .. } => {
            Cause::Damaged { codec: codec.name(), offset: at, fault: words, kept }
        }
        archive::Fault::Io(error) => Cause::of("read", error),
    }
}

/// `archive.tar.gz!/member`
fn member_path(archive: &LogFile, name: &[u8]) -> OsString {
    OsString::from_vec([archive.path_bytes(), b"!/", name].concat())
}
