//! The input: a string of steps, each a call and what it is called with.
//!
//! ```text
//!  0      1       2       3     4       5          6        7
//!  +------+-------+-------+-----+-------+----------+--------+-------+
//!  | call | slots | nulls | key | value | sequence | number | other |
//!  +------+-------+-------+-----+-------+----------+--------+-------+
//! ```
//!
//! All are of one length, so a change of one leaves the others alone. Most bytes choose among a few values that matter,
//! many of them wrong.

use super::calls::Bytes;
use fastrand::Rng;
use std::ops::Range;

pub const LEN: usize = 8;
/// More are not gone.
pub const MOST: usize = 64;

/// From this byte on, `nulls` says which arguments are NULL.
const NULLS: u8 = 0xc0;
/// From this half byte on, a slot is none.
const NO_SLOT: u8 = 14;

const KEYS: [&[u8]; 16] = [
    b"",
    b"a",
    b"aa",
    b"ab",
    b"b",
    b"k",
    b"k\0",
    b"k1",
    b"k2",
    b"k\xff",
    b"eight by",
    b"eight bytes and more",
    b"eight bytes and then",
    b"z",
    b"\xff",
    b"\xff\xff",
];

/// Bytes of a value.
const LENGTHS: [usize; 4] = [0, 1, 12, 70];

/// Calls that are made one after the other, each any of a range of `World::CALLS`.
const TOGETHER: [&[Range<u8>]; 5] = [
    // Options, two of them set, and a recovery with them.
    &[8..9, 9..17, 9..17, 0..1],
    // Likewise, one of them the order; a write and a lookup, whose answer depends on it.
    &[8..9, 10..11, 9..17, 0..1, 4..6, 6..7],
    // A write to a list, and a lookup.
    &[4..6, 6..7],
    // Likewise, of a table.
    &[7..8, 28..30, 27..28],
    // A scan, a part of it set, and an iterator with it.
    &[33..34, 34..39, 1..2],
];

#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub call: u8,
    slots: u8,
    nulls: u8,
    key: u8,
    value: u8,
    sequence: u8,
    number: u8,
    pub other: u8,
}

/// What an input says.
pub fn decode(input: &[u8]) -> impl Iterator<Item = Step> {
    input.as_chunks::<LEN>().0.iter().take(MOST).map(|&[call, slots, nulls, key, value, sequence, number, other]| {
        Step { call, slots, nulls, key, value, sequence, number, other }
    })
}

/// A call with nothing but right arguments, mostly.
pub fn encode(call: u8, number: u8) -> [u8; LEN] {
    [call, 0, 0, number, number, number, number, 1]
}

impl Step {
    /// The slot that the call is about, if it is not about NULL.
    pub fn slot(self) -> Option<usize> {
        let slot = self.slots & 0xf;
        (slot < NO_SLOT).then_some(slot.into())
    }

    /// The slot of another handle: where a new one goes, or a scan or options come from.
    pub fn other_slot(self) -> Option<usize> {
        let slot = self.slots >> 4;
        (slot < NO_SLOT).then_some(slot.into())
    }

    /// Whether argument or output number `index`, one of six, is NULL.
    pub fn is_null(self, index: u32) -> bool {
        self.nulls >= NULLS && self.nulls & 1 << index != 0
    }

    /// A pointer and its length, the pointer being argument 0.
    pub fn key(self) -> Bytes {
        if self.is_null(0) { Bytes::Null((self.key % 2).into()) } else { Bytes::Of(key(self.key).into()) }
    }

    /// Likewise, argument 1.
    pub fn value(self) -> Bytes {
        let len = LENGTHS[usize::from(self.value) % LENGTHS.len()];
        if self.is_null(1) { Bytes::Null(len) } else { Bytes::Of(vec![self.value; len].into()) }
    }

    /// So many keys, the first that of the step.
    pub fn keys(self, count: usize) -> Vec<Bytes> {
        let mut keys: Vec<_> =
            (0..count).map(|index| Bytes::Of(key(self.key.wrapping_add(index as u8 * 3)).into())).collect();
        if self.is_null(0) && count > 0 {
            let index = usize::from(self.value) % count;
            keys[index] = Bytes::Null((self.key % 2).into());
        }
        keys
    }

    /// Low ones, which the logs have too, and the highest.
    pub fn sequence(self) -> u64 {
        if self.sequence < 0xf0 { (self.sequence % 24).into() } else { u64::MAX - u64::from(0xff - self.sequence) / 4 }
    }

    pub fn number(self) -> usize {
        self.number.into()
    }

    /// One of these, by the number.
    pub fn choose<T: Copy>(self, from: &[T]) -> T {
        from[self.number() % from.len()]
    }
}

fn key(selector: u8) -> &'static [u8] {
    KEYS[usize::from(selector) % KEYS.len()]
}

/// All keys that steps have, for the logs.
pub fn keys() -> impl Iterator<Item = &'static [u8]> {
    KEYS.into_iter()
}

/// Adds, takes away, moves or changes whole steps.
pub fn mutate(input: &mut Vec<u8>, rng: &mut Rng) {
    let mut steps: Vec<[u8; LEN]> = input.as_chunks().0.to_vec();
    for _ in 0..rng.usize(1..4) {
        mutate_steps(&mut steps, rng);
    }
    steps.truncate(MOST);
    *input = steps.concat();
}

fn mutate_steps(steps: &mut Vec<[u8; LEN]>, rng: &mut Rng) {
    let at = rng.usize(..=steps.len());
    if at == steps.len() || rng.u8(..4) == 0 {
        let new = if rng.bool() { vec![any_step(rng)] } else { any_steps_together(rng) };
        steps.splice(at..at, new);
        return;
    }
    match rng.u8(..6) {
        0 => drop(steps.remove(at)),
        1 => {
            let step = steps[at];
            steps.insert(rng.usize(..=steps.len()), step);
        }
        2 => {
            let with = rng.usize(..steps.len());
            steps.swap(at, with);
        }
        _ => steps[at][rng.usize(..LEN)] = rng.u8(..),
    }
}

/// Calls of which each goes on with what the one in front of it has done: on the same handles and the same key.
fn any_steps_together(rng: &mut Rng) -> Vec<[u8; LEN]> {
    let calls = *rng.choice(&TOGETHER).expect("a few of them");
    let slot = rng.u8(..NO_SLOT);
    let key = rng.u8(..);
    let steps = calls.iter().map(|call| {
        let mut step = any_step(rng);
        (step[0], step[1], step[3]) = (rng.u8(call.clone()), slot << 4 | slot, key);
        step
    });
    steps.collect()
}

fn any_step(rng: &mut Rng) -> [u8; LEN] {
    let mut step = [0; LEN];
    rng.fill(&mut step);
    // Most calls are with what they need.
    if rng.u8(..8) > 0 {
        step[2] = 0;
    }
    step
}
