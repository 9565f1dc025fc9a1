//! Help, and the manual page.

use super::tool::{USAGE, kevo};

const PAGE: &str = include_str!("../../../docs/kevo.1");

pub const COMMANDS: [&str; 14] = [
    "get",
    "put",
    "delete",
    "scan",
    "batch",
    "stats",
    "compact",
    "verify",
    "salvage",
    "checkpoint",
    "export",
    "import",
    "tail",
    "bench",
];

#[test]
fn there_is_help_on_every_command() {
    let help = kevo(&["help"]).done();
    assert_eq!(kevo(&["--help"]).done().out(), help.out());
    let listed: Vec<&str> = help
        .out()
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(listed, COMMANDS);
    for command in COMMANDS {
        let shown = kevo(&["help", command]).done();
        assert!(shown.out().starts_with(&format!("usage: kevo {command} [OPTION]... DATABASE")), "{}", shown.out());
        assert!(shown.out().contains("\nExit status: 0 done; "));
        for arguments in [&[command, "--help"][..], &[command, "--nonsense", "--help"]] {
            assert_eq!(kevo(arguments).done().out(), shown.out());
        }
    }
    kevo(&["help", "nonsense"]).ends_with(USAGE);
    assert_eq!(kevo(&["--version"]).done().out(), concat!("kevo ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn the_manual_page_has_every_command_and_every_option_of_it() {
    for command in COMMANDS {
        let section = PAGE.split(&format!(".Ss {command}\n")).nth(1).unwrap_or_else(|| panic!("{command} is missing"));
        let section = section.split("\n.S").next().unwrap();
        let shown = kevo(&["help", command]).done();
        let options = shown.out().lines().filter_map(|line| line.strip_prefix("  --"));
        for option in options.map(|line| line.split(' ').next().unwrap()) {
            let named = format!("Fl -{option} ");
            let is_there = section.lines().any(|line| format!("{line} ").contains(&named));
            assert!(is_there, "--{option} of {command} is missing in\n{section}");
        }
    }
}
