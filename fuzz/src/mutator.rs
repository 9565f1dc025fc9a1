//! The functions that libFuzzer calls to change an input.

use super::log_mutator;
use fastrand::Rng;

/// Changes the first `size` bytes of `data`, and returns their new number. It uses libFuzzer's own mutator, or `known`,
/// which knows the format, or one after the other.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, known: fn(&mut Vec<u8>, &mut Rng)) -> usize {
    let mut rng = Rng::with_seed(seed.into());
    let (own, format) = *rng.choice(&[(true, false), (true, true), (false, true)]).expect("three of them");
    let size = if own { libfuzzer_sys::fuzzer_mutate(data, size, max_size) } else { size };
    if !format {
        return size;
    }
    let mut input = data[..size].to_vec();
    known(&mut input, &mut rng);
    input.truncate(max_size);
    data[..input.len()].copy_from_slice(&input);
    input.len()
}

/// Changes an input that is a single file.
pub fn mutate_log(input: &mut Vec<u8>, rng: &mut Rng) {
    log_mutator::mutate(input, rng);
}
