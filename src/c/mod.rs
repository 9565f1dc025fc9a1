//! The C ABI: pointers and codes on this side, the engine on the other. No logic lives here.
//!
//! Every function checks its pointers, catches panics and turns the engine's answers into codes and outputs. What its
//! comment says is what a C programmer reads in `include/kevo.h`, so it tells types, units, ownership, lifetimes,
//! threads and codes; it is its `# Safety` section too.
#![allow(unsafe_code)]
#![allow(non_camel_case_types)] // The names are C's.
#![allow(clippy::missing_safety_doc, clippy::doc_markdown)] // See above.

mod boundary;
mod cancellation;
mod lookup;
mod text;

// The blank lines keep these in the order that a reader of kevo.h wants.
pub mod code;

pub mod version;

pub mod error;

pub mod recovery_options;

pub mod recover;

pub mod report;

pub mod slice;

pub mod list;

pub mod export;

pub mod memtable;

pub mod scan;

pub mod iterator;

pub mod pinned;

pub mod table;

pub mod db;

pub mod log_cursor;
