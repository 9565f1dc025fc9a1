//! All statistics as text, in the form that Prometheus and others collect: the text-based exposition format, version
//! 0.0.4.

use super::Stat;
use crate::db::database::Inner;
use crate::version::run::Run;
use std::ffi::CStr;
use std::fmt::{self, Display, Write};
use std::sync::Arc;

/// A number of each level that has runs.
struct OfLevels {
    name: &'static str,
    meaning: &'static str,
    number: fn(&Run) -> u64,
}

const OF_LEVELS: [OfLevels; 3] = [
    OfLevels { name: "level_runs", meaning: "Runs of a level.", number: |_| 1 },
    OfLevels { name: "level_tables", meaning: "Tables of a level.", number: |run| run.tables.len() as u64 },
    OfLevels { name: "level_table_bytes", meaning: "Bytes of the files of a level's tables.", number: Run::bytes },
];

/// The name of a statistic, with underscores.
struct Underscored(&'static CStr);

impl Display for Underscored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_bytes().iter().try_for_each(|&byte| f.write_char(if byte == b'-' { '_' } else { byte.into() }))
    }
}

impl Inner {
    /// Writes all statistics, and then what each level has.
    pub(crate) fn write_stats(&self, out: &mut impl Write) -> fmt::Result {
        for description in &Stat::ALL {
            let name = Underscored(description.name);
            let (ending, kind) = if description.is_counter { ("_total", "counter") } else { ("", "gauge") };
            let meaning = description.meaning.to_bytes().escape_ascii();
            writeln!(out, "# HELP kevo_{name}{ending} {meaning}\n# TYPE kevo_{name}{ending} {kind}")?;
            writeln!(out, "kevo_{name}{ending} {}", self.stat(description.stat))?;
        }
        let version = self.published.load();
        OF_LEVELS.iter().try_for_each(|of_levels| of_levels.write(&version.runs, out))
    }
}

impl OfLevels {
    fn write(&self, runs: &[Arc<Run>], out: &mut impl Write) -> fmt::Result {
        let Self { name, meaning, number } = self;
        writeln!(out, "# HELP kevo_{name} {meaning}\n# TYPE kevo_{name} gauge")?;
        let mut next = runs.iter().map(|run| run.level).min();
        while let Some(level) = next {
            let sum: u64 = runs.iter().filter(|run| run.level == level).map(|run| number(run)).sum();
            writeln!(out, "kevo_{name}{{level=\"{level}\"}} {sum}")?;
            next = runs.iter().map(|run| run.level).filter(|&other| other > level).min();
        }
        Ok(())
    }
}
