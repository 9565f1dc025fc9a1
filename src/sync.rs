//! What threads use to share data: packages, or, under the model checker loom, types that loom can observe.

#[cfg(loom)]
mod modelled;

#[cfg(loom)]
pub(crate) use self::modelled::{
    ArcSwap, AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Guard, Mutex, SkipEntry, SkipMap,
};
#[cfg(not(loom))]
pub(crate) use arc_swap::{ArcSwap, Guard};
#[cfg(not(loom))]
pub(crate) use crossbeam_skiplist::map::{Entry as SkipEntry, SkipMap};
#[cfg(not(loom))]
pub(crate) use parking_lot::Mutex;
pub(crate) use std::sync::atomic::Ordering as Memory;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
