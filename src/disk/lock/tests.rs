use super::{Locked, lock};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Names the file that another process is to lock.
const TO_LOCK: &str = "KEVO_TEST_FILE_TO_LOCK";

#[test]
fn one_holder_at_a_time_has_a_lock_in_a_process() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("LOCK");
    let first = lock(&path).unwrap();
    assert!(matches!(first, Locked::Mine(_)));
    for _ in 0..2 {
        assert!(matches!(lock(&path).unwrap(), Locked::By(process) if process == std::process::id()));
    }
    drop(first);
    assert!(matches!(lock(&path).unwrap(), Locked::Mine(_)));
}

#[test]
fn a_lock_is_on_a_file_and_not_on_its_name() {
    let directory = TempDir::new().unwrap();
    let [one, other] = ["one", "other"].map(|name| directory.path().join(name));
    let first = lock(&one).unwrap();
    fs::hard_link(&one, &other).unwrap();
    assert!(matches!(lock(&other).unwrap(), Locked::By(_)));
    fs::remove_file(&other).unwrap();
    let second = lock(&other).unwrap();
    assert!(matches!((first, second), (Locked::Mine(_), Locked::Mine(_))));
}

/// The other process: this program, with nothing to do but this. Says what it got and keeps it until its input ends.
#[test]
fn in_another_process() {
    let Some(path) = env::var_os(TO_LOCK) else { return };
    let locked = lock(path.as_ref()).unwrap();
    match &locked {
        Locked::Mine(_) => println!("\n=mine"),
        Locked::By(process) => println!("\n={process}"),
    }
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Starts another process that locks `path`, and gives what it says.
fn another_process(path: &Path) -> (Child, String) {
    let mut process = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "disk::lock::tests::in_another_process"])
        .env(TO_LOCK, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find_map(|line| line.strip_prefix('=').map(str::to_owned)).expect("it says what it got");
    (process, said)
}

#[test]
fn another_process_does_not_get_it_however_often_this_one_asks_again() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("LOCK");
    let held = lock(&path).unwrap();
    // To ask again must not open and close the file: that would release the lock.
    assert!(matches!(lock(&path).unwrap(), Locked::By(_)));
    let (mut other, said) = another_process(&path);
    assert_eq!(said, std::process::id().to_string());
    other.kill().unwrap();
    other.wait().unwrap();
    drop(held);
    let (mut other, said) = another_process(&path);
    assert_eq!(said, "mine");
    assert!(matches!(lock(&path).unwrap(), Locked::By(process) if process == other.id()));
    // However it ends, its lock ends with it.
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(matches!(lock(&path).unwrap(), Locked::Mine(_)));
}
