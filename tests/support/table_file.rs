//! A table's bytes as a file of a disk.

use kevo::disk::{FileId, FileInfo, FileKind, ReadFile};
use std::io;

#[derive(Debug)]
pub struct TableFile(pub Vec<u8>);

impl ReadFile for TableFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.0.get(start..)).unwrap_or_default();
        let count = buffer.len().min(rest.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn info(&self) -> io::Result<FileInfo> {
        let (length, id) = (self.0.len() as u64, FileId { device: 0, inode: 0 });
        Ok(FileInfo { kind: FileKind::Regular, length, id, user: 0, group: 0, mode: 0o644 })
    }
}
