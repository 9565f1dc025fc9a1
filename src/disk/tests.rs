use super::{Disk, FileKind, RealDisk, WriteFile};
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::{fs, iter};
use tempfile::TempDir;

/// The names in a directory of the real disk, sorted; no more than `most`.
fn names(directory: &TempDir, most: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut take = |name: &std::ffi::OsStr| {
        names.push(name.to_str().unwrap().to_owned());
        if names.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    RealDisk.list(directory.path(), &mut take).unwrap();
    names.sort();
    names
}

#[test]
fn a_file_is_made_once_written_renamed_read_and_removed() {
    let directory = TempDir::new().unwrap();
    let [one, other] = ["one", "other"].map(|name| directory.path().join(name));
    let mut file = RealDisk.create_new(&one).unwrap();
    assert_eq!(RealDisk.create_new(&one).unwrap_err().kind(), ErrorKind::AlreadyExists);
    file.append_all(b"some bytes").unwrap();
    file.sync_data().unwrap();
    file.sync().unwrap();
    RealDisk.rename(&one, &other).unwrap();
    RealDisk.open_directory(directory.path()).unwrap().sync().unwrap();
    assert_eq!(names(&directory, 9), ["other"]);

    let file = RealDisk.open(&other).unwrap();
    let info = RealDisk.info(&other).unwrap();
    assert_eq!((info.kind, info.length, file.info().unwrap()), (FileKind::Regular, 10, info));
    let mut bytes = [0; 20];
    assert_eq!(file.read_at(&mut bytes, 5).unwrap(), 5);
    assert_eq!(&bytes[..5], b"bytes");
    assert_eq!(file.read_at(&mut bytes, 10).unwrap(), 0);
    RealDisk.remove(&other).unwrap();
    assert_eq!(RealDisk.info(&other).unwrap_err().kind(), ErrorKind::NotFound);
}

/// Where the file system does not take stores, the same bytes are written by system calls.
#[cfg(target_os = "linux")]
#[test]
fn stores_into_a_map_are_in_the_file_at_once_and_zeros_follow_until_they_are_cut() {
    let directories =
        [TempDir::new().unwrap(), TempDir::new_in("/dev/shm").unwrap_or_else(|_| TempDir::new().unwrap())];
    for directory in directories {
        let path = directory.path().join("log");
        let mut file = RealDisk.create_new(&path).unwrap();
        file.append_all(b"a start").unwrap();
        let is_mapped = file.map_end().unwrap();
        let mut expected = b"a start".to_vec();
        // Pieces of all sizes, across windows, with calls in between.
        for number in 0..9000_usize {
            let len = if number % 1000 == 999 { 100_000 } else { 1 + number * 7 % 900 };
            let piece: Vec<u8> = (0..len).map(|at| (at * 31 + number) as u8 | 1).collect();
            file.append_all(&piece).unwrap();
            expected.extend(piece);
            if number % 1500 == 0 {
                let found = fs::read(&path).unwrap();
                assert_eq!(found.len() > expected.len(), is_mapped);
                assert!(found.starts_with(&expected), "{number}");
                assert!(found[expected.len()..].iter().all(|byte| *byte == 0), "{number}");
            }
        }
        file.sync_data().unwrap();
        file.cut().unwrap();
        assert!(fs::read(&path).unwrap() == expected);
        // It goes on after a cut.
        file.append_all(b"the end").unwrap();
        file.cut().unwrap();
        file.sync().unwrap();
        expected.extend(b"the end");
        assert!(fs::read(&path).unwrap() == expected);
    }
}

#[test]
fn all_names_of_a_directory_are_listed_until_the_caller_has_enough() {
    let directory = TempDir::new().unwrap();
    // More than fit into the buffer that they are read into.
    let expected: Vec<String> = (0..1000).map(|number| format!("a rather long name {number:04}")).collect();
    for name in &expected {
        fs::write(directory.path().join(name), "").unwrap();
    }
    assert_eq!(names(&directory, usize::MAX), expected);
    assert_eq!(names(&directory, 3).len(), 3);
}

#[test]
fn links_are_followed() {
    let directory = TempDir::new().unwrap();
    let link = directory.path().join("link");
    symlink(directory.path(), &link).unwrap();
    let info = RealDisk.info(&link).unwrap();
    assert_eq!((info.kind, info), (FileKind::Directory, RealDisk.info(directory.path()).unwrap()));
    let real = directory.path().canonicalize().unwrap();
    assert_eq!(RealDisk.canonical(&link).unwrap(), real);
    for path in [real.join("link/"), real.join("link/."), real.join("no/../link")] {
        fs::create_dir_all(real.join("no")).unwrap();
        assert_eq!(RealDisk.canonical(&path).unwrap(), real, "{}", path.display());
    }
    assert_eq!(RealDisk.canonical(&link.join("no/")).unwrap().canonicalize().unwrap(), real.join("no"));
    assert_eq!(RealDisk.canonical(&real.join("gone")).unwrap_err().kind(), ErrorKind::NotFound);
}

/// Takes what the script says at each call.
#[derive(Debug)]
struct Scripted {
    calls: Vec<io::Result<usize>>,
    taken: Vec<u8>,
}

impl WriteFile for Scripted {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.calls.remove(0)?;
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn appending_goes_on_where_a_short_or_interrupted_call_ended() {
    let interrupted = || Err(ErrorKind::Interrupted.into());
    let calls = vec![interrupted(), Ok(3), interrupted(), Ok(1), Ok(6)];
    let mut file = Scripted { calls, taken: Vec::new() };
    file.append_all(b"some bytes").unwrap();
    assert_eq!((file.taken.as_slice(), file.calls.len()), (&b"some bytes"[..], 0));
}

#[test]
fn appending_ends_at_an_error_and_where_nothing_is_taken() {
    for (last, kind) in [(Ok(0), ErrorKind::WriteZero), (Err(ErrorKind::StorageFull.into()), ErrorKind::StorageFull)] {
        let mut file = Scripted { calls: iter::once(Ok(4)).chain([last]).collect(), taken: Vec::new() };
        assert_eq!(file.append_all(b"some bytes").unwrap_err().kind(), kind);
        assert_eq!(file.taken, b"some");
    }
}
