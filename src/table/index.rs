//! The index of a table of ours, as it is kept in memory: 16 bytes a block, and some more where keys are much alike.
//!
//! A table has many blocks, and their last keys are often long. To lead to a block, eight bytes of its last key are
//! mostly enough. Sometimes what is kept does not tell whether a key comes before the end of a block or after it. Then
//! the block itself does.

use std::cmp::Ordering;
use std::collections::TryReserveError;

use twox_hash::XxHash3_64;

use super::block::{Block, Failure};
use super::heads;
use super::place::Place;
use super::sections;
use crate::key::{common_prefix_len, prefix};
use crate::memory;

pub(super) struct Index {
    /// What all last keys begin with.
    shared: Vec<u8>,
    /// The eight bytes of each last key after that; they ascend, and may be equal.
    heads: Vec<u64>,
    /// Of blocks whose head is not enough, more of their last keys.
    separators: Separators,
    /// Of the last keys: the block that is read must be the one that was written.
    hashes: Vec<u32>,
    starts: Starts,
    /// Where what comes after the last block begins.
    end: u64,
    /// The blocks, and their sizes, that do not end where the next block begins, or the end is.
    gaps: Vec<(u32, u32)>,
}

/// Where a key belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// In this block, or before its first key; after all blocks if it is their number.
    In(usize),
    /// There, or in the next one.
    InOrAfter(usize),
}

impl Index {
    /// `index` is that of a table whose blocks end at `data_end`.
    pub(super) fn of(index: &Block, data_end: u64) -> Result<Self, Failure> {
        let is_place = |at| index.entry(at).value.is_some_and(|value: &[u8]| value.len() == Place::SIZE);
        if !(0..index.len()).all(is_place) {
            return Err(Failure::Damaged("an index with an entry that is not a place"));
        }
        let place = |at| Place::parse(index.entry(at).value.unwrap_or_default());
        if !sections::follow_each_other((0..index.len()).map(place), data_end) {
            return Err(Failure::Damaged("an index whose blocks do not follow each other"));
        }
        let no_memory = |_| Failure::NoMemory(index.weight());
        let (count, blocks) = (index.len(), 0..index.len());
        let shared = index.bounds().map_or(&[][..], |(first, last)| &first[..common_prefix_len(first, last)]);
        let heads =
            collected(count, blocks.clone().map(|at| prefix(index.key(at), shared.len()))).map_err(no_memory)?;
        let hashes = collected(count, blocks.clone().map(|at| hash(index.key(at)))).map_err(no_memory)?;
        let next = |at| if at + 1 < index.len() { place(at + 1).offset } else { data_end };
        let gaps = blocks.clone().filter(|&at| place(at).end() != next(at));
        Ok(Self {
            separators: Separators::of(index, shared.len(), &heads).map_err(no_memory)?,
            starts: Starts::of(count, blocks.map(|at| place(at).offset), data_end).map_err(no_memory)?,
            gaps: collected(gaps.clone().count(), gaps.map(|at| (at as u32, place(at).size as u32)))
                .map_err(no_memory)?,
            shared: memory::copied(shared).map_err(no_memory)?,
            heads,
            hashes,
            end: data_end,
        })
    }

    /// How many blocks there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    pub(super) fn weight(&self) -> usize {
        self.shared.capacity()
            + self.heads.capacity() * size_of::<u64>()
            + self.separators.weight()
            + self.hashes.capacity() * size_of::<u32>()
            + self.starts.weight()
            + self.gaps.capacity() * size_of::<(u32, u32)>()
    }

    pub(super) fn start(&self, block: usize) -> u64 {
        self.starts.get(block)
    }

    pub(super) fn place(&self, block: usize) -> Place {
        let offset = self.start(block);
        if let Ok(gap) = self.gaps.binary_search_by_key(&(block as u32), |&(block, _)| block) {
            return Place::new(offset, u64::from(self.gaps[gap].1));
        }
        Place::between(offset, if block + 1 < self.len() { self.start(block + 1) } else { self.end })
    }

    #[inline]
    pub(super) fn seek(&self, key: &[u8]) -> Position {
        if !key.starts_with(&self.shared) {
            return Position::In(if key < self.shared.as_slice() { 0 } else { self.len() });
        }
        let head = prefix(key, self.shared.len());
        let first = heads::below(&self.heads, head);
        if self.heads.get(first) != Some(&head) {
            return Position::In(first);
        }
        let count = if self.heads.get(first + 1) == Some(&head) { self.count_from(first, head) } else { 1 };
        self.separators.seek(first, count, &key[self.shared.len()..])
    }

    /// How many blocks from `first` on have this head.
    fn count_from(&self, first: usize, head: u64) -> usize {
        head.checked_add(1).map_or(self.len() - first, |next| heads::below(&self.heads[first..], next))
    }

    /// Whether `key` is above all keys of the block; nothing if what is kept does not tell.
    pub(super) fn is_above(&self, key: &[u8], block: usize) -> Option<bool> {
        if !key.starts_with(&self.shared) {
            return Some(key > self.shared.as_slice());
        }
        match prefix(key, self.shared.len()).cmp(&self.heads[block]) {
            Ordering::Less => Some(false),
            Ordering::Greater => Some(true),
            Ordering::Equal => self.separators.is_above(&key[self.shared.len()..], block),
        }
    }

    /// Whether `key` seems to be the last one of the block. Others seem so once in four billion times.
    pub(super) fn is_last(&self, key: &[u8], block: usize) -> bool {
        self.hashes[block] == hash(key) && self.is_above(key, block) != Some(true)
    }
}

fn hash(key: &[u8]) -> u32 {
    XxHash3_64::oneshot(key) as u32
}

/// All of `items`, which are `count`.
fn collected<T>(count: usize, items: impl Iterator<Item = T>) -> Result<Vec<T>, TryReserveError> {
    let mut collected = Vec::new();
    collected.try_reserve_exact(count)?;
    collected.extend(items);
    Ok(collected)
}

/// Whether two heads may not be enough beside each other: if they differ in no byte but the last, or not in the last.
/// They end in what changes little then, such as the name of a column, and of the keys between the two many have the
/// head of the first. (Of random ones one pair in 256 is so.)
fn heads_are_alike(one: u64, other: u64) -> bool {
    one >> 8 == other >> 8 || one & 0xFF == other & 0xFF
}

/// Where the blocks begin.
enum Starts {
    /// In files of less than 4 GiB.
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Starts {
    fn of(count: usize, starts: impl Iterator<Item = u64>, end: u64) -> Result<Self, TryReserveError> {
        Ok(if u32::try_from(end).is_ok() {
            Self::Narrow(collected(count, starts.map(|start| start as u32))?)
        } else {
            Self::Wide(collected(count, starts)?)
        })
    }

    #[inline]
    fn get(&self, block: usize) -> u64 {
        match self {
            Self::Narrow(starts) => u64::from(starts[block]),
            Self::Wide(starts) => starts[block],
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Narrow(starts) => starts.capacity() * size_of::<u32>(),
            Self::Wide(starts) => starts.capacity() * size_of::<u64>(),
        }
    }
}

/// A separator is what the last key of a block begins with, after what all share: so much that those of its neighbours
/// begin otherwise. So all keys of the block before it are below it, and the block's last key is not.
struct Separators {
    /// The blocks that have one.
    blocks: Vec<u32>,
    /// Where it ends in `bytes`.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Separators {
    /// Bytes more than it takes to tell neighbours apart: the more, the fewer keys between two blocks begin with the
    /// separator of the first.
    const MORE: usize = 16;

    fn of(index: &Block, shared: usize, heads: &[u64]) -> Result<Self, TryReserveError> {
        let neighbours = |at: usize| [at.wrapping_sub(1), at + 1].into_iter().filter(|&other| other < heads.len());
        let blocks =
            (0..heads.len()).filter(|&at| neighbours(at).any(|other| heads_are_alike(heads[at], heads[other])));
        let separators = blocks.clone().map(|at| {
            let key = index.key(at);
            let alike = neighbours(at).map(|other| common_prefix_len(key, index.key(other))).max();
            &key[shared..key.len().min(alike.unwrap_or(shared) + 1 + Self::MORE)]
        });
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(separators.clone().map(<[u8]>::len).sum())?;
        let ends = separators.clone().scan(0, |end, separator| {
            *end += separator.len() as u32;
            Some(*end)
        });
        let count = blocks.clone().count();
        let ends = collected(count, ends)?;
        separators.for_each(|separator| bytes.extend_from_slice(separator));
        Ok(Self { blocks: collected(count, blocks.map(|at| at as u32))?, ends, bytes })
    }

    fn weight(&self) -> usize {
        (self.blocks.capacity() + self.ends.capacity()) * size_of::<u32>() + self.bytes.capacity()
    }

    fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start as usize..self.ends[at] as usize]
    }

    /// As [`Index::is_above`], where the heads are equal.
    fn is_above(&self, rest: &[u8], block: usize) -> Option<bool> {
        let at = self.blocks.binary_search(&(block as u32)).ok()?;
        let separator = self.get(at);
        (!rest.starts_with(separator)).then_some(separator < rest)
    }

    /// Among `count` blocks from `first` on, which have the head of the key. If there are several, all of them have a
    /// separator; `rest` is what comes in the key after what
    /// all share.
    fn seek(&self, first: usize, count: usize, rest: &[u8]) -> Position {
        let start = self.blocks.partition_point(|&block| (block as usize) < first);
        if self.blocks.get(start) != Some(&(first as u32)) {
            return Position::InOrAfter(first);
        }
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            if self.get(start + middle) <= rest { low = middle + 1 } else { high = middle }
        }
        match low.checked_sub(1) {
            Some(before) if rest.starts_with(self.get(start + before)) => Position::InOrAfter(first + before),
            _ => Position::In(first + low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, Position};
    use crate::table::block::{Block, Form};
    use crate::table::block_writer::BlockWriter;
    use crate::table::place::Place;

    /// An index of these last keys, in order, and of blocks that touch, but for every `gap`-th.
    fn index(keys: &[Vec<u8>], first: u64, gap: usize) -> (Index, Vec<Place>) {
        let (mut writer, mut bytes, mut places, mut at) = (BlockWriter::default(), Vec::new(), Vec::new(), first);
        for (number, key) in keys.iter().enumerate() {
            places.push(Place::new(at, 12 + number as u64 % 7));
            writer.push(&mut bytes, key, 0, Some(&places[number].encoded())).unwrap();
            at = places[number].end() + u64::from((number + 1).is_multiple_of(gap));
        }
        writer.finish(&mut bytes).unwrap();
        (Index::of(&Block::of_ours(&bytes, Form::Plain).unwrap(), at).unwrap(), places)
    }

    fn shapes() -> Vec<Vec<Vec<u8>>> {
        let mut state = 1_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut shapes: Vec<Vec<Vec<u8>>> = vec![
            vec![],
            vec![b"one".to_vec()],
            vec![b"a".to_vec(), b"a\0".to_vec(), b"a\0\0".to_vec(), b"aa".to_vec(), b"aaaaaaaaaaaa".to_vec()],
            (0..300).map(|_| random().to_be_bytes().repeat(2)).collect(),
            (0..300).map(|_| format!("user{:016}", random() % 100_000).into_bytes()).collect(),
            (0..300)
                .map(|_| format!("{:04}/the same in all of them/{}", random() % 9, random() % 500).into_bytes())
                .collect(),
            (0..300).map(|_| vec![b"\0\x01\xff"[random() as usize % 3]; 1 + random() as usize % 40]).collect(),
            (0..300).map(|_| (0..=random() % 12).map(|_| b"\0a"[random() as usize % 2]).collect()).collect(),
        ];
        for keys in &mut shapes {
            keys.sort();
            keys.dedup();
        }
        shapes
    }

    /// Keys, what lies closely beside them, and what they begin with.
    fn near(keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut near = vec![vec![], vec![0], vec![0xFF; 50]];
        for key in keys {
            near.push(key.clone());
            near.extend([0, b'5', 0xFF].map(|more| [key, &[more][..]].concat()));
            for len in [1, 5, 8, 9, 12, key.len() - 1].into_iter().filter(|&len| len < key.len()) {
                near.push(key[..len].to_vec());
                let changed = [key[len].wrapping_add(1), key[len].wrapping_sub(1)];
                near.extend(changed.map(|byte| [&key[..len], &[byte], &key[len + 1..]].concat()));
            }
        }
        near
    }

    #[test]
    fn a_key_is_where_it_belongs_or_in_doubt_only_with_its_neighbour() {
        for keys in shapes() {
            let (index, _) = index(&keys, 0, usize::MAX);
            let mut doubts = 0;
            let sought = near(&keys);
            for key in &sought {
                let expected = keys.partition_point(|last| last < key);
                match index.seek(key) {
                    Position::In(block) => assert_eq!(block, expected, "{key:?}"),
                    Position::InOrAfter(block) => {
                        doubts += 1;
                        assert!(
                            block == expected || block + 1 == expected,
                            "{block} or the next, not {expected}: {key:?}"
                        );
                    }
                }
                for block in
                    [expected.wrapping_sub(1), expected, expected + 1].into_iter().filter(|&at| at < keys.len())
                {
                    assert!(index.is_above(key, block).is_none_or(|is| is == (*key > keys[block])), "{key:?}, {block}");
                    assert_eq!(index.is_last(key, block), *key == keys[block], "{key:?}, {block}");
                }
            }
            // Keys that are chosen to be in doubt; the shape with the longest runs of one head has the most.
            assert!(doubts < sought.len(), "{doubts} of {}", sought.len());
        }
    }

    #[test]
    fn keys_as_programs_make_them_are_seldom_in_doubt() {
        let numbered = |number: usize| format!("some/prefix/{number:08}/and what comes after it").into_bytes();
        let lasts: Vec<Vec<u8>> = (1..1000).map(|block| numbered(34 * block - 1)).collect();
        let (index, _) = index(&lasts, 0, usize::MAX);
        let in_doubt = |number: &usize| matches!(index.seek(&numbered(*number)), Position::InOrAfter(_));
        let doubts = (0..34 * 999).filter(in_doubt).count();
        assert!(doubts <= 999, "{doubts}: more than the last keys themselves");
        assert!(index.weight() < 48 * 999, "{}", index.weight());
    }

    #[test]
    fn keys_of_rows_are_seldom_in_doubt() {
        for of_a_row in [3, 10, 35, 50, 99] {
            let key =
                |number: usize| format!("user{:05}/attribute{:02}", number / of_a_row, number % of_a_row).into_bytes();
            let lasts: Vec<Vec<u8>> = (1..1000).map(|block| key(34 * block - 1)).collect();
            let (index, _) = index(&lasts, 0, usize::MAX);
            let in_doubt = |number: &usize| matches!(index.seek(&key(*number)), Position::InOrAfter(_));
            let doubts = (0..34 * 999).filter(in_doubt).count();
            assert!(doubts <= 999, "{doubts} of rows of {of_a_row}: more than the last keys themselves");
        }
    }

    #[test]
    fn random_keys_need_no_more_than_heads() {
        let (index, _) = index(&shapes()[3], 0, usize::MAX);
        assert!(index.weight() < 300 * 17, "{}", index.weight());
    }

    #[test]
    fn places_are_those_of_the_index_wherever_the_file_ends_and_whatever_lies_between() {
        for first in [0, 5, u64::from(u32::MAX) - 2000, 1 << 40] {
            for (keys, gap) in shapes().into_iter().zip([1, 1, 2, 3, usize::MAX, 5, 7, 1]) {
                let (index, places) = index(&keys, first, gap);
                assert_eq!((0..index.len()).map(|block| index.place(block)).collect::<Vec<_>>(), places);
            }
        }
    }
}
