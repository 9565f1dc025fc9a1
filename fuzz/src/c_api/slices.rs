//! Slices: what one holds now, and what it has to hold as long as its list lives.

use super::calls;
use super::model::Model;
use kevo::c::slice::kevo_slice;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// More are not watched.
const MOST: usize = 64;

static MARKER: [u8; 1] = [0];

/// Stands in outputs before a call.
pub const MARKED: kevo_slice = kevo_slice { data: (&raw const MARKER).cast(), len: 77_777 };

/// Holds an output against what it has to be set to, if it has to be set.
pub fn check(slice: &kevo_slice, expected: Option<&[u8]>) {
    match expected {
        Some(expected) => assert_eq!(calls::copy(slice), expected),
        None => assert!(slice.data == MARKED.data && slice.len == MARKED.len, "{slice:?} is set"),
    }
}

/// Slices that were handed out.
#[derive(Debug, Default)]
pub struct Watched(Vec<Slice>);

#[derive(Debug)]
struct Slice {
    slice: kevo_slice,
    bytes: Vec<u8>,
    /// Is held by whatever keeps the list alive.
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
