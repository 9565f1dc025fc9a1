//! An embedded key-value store, which also opens what Kevo, an LSM key-value store in Go, has left.
//!
//! The C ABI in `include/kevo.h` is what this library is for; it is a thin layer over the engine that this crate
//! exports to Rust. A database is a directory ([`db::Database`]):
//!
//! ```
//! use kevo::Scan;
//! use kevo::db::{Batch, Database, DbOptions, TransactionOptions, WriteOptions};
//!
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("my.db");
//! let (database, _report) = Database::open(&path, &DbOptions::default(), None);
//! let database = database?;
//! database.put(b"apples", b"3", WriteOptions::default())?; // and it is on disk: that is the default
//! assert_eq!(database.get(b"apples")?.as_deref(), Some(&b"3"[..]));
//!
//! let mut batch = Batch::new(); // all of it or nothing
//! batch.put(b"pears", b"5")?;
//! batch.delete(b"plums")?;
//! database.write(&batch, WriteOptions::default())?;
//!
//! database.transact(TransactionOptions::default(), |transaction| {
//!     let apples = transaction.get(b"apples")?.unwrap_or_default();
//!     transaction.put(b"fruit", &apples)
//! })?;
//!
//! let mut entries = database.iterator(&Scan::default())?;
//! while entries.next()? {
//!     let entry = entries.entry().expect("it has moved to one");
//!     println!("{} = {}", String::from_utf8_lossy(entry.key), String::from_utf8_lossy(entry.value));
//! }
//! database.close()?; // tells what went wrong; dropping it closes it as well
//! # Ok::<(), kevo::Error>(())
//! ```
//!
//! The memtables in a log of Kevo, without its database:
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
//!
//! `docs/architecture.md` follows the data through the modules:
//!
//! ```text
//! db:        a database                          table, versions, kevo_directory: its files
//! log:       bytes → records → entries, damage       version:  the sources that a reader reads
//! recovered: the entries of a log, sorted on use     view:     lookups and iterators over a version
//! memtable:  the entries written since               list:     the memtables and their handles
//! recovery:  a directory → a recovered log           export:   entries → a clean log
//!                                                    c:        the same for C
//! ```
#![deny(unsafe_code)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("libkevo keeps whole logs in memory and is for 64-bit machines");

pub mod c;
mod chunked;
mod damage;
pub mod db;
pub mod feed;

#[doc(hidden)]
pub mod disk;
mod error;
mod export;
mod fields;
mod fork;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod kevo_directory;
mod key;
mod list;
mod little_endian;
mod log;
#[doc(hidden)]
pub mod log_memtable;
mod memory;
mod memtable;
mod order;
mod parallel;
mod path;
mod prefetch;
mod recovered;
mod recovery;
mod rest;
mod scan;
mod sync;
#[doc(hidden)]
pub mod table;
mod thin_arc;
mod version;
#[doc(hidden)]
pub mod versions;
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
