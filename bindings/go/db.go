package kevo

/*
#include <stdlib.h>
#include <kevo.h>

int kevoGoProgress(void *user, uint64_t bytes_done, uint64_t bytes_total);

// The user is a number, which Go must not hold as a pointer.
static int kevo_go_compact(kevo_db *db, const void *begin, size_t begin_len, const void *end, size_t end_len,
                           uintptr_t user, kevo_error **error)
{
  return kevo_db_compact(db, begin, begin_len, end, end_len, user != 0 ? kevoGoProgress : NULL, (void *)user, error);
}

static int kevo_go_checkpoint(kevo_db *db, const char *path, uintptr_t user, kevo_error **error)
{
  return kevo_db_checkpoint(db, path, user != 0 ? kevoGoProgress : NULL, (void *)user, error);
}

static int kevo_go_verify(kevo_db *db, uintptr_t user, kevo_recovery_report **report, kevo_error **error)
{
  return kevo_db_verify(db, user != 0 ? kevoGoProgress : NULL, (void *)user, report, error);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// DB is an open database. Any number of goroutines may use it at once, even while one of them closes it.
type DB struct {
	handle handle
	logger cgo.Handle
	path   string
	// Report is what recovery found.
	Report *Report
}

// WriteOptions say how a write is done. The zero WriteOptions are the database's sync mode, and waiting.
type WriteOptions struct {
	// Sync: on disk when the call returns, whatever the sync mode is.
	Sync bool
	// NoSync: not necessarily, whatever the sync mode is.
	NoSync bool
	// NoWait: ErrBusy rather than wait for a flush.
	NoWait bool
}

func writeFlags(options []WriteOptions) (flags C.uint32_t) {
	for _, option := range options {
		if option.Sync {
			flags |= C.KEVO_WRITE_SYNC
		}
		if option.NoSync {
			flags |= C.KEVO_WRITE_NO_SYNC
		}
		if option.NoWait {
			flags |= C.KEVO_WRITE_NO_WAIT
		}
	}
	return flags
}

// address is that of the first byte; of no bytes it is somewhere.
func address(bytes []byte) unsafe.Pointer { return unsafe.Pointer(&somewhere(bytes)[0]) }

// bounds are a range as the library takes it. A nil end is NULL, that of all keys; an empty one, which is not NULL, is
// below all keys.
func bounds(begin, end []byte) (unsafe.Pointer, C.size_t, unsafe.Pointer, C.size_t) {
	var endAt unsafe.Pointer
	if end != nil {
		endAt = address(end)
	}
	return address(begin), C.size_t(len(begin)), endAt, C.size_t(len(end))
}

// Open opens the database in a directory, Kevo's or libkevo's, or makes one. The options may be nil, for the defaults.
func Open(path string, options *Options) (*DB, error) {
	if C.kevo_abi_check(C.KEVO_VERSION_NUMBER) != C.KEVO_OK {
		return nil, fmt.Errorf("kevo: libkevo %s does not serve a program compiled for another version", LibraryVersion())
	}
	if options == nil {
		options = &Options{}
	}
	directory, err := newPath(path)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(directory))
	settings := C.kevo_db_options_new()
	defer C.kevo_db_options_free(settings)
	if err := options.apply(settings); err != nil {
		return nil, err
	}
	db := &DB{path: path}
	if options.Logger != nil {
		db.logger = cgo.NewHandle(options.Logger)
		setLogger(settings, db.logger)
	}
	err = watched(options.Progress, func(watch cgo.Handle) error {
		if err := options.applyRecovery(settings, watch); err != nil {
			return err
		}
		return db.open(directory, settings)
	})
	if err != nil {
		if db.handle.pointer != nil {
			db.Close()
		} else {
			db.forgetLogger()
		}
		return nil, err
	}
	runtime.SetFinalizer(db, func(db *DB) { db.Close() })
	return db, nil
}

func (db *DB) open(path *C.char, settings *C.kevo_db_options) error {
	var pointer *C.kevo_db
	var report *C.kevo_recovery_report
	var details *C.kevo_error
	code := C.kevo_db_open(path, settings, &pointer, &report, &details)
	defer C.kevo_recovery_report_free(report)
	defer C.kevo_error_free(details)
	db.Report = readReport(report)
	if code != C.KEVO_OK {
		return detailedError(code, details, db.Report)
	}
	// The library keeps the memory of a handle that is closed.
	db.handle = handle{pointer: unsafe.Pointer(pointer), free: func(unsafe.Pointer) {}}
	return nil
}

func (db *DB) forgetLogger() {
	if db.logger != 0 {
		db.logger.Delete()
		db.logger = 0
	}
}

// watched runs a call with a progress function, which may be nil, and a handle on that, which is then 0.
func watched(call func(bytesDone, bytesTotal uint64) error, run func(watch cgo.Handle) error) error {
	if call == nil {
		return run(0)
	}
	watch := &progress{call: call}
	handle := cgo.NewHandle(watch)
	defer handle.Delete()
	err := run(handle)
	if watch.panicked != nil {
		panic(watch.panicked)
	}
	if err != nil && watch.err != nil {
		return watch.err
	}
	return err
}

// Close ends the database's threads, syncs what was written, flushes what waits for it, and releases the lock. Closing
// it again changes nothing. Snapshots and iterators stay valid; calls that are running end with what they would have
// returned, or with ErrClosed. If there is an error, it is closed, but what was not synced before may not be on disk.
func (db *DB) Close() error {
	db.handle.mutex.Lock()
	pointer := (*C.kevo_db)(db.handle.pointer)
	if db.handle.closed {
		pointer = nil
	}
	db.handle.closed = true
	db.handle.mutex.Unlock()
	if pointer == nil {
		return nil
	}
	runtime.SetFinalizer(db, nil)
	_, err := called(func(details **C.kevo_error) C.int { return C.kevo_db_close(pointer, details) })
	db.forgetLogger()
	return err
}

// call runs a call of the library that has a place for an error.
func (db *DB) call(call func(db *C.kevo_db, details **C.kevo_error) C.int) (code C.int, err error) {
	err = db.handle.with(func(pointer unsafe.Pointer) error {
		code, err = called(func(details **C.kevo_error) C.int { return call((*C.kevo_db)(pointer), details) })
		return err
	})
	runtime.KeepAlive(db)
	return code, err
}

func (db *DB) do(call func(db *C.kevo_db, details **C.kevo_error) C.int) error {
	_, err := db.call(call)
	return err
}

// found makes an error of the codes of a lookup.
func found(code C.int, err error) error {
	switch {
	case err != nil:
		return err
	case code == C.KEVO_NOT_FOUND:
		return ErrNotFound
	case code == C.KEVO_DELETED:
		return ErrDeleted
	}
	return check(code)
}

// Get returns the value of a key. The error is ErrNotFound if it is not there.
func (db *DB) Get(key []byte) (value []byte, err error) {
	pinned := C.kevo_pinned_new()
	defer C.kevo_pinned_free(pinned)
	var slice C.kevo_slice
	err = found(db.call(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_get(db, nil, address(key), C.size_t(len(key)), pinned, &slice, details)
	}))
	if err == nil {
		value = copied(slice)
	}
	return value, err
}

// Has tells whether a key is there.
func (db *DB) Has(key []byte) (bool, error) {
	code, err := db.call(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_get(db, nil, address(key), C.size_t(len(key)), nil, nil, details)
	})
	return err == nil && code == C.KEVO_OK, err
}

// MultiGet returns the values of several keys, all at one moment; nil where there is none.
func (db *DB) MultiGet(keys [][]byte) (values [][]byte, err error) {
	if len(keys) == 0 {
		return nil, db.do(func(*C.kevo_db, **C.kevo_error) C.int { return C.KEVO_OK })
	}
	size := 0
	for _, key := range keys {
		size += len(key)
	}
	// In memory of C's: an array in Go's must not have pointers to memory of Go's.
	count := len(keys)
	slice := unsafe.Sizeof(C.kevo_slice{})
	memory := C.malloc(C.size_t(uintptr(2*count)*slice) + C.size_t(size) + 1)
	if memory == nil {
		return nil, ErrNoMemory
	}
	defer C.free(memory)
	wanted := unsafe.Slice((*C.kevo_slice)(memory), count)
	lent := unsafe.Slice((*C.kevo_slice)(unsafe.Add(memory, uintptr(count)*slice)), count)
	at := unsafe.Add(memory, 2*uintptr(count)*slice)
	for index, key := range keys {
		copy(unsafe.Slice((*byte)(at), len(key)+1), key)
		wanted[index] = C.kevo_slice{data: at, len: C.size_t(len(key))}
		at = unsafe.Add(at, len(key))
	}
	codes := make([]C.int, count)
	pinned := C.kevo_pinned_new()
	defer C.kevo_pinned_free(pinned)
	err = db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_multi_get(db, nil, &wanted[0], C.size_t(count), pinned, &lent[0], &codes[0], details)
	})
	if err != nil {
		return nil, err
	}
	values = make([][]byte, count)
	for index, code := range codes {
		if code < 0 {
			return nil, Code(code)
		}
		if code == C.KEVO_OK {
			values[index] = copied(lent[index])
		}
	}
	return values, nil
}

// Put gives a key a value.
func (db *DB) Put(key, value []byte, options ...WriteOptions) error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_put(db, address(key), C.size_t(len(key)), address(value), C.size_t(len(value)),
			writeFlags(options), details)
	})
}

// Delete deletes a key. It is no error if it is not there.
func (db *DB) Delete(key []byte, options ...WriteOptions) error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_delete(db, address(key), C.size_t(len(key)), writeFlags(options), details)
	})
}

// Write writes a batch, all of it or nothing in every crash, and returns the sequence number of its last operation. The
// batch stays as it is.
func (db *DB) Write(batch *Batch, options ...WriteOptions) (uint64, error) {
	var sequence C.uint64_t
	err := batch.with(func(batch *C.kevo_batch) error {
		return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
			return C.kevo_db_write(db, batch, writeFlags(options), &sequence, details)
		})
	})
	return uint64(sequence), err
}

// DeleteRange deletes every key from begin on and below end, as one batch, and returns how many that were. A nil end is
// the end of all keys.
func (db *DB) DeleteRange(begin, end []byte, options ...WriteOptions) (uint64, error) {
	return db.deleteRange(begin, end, writeFlags(options))
}

// DeleteRangeInPieces does what DeleteRange does, in several batches of about 1 MiB, for ranges of millions of keys.
func (db *DB) DeleteRangeInPieces(begin, end []byte, options ...WriteOptions) (uint64, error) {
	return db.deleteRange(begin, end, writeFlags(options)|C.KEVO_WRITE_IN_PIECES)
}

func (db *DB) deleteRange(begin, end []byte, flags C.uint32_t) (uint64, error) {
	var count C.uint64_t
	err := db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		from, fromLength, to, toLength := bounds(begin, end)
		return C.kevo_db_delete_range(db, from, fromLength, to, toLength, flags, &count, details)
	})
	return uint64(count), err
}

// NewIterator goes through the keys of a scan, as they are now. What was wrong with it is in Err after the first Next.
func (db *DB) NewIterator(scan Scan) *Iterator {
	iterator := &Iterator{}
	iterator.err = db.handle.with(func(pointer unsafe.Pointer) error {
		return iterator.scan(scan, func(scan *C.kevo_scan, made **C.kevo_iterator, details **C.kevo_error) C.int {
			return C.kevo_db_iterator((*C.kevo_db)(pointer), nil, scan, made, details)
		})
	})
	runtime.KeepAlive(db)
	return iterator
}

// Snapshot is the database as it is now.
func (db *DB) Snapshot() (*Snapshot, error) {
	var pointer *C.kevo_snapshot
	err := db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_snapshot(db, &pointer, details) })
	if err != nil {
		return nil, err
	}
	return newSnapshot(pointer), nil
}

// Sync brings to disk all that was acknowledged before.
func (db *DB) Sync() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_sync(db, details) })
}

// Resume takes writes again after a failure, when its cause is gone. Writes that failed are gone then.
func (db *DB) Resume() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_resume(db, details) })
}

// Flush brings into tables all that was written before.
func (db *DB) Flush() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_flush(db, details) })
}

// CatchUp brings a database that was opened read-only to what another process has written since.
func (db *DB) CatchUp() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_catch_up(db, details) })
}

// Status is ErrFailed if nothing is written since a failure; or what the last compaction failed with.
func (db *DB) Status() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_status(db, details) })
}

// PauseBackground begins no flush and no compaction by itself, until ContinueBackground was called as often as this.
func (db *DB) PauseBackground() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_pause_background(db, details) })
}

// ContinueBackground takes back one PauseBackground.
func (db *DB) ContinueBackground() error {
	return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_continue_background(db, details)
	})
}

// Compact merges all tables that have keys from begin on and below end, after a flush. A nil end is the end of all
// keys. The progress function may be nil; an error that it returns cancels the call, which returns it.
func (db *DB) Compact(begin, end []byte, progress func(bytesDone, bytesTotal uint64) error) error {
	return watched(progress, func(watch cgo.Handle) error {
		return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
			from, fromLength, to, toLength := bounds(begin, end)
			return C.kevo_go_compact(db, from, fromLength, to, toLength, C.uintptr_t(watch), details)
		})
	})
}

// Checkpoint makes a second database, of all that was written before, in a directory that is new or empty. The progress
// function is as in Compact.
func (db *DB) Checkpoint(directory string, progress func(bytesDone, bytesTotal uint64) error) error {
	path, err := newPath(directory)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(path))
	return watched(progress, func(watch cgo.Handle) error {
		return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
			return C.kevo_go_checkpoint(db, path, C.uintptr_t(watch), details)
		})
	})
}

// Verify reads every byte of every file that the database needs. If something is damaged or missing, the error is
// ErrCorrupt, and the report lists all damage. The progress function is as in Compact.
func (db *DB) Verify(progress func(bytesDone, bytesTotal uint64) error) (*Report, error) {
	var report *C.kevo_recovery_report
	err := watched(progress, func(watch cgo.Handle) error {
		return db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
			return C.kevo_go_verify(db, C.uintptr_t(watch), &report, details)
		})
	})
	defer C.kevo_recovery_report_free(report)
	found := readReport(report)
	var failure *Error
	if errors.As(err, &failure) {
		failure.Report = found
	}
	return found, err
}

// ApproximateSize is about how many bytes of table files the keys from begin on and below end take.
func (db *DB) ApproximateSize(begin, end []byte) (uint64, error) {
	var size C.uint64_t
	err := db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		from, fromLength, to, toLength := bounds(begin, end)
		return C.kevo_db_approximate_size(db, from, fromLength, to, toLength, &size, details)
	})
	return uint64(size), err
}

// LastSequence is the highest sequence number of all writes that reads see.
func (db *DB) LastSequence() (sequence uint64, err error) {
	err = db.do(func(db *C.kevo_db, _ **C.kevo_error) C.int {
		sequence = uint64(C.kevo_db_last_sequence(db))
		return C.KEVO_OK
	})
	return sequence, err
}

// Stats are numbers that say something about the database, by their names, such as "bytes-flushed".
func (db *DB) Stats() (map[string]uint64, error) {
	stats := map[string]uint64{}
	err := db.do(func(db *C.kevo_db, _ **C.kevo_error) C.int {
		for stat := C.int(0); C.kevo_db_stat_name(stat) != nil; stat++ {
			stats[C.GoString(C.kevo_db_stat_name(stat))] = uint64(C.kevo_db_stat(db, stat))
		}
		return C.KEVO_OK
	})
	return stats, err
}

// StatText is all of these, in the form that Prometheus collects, with the levels as well.
func (db *DB) StatText() (string, error) {
	text := make([]byte, longestStatText)
	var length C.size_t
	err := db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_db_stat_text(db, (*C.char)(unsafe.Pointer(&text[0])), longestStatText, &length, details)
	})
	return string(text[:length]), err
}

// In bytes; kevo.h says how much fewer it has.
const longestStatText = 1 << 16

// ListedTable is a table that a database has.
type ListedTable struct {
	Path string
	// Age is that of its run: tables of one run have the same age, and share no key; a newer run has a higher age.
	Age, Level uint64
	// Entries are with Tombstones.
	Entries, Tombstones, Bytes uint64
	// Foreign: Kevo wrote it.
	Foreign bool
}

// Tables are the tables that the database has now: runs from the newest to the oldest.
func (db *DB) Tables() (listed []ListedTable, err error) {
	var tables *C.kevo_table_list
	err = db.do(func(db *C.kevo_db, details **C.kevo_error) C.int { return C.kevo_db_tables(db, &tables, details) })
	defer C.kevo_table_list_free(tables)
	for index := C.size_t(0); index < C.kevo_table_list_count(tables); index++ {
		stat := func(which C.int) uint64 { return uint64(C.kevo_table_list_stat(tables, index, which)) }
		listed = append(listed, ListedTable{
			Path:       C.GoString(C.kevo_table_list_path(tables, index)),
			Age:        stat(C.KEVO_LISTED_TABLE_AGE),
			Level:      stat(C.KEVO_LISTED_TABLE_LEVEL),
			Entries:    stat(C.KEVO_LISTED_TABLE_ENTRIES),
			Tombstones: stat(C.KEVO_LISTED_TABLE_TOMBSTONES),
			Bytes:      stat(C.KEVO_LISTED_TABLE_BYTES),
			Foreign:    stat(C.KEVO_LISTED_TABLE_FOREIGN) != 0,
		})
	}
	return listed, err
}

// Destroy removes a database that is closed: its files, by their names, and the directories that are empty then.
func Destroy(directory string) error {
	path, err := newPath(directory)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(path))
	_, err = called(func(details **C.kevo_error) C.int { return C.kevo_db_destroy(path, details) })
	return err
}

// Salvage makes an openable database in a directory of whatever is left of the one in another, where nothing changes.
// The report says what cannot be had or is in doubt.
func Salvage(directory, into string) (*Report, error) {
	from, err := newPath(directory)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(from))
	to, err := newPath(into)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(to))
	var report *C.kevo_recovery_report
	_, err = called(func(details **C.kevo_error) C.int { return C.kevo_db_salvage(from, to, nil, &report, details) })
	defer C.kevo_recovery_report_free(report)
	return readReport(report), err
}
