//! The programs that are measured: measure.c, linked with a store.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::compile::{WARNINGS, compiler, link_shared, succeed};
use crate::library::in_repository;

/// Tells this program to read and checksum the log in the directory that follows.
pub const READ_AND_CHECKSUM: &str = "--read-and-checksum";

#[derive(Clone)]
pub struct Program {
    pub name: &'static str,
    pub version: String,
    path: PathBuf,
    /// The argument before all others.
    first: Option<&'static str>,
}

struct Peer {
    name: &'static str,
    source: &'static str,
    header: &'static str,
    link: &'static str,
    package: &'static str,
}

const PEERS: [Peer; 2] = [
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
];

impl Program {
    /// The libkevo that was built for this benchmark.
    pub fn kevo(directory: &Path) -> Self {
        Self::with_kevo("libkevo", directory, &link_shared(directory))
    }

    /// The libkevo in the directory `library`.
    pub fn kevo_in(directory: &Path, library: &Path) -> Self {
        let library = fs::canonicalize(library.join("libkevo.so")).expect("a directory in which libkevo.so is");
        let directory = directory.join("beside");
        fs::create_dir(&directory).expect("a directory");
        for name in ["libkevo.so", "libkevo.so.0"] {
            symlink(&library, directory.join(name)).expect("a link to the library");
        }
        let link =
            [format!("-L{0}", directory.display()), "-lkevo".into(), format!("-Wl,-rpath,{}", directory.display())];
        Self::with_kevo("before", &directory, &link.map(OsString::from))
    }

    fn with_kevo(name: &'static str, directory: &Path, link: &[OsString]) -> Self {
        let store = directory.join("kevo.o");
        let include = format!("-I{}", in_repository("include").display());
        succeed(c().args(WARNINGS).args([&include, "-c", "-o"]).arg(&store).arg(source("kevo.c")));
        let measure = measure(directory);
        Self::linked(name, directory, c().args([measure, store]).args(link))
    }

    /// The other stores, if they are installed.
    pub fn peers(directory: &Path) -> Vec<Self> {
        if compiler("CXX", "c++").arg("--version").output().is_err() {
            eprintln!("There is no C++ compiler (c++, or what CXX says), so libkevo is measured without its peers.");
            return Vec::new();
        }
        PEERS.iter().filter(|peer| peer.is_installed(directory)).map(|peer| peer.program(directory)).collect()
    }

    /// The plain reading that recovery is compared to.
    pub fn read_and_checksum() -> Self {
        let path = env::current_exe().expect("this program");
        Self { name: "read + CRC-32", version: String::new(), path, first: Some(READ_AND_CHECKSUM) }
    }

    /// `linker` has all its arguments except the name of its output.
    fn linked(name: &'static str, directory: &Path, linker: &mut Command) -> Self {
        let path = directory.join(name);
        succeed(linker.arg("-pthread").arg("-o").arg(&path));
        let mut program = Self { name, version: String::new(), path, first: None };
        let version = succeed(program.command().arg("--version"));
        String::from_utf8_lossy(&version.stdout).trim().clone_into(&mut program.version);
        program
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(self.first);
        command
    }

    /// The same command, run by another program.
    pub fn command_under(&self, runner: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(runner);
        command.args(arguments).arg(&self.path).args(self.first);
        command
    }
}

impl Peer {
    fn is_installed(&self, directory: &Path) -> bool {
        let probe = directory.join("probe.cpp");
        fs::write(&probe, format!("#include <{}>\n", self.header)).expect("a file");
        let found = cpp().arg("-fsyntax-only").arg(&probe).output().is_ok_and(|output| output.status.success());
        if !found {
            let Self { name, package, .. } = self;
            eprintln!("{name} is not installed (Debian: apt-get install {package}), so it is left out.");
        }
        found
    }

    fn program(&self, directory: &Path) -> Program {
        let store = source(self.source);
        let measure = measure(directory);
        Program::linked(self.name, directory, cpp().args(["-Wall", "-Wextra"]).args([store, measure]).arg(self.link))
    }
}

/// The object file of measure.c.
fn measure(directory: &Path) -> PathBuf {
    let object = directory.join("measure.o");
    succeed(c().args(WARNINGS).args(["-c", "-o"]).arg(&object).arg(source("measure.c")));
    object
}

fn c() -> Command {
    let mut compiler = compiler("CC", "cc");
    compiler.args(["-std=c11", "-O2"]);
    compiler
}

fn cpp() -> Command {
    let mut compiler = compiler("CXX", "c++");
    // LevelDB is usually built without RTTI, and then has no type information for classes derived from its own.
    compiler.args(["-std=c++17", "-O2", "-fno-rtti"]);
    compiler
}

fn source(name: &str) -> PathBuf {
    in_repository("benches/peers").join(name)
}
