//! Compares outcomes, and shows how they differ in few words: values may be long.

use std::fmt::{Debug, Write};

use super::model::{Outcome, Version};

/// Panics if they are not the same, and shows the lines in which they differ.
pub fn assert_same(actual: &Outcome, expected: &Outcome, context: &dyn Debug) {
    if actual != expected {
        let differences = differences(&lines(actual), &lines(expected));
        panic!("{context:?}\n(- is what the model gives, + what there is)\n{differences}");
    }
}

fn differences(actual: &[String], expected: &[String]) -> String {
    let mut differences = String::new();
    for i in 0..actual.len().max(expected.len()) {
        let (actual, expected) = (actual.get(i), expected.get(i));
        if actual != expected {
            let nothing = "(nothing)".to_owned();
            writeln!(differences, "- {}", expected.unwrap_or(&nothing)).unwrap();
            writeln!(differences, "+ {}", actual.unwrap_or(&nothing)).unwrap();
        }
    }
    differences
}

fn lines(outcome: &Outcome) -> Vec<String> {
    let mut lines = vec![format!("{:?}", outcome.stats)];
    match &outcome.result {
        Err(failure) => lines.push(format!("{failure:?}")),
        Ok(recovered) => lines.push(format!("max_sequence {}", recovered.max_sequence)),
    }
    lines.extend(outcome.damage.iter().map(|damage| format!("{damage:?}")));
    for table in outcome.result.iter().flat_map(|recovered| &recovered.memtables) {
        lines.push(format!("table immutable {} size {}", table.immutable, table.approximate_size));
        lines.extend(table.versions.iter().map(describe));
    }
    lines
}

fn describe(version: &Version) -> String {
    let key = shorten(&version.key);
    match &version.value {
        Some(value) => format!("{key} @{} put {}", version.sequence, shorten(value)),
        None => format!("{key} @{} delete", version.sequence),
    }
}

fn shorten(bytes: &[u8]) -> String {
    match bytes.get(..64) {
        Some(start) => format!("\"{}\"… ({} bytes)", start.escape_ascii(), bytes.len()),
        None => format!("\"{}\"", bytes.escape_ascii()),
    }
}
