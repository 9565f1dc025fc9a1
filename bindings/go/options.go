package kevo

/*
#include <kevo.h>

int kevoGoProgress(void *user, uint64_t bytes_done, uint64_t bytes_total);
void kevoGoLog(void *user, int level, char *message);

// The users are numbers, which Go must not hold as pointers.
static int kevo_go_set_logger(kevo_db_options *options, uintptr_t user)
{
  return kevo_db_options_set_logger(options, (kevo_log_callback)kevoGoLog, (void *)user);
}

static int kevo_go_set_opening_progress(kevo_recovery_options *options, uintptr_t user)
{
  return kevo_recovery_options_set_progress(options, kevoGoProgress, (void *)user);
}
*/
import "C"

import "runtime/cgo"

// SyncMode is when what was written is brought to disk.
type SyncMode int32

const (
	// SyncAlways, the default: before a write is acknowledged.
	SyncAlways SyncMode = iota
	// SyncNone: when the system likes. A crash of the process loses nothing, one of the machine the newest writes.
	SyncNone
	// SyncBytes: after Options.SyncBytes of log, and on rotation, flush and close.
	SyncBytes
	// SyncBuffered: handed to the system after 64 KiB or 10 ms. A crash of the process loses as much.
	SyncBuffered
)

var syncModes = map[SyncMode]C.int{
	SyncAlways:   C.KEVO_SYNC_ALWAYS,
	SyncNone:     C.KEVO_SYNC_NONE,
	SyncBytes:    C.KEVO_SYNC_BYTES,
	SyncBuffered: C.KEVO_SYNC_BUFFERED,
}

// Compaction is how tables are merged.
type Compaction int32

const (
	// Tiered, the default: runs of about one size are merged into a larger one.
	Tiered Compaction = C.KEVO_COMPACTION_TIERED
	// Leveled: each level is one run, ten times as large as the level before.
	Leveled Compaction = C.KEVO_COMPACTION_LEVELED
	// NoCompaction: only by DB.Compact.
	NoCompaction Compaction = C.KEVO_COMPACTION_NONE
)

// LogLevel is a level of the logger.
type LogLevel int32

const (
	LogError   LogLevel = C.KEVO_LOG_ERROR
	LogWarning LogLevel = C.KEVO_LOG_WARNING
	LogInfo    LogLevel = C.KEVO_LOG_INFO
)

// Options is what opening a database is asked to do. What is zero is what the directory's MANIFEST says, if it says so,
// else the default.
type Options struct {
	// MustExist: fail with ErrNotADatabase where there is none, rather than make one.
	MustExist bool
	// ErrorIfExists: fail with ErrExists where there is one.
	ErrorIfExists bool
	// ReadOnly: nothing on disk changes, and no lock is taken.
	ReadOnly bool
	// Mode is what recovery does about damage.
	Mode Mode
	// WithoutSetAside leaves out the logs that Kevo has set aside.
	WithoutSetAside bool
	// RecoveryThreads is how many threads recover at the most; 0 is one for each core.
	RecoveryThreads uint
	// MemtableSize, in bytes, is from when on a memtable is flushed; 32 MiB by default.
	MemtableSize uint64
	// MaxMemtables is how many may wait for their flush; 4 by default.
	MaxMemtables uint
	Sync         SyncMode
	// SyncBytes is for the sync mode SyncBytes; 1 MiB by default.
	SyncBytes uint64
	// LogSize, in bytes; 64 MiB by default.
	LogSize uint64
	// LogMapped: write the log through a map. kevo.h says what speaks against it.
	LogMapped bool
	// LogRetention is how many bytes of logs are kept for a LogCursor after all that they hold is in tables.
	LogRetention uint64
	// TableSize, in bytes; 64 MiB by default.
	TableSize uint64
	// BlockSize, in bytes; 4 KiB by default.
	BlockSize uint
	// CacheSize, in bytes; 64 MiB by default.
	CacheSize uint64
	// NoCache: blocks are read anew for each call.
	NoCache bool
	// FilterBits a key, at most 64; 10 by default.
	FilterBits uint
	// NoFilters: the tables that are written have none.
	NoFilters         bool
	Compaction        Compaction
	CompactionThreads uint
	// CompactionRate is how many bytes a second a compaction writes at most; 0 is as many as it can.
	CompactionRate uint64
	// MaxOpenFiles of tables; 1000 by default.
	MaxOpenFiles uint
	// Logger is told what happens, by any goroutine, until the database is closed. It must use nothing of this package.
	Logger func(level LogLevel, message string)
	// Progress is told how far recovery has read. An error that it returns cancels the opening, and Open returns it.
	Progress func(bytesDone, bytesTotal uint64) error
}

func flag(yes bool) C.int {
	if yes {
		return 1
	}
	return 0
}

// apply sets what is not zero.
func (o *Options) apply(to *C.kevo_db_options) error {
	mode, known := syncModes[o.Sync]
	if !known {
		mode = -1
	}
	settings := []struct {
		what string
		set  bool
		call func() C.int
	}{
		{"MustExist", o.MustExist, func() C.int { return C.kevo_db_options_set_create_if_missing(to, 0) }},
		{"ErrorIfExists", o.ErrorIfExists, func() C.int { return C.kevo_db_options_set_error_if_exists(to, 1) }},
		{"ReadOnly", o.ReadOnly, func() C.int { return C.kevo_db_options_set_read_only(to, 1) }},
		{"MemtableSize", o.MemtableSize != 0, func() C.int {
			return C.kevo_db_options_set_memtable_size(to, C.uint64_t(o.MemtableSize))
		}},
		{"MaxMemtables", o.MaxMemtables != 0, func() C.int {
			return C.kevo_db_options_set_max_memtables(to, C.size_t(o.MaxMemtables))
		}},
		{"Sync", o.Sync != 0, func() C.int { return C.kevo_db_options_set_sync(to, mode, C.uint64_t(o.SyncBytes)) }},
		{"LogSize", o.LogSize != 0, func() C.int { return C.kevo_db_options_set_log_size(to, C.uint64_t(o.LogSize)) }},
		{"LogMapped", o.LogMapped, func() C.int { return C.kevo_db_options_set_log_mapped(to, 1) }},
		{"LogRetention", o.LogRetention != 0, func() C.int {
			return C.kevo_db_options_set_log_retention(to, C.uint64_t(o.LogRetention))
		}},
		{"TableSize", o.TableSize != 0, func() C.int {
			return C.kevo_db_options_set_table_size(to, C.uint64_t(o.TableSize))
		}},
		{"BlockSize", o.BlockSize != 0, func() C.int {
			return C.kevo_db_options_set_block_size(to, C.size_t(o.BlockSize))
		}},
		{"CacheSize", o.CacheSize != 0, func() C.int {
			return C.kevo_db_options_set_cache_size(to, C.uint64_t(o.CacheSize))
		}},
		{"NoCache", o.NoCache, func() C.int { return C.kevo_db_options_set_cache_size(to, 0) }},
		{"FilterBits", o.FilterBits != 0, func() C.int {
			if o.FilterBits > 64 { // It might not fit into C's unsigned int.
				return C.KEVO_E_INVALID_ARGUMENT
			}
			return C.kevo_db_options_set_filter_bits(to, C.uint(o.FilterBits))
		}},
		{"NoFilters", o.NoFilters, func() C.int { return C.kevo_db_options_set_filter_bits(to, 0) }},
		{"Compaction", o.Compaction != 0 || o.CompactionThreads != 0, func() C.int {
			return C.kevo_db_options_set_compaction(to, C.int(o.Compaction), C.size_t(o.CompactionThreads))
		}},
		{"CompactionRate", o.CompactionRate != 0, func() C.int {
			return C.kevo_db_options_set_compaction_rate(to, C.uint64_t(o.CompactionRate))
		}},
		{"MaxOpenFiles", o.MaxOpenFiles != 0, func() C.int {
			return C.kevo_db_options_set_max_open_files(to, C.size_t(o.MaxOpenFiles))
		}},
	}
	for _, setting := range settings {
		if setting.set {
			if err := named(setting.call(), "the option", setting.what); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyRecovery sets what is about recovery. The watch is 0 or a cgo.Handle on a *progress.
func (o *Options) applyRecovery(to *C.kevo_db_options, watch cgo.Handle) error {
	recovery := C.kevo_recovery_options_new()
	defer C.kevo_recovery_options_free(recovery)
	if err := named(C.kevo_recovery_options_set_mode(recovery, C.int(o.Mode)), "the option", "Mode"); err != nil {
		return err
	}
	C.kevo_recovery_options_set_include_set_aside(recovery, flag(!o.WithoutSetAside))
	C.kevo_recovery_options_set_threads(recovery, C.size_t(o.RecoveryThreads))
	if watch != 0 {
		C.kevo_go_set_opening_progress(recovery, C.uintptr_t(watch))
	}
	return check(C.kevo_db_options_set_recovery(to, recovery))
}

func setLogger(options *C.kevo_db_options, logger cgo.Handle) {
	C.kevo_go_set_logger(options, C.uintptr_t(logger))
}
