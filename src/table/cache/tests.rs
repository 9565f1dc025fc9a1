use std::sync::Arc;
use std::thread;

use super::{BlockCache, CachedBlocks, Caching};
use crate::table::block::{Block, Form};
use crate::table::block_writer::BlockWriter;

/// A block of one entry, whose value has so many bytes.
fn block(len: usize) -> Block {
    let (mut writer, mut bytes) = (BlockWriter::default(), Vec::new());
    writer.push(&mut bytes, b"key", 1, Some(&vec![7; len])).unwrap();
    writer.finish(&mut bytes).unwrap();
    Block::of_ours(&bytes, Form::Searched).unwrap()
}

fn present(blocks: &CachedBlocks, units: impl IntoIterator<Item = usize>) -> usize {
    units.into_iter().filter(|&unit| is_there(blocks, unit)).count()
}

fn is_there(blocks: &CachedBlocks, unit: usize) -> bool {
    blocks.get(unit, Caching::Leave).is_some()
}

/// As a reader does.
fn read(blocks: &CachedBlocks, unit: usize, len: usize) -> Block {
    blocks.get(unit, Caching::Fill).unwrap_or_else(|| {
        let block = block(len);
        if blocks.admits(unit, block.weight() as u64, Caching::Fill) {
            blocks.insert(unit, &block, Caching::Fill);
        }
        block
    })
}

#[test]
fn blocks_take_what_the_limit_leaves_and_no_more() {
    let cache = Arc::new(BlockCache::new(256 << 10));
    let table = cache.register(2000, 100 << 10).unwrap();
    for unit in 0..2000 {
        // Once the cache is full, it comes in the second time.
        read(&table, unit, 1000 + unit);
        read(&table, unit, 1000 + unit);
        let stat = cache.stat();
        assert!(stat.reserved >= (100 << 10) && stat.bytes + stat.reserved <= stat.limit, "{stat:?}");
        assert_eq!(stat.blocks, present(&table, 0..2000) as u64);
        assert!(unit < 150 || stat.bytes + stat.reserved > stat.limit - 8000, "{stat:?}");
        assert!(is_there(&table, unit));
    }
    let stat = cache.stat();
    assert!(stat.hits > 50 && stat.hits + stat.misses == 4000, "{stat:?}");
    read(&table, 1999, 1);
    assert_eq!((cache.stat().hits, cache.stat().misses), (stat.hits + 1, stat.misses));
}

#[test]
fn a_scan_leaves_what_was_used_before() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let table = cache.register(20_000, 0).unwrap();
    for _ in 0..3 {
        (0..100).for_each(|unit| drop(read(&table, unit, 4000)));
    }
    (100..20_000).for_each(|unit| drop(read(&table, unit, 4000)));
    assert_eq!(present(&table, 0..100), 100);
    // But not for ever, if something else is used.
    for _ in 0..10 {
        (100..280).for_each(|unit| drop(read(&table, unit, 4000)));
    }
    let (before, now) = (present(&table, 0..100), present(&table, 100..280));
    assert!(before < 50 && now > 120, "{before} and {now}");
}

#[test]
fn what_is_soon_wanted_again_comes_in_and_what_is_read_once_does_not() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let table = cache.register(20_000, 0).unwrap();
    (0..1000).for_each(|unit| drop(read(&table, unit, 4000)));
    let blocks = cache.stat().blocks as usize;
    assert_eq!(present(&table, 0..blocks), blocks, "the first ones, for which there was room");
    // Again when as many others were wanted as there are blocks, or one more.
    for (unit, others, is_soon) in [(2000, 0, true), (2001, blocks - 1, true), (2002, blocks, false)] {
        read(&table, unit, 4000);
        let start = 4000 + 1000 * (unit - 2000);
        (start..start + others).for_each(|other| drop(read(&table, other, 4000)));
        read(&table, unit, 4000);
        assert_eq!(is_there(&table, unit), is_soon, "after {others}");
    }
}

#[test]
fn what_is_used_stays() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let table = cache.register(20_000, 0).unwrap();
    (0..1000).for_each(|unit| drop(read(&table, unit, 4000)));
    let blocks = cache.stat().blocks as usize;
    // Half of them are used again and again, while others come in.
    for unit in 1000..10_000 {
        (0..2).for_each(|_| drop(read(&table, unit, 4000)));
        read(&table, unit % (blocks / 2), 4000);
    }
    let kept = present(&table, 0..blocks / 2);
    assert!(kept > blocks * 4 / 10 && present(&table, blocks / 2..blocks) == 0, "{kept} of {}", blocks / 2);
}

#[test]
fn what_a_table_has_goes_with_it() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let stays = cache.register(10, 1000).unwrap();
    (0..10).for_each(|unit| drop(read(&stays, unit, 4000)));
    let before = cache.stat();
    for _ in 0..100 {
        let table = cache.register(100, 1000).unwrap();
        let pinned = read(&table, 0, 4000);
        (0..100).for_each(|unit| drop(read(&table, unit, 4000)));
        assert!(cache.stat().blocks > 100);
        drop(table);
        assert_eq!((cache.stat().bytes, cache.stat().blocks), (before.bytes, before.blocks));
        assert_eq!((pinned.shared_bytes().count(), pinned.key(0)), (1, &b"key"[..]));
        assert!(cache.queue.lock().len() <= 20, "entries of tables that are gone pile up");
    }
    assert_eq!(cache.stat().reserved, before.reserved);
    assert_eq!(present(&stays, 0..10), 10);
    drop(stays);
    assert_eq!((cache.stat().bytes, cache.stat().reserved), (0, 0));
}

#[test]
fn however_much_tables_reserve_some_room_is_left_and_none_in_a_cache_of_none() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let table = cache.register(100, 0).unwrap();
    (0..100).for_each(|unit| drop(read(&table, unit, 4000)));
    assert_eq!(present(&table, 0..100), 100);
    let large = cache.register(1, 2 << 20).unwrap();
    let bytes = cache.stat().bytes;
    assert!(bytes <= 65_536 && bytes > 50_000, "{bytes}");
    drop(large);
    (0..100).for_each(|unit| drop(read(&table, unit, 4000)));
    assert_eq!(present(&table, 0..100), 100);

    let none = Arc::new(BlockCache::new(0));
    let table = none.register(1, 0).unwrap();
    read(&table, 0, 10);
    assert_eq!((present(&table, 0..1), none.stat().bytes), (0, 0));
}

#[test]
fn a_block_that_would_push_out_most_others_is_not_taken() {
    let cache = Arc::new(BlockCache::new(1 << 20));
    let table = cache.register(2, 0).unwrap();
    read(&table, 0, 400 << 10);
    read(&table, 1, 600 << 10);
    assert_eq!((present(&table, [0]), present(&table, [1])), (1, 0));
}

#[test]
fn threads_share_it_while_tables_come_and_go() {
    let cache = Arc::new(BlockCache::new(256 << 10));
    let shared = cache.register(500, 0).unwrap();
    thread::scope(|scope| {
        for thread in 0..4_usize {
            let (cache, shared) = (&cache, &shared);
            scope.spawn(move || {
                for round in 0..50 {
                    let own = cache.register(100, 1000).unwrap();
                    for step in 0..200 {
                        let unit = (step * 7 + thread * round) % 500;
                        // Its length tells which block it is.
                        assert_eq!(read(shared, unit, 500 + unit).entry(0).value.map(<[u8]>::len), Some(500 + unit));
                        read(&own, step % 100, 3000);
                    }
                    let stat = cache.stat();
                    assert!(stat.bytes + stat.reserved <= stat.limit, "{stat:?}");
                }
            });
        }
    });
    assert_eq!(cache.stat().blocks, present(&shared, 0..500) as u64);
    assert_eq!(cache.stat().hits + cache.stat().misses, 4 * 50 * 400);
    drop(shared);
    let stat = cache.stat();
    assert_eq!((stat.bytes, stat.blocks, stat.reserved), (0, 0, 0));
}
