//! Errors, read through.

use super::World;
use super::calls;
use super::recover::Wrong;
use super::step::Step;

#[derive(Debug)]
pub struct ErrorSlot {
    pub handle: calls::Error,
    pub wrong: Wrong,
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
