//! `VERSIONS`: it says what it says to the slow reader, and what it says can be written anew and says the same.
#![no_main]

use kevo::versions::{self, Edit, Reading};
use kevo_fuzz::versions_check::{modelled, said};
use kevo_fuzz::versions_model::{self, Says};
use kevo_fuzz::{mutator, versions_mutator};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, versions_mutator::mutate)
});

fuzz_target!(|file: &[u8]| {
    assert_eq!(said(file), versions_model::read(file));
    if let Reading::Intact { state, .. } = versions::read(file).expect("there is memory") {
        let anew = Edit::encode(&state.changes().expect("there is memory"), 0, 1).expect("there is memory");
        assert_eq!(said(&anew), Says::Intact(modelled(&state), false));
    }
});
