//! The command line tool `kevo`: every command and every exit status, through the program.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod bench;
mod commands;
mod copies;
mod feed;
mod help;
mod input;
mod kevos;
mod refused;
mod tool;
