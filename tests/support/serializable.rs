//! Says whether a history of transactions that append to lists could have happened one after another. The order of the
//! versions of a key is known, since each is the list before it and one number more; so who came before whom is known,
//! too, and a circle of that is an anomaly. (The idea is that of Elle, by Kingsbury and Alvaro.)
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::{BTreeMap, HashMap};

/// A number that only one transaction appends, once.
pub type Item = u64;
pub type Key = u64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Append(Key, Item),
    /// What was read, with what the transaction itself had appended.
    Read(Key, Vec<Item>),
}

/// One transaction as its caller saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub steps: Vec<Step>,
    pub is_committed: bool,
    /// Moments, which rise: before it began, and after it had ended.
    pub began: u64,
    pub ended: u64,
}

/// What cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anomaly {
    /// A transaction that was not committed was seen (G1a).
    Aborted(Item),
    /// Two reads of a key are not one a beginning of the other, or a read lacks what the transaction has appended.
    Order(Key),
    /// A part of what a transaction appended to a key was seen without the rest (G1b).
    Intermediate(Item),
    /// Something that was committed is not there at the end.
    Lost(Item),
    /// Each of these transactions has to come before the next, and the last before the first.
    Circle(Vec<usize>),
}

/// Looks for an anomaly. `at_end` is what the lists are when all is over.
pub fn check(history: &[Seen], at_end: &BTreeMap<Key, Vec<Item>>) -> Result<(), Anomaly> {
    let mut writers = HashMap::new();
    for (index, seen) in history.iter().enumerate() {
        for step in &seen.steps {
            if let Step::Append(key, item) = step {
                writers.insert(*item, (index, *key));
            }
        }
    }
    check_items(history, at_end, &writers)?;
    let mut edges = vec![Vec::new(); history.len()];
    for (index, seen) in history.iter().enumerate().filter(|(_, seen)| seen.is_committed) {
        for (key, list) in external_reads(seen)? {
            let order = at_end.get(&key).map_or(&[][..], Vec::as_slice);
            if !order.starts_with(&list) {
                return Err(Anomaly::Order(key));
            }
            if let Some(last) = list.last() {
                check_last(history, &writers, *last, index)?;
                edges[writers[last].0].push(index);
            }
            edges[index].extend(order.get(list.len()).map(|next| writers[next].0));
        }
    }
    for order in at_end.values() {
        for pair in order.windows(2) {
            edges[writers[&pair[0]].0].push(writers[&pair[1]].0);
        }
    }
    for (index, seen) in history.iter().enumerate().filter(|(_, seen)| seen.is_committed) {
        let later = history.iter().enumerate().filter(|(_, other)| other.is_committed && seen.ended < other.began);
        edges[index].extend(later.map(|(later, _)| later));
    }
    circle(&edges).map_or(Ok(()), |circle| Err(Anomaly::Circle(circle)))
}

/// Whether the lists at the end have what was committed, and nothing else.
fn check_items(
    history: &[Seen],
    at_end: &BTreeMap<Key, Vec<Item>>,
    writers: &HashMap<Item, (usize, Key)>,
) -> Result<(), Anomaly> {
    for (key, list) in at_end {
        for item in list {
            match writers.get(item) {
                Some((index, own)) if history[*index].is_committed && own == key => {}
                _ => return Err(Anomaly::Aborted(*item)),
            }
        }
    }
    let is_there = |item: &Item, key: &Key| at_end.get(key).is_some_and(|list| list.contains(item));
    match writers.iter().find(|(item, (index, key))| history[*index].is_committed && !is_there(item, key)) {
        Some((item, _)) => Err(Anomaly::Lost(*item)),
        None => Ok(()),
    }
}

/// What a transaction read that others had written.
fn external_reads(seen: &Seen) -> Result<Vec<(Key, Vec<Item>)>, Anomaly> {
    let (mut own, mut reads): (HashMap<Key, Vec<Item>>, Vec<_>) = (HashMap::new(), Vec::new());
    for step in &seen.steps {
        match step {
            Step::Append(key, item) => own.entry(*key).or_default().push(*item),
            Step::Read(key, list) => {
                let own = own.get(key).map_or(&[][..], Vec::as_slice);
                let Some(others) = list.strip_suffix(own) else { return Err(Anomaly::Order(*key)) };
                reads.push((*key, others.to_vec()));
            }
        }
    }
    Ok(reads)
}

/// Whether an item that was read as the last is the last that its transaction appended to that key.
fn check_last(
    history: &[Seen],
    writers: &HashMap<Item, (usize, Key)>,
    item: Item,
    reader: usize,
) -> Result<(), Anomaly> {
    let (writer, key) = writers[&item];
    let last = history[writer].steps.iter().rev().find_map(|step| match step {
        Step::Append(own, last) if *own == key => Some(*last),
        _ => None,
    });
    if writer == reader || last == Some(item) { Ok(()) } else { Err(Anomaly::Intermediate(item)) }
}

fn circle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut state = vec![Visit::New; edges.len()];
    (0..edges.len()).find_map(|from| circle_from(edges, from, &mut state))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    OnPath,
    Done,
}

fn circle_from(edges: &[Vec<usize>], from: usize, state: &mut [Visit]) -> Option<Vec<usize>> {
    if state[from] != Visit::New {
        return None;
    }
    state[from] = Visit::OnPath;
    let mut path = vec![(from, 0)];
    while let Some((node, next)) = path.last_mut() {
        let Some(&to) = edges[*node].get(*next) else {
            state[*node] = Visit::Done;
            path.pop();
            continue;
        };
        *next += 1;
        if to == *node || state[to] == Visit::Done {
            continue;
        }
        if state[to] == Visit::OnPath {
            let start = path.iter().position(|(node, _)| *node == to)?;
            return Some(path[start..].iter().map(|(node, _)| *node).collect());
        }
        state[to] = Visit::OnPath;
        path.push((to, 0));
    }
    None
}
