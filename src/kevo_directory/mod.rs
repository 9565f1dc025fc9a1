//! What Kevo keeps in a database beside its log and the contents of its tables: the names of tables, the order that
//! they tell, and its settings in `MANIFEST`.
#![forbid(unsafe_code)]

mod fields;
mod manifest;
mod name;
mod order;

pub use manifest::{Condition, Manifest, Settings, Sync};
pub use name::TableName;
pub use order::{Doubt, KevoTable, Keys, Order, order};
