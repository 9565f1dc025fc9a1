//! A disk in memory, which loses what was not synced and fails on demand.
//!
//! It knows of each file what is on disk and what has been written, and of each directory which names are on disk and
//! which there are. A crash leaves any subset of what is not on disk: of a file's bytes in sectors, of a directory's
//! names one by one, so that a rename may leave the old name, the new one, both or neither. If a sync of a file fails,
//! what it was to bring to disk is lost, as on systems that drop what they could not write.
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kevo::disk::{Directory, Disk, FileId, FileInfo, FileKind, Lock, Locked, ReadFile, WriteFile};
use rustix::io::Errno;

/// What reaches the disk whole or not at all, in bytes.
pub const SECTOR: usize = 512;
/// What is allocated for stores, beyond what is to be stored now, in bytes.
const WINDOW: usize = 1000;
const ROOT: usize = 0;
const DEVICE: u64 = 1;

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct TwinDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Files and directories, by their inode. What has no name any more stays.
    nodes: Vec<Node>,
    calls: Vec<Call>,
    /// The inodes of files that are locked.
    locked: Vec<usize>,
    trouble: Trouble,
}

#[derive(Clone, Debug)]
struct Node {
    content: Content,
    user: u32,
    group: u32,
    mode: u32,
    /// What is told of its length, true or not.
    told_length: Option<u64>,
    /// A sync of it has failed. What was not on disk then never will be, whatever later syncs say.
    has_lost: bool,
}

#[derive(Clone, Debug)]
enum Content {
    /// A file is only ever appended to, so what is on disk is the start of it.
    File {
        on_disk: usize,
        bytes: Vec<u8>,
        /// Zeros that follow, allocated for stores.
        zeros: usize,
        /// What the length may be on disk, if no sync has brought a lesser one there.
        longest: usize,
    },
    Directory {
        on_disk: Names,
        names: Names,
    },
}

type Names = BTreeMap<OsString, usize>;

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method of `Disk`, or of an open file.
    pub name: &'static str,
    pub path: PathBuf,
}

/// What is to go wrong.
#[derive(Debug, Default)]
struct Trouble {
    /// The calls that fail, by their number from 1 up.
    failing: Option<(std::ops::RangeInclusive<usize>, Errno)>,
    /// Reads and writes are of no more bytes.
    at_most: Option<usize>,
    /// Every second read and write is interrupted.
    interrupts: bool,
    /// A sync does nothing.
    forgets_syncs: bool,
    /// A file has one name only.
    refuses_links: bool,
    /// Calls of this name wait.
    held: Option<&'static str>,
}

impl Default for State {
    fn default() -> Self {
        let root = Node::new(Content::Directory { on_disk: Names::new(), names: Names::new() });
        Self { nodes: vec![root], calls: Vec::new(), locked: Vec::new(), trouble: Trouble::default() }
    }
}

impl Content {
    fn file(bytes: Vec<u8>) -> Self {
        Self::File { on_disk: bytes.len(), longest: bytes.len(), bytes, zeros: 0 }
    }
}

impl Node {
    fn new(content: Content) -> Self {
        let mode = if matches!(content, Content::File { .. }) { 0o644 } else { 0o755 };
        Self { content, user: 7, group: 7, mode, told_length: None, has_lost: false }
    }
}

/// For the test itself: no call is counted, and none fails.
impl TwinDisk {
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a file, and the directories that it is in. All of it is on disk.
    pub fn add_file(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let path = path.as_ref();
        self.add_directory(path.parent().expect("the root is a directory"));
        let state = &mut *self.0.lock().unwrap();
        let file = state.add(path, Content::file(bytes.to_vec()));
        file.unwrap();
        state.bring_names_to_disk();
    }

    /// Puts other bytes into a file that is there.
    pub fn overwrite(&self, path: impl AsRef<Path>, with: &[u8]) {
        let state = &mut *self.0.lock().unwrap();
        let inode = state.find(path.as_ref()).unwrap().0;
        match &mut state.nodes[inode].content {
            Content::File { bytes, on_disk, .. } => {
                *bytes = with.to_vec();
                *on_disk = with.len().min(*on_disk);
            }
            Content::Directory { .. } => panic!("a directory has no bytes"),
        }
    }

    /// Makes a directory, and those that it is in. All of it is on disk.
    pub fn add_directory(&self, path: impl AsRef<Path>) {
        let state = &mut *self.0.lock().unwrap();
        for path in path.as_ref().ancestors().collect::<Vec<_>>().into_iter().rev() {
            if state.find(path).is_err() {
                state.add(path, Content::Directory { on_disk: Names::new(), names: Names::new() }).unwrap();
            }
        }
        state.bring_names_to_disk();
    }

    /// The names in a directory; `None` if there is none.
    pub fn names(&self, path: impl AsRef<Path>) -> Option<Vec<String>> {
        let state = self.0.lock().unwrap();
        let Content::Directory { names, .. } = &state.find(path.as_ref()).ok()?.1.content else { return None };
        Some(names.keys().map(|name| name.to_str().unwrap().to_owned()).collect())
    }

    /// What is in a file; `None` if there is none.
    pub fn bytes(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let state = self.0.lock().unwrap();
        let Content::File { bytes, .. } = &state.find(path.as_ref()).ok()?.1.content else { return None };
        Some(bytes.clone())
    }

    /// From now on this is told of a file's length.
    pub fn tell_length(&self, path: impl AsRef<Path>, length: u64) {
        let state = &mut *self.0.lock().unwrap();
        let inode = state.find(path.as_ref()).unwrap().0;
        state.nodes[inode].told_length = Some(length);
    }

    /// The calls made since it was made, or since the last call of this.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    /// The call number `number` fails, counted from 1 and from now on.
    pub fn fail_once(&self, number: usize, errno: Errno) {
        self.fail(number..=number, errno);
    }

    /// The call number `number` and all after it fail, counted from 1 and from now on.
    pub fn fail_from(&self, number: usize, errno: Errno) {
        self.fail(number..=usize::MAX, errno);
    }

    fn fail(&self, calls: std::ops::RangeInclusive<usize>, errno: Errno) {
        let state = &mut *self.0.lock().unwrap();
        state.calls.clear();
        state.trouble.failing = Some((calls, errno));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.0.lock().unwrap().trouble = Trouble::default();
    }

    /// Reads and writes are of at most so many bytes, and every second one is interrupted.
    pub fn hesitate(&self, at_most: usize) {
        let trouble = &mut self.0.lock().unwrap().trouble;
        (trouble.at_most, trouble.interrupts) = (Some(at_most), true);
    }

    /// A sync does nothing, and says that it has.
    pub fn forget_syncs(&self) {
        self.0.lock().unwrap().trouble.forgets_syncs = true;
    }

    /// A file cannot get a second name.
    pub fn refuse_links(&self) {
        self.0.lock().unwrap().trouble.refuses_links = true;
    }

    /// Calls of this name do not begin until the disk is healed.
    pub fn hold(&self, name: &'static str) {
        self.0.lock().unwrap().trouble.held = Some(name);
    }

    /// What a crash leaves, on a sound disk. `keeps` is asked about each thing that is not on disk.
    pub fn crash(&self, mut keeps: impl FnMut() -> bool) -> Self {
        let state = self.0.lock().unwrap();
        let nodes = state.nodes.iter().map(|node| Node {
            content: node.content.after_crash(&mut keeps),
            has_lost: false,
            ..node.clone()
        });
        let nodes = nodes.collect();
        Self(Arc::new(Mutex::new(State { nodes, ..State::default() })))
    }
}

/// Coins to be tossed for [`TwinDisk::crash`], which fall the same for the same seed.
pub fn coins(seed: u64) -> impl FnMut() -> bool {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.count_ones().is_multiple_of(2)
    }
}

impl Content {
    fn after_crash(&self, keeps: &mut impl FnMut() -> bool) -> Self {
        match self {
            Self::File { on_disk, bytes, longest, .. } => {
                let mut bytes = bytes.clone();
                bytes.resize(bytes.len().max(*longest), 0);
                Self::file(bytes_after_crash(*on_disk, &bytes, keeps))
            }
            Self::Directory { on_disk, names } => {
                let mut left = Names::new();
                for name in on_disk.keys().chain(names.keys().filter(|name| !on_disk.contains_key(*name))) {
                    let (old, new) = (on_disk.get(name), names.get(name));
                    let found = if old == new || keeps() { new } else { old };
                    left.extend(found.map(|inode| (name.clone(), *inode)));
                }
                Self::Directory { on_disk: left.clone(), names: left }
            }
        }
    }
}

/// Of the sectors that are not on disk any are there; for others there are zeros, or the file is shorter.
fn bytes_after_crash(on_disk: usize, bytes: &[u8], keeps: &mut impl FnMut() -> bool) -> Vec<u8> {
    let mut left = vec![0; bytes.len()];
    let mut end = on_disk;
    left[..on_disk].copy_from_slice(&bytes[..on_disk]);
    let mut start = on_disk;
    while start < bytes.len() {
        let next = ((start / SECTOR + 1) * SECTOR).min(bytes.len());
        if keeps() {
            left[start..next].copy_from_slice(&bytes[start..next]);
            end = next;
        }
        start = next;
    }
    if end < bytes.len() && !keeps() {
        left.truncate(end);
    }
    left
}

fn error(errno: Errno) -> io::Error {
    errno.into()
}

impl State {
    /// What is at a path. A relative one starts at the root.
    fn find(&self, path: &Path) -> io::Result<(usize, &Node)> {
        let mut inode = ROOT;
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let Content::Directory { names, .. } = &self.nodes[inode].content else {
                return Err(error(Errno::NOTDIR));
            };
            inode = *names.get(name).ok_or_else(|| error(Errno::NOENT))?;
        }
        Ok((inode, &self.nodes[inode]))
    }

    /// The names beside a path, and its own.
    fn names_beside<'a>(&mut self, path: &'a Path) -> io::Result<(&mut Names, &'a OsStr)> {
        let name = path.file_name().ok_or_else(|| error(Errno::BUSY))?;
        let directory = self.find(path.parent().unwrap_or(Path::new("")))?.0;
        match &mut self.nodes[directory].content {
            Content::Directory { names, .. } => Ok((names, name)),
            Content::File { .. } => Err(error(Errno::NOTDIR)),
        }
    }

    fn add(&mut self, path: &Path, content: Content) -> io::Result<usize> {
        let inode = self.nodes.len();
        let (names, name) = self.names_beside(path)?;
        if names.contains_key(name) {
            return Err(error(Errno::EXIST));
        }
        names.insert(name.to_owned(), inode);
        self.nodes.push(Node::new(content));
        Ok(inode)
    }

    /// Takes a name away; `wanted` says what it may stand for.
    fn take(&mut self, path: &Path, wanted: impl FnOnce(&Content) -> Result<(), Errno>) -> io::Result<usize> {
        let (inode, node) = self.find(path)?;
        wanted(&node.content)?;
        let (names, name) = self.names_beside(path)?;
        names.remove(name);
        Ok(inode)
    }

    fn info(&self, inode: usize) -> FileInfo {
        let Node { content, user, group, mode, told_length, .. } = &self.nodes[inode];
        let (kind, length) = match content {
            Content::File { bytes, zeros, .. } => (FileKind::Regular, bytes.len() + zeros),
            Content::Directory { .. } => (FileKind::Directory, 0),
        };
        let id = FileId { device: DEVICE, inode: inode as u64 };
        let length = told_length.unwrap_or(length as u64);
        FileInfo { kind, length, id, user: *user, group: *group, mode: *mode }
    }

    fn bring_to_disk(&mut self, inode: usize) {
        let has_lost = self.nodes[inode].has_lost;
        match &mut self.nodes[inode].content {
            _ if self.trouble.forgets_syncs => {}
            Content::File { on_disk, bytes, zeros, longest } if !has_lost => {
                (*on_disk, *longest) = (bytes.len(), bytes.len() + *zeros);
            }
            Content::File { .. } => {}
            Content::Directory { on_disk, names } => on_disk.clone_from(names),
        }
    }

    fn bring_names_to_disk(&mut self) {
        for node in &mut self.nodes {
            if let Content::Directory { on_disk, names } = &mut node.content {
                on_disk.clone_from(names);
            }
        }
    }
}

fn is_file(content: &Content) -> Result<(), Errno> {
    if matches!(content, Content::File { .. }) { Ok(()) } else { Err(Errno::ISDIR) }
}

fn is_empty_directory(content: &Content) -> Result<(), Errno> {
    match content {
        Content::File { .. } => Err(Errno::NOTDIR),
        Content::Directory { names, .. } if names.is_empty() => Ok(()),
        Content::Directory { .. } => Err(Errno::NOTEMPTY),
    }
}

/// Makes so many steps at which shuttle may let other threads come.
#[cfg(shuttle)]
pub fn let_others_come(steps: usize) {
    let step = shuttle::sync::atomic::AtomicBool::new(false);
    for _ in 0..steps {
        step.load(std::sync::atomic::Ordering::SeqCst);
    }
}

impl TwinDisk {
    /// Notes a call, which may fail; if it does not, it does this.
    fn call<R>(&self, name: &'static str, path: &Path, act: impl FnOnce(&mut State) -> io::Result<R>) -> io::Result<R> {
        #[cfg(shuttle)]
        let_others_come(3);
        let mut state = self.0.lock().unwrap();
        while state.trouble.held == Some(name) {
            drop(state);
            std::thread::sleep(Duration::from_millis(1));
            state = self.0.lock().unwrap();
        }
        let state = &mut *state;
        state.calls.push(Call { name, path: path.to_owned() });
        match &state.trouble.failing {
            Some((calls, errno)) if calls.contains(&state.calls.len()) => Err(error(*errno)),
            _ => act(state),
        }
    }

    /// A call that reads or writes `len` bytes, or as many as this disk will.
    fn transfer(
        &self,
        name: &'static str,
        path: &Path,
        len: usize,
        act: impl FnOnce(&mut State, usize) -> usize,
    ) -> io::Result<usize> {
        self.call(name, path, |state| {
            if state.trouble.interrupts && state.calls.len().is_multiple_of(2) {
                return Err(ErrorKind::Interrupted.into());
            }
            let len = len.min(state.trouble.at_most.unwrap_or(usize::MAX));
            Ok(act(state, len))
        })
    }

    fn opened(&self, inode: usize, path: &Path) -> Open {
        Open { disk: self.clone(), inode, path: path.to_owned(), is_mapped: false }
    }
}

impl Disk for TwinDisk {
    fn info(&self, path: &Path) -> io::Result<FileInfo> {
        self.call("info", path, |state| Ok(state.info(state.find(path)?.0)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let inode = self.call("open", path, |state| Ok(state.find(path)?.0))?;
        Ok(Box::new(self.opened(inode, path)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let inode = self.call("create_new", path, |state| state.add(path, Content::file(Vec::new())))?;
        Ok(Box::new(self.opened(inode, path)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call("rename", from, |state| {
            let (moved, replaced) = (state.find(from)?.0, state.find(to).ok().map(|found| found.0));
            if let Some(replaced) = replaced {
                match &state.nodes[moved].content {
                    Content::File { .. } => is_file(&state.nodes[replaced].content)?,
                    Content::Directory { .. } => is_empty_directory(&state.nodes[replaced].content)?,
                }
            }
            let (names, name) = state.names_beside(to)?;
            names.insert(name.to_owned(), moved);
            state.take(from, |_| Ok(()))?;
            Ok(())
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call("link", from, |state| {
            if state.trouble.refuses_links {
                return Err(error(Errno::XDEV));
            }
            let linked = state.find(from)?.0;
            is_file(&state.nodes[linked].content)?;
            let (names, name) = state.names_beside(to)?;
            if names.contains_key(name) {
                return Err(error(Errno::EXIST));
            }
            names.insert(name.to_owned(), linked);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call("remove", path, |state| state.take(path, is_file).map(drop))
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&OsStr) -> ControlFlow<()>) -> io::Result<()> {
        let names = self.call("list", directory, |state| match &state.find(directory)?.1.content {
            Content::Directory { names, .. } => Ok(names.clone()),
            Content::File { .. } => Err(error(Errno::NOTDIR)),
        })?;
        let _ = names.keys().try_for_each(|name| each(name));
        Ok(())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.call("create_directory", path, |state| {
            state.add(path, Content::Directory { on_disk: Names::new(), names: Names::new() }).map(drop)
        })
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.call("remove_directory", path, |state| state.take(path, is_empty_directory).map(drop))
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>> {
        let inode = self.call("open_directory", path, |state| Ok(state.find(path)?.0))?;
        Ok(Box::new(self.opened(inode, path)))
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.call("canonical", path, |state| {
            state.find(path)?;
            let names = path.components().filter(|component| matches!(component, Component::Normal(_)));
            Ok(Path::new("/").join(names.collect::<PathBuf>()))
        })
    }

    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        self.call("set_owner", path, |state| {
            let inode = state.find(path)?.0;
            (state.nodes[inode].user, state.nodes[inode].group) = (user, group);
            Ok(())
        })
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.call("set_mode", path, |state| {
            let inode = state.find(path)?.0;
            state.nodes[inode].mode = mode;
            Ok(())
        })
    }

    fn has_access_list(&self, _: &Path) -> bool {
        false
    }

    fn lock(&self, path: &Path) -> io::Result<Locked> {
        self.call("lock", path, |state| {
            let inode = match state.find(path) {
                Ok((inode, _)) => inode,
                Err(_) => state.add(path, Content::file(Vec::new()))?,
            };
            if state.locked.contains(&inode) {
                return Ok(Locked::By(std::process::id()));
            }
            state.locked.push(inode);
            Ok(Locked::Mine(Box::new(Held { disk: self.clone(), inode })))
        })
    }
}

#[derive(Debug)]
struct Held {
    disk: TwinDisk,
    inode: usize,
}

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.disk.0.lock().unwrap().locked.retain(|inode| *inode != self.inode);
    }
}

/// A file or directory that is open.
#[derive(Debug)]
struct Open {
    disk: TwinDisk,
    inode: usize,
    /// Its name when it was opened.
    path: PathBuf,
    /// Appends are stores.
    is_mapped: bool,
}

impl Open {
    fn bring_to_disk(&self, name: &'static str) -> io::Result<()> {
        let synced = self.disk.call(name, &self.path, |state| {
            state.bring_to_disk(self.inode);
            Ok(())
        });
        if synced.is_err() {
            self.disk.0.lock().unwrap().nodes[self.inode].has_lost = true;
        }
        synced
    }
}

impl ReadFile for Open {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.transfer("read_at", &self.path, buffer.len(), |state, len| {
            let Content::File { bytes, zeros, .. } = &state.nodes[self.inode].content else { return 0 };
            let offset = offset as usize;
            let len = len.min((bytes.len() + zeros).saturating_sub(offset));
            let rest = bytes.get(offset..).unwrap_or_default();
            let written = len.min(rest.len());
            buffer[..written].copy_from_slice(&rest[..written]);
            buffer[written..len].fill(0);
            len
        })
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.disk.call("info", &self.path, |state| Ok(state.info(self.inode)))
    }
}

impl Open {
    /// Makes room for so many bytes, which may fail.
    fn allocate(&self, len: usize) -> io::Result<()> {
        self.disk.call("allocate", &self.path, |state| {
            if let Content::File { bytes, zeros, longest, .. } = &mut state.nodes[self.inode].content {
                *zeros = len + WINDOW;
                *longest = (*longest).max(bytes.len() + *zeros);
            }
            Ok(())
        })
    }

    fn zeros(&self) -> usize {
        let state = self.disk.0.lock().unwrap();
        let Content::File { zeros, .. } = &state.nodes[self.inode].content else { return 0 };
        *zeros
    }

    /// Stores what there is room for, which cannot fail.
    fn store(&self, stored: &[u8]) {
        let state = &mut *self.disk.0.lock().unwrap();
        state.calls.push(Call { name: "store", path: self.path.clone() });
        if let Content::File { bytes, zeros, .. } = &mut state.nodes[self.inode].content {
            bytes.extend_from_slice(stored);
            *zeros -= stored.len();
        }
    }
}

impl WriteFile for Open {
    fn append(&mut self, appended: &[u8]) -> io::Result<usize> {
        if self.is_mapped {
            if self.zeros() < appended.len() {
                self.allocate(appended.len())?;
            }
            self.store(appended);
            return Ok(appended.len());
        }
        self.disk.transfer("append", &self.path, appended.len(), |state, len| {
            let Content::File { bytes, .. } = &mut state.nodes[self.inode].content else { return 0 };
            bytes.extend_from_slice(&appended[..len]);
            len
        })
    }

    fn map_end(&mut self) -> io::Result<bool> {
        self.is_mapped = self.disk.call("map_end", &self.path, |_| Ok(true))?;
        Ok(true)
    }

    fn cut(&mut self) -> io::Result<()> {
        self.disk.call("cut", &self.path, |state| {
            if let Content::File { zeros, .. } = &mut state.nodes[self.inode].content {
                *zeros = 0;
            }
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.bring_to_disk("sync")
    }

    fn sync_data(&self) -> io::Result<()> {
        self.bring_to_disk("sync_data")
    }
}

impl Directory for Open {
    fn sync(&self) -> io::Result<()> {
        self.bring_to_disk("sync")
    }
}
