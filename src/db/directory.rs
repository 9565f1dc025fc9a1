//! The paths of a database.

use std::path::{Path, PathBuf};

/// A database directory.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseDirectory {
    root: PathBuf,
    wal: PathBuf,
    sst: PathBuf,
}

impl DatabaseDirectory {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), wal: root.join("wal"), sst: root.join("sst") }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where logs are.
    pub(crate) fn wal(&self) -> &Path {
        &self.wal
    }

    /// Where logs are kept for readers of the feed.
    pub(crate) fn kept(&self) -> PathBuf {
        self.wal.join("kept")
    }

    /// Where tables are.
    pub(crate) fn sst(&self) -> &Path {
        &self.sst
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("LOCK")
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.root.join("VERSIONS")
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("MANIFEST")
    }
}
