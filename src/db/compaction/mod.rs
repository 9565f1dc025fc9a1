//! Compactions: tables are merged into fewer ones, and what is replaced or deleted in them goes.
//!
//! ```text
//! tiered, leveled   what to merge next, of what a version has
//! manual            what a caller asks for
//! task              what is to be merged, and what comes of it
//! run               merges
//! ```

mod leveled;
mod manual;
mod run;
mod task;
mod tiered;

pub(super) use task::Claims;
