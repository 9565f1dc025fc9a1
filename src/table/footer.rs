//! Footers: the last bytes of a table, which lead to all others.

use twox_hash::XxHash64;

use super::place::Place;
use crate::little_endian::{le_u32, le_u64};

const MAGIC: u64 = 0xFACE_FEED_FACE_FEED;
/// The version that tables of ours have; what makes them ours is the mark.
const OUR_VERSION: u32 = 3;
/// In four bytes that Kevo ignores and its checksum covers.
const MARK: [u8; 4] = *b"kvo3";

#[derive(Clone, Debug)]
pub(super) struct Footer {
    /// Where it stands; all else is before it.
    pub(super) place: Place,
    pub(super) version: u32,
    /// In nanoseconds since 1970.
    pub(super) created: i64,
    pub(super) index: Place,
    /// In blocks; oversize records do not count.
    pub(super) entries: u32,
    /// Size 0 if there is none.
    pub(super) bloom: Place,
    pub(super) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Of generation A, 52 bytes.
    Short,
    /// 68 bytes.
    Long,
    /// 68 bytes, with our mark.
    Ours { directory_size: u32, features: u32 },
}

impl Footer {
    pub(super) const LONG: usize = 68;
    pub(super) const SHORT: usize = 52;

    /// `tail` is the end of a file of `len` bytes, at least so much of it as a footer takes.
    pub(super) fn parse(tail: &[u8], len: u64) -> Result<Self, (Place, &'static str)> {
        for size in [Self::LONG, Self::SHORT] {
            let Some(bytes) = tail.len().checked_sub(size).map(|start| &tail[start..]) else { continue };
            if le_u64(bytes, 0) == MAGIC {
                return Self::parse_of_size(bytes, Place::new(len - size as u64, size as u64));
            }
        }
        let size = len.min(Self::LONG as u64);
        Err((Place::new(len - size, size), "no footer at the end: cut, or not a table"))
    }

    fn parse_of_size(bytes: &[u8], place: Place) -> Result<Self, (Place, &'static str)> {
        let checksum = bytes.len() - 8;
        if XxHash64::oneshot(0, &bytes[..checksum]) != le_u64(bytes, checksum) {
            return Err((place, "the footer's checksum does not match"));
        }
        let (version, is_long) = (le_u32(bytes, 8), bytes.len() == Self::LONG);
        let shape = if !is_long {
            Shape::Short
        } else if version == OUR_VERSION && bytes[56..60] == MARK {
            Shape::Ours { directory_size: le_u32(bytes, 36), features: le_u32(bytes, 40) }
        } else {
            Shape::Long
        };
        let footer = Self {
            place,
            version,
            created: le_u64(bytes, 12).cast_signed(),
            index: Place::parse(&bytes[20..]),
            entries: le_u32(bytes, 32),
            bloom: if is_long { Place::parse(&bytes[44..]) } else { Place::new(0, 0) },
            shape,
        };
        if footer.index.end() > place.offset {
            return Err((place, "the footer says that the index is outside of the file"));
        }
        Ok(footer)
    }

    /// The footer of a table of ours.
    pub(super) fn encoded(created: i64, index: Place, entries: u32, directory_size: u32) -> [u8; Self::LONG] {
        let mut bytes = [0; Self::LONG];
        bytes[..8].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[8..12].copy_from_slice(&OUR_VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&created.to_le_bytes());
        bytes[20..32].copy_from_slice(&index.encoded());
        bytes[32..36].copy_from_slice(&entries.to_le_bytes());
        bytes[36..40].copy_from_slice(&directory_size.to_le_bytes());
        bytes[56..60].copy_from_slice(&MARK);
        let checksum = XxHash64::oneshot(0, &bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }
}
