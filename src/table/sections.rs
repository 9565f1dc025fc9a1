//! Our sections, which stand between index and footer, and the directory that leads to them.

use twox_hash::XxHash64;

use super::block;
use super::footer::Footer;
use super::place::Place;
use crate::little_endian::{le_u16, le_u64};

pub(super) const FILTER: u16 = 1;
pub(super) const PROPERTIES: u16 = 2;
pub(super) const OVERSIZE: u16 = 3;

const ENTRY: usize = 32;
const CHECKSUM: usize = 8;
/// A reader that does not know the section must not read the table.
const MUST_BE_KNOWN: u16 = 1;

#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) tag: u16,
    flags: u16,
    pub(super) place: Place,
    checksum: u64,
}

impl Section {
    pub(super) fn new(tag: u16, place: Place, checksum: u64) -> Self {
        Self { tag, flags: 0, place, checksum }
    }

    pub(super) fn is_intact(&self, bytes: &[u8]) -> bool {
        XxHash64::oneshot(0, bytes) == self.checksum
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self.tag, FILTER | PROPERTIES | OVERSIZE)
    }

    pub(super) fn must_be_known(&self) -> bool {
        self.flags & MUST_BE_KNOWN != 0
    }

    fn parse(entry: &[u8]) -> Self {
        Self {
            tag: le_u16(entry, 0),
            flags: le_u16(entry, 2),
            place: Place::new(le_u64(entry, 8), le_u64(entry, 16)),
            checksum: le_u64(entry, 24),
        }
    }

    fn encoded(&self) -> [u8; ENTRY] {
        let mut entry = [0; ENTRY];
        entry[..2].copy_from_slice(&self.tag.to_le_bytes());
        entry[2..4].copy_from_slice(&self.flags.to_le_bytes());
        entry[8..16].copy_from_slice(&self.place.offset.to_le_bytes());
        entry[16..24].copy_from_slice(&self.place.size.to_le_bytes());
        entry[24..].copy_from_slice(&self.checksum.to_le_bytes());
        entry
    }
}

/// Where the directory is, which has that size, if there is room for it between index and footer.
pub(super) fn directory_place(index: Place, footer: Place, size: u32) -> Option<Place> {
    let size = u64::from(size);
    let fits = size <= footer.offset - index.end() && size % ENTRY as u64 == CHECKSUM as u64;
    fits.then(|| Place::new(footer.offset - size, size))
}

/// The sections that a directory names; `room` is what lies between index and directory.
pub(super) fn parse_directory(directory: &[u8], room: Place) -> Result<Vec<Section>, &'static str> {
    let entries = directory.len() - CHECKSUM;
    if XxHash64::oneshot(0, &directory[..entries]) != le_u64(directory, entries) {
        return Err("the checksum of the directory of sections does not match");
    }
    let mut sections: Vec<Section> = Vec::new();
    for entry in directory[..entries].chunks_exact(ENTRY) {
        let section = Section::parse(entry);
        if section.place.offset < room.offset || section.place.end() > room.end() {
            return Err("the directory names a section that is outside of its room");
        }
        if sections.iter().any(|other| other.tag == section.tag) {
            return Err("the directory names a section twice");
        }
        sections.push(section);
    }
    Ok(sections)
}

pub(super) fn encode_directory(sections: &[Section]) -> Vec<u8> {
    let mut directory: Vec<u8> = sections.iter().flat_map(Section::encoded).collect();
    let checksum = XxHash64::oneshot(0, &directory);
    directory.extend_from_slice(&checksum.to_le_bytes());
    directory
}

/// Places one after another, none of which reaches into the next or past `end`.
pub(super) fn follow_each_other(places: impl Iterator<Item = Place>, end: u64) -> bool {
    let mut free = 0;
    for place in places {
        if place.offset < free || place.size < block::TRAILER as u64 {
            return false;
        }
        free = place.end();
    }
    free <= end
}

/// Whether `rest`, which begins at `start` and ends where a file ends, looks like our sections, their directory and
/// what was a footer: the directory is intact and its first section begins there.
pub(super) fn seem_to_be(rest: &[u8], start: u64) -> bool {
    const MOST: usize = 64;
    let Some(end) = rest.len().checked_sub(Footer::LONG) else { return false };
    (0..=MOST).filter_map(|count| end.checked_sub(ENTRY * count + CHECKSUM)).any(|directory| {
        let room = Place::between(start, start + directory as u64);
        let sections = parse_directory(&rest[directory..end], room).unwrap_or_default();
        sections.first().is_some_and(|section| section.place.offset == start)
    })
}
