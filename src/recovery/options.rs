//! What recovery is asked to do.

use crate::error::Error;
use crate::order::Order;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// More threads than this are not started, whatever is asked for.
const MAX_THREADS: usize = 256;

/// What recovery does about damage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Torn tails are reported, in any file; corruption is an error.
    #[default]
    TolerateTornTail,
    /// Any damage is an error.
    Absolute,
    /// Nothing after corruption is recovered; after a torn tail, a later file is read only if it goes on where the
    /// sequence numbers left off.
    PointInTime,
    /// All that is intact is recovered.
    SkipCorrupted,
}

/// What recovery is asked to do. The defaults are Kevo's own.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What to do about damage.
    pub mode: Mode,
    /// Which version of a key is the newest.
    pub order: Order,
    /// Entries above this sequence number are ignored.
    pub max_sequence: u64,
    /// The most memtables that recovery may make. At least 1.
    pub max_memtables: usize,
    /// A memtable of this approximate size, in bytes, is full. At least 1.
    pub memtable_size: u64,
    /// Whether the logs that Kevo has set aside are part of the log.
    pub include_set_aside: bool,
    /// The most threads to use, the calling one included; 0 for one a core.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            order: Order::default(),
            max_sequence: u64::MAX,
            max_memtables: 4,
            memtable_size: 32 << 20,
            include_set_aside: false,
            threads: 0,
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.max_memtables == 0 {
            return Err(Error::InvalidArgument("max_memtables is 0; there is always at least one memtable"));
        }
        if self.memtable_size == 0 {
            return Err(Error::InvalidArgument("memtable_size is 0; it must be at least one byte"));
        }
        Ok(())
    }

    pub(super) fn thread_count(&self) -> usize {
        match self.threads {
            0 => cores(),
            count => count.min(MAX_THREADS),
        }
    }
}

/// How many cores there are. Asking reads a dozen files, which takes longer than to recover a small log.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
}
