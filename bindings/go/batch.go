package kevo

// #include <kevo.h>
import "C"

import (
	"runtime"
	"sync"
)

// Batch is puts and deletes that DB.Write writes together: all of them or none, in every crash. It may have one key
// more than once; the last operation counts. Any number of goroutines may use it. The zero Batch is ready to use.
type Batch struct {
	mutex   sync.Mutex
	pointer *C.kevo_batch
}

func (b *Batch) with(call func(*C.kevo_batch) error) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.pointer == nil {
		if b.pointer = C.kevo_batch_new(); b.pointer == nil {
			return ErrNoMemory
		}
		runtime.SetFinalizer(b, (*Batch).Close)
	}
	return call(b.pointer)
}

// Put adds a put. Key and value are copied.
func (b *Batch) Put(key, value []byte) error {
	return b.with(func(batch *C.kevo_batch) error {
		return check(C.kevo_batch_put(batch, address(key), C.size_t(len(key)), address(value), C.size_t(len(value))))
	})
}

// Delete adds a delete.
func (b *Batch) Delete(key []byte) error {
	return b.with(func(batch *C.kevo_batch) error {
		return check(C.kevo_batch_delete(batch, address(key), C.size_t(len(key))))
	})
}

// Len is how many operations it has.
func (b *Batch) Len() (count int) {
	_ = b.with(func(batch *C.kevo_batch) error {
		count = int(C.kevo_batch_count(batch))
		return nil
	})
	return count
}

// Size is how many bytes of log it will take.
func (b *Batch) Size() (bytes uint64) {
	_ = b.with(func(batch *C.kevo_batch) error {
		bytes = uint64(C.kevo_batch_size(batch))
		return nil
	})
	return bytes
}

// Clear takes everything out of it.
func (b *Batch) Clear() {
	_ = b.with(func(batch *C.kevo_batch) error {
		C.kevo_batch_clear(batch)
		return nil
	})
}

// Close frees its memory. It is empty then, and can be used again.
func (b *Batch) Close() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	C.kevo_batch_free(b.pointer)
	b.pointer = nil
	runtime.SetFinalizer(b, nil)
}
