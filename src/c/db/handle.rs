//! The handle of a database, and calls on it.
//!
//! A handle is a small *shell* with a pointer to the database. A call loads the pointer first, and touches the shell no
//! more; closing takes the pointer out. So calls may still come while, and shortly after, a thread closes the handle:
//! they find nothing in it. For that, the memory of a shell is never freed, and is used again only after
//! `KEPT` others were closed.

use crate::Error;
use crate::c::boundary::{Out, bytes, returning_code, shared};
use crate::c::error::kevo_error;
use crate::db::Database;
use crate::memory::with_capacity;
use arc_swap::ArcSwapOption;
use libc::{c_int, c_void};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// A shell that was closed is used again when so many others have been closed since.
const KEPT: usize = 64;

/// An open database. It is made by kevo_db_open, and ended by kevo_db_close.
///
/// Any number of threads may use it at once. It has threads of its own, for flushes and compactions, which end before
/// kevo_db_close returns. Calls that are running while another thread closes it end with what they would have returned,
/// or with KEVO_E_CLOSED; calls that begin shortly after that return KEVO_E_CLOSED. A process that was forked must not
/// use it: there, every call returns KEVO_E_CLOSED.
#[derive(Debug)]
pub struct kevo_db {
    database: ArcSwapOption<Database>,
}

/// Shells that are not in use, those that were closed first in front.
static UNUSED: Mutex<Unused> = Mutex::new(Unused { shells: VecDeque::new(), count: 0 });

struct Unused {
    shells: VecDeque<&'static kevo_db>,
    /// How many shells there are, in use or not.
    count: usize,
}

impl kevo_db {
    /// A shell, for one that is about to be opened.
    pub(super) fn unopened() -> Result<Unopened, Error> {
        let mut unused = UNUSED.lock();
        if unused.shells.len() <= KEPT {
            let mut more = with_capacity(2 * KEPT)?;
            more.resize_with(2 * KEPT, || Self { database: ArcSwapOption::empty() });
            // One that is given back must find room.
            let count = unused.count + more.len();
            let room = count - unused.shells.len();
            unused.shells.try_reserve(room).map_err(|_| crate::memory::refused::<&kevo_db>(room))?;
            unused.shells.extend(&*Vec::leak(more));
            unused.count = count;
        }
        unused.shells.pop_front().map(Unopened).ok_or(Error::Closed)
    }

    fn give_back(&'static self) {
        UNUSED.lock().shells.push_back(self);
    }

    /// The database, if it is open.
    fn with<T>(&self, call: impl FnOnce(&Arc<Database>) -> Result<T, Error>) -> Result<T, Error> {
        let database = self.database.load();
        let database = database.as_ref().ok_or(Error::Closed)?;
        // Also in a forked child, where locks may be held by threads that it does not have.
        database.inner.check_readable()?;
        call(database)
    }

    /// Takes the database out and closes it.
    pub(super) fn close(&'static self) -> Result<(), Error> {
        self.with(|_| Ok(()))?;
        let database = self.database.swap(None).ok_or(Error::Closed)?;
        self.give_back();
        database.inner.close()
    }
}

/// A shell with nothing in it.
pub(super) struct Unopened(&'static kevo_db);

impl Unopened {
    pub(super) fn open(self, database: Database) -> *mut kevo_db {
        let shell = self.0;
        std::mem::forget(self);
        shell.database.store(Some(Arc::new(database)));
        std::ptr::from_ref(shell).cast_mut()
    }
}

impl Drop for Unopened {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// Runs a call on an open database. Sets `*error` to what it fails with, or to NULL.
///
/// # Safety
///
/// `db` is a handle of its type or NULL, and `error` is writable or NULL.
#[inline]
pub(super) unsafe fn on<T>(
    db: *const kevo_db,
    error: *mut *mut kevo_error,
    call: impl FnOnce(&Arc<Database>) -> Result<T, Error>,
) -> c_int
where
    T: Into<Answer>,
{
    // SAFETY: by this function's contract.
    let (db, error) = unsafe { (shared(db), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let called = db.map_err(|_| Error::InvalidArgument("db is NULL")).and_then(|db| db.with(call));
        called.map(|answer| answer.into().0).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// The code of a call that has not failed.
pub(super) struct Answer(c_int);

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self(crate::c::code::KEVO_OK)
    }
}

impl From<c_int> for Answer {
    fn from(code: c_int) -> Self {
        Self(code)
    }
}

/// What a database says, or 0 if it is not open.
///
/// # Safety
///
/// `db` is a handle of its type or NULL.
pub(super) unsafe fn number_of(db: *const kevo_db, number: impl FnOnce(&Arc<Database>) -> u64) -> u64 {
    crate::c::boundary::or_on_panic(0, || {
        // SAFETY: by this function's contract.
        unsafe { shared(db) }.map_or(0, |db| db.with(|database| Ok(number(database))).unwrap_or(0))
    })
}

/// Bytes of the caller's.
///
/// # Safety
///
/// As [`bytes`].
pub(super) unsafe fn argument<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], Error> {
    // SAFETY: by this function's contract.
    unsafe { bytes(data, len) }.map_err(|_| Error::InvalidArgument("bytes are NULL, and their number is not 0"))
}

/// The end of a range: none if it is (NULL, 0).
///
/// # Safety
///
/// As [`bytes`].
pub(super) unsafe fn end_argument<'a>(data: *const c_void, len: usize) -> Result<Option<&'a [u8]>, Error> {
    if data.is_null() && len == 0 {
        return Ok(None);
    }
    // SAFETY: by this function's contract.
    unsafe { argument(data, len) }.map(Some)
}

/// An output that must be there.
///
/// # Safety
///
/// As [`Out::required`].
pub(super) unsafe fn output<T>(target: *mut T, missing: &'static str) -> Result<Out<T>, Error> {
    // SAFETY: by this function's contract.
    unsafe { Out::required(target) }.map_err(|_| Error::InvalidArgument(missing))
}
