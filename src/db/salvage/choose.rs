//! Which version of a key is taken: the order of the sources, by `docs/versions.md`, "Salvage".

use super::merge::KeyMerge;
use crate::error::Error;
use crate::table::{self, LogUpTo, SourceTable, TableName};
use crate::version::run::{LiveTable, Run};
use std::path::PathBuf;
use std::sync::Arc;

/// Tables without overlaps, and where they stand in the order of age.
pub(super) struct Source {
    pub(super) run: Arc<Run>,
    pub(super) standing: Standing,
}

/// Where a source stands.
pub(super) enum Standing {
    /// A log that is needed.
    Log(LogAge),
    /// A run of this age.
    Run(u64),
    /// It is needed no more.
    Retired(Box<Retired>),
}

/// Whether what a log says of a key is newer than what a table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogAge {
    /// Always: `VERSIONS` says so.
    Newest,
    /// The sequence numbers tell: it is a log of ours.
    BySequence,
    /// It is newer than what has a sequence number up to this one: a log of Kevo, whose own numbers start again.
    Above(u64),
}

/// What it was that is needed no more.
pub(super) struct Retired {
    pub(super) path: PathBuf,
    pub(super) origin: Origin,
    /// It is a table that was being written: what it holds stood in what was needed then.
    pub(super) is_unfinished: bool,
    /// Something of it was taken.
    pub(super) is_used: bool,
}

pub(super) enum Origin {
    Log {
        name: String,
        age: LogAge,
    },
    /// A table: its name in `sst/` before it lost that, or that it was to have, and what it says it was made from.
    Table {
        name: Option<TableName>,
        made_from: Vec<SourceTable>,
        logs: SourceLogs,
    },
}

/// Which logs a table was made from.
pub(super) enum SourceLogs {
    These(Vec<LogUpTo>),
    /// It was being written, and does not say that yet.
    Any,
}

/// A table that is needed, and of which something is damaged; or all, if it could not be opened.
pub(super) struct Suspect {
    pub(super) path: PathBuf,
    pub(super) age: u64,
    pub(super) table: Option<Arc<LiveTable>>,
    /// For a key that it may have held something older was taken.
    pub(super) hides: bool,
}

/// What decides. Sources are in the order of age, the newest first; retired ones come last.
pub(super) struct Chooser {
    pub(super) sources: Vec<Source>,
    pub(super) suspects: Vec<Suspect>,
    /// The names of the logs that are needed, and of which something is damaged; or all, if a log is not there.
    damaged_logs: Vec<String>,
    /// Whether something may be gone of which nothing tells: `VERSIONS` did not say all that is needed.
    is_open_to_doubt: bool,
    /// The suspects that may have held the newest version of the key.
    hiding: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Best {
    source: usize,
    sequence: u64,
}

impl LogAge {
    /// Whether an entry of such a log, of this sequence number, is newer than one of a table.
    fn is_newer(self, sequence: u64, in_table: u64) -> bool {
        match self {
            Self::Newest => true,
            Self::BySequence => sequence >= in_table,
            Self::Above(highest) => highest >= in_table,
        }
    }
}

impl Chooser {
    pub(super) fn new(
        sources: Vec<Source>,
        suspects: Vec<Suspect>,
        damaged_logs: Vec<String>,
        is_open_to_doubt: bool,
    ) -> Self {
        Self { sources, suspects, damaged_logs, is_open_to_doubt, hiding: Vec::new() }
    }

    /// The source whose version of the key counts; nothing if none does.
    pub(super) fn choose(&mut self, merge: &KeyMerge) -> Result<Option<usize>, Error> {
        let needed = self.newest_needed(merge);
        // Logs are newer than all tables.
        let age = match needed.map(|best| &self.sources[best.source].standing) {
            Some(Standing::Log(_)) => u64::MAX,
            Some(Standing::Run(age)) => *age,
            Some(Standing::Retired(_)) | None => 0,
        };
        self.find_hiding(merge.key(), age)?;
        if self.hiding.is_empty() && self.damaged_logs.is_empty() && !self.is_open_to_doubt {
            return Ok(needed.map(|best| best.source));
        }
        let best = self.with_retired(needed, merge);
        if let Some(best) = best {
            for &suspect in &self.hiding {
                self.suspects[suspect].hides = true;
            }
            if let Standing::Retired(retired) = &mut self.sources[best.source].standing {
                retired.is_used = true;
            }
        }
        Ok(best.map(|best| best.source))
    }

    /// The newest version in what is needed.
    fn newest_needed(&self, merge: &KeyMerge) -> Option<Best> {
        let mut log: Option<(Best, LogAge)> = None;
        let mut run: Option<(Best, u64)> = None;
        for (source, entry) in merge.versions() {
            let this = Best { source, sequence: entry.sequence };
            match self.sources[source].standing {
                Standing::Log(age) if log.is_none() => log = Some((this, age)),
                Standing::Run(age) => match run {
                    None => run = Some((this, age)),
                    // Tables of one age share no key, but where it is not known any more which one replaced the other.
                    Some((best, same)) if same == age && this.sequence > best.sequence => run = Some((this, age)),
                    Some(_) => {}
                },
                Standing::Log(_) | Standing::Retired(_) => {}
            }
        }
        match (log, run) {
            (Some((log, age)), Some((run, _))) if !age.is_newer(log.sequence, run.sequence) => Some(run),
            (Some((log, _)), _) => Some(log),
            (None, run) => run.map(|(run, _)| run),
        }
    }

    fn find_hiding(&mut self, key: &[u8], age: u64) -> Result<(), Error> {
        self.hiding.clear();
        if self.suspects.is_empty() {
            return Ok(());
        }
        let hash = table::hash(key);
        for (number, suspect) in self.suspects.iter().enumerate() {
            if suspect.age > age && suspect.may_have_held(key, hash)? {
                // There is room for all of them once.
                self.hiding.try_reserve(1).map_err(|_| Error::NoMemory(8))?;
                self.hiding.push(number);
            }
        }
        Ok(())
    }

    /// What is newest if retired sources are asked as well: those of them that one of the hiding tables was made
    /// from, or that were made from it or from a log that is damaged; and those that show that something is gone.
    fn with_retired(&self, needed: Option<Best>, merge: &KeyMerge) -> Option<Best> {
        let mut best = needed;
        for (source, entry) in merge.versions() {
            let Standing::Retired(retired) = &self.sources[source].standing else { continue };
            let origin = &retired.origin;
            let sequence = entry.sequence;
            let is_kin = || {
                let mut hiding = self.hiding.iter().map(|&suspect| &self.suspects[suspect]);
                hiding.any(|suspect| suspect.is_kin_of(origin)) || origin.is_of_any(&self.damaged_logs)
            };
            let shows_a_loss = || self.is_open_to_doubt && retired.is_unfinished && !self.is_in_needed(sequence, merge);
            let is_newer = |than: Best| match origin {
                Origin::Log { age, .. } => sequence != than.sequence && age.is_newer(sequence, than.sequence),
                Origin::Table { .. } => sequence > than.sequence,
            };
            if best.is_none_or(is_newer) && (is_kin() || shows_a_loss()) {
                best = Some(Best { source, sequence });
            }
        }
        best
    }

    /// Whether this version of the key stands in something that is needed.
    fn is_in_needed(&self, sequence: u64, merge: &KeyMerge) -> bool {
        let is_needed = |source: usize| !matches!(self.sources[source].standing, Standing::Retired(_));
        merge.versions().any(|(source, entry)| entry.sequence == sequence && is_needed(source))
    }
}

impl Origin {
    /// Whether it is a table that one of these logs was written to.
    fn is_of_any(&self, logs: &[String]) -> bool {
        match self {
            Self::Table { logs: SourceLogs::These(these), .. } => {
                these.iter().any(|log| logs.iter().any(|name| name.as_bytes() == log.name))
            }
            Self::Table { logs: SourceLogs::Any, .. } => !logs.is_empty(),
            Self::Log { .. } => false,
        }
    }
}

impl Suspect {
    /// Whether a version of the key may have stood where it is damaged.
    fn may_have_held(&self, key: &[u8], hash: u64) -> Result<bool, Error> {
        let Some(live) = &self.table else { return Ok(true) };
        if live.table.properties().is_some_and(|properties| !properties.may_hold(key)) {
            return Ok(false);
        }
        match live.table.get_hashed(key, hash) {
            Ok(_) => Ok(false),
            Err(Error::CorruptTable { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether what it held may have come from a retired source, or the other way round.
    fn is_kin_of(&self, origin: &Origin) -> bool {
        let properties = self.table.as_ref().and_then(|live| live.table.properties());
        let Some(says) = properties else { return true };
        match origin {
            Origin::Log { name, .. } => {
                !says.source_tables.is_empty() || says.source_logs.iter().any(|log| log.name == name.as_bytes())
            }
            // Numbers rise, so a table is made from those with lower ones.
            Origin::Table { name, made_from, .. } => {
                let is_before = name.zip(says.number).is_none_or(|(name, own)| name.number < own);
                (!says.source_tables.is_empty() && is_before) || names(made_from, says.number)
            }
        }
    }
}

/// Whether a table of ours, of this number, is among the sources of another one.
fn names(sources: &[SourceTable], number: Option<u64>) -> bool {
    let numbers = sources.iter().filter_map(|source| TableName::parse(std::str::from_utf8(&source.name).ok()?));
    number.is_some_and(|number| numbers.into_iter().any(|name| name.number == number))
}
