//! Tables: immutable files of entries, sorted by key. `docs/table-format.md` says what is in them, byte by byte.
//!
//! ```text
//! source    a file that blocks are read from     writer      entries in, a table of ours out
//! footer, generation, sections                   block_writer
//! block     entries, searched as they stand      filter      which keys are not there
//! delta     Kevo's blocks, made into such        properties  what opening and rebuilding need
//! units     which block has which keys:          salvage     blocks found again by their structure
//!   ours (an index), surveyed (Kevo's)           cache       blocks that were read, of all tables
//!                                                reader, parts, cursor, verify, layout
//! ```
//!
//! A block is verified as a whole when it is read: its checksum, and that all its entries are what they claim to be. So
//! nothing that comes later can fail, searches need not decode, and values are lent from the block that they are in.
#![forbid(unsafe_code)]

mod block;
mod block_writer;
mod cache;
mod cursor;
mod delta;
mod filter;
mod footer;
mod found;
mod generation;
mod heads;
mod index;
mod layout;
mod name;
mod ours;
mod oversize;
mod parts;
mod place;
mod properties;
mod publish;
mod reader;
mod salvage;
mod sections;
mod source;
mod surveyed;
mod units;
mod verify;
mod writer;

pub use block::{Block, EntryRef};
pub use cache::{BlockCache, CacheStat};
pub use cursor::Cursor;
pub use filter::hash;
pub use found::Found;
pub use generation::Generation;
pub use layout::{Part, PartKind};
pub(crate) use name::HIGHEST;
pub use name::TableName;
pub use properties::{Counts, ForeignTable, LogUpTo, Output, Properties, SourceTable};
pub use publish::{NewTable, PublishedTable, UnpublishedTable, publish};
pub use reader::{Stat, Table};
pub use units::TableDamage;
pub use writer::{TableWriter, WriterOptions, Written};

/// What a value's length says of a tombstone.
const TOMBSTONE: u32 = u32::MAX;
/// The longest key that a block can hold.
const LONGEST_IN_BLOCK: usize = u16::MAX as usize;
