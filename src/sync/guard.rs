//! What loads give, under a checker of threads.

use std::ops::Deref;

/// Behaves as the guard of `arc_swap`.
pub(crate) struct Guard<T>(pub(super) T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
