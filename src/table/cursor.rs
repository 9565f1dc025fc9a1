//! Cursors: a walk through a table in the order of its keys, in either direction, from any key on.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::block::{Block, EntryRef};
use super::cache::Caching;
use super::found::Found;
use super::reader::Table;
use super::source::Ahead;
use super::units::Sought;
use crate::error::Error;

/// Where a walk is. It sees all versions of a key, the newest first, and tombstones.
///
/// What moves it gives whether it is on an entry then. If it comes to a block that is damaged, that is an error, once:
/// a further step goes on after the block, or before it.
#[derive(Debug)]
pub struct Cursor {
    table: Arc<Table>,
    position: Position,
    caching: Caching,
    /// How many units it has gone through since it was last told where to go.
    passed: u32,
    /// For a walk forward.
    ahead: Ahead,
}

/// After so many units a walk is a long one: it is of no use to it that others go from the cache.
const LONG_WALK: u32 = 16;

#[derive(Debug)]
enum Position {
    BeforeFirst,
    On {
        unit: usize,
        block: Block,
        at: usize,
    },
    /// A unit that could not be read.
    Damaged(usize),
    AfterLast,
}

impl Table {
    /// A cursor before the first entry.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn cursor(self: &Arc<Self>) -> Result<Cursor, Error> {
        self.units()?;
        Ok(Cursor {
            table: self.clone(),
            position: Position::BeforeFirst,
            caching: Caching::Fill,
            passed: 0,
            ahead: Ahead::default(),
        })
    }
}

impl Cursor {
    /// The same cursor, which reads what is not in the cache without putting it there: for walks through all of a
    /// table, of which nobody will ask again.
    #[must_use]
    pub fn leaving_cache(mut self) -> Self {
        self.caching = Caching::Leave;
        self
    }

    /// The entry that it is on.
    pub fn entry(&self) -> Option<EntryRef<'_>> {
        match &self.position {
            Position::On { block, at, .. } => Some(block.entry(*at)),
            _ => None,
        }
    }

    /// The entry that it is on, kept alive when it goes on.
    pub fn found(&self) -> Option<Found> {
        match &self.position {
            Position::On { block, at, .. } => Some(Found::new(block.clone(), *at)),
            _ => None,
        }
    }

    /// The block that it is in, and the number of the entry there.
    #[inline]
    pub(crate) fn place(&self) -> Option<(&Block, usize)> {
        match &self.position {
            Position::On { block, at, .. } => Some((block, *at)),
            _ => None,
        }
    }

    /// To the next entry, if it is in the block of `found`, which has to be what it is on: `found` becomes that. Gives
    /// whether it went there.
    #[inline]
    pub(crate) fn next_within_block(&mut self, found: &mut Found) -> bool {
        match &mut self.position {
            Position::On { block, at, .. } if found.is_at(block, *at) && *at + 1 < block.len() => {
                *at += 1;
                found.go_to(*at);
                true
            }
            _ => false,
        }
    }

    /// To entry number `to` of the block that it is in, or to the last if there is none. Gives whether there is one.
    pub(crate) fn go_within_block(&mut self, to: usize) -> bool {
        let Position::On { block, at, .. } = &mut self.position else { return false };
        *at = to.min(block.len() - 1);
        to < block.len()
    }

    /// After the last entry.
    pub(crate) fn go_to_end(&mut self) {
        self.position = Position::AfterLast;
    }

    /// To the first entry.
    ///
    /// # Errors
    /// As those of [`Table::get`], here and for all steps.
    pub fn first(&mut self) -> Result<bool, Error> {
        self.forward_from(0)
    }

    /// To the last entry.
    ///
    /// # Errors
    /// See [`Cursor::first`].
    pub fn last(&mut self) -> Result<bool, Error> {
        let len = self.table.units()?.len();
        self.backward_from(len)
    }

    /// To the first entry at or above `key`.
    ///
    /// # Errors
    /// See [`Cursor::first`].
    pub fn seek(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.passed = 0;
        let units = self.table.units()?;
        let Sought { unit, block } = match units.seek(key, |unit| self.table.load_if_intact(units, unit, self.caching))
        {
            Ok(sought) => sought,
            Err(error) => {
                self.position = Position::AfterLast;
                return Err(error);
            }
        };
        if unit == units.len() {
            self.position = Position::AfterLast;
            return Ok(false);
        }
        let block = block.map_or_else(|| self.load(unit, false), Ok)?;
        let at = block.lower_bound(key);
        if at == block.len() {
            return self.forward_from(unit + 1);
        }
        self.position = Position::On { unit, block, at };
        Ok(true)
    }

    /// To the last entry below `key`.
    ///
    /// # Errors
    /// See [`Cursor::first`].
    pub fn seek_below(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.seek(key)?;
        self.prev()
    }

    /// To the next entry; to the first from before it.
    ///
    /// # Errors
    /// See [`Cursor::first`].
    #[allow(clippy::should_implement_trait)] // An iterator could neither lend what it is on nor turn back.
    pub fn next(&mut self) -> Result<bool, Error> {
        match &mut self.position {
            Position::On { block, at, .. } if *at + 1 < block.len() => {
                *at += 1;
                Ok(true)
            }
            Position::On { unit, .. } | Position::Damaged(unit) => {
                let next = *unit + 1;
                self.forward_from(next)
            }
            Position::BeforeFirst => self.forward_from(0),
            Position::AfterLast => Ok(false),
        }
    }

    /// To the entry before; to the last from after it.
    ///
    /// # Errors
    /// See [`Cursor::first`].
    pub fn prev(&mut self) -> Result<bool, Error> {
        match &mut self.position {
            Position::On { at, .. } if *at > 0 => {
                *at -= 1;
                Ok(true)
            }
            Position::On { unit, .. } | Position::Damaged(unit) => {
                let unit = *unit;
                self.backward_from(unit)
            }
            Position::AfterLast => self.last(),
            Position::BeforeFirst => Ok(false),
        }
    }

    /// To the first entry of this unit, if there is one.
    fn forward_from(&mut self, unit: usize) -> Result<bool, Error> {
        if unit >= self.table.units()?.len() {
            self.position = Position::AfterLast;
            return Ok(false);
        }
        let block = self.load(unit, true)?;
        self.position = Position::On { unit, block, at: 0 };
        Ok(true)
    }

    /// To the last entry of the unit before this one, if there is one.
    fn backward_from(&mut self, unit: usize) -> Result<bool, Error> {
        let Some(unit) = unit.checked_sub(1) else {
            self.position = Position::BeforeFirst;
            return Ok(false);
        };
        let block = self.load(unit, false)?;
        let at = block.len() - 1;
        self.position = Position::On { unit, block, at };
        Ok(true)
    }

    /// A unit, which has entries; it is where the cursor is if it cannot be read.
    fn load(&mut self, unit: usize, is_forward: bool) -> Result<Block, Error> {
        let units = self.table.units()?;
        self.passed = self.passed.saturating_add(1);
        let ahead = is_forward.then_some(&mut self.ahead);
        let caching = match self.caching {
            Caching::Fill if self.passed > LONG_WALK => Caching::FillRoom,
            caching => caching,
        };
        self.table.load_ahead(units, unit, caching, ahead).inspect_err(|_| self.position = Position::Damaged(unit))
    }
}
