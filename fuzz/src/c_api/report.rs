//! Checks all that a report says.

use super::World;
use super::calls;
use super::directories::Directory;
use super::step::Step;
use crate::model::{self, DamageKind, Outcome};
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use kevo::c::report::*;
use std::ffi::c_int;
use std::rc::Rc;

/// What outputs hold before a call.
const MARKS: (u64, c_int) = (77_777, 7777);

#[derive(Debug)]
pub struct ReportSlot<'a> {
    pub handle: calls::Report,
    /// `None` if the arguments were wrong.
    pub directory: Option<&'a Directory>,
    /// `None` if nothing could be read.
    pub outcome: Option<Rc<Outcome>>,
    /// Whether recovery may have ended before the model's outcome.
    pub is_partial: bool,
}

impl ReportSlot<'_> {
    fn stat(&self, stat: c_int) -> u64 {
        let stats = self.outcome.as_ref().map_or_else(Default::default, |outcome| outcome.stats);
        match stat {
            KEVO_STAT_FILES => stats.files,
            KEVO_STAT_BYTES => stats.bytes,
            KEVO_STAT_ENTRIES_APPLIED => stats.entries_applied,
            KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE => stats.entries_above_max_sequence,
            KEVO_STAT_MERGES_IGNORED => stats.merges_ignored,
            KEVO_STAT_BATCHES_DROPPED => stats.batches_dropped,
            KEVO_STAT_BYTES_DAMAGED => stats.bytes_damaged,
            KEVO_STAT_SET_ASIDE_DIRECTORIES => self.directory.map_or(0, |directory| directory.set_aside),
            KEVO_STAT_FILES_LEFT_OUT => stats.files_left_out,
            _ => 0,
        }
    }

    fn damage(&self) -> &[model::Damage] {
        self.outcome.as_ref().map_or(&[], |outcome| &outcome.damage)
    }

    /// What the library reports of one stretch of damage.
    fn told(&self, damage: &model::Damage, what: Option<std::ffi::CString>) -> calls::Damage {
        assert!(what.as_ref().is_some_and(|what| !what.is_empty()), "{damage:?} is not explained");
        calls::Damage {
            path: self.directory.map(|directory| directory.path_of(&damage.file)),
            offset: damage.offset,
            length: damage.length,
            kind: match damage.kind {
                DamageKind::TornTail => KEVO_DAMAGE_TORN_TAIL,
                DamageKind::Corruption => KEVO_DAMAGE_CORRUPTION,
            },
            what,
        }
    }
}

impl World<'_> {
    pub fn read_stat(&mut self, step: Step) {
        let stat = step.number() as c_int % 12 - 1;
        let slot = self.reports.at(step.slot());
        let told = calls::report_stat(slot.map(|slot| &slot.handle), stat);
        let expected = slot.map_or(0, |slot| slot.stat(stat));
        let is_partial = slot.is_some_and(|slot| slot.is_partial);
        assert!(told == expected || is_partial && told < expected, "{told}, not {expected}: {stat} of {slot:?}");
    }

    pub fn read_damage(&mut self, step: Step) {
        let slot = self.reports.at(step.slot());
        let report = slot.map(|slot| &slot.handle);
        let count = calls::report_damage_count(report);
        let damage = slot.map_or(&[][..], ReportSlot::damage);
        let is_partial = slot.is_some_and(|slot| slot.is_partial);
        assert!(count == damage.len() || is_partial && count < damage.len(), "{count} of {slot:?}");

        let index = if step.number() == 255 { usize::MAX } else { step.number() % (count + 2) };
        let wanted = [0, 1, 2, 3, 4].map(|output| !step.is_null(output));
        let (code, told) = calls::report_damage(report, index, wanted, MARKS);
        let damage = damage[..count].get(index).filter(|_| wanted == [true; 5]);
        let Some((damage, slot)) = damage.zip(slot) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            let nothing = calls::Damage { path: None, offset: MARKS.0, length: MARKS.0, kind: MARKS.1, what: None };
            return assert_eq!(told, nothing);
        };
        assert_eq!(code, KEVO_OK);
        assert_eq!(slot.told(damage, told.what.clone()), told);
    }
}
