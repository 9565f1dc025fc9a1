//! `VERSIONS`: what is written comes back; every cut and every flipped byte is seen for what it is; openings and
//! rebuildings give what `docs/versions.md` says. All against a slow model that was written from that page alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::disk::{TwinDisk, coins};
use crate::support::versions_check::{changes, modelled, said};
use crate::support::versions_model::{self as model, Field, Lies, Listed, Log, Model, Opened, Says, SaysOfItself};
use kevo::Error;
use kevo::disk::Disk;
use kevo::table::{ForeignTable, LogUpTo, Output, Properties, SourceTable};
use kevo::versions::{self, Change, Checked, Edit, FileDamage, ListedFile, Listing, Reading, State, VersionsFile};
use proptest::prelude::*;
use rustix::io::Errno;

const IDENTITY: u64 = 0x0123_4567_89AB_CDEF;
const DB: &str = "/db";

fn state_of(model: &Model) -> State {
    let mut state = State::default();
    state.apply(changes(&model.all())).expect("a model is a state");
    state
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let names = ["1.wal", "2.wal", "0_000001_7.sst", "1_000001_9.sst", "x.sst", "kvoedit\n.sst"];
    prop_oneof![40 => prop::sample::select(names.map(|name| name.as_bytes().to_vec()).to_vec()),
        1 => prop::sample::select(vec![vec![], b".".to_vec(), b"..".to_vec(), b"a/b".to_vec(), vec![0],
            b"+00000000000000000001-000001.sst".to_vec(), b"\xFF".to_vec()])]
}

fn field() -> impl Strategy<Value = Field> {
    let number = || prop_oneof![20 => 0..6_u64, 1 => Just(u64::MAX)];
    let high = || prop_oneof![40 => 0..9_u64, 1 => Just(1 << 62), 1 => Just((1 << 62) + 1)];
    let oversize = prop_oneof![20 => 0..2_u8, 1 => any::<u8>()];
    prop_oneof![
        6 => (high(), number(), 0..3_u32, any::<u64>(), oversize)
            .prop_map(|(age, number, level, length, oversize)| Field::Table { age, number, level, length, oversize }),
        3 => (high(), 0..3_u32, any::<u64>(), name())
            .prop_map(|(age, level, length, name)| Field::Foreign { age, level, length, name }),
        2 => number().prop_map(|number| Field::Gone { number }),
        2 => name().prop_map(|name| Field::ForeignGone { name }),
        2 => (number(), high(), 0..3_u32).prop_map(|(number, age, level)| Field::Moved { number, age, level }),
        2 => (any::<u64>(), name()).prop_map(|(length, name)| Field::TakenIn { length, name }),
        2 => (0..9_u64, 5..20_u64, name()).prop_map(|(end, length, name)| Field::Closed { end, length, name }),
        2 => high().prop_map(Field::Next),
        1 => any::<u64>().prop_map(Field::Last),
        1 => name().prop_map(|name| Field::Replaced { name }),
    ]
}

/// Fields of later versions, too, and known ones that are too short or longer than this version's.
fn any_field() -> impl Strategy<Value = Field> {
    let strange = (prop_oneof![0..12_u16, Just(0x7FFF), 0x8000..0x8003_u16], prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(tag, bytes)| Field::Other { tag, bytes });
    prop_oneof![15 => field(), 1 => strange]
}

/// Edits that can be, one after another, the first of which says all.
fn history() -> impl Strategy<Value = Vec<Vec<Field>>> {
    let room = || Just(vec![Field::Next(6)]);
    (room(), prop::collection::vec(prop::collection::vec(field(), 0..5), 0..8)).prop_map(|(first, edits)| {
        let (mut model, mut history) = (Model::default(), Vec::new());
        for edit in std::iter::once(first).chain(edits) {
            // Of an edit that cannot be, the changes that can.
            let can = edit.into_iter().filter(|field| model.make(std::slice::from_ref(field))).collect();
            history.push(can);
        }
        history
    })
}

fn file(history: &[Vec<Field>]) -> Vec<u8> {
    let edits = history.iter().zip(0..).map(|(fields, ordinal)| model::edit(fields, ordinal, IDENTITY));
    edits.collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_comes_back(history in history()) {
        let (mut state, mut model, mut bytes) = (State::default(), Model::default(), Vec::new());
        for (fields, ordinal) in history.iter().zip(0..) {
            let changes = changes(fields);
            let edit = Edit::encode(&changes, ordinal, IDENTITY).unwrap();
            prop_assert_eq!(&edit, &model::edit(fields, ordinal, IDENTITY));
            bytes.extend(edit);
            state.apply(changes).unwrap();
            prop_assert!(model.make(fields));
            prop_assert_eq!(&modelled(&state), &model);
        }
        prop_assert_eq!(said(&bytes), Says::Intact(model.clone(), false));
        let all = state.changes().unwrap();
        let fields = model.all();
        prop_assert_eq!(&all, &changes(&fields));
        prop_assert_eq!(&state.copied().unwrap(), &state);
    }

    #[test]
    fn edits_that_cannot_be_are_seen(edits in prop::collection::vec(prop::collection::vec(any_field(), 0..4), 1..5)) {
        let bytes = [vec![vec![Field::Next(6)]], edits].concat();
        let bytes = file(&bytes);
        prop_assert_eq!(said(&bytes), model::read(&bytes));
    }

    #[test]
    fn every_cut_is_a_torn_edit(history in history()) {
        let bytes = file(&history);
        let first = model::edit(&history[0], 0, IDENTITY).len();
        for end in 0..bytes.len() {
            let cut = said(&bytes[..end]);
            prop_assert_eq!(&cut, &model::read(&bytes[..end]));
            prop_assert_eq!(matches!(cut, Says::Intact(..)), end >= first);
            // The rest of the sectors may be zeros.
            let padded = [&bytes[..end], &vec![0; 600]].concat();
            prop_assert_eq!(said(&padded), model::read(&padded));
        }
    }

    #[test]
    fn every_flipped_byte_is_seen(history in history(), flip in 1..=255_u8) {
        let bytes = file(&history);
        let last = bytes.len() - history.last().map_or(0, |last| model::edit(last, 0, 0).len());
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= flip;
            let read = said(&flipped);
            prop_assert_eq!(&read, &model::read(&flipped), "at {}", at);
            // Only the last edit can be taken for one that was torn.
            prop_assert_eq!(matches!(read, Says::Intact(_, true)), at >= last && last > 0);
        }
    }

    #[test]
    fn edits_in_other_places_are_seen(history in history(), picks in prop::collection::vec((any::<prop::sample::Index>(), 0..6_u8), 0..6)) {
        let edits = history.iter().zip(0..).map(|(fields, ordinal)| model::edit(fields, ordinal, IDENTITY));
        let edits = edits.collect::<Vec<_>>();
        let mut bytes = edits.concat();
        for (pick, how) in picks {
            let edit = pick.get(&edits);
            match how {
                0 => bytes.extend(edit),
                1 => bytes.extend(model::edit(&[], u32::MAX, IDENTITY)),
                2 => bytes.extend(model::edit(&history[0], history.len() as u32, IDENTITY + 1)),
                3 => bytes.extend(&edit[..edit.len() - 1]),
                4 => bytes.extend(model::edit(&history[0], history.len() as u32 + 1, IDENTITY)),
                _ => drop(bytes.drain(..edit.len().min(bytes.len()) / 2)),
            }
        }
        prop_assert_eq!(said(&bytes), model::read(&bytes));
    }
}

#[test]
fn an_empty_file_is_damaged_and_so_is_one_of_other_bytes() {
    for bytes in [&b""[..], b"kvoedit\n", &[0; 100], &model::edit(&[], 1, IDENTITY)] {
        assert_eq!(said(bytes), Says::Damaged);
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, is_refused) in [("1.wal", false), ("", true), (".", true), ("..", true), ("a/b", true), ("a\0", true)] {
        let name = name.as_bytes().to_vec();
        for field in [
            Field::TakenIn { length: 1, name: name.clone() },
            Field::Closed { end: 1, length: 1, name: name.clone() },
            Field::Foreign { age: 1, level: 0, length: 1, name: name.clone() },
            Field::Replaced { name: name.clone() },
        ] {
            let bytes = model::edit(std::slice::from_ref(&field), 0, IDENTITY);
            assert_eq!(said(&bytes) == Says::Damaged, is_refused, "{field:?}");
            assert_eq!(model::read(&bytes), said(&bytes));
        }
    }
}

#[test]
fn a_search_that_somebody_makes_long_ends() {
    let claim = |ordinal: u32| [&model::edit(&[], ordinal, IDENTITY)[..24], &[0; 8]].concat();
    for (claims, expected) in [(63, Says::Intact(Model::default(), true)), (64, Says::Damaged)] {
        let bytes = [model::edit(&[], 0, IDENTITY), claim(7).repeat(claims)].concat();
        assert_eq!(said(&bytes), expected);
        assert_eq!(model::read(&bytes), expected);
    }
}

/// What a database can have in its directories: tables whose sets have any sources, under any names.
fn lies() -> impl Strategy<Value = Lies> {
    let set = (
        prop::collection::vec((0..4_u64, any_table_name()), 0..3),
        prop::collection::vec((log_name(), 0..4_u64), 0..3),
        prop::collection::vec((log_name(), 0..4_u64), 0..2),
        prop::collection::vec((foreign_name(), 0..9_u64, 0..3_u64), 0..3),
        0..4_u32,
    );
    let table = (1..4_u64, prop::option::weighted(0.9, (0..4_usize, 0..3_u32, any::<bool>())), 0..3_u64, any::<bool>());
    (
        prop::collection::vec(set, 4),
        prop::collection::btree_map(0..7_u64, table, 0..7),
        prop::collection::vec((0..7_u64, 1..4_u64), 0..3),
        prop::collection::btree_map(foreign_name(), 0..3_u64, 0..4),
        prop::collection::btree_set(log_name(), 0..4),
    )
        .prop_map(|(sets, tables, second_names, foreign, logs)| {
            let mut ours = Vec::new();
            for (number, (age, output, length, oversize)) in tables {
                let says = output.map(|(set, ordinal, last)| {
                    let (tables, logs, taken_in, foreign, level) = sets[set].clone();
                    // Set 3 says nothing of what it is.
                    let output = (set < 3).then_some((set as u64 + 1, ordinal, last));
                    SaysOfItself { level, output, tables, logs, taken_in, foreign, last: number * 10 }
                });
                ours.push(Listed { age, number, oversize, length, says });
            }
            for (number, age) in second_names {
                if let Some(known) = ours.iter().find(|table| table.number == number && table.age != age).cloned() {
                    ours.retain(|table| (table.number, table.age) != (number, age));
                    ours.push(Listed { age, ..known });
                }
            }
            Lies { ours, foreign, logs }
        })
}

fn any_table_name() -> impl Strategy<Value = Vec<u8>> {
    let ours = (0..4_u64, 0..7_u64).prop_map(|(age, number)| format!("+{age:020}-{number:06}.sst").into_bytes());
    prop_oneof![3 => ours, 1 => foreign_name()]
}

fn foreign_name() -> impl Strategy<Value = Vec<u8>> {
    let names = ["0_000001_7.sst", "1_000001_9.sst", "x.sst", "0_000002_8.sst"];
    prop::sample::select(names.map(|name| name.as_bytes().to_vec()).to_vec())
}

fn log_name() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(["1.wal", "2.wal", "3.wal"].map(|name| name.as_bytes().to_vec()).to_vec())
}

/// A state that goes with [`lies`] more or less.
fn any_state() -> impl Strategy<Value = Model> {
    let log = prop_oneof![(0..4_u64).prop_map(Log::TakenIn), (0..2_u64).prop_map(|end| Log::Closed(end, 3))];
    (
        prop::collection::btree_map(0..7_u64, (1..4_u64, any::<bool>(), 0..3_u32, 0..3_u64), 0..5),
        prop::collection::btree_map(foreign_name(), (0..9_u64, 0..3_u32, 0..3_u64), 0..3),
        prop::collection::btree_set(foreign_name(), 0..2),
        prop::collection::btree_map(log_name(), log, 0..3),
        0..4_u64,
    )
        .prop_map(|(tables, foreign, mut replaced, logs, more)| {
            replaced.retain(|name| !foreign.contains_key(name));
            let next = tables.keys().max().map_or(0, |number| number + 1) + more;
            Model { tables, foreign, replaced, logs, next, last: 5 }
        })
}

fn listing(lies: &Lies) -> (Listing, Vec<ListedFile>) {
    let mut listing = Listing::default();
    for table in &lies.ours {
        listing.add(&table.name(), table.length).unwrap();
        listing.tables.last_mut().unwrap().properties = table.says.as_ref().map(|says| properties(table.number, says));
    }
    for (name, length) in &lies.foreign {
        listing.add(name, *length).unwrap();
    }
    (listing, lies.logs.iter().map(|name| ListedFile { name: name.clone(), length: 0 }).collect())
}

fn properties(number: u64, says: &SaysOfItself) -> Properties {
    let log = |(name, length): &(Vec<u8>, u64)| LogUpTo { length: *length, name: name.clone() };
    Properties {
        number: Some(number),
        level: Some(says.level),
        output: says.output.map(|(set, ordinal, last)| Output { set, ordinal, last }),
        source_tables: says
            .tables
            .iter()
            .map(|(set, name)| SourceTable { length: 0, set: *set, name: name.clone() })
            .collect(),
        source_logs: says.logs.iter().map(log).collect(),
        logs_taken_in: says.taken_in.iter().map(log).collect(),
        foreign_tables: says
            .foreign
            .iter()
            .map(|(name, age, length)| ForeignTable { age: *age, length: *length, name: name.clone() })
            .collect(),
        last_sequence: Some(says.last),
        ..Properties::default()
    }
}

fn opened(checked: &Checked) -> Opened {
    let damage = |FileDamage { name, expected, found }: &FileDamage| (name.clone(), *expected, *found);
    Opened {
        model: modelled(&checked.state),
        leftovers: checked.leftovers.iter().cloned().collect(),
        doubt: checked.in_doubt.iter().map(|name| name.to_string().into_bytes()).collect(),
        compacted: checked.compacted.iter().cloned().collect(),
        new_foreign: checked.new_foreign.iter().map(|table| table.name.clone()).collect(),
        damage: checked.damage.iter().map(damage).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, ..ProptestConfig::default() })]

    #[test]
    fn an_opening_finds_what_the_model_finds(model in any_state(), lies in lies()) {
        let (listing, logs) = listing(&lies);
        let checked = versions::check(state_of(&model), &listing, &logs).unwrap();
        prop_assert_eq!(opened(&checked), model::check(&model, &lies));
    }

    #[test]
    fn a_rebuilding_finds_what_the_model_finds(lies in lies()) {
        let (listing, logs) = listing(&lies);
        let checked = versions::rebuild(&listing, &logs).unwrap();
        prop_assert!(checked.is_changed);
        prop_assert_eq!(opened(&checked), model::rebuild(&lies));
    }
}

#[test]
fn files_in_sst_are_told_apart() {
    let mut listing = Listing::default();
    for name in [
        "+00000000000000000001-000003.sst",
        "+00000000000000000001-000004.oversize",
        "+1-3.sst",
        "0_000001_7.sst",
        ".x.sst",
        "x",
        "x.oversize",
        "0_1_2.sst.tmp",
        ".0_1_2.sst.tmp",
        ".+00000000000000000001-000009.sst.tmp",
        ".+00000000000000000002-000011.oversize.replaced",
        ".0_000001_7.sst.replaced",
        ".x.replaced",
    ] {
        listing.add(name.as_bytes(), 5).unwrap();
    }
    let ours = listing.tables.iter().map(|table| table.name.to_string()).collect::<Vec<_>>();
    assert_eq!(ours, ["+00000000000000000001-000003.sst", "+00000000000000000001-000004.oversize"]);
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let foreign = listing.foreign_tables.iter().map(|table| text(&table.name)).collect::<Vec<_>>();
    assert_eq!(foreign, ["+1-3.sst", "0_000001_7.sst", ".x.sst"]);
    let remains = listing.remains.iter().map(|name| text(name)).collect::<Vec<_>>();
    assert_eq!(
        remains,
        [
            ".+00000000000000000001-000009.sst.tmp",
            ".+00000000000000000002-000011.oversize.replaced",
            ".0_000001_7.sst.replaced"
        ]
    );
    assert_eq!(listing.highest_number, Some(11));
}

/// A database that flushes, compacts and moves, without bytes: what its edits say, and what lies in its directories.
#[derive(Clone, Default)]
struct Database {
    edits: Vec<Vec<Field>>,
    model: Model,
    lies: Lies,
    /// The removals that the last edit made: what came back by a crash.
    removed: Lies,
    log: u64,
}

impl Database {
    /// One that has adopted two tables of Kevo, and has a log.
    fn new() -> Self {
        let foreign: [(&[u8], u64, u32); 2] = [(b"1_000001_5.sst", 1024, 1), (b"0_000001_7.sst", 2048, 0)];
        let mut new = Self::default();
        let mut first = vec![Field::Next(1), Field::TakenIn { length: 4, name: b"000.wal".to_vec() }];
        for (name, age, level) in foreign {
            first.push(Field::Foreign { age, level, length: 9, name: name.to_vec() });
            new.lies.foreign.insert(name.to_vec(), 9);
        }
        new.make(first);
        new.rotate();
        new
    }

    fn make(&mut self, fields: Vec<Field>) {
        assert!(self.model.make(&fields), "{fields:?}");
        self.edits.push(fields);
    }

    fn rotate(&mut self) {
        self.log += 1;
        self.lies.logs.insert(log_number(self.log));
    }

    fn highest_age(&self) -> u64 {
        let foreign = self.model.foreign.values().map(|table| table.0);
        self.model.tables.values().map(|table| table.0).chain(foreign).max().unwrap_or(0)
    }

    /// Writes a set of `count` tables that was made from these.
    fn write_set(
        &mut self,
        age: u64,
        count: u32,
        tables: Vec<(u64, Vec<u8>)>,
        logs: Vec<(Vec<u8>, u64)>,
    ) -> Vec<Field> {
        let set = self.model.next.max(self.lies.ours.iter().map(|table| table.number + 1).max().unwrap_or(0));
        let taken_in = self.model.logs.iter().filter_map(|(name, log)| match log {
            Log::TakenIn(length) => Some((name.clone(), *length)),
            Log::Closed(..) => None,
        });
        let foreign = self.model.foreign.iter().map(|(name, (age, _, length))| (name.clone(), *age, *length));
        let says = SaysOfItself {
            level: 0,
            output: None,
            tables,
            logs,
            taken_in: taken_in.collect(),
            foreign: foreign.collect(),
            last: set * 100,
        };
        let mut fields = Vec::new();
        for ordinal in 0..count {
            let number = set + u64::from(ordinal);
            let says = SaysOfItself { output: Some((set, ordinal, ordinal + 1 == count)), ..says.clone() };
            self.lies.ours.push(Listed { age, number, oversize: false, length: 50, says: Some(says) });
            fields.push(Field::Table { age, number, level: 0, length: 50, oversize: 0 });
        }
        fields.extend([Field::Next(set + u64::from(count)), Field::Last(set * 100)]);
        fields
    }

    /// The oldest log becomes tables; without its edit if that is not made.
    fn flush(&mut self, count: u32, is_made: bool) {
        self.rotate();
        let log = self.lies.logs.first().unwrap().clone();
        let age = self.highest_age() + 1024;
        let mut fields = self.write_set(age, count, Vec::new(), vec![(log.clone(), 8)]);
        fields.push(Field::TakenIn { length: 8, name: log.clone() });
        if is_made {
            self.make(fields);
            self.lies.logs.remove(&log);
            self.removed = Lies { logs: BTreeSet::from([log]), ..Lies::default() };
        }
    }

    /// Tables next to each other in age become others.
    fn compact(&mut self, from: usize, how_many: usize, count: u32, is_made: bool) {
        let mut sources = Vec::new();
        for (number, (age, ..)) in &self.model.tables {
            let table = self.lies.ours.iter().find(|table| table.number == *number && table.age == *age).unwrap();
            let set = table.says.as_ref().unwrap().output.unwrap().0;
            sources.push((*age, (set, table.name()), Field::Gone { number: *number }));
        }
        for (name, (age, ..)) in &self.model.foreign {
            sources.push((*age, (0, name.clone()), Field::ForeignGone { name: name.clone() }));
        }
        sources.sort_by_key(|source| source.0);
        let start = from % sources.len();
        let taken = &sources[start..(start + how_many).min(sources.len())];
        let age = taken.last().unwrap().0 + 1;
        let mut fields = self.write_set(age, count, taken.iter().map(|source| source.1.clone()).collect(), Vec::new());
        fields.extend(taken.iter().map(|source| source.2.clone()));
        if is_made {
            self.make(fields);
            let gone = taken.iter().map(|source| source.1.1.clone()).collect::<BTreeSet<_>>();
            self.removed = Lies::default();
            self.removed.ours.extend(self.lies.ours.iter().filter(|table| gone.contains(&table.name())).cloned());
            self.removed.foreign = self.lies.foreign.clone();
            self.removed.foreign.retain(|name, _| gone.contains(name));
            self.lies.ours.retain(|table| !gone.contains(&table.name()));
            self.lies.foreign.retain(|name, _| !gone.contains(name));
        }
    }

    /// The newest table of ours goes into a run of its own.
    fn move_newest(&mut self, is_made: bool) {
        let Some((&number, &(age, ..))) = self.model.tables.iter().max_by_key(|(_, table)| table.0) else { return };
        let at = self.lies.ours.iter().position(|table| table.number == number && table.age == age).unwrap();
        let old = self.lies.ours[at].clone();
        self.lies.ours.push(Listed { age: age + 100, ..old.clone() });
        if is_made {
            self.make(vec![Field::Moved { number, age: age + 100, level: 1 }]);
            self.lies.ours.remove(at);
            self.removed = Lies { ours: vec![old], ..Lies::default() };
        }
    }

    /// What an opening removes, when it has been made.
    fn open_again(&mut self) {
        let opened = model::check(&self.model, &self.lies);
        self.lies.ours.retain(|table| !opened.leftovers.contains(&table.name()));
        self.removed = Lies::default();
    }

    /// What lies there if a crash brings back some of what the last edit removed.
    fn after_crash(&self, mut comes_back: impl FnMut() -> bool) -> Lies {
        let mut lies = self.lies.clone();
        lies.ours.extend(self.removed.ours.iter().filter(|_| comes_back()).cloned());
        lies.foreign
            .extend(self.removed.foreign.iter().filter(|_| comes_back()).map(|(name, length)| (name.clone(), *length)));
        lies.logs.extend(self.removed.logs.iter().filter(|_| comes_back()).cloned());
        lies
    }
}

fn log_number(number: u64) -> Vec<u8> {
    format!("{number:03}.wal").into_bytes()
}

type Tables = BTreeMap<u64, (u64, bool, u64)>;

/// What readers see of the tables.
fn tables_of(model: &Model) -> (Tables, BTreeMap<Vec<u8>, (u64, u64)>) {
    let ours = model.tables.iter().map(|(number, (age, oversize, _, length))| (*number, (*age, *oversize, *length)));
    (ours.collect(), model.foreign.iter().map(|(name, (age, _, length))| (name.clone(), (*age, *length))).collect())
}

#[derive(Clone, Debug)]
enum Step {
    Flush(u32, bool),
    Compact(usize, usize, u32, bool),
    Move(bool),
    OpenAgain,
}

fn step() -> impl Strategy<Value = Step> {
    let is_made = || prop::bool::weighted(0.9);
    prop_oneof![
        4 => (1..4_u32, is_made()).prop_map(|(count, is_made)| Step::Flush(count, is_made)),
        4 => (0..9_usize, 1..4_usize, 1..3_u32, is_made())
            .prop_map(|(from, how_many, count, is_made)| Step::Compact(from, how_many, count, is_made)),
        1 => is_made().prop_map(Step::Move),
        1 => Just(Step::OpenAgain),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Whatever a crash brings back, and also if the last edit is lost after it was synced, or all of `VERSIONS`: the
    /// tables are those of the last edit that was made.
    #[test]
    fn a_history_survives_a_crash_a_lost_edit_and_a_lost_file(steps in prop::collection::vec(step(), 0..12), seed in any::<u64>()) {
        let mut database = Database::new();
        for step in steps {
            // What is not made is a crash, after which the database is opened again.
            let before = database.clone();
            let is_made = match step {
                Step::Flush(count, is_made) => { database.flush(count, is_made); is_made }
                Step::Compact(from, how_many, count, is_made) => { database.compact(from, how_many, count, is_made); is_made }
                Step::Move(is_made) => { database.move_newest(is_made); is_made }
                Step::OpenAgain => { database.open_again(); true }
            };
            let expected = tables_of(&database.model);
            let lies = database.after_crash(coins(seed));
            let (found, logs) = listing(&lies);
            let checked = versions::check(state_of(&database.model), &found, &logs).unwrap();
            let seen = modelled(&checked.state);
            prop_assert_eq!(tables_of(&seen), expected.clone());
            prop_assert_eq!(&seen.logs, &database.model.logs);
            prop_assert!(!checked.is_changed);
            prop_assert!((checked.damage.as_slice(), checked.in_doubt.as_slice(), checked.new_foreign.as_slice()) == (&[], &[], &[]));
            let next = seen.next;
            prop_assert!(found.tables.iter().all(|table| table.name.number < next));

            // All that is not named goes, and nothing else.
            let named = |name: &[u8]| model::ours(name).is_some_and(|(age, number, _)| expected.0.get(&number).is_some_and(|table| table.0 == age)) || expected.1.contains_key(name);
            let all = lies.ours.iter().map(Listed::name).chain(lies.foreign.keys().cloned());
            let unnamed = all.filter(|name| !named(name)).collect::<BTreeSet<_>>();
            prop_assert_eq!(checked.leftovers.iter().cloned().collect::<BTreeSet<_>>(), unnamed);

            // The last edit is lost, its removals were made.
            if database.edits.len() > 1 && is_made {
                let mut before = Model::default();
                database.edits[..database.edits.len() - 1].iter().for_each(|edit| assert!(before.make(edit)));
                let (found, logs) = listing(&database.lies);
                let checked = versions::check(state_of(&before), &found, &logs).unwrap();
                let seen = modelled(&checked.state);
                prop_assert_eq!(tables_of(&seen), expected.clone(), "lost edit");
                prop_assert_eq!(&seen.logs, &database.model.logs);
                prop_assert!((checked.damage.as_slice(), checked.in_doubt.as_slice(), checked.new_foreign.as_slice()) == (&[], &[], &[]));
            }

            // VERSIONS is lost. What no edit named may count, if all that it was made from is replaced by it. Where no
            // table of ours is left there is nothing to rebuild from.
            if is_made && !database.lies.ours.is_empty() {
                let (found, logs) = listing(&lies);
                let checked = versions::rebuild(&found, &logs).unwrap();
                let seen = modelled(&checked.state);
                prop_assert_eq!(tables_of(&seen), expected, "lost file");
                prop_assert!(checked.damage.is_empty() && checked.new_foreign.is_empty());
                prop_assert!(seen.next >= database.lies.ours.iter().map(|table| table.number).max().unwrap());
            }
            // What was written without an edit may be there in part. It counts for nothing; without VERSIONS for
            // nothing, or for what it replaces.
            if !is_made {
                let mut made = before.clone();
                match step {
                    Step::Flush(count, _) => made.flush(count, true),
                    Step::Compact(from, how_many, count, _) => made.compact(from, how_many, count, true),
                    Step::Move(_) => made.move_newest(true),
                    Step::OpenAgain => {}
                }
                let mut part = before.lies.clone();
                part.logs.clone_from(&database.lies.logs);
                let mut is_renamed = coins(seed);
                part.ours.extend(database.lies.ours[before.lies.ours.len()..].iter().filter(|_| is_renamed()).cloned());
                let (found, logs) = listing(&part);
                let checked = versions::check(state_of(&database.model), &found, &logs).unwrap();
                prop_assert_eq!(tables_of(&modelled(&checked.state)), tables_of(&before.model));
                if !before.lies.ours.is_empty() {
                    let rebuilt = versions::rebuild(&found, &logs).unwrap();
                    let seen = tables_of(&modelled(&rebuilt.state));
                    prop_assert!(seen == tables_of(&before.model) || seen == tables_of(&made.model), "{:?}", seen);
                }
                database.open_again();
            }
        }
    }
}

/// A state with so many logs.
fn with_logs(count: u64) -> Vec<Field> {
    (0..count).map(|number| Field::TakenIn { length: number, name: log_number(number) }).collect()
}

fn on_disk(disk: &TwinDisk) -> Option<Says> {
    versions::load(disk, Path::new(DB)).unwrap().map(|reading| match reading {
        Reading::Intact { state, torn } => Says::Intact(modelled(&state), torn.is_some()),
        Reading::Damaged(_) => Says::Damaged,
        Reading::Unsupported(_) => Says::Unsupported,
    })
}

fn model_of(edits: &[Vec<Field>]) -> Model {
    let mut model = Model::default();
    for edit in edits {
        assert!(model.make(edit));
    }
    model
}

/// The edits of a file that is written anew, appended to, written anew and appended to; long enough for several
/// sectors.
fn four_edits() -> Vec<Vec<Field>> {
    vec![with_logs(3), with_logs(60), vec![Field::Next(9)], vec![Field::Last(7)]]
}

/// Makes them, until one fails; gives how many were made and the error.
fn run(disk: &TwinDisk) -> (usize, Option<Error>) {
    let edits = four_edits();
    let mut state = State::default();
    state.apply(changes(&edits[0])).unwrap();
    let mut file = match VersionsFile::create(disk, Path::new(DB), &state) {
        Ok(file) => file,
        Err(error) => return (0, Some(error)),
    };
    for (made, edit) in edits.iter().enumerate().skip(1) {
        state.apply(changes(edit)).unwrap();
        let written = if made == 2 { file.rewrite(disk, &state) } else { file.append(&changes(edit)) };
        if let Err(error) = written {
            return (made, Some(error));
        }
    }
    (edits.len(), None)
}

fn empty_database() -> TwinDisk {
    let disk = TwinDisk::new();
    disk.add_directory(DB);
    disk
}

#[test]
fn a_crash_at_any_call_leaves_the_edits_that_were_made_and_the_next_at_most() {
    let disk = empty_database();
    assert_eq!(run(&disk).0, 4);
    let calls = disk.take_calls().len();
    let models = (0..=4).map(|count| model_of(&four_edits()[..count])).collect::<Vec<_>>();
    let mut torn = 0;
    for call in 1..=calls + 1 {
        let disk = empty_database();
        disk.fail_from(call, Errno::IO);
        let (made, error) = run(&disk);
        assert_eq!(error.is_some(), call <= calls);
        for seed in 0..40 {
            let left = disk.crash(coins(seed));
            let found = on_disk(&left);
            let could = |model: &Model| model == &models[made] || models.get(made + 1) == Some(model);
            match found {
                None => assert_eq!(made, 0),
                Some(Says::Intact(found, is_torn)) => {
                    assert!(could(&found), "call {call}, {made} made");
                    torn += usize::from(is_torn);
                }
                Some(other) => panic!("call {call}: {other:?}"),
            }
            // What was there is replaced, whatever else is there.
            VersionsFile::create(&left, Path::new(DB), &state_of(&models[1])).unwrap();
            assert_eq!(on_disk(&left), Some(Says::Intact(models[1].clone(), false)));
            assert_eq!(left.names(DB).unwrap(), ["VERSIONS"]);
        }
    }
    assert!(torn > 10, "the disk was to tear edits");
}

#[test]
fn after_a_failed_append_nothing_is_appended_until_it_is_written_anew() {
    for call in 1..=2 {
        let disk = empty_database();
        let mut file = VersionsFile::create(&disk, Path::new(DB), &State::default()).unwrap();
        disk.fail_once(call, Errno::NOSPC);
        let error = file.append(&[Change::NextNumber(5)]).unwrap_err();
        assert_eq!((error.path(), error.os_code()), (Some(Path::new("/db/VERSIONS")), Some(28)));
        let before = disk.bytes("/db/VERSIONS");
        assert!(file.append(&[Change::NextNumber(6)]).is_err());
        assert_eq!(disk.bytes("/db/VERSIONS"), before);
        let mut state = State::default();
        state.apply([Change::NextNumber(7)]).unwrap();
        file.rewrite(&disk, &state).unwrap();
        file.append(&[Change::NextNumber(8)]).unwrap();
        assert_eq!(on_disk(&disk), Some(Says::Intact(Model { next: 8, ..Model::default() }, false)));
    }
}

#[test]
fn where_writing_anew_fails_before_the_rename_the_old_file_goes_on() {
    let mut went_on = Vec::new();
    for call in 1.. {
        let disk = empty_database();
        let mut file = VersionsFile::create(&disk, Path::new(DB), &State::default()).unwrap();
        disk.fail_once(call, Errno::IO);
        let rewritten = file.rewrite(&disk, &State::default());
        let calls = disk.take_calls();
        if rewritten.is_ok() {
            break;
        }
        disk.heal();
        let appended = file.append(&[Change::NextNumber(5)]);
        went_on.push((calls[call - 1].name, appended.is_ok()));
        if appended.is_ok() {
            assert_eq!(disk.names(DB).unwrap(), ["VERSIONS"]);
            assert_eq!(on_disk(&disk), Some(Says::Intact(Model { next: 5, ..Model::default() }, false)));
        }
    }
    let expected = [
        ("open_directory", true),
        ("remove", true),
        ("create_new", true),
        ("append", true),
        ("sync", true),
        ("rename", false),
        ("sync", false),
    ];
    assert_eq!(went_on, expected);
}

#[test]
fn a_file_is_to_be_written_anew_when_it_has_grown() {
    let disk = empty_database();
    let mut state = State::default();
    let mut file = VersionsFile::create(&disk, Path::new(DB), &state).unwrap();
    let fields = with_logs(900);
    // First more than 64 KiB decide, then four times the first edit, which has all these logs then.
    for least in [64 << 10, 4 * model::edit(&fields, 0, 0).len() as u64] {
        let before = file.length();
        while !file.is_overgrown() {
            assert!(file.length() <= least.max(4 * before));
            file.append(&changes(&fields)).unwrap();
            state.apply(changes(&fields)).unwrap();
        }
        assert!(file.length() > least);
        assert_eq!(file.length(), disk.bytes("/db/VERSIONS").unwrap().len() as u64);
        file.rewrite(&disk, &state).unwrap();
    }
}

#[test]
fn two_files_never_have_one_identity() {
    let disk = empty_database();
    let mut identities = BTreeSet::new();
    for _ in 0..100 {
        VersionsFile::create(&disk, Path::new(DB), &State::default()).unwrap();
        identities.insert(disk.bytes("/db/VERSIONS").unwrap()[16..24].to_vec());
    }
    assert_eq!(identities.len(), 100);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    let disk = empty_database();
    assert_eq!(on_disk(&disk), None);
    disk.add_file("/db/VERSIONS", &file(&[with_logs(3)]));
    for call in 1..=2 {
        disk.fail_once(call, Errno::IO);
        let error = versions::load(&disk, Path::new(DB)).unwrap_err();
        assert_eq!((error.path(), error.os_code()), (Some(Path::new("/db/VERSIONS")), Some(5)));
    }
    disk.heal();
    disk.hesitate(7);
    assert_eq!(on_disk(&disk), Some(Says::Intact(model_of(&[with_logs(3)]), false)));
    assert!(disk.info(Path::new("/db/VERSIONS")).is_ok());
}
