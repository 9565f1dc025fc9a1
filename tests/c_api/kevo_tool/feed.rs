//! tail.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use kevo::db::{Database, DbOptions, WriteOptions};
use serde_json::json;

use super::tool::{FAILED, Place, fed, kevo, program_path};
use crate::support::database_case::listing;

#[test]
fn the_feed_comes_in_its_order_with_batches_whole() {
    let place = Place::with("put a 1\nput b 2\ndelete a\n");
    let before = listing(Path::new(&place.db));
    assert_eq!(kevo(&["tail", &place.db]).done().out(), "1\tput\ta\t1\n2\tput\tb\t2\n3\tdelete\ta\n");
    assert_eq!(kevo(&["tail", "--after=1", "--hex", &place.db]).done().out(), "2\tput\t62\t32\n3\tdelete\t61\n");
    assert_eq!(kevo(&["tail", "--limit=1", &place.db]).done().out().lines().count(), 3, "a batch is whole");
    assert_eq!(kevo(&["tail", "--limit=0", &place.db]).done().out(), "");
    let lines = kevo(&["tail", "--json", &place.db]).done().json();
    assert_eq!(
        lines[2],
        json!({"kind": "entry", "last_of_batch": true, "key": "61", "sequence": 3, "op": "delete", "value": null})
    );
    assert_eq!(lines[0]["last_of_batch"], false);
    assert_eq!(listing(Path::new(&place.db)), before);
}

#[test]
fn a_log_that_is_gone_is_told_if_it_was_asked_for() {
    let place = Place::with_table(10);
    kevo(&["put", &place.db, "later", "value"]).done();
    assert_eq!(kevo(&["tail", &place.db]).done().out(), "11\tput\tlater\tvalue\n");
    kevo(&["tail", "--after=5", &place.db]).ends_with(FAILED).says("gone");
    kevo(&["tail", &place.beside("nothing")]).ends_with(FAILED);
}

#[test]
fn following_shows_what_another_process_writes() {
    let place = Place::new();
    let database = Database::open(Path::new(&place.db), &DbOptions::default(), None).0.unwrap();
    database.put(b"a", b"1", WriteOptions::default()).unwrap();
    // If nothing comes, the test fails.
    let mut limited = Command::new("timeout");
    limited.arg("60").arg(program_path()).args(["tail", "--follow", "--limit=3", &place.db]);
    let mut child = limited.env_remove("LD_LIBRARY_PATH").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "1\tput\ta\t1");
    // The line came although the feed goes on.
    database.put(b"b", b"2", WriteOptions::default()).unwrap();
    assert_eq!(lines.next().unwrap(), "2\tput\tb\t2");
    database.delete(b"a", WriteOptions::default()).unwrap();
    assert_eq!(lines.next().unwrap(), "3\tdelete\ta");
    assert!(lines.next().is_none() && child.wait().unwrap().success());
    database.close().unwrap();
    fed(&["batch", &place.db], b"put c 3\n").done();
}
