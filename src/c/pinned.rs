//! What holds a value while the caller reads it.

use super::boundary::{exclusive, free, or_on_panic, returning_handle};
use super::cancellation::CancellationOff;
use crate::Error;
use crate::db::Got;
use crate::log_memtable::LogMemtable;
use crate::memory::push;
use crate::recovered::log::RecoveredLog;
use crate::table::Block;
use std::sync::Arc;

/// Holds what a value points to. It is made by kevo_pinned_new, and owned by the caller.
///
/// One serves any number of gets, one after the other: each lets go of what the last one left in it. What it holds
/// stays in memory, whatever is closed, freed or replaced meanwhile.
#[derive(Debug)]
pub struct kevo_pinned {
    /// Emptied and filled again, so that only the first get allocates.
    pins: Vec<Pin>,
}

/// What the bytes of a value are in.
#[derive(Debug)]
pub(super) enum Pin {
    Block(Block),
    Written(Arc<LogMemtable>),
    Recovered(Arc<RecoveredLog>),
}

impl Pin {
    pub(super) fn of(got: &Got<'_>) -> Self {
        match got {
            Got::Written(memtable, _) => Self::Written(Arc::clone(memtable)),
            Got::Recovered(log, _) => Self::Recovered(Arc::clone(log)),
            Got::Table(found) => Self::Block(found.block().clone()),
        }
    }

    /// Whether it holds the bytes of `got`.
    pub(super) fn holds(&self, got: &Got<'_>) -> bool {
        match (self, got) {
            (Self::Block(block), Got::Table(found)) => block.is_same(found.block()),
            (Self::Written(memtable), Got::Written(of, _)) => Arc::ptr_eq(memtable, of),
            (Self::Recovered(log), Got::Recovered(of, _)) => Arc::ptr_eq(log, of),
            _ => false,
        }
    }
}

impl kevo_pinned {
    /// As [`hold`](Self::hold), of a database. Where it holds the same already, nothing is counted: threads that read
    /// one memtable do not contend for it.
    pub(super) fn hold_got(&mut self, got: &Got<'_>) -> Result<(), Error> {
        if matches!(self.pins.as_slice(), [pin] if pin.holds(got)) {
            return Ok(());
        }
        self.hold(Some(Pin::of(got)))
    }

    /// Lets go of what it held, and holds all of these instead.
    pub(super) fn hold_all(&mut self, pins: Vec<Pin>) {
        self.pins = pins;
    }

    /// Lets go of what it held, and holds this instead. The key that was asked for may be in what it held, so this
    /// comes after the lookup.
    pub(super) fn hold(&mut self, pin: Option<Pin>) -> Result<(), Error> {
        self.pins.clear();
        pin.map_or(Ok(()), |pin| push(&mut self.pins, pin))
    }
}

/// Makes a pin that holds nothing.
///
/// Returns: the pin, which the caller frees with kevo_pinned_free; NULL if there is no memory, or after an error in the
/// library.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_pinned_new() -> *mut kevo_pinned {
    returning_handle(|| kevo_pinned { pins: Vec::new() })
}

/// Frees a pin. NULL is allowed. The values that it held are not valid any more.
///
/// Threads: no other may be using it, or what it holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_pinned_free(pinned: *mut kevo_pinned) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(pinned) }
}

/// Lets go of what a pin holds. The values that it held are not valid any more; the pin can be used again. NULL is
/// allowed.
///
/// Threads: no other may be using it, or what it holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_pinned_reset(pinned: *mut kevo_pinned) {
    let _cancellation_off = CancellationOff::new();
    or_on_panic((), || {
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        if let Ok(pinned) = unsafe { exclusive(pinned) } {
            pinned.pins.clear();
        }
    });
}
