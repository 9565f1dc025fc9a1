//! Every function of kevo.h, unchanged except for pointers: a handle is freed when it is dropped, and NULL is `None`.
//!
//! These are the library's own functions, called through their C ABI, so no declaration here can differ from theirs.

use super::progress::{self, Progress};
use kevo::c::code::kevo_strerror;
use kevo::c::error::*;
use kevo::c::export::kevo_memtable_list_export;
use kevo::c::iterator::*;
use kevo::c::list::*;
use kevo::c::memtable::*;
use kevo::c::recover::kevo_recover;
use kevo::c::recovery_options::*;
use kevo::c::report::*;
use kevo::c::scan::*;
use kevo::c::slice::{kevo_entry, kevo_slice};
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
