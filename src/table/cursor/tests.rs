use crate::disk::{Disk, FileInfo, ReadFile, RealDisk};
use crate::error::Error;
use crate::table::{BlockCache, Properties, Table, TableWriter, WriterOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file that counts its reads, of which some bytes cannot be read.
#[derive(Debug)]
struct Watched {
    file: Box<dyn ReadFile>,
    reads: Arc<AtomicUsize>,
    broken: Range<u64>,
}

impl ReadFile for Watched {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if offset < self.broken.end && offset + buffer.len() as u64 > self.broken.start {
            return Err(io::Error::other("a broken sector"));
        }
        self.file.read_at(buffer, offset)
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.file.info()
    }
}

fn key(number: u32) -> Vec<u8> {
    format!("{number:05}").into_bytes()
}

/// A file with a table of 2000 entries, some of which make a block of a kilobyte or so.
fn table_file(directory: &Path, value: usize) -> PathBuf {
    let mut file = Vec::new();
    let options = WriterOptions { block_size: 1000, ..WriterOptions::default() };
    let mut writer = TableWriter::new(&mut file, Path::new("x.sst"), options);
    (0..2000).for_each(|number| writer.add(&key(number), 1, Some(&vec![7; value])).unwrap());
    writer.finish(Properties::default(), 0).unwrap();
    let path = directory.join("x.sst");
    std::fs::write(&path, &file).unwrap();
    path
}

#[test]
fn a_walk_reads_ahead_and_what_cannot_be_read_then_hides_its_own_block_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = table_file(directory.path(), 100);
    for broken in [0..0, 0..1, 100_000..100_001, 150_000..155_000] {
        let (file, reads) = (RealDisk.open(&path).unwrap(), Arc::new(AtomicUsize::new(0)));
        let file = Watched { file, reads: Arc::clone(&reads), broken: broken.clone() };
        let table = Arc::new(Table::open(&path, Box::new(file), None).unwrap());
        let blocks = table.stat().unwrap().blocks as usize;
        let touched = (0..blocks).filter(|&block| {
            let part = table.part(block).unwrap().unwrap();
            part.offset < broken.end && part.offset + part.length > broken.start
        });
        let (expected, mut cursor, mut failed, mut entries) = (touched.count(), table.cursor().unwrap(), 0, 0);
        reads.store(0, Ordering::Relaxed);
        loop {
            match cursor.next() {
                Ok(true) => entries += 1,
                Ok(false) => break,
                Err(Error::Io { .. }) => failed += 1,
                Err(error) => panic!("{error}"),
            }
        }
        let of_a_block = 2000_usize.div_ceil(blocks);
        assert_eq!(failed, expected, "{broken:?}");
        assert!(entries <= 2000 - (failed.max(1) - 1) * of_a_block && entries >= 2000 - failed * of_a_block);
        let reads = reads.load(Ordering::Relaxed);
        assert!(broken.end > 0 || reads < blocks / 5, "{reads} for {blocks} blocks");
    }
}

#[test]
fn a_get_and_a_seek_read_one_block_whatever_the_key() {
    let directory = tempfile::tempdir().unwrap();
    for (value, cache) in [(100, None), (1000, None), (1000, Some(0)), (100, Some(40 << 10)), (1000, Some(40 << 10))] {
        let path = table_file(directory.path(), value);
        let (file, reads) = (RealDisk.open(&path).unwrap(), Arc::new(AtomicUsize::new(0)));
        let file = Watched { file, reads: Arc::clone(&reads), broken: 0..0 };
        let cache = cache.map(|limit| Arc::new(BlockCache::new(limit)));
        let table = Arc::new(Table::open(&path, Box::new(file), cache.clone()).unwrap());
        // What is read first fills the cache.
        (0..2000).for_each(|number| drop(table.get(&key(number)).unwrap()));
        for number in (0..2000).rev() {
            reads.store(0, Ordering::Relaxed);
            assert!(table.get(&key(number)).unwrap().is_some());
            assert!(reads.load(Ordering::Relaxed) <= 1, "{number} of values of {value}, {cache:?}");
            let mut cursor = table.cursor().unwrap();
            reads.store(0, Ordering::Relaxed);
            assert!(cursor.seek(&key(number)).unwrap());
            assert!(reads.load(Ordering::Relaxed) <= 1, "a seek of {number} of values of {value}, {cache:?}");
        }
    }
}

#[test]
fn a_long_walk_leaves_what_is_in_the_cache_and_fills_what_is_free() {
    let directory = tempfile::tempdir().unwrap();
    let path = table_file(directory.path(), 500);
    let cache = Arc::new(BlockCache::new(512 << 10));
    let table = Arc::new(Table::open(&path, RealDisk.open(&path).unwrap(), Some(Arc::clone(&cache))).unwrap());
    let walk = || {
        let mut cursor = table.cursor().unwrap();
        let mut count = 0;
        while cursor.next().unwrap() {
            count += 1;
        }
        assert_eq!(count, 2000);
    };
    let misses_of = |keys: Range<u32>| {
        let before = cache.stat().misses;
        keys.for_each(|number| assert!(table.get(&key(number)).unwrap().is_some()));
        cache.stat().misses - before
    };
    walk();
    let filled = cache.stat();
    assert!(filled.bytes + filled.reserved > filled.limit - (80 << 10), "{filled:?}");
    assert_eq!(misses_of(0..100), 0, "what came first is there");
    assert!(misses_of(1900..2000) > 0, "and what came last is not");
    // It comes in when it is wanted again.
    misses_of(1900..2000);
    assert_eq!(misses_of(1900..2000), 0);
    walk();
    assert_eq!(misses_of(1900..2000), 0, "a walk has pushed out what was read");
}
