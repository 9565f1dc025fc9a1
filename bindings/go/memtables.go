package kevo

// #include <kevo.h>
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

// memtables is what a list of memtables and a single memtable have in common.
type memtables struct {
	// Held for reading while the pointer is in use, so that it is not freed at that time.
	mutex   sync.RWMutex
	pointer unsafe.Pointer
	functions
}

// functions are those of a list or of a single memtable.
type functions struct {
	get      func(from unsafe.Pointer, key []byte, maxSequence uint64, value *C.kevo_slice, sequence *C.uint64_t) C.int
	put      func(to unsafe.Pointer, key, value []byte, sequence uint64) C.int
	delete   func(from unsafe.Pointer, key []byte, sequence uint64) C.int
	iterator func(over unsafe.Pointer, scan *C.kevo_scan, iterator **C.kevo_iterator) C.int
	free     func(unsafe.Pointer)
}

func (m *memtables) open(pointer unsafe.Pointer, functions functions) {
	m.pointer, m.functions = pointer, functions
	runtime.SetFinalizer(m, (*memtables).Close)
}

// Close frees it. Iterators, and memtables of a list, can still be used. Closing it again changes nothing.
func (m *memtables) Close() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.free(m.pointer)
	m.pointer = nil
	runtime.SetFinalizer(m, nil)
}

// with calls a function with the pointer, which stays usable until the function returns.
func (m *memtables) with(call func(unsafe.Pointer) error) error {
	m.mutex.RLock()
	defer m.mutex.RUnlock()
	if m.pointer == nil {
		return ErrClosed
	}
	return call(m.pointer)
}

// Get returns the value of a key. The error is ErrNotFound if the key was never written; if it was deleted,
// ErrDeleted, which is also an ErrNotFound.
func (m *memtables) Get(key []byte) ([]byte, error) { return m.GetAt(key, Latest) }

// GetAt does what Get does, as of a sequence number: versions above it are not seen.
func (m *memtables) GetAt(key []byte, maxSequence uint64) ([]byte, error) {
	entry, err := m.Lookup(key, maxSequence)
	if err == nil && entry.Tombstone {
		err = ErrDeleted
	}
	return entry.Value, err
}

// Lookup returns the newest version of a key at or below a sequence number, which can be a tombstone. The error is
// ErrNotFound if there is none.
func (m *memtables) Lookup(key []byte, maxSequence uint64) (entry Entry, err error) {
	err = m.with(func(pointer unsafe.Pointer) error {
		var value C.kevo_slice
		var sequence C.uint64_t
		code := m.get(pointer, key, maxSequence, &value, &sequence)
		if code == C.KEVO_NOT_FOUND {
			return ErrNotFound
		}
		if code == C.KEVO_OK {
			entry.Value = copied(value)
		}
		entry.Key = append([]byte{}, key...)
		entry.Sequence, entry.Tombstone = uint64(sequence), code == C.KEVO_DELETED
		return check(code)
	})
	return entry, err
}

// Scan goes through keys, in the order of their bytes. Later writes are not seen.
func (m *memtables) Scan(keys Range) *Iterator { return m.ScanAt(keys, Latest) }

// ScanAt does what Scan does, as of a sequence number: versions above it are not seen.
func (m *memtables) ScanAt(keys Range, maxSequence uint64) *Iterator {
	iterator := &Iterator{}
	iterator.err = m.with(func(pointer unsafe.Pointer) error {
		scan := C.kevo_scan_new()
		defer C.kevo_scan_free(scan)
		if err := keys.fill(scan, maxSequence); err != nil {
			return err
		}
		return iterator.open(func(handle **C.kevo_iterator) C.int { return m.iterator(pointer, scan, handle) })
	})
	return iterator
}

// Put gives a key a value, in memory only. Iterators that were made before do not see it.
func (m *memtables) Put(key, value []byte, sequence uint64) error {
	return m.with(func(pointer unsafe.Pointer) error { return check(m.put(pointer, key, value, sequence)) })
}

// Delete deletes a key, in memory only, by writing a tombstone. Iterators that were made before do not see it.
func (m *memtables) Delete(key []byte, sequence uint64) error {
	return m.with(func(pointer unsafe.Pointer) error { return check(m.delete(pointer, key, sequence)) })
}

// copied is never nil: a value can be empty.
func copied(slice C.kevo_slice) []byte {
	bytes := make([]byte, slice.len)
	copy(bytes, unsafe.Slice((*byte)(slice.data), slice.len))
	return bytes
}
