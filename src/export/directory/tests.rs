use super::{EXPORT, OutDir};
use crate::disk::RealDisk;
use rustix::fs::{XattrFlags, setxattr};
use rustix::io::Errno;
use std::fs;
use std::io::ErrorKind;
use tempfile::TempDir;

#[test]
fn two_that_are_staged_at_once_do_not_get_in_each_others_way() {
    let parent = TempDir::new().unwrap();
    let [mut one, mut other] =
        ["one", "other"].map(|name| OutDir::claim(&RealDisk, &parent.path().join(name)).unwrap());
    fs::write(one.stage(&EXPORT, 7).unwrap().join("file"), "").unwrap();
    assert_eq!(other.stage(&EXPORT, 7).unwrap().file_name(), Some("kevo-export-8.partial".as_ref()));
    drop(other);
    one.replace().unwrap();
    assert!(parent.path().join("one/file").exists());
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}

#[test]
fn one_that_others_write_to_is_not_replaced() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("out");
    for is_new in [true, false] {
        let mut out_dir = OutDir::claim(&RealDisk, &path).unwrap();
        assert_eq!(out_dir.is_new, is_new);
        out_dir.stage(&EXPORT, 7).unwrap();
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("theirs"), "").unwrap();
        assert!(out_dir.replace().is_err());
        fs::remove_file(path.join("theirs")).unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}

#[test]
fn one_with_an_access_list_is_not_replaced() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("out");
    fs::create_dir(&path).unwrap();
    // Version 2; then tag, rights and number of the owner, the user 1, the group, the mask and all others.
    let entries =
        [(0x01_u16, 7_u16, u32::MAX), (0x02, 7, 1), (0x04, 0, u32::MAX), (0x10, 7, u32::MAX), (0x20, 0, u32::MAX)];
    let entry = |(tag, rights, number): (u16, u16, u32)| {
        [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &number.to_le_bytes()].concat()
    };
    let list: Vec<u8> = [2, 0, 0, 0].into_iter().chain(entries.into_iter().flat_map(entry)).collect();
    match setxattr(&path, "system.posix_acl_access", &list, XattrFlags::empty()) {
        // There are none on this file system.
        Err(Errno::NOTSUP) => return,
        set => set.unwrap(),
    }
    let refused = OutDir::claim(&RealDisk, &path).unwrap().stage(&EXPORT, 7).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}
