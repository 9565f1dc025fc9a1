//! What belongs to the process that made it.

use crate::Error;
use crate::fork::Process;
use std::mem::ManuallyDrop;

/// A value that holds files. A child that was forked from the process that made it has a copy, which it neither uses
/// nor drops: a lock in it may be held by a thread that the child does not have, and its files are the parent's.
#[derive(Debug)]
pub(in crate::c) struct OfProcess<T> {
    process: Process,
    value: ManuallyDrop<T>,
}

impl<T> OfProcess<T> {
    pub(in crate::c) fn new(value: T) -> Self {
        Self { process: Process::current(), value: ManuallyDrop::new(value) }
    }

    /// The value, in the process that made it.
    #[inline]
    pub(in crate::c) fn get(&self) -> Result<&T, Error> {
        if self.process.is_other() { Err(Error::Closed) } else { Ok(&self.value) }
    }

    #[inline]
    pub(in crate::c) fn get_mut(&mut self) -> Result<&mut T, Error> {
        if self.process.is_other() { Err(Error::Closed) } else { Ok(&mut self.value) }
    }

    /// The value, for what takes no lock and touches no file.
    #[inline]
    pub(in crate::c) fn get_anywhere(&self) -> &T {
        &self.value
    }

    #[inline]
    pub(in crate::c) fn get_mut_anywhere(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if !self.process.is_other() {
            // SAFETY: it is dropped here only, and not used any more.
            unsafe { ManuallyDrop::drop(&mut self.value) };
        }
    }
}
