//! Where an export goes: into a directory that then holds a whole log, or nothing, whatever goes wrong.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::support::system;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use kevo::{Error, MemtableList, Options};
use rustix::io::Errno;

use crate::support::model::LogFile;
use crate::support::system::{Fault, Told};
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Op};

const IO: i64 = -2;

/// A directory with a log of two entries in it.
struct Place(WalDir);

impl Place {
    /// Whose export is one file.
    fn small() -> Self {
        Self::with(1 << 20)
    }

    /// Whose export is two files.
    fn large() -> Self {
        Self::with(64 << 20)
    }

    fn with(length: usize) -> Self {
        let mut log = LogWriter::new();
        log.entry(5, &Op::put("long", vec![7; length]));
        log.entry(3, &Op::put("key", "value"));
        let place = Self(WalDir::with(&[LogFile { name: "db/1.wal".to_owned(), bytes: log.into_bytes() }]));
        fs::set_permissions(place.0.path(), Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn wal_dir(&self) -> PathBuf {
        self.path("db")
    }

    fn list(&self) -> MemtableList {
        kevo::recover(&self.wal_dir(), &Options::default(), None).0.unwrap()
    }

    /// In a process of its own.
    fn export(&self, out: &Path, arguments: &[&str], fault: Option<&Fault>) -> Told {
        let export = format!("export={}", out.display());
        system::recover(&self.wal_dir(), &[arguments, &[&export]].concat(), fault)
    }

    /// What is in it beside the log.
    fn names(&self) -> Vec<String> {
        let mut names = names(self.0.path());
        names.retain(|name| name != "db");
        names
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is_log(name: &str) -> bool {
    Path::new(name).extension() == Some("wal".as_ref())
}

/// Whether the whole log is there; if not, nothing is.
#[track_caller]
fn is_whole(out: &Path) -> bool {
    let (list, report) = kevo::recover(out, &Options::default(), None);
    assert!(list.is_ok() && matches!((report.files, report.entries_applied), (0, 0) | (1 | 2, 2)), "{report:?}");
    assert_eq!(names(out).len() as u64, report.files);
    report.files > 0
}

#[track_caller]
fn check_refusal(result: Result<kevo::Exported, Error>, out: &Path, errno: Errno) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Export { .. }), "{error:?}");
    assert_eq!((error.path(), error.os_code()), (Some(out), Some(errno.raw_os_error())), "{error}");
    let message = error.to_string();
    assert!(message.starts_with(&*out.to_string_lossy()) && message.contains("export into a directory"), "{message}");
}

#[track_caller]
fn check_error(told: &Told, out: &Path, errno: Errno) {
    assert_eq!((told.number("code"), told.number("os")), (Some(IO), Some(errno.raw_os_error().into())), "{told:?}");
    assert_eq!((told.path().as_deref(), told.number("offset")), (Some(out), None), "{told:?}");
}

mod a_directory {
    use super::*;

    #[test]
    fn that_is_new_is_made() {
        let place = Place::small();
        let out = place.path("out");
        place.list().export(&out, false).unwrap();
        assert!(is_whole(&out));
        assert_eq!(place.names(), ["out"]);
        fs::create_dir(place.path("made by others")).unwrap();
        assert_eq!(fs::metadata(out).unwrap().mode(), fs::metadata(place.path("made by others")).unwrap().mode());
    }

    #[test]
    fn that_is_empty_keeps_its_mode_and_owner() {
        let place = Place::small();
        for mode in [0o700, 0o2775] {
            let out = place.path("out");
            fs::create_dir(&out).unwrap();
            fs::set_permissions(&out, Permissions::from_mode(mode)).unwrap();
            let is_other = std::os::unix::fs::chown(&out, Some(65534), Some(65534)).is_ok();
            fs::set_permissions(&out, Permissions::from_mode(mode)).unwrap();
            place.list().export(&out, false).unwrap();
            let after = fs::metadata(&out).unwrap();
            assert_eq!((after.mode() & 0o7777, after.uid() == 65534), (mode, is_other));
            assert!(is_whole(&out));
            fs::remove_dir_all(out).unwrap();
        }
    }

    #[test]
    fn may_be_given_by_any_path() {
        let place = Place::small();
        fs::create_dir(place.path("empty")).unwrap();
        symlink("empty", place.path("link")).unwrap();
        place.list().export(&place.path("link/"), false).unwrap();
        assert!(is_whole(&place.path("empty")));
        assert!(fs::symlink_metadata(place.path("link")).unwrap().is_symlink());
        place.list().export(&place.path("db/../new/"), false).unwrap();
        assert!(is_whole(&place.path("new")));
        let longest = place.path(&"n".repeat(255));
        place.list().export(&longest, false).unwrap();
        assert!(is_whole(&longest));
    }

    #[test]
    fn that_is_not_empty_is_an_error_and_stays_as_it_is() {
        let place = Place::small();
        let before = names(&place.wal_dir());
        check_refusal(place.list().export(&place.wal_dir(), false), &place.wal_dir(), Errno::NOTEMPTY);
        assert_eq!(names(&place.wal_dir()), before);
        let out = place.path("out");
        place.list().export(&out, false).unwrap();
        check_refusal(place.list().export(&out, false), &out, Errno::NOTEMPTY);
        assert!(is_whole(&out));
    }

    #[test]
    fn that_cannot_be_made_is_an_error() {
        let place = Place::small();
        symlink("nowhere", place.path("dangling")).unwrap();
        fs::write(place.path("file"), "").unwrap();
        for (name, errno) in [
            ("no/parent", Errno::NOENT),
            ("dangling", Errno::NOENT),
            ("file", Errno::NOTDIR),
            ("file/out", Errno::NOTDIR),
        ] {
            check_refusal(place.list().export(&place.path(name), false), &place.path(name), errno);
        }
        let unnamed = place.list().export(Path::new(""), false).unwrap_err();
        assert_eq!((unnamed.path(), unnamed.os_code()), (Some(Path::new("")), Some(Errno::NOENT.raw_os_error())));
        assert!(unnamed.to_string().starts_with("the path is empty"), "{unnamed}");
        assert_eq!(place.names(), ["dangling", "file"]);
        let root = place.list().export(Path::new("/"), false).unwrap_err();
        assert_eq!(root.os_code(), Some(Errno::NOTEMPTY.raw_os_error()));
    }

    #[test]
    fn that_may_not_be_made_or_replaced_is_an_error() {
        let place = Place::small();
        let user: &[&str] = if fs::metadata(place.0.path()).unwrap().uid() == 0 { &["user=65534"] } else { &[] };
        fs::create_dir(place.path("empty")).unwrap();
        fs::set_permissions(place.path("empty"), Permissions::from_mode(0o777)).unwrap();
        fs::set_permissions(place.0.path(), Permissions::from_mode(0o555)).unwrap();
        for name in ["new", "empty"] {
            check_error(&place.export(&place.path(name), user, None), &place.path(name), Errno::ACCESS);
        }
        fs::set_permissions(place.0.path(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(place.names(), ["empty"]);
    }

    #[test]
    fn of_another_owner_is_an_error_that_says_so() {
        let place = Place::small();
        let out = place.path("out");
        fs::create_dir(&out).unwrap();
        fs::set_permissions(place.0.path(), Permissions::from_mode(0o777)).unwrap();
        // Only the superuser can give a directory away. For others, the system says what it would say of one.
        let told = if std::os::unix::fs::chown(&out, Some(65533), Some(65533)).is_ok() {
            place.export(&out, &["user=65534"], None)
        } else {
            place.export(&out, &[], Some(&Fault::of("chown", ".partial").with_errno(Errno::PERM)))
        };
        assert_eq!((told.number("code"), told.path()), (Some(IO), Some(out.clone())), "{told:?}");
        let message = told.text("message").unwrap();
        assert!(message.contains("it belongs to another user or group"), "{message}");
        assert!(message.contains("export into a directory that is new or empty and your own"), "{message}");
        assert!(!is_whole(&out));
        assert_eq!(place.names(), ["out"]);
    }
}

/// All that is done to files on the way, and to the directory under its other name.
const CALLS: [&str; 7] = ["mkdir", "chown", "chmod", "open", "write", "sync", "rename"];

/// The call number `number` of this name.
fn fault(call: &str, number: usize) -> Fault {
    let number = number.to_string();
    Fault::of(call, ".partial").and("FAULT_FIRST", &number).and("FAULT_LAST", number)
}

/// The calls that are made only to be like an empty directory that is replaced.
const TO_BE_LIKE_IT: [&str; 2] = ["chown", "chmod"];

/// Lets each call go wrong, the first of its name, the second and so on, until one is not made, where there is nothing
/// and where there is an empty directory; `export` says whether it was. Gives how many were.
fn at_each_call(mut export: impl FnMut(&Place, &Path, &str, usize) -> bool) -> usize {
    let (one_file, two_files) = (Place::small(), Place::large());
    let mut made = 0;
    for (call, is_there) in CALLS.into_iter().flat_map(|call| [(call, false), (call, true)]) {
        // What comes more than once because there is more than one file.
        let place = if call == "rename" { &two_files } else { &one_file };
        let out = place.path("out");
        let mut at = |number: &usize| {
            if is_there {
                fs::create_dir(&out).unwrap();
            }
            let is_made = export(place, &out, call, *number);
            if out.exists() {
                fs::remove_dir_all(&out).unwrap();
            }
            is_made
        };
        let calls = (1..1000).take_while(&mut at).count();
        assert!(calls > 0 || !is_there && TO_BE_LIKE_IT.contains(&call), "{call}");
        made += calls;
    }
    made
}

#[test]
fn whatever_fails_leaves_all_as_it_was() {
    let made = at_each_call(|place, out, call, number| {
        let (was_there, errno) = (out.exists(), if call == "write" { Errno::NOSPC } else { Errno::IO });
        let told = place.export(out, &[], Some(&fault(call, number).with_errno(errno)));
        if told.hits > 0 {
            check_error(&told, out, errno);
            assert_eq!(place.names().len(), usize::from(was_there), "{call} {number}");
        }
        if told.hits == 0 || was_there {
            assert_eq!(is_whole(out), told.hits == 0, "{call} {number}");
        }
        told.hits > 0
    });
    // Of one file, opening, syncing and writing, at least; of two and of the directory, renaming.
    assert!(made >= 2 * (3 + 2 + 2 + 3) + 2, "{made}");
}

#[test]
fn whenever_it_is_killed_it_leaves_a_whole_log_or_none() {
    at_each_call(|place, out, call, number| {
        let was_there = out.exists();
        let hits = system::kill(&place.wal_dir(), &[&format!("export={}", out.display())], fault(call, number));
        assert_eq!(out.exists(), was_there || hits == 0, "{call} {number}");
        assert_eq!(out.exists() && is_whole(out), hits == 0, "{call} {number}");
        for staged in place.names().into_iter().filter(|name| name != "out") {
            assert!(hits > 0 && staged.starts_with("kevo-export-") && staged.ends_with(".partial"), "{staged}");
            let files = names(&place.path(&staged));
            let is_all_on_disk = call == "rename" || ["open", "sync"].contains(&call) && number > 1;
            assert!(is_all_on_disk || !files.iter().any(|name| is_log(name)), "{call} {number}: {files:?}");
            fs::remove_dir_all(place.path(&staged)).unwrap();
        }
        hits > 0
    });
}
