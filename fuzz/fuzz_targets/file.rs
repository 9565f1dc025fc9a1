//! One file, read from its start: entries, batches and damage are the model's, whether or not spans of it were read
//! ahead. That needs no directory, so this target is the fastest way into the rules for damage.
#![no_main]

use kevo::fuzzing::{self, Event};
use kevo::{DamageKind, Op};
use kevo_fuzz::model::batch::Event as Modelled;
use kevo_fuzz::model::entry::{Entry, Op as ModelOp};
use kevo_fuzz::model::marks;
use kevo_fuzz::{model, mutator};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, mutator::mutate_log)
});

fuzz_target!(|file: &[u8]| {
    let expected: Vec<Event> = marks::events_of(file, None, true).into_iter().filter_map(event).collect();
    assert_eq!(fuzzing::read(file, None), expected);
    for piece_len in [16, 64, 1000] {
        assert_eq!(fuzzing::read(file, Some(piece_len)), expected, "in pieces of {piece_len} bytes");
    }
});

fn event(event: Modelled) -> Option<Event> {
    Some(match event {
        Modelled::Synced { .. } => return None,
        Modelled::Unsupported { .. } => Event::Unsupported,
        Modelled::Write { offset, ops } => Event::Write(offset, ops.into_iter().map(written).collect()),
        Modelled::Damage { start, end, kind, dropped_batches, .. } => {
            let kind = match kind {
                model::DamageKind::TornTail => DamageKind::TornTail,
                model::DamageKind::Corruption => DamageKind::Corruption,
            };
            Event::Damage(start, end, kind, dropped_batches)
        }
    })
}

fn written(entry: Entry) -> fuzzing::Written {
    let op = match entry.op {
        ModelOp::Put => Op::Put,
        ModelOp::Delete => Op::Delete,
        ModelOp::Merge => Op::Merge,
    };
    (op, entry.sequence, entry.key, entry.value)
}
