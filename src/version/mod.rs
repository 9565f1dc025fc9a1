//! Versions: the sources that a reader reads.
//!
//! A version is immutable. Exactly one version is current. A reader pins it with a `snapshot`, and versions that are
//! published later do not affect that reader. [`source`] is the only file that knows all kinds of source.

mod published;
pub(crate) mod replaced;
pub(crate) mod run;
mod run_cursor;
mod snapshot;
pub(crate) mod source;
mod table_cursor;
// The module holds the struct that the folder is named after.
#[allow(clippy::module_inception)]
mod version;

pub(crate) use self::published::Published;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::version::Version;
