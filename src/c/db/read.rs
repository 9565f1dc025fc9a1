//! Lookups.

use super::super::boundary::{Out, bytes, exclusive, items, shared, writable};
use super::super::code::{KEVO_DELETED, KEVO_NOT_FOUND, KEVO_OK};
use super::super::error::kevo_error;
use super::super::pinned::{Pin, kevo_pinned};
use super::super::slice::kevo_slice;
use super::handle::{argument, kevo_db, on, output};
use super::snapshot::kevo_snapshot;
use crate::Error;
use crate::db::{Got, Snapshot};
use crate::memory::push;
use libc::{c_int, c_void};
use std::mem::MaybeUninit;

/// Where the answer of a lookup goes.
pub(super) struct Answering<'p> {
    pinned: Option<&'p mut kevo_pinned>,
    value: Out<kevo_slice>,
}

impl Answering<'_> {
    /// # Safety
    ///
    /// `pinned` is a handle that no other thread uses or NULL, `value` is writable or NULL, for as long as this is
    /// used.
    pub(super) unsafe fn new(pinned: *mut kevo_pinned, value: *mut kevo_slice) -> Result<Self, Error> {
        // SAFETY: by this function's contract.
        let (pinned, value) = unsafe { (exclusive(pinned).ok(), Out::optional(value)) };
        if value.is_wanted() && pinned.is_none() {
            return Err(Error::InvalidArgument("a value needs a pinned that holds it"));
        }
        Ok(Self { pinned, value })
    }

    /// Gives an answer to the caller. The key may be in what the pin held, so this comes after the lookup.
    #[inline]
    pub(super) fn answer(&mut self, got: Result<Option<Got<'_>>, Error>) -> Result<c_int, Error> {
        let found = got.as_ref().ok().and_then(Option::as_ref).and_then(|got| Some((got, got.value()?)));
        if let Some(pinned) = &mut self.pinned {
            match found {
                Some((got, _)) => pinned.hold_got(got)?,
                None => pinned.hold(None)?,
            }
        }
        if let Some((_, value)) = found {
            self.value.set(kevo_slice::of(value));
        }
        got.map(|got| code_of(got.as_ref()))
    }
}

pub(super) fn code_of(got: Option<&Got<'_>>) -> c_int {
    got.map_or(KEVO_NOT_FOUND, |got| if got.value().is_some() { KEVO_OK } else { KEVO_DELETED })
}

/// A snapshot of the caller's, if it gave one.
///
/// # Safety
///
/// `snapshot` is a handle of its type or NULL.
unsafe fn given<'a>(snapshot: *const kevo_snapshot) -> Result<Option<&'a Snapshot>, Error> {
    // SAFETY: by this function's contract.
    unsafe { shared(snapshot) }.ok().map(kevo_snapshot::get).transpose()
}

/// Looks a key up in a database, as it is now, or as it was at the moment of a snapshot.
///
/// `snapshot` may be NULL, for now. `*value` is set to the database's own bytes, which `pinned` holds: they are valid
/// until `pinned` is used again, reset or freed, also after the database is closed. `pinned` and `value` may both be
/// NULL: then it asks whether the key is there. `key` may be bytes that `pinned` holds. `pinned` lets go of what it
/// held, unless KEVO_E_INVALID_ARGUMENT or KEVO_E_CLOSED is returned. `*error` is set as by kevo_db_put.
///
/// Returns:
/// KEVO_OK: found; `*value` is set.
/// KEVO_DELETED: it was deleted, and that is still known; nothing is set.
/// KEVO_NOT_FOUND: it is not there; nothing is set.
/// KEVO_E_INVALID_ARGUMENT: `db` is NULL, `key` is and `key_len` is not 0, or `value` is not NULL and `pinned` is.
/// KEVO_E_CORRUPT: the block that has the key, if any has, is damaged; the error has file and offset.
/// KEVO_E_IO: the block could not be read.
/// KEVO_E_CLOSED: the database was closed, or this process was forked from the one that opened it.
/// KEVO_E_NO_MEMORY: there is not enough memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, each with a `pinned` of its own. It never waits for a writer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_get(
    db: *const kevo_db,
    snapshot: *const kevo_snapshot,
    key: *const c_void,
    key_len: usize,
    pinned: *mut kevo_pinned,
    value: *mut kevo_slice,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller: the key is bytes, `snapshot` and `pinned` are handles, and `value` is writable, or NULL.
    unsafe {
        on(db, error, |database| {
            let (key, mut answering) = (argument(key, key_len)?, Answering::new(pinned, value)?);
            match given(snapshot)? {
                Some(snapshot) => answering.answer(snapshot.get(key)),
                None => database.inner.look_up(key, |got| answering.answer(got))?,
            }
        })
    }
}

/// Looks a key up in a database, as kevo_db_get does, and copies the value.
///
/// `buffer` has room for `capacity` bytes; (NULL, 0) asks for the length alone, which is KEVO_OK. `*value_len` is set
/// to the length of the value, if it is found. `key` must not be bytes of `buffer`.
///
/// Returns: as kevo_db_get, and: KEVO_OK: found and copied. KEVO_E_BUFFER_TOO_SMALL: found, but the value has more
/// than `capacity` bytes; `*value_len` is set, nothing is copied. KEVO_E_INVALID_ARGUMENT: also if `value_len` is
/// NULL, or `buffer` is and `capacity` is not 0.
///
/// Threads: any number at once. It never waits for a writer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_get_copy(
    db: *const kevo_db,
    snapshot: *const kevo_snapshot,
    key: *const c_void,
    key_len: usize,
    buffer: *mut c_void,
    capacity: usize,
    value_len: *mut usize,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller: the key is bytes, `snapshot` a handle, `buffer` and `value_len` are writable, or NULL.
    unsafe {
        on(db, error, |database| {
            let (key, value_len) = (argument(key, key_len)?, output(value_len, "value_len is NULL")?);
            let only_length = buffer.is_null() && capacity == 0;
            let buffer = writable(buffer, capacity)
                .map_err(|_| Error::InvalidArgument("buffer is NULL, and capacity is not 0"))?;
            let buffer = (!only_length).then_some(buffer);
            match given(snapshot)? {
                Some(snapshot) => copy(snapshot.get(key), buffer, &value_len),
                None => database.inner.look_up(key, |got| copy(got, buffer, &value_len))?,
            }
        })
    }
}

fn copy(
    got: Result<Option<Got<'_>>, Error>,
    buffer: Option<&mut [MaybeUninit<u8>]>,
    value_len: &Out<usize>,
) -> Result<c_int, Error> {
    let got = got?;
    if let Some(value) = got.as_ref().and_then(Got::value) {
        value_len.set(value.len());
        let Some(buffer) = buffer else { return Ok(code_of(got.as_ref())) };
        let Some(buffer) = buffer.get_mut(..value.len()) else {
            return Err(Error::BufferTooSmall(value.len() as u64));
        };
        buffer.iter_mut().zip(value).for_each(|(to, &byte)| *to = MaybeUninit::new(byte));
    }
    Ok(code_of(got.as_ref()))
}

/// Looks several keys up in a database, all at one moment.
///
/// `keys` is an array of `count` keys; (NULL, 0) is none. `codes` is an array as long, which is set to what
/// kevo_db_get would return for each key, which may be a failure: KEVO_E_CORRUPT, KEVO_E_IO, KEVO_E_NO_MEMORY.
/// `values`, if it is not NULL, is as long, too; where the code is KEVO_OK, it is set to the value, which `pinned`
/// holds until it is used again, reset or freed. `pinned` and `values` may both be NULL. Keys may be bytes that
/// `pinned` holds. `*error` is set as by kevo_db_put, but not by the failures in `codes`.
///
/// Returns: KEVO_OK: all of `codes` is set; KEVO_E_INVALID_ARGUMENT: `db` is NULL, `keys` or `codes` is and `count`
/// is not 0, a key is (NULL, n > 0), or `values` is not NULL and `pinned` is, and nothing is set; KEVO_E_CLOSED;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, each with a `pinned` of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_multi_get(
    db: *const kevo_db,
    snapshot: *const kevo_snapshot,
    keys: *const kevo_slice,
    count: usize,
    pinned: *mut kevo_pinned,
    values: *mut kevo_slice,
    codes: *mut c_int,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller: `keys`, `values` and `codes` are arrays of `count`, the others are handles, or NULL.
    unsafe {
        on(db, error, |database| {
            let keys = items(keys, count).map_err(|_| Error::InvalidArgument("keys is NULL, and count is not 0"))?;
            if codes.is_null() && count > 0 {
                return Err(Error::InvalidArgument("codes is NULL, and count is not 0"));
            }
            for key in keys {
                argument(key.data, key.len)?;
            }
            let answering = Answering::new(pinned, values)?;
            let now;
            let snapshot = if let Some(snapshot) = given(snapshot)? {
                snapshot
            } else {
                now = database.snapshot()?;
                &now
            };
            get_all(snapshot, keys, answering, &Out::optional(codes));
            Ok(())
        })
    }
}

/// Looks all keys up. The pin lets go of what it held last, since keys may be in that.
///
/// # Safety
///
/// `keys` are bytes or NULL and empty, and `codes` has as many items, and `answering.value`, if it is wanted.
unsafe fn get_all(snapshot: &Snapshot, keys: &[kevo_slice], answering: Answering<'_>, codes: &Out<c_int>) {
    let mut pins: Vec<Pin> = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        // SAFETY: by this function's contract.
        let (key, value, code) =
            unsafe { (bytes(key.data, key.len).unwrap_or_default(), answering.value.at(index), codes.at(index)) };
        let got = snapshot.get(key).and_then(|got| {
            let Some((got, found)) = got.as_ref().and_then(|got| Some((got, got.value()?))) else {
                return Ok(code_of(got.as_ref()));
            };
            if answering.pinned.is_some() && !pins.last().is_some_and(|pin| pin.holds(got)) {
                push(&mut pins, Pin::of(got))?;
            }
            value.set(kevo_slice::of(found));
            Ok(KEVO_OK)
        });
        code.set(got.unwrap_or_else(|error| error.code()));
    }
    if let Some(pinned) = answering.pinned {
        pinned.hold_all(pins);
    }
}
