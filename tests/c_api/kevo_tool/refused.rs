//! What cannot be done: every exit status, with what is said.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use kevo::db::{Database, DbOptions};

use super::help::COMMANDS;
use super::tool::{DAMAGE, DIFFERS, FAILED, LOCKED, Place, USAGE, clock, command, concat, fed, kevo, program_path};
use crate::support::database_case::listing;
use crate::support::terminal::{Connected, Terminal};

#[test]
fn bad_usage_shows_the_usage_and_does_nothing() {
    let place = Place::with("put key value\n");
    let before = listing(Path::new(&place.db));
    let db = place.db.as_str();
    let refused: &[&[&str]] = &[
        &[],
        &["nonsense", db],
        &["--nonsense"],
        &["get"],
        &["get", db],
        &["put", db],
        &["put", db, "k", "v", "w"],
        &["put", db, "k\\", "v"],
        &["put", db, "k", "\\x0"],
        &["put", "--hex", db, "0", "00"],
        &["delete", db],
        &["delete", db, "key", "--prefix", "k"],
        &["delete", "--hex", db, "00", "zz"],
        &["delete", "--hex", db, "--from", "zz"],
        &["scan", db, "key"],
        &["scan", db, "--limit"],
        &["scan", db, "--limit=-1"],
        &["scan", db, "--limit=1x"],
        &["scan", db, "--mode=nonsense"],
        &["scan", db, "--create"],
        &["scan", db, "--from", "\\"],
        &["batch", db, "put"],
        &["stats"],
        &["stats", db, "--color=red"],
        &["compact", db, "other"],
        &["verify", db, "--mode=absolute"],
        &["salvage", db],
        &["checkpoint", db],
        &["export", db, "file"],
        &["import", db, "file"],
        &["tail", db, "--after=x"],
        &["bench"],
    ];
    for arguments in refused {
        let ran = kevo(arguments).ends_with(USAGE);
        assert!(ran.out.is_empty(), "{arguments:?}");
        ran.says("usage: kevo ").says("kevo: ");
    }
    assert_eq!(listing(Path::new(&place.db)), before);
}

#[test]
fn no_command_makes_a_database_by_mistake() {
    let place = Place::new();
    fs::write(place.beside("file"), "no database").unwrap();
    fs::create_dir(place.beside("empty")).unwrap();
    fs::create_dir(place.beside("other")).unwrap();
    fs::write(place.beside("other/file"), "no database").unwrap();
    let before = listing(Path::new(&place.beside("")));
    for db in [&place.db, &place.beside("file"), &place.beside("empty"), &place.beside("other")] {
        for name in COMMANDS {
            let words: &[&str] = match name {
                "get" | "delete" | "put" => &["key"],
                "salvage" | "checkpoint" => &[&place.beside("second")],
                "bench" => &["--num=1", "fillseq"],
                _ => &[],
            };
            let input = if name == "import" { "" } else { "put a 1\n" };
            let ran = fed(&[&[name, db.as_str()], words].concat(), input.as_bytes());
            assert_eq!(ran.status, FAILED, "{name} {db}: {}", ran.err);
            assert!(ran.err.starts_with("kevo: ") && ran.err.contains(db.as_str()), "{name}: {}", ran.err);
            assert_eq!(listing(Path::new(&place.beside(""))), before, "{name} {db}");
        }
    }
    assert_eq!(fs::read_dir(place.beside("empty")).unwrap().count(), 0);
    kevo(&["put", "--create", &place.beside("empty"), "key", "value"]).done();
    kevo(&["put", "--create", &place.beside("other"), "key", "value"]).ends_with(FAILED);
    kevo(&["put", "--create", &place.beside("no/parent"), "key", "value"]).ends_with(FAILED);
    let failed = kevo(&["get", "--json", &place.db, "key"]).ends_with(FAILED).json();
    assert_eq!((&failed[0]["kind"], &failed[0]["error"]), (&"error".into(), &"not-a-database".into()));
}

#[test]
fn a_database_that_another_process_writes_is_locked_for_writers_only() {
    let place = Place::with_table(10);
    let database = Database::open(Path::new(&place.db), &DbOptions::default(), None).0.unwrap();
    let second = place.beside("second");
    for (arguments, input) in [
        (&["put", &place.db, "key", "value"][..], ""),
        (&["delete", &place.db, "key0001"], ""),
        (&["batch", &place.db], "put a 1\n"),
        (&["import", &place.db], "{\"key\":\"00\",\"value\":\"\"}\n"),
        (&["compact", &place.db], ""),
        (&["checkpoint", &place.db, &second], ""),
        (&["salvage", &place.db, &second], ""),
        (&["bench", "--yes", "--num=1", &place.db, "fillseq"], ""),
    ] {
        fed(arguments, input.as_bytes())
            .ends_with(LOCKED)
            .says(&std::process::id().to_string())
            .says("end that process, or wait");
    }
    let locked = kevo(&["put", "--json", &place.db, "key", "value"]).ends_with(LOCKED).json();
    assert_eq!(locked[0]["error"], "locked");
    assert_eq!(place.scanned().lines().count(), 10);
    for arguments in [
        &["get", &place.db, "key0001"][..],
        &["stats", &place.db],
        &["verify", &place.db],
        &["export", &place.db],
        &["tail", &place.db],
    ] {
        kevo(arguments).done();
    }
    database.close().unwrap();
    kevo(&["put", &place.db, "key", "value"]).done();
}

#[test]
fn a_log_that_is_damaged_is_damage() {
    let place = Place::with("put a 1\n");
    let log = fs::read_dir(Path::new(&place.db).join("wal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&log).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&log, bytes).unwrap();
    let name = log.file_name().unwrap().to_str().unwrap();
    kevo(&["get", &place.db, "a"]).ends_with(DAMAGE).says(name).says("kevo salvage ");
    kevo(&["put", &place.db, "b", "2"]).ends_with(DAMAGE).says(name);
    let lines = kevo(&["verify", "--json", &place.db]).ends_with(DAMAGE).json();
    assert_eq!(lines[0]["file"], format!("wal/{name}"), "{lines:?}");
    kevo(&["salvage", &place.db, &place.beside("salvaged")]).ends_with(DAMAGE);
    kevo(&["put", "--mode=skip-corrupted", &place.db, "b", "2"]).done();
}

#[test]
fn what_was_lost_is_told_by_every_command_that_passes_over_it() {
    let place = Place::with_table(100);
    fs::remove_file(Path::new(&place.db).join("VERSIONS")).unwrap();
    kevo(&["get", &place.db, "key0001"]).done().says("1 thing is damaged, missing or in doubt").says("kevo verify ");
    let lines = kevo(&["verify", "--json", &place.db]);
    assert!(lines.json().iter().any(|line| line["damage"] == "rebuilt"), "{}", lines.out());
}

#[test]
fn output_that_is_lost_is_a_failure() {
    let place = Place::with_table(5000);
    for arguments in [
        &["scan", &place.db][..],
        &["get", &place.db, "key0001"],
        &["export", &place.db],
        &["stats", &place.db],
        &["verify", &place.db],
        &["tail", &place.db],
        &["help"],
        &["--version"],
        &["put", "--json", &place.db, "k", "v"],
    ] {
        if arguments[0] == "tail" {
            kevo(&["put", &place.db, "in the log", "value"]).done();
        }
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(FAILED), "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output: No space"),
            "{arguments:?}"
        );
    }
}

/// Runs a line of a shell in which `$K` is the tool, and gives its output and exit status.
fn shell(line: &str, place: &Place) -> (String, Option<i32>) {
    let output = Command::new("bash")
        .args(["-c", line])
        .env("K", program_path())
        .env("DB", &place.db)
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr), output.status.code())
}

#[test]
fn a_reader_that_goes_ends_a_long_listing_quietly() {
    let place = Place::with_table(9999);
    for listing in ["scan", "scan --reverse", "export", "tail --follow"] {
        if listing.starts_with("tail") {
            kevo(&["put", &place.db, "one", "more"]).done();
        }
        let (said, status) =
            shell(&format!("set -o pipefail; timeout 20 $K {listing} $DB | head -n 1 | wc -l"), &place);
        assert_eq!(said.trim(), "1", "{listing}");
        assert!([Some(0), Some(128 + 13)].contains(&status), "{listing}: {status:?}");
    }
    // SIGPIPE, where nobody has asked to ignore it; a failure to write, where somebody has.
    let (_, status) = shell("set -o pipefail; $K scan $DB | head -n 1 > /dev/null", &place);
    assert_eq!(status, Some(128 + 13));
    let (said, status) = shell("trap '' PIPE; set -o pipefail; $K scan $DB | head -n 1 > /dev/null", &place);
    assert_eq!(status, Some(FAILED), "{said}");
    assert!(said.contains("Broken pipe"), "{said}");
}

#[test]
fn a_file_that_may_not_grow_loses_nothing_that_was_written() {
    let place = Place::with("put key value\n");
    let lines = concat(
        (0..40_000).map(|key| format!("{{\"key_text\":\"{key:05}\",\"value_text\":\"{}\"}}\n", "v".repeat(100))),
    );
    fs::write(place.beside("lines"), lines).unwrap();
    let input = place.beside("lines");
    // As a full disk does, the limit fails an append: 3000 KiB.
    let (said, status) = shell(&format!("trap '' XFSZ; ulimit -f 3000; $K import --json $DB < {input}"), &place);
    assert_eq!(status, Some(FAILED), "{said}");
    assert!(said.contains("kevo: ") && said.contains(".wal"), "{said}");
    assert!(said.contains("operations before it had been written, and stay"), "{said}");
    let there = place.scanned().lines().count() - 1;
    assert!((10_000..40_000).contains(&there), "{there}");
    kevo(&["verify", &place.db]).done();
    fed(&["import", &place.db], &fs::read(input).unwrap()).done();
    assert_eq!(place.scanned().lines().count(), 40_001);
}

#[test]
fn progress_is_shown_at_a_terminal_only_and_erased() {
    let place = Place::new();
    // So large that it is not read at once. A bar for each key of this would take long to look at.
    kevo(&["bench", "--create", "--num=100000", &place.db, "fillbatch"]).done();
    kevo(&["compact", &place.db]).done();
    let small = Place::with_table(300);
    for (arguments, what) in [
        (&["verify", &place.db][..], "verifying"),
        (&["compact", &place.db], "compacting"),
        (&["export", &small.db], "exporting"),
    ] {
        kevo(&["put", &place.db, "a newer", "run"]).done();
        let mut slow = command(arguments);
        slow.env("TERM", "xterm").env("LD_PRELOAD", clock()).env("CLOCK_STEP", "2000");
        let (terminal, _) = Terminal::run(&mut slow, Connected::Stderr, 100);
        assert!(
            terminal.views().iter().any(|view| view.contains(what) && view.contains(" % of ")),
            "{:?}",
            terminal.views()
        );
        assert_eq!(terminal.screen().screen().contents().trim(), "", "{what}");
        let piped = slow.stderr(Stdio::piped()).stdout(Stdio::null()).output().unwrap();
        assert!(piped.stderr.is_empty(), "{what}");
    }
}

#[test]
fn every_exit_status_that_is_documented_comes() {
    let place = Place::with_table(2000);
    kevo(&["get", &place.db, "key0000"]).done();
    kevo(&["get", &place.db, "nothing"]).ends_with(DIFFERS);
    kevo(&["get", &place.db]).ends_with(USAGE);
    let database = Database::open(Path::new(&place.db), &DbOptions::default(), None).0.unwrap();
    kevo(&["put", &place.db, "k", "v"]).ends_with(LOCKED);
    database.close().unwrap();
    place.damage(50_000);
    kevo(&["verify", &place.db]).ends_with(DAMAGE);
    kevo(&["verify", &place.beside("nothing")]).ends_with(FAILED);
}

/// Names of databases and messages go to a terminal: nothing in them may control it.
#[test]
fn no_path_controls_a_terminal() {
    let place = Place::new();
    let missing = place.beside("a \u{1b}[31m\n\u{9b} name");
    for arguments in [
        &["get", &missing, "key"][..],
        &["verify", "--json", &missing],
        &["salvage", &missing, "x"],
        &["bench", &missing, "\u{1b}"],
    ] {
        let ran = kevo(arguments);
        let harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
        assert!(harmless(&ran.err) && harmless(ran.out()), "{arguments:?}");
    }
    let mut unnamed = Command::new(program_path());
    let output = unnamed.arg0("").env_remove("LD_LIBRARY_PATH").output().unwrap();
    assert_eq!(output.status.code(), Some(USAGE));
}
