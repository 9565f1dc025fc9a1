//! Versions: which sources a reader looks into.
//!
//! A version is immutable. Exactly one is current; a reader pins it by a [`snapshot`] and is not disturbed by what is
//! published later. [`source`] is the one file that knows which kinds of source there are.

mod published;
mod snapshot;
pub(crate) mod source;
#[allow(clippy::module_inception)] // Nothing in the folder that it depends on is named after it.
mod version;

pub(crate) use self::published::Published;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::version::Version;
