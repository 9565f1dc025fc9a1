//! Every function of kevo.h, unchanged except for pointers: a handle is freed when it is dropped, and NULL is `None`.
//!
//! These are the library's own functions, called through their C ABI, so no declaration here can differ from theirs.

use super::progress::{self, Progress};
use kevo::c::code::kevo_strerror;
use kevo::c::db::batch::*;
use kevo::c::db::handle::kevo_db;
use kevo::c::db::iterate::kevo_db_iterator;
use kevo::c::db::maintain::*;
use kevo::c::db::open::*;
use kevo::c::db::options::*;
use kevo::c::db::read::*;
use kevo::c::db::salvage::kevo_db_salvage;
use kevo::c::db::snapshot::*;
use kevo::c::db::stat::*;
use kevo::c::db::tables::*;
use kevo::c::db::transaction::*;
use kevo::c::db::write::*;
use kevo::c::error::*;
use kevo::c::export::kevo_memtable_list_export;
use kevo::c::iterator::*;
use kevo::c::list::*;
use kevo::c::log_cursor::*;
use kevo::c::memtable::*;
use kevo::c::pinned::*;
use kevo::c::recover::kevo_recover;
use kevo::c::recovery_options::*;
use kevo::c::report::*;
use kevo::c::scan::*;
use kevo::c::slice::{kevo_entry, kevo_slice};
use kevo::c::table::*;
use kevo::c::version::*;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// Calls a function of kevo.h.
macro_rules! call {
    ($function:ident($($argument:expr),*)) => {
        // SAFETY: only `Drop` frees the handles below, and nothing here is sent to another thread, so those that are
        // passed are alive. Outputs, keys and values are references or NULL, and each is passed with its own length.
        unsafe { $function($($argument),*) }
    };
}

/// A handle that is not NULL.
#[derive(Debug)]
pub struct Handle<T: Free>(NonNull<T>);

/// A type of kevo.h that has handles.
pub trait Free {
    /// Calls the function that frees it.
    fn free(handle: *mut Self);
}

impl<T: Free> Drop for Handle<T> {
    fn drop(&mut self) {
        T::free(self.0.as_ptr());
    }
}

macro_rules! handles {
    ($($name:ident: $type:ident, $free:expr;)*) => { $(
        pub type $name = Handle<$type>;
        impl Free for $type {
            fn free(handle: *mut Self) {
                let free: fn(*mut Self) = $free;
                free(handle);
            }
        }
    )* };
}

handles! {
    Error: kevo_error, |handle| call!(kevo_error_free(handle));
    Report: kevo_recovery_report, |handle| call!(kevo_recovery_report_free(handle));
    List: kevo_memtable_list, |handle| call!(kevo_memtable_list_free(handle));
    Table: kevo_memtable, |handle| call!(kevo_memtable_free(handle));
    Scan: kevo_scan, |handle| call!(kevo_scan_free(handle));
    Iterator: kevo_iterator, |handle| call!(kevo_iterator_free(handle));
    Pin: kevo_pinned, |handle| call!(kevo_pinned_free(handle));
    TableFile: kevo_table, |handle| call!(kevo_table_free(handle));
    DbOptions: kevo_db_options, |handle| call!(kevo_db_options_free(handle));
    TableList: kevo_table_list, |handle| call!(kevo_table_list_free(handle));
    Batch: kevo_batch, |handle| call!(kevo_batch_free(handle));
    Snapshot: kevo_snapshot, |handle| call!(kevo_snapshot_free(handle));
    LogCursor: kevo_log_cursor, |handle| call!(kevo_log_cursor_free(handle));
    Transaction: kevo_transaction, |handle| call!(kevo_transaction_free(handle));
    RawOptions: kevo_recovery_options, |handle| call!(kevo_recovery_options_free(handle));
}

/// Calls the function that frees a handle with NULL.
pub fn free_nothing<T: Free>() {
    T::free(ptr::null_mut());
}

fn raw<T: Free>(handle: Option<&Handle<T>>) -> *mut T {
    handle.map_or(ptr::null_mut(), |handle| handle.0.as_ptr())
}

fn new_handle<T: Free>(raw: *mut T) -> Option<Handle<T>> {
    NonNull::new(raw).map(Handle)
}

fn out<T>(output: Option<&mut T>) -> *mut T {
    output.map_or(ptr::null_mut(), ptr::from_mut)
}

/// What a call does with a handle output.
#[derive(Debug)]
pub enum Given<T: Free> {
    NotSet,
    Null,
    New(Handle<T>),
}

/// A handle output, or NULL if the caller wants none.
struct HandleOut<T>(*mut T, bool);

impl<T: Free> HandleOut<T> {
    /// What the output holds before the call. It is never dereferenced.
    const MARKER: *mut T = ptr::dangling_mut();

    fn new(wanted: bool) -> Self {
        Self(Self::MARKER, wanted)
    }

    fn pointer(&mut self) -> *mut *mut T {
        if self.1 { &mut self.0 } else { ptr::null_mut() }
    }

    fn given(self) -> Given<T> {
        if self.0 == Self::MARKER { Given::NotSet } else { new_handle(self.0).map_or(Given::Null, Given::New) }
    }
}

/// Bytes as an argument. They have their own allocation of exactly their length, which is freed after the call.
#[derive(Clone, Debug)]
pub enum Bytes {
    Of(Box<[u8]>),
    Null(usize),
}

impl Bytes {
    /// The bytes that a call sees, if it accepts the argument.
    pub fn seen(&self) -> Option<&[u8]> {
        match self {
            Self::Of(bytes) => Some(bytes),
            Self::Null(0) => Some(&[]),
            Self::Null(_) => None,
        }
    }

    fn slice(&self) -> kevo_slice {
        let (data, len) = self.parts();
        kevo_slice { data, len }
    }

    fn parts(&self) -> (*const c_void, usize) {
        match self {
            Self::Of(bytes) => (bytes.as_ptr().cast(), bytes.len()),
            Self::Null(len) => (ptr::null(), *len),
        }
    }
}

/// The bytes of a slice, whose list must be alive.
pub fn copy(slice: &kevo_slice) -> Vec<u8> {
    if slice.len == 0 {
        return Vec::new();
    }
    // SAFETY: the list that gave the slice is alive, so its bytes have not moved.
    unsafe { std::slice::from_raw_parts(slice.data.cast(), slice.len) }.to_vec()
}

/// A copy of a string, which is static or belongs to a handle that is alive.
fn text(string: *const c_char) -> Option<CString> {
    // SAFETY: the string is ended by a NUL, or the pointer is NULL.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) }.to_owned())
}

pub fn strerror(code: c_int) -> Option<CString> {
    text(kevo_strerror(code))
}

pub fn version_string() -> Option<CString> {
    text(kevo_version_string())
}

pub fn version_number() -> u32 {
    kevo_version_number()
}

pub fn abi_check(version: u32) -> c_int {
    kevo_abi_check(version)
}

pub fn error_code(error: Option<&Error>) -> c_int {
    call!(kevo_error_code(raw(error)))
}

pub fn error_message(error: Option<&Error>) -> Option<CString> {
    text(call!(kevo_error_message(raw(error))))
}

pub fn error_path(error: Option<&Error>) -> Option<CString> {
    text(call!(kevo_error_path(raw(error))))
}

pub fn error_offset(error: Option<&Error>) -> u64 {
    call!(kevo_error_offset(raw(error)))
}

pub fn error_os_code(error: Option<&Error>) -> c_int {
    call!(kevo_error_os_code(raw(error)))
}

/// Options, and what must live as long as they are in use.
#[derive(Debug)]
pub struct Options {
    handle: RawOptions,
    progress: Option<Rc<Progress>>,
}

impl Options {
    pub fn new() -> Option<Self> {
        new_handle(kevo_recovery_options_new()).map(|handle| Self { handle, progress: None })
    }

    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_deref()
    }
}

fn raw_options(options: Option<&Options>) -> *mut kevo_recovery_options {
    raw(options.map(|options| &options.handle))
}

pub fn set_mode(options: Option<&Options>, mode: c_int) -> c_int {
    call!(kevo_recovery_options_set_mode(raw_options(options), mode))
}

pub fn set_order(options: Option<&Options>, order: c_int) -> c_int {
    call!(kevo_recovery_options_set_order(raw_options(options), order))
}

pub fn set_max_sequence(options: Option<&Options>, sequence: u64) -> c_int {
    call!(kevo_recovery_options_set_max_sequence(raw_options(options), sequence))
}

pub fn set_max_memtables(options: Option<&Options>, count: usize) -> c_int {
    call!(kevo_recovery_options_set_max_memtables(raw_options(options), count))
}

pub fn set_memtable_size(options: Option<&Options>, bytes: u64) -> c_int {
    call!(kevo_recovery_options_set_memtable_size(raw_options(options), bytes))
}

pub fn set_include_set_aside(options: Option<&Options>, yes: c_int) -> c_int {
    call!(kevo_recovery_options_set_include_set_aside(raw_options(options), yes))
}

pub fn set_threads(options: Option<&Options>, count: usize) -> c_int {
    call!(kevo_recovery_options_set_threads(raw_options(options), count))
}

pub fn set_progress(options: Option<&mut Options>, progress: Option<Rc<Progress>>) -> c_int {
    let callback = progress.is_some().then_some(progress::tell as _);
    let user = progress.as_ref().map_or(ptr::null_mut(), |progress| Rc::as_ptr(progress).cast_mut().cast());
    let code = call!(kevo_recovery_options_set_progress(raw_options(options.as_deref()), callback, user));
    if let Some(options) = options {
        options.progress = progress;
    }
    code
}

/// The outputs of a call of `kevo_recover`.
#[derive(Debug)]
pub struct Recovered {
    pub code: c_int,
    pub list: Given<kevo_memtable_list>,
    pub report: Given<kevo_recovery_report>,
    pub error: Given<kevo_error>,
}

/// Calls `kevo_recover`. Outputs that are not wanted are NULL.
pub fn recover(directory: Option<&CStr>, options: Option<&Options>, [list, report, error]: [bool; 3]) -> Recovered {
    let mut outputs = (HandleOut::new(list), HandleOut::new(report), HandleOut::new(error));
    let directory = directory.map_or(ptr::null(), CStr::as_ptr);
    let (list, report, error) = (outputs.0.pointer(), outputs.1.pointer(), outputs.2.pointer());
    let code = call!(kevo_recover(directory, raw_options(options), list, report, error));
    Recovered { code, list: outputs.0.given(), report: outputs.1.given(), error: outputs.2.given() }
}

pub fn report_stat(report: Option<&Report>, stat: c_int) -> u64 {
    call!(kevo_recovery_report_stat(raw(report), stat))
}

pub fn report_damage_count(report: Option<&Report>) -> usize {
    call!(kevo_recovery_report_damage_count(raw(report)))
}

/// The outputs of `kevo_recovery_report_damage`. A string that was not set is `None`.
#[derive(Debug, PartialEq, Eq)]
pub struct Damage {
    pub path: Option<CString>,
    pub offset: u64,
    pub length: u64,
    pub kind: c_int,
    pub what: Option<CString>,
}

/// Calls `kevo_recovery_report_damage`. Outputs hold `marks` before the call; those that are not wanted are NULL.
pub fn report_damage(report: Option<&Report>, index: usize, wanted: [bool; 5], marks: (u64, c_int)) -> (c_int, Damage) {
    let (mut path, mut what) = (ptr::null(), ptr::null());
    let mut damage = Damage { path: None, offset: marks.0, length: marks.0, kind: marks.1, what: None };
    let code = call!(kevo_recovery_report_damage(
        raw(report),
        index,
        out(wanted[0].then_some(&mut path)),
        out(wanted[1].then_some(&mut damage.offset)),
        out(wanted[2].then_some(&mut damage.length)),
        out(wanted[3].then_some(&mut damage.kind)),
        out(wanted[4].then_some(&mut what))
    ));
    (code, Damage { path: text(path), what: text(what), ..damage })
}

pub fn list_ref(list: Option<&List>) -> Option<List> {
    new_handle(call!(kevo_memtable_list_ref(raw(list))))
}

pub fn list_count(list: Option<&List>) -> usize {
    call!(kevo_memtable_list_count(raw(list)))
}

pub fn list_max_sequence(list: Option<&List>) -> u64 {
    call!(kevo_memtable_list_max_sequence(raw(list)))
}

type ValueOut<'a> = Option<&'a mut kevo_slice>;

pub fn list_get(
    list: Option<&List>,
    key: &Bytes,
    bound: u64,
    value: ValueOut<'_>,
    sequence: Option<&mut u64>,
) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_memtable_list_get(raw(list), key, len, bound, out(value), out(sequence)))
}

/// Calls `kevo_memtable_list_multi_get`. `values` and `codes` have at least `count` items.
pub fn list_multi_get(
    list: Option<&List>,
    (keys, count): (Option<&[Bytes]>, usize),
    bound: u64,
    values: Option<&mut [kevo_slice]>,
    codes: Option<&mut [c_int]>,
) -> c_int {
    assert!(
        [keys.map(<[_]>::len), values.as_deref().map(<[_]>::len), codes.as_deref().map(<[_]>::len)]
            .iter()
            .all(|len| len.is_none_or(|len| len >= count))
    );
    let keys: Option<Vec<kevo_slice>> = keys.map(|keys| keys.iter().map(Bytes::slice).collect());
    let keys = keys.as_ref().map_or(ptr::null(), |keys| keys.as_ptr());
    let values = values.map_or(ptr::null_mut(), <[_]>::as_mut_ptr);
    let codes = codes.map_or(ptr::null_mut(), <[_]>::as_mut_ptr);
    call!(kevo_memtable_list_multi_get(raw(list), keys, count, bound, values, codes))
}

pub fn list_put(list: Option<&List>, key: &Bytes, value: &Bytes, sequence: u64) -> c_int {
    let ((key, key_len), (value, value_len)) = (key.parts(), value.parts());
    call!(kevo_memtable_list_put(raw(list), key, key_len, value, value_len, sequence))
}

pub fn list_delete(list: Option<&List>, key: &Bytes, sequence: u64) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_memtable_list_delete(raw(list), key, len, sequence))
}

/// The outputs of a call of `kevo_memtable_list_export`; those that it did not set hold what they held before.
#[derive(Debug)]
pub struct Exported {
    pub code: c_int,
    pub entries: u64,
    pub memtable_size: u64,
    pub error: Given<kevo_error>,
}

/// Calls `kevo_memtable_list_export`. Outputs that are not wanted are NULL.
pub fn list_export(
    list: Option<&List>,
    out_dir: Option<&CStr>,
    flags: u32,
    [entries, memtable_size, error]: [bool; 3],
    mark: usize,
) -> Exported {
    let mut given = HandleOut::new(error);
    let mut exported = Exported { code: 0, entries: mark as u64, memtable_size: mark as u64, error: Given::NotSet };
    exported.code = call!(kevo_memtable_list_export(
        raw(list),
        out_dir.map_or(ptr::null(), CStr::as_ptr),
        flags,
        out(entries.then_some(&mut exported.entries)),
        out(memtable_size.then_some(&mut exported.memtable_size)),
        given.pointer()
    ));
    Exported { error: given.given(), ..exported }
}

pub fn list_table(list: Option<&List>, index: usize, wanted: bool) -> (c_int, Given<kevo_memtable>) {
    let mut table = HandleOut::new(wanted);
    let code = call!(kevo_memtable_list_table(raw(list), index, table.pointer()));
    (code, table.given())
}

pub fn get(table: Option<&Table>, key: &Bytes, bound: u64, value: ValueOut<'_>, sequence: Option<&mut u64>) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_memtable_get(raw(table), key, len, bound, out(value), out(sequence)))
}

pub fn put(table: Option<&Table>, key: &Bytes, value: &Bytes, sequence: u64) -> c_int {
    let ((key, key_len), (value, value_len)) = (key.parts(), value.parts());
    call!(kevo_memtable_put(raw(table), key, key_len, value, value_len, sequence))
}

pub fn delete(table: Option<&Table>, key: &Bytes, sequence: u64) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_memtable_delete(raw(table), key, len, sequence))
}

pub fn set_immutable(table: Option<&Table>) -> c_int {
    call!(kevo_memtable_set_immutable(raw(table)))
}

pub fn is_immutable(table: Option<&Table>) -> c_int {
    call!(kevo_memtable_is_immutable(raw(table)))
}

pub fn approximate_size(table: Option<&Table>) -> u64 {
    call!(kevo_memtable_approximate_size(raw(table)))
}

pub fn entry_count(table: Option<&Table>) -> u64 {
    call!(kevo_memtable_entry_count(raw(table)))
}

pub fn next_sequence(table: Option<&Table>) -> u64 {
    call!(kevo_memtable_next_sequence(raw(table)))
}

pub fn age_seconds(table: Option<&Table>) -> f64 {
    call!(kevo_memtable_age_seconds(raw(table)))
}

pub fn new_scan() -> Option<Scan> {
    new_handle(kevo_scan_new())
}

pub fn set_lower(scan: Option<&Scan>, key: &Bytes, inclusive: c_int) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_scan_set_lower(raw(scan), key, len, inclusive))
}

pub fn set_upper(scan: Option<&Scan>, key: &Bytes, inclusive: c_int) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_scan_set_upper(raw(scan), key, len, inclusive))
}

pub fn set_prefix(scan: Option<&Scan>, prefix: &Bytes) -> c_int {
    let (prefix, len) = prefix.parts();
    call!(kevo_scan_set_prefix(raw(scan), prefix, len))
}

pub fn set_scan_max_sequence(scan: Option<&Scan>, sequence: u64) -> c_int {
    call!(kevo_scan_set_max_sequence(raw(scan), sequence))
}

pub fn set_flags(scan: Option<&Scan>, flags: u32) -> c_int {
    call!(kevo_scan_set_flags(raw(scan), flags))
}

pub fn list_iterator(list: Option<&List>, scan: Option<&Scan>, wanted: bool) -> (c_int, Given<kevo_iterator>) {
    let mut iterator = HandleOut::new(wanted);
    let code = call!(kevo_memtable_list_iterator(raw(list), raw(scan), iterator.pointer()));
    (code, iterator.given())
}

pub fn table_iterator(table: Option<&Table>, scan: Option<&Scan>, wanted: bool) -> (c_int, Given<kevo_iterator>) {
    let mut iterator = HandleOut::new(wanted);
    let code = call!(kevo_memtable_iterator(raw(table), raw(scan), iterator.pointer()));
    (code, iterator.given())
}

pub fn first(iterator: Option<&Iterator>) -> c_int {
    call!(kevo_iterator_first(raw(iterator)))
}

pub fn last(iterator: Option<&Iterator>) -> c_int {
    call!(kevo_iterator_last(raw(iterator)))
}

pub fn seek(iterator: Option<&Iterator>, key: &Bytes) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_iterator_seek(raw(iterator), key, len))
}

pub fn seek_for_prev(iterator: Option<&Iterator>, key: &Bytes) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_iterator_seek_for_prev(raw(iterator), key, len))
}

pub fn next(iterator: Option<&Iterator>) -> c_int {
    call!(kevo_iterator_next(raw(iterator)))
}

pub fn prev(iterator: Option<&Iterator>) -> c_int {
    call!(kevo_iterator_prev(raw(iterator)))
}

pub fn entry(iterator: Option<&Iterator>, entry: Option<&mut kevo_entry>) -> c_int {
    call!(kevo_iterator_entry(raw(iterator), out(entry)))
}

pub fn next_batch(
    iterator: Option<&Iterator>,
    entries: Option<&mut [kevo_entry]>,
    capacity: usize,
    count: Option<&mut usize>,
) -> c_int {
    assert!(entries.as_ref().is_none_or(|entries| entries.len() >= capacity));
    let entries = entries.map_or(ptr::null_mut(), <[_]>::as_mut_ptr);
    call!(kevo_iterator_next_batch(raw(iterator), entries, capacity, out(count)))
}

pub fn next_packed(
    iterator: Option<&Iterator>,
    buffer: Option<&mut [u8]>,
    capacity: usize,
    used: Option<&mut usize>,
    count: Option<&mut usize>,
) -> c_int {
    assert!(buffer.as_ref().is_none_or(|buffer| buffer.len() >= capacity));
    let buffer = buffer.map_or(ptr::null_mut(), |buffer| buffer.as_mut_ptr().cast());
    call!(kevo_iterator_next_packed(raw(iterator), buffer, capacity, out(used), out(count)))
}

pub fn iterator_failed(iterator: Option<&Iterator>) -> bool {
    !call!(kevo_iterator_error(raw(iterator))).is_null()
}

pub fn new_pin() -> Option<Pin> {
    new_handle(kevo_pinned_new())
}

pub fn reset_pin(pin: Option<&Pin>) {
    call!(kevo_pinned_reset(raw(pin)));
}

/// Calls `kevo_table_open`, or `kevo_table_open_mode` if there is a mode.
pub fn open_table(
    path: Option<&CStr>,
    mode: Option<c_int>,
    [table, error]: [bool; 2],
) -> (c_int, Given<kevo_table>, Given<kevo_error>) {
    let (mut table, mut error) = (HandleOut::new(table), HandleOut::new(error));
    let path = path.map_or(ptr::null(), CStr::as_ptr);
    let code = match mode {
        None => call!(kevo_table_open(path, table.pointer(), error.pointer())),
        Some(mode) => call!(kevo_table_open_mode(path, mode, table.pointer(), error.pointer())),
    };
    (code, table.given(), error.given())
}

pub fn table_file_get(
    table: Option<&TableFile>,
    key: &Bytes,
    pin: Option<&Pin>,
    value: ValueOut<'_>,
    sequence: Option<&mut u64>,
    error: bool,
) -> (c_int, Given<kevo_error>) {
    let (mut error, (key, len)) = (HandleOut::new(error), key.parts());
    let code = call!(kevo_table_get(raw(table), key, len, raw(pin), out(value), out(sequence), error.pointer()));
    (code, error.given())
}

pub fn table_file_iterator(
    table: Option<&TableFile>,
    scan: Option<&Scan>,
    [iterator, error]: [bool; 2],
) -> (c_int, Given<kevo_iterator>, Given<kevo_error>) {
    let (mut iterator, mut error) = (HandleOut::new(iterator), HandleOut::new(error));
    let code = call!(kevo_table_iterator(raw(table), raw(scan), iterator.pointer(), error.pointer()));
    (code, iterator.given(), error.given())
}

pub fn table_file_stat(table: Option<&TableFile>, stat: c_int) -> u64 {
    call!(kevo_table_stat(raw(table), stat))
}

pub fn table_file_part_count(table: Option<&TableFile>) -> usize {
    call!(kevo_table_part_count(raw(table)))
}

/// Calls `kevo_table_part`. Outputs hold `marks` before the call; those that are not wanted are NULL.
pub fn table_file_part(
    table: Option<&TableFile>,
    index: usize,
    wanted: [bool; 3],
    (mut kind, mark): (c_int, u64),
) -> (c_int, c_int, [u64; 2]) {
    let [mut offset, mut length] = [mark; 2];
    let code = call!(kevo_table_part(
        raw(table),
        index,
        out(wanted[0].then_some(&mut kind)),
        out(wanted[1].then_some(&mut offset)),
        out(wanted[2].then_some(&mut length))
    ));
    (code, kind, [offset, length])
}

pub fn verify_table_file(table: Option<&TableFile>, error: bool) -> (c_int, Given<kevo_error>) {
    let mut error = HandleOut::new(error);
    let code = call!(kevo_table_verify(raw(table), error.pointer()));
    (code, error.given())
}

pub fn table_file_damage(
    table: Option<&TableFile>,
    [report, error]: [bool; 2],
) -> (c_int, Given<kevo_recovery_report>, Given<kevo_error>) {
    let (mut report, mut error) = (HandleOut::new(report), HandleOut::new(error));
    let code = call!(kevo_table_damage(raw(table), report.pointer(), error.pointer()));
    (code, report.given(), error.given())
}

// Databases. Errors are always wanted, and checked here: there is one exactly if the code is a failure, and it has that
// code.

/// A database, which must be closed.
#[derive(Clone, Copy, Debug)]
pub struct Db(*mut kevo_db);

impl Db {
    pub const NULL: Self = Self(ptr::null_mut());
}

/// Calls a function with a place for an error, and checks what comes of that. Returns the code.
fn checking_error(call: impl FnOnce(*mut *mut kevo_error) -> c_int) -> c_int {
    let mut error = HandleOut::new(true);
    let code = call(error.pointer());
    match error.given() {
        Given::Null => assert!(code >= 0, "a failure without an error: {code}"),
        Given::New(error) => assert_eq!(error_code(Some(&error)), code),
        Given::NotSet => panic!("the error is not set"),
    }
    code
}

pub fn new_db_options() -> Option<DbOptions> {
    new_handle(kevo_db_options_new())
}

/// Calls every setter with this number, and returns their codes: in the order of kevo.h, without recovery and logger.
pub fn set_db_options(options: Option<&DbOptions>, number: u64) -> [c_int; 16] {
    let (handle, size, int) = (raw(options), number as usize, number as c_int);
    [
        call!(kevo_db_options_set_create_if_missing(handle, 1)),
        call!(kevo_db_options_set_error_if_exists(handle, 0)),
        call!(kevo_db_options_set_read_only(handle, 0)),
        call!(kevo_db_options_set_log_mapped(handle, 0)),
        call!(kevo_db_options_set_log_retention(handle, number)),
        call!(kevo_db_options_set_cache_size(handle, number)),
        call!(kevo_db_options_set_compaction_rate(handle, 0)),
        call!(kevo_db_options_set_memtable_size(handle, number)),
        call!(kevo_db_options_set_max_memtables(handle, size)),
        call!(kevo_db_options_set_log_size(handle, number)),
        call!(kevo_db_options_set_table_size(handle, number)),
        call!(kevo_db_options_set_block_size(handle, size)),
        call!(kevo_db_options_set_max_open_files(handle, size)),
        call!(kevo_db_options_set_filter_bits(handle, int as u32 % 65)),
        call!(kevo_db_options_set_sync(handle, KEVO_SYNC_NONE, number)),
        call!(kevo_db_options_set_compaction(handle, int % 3, size % 4)),
    ]
}

pub fn set_db_recovery(options: Option<&DbOptions>, recovery: Option<&Options>) -> c_int {
    call!(kevo_db_options_set_recovery(raw(options), raw_options(recovery)))
}

pub fn remove_db_logger(options: Option<&DbOptions>) -> c_int {
    call!(kevo_db_options_set_logger(raw(options), None, ptr::null_mut()))
}

pub fn open_db(path: Option<&CStr>, options: Option<&DbOptions>) -> (c_int, Db, Given<kevo_recovery_report>) {
    let (mut db, mut report) = (ptr::null_mut(), HandleOut::new(true));
    let path = path.map_or(ptr::null(), CStr::as_ptr);
    let code = checking_error(|error| call!(kevo_db_open(path, raw(options), &mut db, report.pointer(), error)));
    (code, Db(db), report.given())
}

pub fn close_db(db: Db) -> c_int {
    checking_error(|error| call!(kevo_db_close(db.0, error)))
}

pub fn destroy_db(path: Option<&CStr>) -> c_int {
    let path = path.map_or(ptr::null(), CStr::as_ptr);
    checking_error(|error| call!(kevo_db_destroy(path, error)))
}

pub fn salvage_db(path: Option<&CStr>, into: Option<&CStr>) -> (c_int, Given<kevo_recovery_report>) {
    let mut report = HandleOut::new(true);
    let (path, into) = (path.map_or(ptr::null(), CStr::as_ptr), into.map_or(ptr::null(), CStr::as_ptr));
    let code = checking_error(|error| call!(kevo_db_salvage(path, into, ptr::null(), report.pointer(), error)));
    (code, report.given())
}

pub fn db_put(db: Db, key: &Bytes, value: &Bytes, flags: u32) -> c_int {
    let ((key, key_len), (value, value_len)) = (key.parts(), value.parts());
    checking_error(|error| call!(kevo_db_put(db.0, key, key_len, value, value_len, flags, error)))
}

pub fn db_delete(db: Db, key: &Bytes, flags: u32) -> c_int {
    let (key, len) = key.parts();
    checking_error(|error| call!(kevo_db_delete(db.0, key, len, flags, error)))
}

pub fn db_write(db: Db, batch: Option<&Batch>, flags: u32, sequence: Option<&mut u64>) -> c_int {
    checking_error(|error| call!(kevo_db_write(db.0, raw(batch), flags, out(sequence), error)))
}

pub fn db_delete_range(db: Db, begin: &Bytes, end: &Bytes, flags: u32, count: Option<&mut u64>) -> c_int {
    let ((begin, begin_len), (end, end_len)) = (begin.parts(), end.parts());
    checking_error(|error| call!(kevo_db_delete_range(db.0, begin, begin_len, end, end_len, flags, out(count), error)))
}

/// Looks a key up in three ways, which must agree. Returns the code and a copy of the value.
pub fn db_get(db: Db, snapshot: Option<&Snapshot>, key: &Bytes) -> (c_int, Option<Vec<u8>>) {
    let pin = new_pin();
    let mut value = kevo_slice { data: ptr::null(), len: 0 };
    let (data, len) = key.parts();
    let get = |error| call!(kevo_db_get(db.0, raw(snapshot), data, len, raw(pin.as_ref()), &mut value, error));
    let code = checking_error(get);
    let got = (code == 0).then(|| copy(&value));

    let mut copied = vec![0; got.as_ref().map_or(0, Vec::len)];
    let (buffer, capacity, mut value_len) = (copied.as_mut_ptr().cast(), copied.len(), 0);
    let copy_code = checking_error(|error| {
        call!(kevo_db_get_copy(db.0, raw(snapshot), data, len, buffer, capacity, &mut value_len, error))
    });
    assert_eq!(copy_code, code);
    assert!(got.as_ref().is_none_or(|got| *got == copied && value_len == copied.len()));

    let (keys, mut codes) = ([key.slice()], [7777]);
    let many_code = checking_error(|error| {
        let (keys, codes) = (keys.as_ptr(), codes.as_mut_ptr());
        call!(kevo_db_multi_get(db.0, raw(snapshot), keys, 1, raw(pin.as_ref()), &mut value, codes, error))
    });
    assert_eq!(if many_code < 0 { many_code } else { codes[0] }, code);
    assert!(got.as_ref().is_none_or(|got| *got == copy(&value)));
    (code, got)
}

pub fn db_snapshot(db: Db) -> (c_int, Given<kevo_snapshot>) {
    let mut snapshot = HandleOut::new(true);
    let code = checking_error(|error| call!(kevo_db_snapshot(db.0, snapshot.pointer(), error)));
    (code, snapshot.given())
}

pub fn snapshot_sequence(snapshot: Option<&Snapshot>) -> u64 {
    call!(kevo_snapshot_sequence(raw(snapshot)))
}

pub fn snapshot_get(snapshot: Option<&Snapshot>, key: &Bytes) -> (c_int, Option<Vec<u8>>) {
    let pin = new_pin();
    let mut value = kevo_slice { data: ptr::null(), len: 0 };
    let (data, len) = key.parts();
    let get = |error| call!(kevo_snapshot_get(raw(snapshot), data, len, raw(pin.as_ref()), &mut value, error));
    let code = checking_error(get);
    (code, (code == 0).then(|| copy(&value)))
}

pub fn snapshot_iterator(snapshot: Option<&Snapshot>) -> (c_int, Given<kevo_iterator>) {
    let mut iterator = HandleOut::new(true);
    let make = |error| call!(kevo_snapshot_iterator(raw(snapshot), ptr::null(), iterator.pointer(), error));
    (checking_error(make), iterator.given())
}

pub fn db_iterator(db: Db, snapshot: Option<&Snapshot>) -> (c_int, Given<kevo_iterator>) {
    let mut iterator = HandleOut::new(true);
    let make = |error| call!(kevo_db_iterator(db.0, raw(snapshot), ptr::null(), iterator.pointer(), error));
    (checking_error(make), iterator.given())
}

pub fn begin(db: Db, flags: u32, timeout_ms: u64) -> (c_int, Given<kevo_transaction>) {
    let mut transaction = HandleOut::new(true);
    let begin = |error| call!(kevo_transaction_begin(db.0, flags, timeout_ms, transaction.pointer(), error));
    (checking_error(begin), transaction.given())
}

pub fn transaction_put(transaction: Option<&Transaction>, key: &Bytes, value: &Bytes) -> c_int {
    let ((key, key_len), (value, value_len)) = (key.parts(), value.parts());
    checking_error(|error| call!(kevo_transaction_put(raw(transaction), key, key_len, value, value_len, error)))
}

pub fn transaction_delete(transaction: Option<&Transaction>, key: &Bytes) -> c_int {
    let (key, len) = key.parts();
    checking_error(|error| call!(kevo_transaction_delete(raw(transaction), key, len, error)))
}

/// Returns the code and a copy of the value.
pub fn transaction_get(transaction: Option<&Transaction>, key: &Bytes) -> (c_int, Option<Vec<u8>>) {
    let mut value = kevo_slice { data: ptr::null(), len: 0 };
    let (data, len) = key.parts();
    let code = checking_error(|error| call!(kevo_transaction_get(raw(transaction), data, len, &mut value, error)));
    (code, (code == 0).then(|| copy(&value)))
}

pub fn transaction_delete_range(
    transaction: Option<&Transaction>,
    begin: &Bytes,
    end: &Bytes,
    count: Option<&mut u64>,
) -> c_int {
    let ((begin, begin_len), (end, end_len)) = (begin.parts(), end.parts());
    let (transaction, count) = (raw(transaction), out(count));
    checking_error(|error| {
        call!(kevo_transaction_delete_range(transaction, begin, begin_len, end, end_len, count, error))
    })
}

pub fn transaction_iterator(transaction: Option<&Transaction>) -> (c_int, Given<kevo_iterator>) {
    let mut iterator = HandleOut::new(true);
    let make = |error| call!(kevo_transaction_iterator(raw(transaction), ptr::null(), iterator.pointer(), error));
    (checking_error(make), iterator.given())
}

pub fn savepoint(transaction: Option<&Transaction>) -> c_int {
    checking_error(|error| call!(kevo_transaction_savepoint(raw(transaction), error)))
}

pub fn rollback_to_savepoint(transaction: Option<&Transaction>) -> c_int {
    checking_error(|error| call!(kevo_transaction_rollback_to_savepoint(raw(transaction), error)))
}

pub fn commit(transaction: Option<&Transaction>, flags: u32, sequence: Option<&mut u64>) -> c_int {
    checking_error(|error| call!(kevo_transaction_commit(raw(transaction), flags, out(sequence), error)))
}

pub fn rollback(transaction: Option<&Transaction>) -> c_int {
    checking_error(|error| call!(kevo_transaction_rollback(raw(transaction), error)))
}

pub fn log_cursor(wal_dir: Option<&CStr>, after: u64) -> (c_int, Given<kevo_log_cursor>) {
    let (wal_dir, mut cursor) = (wal_dir.map_or(ptr::null(), CStr::as_ptr), HandleOut::new(true));
    let code = checking_error(|error| call!(kevo_log_cursor_open(wal_dir, after, cursor.pointer(), error)));
    (code, cursor.given())
}

pub fn log_cursor_at(wal_dir: Option<&CStr>, path: Option<&CStr>, offset: u64) -> (c_int, Given<kevo_log_cursor>) {
    let (wal_dir, path) = (wal_dir.map_or(ptr::null(), CStr::as_ptr), path.map_or(ptr::null(), CStr::as_ptr));
    let mut cursor = HandleOut::new(true);
    let code = checking_error(|error| call!(kevo_log_cursor_open_at(wal_dir, path, offset, cursor.pointer(), error)));
    (code, cursor.given())
}

/// The next entry's sequence number, its log, and from where a cursor goes on.
pub fn log_cursor_next(cursor: Option<&LogCursor>) -> (c_int, Option<(u64, CString, u64)>) {
    let none = kevo_slice { data: ptr::null(), len: 0 };
    let mut entry = kevo_entry { key: none, value: none, sequence: 0, op: 0, reserved: 0 };
    let (mut last, mut path, mut offset) = (0, ptr::null(), 0);
    let code = checking_error(|error| {
        call!(kevo_log_cursor_next(raw(cursor), 0, &mut entry, &mut last, &mut path, &mut offset, error))
    });
    let place = (code == 0).then(|| {
        drop((copy(&entry.key), copy(&entry.value)));
        // SAFETY: it is set to a string of the cursor's.
        (entry.sequence, unsafe { CStr::from_ptr(path) }.to_owned(), offset)
    });
    (code, place)
}

pub fn wake_log_cursor(cursor: Option<&LogCursor>) -> c_int {
    call!(kevo_log_cursor_wake(raw(cursor)))
}

pub fn refresh(iterator: Option<&Iterator>) -> c_int {
    checking_error(|error| call!(kevo_iterator_refresh(raw(iterator), error)))
}

/// All that an iterator goes through from where it is on.
pub fn all_of(iterator: &Iterator) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    while call!(kevo_iterator_next(raw(Some(iterator)))) == 0 {
        let none = kevo_slice { data: ptr::null(), len: 0 };
        let mut entry = kevo_entry { key: none, value: none, sequence: 0, op: 0, reserved: 0 };
        assert_eq!(call!(kevo_iterator_entry(raw(Some(iterator)), &mut entry)), 0);
        all.push((copy(&entry.key), copy(&entry.value)));
    }
    all
}

/// Calls everything that changes nothing that reads see. Returns the codes.
pub fn maintain_db(db: Db, begin: &Bytes, end: &Bytes) -> [c_int; 10] {
    let ((begin, begin_len), (end, end_len), mut bytes) = (begin.parts(), end.parts(), 0);
    [
        checking_error(|error| call!(kevo_db_sync(db.0, error))),
        checking_error(|error| call!(kevo_db_pause_background(db.0, error))),
        checking_error(|error| call!(kevo_db_flush(db.0, error))),
        checking_error(|error| call!(kevo_db_continue_background(db.0, error))),
        checking_error(|error| {
            call!(kevo_db_compact(db.0, begin, begin_len, end, end_len, None, ptr::null_mut(), error))
        }),
        checking_error(|error| {
            call!(kevo_db_approximate_size(db.0, begin, begin_len, end, end_len, &mut bytes, error))
        }),
        checking_error(|error| call!(kevo_db_resume(db.0, error))),
        checking_error(|error| call!(kevo_db_catch_up(db.0, error))),
        checking_error(|error| call!(kevo_db_verify(db.0, None, ptr::null_mut(), ptr::null_mut(), error))),
        checking_error(|error| call!(kevo_db_status(db.0, error))),
    ]
}

pub fn checkpoint_db(db: Db, path: Option<&CStr>) -> c_int {
    let path = path.map_or(ptr::null(), CStr::as_ptr);
    checking_error(|error| call!(kevo_db_checkpoint(db.0, path, None, ptr::null_mut(), error)))
}

pub fn db_last_sequence(db: Db) -> u64 {
    call!(kevo_db_last_sequence(db.0))
}

/// Every statistic that has a name, and which has a unit and a meaning, too.
pub fn db_stats(db: Db) -> Vec<u64> {
    let named = (0..).take_while(|&stat| !kevo_db_stat_name(stat).is_null());
    let stat = |stat| {
        assert!(!kevo_db_stat_unit(stat).is_null() && !kevo_db_stat_meaning(stat).is_null());
        assert!([0, 1].contains(&kevo_db_stat_is_counter(stat)));
        call!(kevo_db_stat(db.0, stat))
    };
    named.map(stat).collect()
}

/// All statistics as text, into a buffer of `capacity` bytes. Returns the code, and how long the text is.
pub fn db_stat_text(db: Db, capacity: usize) -> (c_int, usize) {
    let (mut text, mut length) = (vec![1_u8; capacity], 0);
    let code =
        checking_error(|error| call!(kevo_db_stat_text(db.0, text.as_mut_ptr().cast(), capacity, &mut length, error)));
    assert_eq!(code == 0, text.iter().position(|&byte| byte == 0) == Some(length) && length < capacity);
    (code, length)
}

/// How many tables there are and how many entries they have, as their list says.
pub fn db_tables(db: Db) -> (c_int, [u64; 2]) {
    let mut tables = HandleOut::new(true);
    let code = checking_error(|error| call!(kevo_db_tables(db.0, tables.pointer(), error)));
    let Given::New(tables) = tables.given() else {
        free_nothing::<kevo_table_list>();
        return (code, [0; 2]);
    };
    let tables: &TableList = &tables;
    let tables = raw(Some(tables));
    let count = call!(kevo_table_list_count(tables));
    assert!((0..=count).all(|index| call!(kevo_table_list_path(tables, index)).is_null() == (index == count)));
    let entries = |index| call!(kevo_table_list_stat(tables, index, KEVO_LISTED_TABLE_ENTRIES));
    (code, [count as u64, (0..count).map(entries).sum()])
}

pub fn new_batch() -> Option<Batch> {
    new_handle(kevo_batch_new())
}

pub fn batch_put(batch: Option<&Batch>, key: &Bytes, value: &Bytes) -> c_int {
    let ((key, key_len), (value, value_len)) = (key.parts(), value.parts());
    call!(kevo_batch_put(raw(batch), key, key_len, value, value_len))
}

pub fn batch_delete(batch: Option<&Batch>, key: &Bytes) -> c_int {
    let (key, len) = key.parts();
    call!(kevo_batch_delete(raw(batch), key, len))
}

pub fn batch_append(batch: Option<&Batch>, other: Option<&Batch>) -> c_int {
    call!(kevo_batch_append(raw(batch), raw(other)))
}

pub fn clear_batch(batch: Option<&Batch>) {
    call!(kevo_batch_clear(raw(batch)));
}

pub fn batch_count(batch: Option<&Batch>) -> usize {
    let (count, size) = (call!(kevo_batch_count(raw(batch))), call!(kevo_batch_size(raw(batch))));
    assert_eq!(count == 0, size == 0);
    count
}

/// A key, and its value if it is a put.
pub type OperationOf = (Vec<u8>, Option<Vec<u8>>);

/// The operation with this number.
pub fn batch_entry(batch: Option<&Batch>, index: usize) -> (c_int, Option<OperationOf>) {
    let none = kevo_slice { data: ptr::null(), len: 0 };
    let mut entry = kevo_entry { key: none, value: none, sequence: 0, op: 0, reserved: 0 };
    let code = call!(kevo_batch_entry(raw(batch), index, &mut entry));
    let is_put = entry.op == kevo::c::slice::KEVO_OP_PUT;
    (code, (code == 0).then(|| (copy(&entry.key), is_put.then(|| copy(&entry.value)))))
}
