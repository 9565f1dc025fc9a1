//! Drives the C ABI with an input that is a string of calls, and compares it with a model: every code, every output,
//! and that nothing else is set.

mod answer;
mod calls;
mod constant;
mod database;
mod directories;
mod error;
mod export;
mod iterator;
mod list;
mod model;
mod options;
mod packed;
mod progress;
mod recover;
mod report;
mod scan;
mod slices;
mod slots;
pub mod step;
mod table_file;
mod transaction;

use database::Database;
use directories::Directories;
use error::ErrorSlot;
use iterator::IteratorSlot;
use list::{ListSlot, TableSlot};
use options::OptionsSlot;
use report::ReportSlot;
use scan::ScanSlot;
use slices::Watched;
use slots::Slots;
use step::Step;
use table_file::FileSlot;

thread_local! {
    static DIRECTORIES: Directories = Directories::new();
}

/// Makes all calls of an input, and then frees all handles that are left.
pub fn run(input: &[u8]) {
    DIRECTORIES.with(|directories| {
        let mut world = World::new(directories);
        for step in step::decode(input) {
            World::CALLS[usize::from(step.call) % World::CALLS.len()](&mut world, step);
        }
        world.finish();
    });
}

/// Inputs for the first corpus: for each directory, one that makes all calls.
pub fn seeds() -> impl Iterator<Item = Vec<u8>> {
    (0..directories::COUNT).map(|directory| {
        let steps = (0..World::CALLS.len()).map(|call| step::encode(call as u8, directory as u8));
        steps.collect::<Vec<_>>().concat()
    })
}

/// All live handles, with what is known of each.
struct World<'a> {
    directories: &'a Directories,
    options: Slots<OptionsSlot, 2>,
    lists: Slots<ListSlot, 3>,
    tables: Slots<TableSlot, 4>,
    scans: Slots<ScanSlot, 2>,
    iterators: Slots<IteratorSlot, 6>,
    reports: Slots<ReportSlot<'a>, 3>,
    errors: Slots<ErrorSlot, 3>,
    files: Slots<FileSlot, 2>,
    pins: Slots<calls::Pin, 2>,
    database: Database,
    watched: Watched,
}

impl<'a> World<'a> {
    /// The calls, by the number that a step has for each. The corpus and `step::TOGETHER` depend on them. Calls that
    /// need several handles first are listed more than once.
    const CALLS: [fn(&mut Self, Step); 98] = [
        Self::recover,
        Self::list_iterator,
        Self::next,
        Self::prev,
        Self::list_put,
        Self::list_delete,
        Self::list_get,
        Self::get_table,
        Self::new_options,
        Self::set_mode,
        Self::set_order,
        Self::set_max_sequence,
        Self::set_max_memtables,
        Self::set_memtable_size,
        Self::set_include_set_aside,
        Self::set_threads,
        Self::set_progress,
        Self::free_options,
        Self::read_stat,
        Self::read_damage,
        Self::free_report,
        Self::read_error,
        Self::free_error,
        Self::ref_list,
        Self::read_list,
        Self::multi_get,
        Self::free_list,
        Self::table_get,
        Self::table_put,
        Self::table_delete,
        Self::set_immutable,
        Self::read_table,
        Self::free_table,
        Self::new_scan,
        Self::set_lower,
        Self::set_upper,
        Self::set_prefix,
        Self::set_scan_max_sequence,
        Self::set_flags,
        Self::free_scan,
        Self::table_iterator,
        Self::first,
        Self::last,
        Self::seek,
        Self::seek_for_prev,
        Self::entry,
        Self::next_batch,
        Self::next_packed,
        Self::free_iterator,
        Self::ask_for_the_version,
        Self::ask_for_a_text,
        Self::recover,
        Self::list_put,
        Self::list_iterator,
        Self::list_get,
        Self::next,
        Self::prev,
        Self::next_packed,
        Self::next_batch,
        Self::list_put,
        Self::list_iterator,
        Self::get_table,
        Self::table_put,
        Self::export_list,
        Self::open_table_file,
        Self::table_file_get,
        Self::table_file_iterator,
        Self::read_table_file,
        Self::verify_table_file,
        Self::new_pin,
        Self::reset_pin,
        Self::free_pin,
        Self::free_table_file,
        Self::table_file_get,
        Self::open_database,
        Self::database_put,
        Self::database_delete,
        Self::database_get,
        Self::change_batch,
        Self::write_batch,
        Self::database_delete_range,
        Self::database_snapshot,
        Self::read_snapshot,
        Self::scan_database,
        Self::maintain_database,
        Self::database_put,
        Self::feed_database,
        Self::begin_transaction,
        Self::transaction_write,
        Self::transaction_read,
        Self::database_put,
        Self::transaction_delete_range,
        Self::transaction_savepoint,
        Self::transaction_write,
        Self::end_transaction,
        Self::open_database,
        Self::database_get,
        Self::close_database,
    ];

    fn new(directories: &'a Directories) -> Self {
        Self {
            directories,
            options: Slots::default(),
            lists: Slots::default(),
            tables: Slots::default(),
            scans: Slots::default(),
            iterators: Slots::default(),
            reports: Slots::default(),
            errors: Slots::default(),
            files: Slots::default(),
            pins: Slots::default(),
            database: Database::default(),
            watched: Watched::default(),
        }
    }

    fn free_options(&mut self, step: Step) {
        free::<kevo::c::recovery_options::kevo_recovery_options, _>(self.options.take(step.slot()));
    }

    fn free_report(&mut self, step: Step) {
        free::<kevo::c::report::kevo_recovery_report, _>(self.reports.take(step.slot()));
    }

    fn free_error(&mut self, step: Step) {
        free::<kevo::c::error::kevo_error, _>(self.errors.take(step.slot()));
    }

    fn free_list(&mut self, step: Step) {
        free::<kevo::c::list::kevo_memtable_list, _>(self.lists.take(step.slot()));
        self.watched.check();
    }

    fn free_table(&mut self, step: Step) {
        free::<kevo::c::memtable::kevo_memtable, _>(self.tables.take(step.slot()));
        self.watched.check();
    }

    fn free_scan(&mut self, step: Step) {
        free::<kevo::c::scan::kevo_scan, _>(self.scans.take(step.slot()));
    }

    fn free_iterator(&mut self, step: Step) {
        free::<kevo::c::iterator::kevo_iterator, _>(self.iterators.take(step.slot()));
        self.watched.check();
    }

    /// Frees all handles, iterators last: they keep alive what they need.
    fn finish(mut self) {
        self.database.finish();
        self.watched.check();
        self.lists.drain().for_each(drop);
        self.watched.check();
        self.tables.drain().for_each(drop);
        self.files.drain().for_each(drop);
        self.watched.check();
        for iterator in self.iterators.drain() {
            iterator.finish();
            self.watched.check();
        }
    }
}

/// Frees the handle in a slot; if there is none, frees NULL, which every such function has to accept.
fn free<H: calls::Free, T>(slot: Option<T>) {
    match slot {
        None => calls::free_nothing::<H>(),
        slot => drop(slot),
    }
}
