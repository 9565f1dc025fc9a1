//! The engine's answers to lookups and writes, as codes and outputs.

use super::boundary::{Code, Out};
use super::code::{KEVO_DELETED, KEVO_NOT_FOUND, KEVO_OK};
use super::slice::kevo_slice;
use crate::{Error, Lookup};
use std::ffi::c_int;

/// Gives an answer to the caller.
pub(super) fn answer(lookup: Lookup<'_>, value: &Out<kevo_slice>, sequence: &Out<u64>) -> c_int {
    match lookup {
        Lookup::Found { value: found, sequence: of } => {
            value.set(kevo_slice::of(&found));
            sequence.set(of);
            KEVO_OK
        }
        Lookup::Deleted { sequence: of } => {
            sequence.set(of);
            KEVO_DELETED
        }
        Lookup::NeverSeen => KEVO_NOT_FOUND,
    }
}

pub(super) fn written(result: Result<(), Error>) -> Code {
    result.map(|()| KEVO_OK).map_err(|error| error.code())
}
