package kevo

// #include <kevo.h>
import "C"

import (
	"time"
	"unsafe"
)

// Memtable is one memtable of a list.
type Memtable struct {
	memtables
}

var memtableFunctions = functions{
	get: func(from unsafe.Pointer, key []byte, maxSequence uint64, value *C.kevo_slice, sequence *C.uint64_t) C.int {
		bytes := somewhere(key)
		return C.kevo_memtable_get((*C.kevo_memtable)(from), unsafe.Pointer(&bytes[0]), C.size_t(len(key)),
			C.uint64_t(maxSequence), value, sequence)
	},
	put: func(to unsafe.Pointer, key, value []byte, sequence uint64) C.int {
		keyBytes, valueBytes := somewhere(key), somewhere(value)
		return C.kevo_memtable_put((*C.kevo_memtable)(to), unsafe.Pointer(&keyBytes[0]), C.size_t(len(key)),
			unsafe.Pointer(&valueBytes[0]), C.size_t(len(value)), C.uint64_t(sequence))
	},
	delete: func(from unsafe.Pointer, key []byte, sequence uint64) C.int {
		bytes := somewhere(key)
		return C.kevo_memtable_delete((*C.kevo_memtable)(from), unsafe.Pointer(&bytes[0]), C.size_t(len(key)),
			C.uint64_t(sequence))
	},
	iterator: func(over unsafe.Pointer, scan *C.kevo_scan, iterator **C.kevo_iterator) C.int {
		return C.kevo_memtable_iterator((*C.kevo_memtable)(over), scan, iterator)
	},
	free: func(table unsafe.Pointer) { C.kevo_memtable_free((*C.kevo_memtable)(table)) },
}

func newMemtable(pointer *C.kevo_memtable) *Memtable {
	table := &Memtable{}
	table.open(unsafe.Pointer(pointer), memtableFunctions)
	return table
}

// Info is what is known about a memtable as a whole.
type Info struct {
	Immutable bool
	// ApproximateSize, in bytes: key length + value length + 16 for each put and delete, including superseded ones.
	ApproximateSize uint64
	// EntryCount is the number of puts and deletes, including superseded ones.
	EntryCount uint64
	// NextSequence is the highest sequence number plus one; 0 if the memtable is empty.
	NextSequence uint64
	// Age is how long ago the memtable was made.
	Age time.Duration
}

// Info returns what is known about the memtable as a whole, as it is now.
func (table *Memtable) Info() (info Info, err error) {
	err = table.with(func(pointer unsafe.Pointer) error {
		handle := (*C.kevo_memtable)(pointer)
		info = Info{
			Immutable:       C.kevo_memtable_is_immutable(handle) != 0,
			ApproximateSize: uint64(C.kevo_memtable_approximate_size(handle)),
			EntryCount:      uint64(C.kevo_memtable_entry_count(handle)),
			NextSequence:    uint64(C.kevo_memtable_next_sequence(handle)),
			Age:             time.Duration(float64(C.kevo_memtable_age_seconds(handle)) * float64(time.Second)),
		}
		return nil
	})
	return info, err
}

// SetImmutable makes the memtable immutable. This cannot be undone.
func (table *Memtable) SetImmutable() error {
	return table.with(func(pointer unsafe.Pointer) error {
		return check(C.kevo_memtable_set_immutable((*C.kevo_memtable)(pointer)))
	})
}
