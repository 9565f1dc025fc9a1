//! Transactions.

use super::super::boundary::{Out, exclusive, free, returning_code, shared};
use super::super::code::{KEVO_NOT_FOUND, KEVO_OK};
use super::super::error::kevo_error;
use super::super::iterator::{Origin, kevo_iterator};
use super::super::pinned::Pin;
use super::super::scan::kevo_scan;
use super::super::slice::kevo_slice;
use super::handle::{argument, end_argument, kevo_db, on, output};
use super::iterate::{give, wanted_scan};
use super::of_process::OfProcess;
use super::read::code_of;
use super::write::write_options;
use crate::Error;
use crate::db::{Database, Got, Transaction, TransactionOptions};
use crate::memory::{copied_bytes, push, refused};
use crate::table::Found;
use libc::{c_int, c_void};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A flag of kevo_transaction_begin: the transaction writes nothing. It is a snapshot with the calls of a transaction.
pub const KEVO_TRANSACTION_READ_ONLY: u32 = 1;
/// A flag of kevo_transaction_begin: the transaction waits for other exclusive ones to end, and never conflicts with
/// them.
pub const KEVO_TRANSACTION_EXCLUSIVE: u32 = 2;

/// Reads and writes that happen at one moment, or not at all. It is made by kevo_transaction_begin, and owned by the
/// caller, who frees it with kevo_transaction_free, whether it was committed or not.
///
/// Transactions are serializable: those that are committed have the outcome that they would have one after the other,
/// in the order of their commits. A transaction sees its own writes, and otherwise the database as it was when it
/// began. It keeps in memory what it wrote, which keys and ranges it read, the values that kevo_transaction_get gave,
/// and, as a snapshot does, the memtables of its moment and the tables that were replaced since.
#[derive(Debug)]
pub struct kevo_transaction {
    of_process: OfProcess<Lending>,
}

#[derive(Debug)]
struct Lending {
    transaction: Transaction,
    lent: Lent,
}

/// What slices of the caller's point to, until the transaction ends.
#[derive(Debug, Default)]
struct Lent {
    /// Memtables and recovered logs. There are few.
    pins: Vec<Pin>,
    /// What was found in tables, by key: that stays the same as long as the transaction lives.
    values: HashMap<Vec<u8>, Value>,
}

#[derive(Debug)]
enum Value {
    Copy(Vec<u8>),
    In(Found),
}

impl Value {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Copy(bytes) => bytes,
            Self::In(found) => found.entry().value.unwrap_or_default(),
        }
    }
}

impl Lent {
    /// Keeps the value of a key where it is. Of a small one in a large block it keeps a copy, so that a transaction
    /// that reads many takes about as much memory as they have bytes.
    fn keep(&mut self, key: &[u8], got: &Got<'_>, value: &[u8]) -> Result<kevo_slice, Error> {
        let Got::Table(found) = got else {
            if !self.pins.iter().any(|pin| pin.holds(got)) {
                push(&mut self.pins, Pin::of(got))?;
            }
            return Ok(kevo_slice::of(value));
        };
        if !self.values.contains_key(key) {
            let is_small = value.len() < found.block().weight() / 4;
            let kept = if is_small { Value::Copy(copied_bytes(value)?) } else { Value::In(found.clone()) };
            self.values.try_reserve(1).map_err(|_| refused::<(Vec<u8>, Value)>(1))?;
            self.values.insert(copied_bytes(key)?, kept);
        }
        Ok(kevo_slice::of(self.values[key].bytes()))
    }
}

impl Lending {
    fn get(&mut self, key: &[u8], out: &Out<kevo_slice>) -> Result<c_int, Error> {
        let Self { transaction, lent } = self;
        transaction.look_up(key, |got| {
            let found = got.as_ref().and_then(|got| Some((got, got.value()?)));
            if let Some((got, value)) = found.filter(|_| out.is_wanted()) {
                out.set(lent.keep(key, got, value)?);
            }
            Ok(code_of(got.as_ref()))
        })?
    }

    /// What ends the transaction. Slices are not valid any more.
    fn end<T>(&mut self, end: impl FnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        let ended = end(&self.transaction);
        self.lent = Lent::default();
        ended
    }
}

/// Runs a call on a transaction. Sets `*error` to what it fails with, or to NULL.
///
/// # Safety
///
/// `transaction` is a handle of its type that no other thread uses, or NULL, and `error` is writable or NULL.
unsafe fn within(
    transaction: *mut kevo_transaction,
    error: *mut *mut kevo_error,
    call: impl FnOnce(&mut Lending) -> Result<c_int, Error>,
) -> c_int {
    // SAFETY: by this function's contract.
    let (transaction, error) = unsafe { (exclusive(transaction), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let transaction = transaction.map_err(|_| Error::InvalidArgument("transaction is NULL"));
        let called = transaction.and_then(|transaction| call(transaction.of_process.get_mut()?));
        called.map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

fn options(flags: u32, timeout_ms: u64) -> Result<TransactionOptions, Error> {
    if flags & !(KEVO_TRANSACTION_READ_ONLY | KEVO_TRANSACTION_EXCLUSIVE) != 0 {
        return Err(Error::InvalidArgument("flags has a bit that this call does not know"));
    }
    Ok(TransactionOptions {
        read_only: flags & KEVO_TRANSACTION_READ_ONLY != 0,
        exclusive: flags & KEVO_TRANSACTION_EXCLUSIVE != 0,
        timeout: (timeout_ms > 0).then(|| Duration::from_millis(timeout_ms)),
    })
}

/// Begins a transaction. It sees the database as it is now, and its own writes.
///
/// `flags` is 0 or KEVO_TRANSACTION_*, or-ed. With 0, transactions go on beside each other, and a commit finds out
/// whether what was read is still so; if not, it gives KEVO_E_CONFLICT, and the transaction is to be run again. With
/// KEVO_TRANSACTION_EXCLUSIVE it waits for others that are exclusive first, and conflicts only with plain writes and
/// with transactions that are not exclusive. `timeout_ms` limits this wait, and how long the transaction may live, both
/// counted from this call, in milliseconds; 0 is no limit. One that outlives it releases what it held at once, also if
/// nobody uses it, and each call of it gives KEVO_E_EXPIRED. `*transaction` is set to the transaction, which the caller
/// frees with kevo_transaction_free; on failure to NULL. `*error` is set as by kevo_db_put.
///
/// Of a database that was opened read-only, every transaction is.
///
/// Returns: KEVO_OK; KEVO_E_BUSY if other exclusive transactions took longer than `timeout_ms`; KEVO_E_INVALID_ARGUMENT
/// if `db` or `transaction` is NULL, or flags are unknown; KEVO_E_CLOSED, also if the database is closed while this
/// waits; KEVO_E_IO if no thread can be started that watches the time; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once. A thread that has an exclusive transaction must not wait for another without a limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_begin(
    db: *mut kevo_db,
    flags: u32,
    timeout_ms: u64,
    transaction: *mut *mut kevo_transaction,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let out = unsafe { Out::optional(transaction) };
    out.clear();
    let begin = |database: &Arc<Database>| {
        if !out.is_wanted() {
            return Err(Error::InvalidArgument("transaction is NULL"));
        }
        let transaction = database.begin(options(flags, timeout_ms)?)?;
        let lending = Lending { transaction, lent: Lent::default() };
        out.give(|| Ok(kevo_transaction { of_process: OfProcess::new(lending) }))
    };
    // SAFETY: by the caller.
    unsafe { on(db, error, begin) }
}

/// Gives a key a value in a transaction. Nobody else sees it before the commit. Key and value are copied, and have the
/// same limits as in kevo_db_put. `*error` is set as by kevo_db_put.
///
/// Returns:
/// KEVO_OK: written, in the transaction.
/// KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or a pointer to bytes is NULL and their number is not 0.
/// KEVO_E_TOO_LARGE: key or value are too large, or the transaction would take more than 4 GiB of log.
/// KEVO_E_READ_ONLY: the transaction or its database is read-only.
/// KEVO_E_EXPIRED: the transaction outlived its time limit.
/// KEVO_E_CLOSED: this process was forked from the one that began it.
/// KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put. After a failure the transaction is as it was.
///
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_put(
    transaction: *mut kevo_transaction,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; key and value are bytes or NULL.
    unsafe {
        within(transaction, error, |within| {
            within.transaction.put(argument(key, key_len)?, argument(value, value_len)?)?;
            Ok(KEVO_OK)
        })
    }
}

/// Deletes a key in a transaction. It is no error if it is not there. Everything else is as in kevo_transaction_put.
///
/// Returns: as kevo_transaction_put.
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_delete(
    transaction: *mut kevo_transaction,
    key: *const c_void,
    key_len: usize,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the key is bytes or NULL.
    unsafe {
        within(transaction, error, |within| {
            within.transaction.delete(argument(key, key_len)?)?;
            Ok(KEVO_OK)
        })
    }
}

/// Looks a key up in a transaction: its own writes first, then what was committed when it began. Whether the key is
/// there and what it has counts as read, unless the transaction wrote the key itself.
///
/// `*value` is set to the value, whose bytes are valid until the transaction is committed, rolled back or freed,
/// whatever is written meanwhile, also after the database is closed; `value` may be NULL, to ask whether the key is
/// there. `*error` is set as by kevo_db_put.
///
/// Returns:
/// KEVO_OK: found; `*value` is set.
/// KEVO_DELETED: it was deleted, and that is still known; nothing is set.
/// KEVO_NOT_FOUND: it is not there; nothing is set.
/// KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or `key` is NULL and `key_len` is not 0.
/// KEVO_E_EXPIRED: the transaction outlived its time limit.
/// KEVO_E_CLOSED: this process was forked from the one that began it.
/// KEVO_E_CORRUPT, KEVO_E_IO, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_get.
///
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_get(
    transaction: *mut kevo_transaction,
    key: *const c_void,
    key_len: usize,
    value: *mut kevo_slice,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the key is bytes, and `value` writable, or NULL.
    unsafe { within(transaction, error, |within| within.get(argument(key, key_len)?, &Out::optional(value))) }
}

/// Deletes, in a transaction, every key that it sees from `begin` on and below `end`. (NULL, 0) as `begin` is from the
/// first key on, and as `end` up to the last. The range counts as read: a commit conflicts with a key that somebody
/// else adds to it.
///
/// `*count` is set to how many keys that were, on success. `*error` is set as by kevo_db_put.
///
/// Returns: as kevo_transaction_put, KEVO_E_INVALID_ARGUMENT also if `count` is NULL; KEVO_E_CORRUPT and KEVO_E_IO from
/// reading the range. After a failure nothing of it is deleted.
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_delete_range(
    transaction: *mut kevo_transaction,
    begin: *const c_void,
    begin_len: usize,
    end: *const c_void,
    end_len: usize,
    count: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the ends are bytes or NULL, and `count` is writable or NULL.
    unsafe {
        within(transaction, error, |within| {
            let (begin, end) = (argument(begin, begin_len)?, end_argument(end, end_len)?);
            let count = output(count, "count is NULL")?;
            count.set(within.transaction.delete_range(begin, end)?);
            Ok(KEVO_OK)
        })
    }
}

/// Makes an iterator over a transaction: over its own writes so far, and otherwise the database as it was when the
/// transaction began. It does not see what the transaction writes later. The whole range of the scan counts as read,
/// however far the iterator goes: a small range conflicts less. The sequence numbers of its own writes are not those
/// that the commit gives them.
///
/// `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator, which the caller frees with
/// kevo_iterator_free, before or after the transaction ends; on failure to NULL. kevo_iterator_refresh refuses it.
/// Everything else is as in kevo_db_iterator.
///
/// Returns: as kevo_db_iterator, KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED.
/// Threads: no other may be using the transaction; another may use the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_iterator(
    transaction: *mut kevo_transaction,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, and a handle of its type or NULL, by the caller.
    let (iterator, scan) = unsafe { (Out::optional(iterator), shared(scan).ok()) };
    iterator.clear();
    let make = |within: &mut Lending| {
        give(&iterator, || {
            let scan = wanted_scan(scan)?;
            Ok(kevo_iterator::new(within.transaction.iterator(&scan)?, Origin::Database { database: None, scan }))
        })?;
        Ok(KEVO_OK)
    };
    // SAFETY: by the caller.
    unsafe { within(transaction, error, make) }
}

/// Sets a savepoint in a transaction, to which kevo_transaction_rollback_to_savepoint goes back. There may be any
/// number, one in the other. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED; KEVO_E_CLOSED;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_savepoint(
    transaction: *mut kevo_transaction,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller.
    unsafe {
        within(transaction, error, |within| {
            within.transaction.savepoint()?;
            Ok(KEVO_OK)
        })
    }
}

/// Takes back what a transaction wrote since its last savepoint, and takes that savepoint away. What it read since then
/// still counts as read. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_NOT_FOUND if there is no savepoint; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over;
/// KEVO_E_EXPIRED; KEVO_E_CLOSED; KEVO_E_NO_MEMORY, and then nothing has changed; KEVO_E_PANIC.
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_rollback_to_savepoint(
    transaction: *mut kevo_transaction,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller.
    unsafe {
        within(transaction, error, |within| {
            Ok(if within.transaction.rollback_to_savepoint()? { KEVO_OK } else { KEVO_NOT_FOUND })
        })
    }
}

/// Commits a transaction: writes all that it wrote as one batch, if what it read is still so. The transaction is over,
/// whatever this returns; it is freed with kevo_transaction_free.
///
/// `flags` is 0 or KEVO_WRITE_*, or-ed, as in kevo_db_write. `*sequence`, if `sequence` is not NULL, is set on success
/// to the sequence number of its last operation; of a transaction that wrote nothing, to that of the last write that it
/// could see. `*error` is set as by kevo_db_put.
///
/// A transaction that wrote nothing read one moment, and never conflicts. One whose keys nobody else wrote since it
/// began, and into whose ranges nobody wrote, never conflicts either.
///
/// Returns:
/// KEVO_OK: committed, and by the sync mode on disk.
/// KEVO_E_CONFLICT: what it read was written since: nothing is written. Begin another, and do all again.
/// KEVO_E_EXPIRED: it outlived its time limit: nothing is written.
/// KEVO_E_CLOSED: the database was closed, or this process was forked from the one that began it: nothing is written.
/// KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or flags are unknown or contradict each other; with flags at
/// fault, it is over too.
/// KEVO_E_TOO_LARGE, KEVO_E_BUSY, KEVO_E_IO, KEVO_E_FAILED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_write.
/// KEVO_E_CORRUPT: what it read cannot be checked, since a block is damaged: nothing is written.
///
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_commit(
    transaction: *mut kevo_transaction,
    flags: u32,
    sequence: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    let commit = |transaction: &Transaction| match write_options(flags, 0) {
        Ok(options) => transaction.commit(options),
        Err(wrong) => transaction.rollback().and(Err(wrong)),
    };
    // SAFETY: by the caller; `sequence` is writable or NULL.
    unsafe {
        within(transaction, error, |within| {
            let last = within.end(commit)?;
            Out::optional(sequence).set(last);
            Ok(KEVO_OK)
        })
    }
}

/// Ends a transaction without writing anything. It is freed with kevo_transaction_free, which alone does the same.
/// `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED; KEVO_E_CLOSED in a
/// process that was forked; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: no other may be using the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_rollback(
    transaction: *mut kevo_transaction,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller.
    unsafe {
        within(transaction, error, |within| {
            within.end(Transaction::rollback)?;
            Ok(KEVO_OK)
        })
    }
}

/// Frees a transaction, and rolls it back if it is not over. NULL is allowed. Values that it gave are not valid any
/// more; its iterators are.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_transaction_free(transaction: *mut kevo_transaction) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(transaction) }
}
