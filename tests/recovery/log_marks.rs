//! Logs of libkevo: every cut and every flipped bit of small ones, what a power cut leaves, what Kevo appends.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::ops::Range;

use crate::support::comparison::assert_same;
use crate::support::engine;
use crate::support::model::{self, FailureKind, LogFile, Mode, Options, Outcome, Version};
use crate::support::our_log::OurLog;
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Op};

const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];
const SECTOR: usize = 512;

fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config.failure_persistence = None;
    config
}

/// What one caller does.
#[derive(Clone, Debug)]
enum Step {
    Put(Value, Option<usize>),
    Delete,
    Batch(Vec<Value>, Option<usize>),
    Sync,
}

/// What a value is made of.
#[derive(Clone, Debug)]
enum Value {
    Bytes(usize),
    /// A copy of what is in the log so far.
    CopyOfLog,
    /// A mark that would count if it were a record, with this N, behind so many bytes.
    Forged {
        closed: bool,
        synced: Index,
    },
}

fn value(forged: u32) -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop_oneof![0_usize..20, 100..700_usize].prop_map(Value::Bytes),
        2 => Just(Value::CopyOfLog),
        forged => (any::<bool>(), any::<Index>()).prop_map(|(closed, synced)| Value::Forged { closed, synced }),
    ]
}

fn steps(forged: u32) -> impl Strategy<Value = Vec<Step>> {
    let fragments = || prop_oneof![4 => Just(None), 1 => (5_usize..200).prop_map(Some)];
    let step = prop_oneof![
        5 => (value(forged), fragments()).prop_map(|(value, fragments)| Step::Put(value, fragments)),
        1 => Just(Step::Delete),
        3 => (vec(value(forged), 2..5), fragments()).prop_map(|(values, fragments)| Step::Batch(values, fragments)),
        2 => Just(Step::Sync),
    ];
    vec(step, 0..12)
}

/// Writes a log.
fn write(log: &mut OurLog, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Put(value, fragments) => {
                let op = put(log, value);
                log.put(&op, *fragments);
            }
            Step::Delete => log.put(&Op::delete("key1"), None),
            Step::Batch(values, fragments) => {
                let ops: Vec<Op> = values.iter().map(|value| put(log, value)).collect();
                log.batch(&ops, *fragments);
            }
            Step::Sync => log.sync(),
        }
    }
}

fn put(log: &OurLog, value: &Value) -> Op {
    let value = match value {
        Value::Bytes(len) => vec![b'v'; *len],
        Value::CopyOfLog => log.bytes(),
        Value::Forged { closed, synced } => {
            // In a FULL record of its own the value starts after the record's header, the entry's, the key and a
            // length.
            let offset = log.next_offset() + 7 + 13 + 4 + 4;
            let n = synced.index(offset) as u64;
            log.mark_at(offset, 2, &[&n.to_le_bytes()[..], &[u8::from(*closed)]].concat())
        }
    };
    Op::put(format!("key{}", log.sequence % 3), value)
}

fn file(number: u64, bytes: Vec<u8>) -> LogFile {
    LogFile { name: name(number), bytes }
}

fn name(number: u64) -> String {
    format!("{number:020}.wal")
}

/// The engine's outcome in each mode, which is the model's.
fn outcomes(files: &[LogFile], directory: &WalDir, context: &dyn std::fmt::Debug) -> Vec<Outcome> {
    MODES
        .iter()
        .map(|&mode| {
            let options = Options { mode, ..Options::default() };
            let actual = engine::recover(directory.path(), &options, 1);
            assert_same(&actual, &model::recover(files, &options), &(mode, context));
            actual
        })
        .collect()
}

fn outcomes_of(files: &[LogFile], context: &dyn std::fmt::Debug) -> Vec<Outcome> {
    outcomes(files, &WalDir::with(files), context)
}

/// What was recovered, in the order of sequence numbers.
fn versions(outcome: &Outcome) -> Option<Vec<Version>> {
    let recovered = outcome.result.as_ref().ok()?;
    let mut versions: Vec<Version> = recovered.memtables.iter().flat_map(|table| table.versions.clone()).collect();
    versions.sort_by_key(|version| version.sequence);
    Some(versions)
}

/// Checks that these are the first writes of the log, whole, and not fewer than `least`. Gives how many there are.
fn check_prefix(log: &OurLog, versions: &[Version], least: usize, context: &dyn std::fmt::Debug) -> usize {
    let (mut count, mut rest) = (0, versions);
    for write in &log.writes {
        let Some(after) = rest.strip_prefix(&write.versions[..]) else { break };
        (count, rest) = (count + 1, after);
    }
    assert!(rest.is_empty(), "{context:?}: what comes back is no prefix, or half a batch");
    assert!(count >= least, "{context:?}: {count} of at least {least} writes come back");
    count
}

/// How many writes are on disk.
fn synced_writes(log: &OurLog) -> usize {
    log.writes.iter().filter(|write| write.bytes.end <= log.synced).count()
}

fn small_log() -> OurLog {
    let mut log = OurLog::new(0x1122_3344_5566_7788, 41, None);
    log.put(&Op::put("a", "1"), None);
    log.sync();
    log.batch(&[Op::put("b", "2"), Op::delete("a"), Op::put("", "")], None);
    log.put(&Op::put("c", "a value in fragments"), Some(6));
    log.sync();
    log.batch(&[Op::put("d", "fragments in a batch"), Op::put("e", "5")], Some(9));
    log.put(&Op::put("f", "the last"), None);
    log
}

fn check_every_cut_and_flip(files: &[LogFile], harmed: usize, check: impl Fn(usize, Option<usize>, &[Outcome])) {
    let directory = WalDir::with(files);
    let sound = &files[harmed];
    let harm = |offset: usize, bit: Option<usize>| {
        let mut files = files.to_vec();
        match bit {
            None => files[harmed].bytes.truncate(offset),
            Some(bit) => files[harmed].bytes[offset] ^= 1 << bit,
        }
        directory.change(sound, &files[harmed]);
        check(offset, bit, &outcomes(&files, &directory, &(harmed, offset, bit)));
        directory.change(&files[harmed], sound);
    };
    for offset in 0..sound.bytes.len() {
        harm(offset, None);
        (0..8).for_each(|bit| harm(offset, Some(bit)));
    }
}

#[test]
fn a_log_of_ours_that_ends_anywhere() {
    let log = small_log();
    check_every_cut_and_flip(&[file(1, log.bytes())], 0, |offset, bit, outcomes| {
        let least = log.writes.iter().filter(|write| write.bytes.end <= offset).count();
        let Some(versions) = versions(&outcomes[0]) else {
            // What the next synced mark does not tell was on disk need not have been.
            let synced = log.synced;
            assert!(offset < synced, "{offset} {bit:?}: an error after what was synced");
            return;
        };
        let count = check_prefix(&log, &versions, least, &(offset, bit));
        if bit.is_some() {
            let harmed = log.writes.iter().position(|write| write.bytes.contains(&offset));
            assert!(harmed.is_none_or(|harmed| count <= harmed), "{offset} {bit:?}: nothing is seen");
        }
    });
}

#[test]
fn with_its_end_known_all_damage_is_corruption() {
    let mut first = small_log();
    first.sync();
    let end = first.len();
    let mut second = OurLog::new(2, first.sequence, Some((&name(1), end as u64)));
    second.put(&Op::put("g", "7"), None);
    let mut after_the_end = first.bytes();
    after_the_end.extend_from_slice(b"what stands here is of no account");
    let files = [file(1, after_the_end), file(2, second.bytes())];
    let all = outcomes_of(&files, &"sound");
    assert!(all.iter().all(|outcome| outcome.damage.is_empty() && versions(outcome).unwrap().len() == 9));
    check_every_cut_and_flip(&files, 0, |offset, _, outcomes| {
        let is_error = outcomes[0].result.is_err();
        assert_eq!(is_error, offset < end, "at {offset}");
        assert!(outcomes[0].damage.iter().all(|damage| damage.kind == model::DamageKind::Corruption));
        assert!(outcomes[3].result.is_ok());
    });
}

#[test]
fn closed_and_then_appended_to_by_kevo() {
    let mut log = small_log();
    let closed = log.len();
    log.close();
    let end = log.len();
    let mut kevo = LogWriter::new();
    kevo.entry(log.sequence + 1, &Op::put("k", "of Kevo"));
    kevo.batch_record(log.sequence + 2, &[Op::put("l", "1"), Op::put("m", "2")]);
    log.append(&kevo.into_bytes());
    let files = [file(1, log.bytes())];
    assert!(outcomes_of(&files, &"sound").iter().all(|outcome| versions(outcome).unwrap().len() == 11));
    check_every_cut_and_flip(&files, 0, |offset, bit, outcomes| {
        if offset < closed && bit.is_some() {
            let failure = outcomes[0].result.as_ref().unwrap_err();
            assert_eq!(failure.kind, FailureKind::Corrupt, "at {offset}");
        } else if offset < end && bit.is_some() {
            // Of a log whose closed mark is damaged, the end is not known: all that is ours is before it.
            let versions = versions(&outcomes[0]).expect("a torn tail");
            assert_eq!(check_prefix(&log, &versions, log.writes.len(), &(offset, bit)), log.writes.len());
            assert_eq!(outcomes[0].damage.len(), 1, "at {offset}");
        }
    });
}

#[test]
fn a_mark_that_must_be_known_ends_it() {
    for (kind, is_refused) in [(0x7f, false), (0x80, true), (0xff, true), (0, false)] {
        let mut log = OurLog::new(5, 0, None);
        log.put(&Op::put("a", "1"), None);
        log.mark(kind, b"whatever it says");
        log.put(&Op::put("b", "2"), None);
        for outcome in outcomes_of(&[file(1, log.bytes())], &kind) {
            match outcome.result {
                Err(failure) => assert!(is_refused && failure.kind == FailureKind::Unsupported),
                Ok(recovered) => assert!(!is_refused && recovered.max_sequence == 2),
            }
        }
    }
}

#[test]
fn marks_of_others_are_nothing() {
    let mut other = OurLog::new(9, 0, None);
    other.mark(0x80, b"");
    let mut log = OurLog::new(5, 0, None);
    log.put(&Op::put("a", "1"), None);
    let unsupported = other.mark_at(log.len(), 0x80, b"");
    log.append(&unsupported);
    let outcomes = outcomes_of(&[file(1, log.bytes())], &"another identity");
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok() && outcome.stats.merges_ignored == 1));
    // In a log of Kevo, they are merges like others.
    let mut kevos = LogWriter::new();
    kevos.entry(1, &Op::put("a", "1"));
    let len = kevos.len();
    kevos.raw_bytes(&log.mark_at(len, 0x80, b""));
    let outcomes = outcomes_of(&[file(1, kevos.into_bytes())], &"Kevo's");
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok() && outcome.stats.merges_ignored == 1));
}

#[test]
fn marks_count_for_nothing_else() {
    let log = small_log();
    let outcomes = outcomes_of(&[file(1, log.bytes())], &"sound");
    for outcome in outcomes {
        let stats = outcome.stats;
        assert_eq!((stats.merges_ignored, stats.entries_applied, stats.batches_dropped), (0, 8, 0));
        assert_eq!(outcome.result.unwrap().max_sequence, 49);
    }
    // A log with nothing but marks, whose sequence number is high.
    let empty = OurLog::new(7, 1000, None);
    let outcome = &outcomes_of(&[file(1, empty.bytes())], &"empty")[0];
    assert_eq!(outcome.result.as_ref().unwrap().max_sequence, 0);
}

/// What a crash of the machine left of what was not synced, sector by sector, and how long the file is.
#[derive(Clone, Debug)]
struct PowerCut {
    /// Of each sector: whether it was written, holds zeros, or what was there before.
    sectors: Vec<bool>,
    len: Index,
    zeros: usize,
}

fn power_cut() -> impl Strategy<Value = PowerCut> {
    (vec(prop::bool::weighted(0.6), 40), any::<Index>(), prop_oneof![Just(0_usize), 1..2000_usize])
        .prop_map(|(sectors, len, zeros)| PowerCut { sectors, len, zeros })
}

impl PowerCut {
    fn leave(&self, bytes: &[u8], synced: usize) -> Vec<u8> {
        let mut left = bytes.to_vec();
        for (sector, written) in (0..bytes.len().div_ceil(SECTOR)).zip(self.sectors.iter().cycle()) {
            let range: Range<usize> = (sector * SECTOR).max(synced)..((sector + 1) * SECTOR).min(bytes.len());
            if !written && range.start < range.end {
                left[range].fill(0);
            }
        }
        left.truncate(synced + self.len.index(bytes.len() - synced + 1));
        left.resize(left.len() + self.zeros, 0);
        left
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn after_a_power_cut_a_prefix_opens_that_has_all_that_was_synced(steps in steps(0), cut in power_cut()) {
        let mut log = OurLog::new(77, 5, None);
        write(&mut log, &steps);
        let left = cut.leave(&log.bytes(), log.synced);
        let outcomes = outcomes_of(&[file(1, left)], &"after a power cut");
        let opened = versions(&outcomes[0]).expect("a power cut is no corruption");
        let count = check_prefix(&log, &opened, synced_writes(&log), &"after a power cut");
        let in_time = versions(&outcomes[2]).expect("a point in time");
        prop_assert_eq!(check_prefix(&log, &in_time, 0, &"a point in time"), count);
    }

    #[test]
    fn logs_that_are_chained_give_one_history(first in steps(0), second in steps(0), cut in power_cut()) {
        let mut before = OurLog::new(77, 5, None);
        write(&mut before, &first);
        before.sync();
        let mut log = OurLog::new(78, before.sequence, Some((&name(1), before.len() as u64)));
        write(&mut log, &second);
        let mut bytes = before.bytes();
        bytes.resize(bytes.len() + cut.zeros, 0);
        let left = cut.leave(&log.bytes(), log.synced);
        let outcomes = outcomes_of(&[file(1, bytes), file(2, left)], &"two logs");
        let opened = versions(&outcomes[0]).expect("a power cut is no corruption");
        let of_first: usize = before.writes.iter().map(|write| write.versions.len()).sum();
        prop_assert!(opened.len() >= of_first);
        prop_assert_eq!(check_prefix(&before, &opened[..of_first], before.writes.len(), &"the first"), before.writes.len());
        check_prefix(&log, &opened[of_first..], synced_writes(&log), &"the second");
    }
}

/// What happens to a log.
#[derive(Clone, Debug)]
enum Harm {
    Flip(Index, u8),
    Cut(Index),
    Zero(Index, usize),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        4 => (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        2 => any::<Index>().prop_map(Harm::Cut),
        2 => (any::<Index>(), 1..600_usize).prop_map(|(at, len)| Harm::Zero(at, len)),
        1 => (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        1 => (any::<Index>(), 1..200_usize).prop_map(|(at, len)| Harm::Remove(at, len)),
        1 => (any::<Index>(), 1..400_usize).prop_map(|(at, len)| Harm::Repeat(at, len)),
    ]
}

impl Harm {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let range = |at: &Index, len: usize| {
            let start = at.index(bytes.len());
            start..(start + len).min(bytes.len())
        };
        match self {
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len()) + 1),
            Self::Zero(at, len) => {
                let range = range(at, *len);
                bytes[range].fill(0);
            }
            Self::Insert(at, new) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Remove(at, len) => {
                let range = range(at, *len);
                if range.len() < bytes.len() {
                    bytes.drain(range);
                }
            }
            Self::Repeat(at, len) => {
                let copy = bytes[range(at, *len)].to_vec();
                bytes.extend_from_slice(&copy);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn whatever_happens_to_it_the_engine_gives_what_the_model_gives(
        logs in vec((steps(2), any::<bool>(), steps(1)), 1..4),
        links in vec(prop_oneof![3 => Just(Some(0_i64)), 1 => (-40_i64..40).prop_map(Some), 1 => Just(None)], 3),
        harms in vec((any::<Index>(), harm()), 0..4),
        zeros in prop_oneof![3 => Just(0_usize), 1 => 1..100_usize],
    ) {
        let mut files: Vec<LogFile> = Vec::new();
        let (mut sequence, mut before) = (3, None);
        for (number, (steps, closed, kevos)) in (1..).zip(&logs) {
            let link = links[number as usize - 1].zip(before);
            let link = link.map(|(shift, (name, end)): (i64, (String, usize))| (name, end.saturating_add_signed(shift as isize) as u64));
            let mut log = OurLog::new(100 + number, sequence, link.as_ref().map(|(name, end)| (name.as_str(), *end)));
            write(&mut log, steps);
            before = Some((name(number), log.len()));
            if *closed {
                log.close();
                let mut kevo = LogWriter::new();
                for (index, step) in (1..).zip(kevos) {
                    let op = match step {
                        Step::Put(value, _) => put(&log, value),
                        _ => Op::put("kevo", "1"),
                    };
                    match step {
                        Step::Batch(..) => kevo.batch_with_header(log.sequence + index, std::slice::from_ref(&op)),
                        _ => kevo.entry(log.sequence + index, &op),
                    }
                }
                log.append(&kevo.into_bytes());
            }
            sequence = log.sequence;
            files.push(file(number, log.bytes()));
        }
        for (which, harm) in &harms {
            let index = which.index(files.len());
            harm.apply(&mut files[index].bytes);
        }
        files.last_mut().unwrap().bytes.extend(std::iter::repeat_n(0, zeros));
        outcomes_of(&files, &harms);
    }
}
