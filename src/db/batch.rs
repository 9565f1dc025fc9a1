//! A batch: operations that are written together.

use super::write::{MAX_KEY_LEN, MAX_VALUE_LEN};
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::log::format::mark::BATCH_RECORD_LEN;
use crate::log::write::record::encoded_len;
use crate::log_memtable::Operation;
use crate::memory::{push, refused};

/// Operations that are written together: all of them or none, in every crash. It may have one key more than once; the
/// last operation counts.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Keys and values, one after another.
    bytes: Vec<u8>,
    items: Vec<Item>,
    log_len: u64,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    start: usize,
    key_len: usize,
    /// `None` for a delete.
    value_len: Option<usize>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes all operations out.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
        self.log_len = 0;
    }

    /// Adds a put.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::NoMemory`]; then the batch is as it was.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.add(Operation::Put { key, value })
    }

    /// Adds a delete.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn delete(&mut self, key: &[u8]) -> Result<(), Error> {
        self.add(Operation::Delete { key })
    }

    /// Adds all operations of another batch.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`]; then the batch is as it was.
    pub fn append(&mut self, other: &Self) -> Result<(), Error> {
        self.bytes.try_reserve(other.bytes.len()).map_err(|_| refused::<u8>(other.bytes.len()))?;
        self.items.try_reserve(other.items.len()).map_err(|_| refused::<Item>(other.items.len()))?;
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.items.extend(other.items.iter().map(|item| Item { start: item.start + offset, ..*item }));
        self.log_len += other.log_len;
        Ok(())
    }

    /// Adds all of its own operations once more.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    #[doc(hidden)]
    pub fn append_itself(&mut self) -> Result<(), Error> {
        let (offset, count) = (self.bytes.len(), self.items.len());
        self.bytes.try_reserve(offset).map_err(|_| refused::<u8>(offset))?;
        self.items.try_reserve(count).map_err(|_| refused::<Item>(count))?;
        self.bytes.extend_from_within(..);
        self.items.extend_from_within(..);
        self.items[count..].iter_mut().for_each(|item| item.start += offset);
        self.log_len *= 2;
        Ok(())
    }

    /// Bytes of log that the delete of a key takes.
    pub(crate) fn log_len_of_delete(key: &[u8]) -> u64 {
        encoded_len(&Operation::Delete { key }.entry(0))
    }

    pub(super) fn add(&mut self, operation: Operation<'_>) -> Result<(), Error> {
        let (key, value) = match operation {
            Operation::Put { key, value } => (key, Some(value)),
            Operation::Delete { key } => (key, None),
        };
        let bytes = value.unwrap_or_default();
        if key.len() > MAX_KEY_LEN {
            return Err(Error::TooLarge("a key has at most 16 MiB"));
        }
        if bytes.len() > MAX_VALUE_LEN {
            return Err(Error::TooLarge("a value has at most 1 GiB"));
        }
        self.bytes.try_reserve(key.len() + bytes.len()).map_err(|_| refused::<u8>(key.len() + bytes.len()))?;
        push(&mut self.items, Item { start: self.bytes.len(), key_len: key.len(), value_len: value.map(<[u8]>::len) })?;
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(bytes);
        self.log_len += encoded_len(&operation.entry(0));
        Ok(())
    }

    /// Takes out all operations but the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        let Some(first) = self.items.get(count) else { return };
        let start = first.start;
        self.log_len -= self.operations().skip(count).map(|operation| encoded_len(&operation.entry(0))).sum::<u64>();
        self.items.truncate(count);
        self.bytes.truncate(start);
    }

    /// How many operations it has.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes of log that it will take.
    pub fn log_len(&self) -> u64 {
        self.log_len + if self.items.len() > 1 { BATCH_RECORD_LEN as u64 } else { 0 }
    }

    /// The operation number `index`, from 0; its sequence number is 0.
    pub fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let item = self.items.get(index)?;
        let (key, value) = self.parts(item);
        let op = if item.value_len.is_some() { Op::Put } else { Op::Delete };
        Some(Entry { op, sequence: 0, key, value })
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> + Clone {
        self.items.iter().map(|item| {
            let (key, value) = self.parts(item);
            if item.value_len.is_some() { Operation::Put { key, value } } else { Operation::Delete { key } }
        })
    }

    fn parts(&self, item: &Item) -> (&[u8], &[u8]) {
        let (key, rest) = self.bytes[item.start..].split_at(item.key_len);
        (key, &rest[..item.value_len.unwrap_or(0)])
    }
}
