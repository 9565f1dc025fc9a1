//! Options, and what they are expected to hold.

use super::World;
use super::calls;
use super::progress::Progress;
use super::step::Step;
use crate::model::{Mode, Options, Order};
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use kevo::c::recovery_options::*;
use std::ffi::c_int;
use std::rc::Rc;

#[derive(Debug)]
pub struct OptionsSlot {
    pub handle: calls::Options,
    pub options: Options,
}

impl World<'_> {
    /// Mostly with one thread: starting more takes longer than everything else.
    pub fn new_options(&mut self, step: Step) {
        let handle = calls::Options::new().expect("options");
        if step.other < 0xf0 {
            assert_eq!(calls::set_threads(Some(&handle), 1), KEVO_OK);
        }
        self.options.put(step.slot(), OptionsSlot { handle, options: Options::default() });
    }

    pub fn set_mode(&mut self, step: Step) {
        let (mode, expected) = step.choose(&[
            (KEVO_RECOVERY_TOLERATE_TORN_TAIL, Some(Mode::TolerateTornTail)),
            (KEVO_RECOVERY_ABSOLUTE, Some(Mode::Absolute)),
            (KEVO_RECOVERY_POINT_IN_TIME, Some(Mode::PointInTime)),
            (KEVO_RECOVERY_SKIP_CORRUPTED, Some(Mode::SkipCorrupted)),
            (4, None),
            (-1, None),
            (c_int::MIN, None),
        ]);
        self.set_option(step, expected, |options| calls::set_mode(options, mode), |options| &mut options.mode);
    }

    pub fn set_order(&mut self, step: Step) {
        let (order, expected) = step.choose(&[
            (KEVO_ORDER_SEQUENCE, Some(Order::Sequence)),
            (KEVO_ORDER_LOG, Some(Order::Log)),
            (2, None),
            (-1, None),
        ]);
        self.set_option(step, expected, |options| calls::set_order(options, order), |options| &mut options.order);
    }

    pub fn set_max_sequence(&mut self, step: Step) {
        let sequence = step.sequence();
        let set = |options: Option<&calls::Options>| calls::set_max_sequence(options, sequence);
        self.set_option(step, Some(sequence), set, |options| &mut options.max_sequence);
    }

    pub fn set_max_memtables(&mut self, step: Step) {
        let count = step.choose(&[0, 1, 2, 3, 9, usize::MAX]);
        let set = |options: Option<&calls::Options>| calls::set_max_memtables(options, count);
        self.set_option(step, (count > 0).then_some(count), set, |options| &mut options.max_memtables);
    }

    pub fn set_memtable_size(&mut self, step: Step) {
        let bytes = step.choose(&[0, 1, 17, 34, 60, 120, u64::MAX]);
        let set = |options: Option<&calls::Options>| calls::set_memtable_size(options, bytes);
        self.set_option(step, (bytes > 0).then_some(bytes), set, |options| &mut options.memtable_size);
    }

    pub fn set_include_set_aside(&mut self, step: Step) {
        let yes = step.choose(&[1, 0, -1]);
        let set = |options: Option<&calls::Options>| calls::set_include_set_aside(options, yes);
        self.set_option(step, Some(yes != 0), set, |options| &mut options.include_set_aside);
    }

    pub fn set_threads(&mut self, step: Step) {
        let count = if step.other < 0xf0 { 1 } else { step.choose(&[0, 2, usize::MAX]) };
        let slot = self.options.at(step.slot());
        let expected = if slot.is_some() { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT };
        assert_eq!(calls::set_threads(slot.map(|slot| &slot.handle), count), expected);
    }

    pub fn set_progress(&mut self, step: Step) {
        let progress = (!step.is_null(0)).then(|| Rc::new(Progress::new(step.choose(&[1, 2, 3, 4, 0]))));
        let slot = self.options.at_mut(step.slot());
        let expected = if slot.is_some() { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT };
        assert_eq!(calls::set_progress(slot.map(|slot| &mut slot.handle), progress), expected);
    }

    /// `expected` is what the option then is, if the value is valid.
    fn set_option<T>(
        &mut self,
        step: Step,
        expected: Option<T>,
        set: impl FnOnce(Option<&calls::Options>) -> c_int,
        option: impl FnOnce(&mut Options) -> &mut T,
    ) {
        let slot = self.options.at_mut(step.slot());
        let code = set(slot.as_ref().map(|slot| &slot.handle));
        let (Some(slot), Some(expected)) = (slot, expected) else {
            return assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
        };
        assert_eq!(code, KEVO_OK);
        *option(&mut slot.options) = expected;
    }
}
