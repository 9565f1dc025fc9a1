package kevo

// #include <kevo.h>
import "C"

import (
	"errors"
	"fmt"
	"syscall"
)

// Code is what libkevo returns when something has failed. Compare with errors.Is.
type Code int

const (
	// ErrInvalidArgument: a value is out of range.
	ErrInvalidArgument Code = C.KEVO_E_INVALID_ARGUMENT
	// ErrIO: a file or directory could not be read or written. The Error also is the syscall.Errno.
	ErrIO Code = C.KEVO_E_IO
	// ErrCorrupt: the log is damaged in a way that the recovery mode does not pass over.
	ErrCorrupt Code = C.KEVO_E_CORRUPT
	// ErrTooManyMemtables: the log needs more memtables than are allowed.
	ErrTooManyMemtables Code = C.KEVO_E_TOO_MANY_MEMTABLES
	// ErrCancelled: a LogCursor was woken while it waited.
	ErrCancelled Code = C.KEVO_E_CANCELLED
	// ErrLocked: another process, or another DB of this one, has the database open for writing.
	ErrLocked Code = C.KEVO_E_LOCKED
	// ErrConflict: the transaction read what somebody has written since. Run it again, as DB.Transact does.
	ErrConflict Code = C.KEVO_E_CONFLICT
	// ErrReadOnly: the database, or the transaction, is only for reading.
	ErrReadOnly Code = C.KEVO_E_READ_ONLY
	// ErrClosed: what is used is closed, or a transaction that is over.
	ErrClosed Code = C.KEVO_E_CLOSED
	// ErrFailed: a write, sync or flush failed before: nothing more is taken until DB.Resume or a new opening.
	ErrFailed Code = C.KEVO_E_FAILED
	// ErrExists: there is a database, or a directory that is not empty, where none must be.
	ErrExists Code = C.KEVO_E_EXISTS
	// ErrNotADatabase: there is no database, and none is to be made; or there is something else.
	ErrNotADatabase Code = C.KEVO_E_NOT_A_DATABASE
	// ErrTooLarge: a key, a value or a batch is larger than may be.
	ErrTooLarge Code = C.KEVO_E_TOO_LARGE
	// ErrExpired: the transaction outlived its time limit.
	ErrExpired Code = C.KEVO_E_EXPIRED
	// ErrUnsupported: a newer version of libkevo wrote it.
	ErrUnsupported Code = C.KEVO_E_UNSUPPORTED
	// ErrBusy: it would have to wait, and must not; or the time limit of the wait ran out.
	ErrBusy Code = C.KEVO_E_BUSY
	// ErrImmutable: the memtable takes no more writes.
	ErrImmutable Code = C.KEVO_E_IMMUTABLE
	// ErrNoMemory: there is not enough memory.
	ErrNoMemory Code = C.KEVO_E_NO_MEMORY
	// ErrInternal: an error in the library itself. Please report it.
	ErrInternal Code = C.KEVO_E_PANIC
)

var (
	// ErrNotFound says that a key has no value: it was never written, or it was deleted.
	ErrNotFound = errors.New("kevo: key not found")
	// ErrDeleted is the ErrNotFound of a key that was deleted.
	ErrDeleted = fmt.Errorf("%w: it was deleted", ErrNotFound)
)

// Error says in a few words what the code means.
func (code Code) Error() string { return "kevo: " + C.GoString(C.kevo_strerror(C.int(code))) }

// Error says why a call failed.
type Error struct {
	Code Code
	// Message says what is wrong, where, and what to do about it.
	Message string
	// Path is the file or directory that the error is about; "" if there is none.
	Path string
	// Offset is where in that file the trouble starts; -1 if there is no such place.
	Offset int64
	// Errno is the operating system's error number; 0 if there is none.
	Errno syscall.Errno
	// Report is what recovery found before it failed; nil if it was something else that failed.
	Report *Report
}

func (err *Error) Error() string { return "kevo: " + err.Message }

// Is tells whether err has the code target.
func (err *Error) Is(target error) bool { return target == err.Code }

// Unwrap gives the Errno, so that errors.Is(err, fs.ErrNotExist) works.
func (err *Error) Unwrap() error {
	if err.Errno == 0 {
		return nil
	}
	return err.Errno
}

// check makes an error of a code that is negative.
func check(code C.int) error {
	if code < 0 {
		return Code(code)
	}
	return nil
}

func detailedError(code C.int, details *C.kevo_error, report *Report) error {
	if details == nil {
		return Code(code)
	}
	offset := C.kevo_error_offset(details)
	return &Error{
		Code:    Code(code),
		Message: C.GoString(C.kevo_error_message(details)),
		Path:    C.GoString(C.kevo_error_path(details)),
		Offset:  int64(offset), // UINT64_MAX becomes -1
		Errno:   syscall.Errno(C.kevo_error_os_code(details)),
		Report:  report,
	}
}

// called runs a call that has a place for an error, and frees that.
func called(call func(details **C.kevo_error) C.int) (C.int, error) {
	var details *C.kevo_error
	code := call(&details)
	defer C.kevo_error_free(details)
	if code < 0 {
		return code, detailedError(code, details, nil)
	}
	return code, nil
}
