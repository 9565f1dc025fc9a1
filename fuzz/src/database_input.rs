//! The directory of a database, the options that it is opened with, and what is done to it, as a string of bytes.
//!
//! ```text
//!  0         1       2      3      4         8
//!  +---------+-------+------+------+---------+- - - - - -+- - - - -+- - - -
//!  | mode    | style | sync | size | seed u32| file      | file    |
//!  +---------+-------+------+------+---------+- - - - - -+- - - - -+- - - -
//!  file = length of the path u8 | path below the database | length u16 | contents
//! ```
//!
//! The seed chooses what is done to the database after it was opened.

use super::database::{PATH, small};
use super::disk::TwinDisk;
use fastrand::Rng;
use kevo::Mode;
use kevo::db::{CompactionStyle, DbOptions, SyncMode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many bytes there are before the files.
pub const CONTROL_LEN: usize = 8;
/// How deep a file lies at most.
const DEEPEST: usize = 3;

/// Contents by paths, which begin below the database.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A decoded input.
#[derive(Debug)]
pub struct Input {
    pub options: DbOptions,
    pub files: Files,
    pub rng: Rng,
}

impl Input {
    /// Any bytes are an input if there are at least [`CONTROL_LEN`].
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[mode, style, sync, size, s0, s1, s2, s3], files) = bytes.split_first_chunk::<CONTROL_LEN>()?;
        let seed = u32::from_le_bytes([s0, s1, s2, s3]);
        let mut fitting = Files::new();
        for (path, contents) in split_files(files) {
            if fits(&path, &fitting) {
                fitting.entry(path).or_insert(contents);
            }
        }
        Some(Self { options: options(mode, style, sync, size), files: fitting, rng: Rng::with_seed(seed.into()) })
    }

    /// A disk with the database on it.
    pub fn disk(&self) -> TwinDisk {
        let disk = super::database::new_disk();
        for (path, contents) in &self.files {
            disk.add_file(Path::new(PATH).join(path), contents);
        }
        disk
    }
}

fn options(mode: u8, style: u8, sync: u8, size: u8) -> DbOptions {
    let syncs = [SyncMode::Always, SyncMode::None, SyncMode::Bytes(300), SyncMode::Buffered];
    let mut options = small(syncs[usize::from(sync % 4)]);
    let modes = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];
    options.recovery.mode = modes[usize::from(mode % 4)];
    options.recovery.include_set_aside = mode & 0x80 == 0;
    let styles = [CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None];
    options.compaction = styles[usize::from(style % 3)];
    options.log_mapped = style & 0x80 != 0;
    options.memtable_size = [Some(600), Some(3_000), Some(100_000), None][usize::from(size % 4)];
    options.max_memtables = [Some(2), Some(1), Some(4), None][usize::from(size / 4 % 4)];
    options.log_size = [400, 2_000, 1 << 20][usize::from(size / 16 % 3)];
    options
}

/// The bytes of an input.
pub fn encode(control: [u8; CONTROL_LEN], files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = control.to_vec();
    for (path, contents) in files {
        let path = &path.as_bytes()[..path.len().min(255)];
        let contents = &contents[..contents.len().min(usize::from(u16::MAX))];
        bytes.push(path.len() as u8);
        bytes.extend_from_slice(path);
        bytes.extend_from_slice(&(contents.len() as u16).to_le_bytes());
        bytes.extend_from_slice(contents);
    }
    bytes
}

/// The files that bytes say, in their order, whether they can be there or not. Of the last one something may be
/// missing.
pub fn split_files(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    while let Some((path_len, rest)) = bytes.split_first() {
        let (path, rest) = rest.split_at(rest.len().min((*path_len).into()));
        let Some((length, rest)) = rest.split_first_chunk::<2>() else { break };
        let (contents, rest) = rest.split_at(rest.len().min(u16::from_le_bytes(*length).into()));
        files.push((String::from_utf8_lossy(path).into_owned(), contents.to_vec()));
        bytes = rest;
    }
    files
}

/// Whether a file can be there besides the others.
fn fits(path: &str, others: &Files) -> bool {
    let names: Vec<&str> = path.split('/').collect();
    let are_names = names.iter().all(|name| !["", ".", ".."].contains(name) && !name.contains('\0'));
    let directories: BTreeSet<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
    let is_directory = others.keys().any(|other| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
    are_names && names.len() <= DEEPEST && !is_directory && !directories.iter().any(|name| others.contains_key(*name))
}

/// All files below the database on a disk.
pub fn files(disk: &TwinDisk) -> Files {
    let mut files = Files::new();
    add_files(disk, "", &mut files);
    files
}

fn add_files(disk: &TwinDisk, below: &str, files: &mut Files) {
    for name in disk.names(Path::new(PATH).join(below)).unwrap_or_default() {
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        match disk.bytes(Path::new(PATH).join(&path)) {
            Some(contents) => drop(files.insert(path, contents)),
            None => add_files(disk, &path, files),
        }
    }
}
