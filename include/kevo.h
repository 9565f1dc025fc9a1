/**
 * @file
 * libkevo: an embedded key-value store that keeps databases as Kevo does, and opens what Kevo left; it also recovers
 * Kevo's write-ahead log alone, answers queries on what comes back, and reads Kevo's tables.
 *
 * Generated from the Rust source by cbindgen. What every function has in common:
 *
 *   - Names are kevo_NOUN_VERB(handle, inputs..., outputs..., error). A negative code is a failure, 0 means done or
 *     found, and a positive code is a normal outcome that is not "found".
 *   - Bytes are a pointer and a length. (NULL, 0) is empty; (NULL, n > 0) is KEVO_E_INVALID_ARGUMENT. Only paths and
 *     messages end with a NUL.
 *   - A NULL handle, or a NULL output that must be there, is KEVO_E_INVALID_ARGUMENT where a function returns a code;
 *     other functions then return 0 or NULL. Options, scan, report, error, value and sequence may be NULL. A setter
 *     that fails changes nothing.
 *   - Outputs are written only on the outcomes for which a function says so. On failure a handle output is set to NULL.
 *   - The caller that gets a handle frees it with the function that is named after it, which accepts NULL. Nothing is
 *     freed with free(). Memtables and iterators keep alive what they need: any order of freeing is safe.
 *   - A kevo_slice points into the list, or to what a pin, an iterator or a batch holds: nothing is copied. Strings
 *     belong to the handle that gave them.
 *   - A function that takes a const handle may be called by any number of threads at once; put and delete may be called
 *     at any time by any thread. While any other function runs, no other thread may use its handle.
 *   - No panic leaves the library: the function returns KEVO_E_PANIC instead, and Rust's runtime says on standard error
 *     what went wrong. The library itself prints nothing, and installs no handlers.
 *   - A function that recovers or exports may start threads; they have ended when it returns. After fork() only the
 *     parent may go on using its handles.
 *   - A thread is not cancelled (pthread_cancel) while it is in a function of this library, nor in a callback: the
 *     cancel waits until the function has returned. The thread's type of cancellation must be the default, deferred.
 *   - Structs never change, and functions are only added.
 *
 * Of a database:
 *
 *   - kevo_db is for any number of threads at once. It has threads of its own, which end before kevo_db_close returns.
 *     Calls that are running when another thread closes it end with what they would have returned, or KEVO_E_CLOSED.
 *   - After fork() the child must not use a handle: every call returns KEVO_E_CLOSED there, and what is freed touches no
 *     file.
 *   - Iterators, snapshots, transactions and pinned values keep alive what they read: they can be read and freed after
 *     the close, too; a commit then gives KEVO_E_CLOSED.
 *   - A write that was acknowledged is never lost but for what the sync mode says. Each write is atomic, and a batch is
 *     one write.
 *   - A key has at most 16 MiB, a value at most 1 GiB, a batch takes at most 4 GiB of log; more is KEVO_E_TOO_LARGE.
 *     The empty key, and keys above 65,535 bytes, are not seen by Kevo once they are in tables.
 *   - Reads can fail: KEVO_E_IO, and KEVO_E_CORRUPT where a checksum does not match. What is damaged is never an answer.
 *   - Memory is what the options say: memtables, and the cache of blocks, indexes and filters; and what callers hold by
 *     pins, iterators, snapshots and transactions.
 *
 * If memory cannot be had, a function returns KEVO_E_NO_MEMORY, or NULL if it returns a handle. (In a few places where
 * only some hundred bytes are needed, the process is aborted instead.)
 *
 * Some conditions cannot be checked, so the caller must keep them: a handle comes from this library and is not used
 * after it was freed, as many bytes are there as a length says, and an array is as long as its count says.
 */


#ifndef KEVO_H
#define KEVO_H

#include <stddef.h>
#include <stdint.h>

/**
 * Done, or found.
 */
#define KEVO_OK 0

/**
 * The key is not there; in a list, it was never seen, at or below the bound.
 */
#define KEVO_NOT_FOUND 1

/**
 * The key was deleted.
 */
#define KEVO_DELETED 2

/**
 * The iterator is on no entry.
 */
#define KEVO_END 3

/**
 * A NULL pointer that must not be NULL, or a value that is out of range.
 */
#define KEVO_E_INVALID_ARGUMENT (-1)

/**
 * A file or directory could not be read or written.
 */
#define KEVO_E_IO (-2)

/**
 * The log is damaged in a way that the recovery mode does not pass over.
 */
#define KEVO_E_CORRUPT (-3)

/**
 * The log needs more memtables than are allowed.
 */
#define KEVO_E_TOO_MANY_MEMTABLES (-4)

/**
 * The value, or even one entry, does not fit into the buffer.
 */
#define KEVO_E_BUFFER_TOO_SMALL (-5)

/**
 * The progress callback asked to stop.
 */
#define KEVO_E_CANCELLED (-6)

/**
 * The memtable takes no more writes.
 */
#define KEVO_E_IMMUTABLE (-7)

/**
 * There is not enough memory.
 */
#define KEVO_E_NO_MEMORY (-8)

/**
 * Another process, or another handle of this one, has the database open for writing.
 */
#define KEVO_E_LOCKED (-9)

/**
 * The transaction read what somebody has written since. Run it again.
 */
#define KEVO_E_CONFLICT (-10)

/**
 * The database was opened read-only.
 */
#define KEVO_E_READ_ONLY (-11)

/**
 * The database is closed, or this process was forked from the one that opened it.
 */
#define KEVO_E_CLOSED (-12)

/**
 * A write, sync or flush failed before: nothing more is taken until `kevo_db_resume` or a new opening.
 */
#define KEVO_E_FAILED (-13)

/**
 * `error_if_exists`, or a directory that must be empty and is not.
 */
#define KEVO_E_EXISTS (-14)

/**
 * Nothing is there and `create_if_missing` is off; or the directory is not a database.
 */
#define KEVO_E_NOT_A_DATABASE (-15)

/**
 * A key, a value or a batch is larger than may be.
 */
#define KEVO_E_TOO_LARGE (-16)

/**
 * The transaction outlived its time limit.
 */
#define KEVO_E_EXPIRED (-17)

/**
 * Written by a newer version of this library, or an option that this build lacks.
 */
#define KEVO_E_UNSUPPORTED (-18)

/**
 * It would have to wait, and must not; or the time limit of a wait ran out.
 */
#define KEVO_E_BUSY (-19)

/**
 * An error in the library itself. Please report it.
 */
#define KEVO_E_PANIC (-99)

/**
 * The bound that bounds nothing: every sequence number is at or below it.
 */
#define KEVO_SEQUENCE_LATEST UINT64_MAX

/**
 * The version of this header: major * 1000000 + minor * 1000 + patch.
 */
#define KEVO_VERSION_NUMBER 2000

/**
 * Recovery mode, the default: torn tails are reported, in any file; corruption is an error.
 */
#define KEVO_RECOVERY_TOLERATE_TORN_TAIL 0

/**
 * Recovery mode: any damage is an error.
 */
#define KEVO_RECOVERY_ABSOLUTE 1

/**
 * Recovery mode: nothing that comes after corruption is recovered; after a torn tail, a later file is read only if it
 * goes on where the sequence numbers left off. KEVO_STAT_FILES_LEFT_OUT counts the files that are not read.
 */
#define KEVO_RECOVERY_POINT_IN_TIME 2

/**
 * Recovery mode: all that is intact is recovered.
 */
#define KEVO_RECOVERY_SKIP_CORRUPTED 3

/**
 * Order, the default: the version of a key that was written last is the newest.
 */
#define KEVO_ORDER_LOG 0

/**
 * Order: what Kevo itself would answer, which can be an old value. Inside a memtable the version with the highest
 * sequence number is the newest. Of several memtables, the newest one that has a version of the key at or below the
 * bound answers.
 */
#define KEVO_ORDER_SEQUENCE 1

/**
 * A statistic: files read.
 */
#define KEVO_STAT_FILES 1

/**
 * A statistic: bytes of the files read.
 */
#define KEVO_STAT_BYTES 2

/**
 * A statistic: puts and deletes that are in a memtable.
 */
#define KEVO_STAT_ENTRIES_APPLIED 3

/**
 * A statistic: entries ignored because of their sequence number.
 */
#define KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE 4

/**
 * A statistic: merges, which no memtable holds.
 */
#define KEVO_STAT_MERGES_IGNORED 5

/**
 * A statistic: batches that were dropped because some of their entries were not there.
 */
#define KEVO_STAT_BATCHES_DROPPED 6

/**
 * A statistic: bytes that could not be used.
 */
#define KEVO_STAT_BYTES_DAMAGED 7

/**
 * A statistic: directories in which Kevo has set logs aside, read or not.
 */
#define KEVO_STAT_SET_ASIDE_DIRECTORIES 8

/**
 * A statistic: the last files of the log, which a recovery to a point in time did not read, whatever is in them.
 */
#define KEVO_STAT_FILES_LEFT_OUT 9

/**
 * Damage: a write that was interrupted; the file ends in the middle of it.
 */
#define KEVO_DAMAGE_TORN_TAIL 1

/**
 * Damage: bytes that are not what was written.
 */
#define KEVO_DAMAGE_CORRUPTION 2

/**
 * Damage: a file that should be there is not.
 */
#define KEVO_DAMAGE_MISSING 3

/**
 * Damage: the files do not tell an order, or a damaged table may have held newer values than those that are given.
 */
#define KEVO_DAMAGE_DOUBT 4

/**
 * Damage: the list of tables was lost, and was made again from the tables.
 */
#define KEVO_DAMAGE_REBUILT 5

/**
 * A put.
 */
#define KEVO_OP_PUT 1

/**
 * A delete: a tombstone.
 */
#define KEVO_OP_DELETE 2

/**
 * An export writes of each key only its last put or delete.
 */
#define KEVO_EXPORT_NEWEST_ONLY 1

/**
 * A scan gives every version, newest first, not only the newest.
 */
#define KEVO_SCAN_ALL_VERSIONS 1

/**
 * A scan gives deletes too.
 */
#define KEVO_SCAN_TOMBSTONES 2

/**
 * A statistic of a table: its entries, tombstones included, those outside of blocks too.
 */
#define KEVO_TABLE_STAT_ENTRIES 1

/**
 * A statistic of a table: how many of its entries are tombstones.
 */
#define KEVO_TABLE_STAT_TOMBSTONES 2

/**
 * A statistic of a table: its blocks of entries. Those that are damaged do not count in a table of Kevo's, or if the
 * index is gone.
 */
#define KEVO_TABLE_STAT_BLOCKS 3

/**
 * A statistic of a table: bytes of the file.
 */
#define KEVO_TABLE_STAT_BYTES 4

/**
 * A statistic of a table: the version that its footer says. It does not tell how the table is laid out:
 * KEVO_TABLE_STAT_GENERATION does.
 */
#define KEVO_TABLE_STAT_VERSION 5

/**
 * A statistic of a table: when it was written, by its footer, in nanoseconds since 1970.
 */
#define KEVO_TABLE_STAT_CREATED_NS 6

/**
 * A statistic of a table: which writer's layout it has, a KEVO_TABLE_GENERATION_*.
 */
#define KEVO_TABLE_STAT_GENERATION 7

/**
 * A statistic of a table: entries of its index, which may name a block twice; 0 if the index is gone.
 */
#define KEVO_TABLE_STAT_INDEX_ENTRIES 8

/**
 * A statistic of a table: its entries outside of blocks, which Kevo does not see.
 */
#define KEVO_TABLE_STAT_OVERSIZE 9

/**
 * A statistic of a table: bytes of memory that the open table takes.
 */
#define KEVO_TABLE_STAT_MEMORY 10

/**
 * A generation of tables: Kevo's first release to v1.1, without sequence numbers and tombstones.
 */
#define KEVO_TABLE_GENERATION_A 1

/**
 * A generation of tables: Kevo v1.2 to v1.3, without sequence numbers and tombstones.
 */
#define KEVO_TABLE_GENERATION_B 2

/**
 * A generation of tables: Kevo v1.4 and later.
 */
#define KEVO_TABLE_GENERATION_C 3

/**
 * A generation of tables: those that this library writes.
 */
#define KEVO_TABLE_GENERATION_LIBKEVO 4

/**
 * A part of a table: a block of entries.
 */
#define KEVO_TABLE_PART_BLOCK 1

/**
 * A part of a table: an entry outside of blocks, which Kevo does not see.
 */
#define KEVO_TABLE_PART_OVERSIZE 2

/**
 * A part of a table: where a block should be, or where blocks were looked for, and none is.
 */
#define KEVO_TABLE_PART_DAMAGED 3

/**
 * A part of a table: the index.
 */
#define KEVO_TABLE_PART_INDEX 4

/**
 * A part of a table: the filter, or Kevo's filters.
 */
#define KEVO_TABLE_PART_FILTER 5

/**
 * A part of a table: what one of this library's says of itself.
 */
#define KEVO_TABLE_PART_PROPERTIES 6

/**
 * A part of a table: another section of one of this library's.
 */
#define KEVO_TABLE_PART_SECTION 7

/**
 * A part of a table: the footer.
 */
#define KEVO_TABLE_PART_FOOTER 8

/**
 * Sync mode: the system brings to disk what was written when it likes. A write is handed to the system before it is
 * acknowledged, so that a crash of the process loses nothing, and one of the machine the newest writes.
 */
#define KEVO_SYNC_NONE 0

/**
 * Sync mode: after so many bytes of log, and on rotation, flush and close.
 */
#define KEVO_SYNC_BYTES 1

/**
 * Sync mode, the default: before a write is acknowledged. Writers that wait at the same time share one sync.
 */
#define KEVO_SYNC_ALWAYS 2

/**
 * Sync mode: a write is handed to the system when 64 KiB have come together, or after 10 ms. A crash of the process
 * loses as much.
 */
#define KEVO_SYNC_BUFFERED 3

/**
 * A level of the logger: something failed.
 */
#define KEVO_LOG_ERROR 1

/**
 * A level of the logger: something is not as it should be, and the database copes.
 */
#define KEVO_LOG_WARNING 2

/**
 * A level of the logger: what happens.
 */
#define KEVO_LOG_INFO 3

/**
 * Compaction, the default: runs of about one size are merged into a larger one. It writes little.
 */
#define KEVO_COMPACTION_TIERED 0

/**
 * Compaction: each level is one run, ten times as large as the level before. It writes more, and reads find fewer
 * runs.
 */
#define KEVO_COMPACTION_LEVELED 1

/**
 * Compaction: only by kevo_db_compact.
 */
#define KEVO_COMPACTION_NONE 2

/**
 * A flag of a write: it is on disk when the call returns, whatever the sync mode is. Not with KEVO_WRITE_NO_SYNC.
 */
#define KEVO_WRITE_SYNC 1

/**
 * A flag of a write: it need not be on disk when the call returns, whatever the sync mode is.
 */
#define KEVO_WRITE_NO_SYNC 2

/**
 * A flag of a write: return KEVO_E_BUSY rather than wait for a flush or a compaction.
 */
#define KEVO_WRITE_NO_WAIT 4

/**
 * A flag of kevo_db_delete_range: delete in several batches of about 1 MiB, each atomic for itself. It is for ranges
 * of millions of keys.
 */
#define KEVO_WRITE_IN_PIECES 8

/**
 * A flag of kevo_transaction_begin: the transaction writes nothing. It is a snapshot with the calls of a transaction.
 */
#define KEVO_TRANSACTION_READ_ONLY 1

/**
 * A flag of kevo_transaction_begin: the transaction waits for other exclusive ones to end, and never conflicts with
 * them.
 */
#define KEVO_TRANSACTION_EXCLUSIVE 2

/**
 * A statistic of a database: the highest sequence number of all writes that reads see.
 */
#define KEVO_DB_STAT_SEQUENCE 0

/**
 * A statistic of a database: puts and deletes that were written since the database was opened, as are all that count
 * what happened.
 */
#define KEVO_DB_STAT_OPERATIONS 1

/**
 * A statistic of a database: bytes of the keys and values that callers wrote.
 */
#define KEVO_DB_STAT_BYTES_WRITTEN 2

/**
 * A statistic of a database: bytes that were appended to logs.
 */
#define KEVO_DB_STAT_BYTES_LOGGED 3

/**
 * A statistic of a database: bytes of the tables that flushes wrote.
 */
#define KEVO_DB_STAT_BYTES_FLUSHED 4

/**
 * A statistic of a database: bytes of the tables that compactions wrote. Together with the two before, divided by
 * KEVO_DB_STAT_BYTES_WRITTEN, that is how often a byte is written.
 */
#define KEVO_DB_STAT_BYTES_COMPACTED 5

/**
 * A statistic of a database: bytes of the tables that compactions read.
 */
#define KEVO_DB_STAT_BYTES_READ_BY_COMPACTION 6

/**
 * A statistic of a database: appends to logs, each of the writes of all callers that waited.
 */
#define KEVO_DB_STAT_GROUPS 7

/**
 * A statistic of a database: syncs of logs.
 */
#define KEVO_DB_STAT_SYNCS 8

/**
 * A statistic of a database: flushes.
 */
#define KEVO_DB_STAT_FLUSHES 9

/**
 * A statistic of a database: compactions.
 */
#define KEVO_DB_STAT_COMPACTIONS 10

/**
 * A statistic of a database: compactions that failed, and are tried again.
 */
#define KEVO_DB_STAT_FAILED_COMPACTIONS 11

/**
 * A statistic of a database: how often writes went on after a failure, by kevo_db_resume.
 */
#define KEVO_DB_STAT_RESUMES 12

/**
 * A statistic of a database: how often a writer waited for a flush.
 */
#define KEVO_DB_STAT_STALLS 13

/**
 * A statistic of a database: for how long writers waited for flushes, in microseconds.
 */
#define KEVO_DB_STAT_STALL_MICROSECONDS 14

/**
 * A statistic of a database: how often a writer was slowed.
 */
#define KEVO_DB_STAT_SLOWDOWNS 15

/**
 * A statistic of a database: for how long writers were slowed, in microseconds.
 */
#define KEVO_DB_STAT_SLOWDOWN_MICROSECONDS 16

/**
 * A statistic of a database: memtables, that which is written to included.
 */
#define KEVO_DB_STAT_MEMTABLES 17

/**
 * A statistic of a database: bytes of memory that memtables take.
 */
#define KEVO_DB_STAT_MEMTABLE_BYTES 18

/**
 * A statistic of a database: runs of tables: as many places a lookup may have to look at.
 */
#define KEVO_DB_STAT_RUNS 19

/**
 * A statistic of a database: levels that have runs.
 */
#define KEVO_DB_STAT_LEVELS 20

/**
 * A statistic of a database: tables.
 */
#define KEVO_DB_STAT_TABLES 21

/**
 * A statistic of a database: tables of Kevo's that are not rewritten yet. Until it is 0, Kevo may answer with old
 * values.
 */
#define KEVO_DB_STAT_FOREIGN_TABLES 22

/**
 * A statistic of a database: bytes of the files of tables.
 */
#define KEVO_DB_STAT_TABLE_BYTES 23

/**
 * A statistic of a database: entries of tables, tombstones included.
 */
#define KEVO_DB_STAT_TABLE_ENTRIES 24

/**
 * A statistic of a database: tombstones in tables.
 */
#define KEVO_DB_STAT_TABLE_TOMBSTONES 25

/**
 * A statistic of a database: bytes of the blocks in the cache.
 */
#define KEVO_DB_STAT_CACHE_BYTES 26

/**
 * A statistic of a database: bytes that indexes and filters of open tables take of the cache.
 */
#define KEVO_DB_STAT_CACHE_RESERVED_BYTES 27

/**
 * A statistic of a database: how often a block was in the cache.
 */
#define KEVO_DB_STAT_CACHE_HITS 28

/**
 * A statistic of a database: how often a block was not in the cache.
 */
#define KEVO_DB_STAT_CACHE_MISSES 29

/**
 * A statistic of a database: files of tables that are open.
 */
#define KEVO_DB_STAT_OPEN_FILES 30

/**
 * A statistic of a database: bytes of tables that compactions have replaced, and that snapshots, iterators and pinned
 * values keep on disk.
 */
#define KEVO_DB_STAT_REPLACED_BYTES 31

/**
 * A statistic of a database: how many lookups in a table ended at its filter, without a look at a block. One lookup in
 * the database may look into several tables.
 */
#define KEVO_DB_STAT_FILTER_HITS 32

/**
 * A statistic of a database: how many lookups in a table passed its filter, or found it without one, and then did not
 * find the key.
 */
#define KEVO_DB_STAT_FILTER_MISSES 33

/**
 * A statistic of a listed table: the age of its run. Tables of one run have the same age, and share no key; a newer
 * run has a higher age.
 */
#define KEVO_LISTED_TABLE_AGE 1

/**
 * A statistic of a listed table: the level of its run.
 */
#define KEVO_LISTED_TABLE_LEVEL 2

/**
 * A statistic of a listed table: its entries, tombstones included.
 */
#define KEVO_LISTED_TABLE_ENTRIES 3

/**
 * A statistic of a listed table: how many of its entries are tombstones.
 */
#define KEVO_LISTED_TABLE_TOMBSTONES 4

/**
 * A statistic of a listed table: bytes of its file.
 */
#define KEVO_LISTED_TABLE_BYTES 5

/**
 * A statistic of a listed table: 1 if Kevo wrote it, 0 if this library did.
 */
#define KEVO_LISTED_TABLE_FOREIGN 6

/**
 * Puts and deletes that are written together: all of them or none, in every crash. It is made by kevo_batch_new, and
 * owned by the caller. It may have one key more than once; the last operation counts.
 *
 * A key has at most 16 MiB, a value at most 1 GiB, and a batch that is written takes at most 4 GiB of log.
 */
typedef struct kevo_batch kevo_batch;

/**
 * An open database. It is made by kevo_db_open, and ended by kevo_db_close.
 *
 * Any number of threads may use it at once. It has threads of its own, for flushes and compactions, which end before
 * kevo_db_close returns. Calls that are running while another thread closes it end with what they would have returned,
 * or with KEVO_E_CLOSED; calls that begin shortly after that return KEVO_E_CLOSED. A process that was forked must not
 * use it: there, every call returns KEVO_E_CLOSED.
 */
typedef struct kevo_db kevo_db;

/**
 * What opening a database is asked to do. It is made by kevo_db_options_new, and owned by the caller. What is not
 * set is what the directory's MANIFEST says, if it says so, else the default.
 */
typedef struct kevo_db_options kevo_db_options;

/**
 * What went wrong, where, and what to do about it. It is made by the functions that take a kevo_error **, and then
 * owned by the caller; that of kevo_iterator_error belongs to the iterator.
 */
typedef struct kevo_error kevo_error;

/**
 * Goes through a list, a memtable, a table or a database, as it was when the iterator was made. It is made by
 * kevo_memtable_list_iterator, kevo_memtable_iterator, kevo_table_iterator, kevo_db_iterator, kevo_snapshot_iterator
 * or kevo_transaction_iterator, and owned by the caller. It keeps alive what it goes through.
 *
 * An iterator is on an entry, before the first entry, or after the last one. A new iterator is before the first. Keys
 * come in the order of their bytes, which are compared as unsigned numbers; a key comes before every longer key that
 * begins with it. Versions of a key come newest first.
 *
 * A function that moves it can return KEVO_E_NO_MEMORY, and over a table or a database KEVO_E_IO and KEVO_E_CORRUPT,
 * of which kevo_iterator_error tells more; over a database also KEVO_E_CLOSED, in a process that was forked. The
 * iterator is then where it was, and the next move tries again.
 */
typedef struct kevo_iterator kevo_iterator;

/**
 * Goes through the logs of a directory in the order in which they were written, and waits for more. It is made by
 * kevo_log_cursor_open or kevo_log_cursor_open_at, and owned by the caller.
 *
 * The directory is the `wal` of a database of this library or of Kevo, which another thread or process may write to.
 */
typedef struct kevo_log_cursor kevo_log_cursor;

/**
 * One memtable of a list. It is made by kevo_memtable_list_table, and owned by the caller. It keeps its list alive.
 */
typedef struct kevo_memtable kevo_memtable;

/**
 * All memtables of a log, oldest first. The last one is open for writes. It is made by kevo_recover, and owned by the
 * caller.
 */
typedef struct kevo_memtable_list kevo_memtable_list;

/**
 * Holds what a value points to. It is made by kevo_pinned_new, and owned by the caller.
 *
 * One serves any number of gets, one after the other: each lets go of what the last one left in it. What it holds
 * stays in memory, whatever is closed, freed or replaced meanwhile.
 */
typedef struct kevo_pinned kevo_pinned;

/**
 * What recovery is asked to do. It is made by kevo_recovery_options_new, and owned by the caller.
 */
typedef struct kevo_recovery_options kevo_recovery_options;

/**
 * What recovery, or a search for damage, found. It is made by kevo_recover, kevo_db_open and kevo_table_damage, and
 * owned by the caller. It never changes.
 */
typedef struct kevo_recovery_report kevo_recovery_report;

/**
 * What an iterator is to go through: a range of keys, and which versions of each. It is made by kevo_scan_new, and
 * owned by the caller.
 */
typedef struct kevo_scan kevo_scan;

/**
 * A database as it was at one moment. It is made by kevo_db_snapshot, and owned by the caller. It never changes, and
 * can be read and freed also after the database was closed.
 *
 * It keeps in memory the memtables of its moment, and on disk the tables that were replaced since.
 */
typedef struct kevo_snapshot kevo_snapshot;

/**
 * A table file that is open, of this library's or of any release of Kevo's. It is made by kevo_table_open, and owned
 * by the caller. It never changes, and keeps its file open.
 *
 * A table is a sorted file of entries. Kevo's mostly hold one version of a key; one that holds several has the
 * newest first, whatever their sequence numbers are. Blocks are read when they are needed, and none is kept; a table
 * of Kevo's is read once as a whole when it is opened, because its index does not lead to keys.
 */
typedef struct kevo_table kevo_table;

/**
 * The tables that a database had at one moment, for tools. It is made by kevo_db_tables, and owned by the caller. It
 * never changes, and keeps neither memtables nor files: a table that is listed may be gone by now.
 */
typedef struct kevo_table_list kevo_table_list;

/**
 * Reads and writes that happen at one moment, or not at all. It is made by kevo_transaction_begin, and owned by the
 * caller, who frees it with kevo_transaction_free, whether it was committed or not.
 *
 * Transactions are serializable: those that are committed have the outcome that they would have one after the other,
 * in the order of their commits. A transaction sees its own writes, and otherwise the database as it was when it
 * began. It keeps in memory what it wrote, which keys and ranges it read, the values that kevo_transaction_get gave,
 * and, as a snapshot does, the memtables of its moment and the tables that were replaced since.
 */
typedef struct kevo_transaction kevo_transaction;

/**
 * A function of the caller's that is told how far recovery, or the compaction of a database, has read.
 *
 * It is called on the thread that called kevo_recover, kevo_db_open or kevo_db_compact, one call at a time, with the
 * number of bytes read so far and the number of bytes to be read. The thread is not cancelled in it (see the top of
 * this header). It may call any function of this library, but must not change or free the options that the recovery
 * uses, and must not write to, maintain or close the database that is opened or compacted. It must return: if an
 * exception or pthread_exit leaves it, the process is aborted; if longjmp leaves it, the behaviour is undefined.
 *
 * Returns: 0 to go on; any other number cancels the recovery or compaction.
 */
typedef int (*kevo_progress_callback)(void *user, uint64_t bytes_done, uint64_t bytes_total);

/**
 * Bytes that belong to a list, or to what a pin or an iterator holds.
 *
 * Those of a list stay where they are, unchanged, for as long as any handle on that list, or a memtable or iterator
 * from it, lives, whatever is written to the list meanwhile; how long all others do is said where they are given.
 * They are not ended by a NUL. The `data` of an empty slice may be anything.
 */
typedef struct kevo_slice {
  /**
   * The first byte.
   */
  const void *data;
  /**
   * How many bytes there are.
   */
  size_t len;
} kevo_slice;

/**
 * One version of a key.
 */
typedef struct kevo_entry {
  /**
   * The key; may be empty.
   */
  struct kevo_slice key;
  /**
   * The value; may be empty. {NULL, 0} for a delete.
   */
  struct kevo_slice value;
  /**
   * The sequence number that it was written with.
   */
  uint64_t sequence;
  /**
   * KEVO_OP_PUT or KEVO_OP_DELETE.
   */
  uint32_t op;
  /**
   * 0.
   */
  uint32_t reserved;
} kevo_entry;

/**
 * A function of the caller's that is told what happens in a database.
 *
 * It is called by any thread, the database's own too, one call at a time, with a level (a KEVO_LOG_*) and a message
 * that ends with a NUL and is valid until the function returns. What happens is told as an event and its numbers, such
 * as "flush: tables=1 entries=1000 tombstones=0 bytes=65536 memtables_waiting=0 microseconds=1200": open, flush,
 * compaction, resume and close; later versions may add events, and numbers to each. What is not as it should be is a
 * sentence in English, with the path of the file. It must call no function of this
 * library, and must return: if an exception or pthread_exit leaves it, the process is aborted.
 */
typedef void (*kevo_log_callback)(void *user, int level, const char *message);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Says in a few words what a code means, in English.
 *
 * Returns: a static string, never NULL and never empty; also for a code that this library does not know.
 * Threads: any number at once.
 */
const char *kevo_strerror(int code);

/**
 * The version of the library, as text: "0.1.0".
 *
 * Returns: a static string.
 * Threads: any number at once.
 */
const char *kevo_version_string(void);

/**
 * The version of the library, as a number: major * 1000000 + minor * 1000 + patch. Compare it with
 * KEVO_VERSION_NUMBER, which is that of the header.
 *
 * Returns: the number.
 * Threads: any number at once.
 */
uint32_t kevo_version_number(void);

/**
 * Asks whether this library serves a program that was compiled with a certain header. Pass KEVO_VERSION_NUMBER.
 *
 * A library serves the headers of its own major version, from 0.1.0 on, that are not newer than itself.
 *
 * Returns: KEVO_OK if it does; KEVO_E_INVALID_ARGUMENT if it does not: install the library that the header came with.
 * Threads: any number at once.
 */
int kevo_abi_check(uint32_t header_version);

/**
 * The code of an error, as the function that made it returned it.
 *
 * Returns: a negative code; 0 if `error` is NULL.
 * Threads: any number at once.
 */
int kevo_error_code(const struct kevo_error *error);

/**
 * One sentence that says what is wrong, where, and what to do about it, in English. Bytes of a path that are not UTF-8
 * are replaced in it.
 *
 * Returns: a string that belongs to the error and lives as long; NULL if `error` is NULL.
 * Threads: any number at once.
 */
const char *kevo_error_message(const struct kevo_error *error);

/**
 * The file or directory that an error is about, byte for byte. For a recovery this is the WAL directory as it was
 * given, or a path below it; for an export it is the directory that was given.
 *
 * Returns: a string that belongs to the error and lives as long; NULL if there is none or `error` is NULL.
 * Threads: any number at once.
 */
const char *kevo_error_path(const struct kevo_error *error);

/**
 * Where in that file the damage or failure starts, in bytes from the file's start.
 *
 * Returns: the offset; UINT64_MAX if there is none; 0 if `error` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_error_offset(const struct kevo_error *error);

/**
 * The operating system's own number for what went wrong, an errno.
 *
 * Returns: the number; 0 if there is none or `error` is NULL.
 * Threads: any number at once.
 */
int kevo_error_os_code(const struct kevo_error *error);

/**
 * Frees an error and the strings that belong to it. NULL is allowed.
 *
 * Threads: no other may be using it.
 */
void kevo_error_free(struct kevo_error *error);

/**
 * Makes options with the defaults: KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_ORDER_LOG, no maximum sequence number, at
 * most 4 memtables of 32 MiB each, without the logs that Kevo has set aside, one thread for each core, no progress
 * callback.
 *
 * Returns: the options, which the caller frees with kevo_recovery_options_free; NULL if there is no memory, or after
 * an error in the library.
 * Threads: any number at once.
 */
struct kevo_recovery_options *kevo_recovery_options_new(void);

/**
 * Frees options. NULL is allowed. What was recovered with them is not affected.
 *
 * Threads: no other may be using them.
 */
void kevo_recovery_options_free(struct kevo_recovery_options *options);

/**
 * Sets what recovery does about damage: one of KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_RECOVERY_ABSOLUTE,
 * KEVO_RECOVERY_POINT_IN_TIME, KEVO_RECOVERY_SKIP_CORRUPTED.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `mode` is none of these, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_mode(struct kevo_recovery_options *options,
                                   int mode);

/**
 * Sets what makes a version of a key the newest: KEVO_ORDER_LOG or KEVO_ORDER_SEQUENCE.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `order` is neither, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_order(struct kevo_recovery_options *options,
                                    int order);

/**
 * Sets the highest sequence number that is recovered; entries above it are ignored, and a batch whose last operation
 * is above it is ignored whole. KEVO_SEQUENCE_LATEST ignores none.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_max_sequence(struct kevo_recovery_options *options,
                                           uint64_t sequence);

/**
 * Sets how many memtables recovery may make at the most; a log that needs more is KEVO_E_TOO_MANY_MEMTABLES.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_max_memtables(struct kevo_recovery_options *options, size_t count);

/**
 * Sets the approximate size, in bytes, from which on a memtable is full: of each put and delete in it, key length +
 * value length + 16.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_memtable_size(struct kevo_recovery_options *options,
                                            uint64_t bytes);

/**
 * Sets whether the logs that Kevo has set aside, in directories named backup_* directly below the WAL directory, are
 * read too, in the order of the files' names, whatever their directory. 0 is no, anything else yes.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_include_set_aside(struct kevo_recovery_options *options,
                                                int yes);

/**
 * Sets how many threads recovery uses at the most, the calling one included. The call that sorts what was recovered
 * (see kevo_recover) uses at the most as many. 0, the default, is one for each core. The result is the same for any
 * number. No thread that a call starts outlives that call.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_threads(struct kevo_recovery_options *options,
                                      size_t count);

/**
 * Sets a callback that is told how far recovery has read, and can cancel it (see kevo_progress_callback); NULL, the
 * default, is none. `user` is passed to it as it is.
 *
 * `callback` and `user` must stay usable until the last kevo_recover with these options has returned, and the last
 * kevo_db_open with options that took them over.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_recovery_options_set_progress(struct kevo_recovery_options *options,
                                       kevo_progress_callback callback,
                                       void *user);

/**
 * Rebuilds the memtables of the write-ahead log in a directory.
 *
 * `wal_dir` is the path of the directory that holds the *.wal files, with a NUL at its end; it is not a pattern.
 * Nothing in the directory is changed, whatever happens: not even access times, if the system allows that. `options`
 * may be NULL, for the defaults.
 *
 * On success `*list` is set to the list of memtables, which the caller frees with kevo_memtable_list_free; on failure
 * to NULL. `*report`, if `report` is not NULL, is set to what was found, on failure too: as far as recovery got; the
 * caller frees it with kevo_recovery_report_free. `*error`, if `error` is not NULL, is set to NULL on success, and on
 * failure to what went wrong, which the caller frees with kevo_error_free. (After KEVO_E_PANIC, report and error are
 * NULL. Where there is no memory for one of them, it is NULL, and the code is KEVO_E_NO_MEMORY.)
 *
 * Every checksum has been verified when this returns. What was recovered is not sorted yet: the first lookup in the
 * list or in one of its memtables does that, or the first iterator, or the first export with KEVO_EXPORT_NEWEST_ONLY.
 * That call takes about as long as the recovery. The memory for it is reserved here.
 *
 * If several things are wrong, the one that comes first in the log is reported.
 *
 * Returns:
 * KEVO_OK: recovered; see the report for damage that the mode passed over.
 * KEVO_E_INVALID_ARGUMENT: `wal_dir` or `list` is NULL.
 * KEVO_E_IO: the directory or a file in it could not be read, or a name ends in .wal and is not a regular file.
 * KEVO_E_CORRUPT: damage that the mode does not pass over; another mode may.
 * KEVO_E_TOO_MANY_MEMTABLES: the log needs more memtables than the options allow; raise their number or their size.
 * KEVO_E_CANCELLED: the progress callback asked for it.
 * KEVO_E_NO_MEMORY: the log, 40 bytes for each entry and 32 for each stretch of damage do not fit into memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, with options of their own or shared ones that none changes.
 */
int kevo_recover(const char *wal_dir,
                 const struct kevo_recovery_options *options,
                 struct kevo_memtable_list **list,
                 struct kevo_recovery_report **report,
                 struct kevo_error **error);

/**
 * A number that recovery counted: `stat` is KEVO_STAT_FILES or another constant of that kind. If recovery failed,
 * it was counted up to that point.
 *
 * Returns: the number; 0 if `report` is NULL or `stat` is none of these.
 * Threads: any number at once.
 */
uint64_t kevo_recovery_report_stat(const struct kevo_recovery_report *report,
                                   int stat);

/**
 * How many stretches of damage there are. If damage made recovery fail, it is the last of them.
 *
 * Returns: the number; 0 if `report` is NULL.
 * Threads: any number at once.
 */
size_t kevo_recovery_report_damage_count(const struct kevo_recovery_report *report);

/**
 * One stretch of damage, in the order of the log; `index` counts from 0.
 *
 * `*path` is set to the file, byte for byte: the WAL directory as it was given to kevo_recover, and the path below
 * it; or the path as it was given to kevo_table_open. `*offset` and `*length` are set to where the stretch starts in
 * the file and how long it is, in bytes; `*kind` to a KEVO_DAMAGE_*, of kevo_recover KEVO_DAMAGE_TORN_TAIL or
 * KEVO_DAMAGE_CORRUPTION; `*what` to a few words on what is wrong where it starts. `*path` belongs to the report and
 * lives as long; `*what`, too, and of kevo_recover it is static.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_recovery_report_damage(const struct kevo_recovery_report *report,
                                size_t index,
                                const char **path,
                                uint64_t *offset,
                                uint64_t *length,
                                int *kind,
                                const char **what);

/**
 * Frees a report and the strings that belong to it. NULL is allowed.
 *
 * Threads: no other may be using it.
 */
void kevo_recovery_report_free(struct kevo_recovery_report *report);

/**
 * Makes another handle on the same list, for another owner.
 *
 * Returns: a handle, which the caller frees with kevo_memtable_list_free; the list lives until the last of its
 * handles, memtables and iterators is freed. NULL if `list` is NULL, or if there is no memory.
 * Threads: any number at once.
 */
struct kevo_memtable_list *kevo_memtable_list_ref(const struct kevo_memtable_list *list);

/**
 * Frees a handle on a list. NULL is allowed. Memtables and iterators from it go on working.
 *
 * Threads: no other may be using this handle; others on the same list may be in use.
 */
void kevo_memtable_list_free(struct kevo_memtable_list *list);

/**
 * How many memtables the list has now.
 *
 * Returns: the number, at least 1; 0 if `list` is NULL.
 * Threads: any number at once.
 */
size_t kevo_memtable_list_count(const struct kevo_memtable_list *list);

/**
 * The highest sequence number of all that was read and not ignored, merges included, and of all that was written
 * since.
 *
 * Returns: the number; 0 if there is none or `list` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_memtable_list_max_sequence(const struct kevo_memtable_list *list);

/**
 * Looks a key up in all memtables: its newest version with a sequence number of at most `max_sequence`
 * (KEVO_SEQUENCE_LATEST for any).
 *
 * `value` and `sequence` may be NULL; with both NULL it asks whether the key is there. `*value` is set to the list's
 * own bytes (see kevo_slice).
 *
 * Returns:
 * KEVO_OK: found; `*value` and `*sequence` are set.
 * KEVO_DELETED: that version is a delete; `*sequence` is set.
 * KEVO_NOT_FOUND: there is no such version; nothing is set.
 * KEVO_E_NO_MEMORY: only from the first lookup or iterator of a list, which sorts; nothing is set.
 * KEVO_E_INVALID_ARGUMENT: `list` is NULL, or `key` is and `key_len` is not 0.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, and while others write.
 */
int kevo_memtable_list_get(const struct kevo_memtable_list *list,
                           const void *key,
                           size_t key_len,
                           uint64_t max_sequence,
                           struct kevo_slice *value,
                           uint64_t *sequence);

/**
 * Looks up `count` keys at once, each as kevo_memtable_list_get does.
 *
 * `keys`, `values` and `codes` are arrays of `count`. `codes[i]` is set to what kevo_memtable_list_get returns for
 * `keys[i]`: KEVO_OK, KEVO_DELETED or KEVO_NOT_FOUND; `values[i]` is set only where that is KEVO_OK. `values` may be
 * NULL.
 *
 * Returns: KEVO_OK: see `codes`; KEVO_E_INVALID_ARGUMENT if `list`, `keys` or `codes` is NULL (the last two may be if
 * `count` is 0) or a key is {NULL, more than 0}, and nothing is set;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, and while others write.
 */
int kevo_memtable_list_multi_get(const struct kevo_memtable_list *list,
                                 const struct kevo_slice *keys,
                                 size_t count,
                                 uint64_t max_sequence,
                                 struct kevo_slice *values,
                                 int *codes);

/**
 * Gives a key a value, in the last memtable. One that is full or immutable is followed by a new one first (the limit
 * on memtables is recovery's). In KEVO_ORDER_LOG this version is now the newest of the key, whatever `sequence` is.
 * The list's maximum sequence number follows. Key and value are copied. Nothing is written to any file.
 *
 * Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_INVALID_ARGUMENT if `list` is NULL, a
 * pointer to bytes is NULL and their number is not 0, or key or value are longer than 2^32 - 1 bytes;
 * KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
 * Threads: any number at once, also with reads; writes wait for each other.
 */
int kevo_memtable_list_put(struct kevo_memtable_list *list,
                           const void *key,
                           size_t key_len,
                           const void *value,
                           size_t value_len,
                           uint64_t sequence);

/**
 * Deletes a key: writes a delete into the last memtable, just as kevo_memtable_list_put writes a put.
 *
 * Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_INVALID_ARGUMENT if `list` is NULL, `key`
 * is and `key_len` is not 0, or the key is longer than 2^32 - 1 bytes; KEVO_E_NO_MEMORY: nothing is written;
 * KEVO_E_PANIC.
 * Threads: any number at once, also with reads; writes wait for each other.
 */
int kevo_memtable_list_delete(struct kevo_memtable_list *list,
                              const void *key,
                              size_t key_len,
                              uint64_t sequence);

/**
 * One memtable of the list; `index` counts from 0, the oldest.
 *
 * `*memtable` is set to a handle, which the caller frees with kevo_memtable_free; it keeps the list alive. On failure
 * it is set to NULL.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `list` or `memtable` is NULL or `index` is past the end;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_memtable_list_table(const struct kevo_memtable_list *list,
                             size_t index,
                             struct kevo_memtable **memtable);

/**
 * Writes what is in a list as a clean log. Kevo can open it, and kevo_recover recovers it, in any mode and in either
 * order, with the same answers.
 *
 * `out_dir` is the path of the directory that the log goes into, with a NUL at its end. The directory is made; if it
 * exists, it must be empty, and a new directory of the same owner, group and mode takes its place. So it must not be a
 * mount point or the working directory, must have no access control list, and may belong to another user only if the
 * superuser calls. The directory that it is in must exist and be readable. `flags` is 0 or KEVO_EXPORT_NEWEST_ONLY.
 *
 * All puts and deletes of all memtables are written, also those that were made since recovery. What other threads
 * write to the list meanwhile is not. They come in the order in which they were made, with new sequence numbers from 1
 * up. (If the list is in KEVO_ORDER_SEQUENCE, they come memtable by memtable, and inside a memtable by their old
 * sequence numbers.) With KEVO_EXPORT_NEWEST_ONLY, only the last put or delete of each key is written. A file has at
 * most 64 MiB, or one entry. Everything is on disk when this returns.
 *
 * Until everything is on disk, it is in another directory, kevo-export-*.partial, in the same parent as `out_dir`, in
 * files that are not named as logs; then that directory is renamed. So `out_dir` never holds a part of a log, whatever
 * happens. On failure, everything is removed again, unless the step that fails is the last one, which brings the new
 * name to disk: then the log is there. If the process or the machine ends early, the other directory stays, and may be
 * removed.
 *
 * `*entries` is set to the number of puts and deletes written, `*memtable_size` to how many bytes a memtable has to
 * hold for all of them. A memtable of Kevo's holds 33554432 bytes by default. If a log needs more, Kevo makes several
 * memtables of it but answers only from the last; if it needs more of them than "max_memtables", 4 by default, Kevo
 * sets the log aside. In both cases, set "memtable_size" in the file MANIFEST of Kevo's database to more than
 * `*memtable_size` before Kevo opens it. `entries` and `memtable_size` may be NULL; on failure nothing is set by them.
 * `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller
 * frees with kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it is NULL.)
 *
 * Returns:
 * KEVO_OK: written.
 * KEVO_E_INVALID_ARGUMENT: `list` or `out_dir` is NULL, or another bit of `flags` is set.
 * KEVO_E_IO: `out_dir` is not empty, cannot be made or replaced, or something could not be written.
 * KEVO_E_NO_MEMORY: in KEVO_ORDER_SEQUENCE 24 bytes for each entry, and in either order 8 bytes for each that was
 * written since recovery, 16 with KEVO_EXPORT_NEWEST_ONLY, do not fit into memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, into different directories, and while others write to the list.
 */
int kevo_memtable_list_export(const struct kevo_memtable_list *list,
                              const char *out_dir,
                              uint32_t flags,
                              uint64_t *entries,
                              uint64_t *memtable_size,
                              struct kevo_error **error);

/**
 * Looks a key up in this memtable alone: its newest version with a sequence number of at most `max_sequence`
 * (KEVO_SEQUENCE_LATEST for any).
 *
 * `value` and `sequence` may be NULL; with both NULL it asks whether the key is there. `*value` is set to the list's
 * own bytes (see kevo_slice).
 *
 * Returns:
 * KEVO_OK: found; `*value` and `*sequence` are set.
 * KEVO_DELETED: that version is a delete; `*sequence` is set.
 * KEVO_NOT_FOUND: there is no such version in this memtable; nothing is set.
 * KEVO_E_NO_MEMORY: only from the first lookup or iterator of a list, which sorts; nothing is set.
 * KEVO_E_INVALID_ARGUMENT: `memtable` is NULL, or `key` is and `key_len` is not 0.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, and while others write.
 */
int kevo_memtable_get(const struct kevo_memtable *memtable,
                      const void *key,
                      size_t key_len,
                      uint64_t max_sequence,
                      struct kevo_slice *value,
                      uint64_t *sequence);

/**
 * Gives a key a value in this memtable, even if it is full. In KEVO_ORDER_LOG this version is now the newest of the
 * key in it, whatever `sequence` is. The list's maximum sequence number follows. Key and value are copied. Nothing is
 * written to any file.
 *
 * Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_IMMUTABLE if the memtable is immutable;
 * KEVO_E_INVALID_ARGUMENT if `memtable` is NULL, a pointer to bytes is NULL and their number is not 0, or key or value
 * are longer than 2^32 - 1 bytes; KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
 * Threads: any number at once, also with reads; writes wait for each other.
 */
int kevo_memtable_put(struct kevo_memtable *memtable,
                      const void *key,
                      size_t key_len,
                      const void *value,
                      size_t value_len,
                      uint64_t sequence);

/**
 * Deletes a key in this memtable, even if it is full: writes a delete, just as kevo_memtable_put writes a put.
 *
 * Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_IMMUTABLE if the memtable is immutable;
 * KEVO_E_INVALID_ARGUMENT if `memtable` is NULL, `key` is and `key_len` is not 0, or the key is longer than 2^32 - 1
 * bytes; KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
 * Threads: any number at once, also with reads; writes wait for each other.
 */
int kevo_memtable_delete(struct kevo_memtable *memtable,
                         const void *key,
                         size_t key_len,
                         uint64_t sequence);

/**
 * Makes a memtable immutable, for good: from now on it takes no more writes. If it is the last of its list, the list's
 * next write starts a new one. Doing it again changes nothing.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `memtable` is NULL; KEVO_E_PANIC.
 * Threads: any number at once; it waits for a write that is going on.
 */
int kevo_memtable_set_immutable(struct kevo_memtable *memtable);

/**
 * Asks whether a memtable takes no more writes.
 *
 * Returns: 1 if it is immutable; 0 if it is open, or `memtable` is NULL.
 * Threads: any number at once.
 */
int kevo_memtable_is_immutable(const struct kevo_memtable *memtable);

/**
 * The approximate size of a memtable, in bytes: for each put and delete in it, superseded ones included, key length +
 * value length + 16.
 *
 * Returns: the size; 0 if `memtable` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_memtable_approximate_size(const struct kevo_memtable *memtable);

/**
 * How many puts and deletes are in a memtable, superseded ones included.
 *
 * Returns: the number; 0 if `memtable` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_memtable_entry_count(const struct kevo_memtable *memtable);

/**
 * The sequence number that follows the highest in a memtable.
 *
 * Returns: that highest number + 1, at most UINT64_MAX; 0 if the memtable is empty or `memtable` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_memtable_next_sequence(const struct kevo_memtable *memtable);

/**
 * How long ago a memtable was made, in seconds, by a clock that is never set back. (A recovered one was made by
 * kevo_recover.)
 *
 * Returns: the seconds; 0 if `memtable` is NULL.
 * Threads: any number at once.
 */
double kevo_memtable_age_seconds(const struct kevo_memtable *memtable);

/**
 * Frees a handle on a memtable. NULL is allowed. The memtable stays in its list.
 *
 * Threads: no other may be using this handle.
 */
void kevo_memtable_free(struct kevo_memtable *memtable);

/**
 * Makes a scan of all keys, giving the newest version of each that is not a delete.
 *
 * Returns: the scan, which the caller frees with kevo_scan_free; NULL if there is no memory, or after an
 * error in the library.
 * Threads: any number at once.
 */
struct kevo_scan *kevo_scan_new(void);

/**
 * Frees a scan. NULL is allowed. Iterators that were made from it have copies of it, and are not affected.
 *
 * Threads: no other may be using it.
 */
void kevo_scan_free(struct kevo_scan *scan);

/**
 * Sets where a scan starts: keys that come before `key` are left out, and `key` itself if `inclusive` is 0. The key is
 * copied. Bounds and prefix intersect; where nothing is left, the scan is empty.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `key` is and `len` is not 0; KEVO_E_NO_MEMORY, and
 * nothing is changed; KEVO_E_PANIC.
 * Threads: no other may be using `scan`.
 */
int kevo_scan_set_lower(struct kevo_scan *scan,
                        const void *key,
                        size_t len,
                        int inclusive);

/**
 * Sets where a scan ends: keys that come after `key` are left out, and `key` itself if `inclusive` is 0. The key is
 * copied. Bounds and prefix intersect; where nothing is left, the scan is empty.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `key` is and `len` is not 0; KEVO_E_NO_MEMORY, and
 * nothing is changed; KEVO_E_PANIC.
 * Threads: no other may be using `scan`.
 */
int kevo_scan_set_upper(struct kevo_scan *scan,
                        const void *key,
                        size_t len,
                        int inclusive);

/**
 * Sets a prefix: keys that do not begin with it are left out; the empty one, the default, leaves none out. It is
 * copied. Bounds and prefix intersect.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `prefix` is and `len` is not 0; KEVO_E_NO_MEMORY,
 * and nothing is changed; KEVO_E_PANIC.
 * Threads: no other may be using `scan`.
 */
int kevo_scan_set_prefix(struct kevo_scan *scan,
                         const void *prefix,
                         size_t len);

/**
 * Sets the bound on sequence numbers: versions above it are not seen. KEVO_SEQUENCE_LATEST, the default, bounds
 * nothing.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `scan`.
 */
int kevo_scan_set_max_sequence(struct kevo_scan *scan,
                               uint64_t sequence);

/**
 * Sets which versions a scan gives: KEVO_SCAN_ALL_VERSIONS and KEVO_SCAN_TOMBSTONES, or-ed; 0 is the default.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL or another bit is set, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `scan`.
 */
int kevo_scan_set_flags(struct kevo_scan *scan, uint32_t flags);

/**
 * Makes an iterator over all memtables of a list together. It gives the newest version of each key that is at or below
 * the scan's bound, or the versions that the scan asks for.
 *
 * It sees the list as it is now, whatever is written meanwhile. `scan` is copied; it may be NULL, for all keys.
 * `*iterator` is set to the iterator, which the caller frees with kevo_iterator_free; on failure to NULL.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `list` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, and while others write.
 */
int kevo_memtable_list_iterator(const struct kevo_memtable_list *list,
                                const struct kevo_scan *scan,
                                struct kevo_iterator **iterator);

/**
 * Makes an iterator over one memtable. Everything else is as in kevo_memtable_list_iterator.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `memtable` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, and while others write.
 */
int kevo_memtable_iterator(const struct kevo_memtable *memtable,
                           const struct kevo_scan *scan,
                           struct kevo_iterator **iterator);

/**
 * Makes an iterator over one table. It gives the newest version of each key that is at or below the scan's bound, or
 * the versions that the scan asks for. What a table has no sequence number for counts as 0.
 *
 * `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator, which the caller frees with
 * kevo_iterator_free; on failure to NULL. It keeps the table alive, and its file open. `*error` is set as by
 * kevo_table_open.
 *
 * The iterator reads blocks as it moves. Entries are valid until it moves; those of kevo_iterator_next_batch until the
 * next call of that, which gives fewer than fit where they would keep more than about 1 MiB of blocks in memory. A
 * move that needs a damaged block returns KEVO_E_CORRUPT, until the iterator goes elsewhere, unless the table was
 * opened with KEVO_RECOVERY_SKIP_CORRUPTED.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `table` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_table_iterator(const struct kevo_table *table,
                        const struct kevo_scan *scan,
                        struct kevo_iterator **iterator,
                        struct kevo_error **error);

/**
 * What the last move of an iterator failed with.
 *
 * Returns: the error, which belongs to the iterator and lives until it moves again or is freed; NULL if the last move
 * did not fail, there was no memory for the error, or `iterator` is NULL.
 * Threads: any number at once, while none moves the iterator.
 */
const struct kevo_error *kevo_iterator_error(const struct kevo_iterator *iterator);

/**
 * Brings an iterator over a database to now: it is as if it had been made by this call, with the same scan, and is
 * before the first entry. It lets go of what was replaced since. What it gave is not valid any more.
 *
 * `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller
 * frees with kevo_error_free. After a failure the iterator is as it was.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `iterator` is NULL, or goes through a snapshot or a transaction, or
 * through something else than a database; KEVO_E_CLOSED if the database was closed; KEVO_E_IO and KEVO_E_CORRUPT
 * from reading; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_refresh(struct kevo_iterator *iterator,
                          struct kevo_error **error);

/**
 * Goes to the first entry.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_first(struct kevo_iterator *iterator);

/**
 * Goes to the last entry.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_last(struct kevo_iterator *iterator);

/**
 * Goes to the first entry whose key is `key` or comes after it.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL, or `key` is and `len` is not 0; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_seek(struct kevo_iterator *iterator, const void *key, size_t len);

/**
 * Goes to the last entry whose key is `key` or comes before it. If that key has several versions, it goes to the
 * oldest.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL, or `key` is and `len` is not 0; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_seek_for_prev(struct kevo_iterator *iterator,
                                const void *key,
                                size_t len);

/**
 * Goes to the next entry; an iterator that is before the first goes to the first.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_next(struct kevo_iterator *iterator);

/**
 * Goes to the previous entry; an iterator that is after the last goes to the last.
 *
 * Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
 * `iterator` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_prev(struct kevo_iterator *iterator);

/**
 * Gives the entry that an iterator is on.
 *
 * `*entry` is set to it; its key and value are the list's own bytes (see kevo_slice), and stay when the iterator moves
 * on. Those of a table or a database are valid until it moves.
 *
 * Returns: KEVO_OK; KEVO_END if the iterator is on none, and nothing is set; KEVO_E_INVALID_ARGUMENT if a pointer is
 * NULL; KEVO_E_PANIC.
 * Threads: any number at once, while none moves the iterator.
 */
int kevo_iterator_entry(const struct kevo_iterator *iterator,
                        struct kevo_entry *entry);

/**
 * Gives the next entries, at most `capacity`, and goes to the last one given.
 *
 * `entries` is an array of `capacity`, at least 1. `*count` is set to how many of it are set; of a table or a database
 * they can be fewer although there are more (see kevo_table_iterator).
 *
 * Returns: KEVO_OK: `*count` is at least 1; KEVO_END: there are no more, `*count` is 0 and the iterator is after the
 * last; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `capacity` is 0, and nothing is set; KEVO_E_PANIC.
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_next_batch(struct kevo_iterator *iterator,
                             struct kevo_entry *entries,
                             size_t capacity,
                             size_t *count);

/**
 * Copies the next entries into the caller's buffer, one directly after the other, as many as fit whole, and goes to
 * the last one given. It is for callers that cannot follow pointers cheaply.
 *
 * Each entry is: u32 key length, u32 value length (0 for a delete), u64 sequence number, u32 KEVO_OP_PUT or
 * KEVO_OP_DELETE, u32 zero, all little-endian; then the key, then the value; then the next entry, with no gap.
 * `*used` is set to how many bytes of the buffer are set, `*count` to how many entries they are.
 *
 * Returns:
 * KEVO_OK: `*count` is at least 1.
 * KEVO_END: there are no more; `*used` and `*count` are 0 and the iterator is after the last.
 * KEVO_E_BUFFER_TOO_SMALL: not even the next entry fits; `*used` is set to the bytes that it needs, `*count` is not
 * set, and the iterator stays where it is.
 * KEVO_E_INVALID_ARGUMENT: `iterator`, `used` or `count` is NULL, or `buffer` is and `capacity` is not 0; nothing is
 * set.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: no other may be using the iterator.
 */
int kevo_iterator_next_packed(struct kevo_iterator *iterator,
                              void *buffer,
                              size_t capacity,
                              size_t *used,
                              size_t *count);

/**
 * Frees an iterator. NULL is allowed. Slices that it gave live as long as the list; those of a table or a database
 * end with it.
 *
 * Threads: no other may be using it.
 */
void kevo_iterator_free(struct kevo_iterator *iterator);

/**
 * Makes a pin that holds nothing.
 *
 * Returns: the pin, which the caller frees with kevo_pinned_free; NULL if there is no memory, or after an error in the
 * library.
 * Threads: any number at once.
 */
struct kevo_pinned *kevo_pinned_new(void);

/**
 * Frees a pin. NULL is allowed. The values that it held are not valid any more.
 *
 * Threads: no other may be using it, or what it holds.
 */
void kevo_pinned_free(struct kevo_pinned *pinned);

/**
 * Lets go of what a pin holds. The values that it held are not valid any more; the pin can be used again. NULL is
 * allowed.
 *
 * Threads: no other may be using it, or what it holds.
 */
void kevo_pinned_reset(struct kevo_pinned *pinned);

/**
 * Opens a table.
 *
 * `path` is the path of the file, with a NUL at its end; the name does not matter. Nothing that is damaged is passed
 * over: footer, index and all of this library's sections must be intact. A damaged block is an error only to what
 * needs it.
 *
 * `*table` is set to the table, which the caller frees with kevo_table_free; on failure to NULL. `*error`, if `error`
 * is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller frees with
 * kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it is NULL.)
 *
 * Returns:
 * KEVO_OK: open.
 * KEVO_E_INVALID_ARGUMENT: `path` or `table` is NULL.
 * KEVO_E_IO: the file could not be opened or read.
 * KEVO_E_CORRUPT: it is damaged, or not a table; the error has the place.
 * KEVO_E_UNSUPPORTED: a newer version of this library wrote it.
 * KEVO_E_NO_MEMORY: there is not enough memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once.
 */
int kevo_table_open(const char *path,
                    struct kevo_table **table,
                    struct kevo_error **error);

/**
 * Opens a table as kevo_table_open does, and says what to do about damage.
 *
 * `mode` is KEVO_RECOVERY_ABSOLUTE, with which this is kevo_table_open, or KEVO_RECOVERY_SKIP_CORRUPTED, with which
 * everything that is intact can be read: iterators go past damaged blocks, and if index, footer or a section is
 * damaged, blocks are found by their own structure and checksums. A get of a key that damage may hide is
 * KEVO_E_CORRUPT nevertheless. kevo_table_damage lists what was damaged.
 *
 * Returns: as kevo_table_open, but with KEVO_RECOVERY_SKIP_CORRUPTED never KEVO_E_CORRUPT; KEVO_E_INVALID_ARGUMENT
 * also if `mode` is neither.
 * Threads: any number at once.
 */
int kevo_table_open_mode(const char *path,
                         int mode,
                         struct kevo_table **table,
                         struct kevo_error **error);

/**
 * Frees a table. NULL is allowed. Its iterators, and values that are pinned, stay valid.
 *
 * Threads: no other may be using it.
 */
void kevo_table_free(struct kevo_table *table);

/**
 * Looks a key up in a table: the newest version that is in it.
 *
 * `*value` is set to the table's own bytes, which `pinned` holds: they are valid until `pinned` is used again, reset
 * or freed, also after the table is freed. `pinned` and `value` may both be NULL: then it asks whether the key is
 * there. `sequence` may be NULL; `*sequence` is set to the sequence number of the version, 0 if the table has none.
 * `key` may be bytes that `pinned` holds. `pinned` lets go of what it held, unless KEVO_E_INVALID_ARGUMENT is
 * returned. `*error` is set as by kevo_table_open.
 *
 * Returns:
 * KEVO_OK: found; `*value` and `*sequence` are set.
 * KEVO_DELETED: the version is a delete; `*sequence` is set.
 * KEVO_NOT_FOUND: the table does not have the key; nothing is set.
 * KEVO_E_INVALID_ARGUMENT: `table` is NULL, `key` is and `key_len` is not 0, or `value` is not NULL and `pinned` is.
 * KEVO_E_CORRUPT: the block that has the key, if any has, is damaged; the error has file and offset.
 * KEVO_E_IO: the block could not be read.
 * KEVO_E_NO_MEMORY: there is not enough memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, each with a `pinned` of its own.
 */
int kevo_table_get(const struct kevo_table *table,
                   const void *key,
                   size_t key_len,
                   struct kevo_pinned *pinned,
                   struct kevo_slice *value,
                   uint64_t *sequence,
                   struct kevo_error **error);

/**
 * A number that says something about a table: `stat` is a KEVO_TABLE_STAT_*. Of a table that was opened with
 * KEVO_RECOVERY_SKIP_CORRUPTED, only what is intact counts.
 *
 * Returns: the number; 0 if `table` is NULL, `stat` is none of these, or what would say it is damaged.
 * Threads: any number at once.
 */
uint64_t kevo_table_stat(const struct kevo_table *table, int stat);

/**
 * How many parts the file of a table has, as far as they are known.
 *
 * Returns: the number; 0 if `table` is NULL.
 * Threads: any number at once.
 */
size_t kevo_table_part_count(const struct kevo_table *table);

/**
 * One part of the file of a table, for tools that show where everything is; `index` counts from 0. Blocks come in the
 * order of their keys, then all other parts in the order of the file. Bytes that are in no part are of no account to
 * this library.
 *
 * `*kind` is set to a KEVO_TABLE_PART_*, `*offset` and `*length` to where the part starts in the file and how long it
 * is, in bytes.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_table_part(const struct kevo_table *table,
                    size_t index,
                    int *kind,
                    uint64_t *offset,
                    uint64_t *length);

/**
 * Reads the whole file of a table again, and compares everything in it that has to agree.
 *
 * `*error` is set as by kevo_table_open; if anything is damaged, it has the place of the first damage in the file.
 * kevo_table_damage gives all of it.
 *
 * Returns: KEVO_OK: all is well; KEVO_E_CORRUPT: it is damaged; KEVO_E_INVALID_ARGUMENT if `table` is NULL; KEVO_E_IO;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_table_verify(const struct kevo_table *table,
                      struct kevo_error **error);

/**
 * Does what kevo_table_verify does, and lists all damage.
 *
 * `*report` is set to a report with every stretch of damage, in the order of the file, none if all is well, which the
 * caller frees with kevo_recovery_report_free; on failure to NULL. Of its statistics it has KEVO_STAT_FILES,
 * KEVO_STAT_BYTES and KEVO_STAT_BYTES_DAMAGED. `*error` is set as by kevo_table_open.
 *
 * Returns: KEVO_OK: the file was read, and the report says what is damaged; KEVO_E_INVALID_ARGUMENT if `table` or
 * `report` is NULL; KEVO_E_IO; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_table_damage(const struct kevo_table *table,
                      struct kevo_recovery_report **report,
                      struct kevo_error **error);

/**
 * Makes options with the defaults, which each setter names.
 *
 * Returns: the options, which the caller frees with kevo_db_options_free; NULL if there is no memory, or after an
 * error in the library.
 * Threads: any number at once.
 */
struct kevo_db_options *kevo_db_options_new(void);

/**
 * Frees options. NULL is allowed. Databases that were opened with them are not affected.
 *
 * Threads: no other may be using them.
 */
void kevo_db_options_free(struct kevo_db_options *options);

/**
 * Sets whether a database is made where there is none: the directory, too, if only that is missing of the path. 0 is
 * no, anything else yes, the default.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_create_if_missing(struct kevo_db_options *options,
                                          int yes);

/**
 * Sets whether opening fails with KEVO_E_EXISTS if there is a database. 0, the default, is no, anything else yes.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_error_if_exists(struct kevo_db_options *options,
                                        int yes);

/**
 * Sets whether the database is only read: nothing on disk changes, and no lock is taken, so that another process may
 * write to it meanwhile. What the logs hold is kept in memory as long as the database is open, since it cannot be
 * flushed: about their size, and 40 bytes an entry. 0, the default, is no, anything else yes.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_read_only(struct kevo_db_options *options,
                                  int yes);

/**
 * Sets how the logs are recovered. The mode, the threads, the progress callback, and whether logs that Kevo has set
 * aside are taken in are copied, each only if it was set in `recovery`; the others stay as they are in `options`.
 * They begin as KEVO_RECOVERY_TOLERATE_TORN_TAIL, one thread for each core, no callback, and set-aside logs taken
 * in. Limits on memtables are of no account here.
 *
 * A progress callback is called during kevo_db_open, and can cancel it.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL, or `recovery` has KEVO_ORDER_SEQUENCE or a maximum
 * sequence number, and nothing is changed: a database is recovered whole, in the order of the log; KEVO_E_PANIC.
 * Threads: no other may be using `options`, or changing `recovery`.
 */
int kevo_db_options_set_recovery(struct kevo_db_options *options,
                                 const struct kevo_recovery_options *recovery);

/**
 * Sets the size, in bytes, from which on a memtable is full and is flushed: key length + value length + 16 of each put
 * and delete in it. The default is 32 MiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_memtable_size(struct kevo_db_options *options,
                                      uint64_t bytes);

/**
 * Sets how many memtables may wait for their flush; while there are as many, writers wait. The default is 4.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_max_memtables(struct kevo_db_options *options, size_t count);

/**
 * Sets when what was written is brought to disk: KEVO_SYNC_NONE, KEVO_SYNC_BYTES, KEVO_SYNC_ALWAYS, which is the
 * default, or KEVO_SYNC_BUFFERED. `bytes` is of account for KEVO_SYNC_BYTES only; 0 is the default, 1 MiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `mode` is none of these, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_sync(struct kevo_db_options *options,
                             int mode,
                             uint64_t bytes);

/**
 * Sets the size of a log, in bytes, from which on it is ended and the next one begun. The default is 64 MiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_log_size(struct kevo_db_options *options, uint64_t bytes);

/**
 * Sets whether the log is written through a map of its end, without a system call for each write, on file systems
 * where that can be done; elsewhere it is written as usual. 0, the default, is no, anything else yes.
 *
 * It is off because of what happens if the disk fails, or if somebody truncates the log: the system then ends the
 * process with SIGBUS.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_log_mapped(struct kevo_db_options *options,
                                   int yes);

/**
 * Sets how many bytes of logs are kept after all that they hold is in tables, for readers of the log. The default is
 * 0.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_log_retention(struct kevo_db_options *options,
                                      uint64_t bytes);

/**
 * Sets the size of a table, in bytes, about. The default is 64 MiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_table_size(struct kevo_db_options *options, uint64_t bytes);

/**
 * Sets the size of a block, in bytes, about: as much is read from disk for one key. The default is 4 KiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL, or `bytes` is 0 or above 1 GiB, and nothing is
 * changed; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_block_size(struct kevo_db_options *options,
                                   size_t bytes);

/**
 * Sets how many bytes of memory blocks, indexes and filters of tables take, about. With 0, blocks are read anew for
 * each call. The default is 64 MiB.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_cache_size(struct kevo_db_options *options,
                                   uint64_t bytes);

/**
 * Sets how many bits a key has in the filters of the tables that are written; 0 is no filter, and the most is 64. The
 * default is 10, with which one lookup in a hundred reads a block in vain.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bits_per_key` is above 64, and nothing is
 * changed; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_filter_bits(struct kevo_db_options *options,
                                    unsigned int bits_per_key);

/**
 * Sets how tables are merged, KEVO_COMPACTION_TIERED, which is the default, KEVO_COMPACTION_LEVELED or
 * KEVO_COMPACTION_NONE, and how many threads do that; 0 is the default, 2, and more than 256 are not started.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `style` is none of these, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_compaction(struct kevo_db_options *options,
                                   int style,
                                   size_t threads);

/**
 * Sets how many bytes a second a compaction writes at most. The default is 0: as many as it can.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_compaction_rate(struct kevo_db_options *options, uint64_t bytes_per_second);

/**
 * Sets how many files of tables are open at once; there can be one more for each thread that reads. The default is
 * 1000.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
 * KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_max_open_files(struct kevo_db_options *options,
                                       size_t count);

/**
 * Sets a function that is told what happens in the database (see kevo_log_callback); NULL, the default, is none.
 * `user` is passed to it as it is. Both must stay usable until every database that was opened with these options is
 * closed.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
 * Threads: no other may be using `options`.
 */
int kevo_db_options_set_logger(struct kevo_db_options *options,
                               kevo_log_callback log,
                               void *user);

/**
 * Opens the database in a directory, Kevo's or this library's, or makes one.
 *
 * `path` is the path of the directory, with a NUL at its end. `options` may be NULL, for the defaults; they are
 * copied.
 *
 * On success `*db` is set to the database, which the caller ends with kevo_db_close; on failure to NULL, and nothing
 * in the directory has changed (but a file LOCK can be there). `*report`, if `report` is not NULL, is set to what
 * recovery found, on failure too: as far as it got; the caller frees it with kevo_recovery_report_free. `*error`, if
 * `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller frees with
 * kevo_error_free. (After KEVO_E_PANIC, report and error are NULL. Where there is no memory for one of them, it is
 * NULL, and the code is KEVO_E_NO_MEMORY.)
 *
 * A database is locked for the process that has it open for writing; the lock ends with the process.
 *
 * Returns: KEVO_OK: open; see the report for damage that the mode passed over. KEVO_E_INVALID_ARGUMENT: `path` or
 * `db` is NULL. KEVO_E_LOCKED: it is open for writing, in another process or in this one; the message names the
 * process by its number. KEVO_E_NOT_A_DATABASE: there is nothing, and none is to be made; or there is something
 * else. KEVO_E_EXISTS: there is a database, and there must be none. KEVO_E_IO: a file could not be read or written.
 * KEVO_E_CORRUPT: damage that the mode does not pass over, or a file that is gone; the error names it.
 * KEVO_E_UNSUPPORTED: a newer version of this library wrote it. KEVO_E_CANCELLED: the progress callback asked for
 * it. KEVO_E_NO_MEMORY: there is not enough memory. KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, with options that none changes.
 */
int kevo_db_open(const char *path,
                 const struct kevo_db_options *options,
                 struct kevo_db **db,
                 struct kevo_recovery_report **report,
                 struct kevo_error **error);

/**
 * Closes a database and frees its handle, whatever happens: ends its threads, syncs what was written, flushes what
 * waits for it, and releases the lock. A compaction that is running is given up; nothing is lost by that.
 *
 * Snapshots, iterators, and values that are pinned stay valid. Calls of other threads that are running end with what
 * they would have returned, or with KEVO_E_CLOSED. A process that exits without this loses nothing that was
 * acknowledged, but for what the sync mode says. `*error` is set as by kevo_db_open.
 *
 * Returns:
 * KEVO_OK: closed, and all that was written is on disk.
 * KEVO_E_INVALID_ARGUMENT: `db` is NULL.
 * KEVO_E_CLOSED: another thread has closed it, or this process was forked from the one that opened it.
 * KEVO_E_IO, KEVO_E_FAILED, KEVO_E_NO_MEMORY: closed, but what was not synced before may not be on disk.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once; others may be using the handle, but no call may begin later than shortly after.
 */
int kevo_db_close(struct kevo_db *db,
                  struct kevo_error **error);

/**
 * Removes a database that is closed: its files, by their names, and the directories that are empty then. Files that
 * are not a database's stay, and so do the directories that they are in.
 *
 * `path` is the path of the directory, with a NUL at its end. `*error` is set as by kevo_db_open. If it fails on the
 * way, it can be called again.
 *
 * Free the snapshots and iterators of the database first. Reads of one that is left may fail with KEVO_E_IO: a table
 * whose descriptor was closed for max_open_files cannot be opened again.
 *
 * Returns:
 * KEVO_OK: removed.
 * KEVO_E_INVALID_ARGUMENT: `path` is NULL.
 * KEVO_E_LOCKED: it is open for writing.
 * KEVO_E_NOT_A_DATABASE: there is none.
 * KEVO_E_IO: a file or directory could not be removed.
 * KEVO_E_NO_MEMORY: there is not enough memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once.
 */
int kevo_db_destroy(const char *path,
                    struct kevo_error **error);

/**
 * Makes an empty batch.
 *
 * Returns: the batch, which the caller frees with kevo_batch_free; NULL if there is no memory, or after an error in
 * the library.
 * Threads: any number at once.
 */
struct kevo_batch *kevo_batch_new(void);

/**
 * Frees a batch. NULL is allowed. What was written of it is not affected.
 *
 * Threads: no other may be using it.
 */
void kevo_batch_free(struct kevo_batch *batch);

/**
 * Takes everything out of a batch. It keeps its memory, for what is put into it next. NULL is allowed.
 *
 * Threads: no other may be using it.
 */
void kevo_batch_clear(struct kevo_batch *batch);

/**
 * Adds a put to a batch. Key and value are copied; they must not be bytes of this batch itself.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `batch` is NULL, or a pointer to bytes is and their number is not 0;
 * KEVO_E_TOO_LARGE if the key has more than 16 MiB or the value more than 1 GiB; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * After a failure the batch is as it was.
 * Threads: no other may be using the batch.
 */
int kevo_batch_put(struct kevo_batch *batch,
                   const void *key,
                   size_t key_len,
                   const void *value,
                   size_t value_len);

/**
 * Adds a delete to a batch. The key is copied; it must not be bytes of this batch itself.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `batch` is NULL, or `key` is and `key_len` is not 0; KEVO_E_TOO_LARGE
 * if the key has more than 16 MiB; KEVO_E_NO_MEMORY; KEVO_E_PANIC. After a failure the batch is as it was.
 * Threads: no other may be using the batch.
 */
int kevo_batch_delete(struct kevo_batch *batch,
                      const void *key,
                      size_t key_len);

/**
 * Adds all operations of another batch, which may be the same one.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC. After a failure the
 * batch is as it was.
 * Threads: no other may be using `batch`, or changing `other`.
 */
int kevo_batch_append(struct kevo_batch *batch,
                      const struct kevo_batch *other);

/**
 * Gives one operation of a batch; `index` counts from 0, in the order in which they were added.
 *
 * `*entry` is set to it, with the sequence number 0. Its key and value are the batch's own bytes, and valid until the
 * batch changes or is freed.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
 * KEVO_E_PANIC.
 * Threads: any number at once, while none changes the batch.
 */
int kevo_batch_entry(const struct kevo_batch *batch,
                     size_t index,
                     struct kevo_entry *entry);

/**
 * How many operations a batch has.
 *
 * Returns: the number; 0 if `batch` is NULL.
 * Threads: any number at once, while none changes the batch.
 */
size_t kevo_batch_count(const struct kevo_batch *batch);

/**
 * How many bytes of log a batch will take.
 *
 * Returns: the number; 0 if `batch` is NULL.
 * Threads: any number at once, while none changes the batch.
 */
uint64_t kevo_batch_size(const struct kevo_batch *batch);

/**
 * Gives a key a value.
 *
 * The write is atomic, and by the sync mode on disk when the call returns KEVO_OK; every later read sees it. Key and
 * value are copied: a key has at most 16 MiB, a value at most 1 GiB, and both may be empty. `flags` is 0 or
 * KEVO_WRITE_*, or-ed. `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went
 * wrong, which the caller frees with kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it
 * is NULL.)
 *
 * If memtables are full, the call waits until one is flushed.
 *
 * Returns:
 * KEVO_OK: written.
 * KEVO_E_INVALID_ARGUMENT: `db` is NULL, a pointer to bytes is NULL and their number is not 0, or flags are unknown or
 * contradict each other.
 * KEVO_E_TOO_LARGE: key or value are too large; nothing is written.
 * KEVO_E_BUSY: with KEVO_WRITE_NO_WAIT, it would have to wait; nothing is written.
 * KEVO_E_READ_ONLY, KEVO_E_CLOSED: nothing is written.
 * KEVO_E_IO: it could not be written or synced. It may be there when the database is opened again, or not; after
 * kevo_db_resume it is not.
 * KEVO_E_FAILED: an earlier write, sync or flush failed; nothing is written until kevo_db_resume or a new opening.
 * KEVO_E_NO_MEMORY: there is not enough memory; nothing is written.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once; those that write at the same time share one append to the log and one sync.
 */
int kevo_db_put(struct kevo_db *db,
                const void *key,
                size_t key_len,
                const void *value,
                size_t value_len,
                uint32_t flags,
                struct kevo_error **error);

/**
 * Deletes a key. It is no error if it is not there. Everything else is as in kevo_db_put.
 *
 * Returns: as kevo_db_put.
 * Threads: any number at once.
 */
int kevo_db_delete(struct kevo_db *db,
                   const void *key,
                   size_t key_len,
                   uint32_t flags,
                   struct kevo_error **error);

/**
 * Writes a batch: all of it or nothing, in every crash, and visible at one moment. The batch stays as it is, and can
 * be written again. Everything else is as in kevo_db_put.
 *
 * `*sequence`, if `sequence` is not NULL, is set to the sequence number of the last operation. An empty batch is
 * KEVO_OK; its sequence number is that of the last write.
 *
 * Returns: as kevo_db_put, KEVO_E_INVALID_ARGUMENT also if `batch` is NULL, KEVO_E_TOO_LARGE if it takes more than 4
 * GiB of log.
 * Threads: any number at once, while none changes the batch.
 */
int kevo_db_write(struct kevo_db *db,
                  const struct kevo_batch *batch,
                  uint32_t flags,
                  uint64_t *sequence,
                  struct kevo_error **error);

/**
 * Deletes every key that is there, from `begin` on and below `end`, as one batch; no write of another thread comes
 * between. (NULL, 0) as `begin` is from the first key on, and as `end` up to the last.
 *
 * `*count` is set to how many keys that were, on success. With KEVO_WRITE_IN_PIECES the keys are deleted in several
 * batches, each atomic for itself: other writes come between, and after a failure the first pieces may be deleted.
 * Everything else is as in kevo_db_put.
 *
 * Returns: as kevo_db_put, KEVO_E_INVALID_ARGUMENT also if `count` is NULL, KEVO_E_TOO_LARGE if the batch would take
 * more than 4 GiB of log; KEVO_E_CORRUPT and KEVO_E_IO also from reading the range.
 * Threads: any number at once; other writers wait while the range is read.
 */
int kevo_db_delete_range(struct kevo_db *db,
                         const void *begin,
                         size_t begin_len,
                         const void *end,
                         size_t end_len,
                         uint32_t flags,
                         uint64_t *count,
                         struct kevo_error **error);

/**
 * Brings to disk all that was acknowledged before. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY,
 * KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as kevo_db_put.
 * Threads: any number at once.
 */
int kevo_db_sync(struct kevo_db *db, struct kevo_error **error);

/**
 * Takes writes again after a failure, when its cause is gone: makes what memory holds durable anew, and begins a new
 * log. A database that has not failed stays as it is. Writes that failed are gone then. It waits for a flush and a
 * compaction that run meanwhile: what they fail with counts as a failure before. `*error` is set as by kevo_db_put.
 *
 * Returns:
 * KEVO_OK: writes go on.
 * KEVO_E_INVALID_ARGUMENT: `db` is NULL.
 * KEVO_E_IO: the cause is still there, and nothing has changed; it can be tried again.
 * KEVO_E_READ_ONLY, KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
 *
 * Threads: any number at once.
 */
int kevo_db_resume(struct kevo_db *db,
                   struct kevo_error **error);

/**
 * Makes a snapshot of a database as it is now: of all writes that have been acknowledged, and of none that comes
 * later.
 *
 * `*snapshot` is set to the snapshot, which the caller frees with kevo_snapshot_free; on failure to NULL. `*error`
 * is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `snapshot` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_snapshot(const struct kevo_db *db,
                     struct kevo_snapshot **snapshot,
                     struct kevo_error **error);

/**
 * Frees a snapshot. NULL is allowed. Its iterators, and values that are pinned, stay valid.
 *
 * Threads: no other may be using it.
 */
void kevo_snapshot_free(struct kevo_snapshot *snapshot);

/**
 * The highest sequence number that a snapshot sees.
 *
 * Returns: the number; 0 if `snapshot` is NULL.
 * Threads: any number at once.
 */
uint64_t kevo_snapshot_sequence(const struct kevo_snapshot *snapshot);

/**
 * Looks a key up in a snapshot, as kevo_db_get does, also after the database was closed.
 *
 * Returns: as kevo_db_get, KEVO_E_INVALID_ARGUMENT if `snapshot` is NULL, KEVO_E_CLOSED in a process that was forked.
 * Threads: any number at once, each with a `pinned` of its own.
 */
int kevo_snapshot_get(const struct kevo_snapshot *snapshot,
                      const void *key,
                      size_t key_len,
                      struct kevo_pinned *pinned,
                      struct kevo_slice *value,
                      struct kevo_error **error);

/**
 * Makes an iterator over a snapshot, as kevo_db_iterator does, also after the database was closed.
 *
 * Returns: as kevo_db_iterator, KEVO_E_INVALID_ARGUMENT if `snapshot` is NULL, KEVO_E_CLOSED in a process that was
 * forked.
 * Threads: any number at once.
 */
int kevo_snapshot_iterator(const struct kevo_snapshot *snapshot,
                           const struct kevo_scan *scan,
                           struct kevo_iterator **iterator,
                           struct kevo_error **error);

/**
 * Looks a key up in a database, as it is now, or as it was at the moment of a snapshot.
 *
 * `snapshot` may be NULL, for now. `*value` is set to the database's own bytes, which `pinned` holds: they are valid
 * until `pinned` is used again, reset or freed, also after the database is closed. `pinned` and `value` may both be
 * NULL: then it asks whether the key is there. `key` may be bytes that `pinned` holds. `pinned` lets go of what it
 * held, unless KEVO_E_INVALID_ARGUMENT or KEVO_E_CLOSED is returned. `*error` is set as by kevo_db_put.
 *
 * Returns:
 * KEVO_OK: found; `*value` is set.
 * KEVO_DELETED: it was deleted, and that is still known; nothing is set.
 * KEVO_NOT_FOUND: it is not there; nothing is set.
 * KEVO_E_INVALID_ARGUMENT: `db` is NULL, `key` is and `key_len` is not 0, or `value` is not NULL and `pinned` is.
 * KEVO_E_CORRUPT: the block that has the key, if any has, is damaged; the error has file and offset.
 * KEVO_E_IO: the block could not be read.
 * KEVO_E_CLOSED: the database was closed, or this process was forked from the one that opened it.
 * KEVO_E_NO_MEMORY: there is not enough memory.
 * KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, each with a `pinned` of its own. It never waits for a writer.
 */
int kevo_db_get(const struct kevo_db *db,
                const struct kevo_snapshot *snapshot,
                const void *key,
                size_t key_len,
                struct kevo_pinned *pinned,
                struct kevo_slice *value,
                struct kevo_error **error);

/**
 * Looks a key up in a database, as kevo_db_get does, and copies the value.
 *
 * `buffer` has room for `capacity` bytes; (NULL, 0) asks for the length alone, which is KEVO_OK. `*value_len` is set
 * to the length of the value, if it is found. `key` must not be bytes of `buffer`.
 *
 * Returns: as kevo_db_get, and: KEVO_OK: found and copied. KEVO_E_BUFFER_TOO_SMALL: found, but the value has more
 * than `capacity` bytes; `*value_len` is set, nothing is copied. KEVO_E_INVALID_ARGUMENT: also if `value_len` is
 * NULL, or `buffer` is and `capacity` is not 0.
 *
 * Threads: any number at once. It never waits for a writer.
 */
int kevo_db_get_copy(const struct kevo_db *db,
                     const struct kevo_snapshot *snapshot,
                     const void *key,
                     size_t key_len,
                     void *buffer,
                     size_t capacity,
                     size_t *value_len,
                     struct kevo_error **error);

/**
 * Looks several keys up in a database, all at one moment.
 *
 * `keys` is an array of `count` keys; (NULL, 0) is none. `codes` is an array as long, which is set to what
 * kevo_db_get would return for each key, which may be a failure: KEVO_E_CORRUPT, KEVO_E_IO, KEVO_E_NO_MEMORY.
 * `values`, if it is not NULL, is as long, too; where the code is KEVO_OK, it is set to the value, which `pinned`
 * holds until it is used again, reset or freed. `pinned` and `values` may both be NULL. Keys may be bytes that
 * `pinned` holds. `*error` is set as by kevo_db_put, but not by the failures in `codes`.
 *
 * Returns: KEVO_OK: all of `codes` is set; KEVO_E_INVALID_ARGUMENT: `db` is NULL, `keys` or `codes` is and `count`
 * is not 0, a key is (NULL, n > 0), or `values` is not NULL and `pinned` is, and nothing is set; KEVO_E_CLOSED;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, each with a `pinned` of its own.
 */
int kevo_db_multi_get(const struct kevo_db *db,
                      const struct kevo_snapshot *snapshot,
                      const struct kevo_slice *keys,
                      size_t count,
                      struct kevo_pinned *pinned,
                      struct kevo_slice *values,
                      int *codes,
                      struct kevo_error **error);

/**
 * Makes an iterator over a database, as it is now, or as it was at the moment of a snapshot. It gives the newest
 * version of each key, and with KEVO_SCAN_TOMBSTONES also the deletes that are still known.
 *
 * `snapshot` may be NULL, for now. `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator,
 * which the caller frees with kevo_iterator_free; on failure to NULL. `*error` is set as by kevo_db_put.
 *
 * The iterator sees one moment, whatever is written meanwhile, and stays valid after the database was closed. It
 * keeps in memory the memtables of its moment, and on disk the tables that were replaced since;
 * kevo_iterator_refresh brings it to now. It reads blocks as it moves. Entries are valid until it moves; those of
 * kevo_iterator_next_batch until the next call of that, which gives fewer than fit where they would keep more than
 * about 1 MiB of blocks in memory.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `iterator` is NULL, or the scan has KEVO_SCAN_ALL_VERSIONS or a
 * maximum sequence number, since tables keep one version of a key; KEVO_E_CLOSED; KEVO_E_IO; KEVO_E_CORRUPT;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, and while others write.
 */
int kevo_db_iterator(const struct kevo_db *db,
                     const struct kevo_snapshot *snapshot,
                     const struct kevo_scan *scan,
                     struct kevo_iterator **iterator,
                     struct kevo_error **error);

/**
 * Begins a transaction. It sees the database as it is now, and its own writes.
 *
 * `flags` is 0 or KEVO_TRANSACTION_*, or-ed. With 0, transactions go on beside each other, and a commit finds out
 * whether what was read is still so; if not, it gives KEVO_E_CONFLICT, and the transaction is to be run again. With
 * KEVO_TRANSACTION_EXCLUSIVE it waits for others that are exclusive first, and conflicts only with plain writes and
 * with transactions that are not exclusive. `timeout_ms` limits this wait, and how long the transaction may live, both
 * counted from this call, in milliseconds; 0 is no limit. One that outlives it releases what it held at once, also if
 * nobody uses it, and each call of it gives KEVO_E_EXPIRED. `*transaction` is set to the transaction, which the caller
 * frees with kevo_transaction_free; on failure to NULL. `*error` is set as by kevo_db_put.
 *
 * Of a database that was opened read-only, every transaction is.
 *
 * Returns: KEVO_OK; KEVO_E_BUSY if other exclusive transactions took longer than `timeout_ms`; KEVO_E_INVALID_ARGUMENT
 * if `db` or `transaction` is NULL, or flags are unknown; KEVO_E_CLOSED, also if the database is closed while this
 * waits; KEVO_E_IO if no thread can be started that watches the time; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once. A thread that has an exclusive transaction must not wait for another without a limit.
 */
int kevo_transaction_begin(struct kevo_db *db,
                           uint32_t flags,
                           uint64_t timeout_ms,
                           struct kevo_transaction **transaction,
                           struct kevo_error **error);

/**
 * Gives a key a value in a transaction. Nobody else sees it before the commit. Key and value are copied, and have the
 * same limits as in kevo_db_put. `*error` is set as by kevo_db_put.
 *
 * Returns:
 * KEVO_OK: written, in the transaction.
 * KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or a pointer to bytes is NULL and their number is not 0.
 * KEVO_E_TOO_LARGE: key or value are too large, or the transaction would take more than 4 GiB of log.
 * KEVO_E_READ_ONLY: the transaction or its database is read-only.
 * KEVO_E_EXPIRED: the transaction outlived its time limit.
 * KEVO_E_CLOSED: this process was forked from the one that began it.
 * KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put. After a failure the transaction is as it was.
 *
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_put(struct kevo_transaction *transaction,
                         const void *key,
                         size_t key_len,
                         const void *value,
                         size_t value_len,
                         struct kevo_error **error);

/**
 * Deletes a key in a transaction. It is no error if it is not there. Everything else is as in kevo_transaction_put.
 *
 * Returns: as kevo_transaction_put.
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_delete(struct kevo_transaction *transaction,
                            const void *key,
                            size_t key_len,
                            struct kevo_error **error);

/**
 * Looks a key up in a transaction: its own writes first, then what was committed when it began. Whether the key is
 * there and what it has counts as read, unless the transaction wrote the key itself.
 *
 * `*value` is set to the value, whose bytes are valid until the transaction is committed, rolled back or freed,
 * whatever is written meanwhile, also after the database is closed; `value` may be NULL, to ask whether the key is
 * there. `*error` is set as by kevo_db_put.
 *
 * Returns:
 * KEVO_OK: found; `*value` is set.
 * KEVO_DELETED: it was deleted, and that is still known; nothing is set.
 * KEVO_NOT_FOUND: it is not there; nothing is set.
 * KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or `key` is NULL and `key_len` is not 0.
 * KEVO_E_EXPIRED: the transaction outlived its time limit.
 * KEVO_E_CLOSED: this process was forked from the one that began it.
 * KEVO_E_CORRUPT, KEVO_E_IO, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_get.
 *
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_get(struct kevo_transaction *transaction,
                         const void *key,
                         size_t key_len,
                         struct kevo_slice *value,
                         struct kevo_error **error);

/**
 * Deletes, in a transaction, every key that it sees from `begin` on and below `end`. (NULL, 0) as `begin` is from the
 * first key on, and as `end` up to the last. The range counts as read: a commit conflicts with a key that somebody
 * else adds to it.
 *
 * `*count` is set to how many keys that were, on success. `*error` is set as by kevo_db_put.
 *
 * Returns: as kevo_transaction_put, KEVO_E_INVALID_ARGUMENT also if `count` is NULL; KEVO_E_CORRUPT and KEVO_E_IO from
 * reading the range. After a failure nothing of it is deleted.
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_delete_range(struct kevo_transaction *transaction,
                                  const void *begin,
                                  size_t begin_len,
                                  const void *end,
                                  size_t end_len,
                                  uint64_t *count,
                                  struct kevo_error **error);

/**
 * Makes an iterator over a transaction: over its own writes so far, and otherwise the database as it was when the
 * transaction began. It does not see what the transaction writes later. The whole range of the scan counts as read,
 * however far the iterator goes: a small range conflicts less. The sequence numbers of its own writes are not those
 * that the commit gives them.
 *
 * `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator, which the caller frees with
 * kevo_iterator_free, before or after the transaction ends; on failure to NULL. kevo_iterator_refresh refuses it.
 * Everything else is as in kevo_db_iterator.
 *
 * Returns: as kevo_db_iterator, KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED.
 * Threads: no other may be using the transaction; another may use the iterator.
 */
int kevo_transaction_iterator(struct kevo_transaction *transaction,
                              const struct kevo_scan *scan,
                              struct kevo_iterator **iterator,
                              struct kevo_error **error);

/**
 * Sets a savepoint in a transaction, to which kevo_transaction_rollback_to_savepoint goes back. There may be any
 * number, one in the other. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED; KEVO_E_CLOSED;
 * KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_savepoint(struct kevo_transaction *transaction,
                               struct kevo_error **error);

/**
 * Takes back what a transaction wrote since its last savepoint, and takes that savepoint away. What it read since then
 * still counts as read. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_NOT_FOUND if there is no savepoint; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over;
 * KEVO_E_EXPIRED; KEVO_E_CLOSED; KEVO_E_NO_MEMORY, and then nothing has changed; KEVO_E_PANIC.
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_rollback_to_savepoint(struct kevo_transaction *transaction,
                                           struct kevo_error **error);

/**
 * Commits a transaction: writes all that it wrote as one batch, if what it read is still so. The transaction is over,
 * whatever this returns; it is freed with kevo_transaction_free.
 *
 * `flags` is 0 or KEVO_WRITE_*, or-ed, as in kevo_db_write. `*sequence`, if `sequence` is not NULL, is set on success
 * to the sequence number of its last operation; of a transaction that wrote nothing, to that of the last write that it
 * could see. `*error` is set as by kevo_db_put.
 *
 * A transaction that wrote nothing read one moment, and never conflicts. One whose keys nobody else wrote since it
 * began, and into whose ranges nobody wrote, never conflicts either.
 *
 * Returns:
 * KEVO_OK: committed, and by the sync mode on disk.
 * KEVO_E_CONFLICT: what it read was written since: nothing is written. Begin another, and do all again.
 * KEVO_E_EXPIRED: it outlived its time limit: nothing is written.
 * KEVO_E_CLOSED: the database was closed, or this process was forked from the one that began it: nothing is written.
 * KEVO_E_INVALID_ARGUMENT: `transaction` is NULL or over, or flags are unknown or contradict each other; with flags at
 * fault, it is over too.
 * KEVO_E_TOO_LARGE, KEVO_E_BUSY, KEVO_E_IO, KEVO_E_FAILED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_write.
 * KEVO_E_CORRUPT: what it read cannot be checked, since a block is damaged: nothing is written.
 *
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_commit(struct kevo_transaction *transaction,
                            uint32_t flags,
                            uint64_t *sequence,
                            struct kevo_error **error);

/**
 * Ends a transaction without writing anything. It is freed with kevo_transaction_free, which alone does the same.
 * `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `transaction` is NULL or over; KEVO_E_EXPIRED; KEVO_E_CLOSED in a
 * process that was forked; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: no other may be using the transaction.
 */
int kevo_transaction_rollback(struct kevo_transaction *transaction,
                              struct kevo_error **error);

/**
 * Frees a transaction, and rolls it back if it is not over. NULL is allowed. Values that it gave are not valid any
 * more; its iterators are.
 *
 * Threads: no other may be using it.
 */
void kevo_transaction_free(struct kevo_transaction *transaction);

/**
 * Brings into tables all that was written before. It does that also while the background is paused. `*error` is set
 * as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY,
 * KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as kevo_db_put.
 * Threads: any number at once; others may write meanwhile.
 */
int kevo_db_flush(struct kevo_db *db,
                  struct kevo_error **error);

/**
 * Merges all tables that have keys from `begin` on and below `end`, after a flush, on the calling thread. (NULL, 0)
 * as `begin` is from the first key on, and as `end` up to the last. Of all keys, it leaves one run without
 * tombstones, and nothing of Kevo's.
 *
 * `progress`, if it is not NULL, is told how far it has got, in bytes, and can cancel it; `user` is passed to it as it
 * is. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL, or a pointer to bytes is and their number is not 0;
 * KEVO_E_CANCELLED if the callback asked for it, and nothing is merged; KEVO_E_CORRUPT if a table is damaged, which
 * stays as it is; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY, KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as
 * kevo_db_put.
 * Threads: any number at once, which wait for each other; others may read and write meanwhile.
 */
int kevo_db_compact(struct kevo_db *db,
                    const void *begin,
                    size_t begin_len,
                    const void *end,
                    size_t end_len,
                    kevo_progress_callback progress,
                    void *user,
                    struct kevo_error **error);

/**
 * Makes a second database, of all that was written before. The database is used meanwhile.
 *
 * `path` is the path of its directory, with a NUL at its end. It must be an empty directory, or not be there; its
 * parent must be there, and not in this database. The second database is there whole or not at all, and all of it is
 * on disk when this returns; a process that is killed meanwhile may leave a directory `kevo-database-NUMBER.partial`
 * beside it, which can be removed. What memory holds is flushed. Tables are linked where the file system can do that
 * (the two databases then share their bytes, which nobody changes), and copied otherwise; tables of Kevo are copied.
 * Its MANIFEST says its own paths. Of a database that was opened with KEVO_RECOVERY_SKIP_CORRUPTED, what was passed
 * over in logs is not in it, and damaged tables are in it as they are: it opens in that mode, as this one does.
 *
 * `progress`, if it is not NULL, is told how far it has got, in bytes of tables, and can cancel it; `user` is passed
 * to it as it is. `*error` is set as by kevo_db_put.
 *
 * Returns:
 * KEVO_OK: the second database is there.
 * KEVO_E_INVALID_ARGUMENT: `db` or `path` is NULL, or `path` is in the database.
 * KEVO_E_EXISTS: `path` is there, and is not an empty directory.
 * KEVO_E_CANCELLED: the callback asked for it.
 * KEVO_E_IO: it could not be written, or something not be read.
 * KEVO_E_READ_ONLY, KEVO_E_FAILED, KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_flush.
 *
 * Threads: any number at once; others may read and write meanwhile.
 */
int kevo_db_checkpoint(struct kevo_db *db,
                       const char *path,
                       kevo_progress_callback progress,
                       void *user,
                       struct kevo_error **error);

/**
 * Reads every byte of every file that a database needs, and lists all damage. The database is used meanwhile; its
 * cache of blocks stays as it is.
 *
 * Tables are read with all that they consist of, and compared with what they say of themselves; logs as far as they
 * are on disk, to which what was written before is brought; VERSIONS; and MANIFEST, which must be what the opening
 * left: it has no checksum, as Kevo knows none there. What is replaced or removed meanwhile is no damage. A database
 * that was opened read-only looks at the logs that are there now; a torn tail, which a crash or another process that
 * writes leaves, is in the report, and is no failure.
 *
 * `progress`, if it is not NULL, is told how far it has got, in bytes of tables and logs, and can cancel it; `user`
 * is passed to it as it is. `*report`, if `report` is not NULL, is set to what was found, on failure too: each
 * damaged stretch with file, offset, length and kind. The caller frees it with kevo_recovery_report_free. `*error`
 * is set as by kevo_db_put, to the first damage, if there is any.
 *
 * Returns:
 * KEVO_OK: nothing is damaged.
 * KEVO_E_CORRUPT: something is damaged or missing.
 * KEVO_E_INVALID_ARGUMENT: `db` is NULL.
 * KEVO_E_CANCELLED: the callback asked for it; the report has what was found until then.
 * KEVO_E_IO: something could not be read.
 * KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_get.
 *
 * Threads: any number at once; others may read and write meanwhile.
 */
int kevo_db_verify(struct kevo_db *db,
                   kevo_progress_callback progress,
                   void *user,
                   struct kevo_recovery_report **report,
                   struct kevo_error **error);

/**
 * About how many bytes of table files the keys from `begin` on and below `end` take. What is in memtables does not
 * count. (NULL, 0) as `begin` is from the first key on, and as `end` up to the last.
 *
 * `*bytes` is set to the number. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `bytes` is NULL, or a pointer to bytes is and their number is
 * not 0; KEVO_E_CLOSED; KEVO_E_CORRUPT; KEVO_E_IO; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_approximate_size(const struct kevo_db *db,
                             const void *begin,
                             size_t begin_len,
                             const void *end,
                             size_t end_len,
                             uint64_t *bytes,
                             struct kevo_error **error);

/**
 * Lets the database begin no flush and no compaction of itself, until kevo_db_continue_background was called as
 * often as this. Those that are running end first. Writes go on until memtables are full, and then wait. `*error` is
 * set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_pause_background(struct kevo_db *db,
                             struct kevo_error **error);

/**
 * Takes back one kevo_db_pause_background. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL, or it is not paused; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_continue_background(struct kevo_db *db,
                                struct kevo_error **error);

/**
 * Brings a database that was opened read-only to what another process, or another handle, has written since.
 * Snapshots, iterators, transactions and pinned values stay as they are. What the logs hold is read again; tables that
 * are open stay open. A database that is open for writing is never behind: KEVO_OK. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; as kevo_db_open if what is there cannot be read: then the
 * database is as it was, and it can be tried again; KEVO_E_CLOSED; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
 * Threads: any number at once, also while others read.
 */
int kevo_db_catch_up(struct kevo_db *db,
                     struct kevo_error **error);

/**
 * Whether anything is wrong with a database. `*error` is set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_FAILED if nothing is written since a failure, which the error tells; what the last
 * compaction failed with, if it failed; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_status(const struct kevo_db *db,
                   struct kevo_error **error);

/**
 * The highest sequence number of all writes that reads see.
 *
 * Returns: the number; 0 if nothing was ever written, `db` is NULL, or it is closed.
 * Threads: any number at once.
 */
uint64_t kevo_db_last_sequence(const struct kevo_db *db);

/**
 * Makes an openable database of whatever is left of one: tables without an index or a footer, damaged logs, a
 * directory without VERSIONS or MANIFEST, this library's or Kevo's. Nothing in `path` changes.
 *
 * `path` is the path of the directory of the damaged database, and `into` that of the new one, each with a NUL at
 * its end. `into` must be an empty directory or not be there; its parent must be there and not in `path`. It is
 * there whole or not at all, and all of it is on disk when this returns. Its MANIFEST says what that in `path` says,
 * if it can be read.
 *
 * The new database holds everything that is intact, in the best order that can be known; sequence numbers are kept,
 * and new writes go on above them. A batch of this library comes whole or not at all, as far as it was in the log.
 * Tables and logs that the database needed no more are asked only for keys that stood where what replaced them is
 * damaged. What the device cannot read counts as damaged.
 *
 * `options` may be NULL. Of them the number of threads and the progress callback count, and whether logs that were set
 * aside are read, which they are if it was not set. The recovery mode does not count: logs are read as with
 * KEVO_RECOVERY_SKIP_CORRUPTED. The callback is told bytes that are read, some of them twice, and their number in all,
 * which grows if what was replaced has to be read as well.
 *
 * `*report`, if `report` is not NULL, is set to what was found, on failure too; the caller frees it with
 * kevo_recovery_report_free. It names each damaged stretch (file, offset, length, kind). KEVO_DAMAGE_MISSING is a
 * file that should be there; KEVO_DAMAGE_REBUILT is VERSIONS. KEVO_DAMAGE_DOUBT names a file of which it is not
 * known whether it counts or in which order, or that may have held newer values than those that were found, or older
 * ones that stand in for what is damaged. If it has no KEVO_DAMAGE_DOUBT and no damage, the new database holds what
 * the old one held. `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong,
 * which the caller frees with kevo_error_free.
 *
 * It takes memory for a window of the logs (32 MiB, or the longest log) with 40 bytes an entry, for the longest
 * table that has no index, for a cache of 64 MiB, and 64 KiB or a block for each run; and disk space for all that the
 * database holds, for a while twice that of the logs.
 *
 * Returns: KEVO_OK: the new database is there; see the report for what cannot be had or is in doubt.
 * KEVO_E_INVALID_ARGUMENT: `path` or `into` is NULL, `into` is in `path`, or the options have KEVO_ORDER_SEQUENCE or
 * a maximum sequence number. KEVO_E_NOT_A_DATABASE: there is nothing of a database in `path`. KEVO_E_LOCKED: it is
 * open for writing, and what is read of it would not belong together; the message names the process. (Kevo takes no
 * lock: end it first.) It stays locked while this runs. KEVO_E_EXISTS: `into` is there and not empty. KEVO_E_IO: a
 * directory could not be listed or a file not be opened; or the new database could not be written.
 * KEVO_E_UNSUPPORTED: a newer version of this library wrote something of it. KEVO_E_CANCELLED: the progress callback
 * asked for it. KEVO_E_NO_MEMORY: there is not enough memory. KEVO_E_PANIC: an error in the library.
 *
 * Threads: any number at once, with options that none changes.
 */
int kevo_db_salvage(const char *path,
                    const char *into,
                    const struct kevo_recovery_options *options,
                    struct kevo_recovery_report **report,
                    struct kevo_error **error);

/**
 * A number that says something about a database: `stat` is a KEVO_DB_STAT_*. While other threads use the database,
 * several of them need not be of one moment.
 *
 * Returns: the number; 0 if `db` is NULL or closed, or `stat` is none of these.
 * Threads: any number at once.
 */
uint64_t kevo_db_stat(const struct kevo_db *db,
                      int stat);

/**
 * The name of a statistic of a database: in lower case, with dashes, such as "bytes-flushed". Statistics have the
 * numbers from 0 on, so that all can be listed.
 *
 * Returns: a static string; NULL after the last, and if `stat` is negative.
 * Threads: any number at once.
 */
const char *kevo_db_stat_name(int stat);

/**
 * What a statistic of a database is counted in: "count", "bytes", "microseconds" or "sequence-number".
 *
 * Returns: a static string; NULL where kevo_db_stat_name gives that.
 * Threads: any number at once.
 */
const char *kevo_db_stat_unit(int stat);

/**
 * What a statistic of a database says: a sentence in English.
 *
 * Returns: a static string; NULL where kevo_db_stat_name gives that.
 * Threads: any number at once.
 */
const char *kevo_db_stat_meaning(int stat);

/**
 * Whether a statistic of a database counts what has happened since the database was opened, and only rises.
 *
 * Returns: 1 if it does; 0 if it says what is now, and where kevo_db_stat_name gives NULL.
 * Threads: any number at once.
 */
int kevo_db_stat_is_counter(int stat);

/**
 * Writes all statistics of a database as text, in the form that Prometheus collects (its text-based exposition format,
 * version 0.0.4): each with its meaning, and then the runs, tables and bytes of each level. Names begin with "kevo_",
 * and dashes are underscores; those of counters end in "_total".
 *
 * `buffer` has room for `capacity` bytes; (NULL, 0) asks for the length alone, which is KEVO_OK. `*length` is set to
 * the length of the text in bytes, without the NUL that ends it, and which needs room as well. Numbers may have more
 * digits the next time, and there may be more levels: leave a KiB for them. The text has less than 16 KiB as long as
 * there are no more than 30 levels.
 *
 * Returns: KEVO_OK; KEVO_E_BUFFER_TOO_SMALL: `*length` is set, and what is in `buffer` is not the text;
 * KEVO_E_INVALID_ARGUMENT if `db` or `length` is NULL, or `buffer` is and `capacity` is not 0; KEVO_E_CLOSED;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_stat_text(const struct kevo_db *db,
                      char *buffer,
                      size_t capacity,
                      size_t *length,
                      struct kevo_error **error);

/**
 * Lists the tables that a database has now: runs from the newest to the oldest, and the tables of a run in the order
 * of their keys.
 *
 * `*tables` is set to the list, which the caller frees with kevo_table_list_free; on failure to NULL. `*error` is
 * set as by kevo_db_put.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `tables` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
 * KEVO_E_PANIC.
 * Threads: any number at once.
 */
int kevo_db_tables(const struct kevo_db *db,
                   struct kevo_table_list **tables,
                   struct kevo_error **error);

/**
 * How many tables a list has.
 *
 * Returns: the number; 0 if `tables` is NULL.
 * Threads: any number at once.
 */
size_t kevo_table_list_count(const struct kevo_table_list *tables);

/**
 * The path that the file of a table had at that moment: the database's directory as it was given to kevo_db_open,
 * and the path below it; `index` counts from 0, from the newest.
 *
 * Returns: the path, byte for byte, with a NUL at its end, which belongs to the list and lives as long; NULL if
 * `tables` is NULL or `index` is past the end.
 * Threads: any number at once.
 */
const char *kevo_table_list_path(const struct kevo_table_list *tables,
                                 size_t index);

/**
 * A number that says something about a table of a list: `stat` is a KEVO_LISTED_TABLE_*; `index` counts from 0, from
 * the newest.
 *
 * Returns: the number; 0 if `tables` is NULL, `index` is past the end, or `stat` is none of these.
 * Threads: any number at once.
 */
uint64_t kevo_table_list_stat(const struct kevo_table_list *tables,
                              size_t index,
                              int stat);

/**
 * Frees a list of tables. NULL is allowed.
 *
 * Threads: no other may be using it.
 */
void kevo_table_list_free(struct kevo_table_list *tables);

/**
 * Makes a cursor before the first entry whose sequence number is above `after_sequence`: 0 for all, or what
 * kevo_db_last_sequence says for those that come from now on.
 *
 * `wal_dir` is the path of the directory, with a NUL at its end; it must be there, and may have no log yet. Logs that
 * were flushed are gone, unless kevo_db_options_set_log_retention keeps them: then the cursor finds them. `*cursor` is
 * set to the cursor, which the caller frees with kevo_log_cursor_free; on failure to NULL. `*error` is set as by
 * kevo_db_put.
 *
 * Sequence numbers of Kevo start again with its process, so entries of its logs that were asked for may be passed
 * over. Ask for all of them, or use kevo_log_cursor_open_at. Logs that Kevo has set aside are not read.
 *
 * Returns:
 * KEVO_OK: the cursor is there.
 * KEVO_E_INVALID_ARGUMENT: `wal_dir` or `cursor` is NULL.
 * KEVO_E_IO: the directory cannot be read; or the log with the next entry is gone, which the message says.
 * KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
 *
 * Threads: any number at once.
 */
int kevo_log_cursor_open(const char *wal_dir,
                         uint64_t after_sequence,
                         struct kevo_log_cursor **cursor,
                         struct kevo_error **error);

/**
 * Makes a cursor that goes on after an entry which kevo_log_cursor_next gave: `path` and `offset` are what it gave
 * with it. After an entry in the middle of a batch, the whole batch comes again.
 *
 * Of `path` the name of the file counts: the log may be kept elsewhere by now. Everything else is as in
 * kevo_log_cursor_open.
 *
 * Returns: as kevo_log_cursor_open, KEVO_E_INVALID_ARGUMENT also if `path` is NULL, or the log ends before `offset`.
 * Threads: any number at once.
 */
int kevo_log_cursor_open_at(const char *wal_dir,
                            const char *path,
                            uint64_t offset,
                            struct kevo_log_cursor **cursor,
                            struct kevo_error **error);

/**
 * Gives the next entry. If there is none yet, it waits for one, `timeout_ms` milliseconds at most; 0 does not wait.
 *
 * `*entry` is set to the entry, a put or a delete, whose bytes are valid until the next call; `*last_of_batch` to 1 if
 * it is in no batch, or the last one of its batch, otherwise to 0; `*path` to the path of its log, which is valid
 * until the next call; and `*offset` to where kevo_log_cursor_open_at goes on after it. Each of these may be NULL.
 * `*error` is set as by kevo_db_put.
 *
 * An entry is given when it and its whole batch are in the log, which may be before it is on disk. (With
 * KEVO_SYNC_BUFFERED it may come up to 10 ms late.) If the machine stops then, it may be lost, and its sequence number
 * may be given to another one; so may a write that failed, after kevo_db_resume. While it waits, it looks at the log
 * about a hundred times a second.
 *
 * Returns:
 * KEVO_OK: there is an entry.
 * KEVO_END: there is none yet, and nothing is set.
 * KEVO_E_CANCELLED: kevo_log_cursor_wake was called.
 * KEVO_E_INVALID_ARGUMENT: `cursor` is NULL.
 * KEVO_E_CORRUPT: the log is damaged there; the error has file and offset. The next call says so again.
 * KEVO_E_IO: a log cannot be read; or the next one is gone, which the message says.
 * KEVO_E_UNSUPPORTED: a newer version of this library wrote the log.
 * KEVO_E_CLOSED: this process was forked from the one that made the cursor.
 * KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
 *
 * Threads: one at a time; another one may call kevo_log_cursor_wake.
 */
int kevo_log_cursor_next(struct kevo_log_cursor *cursor,
                         uint64_t timeout_ms,
                         struct kevo_entry *entry,
                         int *last_of_batch,
                         const char **path,
                         uint64_t *offset,
                         struct kevo_error **error);

/**
 * Wakes a kevo_log_cursor_next that waits: it returns KEVO_E_CANCELLED. If none waits, the next one that would does.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `cursor` is NULL; KEVO_E_CLOSED in a process that was forked;
 * KEVO_E_PANIC.
 * Threads: any number at once, also while one waits.
 */
int kevo_log_cursor_wake(struct kevo_log_cursor *cursor);

/**
 * Frees a cursor. NULL is allowed. What it gave is not valid any more.
 *
 * Threads: no other may be using it.
 */
void kevo_log_cursor_free(struct kevo_log_cursor *cursor);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif
