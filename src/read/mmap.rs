//! Mapped files, and all of the crate's unsafe code.
#![allow(unsafe_code)]

use memmap2::{Mmap, MmapOptions};
use std::{fs::File, io, ops::Range};

/// A file mapped for reading.
#[derive(Debug)]
pub struct Map {
    map: Mmap,
}

impl Map {
    /// Maps the first `len` bytes of a file, which must not be empty.
    ///
    /// # Errors
    /// What the system says: a special file, no address space left. The caller falls back to reading.
    pub fn new(file: &File, len: u64) -> io::Result<Map> {
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        // SAFETY: a map is sound as long as nobody changes the file under it, which nobody can promise of a
        // log. What follows if somebody does:
        // - bytes that change between two looks are not undefined for the hardware, but are for the compiler,
        //   which may load a byte twice and believe it loaded it once. All reading code here is safe code
        //   whose indexes are checked where they are used, so a changed byte can make a count wrong, and
        //   cannot be relied on for memory safety anywhere. This reasoning should be treated as suspect:
        //   it is about what compilers do, not about what they promise.
        // - a file that shrinks leaves pages that fault (SIGBUS), which ends the process; a handler for
        //   that is not here yet.
        // The map is private and read-only, so nothing here changes the file.
        let map = unsafe { MmapOptions::new().len(len).map(file)? };
        Ok(Map { map })
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.map
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
            // SAFETY: nobody writes to this map, so what a page holds after this is what it held before: the file's bytes. That is all
            // that makes this advice unsafe.
            let _ = unsafe { self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, len) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = range;
    }
}

/// Asks the system to back memory of many megabytes with large pages (of 2 MiB, where it has them: Linux, `transparent_hugepage` at
/// `madvise` or `always`). Looks all over it then cost a miss of the caches, not one of the page tables too; and the memory comes in
/// five hundred times fewer faults. Only advice: a failure changes nothing but the speed.
pub fn prefer_large_pages<T>(memory: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let range = memory.as_mut_ptr_range();
        let (start, end) = ((range.start as usize).next_multiple_of(PAGE), range.end as usize & !(PAGE - 1));
        if start < end {
            // SAFETY: the pages from `start` to `end` lie whole within `memory`, which is borrowed for this call alone, so nobody else
            // is told anything about theirs. The advice changes neither what they hold nor what may be done with them (madvise(2)). On a
            // machine of larger small pages `start` may be no page's beginning, and then the call fails.
            let _ =
                unsafe { rustix::mm::madvise(start as *mut std::ffi::c_void, end - start, rustix::mm::Advice::LinuxHugepage) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}
