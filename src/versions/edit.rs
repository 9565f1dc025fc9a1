//! Edits as bytes.
//!
//! ```text
//! edit = mark "kvoedit\n" | length u32 | ordinal u32 | identity u64 | payload | xxh64 of all before it u64
//! ```

use twox_hash::XxHash64;

use super::change::{Change, NoChange};
use crate::error::Error;
use crate::fields::Fields;
use crate::little_endian::{le_u32, le_u64};
use crate::memory;

pub(super) const MARK: &[u8; 8] = b"kvoedit\n";
/// What stands before the payload, and after it.
pub(super) const HEADER: usize = 24;
pub(super) const CHECKSUM: usize = 8;

/// An edit that is intact, as far as its checksum tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'b> {
    /// Counts from 0 in each file.
    pub ordinal: u32,
    /// Which file it belongs to.
    pub identity: u64,
    payload: &'b [u8],
}

impl<'b> Edit<'b> {
    /// The edit that `bytes` begin with, if there is one, and it is intact.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let (ordinal, identity, length) = Self::claims(bytes)?;
        let (covered, checksum) = bytes[..length].split_at(length - CHECKSUM);
        let is_intact = XxHash64::oneshot(0, covered) == le_u64(checksum, 0);
        is_intact.then_some(Self { ordinal, identity, payload: &covered[HEADER..] })
    }

    /// The ordinal, the identity and the length of the edit that `bytes` begin with, if it has its mark, and fits. Its
    /// checksum is not looked at.
    pub(super) fn claims(bytes: &[u8]) -> Option<(u32, u64, usize)> {
        if bytes.len() < HEADER + CHECKSUM || !bytes.starts_with(MARK) {
            return None;
        }
        let length = HEADER + le_u32(bytes, 8) as usize + CHECKSUM;
        (length <= bytes.len()).then(|| (le_u32(bytes, 12), le_u64(bytes, 16), length))
    }

    /// The bytes that it takes.
    pub(super) fn length(&self) -> usize {
        HEADER + self.payload.len() + CHECKSUM
    }

    /// Its changes, in their order, without those that a later version added and that may be passed over.
    pub(super) fn changes(&self) -> impl Iterator<Item = Result<Change<'b>, NoChange>> {
        let fields = Fields::of(self.payload).map(|field| field.ok_or(NoChange::Damaged));
        fields
            .map(|field| field.and_then(|(tag, bytes)| Change::parse(tag, bytes)))
            .filter(|change| !matches!(change, Err(NoChange::Unknown)))
    }

    /// The bytes of the edit of these changes.
    ///
    /// # Errors
    /// [`Error::NoMemory`]; [`Error::TooLarge`] beyond 4 GiB.
    pub fn encode(changes: &[Change<'_>], ordinal: u32, identity: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = memory::with_capacity(HEADER + CHECKSUM)?;
        bytes.extend_from_slice(MARK);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&ordinal.to_le_bytes());
        bytes.extend_from_slice(&identity.to_le_bytes());
        for change in changes {
            change.append_to(&mut bytes).map_err(|_| memory::refused::<u8>(2 * bytes.len()))?;
        }
        let length = u32::try_from(bytes.len() - HEADER);
        let length = length.map_err(|_| Error::TooLarge("an edit of VERSIONS has at most 4 GiB"))?;
        bytes[8..12].copy_from_slice(&length.to_le_bytes());
        bytes.try_reserve(CHECKSUM).map_err(|_| memory::refused::<u8>(bytes.len() + CHECKSUM))?;
        let checksum = XxHash64::oneshot(0, &bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        Ok(bytes)
    }
}
