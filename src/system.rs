//! What the system has and only unsafe code can ask for: mapped files, memory in large pages, tables of open files for each thread. All
//! of the crate's unsafe code is here.
//!
//! A map's pages are had from the file when they are looked at. Where that cannot be, because the file has become shorter or its disk
//! fails, there is no call that could return an error: the system sends SIGBUS to the thread that looked, which ends the process. Here
//! a handler puts zeros there instead, and says so ([`Map::has_failed`]); then the file is counted again by reading, which can fail in
//! an orderly way.
#![allow(unsafe_code)]

mod table;

use libc::{c_int, c_void, sigaction, siginfo_t};
use memmap2::{Mmap, MmapMut, MmapOptions};
use rustix::process::{Resource, getrlimit};
use std::{
    cell::Cell,
    fs::{self, File},
    hash::RandomState,
    io, mem,
    ops::{Deref, DerefMut, Range},
    ptr::{self, NonNull},
    slice,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
};
use table::{Entry, Table};

/// A file mapped for reading.
#[derive(Debug)]
pub struct Map {
    // Fields go in this order: no longer entered, and then no longer mapped.
    entry: Entry<'static>,
    map: Mmap,
}

/// So many maps may there be at a time. Files are counted about in their order and unmapped when they are done, so there are hardly more
/// than threads; whoever comes when the table is full reads.
const MOST: usize = 1024;

static MAPS: Table<MOST> = Table::new();

impl Map {
    /// Maps the first `len` bytes of a file, which must not be empty.
    ///
    /// # Errors
    /// What the system says: a special file, no address space left, too many maps. The caller falls back to reading.
    pub fn new(file: &File, len: u64) -> io::Result<Map> {
        let page = catch_faults().ok_or(io::ErrorKind::Unsupported)?;
        if limit_of_addresses().is_some() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        // SAFETY: a map is sound as long as nobody changes the file under it, which nobody can promise of a
        // log. What follows if somebody does:
        // - bytes that change between two looks are not undefined for the hardware, but are for the compiler,
        //   which may load a byte twice and believe it loaded it once. All reading code here is safe code
        //   whose indexes are checked where they are used, so a changed byte can make a count wrong, and
        //   cannot be relied on for memory safety anywhere. This reasoning should be treated as suspect:
        //   it is about what compilers do, not about what they promise.
        // - a file that shrinks leaves pages that fault (SIGBUS). The handler below turns them to zeros, which
        //   is a change of bytes like any other.
        // The map is for reading only, so nothing here changes the file.
        let map = unsafe { MmapOptions::new().len(len).map(file)? };
        let start = map.as_ptr().addr();
        // What is behind the end in its last page is the map's too: it may be looked at by whoever reads many bytes at a time.
        let end = start + len.next_multiple_of(page);
        let entry = MAPS.enter(start..end).ok_or_else(|| io::Error::other("there are too many maps"))?;
        Ok(Map { entry, map })
    }

    /// The file's bytes; zeros from a page on that could not be had.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether a page could not be had: then this is the file's text no longer, and the file is to be read.
    ///
    /// That is told of pages that nobody has looked at as little as of the rest of the page that the file's new end is in, which
    /// reads as zeros without a fault: the file's length is to be asked for too.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.entry.is_marked()
    }

    /// Maps the pages of a range in one call, where the system can (Linux 5.14): a fault each 16 pages costs
    /// more than the count of what they hold. Only advice: a failure changes nothing but the speed.
    pub fn populate(&self, range: Range<usize>) {
        #[cfg(target_os = "linux")]
        {
            let start = range.start & !4095;
            let _ =
                self.map.advise_range(memmap2::Advice::PopulateRead, start, range.end.min(self.map.len()).saturating_sub(start));
        }
        #[cfg(not(target_os = "linux"))]
        let _ = range;
    }

    /// Gives the pages of a range back to the system, by the thread that is done with them: at the end all would be given back by one.
    /// Whoever looks there again has them read again.
    pub fn release(&self, range: Range<usize>) {
        #[cfg(target_os = "linux")]
        {
            let start = range.start & !4095;
            let len = range.end.min(self.map.len()).saturating_sub(start);
            // SAFETY: nobody writes to this map, so what a page holds after this is what it held before: the file's bytes, or the zeros
            // that stand for them. That is all that makes this advice unsafe.
            let _ = unsafe { self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, len) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = range;
    }
}

/// A large page, in bytes, as nearly all machines have them.
const LARGE: usize = 2 << 20;

/// Items side by side, as in a vector. Many of them lie in large pages (where the system has them: Linux, `transparent_hugepage` at
/// `madvise` or `always`): looks all over them then cost a miss of the caches, not one of the page tables too; and the memory comes in
/// five hundred times fewer faults, each of which takes as long as to count ten lines. The allocator gives none such from their beginning
/// on: what it writes before the first item has the system put small pages there.
#[derive(Debug)]
pub struct Room<T> {
    /// Where they are: in the memory of `owner`.
    items: NonNull<T>,
    len: usize,
    /// How many have room there.
    capacity: usize,
    #[expect(dead_code, reason = "it is kept so that there is the memory")]
    owner: Owner<T>,
}

/// Whose the memory of a room is. It is not looked at there while there is the room.
#[derive(Debug)]
#[expect(dead_code, reason = "it is kept so that there is the memory")]
enum Owner<T> {
    Heap(Vec<T>),
    Map(MmapMut),
}

// SAFETY: a room owns its items as a vector does; nobody else knows where they are.
unsafe impl<T: Send> Send for Room<T> {}
// SAFETY: who shares a room can only look at its items.
unsafe impl<T: Sync> Sync for Room<T> {}

impl<T: Copy> Room<T> {
    /// For so many items at least, with none in it. What is not used is no memory, but for the rest of a large page.
    #[must_use]
    pub fn with_capacity(number: usize) -> Room<T> {
        Room::of_large_pages(number).unwrap_or_else(|| Room::of_heap(number))
    }

    /// With so many times the same item in it.
    #[must_use]
    pub fn filled(number: usize, item: T) -> Room<T> {
        let mut room = Room::with_capacity(number);
        for at in 0..number {
            // SAFETY: there is room for so many.
            unsafe { room.items.add(at).write(item) };
        }
        room.len = number;
        room
    }

    fn of_heap(number: usize) -> Room<T> {
        let mut vec = Vec::with_capacity(number);
        let items = NonNull::new(vec.as_mut_ptr()).unwrap_or(NonNull::dangling());
        Room { items, len: 0, capacity: vec.capacity(), owner: Owner::Heap(vec) }
    }

    /// If so many fill a large page, and there are addresses for it. The part of a page that is not used is cleared all the same, and where
    /// the machine is a guest, its host may have to find that memory first, which takes longer still.
    fn of_large_pages(number: usize) -> Option<Room<T>> {
        // So a page's beginning is a place for an item.
        const { assert!(size_of::<T>() > 0 && align_of::<T>() <= 4096) };
        let bytes = number.checked_mul(size_of::<T>()).filter(|bytes| *bytes >= LARGE)?.checked_next_multiple_of(LARGE)?;
        // The system has what is some large pages long begin with one.
        let mut map = MmapMut::map_anon(bytes).ok()?;
        #[cfg(target_os = "linux")]
        // Only advice: a failure changes nothing but the speed.
        let _ = map.advise(memmap2::Advice::HugePage);
        let items = NonNull::new(map.as_mut_ptr())?.cast();
        Some(Room { items, len: 0, capacity: bytes / size_of::<T>(), owner: Owner::Map(map) })
    }

    /// Adds an item to the end.
    #[inline]
    pub fn push(&mut self, item: T) {
        if self.len == self.capacity {
            self.grow(self.len + 1, LARGE / 2);
        }
        // SAFETY: there is room for one more, within the owner's memory.
        unsafe { self.items.add(self.len).write(item) };
        self.len += 1;
    }

    /// Adds items to the end.
    pub fn extend_from_slice(&mut self, items: &[T]) {
        if self.capacity - self.len < items.len() {
            self.grow(self.len + items.len(), LARGE / 2);
        }
        // SAFETY: there is room for so many more, and they are not within it, as they can be looked at.
        unsafe { self.items.add(self.len).copy_from_nonoverlapping(NonNull::from(items).cast(), items.len()) };
        self.len += items.len();
    }

    /// Makes room for one more, in large pages if those that there are take so many bytes.
    #[inline]
    pub fn reserve_one(&mut self, large: usize) {
        if self.len == self.capacity {
            self.grow(self.len + 1, large);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, least: usize, large: usize) {
        let is_large = self.len.saturating_mul(size_of::<T>()) >= large;
        let twice = least.max(self.len * 2);
        let number = if is_large { least.max(self.len.max(LARGE / 2 / size_of::<T>()) * GROWTH) } else { twice };
        // What fills no large page, or finds no addresses for one, has to do with less.
        let mut larger = Room::of_large_pages(number).unwrap_or_else(|| Room::of_heap(twice));
        larger.extend_from_slice(self);
        *self = larger;
    }

    /// The number of items.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all items, but not the room that they took.
    pub const fn clear(&mut self) {
        self.len = 0;
    }
}

/// How many times the room grows that has become large. What is not used yet is no memory, only addresses; and each time all is copied.
const GROWTH: usize = 8;

impl<T: Copy> Default for Room<T> {
    fn default() -> Self {
        Room::of_heap(0)
    }
}

impl<T> Deref for Room<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: so many items were put there, in the owner's memory, which is borrowed with the room.
        unsafe { slice::from_raw_parts(self.items.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for Room<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above; and whoever has the room for himself has its memory.
        unsafe { slice::from_raw_parts_mut(self.items.as_ptr(), self.len) }
    }
}

/// How many addresses the process may have, in bytes, where that is limited (`ulimit -v`). A map that just fits leaves none for the heap,
/// which ends a process that asks it for more.
#[must_use]
pub fn limit_of_addresses() -> Option<u64> {
    static LIMIT: OnceLock<Option<u64>> = OnceLock::new();
    *LIMIT.get_or_init(|| getrlimit(Resource::As).current)
}

/// When the threads of a run leave the table of open files that all threads of a process have together.
///
/// On Linux whoever opens or closes a file writes to that table, under its lock, and whoever reads one looks at what others write. Threads
/// that have small files to count do little else, and wait for each other there, the longer the more they are. So each takes a table of its
/// own as soon as there are no files left that several of them use (100,000 files of 4 KB: 0.97 of the time with two threads, the same with
/// one). It holds what the other held until then, as long as there is the thread; and what is opened by one thread is not there for another:
/// a number that it got from that would be another file, or none.
///
/// Where the system refuses (a filter of system calls may), or has no such thing, all goes on as it was.
#[derive(Debug)]
pub(crate) struct Descriptors {
    /// How many files are left that several threads use.
    shared: AtomicUsize,
    /// Who has started the threads, and goes on when they are done.
    starter: ThreadId,
}

impl Descriptors {
    /// For a run of so many threads, which use so many files together, and open, read and close all others each by itself. It is made by the
    /// thread that starts the run, for threads that are of no use for another.
    #[must_use]
    pub(crate) fn shared_by(files: usize, threads: usize) -> Descriptors {
        // Rust's library has one file that it opens when it needs it and keeps for all threads: `/dev/urandom`, for the keys of its hash
        // maps, where there is no call for random numbers. It needs it here, so that no thread does who has parted.
        let _ = RandomState::new();
        let is_kept = !have_room(getrlimit(Resource::Nofile).current, number_of_open(), threads);
        // One that is never closed keeps all together.
        Descriptors { shared: AtomicUsize::new(files + usize::from(is_kept)), starter: thread::current().id() }
    }

    /// Nobody will use one of the files that several threads use any more; who has it yet has only to close it.
    pub(crate) fn close_one(&self) {
        self.shared.fetch_sub(1, Ordering::Release);
    }

    /// Has this thread leave the common table, if it may by now. It must have no file open that it goes on with, or has to close.
    pub(crate) fn part(&self) {
        thread_local!(static IS_APART: Cell<bool> = const { Cell::new(false) });
        let may_part = self.shared.load(Ordering::Acquire) == 0 && thread::current().id() != self.starter;
        if !may_part || IS_APART.replace(true) {
            return;
        }
        #[cfg(target_os = "linux")]
        // SAFETY: no descriptor may come to a thread from another's table, where it would be another file or none. What could come is:
        // - a file that several threads use. There is none left that is used, and there will be none, or those who made this have not told
        //   the truth. Who has yet to close one does so before it comes here, in the table that it was opened in.
        // - what was opened before the run: the standard streams, the signals' socket, `/dev/urandom`. The new table has them too, and they
        //   are open until the program ends. (What else a caller of the library has open is open there until the thread ends.)
        // - what the starter opens while others count. It does not hand them any. `Observer` says what an observer must not do.
        // - what a library keeps for all threads, and opens when it is first needed. That of Rust is open by now; of the others those that
        //   the workers use have no such file. Whoever adds one has to look.
        // Threads that one of these starts, to decode a file, have the table of the thread that has opened the file.
        let _ = unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::FILES) };
    }
}

/// Whether so many threads may have tables of their own where so many files may be open in each, and so many are: such a table keeps what
/// other threads had open in that moment, which is one for each, or up to three (a file that is opened once more, and the folder that its
/// path begins with). So where many threads have few, they rather have one table, and wait there until another has closed a file.
fn have_room(limit: Option<u64>, open: Option<usize>, threads: usize) -> bool {
    const EACH: u64 = 4;
    const OWN: u64 = 16;
    let Some(open) = open else { return false };
    limit.is_none_or(|limit| limit.saturating_sub(open as u64) >= OWN + EACH * threads as u64)
}

/// How many files are open, if the system tells.
fn number_of_open() -> Option<usize> {
    // The folder itself is one of them.
    fs::read_dir("/proc/self/fd").ok().map(|open| open.count().saturating_sub(1))
}

/// What the handler needs to know, and must not ask for then.
struct Before {
    /// What was done on SIGBUS before.
    action: sigaction,
    /// The length of a page, in bytes.
    page: usize,
}

/// Set before the handler is, and never again: the handler finds it with one atomic load.
static BEFORE: OnceLock<Option<Before>> = OnceLock::new();

/// Has faults in maps caught from here on, for as long as the process lives, and gives the length of a page in bytes; `None` where that
/// cannot be had.
///
/// The handler is set by hand and not through a registry of handlers (signal-hook's), which would call the one that was there before as
/// well. That is the one of Rust's standard library: made for the guard pages of stacks, it takes any other fault for a fatal one, and
/// the handlers out of the way; so the second fault would end the process.
fn catch_faults() -> Option<usize> {
    static CAUGHT: OnceLock<bool> = OnceLock::new();
    let before = BEFORE.get_or_init(Before::ask).as_ref()?;
    CAUGHT.get_or_init(set_handler).then_some(before.page)
}

impl Before {
    fn ask() -> Option<Before> {
        // SAFETY: it takes a number and gives one.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
        let mut action = no_action();
        // SAFETY: no action is set, and the present one is written to where there is room for it.
        let asked = unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut action) } == 0;
        (asked && page.is_power_of_two()).then_some(Before { action, page })
    }
}

/// An action that does what the system does by itself.
fn no_action() -> sigaction {
    // SAFETY: it is a C struct of numbers, of a set of signals and of pointers that may be null. All zeros is a value of each of them,
    // and SIG_DFL is 0 on every system.
    unsafe { mem::zeroed() }
}

fn set_handler() -> bool {
    let mut action = no_action();
    action.sa_sigaction = on_fault as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
    // On the stack for signals, where the thread has one, as threads of Rust do: a system that tells of a stack's end by SIGBUS has no
    // other place for what was there before. That stack is small (8 KiB, of which the system takes up to half), and the handler takes a
    // few hundred bytes of it.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: the set and the action are where they are said to be. What makes a handler unsafe is what it does: see there.
    unsafe {
        // No other handler comes in between.
        libc::sigfillset(&raw mut action.sa_mask) == 0 && libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) == 0
    }
}

/// Called by the system, in the thread whose look at an address failed, in the middle of anything.
///
/// So it does only what may be done then (signal-safety(7)): it loads and stores atomics, and makes calls of the system that are no more
/// than that. `mmap` is not on POSIX's list of these; on Linux, in glibc and in musl, it is the bare call, without a lock or a buffer.
/// Nothing here allocates, locks, indexes or can overflow, and so nothing can panic.
extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, _context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the system gives a pointer to what it knows. The address is one part of it or, of a signal that was sent,
    // the sender in the same place: a number in any case.
    let (address, code) = unsafe { ((*info).si_addr().addr(), (*info).si_code) };
    // SAFETY: it is the thread's own.
    let errno = unsafe { errno().as_mut() };
    let was = errno.as_deref().copied();
    // On Linux the codes of faults are positive, and those of senders are not.
    let was_sent = cfg!(target_os = "linux") && code <= 0;
    if was_sent {
        end(signal);
    } else if !put_zeros(address) {
        leave_to_others(signal);
    }
    if let (Some(errno), Some(was)) = (errno, was) {
        *errno = was;
    }
}

/// Puts zeros in place of what a map has from the page of this address on; false where there is no such map, or no memory.
fn put_zeros(address: usize) -> bool {
    let Some(Some(before)) = BEFORE.get() else { return false };
    let Some(end) = MAPS.mark(address) else { return false };
    let start = address & !(before.page.wrapping_sub(1));
    let (len, flags) = (end.wrapping_sub(start), libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED);
    // SAFETY: MAP_FIXED takes away whatever is mapped there, so what is there must be known: it is pages of a map of ours, which is in the
    // table only while it is mapped, and which cannot be unmapped while this thread looks at it, as it does. They are not written to,
    // by nobody, and who reads them must be content with any bytes (`Map::new`); now these are zeros. Several threads that do this to
    // one map at a time put zeros over zeros.
    // The doubt of `Map::new` is the doubt here, and by the letter of the language this is a data race: ThreadSanitizer, which takes the call
    // for a write, says so where another thread reads there (and has nothing else to say). AddressSanitizer has nothing to say, and Miri,
    // which knows no signals, has run the table.
    let at = unsafe { libc::mmap(ptr::without_provenance_mut(start), len, libc::PROT_READ, flags, -1, 0) };
    at != libc::MAP_FAILED
}

/// Of a fault that is not ours, has whoever was there before told, as soon as the look is tried again.
fn leave_to_others(signal: c_int) {
    let Some(Some(before)) = BEFORE.get() else { return };
    // SAFETY: it is the action that the system gave. Should it refuse, the same fault comes for ever; it has no reason to.
    unsafe { libc::sigaction(signal, &raw const before.action, ptr::null_mut()) };
}

/// A signal that somebody sent does not come again by itself. It ends the process, unless that was started to ignore it: Rust's handler
/// would take it for a fault, and live on without any.
fn end(signal: c_int) {
    let Some(Some(before)) = BEFORE.get() else { return };
    if before.action.sa_sigaction == libc::SIG_IGN {
        return;
    }
    let action = no_action();
    // SAFETY: the default action is one; the signal comes when the handler is done.
    unsafe {
        libc::sigaction(signal, &raw const action, ptr::null_mut());
        libc::raise(signal);
    }
}

/// Where the thread has the number of its last error; null on systems where nobody has looked that up.
fn errno() -> *mut c_int {
    // SAFETY: these take nothing, and give an address that is the thread's for as long as it lives.
    #[cfg(target_os = "linux")]
    return unsafe { libc::__errno_location() };
    // SAFETY: as above.
    #[cfg(any(target_os = "macos", target_os = "freebsd"))]
    return unsafe { libc::__error() };
    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "freebsd")))]
    return ptr::null_mut();
}

#[cfg(test)]
mod tests;
