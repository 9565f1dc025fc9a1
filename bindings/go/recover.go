package kevo

/*
#include <stdlib.h>
#include <kevo.h>

int kevoGoProgress(void *user, uint64_t bytes_done, uint64_t bytes_total);

// The user is a number, which Go must not hold as a pointer.
static int kevo_go_set_progress(kevo_recovery_options *options, uintptr_t user)
{
  return kevo_recovery_options_set_progress(options, kevoGoProgress, (void *)user);
}
*/
import "C"

import (
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// Mode is what recovery does about damage.
type Mode int32

const (
	// TolerateTornTail, the default: torn tails are reported, in any file; corruption is an error.
	TolerateTornTail Mode = C.KEVO_RECOVERY_TOLERATE_TORN_TAIL
	// Absolute: any damage is an error.
	Absolute Mode = C.KEVO_RECOVERY_ABSOLUTE
	// PointInTime: nothing after corruption is recovered; after a torn tail, a later file is read only if its sequence
	// numbers continue where those before the tail ended.
	PointInTime Mode = C.KEVO_RECOVERY_POINT_IN_TIME
	// SkipCorrupted: everything that is intact is recovered.
	SkipCorrupted Mode = C.KEVO_RECOVERY_SKIP_CORRUPTED
)

// Order is what makes a version of a key the newest.
type Order int32

const (
	// LogOrder, the default: the version that was written last.
	LogOrder Order = C.KEVO_ORDER_LOG
	// SequenceOrder: the version that Kevo itself would answer with, which can be an old one.
	SequenceOrder Order = C.KEVO_ORDER_SEQUENCE
)

// Option changes what Recover does.
type Option func(*recovery) error

type recovery struct {
	options *C.kevo_recovery_options
	watch   *progress
}

// WithMode sets what recovery does about damage.
func WithMode(mode Mode) Option {
	return func(r *recovery) error {
		return named(C.kevo_recovery_options_set_mode(r.options, C.int(mode)), "mode", mode)
	}
}

// WithOrder sets what makes a version of a key the newest.
func WithOrder(order Order) Option {
	return func(r *recovery) error {
		return named(C.kevo_recovery_options_set_order(r.options, C.int(order)), "order", order)
	}
}

// WithMaxSequence sets the highest sequence number that is recovered; entries above it are ignored.
func WithMaxSequence(sequence uint64) Option {
	return func(r *recovery) error {
		return check(C.kevo_recovery_options_set_max_sequence(r.options, C.uint64_t(sequence)))
	}
}

// WithMaxMemtables sets how many memtables recovery may make at most; 4 by default.
func WithMaxMemtables(count uint) Option {
	return func(r *recovery) error {
		return named(C.kevo_recovery_options_set_max_memtables(r.options, C.size_t(count)), "memtables", count)
	}
}

// WithMemtableSize sets the approximate size in bytes at which a memtable is full; 32 MiB by default.
func WithMemtableSize(bytes uint64) Option {
	return func(r *recovery) error {
		return named(C.kevo_recovery_options_set_memtable_size(r.options, C.uint64_t(bytes)), "memtable size", bytes)
	}
}

// WithSetAside asks for the logs that Kevo has moved to backup_*/ as well.
func WithSetAside() Option {
	return func(r *recovery) error {
		return check(C.kevo_recovery_options_set_include_set_aside(r.options, 1))
	}
}

// WithThreads sets how many threads recovery uses at most; 0, the default, is one for each core.
func WithThreads(count uint) Option {
	return func(r *recovery) error {
		return check(C.kevo_recovery_options_set_threads(r.options, C.size_t(count)))
	}
}

// WithProgress has a function called with the bytes read so far and the bytes to be read. An error that it returns
// cancels the recovery, and Recover returns it. A panic also cancels the recovery, and goes on out of Recover.
func WithProgress(call func(bytesDone, bytesTotal uint64) error) Option {
	return func(r *recovery) error {
		r.watch = &progress{call: call}
		return nil
	}
}

func named(code C.int, what string, value any) error {
	if code < 0 {
		return fmt.Errorf("%w: %s %v", Code(code), what, value)
	}
	return nil
}

// Recover rebuilds the memtables of the write-ahead log in a directory. Nothing on disk is changed.
//
// If it fails because of the log, the error is an *Error.
func Recover(directory string, options ...Option) (*MemtableList, error) {
	if C.kevo_abi_check(C.KEVO_VERSION_NUMBER) != C.KEVO_OK {
		return nil, fmt.Errorf("kevo: libkevo %s does not serve a program compiled for another version", LibraryVersion())
	}
	r := recovery{options: C.kevo_recovery_options_new()}
	defer C.kevo_recovery_options_free(r.options)
	for _, option := range options {
		if err := option(&r); err != nil {
			return nil, err
		}
	}
	return r.watched(directory)
}

func (r *recovery) watched(directory string) (*MemtableList, error) {
	if r.watch == nil {
		return r.run(directory)
	}
	handle := cgo.NewHandle(r.watch)
	defer handle.Delete()
	if err := check(C.kevo_go_set_progress(r.options, C.uintptr_t(handle))); err != nil {
		return nil, err
	}
	list, err := r.run(directory)
	if r.watch.panicked != nil {
		panic(r.watch.panicked)
	}
	if r.watch.err != nil {
		return nil, r.watch.err
	}
	return list, err
}

func (r *recovery) run(directory string) (*MemtableList, error) {
	path, err := newPath(directory)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(path))
	var list *C.kevo_memtable_list
	var report *C.kevo_recovery_report
	var details *C.kevo_error
	code := C.kevo_recover(path, r.options, &list, &report, &details)
	defer C.kevo_recovery_report_free(report)
	defer C.kevo_error_free(details)
	found := readReport(report)
	if code != C.KEVO_OK {
		return nil, detailedError(code, details, found)
	}
	return newMemtableList(list, found), nil
}
