//! Memory whose amount a log decides: there may not be enough, which is an error and not the end of the process.

use std::collections::TryReserveError;

/// So many copies of `value`.
pub(crate) fn filled<T: Clone>(value: T, len: usize) -> Result<Vec<T>, TryReserveError> {
    let mut filled = Vec::new();
    filled.try_reserve_exact(len)?;
    filled.resize(len, value);
    Ok(filled)
}
