package kevo

// #include <stdint.h>
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// progress is a function that is told how far recovery has read, and how it ended recovery, if it did.
type progress struct {
	call     func(bytesDone, bytesTotal uint64) error
	err      error
	panicked any
}

//export kevoGoProgress
func kevoGoProgress(user unsafe.Pointer, bytesDone, bytesTotal C.uint64_t) (cancel C.int) {
	progress := cgo.Handle(uintptr(user)).Value().(*progress)
	// A panic must not go through the library.
	defer func() {
		if progress.panicked = recover(); progress.panicked != nil {
			cancel = 1
		}
	}()
	if progress.err = progress.call(uint64(bytesDone), uint64(bytesTotal)); progress.err != nil {
		return 1
	}
	return 0
}

//export kevoGoLog
func kevoGoLog(user unsafe.Pointer, level C.int, message *C.char) {
	// A panic must not go through the library.
	defer func() { _ = recover() }()
	cgo.Handle(uintptr(user)).Value().(func(LogLevel, string))(LogLevel(level), C.GoString(message))
}
