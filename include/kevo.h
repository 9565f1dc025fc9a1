/**
 * @file
 * libkevo: recovers the write-ahead log of Kevo, and answers queries on what comes back.
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
 *   - A kevo_slice points into the list: nothing is copied. Strings belong to the handle that gave them.
 *   - A function that takes a const handle may be called by any number of threads at once; put and delete may be called
 *     at any time by any thread. While any other function runs, no other thread may use its handle.
 *   - No panic leaves the library: the function returns KEVO_E_PANIC instead, and Rust's runtime says on standard error
 *     what went wrong. The library itself prints nothing, and installs no handlers.
 *   - A function that reads, recovers or exports may start threads; they have ended when it returns. After fork() only
 *     the parent may go on using its handles.
 *   - A thread is not cancelled (pthread_cancel) while it is in a function of this library, nor in a callback: the
 *     cancel waits until the function has returned. The thread's type of cancellation must be the default, deferred.
 *   - Structs never change, and functions are only added.
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
 * The key was never seen, at or below the bound.
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
 * Not even one entry fits into the buffer.
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
#define KEVO_VERSION_NUMBER 1000

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
 * What went wrong, where, and what to do about it. It is made by kevo_recover and kevo_memtable_list_export, and owned
 * by the caller.
 */
typedef struct kevo_error kevo_error;

/**
 * Goes through a list or a memtable, as it was when the iterator was made. It is made by kevo_memtable_list_iterator
 * or kevo_memtable_iterator, and owned by the caller. It keeps the list alive.
 *
 * An iterator is on an entry, before the first entry, or after the last one. A new iterator is before the first. Keys
 * come in the order of their bytes, which are compared as unsigned numbers; a key comes before every longer key that
 * begins with it. Versions of a key come newest first.
 *
 * A function that moves it can return KEVO_E_NO_MEMORY. The iterator is then where it was, and the next move tries
 * again.
 */
typedef struct kevo_iterator kevo_iterator;

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
 * What recovery is asked to do. It is made by kevo_recovery_options_new, and owned by the caller.
 */
typedef struct kevo_recovery_options kevo_recovery_options;

/**
 * What recovery found. It is made by kevo_recover, and owned by the caller. It never changes.
 */
typedef struct kevo_recovery_report kevo_recovery_report;

/**
 * What an iterator is to go through: a range of keys, and which versions of each. It is made by kevo_scan_new, and
 * owned by the caller.
 */
typedef struct kevo_scan kevo_scan;

/**
 * A function of the caller's that is told how far recovery has read.
 *
 * It is called on the thread that called kevo_recover, one call at a time, with the number of bytes read so far and
 * the number of bytes to be read. The thread is not cancelled in it (see the top of this header). It may call any
 * function of this library, but must not change or free the options that the recovery uses. It must return: if an
 * exception or pthread_exit leaves it, the process is aborted; if longjmp leaves it, the behaviour is undefined.
 *
 * Returns: 0 to go on; any other number cancels the recovery.
 */
typedef int (*kevo_progress_callback)(void *user, uint64_t bytes_done, uint64_t bytes_total);

/**
 * Bytes that belong to a list.
 *
 * They stay where they are, unchanged, for as long as any handle on that list, or a memtable or iterator from it,
 * lives, whatever is written to the list meanwhile. They are not ended by a NUL. The `data` of an empty slice may be
 * anything.
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
 * `callback` and `user` must stay usable until the last kevo_recover with these options has returned.
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
 * it. `*offset` and `*length` are set to where the stretch starts in the file and how long it is, in bytes; `*kind` to
 * KEVO_DAMAGE_TORN_TAIL or KEVO_DAMAGE_CORRUPTION; `*what` to a few words on what is wrong where it starts. `*path`
 * belongs to the report and lives as long; `*what` is static.
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
 * on.
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
 * `entries` is an array of `capacity`, at least 1. `*count` is set to how many of it are set.
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
 * Frees an iterator. NULL is allowed. Slices that it gave live as long as the list.
 *
 * Threads: no other may be using it.
 */
void kevo_iterator_free(struct kevo_iterator *iterator);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif
