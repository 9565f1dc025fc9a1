//! The directory of a database, opened for reading and for writing: both find the same or fail, a failure changes
//! nothing, and what is written afterwards is there, whatever else is done and however often it is opened again.
#![no_main]

use fastrand::Rng;
use kevo::Error;
use kevo::db::{Batch, Database, DbOptions, WriteOptions};
use kevo_fuzz::database::{self, Contents};
use kevo_fuzz::database_input::{Files, Input, files};
use kevo_fuzz::disk::TwinDisk;
use kevo_fuzz::{database_mutator, mutator};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use std::mem::{Discriminant, discriminant};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(data, size, max_size, seed, database_mutator::mutate)
});

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some(input) = Input::decode(bytes) else {
        return Corpus::Reject;
    };
    let disk = input.disk();
    let read = read_only(&disk, &input.options);
    let before = files(&disk);
    match database::open(&disk, &input.options) {
        Ok(database) => {
            let found = found(&database);
            match &read {
                Ok(read) => assert_eq!(read, &found, "read-only, and for writing"),
                Err(Error::NotADatabase { .. }) => assert_eq!(found, Ok(Contents::new())),
                Err(error) => panic!("only for reading it cannot be opened: {error}"),
            }
            go_on(database, found, &disk, input);
        }
        Err(error) => {
            assert!(unlocked(files(&disk)) == unlocked(before), "a failed opening changes nothing: {error}");
            // There is no higher number for a log.
            if !matches!(error, Error::TooLarge(_)) {
                let read = read.err().unwrap_or_else(|| panic!("only for writing it cannot be opened: {error}"));
                assert_eq!(discriminant(&read), discriminant(&error), "{read}; {error}");
            }
        }
    }
    Corpus::Keep
});

/// What a database holds, or what reading it fails with.
type Found = Result<Contents, Discriminant<Error>>;

fn found(database: &Database) -> Found {
    database::contents(database).map_err(|error| discriminant(&error))
}

/// What an opening for reading finds, which changes nothing.
fn read_only(disk: &TwinDisk, options: &DbOptions) -> Result<Found, Error> {
    let before = files(disk);
    let opened = database::open(disk, &DbOptions { read_only: true, ..options.clone() });
    let read = opened.map(|database| found(&database));
    assert!(files(disk) == before, "a read-only opening changes nothing");
    read
}

/// A failed opening leaves the file that is locked.
fn unlocked(mut files: Files) -> Files {
    files.remove("LOCK");
    files
}

/// What was written, and what must still be there. If reading fails anywhere, only keys that were written can be asked.
fn go_on(mut database: Database, mut expected: Found, disk: &TwinDisk, input: Input) {
    let Input { options, mut rng, .. } = input;
    let mut written = Contents::new();
    for number in 0..rng.u8(1..12) {
        match rng.u8(..12) {
            0 => database.flush().unwrap_or_else(|error| panic!("{error}")),
            1 => compact(&database),
            2 => {
                database.close().unwrap_or_else(|error| panic!("{error}"));
                database = opened(disk, &options);
            }
            3 => {
                // What is kept back is not read, but nothing fails.
                let read = database::open(disk, &DbOptions { read_only: true, ..options.clone() });
                read.map(|read| drop(found(&read))).unwrap_or_else(|error| panic!("{error}"));
            }
            _ => write(&database, number, &mut rng, &mut expected, &mut written),
        }
        check(&database, &expected, &written);
    }
    database.close().unwrap_or_else(|error| panic!("{error}"));
    drop(database);
    let read = read_only(disk, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read, expected, "read-only, after it was closed");
    let database = opened(disk, &options);
    check(&database, &expected, &written);
}

fn opened(disk: &TwinDisk, options: &DbOptions) -> Database {
    database::open(disk, options).unwrap_or_else(|error| panic!("it was open: {error}"))
}

/// A table that is damaged stays as it is.
fn compact(database: &Database) {
    match database.compact(b"", None) {
        Ok(()) | Err(Error::CorruptTable { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

fn write(database: &Database, number: u8, rng: &mut Rng, expected: &mut Found, written: &mut Contents) {
    let mut batch = Batch::new();
    let before = (expected.clone(), written.clone());
    for _ in 0..rng.u8(1..4) {
        // Keys of the histories, too.
        let key = if rng.bool() { format!("key{}", rng.u8(..9)).into_bytes() } else { vec![rng.u8(b'a'..b'e')] };
        if rng.u8(..4) == 0 {
            batch.delete(&key).expect("there is memory");
            written.remove(&key);
            expected.iter_mut().for_each(|expected| drop(expected.remove(&key)));
        } else {
            let value = vec![number; rng.usize(..200)];
            batch.put(&key, &value).expect("there is memory");
            written.insert(key.clone(), value.clone());
            expected.iter_mut().for_each(|expected| drop(expected.insert(key.clone(), value.clone())));
        }
    }
    match database.write(&batch, WriteOptions::default()) {
        Ok(_) => {}
        // There are no more sequence numbers.
        Err(Error::InvalidArgument(_)) => (*expected, *written) = before,
        Err(error) => panic!("{error}"),
    }
}

fn check(database: &Database, expected: &Found, written: &Contents) {
    if expected.is_ok() {
        assert_eq!(&found(database), expected);
    }
    for (key, value) in written {
        let found = database.get(key).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.as_ref(), Some(value));
    }
}
