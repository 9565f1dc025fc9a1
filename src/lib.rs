//! Recovers the write-ahead log of Kevo.
#![warn(missing_docs)]
