//! Reads `VERSIONS`: its edits, as long as they are intact, and what it means that one is not.

use std::io::ErrorKind;
use std::path::Path;

use super::NAME;
use super::change::NoChange;
use super::edit::{Edit, MARK};
use super::state::{Refusal, State};
use crate::disk::Disk;
use crate::error::Error;
use crate::log::read::input::read_unmeasured;
use crate::memory::joined_path;

/// No more bytes are read. A file that is so large is none that we wrote.
const LONGEST: usize = 1 << 30;
/// After so many places that claim to be a later edit, and none is, the file is taken for damaged: somebody made them.
const MOST_CLAIMS: usize = 64;

/// What a file says.
#[derive(Debug)]
pub enum Reading {
    /// The state after all intact edits.
    Intact {
        /// What the database has.
        state: State,
        /// Where bytes start, after them, of an edit that was never made; nothing if there are none.
        torn: Option<u64>,
    },
    /// The file cannot be believed, and is to be rebuilt from the tables.
    Damaged(Damage),
    /// A newer version of this library wrote what this one must not pass over.
    Unsupported(&'static str),
}

/// Why a file cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where the edit starts that is not intact or says what cannot be, in bytes from the start of the file.
    pub offset: u64,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Reads the `VERSIONS` of a database; `None` if there is none.
///
/// # Errors
/// [`Error::Io`], [`Error::NoMemory`].
pub fn load(disk: &dyn Disk, database: &Path) -> Result<Option<Reading>, Error> {
    let path = joined_path(database, NAME)?;
    let file = match disk.open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(&path, None, error)),
    };
    let bytes = read_unmeasured(&*file, LONGEST).map_err(|(offset, error)| Error::io(&path, Some(offset), error))?;
    read(&bytes).map(Some)
}

/// Reads the bytes of a file.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn read(bytes: &[u8]) -> Result<Reading, Error> {
    let Some(first) = Edit::parse(bytes).filter(|edit| edit.ordinal == 0) else {
        return Ok(damaged(0, "the first edit is not intact"));
    };
    let mut state = State::default();
    let (mut offset, mut ordinal, mut next) = (0, 0, Some(first));
    while let Some(edit) = next {
        match apply(&mut state, &edit) {
            Ok(()) => {}
            Err(Failure::Unsupported) => return Ok(Reading::Unsupported("an edit has a field that must be known")),
            Err(Failure::Damaged(what)) => return Ok(damaged(offset, what)),
            Err(Failure::NoMemory(error)) => return Err(error),
        }
        (offset, ordinal) = (offset + edit.length(), edit.ordinal);
        next = Edit::parse(&bytes[offset..]);
        next = next.filter(|next| next.identity == first.identity && ordinal.checked_add(1) == Some(next.ordinal));
    }
    let rest = &bytes[offset..];
    Ok(match later_edit(rest, first.identity, ordinal) {
        Later::None => Reading::Intact { state, torn: (!rest.is_empty()).then_some(offset as u64) },
        Later::Intact => damaged(offset, "an edit is not intact, and a later one is"),
        Later::TooManyClaims => damaged(offset, "an edit is not intact, and too much after it looks like one"),
    })
}

fn damaged(offset: usize, what: &'static str) -> Reading {
    Reading::Damaged(Damage { offset: offset as u64, what })
}

enum Failure {
    Unsupported,
    Damaged(&'static str),
    NoMemory(Error),
}

fn apply(state: &mut State, edit: &Edit<'_>) -> Result<(), Failure> {
    for change in edit.changes() {
        change.map_err(|no_change| match no_change {
            NoChange::Unsupported => Failure::Unsupported,
            NoChange::Unknown | NoChange::Damaged => Failure::Damaged("an edit has a field that does not parse"),
        })?;
    }
    state.apply(edit.changes().flatten()).map_err(|refusal| match refusal {
        Refusal::Impossible(what) => Failure::Damaged(what),
        Refusal::NoMemory(error) => Failure::NoMemory(error),
    })
}

enum Later {
    None,
    Intact,
    TooManyClaims,
}

/// Whether an edit of the file `identity` with an ordinal above `ordinal` starts anywhere in `bytes`.
fn later_edit(bytes: &[u8], identity: u64, ordinal: u32) -> Later {
    let mut claims = 0;
    for start in 0..bytes.len().saturating_sub(MARK.len() - 1) {
        let claim = Edit::claims(&bytes[start..]);
        if claim.is_none_or(|(claimed, of, _)| of != identity || claimed <= ordinal) {
            continue;
        }
        if Edit::parse(&bytes[start..]).is_some() {
            return Later::Intact;
        }
        claims += 1;
        if claims == MOST_CLAIMS {
            return Later::TooManyClaims;
        }
    }
    Later::None
}
