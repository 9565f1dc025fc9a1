//! A slow and plain reader and writer of `VERSIONS`, and what an opening and a rebuilding make of a directory. Written
//! from `docs/versions.md` alone.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh64::xxh64;

/// No age is above this one, and no next number.
const HIGHEST: u64 = 1 << 62;

/// A field of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    Table { age: u64, number: u64, level: u32, length: u64, oversize: u8 },
    Foreign { age: u64, level: u32, length: u64, name: Vec<u8> },
    Gone { number: u64 },
    ForeignGone { name: Vec<u8> },
    Moved { number: u64, age: u64, level: u32 },
    TakenIn { length: u64, name: Vec<u8> },
    Closed { end: u64, length: u64, name: Vec<u8> },
    Next(u64),
    Last(u64),
    Replaced { name: Vec<u8> },
    Other { tag: u16, bytes: Vec<u8> },
}

impl Field {
    fn bytes(&self) -> Vec<u8> {
        let n = u64::to_le_bytes;
        let (tag, bytes): (u16, Vec<u8>) = match self {
            Self::Table { age, number, level, length, oversize } => {
                (1, [&n(*age)[..], &n(*number), &level.to_le_bytes(), &n(*length), &[*oversize]].concat())
            }
            Self::Foreign { age, level, length, name } => {
                (2, [&n(*age)[..], &level.to_le_bytes(), &n(*length), name].concat())
            }
            Self::Gone { number } => (3, n(*number).to_vec()),
            Self::ForeignGone { name } => (4, name.clone()),
            Self::Moved { number, age, level } => (5, [&n(*number)[..], &n(*age), &level.to_le_bytes()].concat()),
            Self::TakenIn { length, name } => (6, [&n(*length)[..], name].concat()),
            Self::Closed { end, length, name } => (7, [&n(*end)[..], &n(*length), name].concat()),
            Self::Next(number) => (8, n(*number).to_vec()),
            Self::Last(sequence) => (9, n(*sequence).to_vec()),
            Self::Replaced { name } => (10, name.clone()),
            Self::Other { tag, bytes } => (*tag, bytes.clone()),
        };
        [&tag.to_le_bytes()[..], &(bytes.len() as u32).to_le_bytes(), &bytes].concat()
    }
}

/// The bytes of an edit.
pub fn edit(fields: &[Field], ordinal: u32, identity: u64) -> Vec<u8> {
    let payload = fields.iter().flat_map(Field::bytes).collect::<Vec<u8>>();
    let length = (payload.len() as u32).to_le_bytes();
    let mut edit = [&b"kvoedit\n"[..], &length, &ordinal.to_le_bytes(), &identity.to_le_bytes(), &payload].concat();
    edit.extend(xxh64(&edit, 0).to_le_bytes());
    edit
}

/// What a database has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// By number: age, whether the name ends in `.oversize`, level, length.
    pub tables: BTreeMap<u64, (u64, bool, u32, u64)>,
    /// By name: age, level, length.
    pub foreign: BTreeMap<Vec<u8>, (u64, u32, u64)>,
    pub replaced: BTreeSet<Vec<u8>>,
    pub logs: BTreeMap<Vec<u8>, Log>,
    pub next: u64,
    pub last: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    TakenIn(u64),
    Closed(u64, u64),
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    Intact(Model, bool),
    Damaged,
    Unsupported,
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && name != b".." && !name.iter().any(|byte| [b'/', 0].contains(byte))
}

/// Age and number, if it is a name of ours: `+`, 20 digits, `-`, 6 digits or more without one too many.
pub fn ours(name: &[u8]) -> Option<(u64, u64, bool)> {
    let name = std::str::from_utf8(name).ok()?;
    let (stem, oversize) = match (name.strip_suffix(".sst"), name.strip_suffix(".oversize")) {
        (Some(stem), _) => (stem, false),
        (_, stem) => (stem?, true),
    };
    let (age, number) = stem.strip_prefix('+')?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = age.len() == 20 && (number.len() == 6 || number.len() > 6 && !number.starts_with('0'));
    let (age, number) = (digits(age).then(|| age.parse().ok())??, digits(number).then(|| number.parse().ok())??);
    (fits && age <= HIGHEST && number < HIGHEST).then_some((age, number, oversize))
}

impl Model {
    /// Whether the edit can be; if so it is made.
    pub fn make(&mut self, fields: &[Field]) -> bool {
        let mut after = self.clone();
        if !fields.iter().all(|field| after.make_one(field)) {
            return false;
        }
        let below = |field: &Field| !matches!(field, Field::Table { number, .. } if *number >= after.next);
        if !fields.iter().all(below) {
            return false;
        }
        *self = after;
        true
    }

    fn make_one(&mut self, field: &Field) -> bool {
        match field.clone() {
            Field::Table { age, number, level, length, oversize } => {
                oversize < 2
                    && age <= HIGHEST
                    && self.tables.insert(number, (age, oversize == 1, level, length)).is_none()
            }
            Field::Foreign { age, level, length, name } => {
                is_name(&name)
                    && age <= HIGHEST
                    && ours(&name).is_none()
                    && !self.replaced.contains(&name)
                    && self.foreign.insert(name, (age, level, length)).is_none()
            }
            Field::Gone { number } => self.tables.remove(&number).is_some(),
            Field::ForeignGone { name } => {
                let was = self.foreign.remove(&name).is_some();
                self.replaced.insert(name);
                was
            }
            Field::Replaced { name } => {
                let can = is_name(&name) && !self.foreign.contains_key(&name);
                self.replaced.insert(name);
                can
            }
            Field::Moved { number, age, level } => match self.tables.get_mut(&number) {
                Some(table) => {
                    (table.0, table.2) = (age, level);
                    age <= HIGHEST
                }
                None => false,
            },
            Field::TakenIn { length, name } => {
                let can = is_name(&name);
                self.logs.insert(name, Log::TakenIn(length));
                can
            }
            Field::Closed { end, length, name } => {
                let can = is_name(&name) && end <= length;
                self.logs.insert(name, Log::Closed(end, length));
                can
            }
            Field::Next(number) => {
                self.next = self.next.max(number);
                number <= HIGHEST
            }
            Field::Last(sequence) => {
                self.last = self.last.max(sequence);
                true
            }
            Field::Other { .. } => true,
        }
    }

    /// The fields of one edit that says all.
    pub fn all(&self) -> Vec<Field> {
        let tables = self.tables.iter().map(|(&number, &(age, oversize, level, length))| Field::Table {
            age,
            number,
            level,
            length,
            oversize: oversize.into(),
        });
        let foreign = self.foreign.iter().map(|(name, &(age, level, length))| Field::Foreign {
            age,
            level,
            length,
            name: name.clone(),
        });
        let replaced = self.replaced.iter().map(|name| Field::Replaced { name: name.clone() });
        let logs = self.logs.iter().map(|(name, log)| match *log {
            Log::TakenIn(length) => Field::TakenIn { length, name: name.clone() },
            Log::Closed(end, length) => Field::Closed { end, length, name: name.clone() },
        });
        tables
            .chain(foreign)
            .chain(replaced)
            .chain(logs)
            .chain([Field::Next(self.next), Field::Last(self.last)])
            .collect()
    }
}

/// The fields of a payload, if they all parse.
fn fields(mut payload: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !payload.is_empty() {
        let tag = u16::from_le_bytes(payload.get(..2)?.try_into().unwrap());
        let length = u32::from_le_bytes(payload.get(2..6)?.try_into().unwrap()) as usize;
        let bytes = payload.get(6..6 + length)?;
        payload = &payload[6 + length..];
        let u64_at = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().unwrap()));
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().unwrap()));
        let name_at = |at: usize| bytes[at..].to_vec();
        fields.push(match tag {
            1 => Field::Table {
                age: u64_at(0)?,
                number: u64_at(8)?,
                level: u32_at(16)?,
                length: u64_at(20)?,
                oversize: *bytes.get(28)?,
            },
            2 => Field::Foreign { age: u64_at(0)?, level: u32_at(8)?, length: u64_at(12)?, name: name_at(20) },
            3 => Field::Gone { number: u64_at(0)? },
            4 => Field::ForeignGone { name: name_at(0) },
            5 => Field::Moved { number: u64_at(0)?, age: u64_at(8)?, level: u32_at(16)? },
            6 => Field::TakenIn { length: u64_at(0)?, name: name_at(8) },
            7 => Field::Closed { end: u64_at(0)?, length: u64_at(8)?, name: name_at(16) },
            8 => Field::Next(u64_at(0)?),
            9 => Field::Last(u64_at(0)?),
            10 => Field::Replaced { name: name_at(0) },
            tag => Field::Other { tag, bytes: bytes.to_vec() },
        });
    }
    Some(fields)
}

/// The edit at an offset, if there is an intact one: ordinal, identity, payload, length.
fn intact(bytes: &[u8], at: usize) -> Option<(u32, u64, &[u8], usize)> {
    let bytes = bytes.get(at..)?;
    let length = u32::from_le_bytes(bytes.get(8..12)?.try_into().unwrap()) as usize;
    let (ordinal, identity) = (bytes.get(12..16)?.try_into().unwrap(), bytes.get(16..24)?.try_into().unwrap());
    let checksum = u64::from_le_bytes(bytes.get(24 + length..32 + length)?.try_into().unwrap());
    let is_intact = bytes.starts_with(b"kvoedit\n") && checksum == xxh64(&bytes[..24 + length], 0);
    is_intact.then(|| (u32::from_le_bytes(ordinal), u64::from_le_bytes(identity), &bytes[24..24 + length], 32 + length))
}

/// Whether the mark, the identity, a higher ordinal and a length that fits stand at an offset.
fn claims(bytes: &[u8], at: usize, identity: u64, above: u32) -> bool {
    let bytes = &bytes[at..];
    bytes.len() >= 32
        && bytes.starts_with(b"kvoedit\n")
        && bytes[16..24] == identity.to_le_bytes()
        && u32::from_le_bytes(bytes[12..16].try_into().unwrap()) > above
        && u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize + 32 <= bytes.len()
}

/// What the bytes of a file say.
pub fn read(bytes: &[u8]) -> Says {
    let Some((0, identity, ..)) = intact(bytes, 0) else { return Says::Damaged };
    let (mut model, mut at, mut next) = (Model::default(), 0, 0);
    while let Some((ordinal, of, payload, length)) = intact(bytes, at) {
        if (ordinal, of) != (next, identity) {
            break;
        }
        // What cannot be read past: whichever comes first.
        let Some(fields) = fields(payload) else {
            return first_unknown(payload);
        };
        if fields.iter().any(|field| matches!(field, Field::Other { tag: 0x8000.., .. })) {
            return match fields.iter().find(|field| is_wrong(field)) {
                Some(Field::Table { .. }) => first_unknown(payload),
                _ => Says::Unsupported,
            };
        }
        if !model.make(&fields) {
            return Says::Damaged;
        }
        (at, next) = (at + length, next + 1);
    }
    let places = (at..bytes.len()).filter(|at| claims(bytes, *at, identity, next - 1)).collect::<Vec<_>>();
    let is_intact = |at: &usize| intact(bytes, *at).is_some();
    if places.iter().any(is_intact) || places.len() >= 64 {
        return Says::Damaged;
    }
    Says::Intact(model, at < bytes.len())
}

fn is_wrong(field: &Field) -> bool {
    matches!(field, Field::Table { oversize: 2.., .. })
}

/// Of a payload that has a field which must be known, and one that does not parse, the first counts.
fn first_unknown(payload: &[u8]) -> Says {
    for end in 0..=payload.len() {
        let Some(fields) = fields(&payload[..end]) else { continue };
        match fields.last() {
            Some(Field::Other { tag: 0x8000.., .. }) => return Says::Unsupported,
            Some(field) if is_wrong(field) => return Says::Damaged,
            _ => {}
        }
    }
    Says::Damaged
}

/// A table of ours, as it lies in `sst/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub age: u64,
    pub number: u64,
    pub oversize: bool,
    pub length: u64,
    pub says: Option<SaysOfItself>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaysOfItself {
    pub level: u32,
    /// Set, ordinal, last.
    pub output: Option<(u64, u32, bool)>,
    /// Set (0: none) and name.
    pub tables: Vec<(u64, Vec<u8>)>,
    pub logs: Vec<(Vec<u8>, u64)>,
    pub taken_in: Vec<(Vec<u8>, u64)>,
    /// Name, age, length.
    pub foreign: Vec<(Vec<u8>, u64, u64)>,
    pub last: u64,
}

/// What lies in the directories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lies {
    pub ours: Vec<Listed>,
    /// Name and length.
    pub foreign: BTreeMap<Vec<u8>, u64>,
    pub logs: BTreeSet<Vec<u8>>,
}

/// What an opening goes on with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    pub model: Model,
    pub leftovers: BTreeSet<Vec<u8>>,
    pub doubt: BTreeSet<Vec<u8>>,
    pub compacted: BTreeSet<Vec<u8>>,
    pub new_foreign: BTreeSet<Vec<u8>>,
    /// Name, length that it should have, length that it has.
    pub damage: BTreeSet<(Vec<u8>, u64, Option<u64>)>,
}

impl Listed {
    pub fn name(&self) -> Vec<u8> {
        name_of(self.age, self.number, self.oversize)
    }

    fn set(&self) -> Option<u64> {
        Some(self.says.as_ref()?.output?.0)
    }
}

fn name_of(age: u64, number: u64, oversize: bool) -> Vec<u8> {
    format!("+{age:020}-{number:06}.{}", if oversize { "oversize" } else { "sst" }).into_bytes()
}

fn level_of(name: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(name).into_owned();
    let parts = text.strip_suffix(".sst").unwrap_or("").split('_').map(str::to_owned).collect::<Vec<_>>();
    if parts.len() == 3 { parts[0].parse().unwrap_or(0) } else { 0 }
}

fn is_complete(set: &[&Listed]) -> bool {
    let outputs = set.iter().filter_map(|table| table.says.as_ref()?.output).collect::<Vec<_>>();
    outputs.iter().any(|(_, last, is_last)| {
        *is_last && (0..=*last).all(|ordinal| outputs.iter().any(|(_, other, _)| *other == ordinal))
    })
}

fn sets<'a>(tables: impl Iterator<Item = &'a Listed>) -> BTreeMap<Option<u64>, Vec<&'a Listed>> {
    let mut sets: BTreeMap<Option<u64>, Vec<&Listed>> = BTreeMap::new();
    for table in tables {
        sets.entry(table.set()).or_default().push(table);
    }
    sets
}

impl Lies {
    fn has(&self, (set, name): &(u64, Vec<u8>)) -> bool {
        match ours(name) {
            Some((_, number, _)) if *set != 0 => self.ours.iter().any(|table| table.number == number),
            _ => self.foreign.contains_key(name),
        }
    }
}

impl Model {
    fn names(&self, (set, name): &(u64, Vec<u8>)) -> bool {
        match ours(name) {
            Some((_, number, _)) if *set != 0 => self.tables.contains_key(&number),
            _ => self.foreign.contains_key(name),
        }
    }

    fn add_and_replace(&mut self, set: &[&Listed]) {
        for table in set {
            let says = table.says.clone().unwrap_or_default();
            let state = (table.age, table.oversize, says.level, table.length);
            let higher =
                self.tables.get(&table.number).is_none_or(|known| (known.0, known.1) < (table.age, table.oversize));
            if higher {
                self.tables.insert(table.number, state);
            }
        }
    }

    fn replace(&mut self, set: &[&Listed]) {
        let says = set[0].says.clone().unwrap_or_default();
        for (of, name) in &says.tables {
            match ours(name) {
                Some((_, number, _)) if *of != 0 => drop(self.tables.remove(&number)),
                _ => {
                    self.foreign.remove(name);
                    self.replaced.insert(name.clone());
                }
            }
        }
        for (name, length) in &says.logs {
            self.take_in(name, *length);
        }
    }

    fn take_in(&mut self, name: &[u8], length: u64) {
        match self.logs.get(name) {
            Some(Log::TakenIn(known)) if *known >= length => {}
            _ => drop(self.logs.insert(name.to_vec(), Log::TakenIn(length))),
        }
    }

    fn count(&mut self, table: &Listed) {
        let mut numbers = vec![table.number];
        if let Some(says) = &table.says {
            numbers.extend(says.tables.iter().filter_map(|(_, name)| ours(name)).map(|(_, number, _)| number));
            self.last = self.last.max(says.last);
        }
        self.next = self.next.max(numbers.into_iter().max().unwrap() + 1);
    }
}

/// Step 3 of an opening.
pub fn check(before: &Model, lies: &Lies) -> Opened {
    let mut opened = Opened { model: before.clone(), ..Opened::default() };
    let last_taken_in =
        before.logs.iter().filter(|(_, log)| matches!(log, Log::TakenIn(_))).map(|(name, _)| name.clone()).max();
    let unnamed = lies.ours.iter().filter(|table| !before.tables.contains_key(&table.number));
    for (id, set) in sets(unnamed) {
        let says = set[0].says.clone().unwrap_or_default();
        let mut needed = Vec::new();
        for table in says.tables.iter().filter(|table| opened.model.names(table)) {
            needed.push(lies.has(table));
        }
        for (name, length) in &says.logs {
            let is_there = lies.logs.contains(name);
            let is_needed = match opened.model.logs.get(name) {
                Some(Log::TakenIn(taken)) => taken < length,
                Some(Log::Closed(..)) => true,
                None => is_there || last_taken_in.as_ref().is_none_or(|last| name > last),
            };
            if is_needed {
                needed.push(is_there);
            }
        }
        let is_gone = needed.iter().any(|is_there| !is_there);
        if id.is_some() && is_gone && is_complete(&set) {
            for table in &set {
                opened.model.count(table);
            }
            opened.model.add_and_replace(&set);
            opened.model.replace(&set);
        } else if id.is_none() || is_gone || needed.is_empty() && set.iter().any(|table| table.number >= before.next) {
            opened.doubt.extend(set.iter().map(|table| table.name()));
        }
    }
    compare(opened, lies)
}

/// What is named, and what is there.
fn compare(mut opened: Opened, lies: &Lies) -> Opened {
    for (number, state) in &mut opened.model.tables {
        let names = lies.ours.iter().filter(|table| table.number == *number);
        let names = names.map(|table| (table.age, table.oversize)).collect::<BTreeSet<_>>();
        if let Some(last) = names.last().filter(|_| !names.contains(&(state.0, state.1))) {
            (state.0, state.1) = *last;
        }
    }
    for (number, (age, oversize, _, length)) in &opened.model.tables {
        let name = name_of(*age, *number, *oversize);
        let found = lies.ours.iter().find(|table| table.name() == name).map(|table| table.length);
        if found != Some(*length) {
            opened.damage.insert((name, *length, found));
        }
    }
    for table in &lies.ours {
        let is_named = opened
            .model
            .tables
            .get(&table.number)
            .is_some_and(|state| (state.0, state.1) == (table.age, table.oversize));
        if !is_named && !opened.doubt.contains(&table.name()) {
            opened.leftovers.insert(table.name());
        }
    }
    for name in lies.foreign.keys().filter(|name| !opened.model.foreign.contains_key(*name)) {
        let is_new = !opened.model.replaced.contains(name);
        (if is_new { &mut opened.new_foreign } else { &mut opened.leftovers }).insert(name.clone());
    }
    let kevo_compacted = opened.new_foreign.iter().any(|name| level_of(name) > 0);
    for (name, (_, _, length)) in opened.model.foreign.clone() {
        let found = lies.foreign.get(&name).copied();
        if found.is_none() && kevo_compacted {
            opened.model.foreign.remove(&name);
            opened.compacted.insert(name);
        } else if found != Some(length) {
            opened.damage.insert((name, length, found));
        }
    }
    opened.model.replaced.retain(|name| lies.foreign.contains_key(name));
    let highest = lies.ours.iter().map(|table| table.number + 1).max().unwrap_or(0);
    opened.model.next = opened.model.next.max(highest);
    opened
}

/// What the tables say where `VERSIONS` is lost.
pub fn rebuild(lies: &Lies) -> Opened {
    let mut opened = Opened::default();
    let said = || lies.ours.iter().filter_map(|table| table.says.as_ref());
    let taken_up_to = |name: &[u8], length: u64| {
        said().flat_map(|says| &says.taken_in).any(|(taken, up_to)| taken == name && *up_to >= length)
    };
    let is_made = |id: Option<u64>, set: &[&Listed]| {
        let Some(id) = id else { return true };
        let says = set[0].says.clone().unwrap();
        is_complete(set)
            || says.tables.iter().any(|table| !lies.has(table))
            || says.logs.iter().any(|(name, length)| !lies.logs.contains(name) || taken_up_to(name, *length))
            || said().flat_map(|says| &says.tables).any(|(of, _)| *of == id)
    };
    let made = sets(lies.ours.iter()).into_iter().filter(|(id, set)| is_made(*id, set)).collect::<Vec<_>>();
    for (_, set) in &made {
        opened.model.add_and_replace(set);
    }
    made.iter().filter(|(id, _)| id.is_some()).for_each(|(_, set)| opened.model.replace(set));
    for table in &lies.ours {
        opened.model.count(table);
    }
    for (name, length) in said().flat_map(|says| &says.taken_in) {
        opened.model.take_in(name, *length);
    }
    let mut by_number = lies.ours.iter().filter(|table| table.says.is_some()).collect::<Vec<_>>();
    by_number.sort_by_key(|table| std::cmp::Reverse(table.number));
    for table in &by_number {
        for (name, age, length) in &table.says.as_ref().unwrap().foreign {
            let counts = table.number == by_number[0].number || lies.foreign.contains_key(name);
            if counts && !opened.model.replaced.contains(name) {
                opened.model.foreign.entry(name.clone()).or_insert((*age, level_of(name), *length));
            }
        }
    }
    compare(opened, lies)
}
