use super::{BLOCK_LEN, Gatherer, Summary};
use crate::key::prefix;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::log::testing::put;
use crate::memtable::testing::gather;

fn entry(op: Op, sequence: u64, key: &'static str, value: &'static str) -> Entry<'static> {
    Entry { op, sequence, key: key.as_bytes(), value: value.as_bytes() }
}

fn summary(entries: &[Entry<'_>]) -> Summary {
    let mut summary = Summary::default();
    for entry in entries {
        summary.add(entry);
    }
    summary
}

#[test]
fn an_entry_takes_16_bytes_beside_its_key_and_its_value() {
    assert_eq!(summary(&[entry(Op::Put, 1, "key", "value")]).size, 24);
    assert_eq!(summary(&[entry(Op::Delete, 1, "key", "")]).size, 19);
    assert_eq!(summary(&[entry(Op::Put, 1, "", "")]).size, 16);
}

#[test]
fn superseded_versions_take_as_much_as_others() {
    assert_eq!(summary(&[entry(Op::Put, 1, "key", "value"), entry(Op::Put, 2, "key", "")]).size, 24 + 19);
}

#[test]
fn a_merge_takes_nothing_but_a_sequence_number() {
    let of_merge = summary(&[entry(Op::Merge, 7, "key", "value")]);
    assert_eq!((of_merge.size, of_merge.merges), (0, 1));
    assert_eq!((of_merge.lowest_sequence, of_merge.highest_sequence), (7, 7));
}

#[test]
fn a_summary_of_two_runs_is_that_of_both_together() {
    let entries = [
        entry(Op::Put, 3, "a", "1"),
        entry(Op::Delete, 3, "bc", ""),
        entry(Op::Merge, 5, "", ""),
        entry(Op::Put, 9, "d", "234"),
        entry(Op::Put, 8, "d", "234"),
        entry(Op::Put, u64::MAX, "e", ""),
        entry(Op::Put, 0, "e", ""),
    ];
    let parts = |s: &Summary| (s.size, s.lowest_sequence, s.highest_sequence, s.ascending, s.merges);
    for end in 0..=entries.len() {
        for middle in 0..=end {
            let mut joined = summary(&entries[..middle]);
            joined.join(&summary(&entries[middle..end]));
            assert_eq!(parts(&joined), parts(&summary(&entries[..end])));
            assert_eq!(joined.ascending, end < 5);
        }
    }
}

#[test]
fn entries_are_cut_into_blocks_of_one_length() {
    for len in [0, 1, BLOCK_LEN - 1, BLOCK_LEN, BLOCK_LEN + 1, 3 * BLOCK_LEN, 3 * BLOCK_LEN + 7] {
        let (_, gathered) = gather(&vec![(b"key".to_vec(), 1); len]);
        let blocks: Vec<_> = gathered.blocks.iter().map(|block| block.len).collect();
        assert_eq!((gathered.refs.len(), gathered.hashes.len(), blocks.iter().sum()), (len, len, len));
        assert!(blocks.iter().rev().skip(1).all(|&len| len == BLOCK_LEN) && !blocks.contains(&0), "{blocks:?}");
    }
}

#[test]
fn a_block_shares_the_bytes_that_all_its_keys_begin_with() {
    let mut versions = vec![(b"shared/long".to_vec(), 1); BLOCK_LEN];
    versions[BLOCK_LEN - 1].0 = b"shared/".to_vec();
    versions.extend(vec![(b"share".to_vec(), 1); 3]);
    versions.push((b"shy".to_vec(), 1));
    let (_, gathered) = gather(&versions);
    assert_eq!(gathered.blocks.iter().map(|block| &*block.shared).collect::<Vec<_>>(), [&b"shared/"[..], b"sh"]);
}

#[test]
fn references_say_where_entries_are_in_the_whole_log() {
    let entries = [put(1, "a", "1"), put(2, "b", "2")];
    let file = entries.concat();
    let mut gatherer = Gatherer::new(1000, file.len());
    for (entry, at) in entries.iter().zip([0, entries[0].len()]) {
        gatherer.push(&file, Place::of_entry(at), &Entry::parse(entry).unwrap());
    }
    assert_eq!(gatherer.len(), 2);
    let refs = gatherer.finish(&file).refs;
    assert_eq!([refs[0].place.offset(), refs[1].place.offset()], [1000, 1000 + entries[0].len()]);
}

#[test]
fn prefixes_are_of_what_is_behind_the_shared_bytes_however_many_these_are() {
    for shared_len in [0, 1, 7, 8, 9, 20] {
        let key =
            |i: usize| [vec![b's'; shared_len], (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec()];
        let mut keys: Vec<_> = (0..100).map(|i| key(i).concat()).collect();
        keys.push(vec![b's'; shared_len]);
        let (log, gathered) = gather(&keys.into_iter().map(|key| (key, 1)).collect::<Vec<_>>());
        let block = &gathered.blocks[0];
        assert_eq!(block.shared.len(), shared_len);
        for kept in 0..=shared_len {
            let mut refs = gathered.refs.clone();
            block.share_only(kept, &mut refs);
            assert!(refs.iter().all(|r| r.prefix == prefix(&log.key(r.place)[kept..])), "{kept} of {shared_len} kept");
        }
    }
}
