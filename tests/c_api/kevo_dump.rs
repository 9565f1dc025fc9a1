//! What `kevo-dump` shows to people.
#![cfg(target_os = "linux")]

use crate::support::compile;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::compile::{link_shared, program};
use crate::support::library::in_repository;
use crate::support::model::LogFile;
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Op};

/// The width of a bar in a pipe.
const CELLS: usize = 70;

fn kevo_dump_command(locale: &str, arguments: &[&str], wal_dir: &Path) -> Command {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let program = program("examples-c/dump", "-std=c99", directory.path(), &link_shared(directory.path()));
        (directory, program)
    });
    let mut command = Command::new(program);
    command.env("LC_ALL", locale).args(arguments).arg(wal_dir);
    command
}

fn kevo_dump(locale: &str, arguments: &[&str], wal_dir: &Path) -> Output {
    compile::run(&mut kevo_dump_command(locale, arguments, wal_dir))
}

fn stdout_of(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn shown(arguments: &[&str], wal_dir: &Path) -> String {
    stdout_of(&kevo_dump("C", arguments, wal_dir))
}

fn fixture(name: &str) -> PathBuf {
    in_repository(&format!("tests/fixtures/{name}/wal"))
}

fn log_of(bytes: Vec<u8>) -> WalDir {
    WalDir::with(&[LogFile { name: "01750000000000000001.wal".to_owned(), bytes }])
}

fn log_with_keys(keys: &[&[u8]]) -> WalDir {
    let mut log = LogWriter::new();
    for (sequence, key) in (1..).zip(keys) {
        log.entry(sequence, &Op::put(key, b"value"));
    }
    log_of(log.into_bytes())
}

/// The bars of the files.
fn bars(output: &str) -> Vec<&str> {
    let lines = output.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| line.len() == CELLS && line.bytes().all(|cell| b"=X.".contains(&cell))).collect()
}

/// The bar of a file of `size` bytes: these ranges are damaged, and the bytes from `read` on were not read.
fn drawn(size: usize, damaged: &[Range<usize>], read: usize) -> String {
    let overlaps =
        |cell: usize, bytes: &Range<usize>| bytes.start * CELLS < (cell + 1) * size && cell * size < bytes.end * CELLS;
    let symbol = |cell| match cell {
        cell if damaged.iter().any(|bytes| overlaps(cell, bytes)) => 'X',
        cell if overlaps(cell, &(0..read)) => '=',
        _ => '.',
    };
    (0..CELLS).map(symbol).collect()
}

#[test]
fn the_map_is_to_scale() {
    for (value, records) in [(10, 5), (100, 70), (300, 71), (1, 3000)] {
        let mut log = LogWriter::new();
        for sequence in 1..=records {
            log.entry(sequence, &Op::put(format!("{sequence:06}"), vec![b'v'; value]));
        }
        let starts = log.record_starts().to_vec();
        let mut bytes = log.into_bytes();
        let damaged = [0, 2].map(|record| starts[record]..starts[record + 1]);
        for stretch in &damaged {
            bytes[stretch.end - 1] ^= 1;
        }
        let size = bytes.len();
        let directory = log_of(bytes);
        let skipped = shown(&["--mode", "skip-corrupted", "--limit=0"], directory.path());
        assert_eq!(bars(&skipped), [drawn(size, &damaged, size)], "{skipped}");
        let stopped = shown(&["--limit=0"], directory.path());
        assert_eq!(bars(&stopped), [drawn(size, &damaged[..1], damaged[0].end)], "{stopped}");
    }
}

#[test]
fn one_damaged_byte_among_many_is_seen() {
    let mut log = LogWriter::new();
    for sequence in 1..=1000 {
        log.entry(sequence, &Op::put("key", vec![0; 1000]));
    }
    log.raw_bytes(&[7]);
    let directory = log_of(log.into_bytes());
    let output = shown(&["--limit=0"], directory.path());
    assert_eq!(bars(&output), [format!("{}X", "=".repeat(CELLS - 1))]);
    assert!(output.contains("1 byte: "), "{output}");
}

/// Faults that come from `tests/c/faults.c`, which can also run a command while kevo-dump runs.
#[cfg(target_env = "gnu")]
mod faults {
    use super::*;

    fn preload() -> &'static Path {
        static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
        let (_, object) = BUILT.get_or_init(|| {
            let directory = TempDir::new().unwrap();
            let object = compile::preloaded("tests/c/faults.c", directory.path());
            (directory, object)
        });
        object
    }

    /// kevo-dump, in which opening a file or directory whose path ends with `path` fails.
    fn with_refused_open(arguments: &[&str], wal_dir: &Path, path: &str) -> String {
        let mut command = kevo_dump_command("C", arguments, wal_dir);
        command.env("LD_PRELOAD", preload()).env("FAULT_CALL", "open").env("FAULT_PATH", path);
        stdout_of(&compile::run(command.env("FAULT_ERRNO", "13")))
    }

    /// kevo-dump opens the directory for its list of files, for the recovery, for the second list, and for advice.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum When {
        BeforeRecovery = 2,
        AfterRecovery = 3,
        BeforeAdvice = 4,
    }

    /// kevo-dump, in whose midst a shell command runs once, in the WAL directory.
    fn with_command(arguments: &[&str], wal_dir: &Path, when: When, shell: &str) -> String {
        let hits = TempDir::new().unwrap();
        let hits = hits.path().join("hits");
        let mut command = kevo_dump_command("C", arguments, wal_dir);
        command.env("LD_PRELOAD", preload()).env("FAULT_CALL", "open").env("FAULT_PATH", wal_dir);
        command.env("FAULT_RUN", format!("cd '{}' && {shell}", wal_dir.display()));
        command.env("FAULT_FIRST", (when as u32).to_string()).env("FAULT_HITS", &hits);
        let output = stdout_of(&compile::run(&mut command));
        assert_eq!(fs::read(&hits).unwrap(), b"x", "{when:?}: the command ran once");
        output
    }

    fn sound(name: &str) -> LogFile {
        let mut log = LogWriter::new();
        log.entry(1, &Op::put("key", "value"));
        LogFile { name: name.to_owned(), bytes: log.into_bytes() }
    }

    /// What the map has below the heading of a file.
    fn below_heading<'a>(output: &'a str, file: &str) -> Vec<&'a str> {
        let mut lines = output.lines();
        lines.find(|line| line.starts_with(&format!("  {file}, "))).unwrap_or_else(|| panic!("{file}: {output}"));
        lines.take_while(|line| !line.is_empty()).map(str::trim_start).collect()
    }

    const APPEARED: &str = "it appeared while kevo-dump was reading the log: it may not have been read";
    const GONE: &str = "it was removed or renamed while kevo-dump was reading the log: it may not have been read";
    const CHANGED: &str = "it was changed while kevo-dump was reading the log, and now has 32 bytes: it may have been \
                           read only in part";
    const GREW: &str = "it was changed while kevo-dump was reading the log, and now has 35 bytes: it may have been \
                        read only in part";
    const SHRANK: &str = "it was changed while kevo-dump was reading the log, and now has 0 bytes: it may have been \
                          read only in part";

    #[test]
    fn a_file_that_is_not_the_same_before_and_after_the_recovery_is_not_drawn() {
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("cp 2.wal 4.wal", &[("4.wal", APPEARED)]),
            ("rm 2.wal", &[("2.wal", GONE)]),
            ("mv 2.wal 4.wal", &[("2.wal", GONE), ("4.wal", APPEARED)]),
            ("printf abc >>2.wal", &[("2.wal", GREW)]),
            ("cp 1.wal other && cat other >2.wal", &[("2.wal", CHANGED)]),
            ("cp 1.wal other && mv other 2.wal", &[("2.wal", CHANGED)]),
            (": >2.wal", &[("2.wal", SHRANK)]),
        ];
        for (shell, expected) in cases {
            for when in [When::BeforeRecovery, When::AfterRecovery] {
                let directory = WalDir::with(&["1.wal", "2.wal", "3.wal"].map(sound));
                let output = with_command(&["--mode=skip-corrupted", "--limit=0"], directory.path(), when, shell);
                let full = "=".repeat(CELLS);
                for file in ["1.wal", "2.wal", "3.wal", "4.wal"] {
                    match expected.iter().find(|(changed, _)| *changed == file) {
                        Some((_, why)) => assert_eq!(below_heading(&output, file)[0], *why, "{shell}: {output}"),
                        None if file == "4.wal" => assert!(!output.contains(file), "{shell}: {output}"),
                        None => assert_eq!(below_heading(&output, file), [&full], "{shell}: {output}"),
                    }
                }
                let bars = 3 - usize::from(expected.iter().any(|(file, _)| *file == "2.wal"));
                assert_eq!(super::bars(&output), vec![&full; bars], "{shell}: {output}");
            }
        }
    }

    #[test]
    fn a_log_that_is_set_aside_meanwhile_is_not_drawn() {
        let directory = WalDir::with(&[sound("1.wal"), sound("2.wal"), sound("backup_1/0.wal")]);
        let arguments = ["--include-set-aside", "--limit=0"];
        let output = with_command(&arguments, directory.path(), When::AfterRecovery, "mv 2.wal backup_1");
        assert_eq!(below_heading(&output, "2.wal"), [GONE]);
        assert_eq!(below_heading(&output, "backup_1/2.wal"), [APPEARED]);
        assert_eq!(bars(&output).len(), 2, "{output}");
    }

    #[test]
    fn of_many_files_those_that_changed_are_shown() {
        let directory = WalDir::with(&(10..50).map(|number| sound(&format!("{number}.wal"))).collect::<Vec<_>>());
        let shell = "rm 20.wal && cp 10.wal 60.wal";
        let output = with_command(&["--limit=0"], directory.path(), When::AfterRecovery, shell);
        assert_eq!(below_heading(&output, "20.wal"), [GONE]);
        assert_eq!(below_heading(&output, "60.wal"), [APPEARED]);
        assert!(bars(&output).is_empty() && output.contains("and 39 files without damage"), "{output}");
    }

    #[test]
    fn damage_in_a_file_that_went_is_still_shown_and_so_is_that_after_it() {
        let torn = |name| {
            let LogFile { name, mut bytes } = sound(name);
            bytes.extend_from_slice(b"torn");
            LogFile { name, bytes }
        };
        let directory = WalDir::with(&["1.wal", "2.wal", "3.wal"].map(torn));
        let output = with_command(&["--limit=0"], directory.path(), When::AfterRecovery, "rm 2.wal");
        let damage = "torn tail at 32, 4 bytes: the last write was interrupted: the record is cut short";
        assert_eq!(below_heading(&output, "2.wal")[..2], [GONE, damage]);
        assert_eq!(below_heading(&output, "3.wal")[1], damage);
        assert!(bars(&output).len() == 2 && bars(&output).iter().all(|bar| bar.ends_with('X')), "{output}");
    }

    #[test]
    fn what_a_recovery_that_failed_did_not_read_is_not_drawn_as_intact() {
        let files = [sound("1.wal"), sound("2.wal"), sound("3.wal"), sound("backup_1/0.wal")];
        let directory = WalDir::with(&files);
        let drawn = |arguments: &[&str], path| -> String {
            let output = with_refused_open(arguments, directory.path(), path);
            assert!(output.starts_with("not recovered"), "{output}");
            bars(&output).iter().map(|bar| &bar[..1]).collect()
        };
        assert_eq!(drawn(&[], "/2.wal"), "=..");
        assert_eq!(drawn(&[], "/1.wal"), "...");
        assert_eq!(drawn(&["--include-set-aside"], "/2.wal"), "==..");
        assert_eq!(drawn(&["--include-set-aside"], "/backup_1"), "...", "the list of files is not complete");
        assert_eq!(drawn(&[], directory.path().to_str().unwrap()), "", "there is no list of files");
    }

    #[test]
    fn a_set_aside_directory_that_cannot_be_listed_says_so() {
        let names = ["backup_20261122_064127", "backup_2"];
        let directory = WalDir::with(&names.map(|name| LogFile { name: format!("{name}/1.wal"), bytes: Vec::new() }));
        let output = with_refused_open(&[], directory.path(), names[0]);
        let refused = "  backup_20261122_064127  cannot be listed: Permission denied, 2026-11-22 06:41:27 local time\n";
        assert!(output.contains(refused), "{output}");
        assert!(output.contains("  backup_2  1 file, 0 bytes\n"), "{output}");
    }

    #[test]
    fn what_was_recovered_is_freed_before_another_recovery_gives_advice() {
        let mut log = LogWriter::new();
        for sequence in 1..=64 {
            log.entry(sequence, &Op::put(sequence.to_be_bytes(), vec![b'v'; 1 << 20]));
        }
        let directory = WalDir::with(&[LogFile { name: "1.wal".to_owned(), bytes: log.into_bytes() }]);
        directory.write(&sound("backup_1/0.wal"));
        let report = TempDir::new().unwrap();
        let memory = report.path().join("memory");
        let shell = format!("grep VmRSS: /proc/$PPID/status >'{}'", memory.display());
        for extra in [&[][..], &["--export"]] {
            let out = report.path().join("out");
            let mut arguments = vec!["--max-memtables=3", "--limit=0"];
            arguments.extend(extra);
            arguments.extend((!extra.is_empty()).then_some(out.to_str().unwrap()));
            let output = with_command(&arguments, directory.path(), When::BeforeAdvice, &shell);
            assert!(output.contains("  --include-set-aside brings back 1 entry more"), "{output}");
            let memory = fs::read_to_string(&memory).unwrap();
            let kilobytes: u64 = memory.split_whitespace().nth(1).unwrap().parse().unwrap();
            assert!(kilobytes < 32 << 10, "{kilobytes} KiB are in use, and the log has 65,536");
        }
    }
}

#[test]
fn what_did_not_fit_into_memory_is_not_drawn_as_intact() {
    let directory = log_of(vec![1; 128 << 20]);
    let dump = kevo_dump_command("C", &["--limit=0"], directory.path());
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 100000; exec \"$@\"", "sh"]).arg(dump.get_program()).args(dump.get_args());
    let output = stdout_of(&compile::run(limited.env("LC_ALL", "C")));
    assert!(output.starts_with("not recovered"), "{output}");
    assert_eq!(bars(&output), [".".repeat(CELLS)], "{output}");
}

#[test]
fn a_directory_with_the_name_of_a_log_ends_what_is_drawn_as_intact() {
    let log = || {
        let mut log = LogWriter::new();
        log.entry(1, &Op::put("key", "value"));
        log.into_bytes()
    };
    let directory = WalDir::with(&["1.wal", "3.wal"].map(|name| LogFile { name: name.to_owned(), bytes: log() }));
    fs::create_dir(directory.path().join("2.wal")).unwrap();
    let output = shown(&["--limit=0"], directory.path());
    assert_eq!(bars(&output), ["=", "."].map(|cell| cell.repeat(CELLS)), "{output}");
}

#[test]
fn a_point_in_time_that_does_not_go_on_is_shown() {
    let file = |name: &str, sequence, torn: &[u8]| {
        let mut log = LogWriter::new();
        log.entry(sequence, &Op::put("key", "value"));
        log.raw_bytes(torn);
        LogFile { name: name.to_owned(), bytes: log.into_bytes() }
    };
    for (next, goes_on) in [(2, true), (3, false)] {
        let directory = WalDir::with(&[file("1.wal", 1, b"torn"), file("2.wal", next, b""), file("3.wal", 4, b"")]);
        let output = shown(&["--mode=point-in-time", "--limit=0"], directory.path());
        let last = if goes_on { "=" } else { "." }.repeat(CELLS);
        let [first, others @ ..] = &bars(&output)[..] else { panic!("{output}") };
        assert!(first.starts_with("=====") && first.ends_with('X'), "{output}");
        assert_eq!(others, [&*last, &*last], "{output}");
        assert_eq!(output.contains("left out   2 files after the damage"), !goes_on, "{output}");
        assert_eq!(output.contains("--mode skip-corrupted brings back 2 entries more"), !goes_on, "{output}");
    }
}

#[test]
fn of_many_files_only_those_are_shown_that_have_something_to_see() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("key", "value"));
    let sound = log.clone().into_bytes();
    log.raw_bytes(b"torn");
    let torn = log.into_bytes();
    let file = |number| LogFile {
        name: format!("{number:020}.wal"),
        bytes: if number == 7 { torn.clone() } else { sound.clone() },
    };
    let directory = WalDir::with(&(1..=40).map(file).collect::<Vec<_>>());
    let output = shown(&["--limit=0"], directory.path());
    assert_eq!(bars(&output).len(), 1);
    assert!(output.contains("and 39 files without damage"), "{output}");
}

#[test]
fn of_many_memtables_the_oldest_and_the_newest_are_shown() {
    for (count, more) in [(16, None), (17, Some("and 1 memtable more")), (40, Some("and 24 memtables more"))] {
        let keys: Vec<String> = (0..count).map(|index| format!("key{index:02}")).collect();
        let directory = log_with_keys(&keys.iter().map(String::as_bytes).collect::<Vec<_>>());
        let output = shown(&["--memtable-size=1", "--max-memtables=40", "--limit=0"], directory.path());
        let lines = output.lines().skip_while(|line| !line.starts_with("  memtables  "));
        let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(|line| line.split_at(13).1).collect();

        let line = |index: usize| {
            let (key, state) = (&keys[index], if index + 1 == count { "open" } else { "immutable" });
            format!("{index}: {state}, 1 entry, 26 bytes, \"{key}\" to \"{key}\"")
        };
        let expected = (0..8).map(line).chain(more.map(str::to_owned)).chain((count - 8..count).map(line));
        assert_eq!(lines, expected.collect::<Vec<_>>());
    }
}

/// The entries that recovery brings back with these arguments.
fn entries(arguments: &[&str], wal_dir: &Path) -> u64 {
    let output = stdout_of(&kevo_dump("C", &[arguments, &["--json"]].concat(), wal_dir));
    let first: serde_json::Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    first["entries"].as_u64().unwrap()
}

/// Follows each line of advice, and checks that it brings back what the line promises.
fn check_advice(name: &str, arguments: &[&str], lines: usize) {
    let output = kevo_dump("C", arguments, &fixture(name));
    let text = stdout_of(&output) + std::str::from_utf8(&output.stderr).unwrap();
    let advice: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(" brings back ")).collect();
    assert_eq!(advice.len(), lines, "{text}");
    for (options, promise) in advice {
        let promised: u64 = promise.split(' ').next().unwrap().parse().unwrap();
        let options: Vec<&str> = arguments.iter().copied().chain(options.split_whitespace()).collect();
        let more = entries(&options, &fixture(name)) - entries(arguments, &fixture(name));
        assert_eq!(more, promised, "{name} with {options:?}");
    }
}

#[test]
fn advice_is_exact() {
    check_advice("basic", &[], 0);
    check_advice("dmg-torn-mid-payload", &[], 0);
    check_advice("dmg-torn-mid-payload", &["--mode=absolute"], 1);
    check_advice("dmg-flip-many", &[], 2);
    check_advice("dmg-flip-many", &["--mode=absolute"], 2);
    check_advice("dmg-flip-many", &["--mode=point-in-time"], 1);
    check_advice("dmg-flip-many", &["--mode=skip-corrupted"], 0);
    check_advice("dmg-flip-many", &["--memtable-size=5000"], 2);
    check_advice("max-memtables-exceeded", &["--memtable-size=5000", "--max-memtables=3"], 1);
    check_advice("engine-set-aside", &[], 1);
    check_advice("engine-set-aside", &["--mode=absolute"], 1);
    check_advice("engine-set-aside", &["--include-set-aside"], 0);
}

#[test]
fn a_directory_without_a_log_is_told_from_a_log_without_damage() {
    let says_so = |arguments: &[&str], wal_dir: &Path| shown(arguments, wal_dir).contains("There is no log here");
    assert!(says_so(&[], &fixture("empty-dir")));
    assert!(says_so(&["--include-set-aside"], fixture("basic").parent().unwrap()));
    assert!(!says_so(&[], &fixture("basic")));
    assert!(!says_so(&[], log_of(Vec::new()).path()));
    let set_aside = WalDir::with(&[LogFile { name: "backup_1/1.wal".to_owned(), bytes: Vec::new() }]);
    assert!(!says_so(&[], set_aside.path()));
}

#[test]
fn what_was_set_aside_is_listed_with_the_time_in_its_name() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("key", "value"));
    let bytes = log.into_bytes();
    let times = [
        ("backup_20240229_235959", ", 2024-02-29 23:59:59 local time"),
        ("backup_20261122_064127", ", 2026-11-22 06:41:27 local time"),
        ("backup_20230229_000000", ""),
        ("backup_20261301_000000", ""),
        ("backup_20261122_240000", ""),
        ("backup_20261122_06412", ""),
        ("backup_20261122_064127.old", ""),
        ("backup_2026112_064127", ""),
        ("backup_ 261122_064127", ""),
        ("backup_", ""),
    ];
    let files = times.map(|(name, _)| LogFile { name: format!("{name}/1.wal"), bytes: bytes.clone() });
    let directory = WalDir::with(&files);
    // The name has the local time where Kevo ran; the time zone here does not matter.
    for zone in ["UTC", "XXX-9"] {
        let output = compile::run(kevo_dump_command("C", &["--limit=0"], directory.path()).env("TZ", zone));
        let output = stdout_of(&output);
        for (name, time) in times {
            let line = format!("  {name}  1 file, {} bytes{time}\n", bytes.len());
            assert!(output.contains(&line), "{line}{output}");
        }
    }
}

/// The lines of the listing.
fn listed(output: &str) -> Vec<&str> {
    output.lines().filter(|line| line.contains(" = \"")).map(str::trim_start).collect()
}

#[test]
fn a_key_can_be_asked_for_as_it_is_shown() {
    let keys: [&[u8]; 8] =
        [b"", b"plain", b"\"quoted\"", b"back\\slash", b"\\x41", b"\x00\xff", "h\u{e9}".as_bytes(), b"\x1b[31m"];
    let directory = log_with_keys(&keys);
    for locale in ["C", "C.UTF-8"] {
        let all = stdout_of(&kevo_dump(locale, &[], directory.path()));
        assert_eq!(listed(&all).len(), keys.len());
        assert!(all.contains(r#" "\"quoted\"" "#) && all.contains(r#" "back\\slash" "#), "{all}");
        for line in listed(&all) {
            let key = line.split_once('"').unwrap().1.rsplit_once(" = ").unwrap().0.trim_end();
            let key = key.strip_suffix('"').unwrap();
            let one = stdout_of(&kevo_dump(locale, &["--key", key], directory.path()));
            assert_eq!(listed(&one).len(), 1, "{key}");
            assert!(one.contains(&format!("\"{key}\" ")), "{key}");
        }
    }
}

#[test]
fn what_is_listed_can_be_restricted() {
    let directory = log_with_keys(&[b"a", b"ab", b"ac", b"b"]);
    let count = |arguments: &[&str]| listed(&shown(arguments, directory.path())).len();
    assert_eq!(count(&["--prefix=a"]), 3);
    assert_eq!(count(&["--prefix=\\x61b"]), 1);
    assert_eq!(count(&["--prefix=", "--limit=2"]), 2);
    assert_eq!(count(&["--prefix=a", "--key=b"]), 0);
    assert_eq!(count(&["--key=a", "--key=b"]), 1);
    assert!(shown(&["--key=c"], directory.path()).contains("no entry has such a key"));
    assert!(shown(&["--prefix=a", "--limit=1"], directory.path()).contains("and 2 entries more"));
    assert!(shown(&["--limit=0"], directory.path()).contains("4 entries not listed"));
    for arguments in [&["--json", "--key=a"][..], &["--prefix=a", "--json"], &["--limit=1", "--json"], &["--key=\\n"]] {
        let output = kevo_dump("C", arguments, directory.path());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn text_is_shown_as_it_is_where_the_locale_can_and_nothing_reaches_the_terminal_that_it_obeys() {
    let keys = ["h\u{e9}llo \u{20ac}", "\u{1b}[31m\r\n", "a\u{202e}b", "\u{9b}1m", "\u{feff}"];
    let directory = log_with_keys(&keys.map(str::as_bytes));
    let utf8 = stdout_of(&kevo_dump("C.UTF-8", &[], directory.path()));
    assert!(utf8.contains("\"h\u{e9}llo \u{20ac}\"") && utf8.contains('\u{2588}'), "{utf8}");
    assert!(!utf8.contains(['\u{1b}', '\r', '\u{202e}', '\u{9b}', '\u{feff}']), "{utf8}");
    assert!(shown(&[], directory.path()).is_ascii());
}

#[test]
fn colours_go_into_a_pipe_only_when_asked_for() {
    let directory = fixture("dmg-flip-many");
    let is_coloured = |arguments: &[&str]| shown(arguments, &directory).contains('\u{1b}');
    assert!(!is_coloured(&[]) && !is_coloured(&["--color=auto"]) && !is_coloured(&["--color=never"]));
    assert!(is_coloured(&["--color=always"]));
    assert!(!is_coloured(&["--color=always", "--json"]));
}

#[test]
fn the_manual_knows_every_option_and_no_other() {
    let help = shown(&["--help"], Path::new("."));
    let mut helped: Vec<&str> =
        help.split(|c: char| !c.is_alphanumeric() && c != '-').filter_map(|word| word.strip_prefix("--")).collect();
    helped.sort_unstable();
    helped.dedup();
    let manual = fs::read_to_string(in_repository("docs/kevo-dump.1")).unwrap();
    let items = manual.lines().filter_map(|line| line.strip_prefix(".It Fl -"));
    let mut described: Vec<&str> = items.map(|item| item.split(' ').next().unwrap()).collect();
    described.sort_unstable();
    assert_eq!(described, helped);
    let choices = help.lines().filter_map(|line| line.strip_prefix("      ")).filter(|line| !line.starts_with(' '));
    for choice in choices.map(|line| line.split(' ').next().unwrap()) {
        assert!(manual.contains(&format!(".It Cm {choice}\n")), "{choice}");
    }
}
