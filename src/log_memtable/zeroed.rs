//! Zeroed memory that can be refused. A long stretch of it costs nothing before it is used.

use crate::error::Error;
#[cfg(not(loom))]
use crate::memory::refused;

#[cfg(not(loom))]
pub(super) fn zeroed<T: bytemuck::Zeroable>(len: usize) -> Result<Box<[T]>, Error> {
    bytemuck::allocation::try_zeroed_slice_box(len).map_err(|()| refused::<T>(len))
}

/// Under loom an atomic number is more than its bytes.
#[cfg(loom)]
pub(super) fn zeroed<T: Default>(len: usize) -> Result<Box<[T]>, Error> {
    Ok((0..len).map(|_| T::default()).collect())
}
