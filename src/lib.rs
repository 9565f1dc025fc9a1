//! Recovers the write-ahead log of Kevo, an LSM key-value store, and answers queries on the memtables in it.
//!
//! The C ABI in `include/kevo.h` is what this library is for; it is a thin layer over the engine that this crate
//! exports to Rust. `docs/architecture.md` follows the data through the modules:
//!
//! ```text
//! log:       bytes → records → entries, damage       version:  the sources that a reader reads
//! recovered: the entries of a log, sorted on use     view:     lookups and iterators over a version
//! memtable:  the entries written since               list:     the memtables and their handles
//! recovery:  a directory → a recovered log           export:   entries → a clean log
//!                                                    c:        the same for C
//! ```
//!
//! ```no_run
//! use kevo::{Lookup, Options, recover};
//!
//! let (list, report) = recover("db/wal".as_ref(), &Options::default(), None);
//! println!("{} stretches of damage", report.damage.len());
//! if let Lookup::Found { value, .. } = list?.get(b"key", u64::MAX)? {
//!     println!("{} bytes", value.len());
//! }
//! # Ok::<(), kevo::Error>(())
//! ```
#![deny(unsafe_code)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("libkevo keeps whole logs in memory and is for 64-bit machines");

pub mod c;
mod chunked;
mod damage;
#[doc(hidden)]
pub mod disk;
mod error;
mod export;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod key;
mod list;
mod little_endian;
mod log;
mod memory;
mod memtable;
mod order;
mod parallel;
mod path;
mod prefetch;
mod recovered;
mod recovery;
mod scan;
mod sync;
#[doc(hidden)]
pub mod table;
mod version;
mod view;

pub use damage::{Cause, DamageKind};
pub use error::Error;
pub use export::Exported;
#[doc(hidden)]
pub use list::recover_on;
pub use list::{MemtableHandle, MemtableList, recover};
pub use log::format::entry::{Entry, Op};
pub use order::Order;
pub use recovery::options::{Mode, Options};
pub use recovery::progress::Callback;
pub use recovery::report::{Damage, Report};
pub use scan::Scan;
pub use view::iterator::Iter;
pub use view::lookup::{Lookup, Value};
pub use view::packed::Packed;
