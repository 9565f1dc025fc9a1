//! What is in C: kevo.h as C programs use it, the binary interface, and the programs `kevo` and `kevo-dump`.

mod abi;
mod cancellation;
mod documents;
mod export_directory;
mod faults;
mod harness;
mod header;
mod kevo_dump;
mod kevo_dump_database;
mod kevo_dump_table;
mod kevo_dump_terminal;
mod kevo_tool;
mod kill;
mod no_memory;
mod power;
mod refused;
#[path = "../support/mod.rs"]
mod support;
mod untouched;
