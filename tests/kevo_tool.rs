//! The command line tool `kevo`: every command and every exit status, through the program.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[path = "support/compile.rs"]
mod compile;
#[path = "support/database_case.rs"]
mod database_case;
#[path = "support/library.rs"]
mod library;
#[path = "support/terminal.rs"]
mod terminal;

#[path = "kevo_tool/bench.rs"]
mod bench;
#[path = "kevo_tool/commands.rs"]
mod commands;
#[path = "kevo_tool/copies.rs"]
mod copies;
#[path = "kevo_tool/feed.rs"]
mod feed;
#[path = "kevo_tool/help.rs"]
mod help;
#[path = "kevo_tool/input.rs"]
mod input;
#[path = "kevo_tool/kevos.rs"]
mod kevos;
#[path = "kevo_tool/refused.rs"]
mod refused;
#[path = "kevo_tool/tool.rs"]
mod tool;
