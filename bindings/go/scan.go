package kevo

// #include <kevo.h>
import "C"

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

const (
	bufferSize = 256 << 10
	// Key length, value length, sequence number, operation, 0: see kevo_iterator_next_packed.
	headerSize = 24
)

// Entry is one version of a key.
type Entry struct {
	Key       []byte
	Value     []byte // nil for a tombstone
	Sequence  uint64
	Tombstone bool
}

// Range is the keys that a scan gives, and which versions of each. The zero Range is all keys that have a value, each
// in its newest version. A key must both have the prefix and be within the bounds.
type Range struct {
	Prefix []byte
	// Start is the first key that can be given.
	Start []byte
	// End and the keys that sort after it are left out. If it is nil, there is no end.
	End []byte
	// Versions asks for every version, newest first.
	Versions bool
	// Tombstones asks for deletes as well.
	Tombstones bool
}

func (keys *Range) fill(scan *C.kevo_scan, maxSequence uint64) error {
	prefix, start, end := somewhere(keys.Prefix), somewhere(keys.Start), somewhere(keys.End)
	codes := []C.int{
		C.kevo_scan_set_prefix(scan, unsafe.Pointer(&prefix[0]), C.size_t(len(keys.Prefix))),
		C.kevo_scan_set_lower(scan, unsafe.Pointer(&start[0]), C.size_t(len(keys.Start)), 1),
		C.kevo_scan_set_max_sequence(scan, C.uint64_t(maxSequence)),
		C.kevo_scan_set_flags(scan, keys.flags()),
	}
	if keys.End != nil {
		codes = append(codes, C.kevo_scan_set_upper(scan, unsafe.Pointer(&end[0]), C.size_t(len(keys.End)), 0))
	}
	for _, code := range codes {
		if err := check(code); err != nil {
			return err
		}
	}
	return nil
}

func (keys *Range) flags() (flags C.uint32_t) {
	if keys.Versions {
		flags |= C.KEVO_SCAN_ALL_VERSIONS
	}
	if keys.Tombstones {
		flags |= C.KEVO_SCAN_TOMBSTONES
	}
	return flags
}

// Iterator goes through what a scan gives. It can be used after the list or memtable that it came from is closed.
type Iterator struct {
	pointer *C.kevo_iterator
	buffer  []byte
	rest    []byte // of the buffer: what Next has not given yet
	entry   Entry
	err     error
	reverse bool
	begun   bool
	limited bool
	left    int // if it is limited
}

func (it *Iterator) open(create func(**C.kevo_iterator) C.int) error {
	if err := check(create(&it.pointer)); err != nil {
		return err
	}
	it.buffer = make([]byte, bufferSize)
	runtime.SetFinalizer(it, (*Iterator).Close)
	return nil
}

// Next goes to the next entry and tells whether there is one. If there is none, it closes the iterator: see Err.
func (it *Iterator) Next() bool {
	if it.left == 0 && it.limited || it.pointer == nil && len(it.rest) == 0 {
		it.entry = Entry{}
		it.Close()
		return false
	}
	it.left--
	if it.reverse {
		return it.previous()
	}
	code := C.int(C.KEVO_OK)
	if len(it.rest) == 0 {
		code = it.fill()
	}
	switch code {
	case C.KEVO_OK:
		it.unpack()
	case C.KEVO_END:
		// What ended the scan before stays in err.
	case C.KEVO_E_BUFFER_TOO_SMALL:
		it.err = it.copyNext()
	default:
		it.err = it.failure(code)
	}
	if code == C.KEVO_END || it.err != nil {
		it.entry = Entry{}
		it.Close()
		return false
	}
	return true
}

// failure is the error of the last move, with what the library tells of it.
func (it *Iterator) failure(code C.int) error {
	return detailedError(code, C.kevo_iterator_error(it.pointer), nil)
}

// previous is Next, backwards.
func (it *Iterator) previous() bool {
	var code C.int
	if it.begun {
		code = C.kevo_iterator_prev(it.pointer)
	} else {
		code = C.kevo_iterator_last(it.pointer)
	}
	it.begun = true
	if code == C.KEVO_OK {
		it.err = it.copyEntry()
	} else if code < 0 {
		it.err = it.failure(code)
	}
	if code != C.KEVO_OK || it.err != nil {
		it.entry = Entry{}
		it.Close()
		return false
	}
	return true
}

// unpack takes the next entry out of the buffer.
func (it *Iterator) unpack() {
	keyLength := binary.LittleEndian.Uint32(it.rest)
	valueLength := binary.LittleEndian.Uint32(it.rest[4:])
	keyEnd := headerSize + uint64(keyLength)
	end := keyEnd + uint64(valueLength)
	bytes := append([]byte{}, it.rest[headerSize:end]...)
	it.entry = Entry{Key: bytes[:keyLength:keyLength], Sequence: binary.LittleEndian.Uint64(it.rest[8:])}
	if binary.LittleEndian.Uint32(it.rest[16:]) == C.KEVO_OP_DELETE {
		it.entry.Tombstone = true
	} else {
		it.entry.Value = bytes[keyLength:]
	}
	it.rest = it.rest[end:]
}

// copyNext copies an entry that fits in no buffer from where the library has it.
func (it *Iterator) copyNext() error {
	if code := C.kevo_iterator_next(it.pointer); code < 0 {
		return it.failure(code)
	}
	return it.copyEntry()
}

func (it *Iterator) copyEntry() error {
	var entry C.kevo_entry
	if err := check(C.kevo_iterator_entry(it.pointer, &entry)); err != nil {
		return err
	}
	it.entry = Entry{Key: copied(entry.key), Sequence: uint64(entry.sequence)}
	if entry.op == C.KEVO_OP_DELETE {
		it.entry.Tombstone = true
	} else {
		it.entry.Value = copied(entry.value)
	}
	return nil
}

func (it *Iterator) fill() C.int {
	if it.pointer == nil {
		return C.KEVO_END
	}
	var used, count C.size_t
	size := C.size_t(len(it.buffer))
	code := C.kevo_iterator_next_packed(it.pointer, unsafe.Pointer(&it.buffer[0]), size, &used, &count)
	if code == C.KEVO_OK {
		it.rest = it.buffer[:used]
	}
	return code
}

// Entry returns the entry that Next went to. Its bytes are its own.
func (it *Iterator) Entry() Entry { return it.entry }

// Key returns the key of the entry that Next went to.
func (it *Iterator) Key() []byte { return it.entry.Key }

// Value returns the value of the entry that Next went to; nil for a tombstone.
func (it *Iterator) Value() []byte { return it.entry.Value }

// Err returns what ended the scan early, if anything did.
func (it *Iterator) Err() error { return it.err }

// Close frees the iterator. Closing it again changes nothing.
func (it *Iterator) Close() {
	C.kevo_iterator_free(it.pointer)
	it.pointer, it.buffer, it.rest = nil, nil, nil
	runtime.SetFinalizer(it, nil)
}
