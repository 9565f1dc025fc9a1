//! Tables, and pins.

use super::World;
use super::calls::{self, Given};
use super::directories::Refusal;
use super::error::{ErrorSlot, Wrong};
use super::iterator::IteratorSlot;
use super::scan;
use super::slices::{self, MARKED};
use super::step::{self, Step};
use crate::cursor::Cursor;
use crate::model::{Found, Table, Version};
use kevo::c::code::*;
use kevo::c::error::kevo_error;
use kevo::c::recovery_options::{KEVO_RECOVERY_ABSOLUTE, KEVO_RECOVERY_SKIP_CORRUPTED};
use kevo::c::table::*;
use kevo::table::{Properties, TableWriter, WriterOptions};
use std::ffi::{CString, c_int};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

const MARKED_NUMBER: u64 = 77_777;
const MARKED_KIND: c_int = 7777;

/// A table on disk, made once for all runs: all keys that steps can have, but each fourth, a few in each block.
#[derive(Debug)]
pub struct TableFile {
    _directory: tempfile::TempDir,
    path: CString,
    missing: CString,
    bytes: u64,
    model: Rc<Table>,
}

impl TableFile {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("table.sst");
        let mut keys: Vec<_> = step::keys().enumerate().filter(|(number, _)| number % 4 != 1).collect();
        keys.sort_by_key(|(_, key)| *key);
        let mut model = Table::default();
        let mut file = Vec::new();
        let options = WriterOptions { block_size: 90, ..WriterOptions::default() };
        let mut writer = TableWriter::new(&mut file, &path, options);
        for (number, key) in keys {
            let value = (number % 3 != 2).then(|| vec![number as u8; number % 5 * 20]);
            writer.add(key, number as u64, value.as_deref()).expect("ascending keys");
            model.versions.push(Version { key: key.to_vec(), sequence: number as u64, value });
        }
        writer.finish(Properties::default(), 1).expect("a table");
        fs::write(&path, &file).expect("a file");
        let c_string = |path: &std::path::Path| CString::new(path.as_os_str().as_bytes()).expect("no NUL");
        let missing = c_string(&directory.path().join("missing.sst"));
        let (path, bytes) = (c_string(&path), file.len() as u64);
        Self { _directory: directory, path, missing, bytes, model: Rc::new(model) }
    }
}

#[derive(Debug)]
pub struct FileSlot {
    handle: calls::TableFile,
    model: Rc<Table>,
    bytes: u64,
}

impl World<'_> {
    pub fn open_table_file(&mut self, step: Step) {
        const MODES: [Option<c_int>; 4] =
            [None, Some(KEVO_RECOVERY_ABSOLUTE), Some(KEVO_RECOVERY_SKIP_CORRUPTED), Some(77)];
        let (mode, file) = (step.choose(&MODES), &self.directories.table);
        let is_missing = step.other.is_multiple_of(8);
        let path = (!step.is_null(0)).then_some(if is_missing { &file.missing } else { &file.path });
        let [wants_table, wants_error] = [1, 2].map(|output| !step.is_null(output));
        let (code, table, error) =
            calls::open_table(path.map(|path| path.as_c_str()), mode, [wants_table, wants_error]);
        let is_wrong = path.is_none() || !wants_table || mode == Some(77);
        let expected = match (is_wrong, is_missing) {
            (true, _) => Some(Refusal::invalid()),
            (false, true) => Some(Refusal { code: KEVO_E_IO, path: Some(file.missing.clone()), os_code: 2 }),
            (false, false) => None,
        };
        match (table, wants_table) {
            (Given::New(handle), true) if expected.is_none() => {
                let slot = FileSlot { handle, model: Rc::clone(&file.model), bytes: file.bytes };
                self.files.put(step.other_slot(), slot);
            }
            (Given::Null, true) if expected.is_some() => {}
            (Given::NotSet, false) => {}
            (given, _) => panic!("{step:?} gives {given:?}"),
        }
        self.take_table_error(step, code, error, wants_error, expected);
    }

    /// `expected` is what the call fails with, if it does.
    fn take_table_error(
        &mut self,
        step: Step,
        code: c_int,
        error: Given<kevo_error>,
        wanted: bool,
        expected: Option<Refusal>,
    ) {
        let fails_with = expected.as_ref().map(|refusal| refusal.code);
        assert!(fails_with.map_or(code >= 0, |expected| code == expected), "{step:?} returns {code}");
        match (error, expected) {
            (Given::NotSet, _) if !wanted => {}
            (Given::Null, None) if wanted => {}
            (Given::New(handle), Some(refusal)) if wanted => {
                self.errors.put(step.other_slot(), ErrorSlot { handle, wrong: Wrong::refused(refusal) });
            }
            (given, _) => panic!("{step:?} gives {given:?}"),
        }
    }

    pub fn free_table_file(&mut self, step: Step) {
        super::free::<kevo_table, _>(self.files.take(step.slot()));
    }

    pub fn new_pin(&mut self, step: Step) {
        self.pins.put(step.slot(), calls::new_pin().expect("a pin"));
    }

    pub fn reset_pin(&mut self, step: Step) {
        calls::reset_pin(self.pins.at(step.slot()));
    }

    pub fn free_pin(&mut self, step: Step) {
        super::free::<kevo::c::pinned::kevo_pinned, _>(self.pins.take(step.slot()));
    }

    pub fn table_file_get(&mut self, step: Step) {
        let (slot, pin, key) = (self.files.at(step.slot()), self.pins.at(step.other_slot()), step.key());
        let (mut value, mut sequence) = (MARKED, MARKED_NUMBER);
        let [wants_value, wants_sequence, wants_error] = [1, 2, 3].map(|output| !step.is_null(output));
        let (code, error) = calls::table_file_get(
            slot.map(|slot| &slot.handle),
            &key,
            pin,
            wants_value.then_some(&mut value),
            wants_sequence.then_some(&mut sequence),
            wants_error,
        );
        let asked = slot.zip(key.seen()).filter(|_| pin.is_some() || !wants_value);
        let Some((slot, key)) = asked else {
            slices::check(&value, None);
            assert_eq!(sequence, MARKED_NUMBER);
            return self.take_table_error(step, code, error, wants_error, Some(Refusal::invalid()));
        };
        let (expected_code, expected_value, expected_sequence) = match slot.model.get(key, u64::MAX) {
            Found::Value { value, sequence } => (KEVO_OK, Some(value), Some(sequence)),
            Found::Deleted { sequence } => (KEVO_DELETED, None, Some(sequence)),
            Found::NeverSeen => (KEVO_NOT_FOUND, None, None),
        };
        assert_eq!(code, expected_code, "{step:?}");
        slices::check(&value, expected_value.as_deref().filter(|_| wants_value));
        assert_eq!(sequence, expected_sequence.filter(|_| wants_sequence).unwrap_or(MARKED_NUMBER));
        self.take_table_error(step, code, error, wants_error, None);
    }

    pub fn table_file_iterator(&mut self, step: Step) {
        let (slot, scan) = (self.files.at(step.slot()), self.scans.at(step.other_slot()));
        let [wants_iterator, wants_error] = [0, 1].map(|output| !step.is_null(output));
        let scan_handle = scan.map(|scan| &scan.handle);
        let (code, iterator, error) =
            calls::table_file_iterator(slot.map(|slot| &slot.handle), scan_handle, [wants_iterator, wants_error]);
        let mut expected = Some(Refusal::invalid());
        match (iterator, slot) {
            (Given::New(handle), Some(slot)) if wants_iterator => {
                let scan = scan.map_or_else(scan::all, |slot| slot.scan.clone());
                let walk = Cursor::new(slot.model.scan(&scan));
                self.iterators.put(Some(step.number()), IteratorSlot { handle, model: None, walk });
                expected = None;
            }
            (Given::Null, None) if wants_iterator => {}
            (Given::NotSet, _) if !wants_iterator => {}
            (given, _) => panic!("{step:?} gives {given:?}"),
        }
        self.take_table_error(step, code, error, wants_error, expected);
    }

    pub fn read_table_file(&mut self, step: Step) {
        let slot = self.files.at(step.slot());
        let (table, stat) =
            (slot.map(|slot| &slot.handle), |stat| calls::table_file_stat(slot.map(|slot| &slot.handle), stat));
        let versions = slot.map_or(&[][..], |slot| &slot.model.versions);
        let tombstones = versions.iter().filter(|version| version.value.is_none()).count();
        assert_eq!(stat(KEVO_TABLE_STAT_ENTRIES), versions.len() as u64);
        assert_eq!(stat(KEVO_TABLE_STAT_TOMBSTONES), tombstones as u64);
        assert_eq!(stat(KEVO_TABLE_STAT_BYTES), slot.map_or(0, |slot| slot.bytes));
        assert_eq!(stat(step.number() as c_int + 1000), 0);

        let count = calls::table_file_part_count(table);
        let index = if step.number() == 255 { usize::MAX } else { step.number() % (count + 2) };
        let wanted = [1, 2, 3].map(|output| !step.is_null(output));
        let (code, kind, place) = calls::table_file_part(table, index, wanted, (MARKED_KIND, MARKED_NUMBER));
        if index < count && wanted == [true; 3] {
            assert_eq!(code, KEVO_OK);
            assert!(place[0] + place[1] <= stat(KEVO_TABLE_STAT_BYTES) && (1..=8).contains(&kind), "{kind} {place:?}");
        } else {
            assert_eq!((code, kind, place), (KEVO_E_INVALID_ARGUMENT, MARKED_KIND, [MARKED_NUMBER; 2]));
        }
    }

    pub fn verify_table_file(&mut self, step: Step) {
        let slot = self.files.at(step.slot()).map(|slot| &slot.handle);
        let [wants_report, wants_error] = [0, 1].map(|output| !step.is_null(output));
        let expected = slot.is_none().then(Refusal::invalid);
        if step.other.is_multiple_of(2) {
            let (code, error) = calls::verify_table_file(slot, wants_error);
            return self.take_table_error(step, code, error, wants_error, expected);
        }
        let (code, report, error) = calls::table_file_damage(slot, [wants_report, wants_error]);
        let expected = expected.or((!wants_report).then(Refusal::invalid));
        match report {
            Given::New(report) if expected.is_none() => assert_eq!(calls::report_damage_count(Some(&report)), 0),
            Given::Null if wants_report && expected.is_some() => {}
            Given::NotSet if !wants_report => {}
            given => panic!("{step:?} gives {given:?}"),
        }
        self.take_table_error(step, code, error, wants_error, expected);
    }
}
