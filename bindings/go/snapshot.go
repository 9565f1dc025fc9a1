package kevo

// #include <kevo.h>
import "C"

import (
	"runtime"
	"unsafe"
)

// Scan is which keys an iterator over a database gives, and in which direction. The zero Scan is all keys, ascending.
type Scan struct {
	Range
	// Reverse: from the last key to the first.
	Reverse bool
	// Limit is how many it gives at most; 0 is no limit.
	Limit int
}

func (it *Iterator) scan(
	scan Scan, create func(scan *C.kevo_scan, made **C.kevo_iterator, details **C.kevo_error) C.int,
) error {
	keys := C.kevo_scan_new()
	defer C.kevo_scan_free(keys)
	if err := scan.fill(keys, Latest); err != nil {
		return err
	}
	it.reverse, it.limited, it.left = scan.Reverse, scan.Limit > 0, scan.Limit
	var failure error
	err := it.open(func(made **C.kevo_iterator) (code C.int) {
		code, failure = called(func(details **C.kevo_error) C.int { return create(keys, made, details) })
		return code
	})
	if failure != nil {
		return failure
	}
	return err
}

// Snapshot is a database as it was when DB.Snapshot was called. It can be read after the database was closed. Any
// number of goroutines may use it at once.
type Snapshot struct{ handle handle }

func newSnapshot(pointer *C.kevo_snapshot) *Snapshot {
	snapshot := &Snapshot{handle{
		pointer: unsafe.Pointer(pointer),
		free:    func(pointer unsafe.Pointer) { C.kevo_snapshot_free((*C.kevo_snapshot)(pointer)) },
	}}
	runtime.SetFinalizer(snapshot, (*Snapshot).Close)
	return snapshot
}

// Close frees it. Iterators can still be used. Closing it again changes nothing.
func (s *Snapshot) Close() {
	s.handle.close()
	runtime.SetFinalizer(s, nil)
}

// Get returns the value of a key. The error is ErrNotFound if it was not there.
func (s *Snapshot) Get(key []byte) (value []byte, err error) {
	pinned := C.kevo_pinned_new()
	defer C.kevo_pinned_free(pinned)
	err = s.handle.with(func(pointer unsafe.Pointer) error {
		var slice C.kevo_slice
		err := found(called(func(details **C.kevo_error) C.int {
			return C.kevo_snapshot_get((*C.kevo_snapshot)(pointer), address(key), C.size_t(len(key)), pinned, &slice,
				details)
		}))
		if err == nil {
			value = copied(slice)
		}
		return err
	})
	runtime.KeepAlive(s)
	return value, err
}

// NewIterator goes through the keys of a scan.
func (s *Snapshot) NewIterator(scan Scan) *Iterator {
	iterator := &Iterator{}
	iterator.err = s.handle.with(func(pointer unsafe.Pointer) error {
		return iterator.scan(scan, func(scan *C.kevo_scan, made **C.kevo_iterator, details **C.kevo_error) C.int {
			return C.kevo_snapshot_iterator((*C.kevo_snapshot)(pointer), scan, made, details)
		})
	})
	runtime.KeepAlive(s)
	return iterator
}

// Sequence is the highest sequence number that it sees.
func (s *Snapshot) Sequence() (sequence uint64, err error) {
	err = s.handle.with(func(pointer unsafe.Pointer) error {
		sequence = uint64(C.kevo_snapshot_sequence((*C.kevo_snapshot)(pointer)))
		return nil
	})
	runtime.KeepAlive(s)
	return sequence, err
}
