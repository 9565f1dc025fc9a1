//! `VERSIONS`: which tables a database has, in which runs, and which of its logs are needed. `docs/versions.md` defines
//! the file, and what an opening makes of it and of what it finds.
//!
//! ```text
//! state     what the file says            listing   what is in the directories
//! change    one field of an edit          check     whether what VERSIONS names is there
//! edit      changes as bytes              rebuild   what tables say without VERSIONS
//! read      a file into a state           sets      tables that one edit added
//! file      a file that is written to
//! ```
//!
//! All but `file` are functions of bytes and lists, and touch no disk.
#![forbid(unsafe_code)]

mod change;
mod check;
mod edit;
mod file;
mod listing;
mod read;
mod rebuild;
mod sets;
mod state;

pub use change::Change;
pub use check::{Checked, FileDamage, check};
pub use edit::Edit;
pub use file::VersionsFile;
pub use listing::{ListedFile, ListedTable, Listing};
pub use read::{Damage, Reading, load, read};
pub use rebuild::rebuild;
pub use state::{ForeignState, LogState, Refusal, State, TableState};

/// The name of the file in the database's directory.
pub const NAME: &str = "VERSIONS";
/// The name that it has while it is written anew.
pub const TEMPORARY: &str = "VERSIONS.tmp";
