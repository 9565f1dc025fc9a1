//! The stores that are measured: libkevo in the ways in which it can write its log, and its peers.

use std::path::Path;

use crate::program::{Peer, Program};
use crate::run::Run;

/// Where measure.c and the stores are.
const SOURCES: &str = "benches/engine";

const PEERS: [Peer; 3] = [
    Peer {
        name: "LevelDB",
        source: "leveldb.cpp",
        header: "leveldb/db.h",
        link: "-lleveldb",
        package: "libleveldb-dev",
    },
    Peer {
        name: "RocksDB",
        source: "rocksdb.cpp",
        header: "rocksdb/db.h",
        link: "-lrocksdb",
        package: "librocksdb-dev",
    },
    Peer { name: LMDB, source: "lmdb.c", header: "lmdb.h", link: "-llmdb", package: "liblmdb-dev" },
];

const LMDB: &str = "LMDB";

pub struct Store {
    /// The head of its column.
    pub name: &'static str,
    pub program: Program,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Kevo,
    /// libkevo with its log written through a map.
    Mapped,
    /// libkevo with a log that lags behind by up to 64 KiB, or 10 ms, which a killed process loses.
    Buffered,
    /// A peer that has a log, memtables and sorted tables, as libkevo.
    Lsm,
    /// A peer of another kind.
    Tree,
}

/// libkevo's ways first, then the peers that are installed.
pub fn all(built: &Path) -> Vec<Store> {
    let kevo = Program::kevo(SOURCES, built);
    let ways = [("libkevo", Kind::Kevo), ("mapped", Kind::Mapped), ("buffered *", Kind::Buffered)];
    let ways = ways.map(|(name, kind)| Store { name, program: kevo.clone(), kind });
    let peers = Program::peers(SOURCES, &PEERS, built).into_iter().map(|program| Store {
        name: program.name,
        kind: if program.name == LMDB { Kind::Tree } else { Kind::Lsm },
        program,
    });
    ways.into_iter().chain(peers).collect()
}

impl Store {
    /// A run in a new directory.
    pub fn run(&self, workloads: &[String]) -> Run<'_> {
        let run = Run::new(&self.program, None, workloads);
        match self.kind {
            Kind::Mapped => run.option("--variant").option("mapped"),
            Kind::Buffered => run.option("--variant").option("buffered"),
            Kind::Kevo | Kind::Lsm | Kind::Tree => run,
        }
    }

    pub fn is_peer(&self) -> bool {
        matches!(self.kind, Kind::Lsm | Kind::Tree)
    }
}
