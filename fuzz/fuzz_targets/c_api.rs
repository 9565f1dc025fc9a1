//! The C ABI: calls of every function of kevo.h, in any order, with right and wrong arguments.
#![no_main]

use kevo_fuzz::c_api::{self, step};
use kevo_fuzz::mutator;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let max_size = max_size.min(step::LEN * step::MOST);
    mutator::mutate(data, size.min(max_size), max_size, seed, step::mutate)
});

fuzz_target!(|input: &[u8]| c_api::run(input));
