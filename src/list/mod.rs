//! Lists: a recovered log, what is written to it afterwards, and the handles on both.

mod handle;
mod history;
mod memtable_list;
mod recover;
mod shared;

pub use self::handle::MemtableHandle;
pub use self::memtable_list::MemtableList;
pub use self::recover::{recover, recover_on};
