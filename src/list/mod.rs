//! Lists: the memtables of a recovered log and those written after it, with the handles for them.

mod handle;
mod history;
mod memtable_list;
mod recover;
mod shared;

pub use self::handle::MemtableHandle;
pub use self::memtable_list::MemtableList;
pub use self::recover::{recover, recover_on};
