package kevo

// #include <stdlib.h>
// #include <kevo.h>
import "C"

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"unsafe"
)

// LogEntry is a put or a delete of the log.
type LogEntry struct {
	Entry
	// LastOfBatch: it is in no batch, or the last one of its batch.
	LastOfBatch bool
	// Path and Offset are from where OpenLogCursorAt goes on after it.
	Path   string
	Offset uint64
}

// LogCursor goes through the logs of a directory, the wal of a database of libkevo or of Kevo, in the order in which
// they were written, and waits for more. Another goroutine or process may write meanwhile. Goroutines that call Next at
// once wait for each other.
type LogCursor struct {
	handle handle
	next   sync.Mutex
}

// OpenLogCursor makes a cursor before the first entry whose sequence number is above one: 0 for all, or what
// DB.LastSequence says for those that come from now on.
func OpenLogCursor(walDirectory string, afterSequence uint64) (*LogCursor, error) {
	return openLogCursor(walDirectory, "", func(wal, _ *C.char, made **C.kevo_log_cursor, details **C.kevo_error) C.int {
		return C.kevo_log_cursor_open(wal, C.uint64_t(afterSequence), made, details)
	})
}

// OpenLogCursorAt makes a cursor that goes on after an entry that another one gave.
func OpenLogCursorAt(walDirectory, path string, offset uint64) (*LogCursor, error) {
	return openLogCursor(walDirectory, path, func(wal, log *C.char, made **C.kevo_log_cursor, details **C.kevo_error) C.int {
		return C.kevo_log_cursor_open_at(wal, log, C.uint64_t(offset), made, details)
	})
}

func openLogCursor(
	walDirectory, path string, open func(wal, log *C.char, made **C.kevo_log_cursor, details **C.kevo_error) C.int,
) (*LogCursor, error) {
	wal, err := newPath(walDirectory)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(wal))
	log, err := newPath(path)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(log))
	var pointer *C.kevo_log_cursor
	_, err = called(func(details **C.kevo_error) C.int { return open(wal, log, &pointer, details) })
	if err != nil {
		return nil, err
	}
	cursor := &LogCursor{handle: handle{
		pointer: unsafe.Pointer(pointer),
		free:    func(pointer unsafe.Pointer) { C.kevo_log_cursor_free((*C.kevo_log_cursor)(pointer)) },
	}}
	runtime.SetFinalizer(cursor, (*LogCursor).Close)
	return cursor, nil
}

// How long one call waits in the library, in milliseconds; it is woken before, if need be.
const feedWait = 60_000

// Next returns the next entry. If there is none yet, it waits for one, until the context is done, whose error it then
// returns. If the cursor is closed meanwhile, the error is ErrClosed.
func (c *LogCursor) Next(ctx context.Context) (entry LogEntry, err error) {
	c.next.Lock()
	defer c.next.Unlock()
	stop := c.wakeWhenDone(ctx)
	defer stop()
	for {
		there, err := c.read(&entry, feedWait)
		if ctx.Err() != nil && !there {
			return LogEntry{}, ctx.Err()
		}
		if there || err != nil && !errors.Is(err, ErrCancelled) {
			return entry, err
		}
		// It was woken by a context that is over by now, or nothing has come.
	}
}

// TryNext returns the next entry if there is one, and whether there is; it does not wait.
func (c *LogCursor) TryNext() (entry LogEntry, there bool, err error) {
	c.next.Lock()
	defer c.next.Unlock()
	there, err = c.read(&entry, 0)
	for errors.Is(err, ErrCancelled) {
		there, err = c.read(&entry, 0)
	}
	return entry, there, err
}

// wakeWhenDone wakes the call that waits when the context is done, until stop was called and has returned.
func (c *LogCursor) wakeWhenDone(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ctx.Done():
			c.wake()
		case <-over:
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}

func (c *LogCursor) wake() {
	_ = c.handle.with(func(pointer unsafe.Pointer) error {
		return check(C.kevo_log_cursor_wake((*C.kevo_log_cursor)(pointer)))
	})
}

func (c *LogCursor) read(to *LogEntry, milliseconds C.uint64_t) (there bool, err error) {
	err = c.handle.with(func(pointer unsafe.Pointer) error {
		var entry C.kevo_entry
		var last C.int
		var path *C.char
		var offset C.uint64_t
		code, err := called(func(details **C.kevo_error) C.int {
			return C.kevo_log_cursor_next((*C.kevo_log_cursor)(pointer), milliseconds, &entry, &last, &path, &offset,
				details)
		})
		if code != C.KEVO_OK {
			return err
		}
		there = true
		*to = LogEntry{LastOfBatch: last != 0, Path: C.GoString(path), Offset: uint64(offset)}
		to.Entry = Entry{Key: copied(entry.key), Sequence: uint64(entry.sequence)}
		if entry.op == C.KEVO_OP_DELETE {
			to.Tombstone = true
		} else {
			to.Value = copied(entry.value)
		}
		return nil
	})
	runtime.KeepAlive(c)
	return there, err
}

// Close frees it, and wakes a Next that waits. Closing it again changes nothing.
func (c *LogCursor) Close() {
	c.wake()
	c.handle.close()
	runtime.SetFinalizer(c, nil)
}
