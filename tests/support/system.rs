//! Recovers a log in a process of its own, for which the system fails as a test asks: tests/c/recover-one.c, with
//! tests/c/faults.c preloaded.
#![allow(dead_code)] // Not every test uses all of it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use rustix::io::Errno;
use tempfile::TempDir;

use super::compile::{self, link_shared, preloaded, program};

struct Built {
    recover_one: PathBuf,
    faults: PathBuf,
    _directory: TempDir,
}

fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let faults = preloaded("tests/c/faults.c", directory.path());
        let mut link = link_shared(directory.path());
        link.push("-ldl".into());
        let recover_one = program("tests/c/recover-one.c", "-std=c99", directory.path(), &link);
        Built { recover_one, faults, _directory: directory }
    })
}

/// What is to go wrong, as variables of the environment for tests/c/faults.c.
#[derive(Clone, Debug)]
pub struct Fault(Vec<(&'static str, OsString)>);

impl Fault {
    /// All calls of this name fail; of calls on files, those whose path ends with `path`.
    pub fn of(call: &str, path: impl AsRef<OsStr>) -> Self {
        Self(Vec::new()).and("FAULT_CALL", call).and("FAULT_PATH", path)
    }

    /// The read that includes the byte at `offset` fails.
    pub fn reading(path: impl AsRef<OsStr>, offset: usize) -> Self {
        Self::of("read", path).and("FAULT_OFFSET", offset.to_string())
    }

    /// Of the calls that ask for at least `size` bytes of memory, only the one with this number fails.
    pub fn of_memory(call: &str, size: usize, number: usize) -> Self {
        let number = number.to_string();
        let fault = Self::of(call, "").and("FAULT_SIZE", size.to_string()).with_errno(Errno::NOMEM);
        fault.and("FAULT_FIRST", &number).and("FAULT_LAST", &number)
    }

    pub fn with_errno(self, errno: Errno) -> Self {
        self.and("FAULT_ERRNO", errno.raw_os_error().to_string())
    }

    /// The call does not fail, but a shell command runs before it.
    pub fn running(self, command: impl AsRef<OsStr>) -> Self {
        self.and("FAULT_RUN", command)
    }

    pub fn and(mut self, variable: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.0.push((variable, value.as_ref().to_owned()));
        self
    }
}

/// What recover-one printed.
#[derive(Debug)]
pub struct Told {
    /// How many calls the fault hit.
    pub hits: u64,
    lines: Vec<(String, OsString)>,
}

impl Told {
    /// How many lines of this name there are.
    pub fn count(&self, name: &str) -> usize {
        self.lines.iter().filter(|(line, _)| line == name).count()
    }

    fn first(&self, name: &str) -> Option<&OsStr> {
        self.lines.iter().find(|(line, _)| line == name).map(|(_, value)| value.as_os_str())
    }

    pub fn path(&self) -> Option<PathBuf> {
        self.first("path").map(PathBuf::from)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.first(name).map(|value| value.to_str().expect("text"))
    }

    pub fn size(&self, name: &str) -> Option<usize> {
        self.text(name).map(|size| size.parse().expect("a size"))
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).map(|number| number.parse().expect("a number"))
    }
}

/// Recovers `wal_dir`; `arguments` are those of recover-one. The process must end by itself and leave no file open.
pub fn recover(wal_dir: &Path, arguments: &[&str], fault: Option<&Fault>) -> Told {
    let (output, hits) = run(wal_dir, arguments, fault);
    assert!(output.status.success(), "{}", compile::text_of(&output));
    let lines = output.stdout.split(|&byte| byte == b'\n').filter_map(|line| {
        let space = line.iter().position(|&byte| byte == b' ')?;
        Some((String::from_utf8(line[..space].to_vec()).unwrap(), OsStr::from_bytes(&line[space + 1..]).to_owned()))
    });
    let told = Told { hits, lines: lines.collect() };
    assert_eq!(told.number("descriptors"), Some(0), "files are left open: {told:?}");
    told
}

/// Recovers `wal_dir` in a process that is killed at the call that `fault` names. Returns how many calls were hit: 0 or
/// 1.
pub fn kill(wal_dir: &Path, arguments: &[&str], fault: Fault) -> u64 {
    let (output, hits) = run(wal_dir, arguments, Some(&fault.running("kill -9 $PPID")));
    assert_eq!(output.status.success(), hits == 0, "{}", compile::text_of(&output));
    hits
}

fn run(wal_dir: &Path, arguments: &[&str], fault: Option<&Fault>) -> (Output, u64) {
    let Built { recover_one, faults, .. } = built();
    let scratch = TempDir::new().unwrap();
    let hits = scratch.path().join("hits");
    let mut command = Command::new(recover_one);
    command.args(arguments).arg(wal_dir).stdin(Stdio::null());
    if let Some(Fault(variables)) = fault {
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.env("LD_PRELOAD", faults).env("FAULT_HITS", &hits);
    }
    (compile::run(&mut command), fs::metadata(hits).map_or(0, |hits| hits.len()))
}
