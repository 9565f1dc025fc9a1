//! Views: what is asked of the tables, all together ([`list`]) or one by one ([`memtable`]), and how they are walked
//! through ([`iterator`], over [`merge`], over a [`source`] for each sorted run).

mod head;
mod history;
pub(crate) mod iterator;
pub(crate) mod list;
mod logged_run;
pub(crate) mod lookup;
pub(crate) mod memtable;
pub(crate) mod merge;
pub(crate) mod packed;
pub(crate) mod scan;
mod shared;
pub(crate) mod source;
mod written_run;
