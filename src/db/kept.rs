//! Logs that are needed no more, and are kept for readers of the feed where Kevo does not look.

use super::directory::DatabaseDirectory;
use crate::disk::Disk;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow::Continue;

/// Removes a log, or keeps it and removes the oldest that are kept, so that at most `limit` bytes are.
pub(super) fn remove_or_keep(disk: &dyn Disk, directory: &DatabaseDirectory, name: &str, limit: u64) -> io::Result<()> {
    let path = directory.wal().join(name);
    if limit == 0 {
        return disk.remove(&path);
    }
    let kept = directory.kept();
    match disk.create_directory(&kept) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    disk.rename(&path, &kept.join(name))?;
    let mut names = Vec::new();
    disk.list(&kept, &mut |name| {
        names.push(name.to_owned());
        Continue(())
    })?;
    names.sort_unstable();
    let mut bytes = 0;
    for name in names.iter().rev() {
        let path = kept.join(name);
        bytes += disk.info(&path)?.length;
        if bytes > limit {
            disk.remove(&path)?;
        }
    }
    Ok(())
}
