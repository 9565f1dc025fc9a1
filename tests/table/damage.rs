//! Every flipped bit and every cut of small tables of each generation: an error or the right answer. And what is made
//! to harm, with checksums that are right: what the slow reader says of it, nothing worse.

use crate::support::{table_check, table_fixture, table_model, table_ours};
use std::ops::Range;
use std::sync::Arc;

use crate::support::table_check::Step;
use crate::support::table_file::TableFile;
use crate::support::table_model::{Entry, Item};
use crate::support::table_ours::Part;
use kevo::table::Table;

struct Small {
    name: &'static str,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Where its data ends.
    data: usize,
    /// Entries in the largest block.
    most_in_block: usize,
    parts: Vec<Part>,
}

fn small_tables() -> Vec<Small> {
    let mut tables = Vec::new();
    for (name, footer, most_in_block) in [
        ("first-release-opened-by-v1.4.2", 52, 40),
        ("one-flush-v1.3.2", 68, 41),
        ("empty-values", 68, 4),
        ("empty-key", 68, 21),
    ] {
        let bytes = table_fixture::only(name).bytes;
        let entries = entries_of(&bytes);
        let index = u64::from_le_bytes(bytes[bytes.len() - footer + 20..][..8].try_into().unwrap()) as usize;
        let bloom = if footer == 52 {
            index
        } else {
            u64::from_le_bytes(bytes[bytes.len() - footer + 44..][..8].try_into().unwrap()) as usize
        };
        let data = index.min(bloom);
        let parts = table_ours::parts(&bytes, footer, std::slice::from_ref(&(0..data)), false);
        tables.push(Small { name, bytes, entries, data, most_in_block, parts });
    }
    let entries = table_ours::small_entries();
    let (bytes, written) = table_ours::write(&entries, table_ours::small_options());
    assert_eq!((written.blocks, written.bytes), (3, bytes.len() as u64));
    let index = u64::from_le_bytes(bytes[bytes.len() - 48..][..8].try_into().unwrap()) as usize;
    let parts = table_ours::parts(&bytes, 68, &units(&bytes), true);
    tables.push(Small { name: "ours", bytes, entries, data: index, most_in_block: 5, parts });
    tables
}

fn entries_of(bytes: &[u8]) -> Vec<Entry> {
    table_check::entries(&steps_of_model(bytes).unwrap())
}

/// Where blocks and records are: by damaging each byte, the model tells which one it is in.
fn units(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut units: Vec<Range<usize>> = Vec::new();
    for at in 0..bytes.len() {
        if units.last().is_some_and(|unit| unit.end > at) {
            continue;
        }
        let Ok(steps) = steps_of_model(&flipped(bytes, 8 * at)) else { break };
        let damage = steps.iter().find_map(|step| match step {
            Step::Damage(offset, length) => Some(*offset as usize..(offset + length) as usize),
            Step::Entry(_) => None,
        });
        units.extend(damage);
    }
    units
}

fn steps_of_model(bytes: &[u8]) -> Result<Vec<Step>, table_model::Damage> {
    let step = |item| match item {
        Item::Entry(entry) => Step::Entry(entry),
        Item::Damage(damage) => Step::Damage(damage.offset, damage.length),
    };
    Ok(table_model::read(bytes)?.items.into_iter().map(step).collect())
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn a_flipped_bit_is_an_error_or_makes_no_difference() {
    for small in small_tables() {
        // After the blocks, the index and the footer are last but for what a table of ours has more.
        let bloom = if small.name == "ours" { 0..0 } else { small.data..small.parts[1].range.start };
        for bit in 0..8 * small.bytes.len() {
            let is_in_bloom = bloom.contains(&(bit / 8));
            if is_in_bloom && bit % 61 != 0 {
                continue;
            }
            let name = format!("{}, bit {bit}", small.name);
            let bytes = flipped(&small.bytes, bit);
            let steps = match table_check::open(&bytes) {
                Ok(table) => {
                    table_check::check_damaged(&name, &table, &small.entries);
                    table_check::walk(&table).inspect_err(|error| _ = table_check::damage(error)).ok()
                }
                Err(error) => {
                    table_check::damage(&error);
                    None
                }
            };
            assert_eq!(steps, steps_of_model(&bytes).ok(), "{name}");
            let makes_no_difference = steps.as_ref().is_some_and(|steps| table_check::entries(steps) == small.entries);
            assert_eq!(makes_no_difference, is_in_bloom, "{name}");

            let table = table_check::open_passing_over_damage(&bytes);
            table_check::check_damaged(&name, &table, &small.entries);
            check_found(&name, &table, &small, bit / 8);
        }
    }
}

/// All but the block that is damaged.
fn check_found(name: &str, table: &Arc<Table>, small: &Small, at: usize) {
    let steps = table_check::walk(table).unwrap();
    let found = table_check::entries(&steps).len();
    if at >= small.data {
        assert_eq!(found, small.entries.len(), "{name}");
        assert_eq!(steps.len(), found, "{name}: nothing is hidden");
    } else {
        assert!(small.entries.len() - found <= small.most_in_block, "{name}: only {found}");
        assert_eq!(table.verify().unwrap().len(), 1, "{name}: {:?}", table.verify());
    }
}

#[test]
fn a_table_that_was_cut_does_not_open_and_what_is_left_is_found() {
    for small in small_tables() {
        let mut found_before = 0;
        for len in 0..small.bytes.len() {
            let name = format!("{}, cut to {len}", small.name);
            let bytes = &small.bytes[..len];
            let error = table_check::open(bytes).err().unwrap_or_else(|| panic!("{name} opens"));
            table_check::damage(&error);
            let table = table_check::open_passing_over_damage(bytes);
            table_check::check_damaged(&name, &table, &small.entries);
            let found = table_check::entries(&table_check::walk(&table).unwrap()).len();
            assert!(found >= found_before, "{name}: {found}, and {found_before} of less");
            found_before = found;
        }
        assert_eq!(found_before, small.entries.len());
    }
}

#[test]
fn what_is_wrong_with_right_checksums_is_read_as_the_page_says() {
    for small in small_tables() {
        let mut harmless = 0;
        for (number, part) in small.parts.iter().enumerate() {
            for bit in (8 * part.range.start..8 * part.range.end).step_by(if small.entries.len() > 25 { 3 } else { 1 })
            {
                let name = format!("{}, part {number}, bit {bit}", small.name);
                let mut bytes = flipped(&small.bytes, bit);
                part.repair(&mut bytes, &small.parts);
                harmless += usize::from(same_as_model(&name, &bytes));
            }
        }
        assert!(harmless > 0, "{}", small.name);
    }
}

/// Whether there is something to read.
fn same_as_model(name: &str, bytes: &[u8]) -> bool {
    use kevo::Error;
    let expected = steps_of_model(bytes);
    let opened = table_check::open(bytes);
    let steps = opened.and_then(|table| table_check::walk(&table));
    if let Err(error) = &steps {
        let is_damage = matches!(error, Error::CorruptTable { .. } | Error::UnsupportedTable { .. });
        assert!(is_damage, "{name}: {error}");
    }
    assert_eq!(
        steps.as_ref().ok(),
        expected.as_ref().ok(),
        "{name}: {:?}, {:?}",
        steps.as_ref().err(),
        expected.as_ref().err()
    );
    let is_damaged = steps.as_ref().map_or(true, |steps| steps.iter().any(|step| matches!(step, Step::Damage(..))));
    let salvaged = Table::open_passing_over_damage("x.sst".as_ref(), Box::new(TableFile(bytes.to_vec())), None);
    if let Ok(table) = salvaged.map(Arc::new)
        && is_damaged
    {
        table_check::walk(&table).unwrap();
        table.verify().unwrap();
        assert!(table.get(b"nothing").ok().flatten().is_none());
    }
    steps.is_ok()
}

/// A block of Kevo's whose keys share very much stands for much more memory than its own size.
#[test]
fn keys_that_share_more_than_any_writer_makes_them_are_damage() {
    let entry_of = |shared: u16| [&shared.to_le_bytes()[..], &[0; 2], &[0; 12]].concat();
    let key = vec![b'k'; 65_535];
    let mut block = [&u16::MAX.to_le_bytes()[..], &key, &[0; 12]].concat();
    for _ in 0..5000 {
        block.extend(entry_of(u16::MAX));
    }
    let file = kevos(block, 5001);
    let table = table_check::open(&file).unwrap();
    let steps = table_check::walk(&table).unwrap();
    assert!(matches!(steps[..], [Step::Damage(0, _)]), "{} steps", steps.len());
    assert_eq!(steps_of_model(&file).ok(), Some(steps));
}

/// A table of generation C with one block of these entries, of which the first is the only restart point.
fn kevos(entries: Vec<u8>, count: u32) -> Vec<u8> {
    let block = |mut bytes: Vec<u8>| {
        bytes.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let checksum = xxhash_rust::xxh64::xxh64(&bytes, 0);
        bytes.extend(checksum.to_le_bytes());
        bytes
    };
    let data = block(entries);
    let size = data.len() as u32;
    // An empty key, the sequence number 0, and the place of the block.
    let index = block([&[0; 10][..], &12_u32.to_le_bytes(), &[0; 8], &size.to_le_bytes()].concat());
    let mut footer = [&0xFACE_FEED_FACE_FEED_u64.to_le_bytes()[..], &2_u32.to_le_bytes(), &[0; 8]].concat();
    footer.extend(u64::from(size).to_le_bytes());
    footer.extend((index.len() as u32).to_le_bytes());
    footer.extend(count.to_le_bytes());
    footer.extend([0; 24]);
    let checksum = xxhash_rust::xxh64::xxh64(&footer, 0);
    footer.extend(checksum.to_le_bytes());
    [data, index, footer].concat()
}

/// Files that say nothing, and lead a search for blocks nowhere, slowly.
#[test]
fn a_search_for_blocks_ends() {
    let entry = |key: u32| [&4_u16.to_le_bytes()[..], &key.to_be_bytes(), &[0; 12]].concat();
    let entries: Vec<u8> = (0..10_000).flat_map(entry).collect();
    for bytes in [vec![0; 200_000], vec![0xFF; 200_000], entries, b"kvo3big\n".repeat(20_000)] {
        let table = table_check::open_passing_over_damage(&bytes);
        let steps = table_check::walk(&table).unwrap();
        assert_eq!(steps, [Step::Damage(0, bytes.len() as u64)]);
        assert!(table.get(b"any").is_err());
    }
}

/// Bytes of a table replaced by numbers that are at some limit, all checksums right.
#[test]
fn extreme_numbers_are_read_as_the_page_says() {
    for small in small_tables() {
        for (number, part) in small.parts.iter().enumerate() {
            for at in part.range.start..part.range.end.saturating_sub(3) {
                for value in [0_u32, 0x7FFF_FFFF, 0xFFFF_FFFE, small.bytes.len() as u32] {
                    let mut bytes = small.bytes.clone();
                    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
                    part.repair(&mut bytes, &small.parts);
                    same_as_model(&format!("{}, part {number}, {value:x} at {at}", small.name), &bytes);
                }
            }
        }
    }
}
