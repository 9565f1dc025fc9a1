//! Checks all that an error says.

use super::World;
use super::calls;
use super::directories::{Directory, Refusal};
use super::step::Step;
use crate::model::{Failure, FailureKind};
use kevo::c::code::{KEVO_E_CORRUPT, KEVO_E_TOO_MANY_MEMTABLES, KEVO_E_UNSUPPORTED};
use std::ffi::{CString, c_int};

#[derive(Debug)]
pub struct ErrorSlot {
    pub handle: calls::Error,
    pub wrong: Wrong,
}

/// What an error is expected to say.
#[derive(Debug)]
pub struct Wrong {
    pub code: c_int,
    pub path: Option<CString>,
    pub offset: u64,
    pub os_code: c_int,
}

impl Wrong {
    pub fn refused(Refusal { code, path, os_code }: Refusal) -> Self {
        Self { code, path, offset: u64::MAX, os_code }
    }

    pub fn failed(directory: &Directory, failure: &Failure) -> Self {
        let code = match failure.kind {
            FailureKind::Corrupt => KEVO_E_CORRUPT,
            FailureKind::TooManyMemtables => KEVO_E_TOO_MANY_MEMTABLES,
            FailureKind::Unsupported => KEVO_E_UNSUPPORTED,
        };
        Self { code, path: Some(directory.path_of(&failure.file)), offset: failure.offset, os_code: 0 }
    }
}

impl World<'_> {
    pub fn read_error(&mut self, step: Step) {
        let Some(ErrorSlot { handle, wrong }) = self.errors.at(step.slot()) else {
            return check_null();
        };
        let error = Some(handle);
        assert_eq!(calls::error_code(error), wrong.code);
        assert_eq!(calls::error_path(error), wrong.path);
        assert_eq!(calls::error_offset(error), wrong.offset);
        assert_eq!(calls::error_os_code(error), wrong.os_code);
        let message = calls::error_message(error).expect("a message").into_string().expect("English");
        let path = wrong.path.as_ref().map_or("", |path| path.to_str().expect("a plain path"));
        assert!(!message.is_empty() && message.contains(path), "{message:?} of {path:?}");
    }
}

fn check_null() {
    assert_eq!(calls::error_code(None), 0);
    assert_eq!(calls::error_path(None), None);
    assert_eq!(calls::error_offset(None), 0);
    assert_eq!(calls::error_os_code(None), 0);
    assert_eq!(calls::error_message(None), None);
}
