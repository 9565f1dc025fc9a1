// Package kevo is an embedded key-value store that keeps databases as Kevo does, and opens what Kevo left: see Open. It
// also recovers Kevo's write-ahead log alone, and answers queries on what comes back: see Recover.
//
// Keys and values are copied. Any number of goroutines may use a list or a memtable at once, even while one of them
// closes it; an iterator must be used by one goroutine at a time. Lists, memtables and iterators that are never closed
// are freed by a later garbage collection.
package kevo

/*
#cgo CFLAGS: -I${SRCDIR}/../../include
#include <kevo.h>
*/
import "C"

import (
	"fmt"
	"math"
	"strings"
)

// Latest is above every sequence number: as a bound, it leaves nothing out.
const Latest uint64 = math.MaxUint64

// LibraryVersion is the version of libkevo that is in use, such as "0.1.0".
func LibraryVersion() string { return C.GoString(C.kevo_version_string()) }

// newPath gives C a path, which the caller frees.
func newPath(path string) (*C.char, error) {
	if strings.IndexByte(path, 0) >= 0 {
		return nil, fmt.Errorf("%w: a path with a NUL in it", ErrInvalidArgument)
	}
	return C.CString(path), nil
}

// somewhere gives bytes an address even if there are none, so that &bytes[0] can be handed to C.
func somewhere(bytes []byte) []byte {
	if len(bytes) == 0 {
		return []byte{0}
	}
	return bytes
}
