use super::{list, look, open};
use crate::disk::RealDisk;
use crate::error::Error;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn directory_with(files: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    directory
}

/// The paths of the log's files below `directory`.
fn files(directory: &Path, include_set_aside: bool) -> Vec<String> {
    let below = |path: &Path| path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
    list(&RealDisk, directory, include_set_aside).unwrap().files.iter().map(|path| below(path)).collect()
}

/// That `path` cannot be taken for a file of the log, and that the error names it.
fn check_refused(path: &Path) {
    let error = look(&RealDisk, path).unwrap_err();
    assert_eq!(error.path(), Some(path));
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    let regular = tempfile::NamedTempFile::new().unwrap();
    assert!(open(&RealDisk, path, &look(&RealDisk, regular.path()).unwrap()).is_err());
}

#[test]
fn logs_are_the_files_whose_names_end_in_wal_in_the_order_of_their_names() {
    let directory =
        directory_with(&["2.wal", "10.wal", "02.wal", "b.wal", "B.wal", ".wal", "a.wal.old", "a.WAL", "wal"]);
    assert_eq!(files(directory.path(), false), [".wal", "02.wal", "10.wal", "2.wal", "B.wal", "b.wal"]);
}

#[test]
fn an_empty_directory_is_an_empty_log() {
    let listing = list(&RealDisk, tempfile::tempdir().unwrap().path(), true).unwrap();
    assert!(listing.files.is_empty() && listing.set_aside == 0);
}

#[test]
fn logs_set_aside_are_counted_and_left_alone() {
    let directory = directory_with(&["2.wal", "backup_20250101_000000/1.wal", "backup_20250102_000000/3.wal"]);
    assert_eq!(files(directory.path(), false), ["2.wal"]);
    assert_eq!(list(&RealDisk, directory.path(), false).unwrap().set_aside, 2);
}

#[test]
fn logs_set_aside_are_taken_by_their_names_whatever_their_directory() {
    let directory = directory_with(&[
        "3.wal",
        "6.wal",
        "backup_20250101_000000/2.wal",
        "backup_20250101_000000/5.wal",
        "backup_20250102_000000/1.wal",
        "backup_20250102_000000/4.wal",
    ]);
    let expected = [
        "backup_20250102_000000/1.wal",
        "backup_20250101_000000/2.wal",
        "3.wal",
        "backup_20250102_000000/4.wal",
        "backup_20250101_000000/5.wal",
        "6.wal",
    ];
    assert_eq!(files(directory.path(), true), expected);
}

#[test]
fn of_two_logs_of_one_name_the_one_set_aside_is_the_older() {
    let directory = directory_with(&["1.wal", "backup_b/1.wal", "backup_a/1.wal"]);
    assert_eq!(files(directory.path(), true), ["backup_a/1.wal", "backup_b/1.wal", "1.wal"]);
}

#[test]
fn only_directories_right_below_are_set_aside() {
    let directory = directory_with(&[
        "backup_a/1.wal",
        "backup_a/backup_b/2.wal",
        "backup_a/other.txt",
        "old_backup_c/3.wal",
        "Backup_d/4.wal",
        "backup_file",
    ]);
    assert_eq!(files(directory.path(), true), ["backup_a/1.wal"]);
    assert_eq!(list(&RealDisk, directory.path(), true).unwrap().set_aside, 1);
}

#[test]
fn a_file_whose_name_looks_like_a_set_aside_directory_is_a_log() {
    let directory = directory_with(&["backup_1.wal"]);
    assert_eq!(files(directory.path(), true), ["backup_1.wal"]);
    assert_eq!(list(&RealDisk, directory.path(), true).unwrap().set_aside, 0);
}

#[test]
fn a_path_is_never_a_pattern() {
    for name in ["a[b]", "*", "?", "{a,b}", "corrupt", "a b\n"] {
        let above = directory_with(&[&format!("{name}/1.wal"), &format!("{name}/backup_[x]/2.wal"), "b/9.wal"]);
        assert_eq!(files(&above.path().join(name), true), ["1.wal", "backup_[x]/2.wal"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn names_are_bytes_and_need_not_be_text() {
    let directory = tempfile::tempdir().unwrap();
    let names: [&[u8]; 4] = [b"\x80.wal", b"a.wal", b"\xc3\xa4.wal", b"\xff\xfe.wal"];
    for name in names {
        fs::write(directory.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let mut sorted = names;
    sorted.sort_unstable();
    let listed = list(&RealDisk, directory.path(), false).unwrap().files;
    assert!(listed.iter().map(|path| path.file_name().unwrap().as_bytes()).eq(sorted));
}

#[test]
fn a_directory_that_is_missing_is_an_error_that_names_it() {
    let missing = Path::new("/nowhere/at/all");
    let error = list(&RealDisk, missing, false).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path == missing));
    assert_eq!(error.os_code(), Some(Errno::NOENT.raw_os_error()));
    assert!(error.to_string().starts_with("/nowhere/at/all: "), "{error}");
}

#[test]
fn a_file_is_no_directory() {
    let directory = directory_with(&["1.wal"]);
    let error = list(&RealDisk, &directory.path().join("1.wal"), false).unwrap_err();
    assert_eq!(error.os_code(), Some(Errno::NOTDIR.raw_os_error()));
    assert!(error.to_string().ends_with("; give the directory that the log's files are in"), "{error}");
}

#[test]
fn a_set_aside_directory_that_cannot_be_read_is_an_error_if_it_is_asked_for() {
    let directory = directory_with(&["backup_a/1.wal"]);
    let set_aside = directory.path().join("backup_a");
    fs::set_permissions(&set_aside, fs::Permissions::from_mode(0o000)).unwrap();
    let is_readable = fs::read_dir(&set_aside).is_ok();
    assert!(list(&RealDisk, directory.path(), false).is_ok());
    match list(&RealDisk, directory.path(), true) {
        Err(error) => assert_eq!(error.path(), Some(set_aside.as_path())),
        // The superuser may read everything.
        Ok(_) => assert!(is_readable),
    }
    fs::set_permissions(&set_aside, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_regular_file_is_opened_and_measured() {
    let directory = directory_with(&["1.wal"]);
    let path = directory.path().join("1.wal");
    let mut contents = [0; 9];
    let found = look(&RealDisk, &path).unwrap();
    assert_eq!(open(&RealDisk, &path, &found).unwrap().read_at(&mut contents, 0).unwrap(), 5);
    assert_eq!((&contents[..5], found.length, found.contents.is_none()), (&b"1.wal"[..], 5, true));
}

#[test]
fn a_file_of_another_length_in_the_place_of_the_one_that_was_found_is_refused() {
    let directory = directory_with(&["1.wal", "10.wal"]);
    let path = directory.path().join("1.wal");
    let found = look(&RealDisk, &path).unwrap();
    fs::rename(directory.path().join("10.wal"), &path).unwrap();
    assert_eq!(
        open(&RealDisk, &path, &found).unwrap_err().to_string(),
        "another file took its place while the log was read"
    );
}

#[test]
fn a_file_that_has_grown_since_it_was_found_is_opened() {
    let directory = directory_with(&["1.wal"]);
    let path = directory.path().join("1.wal");
    let found = look(&RealDisk, &path).unwrap();
    fs::write(&path, "longer").unwrap();
    assert!(open(&RealDisk, &path, &found).is_ok());
}

#[test]
fn a_link_to_a_regular_file_is_followed() {
    let directory = directory_with(&["1.wal", "elsewhere"]);
    let link = directory.path().join("2.wal");
    symlink("elsewhere", &link).unwrap();
    assert_eq!(files(directory.path(), false), ["1.wal", "2.wal"]);
    let found = look(&RealDisk, &link).unwrap();
    assert_eq!(found.length, 9);
    assert!(open(&RealDisk, &link, &found).is_ok());
}

#[test]
fn a_link_to_a_set_aside_directory_is_followed() {
    let directory = directory_with(&["elsewhere/1.wal"]);
    symlink("elsewhere", directory.path().join("backup_a")).unwrap();
    assert_eq!(files(directory.path(), true), ["backup_a/1.wal"]);
}

#[test]
fn a_directory_in_the_place_of_a_log_is_refused() {
    let directory = directory_with(&["1.wal/file"]);
    assert_eq!(files(directory.path(), false), ["1.wal"]);
    check_refused(&directory.path().join("1.wal"));
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    let directory = directory_with(&[]);
    let link = directory.path().join("1.wal");
    symlink("nowhere", &link).unwrap();
    assert_eq!(files(directory.path(), false), ["1.wal"]);
    check_refused(&link);
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let directory = directory_with(&[]);
    let pipe = directory.path().join("1.wal");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(files(directory.path(), false), ["1.wal"]);
    check_refused(&pipe);
}

#[test]
fn a_device_is_refused() {
    let directory = directory_with(&[]);
    let device = directory.path().join("1.wal");
    symlink("/dev/zero", &device).unwrap();
    check_refused(&device);
}
