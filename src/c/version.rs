//! Which library this is, and whether it serves a program.

use super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use libc::{c_char, c_int};
use std::ffi::CStr;

/// The version of this header: major * 1000000 + minor * 1000 + patch.
pub const KEVO_VERSION_NUMBER: u32 = 2000;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL in it"),
};

/// The version of the library, as text: "0.1.0".
///
/// Returns: a static string.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_version_string() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of the library, as a number: major * 1000000 + minor * 1000 + patch. Compare it with
/// KEVO_VERSION_NUMBER, which is that of the header.
///
/// Returns: the number.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_version_number() -> u32 {
    KEVO_VERSION_NUMBER
}

/// Asks whether this library serves a program that was compiled with a certain header. Pass KEVO_VERSION_NUMBER.
///
/// A library serves the headers of its own major version, from 0.1.0 on, that are not newer than itself.
///
/// Returns: KEVO_OK if it does; KEVO_E_INVALID_ARGUMENT if it does not: install the library that the header came with.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_abi_check(header_version: u32) -> c_int {
    const FIRST: u32 = 1000;
    let same_major = header_version / 1_000_000 == KEVO_VERSION_NUMBER / 1_000_000;
    if same_major && (FIRST..=KEVO_VERSION_NUMBER).contains(&header_version) {
        KEVO_OK
    } else {
        KEVO_E_INVALID_ARGUMENT
    }
}

#[cfg(test)]
mod tests {
    use super::KEVO_VERSION_NUMBER;

    #[test]
    fn the_number_is_that_of_the_package() {
        let parts = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
        let number = parts.iter().fold(0, |number, part| number * 1000 + part.parse::<u32>().unwrap());
        assert_eq!(KEVO_VERSION_NUMBER, number);
    }
}
