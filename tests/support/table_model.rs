//! What a table holds, read once more and as plainly as can be, from `docs/table-format.md` alone. It shares no code
//! with the crate, not even the package that hashes, and does not care for speed or memory.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::collections::BTreeMap;

use xxhash_rust::{xxh3::xxh3_64, xxh64::xxh64};

const MAGIC: u64 = 0xFACE_FEED_FACE_FEED;
const TOMBSTONE: u32 = 0xFFFF_FFFF;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    A,
    B,
    C,
    Libkevo,
}

impl Generation {
    fn has_sequences(self) -> bool {
        matches!(self, Self::C | Self::Libkevo)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Vec<u8>,
    /// 0 where the table has none.
    pub sequence: u64,
    /// Nothing is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// A stretch of the file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub offset: u64,
    pub length: u64,
    pub what: &'static str,
}

/// What a walk through the table meets, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Entry(Entry),
    /// A block or a record that is not intact.
    Damage(Damage),
}

#[derive(Debug)]
pub struct Table {
    pub generation: Generation,
    pub version: u32,
    pub created: i64,
    pub items: Vec<Item>,
    pub properties: Vec<(u16, Vec<u8>)>,
    /// Probes, and the lines.
    pub filter: Option<(u32, Vec<u8>)>,
}

/// What asking for a key gives.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Entry(Entry),
    Nothing,
    /// It may have been in a block that is damaged.
    Damaged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    offset: u64,
    size: u64,
}

impl Place {
    fn end(self) -> u64 {
        self.offset.saturating_add(self.size)
    }

    fn damaged(self, what: &'static str) -> Damage {
        Damage { offset: self.offset, length: self.size, what }
    }
}

struct Footer {
    place: Place,
    version: u32,
    created: i64,
    index: Place,
    entries: u32,
    directory_size: u32,
    features: u32,
    is_52_bytes: bool,
    is_marked: bool,
}

struct Block {
    entries: Vec<Entry>,
    every_entry_is_a_restart_point: bool,
}

/// The whole table, or what keeps it from being read at all.
pub fn read(file: &[u8]) -> Result<Table, Damage> {
    let footer = footer(file)?;
    if footer.index.end() > footer.place.offset {
        return Err(footer.place.damaged("index outside of the file"));
    }
    let generation = generation(file, &footer)?;
    if generation == Generation::Libkevo { ours(file, &footer) } else { kevos(file, &footer, generation) }
}

/// Section "Reading": what is true of a key, by going through all items.
pub fn get(table: &Table, key: &[u8]) -> Found {
    let entries: Vec<&Entry> = table.items.iter().filter_map(entry).collect();
    let has_versions = entries.windows(2).any(|pair| pair[0].key == pair[1].key);
    for (at, item) in table.items.iter().enumerate() {
        match item {
            Item::Entry(entry) if entry.key == key => return Found::Entry(entry.clone()),
            Item::Entry(_) => {}
            Item::Damage(_) => {
                let before = table.items[..at].iter().rev().find_map(entry);
                let after = table.items[at..].iter().find_map(entry);
                let above = before.is_none_or(|entry| entry.key.as_slice() < key);
                let below = after
                    .is_none_or(|entry| key < entry.key.as_slice() || (has_versions && key == entry.key.as_slice()));
                if above && below {
                    return Found::Damaged;
                }
            }
        }
    }
    Found::Nothing
}

fn entry(item: &Item) -> Option<&Entry> {
    match item {
        Item::Entry(entry) => Some(entry),
        Item::Damage(_) => None,
    }
}

/// Section "Filter": whether it lets the key pass.
pub fn filter_passes(probes: u32, lines: &[u8], key: &[u8]) -> bool {
    let hash = xxh3_64(key);
    let count = (lines.len() / 64) as u64;
    let line = (((hash >> 32) * count) >> 32) as usize;
    let line = &lines[64 * line..64 * line + 64];
    let mut g = hash as u32;
    for _ in 0..probes {
        let bit = (g >> 23) as usize;
        if line[bit / 8] & (1 << (bit % 8)) == 0 {
            return false;
        }
        g = g.wrapping_mul(0x9E37_79B9);
    }
    true
}

// ---- footer and generation ----

fn footer(file: &[u8]) -> Result<Footer, Damage> {
    for size in [68, 52] {
        let Some(start) = file.len().checked_sub(size) else { continue };
        let bytes = &file[start..];
        if u64_at(bytes, 0) != MAGIC {
            continue;
        }
        let place = Place { offset: start as u64, size: size as u64 };
        if u64_at(bytes, size - 8) != xxh64(&bytes[..size - 8], 0) {
            return Err(place.damaged("checksum of the footer"));
        }
        let long = size == 68;
        return Ok(Footer {
            place,
            version: u32_at(bytes, 8),
            created: u64_at(bytes, 12).cast_signed(),
            index: Place { offset: u64_at(bytes, 20), size: u64::from(u32_at(bytes, 28)) },
            entries: u32_at(bytes, 32),
            directory_size: u32_at(bytes, 36),
            features: u32_at(bytes, 40),
            is_52_bytes: !long,
            is_marked: long && u32_at(bytes, 8) == 3 && &bytes[56..60] == b"kvo3",
        });
    }
    let size = file.len().min(68);
    Err(Place { offset: (file.len() - size) as u64, size: size as u64 }.damaged("no footer"))
}

fn generation(file: &[u8], footer: &Footer) -> Result<Generation, Damage> {
    if footer.is_52_bytes {
        return Ok(Generation::A);
    }
    if footer.is_marked {
        return Ok(Generation::Libkevo);
    }
    let index = bytes_of(file, footer.index, "index")?;
    checked(index, footer.index)?;
    if u32_at(index, index.len() - 12) == 0 {
        return Ok(Generation::C);
    }
    let undecided = || footer.index.damaged("the first entry of the index belongs to no generation");
    let key_length = index.get(..2).map(|bytes| usize::from(u16_at(bytes, 0))).ok_or_else(undecided)?;
    let after_key = index.get(2 + key_length..).ok_or_else(undecided)?;
    if after_key.len() >= 12 && u64_at(after_key, 0) == 0 && u32_at(after_key, 8) >= 12 {
        Ok(Generation::C)
    } else if after_key.len() >= 4 && u32_at(after_key, 0) >= 12 {
        Ok(Generation::B)
    } else {
        Err(undecided())
    }
}

// ---- blocks ----

fn bytes_of<'f>(file: &'f [u8], place: Place, what: &'static str) -> Result<&'f [u8], Damage> {
    if place.end() > file.len() as u64 {
        return Err(place.damaged(what));
    }
    Ok(&file[place.offset as usize..place.end() as usize])
}

fn checked(block: &[u8], place: Place) -> Result<(), Damage> {
    if block.len() < 12 {
        return Err(place.damaged("a block of less than 12 bytes"));
    }
    let end = block.len() - 8;
    if u64_at(block, end) != xxh64(&block[..end], 0) {
        return Err(place.damaged("checksum of a block"));
    }
    Ok(())
}

/// The entries of an intact block; `ordered` if its keys have to ascend.
fn block(file: &[u8], place: Place, before: u64, generation: Generation, ordered: bool) -> Result<Block, Damage> {
    if place.end() > before {
        return Err(place.damaged("a block that reaches into the footer"));
    }
    let bytes = bytes_of(file, place, "a block outside of the file")?;
    checked(bytes, place)?;
    parse_block(bytes, generation, ordered).ok_or_else(|| place.damaged("a block that does not parse"))
}

fn parse_block(bytes: &[u8], generation: Generation, ordered: bool) -> Option<Block> {
    let count = u32_at(bytes, bytes.len() - 12) as usize;
    let array = (bytes.len() - 12).checked_sub(4 * count)?;
    let restarts: Vec<usize> = (0..count).map(|i| u32_at(bytes, array + 4 * i) as usize).collect();
    if restarts.first().is_some_and(|&first| first != 0) || !restarts.windows(2).all(|pair| pair[0] < pair[1]) {
        return None;
    }
    let mut rest = &bytes[..array];
    let (mut entries, mut starts): (Vec<Entry>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut written_out = 0;
    while !rest.is_empty() {
        let start = array - rest.len();
        let key = if restarts.contains(&start) {
            let length = u16_at(take(&mut rest, 2)?, 0);
            take(&mut rest, usize::from(length))?.to_vec()
        } else {
            let lengths = take(&mut rest, 4)?;
            let (shared, unshared) = (usize::from(u16_at(lengths, 0)), usize::from(u16_at(lengths, 2)));
            let mut key = entries.last()?.key.get(..shared)?.to_vec();
            key.extend_from_slice(take(&mut rest, unshared)?);
            key
        };
        let sequence = if generation.has_sequences() { u64_at(take(&mut rest, 8)?, 0) } else { 0 };
        let length = u32_at(take(&mut rest, 4)?, 0);
        let value = if length == TOMBSTONE && generation.has_sequences() {
            None
        } else {
            Some(take(&mut rest, length as usize)?.to_vec())
        };
        let is_lower = entries.last().is_some_and(|last| key < last.key);
        if key.len() > 65_535 || (ordered && is_lower) {
            return None;
        }
        written_out += 18 + key.len() + value.as_ref().map_or(0, Vec::len);
        starts.push(start);
        entries.push(Entry { key, sequence, value });
    }
    let restarts_are_starts = restarts.iter().all(|restart| starts.contains(restart));
    if !restarts_are_starts || (restarts.is_empty() != entries.is_empty()) || written_out > 16 * bytes.len() + (1 << 20)
    {
        return None;
    }
    Some(Block { every_entry_is_a_restart_point: restarts.len() == entries.len(), entries })
}

fn places(index: &Block, footer: &Footer) -> Result<Vec<Place>, Damage> {
    let mut places: Vec<Place> = Vec::new();
    for entry in &index.entries {
        let value = entry.value.as_deref().unwrap_or_default();
        if value.len() < 12 {
            return Err(footer.index.damaged("an entry of the index without a place"));
        }
        let place = Place { offset: u64_at(value, 0), size: u64::from(u32_at(value, 8)) };
        if place.end() > footer.place.offset {
            return Err(footer.index.damaged("a place outside of the file"));
        }
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
    if places.iter().map(|place| place.size).sum::<u64>() > footer.place.offset {
        return Err(footer.index.damaged("places that overlap"));
    }
    Ok(places)
}

// ---- Kevo's tables ----

fn kevos(file: &[u8], footer: &Footer, generation: Generation) -> Result<Table, Damage> {
    let index = block(file, footer.index, footer.place.offset, generation, false)?;
    let mut items = Vec::new();
    for place in places(&index, footer)? {
        match block(file, place, footer.place.offset, generation, true) {
            Ok(block) => items.extend(block.entries.into_iter().map(Item::Entry)),
            Err(damage) => items.push(Item::Damage(damage)),
        }
    }
    let entries: Vec<&Entry> = items.iter().filter_map(entry).collect();
    if !entries.windows(2).all(|pair| pair[0].key <= pair[1].key) {
        return Err(footer.index.damaged("blocks are not in order"));
    }
    let all_intact = entries.len() == items.len();
    if all_intact && footer.entries != 0 && footer.entries as usize != entries.len() {
        return Err(footer.index.damaged("the number of entries is not that of the footer"));
    }
    let (version, created) = (footer.version, footer.created);
    Ok(Table { generation, version, created, items, properties: Vec::new(), filter: None })
}

// ---- libkevo's tables ----

fn ours(file: &[u8], footer: &Footer) -> Result<Table, Damage> {
    let end = footer.place.offset;
    if footer.features != 0 {
        return Err(footer.place.damaged("unknown features"));
    }
    let index = block(file, footer.index, end, Generation::Libkevo, true)?;
    let blocks = places(&index, footer)?;
    let keys: Vec<&[u8]> = index.entries.iter().map(|entry| entry.key.as_slice()).collect();
    if !index.every_entry_is_a_restart_point
        || blocks.len() != keys.len()
        || !keys.windows(2).all(|pair| pair[0] < pair[1])
        || !follow_each_other(&blocks, footer.index.offset)
        || index.entries.iter().any(|entry| entry.value.as_ref().is_none_or(|value| value.len() != 12))
    {
        return Err(footer.index.damaged("an index that is not ours"));
    }
    let sections = sections(file, footer)?;
    let records = match sections.get(&3) {
        Some((place, bytes)) => oversize_list(bytes, *place, footer.index.offset)?,
        None => Vec::new(),
    };
    let mut all: Vec<(Place, Option<usize>)> = blocks.iter().enumerate().map(|(i, &place)| (place, Some(i))).collect();
    all.extend(records.iter().map(|&place| (place, None)));
    all.sort_by_key(|(place, _)| place.offset);
    let everything: Vec<Place> = all.iter().map(|&(place, _)| place).collect();
    if !follow_each_other(&everything, footer.index.offset) {
        return Err(sections[&3].0.damaged("a record that reaches into a block"));
    }
    let mut items = Vec::new();
    let mut below: Option<&[u8]> = None;
    for (at, &(place, number)) in all.iter().enumerate() {
        if let Some(number) = number {
            match our_block(file, place, end, below, keys[number]) {
                Ok(entries) => items.extend(entries.into_iter().map(Item::Entry)),
                Err(damage) => items.push(Item::Damage(damage)),
            }
            below = Some(keys[number]);
        } else {
            let above = all[at..].iter().find_map(|&(_, number)| number).map(|number| keys[number]);
            items.push(record(file, place, below, above).map_or_else(Item::Damage, Item::Entry));
        }
    }
    let properties = match sections.get(&2) {
        Some((place, bytes)) => properties(bytes).ok_or_else(|| place.damaged("properties"))?,
        None => Vec::new(),
    };
    let filter = match sections.get(&1) {
        Some((place, bytes)) => Some(filter(bytes).ok_or_else(|| place.damaged("filter"))?),
        None => None,
    };
    let (version, created) = (footer.version, footer.created);
    Ok(Table { generation: Generation::Libkevo, version, created, items, properties, filter })
}

fn follow_each_other(places: &[Place], end: u64) -> bool {
    places.windows(2).all(|pair| pair[0].end() <= pair[1].offset)
        && places.iter().all(|place| place.size >= 12 && place.end() <= end)
}

fn our_block(file: &[u8], place: Place, end: u64, below: Option<&[u8]>, last: &[u8]) -> Result<Vec<Entry>, Damage> {
    let block = block(file, place, end, Generation::Libkevo, true)?;
    let keys: Vec<&[u8]> = block.entries.iter().map(|entry| entry.key.as_slice()).collect();
    let in_place = keys.last() == Some(&last) && keys.first() > below.as_ref();
    if block.every_entry_is_a_restart_point && keys.windows(2).all(|pair| pair[0] < pair[1]) && in_place {
        Ok(block.entries)
    } else {
        Err(place.damaged("a block that is not ours"))
    }
}

fn record(file: &[u8], place: Place, below: Option<&[u8]>, above: Option<&[u8]>) -> Result<Entry, Damage> {
    let bytes = bytes_of(file, place, "a record outside of the file")?;
    parse_record(bytes)
        .filter(|entry| Some(entry.key.as_slice()) > below)
        .filter(|entry| above.is_none_or(|above| entry.key.as_slice() < above))
        .ok_or_else(|| place.damaged("an oversize record"))
}

fn parse_record(bytes: &[u8]) -> Option<Entry> {
    let end = bytes.len().checked_sub(8)?;
    if u64_at(bytes, end) != xxh64(&bytes[..end], 0) {
        return None;
    }
    let mut rest = &bytes[..end];
    if take(&mut rest, 8)? != b"kvo3big\n" {
        return None;
    }
    let key_length = u32_at(take(&mut rest, 4)?, 0);
    let key = take(&mut rest, key_length as usize)?.to_vec();
    let sequence = u64_at(take(&mut rest, 8)?, 0);
    let length = u32_at(take(&mut rest, 4)?, 0);
    let value = if length == TOMBSTONE { None } else { Some(take(&mut rest, length as usize)?.to_vec()) };
    rest.is_empty().then_some(Entry { key, sequence, value })
}

type Sections<'f> = BTreeMap<u16, (Place, &'f [u8])>;

fn sections<'f>(file: &'f [u8], footer: &Footer) -> Result<Sections<'f>, Damage> {
    let size = u64::from(footer.directory_size);
    let between = footer.place.offset - footer.index.end();
    if size > between || size < 8 || size % 32 != 8 {
        return Err(footer.place.damaged("the directory does not fit"));
    }
    let place = Place { offset: footer.place.offset - size, size };
    let directory = bytes_of(file, place, "directory")?;
    let end = directory.len() - 8;
    if u64_at(directory, end) != xxh64(&directory[..end], 0) {
        return Err(place.damaged("checksum of the directory"));
    }
    let mut sections = Sections::new();
    for entry in directory[..end].chunks(32) {
        let (tag, flags) = (u16_at(entry, 0), u16_at(entry, 2));
        let section = Place { offset: u64_at(entry, 8), size: u64_at(entry, 16) };
        if section.offset < footer.index.end() || section.end() > place.offset {
            return Err(place.damaged("a section outside of its room"));
        }
        if !(1..=3).contains(&tag) && flags & 1 != 0 {
            return Err(place.damaged("a section that must be known and is not"));
        }
        let bytes = bytes_of(file, section, "section")?;
        if u64_at(entry, 24) != xxh64(bytes, 0) {
            return Err(section.damaged("checksum of a section"));
        }
        if sections.insert(tag, (section, bytes)).is_some() {
            return Err(place.damaged("a section twice"));
        }
    }
    Ok(sections)
}

fn oversize_list(bytes: &[u8], place: Place, end: u64) -> Result<Vec<Place>, Damage> {
    let records: Vec<Place> = bytes
        .chunks_exact(12)
        .map(|place| Place { offset: u64_at(place, 0), size: u64::from(u32_at(place, 8)) })
        .collect();
    if !bytes.len().is_multiple_of(12) || !follow_each_other(&records, end) {
        return Err(place.damaged("the oversize list"));
    }
    Ok(records)
}

fn filter(bytes: &[u8]) -> Option<(u32, Vec<u8>)> {
    let lines = bytes.get(8..)?;
    let probes = u32_at(bytes, 0);
    (!lines.is_empty() && lines.len() % 64 == 0 && (1..=16).contains(&probes)).then(|| (probes, lines.to_vec()))
}

fn properties(bytes: &[u8]) -> Option<Vec<(u16, Vec<u8>)>> {
    let (mut rest, mut fields) = (bytes, Vec::new());
    while !rest.is_empty() {
        let head = take(&mut rest, 6)?;
        let (tag, length) = (u16_at(head, 0), u32_at(head, 2));
        let shortest = match tag {
            1 | 2 | 6 | 7 | 12 => 8,
            3 => 4,
            4 => 13,
            5 | 10 | 14 => 16,
            11 => 32,
            _ => 0,
        };
        let is_twice = fields.iter().any(|(other, _)| *other == tag);
        let may_repeat = (5..=7).contains(&tag) || tag > 13 || tag == 0;
        if tag >= 0x8000 || length < shortest || (is_twice && !may_repeat) {
            return None;
        }
        fields.push((tag, take(&mut rest, length as usize)?.to_vec()));
    }
    Some(fields)
}

// ---- bytes ----

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}
