//! The input: a string of steps, each a call and what it is called with.
//!
//! ```text
//!  0      1       2       3     4       5          6        7
//!  +------+-------+-------+-----+-------+----------+--------+-------+
//!  | call | slots | nulls | key | value | sequence | number | other |
//!  +------+-------+-------+-----+-------+----------+--------+-------+
//! ```
//!
//! All steps have the same length, so a change to one does not affect the others. Most bytes choose among a few values
//! that matter, many of them invalid.

use super::calls::Bytes;
use fastrand::Rng;
use std::ops::Range;

pub const LEN: usize = 8;
/// How many steps are taken at most.
pub const MOST: usize = 64;

/// If `nulls` is at least this, it says which arguments are NULL.
const NULLS: u8 = 0xc0;
/// If the half byte of a slot is at least this, the step has no handle there.
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

/// The lengths of values, in bytes.
const LENGTHS: [usize; 4] = [0, 1, 12, 70];

/// Sequences of calls that belong together. Each call is any of a range of `World::CALLS`.
const TOGETHER: [&[Range<u8>]; 5] = [
    // Makes options, sets two of them, and recovers with them.
    &[8..9, 9..17, 9..17, 0..1],
    // The same, but sets the order; then a write and a lookup, whose answer depends on the order.
    &[8..9, 10..11, 9..17, 0..1, 4..6, 6..7],
    // Writes to a list, and looks up.
    &[4..6, 6..7],
    // Writes to a memtable, and looks up.
    &[7..8, 28..30, 27..28],
    // Makes a scan, sets a part of it, and makes an iterator with it.
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

/// The steps of an input.
pub fn decode(input: &[u8]) -> impl Iterator<Item = Step> {
    input.as_chunks::<LEN>().0.iter().take(MOST).map(|&[call, slots, nulls, key, value, sequence, number, other]| {
        Step { call, slots, nulls, key, value, sequence, number, other }
    })
}

/// The bytes of a call whose arguments are mostly valid.
pub fn encode(call: u8, number: u8) -> [u8; LEN] {
    [call, 0, 0, number, number, number, number, 1]
}

impl Step {
    /// The slot of the handle that is passed, unless that is NULL.
    pub fn slot(self) -> Option<usize> {
        let slot = self.slots & 0xf;
        (slot < NO_SLOT).then_some(slot.into())
    }

    /// The slot of another handle: the one for a new handle, or that of a scan or options.
    pub fn other_slot(self) -> Option<usize> {
        let slot = self.slots >> 4;
        (slot < NO_SLOT).then_some(slot.into())
    }

    /// Whether argument or output `index`, from 0 to 5, is NULL.
    pub fn is_null(self, index: u32) -> bool {
        self.nulls >= NULLS && self.nulls & 1 << index != 0
    }

    /// A pointer and its length. The pointer is argument 0.
    pub fn key(self) -> Bytes {
        if self.is_null(0) { Bytes::Null((self.key % 2).into()) } else { Bytes::Of(key(self.key).into()) }
    }

    /// A pointer and its length. The pointer is argument 1.
    pub fn value(self) -> Bytes {
        let len = LENGTHS[usize::from(self.value) % LENGTHS.len()];
        if self.is_null(1) { Bytes::Null(len) } else { Bytes::Of(vec![self.value; len].into()) }
    }

    /// `count` keys, of which the first is that of the step.
    pub fn keys(self, count: usize) -> Vec<Bytes> {
        let mut keys: Vec<_> =
            (0..count).map(|index| Bytes::Of(key(self.key.wrapping_add(index as u8 * 3)).into())).collect();
        if self.is_null(0) && count > 0 {
            let index = usize::from(self.value) % count;
            keys[index] = Bytes::Null((self.key % 2).into());
        }
        keys
    }

    /// A low sequence number, which the logs have too, or one of the highest.
    pub fn sequence(self) -> u64 {
        if self.sequence < 0xf0 { (self.sequence % 24).into() } else { u64::MAX - u64::from(0xff - self.sequence) / 4 }
    }

    pub fn number(self) -> usize {
        self.number.into()
    }

    /// Chooses one of `from` by the number.
    pub fn choose<T: Copy>(self, from: &[T]) -> T {
        from[self.number() % from.len()]
    }
}

fn key(selector: u8) -> &'static [u8] {
    KEYS[usize::from(selector) % KEYS.len()]
}

/// All keys that steps can have. The logs use them too.
pub fn keys() -> impl Iterator<Item = &'static [u8]> {
    KEYS.into_iter()
}

/// Inserts, removes, moves or changes whole steps.
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

/// Calls that belong together: each uses the same handles and the same key as the call before it.
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
    // Most calls get the handles that they need.
    if rng.u8(..8) > 0 {
        step[2] = 0;
    }
    step
}
