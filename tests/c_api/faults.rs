//! No disk that fails makes the library crash, hang, lie or leak.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::io::Errno;
use tempfile::TempDir;

use crate::support::system::{Fault, Told, recover};
use crate::support::writer::{LogWriter, Op};

const OK: i64 = 0;
const IO: i64 = -2;
const NO_MEMORY: i64 = -8;

const MODES: [&str; 4] = ["mode=0", "mode=1", "mode=2", "mode=3"];
const POINT_IN_TIME: &str = "mode=2";
const SKIP_CORRUPTED: &str = "mode=3";
const THREADS: [&str; 2] = ["threads=1", "threads=3"];

/// Bytes of a file that one thread reads at a time.
const PIECE: usize = 4 << 20;

/// A directory with files, which anyone may look into.
struct Logs(TempDir);

impl Logs {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let logs = Self(TempDir::new().unwrap());
        fs::set_permissions(logs.path(), Permissions::from_mode(0o755)).unwrap();
        for (name, bytes) in files {
            logs.write(name, bytes);
        }
        logs
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// What comes back when nothing goes wrong.
    fn sum(&self) -> String {
        let told = recover(self.path(), &[], None);
        told.text("sum").unwrap_or_else(|| panic!("{told:?}")).to_owned()
    }
}

/// So many entries of about a kilobyte, from this sequence number on.
fn log_of(first: u64, count: u64) -> LogWriter {
    let mut log = LogWriter::new();
    for sequence in first..first + count {
        log.entry(sequence, &Op::put(sequence.to_be_bytes(), vec![sequence as u8; 1000]));
    }
    log
}

/// A log in three pieces.
fn long_log() -> LogWriter {
    log_of(1, 9500)
}

fn short_log() -> Vec<u8> {
    log_of(1, 20).into_bytes()
}

/// An error about this file or directory. The offset is there for a file that was opened.
#[track_caller]
fn check_error(told: &Told, path: &Path, errno: Option<Errno>, offset: Option<usize>) {
    assert_eq!(told.number("code"), Some(IO), "{told:?}");
    assert_eq!(told.path().as_deref(), Some(path), "{told:?}");
    assert_eq!(told.number("os"), Some(errno.map_or(0, |errno| errno.raw_os_error().into())), "{told:?}");
    assert_eq!(told.size("offset"), offset, "{told:?}");
    let message = told.text("message").unwrap();
    assert!(message.starts_with(&*path.to_string_lossy()), "{message}");
}

#[track_caller]
fn check_sum(told: &Told, sum: &str) {
    assert_eq!((told.number("code"), told.text("sum")), (Some(OK), Some(sum)), "{told:?}");
}

/// Recovers in each mode, with one thread and several, while this goes wrong.
fn in_every_way(logs: &Logs, fault: &Fault, check: impl Fn(&Told)) {
    for mode in MODES {
        for threads in THREADS {
            let told = recover(logs.path(), &[mode, threads], Some(fault));
            assert!(told.hits > 0, "nothing went wrong: {fault:?}");
            check(&told);
        }
    }
}

/// A user who may not do what its modes do not say, if the tests are run by one who may.
fn other_user(logs: &Logs) -> &'static [&'static str] {
    if fs::metadata(logs.path()).unwrap().uid() == 0 { &["user=65534"] } else { &[] }
}

mod a_file_that_cannot_be_opened {
    use super::*;

    #[test]
    fn is_an_error_that_names_it() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("2.wal", &[])]);
        for errno in [Errno::ACCESS, Errno::IO, Errno::MFILE, Errno::STALE] {
            let fault = Fault::of("open", "/1.wal").with_errno(errno);
            in_every_way(&logs, &fault, |told| {
                check_error(told, &logs.file("1.wal"), Some(errno), None);
                assert_eq!((told.number("files"), told.number("bytes")), (Some(0), Some(0)));
            });
        }
    }

    #[test]
    fn is_an_error_for_a_user_who_may_not_read_it() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("2.wal", &short_log())]);
        fs::set_permissions(logs.file("2.wal"), Permissions::from_mode(0o000)).unwrap();
        let told = recover(logs.path(), other_user(&logs), None);
        check_error(&told, &logs.file("2.wal"), Some(Errno::ACCESS), None);
        assert_eq!((told.number("files"), told.number("applied")), (Some(1), Some(20)));
    }

    #[test]
    fn is_an_error_if_it_cannot_even_be_looked_at() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("2.wal", &short_log())]);
        let fault = Fault::of("stat", "/2.wal").with_errno(Errno::IO);
        in_every_way(&logs, &fault, |told| {
            check_error(told, &logs.file("2.wal"), Some(Errno::IO), None);
            assert_eq!((told.number("files"), told.number("applied")), (Some(1), Some(20)));
        });
    }

    #[test]
    fn is_no_error_after_the_point_in_time() {
        let mut damaged = short_log();
        damaged[1500] ^= 1;
        let logs = Logs::new(&[("1.wal", &damaged), ("2.wal", &short_log())]);
        let fault = Fault::of("open", "/2.wal").with_errno(Errno::IO);
        let told = recover(logs.path(), &[POINT_IN_TIME], Some(&fault));
        assert_eq!((told.hits, told.number("code"), told.number("applied")), (1, Some(OK), Some(1)), "{told:?}");
        assert_eq!(told.number("left_out"), Some(1));
    }
}

mod a_directory_that_cannot_be_opened {
    use super::*;

    #[test]
    fn is_an_error_that_names_it() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("backup_1/0.wal", &short_log())]);
        for errno in [Errno::ACCESS, Errno::IO, Errno::MFILE] {
            in_every_way(&logs, &Fault::of("open", logs.path()).with_errno(errno), |told| {
                check_error(told, logs.path(), Some(errno), None);
            });
            let fault = Fault::of("open", "/backup_1").with_errno(errno);
            check_error(
                &recover(logs.path(), &["set-aside=1"], Some(&fault)),
                &logs.file("backup_1"),
                Some(errno),
                None,
            );
        }
    }

    #[test]
    fn is_an_error_for_a_user_who_may_not_read_it() {
        let logs = Logs::new(&[("db/1.wal", &short_log())]);
        let db = logs.file("db");
        for mode in [0o000, 0o300] {
            fs::set_permissions(&db, Permissions::from_mode(mode)).unwrap();
            let told = recover(&db, other_user(&logs), None);
            check_error(&told, &db, Some(Errno::ACCESS), None);
        }
        fs::set_permissions(&db, Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn is_an_error_if_it_is_set_aside_and_cannot_even_be_looked_at() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("backup_1/0.wal", &short_log())]);
        let fault = Fault::of("stat", "/backup_1").with_errno(Errno::IO);
        let told = recover(logs.path(), &["set-aside=1"], Some(&fault));
        check_error(&told, &logs.file("backup_1"), Some(Errno::IO), None);
        let told = recover(logs.path(), &[], Some(&fault));
        assert_eq!((told.hits, told.number("applied")), (1, Some(20)), "it is not asked for");
    }
}

mod a_read_that_fails {
    use super::*;

    /// With the read of this byte failing: an error there, and everything before it told.
    fn check(offset: usize) {
        let long = long_log();
        let whole = long.written().iter().filter(|written| written.bytes.end <= offset).count();
        let bytes = long.into_bytes();
        assert!(bytes.len() > 2 * PIECE && bytes.len() < 3 * PIECE);
        let fault = Fault::reading("/5.wal", offset).with_errno(Errno::IO);
        let mut torn = short_log();
        torn.truncate(torn.len() - 3);
        for others in [&[][..], &[("9.wal", &*torn)], &[("1.wal", &*torn)]] {
            let logs = Logs::new(&[&[("5.wal", &*bytes)], others].concat());
            let is_before = others.iter().any(|&(name, _)| name == "1.wal");
            in_every_way(&logs, &fault, |told| {
                if is_before && told.number("code") != Some(IO) {
                    // The torn tail before it is an error by itself, or ends the time up to the point.
                    return;
                }
                check_error(told, &logs.file("5.wal"), Some(Errno::IO), Some(offset));
                let (files, read, entries) = if is_before { (1, torn.len(), 19) } else { (0, 0, 0) };
                let counted = ["files", "bytes", "applied"].map(|name| told.size(name).unwrap());
                // Of a file that gave not a byte nothing was read.
                let files = files + usize::from(offset > 0);
                assert_eq!(counted, [files, read + offset, entries + whole], "{told:?}");
                assert_eq!(told.count("damage"), usize::from(is_before), "{told:?}");
            });
        }
    }

    #[test]
    fn at_the_first_byte_is_an_error_there() {
        check(0);
    }

    #[test]
    fn in_the_first_piece_is_an_error_there() {
        check(1_000_003);
    }

    #[test]
    fn in_a_middle_piece_is_an_error_there() {
        check(PIECE + 1_500_000);
    }

    #[test]
    fn at_the_start_of_a_piece_is_an_error_there() {
        check(2 * PIECE);
    }

    #[test]
    fn in_the_last_piece_is_an_error_there() {
        check(long_log().len() - 1);
    }

    #[test]
    fn does_not_hide_the_damage_in_files_before_it() {
        let mut torn = short_log();
        torn.truncate(torn.len() - 3);
        let logs = Logs::new(&[("1.wal", &torn), ("2.wal", &short_log())]);
        for mode in ["mode=0", SKIP_CORRUPTED] {
            let told = recover(logs.path(), &[mode], Some(&Fault::reading("/2.wal", 2000).with_errno(Errno::IO)));
            check_error(&told, &logs.file("2.wal"), Some(Errno::IO), Some(2000));
            assert_eq!((told.hits, told.count("damage"), told.number("applied")), (1, 1, Some(20)), "{told:?}");
        }
    }

    #[test]
    fn after_a_flipped_bit_of_the_same_file_is_the_error() {
        // What the bit did cannot be told without the rest of the file.
        let mut damaged = short_log();
        damaged[1500] ^= 1;
        let logs = Logs::new(&[("1.wal", &damaged)]);
        in_every_way(&logs, &Fault::reading("/1.wal", 9000).with_errno(Errno::IO), |told| {
            check_error(told, &logs.file("1.wal"), Some(Errno::IO), Some(9000));
            assert_eq!((told.count("damage"), told.number("applied")), (0, Some(1)), "{told:?}");
        });
    }
}

mod a_read_that_is {
    use super::*;

    fn check(fault: &Fault) {
        let logs = Logs::new(&[("1.wal", &long_log().into_bytes()), ("2.wal", &log_of(9501, 20).into_bytes())]);
        let sum = logs.sum();
        in_every_way(&logs, fault, |told| check_sum(told, &sum));
    }

    #[test]
    fn short_is_gone_on_with() {
        check(&Fault::of("read", ".wal"));
    }

    #[test]
    fn interrupted_is_made_again() {
        check(&Fault::of("read", ".wal").and("FAULT_EVERY", "2").with_errno(Errno::INTR));
    }
}

mod while_it_is_read_a_file {
    use super::*;

    #[test]
    fn that_shrinks_is_an_error_that_says_where_it_ends_or_comes_back_whole() {
        let logs = || Logs::new(&[("1.wal", &long_log().into_bytes())]);
        let sum = logs().sum();
        for (threads, end) in
            THREADS.into_iter().flat_map(|threads| [0, 700_000, PIECE, 9_000_000].map(|end| (threads, end)))
        {
            let logs = logs();
            let file = logs.file("1.wal");
            let truncate = format!("truncate -s {end} {}", file.display());
            let told = recover(logs.path(), &[threads], Some(&Fault::reading("/1.wal", 0).running(truncate)));
            assert_eq!((told.hits, fs::metadata(&file).unwrap().len()), (1, end as u64));
            if threads == "threads=1" {
                check_error(&told, &file, None, Some(end));
            } else if told.number("code") == Some(OK) {
                check_sum(&told, &sum);
                continue;
            } else {
                // Others have read their pieces by then, or a part of them.
                let offset = told.size("offset").unwrap();
                assert!(offset >= end, "{told:?}");
                check_error(&told, &file, None, Some(offset));
            }
            assert!(told.text("message").unwrap().contains("became shorter"), "{told:?}");
        }
    }

    #[test]
    fn that_grows_is_read_as_it_was() {
        for threads in THREADS {
            let logs = Logs::new(&[("1.wal", &long_log().into_bytes()), ("more", &log_of(9501, 20).into_bytes())]);
            let sum = logs.sum();
            let grow = format!("cat {} >> {}", logs.file("more").display(), logs.file("1.wal").display());
            let told = recover(logs.path(), &[threads], Some(&Fault::reading("/1.wal", 5_000_000).running(grow)));
            assert_eq!((told.hits, told.count("damage")), (1, 0));
            check_sum(&told, &sum);
            assert_ne!(logs.sum(), sum, "it has grown");
        }
    }

    /// Recovers while another file takes this one's place.
    fn replaced(when: &Fault, by: &[u8]) -> (Logs, Told, [String; 2]) {
        let logs = Logs::new(&[("1.wal", &short_log()), ("other", by)]);
        let before = logs.sum();
        let (other, file) = (logs.file("other"), logs.file("1.wal"));
        let when = when.clone().running(format!("mv {} {}", other.display(), file.display()));
        let told = recover(logs.path(), &[], Some(&when));
        assert_eq!((told.hits, other.exists()), (1, false));
        let sums = [before, logs.sum()];
        assert_ne!(sums[0], sums[1]);
        (logs, told, sums)
    }

    #[test]
    fn that_is_replaced_is_read_as_it_was() {
        for by in [0, 1, 100] {
            let (_logs, told, [before, _]) = replaced(&Fault::reading("/1.wal", 0), &log_of(7, by).into_bytes());
            check_sum(&told, &before);
        }
    }

    #[test]
    fn that_was_replaced_before_it_was_opened_is_an_error() {
        for by in [0, 1, 100] {
            let (logs, told, _) = replaced(&Fault::of("open", "/1.wal"), &log_of(7, by).into_bytes());
            check_error(&told, &logs.file("1.wal"), None, None);
            assert!(told.text("message").unwrap().contains("took its place"), "{told:?}");
        }
    }

    #[test]
    fn that_was_replaced_by_one_of_its_length_before_it_was_opened_is_the_new_one() {
        let (_logs, told, [_, after]) = replaced(&Fault::of("open", "/1.wal"), &log_of(7, 20).into_bytes());
        check_sum(&told, &after);
    }

    #[test]
    fn that_was_replaced_by_a_pipe_is_an_error_and_not_waited_for() {
        let logs = Logs::new(&[("1.wal", &short_log())]);
        let file = logs.file("1.wal");
        let replace = format!("rm {0} && mkfifo {0}", file.display());
        let told = recover(logs.path(), &[], Some(&Fault::of("open", "/1.wal").running(replace)));
        assert_eq!(told.hits, 1);
        check_error(&told, &file, None, None);
    }
}

mod what_vanishes {
    use super::*;

    fn check(when: &Fault, what: &str, errno: Errno) {
        let logs = Logs::new(&[("db/1.wal", &short_log()), ("db/backup_1/0.wal", &short_log())]);
        let (db, path) = (logs.file("db"), logs.file(what));
        let when = when.clone().running(format!("rm -r {}", path.display()));
        let told = recover(&db, &["set-aside=1"], Some(&when));
        assert_eq!((told.hits, path.exists()), (1, false));
        check_error(&told, &path, Some(errno), None);
    }

    #[test]
    fn before_recovery_is_an_error_that_names_it() {
        let logs = Logs::new(&[]);
        let missing = logs.file("db");
        check_error(&recover(&missing, &[], None), &missing, Some(Errno::NOENT), None);
    }

    #[test]
    fn a_directory_before_it_is_listed_is_an_error_that_names_it() {
        check(&Fault::of("open", "/db"), "db", Errno::NOENT);
        check(&Fault::of("open", "/backup_1"), "db/backup_1", Errno::NOENT);
    }

    #[test]
    fn a_directory_after_it_is_listed_is_an_error_that_names_its_file() {
        let logs = Logs::new(&[("db/1.wal", &short_log())]);
        let (db, away) = (logs.file("db"), logs.file("away"));
        for when in [Fault::of("stat", "/1.wal"), Fault::of("open", "/1.wal")] {
            let vanish = format!("mv {} {}", db.display(), away.display());
            let told = recover(&db, &[], Some(&when.running(vanish)));
            assert_eq!((told.hits, db.exists()), (1, false));
            check_error(&told, &db.join("1.wal"), Some(Errno::NOENT), None);
            fs::rename(&away, &db).unwrap();
        }
    }

    #[test]
    fn a_file_before_it_is_looked_at_is_an_error_that_names_it() {
        check(&Fault::of("stat", "/1.wal"), "db/1.wal", Errno::NOENT);
    }

    #[test]
    fn a_file_before_it_is_opened_is_an_error_that_names_it() {
        check(&Fault::of("open", "/1.wal"), "db/1.wal", Errno::NOENT);
        check(&Fault::of("open", "/0.wal"), "db/backup_1/0.wal", Errno::NOENT);
    }

    #[test]
    fn a_file_that_is_open_comes_back() {
        let logs = Logs::new(&[("1.wal", &short_log())]);
        let (sum, file) = (logs.sum(), logs.file("1.wal"));
        let vanish = Fault::reading("/1.wal", 0).running(format!("rm {}", file.display()));
        check_sum(&recover(logs.path(), &[], Some(&vanish)), &sum);
        assert!(!file.exists());
    }
}

mod a_name {
    use super::*;

    const NOT_TEXT: &[u8] = b"\xff\xfe \x80.wal";

    #[test]
    fn that_is_not_text_is_told_byte_for_byte() {
        let logs = Logs::new(&[("1.wal", &short_log())]);
        let name = OsStr::from_bytes(NOT_TEXT);
        let (directory, file) = (logs.file(name), logs.file(name).join(name));
        fs::create_dir(&directory).unwrap();
        fs::rename(logs.file("1.wal"), &file).unwrap();
        assert_eq!(recover(&directory, &[], None).number("applied"), Some(20));

        for (fault, path, offset) in [
            (Fault::of("open", name).and("FAULT_LAST", "1"), &directory, None),
            (Fault::reading(name, 5), &file, Some(5)),
        ] {
            let told = recover(&directory, &[], Some(&fault.with_errno(Errno::IO)));
            assert!(told.hits > 0);
            assert_eq!(told.path().as_ref(), Some(path), "{told:?}");
            assert_eq!((told.number("os"), told.number("offset")), (Some(5), offset), "{told:?}");
        }
    }

    /// A directory whose path is so many bytes long.
    fn directory_of(logs: &Logs, len: usize) -> PathBuf {
        let mut path = logs.path().to_owned();
        while path.as_os_str().len() + 1 < len {
            let rest = len - path.as_os_str().len() - 1;
            // Of 201, all but one are left for the next: a name has at least one byte.
            path.push("d".repeat(if rest == 201 { 199 } else { rest.min(200) }));
        }
        fs::create_dir_all(&path).unwrap();
        assert_eq!(path.as_os_str().len(), len);
        path
    }

    #[test]
    fn of_the_longest_path_that_the_system_takes_is_a_path_like_any_other() {
        let logs = Logs::new(&[]);
        let directory = directory_of(&logs, 4095);
        let told = recover(&directory, &[], None);
        assert_eq!((told.number("code"), told.number("files")), (Some(OK), Some(0)), "{told:?}");

        let directory = directory_of(&logs, 4089);
        fs::write(directory.join("1.wal"), short_log()).unwrap();
        assert_eq!(recover(&directory, &[], None).number("applied"), Some(20));
    }

    #[test]
    fn of_a_longer_path_is_an_error_that_names_it() {
        let logs = Logs::new(&[]);
        let directory = directory_of(&logs, 4095);
        let too_long = PathBuf::from(format!("{}d", directory.display()));
        check_error(&recover(&too_long, &[], None), &too_long, Some(Errno::NAMETOOLONG), None);
    }

    #[test]
    fn of_a_file_that_makes_the_path_too_long_is_an_error_that_names_it() {
        let logs = Logs::new(&[("1.wal", &short_log())]);
        let (directory, short) = (directory_of(&logs, 4090), logs.file("short"));
        // The file can be made only by way of a shorter path to the same place.
        symlink(&directory, &short).unwrap();
        fs::rename(logs.file("1.wal"), short.join("1.wal")).unwrap();
        check_error(&recover(&directory, &[], None), &directory.join("1.wal"), Some(Errno::NAMETOOLONG), None);
        assert_eq!(recover(&short, &[], None).number("applied"), Some(20));
    }

    #[test]
    fn that_is_empty_is_an_error() {
        let told = recover(Path::new(""), &[], None);
        assert_eq!((told.number("code"), told.number("os")), (Some(IO), Some(Errno::NOENT.raw_os_error().into())));
        assert_eq!(
            (told.path(), told.text("message").unwrap().starts_with("the path is empty")),
            (Some("".into()), true)
        );
    }

    #[test]
    fn of_a_file_is_no_directory() {
        let logs = Logs::new(&[("1.wal", &short_log())]);
        let file = logs.file("1.wal");
        check_error(&recover(&file, &[], None), &file, Some(Errno::NOTDIR), None);
    }
}

mod what_is_named_like_a_log {
    use super::*;

    /// It is in the place of 2.wal, between two sound logs.
    fn check(make: impl FnOnce(&Path), errno: Option<Errno>) {
        let logs = Logs::new(&[("1.wal", &short_log()), ("3.wal", &short_log())]);
        make(&logs.file("2.wal"));
        for mode in MODES {
            let told = recover(logs.path(), &[mode], None);
            check_error(&told, &logs.file("2.wal"), errno, None);
            assert_eq!((told.number("files"), told.number("applied")), (Some(1), Some(20)), "{told:?}");
        }
    }

    #[test]
    fn and_is_a_link_to_a_log_is_a_log() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("elsewhere", &log_of(21, 20).into_bytes())]);
        symlink("elsewhere", logs.file("2.wal")).unwrap();
        assert_eq!(recover(logs.path(), &["mode=1"], None).number("applied"), Some(40));
    }

    #[test]
    fn and_is_a_link_to_nothing_is_an_error() {
        check(|path| symlink("nothing", path).unwrap(), Some(Errno::NOENT));
    }

    #[test]
    fn and_is_a_link_to_itself_is_an_error() {
        check(|path| symlink("2.wal", path).unwrap(), Some(Errno::LOOP));
    }

    #[test]
    fn and_is_a_link_to_a_directory_is_an_error() {
        check(|path| symlink(".", path).unwrap(), None);
    }

    #[test]
    fn and_is_a_directory_is_an_error() {
        check(|path| fs::create_dir(path).unwrap(), None);
    }

    #[test]
    fn and_is_a_pipe_is_an_error_and_not_waited_for() {
        check(|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()), None);
    }

    #[test]
    fn and_is_a_socket_is_an_error() {
        check(|path| drop(UnixListener::bind(path).unwrap()), None);
    }

    #[test]
    fn and_is_a_device_is_an_error_and_not_read() {
        check(|path| symlink("/dev/zero", path).unwrap(), None);
        check(|path| symlink("/dev/tty", path).unwrap(), None);
    }
}

mod what_may_not_be_written {
    use super::*;

    #[test]
    fn can_be_recovered_by_its_owner_and_by_others() {
        let logs = Logs::new(&[("db/1.wal", &short_log()), ("db/backup_1/0.wal", &short_log())]);
        for file in ["db/1.wal", "db/backup_1/0.wal"] {
            fs::set_permissions(logs.file(file), Permissions::from_mode(0o444)).unwrap();
        }
        for directory in ["db/backup_1", "db"] {
            fs::set_permissions(logs.file(directory), Permissions::from_mode(0o555)).unwrap();
        }
        for user in [&[][..], other_user(&logs)] {
            let told = recover(&logs.file("db"), &[user, &["set-aside=1"]].concat(), None);
            assert_eq!(told.number("applied"), Some(40), "{told:?}");
        }
        for directory in ["db", "db/backup_1"] {
            fs::set_permissions(logs.file(directory), Permissions::from_mode(0o755)).unwrap();
        }
    }
}

mod when_there_is_not_enough {
    use super::*;

    #[test]
    fn of_threads_those_that_are_there_do_the_work() {
        let logs = Logs::new(&[("1.wal", &long_log().into_bytes())]);
        let sum = logs.sum();
        for first in ["1", "2"] {
            let fault = Fault::of("thread", "").and("FAULT_FIRST", first).with_errno(Errno::AGAIN);
            let told = recover(logs.path(), &["threads=4"], Some(&fault));
            assert!(told.hits > 0);
            check_sum(&told, &sum);
        }
    }

    #[test]
    fn of_descriptors_it_is_an_error_that_names_what_could_not_be_opened() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("2.wal", &short_log()), ("3.wal", &short_log())]);
        let sum = logs.sum();
        let run = |files: usize, threads: &str| recover(logs.path(), &[threads, &format!("files={files}")], None);
        check_error(&run(3, "threads=1"), logs.path(), Some(Errno::MFILE), None);
        check_sum(&run(4, "threads=1"), &sum);
        for files in 4..=7 {
            let told = run(files, "threads=3");
            if told.number("code") == Some(OK) {
                check_sum(&told, &sum);
            } else {
                check_error(&told, &told.path().unwrap(), Some(Errno::MFILE), None);
                assert_eq!(told.path().unwrap().parent(), Some(logs.path()));
            }
        }
        check_sum(&run(7, "threads=3"), &sum);
    }

    #[test]
    fn of_memory_for_a_file_that_claims_terabytes_it_is_an_error() {
        let logs = Logs::new(&[("1.wal", &short_log()), ("2.wal", &[])]);
        let huge = File::options().write(true).open(logs.file("2.wal")).unwrap();
        // The second is the longest that most file systems take.
        for len in [1 << 40, (1 << 44) - 4096] {
            huge.set_len(len).unwrap();
            for mode in MODES {
                // Some systems promise any amount of memory.
                let told = recover(logs.path(), &[mode, "as=1000000000000"], None);
                assert_eq!(told.number("code"), Some(NO_MEMORY), "{told:?}");
            }
        }
    }

    /// With all that takes memory: entries, fragments, both kinds of batches, damage, keys that are much alike, tables.
    pub fn varied_log() -> Vec<u8> {
        let mut log = log_of(1, 1000);
        log.entry(1001, &Op::put("long", vec![7; 200_000]));
        let ops: Vec<Op> = (0..2000).map(|key: u32| Op::put(key.to_le_bytes(), "in a batch")).collect();
        log.batch_with_header(1002, &ops);
        for batch in 0..1000 {
            log.batch_record(3002 + 2 * batch, &ops[..2]);
        }
        for sequence in 5002..15002 {
            log.entry(sequence, &Op::put("always the same key", "value"));
        }
        for sequence in 15002..20002_u32 {
            let key = [&[b'k'; 100][..], &(sequence % 977).to_be_bytes()].concat();
            log.entry(sequence.into(), &Op::put(key, "value"));
        }
        let damaged = log.len();
        for sequence in 20002..22002 {
            log.entry(sequence, &Op::put("key", "value"));
        }
        let damaged: Vec<usize> = log.record_starts().iter().copied().filter(|&start| start >= damaged).collect();
        let mut bytes = log.into_bytes();
        for start in damaged.iter().step_by(2) {
            bytes[start + 7 + 13] ^= 1;
        }
        bytes
    }

    /// The log is whole, or there was no memory for it.
    #[track_caller]
    fn check_refusal(told: &Told, sum: &str) -> bool {
        let recovered = told.number("code") == Some(OK);
        if recovered {
            check_sum(told, sum);
        } else {
            assert_eq!(told.number("code"), Some(NO_MEMORY), "{told:?}");
        }
        recovered
    }

    pub fn varied_logs() -> (Logs, String) {
        let logs = Logs::new(&[("1.wal", &varied_log()), ("2.wal", &short_log())]);
        let told = recover(logs.path(), &[SKIP_CORRUPTED], None);
        assert_eq!((told.number("code"), told.count("damage")), (Some(OK), 1000));
        (logs, told.text("sum").unwrap().to_owned())
    }

    #[test]
    fn of_memory_whichever_part_of_it_is_refused_it_is_an_error() {
        let (logs, sum) = varied_logs();
        for (threads, call) in THREADS.into_iter().flat_map(|threads| ["allocate", "map"].map(|call| (threads, call))) {
            let mut refused = 0;
            for number in 1.. {
                // What is smaller is not as large as a log makes it.
                let fault = Fault::of_memory(call, 4096, number);
                let told = recover(logs.path(), &[SKIP_CORRUPTED, threads], Some(&fault));
                let recovered = check_refusal(&told, &sum);
                if told.hits == 0 {
                    break;
                }
                refused += usize::from(!recovered);
            }
            assert!(refused >= if call == "map" { 1 } else { 5 }, "{refused} times {call} was refused");
        }
    }

    #[test]
    fn of_memory_however_little_there_is_it_is_an_error() {
        let (logs, sum) = varied_logs();
        // The program and its libraries take about 5 MB. Only one thread: the system's own part of starting another
        // cannot be refused its few bytes.
        let limits = std::iter::successors(Some(4_000_000), |limit| Some(limit / 20 * 21)).take(50);
        let outcome = |limit: usize| {
            let told = recover(logs.path(), &[SKIP_CORRUPTED, "threads=1", &format!("as={limit}")], None);
            check_refusal(&told, &sum)
        };
        let recovered: Vec<bool> = limits.map(outcome).collect();
        assert!(recovered.contains(&false) && recovered.contains(&true), "{recovered:?}");
    }
}

mod nothing_is_leaked {
    use super::when_there_is_not_enough::varied_log;
    use super::*;

    /// Each round takes as much as it gives back.
    fn check(logs: &Logs, mode: &str, fault: &Fault, may_fail: bool) {
        let left_after = |rounds: &str| {
            let told = recover(logs.path(), &[mode, "threads=1", rounds], Some(fault));
            assert_eq!(told.hits > 0, may_fail, "{fault:?}");
            (told.number("live").expect("the faults are in place"), told.number("code"))
        };
        assert_eq!(left_after("rounds=2"), left_after("rounds=5"), "{fault:?}");
    }

    #[test]
    fn by_any_recovery_that_fails_or_succeeds() {
        let mut torn = short_log();
        torn.truncate(torn.len() - 3);
        let logs = Logs::new(&[("1.wal", &torn), ("2.wal", &short_log()), ("3.wal", &varied_log())]);
        let faults = [
            Fault::of("open", "/2.wal").with_errno(Errno::IO),
            Fault::of("open", logs.path()).with_errno(Errno::IO),
            Fault::of("stat", "/2.wal").with_errno(Errno::IO),
            Fault::reading("/2.wal", 3000).with_errno(Errno::IO),
            Fault::of("allocate", "").and("FAULT_SIZE", "4096").with_errno(Errno::NOMEM),
            Fault::of("map", "").with_errno(Errno::NOMEM),
        ];
        for mode in MODES {
            check(&logs, mode, &Fault::of("nothing", ""), false);
            for fault in &faults {
                check(&logs, mode, fault, true);
            }
        }
    }
}
