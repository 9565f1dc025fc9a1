//! Exports: what is recovered from one, and when there is none.

use super::World;
use super::calls;
use super::directories::Refusal;
use super::error::Wrong;
use super::step::Step;
use crate::model::{self, LogFile, Mode, Options, Order, Scan, Version};
use kevo::c::code::{KEVO_E_IO, KEVO_OK};
use kevo::c::export::KEVO_EXPORT_NEWEST_ONLY;
use std::ffi::{CString, c_int};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const ENOENT: c_int = 2;
const ENOTEMPTY: c_int = 39;
/// What the outputs hold before a call.
const MARK: usize = 77777;

impl World<'_> {
    pub fn export_list(&mut self, step: Step) {
        let scratch = self.directories.scratch.path();
        let (below, os_code) = step.choose(&[("out", 0), ("out", 0), ("none/out", ENOENT), (".", ENOTEMPTY)]);
        let out = scratch.join(below);
        let flags = [0, KEVO_EXPORT_NEWEST_ONLY, 2, u32::MAX][usize::from(step.other) % 4];
        let wanted = [1, 2, 3].map(|output| !step.is_null(output));
        let slot = self.lists.at(step.slot());
        let path = (!step.is_null(0)).then(|| CString::new(out.as_os_str().as_bytes()).expect("no NUL in it"));

        fs::write(scratch.join("in the way"), "").expect("a new file");
        let exported = calls::list_export(slot.map(|slot| &slot.handle), path.as_deref(), flags, wanted, MARK);
        let wrong = if slot.is_none() || path.is_none() || flags & !KEVO_EXPORT_NEWEST_ONLY != 0 {
            Some(Refusal::invalid())
        } else {
            (os_code != 0).then_some(Refusal { code: KEVO_E_IO, path, os_code })
        };
        let expected = slot.filter(|_| wrong.is_none()).map(|slot| slot.model.borrow().scan(&Scan::EVERYTHING));
        assert_eq!(exported.code, wrong.as_ref().map_or(KEVO_OK, |wrong| wrong.code), "{step:?}");
        let names = || fs::read_dir(scratch).expect("a directory").count();
        assert_eq!(names(), 1 + usize::from(expected.is_some()), "{step:?} leaves files that it should remove");
        let entries = expected.map(|versions| check(&out, versions, flags));
        assert_eq!(exported.entries, entries.filter(|_| wanted[0]).unwrap_or(MARK as u64));
        assert_eq!(exported.memtable_size == MARK as u64, entries.is_none() || !wanted[1]);
        self.take_error(step, exported.error, wrong.map(Wrong::refused), wanted[2]);
    }
}

/// Compares an export with the versions of its list, and removes it. Returns how many entries it has.
fn check(out: &Path, mut versions: Vec<Version>, flags: u32) -> u64 {
    if flags == KEVO_EXPORT_NEWEST_ONLY {
        versions.dedup_by(|later, first| later.key == first.key);
    }
    for order in [Order::Log, Order::Sequence] {
        let options = Options { mode: Mode::Absolute, order, ..Options::default() };
        let recovered = model::recover(&files(out), &options).result.expect("a clean log");
        assert_eq!(recovered.max_sequence, versions.len() as u64);
        let exported = recovered.scan(&Scan::EVERYTHING);
        let answer = |version: &Version| (version.key.clone(), version.value.clone());
        assert!(exported.iter().map(answer).eq(versions.iter().map(answer)), "{exported:?} of {versions:?}");
    }
    fs::remove_dir_all(out).expect("the export's directory");
    versions.len() as u64
}

fn files(directory: &Path) -> Vec<LogFile> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let file = |entry: fs::DirEntry| LogFile {
        name: entry.file_name().into_string().expect("a number"),
        bytes: fs::read(entry.path()).expect("a file"),
    };
    entries.map(file).collect()
}
