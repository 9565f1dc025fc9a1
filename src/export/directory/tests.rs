use super::OutDir;
use std::fs;
use tempfile::TempDir;

#[test]
fn two_that_are_staged_at_once_do_not_get_in_each_others_way() {
    let parent = TempDir::new().unwrap();
    let [mut one, mut other] = ["one", "other"].map(|name| OutDir::claim(&parent.path().join(name)).unwrap());
    fs::write(one.stage(7).unwrap().join("file"), "").unwrap();
    assert_eq!(other.stage(7).unwrap().file_name(), Some("kevo-export-8.partial".as_ref()));
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
        let mut out_dir = OutDir::claim(&path).unwrap();
        assert_eq!(out_dir.is_new, is_new);
        out_dir.stage(7).unwrap();
        fs::write(path.join("theirs"), "").unwrap();
        assert!(out_dir.replace().is_err());
        fs::remove_file(path.join("theirs")).unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
