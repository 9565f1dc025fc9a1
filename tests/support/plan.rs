//! Random logs: what is written to them, and what happens to them afterwards.

use std::ops::{Bound, Range};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::damage::Damage;
use super::model::{LogFile, Mode, Options, Order, Scan};
use super::writer::{FIRST, FULL, LAST, LogWriter, MIDDLE, Op, encode_batch, encode_entry};

/// A directory of logs.
#[derive(Clone, Debug)]
pub struct Plan {
    pub files: Vec<FilePlan>,
    /// Each with the file that it comes to.
    pub harms: Vec<(Index, Harm)>,
}

#[derive(Clone, Debug)]
pub struct FilePlan {
    pub set_aside: bool,
    pub steps: Vec<Step>,
}

/// One write.
#[derive(Clone, Debug)]
pub enum Step {
    Entry(Advance, OpPlan),
    /// An entry in fragments far shorter than Kevo's.
    ShortChain {
        advance: Advance,
        op: OpPlan,
        length_of_others: usize,
    },
    BatchRecord(Advance, Vec<OpPlan>),
    BatchWithHeader(Advance, Vec<OpPlan>),
    BatchOfSharedSequence(Advance, Vec<OpPlan>),
    /// Puts, with deletes among them, of `keys` keys.
    Many {
        count: u64,
        keys: u64,
        value_length: usize,
    },
    /// Bytes that no version of Kevo writes.
    Broken(BrokenStep),
}

#[derive(Clone, Debug)]
pub enum BrokenStep {
    /// A header that promises so many entries; fewer may follow, or others.
    LoneHeader {
        advance: Advance,
        count: u32,
    },
    /// A batch record that counts wrongly.
    MiscountedBatch {
        advance: Advance,
        count: u32,
        ops: Vec<OpPlan>,
    },
    /// The checksum holds, whatever the payload is.
    Record {
        record_type: u8,
        payload: Vec<u8>,
    },
    /// The start of an entry alone, as a FIRST, a MIDDLE or a LAST.
    Fragment {
        record_type: u8,
        advance: Advance,
        op: OpPlan,
        length: usize,
    },
    /// A header of any content.
    Header {
        checksum: u32,
        length: u16,
        record_type: u8,
    },
    Bytes(Vec<u8>),
}

/// How the sequence number moves before a write.
#[derive(Clone, Copy, Debug)]
pub enum Advance {
    Next,
    Same,
    By(u64),
    To(u64),
}

#[derive(Clone, Debug)]
pub enum OpPlan {
    Put { key: Vec<u8>, value: ValuePlan },
    Delete { key: Vec<u8> },
    Merge { key: Vec<u8>, value: ValuePlan },
}

#[derive(Clone, Debug)]
pub enum ValuePlan {
    Bytes(Vec<u8>),
    Long {
        length: usize,
        fill: u8,
    },
    /// Records as they might stand in the log, with sequence numbers from about the entry's own.
    Log {
        before: Vec<u8>,
        advance: u64,
        ops: Vec<(Vec<u8>, Vec<u8>)>,
        after: usize,
    },
}

/// An offset in a file.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Anywhere(Index),
    /// This far from where a record started when it was written.
    NearRecord(Index, isize),
}

#[derive(Clone, Debug)]
pub enum Harm {
    Flip(Place, usize),
    Truncate(Place),
    Overwrite(Place, Vec<u8>),
    Insert(Place, Vec<u8>),
    AppendZeros(usize),
    Delete(Place, Place),
    Duplicate(Place, Place, Place),
    Swap([Place; 4]),
}

impl Plan {
    /// The files before anything happens to them.
    pub fn write(&self) -> Vec<(LogFile, LogWriter)> {
        let mut sequence = 0;
        let write = |(number, plan): (usize, &FilePlan)| {
            let mut log = LogWriter::new();
            for step in &plan.steps {
                step.write(&mut sequence, &mut log);
            }
            let file = LogFile { name: plan.name(number), bytes: log.clone().into_bytes() };
            (file, log)
        };
        self.files.iter().enumerate().map(write).collect()
    }

    pub fn build(&self) -> Vec<LogFile> {
        let mut written = self.write();
        if !written.is_empty() {
            for (file, harm) in &self.harms {
                let (file, log) = file.get_mut(&mut written);
                harm.damage(file.bytes.len(), log.record_starts()).apply(&mut file.bytes);
            }
        }
        written.into_iter().map(|(file, _)| file).collect()
    }
}

impl FilePlan {
    fn name(&self, number: usize) -> String {
        let directory = if self.set_aside { "backup_20250420_140650/" } else { "" };
        format!("{directory}{:020}.wal", 1_750_000_000_000_000_001 + number)
    }
}

impl Advance {
    /// The number that comes next, and moves on to the last of `count`.
    fn apply(self, sequence: &mut u64, count: usize) -> u64 {
        let room = (count as u64).saturating_sub(1);
        let first = match self {
            Self::Next => sequence.saturating_add(1),
            Self::Same => *sequence,
            Self::By(step) => sequence.saturating_add(step),
            Self::To(target) => target,
        };
        let first = first.min(u64::MAX - room);
        *sequence = first + room;
        first
    }
}

impl Step {
    fn write(&self, sequence: &mut u64, log: &mut LogWriter) {
        match self {
            Self::Entry(advance, op) => {
                let sequence = advance.apply(sequence, 1);
                log.entry(sequence, &op.build(sequence));
            }
            Self::ShortChain { advance, op, length_of_others } => {
                let sequence = advance.apply(sequence, 1);
                let op = op.build(sequence);
                log.chain(sequence, &op, 13 + op.key().len().min(32755), *length_of_others);
            }
            Self::BatchRecord(advance, ops) => {
                let base = advance.apply(sequence, ops.len());
                log.batch_record(base, &build(ops, base));
            }
            Self::BatchWithHeader(advance, ops) => {
                let base = advance.apply(sequence, ops.len());
                log.batch_with_header(base, &build(ops, base));
            }
            Self::BatchOfSharedSequence(advance, ops) => {
                let sequence = advance.apply(sequence, 1);
                log.batch_of_shared_sequence(sequence, &build(ops, sequence));
            }
            Self::Many { count, keys, value_length } => {
                for i in 0..*count {
                    let sequence = Advance::Next.apply(sequence, 1);
                    log.entry(sequence, &one_of_many(i, *keys, *value_length));
                }
            }
            Self::Broken(step) => step.write(sequence, log),
        }
    }
}

impl BrokenStep {
    fn write(&self, sequence: &mut u64, log: &mut LogWriter) {
        match self {
            Self::LoneHeader { advance, count } => {
                let base = advance.apply(sequence, 1);
                log.batch_header(base, *count);
                // What follows with the next number is then its first entry.
                *sequence = base.saturating_sub(1);
            }
            Self::MiscountedBatch { advance, count, ops } => {
                let base = advance.apply(sequence, ops.len());
                log.record(FULL, &encode_batch(base, *count, &build(ops, base)));
            }
            Self::Record { record_type, payload } => log.record(*record_type, payload),
            Self::Fragment { record_type, advance, op, length } => {
                let sequence = advance.apply(sequence, 1);
                let entry = encode_entry(sequence, &op.build(sequence));
                log.record(*record_type, &entry[..entry.len().min(*length)]);
            }
            Self::Header { checksum, length, record_type } => log.raw_record(*checksum, *length, *record_type, &[]),
            Self::Bytes(bytes) => log.raw_bytes(bytes),
        }
    }
}

fn one_of_many(i: u64, keys: u64, value_length: usize) -> Op {
    // Any number that has no divisor in common with the count of keys would do to mix them.
    let key = (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % keys).to_be_bytes();
    if i % 7 == 3 {
        return Op::delete(key);
    }
    let mut value = i.to_le_bytes().to_vec();
    value.resize(value_length, b'v');
    Op::put(key, value)
}

fn build(ops: &[OpPlan], base: u64) -> Vec<Op> {
    ops.iter().map(|op| op.build(base)).collect()
}

impl OpPlan {
    fn build(&self, sequence: u64) -> Op {
        match self {
            Self::Put { key, value } => Op::put(key, value.build(sequence)),
            Self::Delete { key } => Op::delete(key),
            Self::Merge { key, value } => Op::merge(key, value.build(sequence)),
        }
    }
}

impl ValuePlan {
    fn build(&self, sequence: u64) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Long { length, fill } => vec![*fill; *length],
            Self::Log { before, advance, ops, after } => {
                let mut log = LogWriter::new();
                log.raw_bytes(before);
                for (i, (key, value)) in ops.iter().enumerate() {
                    let sequence = sequence.saturating_add(*advance).saturating_add(i as u64);
                    log.entry(sequence, &Op::put(key, value));
                }
                log.raw_bytes(&vec![7; *after]);
                log.into_bytes()
            }
        }
    }
}

impl Place {
    fn offset(self, length: usize, record_starts: &[usize]) -> usize {
        match self {
            Self::NearRecord(index, distance) if !record_starts.is_empty() => {
                index.get(record_starts).saturating_add_signed(distance).min(length)
            }
            Self::Anywhere(index) | Self::NearRecord(index, _) => index.index(length + 1),
        }
    }
}

impl Harm {
    fn damage(&self, length: usize, record_starts: &[usize]) -> Damage {
        let offset = |place: &Place| place.offset(length, record_starts);
        let range = |from: &Place, to: &Place| -> Range<usize> {
            let (from, to) = (offset(from), offset(to));
            from.min(to)..from.max(to)
        };
        match self {
            Self::Flip(place, bit) => Damage::FlipBit { bit: 8 * offset(place) + bit },
            Self::Truncate(place) => Damage::Truncate { length: offset(place) },
            Self::Overwrite(place, bytes) => Damage::Overwrite { offset: offset(place), bytes: bytes.clone() },
            Self::Insert(place, bytes) => Damage::Insert { offset: offset(place), bytes: bytes.clone() },
            Self::AppendZeros(count) => Damage::AppendZeros { count: *count },
            Self::Delete(from, to) => Damage::DeleteRange { range: range(from, to) },
            Self::Duplicate(from, to, place) => {
                Damage::DuplicateRange { range: range(from, to), offset: offset(place) }
            }
            Self::Swap(places) => Damage::SwapRanges { bounds: places.map(|place| offset(&place)) },
        }
    }
}

/// Logs as the writer of some version of Kevo leaves them, then damaged in this many ways.
pub fn sound_logs(harms: Range<usize>) -> impl Strategy<Value = Plan> {
    logs(sound_step().boxed(), harms)
}

/// Logs with records in them that no version of Kevo writes, then damaged in this many ways.
pub fn wild_logs(harms: Range<usize>) -> impl Strategy<Value = Plan> {
    logs(prop_oneof![3 => sound_step(), 1 => broken_step().prop_map(Step::Broken)].boxed(), harms)
}

/// Sound logs of up to some megabytes.
pub fn large_logs(harms: Range<usize>) -> impl Strategy<Value = Plan> {
    let many = (1..3000_u64, prop_oneof![1..20_u64, 1..10_000_u64], 0..400_usize)
        .prop_map(|(count, keys, value_length)| Step::Many { count, keys, value_length });
    logs(prop_oneof![sound_step(), many].boxed(), harms)
}

/// Sound logs with many versions of few keys.
pub fn busy_logs() -> impl Strategy<Value = Plan> {
    let many = (1..80_u64, 1..20_u64, 0..20_usize).prop_map(|(count, keys, value_length)| Step::Many {
        count,
        keys,
        value_length,
    });
    logs(prop_oneof![4 => sound_step(), 1 => many].boxed(), 0..2)
}

fn logs(step: BoxedStrategy<Step>, harms: Range<usize>) -> impl Strategy<Value = Plan> {
    let file =
        (prop::bool::weighted(0.1), vec(step, 0..16)).prop_map(|(set_aside, steps)| FilePlan { set_aside, steps });
    (vec(file, 0..4), vec((any::<Index>(), harm()), harms)).prop_map(|(files, harms)| Plan { files, harms })
}

fn sound_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (advance(), op()).prop_map(|(advance, op)| Step::Entry(advance, op)),
        1 => (advance(), long_op()).prop_map(|(advance, op)| Step::Entry(advance, op)),
        2 => (advance(), op(), 1..12_usize)
            .prop_map(|(advance, op, length_of_others)| Step::ShortChain { advance, op, length_of_others }),
        2 => (advance(), vec(op(), 0..5)).prop_map(|(advance, ops)| Step::BatchRecord(advance, ops)),
        3 => (advance(), vec(op(), 0..5)).prop_map(|(advance, ops)| Step::BatchWithHeader(advance, ops)),
        1 => (advance(), vec(op(), 0..5)).prop_map(|(advance, ops)| Step::BatchOfSharedSequence(advance, ops)),
    ]
}

fn broken_step() -> impl Strategy<Value = BrokenStep> {
    let record_type = || prop_oneof![Just(FULL), Just(FIRST), Just(MIDDLE), Just(LAST)];
    prop_oneof![
        3 => (advance(), prop_oneof![9 => 0..6_u32, 1 => Just(u32::MAX)])
            .prop_map(|(advance, count)| BrokenStep::LoneHeader { advance, count }),
        1 => (advance(), prop_oneof![9 => 0..6_u32, 1 => Just(u32::MAX)], vec(op(), 0..4))
            .prop_map(|(advance, count, ops)| BrokenStep::MiscountedBatch { advance, count, ops }),
        2 => (0..6_u8, vec(any::<u8>(), 0..20))
            .prop_map(|(record_type, payload)| BrokenStep::Record { record_type, payload }),
        4 => (record_type(), advance(), op(), 0..60_usize).prop_map(|(record_type, advance, op, length)| {
            BrokenStep::Fragment { record_type, advance, op, length }
        }),
        1 => (any::<u32>(), prop_oneof![0..60_u16, any::<u16>()], 0..6_u8)
            .prop_map(|(checksum, length, record_type)| BrokenStep::Header { checksum, length, record_type }),
        1 => bytes().prop_map(BrokenStep::Bytes),
    ]
}

fn advance() -> impl Strategy<Value = Advance> {
    prop_oneof![
        40 => Just(Advance::Next),
        4 => Just(Advance::Same),
        3 => (2..30_u64).prop_map(Advance::By),
        3 => (0..4_u64).prop_map(Advance::To),
        1 => select(vec![1 << 32, (1 << 63) - 1, u64::MAX - 3, u64::MAX]).prop_map(Advance::To),
    ]
}

fn op() -> impl Strategy<Value = OpPlan> {
    prop_oneof![
        6 => (key(), value()).prop_map(|(key, value)| OpPlan::Put { key, value }),
        2 => key().prop_map(|key| OpPlan::Delete { key }),
        1 => (key(), value()).prop_map(|(key, value)| OpPlan::Merge { key, value }),
    ]
}

/// A value that takes several records, or is just short enough for one.
fn long_op() -> impl Strategy<Value = OpPlan> {
    let length = || prop_oneof![32_735..32_770_usize, 65_500..65_560_usize, 32_000..90_000_usize];
    let long_value = (length(), any::<u8>()).prop_map(|(length, fill)| ValuePlan::Long { length, fill });
    let long_key = || prop_oneof![32_735..32_770_usize, 32_000..70_000_usize].prop_map(|length| vec![b'k'; length]);
    prop_oneof![
        4 => (key(), long_value).prop_map(|(key, value)| OpPlan::Put { key, value }),
        1 => (long_key(), value()).prop_map(|(key, value)| OpPlan::Put { key, value }),
        1 => long_key().prop_map(|key| OpPlan::Delete { key }),
    ]
}

/// A key out of a few, so that keys are repeated. Some are prefixes of others.
pub fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        9 => select(vec!["", "a", "b", "ab", "aa", "\0", "a\0", "c"]).prop_map(|key| key.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..12),
    ]
}

fn value() -> impl Strategy<Value = ValuePlan> {
    prop_oneof![
        6 => vec(any::<u8>(), 0..24).prop_map(ValuePlan::Bytes),
        1 => (0..24_usize).prop_map(|length| ValuePlan::Bytes(vec![0; length])),
        3 => log_value(),
    ]
}

fn log_value() -> impl Strategy<Value = ValuePlan> {
    (vec(any::<u8>(), 0..8), 0..4_u64, vec((key(), vec(any::<u8>(), 0..8)), 1..4), 0..40_usize)
        .prop_map(|(before, advance, ops, after)| ValuePlan::Log { before, advance, ops, after })
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        6 => (place(), 0..8_usize).prop_map(|(place, bit)| Harm::Flip(place, bit)),
        3 => place().prop_map(Harm::Truncate),
        2 => (place(), bytes()).prop_map(|(place, bytes)| Harm::Overwrite(place, bytes)),
        2 => (place(), bytes()).prop_map(|(place, bytes)| Harm::Insert(place, bytes)),
        1 => (1..40_usize).prop_map(Harm::AppendZeros),
        2 => (place(), place()).prop_map(|(from, to)| Harm::Delete(from, to)),
        1 => (place(), place(), place()).prop_map(|(from, to, place)| Harm::Duplicate(from, to, place)),
        1 => [place(), place(), place(), place()].prop_map(Harm::Swap),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        any::<Index>().prop_map(Place::Anywhere),
        (any::<Index>(), prop_oneof![3 => Just(0), 4 => -3..30_isize])
            .prop_map(|(index, distance)| Place::NearRecord(index, distance)),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 1..60),
        (1..60_usize).prop_map(|length| vec![0; length]),
        (1..40_u64, key(), vec(any::<u8>(), 0..8)).prop_map(|(sequence, key, value)| {
            let mut log = LogWriter::new();
            log.entry(sequence, &Op::put(key, value));
            log.into_bytes()
        }),
    ]
}

/// All options but the mode.
pub fn options() -> impl Strategy<Value = Options> {
    (
        prop_oneof![2 => Just(Order::Log), 1 => Just(Order::Sequence)],
        prop_oneof![3 => Just(u64::MAX), 2 => 0..30_u64],
        prop_oneof![1 => 1..4_usize, 3 => 4..40_usize],
        prop_oneof![1 => 1..3_u64, 4 => 3..300_u64, 4 => Just(32 << 20)],
        any::<bool>(),
    )
        .prop_map(|(order, max_sequence, max_memtables, memtable_size, include_set_aside)| Options {
            mode: Mode::TolerateTornTail,
            order,
            max_sequence,
            max_memtables,
            memtable_size,
            include_set_aside,
        })
}

/// A bound for a lookup.
pub fn sequence_bound() -> impl Strategy<Value = u64> {
    prop_oneof![2 => 0..40_u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

pub fn scan() -> impl Strategy<Value = Scan> {
    let bound =
        || prop_oneof![Just(Bound::Unbounded), key().prop_map(Bound::Included), key().prop_map(Bound::Excluded),];
    let prefix = prop_oneof![3 => Just(Vec::new()), 1 => key()];
    (bound(), bound(), prefix, sequence_bound(), any::<bool>(), any::<bool>()).prop_map(
        |(lower, upper, prefix, max_sequence, all_versions, tombstones)| Scan {
            lower,
            upper,
            prefix,
            max_sequence,
            all_versions,
            tombstones,
        },
    )
}
