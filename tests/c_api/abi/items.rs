//! The ABI as a set of lines, one for each thing that a program may have been compiled with.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::declarations::Declarations;
use crate::support::compile::{compiler, succeed};
use crate::support::library;

pub type Items = BTreeSet<String>;

/// What a header promises: functions, values, sizes and offsets.
pub fn of_header(header: &Path) -> Items {
    let functions = library::functions(header).into_iter().map(|name| format!("function {name}"));
    functions.chain(measure(header, &Declarations::of(header))).collect()
}

/// What the compiler makes of the header's constants and structs.
fn measure(header: &Path, declarations: &Declarations) -> Items {
    let directory = TempDir::new().expect("a directory");
    let source = directory.path().join("measure.c");
    let program = directory.path().join("measure");
    fs::write(&source, program_that_prints(declarations)).expect("the program can be written");
    let mut compile = compiler("CC", "cc");
    compile.arg("-std=c11").arg("-include").arg(header).arg("-o").arg(&program).arg(&source);
    succeed(&mut compile);
    let output = succeed(&mut Command::new(program));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

fn program_that_prints(declarations: &Declarations) -> String {
    let mut lines = String::new();
    for name in &declarations.constants {
        // Of one type and another; the values that are not negative may be any that fit 64 bits.
        let print = |format, kind| format!("printf(\"constant {name} = %{format}\\n\", ({kind}){name})");
        let (negative, other) = (print("lld", "long long"), print("llu", "unsigned long long"));
        writeln!(lines, "  if ({name} < 0) {negative}; else {other};").expect("a string");
    }
    for of in &declarations.structs {
        let name = &of.name;
        let format = format!("struct {name}: size %zu, alignment %zu\\n");
        writeln!(lines, "  printf(\"{format}\", sizeof({name}), _Alignof({name}));").expect("a string");
        for (kind, field) in &of.fields {
            let format = format!("field {name}.{field}: {kind}, offset %zu, size %zu\\n");
            let (offset, size) = (format!("offsetof({name}, {field})"), format!("sizeof((({name} *)0)->{field})"));
            writeln!(lines, "  printf(\"{format}\", {offset}, {size});").expect("a string");
        }
    }
    format!("#include <stdio.h>\nint main(void)\n{{\n{lines}  return 0;\n}}\n")
}
