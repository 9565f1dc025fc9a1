//! The programs that are measured: the measure.c of a benchmark, linked with a store.

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

/// A store beside libkevo. Its source is C or C++.
pub struct Peer {
    pub name: &'static str,
    pub source: &'static str,
    pub header: &'static str,
    pub link: &'static str,
    /// The package of Debian that has the header.
    pub package: &'static str,
}

impl Program {
    /// The libkevo that was built for this benchmark, with the kevo.c and the measure.c of the directory `sources`.
    pub fn kevo(sources: &str, directory: &Path) -> Self {
        Self::with_kevo("libkevo", sources, directory, &link_shared(directory))
    }

    /// The libkevo in the directory `library`.
    #[allow(dead_code)] // Not every benchmark uses all of it.
    pub fn kevo_in(sources: &str, directory: &Path, library: &Path) -> Self {
        let library = fs::canonicalize(library.join("libkevo.so")).expect("a directory in which libkevo.so is");
        let directory = directory.join("beside");
        fs::create_dir(&directory).expect("a directory");
        for name in ["libkevo.so", "libkevo.so.0"] {
            symlink(&library, directory.join(name)).expect("a link to the library");
        }
        let link =
            [format!("-L{0}", directory.display()), "-lkevo".into(), format!("-Wl,-rpath,{}", directory.display())];
        Self::with_kevo("before", sources, &directory, &link.map(OsString::from))
    }

    fn with_kevo(name: &'static str, sources: &str, directory: &Path, link: &[OsString]) -> Self {
        let store = directory.join("kevo.o");
        let include = format!("-I{}", in_repository("include").display());
        let source = in_repository(sources).join("kevo.c");
        succeed(c().args(WARNINGS).args([&include, "-c", "-o"]).arg(&store).arg(source));
        let measure = measure(sources, directory);
        Self::linked(name, directory, c().args([measure, store]).args(link))
    }

    /// The other stores, if they are installed.
    pub fn peers(sources: &str, peers: &[Peer], directory: &Path) -> Vec<Self> {
        if compiler("CXX", "c++").arg("--version").output().is_err() {
            eprintln!("There is no C++ compiler (c++, or what CXX says), so the peers in C++ are left out.");
        }
        let installed = peers.iter().filter(|peer| peer.is_installed(directory));
        installed.map(|peer| peer.program(sources, directory)).collect()
    }

    /// The plain reading that recovery is compared to.
    #[allow(dead_code)]
    pub fn read_and_checksum() -> Self {
        let path = env::current_exe().expect("this program");
        Self { name: "read + CRC-32", version: String::new(), path, first: Some(READ_AND_CHECKSUM) }
    }

    /// `linker` has all its arguments except the name of its output.
    fn linked(name: &'static str, directory: &Path, linker: &mut Command) -> Self {
        let path = directory.join(name);
        succeed(linker.args(["-pthread", "-lm", "-o"]).arg(&path));
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
    #[allow(dead_code)]
    pub fn command_under(&self, runner: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(runner);
        command.args(arguments).arg(&self.path).args(self.first);
        command
    }
}

impl Peer {
    fn is_installed(&self, directory: &Path) -> bool {
        let probe = directory.join(self.source).with_file_name(format!("probe-{}", self.source));
        fs::write(&probe, format!("#include <{}>\n", self.header)).expect("a file");
        let found = self.compiler().arg("-fsyntax-only").arg(&probe).output();
        let found = found.is_ok_and(|output| output.status.success());
        if !found {
            let Self { name, package, .. } = self;
            eprintln!("{name} is not installed (Debian: apt-get install {package}), so it is left out.");
        }
        found
    }

    fn program(&self, sources: &str, directory: &Path) -> Program {
        let store = directory.join(self.source).with_extension("o");
        let source = in_repository(sources).join(self.source);
        succeed(self.compiler().args(["-Wall", "-Wextra", "-c", "-o"]).arg(&store).arg(source));
        let measure = measure(sources, directory);
        Program::linked(self.name, directory, self.compiler().args([store, measure]).arg(self.link))
    }

    fn compiler(&self) -> Command {
        if Path::new(self.source).extension().is_some_and(|extension| extension == "c") { c() } else { cpp() }
    }
}

/// The object file of measure.c, which includes headers from its own directory.
fn measure(sources: &str, directory: &Path) -> PathBuf {
    let object = directory.join("measure.o");
    let source = in_repository(sources).join("measure.c");
    succeed(c().args(WARNINGS).args(["-pthread", "-c", "-o"]).arg(&object).arg(source));
    object
}

fn c() -> Command {
    let mut compiler = compiler("CC", "cc");
    compiler.args(["-std=c11", "-O2", "-I"]).arg(in_repository("benches/support"));
    compiler
}

fn cpp() -> Command {
    let mut compiler = compiler("CXX", "c++");
    // LevelDB is usually built without RTTI, and then has no type information for classes derived from its own.
    compiler.args(["-std=c++17", "-O2", "-fno-rtti", "-I"]).arg(in_repository("benches/support"));
    compiler
}
