package kevo

import (
	"sync"
	"unsafe"
)

// handle is a pointer of the library's that is freed when it is closed and no call uses it any more. So a Close never
// waits for a call, and no call meets memory that was freed.
type handle struct {
	mutex   sync.Mutex
	pointer unsafe.Pointer
	users   int
	closed  bool
	free    func(unsafe.Pointer)
}

// with calls a function with the pointer, which stays usable until the function returns.
func (h *handle) with(call func(unsafe.Pointer) error) error {
	h.mutex.Lock()
	if h.pointer == nil || h.closed {
		h.mutex.Unlock()
		return ErrClosed
	}
	h.users++
	pointer := h.pointer
	h.mutex.Unlock()
	defer h.release()
	return call(pointer)
}

func (h *handle) release() {
	h.mutex.Lock()
	h.users--
	free := h.unused()
	h.mutex.Unlock()
	free()
}

// close lets no call begin any more.
func (h *handle) close() {
	h.mutex.Lock()
	h.closed = true
	free := h.unused()
	h.mutex.Unlock()
	free()
}

func (h *handle) unused() func() {
	if !h.closed || h.users > 0 || h.pointer == nil {
		return func() {}
	}
	pointer := h.pointer
	h.pointer = nil
	return func() { h.free(pointer) }
}
