//! Scans, and what they are expected to hold.

use super::World;
use super::calls::{self, Bytes};
use super::step::Step;
use crate::model;
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use kevo::c::scan::{KEVO_SCAN_ALL_VERSIONS, KEVO_SCAN_TOMBSTONES};
use std::ffi::c_int;
use std::ops::Bound;

#[derive(Debug)]
pub struct ScanSlot {
    pub handle: calls::Scan,
    pub scan: model::Scan,
}

/// The scan that NULL and a new handle stand for.
pub fn all() -> model::Scan {
    model::Scan {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
        prefix: Vec::new(),
        max_sequence: u64::MAX,
        all_versions: false,
        tombstones: false,
    }
}

impl World<'_> {
    pub fn new_scan(&mut self, step: Step) {
        self.scans.put(step.slot(), ScanSlot { handle: calls::new_scan().expect("a scan"), scan: all() });
    }

    pub fn set_lower(&mut self, step: Step) {
        let (key, inclusive) = (step.key(), step.choose(&[0, 1, -1]));
        let set = |scan: Option<&calls::Scan>| calls::set_lower(scan, &key, inclusive);
        self.set_scan(step, bound(&key, inclusive), set, |scan| &mut scan.lower);
    }

    pub fn set_upper(&mut self, step: Step) {
        let (key, inclusive) = (step.key(), step.choose(&[0, 1, -1]));
        let set = |scan: Option<&calls::Scan>| calls::set_upper(scan, &key, inclusive);
        self.set_scan(step, bound(&key, inclusive), set, |scan| &mut scan.upper);
    }

    pub fn set_prefix(&mut self, step: Step) {
        let prefix = step.key();
        let set = |scan: Option<&calls::Scan>| calls::set_prefix(scan, &prefix);
        self.set_scan(step, prefix.seen().map(<[u8]>::to_vec), set, |scan| &mut scan.prefix);
    }

    pub fn set_scan_max_sequence(&mut self, step: Step) {
        let sequence = step.sequence();
        let set = |scan: Option<&calls::Scan>| calls::set_scan_max_sequence(scan, sequence);
        self.set_scan(step, Some(sequence), set, |scan| &mut scan.max_sequence);
    }

    pub fn set_flags(&mut self, step: Step) {
        const BOTH: u32 = KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES;
        let flags = step.choose(&[BOTH, KEVO_SCAN_ALL_VERSIONS, KEVO_SCAN_TOMBSTONES, 0, 4, 1 << 31, 5, u32::MAX]);
        let slot = self.scans.at_mut(step.slot());
        let code = calls::set_flags(slot.as_ref().map(|slot| &slot.handle), flags);
        let Some(slot) = slot.filter(|_| flags <= BOTH) else {
            return assert_eq!(code, KEVO_E_INVALID_ARGUMENT, "{step:?}");
        };
        assert_eq!(code, KEVO_OK, "{step:?}");
        slot.scan.all_versions = flags & KEVO_SCAN_ALL_VERSIONS != 0;
        slot.scan.tombstones = flags & KEVO_SCAN_TOMBSTONES != 0;
    }

    /// `expected` is what the scan then holds, if the value is valid.
    fn set_scan<T>(
        &mut self,
        step: Step,
        expected: Option<T>,
        set: impl FnOnce(Option<&calls::Scan>) -> c_int,
        part: impl FnOnce(&mut model::Scan) -> &mut T,
    ) {
        let slot = self.scans.at_mut(step.slot());
        let code = set(slot.as_ref().map(|slot| &slot.handle));
        let Some((slot, expected)) = slot.zip(expected) else {
            return assert_eq!(code, KEVO_E_INVALID_ARGUMENT, "{step:?}");
        };
        assert_eq!(code, KEVO_OK, "{step:?}");
        *part(&mut slot.scan) = expected;
    }
}

fn bound(key: &Bytes, inclusive: c_int) -> Option<Bound<Vec<u8>>> {
    let key = key.seen()?.to_vec();
    Some(if inclusive == 0 { Bound::Excluded(key) } else { Bound::Included(key) })
}
