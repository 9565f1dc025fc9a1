//! What `kevo-dump` does only at a terminal.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;
use vt100::Color;

use crate::support::compile::{link_shared, preloaded, program};
use crate::support::library::in_repository;
use crate::support::model::LogFile;
use crate::support::terminal::Connected::{Both, Stderr, Stdout};
use crate::support::terminal::{Connected, Terminal};
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Op};

/// The width that kevo-dump uses for a pipe.
const COLUMNS: u16 = 72;

/// No time passes, so nothing takes a while.
const AT_ONCE: &str = "0";
/// Seconds pass between any two looks at the clock, so everything takes a while.
const SLOWLY: &str = "2000";

/// The program in a minimal environment, with a clock of this pace, however fast the machine is.
fn kevo_dump(pace: &str, arguments: &[&str], wal_dir: &Path) -> Command {
    static BUILT: OnceLock<(TempDir, PathBuf, PathBuf)> = OnceLock::new();
    let (_, program, clock) = BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let clock = preloaded("tests/c/clock.c", directory.path());
        let program = program("examples-c/dump", "-std=c99", directory.path(), &link_shared(directory.path()));
        (directory, program, clock)
    });
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").env("TERM", "xterm").env("LD_PRELOAD", clock).env("CLOCK_STEP", pace);
    command.args(arguments).arg(wal_dir);
    command
}

/// What it writes into pipes.
fn piped(arguments: &[&str], wal_dir: &Path) -> Output {
    kevo_dump(SLOWLY, arguments, wal_dir).output().unwrap()
}

fn fixture(name: &str) -> PathBuf {
    in_repository(&format!("tests/fixtures/{name}/wal"))
}

/// How many entries a log needs so that reading it takes several reads, and listing it several writes.
const ENTRIES: u64 = 3000;

fn log() -> LogWriter {
    let mut log = LogWriter::new();
    for sequence in 1..=ENTRIES {
        log.entry(sequence, &Op::put(format!("{sequence:016}"), vec![b'v'; 1000]));
    }
    log
}

fn directory_of(log: LogWriter) -> WalDir {
    WalDir::with(&[LogFile { name: "01750000000000000001.wal".to_owned(), bytes: log.into_bytes() }])
}

/// The lines of a text, without the blanks at their ends.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

#[track_caller]
fn assert_shows(terminal: &Terminal, expected: &[u8]) {
    assert_eq!(lines(&terminal.screen().screen().contents()), lines(std::str::from_utf8(expected).unwrap()));
}

mod colours {
    use super::*;

    const ESCAPE: u8 = 0x1b;

    fn shown(arguments: &[&str], environment: &[(&str, Option<&str>)]) -> Terminal {
        let mut command = kevo_dump(AT_ONCE, arguments, &fixture("dmg-flip-many"));
        for (variable, value) in environment {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        Terminal::run(&mut command, Stdout, COLUMNS).0
    }

    /// The colour of the first character of this text, and whether it is bold.
    fn colour_of(terminal: &Terminal, text: &str) -> (Color, bool) {
        let parser = terminal.screen();
        let mut rows = parser.screen().rows(0, COLUMNS);
        let (row, column) = (0..).find_map(|row| rows.next().unwrap().find(text).map(|column| (row, column))).unwrap();
        let cell = parser.screen().cell(row, u16::try_from(column).unwrap()).unwrap();
        (cell.fgcolor(), cell.bold())
    }

    #[test]
    fn tell_what_is_intact_from_what_is_damaged() {
        let terminal = shown(&["--mode=skip-corrupted"], &[]);
        let (green, bold_red, plain) = ((Color::Idx(2), false), (Color::Idx(1), true), (Color::Default, false));
        assert_eq!(colour_of(&terminal, "recovered"), green);
        assert_eq!(colour_of(&terminal, "===="), green);
        assert_eq!(colour_of(&terminal, "X="), bold_red);
        assert_eq!(colour_of(&terminal, "torn tail at"), bold_red);
        assert_eq!(colour_of(&terminal, "lost: "), plain);
        assert_eq!(colour_of(&terminal, "01750000000000000001.wal"), (Color::Default, true));
        assert_eq!(colour_of(&shown(&[], &[]), "not recovered"), bold_red);
    }

    #[test]
    fn say_nothing_that_the_text_does_not_say() {
        let arguments = ["--mode=skip-corrupted"];
        assert_shows(&shown(&arguments, &[]), &piped(&arguments, &fixture("dmg-flip-many")).stdout);
    }

    #[test]
    fn are_there_unless_the_environment_or_an_option_says_otherwise() {
        let are_used = |arguments: &[&str], environment: &[(&str, Option<&str>)]| {
            shown(arguments, environment).bytes.contains(&ESCAPE)
        };
        assert!(are_used(&[], &[]) && are_used(&["--color=auto"], &[]) && are_used(&[], &[("NO_COLOR", Some(""))]));
        for without in [("NO_COLOR", Some("1")), ("TERM", Some("dumb")), ("TERM", Some("")), ("TERM", None)] {
            assert!(!are_used(&[], &[without]), "{without:?}");
            assert!(are_used(&["--color=always"], &[without]), "{without:?}");
        }
        assert!(!are_used(&["--color=never"], &[]) && !are_used(&["--json"], &[]));
    }

    #[test]
    fn do_not_follow_standard_error() {
        let (_, output) = Terminal::run(&mut kevo_dump(AT_ONCE, &[], &fixture("basic")), Stderr, COLUMNS);
        assert!(!output.stdout.is_empty() && !output.stdout.contains(&ESCAPE));
    }
}

#[test]
fn the_map_is_as_wide_as_the_terminal() {
    for (columns, width) in [(0, 72), (20, 40), (40, 40), (41, 41), (100, 100), (160, 160), (500, 160)] {
        let mut command = kevo_dump(AT_ONCE, &["--color=never", "--limit=0"], &fixture("basic"));
        let (terminal, _) = Terminal::run(&mut command, Stdout, columns);
        let bar = format!("\n  {}\r\n", "=".repeat(width - 2));
        assert!(String::from_utf8(terminal.bytes).unwrap().contains(&bar), "{columns}");
    }
}

mod progress {
    use super::*;

    /// What the terminal showed during the run, the terminal at the end, and the output.
    fn of(command: &mut Command, connected: Connected, columns: u16) -> (Vec<String>, Terminal, Output) {
        let (terminal, output) = Terminal::run(command, connected, columns);
        (terminal.views(), terminal, output)
    }

    #[test]
    fn is_shown_and_taken_away() {
        let log = log();
        let size = format!("{:.1} MiB", f64::from(u32::try_from(log.len()).unwrap()) / 1024.0 / 1024.0);
        let directory = directory_of(log);
        for arguments in [&["--json"][..], &[]] {
            let mut command = kevo_dump(SLOWLY, arguments, directory.path());
            let (views, terminal, output) = of(&mut command, Stderr, COLUMNS);
            assert!(views.len() > 1, "{views:?}");
            let mut percentages = Vec::new();
            for view in &views {
                let (bar, rest) = view.strip_prefix("reading [").unwrap().split_once("] ").unwrap();
                let (percentage, rest) = rest.trim_start().split_once(" % of ").unwrap();
                assert!(rest.starts_with(&size) && rest.ends_with("/s"), "{view}");
                let percentage: usize = percentage.parse().unwrap();
                let full = bar.bytes().take_while(|&cell| cell == b'#').count();
                assert_eq!(bar, "#".repeat(full) + &"-".repeat(16 - full));
                assert!((percentage * 16 / 100..=(percentage + 1) * 16 / 100).contains(&full), "{view}");
                percentages.push(percentage);
            }
            assert!(percentages.is_sorted() && percentages[0] < 100, "{percentages:?}");
            assert_eq!(percentages.last(), Some(&100));
            assert_shows(&terminal, b"");
            assert_eq!(terminal.screen().screen().cursor_position(), (0, 0));
            assert_eq!(output.stdout, piped(arguments, directory.path()).stdout);
        }
    }

    #[test]
    fn is_for_what_takes_a_while_at_a_terminal_that_can_show_it() {
        let directory = directory_of(log());
        let is_shown = |pace, connected, terminal: Option<&str>| {
            let mut command = kevo_dump(pace, &["--limit=0"], directory.path());
            match terminal {
                Some(terminal) => command.env("TERM", terminal),
                None => command.env_remove("TERM"),
            };
            let (views, _, output) = of(&mut command, connected, COLUMNS);
            assert!(output.stderr.is_empty(), "{output:?}");
            views.iter().any(|view| view.contains("reading"))
        };
        assert!(is_shown(SLOWLY, Stderr, Some("xterm")) && is_shown(SLOWLY, Both, Some("xterm")));
        assert!(!is_shown(AT_ONCE, Stderr, Some("xterm")));
        assert!(!is_shown(SLOWLY, Stderr, Some("dumb")) && !is_shown(SLOWLY, Stderr, None));
        assert!(!is_shown(SLOWLY, Stdout, Some("xterm")));
    }

    #[test]
    fn stays_in_its_line_and_leaves_nothing_in_it_however_narrow_the_terminal() {
        let directory = directory_of(log());
        for columns in [0, 15, 40, 71, 72, 80, 200] {
            let (views, terminal, _) = of(&mut kevo_dump(SLOWLY, &["--json"], directory.path()), Stderr, columns);
            assert!(views.iter().all(|view| view.starts_with("reading ") && !view.contains('\n')), "{views:?}");
            assert!(views.iter().all(|view| view.contains(" %")), "{views:?}");
            assert_eq!(views[0].contains("[#"), columns == 0 || columns >= 72, "{columns}");
            assert_shows(&terminal, b"");
            assert_eq!(terminal.screen().screen().cursor_position(), (0, 0), "{columns}");
        }
    }

    #[test]
    fn does_not_touch_what_else_is_on_the_screen() {
        // When the log is read again for the advice, the last line of the listing is on the screen only in part.
        let mut log = log();
        let start = log.len();
        log.entry(ENTRIES + 1, &Op::put("damaged", ""));
        log.entry(ENTRIES + 2, &Op::put("after the damage", ""));
        let mut bytes = log.into_bytes();
        bytes[start] ^= 1;
        let directory = WalDir::with(&[LogFile { name: "1.wal".to_owned(), bytes }]);
        let arguments = ["--mode=point-in-time"];
        let expected = piped(&arguments, directory.path()).stdout;
        assert!(expected.len() > 300_000);
        let (views, terminal, _) = of(&mut kevo_dump(SLOWLY, &arguments, directory.path()), Both, COLUMNS);
        assert!(views.iter().any(|view| view.ends_with("/s") && view.contains("\ntrying options [")));
        assert_shows(&terminal, &expected);
    }

    #[test]
    fn gives_way_to_an_error() {
        let directory = fixture("dmg-flip-many");
        let expected = piped(&["--json"], &directory).stderr;
        let (views, terminal, _) = of(&mut kevo_dump(SLOWLY, &["--json"], &directory), Stderr, COLUMNS);
        assert!(views[0].starts_with("reading ["), "{views:?}");
        assert!(expected.starts_with(b"kevo-dump: "));
        assert_shows(&terminal, &expected);
    }
}
