//! Iterators.

use super::World;
use super::calls::{self, Given};
use super::model::{Model, Walk};
use super::packed;
use super::scan;
use super::slices::{self, MARKED, Watched};
use super::step::Step;
use crate::cursor::Move;
use crate::model::Version;
use kevo::c::code::{KEVO_E_BUFFER_TOO_SMALL, KEVO_E_INVALID_ARGUMENT, KEVO_END, KEVO_OK};
use kevo::c::iterator::kevo_iterator;
use kevo::c::slice::{KEVO_OP_DELETE, KEVO_OP_PUT, kevo_entry};
use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

/// What outputs hold before a call.
const MARKED_COUNT: usize = 77_777;
const MARKED_ENTRY: kevo_entry = kevo_entry { key: MARKED, value: MARKED, sequence: 77_777, op: 777, reserved: 777 };
const MARKED_BYTE: u8 = 0xa5;

#[derive(Debug)]
pub struct IteratorSlot {
    pub handle: calls::Iterator,
    /// Of the list whose bytes it gives; those of a table live only until it moves.
    pub model: Option<Rc<RefCell<Model>>>,
    pub walk: Walk,
}

impl World<'_> {
    pub fn list_iterator(&mut self, step: Step) {
        let slot = self.lists.at(step.slot());
        let scan = self.scans.at(step.other_slot());
        let wanted = !step.is_null(0);
        let given = calls::list_iterator(slot.map(|slot| &slot.handle), scan.map(|scan| &scan.handle), wanted);
        let of = slot.map(|slot| (Rc::clone(&slot.model), None));
        self.take_iterator(step, given, of, wanted);
    }

    pub fn table_iterator(&mut self, step: Step) {
        let slot = self.tables.at(step.slot());
        let scan = self.scans.at(step.other_slot());
        let wanted = !step.is_null(0);
        let given = calls::table_iterator(slot.map(|slot| &slot.handle), scan.map(|scan| &scan.handle), wanted);
        let of = slot.map(|slot| (Rc::clone(&slot.model), Some(slot.index)));
        self.take_iterator(step, given, of, wanted);
    }

    /// `of` is the list or memtable that the iterator walks through, if that is not NULL.
    fn take_iterator(
        &mut self,
        step: Step,
        given: (c_int, Given<kevo_iterator>),
        of: Option<(Rc<RefCell<Model>>, Option<usize>)>,
        wanted: bool,
    ) {
        match (given, of) {
            ((KEVO_OK, Given::New(handle)), Some((model, table))) if wanted => {
                let scan = self.scans.at(step.other_slot()).map_or_else(scan::all, |slot| slot.scan.clone());
                let walk = model.borrow().walk(table, &scan);
                self.iterators.put(Some(step.number()), IteratorSlot { handle, model: Some(model), walk });
            }
            ((KEVO_E_INVALID_ARGUMENT, Given::Null), None) if wanted => {}
            ((KEVO_E_INVALID_ARGUMENT, Given::NotSet), _) if !wanted => {}
            (given, _) => panic!("{step:?} gives {given:?}"),
        }
    }

    pub fn first(&mut self, step: Step) {
        self.go(step, Some(Move::First), calls::first);
    }

    pub fn last(&mut self, step: Step) {
        self.go(step, Some(Move::Last), calls::last);
    }

    pub fn next(&mut self, step: Step) {
        self.go(step, Some(Move::Next), calls::next);
    }

    pub fn prev(&mut self, step: Step) {
        self.go(step, Some(Move::Prev), calls::prev);
    }

    pub fn seek(&mut self, step: Step) {
        let key = step.key();
        self.go(step, key.seen().map(|key| Move::Seek(key.to_vec())), |iterator| calls::seek(iterator, &key));
    }

    pub fn seek_for_prev(&mut self, step: Step) {
        let key = step.key();
        let to = key.seen().map(|key| Move::SeekForPrev(key.to_vec()));
        self.go(step, to, |iterator| calls::seek_for_prev(iterator, &key));
    }

    /// `to` is `None` if the arguments are wrong.
    fn go(&mut self, step: Step, to: Option<Move>, go: impl FnOnce(Option<&calls::Iterator>) -> c_int) {
        let slot = self.iterators.at_mut(step.slot());
        let code = go(slot.as_ref().map(|slot| &slot.handle));
        let Some((slot, to)) = slot.zip(to) else {
            return assert_eq!(code, KEVO_E_INVALID_ARGUMENT, "{step:?}");
        };
        let expected = if slot.walk.make_move(&to) { KEVO_OK } else { KEVO_END };
        assert_eq!(code, expected, "{step:?}");
        assert!(!calls::iterator_failed(Some(&slot.handle)));
        if !step.other.is_multiple_of(4) {
            slot.check_entry(&mut self.watched);
        }
    }

    pub fn entry(&mut self, step: Step) {
        if let Some(slot) = self.iterators.at(step.slot()).filter(|_| !step.is_null(0)) {
            return slot.check_entry(&mut self.watched);
        }
        let iterator = self.iterators.at(step.slot()).map(|slot| &slot.handle);
        let mut entry = MARKED_ENTRY;
        let code = calls::entry(iterator, (!step.is_null(0)).then_some(&mut entry));
        assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
        check_entry(&entry, None);
    }

    pub fn next_batch(&mut self, step: Step) {
        let slot = self.iterators.at_mut(step.slot());
        let capacity = step.number() % 9;
        let [wants_entries, wants_count] = [0, 1].map(|output| !step.is_null(output));
        // One more than the call may write, which has to stay as it is.
        let (mut entries, mut count) = (vec![MARKED_ENTRY; capacity + 1], MARKED_COUNT);
        let code = calls::next_batch(
            slot.as_ref().map(|slot| &slot.handle),
            wants_entries.then_some(&mut entries[..]),
            capacity,
            wants_count.then_some(&mut count),
        );
        let Some(slot) = slot.filter(|_| wants_entries && wants_count && capacity > 0) else {
            assert_eq!((code, count), (KEVO_E_INVALID_ARGUMENT, MARKED_COUNT), "{step:?}");
            return entries.iter().for_each(|entry| check_entry(entry, None));
        };
        let given = slot.walk.ahead().len().min(capacity);
        assert_eq!((code, count), (if given > 0 { KEVO_OK } else { KEVO_END }, given), "{step:?}");
        for (index, entry) in entries.iter().enumerate() {
            check_entry(entry, slot.walk.ahead()[..given].get(index));
        }
        if let Some(model) = &slot.model {
            entries[..given].iter().for_each(|entry| self.watched.watch(entry.key, model));
        }
        slot.go_on(given);
    }

    pub fn next_packed(&mut self, step: Step) {
        let slot = self.iterators.at_mut(step.slot());
        let capacity = step.number();
        let [wants_buffer, wants_used, wants_count] = [0, 1, 2].map(|output| !step.is_null(output));
        // Not one byte more: a sanitizer reports a byte that is written past the end.
        let mut buffer = vec![MARKED_BYTE; capacity].into_boxed_slice();
        let (mut used, mut count) = (MARKED_COUNT, MARKED_COUNT);
        let code = calls::next_packed(
            slot.as_ref().map(|slot| &slot.handle),
            wants_buffer.then_some(&mut buffer[..]),
            capacity,
            wants_used.then_some(&mut used),
            wants_count.then_some(&mut count),
        );
        let Some(slot) = slot.filter(|_| wants_used && wants_count && (wants_buffer || capacity == 0)) else {
            assert_eq!((code, used, count), (KEVO_E_INVALID_ARGUMENT, MARKED_COUNT, MARKED_COUNT), "{step:?}");
            return assert!(buffer.iter().all(|&byte| byte == MARKED_BYTE));
        };
        let (packed, given) = packed::pack(slot.walk.ahead(), capacity);
        let expected = match slot.walk.ahead().first() {
            Some(next) if given == 0 => (KEVO_E_BUFFER_TOO_SMALL, packed::length(next), MARKED_COUNT),
            Some(_) => (KEVO_OK, packed.len(), given),
            None => (KEVO_END, 0, 0),
        };
        assert_eq!((code, used, count), expected, "{step:?}");
        assert_eq!(buffer[..packed.len()], packed);
        assert!(buffer[packed.len()..].iter().all(|&byte| byte == MARKED_BYTE), "written past the last entry");
        if code != KEVO_E_BUFFER_TOO_SMALL {
            slot.go_on(given);
        }
    }
}

impl IteratorSlot {
    /// Moves on by `count` entries; if that is 0, to after the last one.
    fn go_on(&mut self, count: usize) {
        for _ in 0..count.max(1) {
            self.walk.make_move(&Move::Next);
        }
    }

    fn check_entry(&self, watched: &mut Watched) {
        let mut entry = MARKED_ENTRY;
        let code = calls::entry(Some(&self.handle), Some(&mut entry));
        let current = self.walk.current();
        assert_eq!(code, if current.is_some() { KEVO_OK } else { KEVO_END });
        check_entry(&entry, current);
        if let (Some(_), Some(model)) = (current, &self.model) {
            watched.watch(entry.key, model);
            watched.watch(entry.value, model);
        }
    }

    /// Moves once more, when the list and everything else that the iterator came from may have been freed.
    pub fn finish(mut self) {
        let moves = self.walk.make_move(&Move::Next);
        assert_eq!(calls::next(Some(&self.handle)) == KEVO_OK, moves);
        self.check_entry(&mut Watched::default());
    }
}

/// Checks that an output is set to `expected`, or still holds its mark if there is none.
fn check_entry(entry: &kevo_entry, expected: Option<&Version>) {
    let value = expected.map(|version| version.value.as_deref());
    let (sequence, op, reserved) = expected.map_or((77_777, 777, 777), |version| {
        (version.sequence, if version.value.is_some() { KEVO_OP_PUT } else { KEVO_OP_DELETE }, 0)
    });
    assert_eq!((entry.sequence, entry.op, entry.reserved), (sequence, op, reserved), "{expected:?}");
    slices::check(&entry.key, expected.map(|version| &version.key[..]));
    slices::check(&entry.value, value.map(Option::unwrap_or_default));
    assert!(value != Some(None) || entry.value.data.is_null(), "a delete has a value");
}
