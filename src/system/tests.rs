use super::*;
use std::{
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
    sync::{Barrier, Mutex, MutexGuard, PoisonError},
    thread,
};

/// From a few items on the heap to some that take several large pages, one by one and many at a time.
#[test]
fn a_room_is_as_a_vector() {
    for large in [0, 1 << 10, LARGE] {
        let (mut room, mut vec) = (Room::default(), Vec::new());
        for number in 0..2_000_000u64 {
            room.reserve_one(large);
            room.push([number; 2]);
            vec.push([number; 2]);
        }
        room.extend_from_slice(&vec);
        vec.extend_from_within(..);
        room[7] = [1, 2];
        vec[7] = [1, 2];
        let room = thread::spawn(move || room).join().unwrap();
        assert!(*room == *vec);
    }
    let mut room = Room::filled(300_000, 7u64);
    assert!(*room == vec![7; 300_000]);
    room.clear();
    assert!(room.is_empty());
    room.push(8);
    assert_eq!(*room, [8]);
    assert!(Room::<u8>::default().is_empty());
}

/// One test may need all the maps that there can be.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn page() -> usize {
    catch_faults().unwrap()
}

/// A file of so many pages of a byte, and its map.
fn mapped(byte: u8, pages: usize) -> (File, Map) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![byte; pages * page()]).unwrap();
    let map = Map::new(&file, (pages * page()) as u64).unwrap();
    (file, map)
}

#[test]
fn what_is_cut_off_a_mapped_file_reads_as_zeros_and_is_told() {
    let _alone = alone();
    let (file, map) = mapped(b'x', 6);
    file.set_len(page() as u64 * 2 + 10).unwrap();
    let (rest, cut) = map.bytes().split_at(page() * 2 + 10);
    assert!(rest.iter().all(|byte| *byte == b'x'));
    assert!(cut[..page() - 10].iter().all(|byte| *byte == 0), "the rest of the page that the end is in");
    assert!(!map.has_failed(), "which comes without a fault");
    assert!(cut.iter().all(|byte| *byte == 0));
    assert!(map.has_failed());
    assert!(rest.iter().all(|byte| *byte == b'x'), "what is before the fault is still the file's");
    // As the workers do: what is given back comes back, and what is asked for in advance is no harm.
    map.release(0..6 * page());
    map.populate(0..6 * page());
    assert!(map.bytes().iter().skip(3 * page()).all(|byte| *byte == 0));
    assert!(map.bytes().iter().take(2 * page()).all(|byte| *byte == b'x'));
}

#[test]
fn a_second_fault_is_no_worse_than_the_first() {
    let _alone = alone();
    for round in 0..3 {
        let (file, map) = mapped(b'x', 8);
        let (_other, untouched) = mapped(b'y', 8);
        file.set_len(0).unwrap();
        // From the end on, so that there is a fault for each.
        for number in (0..8).rev() {
            assert_eq!(map.bytes()[number * page()], 0, "page {number}, round {round}");
        }
        assert!(map.has_failed() && !untouched.has_failed());
        assert!(untouched.bytes().iter().all(|byte| *byte == b'y'));
    }
}

#[test]
fn threads_that_fault_at_once_in_one_map_and_in_others_all_go_on() {
    let _alone = alone();
    let (file, shared) = mapped(b'x', 64);
    let (whole, _) = (mapped(b'y', 64), ());
    let barrier = Barrier::new(8);
    file.set_len(0).unwrap();
    thread::scope(|scope| {
        for number in 0..8 {
            let (shared, whole, barrier) = (&shared, &whole.1, &barrier);
            scope.spawn(move || {
                let (own_file, own) = mapped(b'z', 64);
                own_file.set_len(0).unwrap();
                barrier.wait();
                // Each from elsewhere on, in steps of its own.
                for step in 0..64 {
                    let at = (step * 7 + number * 8) % 64 * page();
                    assert_eq!((shared.bytes()[at], own.bytes()[at], whole.bytes()[at]), (0, 0, b'y'));
                }
                assert!(own.has_failed());
            });
        }
    });
    assert!(shared.has_failed() && !whole.1.has_failed());
}

#[test]
fn where_there_are_too_many_maps_there_is_no_more() {
    let _alone = alone();
    let (file, first) = mapped(b'x', 2);
    // Other tests of this program map files too.
    let mut maps: Vec<Map> = (0..MOST).map_while(|_| Map::new(&file, 2 * page() as u64).ok()).collect();
    assert!(maps.len() < MOST && maps.len() > MOST / 2, "{}", maps.len());
    file.set_len(0).unwrap();
    // The last has the last place of the table.
    let last = maps.pop().unwrap();
    assert_eq!((last.bytes()[page()], last.has_failed(), first.has_failed()), (0, true, false));
    drop(last);
    assert!(Map::new(&file, 1).is_ok());
}

#[cfg(target_os = "linux")]
mod descriptors {
    use super::*;
    use std::os::fd::AsRawFd;

    /// Does this in a thread of its own.
    fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| scope.spawn(work).join().unwrap())
    }

    /// Whether this thread and the first one of the process have different tables: what is opened here is not there, or is another file.
    fn is_apart() -> bool {
        let file = tempfile::NamedTempFile::new().unwrap();
        let of = |table: &str| std::fs::read_link(format!("/proc/{table}/fd/{}", file.as_file().as_raw_fd())).ok();
        assert_eq!(of("thread-self"), file.path().canonicalize().ok());
        of("self") != of("thread-self")
    }

    /// A filter of system calls may refuse it.
    fn can_part() -> bool {
        // SAFETY: the thread opens no file, and ends.
        let can = elsewhere(|| unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::FILES) }.is_ok());
        if !can {
            eprintln!("skipped: threads may not have tables of open files of their own");
        }
        can
    }

    #[test]
    fn threads_have_one_table_of_open_files_until_no_file_is_shared() {
        let descriptors = Descriptors::shared_by(2, 1);
        let parted = || {
            descriptors.part();
            is_apart()
        };
        for _ in 0..2 {
            assert!(!elsewhere(parted), "there are shared files");
            descriptors.close_one();
        }
        assert_eq!(elsewhere(parted), can_part());
        assert!(!parted(), "who has started the run has the table of those that it has not started");
    }

    #[test]
    fn who_has_parted_has_what_was_open_before_and_keeps_it_where_others_close_it() {
        let (file, _map) = mapped(b'7', 1);
        let (number, descriptors) = (file.as_raw_fd(), Descriptors::shared_by(0, 1));
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                descriptors.part();
                descriptors.part();
                barrier.wait();
                barrier.wait();
                std::fs::read(format!("/proc/thread-self/fd/{number}")).is_ok_and(|text| text == vec![b'7'; page()])
            });
            barrier.wait();
            drop(file);
            barrier.wait();
            assert_eq!(thread.join().unwrap(), can_part());
        });
    }

    #[test]
    fn where_few_files_may_be_open_many_threads_have_one_table() {
        let table = [
            (None, Some(5), 1024, true),
            (Some(1024), Some(8), 250, true),
            (Some(1024), Some(8), 251, false),
            (Some(1024), Some(9), 250, false),
            (Some(20), Some(0), 1, true),
            (Some(20), Some(30), 1, false),
            (None, None, 1, false),
        ];
        for (limit, open, threads, expected) in table {
            assert_eq!(have_room(limit, open, threads), expected, "{threads} threads, {open:?} of {limit:?} files");
        }
        // With the standard streams; other tests have files open too.
        let files: Vec<File> = (0..20).map(|_| tempfile::tempfile().unwrap()).collect();
        assert!(number_of_open().unwrap() >= files.len() + 3);
    }
}

/// In a process of its own, after faults that were caught, a fault that must not be, or a signal that was sent.
#[test]
fn what_is_not_a_fault_in_a_map_is_as_fatal_as_without_them() {
    const HOW: &str = "LOGTALLY_TEST_OF_FAULTS";
    let status = |how: &str, trap: &str| -> ExitStatus {
        let script = format!("ulimit -c 0; trap {trap} BUS; exec \"$0\" \"$@\"");
        let name = "system::tests::what_is_not_a_fault_in_a_map_is_as_fatal_as_without_them";
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(std::env::current_exe().unwrap()).args(["--exact", name]);
        command.env(HOW, how).output().unwrap().status
    };
    let Ok(how) = std::env::var(HOW) else {
        assert_eq!(status("nothing", "-").code(), Some(0));
        assert_eq!(status("elsewhere", "-").signal(), Some(libc::SIGBUS));
        assert_eq!(status("sent", "-").signal(), Some(libc::SIGBUS));
        // Whoever ignores the signal does not ignore a fault.
        assert_eq!(status("elsewhere", "''").signal(), Some(libc::SIGBUS));
        assert_eq!(status("sent", "''").code(), Some(0));
        return;
    };
    let (file, map) = mapped(b'x', 2);
    let (other, gone) = mapped(b'y', 2);
    // SAFETY: that it shrinks is the point.
    let unknown = unsafe { MmapOptions::new().len(2 * page()).map(&other).unwrap() };
    file.set_len(0).unwrap();
    other.set_len(0).unwrap();
    assert_eq!((map.bytes()[0], gone.bytes()[page()]), (0, 0));
    let address = gone.bytes().as_ptr();
    drop(gone);
    match how.as_str() {
        "elsewhere" => assert_ne!(unknown[0], unknown[1], "there is nothing to read"),
        // SAFETY: it sends a signal to the process itself.
        "sent" => assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGBUS) }, 0),
        _ => assert!(MAPS.mark(address.addr()).is_none(), "what is unmapped is forgotten"),
    }
}
