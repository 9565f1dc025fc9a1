use super::{End, LogFile, LogPart, Parsed, parse_all};
use crate::disk::RealDisk;
use crate::log::format::batch::Batch;
use crate::log::testing::{
    FULL, OurStep, batch_header, batch_record, chain, cut, delete, flipped, full, log_of, merge, our_log, put, record,
    text,
};
use crate::recovery::progress::Progress;
use proptest::prelude::*;
use std::fs;
use tempfile::TempDir;

/// What is in the files, in words, when they are read in pieces of `piece_len` bytes.
fn told(files: &[Vec<u8>], piece_len: usize, threads: usize) -> Vec<String> {
    let directory = TempDir::new().unwrap();
    let looked: Vec<LogFile> = files
        .iter()
        .enumerate()
        .map(|(index, bytes)| {
            let path = directory.path().join(format!("{index}.wal"));
            fs::write(&path, bytes).unwrap();
            LogFile::look(&RealDisk, LogPart { path, from: 0, end: End::Unknown })
        })
        .collect();
    let mut buffer = vec![0; files.iter().map(Vec::len).sum()];
    let parsed =
        parse_all(&RealDisk, &looked, &mut buffer, (piece_len, threads), true, &Progress::new(0, None)).unwrap();
    parsed.into_iter().flat_map(|parsed| tell(parsed, &buffer)).collect()
}

fn tell(parsed: Parsed, buffer: &[u8]) -> Vec<String> {
    assert!(parsed.failure.is_none());
    let batches: Vec<usize> = parsed.batches.into_iter().collect();
    let log = log_of(buffer, batches.clone());
    let rows = parsed.gathered.iter().flat_map(|part| &part.rows);
    let entries = rows
        .flat_map(|row| row.entries(&log))
        .map(|(position, entry)| format!("{position:?} {:?} {} {}", entry.op, entry.sequence, text(entry.key)));
    let damage = parsed.damage.into_iter().map(|stretch| format!("{stretch:?}"));
    let batches = batches.iter().map(|&record| format!("{record}: {:?}", Batch::at(buffer, record)));
    entries.chain(damage).chain(batches).collect()
}

fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let sequence = 1_u64..9;
    let one = prop_oneof![
        8 => sequence.clone().prop_map(|sequence| vec![full(put(sequence, "key", "value"))]),
        2 => sequence.clone().prop_map(|sequence| vec![full(delete(sequence, "key"))]),
        1 => sequence.clone().prop_map(|sequence| vec![full(merge(sequence, "key", "value"))]),
        1 => sequence.clone().prop_map(|base| vec![batch_header(base, 2), full(put(base, "a", "1")), full(put(base + 1, "b", "2"))]),
        1 => sequence.clone().prop_map(|base| vec![full(batch_record(base, 2, &[put(0, "a", "1"), delete(0, "b")]))]),
        1 => sequence.clone().prop_map(|sequence| chain(&put(sequence, "long", vec![7; 40000]))),
        2 => sequence.clone().prop_map(|sequence| vec![full(put(sequence, "log", full(put(sequence, "forged", ""))))]),
        1 => sequence.clone().prop_map(|sequence| vec![flipped(full(put(sequence, "key", "value")), 20)]),
        1 => sequence.clone().prop_map(|sequence| vec![cut(full(put(sequence, "key", "value")), 11)]),
        1 => Just(vec![record(FULL, b"no entry")]),
    ];
    prop::collection::vec(one, 0..40).prop_map(|parts| parts.concat())
}

fn our_step() -> impl Strategy<Value = OurStep> {
    prop_oneof![
        8 => Just(OurStep::Put),
        8 => Just(OurStep::Synced),
        2 => prop::bool::weighted(0.1).prop_map(|is_broken| OurStep::Batch { is_broken }),
        1 => Just(OurStep::Closed),
        1 => Just(OurStep::Damaged),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_files_are_cut_into_pieces_changes_nothing(
        files in prop::collection::vec(parts().prop_map(|parts| parts.concat()), 1..4),
        piece_len in prop_oneof![1_usize..200, 1000..50_000_usize],
        threads in 1_usize..4,
    ) {
        let whole = told(&files, usize::MAX, 1);
        prop_assert_eq!(told(&files, piece_len, threads), whole);
    }

    #[test]
    fn how_logs_of_ours_are_cut_into_pieces_changes_nothing(
        steps in prop::collection::vec(our_step(), 0..60),
        kevos in parts().prop_map(|parts| parts.concat()),
        piece_len in prop_oneof![1_usize..400, 1000..50_000_usize],
        threads in 1_usize..4,
    ) {
        let files = [[our_log(7, None, &steps), kevos].concat()];
        let whole = told(&files, usize::MAX, 1);
        prop_assert_eq!(told(&files, piece_len, threads), whole);
    }
}
