//! Opening a database: the steps of `docs/versions.md`, in their order.
//!
//! ```text
//! look      what is in the directories
//! known     steps 2 and 3: what VERSIONS says, and whether it is there
//! logs      steps 4 and 5: what the logs hold
//! finish    steps 6 to 10: what changes on disk
//! catch_up  steps 2 to 5 again, for a handle that is read-only
//! ```

mod catch_up;
mod finish;
mod known;
mod logs;
mod look;

use super::database::{Database, Settings};
use super::directory::DatabaseDirectory;
use super::options::{DbOptions, MAX_MEMTABLES, MEMTABLE_SIZE};
use super::tables::Tables;
use crate::disk::{Disk, FileId, Lock, Locked};
use crate::error::Error;
use crate::kevo_directory::Manifest;
use crate::memory::copied_path;
use crate::recovery::options::{Mode, Options};
use crate::recovery::progress::Callback;
use crate::recovery::report::Report;
use crate::sync::blocking::Instant;
use crate::table::WriterOptions;
use crate::version::run::LiveTable;
pub(super) use finish::{Runs, UNREADABLE};
pub(super) use known::Known;
use logs::Recovered;
pub(super) use logs::{LEAST_WINDOW, parts};
pub(super) use look::{FoundLog, Place, names, place};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often a read-only opening begins again if the database changes under it.
const ATTEMPTS: usize = 100;

/// What the steps of an opening share.
pub(super) struct Opening<'o> {
    disk: Arc<dyn Disk>,
    directory: DatabaseDirectory,
    options: &'o DbOptions,
    settings: Settings,
    manifest: Manifest,
    pub(super) report: &'o mut Report,
    /// `None` if the opening is read-only.
    lock: Option<Box<dyn Lock>>,
    /// What a handle that catches up has open, in the order of names: what is still there is not opened again.
    open_tables: Vec<Arc<LiveTable>>,
    /// New tables of Kevo that cannot be read, and are not missed, since logs have what they held.
    unreadable: Vec<PathBuf>,
    /// Directories that this opening has made.
    made: Vec<PathBuf>,
}

/// What the files say, before anything has changed on disk.
struct Findings {
    recovered: Recovered,
    runs: Runs,
}

/// Opens the database in the directory `path`. The report is set on failure, too.
pub(crate) fn open(
    disk: &Arc<dyn Disk>,
    path: &Path,
    options: &DbOptions,
    progress: Option<Callback<'_>>,
) -> (Result<Database, Error>, Report) {
    let (mut report, mut progress) = (Report::default(), progress);
    let mut attempt = || {
        report = Report::default();
        let own = progress.as_mut().map(|progress| &mut **progress as Callback<'_>);
        open_reporting(Arc::clone(disk), path, options, own, &mut report)
    };
    let opened = if options.read_only { until_unchanged(&**disk, path, attempt) } else { attempt() };
    (opened, report)
}

/// Reads the files of a database that another process may write: again, if that may have replaced what was about to be
/// read.
fn until_unchanged<T>(disk: &dyn Disk, path: &Path, mut read: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..ATTEMPTS {
        let before = versions_now(disk, path);
        let found = read();
        if found.is_ok() || versions_now(disk, path) == before {
            return found;
        }
    }
    read()
}

/// Which file `VERSIONS` is, and how long.
fn versions_now(disk: &dyn Disk, path: &Path) -> Option<(FileId, u64)> {
    let info = disk.info(&DatabaseDirectory::new(path).versions()).ok()?;
    Some((info.id, info.length))
}

fn open_reporting(
    disk: Arc<dyn Disk>,
    path: &Path,
    options: &DbOptions,
    progress: Option<Callback<'_>>,
    report: &mut Report,
) -> Result<Database, Error> {
    options.check()?;
    let began = Instant::now();
    let directory = DatabaseDirectory::new(path);
    let place = place(&*disk, &directory)?;
    check_place(place, &directory, options)?;
    let made = place == Place::Missing;
    if made {
        make_root(&*disk, &directory)?;
    }
    let lock = if options.read_only { None } else { Some(lock(&*disk, &directory)?) };
    let mut opening = Opening::begin(disk, directory, options, report, lock)?;
    let tables = opening.tables();
    let opened = opening.find(&tables, progress).and_then(|findings| opening.finish(findings, tables));
    match &opened {
        Ok(database) => database.inner.tell_opened(opening.report, began),
        Err(_) => opening.remove_made(),
    }
    opened
}

impl<'o> Opening<'o> {
    /// Reads `MANIFEST`, and nothing else.
    pub(super) fn begin(
        disk: Arc<dyn Disk>,
        directory: DatabaseDirectory,
        options: &'o DbOptions,
        report: &'o mut Report,
        lock: Option<Box<dyn Lock>>,
    ) -> Result<Self, Error> {
        let manifest = Manifest::load(&*disk, directory.root())?;
        let settings = settings(&manifest, options);
        let (open_tables, unreadable, made) = Default::default();
        Ok(Self { disk, directory, options, settings, manifest, report, lock, open_tables, unreadable, made })
    }

    /// How logs are read: each window becomes one memtable, however large it is.
    pub(super) fn recovery(&self) -> Options {
        Options { memtable_size: u64::MAX, max_memtables: usize::MAX, ..self.options.recovery }
    }

    /// What `MANIFEST` says.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads all that an opening reads, for what it has to report.
    pub(super) fn report_all(&mut self, tables: &Tables) -> Result<(), Error> {
        self.find(tables, None).map(drop)
    }

    fn find(&mut self, tables: &Tables, progress: Option<Callback<'_>>) -> Result<Findings, Error> {
        let mut known = self.known()?;
        let runs = self.open_all(&mut known, tables)?;
        let recovered = self.recover(known, tables, progress)?;
        Ok(Findings { recovered, runs })
    }

    /// Removes the directories that a failed opening has made, if nothing is in them.
    fn remove_made(&mut self) {
        for directory in self.made.drain(..) {
            let _ = self.disk.remove_directory(&directory);
        }
    }

    pub(super) fn tables(&self) -> Tables {
        Tables::new(
            &self.disk,
            self.directory.sst(),
            self.settings.tables,
            self.options.cache_size,
            self.options.max_open_files,
            self.skips_corrupted(),
        )
    }

    fn skips_corrupted(&self) -> bool {
        self.options.recovery.mode == Mode::SkipCorrupted
    }
}

fn check_place(place: Place, directory: &DatabaseDirectory, options: &DbOptions) -> Result<(), Error> {
    let path = || copied_path(directory.root());
    let none = |what| path().map(|path| Error::NotADatabase { path, what });
    match place {
        Place::Other(what) => Err(none(what)?),
        Place::Database if options.error_if_exists => Err(Error::Exists { path: path()? }),
        Place::Missing if options.read_only || !options.create_if_missing => Err(none("there is nothing")?),
        Place::Empty if options.read_only || !options.create_if_missing => Err(none("the directory is empty")?),
        _ => Ok(()),
    }
}

fn make_root(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<(), Error> {
    let root = directory.root();
    let parent = root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = disk.create_directory(root).and_then(|()| disk.open_directory(parent)?.sync());
    made.map_err(|error| Error::io(root, None, error))
}

fn lock(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<Box<dyn Lock>, Error> {
    let path = directory.lock();
    match disk.lock(&path) {
        Ok(Locked::Mine(lock)) => Ok(lock),
        Ok(Locked::By(process)) => Err(Error::Locked { path, process }),
        Err(error) => Err(Error::io(&path, None, error)),
    }
}

/// What the options say; else `MANIFEST`; else the default.
fn settings(manifest: &Manifest, options: &DbOptions) -> Settings {
    let max_memtables = options.max_memtables.or_else(|| manifest.max_memtables().map(|count| count as usize));
    let kevos_memtable_size = options.memtable_size.or_else(|| manifest.kevos_memtable_size());
    Settings {
        read_only: options.read_only,
        kevos_memtable_size: kevos_memtable_size.unwrap_or(MEMTABLE_SIZE),
        memtable_size: options.memtable_size.or_else(|| manifest.memtable_size()).unwrap_or(MEMTABLE_SIZE),
        max_memtables: max_memtables.unwrap_or(MAX_MEMTABLES),
        sync: options.sync,
        log_size: options.log_size,
        log_mapped: options.log_mapped,
        log_retention: options.log_retention,
        table_size: options.table_size,
        tables: WriterOptions { block_size: options.block_size, filter_bits: options.filter_bits },
        compaction: options.compaction,
        compaction_threads: options.compaction_threads,
        compaction_rate: options.compaction_rate,
        logger: options.logger.clone(),
    }
}
