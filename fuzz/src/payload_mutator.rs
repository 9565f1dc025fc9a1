//! Changes a payload by its fields: its parsers depend on its lengths and counts.

use super::writer::{Op, encode_batch, encode_entry};
use fastrand::Rng;

pub fn mutate(payload: &mut Vec<u8>, rng: &mut Rng) {
    match rng.u8(..6) {
        0 => *payload = encode_entry(rng.u64(..), &any_op(rng)),
        1 => {
            let ops: Vec<Op> = (0..rng.usize(..5)).map(|_| any_op(rng)).collect();
            *payload = encode_batch(any_base(rng), rng.u32(..6), &ops);
        }
        2 => {
            *payload = [&[4], &any_base(rng).to_le_bytes()[..], &rng.u32(..).to_le_bytes()].concat();
        }
        3 => payload.truncate(rng.usize(..=payload.len())),
        _ => set_length(payload, rng),
    }
}

fn any_base(rng: &mut Rng) -> u64 {
    if rng.bool() { rng.u64(..) } else { u64::MAX - rng.u64(..8) }
}

fn any_op(rng: &mut Rng) -> Op {
    let key = vec![b'k'; rng.usize(..4)];
    let value = vec![b'v'; rng.usize(..4)];
    match rng.u8(..4) {
        0 => Op::delete(key),
        1 => Op::merge(key, value),
        _ => Op::put(key, value),
    }
}

/// Sets any four bytes to a number that may be a length that fits, or nearly fits.
fn set_length(payload: &mut [u8], rng: &mut Rng) {
    let Some(last) = payload.len().checked_sub(4) else {
        return;
    };
    let at = rng.usize(..=last);
    let left = (payload.len() - at - 4) as u32;
    let small = rng.u32(..8);
    let length = *rng.choice(&[left, left.wrapping_sub(4), left.wrapping_add(1), u32::MAX, small]).unwrap();
    payload[at..at + 4].copy_from_slice(&length.to_le_bytes());
}
