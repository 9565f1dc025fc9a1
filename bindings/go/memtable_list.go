package kevo

// #include <kevo.h>
import "C"

import "unsafe"

// MemtableList is all memtables of a log, oldest first, of which the last is open for writes.
type MemtableList struct {
	memtables
	// Report is what recovery found.
	Report *Report
}

var listFunctions = functions{
	get: func(from unsafe.Pointer, key []byte, maxSequence uint64, value *C.kevo_slice, sequence *C.uint64_t) C.int {
		bytes := somewhere(key)
		return C.kevo_memtable_list_get((*C.kevo_memtable_list)(from), unsafe.Pointer(&bytes[0]), C.size_t(len(key)),
			C.uint64_t(maxSequence), value, sequence)
	},
	put: func(to unsafe.Pointer, key, value []byte, sequence uint64) C.int {
		keyBytes, valueBytes := somewhere(key), somewhere(value)
		return C.kevo_memtable_list_put((*C.kevo_memtable_list)(to), unsafe.Pointer(&keyBytes[0]), C.size_t(len(key)),
			unsafe.Pointer(&valueBytes[0]), C.size_t(len(value)), C.uint64_t(sequence))
	},
	delete: func(from unsafe.Pointer, key []byte, sequence uint64) C.int {
		bytes := somewhere(key)
		return C.kevo_memtable_list_delete((*C.kevo_memtable_list)(from), unsafe.Pointer(&bytes[0]),
			C.size_t(len(key)), C.uint64_t(sequence))
	},
	iterator: func(over unsafe.Pointer, scan *C.kevo_scan, iterator **C.kevo_iterator) C.int {
		return C.kevo_memtable_list_iterator((*C.kevo_memtable_list)(over), scan, iterator)
	},
	free: func(list unsafe.Pointer) { C.kevo_memtable_list_free((*C.kevo_memtable_list)(list)) },
}

func newMemtableList(pointer *C.kevo_memtable_list, report *Report) *MemtableList {
	list := &MemtableList{Report: report}
	list.open(unsafe.Pointer(pointer), listFunctions)
	return list
}

// MaxSequence returns the highest sequence number that was read and not ignored, or written since; 0 if there is none.
func (list *MemtableList) MaxSequence() (sequence uint64, err error) {
	err = list.with(func(pointer unsafe.Pointer) error {
		sequence = uint64(C.kevo_memtable_list_max_sequence((*C.kevo_memtable_list)(pointer)))
		return nil
	})
	return sequence, err
}

// Memtables returns the memtables of the list as it is now, oldest first.
func (list *MemtableList) Memtables() (tables []*Memtable, err error) {
	err = list.with(func(pointer unsafe.Pointer) error {
		count := C.kevo_memtable_list_count((*C.kevo_memtable_list)(pointer))
		for index := C.size_t(0); index < count; index++ {
			var table *C.kevo_memtable
			if err := check(C.kevo_memtable_list_table((*C.kevo_memtable_list)(pointer), index, &table)); err != nil {
				return err
			}
			tables = append(tables, newMemtable(table))
		}
		return nil
	})
	return tables, err
}
