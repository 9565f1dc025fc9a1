//! Kevo's settings, and the order of its tables.

use std::path::Path;

use crate::support::disk::{TwinDisk, coins};
use kevo::disk::Disk;
use kevo::kevo_directory::{Condition, Doubt, KevoTable, Keys, Manifest, Settings, Sync, order};
use proptest::prelude::*;
use rustix::io::Errno;
use serde_json::{Value, json};

const DB: &str = "/db";
const MANIFEST: &str = "/db/MANIFEST";

/// As Kevo v1.4.2 writes it.
fn of_kevo() -> Value {
    json!({
        "version": 1,
        "wal_dir": "/srv/kevo/moved-from/db/wal",
        "wal_sync_mode": 2,
        "wal_sync_bytes": 1_048_576,
        "wal_max_size": 0,
        "memtable_size": 33_554_432,
        "max_memtables": 4,
        "max_memtable_age": 600,
        "memtable_pool_cap": 4,
        "sst_dir": "/srv/kevo/moved-from/db/sst",
        "sstable_block_size": 16384,
        "sstable_index_size": 65536,
        "sstable_max_size": 67_108_864,
        "sstable_restart_size": 16,
        "compaction_levels": 7,
        "compaction_ratio": 10,
        "compaction_threads": 2,
        "compaction_interval": 30,
        "max_level_with_tombstones": 1,
        "read_only_tx_ttl": 180,
        "read_write_tx_ttl": 60,
        "idle_tx_timeout": 30,
        "tx_cleanup_interval": 30,
        "tx_warning_threshold": 75,
        "tx_critical_threshold": 90
    })
}

/// The same with other values; `null` takes a field away.
fn with(changes: &Value) -> Value {
    let mut manifest = of_kevo();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            manifest.as_object_mut().unwrap().remove(name);
        } else {
            manifest[name] = value.clone();
        }
    }
    manifest
}

/// What is written for a database in `/db`.
fn here(changes: &Value) -> Value {
    let mut manifest = with(changes);
    manifest["wal_dir"] = "/db/wal".into();
    manifest["sst_dir"] = "/db/sst".into();
    manifest
}

fn disk(manifest: Option<&[u8]>) -> TwinDisk {
    let disk = TwinDisk::new();
    disk.add_directory(DB);
    if let Some(bytes) = manifest {
        disk.add_file(MANIFEST, bytes);
    }
    disk
}

fn disk_with(manifest: &Value) -> TwinDisk {
    disk(Some(manifest.to_string().as_bytes()))
}

fn load(disk: &TwinDisk) -> Manifest {
    Manifest::load(disk, Path::new(DB)).unwrap()
}

fn renewed(disk: &TwinDisk, settings: &Settings) -> Value {
    load(disk).renew(disk, Path::new(DB), settings).unwrap();
    let renewed = serde_json::from_slice(&disk.bytes(MANIFEST).unwrap()).unwrap();
    // Kevo opens it, and nothing is left to do.
    assert_eq!(*load(disk).condition(), Condition::Sound, "{renewed}");
    disk.take_calls();
    load(disk).renew(disk, Path::new(DB), &Settings::default()).unwrap();
    assert!(disk.take_calls().iter().all(|call| call.name != "create_new"));
    renewed
}

#[test]
fn what_kevo_wrote_is_taken_and_told() {
    for (changes, condition) in [
        (json!({}), Condition::Sound),
        (json!({"version": 99, "compaction_ratio": 2.5, "unknown": {"x": [1]}}), Condition::Sound),
        (json!({"compaction_ratio": 1}), Condition::Refused("compaction_ratio")),
        (json!({"wal_dir": ""}), Condition::Refused("wal_dir")),
        (json!({"tx_critical_threshold": 75}), Condition::Refused("tx_critical_threshold")),
        (json!({"memtable_size": 1.5}), Condition::Refused("memtable_size")),
        // From before v1.3.1.
        (
            json!({"read_only_tx_ttl": null, "read_write_tx_ttl": null, "idle_tx_timeout": null}),
            Condition::Refused("read_only_tx_ttl"),
        ),
    ] {
        assert_eq!(*load(&disk_with(&with(&changes))).condition(), condition, "{changes}");
    }
    let missing = load(&disk(None));
    assert_eq!(
        (missing.condition(), missing.memtable_size(), missing.max_memtables()),
        (&Condition::Missing, None, None)
    );
    let text = of_kevo().to_string();
    let long = with(&json!({"long": "x".repeat(70_000)})).to_string();
    for bytes in [&b""[..], b"[]", b"7", &text.as_bytes()[..100], b"\xFF\xFE", long.as_bytes(), &vec![b'['; 60_000]] {
        let damaged = load(&disk(Some(bytes)));
        assert_eq!((damaged.condition(), damaged.memtable_size()), (&Condition::Damaged, None));
    }
}

#[test]
fn sizes_are_made_sensible() {
    for (value, expected) in [
        (json!(33_554_432), Some(32 << 20)),
        (json!(777_777), Some(777_777)),
        (json!(2048), Some(64 << 10)),
        (json!(1_u64 << 40), Some(1 << 30)),
        (json!(u64::MAX), Some(1 << 30)),
        (json!(0), None),
        (json!(-1), None),
        (json!("1"), None),
        (Value::Null, None),
    ] {
        assert_eq!(load(&disk_with(&with(&json!({ "memtable_size": value })))).memtable_size(), expected);
    }
    for (value, expected) in [(1, Some(1)), (4, Some(4)), (100_000, Some(64)), (0, None)] {
        assert_eq!(load(&disk_with(&with(&json!({ "max_memtables": value })))).max_memtables(), expected);
    }
    // What a MANIFEST that Kevo refuses says of them counts all the same.
    assert_eq!(load(&disk_with(&json!({"memtable_size": 100_000}))).memtable_size(), Some(100_000));
}

#[test]
fn renewing_keeps_what_is_legal_and_unknown_and_gives_all_else() {
    let none = Settings::default();
    assert_eq!(renewed(&disk(None), &none), here(&json!({})));
    assert_eq!(renewed(&disk(Some(b"{")), &none), here(&json!({})));
    let odd = json!({"version": 7, "memtable_size": 2048, "compaction_ratio": 2.5, "unknown_field": {"x": [1, null]}});
    assert_eq!(renewed(&disk_with(&with(&odd)), &none), here(&odd));
    let illegal = json!({
        "version": 0, "wal_sync_mode": 3, "wal_sync_bytes": -1, "memtable_size": "x", "compaction_ratio": 1,
        "tx_warning_threshold": 95, "sstable_block_size": 0, "read_only_tx_ttl": null, "wal_max_size": 1e300
    });
    assert_eq!(renewed(&disk_with(&with(&illegal)), &none), here(&json!({})));
    // Kevo would take this for its own, after the right one.
    assert_eq!(renewed(&disk_with(&with(&json!({"Memtable_Size": 1}))), &none), here(&json!({})));
}

#[test]
fn options_are_set() {
    for (settings, expected) in [
        (Settings { memtable_size: Some(99), ..Settings::default() }, json!({"memtable_size": 99})),
        (Settings { memtable_size: Some(u64::MAX), ..Settings::default() }, json!({"memtable_size": i64::MAX})),
        (Settings { max_memtables: Some(7), ..Settings::default() }, json!({"max_memtables": 7})),
        (Settings { sync: Some(Sync::None), ..Settings::default() }, json!({"wal_sync_mode": 0})),
        (Settings { sync: Some(Sync::Always), ..Settings::default() }, json!({"wal_sync_mode": 2})),
        (
            Settings { sync: Some(Sync::Bytes(5)), ..Settings::default() },
            json!({"wal_sync_mode": 1, "wal_sync_bytes": 5}),
        ),
    ] {
        assert_eq!(renewed(&disk_with(&with(&json!({"wal_sync_mode": 1}))), &settings)["version"], 1);
        assert_eq!(renewed(&disk_with(&of_kevo()), &settings), here(&expected));
    }
}

#[test]
fn a_crash_or_a_failure_at_any_call_leaves_the_old_or_the_new_one() {
    let (old, new) = (of_kevo().to_string(), here(&json!({"memtable_size": 5})));
    let settings = Settings { memtable_size: Some(5), ..Settings::default() };
    let mut seen = (0, 0);
    for call in 1..=9 {
        let disk = disk(Some(old.as_bytes()));
        disk.add_file("/db/MANIFEST.tmp", b"left by a crash");
        let manifest = load(&disk);
        disk.fail_from(call, Errno::NOSPC);
        let result = manifest.renew(&disk, Path::new(DB), &settings);
        assert_eq!(result.is_err(), call < 9);
        if let Err(error) = result {
            assert!(error.path().unwrap().starts_with(DB) && error.os_code() == Some(Errno::NOSPC.raw_os_error()));
        }
        for seed in 0..20 {
            let bytes = disk.crash(coins(seed)).bytes(MANIFEST).unwrap();
            let is_new = serde_json::from_slice::<Value>(&bytes).is_ok_and(|value| value == new);
            assert!(is_new || bytes == old.as_bytes());
            assert!(is_new || call < 9, "it was synced");
            if is_new { seen.1 += 1 } else { seen.0 += 1 }
        }
    }
    assert!(seen.0 > 0 && seen.1 > 0);
}

#[test]
fn a_manifest_that_cannot_be_read_is_an_error_that_names_it() {
    let disk = disk_with(&of_kevo());
    for call in 1..=2 {
        disk.fail_once(call, Errno::IO);
        let error = Manifest::load(&disk, Path::new(DB)).unwrap_err();
        assert_eq!((error.path(), error.os_code()), (Some(Path::new(MANIFEST)), Some(5)));
    }
    disk.heal();
    disk.hesitate(3);
    assert_eq!(*load(&disk).condition(), Condition::Sound);
    assert!(disk.info(Path::new(MANIFEST)).is_ok());
}

/// Tables by their names, with their first and last keys.
type Tables<'a> = &'a [(&'a str, &'a str, &'a str)];

fn tables<'a>(tables: Tables<'a>) -> Vec<KevoTable<'a>> {
    let keys = |first: &'a str, last: &'a str| Keys::Between(first.as_bytes(), last.as_bytes());
    tables.iter().map(|(name, first, last)| KevoTable { name: name.as_bytes(), keys: keys(first, last) }).collect()
}

/// The runs, oldest first, and the doubts (newer, older).
fn ordered(given: Tables<'_>) -> (Vec<Vec<&str>>, Vec<(&str, &str)>) {
    let order = order(&tables(given)).unwrap();
    let name = |index: usize| given[index].0;
    let runs = order.runs.iter().map(|run| run.iter().map(|table| name(*table)).collect()).collect();
    (runs, order.doubts.iter().map(|Doubt { newer, older }| (name(*newer), name(*older))).collect())
}

#[test]
fn tables_of_one_level_are_ordered_by_time_whatever_their_numbers() {
    let given: Tables = &[
        ("0_000001_01795647718775915435.sst", "a", "b"),
        ("0_000002_01795647718767249237.sst", "a", "b"),
        ("0_000001_01795647718764477398.sst", "a", "b"),
        ("0_10_9.sst", "a", "b"),
    ];
    let (runs, doubts) = ordered(given);
    assert_eq!(runs, [[given[3].0], [given[2].0], [given[1].0], [given[0].0]]);
    assert_eq!(doubts, []);
}

#[test]
fn the_lower_level_is_newer() {
    let given: Tables = &[
        ("0_000002_01795647727224244416.sst", "a", "b"),
        ("12_000001_01795647727221809797.sst", "a", "b"),
        ("2_000001_01795647727221809796.sst", "a", "b"),
        ("1_000001_01795647727221809799.sst", "a", "b"),
    ];
    let (runs, doubts) = ordered(given);
    assert_eq!(runs, [[given[1].0], [given[2].0], [given[3].0], [given[0].0]]);
    assert_eq!(doubts, []);
}

#[test]
fn a_table_that_a_compaction_left_is_newer_but_that_is_in_doubt() {
    // Five tables of one run, four of which were taken: the fifth is newer. Tables of two runs, by whose numbers a
    // newer one was taken and an older one left: it is not. The names are alike.
    for names in [
        ["0_000005_01795648544580829432.sst", "1_000001_01795648544583411386.sst"],
        ["0_000003_01795648504743390336.sst", "1_000001_01795648504820851323.sst"],
    ] {
        let given = [(names[0], "c", "k4"), (names[1], "c", "k3")];
        let (runs, doubts) = ordered(&given);
        assert_eq!(runs, [[names[1]], [names[0]]]);
        assert_eq!(doubts, [(names[0], names[1])]);
        // Tables that share no keys have no order.
        assert_eq!(ordered(&[(names[0], "a", "b"), (names[1], "c", "k3")]).1, []);
        assert_eq!(ordered(&[(names[0], "c", "k4"), (names[1], "k5", "k6")]).1, []);
        let apart = [(names[0], "a", "b"), (names[1], "c", "d")];
        let doubts_with = |keys| {
            let mut given = tables(&apart);
            given[1].keys = keys;
            order(&given).unwrap().doubts.len()
        };
        assert_eq!((doubts_with(Keys::Unknown), doubts_with(Keys::None)), (1, 0));
    }
}

#[test]
fn outputs_of_a_compaction_have_the_time_of_the_first() {
    // A flush in the middle of a compaction: its time is before that of later outputs.
    let given: Tables = &[
        ("0_000001_01795648506237095537.sst", "k1599", "k1599"),
        ("1_000001_01795648506222770486.sst", "k0000", "k0099"),
        ("1_000002_01795648506227737257.sst", "k0100", "k0199"),
        ("1_000003_01795648506235730642.sst", "k0200", "k0299"),
        ("1_000004_01795648506243717874.sst", "k0300", "k1599"),
    ];
    let (runs, doubts) = ordered(given);
    assert_eq!(runs, [vec![given[1].0, given[2].0, given[3].0, given[4].0], vec![given[0].0]]);
    assert_eq!(doubts, []);
    // The next compaction has numbers from 1 again; and one whose first output is gone begins with what is left.
    let given: Tables = &[
        ("1_000002_00000000000000000002.sst", "a", "b"),
        ("1_000003_00000000000000000003.sst", "c", "d"),
        ("1_000001_00000000000000000005.sst", "e", "f"),
        ("1_000002_00000000000000000006.sst", "g", "h"),
    ];
    assert_eq!(ordered(given).0, [[given[0].0, given[1].0], [given[2].0, given[3].0]]);
    // A run never has a key twice, whatever the numbers say.
    let given: Tables =
        &[("1_000001_00000000000000000005.sst", "e", "g"), ("1_000002_00000000000000000006.sst", "g", "h")];
    assert_eq!(ordered(given).0, [[given[0].0], [given[1].0]]);
}

#[test]
fn other_names_are_older_and_in_doubt_where_kevo_takes_them_for_newer() {
    let given: Tables = &[
        ("zzz.sst", "a", "b"),
        ("!00000000000000000002.sst", "a", "b"),
        ("!00000000000000000001.sst", "a", "b"),
        ("0_000001_01700000000000000000.sst", "a", "b"),
    ];
    let (runs, doubts) = ordered(given);
    assert_eq!(runs, [[given[2].0], [given[1].0], [given[0].0], [given[3].0]]);
    assert_eq!(doubts, [(given[3].0, given[0].0)]);
}

proptest! {
    #[test]
    fn every_table_is_in_one_run_whose_tables_share_no_key(
        names in prop::collection::btree_set((0..3_u32, 1..4_u64, 0..9_u64), 0..12),
        keys in prop::collection::vec((0..6_u8, 0..3_u8), 12)
    ) {
        let names = names.iter().map(|(level, number, time)| format!("{level}_{number:06}_{time:020}.sst"));
        let names = names.collect::<Vec<_>>();
        let bounds = keys.iter().map(|(first, more)| ([*first], [first + more])).collect::<Vec<_>>();
        let tables = names.iter().zip(&bounds).map(|(name, (first, last))| KevoTable {
            name: name.as_bytes(),
            keys: Keys::Between(first, last),
        });
        let tables = tables.collect::<Vec<_>>();
        let shares = |a: usize, b: usize| bounds[a].0 <= bounds[b].1 && bounds[b].0 <= bounds[a].1;
        let order = order(&tables).unwrap();
        let mut all = order.runs.concat();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..tables.len()));
        for run in &order.runs {
            for (at, a) in run.iter().enumerate() {
                prop_assert!(run[..at].iter().all(|b| !shares(*a, *b)));
            }
        }
        let place = |table: usize| order.runs.iter().position(|run| run.contains(&table)).unwrap();
        prop_assert!(order.doubts.iter().all(|doubt| place(doubt.newer) > place(doubt.older) && shares(doubt.newer, doubt.older)));
    }
}
