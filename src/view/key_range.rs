//! The range of keys in which an iterator moves.

use crate::error::Error;
use crate::memory::copied_bytes;
use crate::order::{Point, Rank};
use crate::scan::Scan;
use std::ops::Bound;

/// The range of an iterator, from one point to another.
#[derive(Debug)]
pub(super) struct KeyRange {
    lower: Endpoint,
    /// `None` if there is no upper limit.
    upper: Option<Endpoint>,
}

/// A point that owns its key.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Endpoint {
    key: Vec<u8>,
    rank: Rank,
}

impl Endpoint {
    fn new(key: &[u8], rank: Rank) -> Result<Self, Error> {
        let key = copied_bytes(key)?;
        Ok(Self { key, rank })
    }

    fn before(key: &[u8]) -> Result<Self, Error> {
        Self::new(key, Rank::NEWEST)
    }

    fn after(key: &[u8]) -> Result<Self, Error> {
        Self::new(key, Rank::OLDEST)
    }

    fn point(&self) -> Point<'_> {
        Point { key: &self.key, rank: self.rank }
    }
}

impl KeyRange {
    /// The range that agrees with the bounds and the prefix of a scan.
    pub(super) fn of(scan: &Scan) -> Result<Self, Error> {
        let lower = match &scan.lower {
            Bound::Included(key) => Endpoint::before(key),
            Bound::Excluded(key) => Endpoint::after(key),
            Bound::Unbounded => Endpoint::before(&[]),
        };
        let upper = match &scan.upper {
            Bound::Included(key) => Some(Endpoint::after(key)?),
            Bound::Excluded(key) => Some(Endpoint::before(key)?),
            Bound::Unbounded => None,
        };
        let prefix_end = after_prefix(&scan.prefix)?;
        Ok(Self {
            lower: lower?.max(Endpoint::before(&scan.prefix)?),
            upper: [upper, prefix_end].into_iter().flatten().min(),
        })
    }

    pub(super) fn lower(&self) -> Point<'_> {
        self.lower.point()
    }

    pub(super) fn upper(&self) -> Option<Point<'_>> {
        self.upper.as_ref().map(Endpoint::point)
    }

    /// `point` if it is in the range; otherwise the end of the range that is nearer to it.
    pub(super) fn clamp<'a>(&'a self, point: Point<'a>) -> Point<'a> {
        let point = point.max(self.lower());
        self.upper().map_or(point, |upper| point.min(upper))
    }

    #[inline]
    pub(super) fn contains(&self, point: Point<'_>) -> bool {
        point >= self.lower() && self.upper().is_none_or(|upper| point < upper)
    }
}

/// The point directly after all keys that begin with `prefix`; `None` if no key can be after them.
fn after_prefix(prefix: &[u8]) -> Result<Option<Endpoint>, Error> {
    let Some(last) = prefix.iter().rposition(|&byte| byte != u8::MAX) else { return Ok(None) };
    let mut endpoint = Endpoint::before(&prefix[..=last])?;
    endpoint.key[last] += 1;
    Ok(Some(endpoint))
}
