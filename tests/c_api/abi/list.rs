//! The committed list of the ABI: a line each, with the version that it came in.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::items::Items;
use crate::support::library::in_repository;

pub type Version = [u32; 3];

pub fn version(text: &str) -> Version {
    let numbers: Vec<u32> = text.split('.').map(|number| number.parse().expect("a version")).collect();
    numbers.try_into().expect("three numbers")
}

/// Where the list is. There is one for each soname.
pub fn path() -> PathBuf {
    in_repository(concat!("tests/abi/libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR"), ".txt"))
}

/// The version by what came in it.
pub struct List(BTreeMap<String, String>);

impl List {
    pub fn read() -> Self {
        let text = fs::read_to_string(path()).unwrap_or_default();
        let line = |line: &str| line.split_once(' ').map(|(version, item)| (item.to_owned(), version.to_owned()));
        Self(text.lines().map(|text| line(text).expect("a version and what came in it")).collect())
    }

    /// What came in this version or before.
    pub fn up_to(&self, last: Version) -> Items {
        self.0.iter().filter(|(_, since)| version(since) <= last).map(|(item, _)| item.clone()).collect()
    }

    pub fn items(&self) -> Items {
        self.0.keys().cloned().collect()
    }

    /// Makes these the items of the list. What is new came in this version.
    pub fn renew(&self, items: &Items) {
        let mut text = String::new();
        for item in items {
            let since = self.0.get(item).map_or(env!("CARGO_PKG_VERSION"), String::as_str);
            writeln!(text, "{since} {item}").expect("a string");
        }
        fs::write(path(), text).expect("the list can be written");
    }
}
