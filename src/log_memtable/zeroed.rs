//! Zeroed memory that can be refused. A long stretch of it costs nothing before it is used.

use crate::error::Error;
#[cfg(not(any(loom, shuttle)))]
use crate::memory::refused;

#[cfg(not(any(loom, shuttle)))]
pub(super) fn zeroed<T: bytemuck::Zeroable>(len: usize) -> Result<Box<[T]>, Error> {
    bytemuck::allocation::try_zeroed_slice_box(len).map_err(|()| refused::<T>(len))
}

/// Under a checker of threads an atomic number is more than its bytes.
#[cfg(any(loom, shuttle))]
#[allow(clippy::unnecessary_wraps)]
pub(super) fn zeroed<T: Default>(len: usize) -> Result<Box<[T]>, Error> {
    Ok((0..len).map(|_| T::default()).collect())
}
