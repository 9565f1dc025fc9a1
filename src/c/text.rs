//! Text that C reads.

use crate::Error;
use crate::memory::refused;
use libc::c_char;
use std::fmt::{self, Display, Write};
use std::path::Path;

/// Bytes with a NUL at their end, in memory that can be refused.
#[derive(Debug)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// What `shown` displays.
    pub(super) fn of(shown: &impl Display) -> Result<Self, Error> {
        let mut text = Self(Vec::new());
        write!(text, "{shown}\0").map_err(|_| refused::<u8>(text.0.len()))?;
        Ok(text)
    }

    /// A path as C knows it, byte for byte.
    pub(super) fn of_path(path: &Path) -> Result<Self, Error> {
        let (mut text, path) = (Self(Vec::new()), path.as_os_str().as_encoded_bytes());
        text.append(path).and_then(|()| text.append(b"\0")).map_err(|_| refused::<u8>(path.len()))?;
        Ok(text)
    }

    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    fn append(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0.try_reserve(bytes.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.append(part.as_bytes())
    }
}
