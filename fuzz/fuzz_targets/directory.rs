//! A directory of logs, recovered in all four modes. What is recovered, the report, lookups and scans are the model's.
//! Any number of threads gives the same. A mode that passes over more gives no less. If `Absolute` accepts a log, all
//! modes accept it.
#![no_main]

use fastrand::Rng;
use kevo_fuzz::answers::{check_get, check_walks};
use kevo_fuzz::comparison::assert_same;
use kevo_fuzz::directory::{self, Input, any_bound, any_key, any_move, any_scan};
use kevo_fuzz::model::{self, FailureKind, LogFile, Mode, Options, Outcome, Recovered, Version};
use kevo_fuzz::wal_dir::WalDir;
use kevo_fuzz::{engine, mutator};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use std::cell::RefCell;
use std::collections::HashMap;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, directory::mutate)
});

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some(input) = Input::decode(bytes) else {
        return Corpus::Reject;
    };
    REUSED.with_borrow_mut(|reused| {
        reused.hold(&input.files);
        check(input, &reused.directory);
    });
    Corpus::Keep
});

thread_local! {
    static REUSED: RefCell<Reused> = RefCell::new(Reused { directory: WalDir::new(), files: Vec::new() });
}

/// One directory for all inputs, because making one takes longer than recovering it.
struct Reused {
    directory: WalDir,
    files: Vec<String>,
}

impl Reused {
    fn hold(&mut self, files: &[LogFile]) {
        for name in self.files.drain(..).filter(|name| files.iter().all(|file| file.name != *name)) {
            std::fs::remove_file(self.directory.path().join(name)).unwrap();
        }
        for file in files {
            self.directory.write(file);
        }
        self.files.extend(files.iter().map(|file| file.name.clone()));
    }
}

const MODES: [Mode; 4] = [Mode::Absolute, Mode::TolerateTornTail, Mode::PointInTime, Mode::SkipCorrupted];

fn check(mut input: Input, directory: &WalDir) {
    // Threads, lookups and scans do not depend on the mode, so they are tried in one.
    let asked = *input.rng.choice(&MODES).expect("four of them");
    let outcomes = MODES.map(|mode| {
        let options = Options { mode, ..input.options.clone() };
        check_mode(&options, &mut input, directory, mode == asked)
    });
    check_that_modes_agree(&outcomes);
    if input.options.max_memtables == usize::MAX {
        check_that_more_comes_back(&outcomes);
    }
}

fn check_mode(options: &Options, input: &mut Input, directory: &WalDir, is_asked: bool) -> Outcome {
    let expected = model::recover(&input.files, options);
    let (outcome, list) = engine::recover_list(directory.path(), options, 1);
    assert_same(&outcome, &expected, options);
    if let Some(threads) = input.threads.filter(|_| is_asked) {
        assert_same(&engine::recover(directory.path(), options, threads), &outcome, &threads);
    }
    if let (Some(list), Ok(recovered), true) = (list, &expected.result, is_asked) {
        ask(&list, recovered, &mut input.rng);
    }
    outcome
}

fn ask(list: &kevo::MemtableList, expected: &Recovered, rng: &mut Rng) {
    let versions: Vec<Version> = expected.memtables.iter().flat_map(|table| table.versions.iter().cloned()).collect();
    for _ in 0..2 {
        check_get(list, expected, &any_key(rng, &versions), any_bound(rng, &versions));
    }
    let moves: Vec<_> = (0..rng.usize(..8)).map(|_| any_move(rng, &versions)).collect();
    check_walks(list, expected, &any_scan(rng, &versions), &moves, rng.usize(..expected.memtables.len()));
}

fn check_that_modes_agree([absolute, others @ ..]: &[Outcome; 4]) {
    if absolute.result.is_ok() {
        others.iter().for_each(|other| assert_same(other, absolute, &"what is accepted without a doubt"));
    }
}

/// Memtables are unlimited. A mode that stops early does not come to a log of a newer version, which all others refuse.
fn check_that_more_comes_back([_, tolerate, point, skip]: &[Outcome; 4]) {
    if skip.result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Unsupported) {
        return;
    }
    let all = versions(skip);
    let contains = |part: &Outcome| {
        versions(part)
            .iter()
            .for_each(|(version, count)| assert!(all.get(version) >= Some(count), "{version:?} is lost"));
    };
    contains(point);
    contains(tolerate);
}

fn versions(outcome: &Outcome) -> HashMap<&Version, usize> {
    let mut versions = HashMap::new();
    for table in outcome.result.iter().flat_map(|recovered| &recovered.memtables) {
        for version in &table.versions {
            *versions.entry(version).or_default() += 1;
        }
    }
    versions
}
