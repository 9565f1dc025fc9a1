//! What `kevo-dump` shows to people.
#![cfg(target_os = "linux")]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use compile::{link_shared, program};
use library::in_repository;
use support::model::LogFile;
use support::wal_dir::WalDir;
use support::writer::{LogWriter, Op};

#[path = "support/compile.rs"]
mod compile;
#[path = "support/library.rs"]
mod library;
mod support;

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

/// A bar of a file of `size` bytes of which these are damaged and those from `read` on were not read.
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
        assert_eq!(output.contains("left out   2 files behind the damage"), !goes_on, "{output}");
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

/// Does what each line of advice says, and checks that it brings back what the line promises.
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
    // The name has the time of the place where Kevo ran, whatever the time is here.
    for zone in ["UTC", "XXX-9"] {
        let output = compile::run(kevo_dump_command("C", &["--limit=0"], directory.path()).env("TZ", zone));
        let output = stdout_of(&output);
        for (name, time) in times {
            let line = format!("  {name}  1 file, {} bytes{time}\n", bytes.len());
            assert!(output.contains(&line), "{line}{output}");
        }
    }
}

#[cfg(target_env = "gnu")]
#[test]
fn what_was_set_aside_and_cannot_be_looked_at_says_so() {
    let built = TempDir::new().unwrap();
    let faults = compile::preloaded("tests/c/faults.c", built.path());
    let names = ["backup_20261122_064127", "backup_2"];
    let directory = WalDir::with(&names.map(|name| LogFile { name: format!("{name}/1.wal"), bytes: Vec::new() }));
    let mut command = kevo_dump_command("C", &[], directory.path());
    command.env("LD_PRELOAD", faults).env("FAULT_CALL", "open").env("FAULT_PATH", names[0]).env("FAULT_ERRNO", "13");
    let output = stdout_of(&compile::run(&mut command));
    let refused = "  backup_20261122_064127  cannot be looked at: Permission denied, 2026-11-22 06:41:27 local time\n";
    assert!(output.contains(refused), "{output}");
    assert!(output.contains("  backup_2  1 file, 0 bytes\n"), "{output}");
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
