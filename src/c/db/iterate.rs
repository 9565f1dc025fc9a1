//! Iterators over a database.

use super::super::boundary::{Out, shared};
use super::super::error::kevo_error;
use super::super::iterator::{Origin, kevo_iterator};
use super::super::scan::kevo_scan;
use super::handle::{kevo_db, on};
use super::snapshot::kevo_snapshot;
use crate::{Error, Scan};
use libc::c_int;
use std::sync::Arc;

/// Makes an iterator over a database, as it is now, or as it was at the moment of a snapshot. It gives the newest
/// version of each key, and with KEVO_SCAN_TOMBSTONES also the deletes that are still known.
///
/// `snapshot` may be NULL, for now. `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator,
/// which the caller frees with kevo_iterator_free; on failure to NULL. `*error` is set as by kevo_db_put.
///
/// The iterator sees one moment, whatever is written meanwhile, and stays valid after the database was closed. It
/// keeps in memory the memtables of its moment, and on disk the tables that were replaced since;
/// kevo_iterator_refresh brings it to now. It reads blocks as it moves. Entries are valid until it moves; those of
/// kevo_iterator_next_batch until the next call of that, which gives fewer than fit where they would keep more than
/// about 1 MiB of blocks in memory.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `iterator` is NULL, or the scan has KEVO_SCAN_ALL_VERSIONS or a
/// maximum sequence number, since tables keep one version of a key; KEVO_E_CLOSED; KEVO_E_IO; KEVO_E_CORRUPT;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_iterator(
    db: *const kevo_db,
    snapshot: *const kevo_snapshot,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, and handles of their types or NULL, by the caller.
    let (iterator, snapshot, scan) = unsafe { (Out::optional(iterator), shared(snapshot).ok(), shared(scan).ok()) };
    iterator.clear();
    let make = |database: &Arc<crate::db::Database>| {
        give(&iterator, || {
            let scan = wanted_scan(scan)?;
            let (iter, database) = match snapshot {
                Some(snapshot) => (snapshot.get()?.iterator(&scan)?, None),
                None => (database.iterator(&scan)?, Some(Arc::downgrade(database))),
            };
            Ok(kevo_iterator::new(iter, Origin::Database { database, scan }))
        })
    };
    // SAFETY: by the caller.
    unsafe { on(db, error, make) }
}

/// A copy of a scan, or one of all keys.
pub(super) fn wanted_scan(scan: Option<&kevo_scan>) -> Result<Scan, Error> {
    scan.map_or_else(|| Ok(Scan::default()), |scan| scan.scan.copied())
}

/// Makes an iterator, which must be wanted, and hands it over.
pub(super) fn give(
    iterator: &Out<*mut kevo_iterator>,
    make: impl FnOnce() -> Result<kevo_iterator, Error>,
) -> Result<(), Error> {
    if !iterator.is_wanted() {
        return Err(Error::InvalidArgument("iterator is NULL"));
    }
    iterator.give(make)
}
