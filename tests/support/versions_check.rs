//! `VERSIONS` as the crate reads it, in the types of the slow model.
#![allow(dead_code)] // Not every test wants all of it.

use kevo::table::TableName;
use kevo::versions::{self, Change, ForeignState, LogState, Reading, State, TableState};

use super::versions_model::{Field, Log, Model, Says};

pub fn change(field: &Field) -> Change<'_> {
    match field {
        Field::Table { age, number, level, length, oversize } => {
            let name = TableName { age: *age, number: *number, only_oversize: *oversize == 1 };
            Change::Table { name, level: *level, length: *length }
        }
        Field::Foreign { age, level, length, name } => {
            Change::Foreign { name, age: *age, level: *level, length: *length }
        }
        Field::Gone { number } => Change::TableGone { number: *number },
        Field::ForeignGone { name } => Change::ForeignGone { name },
        Field::Moved { number, age, level } => Change::TableMoved { number: *number, age: *age, level: *level },
        Field::TakenIn { length, name } => Change::LogTakenIn { name, length: *length },
        Field::Closed { end, length, name } => Change::LogClosed { name, end: *end, length: *length },
        Field::Next(number) => Change::NextNumber(*number),
        Field::Last(sequence) => Change::LastSequence(*sequence),
        Field::Replaced { name } => Change::ForeignReplaced { name },
        Field::Other { .. } => panic!("no change says this"),
    }
}

pub fn changes(fields: &[Field]) -> Vec<Change<'_>> {
    fields.iter().map(change).collect()
}

pub fn modelled(state: &State) -> Model {
    let table = |table: &TableState| (table.name.age, table.name.only_oversize, table.level, table.length);
    let log = |log: &LogState| match *log {
        LogState::TakenIn { length } => Log::TakenIn(length),
        LogState::Closed { end, length } => Log::Closed(end, length),
    };
    Model {
        tables: state.tables.iter().map(|(number, state)| (*number, table(state))).collect(),
        foreign: state
            .foreign_tables
            .iter()
            .map(|(name, ForeignState { age, level, length })| (name.clone(), (*age, *level, *length)))
            .collect(),
        replaced: state.replaced_foreign.iter().cloned().collect(),
        logs: state.logs.iter().map(|(name, state)| (name.clone(), log(state))).collect(),
        next: state.next_number,
        last: state.last_sequence,
    }
}

pub fn said(bytes: &[u8]) -> Says {
    match versions::read(bytes).unwrap() {
        Reading::Intact { state, torn } => Says::Intact(modelled(&state), torn.is_some()),
        Reading::Damaged(damage) => {
            assert!(damage.offset <= bytes.len() as u64);
            Says::Damaged
        }
        Reading::Unsupported(_) => Says::Unsupported,
    }
}
