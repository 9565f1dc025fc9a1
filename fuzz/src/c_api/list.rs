//! Lists and memtables: all calls that are not lookups or writes.

use super::World;
use super::calls::{self, Given};
use super::model::{self, Model};
use super::step::Step;
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Debug)]
pub struct ListSlot {
    pub handle: calls::List,
    /// All handles on one list share it, and so does everything else that keeps the list alive.
    pub model: Rc<RefCell<Model>>,
}

#[derive(Debug)]
pub struct TableSlot {
    pub handle: calls::Table,
    pub model: Rc<RefCell<Model>>,
    pub index: usize,
}

impl World<'_> {
    pub fn ref_list(&mut self, step: Step) {
        let slot = self.lists.at(step.slot());
        let handle = calls::list_ref(slot.map(|slot| &slot.handle));
        assert_eq!(handle.is_some(), slot.is_some());
        if let Some((handle, slot)) = handle.zip(slot) {
            let model = Rc::clone(&slot.model);
            self.lists.put(step.other_slot(), ListSlot { handle, model });
        }
    }

    pub fn read_list(&mut self, step: Step) {
        check_list(self.lists.at(step.slot()));
    }

    pub fn get_table(&mut self, step: Step) {
        let slot = self.lists.at(step.slot());
        let count = slot.map_or(0, |slot| slot.model.borrow().tables().len());
        let index = if step.number() == 255 { usize::MAX } else { step.number() % (count + 1) };
        let wanted = !step.is_null(0);
        match (calls::list_table(slot.map(|slot| &slot.handle), index, wanted), slot) {
            ((KEVO_OK, Given::New(handle)), Some(slot)) if wanted && index < count => {
                let model = Rc::clone(&slot.model);
                self.tables.put(step.other_slot(), TableSlot { handle, model, index });
            }
            ((KEVO_E_INVALID_ARGUMENT, Given::Null), slot) if wanted && (slot.is_none() || index >= count) => {}
            ((KEVO_E_INVALID_ARGUMENT, Given::NotSet), _) if !wanted => {}
            (given, _) => panic!("{step:?} gives {given:?}"),
        }
    }

    pub fn set_immutable(&mut self, step: Step) {
        let Some(slot) = self.tables.at(step.slot()) else {
            return assert_eq!(calls::set_immutable(None), KEVO_E_INVALID_ARGUMENT);
        };
        assert_eq!(calls::set_immutable(Some(&slot.handle)), KEVO_OK);
        slot.model.borrow_mut().set_immutable(slot.index);
    }

    pub fn read_table(&mut self, step: Step) {
        check_table(self.tables.at(step.slot()));
    }
}

impl ListSlot {
    /// Checks what recovery gave: the list, and each of its memtables.
    pub fn check(&self) {
        check_list(Some(self));
        for index in 0..self.model.borrow().tables().len() {
            let (KEVO_OK, Given::New(handle)) = calls::list_table(Some(&self.handle), index, true) else {
                panic!("no table {index}");
            };
            check_table(Some(&TableSlot { handle, model: Rc::clone(&self.model), index }));
        }
    }
}

fn check_list(slot: Option<&ListSlot>) {
    let list = slot.map(|slot| &slot.handle);
    let expected = slot.map_or((0, 0), |slot| {
        let model = slot.model.borrow();
        (model.tables().len(), model.max_sequence())
    });
    assert_eq!((calls::list_count(list), calls::list_max_sequence(list)), expected);
}

fn check_table(slot: Option<&TableSlot>) {
    let table = slot.map(|slot| &slot.handle);
    let expected = slot.map_or((0, 0, 0, 0), |slot| {
        let model = slot.model.borrow();
        let table = &model.tables()[slot.index];
        let count = table.versions.len() as u64;
        (table.immutable.into(), table.approximate_size, count, model::next_sequence(table))
    });
    let told = (
        calls::is_immutable(table),
        calls::approximate_size(table),
        calls::entry_count(table),
        calls::next_sequence(table),
    );
    assert_eq!(told, expected);
    let age = calls::age_seconds(table);
    assert!(age.is_finite() && age >= 0.0 && (table.is_some() || age == 0.0), "{age} seconds");
}
