//! The database: histories, crashes, faults, damage, threads, snapshots, transactions, the feed, and turns with Kevo.

mod checkpoint;
mod crash;
mod damage;
mod events;
mod faults;
mod feed;
mod fuzzed;
mod kevo_databases;
mod kevo_directory;
mod kevo_turns;
mod model;
mod read_only;
mod released;
mod salvage;
#[path = "../support/mod.rs"]
mod support;
mod threads;
mod transactions;
mod transactions_checked;
mod verify;
mod versions;
