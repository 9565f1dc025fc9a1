//! Paths that are made where memory can be refused.

use std::collections::TryReserveError;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A copy of `path`.
pub(crate) fn copied(path: &Path) -> Result<PathBuf, TryReserveError> {
    joined(path, OsStr::new(""))
}

/// The path of `name` in `directory`; of `directory` itself where `name` is empty.
pub(crate) fn joined(directory: &Path, name: &OsStr) -> Result<PathBuf, TryReserveError> {
    let mut path = PathBuf::new();
    // One more for what separates them.
    path.try_reserve_exact(directory.as_os_str().len() + 1 + name.len())?;
    path.as_mut_os_string().push(directory);
    if !name.is_empty() {
        path.push(name);
    }
    Ok(path)
}
