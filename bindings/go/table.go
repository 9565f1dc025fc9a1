package kevo

// #include <stdlib.h>
// #include <kevo.h>
import "C"

import (
	"runtime"
	"unsafe"
)

// Table is a table file, of libkevo's or of any release of Kevo's. It never changes. Any number of goroutines may use
// it.
type Table struct{ handle handle }

// OpenTable opens a table. With the mode Absolute nothing that is damaged is passed over; with SkipCorrupted everything
// that is intact can be read. Others are ErrInvalidArgument.
func OpenTable(file string, mode Mode) (*Table, error) {
	path, err := newPath(file)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(path))
	var pointer *C.kevo_table
	_, err = called(func(details **C.kevo_error) C.int {
		return C.kevo_table_open_mode(path, C.int(mode), &pointer, details)
	})
	if err != nil {
		return nil, err
	}
	table := &Table{handle{
		pointer: unsafe.Pointer(pointer),
		free:    func(pointer unsafe.Pointer) { C.kevo_table_free((*C.kevo_table)(pointer)) },
	}}
	runtime.SetFinalizer(table, (*Table).Close)
	return table, nil
}

// Close frees it. Iterators can still be used. Closing it again changes nothing.
func (t *Table) Close() {
	t.handle.close()
	runtime.SetFinalizer(t, nil)
}

func (t *Table) call(call func(table *C.kevo_table, details **C.kevo_error) C.int) (code C.int, err error) {
	err = t.handle.with(func(pointer unsafe.Pointer) error {
		code, err = called(func(details **C.kevo_error) C.int { return call((*C.kevo_table)(pointer), details) })
		return err
	})
	runtime.KeepAlive(t)
	return code, err
}

// Lookup returns the newest version of a key that is in the table, perhaps a tombstone. The error is ErrNotFound if
// there is none. The sequence number is 0 if the table has none.
func (t *Table) Lookup(key []byte) (entry Entry, err error) {
	pinned := C.kevo_pinned_new()
	defer C.kevo_pinned_free(pinned)
	var slice C.kevo_slice
	var sequence C.uint64_t
	code, err := t.call(func(table *C.kevo_table, details **C.kevo_error) C.int {
		return C.kevo_table_get(table, address(key), C.size_t(len(key)), pinned, &slice, &sequence, details)
	})
	if err == nil && code == C.KEVO_NOT_FOUND {
		err = ErrNotFound
	}
	if err != nil {
		return entry, err
	}
	entry = Entry{Key: append([]byte{}, key...), Sequence: uint64(sequence), Tombstone: code == C.KEVO_DELETED}
	if !entry.Tombstone {
		entry.Value = copied(slice)
	}
	return entry, nil
}

// Scan goes through keys, in the order of their bytes.
func (t *Table) Scan(keys Range) *Iterator {
	iterator := &Iterator{}
	iterator.err = t.handle.with(func(pointer unsafe.Pointer) error {
		create := func(scan *C.kevo_scan, made **C.kevo_iterator, details **C.kevo_error) C.int {
			return C.kevo_table_iterator((*C.kevo_table)(pointer), scan, made, details)
		}
		return iterator.scan(Scan{Range: keys}, create)
	})
	runtime.KeepAlive(t)
	return iterator
}

// Verify reads the whole file again. The error is ErrCorrupt, with the place of the first damage, if there is any.
func (t *Table) Verify() error {
	_, err := t.call(func(table *C.kevo_table, details **C.kevo_error) C.int {
		return C.kevo_table_verify(table, details)
	})
	return err
}

// Damage does what Verify does, and lists all damage.
func (t *Table) Damage() (*Report, error) {
	var report *C.kevo_recovery_report
	_, err := t.call(func(table *C.kevo_table, details **C.kevo_error) C.int {
		return C.kevo_table_damage(table, &report, details)
	})
	defer C.kevo_recovery_report_free(report)
	return readReport(report), err
}

// TableStats are numbers that say something about a table; of one that is damaged, only what is intact counts.
type TableStats struct {
	Entries, Tombstones uint64 // Entries are with Tombstones
	Blocks              uint64
	Bytes               uint64 // of the file
	Version             uint64 // that its footer says
	CreatedNs           uint64 // when it was written, in nanoseconds since 1970
	Generation          uint64 // 1 to 3: Kevo's A, B and C; 4: libkevo
	IndexEntries        uint64
	Oversize            uint64 // entries outside of blocks, which Kevo does not see
	Memory              uint64 // that the open table takes, in bytes
}

// Stats are numbers that say something about the table.
func (t *Table) Stats() (stats TableStats, err error) {
	_, err = t.call(func(table *C.kevo_table, _ **C.kevo_error) C.int {
		stat := func(which C.int) uint64 { return uint64(C.kevo_table_stat(table, which)) }
		stats = TableStats{
			Entries:      stat(C.KEVO_TABLE_STAT_ENTRIES),
			Tombstones:   stat(C.KEVO_TABLE_STAT_TOMBSTONES),
			Blocks:       stat(C.KEVO_TABLE_STAT_BLOCKS),
			Bytes:        stat(C.KEVO_TABLE_STAT_BYTES),
			Version:      stat(C.KEVO_TABLE_STAT_VERSION),
			CreatedNs:    stat(C.KEVO_TABLE_STAT_CREATED_NS),
			Generation:   stat(C.KEVO_TABLE_STAT_GENERATION),
			IndexEntries: stat(C.KEVO_TABLE_STAT_INDEX_ENTRIES),
			Oversize:     stat(C.KEVO_TABLE_STAT_OVERSIZE),
			Memory:       stat(C.KEVO_TABLE_STAT_MEMORY),
		}
		return C.KEVO_OK
	})
	return stats, err
}
