//! Recovery: what it returns and which handles it gives.

use super::World;
use super::calls::{self, Given};
use super::directories::{Directory, Refusal};
use super::error::{ErrorSlot, Wrong};
use super::list::ListSlot;
use super::model::Model;
use super::report::ReportSlot;
use super::step::Step;
use crate::model::{Options, Outcome};
use kevo::c::code::{KEVO_E_CANCELLED, KEVO_OK};
use std::cell::RefCell;
use std::rc::Rc;

impl<'a> World<'a> {
    pub fn recover(&mut self, step: Step) {
        let all = &self.directories.all;
        let directory = (!step.is_null(0)).then(|| &all[step.number() % all.len()]);
        let wanted = [1, 2, 3].map(|output| !step.is_null(output));
        let slot = self.options.at(step.other_slot());
        let options = slot.map_or_else(Options::default, |slot| slot.options.clone());
        let progress = slot.and_then(|slot| slot.handle.progress());

        progress.inspect(|progress| progress.begin());
        let path = directory.map(|directory| directory.path.as_c_str());
        let recovered = calls::recover(path, slot.map(|slot| &slot.handle), wanted);
        let cancelled = progress.is_some_and(|progress| progress.check());
        let directory = directory.filter(|_| wanted[0]);
        let outcome = directory.filter(|directory| directory.refusal.is_none()).map(|found| found.recover(&options));
        let wrong = what_is_wrong(directory, outcome.as_deref(), cancelled);
        if wrong.is_none() {
            progress.inspect(|progress| progress.check_complete());
        }

        assert_eq!(recovered.code, wrong.as_ref().map_or(KEVO_OK, |wrong| wrong.code), "{step:?} {wrong:?}");
        let expected = outcome.as_ref().filter(|_| wrong.is_none());
        self.take_list(step, recovered.list, expected, &options, wanted[0]);
        let report = |handle| ReportSlot { handle, directory, outcome, is_partial: cancelled };
        self.take_report(step, recovered.report, report, wanted[1]);
        self.take_error(step, recovered.error, wrong, wanted[2]);
    }

    fn take_list(
        &mut self,
        step: Step,
        list: Given<kevo::c::list::kevo_memtable_list>,
        expected: Option<&Rc<Outcome>>,
        options: &Options,
        wanted: bool,
    ) {
        let recovered = expected.and_then(|outcome| outcome.result.as_ref().ok());
        match (list, recovered) {
            (Given::New(handle), Some(recovered)) => {
                let model = Rc::new(RefCell::new(Model::new(recovered.clone(), options)));
                let slot = ListSlot { handle, model };
                slot.check();
                self.lists.put(step.slot(), slot);
            }
            (Given::Null, None) if wanted => {}
            (Given::NotSet, None) if !wanted => {}
            (list, _) => panic!("{step:?} gives {list:?}"),
        }
    }

    fn take_report(
        &mut self,
        step: Step,
        report: Given<kevo::c::report::kevo_recovery_report>,
        slot: impl FnOnce(calls::Report) -> ReportSlot<'a>,
        wanted: bool,
    ) {
        match report {
            Given::New(handle) if wanted => self.reports.put(step.slot(), slot(handle)),
            Given::NotSet if !wanted => {}
            report => panic!("{step:?} gives {report:?}"),
        }
    }

    pub fn take_error(
        &mut self,
        step: Step,
        error: Given<kevo::c::error::kevo_error>,
        wrong: Option<Wrong>,
        wanted: bool,
    ) {
        match (error, wrong) {
            (Given::New(handle), Some(wrong)) if wanted => self.errors.put(step.slot(), ErrorSlot { handle, wrong }),
            (Given::Null, None) if wanted => {}
            (Given::NotSet, _) if !wanted => {}
            (error, wrong) => panic!("{step:?} gives {error:?}, not {wrong:?}"),
        }
    }
}

fn what_is_wrong(directory: Option<&Directory>, outcome: Option<&Outcome>, cancelled: bool) -> Option<Wrong> {
    let Some(directory) = directory else {
        return Some(Wrong::refused(Refusal::invalid()));
    };
    if cancelled {
        return Some(Wrong::refused(Refusal { code: KEVO_E_CANCELLED, path: None, os_code: 0 }));
    }
    if let Some(refusal) = &directory.refusal {
        return Some(Wrong::refused(refusal.clone()));
    }
    let failure = outcome?.result.as_ref().err()?;
    Some(Wrong::failed(directory, failure))
}
