//! The C examples: each prints what is in `golden/`, and `kevo-dump` what is in the fixtures.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use support::library::in_repository;
use support::make::make;
use support::writer::{LogWriter, Op};

mod support;

const EXAMPLES: &str = "examples-c";

/// A command without the library path that cargo sets: that would take precedence over the path in the program.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

fn assert_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Everything in `examples-c`, built once.
fn built() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| assert_success(&make(EXAMPLES, &["all"])));
}

fn kevo_dump() -> Command {
    built();
    command(in_repository("examples-c/kevo-dump"))
}

fn run(command: &mut Command) -> Output {
    command.output().expect("kevo-dump runs")
}

fn stdout_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("the output is UTF-8")
}

fn stderr_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("the messages are UTF-8")
}

/// The names of the files with this extension in a directory of `examples-c`, without the extension.
fn names(directory: &str, extension: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(in_repository(EXAMPLES).join(directory))
        .expect("the directory is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some(extension.as_ref()))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_example_prints_what_is_expected() {
    built();
    let goldens = names("golden", "txt");
    for example in names("", "c") {
        assert!(goldens.contains(&example), "{example} has no golden output");
    }
    for example in goldens {
        assert_success(&make(EXAMPLES, &[&format!("test-{example}")]));
    }
}

#[test]
fn the_first_command_of_the_readme_works() {
    built();
    let output = make(EXAMPLES, &["run"]);
    assert_success(&output);
    let text = stdout_of(&output);
    for shown in ["98 entries more", "\"b00000\" = \"batchvalue\"", "k00010: \"NEW"] {
        assert!(text.contains(shown), "{shown} is missing in\n{text}");
    }
}

#[test]
fn the_library_is_found_by_its_soname_where_it_is_built() {
    let directory = TempDir::new().expect("a directory");
    fs::write(directory.path().join("libkevo.so"), "").expect("a file");
    let link = directory.path().join(concat!("libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR")));
    let library_is_in = format!("LIB_DIR={}", directory.path().display());
    for makefile in [".", EXAMPLES] {
        assert_success(&make(makefile, &["library", "CARGO=true", &library_is_in]));
        assert_eq!(fs::read_link(&link).expect("a link"), Path::new("libkevo.so"), "{makefile}");
        fs::remove_file(&link).expect("it can be removed");
    }
}

/// The program in the README is built by the commands that stand below it, here in a directory that has links to what
/// they need of the checkout.
#[test]
fn the_commands_below_the_program_of_the_readme_build_and_run_it() {
    assert_success(&make(".", &[]));
    let readme = include_str!("../README.md");
    let (_, program) = readme.split_once("```c\n").expect("a program");
    let (program, below) = program.split_once("```\n").expect("its end");
    let commands: Vec<&str> =
        below.lines().skip_while(|line| !line.starts_with("    ")).take_while(|line| !line.is_empty()).collect();
    let [build, commands @ ..] = &commands[..] else { panic!("{below}") };
    assert_eq!(build.trim(), "make");

    let checkout = TempDir::new().expect("a directory");
    for name in ["include", "tests"] {
        symlink(in_repository(name), checkout.path().join(name)).expect("a link");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    symlink(in_repository("").join(target), checkout.path().join("target")).expect("a link");
    fs::write(checkout.path().join("fruit.c"), program).expect("a file");
    let output = run(command("sh").current_dir(checkout.path()).args(["-ec", &commands.join("\n")]));
    assert_success(&output);
    assert_eq!(stdout_of(&output), "apples are new\napples: 3\n");
}

/// A long string as the fixtures have it: its length and checksum.
fn shorten(hex: &str) -> String {
    if hex.len() <= 128 {
        return hex.to_owned();
    }
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")).collect();
    format!("len:{} crc32:{:08x}", bytes.len(), crc32fast::hash(&bytes))
}

/// A line of kevo-dump, with its key and its value shortened if they are long.
fn shorten_line(line: &str) -> String {
    let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let mut short = line.to_owned();
    for field in ["key", "value"] {
        if let Some(hex) = object[field].as_str() {
            short = short.replace(&format!("\"{field}\":\"{hex}\""), &format!("\"{field}\":\"{}\"", shorten(hex)));
        }
    }
    short
}

fn expected_damage(run: &Value) -> Vec<String> {
    let damage = run["damage"].as_array().expect("a list");
    damage
        .iter()
        .map(|damage| {
            format!(
                "{{\"kind\":\"damage\",\"file\":{},\"offset\":{},\"length\":{},\"damage\":{}}}",
                damage["file"], damage["offset"], damage["length"], damage["kind"]
            )
        })
        .collect()
}

/// The lines that kevo-dump must print for a run of a fixture. If the run fails, the first line is without its message.
fn expected_lines(run: &Value) -> Vec<String> {
    if run["ok"] == false {
        let error = if run["error"] == "limit" { "too-many-memtables" } else { "corrupt" };
        let first = format!(
            "{{\"kind\":\"recovery\",\"ok\":false,\"error\":\"{error}\",\"max_sequence\":0,\"memtables\":0,\"entries\":0,"
        );
        return [vec![first], expected_damage(run)].concat();
    }

    let tables = run["memtables"].as_array().expect("a list");
    let entries = |table: &Value| table["entries"].as_array().expect("a list").clone();
    let mut lines = vec![format!(
        "{{\"kind\":\"recovery\",\"ok\":true,\"error\":null,\"max_sequence\":{},\"memtables\":{},\"entries\":{}}}",
        run["max_sequence"],
        tables.len(),
        tables.iter().map(|table| entries(table).len()).sum::<usize>()
    )];
    lines.extend(expected_damage(run));
    for (index, table) in tables.iter().enumerate() {
        lines.push(format!(
            "{{\"kind\":\"memtable\",\"index\":{index},\"immutable\":{},\"approximate_size\":{},\"entries\":{}}}",
            table["immutable"],
            table["approximate_size"],
            entries(table).len()
        ));
        lines.extend(entries(table).iter().map(|entry| {
            format!(
                "{{\"kind\":\"entry\",\"memtable\":{index},\"key\":{},\"sequence\":{},\"op\":{},\"value\":{}}}",
                entry[0], entry[1], entry[2], entry[3]
            )
        }));
    }
    lines
}

fn check_run(name: &str, run_of_case: &Value) {
    let options = &run_of_case["options"];
    let option = |field: &str| options[field].as_str().map_or_else(|| options[field].to_string(), str::to_owned);
    let output = run(kevo_dump()
        .arg("--json")
        .args(["--mode", &option("mode")])
        .arg(format!("--order={}", option("order")))
        .args(["--max-sequence", &option("max_sequence")])
        .arg(format!("--max-memtables={}", option("max_memtables")))
        .args(["--memtable-size", &option("memtable_size")])
        .arg(in_repository(&format!("tests/fixtures/{name}/wal"))));

    let ok = run_of_case["ok"] == true;
    let mut lines: Vec<String> = stdout_of(&output).lines().map(shorten_line).collect();
    if !ok {
        let first: Value = serde_json::from_str(&lines[0]).expect("an object");
        let message = first["message"].as_str().expect("a message");
        assert!(!message.is_empty());
        assert!(stderr_of(&output).contains(message));
        let rest = lines[0].find("\"message\"").expect("a message");
        lines[0].truncate(rest);
    }
    assert_eq!(lines, expected_lines(run_of_case), "{name} with {options}");
    assert_eq!(output.status.code(), Some(i32::from(!ok)), "{name} with {options}");
    assert_eq!(output.stderr.is_empty(), ok, "{name} with {options}: {}", stderr_of(&output));
}

#[test]
fn kevo_dump_agrees_with_every_fixture() {
    let mut runs = 0;
    for entry in fs::read_dir(in_repository("tests/fixtures")).expect("fixtures") {
        let name = entry.expect("a fixture").file_name().into_string().expect("a name");
        let case = fs::read_to_string(in_repository(&format!("tests/fixtures/{name}/case.json"))).expect("a case");
        let case: Value = serde_json::from_str(&case).expect("JSON");
        for run in case["runs"].as_array().expect("a list") {
            check_run(&name, run);
            runs += 1;
        }
    }
    assert!(runs > 200);
}

#[test]
fn kevo_dump_reads_set_aside_logs_when_asked() {
    let wal = in_repository("tests/fixtures/engine-set-aside/wal");
    let output = run(kevo_dump().args(["--json", "--include-set-aside"]).arg(&wal));
    let mut lines = stdout_of(&output).lines();
    assert_eq!(
        lines.next(),
        Some(r#"{"kind":"recovery","ok":true,"error":null,"max_sequence":99,"memtables":1,"entries":102}"#)
    );
    assert_eq!(
        lines.next(),
        Some(
            r#"{"kind":"damage","file":"backup_20261122_064127/01795329687514304565.wal","offset":4950,"length":47,"damage":"torn-tail"}"#
        )
    );

    // Without the option, kevo-dump mentions it.
    let hint = "--include-set-aside";
    assert!(stdout_of(&run(kevo_dump().arg(&wal))).contains(hint));
    assert!(!stdout_of(&run(kevo_dump().arg("--include-set-aside").arg(&wal))).contains(hint));
    assert!(!stdout_of(&run(kevo_dump().arg(in_repository("tests/fixtures/basic/wal")))).contains(hint));
}

#[test]
fn kevo_dump_refuses_bad_usage() {
    let wal = in_repository("tests/fixtures/basic/wal");
    let wal = wal.to_str().expect("a path in UTF-8");
    let refused: &[&[&str]] = &[
        &[],
        &["--json"],
        &[wal, wal],
        &["--", wal, "--json"],
        &["-j", wal],
        &["-", "--unknown", wal],
        &["--jso", wal],
        &["--json=yes", wal],
        &["--include-set-aside=1", wal],
        &[wal, "--mode"],
        &["--mode", wal],
        &["--mode=", wal],
        &["--mode=Absolute", wal],
        &["--mode=tolerate", wal],
        &["--order=newest", wal],
        &["--order", "", wal],
        &["--max-sequence", wal],
        &["--max-sequence=", wal],
        &["--max-sequence=-1", wal],
        &["--max-sequence=+1", wal],
        &["--max-sequence= 1", wal],
        &["--max-sequence=1 ", wal],
        &["--max-sequence=1x", wal],
        &["--max-sequence=0x10", wal],
        &["--max-sequence=1e3", wal],
        &["--max-sequence=18446744073709551616", wal],
        &["--max-sequence=99999999999999999999", wal],
        &["--max-memtables=0", wal],
        &["--max-memtables=-1", wal],
        &["--max-memtables=18446744073709551616", wal],
        &["--memtable-size=0", wal],
        &["--memtable-size=32M", wal],
        &["--newest-only", wal],
        &["--newest-only=1", "--export=out", wal],
        &[wal, "--export"],
    ];
    for arguments in refused {
        let output = run(kevo_dump().args(*arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(stderr_of(&output).contains("usage: kevo-dump"), "{arguments:?}");
    }
}

#[test]
fn kevo_dump_takes_options_in_every_form() {
    let wal = in_repository("tests/fixtures/basic/wal");
    let wal = wal.to_str().expect("a path in UTF-8");
    let plain = run(kevo_dump().args(["--json", wal]));
    assert_eq!(plain.status.code(), Some(0));
    let same: &[&[&str]] = &[
        &[wal, "--json"],
        &["--json", "--", wal],
        &["--json", "--max-sequence=18446744073709551615", wal],
        &["--json", "--max-sequence", "004", wal],
        &["--max-memtables=18446744073709551615", "--memtable-size=18446744073709551615", "--json", wal],
        &["--mode=absolute", "--mode=skip-corrupted", "--order=sequence", "--json", "--json", wal],
        &["--json", &format!("{wal}/"), "--include-set-aside"],
    ];
    for arguments in same {
        let output = run(kevo_dump().args(*arguments));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(stdout_of(&output), stdout_of(&plain), "{arguments:?}");
    }
}

#[test]
fn kevo_dump_helps() {
    for arguments in [&["--help"][..], &["--help", "--mode=nonsense"], &["--json", "--help"]] {
        let output = run(kevo_dump().args(arguments));
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout_of(&output).starts_with("usage: kevo-dump"));
        assert!(output.stderr.is_empty());
    }
    let output = run(kevo_dump().arg("--version"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout_of(&output), concat!("kevo-dump ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn kevo_dump_says_what_to_try() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("dmg-flip-payload-mid", &[], "--mode skip-corrupted"),
        ("dmg-torn-mid-payload", &["--mode=absolute"], "--mode tolerate-torn-tail"),
        ("max-memtables-exceeded", &["--memtable-size=5000", "--max-memtables=3"], "--max-memtables"),
    ];
    for (fixture, arguments, advice) in cases {
        let wal = in_repository(&format!("tests/fixtures/{fixture}/wal"));
        let output = run(kevo_dump().args(*arguments).arg(wal));
        assert_eq!(output.status.code(), Some(1), "{fixture}");
        assert!(stdout_of(&output).starts_with("not recovered"), "{fixture}");
        assert!(stderr_of(&output).lines().next_back().expect("advice").contains(advice), "{fixture}");
    }
}

/// Exports a fixture with these options. Returns the output, and the directory that has the export in `out`.
fn export(fixture: &str, options: &[&str]) -> (Output, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let wal = in_repository(&format!("tests/fixtures/{fixture}/wal"));
    let output = run(kevo_dump().args(options).arg("--export").arg(directory.path().join("out")).arg(wal));
    (output, directory)
}

/// All entries of a log as kevo-dump prints them: key, sequence number, op and value.
fn entries_of(wal_dir: &Path, options: &[&str]) -> Vec<[String; 4]> {
    let output = run(kevo_dump().args(["--json", "--mode=absolute"]).args(options).arg(wal_dir));
    assert_success(&output);
    let objects = stdout_of(&output).lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let fields = |entry: Value| ["key", "sequence", "op", "value"].map(|field| entry[field].to_string());
    objects.filter(|object| object["kind"] == "entry").map(fields).collect()
}

#[test]
fn kevo_dump_exports_what_it_recovers() {
    let (output, directory) = export("engine-stale-after-rotation", &[]);
    assert_success(&output);
    let out = directory.path().join("out");
    let expected = format!("\nexported 21 entries to {}\n", out.display());
    assert!(stdout_of(&output).ends_with(&expected), "{}", stdout_of(&output));
    assert!(!stdout_of(&output).contains("\nmemtable 0"), "entries are listed when they are asked for");
    let before = entries_of(&in_repository("tests/fixtures/engine-stale-after-rotation/wal"), &[]);
    let after = entries_of(&out, &[]);
    assert_eq!(after, entries_of(&out, &["--order=sequence"]));
    let values = |entries: &[[String; 4]]| -> Vec<[String; 3]> {
        entries.iter().map(|[key, _, op, value]| [key, op, value].map(String::clone)).collect()
    };
    assert_eq!(values(&after), values(&before));
}

#[test]
fn kevo_dump_exports_the_newest_only() {
    let (output, directory) = export("basic", &["--json", "--newest-only"]);
    assert_success(&output);
    let last: Value = serde_json::from_str(stdout_of(&output).lines().next_back().expect("a line")).expect("an object");
    let out = directory.path().join("out");
    let expected = serde_json::json!({
        "kind": "export", "ok": true, "error": null, "directory": out, "entries": 3, "memtable_size": 72,
    });
    assert_eq!(last, expected);
    let expected = [["\"6b657931\"", "2", "\"delete\"", "null"], ["\"6b657932\"", "1", "\"put\"", "\"76616c756532\""]];
    assert_eq!(entries_of(&out, &[])[..2], expected);
}

#[test]
fn kevo_dump_says_why_it_cannot_export() {
    let directory = TempDir::new().expect("a directory");
    let wal = in_repository("tests/fixtures/basic/wal");
    for (out, why) in [("no/parent", "No such file"), (".", "the working directory"), ("full", "not empty")] {
        fs::create_dir_all(directory.path().join("full/of/things")).expect("a directory");
        // The working directory must be empty, so it is another one than that of the other cases.
        let cwd = if out == "." { directory.path().join("full/of/things") } else { directory.path().to_owned() };
        for json in [false, true] {
            let output =
                run(kevo_dump().current_dir(&cwd).args(["--export", out]).args(json.then_some("--json")).arg(&wal));
            assert_eq!(output.status.code(), Some(1), "{out}");
            assert!(stderr_of(&output).starts_with(&format!("kevo-dump: {out}: ")), "{}", stderr_of(&output));
            assert!(stderr_of(&output).contains(why), "{}", stderr_of(&output));
            let last = stdout_of(&output).lines().next_back().expect("a line");
            assert_eq!(last.contains("\"kind\":\"export\",\"ok\":false,\"error\":\"io\""), json, "{last}");
        }
    }
    assert_eq!(fs::read_dir(directory.path()).expect("entries").count(), 1);
    let (output, directory) = export("dmg-flip-payload-mid", &[]);
    assert_eq!(
        (output.status.code(), directory.path().join("out").exists()),
        (Some(1), false),
        "nothing was recovered"
    );
}

#[test]
fn kevo_dump_says_what_to_set_for_an_export_that_is_large() {
    let directory = TempDir::new().expect("a directory");
    let mut log = LogWriter::new();
    for sequence in 1..=5 {
        log.entry(sequence, &Op::put(if sequence < 3 { "k" } else { "other" }, vec![0; 32 << 20]));
    }
    fs::create_dir(directory.path().join("db")).expect("a directory");
    fs::write(directory.path().join("db/1.wal"), log.into_bytes()).expect("a log");
    let dump = |options: &[&str]| {
        run(kevo_dump().current_dir(directory.path()).args(["--max-memtables=5", "--limit=0"]).args(options).arg("db"))
    };
    let output = dump(&["--export=all"]);
    assert_success(&output);
    let size = 5 * (16 + (32 << 20)) + 2 * "k".len() + 3 * "other".len();
    let advice = format!("to more than {size},\nor export with --newest-only\n");
    assert!(stdout_of(&output).ends_with(&advice), "{}", stdout_of(&output));
    let output = dump(&["--newest-only", "--export=newest"]);
    let size = 2 * (16 + (32 << 20)) + "k".len() + "other".len();
    assert!(stdout_of(&output).ends_with(&format!("to more than {size}\n")), "{}", stdout_of(&output));
    let small = export("basic", &[]).0;
    assert!(stdout_of(&small).contains("exported 4 entries") && !stdout_of(&small).contains("MANIFEST"));
}

#[test]
fn kevo_dump_reports_a_directory_that_is_not_there() {
    let directory = TempDir::new().expect("a directory");
    let missing = directory.path().join("a \"quoted\"\n\u{1b}[31m name \u{9b}");
    let output = run(kevo_dump().arg("--json").arg(&missing));
    assert_eq!(output.status.code(), Some(1));
    let line: Value = serde_json::from_str(stdout_of(&output)).expect("one object");
    assert_eq!(line["ok"], false);
    assert_eq!(line["error"], "io");
    let message = line["message"].as_str().expect("a message");
    assert!(message.contains("a \"quoted\""), "{message}");
    // No file name can control a terminal.
    let harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    assert!(harmless(stdout_of(&output)) && harmless(stderr_of(&output)));
}

#[test]
fn kevo_dump_fails_when_its_output_is_lost() {
    let wal = in_repository("tests/fixtures/many-keys/wal");
    let wal = wal.to_str().expect("a path in UTF-8");
    for arguments in [&["--json", wal][..], &[wal], &["--help"], &["--version"]] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = kevo_dump().args(arguments).stdout(full).stderr(Stdio::piped()).output().expect("kevo-dump runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr_of(&output).contains("cannot write"), "{arguments:?}");
    }
}

/// Recovers a directory with one torn file of this name, and checks the file name in the line of the damage.
fn check_file_name(name: &[u8]) {
    let directory = TempDir::new().expect("a directory");
    fs::write(directory.path().join(OsStr::from_bytes(name)), "torn").expect("a file");
    let output = run(kevo_dump().arg("--json").arg(directory.path()));
    let line = stdout_of(&output).lines().nth(1).expect("a damage line");
    let damage: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(damage["file"].as_str(), Some(&*String::from_utf8_lossy(name)), "{}", name.escape_ascii());
    assert_eq!(damage["length"], 4);

    let readable = run(kevo_dump().arg(directory.path()));
    assert!(stdout_of(&readable).chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn kevo_dump_prints_any_file_name() {
    check_file_name(b"a \"quoted\" \\ name\n\t\r\x01\x1f\x7f.wal");
    check_file_name("h\u{e9}h\u{e9} \u{85}\u{9b}\u{a0} \u{20ac} \u{2028} \u{feff}\u{1f600}.wal".as_bytes());
    // Cut short, overlong, surrogates, beyond the last character, no first byte, bytes that UTF-8 never has.
    check_file_name(b"\xe2\x82.\xf0\x9f\x98.\xf0\x9f.\xc3.\xe2.wal");
    check_file_name(b"\xc0\xaf.\xe0\x80\xaf.\xf0\x80\x80\xaf.\xc1\xbf.wal");
    check_file_name(b"\xed\xa0\x80.\xed\xbf\xbf.\xf4\x90\x80\x80.\xf5\x80.wal");
    check_file_name(b"\x80\xbf.\xfe\xff.\xe2\xe2\x82\xac.\xf0\x9f\xe2\x82.wal");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kevo_dump_prints_any_bytes_of_a_file_name(
        name in prop::collection::vec(
            prop_oneof![
                prop::sample::select(&b"\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4\xf5\x80\x8f\x90\x9f\xa0\xbf\"\\\x1f"[..]),
                any::<u8>(),
            ]
            .prop_filter("not in a file name", |byte| *byte != 0 && *byte != b'/'),
            0..40,
        )
    ) {
        check_file_name(&[&name, &b".wal"[..]].concat());
    }
}
