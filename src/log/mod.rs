//! The write-ahead log: bytes → records → entries and damage.
//!
//! A file is a sequence of records, with no blocks and no alignment:
//!
//! ```text
//!          0          4        6      7                      7 + n
//!          +----------+--------+------+----------- - - - ----+
//!  record  | CRC-32   | length | type |  payload             |   little-endian throughout
//!          | u32      | u16 =n | u8   |  n bytes             |   type: 1 FULL 2 FIRST 3 MIDDLE 4 LAST
//!          +----------+--------+------+----------- - - - ----+
//!          '-- covers the payload only: length and type are not checked by it
//! ```
//!
//! The payload of a FULL record, or of FIRST MIDDLE* LAST put together, is one entry:
//!
//! ```text
//!          0    1          9         13          13 + k      17 + k        17 + k + v
//!          +----+----------+---------+--- - - ---+-----------+---- - - ----+
//!  entry   | op | sequence | k       | key       | v         | value       |   op: 1 put 2 delete 3 merge 4 batch
//!          | u8 | u64      | u32     | k bytes   | u32       | v bytes     |   (a delete ends with its key)
//!          +----+----------+---------+--- - - ---+-----------+---- - - ----+
//! ```
//!
//! A *batch record* is a FULL entry of op 4 with an empty value, whose key is `count u32 | base u64 | ops`, each op
//! `op u8 | k u32 | key | [v u32 | value]`; op *i* has the sequence number base + i. A *batch header* is a FULL record
//! whose payload has exactly 13 bytes: op 4, the base where an entry has its sequence, and the count where it has `k`.
//! That many ordinary FULL entries follow.
//!
//! `docs/log-format.md` describes the format in full, with the rules for damage that `read::resync` and `read::reader`
//! apply.

pub(crate) mod bytes;
pub(crate) mod directory;
pub(crate) mod format;
pub(crate) mod position;
pub(crate) mod read;
pub(crate) mod row;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod write;
