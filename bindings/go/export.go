package kevo

// #include <stdlib.h>
// #include <kevo.h>
import "C"

import "unsafe"

// ExportOptions is what an export writes. The zero ExportOptions is everything.
type ExportOptions struct {
	// NewestOnly asks for only the last put or delete of each key.
	NewestOnly bool
}

func (options ExportOptions) flags() (flags C.uint32_t) {
	if options.NewestOnly {
		flags |= C.KEVO_EXPORT_NEWEST_ONLY
	}
	return flags
}

// Exported is what an export holds.
type Exported struct {
	// Entries is how many puts and deletes there are.
	Entries uint64
	// MemtableSize is the bytes that a memtable must hold for all of them. Kevo's memtables hold 32 MiB by default. If
	// this is as much or more, set "memtable_size" to more in the file MANIFEST of Kevo's database before Kevo opens it.
	MemtableSize uint64
}

// Export writes all puts and deletes as they are now, including those since the recovery, as a clean log that Kevo can
// open. The directory must be new or empty, and its parent must exist. If the export fails, no part of a log is left in
// it.
//
// If it cannot be written, the error is an *Error.
func (list *MemtableList) Export(directory string, options ExportOptions) (exported Exported, err error) {
	path, err := newPath(directory)
	if err != nil {
		return exported, err
	}
	defer C.free(unsafe.Pointer(path))
	err = list.with(func(pointer unsafe.Pointer) error {
		var entries, memtableSize C.uint64_t
		var details *C.kevo_error
		handle := (*C.kevo_memtable_list)(pointer)
		code := C.kevo_memtable_list_export(handle, path, options.flags(), &entries, &memtableSize, &details)
		defer C.kevo_error_free(details)
		if code != C.KEVO_OK {
			return detailedError(code, details, nil)
		}
		exported = Exported{Entries: uint64(entries), MemtableSize: uint64(memtableSize)}
		return nil
	})
	return exported, err
}
