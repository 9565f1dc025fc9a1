//! Describes the machine and the software in words.

use std::fs;
use std::process::Command;
use std::thread;

use crate::compile::compiler;
use crate::program::Program;

/// The description, in a few sentences.
pub fn in_words(programs: &[&Program]) -> String {
    let stores = programs.iter().map(|program| format!("{} {}", program.name, program.version));
    let compilers =
        [first_line(Command::new("rustc").arg("--version")), first_line(compiler("CC", "cc").arg("--version"))];
    format!(
        "{}, {} cores as the system counts them, {} GB of memory, Linux {}. Built by {}. Measured: {}.",
        processor(),
        thread::available_parallelism().map_or(0, usize::from),
        memory_gigabytes(),
        read("/proc/sys/kernel/osrelease"),
        compilers.join(" and "),
        stores.collect::<Vec<_>>().join(", "),
    )
}

fn processor() -> String {
    let cpuinfo = read("/proc/cpuinfo");
    // Not every architecture names its processor.
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or(std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

fn memory_gigabytes() -> u64 {
    let meminfo = read("/proc/meminfo");
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")).expect("Linux");
    total.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024 / 1_000_000_000
}

fn read(path: &str) -> String {
    fs::read_to_string(path).expect("Linux").trim().to_owned()
}

fn first_line(command: &mut Command) -> String {
    let output = command.output().expect("a compiler");
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}
