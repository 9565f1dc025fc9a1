//! Functions that always return the same.

use super::World;
use super::calls;
use super::step::Step;
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use kevo::c::version::KEVO_VERSION_NUMBER;
use std::ffi::c_int;

impl World<'_> {
    pub fn ask_for_the_version(&mut self, step: Step) {
        let number = calls::version_number();
        assert_eq!(number, KEVO_VERSION_NUMBER);
        let text = format!("{}.{}.{}", number / 1_000_000, number / 1000 % 1000, number % 1000);
        assert_eq!(calls::version_string().expect("a version").to_str(), Ok(&*text));
        let (header, serves) = step.choose(&[
            (KEVO_VERSION_NUMBER, true),
            (KEVO_VERSION_NUMBER + 1, false),
            (999, false),
            (0, false),
            (1_001_000, false),
            (u32::MAX, false),
        ]);
        assert_eq!(calls::abi_check(header), if serves { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT });
    }

    pub fn ask_for_a_text(&mut self, step: Step) {
        let code = step.choose(&[c_int::MIN, c_int::MAX, -99]).wrapping_add(step.other.into());
        assert!(calls::strerror(code).is_some_and(|text| !text.is_empty()));
    }
}
