//! Blocks in memory, each of whose entries has its whole key: searched by the restart array as they stand.
//!
//! In memory a block is one allocation, and what a search reads first is in front. One of Kevo's is written out first
//! (`delta`), and an oversize record is a block of one entry, so what comes later knows one form only.

use std::fmt;
use std::ops::Range;

use twox_hash::XxHash64;

use super::TOMBSTONE;
use super::delta::{self, Delta};
use super::heads::{self, PAIR};
use super::oversize;
use super::place::Place;
use super::source::Source;
use crate::error::Error;
use crate::key::common_prefix_len;
use crate::little_endian::{le_u16, le_u32, le_u64};
use crate::memory;
use crate::rest::Rest;
use crate::thin_arc::ThinArc;

/// Entries in the order of their keys, all of them verified. Clones are the same block. Values are lent from it: each
/// clone keeps it alive.
#[derive(Clone)]
pub struct Block(Shared);

/// What is known of a block whose bytes are where each entry starts, with the heads of their keys if it has these, and
/// then the entries.
#[derive(Clone, Copy)]
pub(super) struct Header {
    /// Where the entries begin.
    entries: usize,
    len: usize,
    /// How many bytes all keys begin with. If it has heads, they are of what comes after these.
    shared: Option<u32>,
    /// It is an oversize record.
    is_oversize: bool,
    /// Two entries next to each other have one key.
    has_versions: bool,
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The bytes of a block, which its clones share.
pub(super) type Shared = ThinArc<Header>;

impl From<Shared> for Block {
    #[inline]
    fn from(bytes: Shared) -> Self {
        Self(bytes)
    }
}

/// One entry, lent by its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRef<'b> {
    /// The key.
    pub key: &'b [u8],
    /// Its sequence number; 0 where the table has none.
    pub sequence: u64,
    /// Its value; none is a tombstone.
    pub value: Option<&'b [u8]>,
}

/// Whether keys have to ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyOrder {
    /// They are not looked at: an index whose keys nobody believes.
    Any,
    /// Equal ones are versions of a key.
    Ascending,
    /// As in blocks of ours.
    Strict,
}

/// What of a block comes into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'k> {
    /// All of it, and heads: it will be searched often.
    Searched,
    /// All of it.
    Plain,
    /// As little as possible, but at least the entry with this key, if there is one.
    Only(&'k [u8]),
}

/// What stands after the restart array: how many there are, and the checksum.
pub(super) const TRAILER: usize = 4 + CHECKSUM;
/// Where an entry starts is a u32.
const START: usize = 4;
const CHECKSUM: usize = 8;

impl Block {
    /// A block as we write it.
    pub(super) fn of_ours(bytes: &[u8], form: Form<'_>) -> Result<Self, Failure> {
        WholeKeys::of_ours(bytes)?.block(form)
    }

    /// A block as Kevo writes it.
    pub(super) fn of_kevo(bytes: &[u8], has_sequences: bool, order: KeyOrder, form: Form<'_>) -> Result<Self, Failure> {
        verify_checksum(bytes)?;
        let delta = Delta::parse(bytes, has_sequences)?;
        if has_sequences && delta.all_keys_are_whole() {
            return WholeKeys::parse(bytes, order)?.block(form);
        }
        WholeKeys::parse(&delta::written_out(&delta)?, order)?.block(form)
    }

    /// The oversize record in a place, verified; in `Ok`, an error if it is none.
    pub(super) fn read_record(place: Place, source: &Source) -> Result<Result<Self, &'static str>, Error> {
        source.check_inside(place)?;
        Self::of_record(place.size as usize, |bytes| source.fill(bytes, place.offset))
    }

    /// An oversize record of so many bytes, which `fill` fills in: where they are to stay, since they may be many. In
    /// `Ok`, an error if it is none.
    pub(super) fn of_record(
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<Result<Self, &'static str>, Error> {
        let header =
            Header { entries: oversize::MARK.len(), len: 1, shared: None, is_oversize: true, has_versions: false };
        let mut bytes = ThinArc::zeroed(header, len).ok_or_else(|| memory::refused::<u8>(len))?;
        fill(bytes.get_mut().unwrap_or_default())?;
        Ok(verify_checksum(bytes.bytes()).and_then(|()| {
            let is_record = oversize::parse(&bytes.bytes()[..len - CHECKSUM]).is_some();
            if is_record { Ok(Self(bytes)) } else { Err("an oversize record that is none") }
        }))
    }

    #[inline]
    pub(super) fn shared_bytes(&self) -> &Shared {
        &self.0
    }

    #[inline]
    fn header(&self) -> &Header {
        self.0.header()
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.header().len
    }

    /// Whether it has none; only an index can be so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        self.0.weight()
    }

    pub(super) fn is_oversize(&self) -> bool {
        self.header().is_oversize
    }

    pub(super) fn has_versions(&self) -> bool {
        self.header().has_versions
    }

    /// Its first key and its last.
    pub(super) fn bounds(&self) -> Option<(&[u8], &[u8])> {
        (!self.is_empty()).then(|| (self.key(0), self.key(self.len() - 1)))
    }

    /// Whether both are the same block in memory.
    #[inline]
    pub fn is_same(&self, other: &Self) -> bool {
        ThinArc::ptr_eq(&self.0, &other.0)
    }

    /// The key of entry `at`, which is below [`Block::len`].
    #[inline]
    pub fn key(&self, at: usize) -> &[u8] {
        let (start, end) = self.key_range(at);
        &self.0.bytes()[start..end]
    }

    /// Entry `at`, which is below [`Block::len`].
    #[inline]
    pub fn entry(&self, at: usize) -> EntryRef<'_> {
        let ((start, end), bytes) = (self.key_range(at), self.0.bytes());
        let len = le_u32(bytes, end + 8);
        let value = (len != TOMBSTONE).then(|| &bytes[end + 12..end + 12 + len as usize]);
        EntryRef { key: &bytes[start..end], sequence: le_u64(bytes, end), value }
    }

    #[inline]
    fn key_range(&self, at: usize) -> (usize, usize) {
        let (header, bytes) = (self.header(), self.0.bytes());
        if header.is_oversize {
            let start = header.entries;
            return (start + 4, start + 4 + le_u32(bytes, start) as usize);
        }
        let stride = if header.shared.is_some() { PAIR } else { START };
        let start = header.entries + le_u32(bytes, stride * at) as usize;
        (start + 2, start + 2 + usize::from(le_u16(bytes, start)))
    }

    /// The first entry with this key.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let among = match self.shared() {
            None => 0..self.len(),
            // Whether it begins as the others do, is seen when it is compared as a whole.
            Some(shared) if key.len() >= shared => self.with_head(key, shared),
            Some(_) => return None,
        };
        let at = if among.len() > 1 { self.lower_bound_in(among.clone(), key) } else { among.start };
        (at < among.end && self.key(at) == key).then_some(at)
    }

    /// The first entry at or above `key`: [`Block::len`] if there is none.
    #[inline]
    pub fn lower_bound(&self, key: &[u8]) -> usize {
        let among = match self.shared() {
            Some(shared) if key.starts_with(&self.key(0)[..shared]) => self.with_head(key, shared),
            _ => 0..self.len(),
        };
        self.lower_bound_in(among, key)
    }

    /// The first entry from `from` on that is at or above `key`: [`Block::len`] if there is none. It is faster the
    /// nearer that is.
    pub(crate) fn lower_bound_from(&self, from: usize, key: &[u8]) -> usize {
        let (len, mut low, mut reach) = (self.len(), from, 1);
        while low + reach <= len && self.key(low + reach - 1) < key {
            low += reach;
            reach *= 2;
        }
        self.lower_bound_in(low..len.min(low + reach), key)
    }

    /// How many bytes all keys begin with, if it has heads.
    #[inline]
    fn shared(&self) -> Option<usize> {
        self.header().shared.map(|shared| shared as usize)
    }

    /// The entries whose keys have the same head as `key`, which has so many bytes as all of them begin with.
    #[inline]
    fn with_head(&self, key: &[u8], shared: usize) -> Range<usize> {
        let (pairs, head) = (&self.0.bytes()[..self.header().entries], heads::head(key, shared));
        let (pairs, _) = pairs.as_chunks::<PAIR>();
        let first = heads::below(pairs, head);
        first..first + heads::equal(&pairs[first..], head)
    }

    /// The first of these entries at or above `key`: their end if there is none.
    #[inline]
    fn lower_bound_in(&self, entries: Range<usize>, key: &[u8]) -> usize {
        let (mut low, mut size) = (entries.start, entries.len());
        // No branch depends on how the comparison turned out: it would be guessed wrong every second time.
        while size > 1 {
            let half = size / 2;
            let is_below = self.key(low + half) < key;
            low = if is_below { low + half } else { low };
            size -= half;
        }
        low + usize::from(size == 1 && self.key(low) < key)
    }
}

/// The bytes of a block whose entries have whole keys, all of them looked at.
pub(super) struct WholeKeys<'b> {
    entries: &'b [u8],
    /// Where each entry starts; [`START`] bytes each.
    starts: &'b [u8],
    has_versions: bool,
}

impl<'b> WholeKeys<'b> {
    /// Of a block as we write it.
    pub(super) fn of_ours(bytes: &'b [u8]) -> Result<Self, &'static str> {
        verify_checksum(bytes)?;
        Self::parse(bytes, KeyOrder::Strict)
    }

    /// Of entries, the restart array, its length, and a checksum that is not looked at.
    fn parse(bytes: &'b [u8], order: KeyOrder) -> Result<Self, &'static str> {
        let trailer = bytes.len() - TRAILER;
        let len = le_u32(bytes, trailer) as usize;
        let array = trailer.checked_sub(START * len).ok_or("a block with more restart points than room")?;
        let starts = &bytes[array..trailer];
        let mut entries = Rest(&bytes[..array]);
        let (mut before, mut has_versions): (&[u8], bool) = (&[], false);
        for at in 0..len {
            let start = array - entries.0.len();
            if le_u32(starts, START * at) as usize != start {
                return Err("a block with a restart point that is not at an entry");
            }
            let key = whole_key_entry(&mut entries).ok_or("a block with an entry that does not fit")?;
            if at > 0 && order != KeyOrder::Any && key <= before {
                if key < before || order == KeyOrder::Strict {
                    return Err("a block whose keys do not ascend");
                }
                has_versions = true;
            }
            before = key;
        }
        if !entries.is_empty() {
            return Err("a block with bytes after its last entry");
        }
        Ok(Self { entries: &bytes[..array], starts, has_versions })
    }

    /// How many there are.
    fn len(&self) -> usize {
        self.starts.len() / START
    }

    fn start(&self, at: usize) -> u32 {
        le_u32(self.starts, START * at)
    }

    fn key(&self, at: usize) -> &'b [u8] {
        let start = self.start(at) as usize;
        &self.entries[start + 2..][..usize::from(le_u16(self.entries, start))]
    }

    /// The first key and the last.
    pub(super) fn bounds(&self) -> Option<(&'b [u8], &'b [u8])> {
        (self.len() > 0).then(|| (self.key(0), self.key(self.len() - 1)))
    }

    /// A copy of it that can be asked.
    pub(super) fn block(&self, form: Form<'_>) -> Result<Block, Failure> {
        match (form, self.bounds()) {
            (Form::Searched, Some((first, last))) => self.searched(common_prefix_len(first, last)),
            (Form::Only(key), _) => self.only(key),
            _ => self.plain(),
        }
    }

    /// All entries with their heads; so many bytes are at the start of all keys.
    fn searched(&self, shared: usize) -> Result<Block, Failure> {
        let front = |at| heads::pair(self.start(at), heads::head(self.key(at), shared));
        self.written(self.len(), Some(shared as u32), front, self.entries)
    }

    fn plain(&self) -> Result<Block, Failure> {
        self.written(self.len(), None, |at| self.start(at).to_le_bytes(), self.entries)
    }

    /// The first entry with this key, if there is one.
    fn only(&self, key: &[u8]) -> Result<Block, Failure> {
        let at = self.lower_bound(key);
        let is_there = at < self.len() && self.key(at) == key;
        let end = if at + 1 < self.len() { self.start(at + 1) as usize } else { self.entries.len() };
        let entry = if is_there { &self.entries[self.start(at) as usize..end] } else { &[] };
        self.written(usize::from(is_there), None, |_| [0; START], entry)
    }

    /// The first entry at or above `key`.
    fn lower_bound(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) < key { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// A block of these entries, which are `len`. In front of them all stands `front` of each.
    fn written<const N: usize>(
        &self,
        len: usize,
        shared: Option<u32>,
        front: impl Fn(usize) -> [u8; N],
        entries: &[u8],
    ) -> Result<Block, Failure> {
        let header = Header { entries: N * len, len, shared, is_oversize: false, has_versions: self.has_versions };
        let size = N * len + entries.len();
        let bytes = ThinArc::written(header, size, |rest| {
            (0..len).for_each(|at| rest.push(&front(at)));
            rest.push(entries);
        });
        bytes.map(Block).ok_or(Failure::NoMemory(size))
    }
}

/// Takes an entry with its whole key; gives the key.
fn whole_key_entry<'b>(entries: &mut Rest<'b>) -> Option<&'b [u8]> {
    let len = entries.u16()?;
    let key = entries.take(usize::from(len))?;
    entries.take(8)?;
    value(entries, true).ok()?;
    Some(key)
}

/// Takes a value and its length, in `Ok` none if it is a tombstone.
pub(super) fn value<'b>(entries: &mut Rest<'b>, has_tombstones: bool) -> Result<Option<&'b [u8]>, DoesNotFit> {
    let len = entries.u32().ok_or(DoesNotFit)?;
    if len == TOMBSTONE && has_tombstones {
        return Ok(None);
    }
    entries.take(len as usize).map(Some).ok_or(DoesNotFit)
}

/// There are not so many bytes.
pub(super) struct DoesNotFit;

/// Of a block or a record: its last eight bytes cover all others.
pub(super) fn verify_checksum(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.len() < TRAILER {
        return Err("a block of less than 12 bytes");
    }
    let checksum = bytes.len() - CHECKSUM;
    if XxHash64::oneshot(0, &bytes[..checksum]) == le_u64(bytes, checksum) {
        Ok(())
    } else {
        Err("its checksum does not match")
    }
}

/// Why there is no block.
#[derive(Debug)]
pub(super) enum Failure {
    Damaged(&'static str),
    /// So many bytes could not be had.
    NoMemory(usize),
}

impl Failure {
    /// The error that it is for what stands in `place`.
    pub(super) fn at(self, place: Place, source: &Source) -> Error {
        match self {
            Self::Damaged(what) => source.corrupt(place, what),
            Self::NoMemory(bytes) => Error::NoMemory(bytes as u64),
        }
    }
}

impl From<&'static str> for Failure {
    fn from(what: &'static str) -> Self {
        Self::Damaged(what)
    }
}

/// What comes after a key: its sequence number, the length of the value, and the value. There is room for it.
pub(super) fn push_value(bytes: &mut Vec<u8>, sequence: u64, value: Option<&[u8]>) {
    bytes.extend_from_slice(&sequence.to_le_bytes());
    let len = value.map_or(TOMBSTONE, |value| value.len() as u32);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(value.unwrap_or_default());
}
