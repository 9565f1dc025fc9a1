//! A line of the tables.

use crate::document::digits;
use crate::plot::Group;
use crate::store::{Kind, Store};

/// One kind of figure, of each store in each round. A store that was not measured has no rounds.
pub struct Line {
    pub what: String,
    pub unit: Unit,
    pub rounds: Vec<Vec<f64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Thousands of operations a second: more is better. Of all others less is better.
    Rate,
    Milliseconds,
    Microseconds,
    Megabytes,
    Times,
}

/// How many times better a store is than a peer.
struct Advantage {
    peer: usize,
    /// Of the medians.
    times: f64,
    /// The least and the most of the rounds.
    spread: (f64, f64),
}

impl Line {
    /// What was measured, the medians, and how libkevo compares with the best peers.
    pub fn row(&self, stores: &[Store]) -> Vec<String> {
        let mut row = vec![self.what.clone()];
        row.extend((0..stores.len()).map(|store| self.median(store).map_or(String::new(), digits)));
        if stores.iter().any(Store::is_peer) {
            row.extend([self.comparison(stores, Kind::Kevo), self.comparison(stores, Kind::Mapped)]);
        }
        row
    }

    /// How many times better libkevo is than the best peer, the usual way and with a mapped log.
    pub fn group(&self, stores: &[Store]) -> Option<Group> {
        let times = |kind| Some(self.advantage(stores, kind, Store::is_peer)?.times);
        Some(Group { what: self.what.clone(), times: vec![times(Kind::Kevo)?, times(Kind::Mapped)?] })
    }

    fn comparison(&self, stores: &[Store], kind: Kind) -> String {
        let Some(best) = self.advantage(stores, kind, Store::is_peer) else { return String::new() };
        let (low, high) = best.spread;
        let name = stores[best.peer].name;
        let mut words = format!("**{} ×** {name}", short(best.times));
        if self.rounds[best.peer].len() > 1 {
            words = format!("{words} ({} – {})", short(low), short(high));
        }
        if stores[best.peer].kind != Kind::Tree {
            return words;
        }
        let lsm = self.advantage(stores, kind, |store| store.kind == Kind::Lsm);
        lsm.map_or(words.clone(), |lsm| format!("{words}, {} × {}", short(lsm.times), stores[lsm.peer].name))
    }

    /// How many times better the store of a kind is than the best one of some peers.
    fn advantage(&self, stores: &[Store], kind: Kind, is_compared: impl Fn(&Store) -> bool) -> Option<Advantage> {
        let ours = stores.iter().position(|store| store.kind == kind)?;
        let peers = (0..stores.len()).filter(|peer| is_compared(&stores[*peer]) && self.median(*peer).is_some());
        let times = |peer: usize| Some(self.times(self.median(ours)?, self.median(peer)?));
        let peer = peers.min_by(|a, b| times(*a).unwrap_or(f64::MAX).total_cmp(&times(*b).unwrap_or(f64::MAX)))?;
        let rounds = self.rounds[ours].iter().zip(&self.rounds[peer]).map(|(ours, theirs)| self.times(*ours, *theirs));
        let spread = rounds.fold((f64::MAX, 0.0_f64), |(low, high), times| (low.min(times), high.max(times)));
        Some(Advantage { peer, times: times(peer)?, spread })
    }

    fn times(&self, ours: f64, theirs: f64) -> f64 {
        if self.unit == Unit::Rate { ours / theirs } else { theirs / ours }
    }

    fn median(&self, store: usize) -> Option<f64> {
        let mut sorted = self.rounds[store].clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

impl Unit {
    /// The head of the first column of a table of such lines.
    pub fn head(self) -> &'static str {
        match self {
            Self::Rate => "thousand operations a second",
            _ => "less is better",
        }
    }
}

fn short(times: f64) -> String {
    if times > 0.0 && times < 0.01 { "< 0.01".to_owned() } else { digits(times) }
}
