//! Files of which only so many are open at once.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use kevo::disk::{Disk, OpenFile, OpenFiles, ReadFile, RealDisk};
use rustix::io::Errno;
use tempfile::TempDir;
use twin::TwinDisk;

#[path = "support/disk.rs"]
mod twin;

fn twin_with(files: usize) -> TwinDisk {
    let disk = TwinDisk::new();
    for number in 0..files {
        disk.add_file(format!("/{number}"), format!("content {number}").as_bytes());
    }
    disk
}

fn content(file: &OpenFile) -> String {
    let mut buffer = [0; 100];
    let count = file.read_at(&mut buffer, 0).unwrap();
    String::from_utf8(buffer[..count].to_vec()).unwrap()
}

fn opened(disk: &TwinDisk) -> Vec<PathBuf> {
    disk.take_calls().into_iter().filter(|call| call.name == "open").map(|call| call.path).collect()
}

#[test]
fn the_file_that_was_not_read_for_longest_is_closed_and_opened_again() {
    let disk = twin_with(4);
    let files = OpenFiles::new(Arc::new(disk.clone()), 3);
    let [zero, one, two] = ["/0", "/1", "/2"].map(|path| files.open(Path::new(path)).unwrap());
    assert_eq!((files.count(), opened(&disk).len()), (3, 3));
    // All were just opened, so the first goes, and now it is known which ones are read.
    let three = files.open(Path::new("/3")).unwrap();
    assert_eq!(files.count(), 3);
    assert_eq!((content(&one).as_str(), content(&three).as_str()), ("content 1", "content 3"));
    assert_eq!(opened(&disk), [Path::new("/3")]);
    assert_eq!(content(&zero), "content 0");
    assert_eq!(opened(&disk), [Path::new("/0")]);
    assert_eq!((content(&one), content(&three)), ("content 1".into(), "content 3".into()));
    assert_eq!(opened(&disk), [] as [PathBuf; 0], "it was 2 that had to go");
    assert_eq!(two.info().unwrap().length, 9);
    assert_eq!(opened(&disk), [Path::new("/2")]);
    drop((zero.clone(), two));
    assert!(files.count() <= 3);
    drop((zero, one, three));
    assert_eq!(files.count(), 0);
}

#[test]
fn a_file_is_opened_by_the_name_that_it_has_and_no_other_is_taken_for_it() {
    let disk = twin_with(2);
    let files = OpenFiles::new(Arc::new(disk.clone()), 1);
    let [zero, one] = ["/0", "/1"].map(|path| files.open(Path::new(path)).unwrap());
    zero.rename(Path::new("/new")).unwrap();
    assert_eq!(disk.names("/").unwrap(), ["1", "new"]);
    assert_eq!(
        (content(&zero), content(&one), content(&zero)),
        ("content 0".into(), "content 1".into(), "content 0".into())
    );

    disk.take_calls();
    disk.fail_once(1, Errno::IO);
    zero.rename(Path::new("/newer")).unwrap_err();
    disk.heal();
    assert_eq!(
        (content(&one), content(&zero), content(&one)),
        ("content 1".into(), "content 0".into(), "content 1".into())
    );
    disk.remove(Path::new("/new")).unwrap();
    disk.add_file("/new", b"content 0");
    assert_eq!(zero.read_at(&mut [0; 9], 0).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_file_that_cannot_be_opened_again_is_an_error_until_it_can() {
    let disk = twin_with(2);
    let files = OpenFiles::new(Arc::new(disk.clone()), 1);
    let [zero, one] = ["/0", "/1"].map(|path| files.open(Path::new(path)).unwrap());
    for number in [1, 2] {
        disk.fail_once(number, Errno::MFILE);
        assert_eq!(zero.read_at(&mut [0; 9], 0).unwrap_err().raw_os_error(), Some(Errno::MFILE.raw_os_error()));
        assert_eq!(files.open(Path::new("/none")).unwrap_err().kind(), ErrorKind::NotFound);
    }
    disk.heal();
    assert_eq!((content(&zero), content(&one)), ("content 0".into(), "content 1".into()));
    assert_eq!(files.count(), 1);
}

/// The descriptors of this process that are of files in the directory.
fn descriptors(directory: &Path) -> usize {
    let all = fs::read_dir("/proc/self/fd").unwrap();
    all.filter(|entry| fs::read_link(entry.as_ref().unwrap().path()).is_ok_and(|to| to.starts_with(directory))).count()
}

#[test]
fn many_threads_read_many_files_through_few_descriptors_while_they_are_renamed() {
    const FILES: usize = 12;
    const THREADS: usize = 6;
    for limit in 1..=4 {
        let directory = TempDir::new().unwrap();
        let real = directory.path().canonicalize().unwrap();
        let files = OpenFiles::new(Arc::new(RealDisk), limit);
        let all: Vec<OpenFile> = (0..FILES)
            .map(|number| {
                let path = real.join(number.to_string());
                fs::write(&path, format!("content {number}")).unwrap();
                files.open(&path).unwrap()
            })
            .collect();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (all, real, files) = (&all, &real, &files);
                scope.spawn(move || {
                    for step in 0..500 {
                        let number = (step * (thread + 3) + thread) % FILES;
                        assert_eq!(content(&all[number]), format!("content {number}"));
                        if step % 16 == thread {
                            let to = real.join(format!("{number} {thread} {step}"));
                            all[number].rename(&to).unwrap();
                        }
                        if step % 50 == 0 && cfg!(target_os = "linux") {
                            let open = descriptors(real);
                            assert!(open <= limit + THREADS, "{open} of {limit}");
                        }
                        assert!(files.count() <= limit + THREADS);
                    }
                });
            }
        });
        // Whatever was opened at one time, one more makes it as many as there may be.
        content(&all[0]);
        content(&all[1]);
        content(&all[2]);
        content(&all[3]);
        content(&all[4]);
        assert!(files.count() <= limit);
        if cfg!(target_os = "linux") {
            assert_eq!(descriptors(&real), files.count());
        }
        let names: BTreeSet<_> = fs::read_dir(&real).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), FILES);
        drop(all);
        assert_eq!(files.count(), 0);
    }
}
