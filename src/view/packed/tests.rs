use super::Packed;
use crate::{Iter, MemtableList, Options, Scan, recover};
use std::mem::MaybeUninit;

fn list() -> MemtableList {
    let directory = tempfile::tempdir().unwrap();
    let list = recover(directory.path(), &Options::default(), None).0.unwrap();
    list.put(b"a", b"one", 1).unwrap();
    list.delete(b"bb", 0x0102_0304_0506_0708).unwrap();
    list.put(b"", b"", 3).unwrap();
    list
}

fn iter() -> Iter {
    list().scan(&Scan { tombstones: true, ..Scan::default() }).unwrap()
}

/// Packs entries into a buffer of `len` bytes. Gives the result and the buffer.
fn pack(iter: &mut Iter, len: usize) -> (Packed, Vec<u8>) {
    let mut buffer = vec![MaybeUninit::new(0xee); len];
    let packed = iter.next_packed(&mut buffer).unwrap();
    // SAFETY: all of the buffer was initialised before anything was packed into it.
    #[allow(unsafe_code)]
    let bytes = buffer.iter().map(|byte| unsafe { byte.assume_init() }).collect();
    (packed, bytes)
}

const EMPTY: &[u8] = b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0";
const ONE: &[u8] = b"\x01\0\0\0\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0aone";
const DELETED: &[u8] = b"\x02\0\0\0\0\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01\x02\0\0\0\0\0\0\0bb";

#[test]
fn an_entry_is_lengths_sequence_op_key_and_value() {
    let all = [EMPTY, ONE, DELETED].concat();
    let used = Packed::Entries { used: all.len(), count: 3 };
    assert_eq!(pack(&mut iter(), all.len()), (used, all));
}

#[test]
fn as_many_entries_as_fit_are_packed_and_the_rest_later() {
    let mut iter = iter();
    let len = EMPTY.len() + ONE.len() + DELETED.len() - 1;
    let (packed, bytes) = pack(&mut iter, len);
    assert_eq!(packed, Packed::Entries { used: EMPTY.len() + ONE.len(), count: 2 });
    assert_eq!(bytes[..EMPTY.len() + ONE.len()], [EMPTY, ONE].concat());
    assert!(bytes[EMPTY.len() + ONE.len()..].iter().all(|&byte| byte == 0xee));
    assert_eq!(iter.entry().unwrap().key, b"a");
    let (packed, bytes) = pack(&mut iter, len);
    assert_eq!(packed, Packed::Entries { used: DELETED.len(), count: 1 });
    assert_eq!(bytes[..DELETED.len()], *DELETED);
    assert_eq!(iter.entry().unwrap().key, b"bb");
}

#[test]
fn the_length_of_an_entry_that_does_not_fit_is_given() {
    let mut iter = iter();
    assert!(iter.next().unwrap());
    assert_eq!(pack(&mut iter, ONE.len() - 1).0, Packed::TooSmall(ONE.len()));
    assert_eq!(iter.entry().unwrap().key, b"");
    assert_eq!(pack(&mut iter, 0).0, Packed::TooSmall(ONE.len()));
    assert_eq!(pack(&mut iter, ONE.len()).0, Packed::Entries { used: ONE.len(), count: 1 });
}

#[test]
fn after_the_last_entry_comes_the_end() {
    let mut iter = iter();
    assert!(iter.last().unwrap());
    assert_eq!(pack(&mut iter, 1000).0, Packed::End);
    assert!(iter.entry().is_none());
    assert_eq!(pack(&mut iter, 1000).0, Packed::End);
    assert!(iter.prev().unwrap());
    assert_eq!(iter.entry().unwrap().key, b"bb");
}
