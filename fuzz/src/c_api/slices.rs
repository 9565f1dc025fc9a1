//! Slices: what a slice holds now, and that it holds the same as long as its list lives.

use super::calls;
use super::model::Model;
use kevo::c::slice::kevo_slice;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// How many slices are watched at most.
const MOST: usize = 64;

static MARKER: [u8; 1] = [0];

/// What outputs hold before a call.
pub const MARKED: kevo_slice = kevo_slice { data: (&raw const MARKER).cast(), len: 77_777 };

/// Checks that an output is set to `expected`, or still holds its mark if there is none.
pub fn check(slice: &kevo_slice, expected: Option<&[u8]>) {
    match expected {
        Some(expected) => assert_eq!(calls::copy(slice), expected),
        None => assert!(slice.data == MARKED.data && slice.len == MARKED.len, "{slice:?} is set"),
    }
}

/// Slices that the library has given.
#[derive(Debug, Default)]
pub struct Watched(Vec<Slice>);

#[derive(Debug)]
struct Slice {
    slice: kevo_slice,
    bytes: Vec<u8>,
    /// Everything that keeps the list alive also holds this.
    list: Weak<RefCell<Model>>,
}

impl Watched {
    pub fn watch(&mut self, slice: kevo_slice, list: &Rc<RefCell<Model>>) {
        if self.0.len() < MOST {
            self.0.push(Slice { slice, bytes: calls::copy(&slice), list: Rc::downgrade(list) });
        }
    }

    pub fn check(&mut self) {
        self.0.retain(|slice| slice.list.strong_count() > 0);
        for Slice { slice, bytes, .. } in &self.0 {
            assert_eq!(calls::copy(slice), *bytes, "a slice has changed");
        }
    }
}
