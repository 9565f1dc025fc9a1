//! The database's memtable where memory is refused: an operation or a batch is appended whole or not at all.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use kevo::Error;
use kevo::log_memtable::{LogMemtable, Operation, Writer};
use kevo::table::hash;

/// Smaller requests are made in ways that cannot be refused.
const LEAST: usize = 256;

thread_local! {
    /// How many requests of this thread are granted before one is refused; `None`: all.
    static GRANTED: Cell<Option<usize>> = const { Cell::new(None) };
}

struct Refusing;

fn is_refused(size: usize) -> bool {
    size >= LEAST
        && GRANTED.with(|granted| match granted.get() {
            None => false,
            Some(0) => {
                granted.set(None);
                true
            }
            Some(more) => {
                granted.set(Some(more - 1));
                false
            }
        })
}

// SAFETY: every call is passed on unchanged to the allocator of the system, or refused.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        if is_refused(layout.size()) { ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        if is_refused(layout.size()) { ptr::null_mut() } else { unsafe { System.alloc_zeroed(layout) } }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: by the caller.
        if is_refused(size) { ptr::null_mut() } else { unsafe { System.realloc(pointer, layout, size) } }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// Calls `act` with a new memtable, again and again, each time with another of its requests for memory refused. After
/// each refusal nothing has changed, and then the same can be done. Returns how many requests can be refused.
fn refuse_each(act: impl Fn(&mut Writer) -> Result<(), Error>) -> usize {
    let (untouched_log, untouched) = state(&mut filled().1);
    let whole = {
        let mut writer = filled().1;
        act(&mut writer).unwrap();
        state(&mut writer)
    };
    for granted in 0.. {
        let (memtable, mut writer) = filled();
        GRANTED.set(Some(granted));
        let result = act(&mut writer);
        if GRANTED.take().is_some() {
            result.unwrap();
            return granted;
        }
        assert!(matches!(result, Err(Error::NoMemory(_))), "{granted}: {result:?}");
        assert_eq!(counts(&memtable), untouched, "{granted}");
        assert_eq!(writer.unwritten_len(), untouched_log.len() as u64);
        assert!(memtable.newest(b"new", hash(b"new"), u64::MAX).is_none());
        assert_eq!(memtable.newest(b"old", hash(b"old"), u64::MAX).unwrap().value, b"first");
        act(&mut writer).unwrap();
        assert!(state(&mut writer) == whole, "{granted}: something is left of what failed");
    }
    unreachable!()
}

/// A memtable whose first chunk is nearly full.
fn filled() -> (Arc<LogMemtable>, Writer) {
    let (memtable, mut writer) = LogMemtable::new(1, 0).unwrap();
    writer.put(b"old", b"first").unwrap();
    for number in 0..60_u8 {
        writer.put(&[number], &[0; 30]).unwrap();
    }
    (memtable, writer)
}

fn counts(memtable: &LogMemtable) -> [u64; 3] {
    [memtable.len() as u64, memtable.approximate_size(), memtable.log_len()]
}

/// All bytes for the log, and the counts.
fn state(writer: &mut Writer) -> (Vec<u8>, [u64; 3]) {
    let mut log = Vec::new();
    let mut unwritten = writer.take_unwritten();
    unwritten
        .for_each_piece(|piece| {
            log.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
    (log, counts(writer.memtable()))
}

#[test]
fn a_put_may_be_refused() {
    let (short, long, longest) = (vec![1; 2000], vec![2; 32_000], vec![3; 300_000]);
    for value in [&short, &long, &longest] {
        let requests = refuse_each(|writer| writer.put(b"new", value).map(drop));
        assert!(requests >= 1, "{requests}");
    }
}

#[test]
fn a_batch_may_be_refused() {
    let (short, long) = (vec![1; 3000], vec![2; 100_000]);
    let operations = [
        Operation::Put { key: b"new", value: &short },
        Operation::Put { key: b"old", value: &long },
        Operation::Delete { key: b"old" },
    ];
    let operations = operations.iter().cycle().take(100).copied();
    let requests = refuse_each(|writer| {
        writer.batch(100, operations.clone(), |mark, summary| mark.fill(summary.checksum as u8)).map(drop)
    });
    assert!(requests >= 40, "{requests}");
}

#[test]
fn order_may_be_refused() {
    let requests = refuse_each(|writer| {
        writer.memtable().sorted(u64::MAX)?;
        Ok(())
    });
    assert!(requests >= 1, "{requests}");
    for granted in 0..100 {
        let (memtable, mut writer) = filled();
        memtable.sorted(u64::MAX).unwrap();
        writer.put(b"old", b"second").unwrap();
        GRANTED.set(Some(granted));
        let refused = memtable.newest_of_each_key(u64::MAX).map(Iterator::count);
        if GRANTED.take().is_some() {
            assert!(granted >= 2, "{granted}");
            return;
        }
        assert!(matches!(refused, Err(Error::NoMemory(_))), "{refused:?}");
        assert_eq!(memtable.newest_of_each_key(u64::MAX).unwrap().count(), 61);
    }
}
