//! Memory whose amount an input decides: there may not be enough, which is an error and not the end of the process.

use crate::error::Error;
use crate::path;
use std::collections::TryReserveError;
use std::path::{Path, PathBuf};

/// The error where `count` items do not fit into memory.
pub(crate) fn refused<T>(count: usize) -> Error {
    Error::NoMemory(count.saturating_mul(size_of::<T>()) as u64)
}

/// An empty vector with room for `count` items.
pub(crate) fn with_capacity<T>(count: usize) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| refused::<T>(count))?;
    Ok(items)
}

/// Adds `item` to the end of `items`.
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), Error> {
    items.try_reserve(1).map_err(|_| refused::<T>(items.len() + 1))?;
    items.push(item);
    Ok(())
}

/// All that there is in `items`.
pub(crate) fn collected<T>(items: impl ExactSizeIterator<Item = T>) -> Result<Vec<T>, Error> {
    let mut collected = with_capacity(items.len())?;
    collected.extend(items);
    Ok(collected)
}

/// The same where making an item can fail.
pub(crate) fn try_collected<T>(items: impl ExactSizeIterator<Item = Result<T, Error>>) -> Result<Vec<T>, Error> {
    let mut collected = with_capacity(items.len())?;
    for item in items {
        collected.push(item?);
    }
    Ok(collected)
}

/// So many copies of `value`.
pub(crate) fn filled<T: Clone>(value: T, len: usize) -> Result<Vec<T>, TryReserveError> {
    let mut filled = Vec::new();
    filled.try_reserve_exact(len)?;
    filled.resize(len, value);
    Ok(filled)
}

/// So many defaults.
pub(crate) fn defaults<T: Default>(len: usize) -> Result<Vec<T>, TryReserveError> {
    let mut defaults = Vec::new();
    defaults.try_reserve_exact(len)?;
    defaults.resize_with(len, T::default);
    Ok(defaults)
}

/// A copy of `path`.
pub(crate) fn copied_path(path: &Path) -> Result<PathBuf, Error> {
    path::copied(path).map_err(|_| refused::<u8>(path.as_os_str().len()))
}

/// The path of `name` in `directory`.
pub(crate) fn joined_path(directory: &Path, name: &str) -> Result<PathBuf, Error> {
    path::joined(directory, name.as_ref()).map_err(|_| refused::<u8>(directory.as_os_str().len() + name.len()))
}

/// A copy of bytes, or the error where they do not fit into memory.
pub(crate) fn copied_bytes(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    copied(bytes).map_err(|_| refused::<u8>(bytes.len()))
}

/// Whether `bytes` of memory could be had just now. For what the standard library asks for in a way that ends the
/// process when it is refused: nothing is certain after this, but what is refused then was nearly refused before.
pub(crate) fn probe(bytes: usize) -> Result<(), Error> {
    with_capacity::<u8>(bytes).map(drop)
}

/// A copy of `items`.
pub(crate) fn copied<T: Copy>(items: &[T]) -> Result<Vec<T>, TryReserveError> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(items.len())?;
    copied.extend_from_slice(items);
    Ok(copied)
}

/// All of `items`, by their keys.
pub(crate) fn sorted<T, K: Ord>(
    items: impl ExactSizeIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Error> {
    let mut sorted = collected(items)?;
    sorted.sort_unstable_by_key(key);
    Ok(sorted)
}
