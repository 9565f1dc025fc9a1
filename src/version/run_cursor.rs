//! A cursor over a run: over its tables, one after the other.

use super::run::{BOUND_LEN, Run, bound};
use super::source::Purpose;
use super::table_cursor::{RestOfBlock, TableCursor};
use crate::error::Error;
use crate::order::{Direction, Point, Rank};
use crate::table::Found;
use std::sync::Arc;

/// It has a cursor over one table at a time, so a walk has no more tables in use than there are runs.
#[derive(Debug)]
pub(crate) struct RunCursor {
    run: Arc<Run>,
    /// The number of the table that `cursor` walks through. If there is no cursor, the walk has ended.
    table: usize,
    cursor: Option<TableCursor>,
    may_have_versions: bool,
    purpose: Purpose,
}

impl RunCursor {
    pub(crate) fn new(run: &Arc<Run>, purpose: Purpose) -> Result<Self, Error> {
        let mut may_have_versions = false;
        for table in run.tables.iter().filter(|table| table.number.is_none()) {
            may_have_versions |= table.table.has_versions()?;
        }
        Ok(Self { run: Arc::clone(run), table: 0, cursor: None, may_have_versions, purpose })
    }

    pub(crate) fn may_have_versions(&self) -> bool {
        self.may_have_versions
    }

    /// Goes to `point`, or to the end, to walk in `direction` from there.
    #[inline]
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        match (point, direction) {
            (Some(point), _) => self.seek_point(point, direction),
            (None, Direction::Forward) => self.go_to_table(None, None, direction),
            (None, Direction::Backward) => self.go_to_table(self.run.tables.len().checked_sub(1), None, direction),
        }
    }

    /// It is a call of its own: inlined, the length of a key is read before it is known that there is a point, which is
    /// harmless, and which valgrind reports.
    #[inline(never)]
    fn seek_point(&mut self, point: Point<'_>, direction: Direction) -> Result<(), Error> {
        let (tables, key) = (&self.run.tables, bound(point.key));
        let mut table = match direction {
            Direction::Forward => Some(tables.partition_point(|table| table.upper.as_slice() < key)),
            Direction::Backward => tables.partition_point(|table| table.lower.as_slice() <= key).checked_sub(1),
        };
        loop {
            self.go_to_table(table, Some(point), direction)?;
            // A bound is only the start of a key: such a table may have no key on this side of the point, and neither
            // may the one after it.
            if point.key.len() < BOUND_LEN || self.cursor.as_ref().is_none_or(TableCursor::has_next) {
                return Ok(());
            }
            table = self.after(direction);
        }
    }

    /// The number of the table after this one.
    fn after(&self, direction: Direction) -> Option<usize> {
        match direction {
            Direction::Forward => Some(self.table + 1),
            Direction::Backward => self.table.checked_sub(1),
        }
    }

    /// Steps over the next entry in `direction`.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<(Found, Rank)>, Error> {
        loop {
            let Some(cursor) = &mut self.cursor else { return Ok(None) };
            if let Some(stepped) = cursor.step(direction)? {
                return Ok(Some(stepped));
            }
            self.go_to_next_table(direction)?;
        }
    }

    /// As [`TableCursor::rest_of_block`].
    #[inline]
    pub(crate) fn rest_of_block(&self, found: &Found, until: Option<Point<'_>>) -> Option<RestOfBlock<'_>> {
        self.cursor.as_ref()?.rest_of_block(found, until)
    }

    /// As [`TableCursor::step_within_block`].
    #[inline]
    pub(crate) fn step_within_block(&mut self, found: &mut Found) -> bool {
        self.cursor.as_mut().is_some_and(|cursor| cursor.step_within_block(found))
    }

    /// As [`TableCursor::go_within_block`].
    pub(crate) fn go_within_block(&mut self, to: usize) {
        if let Some(cursor) = &mut self.cursor {
            cursor.go_within_block(to);
        }
    }

    #[cold]
    fn go_to_next_table(&mut self, direction: Direction) -> Result<(), Error> {
        let point = (direction == Direction::Forward).then_some(Point::before(&[]));
        self.go_to_table(self.after(direction), point, direction)
    }

    fn go_to_table(
        &mut self,
        table: Option<usize>,
        point: Option<Point<'_>>,
        direction: Direction,
    ) -> Result<(), Error> {
        let Some((number, table)) = table.and_then(|number| Some((number, self.run.tables.get(number)?))) else {
            self.cursor = None;
            return Ok(());
        };
        if self.cursor.is_none() || number != self.table {
            let cursor = TableCursor::new(&table.table, self.run.age)?;
            self.cursor = Some(if self.purpose == Purpose::Rewriting { cursor.for_rewriting() } else { cursor });
            self.table = number;
        }
        self.cursor.as_mut().map_or(Ok(()), |cursor| cursor.seek(point, direction))
    }
}
