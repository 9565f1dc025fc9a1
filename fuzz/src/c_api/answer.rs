//! Lookups and writes, which lists and memtables have in common.

use super::World;
use super::calls::{self, Bytes};
use super::list::{ListSlot, TableSlot};
use super::model::Model;
use super::slices::{self, MARKED, Watched};
use super::step::Step;
use crate::model::{Found, Version};
use kevo::c::code::{KEVO_DELETED, KEVO_E_INVALID_ARGUMENT, KEVO_NOT_FOUND, KEVO_OK};
use kevo::c::slice::kevo_slice;
use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

/// What outputs hold before a call.
const MARKED_SEQUENCE: u64 = 77_777;
const MARKED_CODE: c_int = 7777;

/// The list or memtable that a call reads or writes; NULL is `None`.
enum Target<'a> {
    List(Option<&'a ListSlot>),
    Table(Option<&'a TableSlot>),
}

impl Target<'_> {
    /// The model, and the index of the memtable if the target is one.
    fn model(&self) -> Option<(&Rc<RefCell<Model>>, Option<usize>)> {
        match self {
            Self::List(slot) => slot.map(|slot| (&slot.model, None)),
            Self::Table(slot) => slot.map(|slot| (&slot.model, Some(slot.index))),
        }
    }

    fn get(&self, key: &Bytes, bound: u64, value: Option<&mut kevo_slice>, sequence: Option<&mut u64>) -> c_int {
        match self {
            Self::List(slot) => calls::list_get(slot.map(|slot| &slot.handle), key, bound, value, sequence),
            Self::Table(slot) => calls::get(slot.map(|slot| &slot.handle), key, bound, value, sequence),
        }
    }

    /// Writes a put, or a delete if there is no value.
    fn write(&self, key: &Bytes, value: Option<&Bytes>, sequence: u64) -> c_int {
        match (self, value) {
            (Self::List(slot), Some(value)) => calls::list_put(slot.map(|slot| &slot.handle), key, value, sequence),
            (Self::List(slot), None) => calls::list_delete(slot.map(|slot| &slot.handle), key, sequence),
            (Self::Table(slot), Some(value)) => calls::put(slot.map(|slot| &slot.handle), key, value, sequence),
            (Self::Table(slot), None) => calls::delete(slot.map(|slot| &slot.handle), key, sequence),
        }
    }

    fn check_get(&self, step: Step, watched: &mut Watched) {
        let (key, bound) = (step.key(), bound(step));
        let (mut value, mut sequence) = (MARKED, MARKED_SEQUENCE);
        let [wants_value, wants_sequence] = [2, 3].map(|output| !step.is_null(output));
        let code = self.get(&key, bound, wants_value.then_some(&mut value), wants_sequence.then_some(&mut sequence));
        let Some(((model, table), key)) = self.model().zip(key.seen()) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            slices::check(&value, None);
            return assert_eq!(sequence, MARKED_SEQUENCE);
        };
        let found = model.borrow().get(table, key, bound);
        let (expected_code, expected_value, expected_sequence) = as_answer(&found);
        assert_eq!(code, expected_code, "{step:?} {found:?}");
        slices::check(&value, expected_value.filter(|_| wants_value));
        assert_eq!(sequence, expected_sequence.filter(|_| wants_sequence).unwrap_or(MARKED_SEQUENCE));
        if expected_value.is_some() && wants_value {
            watched.watch(value, model);
        }
    }

    fn check_write(&self, step: Step, value: Option<&Bytes>) {
        let (key, sequence) = (step.key(), step.sequence());
        let code = self.write(&key, value, sequence);
        let seen = key.seen().filter(|_| value.is_none_or(|value| value.seen().is_some()));
        let Some(((model, table), key)) = self.model().zip(seen) else {
            return assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
        };
        let value = value.and_then(Bytes::seen).map(<[u8]>::to_vec);
        let version = Version { key: key.to_vec(), sequence, value };
        let mut model = model.borrow_mut();
        let expected = match table {
            Some(table) => model.write_to(table, version),
            None => {
                model.write(version);
                KEVO_OK
            }
        };
        assert_eq!(code, expected, "{step:?}");
    }
}

fn bound(step: Step) -> u64 {
    if step.other.is_multiple_of(4) { step.sequence() } else { u64::MAX }
}

fn as_answer(found: &Found) -> (c_int, Option<&[u8]>, Option<u64>) {
    match found {
        Found::Value { value, sequence } => (KEVO_OK, Some(value), Some(*sequence)),
        Found::Deleted { sequence } => (KEVO_DELETED, None, Some(*sequence)),
        Found::NeverSeen => (KEVO_NOT_FOUND, None, None),
    }
}

impl World<'_> {
    pub fn list_get(&mut self, step: Step) {
        Target::List(self.lists.at(step.slot())).check_get(step, &mut self.watched);
    }

    pub fn list_put(&mut self, step: Step) {
        Target::List(self.lists.at(step.slot())).check_write(step, Some(&step.value()));
    }

    pub fn list_delete(&mut self, step: Step) {
        Target::List(self.lists.at(step.slot())).check_write(step, None);
    }

    pub fn table_get(&mut self, step: Step) {
        Target::Table(self.tables.at(step.slot())).check_get(step, &mut self.watched);
    }

    pub fn table_put(&mut self, step: Step) {
        Target::Table(self.tables.at(step.slot())).check_write(step, Some(&step.value()));
    }

    pub fn table_delete(&mut self, step: Step) {
        Target::Table(self.tables.at(step.slot())).check_write(step, None);
    }

    pub fn multi_get(&mut self, step: Step) {
        let slot = self.lists.at(step.slot());
        let (count, bound) = (step.number() % 5, bound(step));
        let keys = step.keys(count);
        let [has_keys, wants_values, wants_codes] = [1, 2, 3].map(|argument| !step.is_null(argument));
        // One more than the call may write, which has to stay as it is.
        let (mut values, mut codes) = (vec![MARKED; count + 1], vec![MARKED_CODE; count + 1]);
        let code = calls::list_multi_get(
            slot.map(|slot| &slot.handle),
            (has_keys.then_some(&keys[..]), count),
            bound,
            wants_values.then_some(&mut values[..]),
            wants_codes.then_some(&mut codes[..]),
        );
        let seen: Option<Vec<&[u8]>> = keys.iter().map(Bytes::seen).collect();
        let seen = seen.filter(|_| count == 0 || has_keys && wants_codes);
        let Some((slot, seen)) = slot.zip(seen) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT, "{step:?}");
            values.iter().for_each(|value| slices::check(value, None));
            return assert!(codes.iter().all(|&code| code == MARKED_CODE));
        };
        assert_eq!(code, KEVO_OK, "{step:?}");
        for (index, (value, code)) in values.iter().zip(codes).enumerate() {
            let found = seen.get(index).map(|key| slot.model.borrow().get(None, key, bound));
            let (expected_code, expected, _) = found.as_ref().map_or((MARKED_CODE, None, None), as_answer);
            assert_eq!(code, if wants_codes { expected_code } else { MARKED_CODE }, "{step:?} number {index}");
            slices::check(value, expected.filter(|_| wants_values));
            if expected.is_some() && wants_values {
                self.watched.watch(*value, &slot.model);
            }
        }
    }
}
