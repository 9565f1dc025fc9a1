use super::{Cause, DamageKind, Stretch};
use DamageKind::{Corruption, TornTail};

fn stretch(start: usize, end: usize, kind: DamageKind, batches_dropped: u32) -> Stretch {
    Stretch { batches_dropped, ..Stretch::new(start, end, kind, Cause::RecordNotIntact) }
}

#[test]
fn stretches_of_corruption_that_touch_are_one() {
    let mut first = stretch(10, 20, Corruption, 1);
    assert!(first.absorb(&Stretch { cause: Cause::StrayFragment, ..stretch(20, 25, Corruption, 2) }));
    assert_eq!(first, stretch(10, 25, Corruption, 3));
}

#[test]
fn stretches_with_intact_bytes_between_them_are_two() {
    let mut first = stretch(10, 20, Corruption, 0);
    assert!(!first.absorb(&stretch(21, 25, Corruption, 0)));
    assert_eq!(first, stretch(10, 20, Corruption, 0));
}

#[test]
fn a_torn_tail_stays_apart_from_corruption() {
    assert!(!stretch(10, 20, Corruption, 0).absorb(&stretch(20, 25, TornTail, 0)));
    assert!(!stretch(10, 20, TornTail, 0).absorb(&stretch(20, 25, Corruption, 0)));
    assert!(!stretch(10, 20, TornTail, 0).absorb(&stretch(20, 25, TornTail, 0)));
}
